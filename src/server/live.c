#include "server/live.h"

#include <inttypes.h>

#include "catalog/relation_row.h"
#include "server/registry.h"
#include "server/session_internal.h"
#include "sql/exec/relations.h"
#include "tunnel/failure.h"

bool live_setting_is_server(const char *name)
{
    return strcmp(name, "ssh_host_key_trust") == 0;
}

const char *live_create_sql(void *argument, struct store_transaction *transaction,
                            const struct catalog_object *object, bool redacted,
                            struct arena *arena)
{
    const struct live_source *source = (const struct live_source *)argument;

    return command_create_sql(transaction, &source->server->kinds, object, redacted,
                              arena);
}

/* --- small cells ------------------------------------------------------------------- */

static void add_count(struct relation_row *row, uint64_t count)
{
    relation_add_number(row, (int64_t)count);
}

static void add_time(struct relation_row *row, int64_t wall_us)
{
    if (wall_us == 0)
        relation_add_null(row);
    else
        relation_add_number(row, wall_us);
}

/* Milliseconds, as float8. */
static void add_ms(struct relation_row *row, int64_t us)
{
    if (us <= 0)
        relation_add_null(row);
    else
        relation_add_text(row, arena_printf(row->arena, "%" PRId64 ".%03d", us / 1000,
                                            (int)(us % 1000)));
}

/* --- sessions ---------------------------------------------------------------------- */

static const char *session_id(struct arena *arena, const struct registry_row *session)
{
    uint64_t bits = (uint64_t)session->started;

    return arena_printf(arena, "%08x-%04x-%04x-8000-%012x", (unsigned)(bits >> 32),
                        (unsigned)(bits >> 16 & 0xffff), (unsigned)(bits & 0xffff),
                        (unsigned)session->pid);
}

/* The id of the role that acts for the session's user. */
static enum rc add_role(struct relation_row *row, uint32_t oid, struct error *err)
{
    struct catalog_object *role = NULL;
    enum rc rc =
        catalog_object_by_oid(row->scan->transaction, oid, row->arena, &role, err);

    if (rc != RC_OK && rc != RC_NOTFOUND)
        return rc;
    if (rc == RC_OK)
        relation_add_id(row, role->id);
    else
        relation_add_text(row, "u1");
    return RC_OK;
}

static enum rc mz_sessions_row(struct relation_row *row,
                               const struct registry_row *session, struct error *err)
{
    relation_add_text(row, session_id(row->arena, session));
    relation_add_number(row, session->pid);
    TRY(add_role(row, session->session.role_oid, err));
    relation_add_text(row, session->session.client_address[0] == '\0'
                               ? NULL
                               : session->session.client_address);
    relation_add_number(row, session->started);
    return RC_OK;
}

static enum rc find_database_oid(struct relation_row *row, const char *name,
                                 uint32_t *oid_out, struct error *err)
{
    struct catalog_place place = {{0}, CATALOG_CLASS_DATABASE, name};
    struct catalog_object *database = NULL;
    enum rc rc = catalog_find(row->scan->transaction, &place, row->arena, &database, err);

    *oid_out = rc == RC_OK ? database->oid : 0;
    return rc == RC_NOTFOUND ? RC_OK : rc;
}

static enum rc activity_row(struct relation_row *row, const struct registry_row *session,
                            struct error *err)
{
    const struct registry_session *who = &session->session;
    bool in_transaction = strncmp(session->state, "idle", 5) != 0;
    uint32_t database = 0;

    TRY(find_database_oid(row, who->database, &database, err));
    relation_add_number(row, database);
    relation_add_text(row, who->database);
    relation_add_number(row, session->pid);
    relation_add_null(row); /* leader_pid */
    relation_add_number(row, who->role_oid);
    relation_add_text(row, who->user);
    relation_add_text(row, session->application);
    relation_add_text(row, who->client_address[0] == '\0' ? NULL : who->client_address);
    relation_add_null(row); /* client_hostname */
    relation_add_number(row, who->client_port);
    relation_add_number(row, session->started);
    add_time(row, in_transaction ? session->query_started : 0);
    add_time(row, session->query_started);
    add_time(row, session->state_changed);
    relation_add_null(row); /* wait_event_type, wait_event */
    relation_add_null(row);
    relation_add_text(row, session->state);
    relation_add_null(row); /* backend_xid, backend_xmin, query_id */
    relation_add_null(row);
    relation_add_null(row);
    relation_add_text(row, session->query);
    relation_add_text(row, "client backend");
    return RC_OK;
}

static enum rc
session_rows(const struct live_source *source, const struct system_scan *scan,
             enum rc (*fill)(struct relation_row *row, const struct registry_row *session,
                             struct error *err),
             struct error *err)
{
    struct arena *arena = arena_new("sessions", NULL);
    struct relation_row row = relation_row_open(scan);
    struct registry_row *sessions = NULL;
    size_t count = 0;
    enum rc rc = RC_OK;

    registry_snapshot(source->server->registry, arena, &sessions, &count);
    for (size_t i = 0; i < count && rc == RC_OK; i++) {
        rc = fill(&row, &sessions[i], err);
        if (rc == RC_OK)
            rc = relation_row_send(&row, err);
    }
    relation_row_close(&row);
    arena_free(&arena);
    return rc;
}

static enum rc mz_sessions(const struct live_source *source,
                           const struct system_scan *scan, struct error *err)
{
    return session_rows(source, scan, mz_sessions_row, err);
}

static enum rc pg_stat_activity(const struct live_source *source,
                                const struct system_scan *scan, struct error *err)
{
    return session_rows(source, scan, activity_row, err);
}

/* --- tunnels ----------------------------------------------------------------------- */

static void add_failure(struct relation_row *row, const struct tunnel_status *status)
{
    const struct stage_failure *failure = &status->last_failure;
    char message[STAGE_EXPLANATION_MAX];

    if (failure->stage == STAGE_NONE) {
        for (int i = 0; i < 5; i++)
            relation_add_null(row);
        return;
    }
    stage_tunnel_message(failure, message, sizeof message);
    relation_add_text(row, arena_strdup(row->arena, message));
    relation_add_text(row, status->name);
    relation_add_text(row, stage_name(failure->stage));
    relation_add_text(row, stage_cause_name(failure->cause));
    add_time(row, failure->at_wall_us);
}

static void fill_status(struct relation_row *row, const struct tunnel_status *status)
{
    relation_add_text(row, status->id);
    relation_add_text(row, status->name);
    relation_add_text(row, tunnel_session_state_name(status->state));
    relation_add_number(row, status->since_wall_us);
    add_failure(row, status);
    relation_add_text(row, status->address);
    relation_add_text(row, status->server_banner);
    relation_add_text(row, status->cipher);
    relation_add_text(row, status->key_exchange);
    if (status->accepted_key == 0)
        relation_add_null(row);
    else
        relation_add_number(row, status->accepted_key);
    relation_add_number(row, status->failures_in_row);
    add_count(row, status->connect_count);
    add_count(row, status->bytes_in);
    add_count(row, status->bytes_out);
    add_count(row, status->channels_open);
    add_count(row, status->dials_waiting);
    add_count(row, status->dial_count);
    add_count(row, status->dial_failed_count);
    add_time(row, status->next_retry_wall_us);
    add_ms(row, status->round_trip_us);
    relation_add_text(row, status->host_key.type);
    relation_add_text(row, status->host_key.fingerprint);
}

static enum rc tunnel_status(const struct live_source *source,
                             const struct system_scan *scan, struct error *err)
{
    struct arena *arena = arena_new("tunnel status", NULL);
    struct relation_row row = relation_row_open(scan);
    struct tunnel_status *all = NULL;
    size_t count = 0;
    enum rc rc = RC_OK;

    tunnel_manager_snapshot(source->server->tunnels, arena, &all, &count);
    for (size_t i = 0; i < count && rc == RC_OK; i++) {
        fill_status(&row, &all[i]);
        rc = relation_row_send(&row, err);
    }
    relation_row_close(&row);
    arena_free(&arena);
    return rc;
}

static void fill_dial(struct relation_row *row, const struct tunnel_dial_record *dial)
{
    char message[STAGE_EXPLANATION_MAX];

    add_count(row, dial->number);
    relation_add_text(row, dial->tunnel_id);
    relation_add_text(row, dial->host);
    relation_add_number(row, dial->port);
    relation_add_text(row, tunnel_dial_state_name(dial->state));
    if (dial->failure.stage == STAGE_NONE) {
        relation_add_null(row);
        relation_add_null(row);
        relation_add_null(row);
    } else {
        stage_tunnel_message(&dial->failure, message, sizeof message);
        relation_add_text(row, stage_name(dial->failure.stage));
        relation_add_text(row, stage_cause_name(dial->failure.cause));
        relation_add_text(row, arena_strdup(row->arena, message));
    }
    relation_add_number(row, dial->asked_wall_us);
    add_ms(row, dial->opened_us == 0 ? 0 : dial->opened_us - dial->asked_us);
    add_count(row, dial->bytes_in);
    add_count(row, dial->bytes_out);
}

static enum rc tunnel_dials(const struct live_source *source,
                            const struct system_scan *scan, struct error *err)
{
    struct arena *arena = arena_new("tunnel dials", NULL);
    struct relation_row row = relation_row_open(scan);
    struct tunnel_dial_record *all = NULL;
    size_t count = 0;
    enum rc rc = RC_OK;

    tunnel_manager_dials(source->server->tunnels, arena, &all, &count);
    for (size_t i = 0; i < count && rc == RC_OK; i++) {
        fill_dial(&row, &all[i]);
        rc = relation_row_send(&row, err);
    }
    relation_row_close(&row);
    arena_free(&arena);
    return rc;
}

static enum rc egress_ips(const struct live_source *source,
                          const struct system_scan *scan, struct error *err)
{
    struct relation_row row = relation_row_open(scan);
    const struct config *config = source->server->config;
    enum rc rc = RC_OK;

    for (size_t i = 0; i < config->egress_count && rc == RC_OK; i++) {
        relation_add_text(&row, config->egress[i].address);
        relation_add_number(&row, config->egress[i].prefix_length);
        relation_add_text(&row, config->egress[i].cidr);
        rc = relation_row_send(&row, err);
    }
    relation_row_close(&row);
    return rc;
}

/* --- the store --------------------------------------------------------------------- */

static enum rc store_statistics(const struct live_source *source,
                                const struct system_scan *scan, struct error *err)
{
    struct store *store = source->server->store;
    struct relation_row row = relation_row_open(scan);
    struct store_statistics figures;
    enum rc rc = store_statistics_read(store, &figures, err);

    if (rc == RC_OK) {
        add_count(&row, figures.commit_count);
        add_count(&row, figures.write_count);
        add_count(&row, figures.entry_count);
        add_count(&row, figures.page_size);
        add_count(&row, figures.page_count);
        add_count(&row, figures.free_page_count);
        add_count(&row, figures.map_size);
        relation_add_number(&row, figures.snapshot_count);
        relation_add_number(&row, figures.snapshot_limit);
        relation_add_number(&row, figures.oldest_snapshot_us);
        add_count(&row, figures.lock_count);
        relation_add_number(&row, store_format_version(store));
        add_count(&row, store_epoch(store));
        rc = relation_row_send(&row, err);
    }
    relation_row_close(&row);
    return rc;
}

struct snapshot_list {
    struct arena *arena;
    struct snapshot {
        uint64_t transaction_id;
        uint64_t epoch;
        int64_t age_us;
        struct snapshot *next;
    } * first;
};

static void note_snapshot(void *argument, uint64_t transaction_id, uint64_t epoch,
                          int64_t age_us)
{
    struct snapshot_list *list = (struct snapshot_list *)argument;
    struct snapshot *snapshot = ARENA_NEW(list->arena, struct snapshot);

    *snapshot = (struct snapshot){transaction_id, epoch, age_us, list->first};
    list->first = snapshot;
}

static enum rc store_snapshots(const struct live_source *source,
                               const struct system_scan *scan, struct error *err)
{
    struct snapshot_list list = {.arena = arena_new("snapshots", NULL)};
    struct relation_row row = relation_row_open(scan);
    enum rc rc = RC_OK;

    store_each_snapshot(source->server->store, note_snapshot, &list);
    for (struct snapshot *at = list.first; at != NULL && rc == RC_OK; at = at->next) {
        add_count(&row, at->transaction_id);
        add_count(&row, at->epoch);
        relation_add_number(&row, at->age_us);
        rc = relation_row_send(&row, err);
    }
    relation_row_close(&row);
    arena_free(&list.arena);
    return rc;
}

/* --- all --------------------------------------------------------------------------- */

static const struct {
    const char *name;
    enum rc (*rows)(const struct live_source *source, const struct system_scan *scan,
                    struct error *err);
} providers[] = {
    {"mz_sessions", mz_sessions},
    {"pg_stat_activity", pg_stat_activity},
    {"mz_ssh_tunnel_status", tunnel_status},
    {"mz_ssh_tunnel_dials", tunnel_dials},
    {"mz_egress_ips", egress_ips},
    {"mz_store_statistics", store_statistics},
    {"mz_store_snapshots", store_snapshots},
};

enum rc live_rows(void *argument, const struct system_relation *relation,
                  const struct system_scan *scan, struct error *err)
{
    const struct live_source *source = (const struct live_source *)argument;
    bool is_known = false;

    TRY(sql_live_rows(relation, source->settings, scan, &is_known, err));
    if (!is_known)
        TRY(session_own_rows(source->session, relation, scan, &is_known, err));
    for (size_t i = 0; i < ARRAY_COUNT(providers) && !is_known; i++)
        if (strcmp(relation->name, providers[i].name) == 0)
            return providers[i].rows(source, scan, err);
    return RC_OK; /* a relation without rows in this server */
}
