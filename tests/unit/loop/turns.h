#ifndef UNIT_LOOP_TURNS_H
#define UNIT_LOOP_TURNS_H

#include "base/clock.h"
#include "base/error.h"
#include "loop/loop.h"
#include "support/unit.h"

static inline struct loop *turns_loop(void)
{
    struct error err;
    struct loop *loop = NULL;
    error_clear(&err);
    assert_int_equal(loop_new("test", &loop, &err), RC_OK);
    return loop;
}

/* Turns until the flag is set; a test that waits in vain fails after ten seconds of real
 * time, whatever it did to the clock. */
static inline void turns_until(struct loop *loop, const bool *flag)
{
    for (int i = 0; i < 1000 && !*flag; i++)
        loop_turn(loop, MS(10));
    assert_true(*flag);
}

/* How far the clocks are ahead of real time, from now on. */
static inline void turns_shift(struct ms ahead)
{
    clock_shift_for_test(ahead.count * 1000);
}

static inline void turns_count(struct loop *loop, int count)
{
    for (int i = 0; i < count; i++)
        loop_turn(loop, MS(0));
}

#endif
