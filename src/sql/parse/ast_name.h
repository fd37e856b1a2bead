#ifndef SQL_PARSE_AST_NAME_H
#define SQL_PARSE_AST_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The small parts that all of the tree is made of: places, names, constants, types. */

struct ast_expression; /* ast_expression.h */

/* Bytes [from, to) of the query string that sql_parse() was given. `from` is where
 * PostgreSQL would put an error's position (for an operator that is the operator itself),
 * `to` the end of that token; a statement's span covers all of it. 0,0: unknown. */
struct ast_span {
    uint32_t from;
    uint32_t to;
};

/* A possibly qualified name: database.schema.object, outermost part first. */
struct ast_name {
    const char **parts;
    size_t count; /* 0: no name was given */
    struct ast_span span;
};

struct ast_text_list {
    const char **items;
    size_t count;
};

struct ast_expression_list {
    struct ast_expression **items;
    size_t count;
};

enum ast_constant_kind {
    CONSTANT_NULL,
    CONSTANT_BOOL,    /* true, false */
    CONSTANT_INTEGER, /* fits int4; `integer` has it */
    CONSTANT_NUMERIC, /* every other number, as its text: 1.5, 1e3, 3000000000 */
    CONSTANT_STRING,  /* of type unknown until it is resolved */
    CONSTANT_BITS,    /* `text` is 'b0101' or 'x1F', as libpg_query gives it */
};

struct ast_constant {
    enum ast_constant_kind kind;
    bool boolean;
    int32_t integer;
    const char *text; /* NUMERIC, STRING, BITS */
};

struct ast_type_name {
    struct ast_name name; /* "pg_catalog","int4" for INTEGER; "foo" for foo */
    struct ast_expression_list
        modifiers;         /* (10,2); INTERVAL's first one is a field mask */
    int32_t *array_bounds; /* one per dimension, -1: none given */
    size_t array_bound_count;
    bool is_setof;
    bool is_percent_type; /* table.column%TYPE */
    struct ast_span span;
};

#endif
