/* sql/exec/execute: every operator but joins, over plans made by hand. */
#include "unit/sql/exec/plan_fixture.h"

static void rows_come_in_batches(void **state)
{
    (void)state;
    assert_string_equal(run(plan(PLAN_EMPTY, 1, NULL, NULL)), "");
    assert_string_equal(
        run(project(plan(PLAN_ONE_ROW, 0, NULL, NULL), 1, number(7), NULL)), "7");
    assert_string_equal(run(VALUES(2, 1, 2, NONE, 4)), "1,2 -,4");
    assert_string_equal(run(filter(series(1, 3000), less(number(2998), slot(0)))),
                        "2999 3000");
    assert_string_equal(count_of(series(1, 2500)), "2500");
    assert_string_equal(run(project(filter(series(1, 2050), less(slot(0), number(3))), 2,
                                    slot(0), plus(slot(0), number(10)))),
                        "1,11 2,12");
}

static void functions_run_side_by_side(void **state)
{
    (void)state;
    struct plan *made = plan(PLAN_FUNCTION, 4, NULL, NULL);
    made->types[3] = type_find_oid(TYPE_INT8);
    made->function.calls = ARENA_ARRAY(arena, const struct bound *, 3);
    made->function.calls[0] = series_call(number(1), number(3));
    made->function.calls[1] = number(9); /* a scalar gives one row */
    made->function.calls[2] = series_call(number(NONE), number(3));
    made->function.call_count = 3;
    made->function.with_ordinality = true;
    assert_string_equal(run(made), "1,9,-,1 2,-,-,2 3,-,-,3");
}

static void sets_run_in_lockstep(void **state)
{
    (void)state;
    struct plan *made = plan(PLAN_PROJECT_SET, 3, VALUES(1, 2, 0, 1), NULL);
    made->project.expressions = ARENA_ARRAY(arena, const struct bound *, 3);
    made->project.expressions[0] = slot(0);
    made->project.expressions[1] = plus(series_call(number(1), slot(0)), number(100));
    made->project.expressions[2] = series_call(number(2), plus(slot(0), number(2)));
    assert_string_equal(run(made), "2,101,2 2,102,3 2,-,4 0,-,2 1,101,2 1,-,3");
    struct plan *large = plan(PLAN_PROJECT_SET, 1, series(1, 100), NULL);
    large->project.expressions = ARENA_ARRAY(arena, const struct bound *, 1);
    large->project.expressions[0] = series_call(number(1), slot(0));
    assert_string_equal(
        run(grouped(large, NULL, aggregate(SUM_INT4, TYPE_INT8, slot(0)))), "171700");
}

static void limits_count_rows(void **state)
{
    (void)state;
    assert_string_equal(run(limit(series(1, 5000), big(3), big(1500))), "1501 1502 1503");
    assert_string_equal(run(limit(series(1, 5), NULL, big(3))), "4 5");
    assert_string_equal(run(limit(series(1, 5), big(0), NULL)), "");
    assert_string_equal(count_of(limit(series(1, 5000), big(2000), NULL)), "2000");
    struct bound *null = bound(BOUND_CONSTANT, TYPE_INT8, 0);
    null->constant.null = true;
    assert_string_equal(run(limit(series(1, 3), null, null)), "1 2 3");
    assert_string_equal(run(limit(series(1, 3), big(-1), NULL)),
                        "2201W LIMIT must not be negative");
    assert_string_equal(run(limit(series(1, 3), big(1), big(-1))),
                        "2201X OFFSET must not be negative");
    struct plan *ties = limit(VALUES(2, 1, 1, 2, 2, 2, 3, 2, 4, 3, 5), big(2), NULL);
    ties->limit.ties = ARENA_ARRAY(arena, uint32_t, 1);
    ties->limit.tie_count = 1;
    assert_string_equal(run(ties), "1,1 2,2 2,3 2,4");
}

/* A row behind the limit is never computed. */
static void a_limit_stops_before_the_error(void **state)
{
    (void)state;
    const struct bound *quotient =
        call(INT4_DIVIDE, TYPE_INT4, number(10), plus(slot(0), number(-4)));
    const struct plan *divided = project(series(1, 9), 1, quotient, NULL);
    assert_string_equal(run(limit(divided, big(3), NULL)), "-3 -5 -10");
    assert_string_equal(run(limit(divided, big(4), NULL)), "22012 division by zero");
}

static void aggregates_group(void **state)
{
    (void)state;
    const struct plan *rows = VALUES(2, 1, 10, NONE, 1, 2, NONE, 1, 5, NONE, 2);
    const struct bound *sum = aggregate(SUM_INT4, TYPE_INT8, slot(1));
    assert_string_equal(run(grouped(rows, slot(0), sum)), "1,15 -,3 2,-");
    assert_string_equal(run(grouped(plan(PLAN_EMPTY, 2, NULL, NULL), slot(0), sum)), "");
    assert_string_equal(run(grouped(plan(PLAN_EMPTY, 2, NULL, NULL), NULL, sum)), "-");
    const struct bound *sum_0 = aggregate(SUM_INT4, TYPE_INT8, slot(0));
    assert_string_equal(count_of(grouped(series(1, 3000), slot(0), sum_0)), "3000");
}

static void aggregates_filter_sort_and_leave_out(void **state)
{
    (void)state;
    const struct plan *rows = VALUES(2, 3, 1, 1, 2, 3, 3, NONE, 4, 2, 5, 1, 6);
    struct bound *list = aggregate(ARRAY_AGG, TYPE__INT4, slot(0));
    assert_string_equal(run(grouped(rows, NULL, list)), "{3,1,3,NULL,2,1}");
    list->aggregate.distinct = true;
    assert_string_equal(run(grouped(rows, NULL, list)), "{1,2,3,NULL}");
    list->aggregate.filter = less(slot(1), number(4));
    assert_string_equal(run(grouped(rows, NULL, list)), "{1,3}");
    list->aggregate.filter = NULL;
    list->aggregate.distinct = false;
    struct bound_sort order = {.target = 0, .is_descending = true, .nulls_first = true};
    list->aggregate.order = &order;
    list->aggregate.order_count = 1;
    assert_string_equal(run(grouped(rows, NULL, list)), "{NULL,3,3,2,1,1}");
    struct bound *count = aggregate(COUNT_ANY, TYPE_INT8, slot(0));
    count->aggregate.distinct = true;
    assert_string_equal(run(grouped(rows, NULL, count)), "3");
    assert_string_equal(run(grouped(rows, less(slot(1), number(4)), count)), "t,2 f,2");
}

static void sorts_are_stable(void **state)
{
    (void)state;
    const struct plan *rows = VALUES(2, 2, 1, 1, 2, NONE, 3, 2, 4, 1, 5);
    assert_string_equal(run(sort(rows, 0, false, NULL)), "1,2 1,5 2,1 2,4 -,3");
    assert_string_equal(run(sort(rows, 0, true, NULL)), "-,3 2,1 2,4 1,2 1,5");
    struct plan *first = sort(rows, 0, false, NULL);
    struct plan_sort_key key = {.slot = 0, .nulls_first = true};
    first->sort.keys = &key;
    assert_string_equal(run(first), "-,3 1,2 1,5 2,1 2,4");
    assert_string_equal(run(limit(sort(series(1, 5000), 0, true, NULL), big(2), NULL)),
                        "5000 4999");
    assert_string_equal(
        run(limit(sort(series(1, 5000), 0, true, NULL), big(2), big(4997))), "3 2");
}

/* With a bound, rows are thrown away on the way; the result is the same. */
static void a_bounded_sort_keeps_the_first(void **state)
{
    (void)state;
    const struct bound *seven =
        call(156, TYPE_INT4, slot(0), number(7)); /* int4mod: many equal keys */
    const struct plan *rows = project(series(1, 9000), 2, seven, slot(0));
    assert_string_equal(run(sort(rows, 0, false, big(3))), "0,7 0,14 0,21");
    assert_string_equal(run(sort(rows, 0, true, big(3))), "6,6 6,13 6,20");
    assert_string_equal(run(sort(rows, 0, true, big(0))), "");
    assert_string_equal(count_of(sort(rows, 0, true, big(1500))), "1500");
    assert_string_equal(run(limit(sort(rows, 0, true, big(1500)), big(2), big(1498))),
                        run(limit(sort(rows, 0, true, NULL), big(2), big(1498))));
}

/* The limit above tells the sort how many rows it needs, though the plan does not. */
static void a_limit_bounds_the_sort(void **state)
{
    (void)state;
    settings.memory_limit = 1000 * 1000;
    const struct plan *sorted = sort(series(1, 30000), 0, true, NULL);
    assert_string_equal(run(sorted), "53200 out of memory");
    assert_string_equal(
        run(limit(project(sorted, 1, plus(slot(0), number(1)), NULL), big(2), big(1))),
        "30000 29999");
}

static void distinct_keeps_the_first(void **state)
{
    (void)state;
    const struct plan *rows = VALUES(2, 1, 1, NONE, 1, 1, 1, NONE, 1, 1, 2);
    assert_string_equal(run(plan(PLAN_DISTINCT, 2, rows, NULL)), "1,1 -,1 1,2");
    struct plan *on = plan(PLAN_DISTINCT_ON, 2, sort(rows, 0, false, NULL), NULL);
    on->distinct.slots = ARENA_ARRAY(arena, uint32_t, 1);
    on->distinct.slot_count = 1;
    assert_string_equal(run(on), "1,1 -,1");
    const struct bound *ten = call(156, TYPE_INT4, slot(0), number(10));
    assert_string_equal(
        count_of(plan(PLAN_DISTINCT, 1, project(series(1, 5000), 1, ten, NULL), NULL)),
        "10");
}

static const char *set(enum plan_kind kind, bool is_all)
{
    struct plan *made =
        plan(kind, 1, VALUES(1, 1, 1, 2, NONE, 3, NONE, 1), VALUES(1, 1, NONE, 1, 4));
    made->set.is_all = is_all;
    return run(made);
}

static void set_operations_count(void **state)
{
    (void)state;
    assert_string_equal(set(PLAN_APPEND, true), "1 1 2 - 3 - 1 1 - 1 4");
    assert_string_equal(set(PLAN_INTERSECT, false), "1 -");
    assert_string_equal(set(PLAN_INTERSECT, true), "1 1 -");
    assert_string_equal(set(PLAN_EXCEPT, false), "2 3");
    assert_string_equal(set(PLAN_EXCEPT, true), "2 3 - 1");
}

static const struct plan *common_reader(void)
{
    struct plan *made = plan(PLAN_COMMON, 1, NULL, NULL);
    made->common.number = 0;
    return made;
}

static void a_common_query_runs_once(void **state)
{
    (void)state;
    const struct plan *shared = series(1, 2000);
    statement.commons = &shared;
    statement.common_count = 1;
    assert_string_equal(count_of(plan(PLAN_APPEND, 1, common_reader(), common_reader())),
                        "4000");
    assert_string_equal(
        run(limit(
            plan(PLAN_APPEND, 1, limit(common_reader(), big(2), NULL), common_reader()),
            big(4), NULL)),
        "1 2 1 2");
}

/* Counts up from 1; `end` 0: without end. */
static const struct plan *counter(int32_t end, bool is_all)
{
    struct plan *work = plan(PLAN_WORK, 1, NULL, NULL);
    const struct plan *repeated = work;
    if (end != 0)
        repeated = filter(work, less(slot(0), number(end)));
    struct plan *made = plan(PLAN_RECURSIVE, 1, VALUES(1, 1),
                             project(repeated, 1, plus(slot(0), number(1)), NULL));
    made->recursive.is_all = is_all;
    statement.recursive_count = 1;
    return made;
}

static void recursion_goes_on_until_nothing_is_new(void **state)
{
    (void)state;
    assert_string_equal(run(counter(4, true)), "1 2 3 4");
    assert_string_equal(count_of(counter(1500, true)), "1500");
    assert_string_equal(run(limit(counter(0, true), big(3), NULL)), "1 2 3");
    /* UNION ends when a round has nothing new: 1, then 2, then 1 again. */
    struct plan *work = plan(PLAN_WORK, 1, NULL, NULL);
    const struct bound *other =
        call(181, TYPE_INT4, number(3), slot(0)); /* int4mi: 3 - n */
    struct plan *made =
        plan(PLAN_RECURSIVE, 1, VALUES(1, 1, 1), project(work, 1, other, NULL));
    assert_string_equal(run(made), "1 2");
}

static void memory_has_a_limit(void **state)
{
    (void)state;
    settings.memory_limit = 400 * 1000;
    assert_string_equal(run(sort(series(1, 100000), 0, true, NULL)),
                        "53200 out of memory");
    assert_non_null(strstr(err.detail, "400000 bytes"));
    assert_string_equal(count_of(series(1, 100000)), "100000");
    settings.memory_limit = 10 * 1000 * 1000;
    const struct bound *large =
        call(1622, TYPE_TEXT, text("0123456789"), number(100000)); /* repeat */
    assert_string_equal(run(project(series(1, 1000), 1, large, NULL)),
                        "53200 out of memory");
}

static const char *cancel_message(int code)
{
    assert_int_equal(code, SQLSTATE_QUERY_CANCELED);
    return "canceling statement due to statement timeout";
}

static void a_cancelled_statement_ends(void **state)
{
    (void)state;
    atomic_int cancelled = 0;
    settings.cancelled = &cancelled;
    settings.cancel_message = cancel_message;
    struct execution *execution = NULL;
    struct batch batch;
    statement.root = series(1, 100000);
    assert_int_equal(execution_open(&settings, &statement, &execution, &err), RC_OK);
    assert_int_equal(execution_next(execution, &batch, &err), RC_OK);
    cancelled = SQLSTATE_QUERY_CANCELED;
    assert_int_equal(execution_next(execution, &batch, &err), RC_FAILED);
    assert_string_equal(sqlstate_code(err.state), "57014");
    assert_string_equal(err.message, "canceling statement due to statement timeout");
    assert_int_equal(execution_next(execution, &batch, &err), RC_FAILED);
    execution_close(&execution);
    execution_close(&execution);
}

static void a_single_value_is_computed(void **state)
{
    (void)state;
    struct value value;
    assert_int_equal(
        execution_value(&settings, arena, plus(number(1), number(2)), &value, &err),
        RC_OK);
    assert_false(value.null);
    assert_int_equal(value.datum.int32, 3);
    assert_int_equal(execution_value(&settings, arena, text("abc"), &value, &err), RC_OK);
    assert_true(bytes_equal(value.datum.bytes, bytes_of_text("abc")));
    assert_int_equal(execution_value(&settings, arena,
                                     call(INT4_DIVIDE, TYPE_INT4, number(1), number(0)),
                                     &value, &err),
                     RC_FAILED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rows_come_in_batches),
        TEST(functions_run_side_by_side),
        TEST(sets_run_in_lockstep),
        TEST(limits_count_rows),
        TEST(a_limit_stops_before_the_error),
        TEST(aggregates_group),
        TEST(aggregates_filter_sort_and_leave_out),
        TEST(sorts_are_stable),
        TEST(a_bounded_sort_keeps_the_first),
        TEST(a_limit_bounds_the_sort),
        TEST(distinct_keeps_the_first),
        TEST(set_operations_count),
        TEST(a_common_query_runs_once),
        TEST(recursion_goes_on_until_nothing_is_new),
        TEST(memory_has_a_limit),
        TEST(a_cancelled_statement_ends),
        TEST(a_single_value_is_computed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
