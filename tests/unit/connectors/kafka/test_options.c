/* connectors/kafka/options: what is required, in which order faults are told, defaults,
 * and which tunnel an address takes. */

#include "base/error.h"
#include "connectors/kafka/options.h"
#include "support/unit.h"

enum { VALUES_MAX = 16 };

static const struct option_address one[] = {{.address = "a:9092"}};

/* Names and texts by turns; the list ends with NULL. Brokers are one[]. */
static struct option_set set_of(struct option_value *values, const char *const *words)
{
    struct option_set set = {values, 0};
    for (; words[0] != NULL; words += 2) {
        const struct option_spec *spec =
            connection_kind_option(&kafka_connection_kind, words[0]);
        assert_non_null(spec);
        size_t at = set.count++;
        for (; at > 0 && values[at - 1].spec > spec; at--)
            values[at] = values[at - 1];
        values[at] = (struct option_value){.spec = spec};
        if (spec->type == OPTION_SECRET)
            values[at].secret_id = words[1];
        else if (spec->type == OPTION_CONNECTION)
            values[at].connection_id = words[1];
        else if (spec->type == OPTION_INTEGER)
            values[at].number = strtol(words[1], NULL, 10);
        else if (spec->type == OPTION_ADDRESS_LIST) {
            values[at].addresses = (struct option_address *)(uintptr_t)one;
            values[at].item_count = 1;
        } else
            values[at].text = words[1];
    }
    return set;
}

#define MUST_SET "invalid CONNECTION: must set one of BROKER, BROKERS, or AWS PRIVATELINK"
#define ONE_ONLY                                                                         \
    "invalid CONNECTION: can only set one of BROKER, BROKERS, or AWS PRIVATELINK"
#define UNUSED(option) "option " option " not supported with this configuration"

struct refusal {
    const char *words[14];
    const char *message;
};

static void faults_are_told_in_order(void **state)
{
    (void)state;
    static const struct refusal refusals[] = {
        {{NULL}, MUST_SET},
        {{"BROKER", "", "BROKERS", "", NULL}, ONE_ONLY},
        {{"BROKER", "", "AWS PRIVATELINK", "u1", NULL}, ONE_ONLY},
        {{"AWS PRIVATELINK", "u1", "SSH TUNNEL", "u2", NULL},
         "invalid CONNECTION: cannot specify both SSH TUNNEL and AWS PRIVATELINK"},
        {{"SECURITY PROTOCOL", "nothingreal", NULL},
         "unknown security protocol: NOTHINGREAL"},
        {{"SSL CERTIFICATE", "pem", NULL},
         "SSL KEY must be specified with SSL CERTIFICATE"},
        {{"BROKER", "", "SSL KEY", "u1", NULL}, UNUSED("SSL KEY")},
        {{"SASL USERNAME", "u", NULL}, "SASL MECHANISMS must be specified"},
        {{"SASL MECHANISMS", "PLAIN", NULL}, "SASL USERNAME must be specified"},
        {{"SASL MECHANISMS", "PLAIN", "SASL USERNAME", "u", NULL},
         "SASL PASSWORD must be specified"},
        {{"SECURITY PROTOCOL", "SASL_SSL", NULL}, "SASL MECHANISMS must be specified"},
        {{"SECURITY PROTOCOL", "PLAINTEXT", "SASL USERNAME", "u", NULL},
         UNUSED("SASL USERNAME")},
        {{"SECURITY PROTOCOL", "PLAINTEXT", "SASL USERNAME", "u", "SASL MECHANISMS", "m",
          "SSL KEY", "u1", NULL},
         UNUSED("SASL MECHANISMS")},
        {{"SECURITY PROTOCOL", "PLAINTEXT", "SSL CERTIFICATE AUTHORITY", "pem", NULL},
         UNUSED("SSL CERTIFICATE AUTHORITY")},
        {{"SECURITY PROTOCOL", "SSL", "AWS CONNECTION", "u1", NULL},
         UNUSED("AWS CONNECTION")},
        {{"AWS CONNECTION", "u1", "SASL USERNAME", "u", NULL}, UNUSED("SASL USERNAME")},
        {{"SASL MECHANISMS", "PLAIN", "SASL USERNAME", "u", "SASL PASSWORD", "u1",
          "SSL KEY", "u2", NULL},
         UNUSED("SSL KEY")},
        {{"BROKER", "", "PROGRESS TOPIC REPLICATION FACTOR", "0", NULL},
         "invalid CONNECTION: PROGRESS TOPIC REPLICATION FACTOR must be greater than 0"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(refusals); i++) {
        struct option_value values[VALUES_MAX];
        struct option_set set = set_of(values, refusals[i].words);
        struct error err;
        assert_int_equal(kafka_connection_kind.check(&set, &err), RC_FAILED);
        assert_string_equal(err.message, refusals[i].message);
        assert_string_equal(sqlstate_code(err.state), "XX000");
    }
}

static const char *refusal_of(const struct option_address *addresses, size_t count,
                              const char *option, struct error *err)
{
    struct option_value value = {
        .spec = connection_kind_option(&kafka_connection_kind, option),
        .addresses = (struct option_address *)(uintptr_t)addresses,
        .item_count = count};
    struct option_set set = {&value, 1};
    return kafka_connection_kind.check(&set, err) == RC_OK ? "" : err->message;
}

static void addresses_are_checked(void **state)
{
    (void)state;
    static const struct {
        struct option_address address;
        const char *message;
    } cases[] = {
        {{.address = "a"}, ""},
        {{.address = "[::1]:9092"}, ""},
        {{.address = "a:1,b:2"},
         "invalid CONNECTION: cannot specify multiple Kafka broker addresses in one "
         "string.\n\n"},
        {{.address = ""}, "invalid CONNECTION: broker address \"\""},
        {{.address = ":9092"}, "invalid CONNECTION: broker address \":9092\""},
        {{.address = "a:"}, "invalid CONNECTION: broker address"},
        {{.address = "a:0"}, "invalid CONNECTION: broker address"},
        {{.address = "a:65536"}, "invalid CONNECTION: broker address"},
        {{.address = "ssl://a:1"}, "invalid CONNECTION: broker address"},
        {{.address = "[::1"}, "invalid CONNECTION: broker address"},
        {{.address = "*", .is_matching = true},
         "invalid CONNECTION: BROKERS must name at least one broker without MATCHING"},
        {{.address = "a*b", .is_matching = true},
         "invalid CONNECTION: MATCHING pattern \"a*b\""},
    };
    struct error err;
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const char *message = refusal_of(&cases[i].address, 1, "BROKERS", &err);
        assert_int_equal(strncmp(message, cases[i].message, strlen(cases[i].message)), 0);
        assert_int_equal(message[0] == '\0', cases[i].message[0] == '\0');
    }
    static const struct option_address two[] = {{.address = "a"}, {.address = "b"}};
    assert_string_equal(refusal_of(two, 2, "BROKERS", &err), "");
    assert_string_not_equal(refusal_of(two, 2, "BROKER", &err), "");
}

static void the_protocol_has_a_default(void **state)
{
    (void)state;
    static const struct {
        const char *words[12];
        enum kafka_protocol protocol;
    } cases[] = {
        {{"BROKER", "", NULL}, KAFKA_SSL},
        {{"BROKERS", "", "SASL MECHANISMS", "PLAIN", "SASL USERNAME", "u",
          "SASL PASSWORD", "u1", NULL},
         KAFKA_SASL_SSL},
        {{"BROKER", "", "SECURITY PROTOCOL", "pLaInTeXt", NULL}, KAFKA_PLAINTEXT},
        {{"BROKER", "", "SECURITY PROTOCOL", "sasl_plaintext", "SASL MECHANISMS", "PLAIN",
          "SASL USERNAME", "u", "SASL PASSWORD", "u1", NULL},
         KAFKA_SASL_PLAINTEXT},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct option_value values[VALUES_MAX];
        struct option_set set = set_of(values, cases[i].words);
        struct kafka_options options;
        struct error err;
        assert_int_equal(kafka_connection_kind.check(&set, &err), RC_OK);
        kafka_options_read(&set, &options);
        assert_int_equal(options.protocol, cases[i].protocol);
        assert_int_equal(options.address_count, 1);
        assert_int_equal(options.progress_replication_factor, 0);
    }
}

static const char *route_of(const char *text)
{
    static const struct option_address addresses[] = {
        {.address = "a.internal:9092", .tunnel_id = "u1"},
        {.address = "b.internal:9092"},
        {.address = "*.west:9092", .tunnel_id = "u2", .is_matching = true},
        {.address = "exact:1", .tunnel_id = "u3", .is_matching = true},
        {.address = "open*", .is_matching = true},
    };
    static const struct kafka_options options = {
        .addresses = addresses, .address_count = 5, .tunnel_id = "u9"};
    struct kafka_address address;
    assert_true(kafka_address_parse(text, &address));
    const char *tunnel = kafka_route(&options, &address);
    return tunnel == NULL ? "" : tunnel;
}

static void each_address_has_its_tunnel(void **state)
{
    (void)state;
    assert_string_equal(route_of("a.internal"), "u1");
    assert_string_equal(route_of("A.Internal:9092"), "u1");
    assert_string_equal(route_of("a.internal:9093"), "u9");
    assert_string_equal(route_of("b.internal"), "u9");
    assert_string_equal(route_of("x.west:9092"), "u2");
    assert_string_equal(route_of("x.west:9093"), "u9");
    assert_string_equal(route_of("exact:1"), "u3");
    assert_string_equal(route_of("exact:11"), "u9");
    assert_string_equal(route_of("open.anything:7"), "");
}

static void values_have_their_types(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum option_type type;
    } types[] = {
        {"SASL PASSWORD", OPTION_SECRET},
        {"SSL KEY", OPTION_SECRET},
        {"SASL USERNAME", OPTION_TEXT_OR_SECRET},
        {"SSL CERTIFICATE", OPTION_TEXT_OR_SECRET},
        {"SSL CERTIFICATE AUTHORITY", OPTION_TEXT_OR_SECRET},
        {"SASL MECHANISMS", OPTION_TEXT},
        {"BROKER", OPTION_ADDRESS_LIST},
        {"SSH TUNNEL", OPTION_CONNECTION},
    };
    for (size_t i = 0; i < ARRAY_COUNT(types); i++)
        assert_int_equal(
            connection_kind_option(&kafka_connection_kind, types[i].name)->type,
            types[i].type);
    assert_null(connection_kind_option(&kafka_connection_kind, "HOST"));
    assert_true(
        connection_kind_option(&kafka_connection_kind, "PROGRESS TOPIC")->is_inalterable);
    for (size_t i = 1; i < kafka_connection_kind.spec_count; i++)
        assert_true(strcmp(kafka_connection_kind.specs[i - 1].name,
                           kafka_connection_kind.specs[i].name) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_are_told_in_order),
        cmocka_unit_test(addresses_are_checked),
        cmocka_unit_test(the_protocol_has_a_default),
        cmocka_unit_test(each_address_has_its_tunnel),
        cmocka_unit_test(values_have_their_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
