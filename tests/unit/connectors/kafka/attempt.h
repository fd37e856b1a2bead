#ifndef UNIT_CONNECTORS_KAFKA_ATTEMPT_H
#define UNIT_CONNECTORS_KAFKA_ATTEMPT_H

/* Probes of Kafka, against brokers that the test starts. */

#include "connectors/kafka/connector.h"
#include "unit/connectors/attempt.h"

static inline struct fake fake_start(const char *const *arguments)
{
    return fake_of("tests/unit/connectors/kafka/broker.py", arguments);
}

static inline struct attempt *attempt_new(const struct place *places)
{
    return attempt_open(&kafka_connector, "k", places);
}

static inline void set_brokers(struct attempt *attempt, const struct option_address *list,
                               size_t count)
{
    struct option_value *value = add_value(attempt, count == 1 ? "BROKER" : "BROKERS");
    memcpy(attempt->addresses, list, count * sizeof(*list));
    value->addresses = attempt->addresses;
    value->item_count = count;
}

#endif
