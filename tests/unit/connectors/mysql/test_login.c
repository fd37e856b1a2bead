/* connectors/mysql/login: each form of caching_sha2_password, and turns that a server
 * must not take, against a scripted server. */

#include "unit/connectors/mysql/mock_server.h"

static EVP_PKEY *key_of(void **state)
{
    return *state;
}

/* The login as far as the script goes; SETTINGS then fails, since no script answers. */
static struct attempt *run_script(void **state, const char *method, const char *script)
{
    struct mock *mock = test_malloc(sizeof(*mock));
    mock_start(mock, method, script, key_of(state));
    struct attempt *attempt = attempt_new(mock->port);
    attempt->probe.timeout = MS(400);
    run_attempt(attempt);
    mock_stop(mock);
    test_free(mock);
    return attempt;
}

static void expect_login(void **state, const char *method, const char *script,
                         const char *found)
{
    struct attempt *attempt = run_script(state, method, script);
    if (last_record(attempt)->stage != STAGE_SETTINGS)
        print_message("%s: %s\n", script, attempt->err.message);
    assert_int_equal(last_record(attempt)->stage, STAGE_SETTINGS);
    record_of(attempt, STAGE_ANSWER, "MySQL 8.0.99");
    record_of(attempt, STAGE_TARGET_LOGIN, found);
    attempt_free(attempt);
}

static void expect_refusal(void **state, const char *script, enum stage_cause cause,
                           const char *message)
{
    struct attempt *attempt = run_script(state, "caching_sha2_password", script);
    if (strcmp(attempt->err.message, message) != 0)
        print_message("%s: %s\n", script, attempt->err.message);
    assert_int_equal(last_record(attempt)->stage, STAGE_TARGET_LOGIN);
    assert_string_equal(stage_cause_name(last_record(attempt)->cause),
                        stage_cause_name(cause));
    assert_string_equal(attempt->err.message, message);
    attempt_free(attempt);
}

static void sha2_logs_in_fast(void **state)
{
    static const char found[] = "user r, by caching_sha2_password";
    expect_login(state, "caching_sha2_password", "rfo", found);
    expect_login(state, "mysql_native_password", "rsrfo", found);
    expect_login(state, "method_of_nobody", "rsrfo", found);
}

static void sha2_logs_in_under_the_servers_key_with_a_warning(void **state)
{
    static const char found[] =
        "by caching_sha2_password, the password under the server's RSA key";
    expect_login(state, "caching_sha2_password", "rarkRo", found);
    expect_login(state, "mysql_native_password", "rsrarkRo", found);
    struct attempt *attempt = run_script(state, "caching_sha2_password", "rarkRo");
    const struct stage_record *record = record_of(attempt, STAGE_TARGET_LOGIN, found);
    assert_int_equal(record->verdict, STAGE_VERDICT_WARNING);
    assert_int_equal(record->cause, STAGE_CAUSE_KEY_UNVERIFIED);
    assert_true(has_text(record->remedy, "verify-identity"));
    attempt_free(attempt);
}

/* The error holds the password, which must not be passed on. */
static void a_wrong_password_is_told_without_it(void **state)
{
    struct mock *mock = test_malloc(sizeof(*mock));
    mock_start(mock, "caching_sha2_password", "rfo", key_of(state));
    struct attempt *attempt = attempt_new(mock->port);
    set_option(attempt, "PASSWORD", WRONG_PASSWORD);
    pthread_t thread;
    start_probe(attempt, &thread);
    pthread_join(thread, NULL);
    assert_int_equal(last_record(attempt)->cause, STAGE_CAUSE_PASSWORD_WRONG);
    attempt_free(attempt);
    mock_stop(mock);
    test_free(mock);
}

static void an_echoed_password_is_starred_out(void **state)
{
    expect_refusal(state, "rd", STAGE_CAUSE_PASSWORD_WRONG,
                   "Server error: `ERROR 28000 (1045): Access denied for user "
                   "*************'");
}

static void the_password_never_goes_in_the_clear(void **state)
{
    expect_refusal(state, "rcR", STAGE_CAUSE_PASSWORD_IN_CLEAR,
                   "Driver error: `mysql_clear_password over a way that is not "
                   "verified'");
}

static void unknown_methods_are_named(void **state)
{
    expect_refusal(state, "ru", STAGE_CAUSE_METHOD_UNSUPPORTED,
                   "Driver error: `Unknown authentication plugin: client_of_nobody'");
    expect_refusal(state, "r4", STAGE_CAUSE_METHOD_UNSUPPORTED,
                   "Driver error: `Unknown authentication plugin: mysql_old_password'");
}

static void broken_turns_are_refused(void **state)
{
    static const char malformed[] = "Driver error: `malformed packet'";
    expect_refusal(state, "rj", STAGE_CAUSE_PROTOCOL_ERROR, malformed);
    expect_refusal(state, "rsrs", STAGE_CAUSE_PROTOCOL_ERROR, malformed);
    expect_refusal(state, "rara", STAGE_CAUSE_PROTOCOL_ERROR,
                   "Driver error: `the server's RSA key cannot be used'");
    expect_refusal(state, "rarK", STAGE_CAUSE_PROTOCOL_ERROR,
                   "Driver error: `the server's RSA key cannot be used'");
    expect_refusal(state, "rarkRa", STAGE_CAUSE_PROTOCOL_ERROR, malformed);
    expect_refusal(state, "rfffffffff", STAGE_CAUSE_PROTOCOL_ERROR,
                   "Driver error: `the login has no end'");
    expect_refusal(state, "rn", STAGE_CAUSE_PROTOCOL_ERROR,
                   "Driver error: `packets out of order'");
    expect_refusal(state, "rl", STAGE_CAUSE_PROTOCOL_ERROR,
                   "Driver error: `packet too long'");
    expect_refusal(state, "r", STAGE_CAUSE_TIMEOUT,
                   "Input/output error: connection timed out");
    expect_refusal(state, "rx", STAGE_CAUSE_TARGET_CLOSED,
                   "Input/output error: server closed the connection unexpectedly");
}

/* What comes in the clear behind the greeting must not be taken for words under TLS. */
static void words_before_tls_are_refused(void **state)
{
    (void)state;
    char sent[256] = {0};
    uint8_t greeting[160];
    size_t len = mock_greeting("caching_sha2_password", true, greeting);
    struct peer peer;
    sent[0] = (char)len;
    memcpy(sent + 4, greeting, len);
    memcpy(sent + 4 + len, "\x07\0\0\x02\0\0\0\x02\0\0", 11);
    peer_start(&peer, sent, 4 + len + 11);
    struct attempt *attempt = attempt_new(peer.port);
    set_option(attempt, "SSL MODE", "required");
    expect_failure(attempt, STAGE_TLS, STAGE_CAUSE_PROTOCOL_ERROR,
                   "Driver error: `the server speaks out of turn before TLS'");
    peer_stop(&peer);
}

/* Has none; then one that offers it and says no more. */
static void missing_and_silent_tls_are_told(void **state)
{
    struct mock *mock = test_malloc(sizeof(*mock));
    mock_start(mock, "caching_sha2_password", "", key_of(state));
    struct attempt *attempt = attempt_new(mock->port);
    set_option(attempt, "SSL MODE", "required");
    expect_failure(attempt, STAGE_TLS, STAGE_CAUSE_TLS_REFUSED,
                   "Driver error: `server does not support TLS'");
    mock_stop(mock);
    test_free(mock);
    char sent[256] = {0};
    uint8_t greeting[160];
    size_t len = mock_greeting("caching_sha2_password", true, greeting);
    struct peer peer;
    sent[0] = (char)len;
    memcpy(sent + 4, greeting, len);
    peer_start(&peer, sent, 4 + len);
    attempt = attempt_new(peer.port);
    attempt->probe.timeout = MS(400);
    set_option(attempt, "SSL MODE", "required");
    expect_failure(attempt, STAGE_TLS, STAGE_CAUSE_TIMEOUT,
                   "Input/output error: connection timed out");
    peer_stop(&peer);
}

static int bench_new(void **state)
{
    *state = EVP_RSA_gen(2048);
    return *state == NULL ? -1 : 0;
}

static int bench_free(void **state)
{
    EVP_PKEY_free(key_of(state));
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha2_logs_in_fast),
        cmocka_unit_test(sha2_logs_in_under_the_servers_key_with_a_warning),
        cmocka_unit_test(a_wrong_password_is_told_without_it),
        cmocka_unit_test(an_echoed_password_is_starred_out),
        cmocka_unit_test(the_password_never_goes_in_the_clear),
        cmocka_unit_test(unknown_methods_are_named),
        cmocka_unit_test(broken_turns_are_refused),
        cmocka_unit_test(words_before_tls_are_refused),
        cmocka_unit_test(missing_and_silent_tls_are_told),
    };
    return cmocka_run_group_tests(tests, bench_new, bench_free);
}
