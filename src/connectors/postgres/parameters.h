#ifndef CONNECTORS_POSTGRES_PARAMETERS_H
#define CONNECTORS_POSTGRES_PARAMETERS_H

#include "base/arena.h"
#include "base/stage.h"
#include "connectors/connector.h"
#include "connectors/postgres/options.h"

enum { POSTGRES_PARAMETERS_MAX = 40 };

/* A PEM text as a file that has no name and is in no file system. */
struct postgres_memory_file {
    int descriptor; /* -1: there is none */
    void *memory;   /* mapped, so that it can be wiped and be kept from the swap */
    size_t len;
    char path[40];
};

/* What libpq is told: every parameter that would otherwise be taken from the environment
 * or from the home directory is named. */
struct postgres_parameters {
    const char *names[POSTGRES_PARAMETERS_MAX + 1]; /* ends with NULL */
    const char *values[POSTGRES_PARAMETERS_MAX + 1];
    size_t count;
    char port[8];
    struct secret *user; /* only when the option names a secret; else NULL */
    struct secret *password;
    struct postgres_memory_file authority;
    struct postgres_memory_file certificate;
    struct postgres_memory_file key;
};

/* Reads the secrets that the options name. `port`: where libpq shall connect to, which is
 * not the target's. False with `failure` filled when a secret is not to be had or a
 * descriptor is missing. postgres_parameters_fini() in either case. */
bool postgres_parameters_init(struct postgres_parameters *parameters,
                              const struct postgres_options *options,
                              const struct connector_probe *probe, uint16_t port,
                              struct stage_failure *failure);

/* Wipes. */
void postgres_parameters_fini(struct postgres_parameters *parameters);

/* Overwrites each occurrence of a secret's value, should a peer have sent it back. */
void postgres_parameters_redact(const struct postgres_parameters *parameters, char *text);

#endif
