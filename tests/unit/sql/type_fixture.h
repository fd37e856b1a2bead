#ifndef TESTS_UNIT_SQL_TYPE_FIXTURE_H
#define TESTS_UNIT_SQL_TYPE_FIXTURE_H

/* What tests of types and functions stand on: an arena and the surroundings of values. */
#include "sql/types/type.h"
#include "support/unit.h"

static struct arena *arena;
static struct type_context context;

static inline int set_up(void **state)
{
    (void)state;
    arena = arena_new("test", NULL);
    context = (struct type_context){.arena = arena, .extra_float_digits = 1};
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

#endif
