/* sql/exec: subqueries in expressions, and scans of system relations. */
#include "unit/sql/exec/plan_fixture.h"

static const struct bound *scalar(const struct plan *inner)
{
    return subplan(subquery(BOUND_SUBQUERY_SCALAR, inner), inner->types[0]->oid, NULL);
}

/* A subquery over place 0, which gets the value of slot 0. */
static const struct bound *correlated(enum bound_subquery form, uint32_t type,
                                      const struct plan *inner,
                                      const struct bound *argument)
{
    struct plan_subquery *query = subquery(form, inner);
    query->bindings = bind_place(0, slot(0));
    statement.outer_count = 1;
    if (argument != NULL)
        query->comparison = equal(slot(0), slot(1));
    return subplan(query, type, argument);
}

static void a_scalar_has_one_row(void **state)
{
    (void)state;
    const struct plan *rows = VALUES(1, 1, 2);
    assert_string_equal(run(project(rows, 2, slot(0), scalar(VALUES(1, 7)))), "1,7 2,7");
    assert_string_equal(
        run(project(rows, 2, slot(0), scalar(plan(PLAN_EMPTY, 1, NULL, NULL)))),
        "1,- 2,-");
    assert_string_equal(
        run(project(rows, 2, slot(0), scalar(VALUES(1, 7, 8)))),
        "21000 more than one row returned by a subquery used as an expression");
    /* Not reached: not run. */
    assert_string_equal(run(project(filter(rows, less(slot(0), number(0))), 1,
                                    scalar(VALUES(1, 7, 8)), NULL)),
                        "");
}

static void a_correlated_scalar_follows_the_row(void **state)
{
    (void)state;
    const struct plan *total = grouped(series_of(number(1), outer(0)), NULL,
                                       aggregate(SUM_INT4, TYPE_INT8, slot(0)));
    const struct bound *sum = correlated(BOUND_SUBQUERY_SCALAR, TYPE_INT8, total, NULL);
    assert_string_equal(run(project(VALUES(1, 3, 0, NONE, 3, 4), 2, slot(0), sum)),
                        "3,6 0,- -,- 3,6 4,10");
    const struct plan *many = project(series(1, 2000), 1, sum, NULL);
    assert_string_equal(run(limit(many, big(1), big(1999))), "2001000");
}

static void exists_and_array(void **state)
{
    (void)state;
    const struct plan *inner = filter(VALUES(1, 5, 2, NONE, 9), less(outer(0), slot(0)));
    assert_string_equal(
        run(project(VALUES(1, 1, 9, NONE), 2,
                    correlated(BOUND_SUBQUERY_EXISTS, TYPE_BOOL, inner, NULL),
                    correlated(BOUND_SUBQUERY_ARRAY, TYPE__INT4, inner, NULL))),
        "t,{5,2,9} f,{} f,{}");
    const struct bound *array =
        subplan(subquery(BOUND_SUBQUERY_ARRAY, VALUES(1, 1, NONE)), TYPE__INT4, NULL);
    assert_string_equal(run(project(VALUES(1, 1, 2), 1, array, NULL)),
                        "{1,NULL} {1,NULL}");
}

/* EXISTS and ANY take no more rows than they need. */
static void what_settles_stops(void **state)
{
    (void)state;
    const struct plan *bad =
        project(series(-1, 5), 1, call(INT4_DIVIDE, TYPE_INT4, number(1), slot(0)), NULL);
    assert_string_equal(
        run(project(VALUES(1, 1), 1,
                    subplan(subquery(BOUND_SUBQUERY_EXISTS, bad), TYPE_BOOL, NULL),
                    NULL)),
        "t");
    assert_string_equal(run(project(VALUES(1, 1), 1, scalar(bad), NULL)),
                        "22012 division by zero");
}

static const char *quantified(bool all, bool is_hashed, const struct plan *inner)
{
    struct plan_subquery *query =
        subquery(all ? BOUND_SUBQUERY_ALL : BOUND_SUBQUERY_ANY, inner);
    query->comparison = equal(slot(0), slot(1));
    query->is_hashed = is_hashed;
    return run(
        project(VALUES(1, 1, 2, NONE), 1, subplan(query, TYPE_BOOL, slot(0)), NULL));
}

static void any_and_all_have_three_values(void **state)
{
    (void)state;
    for (int hashed = 0; hashed < 2; hashed++) {
        assert_string_equal(quantified(false, hashed, VALUES(1, 1, 3)), "t f -");
        assert_string_equal(quantified(false, hashed, VALUES(1, 1, NONE)), "t - -");
        assert_string_equal(quantified(false, hashed, plan(PLAN_EMPTY, 1, NULL, NULL)),
                            "f f f");
        assert_string_equal(quantified(false, hashed, series(2, 3000)), "f t -");
    }
    assert_string_equal(quantified(true, false, VALUES(1, 1, 1)), "t f -");
    assert_string_equal(quantified(true, false, VALUES(1, 1, NONE)), "- f -");
    assert_string_equal(quantified(true, false, plan(PLAN_EMPTY, 1, NULL, NULL)),
                        "t t t");
}

static void a_correlated_any_is_made_anew(void **state)
{
    (void)state;
    for (int hashed = 0; hashed < 2; hashed++) {
        const struct plan *inner = series_of(outer(0), number(3));
        struct plan_subquery *query = subquery(BOUND_SUBQUERY_ANY, inner);
        query->comparison = equal(slot(0), slot(1));
        query->is_hashed = hashed;
        query->bindings = bind_place(0, slot(0));
        statement.outer_count = 1;
        assert_string_equal(run(project(VALUES(1, 1, 3, 4, 4, 2, 2), 1,
                                        subplan(query, TYPE_BOOL, slot(0)), NULL)),
                            "t t f f t t");
    }
}

/* A subquery without bindings of its own, inside one with: it reads the same place. */
static void an_inner_subquery_sees_the_outer_place(void **state)
{
    (void)state;
    const struct plan *innermost =
        project(plan(PLAN_ONE_ROW, 0, NULL, NULL), 1, plus(outer(0), number(1)), NULL);
    const struct plan *middle = project(VALUES(1, 100), 1, scalar(innermost), NULL);
    const struct bound *value =
        correlated(BOUND_SUBQUERY_SCALAR, TYPE_INT4, middle, NULL);
    assert_string_equal(run(project(VALUES(1, 1, 2, 1), 1, value, NULL)), "2 3 2");
}

/* The same through a shared query that reads the place. */
static void a_common_query_follows_the_place(void **state)
{
    (void)state;
    const struct plan *shared = series_of(number(1), outer(0));
    struct plan *reader = plan(PLAN_COMMON, 1, NULL, NULL);
    statement.commons = &shared;
    statement.common_count = 1;
    const struct plan *inner = grouped(plan(PLAN_APPEND, 1, reader, reader), NULL,
                                       aggregate(COUNT, TYPE_INT8, NULL));
    const struct bound *value = correlated(BOUND_SUBQUERY_SCALAR, TYPE_INT8, inner, NULL);
    assert_string_equal(run(project(VALUES(1, 1, 3, 1), 1, value, NULL)), "2 6 2");
}

static void a_recursion_is_run_again(void **state)
{
    (void)state;
    struct plan *work = plan(PLAN_WORK, 1, NULL, NULL);
    struct plan *made = plan(PLAN_RECURSIVE, 1, VALUES(1, 1),
                             project(filter(work, less(slot(0), outer(0))), 1,
                                     plus(slot(0), number(1)), NULL));
    made->recursive.is_all = true;
    statement.recursive_count = 1;
    const struct plan *count = grouped(made, NULL, aggregate(COUNT, TYPE_INT8, NULL));
    const struct bound *value = correlated(BOUND_SUBQUERY_SCALAR, TYPE_INT8, count, NULL);
    assert_string_equal(run(project(VALUES(1, 5, 1, 3), 1, value, NULL)), "5 1 3");
}

/* Relations. */
static const struct system_column relation_columns[] = {
    {"id", TYPE_TEXT, false},   {"number", TYPE_INT8, true},
    {"flag", TYPE_BOOL, true},  {"at", TYPE_TIMESTAMPTZ, true},
    {"list", TYPE__TEXT, true}, {"oid", TYPE_OID, true},
    {"name", TYPE_NAME, true},  {"size", 16464, true},
};

enum { RELATION_COLUMNS = 8 };

struct provider {
    size_t reads;
    const char *last_key;
    size_t row_count;
};

static enum rc give(const struct system_scan *scan, struct error *failure)
{
    char borrowed[32];
    const struct provider *provider =
        (const struct provider *)(const void *)scan->transaction;
    for (size_t i = 0; i < provider->row_count; i++) {
        struct system_cell cells[RELATION_COLUMNS] = {{0}};
        (void)snprintf(borrowed, sizeof(borrowed), "u%zu", i + 1);
        cells[0] = (struct system_cell){SYSTEM_CELL_TEXT, borrowed, 0};
        if (i % 2 == 0) {
            cells[1] = (struct system_cell){SYSTEM_CELL_NUMBER, NULL, (int64_t)i * 10};
            cells[2] = (struct system_cell){SYSTEM_CELL_NUMBER, NULL, 1};
            cells[3] = (struct system_cell){SYSTEM_CELL_NUMBER, NULL, 946684800000000};
            cells[4] = (struct system_cell){SYSTEM_CELL_TEXT, "{a,NULL}", 0};
            cells[5] = (struct system_cell){SYSTEM_CELL_NUMBER, NULL, 4294967295};
            cells[6] = (struct system_cell){SYSTEM_CELL_TEXT, borrowed, 0};
            cells[7] = (struct system_cell){SYSTEM_CELL_NUMBER, NULL, 5};
        }
        TRY(scan->sink->row(scan->sink->argument, cells, failure));
        memset(borrowed, 'x', sizeof(borrowed) - 1); /* it was borrowed */
    }
    return RC_OK;
}

/* The transaction stands for the provider, so that rows() finds it. */
static enum rc base_rows(const struct system_scan *scan, struct error *failure)
{
    struct provider *provider = (struct provider *)(void *)scan->transaction;
    provider->reads++;
    provider->last_key = scan->key == NULL ? NULL : scan->key->value.text;
    if (provider->last_key != NULL)
        provider->last_key = arena_strdup(arena, provider->last_key);
    return give(scan, failure);
}

static enum rc live_rows(void *argument, const struct system_relation *relation,
                         const struct system_scan *scan, struct error *failure)
{
    struct provider *provider = argument;
    assert_string_equal(relation->name, "relation");
    provider->reads++;
    return give(scan, failure);
}

static struct system_relation relation = {
    .schema = "test",
    .name = "relation",
    .oid = 19999,
    .columns = relation_columns,
    .column_count = RELATION_COLUMNS,
    .rows = base_rows,
};

static struct plan *scan_of(size_t count, const uint32_t *columns)
{
    struct plan *made = plan(PLAN_SYSTEM, count, NULL, NULL);
    made->system.relation = &relation;
    made->system.columns = columns;
    for (size_t i = 0; i < count; i++)
        made->types[i] = type_find_oid(relation_columns[columns[i]].type_oid);
    return made;
}

static const uint32_t all_columns[] = {0, 1, 2, 3, 4, 5, 6, 7};

static void provider_start(struct provider *provider, enum system_relation_kind kind)
{
    static struct system_hooks hooks;
    hooks = (struct system_hooks){.live_rows = live_rows, .argument = provider};
    relation.kind = kind;
    settings.hooks = &hooks;
    settings.transaction = (struct store_transaction *)(void *)provider;
}

static void cells_become_values(void **state)
{
    (void)state;
    const enum system_relation_kind kinds[] = {SYSTEM_RELATION_BASE,
                                               SYSTEM_RELATION_LIVE};
    for (size_t i = 0; i < 2; i++) {
        struct provider provider = {.row_count = 2};
        provider_start(&provider, kinds[i]);
        assert_string_equal(run(scan_of(8, all_columns)),
                            "u1,0,t,2000-01-01 00:00:00+00,{a,NULL},4294967295,u1,5 "
                            "u2,-,-,-,-,-,-,-");
        const uint32_t some[] = {6, 0};
        assert_string_equal(run(scan_of(2, some)), "u1,u1 -,u2");
        assert_int_equal(provider.reads, 2);
        provider.row_count = 2500;
        assert_string_equal(count_of(scan_of(0, NULL)), "2500");
        assert_string_equal(run(limit(scan_of(1, all_columns), big(1), big(2499))),
                            "u2500");
    }
}

static void a_live_relation_is_taken_once(void **state)
{
    (void)state;
    struct provider provider = {.row_count = 3};
    provider_start(&provider, SYSTEM_RELATION_LIVE);
    const uint32_t number_column[] = {1};
    struct plan *both =
        plan(PLAN_APPEND, 1, scan_of(1, number_column), scan_of(1, number_column));
    both->types = both->inputs[0]->types;
    assert_string_equal(run(both), "0 - 20 0 - 20");
    assert_int_equal(provider.reads, 1);
    settings.hooks = NULL;
    assert_string_equal(run(both), "");
}

static void a_key_is_passed_on(void **state)
{
    (void)state;
    struct provider provider = {.row_count = 2};
    provider_start(&provider, SYSTEM_RELATION_BASE);
    struct plan *made = scan_of(1, all_columns);
    made->system.key = text("u2");
    assert_string_equal(run(made), "u1 u2");
    assert_string_equal(provider.last_key, "u2");
    struct bound *null = bound(BOUND_CONSTANT, TYPE_TEXT, 0);
    null->constant.null = true;
    made->system.key = null;
    assert_string_equal(run(made), "");
    assert_int_equal(provider.reads, 1);
}

/* A scan that is run again reads again only for another key. */
static void a_scan_is_kept_for_the_same_key(void **state)
{
    (void)state;
    struct provider provider = {.row_count = 1};
    provider_start(&provider, SYSTEM_RELATION_BASE);
    statement.outer_count = 1;
    struct plan *made = join(PLAN_NESTED_JOIN, PLAN_JOIN_INNER, VALUES(1, 1, 1, 2),
                             scan_of(1, all_columns));
    made->join.condition = NULL;
    made->join.bindings = bind_place(0, slot(0));
    made->types[1] = type_find_oid(TYPE_TEXT);
    assert_string_equal(run(made), "1,u1 1,u1 2,u1");
    assert_int_equal(provider.reads, 1);
    struct plan *keyed = scan_of(1, all_columns);
    keyed->system.key = outer(0);
    keyed->system.key_column = 1;
    made->inputs[1] = keyed;
    assert_string_equal(run(made), "1,u1 1,u1 2,u1");
    assert_int_equal(provider.reads, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_scalar_has_one_row),
        TEST(a_correlated_scalar_follows_the_row),
        TEST(exists_and_array),
        TEST(what_settles_stops),
        TEST(any_and_all_have_three_values),
        TEST(a_correlated_any_is_made_anew),
        TEST(an_inner_subquery_sees_the_outer_place),
        TEST(a_common_query_follows_the_place),
        TEST(a_recursion_is_run_again),
        TEST(cells_become_values),
        TEST(a_live_relation_is_taken_once),
        TEST(a_key_is_passed_on),
        TEST(a_scan_is_kept_for_the_same_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
