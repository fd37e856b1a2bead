/* ALTER CONNECTION: options, keys, name, owner, host keys. */
#include "unit/sql/command/command_fixture.h"

static void make_connections(void)
{
    make_secret("p", "hunter2");
    run_ok("CREATE CONNECTION b TO SSH TUNNEL (HOST 'bastion', USER 'etl', PORT 22)",
           "CREATE CONNECTION");
    run_ok("CREATE CONNECTION pg TO POSTGRES (HOST 'x', USER 'y', DATABASE 'd', "
           "SSH TUNNEL b) WITH (VALIDATE = false)",
           "CREATE CONNECTION");
    run_ok("CREATE CONNECTION k TO KAFKA (BROKER 'a:9092', PROGRESS TOPIC 't')",
           "CREATE CONNECTION");
}

static const char *option_of(const char *connection, const char *option)
{
    struct connection_definition definition = load(connection);
    const char *text = option_text(&definition.options, option);
    connection_definition_release(&definition);
    return text;
}

static const struct {
    const char *text;
    const char *code;
    const char *message;
} refusals[] = {
    {"ALTER CONNECTION nobody SET (HOST 'x')", "XX000", "unknown catalog item 'nobody'"},
    {"ALTER CONNECTION p SET (HOST 'x')", "XX000", "p is a secret not a connection"},
    {"ALTER CONNECTION pg SET (HOST 'x'), DROP (HOST)", "XX000",
     "cannot both SET and DROP/RESET options HOST"},
    {"ALTER CONNECTION pg SET (PORT 1, HOST 'x'), RESET (PORT), DROP (HOST)", "XX000",
     "cannot both SET and DROP/RESET options HOST, PORT"},
    {"ALTER CONNECTION k SET (BROKERS ('x')), DROP (BROKER)", "XX000",
     "cannot both SET and DROP/RESET mutually exclusive KAFKA options BROKER, BROKERS"},
    {"ALTER CONNECTION k SET (BROKER 'x'), SET (BROKER 'y')", "XX000",
     "BROKER specified more than once"},
    {"ALTER CONNECTION k SET (PROGRESS TOPIC 'x')", "XX000",
     "cannot ALTER KAFKA option PROGRESS TOPIC"},
    {"ALTER CONNECTION k RESET (PROGRESS TOPIC)", "XX000",
     "cannot ALTER KAFKA option PROGRESS TOPIC"},
    {"ALTER CONNECTION b SET (PUBLIC KEY 1 = 'x')", "XX000",
     "cannot ALTER SSH TUNNEL option PUBLIC KEY 1"},
    {"ALTER CONNECTION pg DROP (HOST)", "0A000",
     "invalid ALTER CONNECTION: HOST option is required"},
    {"ALTER CONNECTION pg SET (SSL MODE 'prefer')", "0A000",
     "invalid ALTER CONNECTION: invalid CONNECTION: unknown SSL MODE \"prefer\""},
    {"ALTER CONNECTION b SET (DATABASE 'x')", "0A000",
     "invalid ALTER CONNECTION: SSH TUNNEL connections do not support DATABASE values"},
    {"ALTER CONNECTION b DROP (DATABASE)", "0A000",
     "invalid ALTER CONNECTION: SSH TUNNEL connections do not support DATABASE values"},
    {"ALTER CONNECTION b SET (PORT 70000)", "0A000",
     "invalid ALTER CONNECTION: invalid PORT: invalid unsigned numeric value: number too "
     "large to fit in target type"},
    {"ALTER CONNECTION b ROTATE KEYS, SET (HOST 'x')", "XX000",
     "cannot specify any other actions alongside ALTER CONNECTION...ROTATE KEYS"},
    {"ALTER CONNECTION b ROTATE KEYS WITH (VALIDATE = true)", "XX000",
     "ALTER CONNECTION...ROTATE KEYS does not support WITH (VALIDATE = true)"},
    {"ALTER CONNECTION pg ROTATE KEYS", "XX000", "pg is not an SSH connection"},
    {"ALTER CONNECTION pg RENAME TO b", "XX000", "catalog item 'b' already exists"},
    {"ALTER CONNECTION pg OWNER TO nobody", "42704", "role \"nobody\" does not exist"},
};

static void refusals_have_their_words(void **state)
{
    (void)state;
    make_connections();
    for (size_t i = 0; i < ARRAY_COUNT(refusals); i++)
        run_fails(refusals[i].text, refusals[i].code, refusals[i].message);
    assert_string_equal(option_of("pg", "HOST"), "x");
    run_ok("ALTER CONNECTION IF EXISTS nobody ROTATE KEYS, SET (HOST 'x')",
           "ALTER CONNECTION");
    notice_is(0, COMMAND_NOTICE, "connection \"nobody\" does not exist, skipping");
}

static void options_change_together(void **state)
{
    (void)state;
    make_connections();
    run_ok("ALTER CONNECTION pg SET (HOST 'z', PASSWORD SECRET p), RESET (SSH TUNNEL), "
           "DROP (PORT) WITH (VALIDATE = false)",
           "ALTER CONNECTION");
    assert_string_equal(option_of("pg", "HOST"), "z");
    struct connection_definition definition = load("pg");
    assert_null(option_find(&definition.options, "SSH TUNNEL"));
    secret_is(connection_definition_secret(&definition, "PASSWORD"), "hunter2");
    connection_definition_release(&definition);
    /* The dependencies have followed. */
    run_fails("DROP SECRET p", "XX000",
              "cannot drop secret \"p\": still depended upon by connection \"pg\"");
    run_ok("DROP CONNECTION b", "DROP CONNECTION");
}

static void options_are_probed(void **state)
{
    (void)state;
    make_connections();
    run_probe("ALTER CONNECTION pg SET (HOST 'z')");
    assert_string_equal(option_text(&f.result.probe->definition.options, "HOST"), "z");
    assert_string_equal(f.result.probe->definition.id_text, "u3");
    assert_string_equal(option_of("pg", "HOST"), "x");
    f.is_probed = true;
    run_ok("ALTER CONNECTION pg SET (HOST 'z')", "ALTER CONNECTION");
    assert_string_equal(option_of("pg", "HOST"), "z");
    f.is_probed = false;
    run_ok("ALTER CONNECTION b SET (HOST 'z')", "ALTER CONNECTION");
    run_probe("ALTER CONNECTION b SET HOST 'y' WITH (VALIDATE)");
    secret_is(f.result.probe->definition.private_keys[0], "private-1");
}

static void one_of_a_pair(void **state)
{
    (void)state;
    make_connections();
    run_ok("ALTER CONNECTION k SET (BROKERS ('x:1', 'y:2'))", "ALTER CONNECTION");
    struct connection_definition definition = load("k");
    assert_null(option_find(&definition.options, "BROKER"));
    assert_int_equal(option_find(&definition.options, "BROKERS")->item_count, 2);
    connection_definition_release(&definition);
}

static void keys_rotate(void **state)
{
    (void)state;
    make_connections();
    run_ok("ALTER CONNECTION b ROTATE KEYS", "ALTER CONNECTION");
    assert_int_equal(f.notice_count, 0);
    struct connection_definition definition = load("b");
    assert_string_equal(definition.public_keys[0], "ssh-ed25519 AAAA2 materialize");
    assert_string_equal(definition.public_keys[1], "ssh-ed25519 AAAA3 materialize");
    secret_is(definition.private_keys[0], "private-2");
    secret_is(definition.private_keys[1], "private-3");
    connection_definition_release(&definition);
    assert_int_equal(find("b")->connection.key_version, 2);
    f.knows_key = false;
    run_ok("ALTER CONNECTION b ROTATE KEYS", "ALTER CONNECTION");
    notice_is(0, COMMAND_WARNING,
              "the bastion of connection \"b\" does not accept its second "
              "key, which is now the first");
    assert_string_equal(find("b")->connection.public_key_1,
                        "ssh-ed25519 AAAA3 materialize");
}

static void names_and_owners(void **state)
{
    (void)state;
    make_connections();
    run_ok("ALTER CONNECTION b RENAME TO bastion", "ALTER CONNECTION");
    assert_null(find("b"));
    assert_non_null(find("bastion"));
    run_ok("ALTER CONNECTION bastion OWNER TO mz_support", "ALTER CONNECTION");
    assert_int_equal(find("bastion")->owner_id.space, 's');
    run_ok("ALTER CONNECTION bastion OWNER TO current_user", "ALTER CONNECTION");
    assert_int_equal(find("bastion")->owner_id.space, 'u');
}

static size_t host_key_count(const char *name)
{
    struct connection_definition definition = load(name);
    size_t count = definition.host_key_count;
    connection_definition_release(&definition);
    return count;
}

static void pin(const char *name, const char *fingerprint)
{
    struct catalog_hostkey row = {.connection_id = find(name)->id,
                                  .type = "ssh-ed25519",
                                  .key = "AAAA",
                                  .fingerprint = fingerprint,
                                  .state = HOSTKEY_TRUSTED,
                                  .origin = HOSTKEY_FIRST_USE};
    assert_int_equal(catalog_hostkey_put(f.catalog.transaction, &row, &f.err), RC_OK);
}

static void host_keys_are_rows(void **state)
{
    (void)state;
    run_ok("CREATE CONNECTION b TO SSH TUNNEL (HOST 'x', USER 'y', HOST KEY "
           "'ssh-ed25519 " FIXTURE_KEY ", " FIXTURE_PRINT_A "')",
           "CREATE CONNECTION");
    struct connection_definition definition = load("b");
    assert_int_equal(definition.host_key_count, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct catalog_hostkey *key = &definition.host_keys[i];
        bool is_print = strcmp(key->fingerprint, FIXTURE_PRINT_A) == 0;
        assert_int_equal(key->state, HOSTKEY_TRUSTED);
        assert_int_equal(key->origin, HOSTKEY_DECLARED);
        assert_true(catalog_id_equal(key->connection_id, definition.id));
        assert_int_equal(key->key == NULL, is_print);
        if (!is_print)
            assert_string_equal(key->key, FIXTURE_KEY);
    }
    connection_definition_release(&definition);
    run_ok("ALTER CONNECTION b SET (HOST KEY '" FIXTURE_PRINT_B "')", "ALTER CONNECTION");
    assert_int_equal(host_key_count("b"), 1);
    run_ok("ALTER CONNECTION b SET (USER 'z')", "ALTER CONNECTION");
    assert_int_equal(host_key_count("b"), 1);
    run_ok("ALTER CONNECTION b DROP (HOST KEY)", "ALTER CONNECTION");
    assert_int_equal(host_key_count("b"), 0);
}

/* Another host: what was learnt of the former one is worth nothing. */
static void pins_go_with_the_host(void **state)
{
    (void)state;
    make_connections();
    pin("b", FIXTURE_PRINT_A);
    run_ok("ALTER CONNECTION b SET (USER 'z')", "ALTER CONNECTION");
    run_ok("ALTER CONNECTION b ROTATE KEYS", "ALTER CONNECTION");
    assert_int_equal(host_key_count("b"), 1);
    run_probe("ALTER CONNECTION b SET (HOST 'other') WITH (VALIDATE)");
    assert_int_equal(f.result.probe->definition.host_key_count, 0);
    assert_int_equal(host_key_count("b"), 1);
    run_ok("ALTER CONNECTION b SET (HOST 'other')", "ALTER CONNECTION");
    assert_int_equal(host_key_count("b"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(refusals_have_their_words, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(options_change_together, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(options_are_probed, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(one_of_a_pair, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(keys_rotate, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(names_and_owners, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(host_keys_are_rows, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(pins_go_with_the_host, fixture_set_up,
                                        fixture_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
