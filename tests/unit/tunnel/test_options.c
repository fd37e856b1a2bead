/* The options of SSH TUNNEL: order of checks, Materialize's words, strict names. */

#include "base/error.h"
#include "support/unit.h"
#include "tunnel/options.h"

static struct option_value text_value(const char *name, const char *text)
{
    return (struct option_value){
        .spec = connection_kind_option(&tunnel_connection_kind, name), .text = text};
}

static struct error check(struct option_value *values, size_t count, enum rc want)
{
    struct error err;
    struct option_set set = {values, count};
    error_clear(&err);
    assert_int_equal(tunnel_connection_kind.check(&set, &err), want);
    return err;
}

static void is_described_as_materialize_does(void **state)
{
    (void)state;
    assert_string_equal(tunnel_connection_kind.sql_name, "SSH TUNNEL");
    assert_string_equal(tunnel_connection_kind.catalog_name, "ssh-tunnel");
    assert_true(tunnel_connection_kind.has_key_pairs);
    assert_false(tunnel_connection_kind.validates_on_create);
    assert_true(
        connection_kind_option(&tunnel_connection_kind, "PUBLIC KEY 1")->is_internal);
    assert_true(
        connection_kind_option(&tunnel_connection_kind, "PUBLIC KEY 2")->is_inalterable);
    assert_null(connection_kind_option(&tunnel_connection_kind, "PASSWORD"));
    for (size_t i = 1; i < tunnel_connection_kind.spec_count; i++)
        assert_true(strcmp(tunnel_connection_kind.specs[i - 1].name,
                           tunnel_connection_kind.specs[i].name) < 0);
}

static void misses_host_before_user(void **state)
{
    (void)state;
    struct error err = check(NULL, 0, RC_FAILED);
    assert_string_equal(err.message, "HOST option is required");
    assert_int_equal(err.state, SQLSTATE_INTERNAL_ERROR);
    struct option_value user[] = {text_value("USER", "etl")};
    assert_string_equal(check(user, 1, RC_FAILED).message, "HOST option is required");
    struct option_value host[] = {text_value("HOST", "bastion")};
    assert_string_equal(check(host, 1, RC_FAILED).message, "USER option is required");
}

static void refuses_a_secret_user(void **state)
{
    (void)state;
    struct option_value values[] = {text_value("HOST", "bastion"),
                                    text_value("USER", NULL)};
    values[1].secret_id = "u9";
    assert_string_equal(check(values, 2, RC_FAILED).message,
                        "SSH connections do not support supplying USER value as SECRET");
}

static void tells_to_replace_a_placeholder(void **state)
{
    (void)state;
    struct option_value values[] = {text_value("HOST", "<SSH_BASTION_HOST>"),
                                    text_value("USER", "etl")};
    struct error err = check(values, 2, RC_FAILED);
    assert_string_equal(err.message,
                        "invalid HOST: \"<SSH_BASTION_HOST>\" is a placeholder");
    assert_non_null(strstr(err.hint, "Replace it"));
    values[0].text = "bastion";
    values[1].text = "<SSH_BASTION_USER>";
    assert_non_null(strstr(check(values, 2, RC_FAILED).message, "is a placeholder"));
}

static void judges_host_names(void **state)
{
    (void)state;
    static const char *const good[] = {"bastion",     "b.example.com", "192.0.2.7",
                                       "2001:db8::1", "[2001:db8::1]", "fe80::1%eth0",
                                       "a_b-c"};
    static const char *const bad[] = {
        "",    "-oProxyCommand=x", "a b", "a\tb", "a\nb", "a\x7f", "u@h", "h/x",
        "h;x", "h\xc3\xa9",        "\xff"};
    struct error err;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_int_equal(tunnel_options_check_host("HOST", good[i], &err), RC_OK);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        error_clear(&err);
        assert_int_equal(tunnel_options_check_host("HOST", bad[i], &err), RC_FAILED);
        assert_int_equal(err.state, SQLSTATE_INVALID_PARAMETER_VALUE);
    }
    char long_name[TUNNEL_HOST_MAX + 2];
    memset(long_name, 'a', sizeof(long_name));
    long_name[TUNNEL_HOST_MAX + 1] = '\0';
    assert_int_equal(tunnel_options_check_host("HOST", long_name, &err), RC_FAILED);
    long_name[TUNNEL_HOST_MAX] = '\0';
    assert_int_equal(tunnel_options_check_host("HOST", long_name, &err), RC_OK);
}

static void judges_port_and_host_key(void **state)
{
    (void)state;
    struct option_value values[] = {text_value("HOST", "bastion"),
                                    text_value("HOST KEY", "nonsense"),
                                    text_value("PORT", NULL), text_value("USER", "etl")};
    values[2].number = 22;
    assert_non_null(strstr(check(values, 4, RC_FAILED).message, "invalid HOST KEY: "));
    values[1].text = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    check(values, 4, RC_OK);
    values[2].number = 0;
    assert_string_equal(check(values, 4, RC_FAILED).message,
                        "invalid PORT: must be between 1 and 65535");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_described_as_materialize_does),
        cmocka_unit_test(misses_host_before_user),
        cmocka_unit_test(refuses_a_secret_user),
        cmocka_unit_test(tells_to_replace_a_placeholder),
        cmocka_unit_test(judges_host_names),
        cmocka_unit_test(judges_port_and_host_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
