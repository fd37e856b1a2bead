/* sql/exec/copy_read: lines and fields, however the bytes are cut. */

#include "base/error.h"
#include "sql/exec/copy_read.h"
#include "support/unit.h"

static const char *const names[] = {"a", "b"};

static const struct copy_options text = {.delimiter = '\t',
                                         .null_text = {(const uint8_t *)"\\N", 2}};
static const struct copy_options csv = {.format = COPY_CSV,
                                        .delimiter = ',',
                                        .quote = '"',
                                        .escape = '"',
                                        .null_text = {(const uint8_t *)"", 0}};

/* All rows as `a|b;`, NULL as ~; then the error's words. Fed in pieces of `step` bytes.
 */
static void read_all(const struct copy_options *options, struct bytes data, size_t step,
                     char *out, size_t size)
{
    struct copy_source source = {options, names, 2, NULL, NULL};
    struct copy_reader *reader = copy_reader_new(&source);
    struct copy_row row;
    struct error err;
    size_t at = 0, used = 0;
    bool is_finished = false;
    enum rc rc = RC_AGAIN;

    out[0] = '\0';
    error_clear(&err);
    for (;;) {
        rc = copy_reader_next(reader, &row, &err);
        if (rc == RC_OK) {
            for (size_t i = 0; i < row.count; i++)
                used += (size_t)snprintf(
                    out + used, size - used, "%.*s%s",
                    row.fields[i].is_null ? 1 : (int)row.fields[i].bytes.len,
                    row.fields[i].is_null ? "~" : (const char *)row.fields[i].bytes.at,
                    i + 1 == row.count ? ";" : "|");
            continue;
        }
        if (rc != RC_AGAIN)
            break;
        assert_false(is_finished);
        if (at == data.len) {
            copy_reader_finish(reader);
            is_finished = true;
            continue;
        }
        size_t piece = data.len - at < step ? data.len - at : step;
        copy_reader_feed(reader, bytes_of(data.at + at, piece));
        at += piece;
    }
    if (rc == RC_FAILED)
        snprintf(out + used, size - used, "!%s", err.message);
    copy_reader_free(&reader);
}

static void check(const struct copy_options *options, const char *data,
                  const char *expected)
{
    for (size_t step = 1; step <= strlen(data) + 1; step++) {
        char found[512];
        read_all(options, bytes_of_text(data), step, found, sizeof found);
        assert_string_equal(found, expected);
    }
}

static void text_is_read(void **state)
{
    (void)state;
    check(&text, "1\tx\n2\t\\N\n", "1|x;2|~;");
    check(&text, "1\tx", "1|x;");
    check(&text, "1\tx\r\n2\ty\r\n", "1|x;2|y;");
    check(&text, "1\tx\r2\ty\r", "1|x;2|y;");
    check(&text, "a\\tb\t\\x41\\102\\q\\\\\n", "a\tb|ABq\\;");
    check(&text, "a\\\nb\tc\n", "a\nb|c;");
    check(&text, "1\tx\n\\.\n2\ty\n", "1|x;");
    check(&text, "1\tx\\.\n", "1|x;");
    check(&text, "\\N\\N\t\\\\N\n", "NN|\\N;");
}

static void csv_is_read(void **state)
{
    (void)state;
    check(&csv, "1,x\n2,\n3,\"\"\n", "1|x;2|~;3|;");
    check(&csv, "\"a\"\"b\n\",\"c,d\"e\r\n", "a\"b\n|c,de;");
    check(&csv, "\"a\"\"b\n\",\"c,d\"e\n", "a\"b\n|c,de;");
    check(&csv, "1,x\\.\n\\.\n2,y\n", "1|x\\.;");
    check(&csv, "\\.x,1\n", "\\.x|1;");
}

static void errors_are_postgresqls(void **state)
{
    (void)state;
    check(&text, "1\n", "!missing data for column \"b\"");
    check(&text, "1\t2\t3\n", "!extra data after last expected column");
    check(&text, "1\t2\n\\.x\n", "1|2;!end-of-copy marker corrupt");
    check(&text, "1\t2\r\n3\t4\n", "1|2;!literal newline found in data");
    check(&text, "1\t2\n3\r\t4\n", "1|2;!literal carriage return found in data");
    check(&text, "1\t\\xff\n", "!invalid byte sequence for encoding \"UTF8\": 0xff");
    check(&csv, "1,\"x\n", "!unterminated CSV quoted field");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_read),
        cmocka_unit_test(csv_is_read),
        cmocka_unit_test(errors_are_postgresqls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
