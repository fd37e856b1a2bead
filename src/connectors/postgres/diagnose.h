#ifndef CONNECTORS_POSTGRES_DIAGNOSE_H
#define CONNECTORS_POSTGRES_DIAGNOSE_H

#include "base/bytes.h"
#include "base/stage.h"
#include "loop/tls_peer.h"

/* From what libpq and servers say to causes. */

enum { POSTGRES_ROUTINE_MAX = 64 };

/* libpq's text of a failure, taken apart. */
struct postgres_words {
    char sqlstate[6];                   /* "" when the words are not a server's */
    char routine[POSTGRES_ROUTINE_MAX]; /* of the server's source; "" when not told */
    char words[STAGE_WORDS_MAX];        /* "FATAL: password ...", or libpq's own */
};

/* `text` as PQerrorMessage() gives it, with PQERRORS_VERBOSE. Names of sockets that libpq
 * believed in are left out. */
void postgres_words_read(const char *text, struct postgres_words *words_out);

/* The first bytes that came, before libpq sees them. */
enum postgres_answer {
    POSTGRES_ANSWER_FINE,
    POSTGRES_ANSWER_NO_TLS,  /* the server declines the request for TLS */
    POSTGRES_ANSWER_FOREIGN, /* no PostgreSQL server */
};
enum postgres_answer postgres_answer_judge(struct bytes first, bool asked_for_tls);

/* `peer` NULL: the handshake did not even begin, since a file could not be read. */
enum stage_cause postgres_tls_cause(const struct postgres_words *words,
                                    const struct tls_peer *peer);

struct postgres_login_state {
    bool uses_tls;
    bool needs_password; /* PQconnectionNeedsPassword() */
};
enum stage_cause postgres_login_cause(const struct postgres_words *words,
                                      const struct postgres_login_state *state);

#endif
