/* Aggregates (manual, chapter 9.21) and set-returning functions (9.25). */
#include <math.h>

#include "sql/functions/implementation.h"
#include "sql/types/array.h"
#include "sql/types/cast.h"
#include "sql/types/datetime.h"
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

/* Sums of whole numbers are kept in 128 bits, which no number of rows overflows. */
__extension__ typedef __int128 wide;

struct sum_state {
    int64_t count;
    double real;
    wide whole;
    struct bytes exact; /* NUMERIC */
};

static bool is_whole(const struct type *type)
{
    enum type_storage storage = type->methods->storage;
    return storage == TYPE_STORAGE_INT16 || storage == TYPE_STORAGE_INT32 ||
           storage == TYPE_STORAGE_INT64;
}

static enum rc wide_to_numeric(struct arena *arena, wide number, struct bytes *out,
                               struct error *err)
{
    static const int64_t base = INT64_C(1) << 62;
    if (number >= INT64_MIN && number <= INT64_MAX) {
        *out = numeric_from_int64(arena, (int64_t)number);
        return RC_OK;
    }
    TRY(numeric_compute(arena, NUMERIC_MULTIPLY,
                        numeric_from_int64(arena, (int64_t)(number / base)),
                        numeric_from_int64(arena, base), out, err));
    return numeric_compute(arena, NUMERIC_ADD, *out,
                           numeric_from_int64(arena, (int64_t)(number % base)), out, err);
}

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

static enum rc add_real(struct sum_state *sum, double number, struct error *err)
{
    double before = sum->real;
    sum->real = sum->count == 1 ? number : before + number; /* -0 stays -0 */
    if (isinf(sum->real) && !isinf(before) && !isinf(number))
        return error_set(err, SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE,
                         "value out of range: overflow");
    return RC_OK;
}

static enum rc sum_step(struct call *call, void *state, const struct value *arguments,
                        struct error *err)
{
    struct sum_state *sum = state;
    const struct type *type = call->argument_types[0];
    union datum datum = arguments[0].datum;
    sum->count++;
    switch (type->methods->storage) {
    case TYPE_STORAGE_INT16:
        sum->whole += datum.int16;
        return RC_OK;
    case TYPE_STORAGE_INT32:
        sum->whole += datum.int32;
        return RC_OK;
    case TYPE_STORAGE_INT64:
        sum->whole += datum.int64;
        return RC_OK;
    case TYPE_STORAGE_FLOAT8:
        return add_real(sum, datum.float8, err);
    case TYPE_STORAGE_FLOAT4:
        if (call->result_type->oid != TYPE_FLOAT4)
            return add_real(sum, (double)datum.float4, err);
        TRY(add_real(sum, (double)datum.float4, err));
        if (isinf((float)sum->real) && !isinf(sum->real))
            return error_set(err, SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE,
                             "value out of range: overflow");
        sum->real = (double)(float)sum->real; /* it is kept in four bytes */
        return RC_OK;
    default:
        return add_exact(call, sum, type, datum, err);
    }
}

/* The sum of anything but floating point as NUMERIC. */
static enum rc exact_sum(struct call *call, const struct sum_state *sum,
                         struct bytes *out, struct error *err)
{
    *out = sum->exact;
    return is_whole(call->argument_types[0])
               ? wide_to_numeric(call->arena, sum->whole, out, err)
               : RC_OK;
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
    else if (call->result_type->oid != TYPE_INT8)
        return exact_sum(call, sum, &result->datum.bytes, err);
    else if (sum->whole < INT64_MIN || sum->whole > INT64_MAX)
        return implementation_range("bigint", err);
    else
        result->datum.int64 = (int64_t)sum->whole;
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
        result->datum.float8 = sum->real / (double)sum->count + 0.0; /* no -0 */
        return RC_OK;
    }
    struct bytes exact = {0};
    TRY(exact_sum(call, sum, &exact, err));
    return numeric_compute(call->arena, NUMERIC_DIVIDE, exact,
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
    if (type_is_array(call->argument_types[0]))
        TRY(implementation_comparable(call->argument_types[0], true, err));
    keep_extreme(call, state, arguments[0].datum, -1);
    return RC_OK;
}

static enum rc greatest_step(struct call *call, void *state,
                             const struct value *arguments, struct error *err)
{
    if (type_is_array(call->argument_types[0]))
        TRY(implementation_comparable(call->argument_types[0], true, err));
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

/* Of whole numbers; the widest form is kept. */
#define BITS(name, sign)                                                                 \
    static enum rc name##_step(struct call *call, void *state,                           \
                               const struct value *arguments, struct error *err)         \
    {                                                                                    \
        (void)err;                                                                       \
        struct extreme_state *bits = state;                                              \
        int64_t number =                                                                 \
            implementation_whole(call->argument_types[0], arguments[0].datum);           \
        bits->datum.int64 = bits->any ? bits->datum.int64 sign number : number;          \
        bits->any = true;                                                                \
        return RC_OK;                                                                    \
    }                                                                                    \
    const struct aggregate aggregate_##name = {sizeof(struct extreme_state),             \
                                               name##_step, bits_final};

static enum rc bits_final(struct call *call, void *state, struct value *result,
                          struct error *err)
{
    const struct extreme_state *bits = state;
    result->null = !bits->any;
    return bits->any
               ? implementation_put_whole(call, bits->datum.int64, false, result, err)
               : RC_OK;
}

BITS(bit_and, &)
BITS(bit_or, |)
BITS(bit_xor, ^)

struct interval_state {
    int64_t count;
    int64_t microseconds;
    int64_t days;
    int64_t months;
};

static enum rc interval_step(struct call *call, void *state,
                             const struct value *arguments, struct error *err)
{
    (void)call;
    struct interval_state *sum = state;
    struct datum_interval interval = arguments[0].datum.interval;
    sum->count++;
    sum->days += interval.days;
    sum->months += interval.months;
    if (__builtin_add_overflow(sum->microseconds, interval.microseconds,
                               &sum->microseconds))
        return datetime_range("interval", err);
    return RC_OK;
}

static enum rc interval_sum_final(struct call *call, void *state, struct value *result,
                                  struct error *err)
{
    (void)call;
    const struct interval_state *sum = state;
    result->null = sum->count == 0;
    if (sum->days > INT32_MAX || sum->days < INT32_MIN || sum->months > INT32_MAX ||
        sum->months < INT32_MIN)
        return datetime_range("interval", err);
    result->datum.interval = (struct datum_interval){
        sum->microseconds, (int32_t)sum->days, (int32_t)sum->months};
    return RC_OK;
}

static enum rc interval_average_final(struct call *call, void *state,
                                      struct value *result, struct error *err)
{
    const struct interval_state *sum = state;
    TRY(interval_sum_final(call, state, result, err));
    if (result->null)
        return RC_OK;
    return implementation_interval_divide(result->datum.interval, (double)sum->count,
                                          &result->datum.interval, err);
}

const struct aggregate aggregate_sum_interval = {sizeof(struct interval_state),
                                                 interval_step, interval_sum_final};
const struct aggregate aggregate_average_interval = {
    sizeof(struct interval_state), interval_step, interval_average_final};

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

/* Arrays of one shape become an array of one dimension more. */
static enum rc nested_step(struct call *call, void *state, const struct value *arguments,
                           struct error *err)
{
    struct list_state *list = state;
    if (arguments[0].null)
        return error_set(err, SQLSTATE_NULL_VALUE_NOT_ALLOWED,
                         "cannot accumulate null arrays");
    struct array array = array_open(arguments[0].datum.bytes);
    if (array.dimensions == 0)
        return error_set(err, SQLSTATE_ARRAY_SUBSCRIPT_ERROR,
                         "cannot accumulate empty arrays");
    if (array.dimensions == TYPE_ARRAY_DIMENSIONS_MAX)
        return error_set(err, SQLSTATE_PROGRAM_LIMIT_EXCEEDED,
                         "number of array dimensions (%d) exceeds the maximum allowed "
                         "(%d)",
                         TYPE_ARRAY_DIMENSIONS_MAX + 1, TYPE_ARRAY_DIMENSIONS_MAX);
    if (list->count > 0) {
        struct array first = array_open(list->items[0].datum.bytes);
        if (first.dimensions != array.dimensions ||
            memcmp(first.lengths, array.lengths, sizeof(array.lengths)) != 0)
            return error_set(err, SQLSTATE_ARRAY_SUBSCRIPT_ERROR,
                             "cannot accumulate arrays of different dimensionality");
    }
    struct value item = arguments[0];
    item.datum.bytes = arena_bytes(call->arena, item.datum.bytes);
    list_add(call, list, item);
    return RC_OK;
}

static enum rc nested_final(struct call *call, void *state, struct value *result,
                            struct error *err)
{
    (void)err;
    const struct list_state *list = state;
    result->null = list->count == 0;
    if (result->null)
        return RC_OK;
    struct array shape = array_open(list->items[0].datum.bytes);
    size_t each = shape.count;
    size_t at = 0;
    memmove(shape.lengths + 1, shape.lengths,
            sizeof(shape.lengths) - sizeof(shape.lengths[0]));
    memmove(shape.lowers + 1, shape.lowers,
            sizeof(shape.lowers) - sizeof(shape.lowers[0]));
    shape.dimensions++;
    shape.lengths[0] = (int32_t)list->count;
    shape.lowers[0] = 1;
    shape.count = each * list->count;
    struct value *items = ARENA_ARRAY(call->arena, struct value, shape.count + 1);
    for (size_t i = 0; i < list->count; i++) {
        struct array walk = array_open(list->items[i].datum.bytes);
        while (array_next(&walk, &items[at]))
            at++;
    }
    result->datum.bytes = array_build(call->arena, &shape, items);
    return RC_OK;
}

const struct aggregate aggregate_array_nested = {sizeof(struct list_state), nested_step,
                                                 nested_final};

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
