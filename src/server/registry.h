#ifndef SERVER_REGISTRY_H
#define SERVER_REGISTRY_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/bytes.h"

struct parsed_text;
struct registry;
struct registry_entry;

/* All sessions that have logged in: for CancelRequest, pg_cancel_backend and the activity
 * relations. Thread-safe. */
struct registry *registry_new(void);
void registry_free(struct registry **registry); /* all entries must be gone */

enum { REGISTRY_KEY_LEN = 4, REGISTRY_TEXT_MAX = 64 };

/* How others end what the session does; called under the registry's lock from any thread:
 * they may raise flags and post events, no more. */
struct registry_callbacks {
    void (*cancel)(void *argument);    /* the statement: 57014 */
    void (*terminate)(void *argument); /* the session: 57P01 */
    void *argument;
};

struct registry_session {
    const char *user;
    const char *database;
    const char *client_address; /* "" when unknown */
    uint16_t client_port;
    bool is_encrypted;
    uint32_t role_oid;
};

/* Gives the session a number that none of the living has, from 1. */
struct registry_entry *registry_add(struct registry *registry,
                                    const struct registry_session *session,
                                    const struct registry_callbacks *callbacks);
/* No callback comes after it. Clears; accepts NULL. */
void registry_remove(struct registry *registry, struct registry_entry **entry);

int32_t registry_pid(const struct registry_entry *entry);
struct bytes registry_key(const struct registry_entry *entry);

/* What the session does now. `parsed` is referenced until the next call: its text is
 * shown redacted. NULL: idle. */
void registry_set_activity(struct registry *registry, struct registry_entry *entry,
                           struct parsed_text *parsed, const char *state);
void registry_set_application(struct registry *registry, struct registry_entry *entry,
                              const char *name);

/* False when the key is not the session's, or there is no such session. */
bool registry_cancel(struct registry *registry, uint32_t pid, struct bytes key);
bool registry_signal(struct registry *registry, int32_t pid, bool terminates);

/* A copy of what is shown, in order of pid. Times: microseconds since 1970. */
struct registry_row {
    int32_t pid;
    struct registry_session session; /* texts in the arena */
    const char *application;
    const char *state; /* "active", "idle", "idle in transaction", ... */
    const char *query; /* redacted */
    int64_t started;
    int64_t query_started; /* 0: none yet */
    int64_t state_changed;
};
void registry_snapshot(struct registry *registry, struct arena *arena,
                       struct registry_row **rows_out, size_t *count_out);

#endif
