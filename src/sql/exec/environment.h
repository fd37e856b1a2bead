#ifndef SQL_EXEC_ENVIRONMENT_H
#define SQL_EXEC_ENVIRONMENT_H

#include "catalog/relation.h"
#include "catalog/resolve.h"
#include "sql/exec/settings.h"
#include "sql/functions/function.h"
#include "sql/types/zone.h"

/* What a session remembers of the sequences that it has used: currval(), lastval(). On
 * the heap; zeroed at first. */
struct sequence_memory {
    struct sequence_seen {
        uint32_t oid;
        int64_t value;
    } * items;
    size_t count;
    size_t room;
    uint32_t last_oid; /* of nextval(); 0: none yet */
};

/* Forgets all (DISCARD SEQUENCES), and frees. */
void sequence_memory_clear(struct sequence_memory *memory);

/* What functions and types may ask of the session and the catalog: current_user,
 * current_setting, pg_get_userbyid, pg_table_is_visible, 'x'::regclass ... One struct,
 * filled by the session, per statement. */
struct session_environment {
    struct store_transaction *transaction;
    struct settings *settings;
    const struct catalog_path *path;
    const char *user; /* current_user */
    const char *session_user;
    int32_t backend_pid;
    int64_t server_started; /* microseconds since 2000, UTC, like the others */
    int64_t transaction_time;
    int64_t statement_time;
    struct sequence_memory *sequences; /* NULL: nothing is remembered */
    const char *client_address;        /* NULL: unknown */
    uint16_t client_port;
    /* pg_cancel_backend, pg_terminate_backend: false when there is no such session. */
    bool (*signal)(void *owner, int32_t pid, bool terminates);
    void *owner;
    /* Set by session_environment_types(): the zone of the setting, opened when first
     * asked for, in the arena that the types' context has then; that arena must not be
     * emptied before the context is. */
    const struct type_context *types;
    struct zone *zone;
};

/* Fills both from the session; they point into it. `types_out` must stay where it is, and
 * its arena may be set later. */
void session_environment_functions(struct session_environment *session,
                                   struct environment *environment_out);
void session_environment_types(struct session_environment *session,
                               struct type_context *types_out);

#endif
