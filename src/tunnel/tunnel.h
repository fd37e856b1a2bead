#ifndef TUNNEL_TUNNEL_H
#define TUNNEL_TUNNEL_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/list.h"
#include "tunnel/session.h"

/* One tunnel that the manager knows: its latest definition, its session, and the sessions
 * to former bastions that still carry channels. For this folder only. */
struct tunnel {
    _Atomic int refs;
    char *id;
    struct tunnel_home *home;
    struct tunnel_manager *manager;
    struct tunnel_counters counters;

    pthread_mutex_t lock; /* of the next two */
    struct tunnel_definition *definition;
    struct tunnel_facts facts;

    /* Only in the home's loop. */
    struct tunnel_session *session; /* NULL once the tunnel is removed */
    struct list_link retired;       /* of struct retired */
    int holds;
};

struct tunnel *tunnel_new(struct tunnel_manager *manager, struct tunnel_home *home,
                          const struct tunnel_definition *definition);
struct tunnel *tunnel_ref(struct tunnel *tunnel);
void tunnel_unref(struct tunnel **tunnel); /* the loop part must be shut before */

/* A copy of the definition, for the caller to free. From any thread. */
struct tunnel_definition *tunnel_definition_of(struct tunnel *tunnel);
void tunnel_facts_of(struct tunnel *tunnel, struct tunnel_facts *facts_out);

/* The rest only in the home's loop. */
void tunnel_apply(struct tunnel *tunnel, const struct tunnel_definition *definition);
void tunnel_hold(struct tunnel *tunnel, int change);
void tunnel_take_dial(struct tunnel *tunnel, struct tunnel_dial *dial, int descriptor);
void tunnel_retry(struct tunnel *tunnel);
void tunnel_shut(struct tunnel *tunnel);

#endif
