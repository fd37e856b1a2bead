/* Host keys: what may be declared, and who is trusted. */

#include "base/arena.h"
#include "base/error.h"
#include "support/unit.h"
#include "tunnel/hostkey.h"

#define KEY   "AAAAC3NzaC1lZDI1NTE5AAAAIFmvsLyTw9cE7/jJ/5UIOQBauwqiJoFmegmCiKxTFo6G"
#define PRINT "SHA256:iyA/QAasTtZvktdHZWbuu1r4Wrc/FgD8jj1vveMsqpY"

static int set_up(void **state)
{
    *state = arena_new("test", NULL);
    return 0;
}

static int tear_down(void **state)
{
    struct arena *arena = *state;
    arena_free(&arena);
    return 0;
}

static struct tunnel_host_key *parsed(struct arena *arena, const char *text, size_t want)
{
    struct error err;
    struct tunnel_host_key *keys = NULL;
    size_t count = 0;
    error_clear(&err);
    assert_int_equal(tunnel_hostkey_parse(arena, text, &keys, &count, &err), RC_OK);
    assert_int_equal(count, want);
    return keys;
}

static void parses_a_key_with_and_without_comment(void **state)
{
    struct tunnel_host_key *keys = parsed(*state, "ssh-ed25519 " KEY, 1);
    assert_string_equal(keys[0].type, "ssh-ed25519");
    assert_string_equal(keys[0].key, KEY);
    assert_string_equal(keys[0].fingerprint, PRINT);
    keys = parsed(*state, "  ssh-ed25519   " KEY " root@bastion\n", 1);
    assert_string_equal(keys[0].key, KEY);
    assert_string_equal(tunnel_hostkey_print(*state, &keys[0]), "ssh-ed25519 " KEY);
}

static void parses_a_print_and_a_list(void **state)
{
    struct tunnel_host_key *keys = parsed(*state, PRINT, 1);
    assert_null(keys[0].key);
    assert_string_equal(keys[0].fingerprint, PRINT);
    assert_string_equal(tunnel_hostkey_print(*state, &keys[0]), PRINT);
    keys = parsed(*state, PRINT ", ssh-ed25519 " KEY "\n" PRINT, 3);
    assert_string_equal(keys[1].key, KEY);
}

static void refuses_bad_declarations(void **state)
{
    static const char *const bad[] = {
        "",
        "   ",
        ",",
        "ssh-ed25519",
        "ssh-ed25519 AAAA",
        "ssh-ed25519 " KEY "A",
        "ssh-rsa " KEY,
        "ssh-dss " KEY,
        "bastion ssh-ed25519 " KEY,
        "SHA256:",
        "SHA256:tooshort",
        PRINT "A",
        "SHA256:???????????????????????????????????????????",
        "MD5:00:11:22",
        "<HOST_KEY>",
        "ssh-ed25519 " KEY "\x01",
        "ssh-ed25519 AAAA AAAA",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct error err;
        struct tunnel_host_key *keys = NULL;
        size_t count = 0;
        error_clear(&err);
        if (tunnel_hostkey_parse(*state, bad[i], &keys, &count, &err) != RC_FAILED)
            fail_msg("accepted: %s", bad[i]);
        assert_int_equal(err.state, SQLSTATE_INVALID_PARAMETER_VALUE);
        assert_non_null(strstr(err.message, "invalid HOST KEY: "));
        assert_true(err.hint[0] != '\0');
    }
}

static void refuses_more_keys_than_the_limit(void **state)
{
    char *text = arena_strdup(*state, PRINT);
    for (int i = 0; i < TUNNEL_HOST_KEYS_MAX; i++)
        text = arena_printf(*state, "%s," PRINT, text);
    struct error err;
    struct tunnel_host_key *keys = NULL;
    size_t count = 0;
    error_clear(&err);
    assert_int_equal(tunnel_hostkey_parse(*state, text, &keys, &count, &err), RC_FAILED);
}

static void matches_by_policy(void **state)
{
    (void)state;
    const struct tunnel_host_key seen = {"ssh-ed25519", KEY, PRINT};
    const struct tunnel_host_key same_print = {NULL, NULL, PRINT};
    const struct tunnel_host_key other = {"ssh-ed25519", "AAAAother", "SHA256:other"};
    assert_int_equal(tunnel_hostkey_match(TUNNEL_TRUST_PIN_ON_FIRST_USE, NULL, 0, &seen),
                     TUNNEL_HOST_KEY_FIRST);
    assert_int_equal(tunnel_hostkey_match(TUNNEL_TRUST_DECLARED_ONLY, NULL, 0, &seen),
                     TUNNEL_HOST_KEY_UNTRUSTED);
    assert_int_equal(tunnel_hostkey_match(TUNNEL_TRUST_ACCEPT_ANY, &other, 1, &seen),
                     TUNNEL_HOST_KEY_TRUSTED);
    for (int trust = 0; trust < TUNNEL_TRUST_ACCEPT_ANY; trust++) {
        enum tunnel_trust policy = (enum tunnel_trust)trust;
        assert_int_equal(tunnel_hostkey_match(policy, &other, 1, &seen),
                         TUNNEL_HOST_KEY_CHANGED);
        assert_int_equal(tunnel_hostkey_match(policy, &same_print, 1, &seen),
                         TUNNEL_HOST_KEY_TRUSTED);
        const struct tunnel_host_key both[] = {other, seen};
        assert_int_equal(tunnel_hostkey_match(policy, both, 2, &seen),
                         TUNNEL_HOST_KEY_TRUSTED);
    }
}

/* A whole key that differs is not saved by a print that somebody wrote beside it. */
static void compares_whole_keys_where_it_can(void **state)
{
    (void)state;
    const struct tunnel_host_key seen = {"ssh-ed25519", KEY, PRINT};
    const struct tunnel_host_key forged = {"ssh-ed25519", "AAAAother", PRINT};
    assert_int_equal(
        tunnel_hostkey_match(TUNNEL_TRUST_PIN_ON_FIRST_USE, &forged, 1, &seen),
        TUNNEL_HOST_KEY_CHANGED);
}

static void names_of_policies_go_both_ways(void **state)
{
    (void)state;
    for (int trust = 0; trust < TUNNEL_TRUST_COUNT; trust++) {
        enum tunnel_trust again = TUNNEL_TRUST_COUNT;
        assert_true(
            tunnel_trust_parse(tunnel_trust_name((enum tunnel_trust)trust), &again));
        assert_int_equal(again, trust);
    }
    enum tunnel_trust none;
    assert_false(tunnel_trust_parse("yes", &none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(parses_a_key_with_and_without_comment, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(parses_a_print_and_a_list, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_bad_declarations, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_more_keys_than_the_limit, set_up,
                                        tear_down),
        cmocka_unit_test(matches_by_policy),
        cmocka_unit_test(compares_whole_keys_where_it_can),
        cmocka_unit_test(names_of_policies_go_both_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
