/* Window functions, and aggregates over frames (manual, chapter 9.22). */
#include "sql/exec/operator_window.h"

/* pg_proc's OIDs of the window functions. */
enum window_oid {
    WINDOW_ROW_NUMBER = 3100,
    WINDOW_RANK,
    WINDOW_DENSE_RANK,
    WINDOW_PERCENT_RANK,
    WINDOW_CUME_DIST,
    WINDOW_NTILE,
    WINDOW_LAG,
    WINDOW_LAG_OFFSET,
    WINDOW_LAG_DEFAULT,
    WINDOW_LEAD,
    WINDOW_LEAD_OFFSET,
    WINDOW_LEAD_DEFAULT,
    WINDOW_FIRST_VALUE,
    WINDOW_LAST_VALUE,
    WINDOW_NTH_VALUE,
};

/* One call over one partition. */
struct run {
    struct window_scan *state;
    struct window_call *call;
    const struct window_partition *partition;
    const struct window_frame *frames;
};

static struct value argument(const struct run *run, size_t row, size_t at)
{
    return window_value(run->state, run->partition, row, run->call->arguments + at);
}

static void give(const struct run *run, size_t row, struct value value)
{
    struct row_store *rows = &run->state->rows;
    union datum *stored = rows->rows[run->partition->first + row];
    row_nulls(rows, stored)[run->call->result] = 0;
    row_store_set(rows, stored, run->call->result, value);
}

static struct value whole(int64_t number)
{
    return (struct value){.datum.int64 = number};
}

static struct value real(double number)
{
    return (struct value){.datum.float8 = number};
}

static struct value ranked(const struct run *run, uint32_t oid, size_t row)
{
    const struct window_partition *partition = run->partition;
    size_t before = partition->peers_first[row];
    switch (oid) {
    case WINDOW_ROW_NUMBER:
        return whole((int64_t)row + 1);
    case WINDOW_RANK:
        return whole((int64_t)before + 1);
    case WINDOW_DENSE_RANK:
        return whole((int64_t)partition->group[row] + 1);
    case WINDOW_PERCENT_RANK:
        return real(
            partition->count <= 1 ? 0 : (double)before / (double)(partition->count - 1));
    default: /* cume_dist */
        return real((double)partition->peers_end[row] / (double)partition->count);
    }
}

/* Buckets of equal size, the first ones a row larger where it does not come out even. The
 * number of them is that of the first row that has one. */
static enum rc ntile(const struct run *run, struct error *err)
{
    size_t count = run->partition->count;
    size_t begun = 0;
    while (begun < count && argument(run, begun, 0).null)
        begun++;
    if (begun == count)
        return RC_OK;
    int32_t buckets = argument(run, begun, 0).datum.int32;
    if (buckets <= 0)
        return error_set(err, SQLSTATE_INVALID_ARGUMENT_FOR_NTILE,
                         "argument of ntile must be greater than zero");
    size_t size = count / (size_t)buckets;
    size_t larger = size == 0 ? 0 : count % (size_t)buckets;
    if (size == 0)
        size = 1;
    size_t split = larger * (size + 1);
    for (size_t row = begun; row < count; row++) {
        size_t at = row - begun;
        size_t bucket = at < split ? at / (size + 1) : larger + (at - split) / size;
        give(run, row, (struct value){.datum.int32 = (int32_t)bucket + 1});
    }
    return RC_OK;
}

static void shifted(const struct run *run, uint32_t oid, size_t row)
{
    bool is_lead = oid >= WINDOW_LEAD;
    uint32_t form = oid - (is_lead ? WINDOW_LEAD : WINDOW_LAG);
    int64_t offset = 1;
    if (form >= 1) {
        struct value given = argument(run, row, 1);
        if (given.null)
            return;
        offset = given.datum.int32;
    }
    int64_t at = (int64_t)row + (is_lead ? offset : -offset);
    if (at >= 0 && at < (int64_t)run->partition->count)
        give(run, row, argument(run, (size_t)at, 0));
    else if (form == 2)
        give(run, row, argument(run, row, 2));
}

/* The n-th row of the frame from its start, or from its end when `n` is below 0. */
static bool row_of_frame(const struct run *run, size_t row, int64_t n, size_t *out)
{
    struct window_frame frame = run->frames[row];
    for (size_t i = frame.start; i < frame.end; i++) {
        size_t at = n > 0 ? i : frame.end - 1 - (i - frame.start);
        if (window_excludes(run->state, run->partition, row, at))
            continue;
        if (n == 1 || n == -1) {
            *out = at;
            return true;
        }
        n -= n > 0 ? 1 : -1;
    }
    return false;
}

static enum rc of_frame(const struct run *run, uint32_t oid, size_t row,
                        struct error *err)
{
    struct window_frame frame = run->frames[row];
    int64_t n = oid == WINDOW_LAST_VALUE ? -1 : 1;
    size_t at = 0;
    if (oid == WINDOW_NTH_VALUE) {
        struct value given = argument(run, row, 1);
        if (given.null)
            return RC_OK;
        n = given.datum.int32;
        if (n <= 0)
            return error_set(err, SQLSTATE_INVALID_ARGUMENT_FOR_NTH_VALUE,
                             "argument of nth_value must be greater than zero");
    }
    bool found = false;
    if (run->state->node.plan->window.frame.exclusion != BOUND_EXCLUDE_NONE) {
        TRY(window_work(run->state, frame.end - frame.start, err));
        found = row_of_frame(run, row, n, &at);
    } else if (n <= (int64_t)(frame.end - frame.start) && frame.end > frame.start) {
        found = true;
        at = n > 0 ? frame.start + (size_t)(n - 1) : frame.end - 1;
    }
    if (found)
        give(run, row, argument(run, at, 0));
    return RC_OK;
}

static enum rc plain_function(const struct run *run, struct error *err)
{
    uint32_t oid = run->call->bound->window.function->oid;
    if (oid == WINDOW_NTILE)
        return ntile(run, err);
    for (size_t row = 0; row < run->partition->count; row++) {
        TRY(window_work(run->state, 1, err));
        if (oid >= WINDOW_FIRST_VALUE)
            TRY(of_frame(run, oid, row, err));
        else if (oid >= WINDOW_LAG)
            shifted(run, oid, row);
        else
            give(run, row, ranked(run, oid, row));
    }
    return RC_OK;
}

/* ---- aggregates ---- */

struct accumulation {
    const struct run *run;
    const struct aggregate *aggregate;
    void *state;
    struct value *values; /* of one row's arguments */
    struct window_frame done;
    bool is_open;
};

static void start_again(struct accumulation *at, size_t start)
{
    struct window_call *call = at->run->call;
    struct arena *arena = at->run->state->state_arena;
    arena_reset(arena);
    call->call.memory = NULL;
    at->state = arena_alloc(arena, at->aggregate->state_size, 1, alignof(max_align_t));
    at->values = ARENA_ARRAY(arena, struct value, call->call.argument_count + 1);
    at->done = (struct window_frame){start, start};
    at->is_open = true;
}

static enum rc add_row(struct accumulation *at, size_t row, struct error *err)
{
    const struct run *run = at->run;
    const struct window_call *call = run->call;
    if (call->filter != 0) {
        struct value holds = window_value(run->state, run->partition, row, call->filter);
        if (holds.null || !holds.datum.boolean)
            return RC_OK;
    }
    for (size_t i = 0; i < call->call.argument_count; i++) {
        at->values[i] = argument(run, row, i);
        if (at->values[i].null && call->call.function->strict)
            return RC_OK;
    }
    return at->aggregate->step(&run->call->call, at->state, at->values, err);
}

static bool excludes_any(const struct run *run)
{
    return run->state->node.plan->window.frame.exclusion != BOUND_EXCLUDE_NONE;
}

/* A frame that only grows at its end goes on with what was summed up for the row before;
 * any other is summed up anew. */
static enum rc accumulate(struct accumulation *at, size_t row, struct error *err)
{
    const struct run *run = at->run;
    struct window_frame frame = run->frames[row];
    bool excludes = excludes_any(run);
    if (!at->is_open || excludes || frame.start != at->done.start ||
        frame.end < at->done.end)
        start_again(at, frame.start);
    TRY(window_work(run->state, frame.end - at->done.end + 1, err));
    for (size_t i = at->done.end; i < frame.end; i++) {
        if (excludes && window_excludes(run->state, run->partition, row, i))
            continue;
        TRY(add_row(at, i, err));
    }
    at->done.end = frame.end;
    return RC_OK;
}

static enum rc aggregate_function(const struct run *run, struct error *err)
{
    struct accumulation at = {.run = run,
                              .aggregate = run->call->call.function->run.aggregate};
    for (size_t row = 0; row < run->partition->count; row++) {
        struct window_frame frame = run->frames[row];
        bool same = row > 0 && !excludes_any(run) &&
                    frame.start == run->frames[row - 1].start &&
                    frame.end == run->frames[row - 1].end;
        struct value result = {0};
        if (same) {
            give(run, row,
                 window_value(run->state, run->partition, row - 1, run->call->result));
            continue;
        }
        TRY(accumulate(&at, row, err));
        TRY(at.aggregate->final(&run->call->call, at.state, &result, err));
        give(run, row, result);
    }
    return RC_OK;
}

enum rc window_function(struct window_scan *state, struct window_call *call,
                        const struct window_partition *partition,
                        const struct window_frame *frames, struct error *err)
{
    const struct run run = {state, call, partition, frames};
    return call->bound->window.function->kind == FUNCTION_WINDOW
               ? plain_function(&run, err)
               : aggregate_function(&run, err);
}
