/* LIKE and ILIKE (manual, chapter 9.7.1). */
#include "base/ascii.h"
#include "base/utf8.h"
#include "sql/functions/implementation.h"

/* LIKE. Case is folded for ASCII letters. `rest` after "%" is tried at each character;
 * only the last "%" needs another try, so that the time is bounded by the product. */
static uint8_t fold_byte(uint8_t byte, bool any_case)
{
    return any_case ? ascii_lower(byte) : byte;
}

static size_t one(struct bytes text, size_t at, bool raw)
{
    return raw ? 1 : implementation_take(bytes_of(text.at + at, text.len - at), 1).len;
}

struct like {
    bool any_case;
    bool raw; /* bytea: "_" is a byte */
    bool bad; /* the pattern ends within an escape */
};

static bool like_match(struct bytes text, struct bytes pattern, struct like *like)
{
    size_t at = 0;
    size_t step = 0;
    size_t star = SIZE_MAX;
    size_t star_at = 0;
    bool open_star = false; /* nothing but "%" and "_" since a "%" that met text */
    while (at < text.len || step < pattern.len) {
        uint8_t sign = step < pattern.len ? pattern.at[step] : 0;
        if (step < pattern.len && sign == '%') {
            star = ++step;
            star_at = at;
            open_star = at < text.len;
            continue;
        }
        if (step < pattern.len && sign == '\\' && step + 1 == pattern.len) {
            /* With no text left it just does not match, save behind a "%". */
            like->bad = at < text.len || open_star;
            return false;
        }
        if (step < pattern.len && sign == '_' && at < text.len) {
            at += one(text, at, like->raw);
            step++;
            continue;
        }
        open_star = false;
        size_t literal = step + (step < pattern.len && sign == '\\' ? 1 : 0);
        if (literal < pattern.len && at < text.len && sign != '_' &&
            fold_byte(pattern.at[literal], like->any_case) ==
                fold_byte(text.at[at], like->any_case)) {
            at++;
            step = literal + 1;
            continue;
        }
        if (star == SIZE_MAX || star_at >= text.len)
            return false;
        star_at += one(text, star_at, like->raw);
        at = star_at;
        step = star;
    }
    return true;
}

static enum rc like(const struct call *call, const struct value *arguments,
                    struct like rules, struct value *result, struct error *err)
{
    bool wanted = result->datum.boolean;
    rules.raw = call->argument_types[0]->oid == TYPE_BYTEA;
    result->datum.boolean =
        like_match(arguments[0].datum.bytes, arguments[1].datum.bytes, &rules) == wanted;
    return rules.bad ? error_set(err, SQLSTATE_INVALID_ESCAPE_SEQUENCE,
                                 "LIKE pattern must not end with escape character")
                     : RC_OK;
}

#define LIKE(name, any_case, wanted)                                                     \
    FUNCTION_ROW(name)                                                                   \
    {                                                                                    \
        result->datum.boolean = wanted;                                                  \
        return like(call, arguments, (struct like){any_case, false, false}, result,      \
                    err);                                                                \
    }

LIKE(like, false, true)
LIKE(like_not, false, false)
LIKE(like_case, true, true)
LIKE(like_case_not, true, false)

static enum rc bad_escape(struct error *err)
{
    (void)error_set(err, SQLSTATE_INVALID_ESCAPE_SEQUENCE, "invalid escape string");
    return error_hint(err, "Escape string must be empty or one character.");
}

/* LIKE pattern ESCAPE e: the pattern with backslashes as escapes. */
FUNCTION_ROW(like_escape)
{
    struct bytes pattern = arguments[0].datum.bytes;
    struct bytes escape = arguments[1].datum.bytes;
    if (escape.len > 0 && utf8_count(escape) != 1)
        return bad_escape(err);
    if (escape.len == 1 && escape.at[0] == '\\') {
        result->datum.bytes = pattern;
        return RC_OK;
    }
    struct buffer out;
    bool escaped = false;
    buffer_init(&out, TYPE_VALUE_MAX);
    while (pattern.len > 0) {
        size_t len = 1;
        if (escape.len > 0 && !escaped && bytes_has_prefix(pattern, escape)) {
            buffer_add_u8(&out, '\\');
            escaped = true;
            len = escape.len;
        } else {
            if (pattern.at[0] == '\\' && !escaped)
                buffer_add_u8(&out, '\\');
            buffer_add_u8(&out, pattern.at[0]);
            escaped = false;
        }
        pattern = bytes_of(pattern.at + len, pattern.len - len);
    }
    return implementation_text(call, &out, result, err);
}

/* A SIMILAR TO pattern under way to a regular expression. */
struct similar {
    struct bytes escape;
    bool lazy; /* for substring(): what stands before the marked part is short */
    bool in_brackets;
    bool escaped;
    int marks; /* escape-double-quote, at most two */
    struct buffer out;
};

static enum rc similar_mark(struct similar *similar, struct error *err)
{
    if (++similar->marks > 2)
        return error_set(err, SQLSTATE_NONSTANDARD_USE_OF_ESCAPE_CHARACTER,
                         "SQL regular expression may not contain more than two "
                         "escape-double-quote separators");
    if (similar->marks == 1)
        buffer_add_text(&similar->out, "){1,1}?(");
    else
        buffer_add_text(&similar->out, "){1,1}(?:");
    return RC_OK;
}

static void similar_byte(struct similar *similar, uint8_t byte)
{
    struct buffer *out = &similar->out;
    if (similar->in_brackets) {
        if (byte == '\\')
            buffer_add_u8(out, '\\');
        buffer_add_u8(out, byte);
        similar->in_brackets = byte != ']';
    } else if (byte == '%') {
        buffer_add_text(out, similar->lazy && similar->marks == 0 ? ".*?" : ".*");
    } else if (byte == '_') {
        buffer_add_u8(out, '.');
    } else if (byte == '(') {
        buffer_add_text(out, "(?:");
    } else {
        if (byte == '\\' || byte == '.' || byte == '^' || byte == '$')
            buffer_add_u8(out, '\\');
        buffer_add_u8(out, byte);
        similar->in_brackets = byte == '[';
    }
}

static enum rc similar_convert(struct similar *similar, struct bytes pattern,
                               struct error *err)
{
    buffer_add_text(&similar->out, "^(?:");
    while (pattern.len > 0) {
        size_t len = 1;
        if (similar->escaped) {
            if (pattern.at[0] == '"' && !similar->in_brackets) {
                TRY(similar_mark(similar, err));
            } else {
                buffer_add_u8(&similar->out, '\\');
                buffer_add_u8(&similar->out, pattern.at[0]);
            }
            similar->escaped = false;
        } else if (similar->escape.len > 0 &&
                   bytes_has_prefix(pattern, similar->escape)) {
            similar->escaped = true;
            len = similar->escape.len;
        } else {
            similar_byte(similar, pattern.at[0]);
        }
        pattern = bytes_of(pattern.at + len, pattern.len - len);
    }
    buffer_add_text(&similar->out, ")$");
    return RC_OK;
}

enum rc implementation_similar(struct call *call, const struct value *arguments,
                               bool lazy, struct value *result, struct error *err)
{
    struct similar similar = {.escape = bytes_of_text("\\"), .lazy = lazy};
    if (call->argument_count > 1) {
        similar.escape = arguments[1].datum.bytes;
        if (similar.escape.len > 0 && utf8_count(similar.escape) != 1)
            return bad_escape(err);
    }
    buffer_init(&similar.out, TYPE_VALUE_MAX);
    enum rc rc = similar_convert(&similar, arguments[0].datum.bytes, err);
    if (rc != RC_OK) {
        buffer_fini(&similar.out);
        return rc;
    }
    return implementation_text(call, &similar.out, result, err);
}

/* similar_escape(), the older form, takes a NULL escape for the default. */
FUNCTION_ROW(similar_to_escape)
{
    result->null = arguments[0].null;
    if (result->null)
        return RC_OK;
    struct call plain = *call;
    if (call->argument_count > 1 && arguments[1].null)
        plain.argument_count = 1;
    return implementation_similar(&plain, arguments, false, result, err);
}
