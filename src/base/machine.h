#ifndef BASE_MACHINE_H
#define BASE_MACHINE_H

#include <stdint.h>

/* State machines are tables. machine_move() is the only writer of a state; a step that
 * the table does not have is our bug and ends the process.
 *
 *   static const struct machine_state tunnel_states[TUNNEL_STATE_COUNT] = {
 *       [TUNNEL_STATE_IDLE] = {"idle", MACHINE_TO(TUNNEL_STATE_RESOLVING), 0, "nobody
 * ..."},
 *   }; */
struct machine_state {
    const char *name;
    uint64_t next;      /* a bit for each state that may follow */
    int64_t timeout_ms; /* 0: none; the owner arms the timer */
    const char *meaning;
};

#define MACHINE_TO(state) (UINT64_C(1) << (state))

struct machine {
    const char *name; /* for logs; must outlive the machine */
    const struct machine_state *states;
    int state_count;
    int state;
    int64_t since_us; /* monotonic time of the last move */
    int64_t since_wall_us;
};

void machine_init(struct machine *machine, const char *name,
                  const struct machine_state *states, int state_count, int first);

/* `why` is for the debug log. */
void machine_move(struct machine *machine, int next, const char *why);

const char *machine_state_name(const struct machine *machine);

/* The table is closed: every state has a name, every next bit is a state. Asserts. */
void machine_check_table(const struct machine_state *states, int state_count);

#endif
