/* Threads that may block. A job belongs to the pool from submission until its `done` has
 * come in its loop; whoever asked for it only holds a pointer to cancel it by. */
#include "loop/worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/assert.h"
#include "base/error.h"
#include "base/memory.h"
#include "loop/loop_internal.h"

enum { THREAD_NAME_SIZE = 16 }; /* the kernel's limit, with the NUL */

struct worker_pool {
    const char *name;
    atomic_size_t holders; /* the owner, and each job until its `done` has returned */
    pthread_mutex_t lock;  /* guards the rest, and is_cancelled of its jobs */
    pthread_cond_t has_work;
    struct list_link queue;
    bool is_ending;
    pthread_t *threads;
    size_t thread_count;
};

static void let_go(struct worker_pool *pool)
{
    if (atomic_fetch_sub(&pool->holders, 1) != 1)
        return;
    pthread_mutex_destroy(&pool->lock);
    pthread_cond_destroy(&pool->has_work);
    mem_free(pool->threads);
    mem_free(pool);
}

static void job_done(void *argument)
{
    struct worker_job *job = argument;
    struct worker_pool *pool = job->pool;
    struct loop *loop = job->loop;
    pthread_mutex_lock(&pool->lock);
    bool is_cancelled = job->is_cancelled;
    pthread_mutex_unlock(&pool->lock);
    job->done(job, is_cancelled);
    atomic_fetch_sub(&loop->job_count, 1);
    let_go(pool);
}

static void post_done(struct worker_job *job)
{
    loop_post_named(job->loop, job->name, job_done, job);
}

/* The next job, or NULL when the pool ends. */
static struct worker_job *wait_for_job(struct worker_pool *pool)
{
    struct worker_job *job = NULL;
    pthread_mutex_lock(&pool->lock);
    while (list_is_empty(&pool->queue) && !pool->is_ending)
        pthread_cond_wait(&pool->has_work, &pool->lock);
    if (!list_is_empty(&pool->queue)) {
        job = LIST_ENTRY(pool->queue.next, struct worker_job, link);
        list_remove(&job->link);
    }
    pthread_mutex_unlock(&pool->lock);
    return job;
}

static void *thread_main(void *argument)
{
    struct worker_pool *pool = argument;
    char name[THREAD_NAME_SIZE];
    snprintf(name, sizeof(name), "%s", pool->name);
    pthread_setname_np(pthread_self(), name);
    struct worker_job *job;
    while ((job = wait_for_job(pool)) != NULL) {
        job->work(job);
        post_done(job);
    }
    return NULL;
}

static int start_threads(struct worker_pool *pool, size_t count, size_t stack_size)
{
    pthread_attr_t attributes;
    sigset_t all;
    sigset_t before;
    pthread_attr_init(&attributes);
    int result = pthread_attr_setstacksize(
        &attributes, stack_size == 0 ? WORKER_STACK_SIZE : stack_size);
    ASSERT(result == 0);
    sigfillset(&all);
    /* Faults of the thread itself: whoever reports crashes must get them. */
    const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    for (size_t i = 0; i < ARRAY_COUNT(faults); i++)
        sigdelset(&all, faults[i]);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (result == 0 && pool->thread_count < count) {
        result = pthread_create(&pool->threads[pool->thread_count], &attributes,
                                thread_main, pool);
        if (result == 0)
            pool->thread_count++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return result;
}

enum rc worker_pool_new(const char *name, size_t thread_count, size_t stack_size,
                        struct worker_pool **pool_out, struct error *err)
{
    ASSERT(thread_count > 0 && thread_count <= WORKER_COUNT_MAX);
    struct worker_pool *pool = MEM_NEW(struct worker_pool);
    pool->name = name;
    atomic_init(&pool->holders, 1);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->has_work, NULL);
    list_init(&pool->queue);
    pool->threads = mem_alloc_array(thread_count, sizeof(pthread_t));
    int result = start_threads(pool, thread_count, stack_size);
    if (result != 0) {
        worker_pool_free(&pool);
        return error_set(err, SQLSTATE_INSUFFICIENT_RESOURCES,
                         "could not start a thread: %s", loop_errno_text(result));
    }
    *pool_out = pool;
    return RC_OK;
}

void worker_pool_free(struct worker_pool **pool)
{
    struct worker_pool *ended = *pool;
    if (ended == NULL)
        return;
    *pool = NULL;
    pthread_mutex_lock(&ended->lock);
    ended->is_ending = true;
    LIST_FOR_EACH(&ended->queue, link)
    {
        struct worker_job *job = LIST_ENTRY(link, struct worker_job, link);
        list_remove(link);
        job->is_cancelled = true;
        post_done(job);
    }
    pthread_cond_broadcast(&ended->has_work);
    pthread_mutex_unlock(&ended->lock);
    for (size_t i = 0; i < ended->thread_count; i++) {
        int result = pthread_join(ended->threads[i], NULL);
        ASSERT(result == 0);
    }
    let_go(ended);
}

void worker_submit(struct worker_pool *pool, struct loop *loop, struct worker_job *job)
{
    ASSERT(job->work != NULL && job->done != NULL && job->name != NULL);
    job->loop = loop;
    job->pool = pool;
    job->is_cancelled = false;
    job->link = (struct list_link){NULL, NULL};
    atomic_fetch_add(&pool->holders, 1);
    atomic_fetch_add(&loop->job_count, 1);
    pthread_mutex_lock(&pool->lock);
    ASSERT(!pool->is_ending);
    list_append(&pool->queue, &job->link);
    pthread_cond_signal(&pool->has_work);
    pthread_mutex_unlock(&pool->lock);
}

void worker_cancel(struct worker_job *job)
{
    LOOP_OWNS(job->loop);
    pthread_mutex_lock(&job->pool->lock);
    job->is_cancelled = true;
    if (list_is_linked(&job->link)) {
        list_remove(&job->link);
        post_done(job);
    }
    pthread_mutex_unlock(&job->pool->lock);
}
