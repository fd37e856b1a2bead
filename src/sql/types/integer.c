/* int2, int4, int8, uint8, oid and the reg* types. */
#include <limits.h>
#include <stdlib.h>

#include "base/reader.h"
#include "sql/types/methods.h"

bool methods_parse_int64(struct bytes text, int64_t *out, bool *range_out)
{
    text = methods_trim(text);
    *range_out = false;
    bool negative = text.len > 0 && text.at[0] == '-';
    size_t at = text.len > 0 && (text.at[0] == '-' || text.at[0] == '+') ? 1 : 0;
    if (at == text.len)
        return false;
    int64_t number = 0;
    for (; at < text.len; at++) {
        if (text.at[at] < '0' || text.at[at] > '9') {
            *range_out = false;
            return false;
        }
        int digit = text.at[at] - '0';
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_sub_overflow(number, digit, &number))
            *range_out = true;
    }
    if (!negative && number == INT64_MIN)
        *range_out = true;
    if (*range_out)
        return false;
    *out = negative ? number : -number;
    return true;
}

static enum rc out_of_range(const char *title, struct bytes text, struct error *err)
{
    return error_set(err, SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE,
                     "value \"%.*s\" is out of range for type %s", BYTES_PRINT(text),
                     title);
}

static enum rc parse_bounded(const char *title, struct bytes text,
                             const int64_t bounds[2], int64_t *out, struct error *err)
{
    bool range = false;
    if (methods_parse_int64(text, out, &range)) {
        if (*out >= bounds[0] && *out <= bounds[1])
            return RC_OK;
        range = true;
    }
    return range ? out_of_range(title, text, err) : type_invalid(title, text, err);
}

#define ORDER(a, b) ((a) < (b) ? -1 : (a) > (b) ? 1 : 0)

#define INTEGER_TYPE(prefix, member, ctype, title, low, high, bits, wide)                \
    static enum rc prefix##_input(const struct type *type,                               \
                                  const struct type_context *context, struct bytes text, \
                                  union datum *out, struct error *err)                   \
    {                                                                                    \
        (void)type;                                                                      \
        (void)context;                                                                   \
        static const int64_t bounds[2] = {low, high};                                    \
        int64_t number = 0;                                                              \
        TRY(parse_bounded(title, text, bounds, &number, err));                           \
        out->member = (ctype)number;                                                     \
        return RC_OK;                                                                    \
    }                                                                                    \
    static void prefix##_output(const struct type *type,                                 \
                                const struct type_context *context, union datum datum,   \
                                struct buffer *out)                                      \
    {                                                                                    \
        (void)type;                                                                      \
        (void)context;                                                                   \
        buffer_printf(out, "%lld", (long long)datum.member);                             \
    }                                                                                    \
    static enum rc prefix##_receive(                                                     \
        const struct type *type, const struct type_context *context, struct bytes bytes, \
        union datum *out, struct error *err)                                             \
    {                                                                                    \
        (void)type;                                                                      \
        (void)context;                                                                   \
        struct reader reader = reader_of(bytes);                                         \
        out->member = (ctype)reader_u##bits(&reader);                                    \
        return reader_done(&reader) ? RC_OK : type_invalid_binary(err);                  \
    }                                                                                    \
    static void prefix##_send(const struct type *type,                                   \
                              const struct type_context *context, union datum datum,     \
                              struct buffer *out)                                        \
    {                                                                                    \
        (void)type;                                                                      \
        (void)context;                                                                   \
        buffer_add_u##bits(out, (uint##bits##_t)datum.member);                           \
    }                                                                                    \
    static int prefix##_compare(const struct type *type, union datum a, union datum b)   \
    {                                                                                    \
        (void)type;                                                                      \
        return ORDER(a.member, b.member);                                                \
    }                                                                                    \
    static uint64_t prefix##_hash(const struct type *type, union datum datum)            \
    {                                                                                    \
        (void)type;                                                                      \
        return methods_hash_number((uint64_t)datum.member);                              \
    }                                                                                    \
    const struct type_methods prefix##_methods = {                                       \
        wide,          prefix##_input,   prefix##_output, prefix##_receive,              \
        prefix##_send, prefix##_compare, prefix##_hash,                                  \
    };

INTEGER_TYPE(int2, int16, int16_t, "smallint", INT16_MIN, INT16_MAX, 16,
             TYPE_STORAGE_INT16)
INTEGER_TYPE(int4, int32, int32_t, "integer", INT32_MIN, INT32_MAX, 32,
             TYPE_STORAGE_INT32)
INTEGER_TYPE(int8, int64, int64_t, "bigint", INT64_MIN, INT64_MAX, 64, TYPE_STORAGE_INT64)
/* PostgreSQL reads an OID with strtoul and takes negative numbers of 32 bits as well. */
INTEGER_TYPE(oid, oid, uint32_t, "oid", INT32_MIN, UINT32_MAX, 32, TYPE_STORAGE_OID)

static enum rc uint8_input(const struct type *type, const struct type_context *context,
                           struct bytes text, union datum *out, struct error *err)
{
    (void)type;
    (void)context;
    struct bytes digits = methods_trim(text);
    if (digits.len > 0 && digits.at[0] == '+')
        digits = bytes_of(digits.at + 1, digits.len - 1);
    if (digits.len == 0)
        return type_invalid("uint8", text, err);
    uint64_t number = 0;
    bool range = false;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.at[i] < '0' || digits.at[i] > '9')
            return type_invalid("uint8", text, err);
        uint64_t digit = (uint64_t)(digits.at[i] - '0');
        range = __builtin_mul_overflow(number, 10, &number) || range;
        range = __builtin_add_overflow(number, digit, &number) || range;
    }
    if (range)
        return out_of_range("uint8", text, err);
    out->uint64 = number;
    return RC_OK;
}

static void uint8_output(const struct type *type, const struct type_context *context,
                         union datum datum, struct buffer *out)
{
    (void)type;
    (void)context;
    buffer_printf(out, "%llu", (unsigned long long)datum.uint64);
}

static enum rc uint8_receive(const struct type *type, const struct type_context *context,
                             struct bytes bytes, union datum *out, struct error *err)
{
    (void)type;
    (void)context;
    struct reader reader = reader_of(bytes);
    out->uint64 = reader_u64(&reader);
    return reader_done(&reader) ? RC_OK : type_invalid_binary(err);
}

static void uint8_send(const struct type *type, const struct type_context *context,
                       union datum datum, struct buffer *out)
{
    (void)type;
    (void)context;
    buffer_add_u64(out, datum.uint64);
}

static int uint8_compare(const struct type *type, union datum a, union datum b)
{
    (void)type;
    return ORDER(a.uint64, b.uint64);
}

static uint64_t uint8_hash(const struct type *type, union datum datum)
{
    (void)type;
    return methods_hash_number(datum.uint64);
}

const struct type_methods uint8_methods = {
    TYPE_STORAGE_UINT64, uint8_input,   uint8_output, uint8_receive,
    uint8_send,          uint8_compare, uint8_hash,
};

static enum rc reg_input(const struct type *type, const struct type_context *context,
                         struct bytes text, union datum *out, struct error *err)
{
    struct bytes trimmed = methods_trim(text);
    if (trimmed.len == 1 && trimmed.at[0] == '-') {
        out->oid = 0;
        return RC_OK;
    }
    if (trimmed.len > 0 && trimmed.at[0] >= '0' && trimmed.at[0] <= '9')
        return oid_input(type, context, text, out, err);
    if (context->reg_find == NULL)
        return type_invalid(type->name, text, err);
    return context->reg_find(context->owner, type->oid, text, &out->oid, err);
}

static void reg_output(const struct type *type, const struct type_context *context,
                       union datum datum, struct buffer *out)
{
    if (datum.oid == 0)
        buffer_add_text(out, "-");
    else if (context->reg_name == NULL ||
             !context->reg_name(context->owner, type->oid, datum.oid, out))
        buffer_printf(out, "%u", datum.oid);
}

const struct type_methods reg_methods = {
    TYPE_STORAGE_OID, reg_input, reg_output, oid_receive, oid_send, oid_compare, oid_hash,
};
