/* MYSQL connections as the server meets them. */
#include "connectors/mysql/connector.h"

#include <string.h>

#include "base/buffer.h"
#include "connectors/mysql/options.h"
#include "connectors/mysql/probe.h"

enum { COMMAND_MAX = 8192 }; /* bytes */

static void target(const struct option_set *set, const char **host_out,
                   uint16_t *port_out, const char **tunnel_id_out)
{
    struct mysql_options options;
    mysql_options_read(set, &options);
    *host_out = options.host;
    *port_out = options.port;
    *tunnel_id_out = options.tunnel_id;
}

/* --- the command ------------------------------------------------------------------- */

/* Values of harmless characters need no quotes, and are easier to read without. */
static bool is_plain(const char *value)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789.-_:/@";
    return value[0] != '\0' && value[strspn(value, plain)] == '\0';
}

static void add_value(struct buffer *buffer, const char *name, const char *value)
{
    buffer_printf(buffer, " --%s=", name);
    if (is_plain(value)) {
        buffer_add_text(buffer, value);
        return;
    }
    buffer_add_u8(buffer, '\'');
    for (size_t i = 0; value[i] != '\0'; i++) {
        if (value[i] == '\'')
            buffer_add_text(buffer, "'\\''");
        else
            buffer_add_u8(buffer, (uint8_t)value[i]);
    }
    buffer_add_u8(buffer, '\'');
}

/* Files that whoever types this has to have; a user that is a secret is a gap, too.
 * "loose-": MariaDB's program goes on without the options of MySQL's that it lacks. */
static void add_values(struct buffer *buffer, const struct mysql_options *options)
{
    bool has_user = options->user != NULL && options->user->text != NULL;
    add_value(buffer, "host", options->host);
    buffer_printf(buffer, " --port=%u", (unsigned)options->port);
    add_value(buffer, "user", has_user ? options->user->text : "USER");
    if (options->password != NULL)
        buffer_add_text(buffer, " --password");
    add_value(buffer, "loose-ssl-mode", mysql_tls_mode_name(options->tls_mode));
    if (options->tls_mode == MYSQL_TLS_DISABLED)
        buffer_add_text(buffer, " --loose-get-server-public-key");
    if (options->tls_authority != NULL)
        add_value(buffer, "ssl-ca", "authority.pem");
    if (options->tls_certificate != NULL)
        add_value(buffer, "ssl-cert", "certificate.pem");
    if (options->tls_key != NULL)
        add_value(buffer, "ssl-key", "key.pem");
}

static const char *command(struct arena *arena, const struct option_set *set)
{
    struct mysql_options options;
    mysql_options_read(set, &options);
    struct buffer buffer;
    buffer_init(&buffer, COMMAND_MAX);
    buffer_add_text(&buffer, "mysql");
    add_values(&buffer, &options);
    buffer_add_text(&buffer, " -e 'SHOW GRANTS'");
    struct bytes text = buffer_bytes(&buffer);
    const char *result = buffer_failed(&buffer)
                             ? "mysql"
                             : arena_strndup(arena, (const char *)text.at, text.len);
    buffer_fini(&buffer);
    return result;
}

const struct connector mysql_connector = {
    .kind = &mysql_connection_kind,
    .probe = mysql_probe,
    .target = target,
    .command = command,
};
