#ifndef SQL_BIND_BINDER_EXPRESSION_H
#define SQL_BIND_BINDER_EXPRESSION_H

#include "sql/bind/binder.h"

/* The half of binder.h that is about expressions. */

/* walking (walk.c): `visit` gives true to go on below the node. */
struct bound_walk {
    bool (*visit)(struct bound_walk *walk, const struct bound *bound);
    uint32_t depth; /* queries entered since the start */
    void *argument;
};
void bound_walk(struct bound_walk *walk, const struct bound *bound);
void bound_walk_query(struct bound_walk *walk, const struct bound_query *query);
const struct bound *bound_find(const struct bound *bound, enum bound_kind kind,
                               uint32_t levels);
const struct bound *bound_find_set(const struct bound *bound);

/* expressions (expression.c and the expression_*.c files) */
typedef enum rc expression_binder(struct binder *binder, struct scope *scope,
                                  const struct ast_expression *expression,
                                  const struct bound **out);
expression_binder expression_bind;
expression_binder expression_constant;
expression_binder expression_parameter;
expression_binder expression_operator;
expression_binder expression_quantified;
expression_binder expression_distinct;
expression_binder expression_nullif;
expression_binder expression_in;
expression_binder expression_like;
expression_binder expression_between;
expression_binder expression_logic;
expression_binder expression_test;
expression_binder expression_case;
expression_binder expression_choice; /* COALESCE, GREATEST, LEAST */
expression_binder expression_cast;
expression_binder expression_collate;
expression_binder expression_indirection;
expression_binder expression_value_function;
expression_binder expression_call;
expression_binder expression_subquery;
expression_binder expression_grouping;
expression_binder expression_row;

/* The place of an expression in its scope, for what may stand there. */
enum rc expression_in_clause(struct binder *binder, struct scope *scope,
                             enum bind_clause clause,
                             const struct ast_expression *expression,
                             const struct bound **out);
/* "argument of WHERE must be type boolean, not type integer". */
enum rc expression_condition(struct binder *binder, struct scope *scope,
                             enum bind_clause clause,
                             const struct ast_expression *expression,
                             const struct bound **out);
const char *clause_name(enum bind_clause clause);

enum rc expression_list(struct binder *binder, struct scope *scope,
                        const struct ast_expression_list *list,
                        const struct bound ***out);

/* ARRAY[...]; `target` is the array type of a cast around it, or NULL. */
enum rc expression_array(struct binder *binder, struct scope *scope,
                         const struct ast_expression *expression,
                         const struct type *target, const struct bound **out);

/* An operator over bound operands; `left` is NULL for a prefix operator. */
enum rc operator_bind(struct binder *binder, const struct ast_name *name,
                      struct ast_span span, const struct bound *left,
                      const struct bound *right, const struct bound **out);
struct ast_name operator_name(struct binder *binder, const char *name);

/* Rows: comparison of two lists of operands, item by item (row.c). */
struct row_pair {
    const struct bound **left;
    const struct bound **right;
    size_t count;
};
enum rc row_compare(struct binder *binder, const struct ast_name *name,
                    struct ast_span span, const struct row_pair *pair,
                    const struct bound **out);
enum rc row_operator(struct binder *binder, struct scope *scope,
                     const struct ast_expression *expression, const struct bound **out);
enum rc row_subquery(struct binder *binder, struct scope *scope,
                     const struct ast_expression *expression,
                     const struct ast_expression_list *row,
                     const struct ast_subquery *subquery, const struct bound **out);

/* conversions (coerce.c) */
enum rc coerce_bind(struct binder *binder, const struct bound *bound,
                    const struct type *type, const struct bound **out);
enum rc coerce_typmod(struct binder *binder, const struct bound *bound, int32_t typmod,
                      bool is_assignment, const struct bound **out);
struct coerce_target {
    const struct type *type;
    int32_t typmod;
    enum cast_context context;
    int position; /* for "cannot cast"; 0: the operand's */
};
/* RC_NOTFOUND: there is no such cast, and no error was set. */
enum rc coerce_to(struct binder *binder, const struct bound *bound,
                  const struct coerce_target *target, const struct bound **out);
enum rc coerce_boolean(struct binder *binder, const struct bound *bound,
                       const char *construct, const struct bound **out);
enum rc coerce_unknown_to_text(struct binder *binder, const struct bound *bound,
                               const struct bound **out);
enum rc coerce_common(struct binder *binder, const char *construct,
                      const struct bound **items, size_t count,
                      const struct type **type_out);
enum rc coerce_all(struct binder *binder, const struct bound **items, size_t count,
                   const struct type *type);
enum rc coerce_no_set(struct binder *binder, const struct bound *bound,
                      const char *construct);

/* calls (call.c, aggregate.c) */
struct call_at {
    const struct ast_call *call;
    const struct ast_expression *expression;
};
enum rc call_named(struct binder *binder, const char *name,
                   const struct bound **arguments, size_t count, struct ast_span span,
                   const struct bound **out);
enum rc call_finish(struct binder *binder, struct scope *scope,
                    const struct resolved *resolved, const struct bound **arguments,
                    struct ast_span span, const struct bound **out);
enum rc aggregate_bind(struct binder *binder, struct scope *scope,
                       const struct call_at *at, const struct resolved *resolved,
                       const struct bound **arguments, const struct bound **out);

/* rows as values (record.c) */
enum rc record_whole_row(struct binder *binder, const struct scope_item *item,
                         uint32_t levels, struct ast_span span, const struct bound **out);
const struct bound *record_shape(struct binder *binder, const struct scope *scope,
                                 const struct bound *bound);
/* `shape` is the record's, `at` a place in it. */
const struct bound *record_field_at(struct binder *binder, const struct bound *bound,
                                    const struct bound *shape, size_t at);
enum rc record_field(struct binder *binder, const struct scope *scope,
                     const struct bound *bound, const char *name, struct ast_span span,
                     const struct bound **out);
const struct bound *record_null_test(struct binder *binder, const struct bound *value,
                                     bool negated);

/* windows (window.c) */
enum rc window_call(struct binder *binder, struct scope *scope, const struct call_at *at,
                    const struct resolved *resolved, const struct bound **arguments,
                    const struct bound **out);
/* Names of WINDOW, before the targets are bound. */
void window_declare(struct binder *binder, struct scope *scope,
                    const struct ast_select *select);
/* All windows, once every call over them is known. */
enum rc window_bind(struct binder *binder, struct scope *scope);

/* types (type.c) */
enum rc type_bind(struct binder *binder, const struct ast_type_name *name,
                  const struct type **type_out, int32_t *typmod_out);

/* INSERT, UPDATE, DELETE (modify.c): a SELECT of what RETURNING says. */
enum rc modify_bind(struct binder *binder, struct scope *outer,
                    const struct ast_statement *statement, struct bound_query **out);

#endif
