/* loop/listener: its port, localhost, bad addresses, closing inside the callback, and a
 * pause while there are no descriptors. */
#include <sys/resource.h>

#include "base/log.h"
#include "loop/listener.h"
#include "unit/loop/connection.h"

static void a_listener_may_close_in_its_callback(void **state)
{
    struct connection *connection = *state;
    connection->shall_close_listener = true;
    connection_begin(connection, listener_port(connection->listener));
    turns_until(connection->loop, &connection->has_accepted);
    assert_null(connection->listener);
}

static void localhost_is_both_families(void **state)
{
    struct connection *connection = *state;
    struct error err;
    struct listener *both = NULL;
    struct listener *second = NULL;
    char taken[32];
    assert_int_equal(listener_open(connection->loop, "localhost:0", connection_on_accept,
                                   connection, &both, &err),
                     RC_OK);
    assert_int_not_equal(listener_port(both), 0);
    connection_begin(connection, listener_port(both));
    turns_until(connection->loop, &connection->has_accepted);
    snprintf(taken, sizeof(taken), "localhost:%u", (unsigned)listener_port(both));
    assert_int_equal(listener_open(connection->loop, taken, connection_on_accept,
                                   connection, &second, &err),
                     RC_FAILED);
    assert_int_equal(err.state, SQLSTATE_OBJECT_IN_USE);
    assert_non_null(strstr(err.message, "could not bind IPv4 address \"127.0.0.1:"));
    assert_non_null(strstr(err.message, "Address already in use"));
    listener_close(&both);
}

static void bad_addresses_are_refused(void **state)
{
    struct connection *connection = *state;
    static const char *const broken[] = {"", "host", "db.internal:5432", "::1:80",
                                         "127.0.0.1:70000"};
    struct error err;
    struct listener *listener = NULL;
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        error_clear(&err);
        assert_int_equal(listener_open(connection->loop, broken[i], connection_on_accept,
                                       connection, &listener, &err),
                         RC_FAILED);
        assert_int_equal(err.state, SQLSTATE_INVALID_PARAMETER_VALUE);
    }
}

/* With no descriptor to be had the loop must neither spin nor lose the client. */
static void a_listener_without_descriptors_pauses(void **state)
{
    struct connection *connection = *state;
    struct rlimit before;
    connection_begin(connection, listener_port(connection->listener));
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct rlimit none = {.rlim_cur = 3, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    uint64_t warned = log_event_count(EVENT_SERVER_WARNING);
    log_set_level(LOG_ERROR);
    for (int i = 0; i < 3; i++) {
        turns_count(connection->loop, 2);
        turns_shift(MS(INT64_C(1) * (i + 1) * (LISTENER_PAUSE_MS + 1)));
        turns_count(connection->loop, 2);
    }
    assert_int_equal(log_event_count(EVENT_SERVER_WARNING), warned + 1);
    assert_false(connection->has_accepted);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    log_set_level(LOG_INFO);
    turns_shift(SECONDS(60));
    turns_until(connection->loop, &connection->has_accepted);
}

#define TEST(name)                                                                       \
    cmocka_unit_test_setup_teardown(name, connection_setup, connection_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_listener_may_close_in_its_callback),
        TEST(localhost_is_both_families),
        TEST(bad_addresses_are_refused),
        TEST(a_listener_without_descriptors_pauses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
