#ifndef PGWIRE_SESSION_INTERNAL_H
#define PGWIRE_SESSION_INTERNAL_H

#include "base/machine.h"
#include "pgwire/session.h"

/* The session's state table, for this folder and its tests. */
extern const struct machine_state pgwire_session_states[PGWIRE_SESSION_STATE_COUNT];

#endif
