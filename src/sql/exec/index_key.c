/* Values as parts of index keys, in the order that the types compare in. */
#include <inttypes.h>

#include "sql/exec/heap_internal.h"
#include "sql/types/datetime.h"
#include "sql/types/numeric.h"

/* NUMERIC: a byte for the kind, the place of the point, then the digits two to a byte,
 * 1 .. 100; of negative numbers all is turned over and 255 ends the digits. */
enum {
    NUMERIC_MINUS_INFINITY = 1,
    NUMERIC_MINUS = 2,
    NUMERIC_ZERO = 3,
    NUMERIC_PLUS = 4,
    NUMERIC_INFINITY = 5,
    NUMERIC_NAN = 6,
    POINT_BIAS = 1 << 20,
    DIGITS_GAP = 16, /* more than comes before the digits */
};

enum rc index_type_check(const struct type *type, struct error *err)
{
    if (type->methods->compare != NULL && !type_is_array(type) &&
        type->methods->storage != TYPE_STORAGE_NONE && type->oid != TYPE_INT2VECTOR &&
        type->oid != TYPE_OIDVECTOR)
        return RC_OK;
    if (type->methods->compare != NULL && type->methods->storage == TYPE_STORAGE_BYTES)
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "an index on type %s is not supported", type->name);
    error_set(err, SQLSTATE_UNDEFINED_OBJECT,
              "data type %s has no default operator class for access method \"btree\"",
              type->name);
    return error_hint(err, "You must specify an operator class for the index or define a "
                           "default operator class for the data type.");
}

static int special_kind(struct bytes number)
{
    if (numeric_is_nan(number))
        return NUMERIC_NAN;
    if (numeric_is_infinite(number))
        return numeric_sign(number) < 0 ? NUMERIC_MINUS_INFINITY : NUMERIC_INFINITY;
    return numeric_sign(number) == 0 ? NUMERIC_ZERO : 0;
}

/* The significant digits of a printed number, as 0 .. 9, in place; *point_out is the
 * place of the decimal point among them. */
static size_t take_digits(struct bytes text, uint8_t *digits, int *point_out)
{
    size_t count = 0;
    int point = 0;
    bool is_behind = false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '.') {
            is_behind = true;
            continue;
        }
        if (text.at[i] < '0' || text.at[i] > '9')
            continue;
        if (count == 0 && text.at[i] == '0') {
            point -= is_behind;
            continue;
        }
        digits[count++] = (uint8_t)(text.at[i] - '0');
        point += !is_behind;
    }
    while (count > 0 && digits[count - 1] == 0)
        count--;
    *point_out = point;
    return count;
}

static struct bytes numeric_bytes(struct bytes number, struct buffer *scratch)
{
    buffer_truncate(scratch, 0);
    int special = special_kind(number);
    if (special != 0) {
        buffer_add_u8(scratch, (uint8_t)special);
        return buffer_bytes(scratch);
    }
    int point = 0;
    bool is_negative = numeric_sign(number) < 0;
    uint8_t mask = is_negative ? 0xFF : 0;
    numeric_print(number, scratch);
    size_t text_len = buffer_len(scratch);
    uint8_t *digits = buffer_reserve(scratch, text_len + 2 * DIGITS_GAP);
    if (digits == NULL)
        return buffer_bytes(scratch);
    digits += DIGITS_GAP; /* what is written below never overtakes what is read */
    size_t count = take_digits(buffer_bytes(scratch), digits, &point);
    digits[count] = 0;
    uint32_t place = (uint32_t)(point + POINT_BIAS);
    uint8_t *out = scratch->memory + scratch->start; /* the text is no longer needed */
    size_t len = 0;
    out[len++] = is_negative ? NUMERIC_MINUS : NUMERIC_PLUS;
    for (int shift = 16; shift >= 0; shift -= 8)
        out[len++] = (uint8_t)(place >> shift) ^ mask;
    for (size_t i = 0; i < count; i += 2)
        out[len++] = (uint8_t)(digits[i] * 10 + digits[i + 1] + 1) ^ mask;
    if (is_negative)
        out[len++] = 0xFF;
    return bytes_of(out, len);
}

static struct bytes without_blanks(struct bytes text)
{
    while (text.len > 0 && text.at[text.len - 1] == ' ')
        text.len--;
    return text;
}

static struct bytes text_of(const struct type *type, struct bytes bytes,
                            struct buffer *scratch)
{
    if (type->oid == TYPE_NUMERIC)
        return numeric_bytes(bytes, scratch);
    return type->oid == TYPE_BPCHAR ? without_blanks(bytes) : bytes;
}

static void add_interval(struct store_key *key, const struct index_part *part,
                         struct datum_interval interval)
{
    int64_t high = 0;
    int64_t low = 0;
    if (part->type->oid == TYPE_TIMETZ) {
        high = interval.microseconds + interval.months * DATETIME_SECOND;
        low = interval.months;
    } else {
        datetime_interval_span(interval, &high, &low);
    }
    store_key_add_i64(key, high, part->order);
    store_key_add_i64(key, low, part->order);
}

/* False: the value is one of any length, which is left to the caller. */
static bool add_fixed(struct store_key *key, const struct index_part *part,
                      union datum datum)
{
    switch (part->type->methods->storage) {
    case TYPE_STORAGE_BOOLEAN:
        store_key_add_bool(key, datum.boolean, part->order);
        return true;
    case TYPE_STORAGE_CHARACTER:
        store_key_add_i32(key, (uint8_t)datum.character, part->order);
        return true;
    case TYPE_STORAGE_INT16:
        store_key_add_i32(key, datum.int16, part->order);
        return true;
    case TYPE_STORAGE_INT32:
        store_key_add_i32(key, datum.int32, part->order);
        return true;
    case TYPE_STORAGE_INT64:
        store_key_add_i64(key, datum.int64, part->order);
        return true;
    case TYPE_STORAGE_OID:
        store_key_add_i64(key, datum.oid, part->order);
        return true;
    case TYPE_STORAGE_UINT64:
        store_key_add_i64(key, (int64_t)(datum.uint64 ^ (UINT64_C(1) << 63)),
                          part->order);
        return true;
    case TYPE_STORAGE_FLOAT4:
        store_key_add_f32(key, datum.float4, part->order);
        return true;
    case TYPE_STORAGE_FLOAT8:
        store_key_add_f64(key, datum.float8, part->order);
        return true;
    case TYPE_STORAGE_INTERVAL:
        add_interval(key, part, datum.interval);
        return true;
    case TYPE_STORAGE_BYTES:
    case TYPE_STORAGE_NONE:
        break;
    }
    return false;
}

void index_key_add(struct store_key *key, const struct index_part *part,
                   struct value value, struct buffer *scratch)
{
    if (value.null) {
        store_key_add_null(key, part->order);
        return;
    }
    store_key_add_present(key);
    if (!add_fixed(key, part, value.datum))
        store_key_add_text(key, text_of(part->type, value.datum.bytes, scratch),
                           part->limit, part->order);
}

bool index_key_add_prefix(struct store_key *key, const struct index_part *part,
                          struct value value, struct buffer *scratch)
{
    size_t start = key->len;
    bool was_cut = key->is_cut;
    key->is_cut = false;
    index_key_add(key, part, value, scratch);
    bool is_cut = key->is_cut;
    key->is_cut = was_cut;
    if (is_cut) /* without the mark of the cut and the hash */
        key->len -= STORE_KEY_HASH_LEN + 2;
    return is_cut && key->len >= start;
}

enum rc index_key_check(const struct store_key *key, const struct table_index *index,
                        struct error *err)
{
    if (!key->failed)
        return RC_OK;
    return error_set(err, SQLSTATE_PROGRAM_LIMIT_EXCEEDED,
                     "index row exceeds maximum %d for index \"%s\"", STORE_KEY_MAX,
                     index->name);
}
