/* Set-returning functions (manual, chapter 9.25). */
#include "sql/functions/implementation.h"
#include "sql/types/array.h"
#include "sql/types/datetime.h"
#include "sql/types/numeric.h"
#include "sql/types/record.h"

struct series_state {
    bool started;
    bool ended;
    int64_t next;
};

static enum rc series_next(struct call *call, void *state, const struct value *arguments,
                           struct value *result, struct error *err)
{
    struct series_state *series = state;
    const struct type *type = call->argument_types[0];
    int64_t step =
        call->argument_count > 2 ? implementation_whole(type, arguments[2].datum) : 1;
    int64_t stop = implementation_whole(type, arguments[1].datum);
    if (step == 0)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "step size cannot equal zero");
    if (!series->started)
        series->next = implementation_whole(type, arguments[0].datum);
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

struct series_numeric_state {
    bool started;
    struct bytes next;
};

/* NaN and infinity have no steps. */
static enum rc check_series(const struct value *arguments, size_t count,
                            struct error *err)
{
    static const char *const names[] = {"start", "stop", "step size"};
    for (size_t i = 0; i < count; i++) {
        struct bytes number = arguments[i].datum.bytes;
        const char *what = numeric_is_nan(number)        ? "NaN"
                           : numeric_is_infinite(number) ? "infinity"
                                                         : NULL;
        if (what != NULL)
            return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                             i < 2 ? "%s value cannot be %s" : "%s cannot be %s",
                             names[i], what);
    }
    if (count > 2 && numeric_sign(arguments[2].datum.bytes) == 0)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "step size cannot equal zero");
    return RC_OK;
}

static enum rc series_numeric_next(struct call *call, void *state,
                                   const struct value *arguments, struct value *result,
                                   struct error *err)
{
    struct series_numeric_state *series = state;
    struct bytes step = call->argument_count > 2 ? arguments[2].datum.bytes
                                                 : numeric_from_int64(call->arena, 1);
    if (!series->started) {
        TRY(check_series(arguments, call->argument_count, err));
        series->next = arguments[0].datum.bytes;
    }
    series->started = true;
    if (numeric_compare(series->next, arguments[1].datum.bytes) * numeric_sign(step) > 0)
        return RC_EOF;
    *result = (struct value){0};
    result->datum.bytes = series->next;
    return numeric_compute(call->arena, NUMERIC_ADD, series->next, step, &series->next,
                           err);
}

const struct set_function set_series_numeric = {sizeof(struct series_numeric_state),
                                                series_numeric_next};

struct series_time_state {
    bool started;
    int64_t next;
};

static int sign_of(struct datum_interval interval)
{
    int64_t days = 0;
    int64_t rest = 0;
    datetime_interval_span(interval, &days, &rest);
    if (days == 0 && rest == 0)
        return 0;
    return days < 0 ? -1 : 1;
}

static enum rc series_time_next(struct call *call, void *state,
                                const struct value *arguments, struct value *result,
                                struct error *err)
{
    struct series_time_state *series = state;
    struct datum_interval step = arguments[2].datum.interval;
    int sign = sign_of(step);
    int64_t stop = arguments[1].datum.int64;
    if (sign == 0)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "step size cannot equal zero");
    if (!series->started)
        series->next = arguments[0].datum.int64;
    series->started = true;
    if (sign > 0 ? series->next > stop : series->next < stop)
        return RC_EOF;
    *result = (struct value){0};
    result->datum.int64 = series->next;
    if (call->result_type->oid == TYPE_TIMESTAMPTZ)
        return datetime_shift_zoned(call->types, series->next, step, &series->next, err);
    return datetime_shift(series->next, step, &series->next, err);
}

const struct set_function set_series_time = {sizeof(struct series_time_state),
                                             series_time_next};

/* generate_subscripts(array, dimension [, descending]) */
static enum rc subscripts_next(struct call *call, void *state,
                               const struct value *arguments, struct value *result,
                               struct error *err)
{
    (void)err;
    struct series_state *series = state;
    struct array array = array_open(arguments[0].datum.bytes);
    int32_t number = arguments[1].datum.int32;
    bool descending = call->argument_count > 2 && arguments[2].datum.boolean;
    if (number < 1 || number > (int32_t)array.dimensions ||
        series->next >= array.lengths[number - 1])
        return RC_EOF;
    int32_t low = array.lowers[number - 1];
    int32_t at = (int32_t)series->next++;
    *result = (struct value){0};
    result->datum.int32 =
        descending ? low + array.lengths[number - 1] - 1 - at : low + at;
    return RC_OK;
}

const struct set_function set_generate_subscripts = {sizeof(struct series_state),
                                                     subscripts_next};

/* Sets that are always empty here: there are no partitions and nobody listens. */
static enum rc nothing_next(struct call *call, void *state, const struct value *arguments,
                            struct value *result, struct error *err)
{
    (void)call;
    (void)state;
    (void)arguments;
    (void)result;
    (void)err;
    return RC_EOF;
}

const struct set_function set_nothing = {sizeof(struct series_state), nothing_next};

struct pieces_state {
    bool started;
    struct array array;
};

/* string_to_table: the items of string_to_array(). */
static enum rc pieces_next(struct call *call, void *state, const struct value *arguments,
                           struct value *result, struct error *err)
{
    struct pieces_state *pieces = state;
    if (!pieces->started) {
        struct value array = {0};
        TRY(function_string_to_array(call, arguments, &array, err));
        if (array.null)
            return RC_EOF;
        pieces->array = array_open(array.datum.bytes);
    }
    pieces->started = true;
    return array_next(&pieces->array, result) ? RC_OK : RC_EOF;
}

const struct set_function set_string_to_table = {sizeof(struct pieces_state),
                                                 pieces_next};

struct expand_state {
    bool started;
    struct array array;
    int32_t count;
};

/* information_schema._pg_expandarray(): items with their numbers from 1. */
static enum rc expand_next(struct call *call, void *state, const struct value *arguments,
                           struct value *result, struct error *err)
{
    struct expand_state *expand = state;
    struct value fields[2] = {{.null = false}, {.null = false}};
    (void)err;
    if (!expand->started)
        expand->array = array_open(arguments[0].datum.bytes);
    expand->started = true;
    if (!array_next(&expand->array, &fields[0]))
        return RC_EOF;
    fields[1].datum.int32 = ++expand->count;
    const struct type *types[2] = {expand->array.element, type_find_oid(TYPE_INT4)};
    *result = (struct value){0};
    result->datum.bytes = record_build(call->arena, types, fields, 2);
    return RC_OK;
}

const struct set_function set_expand_array = {sizeof(struct expand_state), expand_next};
