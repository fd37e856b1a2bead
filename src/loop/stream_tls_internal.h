#ifndef LOOP_STREAM_TLS_INTERNAL_H
#define LOOP_STREAM_TLS_INTERNAL_H

#include <stdatomic.h>

#include <openssl/ssl.h>

#include "loop/stream_tls.h"

enum { TLS_CONTEXT_ALPN_MAX = 1 + 255 }; /* one length byte and the name: RFC 7301 3.1 */

/* What client and server contexts have in common: shared by streams, which may outlive
 * their maker's interest. */
struct tls_context {
    atomic_uint holders;
    SSL_CTX *ssl_context;
    BIO_METHOD *bio_method;
};

struct tls_client_context {
    struct tls_context *shared;
    enum tls_verify verify;
};

struct tls_server_context {
    struct tls_context *shared;
};

struct tls_context *tls_context_new(const SSL_METHOD *method);
struct tls_context *tls_context_ref(struct tls_context *context);
void tls_context_unref(struct tls_context **context);

/* stream_tls.c: OpenSSL reads and writes through the stream below. */
BIO_METHOD *stream_tls_bio_method(void);

/* stream_tls.c: keeps the words of a refused certificate. */
int stream_tls_verified(int is_fine, X509_STORE_CTX *store_context);

/* The last reason in OpenSSL's queue of this thread, in words. */
const char *tls_context_reason(void);

#endif
