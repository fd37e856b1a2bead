/* CREATE, VALIDATE, EXPLAIN and SHOW CREATE of connections, and their definitions. */
#include "unit/sql/command/command_fixture.h"

static const char tunnel[] = "CREATE CONNECTION b TO SSH TUNNEL "
                             "(HOST 'bastion', USER 'etl', PORT 22)";

static void tunnel_gets_keys(void **state)
{
    (void)state;
    run_ok(tunnel, "CREATE CONNECTION");
    const struct catalog_object *object = find("b");
    assert_string_equal(object->connection.connection_kind, "ssh-tunnel");
    assert_string_equal(object->connection.public_key_1, "ssh-ed25519 AAAA1 materialize");
    assert_string_equal(object->connection.public_key_2, "ssh-ed25519 AAAA2 materialize");
    struct connection_definition definition = load("b");
    assert_string_equal(definition.id_text, "u1");
    assert_ptr_equal(definition.kind, &tunnel_connection_kind);
    assert_string_equal(option_text(&definition.options, "HOST"), "bastion");
    assert_int_equal(option_find(&definition.options, "PORT")->number, 22);
    assert_string_equal(definition.public_keys[1], "ssh-ed25519 AAAA2 materialize");
    secret_is(definition.private_keys[0], "private-1");
    secret_is(definition.private_keys[1], "private-2");
    assert_null(connection_definition_secret(&definition, "USER"));
    connection_definition_release(&definition);
}

static void taken_names(void **state)
{
    (void)state;
    run_ok(tunnel, "CREATE CONNECTION");
    run_fails(tunnel, "XX000", "catalog item 'b' already exists");
    run_ok("CREATE CONNECTION IF NOT EXISTS b FOR SSH TUNNEL HOST 'x', USER y",
           "CREATE CONNECTION");
    notice_is(0, COMMAND_NOTICE, "connection \"b\" already exists, skipping");
    assert_int_equal(f.notice_count, 1);
    struct connection_definition definition = load("b");
    assert_string_equal(option_text(&definition.options, "HOST"), "bastion");
    connection_definition_release(&definition);
    run_fails("CREATE CONNECTION nowhere.b TO SSH TUNNEL (HOST 'x', USER 'y')", "3F000",
              "schema \"nowhere\" does not exist");
    run_fails("CREATE CONNECTION mz_catalog.b TO SSH TUNNEL (HOST 'x', USER 'y')",
              "42501", "system schema 'mz_catalog' cannot be modified");
}

static const struct {
    const char *text;
    const char *code;
    const char *message;
} refusals[] = {
    {"CREATE CONNECTION c TO SSH TUNNEL (USER 'foo')", "XX000",
     "HOST option is required"},
    {"CREATE CONNECTION c TO SSH TUNNEL (HOST 'x')", "XX000", "USER option is required"},
    {"CREATE CONNECTION c TO SSH TUNNEL (HOST 'x', HOST 'y', USER 'u')", "XX000",
     "HOST specified more than once"},
    {"CREATE CONNECTION c TO SSH TUNNEL (HOST 'x', USER 'u', URL 'v', DATABASE 'd')",
     "XX000", "SSH TUNNEL connections do not support DATABASE, URL values"},
    {"CREATE CONNECTION c TO SSH TUNNEL (HOST 'x', USER 'u', PUBLIC KEY 1 'k')", "XX000",
     "the PUBLIC KEY 1 option cannot be explicitly specified"},
    {"CREATE CONNECTION c TO SSH TUNNEL (HOST 'x', USER SECRET s)", "XX000",
     "SSH connections do not support supplying USER value as SECRET"},
    {"CREATE CONNECTION c TO SSH TUNNEL (HOST SECRET s, USER 'u')", "XX000",
     "invalid HOST: incompatible value types: cannot convert secrets to text"},
    {"CREATE CONNECTION c TO SSH TUNNEL (HOST 5, USER 'u')", "XX000",
     "invalid HOST: cannot use value as string"},
    {"CREATE CONNECTION c TO SSH TUNNEL (HOST a.b, USER 'u')", "XX000",
     "invalid HOST: incompatible value types: cannot convert object names to text"},
    {"CREATE CONNECTION c TO SSH TUNNEL (HOST ('a', 'b'), USER 'u')", "XX000",
     "invalid HOST: incompatible value types: cannot convert sequences to text"},
    {"CREATE CONNECTION c TO SSH TUNNEL (HOST 'x', USER 'u', PORT 70000)", "XX000",
     "invalid PORT: invalid unsigned numeric value: number too large to fit in target "
     "type"},
    {"CREATE CONNECTION c TO SSH TUNNEL (HOST 'x', USER 'u', PORT -1)", "XX000",
     "invalid PORT: invalid unsigned numeric value: invalid digit found in string"},
    {"CREATE CONNECTION c TO SSH TUNNEL (HOST 'x', USER 'u', PORT 1.5)", "XX000",
     "invalid PORT: invalid unsigned numeric value: invalid digit found in string"},
    {"CREATE CONNECTION c TO SSH TUNNEL (HOST 'x', USER 'u', PORT 'ssh')", "XX000",
     "invalid PORT: cannot use value as number"},
    {"CREATE CONNECTION c TO SSH TUNNEL (HOST 'x', USER 'u') WITH (VALIDATE = 5)",
     "XX000", "invalid VALIDATE: cannot use value as boolean"},
    {"CREATE CONNECTION c TO SSH TUNNEL (HOST 'x', USER 'u') WITH (VALIDATE, VALIDATE)",
     "XX000", "VALIDATE specified more than once"},
    {"CREATE CONNECTION c TO POSTGRES (HOST 'x', USER 'u', DATABASE 'd', PASSWORD 'p')",
     "XX000", "invalid PASSWORD: must provide a secret value"},
    {"CREATE CONNECTION c TO POSTGRES (HOST 'x', USER 'u', DATABASE 'd', PASSWORD "
     "SECRET nobody)",
     "XX000", "unknown catalog item 'nobody'"},
    {"CREATE CONNECTION c TO POSTGRES (HOST 'x', USER 'u', DATABASE 'd', PASSWORD "
     "SECRET b)",
     "XX000", "materialize.public.b is not a secret"},
    {"CREATE CONNECTION c TO POSTGRES (HOST 'x', USER 'u', DATABASE 'd', SSH TUNNEL s)",
     "XX000", "s is not an SSH connection"},
    {"CREATE CONNECTION c TO POSTGRES (HOST 'x', USER 'u', DATABASE 'd', SSH TUNNEL 's')",
     "XX000", "invalid SSH TUNNEL: must provide an object"},
    {"CREATE CONNECTION c TO POSTGRES (HOST 'x', USER 'u', DATABASE 'd', "
     "AWS PRIVATELINK b)",
     "XX000", "b is not an AWS PRIVATELINK connection"},
    {"CREATE CONNECTION c TO POSTGRES (HOST 'x', USER 'u')", "XX000",
     "DATABASE option is required"},
    {"CREATE CONNECTION c TO KAFKA (SSH TUNNEL b)", "XX000",
     "invalid CONNECTION: must set one of BROKER, BROKERS"},
    {"CREATE CONNECTION c TO KAFKA (BROKER MATCHING '*x' USING SSH TUNNEL b)", "0A000",
     "MATCHING is not supported in BROKER"},
    {"CREATE CONNECTION c TO KAFKA (BROKER 'a', PROGRESS TOPIC REPLICATION FACTOR "
     "9999999999)",
     "XX000",
     "invalid PROGRESS TOPIC REPLICATION FACTOR: invalid numeric value: number too large "
     "to fit in target type"},
    {"CREATE CONNECTION c TO MYSQL (HOST 'x')", "0A000",
     "MYSQL connections are not supported"},
    {"CREATE CONNECTION c TO CONFLUENT SCHEMA REGISTRY (URL 'x')", "0A000",
     "CONFLUENT SCHEMA REGISTRY connections are not supported"},
    {"CREATE CONNECTION c TO AWS (REGION 'x')", "0A000",
     "AWS connections are not supported"},
    {"CREATE CONNECTION c TO AWS PRIVATELINK (SERVICE NAME 'x')", "0A000",
     "AWS PrivateLink connections are not supported"},
    {"VALIDATE CONNECTION nobody", "XX000", "unknown catalog item 'nobody'"},
    {"VALIDATE CONNECTION s", "XX000", "s is a secret not a connection"},
    {"SHOW CREATE CONNECTION s", "XX000", "materialize.public.s is not a connection"},
    {"SHOW CREATE TABLE b", "XX000", "materialize.public.b is not a table"},
    {"SHOW CREATE TABLE mz_connections", "XX000",
     "cannot show create for system object mz_catalog.mz_connections"},
    {"SHOW CREATE TYPE t", "0A000", "SHOW CREATE TYPE is not supported"},
    {"EXPLAIN ANALYZE CONNECTION b TO 'nonsense'", "22023",
     "invalid target \"nonsense\""},
    {"EXPLAIN ANALYZE CONNECTION b TO 'h:0'", "22023", "invalid target \"h:0\""},
    {"EXPLAIN ANALYZE CONNECTION b TO '::1:5'", "22023", "invalid target \"::1:5\""},
    {"EXPLAIN ANALYZE CONNECTION b TO 'h:65536'", "22023", "invalid target \"h:65536\""},
};

static void refusals_have_their_words(void **state)
{
    (void)state;
    run_ok(tunnel, "CREATE CONNECTION");
    make_secret("s", "hunter2");
    for (size_t i = 0; i < ARRAY_COUNT(refusals); i++)
        run_fails(refusals[i].text, refusals[i].code, refusals[i].message);
    assert_null(find("c"));
}

static void placeholder_has_a_hint(void **state)
{
    (void)state;
    run_fails("CREATE CONNECTION c TO SSH TUNNEL (HOST 'x', USER 'u', PORT "
              "'<SSH_BASTION_PORT>')",
              "XX000", "invalid PORT: cannot use value as number");
    assert_string_equal(
        f.err.hint,
        "Replace the placeholder <SSH_BASTION_PORT> with a value of your own.");
    run_fails("CREATE CONNECTION c TO SSH TUNNEL (HOST '<SSH_BASTION_HOST>', USER 'u')",
              "22023", "invalid HOST: \"<SSH_BASTION_HOST>\" is a placeholder");
    assert_string_not_equal(f.err.hint, "");
}

static const char postgres[] =
    "CREATE CONNECTION pg TO POSTGRES (HOST 'db.internal', PORT 5432, USER 'r', "
    "PASSWORD SECRET p, SSL MODE 'require', DATABASE 'd' SSH TUNNEL b)";

static void probe_comes_first(void **state)
{
    (void)state;
    run_ok(tunnel, "CREATE CONNECTION");
    make_secret("p", "hunter2");
    run_probe(postgres);
    assert_null(find("pg"));
    const struct connection_definition *definition = &f.result.probe->definition;
    assert_false(f.result.probe->is_explain);
    assert_string_equal(definition->name, "pg");
    assert_string_equal(definition->id_text, "");
    assert_string_equal(option_find(&definition->options, "SSH TUNNEL")->connection_id,
                        "u1");
    secret_is(connection_definition_secret(definition, "PASSWORD"), "hunter2");
    assert_int_equal(definition->secret_count, 1);
    assert_string_equal(definition->secrets[0].name, "p");
    f.is_probed = true;
    run_ok(postgres, "CREATE CONNECTION");
    f.is_probed = false;
    struct connection_definition stored = load("pg");
    secret_is(connection_definition_secret(&stored, "PASSWORD"), "hunter2");
    connection_definition_release(&stored);
    run_probe("VALIDATE CONNECTION pg");
    assert_string_equal(f.result.probe->definition.id_text, "u3");
    f.is_probed = true;
    run_ok("VALIDATE CONNECTION pg", "VALIDATE CONNECTION");
}

static void validate_may_be_chosen(void **state)
{
    (void)state;
    run_probe("CREATE CONNECTION b TO SSH TUNNEL (HOST 'x', USER 'y', HOST KEY "
              "'ssh-ed25519 " FIXTURE_KEY "') WITH (VALIDATE)");
    const struct connection_definition *definition = &f.result.probe->definition;
    secret_is(definition->private_keys[1], "private-2");
    assert_string_equal(definition->public_keys[0], "ssh-ed25519 AAAA1 materialize");
    assert_int_equal(definition->host_key_count, 1);
    assert_string_equal(definition->host_keys[0].key, FIXTURE_KEY);
    run_ok("CREATE CONNECTION pg TO POSTGRES (HOST 'x', USER 'y', DATABASE 'd') "
           "WITH (VALIDATE = false)",
           "CREATE CONNECTION");
}

static void explain_is_a_probe(void **state)
{
    (void)state;
    run_ok(tunnel, "CREATE CONNECTION");
    run_ok("CREATE CONNECTION pg TO POSTGRES (HOST 'x', USER 'y', DATABASE 'd') "
           "WITH (VALIDATE = false)",
           "CREATE CONNECTION");
    run_probe("EXPLAIN CONNECTION b");
    assert_true(f.result.probe->is_explain);
    assert_false(f.result.probe->is_analyze);
    assert_null(f.result.probe->target_host);
    run_probe("EXPLAIN ANALYZE CONNECTION b TO '[::1]:5432'");
    assert_true(f.result.probe->is_analyze);
    assert_string_equal(f.result.probe->target_host, "::1");
    assert_int_equal(f.result.probe->target_port, 5432);
    run_fails("EXPLAIN ANALYZE CONNECTION pg TO 'h:1'", "XX000",
              "pg is not an SSH connection");
    struct bound_columns columns =
        command_columns(f.arena, parse("EXPLAIN ANALYZE CONNECTION b"));
    assert_int_equal(columns.count, 9);
    assert_string_equal(columns.items[1].name, "stage");
}

static void show_create(void **state)
{
    (void)state;
    run_ok("CREATE CONNECTION \"B b\" TO SSH TUNNEL (USER 'et''l', PORT 23, HOST "
           "'bastion')",
           "CREATE CONNECTION");
    make_secret("p", "hunter2");
    run_ok("CREATE CONNECTION pg TO POSTGRES (HOST 'x', USER SECRET p, DATABASE 'd', "
           "PASSWORD SECRET p, SSH TUNNEL \"B b\") WITH (VALIDATE false)",
           "CREATE CONNECTION");
    run_ok("SHOW CREATE CONNECTION \"B b\"", "SHOW");
    assert_string_equal(f.result.columns.items[0].name, "name");
    assert_string_equal(f.result.columns.items[1].name, "create_sql");
    assert_int_equal(f.result.row_count, 1);
    assert_string_equal(cell(0, 0), "materialize.public.B b");
    assert_string_equal(
        cell(0, 1),
        "CREATE CONNECTION materialize.public.\"B b\" TO SSH TUNNEL (HOST = 'bastion', "
        "PORT = 23, PUBLIC KEY 1 = 'ssh-ed25519 AAAA1 materialize', PUBLIC KEY 2 = "
        "'ssh-ed25519 AAAA2 materialize', USER = 'et''l');");
    run_ok("SHOW CREATE CONNECTION pg", "SHOW");
    assert_string_equal(
        cell(0, 1),
        "CREATE CONNECTION materialize.public.pg TO POSTGRES (DATABASE = 'd', HOST = "
        "'x', PASSWORD = SECRET materialize.public.p, SSH TUNNEL = "
        "materialize.public.\"B b\", USER = SECRET materialize.public.p);");
    run_ok("SHOW REDACTED CREATE CONNECTION pg", "SHOW");
    assert_string_equal(
        cell(0, 1),
        "CREATE CONNECTION materialize.public.pg TO POSTGRES (DATABASE = '<REDACTED>', "
        "HOST = '<REDACTED>', PASSWORD = SECRET materialize.public.p, SSH TUNNEL = "
        "materialize.public.\"B b\", USER = SECRET materialize.public.p);");
    assert_null(command_create_sql(f.catalog.transaction, &f.hooks.kinds, find("p"),
                                   false, f.arena));
    assert_non_null(command_create_sql(f.catalog.transaction, &f.hooks.kinds, find("pg"),
                                       false, f.arena));
}

/* What is shown can be run again. */
static void every_type_of_option(void **state)
{
    static const char shown[] =
        "CREATE CONNECTION materialize.public.k TO KAFKA (BROKERS = ('a:9092', 'b:9092' "
        "USING SSH TUNNEL materialize.public.b), PROGRESS TOPIC REPLICATION FACTOR = "
        "3, SASL MECHANISMS = ('PLAIN'), SASL PASSWORD = SECRET materialize.public.p, "
        "SCOPE = true);";
    (void)state;
    run_ok(tunnel, "CREATE CONNECTION");
    make_secret("p", "hunter2");
    run_ok("CREATE CONNECTION k TO KAFKA (BROKERS ['a:9092', 'b:9092' USING SSH TUNNEL "
           "b], SCOPE true, PROGRESS TOPIC REPLICATION FACTOR 3, SASL PASSWORD SECRET p, "
           "SASL MECHANISMS 'PLAIN')",
           "CREATE CONNECTION");
    struct connection_definition definition = load("k");
    const struct option_value *brokers = option_find(&definition.options, "BROKERS");
    assert_int_equal(brokers->item_count, 2);
    assert_null(brokers->addresses[0].tunnel_id);
    assert_string_equal(brokers->addresses[1].tunnel_id, "u1");
    assert_string_equal(brokers->addresses[1].address, "b:9092");
    connection_definition_release(&definition);
    run_ok("SHOW CREATE CONNECTION k", "SHOW");
    assert_string_equal(cell(0, 1), shown);
    run_fails("DROP CONNECTION b", "XX000",
              "cannot drop connection \"b\": still depended upon by connection \"k\"");
    run_ok("DROP CONNECTION k", "DROP CONNECTION");
    run_ok(shown, "CREATE CONNECTION");
    run_ok("SHOW CREATE CONNECTION k", "SHOW");
    assert_string_equal(cell(0, 1), shown);
}

static void sealed_keyring(void **state)
{
    struct keyring *keyring = f.keyring;
    (void)state;
    make_secret("p", "hunter2");
    run_ok(tunnel, "CREATE CONNECTION");
    run_ok("CREATE CONNECTION pg TO POSTGRES (HOST 'x', USER 'y', DATABASE 'd', "
           "PASSWORD SECRET p) WITH (VALIDATE = false)",
           "CREATE CONNECTION");
    f.keyring = keyring_new();
    run_fails("CREATE CONNECTION c TO SSH TUNNEL (HOST 'x', USER 'y')", "55000",
              "secrets are sealed: the master key is missing");
    run_fails("ALTER CONNECTION b ROTATE KEYS", "55000",
              "secrets are sealed: the master key is missing");
    run_fails("VALIDATE CONNECTION pg", "55000",
              "secrets are sealed: the master key is missing");
    run_probe("EXPLAIN CONNECTION pg");
    struct connection_definition definition = load("pg");
    assert_int_equal(definition.secret_count, 1);
    assert_null(definition.secrets[0].value);
    assert_null(connection_definition_secret(&definition, "PASSWORD"));
    connection_definition_release(&definition);
    definition = load("b");
    assert_null(definition.private_keys[0]);
    connection_definition_release(&definition);
    keyring_free(&f.keyring);
    f.keyring = keyring;
}

static void privileges(void **state)
{
    struct catalog_object *owner = f.role;
    (void)state;
    run_ok(tunnel, "CREATE CONNECTION");
    become("joe");
    run_fails("CREATE CONNECTION c TO SSH TUNNEL (HOST 'x', USER 'y')", "42501",
              "permission denied for SCHEMA \"materialize.public\"");
    assert_string_equal(
        f.err.detail,
        "The 'joe' role needs CREATE privileges on SCHEMA \"materialize.public\"");
    run_fails("VALIDATE CONNECTION b", "42501",
              "permission denied for CONNECTION \"materialize.public.b\"");
    run_fails("ALTER CONNECTION b ROTATE KEYS", "42501",
              "must be owner of CONNECTION materialize.public.b");
    run_fails("DROP CONNECTION b", "42501",
              "must be owner of CONNECTION materialize.public.b");
    run_fails("COMMENT ON CONNECTION b IS 'x'", "42501",
              "must be owner of CONNECTION materialize.public.b");
    f.role = owner;
    run_ok("ALTER CONNECTION b OWNER TO joe", "ALTER CONNECTION");
    become("ann");
    run_fails("ALTER CONNECTION b RENAME TO c", "42501",
              "must be owner of CONNECTION materialize.public.b");
    const struct catalog_object *object = find("b");
    assert_int_equal(object->privileges.count, 1);
    assert_true(catalog_id_equal(object->privileges.items[0].grantee, object->owner_id));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tunnel_gets_keys, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(taken_names, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(refusals_have_their_words, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(placeholder_has_a_hint, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(probe_comes_first, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(validate_may_be_chosen, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(explain_is_a_probe, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(show_create, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(every_type_of_option, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(sealed_keyring, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(privileges, fixture_set_up, fixture_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
