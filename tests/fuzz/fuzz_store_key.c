/* Any bytes, read as any parts, fail or give back the same bytes when written again.
 *
 * Must reach: store_key_read_bool, store_key_read_i32, store_key_read_i64,
 * store_key_read_f32, store_key_read_f64, store_key_read_null, store_key_read_u64,
 * store_key_read_text. */
#include "store/key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PARTS = 8 };

/* Reads one part and writes it again. `part` says what it is: three bits of kind, two of
 * order. False once the reader has failed or the text was cut, which cannot be rebuilt.
 */
static bool copy_part(uint8_t part, struct reader *reader, struct arena *arena,
                      struct store_key *key)
{
    unsigned order = part >> 3 & 3;
    bool is_cut = false;
    struct bytes text;

    switch (part & 7) {
    case 0:
        store_key_add_bool(key, store_key_read_bool(reader, order), order);
        break;
    case 1:
        store_key_add_i32(key, store_key_read_i32(reader, order), order);
        break;
    case 2:
        store_key_add_i64(key, store_key_read_i64(reader, order), order);
        break;
    case 3:
        store_key_add_f32(key, store_key_read_f32(reader, order), order);
        break;
    case 4:
        store_key_add_f64(key, store_key_read_f64(reader, order), order);
        break;
    case 5:
        if (store_key_read_null(reader, order))
            store_key_add_null(key, order);
        else
            store_key_add_present(key);
        break;
    case 6:
        store_key_add_u64(key, store_key_read_u64(reader));
        break;
    default:
        text = store_key_read_text(reader, arena, order, &is_cut);
        store_key_add_text(key, text, STORE_KEY_MAX, order);
        break;
    }
    return !reader_failed(reader) && !is_cut;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct store_key key;

    if (size < PARTS || size > PARTS + STORE_KEY_MAX - 1)
        return 0;
    struct arena *arena = arena_new("fuzz", NULL);
    struct bytes whole = bytes_of(data + PARTS, size - PARTS);
    struct reader reader = reader_of(whole);
    bool is_good = true;

    store_key_begin(&key, 't');
    for (size_t i = 0; i < PARTS && is_good; i++) {
        is_good = copy_part(data[i], &reader, arena, &key);
        struct bytes read = bytes_of(whole.at, whole.len - reader.left);
        struct bytes written = bytes_of(key.at + 1, key.len - 1);
        if (is_good && !bytes_equal(read, written))
            __builtin_trap();
    }
    arena_free(&arena);
    return 0;
}
