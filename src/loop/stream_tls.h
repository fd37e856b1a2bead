#ifndef LOOP_STREAM_TLS_H
#define LOOP_STREAM_TLS_H

#include "base/bytes.h"
#include "base/rc.h"
#include "loop/stream.h"

struct error;
struct secret;

/* TLS 1.2 and 1.3 over another stream, by OpenSSL. A context holds certificates and keys
 * and serves any number of streams; making one reads files or parses keys (milliseconds):
 * keep it, and make it outside a busy loop. Contexts are thread-safe once made, and may
 * be freed while streams made from them live. */
struct tls_client_context;
struct tls_server_context;

/* How much of the server a client demands. The names are libpq's sslmode, which defines
 * them (PostgreSQL 15 manual, chapter 34.19.1). */
enum tls_verify {
    TLS_VERIFY_NONE, /* require: encrypted, to whomever */
    TLS_VERIFY_CA,   /* verify-ca: the certificate comes from a trusted authority */
    TLS_VERIFY_FULL, /* verify-full: and it is for this name */
};

/* All views are needed during the call only. */
struct tls_client_options {
    enum tls_verify verify;
    struct bytes authorities_pem; /* empty: the system's; else nothing but these */
    struct bytes certificate_pem; /* own certificate, then its chain; empty: none */
    const struct secret *key_pem; /* its key, not encrypted; NULL: none */
    const char *alpn;             /* protocol name to offer (RFC 7301); NULL: none */
};

enum rc tls_client_context_new(const struct tls_client_options *options,
                               struct tls_client_context **context_out,
                               struct error *err) MUST_USE;
void tls_client_context_free(struct tls_client_context **context);

/* From PEM files; the key must not be encrypted. A client that offers ALPN must offer
 * "postgresql" among its protocols (PostgreSQL 17 manual, chapter 55.2.11). */
enum rc tls_server_context_new(const char *certificate_path, const char *key_path,
                               struct tls_server_context **context_out,
                               struct error *err) MUST_USE;
void tls_server_context_free(struct tls_server_context **context);

/* Puts TLS on top of *below, which belongs to the result from here on and is cleared (it
 * must not be watched). `host` is the target's true name or numeric address: the name to
 * verify, and, unless numeric, the one to ask for (SNI, RFC 6066). Fails only on a name
 * that cannot be one; *below is then untouched. */
enum rc stream_tls_client(struct stream **below, const struct tls_client_context *context,
                          const char *host, struct stream **stream_out,
                          struct error *err) MUST_USE;
struct stream *stream_tls_server(struct stream **below,
                                 const struct tls_server_context *context);

/* Why a TLS stream failed. */
enum stream_tls_fault {
    STREAM_TLS_FAULT_NONE,
    STREAM_TLS_FAULT_NOT_TLS,    /* the peer answers, but not in TLS */
    STREAM_TLS_FAULT_UNTRUSTED,  /* not from a trusted authority */
    STREAM_TLS_FAULT_WRONG_NAME, /* trusted, but for another name */
    STREAM_TLS_FAULT_EXPIRED,    /* trusted, but not now */
    STREAM_TLS_FAULT_REFUSED,    /* the peer sent an alert: its words are in the error */
    STREAM_TLS_FAULT_CUT, /* the connection broke or ended before the handshake did,
                             or later without close_notify */
    STREAM_TLS_FAULT_OTHER,
    STREAM_TLS_FAULT_COUNT,
};

const char *stream_tls_fault_name(enum stream_tls_fault fault);

/* NONE for a stream that is not TLS, or has not failed. */
enum stream_tls_fault stream_tls_fault(const struct stream *stream);

/* "TLSv1.3"; "" before the end of the handshake and for other streams. Lives as long as
 * the process. */
const char *stream_tls_version(const struct stream *stream);

#endif
