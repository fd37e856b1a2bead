/* loop/worker: results come in the loop, cancelling, the end of a pool. */
#include <pthread.h>
#include <stdatomic.h>

#include "base/memory.h"
#include "loop/worker.h"
#include "unit/loop/turns.h"

enum { JOBS = 200 };

struct fixture {
    struct loop *loop;
    struct worker_pool *pool;
    pthread_mutex_t gate; /* work waits until the test opens it */
    atomic_int worked_count;
    int done_count;
    int cancelled_count;
    bool is_complete;
};

struct sum_job {
    struct worker_job job;
    struct fixture *fixture;
    pthread_t thread;
    int number;
    int square;
};

static void square_work(struct worker_job *job)
{
    struct sum_job *sum = LIST_ENTRY(job, struct sum_job, job);
    pthread_mutex_lock(&sum->fixture->gate);
    pthread_mutex_unlock(&sum->fixture->gate);
    sum->square = sum->number * sum->number;
    sum->thread = pthread_self();
    atomic_fetch_add(&sum->fixture->worked_count, 1);
}

static void square_done(struct worker_job *job, bool is_cancelled)
{
    struct sum_job *sum = LIST_ENTRY(job, struct sum_job, job);
    struct fixture *fixture = sum->fixture;
    LOOP_OWNS(fixture->loop);
    if (is_cancelled) {
        fixture->cancelled_count++;
    } else {
        assert_int_equal(sum->square, sum->number * sum->number);
        assert_false(pthread_equal(sum->thread, pthread_self()));
    }
    fixture->is_complete = ++fixture->done_count == JOBS;
    mem_free(sum);
}

static struct worker_job *submit(struct fixture *fixture, int number)
{
    struct sum_job *sum = MEM_NEW(struct sum_job);
    sum->job.work = square_work;
    sum->job.done = square_done;
    sum->job.name = "square";
    sum->fixture = fixture;
    sum->number = number;
    worker_submit(fixture->pool, fixture->loop, &sum->job);
    return &sum->job;
}

static void begin(struct fixture *fixture, size_t threads)
{
    struct error err;
    *fixture = (struct fixture){.loop = turns_loop()};
    pthread_mutex_init(&fixture->gate, NULL);
    assert_int_equal(worker_pool_new("squares", threads, 0, &fixture->pool, &err), RC_OK);
}

static void end(struct fixture *fixture)
{
    worker_pool_free(&fixture->pool);
    assert_null(fixture->pool);
    worker_pool_free(&fixture->pool);
    loop_free(&fixture->loop);
    pthread_mutex_destroy(&fixture->gate);
}

static void work_is_done_elsewhere_and_reported_here(void **state)
{
    (void)state;
    struct fixture fixture;
    begin(&fixture, 4);
    for (int i = 0; i < JOBS; i++)
        submit(&fixture, i);
    turns_until(fixture.loop, &fixture.is_complete);
    assert_int_equal(fixture.cancelled_count, 0);
    end(&fixture);
}

static void cancelled_work_is_reported_once_as_such(void **state)
{
    (void)state;
    struct fixture fixture;
    begin(&fixture, 1);
    struct worker_job *jobs[JOBS];
    pthread_mutex_lock(&fixture.gate);
    for (int i = 0; i < JOBS; i++)
        jobs[i] = submit(&fixture, i);
    for (int i = 0; i < JOBS; i++)
        worker_cancel(jobs[i]);
    for (int i = 0; i < JOBS; i++)
        worker_cancel(jobs[i]);
    assert_int_equal(fixture.done_count, 0);
    pthread_mutex_unlock(&fixture.gate);
    turns_until(fixture.loop, &fixture.is_complete);
    assert_int_equal(fixture.cancelled_count, JOBS);
    assert_true(atomic_load(&fixture.worked_count) <= 1);
    end(&fixture);
}

static void freeing_the_pool_cancels_what_waits(void **state)
{
    (void)state;
    struct fixture fixture;
    begin(&fixture, 1);
    for (int i = 0; i < JOBS; i++)
        submit(&fixture, i);
    struct worker_job *last = submit(&fixture, JOBS);
    worker_pool_free(&fixture.pool);
    assert_int_equal(fixture.done_count, 0);
    worker_cancel(last); /* the pool is gone, the answer still on its way */
    end(&fixture);
    assert_int_equal(fixture.done_count, JOBS + 1);
    assert_int_equal(fixture.cancelled_count + atomic_load(&fixture.worked_count),
                     JOBS + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(work_is_done_elsewhere_and_reported_here),
        cmocka_unit_test(cancelled_work_is_reported_once_as_such),
        cmocka_unit_test(freeing_the_pool_cancels_what_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
