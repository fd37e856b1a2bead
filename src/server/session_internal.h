#ifndef SERVER_SESSION_INTERNAL_H
#define SERVER_SESSION_INTERNAL_H

#include "base/map.h"
#include "server/live.h"
#include "server/portal.h"
#include "server/prober.h"
#include "server/registry.h"
#include "server/session.h"
#include "store/lock.h"
#include "store/writer.h"

enum { SESSION_PATH_MAX = 64, SESSION_OUT_BYTES = 128 * 1024, SESSION_SLICE_US = 3000 };

enum session_block {
    SESSION_BLOCK_NONE,   /* no transaction, or an implicit one */
    SESSION_BLOCK_OPEN,   /* after BEGIN */
    SESSION_BLOCK_FAILED, /* until ROLLBACK, or ROLLBACK TO */
};

struct session_savepoint {
    char *name;
    size_t notify_count;
    struct store_mark mark;
    uint32_t settings;
};

/* What a wait yields. Another thread writes it between begin() and done(), and the
 * session touches it at no time between. */
struct session_wait {
    atomic_int state; /* enum wait_state in session_wait.c */
    enum rc rc;
    struct error *error; /* on the heap; NULL: none */
    struct probe_outcome *outcome;
};

/* Where the message under way stands. */
enum session_phase {
    SESSION_PHASE_IDLE,
    SESSION_PHASE_TEXT,   /* parse the query string */
    SESSION_PHASE_NEXT,   /* begin the next statement of it */
    SESSION_PHASE_RUN,    /* the portal */
    SESSION_PHASE_COPY,   /* COPY FROM STDIN: rows come in */
    SESSION_PHASE_LOCK,   /* a lock was waited for: the statement runs again */
    SESSION_PHASE_PROBE,  /* a probe was waited for */
    SESSION_PHASE_COMMIT, /* a commit was waited for */
    SESSION_PHASE_DONE,   /* write what ends the answer */
};

/* A prepared statement that has a name. */
struct session_statement {
    struct prepared *prepared;
    int64_t prepared_us; /* since 2000 */
    bool from_sql;       /* by PREPARE */
    uint64_t use_count;
};

struct notifier_listener;
struct session_notify; /* session_notify.c */
struct session_copy;   /* session_copy.h */
struct literal_text;   /* literal.h */

struct session_work {
    enum pgwire_event_kind kind;
    enum session_phase phase;
    char *text; /* QUERY, PARSE: with a NUL behind it */
    size_t text_len;
    struct parsed_text *parsed;
    size_t index;            /* of the statement in `parsed` */
    struct prepared *cached; /* found in the cache by the whole text */
    struct portal *portal;   /* running; the session's own for QUERY */
    uint64_t max_rows;
    struct store_mark mark; /* before the statement */
    uint32_t settings_mark;
    bool has_mark;
    bool is_settled; /* COMMIT: the transaction that was handed over had edits */
    struct arena *literal_arena;   /* of the next; NULL: they are not looked at */
    struct literal_text *literals; /* of `text`; NULL: it shares no plan */
    struct session_copy *copy;     /* COPY FROM under way; NULL: none */
    char tag[64];                  /* to write once the commit is through */
    bool ends_block;               /* COMMIT, ROLLBACK: the block is over afterwards */
};

enum { SESSION_TEMPORARY_MAX = 24 };

struct session {
    struct server *server;
    struct session_owner owner;
    struct pgwire_session *wire;
    struct registry_entry *entry; /* NULL before log-in */
    struct settings *settings;
    char *user;
    char *database;
    struct catalog_object *role;
    struct arena *arena;      /* of the session: role */
    struct arena *path_arena; /* of `path` */
    struct catalog_path path;
    char *path_text;                       /* the setting that `path` was made of */
    char temporary[SESSION_TEMPORARY_MAX]; /* name of the schema, "pg_temp_7" */
    bool has_temporary;                    /* it holds, or held, something */
    struct sequence_memory sequences;
    uint64_t names_hash; /* of path, database and user */
    uint64_t path_hash;  /* and of the settings that constants depend on */

    enum session_block block;
    struct store_transaction *transaction;
    int64_t transaction_time; /* microseconds since 2000 */
    int64_t statement_time;
    struct session_savepoint *savepoints;
    size_t savepoint_count;
    size_t savepoint_capacity;

    struct map *statements; /* name -> session_statement; NULL: none yet */
    struct prepared *unnamed;
    struct map *portals; /* name -> portal; NULL: none yet */

    struct notifier_listener *listener; /* NULL: it has never listened */
    struct session_notify *notifies;    /* of the transaction under way */
    size_t notify_count;
    size_t notify_capacity;

    const struct pgwire_event *event; /* taken, and not looked at yet */
    const struct error *refused;      /* of a REFUSED event, likewise */
    struct error error;               /* of the message under way */
    struct session_work work;
    struct session_wait wait;
    atomic_int cancelled; /* enum sqlstate; 0: not */
    _Atomic(const char *) cancel_why;
    struct buffer *out; /* of the run under way: notices go there */
    struct command_hooks hooks;
    struct live_source live; /* argument of the next */
    struct system_hooks system;
};

/* session.c */
void session_fail(struct session *session, struct error *err);
enum rc session_check_cancelled(struct session *session, struct error *err) MUST_USE;
const char *session_cancel_text(const struct session *session);
void session_refresh_path(struct session *session);
/* Plans of the session are its own from now on: names may mean temporary objects. */
void session_note_temporary(struct session *session);
struct bind_surroundings session_surroundings(struct session *session, struct bytes text,
                                              struct session_environment *environment,
                                              struct type_context *types);
void session_fill_environment(struct session *session,
                              struct session_environment *environment_out);
struct prepared_stamp session_stamp(const struct session *session);
void session_notice(struct session *session, enum command_severity severity,
                    enum sqlstate state, const char *message, const char *hint);
void session_write_settings(struct session *session);

/* session_transaction.c */
enum rc session_begin_statement(struct session *session, struct error *err) MUST_USE;
enum rc session_run_transaction(struct session *session,
                                const struct ast_statement *statement,
                                struct error *err) MUST_USE;
/* SET LOCAL and SET TRANSACTION: at their place in a transaction? */
enum rc session_check_set(struct session *session, const struct ast_statement *statement,
                          struct error *err) MUST_USE;
void session_abort(struct session *session); /* the transaction, its portals */
void session_end_settings(struct session *session, bool is_committed);
void session_forget_transaction(struct session *session); /* what depends on it */

/* session_wait.c. begin() comes before what will call done(), from any thread; must() is
 * asked after it: true when done() has not come yet, and wake() will. */
void session_wait_begin(struct session *session);
void session_wait_done(struct session *session);
bool session_wait_must(struct session *session);
/* Hands the transaction to the writer; its end is in session->wait. */
void session_commit(struct session *session);
void session_watch_lock(struct session *session);
void session_probe(struct session *session);

/* session_extended.c */
enum rc session_take_extended(struct session *session, const struct pgwire_event *event,
                              struct error *err) MUST_USE;

/* session_statement.c: goes on with the statements of the message. RC_OK: they are over
 * (phase DONE), or *step_out says why not. */
enum rc session_step_statement(struct session *session, struct statement_cache *cache,
                               enum session_step *step_out, struct error *err) MUST_USE;
enum rc session_check_block(const struct session *session,
                            const struct ast_statement *statement,
                            struct error *err) MUST_USE;
enum rc session_prepare(struct session *session, const struct prepared_source *source,
                        struct prepared **prepared_out, struct error *err) MUST_USE;
void session_set_tag(struct session *session, const char *tag);
struct portal *session_portal(struct session *session, const char *name,
                              struct prepared *prepared);

#include "server/session_command.h"

#endif
