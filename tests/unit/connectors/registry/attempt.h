#ifndef UNIT_CONNECTORS_REGISTRY_ATTEMPT_H
#define UNIT_CONNECTORS_REGISTRY_ATTEMPT_H

/* Probes of schema registries, against ones that the test starts. */

#include "connectors/registry/connector.h"
#include "unit/connectors/attempt.h"

static inline struct fake fake_start(const char *const *arguments)
{
    return fake_of("tests/unit/connectors/registry/registry.py", arguments);
}

static inline struct attempt *attempt_new(const struct place *places)
{
    return attempt_open(&registry_connector, "r", places);
}

#endif
