#ifndef UNIT_SQL_QUERY_H
#define UNIT_SQL_QUERY_H

/* SQL text through parser, binder, planner and executor; rows come back as text as psql
 * shows them with -At: columns divided by "|", rows by " / ", NULL as "-". A test that
 * wants relations of its own sets `query.transaction` and `query.hooks`. */
#include "sql/bind/bind.h"
#include "sql/exec/execute.h"
#include "sql/parse/parse.h"
#include "support/unit.h"

struct query {
    struct arena *arena; /* of a test: results live in it */
    struct type_context types;
    struct environment environment;
    struct store_transaction *transaction; /* NULL: no objects but functions and types */
    const struct system_hooks *hooks;
    const struct value *parameters; /* with the types below */
    const struct type **parameter_types;
    size_t parameter_count;
    size_t memory_limit;
    struct error err; /* of the last failure */
};

static struct query query;

static int query_set_up(void **state)
{
    (void)state;
    query = (struct query){.arena = arena_new("query", NULL)};
    query.types = (struct type_context){.arena = query.arena, .extra_float_digits = 1};
    error_clear(&query.err);
    return 0;
}

static int query_tear_down(void **state)
{
    (void)state;
    arena_free(&query.arena);
    return 0;
}

static inline enum rc query_plan(const char *text, const struct plan_statement **plan_out,
                                 const struct bound_query **bound_out)
{
    static const char *const schemas[] = {"public"};
    const struct catalog_path path = {"materialize", schemas, 1, NULL};
    struct bind_parameters parameters = {.types = query.parameter_types,
                                         .count = query.parameter_count};
    const struct bind_surroundings surroundings = {.transaction = query.transaction,
                                                   .path = &path,
                                                   .types = &query.types,
                                                   .parameters = &parameters,
                                                   .text = bytes_of_text(text)};
    struct ast_statement_list statements;
    TRY(sql_parse(query.arena, bytes_of_text(text), &statements, &query.err));
    assert_int_equal(statements.count, 1);
    assert_int_equal(statements.items[0]->kind, STATEMENT_SELECT);
    TRY(bind_query(query.arena, &surroundings, statements.items[0]->query, bound_out,
                   &query.err));
    return plan_query(query.arena, *bound_out, plan_out, &query.err);
}

static inline void query_batch(const struct batch *batch, size_t column_count,
                               struct buffer *out, size_t *rows)
{
    for (size_t row = 0; row < batch->count; row++) {
        buffer_add_text(out, (*rows)++ == 0 ? "" : " / ");
        for (size_t i = 0; i < column_count; i++) {
            const struct vector *column = &batch->columns[i];
            buffer_add_text(out, i == 0 ? "" : "|");
            if (column->nulls[row] != 0)
                buffer_add_text(out, "-");
            else
                type_output(column->type, &query.types, column->values[row], out);
        }
    }
}

static inline enum rc query_execute(const struct plan_statement *plan, struct buffer *out)
{
    const struct execution_settings settings = {.transaction = query.transaction,
                                                .hooks = query.hooks,
                                                .types = &query.types,
                                                .environment = &query.environment,
                                                .parameters = query.parameters,
                                                .parameter_count = query.parameter_count,
                                                .memory_limit = query.memory_limit};
    struct execution *execution = NULL;
    struct batch batch;
    size_t rows = 0;
    enum rc rc = execution_open(&settings, plan, &execution, &query.err);
    while (rc == RC_OK) {
        rc = execution_next(execution, &batch, &query.err);
        if (rc == RC_OK)
            query_batch(&batch, plan->root->column_count, out, &rows);
    }
    execution_close(&execution);
    return rc == RC_EOF ? RC_OK : rc;
}

/* The rows, or "ERROR: " with SQLSTATE and message. */
static inline const char *query_rows(const char *text)
{
    const struct plan_statement *plan = NULL;
    const struct bound_query *bound = NULL;
    struct buffer out;
    const char *result = NULL;
    buffer_init(&out, 1 << 26);
    error_clear(&query.err);
    enum rc rc = query_plan(text, &plan, &bound);
    if (rc == RC_OK)
        rc = query_execute(plan, &out);
    if (rc == RC_OK)
        result = arena_printf(query.arena, "%.*s", BYTES_PRINT(buffer_bytes(&out)));
    else
        result = arena_printf(query.arena, "ERROR: %s: %s",
                              sqlstate_code(query.err.state), query.err.message);
    buffer_fini(&out);
    return result;
}

#endif
