#include "server/prepared.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/memory.h"
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
    mem_free(held);
}

enum prepared_kind prepared_kind_of(const struct ast_statement *statement)
{
    if (statement == NULL)
        return PREPARED_EMPTY;
    switch (statement->kind) {
    case STATEMENT_SELECT:
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
    case STATEMENT_DEALLOCATE:
    case STATEMENT_DISCARD:
        return PREPARED_SESSION;
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
    if (statement->kind == STATEMENT_SHOW_OBJECTS)
        return show_objects_query(prepared->arena, surroundings, statement->show_objects,
                                  query_out, err);
    return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED, "EXPLAIN %s is not supported",
                     sql_statement_kind_name(statement->kind));
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
    TRY(query_of(prepared, surroundings, statement, &query, err));
    TRY(bind_query(prepared->arena, &inner, query, &bound, err));
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

static enum rc prepare(struct prepared *prepared,
                       const struct bind_surroundings *surroundings, struct error *err)
{
    switch (prepared->kind) {
    case PREPARED_QUERY:
        return plan_statement_query(prepared, surroundings, prepared->statement, err);
    case PREPARED_EXPLAIN:
        TRY(check_explain(prepared->statement->explain, err));
        TRY(plan_statement_query(prepared, surroundings,
                                 prepared->statement->explain->statement, err));
        set_explain_column(prepared);
        return RC_OK;
    case PREPARED_COMMAND:
        if (prepared->statement->parameter_count > 0)
            return error_set(err, SQLSTATE_UNDEFINED_PARAMETER,
                             "there is no parameter $1");
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
    prepared->kind = prepared_kind_of(request->source.statement);
    prepared->stamp = request->stamp;
    prepared->arena = arena_new("prepared statement", NULL);
    declare_parameters(prepared, request);
    rc = prepare(prepared, surroundings, err);
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
    mem_free(held);
}

bool prepared_is_current(const struct prepared *prepared, struct prepared_stamp stamp)
{
    if (prepared->kind != PREPARED_QUERY && prepared->kind != PREPARED_EXPLAIN)
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
    else
        snprintf(out, 64, "SELECT %" PRIu64, row_count);
}
