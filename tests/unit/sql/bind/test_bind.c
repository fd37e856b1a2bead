/* sql/bind: the same names, types, parameters and errors as PostgreSQL 15 for a list of
 * statements; the shape of the bound tree; every system relation; the limits. */
#include "base/error.h"
#include "catalog/relation.h"
#include "sql/bind/binder.h"
#include "sql/parse/parse.h"
#include "support/unit.h"
#include "unit/catalog/catalog_fixture.h"

static struct catalog_fixture fixture;
static struct arena *arena;
static struct error err;
static struct type_context types;
static struct bind_parameters parameters;

static const char *const schemas[] = {"public"};
static const struct catalog_path path = {"materialize", schemas, 1, NULL};

enum { PG_CLASS = 1259 };

static enum rc reg_find(void *owner, uint32_t kind, struct bytes text, uint32_t *oid_out,
                        struct error *error)
{
    (void)owner;
    (void)kind;
    if (!bytes_equal(text, bytes_of_text("pg_class")))
        return error_set(error, SQLSTATE_UNDEFINED_TABLE, "no such relation");
    *oid_out = PG_CLASS;
    return RC_OK;
}

static int set_up(void **state)
{
    (void)state;
    catalog_fixture_init(&fixture);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    catalog_fixture_fini(&fixture);
    return 0;
}

static int begin(void **state)
{
    (void)state;
    arena = arena_new("test", NULL);
    error_clear(&err);
    types = (struct type_context){
        .arena = arena, .extra_float_digits = 1, .reg_find = reg_find};
    parameters = (struct bind_parameters){NULL, 0, false};
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

static struct bind_surroundings surroundings(const char *text)
{
    return (struct bind_surroundings){fixture.transaction, &path, &types, &parameters,
                                      bytes_of_text(text), NULL};
}

static enum rc bind(const char *text, const struct bound_query **out)
{
    struct ast_statement_list list = {NULL, 0};
    struct bind_surroundings around = surroundings(text);
    TRY(sql_parse(arena, bytes_of_text(text), &list, &err));
    assert_int_equal(list.items[0]->kind, STATEMENT_SELECT);
    TRY(bind_query(arena, &around, list.items[0]->query, out, &err));
    return bind_parameters_check(&parameters, &err);
}

static const struct bound_query *bound(const char *text)
{
    const struct bound_query *query = NULL;
    if (bind(text, &query) != RC_OK)
        fail_msg("%s: %s", text, err.message);
    return query;
}

/* What Parse and Describe of the statement answer, in one line. */
static const char *described(const char *text)
{
    const struct bound_query *query = NULL;
    if (bind(text, &query) != RC_OK)
        return arena_printf(arena, "ERROR %s %s @%d D:%s H:%s", sqlstate_code(err.state),
                            err.message, err.position, err.detail, err.hint);
    const char *line = "OK";
    for (size_t i = 0; i < query->columns.count; i++) {
        const struct bound_column *column = &query->columns.items[i];
        assert_ptr_equal(column->type, query->targets[i]->type);
        line = arena_printf(arena, "%s %s:%u/%d", line, column->name, column->type->oid,
                            column->typmod);
    }
    line = arena_printf(arena, "%s |", line);
    for (size_t i = 0; i < parameters.count; i++)
        line = arena_printf(arena, "%s %u", line, parameters.types[i]->oid);
    return line;
}

static void statements_are_described_as_by_postgresql(void **state)
{
    static const struct {
        const char *text;
        const char *expected;
    } cases[] = {
#define C(text, expected) {text, expected},
#include "unit/sql/bind/postgres_cases.def"
#undef C
    };
    size_t failed = 0;
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const char *got = described(cases[i].text);
        if (strcmp(got, cases[i].expected) != 0) {
            print_message("%s\n  got  %s\n  want %s\n", cases[i].text, got,
                          cases[i].expected);
            failed++;
        }
        end(state);
        begin(state);
    }
    assert_int_equal(failed, 0);
}

static void every_system_relation_binds(void **state)
{
    const struct system_relation *relation = NULL;
    for (size_t i = 0; (relation = system_relation_at(i)) != NULL; i++) {
        const char *text = arena_printf(arena, "SELECT * FROM %s.\"%s\"",
                                        relation->schema, relation->name);
        const struct bound_query *query = bound(text);
        assert_int_equal(query->columns.count, relation->column_count);
        for (size_t k = 0; k < relation->column_count; k++) {
            const struct bound_column *column = &query->columns.items[k];
            assert_string_equal(column->name, relation->columns[k].name);
            assert_int_equal(column->type->oid, relation->columns[k].type_oid);
            assert_int_equal(column->relation_oid, relation->oid);
            assert_int_equal(column->attribute, k + 1);
        }
        end(state);
        begin(state);
    }
}

static void origins_survive_subqueries(void **state)
{
    (void)state;
    const struct bound_query *query =
        bound("SELECT s.relname AS r, s.relname || 'x', s.oid FROM"
              " (SELECT oid, relname FROM pg_class) s(oid, relname)");
    uint32_t oid = system_relation_find("pg_catalog", "pg_class")->oid;
    assert_int_equal(query->columns.items[0].relation_oid, oid);
    assert_true(query->columns.items[0].attribute > 0);
    assert_int_equal(query->columns.items[1].relation_oid, 0);
    assert_int_equal(query->columns.items[2].relation_oid, oid);
}

static void conversions_are_nodes(void **state)
{
    (void)state;
    const struct bound_query *query = bound("SELECT a + 1.5 FROM (VALUES (1)) t(a)");
    const struct bound *call = query->targets[0];
    assert_int_equal(call->kind, BOUND_CALL);
    assert_int_equal(call->arguments[0]->kind, BOUND_CAST);
    assert_int_equal(call->arguments[0]->type->oid, TYPE_NUMERIC);
    assert_int_equal(call->arguments[0]->arguments[0]->kind, BOUND_COLUMN);
    assert_int_equal(call->arguments[1]->kind, BOUND_CONSTANT);
}

static void levels_count_queries(void **state)
{
    (void)state;
    const struct bound_query *query =
        bound("SELECT (SELECT t.a UNION SELECT 2) FROM (VALUES (1)) t(a)");
    const struct bound_query *set = query->targets[0]->subquery.query;
    assert_int_equal(set->kind, BOUND_QUERY_SET);
    assert_int_equal(set->left->targets[0]->column.levels, 2);
    query = bound("SELECT * FROM (VALUES (1)) t(a), generate_series(1, t.a) g,"
                  " LATERAL (SELECT t.a) s");
    const struct bound *call = query->relations[1].function.calls[0];
    assert_int_equal(call->arguments[1]->column.levels, 1);
    assert_true(query->relations[2].is_lateral);
    assert_int_equal(query->relations[2].query->targets[0]->column.levels, 1);
}

/* A side that must be converted behind its DISTINCT is put one query further in, and
 * what it reads from outside moves along. */
static void wrapped_sides_keep_their_references(void **state)
{
    (void)state;
    const struct bound_query *query =
        bound("SELECT (SELECT DISTINCT t.a UNION SELECT 1.5) FROM (VALUES (1)) t(a)");
    const struct bound_query *left = query->targets[0]->subquery.query->left;
    assert_int_equal(left->targets[0]->kind, BOUND_CAST);
    assert_int_equal(left->relations[0].kind, BOUND_RELATION_QUERY);
    assert_true(left->relations[0].query->is_distinct);
    assert_int_equal(left->relations[0].query->targets[0]->column.levels, 3);
}

static void aggregates_belong_to_the_query_of_their_columns(void **state)
{
    (void)state;
    const struct bound_query *query =
        bound("SELECT (SELECT count(t.a) FROM (VALUES (1)) u(b)) FROM (VALUES (1)) t(a)");
    const struct bound_query *inner = query->targets[0]->subquery.query;
    assert_true(query->is_grouped);
    assert_false(inner->is_grouped);
    assert_int_equal(inner->targets[0]->aggregate.levels, 1);
    query =
        bound("SELECT string_agg(a, ',' ORDER BY b DESC) FROM (VALUES ('x', 1)) t(a, b)");
    const struct bound *aggregate = query->targets[0];
    assert_int_equal(aggregate->argument_count, 3);
    assert_int_equal(aggregate->aggregate.order[0].target, 2);
    assert_true(aggregate->aggregate.order[0].is_descending);
    assert_true(aggregate->aggregate.order[0].nulls_first);
}

static void common_queries_are_counted(void **state)
{
    (void)state;
    const struct bound_query *query =
        bound("WITH RECURSIVE t(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM t),"
              " once AS NOT MATERIALIZED (SELECT 1), twice AS (SELECT 1)"
              " SELECT 1 FROM t, once, twice a WHERE EXISTS (SELECT 1 FROM twice)");
    assert_true(query->commons[0].is_recursive);
    assert_true(query->commons[0].is_materialized);
    assert_false(query->commons[1].is_materialized);
    assert_true(query->commons[2].is_materialized);
    assert_int_equal(query->commons[2].reference_count, 2);
    const struct bound_query *repeated = query->commons[0].query->right;
    assert_int_equal(repeated->relations[0].kind, BOUND_RELATION_COMMON);
    assert_int_equal(repeated->relations[0].common.levels, 2);
}

static void sorting_adds_hidden_targets(void **state)
{
    (void)state;
    const struct bound_query *query =
        bound("SELECT a FROM (VALUES (1, 2)) t(a, b) ORDER BY b, a, b DESC");
    assert_int_equal(query->columns.count, 1);
    assert_int_equal(query->target_count, 2);
    assert_int_equal(query->order_count, 2);
    assert_int_equal(query->order[0].target, 1);
    assert_int_equal(query->order[1].target, 0);
}

static void expressions_are_assigned(void **state)
{
    (void)state;
    struct ast_expression *expression = NULL;
    const struct bound *result = NULL;
    struct bind_surroundings around = surroundings("");
    assert_int_equal(sql_parse_expression(arena, bytes_of_text("'5'"), &expression, &err),
                     RC_OK);
    assert_int_equal(bind_expression(arena, &around, expression, type_find_oid(TYPE_INT8),
                                     &result, &err),
                     RC_OK);
    assert_int_equal(result->kind, BOUND_CONSTANT);
    assert_int_equal(result->constant.datum.int64, 5);
    assert_int_equal(bind_expression(arena, &around, expression, NULL, &result, &err),
                     RC_OK);
    assert_int_equal(result->type->oid, TYPE_TEXT);
    assert_int_equal(
        sql_parse_expression(arena, bytes_of_text("true"), &expression, &err), RC_OK);
    assert_int_equal(bind_expression(arena, &around, expression, type_find_oid(TYPE_INT8),
                                     &result, &err),
                     RC_FAILED);
    assert_int_equal(err.state, SQLSTATE_DATATYPE_MISMATCH);
}

static void parameters_can_be_declared_or_closed(void **state)
{
    (void)state;
    const struct type *declared[] = {type_find_oid(TYPE_INT8)};
    const struct bound_query *query = NULL;
    parameters = (struct bind_parameters){declared, 1, false};
    assert_int_equal(bound("SELECT $1")->columns.items[0].type->oid, TYPE_INT8);
    parameters = (struct bind_parameters){NULL, 0, true};
    assert_int_equal(bind("SELECT 1, $1", &query), RC_FAILED);
    assert_int_equal(err.state, SQLSTATE_UNDEFINED_PARAMETER);
    assert_string_equal(err.message, "there is no parameter $1");
    assert_int_equal(err.position, 11);
}

static void places_are_characters(void **state)
{
    (void)state;
    const struct bound_query *query = NULL;
    assert_int_equal(bind("SELECT 'äöü', nosuch", &query), RC_FAILED);
    assert_int_equal(err.position, 15);
}

/* NOT NOT ... true, as no text could nest it: the parser has its own limit. */
static void depth_is_limited(void **state)
{
    (void)state;
    struct ast_expression *expression = ARENA_NEW(arena, struct ast_expression);
    const struct bound *result = NULL;
    struct bind_surroundings around = surroundings("");
    expression->kind = EXPRESSION_CONSTANT;
    expression->constant.kind = CONSTANT_BOOL;
    for (size_t i = 1; i <= BIND_DEPTH_MAX; i++) {
        struct ast_expression *outer = ARENA_NEW(arena, struct ast_expression);
        if (i == BIND_DEPTH_MAX)
            assert_int_equal(
                bind_expression(arena, &around, expression, NULL, &result, &err), RC_OK);
        outer->kind = EXPRESSION_NOT;
        outer->operand = expression;
        expression = outer;
    }
    assert_int_equal(bind_expression(arena, &around, expression, NULL, &result, &err),
                     RC_FAILED);
    assert_int_equal(err.state, SQLSTATE_STATEMENT_TOO_COMPLEX);
    assert_string_equal(err.message, "stack depth limit exceeded");
}

static void what_is_missing_is_refused_by_name(void **state)
{
    static const char *const texts[] = {
        "SELECT B'01'",
        "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY 1)",
        "SELECT concat(VARIADIC ARRAY['a'])",
        "SELECT make_interval(days => 3)",
        "SELECT 1 INTO t",
    };
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        const struct bound_query *query = NULL;
        assert_int_equal(bind(texts[i], &query), RC_FAILED);
        if (err.state != SQLSTATE_FEATURE_NOT_SUPPORTED)
            fail_msg("%s: %s", texts[i], err.message);
        end(state);
        begin(state);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(statements_are_described_as_by_postgresql),
        TEST(every_system_relation_binds),
        TEST(origins_survive_subqueries),
        TEST(conversions_are_nodes),
        TEST(levels_count_queries),
        TEST(wrapped_sides_keep_their_references),
        TEST(aggregates_belong_to_the_query_of_their_columns),
        TEST(common_queries_are_counted),
        TEST(sorting_adds_hidden_targets),
        TEST(expressions_are_assigned),
        TEST(parameters_can_be_declared_or_closed),
        TEST(places_are_characters),
        TEST(depth_is_limited),
        TEST(what_is_missing_is_refused_by_name),
    };
#undef TEST
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
