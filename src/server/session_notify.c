/* LISTEN, UNLISTEN and NOTIFY of a session: they count once their transaction is
 * committed (PostgreSQL 15 manual, LISTEN and NOTIFY). */
#include "base/memory.h"
#include "server/notifier.h"
#include "server/session_internal.h"

enum notify_kind { NOTIFY_LISTEN, NOTIFY_UNLISTEN, NOTIFY_SEND };

struct session_notify {
    enum notify_kind kind;
    char *channel; /* NULL: UNLISTEN * */
    char *payload; /* SEND */
};

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* One that was sent before in this transaction is sent once. */
static bool is_repeated(const struct session *session, const struct session_notify *one)
{
    for (size_t i = 0; i < session->notify_count; i++)
        if (session->notifies[i].kind == NOTIFY_SEND &&
            same_text(session->notifies[i].channel, one->channel) &&
            same_text(session->notifies[i].payload, one->payload))
            return true;
    return false;
}

static void add(struct session *session, const struct session_notify *one)
{
    struct session_notify *added;

    if (one->kind == NOTIFY_SEND && is_repeated(session, one))
        return;
    if (session->notify_count == session->notify_capacity) {
        session->notify_capacity = session->notify_capacity * 2 + 4;
        session->notifies = (struct session_notify *)mem_resize(
            session->notifies, session->notify_capacity * sizeof *session->notifies);
    }
    added = &session->notifies[session->notify_count++];
    added->kind = one->kind;
    added->channel = one->channel == NULL ? NULL : mem_strdup(one->channel);
    added->payload = one->payload == NULL ? NULL : mem_strdup(one->payload);
}

void session_forget_notifies(struct session *session, size_t down_to)
{
    while (session->notify_count > down_to) {
        struct session_notify *last = &session->notifies[--session->notify_count];
        mem_free(last->channel);
        mem_free(last->payload);
    }
    if (session->notify_count == 0) {
        mem_free(session->notifies);
        session->notifies = NULL;
        session->notify_capacity = 0;
    }
}

static void queue(struct session *session, enum notify_kind kind,
                  const struct ast_notify *notify)
{
    char empty[] = "";
    struct session_notify one = {.kind = kind};
    char *channel = notify->channel == NULL ? NULL : mem_strdup(notify->channel);
    char *payload = notify->payload == NULL ? NULL : mem_strdup(notify->payload);

    one.channel = channel;
    one.payload = kind != NOTIFY_SEND ? NULL : payload == NULL ? empty : payload;
    add(session, &one);
    mem_free(channel);
    mem_free(payload);
}

enum rc session_run_notify(struct session *session, struct portal *portal,
                           struct error *err)
{
    const struct ast_statement *statement = portal->prepared->statement;
    const struct ast_notify *notify = statement->notify;

    if (statement->kind == STATEMENT_LISTEN) {
        queue(session, NOTIFY_LISTEN, notify);
    } else if (statement->kind == STATEMENT_UNLISTEN) {
        if (session->listener != NULL || session->notify_count > 0)
            queue(session, NOTIFY_UNLISTEN, notify);
    } else {
        if (notify->payload != NULL && strlen(notify->payload) >= NOTIFIER_PAYLOAD_MAX)
            return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                             "payload string too long");
        queue(session, NOTIFY_SEND, notify);
    }
    return RC_OK;
}

static void ring(void *argument)
{
    struct session *session = (struct session *)argument;

    session->owner.ring(session->owner.argument);
}

static void apply_listen(struct session *session, const struct session_notify *one)
{
    struct notifier *notifier = session->server->notifier;

    if (one->kind == NOTIFY_LISTEN && session->listener == NULL)
        session->listener = notifier_add(notifier, session->database, ring, session);
    if (one->kind == NOTIFY_LISTEN)
        notifier_listen(notifier, session->listener, one->channel);
    else if (session->listener != NULL)
        notifier_unlisten(notifier, session->listener, one->channel);
}

/* The transaction is committed. What it listens to comes first, so that a session hears
 * what it says itself. */
void session_send_notifies(struct session *session)
{
    for (size_t i = 0; i < session->notify_count; i++)
        if (session->notifies[i].kind != NOTIFY_SEND)
            apply_listen(session, &session->notifies[i]);
    for (size_t i = 0; i < session->notify_count; i++) {
        const struct session_notify *one = &session->notifies[i];
        struct notification notification = {registry_pid(session->entry), one->channel,
                                            one->payload};
        if (one->kind == NOTIFY_SEND)
            notifier_send(session->server->notifier, session->database, &notification);
    }
    session_forget_notifies(session, 0);
}

void session_stop_listening(struct session *session)
{
    notifier_remove(session->server->notifier, &session->listener);
}

bool session_deliver(struct session *session, struct buffer *out)
{
    struct notification *notifications = NULL;
    struct arena *arena;
    size_t count;

    if (session->listener == NULL || session->block != SESSION_BLOCK_NONE)
        return false;
    arena = arena_new("notifications", NULL);
    count = notifier_take(session->server->notifier, session->listener, arena,
                          &notifications);
    for (size_t i = 0; i < count; i++)
        pgwire_write_notification(out, (uint32_t)notifications[i].pid,
                                  notifications[i].channel, notifications[i].payload);
    arena_free(&arena);
    return count > 0;
}
