#ifndef SQL_PLAN_PLANNER_WALK_H
#define SQL_PLAN_PLANNER_WALK_H

#include "sql/plan/planner.h"

/* The part of planner.h that is about walks over expressions and blocks, and
 * what they find out. */

/* walk.c: every expression of a block, those of its FROM and set inputs included, but not
 * those within subquery expressions (walk_expression goes into them). A function that
 * returns anything but RC_OK ends the walk. */
typedef enum rc expression_slot(void *argument, const struct bound **slot);
enum rc block_each(struct block *block, expression_slot *function, void *argument);
enum rc windows_each(struct block *block, expression_slot *function, void *argument);
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

/* strict.c: is the condition never true when all columns of the tree are NULL? And: is
 * the value NULL then? */
bool condition_rejects_nulls(const struct planner *planner, const struct block *block,
                             const struct bound *condition, const struct tree *tree);
bool value_is_null_with(const struct planner *planner, const struct block *block,
                        const struct bound *value, const struct tree *tree);

#endif
