#ifndef CONNECTORS_MYSQL_PROBE_INTERNAL_H
#define CONNECTORS_MYSQL_PROBE_INTERNAL_H

#include "connectors/mysql/client.h"
#include "connectors/mysql/credentials.h"
#include "connectors/mysql/diagnose.h"

enum { WALK_MESSAGE_MAX = 768 };

/* One walk over the stages. Functions that yield bool have filled `failure` and ended the
 * record when they yield false. */
struct mysql_walk {
    const struct connector_probe *probe;
    struct mysql_options options;
    struct stage_trace *trace;
    struct stage_record *record; /* of the stage that runs */
    int64_t stage_started_us;
    int64_t deadline_us;
    char address[STAGE_ADDRESS_MAX];
    struct mysql_credentials credentials;
    struct dialled dialled;
    bool is_dialled;
    struct mysql_client *client;
    const struct mysql_greeting *greeting;
    bool uses_tls;
    struct stage_failure failure;
    char
        message[WALK_MESSAGE_MAX]; /* for the error, when it is not the failure's words */
    char settings[STAGE_EXPLANATION_MAX]; /* each setting that is wrong */
};

void mysql_walk_begin(struct mysql_walk *walk, enum stage stage);
void mysql_walk_done(struct mysql_walk *walk, const char *found);

/* Always false. `words` NULL: the cause's text. */
bool mysql_walk_fail(struct mysql_walk *walk, enum stage_cause cause, const char *words);

/* Why the client's call failed, or, before that, what the dialer knows. Always false. */
bool mysql_walk_fail_client(struct mysql_walk *walk);

/* The stage that is done stays well enough to go on. */
void mysql_walk_warn(struct mysql_walk *walk, enum stage_cause cause);

/* The last stages. */
bool mysql_walk_settings(struct mysql_walk *walk);

#endif
