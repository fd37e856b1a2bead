#ifndef SQL_PLAN_IMPORT_H
#define SQL_PLAN_IMPORT_H

#include "sql/plan/planner.h"

/* What the import of queries and that of expressions share. */

/* One WITH query of a scope. */
struct import_common {
    struct common *shared; /* once it is to be run once */
    bool is_open;          /* its recursive part is being read */
    uint32_t recursion;
};

/* One query on the way down: levels count in these. */
struct import_scope {
    struct import_scope *parent;
    const struct bound_query *query;
    struct block *block;
    uint32_t *ids;        /* of the range table's entries */
    bool is_above_groups; /* columns are those of the aggregation */
    struct import_common *commons;
};

struct import_scope *import_scope_out(struct import_scope *scope, uint32_t levels);
enum rc import_subquery(struct planner *planner, struct import_scope *scope,
                        const struct bound_query *query,
                        struct block **block_out) MUST_USE;
enum rc import_expression(struct planner *planner, struct import_scope *scope,
                          const struct bound *expression,
                          const struct bound **out) MUST_USE;
struct tree *tree_one_row(struct planner *planner);

/* import_modify.c */
enum rc import_modify(struct planner *planner, struct import_scope *scope) MUST_USE;
/* FOR UPDATE: the row ids become hidden targets. */
void import_locks(struct planner *planner, struct import_scope *scope);
void common_must_finish(struct planner *planner, struct common *common);

#endif
