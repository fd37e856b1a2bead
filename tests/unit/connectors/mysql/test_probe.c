/* connectors/mysql/probe: each stage and cause against a real MariaDB. */

#include "unit/connectors/mysql/attempt.h"

static struct server *server_of(void **state)
{
    return *state;
}

/* --- well -------------------------------------------------------------------------- */

static void every_stage_is_told(void **state)
{
    struct attempt *attempt = attempt_new(server_of(state)->port);
    expect_success(attempt);
    static const enum stage stages[] = {
        STAGE_CONNECT,  STAGE_ANSWER,   STAGE_TARGET_LOGIN,
        STAGE_SETTINGS, STAGE_SETTINGS, STAGE_SETTINGS,
        STAGE_SETTINGS, STAGE_SETTINGS, STAGE_SETTINGS};
    assert_int_equal(attempt->trace.count, ARRAY_COUNT(stages));
    for (size_t i = 0; i < ARRAY_COUNT(stages); i++) {
        assert_int_equal(attempt->trace.records[i].stage, stages[i]);
        assert_int_equal(attempt->trace.records[i].verdict, STAGE_VERDICT_OK);
        assert_true(has_text(attempt->trace.records[i].address, "db.internal:"));
    }
    record_of(attempt, STAGE_ANSWER, "MariaDB 10.");
    record_of(attempt, STAGE_TARGET_LOGIN, "user r, by mysql_native_password");
    record_of(attempt, STAGE_SETTINGS, "log_bin = ON");
    record_of(attempt, STAGE_SETTINGS, "binlog_format = ROW");
    record_of(attempt, STAGE_SETTINGS, "binlog_row_image = FULL");
    record_of(attempt, STAGE_SETTINGS, "gtid_strict_mode = ON");
    record_of(attempt, STAGE_SETTINGS, "the user has REPLICATION SLAVE");
    record_of(attempt, STAGE_SETTINGS, "the user has REPLICATION CLIENT");
    assert_string_equal(attempt->dials.asked_host, "db.internal");
    attempt_free(attempt);
}

static void missing_privileges_are_warnings(void **state)
{
    struct attempt *attempt = attempt_new(server_of(state)->port);
    set_option(attempt, "USER", "plain");
    expect_success(attempt);
    const struct stage_record *record =
        record_of(attempt, STAGE_SETTINGS, "the user has no REPLICATION SLAVE");
    assert_int_equal(record->verdict, STAGE_VERDICT_WARNING);
    assert_int_equal(record->cause, STAGE_CAUSE_REPLICATION_SLAVE_MISSING);
    assert_true(has_text(record->remedy, "GRANT REPLICATION SLAVE"));
    record = record_of(attempt, STAGE_SETTINGS, "the user has no REPLICATION CLIENT");
    assert_int_equal(record->cause, STAGE_CAUSE_REPLICATION_CLIENT_MISSING);
    attempt_free(attempt);
    attempt = attempt_new(server_of(state)->port);
    set_option(attempt, "USER", "half");
    expect_success(attempt);
    record = record_of(attempt, STAGE_SETTINGS, "the user has REPLICATION SLAVE");
    assert_int_equal(record->verdict, STAGE_VERDICT_OK);
    record_of(attempt, STAGE_SETTINGS, "the user has no REPLICATION CLIENT");
    attempt_free(attempt);
}

/* --- TLS --------------------------------------------------------------------------- */

static struct attempt *tls_attempt(void **state, const char *mode, const char *authority)
{
    struct attempt *attempt = attempt_new(server_of(state)->port);
    set_option(attempt, "SSL MODE", mode);
    if (authority != NULL)
        set_option(attempt, "SSL CERTIFICATE AUTHORITY", authority);
    return attempt;
}

static void each_mode_trusts_as_it_says(void **state)
{
    const char *right = server_of(state)->authority.pem;
    struct attempt *attempt = tls_attempt(state, "verify-identity", right);
    expect_success(attempt);
    record_of(attempt, STAGE_TLS,
              "TLSv1.3 TLS_AES_256_GCM_SHA384: authority and name verified");
    attempt_free(attempt);
    attempt = tls_attempt(state, "VERIFY_CA", right);
    set_option(attempt, "HOST", "other.internal");
    expect_success(attempt);
    record_of(attempt, STAGE_TLS, "authority verified, not the name");
    attempt_free(attempt);
    /* the authority is for the two other modes only */
    attempt = tls_attempt(state, "required", server_of(state)->stranger.pem);
    set_option(attempt, "HOST", "other.internal");
    expect_success(attempt);
    record_of(attempt, STAGE_TLS, ": not verified");
    attempt_free(attempt);
    attempt = attempt_new(server_of(state)->port); /* disabled */
    expect_success(attempt);
    for (size_t i = 0; i < attempt->trace.count; i++)
        assert_int_not_equal(attempt->trace.records[i].stage, STAGE_TLS);
    attempt_free(attempt);
}

static void wrong_authorities_are_told_from_wrong_names(void **state)
{
    static const char untrusted[] = "TLS error: `SSL error: certificate verify failed: ";
    const char *stranger = server_of(state)->stranger.pem;
    expect_failure(tls_attempt(state, "verify-identity", stranger), STAGE_TLS,
                   STAGE_CAUSE_TLS_UNTRUSTED, untrusted);
    expect_failure(tls_attempt(state, "verify-ca", stranger), STAGE_TLS,
                   STAGE_CAUSE_TLS_UNTRUSTED, untrusted);
    /* the system's authorities know ours as little */
    expect_failure(tls_attempt(state, "verify-ca", NULL), STAGE_TLS,
                   STAGE_CAUSE_TLS_UNTRUSTED, untrusted);
    struct attempt *attempt =
        tls_attempt(state, "verify-identity", server_of(state)->authority.pem);
    set_option(attempt, "HOST", "other.internal");
    expect_failure(attempt, STAGE_TLS, STAGE_CAUSE_TLS_NAME_MISMATCH,
                   "TLS error: `server certificate for \"db.internal\" does not match "
                   "host name \"other.internal\"");
    attempt = tls_attempt(state, "verify-ca", "no certificate at all");
    run_attempt(attempt);
    assert_int_equal(last_record(attempt)->stage, STAGE_TLS);
    assert_int_equal(last_record(attempt)->cause, STAGE_CAUSE_TLS_AUTHORITY_BAD);
    assert_int_equal(attempt->dials.dial_count, 0);
    assert_false(has_text(attempt->err.message, "no certificate at all"));
    attempt_free(attempt);
}

static void client_certificates_are_shown(void **state)
{
    const struct server *server = server_of(state);
    struct attempt *attempt =
        tls_attempt(state, "verify-identity", server->authority.pem);
    set_option(attempt, "USER", "certuser");
    set_option(attempt, "SSL CERTIFICATE", server->client.pem);
    set_option(attempt, "SSL KEY", server->client.key_pem);
    expect_success(attempt);
    attempt_free(attempt);

    attempt = tls_attempt(state, "required", NULL); /* none */
    set_option(attempt, "USER", "certuser");
    expect_failure(
        attempt, STAGE_TARGET_LOGIN, STAGE_CAUSE_PASSWORD_WRONG,
        "Server error: `ERROR 28000 (1045): Access denied for user 'certuser'");

    attempt = tls_attempt(state, "required", NULL); /* signed by a stranger */
    set_option(attempt, "SSL CERTIFICATE", server->stranger.pem);
    set_option(attempt, "SSL KEY", server->stranger.key_pem);
    run_attempt(attempt);
    assert_int_equal(attempt->rc, RC_FAILED);
    assert_int_equal(last_record(attempt)->cause, STAGE_CAUSE_CLIENT_CERTIFICATE_BAD);
    attempt_free(attempt);

    attempt = tls_attempt(state, "required", NULL); /* the key of another */
    set_option(attempt, "SSL CERTIFICATE", server->client.pem);
    set_option(attempt, "SSL KEY", server->own.key_pem);
    run_attempt(attempt);
    assert_int_equal(last_record(attempt)->stage, STAGE_TLS);
    assert_int_equal(last_record(attempt)->cause, STAGE_CAUSE_CLIENT_CERTIFICATE_BAD);
    attempt_free(attempt);
}

/* --- login ------------------------------------------------------------------------- */

static struct attempt *user_attempt(void **state, const char *user)
{
    struct attempt *attempt = attempt_new(server_of(state)->port);
    set_option(attempt, "USER", user);
    return attempt;
}

static void refused_logins_are_told_apart(void **state)
{
    struct attempt *attempt = user_attempt(state, "r");
    set_option(attempt, "PASSWORD", WRONG_PASSWORD);
    expect_failure(attempt, STAGE_TARGET_LOGIN, STAGE_CAUSE_PASSWORD_WRONG,
                   "Server error: `ERROR 28000 (1045): Access denied for user "
                   "'r'@'127.0.0.1' (using password: YES)'");
    attempt = user_attempt(state, "r");
    drop_option(attempt, "PASSWORD");
    expect_failure(attempt, STAGE_TARGET_LOGIN, STAGE_CAUSE_PASSWORD_MISSING,
                   "Server error: `ERROR 28000 (1045): Access denied for user "
                   "'r'@'127.0.0.1' (using password: NO)'");
    expect_failure(user_attempt(state, "ghost"), STAGE_TARGET_LOGIN,
                   STAGE_CAUSE_PASSWORD_WRONG, "Server error: `ERROR 28000 (1045): ");
    expect_failure(user_attempt(state, "locked"), STAGE_TARGET_LOGIN,
                   STAGE_CAUSE_ACCOUNT_LOCKED, "Server error: `ERROR HY000 (4151): ");
    expect_failure(user_attempt(state, "expired"), STAGE_TARGET_LOGIN,
                   STAGE_CAUSE_PASSWORD_EXPIRED, "Server error: `ERROR HY000 (1862): ");
    attempt = user_attempt(state, "few");
    expect_success(attempt);
    attempt_free(attempt);
    expect_failure(user_attempt(state, "few"), STAGE_TARGET_LOGIN,
                   STAGE_CAUSE_TOO_MANY_CONNECTIONS,
                   "Server error: `ERROR 42000 (1226): ");
    expect_failure(user_attempt(state, "socketuser"), STAGE_TARGET_LOGIN,
                   STAGE_CAUSE_METHOD_UNSUPPORTED, "Server error: `ERROR 28000 (1698): ");
    attempt = user_attempt(state, "onlytls");
    run_attempt(attempt);
    assert_int_equal(last_record(attempt)->cause, STAGE_CAUSE_PASSWORD_WRONG);
    assert_true(has_text(attempt->err.hint, "REQUIRE SSL"));
    attempt_free(attempt);
    attempt = tls_attempt(state, "required", NULL);
    set_option(attempt, "USER", "onlytls");
    expect_success(attempt);
    attempt_free(attempt);
    attempt = user_attempt(state, "blank");
    drop_option(attempt, "PASSWORD");
    expect_success(attempt);
    record_of(attempt, STAGE_TARGET_LOGIN, "user blank, without a password");
    attempt_free(attempt);
}

static void secrets_do_not_come_back_in_words(void **state)
{
    struct attempt *attempt = user_attempt(state, "$ghost");
    expect_failure(attempt, STAGE_TARGET_LOGIN, STAGE_CAUSE_PASSWORD_WRONG,
                   "Server error: `ERROR 28000 (1045): Access denied for user "
                   "'*****'@'127.0.0.1'");
    attempt = user_attempt(state, "r");
    set_option(attempt, "PASSWORD", "sealed");
    expect_failure(attempt, STAGE_TARGET_LOGIN, STAGE_CAUSE_SECRET_SEALED,
                   "the secret of option PASSWORD is not available");
    attempt = user_attempt(state, "r");
    drop_option(attempt, "USER");
    expect_failure(attempt, STAGE_TARGET_LOGIN, STAGE_CAUSE_USER_UNKNOWN,
                   "USER option is required");
    attempt = user_attempt(state, "$r");
    expect_success(attempt);
    record_of(attempt, STAGE_TARGET_LOGIN, "user of a secret");
    attempt_free(attempt);
}

/* --- what is no server, or does not speak ------------------------------------------ */

static void expect_peer_failure(const char *words, size_t len, enum stage_cause cause,
                                const char *message)
{
    struct peer peer;
    peer_start(&peer, words, len);
    expect_failure(attempt_new(peer.port), STAGE_ANSWER, cause, message);
    peer_stop(&peer);
}

static void strangers_are_recognised(void **state)
{
    (void)state;
    static const char ssh[] = "SSH-2.0-OpenSSH_9.2\r\n";
    static const char x_protocol[] = "\x05\0\0\0\x0b\x08\x05\x1a\0";
    static const char broken[] = "\x05\0\0\0\x0a"
                                 "8.0.";
    static const char full[] = "\x17\0\0\0\xff\x10\x04Too many connections";
    static const char blocked[] = "\x10\0\0\0\xff\x69\x04Host is blocke";
    static const char stranger[] = "\x0a\0\0\0\xff\x6a\x04not all";
    expect_peer_failure(ssh, sizeof(ssh) - 1, STAGE_CAUSE_NOT_MYSQL,
                        "the peer is no MySQL server, it says \"SSH-2.0-OpenSSH_9.2\"");
    expect_peer_failure(x_protocol, sizeof(x_protocol) - 1, STAGE_CAUSE_NOT_MYSQL,
                        "the peer is no MySQL server");
    expect_peer_failure(broken, sizeof(broken) - 1, STAGE_CAUSE_NOT_MYSQL,
                        "the peer is no MySQL server");
    expect_peer_failure("", 0, STAGE_CAUSE_TARGET_CLOSED,
                        "Input/output error: server closed the connection unexpectedly");
    expect_peer_failure(full, sizeof(full) - 1, STAGE_CAUSE_TOO_MANY_CONNECTIONS,
                        "Server error: `ERROR HY000 (1040): Too many connections'");
    expect_peer_failure(blocked, sizeof(blocked) - 2, STAGE_CAUSE_HOST_BLOCKED,
                        "Server error: `ERROR HY000 (1129): Host is block");
    expect_peer_failure(stranger, sizeof(stranger) - 1, STAGE_CAUSE_HOST_NOT_ALLOWED,
                        "Server error: `ERROR HY000 (1130): not all'");
}

static void a_closed_port_is_refused(void **state)
{
    (void)state;
    expect_failure(attempt_new(closed_port()), STAGE_CONNECT, STAGE_CAUSE_REFUSED,
                   "Input/output error: Connection refused");
}

static void silence_ends_at_the_deadline(void **state)
{
    (void)state;
    struct peer peer;
    peer_start(&peer, NULL, 0);
    struct attempt *attempt = attempt_new(peer.port);
    attempt->probe.timeout = MS(300);
    int64_t started_us = clock_monotonic_us();
    expect_failure(attempt, STAGE_ANSWER, STAGE_CAUSE_TIMEOUT,
                   "Input/output error: connection timed out");
    assert_in_range((clock_monotonic_us() - started_us) / 1000, 290, 1500);
    peer_stop(&peer);
}

static void a_cancel_ends_the_wait(void **state)
{
    (void)state;
    struct peer peer;
    pthread_t thread;
    peer_start(&peer, NULL, 0);
    struct attempt *attempt = attempt_new(peer.port);
    start_probe(attempt, &thread);
    poll(NULL, 0, 200);
    int64_t cancelled_us = clock_monotonic_us();
    atomic_store(&attempt->cancelled, true);
    pthread_join(thread, NULL);
    assert_in_range((clock_monotonic_us() - cancelled_us) / 1000, 0, 1000);
    check_attempt(attempt);
    assert_int_equal(attempt->rc, RC_FAILED);
    assert_int_equal(attempt->err.state, SQLSTATE_QUERY_CANCELED);
    assert_int_equal(last_record(attempt)->cause, STAGE_CAUSE_CANCELLED);
    attempt_free(attempt);
    peer_stop(&peer);
}

/* --- the dialer's word goes first -------------------------------------------------- */

static struct attempt *dial_attempt(enum dial_kind kind)
{
    struct attempt *attempt = attempt_new(3306);
    attempt->dials.kind = kind;
    return attempt;
}

static void failures_of_the_dial_are_told_by_the_dialer(void **state)
{
    (void)state;
    static const enum dial_kind lost[] = {DIAL_CUT, DIAL_STALLED};
    expect_failure(dial_attempt(DIAL_UNKNOWN), STAGE_RESOLVE, STAGE_CAUSE_NAME_UNKNOWN,
                   "Input/output error: failed to lookup address information: Name or "
                   "service not known");
    struct attempt *attempt = dial_attempt(DIAL_REFUSED);
    set_option(attempt, "SSH TUNNEL", "u1");
    expect_failure(attempt, STAGE_FORWARD, STAGE_CAUSE_FORWARD_PROHIBITED,
                   "failed to open SSH tunnel: administratively prohibited: open failed");
    for (size_t i = 0; i < ARRAY_COUNT(lost); i++) {
        attempt = dial_attempt(lost[i]);
        set_option(attempt, "SSH TUNNEL", "u1");
        run_attempt(attempt);
        assert_int_equal(last_record(attempt)->stage, STAGE_ANSWER);
        assert_int_equal(last_record(attempt)->cause, STAGE_CAUSE_SESSION_LOST);
        assert_string_equal(
            attempt->err.message,
            "SSH tunnel was cut: Connection to bastion closed by remote host.");
        attempt_free(attempt);
    }
}

static void a_tunnels_pair_carries_tls_with_the_true_name(void **state)
{
    const struct server *server = server_of(state);
    struct attempt *attempt =
        tls_attempt(state, "verify-identity", server->authority.pem);
    attempt->dials.kind = DIAL_PUMPED;
    set_option(attempt, "SSH TUNNEL", "u1");
    expect_success(attempt);
    assert_int_equal(attempt->trace.records[0].stage, STAGE_FORWARD);
    record_of(attempt, STAGE_TLS, "authority and name verified");
    attempt_free(attempt);
    attempt = tls_attempt(state, "verify-identity", server->authority.pem);
    attempt->dials.kind = DIAL_PUMPED;
    set_option(attempt, "HOST", "127.0.0.1");
    run_attempt(attempt);
    assert_int_equal(last_record(attempt)->cause, STAGE_CAUSE_TLS_NAME_MISMATCH);
    attempt_free(attempt);
}

static void what_is_amazons_is_refused(void **state)
{
    (void)state;
    struct attempt *attempt = attempt_new(3306);
    set_option(attempt, "AWS PRIVATELINK", "u9");
    expect_failure(attempt, STAGE_CONNECT, STAGE_CAUSE_NOT_SUPPORTED,
                   "AWS PrivateLink connections are unsupported");
}

/* --- settings ---------------------------------------------------------------------- */

static void expect_setting(void **state, const char *change, const char *undo,
                           enum stage_cause cause, const char *detail)
{
    assert_true(run_sql(server_of(state), change));
    struct attempt *attempt = attempt_new(server_of(state)->port);
    run_attempt(attempt);
    assert_int_equal(attempt->rc, RC_FAILED);
    assert_int_equal(last_record(attempt)->stage, STAGE_SETTINGS);
    assert_string_equal(stage_cause_name(last_record(attempt)->cause),
                        stage_cause_name(cause));
    assert_string_equal(attempt->err.message,
                        "Invalid MySQL system replication settings");
    if (!has_text(attempt->err.detail, detail))
        print_message("%s\n", attempt->err.detail);
    assert_true(has_text(attempt->err.detail, detail));
    assert_true(has_text(attempt->err.hint,
                         "Set the necessary MySQL database system settings. On the "));
    attempt_free(attempt);
    assert_true(run_sql(server_of(state), undo));
}

static void settings_are_told_one_by_one_and_together(void **state)
{
    expect_setting(state, "SET GLOBAL binlog_format = 'STATEMENT'",
                   "SET GLOBAL binlog_format = 'ROW'", STAGE_CAUSE_BINLOG_FORMAT_WRONG,
                   "Invalid MySQL system replication settings: binlog_format: expected "
                   "ROW, got STATEMENT. Hop MYSQL \"my\" (db.internal:");
    expect_setting(state, "SET GLOBAL binlog_row_image = 'MINIMAL'",
                   "SET GLOBAL binlog_row_image = 'FULL'",
                   STAGE_CAUSE_BINLOG_ROW_IMAGE_WRONG,
                   "binlog_row_image: expected FULL, got MINIMAL. ");
    expect_setting(state, "SET GLOBAL gtid_strict_mode = OFF",
                   "SET GLOBAL gtid_strict_mode = ON", STAGE_CAUSE_GTID_STRICT_MODE_OFF,
                   "gtid_strict_mode: expected ON, got OFF. ");
    expect_setting(
        state, "SET GLOBAL binlog_format = 'MIXED', gtid_strict_mode = OFF",
        "SET GLOBAL binlog_format = 'ROW', gtid_strict_mode = ON",
        STAGE_CAUSE_BINLOG_FORMAT_WRONG,
        "binlog_format: expected ROW, got MIXED; gtid_strict_mode: expected ON, got OFF");
}

static void restart(void **state, const char *const *settings)
{
    server_stop(server_of(state));
    server_start(server_of(state), settings);
}

static void no_log_and_no_tls_are_told(void **state)
{
    static const char *const settings[] = {"--skip-log-bin", NULL};
    restart(state, settings);
    expect_setting(state, "SELECT 1", "SELECT 1", STAGE_CAUSE_BINLOG_OFF,
                   "log_bin: expected ON, got OFF");
    expect_failure(tls_attempt(state, "required", NULL), STAGE_TLS,
                   STAGE_CAUSE_TLS_REFUSED,
                   "Driver error: `server does not support TLS'");
}

static void an_expired_certificate_and_forced_tls_are_told(void **state)
{
    struct server *server = server_of(state);
    char paths[3][SERVER_PATH_MAX];
    snprintf(paths[0], sizeof(paths[0]), "--ssl-ca=%s/authority.pem", server->folder);
    snprintf(paths[1], sizeof(paths[1]), "--ssl-cert=%s/server.pem", server->folder);
    snprintf(paths[2], sizeof(paths[2]), "--ssl-key=%s/server.key", server->folder);
    const char *settings[] = {paths[0], paths[1], paths[2],
                              "--require-secure-transport=ON", NULL};
    write_file(server, "server.pem", server->expired.pem);
    write_file(server, "server.key", server->expired.key_pem);
    restart(state, settings);
    expect_failure(tls_attempt(state, "verify-ca", server->authority.pem), STAGE_TLS,
                   STAGE_CAUSE_TLS_EXPIRED,
                   "TLS error: `SSL error: certificate verify failed: The certificate ");
    struct attempt *attempt = attempt_new(server->port);
    run_attempt(attempt);
    assert_int_equal(last_record(attempt)->cause, STAGE_CAUSE_PASSWORD_WRONG);
    assert_true(has_text(attempt->err.hint, "require_secure_transport"));
    attempt_free(attempt);
}

static size_t count_descriptors(void)
{
    size_t count = 0;
    for (int fd = 0; fd < 1024; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static void no_descriptor_is_left(void **state)
{
    size_t before = count_descriptors();
    for (int i = 0; i < 3; i++) {
        struct attempt *attempt =
            tls_attempt(state, "verify-identity", server_of(state)->authority.pem);
        if (i == 1)
            attempt->probe.timeout = MS(1);
        if (i == 2)
            set_option(attempt, "SSL MODE", "required");
        run_attempt(attempt);
        assert_int_equal(attempt->rc, RC_FAILED); /* expired, late, without a log */
        attempt_free(attempt);
    }
    assert_int_equal(count_descriptors(), before);
}

/* --- what EXPLAIN shows ------------------------------------------------------------ */

static void the_command_repeats_it_without_secrets(void **state)
{
    (void)state;
    struct arena *arena = arena_new("test", NULL);
    struct attempt *attempt = attempt_new(3307);
    set_option(attempt, "SSH TUNNEL", "u7");
    assert_string_equal(mysql_connector.command(arena, &attempt->set),
                        "mysql --host=db.internal --port=3307 --user=r --password "
                        "--loose-ssl-mode=DISABLED --loose-get-server-public-key -e "
                        "'SHOW GRANTS'");
    set_option(attempt, "HOST", "it's");
    set_option(attempt, "USER", "$hidden");
    set_option(attempt, "SSL MODE", "verify_identity");
    set_option(attempt, "SSL CERTIFICATE AUTHORITY", "pem");
    assert_string_equal(mysql_connector.command(arena, &attempt->set),
                        "mysql --host='it'\\''s' --port=3307 --user=USER --password "
                        "--loose-ssl-mode=VERIFY_IDENTITY --ssl-ca=authority.pem -e "
                        "'SHOW GRANTS'");
    const char *host = NULL;
    const char *tunnel = NULL;
    uint16_t port = 0;
    mysql_connector.target(&attempt->set, &host, &port, &tunnel);
    assert_string_equal(host, "it's");
    assert_int_equal(port, 3307);
    assert_string_equal(tunnel, "u7");
    attempt_free(attempt);
    arena_free(&arena);
}

/* --- the bench --------------------------------------------------------------------- */

static const char accounts[] =
    "CREATE USER r IDENTIFIED BY '" PASSWORD "';"
    "GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO r;"
    "CREATE USER plain IDENTIFIED BY '" PASSWORD "';"
    "CREATE USER half IDENTIFIED BY '" PASSWORD "';"
    "GRANT SELECT, REPLICATION SLAVE ON *.* TO half;"
    "CREATE USER certuser IDENTIFIED BY '" PASSWORD "' REQUIRE X509;"
    "CREATE USER onlytls IDENTIFIED BY '" PASSWORD "' REQUIRE SSL;"
    "CREATE USER locked IDENTIFIED BY '" PASSWORD "' ACCOUNT LOCK;"
    "CREATE USER expired IDENTIFIED BY '" PASSWORD "' PASSWORD EXPIRE;"
    "CREATE USER few IDENTIFIED BY '" PASSWORD "' WITH MAX_CONNECTIONS_PER_HOUR 1;"
    "CREATE USER socketuser IDENTIFIED VIA unix_socket;"
    "CREATE USER blank;";

static int bench_new(void **state)
{
    struct server *server = test_malloc(sizeof(*server));
    char paths[3][SERVER_PATH_MAX];
    server_init(server, NULL);
    snprintf(paths[0], sizeof(paths[0]), "--ssl-ca=%s/authority.pem", server->folder);
    snprintf(paths[1], sizeof(paths[1]), "--ssl-cert=%s/server.pem", server->folder);
    snprintf(paths[2], sizeof(paths[2]), "--ssl-key=%s/server.key", server->folder);
    const char *settings[] = {paths[0],
                              paths[1],
                              paths[2],
                              "--log-bin=b",
                              "--binlog-format=ROW",
                              "--gtid-strict-mode=ON",
                              "--disconnect-on-expired-password=ON",
                              NULL};
    server_start(server, settings);
    assert_true(run_sql(server, accounts));
    *state = server;
    return 0;
}

static int bench_free(void **state)
{
    server_fini(server_of(state));
    test_free(*state);
    return 0;
}

/* Those that restart the server stand last, in an order of their own. */
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_stage_is_told),
        cmocka_unit_test(missing_privileges_are_warnings),
        cmocka_unit_test(each_mode_trusts_as_it_says),
        cmocka_unit_test(wrong_authorities_are_told_from_wrong_names),
        cmocka_unit_test(client_certificates_are_shown),
        cmocka_unit_test(refused_logins_are_told_apart),
        cmocka_unit_test(secrets_do_not_come_back_in_words),
        cmocka_unit_test(strangers_are_recognised),
        cmocka_unit_test(a_closed_port_is_refused),
        cmocka_unit_test(silence_ends_at_the_deadline),
        cmocka_unit_test(a_cancel_ends_the_wait),
        cmocka_unit_test(failures_of_the_dial_are_told_by_the_dialer),
        cmocka_unit_test(a_tunnels_pair_carries_tls_with_the_true_name),
        cmocka_unit_test(what_is_amazons_is_refused),
        cmocka_unit_test(settings_are_told_one_by_one_and_together),
        cmocka_unit_test(no_log_and_no_tls_are_told),
        cmocka_unit_test(an_expired_certificate_and_forced_tls_are_told),
        cmocka_unit_test(no_descriptor_is_left),
        cmocka_unit_test(the_command_repeats_it_without_secrets),
    };
    return cmocka_run_group_tests(tests, bench_new, bench_free);
}
