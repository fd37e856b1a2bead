/* From what librdkafka met at a broker to causes. Its words are a last resort: dials,
 * states and OpenSSL's numbers come first. */
#include "connectors/kafka/diagnose.h"

#include <stdio.h>

/* OpenSSL's X509_V_ERR_*, whose numbers are part of its interface. */
enum certificate_fault {
    FAULT_NOT_YET_VALID = 9,
    FAULT_EXPIRED = 10,
    FAULT_HOSTNAME = 62,
    FAULT_ADDRESS = 64,
};

enum stage kafka_stage(enum kafka_state state)
{
    switch (state) {
    case KAFKA_STATE_TLS:
        return STAGE_TLS;
    case KAFKA_STATE_LOGIN:
        return STAGE_TARGET_LOGIN;
    case KAFKA_STATE_UP:
        return STAGE_SETTINGS;
    default:
        return STAGE_ANSWER;
    }
}

static bool says(const struct kafka_broker *broker, const char *part)
{
    return strcasestr(broker->words, part) != NULL;
}

static bool is_certificate_alert(const struct kafka_broker *broker)
{
    return says(broker, "alert") &&
           (says(broker, "certificate") || says(broker, "unknown ca"));
}

bool kafka_may_differ_in_tls(const struct kafka_broker *broker,
                             enum kafka_protocol protocol)
{
    if (broker->dial.stage != STAGE_NONE || is_certificate_alert(broker))
        return false;
    if (kafka_protocol_uses_tls(protocol))
        return broker->failed_in == KAFKA_STATE_TLS && broker->certificate_fault == 0;
    return broker->failed_in == KAFKA_STATE_VERSIONS ||
           broker->state == KAFKA_STATE_VERSIONS;
}

static enum stage_cause tls_cause(const struct kafka_broker *broker,
                                  const struct kafka_situation *situation)
{
    switch (broker->certificate_fault) {
    case 0:
        break;
    case FAULT_NOT_YET_VALID:
    case FAULT_EXPIRED:
        return STAGE_CAUSE_TLS_EXPIRED;
    case FAULT_HOSTNAME:
    case FAULT_ADDRESS:
        return STAGE_CAUSE_TLS_NAME_MISMATCH;
    default:
        return STAGE_CAUSE_TLS_UNTRUSTED;
    }
    if (is_certificate_alert(broker))
        return STAGE_CAUSE_CLIENT_CERTIFICATE_BAD;
    if (situation->other_way == KAFKA_OTHER_ANSWERS)
        return STAGE_CAUSE_TLS_REFUSED;
    if (says(broker, "wrong version number"))
        return STAGE_CAUSE_NOT_KAFKA;
    return says(broker, "alert") ? STAGE_CAUSE_TLS_FAILED : STAGE_CAUSE_TARGET_CLOSED;
}

/* Under TLS 1.3 a certificate of ours is refused after the handshake. */
static enum stage_cause answer_cause(const struct kafka_broker *broker,
                                     const struct kafka_situation *situation)
{
    if (is_certificate_alert(broker))
        return STAGE_CAUSE_CLIENT_CERTIFICATE_BAD;
    if (situation->other_way == KAFKA_OTHER_ANSWERS)
        return STAGE_CAUSE_TLS_REQUIRED;
    if (says(broker, "ApiVersion") && !says(broker, "Disconnected"))
        return STAGE_CAUSE_NOT_KAFKA;
    return says(broker, "parse") || says(broker, "Invalid response size")
               ? STAGE_CAUSE_NOT_KAFKA
               : STAGE_CAUSE_TARGET_CLOSED;
}

static enum stage_cause login_cause(const struct kafka_broker *broker)
{
    if (says(broker, "Unsupported SASL mechanism"))
        return STAGE_CAUSE_MECHANISM_UNSUPPORTED;
    if (says(broker, "not supported by broker") || says(broker, "current SASL state"))
        return STAGE_CAUSE_SASL_NOT_OFFERED;
    if (says(broker, "authentication error") || says(broker, "authentication fail") ||
        says(broker, "invalid credentials"))
        return STAGE_CAUSE_PASSWORD_WRONG;
    return STAGE_CAUSE_LOGIN_FAILED;
}

static enum stage_cause cause_of(const struct kafka_broker *broker,
                                 const struct kafka_situation *situation)
{
    if (says(broker, "timed out"))
        return STAGE_CAUSE_TIMEOUT;
    switch (broker->failed_in) {
    case KAFKA_STATE_TLS:
        return tls_cause(broker, situation);
    case KAFKA_STATE_VERSIONS:
        return answer_cause(broker, situation);
    case KAFKA_STATE_LOGIN:
        return login_cause(broker);
    case KAFKA_STATE_UP:
        return kafka_protocol_uses_sasl(situation->protocol) ? STAGE_CAUSE_TARGET_CLOSED
                                                             : STAGE_CAUSE_SASL_REQUIRED;
    default:
        return STAGE_CAUSE_TARGET_CLOSED;
    }
}

const char *kafka_remedy(enum stage_cause cause, const struct kafka_situation *situation)
{
    bool is_sasl = kafka_protocol_uses_sasl(situation->protocol);
    switch (cause) {
    case STAGE_CAUSE_TLS_REFUSED:
        return is_sasl ? "Without SECURITY PROTOCOL the way is encrypted: set SECURITY "
                         "PROTOCOL 'SASL_PLAINTEXT' if the way there is trusted, or "
                         "name the port of a TLS listener."
                       : "Without SECURITY PROTOCOL the way is encrypted: set SECURITY "
                         "PROTOCOL 'PLAINTEXT' if the way there is trusted, or name the "
                         "port of a TLS listener.";
    case STAGE_CAUSE_TLS_REQUIRED:
        return is_sasl ? "Set SECURITY PROTOCOL 'SASL_SSL', or leave it out."
                       : "Set SECURITY PROTOCOL 'SSL', or leave it out.";
    case STAGE_CAUSE_TLS_NAME_MISMATCH:
        return "The certificate must carry the name that the broker advertises (or that "
               "BROKER gives, for the first connection), tunnel or not.";
    case STAGE_CAUSE_CLIENT_CERTIFICATE_BAD:
        return situation->has_certificate
                   ? "SSL CERTIFICATE and SSL KEY must be PEM, belong together, be "
                     "without a passphrase, and be signed by an authority in the "
                     "broker's truststore."
                   : "The broker wants a certificate of ours (ssl.client.auth): set SSL "
                     "CERTIFICATE and SSL KEY.";
    case STAGE_CAUSE_PASSWORD_WRONG:
        return "Check SASL USERNAME, SASL MECHANISMS and the secret that SASL PASSWORD "
               "names: ALTER SECRET changes its value. SCRAM users are made with "
               "kafka-configs --alter --add-config.";
    case STAGE_CAUSE_TARGET_CLOSED:
        return "Look at the broker's log, and check SECURITY PROTOCOL and the port.";
    case STAGE_CAUSE_TIMEOUT:
        return "The port is open but the broker is silent: see the broker's log, and "
               "check the port.";
    default:
        return "";
    }
}

/* The causes' own remedies speak of bastions. */
static const char *direct_remedy(enum stage_cause cause)
{
    switch (cause) {
    case STAGE_CAUSE_NAME_UNKNOWN:
        return "Check the broker's name. Without an SSH TUNNEL this server looks it up.";
    case STAGE_CAUSE_REFUSED:
        return "Check the broker's name and port, and that Kafka listens there "
               "(listeners in server.properties).";
    case STAGE_CAUSE_UNREACHABLE:
        return "Check the route to the broker and its firewall rules; they must let in "
               "the addresses in mz_catalog.mz_egress_ips.";
    case STAGE_CAUSE_TIMEOUT:
        return "Silence is most often a firewall. Let the addresses in "
               "mz_catalog.mz_egress_ips reach the broker, and check its name and port.";
    default:
        return "";
    }
}

void kafka_diagnose(const struct kafka_broker *broker,
                    const struct kafka_situation *situation,
                    struct stage_failure *failure_out)
{
    if (broker->dial.stage != STAGE_NONE) {
        *failure_out = broker->dial;
        if (!situation->is_tunnelled && failure_out->remedy[0] == '\0')
            snprintf(failure_out->remedy, sizeof(failure_out->remedy), "%s",
                     direct_remedy(failure_out->cause));
        return;
    }
    enum stage_cause cause = cause_of(broker, situation);
    const char *words =
        broker->certificate_fault != 0 ? stage_cause_text(cause) : broker->words;
    stage_failure_set(failure_out, kafka_stage(broker->failed_in), cause, words);
    snprintf(failure_out->remedy, sizeof(failure_out->remedy), "%s",
             kafka_remedy(cause, situation));
}

const char *kafka_words(enum stage_cause cause)
{
    switch (cause) {
    case STAGE_CAUSE_TLS_REFUSED:
        return "Broker does not support SSL connections";
    case STAGE_CAUSE_TLS_REQUIRED:
        return "Disconnected during handshake; broker might require SSL encryption";
    case STAGE_CAUSE_TLS_UNTRUSTED:
    case STAGE_CAUSE_TLS_EXPIRED:
    case STAGE_CAUSE_TLS_NAME_MISMATCH:
        return "Failed to verify broker certificate";
    case STAGE_CAUSE_TLS_AUTHORITY_BAD:
        return "Invalid CA certificate";
    case STAGE_CAUSE_CLIENT_CERTIFICATE_BAD:
        return "SSL authentication required";
    case STAGE_CAUSE_PASSWORD_WRONG:
        return "Invalid username or password";
    case STAGE_CAUSE_LOGIN_FAILED:
    case STAGE_CAUSE_SASL_NOT_OFFERED:
        return "SASL authentication failed";
    case STAGE_CAUSE_SASL_REQUIRED:
        return "SASL authentication required";
    case STAGE_CAUSE_MECHANISM_UNSUPPORTED:
        return "Unsupported SASL mechanism";
    case STAGE_CAUSE_NOT_KAFKA:
        return "what answers is no Kafka broker";
    case STAGE_CAUSE_NAME_UNKNOWN:
    case STAGE_CAUSE_NAME_LOOKUP_FAILED:
        return "Failed to resolve hostname";
    case STAGE_CAUSE_TIMEOUT:
        return "Connection timeout";
    case STAGE_CAUSE_TARGET_CLOSED:
    case STAGE_CAUSE_REFUSED:
    case STAGE_CAUSE_UNREACHABLE:
        return "Broker transport failure";
    default:
        return NULL;
    }
}
