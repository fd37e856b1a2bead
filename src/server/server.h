#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include <stdatomic.h>

#include "loop/loop.h"
#include "loop/stream_tls.h"
#include "loop/worker.h"
#include "server/config.h"
#include "sql/command/command.h"
#include "store/store.h"
#include "tunnel/manager.h"

#define CULVERT_VERSION "0.1.0"

struct prober;
struct registry;
struct notifier;
struct session_loop;
struct tunnel_sync;

enum {
    SERVER_LOOPS_MAX = 64,
    SERVER_STATEMENT_MEMORY = 512 * 1024 * 1024, /* bytes of one execution; 53200 */
};

/* What the parts of the server share: made once at start, read-only afterwards but for
 * the objects' own insides. */
struct server {
    const struct config *config;
    struct store *store;
    struct keyring *keyring;
    struct tunnel_manager *tunnels;
    struct tunnel_sync *sync;       /* catalog rows to tunnels */
    struct prober *prober;          /* VALIDATE, EXPLAIN CONNECTION */
    struct registry *registry;      /* sessions, for cancel and activity */
    struct notifier *notifier;      /* LISTEN and NOTIFY */
    struct worker_pool *executors;  /* long statements */
    struct loop *control;           /* the main thread's */
    struct tls_server_context *tls; /* NULL: none */
    struct connection_kinds kinds;
    struct session_loop *loops[SERVER_LOOPS_MAX];
    size_t loop_count;
    enum tunnel_trust trust;
    int64_t started_us; /* since 2000, UTC */
};

/* Opens everything and serves until a signal ends it; the exit status. */
int server_run(const struct config *config);

#endif
