/* Walks a Kafka cluster's stages, by librdkafka over dialled streams. librdkafka goes its
 * own way in its own threads; the walk watches it, and writes down afterwards what it
 * met. */
#include "connectors/kafka/probe.h"

#include <poll.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/error.h"
#include "connectors/kafka/client.h"
#include "connectors/kafka/diagnose.h"

enum {
    DEFAULT_TIMEOUT_MS = 30 * 1000,
    SLICE_MS = 20,
    OTHER_WAY_MS = 3 * 1000, /* for the second attempt, by the other kind of way */
    MEMBERS_SLICE_MS = 500,  /* doubled at each try */
    MEMBER_FAILURES = 2,     /* one reconnect is allowed */
    MEMBER_RECORDS_MAX = 20, /* of brokers that are well */
};

struct walk {
    const struct connector_probe *probe;
    struct arena *arena;
    struct kafka_options options;
    struct kafka_client_setup setup;
    struct kafka_client *client;
    struct stage_trace *trace;
    struct kafka_situation situation;
    struct kafka_member *members;
    size_t member_count;
    const char *cluster_id;
    struct stage_failure failure;
    const char *address; /* that the failure is about */
    bool is_tunnelled;   /* is that one */
};

/* --- records ----------------------------------------------------------------------- */

static const char *address_text(struct walk *walk, const struct kafka_address *address)
{
    return arena_printf(walk->arena, "%s:%u", address->host, (unsigned)address->port);
}

static struct stage_record *add_record(struct walk *walk, enum stage stage,
                                       const char *address, int64_t time_us)
{
    struct stage_record *record =
        stage_trace_add(walk->trace, walk->probe->name, stage, address);
    record->time_us = time_us;
    return record;
}

/* Always false. */
static bool fail(struct walk *walk, const struct stage_failure *failure,
                 const char *address)
{
    walk->failure = *failure;
    walk->address = address;
    stage_record_fail(add_record(walk, failure->stage, address, 0), failure);
    return false;
}

static bool fail_cause(struct walk *walk, enum stage stage, enum stage_cause cause,
                       const char *words)
{
    struct stage_failure failure;
    stage_failure_set(&failure, stage, cause, words);
    snprintf(failure.remedy, sizeof(failure.remedy), "%s",
             kafka_remedy(cause, &walk->situation));
    return fail(walk, &failure, walk->address);
}

static int64_t span_us(const struct kafka_broker *broker, enum kafka_state from,
                       enum kafka_state to)
{
    int64_t end_us = 0;
    for (int state = (int)to; state < KAFKA_STATE_COUNT && end_us == 0; state++)
        end_us = broker->entered_us[state];
    int64_t start_us = broker->entered_us[from];
    return start_us == 0 || end_us < start_us ? 0 : end_us - start_us;
}

static enum stage reach_stage(const struct kafka_broker *broker)
{
    return broker->tunnel_id == NULL ? STAGE_CONNECT : STAGE_FORWARD;
}

/* The stages that a broker has passed; `last`: the state in which it failed, or UP. */
static void tell_passed(struct walk *walk, const struct kafka_broker *broker,
                        enum kafka_state last)
{
    const char *address = address_text(walk, &broker->address);
    enum kafka_protocol protocol = walk->options.protocol;
    if (last == KAFKA_STATE_NONE)
        return;
    int64_t reach_us = broker->entered_us[KAFKA_STATE_DIALLED] - broker->dial_started_us;
    stage_record_found(add_record(walk, reach_stage(broker), address, reach_us),
                       "the broker accepts connections");
    if (kafka_protocol_uses_tls(protocol) && last > KAFKA_STATE_TLS)
        stage_record_found(
            add_record(walk, STAGE_TLS, address,
                       span_us(broker, KAFKA_STATE_TLS, KAFKA_STATE_VERSIONS)),
            "authority and name verified");
    if (last > KAFKA_STATE_VERSIONS)
        stage_record_found(
            add_record(walk, STAGE_ANSWER, address,
                       span_us(broker, KAFKA_STATE_VERSIONS, KAFKA_STATE_LOGIN)),
            "the target speaks Kafka's protocol");
    if (kafka_protocol_uses_sasl(protocol) && last > KAFKA_STATE_LOGIN)
        stage_record_found(add_record(walk, STAGE_TARGET_LOGIN, address,
                                      span_us(broker, KAFKA_STATE_LOGIN, KAFKA_STATE_UP)),
                           arena_printf(walk->arena, "by %s", walk->options.mechanism));
}

/* --- waiting ----------------------------------------------------------------------- */

static int64_t time_left_ms(const struct walk *walk)
{
    int64_t left_ms = (walk->setup.deadline_us - clock_monotonic_us() + 999) / 1000;
    return left_ms > 0 ? left_ms : 0;
}

static bool is_cancelled(const struct walk *walk)
{
    return walk->probe->cancelled != NULL && atomic_load(walk->probe->cancelled) != 0;
}

static bool named_broker(struct walk *walk, size_t index, struct kafka_broker *broker_out)
{
    const struct option_address *written = &walk->options.addresses[index];
    struct kafka_address address;
    return !written->is_matching && kafka_address_parse(written->address, &address) &&
           kafka_client_find(walk->client, &address, broker_out);
}

/* Has each broker that the options name failed? */
static bool have_all_failed(struct walk *walk)
{
    for (size_t i = 0; i < walk->options.address_count; i++) {
        struct kafka_broker broker;
        if (walk->options.addresses[i].is_matching)
            continue;
        if (!named_broker(walk, i, &broker) || broker.failure_count == 0)
            return false;
    }
    return true;
}

static void wait_for_cluster(struct walk *walk)
{
    while (walk->cluster_id == NULL && time_left_ms(walk) > 0 && !is_cancelled(walk) &&
           !have_all_failed(walk))
        walk->cluster_id =
            kafka_client_cluster_id(walk->client, walk->arena, MS(SLICE_MS));
}

/* --- the brokers that are named ---------------------------------------------------- */

/* Waits until an anonymous client of another protocol has got past `state`, or failed. */
static bool gets_past(struct walk *walk, struct kafka_client *client,
                      const struct kafka_address *address, enum kafka_state state)
{
    int64_t until_us = clock_monotonic_us() + OTHER_WAY_MS * INT64_C(1000);
    struct kafka_broker broker;
    while (clock_monotonic_us() < until_us && !is_cancelled(walk)) {
        if (kafka_client_find(client, address, &broker)) {
            for (int later = (int)state + 1; later < KAFKA_STATE_COUNT; later++) {
                if (broker.entered_us[later] != 0)
                    return true;
            }
            if (broker.failure_count > 0)
                return false;
        }
        poll(NULL, 0, SLICE_MS);
    }
    return false;
}

/* Does the port speak the other kind: Kafka without TLS, or TLS? Nothing secret is sent.
 */
static void try_other_way(struct walk *walk, const struct kafka_broker *broker)
{
    bool has_tls = kafka_protocol_uses_tls(walk->options.protocol);
    struct kafka_client_setup setup = walk->setup;
    struct stage_failure ignored;
    setup.protocol = has_tls ? KAFKA_PLAINTEXT : KAFKA_SSL;
    setup.is_anonymous = true;
    setup.only = &broker->address;
    setup.deadline_us = clock_monotonic_us() + OTHER_WAY_MS * INT64_C(1000);
    struct kafka_client *client = kafka_client_new(&setup, &ignored);
    if (client == NULL)
        return;
    if (gets_past(walk, client, &broker->address,
                  has_tls ? KAFKA_STATE_VERSIONS : KAFKA_STATE_TLS))
        walk->situation.other_way = KAFKA_OTHER_ANSWERS;
    kafka_client_free(&client);
}

/* A broker that was silent until the end of time has not failed by itself. */
static void end_silence(struct kafka_broker *broker)
{
    if (broker->failure_count > 0)
        return;
    broker->failed_in = broker->state;
    snprintf(broker->words, sizeof(broker->words), "connection timed out");
    if (broker->state == KAFKA_STATE_NONE)
        stage_failure_set(&broker->dial, reach_stage(broker),
                          broker->tunnel_id == NULL ? STAGE_CAUSE_TIMEOUT
                                                    : STAGE_CAUSE_TARGET_TIMEOUT,
                          broker->words);
}

static void diagnose(struct walk *walk, struct kafka_broker *broker,
                     struct stage_failure *failure_out)
{
    walk->situation.other_way = KAFKA_OTHER_UNKNOWN;
    walk->situation.is_tunnelled = broker->tunnel_id != NULL;
    if (kafka_may_differ_in_tls(broker, walk->options.protocol) && !is_cancelled(walk))
        try_other_way(walk, broker);
    end_silence(broker);
    kafka_diagnose(broker, &walk->situation, failure_out);
}

static bool fail_named(struct walk *walk)
{
    struct kafka_broker broker;
    struct stage_failure failure;
    size_t at = 0;
    while (at < walk->options.address_count && !named_broker(walk, at, &broker))
        at++;
    if (at == walk->options.address_count)
        return fail_cause(walk, STAGE_ANSWER, STAGE_CAUSE_TIMEOUT,
                          "connection timed out");
    diagnose(walk, &broker, &failure);
    walk->is_tunnelled = broker.tunnel_id != NULL;
    tell_passed(walk, &broker,
                broker.dial.stage != STAGE_NONE && broker.dial.stage <= STAGE_FORWARD
                    ? KAFKA_STATE_NONE
                    : broker.failed_in);
    return fail(walk, &failure, address_text(walk, &broker.address));
}

/* Another one works, so this is no failure of the whole. */
static void warn_named(struct walk *walk, struct kafka_broker *broker)
{
    struct stage_failure failure;
    diagnose(walk, broker, &failure);
    struct stage_record *record =
        add_record(walk, failure.stage, address_text(walk, &broker->address), 0);
    stage_record_fail(record, &failure);
    record->verdict = STAGE_VERDICT_WARNING;
}

static bool tell_named(struct walk *walk)
{
    struct kafka_broker broker;
    bool is_told = false;
    wait_for_cluster(walk);
    if (is_cancelled(walk))
        return fail_cause(walk, STAGE_ANSWER, STAGE_CAUSE_CANCELLED, NULL);
    if (walk->cluster_id == NULL)
        return fail_named(walk);
    for (size_t i = 0; i < walk->options.address_count; i++) {
        if (!named_broker(walk, i, &broker))
            continue;
        bool was_up = broker.entered_us[KAFKA_STATE_UP] != 0;
        if (was_up && !is_told)
            tell_passed(walk, &broker, KAFKA_STATE_UP);
        else if (!was_up && broker.failure_count > 0)
            warn_named(walk, &broker);
        is_told = is_told || was_up;
    }
    return true;
}

/* --- the brokers that are advertised ----------------------------------------------- */

static bool ask_members(struct walk *walk)
{
    char words[STAGE_WORDS_MAX] = "";
    int64_t slice_ms = MEMBERS_SLICE_MS;
    int64_t started_us = clock_monotonic_us();
    enum rc rc = RC_AGAIN;
    while (rc == RC_AGAIN && time_left_ms(walk) > 0 && !is_cancelled(walk)) {
        rc = kafka_client_members(walk->client, walk->arena, MS(slice_ms), &walk->members,
                                  &walk->member_count, words);
        slice_ms *= 2;
    }
    if (is_cancelled(walk))
        return fail_cause(walk, STAGE_SETTINGS, STAGE_CAUSE_CANCELLED, NULL);
    if (rc == RC_AGAIN)
        return fail_cause(walk, STAGE_SETTINGS, STAGE_CAUSE_TIMEOUT,
                          "connection timed out");
    if (rc != RC_OK)
        return fail_cause(walk, STAGE_SETTINGS, STAGE_CAUSE_QUERY_FAILED, words);
    struct stage_record *record = add_record(walk, STAGE_SETTINGS, walk->address,
                                             clock_monotonic_us() - started_us);
    stage_record_found(record, arena_printf(walk->arena, "cluster %s, %zu broker%s",
                                            walk->cluster_id, walk->member_count,
                                            walk->member_count == 1 ? "" : "s"));
    return true;
}

/* True once it is known whether the broker is reached. */
static bool is_decided(struct walk *walk, const struct kafka_member *member,
                       struct kafka_broker *broker_out)
{
    *broker_out = (struct kafka_broker){.address = member->address, .id = member->id};
    broker_out->tunnel_id = kafka_route(&walk->options, &member->address);
    return kafka_client_find(walk->client, &member->address, broker_out) &&
           (broker_out->entered_us[KAFKA_STATE_UP] != 0 ||
            broker_out->failure_count >= MEMBER_FAILURES);
}

static bool fail_member(struct walk *walk, const struct kafka_member *member,
                        struct kafka_broker *broker)
{
    struct stage_failure met;
    struct stage_failure failure;
    diagnose(walk, broker, &met);
    const char *words = arena_printf(
        walk->arena, "broker %d at %s, %s: %s: %s", (int)member->id,
        address_text(walk, &member->address),
        broker->tunnel_id == NULL ? "without a tunnel" : "through its tunnel",
        stage_name(met.stage),
        met.words[0] != '\0' ? met.words : stage_cause_text(met.cause));
    stage_failure_set(&failure, STAGE_SETTINGS, STAGE_CAUSE_BROKER_NOT_REACHED, words);
    if (met.stage > STAGE_CARRY) /* it is reached, but not spoken with */
        snprintf(failure.remedy, sizeof(failure.remedy), "%s",
                 stage_failure_remedy(&met));
    snprintf(failure.explanation, sizeof(failure.explanation), "%s (%s).",
             stage_cause_text(met.cause), stage_cause_name(met.cause));
    walk->is_tunnelled = broker->tunnel_id != NULL;
    return fail(walk, &failure, address_text(walk, &member->address));
}

static bool tell_member(struct walk *walk, const struct kafka_member *member,
                        bool is_shown)
{
    struct kafka_broker broker;
    while (!is_decided(walk, member, &broker) && time_left_ms(walk) > 0 &&
           !is_cancelled(walk))
        poll(NULL, 0, SLICE_MS);
    if (is_cancelled(walk))
        return fail_cause(walk, STAGE_SETTINGS, STAGE_CAUSE_CANCELLED, NULL);
    if (broker.entered_us[KAFKA_STATE_UP] == 0)
        return fail_member(walk, member, &broker);
    if (!is_shown)
        return true;
    int64_t time_us = broker.entered_us[KAFKA_STATE_UP] - broker.dial_started_us;
    stage_record_found(
        add_record(walk, STAGE_SETTINGS, address_text(walk, &member->address), time_us),
        arena_printf(walk->arena, "broker %d, reached %s by the name that it advertises",
                     (int)member->id,
                     broker.tunnel_id == NULL ? "without a tunnel"
                                              : "through its tunnel"));
    return true;
}

static bool tell_members(struct walk *walk)
{
    bool is_well = ask_members(walk);
    for (size_t i = 0; is_well && i < walk->member_count; i++)
        is_well = tell_member(walk, &walk->members[i], i < MEMBER_RECORDS_MAX);
    return is_well;
}

/* --- the whole --------------------------------------------------------------------- */

static bool refuse_aws(struct walk *walk)
{
    bool has_link = option_find(walk->probe->options, "AWS PRIVATELINK") != NULL;
    if (!has_link && option_find(walk->probe->options, "AWS CONNECTION") == NULL)
        return true;
    return fail_cause(walk, STAGE_CONNECT, STAGE_CAUSE_NOT_SUPPORTED,
                      has_link ? "AWS PrivateLink connections are unsupported"
                               : "AWS IAM authentication is unsupported");
}

static bool start(struct walk *walk)
{
    struct stage_failure failure;
    walk->client = kafka_client_new(&walk->setup, &failure);
    if (walk->client != NULL)
        return true;
    if (failure.remedy[0] == '\0')
        snprintf(failure.remedy, sizeof(failure.remedy), "%s",
                 kafka_remedy(failure.cause, &walk->situation));
    return fail(walk, &failure, walk->address);
}

static void set_message(const struct walk *walk, struct error *err)
{
    const struct stage_failure *failure = &walk->failure;
    const char *meaning = kafka_words(failure->cause);
    const char *words = failure->words;
    char message[STAGE_WORDS_MAX * 2];
    if (walk->is_tunnelled && failure->stage <= STAGE_CARRY) {
        stage_tunnel_message(failure, message, sizeof(message));
        error_set(err, SQLSTATE_SYSTEM_ERROR, "creating SSH tunnel failed: %s", message);
        return;
    }
    if (meaning == NULL)
        meaning = words[0] == '\0' ? stage_cause_text(failure->cause) : words;
    bool has_more = words[0] != '\0' && strstr(words, meaning) == NULL;
    error_set(err, SQLSTATE_SYSTEM_ERROR, "%s%s%s",
              strstr(words, meaning) != NULL ? words : meaning, has_more ? ": " : "",
              has_more ? words : "");
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
        err, "Hop KAFKA \"%s\" (%s)%s, stage %s: %s (%s).%s%s", walk->probe->name,
        walk->address, walk->is_tunnelled ? " behind its SSH tunnel" : "",
        stage_name(failure->stage), stage_cause_text(failure->cause),
        stage_cause_name(failure->cause), has_more ? " " : "", failure->explanation);
    const char *remedy = stage_failure_remedy(failure);
    if (remedy[0] != '\0')
        error_hint(err, "%s", remedy);
    return RC_FAILED;
}

static void walk_init(struct walk *walk, const struct connector_probe *probe,
                      struct stage_trace *trace)
{
    memset(walk, 0, sizeof(*walk));
    walk->probe = probe;
    walk->trace = trace;
    walk->arena = arena_new("kafka probe", NULL);
    kafka_options_read(probe->options, &walk->options);
    int64_t timeout_ms =
        probe->timeout.count > 0 ? probe->timeout.count : DEFAULT_TIMEOUT_MS;
    walk->setup = (struct kafka_client_setup){
        .probe = probe,
        .options = &walk->options,
        .protocol = walk->options.protocol,
        .deadline_us = clock_monotonic_us() + timeout_ms * 1000,
    };
    walk->situation = (struct kafka_situation){
        .protocol = walk->options.protocol,
        .has_certificate = walk->options.tls_certificate != NULL,
    };
    walk->address = "";
    for (size_t i = walk->options.address_count; i > 0; i--) {
        if (!walk->options.addresses[i - 1].is_matching)
            walk->address = walk->options.addresses[i - 1].address;
    }
}

enum rc kafka_probe(const struct connector_probe *probe, struct stage_trace *trace,
                    struct error *err)
{
    struct walk walk;
    walk_init(&walk, probe, trace);
    bool is_well =
        refuse_aws(&walk) && start(&walk) && tell_named(&walk) && tell_members(&walk);
    kafka_client_free(&walk.client);
    enum rc rc = is_well ? RC_OK : set_error(&walk, err);
    arena_free(&walk.arena);
    return rc;
}
