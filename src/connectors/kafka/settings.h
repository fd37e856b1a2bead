#ifndef CONNECTORS_KAFKA_SETTINGS_H
#define CONNECTORS_KAFKA_SETTINGS_H

#include <librdkafka/rdkafka.h>

#include "connectors/kafka/client.h"

/* What librdkafka is told. Everything that it would take from files or from OpenSSL's
 * environment is named. False with `failure` filled. Secrets are in librdkafka's hands
 * then, which wipes them when the configuration or the client is destroyed. */
bool kafka_settings_fill(rd_kafka_conf_t *conf, const struct kafka_client_setup *setup,
                         struct stage_failure *failure);

/* Overwrites the secrets' values in a text, should a peer have sent them back. */
void kafka_settings_redact(const struct kafka_client_setup *setup, char *text);

#endif
