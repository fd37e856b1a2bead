#ifndef LOOP_WATCH_H
#define LOOP_WATCH_H

#include <stdbool.h>
#include <stddef.h>

struct loop;
struct loop_watch_events;

/* What somebody waits for, or what has come true. */
struct loop_interest {
    bool read;
    bool write;
};

#define LOOP_INTEREST_NONE  ((struct loop_interest){false, false})
#define LOOP_INTEREST_READ  ((struct loop_interest){true, false})
#define LOOP_INTEREST_WRITE ((struct loop_interest){false, true})
#define LOOP_INTEREST_BOTH  ((struct loop_interest){true, true})

/* Waits for a descriptor, level-triggered; embedded by value in its owner. The descriptor
 * stays the owner's, who ends the watch *before* closing it. An error or hang-up of the
 * descriptor counts as whatever is waited for. The members are loop/watch.c's. */
struct loop_watch {
    struct loop *loop;
    void (*on_ready)(void *argument, struct loop_interest ready);
    void *argument;
    const char *name;
    int descriptor;
    struct loop_interest interest;
    struct loop_watch_events *events; /* NULL: not begun */
};

/* Prepares; nothing is waited for yet. `name` must be a literal. When a descriptor is
 * ready both ways, on_ready may come once with both or once for each. */
void loop_watch_init(struct loop_watch *watch, struct loop *loop, const char *name,
                     void (*on_ready)(void *argument, struct loop_interest ready),
                     void *argument);

/* Begins to wait. Not for regular files. */
void loop_watch_add(struct loop_watch *watch, int descriptor,
                    struct loop_interest interest);

/* Cheap when nothing changes. */
void loop_watch_change(struct loop_watch *watch, struct loop_interest interest);

/* After it the callback does not come; the callback itself may call it, and may then free
 * the watch. Also for a zeroed struct, and twice. loop_watch_add() may follow. */
void loop_watch_remove(struct loop_watch *watch);

static inline bool loop_watch_is_added(const struct loop_watch *watch)
{
    return watch->events != NULL;
}

#endif
