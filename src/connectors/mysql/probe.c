/* Walks a MySQL target's stages once, by our client over a dialled stream. */
#include "connectors/mysql/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "connectors/mysql/probe_internal.h"

enum {
    DEFAULT_TIMEOUT_MS = 30 * 1000,
    REACH_SLICE_MS = 5,
    PACKET_MAX = 1024 * 1024, /* bytes; settings and grants are far below */
};

/* --- records and failures ---------------------------------------------------------- */

void mysql_walk_begin(struct mysql_walk *walk, enum stage stage)
{
    walk->record = stage_trace_add(walk->trace, walk->probe->name, stage, walk->address);
    walk->stage_started_us = clock_monotonic_us();
}

static void end_record(struct mysql_walk *walk)
{
    walk->record->time_us = clock_monotonic_us() - walk->stage_started_us;
}

void mysql_walk_done(struct mysql_walk *walk, const char *found)
{
    end_record(walk);
    stage_record_found(walk->record, found);
}

static struct mysql_situation situation_of(const struct mysql_walk *walk)
{
    return (struct mysql_situation){
        .stage = walk->record->stage,
        .is_tunnelled = walk->options.tunnel_id != NULL,
        .uses_tls = walk->uses_tls,
        .has_certificate = walk->uses_tls && walk->options.tls_certificate != NULL,
        .has_password = walk->credentials.password != NULL,
    };
}

static void set_remedy(struct mysql_walk *walk, struct stage_failure *failure)
{
    struct mysql_situation situation = situation_of(walk);
    if (failure->remedy[0] == '\0')
        snprintf(failure->remedy, sizeof(failure->remedy), "%s",
                 mysql_remedy(failure->cause, &situation));
}

bool mysql_walk_fail(struct mysql_walk *walk, enum stage_cause cause, const char *words)
{
    stage_failure_set(&walk->failure, walk->record->stage, cause, words);
    set_remedy(walk, &walk->failure);
    end_record(walk);
    stage_record_fail(walk->record, &walk->failure);
    return false;
}

void mysql_walk_warn(struct mysql_walk *walk, enum stage_cause cause)
{
    struct stage_failure failure;
    stage_failure_set(&failure, walk->record->stage, cause, NULL);
    set_remedy(walk, &failure);
    stage_record_fail(walk->record, &failure);
    walk->record->verdict = STAGE_VERDICT_WARNING;
}

/* Takes the failure over that the dialer has filled in. */
static bool fail_dial(struct mysql_walk *walk)
{
    set_remedy(walk, &walk->failure);
    end_record(walk);
    if (walk->record->stage < STAGE_ANSWER)
        walk->record->stage = walk->failure.stage;
    stage_record_fail(walk->record, &walk->failure);
    return false;
}

/* *has_failed_out: a cut stream looks like an ended one, so the dialer is asked before
 * anybody else is believed. */
static bool ask(struct mysql_walk *walk, bool *has_failed_out)
{
    const struct dialer *dialer = walk->probe->dialer;
    struct stage_failure failure = {.stage = STAGE_NONE};
    bool is_reached = dialer->ask(dialer->owner, &walk->dialled, &failure);
    *has_failed_out = failure.stage != STAGE_NONE;
    if (*has_failed_out)
        walk->failure = failure;
    return is_reached;
}

bool mysql_walk_fail_client(struct mysql_walk *walk)
{
    const struct mysql_failure *failure = mysql_client_failure(walk->client);
    struct mysql_situation situation = situation_of(walk);
    bool has_failed = false;
    ask(walk, &has_failed);
    if (has_failed)
        return fail_dial(walk);
    enum stage_cause cause = mysql_failure_cause(failure, &situation);
    mysql_failure_message(failure, walk->message, sizeof(walk->message));
    mysql_credentials_redact(&walk->credentials, walk->message);
    return mysql_walk_fail(walk, cause, walk->message);
}

/* --- the dial ---------------------------------------------------------------------- */

static int64_t time_left_ms(const struct mysql_walk *walk)
{
    int64_t left_ms = (walk->deadline_us - clock_monotonic_us() + 999) / 1000;
    return left_ms > 0 ? left_ms : 0;
}

static bool has_time(struct mysql_walk *walk)
{
    if (walk->probe->cancelled != NULL && atomic_load(walk->probe->cancelled) != 0)
        return mysql_walk_fail(walk, STAGE_CAUSE_CANCELLED, NULL);
    if (time_left_ms(walk) > 0)
        return true;
    return mysql_walk_fail(walk, STAGE_CAUSE_TIMEOUT,
                           "Input/output error: connection timed out");
}

static bool dial(struct mysql_walk *walk)
{
    const struct dialer *dialer = walk->probe->dialer;
    const struct mysql_options *options = &walk->options;
    struct dial_request request = {options->tunnel_id, options->host, options->port,
                                   MS(time_left_ms(walk))};
    enum rc rc = dialer->dial(dialer->owner, &request, &walk->dialled, &walk->failure);
    walk->is_dialled = rc == RC_OK;
    return walk->is_dialled || fail_dial(walk);
}

static bool reach(struct mysql_walk *walk)
{
    mysql_walk_begin(walk,
                     walk->options.tunnel_id == NULL ? STAGE_CONNECT : STAGE_FORWARD);
    if (!has_time(walk) || !dial(walk))
        return false;
    bool has_failed = false;
    while (!ask(walk, &has_failed)) {
        if (has_failed)
            return fail_dial(walk);
        if (!has_time(walk))
            return false;
        poll(NULL, 0, REACH_SLICE_MS);
    }
    if (has_failed)
        return fail_dial(walk);
    mysql_walk_done(walk, "the target accepts connections");
    return true;
}

/* --- answer, TLS, login ------------------------------------------------------------ */

/* For the client, while it waits: has the dial failed meanwhile? */
static bool interrupt(void *owner)
{
    bool has_failed = false;
    ask(owner, &has_failed);
    return has_failed;
}

/* The client closes what it is given, and so does the dialer. */
static bool make_client(struct mysql_walk *walk)
{
    struct mysql_wait wait = {walk->deadline_us, walk->probe->cancelled, interrupt, walk};
    int descriptor = fcntl(walk->dialled.descriptor, F_DUPFD_CLOEXEC, 0);
    if (descriptor < 0)
        return mysql_walk_fail(walk, STAGE_CAUSE_RESOURCES, strerrordesc_np(errno));
    walk->client = mysql_client_new(descriptor, &wait, PACKET_MAX);
    return true;
}

static bool greet(struct mysql_walk *walk)
{
    mysql_walk_begin(walk, STAGE_ANSWER);
    if (!make_client(walk))
        return false;
    if (mysql_client_greet(walk->client, &walk->greeting) != RC_OK)
        return mysql_walk_fail_client(walk);
    char found[STAGE_FOUND_MAX];
    snprintf(found, sizeof(found), "%s %s%s%s",
             walk->greeting->is_mariadb ? "MariaDB" : "MySQL", walk->greeting->version,
             walk->greeting->method[0] == '\0' ? "" : ", ", walk->greeting->method);
    mysql_walk_done(walk, found);
    return true;
}

static bool start_tls(struct mysql_walk *walk)
{
    enum mysql_tls_mode mode = walk->options.tls_mode;
    bool verifies = mode == MYSQL_TLS_VERIFY_CA || mode == MYSQL_TLS_VERIFY_IDENTITY;
    if (mode == MYSQL_TLS_DISABLED)
        return true;
    mysql_walk_begin(walk, STAGE_TLS);
    if (mysql_client_start_tls(walk->client, walk->credentials.tls, walk->options.host,
                               verifies) != RC_OK)
        return mysql_walk_fail_client(walk);
    walk->uses_tls = true;
    char stream[STREAM_DESCRIBE_MAX];
    mysql_client_describe(walk->client, stream);
    const char *rest = strstr(stream, " over ");
    char found[STAGE_FOUND_MAX];
    snprintf(found, sizeof(found), "%.*s: %s",
             (int)(rest == NULL ? strlen(stream) : (size_t)(rest - stream)), stream,
             mode == MYSQL_TLS_VERIFY_IDENTITY
                 ? "authority and name verified"
                 : (verifies ? "authority verified, not the name" : "not verified"));
    mysql_walk_done(walk, found);
    return true;
}

static const char *proof_text(enum mysql_proof proof)
{
    switch (proof) {
    case MYSQL_PROOF_NONE:
        return "without a password";
    case MYSQL_PROOF_NATIVE:
        return "by mysql_native_password";
    case MYSQL_PROOF_FAST:
        return "by caching_sha2_password";
    case MYSQL_PROOF_OVER_TLS:
        return "by password under TLS";
    case MYSQL_PROOF_UNDER_KEY:
        return "by caching_sha2_password, the password under the server's RSA key";
    }
    return "";
}

static bool log_in(struct mysql_walk *walk)
{
    enum mysql_proof proof = MYSQL_PROOF_NONE;
    struct mysql_login login = {walk->credentials.user, walk->credentials.password,
                                walk->probe->application_name};
    mysql_walk_begin(walk, STAGE_TARGET_LOGIN);
    if (mysql_client_login(walk->client, &login, &proof) != RC_OK)
        return mysql_walk_fail_client(walk);
    char found[STAGE_FOUND_MAX];
    if (walk->credentials.user_secret != NULL)
        snprintf(found, sizeof(found), "user of a secret, %s", proof_text(proof));
    else
        snprintf(found, sizeof(found), "user %.*s, %s",
                 BYTES_PRINT(walk->credentials.user), proof_text(proof));
    mysql_walk_done(walk, found);
    if (proof == MYSQL_PROOF_UNDER_KEY)
        mysql_walk_warn(walk, STAGE_CAUSE_KEY_UNVERIFIED);
    return true;
}

/* --- the whole --------------------------------------------------------------------- */

static void set_message(const struct mysql_walk *walk, struct error *err)
{
    const struct stage_failure *failure = &walk->failure;
    char message[WALK_MESSAGE_MAX];
    bool has_words = failure->words[0] != '\0';
    if (walk->options.tunnel_id != NULL && failure->stage <= STAGE_CARRY)
        stage_tunnel_message(failure, message, sizeof(message));
    else if (failure->stage < STAGE_ANSWER && failure->cause != STAGE_CAUSE_TIMEOUT &&
             failure->cause != STAGE_CAUSE_NOT_SUPPORTED)
        snprintf(message, sizeof(message), "Input/output error: %s",
                 has_words ? failure->words : stage_cause_text(failure->cause));
    else
        snprintf(message, sizeof(message), "%s",
                 has_words ? failure->words : stage_cause_text(failure->cause));
    error_set(err, SQLSTATE_SYSTEM_ERROR, "%s", message);
}

static void set_hint(const struct mysql_walk *walk, struct error *err)
{
    const char *remedy = stage_failure_remedy(&walk->failure);
    if (walk->settings[0] != '\0')
        error_hint(err, "Set the necessary MySQL database system settings. %s", remedy);
    else if (remedy[0] != '\0')
        error_hint(err, "%s", remedy);
}

static enum rc set_error(const struct mysql_walk *walk, struct error *err)
{
    const struct stage_failure *failure = &walk->failure;
    if (failure->cause == STAGE_CAUSE_CANCELLED)
        return error_set(err, SQLSTATE_QUERY_CANCELED,
                         "canceling statement due to user request");
    set_message(walk, err);
    bool has_more = failure->explanation[0] != '\0';
    const char *tunnel = walk->options.tunnel_id == NULL ? "" : " behind its SSH tunnel";
    error_detail(err, "%s%sHop MYSQL \"%s\" (%s)%s, stage %s: %s (%s).%s%s",
                 walk->settings, walk->settings[0] == '\0' ? "" : ". ", walk->probe->name,
                 walk->address, tunnel, stage_name(failure->stage),
                 stage_cause_text(failure->cause), stage_cause_name(failure->cause),
                 has_more ? " " : "", failure->explanation);
    set_hint(walk, err);
    return RC_FAILED;
}

static void walk_init(struct mysql_walk *walk, const struct connector_probe *probe,
                      struct stage_trace *trace)
{
    memset(walk, 0, sizeof(*walk));
    walk->probe = probe;
    walk->trace = trace;
    int64_t timeout_ms = probe->timeout.count;
    walk->deadline_us =
        clock_monotonic_us() + (timeout_ms > 0 ? timeout_ms : DEFAULT_TIMEOUT_MS) * 1000;
    mysql_options_read(probe->options, &walk->options);
    snprintf(walk->address, sizeof(walk->address), "%s:%u", walk->options.host,
             (unsigned)walk->options.port);
}

/* Servers count connections that end without a word against the address they come from,
 * and block it in the end; so goodbye is said where a login was. */
static void walk_fini(struct mysql_walk *walk, bool is_well)
{
    if (is_well && mysql_client_quit(walk->client) != RC_OK)
        stage_record_found(walk->record, "the target did not take our goodbye");
    mysql_client_free(&walk->client);
    if (walk->is_dialled)
        walk->probe->dialer->release(walk->probe->dialer->owner, &walk->dialled);
    mysql_credentials_fini(&walk->credentials);
}

static bool refuse_aws(struct mysql_walk *walk)
{
    bool has_link = option_find(walk->probe->options, "AWS PRIVATELINK") != NULL;
    if (!has_link && option_find(walk->probe->options, "AWS CONNECTION") == NULL)
        return true;
    mysql_walk_begin(walk, STAGE_CONNECT);
    return mysql_walk_fail(walk, STAGE_CAUSE_NOT_SUPPORTED,
                           has_link ? "AWS PrivateLink connections are unsupported"
                                    : "AWS IAM authentication is unsupported");
}

/* Everything that can fail before a byte is sent. */
static bool prepare(struct mysql_walk *walk)
{
    struct stage_failure failure;
    if (mysql_credentials_init(&walk->credentials, &walk->options, walk->probe, &failure))
        return true;
    mysql_walk_begin(walk, failure.stage);
    return mysql_walk_fail(walk, failure.cause, failure.words);
}

enum rc mysql_probe(const struct connector_probe *probe, struct stage_trace *trace,
                    struct error *err)
{
    struct mysql_walk walk;
    walk_init(&walk, probe, trace);
    bool is_well = refuse_aws(&walk) && prepare(&walk) && reach(&walk) && greet(&walk) &&
                   start_tls(&walk) && log_in(&walk) && mysql_walk_settings(&walk);
    walk_fini(&walk, is_well);
    return is_well ? RC_OK : set_error(&walk, err);
}
