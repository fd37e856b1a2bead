/* KAFKA connections as the server meets them. */
#include "connectors/kafka/connector.h"

#include <string.h>

#include "base/buffer.h"
#include "connectors/kafka/options.h"
#include "connectors/kafka/probe.h"

enum { COMMAND_MAX = 64 * 1024 }; /* bytes */

/* The brokers that the options name; patterns name none. */
static bool target_at(struct arena *arena, const struct option_set *set, size_t index,
                      struct connector_target *target_out)
{
    struct kafka_options options;
    struct kafka_address address;
    kafka_options_read(set, &options);
    for (size_t i = 0; i < options.address_count; i++) {
        const struct option_address *written = &options.addresses[i];
        if (written->is_matching || !kafka_address_parse(written->address, &address))
            continue;
        if (index-- > 0)
            continue;
        *target_out = (struct connector_target){
            .host = arena_strdup(arena, address.host),
            .port = address.port,
            .tunnel_id = kafka_route(&options, &address),
        };
        return true;
    }
    return false;
}

/* --- the command ------------------------------------------------------------------- */

static void add_quoted(struct buffer *buffer, const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789.-_:/@,[]=";
    if (text[0] != '\0' && text[strspn(text, plain)] == '\0') {
        buffer_add_text(buffer, text);
        return;
    }
    buffer_add_u8(buffer, '\'');
    for (size_t i = 0; text[i] != '\0'; i++) {
        if (text[i] == '\'')
            buffer_add_text(buffer, "'\\''");
        else
            buffer_add_u8(buffer, (uint8_t)text[i]);
    }
    buffer_add_u8(buffer, '\'');
}

static void add_setting(struct buffer *buffer, const char *name, const char *value)
{
    buffer_printf(buffer, " -X %s=", name);
    add_quoted(buffer, value);
}

static void add_brokers(struct buffer *buffer, const struct kafka_options *options)
{
    const char *separator = " -b ";
    for (size_t i = 0; i < options->address_count; i++) {
        if (options->addresses[i].is_matching)
            continue;
        buffer_add_text(buffer, separator);
        add_quoted(buffer, options->addresses[i].address);
        separator = ",";
    }
}

/* Files that whoever types this has to have; secrets are gaps. */
static void add_security(struct buffer *buffer, const struct kafka_options *options)
{
    add_setting(buffer, "security.protocol", kafka_protocol_name(options->protocol));
    if (kafka_protocol_uses_sasl(options->protocol)) {
        bool has_user = options->username != NULL && options->username->text != NULL;
        add_setting(buffer, "sasl.mechanisms",
                    options->mechanism == NULL ? "PLAIN" : options->mechanism);
        add_setting(buffer, "sasl.username",
                    has_user ? options->username->text : "USERNAME");
        add_setting(buffer, "sasl.password", "PASSWORD");
    }
    if (options->tls_authority != NULL)
        add_setting(buffer, "ssl.ca.location", "authority.pem");
    if (options->tls_certificate != NULL)
        add_setting(buffer, "ssl.certificate.location", "certificate.pem");
    if (options->tls_key != NULL)
        add_setting(buffer, "ssl.key.location", "key.pem");
}

static const char *command(struct arena *arena, const struct option_set *set)
{
    struct kafka_options options;
    struct buffer buffer;
    kafka_options_read(set, &options);
    buffer_init(&buffer, COMMAND_MAX);
    buffer_add_text(&buffer, "kcat -L");
    add_brokers(&buffer, &options);
    add_security(&buffer, &options);
    struct bytes text = buffer_bytes(&buffer);
    const char *result = buffer_failed(&buffer)
                             ? "kcat"
                             : arena_strndup(arena, (const char *)text.at, text.len);
    buffer_fini(&buffer);
    return result;
}

const struct connector kafka_connector = {
    .kind = &kafka_connection_kind,
    .probe = kafka_probe,
    .command = command,
    .target_at = target_at,
};
