/* Aggregates (manual, chapter 9.21) and set-returning functions (9.25). */
#include <math.h>

#include "sql/functions/implementation.h"
#include "sql/types/array.h"
#include "sql/types/cast.h"
#include "sql/types/numeric.h"

struct count_state {
    int64_t count;
};

static enum rc count_step(struct call *call, void *state, const struct value *arguments,
                          struct error *err)
{
    (void)call;
    (void)arguments;
    (void)err;
    ((struct count_state *)state)->count++;
    return RC_OK;
}

static enum rc count_final(struct call *call, void *state, struct value *result,
                           struct error *err)
{
    (void)call;
    (void)err;
    result->datum.int64 = ((struct count_state *)state)->count;
    return RC_OK;
}

const struct aggregate aggregate_count = {sizeof(struct count_state), count_step,
                                          count_final};

/* Sums of whole numbers are kept as NUMERIC, which no number of rows overflows. */
struct sum_state {
    int64_t count;
    double real;
    struct bytes exact; /* NUMERIC */
};

static enum rc add_exact(struct call *call, struct sum_state *sum,
                         const struct type *type, union datum datum, struct error *err)
{
    const struct type *numeric = type_find_oid(TYPE_NUMERIC);
    struct type_context context = *call->types;
    context.arena = call->arena;
    if (type != numeric)
        TRY(cast_value(&context, type, numeric, -1, &datum, err));
    if (sum->exact.len == 0)
        sum->exact = arena_bytes(call->arena, datum.bytes);
    else
        TRY(numeric_compute(call->arena, NUMERIC_ADD, sum->exact, datum.bytes,
                            &sum->exact, err));
    return RC_OK;
}

static enum rc sum_step(struct call *call, void *state, const struct value *arguments,
                        struct error *err)
{
    struct sum_state *sum = state;
    const struct type *type = call->argument_types[0];
    sum->count++;
    if (type->methods->storage == TYPE_STORAGE_FLOAT8)
        sum->real += arguments[0].datum.float8;
    else if (type->methods->storage == TYPE_STORAGE_FLOAT4)
        sum->real += (double)arguments[0].datum.float4;
    else
        return add_exact(call, sum, type, arguments[0].datum, err);
    return RC_OK;
}

static enum rc sum_final(struct call *call, void *state, struct value *result,
                         struct error *err)
{
    struct sum_state *sum = state;
    result->null = sum->count == 0;
    if (result->null)
        return RC_OK;
    if (call->result_type->oid == TYPE_FLOAT8)
        result->datum.float8 = sum->real;
    else if (call->result_type->oid == TYPE_FLOAT4)
        result->datum.float4 = (float)sum->real;
    else if (call->result_type->oid == TYPE_INT8)
        return numeric_to_int64(sum->exact, INT64_MIN, INT64_MAX, "bigint",
                                &result->datum.int64, err);
    else
        result->datum.bytes = sum->exact;
    return RC_OK;
}

static enum rc average_final(struct call *call, void *state, struct value *result,
                             struct error *err)
{
    struct sum_state *sum = state;
    result->null = sum->count == 0;
    if (result->null)
        return RC_OK;
    if (call->result_type->oid == TYPE_FLOAT8) {
        result->datum.float8 = sum->real / (double)sum->count;
        return RC_OK;
    }
    return numeric_compute(call->arena, NUMERIC_DIVIDE, sum->exact,
                           numeric_from_int64(call->arena, sum->count),
                           &result->datum.bytes, err);
}

const struct aggregate aggregate_sum = {sizeof(struct sum_state), sum_step, sum_final};
const struct aggregate aggregate_average = {sizeof(struct sum_state), sum_step,
                                            average_final};

struct extreme_state {
    bool any;
    union datum datum;
};

static void keep_extreme(struct call *call, struct extreme_state *extreme,
                         union datum datum, int sign)
{
    const struct type *type = call->argument_types[0];
    if (extreme->any && type_compare(type, datum, extreme->datum) * sign <= 0)
        return;
    extreme->any = true;
    extreme->datum = type_copy(call->arena, type, datum);
}

static enum rc least_step(struct call *call, void *state, const struct value *arguments,
                          struct error *err)
{
    (void)err;
    keep_extreme(call, state, arguments[0].datum, -1);
    return RC_OK;
}

static enum rc greatest_step(struct call *call, void *state,
                             const struct value *arguments, struct error *err)
{
    (void)err;
    keep_extreme(call, state, arguments[0].datum, 1);
    return RC_OK;
}

static enum rc extreme_final(struct call *call, void *state, struct value *result,
                             struct error *err)
{
    (void)call;
    (void)err;
    struct extreme_state *extreme = state;
    result->null = !extreme->any;
    result->datum = extreme->datum;
    return RC_OK;
}

const struct aggregate aggregate_min = {sizeof(struct extreme_state), least_step,
                                        extreme_final};
const struct aggregate aggregate_max = {sizeof(struct extreme_state), greatest_step,
                                        extreme_final};

static enum rc and_step(struct call *call, void *state, const struct value *arguments,
                        struct error *err)
{
    (void)call;
    (void)err;
    struct extreme_state *all = state;
    all->datum.boolean = (!all->any || all->datum.boolean) && arguments[0].datum.boolean;
    all->any = true;
    return RC_OK;
}

static enum rc or_step(struct call *call, void *state, const struct value *arguments,
                       struct error *err)
{
    (void)call;
    (void)err;
    struct extreme_state *all = state;
    all->datum.boolean = (all->any && all->datum.boolean) || arguments[0].datum.boolean;
    all->any = true;
    return RC_OK;
}

const struct aggregate aggregate_bool_and = {sizeof(struct extreme_state), and_step,
                                             extreme_final};
const struct aggregate aggregate_bool_or = {sizeof(struct extreme_state), or_step,
                                            extreme_final};

struct list_state {
    struct value *items;
    size_t count;
    size_t room;
};

static void list_add(struct call *call, struct list_state *list, struct value item)
{
    if (list->count == list->room) {
        size_t room = list->room == 0 ? 8 : list->room * 2;
        struct value *items = ARENA_ARRAY(call->arena, struct value, room);
        if (list->count > 0)
            memcpy(items, list->items, list->count * sizeof(*items));
        list->items = items;
        list->room = room;
    }
    list->items[list->count++] = item;
}

static enum rc array_step(struct call *call, void *state, const struct value *arguments,
                          struct error *err)
{
    (void)err;
    struct value item = arguments[0];
    if (!item.null)
        item.datum = type_copy(call->arena, call->argument_types[0], item.datum);
    list_add(call, state, item);
    return RC_OK;
}

static enum rc array_final(struct call *call, void *state, struct value *result,
                           struct error *err)
{
    (void)err;
    struct list_state *list = state;
    result->null = list->count == 0;
    if (!result->null)
        result->datum.bytes = array_build_list(call->arena, call->argument_types[0],
                                               list->items, list->count);
    return RC_OK;
}

const struct aggregate aggregate_array = {sizeof(struct list_state), array_step,
                                          array_final};

/* A NULL text is left out; a NULL separator counts as empty. The list holds separator
 * and text in turn. */
static enum rc string_step(struct call *call, void *state, const struct value *arguments,
                           struct error *err)
{
    (void)err;
    struct list_state *list = state;
    if (arguments[0].null)
        return RC_OK;
    if (list->count > 0 && !arguments[1].null) {
        struct value mark = {0};
        mark.datum.bytes = arena_bytes(call->arena, arguments[1].datum.bytes);
        list_add(call, list, mark);
    }
    struct value text = {0};
    text.datum.bytes = arena_bytes(call->arena, arguments[0].datum.bytes);
    list_add(call, list, text);
    return RC_OK;
}

static enum rc string_final(struct call *call, void *state, struct value *result,
                            struct error *err)
{
    struct list_state *list = state;
    result->null = list->count == 0;
    if (result->null)
        return RC_OK;
    struct buffer text;
    buffer_init(&text, TYPE_VALUE_MAX);
    for (size_t i = 0; i < list->count; i++)
        buffer_add(&text, list->items[i].datum.bytes);
    return implementation_text(call, &text, result, err);
}

const struct aggregate aggregate_string = {sizeof(struct list_state), string_step,
                                           string_final};

struct series_state {
    bool started;
    bool ended;
    int64_t next;
};

static int64_t whole(const struct type *type, union datum datum)
{
    return type->oid == TYPE_INT4 ? datum.int32 : datum.int64;
}

static enum rc series_next(struct call *call, void *state, const struct value *arguments,
                           struct value *result, struct error *err)
{
    struct series_state *series = state;
    const struct type *type = call->argument_types[0];
    int64_t step = call->argument_count > 2 ? whole(type, arguments[2].datum) : 1;
    int64_t stop = whole(type, arguments[1].datum);
    if (step == 0)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "step size cannot equal zero");
    if (!series->started)
        series->next = whole(type, arguments[0].datum);
    series->started = true;
    if (series->ended || (step > 0 ? series->next > stop : series->next < stop))
        return RC_EOF;
    *result = (struct value){0};
    if (type->oid == TYPE_INT4)
        result->datum.int32 = (int32_t)series->next;
    else
        result->datum.int64 = series->next;
    series->ended = __builtin_add_overflow(series->next, step, &series->next);
    return RC_OK;
}

const struct set_function set_series = {sizeof(struct series_state), series_next};

struct unnest_state {
    bool started;
    struct array array;
};

static enum rc unnest_next(struct call *call, void *state, const struct value *arguments,
                           struct value *result, struct error *err)
{
    (void)call;
    (void)err;
    struct unnest_state *unnest = state;
    if (!unnest->started)
        unnest->array = array_open(arguments[0].datum.bytes);
    unnest->started = true;
    return array_next(&unnest->array, result) ? RC_OK : RC_EOF;
}

const struct set_function set_unnest = {sizeof(struct unnest_state), unnest_next};

FUNCTION_ROW(transaction_time)
{
    (void)arguments;
    (void)err;
    result->datum.int64 = call->types->transaction_time;
    return RC_OK;
}

FUNCTION_ROW(statement_time)
{
    (void)arguments;
    (void)err;
    result->datum.int64 = call->types->statement_time;
    return RC_OK;
}
