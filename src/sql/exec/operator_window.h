#ifndef SQL_EXEC_OPERATOR_WINDOW_H
#define SQL_EXEC_OPERATOR_WINDOW_H

#include "sql/exec/execute_internal.h"

/* Shared by the files of WINDOW. Rows of the store: the input's columns, the results,
 * then what the calls read (arguments, then the filter as a boolean). */

/* One partition, numbered from 0. */
struct window_partition {
    size_t first; /* row of the store */
    size_t count;
    size_t *peers_first; /* by row: the first of those that sort alike */
    size_t *peers_end;   /* and the one behind the last of them */
    size_t *group;       /* by row: number of its peers' group */
    size_t *group_first; /* by group; group_count of them, and one behind the last */
    size_t group_count;
};

/* Rows start .. end-1 of the partition. */
struct window_frame {
    size_t start;
    size_t end;
};

struct window_offset {
    const struct type *type;
    struct value value; /* NULL: there is none */
    int64_t rows;       /* ROWS, GROUPS */
};

struct window_call {
    const struct bound *bound;
    struct call call;
    size_t arguments; /* column of the first */
    size_t filter;    /* column; 0: none */
    size_t result;    /* column */
};

struct window_scan {
    struct node node;
    struct evaluator evaluator;
    struct row_store rows;
    struct window_call *calls;
    struct arena *state_arena;  /* of one aggregate's state */
    struct arena *offset_arena; /* of one comparison with an offset */
    struct window_offset start;
    struct window_offset end;
    size_t work; /* rows looked at since the limits were */
    size_t at;
    bool is_done;
};

static inline struct value window_value(const struct window_scan *state,
                                        const struct window_partition *partition,
                                        size_t row, size_t column)
{
    return row_value(&state->rows, partition->first + row, column);
}

/* 22004 and 22013 for offsets that are NULL or below 0. */
enum rc window_offsets(struct window_scan *state, struct error *err) MUST_USE;

/* The frames of all rows of a partition. */
enum rc window_frames(struct window_scan *state, const struct window_partition *partition,
                      struct window_frame *frames, struct error *err) MUST_USE;

/* Whether EXCLUDE takes row `other` out of the frame of `row`. */
bool window_excludes(const struct window_scan *state,
                     const struct window_partition *partition, size_t row, size_t other);

/* Computes a call for all rows of a partition into its result column. */
enum rc window_function(struct window_scan *state, struct window_call *call,
                        const struct window_partition *partition,
                        const struct window_frame *frames, struct error *err) MUST_USE;

/* Looks at the limits after enough rows. */
enum rc window_work(struct window_scan *state, size_t rows, struct error *err) MUST_USE;

#endif
