#ifndef CONNECTORS_POSTGRES_CONNECTOR_H
#define CONNECTORS_POSTGRES_CONNECTOR_H

#include "connectors/connector.h"

/* POSTGRES connections. */
extern const struct connector postgres_connector;

/* Drops the variables (PGSERVICE, PGOPTIONS, ...) that libpq obeys and that no parameter
 * overrules. main calls it before the first thread starts, since the environment knows no
 * lock. */
void postgres_environment_clear(void);

#endif
