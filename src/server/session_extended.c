/* The extended query protocol (PostgreSQL 15 manual, chapter 55.2.3). */
#include "base/memory.h"
#include "server/session_internal.h"

/* --- prepared statements ----------------------------------------------------------- */

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
    struct prepared_source source = {
        .parsed = parsed, .statement = statement, .declared_count = parse->type_count};

    if (parsed->statements.count > 1)
        return error_set(err, SQLSTATE_SYNTAX_ERROR,
                         "cannot insert multiple commands into a prepared statement");
    TRY(session_check_block(session, statement, err));
    if (statement != NULL && prepared_kind_of(statement) != PREPARED_TRANSACTION)
        TRY(session_begin_statement(session, err));
    TRY(declared_types(arena, parse, &declared, err));
    source.declared = declared;
    TRY(session_prepare(session, &source, &prepared, err));
    session_keep_statement(session, parse->name, prepared, false);
    return RC_OK;
}

static enum rc take_parse(struct session *session, const struct pgwire_parse *parse,
                          struct error *err)
{
    struct parsed_text *parsed = NULL;
    struct arena *arena;
    enum rc rc;

    TRY(session_check_new_statement(session, parse->name, err));
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

static enum rc require_portal(const struct session *session, const char *name,
                              struct portal **portal_out, struct error *err)
{
    *portal_out = session_find_portal(session, name);
    if (*portal_out != NULL)
        return RC_OK;
    return error_set(err, SQLSTATE_INVALID_CURSOR_NAME, "portal \"%s\" does not exist",
                     name);
}

static enum rc make_portal(struct session *session, const struct pgwire_bind *bind,
                           struct prepared *prepared, struct portal **portal_out,
                           struct error *err)
{
    enum rc rc;

    TRY(pgwire_bind_check_values(bind, (int)prepared->parameters.count, err));
    if (prepared->columns.count > 0)
        TRY(pgwire_bind_check_results(bind, (int)prepared->columns.count, err));
    if (prepared->kind == PREPARED_EXECUTE) {
        TRY(session_open_execute(session, bind->portal, prepared, portal_out, err));
        portal_format(*portal_out, bind);
        return RC_OK;
    }
    if (prepared->kind == PREPARED_COPY)
        return session_open_copy(session, bind->portal, prepared, portal_out, err);
    *portal_out = session_portal(session, bind->portal, prepared);
    rc = portal_bind(*portal_out, bind, err);
    if (rc != RC_OK)
        portal_free(portal_out);
    return rc;
}

static enum rc take_bind(struct session *session, const struct pgwire_bind *bind,
                         struct error *err)
{
    struct prepared *prepared = NULL, *current = NULL;
    struct portal *portal = NULL;
    enum rc rc;

    TRY(session_require_statement(session, bind->statement, &prepared, err));
    TRY(session_check_block(session, prepared->statement, err));
    if (bind->portal[0] != '\0' && session_find_portal(session, bind->portal) != NULL)
        return error_set(err, SQLSTATE_DUPLICATE_CURSOR, "portal \"%s\" already exists",
                         bind->portal);
    session_refresh_path(session);
    if (prepared->kind != PREPARED_TRANSACTION && prepared->kind != PREPARED_EMPTY)
        TRY(session_begin_statement(session, err));
    TRY(session_current_statement(session, prepared, &current, err));
    rc = make_portal(session, bind, current, &portal, err);
    prepared_unref(&current);
    TRY(rc);
    session_count_use(session, bind->statement);
    session_keep_portal(session, portal);
    pgwire_write_bind_complete(session->out);
    return RC_OK;
}

/* --- Describe, Execute, Close, Sync ------------------------------------------------ */

static enum rc describe_statement(struct session *session, const char *name,
                                  struct error *err)
{
    struct prepared *prepared = NULL;
    uint32_t *oids;

    TRY(session_require_statement(session, name, &prepared, err));
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
            session_close_statement(session, event->target.name);
        else
            session_close_portal(session, event->target.name);
        pgwire_write_close_complete(session->out);
        return RC_OK;
    case PGWIRE_EVENT_SYNC:
        take_sync(session);
        return RC_OK;
    default:
        return RC_OK; /* FLUSH: the step says it */
    }
}
