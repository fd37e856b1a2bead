#ifndef SQL_PARSE_PARSE_INTERNAL_H
#define SQL_PARSE_PARSE_INTERNAL_H

#include "base/rc.h"
#include "sql/parse/grammar.h"

/* The rest of the grammar's statement as one expression, by libpg_query; places are right
 * in the whole text. Does not move the grammar. */
enum rc parse_expression_tokens(struct grammar *grammar,
                                struct ast_expression **expression_out,
                                struct error *err) MUST_USE;

#endif
