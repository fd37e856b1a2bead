/* Values of a result as the file writes them, and their comparison with what it expects.
 */
#ifndef SQLLOGIC_VALUES_H
#define SQLLOGIC_VALUES_H

#include <libpq-fe.h>

#include "script.h"

enum { DIGEST_TEXT = 33 }; /* MD5 in hexadecimal, with its NUL */

/* True when the result is what the record expects. `digest` gets the MD5 of the values as
 * SQLite's form has them: by type letter, sorted, each ended by a newline. */
bool values_match(const struct record *record, const PGresult *result,
                  char digest[DIGEST_TEXT]);

/* The rows as the record's file would write them, for a report; at most `limit` lines. */
void values_show(const struct record *record, const PGresult *result, size_t limit,
                 struct text *shown);

#endif
