/* SHOW <objects> becomes a query over mz_internal's views. */
#include "base/arena.h"
#include "catalog/comment.h"
#include "catalog/object.h"
#include "sql/bind/show.h"
#include "sql/exec/execute.h"
#include "sql/parse/parse.h"
#include "unit/catalog/catalog_fixture.h"

static struct catalog_fixture fixture;
static struct arena *arena;
static struct error err;
static const struct ast_query *query;
static const char *const schemas[] = {"public"};
static struct catalog_path path;

static int set_up(void **state)
{
    (void)state;
    catalog_fixture_init(&fixture);
    arena = arena_new("test", NULL);
    path = (struct catalog_path){"materialize", schemas, 1, NULL};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(&arena);
    catalog_fixture_fini(&fixture);
    return 0;
}

static enum rc show(const char *text)
{
    struct bind_surroundings surroundings = {.transaction = fixture.transaction,
                                             .path = &path};
    struct ast_statement_list list = {NULL, 0};
    error_clear(&err);
    query = NULL;
    assert_int_equal(sql_parse(arena, bytes_of_text(text), &list, &err), RC_OK);
    assert_int_equal(list.items[0]->kind, STATEMENT_SHOW_OBJECTS);
    return show_objects_query(arena, &surroundings, list.items[0]->show_objects, &query,
                              &err);
}

static void show_ok(const char *text)
{
    enum rc rc = show(text);
    if (rc != RC_OK)
        print_error("%s: %s\n", text, err.message);
    assert_int_equal(rc, RC_OK);
    assert_int_equal(query->kind, QUERY_SELECT);
}

static struct type_context types;

/* The made text means something to the binder too. */
static const struct bound_query *binds(const char *text)
{
    types.arena = arena;
    struct bind_surroundings surroundings = {
        .transaction = fixture.transaction, .path = &path, .types = &types};
    const struct bound_query *bound = NULL;
    show_ok(text);
    enum rc rc = bind_query(arena, &surroundings, query, &bound, &err);
    if (rc != RC_OK)
        print_error("%s: %s\n", text, err.message);
    assert_int_equal(rc, RC_OK);
    assert_int_equal(bound->columns.count, query->select.targets.count);
    return bound;
}

/* Its rows: cells end in a bar, rows in a blank. */
static void yields(const char *text, const char *wanted)
{
    struct execution_settings settings = {.transaction = fixture.transaction,
                                          .types = &types};
    const struct bound_query *bound = binds(text);
    const struct plan_statement *plan = NULL;
    struct execution *execution = NULL;
    struct batch batch;
    struct buffer rows;
    buffer_init(&rows, 1 << 20);
    assert_int_equal(plan_query(arena, bound, &plan, &err), RC_OK);
    assert_int_equal(execution_open(&settings, plan, &execution, &err), RC_OK);
    while (execution_next(execution, &batch, &err) == RC_OK) {
        for (size_t row = 0; row < batch.count; row++) {
            for (size_t i = 0; i < bound->columns.count; i++) {
                const struct vector *cells = &batch.columns[i];
                if (!cells->nulls[row])
                    type_output(cells->type, &types, cells->values[row], &rows);
                buffer_add_u8(&rows, '|');
            }
            buffer_add_u8(&rows, ' ');
        }
    }
    execution_close(&execution);
    buffer_add_u8(&rows, 0);
    assert_string_equal((const char *)buffer_bytes(&rows).at, wanted);
    buffer_fini(&rows);
}

static void fails(const char *text, const char *code, const char *message)
{
    enum rc rc = show(text);
    if (rc != RC_FAILED || strcmp(err.message, message) != 0)
        print_error("%s: %s\n", text, rc == RC_FAILED ? err.message : "went well");
    assert_int_equal(rc, RC_FAILED);
    assert_string_equal(err.message, message);
    assert_string_equal(sqlstate_code(err.state), code);
}

static const struct ast_select *inner(void)
{
    assert_int_equal(query->select.from.count, 1);
    assert_int_equal(query->select.from.items[0]->kind, FROM_SUBQUERY);
    return &query->select.from.items[0]->subquery->select;
}

static const char *relation(void)
{
    const struct ast_name *name = &inner()->from.items[0]->relation.name;
    assert_int_equal(name->count, 2);
    assert_string_equal(name->parts[0], "mz_internal");
    return name->parts[1];
}

static const char *column(size_t index)
{
    const struct ast_expression *expression =
        query->select.targets.items[index].expression;
    assert_int_equal(expression->kind, EXPRESSION_COLUMN);
    return expression->column.name.parts[0];
}

static void columns_and_order(void **state)
{
    (void)state;
    show_ok("SHOW CONNECTIONS");
    assert_string_equal(relation(), "mz_show_connections");
    assert_int_equal(query->select.targets.count, 3);
    assert_string_equal(column(0), "name");
    assert_string_equal(column(1), "type");
    assert_string_equal(column(2), "comment");
    assert_int_equal(query->order_by.count, 3);
    assert_null(query->select.where);
    show_ok("SHOW SECRETS FROM materialize.public");
    assert_string_equal(relation(), "mz_show_secrets");
    assert_int_equal(query->select.targets.count, 2);
    show_ok("SHOW DATABASES");
    assert_string_equal(relation(), "mz_show_databases");
    show_ok("SHOW OBJECTS FROM mz_catalog");
    assert_string_equal(relation(), "mz_show_all_objects");
}

/* The condition `<anything> AND column = 'id'` ends in the id of the place. */
static const char *last_literal(const struct ast_expression *expression)
{
    assert_int_equal(expression->kind, EXPRESSION_AND);
    const struct ast_expression *last =
        expression->list.items[expression->list.count - 1];
    if (last->kind == EXPRESSION_OR)
        last = last->list.items[0];
    assert_int_equal(last->kind, EXPRESSION_OPERATOR);
    return last->operation.right->constant.text;
}

static void places(void **state)
{
    (void)state;
    show_ok("SHOW SECRETS");
    assert_string_equal(last_literal(inner()->where), "u3");
    show_ok("SHOW SECRETS FROM mz_catalog");
    assert_string_equal(last_literal(inner()->where), "s1");
    show_ok("SHOW SCHEMAS");
    assert_string_equal(last_literal(inner()->where), "u1");
    show_ok("SHOW SCHEMAS FROM materialize");
    assert_string_equal(last_literal(inner()->where), "u1");
    fails("SHOW SCHEMAS FROM nowhere", "3D000", "database \"nowhere\" does not exist");
    fails("SHOW SECRETS FROM nowhere", "3F000", "schema \"nowhere\" does not exist");
    fails("SHOW SECRETS FROM a.public", "3D000", "database \"a\" does not exist");
    fails("SHOW ROLES FROM public", "42601", "SHOW ROLES does not take FROM");
    path.schema_count = 0;
    fails("SHOW SECRETS", "3F000", "no valid schema selected");
}

static void filters(void **state)
{
    (void)state;
    show_ok("SHOW CONNECTIONS LIKE 'a''%'");
    assert_int_equal(query->select.where->kind, EXPRESSION_LIKE);
    assert_string_equal(query->select.where->like.pattern->constant.text, "a'%");
    (void)binds("SHOW CONNECTIONS WHERE type = 'ssh-tunnel'");
    assert_int_equal(query->select.where->kind, EXPRESSION_OPERATOR);
    (void)binds("SHOW COLUMNS FROM mz_connections WHERE nullable");
    assert_int_equal(query->select.where->kind, EXPRESSION_COLUMN);
    fails("SHOW SECRETS IN CLUSTER c", "42601", "SHOW SECRETS does not take IN CLUSTER");
}

static void columns_of_relations(void **state)
{
    struct catalog_object object = {.kind = OBJECT_KIND_SECRET, .name = "s"};
    (void)state;
    object.parent_id = (struct catalog_id){CATALOG_CLASS_SCHEMA, 'u', 3};
    object.owner_id = (struct catalog_id){CATALOG_CLASS_ROLE, 'u', 1};
    assert_int_equal(catalog_create(fixture.transaction, &object, NULL, 0, &err), RC_OK);
    show_ok("SHOW COLUMNS FROM mz_connections");
    assert_int_equal(query->select.targets.count, 4);
    const struct ast_query *values = query->select.from.items[0]->subquery;
    assert_int_equal(values->kind, QUERY_VALUES);
    assert_string_equal(values->values.rows[0].items[0]->constant.text, "id");
    assert_string_equal(values->values.rows[0].items[2]->constant.text, "text");
    fails("SHOW COLUMNS FROM s", "XX000",
          "materialize.public.s is a secret and so does not have columns");
    fails("SHOW COLUMNS FROM nobody", "XX000", "unknown catalog item 'nobody'");
    fails("SHOW TABLES ON s", "XX000", "cannot show tables on s because it is a secret");
    (void)binds("SHOW INDEXES ON mz_connections");
}

static void rows(void **state)
{
    struct catalog_object object = {.kind = OBJECT_KIND_SECRET, .name = "s"};
    (void)state;
    object.parent_id = (struct catalog_id){CATALOG_CLASS_SCHEMA, 'u', 3};
    object.owner_id = (struct catalog_id){CATALOG_CLASS_ROLE, 'u', 1};
    assert_int_equal(catalog_create(fixture.transaction, &object, NULL, 0, &err), RC_OK);
    assert_int_equal(
        catalog_comment_set(fixture.transaction, object.id, 0, "of a database", &err),
        RC_OK);
    object.id = (struct catalog_id){0, 0, 0};
    object.oid = 0;
    object.name = "a";
    assert_int_equal(catalog_create(fixture.transaction, &object, NULL, 0, &err), RC_OK);
    yields("SHOW DATABASES", "materialize|| ");
    yields("SHOW SECRETS", "a|| s|of a database| ");
    yields("SHOW SECRETS LIKE 's%'", "s|of a database| ");
    yields("SHOW SECRETS WHERE comment = ''", "a|| ");
    yields("SHOW OBJECTS", "a|secret|| s|secret|of a database| ");
    yields("SHOW CONNECTIONS", "");
    yields("SHOW COLUMNS FROM mz_ssh_tunnel_connections",
           "id|f|text|| public_key_1|f|text|| public_key_2|f|text|| ");
}

/* Each is a query, or is refused by its name. */
static void every_kind(void **state)
{
    static const char *const words[] = {"DATABASES",
                                        "SCHEMAS",
                                        "ROLES",
                                        "SECRETS",
                                        "CONNECTIONS",
                                        "OBJECTS",
                                        "TABLES",
                                        "VIEWS",
                                        "TYPES",
                                        "MATERIALIZED VIEWS",
                                        "INDEXES",
                                        "SOURCES",
                                        "SUBSOURCES",
                                        "SINKS",
                                        "CLUSTERS",
                                        "CLUSTER REPLICAS",
                                        "NETWORK POLICIES",
                                        "CONTINUAL TASKS",
                                        "PRIVILEGES",
                                        "DEFAULT PRIVILEGES",
                                        "ROLE MEMBERSHIP"};
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
        const char *text = arena_printf(arena, "SHOW %s", words[i]);
        if (i < 14) {
            (void)binds(text);
        } else if (show(text) != RC_OK) {
            assert_int_equal(err.state, SQLSTATE_FEATURE_NOT_SUPPORTED);
            assert_string_equal(err.message,
                                arena_printf(arena, "%s is not supported", text));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(columns_and_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(places, set_up, tear_down),
        cmocka_unit_test_setup_teardown(filters, set_up, tear_down),
        cmocka_unit_test_setup_teardown(columns_of_relations, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_kind, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
