#ifndef CONNECTORS_CONNECTOR_H
#define CONNECTORS_CONNECTOR_H

#include <stdatomic.h>

#include "base/clock.h"
#include "base/option.h"
#include "base/stage.h"

struct secret;

/* What every connector is handed and what it gives. A connector opens no socket by
 * itself: the dialer does, through a tunnel or without one. */

/* One dialled stream. */
struct dialled {
    int descriptor; /* non-blocking, close-on-exec; the caller closes it */
    void *handle;   /* of the dialer; released by its release() */
};

struct dial_request {
    const char *tunnel_id; /* NULL: without a tunnel, by our own resolver */
    const char *host;      /* the true name */
    uint16_t port;
    struct ms timeout; /* until the target is reached */
};

struct dialer {
    void *owner;
    /* Gives a stream at once; what is written before the target is reached waits in it.
     * RC_FAILED with `failure` filled when it cannot even begin. May block for a name
     * look-up: worker threads only. */
    enum rc (*dial)(void *owner, const struct dial_request *request,
                    struct dialled *dialled_out, struct stage_failure *failure);
    /* How the dial fares: stage NONE in `failure` while nothing failed. True once the
     * target is reached (TCP is up, by us or by the bastion; it need not have sent a
     * byte). Ask it before any library's own message, and before an end of
     * the stream is believed. */
    bool (*ask)(void *owner, const struct dialled *dialled,
                struct stage_failure *failure_out);
    void (*release)(void *owner, struct dialled *dialled); /* closes the descriptor too */
};

/* The values that options name by SECRET; NULL: not to be had (sealed). What is found
 * belongs to the owner and lives as long as the probe runs. */
struct connector_secrets {
    void *owner;
    struct secret *(*find)(void *owner, const char *secret_id);
};

struct connector_probe {
    const char *name; /* of the connection, for messages */
    const struct option_set *options;
    const struct connector_secrets *secrets;
    const struct dialer *dialer;
    const char *application_name;
    struct ms timeout;           /* of the whole */
    const atomic_int *cancelled; /* not 0: give up; looked at every 100 ms at least */
};

/* Walks the target's own stages, from CONNECT (or FORWARD's end) to SETTINGS, and appends
 * a record for each, up to the first that fails; RC_FAILED then, with Materialize's
 * message, hop and stage in DETAIL, remedy in HINT. Blocks: worker threads only. */
typedef enum rc connector_probe_function(const struct connector_probe *probe,
                                         struct stage_trace *trace, struct error *err);

/* One of the addresses that a connection names. */
struct connector_target {
    const char *host;
    uint16_t port;
    const char *tunnel_id; /* NULL: reached without a tunnel */
};

struct connector {
    const struct connection_kind *kind;
    connector_probe_function *probe;
    /* The target as `host:port`, for EXPLAIN, and its tunnel's id, or NULL. */
    void (*target)(const struct option_set *options, const char **host_out,
                   uint16_t *port_out, const char **tunnel_id_out);
    /* The command that repeats the probe outside, on the bastion: `psql ...`. */
    const char *(*command)(struct arena *arena, const struct option_set *options);
    /* For kinds that may name several targets, or whose option is more than a host: the
     * one at `index`, in the order in which they are tried; false when there is none.
     * NULL for other kinds, which have `target`; kinds with this one have no `target`. */
    bool (*target_at)(struct arena *arena, const struct option_set *options, size_t index,
                      struct connector_target *target_out);
};

/* The same for every kind. */
static inline bool connector_target_at(const struct connector *connector,
                                       struct arena *arena,
                                       const struct option_set *options, size_t index,
                                       struct connector_target *target_out)
{
    if (connector->target_at != NULL)
        return connector->target_at(arena, options, index, target_out);
    if (index > 0)
        return false;
    connector->target(options, &target_out->host, &target_out->port,
                      &target_out->tunnel_id);
    return true;
}

#endif
