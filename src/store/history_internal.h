#ifndef STORE_HISTORY_INTERNAL_H
#define STORE_HISTORY_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/list.h"

/* The keys that recent commits edited, for SERIALIZABLE. Belongs to the writer's thread.
 * What is older than `floor` has been forgotten. */
enum { HISTORY_BYTES_MAX = 16 * 1024 * 1024 };

struct overlay;

struct history {
    struct list_link commits; /* oldest first */
    size_t used;
    uint64_t floor; /* the newest write that is not remembered in full */
};

void history_init(struct history *history, uint64_t floor);
void history_fini(struct history *history);

/* Remembers the edited keys under the number of the write. */
void history_add(struct history *history, uint64_t epoch, const struct overlay *overlay);

/* The write failed: as if it had not been. */
void history_drop(struct history *history, uint64_t epoch);

/* Nobody asks for anything up to this write. */
void history_forget(struct history *history, uint64_t epoch);

/* True when a write after `since` edited a key that `is_wanted` accepts. */
bool history_any(const struct history *history, uint64_t since,
                 bool (*is_wanted)(const void *argument, struct bytes key),
                 const void *argument);

#endif
