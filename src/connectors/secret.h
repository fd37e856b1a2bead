#ifndef CONNECTORS_SECRET_H
#define CONNECTORS_SECRET_H

#include "connectors/connector.h"

/* The secret that an option names, held by the caller from here on; *secret_out stays
 * NULL when the option is absent or a literal. False: it is not to be had, and `failure`
 * says so for the stage that needs it. */
bool connector_secret_find(const struct connector_probe *probe,
                           const struct option_value *value, enum stage stage,
                           struct secret **secret_out, struct stage_failure *failure);

#endif
