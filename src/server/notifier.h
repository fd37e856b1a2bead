#ifndef SERVER_NOTIFIER_H
#define SERVER_NOTIFIER_H

#include "base/arena.h"
#include "base/rc.h"

/* LISTEN and NOTIFY between the sessions of this server (PostgreSQL 15 manual, NOTIFY):
 * who listens to which channel, and what waits for whom. Thread-safe. */
struct notifier;
struct notifier_listener;

enum {
    NOTIFIER_PAYLOAD_MAX = 8000,           /* bytes, one less may be sent */
    NOTIFIER_QUEUE_MAX = 64 * 1024 * 1024, /* bytes that may wait for one session */
};

struct notifier *notifier_new(void);
void notifier_free(struct notifier **notifier); /* all listeners must be gone */

/* `ring` is called under the notifier's lock, from any thread, when something has come
 * and nothing was waiting before: it may post an event, no more. */
struct notifier_listener *notifier_add(struct notifier *notifier, const char *database,
                                       void (*ring)(void *argument), void *argument);
/* No ring comes after it. Accepts NULL; clears. */
void notifier_remove(struct notifier *notifier, struct notifier_listener **listener);

void notifier_listen(struct notifier *notifier, struct notifier_listener *listener,
                     const char *channel);
/* NULL: every channel. */
void notifier_unlisten(struct notifier *notifier, struct notifier_listener *listener,
                       const char *channel);

struct notification {
    int32_t pid; /* of the session that sent it */
    const char *channel;
    const char *payload;
};

/* To all listeners of the database, the sender's own session included. What a session
 * that never takes would have waiting beyond NOTIFIER_QUEUE_MAX is dropped, and logged.
 */
void notifier_send(struct notifier *notifier, const char *database,
                   const struct notification *notification);

/* What waits, in order; texts in the arena. Nothing waits afterwards. */
size_t notifier_take(struct notifier *notifier, struct notifier_listener *listener,
                     struct arena *arena, struct notification **notifications_out);

#endif
