/* COPY FROM's readers on any bytes, cut anywhere; text and CSV that were read are written
 * and must be read the same again. The first byte chooses format and cut.
 *
 * Must reach: copy_reader_next, copy_read_line, copy_split_text, copy_split_csv,
 * copy_read_binary, copy_write_value. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "sql/exec/copy_read.h"
#include "sql/exec/copy_write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { COLUMNS = 3 };

static const char *const names[COLUMNS] = {"a", "b", "c"};

static struct copy_options options_of(uint8_t choice)
{
    struct copy_options options = {
        .format = (enum copy_format)(choice % 3),
        .header = (enum copy_header)(choice / 3 % 3),
        .delimiter = '\t',
        .quote = '"',
        .escape = choice & 0x40 ? '\\' : '"',
        .null_text = bytes_of_text("\\N"),
    };
    if (options.format == COPY_CSV) {
        options.delimiter = ',';
        options.null_text = bytes_of_text("");
    }
    return options;
}

static void write_row(const struct copy_options *options, const struct copy_row *row,
                      struct buffer *out)
{
    const struct type *text = type_find_oid(TYPE_TEXT);
    const struct type *types[COLUMNS] = {text, text, text};
    struct type_context context = {0};
    struct copy_writer writer = {options, types, names, NULL, COLUMNS, &context};
    struct buffer scratch;

    buffer_init(&scratch, 1 << 22);
    copy_write_row_begin(&writer, out);
    for (size_t i = 0; i < row->count; i++) {
        struct value value = {.null = row->fields[i].is_null};
        value.datum.bytes = row->fields[i].bytes;
        copy_write_value(&writer, i, &value, &scratch, out);
    }
    copy_write_row_end(&writer, out);
    buffer_fini(&scratch);
}

/* What was written is one row with the same fields. */
static void check_row(const struct copy_options *options, const struct copy_row *row)
{
    struct copy_options plain = *options;
    struct copy_source source = {&plain, names, COLUMNS, NULL, NULL};
    struct copy_reader *reader = copy_reader_new(&source);
    struct copy_row again;
    struct buffer out;
    struct error err;

    plain.header = COPY_HEADER_NONE;
    error_clear(&err);
    buffer_init(&out, 1 << 22);
    write_row(options, row, &out);
    copy_reader_feed(reader, buffer_bytes(&out));
    copy_reader_finish(reader);
    if (copy_reader_next(reader, &again, &err) != RC_OK)
        abort();
    for (size_t i = 0; i < COLUMNS; i++)
        if (again.fields[i].is_null != row->fields[i].is_null ||
            (!again.fields[i].is_null &&
             !bytes_equal(again.fields[i].bytes, row->fields[i].bytes)))
            abort();
    buffer_fini(&out);
    copy_reader_free(&reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct copy_options options = options_of(data[0]);
    struct copy_source source = {&options, names, COLUMNS, NULL, NULL};
    struct copy_reader *reader = copy_reader_new(&source);
    size_t cut = 1 + data[1] % (size - 1);
    struct copy_row row;
    struct error err;
    enum rc rc = RC_AGAIN;
    int fed = 0;

    error_clear(&err);
    while (rc == RC_AGAIN || rc == RC_OK) {
        rc = copy_reader_next(reader, &row, &err);
        if (rc == RC_OK && options.format != COPY_BINARY)
            check_row(&options, &row);
        if (rc != RC_AGAIN)
            continue;
        if (fed == 0)
            copy_reader_feed(reader, bytes_of(data + 1, cut));
        else if (fed == 1)
            copy_reader_feed(reader, bytes_of(data + 1 + cut, size - 1 - cut));
        else if (fed == 2)
            copy_reader_finish(reader);
        else
            abort(); /* all is there, and it waits for more */
        fed++;
    }
    if (rc == RC_FAILED && err.message[0] == '\0')
        abort();
    copy_reader_free(&reader);
    return 0;
}
