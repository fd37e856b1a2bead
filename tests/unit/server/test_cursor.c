/* server/cursor: where FETCH and MOVE go, against a walk of one row at a time. */

#include "server/cursor.h"
#include "support/unit.h"

static struct cursor_range move(struct cursor *cursor, enum ast_fetch_direction direction,
                                int64_t count)
{
    struct ast_fetch fetch = {"c", direction, count};
    struct cursor_range range;
    struct error err;

    error_clear(&err);
    assert_int_equal(cursor_move(cursor, &fetch, false, &range, &err), RC_OK);
    return range;
}

static void all_goes_past_the_ends(void **state)
{
    struct cursor cursor = {.total = 3, .may_scroll = true};
    struct cursor_range range = move(&cursor, FETCH_FORWARD, INT64_MAX);

    (void)state;
    assert_int_equal(range.count, 3);
    assert_true(range.ran_out);
    assert_int_equal(cursor.position, 4);
    range = move(&cursor, FETCH_BACKWARD, INT64_MAX);
    assert_int_equal(range.count, 3);
    assert_int_equal(range.first, 2);
    assert_true(range.is_backward);
    assert_int_equal(cursor.position, 0);
}

static void extremes_of_counts_are_safe(void **state)
{
    static const int64_t counts[] = {INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX};

    (void)state;
    for (int direction = FETCH_FORWARD; direction <= FETCH_RELATIVE; direction++)
        for (size_t i = 0; i < ARRAY_COUNT(counts); i++)
            for (size_t start = 0; start <= 4; start++) {
                struct cursor cursor = {3, start, true};
                struct cursor_range range =
                    move(&cursor, (enum ast_fetch_direction)direction, counts[i]);
                assert_true(cursor.position <= 4);
                assert_true(range.count <= 3);
            }
}

static void without_scroll_it_stays_where_it_is(void **state)
{
    struct cursor cursor = {5, 3, false};
    struct ast_fetch back = {"c", FETCH_BACKWARD, 1}, same = {"c", FETCH_RELATIVE, 0};
    struct cursor_range range;
    struct error err;

    (void)state;
    error_clear(&err);
    assert_int_equal(cursor_move(&cursor, &back, false, &range, &err), RC_FAILED);
    assert_int_equal(err.state, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE);
    assert_int_equal(cursor.position, 3);
    assert_int_equal(cursor_move(&cursor, &same, false, &range, &err), RC_FAILED);
    assert_int_equal(cursor_move(&cursor, &same, true, &range, &err), RC_OK);
    assert_int_equal(range.count, 1);
}

/* A row at a time: what PostgreSQL's executor does. */
static size_t step(size_t position, size_t total, bool forward)
{
    if (forward)
        return position > total ? position : position + 1;
    return position == 0 ? 0 : position - 1;
}

static void counts_are_many_single_steps(void **state)
{
    uint64_t seed = unit_seed();

    (void)state;
    for (int round = 0; round < 5000; round++) {
        size_t total = unit_random(&seed) % 6, count = 1 + unit_random(&seed) % 8;
        struct cursor cursor = {total, unit_random(&seed) % (total + 2), true};
        bool forward = unit_random(&seed) % 2 == 0;
        size_t position = cursor.position, rows = 0;
        for (size_t i = 0; i < count; i++) {
            position = step(position, total, forward);
            rows += position >= 1 && position <= total;
            if (position == 0 || position > total)
                break;
        }
        struct cursor_range range =
            move(&cursor, forward ? FETCH_FORWARD : FETCH_BACKWARD, (int64_t)count);
        assert_int_equal(cursor.position, position);
        assert_int_equal(range.count, rows);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_goes_past_the_ends),
        cmocka_unit_test(extremes_of_counts_are_safe),
        cmocka_unit_test(without_scroll_it_stays_where_it_is),
        cmocka_unit_test(counts_are_many_single_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
