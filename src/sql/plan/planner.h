#ifndef SQL_PLAN_PLANNER_H
#define SQL_PLAN_PLANNER_H

#include "base/arena.h"
#include "base/error.h"
#include "sql/plan/plan.h"

/* What the files of the planner share. A bound query is first imported into blocks that
 * the rewrites change in place, then a plan is built from them.
 *
 * In a block a BOUND_COLUMN names a `source`, whose number is unique in the statement:
 * column.relation is that number and column.levels is always 0. So expressions and whole
 * subqueries move from block to block without renumbering; a column whose source is not
 * below the operator at hand is an outer reference. */

/* The number of no source. */
#define NO_SOURCE UINT32_MAX

enum {
    PLAN_DEPTH_MAX = 1000 /* nested expressions, queries and joins together */
};

struct block;

/* Expressions, in order; the whole array is replaced when it grows. */
struct expressions {
    const struct bound **items;
    size_t count;
    size_t capacity;
};

enum source_kind {
    SOURCE_SYSTEM,
    SOURCE_TABLE, /* its last column is the row id */
    SOURCE_BLOCK, /* a subquery that has not been pulled up */
    SOURCE_FUNCTION,
    SOURCE_COMMON,  /* a WITH query that is run once */
    SOURCE_WORK,    /* a recursive WITH query's own rows */
    SOURCE_DERIVED, /* what an operator of its block yields: groups, sets, rows */
};

/* Something that has columns. */
struct source {
    enum source_kind kind;
    uint32_t id;
    const char *alias;
    const struct type **types;
    size_t column_count;
    bool *used; /* per column: somebody reads it */

    const struct block *owner; /* the block whose FROM holds it */
    size_t position;           /* place among the leaves of that block's FROM */

    const struct bound **replacements; /* pulled up: what its columns have become */

    const struct system_relation *system;
    const struct table *table;
    struct block *block;
    struct expressions calls; /* FUNCTION */
    const size_t *widths;     /* of the calls, in columns */
    bool with_ordinality;
    struct common *common; /* COMMON */
    uint32_t recursion;    /* WORK */
};

enum tree_kind { TREE_ONE_ROW, TREE_SOURCE, TREE_JOIN };

/* FROM. There is no RIGHT join in it: import turns sides. */
struct tree {
    enum tree_kind kind;
    struct source *source;
    enum plan_join join;
    bool nulls_are_equal_to_all;
    struct tree *left;
    struct tree *right;
    size_t depth;
    struct expressions conditions; /* ON, as conjuncts */
    struct expressions filters;    /* applied to the rows of this tree, as conjuncts */
    size_t first_position;         /* of its leaves: first .. first + count - 1 */
    size_t position_count;
};

/* A window of the block; its calls are among the block's. */
struct block_window {
    struct expressions partition;
    struct expressions order;
    const struct bound_sort *sort;
    struct bound_frame frame;
};

enum block_kind {
    BLOCK_SELECT,
    BLOCK_VALUES,
    BLOCK_SET,
    BLOCK_RECURSIVE,
    BLOCK_MODIFY, /* input: the source */
};

struct block {
    enum block_kind kind;
    const struct type **types; /* of the visible columns */
    size_t column_count;

    struct tree *tree;
    struct expressions where; /* conjuncts; distributed over the tree later */
    bool is_empty;            /* WHERE false */

    struct expressions targets; /* visible ones first; over SOURCE_DERIVED `rows` for
                                   VALUES and SET */
    struct source *rows;

    bool is_grouped;
    struct source *aggregation; /* its columns: groups, the number of the grouping set
                                   when there are several, then calls */
    struct expressions groups;
    struct expressions calls;
    struct expressions having; /* conjuncts */
    const struct bound_grouping_set *grouping_sets;
    size_t grouping_set_count;

    struct block_window *windows;
    size_t window_count;
    struct source *windowing; /* its columns: the calls */
    struct expressions window_calls;

    struct plan_lock *locks; /* slots are places of hidden targets */
    size_t lock_count;

    bool is_distinct;
    uint32_t *distinct_on;
    size_t distinct_on_count;
    const struct bound_sort *order;
    size_t order_count;
    const struct bound *limit;
    const struct bound *offset;
    bool with_ties;

    const struct bound ***value_rows;
    size_t value_row_count;

    enum bound_set_operation operation; /* SET */
    bool is_all;
    struct block **inputs; /* SET: two, or more of UNION; RECURSIVE: two; MODIFY: one */
    size_t input_count;
    uint32_t recursion;

    const struct bound_modify *modify; /* MODIFY */
    struct source *conflict_rows;      /* of ON CONFLICT: the row there, and "excluded" */
    struct expressions conflict;       /* its assignments, then its WHERE */
};

/* A BOUND_SUBQUERY of the planner: `block` instead of subquery.query. */
struct subquery_expression {
    struct bound bound;
    struct block *block;
};

/* A WITH query that is planned once. */
struct common {
    struct block *block;
    bool is_modify;
    bool is_built;
    uint32_t number; /* once built */
    double rows;
};

struct planner {
    struct arena *arena;
    struct error *err;
    size_t depth;
    struct source **sources;
    size_t source_count;
    size_t source_capacity;
    const struct plan **commons;
    bool *must_finish; /* per common */
    size_t must_finish_room;
    struct common **modifying; /* of WITH: run whether or not somebody reads them */
    size_t modifying_count;
    size_t modifying_room;
    bool has_locks;
    size_t common_count;
    size_t common_capacity;
    uint32_t outer_count;
    uint32_t recursive_count;
    const struct bound_query *recursion; /* its two parts must stay two */
};

/* planner.c: the depth guard, and parts. */
enum rc planner_enter(struct planner *planner) MUST_USE;
static inline void planner_leave(struct planner *planner)
{
    planner->depth--;
}
enum rc planner_too_deep(struct planner *planner) MUST_USE;
struct source *source_new(struct planner *planner, enum source_kind kind,
                          const char *alias, size_t column_count);
/* Doubles an array that is full; `items` may be NULL. */
void *planner_grow(struct arena *arena, void *items, size_t count, size_t *capacity,
                   size_t size);
void expressions_add(struct planner *planner, struct expressions *list,
                     const struct bound *expression);
void expressions_append(struct planner *planner, struct expressions *list,
                        const struct expressions *more);
const struct bound *column_of(struct planner *planner, const struct source *source,
                              uint32_t column);
const struct bound *constant_null(struct planner *planner, const struct type *type);
/* The tree's depth, from its children. */
void tree_measure(struct tree *tree);

/* import.c */
enum rc import_query(struct planner *planner, const struct bound_query *query,
                     struct block **block_out) MUST_USE;

/* How many columns of the aggregation come before those of its calls. */
static inline size_t block_call_column(const struct block *block)
{
    return block->groups.count + (block->grouping_set_count != 0 ? 1 : 0);
}

/* The leaves of the block's FROM that an expression reads. */
struct span {
    size_t first;
    size_t last;
    bool is_empty; /* none of them */
    bool has_outer;
};
struct span span_of(const struct planner *planner, const struct block *block,
                    const struct bound *expression);
bool span_is_within(struct span span, const struct tree *tree);
bool span_touches(const struct planner *planner, const struct block *block,
                  const struct bound *expression, const struct tree *tree);

/* The rewrites, a file for each; all work in place. */
void flatten_and(struct planner *planner, const struct bound *condition,
                 struct expressions *list);
/* Takes conjuncts true out; true: one is false. */
bool conjuncts_fold(struct expressions *list);
void number_tree(struct block *block); /* owners and positions of the leaves */
enum rc unnest_subqueries(struct planner *planner, struct block *block) MUST_USE;
enum rc pull_up(struct planner *planner, struct block *block) MUST_USE;
bool block_is_simple(const struct block *block);
void reduce_outer_joins(struct planner *planner, struct block *block);
enum rc push_down(struct planner *planner, struct block *block) MUST_USE;
void mark_used(struct planner *planner, struct block *block, const bool *needed);

#include "sql/plan/planner_walk.h"

#endif
