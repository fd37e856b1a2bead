#ifndef CONNECTORS_POSTGRES_PROBE_INTERNAL_H
#define CONNECTORS_POSTGRES_PROBE_INTERNAL_H

#include <libpq-fe.h>

#include "connectors/postgres/diagnose.h"
#include "connectors/postgres/parameters.h"

/* One walk over the stages. Functions that yield bool have filled `failure` and ended the
 * record when they yield false. */
struct walk {
    const struct connector_probe *probe;
    struct postgres_options options;
    struct stage_trace *trace;
    struct stage_record *record; /* of the stage that runs */
    int64_t stage_started_us;
    int64_t deadline_us;
    char address[STAGE_ADDRESS_MAX];
    struct postgres_parameters parameters;
    int held_port; /* a socket that holds a port where nobody listens */
    struct dialled dialled;
    bool is_dialled;
    PGconn *pg;
    void *ssl; /* libpq's, held; NULL before the handshake and without TLS */
    struct stage_failure failure;
    bool is_servers_word; /* the failure is an error that the server sent */
};

void walk_begin(struct walk *walk, enum stage stage);
void walk_done(struct walk *walk, const char *found);

/* Always false. */
bool walk_fail(struct walk *walk, enum stage_cause cause, const char *words);

/* What libpq says, or, before that, what the dialer knows. */
bool walk_fail_words(struct walk *walk, const struct postgres_words *words,
                     enum stage_cause cause);

/* libpq's last message, redacted. */
void walk_words(const struct walk *walk, const char *message,
                struct postgres_words *words_out);

/* Waits until libpq's descriptor is ready for `events` of poll(). */
bool walk_await(struct walk *walk, short events);

/* The last stages. */
bool walk_settings(struct walk *walk);

#endif
