/* base/stage: names, remedies, traces, and that peers' words are made harmless. */
#include <ctype.h>

#include "base/stage.h"
#include "support/unit.h"

static bool is_sentence(const char *text)
{
    size_t len = strlen(text);
    return len == 0 || (isupper((unsigned char)text[0]) && text[len - 1] == '.');
}

/* Names are an interface, so they are written out: this holds them to the identifiers. */
static void every_cause_has_its_name_in_lower_case(void **state)
{
    (void)state;
    static const char *const capitals[] = {
#define X(identifier, name, text, remedy) #identifier,
#include "base/stage_causes.def"
#undef X
    };
    for (int i = 0; i < STAGE_CAUSE_COUNT; i++) {
        enum stage_cause cause = (enum stage_cause)i;
        const char *name = stage_cause_name(cause);
        assert_int_equal(strlen(name), strlen(capitals[i]));
        for (size_t at = 0; name[at] != '\0'; at++)
            assert_int_equal(name[at], tolower((unsigned char)capitals[i][at]));
        const char *text = stage_cause_text(cause);
        assert_true(text[0] != '\0' && text[strlen(text) - 1] != '.');
        struct stage_failure failure;
        stage_failure_set(&failure, STAGE_CONNECT, cause, NULL);
        assert_true(is_sentence(stage_failure_remedy(&failure)));
        assert_true(strlen(stage_failure_remedy(&failure)) < STAGE_EXPLANATION_MAX);
    }
    for (int stage = 0; stage < STAGE_COUNT; stage++)
        assert_non_null(stage_name((enum stage)stage));
}

static void words_of_peers_are_made_harmless(void **state)
{
    (void)state;
    struct stage_failure failure;
    stage_failure_set(&failure, STAGE_BANNER, STAGE_CAUSE_NOT_SSH,
                      "\x1b[2Jhello\xff\nworld\r\n  ");
    assert_string_equal(failure.words, "?[2Jhello? world");
    char long_words[STAGE_WORDS_MAX * 2];
    memset(long_words, 'x', sizeof(long_words));
    long_words[sizeof(long_words) - 1] = '\0';
    stage_failure_set(&failure, STAGE_BANNER, STAGE_CAUSE_NOT_SSH, long_words);
    assert_int_equal(strlen(failure.words), STAGE_WORDS_MAX - 1);
}

static void a_remedy_of_the_failure_wins(void **state)
{
    (void)state;
    struct stage_failure failure;
    stage_failure_set(&failure, STAGE_LOGIN, STAGE_CAUSE_LOGIN_REFUSED, NULL);
    assert_non_null(strstr(stage_failure_remedy(&failure), "authorized_keys"));
    snprintf(failure.remedy, sizeof(failure.remedy), "Do this.");
    assert_string_equal(stage_failure_remedy(&failure), "Do this.");
}

static void refusals_are_told_from_faults(void **state)
{
    (void)state;
    assert_true(stage_cause_is_refusal(STAGE_CAUSE_LOGIN_REFUSED));
    assert_true(stage_cause_is_refusal(STAGE_CAUSE_HOST_KEY_CHANGED));
    assert_false(stage_cause_is_refusal(STAGE_CAUSE_REFUSED));
    assert_false(stage_cause_is_refusal(STAGE_CAUSE_TIMEOUT));
}

static void a_trace_takes_no_more_than_it_can_hold(void **state)
{
    (void)state;
    struct stage_trace trace = {.count = 0};
    char hop[STAGE_HOP_MAX * 2];
    memset(hop, 'h', sizeof(hop));
    hop[sizeof(hop) - 1] = '\0';
    for (int i = 0; i < STAGE_RECORDS_MAX + 3; i++) {
        struct stage_record *record = stage_trace_add(&trace, hop, STAGE_TLS, "h:1");
        assert_ptr_equal(record, &trace.records[trace.count - 1]);
        assert_int_equal(strlen(record->hop), STAGE_HOP_MAX - 1);
        assert_int_equal(record->verdict, STAGE_VERDICT_OK);
        assert_string_equal(record->found, "");
        stage_record_found(record, "TLS\n1.3");
        assert_string_equal(record->found, "TLS 1.3");
    }
    assert_int_equal(trace.count, STAGE_RECORDS_MAX);
}

static void a_failed_record_keeps_what_was_found(void **state)
{
    (void)state;
    struct stage_trace trace = {.count = 0};
    struct stage_failure failure;
    stage_failure_set(&failure, STAGE_TLS, STAGE_CAUSE_TLS_UNTRUSTED, "self signed");
    struct stage_record *record = stage_trace_add(&trace, "pg", STAGE_TLS, "h:1");
    stage_record_fail(record, &failure);
    assert_string_equal(record->found, "self signed");
    assert_int_equal(record->verdict, STAGE_VERDICT_FAILED);
    assert_int_equal(record->cause, STAGE_CAUSE_TLS_UNTRUSTED);
    assert_non_null(strstr(record->remedy, "SSL CERTIFICATE AUTHORITY"));
    record = stage_trace_add(&trace, "pg", STAGE_TLS, "h:1");
    stage_record_found(record, "TLSv1.3");
    stage_record_fail(record, &failure);
    assert_string_equal(record->found, "TLSv1.3");
}

static void a_message_of_a_tunnel_has_words_or_the_causes_text(void **state)
{
    (void)state;
    struct stage_failure failure;
    char message[STAGE_WORDS_MAX + 64];
    stage_failure_set(&failure, STAGE_FORWARD, STAGE_CAUSE_TARGET_REFUSED, NULL);
    stage_tunnel_message(&failure, message, sizeof(message));
    assert_string_equal(message,
                        "failed to open SSH tunnel: the target's port is closed");
    stage_failure_set(&failure, STAGE_CARRY, STAGE_CAUSE_SESSION_LOST, "gone");
    stage_tunnel_message(&failure, message, sizeof(message));
    assert_string_equal(message, "SSH tunnel was cut: gone");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cause_has_its_name_in_lower_case),
        cmocka_unit_test(words_of_peers_are_made_harmless),
        cmocka_unit_test(a_remedy_of_the_failure_wins),
        cmocka_unit_test(refusals_are_told_from_faults),
        cmocka_unit_test(a_trace_takes_no_more_than_it_can_hold),
        cmocka_unit_test(a_failed_record_keeps_what_was_found),
        cmocka_unit_test(a_message_of_a_tunnel_has_words_or_the_causes_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
