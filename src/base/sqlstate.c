/* Tables made from sqlstate.def. */
#include "base/sqlstate.h"

#include <string.h>

#include "base/assert.h"

static const struct {
    const char *code;
    const char *name;
} states[SQLSTATE_COUNT] = {
#define X(name, code) [SQLSTATE_##name] = {code, #name},
#include "base/sqlstate.def"
#undef X
};

#define X(name, code) _Static_assert(sizeof(code) == 6, "SQLSTATE has five characters");
#include "base/sqlstate.def"
#undef X

const char *sqlstate_code(enum sqlstate state)
{
    ASSERT(state < SQLSTATE_COUNT);
    return states[state].code;
}

const char *sqlstate_name(enum sqlstate state)
{
    ASSERT(state < SQLSTATE_COUNT);
    return states[state].name;
}

enum sqlstate sqlstate_from_code(const char *code)
{
    for (int state = 0; state < SQLSTATE_COUNT; state++) {
        if (strcmp(states[state].code, code) == 0)
            return (enum sqlstate)state;
    }
    return SQLSTATE_INTERNAL_ERROR;
}
