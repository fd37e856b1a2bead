/* A probe: a fresh session, walked to its end once, told as a list of stages. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/log.h"
#include "base/memory.h"
#include "loop/loop.h"
#include "tunnel/dial_internal.h"
#include "tunnel/manager_internal.h"
#include "tunnel/session.h"

/* Shared by the manager and by each probe that its asker has not heard of yet. */
struct probe_list {
    _Atomic int refs;
    struct tunnel_manager *manager; /* not to be used once its loops have stopped */
    pthread_mutex_t lock;
    struct list_link probes;
    uint64_t next_number;
};

struct probe {
    struct list_link link; /* under the list's lock */
    struct probe_list *list;
    uint64_t number;
    struct tunnel_home *home;
    struct tunnel_definition *definition;
    char *target_host;
    uint16_t target_port;
    struct loop *asker;
    void (*on_done)(void *argument, const struct tunnel_probe_result *result);
    void *argument;
    _Atomic bool is_cancelled;

    /* Only in the home's loop. */
    bool is_ending;
    struct tunnel_manager_settings settings; /* a shorter connect_timeout, perhaps */
    struct tunnel_home private_home;
    struct tunnel_counters counters;
    struct tunnel_session *session;
    struct tunnel_dial *dial;
    int descriptor; /* the consumer's end, which nobody reads */
    int64_t forward_started_us;

    /* What is handed to the asker. */
    struct tunnel_probe_result result;
    struct tunnel_facts facts; /* holds the texts of result.host_key */
};

struct probe_list *tunnel_probe_list_new(struct tunnel_manager *manager)
{
    struct probe_list *list = MEM_NEW(struct probe_list);
    atomic_init(&list->refs, 1);
    list->manager = manager;
    pthread_mutex_init(&list->lock, NULL);
    list_init(&list->probes);
    return list;
}

void tunnel_probe_list_free(struct probe_list **list)
{
    struct probe_list *held = *list;
    *list = NULL;
    if (held == NULL || atomic_fetch_sub(&held->refs, 1) != 1)
        return;
    pthread_mutex_destroy(&held->lock);
    mem_free(held);
}

static void free_probe(struct probe *probe)
{
    pthread_mutex_lock(&probe->list->lock);
    list_remove(&probe->link);
    pthread_mutex_unlock(&probe->list->lock);
    tunnel_probe_list_free(&probe->list);
    tunnel_definition_free(&probe->definition);
    mem_free(probe->target_host);
    mem_free(probe);
}

/* --- ending: home's loop, then asker's loop ---------------------------------------- */

static void deliver(void *argument)
{
    struct probe *probe = argument;
    if (!atomic_load(&probe->is_cancelled))
        probe->on_done(probe->argument, &probe->result);
    free_probe(probe);
}

static void fill_result(struct probe *probe)
{
    struct tunnel_probe_result *result = &probe->result;
    probe->facts = *tunnel_session_facts(probe->session);
    if (probe->facts.fingerprint[0] != '\0')
        result->host_key = (struct tunnel_host_key){
            probe->facts.host_key_type, probe->facts.host_key, probe->facts.fingerprint};
    result->is_first_use = probe->facts.is_first_use;
    result->accepted_key = probe->facts.accepted_key;
}

static void run_end(void *argument)
{
    struct probe *probe = argument;
    fill_result(probe);
    if (probe->dial != NULL)
        tunnel_dial_forget(probe->dial);
    tunnel_dial_unref(&probe->dial);
    if (probe->descriptor >= 0)
        close(probe->descriptor);
    tunnel_session_free(&probe->session);
    LOG(LOG_INFO, CONNECTION_PROBED, "tunnel=%s verdict=%s stage=\"%s\" cause=%s",
        probe->definition->id,
        probe->result.failure.stage == STAGE_NONE ? "ok" : "failed",
        stage_name(probe->result.failure.stage),
        stage_cause_name(probe->result.failure.cause));
    if (probe->result.failure.stage == STAGE_NONE)
        tunnel_manager_retry(probe->list->manager, probe->definition->id);
    loop_post(probe->asker, deliver, probe);
}

/* Posted, because the session that calls cannot be freed under its own feet. */
static void end(struct probe *probe)
{
    if (probe->is_ending)
        return;
    probe->is_ending = true;
    loop_post(probe->home->loop, run_end, probe);
}

/* --- the forward ------------------------------------------------------------------- */

static void add_forward_record(struct probe *probe, const struct tunnel_dial_record *dial)
{
    char address[STAGE_ADDRESS_MAX];
    snprintf(address, sizeof(address), "%s:%u", probe->target_host,
             (unsigned)probe->target_port);
    struct stage_record *record = stage_trace_add(
        &probe->result.trace, probe->definition->name, STAGE_FORWARD, address);
    record->time_us = clock_monotonic_us() - probe->forward_started_us;
    if (dial->failure.stage == STAGE_NONE) {
        stage_record_found(record, "the target accepts connections");
        return;
    }
    stage_record_fail(record, &dial->failure);
    probe->result.failure = dial->failure;
}

static void on_dial(void *argument, struct tunnel_dial *dial,
                    enum tunnel_dial_event event)
{
    (void)event;
    struct probe *probe = argument;
    if (probe->is_ending)
        return;
    struct tunnel_dial_record record;
    tunnel_dial_read(dial, &record);
    add_forward_record(probe, &record);
    end(probe);
}

static void begin_forward(struct probe *probe)
{
    int pair[2];
    probe->forward_started_us = clock_monotonic_us();
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) != 0) {
        stage_failure_set(&probe->result.failure, STAGE_FORWARD, STAGE_CAUSE_SHUT_DOWN,
                          "could not make a socket pair");
        end(probe);
        return;
    }
    struct tunnel_dial_request request = {
        .host = probe->target_host,
        .port = probe->target_port,
        .timeout = probe->settings.connect_timeout,
        .asker = probe->home->loop,
        .on_event = on_dial,
        .argument = probe,
    };
    struct tunnel_dial *dial = tunnel_dial_new(&request, probe->definition, 0);
    probe->dial = tunnel_dial_ref(dial);
    probe->descriptor = pair[0];
    tunnel_session_dial(probe->session, dial, pair[1]);
}

/* Posted by on_up, since the session is in the middle of its turn then. */
static void run_forward(void *argument)
{
    struct probe *probe = argument;
    if (!probe->is_ending)
        begin_forward(probe);
}

/* --- the session ------------------------------------------------------------------- */

static void on_up(void *argument)
{
    struct probe *probe = argument;
    probe->result.trace = *tunnel_session_trace(probe->session);
    if (probe->is_ending)
        return;
    if (probe->target_host == NULL)
        end(probe);
    else
        loop_post(probe->home->loop, run_forward, probe);
}

static void on_failed(void *argument)
{
    struct probe *probe = argument;
    const struct tunnel_facts *facts = tunnel_session_facts(probe->session);
    if (probe->is_ending || facts->connect_count > 0)
        return; /* a session cut after login has failed the dial, which tells more */
    probe->result.trace = *tunnel_session_trace(probe->session);
    probe->result.failure = facts->last_failure;
    end(probe);
}

static void on_pin(void *argument, const struct tunnel_host_key *key)
{
    struct probe *probe = argument;
    tunnel_manager_report_pin(probe->list->manager, probe->definition->id, key);
}

static void run_begin(void *argument)
{
    struct probe *probe = argument;
    struct tunnel_observer observer = {
        .on_up = on_up, .on_failed = on_failed, .on_pin = on_pin, .argument = probe};
    probe->private_home = (struct tunnel_home){
        .loop = probe->home->loop,
        .workers = probe->home->workers,
        .number = probe->home->number,
        .settings = &probe->settings,
        .scratch = probe->home->scratch,
    };
    probe->session = tunnel_session_new(&probe->private_home, probe->definition,
                                        &observer, &probe->counters);
    if (!probe->is_ending)
        tunnel_session_open(probe->session);
}

uint64_t tunnel_probe_start(struct probe_list *list,
                            const struct tunnel_probe_request *request)
{
    struct probe *probe = MEM_NEW(struct probe);
    atomic_fetch_add(&list->refs, 1);
    probe->list = list;
    probe->definition = tunnel_definition_copy(request->definition);
    probe->home = tunnel_manager_home(list->manager, probe->definition->id);
    probe->settings = *probe->home->settings;
    if (request->timeout.count > 0)
        probe->settings.connect_timeout = request->timeout;
    if (request->target_host != NULL)
        probe->target_host = mem_strdup(request->target_host);
    probe->target_port = request->target_port;
    probe->asker = request->asker;
    probe->on_done = request->on_done;
    probe->argument = request->argument;
    probe->descriptor = -1;
    pthread_mutex_lock(&list->lock);
    uint64_t number = ++list->next_number;
    probe->number = number;
    list_append(&list->probes, &probe->link);
    pthread_mutex_unlock(&list->lock);
    loop_post(probe->home->loop, run_begin, probe);
    return number;
}

/* A probe stays in the list until on_done has run, so that it can be cancelled even when
 * its result is on the way. */
void tunnel_probe_cancel(struct probe_list *list, uint64_t number)
{
    pthread_mutex_lock(&list->lock);
    LIST_FOR_EACH(&list->probes, link)
    {
        struct probe *probe = LIST_ENTRY(link, struct probe, link);
        if (probe->number == number)
            atomic_store(&probe->is_cancelled, true);
    }
    pthread_mutex_unlock(&list->lock);
}

void tunnel_probe_end_all(struct probe_list *list, struct tunnel_home *home)
{
    pthread_mutex_lock(&list->lock);
    LIST_FOR_EACH(&list->probes, link)
    {
        struct probe *probe = LIST_ENTRY(link, struct probe, link);
        if (probe->home != home || probe->is_ending)
            continue;
        stage_failure_set(&probe->result.failure, STAGE_RESOLVE, STAGE_CAUSE_SHUT_DOWN,
                          "the server stops");
        end(probe);
    }
    pthread_mutex_unlock(&list->lock);
}
