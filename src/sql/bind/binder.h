#ifndef SQL_BIND_BINDER_H
#define SQL_BIND_BINDER_H

#include "base/error.h"
#include "catalog/relation.h"
#include "sql/bind/bind.h"
#include "sql/functions/resolve.h"

/* What the files of this folder share. Nothing here is for other folders. Everything
 * lives in binder->arena, and every function that fails has filled binder->err. */

/* What is being bound: decides what may stand there, and the words of errors. */
enum bind_clause {
    CLAUSE_NONE,
    CLAUSE_SELECT,
    CLAUSE_FROM_QUERY,
    CLAUSE_FROM_FUNCTION,
    CLAUSE_JOIN,
    CLAUSE_WHERE,
    CLAUSE_HAVING,
    CLAUSE_FILTER,
    CLAUSE_GROUP,
    CLAUSE_ORDER,
    CLAUSE_DISTINCT_ON,
    CLAUSE_LIMIT,
    CLAUSE_OFFSET,
    CLAUSE_VALUES,
    CLAUSE_WINDOW_PARTITION,
    CLAUSE_WINDOW_ORDER,
    CLAUSE_WINDOW_FRAME,
    CLAUSE_COUNT
};

/* Views being opened, innermost first: guards against one that contains itself. */
struct open_view {
    const struct system_relation *relation;
    const struct record_sources *sources; /* a user's: what its names mean; or NULL */
    const struct open_view *outer;
};

/* One per statement; while a view's text is bound, path, text and views are the view's.
 */
struct binder {
    struct arena *arena;
    const struct bind_surroundings *surroundings;
    struct bind_parameters *parameters;
    struct type_context types; /* the surroundings', making values in the arena */
    const struct catalog_path *path;
    struct bytes text; /* empty: no positions */
    const struct open_view *views;
    unsigned depth;
    const char *recursion; /* where a recursive query must not refer to itself: "a
                              subquery"; NULL: it may */
    uint32_t shared_count; /* numbers of BOUND_LET given so far */
    struct error *err;
};

struct scope_column {
    const char *name;
    const struct bound *expression; /* over the range table of the item's scope */
};

/* What a name before a dot may mean, and where a bare column is looked for. */
struct scope_item {
    const char *alias;                    /* NULL: a join without one */
    const struct system_relation *system; /* may be named with its schema; else NULL */
    const char *relation_name;            /* of a system relation, alias or not */
    struct scope_column *columns;
    size_t column_count;
    bool is_relation_visible; /* alias.column */
    bool is_columns_visible;  /* column */
    bool is_lateral_only;     /* only LATERAL may see it now */
    bool is_nullable;         /* an outer join may have no row for it */
    bool is_scalar;           /* a function whose only column is its value */
    bool is_lateral_ok;       /* false: it is on the wrong side of an outer join */
};

struct scope_names {
    struct scope_item **items;
    size_t count;
};

/* A WITH query as names see it. */
struct scope_common {
    struct bound_columns columns;
    struct ast_span span;
    bool is_visible;     /* later items, or its own recursive term */
    bool is_being_bound; /* its own query is at work, and may refer to itself */
    bool is_union;       /* has the form that recursion needs */
    bool is_default;     /* neither MATERIALIZED nor NOT MATERIALIZED */
    bool has_first_part; /* columns are known from the non-recursive term */
    size_t own_reference_count;
};

/* One query, or the calls of a function in FROM, while it is bound. */
struct scope {
    struct scope *outer;
    struct bound_query *query;
    size_t relation_room;
    struct scope_names names;     /* what may be named at this moment */
    struct scope_names all;       /* every item ever made: for hints */
    struct scope_common *commons; /* as many as query->commons */
    bool is_lateral_active;
    bool has_aggregates;               /* of this level */
    const struct ast_window **windows; /* of WINDOW, then those of OVER (...) */
    size_t window_count;
    struct bound **groupings; /* GROUPING(...) of this level */
    size_t grouping_count;
    const struct scope_common *recursive; /* whose repeated part it is; NULL: none */
    enum bind_clause clause;
};

/* errors and places (bind.c) */
int binder_position(const struct binder *binder, struct ast_span span);
int binder_position_of(const struct binder *binder, const struct bound *bound);
enum rc binder_enter(struct binder *binder);
void binder_leave(struct binder *binder);
/* Gives the error the position, unless it has one; always RC_FAILED. */
enum rc binder_failed_at(struct binder *binder, int position);
enum rc binder_unsupported(struct binder *binder, struct ast_span span, const char *what);
/* 3F000 when there is no such schema. */
enum rc binder_check_schema(struct binder *binder, const char *schema,
                            struct ast_span span);
uint32_t binder_place(const struct binder *binder, struct ast_span span);
const char *binder_name(const struct binder *binder, const struct ast_name *name);

/* nodes (node.c) */
struct bound *bound_new(struct binder *binder, enum bound_kind kind,
                        const struct type *type, size_t argument_count,
                        uint32_t position);
const struct bound *bound_boolean(struct binder *binder, enum bound_kind kind,
                                  const struct bound *const *arguments, size_t count);
const struct bound *bound_pair(struct binder *binder, enum bound_kind kind,
                               const struct bound *left, const struct bound *right);
const struct bound *bound_column_new(struct binder *binder, uint32_t relation,
                                     uint32_t column, const struct bound_column *about);
const struct bound *bound_shift(struct binder *binder, const struct bound *bound,
                                uint32_t levels);

/* An operand that stands in an expression several times: what must be computed once only
 * is put aside, and *bound becomes the reference to it. shared_close() puts the whole
 * together. */
struct shared_operand {
    const struct bound *operand; /* NULL: it is simply written several times */
    uint32_t number;
};
struct shared_operand shared_open(struct binder *binder, const struct bound **bound);
const struct bound *shared_close(struct binder *binder,
                                 const struct shared_operand *shared,
                                 const struct bound *whole);

/* names in FROM (scope.c) */
void scope_names_add(struct binder *binder, struct scope_names *names,
                     struct scope_item *item);
void scope_names_append(struct binder *binder, struct scope_names *names,
                        const struct scope_names *more);
enum rc scope_check_names(struct binder *binder, const struct scope_names *left,
                          const struct scope_names *right, struct ast_span span);
/* *out stays NULL when there is none. */
enum rc scope_find_column(struct binder *binder, struct scope *scope, const char *name,
                          struct ast_span span, bool only_here, const struct bound **out);
enum rc scope_find_item(struct binder *binder, struct scope *scope,
                        const struct ast_name *name, size_t part_count,
                        struct scope_item **out, uint32_t *levels_out);
enum rc scope_missing_item(struct binder *binder, struct scope *scope,
                           const struct ast_name *name, size_t part_count);
enum rc scope_missing_column(struct binder *binder, struct scope *scope,
                             const char *relation, const char *name,
                             struct ast_span span);
enum rc scope_column_reference(struct binder *binder, struct scope *scope,
                               const struct ast_expression *expression,
                               const struct bound **out);

/* FROM (from.c, from_relation.c, from_function.c, from_join.c) */
struct from_result {
    const struct bound_from *from;
    struct scope_names names;
    struct scope_item *item; /* the one whose columns the whole has */
};
enum rc from_list(struct binder *binder, struct scope *scope,
                  const struct ast_from_list *list);
enum rc from_item(struct binder *binder, struct scope *scope,
                  const struct ast_from_item *item, struct from_result *out);
enum rc from_relation(struct binder *binder, struct scope *scope,
                      const struct ast_from_item *item, struct from_result *out);
enum rc from_functions(struct binder *binder, struct scope *scope,
                       const struct ast_from_item *item, struct from_result *out);
enum rc from_join(struct binder *binder, struct scope *scope,
                  const struct ast_from_item *item, struct from_result *out);
/* Puts the relation into the range table and makes its item. */
enum rc from_add(struct binder *binder, struct scope *scope,
                 const struct ast_from_item *item, const struct bound_relation *relation,
                 struct from_result *out);
enum rc from_query(struct binder *binder, struct scope *scope,
                   const struct ast_from_item *item, const struct ast_query *query,
                   const char *alias, struct from_result *out);

/* queries (query.c, select.c, values.c, set.c, common.c) */
struct query_wish {
    bool keeps_unknown;            /* of literals: a side of a set operation */
    struct scope_common *repeated; /* whose repeated part this is; NULL: none */
    struct scope_common *common;   /* the query of WITH RECURSIVE; else NULL */
    const struct ast_common_table *common_table;
};
enum rc query_bind(struct binder *binder, struct scope *outer,
                   const struct ast_query *query, const struct query_wish *wish,
                   struct bound_query **out);
enum rc query_select(struct binder *binder, struct scope *scope,
                     const struct ast_query *query, const struct query_wish *wish);
enum rc query_values(struct binder *binder, struct scope *scope,
                     const struct ast_query *query, const struct query_wish *wish);
enum rc query_set(struct binder *binder, struct scope *scope,
                  const struct ast_query *query, const struct query_wish *wish);
enum rc query_limits(struct binder *binder, struct scope *scope,
                     const struct ast_query *query);
/* FOR UPDATE and its kin (lock.c). */
enum rc lock_check(struct binder *binder, const struct scope *scope,
                   const struct ast_query *query);
enum rc lock_bind(struct binder *binder, struct scope *scope,
                  const struct ast_query *query);
enum rc query_resolve_unknown(struct binder *binder, struct bound_query *query);
/* Brings the columns to these types; may put another query around. */
enum rc query_coerce_columns(struct binder *binder, struct bound_query **query,
                             const struct type *const *types);
/* A copy for one level further in (copy.c). */
const struct bound_query *query_pushed_in(struct binder *binder,
                                          const struct bound_query *query);
enum rc common_bind(struct binder *binder, struct scope *scope,
                    const struct ast_with_clause *with);
void common_finish(struct scope *scope);
enum rc common_find(struct binder *binder, struct scope *scope,
                    const struct ast_from_item *item, struct bound_relation *relation,
                    bool *found_out);
enum rc common_first_part(struct binder *binder, const struct query_wish *wish,
                          const struct bound_query *first);

#include "sql/bind/binder_expression.h"
#include "sql/bind/binder_select.h"

#endif
