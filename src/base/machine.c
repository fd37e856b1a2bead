/* See the header. */
#include "base/machine.h"

#include <stddef.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"

void machine_check_table(const struct machine_state *states, int state_count)
{
    ASSERT(state_count > 0 && state_count < 64);
    for (int i = 0; i < state_count; i++) {
        ASSERT(states[i].name != NULL && states[i].meaning != NULL);
        ASSERT(states[i].next >> state_count == 0);
    }
}

static void enter(struct machine *machine, int state)
{
    machine->state = state;
    machine->since_us = clock_monotonic_us();
    machine->since_wall_us = clock_wall_us();
}

void machine_init(struct machine *machine, const char *name,
                  const struct machine_state *states, int state_count, int first)
{
    machine_check_table(states, state_count);
    machine->name = name;
    machine->states = states;
    machine->state_count = state_count;
    enter(machine, first);
}

void machine_move(struct machine *machine, int next, const char *why)
{
    ASSERT(next >= 0 && next < machine->state_count);
    ASSERT((machine->states[machine->state].next & MACHINE_TO(next)) != 0);
    LOG(LOG_TRACE, MACHINE_MOVED, "machine=\"%s\" from=%s to=%s why=\"%s\"",
        machine->name, machine_state_name(machine), machine->states[next].name, why);
    enter(machine, next);
}

const char *machine_state_name(const struct machine *machine)
{
    return machine->states[machine->state].name;
}
