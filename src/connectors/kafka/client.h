#ifndef CONNECTORS_KAFKA_CLIENT_H
#define CONNECTORS_KAFKA_CLIENT_H

#include "connectors/connector.h"
#include "connectors/kafka/options.h"

/* A librdkafka client whose every connection is dialled by us, and what it met at each
 * broker. librdkafka runs a thread for each broker; those threads dial, and block while
 * they do. */
struct kafka_client;

/* The states of librdkafka's connections, in their order. */
enum kafka_state {
    KAFKA_STATE_NONE,
    KAFKA_STATE_DIALLED, /* ours: the target is reached */
    KAFKA_STATE_TLS,
    KAFKA_STATE_VERSIONS, /* asks which requests the broker knows */
    KAFKA_STATE_LOGIN,
    KAFKA_STATE_UP,
    KAFKA_STATE_COUNT,
};

/* One broker, by the address that librdkafka asked for. A plain value. */
struct kafka_broker {
    struct kafka_address address;
    int32_t id;            /* -1: known from BROKER only */
    const char *tunnel_id; /* NULL: direct */
    enum kafka_state state;
    int64_t entered_us[KAFKA_STATE_COUNT]; /* the first time; 0: never */
    int64_t dial_started_us;               /* of the first dial */
    unsigned failure_count;
    enum kafka_state failed_in;  /* where the last failure was; NONE: none yet */
    struct stage_failure dial;   /* stage NONE: the last dial did not fail */
    int certificate_fault;       /* OpenSSL's number; 0: none */
    char words[STAGE_WORDS_MAX]; /* librdkafka's, or the broker's */
};

struct kafka_client_setup {
    const struct connector_probe *probe; /* its dialer, secrets, name and cancelled */
    const struct kafka_options *options;
    enum kafka_protocol protocol;
    bool is_anonymous; /* sends no login, shows no certificate, verifies nobody */
    const struct kafka_address *only; /* NULL: all that the options name */
    int64_t deadline_us;
};

/* NULL with `failure` filled (stage TLS or TARGET_LOGIN) when a secret is not to be had,
 * or a certificate, key or mechanism cannot be used. What the setup points to must live
 * as long as the client. */
struct kafka_client *kafka_client_new(const struct kafka_client_setup *setup,
                                      struct stage_failure *failure);

/* Joins librdkafka's threads and closes every stream. Waits for a direct dial that is
 * under way. Clears the pointer; accepts NULL. */
void kafka_client_free(struct kafka_client **client);

/* How many brokers were met, and a copy of one. Thread-safe. */
size_t kafka_client_broker_count(struct kafka_client *client);
void kafka_client_broker(struct kafka_client *client, size_t index,
                         struct kafka_broker *broker_out);

/* False: this address was not met yet. */
bool kafka_client_find(struct kafka_client *client, const struct kafka_address *address,
                       struct kafka_broker *broker_out);

/* The cluster's id, in the arena, once a broker has told it; NULL: not yet. Waits up to
 * `slice`. */
const char *kafka_client_cluster_id(struct kafka_client *client, struct arena *arena,
                                    struct ms slice);

struct kafka_member {
    int32_t id;
    struct kafka_address address; /* as advertised */
};

/* What the cluster advertises. RC_AGAIN: no answer within the slice; RC_FAILED: `words`
 * hold why. */
enum rc kafka_client_members(struct kafka_client *client, struct arena *arena,
                             struct ms slice, struct kafka_member **members_out,
                             size_t *count_out, char words[STAGE_WORDS_MAX]);

#endif
