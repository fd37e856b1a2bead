#ifndef SQL_BIND_BIND_H
#define SQL_BIND_BIND_H

#include "catalog/resolve.h"
#include "sql/bind/bound_query.h"
#include "sql/parse/ast.h"

/* From the tree as written to the tree as meant: names, types, functions, coercions
 * (PostgreSQL 15 manual, chapters 4.2, 7 and 10). Reads the catalog through the
 * transaction's snapshot and changes nothing. Errors have PostgreSQL's SQLSTATE, words
 * and position: 42P01, 42703, 42702, 42803, 42804, 42883, 42P18, 54001 past
 * BIND_DEPTH_MAX. */

enum { BIND_DEPTH_MAX = 500 /* nested expressions and queries together */ };

/* $1 ... $n. A type that is not declared (NULL) is inferred from the first use, as
 * PostgreSQL does. Grows in the binder's arena. */
struct bind_parameters {
    const struct type **types;
    size_t count;
    bool is_closed; /* no parameter may be used at all: 42P02 */
};

/* What names in FROM meant: users' relations that the text itself names, each pair of
 * names once. Grows in the binder's arena. */
struct bind_use {
    const char *schema; /* as written; NULL: none */
    const char *name;
    const struct catalog_object *object;
};

struct bind_uses {
    struct bind_use *items;
    size_t count;
};

struct bind_surroundings {
    struct store_transaction *transaction;
    const struct catalog_path *path;
    const struct type_context *types;   /* makes constants; its arena is not used */
    struct bind_parameters *parameters; /* NULL: none may be used */
    struct bytes text; /* that the spans count in, for positions; empty: no positions */
    struct bind_uses *uses; /* NULL: nobody asks */
};

enum rc bind_query(struct arena *arena, const struct bind_surroundings *surroundings,
                   const struct ast_query *query, const struct bound_query **bound_out,
                   struct error *err) MUST_USE;

/* An expression without a FROM, brought to `target` by assignment (NULL: as it is,
 * unknown becomes text): values of CREATE SECRET, EXECUTE, SET. */
enum rc bind_expression(struct arena *arena, const struct bind_surroundings *surroundings,
                        const struct ast_expression *expression,
                        const struct type *target, const struct bound **bound_out,
                        struct error *err) MUST_USE;

/* The parts of a written name, none of which it owns. 42601 past three. */
enum rc bind_name(const struct ast_name *name, struct catalog_name *name_out,
                  struct error *err) MUST_USE;

/* Every parameter has a type, else 42P18 "could not determine data type of parameter $1".
 */
enum rc bind_parameters_check(const struct bind_parameters *parameters,
                              struct error *err) MUST_USE;

/* The type that a written type name means: 42704 "type "x" does not exist". */
enum rc bind_type(struct arena *arena, const struct bind_surroundings *surroundings,
                  const struct ast_type_name *name, const struct type **type_out,
                  int32_t *typmod_out, struct error *err) MUST_USE;

#endif
