/* Subqueries within expressions. Rows that a subquery gave are kept as long as the places
 * it reads have the same values; scalar answers also beyond that, in a small memo. */
#include "base/assert.h"
#include "sql/exec/execute_internal.h"
#include "sql/types/array.h"

enum { MEMO_ROOM = 64, MEMO_BYTES_MAX = 1024 * 1024, SCAN_FIRST = 16 };

/* One answer of a SCALAR, EXISTS or ARRAY subquery. */
struct memo {
    bool is_set;
    struct value *places; /* as the dependencies count them */
    struct value result;
};

struct subplan {
    struct subplan *next;
    const struct plan_subquery *query;
    struct node *root;
    bool is_started; /* the root must be rewound before it is run again */
    struct dependencies dependencies;

    struct memo *memos; /* MEMO_ROOM of them */
    struct arena *memo_arena;

    /* ANY and ALL: the rows so far; column 0 is the compared value. */
    struct arena *rows_arena;
    struct row_store rows;
    struct row_table table; /* is_hashed */
    bool is_complete;       /* all rows are in */
    bool is_hashed;
    bool has_null; /* is_hashed: among the rows */
};

static enum rc subplan_make(struct execution *execution,
                            const struct plan_subquery *query,
                            struct subplan **subplan_out, struct error *err)
{
    struct subplan *subplan = ARENA_NEW(execution->arena, struct subplan);
    subplan->query = query;
    subplan->memo_arena = arena_new("memo", execution->arena);
    subplan->rows_arena = arena_new("subquery", execution->arena);
    TRY(operator_make(execution, query->plan, &subplan->root, err));
    dependencies_find(execution, query->plan, &subplan->dependencies);
    subplan->next = execution->subplans;
    execution->subplans = subplan;
    *subplan_out = subplan;
    return RC_OK;
}

static enum rc subplan_of(struct execution *execution, const struct plan_subquery *query,
                          struct subplan **subplan_out, struct error *err)
{
    for (*subplan_out = execution->subplans; *subplan_out != NULL;
         *subplan_out = (*subplan_out)->next) {
        if ((*subplan_out)->query == query)
            return RC_OK;
    }
    return subplan_make(execution, query, subplan_out, err);
}

static enum rc start(struct subplan *subplan, struct error *err)
{
    if (subplan->is_started)
        TRY(operator_rewind(subplan->root, err));
    subplan->is_started = true;
    return RC_OK;
}

/* The only value of the only row, NULL when there is none. */
static enum rc run_scalar(struct subplan *subplan, struct arena *arena,
                          struct value *result, struct error *err)
{
    struct batch batch;
    *result = (struct value){.null = true};
    for (size_t rows = 0;;) {
        enum rc rc = operator_next(subplan->root, 2, &batch, err);
        if (rc == RC_EOF)
            return RC_OK;
        TRY(rc);
        rows += batch.count;
        if (rows > 1)
            return error_set(err, SQLSTATE_CARDINALITY_VIOLATION,
                             "more than one row returned by a subquery used as an "
                             "expression");
        *result = vector_value(&batch.columns[0], 0);
        if (!result->null)
            result->datum = type_copy(arena, batch.columns[0].type, result->datum);
    }
}

static enum rc run_exists(struct subplan *subplan, struct value *result,
                          struct error *err)
{
    struct batch batch;
    enum rc rc = operator_next(subplan->root, 1, &batch, err);
    if (rc != RC_EOF)
        TRY(rc);
    *result = (struct value){.datum.boolean = rc == RC_OK};
    return RC_OK;
}

static enum rc run_array(struct subplan *subplan, struct arena *arena,
                         struct value *result, struct error *err)
{
    const struct plan *plan = subplan->query->plan;
    struct arena *scratch = arena_new("array", arena);
    struct row_store rows;
    row_store_init(&rows, scratch, plan->types, plan->column_count);
    enum rc rc = operator_load(subplan->root, &rows, err);
    if (rc == RC_OK) {
        struct value *items = ARENA_ARRAY(scratch, struct value, rows.count);
        for (size_t i = 0; i < rows.count; i++)
            items[i] = row_value(&rows, i, 0);
        *result = (struct value){0};
        result->datum.bytes = array_build_list(arena, plan->types[0], items, rows.count);
    }
    arena_free(&scratch);
    return rc;
}

static enum rc run(struct subplan *subplan, struct arena *arena, struct value *result,
                   struct error *err)
{
    TRY(start(subplan, err));
    switch (subplan->query->form) {
    case BOUND_SUBQUERY_SCALAR:
        return run_scalar(subplan, arena, result, err);
    case BOUND_SUBQUERY_EXISTS:
        return run_exists(subplan, result, err);
    case BOUND_SUBQUERY_ARRAY:
        return run_array(subplan, arena, result, err);
    case BOUND_SUBQUERY_ANY:
    case BOUND_SUBQUERY_ALL:
        break;
    }
    UNREACHABLE();
}

/* The memo's place for what the places hold now; *hit_out: it is the answer. NULL when
 * nothing may be kept. */
static struct memo *memo_find(struct execution *execution, struct subplan *subplan,
                              bool *hit_out)
{
    const struct dependencies *depends = &subplan->dependencies;
    uint64_t hash = 0;
    *hit_out = false;
    if (depends->is_volatile && depends->count != 0)
        return NULL;
    for (size_t i = 0; i < depends->count; i++) {
        const struct type *type = depends->items[i].type;
        struct value value = execution->places[depends->items[i].place];
        if (type->methods->hash == NULL || type->methods->compare == NULL)
            return NULL;
        hash = (hash ^ (value.null ? 1 : type_hash(type, value.datum))) *
               UINT64_C(0x9E3779B97F4A7C15);
    }
    if (subplan->memos == NULL)
        subplan->memos = ARENA_ARRAY(execution->arena, struct memo, MEMO_ROOM);
    struct memo *memo = &subplan->memos[(hash >> 32) % MEMO_ROOM];
    *hit_out = memo->is_set;
    for (size_t i = 0; i < depends->count && *hit_out; i++)
        *hit_out = values_are_equal(depends->items[i].type, memo->places[i],
                                    execution->places[depends->items[i].place]);
    return memo;
}

static void memo_keep(struct execution *execution, struct subplan *subplan,
                      struct memo *memo, const struct type *type, struct value result)
{
    struct dependencies *depends = &subplan->dependencies;
    struct arena *arena = subplan->memo_arena;
    if (arena_used(arena) > MEMO_BYTES_MAX) {
        arena_reset(arena);
        memset(subplan->memos, 0, MEMO_ROOM * sizeof(*subplan->memos));
    }
    struct value *places = ARENA_ARRAY(arena, struct value, depends->count);
    for (size_t i = 0; i < depends->count; i++) {
        places[i] = execution->places[depends->items[i].place];
        if (!places[i].null)
            places[i].datum = type_copy(arena, depends->items[i].type, places[i].datum);
    }
    if (!result.null)
        result.datum = type_copy(arena, type, result.datum);
    *memo = (struct memo){.is_set = true, .places = places, .result = result};
}

static enum rc answer(struct execution *execution, struct subplan *subplan,
                      const struct evaluation *evaluation, const struct type *type,
                      struct value *result, struct error *err)
{
    bool hit = false;
    struct memo *memo = memo_find(execution, subplan, &hit);
    if (hit) {
        *result = memo->result;
        if (!result->null)
            result->datum = type_copy(evaluation->arena, type, result->datum);
        return RC_OK;
    }
    TRY(run(subplan, evaluation->arena, result, err));
    if (memo != NULL)
        memo_keep(execution, subplan, memo, type, *result);
    return RC_OK;
}

/* ANY and ALL. Makes the rows anew when the places have changed. */
static enum rc rows_start(struct execution *execution, struct subplan *subplan,
                          struct error *err)
{
    const struct plan *plan = subplan->query->plan;
    if (dependencies_hold(execution, &subplan->dependencies))
        return RC_OK;
    subplan->dependencies.is_taken = false;
    arena_reset(subplan->rows_arena);
    subplan->is_complete = false;
    subplan->has_null = false;
    row_store_init(&subplan->rows, subplan->rows_arena, plan->types, plan->column_count);
    TRY(start(subplan, err));
    dependencies_take(execution, &subplan->dependencies, subplan->rows_arena);
    subplan->is_hashed = subplan->query->is_hashed;
    if (!subplan->is_hashed)
        return RC_OK;
    TRY(operator_load(subplan->root, &subplan->rows, err));
    subplan->is_complete = true;
    TRY(row_table_init(&subplan->table, &subplan->rows, 0, 1, err));
    for (size_t i = 0; i < subplan->rows.count; i++) {
        struct value value = row_value(&subplan->rows, i, 0);
        uint8_t null = value.null;
        struct vector key = {plan->types[0], &value.datum, &null};
        subplan->has_null = subplan->has_null || value.null;
        if (!value.null)
            row_table_add(&subplan->table, row_hash(&key, 1, 0), i);
    }
    return RC_OK;
}

/* One more batch of rows, `room` at most. */
static enum rc rows_pull(struct subplan *subplan, size_t room, struct error *err)
{
    struct batch batch;
    enum rc rc = operator_next(subplan->root, room, &batch, err);
    subplan->is_complete = rc == RC_EOF;
    if (rc == RC_EOF)
        return RC_OK;
    TRY(rc);
    for (size_t i = 0; i < batch.count; i++)
        row_store_add(&subplan->rows, batch.columns, 1, NULL, i);
    return RC_OK;
}

static struct value probe(const struct subplan *subplan, const struct type *type,
                          struct value left)
{
    uint8_t null = left.null;
    struct vector key = {type, &left.datum, &null};
    struct value result = {.datum.boolean = false};
    if (subplan->rows.count == 0)
        return result;
    result.null = left.null || subplan->has_null;
    if (!left.null &&
        row_table_find(&subplan->table, row_hash(&key, 1, 0), &key, 0) != ROW_NONE)
        result = (struct value){.datum.boolean = true};
    return result;
}

/* A look through the rows for one left value. */
struct scan {
    struct execution *execution;
    struct subplan *subplan;
    const struct type *type; /* of the left value */
    struct value left;
    struct arena *arena; /* of one slice */
    struct value result;
    bool is_settled; /* by the first true of ANY or the first false of ALL */
};

/* Compares the left value with `count` rows from `at` on. */
static enum rc scan_slice(struct scan *scan, size_t at, size_t count, struct error *err)
{
    struct subplan *subplan = scan->subplan;
    bool all = subplan->query->form == BOUND_SUBQUERY_ALL;
    struct vector pair[2];
    struct vector answers;
    struct evaluator evaluator;
    arena_reset(scan->arena);
    pair[0] = *batch_columns(scan->arena, &scan->type, 1, count);
    pair[1] =
        *row_store_gather(&subplan->rows, scan->arena, subplan->rows.rows + at, count, 1);
    for (size_t i = 0; i < count; i++)
        vector_set(&pair[0], i, scan->left);
    evaluator_init(&evaluator, scan->execution, scan->arena, pair);
    TRY(evaluate(&evaluator.evaluation, subplan->query->comparison, selection_all(count),
                 &answers, err));
    for (size_t i = 0; i < count && !scan->is_settled; i++) {
        struct value item = vector_value(&answers, i);
        scan->result.null = scan->result.null || item.null;
        scan->is_settled = !item.null && item.datum.boolean != all;
    }
    if (scan->is_settled)
        scan->result = (struct value){.datum.boolean = !all};
    return RC_OK;
}

/* Pulls rows only as far as they are needed. */
static enum rc scan_rows(struct scan *scan, struct error *err)
{
    struct subplan *subplan = scan->subplan;
    size_t slice = SCAN_FIRST;
    for (size_t at = 0; !scan->is_settled;) {
        if (at == subplan->rows.count && !subplan->is_complete)
            TRY(rows_pull(subplan, slice, err));
        size_t count = subplan->rows.count - at;
        if (count == 0)
            break;
        count = count < slice ? count : slice;
        TRY(scan_slice(scan, at, count, err));
        at += count;
        slice = slice * 2 > VECTOR_ROWS_MAX ? VECTOR_ROWS_MAX : slice * 2;
    }
    return RC_OK;
}

static enum rc quantified(struct execution *execution, struct subplan *subplan,
                          const struct vector *left, size_t row, struct value *result,
                          struct error *err)
{
    struct value value = vector_value(left, row);
    TRY(rows_start(execution, subplan, err));
    if (subplan->is_hashed) {
        *result = probe(subplan, left->type, value);
        return RC_OK;
    }
    struct scan scan = {
        .execution = execution,
        .subplan = subplan,
        .type = left->type,
        .left = value,
        .arena = arena_new("comparison", execution->arena),
        .result.datum.boolean = subplan->query->form == BOUND_SUBQUERY_ALL,
    };
    enum rc rc = scan_rows(&scan, err);
    *result = scan.result;
    arena_free(&scan.arena);
    return rc;
}

enum rc subplan_evaluate(void *owner, const struct evaluation *evaluation,
                         const struct bound *expression, struct selection selection,
                         struct vector *out, struct error *err)
{
    struct execution *execution = owner;
    const struct plan_subquery *query = expression->subplan;
    struct subplan *subplan = NULL;
    struct vector *values = NULL;
    struct vector left = {0};
    bool quantifies =
        query->form == BOUND_SUBQUERY_ANY || query->form == BOUND_SUBQUERY_ALL;
    if (selection.count == 0) {
        *out = *batch_columns(evaluation->arena, &expression->type, 1, 0);
        return RC_OK;
    }
    TRY(subplan_of(execution, query, &subplan, err));
    TRY(bindings_evaluate(evaluation, &query->bindings, selection, &values, err));
    if (quantifies)
        TRY(evaluate(evaluation, expression->arguments[0], selection, &left, err));
    *out = *batch_columns(evaluation->arena, &expression->type, 1,
                          (size_t)selection.rows[selection.count - 1] + 1);
    for (size_t i = 0; i < selection.count; i++) {
        struct value result = {.null = true};
        bindings_set(execution, &query->bindings, values, selection.rows[i]);
        if (quantifies)
            TRY(quantified(execution, subplan, &left, selection.rows[i], &result, err));
        else
            TRY(answer(execution, subplan, evaluation, expression->type, &result, err));
        vector_set(out, selection.rows[i], result);
    }
    return RC_OK;
}
