/* What librdkafka is told: addresses, security, time limits. */
#include "connectors/kafka/settings.h"

#include <stdio.h>

#include "base/ascii.h"
#include "base/buffer.h"
#include "base/memory.h"
#include "base/secret.h"

enum { BOOTSTRAP_MAX = 64 * 1024, MECHANISM_MAX = 64 };

/* The system's authorities, where none are given: named, so that OpenSSL asks no
 * environment. */
#define SYSTEM_AUTHORITIES "/etc/ssl/certs/ca-certificates.crt"

/* Every connect asks our resolver anew, and so dials anew. Log level and contexts are how
 * the client learns of each connection's states. */
static const char *const fixed[][2] = {
    {"broker.address.family", "v4"}, /* of the made-up addresses */
    {"broker.address.ttl", "0"},
    {"enable.sparse.connections", "false"},
    {"allow.auto.create.topics", "false"},
    {"socket.timeout.ms", "60000"},
    {"socket.connection.setup.timeout.ms", "30000"},
    {"reconnect.backoff.ms", "200"},
    {"reconnect.backoff.max.ms", "2000"},
    {"log_level", "7"},
    {"debug", "broker"},
};

struct filling {
    rd_kafka_conf_t *conf;
    const struct kafka_client_setup *setup;
    struct stage_failure *failure;
    char words[STAGE_WORDS_MAX];
};

static bool put(struct filling *filling, const char *name, const char *value)
{
    return rd_kafka_conf_set(filling->conf, name, value, filling->words,
                             sizeof(filling->words)) == RD_KAFKA_CONF_OK;
}

static bool fail(struct filling *filling, enum stage stage, enum stage_cause cause)
{
    stage_failure_set(filling->failure, stage, cause, filling->words);
    return false;
}

/* A value that is a secret or a literal; NULL: the option is absent. */
static bool put_value(struct filling *filling, const char *name,
                      const struct option_value *value, enum stage stage,
                      enum stage_cause cause)
{
    const struct connector_secrets *secrets = filling->setup->probe->secrets;
    if (value == NULL)
        return true;
    const char *text = value->text;
    if (value->secret_id != NULL) {
        struct secret *secret = secrets->find(secrets->owner, value->secret_id);
        snprintf(filling->words, sizeof(filling->words),
                 "the secret of option %s is not available", value->spec->name);
        if (secret == NULL)
            return fail(filling, stage, STAGE_CAUSE_SECRET_SEALED);
        text = (const char *)secret_bytes(secret).at;
    }
    return put(filling, name, text) || fail(filling, stage, cause);
}

/* --- security ---------------------------------------------------------------------- */

static bool put_tls(struct filling *filling)
{
    const struct kafka_options *options = filling->setup->options;
    if (filling->setup->is_anonymous)
        return put(filling, "enable.ssl.certificate.verification", "false") ||
               fail(filling, STAGE_TLS, STAGE_CAUSE_TLS_FAILED);
    if (options->tls_authority == NULL &&
        !put(filling, "ssl.ca.location", SYSTEM_AUTHORITIES))
        return fail(filling, STAGE_TLS, STAGE_CAUSE_TLS_AUTHORITY_BAD);
    return put_value(filling, "ssl.ca.pem", options->tls_authority, STAGE_TLS,
                     STAGE_CAUSE_TLS_AUTHORITY_BAD) &&
           put_value(filling, "ssl.certificate.pem", options->tls_certificate, STAGE_TLS,
                     STAGE_CAUSE_CLIENT_CERTIFICATE_BAD) &&
           put_value(filling, "ssl.key.pem", options->tls_key, STAGE_TLS,
                     STAGE_CAUSE_CLIENT_CERTIFICATE_BAD);
}

/* librdkafka knows more of them (GSSAPI, OAUTHBEARER), for which there are no options. */
static bool is_mechanism(const char *name)
{
    struct bytes text = bytes_of_text(name);
    return ascii_is_word(text, "plain") || ascii_is_word(text, "scram-sha-256") ||
           ascii_is_word(text, "scram-sha-512");
}

static bool put_sasl(struct filling *filling)
{
    const struct kafka_options *options = filling->setup->options;
    char mechanism[MECHANISM_MAX];
    if (options->mechanism == NULL || !is_mechanism(options->mechanism)) {
        snprintf(filling->words, sizeof(filling->words), "Unsupported SASL mechanism: %s",
                 options->mechanism == NULL ? "none" : options->mechanism);
        return fail(filling, STAGE_TARGET_LOGIN, STAGE_CAUSE_MECHANISM_UNSUPPORTED);
    }
    snprintf(mechanism, sizeof(mechanism), "%s", options->mechanism);
    for (char *at = mechanism; *at != '\0'; at++)
        *at = (char)(*at >= 'a' && *at <= 'z' ? *at - 0x20 : *at);
    if (!put(filling, "sasl.mechanisms", mechanism))
        return fail(filling, STAGE_TARGET_LOGIN, STAGE_CAUSE_MECHANISM_UNSUPPORTED);
    return put_value(filling, "sasl.username", options->username, STAGE_TARGET_LOGIN,
                     STAGE_CAUSE_LOGIN_FAILED) &&
           put_value(filling, "sasl.password", options->password, STAGE_TARGET_LOGIN,
                     STAGE_CAUSE_LOGIN_FAILED);
}

/* --- addresses --------------------------------------------------------------------- */

static void add_address(struct buffer *list, const struct kafka_address *address)
{
    bool is_v6 = strchr(address->host, ':') != NULL;
    buffer_printf(list, "%s%s%s%s:%u", buffer_len(list) == 0 ? "" : ",", is_v6 ? "[" : "",
                  address->host, is_v6 ? "]" : "", (unsigned)address->port);
}

static bool put_addresses(struct filling *filling)
{
    const struct kafka_client_setup *setup = filling->setup;
    struct buffer list;
    buffer_init(&list, BOOTSTRAP_MAX);
    if (setup->only != NULL)
        add_address(&list, setup->only);
    for (size_t i = 0; setup->only == NULL && i < setup->options->address_count; i++) {
        const struct option_address *written = &setup->options->addresses[i];
        struct kafka_address address;
        if (!written->is_matching && kafka_address_parse(written->address, &address))
            add_address(&list, &address);
    }
    buffer_add_u8(&list, 0);
    bool is_well = !buffer_failed(&list) && put(filling, "bootstrap.servers",
                                                (const char *)buffer_bytes(&list).at);
    buffer_fini(&list);
    return is_well;
}

bool kafka_settings_fill(rd_kafka_conf_t *conf, const struct kafka_client_setup *setup,
                         struct stage_failure *failure)
{
    struct filling filling = {.conf = conf, .setup = setup, .failure = failure};
    const char *name = setup->probe->application_name;
    bool is_well = put_addresses(&filling);
    for (size_t i = 0; is_well && i < ARRAY_COUNT(fixed); i++)
        is_well = put(&filling, fixed[i][0], fixed[i][1]);
    is_well = is_well && put(&filling, "client.id", name == NULL ? "culvert" : name) &&
              put(&filling, "security.protocol", kafka_protocol_name(setup->protocol));
    if (!is_well)
        return fail(&filling, STAGE_ANSWER, STAGE_CAUSE_RESOURCES);
    if (kafka_protocol_uses_tls(setup->protocol) && !put_tls(&filling))
        return false;
    return !kafka_protocol_uses_sasl(setup->protocol) || put_sasl(&filling);
}

/* --- keeping secrets out of texts -------------------------------------------------- */

static void redact(char *text, struct bytes value)
{
    size_t len = strlen(text);
    for (size_t at = 0; value.len > 0 && at + value.len <= len; at++) {
        if (memcmp(text + at, value.at, value.len) == 0)
            memset(text + at, '*', value.len);
    }
}

void kafka_settings_redact(const struct kafka_client_setup *setup, char *text)
{
    const struct connector_secrets *secrets = setup->probe->secrets;
    const struct option_value *values[] = {setup->options->username,
                                           setup->options->password};
    for (size_t i = 0; i < ARRAY_COUNT(values); i++) {
        if (values[i] == NULL || values[i]->secret_id == NULL)
            continue;
        struct secret *secret = secrets->find(secrets->owner, values[i]->secret_id);
        if (secret != NULL)
            redact(text, secret_bytes(secret));
    }
}
