/* sql/plan: which operators a query becomes. Trees are made by hand. */
#include <time.h>

#include "unit/sql/plan/bound_fixture.h"

/* SELECT name FROM mz_schemas s WHERE <condition> */
static struct bound_query *schemas(struct fixture *fixture)
{
    struct bound_query *query = query_new(fixture);
    uint32_t s = table(fixture, query, "mz_schemas", "s");
    query->from = leaf(fixture, s);
    target(query, column(fixture, query, s, "name", 0));
    return query;
}

/* SELECT s.name FROM mz_schemas s <join> mz_databases d ON d.id = s.database_id */
static struct bound_query *joined(struct fixture *fixture, enum bound_join_kind kind)
{
    struct bound_query *query = schemas(fixture);
    uint32_t d = table(fixture, query, "mz_databases", "d");
    query->from = join(fixture, kind, query->from, leaf(fixture, d),
                       same(fixture, column(fixture, query, d, "id", 0),
                            column(fixture, query, 0, "database_id", 0)));
    return query;
}

static void test_scan(void **state)
{
    struct fixture *fixture = *state;
    struct bound_query *query = schemas(fixture);
    query->where = both(
        fixture, same(fixture, column(fixture, query, 0, "id", 0), text(fixture, "u1")),
        boolean(fixture, true));
    expect_plan(fixture, query,
                "Index Scan on mz_schemas s\n"
                "  Index Cond: (id = 'u1'::text)\n"
                "  Filter: (id = 'u1'::text)\n");
    const struct plan *plan = plan_of(fixture, query)->root;
    while (plan->kind != PLAN_SYSTEM)
        plan = plan->inputs[0];
    assert_int_equal(plan->column_count, 2); /* id and name, of all its columns */
}

static void test_where_false(void **state)
{
    struct fixture *fixture = *state;
    struct bound_query *query = schemas(fixture);
    query->where = boolean(fixture, false);
    expect_plan(fixture, query, "Result\n  One-Time Filter: false\n");
}

static void test_joins(void **state)
{
    struct fixture *fixture = *state;
    expect_plan(fixture, joined(fixture, BOUND_JOIN_INNER),
                "Hash Join\n"
                "  Hash Cond: (s.database_id = d.id)\n"
                "  ->  Seq Scan on mz_schemas s\n"
                "  ->  Seq Scan on mz_databases d\n");
    expect_plan(fixture, joined(fixture, BOUND_JOIN_LEFT),
                "Hash Left Join\n"
                "  Hash Cond: (s.database_id = d.id)\n"
                "  ->  Seq Scan on mz_schemas s\n"
                "  ->  Seq Scan on mz_databases d\n");
    expect_plan(fixture, joined(fixture, BOUND_JOIN_RIGHT),
                "Hash Left Join\n"
                "  Hash Cond: (d.id = s.database_id)\n"
                "  ->  Seq Scan on mz_databases d\n"
                "  ->  Seq Scan on mz_schemas s\n");
    expect_plan(fixture, joined(fixture, BOUND_JOIN_FULL),
                "Hash Full Join\n"
                "  Hash Cond: (s.database_id = d.id)\n"
                "  ->  Seq Scan on mz_schemas s\n"
                "  ->  Seq Scan on mz_databases d\n");
}

/* A condition on the side that may be missing makes the join an inner one; IS NULL must
 * not. */
static void test_outer_join_reduced(void **state)
{
    struct fixture *fixture = *state;
    struct bound_query *query = joined(fixture, BOUND_JOIN_LEFT);
    query->where =
        same(fixture, column(fixture, query, 1, "name", 0), text(fixture, "materialize"));
    expect_plan(fixture, query,
                "Hash Join\n"
                "  Hash Cond: (s.database_id = d.id)\n"
                "  ->  Seq Scan on mz_schemas s\n"
                "  ->  Index Scan on mz_databases d\n"
                "        Index Cond: (name = 'materialize'::text)\n"
                "        Filter: (d.name = 'materialize'::text)\n");
    query = joined(fixture, BOUND_JOIN_LEFT);
    query->where = is_null(fixture, column(fixture, query, 1, "name", 0));
    expect_plan(fixture, query,
                "Hash Left Join\n"
                "  Hash Cond: (s.database_id = d.id)\n"
                "  Filter: (d.name IS NULL)\n"
                "  ->  Seq Scan on mz_schemas s\n"
                "  ->  Seq Scan on mz_databases d\n");
}

/* What is known of one side of an equality is known of the other. */
static void test_derived_value(void **state)
{
    struct fixture *fixture = *state;
    struct bound_query *query = joined(fixture, BOUND_JOIN_INNER);
    query->where = same(fixture, column(fixture, query, 1, "id", 0), text(fixture, "u1"));
    expect_plan(fixture, query,
                "Hash Join\n"
                "  Hash Cond: (s.database_id = d.id)\n"
                "  ->  Index Scan on mz_schemas s\n"
                "        Index Cond: (database_id = 'u1'::text)\n"
                "        Filter: (s.database_id = 'u1'::text)\n"
                "  ->  Index Scan on mz_databases d\n"
                "        Index Cond: (id = 'u1'::text)\n"
                "        Filter: (d.id = 'u1'::text)\n");
}

/* SELECT ... FROM (joined) v WHERE v.c = 'x': no trace of the subquery remains. */
static void test_pull_up(void **state)
{
    struct fixture *fixture = *state;
    struct bound_query *query = query_new(fixture);
    uint32_t v = subquery(query, joined(fixture, BOUND_JOIN_INNER), "v");
    query->from = leaf(fixture, v);
    target(query, column_at(fixture, query, v, 0, 0));
    query->where = same(fixture, column_at(fixture, query, v, 0, 0), text(fixture, "x"));
    expect_plan(fixture, query,
                "Hash Join\n"
                "  Hash Cond: (d.id = s.database_id)\n"
                "  ->  Seq Scan on mz_databases d\n"
                "  ->  Index Scan on mz_schemas s\n"
                "        Index Cond: (name = 'x'::text)\n"
                "        Filter: (s.name = 'x'::text)\n");
}

/* A constant of a subquery must not be seen where an outer join gives NULL. */
static void test_no_pull_up_of_constant(void **state)
{
    struct fixture *fixture = *state;
    struct bound_query *inner = schemas(fixture);
    target(inner, number(fixture, 1));
    struct bound_query *query = query_new(fixture);
    uint32_t d = table(fixture, query, "mz_databases", "d");
    uint32_t v = subquery(query, inner, "v");
    target(query, column_at(fixture, query, v, 1, 0));
    query->from = join(fixture, BOUND_JOIN_LEFT, leaf(fixture, d), leaf(fixture, v),
                       same(fixture, column(fixture, query, d, "name", 0),
                            column_at(fixture, query, v, 0, 0)));
    const struct plan *plan = plan_of(fixture, query)->root;
    assert_int_equal(plan->kind, PLAN_PROJECT);
    assert_int_equal(plan->project.expressions[0]->kind, BOUND_SLOT);
    assert_int_equal(plan->inputs[0]->kind, PLAN_HASH_JOIN);
    assert_int_equal(plan->inputs[0]->join.join, PLAN_JOIN_LEFT);
}

static void test_limit_is_a_barrier(void **state)
{
    struct fixture *fixture = *state;
    struct bound_query *inner = schemas(fixture);
    inner->limit = long_number(fixture, 3);
    struct bound_query *query = query_new(fixture);
    uint32_t v = subquery(query, inner, "v");
    query->from = leaf(fixture, v);
    target(query, column_at(fixture, query, v, 0, 0));
    query->where = same(fixture, column_at(fixture, query, v, 0, 0), text(fixture, "x"));
    expect_plan(fixture, query,
                "Limit\n"
                "  Filter: (name = 'x'::text)\n"
                "  ->  Seq Scan on mz_schemas s\n");
}

/* EXISTS (SELECT FROM mz_databases d WHERE d.id = s.database_id), and NOT EXISTS. */
static struct bound_query *with_exists(struct fixture *fixture, bool negated)
{
    struct bound_query *query = schemas(fixture);
    struct bound_query *inner = query_new(fixture);
    uint32_t d = table(fixture, inner, "mz_databases", "d");
    inner->from = leaf(fixture, d);
    target(inner, number(fixture, 1));
    inner->where = same(fixture, column(fixture, inner, d, "id", 0),
                        column(fixture, query, 0, "database_id", 1));
    struct bound *exists = nested(fixture, BOUND_SUBQUERY_EXISTS, inner, TYPE_BOOL);
    query->where = negated ? not_of(fixture, exists) : exists;
    return query;
}

static void test_exists(void **state)
{
    struct fixture *fixture = *state;
    expect_plan(fixture, with_exists(fixture, false),
                "Hash Semi Join\n"
                "  Hash Cond: (s.database_id = d.id)\n"
                "  ->  Seq Scan on mz_schemas s\n"
                "  ->  Seq Scan on mz_databases d\n");
    expect_plan(fixture, with_exists(fixture, true),
                "Hash Anti Join\n"
                "  Hash Cond: (s.database_id = d.id)\n"
                "  ->  Seq Scan on mz_schemas s\n"
                "  ->  Seq Scan on mz_databases d\n");
}

static void test_in(void **state)
{
    struct fixture *fixture = *state;
    struct bound_query *query = schemas(fixture);
    struct bound_query *inner = query_new(fixture);
    uint32_t d = table(fixture, inner, "mz_databases", "d");
    inner->from = leaf(fixture, d);
    target(inner, column(fixture, inner, d, "id", 0));
    struct bound *in =
        in_query(fixture, column(fixture, query, 0, "database_id", 0), inner);
    query->where = in;
    expect_plan(fixture, query,
                "Hash Semi Join\n"
                "  Hash Cond: (s.database_id = d.id)\n"
                "  ->  Seq Scan on mz_schemas s\n"
                "  ->  Seq Scan on mz_databases d\n");
    query->where = not_of(fixture, in);
    const struct plan *plan = plan_of(fixture, query)->root;
    while (plan->kind != PLAN_HASH_JOIN)
        plan = plan->inputs[0];
    assert_int_equal(plan->join.join, PLAN_JOIN_ANTI);
    assert_true(plan->join.nulls_are_equal_to_all);
    /* Under OR it stays an expression. */
    query->where =
        pair(fixture, BOUND_OR, in, is_null(fixture, column(fixture, query, 0, "id", 0)));
    expect_plan(fixture, query,
                "Seq Scan on mz_schemas s\n"
                "  Filter: ((hashed SubPlan 1) OR (id IS NULL))\n"
                "  SubPlan 1\n"
                "    ->  Seq Scan on mz_databases d\n");
}

/* A scalar subquery whose own subquery reads the outermost row: each border has places
 * of its own, and the inner one's are bound to the outer one's. */
static void test_nested_outer_places(void **state)
{
    struct fixture *fixture = *state;
    struct bound_query *query = schemas(fixture);
    struct bound_query *middle = query_new(fixture);
    struct bound_query *inner = query_new(fixture);
    uint32_t r = table(fixture, inner, "mz_roles", "r");
    inner->from = leaf(fixture, r);
    target(inner, column(fixture, inner, r, "name", 0));
    inner->where = same(fixture, column(fixture, inner, r, "id", 0),
                        column(fixture, query, 0, "owner_id", 2));
    uint32_t d = table(fixture, middle, "mz_databases", "d");
    middle->from = leaf(fixture, d);
    target(middle, nested(fixture, BOUND_SUBQUERY_SCALAR, inner, TYPE_TEXT));
    target(query, nested(fixture, BOUND_SUBQUERY_SCALAR, middle, TYPE_TEXT));
    const struct plan_statement *statement = plan_of(fixture, query);
    assert_int_equal(statement->outer_count, 2);
    const struct bound *outside = statement->root->project.expressions[1];
    assert_int_equal(outside->kind, BOUND_SUBPLAN);
    assert_int_equal(outside->subplan->bindings.count, 1);
    assert_int_equal(outside->subplan->bindings.items[0].expression->kind, BOUND_SLOT);
    const struct bound *inside = outside->subplan->plan->project.expressions[0];
    assert_int_equal(inside->kind, BOUND_SUBPLAN);
    assert_int_equal(inside->subplan->bindings.count, 1);
    const struct plan_binding *handed_on = &inside->subplan->bindings.items[0];
    assert_int_equal(handed_on->expression->kind, BOUND_OUTER);
    assert_int_equal(handed_on->expression->slot,
                     outside->subplan->bindings.items[0].outer);
    assert_int_not_equal(handed_on->outer, handed_on->expression->slot);
}

/* An equality whose right side also reads an outer row is no key: the table that is made
 * of the right side outlives that row. */
static void test_outer_value_is_no_key(void **state)
{
    struct fixture *fixture = *state;
    struct bound_query *query = schemas(fixture);
    struct bound_query *inner = query_new(fixture);
    uint32_t d = table(fixture, inner, "mz_databases", "d");
    uint32_t r = table(fixture, inner, "mz_roles", "r");
    struct bound *either = node(fixture, BOUND_COALESCE, TYPE_TEXT, 2);
    either->arguments[0] = column(fixture, query, 0, "owner_id", 1);
    either->arguments[1] = column(fixture, inner, r, "id", 0);
    inner->from = join(fixture, BOUND_JOIN_LEFT, leaf(fixture, d), leaf(fixture, r),
                       same(fixture, column(fixture, inner, d, "id", 0), either));
    target(inner, column(fixture, inner, d, "name", 0));
    target(query, nested(fixture, BOUND_SUBQUERY_SCALAR, inner, TYPE_TEXT));
    const struct bound *outside = plan_of(fixture, query)->root->project.expressions[1];
    const struct plan *plan = outside->subplan->plan;
    while (plan->kind == PLAN_PROJECT)
        plan = plan->inputs[0];
    assert_int_equal(plan->kind, PLAN_NESTED_JOIN);
    assert_non_null(plan->join.condition);
}

/* SELECT name, count(*) FROM mz_schemas GROUP BY name HAVING count(*) < 9 AND name = 'x':
 * the call is there once, and the condition on the group is tested before. */
static void test_groups(void **state)
{
    struct fixture *fixture = *state;
    struct bound_query *query = schemas(fixture);
    query->is_grouped = true;
    query->groups[query->group_count++] = column(fixture, query, 0, "name", 0);
    target(query, count_star(fixture));
    struct bound *few =
        call(fixture, 469, count_star(fixture), long_number(fixture, 9)); /* int8lt */
    query->having =
        both(fixture, few,
             same(fixture, column(fixture, query, 0, "name", 0), text(fixture, "x")));
    expect_plan(fixture, query,
                "HashAggregate\n"
                "  Group Key: name\n"
                "  Filter: ((count(*)) < '9'::bigint)\n"
                "  ->  Index Scan on mz_schemas s\n"
                "        Index Cond: (name = 'x'::text)\n"
                "        Filter: (name = 'x'::text)\n");
    const struct plan *plan = plan_of(fixture, query)->root;
    while (plan->kind != PLAN_AGGREGATE)
        plan = plan->inputs[0];
    assert_int_equal(plan->aggregate.call_count, 1);
}

static void test_order_and_limit(void **state)
{
    struct fixture *fixture = *state;
    struct bound_query *query = schemas(fixture);
    static const struct bound_sort order[] = {{.target = 1, .is_descending = true}};
    target_hidden(query, column(fixture, query, 0, "id", 0));
    query->order = order;
    query->order_count = 1;
    query->limit = long_number(fixture, 10);
    query->offset = long_number(fixture, 5);
    expect_plan(fixture, query,
                "Limit\n"
                "  ->  Sort\n"
                "        Sort Key: id DESC NULLS LAST\n"
                "        ->  Seq Scan on mz_schemas s\n");
    const struct plan *plan = plan_of(fixture, query)->root;
    assert_int_equal(plan->kind, PLAN_PROJECT); /* the hidden key is gone */
    assert_int_equal(plan->column_count, 1);
    const struct plan *sort = plan->inputs[0]->inputs[0];
    assert_int_equal(sort->sort.at_most->constant.datum.int64, 15);
}

static void test_distinct_on(void **state)
{
    struct fixture *fixture = *state;
    struct bound_query *query = schemas(fixture);
    uint32_t places[] = {0};
    query->distinct_on = places;
    query->distinct_on_count = 1;
    expect_plan(fixture, query,
                "Unique\n"
                "  ->  Sort\n"
                "        Sort Key: name\n"
                "        ->  Seq Scan on mz_schemas s\n");
}

/* Functions in FROM read their neighbours a level out. */
static void test_lateral(void **state)
{
    struct fixture *fixture = *state;
    struct bound_query *query = query_new(fixture);
    uint32_t d = table(fixture, query, "mz_databases", "d");
    static struct bound_column series = {.name = "g"};
    series.type = type_find_oid(TYPE_INT4);
    struct bound *oid = column(fixture, query, d, "id", 1);
    struct bound *length = call(fixture, 1317, oid, NULL); /* length(text) */
    const struct bound *calls[] = {
        call(fixture, SERIES_INT4, number(fixture, 1), length)};
    uint32_t g = relation_add(
        query, (struct bound_relation){.kind = BOUND_RELATION_FUNCTION,
                                       .alias = "g",
                                       .columns = {&series, 1},
                                       .is_lateral = true,
                                       .function = {.calls = calls, .call_count = 1}});
    query->from =
        join(fixture, BOUND_JOIN_INNER, leaf(fixture, d), leaf(fixture, g), NULL);
    target(query, column_at(fixture, query, g, 0, 0));
    expect_plan(fixture, query,
                "Nested Loop\n"
                "  ->  Seq Scan on mz_databases d\n"
                "  ->  Function Scan on generate_series\n");
    const struct plan *plan = plan_of(fixture, query)->root;
    while (plan->kind != PLAN_NESTED_JOIN)
        plan = plan->inputs[0];
    assert_int_equal(plan->join.bindings.count, 1);
}

static struct bound_query *union_all(struct fixture *fixture, size_t branches)
{
    struct bound_query *query = schemas(fixture);
    for (size_t i = 1; i < branches; i++) {
        struct bound_query *more = ARENA_NEW(fixture->arena, struct bound_query);
        more->kind = BOUND_QUERY_SET;
        more->operation = BOUND_SET_UNION;
        more->is_all = true;
        more->columns = query->columns;
        more->left = query;
        more->right = schemas(fixture);
        query = more;
    }
    return query;
}

static double milliseconds(struct fixture *fixture, const struct bound_query *query)
{
    struct timespec begin;
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    (void)plan_of(fixture, query);
    clock_gettime(CLOCK_MONOTONIC, &end);
    return (double)(end.tv_sec - begin.tv_sec) * 1e3 +
           (double)(end.tv_nsec - begin.tv_nsec) / 1e6;
}

static void test_union_all_is_flat(void **state)
{
    struct fixture *fixture = *state;
    const struct bound_query *query = union_all(fixture, 500);
    const struct plan *plan = plan_of(fixture, query)->root;
    assert_int_equal(plan->kind, PLAN_APPEND);
    assert_int_equal(plan->input_count, 500);
    print_message("500 branches: %.1f ms\n", milliseconds(fixture, query));
}

/* A condition goes into every input of a UNION ALL. */
static void test_push_into_union(void **state)
{
    struct fixture *fixture = *state;
    struct bound_query *query = query_new(fixture);
    uint32_t u = subquery(query, union_all(fixture, 2), "u");
    query->from = leaf(fixture, u);
    target(query, column_at(fixture, query, u, 0, 0));
    query->where = same(fixture, column_at(fixture, query, u, 0, 0), text(fixture, "x"));
    expect_plan(fixture, query,
                "Append\n"
                "  ->  Index Scan on mz_schemas s\n"
                "        Index Cond: (name = 'x'::text)\n"
                "        Filter: (s.name = 'x'::text)\n"
                "  ->  Index Scan on mz_schemas s\n"
                "        Index Cond: (name = 'x'::text)\n"
                "        Filter: (s.name = 'x'::text)\n");
}

static void test_many_tables(void **state)
{
    struct fixture *fixture = *state;
    struct bound_query *query = schemas(fixture);
    for (uint32_t i = 1; i < 64; i++) {
        uint32_t next = table(fixture, query, "mz_schemas", "s");
        query->from = join(fixture, BOUND_JOIN_INNER, query->from, leaf(fixture, next),
                           same(fixture, column(fixture, query, next, "id", 0),
                                column(fixture, query, next - 1, "database_id", 0)));
    }
    size_t joins = 0;
    const struct plan *plan = plan_of(fixture, query)->root;
    for (; plan->input_count != 0; plan = plan->inputs[0]) {
        joins += plan->kind == PLAN_HASH_JOIN;
        assert_int_not_equal(plan->kind, PLAN_NESTED_JOIN);
    }
    assert_int_equal(joins, 63);
    print_message("64 tables: %.1f ms\n", milliseconds(fixture, query));
}

static void test_depth(void **state)
{
    struct fixture *fixture = *state;
    struct bound_query *query = schemas(fixture);
    const struct bound *deep = boolean(fixture, true);
    const struct plan_statement *plan = NULL;
    for (size_t i = 0; i < 5000; i++)
        deep = not_of(fixture, deep);
    query->where = deep;
    assert_int_equal(plan_query(fixture->arena, query, &plan, &fixture->err), RC_FAILED);
    assert_int_equal(fixture->err.state, SQLSTATE_STATEMENT_TOO_COMPLEX);
}

int main(void)
{
#define TEST(function)                                                                   \
    cmocka_unit_test_setup_teardown(function, fixture_set_up, fixture_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_scan),
        TEST(test_where_false),
        TEST(test_joins),
        TEST(test_outer_join_reduced),
        TEST(test_derived_value),
        TEST(test_pull_up),
        TEST(test_no_pull_up_of_constant),
        TEST(test_limit_is_a_barrier),
        TEST(test_exists),
        TEST(test_in),
        TEST(test_nested_outer_places),
        TEST(test_outer_value_is_no_key),
        TEST(test_groups),
        TEST(test_order_and_limit),
        TEST(test_distinct_on),
        TEST(test_lateral),
        TEST(test_union_all_is_flat),
        TEST(test_push_into_union),
        TEST(test_many_tables),
        TEST(test_depth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
