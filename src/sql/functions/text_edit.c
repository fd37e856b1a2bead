/* More functions on text and bytea (manual, chapters 9.4 and 9.5). */
#include "base/ascii.h"
#include "base/crypto.h"
#include "base/utf8.h"
#include "sql/functions/implementation.h"
#include "sql/parse/print.h"
#include "sql/types/array.h"

static enum rc too_large(struct error *err)
{
    return error_set(err, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "requested length too large");
}

/* `count` characters of the filling, which is repeated. */
static void add_filling(struct bytes filling, size_t count, struct buffer *out)
{
    size_t len = utf8_count(filling);
    for (; count >= len && !buffer_failed(out); count -= len)
        buffer_add(out, filling);
    buffer_add(out, implementation_take(filling, count));
}

static enum rc pad(struct call *call, const struct value *arguments, bool before,
                   struct value *result, struct error *err)
{
    struct bytes text = arguments[0].datum.bytes;
    int32_t wanted = arguments[1].datum.int32;
    struct bytes filling =
        call->argument_count > 2 ? arguments[2].datum.bytes : bytes_of_text(" ");
    size_t length = utf8_count(text);
    size_t target = wanted < 0 ? 0 : (size_t)wanted;
    if (target > TYPE_VALUE_MAX)
        return too_large(err);
    if (target <= length || filling.len == 0) {
        result->datum.bytes = implementation_take(text, target);
        return RC_OK;
    }
    struct buffer out;
    buffer_init(&out, TYPE_VALUE_MAX);
    if (!before)
        buffer_add(&out, text);
    add_filling(filling, target - length, &out);
    if (before)
        buffer_add(&out, text);
    return implementation_text(call, &out, result, err);
}

FUNCTION_ROW(pad_left)
{
    return pad(call, arguments, true, result, err);
}

FUNCTION_ROW(pad_right)
{
    return pad(call, arguments, false, result, err);
}

FUNCTION_ROW(overlay)
{
    bool raw = call->argument_types[0]->oid == TYPE_BYTEA;
    struct bytes text = arguments[0].datum.bytes;
    struct bytes place = arguments[1].datum.bytes;
    int64_t start = arguments[2].datum.int32;
    int64_t length = raw ? (int64_t)place.len : (int64_t)utf8_count(place);
    if (call->argument_count > 3)
        length = arguments[3].datum.int32;
    if (start <= 0)
        return error_set(err, SQLSTATE_SUBSTRING_ERROR,
                         "negative substring length not allowed");
    int64_t end = start - 1 + length;
    if (start + length > INT32_MAX || start + length < INT32_MIN)
        return implementation_range("integer", err);
    size_t first = (size_t)start - 1;
    size_t second = end < 0 ? 0 : (size_t)end;
    struct bytes head = implementation_take(text, first);
    struct bytes tail = implementation_skip(text, second);
    if (raw) {
        first = first > text.len ? text.len : first;
        second = second > text.len ? text.len : second;
        head = bytes_of(text.at, first);
        tail = bytes_of(text.at + second, text.len - second);
    }
    struct buffer out;
    buffer_init(&out, TYPE_VALUE_MAX);
    buffer_add(&out, head);
    buffer_add(&out, place);
    buffer_add(&out, tail);
    return implementation_text(call, &out, result, err);
}

FUNCTION_ROW(translate)
{
    struct bytes from = arguments[1].datum.bytes;
    struct buffer out;
    buffer_init(&out, TYPE_VALUE_MAX);
    for (struct bytes rest = arguments[0].datum.bytes; rest.len > 0;
         rest = implementation_skip(rest, 1)) {
        struct bytes character = implementation_take(rest, 1);
        size_t at = 0;
        if (!implementation_find(from, character, &at)) {
            buffer_add(&out, character);
            continue;
        }
        struct bytes to = implementation_skip(arguments[2].datum.bytes,
                                              utf8_count(bytes_of(from.at, at)));
        buffer_add(&out, implementation_take(to, 1));
    }
    return implementation_text(call, &out, result, err);
}

/* Letters and digits of ASCII make words, as the C locale has it. */
FUNCTION_ROW(initcap)
{
    (void)err;
    struct bytes text = arguments[0].datum.bytes;
    uint8_t *to = ARENA_ARRAY(call->arena, uint8_t, text.len + 1);
    bool inside = false;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t lower = ascii_lower(text.at[i]);
        bool letter = lower >= 'a' && lower <= 'z';
        to[i] = letter && !inside ? lower ^ 0x20 : lower;
        inside = letter || (lower >= '0' && lower <= '9');
    }
    result->datum.bytes = bytes_of(to, text.len);
    return RC_OK;
}

FUNCTION_ROW(to_hex)
{
    (void)err;
    uint64_t number = call->argument_types[0]->oid == TYPE_INT4
                          ? (uint32_t)arguments[0].datum.int32
                          : (uint64_t)arguments[0].datum.int64;
    result->datum.bytes =
        bytes_of_text(arena_printf(call->arena, "%llx", (unsigned long long)number));
    return RC_OK;
}

FUNCTION_ROW(bit_length)
{
    (void)call;
    (void)err;
    result->datum.int32 = (int32_t)(arguments[0].datum.bytes.len * 8);
    return RC_OK;
}

static enum rc bad_index(int64_t index, size_t len, struct error *err)
{
    return error_set(err, SQLSTATE_ARRAY_SUBSCRIPT_ERROR,
                     "index %lld out of valid range, 0..%lld", (long long)index,
                     (long long)len - 1);
}

FUNCTION_ROW(get_byte)
{
    (void)call;
    struct bytes bytes = arguments[0].datum.bytes;
    int32_t index = arguments[1].datum.int32;
    if (index < 0 || (size_t)index >= bytes.len)
        return bad_index(index, bytes.len, err);
    result->datum.int32 = bytes.at[index];
    return RC_OK;
}

FUNCTION_ROW(set_byte)
{
    struct bytes bytes = arguments[0].datum.bytes;
    int32_t index = arguments[1].datum.int32;
    if (index < 0 || (size_t)index >= bytes.len)
        return bad_index(index, bytes.len, err);
    uint8_t *copy = ARENA_ARRAY(call->arena, uint8_t, bytes.len);
    memcpy(copy, bytes.at, bytes.len);
    copy[index] = (uint8_t)arguments[2].datum.int32;
    result->datum.bytes = bytes_of(copy, bytes.len);
    return RC_OK;
}

FUNCTION_ROW(get_bit)
{
    (void)call;
    struct bytes bytes = arguments[0].datum.bytes;
    int64_t index = arguments[1].datum.int64;
    if (index < 0 || (uint64_t)index >= (uint64_t)bytes.len * 8)
        return bad_index(index, bytes.len * 8, err);
    result->datum.int32 = bytes.at[index / 8] >> (index % 8) & 1;
    return RC_OK;
}

FUNCTION_ROW(sha256)
{
    (void)err;
    uint8_t digest[CRYPTO_SHA256_LEN];
    crypto_sha256(arguments[0].datum.bytes, digest);
    result->datum.bytes = arena_bytes(call->arena, bytes_of(digest, sizeof(digest)));
    return RC_OK;
}

static bool is_utf8_name(struct bytes name)
{
    return ascii_is_word(name, "utf8") || ascii_is_word(name, "utf-8") ||
           ascii_is_word(name, "unicode");
}

/* convert_from and convert_to, whose other side is UTF-8 as well. */
static enum rc convert(const char *side, const struct value *arguments,
                       struct value *result, struct error *err)
{
    size_t bad = 0;
    struct bytes text = arguments[0].datum.bytes;
    struct bytes name = arguments[1].datum.bytes;
    struct value number = {0};
    (void)function_pg_char_to_encoding(NULL, &arguments[1], &number, err);
    if (number.datum.int32 < 0)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "invalid %s%sencoding name \"%.*s\"", side == NULL ? "" : side,
                         side == NULL ? "" : " ", BYTES_PRINT(name));
    if (!is_utf8_name(name))
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "encoding \"%.*s\" is not supported",
                         BYTES_PRINT(arguments[1].datum.bytes));
    if (!utf8_is_valid(text, &bad))
        return error_set(err, SQLSTATE_CHARACTER_NOT_IN_REPERTOIRE,
                         "invalid byte sequence for encoding \"UTF8\": 0x%02x",
                         text.at[bad]);
    result->datum.bytes = text;
    return RC_OK;
}

/* length(bytea, encoding): its characters. */
FUNCTION_ROW(length_encoding)
{
    struct value text = {0};
    (void)call;
    TRY(convert(NULL, arguments, &text, err));
    result->datum.int32 = (int32_t)utf8_count(text.datum.bytes);
    return RC_OK;
}

FUNCTION_ROW(convert_from)
{
    (void)call;
    return convert("source", arguments, result, err);
}

FUNCTION_ROW(convert_to)
{
    (void)call;
    return convert("destination", arguments, result, err);
}

static const char *text_of(struct call *call, struct bytes bytes)
{
    return arena_strndup(call->arena, (const char *)bytes.at, bytes.len);
}

FUNCTION_ROW(quote_ident)
{
    (void)err;
    result->datum.bytes = bytes_of_text(
        sql_quote_identifier(call->arena, text_of(call, arguments[0].datum.bytes)));
    return RC_OK;
}

static struct bytes shown(struct call *call, size_t index, const struct value *arguments)
{
    struct buffer out;
    buffer_init(&out, TYPE_VALUE_MAX);
    type_output(call->argument_types[index], call->types, arguments[index].datum, &out);
    struct bytes text = arena_bytes(call->arena, buffer_bytes(&out));
    buffer_fini(&out);
    return text;
}

static struct bytes quoted(struct call *call, struct bytes text)
{
    return bytes_of_text(sql_quote_literal(call->arena, text_of(call, text)));
}

/* The first argument as a cast gives it, which says "true" and not "t". */
static struct bytes cast_to_text(struct call *call, const struct value *arguments)
{
    if (call->argument_types[0]->oid == TYPE_BOOL)
        return bytes_of_text(arguments[0].datum.boolean ? "true" : "false");
    return shown(call, 0, arguments);
}

FUNCTION_ROW(quote_literal)
{
    (void)err;
    result->datum.bytes = quoted(call, cast_to_text(call, arguments));
    return RC_OK;
}

FUNCTION_ROW(quote_nullable)
{
    (void)err;
    result->datum.bytes = arguments[0].null ? bytes_of_text("NULL")
                                            : quoted(call, cast_to_text(call, arguments));
    return RC_OK;
}

/* format(): one %s, %I or %L with what stands between. */
struct specifier {
    size_t argument; /* 0: the next one */
    bool left;
    bool width_given;
    bool width_argument;
    size_t width_at; /* 0: the next one */
    int64_t width;
    uint8_t type;
};

static bool take_digits(struct bytes *text, int64_t *out)
{
    size_t at = 0;
    *out = 0;
    while (at < text->len && at < 9 && text->at[at] >= '0' && text->at[at] <= '9')
        *out = *out * 10 + (text->at[at++] - '0');
    *text = bytes_of(text->at + at, text->len - at);
    return at > 0;
}

static enum rc unterminated(struct error *err)
{
    (void)error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                    "unterminated format() type specifier");
    return error_hint(err, "For a single \"%%\" use \"%%%%\".");
}

static bool take_sign(struct bytes *text, char sign)
{
    if (text->len == 0 || text->at[0] != (uint8_t)sign)
        return false;
    *text = bytes_of(text->at + 1, text->len - 1);
    return true;
}

static enum rc zero_position(struct error *err)
{
    return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                     "format specifies argument 0, but arguments are numbered from 1");
}

/* [n$][-][width | * | *n$]type */
static enum rc read_specifier(struct bytes *text, struct specifier *out,
                              struct error *err)
{
    int64_t number = 0;
    *out = (struct specifier){0};
    struct bytes start = *text;
    if (take_digits(text, &number) && take_sign(text, '$')) {
        if (number == 0)
            return zero_position(err);
        out->argument = (size_t)number;
    } else {
        *text = start;
    }
    while (take_sign(text, '-'))
        out->left = true;
    if (take_sign(text, '*')) {
        out->width_argument = true;
        if (take_digits(text, &number)) {
            if (!take_sign(text, '$'))
                return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                                 "width argument position must be ended by \"$\"");
            if (number == 0)
                return zero_position(err);
            out->width_at = (size_t)number;
        }
    } else {
        out->width_given = take_digits(text, &out->width);
    }
    if (text->len == 0)
        return unterminated(err);
    out->type = text->at[0];
    *text = bytes_of(text->at + 1, text->len - 1);
    return RC_OK;
}

static enum rc too_few(struct error *err)
{
    return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                     "too few arguments for format()");
}

/* The text of an argument under the specifier's type. */
static enum rc formatted(struct call *call, const struct value *arguments, size_t at,
                         uint8_t type, struct bytes *out, struct error *err)
{
    bool null = arguments[at].null;
    if (null && type == 'I')
        return error_set(err, SQLSTATE_NULL_VALUE_NOT_ALLOWED,
                         "null values cannot be formatted as an SQL identifier");
    struct bytes text =
        null ? bytes_of_text(type == 'L' ? "NULL" : "") : shown(call, at, arguments);
    if (type == 'L' && !null)
        text = quoted(call, text);
    else if (type == 'I')
        text = bytes_of_text(sql_quote_identifier(call->arena, text_of(call, text)));
    *out = text;
    return RC_OK;
}

static enum rc width_of(struct call *call, const struct value *arguments,
                        struct specifier *specifier, size_t *next, struct error *err)
{
    if (!specifier->width_argument)
        return RC_OK;
    size_t at = specifier->width_at != 0 ? specifier->width_at : ++*next;
    *next = at;
    if (at >= call->argument_count)
        return too_few(err);
    specifier->width = 0;
    if (!arguments[at].null) {
        struct bytes text = shown(call, at, arguments);
        union datum width;
        TRY(type_input(type_find_oid(TYPE_INT4), call->types, text, -1, &width, err));
        specifier->width = width.int32;
    }
    if (specifier->width < 0) {
        specifier->left = true;
        specifier->width = -specifier->width;
    }
    return RC_OK;
}

static enum rc add_specified(struct call *call, const struct value *arguments,
                             struct bytes *rest, size_t *next, struct buffer *out,
                             struct error *err)
{
    struct specifier specifier;
    struct bytes text;
    TRY(read_specifier(rest, &specifier, err));
    if (specifier.type != 's' && specifier.type != 'I' && specifier.type != 'L') {
        (void)error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                        "unrecognized format() type specifier \"%c\"", specifier.type);
        return error_hint(err, "For a single \"%%\" use \"%%%%\".");
    }
    TRY(width_of(call, arguments, &specifier, next, err));
    size_t at = specifier.argument != 0 ? specifier.argument : *next + 1;
    *next = at;
    if (at >= call->argument_count)
        return too_few(err);
    TRY(formatted(call, arguments, at, specifier.type, &text, err));
    int64_t missing = specifier.width - (int64_t)utf8_count(text);
    if (missing > TYPE_VALUE_MAX)
        return too_large(err);
    if (!specifier.left && missing > 0)
        add_filling(bytes_of_text(" "), (size_t)missing, out);
    buffer_add(out, text);
    if (specifier.left && missing > 0)
        add_filling(bytes_of_text(" "), (size_t)missing, out);
    return RC_OK;
}

FUNCTION_ROW(format)
{
    result->null = arguments[0].null;
    if (result->null)
        return RC_OK;
    struct bytes rest = arguments[0].datum.bytes;
    struct buffer out;
    size_t next = 0;
    enum rc rc = RC_OK;
    buffer_init(&out, TYPE_VALUE_MAX);
    while (rc == RC_OK && rest.len > 0) {
        bool sign = rest.at[0] == '%';
        if (!sign || (rest.len > 1 && rest.at[1] == '%')) {
            buffer_add(&out, bytes_of(rest.at, 1));
            rest = bytes_of(rest.at + (sign ? 2 : 1), rest.len - (sign ? 2 : 1));
            continue;
        }
        rest = bytes_of(rest.at + 1, rest.len - 1);
        rc = rest.len == 0 ? unterminated(err)
                           : add_specified(call, arguments, &rest, &next, &out, err);
    }
    if (rc != RC_OK) {
        buffer_fini(&out);
        return rc;
    }
    return implementation_text(call, &out, result, err);
}

static enum rc bad_identifier(struct bytes text, const char *detail, struct error *err)
{
    (void)error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                    "string is not a valid identifier: \"%.*s\"", BYTES_PRINT(text));
    return detail == NULL ? RC_FAILED : error_detail(err, "%s", detail);
}

static struct bytes trim_blanks(struct bytes text)
{
    while (text.len > 0 &&
           (text.at[0] == ' ' || (text.at[0] >= '\t' && text.at[0] <= '\r')))
        text = bytes_of(text.at + 1, text.len - 1);
    return text;
}

/* One part of a dotted name. */
static enum rc take_name(struct call *call, struct bytes whole, struct bytes *rest,
                         struct bytes *out, struct error *err)
{
    struct buffer name;
    size_t at = 0;
    buffer_init(&name, TYPE_VALUE_MAX);
    bool quoted_name = rest->len > 0 && rest->at[0] == '"';
    bool closed = !quoted_name;
    for (at = quoted_name ? 1 : 0; at < rest->len; at++) {
        uint8_t byte = rest->at[at];
        if (quoted_name && byte == '"') {
            if (at + 1 >= rest->len || rest->at[at + 1] != '"') {
                closed = true;
                at++;
                break;
            }
            at++;
        }
        uint8_t lower = ascii_lower(byte);
        bool start = (lower >= 'a' && lower <= 'z') || byte == '_' || byte >= 0x80;
        bool inner = (byte >= '0' && byte <= '9') || byte == '$';
        if (!quoted_name && !start && (!inner || buffer_len(&name) == 0))
            break;
        buffer_add_u8(&name, quoted_name ? byte : lower);
    }
    *out = arena_bytes(call->arena, buffer_bytes(&name));
    *rest = bytes_of(rest->at + at, rest->len - at);
    buffer_fini(&name);
    if (!closed)
        return bad_identifier(whole, "String has unclosed double quotes.", err);
    if (out->len == 0)
        return bad_identifier(
            whole, quoted_name ? "Quoted identifier must not be empty." : NULL, err);
    return RC_OK;
}

FUNCTION_ROW(parse_ident)
{
    struct bytes whole = arguments[0].datum.bytes;
    bool strict = call->argument_count < 2 || arguments[1].datum.boolean;
    struct bytes rest = trim_blanks(whole);
    struct value *items = ARENA_ARRAY(call->arena, struct value, whole.len + 1);
    size_t count = 0;
    do {
        rest = trim_blanks(rest);
        TRY(take_name(call, whole, &rest, &items[count++].datum.bytes, err));
        rest = trim_blanks(rest);
    } while (take_sign(&rest, '.'));
    if (rest.len > 0 && strict)
        return bad_identifier(whole, NULL, err);
    result->datum.bytes =
        array_build_list(call->arena, type_find_oid(TYPE_TEXT), items, count);
    return RC_OK;
}
