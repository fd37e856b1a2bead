/* connectors/mysql/diagnose: what no server at hand says; grants of both kinds. */

#include "connectors/mysql/diagnose.h"
#include "support/unit.h"

static enum stage_cause cause_of(uint16_t code, enum stage stage)
{
    struct mysql_failure failure = {.fault = MYSQL_FAULT_SERVER, .server.code = code};
    struct mysql_situation situation = {.stage = stage, .has_password = true};
    return mysql_failure_cause(&failure, &situation);
}

static void numbers_of_errors_have_causes(void **state)
{
    (void)state;
    assert_int_equal(cause_of(1045, STAGE_TARGET_LOGIN), STAGE_CAUSE_PASSWORD_WRONG);
    assert_int_equal(cause_of(1129, STAGE_ANSWER), STAGE_CAUSE_HOST_BLOCKED);
    assert_int_equal(cause_of(1130, STAGE_ANSWER), STAGE_CAUSE_HOST_NOT_ALLOWED);
    assert_int_equal(cause_of(3118, STAGE_TARGET_LOGIN), STAGE_CAUSE_ACCOUNT_LOCKED);
    assert_int_equal(cause_of(3955, STAGE_TARGET_LOGIN), STAGE_CAUSE_ACCOUNT_LOCKED);
    assert_int_equal(cause_of(3159, STAGE_TARGET_LOGIN), STAGE_CAUSE_TLS_REQUIRED);
    assert_int_equal(cause_of(1053, STAGE_TARGET_LOGIN), STAGE_CAUSE_STARTING_UP);
    assert_int_equal(cause_of(9999, STAGE_TARGET_LOGIN), STAGE_CAUSE_LOGIN_FAILED);
    assert_int_equal(cause_of(1227, STAGE_SETTINGS), STAGE_CAUSE_QUERY_FAILED);
}

static void every_fault_has_words_and_a_cause(void **state)
{
    (void)state;
    for (int fault = MYSQL_FAULT_NONE; fault <= MYSQL_FAULT_MEMORY; fault++) {
        char message[MYSQL_WORDS_MAX * 2];
        struct mysql_failure failure = {.fault = (enum mysql_fault)fault,
                                        .words = "some words",
                                        .server.words = "some words"};
        struct mysql_situation situation = {.stage = STAGE_TARGET_LOGIN};
        mysql_failure_message(&failure, message, sizeof(message));
        assert_non_null(strstr(message, "some words"));
        assert_int_not_equal(mysql_failure_cause(&failure, &situation), STAGE_CAUSE_NONE);
        mysql_failure_message(&failure, message, 8);
        assert_int_equal(strlen(message), 7);
    }
}

static void lost_certificates_and_faults_of_tls_are_told(void **state)
{
    (void)state;
    struct mysql_failure closed = {.fault = MYSQL_FAULT_CLOSED};
    struct mysql_situation situation = {.stage = STAGE_TARGET_LOGIN, .uses_tls = true};
    assert_int_equal(mysql_failure_cause(&closed, &situation), STAGE_CAUSE_TARGET_CLOSED);
    situation.has_certificate = true;
    assert_int_equal(mysql_failure_cause(&closed, &situation),
                     STAGE_CAUSE_CLIENT_CERTIFICATE_BAD);
    situation.stage = STAGE_TLS;
    assert_int_equal(mysql_failure_cause(&closed, &situation), STAGE_CAUSE_TLS_FAILED);
    static const enum stage_cause causes[] = {
        [STREAM_TLS_FAULT_NOT_TLS] = STAGE_CAUSE_TLS_FAILED,
        [STREAM_TLS_FAULT_UNTRUSTED] = STAGE_CAUSE_TLS_UNTRUSTED,
        [STREAM_TLS_FAULT_WRONG_NAME] = STAGE_CAUSE_TLS_NAME_MISMATCH,
        [STREAM_TLS_FAULT_EXPIRED] = STAGE_CAUSE_TLS_EXPIRED,
        [STREAM_TLS_FAULT_REFUSED] = STAGE_CAUSE_TLS_FAILED,
    };
    for (size_t i = STREAM_TLS_FAULT_NOT_TLS; i < ARRAY_COUNT(causes); i++) {
        struct mysql_failure failure = {.fault = MYSQL_FAULT_TLS,
                                        .tls = (enum stream_tls_fault)i,
                                        .words = "alert handshake failure"};
        assert_int_equal(mysql_failure_cause(&failure, &situation), causes[i]);
    }
    struct mysql_failure refused = {.fault = MYSQL_FAULT_TLS,
                                    .tls = STREAM_TLS_FAULT_REFUSED,
                                    .words = "tlsv1 alert unknown ca"};
    assert_int_equal(mysql_failure_cause(&refused, &situation),
                     STAGE_CAUSE_CLIENT_CERTIFICATE_BAD);
}

static void remedies_know_where_we_stand(void **state)
{
    (void)state;
    struct mysql_situation direct = {.stage = STAGE_CONNECT};
    struct mysql_situation tunnelled = {.stage = STAGE_FORWARD, .is_tunnelled = true};
    struct mysql_situation silent = {.stage = STAGE_ANSWER};
    assert_non_null(strstr(mysql_remedy(STAGE_CAUSE_REFUSED, &direct), "bind_address"));
    assert_string_equal(mysql_remedy(STAGE_CAUSE_REFUSED, &tunnelled), "");
    assert_non_null(strstr(mysql_remedy(STAGE_CAUSE_TIMEOUT, &direct), "mz_egress_ips"));
    assert_non_null(strstr(mysql_remedy(STAGE_CAUSE_TIMEOUT, &silent), "greets at once"));
    silent.stage = STAGE_SETTINGS;
    assert_non_null(strstr(mysql_remedy(STAGE_CAUSE_TIMEOUT, &silent), "fell silent"));
}

static void grants_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned found;
    } grants[] = {
        {"GRANT USAGE ON *.* TO `u`@`%`", 0},
        {"GRANT REPLICATION SLAVE ON *.* TO `u`@`%`", 1},
        {"GRANT SELECT, REPLICATION CLIENT, RELOAD ON *.* TO 'u'@'%'", 2},
        {"GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO `u`@`%` IDENTIFIED BY "
         "PASSWORD '*00'",
         3},
        {"GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` WITH GRANT OPTION", 3},
        {"GRANT ALL PRIVILEGES ON `d`.* TO `u`@`%`", 0},
        {"GRANT REPLICATION SLAVE ADMIN ON *.* TO `u`@`%`", 0},
        {"GRANT `REPLICATION SLAVE ON *.* TO `@`%` TO `u`@`%`", 0},
        {"GRANT `r`@`%`, `REPLICATION SLAVE` ON *.* TO ", 0},
        {"REVOKE REPLICATION SLAVE ON *.* TO `u`", 0},
        {"GRANT  ON *.* TO ", 0},
        {"GRANT , ,REPLICATION SLAVE,, ON *.* TO ", 1},
        {"GRANT ON *.* TO `u`", 0},
        {"GRANT", 0},
        {"", 0},
    };
    for (size_t i = 0; i < ARRAY_COUNT(grants); i++)
        assert_int_equal(mysql_grant_read(bytes_of_text(grants[i].text)),
                         grants[i].found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_of_errors_have_causes),
        cmocka_unit_test(every_fault_has_words_and_a_cause),
        cmocka_unit_test(lost_certificates_and_faults_of_tls_are_told),
        cmocka_unit_test(remedies_know_where_we_stand),
        cmocka_unit_test(grants_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
