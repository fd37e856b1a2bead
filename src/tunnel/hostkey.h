#ifndef TUNNEL_HOSTKEY_H
#define TUNNEL_HOSTKEY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/rc.h"

struct error;

/* Host keys are data: declared with the connection, or pinned on first use. */
struct tunnel_host_key {
    const char *type;        /* "ssh-ed25519"; NULL when only a print was declared */
    const char *key;         /* base64 of the key's wire form; NULL likewise */
    const char *fingerprint; /* "SHA256:<43 characters>" */
};

enum tunnel_trust {
    TUNNEL_TRUST_PIN_ON_FIRST_USE, /* an empty set takes the first key that is seen */
    TUNNEL_TRUST_DECLARED_ONLY,    /* an empty set refuses */
    TUNNEL_TRUST_ACCEPT_ANY,       /* Materialize's way; the set is not asked */
    TUNNEL_TRUST_COUNT,
};

const char *tunnel_trust_name(enum tunnel_trust trust);

/* "pin-on-first-use", "declared-only", "accept-any"; false when it is none of them. */
bool tunnel_trust_parse(const char *text, enum tunnel_trust *trust_out);

enum tunnel_host_key_match {
    TUNNEL_HOST_KEY_TRUSTED,
    TUNNEL_HOST_KEY_FIRST,     /* the set is empty and the policy pins: pin it */
    TUNNEL_HOST_KEY_UNTRUSTED, /* the set is empty and the policy does not pin */
    TUNNEL_HOST_KEY_CHANGED,   /* the set is not empty and does not hold it */
};

/* A presented key against the trusted ones. Keys are compared whole where the set has
 * them, by print else. */
enum tunnel_host_key_match tunnel_hostkey_match(enum tunnel_trust trust,
                                                const struct tunnel_host_key *set,
                                                size_t count,
                                                const struct tunnel_host_key *presented);

/* A value of HOST KEY: 'ssh-ed25519 AAAA... [comment]', 'SHA256:...', or several of them
 * separated by commas or line ends. At most TUNNEL_HOST_KEYS_MAX. Strict; errors are
 * 22023. The array and its texts live in the arena. */
enum { TUNNEL_HOST_KEYS_MAX = 16 };
enum rc tunnel_hostkey_parse(struct arena *arena, const char *text,
                             struct tunnel_host_key **keys_out, size_t *count_out,
                             struct error *err) MUST_USE;

/* "ssh-ed25519 AAAA...", or the print when no more is known: what HOST KEY takes. */
const char *tunnel_hostkey_print(struct arena *arena, const struct tunnel_host_key *key);

#endif
