/* What a session waits for: locks, commits, probes. Each ends in another thread. */
#include "base/assert.h"
#include "base/memory.h"
#include "server/session_internal.h"
#include "server/tunnels.h"

enum { WAIT_NONE, WAIT_BEGUN, WAIT_WAITING, WAIT_DONE };

void session_wait_begin(struct session *session)
{
    atomic_store(&session->wait.state, WAIT_BEGUN);
}

void session_wait_done(struct session *session)
{
    if (atomic_exchange(&session->wait.state, WAIT_DONE) == WAIT_WAITING)
        session->owner.wake(session->owner.argument);
}

bool session_wait_must(struct session *session)
{
    int state = WAIT_BEGUN;

    return atomic_compare_exchange_strong(&session->wait.state, &state, WAIT_WAITING) ||
           state == WAIT_WAITING;
}

static void on_done(void *argument)
{
    session_wait_done((struct session *)argument);
}

void session_watch_lock(struct session *session)
{
    store_lock_set_notify(session->transaction, on_done, session);
}

bool session_leave_wait(struct session *session)
{
    int waiting = WAIT_WAITING;

    if (session->work.phase != SESSION_PHASE_LOCK || session->transaction == NULL)
        return false;
    store_lock_cancel_wait(session->transaction);
    return atomic_compare_exchange_strong(&session->wait.state, &waiting, WAIT_DONE);
}

/* --- commit ------------------------------------------------------------------------ */

/* In the writer's thread. What was changed must count before the client is told. */
static void on_committed(void *argument, enum rc rc, const struct error *err)
{
    struct session *session = (struct session *)argument;

    session->wait.rc = rc;
    if (rc != RC_OK) {
        session->wait.error = MEM_NEW(struct error);
        *session->wait.error = *err;
    }
    if (rc == RC_OK && session->work.is_settled)
        tunnel_sync_request(session->server->sync, on_done, session);
    else
        session_wait_done(session);
}

void session_commit(struct session *session)
{
    session_wait_begin(session);
    session_forget_transaction(session);
    session->wait.rc = RC_OK;
    session->work.is_settled =
        session->transaction != NULL && store_transaction_has_edits(session->transaction);
    if (session->transaction == NULL)
        session_wait_done(session);
    else
        store_commit(&session->transaction, on_committed, session);
}

/* --- probe ------------------------------------------------------------------------- */

static void on_probed(void *argument, struct probe_outcome *outcome)
{
    struct session *session = (struct session *)argument;

    session->wait.outcome = outcome;
    session_wait_done(session);
}

void session_probe(struct session *session)
{
    struct probe_job job = {
        .probe = session->work.portal->command.probe,
        .cancelled = &session->cancelled,
        .done = on_probed,
        .argument = session,
    };

    session_wait_begin(session);
    store_transaction_idle(session->transaction);
    prober_start(session->server->prober, &job);
}
