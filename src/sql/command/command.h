#ifndef SQL_COMMAND_COMMAND_H
#define SQL_COMMAND_COMMAND_H

#include "catalog/keyring.h"
#include "sql/bind/bind.h"
#include "sql/command/definition.h"
#include "sql/exec/environment.h"
#include "sql/exec/execute.h"

/* Statements that define objects or tell of them, and are no queries: on secrets,
 * connections and comments, SHOW CREATE, VALIDATE, EXPLAIN CONNECTION; SET, SHOW and
 * RESET. Transactions, cursors and prepared statements are the session's. */

enum command_severity { COMMAND_NOTICE, COMMAND_WARNING };

struct command_hooks {
    struct connection_kinds kinds;
    /* A new Ed25519 pair: its public line in the arena ("ssh-ed25519 AAAA...
     * materialize"), the private key as a secret that the caller frees. */
    enum rc (*make_key_pair)(struct arena *arena, const char **public_out,
                             struct secret **private_out, struct error *err);
    /* Whether the bastion took the newer key of the tunnel since it was made: ROTATE KEYS
     * warns when not. May be NULL. */
    bool (*knows_key)(void *owner, const char *connection_id, int key);
    /* A declared host key line or fingerprint is well formed: makes its row's fields. */
    enum rc (*read_host_key)(struct arena *arena, const char *text,
                             struct catalog_hostkey *hostkey_out, struct error *err);
    /* NOTICE and WARNING to the client; NULL hint: none. */
    void (*notice)(void *owner, enum command_severity severity, enum sqlstate state,
                   const char *message, const char *hint);
    void *owner;
};

/* Borrowed for the call. */
struct command_context {
    struct arena *arena; /* of the statement */
    struct bind_surroundings surroundings;
    struct execution_settings execution;
    struct settings *settings;
    const struct keyring *keyring;
    const struct catalog_object *role; /* the session's */
    const struct command_hooks *hooks;
    /* The probe that an earlier run of this statement asked for went well. */
    bool is_probed;
};

enum command_outcome {
    COMMAND_DONE,  /* with rows, or without */
    COMMAND_PROBE, /* nothing was changed: run the probe; when it goes well, undo the
                      statement, set is_probed and run it again */
};

struct command_probe {
    struct connection_definition definition; /* owned by whoever runs the probe */
    bool is_explain;         /* every stage is a row; it never fails for what it finds */
    bool is_analyze;         /* EXPLAIN without ANALYZE walks nothing */
    const char *target_host; /* EXPLAIN ANALYZE CONNECTION b TO 'host:port'; or NULL */
    uint16_t target_port;
};

struct command_result {
    enum command_outcome outcome;
    const char *tag;              /* "CREATE CONNECTION" */
    struct bound_columns columns; /* none: it yields no rows */
    const struct value **rows;    /* row_count rows of columns.count */
    size_t row_count;
    struct command_probe *probe; /* PROBE */
    /* The session's schema of temporary objects (catalog_path.temporary) is in use. */
    bool made_temporary;
};

/* The columns that the statement will yield, before it is run; none for most. */
struct bound_columns command_columns(struct arena *arena,
                                     const struct ast_statement *statement);

/* Runs it in the surroundings' transaction. RC_WAIT and RC_AGAIN from a lock are passed
 * on: undo to the statement's mark and run it again. 0A000 by name for what does not
 * exist yet. The caller rolls the statement back when it fails. */
enum rc command_run(const struct command_context *context,
                    const struct ast_statement *statement,
                    struct command_result *result_out, struct error *err) MUST_USE;

/* struct system_hooks.create_sql. */
const char *command_create_sql(struct store_transaction *transaction,
                               const struct connection_kinds *kinds,
                               const struct catalog_object *object, bool redacted,
                               struct arena *arena);

#endif
