#ifndef TUNNEL_FAILURE_H
#define TUNNEL_FAILURE_H

#include <stdint.h>

#include "base/stage.h"

struct error;

/* Where it failed. Texts are borrowed for the call; all but `host` may be NULL. */
struct tunnel_hop {
    const char *name; /* of the connection */
    const char *host; /* the bastion */
    uint16_t port;
    const char *user;
    const char *target_host;
    uint16_t target_port;
};

/* Materialize's message (58000), hop and stage in DETAIL, remedy in HINT. Returns
 * RC_FAILED always. */
enum rc tunnel_failure_error(const struct stage_failure *failure,
                             const struct tunnel_hop *hop, struct error *err);

#endif
