/* server/config: flags, environment, defaults, and what stops a start. */

#include "base/error.h"
#include "server/config.h"
#include "support/unit.h"

enum { WORDS_MAX = 16 };

struct fixture {
    struct arena *arena;
    struct config config;
    struct error err;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){.arena = arena_new("test", NULL)};
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    arena_free(&fixture->arena);
    return 0;
}

/* Both lists are words parted by blanks. */
static enum rc read_words(struct fixture *fixture, const char *words,
                          const char *environment)
{
    char *argv[WORDS_MAX] = {NULL};
    char *variables[WORDS_MAX] = {NULL};
    int argc = 0;
    size_t variable_count = 0;
    char *rest = NULL;
    for (char *word = strtok_r(arena_strdup(fixture->arena, words), " ", &rest);
         word != NULL; word = strtok_r(NULL, " ", &rest))
        argv[argc++] = word;
    for (char *word = strtok_r(arena_strdup(fixture->arena, environment), " ", &rest);
         word != NULL; word = strtok_r(NULL, " ", &rest))
        variables[variable_count++] = word;
    return config_read(fixture->arena, argc, argv, variables, &fixture->config,
                       &fixture->err);
}

static void defaults_need_no_flag(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(read_words(fixture, "culvert", "HOME=/home/etl"), RC_OK);
    assert_string_equal(fixture->config.data_dir, "/home/etl/.local/share/culvert");
    assert_string_equal(fixture->config.master_key_file,
                        "/home/etl/.local/share/culvert.key");
    assert_int_equal(fixture->config.listen_count, 1);
    assert_string_equal(fixture->config.listen[0].host, "127.0.0.1");
    assert_int_equal(fixture->config.listen[0].port, 6875);
    assert_int_equal(read_words(fixture, "culvert", "STATE_DIRECTORY=/s HOME=/h"), RC_OK);
    assert_string_equal(fixture->config.data_dir, "/s");
}

static void flags_win_over_the_environment(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(read_words(fixture,
                                "culvert --data-dir=/d --listen 127.0.0.1:1 "
                                "--listen=[::1]:2 --set a=b=c",
                                "CULVERT_LISTEN=127.0.0.1:9 CULVERT_LOG_LEVEL=debug"),
                     RC_OK);
    assert_string_equal(fixture->config.data_dir, "/d");
    assert_int_equal(fixture->config.listen_count, 2);
    assert_string_equal(fixture->config.listen[1].host, "::1");
    assert_int_equal(fixture->config.listen[1].port, 2);
    assert_int_equal(fixture->config.log_level, LOG_DEBUG);
    assert_string_equal(fixture->config.set[0].name, "a");
    assert_string_equal(fixture->config.set[0].value, "b=c");
}

static void egress_addresses_are_lists_of_ranges(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(read_words(fixture,
                                "culvert --announce-egress-address "
                                "203.0.113.7,198.51.100.0/24 "
                                "--announce-egress-address=2001:db8::/32",
                                ""),
                     RC_OK);
    assert_int_equal(fixture->config.egress_count, 3);
    assert_string_equal(fixture->config.egress[0].cidr, "203.0.113.7/32");
    assert_int_equal(fixture->config.egress[1].prefix_length, 24);
    assert_string_equal(fixture->config.egress[2].address, "2001:db8::");
}

static void bad_input_stops_the_start(void **state)
{
    struct fixture *fixture = *state;
    static const char *const bad[] = {
        "culvert --listen 127.0.0.1",
        "culvert --listen 127.0.0.1:65536",
        "culvert --listen 127.0.0.1:+1",
        "culvert --listen :1",
        "culvert --listen ::1:5",
        "culvert --listen 0.0.0.0:6875",
        "culvert --listen [::]:6875",
        "culvert --listen db.internal:6875",
        "culvert --announce-egress-address 203.0.113.0/33",
        "culvert --announce-egress-address 203.0.113.0/",
        "culvert --announce-egress-address 203.0.113",
        "culvert --announce-egress-address 203.0.113.1,",
        "culvert --set name",
        "culvert --set =x",
        "culvert --log-level loud",
        "culvert --tls-cert c.pem",
        "culvert --data-dir",
        "culvert --unknown 1",
        "culvert stray",
    };
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        assert_int_equal(read_words(fixture, bad[i], ""), RC_FAILED);
        assert_int_equal(fixture->err.state, SQLSTATE_CONFIG_FILE_ERROR);
        assert_true(fixture->err.message[0] != '\0');
    }
    assert_int_equal(read_words(fixture, "culvert", "CULVERT_LISTEN=x"), RC_FAILED);
    assert_non_null(strstr(fixture->err.message, "CULVERT_LISTEN"));
}

static void commands_are_told_apart(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(read_words(fixture, "culvert --help", ""), RC_OK);
    assert_int_equal(fixture->config.command, CONFIG_COMMAND_HELP);
    assert_int_equal(read_words(fixture, "culvert --listen x --version", ""), RC_OK);
    assert_int_equal(fixture->config.command, CONFIG_COMMAND_VERSION);
    assert_int_equal(read_words(fixture, "culvert check /d", ""), RC_OK);
    assert_int_equal(fixture->config.command, CONFIG_COMMAND_CHECK);
    assert_string_equal(fixture->config.data_dir, "/d");
    char *help = NULL;
    config_print_help(fixture->arena, &help);
    assert_non_null(strstr(help, "--announce-egress-address"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(defaults_need_no_flag, set_up, tear_down),
        cmocka_unit_test_setup_teardown(flags_win_over_the_environment, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(egress_addresses_are_lists_of_ranges, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(bad_input_stops_the_start, set_up, tear_down),
        cmocka_unit_test_setup_teardown(commands_are_told_apart, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
