/* The start and the end of everything. */
#include "server/server.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "catalog/bootstrap.h"
#include "connectors/mysql/options.h"
#include "connectors/postgres/connector.h"
#include "connectors/postgres/options.h"
#include "loop/listener.h"
#include "loop/signals.h"
#include "loop/timer.h"
#include "server/client.h"
#include "server/live.h"
#include "server/notifier.h"
#include "server/prober.h"
#include "server/registry.h"
#include "server/time.h"
#include "server/tunnels.h"
#include "sql/command/temporary.h"
#include "store/writer.h"
#include "tunnel/options.h"

enum {
    EXECUTOR_STACK_BYTES = 8 * 1024 * 1024,
    DRAIN_MS = 30 * 1000, /* after SIGTERM, for statements that run */
    DRAIN_CHECK_MS = 20,
    END_MS = 10 * 1000, /* for what is cancelled to end */
};

static const struct connection_kind *const kinds[] = {
    &tunnel_connection_kind, &postgres_connection_kind, &mysql_connection_kind, NULL};

/* A server that runs: what only its main thread uses. */
struct running {
    struct server server;
    struct signals *signals;
    struct listener *listeners[CONFIG_LISTEN_MAX];
    size_t next_loop;
    struct loop_timer drain_timer;
    int64_t drain_until_us; /* 0: not draining */
    bool is_ending;
};

/* --- clients ----------------------------------------------------------------------- */

static void on_accept(void *argument, int descriptor, const char *peer)
{
    struct running *running = (struct running *)argument;
    struct server *server = &running->server;

    session_loop_accept(server->loops[running->next_loop], descriptor, peer);
    running->next_loop = (running->next_loop + 1) % server->loop_count;
}

static enum rc listen_all(struct running *running, struct error *err)
{
    const struct config *config = running->server.config;
    char address[300];

    for (size_t i = 0; i < config->listen_count; i++) {
        const struct config_address *listen = &config->listen[i];
        bool is_ipv6 = strchr(listen->host, ':') != NULL;
        snprintf(address, sizeof address, is_ipv6 ? "[%s]:%u" : "%s:%u", listen->host,
                 (unsigned)listen->port);
        TRY(listener_open(running->server.control, address, on_accept, running,
                          &running->listeners[i], err));
    }
    return RC_OK;
}

static void close_listeners(struct running *running)
{
    for (size_t i = 0; i < CONFIG_LISTEN_MAX; i++)
        listener_close(&running->listeners[i]);
}

static size_t count_clients(const struct server *server)
{
    size_t count = 0;

    for (size_t i = 0; i < server->loop_count; i++)
        count += session_loop_count(server->loops[i]);
    return count;
}

/* --- signals ----------------------------------------------------------------------- */

static void drain(struct running *running, bool at_once)
{
    for (size_t i = 0; i < running->server.loop_count; i++)
        session_loop_drain(running->server.loops[i], at_once);
}

static void on_drain_time(void *argument)
{
    struct running *running = (struct running *)argument;

    if (count_clients(&running->server) == 0 || running->is_ending) {
        loop_stop(running->server.control);
        return;
    }
    if (clock_monotonic_us() > running->drain_until_us) {
        drain(running, true);
        running->is_ending = true;
    }
    loop_timer_arm(&running->drain_timer, (struct ms){DRAIN_CHECK_MS});
}

static void on_signal(void *argument, int number)
{
    struct running *running = (struct running *)argument;

    if (strsignal(number) == NULL || number == 1)
        return; /* SIGHUP: nothing is read again */
    if (running->drain_until_us != 0) {
        running->drain_until_us = clock_monotonic_us() - 1;
        loop_timer_arm(&running->drain_timer, (struct ms){0});
        return;
    }
    LOG(LOG_INFO, SERVER_DRAINING, "signal=%d clients=%zu", number,
        count_clients(&running->server));
    running->drain_until_us = clock_monotonic_us() + DRAIN_MS * INT64_C(1000);
    close_listeners(running);
    drain(running, false);
    loop_timer_arm(&running->drain_timer, (struct ms){DRAIN_CHECK_MS});
}

/* --- start ------------------------------------------------------------------------- */

/* No other process of the same user may look into this one, and it leaves no core. */
static void harden(void)
{
    struct rlimit none = {0, 0};
    struct rlimit files;

    if (prctl(PR_SET_DUMPABLE, 0) != 0 || setrlimit(RLIMIT_CORE, &none) != 0)
        LOG(LOG_WARN, SERVER_WARNING, "what=\"cores could not be forbidden\" errno=%d",
            errno);
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &files) != 0)
            LOG(LOG_WARN, SERVER_WARNING, "what=\"descriptors stay few\" errno=%d",
                errno);
    }
}

static enum rc fill_catalog(struct server *server, struct store_transaction *transaction,
                            struct error *err)
{
    TRY(store_transaction_statement(transaction, err));
    TRY(catalog_bootstrap(transaction, err));
    TRY(temporary_drop_all(transaction, err));
    return keyring_start(server->keyring, server->config->master_key_file, transaction,
                         err);
}

static enum rc open_catalog(struct server *server, struct error *err)
{
    struct store_transaction *transaction;

    TRY(store_open(server->config->data_dir, NULL, &server->store, err));
    server->keyring = keyring_new();
    transaction = store_transaction_begin(server->store, STORE_READ_COMMITTED);
    if (fill_catalog(server, transaction, err) != RC_OK) {
        store_transaction_abort(&transaction);
        return RC_FAILED;
    }
    TRY(store_commit_wait(&transaction, err));
    if (keyring_is_sealed(server->keyring))
        LOG(LOG_WARN, SERVER_SEALED, "key_file=\"%s\"", server->config->master_key_file);
    return RC_OK;
}

/* What --set gives to sessions is tried once, so that no log-in fails for it later. */
static enum rc check_session_settings(const struct config *config, struct error *err)
{
    struct settings *settings = settings_new();
    enum rc rc = RC_OK;

    for (size_t i = 0; i < config->set_count && rc == RC_OK; i++)
        if (!live_setting_is_server(config->set[i].name))
            rc = settings_set(settings, config->set[i].name, config->set[i].value,
                              SETTINGS_DEFAULT, err);
    settings_free(&settings);
    return rc;
}

static enum rc apply_settings(struct server *server, struct error *err)
{
    const struct config *config = server->config;

    server->trust = TUNNEL_TRUST_PIN_ON_FIRST_USE;
    for (size_t i = 0; i < config->set_count; i++)
        if (strcmp(config->set[i].name, "ssh_host_key_trust") == 0 &&
            !tunnel_trust_parse(config->set[i].value, &server->trust)) {
            error_set(err, SQLSTATE_CONFIG_FILE_ERROR,
                      "invalid value for \"ssh_host_key_trust\": \"%s\"",
                      config->set[i].value);
            return error_hint(err, "Use pin-on-first-use, declared-only or accept-any.");
        }
    return check_session_settings(config, err);
}

static enum rc open_tunnels(struct server *server, struct error *err)
{
    struct tunnel_manager_settings settings = {
        .owner = server->control, .on_pin = tunnel_sync_pin, .argument = server};

    TRY(tunnel_sync_new(server, &server->sync, err));
    TRY(tunnel_manager_new(&settings, &server->tunnels, err));
    return prober_new(server, &server->prober, err);
}

static enum rc open_loops(struct server *server, struct error *err)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    size_t count = processors < 1 ? 1 : (size_t)processors;

    if (count > SERVER_LOOPS_MAX)
        count = SERVER_LOOPS_MAX;
    TRY(worker_pool_new("executor", count * 2 + 2, EXECUTOR_STACK_BYTES,
                        &server->executors, err));
    for (size_t i = 0; i < count; i++) {
        TRY(session_loop_new(server, &server->loops[i], err));
        server->loop_count++;
        TRY(session_loop_start(server->loops[i], err));
    }
    return RC_OK;
}

static enum rc start(struct running *running, struct error *err)
{
    struct server *server = &running->server;
    const struct config *config = server->config;

    TRY(loop_new("control", &server->control, err));
    TRY(signals_open(server->control, on_signal, running, &running->signals, err));
    loop_timer_init(&running->drain_timer, server->control, "drain", on_drain_time,
                    running);
    TRY(apply_settings(server, err));
    if (config->tls_certificate != NULL)
        TRY(tls_server_context_new(config->tls_certificate, config->tls_key, &server->tls,
                                   err));
    TRY(open_catalog(server, err));
    server->registry = registry_new();
    server->notifier = notifier_new();
    TRY(open_tunnels(server, err));
    TRY(open_loops(server, err));
    tunnel_sync_request(server->sync, NULL, NULL);
    return listen_all(running, err);
}

/* --- end --------------------------------------------------------------------------- */

/* Turns the loops that have lost their threads until every client is gone: their commits
 * land, their probes and statements end. */
static void end_clients(struct server *server)
{
    int64_t until_us = clock_monotonic_us() + END_MS * INT64_C(1000);

    for (size_t i = 0; i < server->loop_count; i++)
        session_loop_drain(server->loops[i], true);
    while (count_clients(server) > 0 && clock_monotonic_us() < until_us) {
        loop_turn(server->control, (struct ms){5});
        for (size_t i = 0; i < server->loop_count; i++)
            session_loop_turn(server->loops[i], (struct ms){5});
    }
}

static void stop(struct running *running)
{
    struct server *server = &running->server;

    close_listeners(running);
    loop_timer_cancel(&running->drain_timer);
    for (size_t i = 0; i < server->loop_count; i++)
        session_loop_stop(server->loops[i]);
    if (server->control != NULL)
        end_clients(server);
    prober_free(&server->prober);
    worker_pool_free(&server->executors);
    tunnel_manager_free(&server->tunnels);
    for (size_t i = 0; i < server->loop_count; i++)
        session_loop_free(&server->loops[i]);
    signals_close(&running->signals);
    if (server->control != NULL)
        loop_turn(server->control, (struct ms){0});
    tunnel_sync_free(&server->sync);
    loop_free(&server->control);
    store_close(&server->store);
    keyring_free(&server->keyring);
    registry_free(&server->registry);
    notifier_free(&server->notifier);
    tls_server_context_free(&server->tls);
}

static void report(const struct error *err)
{
    LOG(LOG_ERROR, SERVER_FAILED, "sqlstate=%s why=\"%s\"", sqlstate_code(err->state),
        err->message);
    fprintf(stderr, "culvert: %s\n", err->message);
    if (err->detail[0] != '\0')
        fprintf(stderr, "culvert: %s\n", err->detail);
    if (err->hint[0] != '\0')
        fprintf(stderr, "culvert: %s\n", err->hint);
}

/* One line that tells all that clients need. */
static void report_ready(const struct running *running)
{
    const struct config *config = running->server.config;
    char listen[512] = "";
    size_t len = 0;

    for (size_t i = 0; i < config->listen_count && len < sizeof listen; i++)
        len += (size_t)snprintf(listen + len, sizeof listen - len, "%s%s:%u",
                                i == 0 ? "" : ",", config->listen[i].host,
                                (unsigned)listener_port(running->listeners[i]));
    LOG(LOG_INFO, SERVER_READY, "listen=\"%s\" data_dir=\"%s\" version=%s", listen,
        config->data_dir, CULVERT_VERSION);
}

int server_run(const struct config *config)
{
    struct running running = {.server = {.config = config, .kinds = {kinds}}};
    struct error err;
    enum rc rc;

    error_clear(&err);
    log_set_level(config->log_level);
    harden();
    postgres_environment_clear();
    running.server.started_us = time_now_us();
    rc = start(&running, &err);
    if (rc == RC_OK) {
        report_ready(&running);
        loop_run(running.server.control);
    } else {
        report(&err);
    }
    stop(&running);
    LOG(LOG_INFO, SERVER_STOPPED, "ok=%d", (int)(rc == RC_OK));
    return rc == RC_OK ? 0 : 1;
}
