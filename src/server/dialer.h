#ifndef SERVER_DIALER_H
#define SERVER_DIALER_H

#include "connectors/connector.h"
#include "tunnel/manager.h"

/* The dialer that connectors are handed: through the tunnel manager where a tunnel is
 * named, never around it; else straight, by the system's resolver. */
struct server_dialer {
    struct tunnel_manager *tunnels;
    struct stage_failure failure; /* of a tunnel, as last asked; stage NONE: none */
};

/* `state` lives as long as the dialer is used, by one thread at a time. */
struct dialer server_dialer(struct server_dialer *state);

#endif
