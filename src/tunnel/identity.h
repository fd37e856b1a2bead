#ifndef TUNNEL_IDENTITY_H
#define TUNNEL_IDENTITY_H

#include "base/arena.h"
#include "base/rc.h"

struct error;
struct secret;

/* One Ed25519 key pair. The private key never leaves memory of struct secret, and no file
 * is ever written. */
struct tunnel_identity {
    struct secret *private_key; /* PEM, "-----BEGIN OPENSSH PRIVATE KEY-----"; owned */
    const char *public_key;     /* "ssh-ed25519 <base64> materialize", in the arena */
};

/* Makes a fresh pair. The caller frees the secret. */
enum rc tunnel_identity_new(struct arena *arena, struct tunnel_identity *identity_out,
                            struct error *err) MUST_USE;

/* The public line that belongs to a private key, in the arena. */
enum rc tunnel_identity_public(struct arena *arena, const struct secret *private_key,
                               const char **public_key_out, struct error *err) MUST_USE;

/* "SHA256:<base64>" of a public line, as `ssh-keygen -l` prints it. */
enum rc tunnel_identity_fingerprint(struct arena *arena, const char *public_key,
                                    const char **fingerprint_out,
                                    struct error *err) MUST_USE;

#endif
