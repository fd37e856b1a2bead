#ifndef CONNECTORS_REGISTRY_CLIENT_H
#define CONNECTORS_REGISTRY_CLIENT_H

#include "base/buffer.h"
#include "connectors/connector.h"
#include "connectors/registry/options.h"

/* One GET of a schema registry, by libcurl over dialled streams. Blocks: worker threads
 * only. A connection is used for one request. */

enum {
    REGISTRY_ANSWER_MAX = 1024 * 1024, /* bytes of a body */
    REGISTRY_HEADERS_MAX = 64 * 1024,  /* bytes of all headers of an answer */
    REGISTRY_REDIRECTS_MAX = 5,
    REGISTRY_PATH_MAX = 2048,
};

struct registry_client {
    const struct connector_probe *probe;
    const struct registry_options *options;
    int64_t deadline_us;
    bool is_anonymous; /* sends no login, shows no certificate, verifies nobody */
};

/* What came of it. Times are clock_monotonic_us(), 0: not reached. */
struct registry_answer {
    struct buffer body; /* the caller frees it */
    long status;        /* of HTTP; 0: none came */
    int64_t dial_started_us;
    int64_t reached_us;
    int64_t tls_us; /* the handshake is over */
    int64_t ended_us;
    char tls[128];                /* "verified" and the like; "" without TLS */
    struct stage_failure failure; /* stage NONE: there is an answer */
};

/* `path` begins with "/". Redirects within the same scheme, host and port are followed;
 * others fail, and no credentials ever go there. */
void registry_get(const struct registry_client *client, const char *path,
                  struct registry_answer *answer_out);

#endif
