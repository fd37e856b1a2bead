/* connectors/kafka: the walk over a cluster's stages, each failure with its cause, and
 * which tunnel leads to which broker. */

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "unit/connectors/kafka/attempt.h"

static struct certificate authority;
static struct certificate stranger;
static struct certificate own; /* for kafka.internal */
static struct certificate client;
static char own_path[64];
static char own_key_path[64];
static char authority_path[64];

static const struct option_address one[] = {{.address = "kafka.internal:9092"}};

static struct attempt *attempt_with(const struct place *places, const char *protocol)
{
    struct attempt *attempt = attempt_new(places);
    set_brokers(attempt, one, 1);
    if (protocol != NULL)
        set_option(attempt, "SECURITY PROTOCOL", protocol);
    return attempt;
}

static void set_login(struct attempt *attempt, const char *password)
{
    set_option(attempt, "SASL MECHANISMS", "plain");
    set_option(attempt, "SASL USERNAME", "reader");
    set_option(attempt, "SASL PASSWORD", password);
}

/* --- librdkafka's own brokers ------------------------------------------------------ */

static void a_cluster_of_librdkafka_is_walked(void **state)
{
    (void)state;
    char words[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "test.mock.num.brokers", "3", words, sizeof(words));
    rd_kafka_t *owner = rd_kafka_new(RD_KAFKA_PRODUCER, conf, words, sizeof(words));
    assert_non_null(owner);
    const char *list =
        rd_kafka_mock_cluster_bootstraps(rd_kafka_handle_mock_cluster(owner));
    uint16_t ports[3];
    for (size_t i = 0; i < 3; i++) {
        ports[i] = (uint16_t)strtol(strchr(list, ':') + 1, NULL, 10);
        list = i < 2 ? strchr(list, ',') + 1 : list;
    }
    const struct place places[] = {
        {"kafka.internal", 9092, "u1", DIAL_PAIR, ports[0]},
        {"127.0.0.1", ports[0], "u1", DIAL_PAIR, ports[0]},
        {"127.0.0.1", ports[1], "u1", DIAL_PAIR, ports[1]},
        {"127.0.0.1", ports[2], "u1", DIAL_PAIR, ports[2]},
        {NULL, 0, NULL, DIAL_PAIR, 0},
    };
    struct attempt *attempt = attempt_with(places, "plaintext");
    set_option(attempt, "SSH TUNNEL", "u1");
    attempt_run(attempt);
    attempt_print(attempt);
    assert_int_equal(attempt->rc, RC_OK);
    assert_int_equal(attempt->bench.wrong_count, 0);
    assert_int_equal(attempt->trace.count, 6); /* forward, answer, cluster, 3 brokers */
    assert_int_equal(attempt->trace.records[0].stage, STAGE_FORWARD);
    assert_int_equal(attempt->trace.records[1].stage, STAGE_ANSWER);
    for (size_t i = 2; i < 6; i++)
        assert_int_equal(attempt->trace.records[i].stage, STAGE_SETTINGS);
    attempt_free(attempt);
    rd_kafka_destroy(owner);
}

/* --- tunnels ----------------------------------------------------------------------- */

static void each_broker_goes_through_its_tunnel(void **state)
{
    (void)state;
    const char *arguments[] = {"--member",          "1=a.internal:9092", "--member",
                               "2=b.internal:9093", "--member",          "3=c.west:9094",
                               "--member",          "4=d.internal:9092", NULL};
    struct fake fake = fake_start(arguments);
    const struct place places[] = {
        {"a.internal", 9092, "u1", DIAL_PAIR, fake.port},
        {"b.internal", 9093, "u2", DIAL_PAIR, fake.port},
        {"c.west", 9094, "u3", DIAL_PAIR, fake.port},
        {"d.internal", 9092, "u4", DIAL_PAIR, fake.port},
        {NULL, 0, NULL, DIAL_PAIR, 0},
    };
    static const struct option_address brokers[] = {
        {.address = "a.internal:9092", .tunnel_id = "u1"},
        {.address = "b.internal:9093", .tunnel_id = "u2"},
        {.address = "*.west:*", .tunnel_id = "u3", .is_matching = true},
    };
    struct attempt *attempt = attempt_new(places);
    set_brokers(attempt, brokers, 3);
    set_option(attempt, "SECURITY PROTOCOL", "PLAINTEXT");
    set_option(attempt, "SSH TUNNEL", "u4");
    attempt_run(attempt);
    attempt_print(attempt);
    assert_int_equal(attempt->rc, RC_OK);
    assert_int_equal(attempt->bench.wrong_count, 0);
    attempt_free(attempt);
    fake_stop(&fake);
}

static void an_advertised_name_that_leads_nowhere_is_told(void **state)
{
    (void)state;
    const char *arguments[] = {"--member", "1=kafka.internal:9092", "--member",
                               "2=other.internal:9092", NULL};
    struct fake fake = fake_start(arguments);
    const struct place places[] = {
        {"kafka.internal", 9092, "u1", DIAL_PAIR, fake.port},
        {"other.internal", 9092, "", DIAL_UNKNOWN, 0},
        {NULL, 0, NULL, DIAL_PAIR, 0},
    };
    static const struct option_address brokers[] = {
        {.address = "kafka.internal:9092", .tunnel_id = "u1"}};
    struct attempt *attempt = attempt_new(places);
    set_brokers(attempt, brokers, 1);
    set_option(attempt, "SECURITY PROTOCOL", "PLAINTEXT");
    attempt_run(attempt);
    assert_failed_at(attempt, STAGE_SETTINGS, STAGE_CAUSE_BROKER_NOT_REACHED,
                     "broker 2 at other.internal:9092, without a tunnel");
    assert_non_null(strstr(attempt->err.hint, "advertised.listeners"));
    assert_int_equal(attempt->bench.wrong_count, 0);
    attempt_free(attempt);
    fake_stop(&fake);
}

static void a_named_broker_that_fails_beside_one_that_works_is_a_warning(void **state)
{
    (void)state;
    const char *arguments[] = {"--member", "1=b.internal:9092", NULL};
    struct fake fake = fake_start(arguments);
    const struct place places[] = {
        {"a.internal", 9092, NULL, DIAL_UNKNOWN, 0},
        {"b.internal", 9092, NULL, DIAL_STREAM, fake.port},
        {NULL, 0, NULL, DIAL_PAIR, 0},
    };
    static const struct option_address brokers[] = {{.address = "a.internal:9092"},
                                                    {.address = "b.internal"}};
    struct attempt *attempt = attempt_new(places);
    set_brokers(attempt, brokers, 2);
    set_option(attempt, "SECURITY PROTOCOL", "PLAINTEXT");
    attempt_run(attempt);
    attempt_print(attempt);
    assert_int_equal(attempt->rc, RC_OK);
    attempt_free(attempt);
    fake_stop(&fake);
}

/* --- the way there ----------------------------------------------------------------- */

static void a_dial_that_fails_speaks_for_itself(void **state)
{
    (void)state;
    static const struct {
        enum dial_kind kind;
        const char *tunnel_id;
        enum stage stage;
        enum stage_cause cause;
        const char *message;
    } cases[] = {
        {DIAL_UNKNOWN, NULL, STAGE_RESOLVE, STAGE_CAUSE_NAME_UNKNOWN,
         "Failed to resolve hostname"},
        {DIAL_STREAM, NULL, STAGE_CONNECT, STAGE_CAUSE_REFUSED,
         "Broker transport failure: Connection refused"},
        {DIAL_PROHIBITED, "u1", STAGE_FORWARD, STAGE_CAUSE_FORWARD_PROHIBITED,
         "creating SSH tunnel failed: failed to open SSH tunnel: administratively "
         "prohibited"},
        {DIAL_SILENT, "u1", STAGE_FORWARD, STAGE_CAUSE_TARGET_TIMEOUT, "timed out"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct place places[] = {{"kafka.internal", 9092, NULL, cases[i].kind, 1},
                                       {NULL, 0, NULL, DIAL_PAIR, 0}};
        struct attempt *attempt = attempt_with(places, NULL);
        attempt->probe.timeout = MS(2000);
        if (cases[i].tunnel_id != NULL)
            set_option(attempt, "SSH TUNNEL", cases[i].tunnel_id);
        attempt_run(attempt);
        assert_failed_at(attempt, cases[i].stage, cases[i].cause, cases[i].message);
        attempt_free(attempt);
    }
}

/* --- TLS and login ----------------------------------------------------------------- */

enum server_kind { PLAIN, TLS, TLS_WITH_CERTIFICATE, LOGIN, TLS_LOGIN, GARBAGE, KINDS };

static struct fake servers[KINDS];

static void start_servers(void)
{
    const char *member = "1=kafka.internal:9092";
    const char *arguments[KINDS][12] = {
        {"--member", member, NULL},
        {"--member", member, "--tls", own_path, own_key_path, NULL},
        {"--member", member, "--tls", own_path, own_key_path, "--client-authority",
         authority_path, NULL},
        {"--member", member, "--login", "reader", "right", NULL},
        {"--member", member, "--login", "reader", "right", "--tls", own_path,
         own_key_path, NULL},
        {"--garbage", NULL},
    };
    for (size_t i = 0; i < KINDS; i++)
        servers[i] = fake_start(arguments[i]);
}

struct security {
    const char *label;
    enum server_kind server;
    const char *protocol;
    const char *authority; /* NULL: the system's */
    bool shows_certificate;
    const char *password; /* NULL: no login */
    const char *host;     /* NULL: the true one */
    enum stage stage;     /* NONE: it goes well */
    enum stage_cause cause;
    const char *message;
    const char *hint;
};

static struct attempt *attempt_of(const struct security *wanted,
                                  const struct place *places,
                                  const struct option_address *broker)
{
    struct attempt *attempt = attempt_new(places);
    set_brokers(attempt, broker, 1);
    if (wanted->protocol != NULL)
        set_option(attempt, "SECURITY PROTOCOL", wanted->protocol);
    if (wanted->authority != NULL)
        set_option(attempt, "SSL CERTIFICATE AUTHORITY", wanted->authority);
    if (wanted->shows_certificate) {
        set_option(attempt, "SSL CERTIFICATE", client.pem);
        set_option(attempt, "SSL KEY", client.key_pem);
    }
    if (wanted->password != NULL)
        set_login(attempt, wanted->password);
    return attempt;
}

static void run_security(const struct security *wanted)
{
    const char *host = wanted->host == NULL ? "kafka.internal" : wanted->host;
    const struct place places[] = {
        {host, 9092, NULL, DIAL_STREAM, servers[wanted->server].port},
        {"kafka.internal", 9092, NULL, DIAL_STREAM, servers[wanted->server].port},
        {NULL, 0, NULL, DIAL_PAIR, 0}};
    const struct option_address broker = {.address = host};
    struct attempt *attempt = attempt_of(wanted, places, &broker);
    print_message("%s\n", wanted->label);
    attempt_run(attempt);
    if (wanted->stage == STAGE_NONE) {
        attempt_print(attempt);
        assert_int_equal(attempt->rc, RC_OK);
    } else {
        assert_failed_at(attempt, wanted->stage, wanted->cause, wanted->message);
        assert_non_null(strstr(attempt->err.hint, wanted->hint));
        assert_null(strstr(attempt->err.message, "wrong-password"));
        assert_null(strstr(attempt->err.detail, "wrong-password"));
    }
    attempt_free(attempt);
}

static void security_is_judged(void **state)
{
    (void)state;
    const char *right = authority.pem;
    const struct security cases[] = {
        {"TLS", TLS, NULL, right, false, NULL, NULL, STAGE_NONE, STAGE_CAUSE_NONE, "",
         ""},
        {"certificate of ours", TLS_WITH_CERTIFICATE, "SSL", right, true, NULL, NULL,
         STAGE_NONE, STAGE_CAUSE_NONE, "", ""},
        {"login", LOGIN, "sasl_plaintext", NULL, false, "right", NULL, STAGE_NONE,
         STAGE_CAUSE_NONE, "", ""},
        {"login under TLS", TLS_LOGIN, NULL, right, false, "right", NULL, STAGE_NONE,
         STAGE_CAUSE_NONE, "", ""},
        {"plaintext behind TLS", PLAIN, NULL, right, false, NULL, NULL, STAGE_TLS,
         STAGE_CAUSE_TLS_REFUSED, "Broker does not support SSL connections",
         "SECURITY PROTOCOL 'PLAINTEXT'"},
        {"TLS behind plaintext", TLS, "PLAINTEXT", NULL, false, NULL, NULL, STAGE_ANSWER,
         STAGE_CAUSE_TLS_REQUIRED, "broker might require SSL encryption",
         "SECURITY PROTOCOL 'SSL'"},
        {"TLS behind plaintext with login", TLS_LOGIN, "SASL_PLAINTEXT", NULL, false,
         "right", NULL, STAGE_ANSWER, STAGE_CAUSE_TLS_REQUIRED,
         "broker might require SSL encryption", "SECURITY PROTOCOL 'SASL_SSL'"},
        {"wrong authority", TLS, NULL, stranger.pem, false, NULL, NULL, STAGE_TLS,
         STAGE_CAUSE_TLS_UNTRUSTED, "Failed to verify broker certificate",
         "SSL CERTIFICATE AUTHORITY"},
        {"system's authorities", TLS, NULL, NULL, false, NULL, NULL, STAGE_TLS,
         STAGE_CAUSE_TLS_UNTRUSTED, "Failed to verify broker certificate",
         "SSL CERTIFICATE AUTHORITY"},
        {"wrong name", TLS, NULL, right, false, NULL, "other.internal", STAGE_TLS,
         STAGE_CAUSE_TLS_NAME_MISMATCH, "Failed to verify broker certificate",
         "advertises"},
        {"bad authority", TLS, NULL, "no PEM", false, NULL, NULL, STAGE_TLS,
         STAGE_CAUSE_TLS_AUTHORITY_BAD, "Invalid CA certificate", "PEM"},
        {"no certificate of ours", TLS_WITH_CERTIFICATE, NULL, right, false, NULL, NULL,
         STAGE_ANSWER, STAGE_CAUSE_CLIENT_CERTIFICATE_BAD, "SSL authentication required",
         "ssl.client.auth"},
        {"wrong password", LOGIN, "SASL_PLAINTEXT", NULL, false, "wrong-password", NULL,
         STAGE_TARGET_LOGIN, STAGE_CAUSE_PASSWORD_WRONG, "Invalid username or password",
         "SASL PASSWORD"},
        {"login where none is", PLAIN, "SASL_PLAINTEXT", NULL, false, "right", NULL,
         STAGE_TARGET_LOGIN, STAGE_CAUSE_SASL_NOT_OFFERED, "SASL authentication failed",
         "Drop the SASL options"},
        {"no login where one is", LOGIN, "PLAINTEXT", NULL, false, NULL, NULL,
         STAGE_SETTINGS, STAGE_CAUSE_SASL_REQUIRED, "SASL authentication required",
         "SASL_PLAINTEXT"},
        {"sealed", LOGIN, "SASL_PLAINTEXT", NULL, false, "sealed", NULL,
         STAGE_TARGET_LOGIN, STAGE_CAUSE_SECRET_SEALED, "SASL PASSWORD", "master key"},
        {"HTTP behind TLS", GARBAGE, NULL, right, false, NULL, NULL, STAGE_TLS,
         STAGE_CAUSE_NOT_KAFKA, "no Kafka broker", "not Kafka"},
        {"HTTP", GARBAGE, "PLAINTEXT", NULL, false, NULL, NULL, STAGE_ANSWER,
         STAGE_CAUSE_NOT_KAFKA, "no Kafka broker", "not Kafka"},
    };
    start_servers();
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        run_security(&cases[i]);
    for (size_t i = 0; i < KINDS; i++)
        fake_stop(&servers[i]);
}

static void a_mechanism_that_is_not_ours_is_refused(void **state)
{
    (void)state;
    const struct place places[] = {{NULL, 0, NULL, DIAL_PAIR, 0}};
    struct attempt *attempt = attempt_with(places, "SASL_PLAINTEXT");
    set_option(attempt, "SASL MECHANISMS", "GSSAPI");
    set_option(attempt, "SASL USERNAME", "u");
    set_option(attempt, "SASL PASSWORD", "p");
    attempt_run(attempt);
    assert_failed_at(attempt, STAGE_TARGET_LOGIN, STAGE_CAUSE_MECHANISM_UNSUPPORTED,
                     "Unsupported SASL mechanism: GSSAPI");
    attempt_free(attempt);
}

static void a_cancel_ends_it(void **state)
{
    (void)state;
    const struct place places[] = {{"kafka.internal", 9092, NULL, DIAL_SILENT, 1},
                                   {NULL, 0, NULL, DIAL_PAIR, 0}};
    struct attempt *attempt = attempt_with(places, "PLAINTEXT");
    atomic_store(&attempt->cancelled, 1);
    int64_t started_us = clock_monotonic_us();
    attempt_run(attempt);
    assert_string_equal(sqlstate_code(attempt->err.state), "57014");
    assert_true(clock_monotonic_us() - started_us < 1000 * 1000);
    attempt_free(attempt);
}

static void the_command_and_the_targets_are_told(void **state)
{
    (void)state;
    static const struct option_address brokers[] = {
        {.address = "a.internal:9093", .tunnel_id = "u1"},
        {.address = "*.west", .tunnel_id = "u2", .is_matching = true},
        {.address = "b.internal"},
    };
    struct attempt *attempt = attempt_new(NULL);
    struct arena *arena = arena_new("test", NULL);
    struct connector_target target;
    set_brokers(attempt, brokers, 3);
    set_login(attempt, "hidden");
    set_option(attempt, "SSH TUNNEL", "u9");
    assert_string_equal(kafka_connector.command(arena, &attempt->set),
                        "kcat -L -b a.internal:9093,b.internal -X "
                        "security.protocol=SASL_SSL -X sasl.mechanisms=plain -X "
                        "sasl.username=reader -X sasl.password=PASSWORD");
    assert_true(connector_target_at(&kafka_connector, arena, &attempt->set, 0, &target));
    assert_string_equal(target.host, "a.internal");
    assert_string_equal(target.tunnel_id, "u1");
    assert_true(connector_target_at(&kafka_connector, arena, &attempt->set, 1, &target));
    assert_string_equal(target.host, "b.internal");
    assert_int_equal(target.port, 9092);
    assert_string_equal(target.tunnel_id, "u9");
    assert_false(connector_target_at(&kafka_connector, arena, &attempt->set, 2, &target));
    arena_free(&arena);
    attempt_free(attempt);
}

static int make_certificates(void **state)
{
    (void)state;
    certificate_make(&authority, &(struct certificate_request){"test authority", NULL,
                                                               NULL, true, -1, 30});
    certificate_make(&stranger,
                     &(struct certificate_request){"stranger", NULL, NULL, true, -1, 30});
    certificate_make(&own, &(struct certificate_request){"kafka", "DNS:kafka.internal",
                                                         &authority, false, -1, 30});
    certificate_make(&client, &(struct certificate_request){"client", NULL, &authority,
                                                            false, -1, 30});
    certificate_store(own.pem, own_path);
    certificate_store(own.key_pem, own_key_path);
    certificate_store(authority.pem, authority_path);
    return 0;
}

static int drop_certificates(void **state)
{
    (void)state;
    unlink(own_path);
    unlink(own_key_path);
    unlink(authority_path);
    certificate_free(&authority);
    certificate_free(&stranger);
    certificate_free(&own);
    certificate_free(&client);
    return 0;
}

/* librdkafka starts its threads by thrd_create(), which the thread sanitizer does not
 * know: it dies in the first callback. */
#ifdef __SANITIZE_THREAD__
enum { IS_RUNNABLE = 0 };
#else
enum { IS_RUNNABLE = 1 };
#endif

int main(void)
{
    if (!IS_RUNNABLE)
        return 0;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cluster_of_librdkafka_is_walked),
        cmocka_unit_test(each_broker_goes_through_its_tunnel),
        cmocka_unit_test(an_advertised_name_that_leads_nowhere_is_told),
        cmocka_unit_test(a_named_broker_that_fails_beside_one_that_works_is_a_warning),
        cmocka_unit_test(a_dial_that_fails_speaks_for_itself),
        cmocka_unit_test(security_is_judged),
        cmocka_unit_test(a_mechanism_that_is_not_ours_is_refused),
        cmocka_unit_test(a_cancel_ends_it),
        cmocka_unit_test(the_command_and_the_targets_are_told),
    };
    return cmocka_run_group_tests(tests, make_certificates, drop_certificates);
}
