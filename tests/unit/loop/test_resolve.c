/* loop/resolve: names that every machine has, names that none has, cancelling. */
#include <netdb.h>

#include "loop/resolve.h"
#include "loop/worker.h"
#include "unit/loop/turns.h"

struct fixture {
    struct loop *loop;
    struct worker_pool *pool;
    struct resolve *resolve;
    bool is_over;
    int code;
    size_t count;
    char first[ADDRESS_TEXT_MAX];
    char text[256];
};

static void on_resolved(void *argument, const struct resolve_result *result)
{
    struct fixture *fixture = argument;
    fixture->is_over = true;
    fixture->code = result->code;
    fixture->count = result->count;
    snprintf(fixture->text, sizeof(fixture->text), "%s", result->text);
    if (result->count > 0)
        address_print(&result->addresses[0], fixture->first);
    resolve_cancel(&fixture->resolve); /* harmless here */
}

static int setup(void **state)
{
    static struct fixture fixture;
    struct error err;
    fixture = (struct fixture){.loop = turns_loop()};
    assert_int_equal(worker_pool_new("names", 1, 0, &fixture.pool, &err), RC_OK);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    worker_pool_free(&fixture->pool);
    loop_free(&fixture->loop);
    return 0;
}

static void look_up(struct fixture *fixture, const char *host)
{
    fixture->is_over = false;
    fixture->first[0] = '\0';
    fixture->resolve =
        resolve_start(fixture->pool, fixture->loop, host, 6875, on_resolved, fixture);
    assert_false(fixture->is_over);
    turns_until(fixture->loop, &fixture->is_over);
}

static void finds_localhost_and_numbers(void **state)
{
    struct fixture *fixture = *state;
    look_up(fixture, "localhost");
    assert_int_equal(fixture->code, 0);
    assert_true(fixture->count >= 1);
    assert_string_equal(fixture->text, "");
    assert_non_null(strstr(fixture->first, ":6875"));
    look_up(fixture, "192.0.2.7");
    assert_int_equal(fixture->count, 1);
    assert_string_equal(fixture->first, "192.0.2.7:6875");
    look_up(fixture, "2001:db8::1");
    assert_string_equal(fixture->first, "[2001:db8::1]:6875");
}

static void a_bad_name_has_a_code_and_a_text(void **state)
{
    struct fixture *fixture = *state;
    /* Neither can be a name, so no server is asked. */
    char long_name[300];
    memset(long_name, 'a', sizeof(long_name));
    long_name[sizeof(long_name) - 1] = '\0';
    const char *const names[] = {"no such name", "a..b", long_name};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        look_up(fixture, names[i]);
        assert_int_not_equal(fixture->code, 0);
        assert_int_equal(fixture->count, 0);
        assert_string_not_equal(fixture->text, "");
    }
}

static void cancelled_look_ups_stay_silent(void **state)
{
    struct fixture *fixture = *state;
    struct resolve *resolve =
        resolve_start(fixture->pool, fixture->loop, "localhost", 1, on_resolved, fixture);
    fixture->is_over = false;
    resolve_cancel(&resolve);
    assert_null(resolve);
    resolve_cancel(&resolve);
    worker_pool_free(&fixture->pool);
    turns_count(fixture->loop, 2);
    assert_false(fixture->is_over);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(finds_localhost_and_numbers, setup, teardown),
        cmocka_unit_test_setup_teardown(a_bad_name_has_a_code_and_a_text, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(cancelled_look_ups_stay_silent, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
