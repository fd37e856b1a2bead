/* server/notifier: who hears what, from one thread and from several. */

#include <pthread.h>
#include <stdatomic.h>

#include "server/notifier.h"
#include "support/unit.h"

static void ring(void *argument)
{
    atomic_fetch_add((atomic_int *)argument, 1);
}

static void send(struct notifier *notifier, const char *channel, const char *payload)
{
    notifier_send(notifier, "d", &(struct notification){7, channel, payload});
}

static void those_who_listen_hear(void **state)
{
    struct notifier *notifier = notifier_new();
    struct arena *arena = arena_new("test", NULL);
    struct notification *heard = NULL;
    atomic_int rings = 0, other_rings = 0;
    struct notifier_listener *listener = notifier_add(notifier, "d", ring, &rings);
    struct notifier_listener *elsewhere = notifier_add(notifier, "e", ring, &other_rings);

    (void)state;
    notifier_listen(notifier, listener, "a");
    notifier_listen(notifier, elsewhere, "a");
    send(notifier, "a", "one");
    send(notifier, "b", "none");
    send(notifier, "a", "two");
    assert_int_equal(rings, 1);
    assert_int_equal(other_rings, 0);
    assert_int_equal(notifier_take(notifier, listener, arena, &heard), 2);
    assert_int_equal(heard[0].pid, 7);
    assert_string_equal(heard[0].payload, "one");
    assert_string_equal(heard[1].payload, "two");
    assert_int_equal(notifier_take(notifier, listener, arena, &heard), 0);
    notifier_unlisten(notifier, listener, NULL);
    send(notifier, "a", "late");
    assert_int_equal(notifier_take(notifier, listener, arena, &heard), 0);
    notifier_remove(notifier, &listener);
    notifier_remove(notifier, &elsewhere);
    notifier_free(&notifier);
    arena_free(&arena);
}

static void a_queue_is_bounded(void **state)
{
    struct notifier *notifier = notifier_new();
    struct arena *arena = arena_new("test", NULL);
    struct notification *heard = NULL;
    atomic_int rings = 0;
    struct notifier_listener *listener = notifier_add(notifier, "d", ring, &rings);
    char payload[NOTIFIER_PAYLOAD_MAX];
    size_t count = NOTIFIER_QUEUE_MAX / sizeof payload + 10;

    (void)state;
    memset(payload, 'x', sizeof payload - 1);
    payload[sizeof payload - 1] = '\0';
    notifier_listen(notifier, listener, "a");
    for (size_t i = 0; i < count; i++)
        send(notifier, "a", payload);
    assert_true(notifier_take(notifier, listener, arena, &heard) < count);
    notifier_remove(notifier, &listener);
    notifier_free(&notifier);
    arena_free(&arena);
}

enum { SENDERS = 4, EACH = 500 };

static void *sender(void *argument)
{
    for (int i = 0; i < EACH; i++)
        send((struct notifier *)argument, "a", "x");
    return NULL;
}

static void senders_of_several_threads_lose_nothing(void **state)
{
    struct notifier *notifier = notifier_new();
    struct arena *arena = arena_new("test", NULL);
    struct notification *heard = NULL;
    atomic_int rings = 0;
    struct notifier_listener *listener = notifier_add(notifier, "d", ring, &rings);
    pthread_t threads[SENDERS];
    size_t count = 0;

    (void)state;
    notifier_listen(notifier, listener, "a");
    for (int i = 0; i < SENDERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, sender, notifier), 0);
    for (int i = 0; i < 100; i++)
        count += notifier_take(notifier, listener, arena, &heard);
    for (int i = 0; i < SENDERS; i++)
        pthread_join(threads[i], NULL);
    count += notifier_take(notifier, listener, arena, &heard);
    assert_int_equal(count, SENDERS * EACH);
    notifier_remove(notifier, &listener);
    notifier_free(&notifier);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(those_who_listen_hear),
        cmocka_unit_test(a_queue_is_bounded),
        cmocka_unit_test(senders_of_several_threads_lose_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
