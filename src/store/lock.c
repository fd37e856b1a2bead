/* The lock table: who holds what, who waits for whom. */
#include "store/lock.h"

#include <inttypes.h>
#include <pthread.h>

#include "base/assert.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/memory.h"
#include "store/transaction_internal.h"

enum { LAST_COMMIT_SLOTS = 65536 };

struct lock {
    struct list_link holds;   /* by its holders */
    struct list_link waiters; /* owners, the next one first */
    size_t key_len;
    uint8_t key[];
};

/* One owner's hold on one lock in one mode. */
struct hold {
    struct list_link lock_link;
    struct list_link owner_link;
    struct lock *lock;
    struct lock_owner *owner;
    enum store_lock_mode mode;
};

struct lock_table {
    pthread_mutex_t mutex;
    struct map *locks;
    size_t hold_count;
    size_t limit;
    uint64_t search; /* number of the last search for a circle */
    /* The newest write made under an exclusive lock, by hash of the lock's key. */
    uint64_t last_commits[LAST_COMMIT_SLOTS];
};

static const bool conflicts[STORE_LOCK_MODE_COUNT][STORE_LOCK_MODE_COUNT] = {
    [STORE_LOCK_SHARED] = {[STORE_LOCK_EXCLUSIVE] = true},
    [STORE_LOCK_EXCLUSIVE] = {[STORE_LOCK_SHARED] = true, [STORE_LOCK_EXCLUSIVE] = true},
};

static const char *const mode_names[STORE_LOCK_MODE_COUNT] = {
    [STORE_LOCK_SHARED] = "ShareLock",
    [STORE_LOCK_EXCLUSIVE] = "ExclusiveLock",
};

struct lock_table *lock_table_new(size_t limit)
{
    struct lock_table *table = MEM_NEW(struct lock_table);

    pthread_mutex_init(&table->mutex, NULL);
    table->locks = map_new();
    table->limit = limit;
    return table;
}

void lock_table_free(struct lock_table **table)
{
    if (*table == NULL)
        return;
    ASSERT((*table)->hold_count == 0 && map_count((*table)->locks) == 0);
    map_free(&(*table)->locks);
    pthread_mutex_destroy(&(*table)->mutex);
    mem_free(*table);
    *table = NULL;
}

size_t lock_table_count(struct lock_table *table)
{
    pthread_mutex_lock(&table->mutex);
    size_t count = table->hold_count;
    pthread_mutex_unlock(&table->mutex);
    return count;
}

void lock_owner_init(struct lock_owner *owner, uint64_t id)
{
    *owner = (struct lock_owner){.id = id};
    list_init(&owner->holds);
}

static uint64_t *last_commit(struct lock_table *table, struct bytes key)
{
    return &table->last_commits[hash_bytes(key, 0) % LAST_COMMIT_SLOTS];
}

static struct bytes key_of(const struct lock *lock)
{
    return bytes_of(lock->key, lock->key_len);
}

static struct lock *find_or_make(struct lock_table *table, struct bytes key)
{
    struct lock *lock = map_find(table->locks, key);

    if (lock != NULL)
        return lock;
    lock = mem_alloc(sizeof(*lock) + key.len);
    list_init(&lock->holds);
    list_init(&lock->waiters);
    lock->key_len = key.len;
    if (key.len != 0)
        memcpy(lock->key, key.at, key.len);
    map_put(table->locks, key, lock);
    return lock;
}

static void free_if_unused(struct lock_table *table, struct lock *lock)
{
    if (!list_is_empty(&lock->holds) || !list_is_empty(&lock->waiters))
        return;
    map_remove(table->locks, key_of(lock));
    mem_free(lock);
}

static bool holds_any(const struct lock *lock, const struct lock_owner *owner)
{
    LIST_FOR_EACH(&lock->holds, link)
    {
        if (LIST_ENTRY(link, struct hold, lock_link)->owner == owner)
            return true;
    }
    return false;
}

/* The mode itself, or the strongest. */
static bool holds_enough(const struct lock *lock, const struct lock_owner *owner,
                         enum store_lock_mode mode)
{
    LIST_FOR_EACH(&lock->holds, link)
    {
        const struct hold *hold = LIST_ENTRY(link, struct hold, lock_link);
        if (hold->owner == owner &&
            (hold->mode == mode || hold->mode == STORE_LOCK_EXCLUSIVE))
            return true;
    }
    return false;
}

static bool is_in_the_way(const struct hold *hold, const struct lock_owner *owner,
                          enum store_lock_mode mode)
{
    return hold->owner != owner && conflicts[hold->mode][mode];
}

static bool has_conflict(const struct lock *lock, const struct lock_owner *owner,
                         enum store_lock_mode mode)
{
    LIST_FOR_EACH(&lock->holds, link)
    {
        if (is_in_the_way(LIST_ENTRY(link, struct hold, lock_link), owner, mode))
            return true;
    }
    return false;
}

static void grant(struct lock_table *table, struct lock *lock, struct lock_owner *owner,
                  enum store_lock_mode mode)
{
    struct hold *hold = MEM_NEW(struct hold);

    hold->lock = lock;
    hold->owner = owner;
    hold->mode = mode;
    list_append(&lock->holds, &hold->lock_link);
    list_append(&owner->holds, &hold->owner_link);
    table->hold_count++;
}

/* From the head of the queue up to the first who still has to wait. */
static void grant_waiters(struct lock_table *table, struct lock *lock)
{
    LIST_FOR_EACH(&lock->waiters, link)
    {
        struct lock_owner *owner = LIST_ENTRY(link, struct lock_owner, wait_link);
        if (has_conflict(lock, owner, owner->wait_mode))
            return;
        list_remove(link);
        owner->waits_for = NULL;
        grant(table, lock, owner, owner->wait_mode);
        if (owner->granted != NULL)
            owner->granted(owner->argument);
    }
}

static void leave_queue(struct lock_table *table, struct lock_owner *owner)
{
    struct lock *lock = owner->waits_for;

    if (lock == NULL)
        return;
    list_remove(&owner->wait_link);
    owner->waits_for = NULL;
    grant_waiters(table, lock);
    free_if_unused(table, lock);
}

/* ---- circles ---- */

/* Owners still to be looked at; each is put in once. */
struct search {
    struct lock_owner **owners;
    size_t count;
    size_t capacity;
    uint64_t number;
};

static void search_add(struct search *search, struct lock_owner *owner)
{
    if (owner->visited == search->number)
        return;
    owner->visited = search->number;
    if (search->count == search->capacity) {
        search->capacity = search->capacity == 0 ? 16 : search->capacity * 2;
        search->owners =
            mem_resize(search->owners, search->capacity * sizeof(struct lock_owner *));
    }
    search->owners[search->count++] = owner;
}

/* Whom a waiter waits for: holders in its way, and all who stand before it. */
static void search_add_blockers(struct search *search, const struct lock_owner *waiter)
{
    const struct lock *lock = waiter->waits_for;

    LIST_FOR_EACH(&lock->holds, link)
    {
        const struct hold *hold = LIST_ENTRY(link, struct hold, lock_link);
        if (is_in_the_way(hold, waiter, waiter->wait_mode))
            search_add(search, hold->owner);
    }
    LIST_FOR_EACH(&lock->waiters, other)
    {
        struct lock_owner *before = LIST_ENTRY(other, struct lock_owner, wait_link);
        if (before == waiter)
            return;
        search_add(search, before);
    }
}

/* There was no circle before this waiter came, so a new one goes through it. The owner
 * itself is not marked at first: met again, it ends the search. */
static bool closes_circle(struct lock_table *table, struct lock_owner *waiter,
                          uint64_t *blocker_out)
{
    struct search search = {.number = ++table->search};
    bool is_found = false;

    search_add_blockers(&search, waiter);
    *blocker_out = search.count == 0 ? 0 : search.owners[0]->id;
    while (search.count > 0 && !is_found) {
        struct lock_owner *owner = search.owners[--search.count];
        is_found = owner == waiter;
        if (!is_found && owner->waits_for != NULL)
            search_add_blockers(&search, owner);
    }
    mem_free(search.owners);
    return is_found;
}

static enum rc queue_up(struct lock_table *table, struct lock *lock,
                        struct lock_owner *owner, enum store_lock_mode mode,
                        struct error *err)
{
    uint64_t blocker = 0;

    owner->waits_for = lock;
    owner->wait_mode = mode;
    /* Who raises its own lock would wait for those behind it for ever: it goes first. */
    if (holds_any(lock, owner))
        list_append(lock->waiters.next, &owner->wait_link);
    else
        list_append(&lock->waiters, &owner->wait_link);
    if (!closes_circle(table, owner, &blocker))
        return RC_WAIT;
    leave_queue(table, owner);
    error_set(err, SQLSTATE_DEADLOCK_DETECTED, "deadlock detected");
    return error_detail(err,
                        "Transaction %" PRIu64 " waits for %s; blocked by transaction "
                        "%" PRIu64 ", which waits for it in turn.",
                        owner->id, mode_names[mode], blocker);
}

/* ---- asking ---- */

static enum rc refuse(enum store_lock_wait wait, struct error *err)
{
    if (wait == STORE_LOCK_SKIP)
        return RC_NOTFOUND;
    return error_set(err, SQLSTATE_LOCK_NOT_AVAILABLE, "could not obtain lock");
}

static enum rc acquire(struct lock_table *table, struct lock_owner *owner,
                       struct bytes key, enum store_lock_mode mode,
                       enum store_lock_wait wait, struct error *err)
{
    struct lock *lock = find_or_make(table, key);

    if (owner->waits_for != NULL && owner->waits_for == lock && owner->wait_mode == mode)
        return RC_WAIT;
    leave_queue(table, owner);
    lock = find_or_make(table, key);
    if (holds_enough(lock, owner, mode))
        return RC_OK;
    bool must_wait = has_conflict(lock, owner, mode) ||
                     (!list_is_empty(&lock->waiters) && !holds_any(lock, owner));
    if (must_wait && wait != STORE_LOCK_WAIT)
        return refuse(wait, err);
    if (must_wait)
        return queue_up(table, lock, owner, mode, err);
    if (table->hold_count < table->limit) {
        grant(table, lock, owner, mode);
        return RC_OK;
    }
    free_if_unused(table, lock);
    error_set(err, SQLSTATE_OUT_OF_MEMORY, "out of shared memory");
    return error_detail(err, "All %zu locks are in use.", table->limit);
}

void store_lock_set_notify(struct store_transaction *transaction,
                           void (*granted)(void *argument), void *argument)
{
    struct lock_table *table = transaction->store->locks;

    pthread_mutex_lock(&table->mutex);
    transaction->owner.granted = granted;
    transaction->owner.argument = argument;
    pthread_mutex_unlock(&table->mutex);
}

enum rc store_lock(struct store_transaction *transaction, struct bytes key,
                   enum store_lock_mode mode, enum store_lock_wait wait,
                   struct error *err)
{
    struct lock_table *table = transaction->store->locks;

    pthread_mutex_lock(&table->mutex);
    enum rc rc = acquire(table, &transaction->owner, key, mode, wait, err);
    uint64_t changed = rc == RC_OK ? *last_commit(table, key) : 0;
    pthread_mutex_unlock(&table->mutex);
    if (transaction->snapshot == NULL || changed <= transaction->snapshot->epoch)
        return rc;
    if (transaction->isolation == STORE_READ_COMMITTED)
        return RC_AGAIN;
    return error_set(err, SQLSTATE_SERIALIZATION_FAILURE,
                     "could not serialize access due to concurrent update");
}

bool store_lock_is_waiting(struct store_transaction *transaction)
{
    struct lock_table *table = transaction->store->locks;

    pthread_mutex_lock(&table->mutex);
    bool is_waiting = transaction->owner.waits_for != NULL;
    pthread_mutex_unlock(&table->mutex);
    return is_waiting;
}

void store_lock_cancel_wait(struct store_transaction *transaction)
{
    struct lock_table *table = transaction->store->locks;

    pthread_mutex_lock(&table->mutex);
    leave_queue(table, &transaction->owner);
    pthread_mutex_unlock(&table->mutex);
}

void lock_release_all(struct lock_table *table, struct lock_owner *owner, uint64_t epoch)
{
    pthread_mutex_lock(&table->mutex);
    leave_queue(table, owner);
    LIST_FOR_EACH(&owner->holds, link)
    {
        struct hold *hold = LIST_ENTRY(link, struct hold, owner_link);
        struct lock *lock = hold->lock;
        if (hold->mode == STORE_LOCK_EXCLUSIVE && epoch != 0)
            *last_commit(table, key_of(lock)) = epoch;
        list_remove(&hold->owner_link);
        list_remove(&hold->lock_link);
        table->hold_count--;
        mem_free(hold);
        grant_waiters(table, lock);
        free_if_unused(table, lock);
    }
    pthread_mutex_unlock(&table->mutex);
}
