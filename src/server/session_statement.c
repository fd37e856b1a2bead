/* The statements of one message, from text to tag. */
#include <stdio.h>

#include "base/clock.h"
#include "base/memory.h"
#include "server/cache.h"
#include "server/session_internal.h"

enum {
    HEAVY_TEXT_BYTES = 8 * 1024, /* a longer text is parsed in an executor's thread */
    HEAVY_COST = 20000,          /* of a plan; a row of a simple scan costs about 1 */
};

enum rc session_prepare(struct session *session, const struct prepared_source *source,
                        struct prepared **prepared_out, struct error *err)
{
    struct session_environment environment;
    struct type_context types;
    struct arena *arena = arena_new("binding", NULL);
    struct bind_surroundings surroundings =
        session_surroundings(session, source->parsed->text, &environment, &types);
    struct prepared_request request = {*source, session_stamp(session)};
    enum rc rc;

    types.arena = arena;
    rc = prepared_new(&request, &surroundings, prepared_out, err);
    arena_free(&arena);
    return rc;
}

void session_set_tag(struct session *session, const char *tag)
{
    snprintf(session->work.tag, sizeof session->work.tag, "%s", tag);
}

struct portal *session_portal(struct session *session, const char *name,
                              struct prepared *prepared)
{
    struct session_environment environment;
    struct portal_source source = {.prepared = prepared, .session = &environment};

    session_fill_environment(session, &environment);
    source.settings = (struct execution_settings){
        .transaction = session->transaction,
        .hooks = &session->system,
        .cancelled = &session->cancelled,
        .memory_limit = SERVER_STATEMENT_MEMORY,
    };
    return portal_new(name, &source);
}

/* --- the text ---------------------------------------------------------------------- */

static enum rc read_text(struct session *session, struct statement_cache *cache,
                         enum session_step *step_out, struct error *err)
{
    struct session_work *work = &session->work;
    struct bytes text = bytes_of(work->text, work->text_len);

    if (cache != NULL && work->cached == NULL) {
        work->cached = statement_cache_find(cache, text, session->path_hash);
        if (work->cached == NULL && work->text_len > HEAVY_TEXT_BYTES) {
            *step_out = SESSION_HEAVY;
            return RC_OK;
        }
    }
    if (work->cached != NULL)
        work->parsed = parsed_text_ref(work->cached->parsed);
    else
        TRY(parsed_text_new(text, &work->parsed, err));
    registry_set_activity(session->server->registry, session->entry, work->parsed,
                          "active");
    if (work->parsed->statements.count == 0)
        pgwire_write_empty_query_response(session->out);
    work->phase = SESSION_PHASE_NEXT;
    return RC_OK;
}

/* In a failed transaction only what ends it is heard. */
enum rc session_check_block(const struct session *session,
                            const struct ast_statement *statement, struct error *err)
{
    if (session->block != SESSION_BLOCK_FAILED || statement == NULL ||
        statement->kind == STATEMENT_COMMIT || statement->kind == STATEMENT_ROLLBACK ||
        statement->kind == STATEMENT_ROLLBACK_TO)
        return RC_OK;
    return error_set(err, SQLSTATE_IN_FAILED_SQL_TRANSACTION,
                     "current transaction is aborted, commands ignored until end of "
                     "transaction block");
}

static enum rc prepare_next(struct session *session, struct statement_cache *cache,
                            const struct ast_statement *statement,
                            struct prepared **prepared_out, struct error *err)
{
    struct session_work *work = &session->work;
    struct prepared_source source = {
        .parsed = work->parsed, .statement = statement, .is_closed = true};

    if (work->cached != NULL &&
        prepared_is_current(work->cached, session_stamp(session))) {
        *prepared_out = prepared_ref(work->cached);
        return RC_OK;
    }
    TRY(session_prepare(session, &source, prepared_out, err));
    if (cache != NULL && work->parsed->statements.count == 1 &&
        (*prepared_out)->kind != PREPARED_COMMAND &&
        (*prepared_out)->parameters.count == 0)
        statement_cache_put(cache, bytes_of(work->text, work->text_len),
                            session->path_hash, *prepared_out);
    return RC_OK;
}

static bool is_setting(const struct ast_statement *statement)
{
    return statement->kind == STATEMENT_SET || statement->kind == STATEMENT_RESET ||
           statement->kind == STATEMENT_SHOW;
}

/* SET TRANSACTION may come before the snapshot of the transaction only. */
static bool needs_snapshot(const struct ast_statement *statement)
{
    enum prepared_kind kind = prepared_kind_of(statement);

    return kind == PREPARED_QUERY || kind == PREPARED_EXPLAIN ||
           (kind == PREPARED_COMMAND && !is_setting(statement));
}

static enum rc begin_next(struct session *session, struct statement_cache *cache,
                          struct error *err)
{
    struct session_work *work = &session->work;
    const struct ast_statement *statement = work->parsed->statements.items[work->index];
    struct prepared *prepared = NULL;

    TRY(session_check_cancelled(session, err));
    TRY(session_check_block(session, statement, err));
    session_refresh_path(session);
    if (needs_snapshot(statement))
        TRY(session_begin_statement(session, err));
    TRY(prepare_next(session, cache, statement, &prepared, err));
    work->portal = session_portal(session, "", prepared);
    prepared_unref(&prepared);
    if (work->portal->prepared->columns.count > 0 ||
        work->portal->prepared->kind == PREPARED_QUERY)
        portal_describe(work->portal, session->out);
    work->phase = SESSION_PHASE_RUN;
    return RC_OK;
}

/* --- running ----------------------------------------------------------------------- */

/* Marks the place to which the statement is undone when it fails or has to wait. */
static enum rc set_mark(struct session *session, struct error *err)
{
    struct session_work *work = &session->work;

    if (work->has_mark || !needs_snapshot(work->portal->prepared->statement))
        return RC_OK;
    if (work->kind == PGWIRE_EVENT_EXECUTE || session->transaction == NULL)
        TRY(session_begin_statement(session, err));
    portal_set_transaction(work->portal, session->transaction);
    work->portal->session.statement_time = session->statement_time;
    work->portal->session.transaction_time = session->transaction_time;
    work->mark = store_savepoint(session->transaction);
    work->settings_mark = settings_savepoint(session->settings);
    work->has_mark = true;
    return RC_OK;
}

static void undo_statement(struct session *session)
{
    struct session_work *work = &session->work;

    store_rollback_to(session->transaction, work->mark);
    settings_rollback_to(session->settings, work->settings_mark);
    portal_rewind(work->portal);
    work->has_mark = false;
}

static enum rc check_read_only(const struct session *session,
                               const struct ast_statement *statement, struct error *err)
{
    switch (statement->kind) {
    case STATEMENT_CREATE_SECRET:
    case STATEMENT_ALTER_SECRET:
    case STATEMENT_CREATE_CONNECTION:
    case STATEMENT_ALTER_CONNECTION:
    case STATEMENT_DROP:
    case STATEMENT_COMMENT:
        if (settings_is_on(session->settings, SETTING_transaction_read_only))
            return error_set(err, SQLSTATE_READ_ONLY_SQL_TRANSACTION,
                             "cannot execute %s in a read-only transaction",
                             sql_statement_kind_name(statement->kind));
        return RC_OK;
    default:
        return RC_OK;
    }
}

static enum rc run_command(struct session *session, struct error *err)
{
    struct portal *portal = session->work.portal;
    struct command_context context = {
        .arena = portal->arena,
        .surroundings = {.transaction = session->transaction,
                         .path = &session->path,
                         .types = &portal->types,
                         .text = portal->prepared->parsed->text},
        .execution = portal->settings,
        .settings = session->settings,
        .keyring = session->server->keyring,
        .role = session->role,
        .hooks = &session->hooks,
        .is_probed = portal->is_probed,
    };

    TRY(check_read_only(session, portal->prepared->statement, err));
    TRY(session_check_set(session, portal->prepared->statement, err));
    session_wait_begin(session); /* for a lock */
    TRY(command_run(&context, portal->prepared->statement, &portal->command, err));
    session_refresh_path(session);
    portal->rows = portal->command.rows;
    portal->rows_count = portal->command.row_count;
    portal->has_rows = true;
    return RC_OK;
}

static void explain(struct portal *portal)
{
    const char **lines = NULL;
    size_t count = 0;

    plan_explain(portal->arena, portal->prepared->plan, &lines, &count);
    portal->rows = ARENA_ARRAY(portal->arena, const struct value *, count + 1);
    for (size_t i = 0; i < count; i++) {
        struct value *value = ARENA_NEW(portal->arena, struct value);
        value->datum.bytes = bytes_of_text(lines[i]);
        portal->rows[i] = value;
    }
    portal->rows_count = count;
    portal->has_rows = true;
}

static void set_tag(struct session *session)
{
    struct session_work *work = &session->work;
    const struct prepared *prepared = work->portal->prepared;

    if (prepared->kind == PREPARED_COMMAND)
        session_set_tag(session, work->portal->command.tag);
    else
        prepared_tag(prepared, work->portal->row_count, work->tag);
}

/* Sends rows; *is_over_out when the portal has come to its end, or to max_rows. */
static enum rc send_rows(struct session *session, bool on_loop,
                         enum session_step *step_out, bool *is_over_out,
                         struct error *err)
{
    struct session_work *work = &session->work;
    struct portal_limits limits = {
        .max_rows = work->max_rows,
        .out_bytes = SESSION_OUT_BYTES,
        .until_us = on_loop ? clock_monotonic_us() + SESSION_SLICE_US : 0,
    };
    enum rc rc = portal_send(work->portal, &limits, session->out, err);

    *is_over_out = rc == RC_OK || rc == RC_EOF;
    if (rc == RC_OK)
        pgwire_write_portal_suspended(session->out);
    else if (rc == RC_EOF)
        set_tag(session);
    else if (rc == RC_AGAIN)
        *step_out = SESSION_MORE;
    else if (rc == RC_LIMIT)
        *step_out = SESSION_HEAVY;
    else
        return rc;
    return RC_OK;
}

static enum rc start_portal(struct session *session, bool on_loop,
                            enum session_step *step_out, struct error *err)
{
    struct portal *portal = session->work.portal;
    const struct prepared *prepared = portal->prepared;

    if (portal->is_begun || portal->has_rows || portal->is_done)
        return RC_OK;
    if (on_loop &&
        (prepared->kind == PREPARED_COMMAND ||
         (prepared->plan != NULL && prepared->plan->root->cost > HEAVY_COST))) {
        *step_out = SESSION_HEAVY;
        return RC_OK;
    }
    if (prepared->kind == PREPARED_EXPLAIN)
        explain(portal);
    else if (prepared->kind == PREPARED_COMMAND)
        return run_command(session, err);
    return RC_OK;
}

static enum rc run_session_statement(struct session *session,
                                     const struct ast_statement *statement,
                                     struct error *err);

/* Kinds without rows and without a snapshot. */
static bool is_plain(enum prepared_kind kind)
{
    return kind == PREPARED_EMPTY || kind == PREPARED_TRANSACTION ||
           kind == PREPARED_SESSION;
}

static enum rc run_plain(struct session *session, struct error *err)
{
    struct session_work *work = &session->work;
    const struct ast_statement *statement = work->portal->prepared->statement;

    if (statement == NULL) {
        pgwire_write_empty_query_response(session->out);
        return RC_OK;
    }
    session_set_tag(session, sql_statement_kind_name(statement->kind));
    if (statement->kind == STATEMENT_ROLLBACK_TO)
        session_set_tag(session, "ROLLBACK");
    if (work->portal->prepared->kind == PREPARED_TRANSACTION)
        return session_run_transaction(session, statement, err);
    return run_session_statement(session, statement, err);
}

static enum rc run_discard(struct session *session, enum ast_discard what,
                           struct error *err)
{
    static const char *const tags[] = {"DISCARD ALL", "DISCARD PLANS",
                                       "DISCARD SEQUENCES", "DISCARD TEMP"};

    session_set_tag(session, tags[what]);
    if (what != DISCARD_ALL)
        return RC_OK;
    if (session->block != SESSION_BLOCK_NONE)
        return error_set(err, SQLSTATE_ACTIVE_SQL_TRANSACTION,
                         "DISCARD ALL cannot run inside a transaction block");
    session_drop_statements(session);
    TRY(settings_reset(session->settings, NULL, err));
    session_refresh_path(session);
    return RC_OK;
}

static enum rc run_session_statement(struct session *session,
                                     const struct ast_statement *statement,
                                     struct error *err)
{
    if (statement->kind == STATEMENT_DISCARD)
        return run_discard(session, statement->discard, err);
    if (statement->deallocate == NULL) {
        session_drop_statements(session);
        session_set_tag(session, "DEALLOCATE ALL");
        return RC_OK;
    }
    return session_drop_statement(session, statement->deallocate, err);
}

/* --- what comes after a statement -------------------------------------------------- */

static void write_tag(struct session *session)
{
    if (session->work.tag[0] == '\0')
        return;
    session_write_settings(session);
    pgwire_write_command_complete(session->out, session->work.tag);
    session->work.tag[0] = '\0';
}

/* The statement is over. The last one of a query string is told of only once its implicit
 * transaction is on disk. */
static void end_statement(struct session *session)
{
    struct session_work *work = &session->work;
    bool is_simple = work->kind == PGWIRE_EVENT_QUERY;
    bool is_last = is_simple && work->index + 1 >= work->parsed->statements.count;

    if (work->has_mark)
        store_savepoint_release(session->transaction, work->mark);
    work->has_mark = false;
    if (is_simple)
        portal_free(&work->portal);
    work->portal = NULL;
    work->index++;
    if (work->ends_block || (is_last && session->block == SESSION_BLOCK_NONE)) {
        work->phase = SESSION_PHASE_COMMIT;
        session_commit(session);
        return;
    }
    write_tag(session);
    work->phase = is_simple && !is_last ? SESSION_PHASE_NEXT : SESSION_PHASE_DONE;
}

static enum rc end_commit(struct session *session, struct error *err)
{
    struct session_work *work = &session->work;
    bool is_simple = work->kind == PGWIRE_EVENT_QUERY;
    bool more = is_simple && work->index < work->parsed->statements.count;
    enum rc rc = session->wait.rc;

    session->block = SESSION_BLOCK_NONE;
    session_end_settings(session, rc == RC_OK);
    work->ends_block = false;
    if (rc != RC_OK) {
        *err = *session->wait.error;
        mem_free(session->wait.error);
        session->wait.error = NULL;
        return rc;
    }
    write_tag(session);
    work->phase = more ? SESSION_PHASE_NEXT : SESSION_PHASE_DONE;
    return RC_OK;
}

/* --- waiting ----------------------------------------------------------------------- */

/* The statement met a lock: it is undone, and runs again on a new snapshot. */
static enum rc end_lock_wait(struct session *session, struct error *err)
{
    store_lock_cancel_wait(session->transaction);
    undo_statement(session);
    TRY(session_check_cancelled(session, err));
    session->work.phase = SESSION_PHASE_RUN;
    return session->work.kind == PGWIRE_EVENT_EXECUTE
               ? RC_OK
               : session_begin_statement(session, err);
}

static enum rc end_probe(struct session *session, struct error *err)
{
    struct session_work *work = &session->work;
    struct probe_outcome *outcome = session->wait.outcome;
    bool is_explain = work->portal->command.probe->is_explain;
    enum rc rc = RC_OK;

    session->wait.outcome = NULL;
    if (outcome->has_failed && !is_explain) {
        *err = outcome->error;
        rc = RC_FAILED;
    } else if (is_explain) {
        work->portal->rows = probe_outcome_values(work->portal->arena, outcome);
        work->portal->rows_count = outcome->row_count;
        work->portal->has_rows = true;
        work->portal->command.outcome = COMMAND_DONE;
    } else {
        undo_statement(session);
        work->portal->is_probed = true;
        rc = session_begin_statement(session, err);
    }
    probe_outcome_free(&outcome);
    if (rc == RC_OK)
        rc = session_check_cancelled(session, err);
    work->phase = SESSION_PHASE_RUN;
    return rc;
}

static enum rc run_portal(struct session *session, bool on_loop,
                          enum session_step *step_out, struct error *err)
{
    struct session_work *work = &session->work;
    bool is_over = false;
    enum rc rc;

    TRY(set_mark(session, err));
    if (is_plain(work->portal->prepared->kind)) {
        TRY(run_plain(session, err));
        end_statement(session);
        return RC_OK;
    }
    rc = start_portal(session, on_loop, step_out, err);
    if (rc == RC_WAIT || rc == RC_AGAIN) {
        work->phase = SESSION_PHASE_LOCK;
        if (rc == RC_AGAIN)
            session_wait_done(session);
        return RC_OK;
    }
    if (rc != RC_OK || *step_out != SESSION_IDLE)
        return rc;
    if (work->portal->command.outcome == COMMAND_PROBE) {
        work->phase = SESSION_PHASE_PROBE;
        session_probe(session);
        return RC_OK;
    }
    TRY(send_rows(session, on_loop, step_out, &is_over, err));
    if (is_over)
        end_statement(session);
    return RC_OK;
}

enum rc session_step_statement(struct session *session, struct statement_cache *cache,
                               enum session_step *step_out, struct error *err)
{
    struct session_work *work = &session->work;
    enum rc rc = RC_OK;

    *step_out = SESSION_IDLE;
    while (rc == RC_OK && *step_out == SESSION_IDLE &&
           work->phase != SESSION_PHASE_DONE) {
        if (work->phase >= SESSION_PHASE_LOCK && session_wait_must(session)) {
            *step_out = SESSION_WAITING;
            return RC_OK;
        }
        switch (work->phase) {
        case SESSION_PHASE_TEXT:
            rc = read_text(session, cache, step_out, err);
            break;
        case SESSION_PHASE_NEXT:
            if (work->index < work->parsed->statements.count)
                rc = begin_next(session, cache, err);
            else
                work->phase = SESSION_PHASE_DONE;
            break;
        case SESSION_PHASE_RUN:
            rc = run_portal(session, cache != NULL, step_out, err);
            break;
        case SESSION_PHASE_LOCK:
            rc = end_lock_wait(session, err);
            break;
        case SESSION_PHASE_PROBE:
            rc = end_probe(session, err);
            break;
        default:
            rc = end_commit(session, err);
            break;
        }
    }
    return rc;
}
