/* One client's SQL: its life, its log-in, and what every message has in common. */
#include "server/session.h"

#include <stdio.h>

#include "base/ascii.h"
#include "base/assert.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/memory.h"
#include "catalog/key.h"
#include "server/cache.h"
#include "server/session_internal.h"
#include "sql/command/temporary.h"

struct session *session_new(struct server *server, const struct session_owner *owner)
{
    struct session *session = MEM_NEW(struct session);

    session->server = server;
    session->owner = *owner;
    atomic_init(&session->cancelled, 0);
    atomic_init(&session->cancel_why, NULL);
    atomic_init(&session->wait.state, 0);
    return session;
}

static void free_work(struct session *session)
{
    struct session_work *work = &session->work;

    mem_free(work->text);
    parsed_text_unref(&work->parsed);
    prepared_unref(&work->cached);
    session_free_copy(&work->copy);
    arena_free(&work->literal_arena);
    if (work->kind == PGWIRE_EVENT_QUERY)
        portal_free(&work->portal);
    memset(work, 0, sizeof *work);
}

static void on_temporary_dropped(void *argument, enum rc rc, const struct error *err)
{
    (void)argument;
    if (rc != RC_OK)
        LOG(LOG_WARN, SERVER_WARNING, "what=\"temporary tables were left\" why=\"%s\"",
            err->message);
}

/* What cannot be dropped now, because others hold its locks, goes at the next start. */
static void drop_temporary(struct session *session)
{
    struct store_transaction *transaction;
    struct error err;
    enum rc rc;

    if (!session->has_temporary)
        return;
    error_clear(&err);
    transaction = store_transaction_begin(session->server->store, STORE_READ_COMMITTED);
    rc = store_transaction_statement(transaction, &err);
    if (rc == RC_OK)
        rc = temporary_drop(transaction, session->database, session->temporary, &err);
    if (rc == RC_OK) {
        store_commit(&transaction, on_temporary_dropped, NULL);
        return;
    }
    store_transaction_abort(&transaction);
    on_temporary_dropped(NULL, rc, &err);
}

void session_free(struct session **session)
{
    struct session *held = *session;

    *session = NULL;
    if (held == NULL)
        return;
    free_work(held);
    session_close_portals(held);
    session_abort(held);
    drop_temporary(held);
    session_stop_listening(held);
    registry_remove(held->server->registry, &held->entry);
    session_drop_statements(held);
    settings_free(&held->settings);
    sequence_memory_clear(&held->sequences);
    arena_free(&held->arena);
    arena_free(&held->path_arena);
    mem_free(held->path_text);
    mem_free(held->savepoints);
    mem_free(held->user);
    mem_free(held->database);
    mem_free(held->wait.error);
    mem_free(held);
}

/* --- what is said to the client ---------------------------------------------------- */

void session_notice(struct session *session, enum command_severity severity,
                    enum sqlstate state, const char *message, const char *hint)
{
    const char *least = settings_text(session->settings, SETTING_client_min_messages);
    struct error notice;

    if (session->out == NULL || strcmp(least, "error") == 0 ||
        (strcmp(least, "warning") == 0 && severity == COMMAND_NOTICE))
        return;
    error_clear(&notice);
    error_set(&notice, state, "%s", message);
    if (hint != NULL)
        error_hint(&notice, "%s", hint);
    pgwire_write_notice(session->out,
                        severity == COMMAND_WARNING ? PGWIRE_SEVERITY_WARNING
                                                    : PGWIRE_SEVERITY_NOTICE,
                        &notice);
}

void session_write_settings(struct session *session)
{
    enum setting setting;

    while (settings_next_report(session->settings, &setting)) {
        const char *value = settings_text(session->settings, setting);
        pgwire_write_parameter_status(session->out, settings_name(setting), value);
        if (setting == SETTING_application_name && session->entry != NULL)
            registry_set_application(session->server->registry, session->entry, value);
    }
}

/* --- the way to names -------------------------------------------------------------- */

/* The next name of a list such as `a, "B c", "$user"`; false at its end. */
static bool next_name(struct arena *arena, const char **at, const char **name_out)
{
    const char *from = *at;
    char *name, *to;

    while (*from == ' ' || *from == ',' || *from == '\t' || *from == '\n')
        from++;
    if (*from == '\0')
        return false;
    name = to = ARENA_ARRAY(arena, char, strlen(from) + 1);
    if (*from == '"') {
        for (from++; *from != '\0' && (from[0] != '"' || from[1] == '"'); from++) {
            from += from[0] == '"';
            *to++ = *from;
        }
        from += *from == '"';
    } else {
        while (*from != '\0' && *from != ',' && *from != ' ')
            *to++ = (char)ascii_lower((uint8_t)*from++);
    }
    *to = '\0';
    *at = from;
    *name_out = name;
    return true;
}

/* What a binding depends on, but for the catalog: names, and the settings by which texts
 * become constants. */
static void set_path_hash(struct session *session)
{
    const char *zone = settings_text(session->settings, SETTING_TimeZone);
    const char *style = settings_text(session->settings, SETTING_DateStyle);

    session->path_hash = session->names_hash ^ hash_bytes(bytes_of_text(zone), 5) ^
                         hash_bytes(bytes_of_text(style), 6);
}

void session_refresh_path(struct session *session)
{
    const char *text = settings_text(session->settings, SETTING_search_path);
    const char **schemas, *at = text;

    if (session->entry != NULL)
        snprintf(session->temporary, sizeof session->temporary, "pg_temp_%d",
                 (int)registry_pid(session->entry));
    session->path.temporary = session->entry == NULL ? NULL : session->temporary;
    if (session->path_text != NULL && strcmp(session->path_text, text) == 0) {
        set_path_hash(session);
        return;
    }
    if (session->path_arena == NULL)
        session->path_arena = arena_new("search path", NULL);
    arena_reset(session->path_arena);
    mem_free(session->path_text);
    session->path_text = mem_strdup(text);
    schemas = ARENA_ARRAY(session->path_arena, const char *, SESSION_PATH_MAX);
    session->path.database = session->database;
    session->path.schemas = schemas;
    session->path.schema_count = 0;
    while (session->path.schema_count < SESSION_PATH_MAX) {
        const char *name;
        if (!next_name(session->path_arena, &at, &name))
            break;
        schemas[session->path.schema_count++] =
            strcmp(name, "$user") == 0 ? session->user : name;
    }
    session->names_hash =
        hash_bytes(bytes_of_text(session->path_text), 1) ^
        hash_bytes(bytes_of_text(session->database), 2) ^
        hash_bytes(bytes_of_text(session->user), 3) ^
        hash_bytes(bytes_of_text(session->has_temporary ? session->temporary : ""), 4);
    set_path_hash(session);
}

void session_note_temporary(struct session *session)
{
    session->has_temporary = true;
    mem_free(session->path_text);
    session->path_text = NULL;
}

struct prepared_stamp session_stamp(const struct session *session)
{
    struct prepared_stamp stamp = {0, 0, session->path_hash};

    if (session->transaction != NULL) {
        stamp.objects =
            store_transaction_epoch(session->transaction, CATALOG_SPACE_OBJECT);
        stamp.names = store_transaction_epoch(session->transaction, CATALOG_SPACE_NAME);
    }
    return stamp;
}

static bool signal_hook(void *owner, int32_t pid, bool terminates)
{
    return registry_signal((struct registry *)owner, pid, terminates);
}

void session_fill_environment(struct session *session,
                              struct session_environment *environment_out)
{
    *environment_out = (struct session_environment){
        .transaction = session->transaction,
        .settings = session->settings,
        .path = &session->path,
        .user = session->user,
        .session_user = session->user,
        .backend_pid = session->entry == NULL ? 0 : registry_pid(session->entry),
        .server_started = session->server->started_us,
        .transaction_time = session->transaction_time,
        .statement_time = session->statement_time,
        .sequences = &session->sequences,
        .signal = signal_hook,
        .owner = session->server->registry,
    };
}

struct bind_surroundings session_surroundings(struct session *session, struct bytes text,
                                              struct session_environment *environment,
                                              struct type_context *types)
{
    session_fill_environment(session, environment);
    session_environment_types(environment, types);
    return (struct bind_surroundings){
        .transaction = session->transaction,
        .path = &session->path,
        .types = types,
        .text = text,
    };
}

/* --- messages ---------------------------------------------------------------------- */

enum pgwire_transaction session_transaction_status(const struct session *session)
{
    switch (session->block) {
    case SESSION_BLOCK_OPEN:
        return PGWIRE_TRANSACTION_OPEN;
    case SESSION_BLOCK_FAILED:
        return PGWIRE_TRANSACTION_FAILED;
    default:
        return PGWIRE_TRANSACTION_IDLE;
    }
}

static void show_idle(struct session *session)
{
    static const char *const states[] = {"idle", "idle in transaction",
                                         "idle in transaction (aborted)"};

    registry_set_activity(session->server->registry, session->entry, NULL,
                          states[session->block]);
}

static void write_ready(struct session *session)
{
    session_write_settings(session);
    session_deliver(session, session->out);
    pgwire_write_ready_for_query(session->out, session_transaction_status(session));
    if (session->transaction != NULL)
        store_transaction_idle(session->transaction);
    show_idle(session);
}

/* Ends the message with an error; the transaction fails with it. */
void session_fail(struct session *session, struct error *err)
{
    int state = atomic_exchange(&session->cancelled, 0);

    if (state != 0 && err->state == (enum sqlstate)state) {
        error_set(err, err->state, "%s", session_cancel_text(session));
        if (err->state == SQLSTATE_ADMIN_SHUTDOWN)
            error_widen(err, ERROR_REACH_SESSION);
    }
    LOG(LOG_DEBUG, STATEMENT_FAILED, "pid=%d sqlstate=%s",
        (int)registry_pid(session->entry), sqlstate_code(err->state));
    if (session->block == SESSION_BLOCK_NONE) {
        session_abort(session);
        session_end_settings(session, false);
    } else {
        if (session->work.has_mark && session->transaction != NULL)
            store_rollback_to(session->transaction, session->work.mark);
        session->block = SESSION_BLOCK_FAILED;
        if (session->work.kind == PGWIRE_EVENT_EXECUTE && session->work.portal != NULL)
            session_close_portal(session, session->work.portal->name);
        session_drop_portals(session, session->savepoint_count);
    }
    free_work(session);
    pgwire_write_error(session->out, err);
    if (pgwire_session_statement_failed(session->wire))
        write_ready(session);
}

/* A cancel that came between two statements is for none of them. */
static void forget_late_cancel(struct session *session)
{
    int state = SQLSTATE_QUERY_CANCELED;

    atomic_compare_exchange_strong(&session->cancelled, &state, 0);
}

void session_take(struct session *session, struct pgwire_session *wire,
                  const struct pgwire_event *event, const struct error *refused)
{
    struct session_work *work = &session->work;

    if (work->phase == SESSION_PHASE_COPY) {
        session->event = event->kind == PGWIRE_EVENT_REFUSED ? NULL : event;
        session->refused = event->kind == PGWIRE_EVENT_REFUSED ? refused : NULL;
        return;
    }
    ASSERT(work->phase == SESSION_PHASE_IDLE);
    if (event->kind == PGWIRE_EVENT_QUERY || event->kind == PGWIRE_EVENT_EXECUTE)
        forget_late_cancel(session);
    session->wire = wire;
    work->kind = event->kind;
    work->phase = SESSION_PHASE_DONE;
    if (event->kind == PGWIRE_EVENT_REFUSED) {
        session->refused = refused;
    } else if (event->kind == PGWIRE_EVENT_QUERY) {
        work->text = mem_strndup(event->query.text, event->query.len);
        work->text_len = event->query.len;
        work->phase = SESSION_PHASE_TEXT;
    } else {
        session->event = event;
    }
}

static enum session_step finish_message(struct session *session)
{
    enum pgwire_event_kind kind = session->work.kind;

    free_work(session);
    if (kind == PGWIRE_EVENT_QUERY || kind == PGWIRE_EVENT_SYNC) {
        write_ready(session);
        return SESSION_FLUSH;
    }
    return kind == PGWIRE_EVENT_FLUSH ? SESSION_FLUSH : SESSION_IDLE;
}

/* What was asked for stands in the message that is taken: an error ends it. */
static enum session_step fail_message(struct session *session, struct error *err)
{
    bool is_over = err->reach != ERROR_REACH_STATEMENT;

    session_fail(session, err);
    return is_over ? SESSION_CLOSE : SESSION_FLUSH;
}

enum session_step session_run(struct session *session, struct statement_cache *cache,
                              struct buffer *out)
{
    struct error *err = &session->error;
    enum session_step step = SESSION_IDLE;
    enum rc rc = RC_OK;

    session->out = out;
    error_clear(err);
    if (session->refused != NULL) {
        *err = *session->refused;
        session->refused = NULL;
        rc = RC_FAILED;
    }
    if (session->event != NULL) {
        const struct pgwire_event *event = session->event;
        session->event = NULL;
        rc = session->work.phase == SESSION_PHASE_COPY
                 ? session_take_copy(session, event, err)
                 : session_take_extended(session, event, err);
    }
    if (rc == RC_OK && session->work.phase != SESSION_PHASE_DONE)
        rc = session_step_statement(session, cache, &step, err);
    if (rc == RC_OK && buffer_failed(out))
        rc = error_set(err, SQLSTATE_PROGRAM_LIMIT_EXCEEDED,
                       "the answer is larger than the server can send at once");
    if (rc != RC_OK)
        step = fail_message(session, err);
    else if (session->work.phase == SESSION_PHASE_DONE)
        step = finish_message(session);
    session->out = NULL;
    return step;
}

/* --- ending what runs -------------------------------------------------------------- */

void session_cancel(struct session *session, enum sqlstate state, const char *why)
{
    int none = 0;

    if (state == SQLSTATE_ADMIN_SHUTDOWN)
        atomic_store(&session->cancelled, (int)state);
    else if (!atomic_compare_exchange_strong(&session->cancelled, &none, (int)state))
        return; /* there is a reason already */
    atomic_store(&session->cancel_why, why);
}

enum rc session_check_cancelled(struct session *session, struct error *err)
{
    int state = atomic_load(&session->cancelled);

    if (state == 0)
        return RC_OK;
    return error_set(err, (enum sqlstate)state, "%s", session_cancel_text(session));
}

bool session_is_terminated(const struct session *session)
{
    return atomic_load(&session->cancelled) == SQLSTATE_ADMIN_SHUTDOWN;
}

const char *session_cancel_text(const struct session *session)
{
    const char *why = atomic_load(&session->cancel_why);

    return why == NULL ? "canceling statement due to user request" : why;
}

struct session_timeouts session_timeouts(const struct session *session)
{
    if (session->work.phase == SESSION_PHASE_COPY)
        return (struct session_timeouts){
            settings_number(session->settings, SETTING_statement_timeout),
            settings_number(session->settings, SETTING_lock_timeout), 0, 0};
    return (struct session_timeouts){
        settings_number(session->settings, SETTING_statement_timeout),
        settings_number(session->settings, SETTING_lock_timeout),
        settings_number(session->settings, SETTING_idle_in_transaction_session_timeout),
        settings_number(session->settings, SETTING_idle_session_timeout),
    };
}
