/* connectors/mysql against a real MySQL 8, where CULVERT_TEST_MYSQL names the folder of
 * an unpacked one: caching_sha2_password in its forms, GTID mode, roles. */

#include "unit/connectors/mysql/attempt.h"

static struct server *server_of(void **state)
{
    if (*state == NULL)
        skip();
    return *state;
}

static struct attempt *user_attempt(void **state, const char *user, const char *mode)
{
    struct attempt *attempt = attempt_new(server_of(state)->port);
    set_option(attempt, "USER", user);
    if (mode != NULL) {
        set_option(attempt, "SSL MODE", mode);
        set_option(attempt, "SSL CERTIFICATE AUTHORITY", server_of(state)->authority.pem);
    }
    return attempt;
}

static void expect_proof(struct attempt *attempt, const char *found,
                         enum stage_verdict verdict)
{
    expect_success(attempt);
    assert_int_equal(record_of(attempt, STAGE_TARGET_LOGIN, found)->verdict, verdict);
    attempt_free(attempt);
}

/* The server keeps a digest once a full login went well: from then on it is fast. */
static void sha2_is_full_first_and_fast_then(void **state)
{
    const struct server *server = server_of(state);
    static const char full[] =
        "user r, by caching_sha2_password, the password under the server's RSA key";
    static const char fast[] = "user r, by caching_sha2_password";
    static const char tls[] = "user r, by password under TLS";
    expect_proof(user_attempt(state, "r", NULL), full, STAGE_VERDICT_WARNING);
    expect_proof(user_attempt(state, "r", NULL), fast, STAGE_VERDICT_OK);
    expect_proof(user_attempt(state, "r", "verify-identity"), fast, STAGE_VERDICT_OK);
    assert_true(run_sql(server, "FLUSH PRIVILEGES")); /* the digests go */
    expect_proof(user_attempt(state, "r", "verify-identity"), tls, STAGE_VERDICT_OK);
    expect_proof(user_attempt(state, "r", "required"), fast, STAGE_VERDICT_OK);
    assert_true(run_sql(server, "FLUSH PRIVILEGES"));
}

static void other_methods_are_switched_to(void **state)
{
    expect_proof(user_attempt(state, "native", NULL),
                 "user native, by mysql_native_password", STAGE_VERDICT_OK);
    struct attempt *attempt = user_attempt(state, "blank", NULL);
    drop_option(attempt, "PASSWORD");
    expect_proof(attempt, "user blank, without a password", STAGE_VERDICT_OK);
    attempt = user_attempt(state, "sha256", NULL);
    expect_failure(attempt, STAGE_TARGET_LOGIN, STAGE_CAUSE_METHOD_UNSUPPORTED,
                   "Driver error: `Unknown authentication plugin: sha256_password'");
}

static void refused_logins_are_told_apart(void **state)
{
    static const char denied[] = "Server error: `ERROR 28000 (1045): Access denied for "
                                 "user 'r'@'127.0.0.1' (using password: ";
    static const char *const modes[] = {NULL, "required"};
    for (size_t i = 0; i < ARRAY_COUNT(modes); i++) {
        struct attempt *attempt = user_attempt(state, "r", modes[i]);
        set_option(attempt, "PASSWORD", WRONG_PASSWORD);
        expect_failure(attempt, STAGE_TARGET_LOGIN, STAGE_CAUSE_PASSWORD_WRONG, denied);
    }
    struct attempt *attempt = user_attempt(state, "r", NULL);
    drop_option(attempt, "PASSWORD");
    expect_failure(attempt, STAGE_TARGET_LOGIN, STAGE_CAUSE_PASSWORD_MISSING, denied);
    expect_failure(user_attempt(state, "locked", NULL), STAGE_TARGET_LOGIN,
                   STAGE_CAUSE_ACCOUNT_LOCKED, "Server error: `ERROR HY000 (3118): ");
    expect_failure(user_attempt(state, "expired", NULL), STAGE_TARGET_LOGIN,
                   STAGE_CAUSE_PASSWORD_EXPIRED, "Server error: `ERROR HY000 (1862): ");
}

static void trust_is_as_declared(void **state)
{
    const struct server *server = server_of(state);
    struct attempt *attempt = user_attempt(state, "r", "verify-identity");
    set_option(attempt, "SSL CERTIFICATE AUTHORITY", server->stranger.pem);
    expect_failure(attempt, STAGE_TLS, STAGE_CAUSE_TLS_UNTRUSTED,
                   "TLS error: `SSL error: certificate verify failed");
    attempt = user_attempt(state, "r", "verify-identity");
    set_option(attempt, "HOST", "other.internal");
    expect_failure(attempt, STAGE_TLS, STAGE_CAUSE_TLS_NAME_MISMATCH,
                   "TLS error: `server certificate for \"db.internal\"");
    assert_true(run_sql(server, "SET GLOBAL require_secure_transport = ON"));
    expect_failure(user_attempt(state, "r", NULL), STAGE_TARGET_LOGIN,
                   STAGE_CAUSE_TLS_REQUIRED, "Server error: `ERROR HY000 (3159): ");
    assert_true(run_sql(server, "SET GLOBAL require_secure_transport = OFF"));
}

static void privileges_of_roles_count(void **state)
{
    struct attempt *attempt = user_attempt(state, "withrole", NULL);
    expect_success(attempt);
    record_of(attempt, STAGE_SETTINGS, "the user has REPLICATION SLAVE");
    record_of(attempt, STAGE_SETTINGS, "the user has REPLICATION CLIENT");
    attempt_free(attempt);
    attempt = user_attempt(state, "plain", NULL);
    expect_success(attempt);
    record_of(attempt, STAGE_SETTINGS, "the user has no REPLICATION SLAVE");
    record_of(attempt, STAGE_SETTINGS, "the user has no REPLICATION CLIENT");
    attempt_free(attempt);
}

static void expect_setting(void **state, const char *change, const char *undo,
                           enum stage_cause cause, const char *detail)
{
    assert_true(run_sql(server_of(state), change));
    struct attempt *attempt = user_attempt(state, "r", NULL);
    run_attempt(attempt);
    if (!has_text(attempt->err.detail, detail))
        print_message("%s\n%s\n", attempt->err.message, attempt->err.detail);
    assert_string_equal(stage_cause_name(last_record(attempt)->cause),
                        stage_cause_name(cause));
    assert_true(has_text(attempt->err.detail, detail));
    attempt_free(attempt);
    assert_true(run_sql(server_of(state), undo));
}

static void settings_are_told(void **state)
{
    struct attempt *attempt = user_attempt(state, "r", NULL);
    expect_success(attempt);
    record_of(attempt, STAGE_SETTINGS, "gtid_mode = ON");
    record_of(attempt, STAGE_SETTINGS, "enforce_gtid_consistency = ON");
    attempt_free(attempt);
    expect_setting(state, "SET GLOBAL binlog_format = 'STATEMENT'",
                   "SET GLOBAL binlog_format = 'ROW'", STAGE_CAUSE_BINLOG_FORMAT_WRONG,
                   "binlog_format: expected ROW, got STATEMENT");
    expect_setting(state, "SET GLOBAL gtid_mode = ON_PERMISSIVE",
                   "SET GLOBAL gtid_mode = ON", STAGE_CAUSE_GTID_MODE_OFF,
                   "gtid_mode: expected ON, got ON_PERMISSIVE");
    expect_setting(state,
                   "SET GLOBAL gtid_mode = ON_PERMISSIVE;"
                   "SET GLOBAL enforce_gtid_consistency = WARN",
                   "SET GLOBAL enforce_gtid_consistency = ON; SET GLOBAL gtid_mode = ON",
                   STAGE_CAUSE_GTID_MODE_OFF,
                   "gtid_mode: expected ON, got ON_PERMISSIVE; enforce_gtid_consistency: "
                   "expected ON, got WARN");
    static const char replica[] =
        "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = 1;"
        "SET GLOBAL replica_preserve_commit_order = OFF";
    expect_setting(state, replica,
                   "RESET REPLICA ALL; SET GLOBAL replica_preserve_commit_order = ON",
                   STAGE_CAUSE_COMMIT_ORDER_OFF,
                   "replica_preserve_commit_order: expected ON, got OFF");
    assert_true(
        run_sql(server_of(state), "SET GLOBAL replica_preserve_commit_order = OFF"));
    attempt = user_attempt(state, "r", NULL);
    expect_success(attempt);
    record_of(attempt, STAGE_SETTINGS, "the target is no replica");
    attempt_free(attempt);
}

static const char accounts[] =
    "CREATE USER r IDENTIFIED BY '" PASSWORD "';"
    "GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO r;"
    "CREATE USER plain IDENTIFIED BY '" PASSWORD "';"
    "CREATE USER native IDENTIFIED WITH mysql_native_password BY '" PASSWORD "';"
    "CREATE USER sha256 IDENTIFIED WITH sha256_password BY '" PASSWORD "';"
    "CREATE USER locked IDENTIFIED BY '" PASSWORD "' ACCOUNT LOCK;"
    "CREATE USER expired IDENTIFIED BY '" PASSWORD "' PASSWORD EXPIRE;"
    "CREATE USER blank;"
    "CREATE ROLE reader; GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO reader;"
    "CREATE USER withrole IDENTIFIED BY '" PASSWORD "' DEFAULT ROLE reader;";

static int bench_new(void **state)
{
    const char *folder = getenv(MYSQL_FOLDER_VARIABLE);
    if (folder == NULL)
        return 0;
    struct server *server = test_malloc(sizeof(*server));
    char paths[3][SERVER_PATH_MAX];
    server_init(server, folder);
    snprintf(paths[0], sizeof(paths[0]), "--ssl-ca=%s/authority.pem", server->folder);
    snprintf(paths[1], sizeof(paths[1]), "--ssl-cert=%s/server.pem", server->folder);
    snprintf(paths[2], sizeof(paths[2]), "--ssl-key=%s/server.key", server->folder);
    const char *settings[] = {
        paths[0],      paths[1],         paths[2],
        "--log-bin=b", "--gtid-mode=ON", "--enforce-gtid-consistency=ON",
        NULL};
    server_start(server, settings);
    assert_true(run_sql(server, accounts));
    *state = server;
    return 0;
}

static int bench_free(void **state)
{
    if (*state == NULL)
        return 0;
    server_fini(server_of(state));
    test_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha2_is_full_first_and_fast_then),
        cmocka_unit_test(other_methods_are_switched_to),
        cmocka_unit_test(refused_logins_are_told_apart),
        cmocka_unit_test(trust_is_as_declared),
        cmocka_unit_test(privileges_of_roles_count),
        cmocka_unit_test(settings_are_told),
    };
    return cmocka_run_group_tests(tests, bench_new, bench_free);
}
