/* Order-preserving keys. */
#include "store/key.h"

#include "base/crypto.h"

/* What may follow a zero byte inside an escaped text. An end sorts before an escaped
 * zero, and the end of a whole text before that of one that was cut there. */
enum { TEXT_END = 0x01, TEXT_CUT = 0x02, TEXT_ZERO = 0xFF };

enum { NULL_FIRST = 0x00, NOT_NULL = 0x01, NULL_LAST = 0x02 };

static const uint32_t f32_sign = UINT32_C(1) << 31;
static const uint32_t f32_nan = UINT32_C(0x7FC00000);
static const uint64_t f64_sign = UINT64_C(1) << 63;
static const uint64_t f64_nan = UINT64_C(0x7FF8000000000000);

static uint8_t mask_of(unsigned order)
{
    return (order & STORE_KEY_DESCENDING) != 0 ? 0xFF : 0x00;
}

static void add_byte(struct store_key *key, uint8_t byte)
{
    if (key->len == STORE_KEY_MAX)
        key->failed = true;
    else
        key->at[key->len++] = byte;
}

static void add_number(struct store_key *key, uint64_t number, unsigned size,
                       unsigned order)
{
    for (unsigned i = size; i-- > 0;)
        add_byte(key, (uint8_t)(number >> (8 * i)) ^ mask_of(order));
}

void store_key_begin(struct store_key *key, uint8_t space)
{
    key->len = 0;
    key->failed = false;
    key->is_cut = false;
    add_byte(key, space);
}

void store_key_add_u8(struct store_key *key, uint8_t number)
{
    add_byte(key, number);
}

void store_key_add_u32(struct store_key *key, uint32_t number)
{
    add_number(key, number, 4, STORE_KEY_ASCENDING);
}

void store_key_add_u64(struct store_key *key, uint64_t number)
{
    add_number(key, number, 8, STORE_KEY_ASCENDING);
}

void store_key_add_raw(struct store_key *key, struct bytes bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        add_byte(key, bytes.at[i]);
}

static uint8_t null_byte(unsigned order)
{
    return (order & STORE_KEY_NULLS_FIRST) != 0 ? NULL_FIRST : NULL_LAST;
}

void store_key_add_null(struct store_key *key, unsigned order)
{
    add_byte(key, null_byte(order));
}

void store_key_add_present(struct store_key *key)
{
    add_byte(key, NOT_NULL);
}

void store_key_add_bool(struct store_key *key, bool value, unsigned order)
{
    add_number(key, value ? 1 : 0, 1, order);
}

/* With the sign bit turned, two's complement sorts as unsigned. */
void store_key_add_i32(struct store_key *key, int32_t number, unsigned order)
{
    add_number(key, (uint32_t)number ^ f32_sign, 4, order);
}

void store_key_add_i64(struct store_key *key, int64_t number, unsigned order)
{
    add_number(key, (uint64_t)number ^ f64_sign, 8, order);
}

/* IEEE 754 sorts by magnitude behind its sign: negative numbers are turned over whole. */
void store_key_add_f32(struct store_key *key, float number, unsigned order)
{
    uint32_t bits = 0;

    if (number != number)
        bits = f32_nan;
    else if (number < 0 || number > 0)
        memcpy(&bits, &number, sizeof(bits));
    bits = (bits & f32_sign) != 0 ? ~bits : bits ^ f32_sign;
    add_number(key, bits, 4, order);
}

void store_key_add_f64(struct store_key *key, double number, unsigned order)
{
    uint64_t bits = 0;

    if (number != number)
        bits = f64_nan;
    else if (number < 0 || number > 0)
        memcpy(&bits, &number, sizeof(bits));
    bits = (bits & f64_sign) != 0 ? ~bits : bits ^ f64_sign;
    add_number(key, bits, 8, order);
}

/* How many bytes of the text fit into `limit` bytes of escaped form. */
static size_t measure(struct bytes text, size_t limit)
{
    size_t used = 0;
    size_t i = 0;

    for (; i < text.len; i++) {
        size_t size = text.at[i] == 0 ? 2 : 1;
        if (size > limit - used)
            break;
        used += size;
    }
    return i;
}

void store_key_add_text(struct store_key *key, struct bytes text, size_t limit,
                        unsigned order)
{
    uint8_t mask = mask_of(order);
    size_t kept = measure(text, limit);

    for (size_t i = 0; i < kept; i++) {
        add_byte(key, text.at[i] ^ mask);
        if (text.at[i] == 0)
            add_byte(key, TEXT_ZERO ^ mask);
    }
    add_byte(key, mask);
    add_byte(key, (kept == text.len ? TEXT_END : TEXT_CUT) ^ mask);
    if (kept == text.len)
        return;
    uint8_t digest[CRYPTO_SHA256_LEN];
    crypto_sha256(text, digest);
    for (size_t i = 0; i < STORE_KEY_HASH_LEN; i++)
        add_byte(key, digest[i] ^ mask);
    key->is_cut = true;
}

void store_key_make_end(struct store_key *key)
{
    while (key->len > 0 && key->at[key->len - 1] == 0xFF)
        key->len--;
    if (key->len > 0)
        key->at[key->len - 1]++;
}

/* ---- reading ---- */

static void fail(struct reader *reader)
{
    reader->failed = true;
    reader->left = 0;
}

bool store_key_read_null(struct reader *reader, unsigned order)
{
    uint8_t byte = reader_u8(reader);

    if (byte != NOT_NULL && byte != null_byte(order))
        fail(reader);
    return !reader_failed(reader) && byte != NOT_NULL;
}

uint8_t store_key_read_u8(struct reader *reader)
{
    return reader_u8(reader);
}

uint32_t store_key_read_u32(struct reader *reader)
{
    return reader_u32(reader);
}

uint64_t store_key_read_u64(struct reader *reader)
{
    return reader_u64(reader);
}

bool store_key_read_bool(struct reader *reader, unsigned order)
{
    uint8_t byte = reader_u8(reader) ^ mask_of(order);

    if (byte > 1)
        fail(reader);
    return !reader_failed(reader) && byte == 1;
}

static uint32_t read_32(struct reader *reader, unsigned order)
{
    uint32_t number = reader_u32(reader);

    return (order & STORE_KEY_DESCENDING) != 0 ? ~number : number;
}

static uint64_t read_64(struct reader *reader, unsigned order)
{
    uint64_t number = reader_u64(reader);

    return (order & STORE_KEY_DESCENDING) != 0 ? ~number : number;
}

int32_t store_key_read_i32(struct reader *reader, unsigned order)
{
    uint32_t bits = read_32(reader, order) ^ f32_sign;
    int32_t number = 0;

    memcpy(&number, &bits, sizeof(number));
    return reader_failed(reader) ? 0 : number;
}

int64_t store_key_read_i64(struct reader *reader, unsigned order)
{
    uint64_t bits = read_64(reader, order) ^ f64_sign;
    int64_t number = 0;

    memcpy(&number, &bits, sizeof(number));
    return reader_failed(reader) ? 0 : number;
}

float store_key_read_f32(struct reader *reader, unsigned order)
{
    uint32_t bits = read_32(reader, order);
    float number = 0;

    bits = (bits & f32_sign) != 0 ? bits ^ f32_sign : ~bits;
    memcpy(&number, &bits, sizeof(number));
    if ((number != number && bits != f32_nan) || bits == f32_sign)
        fail(reader);
    return reader_failed(reader) ? 0 : number;
}

double store_key_read_f64(struct reader *reader, unsigned order)
{
    uint64_t bits = read_64(reader, order);
    double number = 0;

    bits = (bits & f64_sign) != 0 ? bits ^ f64_sign : ~bits;
    memcpy(&number, &bits, sizeof(number));
    if ((number != number && bits != f64_nan) || bits == f64_sign)
        fail(reader);
    return reader_failed(reader) ? 0 : number;
}

struct bytes store_key_read_text(struct reader *reader, struct arena *arena,
                                 unsigned order, bool *is_cut_out)
{
    uint8_t mask = mask_of(order);
    uint8_t *text = ARENA_ARRAY(arena, uint8_t, reader->left + 1);
    size_t len = 0;
    uint8_t sign = TEXT_ZERO;

    *is_cut_out = false;
    while (!reader_failed(reader)) {
        uint8_t byte = reader_u8(reader) ^ mask;
        if (byte == 0) {
            sign = reader_u8(reader) ^ mask;
            if (sign != TEXT_ZERO)
                break;
        }
        text[len++] = byte;
    }
    *is_cut_out = sign == TEXT_CUT;
    if (sign == TEXT_CUT)
        (void)reader_bytes(reader, STORE_KEY_HASH_LEN);
    else if (sign != TEXT_END)
        fail(reader);
    return reader_failed(reader) ? bytes_of("", 0) : bytes_of(text, len);
}
