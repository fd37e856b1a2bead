#ifndef CONNECTORS_MYSQL_PROBE_H
#define CONNECTORS_MYSQL_PROBE_H

#include "connectors/connector.h"

/* Logs in to the target once, asks for its settings, and says goodbye. The record of the
 * way is CONNECT for a direct target and FORWARD behind a tunnel; then ANSWER, TLS
 * (unless it is off), TARGET_LOGIN, and one of SETTINGS for each thing that a source
 * needs. A user without the privileges to replicate is a warning, since Materialize's
 * validation accepts it, and so is a password that went under an RSA key that nobody
 * vouches for. probe->timeout 0: 30 s. Runs on a stack of 512 KiB. */
enum rc mysql_probe(const struct connector_probe *probe, struct stage_trace *trace,
                    struct error *err);

#endif
