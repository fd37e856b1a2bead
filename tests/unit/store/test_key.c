#include <float.h>
#include <math.h>

#include "store/key.h"
#include "support/unit.h"

static int sign(int number)
{
    return (number > 0) - (number < 0);
}

static int order_of(const struct store_key *a, const struct store_key *b)
{
    return sign(bytes_compare(store_key_bytes(a), store_key_bytes(b)));
}

static struct reader read_from(const struct store_key *key)
{
    struct reader reader = reader_of(store_key_bytes(key));
    (void)reader_u8(&reader);
    return reader;
}

static void numbers_sort_and_read_back(void **state)
{
    static const int64_t numbers[] = {INT64_MIN, INT64_MIN + 1, INT32_MIN, -256, -1, 0, 1,
                                      255,       INT32_MAX,     INT64_MAX};
    (void)state;

    for (unsigned order = 0; order < 2; order++)
        for (size_t i = 0; i < ARRAY_COUNT(numbers); i++)
            for (size_t j = 0; j < ARRAY_COUNT(numbers); j++) {
                struct store_key a;
                struct store_key b;
                store_key_begin(&a, 't');
                store_key_begin(&b, 't');
                store_key_add_i64(&a, numbers[i], order);
                store_key_add_i64(&b, numbers[j], order);
                int expected = sign((i > j) - (i < j));
                assert_int_equal(order_of(&a, &b), order == 0 ? expected : -expected);
                struct reader reader = read_from(&a);
                assert_true(store_key_read_i64(&reader, order) == numbers[i]);
                assert_true(reader_done(&reader));
            }
}

static void floats_sort_as_in_postgresql(void **state)
{
    static const double numbers[] = {-HUGE_VAL, -DBL_MAX, -1.5,    -DBL_MIN, 0.0,
                                     4.9e-324,  1.0,      DBL_MAX, HUGE_VAL, (double)NAN};
    struct store_key a;
    struct store_key b;
    (void)state;

    for (size_t i = 0; i + 1 < ARRAY_COUNT(numbers); i++) {
        store_key_begin(&a, 't');
        store_key_begin(&b, 't');
        store_key_add_f64(&a, numbers[i], STORE_KEY_ASCENDING);
        store_key_add_f64(&b, numbers[i + 1], STORE_KEY_ASCENDING);
        assert_int_equal(order_of(&a, &b), -1);
        struct reader reader = read_from(&a);
        assert_true(store_key_read_f64(&reader, STORE_KEY_ASCENDING) == numbers[i]);
        store_key_begin(&a, 't');
        store_key_begin(&b, 't');
        store_key_add_f32(&a, (float)numbers[i], STORE_KEY_DESCENDING);
        store_key_add_f32(&b, (float)numbers[i + 1], STORE_KEY_DESCENDING);
        assert_true(order_of(&a, &b) >= 0); /* some are equal as float */
    }
    store_key_begin(&a, 't');
    store_key_begin(&b, 't');
    store_key_add_f64(&a, -0.0, STORE_KEY_ASCENDING);
    store_key_add_f64(&b, 0.0, STORE_KEY_ASCENDING);
    assert_int_equal(order_of(&a, &b), 0);
}

static void nulls_stand_where_they_were_asked_to(void **state)
{
    (void)state;

    for (unsigned order = 0; order < 4; order++) {
        struct store_key null;
        struct store_key value;
        store_key_begin(&null, 't');
        store_key_begin(&value, 't');
        store_key_add_null(&null, order);
        store_key_add_present(&value);
        store_key_add_bool(&value, true, order);
        assert_int_equal(order_of(&null, &value),
                         (order & STORE_KEY_NULLS_FIRST) != 0 ? -1 : 1);
        struct reader reader = read_from(&null);
        assert_true(store_key_read_null(&reader, order));
        reader = read_from(&value);
        assert_false(store_key_read_null(&reader, order));
        assert_true(store_key_read_bool(&reader, order));
        assert_true(reader_done(&reader));
    }
}

/* Few letters, zeros among them, so that texts share beginnings. */
static struct bytes random_text(uint64_t *seed, uint8_t *text, size_t most)
{
    static const uint8_t letters[] = {0x00, 0x01, 0x02, 'a', 0xFE, 0xFF};
    size_t len = unit_random(seed) % (most + 1);

    for (size_t i = 0; i < len; i++)
        text[i] = letters[unit_random(seed) % ARRAY_COUNT(letters)];
    return bytes_of(text, len);
}

static void texts_sort_and_read_back(void **state)
{
    uint64_t seed = unit_seed();
    struct arena *arena = arena_new("key", NULL);
    (void)state;

    for (unsigned i = 0; i < 20000; i++) {
        uint8_t memory[2][8];
        struct bytes a = random_text(&seed, memory[0], 8);
        struct bytes b = random_text(&seed, memory[1], 8);
        unsigned order = i % 2;
        struct store_key first;
        struct store_key second;
        bool is_cut = false;
        store_key_begin(&first, 't');
        store_key_begin(&second, 't');
        store_key_add_text(&first, a, STORE_KEY_TEXT_LIMIT, order);
        store_key_add_text(&second, b, STORE_KEY_TEXT_LIMIT, order);
        /* What follows must not matter unless the texts are equal. */
        store_key_add_u8(&first, (uint8_t)unit_random(&seed));
        store_key_add_u8(&second, first.at[first.len - 1]);
        int expected = sign(bytes_compare(a, b));
        assert_int_equal(order_of(&first, &second), order == 0 ? expected : -expected);
        struct reader reader = read_from(&first);
        struct bytes text = store_key_read_text(&reader, arena, order, &is_cut);
        assert_true(bytes_equal(text, a) && !is_cut);
        (void)store_key_read_u8(&reader);
        assert_true(reader_done(&reader));
        arena_reset(arena);
    }
    arena_free(&arena);
}

/* With a limit of four, order holds up to the cut, and equal keys mean equal hashes. */
static void long_texts_are_cut_and_say_so(void **state)
{
    uint64_t seed = unit_seed();
    struct arena *arena = arena_new("key", NULL);
    (void)state;

    for (unsigned i = 0; i < 20000; i++) {
        uint8_t memory[2][8];
        struct bytes a = random_text(&seed, memory[0], 8);
        struct bytes b = random_text(&seed, memory[1], 8);
        struct store_key first;
        struct store_key second;
        bool a_cut = false;
        bool b_cut = false;
        store_key_begin(&first, 't');
        store_key_begin(&second, 't');
        store_key_add_text(&first, a, 4, i % 2);
        store_key_add_text(&second, b, 4, i % 2);
        struct reader reader = read_from(&first);
        struct bytes a_head = store_key_read_text(&reader, arena, i % 2, &a_cut);
        assert_true(reader_done(&reader) && a_cut == first.is_cut);
        reader = read_from(&second);
        struct bytes b_head = store_key_read_text(&reader, arena, i % 2, &b_cut);
        assert_true(bytes_has_prefix(a, a_head) && (a_cut || a.len == a_head.len));
        int expected = sign(bytes_compare(a, b));
        if (i % 2 == 1)
            expected = -expected;
        if (!(a_cut && b_cut && bytes_equal(a_head, b_head)))
            assert_int_equal(order_of(&first, &second), expected);
        assert_int_equal(order_of(&first, &second) == 0, expected == 0);
        arena_reset(arena);
    }
    arena_free(&arena);
}

static void what_does_not_fit_fails(void **state)
{
    struct store_key key;
    static const uint8_t text[STORE_KEY_MAX] = {'x'};
    (void)state;

    store_key_begin(&key, 't');
    store_key_add_raw(&key, bytes_of(text, STORE_KEY_MAX - 1));
    assert_false(key.failed);
    store_key_add_u8(&key, 1);
    assert_true(key.failed);
    store_key_begin(&key, 't');
    assert_false(key.failed);
}

static void the_end_of_a_prefix(void **state)
{
    struct store_key key;
    (void)state;

    store_key_begin(&key, 'a');
    store_key_add_u8(&key, 0xFF);
    store_key_make_end(&key);
    assert_true(bytes_equal(store_key_bytes(&key), bytes_of_text("b")));
    store_key_begin(&key, 0xFF);
    store_key_make_end(&key);
    assert_int_equal(key.len, 0);
}

static void bad_bytes_make_the_reader_fail(void **state)
{
    static const struct {
        const char *hex;
        char kind;
    } cases[] = {{"02", 'b'},
                 {"", 'b'},
                 {"616263", 't'},
                 {"6100", 't'},
                 {"610003", 't'},
                 {"610002aabb", 't'},
                 {"7fffffffffffffff", 'd'},
                 {"ffffffffffffffff", 'd'},
                 {"03", 'n'},
                 {"00", 'n'}};
    struct arena *arena = arena_new("key", NULL);
    (void)state;

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        uint8_t bytes[32];
        bool is_cut = false;
        struct reader reader = reader_of(bytes_of(bytes, unit_hex(cases[i].hex, bytes)));
        if (cases[i].kind == 'b')
            (void)store_key_read_bool(&reader, 0);
        else if (cases[i].kind == 't')
            (void)store_key_read_text(&reader, arena, 0, &is_cut);
        else if (cases[i].kind == 'd')
            (void)store_key_read_f64(&reader, 0);
        else
            (void)store_key_read_null(&reader, 0);
        assert_true(reader_failed(&reader));
    }
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_sort_and_read_back),
        cmocka_unit_test(floats_sort_as_in_postgresql),
        cmocka_unit_test(nulls_stand_where_they_were_asked_to),
        cmocka_unit_test(texts_sort_and_read_back),
        cmocka_unit_test(long_texts_are_cut_and_say_so),
        cmocka_unit_test(what_does_not_fit_fails),
        cmocka_unit_test(the_end_of_a_prefix),
        cmocka_unit_test(bad_bytes_make_the_reader_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
