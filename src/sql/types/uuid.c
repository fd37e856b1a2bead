/* uuid: sixteen bytes (manual, chapter 8.12). */
#include "base/ascii.h"
#include "base/hash.h"
#include "sql/types/methods.h"

enum { UUID_LEN = 16 };

/* Hexadecimal digits; a hyphen may stand after any group of four; braces around. */
static bool uuid_read(struct bytes text, uint8_t out[UUID_LEN])
{
    if (text.len >= 2 && text.at[0] == '{') {
        if (text.at[text.len - 1] != '}')
            return false;
        text = bytes_of(text.at + 1, text.len - 2);
    }
    for (size_t i = 0; i < UUID_LEN; i++) {
        if (text.len < 2)
            return false;
        int high = ascii_hex_value(text.at[0]);
        int low = ascii_hex_value(text.at[1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(high * 16 + low);
        bool hyphen = text.len > 2 && text.at[2] == '-' && i % 2 == 1 && i < UUID_LEN - 1;
        text = bytes_of(text.at + (hyphen ? 3 : 2), text.len - (hyphen ? 3 : 2));
    }
    return text.len == 0;
}

static enum rc uuid_input(const struct type *type, const struct type_context *context,
                          struct bytes text, union datum *out, struct error *err)
{
    (void)type;
    uint8_t bytes[UUID_LEN];
    if (!uuid_read(text, bytes))
        return type_invalid("uuid", text, err);
    out->bytes = arena_bytes(context->arena, bytes_of(bytes, UUID_LEN));
    return RC_OK;
}

static void uuid_output(const struct type *type, const struct type_context *context,
                        union datum datum, struct buffer *out)
{
    (void)type;
    (void)context;
    for (size_t i = 0; i < datum.bytes.len; i++)
        buffer_printf(out, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
                      datum.bytes.at[i]);
}

static enum rc uuid_receive(const struct type *type, const struct type_context *context,
                            struct bytes bytes, union datum *out, struct error *err)
{
    (void)type;
    if (bytes.len != UUID_LEN)
        return type_invalid_binary(err);
    out->bytes = arena_bytes(context->arena, bytes);
    return RC_OK;
}

static void uuid_send(const struct type *type, const struct type_context *context,
                      union datum datum, struct buffer *out)
{
    (void)type;
    (void)context;
    buffer_add(out, datum.bytes);
}

static int uuid_compare(const struct type *type, union datum a, union datum b)
{
    (void)type;
    return bytes_compare(a.bytes, b.bytes);
}

static uint64_t uuid_hash(const struct type *type, union datum datum)
{
    (void)type;
    return hash_bytes(datum.bytes, 0);
}

const struct type_methods uuid_methods = {
    TYPE_STORAGE_BYTES, uuid_input,   uuid_output, uuid_receive,
    uuid_send,          uuid_compare, uuid_hash,
};
