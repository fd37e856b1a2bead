#ifndef LOOP_TLS_PEER_H
#define LOOP_TLS_PEER_H

#include <stdbool.h>
#include <stddef.h>

#include "loop/stream_tls.h"

/* What is known of the other side of a TLS session that a foreign library runs. `ssl` is
 * the library's SSL object, opaque here as it is there. Call these in the thread that
 * drives the library. */

enum { TLS_PEER_WORDS_MAX = 128, TLS_PEER_CERTIFICATE_MAX = 384 };

struct tls_peer {
    bool is_handshaken; /* what is refused after that is refused by the library */
    enum stream_tls_fault fault;    /* NONE, UNTRUSTED or EXPIRED: the chain's */
    char words[TLS_PEER_WORDS_MAX]; /* OpenSSL's, when there is a fault */
    char certificate[TLS_PEER_CERTIFICATE_MAX]; /* subject and issuer; "" before the end
                                                 * of the handshake */
};

/* Keeps the object alive, since libraries drop it when the handshake fails, and with it
 * the reason. Let go before the library's connection is freed. */
void *tls_peer_hold(void *ssl);

/* Accepts NULL; clears the pointer. */
void tls_peer_release(void **ssl);

void tls_peer_read(void *ssl, struct tls_peer *peer_out);

#endif
