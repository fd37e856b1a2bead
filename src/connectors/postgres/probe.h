#ifndef CONNECTORS_POSTGRES_PROBE_H
#define CONNECTORS_POSTGRES_PROBE_H

#include "connectors/connector.h"

/* Logs in to the target once, asks for its settings, and closes. The record of the way is
 * CONNECT for a direct target and FORWARD behind a tunnel; then ANSWER, TLS (unless it is
 * off), TARGET_LOGIN, and one of SETTINGS for each thing that a source needs. A user
 * without the right to replicate, and senders that are all in use, are warnings, since
 * Materialize's validation accepts both. probe->timeout 0: 30 s. Runs on a stack of
 * 512 KiB. */
enum rc postgres_probe(const struct connector_probe *probe, struct stage_trace *trace,
                       struct error *err);

#endif
