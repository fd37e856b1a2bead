#ifndef SQL_PARSE_REWRITE_H
#define SQL_PARSE_REWRITE_H

#include "sql/parse/convert.h"
#include "sql/parse/grammar.h"

/* What PostgreSQL's grammar does not know and Materialize's has inside of statements that
 * are PostgreSQL's. Each is replaced, in a copy of the text, by something of the same
 * length that the grammar does know, so that all places stay right. Internal. */
struct rewrite {
    char *text; /* the statement's bytes, NUL-terminated; its first byte is `offset` of
                   the whole text */
    size_t offset;
    struct show_place *shows; /* (SHOW ...) became (table x) */
    size_t show_count;
    bool if_not_exists; /* was blanked out of CREATE DATABASE, CREATE VIEW */
};

/* Fails on a bad SHOW (42601) and on LIST and MAP types (0A000). */
enum rc rewrite_statement(struct grammar *grammar, bool has_semicolon,
                          struct rewrite *rewrite_out) MUST_USE;

#endif
