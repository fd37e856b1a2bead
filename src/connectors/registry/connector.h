#ifndef CONNECTORS_REGISTRY_CONNECTOR_H
#define CONNECTORS_REGISTRY_CONNECTOR_H

#include "connectors/connector.h"

/* CONFLUENT SCHEMA REGISTRY connections. */
extern const struct connector registry_connector;

#endif
