#ifndef SQL_PARSE_PG_H
#define SQL_PARSE_PG_H

#include <pg_query/pg_query.pb-c.h>

#include "base/arena.h"
#include "base/rc.h"

struct error;

/* Runs libpg_query's grammar. `text` is one statement, NUL-terminated, maybe with its
 * semicolon; depth has been checked. The tree lives in the arena. An error's position
 * counts characters of `text`, from 1. Internal to this folder. */
enum rc pg_parse(struct arena *arena, const char *text, PgQuery__ParseResult **result_out,
                 struct error *err) MUST_USE;

#endif
