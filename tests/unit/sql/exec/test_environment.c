/* sql/exec/environment: what functions and the reg* types tell of session and catalog.
 * Words are PostgreSQL 15's; "!" stands before the text of an error. */
#include "sql/exec/environment.h"
#include "sql/functions/resolve.h"
#include "unit/catalog/catalog_fixture.h"

enum { ARGUMENTS_MAX = 4 };

static struct catalog_fixture fixture;
static struct arena *arena;
static struct settings *settings;
static struct session_environment session;
static struct environment environment;
static struct type_context context;
static int32_t signalled;

static const char *const schemas[] = {"nowhere", "public"};
static const struct catalog_path path = {"materialize", schemas, 2, NULL};

static bool take_signal(void *owner, int32_t pid, bool terminates)
{
    (void)owner;
    signalled = terminates ? -pid : pid;
    return pid == 42;
}

static int set_up(void **state)
{
    (void)state;
    arena = arena_new("test", NULL);
    settings = settings_new();
    catalog_fixture_init(&fixture);
    session = (struct session_environment){
        .transaction = fixture.transaction,
        .settings = settings,
        .path = &path,
        .user = "materialize",
        .session_user = "mz_support",
        .backend_pid = 7,
        .server_started = 1000000,
        .statement_time = INT64_C(90061000000) + 1000000,
        .client_address = "::1",
        .client_port = 5,
        .signal = take_signal,
    };
    session_environment_functions(&session, &environment);
    session_environment_types(&session, &context);
    context.arena = arena;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    catalog_fixture_fini(&fixture);
    settings_free(&settings);
    arena_free(&arena);
    return 0;
}

static const struct {
    const char *name;
    uint32_t types[ARGUMENTS_MAX];
    const char *texts[ARGUMENTS_MAX]; /* "NULL" is none */
    const char *expected;
} rows[] = {
    {"current_user", {0}, {0}, "materialize"},
    {"session_user", {0}, {0}, "mz_support"},
    {"current_database", {0}, {0}, "materialize"},
    {"current_schema", {0}, {0}, "public"},
    {"current_schemas", {TYPE_BOOL}, {"f"}, "{public}"},
    {"current_schemas",
     {TYPE_BOOL},
     {"t"},
     "{pg_catalog,public,mz_catalog,mz_internal,information_schema}"},
    {"pg_backend_pid", {0}, {0}, "7"},
    {"version", {0}, {0}, "PostgreSQL 15.0 (Culvert)"},
    {"mz_uptime", {0}, {0}, "1 day 01:01:01"},
    {"inet_client_port", {0}, {0}, "5"},
    {"getdatabaseencoding", {0}, {0}, "UTF8"},
    {"current_setting", {TYPE_TEXT}, {"server_version"}, "15.0"},
    {"current_setting",
     {TYPE_TEXT},
     {"nos"},
     "!unrecognized configuration parameter \"nos\""},
    {"current_setting", {TYPE_TEXT, TYPE_BOOL}, {"nos", "t"}, "NULL"},
    {"set_config",
     {TYPE_TEXT, TYPE_TEXT, TYPE_BOOL},
     {"application_name", "me", "f"},
     "me"},
    {"current_setting", {TYPE_TEXT}, {"application_name"}, "me"},
    {"set_config",
     {TYPE_TEXT, TYPE_TEXT, TYPE_BOOL},
     {"application_name", "NULL", "f"},
     ""},
    {"pg_cancel_backend", {TYPE_INT4}, {"42"}, "t"},
    {"pg_terminate_backend", {TYPE_INT4}, {"9"}, "f"},
    {"pg_get_userbyid", {TYPE_OID}, {"16667"}, "materialize"},
    {"pg_get_userbyid", {TYPE_OID}, {"1"}, "unknown (OID=1)"},
    {"pg_table_is_visible", {TYPE_OID}, {"1"}, "NULL"},
    {"pg_type_is_visible", {TYPE_OID}, {"23"}, "t"},
    {"pg_type_is_visible", {TYPE_OID}, {"1"}, "NULL"},
    {"pg_function_is_visible", {TYPE_OID}, {"1299"}, "t"},
    {"format_type", {TYPE_OID, TYPE_INT4}, {"1042", "-1"}, "bpchar"},
    {"format_type", {TYPE_OID, TYPE_INT4}, {"1042", "NULL"}, "character"},
    {"format_type", {TYPE_OID, TYPE_INT4}, {"1043", "14"}, "character varying(10)"},
    {"format_type",
     {TYPE_OID, TYPE_INT4},
     {"1114", "3"},
     "timestamp(3) without time zone"},
    {"format_type",
     {TYPE_OID, TYPE_INT4},
     {"1186", "470286339"},
     "interval day to second(3)"},
    {"format_type", {TYPE_OID, TYPE_INT4}, {"0", "NULL"}, "-"},
    {"format_type", {TYPE_OID, TYPE_INT4}, {"99999", "NULL"}, "???"},
    {"obj_description", {TYPE_OID, TYPE_NAME}, {"16667", "pg_class"}, "NULL"},
    {"pg_get_constraintdef", {TYPE_OID}, {"1"}, "NULL"},
    {"pg_get_viewdef", {TYPE_OID}, {"1"}, "NULL"},
    {"pg_get_viewdef", {TYPE_TEXT}, {"nox"}, "!relation \"nox\" does not exist"},
    {"pg_get_function_arguments", {TYPE_OID}, {"3058"}, "VARIADIC \"any\""},
    {"pg_get_function_arguments", {TYPE_OID}, {"877"}, "text, integer, integer"},
    {"pg_get_function_result", {TYPE_OID}, {"1066"}, "SETOF integer"},
    {"to_regclass", {TYPE_TEXT}, {"nos.x"}, "NULL"},
    {"to_regclass", {TYPE_TEXT}, {"pg_catalog.pg_namespace"}, "pg_namespace"},
    {"to_regtype",
     {TYPE_TEXT},
     {"timestamp(3)  with time zone[]"},
     "timestamp with time zone[]"},
    {"to_regtype", {TYPE_TEXT}, {"nos"}, "NULL"},
    {"has_table_privilege", {TYPE_TEXT, TYPE_TEXT}, {"pg_namespace", "select"}, "t"},
    {"has_table_privilege",
     {TYPE_TEXT, TYPE_TEXT},
     {"nox", "select"},
     "!relation \"nox\" does not exist"},
    {"has_table_privilege", {TYPE_OID, TYPE_TEXT}, {"1", "select"}, "NULL"},
    {"has_table_privilege",
     {TYPE_TEXT, TYPE_TEXT},
     {"pg_namespace", "foo"},
     "!unrecognized privilege type: \"foo\""},
    {"has_table_privilege",
     {TYPE_NAME, TYPE_TEXT, TYPE_TEXT},
     {"nobody", "pg_namespace", "select"},
     "!role \"nobody\" does not exist"},
    {"has_table_privilege",
     {TYPE_NAME, TYPE_TEXT, TYPE_TEXT},
     {"mz_support", "pg_namespace", "insert"},
     "f"},
    {"has_database_privilege",
     {TYPE_TEXT, TYPE_TEXT},
     {"nodb", "connect"},
     "!database \"nodb\" does not exist"},
    {"has_schema_privilege", {TYPE_TEXT, TYPE_TEXT}, {"public", "usage"}, "t"},
    {"pg_has_role", {TYPE_NAME, TYPE_TEXT}, {"mz_support", "usage"}, "t"},
    {"pg_has_role",
     {TYPE_NAME, TYPE_NAME, TYPE_TEXT},
     {"mz_support", "materialize", "usage"},
     "f"},
};

static const struct {
    uint32_t type;
    const char *text;
    const char *expected;
} names[] = {
    {TYPE_REGCLASS, "pg_namespace", "pg_namespace"},
    {TYPE_REGCLASS, "PG_CATALOG.\"pg_namespace\"", "pg_namespace"},
    {TYPE_REGCLASS, "nox", "!relation \"nox\" does not exist"},
    {TYPE_REGCLASS, "nos.x", "!schema \"nos\" does not exist"},
    {TYPE_REGCLASS, "x.y.z", "!cross-database references are not implemented: \"x.y.z\""},
    {TYPE_REGCLASS, "", "!invalid name syntax"},
    {TYPE_REGCLASS, "99999", "99999"},
    {TYPE_REGCLASS, "-", "-"},
    {TYPE_REGTYPE, "int4", "integer"},
    {TYPE_REGTYPE, "pg_catalog.int4[]", "integer[]"},
    {TYPE_REGTYPE, "character varying(10)", "character varying"},
    {TYPE_REGTYPE, "\"char\"", "\"char\""},
    {TYPE_REGTYPE, "nos", "!type \"nos\" does not exist"},
    {TYPE_REGPROC, "pg_catalog.array_in", "array_in"},
    {TYPE_REGPROC, "nos", "!function \"nos\" does not exist"},
    {TYPE_REGPROC, "abs", "!more than one function named \"abs\""},
    {TYPE_REGPROCEDURE, "abs(int4)", "abs(integer)"},
    {TYPE_REGOPER, "+", "!more than one operator named +"},
    {TYPE_REGOPER, "||/", "||/"},
    {TYPE_REGOPER, "96", "pg_catalog.="},
    {TYPE_REGOPERATOR, "+(int4,int4)", "+(integer,integer)"},
    {TYPE_REGOPERATOR, "-(NONE,int4)", "-(NONE,integer)"},
    {TYPE_REGNAMESPACE, "public", "public"},
    {TYPE_REGNAMESPACE, "nos", "!schema \"nos\" does not exist"},
    {TYPE_REGROLE, "mz_support", "mz_support"},
    {TYPE_REGROLE, "nos", "!role \"nos\" does not exist"},
    {TYPE_REGCOLLATION, "\"C\"", "\"C\""},
    {TYPE_REGCOLLATION, "nos", "!collation \"nos\" for encoding \"UTF8\" does not exist"},
};

static const char *print(const struct type *type, union datum datum)
{
    struct buffer out;
    buffer_init(&out, TYPE_VALUE_MAX);
    type_output(type, &context, datum, &out);
    struct bytes bytes = buffer_bytes(&out);
    const char *text = arena_strndup(arena, (const char *)bytes.at, bytes.len);
    buffer_fini(&out);
    return text;
}

static enum rc run(size_t row, const char **out, struct error *err)
{
    const struct type *types[ARGUMENTS_MAX] = {0};
    struct value values[ARGUMENTS_MAX] = {{.null = false}};
    struct resolved resolved = {0};
    struct value result = {0};
    size_t count = 0;
    for (; count < ARGUMENTS_MAX && rows[row].texts[count] != NULL; count++) {
        types[count] = type_find_oid(rows[row].types[count]);
        values[count].null = strcmp(rows[row].texts[count], "NULL") == 0;
        if (!values[count].null)
            TRY(type_input(types[count], &context, bytes_of_text(rows[row].texts[count]),
                           -1, &values[count].datum, err));
    }
    TRY(resolve_function(arena, bytes_of_text(rows[row].name), types, count, &resolved,
                         err));
    struct call call = {
        .function = resolved.function,
        .arena = arena,
        .types = &context,
        .environment = &environment,
        .argument_count = count,
        .argument_types = resolved.argument_types,
        .result_type = resolved.result_type,
    };
    TRY(function_evaluate_row(&call, values, &result, err));
    *out = result.null ? "NULL" : print(resolved.result_type, result.datum);
    return RC_OK;
}

static size_t differs(const char *what, const char *out, const char *expected)
{
    if (strcmp(out, expected) == 0)
        return 0;
    print_error("%s: %s, expected %s\n", what, out, expected);
    return 1;
}

static void functions_answer(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct error err;
        const char *out = "";
        error_clear(&err);
        if (run(i, &out, &err) != RC_OK)
            out = arena_printf(arena, "!%s", err.message);
        wrong += differs(rows[i].name, out, rows[i].expected);
    }
    assert_int_equal(wrong, 0);
    assert_int_equal(signalled, -9);
}

static void names_are_found(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        struct error err;
        union datum datum;
        const struct type *type = type_find_oid(names[i].type);
        const char *out = "";
        error_clear(&err);
        if (type_input(type, &context, bytes_of_text(names[i].text), -1, &datum, &err) ==
            RC_OK)
            out = print(type, datum);
        else
            out = arena_printf(arena, "!%s", err.message);
        wrong += differs(names[i].text, out, names[i].expected);
    }
    assert_int_equal(wrong, 0);
}

/* The setting's zone tells how instants are read and shown. */
static void zone_is_the_setting(void **state)
{
    (void)state;
    struct error err;
    union datum datum;
    const struct type *type = type_find_oid(TYPE_TIMESTAMPTZ);
    static const struct {
        const char *zone;
        const char *expected;
    } zones[] = {
        {"Europe/Prague", "2020-07-01 12:00:00+02"},
        {"America/New_York", "2020-07-01 12:00:00-04"},
        {"-3", "2020-07-01 12:00:00-03"},
        {"UTC", "2020-07-01 12:00:00+00"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(zones); i++) {
        assert_int_equal(
            settings_set(settings, "TimeZone", zones[i].zone, SETTINGS_SESSION, &err),
            RC_OK);
        session_environment_types(&session, &context);
        assert_int_equal(type_input(type, &context, bytes_of_text("2020-07-01 12:00"), -1,
                                    &datum, &err),
                         RC_OK);
        assert_string_equal(print(type, datum), zones[i].expected);
    }
}

/* Every row of the kind has its answer or an error with a name; none ends the process. */
static void every_function_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < function_count(); i++) {
        const struct function *function = function_at(i);
        const struct type *types[FUNCTION_SIGNATURE_MAX] = {0};
        struct value values[FUNCTION_SIGNATURE_MAX] = {{.null = false}};
        struct value result;
        struct error err;
        if (function->kind != FUNCTION_ENVIRONMENT)
            continue;
        for (size_t at = 0; at < function->argument_count; at++) {
            types[at] = type_find_oid(function->arguments[at]);
            if (types[at]->methods->storage == TYPE_STORAGE_BYTES)
                values[at].datum.bytes = bytes_of_text("select");
        }
        struct call call = {
            .function = function,
            .arena = arena,
            .types = &context,
            .environment = &environment,
            .argument_count = function->argument_count,
            .argument_types = types,
            .result_type = type_find_oid(function->result),
        };
        error_clear(&err);
        enum rc rc = function_evaluate_row(&call, values, &result, &err);
        assert_true(rc == RC_OK || (rc == RC_FAILED && err.message[0] != '\0'));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_answer),
        cmocka_unit_test(names_are_found),
        cmocka_unit_test(zone_is_the_setting),
        cmocka_unit_test(every_function_answers),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
