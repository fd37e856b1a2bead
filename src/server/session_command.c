/* Statements that the session itself carries out, but for transactions: a table of them,
 * and those that are small. */
#include "base/memory.h"
#include "catalog/relation.h"
#include "catalog/row.h"
#include "server/session_internal.h"
#include "sql/command/temporary.h"

/* Inside BEGIN, or one of several statements of a query string. */
bool session_in_block(const struct session *session)
{
    const struct session_work *work = &session->work;

    return session->block != SESSION_BLOCK_NONE ||
           (work->kind == PGWIRE_EVENT_QUERY && work->parsed != NULL &&
            work->parsed->statements.count > 1);
}

static enum rc refuse_block(const struct session *session, const char *what,
                            struct error *err)
{
    if (!session_in_block(session))
        return RC_OK;
    return error_set(err, SQLSTATE_ACTIVE_SQL_TRANSACTION,
                     "%s cannot run inside a transaction block", what);
}

/* --- relations by name ------------------------------------------------------------- */

static const char *part(const struct ast_name *name, size_t from_end)
{
    return name->count > from_end ? name->parts[name->count - 1 - from_end] : NULL;
}

static bool is_system_relation(const char *schema, const char *name)
{
    static const char *const schemas[] = {"pg_catalog", "mz_catalog", "mz_internal",
                                          "information_schema"};

    if (schema != NULL)
        return system_relation_find(schema, name) != NULL;
    for (size_t i = 0; i < ARRAY_COUNT(schemas); i++)
        if (system_relation_find(schemas[i], name) != NULL)
            return true;
    return false;
}

static enum rc no_relation(const struct ast_name *name, struct error *err)
{
    const char *schema = part(name, 1);

    return error_set(err, SQLSTATE_UNDEFINED_TABLE, "relation \"%s%s%s\" does not exist",
                     schema == NULL ? "" : schema, schema == NULL ? "" : ".",
                     part(name, 0));
}

/* NULL: a system relation. */
static enum rc find_relation(struct session *session, struct arena *arena,
                             const struct ast_name *name,
                             struct catalog_object **object_out, struct error *err)
{
    struct catalog_name wanted = {part(name, 2), part(name, 1), part(name, 0)};
    enum rc rc;

    *object_out = NULL;
    if (is_system_relation(wanted.schema, wanted.name))
        return RC_OK;
    rc = catalog_resolve_item(session->transaction, &session->path, &wanted, arena,
                              object_out, err);
    if (rc == RC_OK && (*object_out)->kind != OBJECT_KIND_TABLE &&
        (*object_out)->kind != OBJECT_KIND_VIEW)
        return no_relation(name, err);
    if (rc == RC_FAILED && err->state == SQLSTATE_INTERNAL_ERROR)
        return no_relation(name, err);
    return rc;
}

/* --- LOCK TABLE -------------------------------------------------------------------- */

/* The modes up to ROW EXCLUSIVE let others read and write. */
static enum rc lock_one(struct session *session, const struct ast_lock_table *lock,
                        const struct catalog_object *table, struct error *err)
{
    enum { ROW_EXCLUSIVE = 3 };
    struct catalog_key key = catalog_key_id(CATALOG_SPACE_OBJECT, table->id);
    enum rc rc =
        store_lock(session->transaction, catalog_key_bytes(&key),
                   lock->mode <= ROW_EXCLUSIVE ? STORE_LOCK_SHARED : STORE_LOCK_EXCLUSIVE,
                   lock->nowait ? STORE_LOCK_NOWAIT : STORE_LOCK_WAIT, err);

    if (rc == RC_FAILED && err->state == SQLSTATE_LOCK_NOT_AVAILABLE)
        return error_set(err, SQLSTATE_LOCK_NOT_AVAILABLE,
                         "could not obtain lock on relation \"%s\"", table->name);
    return rc;
}

static enum rc run_lock(struct session *session, struct portal *portal, struct error *err)
{
    const struct ast_lock_table *lock = portal->prepared->statement->lock_table;

    if (!session_in_block(session))
        return error_set(err, SQLSTATE_NO_ACTIVE_SQL_TRANSACTION,
                         "LOCK TABLE can only be used in transaction blocks");
    session_wait_begin(session);
    for (size_t i = 0; i < lock->relation_count; i++) {
        struct catalog_object *table = NULL;
        TRY(find_relation(session, portal->arena, &lock->relations[i].name, &table, err));
        if (table != NULL)
            TRY(lock_one(session, lock, table, err));
    }
    return RC_OK;
}

/* --- what has nothing to do here --------------------------------------------------- */

static enum rc check_vacuum_options(const struct ast_statement *statement,
                                    struct error *err)
{
    static const char *const vacuum[] = {"verbose",       "skip_locked",
                                         "analyze",       "freeze",
                                         "full",          "disable_page_skipping",
                                         "index_cleanup", "process_toast",
                                         "truncate",      "parallel"};
    const struct ast_define_list *options = &statement->vacuum->options;
    bool is_vacuum = statement->kind == STATEMENT_VACUUM;

    for (size_t i = 0; i < options->count; i++) {
        bool is_known = false;
        for (size_t k = 0; k < (is_vacuum ? ARRAY_COUNT(vacuum) : 2) && !is_known; k++)
            is_known = strcmp(options->items[i].name, vacuum[k]) == 0;
        if (!is_known)
            return error_set(err, SQLSTATE_SYNTAX_ERROR, "unrecognized %s option \"%s\"",
                             is_vacuum ? "VACUUM" : "ANALYZE", options->items[i].name);
    }
    return RC_OK;
}

/* Pages are freed by the store itself, and figures of tables are kept as they change. */
static enum rc run_vacuum(struct session *session, struct portal *portal,
                          struct error *err)
{
    const struct ast_statement *statement = portal->prepared->statement;
    const struct ast_vacuum *vacuum = statement->vacuum;

    TRY(check_vacuum_options(statement, err));
    if (statement->kind == STATEMENT_VACUUM)
        TRY(refuse_block(session, "VACUUM", err));
    for (size_t i = 0; i < vacuum->relation_count; i++) {
        struct catalog_object *table = NULL;
        TRY(find_relation(session, portal->arena, &vacuum->relations[i], &table, err));
        if (table != NULL && table->kind != OBJECT_KIND_TABLE)
            session_notice(
                session, COMMAND_WARNING, SQLSTATE_WARNING,
                arena_printf(portal->arena,
                             "skipping \"%s\" --- cannot %s non-tables or "
                             "special system tables",
                             table->name,
                             statement->kind == STATEMENT_VACUUM ? "vacuum" : "analyze"),
                NULL);
    }
    return RC_OK;
}

/* Commits are on disk when they are answered, and indexes are never behind their rows. */
static enum rc run_nothing(struct session *session, struct portal *portal,
                           struct error *err)
{
    (void)session;
    (void)portal;
    (void)err;
    return RC_OK;
}

/* --- DISCARD ----------------------------------------------------------------------- */

static enum rc discard_all(struct session *session, struct portal *portal,
                           struct error *err)
{
    TRY(refuse_block(session, "DISCARD ALL", err));
    session_close_all_but(session, portal);
    session_drop_statements(session);
    session_stop_listening(session);
    TRY(settings_reset(session->settings, NULL, err));
    session_refresh_path(session);
    return RC_OK;
}

static enum rc run_discard(struct session *session, struct portal *portal,
                           struct error *err)
{
    static const char *const tags[] = {"DISCARD ALL", "DISCARD PLANS",
                                       "DISCARD SEQUENCES", "DISCARD TEMP"};
    enum ast_discard what = portal->prepared->statement->discard;

    portal->command.tag = tags[what];
    if (what == DISCARD_ALL)
        TRY(discard_all(session, portal, err));
    if (what == DISCARD_ALL || what == DISCARD_SEQUENCES)
        sequence_memory_clear(&session->sequences);
    if ((what == DISCARD_ALL || what == DISCARD_TEMPORARY) && session->has_temporary)
        return temporary_drop(session->transaction, session->database, session->temporary,
                              err);
    return RC_OK;
}

/* Indexes need no mending here; a name must be one. */
static enum rc run_reindex(struct session *session, struct portal *portal,
                           struct error *err)
{
    const struct ast_name *name = portal->prepared->statement->other;
    struct catalog_object *object = NULL;
    enum rc rc;

    if (name == NULL || name->count == 0)
        return RC_OK;
    struct catalog_name wanted = {part(name, 2), part(name, 1), part(name, 0)};
    rc = catalog_resolve_item(session->transaction, &session->path, &wanted,
                              portal->arena, &object, err);
    if (rc == RC_FAILED || (rc == RC_OK && object->kind != OBJECT_KIND_TABLE &&
                            object->kind != OBJECT_KIND_INDEX))
        return no_relation(name, err);
    return rc;
}

/* --- the table --------------------------------------------------------------------- */

static const struct {
    enum ast_statement_kind kind;
    bool needs_snapshot;
    enum rc (*run)(struct session *session, struct portal *portal, struct error *err);
} commands[] = {
    {STATEMENT_PREPARE, true, session_run_prepare},
    {STATEMENT_DEALLOCATE, false, session_run_deallocate},
    {STATEMENT_DECLARE_CURSOR, true, session_run_declare},
    {STATEMENT_FETCH, true, session_run_fetch},
    {STATEMENT_MOVE, true, session_run_fetch},
    {STATEMENT_CLOSE_CURSOR, false, session_run_close},
    {STATEMENT_DISCARD, true, run_discard},
    {STATEMENT_LISTEN, false, session_run_notify},
    {STATEMENT_UNLISTEN, false, session_run_notify},
    {STATEMENT_NOTIFY, false, session_run_notify},
    {STATEMENT_LOCK, true, run_lock},
    {STATEMENT_VACUUM, true, run_vacuum},
    {STATEMENT_ANALYZE, true, run_vacuum},
    {STATEMENT_CHECKPOINT, false, run_nothing},
    {STATEMENT_REINDEX, true, run_reindex},
};

bool session_command_needs_snapshot(const struct ast_statement *statement)
{
    for (size_t i = 0; i < ARRAY_COUNT(commands); i++)
        if (commands[i].kind == statement->kind)
            return commands[i].needs_snapshot;
    return false;
}

enum rc session_run_command(struct session *session, struct portal *portal,
                            struct error *err)
{
    const struct ast_statement *statement = portal->prepared->statement;

    portal->command.tag = sql_statement_kind_name(statement->kind);
    for (size_t i = 0; i < ARRAY_COUNT(commands); i++) {
        if (commands[i].kind != statement->kind)
            continue;
        TRY(commands[i].run(session, portal, err));
        if (!portal->has_rows)
            portal_give_rows(portal, NULL, 0);
        return RC_OK;
    }
    return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED, "%s is not supported",
                     portal->command.tag);
}
