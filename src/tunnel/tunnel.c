/* One known tunnel: joins definition, session and what others may read of it. */
#include "tunnel/tunnel.h"

#include <unistd.h>

#include "base/memory.h"
#include "loop/loop.h"
#include "tunnel/dial_internal.h"
#include "tunnel/manager_internal.h"

/* A session to a bastion that the definition no longer names. */
struct retired {
    struct list_link link;
    struct tunnel *tunnel;
    struct tunnel_session *session;
};

struct tunnel *tunnel_new(struct tunnel_manager *manager, struct tunnel_home *home,
                          const struct tunnel_definition *definition)
{
    struct tunnel *tunnel = MEM_NEW(struct tunnel);
    atomic_init(&tunnel->refs, 1);
    pthread_mutex_init(&tunnel->lock, NULL);
    tunnel->manager = manager;
    tunnel->home = home;
    tunnel->id = mem_strdup(definition->id);
    tunnel->definition = tunnel_definition_copy(definition);
    list_init(&tunnel->retired);
    return tunnel;
}

struct tunnel *tunnel_ref(struct tunnel *tunnel)
{
    atomic_fetch_add(&tunnel->refs, 1);
    return tunnel;
}

void tunnel_unref(struct tunnel **tunnel)
{
    struct tunnel *held = *tunnel;
    *tunnel = NULL;
    if (held == NULL || atomic_fetch_sub(&held->refs, 1) != 1)
        return;
    tunnel_definition_free(&held->definition);
    pthread_mutex_destroy(&held->lock);
    mem_free(held->id);
    mem_free(held);
}

struct tunnel_definition *tunnel_definition_of(struct tunnel *tunnel)
{
    pthread_mutex_lock(&tunnel->lock);
    struct tunnel_definition *copy = tunnel_definition_copy(tunnel->definition);
    pthread_mutex_unlock(&tunnel->lock);
    return copy;
}

void tunnel_facts_of(struct tunnel *tunnel, struct tunnel_facts *facts_out)
{
    pthread_mutex_lock(&tunnel->lock);
    *facts_out = tunnel->facts;
    pthread_mutex_unlock(&tunnel->lock);
}

static void on_change(void *argument)
{
    struct tunnel *tunnel = argument;
    if (tunnel->session == NULL)
        return;
    pthread_mutex_lock(&tunnel->lock);
    tunnel->facts = *tunnel_session_facts(tunnel->session);
    pthread_mutex_unlock(&tunnel->lock);
}

static void on_pin(void *argument, const struct tunnel_host_key *key)
{
    struct tunnel *tunnel = argument;
    tunnel_manager_report_pin(tunnel->manager, tunnel->id, key);
}

static void make_session(struct tunnel *tunnel,
                         const struct tunnel_definition *definition)
{
    struct tunnel_observer observer = {
        .on_change = on_change, .on_pin = on_pin, .argument = tunnel};
    tunnel->session =
        tunnel_session_new(tunnel->home, definition, &observer, &tunnel->counters);
    on_change(tunnel);
    if (tunnel->holds > 0)
        tunnel_session_hold(tunnel->session, true);
}

static void free_retired(void *argument)
{
    struct retired *retired = argument;
    list_remove(&retired->link);
    tunnel_session_free(&retired->session);
    tunnel_unref(&retired->tunnel);
    mem_free(retired);
}

/* Called from within the session, which therefore cannot be freed yet. */
static void on_drained(void *argument)
{
    struct retired *retired = argument;
    if (retired->session != NULL)
        loop_post(retired->tunnel->home->loop, free_retired, retired);
}

/* The session gets an observer of its own, so that its facts no longer count. */
static void retire_session(struct tunnel *tunnel)
{
    struct retired *retired = MEM_NEW(struct retired);
    retired->tunnel = tunnel_ref(tunnel);
    retired->session = tunnel->session;
    tunnel->session = NULL;
    list_append(&tunnel->retired, &retired->link);
    struct tunnel_observer observer = {.on_drained = on_drained, .argument = retired};
    tunnel_session_retire(retired->session, &observer);
}

static bool same_bastion(struct tunnel *tunnel,
                         const struct tunnel_definition *definition)
{
    pthread_mutex_lock(&tunnel->lock);
    bool same = tunnel_definition_same_bastion(tunnel->definition, definition);
    struct tunnel_definition *former = tunnel->definition;
    tunnel->definition = tunnel_definition_copy(definition);
    pthread_mutex_unlock(&tunnel->lock);
    tunnel_definition_free(&former);
    return same;
}

void tunnel_apply(struct tunnel *tunnel, const struct tunnel_definition *definition)
{
    bool same = same_bastion(tunnel, definition);
    if (tunnel->session != NULL && same) {
        tunnel_session_update(tunnel->session, definition);
        return;
    }
    if (tunnel->session != NULL)
        retire_session(tunnel);
    make_session(tunnel, definition);
}

void tunnel_hold(struct tunnel *tunnel, int change)
{
    tunnel->holds += change;
    if (tunnel->session != NULL)
        tunnel_session_hold(tunnel->session, tunnel->holds > 0);
}

void tunnel_take_dial(struct tunnel *tunnel, struct tunnel_dial *dial, int descriptor)
{
    if (tunnel->session != NULL) {
        tunnel_session_dial(tunnel->session, dial, descriptor);
        return;
    }
    struct stage_failure failure;
    stage_failure_set(&failure, STAGE_RESOLVE, STAGE_CAUSE_SHUT_DOWN,
                      "the connection was dropped");
    close(descriptor);
    tunnel_dial_fail(dial, TUNNEL_DIAL_FAILED, &failure);
    tunnel_dial_report(dial, TUNNEL_DIAL_CLOSED);
    tunnel_dial_unref(&dial);
}

void tunnel_retry(struct tunnel *tunnel)
{
    bool waits =
        tunnel->session != NULL &&
        tunnel_session_facts(tunnel->session)->state == TUNNEL_SESSION_BACKING_OFF;
    if (waits)
        tunnel_session_open(tunnel->session);
}

void tunnel_shut(struct tunnel *tunnel)
{
    tunnel_session_free(&tunnel->session);
    LIST_FOR_EACH(&tunnel->retired, link)
    {
        /* One whose on_drained is under way is freed by the job that it posted. */
        struct retired *retired = LIST_ENTRY(link, struct retired, link);
        if (!tunnel_session_is_closed(retired->session))
            free_retired(retired);
    }
}
