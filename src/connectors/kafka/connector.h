#ifndef CONNECTORS_KAFKA_CONNECTOR_H
#define CONNECTORS_KAFKA_CONNECTOR_H

#include "connectors/connector.h"

/* KAFKA connections. */
extern const struct connector kafka_connector;

#endif
