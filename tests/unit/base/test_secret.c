/* base/secret: wiped when let go, never over the pool, out of reach of forks, guarded. */
#include <pthread.h>

#include "base/error.h"
#include "base/secret.h"
#include "support/child.h"
#include "support/unit.h"

static struct secret *keep(const char *text)
{
    struct secret *secret;
    struct error err;
    assert_int_equal(secret_copy(bytes_of_text(text), &secret, &err), RC_OK);
    return secret;
}

static void holds_what_it_was_given(void **state)
{
    (void)state;
    struct secret *secret = keep("hunter2");
    struct bytes bytes = secret_bytes(secret);
    assert_true(bytes_equal(bytes, bytes_of_text("hunter2")));
    assert_int_equal(bytes.at[bytes.len], 0);
    secret_free(&secret);
    assert_null(secret);
    secret_free(&secret);
}

/* The pool stays mapped, so a test may look at what a freed secret left behind. */
static void is_wiped_when_the_last_holder_lets_go(void **state)
{
    (void)state;
    struct secret *secret = keep("correct horse battery staple");
    struct secret *other = secret_ref(secret);
    const volatile uint8_t *at = secret_bytes(secret).at;
    secret_free(&secret);
    assert_int_equal(at[0], 'c');
    secret_free(&other);
    for (size_t i = 0; i < strlen("correct horse battery staple"); i++)
        assert_int_equal(at[i], 0);
}

static void the_pool_is_bounded_and_comes_back(void **state)
{
    (void)state;
    struct secret *secrets[100];
    struct secret *refused;
    struct error err;
    size_t size = secret_pool_state().size;
    size_t count = 0;
    assert_int_equal(secret_pool_state().used, 0);
    while (secret_new(size / 64 - 1, &secrets[count], &err) == RC_OK) {
        memset(secret_fill(secrets[count]), (int)count + 1, size / 64 - 1);
        count++;
    }
    assert_int_equal(count, 64);
    assert_int_equal(secret_pool_state().used, size);
    assert_int_equal(secret_new(0, &refused, &err), RC_LIMIT);
    assert_null(refused);
    assert_string_equal(sqlstate_code(err.state), "53200");
    for (size_t i = 0; i < count; i++)
        assert_int_equal(secret_bytes(secrets[i]).at[size / 64 - 2], i + 1);
    /* A hole in the middle is used again. */
    const uint8_t *hole = secret_bytes(secrets[20]).at;
    secret_free(&secrets[20]);
    assert_int_equal(secret_new(size / 64 - 1, &secrets[20], &err), RC_OK);
    assert_ptr_equal(secret_bytes(secrets[20]).at, hole);
    for (size_t i = 0; i < count; i++)
        secret_free(&secrets[i]);
    assert_int_equal(secret_pool_state().used, 0);
}

static void more_than_the_pool_is_refused(void **state)
{
    (void)state;
    struct secret *secret;
    struct error err;
    size_t size = secret_pool_state().size;
    assert_int_equal(secret_new(size, &secret, &err), RC_LIMIT);
    assert_int_equal(secret_new(SIZE_MAX, &secret, &err), RC_LIMIT);
    assert_int_equal(secret_new(size - 1, &secret, &err), RC_OK);
    secret_free(&secret);
}

static void read_behind_the_pool(void *argument)
{
    const volatile uint8_t *at = secret_bytes(argument).at;
    (void)at[secret_pool_state().size];
}

static void read_before_the_pool(void *argument)
{
    const volatile uint8_t *at = secret_bytes(argument).at;
    (void)*(at - 1);
}

static void guard_pages_stand_on_both_sides(void **state)
{
    (void)state;
    struct secret *secret;
    struct error err;
    char report[4096];
    assert_int_equal(secret_new(secret_pool_state().size - 1, &secret, &err), RC_OK);
    assert_true(child_dies(read_behind_the_pool, secret, report, sizeof(report)));
    assert_true(child_dies(read_before_the_pool, secret, report, sizeof(report)));
    secret_free(&secret);
}

static void abort_when_readable(void *argument)
{
    struct bytes bytes = secret_bytes(argument);
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.at[i] != 0)
            abort();
    }
}

static void a_fork_sees_only_zeroes(void **state)
{
    (void)state;
    char report[4096];
    struct secret *secret = keep("hunter2");
    assert_false(child_dies(abort_when_readable, secret, report, sizeof(report)));
    secret_free(&secret);
}

static void equality_looks_at_all_bytes(void **state)
{
    (void)state;
    assert_true(secret_equal(bytes_of_text("abc"), bytes_of_text("abc")));
    assert_false(secret_equal(bytes_of_text("abc"), bytes_of_text("abd")));
    assert_false(secret_equal(bytes_of_text("abc"), bytes_of_text("ab")));
    assert_true(secret_equal(bytes_of(NULL, 0), bytes_of("", 0)));
}

static void wiping_leaves_zeroes(void **state)
{
    (void)state;
    uint8_t copy[16];
    static const uint8_t zeroes[16];
    memset(copy, 7, sizeof(copy));
    secret_wipe(copy, sizeof(copy));
    assert_memory_equal(copy, zeroes, sizeof(copy));
}

struct churn {
    pthread_t thread;
    uint64_t seed;
    size_t bad;
};

static void *churn(void *argument)
{
    struct churn *churn = argument;
    for (int i = 0; i < 2000; i++) {
        struct secret *secret;
        struct error err;
        size_t len = unit_random(&churn->seed) % 2000;
        if (secret_new(len, &secret, &err) != RC_OK) {
            churn->bad++;
            break;
        }
        memset(secret_fill(secret), (int)len & 0xFF, len);
        struct secret *other = secret_ref(secret);
        secret_free(&secret);
        struct bytes bytes = secret_bytes(other);
        for (size_t at = 0; at < bytes.len; at++)
            churn->bad += bytes.at[at] != (len & 0xFF);
        secret_free(&other);
    }
    return NULL;
}

static void threads_do_not_share_blocks(void **state)
{
    (void)state;
    struct churn churns[4] = {{.seed = 1}, {.seed = 2}, {.seed = 3}, {.seed = 4}};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&churns[i].thread, NULL, churn, &churns[i]), 0);
    for (size_t i = 0; i < 4; i++) {
        pthread_join(churns[i].thread, NULL);
        assert_int_equal(churns[i].bad, 0);
    }
    assert_int_equal(secret_pool_state().used, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_what_it_was_given),
        cmocka_unit_test(is_wiped_when_the_last_holder_lets_go),
        cmocka_unit_test(the_pool_is_bounded_and_comes_back),
        cmocka_unit_test(more_than_the_pool_is_refused),
        cmocka_unit_test(guard_pages_stand_on_both_sides),
        cmocka_unit_test(a_fork_sees_only_zeroes),
        cmocka_unit_test(equality_looks_at_all_bytes),
        cmocka_unit_test(wiping_leaves_zeroes),
        cmocka_unit_test(threads_do_not_share_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
