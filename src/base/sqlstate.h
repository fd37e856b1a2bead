#ifndef BASE_SQLSTATE_H
#define BASE_SQLSTATE_H

/* Every SQLSTATE that this program can send; the list itself is sqlstate.def. */
enum sqlstate {
#define X(name, code) SQLSTATE_##name,
#include "base/sqlstate.def"
#undef X
    SQLSTATE_COUNT
};

/* The five characters of a state, NUL-terminated. */
const char *sqlstate_code(enum sqlstate state);

/* The name of the condition, in capitals. */
const char *sqlstate_name(enum sqlstate state);

/* The state with this five-character code; SQLSTATE_INTERNAL_ERROR when it is not ours.
 */
enum sqlstate sqlstate_from_code(const char *code);

#endif
