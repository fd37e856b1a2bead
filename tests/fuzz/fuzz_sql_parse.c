/* Any text through both grammars; what prints must parse again to the same text.
 *
 * Must reach: sql_parse, sql_print_statement, sql_redact, sql_scan_fingerprint. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "sql/parse/parse.h"
#include "sql/parse/print.h"
#include "sql/parse/redact.h"
#include "sql/parse/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *print(struct arena *arena, const struct ast_statement *statement)
{
    struct buffer out;
    buffer_init(&out, 1 << 22);
    const char *text = NULL;
    if (sql_print_statement(&out, statement) && !buffer_failed(&out)) {
        struct bytes bytes = buffer_bytes(&out);
        text = arena_strndup(arena, (const char *)bytes.at, bytes.len);
    }
    buffer_fini(&out);
    return text;
}

static void check_print(struct arena *arena, const struct ast_statement *statement)
{
    const char *first = print(arena, statement);
    if (first == NULL)
        return;
    struct ast_statement_list list;
    struct error err;
    error_clear(&err);
    if (sql_parse(arena, bytes_of_text(first), &list, &err) != RC_OK || list.count != 1)
        abort();
    const char *second = print(arena, list.items[0]);
    if (second == NULL || strcmp(first, second) != 0)
        abort();
}

static void fingerprint(struct arena *arena, struct bytes text)
{
    struct scan scan;
    struct scan_statement_list list;
    struct error err;
    struct buffer out;
    error_clear(&err);
    if (sql_scan(arena, text, &scan, &err) != RC_OK)
        return;
    sql_scan_split(arena, &scan, &list);
    buffer_init(&out, 1 << 22);
    for (size_t i = 0; i < list.count; i++)
        sql_scan_fingerprint(&scan, &list.items[i], &out);
    buffer_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new("fuzz", NULL);
    struct bytes text = bytes_of(data, size);
    struct ast_statement_list list;
    struct error err;
    error_clear(&err);
    (void)sql_redact(arena, text);
    fingerprint(arena, text);
    if (sql_parse(arena, text, &list, &err) == RC_OK) {
        for (size_t i = 0; i < list.count; i++)
            check_print(arena, list.items[i]);
    } else if (err.message[0] == 0) {
        abort();
    }
    arena_free(&arena);
    return 0;
}
