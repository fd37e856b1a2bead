/* The rows that each row of a partition looks at (manual, chapter 4.2.8). */
#include <math.h>

#include "sql/exec/operator_window.h"
#include "sql/types/cast.h"
#include "sql/types/datetime.h"
#include "sql/types/numeric.h"

/* ---- offsets ---- */

static bool is_negative(const struct window_offset *offset)
{
    union datum datum = offset->value.datum;
    int64_t days = 0;
    int64_t rest = 0;
    switch (offset->type->methods->storage) {
    case TYPE_STORAGE_INT16:
        return datum.int16 < 0;
    case TYPE_STORAGE_INT32:
        return datum.int32 < 0;
    case TYPE_STORAGE_INT64:
        return datum.int64 < 0;
    case TYPE_STORAGE_FLOAT8:
        return isnan(datum.float8) || datum.float8 < 0;
    case TYPE_STORAGE_INTERVAL:
        datetime_interval_span(datum.interval, &days, &rest);
        return days < 0 || (days == 0 && rest < 0);
    default:
        return numeric_is_nan(datum.bytes) || numeric_sign(datum.bytes) < 0;
    }
}

static enum rc one_offset(struct window_scan *state, const struct bound *expression,
                          const char *which, struct window_offset *out, struct error *err)
{
    struct node *node = &state->node;
    out->value.null = true;
    if (expression == NULL)
        return RC_OK;
    out->type = expression->type;
    TRY(evaluate_value(node->execution, node->arena, expression, &out->value, err));
    if (out->value.null)
        return error_set(err, SQLSTATE_NULL_VALUE_NOT_ALLOWED,
                         "frame %s offset must not be null", which);
    bool is_range = node->plan->window.frame.mode == BOUND_FRAME_RANGE;
    if (!is_negative(out)) {
        out->rows = is_range ? 0 : out->value.datum.int64;
        return RC_OK;
    }
    if (is_range)
        return error_set(err, SQLSTATE_INVALID_PRECEDING_OR_FOLLOWING_SIZE,
                         "invalid preceding or following size in window function");
    return error_set(err, SQLSTATE_INVALID_PRECEDING_OR_FOLLOWING_SIZE,
                     "frame %s offset must not be negative", which);
}

enum rc window_offsets(struct window_scan *state, struct error *err)
{
    const struct bound_frame *frame = &state->node.plan->window.frame;
    TRY(one_offset(state, frame->start_offset, "starting", &state->start, err));
    return one_offset(state, frame->end_offset, "ending", &state->end, err);
}

/* ---- in_range(value, base, offset, subtract, less): value <= base -/+ offset, or >=
 * ----
 */

struct range_test {
    struct window_scan *state;
    const struct type *type; /* of the sort key */
    const struct window_offset *offset;
    bool is_start; /* of the frame, not its end */
    bool subtract;
    bool less;
};

static int64_t whole(const struct type *type, union datum datum)
{
    switch (type->methods->storage) {
    case TYPE_STORAGE_INT16:
        return datum.int16;
    case TYPE_STORAGE_INT32:
        return datum.int32;
    default:
        return datum.int64;
    }
}

static bool order_fits(const struct range_test *test, int order)
{
    return test->less ? order <= 0 : order >= 0;
}

/* A sum past the type's bounds is past every value. */
static bool past_bounds(const struct range_test *test)
{
    return test->subtract ? !test->less : test->less;
}

static bool whole_in_range(const struct range_test *test, int64_t value, int64_t base,
                           int64_t offset)
{
    int64_t sum = 0;
    bool overflows = test->subtract ? __builtin_sub_overflow(base, offset, &sum)
                                    : __builtin_add_overflow(base, offset, &sum);
    if (overflows)
        return past_bounds(test);
    return test->less ? value <= sum : value >= sum;
}

static bool real_in_range(const struct range_test *test, double value, double base)
{
    double offset = test->offset->value.datum.float8;
    if (isnan(value))
        return isnan(base) || !test->less;
    if (isnan(base))
        return test->less;
    if (isinf(offset) && isinf(base) && (test->subtract ? base > 0 : base < 0))
        return true;
    double sum = test->subtract ? base - offset : base + offset;
    return test->less ? value <= sum : value >= sum;
}

static enum rc numeric_in_range(const struct range_test *test, struct bytes value,
                                struct bytes base, bool *out, struct error *err)
{
    struct bytes offset = test->offset->value.datum.bytes;
    struct bytes sum = {0};
    if (numeric_is_nan(value) || numeric_is_nan(base)) {
        *out = numeric_is_nan(value) ? numeric_is_nan(base) || !test->less : test->less;
        return RC_OK;
    }
    if (numeric_is_infinite(offset) && numeric_is_infinite(base) &&
        numeric_sign(base) == (test->subtract ? 1 : -1)) {
        *out = true;
        return RC_OK;
    }
    TRY(numeric_compute(test->state->offset_arena,
                        test->subtract ? NUMERIC_SUBTRACT : NUMERIC_ADD, base, offset,
                        &sum, err));
    *out = order_fits(test, numeric_compare(value, sum));
    return RC_OK;
}

/* By the types' own operators: base +/- interval. */
static enum rc time_in_range(const struct range_test *test, union datum value,
                             union datum base, bool *out, struct error *err)
{
    static const uint32_t functions[][3] = {
        {TYPE_TIMESTAMP, 2032, 2033},
        {TYPE_TIMESTAMPTZ, 1189, 1190},
        {TYPE_INTERVAL, 1169, 1170},
    };
    const struct type_context *types = &test->state->evaluator.types;
    const struct type *type = test->type;
    const struct type *interval = type_find_oid(TYPE_INTERVAL);
    if (type->oid == TYPE_DATE) {
        type = type_find_oid(TYPE_TIMESTAMP);
        TRY(cast_value(types, test->type, type, TYPE_TYPMOD_NONE, &value, err));
        TRY(cast_value(types, test->type, type, TYPE_TYPMOD_NONE, &base, err));
    }
    size_t at = 0;
    while (at < ARRAY_COUNT(functions) - 1 && functions[at][0] != type->oid)
        at++;
    const struct type *argument_types[2] = {type, interval};
    struct call call = {.function =
                            function_find_oid(functions[at][test->subtract ? 2 : 1]),
                        .arena = test->state->offset_arena,
                        .types = types,
                        .argument_count = 2,
                        .argument_types = argument_types,
                        .result_type = type};
    struct value arguments[2] = {{.datum = base}, test->offset->value};
    struct value sum = {0};
    TRY(function_evaluate_row(&call, arguments, &sum, err));
    *out = order_fits(test, type_compare(type, value, sum.datum));
    return RC_OK;
}

/* Only the interval's time counts, and midnight is no border. */
static bool clock_in_range(const struct range_test *test, union datum value,
                           union datum base)
{
    int64_t offset = test->offset->value.datum.interval.microseconds;
    if (test->type->oid == TYPE_TIME)
        return whole_in_range(test, value.int64, base.int64, offset);
    union datum sum = base;
    bool overflows = test->subtract
                         ? __builtin_sub_overflow(base.interval.microseconds, offset,
                                                  &sum.interval.microseconds)
                         : __builtin_add_overflow(base.interval.microseconds, offset,
                                                  &sum.interval.microseconds);
    return overflows ? past_bounds(test)
                     : order_fits(test, type_compare(test->type, value, sum));
}

static enum rc in_range(const struct range_test *test, union datum value,
                        union datum base, bool *out, struct error *err)
{
    arena_reset(test->state->offset_arena);
    switch (test->type->oid) {
    case TYPE_INT2:
    case TYPE_INT4:
    case TYPE_INT8:
        *out = whole_in_range(test, whole(test->type, value), whole(test->type, base),
                              whole(test->offset->type, test->offset->value.datum));
        return RC_OK;
    case TYPE_FLOAT4:
        *out = real_in_range(test, (double)value.float4, (double)base.float4);
        return RC_OK;
    case TYPE_FLOAT8:
        *out = real_in_range(test, value.float8, base.float8);
        return RC_OK;
    case TYPE_NUMERIC:
        return numeric_in_range(test, value.bytes, base.bytes, out, err);
    case TYPE_TIME:
    case TYPE_TIMETZ:
        *out = clock_in_range(test, value, base);
        return RC_OK;
    default:
        return time_in_range(test, value, base, out, err);
    }
}

/* ---- bounds ---- */

static struct range_test range_test_of(struct window_scan *state, bool is_start)
{
    const struct plan *plan = state->node.plan;
    const struct plan_sort_key *key = &plan->window.order[0];
    enum bound_frame_end bound =
        is_start ? plan->window.frame.start : plan->window.frame.end;
    return (struct range_test){
        .state = state,
        .type = state->rows.types[key->slot],
        .offset = is_start ? &state->start : &state->end,
        .is_start = is_start,
        .subtract = (bound == BOUND_FRAME_OFFSET_PRECEDING) != key->is_descending,
        .less = is_start == key->is_descending,
    };
}

/* Whether the frame of `row` begins (ends) at or before the row `at`: where one of the
 * keys is NULL, their order alone decides. */
static enum rc range_is_met(struct range_test *test,
                            const struct window_partition *partition, size_t at,
                            size_t row, bool *out, struct error *err)
{
    struct window_scan *state = test->state;
    const struct plan_sort_key *key = &state->node.plan->window.order[0];
    struct value value = window_value(state, partition, at, key->slot);
    struct value base = window_value(state, partition, row, key->slot);
    if (!value.null && !base.null) {
        TRY(in_range(test, value.datum, base.datum, out, err));
        *out = *out == test->is_start;
        return RC_OK;
    }
    if (test->is_start)
        *out = key->nulls_first ? !value.null || base.null : value.null || !base.null;
    else
        *out = key->nulls_first ? !value.null : !base.null;
    return RC_OK;
}

/* Bounds only move on from row to row. */
static enum rc range_bounds(struct window_scan *state,
                            const struct window_partition *partition, bool is_start,
                            struct window_frame *frames, struct error *err)
{
    struct range_test test = range_test_of(state, is_start);
    size_t at = 0;
    for (size_t row = 0; row < partition->count; row++) {
        bool met = false;
        for (; at < partition->count; at++) {
            TRY(range_is_met(&test, partition, at, row, &met, err));
            if (met)
                break;
        }
        TRY(window_work(state, 1, err));
        if (is_start)
            frames[row].start = at;
        else
            frames[row].end = at;
    }
    return RC_OK;
}

/* from - offset and from + offset, kept within 0 .. limit. */
static size_t back(size_t from, int64_t offset)
{
    return (uint64_t)offset > from ? 0 : from - (size_t)offset;
}

static size_t ahead(size_t from, int64_t offset, size_t limit)
{
    return (uint64_t)offset > limit - from ? limit : from + (size_t)offset;
}

static size_t start_of(const struct window_scan *state,
                       const struct window_partition *partition, size_t row)
{
    const struct bound_frame *frame = &state->node.plan->window.frame;
    bool by_rows = frame->mode == BOUND_FRAME_ROWS;
    int64_t offset = state->start.rows;
    size_t group = partition->group[row];
    switch (frame->start) {
    case BOUND_FRAME_UNBOUNDED_PRECEDING:
        return 0;
    case BOUND_FRAME_OFFSET_PRECEDING:
        return by_rows ? back(row, offset) : partition->group_first[back(group, offset)];
    case BOUND_FRAME_CURRENT_ROW:
        return by_rows ? row : partition->peers_first[row];
    case BOUND_FRAME_OFFSET_FOLLOWING:
        return by_rows
                   ? ahead(row, offset, partition->count)
                   : partition->group_first[ahead(group, offset, partition->group_count)];
    case BOUND_FRAME_UNBOUNDED_FOLLOWING:
        break;
    }
    return partition->count;
}

static size_t end_of(const struct window_scan *state,
                     const struct window_partition *partition, size_t row)
{
    const struct bound_frame *frame = &state->node.plan->window.frame;
    bool by_rows = frame->mode == BOUND_FRAME_ROWS;
    int64_t offset = state->end.rows;
    size_t group = partition->group[row];
    switch (frame->end) {
    case BOUND_FRAME_UNBOUNDED_PRECEDING:
        return 0;
    case BOUND_FRAME_OFFSET_PRECEDING:
        return by_rows ? back(row + 1, offset)
                       : partition->group_first[back(group + 1, offset)];
    case BOUND_FRAME_CURRENT_ROW:
        return by_rows ? row + 1 : partition->peers_end[row];
    case BOUND_FRAME_OFFSET_FOLLOWING:
        return by_rows
                   ? ahead(row + 1, offset, partition->count)
                   : partition
                         ->group_first[ahead(group + 1, offset, partition->group_count)];
    case BOUND_FRAME_UNBOUNDED_FOLLOWING:
        break;
    }
    return partition->count;
}

enum rc window_frames(struct window_scan *state, const struct window_partition *partition,
                      struct window_frame *frames, struct error *err)
{
    const struct bound_frame *frame = &state->node.plan->window.frame;
    bool is_range = frame->mode == BOUND_FRAME_RANGE;
    for (size_t row = 0; row < partition->count; row++) {
        frames[row].start = start_of(state, partition, row);
        frames[row].end = end_of(state, partition, row);
    }
    if (is_range && frame->start_offset != NULL)
        TRY(range_bounds(state, partition, true, frames, err));
    if (is_range && frame->end_offset != NULL)
        TRY(range_bounds(state, partition, false, frames, err));
    for (size_t row = 0; row < partition->count; row++) {
        if (frames[row].end < frames[row].start)
            frames[row].end = frames[row].start;
    }
    return RC_OK;
}

bool window_excludes(const struct window_scan *state,
                     const struct window_partition *partition, size_t row, size_t other)
{
    bool is_peer = partition->group[row] == partition->group[other];
    switch (state->node.plan->window.frame.exclusion) {
    case BOUND_EXCLUDE_NONE:
        return false;
    case BOUND_EXCLUDE_CURRENT_ROW:
        return row == other;
    case BOUND_EXCLUDE_GROUP:
        return is_peer;
    case BOUND_EXCLUDE_TIES:
        return is_peer && row != other;
    }
    return false;
}
