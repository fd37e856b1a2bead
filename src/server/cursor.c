/* The arithmetic of FETCH and MOVE. */
#include "server/cursor.h"

static enum rc need_scroll(const struct cursor *cursor, struct error *err)
{
    if (cursor->may_scroll)
        return RC_OK;
    error_set(err, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE,
              "cursor can only scan forward");
    return error_hint(err, "Declare it with SCROLL option to enable backward scan.");
}

static void go_forward(struct cursor *cursor, uint64_t count, struct cursor_range *range)
{
    size_t left = cursor->position > cursor->total ? 0 : cursor->total - cursor->position;

    range->first = cursor->position;
    if (count > left) {
        range->count = left;
        range->ran_out = true;
        cursor->position = cursor->total + 1;
    } else {
        range->count = (size_t)count;
        cursor->position += (size_t)count;
    }
}

static enum rc go_backward(struct cursor *cursor, uint64_t count,
                           struct cursor_range *range, struct error *err)
{
    size_t left = cursor->position == 0 ? 0 : cursor->position - 1;

    TRY(need_scroll(cursor, err));
    range->is_backward = true;
    range->first = left == 0 ? 0 : left - 1;
    if (count > left) {
        range->count = left;
        cursor->position = 0;
    } else {
        range->count = (size_t)count;
        cursor->position -= (size_t)count;
    }
    return RC_OK;
}

/* To row `place` from 1, or past either end. */
static void go_to(struct cursor *cursor, int64_t place, struct cursor_range *range)
{
    if (place < 1) {
        cursor->position = 0;
    } else if ((uint64_t)place > cursor->total) {
        cursor->position = cursor->total + 1;
        range->ran_out = true;
    } else {
        cursor->position = (size_t)place;
        range->first = (size_t)place - 1;
        range->count = 1;
    }
}

static enum rc stay(const struct cursor *cursor, bool is_move, struct cursor_range *range,
                    struct error *err)
{
    if (cursor->position == 0 || cursor->position > cursor->total)
        return RC_OK;
    if (!is_move)
        TRY(need_scroll(cursor, err));
    range->first = cursor->position - 1;
    range->count = 1;
    return RC_OK;
}

static enum rc go_absolute(struct cursor *cursor, int64_t place,
                           struct cursor_range *range, struct error *err)
{
    if (place < 0 ||
        (cursor->position > 0 && (uint64_t)place <= (uint64_t)cursor->position))
        TRY(need_scroll(cursor, err));
    if (place < 0) {
        range->ran_out = true;
        place = place < -(int64_t)cursor->total ? 0 : (int64_t)cursor->total + 1 + place;
    }
    go_to(cursor, place, range);
    return RC_OK;
}

static enum rc go_relative(struct cursor *cursor, int64_t by, bool is_move,
                           struct cursor_range *range, struct error *err)
{
    int64_t position = (int64_t)cursor->position;

    if (by == 0)
        return stay(cursor, is_move, range, err);
    if (by < 0)
        TRY(need_scroll(cursor, err));
    go_to(cursor, by > INT64_MAX - position ? INT64_MAX : position + by, range);
    return RC_OK;
}

/* INT64_MAX stands for ALL; its negative too. */
static enum rc go_along(struct cursor *cursor, int64_t count, bool is_move,
                        struct cursor_range *range, struct error *err)
{
    if (count == 0)
        return stay(cursor, is_move, range, err);
    if (count < 0)
        return go_backward(cursor, (uint64_t) - (count + 1) + 1, range, err);
    go_forward(cursor, (uint64_t)count, range);
    return RC_OK;
}

enum rc cursor_move(struct cursor *cursor, const struct ast_fetch *fetch, bool is_move,
                    struct cursor_range *range_out, struct error *err)
{
    int64_t count = fetch->count;

    *range_out = (struct cursor_range){0};
    switch (fetch->direction) {
    case FETCH_FORWARD:
        return go_along(cursor, count, is_move, range_out, err);
    case FETCH_BACKWARD:
        return go_along(cursor, count == INT64_MIN ? INT64_MAX : -count, is_move,
                        range_out, err);
    case FETCH_ABSOLUTE:
        return go_absolute(cursor, count, range_out, err);
    default:
        return go_relative(cursor, count, is_move, range_out, err);
    }
}
