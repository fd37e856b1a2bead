/* Walks a schema registry's stages once, by one GET of its subjects. */
#include "connectors/registry/probe.h"

#include <stdio.h>

#include "base/error.h"
#include "connectors/registry/client.h"
#include "connectors/registry/subjects.h"

enum {
    DEFAULT_TIMEOUT_MS = 30 * 1000,
    TLS_TRY_MS = 3 * 1000,
    ADDRESS_MAX = REGISTRY_HOST_MAX + 16
};

enum http_status {
    HTTP_OK = 200,
    HTTP_UNAUTHORIZED = 401,
    HTTP_FORBIDDEN = 403,
    HTTP_NOT_FOUND = 404,
    HTTP_PROXY_LOGIN = 407,
};

struct walk {
    const struct connector_probe *probe;
    struct stage_trace *trace;
    struct registry_options options;
    struct registry_answer answer;
    struct stage_failure failure;
    char address[ADDRESS_MAX];
};

static void tell(struct walk *walk, enum stage stage, int64_t time_us, const char *found)
{
    struct stage_record *record =
        stage_trace_add(walk->trace, walk->probe->name, stage, walk->address);
    record->time_us = time_us > 0 ? time_us : 0;
    stage_record_found(record, found);
}

/* --- remedies ---------------------------------------------------------------------- */

static const char *direct_remedy(enum stage_cause cause)
{
    switch (cause) {
    case STAGE_CAUSE_NAME_UNKNOWN:
        return "Check the host in URL. Without an SSH TUNNEL this server looks it up.";
    case STAGE_CAUSE_REFUSED:
        return "Check host and port in URL, and that the registry listens there.";
    case STAGE_CAUSE_UNREACHABLE:
        return "Check the route to the registry and its firewall rules; they must let in "
               "the addresses in mz_catalog.mz_egress_ips.";
    case STAGE_CAUSE_TIMEOUT:
        return "Silence is most often a firewall. Let the addresses in "
               "mz_catalog.mz_egress_ips reach the registry, and check URL.";
    default:
        return "";
    }
}

static const char *remedy_of(const struct walk *walk, enum stage_cause cause)
{
    switch (cause) {
    case STAGE_CAUSE_TLS_REFUSED:
        return "The registry speaks plain HTTP there: let URL begin with http:// if the "
               "way is trusted, or name its TLS port.";
    case STAGE_CAUSE_TLS_REQUIRED:
        return "The registry speaks TLS there: let URL begin with https://.";
    case STAGE_CAUSE_TLS_NAME_MISMATCH:
        return "Let URL name a host that the certificate carries, tunnel or not, or have "
               "a certificate made for this one.";
    case STAGE_CAUSE_CLIENT_CERTIFICATE_BAD:
        return walk->options.tls_certificate != NULL
                   ? "SSL CERTIFICATE and SSL KEY must be PEM, belong together, be "
                     "without a passphrase, and be signed by an authority that the "
                     "registry trusts."
                   : "The registry wants a certificate of ours: set SSL CERTIFICATE and "
                     "SSL KEY.";
    case STAGE_CAUSE_PASSWORD_MISSING:
        return "Set USER and PASSWORD with ALTER CONNECTION ... SET (USER ..., PASSWORD "
               "SECRET ...).";
    case STAGE_CAUSE_TARGET_CLOSED:
        return "Look at the registry's log. A proxy or balancer before it may have no "
               "server to hand us to.";
    case STAGE_CAUSE_TIMEOUT:
        if (walk->answer.reached_us != 0)
            return "The port is open but the registry is silent: see its log, and check "
                   "URL.";
        return direct_remedy(cause);
    default:
        return walk->options.tunnel_id == NULL ? direct_remedy(cause) : "";
    }
}

/* Appends the record of a failure. Always false. */
static bool fail(struct walk *walk, const struct stage_failure *failure)
{
    walk->failure = *failure;
    if (walk->failure.remedy[0] == '\0')
        snprintf(walk->failure.remedy, sizeof(walk->failure.remedy), "%s",
                 remedy_of(walk, failure->cause));
    struct stage_record *record =
        stage_trace_add(walk->trace, walk->probe->name, failure->stage, walk->address);
    stage_record_fail(record, &walk->failure);
    return false;
}

static bool fail_cause(struct walk *walk, enum stage stage, enum stage_cause cause,
                       const char *words)
{
    struct stage_failure failure;
    stage_failure_set(&failure, stage, cause, words);
    return fail(walk, &failure);
}

/* --- the stages -------------------------------------------------------------------- */

/* What went well before the failure, or all of the way to the answer. */
static void tell_way(struct walk *walk)
{
    const struct registry_answer *answer = &walk->answer;
    enum stage failed_in = answer->failure.stage;
    bool is_https = walk->options.url.is_https;
    char found[STAGE_FOUND_MAX];
    if (answer->reached_us == 0 || (failed_in != STAGE_NONE && failed_in <= STAGE_CARRY))
        return;
    tell(walk, walk->options.tunnel_id == NULL ? STAGE_CONNECT : STAGE_FORWARD,
         answer->reached_us - answer->dial_started_us, "the target accepts connections");
    if (is_https && answer->tls_us != 0)
        tell(walk, STAGE_TLS, answer->tls_us - answer->reached_us, answer->tls);
    if (answer->status == 0 || failed_in == STAGE_ANSWER)
        return;
    snprintf(found, sizeof(found), "HTTP status %ld", answer->status);
    tell(walk, STAGE_ANSWER,
         answer->ended_us - (is_https ? answer->tls_us : answer->reached_us), found);
}

static bool judge_login(struct walk *walk)
{
    const struct option_value *user = walk->options.user;
    long status = walk->answer.status;
    char text[STAGE_FOUND_MAX];
    snprintf(text, sizeof(text), "server error %ld", status);
    if (status == HTTP_UNAUTHORIZED || status == HTTP_PROXY_LOGIN)
        return fail_cause(walk, STAGE_TARGET_LOGIN,
                          user == NULL ? STAGE_CAUSE_PASSWORD_MISSING
                                       : STAGE_CAUSE_PASSWORD_WRONG,
                          text);
    if (status == HTTP_FORBIDDEN)
        return fail_cause(walk, STAGE_TARGET_LOGIN, STAGE_CAUSE_NOT_AUTHORIZED, text);
    if (user == NULL)
        return true;
    snprintf(text, sizeof(text), "user %s",
             user->text == NULL ? "of a secret" : user->text);
    tell(walk, STAGE_TARGET_LOGIN, 0, text);
    return true;
}

static bool judge_answer(struct walk *walk)
{
    long status = walk->answer.status;
    size_t count = 0;
    char text[STAGE_FOUND_MAX];
    snprintf(text, sizeof(text), "server error %ld", status);
    if (status == HTTP_NOT_FOUND)
        return fail_cause(walk, STAGE_SETTINGS, STAGE_CAUSE_NOT_REGISTRY, text);
    if (status != HTTP_OK)
        return fail_cause(walk, STAGE_SETTINGS, STAGE_CAUSE_HTTP_STATUS, text);
    if (!registry_subjects_count(buffer_bytes(&walk->answer.body), &count))
        return fail_cause(walk, STAGE_SETTINGS, STAGE_CAUSE_NOT_REGISTRY,
                          "the answer is no JSON array of subjects");
    snprintf(text, sizeof(text), "%zu subject%s", count, count == 1 ? "" : "s");
    tell(walk, STAGE_SETTINGS, 0, text);
    return true;
}

/* A TLS server often just closes on a plain request. So it is asked a second time, by
 * TLS; nothing secret is sent. */
static void try_tls(struct walk *walk, const struct registry_client *plain)
{
    struct registry_options options = walk->options;
    struct registry_client client = *plain;
    struct registry_answer answer;
    int64_t until_us = clock_monotonic_us() + TLS_TRY_MS * INT64_C(1000);
    options.url.is_https = true;
    client.options = &options;
    client.is_anonymous = true;
    if (client.deadline_us > until_us)
        client.deadline_us = until_us;
    registry_get(&client, "/", &answer);
    buffer_fini(&answer.body);
    if (answer.tls_us != 0)
        walk->answer.failure.cause = STAGE_CAUSE_TLS_REQUIRED;
}

static bool ask_registry(struct walk *walk)
{
    int64_t timeout_ms =
        walk->probe->timeout.count > 0 ? walk->probe->timeout.count : DEFAULT_TIMEOUT_MS;
    struct registry_client client = {
        .probe = walk->probe,
        .options = &walk->options,
        .deadline_us = clock_monotonic_us() + timeout_ms * 1000,
    };
    if (option_find(walk->probe->options, "AWS PRIVATELINK") != NULL)
        return fail_cause(walk, STAGE_CONNECT, STAGE_CAUSE_NOT_SUPPORTED,
                          "AWS PrivateLink connections are unsupported");
    registry_get(&client, "/subjects", &walk->answer);
    if (!walk->options.url.is_https &&
        walk->answer.failure.cause == STAGE_CAUSE_TARGET_CLOSED)
        try_tls(walk, &client);
    tell_way(walk);
    if (walk->answer.failure.stage != STAGE_NONE)
        return fail(walk, &walk->answer.failure);
    return judge_login(walk) && judge_answer(walk);
}

/* --- the whole --------------------------------------------------------------------- */

static void set_message(const struct walk *walk, struct error *err)
{
    const struct stage_failure *failure = &walk->failure;
    bool has_words = failure->words[0] != '\0';
    char message[STAGE_WORDS_MAX * 3];
    if (walk->options.tunnel_id != NULL && failure->stage <= STAGE_CARRY)
        stage_tunnel_message(failure, message, sizeof(message));
    else if (walk->answer.status == 0)
        snprintf(message, sizeof(message),
                 "error sending request for url (%s://%s/subjects): %s",
                 walk->options.url.is_https ? "https" : "http", walk->address,
                 has_words ? failure->words : stage_cause_text(failure->cause));
    else
        snprintf(message, sizeof(message), "%s",
                 has_words ? failure->words : stage_cause_text(failure->cause));
    error_set(err, SQLSTATE_SYSTEM_ERROR, "%s", message);
}

static enum rc set_error(const struct walk *walk, struct error *err)
{
    const struct stage_failure *failure = &walk->failure;
    if (failure->cause == STAGE_CAUSE_CANCELLED)
        return error_set(err, SQLSTATE_QUERY_CANCELED,
                         "canceling statement due to user request");
    set_message(walk, err);
    bool has_more = failure->explanation[0] != '\0';
    error_detail(
        err, "Hop CONFLUENT SCHEMA REGISTRY \"%s\" (%s)%s, stage %s: %s (%s).%s%s",
        walk->probe->name, walk->address,
        walk->options.tunnel_id == NULL ? "" : " behind its SSH tunnel",
        stage_name(failure->stage), stage_cause_text(failure->cause),
        stage_cause_name(failure->cause), has_more ? " " : "", failure->explanation);
    const char *remedy = stage_failure_remedy(failure);
    if (remedy[0] != '\0')
        error_hint(err, "%s", remedy);
    return RC_FAILED;
}

enum rc registry_probe(const struct connector_probe *probe, struct stage_trace *trace,
                       struct error *err)
{
    struct walk walk;
    memset(&walk, 0, sizeof(walk));
    walk.probe = probe;
    walk.trace = trace;
    registry_options_read(probe->options, &walk.options);
    snprintf(walk.address, sizeof(walk.address), "%s:%u", walk.options.url.host,
             (unsigned)walk.options.url.port);
    bool is_well = ask_registry(&walk);
    buffer_fini(&walk.answer.body);
    return is_well ? RC_OK : set_error(&walk, err);
}
