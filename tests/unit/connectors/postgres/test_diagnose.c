/* connectors/postgres/diagnose: texts of libpq and of servers, first bytes, causes. */

#include "connectors/postgres/diagnose.h"
#include "support/unit.h"

#define HELD_PORT "connection to server at \"db\" (127.0.0.1), port 40123 failed: "

struct login {
    const char *text; /* as libpq gives it */
    bool uses_tls;
    enum stage_cause cause;
};

static void words_lose_the_held_port_and_give_their_state(void **state)
{
    (void)state;
    struct postgres_words words;
    postgres_words_read(HELD_PORT "FATAL:  28P01: password authentication failed for "
                                  "user \"x\"\nLOCATION:  auth_failed, auth.c:326\n",
                        &words);
    assert_string_equal(words.words,
                        "FATAL: password authentication failed for user \"x\"");
    assert_string_equal(words.sqlstate, "28P01");
    assert_string_equal(words.routine, "auth_failed");
    postgres_words_read(HELD_PORT "fe_sendauth: no password supplied\n", &words);
    assert_string_equal(words.words, "fe_sendauth: no password supplied");
    assert_string_equal(words.sqlstate, "");
    assert_string_equal(words.routine, "");
    postgres_words_read("", &words);
    assert_string_equal(words.words, "");
    postgres_words_read(HELD_PORT "FATAL:  28P0", &words);
    assert_string_equal(words.words, "FATAL:  28P0");
    postgres_words_read("SCHWERWIEGEND:  3D000: Datenbank fehlt\nLOCATION:  ", &words);
    assert_string_equal(words.sqlstate, "3D000");
    assert_string_equal(words.words, "SCHWERWIEGEND: Datenbank fehlt");
}

static void logins_have_causes(void **state)
{
    (void)state;
    static const struct login logins[] = {
        {"FATAL:  57P03: the database system is starting up", false,
         STAGE_CAUSE_STARTING_UP},
        {"FATAL:  53300: sorry, too many clients already", true,
         STAGE_CAUSE_TOO_MANY_CONNECTIONS},
        {"FATAL:  28000: Rolle fehlt\nLOCATION:  InitializeSessionUserId, m.c:1", true,
         STAGE_CAUSE_USER_UNKNOWN},
        {"FATAL:  28000: no pg_hba.conf entry for host \"h\", no encryption", false,
         STAGE_CAUSE_TLS_REQUIRED},
        {"FATAL:  28000: no pg_hba.conf entry for host \"h\", SSL encryption", true,
         STAGE_CAUSE_NO_ENTRY},
        {"FATAL:  08P01: SSL required", false, STAGE_CAUSE_TLS_REQUIRED},
        {"FATAL:  XX000: anything", false, STAGE_CAUSE_LOGIN_FAILED},
        {"authentication method 11 not supported", true, STAGE_CAUSE_METHOD_UNSUPPORTED},
        {"server closed the connection unexpectedly\n\tThis", false,
         STAGE_CAUSE_TARGET_CLOSED},
        {"SSL error: tlsv1 alert unknown ca", true, STAGE_CAUSE_CLIENT_CERTIFICATE_BAD},
    };
    for (size_t i = 0; i < ARRAY_COUNT(logins); i++) {
        struct postgres_words words;
        struct postgres_login_state login = {.uses_tls = logins[i].uses_tls};
        postgres_words_read(logins[i].text, &words);
        assert_int_equal(postgres_login_cause(&words, &login), logins[i].cause);
    }
}

static void first_bytes_are_judged(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        bool asked_for_tls;
        enum postgres_answer answer;
    } answers[] = {
        {"S", 1, true, POSTGRES_ANSWER_FINE},
        {"N", 1, true, POSTGRES_ANSWER_NO_TLS},
        {"SS", 2, true, POSTGRES_ANSWER_FOREIGN},
        {"NO", 2, true, POSTGRES_ANSWER_FOREIGN},
        {"E\0\0\0\x20", 5, true, POSTGRES_ANSWER_FINE},
        {"ERROR", 5, true, POSTGRES_ANSWER_FOREIGN},
        {"S", 1, false, POSTGRES_ANSWER_FOREIGN},
        {"R\0\0\0\x08", 5, false, POSTGRES_ANSWER_FINE},
        {"R\0\0\0\x07", 5, false, POSTGRES_ANSWER_FOREIGN},
        {"R", 1, false, POSTGRES_ANSWER_FINE},
        {"RTSP/1.0", 8, false, POSTGRES_ANSWER_FOREIGN},
        {"v\0\0\0\x0c", 5, false, POSTGRES_ANSWER_FINE},
    };
    for (size_t i = 0; i < ARRAY_COUNT(answers); i++)
        assert_int_equal(postgres_answer_judge(bytes_of(answers[i].bytes, answers[i].len),
                                               answers[i].asked_for_tls),
                         answers[i].answer);
}

static void faults_of_tls_have_causes(void **state)
{
    (void)state;
    struct postgres_words words;
    struct tls_peer peer = {.is_handshaken = true};
    postgres_words_read("could not read root certificate file \"f\": no", &words);
    assert_int_equal(postgres_tls_cause(&words, NULL), STAGE_CAUSE_TLS_AUTHORITY_BAD);
    postgres_words_read("could not load private key file \"f\": no", &words);
    assert_int_equal(postgres_tls_cause(&words, NULL),
                     STAGE_CAUSE_CLIENT_CERTIFICATE_BAD);
    assert_int_equal(postgres_tls_cause(&words, &peer), STAGE_CAUSE_TLS_NAME_MISMATCH);
    peer.fault = STREAM_TLS_FAULT_EXPIRED;
    assert_int_equal(postgres_tls_cause(&words, &peer), STAGE_CAUSE_TLS_EXPIRED);
    peer.fault = STREAM_TLS_FAULT_UNTRUSTED;
    assert_int_equal(postgres_tls_cause(&words, &peer), STAGE_CAUSE_TLS_UNTRUSTED);
    peer = (struct tls_peer){.is_handshaken = false};
    postgres_words_read("SSL error: no protocols available", &words);
    assert_int_equal(postgres_tls_cause(&words, &peer), STAGE_CAUSE_TLS_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_lose_the_held_port_and_give_their_state),
        cmocka_unit_test(logins_have_causes),
        cmocka_unit_test(first_bytes_are_judged),
        cmocka_unit_test(faults_of_tls_have_causes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
