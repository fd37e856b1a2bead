/* The registry of tunnels and dials, and the threads that carry them. All real work is
 * posted to the loop that owns the tunnel; the order of posts is the order of calls. */
#include "tunnel/manager.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/error.h"
#include "base/list.h"
#include "base/map.h"
#include "base/memory.h"
#include "loop/loop.h"
#include "loop/worker.h"
#include "tunnel/dial_internal.h"
#include "tunnel/manager_internal.h"
#include "tunnel/options.h"
#include "tunnel/tunnel.h"

enum {
    LOOPS_MAX = 64,
    FAILED_DIALS_KEPT = 64,
    PAIR_BUFFER_LEN = 1024 * 1024,
    RESOLVERS = 4
};

struct tunnel_manager {
    struct tunnel_manager_settings settings;
    struct tunnel_home *homes;
    struct worker_pool
        *workers;         /* own ones, so that a slow resolver delays only tunnels */
    size_t running_count; /* of homes whose thread runs */
    struct probe_list *probes;

    pthread_mutex_t lock; /* of all that follows */
    struct map *tunnels;  /* id to struct tunnel, one reference each */
    size_t next_home;
    uint64_t next_number;
    struct list_link dials;                        /* one reference each; live ones */
    struct tunnel_dial *failed[FAILED_DIALS_KEPT]; /* a ring; one reference each */
    size_t failed_count;
};

/* What is posted to a home's loop. */
struct job {
    struct tunnel *tunnel;
    struct tunnel_definition *definition;
    struct tunnel_dial *dial;
    int descriptor;
    int change;
};

static void free_job(struct job *job)
{
    tunnel_definition_free(&job->definition);
    tunnel_unref(&job->tunnel);
    mem_free(job);
}

static void post(struct tunnel *tunnel, void (*run)(void *), struct job with)
{
    struct job *job = MEM_NEW(struct job);
    *job = with;
    job->tunnel = tunnel_ref(tunnel);
    loop_post(tunnel->home->loop, run, job);
}

static void run_apply(void *argument)
{
    struct job *job = argument;
    tunnel_apply(job->tunnel, job->definition);
    free_job(job);
}

static void run_shut(void *argument)
{
    struct job *job = argument;
    tunnel_shut(job->tunnel);
    free_job(job);
}

static void run_hold(void *argument)
{
    struct job *job = argument;
    tunnel_hold(job->tunnel, job->change);
    free_job(job);
}

static void run_retry(void *argument)
{
    struct job *job = argument;
    tunnel_retry(job->tunnel);
    free_job(job);
}

static void run_dial(void *argument)
{
    struct job *job = argument;
    tunnel_take_dial(job->tunnel, job->dial, job->descriptor);
    free_job(job);
}

/* --- life --------------------------------------------------------------------------- */

static struct ms ms_or(struct ms given, struct ms otherwise)
{
    return given.count > 0 ? given : otherwise;
}

static void fill_defaults(struct tunnel_manager_settings *settings)
{
    if (settings->loop_count == 0)
        settings->loop_count = 1;
    if (settings->loop_count > LOOPS_MAX)
        settings->loop_count = LOOPS_MAX;
    settings->connect_timeout = ms_or(settings->connect_timeout, SECONDS(30));
    settings->keepalive_interval = ms_or(settings->keepalive_interval, SECONDS(10));
    if (settings->keepalive_count <= 0)
        settings->keepalive_count = 3;
    settings->idle_timeout = ms_or(settings->idle_timeout, SECONDS(300));
    settings->retry_first = ms_or(settings->retry_first, MS(200));
    settings->retry_max = ms_or(settings->retry_max, SECONDS(5));
    settings->refused_first = ms_or(settings->refused_first, SECONDS(5));
    settings->refused_max = ms_or(settings->refused_max, SECONDS(600));
    if (settings->window == 0)
        settings->window = 4 * 1024 * 1024;
    if (settings->window < 512 * 1024)
        settings->window = 512 * 1024;
}

static enum rc start_home(struct tunnel_manager *manager, size_t number,
                          struct error *err)
{
    struct tunnel_home *home = &manager->homes[number];
    home->number = number;
    home->settings = &manager->settings;
    home->workers = manager->workers;
    TRY(loop_new("tunnel", &home->loop, err));
    home->scratch = mem_alloc(manager->settings.window);
    return loop_thread_start(home->loop, 0, err);
}

enum rc tunnel_manager_new(const struct tunnel_manager_settings *settings,
                           struct tunnel_manager **manager_out, struct error *err)
{
    struct tunnel_manager *manager = MEM_NEW(struct tunnel_manager);
    manager->settings = *settings;
    fill_defaults(&manager->settings);
    size_t count = manager->settings.loop_count;
    manager->homes = mem_alloc_array(count, sizeof(struct tunnel_home));
    pthread_mutex_init(&manager->lock, NULL);
    manager->tunnels = map_new();
    manager->probes = tunnel_probe_list_new(manager);
    list_init(&manager->dials);
    enum rc rc = worker_pool_new("tunnel-names", RESOLVERS, 0, &manager->workers, err);
    while (rc == RC_OK && manager->running_count < count) {
        rc = start_home(manager, manager->running_count, err);
        if (rc == RC_OK)
            manager->running_count++;
    }
    if (rc != RC_OK)
        tunnel_manager_free(&manager);
    *manager_out = manager;
    return rc;
}

static void run_stop(void *argument)
{
    struct tunnel_home *home = argument;
    loop_stop(home->loop);
}

struct ending {
    struct tunnel_manager *manager;
    struct tunnel_home *home;
};

/* What the ends of sessions post comes before the stop. */
static void run_end(void *argument)
{
    struct ending *ending = argument;
    tunnel_probe_end_all(ending->manager->probes, ending->home);
    loop_post(ending->home->loop, run_stop, ending->home);
    mem_free(ending);
}

static void shut_tunnels(struct tunnel_manager *manager)
{
    size_t at = 0;
    void *value = NULL;
    pthread_mutex_lock(&manager->lock);
    while (map_next(manager->tunnels, &at, NULL, &value)) {
        struct tunnel *tunnel = value;
        post(tunnel, run_shut, (struct job){0});
        tunnel_unref(&tunnel);
    }
    map_free(&manager->tunnels);
    manager->tunnels = map_new();
    pthread_mutex_unlock(&manager->lock);
}

/* Look-ups that are still under way report to loops that turn no more: the loops call
 * them when they are freed, so the workers go first. */
static void stop_homes(struct tunnel_manager *manager)
{
    for (size_t i = 0; i < manager->running_count; i++) {
        struct ending *ending = MEM_NEW(struct ending);
        ending->manager = manager;
        ending->home = &manager->homes[i];
        loop_post(ending->home->loop, run_end, ending);
    }
    for (size_t i = 0; i < manager->running_count; i++)
        loop_thread_join(manager->homes[i].loop);
    worker_pool_free(&manager->workers);
    for (size_t i = 0; i < manager->settings.loop_count; i++) {
        loop_free(&manager->homes[i].loop);
        mem_free(manager->homes[i].scratch);
    }
}

static void free_dials(struct tunnel_manager *manager)
{
    while (!list_is_empty(&manager->dials)) {
        struct tunnel_dial *dial =
            LIST_ENTRY(manager->dials.next, struct tunnel_dial, link);
        list_remove(&dial->link);
        tunnel_dial_unref(&dial);
    }
    for (size_t i = 0; i < FAILED_DIALS_KEPT; i++)
        tunnel_dial_unref(&manager->failed[i]);
}

void tunnel_manager_free(struct tunnel_manager **manager)
{
    struct tunnel_manager *ended = *manager;
    if (ended == NULL)
        return;
    *manager = NULL;
    shut_tunnels(ended);
    stop_homes(ended);
    tunnel_probe_list_free(&ended->probes);
    free_dials(ended);
    map_free(&ended->tunnels);
    pthread_mutex_destroy(&ended->lock);
    mem_free(ended->homes);
    mem_free(ended);
}

/* --- tunnels ------------------------------------------------------------------------ */

/* A reference, or NULL. */
static struct tunnel *find(struct tunnel_manager *manager, const char *id)
{
    pthread_mutex_lock(&manager->lock);
    struct tunnel *tunnel = map_find(manager->tunnels, bytes_of_text(id));
    if (tunnel != NULL)
        tunnel_ref(tunnel);
    pthread_mutex_unlock(&manager->lock);
    return tunnel;
}

struct tunnel_home *tunnel_manager_home(struct tunnel_manager *manager, const char *id)
{
    struct tunnel *tunnel = find(manager, id);
    struct tunnel_home *home = tunnel == NULL ? &manager->homes[0] : tunnel->home;
    tunnel_unref(&tunnel);
    return home;
}

static struct tunnel *find_or_add(struct tunnel_manager *manager,
                                  const struct tunnel_definition *definition)
{
    struct tunnel *tunnel = find(manager, definition->id);
    if (tunnel != NULL)
        return tunnel;
    pthread_mutex_lock(&manager->lock);
    tunnel = map_find(manager->tunnels, bytes_of_text(definition->id));
    if (tunnel == NULL) {
        size_t number = manager->next_home++ % manager->settings.loop_count;
        tunnel = tunnel_new(manager, &manager->homes[number], definition);
        map_put(manager->tunnels, bytes_of_text(definition->id), tunnel);
    }
    tunnel_ref(tunnel);
    pthread_mutex_unlock(&manager->lock);
    return tunnel;
}

void tunnel_manager_update(struct tunnel_manager *manager,
                           const struct tunnel_definition *definition)
{
    struct tunnel *tunnel = find_or_add(manager, definition);
    post(tunnel, run_apply,
         (struct job){.definition = tunnel_definition_copy(definition)});
    tunnel_unref(&tunnel);
}

void tunnel_manager_remove(struct tunnel_manager *manager, const char *id)
{
    pthread_mutex_lock(&manager->lock);
    struct tunnel *tunnel = map_remove(manager->tunnels, bytes_of_text(id));
    pthread_mutex_unlock(&manager->lock);
    if (tunnel == NULL)
        return;
    post(tunnel, run_shut, (struct job){0});
    tunnel_unref(&tunnel);
}

static void post_to_id(struct tunnel_manager *manager, const char *id,
                       void (*run)(void *), int change)
{
    struct tunnel *tunnel = find(manager, id);
    if (tunnel == NULL)
        return;
    post(tunnel, run, (struct job){.change = change});
    tunnel_unref(&tunnel);
}

void tunnel_manager_hold(struct tunnel_manager *manager, const char *id)
{
    post_to_id(manager, id, run_hold, 1);
}

void tunnel_manager_release(struct tunnel_manager *manager, const char *id)
{
    post_to_id(manager, id, run_hold, -1);
}

void tunnel_manager_retry(struct tunnel_manager *manager, const char *id)
{
    post_to_id(manager, id, run_retry, 0);
}

/* --- pins --------------------------------------------------------------------------- */

struct pin {
    tunnel_on_pin *on_pin;
    void *argument;
    struct arena *arena;
    const char *tunnel_id;
    struct tunnel_host_key key;
};

static void run_pin(void *argument)
{
    struct pin *pin = argument;
    pin->on_pin(pin->argument, pin->tunnel_id, &pin->key);
    arena_free(&pin->arena);
    mem_free(pin);
}

void tunnel_manager_report_pin(struct tunnel_manager *manager, const char *tunnel_id,
                               const struct tunnel_host_key *key)
{
    const struct tunnel_manager_settings *settings = &manager->settings;
    if (settings->on_pin == NULL || settings->owner == NULL)
        return;
    struct pin *pin = MEM_NEW(struct pin);
    pin->on_pin = settings->on_pin;
    pin->argument = settings->argument;
    pin->arena = arena_new("tunnel-pin", NULL);
    pin->tunnel_id = arena_strdup(pin->arena, tunnel_id);
    pin->key.type = arena_strdup(pin->arena, key->type);
    pin->key.key = arena_strdup(pin->arena, key->key);
    pin->key.fingerprint = arena_strdup(pin->arena, key->fingerprint);
    loop_post(settings->owner, run_pin, pin);
}

/* --- dialling ----------------------------------------------------------------------- */

/* Dials that are over leave the list; those that failed are kept for a while. */
static void sort_out_dials(struct tunnel_manager *manager)
{
    LIST_FOR_EACH(&manager->dials, link)
    {
        struct tunnel_dial *dial = LIST_ENTRY(link, struct tunnel_dial, link);
        struct tunnel_dial_record record;
        tunnel_dial_read(dial, &record);
        bool is_over =
            record.state == TUNNEL_DIAL_FAILED || record.state == TUNNEL_DIAL_ENDED;
        if (!is_over)
            continue;
        list_remove(link);
        if (record.failure.stage != STAGE_NONE) {
            size_t place = manager->failed_count++ % FAILED_DIALS_KEPT;
            tunnel_dial_unref(&manager->failed[place]);
            manager->failed[place] = tunnel_dial_ref(dial);
        }
        tunnel_dial_unref(&dial);
    }
}

static enum rc check_request(const struct tunnel_dial_request *request, struct error *err)
{
    ASSERT(request->on_event == NULL || request->asker != NULL);
    if (request->port == 0)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "invalid port: must be between 1 and 65535");
    return tunnel_options_check_host("host", request->host, err);
}

static enum rc make_pair(int pair[2], struct error *err)
{
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) != 0)
        return error_set(err, SQLSTATE_INSUFFICIENT_RESOURCES,
                         "could not make a socket pair: %s", strerrordesc_np(errno));
    /* Without privilege the kernel cuts this to its limit; less is only slower. */
    int len = PAIR_BUFFER_LEN;
    for (int i = 0; i < 2; i++) {
        if (setsockopt(pair[i], SOL_SOCKET, SO_SNDBUFFORCE, &len, sizeof(len)) != 0)
            setsockopt(pair[i], SOL_SOCKET, SO_SNDBUF, &len, sizeof(len));
    }
    return RC_OK;
}

enum rc tunnel_dial(struct tunnel_manager *manager,
                    const struct tunnel_dial_request *request, int *descriptor_out,
                    struct tunnel_dial **dial_out, struct error *err)
{
    int pair[2];
    TRY(check_request(request, err));
    struct tunnel *tunnel = find(manager, request->tunnel_id);
    if (tunnel == NULL)
        return error_set(err, SQLSTATE_UNDEFINED_OBJECT, "unknown SSH tunnel \"%s\"",
                         request->tunnel_id);
    enum rc rc = make_pair(pair, err);
    if (rc != RC_OK) {
        tunnel_unref(&tunnel);
        return rc;
    }
    struct tunnel_definition *definition = tunnel_definition_of(tunnel);
    pthread_mutex_lock(&manager->lock);
    struct tunnel_dial *dial =
        tunnel_dial_new(request, definition, ++manager->next_number);
    sort_out_dials(manager);
    list_append(&manager->dials, &tunnel_dial_ref(dial)->link);
    pthread_mutex_unlock(&manager->lock);
    tunnel_definition_free(&definition);
    if (dial_out != NULL)
        *dial_out = tunnel_dial_ref(dial);
    *descriptor_out = pair[0];
    post(tunnel, run_dial, (struct job){.dial = dial, .descriptor = pair[1]});
    tunnel_unref(&tunnel);
    return RC_OK;
}

/* --- what is going on -------------------------------------------------------------- */

static const char *text_or_null(struct arena *arena, const char *text)
{
    return text[0] == '\0' ? NULL : arena_strdup(arena, text);
}

static void fill_status(struct arena *arena, struct tunnel *tunnel,
                        struct tunnel_status *row)
{
    struct tunnel_facts facts;
    tunnel_facts_of(tunnel, &facts);
    struct tunnel_definition *definition = tunnel_definition_of(tunnel);
    struct tunnel_counters *counters = &tunnel->counters;
    *row = (struct tunnel_status){
        .id = arena_strdup(arena, tunnel->id),
        .name = definition->name == NULL ? NULL : arena_strdup(arena, definition->name),
        .state = facts.state,
        .since_wall_us = facts.since_wall_us,
        .last_failure = facts.last_failure,
        .failures_in_row = facts.failures_in_row,
        .connect_count = facts.connect_count,
        .bytes_in = atomic_load(&counters->bytes_in),
        .bytes_out = atomic_load(&counters->bytes_out),
        .channels_open = atomic_load(&counters->channels_open),
        .dials_waiting = atomic_load(&counters->dials_waiting),
        .dial_count = atomic_load(&counters->dial_count),
        .dial_failed_count = atomic_load(&counters->dial_failed_count),
        .next_retry_wall_us = facts.next_retry_wall_us,
        .round_trip_us = facts.round_trip_us,
        .address = text_or_null(arena, facts.address),
        .server_banner = text_or_null(arena, facts.server_banner),
        .cipher = text_or_null(arena, facts.cipher),
        .key_exchange = text_or_null(arena, facts.key_exchange),
        .host_key = {text_or_null(arena, facts.host_key_type),
                     text_or_null(arena, facts.host_key),
                     text_or_null(arena, facts.fingerprint)},
        .accepted_key = facts.accepted_key,
        .loop = tunnel->home->number,
    };
    tunnel_definition_free(&definition);
}

static int compare_tunnels(const void *left, const void *right)
{
    const struct tunnel *const *a = left;
    const struct tunnel *const *b = right;
    size_t a_len = strlen((*a)->id);
    size_t b_len = strlen((*b)->id);
    if (a_len != b_len)
        return a_len < b_len ? -1 : 1;
    return strcmp((*a)->id, (*b)->id);
}

void tunnel_manager_snapshot(struct tunnel_manager *manager, struct arena *arena,
                             struct tunnel_status **rows_out, size_t *count_out)
{
    size_t at = 0;
    size_t count = 0;
    void *value = NULL;
    pthread_mutex_lock(&manager->lock);
    size_t total = map_count(manager->tunnels);
    struct tunnel **tunnels = ARENA_ARRAY(arena, struct tunnel *, total + 1);
    while (map_next(manager->tunnels, &at, NULL, &value))
        tunnels[count++] = tunnel_ref(value);
    pthread_mutex_unlock(&manager->lock);
    qsort(tunnels, count, sizeof(struct tunnel *), compare_tunnels);
    struct tunnel_status *rows = ARENA_ARRAY(arena, struct tunnel_status, count + 1);
    for (size_t i = 0; i < count; i++) {
        fill_status(arena, tunnels[i], &rows[i]);
        tunnel_unref(&tunnels[i]);
    }
    *rows_out = rows;
    *count_out = count;
}

void tunnel_manager_dials(struct tunnel_manager *manager, struct arena *arena,
                          struct tunnel_dial_record **rows_out, size_t *count_out)
{
    pthread_mutex_lock(&manager->lock);
    sort_out_dials(manager);
    size_t live = 0;
    LIST_FOR_EACH(&manager->dials, link)
    {
        (void)link;
        live++;
    }
    struct tunnel_dial_record *rows =
        ARENA_ARRAY(arena, struct tunnel_dial_record, live + FAILED_DIALS_KEPT);
    size_t count = 0;
    for (size_t i = 0; i < FAILED_DIALS_KEPT; i++) {
        size_t place = (manager->failed_count + i) % FAILED_DIALS_KEPT;
        if (manager->failed[place] != NULL)
            tunnel_dial_read(manager->failed[place], &rows[count++]);
    }
    LIST_FOR_EACH(&manager->dials, link)
    {
        tunnel_dial_read(LIST_ENTRY(link, struct tunnel_dial, link), &rows[count++]);
    }
    pthread_mutex_unlock(&manager->lock);
    *rows_out = rows;
    *count_out = count;
}

/* --- probing ----------------------------------------------------------------------- */

uint64_t tunnel_manager_probe(struct tunnel_manager *manager,
                              const struct tunnel_probe_request *request)
{
    return tunnel_probe_start(manager->probes, request);
}

void tunnel_manager_cancel_probe(struct tunnel_manager *manager, uint64_t number)
{
    tunnel_probe_cancel(manager->probes, number);
}
