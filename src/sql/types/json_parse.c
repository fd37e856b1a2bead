/* JSON's grammar (RFC 8259), with the texts of PostgreSQL's complaints. */
#include "base/ascii.h"
#include "base/utf8.h"
#include "sql/types/json.h"
#include "sql/types/methods.h"
#include "sql/types/numeric.h"

enum token {
    TOKEN_END,
    TOKEN_STRING,
    TOKEN_NUMBER,
    TOKEN_TRUE,
    TOKEN_FALSE,
    TOKEN_NULL,
    TOKEN_OPEN_OBJECT,
    TOKEN_CLOSE_OBJECT,
    TOKEN_OPEN_ARRAY,
    TOKEN_CLOSE_ARRAY,
    TOKEN_COMMA,
    TOKEN_COLON,
};

struct parser {
    struct arena *arena;
    struct bytes whole;
    enum json_mode mode;
    size_t at; /* behind the token */
    enum token token;
    struct bytes text; /* of the token */
    struct bytes string;
    int depth;
};

static enum rc invalid_token(struct bytes token, struct error *err)
{
    error_set(err, SQLSTATE_INVALID_TEXT_REPRESENTATION,
              "invalid input syntax for type json");
    return error_detail(err, "Token \"%.*s\" is invalid.", BYTES_PRINT(token));
}

static enum rc complain(const char *detail, struct error *err)
{
    error_set(err, SQLSTATE_INVALID_TEXT_REPRESENTATION,
              "invalid input syntax for type json");
    return error_detail(err, "%s", detail);
}

static enum rc ended(struct error *err)
{
    return complain("The input string ended unexpectedly.", err);
}

/* Reads "XXXX" behind \u. */
static enum rc take_hex(struct parser *parser, uint32_t *out, struct error *err)
{
    *out = 0;
    for (int i = 0; i < 4; i++) {
        if (parser->at >= parser->whole.len)
            return ended(err);
        int digit = ascii_hex_value(parser->whole.at[parser->at++]);
        if (digit < 0)
            return complain("\"\\u\" must be followed by four hexadecimal digits.", err);
        *out = *out * 16 + (uint32_t)digit;
    }
    return RC_OK;
}

/* The character of one \u escape goes to `to`; a high surrogate waits in *high. */
static enum rc put_unicode(uint32_t code, uint32_t *high, uint8_t *to, size_t *len,
                           struct error *err)
{
    bool is_high = code >= 0xD800 && code <= 0xDBFF;
    bool is_low = code >= 0xDC00 && code <= 0xDFFF;
    if (is_high && *high != 0)
        return complain("Unicode high surrogate must not follow a high surrogate.", err);
    if (is_low != (*high != 0) && !is_high)
        return complain("Unicode low surrogate must follow a high surrogate.", err);
    if (is_high) {
        *high = code;
        return RC_OK;
    }
    if (is_low)
        code = 0x10000 + ((*high & 0x3FF) << 10) + (code & 0x3FF);
    *high = 0;
    if (code == 0) {
        error_set(err, SQLSTATE_UNTRANSLATABLE_CHARACTER,
                  "unsupported Unicode escape sequence");
        return error_detail(err, "\\u0000 cannot be converted to text.");
    }
    *len += utf8_encode(code, to + *len);
    return RC_OK;
}

static int plain_escape(uint8_t byte)
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    const char *found = byte == 0 ? NULL : strchr(from, byte);
    return found == NULL ? -1 : to[found - from];
}

/* One escape, behind its backslash. */
static enum rc take_escape(struct parser *parser, uint32_t *high, uint8_t *to,
                           size_t *len, struct error *err)
{
    if (parser->at >= parser->whole.len)
        return ended(err);
    uint8_t byte = parser->whole.at[parser->at++];
    if (byte == 'u') {
        uint32_t code = 0;
        TRY(take_hex(parser, &code, err));
        return to == NULL ? RC_OK : put_unicode(code, high, to, len, err);
    }
    int plain = plain_escape(byte);
    if (*high != 0)
        return complain("Unicode low surrogate must follow a high surrogate.", err);
    if (plain < 0) {
        const uint8_t *at = parser->whole.at + parser->at - 1;
        size_t size = utf8_char_len(bytes_of(at, parser->whole.len - parser->at + 1));
        error_set(err, SQLSTATE_INVALID_TEXT_REPRESENTATION,
                  "invalid input syntax for type json");
        return error_detail(err, "Escape sequence \"\\%.*s\" is invalid.", (int)size,
                            (const char *)at);
    }
    if (to != NULL)
        to[(*len)++] = (uint8_t)plain;
    return RC_OK;
}

static enum rc bad_character(uint8_t byte, struct error *err)
{
    error_set(err, SQLSTATE_INVALID_TEXT_REPRESENTATION,
              "invalid input syntax for type json");
    return error_detail(err, "Character with value 0x%02x must be escaped.", byte);
}

/* A string, from its opening quote on. */
static enum rc take_string(struct parser *parser, struct error *err)
{
    bool reads = parser->mode != JSON_CHECK;
    size_t start = parser->at++;
    const uint8_t *close =
        memchr(parser->whole.at + parser->at, '"', parser->whole.len - parser->at);
    const uint8_t *escape = close == NULL
                                ? NULL
                                : memchr(parser->whole.at + parser->at, '\\',
                                         (size_t)(close - parser->whole.at) - parser->at);
    bool copies = reads && (close == NULL || escape != NULL);
    uint8_t *to = copies
                      ? ARENA_ARRAY(parser->arena, uint8_t, parser->whole.len - start + 1)
                      : NULL;
    size_t len = 0;
    uint32_t high = 0;
    for (;;) {
        if (parser->at >= parser->whole.len)
            return ended(err);
        uint8_t byte = parser->whole.at[parser->at++];
        if (byte < 32)
            return bad_character(byte, err);
        if (byte == '\\') {
            TRY(take_escape(parser, &high, to, &len, err));
            continue;
        }
        if (high != 0)
            return complain("Unicode low surrogate must follow a high surrogate.", err);
        if (byte == '"')
            break;
        if (to != NULL)
            to[len++] = byte;
    }
    parser->string = copies
                         ? bytes_of(to, len)
                         : bytes_of(parser->whole.at + start + 1, parser->at - start - 2);
    return RC_OK;
}

static bool is_word_byte(uint8_t byte)
{
    uint8_t lower = ascii_lower(byte);
    return (lower >= 'a' && lower <= 'z') || (byte >= '0' && byte <= '9') ||
           byte == '_' || byte >= 0x80;
}

static size_t skip_digits(struct bytes text, size_t at)
{
    while (at < text.len && text.at[at] >= '0' && text.at[at] <= '9')
        at++;
    return at;
}

/* -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)? */
static enum rc take_number(struct parser *parser, struct error *err)
{
    struct bytes text = parser->whole;
    size_t start = parser->at;
    size_t at = start + (text.at[start] == '-' ? 1 : 0);
    size_t digits = at;
    at = at < text.len && text.at[at] == '0' ? at + 1 : skip_digits(text, at);
    bool good = at > digits;
    if (good && at < text.len && text.at[at] == '.') {
        digits = ++at;
        at = skip_digits(text, at);
        good = at > digits;
    }
    if (good && at < text.len && ascii_lower(text.at[at]) == 'e') {
        at++;
        at += at < text.len && (text.at[at] == '+' || text.at[at] == '-') ? 1 : 0;
        digits = at;
        at = skip_digits(text, at);
        good = at > digits;
    }
    for (; at < text.len && is_word_byte(text.at[at]); at++)
        good = false;
    parser->at = at;
    parser->text = bytes_of(text.at + start, at - start);
    parser->token = TOKEN_NUMBER;
    return good ? RC_OK : invalid_token(parser->text, err);
}

static enum rc take_word(struct parser *parser, struct error *err)
{
    struct bytes text = parser->whole;
    size_t start = parser->at;
    size_t at = start;
    while (at < text.len && is_word_byte(text.at[at]))
        at++;
    at += at == start ? 1 : 0;
    parser->at = at;
    parser->text = bytes_of(text.at + start, at - start);
    if (bytes_equal(parser->text, bytes_of_text("true")))
        parser->token = TOKEN_TRUE;
    else if (bytes_equal(parser->text, bytes_of_text("false")))
        parser->token = TOKEN_FALSE;
    else if (bytes_equal(parser->text, bytes_of_text("null")))
        parser->token = TOKEN_NULL;
    else
        return invalid_token(parser->text, err);
    return RC_OK;
}

static enum rc next(struct parser *parser, struct error *err)
{
    static const char marks[] = "{}[],:";
    struct bytes text = parser->whole;
    while (parser->at < text.len && text.at[parser->at] != 0 &&
           strchr(" \t\n\r", text.at[parser->at]) != NULL)
        parser->at++;
    parser->token = TOKEN_END;
    parser->text = bytes_of(text.at + parser->at, 0);
    if (parser->at >= text.len)
        return RC_OK;
    uint8_t byte = text.at[parser->at];
    const char *mark = byte == 0 ? NULL : strchr(marks, byte);
    size_t start = parser->at;
    if (mark != NULL) {
        parser->token = TOKEN_OPEN_OBJECT + (enum token)(mark - marks);
        parser->text = bytes_of(text.at + parser->at++, 1);
        return RC_OK;
    }
    if (byte == '"') {
        TRY(take_string(parser, err));
        parser->token = TOKEN_STRING;
        parser->text = bytes_of(text.at + start, parser->at - start);
        return RC_OK;
    }
    if (byte == '-' || (byte >= '0' && byte <= '9'))
        return take_number(parser, err);
    return take_word(parser, err);
}

static enum rc expected(const struct parser *parser, const char *what, struct error *err)
{
    if (parser->token == TOKEN_END)
        return ended(err);
    error_set(err, SQLSTATE_INVALID_TEXT_REPRESENTATION,
              "invalid input syntax for type json");
    return error_detail(err, "Expected %s, but found \"%.*s\".", what,
                        BYTES_PRINT(parser->text));
}

static enum rc take_value(struct parser *parser, struct json *out, struct error *err);

static enum rc take_key(struct parser *parser, bool first, struct bytes *out,
                        struct error *err)
{
    if (parser->token != TOKEN_STRING)
        return expected(parser, first ? "string or \"}\"" : "string", err);
    *out = parser->string;
    TRY(next(parser, err));
    if (parser->token != TOKEN_COLON)
        return expected(parser, "\":\"", err);
    return next(parser, err);
}

static void keep(const struct parser *parser, struct json *out, size_t *room,
                 struct bytes key, struct json value)
{
    if (parser->mode != JSON_CHECK)
        json_add(parser->arena, out, room, key, value);
}

/* Members up to the closing mark, whose token the caller then passes. */
static enum rc take_members(struct parser *parser, struct json *out, struct error *err)
{
    bool object = out->kind == JSON_OBJECT;
    enum token close = object ? TOKEN_CLOSE_OBJECT : TOKEN_CLOSE_ARRAY;
    size_t room = 0;
    TRY(next(parser, err));
    for (bool first = true; first ? parser->token != close : true; first = false) {
        struct bytes key = {0};
        struct json value = {0};
        if (object)
            TRY(take_key(parser, first, &key, err));
        TRY(take_value(parser, &value, err));
        keep(parser, out, &room, key, value);
        if (parser->token == close)
            return RC_OK;
        if (parser->token != TOKEN_COMMA)
            return expected(parser, object ? "\",\" or \"}\"" : "\",\" or \"]\"", err);
        TRY(next(parser, err));
    }
    return RC_OK;
}

static enum rc take_container(struct parser *parser, struct json *out, struct error *err)
{
    size_t start = (size_t)(parser->text.at - parser->whole.at);
    if (++parser->depth > JSON_DEPTH_MAX) {
        error_set(err, SQLSTATE_STATEMENT_TOO_COMPLEX, "stack depth limit exceeded");
        return error_hint(err, "JSON values may be nested %d deep.", JSON_DEPTH_MAX);
    }
    TRY(take_members(parser, out, err));
    parser->depth--;
    out->raw = bytes_of(parser->whole.at + start, parser->at - start);
    if (out->kind == JSON_OBJECT && parser->mode == JSON_UNIQUE)
        json_sort(out);
    return next(parser, err);
}

static enum rc take_value(struct parser *parser, struct json *out, struct error *err)
{
    *out = (struct json){.raw = parser->text};
    switch (parser->token) {
    case TOKEN_STRING:
        out->kind = JSON_STRING;
        out->text = parser->string;
        break;
    case TOKEN_NUMBER:
        out->kind = JSON_NUMBER;
        if (parser->mode == JSON_UNIQUE)
            TRY(numeric_parse(parser->arena, parser->text, &out->text, err));
        break;
    case TOKEN_TRUE:
    case TOKEN_FALSE:
        out->kind = JSON_BOOLEAN;
        out->boolean = parser->token == TOKEN_TRUE;
        break;
    case TOKEN_NULL:
        out->kind = JSON_NULL;
        break;
    case TOKEN_OPEN_OBJECT:
    case TOKEN_OPEN_ARRAY:
        out->kind = parser->token == TOKEN_OPEN_OBJECT ? JSON_OBJECT : JSON_ARRAY;
        return take_container(parser, out, err);
    default:
        return expected(parser, "JSON value", err);
    }
    return next(parser, err);
}

enum rc json_parse(struct arena *arena, struct bytes text, enum json_mode mode,
                   struct json *out, struct error *err)
{
    struct parser parser = {.arena = arena, .whole = text, .mode = mode};
    TRY(next(&parser, err));
    TRY(take_value(&parser, out, err));
    if (parser.token != TOKEN_END)
        return expected(&parser, "end of input", err);
    return RC_OK;
}
