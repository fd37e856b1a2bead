/* The options of KAFKA connections: names, checks and words as Materialize has them. */
#include "connectors/kafka/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/ascii.h"
#include "base/assert.h"
#include "base/error.h"

enum { SHOWN_MAX = 64, PATTERN_TEXT_MAX = KAFKA_HOST_MAX + 16 };

/* clang-format off */
static const struct option_spec specs[] = {
    {.name = "AWS CONNECTION",            .type = OPTION_CONNECTION},
    {.name = "AWS PRIVATELINK",           .type = OPTION_CONNECTION},
    {.name = "BROKER",                    .type = OPTION_ADDRESS_LIST},
    {.name = "BROKERS",                   .type = OPTION_ADDRESS_LIST},
    {.name = "PROGRESS TOPIC",            .type = OPTION_TEXT,
     .is_inalterable = true},
    {.name = "PROGRESS TOPIC REPLICATION FACTOR", .type = OPTION_INTEGER,
     .is_inalterable = true},
    {.name = "SASL MECHANISMS",           .type = OPTION_TEXT},
    {.name = "SASL PASSWORD",             .type = OPTION_SECRET},
    {.name = "SASL USERNAME",             .type = OPTION_TEXT_OR_SECRET},
    {.name = "SECURITY PROTOCOL",         .type = OPTION_TEXT},
    {.name = "SSH TUNNEL",                .type = OPTION_CONNECTION},
    {.name = "SSL CERTIFICATE",           .type = OPTION_TEXT_OR_SECRET},
    {.name = "SSL CERTIFICATE AUTHORITY", .type = OPTION_TEXT_OR_SECRET},
    {.name = "SSL KEY",                   .type = OPTION_SECRET},
};

static const struct {
    const char *word;
    const char *name;
    enum kafka_protocol protocol;
} protocols[] = {
    {"plaintext",      "PLAINTEXT",      KAFKA_PLAINTEXT},
    {"ssl",            "SSL",            KAFKA_SSL},
    {"sasl_plaintext", "SASL_PLAINTEXT", KAFKA_SASL_PLAINTEXT},
    {"sasl_ssl",       "SASL_SSL",       KAFKA_SASL_SSL},
};
/* clang-format on */

static const char *const sasl_options[] = {"AWS CONNECTION", "SASL MECHANISMS",
                                           "SASL USERNAME", "SASL PASSWORD"};

const char *kafka_protocol_name(enum kafka_protocol protocol)
{
    return protocols[protocol].name;
}

bool kafka_protocol_uses_tls(enum kafka_protocol protocol)
{
    return protocol == KAFKA_SSL || protocol == KAFKA_SASL_SSL;
}

bool kafka_protocol_uses_sasl(enum kafka_protocol protocol)
{
    return protocol == KAFKA_SASL_PLAINTEXT || protocol == KAFKA_SASL_SSL;
}

static enum rc fail(struct error *err, const char *words)
{
    return error_set(err, SQLSTATE_INTERNAL_ERROR, "%s", words);
}

/* --- security ---------------------------------------------------------------------- */

/* Materialize reads the protocol in capitals, and shows it so. */
static enum rc fail_protocol(const char *text, struct error *err)
{
    char shown[SHOWN_MAX];
    size_t len = 0;
    for (; text[len] != '\0' && len + 1 < sizeof(shown); len++)
        shown[len] =
            (char)(text[len] >= 'a' && text[len] <= 'z' ? text[len] - 0x20 : text[len]);
    shown[len] = '\0';
    error_set(err, SQLSTATE_INTERNAL_ERROR, "unknown security protocol: %s", shown);
    return error_hint(err, "Use one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL.");
}

/* Without SECURITY PROTOCOL the way is encrypted: any option of SASL makes it SASL_SSL.
 */
static enum kafka_protocol default_protocol(const struct option_set *set)
{
    for (size_t i = 0; i < ARRAY_COUNT(sasl_options); i++) {
        if (option_find(set, sasl_options[i]) != NULL)
            return KAFKA_SASL_SSL;
    }
    return KAFKA_SSL;
}

/* False: the text is no protocol. */
static bool find_protocol(const struct option_set *set, enum kafka_protocol *protocol_out)
{
    const char *text = option_text(set, "SECURITY PROTOCOL");
    *protocol_out = default_protocol(set);
    if (text == NULL)
        return true;
    for (size_t i = 0; i < ARRAY_COUNT(protocols); i++) {
        if (ascii_is_word(bytes_of_text(text), protocols[i].word)) {
            *protocol_out = protocols[i].protocol;
            return true;
        }
    }
    return false;
}

static enum rc check_tls(const struct option_set *set, struct error *err)
{
    if (option_find(set, "SSL CERTIFICATE") != NULL &&
        option_find(set, "SSL KEY") == NULL)
        return fail(err, "SSL KEY must be specified with SSL CERTIFICATE");
    return RC_OK;
}

static enum rc check_sasl(const struct option_set *set, struct error *err)
{
    if (option_find(set, "AWS CONNECTION") != NULL)
        return RC_OK;
    for (size_t i = 1; i < ARRAY_COUNT(sasl_options); i++) {
        if (option_find(set, sasl_options[i]) == NULL)
            return error_set(err, SQLSTATE_INTERNAL_ERROR, "%s must be specified",
                             sasl_options[i]);
    }
    return RC_OK;
}

/* Has the protocol no use for this option? */
static bool is_left_over(const struct option_set *set, const char *name,
                         enum kafka_protocol protocol)
{
    bool is_sasl = bytes_has_prefix(bytes_of_text(name), bytes_of_text("SASL "));
    bool is_tls = bytes_has_prefix(bytes_of_text(name), bytes_of_text("SSL "));
    bool is_aws = strcmp(name, "AWS CONNECTION") == 0;
    if (is_tls && strcmp(name, "SSL KEY") == 0 &&
        option_find(set, "SSL CERTIFICATE") == NULL)
        return true;
    if (is_tls)
        return !kafka_protocol_uses_tls(protocol);
    if (is_sasl && option_find(set, "AWS CONNECTION") != NULL)
        return true;
    return (is_sasl || is_aws) && !kafka_protocol_uses_sasl(protocol);
}

static enum rc check_security(const struct option_set *set, struct error *err)
{
    enum kafka_protocol protocol;
    if (!find_protocol(set, &protocol))
        return fail_protocol(option_text(set, "SECURITY PROTOCOL"), err);
    if (kafka_protocol_uses_tls(protocol))
        TRY(check_tls(set, err));
    if (kafka_protocol_uses_sasl(protocol))
        TRY(check_sasl(set, err));
    for (size_t i = 0; i < set->count; i++) {
        const char *name = set->values[i].spec->name;
        if (is_left_over(set, name, protocol))
            return error_set(err, SQLSTATE_INTERNAL_ERROR,
                             "option %s not supported with this configuration", name);
    }
    return RC_OK;
}

/* --- brokers ----------------------------------------------------------------------- */

static enum rc check_address(const struct option_address *address, struct error *err)
{
    struct kafka_address parsed;
    if (strchr(address->address, ',') != NULL)
        return fail(err, "invalid CONNECTION: cannot specify multiple Kafka broker "
                         "addresses in one string.\n\nInstead, specify BROKERS using "
                         "multiple strings, e.g. BROKERS ('kafka:9092', 'kafka:9093')");
    if (address->is_matching || kafka_address_parse(address->address, &parsed))
        return RC_OK;
    return error_set(err, SQLSTATE_INTERNAL_ERROR,
                     "invalid CONNECTION: broker address \"%s\" is not of the form "
                     "host:port",
                     address->address);
}

/* Stars stand only at the ends of a pattern. */
static enum rc check_pattern(const struct option_address *address, struct error *err)
{
    size_t len = strlen(address->address);
    const char *star = len < 2 ? NULL : strchr(address->address + 1, '*');
    if (!address->is_matching || star == NULL || star == address->address + len - 1)
        return RC_OK;
    return error_set(err, SQLSTATE_INTERNAL_ERROR,
                     "invalid CONNECTION: MATCHING pattern \"%s\" may hold * only at its "
                     "start and its end",
                     address->address);
}

static enum rc check_addresses(const struct option_value *value, struct error *err)
{
    bool has_static = false;
    for (size_t i = 0; i < value->item_count; i++) {
        TRY(check_address(&value->addresses[i], err));
        TRY(check_pattern(&value->addresses[i], err));
        has_static = has_static || !value->addresses[i].is_matching;
    }
    if (has_static)
        return RC_OK;
    return error_set(err, SQLSTATE_INTERNAL_ERROR,
                     "invalid CONNECTION: %s must name at least one broker without "
                     "MATCHING",
                     value->spec->name);
}

static enum rc check_brokers(const struct option_set *set, struct error *err)
{
    const struct option_value *one = option_find(set, "BROKER");
    const struct option_value *many = option_find(set, "BROKERS");
    bool has_link = option_find(set, "AWS PRIVATELINK") != NULL;
    int count = (one != NULL) + (many != NULL) + has_link;
    if (count == 0)
        return fail(err, "invalid CONNECTION: must set one of BROKER, BROKERS, or AWS "
                         "PRIVATELINK");
    if (count > 1)
        return fail(err, "invalid CONNECTION: can only set one of BROKER, BROKERS, or "
                         "AWS PRIVATELINK");
    if (one != NULL && one->item_count != 1)
        return fail(err, "invalid BROKER: must name exactly one broker");
    return has_link ? RC_OK : check_addresses(one != NULL ? one : many, err);
}

static enum rc check(const struct option_set *set, struct error *err)
{
    TRY(check_security(set, err));
    TRY(check_brokers(set, err));
    if (option_find(set, "SSH TUNNEL") != NULL &&
        option_find(set, "AWS PRIVATELINK") != NULL)
        return fail(err, "invalid CONNECTION: cannot specify both SSH TUNNEL and AWS "
                         "PRIVATELINK");
    const struct option_value *factor =
        option_find(set, "PROGRESS TOPIC REPLICATION FACTOR");
    if (factor != NULL && factor->number <= 0)
        return fail(err, "invalid CONNECTION: PROGRESS TOPIC REPLICATION FACTOR must be "
                         "greater than 0");
    return RC_OK;
}

const struct connection_kind kafka_connection_kind = {
    .sql_name = "KAFKA",
    .catalog_name = "kafka",
    .specs = specs,
    .spec_count = ARRAY_COUNT(specs),
    .validates_on_create = true,
    .check = check,
};

void kafka_options_read(const struct option_set *set, struct kafka_options *options_out)
{
    const struct option_value *brokers = option_find(set, "BROKER");
    const struct option_value *tunnel = option_find(set, "SSH TUNNEL");
    const struct option_value *factor =
        option_find(set, "PROGRESS TOPIC REPLICATION FACTOR");
    if (brokers == NULL)
        brokers = option_find(set, "BROKERS");
    *options_out = (struct kafka_options){
        .addresses = brokers == NULL ? NULL : brokers->addresses,
        .address_count = brokers == NULL ? 0 : brokers->item_count,
        .tunnel_id = tunnel == NULL ? NULL : tunnel->connection_id,
        .mechanism = option_text(set, "SASL MECHANISMS"),
        .username = option_find(set, "SASL USERNAME"),
        .password = option_find(set, "SASL PASSWORD"),
        .tls_certificate = option_find(set, "SSL CERTIFICATE"),
        .tls_key = option_find(set, "SSL KEY"),
        .tls_authority = option_find(set, "SSL CERTIFICATE AUTHORITY"),
        .progress_topic = option_text(set, "PROGRESS TOPIC"),
        .progress_replication_factor = factor == NULL ? 0 : (int32_t)factor->number,
    };
    bool is_known = find_protocol(set, &options_out->protocol);
    ASSERT(is_known);
}

/* --- addresses --------------------------------------------------------------------- */

static bool parse_port(const char *text, uint16_t *port_out)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 5 || text[digits] != '\0')
        return false;
    long port = strtol(text, NULL, 10);
    *port_out = (uint16_t)port;
    return port > 0 && port <= UINT16_MAX;
}

static bool copy_host(const char *host, size_t len, struct kafka_address *address_out)
{
    if (len == 0 || len >= sizeof(address_out->host))
        return false;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)host[i];
        if (c <= 0x20 || c == 0x7F || strchr("/@[]\"'\\", c) != NULL)
            return false;
    }
    memcpy(address_out->host, host, len);
    address_out->host[len] = '\0';
    return true;
}

bool kafka_address_parse(const char *text, struct kafka_address *address_out)
{
    bool is_bracketed = text[0] == '[';
    const char *host = is_bracketed ? text + 1 : text;
    size_t len = strcspn(host, is_bracketed ? "]" : ":");
    const char *rest = host + len;
    if (is_bracketed && *rest++ != ']')
        return false;
    address_out->port = KAFKA_PORT_DEFAULT;
    if (!copy_host(host, len, address_out))
        return false;
    return rest[0] == '\0' ||
           (rest[0] == ':' && parse_port(rest + 1, &address_out->port));
}

static bool is_same(const char *text, const struct kafka_address *broker)
{
    struct kafka_address known;
    return kafka_address_parse(text, &known) && known.port == broker->port &&
           strcasecmp(known.host, broker->host) == 0;
}

/* Stars at the ends of the pattern stand for anything. */
static bool fits(const char *pattern, const char *text)
{
    size_t len = strlen(pattern);
    bool is_open_before = len > 0 && pattern[0] == '*';
    bool is_open_behind = len > 1 && pattern[len - 1] == '*';
    const char *core = pattern + is_open_before;
    size_t core_len = len - is_open_before - is_open_behind;
    size_t text_len = strlen(text);
    for (size_t at = 0; at + core_len <= text_len; at++) {
        bool is_start = is_open_before || at == 0;
        bool is_end = is_open_behind || at + core_len == text_len;
        if (is_start && is_end && strncasecmp(text + at, core, core_len) == 0)
            return true;
    }
    return false;
}

const char *kafka_route(const struct kafka_options *options,
                        const struct kafka_address *broker)
{
    char text[PATTERN_TEXT_MAX];
    for (size_t i = 0; i < options->address_count; i++) {
        const struct option_address *known = &options->addresses[i];
        if (!known->is_matching && known->tunnel_id != NULL &&
            is_same(known->address, broker))
            return known->tunnel_id;
    }
    snprintf(text, sizeof(text), "%s:%u", broker->host, (unsigned)broker->port);
    for (size_t i = 0; i < options->address_count; i++) {
        const struct option_address *rule = &options->addresses[i];
        if (rule->is_matching && fits(rule->address, text))
            return rule->tunnel_id;
    }
    return options->tunnel_id;
}
