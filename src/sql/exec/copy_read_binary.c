/* COPY FROM in the binary format. */
#include "base/error.h"
#include "base/reader.h"
#include "sql/exec/copy_read_internal.h"

enum { SIGNATURE_LEN = 11, FLAG_OIDS = 1 << 16 };

static enum rc bad(struct error *err, const char *text)
{
    return error_set(err, SQLSTATE_BAD_COPY_FILE_FORMAT, "%s", text);
}

/* Bytes that are there, or RC_AGAIN; `text` when they will not come. */
static enum rc need(const struct copy_reader *reader, size_t len, const char *text,
                    struct error *err)
{
    if (buffer_len(&reader->input) >= len)
        return RC_OK;
    return reader->is_finished ? bad(err, text) : RC_AGAIN;
}

static enum rc read_header(struct copy_reader *reader, struct error *err)
{
    struct reader at;
    uint32_t flags, more;

    TRY(need(reader, SIGNATURE_LEN, "COPY file signature not recognized", err));
    at = reader_of(buffer_bytes(&reader->input));
    if (memcmp(reader_bytes(&at, SIGNATURE_LEN).at, "PGCOPY\n\377\r\n", SIGNATURE_LEN) !=
        0)
        return bad(err, "COPY file signature not recognized");
    TRY(need(reader, SIGNATURE_LEN + 4, "invalid COPY file header (missing flags)", err));
    flags = reader_u32(&at);
    if ((flags & FLAG_OIDS) != 0)
        return bad(err, "invalid COPY file header (WITH OIDS)");
    if (flags >> 16 != 0)
        return bad(err, "unrecognized critical flags in COPY file header");
    TRY(need(reader, SIGNATURE_LEN + 8, "invalid COPY file header (missing length)",
             err));
    more = reader_u32(&at);
    if (more > INT32_MAX)
        return bad(err, "invalid COPY file header (missing length)");
    TRY(need(reader, SIGNATURE_LEN + 8 + (size_t)more,
             "invalid COPY file header (wrong length)", err));
    buffer_consume(&reader->input, SIGNATURE_LEN + 8 + more);
    reader->is_started = true;
    return RC_OK;
}

static enum rc end_of_data(struct copy_reader *reader, struct error *err)
{
    if (buffer_len(&reader->input) > 2)
        return bad(err, "received copy data after EOF marker");
    if (!reader->is_finished)
        return RC_AGAIN; /* more could come, and must not */
    reader->is_over = true;
    return RC_EOF;
}

/* The bytes from `at` on are short of what is announced. */
static enum rc more_to_come(const struct copy_reader *reader, struct error *err)
{
    return reader->is_finished ? bad(err, "unexpected EOF in COPY data") : RC_AGAIN;
}

static enum rc read_fields(struct copy_reader *reader, struct reader *at, size_t count,
                           struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        struct copy_field *field = copy_add_field(reader);
        if (at->left < 4)
            return more_to_come(reader, err);
        uint32_t len = reader_u32(at);
        if (len == UINT32_MAX) {
            field->is_null = true;
            continue;
        }
        if (len > INT32_MAX)
            return bad(err, "invalid field size");
        if (at->left < len)
            return more_to_come(reader, err);
        field->bytes = reader_bytes(at, len);
    }
    return RC_OK;
}

enum rc copy_read_binary(struct copy_reader *reader, struct error *err)
{
    struct bytes input;
    struct reader at;
    uint16_t count;

    if (!reader->is_started)
        TRY(read_header(reader, err));
    input = buffer_bytes(&reader->input);
    if (input.len == 0 && reader->is_finished) {
        reader->is_over = true;
        return RC_EOF;
    }
    reader->field_count = 0;
    if (input.len < 2)
        return more_to_come(reader, err);
    at = reader_of(input);
    count = reader_u16(&at);
    if (count == UINT16_MAX)
        return end_of_data(reader, err);
    if (count != reader->source.count) {
        reader->line_number++;
        return error_set(err, SQLSTATE_BAD_COPY_FILE_FORMAT,
                         "row field count is %d, expected %d", (int)(int16_t)count,
                         (int)reader->source.count);
    }
    TRY(read_fields(reader, &at, count, err));
    reader->line_number++;
    reader->taken = input.len - at.left;
    return RC_OK;
}
