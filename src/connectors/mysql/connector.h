#ifndef CONNECTORS_MYSQL_CONNECTOR_H
#define CONNECTORS_MYSQL_CONNECTOR_H

#include "connectors/connector.h"

/* MYSQL connections: MySQL and MariaDB. */
extern const struct connector mysql_connector;

#endif
