#ifndef TUNNEL_DEFINITION_H
#define TUNNEL_DEFINITION_H

#include <stdbool.h>
#include <stdint.h>

#include "tunnel/hostkey.h"

struct secret;

enum { TUNNEL_KEY_COUNT = 2 };

/* All that is needed to open a tunnel, as the catalog has it. A plain value that borrows
 * its texts and secrets; what keeps one makes a copy. */
struct tunnel_definition {
    const char *id;   /* catalog id, "u3": tells tunnels apart */
    const char *name; /* for messages and statements in hints */
    const char *host;
    uint16_t port; /* 0: 22 */
    const char *user;
    const char *public_keys[TUNNEL_KEY_COUNT];     /* lines; NULL: absent */
    struct secret *private_keys[TUNNEL_KEY_COUNT]; /* NULL: absent, or sealed */
    enum tunnel_trust trust;
    const struct tunnel_host_key *host_keys; /* declared and pinned ones */
    size_t host_key_count;
};

/* A deep copy on the heap, secrets referenced. */
struct tunnel_definition *tunnel_definition_copy(const struct tunnel_definition *from);
void tunnel_definition_free(struct tunnel_definition **definition);

/* Same host, port and user: an open session may serve both. */
bool tunnel_definition_same_bastion(const struct tunnel_definition *a,
                                    const struct tunnel_definition *b);

#endif
