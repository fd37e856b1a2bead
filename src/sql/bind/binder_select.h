#ifndef SQL_BIND_BINDER_SELECT_H
#define SQL_BIND_BINDER_SELECT_H

#include "sql/bind/binder.h"

/* The part of binder.h that is about the clauses of SELECT. */

/* the parts of SELECT (target.c, group.c, order.c) */
uint32_t target_add(struct binder *binder, struct scope *scope,
                    const struct bound *bound);
enum rc target_list(struct binder *binder, struct scope *scope,
                    const struct ast_target_list *list);
/* Where an expression of ORDER BY, GROUP BY or DISTINCT ON stands among the targets:
 * by ordinal, output name or equality. The scope's clause tells which of them it is. */
struct target_place {
    bool is_found;
    uint32_t target;           /* when it is found */
    const struct bound *bound; /* always */
};
enum rc target_find(struct binder *binder, struct scope *scope,
                    const struct ast_expression *expression, struct target_place *out);
/* The same, adding it behind the visible ones when it is not there. */
enum rc target_find_or_add(struct binder *binder, struct scope *scope,
                           const struct ast_expression *expression, uint32_t *target_out);
const char *target_name(const struct ast_expression *expression,
                        const struct bound *bound);
enum rc group_bind(struct binder *binder, struct scope *scope,
                   const struct ast_select *select);
/* One expression of GROUP BY, in the clause's scope. */
enum rc group_expression(struct binder *binder, struct scope *scope,
                         const struct ast_expression *expression, uint32_t *group_out);
/* group_set.c: the groups, and the sets of them when there are several. */
enum rc group_sets(struct binder *binder, struct scope *scope,
                   const struct ast_select *select);
bool group_is_in_set(const struct bound_grouping_set *set, uint32_t group);
struct bound_grouping_set group_set_with(struct binder *binder,
                                         const struct bound_grouping_set *set,
                                         uint32_t group);
/* The arguments of each GROUPING(...), once the groups are known. */
enum rc grouping_resolve(struct binder *binder, struct scope *scope);
enum rc group_check(struct binder *binder, struct scope *scope);
enum rc order_bind(struct binder *binder, struct scope *scope,
                   const struct ast_sort_list *list);
enum rc order_item(struct binder *binder, const struct ast_sort_item *item,
                   const struct type *type, struct bound_sort *out);
enum rc order_distinct(struct binder *binder, struct scope *scope,
                       const struct ast_query *query);
enum rc order_check_equality(struct binder *binder, const struct type *type,
                             int position);

#endif
