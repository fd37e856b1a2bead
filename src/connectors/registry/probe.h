#ifndef CONNECTORS_REGISTRY_PROBE_H
#define CONNECTORS_REGISTRY_PROBE_H

#include "connectors/connector.h"

/* Asks a registry for its subjects once. The records of the way: CONNECT or FORWARD, TLS
 * (https), ANSWER, TARGET_LOGIN (with a USER, or when one is asked for), SETTINGS. TLS
 * stands before ANSWER, since HTTP has no word before it. probe->timeout 0: 30 s. */
enum rc registry_probe(const struct connector_probe *probe, struct stage_trace *trace,
                       struct error *err);

#endif
