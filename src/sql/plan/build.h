#ifndef SQL_PLAN_BUILD_H
#define SQL_PLAN_BUILD_H

#include "sql/plan/planner.h"

/* From blocks to plans. A layout says which column of which source each slot holds; what
 * is in no layout at hand is an outer reference, bound at the border of the subplan or
 * lateral join, and passed on border by border. */

struct layout_item {
    uint32_t source;
    uint32_t column;
};

struct layout {
    struct layout_item *items;
    size_t count;
};

/* One border: outside of it `layout` holds the columns. */
struct border {
    struct border *outer;
    const struct layout *layout;
    struct plan_bindings bindings;
    struct layout_item *bound; /* what each binding stands for */
    size_t capacity;
    size_t bound_capacity;
};

struct built {
    struct plan *plan;
    struct layout layout;
};

/* build_plan.c: the parts of plans. */
struct plan *plan_new(struct planner *planner, enum plan_kind kind, size_t column_count);
/* A plan over one input, with its columns; the caller fills the rest. */
struct plan *plan_over(struct planner *planner, enum plan_kind kind,
                       const struct plan *input);
void plan_add_input(struct planner *planner, struct plan *plan, const struct plan *input);
struct layout layout_new(struct planner *planner, size_t count);
struct layout layout_concat(struct planner *planner, const struct layout *left,
                            const struct layout *right);
/* SIZE_MAX: it is not there. */
size_t layout_find(const struct layout *layout, uint32_t source, uint32_t column);
const struct bound *slot_of(struct planner *planner, const struct type *type,
                            size_t slot);
const struct bound *conjunction(struct planner *planner, const struct expressions *list);
enum rc build_filter(struct planner *planner, struct border *border, struct built *built,
                     const struct expressions *conjuncts) MUST_USE;
enum rc build_project(struct planner *planner, struct border *border, struct built *built,
                      const struct expressions *expressions) MUST_USE;

/* translate.c: BOUND_COLUMN to BOUND_SLOT or BOUND_OUTER, subqueries to subplans. */
enum rc translate(struct planner *planner, const struct layout *layout,
                  struct border *border, const struct bound *expression,
                  const struct bound **out) MUST_USE;
enum rc translate_list(struct planner *planner, const struct layout *layout,
                       struct border *border, const struct expressions *list,
                       const struct bound ***out) MUST_USE;

/* build.c: `needed` tells which visible columns the plan yields, in order; NULL: all. */
enum rc build_block(struct planner *planner, struct block *block, struct border *border,
                    const bool *needed, struct plan **plan_out) MUST_USE;

/* build_rows.c: the operators above FROM. */
enum rc build_groups(struct planner *planner, struct block *block, struct border *border,
                     struct built *built) MUST_USE;
/* build_window.c */
enum rc build_windows(struct planner *planner, struct block *block, struct border *border,
                      struct built *built) MUST_USE;
enum rc build_sets(struct planner *planner, struct border *border, struct built *built,
                   struct expressions *targets) MUST_USE;
void build_order(struct planner *planner, const struct block *block, struct built *built);
enum rc build_limit(struct planner *planner, const struct block *block,
                    struct border *border, struct built *built) MUST_USE;

/* build_set.c: VALUES, UNION and kin, WITH RECURSIVE; `needed` of the rows' columns. */
enum rc build_rows(struct planner *planner, struct block *block, struct border *border,
                   struct built *built) MUST_USE;

/* build_modify.c */
enum rc build_modify(struct planner *planner, struct block *block, struct border *border,
                     struct built *built) MUST_USE;
/* The rows that come out are locked: below LIMIT. */
void build_locks(struct planner *planner, const struct block *block, struct built *built);
/* Plans the statements in WITH that nobody has read. */
enum rc build_modifying(struct planner *planner) MUST_USE;

/* build_tree.c: FROM. */
struct tree_build {
    struct planner *planner;
    struct block *block;
};
enum rc build_tree(struct tree_build *build, struct tree *tree, struct border *border,
                   struct built *built) MUST_USE;
enum rc build_source(struct tree_build *build, struct tree *tree, struct border *border,
                     struct built *built) MUST_USE;
enum rc build_common(struct planner *planner, struct common *common) MUST_USE;
/* build_table.c: a user's table, by the index that its filters suit best. */
enum rc build_table(struct tree_build *build, struct tree *tree, struct border *border,
                    struct built *built) MUST_USE;
/* The rows that an index would give for a table joined by these conditions to what
 * `layout` holds; a negative number: none is of use. */
double build_table_rows(struct tree_build *build, struct tree *tree,
                        const struct expressions *conditions,
                        const struct layout *layout);
/* build_join.c */
enum rc build_join(struct tree_build *build, struct tree *tree, struct border *border,
                   struct built *built) MUST_USE;
/* Joins what is built with a tree to be built: `join` has kind and conditions. */
enum rc join_built(struct tree_build *build, const struct tree *join,
                   struct border *border, struct built *left,
                   struct built *right) MUST_USE;
bool tree_is_lateral(struct tree_build *build, struct tree *tree);
/* build_order.c: a chain of inner joins in an order of its own. */
enum rc build_chain(struct tree_build *build, struct tree *tree, struct border *border,
                    struct built *built) MUST_USE;

/* estimate.c */
double estimate_relation(const struct system_relation *relation);
double estimate_condition(struct planner *planner, const struct bound *conjunct);
double estimate_conditions(struct planner *planner, const struct expressions *list);
void estimate_join(struct plan *plan);

#endif
