#ifndef STORE_KEY_H
#define STORE_KEY_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/reader.h"
#include "store/store.h"

/* Keys whose byte order is the order of what they are made of. docs/FORMAT.md has the
 * bytes. A builder lives in the caller's memory; parts are appended in turn. What does
 * not fit into STORE_KEY_MAX marks it as failed, which the owner asks once at the end. */
struct store_key {
    size_t len;
    bool failed;
    bool is_cut; /* some text was cut: equal keys do not prove equal values */
    uint8_t at[STORE_KEY_MAX];
};

/* How a part sorts. The flags are part of an index' definition: the reader needs them. */
enum store_key_order {
    STORE_KEY_ASCENDING = 0,
    STORE_KEY_DESCENDING = 1,
    STORE_KEY_NULLS_FIRST = 2, /* or-ed to either */
};

/* A text whose escaped form is longer than its limit keeps that many bytes and a hash.
 * The limit belongs to the definition of the key, too. */
enum { STORE_KEY_TEXT_LIMIT = 128, STORE_KEY_HASH_LEN = 16 };

static inline struct bytes store_key_bytes(const struct store_key *key)
{
    return bytes_of(key->at, key->len);
}

/* Empties it and begins with the key space. */
void store_key_begin(struct store_key *key, uint8_t space);

/* Unsigned numbers, big-endian. */
void store_key_add_u8(struct store_key *key, uint8_t number);
void store_key_add_u32(struct store_key *key, uint32_t number);
void store_key_add_u64(struct store_key *key, uint64_t number);

/* The bytes as they are: for the last part of a key, or one of fixed length. */
void store_key_add_raw(struct store_key *key, struct bytes bytes);

/* A part that can be NULL begins with one of these; a value follows "present". */
void store_key_add_null(struct store_key *key, unsigned order);
void store_key_add_present(struct store_key *key);

void store_key_add_bool(struct store_key *key, bool value, unsigned order);
void store_key_add_i32(struct store_key *key, int32_t number, unsigned order);
void store_key_add_i64(struct store_key *key, int64_t number, unsigned order);

/* PostgreSQL's order: -0 equals 0, NaN equals itself and is above all (chapter 8.1.3). */
void store_key_add_f32(struct store_key *key, float number, unsigned order);
void store_key_add_f64(struct store_key *key, double number, unsigned order);

/* Any bytes, memcmp order, a prefix first. Two texts that share their first `limit` bytes
 * and are both longer sort by hash: `is_cut` says that such a text was met, and the
 * caller compares the rows themselves. */
void store_key_add_text(struct store_key *key, struct bytes text, size_t limit,
                        unsigned order);

/* Turns a prefix into the least key that is greater than everything that begins with it.
 * Empties the key when there is none (all bytes 0xFF): no bound. */
void store_key_make_end(struct store_key *key);

/* Reading back, in the same order and with the same flags, after the space byte. The
 * reader fails on what the builder cannot have made. */
bool store_key_read_null(struct reader *reader, unsigned order); /* true: NULL */
uint8_t store_key_read_u8(struct reader *reader);
uint32_t store_key_read_u32(struct reader *reader);
uint64_t store_key_read_u64(struct reader *reader);
bool store_key_read_bool(struct reader *reader, unsigned order);
int32_t store_key_read_i32(struct reader *reader, unsigned order);
int64_t store_key_read_i64(struct reader *reader, unsigned order);
float store_key_read_f32(struct reader *reader, unsigned order);
double store_key_read_f64(struct reader *reader, unsigned order);

/* The text, or its first bytes when *is_cut_out; in the arena. */
struct bytes store_key_read_text(struct reader *reader, struct arena *arena,
                                 unsigned order, bool *is_cut_out);

#endif
