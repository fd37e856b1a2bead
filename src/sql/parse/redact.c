/* Which tokens of a text may be secrets. Works on tokens alone, so that a statement with
 * an error in it is masked too. */
#include "sql/parse/redact.h"

#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/utf8.h"
#include "sql/parse/grammar.h"

static const char mask[] = "'<REDACTED>'";

static bool is_literal(enum token_kind kind)
{
    return kind == TOKEN_STRING || kind == TOKEN_BITS || kind == TOKEN_INTEGER ||
           kind == TOKEN_NUMBER;
}

static bool is_secret_word(const struct scan *scan, size_t at)
{
    static const char *const words[] = {"password", "key", "token", "credential"};
    for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
        if (sql_token_is(scan, at, words[i]))
            return true;
    }
    return false;
}

/* The token before, past an equals sign. */
static size_t option_word(const struct scan *scan, size_t first, size_t at)
{
    while (at > first && scan->tokens[at - 1].kind == TOKEN_OPERATOR)
        at--;
    return at > first ? at - 1 : at;
}

/* In a connection: SSL KEY x, PASSWORD = x, but not PASSWORD SECRET x, KEY ID 'x'. */
static bool is_bare_secret(const struct scan *scan, size_t first, size_t at)
{
    enum token_kind kind = scan->tokens[at].kind;
    if (kind != TOKEN_WORD && kind != TOKEN_QUOTED)
        return false;
    if (sql_token_is(scan, at, "secret") || sql_token_is(scan, at, "id"))
        return false;
    size_t word = option_word(scan, first, at);
    return word < at && is_secret_word(scan, word);
}

/* PASSWORD 'x' in any statement: CREATE ROLE, ALTER USER, dblink strings and the like. */
static bool is_password(const struct scan *scan, size_t first, size_t at)
{
    if (!is_literal(scan->tokens[at].kind))
        return false;
    size_t word = option_word(scan, first, at);
    return word < at && sql_token_is(scan, word, "password");
}

static bool must_mask(const struct scan *scan, const struct scan_statement *statement,
                      bool is_private, size_t at)
{
    if (!is_private)
        return is_password(scan, statement->first, at);
    return is_literal(scan->tokens[at].kind) ||
           is_bare_secret(scan, statement->first, at);
}

/* Copies the text from *from up to the token, then the token or its mask. */
static bool redact_token(struct buffer *out, const struct scan *scan, size_t at,
                         bool is_masked, size_t *from)
{
    const struct token *token = &scan->tokens[at];
    size_t end = is_masked || token->kind == TOKEN_BROKEN ? token->from : token->to;
    buffer_add(out, bytes_of(scan->text.at + *from, end - *from));
    *from = token->to;
    if (token->kind == TOKEN_BROKEN && token->to - token->from > 1) {
        buffer_add_text(out, "...");
        return false;
    }
    if (is_masked)
        buffer_add_text(out, mask);
    else
        buffer_add(out, bytes_of(scan->text.at + end, token->to - end));
    return true;
}

/* Comments between tokens are copied; in a private statement they are dropped, for they
 * may hold an older value. */
static void redact_statement(struct buffer *out, const struct scan *scan,
                             const struct scan_statement *statement, size_t *from)
{
    bool is_private = materialize_is_private(scan, statement);
    for (size_t at = statement->first; at < statement->last; at++) {
        bool is_masked = must_mask(scan, statement, is_private, at);
        if (is_private && at > statement->first && *from < scan->tokens[at].from) {
            buffer_add_u8(out, ' ');
            *from = scan->tokens[at].from;
        }
        if (!redact_token(out, scan, at, is_masked, from)) {
            *from = scan->text.len;
            return;
        }
    }
    if (is_private)
        *from = scan->tokens[statement->last].from;
}

static void redact_text(struct arena *scratch, struct bytes text, struct buffer *out)
{
    struct scan scan;
    struct scan_statement_list statements;
    struct error err;
    error_clear(&err);
    size_t bad_at = text.len;
    if (!utf8_is_valid(text, &bad_at) && bad_at < text.len)
        text.len = bad_at;
    if (sql_scan(scratch, text, &scan, &err) != RC_OK) {
        buffer_add_text(out, "...");
        return;
    }
    sql_scan_split(scratch, &scan, &statements);
    size_t from = 0;
    for (size_t i = 0; i < statements.count; i++)
        redact_statement(out, &scan, &statements.items[i], &from);
    buffer_add(out, bytes_of(text.at + from, text.len - from));
}

const char *sql_redact(struct arena *arena, struct bytes text)
{
    struct arena *scratch = arena_new("redact", NULL);
    struct buffer out;
    /* Every token may become a mask. */
    buffer_init(&out, text.len * sizeof mask + 16);
    redact_text(scratch, text, &out);
    struct bytes bytes = buffer_bytes(&out);
    const char *result = arena_strndup(arena, (const char *)bytes.at, bytes.len);
    buffer_fini(&out);
    arena_free(&scratch);
    return result;
}
