#ifndef SQL_PARSE_AST_H
#define SQL_PARSE_AST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sql/parse/ast_expression.h"
#include "sql/parse/ast_query.h"
#include "sql/parse/ast_statement.h"

/* The tree that the parser makes of a statement, in one arena; nothing in it is freed
 * singly and nothing points outside that arena. Texts are NUL-terminated UTF-8; names are
 * folded to lower case (unless quoted) and cut to 63 bytes, as PostgreSQL's scanner does.
 * Lists are `items` + `count`; items are never NULL unless a comment says so. */

#endif
