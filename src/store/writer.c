/* The one thread that writes: groups of commits, one sync each. */
#include "store/writer.h"

#include <pthread.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/memory.h"
#include "store/counter_internal.h"
#include "store/history_internal.h"
#include "store/transaction_internal.h"
#include "store/writer_internal.h"

enum { SMALL_COMMIT_BYTES = 64 * 1024, GROUP_BUDGET_US = 50000 };

struct writer {
    struct store *store;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct list_link small; /* transactions, oldest first */
    struct list_link large;
    bool is_stopping;
    bool is_paused;
    /* The thread's own. */
    struct history history;
    bool has_passed_over_large;
};

/* One LMDB write transaction and what goes through it. */
struct group {
    struct list_link waiting; /* not looked at yet */
    struct list_link applied;
    struct list_link refused; /* a condition did not hold */
    uint64_t epoch;
    bool remembers; /* somebody is SERIALIZABLE */
    bool is_changed[STORE_SPACE_COUNT];
    uint64_t former_epochs[STORE_SPACE_COUNT];
};

static struct store_transaction *transaction_of(struct list_link *link)
{
    return LIST_ENTRY(link, struct store_transaction, commit.link);
}

static void move(struct list_link *to, struct store_transaction *transaction)
{
    list_remove(&transaction->commit.link);
    list_append(to, &transaction->commit.link);
}

/* Puts all links of `from` before the first of `to`, in their order. */
static void move_all_to_front(struct list_link *to, struct list_link *from)
{
    struct list_link *first = to->next;

    LIST_FOR_EACH(from, link)
    {
        list_remove(link);
        list_append(first, link);
    }
}

static void move_all(struct list_link *to, struct list_link *from)
{
    LIST_FOR_EACH(from, link)
    move(to, transaction_of(link));
}

static bool is_large(const struct store_transaction *transaction)
{
    return transaction->overlay.used > SMALL_COMMIT_BYTES;
}

/* Ends a transaction and tells its owner. `epoch` 0: it has failed, err says how. */
static void finish(struct store *store, struct store_transaction *transaction,
                   uint64_t epoch)
{
    store_commit_done *done = transaction->commit.done;
    void *argument = transaction->commit.argument;
    struct error *err = transaction->commit.err;

    transaction->commit.err = NULL;
    list_remove(&transaction->commit.link);
    lock_release_all(store->locks, &transaction->owner, epoch);
    transaction_free(&transaction);
    if (epoch != 0)
        atomic_fetch_add(&store->commit_count, 1);
    struct error none;
    error_clear(&none);
    done(argument, epoch != 0 ? RC_OK : RC_FAILED, err == NULL ? &none : err);
    mem_free(err);
}

static void keep_error(struct store_transaction *transaction, const struct error *err)
{
    if (transaction->commit.err == NULL)
        transaction->commit.err = MEM_NEW(struct error);
    *transaction->commit.err = *err;
}

static void fail(struct store *store, struct store_transaction *transaction, int code)
{
    struct error err;

    environment_write_error(store, &err, code);
    keep_error(transaction, &err);
    finish(store, transaction, 0);
}

/* ---- one group ---- */

static void group_init(struct group *group)
{
    memset(group, 0, sizeof(*group));
    list_init(&group->waiting);
    list_init(&group->applied);
    list_init(&group->refused);
}

static int apply_node(const struct store *store, MDB_txn *txn,
                      const struct overlay_node *node)
{
    MDB_val key = environment_value(overlay_key(node));
    MDB_val value = environment_value(bytes_of(node->newest->value, node->newest->len));

    if (!node->newest->is_delete)
        return mdb_put(txn, store->database, &key, &value, 0);
    int code = mdb_del(txn, store->database, &key, NULL);
    return code == MDB_NOTFOUND ? 0 : code;
}

static int apply(struct writer *writer, struct group *group, MDB_txn *txn,
                 const struct store_transaction *transaction)
{
    int code = 0;

    for (const struct overlay_node *node = transaction->overlay.first[0];
         node != NULL && code == 0; node = node->next[0]) {
        group->is_changed[node->key[0]] = true;
        code = apply_node(writer->store, txn, node);
    }
    if (code == 0)
        code = counter_apply_claims(transaction, txn);
    if (code == 0 && transaction->new_format_version != 0)
        code =
            environment_put_format(writer->store, txn, transaction->new_format_version);
    if (code == 0 && group->remembers)
        history_add(&writer->history, group->epoch, &transaction->overlay);
    return code;
}

/* Tests and applies what waits; small ones stand first. Stops at an LMDB failure, or when
 * the write transaction has become old: the rest stays waiting. */
static int apply_waiting(struct writer *writer, struct group *group, MDB_txn *txn)
{
    int64_t start = clock_monotonic_us();
    struct error err;

    LIST_FOR_EACH(&group->waiting, link)
    {
        struct store_transaction *transaction = transaction_of(link);
        bool is_late = clock_monotonic_us() - start > GROUP_BUDGET_US;
        bool is_due = is_large(transaction) && writer->has_passed_over_large;
        if (is_late && !is_due && !list_is_empty(&group->applied))
            continue;
        if (condition_check(transaction, txn, &writer->history, &err) != RC_OK) {
            keep_error(transaction, &err);
            move(&group->refused, transaction);
            continue;
        }
        move(&group->applied, transaction);
        mem_free(transaction->commit.err); /* of a group that was given up */
        transaction->commit.err = NULL;
        int code = apply(writer, group, txn, transaction);
        if (code != 0)
            return code;
    }
    return 0;
}

/* Raised before the commit: whoever sees the new state then also sees the new number. */
static void raise_epochs(struct store *store, struct group *group)
{
    for (size_t i = 0; i < STORE_SPACE_COUNT; i++) {
        if (!group->is_changed[i])
            continue;
        group->former_epochs[i] = atomic_load(&store->space_epochs[i]);
        atomic_store(&store->space_epochs[i], group->epoch);
    }
}

static void restore_epochs(struct store *store, const struct group *group)
{
    for (size_t i = 0; i < STORE_SPACE_COUNT; i++)
        if (group->is_changed[i])
            atomic_store(&store->space_epochs[i], group->former_epochs[i]);
}

/* LMDB does not write, nor use up the number of, a transaction that changed no page, such
 * as one whose only edits remove keys that are absent. */
static bool has_written(const struct store *store, uint64_t epoch)
{
    MDB_envinfo information;

    return mdb_env_info(store->environment, &information) == 0 &&
           information.me_last_txnid >= epoch;
}

static int commit(struct writer *writer, struct group *group, MDB_txn *txn)
{
    struct store *store = writer->store;

    if (list_is_empty(&group->applied)) {
        mdb_txn_abort(txn);
        return 0;
    }
    raise_epochs(store, group);
    int code = mdb_txn_commit(txn);
    if (code != 0) {
        restore_epochs(store, group);
        return code;
    }
    if (has_written(store, group->epoch)) {
        atomic_store(&store->epoch, group->epoch);
        atomic_fetch_add(&store->write_count, 1);
        if (!group->remembers)
            history_forget(&writer->history, group->epoch);
        return 0;
    }
    /* The number stays free for the next write: nobody may have seen it. */
    restore_epochs(store, group);
    history_drop(&writer->history, group->epoch);
    group->epoch = atomic_load(&store->epoch);
    return 0;
}

/* Runs the group up to its sync; an LMDB code. On failure nothing of it is on disk. */
static int land(struct writer *writer, struct group *group)
{
    MDB_txn *txn = NULL;
    int code = mdb_txn_begin(writer->store->environment, NULL, 0, &txn);

    if (code != 0)
        return code;
    group->epoch = mdb_txn_id(txn);
    group->remembers = atomic_load(&writer->store->serializable_count) != 0;
    code = apply_waiting(writer, group, txn);
    if (code == 0)
        code = commit(writer, group, txn);
    else
        mdb_txn_abort(txn);
    if (code != 0)
        history_drop(&writer->history, group->epoch);
    return code;
}

static void finish_group(struct store *store, struct group *group)
{
    LIST_FOR_EACH(&group->applied, link)
    finish(store, transaction_of(link), group->epoch);
    LIST_FOR_EACH(&group->refused, other)
    finish(store, transaction_of(other), 0);
}

static void land_alone(struct writer *writer, struct store_transaction *transaction)
{
    struct group group;

    group_init(&group);
    move(&group.waiting, transaction);
    int code = land(writer, &group);
    if (code == 0)
        finish_group(writer->store, &group);
    else
        fail(writer->store, transaction, code);
}

/* When LMDB gives up, the whole write transaction is lost: each commit is tried by itself
 * then, so that one that is too large takes no other with it. */
static void land_each(struct writer *writer, struct group *group)
{
    struct list_link all;

    list_init(&all);
    move_all(&all, &group->applied);
    move_all(&all, &group->refused);
    move_all(&all, &group->waiting);
    LIST_FOR_EACH(&all, link)
    land_alone(writer, transaction_of(link));
}

static void run_group(struct writer *writer, struct group *group)
{
    if (land(writer, group) != 0)
        land_each(writer, group);
    else
        finish_group(writer->store, group);
}

/* ---- the queue ---- */

/* All small commits and the oldest large one. False when there is nothing left to do. */
static bool take(struct writer *writer, struct group *group)
{
    pthread_mutex_lock(&writer->mutex);
    while (writer->is_paused || (list_is_empty(&writer->small) &&
                                 list_is_empty(&writer->large) && !writer->is_stopping))
        pthread_cond_wait(&writer->changed, &writer->mutex);
    move_all(&group->waiting, &writer->small);
    if (!list_is_empty(&writer->large))
        move(&group->waiting, transaction_of(writer->large.next));
    pthread_mutex_unlock(&writer->mutex);
    return !list_is_empty(&group->waiting);
}

/* What the budget did not reach goes back to where it came from. */
static void give_back(struct writer *writer, struct group *group)
{
    writer->has_passed_over_large = false;
    if (list_is_empty(&group->waiting))
        return;
    pthread_mutex_lock(&writer->mutex);
    struct store_transaction *last = transaction_of(group->waiting.previous);
    if (is_large(last)) {
        writer->has_passed_over_large = true;
        list_remove(&last->commit.link);
        list_append(writer->large.next, &last->commit.link);
    }
    move_all_to_front(&writer->small, &group->waiting);
    pthread_mutex_unlock(&writer->mutex);
}

static void *run_work(void *argument)
{
    struct writer *writer = argument;
    struct group group;

    group_init(&group);
    while (take(writer, &group)) {
        run_group(writer, &group);
        give_back(writer, &group);
        group_init(&group);
    }
    return NULL;
}

enum rc writer_start(struct store *store, struct error *err)
{
    struct writer *writer = MEM_NEW(struct writer);

    writer->store = store;
    pthread_mutex_init(&writer->mutex, NULL);
    pthread_cond_init(&writer->changed, NULL);
    list_init(&writer->small);
    list_init(&writer->large);
    history_init(&writer->history, atomic_load(&store->epoch));
    store->writer = writer;
    if (pthread_create(&writer->thread, NULL, run_work, writer) == 0)
        return RC_OK;
    pthread_mutex_destroy(&writer->mutex);
    pthread_cond_destroy(&writer->changed);
    mem_free(writer);
    store->writer = NULL;
    return error_set(err, SQLSTATE_INSUFFICIENT_RESOURCES,
                     "could not start the store's writer");
}

void writer_stop(struct store *store)
{
    struct writer *writer = store->writer;

    if (writer == NULL)
        return;
    pthread_mutex_lock(&writer->mutex);
    writer->is_stopping = true;
    writer->is_paused = false;
    pthread_cond_signal(&writer->changed);
    pthread_mutex_unlock(&writer->mutex);
    pthread_join(writer->thread, NULL);
    history_fini(&writer->history);
    pthread_mutex_destroy(&writer->mutex);
    pthread_cond_destroy(&writer->changed);
    mem_free(writer);
    store->writer = NULL;
}

void writer_pause_for_test(struct store *store, bool is_paused)
{
    pthread_mutex_lock(&store->writer->mutex);
    store->writer->is_paused = is_paused;
    pthread_cond_signal(&store->writer->changed);
    pthread_mutex_unlock(&store->writer->mutex);
}

/* ---- handing over ---- */

void store_commit(struct store_transaction **transaction, store_commit_done *done,
                  void *argument)
{
    struct store_transaction *ending = *transaction;
    struct store *store = ending->store;
    struct writer *writer = store->writer;

    *transaction = NULL;
    ASSERT(ending->cursor_count == 0);
    if (!store_transaction_has_edits(ending) && ending->conditions.count == 0) {
        struct error err;
        error_clear(&err);
        lock_release_all(store->locks, &ending->owner, 0);
        transaction_free(&ending);
        done(argument, RC_OK, &err);
        return;
    }
    /* Views are over; an old snapshot would only keep pages from being used again. */
    store_transaction_idle(ending);
    read_set_sort(&ending->reads);
    ending->commit.done = done;
    ending->commit.argument = argument;
    pthread_mutex_lock(&writer->mutex);
    ASSERT(!writer->is_stopping);
    list_append(is_large(ending) ? &writer->large : &writer->small, &ending->commit.link);
    pthread_cond_signal(&writer->changed);
    pthread_mutex_unlock(&writer->mutex);
}

struct waiting {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool is_done;
    enum rc rc;
    struct error *err;
};

static void wake(void *argument, enum rc rc, const struct error *err)
{
    struct waiting *waiting = argument;

    pthread_mutex_lock(&waiting->mutex);
    waiting->is_done = true;
    waiting->rc = rc;
    if (rc != RC_OK)
        *waiting->err = *err;
    pthread_cond_signal(&waiting->changed);
    pthread_mutex_unlock(&waiting->mutex);
}

enum rc store_commit_wait(struct store_transaction **transaction, struct error *err)
{
    struct waiting waiting = {.err = err};

    pthread_mutex_init(&waiting.mutex, NULL);
    pthread_cond_init(&waiting.changed, NULL);
    store_commit(transaction, wake, &waiting);
    pthread_mutex_lock(&waiting.mutex);
    while (!waiting.is_done)
        pthread_cond_wait(&waiting.changed, &waiting.mutex);
    pthread_mutex_unlock(&waiting.mutex);
    pthread_mutex_destroy(&waiting.mutex);
    pthread_cond_destroy(&waiting.changed);
    return waiting.rc;
}
