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
    struct block *block;
    struct expressions calls; /* FUNCTION */
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

enum block_kind { BLOCK_SELECT, BLOCK_VALUES, BLOCK_SET, BLOCK_RECURSIVE };

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
    struct source *aggregation; /* its columns: groups, then calls */
    struct expressions groups;
    struct expressions calls;
    struct expressions having; /* conjuncts */

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
    struct block **inputs; /* SET: two, or more of UNION; RECURSIVE: two */
    size_t input_count;
    uint32_t recursion;
};

/* A BOUND_SUBQUERY of the planner: `block` instead of subquery.query. */
struct subquery_expression {
    struct bound bound;
    struct block *block;
};

/* A WITH query that is planned once. */
struct common {
    struct block *block;
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

/* walk.c: every expression of a block, those of its FROM and set inputs included, but not
 * those within subquery expressions (walk_expression goes into them). A function that
 * returns anything but RC_OK ends the walk. */
typedef enum rc expression_slot(void *argument, const struct bound **slot);
enum rc block_each(struct block *block, expression_slot *function, void *argument);
enum rc tree_each(struct tree *tree, expression_slot *function, void *argument);
/* Every node, subqueries' blocks included; true: it was found. */
typedef bool expression_visit(void *argument, const struct bound *expression);
bool walk_expression(const struct bound *expression, expression_visit *visit,
                     void *argument);
bool walk_block(struct block *block, expression_visit *visit, void *argument);

/* A copy of what changes: `replace` gives the new node, or NULL to go on below it. */
struct mapper {
    struct planner *planner;
    const struct bound *(*replace)(struct mapper *mapper, const struct bound *expression);
    void *argument;
};
enum rc map_expression(struct mapper *mapper, const struct bound **slot) MUST_USE;
enum rc map_block(struct mapper *mapper, struct block *block) MUST_USE;
/* Puts what pulled-up sources have become in the place of their columns. */
enum rc substitute_block(struct planner *planner, struct block *block) MUST_USE;
enum rc substitute_expression(struct planner *planner,
                              const struct bound **slot) MUST_USE;

/* property.c: what can be told from an expression alone. */
bool is_volatile(const struct bound *expression);
bool returns_set(const struct bound *expression);
bool has_set_call(const struct bound *expression); /* also below */
bool has_subquery(const struct bound *expression);
size_t weight_of(const struct bound *expression); /* nodes; subqueries weigh a lot */
bool is_constant_boolean(const struct bound *expression, bool *value_out);
/* `a = b` by an operator whose equality hashes; left and right are of one type then. */
bool is_hashable_equality(struct planner *planner, const struct bound *expression,
                          const struct bound **left_out, const struct bound **right_out,
                          bool *nulls_match_out);
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

/* strict.c: is the condition never true when all columns of the tree are NULL? And: is
 * the value NULL then? */
bool condition_rejects_nulls(const struct planner *planner, const struct block *block,
                             const struct bound *condition, const struct tree *tree);
bool value_is_null_with(const struct planner *planner, const struct block *block,
                        const struct bound *value, const struct tree *tree);

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

#endif
