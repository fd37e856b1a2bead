#ifndef CONNECTORS_KAFKA_PROBE_H
#define CONNECTORS_KAFKA_PROBE_H

#include "connectors/connector.h"

/* Makes a client, lets it reach the brokers that the options name until one has told of
 * its cluster, then each broker by the name that it advertises. The records of the way
 * are those of the first named broker that works: CONNECT or FORWARD, TLS, ANSWER,
 * TARGET_LOGIN; named brokers that do not work are warnings. Then SETTINGS: one for the
 * cluster and one for each of its brokers; one that is not reached is a failure. TLS
 * stands before ANSWER, since Kafka has no word before it. probe->timeout 0: 30 s. Needs
 * 512 KiB of stack; librdkafka brings a thread for each broker. */
enum rc kafka_probe(const struct connector_probe *probe, struct stage_trace *trace,
                    struct error *err);

#endif
