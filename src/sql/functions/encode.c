/* encode() and decode(): hex, base64, escape (manual, chapter 9.5). */
#include "base/ascii.h"
#include "sql/functions/implementation.h"

enum { BASE64_LINE = 76 };

static const char base64_letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void encode_hex(struct bytes data, struct buffer *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < data.len; i++) {
        buffer_add_u8(out, (uint8_t)digits[data.at[i] >> 4]);
        buffer_add_u8(out, (uint8_t)digits[data.at[i] & 15]);
    }
}

static void encode_base64(struct bytes data, struct buffer *out)
{
    size_t line = 0;
    for (size_t i = 0; i < data.len; i += 3) {
        size_t left = data.len - i;
        uint32_t group = (uint32_t)data.at[i] << 16;
        group |= left > 1 ? (uint32_t)data.at[i + 1] << 8 : 0;
        group |= left > 2 ? data.at[i + 2] : 0;
        if (line == BASE64_LINE) {
            buffer_add_u8(out, '\n');
            line = 0;
        }
        for (size_t at = 0; at < 4; at++) {
            uint32_t letter = group >> (18 - 6 * at) & 63;
            buffer_add_u8(out, at > left ? '=' : (uint8_t)base64_letters[letter]);
        }
        line += 4;
    }
}

static void encode_escape(struct bytes data, struct buffer *out)
{
    for (size_t i = 0; i < data.len; i++) {
        uint8_t byte = data.at[i];
        if (byte == '\\')
            buffer_add_text(out, "\\\\");
        else if (byte == 0 || byte >= 0x80)
            buffer_printf(out, "\\%03o", byte);
        else
            buffer_add_u8(out, byte);
    }
}

static enum rc unknown_encoding(struct bytes name, struct error *err)
{
    return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                     "unrecognized encoding: \"%.*s\"", BYTES_PRINT(name));
}

FUNCTION_ROW(encode)
{
    struct bytes data = arguments[0].datum.bytes;
    struct bytes form = arguments[1].datum.bytes;
    struct buffer out;
    buffer_init(&out, TYPE_VALUE_MAX);
    if (ascii_is_word(form, "hex"))
        encode_hex(data, &out);
    else if (ascii_is_word(form, "base64"))
        encode_base64(data, &out);
    else if (ascii_is_word(form, "escape"))
        encode_escape(data, &out);
    else
        return unknown_encoding(form, err);
    return implementation_text(call, &out, result, err);
}

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static enum rc decode_hex(struct bytes text, struct buffer *out, struct error *err)
{
    for (size_t i = 0; i < text.len; i++) {
        if (is_blank(text.at[i]))
            continue;
        int high = ascii_hex_value(text.at[i]);
        if (high < 0)
            return type_bad_hex_digit(text, i, err);
        if (i + 1 == text.len)
            return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                             "invalid hexadecimal data: odd number of digits");
        int low = ascii_hex_value(text.at[++i]);
        if (low < 0)
            return type_bad_hex_digit(text, i, err);
        buffer_add_u8(out, (uint8_t)(high * 16 + low));
    }
    return RC_OK;
}

static enum rc decode_base64(struct bytes text, struct buffer *out, struct error *err)
{
    uint32_t group = 0;
    size_t count = 0;
    size_t ends = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.at[i];
        if (is_blank(byte))
            continue;
        const char *hit = byte == 0 ? NULL : strchr(base64_letters, byte);
        bool end = byte == '=' && count % 4 >= 2;
        if (byte == '=' && !end)
            return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                             "unexpected \"=\" while decoding base64 sequence");
        if (!end && (hit == NULL || ends > 0))
            return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                             "invalid symbol \"%c\" found while decoding base64 sequence",
                             byte);
        ends += end ? 1 : 0;
        group = group << 6 | (end ? 0 : (uint32_t)(hit - base64_letters));
        if (++count % 4 != 0)
            continue;
        buffer_add_u8(out, (uint8_t)(group >> 16));
        if (ends < 2)
            buffer_add_u8(out, (uint8_t)(group >> 8));
        if (ends < 1)
            buffer_add_u8(out, (uint8_t)group);
        group = 0;
    }
    if (count % 4 == 0)
        return RC_OK;
    (void)error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE, "invalid base64 end sequence");
    return error_hint(err, "Input data is missing padding, is truncated, or is otherwise "
                           "corrupted.");
}

static enum rc decode_escape(struct bytes text, struct buffer *out, struct error *err)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.at[i];
        size_t left = text.len - i;
        const uint8_t *at = text.at + i;
        if (byte != '\\') {
            buffer_add_u8(out, byte);
        } else if (left > 1 && at[1] == '\\') {
            buffer_add_u8(out, '\\');
            i++;
        } else if (left > 3 && at[1] >= '0' && at[1] <= '3' && at[2] >= '0' &&
                   at[2] <= '7' && at[3] >= '0' && at[3] <= '7') {
            buffer_add_u8(
                out, (uint8_t)((at[1] - '0') * 64 + (at[2] - '0') * 8 + (at[3] - '0')));
            i += 3;
        } else {
            return error_set(err, SQLSTATE_INVALID_TEXT_REPRESENTATION,
                             "invalid input syntax for type %s", "bytea");
        }
    }
    return RC_OK;
}

FUNCTION_ROW(decode)
{
    struct bytes text = arguments[0].datum.bytes;
    struct bytes form = arguments[1].datum.bytes;
    struct buffer out;
    enum rc rc = RC_OK;
    buffer_init(&out, TYPE_VALUE_MAX);
    if (ascii_is_word(form, "hex"))
        rc = decode_hex(text, &out, err);
    else if (ascii_is_word(form, "base64"))
        rc = decode_base64(text, &out, err);
    else if (ascii_is_word(form, "escape"))
        rc = decode_escape(text, &out, err);
    else
        rc = unknown_encoding(form, err);
    if (rc != RC_OK) {
        buffer_fini(&out);
        return rc;
    }
    return implementation_text(call, &out, result, err);
}
