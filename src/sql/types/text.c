/* text, varchar, name, "char", bytea, boolean, void and the pseudo-types. */
#include "base/ascii.h"
#include "base/hash.h"
#include "base/reader.h"
#include "base/utf8.h"
#include "sql/types/methods.h"

static enum rc text_input(const struct type *type, const struct type_context *context,
                          struct bytes text, union datum *out, struct error *err)
{
    (void)type;
    (void)err;
    out->bytes = arena_bytes(context->arena, text);
    return RC_OK;
}

static void text_output(const struct type *type, const struct type_context *context,
                        union datum datum, struct buffer *out)
{
    (void)type;
    (void)context;
    buffer_add(out, datum.bytes);
}

enum rc type_bad_hex_digit(struct bytes text, size_t at, struct error *err)
{
    struct bytes rest = bytes_of(text.at + at, text.len - at);
    size_t len = utf8_char_len(rest);
    return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                     "invalid hexadecimal digit: \"%.*s\"", (int)(len == 0 ? 1 : len),
                     (const char *)rest.at);
}

enum rc type_check_text(struct bytes bytes, struct error *err)
{
    size_t bad = 0;
    if (!utf8_is_valid(bytes, &bad))
        return error_set(err, SQLSTATE_CHARACTER_NOT_IN_REPERTOIRE,
                         "invalid byte sequence for encoding \"UTF8\": 0x%02x",
                         bytes.at[bad]);
    if (bytes.len > 0 && memchr(bytes.at, 0, bytes.len) != NULL)
        return error_set(err, SQLSTATE_CHARACTER_NOT_IN_REPERTOIRE,
                         "invalid byte sequence for encoding \"UTF8\": 0x00");
    return RC_OK;
}

static enum rc text_receive(const struct type *type, const struct type_context *context,
                            struct bytes bytes, union datum *out, struct error *err)
{
    TRY(type_check_text(bytes, err));
    return text_input(type, context, bytes, out, err);
}

static int text_compare(const struct type *type, union datum a, union datum b)
{
    (void)type;
    return bytes_compare(a.bytes, b.bytes);
}

static uint64_t text_hash(const struct type *type, union datum datum)
{
    (void)type;
    return hash_bytes(datum.bytes, 0);
}

const struct type_methods text_methods = {
    TYPE_STORAGE_BYTES, text_input,   text_output, text_receive,
    text_output,        text_compare, text_hash,
};

/* Names are cut silently at a whole character, as PostgreSQL cuts them. */
static enum rc name_input(const struct type *type, const struct type_context *context,
                          struct bytes text, union datum *out, struct error *err)
{
    size_t at = 0;
    while (at < text.len) {
        size_t len = utf8_char_len(bytes_of(text.at + at, text.len - at));
        len = len == 0 ? 1 : len;
        if (at + len > TYPE_NAME_MAX)
            break;
        at += len;
    }
    return text_input(type, context, bytes_of(text.at, at), out, err);
}

static enum rc name_receive(const struct type *type, const struct type_context *context,
                            struct bytes bytes, union datum *out, struct error *err)
{
    TRY(type_check_text(bytes, err));
    if (bytes.len > TYPE_NAME_MAX)
        return error_set(err, SQLSTATE_NAME_TOO_LONG, "identifier too long");
    return text_input(type, context, bytes, out, err);
}

const struct type_methods name_methods = {
    TYPE_STORAGE_BYTES, name_input,   text_output, name_receive,
    text_output,        text_compare, text_hash,
};

static enum rc character_input(const struct type *type,
                               const struct type_context *context, struct bytes text,
                               union datum *out, struct error *err)
{
    (void)type;
    (void)context;
    (void)err;
    bool octal = text.len == 4 && text.at[0] == '\\';
    for (size_t i = 1; octal && i < 4; i++)
        octal = text.at[i] >= '0' && text.at[i] <= '7';
    if (octal)
        out->character = (int8_t)(((text.at[1] - '0') << 6) | ((text.at[2] - '0') << 3) |
                                  (text.at[3] - '0'));
    else
        out->character = text.len == 0 ? 0 : (int8_t)text.at[0];
    return RC_OK;
}

static void character_output(const struct type *type, const struct type_context *context,
                             union datum datum, struct buffer *out)
{
    (void)type;
    (void)context;
    uint8_t byte = (uint8_t)datum.character;
    if (byte >= 0x80)
        buffer_printf(out, "\\%03o", byte);
    else if (byte != 0)
        buffer_add_u8(out, byte);
}

static enum rc character_receive(const struct type *type,
                                 const struct type_context *context, struct bytes bytes,
                                 union datum *out, struct error *err)
{
    (void)type;
    (void)context;
    if (bytes.len != 1)
        return type_invalid_binary(err);
    out->character = (int8_t)bytes.at[0];
    return RC_OK;
}

static void character_send(const struct type *type, const struct type_context *context,
                           union datum datum, struct buffer *out)
{
    (void)type;
    (void)context;
    buffer_add_u8(out, (uint8_t)datum.character);
}

static int character_compare(const struct type *type, union datum a, union datum b)
{
    (void)type;
    return (int)(uint8_t)a.character - (int)(uint8_t)b.character;
}

static uint64_t character_hash(const struct type *type, union datum datum)
{
    (void)type;
    return methods_hash_number((uint8_t)datum.character);
}

const struct type_methods character_methods = {
    TYPE_STORAGE_CHARACTER, character_input,   character_output, character_receive,
    character_send,         character_compare, character_hash,
};

static enum rc bytea_input_hex(const struct type_context *context, struct bytes text,
                               union datum *out, struct error *err)
{
    uint8_t *to = ARENA_ARRAY(context->arena, uint8_t, text.len / 2 + 1);
    size_t len = 0;
    for (size_t i = 2; i < text.len;) {
        if (methods_is_space(text.at[i])) {
            i++;
            continue;
        }
        int high = ascii_hex_value(text.at[i]);
        if (high < 0)
            return type_bad_hex_digit(text, i, err);
        if (i + 1 >= text.len)
            return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                             "invalid hexadecimal data: odd number of digits");
        int low = ascii_hex_value(text.at[i + 1]);
        if (low < 0)
            return type_bad_hex_digit(text, i + 1, err);
        to[len++] = (uint8_t)(high * 16 + low);
        i += 2;
    }
    out->bytes = bytes_of(to, len);
    return RC_OK;
}

static bool is_octal(struct bytes text, size_t at)
{
    return text.len - at >= 4 && text.at[at + 1] >= '0' && text.at[at + 1] <= '3' &&
           text.at[at + 2] >= '0' && text.at[at + 2] <= '7' && text.at[at + 3] >= '0' &&
           text.at[at + 3] <= '7';
}

static enum rc bytea_input(const struct type *type, const struct type_context *context,
                           struct bytes text, union datum *out, struct error *err)
{
    (void)type;
    if (bytes_has_prefix(text, bytes_of_text("\\x")))
        return bytea_input_hex(context, text, out, err);
    uint8_t *to = ARENA_ARRAY(context->arena, uint8_t, text.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] != '\\') {
            to[len++] = text.at[i];
        } else if (i + 1 < text.len && text.at[i + 1] == '\\') {
            to[len++] = '\\';
            i++;
        } else if (is_octal(text, i)) {
            to[len++] = (uint8_t)(((text.at[i + 1] - '0') << 6) |
                                  ((text.at[i + 2] - '0') << 3) | (text.at[i + 3] - '0'));
            i += 3;
        } else {
            return error_set(err, SQLSTATE_INVALID_TEXT_REPRESENTATION,
                             "invalid input syntax for type bytea");
        }
    }
    out->bytes = bytes_of(to, len);
    return RC_OK;
}

static void bytea_output(const struct type *type, const struct type_context *context,
                         union datum datum, struct buffer *out)
{
    (void)type;
    static const char hex[] = "0123456789abcdef";
    if (!context->bytea_escape)
        buffer_add_text(out, "\\x");
    for (size_t i = 0; i < datum.bytes.len; i++) {
        uint8_t byte = datum.bytes.at[i];
        if (!context->bytea_escape) {
            buffer_add_u8(out, (uint8_t)hex[byte >> 4]);
            buffer_add_u8(out, (uint8_t)hex[byte & 15]);
        } else if (byte == '\\') {
            buffer_add_text(out, "\\\\");
        } else if (byte < 0x20 || byte > 0x7e) {
            buffer_printf(out, "\\%03o", byte);
        } else {
            buffer_add_u8(out, byte);
        }
    }
}

const struct type_methods bytea_methods = {
    TYPE_STORAGE_BYTES, bytea_input,  bytea_output, text_input,
    text_output,        text_compare, text_hash,
};

bool type_parse_boolean(struct bytes text, bool *out)
{
    static const struct {
        const char *word;
        size_t least; /* bytes that tell it from the others */
        bool value;
    } words[] = {{"true", 1, true}, {"yes", 1, true},    {"on", 2, true},
                 {"1", 1, true},    {"false", 1, false}, {"no", 1, false},
                 {"off", 2, false}, {"0", 1, false}};
    for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
        if (text.len < words[i].least || !ascii_is_prefix_of(text, words[i].word))
            continue;
        *out = words[i].value;
        return true;
    }
    return false;
}

static enum rc boolean_input(const struct type *type, const struct type_context *context,
                             struct bytes text, union datum *out, struct error *err)
{
    (void)type;
    (void)context;
    return type_parse_boolean(methods_trim(text), &out->boolean)
               ? RC_OK
               : type_invalid("boolean", text, err);
}

static void boolean_output(const struct type *type, const struct type_context *context,
                           union datum datum, struct buffer *out)
{
    (void)type;
    (void)context;
    buffer_add_u8(out, datum.boolean ? 't' : 'f');
}

static enum rc boolean_receive(const struct type *type,
                               const struct type_context *context, struct bytes bytes,
                               union datum *out, struct error *err)
{
    (void)type;
    (void)context;
    if (bytes.len != 1)
        return type_invalid_binary(err);
    out->boolean = bytes.at[0] != 0;
    return RC_OK;
}

static void boolean_send(const struct type *type, const struct type_context *context,
                         union datum datum, struct buffer *out)
{
    (void)type;
    (void)context;
    buffer_add_u8(out, datum.boolean ? 1 : 0);
}

static int boolean_compare(const struct type *type, union datum a, union datum b)
{
    (void)type;
    return (int)a.boolean - (int)b.boolean;
}

static uint64_t boolean_hash(const struct type *type, union datum datum)
{
    (void)type;
    return methods_hash_number(datum.boolean ? 1 : 0);
}

const struct type_methods boolean_methods = {
    TYPE_STORAGE_BOOLEAN, boolean_input,   boolean_output, boolean_receive,
    boolean_send,         boolean_compare, boolean_hash,
};

static enum rc void_input(const struct type *type, const struct type_context *context,
                          struct bytes text, union datum *out, struct error *err)
{
    (void)type;
    (void)context;
    (void)text;
    (void)err;
    *out = (union datum){0};
    return RC_OK;
}

static void void_output(const struct type *type, const struct type_context *context,
                        union datum datum, struct buffer *out)
{
    (void)type;
    (void)context;
    (void)datum;
    (void)out;
}

const struct type_methods void_methods = {
    TYPE_STORAGE_NONE, void_input, void_output, void_input, void_output, NULL, NULL,
};

static enum rc pseudo_input(const struct type *type, const struct type_context *context,
                            struct bytes text, union datum *out, struct error *err)
{
    (void)context;
    (void)text;
    (void)out;
    return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                     "cannot accept a value of type %s", type->name);
}

const struct type_methods pseudo_methods = {
    TYPE_STORAGE_NONE, pseudo_input, void_output, pseudo_input, void_output, NULL, NULL,
};

/* bpchar: trailing blanks do not count. */
static struct bytes without_blanks(struct bytes text)
{
    while (text.len > 0 && text.at[text.len - 1] == ' ')
        text.len--;
    return text;
}

static int bpchar_compare(const struct type *type, union datum a, union datum b)
{
    (void)type;
    return bytes_compare(without_blanks(a.bytes), without_blanks(b.bytes));
}

static uint64_t bpchar_hash(const struct type *type, union datum datum)
{
    (void)type;
    return hash_bytes(without_blanks(datum.bytes), 0);
}

const struct type_methods bpchar_methods = {
    TYPE_STORAGE_BYTES, text_input,     text_output, text_receive,
    text_output,        bpchar_compare, bpchar_hash,
};
