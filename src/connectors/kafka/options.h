#ifndef CONNECTORS_KAFKA_OPTIONS_H
#define CONNECTORS_KAFKA_OPTIONS_H

#include "base/option.h"

/* CREATE CONNECTION ... TO KAFKA. */
extern const struct connection_kind kafka_connection_kind;

enum { KAFKA_HOST_MAX = 256, KAFKA_PORT_DEFAULT = 9092 };

/* SECURITY PROTOCOL. */
enum kafka_protocol {
    KAFKA_PLAINTEXT,
    KAFKA_SSL,
    KAFKA_SASL_PLAINTEXT,
    KAFKA_SASL_SSL,
};

/* The options with their defaults filled in. Texts belong to the set it was read from. */
struct kafka_options {
    const struct option_address *addresses; /* static ones and MATCHING rules */
    size_t address_count;
    const char *tunnel_id; /* for brokers without a rule of their own; NULL: direct */
    enum kafka_protocol protocol;
    const char *mechanism; /* as written; NULL without SASL */
    const struct option_value *username;
    const struct option_value *password;
    const struct option_value *tls_certificate;
    const struct option_value *tls_key;
    const struct option_value *tls_authority;
    const char *progress_topic;          /* NULL: named by the server */
    int32_t progress_replication_factor; /* 0: the broker's default */
};

/* The set must have passed the kind's check. */
void kafka_options_read(const struct option_set *set, struct kafka_options *options_out);

/* As librdkafka and Kafka's documentation write it: "SASL_SSL". */
const char *kafka_protocol_name(enum kafka_protocol protocol);
bool kafka_protocol_uses_tls(enum kafka_protocol protocol);
bool kafka_protocol_uses_sasl(enum kafka_protocol protocol);

struct kafka_address {
    char host[KAFKA_HOST_MAX]; /* an IPv6 address without its brackets */
    uint16_t port;
};

/* 'host', 'host:port', '[v6]:port'. False: it is none of them. */
bool kafka_address_parse(const char *text, struct kafka_address *address_out);

/* The tunnel that leads to a broker, known or newly advertised: that of the same address
 * in BROKER or BROKERS, else of the first MATCHING that fits, else the connection's.
 * NULL: direct. */
const char *kafka_route(const struct kafka_options *options,
                        const struct kafka_address *broker);

#endif
