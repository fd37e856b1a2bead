#ifndef SQL_EXEC_OPERATOR_JOIN_H
#define SQL_EXEC_OPERATOR_JOIN_H

#include "sql/exec/execute_internal.h"

/* What the joins share. A join makes pairs of a left row and a right row; after the last
 * pair of each left row stands an end. Pairs are then tried against the condition, in
 * order, and each gives a row or none as the kind of join says. */

struct join_pair {
    uint16_t left;
    size_t right; /* a row of the store; ROW_NONE: the end of this left row */
};

struct join {
    enum plan_join kind;
    const struct plan *plan;
    size_t left_count;  /* columns */
    size_t right_count; /* columns; the right store may have more behind them */
    struct batch left;
    bool *matched; /* by left row */
    struct row_store *right;
    uint8_t *right_matched;  /* by right row, RIGHT and FULL */
    size_t right_at;         /* of the right rows without a partner */
    struct join_pair *pairs; /* VECTOR_ROWS_MAX of them */
    size_t pair_count;
};

void join_init(struct join *join, const struct node *node);

/* The next batch of the left input; RC_EOF. `arena` lives as long as that batch. */
enum rc join_left_next(struct join *join, struct node *node, size_t room,
                       struct arena *arena, struct error *err) MUST_USE;

/* Whether pairs of this left row can still matter. */
bool join_wants(const struct join *join, size_t left);

/* Tries the pairs and empties their list. The batch may stay without rows. */
enum rc join_emit(struct join *join, struct node *node, struct batch *batch_out,
                  struct error *err) MUST_USE;

/* RIGHT and FULL, at the end: right rows without a partner; RC_EOF. */
enum rc join_rest(struct join *join, struct node *node, size_t room,
                  struct batch *batch_out, struct error *err) MUST_USE;

#endif
