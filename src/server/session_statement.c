/* The statements of one message, from text to tag. */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/memory.h"
#include "server/cache.h"
#include "server/literal.h"
#include "server/session_command.h"
#include "server/session_internal.h"

enum {
    HEAVY_TEXT_BYTES = 8 * 1024, /* a longer text is parsed in an executor's thread */
    HEAVY_COST = 20000,          /* of a plan; a row of a simple scan costs about 1 */
};

/* What EXECUTE and EXPLAIN EXECUTE name; NULL: something else, or nothing. */
static const struct prepared *find_executed(const struct session *session,
                                            const struct ast_statement *statement)
{
    if (statement != NULL && statement->kind == STATEMENT_EXPLAIN)
        statement = statement->explain->statement;
    if (statement == NULL || statement->kind != STATEMENT_EXECUTE)
        return NULL;
    return session_find_statement(session, statement->execute->name);
}

/* Of statements whose columns only the session knows. */
static void add_columns(const struct session *session, struct prepared *prepared)
{
    const struct prepared *executed;

    if (prepared->kind == PREPARED_SESSION &&
        (prepared->statement->kind == STATEMENT_FETCH ||
         prepared->statement->kind == STATEMENT_MOVE))
        session_describe_fetch(session, prepared);
    if (prepared->kind != PREPARED_EXECUTE)
        return;
    executed = find_executed(session, prepared->statement);
    if (executed != NULL)
        prepared_set_columns(prepared, &executed->columns);
}

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
    request.source.executed = find_executed(session, source->statement);
    rc = prepared_new(&request, &surroundings, prepared_out, err);
    arena_free(&arena);
    if (rc == RC_OK)
        add_columns(session, *prepared_out);
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

/* A statement that differs from the text in literals only. */
static void find_by_literals(struct session *session, struct statement_cache *cache)
{
    struct session_work *work = &session->work;

    if (work->text_len > STATEMENT_CACHE_TEXT_MAX || work->literal_arena != NULL)
        return;
    work->literal_arena = arena_new("literals", NULL);
    work->literals = ARENA_NEW(work->literal_arena, struct literal_text);
    if (literal_scan(work->literal_arena, bytes_of(work->text, work->text_len),
                     work->literals))
        work->cached =
            statement_cache_find(cache, work->literals->key, session->path_hash);
}

static enum rc read_text(struct session *session, struct statement_cache *cache,
                         enum session_step *step_out, struct error *err)
{
    struct session_work *work = &session->work;
    struct bytes text = bytes_of(work->text, work->text_len);

    if (cache != NULL && work->cached == NULL) {
        work->cached = statement_cache_find(cache, text, session->path_hash);
        if (work->cached == NULL)
            find_by_literals(session, cache);
        if (work->cached == NULL && work->text_len > HEAVY_TEXT_BYTES) {
            *step_out = SESSION_HEAVY;
            return RC_OK;
        }
    }
    if (work->cached != NULL && work->cached->literal_count > 0)
        work->parsed = parsed_text_alias(text, work->cached->parsed);
    else if (work->cached != NULL)
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

/* Statements that mean the same in every session of the same path. */
static bool may_be_shared(const struct prepared *prepared)
{
    return prepared->executed == NULL && prepared->parameters.count == 0 &&
           (prepared->kind == PREPARED_QUERY || prepared->kind == PREPARED_EXPLAIN ||
            prepared->kind == PREPARED_TRANSACTION || prepared->kind == PREPARED_EMPTY);
}

static bool lift_literals(struct session *session, struct prepared *prepared)
{
    struct session_work *work = &session->work;
    struct session_environment environment;
    struct type_context types;

    if (work->literals == NULL || work->literals->key.len == 0)
        return false;
    session_surroundings(session, prepared->parsed->text, &environment, &types);
    types.arena = work->literal_arena;
    return literal_lift(prepared, work->literals, &types);
}

static void keep_prepared(struct session *session, struct statement_cache *cache,
                          struct prepared *prepared)
{
    struct session_work *work = &session->work;
    struct bytes key = bytes_of(work->text, work->text_len);

    if (lift_literals(session, prepared))
        key = work->literals->key;
    else if (work->literals != NULL && work->literals->has_clock)
        return;
    statement_cache_put(cache, key, session->path_hash, prepared);
}

/* What was found by its literals does not serve: the text itself is read. */
static enum rc read_anew(struct session *session, struct error *err)
{
    struct session_work *work = &session->work;

    prepared_unref(&work->cached);
    parsed_text_unref(&work->parsed);
    return parsed_text_new(bytes_of(work->text, work->text_len), &work->parsed, err);
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
    if (work->cached != NULL && work->cached->literal_count > 0) {
        TRY(read_anew(session, err));
        source.parsed = work->parsed;
        source.statement = work->parsed->statements.items[0];
    }
    TRY(session_prepare(session, &source, prepared_out, err));
    if (cache != NULL && work->parsed->statements.count == 1 &&
        may_be_shared(*prepared_out))
        keep_prepared(session, cache, *prepared_out);
    return RC_OK;
}

static bool is_setting(const struct ast_statement *statement)
{
    return statement->kind == STATEMENT_SET || statement->kind == STATEMENT_RESET ||
           statement->kind == STATEMENT_SHOW;
}

/* SET TRANSACTION may come before the snapshot of the transaction only. */
static bool needs_snapshot(enum prepared_kind kind, const struct ast_statement *statement)
{
    return kind == PREPARED_QUERY || kind == PREPARED_EXPLAIN ||
           kind == PREPARED_EXECUTE || kind == PREPARED_COPY ||
           (kind == PREPARED_SESSION && session_command_needs_snapshot(statement)) ||
           (kind == PREPARED_COMMAND && !is_setting(statement));
}

/* With `culvert.check_plans` on, for tests, the text is planned again and compared. */
static enum rc check_shared_plan(struct session *session, const struct prepared *shared,
                                 struct error *err)
{
    const char *setting = settings_show(session->settings, "culvert.check_plans");
    struct parsed_text *parsed = NULL;
    struct prepared *fresh = NULL;
    struct prepared_source source = {.is_closed = true};
    bool is_same;

    if (setting == NULL || strcmp(setting, "on") != 0)
        return RC_OK;
    TRY(parsed_text_new(session->work.parsed->text, &parsed, err));
    source.parsed = parsed;
    source.statement = parsed->statements.items[0];
    if (session_prepare(session, &source, &fresh, err) != RC_OK) {
        parsed_text_unref(&parsed);
        return RC_FAILED;
    }
    is_same = lift_literals(session, fresh) && literal_same_plan(shared, fresh);
    prepared_unref(&fresh);
    parsed_text_unref(&parsed);
    return is_same ? RC_OK
                   : error_set(err, SQLSTATE_INTERNAL_ERROR,
                               "the shared plan of the statement is not its own");
}

/* The values of the text's literals. One that does not fit: the text is read anew. */
static enum rc give_literals(struct session *session, struct error *err)
{
    struct session_work *work = &session->work;
    struct portal *portal = work->portal;
    const struct prepared *shared = portal->prepared;
    struct prepared *fresh = NULL;
    struct prepared_source source = {.is_closed = true};

    portal->parameters =
        ARENA_ARRAY(portal->arena, struct value, shared->literal_count + 1);
    portal->settings.parameters = portal->parameters;
    portal->settings.parameter_count = shared->literal_count;
    if (literal_values(shared, work->literals, &portal->types, portal->arena,
                       portal->parameters))
        return check_shared_plan(session, shared, err);
    portal_free(&work->portal);
    TRY(read_anew(session, err));
    source.parsed = work->parsed;
    source.statement = work->parsed->statements.items[0];
    TRY(session_prepare(session, &source, &fresh, err));
    work->portal = session_portal(session, "", fresh);
    prepared_unref(&fresh);
    return RC_OK;
}

/* The portal to run: that of EXECUTE is one of the statement that it names. */
static enum rc open_next(struct session *session, struct prepared *prepared,
                         struct error *err)
{
    struct session_work *work = &session->work;

    if (prepared->kind == PREPARED_EXECUTE)
        return session_open_execute(session, "", prepared, &work->portal, err);
    if (prepared->kind == PREPARED_COPY)
        return session_open_copy(session, "", prepared, &work->portal, err);
    work->portal = session_portal(session, "", prepared);
    if (prepared->literal_count > 0)
        return give_literals(session, err);
    if (prepared->kind == PREPARED_SESSION &&
        prepared->statement->kind == STATEMENT_FETCH)
        session_format_fetch(session, work->portal);
    return RC_OK;
}

static enum rc begin_next(struct session *session, struct statement_cache *cache,
                          struct error *err)
{
    struct session_work *work = &session->work;
    const struct ast_statement *statement = work->parsed->statements.items[work->index];
    struct prepared *prepared = NULL;
    enum rc rc;

    TRY(session_check_cancelled(session, err));
    TRY(session_check_block(session, statement, err));
    session_refresh_path(session);
    if (needs_snapshot(prepared_kind_of(statement), statement))
        TRY(session_begin_statement(session, err));
    TRY(prepare_next(session, cache, statement, &prepared, err));
    rc = open_next(session, prepared, err);
    prepared_unref(&prepared);
    TRY(rc);
    if (work->portal->copy == NULL && (work->portal->prepared->columns.count > 0 ||
                                       (work->portal->prepared->kind == PREPARED_QUERY &&
                                        !work->portal->prepared->is_silent)))
        portal_describe(work->portal, session->out);
    work->phase = SESSION_PHASE_RUN;
    return RC_OK;
}

/* --- running ----------------------------------------------------------------------- */

/* Marks the place to which the statement is undone when it fails or has to wait. */
static enum rc set_mark(struct session *session, struct error *err)
{
    struct session_work *work = &session->work;
    const struct prepared *prepared = work->portal->prepared;

    if (work->has_mark || !needs_snapshot(prepared->kind, prepared->statement))
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
    case STATEMENT_SELECT: /* INTO */
    case STATEMENT_INSERT:
    case STATEMENT_UPDATE:
    case STATEMENT_DELETE:
    case STATEMENT_CREATE_TABLE:
    case STATEMENT_CREATE_TABLE_AS:
    case STATEMENT_CREATE_VIEW:
    case STATEMENT_CREATE_INDEX:
    case STATEMENT_CREATE_SEQUENCE:
    case STATEMENT_CREATE_SCHEMA:
    case STATEMENT_CREATE_DATABASE:
    case STATEMENT_ALTER_TABLE:
    case STATEMENT_ALTER_SEQUENCE:
    case STATEMENT_ALTER_RENAME:
    case STATEMENT_ALTER_OWNER:
    case STATEMENT_ALTER_SET_SCHEMA:
    case STATEMENT_TRUNCATE:
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
    if (portal->command.made_temporary && !session->has_temporary)
        session_note_temporary(session);
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

    if (work->portal->copy != NULL)
        snprintf(work->tag, sizeof work->tag, "COPY %" PRIu64, work->portal->row_count);
    else if (prepared->kind == PREPARED_COMMAND || prepared->kind == PREPARED_SESSION ||
             prepared->kind == PREPARED_COPY)
        session_set_tag(session, work->portal->command.tag);
    else
        prepared_tag(prepared, work->portal->row_count, work->tag);
}

/* Sends rows; *is_over_out when the portal has come to its end, or to max_rows. What
 * takes longer than a slice of the loop's time is undone and begun anew in an executor:
 * its rows so far have not left `out`. */
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
    size_t before = buffer_len(session->out);
    enum rc rc = portal_send(work->portal, &limits, session->out, err);

    if (rc == RC_FAILED && work->portal->is_interrupted) {
        error_clear(err);
        buffer_truncate(session->out, before);
        undo_statement(session);
        *step_out = SESSION_HEAVY;
        *is_over_out = false;
        return RC_OK;
    }
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

/* DECLARE takes all rows of its query at once. */
static bool is_declare(const struct prepared *prepared)
{
    return prepared->kind == PREPARED_SESSION &&
           prepared->statement->kind == STATEMENT_DECLARE_CURSOR;
}

static enum rc start_portal(struct session *session, bool on_loop,
                            enum session_step *step_out, struct error *err)
{
    struct portal *portal = session->work.portal;
    const struct prepared *prepared = portal->prepared;

    if (portal->is_begun || portal->has_rows || portal->is_done)
        return RC_OK;
    if (on_loop &&
        (prepared->kind == PREPARED_COMMAND || prepared->kind == PREPARED_COPY ||
         is_declare(prepared) ||
         (prepared->plan != NULL && prepared->plan->root->cost > HEAVY_COST))) {
        *step_out = SESSION_HEAVY;
        return RC_OK;
    }
    if (prepared->kind == PREPARED_QUERY && prepared->statement->kind != STATEMENT_SELECT)
        TRY(check_read_only(session, prepared->statement, err));
    if (prepared->kind == PREPARED_SESSION)
        return session_run_command(session, portal, err);
    if (prepared->kind == PREPARED_COPY)
        return session_begin_copy(session, err);
    if (prepared->kind == PREPARED_EXPLAIN)
        explain(portal);
    else if (prepared->kind == PREPARED_COMMAND)
        return run_command(session, err);
    return RC_OK;
}

/* Kinds without rows and without a snapshot. */
static bool is_plain(enum prepared_kind kind)
{
    return kind == PREPARED_EMPTY || kind == PREPARED_TRANSACTION;
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
    return session_run_transaction(session, statement, err);
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
    if (rc == RC_OK)
        session_send_notifies(session);
    else
        session_forget_notifies(session, 0);
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

/* Whoever held the lock may have changed the table: a plan of before would miss a new
 * index or column. */
static enum rc bind_again(struct session *session, struct error *err)
{
    struct portal *portal = session->work.portal;
    struct prepared *fresh = NULL;

    TRY(session_current_statement(session, portal->prepared, &fresh, err));
    prepared_unref(&portal->prepared);
    portal->prepared = fresh;
    return RC_OK;
}

/* The statement met a lock: it is undone, and runs again on a new snapshot. */
static enum rc end_lock_wait(struct session *session, struct error *err)
{
    store_lock_cancel_wait(session->transaction);
    if (session->work.copy != NULL) { /* its batch is undone already */
        TRY(session_check_cancelled(session, err));
        session->work.phase = SESSION_PHASE_COPY;
        return session_begin_statement(session, err);
    }
    undo_statement(session);
    TRY(session_check_cancelled(session, err));
    session->work.phase = SESSION_PHASE_RUN;
    TRY(session_begin_statement(session, err));
    return bind_again(session, err);
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
    if (work->phase == SESSION_PHASE_COPY) {
        *step_out = SESSION_FLUSH; /* the client waits for the answer */
        return RC_OK;
    }
    if (work->portal->command.outcome == COMMAND_PROBE) {
        work->phase = SESSION_PHASE_PROBE;
        session_probe(session);
        return RC_OK;
    }
    session_wait_begin(session); /* before a lock is asked for: it may come at once */
    rc = send_rows(session, on_loop, step_out, &is_over, err);
    if (rc == RC_WAIT) {
        work->phase = SESSION_PHASE_LOCK;
        if (work->portal->must_repeat)
            session_wait_done(session);
        return RC_OK;
    }
    TRY(rc);
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
           work->phase != SESSION_PHASE_DONE && !session_copy_wants_data(session)) {
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
        case SESSION_PHASE_COPY:
            rc = session_step_copy(session, cache != NULL, step_out, err);
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
