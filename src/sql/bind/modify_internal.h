#ifndef SQL_BIND_MODIFY_INTERNAL_H
#define SQL_BIND_MODIFY_INTERNAL_H

#include "sql/bind/binder.h"
#include "sql/bind/bound_modify.h"

/* Shared by the modify*.c files. One statement while it is bound: three scopes, each in
 * the one before it: of RETURNING, which also has WITH; of the change; of its source. */
struct modify {
    struct binder *binder;
    struct scope returning;
    struct scope change;
    struct scope source;
    struct bound_modify *bound;
    const struct table *table;
    const char *alias;
    struct from_result target; /* of the table, in the source's scope (INSERT: unused) */
};

/* Finds the table that the item names, which must be one that can be written to. */
enum rc modify_target(struct modify *modify, const struct ast_from_item *item);
enum rc modify_find_column(struct modify *modify, const char *name, struct ast_span span,
                           uint32_t *place_out);

/* Brings a value to a column's type: 42804. */
enum rc modify_assign(struct modify *modify, uint32_t place, const struct bound *value,
                      const struct bound **out);
/* The value of a column that is not given. */
enum rc modify_default(struct modify *modify, uint32_t place, const struct bound **out);
/* A new column of the source. */
void modify_add_target(struct modify *modify, const struct bound *value,
                       const char *name);
/* A name for a row whose columns are columns of relation 0 of a query from `first` on. */
struct scope_item *modify_row_item(struct modify *modify, const char *alias,
                                   uint32_t first);

enum rc modify_insert(struct modify *modify, const struct ast_insert *insert);
enum rc modify_conflict(struct modify *modify, const struct ast_conflict *conflict);
enum rc modify_update(struct modify *modify, const struct ast_update *update);
enum rc modify_delete(struct modify *modify, const struct ast_delete_rows *delete_rows);

/* SET: places and values, in the scope. */
enum rc modify_assignments(struct modify *modify, struct scope *scope,
                           const struct ast_assignment_list *list,
                           struct bound_assignment **out);

#endif
