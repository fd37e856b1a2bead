#ifndef SQL_PARSE_REDACT_H
#define SQL_PARSE_REDACT_H

#include "base/arena.h"
#include "base/bytes.h"

/* A copy of a query string that a log, the activity relation or a trace may show, in the
 * arena, NUL-terminated. In statements on secrets and connections every literal becomes
 * '<REDACTED>', as does a bare word behind PASSWORD, KEY, TOKEN or CREDENTIAL; elsewhere
 * the literal behind PASSWORD does. What is not valid UTF-8 or cannot be scanned to its
 * end is cut there. Must be called before anything else keeps the text. */
const char *sql_redact(struct arena *arena, struct bytes text);

#endif
