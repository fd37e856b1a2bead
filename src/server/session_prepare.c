/* Prepared statements of a session: one list for PREPARE and for the extended protocol
 * (PostgreSQL 15 manual, PREPARE, EXECUTE, DEALLOCATE). */
#include "base/memory.h"
#include "server/session_internal.h"
#include "server/time.h"

static struct session_statement *find_named(const struct session *session,
                                            const char *name)
{
    return session->statements == NULL ? NULL
                                       : (struct session_statement *)map_find(
                                             session->statements, bytes_of_text(name));
}

static void free_statement(struct session_statement *statement)
{
    if (statement == NULL)
        return;
    prepared_unref(&statement->prepared);
    mem_free(statement);
}

struct prepared *session_find_statement(const struct session *session, const char *name)
{
    struct session_statement *named;

    if (name[0] == '\0')
        return session->unnamed;
    named = find_named(session, name);
    return named == NULL ? NULL : named->prepared;
}

enum rc session_require_statement(const struct session *session, const char *name,
                                  struct prepared **prepared_out, struct error *err)
{
    *prepared_out = session_find_statement(session, name);
    if (*prepared_out != NULL)
        return RC_OK;
    if (name[0] == '\0')
        return error_set(err, SQLSTATE_INVALID_SQL_STATEMENT_NAME,
                         "unnamed prepared statement does not exist");
    return error_set(err, SQLSTATE_INVALID_SQL_STATEMENT_NAME,
                     "prepared statement \"%s\" does not exist", name);
}

void session_close_statement(struct session *session, const char *name)
{
    if (name[0] == '\0')
        prepared_unref(&session->unnamed);
    else if (session->statements != NULL)
        free_statement((struct session_statement *)map_remove(session->statements,
                                                              bytes_of_text(name)));
}

void session_drop_statements(struct session *session)
{
    size_t at = 0;
    void *value;

    prepared_unref(&session->unnamed);
    if (session->statements == NULL)
        return;
    while (map_next(session->statements, &at, NULL, &value))
        free_statement((struct session_statement *)value);
    map_free(&session->statements);
}

enum rc session_check_new_statement(const struct session *session, const char *name,
                                    struct error *err)
{
    if (name[0] == '\0' || find_named(session, name) == NULL)
        return RC_OK;
    return error_set(err, SQLSTATE_DUPLICATE_PREPARED_STATEMENT,
                     "prepared statement \"%s\" already exists", name);
}

void session_keep_statement(struct session *session, const char *name,
                            struct prepared *prepared, bool from_sql)
{
    struct session_statement *statement;

    if (name[0] == '\0') {
        prepared_unref(&session->unnamed);
        session->unnamed = prepared;
        return;
    }
    if (session->statements == NULL)
        session->statements = map_new();
    statement = MEM_NEW(struct session_statement);
    statement->prepared = prepared;
    statement->prepared_us = time_now_us();
    statement->from_sql = from_sql;
    map_put(session->statements, bytes_of_text(name), statement);
}

void session_count_use(struct session *session, const char *name)
{
    struct session_statement *named = find_named(session, name);

    if (named != NULL)
        named->use_count++;
}

/* The statement, bound anew when the catalog or the search path has changed. The columns
 * may not change under the client (PostgreSQL: "cached plan must not change result
 * type"), save for those that a cursor or a named statement has. */
enum rc session_current_statement(struct session *session, struct prepared *prepared,
                                  struct prepared **current_out, struct error *err)
{
    struct prepared_source source = {
        .parsed = prepared->parsed,
        .statement = prepared->statement,
        .declared = prepared->parameters.types,
        .declared_count = prepared->parameters.count,
    };

    if (prepared_is_current(prepared, session_stamp(session))) {
        *current_out = prepared_ref(prepared);
        return RC_OK;
    }
    TRY(session_prepare(session, &source, current_out, err));
    if (prepared->kind == PREPARED_EXECUTE || prepared->kind == PREPARED_SESSION ||
        prepared_same_columns(prepared, *current_out))
        return RC_OK;
    prepared_unref(current_out);
    return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                     "cached plan must not change result type");
}

/* --- PREPARE, DEALLOCATE ----------------------------------------------------------- */

static enum rc declared_types(struct session *session, struct arena *arena,
                              const struct prepared *outer, const struct type ***out,
                              struct error *err)
{
    const struct ast_prepare *prepare = outer->statement->prepare;
    struct session_environment environment;
    struct type_context types;
    struct bind_surroundings surroundings =
        session_surroundings(session, outer->parsed->text, &environment, &types);
    int32_t typmod = 0;

    types.arena = arena;
    *out = ARENA_ARRAY(arena, const struct type *, prepare->type_count + 1);
    for (size_t i = 0; i < prepare->type_count; i++) {
        TRY(bind_type(arena, &surroundings, prepare->types[i], &(*out)[i], &typmod, err));
        if ((*out)[i]->oid == TYPE_UNKNOWN)
            (*out)[i] = NULL;
    }
    return RC_OK;
}

enum rc session_run_prepare(struct session *session, struct portal *portal,
                            struct error *err)
{
    const struct prepared *outer = portal->prepared;
    const struct ast_prepare *prepare = outer->statement->prepare;
    const struct type **declared = NULL;
    struct prepared *prepared = NULL;
    struct prepared_source source = {.parsed = outer->parsed,
                                     .statement = prepare->statement};

    TRY(declared_types(session, portal->arena, outer, &declared, err));
    source.declared = declared;
    source.declared_count = prepare->type_count;
    TRY(session_prepare(session, &source, &prepared, err));
    if (session_check_new_statement(session, prepare->name, err) != RC_OK) {
        prepared_unref(&prepared);
        return RC_FAILED;
    }
    session_keep_statement(session, prepare->name, prepared, true);
    return RC_OK;
}

enum rc session_run_deallocate(struct session *session, struct portal *portal,
                               struct error *err)
{
    const char *name = portal->prepared->statement->deallocate;
    struct prepared *prepared = NULL;

    if (name == NULL) {
        session_drop_statements(session);
        portal->command.tag = "DEALLOCATE ALL";
        return RC_OK;
    }
    TRY(session_require_statement(session, name, &prepared, err));
    session_close_statement(session, name);
    return RC_OK;
}

/* --- EXECUTE ----------------------------------------------------------------------- */

static enum rc check_count(const struct ast_execute *execute,
                           const struct prepared *target, struct error *err)
{
    if (execute->arguments.count == target->parameters.count)
        return RC_OK;
    error_set(err, SQLSTATE_SYNTAX_ERROR,
              "wrong number of parameters for prepared statement \"%s\"", execute->name);
    return error_detail(err, "Expected %zu parameters but got %zu.",
                        target->parameters.count, execute->arguments.count);
}

/* As PostgreSQL words a coercion that does not exist. */
static enum rc bind_argument(struct portal *portal,
                             const struct bind_surroundings *surroundings,
                             const struct ast_expression *argument, size_t index,
                             const struct bound **bound_out, struct error *err)
{
    const struct type *type = portal->prepared->parameters.types[index];
    const struct bound *plain = NULL;
    int position;

    TRY(bind_expression(portal->arena, surroundings, argument, NULL, &plain, err));
    if (bind_expression(portal->arena, surroundings, argument, type, bound_out, err) ==
        RC_OK)
        return RC_OK;
    if (err->state != SQLSTATE_DATATYPE_MISMATCH && err->state != SQLSTATE_CANNOT_COERCE)
        return RC_FAILED;
    position = err->position;
    error_set_at(err, position, SQLSTATE_DATATYPE_MISMATCH,
                 "parameter $%zu of type %s cannot be coerced to the expected type %s",
                 index + 1, type_title(portal->arena, plain->type),
                 type_title(portal->arena, type));
    return error_hint(err, "You will need to rewrite or cast the expression.");
}

static enum rc evaluate_arguments(struct session *session, struct portal *portal,
                                  const struct prepared *outer, struct error *err)
{
    const struct ast_execute *execute = outer->statement->execute;
    struct session_environment environment;
    struct type_context types;
    struct bind_surroundings surroundings =
        session_surroundings(session, outer->parsed->text, &environment, &types);

    types.arena = portal->arena;
    portal->parameters =
        ARENA_ARRAY(portal->arena, struct value, execute->arguments.count + 1);
    for (size_t i = 0; i < execute->arguments.count; i++) {
        const struct bound *bound = NULL;
        TRY(bind_argument(portal, &surroundings, execute->arguments.items[i], i, &bound,
                          err));
        TRY(execution_value(&portal->settings, portal->arena, bound,
                            &portal->parameters[i], err));
    }
    portal->settings.parameters = portal->parameters;
    portal->settings.parameter_count = execute->arguments.count;
    return RC_OK;
}

enum rc session_open_execute(struct session *session, const char *name,
                             const struct prepared *outer, struct portal **portal_out,
                             struct error *err)
{
    const struct ast_execute *execute = outer->statement->execute;
    struct prepared *prepared = NULL, *current = NULL;
    enum rc rc;

    TRY(session_require_statement(session, execute->name, &prepared, err));
    TRY(check_count(execute, prepared, err));
    TRY(session_current_statement(session, prepared, &current, err));
    *portal_out = session_portal(session, name, current);
    rc = evaluate_arguments(session, *portal_out, outer, err);
    prepared_unref(&current);
    if (rc == RC_OK)
        session_count_use(session, execute->name);
    else
        portal_free(portal_out);
    return rc;
}
