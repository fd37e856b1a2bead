#ifndef UNIT_SQL_EXEC_PLAN_FIXTURE_H
#define UNIT_SQL_EXEC_PLAN_FIXTURE_H

/* Plans made by hand, and their rows as text: columns divided by commas, rows by blanks,
 * NULL as "-". */
#include "sql/exec/execute.h"
#include "support/unit.h"

enum { INT4_EQUAL = 65, INT4_LESS = 66, INT4_DIVIDE = 154, INT4_PLUS = 177 };
enum { SERIES = 1067, COUNT_ANY = 2147, COUNT = 2803, SUM_INT4 = 2108, ARRAY_AGG = 2335 };

#define NONE INT32_MIN /* NULL among the numbers of a fixture */

static struct arena *arena; /* of a test */
static struct type_context types;
static struct plan_statement statement;
static struct execution_settings settings;
static struct error err;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new("test", NULL);
    types = (struct type_context){.arena = arena, .extra_float_digits = 1};
    statement = (struct plan_statement){0};
    settings = (struct execution_settings){.types = &types};
    error_clear(&err);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

static inline struct bound *bound(enum bound_kind kind, uint32_t type, size_t count)
{
    struct bound *made = ARENA_NEW(arena, struct bound);
    made->kind = kind;
    made->type = type_find_oid(type);
    made->typmod = TYPE_TYPMOD_NONE;
    made->argument_count = count;
    made->arguments = ARENA_ARRAY(arena, const struct bound *, count);
    return made;
}

static inline const struct bound *number(int32_t value)
{
    struct bound *made = bound(BOUND_CONSTANT, TYPE_INT4, 0);
    made->constant.null = value == NONE;
    made->constant.datum.int32 = value;
    return made;
}

static inline const struct bound *big(int64_t value)
{
    struct bound *made = bound(BOUND_CONSTANT, TYPE_INT8, 0);
    made->constant.datum.int64 = value;
    return made;
}

static inline const struct bound *text(const char *value)
{
    struct bound *made = bound(BOUND_CONSTANT, TYPE_TEXT, 0);
    made->constant.datum.bytes = bytes_of_text(value);
    return made;
}

static inline const struct bound *slot_of(uint32_t slot, uint32_t type)
{
    struct bound *made = bound(BOUND_SLOT, type, 0);
    made->slot = slot;
    return made;
}

static inline const struct bound *slot(uint32_t at)
{
    return slot_of(at, TYPE_INT4);
}

static inline const struct bound *outer(uint32_t place)
{
    struct bound *made = bound(BOUND_OUTER, TYPE_INT4, 0);
    made->slot = place;
    return made;
}

static inline const struct bound *call(uint32_t function, uint32_t type,
                                       const struct bound *left,
                                       const struct bound *right)
{
    struct bound *made = bound(BOUND_CALL, type, 2);
    made->call.function = function_find_oid(function);
    assert_non_null(made->call.function);
    made->call.argument_types = ARENA_ARRAY(arena, const struct type *, 2);
    made->arguments[0] = left;
    made->arguments[1] = right;
    made->call.argument_types[0] = left->type;
    made->call.argument_types[1] = right->type;
    return made;
}

static inline const struct bound *less(const struct bound *left,
                                       const struct bound *right)
{
    return call(INT4_LESS, TYPE_BOOL, left, right);
}

static inline const struct bound *equal(const struct bound *left,
                                        const struct bound *right)
{
    return call(INT4_EQUAL, TYPE_BOOL, left, right);
}

static inline const struct bound *plus(const struct bound *left,
                                       const struct bound *right)
{
    return call(INT4_PLUS, TYPE_INT4, left, right);
}

/* A plan whose columns are all int4. */
static inline struct plan *plan(enum plan_kind kind, size_t column_count,
                                const struct plan *first, const struct plan *second)
{
    struct plan *made = ARENA_NEW(arena, struct plan);
    made->kind = kind;
    made->column_count = column_count;
    made->types = ARENA_ARRAY(arena, const struct type *, column_count);
    for (size_t i = 0; i < column_count; i++)
        made->types[i] = type_find_oid(TYPE_INT4);
    made->inputs = ARENA_ARRAY(arena, const struct plan *, 2);
    made->inputs[0] = first;
    made->inputs[1] = second;
    made->input_count = first == NULL ? 0 : second == NULL ? 1 : 2;
    return made;
}

/* VALUES of int4, row by row. */
static inline const struct plan *values(size_t column_count, size_t row_count,
                                        const int32_t *numbers)
{
    struct plan *made = plan(PLAN_VALUES, column_count, NULL, NULL);
    made->values.row_count = row_count;
    made->values.rows = ARENA_ARRAY(arena, const struct bound **, row_count);
    for (size_t row = 0; row < row_count; row++) {
        made->values.rows[row] = ARENA_ARRAY(arena, const struct bound *, column_count);
        for (size_t i = 0; i < column_count; i++)
            made->values.rows[row][i] = number(*numbers++);
    }
    return made;
}

#define VALUES(columns, ...)                                                             \
    values((columns), sizeof((int32_t[]){__VA_ARGS__}) / sizeof(int32_t) / (columns),    \
           (int32_t[]){__VA_ARGS__})

static inline const struct bound *series_call(const struct bound *from,
                                              const struct bound *to)
{
    return call(SERIES, TYPE_INT4, from, to);
}

static inline const struct plan *series_of(const struct bound *from,
                                           const struct bound *to)
{
    struct plan *made = plan(PLAN_FUNCTION, 1, NULL, NULL);
    made->function.calls = ARENA_ARRAY(arena, const struct bound *, 1);
    made->function.calls[0] = series_call(from, to);
    made->function.call_count = 1;
    return made;
}

static inline const struct plan *series(int32_t from, int32_t to)
{
    return series_of(number(from), number(to));
}

static inline struct plan *filter(const struct plan *input, const struct bound *condition)
{
    struct plan *made = plan(PLAN_FILTER, input->column_count, input, NULL);
    made->types = input->types;
    made->filter.condition = condition;
    return made;
}

static inline struct plan *project(const struct plan *input, size_t count,
                                   const struct bound *first, const struct bound *second)
{
    struct plan *made = plan(PLAN_PROJECT, count, input, NULL);
    made->project.expressions = ARENA_ARRAY(arena, const struct bound *, 2);
    made->project.expressions[0] = first;
    made->project.expressions[1] = second;
    made->types[0] = first->type;
    if (count > 1)
        made->types[1] = second->type;
    return made;
}

static inline struct plan *limit(const struct plan *input, const struct bound *count,
                                 const struct bound *offset)
{
    struct plan *made = plan(PLAN_LIMIT, input->column_count, input, NULL);
    made->types = input->types;
    made->limit.limit = count;
    made->limit.offset = offset;
    return made;
}

/* A join on left column 0 = right column 0. */
static inline struct plan *join(enum plan_kind kind, enum plan_join way,
                                const struct plan *left, const struct plan *right)
{
    size_t count = way == PLAN_JOIN_SEMI || way == PLAN_JOIN_ANTI
                       ? left->column_count
                       : left->column_count + right->column_count;
    struct plan *made = plan(kind, count, left, right);
    made->join.join = way;
    if (kind == PLAN_NESTED_JOIN) {
        made->join.condition = equal(slot(0), slot((uint32_t)left->column_count));
        return made;
    }
    struct plan_key *key = ARENA_NEW(arena, struct plan_key);
    *key = (struct plan_key){slot(0), slot(0), false};
    made->join.keys = key;
    made->join.key_count = 1;
    return made;
}

static inline struct bound *aggregate(uint32_t function, uint32_t type,
                                      const struct bound *argument)
{
    struct bound *made = bound(BOUND_AGGREGATE, type, argument == NULL ? 0 : 1);
    made->aggregate.function = function_find_oid(function);
    assert_non_null(made->aggregate.function);
    made->aggregate.argument_types = ARENA_ARRAY(arena, const struct type *, 1);
    if (argument != NULL) {
        made->arguments[0] = argument;
        made->aggregate.argument_types[0] = argument->type;
    }
    return made;
}

/* One group column, or none, and one call. */
static inline const struct plan *grouped(const struct plan *input,
                                         const struct bound *group,
                                         const struct bound *aggregation)
{
    size_t groups = group == NULL ? 0 : 1;
    struct plan *made = plan(PLAN_AGGREGATE, groups + 1, input, NULL);
    made->aggregate.groups = ARENA_ARRAY(arena, const struct bound *, 1);
    made->aggregate.groups[0] = group;
    made->aggregate.group_count = groups;
    made->aggregate.calls = ARENA_ARRAY(arena, const struct bound *, 1);
    made->aggregate.calls[0] = aggregation;
    made->aggregate.call_count = 1;
    if (group != NULL)
        made->types[0] = group->type;
    made->types[groups] = aggregation->type;
    return made;
}

static inline struct plan *sort(const struct plan *input, uint32_t column,
                                bool is_descending, const struct bound *at_most)
{
    struct plan *made = plan(PLAN_SORT, input->column_count, input, NULL);
    struct plan_sort_key *key = ARENA_NEW(arena, struct plan_sort_key);
    *key = (struct plan_sort_key){column, is_descending, is_descending};
    made->types = input->types;
    made->sort.keys = key;
    made->sort.key_count = 1;
    made->sort.at_most = at_most;
    return made;
}

static inline struct plan_bindings bind_place(uint32_t place, const struct bound *value)
{
    struct plan_binding *binding = ARENA_NEW(arena, struct plan_binding);
    *binding = (struct plan_binding){place, value};
    return (struct plan_bindings){binding, 1};
}

static inline struct plan_subquery *subquery(enum bound_subquery form,
                                             const struct plan *inner)
{
    struct plan_subquery *made = ARENA_NEW(arena, struct plan_subquery);
    made->form = form;
    made->plan = inner;
    return made;
}

static inline const struct bound *subplan(const struct plan_subquery *query,
                                          uint32_t type, const struct bound *argument)
{
    struct bound *made = bound(BOUND_SUBPLAN, type, argument == NULL ? 0 : 1);
    if (argument != NULL)
        made->arguments[0] = argument;
    made->subplan = query;
    return made;
}

static inline void batch_text(const struct batch *batch, size_t column_count,
                              struct buffer *out)
{
    for (size_t row = 0; row < batch->count; row++) {
        buffer_add_text(out, buffer_len(out) == 0 ? "" : " ");
        for (size_t i = 0; i < column_count; i++) {
            const struct vector *column = &batch->columns[i];
            buffer_add_text(out, i == 0 ? "" : ",");
            if (column->nulls[row] != 0)
                buffer_add_text(out, "-");
            else
                type_output(column->type, &types, column->values[row], out);
        }
    }
}

/* Runs the plan; its rows, or the SQLSTATE and message of its failure. */
static inline const char *run(const struct plan *root)
{
    struct execution *execution = NULL;
    struct buffer out;
    struct batch batch;
    statement.root = root;
    buffer_init(&out, 1 << 26);
    enum rc rc = execution_open(&settings, &statement, &execution, &err);
    while (rc == RC_OK) {
        rc = execution_next(execution, &batch, &err);
        if (rc != RC_OK)
            break;
        assert_true(batch.count >= 1 && batch.count <= VECTOR_ROWS_MAX);
        batch_text(&batch, root->column_count, &out);
    }
    if (rc == RC_EOF)
        assert_int_equal(execution_next(execution, &batch, &err), RC_EOF);
    execution_close(&execution);
    const char *result =
        rc == RC_EOF
            ? arena_printf(arena, "%.*s", BYTES_PRINT(buffer_bytes(&out)))
            : arena_printf(arena, "%s %s", sqlstate_code(err.state), err.message);
    buffer_fini(&out);
    return result;
}

static inline const char *count_of(const struct plan *root)
{
    return run(grouped(root, NULL, aggregate(COUNT, TYPE_INT8, NULL)));
}

#endif
