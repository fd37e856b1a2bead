#include "server/prepared.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/memory.h"
#include "sql/bind/bound_modify.h"
#include "sql/bind/show.h"
#include "sql/parse/parse.h"

enum rc parsed_text_new(struct bytes text, struct parsed_text **parsed_out,
                        struct error *err)
{
    struct parsed_text *parsed = MEM_NEW(struct parsed_text);
    enum rc rc;

    atomic_init(&parsed->refs, 1);
    parsed->arena = arena_new("query string", NULL);
    parsed->text = arena_bytes(parsed->arena, text);
    rc = sql_parse(parsed->arena, parsed->text, &parsed->statements, err);
    if (rc != RC_OK)
        parsed_text_unref(&parsed);
    *parsed_out = parsed;
    return rc;
}

struct parsed_text *parsed_text_alias(struct bytes text, struct parsed_text *base)
{
    struct parsed_text *parsed = MEM_NEW(struct parsed_text);

    atomic_init(&parsed->refs, 1);
    parsed->arena = arena_new("query string", NULL);
    parsed->text = arena_bytes(parsed->arena, text);
    parsed->statements = base->statements;
    parsed->base = parsed_text_ref(base);
    return parsed;
}

struct parsed_text *parsed_text_ref(struct parsed_text *parsed)
{
    atomic_fetch_add(&parsed->refs, 1);
    return parsed;
}

void parsed_text_unref(struct parsed_text **parsed)
{
    struct parsed_text *held = *parsed;

    *parsed = NULL;
    if (held == NULL || atomic_fetch_sub(&held->refs, 1) != 1)
        return;
    arena_free(&held->arena);
    parsed_text_unref(&held->base);
    mem_free(held);
}

enum prepared_kind prepared_kind_of(const struct ast_statement *statement)
{
    if (statement == NULL)
        return PREPARED_EMPTY;
    switch (statement->kind) {
    case STATEMENT_SELECT:
        return statement->query->kind == QUERY_SELECT &&
                       statement->query->select.into.count > 0
                   ? PREPARED_COMMAND
                   : PREPARED_QUERY;
    case STATEMENT_INSERT:
    case STATEMENT_UPDATE:
    case STATEMENT_DELETE:
    case STATEMENT_SHOW_OBJECTS:
        return PREPARED_QUERY;
    case STATEMENT_EXPLAIN:
        return PREPARED_EXPLAIN;
    case STATEMENT_BEGIN:
    case STATEMENT_START_TRANSACTION:
    case STATEMENT_COMMIT:
    case STATEMENT_ROLLBACK:
    case STATEMENT_SAVEPOINT:
    case STATEMENT_RELEASE:
    case STATEMENT_ROLLBACK_TO:
        return PREPARED_TRANSACTION;
    case STATEMENT_PREPARE:
    case STATEMENT_DEALLOCATE:
    case STATEMENT_DECLARE_CURSOR:
    case STATEMENT_FETCH:
    case STATEMENT_MOVE:
    case STATEMENT_CLOSE_CURSOR:
    case STATEMENT_DISCARD:
    case STATEMENT_LISTEN:
    case STATEMENT_UNLISTEN:
    case STATEMENT_NOTIFY:
    case STATEMENT_LOCK:
    case STATEMENT_VACUUM:
    case STATEMENT_ANALYZE:
    case STATEMENT_CHECKPOINT:
    case STATEMENT_REINDEX:
        return PREPARED_SESSION;
    case STATEMENT_EXECUTE:
        return PREPARED_EXECUTE;
    case STATEMENT_COPY:
        return PREPARED_COPY;
    default:
        return PREPARED_COMMAND;
    }
}

/* The query that a statement of kind QUERY, or the one that EXPLAIN is about, stands for.
 */
static enum rc query_of(struct prepared *prepared,
                        const struct bind_surroundings *surroundings,
                        const struct ast_statement *statement,
                        const struct ast_query **query_out, struct error *err)
{
    if (statement->kind == STATEMENT_SELECT) {
        *query_out = statement->query;
        return RC_OK;
    }
    if (statement->kind == STATEMENT_DECLARE_CURSOR) {
        *query_out = statement->declare_cursor->query;
        return RC_OK;
    }
    if (statement->kind == STATEMENT_SHOW_OBJECTS)
        return show_objects_query(prepared->arena, surroundings, statement->show_objects,
                                  query_out, err);
    return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED, "EXPLAIN %s is not supported",
                     sql_statement_kind_name(statement->kind));
}

static bool is_modify(const struct ast_statement *statement)
{
    return statement->kind == STATEMENT_INSERT || statement->kind == STATEMENT_UPDATE ||
           statement->kind == STATEMENT_DELETE;
}

static enum rc plan_statement_query(struct prepared *prepared,
                                    const struct bind_surroundings *surroundings,
                                    const struct ast_statement *statement,
                                    struct error *err)
{
    struct bind_surroundings inner = *surroundings;
    const struct ast_query *query = NULL;
    const struct bound_query *bound = NULL;

    inner.parameters = &prepared->parameters;
    if (statement->kind == STATEMENT_SHOW_OBJECTS)
        inner.text = bytes_of("", 0); /* its tree was not made from this text */
    if (is_modify(statement)) {
        TRY(bind_rows_statement(prepared->arena, &inner, statement, &bound, err));
        prepared->is_silent = bound->columns.count == 0;
    } else {
        TRY(query_of(prepared, surroundings, statement, &query, err));
        TRY(bind_query(prepared->arena, &inner, query, &bound, err));
    }
    TRY(bind_parameters_check(&prepared->parameters, err));
    prepared->columns = bound->columns;
    return plan_query(prepared->arena, bound, &prepared->plan, err);
}

static enum rc check_explain(const struct ast_explain *explain, struct error *err)
{
    for (size_t i = 0; i < explain->options.count; i++)
        if (strcmp(explain->options.items[i].name, "costs") != 0 &&
            strcmp(explain->options.items[i].name, "verbose") != 0)
            return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                             "EXPLAIN option \"%s\" is not supported",
                             explain->options.items[i].name);
    return RC_OK;
}

static void set_explain_column(struct prepared *prepared)
{
    prepared->columns.items = ARENA_NEW(prepared->arena, struct bound_column);
    prepared->columns.count = 1;
    prepared->columns.items[0].name = "QUERY PLAN";
    prepared->columns.items[0].type = type_find_oid(TYPE_TEXT);
    prepared->columns.items[0].typmod = TYPE_TYPMOD_NONE;
}

/* EXPLAIN EXECUTE: the plan of the statement that it names. */
static enum rc explain_executed(struct prepared *prepared,
                                const struct bind_surroundings *surroundings,
                                const struct prepared *executed, struct error *err)
{
    struct bind_surroundings inner = *surroundings;

    inner.text = executed->parsed->text;
    prepared->executed = parsed_text_ref(executed->parsed);
    prepared->parameters.is_closed = false;
    prepared->parameters.count = executed->parameters.count;
    prepared->parameters.types =
        ARENA_ARRAY(prepared->arena, const struct type *, executed->parameters.count + 1);
    for (size_t i = 0; i < executed->parameters.count; i++)
        prepared->parameters.types[i] = executed->parameters.types[i];
    TRY(plan_statement_query(prepared, &inner, executed->statement, err));
    prepared->parameters.count = 0;
    return RC_OK;
}

static enum rc prepare_explain(struct prepared *prepared,
                               const struct bind_surroundings *surroundings,
                               const struct prepared *executed, struct error *err)
{
    const struct ast_statement *inner = prepared->statement->explain->statement;

    TRY(check_explain(prepared->statement->explain, err));
    if (inner->kind == STATEMENT_EXECUTE && executed != NULL)
        TRY(explain_executed(prepared, surroundings, executed, err));
    else
        TRY(plan_statement_query(prepared, surroundings, inner, err));
    set_explain_column(prepared);
    return RC_OK;
}

static enum rc no_parameters(const struct prepared *prepared, struct error *err)
{
    if (prepared->statement->parameter_count > 0)
        return error_set(err, SQLSTATE_UNDEFINED_PARAMETER, "there is no parameter $1");
    return RC_OK;
}

/* DECLARE finds the types of its parameters; the cursor itself is made when it runs. */
static enum rc prepare_declare(struct prepared *prepared,
                               const struct bind_surroundings *surroundings,
                               struct error *err)
{
    TRY(plan_statement_query(prepared, surroundings, prepared->statement, err));
    prepared->columns.count = 0;
    prepared->plan = NULL;
    return RC_OK;
}

/* Of a COPY only what goes out has a plan; what comes in is planned when it runs. */
static enum rc prepare_copy(struct prepared *prepared,
                            const struct bind_surroundings *surroundings,
                            struct error *err)
{
    const struct ast_copy *copy = prepared->statement->copy;

    TRY(no_parameters(prepared, err));
    if (copy->query == NULL)
        return RC_OK;
    TRY(plan_statement_query(prepared, surroundings, copy->query, err));
    prepared->columns.count = 0; /* they are no rows of the protocol */
    prepared->plan = NULL;
    return RC_OK;
}

static enum rc prepare(struct prepared *prepared,
                       const struct bind_surroundings *surroundings,
                       const struct prepared *executed, struct error *err)
{
    switch (prepared->kind) {
    case PREPARED_QUERY:
        return plan_statement_query(prepared, surroundings, prepared->statement, err);
    case PREPARED_EXPLAIN:
        return prepare_explain(prepared, surroundings, executed, err);
    case PREPARED_SESSION:
        if (prepared->statement->kind == STATEMENT_DECLARE_CURSOR)
            return prepare_declare(prepared, surroundings, err);
        return RC_OK;
    case PREPARED_COPY:
        return prepare_copy(prepared, surroundings, err);
    case PREPARED_COMMAND:
        TRY(no_parameters(prepared, err));
        prepared->columns = command_columns(prepared->arena, prepared->statement);
        return RC_OK;
    default:
        return RC_OK;
    }
}

static void declare_parameters(struct prepared *prepared,
                               const struct prepared_request *request)
{
    prepared->parameters.types = ARENA_ARRAY(prepared->arena, const struct type *,
                                             request->source.declared_count + 1);
    prepared->parameters.count = request->source.declared_count;
    prepared->parameters.is_closed = request->source.is_closed;
    for (size_t i = 0; i < request->source.declared_count; i++)
        prepared->parameters.types[i] = request->source.declared[i];
}

enum rc prepared_new(const struct prepared_request *request,
                     const struct bind_surroundings *surroundings,
                     struct prepared **prepared_out, struct error *err)
{
    struct prepared *prepared = MEM_NEW(struct prepared);
    enum rc rc;

    atomic_init(&prepared->refs, 1);
    prepared->parsed = parsed_text_ref(request->source.parsed);
    prepared->statement = request->source.statement;
    prepared->kind = request->source.is_cursor
                         ? PREPARED_QUERY
                         : prepared_kind_of(request->source.statement);
    prepared->stamp = request->stamp;
    prepared->arena = arena_new("prepared statement", NULL);
    declare_parameters(prepared, request);
    rc = prepare(prepared, surroundings, request->source.executed, err);
    if (rc != RC_OK)
        prepared_unref(&prepared);
    *prepared_out = prepared;
    return rc;
}

struct prepared *prepared_ref(struct prepared *prepared)
{
    atomic_fetch_add(&prepared->refs, 1);
    return prepared;
}

void prepared_unref(struct prepared **prepared)
{
    struct prepared *held = *prepared;

    *prepared = NULL;
    if (held == NULL || atomic_fetch_sub(&held->refs, 1) != 1)
        return;
    arena_free(&held->arena);
    parsed_text_unref(&held->parsed);
    parsed_text_unref(&held->executed);
    mem_free(held);
}

void prepared_set_columns(struct prepared *prepared, const struct bound_columns *columns)
{
    prepared->columns.count = columns->count;
    prepared->columns.items =
        ARENA_ARRAY(prepared->arena, struct bound_column, columns->count + 1);
    for (size_t i = 0; i < columns->count; i++) {
        prepared->columns.items[i] = columns->items[i];
        prepared->columns.items[i].name =
            arena_strdup(prepared->arena, columns->items[i].name);
    }
}

bool prepared_is_current(const struct prepared *prepared, struct prepared_stamp stamp)
{
    if (prepared->kind == PREPARED_EXECUTE || prepared->kind == PREPARED_SESSION)
        return false; /* what they yield, the session's objects tell */
    if (prepared->kind != PREPARED_QUERY && prepared->kind != PREPARED_EXPLAIN &&
        prepared->kind != PREPARED_COPY)
        return true;
    return stamp.objects != 0 && stamp.names != 0 &&
           prepared->stamp.objects == stamp.objects &&
           prepared->stamp.names == stamp.names && prepared->stamp.path == stamp.path;
}

bool prepared_same_columns(const struct prepared *a, const struct prepared *b)
{
    if (a->columns.count != b->columns.count)
        return false;
    for (size_t i = 0; i < a->columns.count; i++)
        if (a->columns.items[i].type != b->columns.items[i].type ||
            strcmp(a->columns.items[i].name, b->columns.items[i].name) != 0)
            return false;
    return true;
}

void prepared_tag(const struct prepared *prepared, uint64_t row_count, char out[64])
{
    if (prepared->kind == PREPARED_EXPLAIN)
        snprintf(out, 64, "EXPLAIN");
    else if (prepared->statement->kind == STATEMENT_INSERT)
        snprintf(out, 64, "INSERT 0 %" PRIu64, row_count);
    else if (prepared->statement->kind == STATEMENT_UPDATE)
        snprintf(out, 64, "UPDATE %" PRIu64, row_count);
    else if (prepared->statement->kind == STATEMENT_DELETE)
        snprintf(out, 64, "DELETE %" PRIu64, row_count);
    else
        snprintf(out, 64, "SELECT %" PRIu64, row_count);
}
