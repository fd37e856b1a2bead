/* The extended query protocol (PostgreSQL 15 manual, chapter 55.2.3). */
#include "base/memory.h"
#include "server/session_internal.h"

/* --- prepared statements ----------------------------------------------------------- */

static struct prepared *find_statement(const struct session *session, const char *name)
{
    if (name[0] == '\0')
        return session->unnamed;
    return session->statements == NULL
               ? NULL
               : (struct prepared *)map_find(session->statements, bytes_of_text(name));
}

static enum rc require_statement(const struct session *session, const char *name,
                                 struct prepared **prepared_out, struct error *err)
{
    *prepared_out = find_statement(session, name);
    if (*prepared_out != NULL)
        return RC_OK;
    if (name[0] == '\0')
        return error_set(err, SQLSTATE_INVALID_SQL_STATEMENT_NAME,
                         "unnamed prepared statement does not exist");
    return error_set(err, SQLSTATE_INVALID_SQL_STATEMENT_NAME,
                     "prepared statement \"%s\" does not exist", name);
}

static void close_statement(struct session *session, const char *name)
{
    struct prepared *old = session->unnamed;

    if (name[0] == '\0')
        session->unnamed = NULL;
    else if (session->statements != NULL)
        old = (struct prepared *)map_remove(session->statements, bytes_of_text(name));
    else
        old = NULL;
    prepared_unref(&old);
}

enum rc session_drop_statement(struct session *session, const char *name,
                               struct error *err)
{
    struct prepared *prepared = NULL;

    TRY(require_statement(session, name, &prepared, err));
    close_statement(session, name);
    return RC_OK;
}

void session_drop_statements(struct session *session)
{
    size_t at = 0;
    void *value;

    prepared_unref(&session->unnamed);
    if (session->statements == NULL)
        return;
    while (map_next(session->statements, &at, NULL, &value)) {
        struct prepared *prepared = (struct prepared *)value;
        prepared_unref(&prepared);
    }
    map_free(&session->statements);
}

static void keep_statement(struct session *session, const char *name,
                           struct prepared *prepared)
{
    if (name[0] == '\0') {
        prepared_unref(&session->unnamed);
        session->unnamed = prepared;
        return;
    }
    if (session->statements == NULL)
        session->statements = map_new();
    map_put(session->statements, bytes_of_text(name), prepared);
}

static enum rc declared_types(struct arena *arena, const struct pgwire_parse *parse,
                              const struct type ***types_out, struct error *err)
{
    *types_out = ARENA_ARRAY(arena, const struct type *, (size_t)parse->type_count + 1);
    for (uint16_t i = 0; i < parse->type_count; i++) {
        uint32_t oid = pgwire_parse_type(parse, i);
        (*types_out)[i] = oid == 0 || oid == TYPE_UNKNOWN ? NULL : type_find_oid(oid);
        if (oid != 0 && oid != TYPE_UNKNOWN && (*types_out)[i] == NULL)
            return error_set(err, SQLSTATE_UNDEFINED_OBJECT,
                             "type with OID %u does not exist", (unsigned)oid);
    }
    return RC_OK;
}

static enum rc prepare_parsed(struct session *session, const struct pgwire_parse *parse,
                              struct parsed_text *parsed, struct arena *arena,
                              struct error *err)
{
    const struct type **declared = NULL;
    struct prepared *prepared = NULL;
    const struct ast_statement *statement =
        parsed->statements.count == 0 ? NULL : parsed->statements.items[0];

    if (parsed->statements.count > 1)
        return error_set(err, SQLSTATE_SYNTAX_ERROR,
                         "cannot insert multiple commands into a prepared statement");
    TRY(session_check_block(session, statement, err));
    if (statement != NULL && prepared_kind_of(statement) != PREPARED_TRANSACTION)
        TRY(session_begin_statement(session, err));
    TRY(declared_types(arena, parse, &declared, err));
    TRY(session_prepare(
        session,
        &(struct prepared_source){parsed, statement, declared, parse->type_count, false},
        &prepared, err));
    keep_statement(session, parse->name, prepared);
    return RC_OK;
}

static enum rc take_parse(struct session *session, const struct pgwire_parse *parse,
                          struct error *err)
{
    struct parsed_text *parsed = NULL;
    struct arena *arena;
    enum rc rc;

    if (parse->name[0] != '\0' && find_statement(session, parse->name) != NULL)
        return error_set(err, SQLSTATE_DUPLICATE_PREPARED_STATEMENT,
                         "prepared statement \"%s\" already exists", parse->name);
    TRY(parsed_text_new(bytes_of(parse->query.text, parse->query.len), &parsed, err));
    registry_set_activity(session->server->registry, session->entry, parsed, "active");
    session_refresh_path(session);
    arena = arena_new("parse message", NULL);
    rc = prepare_parsed(session, parse, parsed, arena, err);
    arena_free(&arena);
    parsed_text_unref(&parsed);
    if (rc == RC_OK)
        pgwire_write_parse_complete(session->out);
    return rc;
}

/* --- portals ----------------------------------------------------------------------- */

static struct portal *find_portal(const struct session *session, const char *name)
{
    return session->portals == NULL
               ? NULL
               : (struct portal *)map_find(session->portals, bytes_of_text(name));
}

static enum rc require_portal(const struct session *session, const char *name,
                              struct portal **portal_out, struct error *err)
{
    *portal_out = find_portal(session, name);
    if (*portal_out != NULL)
        return RC_OK;
    return error_set(err, SQLSTATE_INVALID_CURSOR_NAME, "portal \"%s\" does not exist",
                     name);
}

static void close_portal(struct session *session, const char *name)
{
    struct portal *old =
        session->portals == NULL
            ? NULL
            : (struct portal *)map_remove(session->portals, bytes_of_text(name));

    portal_free(&old);
}

/* The statement, bound anew when the catalog or the search path has changed. The columns
 * may not change under the client (PostgreSQL: "cached plan must not change result
 * type").
 */
static enum rc current_statement(struct session *session, struct prepared *prepared,
                                 struct prepared **current_out, struct error *err)
{
    struct prepared *fresh = NULL;

    if (prepared_is_current(prepared, session_stamp(session))) {
        *current_out = prepared_ref(prepared);
        return RC_OK;
    }
    TRY(session_prepare(session,
                        &(struct prepared_source){prepared->parsed, prepared->statement,
                                                  prepared->parameters.types,
                                                  prepared->parameters.count, false},
                        &fresh, err));
    *current_out = fresh;
    if (prepared_same_columns(prepared, fresh))
        return RC_OK;
    prepared_unref(current_out);
    return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                     "cached plan must not change result type");
}

static enum rc make_portal(struct session *session, const struct pgwire_bind *bind,
                           struct prepared *prepared, struct error *err)
{
    struct portal *portal;
    enum rc rc;

    TRY(pgwire_bind_check_values(bind, (int)prepared->parameters.count, err));
    if (prepared->columns.count > 0)
        TRY(pgwire_bind_check_results(bind, (int)prepared->columns.count, err));
    portal = session_portal(session, bind->portal, prepared);
    rc = portal_bind(portal, bind, err);
    if (rc != RC_OK) {
        portal_free(&portal);
        return rc;
    }
    if (bind->portal[0] == '\0')
        close_portal(session, "");
    if (session->portals == NULL)
        session->portals = map_new();
    map_put(session->portals, bytes_of_text(bind->portal), portal);
    return RC_OK;
}

static enum rc take_bind(struct session *session, const struct pgwire_bind *bind,
                         struct error *err)
{
    struct prepared *prepared = NULL, *current = NULL;
    enum rc rc;

    TRY(require_statement(session, bind->statement, &prepared, err));
    TRY(session_check_block(session, prepared->statement, err));
    if (bind->portal[0] != '\0' && find_portal(session, bind->portal) != NULL)
        return error_set(err, SQLSTATE_DUPLICATE_CURSOR, "portal \"%s\" already exists",
                         bind->portal);
    session_refresh_path(session);
    if (prepared->kind != PREPARED_TRANSACTION && prepared->kind != PREPARED_EMPTY)
        TRY(session_begin_statement(session, err));
    TRY(current_statement(session, prepared, &current, err));
    rc = make_portal(session, bind, current, err);
    prepared_unref(&current);
    if (rc == RC_OK)
        pgwire_write_bind_complete(session->out);
    return rc;
}

/* --- Describe, Execute, Close, Sync ------------------------------------------------ */

static enum rc describe_statement(struct session *session, const char *name,
                                  struct error *err)
{
    struct prepared *prepared = NULL;
    uint32_t *oids;

    TRY(require_statement(session, name, &prepared, err));
    TRY(session_check_block(session, prepared->statement, err));
    oids = (uint32_t *)mem_alloc_array(prepared->parameters.count + 1, sizeof *oids);
    for (size_t i = 0; i < prepared->parameters.count; i++)
        oids[i] = prepared->parameters.types[i]->oid;
    pgwire_write_parameter_description(session->out, oids,
                                       (uint16_t)prepared->parameters.count);
    mem_free(oids);
    prepared_describe(prepared, session->out);
    return RC_OK;
}

static enum rc take_describe(struct session *session, const struct pgwire_target *target,
                             struct error *err)
{
    struct portal *portal = NULL;

    if (target->kind == PGWIRE_TARGET_STATEMENT)
        return describe_statement(session, target->name, err);
    TRY(require_portal(session, target->name, &portal, err));
    portal_describe(portal, session->out);
    return RC_OK;
}

static enum rc take_execute(struct session *session, const struct pgwire_execute *execute,
                            struct error *err)
{
    struct session_work *work = &session->work;
    struct portal *portal = NULL;

    TRY(session_check_cancelled(session, err));
    TRY(require_portal(session, execute->portal, &portal, err));
    TRY(session_check_block(session, portal->prepared->statement, err));
    registry_set_activity(session->server->registry, session->entry,
                          portal->prepared->parsed, "active");
    portal->row_count = 0;
    work->portal = portal;
    work->cached = prepared_ref(portal->prepared); /* outlives the portal at COMMIT */
    work->max_rows = (uint64_t)execute->max_rows;
    work->phase = SESSION_PHASE_RUN;
    return RC_OK;
}

static void take_sync(struct session *session)
{
    if (session->block != SESSION_BLOCK_NONE)
        return;
    session->work.phase = SESSION_PHASE_COMMIT;
    session_commit(session);
}

enum rc session_take_extended(struct session *session, const struct pgwire_event *event,
                              struct error *err)
{
    switch (event->kind) {
    case PGWIRE_EVENT_PARSE:
        return take_parse(session, &event->parse, err);
    case PGWIRE_EVENT_BIND:
        return take_bind(session, &event->bind, err);
    case PGWIRE_EVENT_DESCRIBE:
        return take_describe(session, &event->target, err);
    case PGWIRE_EVENT_EXECUTE:
        return take_execute(session, &event->execute, err);
    case PGWIRE_EVENT_CLOSE:
        if (event->target.kind == PGWIRE_TARGET_STATEMENT)
            close_statement(session, event->target.name);
        else
            close_portal(session, event->target.name);
        pgwire_write_close_complete(session->out);
        return RC_OK;
    case PGWIRE_EVENT_SYNC:
        take_sync(session);
        return RC_OK;
    default:
        return RC_OK; /* FLUSH: the step says it */
    }
}
