#ifndef SQL_PARSE_CONVERT_H
#define SQL_PARSE_CONVERT_H

#include <pg_query/pg_query.pb-c.h>

#include "base/arena.h"
#include "sql/parse/ast.h"
#include "sql/parse/scan.h"

struct error;

/* libpg_query's tree to ours. Internal to this folder. Nesting is bounded by the scan, so
 * the functions recurse freely. Conversion cannot fail: what our tree has no place for
 * becomes EXPRESSION_UNSUPPORTED, FROM_UNSUPPORTED or a kind without detail. */

/* A SHOW that stands in FROM: the parser saw `table x` in its place, with this x. */
struct show_place {
    size_t at; /* byte of the text */
    struct ast_show_objects *show;
};

struct convert {
    struct arena *arena; /* of the result */
    const struct scan *scan;
    size_t offset; /* of the parsed statement in scan->text */
    const struct show_place *shows;
    size_t show_count;
    int32_t parameter_max;
};

struct nodes {
    PgQuery__Node **items;
    size_t count;
};

#define NODES(message, field) ((struct nodes){(message)->field, (message)->n_##field})

/* convert_name.c */
struct ast_span convert_span(const struct convert *convert, int32_t location);
const char *convert_text(const struct convert *convert, const char *text); /* "": NULL */
const char *convert_string(const struct convert *convert, const PgQuery__Node *node);
struct ast_name convert_name(const struct convert *convert, struct nodes nodes,
                             int32_t location);
struct ast_name convert_relation_name(const struct convert *convert,
                                      const PgQuery__RangeVar *relation);
struct ast_name convert_single_name(const struct convert *convert, const char *text);
struct ast_name convert_any_name(const struct convert *convert,
                                 const PgQuery__Node *node);
struct ast_column_list convert_columns(const struct convert *convert, struct nodes nodes);
struct ast_type_name *convert_type(struct convert *convert,
                                   const PgQuery__TypeName *type);
struct ast_define_list convert_defines(struct convert *convert, struct nodes nodes);
const char *convert_role(const struct convert *convert, const PgQuery__RoleSpec *role);
struct ast_text_list convert_roles(const struct convert *convert, struct nodes nodes);
enum ast_object_kind convert_object_kind(PgQuery__ObjectType type);
enum ast_persistence convert_persistence(const PgQuery__RangeVar *relation);

/* convert_expression.c; NULL for no node */
struct ast_expression *convert_expression(struct convert *convert,
                                          const PgQuery__Node *node);
struct ast_expression_list convert_expressions(struct convert *convert,
                                               struct nodes nodes);
struct ast_sort_list convert_sorts(struct convert *convert, struct nodes nodes);
struct ast_expression *convert_call(struct convert *convert,
                                    const PgQuery__FuncCall *call);
struct ast_indirection_step *convert_steps(struct convert *convert, struct nodes nodes);

/* convert_query.c */
struct ast_query *convert_query(struct convert *convert,
                                const PgQuery__SelectStmt *select);
struct ast_query *convert_query_node(struct convert *convert, const PgQuery__Node *node);
struct ast_window *convert_window(struct convert *convert,
                                  const PgQuery__WindowDef *window, bool is_over);
struct ast_with_clause *convert_with(struct convert *convert,
                                     const PgQuery__WithClause *with);
struct ast_target_list convert_targets(struct convert *convert, struct nodes nodes);
struct ast_from_list convert_from(struct convert *convert, struct nodes nodes);
struct ast_from_item *convert_range(struct convert *convert,
                                    const PgQuery__RangeVar *relation);

/* convert_statement.c */
struct ast_statement *convert_statement(struct convert *convert,
                                        const PgQuery__Node *node);
struct ast_set *convert_set(struct convert *convert, const PgQuery__VariableSetStmt *set);

/* convert_table.c and convert_definition.c: true when the kind was theirs */
bool convert_table(struct convert *convert, const PgQuery__Node *node,
                   struct ast_statement *statement);
bool convert_definition(struct convert *convert, const PgQuery__Node *node,
                        struct ast_statement *statement);
bool convert_session(struct convert *convert, const PgQuery__Node *node,
                     struct ast_statement *statement);
struct ast_index_element *convert_index_elements(struct convert *convert,
                                                 struct nodes nodes);

#endif
