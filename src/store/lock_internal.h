#ifndef STORE_LOCK_INTERNAL_H
#define STORE_LOCK_INTERNAL_H

#include "base/list.h"
#include "store/lock.h"

struct lock;
struct lock_table;

/* A transaction's side of the lock table; guarded by the table's mutex. */
struct lock_owner {
    uint64_t id;
    struct list_link holds;
    struct lock *waits_for; /* NULL: it does not wait */
    enum store_lock_mode wait_mode;
    struct list_link wait_link; /* in the lock's queue */
    uint64_t visited;           /* by which search for a circle */
    void (*granted)(void *argument);
    void *argument;
};

struct lock_table *lock_table_new(size_t limit);
void lock_table_free(struct lock_table **table);
size_t lock_table_count(struct lock_table *table);

void lock_owner_init(struct lock_owner *owner, uint64_t id);

/* Leaves the queue, releases every lock and grants them to those who wait. `epoch` is the
 * write that made the owner's edits visible, 0 when there are none. */
void lock_release_all(struct lock_table *table, struct lock_owner *owner, uint64_t epoch);

#endif
