#include "server/client.h"

#include <stdio.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/log.h"
#include "base/memory.h"
#include "loop/address.h"
#include "loop/timer.h"
#include "loop/watch.h"
#include "server/cache.h"
#include "server/registry.h"

enum {
    READ_BYTES = 64 * 1024,
    FLUSH_BYTES = 64 * 1024, /* of answers to a pipeline */
    OUT_MAX = 1024 * 1024 * 1024,
    OUT_KEEP = 4096,         /* bytes of output memory that an idle client keeps */
    START_UP_MS = 60 * 1000, /* PostgreSQL's authentication_timeout */
};

struct session_loop {
    struct server *server;
    struct loop *loop;
    struct list_link clients;
    atomic_size_t count;
    struct statement_cache *cache;
    bool is_draining;
    bool is_started;
    uint8_t into[READ_BYTES]; /* lent to one client's message machine at a time */
};

/* What a client waits for. */
enum client_state {
    CLIENT_OPEN,    /* for the peer's bytes */
    CLIENT_BLOCKED, /* for the peer to read, in the middle of an answer */
    CLIENT_WAITING, /* for the session's wake */
    CLIENT_RUNNING, /* for an executor */
    CLIENT_ENDING,  /* for its last words to be sent */
    CLIENT_DEAD,    /* for whoever still holds it */
};

struct client {
    struct list_link link;
    struct session_loop *home;
    struct stream *stream;
    struct pgwire_session *wire;
    struct session *session;
    struct buffer out;
    enum client_state state;
    enum session_step step; /* of the run in an executor */
    bool is_ready;          /* logged in */
    bool is_heavy;          /* the message goes on in executors */
    bool must_flush;
    bool is_paused;   /* messages wait until the peer has read its answers */
    bool is_running;  /* an executor holds it */
    bool is_waiting;  /* a wake will come */
    bool woken;       /* it came before SESSION_WAITING did */
    atomic_int posts; /* interrupts under way */
    struct loop_deferred freeing;
    struct loop_timer timer; /* start-up, statement, or idle time */
    struct loop_timer lock_timer;
    struct worker_job job;
    struct session_peer peer;
    char peer_text[ADDRESS_TEXT_MAX];
    char peer_host[ADDRESS_TEXT_MAX];
};

static void client_go_on(struct client *client);
static void client_pump(struct client *client);

/* --- the end ----------------------------------------------------------------------- */

/* At the end of the turn, when no function of this file has the client in its hands. */
static void on_free(void *argument)
{
    struct client *client = (struct client *)argument;
    struct session_loop *home = client->home;

    session_free(&client->session); /* no interrupt is begun after it */
    if (atomic_load(&client->posts) > 0)
        return; /* the last of them comes here again */
    pgwire_session_free(&client->wire);
    buffer_fini(&client->out);
    list_remove(&client->link);
    atomic_fetch_sub(&home->count, 1);
    LOG(LOG_DEBUG, CLIENT_CLOSED, "peer=%s", client->peer_text);
    mem_free(client);
}

/* Frees a dead client, unless somebody still holds it, who then comes here again. */
static void free_client(struct client *client)
{
    if (!client->is_running && !client->is_waiting)
        loop_defer(client->home->loop, &client->freeing);
}

/* Cuts the connection; what still runs for it is cancelled, and it is freed when that has
 * ended. */
static void client_kill(struct client *client)
{
    if (client->state == CLIENT_DEAD)
        return;
    client->state = CLIENT_DEAD;
    stream_close(&client->stream);
    loop_timer_cancel(&client->timer);
    loop_timer_cancel(&client->lock_timer);
    if (client->is_running || client->is_waiting)
        session_cancel(client->session, SQLSTATE_ADMIN_SHUTDOWN,
                       "terminating connection because its client is gone");
    if (client->is_waiting && session_leave_wait(client->session))
        client->is_waiting = false;
    free_client(client);
}

static void want(struct client *client)
{
    bool reads = client->state == CLIENT_OPEN && !client->is_paused;
    bool writes = buffer_len(&client->out) > 0 && client->must_flush;

    stream_want(client->stream, (struct loop_interest){reads, writes});
}

/* Sends what fits. False: the connection broke and the client is gone. */
static bool flush(struct client *client)
{
    struct error err;

    error_clear(&err);
    client->must_flush = true;
    while (buffer_len(&client->out) > 0) {
        size_t count = 0;
        enum rc rc =
            stream_write(client->stream, buffer_bytes(&client->out), &count, &err);
        if (rc == RC_AGAIN)
            return true;
        if (rc != RC_OK) {
            client_kill(client);
            return false;
        }
        buffer_consume(&client->out, count);
    }
    client->must_flush = false;
    buffer_reset(&client->out, OUT_KEEP);
    if (client->state == CLIENT_ENDING) {
        client_kill(client);
        return false;
    }
    return true;
}

/* Sends the last words, then ends. */
static void client_end(struct client *client)
{
    client->state = CLIENT_ENDING;
    loop_timer_arm(&client->timer, (struct ms){5000});
    if (flush(client))
        want(client);
}

static void end_with(struct client *client, struct error *err)
{
    error_widen(err, ERROR_REACH_SESSION);
    pgwire_write_error(&client->out, err);
    client_end(client);
}

static void say_goodbye(struct client *client)
{
    struct error err;

    error_clear(&err);
    error_set(&err, SQLSTATE_ADMIN_SHUTDOWN,
              "terminating connection due to administrator command");
    if (client->is_ready)
        end_with(client, &err);
    else
        client_kill(client);
}

/* --- time -------------------------------------------------------------------------- */

static void interrupt_waiting(struct client *client)
{
    if (client->is_waiting && session_leave_wait(client->session)) {
        client->is_waiting = false;
        client_go_on(client);
    }
}

static void on_time(void *argument)
{
    struct client *client = (struct client *)argument;
    struct error err;

    error_clear(&err);
    if (client->state == CLIENT_ENDING || !client->is_ready) {
        client_kill(client);
        return;
    }
    if (client->state != CLIENT_OPEN) {
        session_cancel(client->session, SQLSTATE_QUERY_CANCELED,
                       "canceling statement due to statement timeout");
        interrupt_waiting(client);
        return;
    }
    if (session_transaction_status(client->session) == PGWIRE_TRANSACTION_IDLE)
        error_set(&err, SQLSTATE_IDLE_SESSION_TIMEOUT,
                  "terminating connection due to idle-session timeout");
    else
        error_set(&err, SQLSTATE_IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
                  "terminating connection due to idle-in-transaction timeout");
    end_with(client, &err);
}

static void on_lock_time(void *argument)
{
    struct client *client = (struct client *)argument;

    session_cancel(client->session, SQLSTATE_LOCK_NOT_AVAILABLE,
                   "canceling statement due to lock timeout");
    interrupt_waiting(client);
}

static void arm(struct loop_timer *timer, int64_t ms)
{
    if (ms > 0)
        loop_timer_arm(timer, (struct ms){ms});
    else
        loop_timer_cancel(timer);
}

static void arm_idle(struct client *client)
{
    struct session_timeouts timeouts = session_timeouts(client->session);

    arm(&client->timer,
        session_transaction_status(client->session) == PGWIRE_TRANSACTION_IDLE
            ? timeouts.idle
            : timeouts.idle_in_transaction);
}

/* --- carrying out messages --------------------------------------------------------- */

static void executor_work(struct worker_job *job)
{
    struct client *client = LIST_ENTRY(job, struct client, job);

    client->step = session_run(client->session, NULL, &client->out);
}

static void take_step(struct client *client, enum session_step step);

static void executor_done(struct worker_job *job, bool is_cancelled)
{
    struct client *client = LIST_ENTRY(job, struct client, job);

    client->is_running = false;
    if (client->state != CLIENT_DEAD && !is_cancelled) {
        take_step(client, client->step);
        return;
    }
    if (!is_cancelled && client->step == SESSION_WAITING && !client->woken)
        client->is_waiting = !session_leave_wait(client->session);
    if (client->state == CLIENT_DEAD)
        free_client(client);
}

static void submit(struct client *client)
{
    client->state = CLIENT_RUNNING;
    want(client);
    client->is_heavy = true;
    client->is_running = true;
    client->job.work = executor_work;
    client->job.done = executor_done;
    client->job.name = "statement";
    worker_submit(client->home->server->executors, client->home->loop, &client->job);
}

/* The message is answered. False: the client is gone. */
static bool end_message(struct client *client, enum session_step step)
{
    client->is_heavy = false;
    client->state = CLIENT_OPEN;
    loop_timer_cancel(&client->lock_timer);
    if (step == SESSION_CLOSE) {
        client_end(client);
        return false;
    }
    if (step == SESSION_FLUSH || buffer_len(&client->out) > OUT_KEEP * 4)
        client->must_flush = true;
    return true;
}

/* What the session asks for. True: the next message may be looked at. */
static bool act(struct client *client, enum session_step step)
{
    if (step == SESSION_MORE || step == SESSION_WAITING || step == SESSION_HEAVY)
        pgwire_session_keep(client->wire); /* the loop's buffer is for others now */
    switch (step) {
    case SESSION_MORE:
        client->state = CLIENT_BLOCKED;
        if (!flush(client))
            return false;
        if (buffer_len(&client->out) == 0)
            client_go_on(client);
        else
            want(client);
        return false;
    case SESSION_WAITING:
        client->state = CLIENT_WAITING;
        client->is_waiting = !client->woken;
        client->woken = false;
        arm(&client->lock_timer, session_timeouts(client->session).lock);
        want(client);
        if (!client->is_waiting)
            client_go_on(client);
        return false;
    case SESSION_HEAVY:
        submit(client);
        return false;
    default:
        return end_message(client, step);
    }
}

/* The session goes on: after a wait, once the peer has read, or in an executor. */
static void client_go_on(struct client *client)
{
    if (client->is_heavy) {
        submit(client);
        return;
    }
    take_step(client, session_run(client->session, client->home->cache, &client->out));
}

/* Outside of client_pump(): acts, then looks at what the peer has sent meanwhile. */
static void take_step(struct client *client, enum session_step step)
{
    if (act(client, step))
        client_pump(client);
}

static void on_wake(void *argument)
{
    struct client *client = (struct client *)argument;

    if (client->is_running) {
        client->woken = true;
        return;
    }
    client->is_waiting = false;
    if (client->state == CLIENT_DEAD)
        free_client(client);
    else
        client_go_on(client);
}

static void wake(void *argument)
{
    struct client *client = (struct client *)argument;

    loop_post(client->home->loop, on_wake, client);
}

static void on_interrupt(void *argument)
{
    struct client *client = (struct client *)argument;

    atomic_fetch_sub(&client->posts, 1);
    if (client->state == CLIENT_DEAD)
        free_client(client);
    else if (client->state == CLIENT_OPEN && session_is_terminated(client->session))
        say_goodbye(client);
    else
        interrupt_waiting(client);
}

static void interrupt(void *argument)
{
    struct client *client = (struct client *)argument;

    atomic_fetch_add(&client->posts, 1);
    loop_post(client->home->loop, on_interrupt, client);
}

static void on_ring(void *argument)
{
    struct client *client = (struct client *)argument;

    atomic_fetch_sub(&client->posts, 1);
    if (client->state == CLIENT_DEAD)
        free_client(client);
    else if (client->state == CLIENT_OPEN && !client->is_paused &&
             session_deliver(client->session, &client->out) && flush(client))
        want(client);
}

static void ring(void *argument)
{
    struct client *client = (struct client *)argument;

    atomic_fetch_add(&client->posts, 1);
    loop_post(client->home->loop, on_ring, client);
}

/* --- start-up ---------------------------------------------------------------------- */

/* False: the client is gone. */
static bool answer_tls(struct client *client)
{
    const struct tls_server_context *tls = client->home->server->tls;
    struct error err;

    error_clear(&err);
    if (pgwire_session_answer_tls(client->wire, tls != NULL, &client->out, &err) !=
        RC_OK) {
        end_with(client, &err);
        return false;
    }
    if (!flush(client))
        return false;
    if (tls == NULL)
        return true;
    if (buffer_len(&client->out) > 0) { /* one byte that the kernel did not take */
        client_kill(client);
        return false;
    }
    stream_unwatch(client->stream);
    client->stream = stream_tls_server(&client->stream, tls);
    client->peer.is_encrypted = true;
    return true;
}

static void start_session(struct client *client, const struct pgwire_startup *startup)
{
    struct error err;

    error_clear(&err);
    if (session_start(client->session, startup, &client->peer, &client->out, &err) !=
        RC_OK) {
        LOG(LOG_INFO, CLIENT_REFUSED, "peer=%s sqlstate=%s", client->peer_text,
            sqlstate_code(err.state));
        end_with(client, &err);
        return;
    }
    client->is_ready = true;
    pgwire_session_ready(client->wire);
    client->must_flush = true;
    loop_timer_cancel(&client->timer);
    LOG(LOG_DEBUG, CLIENT_READY, "peer=%s", client->peer_text);
}

static void watch(struct client *client);

/* True: the next event may be looked at. */
static bool take_first(struct client *client, const struct pgwire_event *event)
{
    struct error err;

    error_clear(&err);
    switch (event->kind) {
    case PGWIRE_EVENT_SSL_REQUEST:
        if (!answer_tls(client))
            return false;
        if (client->peer.is_encrypted)
            watch(client);
        return true;
    case PGWIRE_EVENT_GSSENC_REQUEST:
        client->must_flush = true;
        if (pgwire_session_refuse_gssenc(client->wire, &client->out, &err) == RC_OK)
            return true;
        end_with(client, &err);
        return false;
    case PGWIRE_EVENT_CANCEL:
        registry_cancel(client->home->server->registry, event->cancel.process_id,
                        event->cancel.key);
        client_kill(client);
        return false;
    default:
        start_session(client, &event->startup);
        return client->state == CLIENT_OPEN;
    }
}

static bool take_event(struct client *client, const struct pgwire_event *event,
                       const struct error *refused)
{
    if (event->kind == PGWIRE_EVENT_TERMINATE) {
        client_kill(client);
        return false;
    }
    if (!client->is_ready)
        return take_first(client, event);
    if (event->kind == PGWIRE_EVENT_QUERY || event->kind == PGWIRE_EVENT_EXECUTE)
        arm(&client->timer, session_timeouts(client->session).statement);
    session_take(client->session, client->wire, event, refused);
    return act(client, session_run(client->session, client->home->cache, &client->out));
}

/* --- bytes ------------------------------------------------------------------------- */

/* Nothing more to do for now: sends what is due, and reads on. */
static void client_rest(struct client *client)
{
    if (client->must_flush && !flush(client))
        return;
    if (client->home->is_draining && client->is_ready) {
        say_goodbye(client);
        return;
    }
    if (client->is_ready)
        arm_idle(client);
    want(client);
}

/* A peer that sends and never reads is heard no more until it reads. False: it is so, or
 * the client is gone. */
static bool may_go_on(struct client *client)
{
    if (!flush(client))
        return false;
    if (buffer_len(&client->out) <= FLUSH_BYTES)
        return true;
    client->is_paused = true;
    pgwire_session_keep(client->wire);
    want(client);
    return false;
}

/* Carries out every message that is there. */
static void client_pump(struct client *client)
{
    struct pgwire_event event;
    struct error err;
    enum rc rc;

    for (;;) {
        error_clear(&err);
        rc = pgwire_session_next(client->wire, &event, &err);
        if (rc != RC_OK)
            break;
        if (!take_event(client, &event, &err))
            return;
        if (buffer_len(&client->out) > FLUSH_BYTES && !may_go_on(client))
            return;
    }
    if (rc == RC_FAILED)
        end_with(client, &err);
    else if (rc == RC_EOF)
        client_kill(client);
    else
        client_rest(client);
}

static void on_end_of_stream(struct client *client)
{
    struct error err;

    error_clear(&err);
    if (pgwire_session_end(client->wire, &err) != RC_OK)
        LOG(LOG_DEBUG, CLIENT_REFUSED, "peer=%s sqlstate=%s", client->peer_text,
            sqlstate_code(err.state));
    client_kill(client);
}

static void on_readable(void *argument)
{
    struct client *client = (struct client *)argument;
    struct session_loop *home = client->home;
    struct error err;
    size_t count = 0;
    enum rc rc;

    error_clear(&err);
    rc = stream_read(client->stream, home->into, sizeof home->into, &count, &err);
    if (rc == RC_AGAIN)
        return;
    if (rc != RC_OK) {
        on_end_of_stream(client);
        return;
    }
    rc = pgwire_session_feed(client->wire, bytes_of(home->into, count));
    ASSERT(rc == RC_OK); /* everything was taken out before */
    loop_timer_cancel(&client->timer);
    if (!client->is_ready)
        loop_timer_arm(&client->timer, (struct ms){START_UP_MS});
    client_pump(client);
}

static void on_writable(void *argument)
{
    struct client *client = (struct client *)argument;

    if (!flush(client))
        return;
    if (buffer_len(&client->out) == 0 && client->state == CLIENT_BLOCKED) {
        client_go_on(client);
    } else if (buffer_len(&client->out) == 0 && client->is_paused) {
        client->is_paused = false;
        client_pump(client);
    } else {
        want(client);
    }
}

static void on_closed(void *argument)
{
    client_kill((struct client *)argument);
}

static void watch(struct client *client)
{
    static const struct stream_callbacks callbacks = {on_readable, on_writable,
                                                      on_closed};

    stream_watch(client->stream, client->home->loop, "client", &callbacks, client);
}

/* --- the loop ---------------------------------------------------------------------- */

struct arrival {
    struct session_loop *home;
    int descriptor;
    char peer[ADDRESS_TEXT_MAX];
};

static void set_peer(struct client *client, const char *peer)
{
    char host[ADDRESS_HOST_MAX];

    snprintf(client->peer_text, sizeof client->peer_text, "%s", peer);
    if (!address_split(peer, host, &client->peer.port))
        host[0] = '\0';
    snprintf(client->peer_host, sizeof client->peer_host, "%.*s",
             (int)sizeof client->peer_host - 1, host);
    client->peer.address = client->peer_host;
}

static void on_arrival(void *argument)
{
    struct arrival *arrival = (struct arrival *)argument;
    struct session_loop *home = arrival->home;
    struct session_owner owner = {.wake = wake, .interrupt = interrupt, .ring = ring};
    struct client *client;

    if (home->is_draining) {
        close(arrival->descriptor);
        atomic_fetch_sub(&home->count, 1);
        mem_free(arrival);
        return;
    }
    client = MEM_NEW(struct client);
    owner.argument = client;
    client->home = home;
    client->stream = stream_new(arrival->descriptor);
    client->wire = pgwire_session_new(PGWIRE_LIMIT_DEFAULT);
    client->session = session_new(home->server, &owner);
    buffer_init(&client->out, OUT_MAX);
    set_peer(client, arrival->peer);
    mem_free(arrival);
    atomic_init(&client->posts, 0);
    list_append(&home->clients, &client->link);
    loop_deferred_init(&client->freeing, "client", on_free, client);
    loop_timer_init(&client->timer, home->loop, "client", on_time, client);
    loop_timer_init(&client->lock_timer, home->loop, "lock", on_lock_time, client);
    loop_timer_arm(&client->timer, (struct ms){START_UP_MS});
    LOG(LOG_DEBUG, CLIENT_CONNECTED, "peer=%s", client->peer_text);
    watch(client);
    want(client);
}

void session_loop_accept(struct session_loop *loop, int descriptor, const char *peer)
{
    struct arrival *arrival = MEM_NEW(struct arrival);

    arrival->home = loop;
    arrival->descriptor = descriptor;
    snprintf(arrival->peer, sizeof arrival->peer, "%s", peer);
    atomic_fetch_add(&loop->count, 1);
    loop_post(loop->loop, on_arrival, arrival);
}

size_t session_loop_count(const struct session_loop *loop)
{
    return atomic_load(&loop->count);
}

static void on_drain(void *argument)
{
    struct session_loop *home = (struct session_loop *)argument;

    home->is_draining = true;
    LIST_FOR_EACH(&home->clients, link)
    {
        struct client *client = LIST_ENTRY(link, struct client, link);
        if (client->state == CLIENT_OPEN)
            say_goodbye(client);
    }
}

static void on_drain_now(void *argument)
{
    struct session_loop *home = (struct session_loop *)argument;

    home->is_draining = true;
    LIST_FOR_EACH(&home->clients, link)
    {
        struct client *client = LIST_ENTRY(link, struct client, link);
        if (client->state == CLIENT_OPEN)
            say_goodbye(client);
        else if (client->state != CLIENT_DEAD)
            client_kill(client);
    }
}

void session_loop_drain(struct session_loop *loop, bool at_once)
{
    if (at_once)
        loop_post(loop->loop, on_drain_now, loop);
    else
        loop_post(loop->loop, on_drain, loop);
}

enum rc session_loop_new(struct server *server, struct session_loop **loop_out,
                         struct error *err)
{
    struct session_loop *loop = MEM_NEW(struct session_loop);

    loop->server = server;
    list_init(&loop->clients);
    atomic_init(&loop->count, 0);
    loop->cache = statement_cache_new();
    *loop_out = loop;
    return loop_new("session", &loop->loop, err);
}

enum rc session_loop_start(struct session_loop *loop, struct error *err)
{
    TRY(loop_thread_start(loop->loop, 0, err));
    loop->is_started = true;
    return RC_OK;
}

void session_loop_stop(struct session_loop *loop)
{
    if (!loop->is_started)
        return;
    loop_stop(loop->loop);
    loop_thread_join(loop->loop);
    loop->is_started = false;
}

void session_loop_turn(struct session_loop *loop, struct ms wait_at_most)
{
    loop_turn(loop->loop, wait_at_most);
}

void session_loop_free(struct session_loop **loop)
{
    struct session_loop *held = *loop;

    *loop = NULL;
    if (held == NULL)
        return;
    session_loop_stop(held);
    LIST_FOR_EACH(&held->clients, link)
    {
        client_kill(LIST_ENTRY(link, struct client, link));
    }
    loop_turn(held->loop, (struct ms){0});
    loop_free(&held->loop);
    ASSERT(list_is_empty(&held->clients));
    statement_cache_free(&held->cache);
    mem_free(held);
}
