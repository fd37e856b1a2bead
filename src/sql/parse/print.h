#ifndef SQL_PARSE_PRINT_H
#define SQL_PARSE_PRINT_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/rc.h"
#include "sql/parse/ast.h"

/* The canonical text of Materialize's statements: one line, names quoted only where they
 * must be, `NAME = value` in options. Parsing it again gives the same tree. */

/* The statement with its closing semicolon, as SHOW CREATE shows it. False when the kind
 * has no printer: only the connection, SHOW, and RENAME/OWNER statements on secrets have
 * one; a secret's value is never printed. */
bool sql_print_statement(struct buffer *out, const struct ast_statement *statement);

/* CREATE CONNECTION ... without the semicolon. */
void sql_print_create_connection(struct buffer *out,
                                 const struct ast_create_connection *create);

/* name.name.name, each quoted as needed. */
void sql_print_name(struct buffer *out, const struct ast_name *name);

/* One identifier as PostgreSQL's quote_identifier() gives it: quoted unless it is lower
 * case letters, digits and _, and no keyword but an unreserved one. */
void sql_print_identifier(struct buffer *out, const char *identifier);

/* 'text', quotes doubled; E'...' when there is a backslash, as quote_literal(). */
void sql_print_literal(struct buffer *out, const char *text);

/* The same, in an arena. */
const char *sql_quote_identifier(struct arena *arena, const char *identifier);
const char *sql_quote_literal(struct arena *arena, const char *text);

#endif
