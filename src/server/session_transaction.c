/* Transactions of a session: BEGIN to RELEASE, and the snapshot of each statement
 * (PostgreSQL 15 manual, chapters 13.2 and 3.4). */
#include "base/clock.h"
#include "base/memory.h"
#include "server/session_internal.h"
#include "server/time.h"

void session_end_settings(struct session *session, bool is_committed)
{
    if (is_committed)
        settings_commit(session->settings);
    else
        settings_rollback(session->settings);
    session_refresh_path(session);
}

static void drop_savepoints(struct session *session, size_t down_to)
{
    while (session->savepoint_count > down_to)
        mem_free(session->savepoints[--session->savepoint_count].name);
}

void session_forget_transaction(struct session *session)
{
    drop_savepoints(session, 0);
    session_hold_portals(session);
    session->work.has_mark = false;
}

void session_abort(struct session *session)
{
    session_drop_portals(session, 0);
    session_forget_notifies(session, 0);
    session_forget_transaction(session);
    if (session->transaction != NULL && store_lock_is_waiting(session->transaction))
        store_lock_cancel_wait(session->transaction);
    store_transaction_abort(&session->transaction);
}

static enum store_isolation isolation_of(const char *text)
{
    if (strcmp(text, "repeatable read") == 0)
        return STORE_REPEATABLE_READ;
    if (strcmp(text, "serializable") == 0 || strcmp(text, "strict serializable") == 0)
        return STORE_SERIALIZABLE;
    return STORE_READ_COMMITTED;
}

/* The transaction, begun when its first statement needs it, so that SET TRANSACTION may
 * come before. */
static void ensure_transaction(struct session *session)
{
    if (session->transaction != NULL)
        return;
    session->transaction = store_transaction_begin(
        session->server->store,
        isolation_of(settings_text(session->settings, SETTING_transaction_isolation)));
    if (session->block == SESSION_BLOCK_NONE)
        session->transaction_time = time_now_us();
    session_watch_lock(session);
}

enum rc session_begin_statement(struct session *session, struct error *err)
{
    ensure_transaction(session);
    session->statement_time = time_now_us();
    return store_transaction_statement(session->transaction, err);
}

/* --- BEGIN, COMMIT, ROLLBACK ------------------------------------------------------- */

static void warn(struct session *session, enum sqlstate state, const char *message)
{
    session_notice(session, COMMAND_WARNING, state, message, NULL);
}

static enum rc apply_modes(struct session *session,
                           const struct ast_transaction_modes *modes, struct error *err)
{
    static const char *const names[] = {NULL, "read uncommitted", "read committed",
                                        "repeatable read", "serializable"};
    const char *isolation =
        settings_text(session->settings, SETTING_default_transaction_isolation);
    bool is_read_only =
        settings_is_on(session->settings, SETTING_default_transaction_read_only);

    if (modes->isolation == ISOLATION_OTHER)
        isolation = modes->other;
    else if (modes->isolation != ISOLATION_NONE)
        isolation = names[modes->isolation];
    if (modes->read_only != TRISTATE_UNSET)
        is_read_only = modes->read_only == TRISTATE_TRUE;
    TRY(settings_set(session->settings, "transaction_isolation", isolation,
                     SETTINGS_LOCAL, err));
    return settings_set(session->settings, "transaction_read_only",
                        is_read_only ? "on" : "off", SETTINGS_LOCAL, err);
}

static enum rc begin_block(struct session *session, const struct ast_statement *statement,
                           struct error *err)
{
    if (session->block == SESSION_BLOCK_OPEN) {
        warn(session, SQLSTATE_ACTIVE_SQL_TRANSACTION,
             "there is already a transaction in progress");
        return RC_OK;
    }
    TRY(apply_modes(session, &statement->transaction->modes, err));
    session->block = SESSION_BLOCK_OPEN;
    session->transaction_time = time_now_us();
    return RC_OK;
}

static enum rc refuse_chain(const struct ast_statement *statement, struct error *err)
{
    if (!statement->transaction->chain)
        return RC_OK;
    return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED, "%s AND CHAIN is not supported",
                     sql_statement_kind_name(statement->kind));
}

static enum rc commit_block(struct session *session,
                            const struct ast_statement *statement, struct error *err)
{
    TRY(refuse_chain(statement, err));
    if (session->block == SESSION_BLOCK_NONE)
        warn(session, SQLSTATE_NO_ACTIVE_SQL_TRANSACTION,
             "there is no transaction in progress");
    if (session->block == SESSION_BLOCK_FAILED) {
        session_abort(session);
        session_end_settings(session, false);
        session->block = SESSION_BLOCK_NONE;
        session_set_tag(session, "ROLLBACK");
        return RC_OK;
    }
    session->work.ends_block = true;
    return RC_OK;
}

static enum rc roll_back_block(struct session *session,
                               const struct ast_statement *statement, struct error *err)
{
    TRY(refuse_chain(statement, err));
    if (session->block == SESSION_BLOCK_NONE)
        warn(session, SQLSTATE_NO_ACTIVE_SQL_TRANSACTION,
             "there is no transaction in progress");
    session_abort(session);
    session_end_settings(session, false);
    session->block = SESSION_BLOCK_NONE;
    return RC_OK;
}

/* --- savepoints -------------------------------------------------------------------- */

static enum rc need_block(const struct session *session,
                          const struct ast_statement *statement, struct error *err)
{
    if (session->block != SESSION_BLOCK_NONE)
        return RC_OK;
    return error_set(err, SQLSTATE_NO_ACTIVE_SQL_TRANSACTION,
                     "%s can only be used in transaction blocks",
                     statement->kind == STATEMENT_RELEASE
                         ? "RELEASE SAVEPOINT"
                         : sql_statement_kind_name(statement->kind));
}

static enum rc find_savepoint(const struct session *session, const char *name,
                              size_t *at_out, struct error *err)
{
    for (size_t i = session->savepoint_count; i > 0; i--)
        if (strcmp(session->savepoints[i - 1].name, name) == 0) {
            *at_out = i - 1;
            return RC_OK;
        }
    return error_set(err, SQLSTATE_INVALID_SAVEPOINT_SPECIFICATION,
                     "savepoint \"%s\" does not exist", name);
}

static void add_savepoint(struct session *session, const char *name)
{
    struct session_savepoint *savepoint;

    ensure_transaction(session);
    if (session->savepoint_count == session->savepoint_capacity) {
        session->savepoint_capacity = session->savepoint_capacity * 2 + 4;
        session->savepoints = (struct session_savepoint *)mem_resize(
            session->savepoints, session->savepoint_capacity * sizeof *savepoint);
    }
    savepoint = &session->savepoints[session->savepoint_count++];
    savepoint->name = mem_strdup(name);
    savepoint->mark = store_savepoint(session->transaction);
    savepoint->settings = settings_savepoint(session->settings);
    savepoint->notify_count = session->notify_count;
}

static enum rc release_savepoint(struct session *session, const char *name,
                                 struct error *err)
{
    size_t at = 0;

    TRY(find_savepoint(session, name, &at, err));
    store_savepoint_release(session->transaction, session->savepoints[at].mark);
    drop_savepoints(session, at);
    session_flatten_portals(session);
    return RC_OK;
}

static enum rc roll_back_to(struct session *session, const char *name, struct error *err)
{
    size_t at = 0;

    TRY(find_savepoint(session, name, &at, err));
    session_drop_portals(session, at + 1);
    session_forget_notifies(session, session->savepoints[at].notify_count);
    store_rollback_to(session->transaction, session->savepoints[at].mark);
    settings_rollback_to(session->settings, session->savepoints[at].settings);
    session_refresh_path(session);
    drop_savepoints(session, at + 1);
    session->block = SESSION_BLOCK_OPEN;
    return RC_OK;
}

enum rc session_run_transaction(struct session *session,
                                const struct ast_statement *statement, struct error *err)
{
    switch (statement->kind) {
    case STATEMENT_BEGIN:
    case STATEMENT_START_TRANSACTION:
        return begin_block(session, statement, err);
    case STATEMENT_COMMIT:
        return commit_block(session, statement, err);
    case STATEMENT_ROLLBACK:
        return roll_back_block(session, statement, err);
    case STATEMENT_SAVEPOINT:
        TRY(need_block(session, statement, err));
        add_savepoint(session, statement->transaction->savepoint);
        return RC_OK;
    case STATEMENT_RELEASE:
        TRY(need_block(session, statement, err));
        return release_savepoint(session, statement->transaction->savepoint, err);
    default:
        TRY(need_block(session, statement, err));
        return roll_back_to(session, statement->transaction->savepoint, err);
    }
}

enum rc session_check_set(struct session *session, const struct ast_statement *statement,
                          struct error *err)
{
    const struct ast_set *set = statement->set;
    bool is_transaction;

    if (statement->kind != STATEMENT_SET)
        return RC_OK;
    is_transaction = set->kind == SET_TRANSACTION;
    if (session->block == SESSION_BLOCK_NONE && (is_transaction || set->is_local))
        warn(session, SQLSTATE_NO_ACTIVE_SQL_TRANSACTION,
             is_transaction ? "SET TRANSACTION can only be used in transaction blocks"
                            : "SET LOCAL can only be used in transaction blocks");
    if (is_transaction && session->transaction != NULL &&
        set->modes.isolation != ISOLATION_NONE)
        return error_set(
            err, SQLSTATE_ACTIVE_SQL_TRANSACTION,
            "SET TRANSACTION ISOLATION LEVEL must be called before any query");
    return RC_OK;
}
