/* base/log: the shape of a line, what is escaped, levels, counters, one line per write.
 */
#include <pthread.h>

#include "base/log.h"
#include "support/unit.h"

static char last_line[8192];
static int line_count;

static void keep_line(void *argument, enum log_level level, enum log_event event,
                      const char *line)
{
    (void)argument;
    (void)level;
    (void)event;
    snprintf(last_line, sizeof(last_line), "%s", line);
    line_count++;
}

static int set_up(void **state)
{
    (void)state;
    line_count = 0;
    last_line[0] = '\0';
    log_set_level(LOG_INFO);
    log_set_listener(keep_line, NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    log_set_listener(NULL, NULL);
    return 0;
}

static void a_line_has_time_level_event_and_the_rest(void **state)
{
    (void)state;
    LOG(LOG_WARN, TEST_EVENT, "tunnel=u3 host=\"%s\"", "bastion");
    assert_non_null(strstr(last_line, "Z WARN test_event tunnel=u3 host=\"bastion\"\n"));
    for (const char *at = "dddd-dd-ddTdd:dd:dd.ddddddZ", *is = last_line; *at != '\0';
         at++, is++)
        assert_true(*at == 'd' ? *is >= '0' && *is <= '9' : *is == *at);
    assert_int_equal(strlen("2026-11-24T22:32:59.000123Z"), strcspn(last_line, " "));
}

static void control_characters_are_escaped(void **state)
{
    (void)state;
    LOG(LOG_ERROR, TEST_EVENT, "banner=\"%s\"",
        "a\nb\rc\033[2Jd\x7F\x01\xC2\x9B"
        "e \xC3\xA4");
    assert_non_null(strstr(last_line, "banner=\"a?b?c?[2Jd????e \xC3\xA4\"\n"));
    assert_ptr_equal(strchr(last_line, '\n'), last_line + strlen(last_line) - 1);
}

static void a_long_line_is_cut_and_ends(void **state)
{
    (void)state;
    LOG(LOG_INFO, TEST_EVENT, "%0*d", 10000, 0);
    size_t len = strlen(last_line);
    assert_true(len > 4000 && len <= 4096);
    assert_int_equal(last_line[len - 1], '\n');
    assert_int_equal(last_line[len - 2], '0');
    /* A cut between the two bytes of a control character leaves no part that acts. */
    for (int before = 3900; before < 4100; before++) {
        LOG(LOG_INFO, TEST_EVENT,
            "%0*d\xC2\x9B"
            "1",
            before, 0);
        assert_null(strstr(last_line, "\xC2\x9B"));
    }
}

static void levels_are_kept_out_but_counted(void **state)
{
    (void)state;
    uint64_t before = log_event_count(EVENT_TEST_EVENT);
    log_set_level(LOG_WARN);
    LOG(LOG_INFO, TEST_EVENT, "a=1");
    assert_int_equal(line_count, 0);
    LOG(LOG_WARN, TEST_EVENT, "a=1");
    assert_int_equal(line_count, 1);
    assert_true(log_event_count(EVENT_TEST_EVENT) == before + 2);
}

static void names_go_both_ways(void **state)
{
    (void)state;
    for (int level = 0; level < LOG_LEVEL_COUNT; level++) {
        enum log_level parsed;
        assert_true(log_level_parse(log_level_name((enum log_level)level), &parsed));
        assert_int_equal(parsed, level);
    }
    enum log_level level;
    assert_true(log_level_parse("debug", &level));
    assert_int_equal(level, LOG_DEBUG);
    assert_false(log_level_parse("loud", &level));
    assert_string_equal(log_event_name(EVENT_TEST_EVENT), "TEST_EVENT");
}

static void *chatter(void *argument)
{
    for (int i = 0; i < 200; i++)
        LOG(LOG_INFO, TEST_EVENT, "thread=%d i=%d", *(const int *)argument, i);
    return NULL;
}

static void threads_may_log_at_once(void **state)
{
    (void)state;
    static int numbers[4] = {0, 1, 2, 3};
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, chatter, &numbers[i]), 0);
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(line_count, 800);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_line_has_time_level_event_and_the_rest, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(control_characters_are_escaped, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_long_line_is_cut_and_ends, set_up, tear_down),
        cmocka_unit_test_setup_teardown(levels_are_kept_out_but_counted, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(names_go_both_ways, set_up, tear_down),
        cmocka_unit_test_setup_teardown(threads_may_log_at_once, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
