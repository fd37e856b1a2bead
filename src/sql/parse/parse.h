#ifndef SQL_PARSE_PARSE_H
#define SQL_PARSE_PARSE_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/rc.h"
#include "sql/parse/ast.h"

struct error;

/* The stack that a thread which parses must have been given, at least. sql_scan.h's
 * SQL_DEPTH_MAX is made for it. */
enum { SQL_PARSE_STACK_BYTES = 2 * 1024 * 1024 };

/* Parses a whole query string, which may hold any number of statements, before anything
 * of it runs. The tree lives in the arena and does not point into `text`. PostgreSQL's
 * grammar is libpg_query's; Materialize's statements have their own.
 *
 * Errors carry PostgreSQL's SQLSTATE, words and position (a character of the whole
 * string, from 1): 42601 and its kin, 22021, 54000, 54001, 0A000 for type forms that do
 * not exist. Texts of literals in statements on secrets and connections never enter an
 * error. */
enum rc sql_parse(struct arena *arena, struct bytes text,
                  struct ast_statement_list *statements_out, struct error *err) MUST_USE;

/* Parses one expression, as it may stand in a SELECT list. */
enum rc sql_parse_expression(struct arena *arena, struct bytes text,
                             struct ast_expression **expression_out,
                             struct error *err) MUST_USE;

/* Parses one type name, as it may stand behind `::`: for format_type's inverse, casts to
 * regtype, and stored definitions. */
enum rc sql_parse_type_name(struct arena *arena, struct bytes text,
                            struct ast_type_name **type_out, struct error *err) MUST_USE;

#endif
