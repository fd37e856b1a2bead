/* sql/exec: both joins in every kind, over small rows written out and over large ones
 * that a plain loop joins as well. */
#include "unit/sql/exec/plan_fixture.h"

static const enum plan_join every_kind[] = {PLAN_JOIN_INNER, PLAN_JOIN_LEFT,
                                            PLAN_JOIN_RIGHT, PLAN_JOIN_FULL,
                                            PLAN_JOIN_SEMI,  PLAN_JOIN_ANTI};

static void expect_both(enum plan_join way, const char *wanted)
{
    for (int nested = 0; nested < 2; nested++) {
        const struct plan *left = VALUES(2, 1, 10, 2, 20, NONE, 30, 2, 40, 5, 50);
        const struct plan *right = VALUES(2, 2, 7, NONE, 8, 2, 9, 6, 5, 1, 4);
        assert_string_equal(
            run(join(nested ? PLAN_NESTED_JOIN : PLAN_HASH_JOIN, way, left, right)),
            wanted);
    }
}

static void every_kind_of_join(void **state)
{
    (void)state;
    const char *pairs = "1,10,1,4 2,20,2,7 2,20,2,9 2,40,2,7 2,40,2,9";
    expect_both(PLAN_JOIN_INNER, pairs);
    expect_both(PLAN_JOIN_LEFT, "1,10,1,4 2,20,2,7 2,20,2,9 -,30,-,- 2,40,2,7 2,40,2,9 "
                                "5,50,-,-");
    expect_both(PLAN_JOIN_RIGHT, "1,10,1,4 2,20,2,7 2,20,2,9 2,40,2,7 2,40,2,9 -,-,-,8 "
                                 "-,-,6,5");
    expect_both(PLAN_JOIN_FULL, "1,10,1,4 2,20,2,7 2,20,2,9 -,30,-,- 2,40,2,7 2,40,2,9 "
                                "5,50,-,- -,-,-,8 -,-,6,5");
    expect_both(PLAN_JOIN_SEMI, "1,10 2,20 2,40");
    expect_both(PLAN_JOIN_ANTI, "-,30 5,50");
}

static void an_empty_side(void **state)
{
    (void)state;
    const struct plan *rows = VALUES(2, 1, 10, NONE, 20);
    static const char *const without_right[] = {
        "", "1,10,-,- -,20,-,-", "", "1,10,-,- -,20,-,-", "", "1,10 -,20"};
    static const char *const without_left[] = {
        "", "", "-,-,1,10 -,-,-,20", "-,-,1,10 -,-,-,20", "", ""};
    for (size_t i = 0; i < ARRAY_COUNT(every_kind); i++) {
        for (int nested = 0; nested < 2; nested++) {
            enum plan_kind kind = nested ? PLAN_NESTED_JOIN : PLAN_HASH_JOIN;
            const struct plan *none = plan(PLAN_EMPTY, 2, NULL, NULL);
            assert_string_equal(run(join(kind, every_kind[i], rows, none)),
                                without_right[i]);
            assert_string_equal(run(join(kind, every_kind[i], none, rows)),
                                without_left[i]);
        }
    }
}

static void nulls_may_match(void **state)
{
    (void)state;
    const struct plan_key key = {slot(0), slot(0), true};
    struct plan *made =
        join(PLAN_HASH_JOIN, PLAN_JOIN_INNER, VALUES(1, 1, NONE), VALUES(1, NONE, 2));
    made->join.keys = &key;
    assert_string_equal(run(made), "-,-");
}

static const char *not_in(const struct plan *left, const struct plan *right)
{
    struct plan *hash = join(PLAN_HASH_JOIN, PLAN_JOIN_ANTI, left, right);
    struct plan *nested = join(PLAN_NESTED_JOIN, PLAN_JOIN_ANTI, left, right);
    hash->join.nulls_are_equal_to_all = true;
    nested->join.nulls_are_equal_to_all = true;
    const char *result = run(hash);
    assert_string_equal(run(nested), result);
    return result;
}

static void not_in_minds_nulls(void **state)
{
    (void)state;
    assert_string_equal(not_in(VALUES(1, 1, 2, NONE), VALUES(1, 2, 3)), "1");
    assert_string_equal(not_in(VALUES(1, 1, 2, NONE), VALUES(1, 2, NONE)), "");
    assert_string_equal(not_in(VALUES(1, 1, NONE), plan(PLAN_EMPTY, 1, NULL, NULL)),
                        "1 -");
    assert_string_equal(not_in(VALUES(1, 1, NONE), VALUES(1, NONE)), "");
}

/* Two keys: a pair counts as equal unless one of them says otherwise. */
static void not_in_over_two_columns(void **state)
{
    (void)state;
    const struct plan_key keys[] = {{slot(0), slot(0), false}, {slot(1), slot(1), false}};
    struct plan *made = join(PLAN_HASH_JOIN, PLAN_JOIN_ANTI,
                             VALUES(2, 1, 1, 1, 2, NONE, 5, 3, NONE, NONE, 9),
                             VALUES(2, 1, NONE, 4, 5, 3, 3));
    made->join.keys = keys;
    made->join.key_count = 2;
    made->join.nulls_are_equal_to_all = true;
    assert_string_equal(run(made), "");
    made->inputs[1] = VALUES(2, 4, 5, 3, 3);
    assert_string_equal(run(made), "1,1 1,2 -,9");
}

static void the_rest_of_the_condition(void **state)
{
    (void)state;
    static const char *const wanted[] = {"1,5,1,9",
                                         "1,5,1,9 1,20,-,- 2,1,-,-",
                                         "1,5,1,9 -,-,1,3 -,-,7,7",
                                         "1,5,1,9 1,20,-,- 2,1,-,- -,-,1,3 -,-,7,7",
                                         "1,5",
                                         "1,20 2,1"};
    for (size_t i = 0; i < ARRAY_COUNT(every_kind); i++) {
        struct plan *made =
            join(PLAN_HASH_JOIN, every_kind[i], VALUES(2, 1, 5, 1, 20, 2, 1),
                 VALUES(2, 1, 3, 1, 9, 7, 7));
        made->join.condition = less(slot(1), slot(3));
        assert_string_equal(run(made), wanted[i]);
    }
}

/* Random rows: (key or NULL, number of the row). */
static const struct plan *random_rows(uint64_t *seed, size_t count, uint64_t keys)
{
    int32_t *numbers = ARENA_ARRAY(arena, int32_t, count * 2);
    for (size_t i = 0; i < count; i++) {
        uint64_t key = unit_random(seed) >> 8;
        numbers[2 * i] = key % 20 == 0 ? NONE : (int32_t)(key % keys);
        numbers[2 * i + 1] = (int32_t)i;
    }
    return values(2, count, numbers);
}

static const struct plan *ordered(const struct plan *input)
{
    for (size_t i = input->column_count; i-- > 0;)
        input = sort(input, (uint32_t)i, false, NULL);
    return input;
}

static void hash_and_loop_agree(void **state)
{
    (void)state;
    uint64_t seed = unit_seed();
    for (size_t i = 0; i < ARRAY_COUNT(every_kind); i++) {
        for (int more = 0; more < 2; more++) {
            const struct plan *left = random_rows(&seed, 1500, 400);
            const struct plan *right = random_rows(&seed, 1100, 400);
            struct plan *hash = join(PLAN_HASH_JOIN, every_kind[i], left, right);
            struct plan *nested = join(PLAN_NESTED_JOIN, every_kind[i], left, right);
            if (more) {
                struct bound *both = bound(BOUND_AND, TYPE_BOOL, 2);
                both->arguments[0] = nested->join.condition;
                both->arguments[1] = less(slot(1), slot(3));
                hash->join.condition = less(slot(1), slot(3));
                nested->join.condition = both;
            }
            assert_string_equal(run(ordered(hash)), run(ordered(nested)));
        }
    }
}

/* LATERAL: the right side is a series up to the left row's number. */
static struct plan *lateral(enum plan_join way, const struct plan *left)
{
    struct plan *made = join(PLAN_NESTED_JOIN, way, left, series_of(number(1), outer(0)));
    made->join.condition = NULL;
    made->join.bindings = bind_place(0, slot(0));
    statement.outer_count = 1;
    return made;
}

static void the_right_side_is_run_again(void **state)
{
    (void)state;
    const struct plan *left = VALUES(1, 2, 0, 1, NONE);
    assert_string_equal(run(lateral(PLAN_JOIN_INNER, left)), "2,1 2,2 1,1");
    assert_string_equal(run(lateral(PLAN_JOIN_LEFT, left)), "2,1 2,2 0,- 1,1 -,-");
    assert_string_equal(run(lateral(PLAN_JOIN_SEMI, left)), "2 1");
    assert_string_equal(run(lateral(PLAN_JOIN_ANTI, left)), "0 -");
    assert_string_equal(count_of(lateral(PLAN_JOIN_INNER, series(1, 100))), "5050");
    assert_string_equal(count_of(lateral(PLAN_JOIN_LEFT, VALUES(1, 5000, 0, 3000))),
                        "8001");
    struct plan *some = lateral(PLAN_JOIN_LEFT, VALUES(1, 3, 1));
    some->join.condition = less(number(1), slot(1));
    assert_string_equal(run(some), "3,2 3,3 1,-");
}

/* A join inside what is run again: what it built is kept when the place does not touch
 * it, and built again when it does. */
static void joins_rewind(void **state)
{
    (void)state;
    for (int nested = 0; nested < 2; nested++) {
        enum plan_kind kind = nested ? PLAN_NESTED_JOIN : PLAN_HASH_JOIN;
        const struct plan *kept =
            join(kind, PLAN_JOIN_FULL, series_of(number(1), outer(0)), VALUES(1, 1, 4));
        const struct plan *built =
            join(kind, PLAN_JOIN_FULL, VALUES(1, 1, 4), series_of(number(1), outer(0)));
        struct plan *made =
            join(PLAN_NESTED_JOIN, PLAN_JOIN_INNER, VALUES(1, 2, 0, 0), kept);
        made->join.condition = NULL;
        made->join.bindings = bind_place(0, slot(0));
        statement.outer_count = 1;
        assert_string_equal(run(made), "2,1,1 2,2,- 2,-,4 0,-,1 0,-,4 0,-,1 0,-,4");
        made->inputs[1] = built;
        assert_string_equal(run(made), "2,1,1 2,4,- 2,-,2 0,1,- 0,4,- 0,1,- 0,4,-");
    }
}

static void materialized_rows_are_read_again(void **state)
{
    (void)state;
    statement.outer_count = 1;
    const struct plan *inner[] = {series(1, 2), series_of(outer(0), number(2))};
    static const char *const wanted[] = {"1,1 1,2 2,1 2,2", "1,1 1,2 2,2"};
    for (size_t i = 0; i < 2; i++) {
        struct plan *made = join(PLAN_NESTED_JOIN, PLAN_JOIN_INNER, VALUES(1, 1, 2),
                                 plan(PLAN_MATERIALIZE, 1, inner[i], NULL));
        made->join.condition = NULL;
        made->join.bindings = bind_place(0, slot(0));
        assert_string_equal(run(made), wanted[i]);
    }
}

static void large_joins_can_be_stopped(void **state)
{
    (void)state;
    settings.memory_limit = 500 * 1000;
    assert_string_equal(
        run(join(PLAN_HASH_JOIN, PLAN_JOIN_INNER, series(1, 10), series(1, 100000))),
        "53200 out of memory");
    assert_string_equal(
        run(join(PLAN_NESTED_JOIN, PLAN_JOIN_INNER, series(1, 10), series(1, 100000))),
        "53200 out of memory");
    atomic_int cancelled = SQLSTATE_QUERY_CANCELED;
    settings.cancelled = &cancelled;
    assert_string_equal(
        run(join(PLAN_HASH_JOIN, PLAN_JOIN_INNER, series(1, 10), series(1, 100000))),
        "57014 canceling statement due to user request");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_kind_of_join),
        TEST(an_empty_side),
        TEST(nulls_may_match),
        TEST(not_in_minds_nulls),
        TEST(not_in_over_two_columns),
        TEST(the_rest_of_the_condition),
        TEST(hash_and_loop_agree),
        TEST(the_right_side_is_run_again),
        TEST(joins_rewind),
        TEST(materialized_rows_are_read_again),
        TEST(large_joins_can_be_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
