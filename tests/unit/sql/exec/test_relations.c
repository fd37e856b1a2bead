/* The live relations of the SQL side, and that our own parser takes every view. */
#include "sql/exec/relations.h"
#include "sql/functions/function.h"
#include "sql/parse/parse.h"
#include "sql/types/cast.h"
#include "support/unit.h"
#include "unit/catalog/relation_rows.h"

static enum rc live_rows(const struct system_relation *relation,
                         const struct system_scan *scan, struct error *err)
{
    bool known = false;

    TRY(sql_live_rows(relation, NULL, scan, &known, err));
    assert_true(known);
    return RC_OK;
}

static const char *const names[] = {"base_types", "base_functions", "base_operators",
                                    "base_casts", "base_settings"};

static struct relation_rows *read_rows(const char *name, const struct system_key *key,
                                       struct arena *arena)
{
    struct system_scan scan = {NULL, NULL, NULL, key};

    return relation_rows_read(system_relation_find("mz_internal", name), &scan, live_rows,
                              arena);
}

static void tables_have_their_rows(void **state)
{
    struct arena *arena = arena_new("test", NULL);

    (void)state;
    assert_int_equal(read_rows("base_types", NULL, arena)->count, type_count());
    assert_in_range(read_rows("base_functions", NULL, arena)->count, function_count(),
                    2 * function_count());
    assert_int_equal(read_rows("base_operators", NULL, arena)->count, operator_count());
    assert_int_equal(read_rows("base_casts", NULL, arena)->count, cast_count());
    assert_int_equal(read_rows("base_settings", NULL, arena)->count, SETTING_COUNT);
    arena_free(&arena);
}

static void keys_find_the_same_rows(void **state)
{
    struct system_scan scan = {NULL, NULL, NULL, NULL};
    struct system_key none = {0, {SYSTEM_CELL_NULL, NULL, 0}};
    struct system_key text = {0, {SYSTEM_CELL_NUMBER, NULL, 25}};
    struct arena *arena = arena_new("test", NULL);

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        relation_check_keys(system_relation_find("mz_internal", names[i]), &scan,
                            live_rows, 29);
        assert_int_equal(read_rows(names[i], &none, arena)->count, 0);
    }
    assert_int_equal(read_rows("base_types", &text, arena)->count, 1);
    arena_free(&arena);
}

static void oids_are_unique(void **state)
{
    struct arena *arena = arena_new("test", NULL);

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct relation_rows *rows = read_rows(names[i], NULL, arena);

        for (size_t j = 0; j < rows->count; j++)
            assert_int_equal(relation_rows_with(rows, 0, &rows->rows[j][0]), 1);
    }
    arena_free(&arena);
}

/* Every function that a type of the table names has an OID, but for Materialize's. */
static void types_name_functions(void **state)
{
    (void)state;
    for (size_t i = 0; i < type_count(); i++) {
        const struct type *type = type_at(i);
        const char *const functions[] = {type->input_name, type->output_name,
                                         type->receive_name, type->send_name,
                                         type->typmod_input_name};

        for (size_t j = 0; j < ARRAY_COUNT(functions); j++) {
            uint32_t oid = sql_type_function_oid(functions[j]);

            if (strcmp(functions[j], "-") == 0 ||
                (type->oid >= 16384 && strncmp(functions[j], "array", 5) != 0))
                assert_int_equal(oid, 0);
            else if (oid == 0)
                fail_msg("%s has no OID", functions[j]);
            else
                assert_string_equal(sql_type_function_name(oid), functions[j]);
        }
    }
    assert_null(sql_type_function_name(0));
}

/* pg_type's row of varchar, as PostgreSQL 15 has it. */
static void varchar_is_postgresqls(void **state)
{
    static const int64_t functions[] = {1046, 1047, 2432, 2433, 2915, 2916, 0};
    enum { INPUT_COLUMN = 13 };
    struct system_key key = {0, {SYSTEM_CELL_NUMBER, NULL, 1043}};
    struct arena *arena = arena_new("test", NULL);
    struct relation_rows *rows = read_rows("base_types", &key, arena);

    (void)state;
    assert_int_equal(rows->count, 1);
    assert_string_equal(rows->rows[0][1].text, "varchar");
    assert_string_equal(rows->rows[0][2].text, "character varying");
    for (size_t i = 0; i < ARRAY_COUNT(functions); i++)
        assert_int_equal(rows->rows[0][INPUT_COLUMN + i].number, functions[i]);
    arena_free(&arena);
}

/* The value that pg_settings shows, in the setting's own unit. */
static void settings_show_their_values(void **state)
{
    struct system_key key = {0, {SYSTEM_CELL_TEXT, "statement_timeout", 0}};
    struct settings *settings = settings_new();
    struct arena *arena = arena_new("test", NULL);
    const struct system_relation *relation =
        system_relation_find("mz_internal", "base_settings");
    struct relation_rows *rows = ARENA_NEW(arena, struct relation_rows);
    struct system_sink sink = {relation_rows_add, rows};
    struct system_scan scan = {NULL, NULL, &sink, &key};
    struct error err;
    bool known = false;

    (void)state;
    error_clear(&err);
    rows->relation = relation;
    rows->arena = arena;
    assert_int_equal(
        settings_set(settings, "statement_timeout", "2min", SETTINGS_SESSION, &err),
        RC_OK);
    assert_int_equal(sql_live_rows(relation, settings, &scan, &known, &err), RC_OK);
    assert_int_equal(rows->count, 1);
    assert_string_equal(rows->rows[0][1].text, "120000");
    assert_string_equal(rows->rows[0][2].text, "ms");
    assert_string_equal(rows->rows[0][7].text, "session");
    settings_free(&settings);
    arena_free(&arena);
}

static void others_are_not_known(void **state)
{
    struct system_scan scan = {NULL, NULL, NULL, NULL};
    struct error err;
    bool known = true;

    (void)state;
    error_clear(&err);
    assert_int_equal(sql_live_rows(system_relation_find("mz_internal", "mz_sessions"),
                                   NULL, &scan, &known, &err),
                     RC_OK);
    assert_false(known);
}

static void our_parser_takes_every_view(void **state)
{
    struct arena *arena = arena_new("test", NULL);
    const struct system_relation *relation = NULL;

    (void)state;
    for (size_t i = 0; (relation = system_relation_at(i)) != NULL; i++) {
        struct ast_statement_list list;
        struct error err;

        error_clear(&err);
        if (relation->kind == SYSTEM_RELATION_VIEW &&
            sql_parse(arena, bytes_of(relation->view_sql, strlen(relation->view_sql)),
                      &list, &err) != RC_OK)
            fail_msg("%s: %s", relation->name, err.message);
    }
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_have_their_rows),
        cmocka_unit_test(keys_find_the_same_rows),
        cmocka_unit_test(oids_are_unique),
        cmocka_unit_test(types_name_functions),
        cmocka_unit_test(varchar_is_postgresqls),
        cmocka_unit_test(settings_show_their_values),
        cmocka_unit_test(others_are_not_known),
        cmocka_unit_test(our_parser_takes_every_view),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
