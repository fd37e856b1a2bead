/* CONFLUENT SCHEMA REGISTRY connections as the server meets them. */
#include "connectors/registry/connector.h"

#include <string.h>

#include "base/buffer.h"
#include "connectors/registry/options.h"
#include "connectors/registry/probe.h"

enum { COMMAND_MAX = 8192 }; /* bytes */

static bool target_at(struct arena *arena, const struct option_set *set, size_t index,
                      struct connector_target *target_out)
{
    struct registry_options options;
    if (index > 0)
        return false;
    registry_options_read(set, &options);
    *target_out = (struct connector_target){
        .host = arena_strdup(arena, options.url.host),
        .port = options.url.port,
        .tunnel_id = options.tunnel_id,
    };
    return true;
}

static void add_quoted(struct buffer *buffer, const char *text)
{
    buffer_add_u8(buffer, '\'');
    for (size_t i = 0; text[i] != '\0'; i++) {
        if (text[i] == '\'')
            buffer_add_text(buffer, "'\\''");
        else
            buffer_add_u8(buffer, (uint8_t)text[i]);
    }
    buffer_add_u8(buffer, '\'');
}

/* Files that whoever types this has to have; curl asks for the password. */
static const char *command(struct arena *arena, const struct option_set *set)
{
    struct registry_options options;
    struct buffer buffer;
    registry_options_read(set, &options);
    bool is_v6 = strchr(options.url.host, ':') != NULL;
    buffer_init(&buffer, COMMAND_MAX);
    buffer_add_text(&buffer, "curl -v --noproxy '*'");
    if (options.user != NULL) {
        buffer_add_text(&buffer, " -u ");
        add_quoted(&buffer, options.user->text == NULL ? "USER" : options.user->text);
    }
    if (options.tls_authority != NULL)
        buffer_add_text(&buffer, " --cacert authority.pem");
    if (options.tls_certificate != NULL)
        buffer_add_text(&buffer, " --cert certificate.pem --key key.pem");
    buffer_printf(&buffer, " %s://%s%s%s:%u/subjects",
                  options.url.is_https ? "https" : "http", is_v6 ? "[" : "",
                  options.url.host, is_v6 ? "]" : "", (unsigned)options.url.port);
    struct bytes text = buffer_bytes(&buffer);
    const char *result = buffer_failed(&buffer)
                             ? "curl"
                             : arena_strndup(arena, (const char *)text.at, text.len);
    buffer_fini(&buffer);
    return result;
}

const struct connector registry_connector = {
    .kind = &registry_connection_kind,
    .probe = registry_probe,
    .command = command,
    .target_at = target_at,
};
