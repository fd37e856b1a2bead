#ifndef CONNECTORS_KAFKA_DIAGNOSE_H
#define CONNECTORS_KAFKA_DIAGNOSE_H

#include "connectors/kafka/client.h"

/* From what librdkafka met at a broker to causes. */

/* What a second, anonymous attempt found, by the other kind of way. */
enum kafka_other_way {
    KAFKA_OTHER_UNKNOWN, /* not tried, or nothing answered */
    KAFKA_OTHER_ANSWERS, /* Kafka without TLS, or TLS, is what the port speaks */
};

struct kafka_situation {
    enum kafka_protocol protocol;
    enum kafka_other_way other_way;
    bool has_certificate; /* of ours */
    bool is_tunnelled;
};

/* The stage of the target's that a state belongs to. */
enum stage kafka_stage(enum kafka_state state);

/* True when the failure may mean that only one of both sides speaks TLS. */
bool kafka_may_differ_in_tls(const struct kafka_broker *broker,
                             enum kafka_protocol protocol);

/* The broker's last failure, with stage, cause, words and remedy. */
void kafka_diagnose(const struct kafka_broker *broker,
                    const struct kafka_situation *situation,
                    struct stage_failure *failure_out);

/* A remedy where the cause's own would mislead; "" when that one is right. */
const char *kafka_remedy(enum stage_cause cause, const struct kafka_situation *situation);

/* Materialize's words for a cause; NULL: it has none. */
const char *kafka_words(enum stage_cause cause);

#endif
