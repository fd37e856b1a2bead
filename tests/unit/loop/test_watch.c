/* loop/watch: level-triggered readiness, changes, removal inside the callback. */
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "loop/watch.h"
#include "unit/loop/turns.h"

struct fixture {
    struct loop *loop;
    int ends[2];
    struct loop_watch *watch; /* on ends[0] */
    int read_count;
    int write_count;
    bool shall_die;
};

static void on_ready(void *argument, struct loop_interest ready)
{
    struct fixture *fixture = argument;
    fixture->read_count += ready.read;
    fixture->write_count += ready.write;
    if (!fixture->shall_die)
        return;
    loop_watch_remove(fixture->watch);
    mem_free(fixture->watch);
    fixture->watch = NULL;
}

static struct fixture begin(void)
{
    struct fixture fixture = {.loop = turns_loop()};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fixture.ends),
                     0);
    fixture.watch = MEM_NEW(struct loop_watch);
    return fixture;
}

static void end(struct fixture *fixture)
{
    if (fixture->watch != NULL) {
        loop_watch_remove(fixture->watch);
        loop_watch_remove(fixture->watch);
        assert_false(loop_watch_is_added(fixture->watch));
        mem_free(fixture->watch);
    }
    close(fixture->ends[0]);
    close(fixture->ends[1]);
    loop_free(&fixture->loop);
}

static void readiness_repeats_until_interest_ends(void **state)
{
    (void)state;
    struct fixture fixture = begin();
    loop_watch_init(fixture.watch, fixture.loop, "pair", on_ready, &fixture);
    loop_watch_add(fixture.watch, fixture.ends[0], LOOP_INTEREST_READ);
    turns_count(fixture.loop, 2);
    assert_int_equal(fixture.read_count, 0);
    assert_int_equal(write(fixture.ends[1], "x", 1), 1);
    turns_count(fixture.loop, 3);
    assert_int_equal(fixture.read_count, 3);
    loop_watch_change(fixture.watch, LOOP_INTEREST_WRITE);
    turns_count(fixture.loop, 2);
    assert_int_equal(fixture.read_count, 3);
    assert_int_equal(fixture.write_count, 2);
    loop_watch_change(fixture.watch, LOOP_INTEREST_BOTH);
    turns_count(fixture.loop, 1);
    assert_int_equal(fixture.read_count, 4);
    assert_int_equal(fixture.write_count, 3);
    loop_watch_change(fixture.watch, LOOP_INTEREST_NONE);
    turns_count(fixture.loop, 2);
    assert_int_equal(fixture.read_count + fixture.write_count, 7);
    loop_watch_remove(fixture.watch);
    loop_watch_add(fixture.watch, fixture.ends[0], LOOP_INTEREST_READ);
    turns_count(fixture.loop, 1);
    assert_int_equal(fixture.read_count, 5);
    end(&fixture);
}

static void a_callback_may_end_and_free_its_watch(void **state)
{
    (void)state;
    struct fixture fixture = begin();
    fixture.shall_die = true;
    assert_int_equal(write(fixture.ends[1], "x", 1), 1);
    loop_watch_init(fixture.watch, fixture.loop, "pair", on_ready, &fixture);
    loop_watch_add(fixture.watch, fixture.ends[0], LOOP_INTEREST_BOTH);
    turns_count(fixture.loop, 2);
    assert_int_equal(fixture.read_count + fixture.write_count, 1);
    assert_null(fixture.watch);
    end(&fixture);
}

static void a_hang_up_counts_as_what_is_waited_for(void **state)
{
    (void)state;
    struct fixture fixture = begin();
    loop_watch_init(fixture.watch, fixture.loop, "pair", on_ready, &fixture);
    loop_watch_add(fixture.watch, fixture.ends[0], LOOP_INTEREST_READ);
    close(fixture.ends[1]);
    turns_count(fixture.loop, 1);
    assert_int_equal(fixture.read_count, 1);
    loop_watch_change(fixture.watch, LOOP_INTEREST_WRITE);
    turns_count(fixture.loop, 1);
    assert_int_equal(fixture.write_count, 1);
    fixture.ends[1] = dup(fixture.ends[0]);
    end(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readiness_repeats_until_interest_ends),
        cmocka_unit_test(a_callback_may_end_and_free_its_watch),
        cmocka_unit_test(a_hang_up_counts_as_what_is_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
