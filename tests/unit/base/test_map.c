/* base/map against a plain array: random puts, finds and removals, then a full walk. */
#include "base/map.h"
#include "support/child.h"
#include "support/unit.h"

enum { KEYS = 3000, STEPS = 200000 };

static struct bytes key_of(size_t number, char text[32])
{
    int len = snprintf(text, 32, "key %zu", number);
    return bytes_of(text, (size_t)len);
}

static void walk_finds_each_once(const struct map *map, char *const *model, size_t count)
{
    static bool seen[KEYS];
    memset(seen, 0, sizeof(seen));
    size_t at = 0;
    size_t found = 0;
    struct bytes key;
    void *value;
    while (map_next(map, &at, &key, &value)) {
        char text[32];
        snprintf(text, sizeof(text), "%.*s", BYTES_PRINT(key));
        size_t number = strtoull(text + 4, NULL, 10);
        assert_true(number < KEYS && !seen[number]);
        assert_ptr_equal(model[number], value);
        seen[number] = true;
        found++;
    }
    assert_int_equal(found, count);
}

static void behaves_like_its_model(void **state)
{
    (void)state;
    static char *model[KEYS];
    static char values[STEPS];
    uint64_t seed = unit_seed();
    size_t count = 0;
    struct map *map = map_new();
    for (int step = 0; step < STEPS; step++) {
        char text[32];
        /* Waves, so that it fills and empties. */
        size_t number = unit_random(&seed) % KEYS;
        bool adds = unit_random(&seed) % 10 < (step / 20000 % 2 == 0 ? 7u : 3u);
        struct bytes key = key_of(number, text);
        assert_ptr_equal(map_find(map, key), model[number]);
        if (adds) {
            assert_ptr_equal(map_put(map, key, &values[step]), model[number]);
            count += model[number] == NULL;
            model[number] = &values[step];
        } else {
            assert_ptr_equal(map_remove(map, key), model[number]);
            count -= model[number] != NULL;
            model[number] = NULL;
        }
        assert_int_equal(map_count(map), count);
        if (step % 10000 == 0)
            walk_finds_each_once(map, model, count);
    }
    walk_finds_each_once(map, model, count);
    map_free(&map);
    assert_null(map);
    map_free(&map);
}

static void keys_are_bytes_and_are_copied(void **state)
{
    (void)state;
    struct map *map = map_new();
    int values[3];
    char key[4] = {'a', 0, 'b', 0};
    assert_null(map_find(map, bytes_of(key, 3)));
    assert_null(map_remove(map, bytes_of(key, 3)));
    map_put(map, bytes_of(key, 3), &values[0]);
    map_put(map, bytes_of(key, 1), &values[1]);
    map_put(map, bytes_of(NULL, 0), &values[2]);
    memset(key, 'x', sizeof(key));
    assert_ptr_equal(map_find(map, bytes_of("a\0b", 3)), &values[0]);
    assert_ptr_equal(map_find(map, bytes_of("a", 1)), &values[1]);
    assert_ptr_equal(map_find(map, bytes_of("", 0)), &values[2]);
    size_t at = 0;
    void *value;
    while (map_next(map, &at, NULL, &value))
        assert_non_null(value);
    map_free(&map);
}

static void put_null(void *argument)
{
    map_put(argument, bytes_of_text("a"), NULL);
}

static void a_null_value_ends_the_process(void **state)
{
    (void)state;
    struct map *map = map_new();
    assert_true(child_asserts(put_null, map, "map_put"));
    map_free(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(behaves_like_its_model),
        cmocka_unit_test(keys_are_bytes_and_are_copied),
        cmocka_unit_test(a_null_value_ends_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
