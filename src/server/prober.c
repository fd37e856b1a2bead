/* Probes run in threads of their own: they block, on the network and on libpq. */
#include "server/prober.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/secret.h"
#include "connectors/mysql/connector.h"
#include "connectors/postgres/connector.h"
#include "server/dialer.h"
#include "server/tunnels.h"
#include "store/transaction.h"
#include "tunnel/failure.h"
#include "tunnel/options.h"

enum {
    PROBER_THREADS = 32,
    PROBER_STACK_BYTES = 1024 * 1024,
    PROBE_TIMEOUT_MS = 30 * 1000,
    CANCEL_CHECK_MS = 100,
    KEY_TIMEOUT_MS = 3 * 1000, /* ROTATE KEYS asks no longer */
    EXPLAIN_COLUMNS = 9,
};

static const struct connector *const connectors[] = {&postgres_connector,
                                                     &mysql_connector, NULL};

struct prober {
    struct server *server;
    struct worker_pool *pool;
};

/* One probe under way, on the heap: it holds two traces. */
struct probe {
    struct worker_job job;
    struct prober *prober;
    struct probe_job asked;
    struct probe_outcome *outcome;
    struct stage_trace trace;
};

enum rc prober_new(struct server *server, struct prober **prober_out, struct error *err)
{
    *prober_out = MEM_NEW(struct prober);
    (*prober_out)->server = server;
    return worker_pool_new("probe", PROBER_THREADS, PROBER_STACK_BYTES,
                           &(*prober_out)->pool, err);
}

void prober_free(struct prober **prober)
{
    struct prober *held = *prober;

    *prober = NULL;
    if (held == NULL)
        return;
    worker_pool_free(&held->pool);
    mem_free(held);
}

void probe_outcome_free(struct probe_outcome **outcome)
{
    struct probe_outcome *held = *outcome;

    *outcome = NULL;
    if (held == NULL)
        return;
    arena_free(&held->arena);
    mem_free(held);
}

/* --- rows -------------------------------------------------------------------------- */

static struct probe_row *add_row(struct probe_outcome *outcome)
{
    size_t count = outcome->row_count++;

    if ((count & (count - 1)) == 0) {
        struct probe_row *wider =
            ARENA_ARRAY(outcome->arena, struct probe_row, count == 0 ? 8 : count * 2 + 8);
        if (count > 0)
            memcpy(wider, outcome->rows, count * sizeof *wider);
        outcome->rows = wider;
    }
    return &outcome->rows[count];
}

/* Stages before `first` are left out when they went well: a walk of their own told them.
 */
static void add_trace(struct probe_outcome *outcome, const struct stage_trace *trace,
                      enum stage first, const char *command)
{
    for (size_t i = 0; i < trace->count; i++) {
        const struct stage_record *record = &trace->records[i];
        struct arena *arena = outcome->arena;
        if (record->stage < first && record->verdict == STAGE_VERDICT_OK)
            continue;
        *add_row(outcome) = (struct probe_row){
            .hop = arena_strdup(arena, record->hop),
            .stage = stage_name(record->stage),
            .address = arena_strdup(arena, record->address),
            .time_us = record->time_us,
            .found = arena_strdup(arena, record->found),
            .verdict = stage_verdict_name(record->verdict),
            .cause =
                record->cause == STAGE_CAUSE_NONE ? "" : stage_cause_name(record->cause),
            .remedy = arena_strdup(arena, record->remedy),
            .command = command,
        };
    }
}

/* Stages that EXPLAIN without ANALYZE only names. */
static void add_plan(struct probe_outcome *outcome, const char *hop, const char *address,
                     enum stage first, enum stage last, const char *command)
{
    for (int stage = (int)first; stage <= (int)last; stage++)
        if (stage != STAGE_CARRY)
            *add_row(outcome) = (struct probe_row){
                .hop = arena_strdup(outcome->arena, hop),
                .stage = stage_name((enum stage)stage),
                .address = address,
                .time_us = -1,
                .found = "",
                .verdict = "",
                .cause = "",
                .remedy = "",
                .command = command,
            };
}

static struct value text_value(const char *text)
{
    struct value value = {.null = text == NULL || text[0] == '\0'};

    if (!value.null)
        value.datum.bytes = bytes_of_text(text);
    return value;
}

const struct value **probe_outcome_values(struct arena *arena,
                                          const struct probe_outcome *outcome)
{
    const struct value **rows =
        ARENA_ARRAY(arena, const struct value *, outcome->row_count + 1);

    for (size_t i = 0; i < outcome->row_count; i++) {
        const struct probe_row *row = &outcome->rows[i];
        const char *texts[EXPLAIN_COLUMNS] = {row->hop,   row->stage,  row->address,
                                              NULL,       row->found,  row->verdict,
                                              row->cause, row->remedy, row->command};
        struct value *values = ARENA_ARRAY(arena, struct value, EXPLAIN_COLUMNS);
        if (row->time_us >= 0)
            texts[3] = arena_printf(arena, "%.3f ms", (double)row->time_us / 1000);
        for (size_t c = 0; c < EXPLAIN_COLUMNS; c++)
            values[c] =
                text_value(texts[c] == NULL ? NULL : arena_strdup(arena, texts[c]));
        rows[i] = values;
    }
    return rows;
}

/* --- a bastion --------------------------------------------------------------------- */

/* Shared with the tunnel's loop, which may answer after we have stopped waiting. */
struct bastion_wait {
    atomic_int refs;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_done;
    struct stage_trace trace;
    struct stage_failure failure;
};

static void bastion_wait_init(struct bastion_wait *wait)
{
    atomic_init(&wait->refs, 2);
    pthread_mutex_init(&wait->lock, NULL);
    pthread_cond_init(&wait->changed, NULL);
}

static void bastion_unref(struct bastion_wait *wait)
{
    if (atomic_fetch_sub(&wait->refs, 1) != 1)
        return;
    pthread_mutex_destroy(&wait->lock);
    pthread_cond_destroy(&wait->changed);
    mem_free(wait);
}

static void on_bastion(void *argument, const struct tunnel_probe_result *result)
{
    struct bastion_wait *wait = (struct bastion_wait *)argument;

    pthread_mutex_lock(&wait->lock);
    wait->trace = result->trace;
    wait->failure = result->failure;
    wait->is_done = true;
    pthread_cond_signal(&wait->changed);
    pthread_mutex_unlock(&wait->lock);
    bastion_unref(wait);
}

static bool is_cancelled(const struct probe *probe)
{
    return atomic_load(probe->asked.cancelled) != 0;
}

/* False: given up before the answer came. */
static bool wait_for_bastion(struct bastion_wait *wait, const struct probe *probe)
{
    bool is_done;

    pthread_mutex_lock(&wait->lock);
    while (!wait->is_done && (probe == NULL || !is_cancelled(probe))) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += CANCEL_CHECK_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        pthread_cond_timedwait(&wait->changed, &wait->lock, &until);
    }
    is_done = wait->is_done;
    pthread_mutex_unlock(&wait->lock);
    return is_done;
}

static const char *ssh_command(struct arena *arena,
                               const struct tunnel_definition *tunnel,
                               const char *target_host, uint16_t target_port)
{
    if (target_host == NULL)
        return arena_printf(arena, "ssh -v -p %u %s@%s", (unsigned)tunnel->port,
                            tunnel->user, tunnel->host);
    return arena_printf(arena, "ssh -v -p %u -W %s:%u %s@%s", (unsigned)tunnel->port,
                        target_host, (unsigned)target_port, tunnel->user, tunnel->host);
}

struct bastion_target {
    const char *host; /* NULL: log in and no more */
    uint16_t port;
};

static enum rc probe_bastion(struct probe *probe, const struct tunnel_definition *tunnel,
                             struct bastion_target target, struct error *err)
{
    struct server *server = probe->prober->server;
    struct bastion_wait *wait = MEM_NEW(struct bastion_wait);
    struct tunnel_probe_request request = {
        .definition = tunnel,
        .target_host = target.host,
        .target_port = target.port,
        .timeout = {PROBE_TIMEOUT_MS},
        .asker = server->control,
        .on_done = on_bastion,
        .argument = wait,
    };
    struct tunnel_hop hop = {tunnel->name, tunnel->host, tunnel->port,
                             tunnel->user, target.host,  target.port};
    enum rc rc = RC_OK;

    bastion_wait_init(wait);
    tunnel_manager_probe(server->tunnels, &request);
    if (!wait_for_bastion(wait, probe))
        rc = error_set(err, SQLSTATE_QUERY_CANCELED,
                       "canceling statement due to user request");
    else {
        add_trace(probe->outcome, &wait->trace, STAGE_NONE,
                  ssh_command(probe->outcome->arena, tunnel, target.host, target.port));
        if (wait->failure.stage != STAGE_NONE)
            rc = tunnel_failure_error(&wait->failure, &hop, err);
    }
    bastion_unref(wait);
    return rc;
}

/* --- a target ---------------------------------------------------------------------- */

static const struct connector *connector_of(const struct connection_kind *kind)
{
    for (size_t i = 0; connectors[i] != NULL; i++)
        if (connectors[i]->kind == kind)
            return connectors[i];
    return NULL;
}

static struct secret *find_secret(void *owner, const char *secret_id)
{
    const struct connection_definition *definition =
        (const struct connection_definition *)owner;

    for (size_t i = 0; i < definition->secret_count; i++)
        if (strcmp(definition->secrets[i].id, secret_id) == 0)
            return definition->secrets[i].value;
    return NULL;
}

/* The tunnel below a connection, as the catalog has it now. The caller releases it. */
static enum rc load_tunnel(struct probe *probe, const char *tunnel_id,
                           struct connection_definition *connection, struct error *err)
{
    struct server *server = probe->prober->server;
    struct store_transaction *transaction =
        store_transaction_begin(server->store, STORE_READ_COMMITTED);
    struct connection_source source = {transaction, server->keyring, &server->kinds};
    struct catalog_object *object = NULL;
    struct catalog_id id;
    enum rc rc = store_transaction_statement(transaction, err);

    if (rc == RC_OK)
        rc =
            catalog_id_parse(tunnel_id, CATALOG_CLASS_ITEM, &id)
                ? catalog_object_get(transaction, id, probe->outcome->arena, &object, err)
                : RC_NOTFOUND;
    if (rc == RC_OK)
        rc = connection_definition_load(probe->outcome->arena, &source, object,
                                        connection, err);
    if (rc == RC_NOTFOUND)
        rc = error_set(err, SQLSTATE_UNDEFINED_OBJECT,
                       "the SSH tunnel of the connection does not exist yet: commit it "
                       "first");
    store_transaction_abort(&transaction);
    return rc;
}

/* What broke is the tunnel: the error names it, and not the connection above. */
static enum rc tell_tunnel(struct probe *probe, const struct connector *connector,
                           const struct stage_failure *failure, struct error *err)
{
    struct connection_definition connection = {0};
    struct tunnel_definition tunnel;
    struct tunnel_hop hop = {0};
    const char *tunnel_id = NULL;

    connector->target(&probe->asked.probe->definition.options, &hop.target_host,
                      &hop.target_port, &tunnel_id);
    TRY(load_tunnel(probe, tunnel_id, &connection, err));
    tunnel_sync_definition(probe->outcome->arena, probe->prober->server, &connection,
                           &tunnel);
    hop.name = tunnel.name;
    hop.host = tunnel.host;
    hop.port = tunnel.port;
    hop.user = tunnel.user;
    connection_definition_release(&connection);
    return tunnel_failure_error(failure, &hop, err);
}

static enum rc probe_target(struct probe *probe, const struct connector *connector,
                            enum stage first, struct error *err)
{
    struct connection_definition *definition = &probe->asked.probe->definition;
    struct server_dialer state = {.tunnels = probe->prober->server->tunnels};
    struct dialer dialer = server_dialer(&state);
    struct connector_secrets secrets = {definition, find_secret};
    struct connector_probe request = {
        .name = definition->name,
        .options = &definition->options,
        .secrets = &secrets,
        .dialer = &dialer,
        .application_name = "culvert",
        .timeout = {PROBE_TIMEOUT_MS},
        .cancelled = probe->asked.cancelled,
    };
    enum rc rc = connector->probe(&request, &probe->trace, err);

    add_trace(probe->outcome, &probe->trace, first,
              connector->command(probe->outcome->arena, &definition->options));
    if (rc != RC_OK && state.failure.stage != STAGE_NONE)
        rc = tell_tunnel(probe, connector, &state.failure, err);
    return rc;
}

/* EXPLAIN ANALYZE walks the bastion on a session of its own, so that its stages can be
 * seen; the target's own stages then use the tunnel that connectors use. */
static enum rc explain_bastion(struct probe *probe, const char *tunnel_id,
                               struct bastion_target target, struct error *err)
{
    struct connection_definition connection = {0};
    struct tunnel_definition tunnel;
    struct arena *arena = probe->outcome->arena;
    enum rc rc;

    TRY(load_tunnel(probe, tunnel_id, &connection, err));
    tunnel_sync_definition(arena, probe->prober->server, &connection, &tunnel);
    if (probe->asked.probe->is_analyze) {
        rc = probe_bastion(probe, &tunnel, target, err);
    } else {
        add_plan(probe->outcome, tunnel.name,
                 arena_printf(arena, "%s:%u", tunnel.host, (unsigned)tunnel.port),
                 STAGE_RESOLVE, STAGE_FORWARD,
                 ssh_command(arena, &tunnel, target.host, target.port));
        rc = RC_OK;
    }
    connection_definition_release(&connection);
    return rc;
}

static enum rc run_target(struct probe *probe, const struct connector *connector,
                          struct error *err)
{
    const struct command_probe *asked = probe->asked.probe;
    const struct connection_definition *definition = &asked->definition;
    struct arena *arena = probe->outcome->arena;
    struct bastion_target target = {0};
    const char *tunnel_id = NULL;

    connector->target(&definition->options, &target.host, &target.port, &tunnel_id);
    if (asked->is_explain && tunnel_id != NULL)
        TRY(explain_bastion(probe, tunnel_id, target, err));
    if (!asked->is_explain || asked->is_analyze)
        return probe_target(
            probe, connector,
            asked->is_explain && tunnel_id != NULL ? STAGE_ANSWER : STAGE_NONE, err);
    if (tunnel_id == NULL)
        add_plan(probe->outcome, definition->name,
                 arena_printf(arena, "%s:%u", target.host, (unsigned)target.port),
                 STAGE_RESOLVE, STAGE_CONNECT,
                 connector->command(arena, &definition->options));
    add_plan(probe->outcome, definition->name,
             arena_printf(arena, "%s:%u", target.host, (unsigned)target.port),
             STAGE_ANSWER, STAGE_SETTINGS,
             connector->command(arena, &definition->options));
    return RC_OK;
}

static enum rc run_bastion(struct probe *probe, struct error *err)
{
    const struct command_probe *asked = probe->asked.probe;
    struct bastion_target target = {asked->target_host, asked->target_port};
    struct arena *arena = probe->outcome->arena;
    struct tunnel_definition tunnel;

    tunnel_sync_definition(arena, probe->prober->server, &asked->definition, &tunnel);
    if (!asked->is_explain || asked->is_analyze)
        return probe_bastion(probe, &tunnel, target, err);
    add_plan(probe->outcome, tunnel.name,
             arena_printf(arena, "%s:%u", tunnel.host, (unsigned)tunnel.port),
             STAGE_RESOLVE, target.host == NULL ? STAGE_LOGIN : STAGE_FORWARD,
             ssh_command(arena, &tunnel, target.host, target.port));
    return RC_OK;
}

/* --- keys -------------------------------------------------------------------------- */

static bool refuses_key(struct prober *prober, const struct tunnel_definition *tunnel)
{
    struct bastion_wait *wait = MEM_NEW(struct bastion_wait);
    struct tunnel_probe_request request = {
        .definition = tunnel,
        .timeout = {KEY_TIMEOUT_MS},
        .asker = prober->server->control,
        .on_done = on_bastion,
        .argument = wait,
    };
    bool is_refused;

    bastion_wait_init(wait);
    tunnel_manager_probe(prober->server->tunnels, &request);
    is_refused = wait_for_bastion(wait, NULL) && wait->failure.stage == STAGE_LOGIN &&
                 wait->failure.cause == STAGE_CAUSE_LOGIN_REFUSED;
    bastion_unref(wait);
    return is_refused;
}

bool prober_knows_key(struct prober *prober, const char *connection_id, int key)
{
    struct probe_outcome outcome = {.arena = arena_new("key probe", NULL)};
    struct probe probe = {.prober = prober, .outcome = &outcome};
    struct connection_definition connection = {0};
    struct tunnel_definition tunnel;
    struct error err;
    bool is_refused = false;

    error_clear(&err);
    if (load_tunnel(&probe, connection_id, &connection, &err) == RC_OK) {
        tunnel_sync_definition(outcome.arena, prober->server, &connection, &tunnel);
        for (int i = 0; i < TUNNEL_KEY_COUNT; i++)
            if (i != key - 1)
                tunnel.private_keys[i] = NULL;
        is_refused = refuses_key(prober, &tunnel);
        connection_definition_release(&connection);
    }
    arena_free(&outcome.arena);
    return !is_refused;
}

/* --- jobs -------------------------------------------------------------------------- */

static void probe_work(struct worker_job *job)
{
    struct probe *probe = LIST_ENTRY(job, struct probe, job);
    struct probe_outcome *outcome = probe->outcome;
    const struct connection_definition *definition = &probe->asked.probe->definition;
    const struct connector *connector = connector_of(definition->kind);
    enum rc rc;

    if (definition->kind == &tunnel_connection_kind)
        rc = run_bastion(probe, &outcome->error);
    else if (connector != NULL)
        rc = run_target(probe, connector, &outcome->error);
    else
        rc = error_set(&outcome->error, SQLSTATE_FEATURE_NOT_SUPPORTED,
                       "validating %s connections is not supported",
                       definition->kind->sql_name);
    outcome->has_failed = rc != RC_OK;
    LOG(LOG_INFO, CONNECTION_PROBED, "connection=%s ok=%d", definition->id_text,
        (int)!outcome->has_failed);
}

static void probe_done(struct worker_job *job, bool is_cancelled)
{
    struct probe *probe = LIST_ENTRY(job, struct probe, job);

    if (is_cancelled) {
        probe->outcome->has_failed = true;
        error_set(&probe->outcome->error, SQLSTATE_ADMIN_SHUTDOWN,
                  "terminating connection due to administrator command");
    }
    connection_definition_release(&probe->asked.probe->definition);
    probe->asked.done(probe->asked.argument, probe->outcome);
    mem_free(probe);
}

void prober_start(struct prober *prober, const struct probe_job *job)
{
    struct probe *probe = MEM_NEW(struct probe);

    probe->prober = prober;
    probe->asked = *job;
    probe->outcome = MEM_NEW(struct probe_outcome);
    probe->outcome->arena = arena_new("probe", NULL);
    error_clear(&probe->outcome->error);
    probe->job =
        (struct worker_job){.work = probe_work, .done = probe_done, .name = "probe"};
    worker_submit(prober->pool, prober->server->control, &probe->job);
}
