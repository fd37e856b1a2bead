/* POSTGRES connections as the server meets them. */
#include "connectors/postgres/connector.h"

#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "base/arena.h"
#include "base/assert.h"
#include "base/buffer.h"
#include "connectors/postgres/options.h"
#include "connectors/postgres/probe.h"

enum { COMMAND_MAX = 8192 }; /* bytes */

static void target(const struct option_set *set, const char **host_out,
                   uint16_t *port_out, const char **tunnel_id_out)
{
    struct postgres_options options;
    postgres_options_read(set, &options);
    *host_out = options.host;
    *port_out = options.port;
    *tunnel_id_out = options.tunnel_id;
}

/* --- the command ------------------------------------------------------------------- */

/* One character of a value that stands in quotes of libpq (backslashes) and, around them,
 * in single quotes of the shell. */
static void add_character(struct buffer *buffer, char c)
{
    if (c == '\'')
        buffer_add_text(buffer, "\\'\\''");
    else if (c == '\\')
        buffer_add_text(buffer, "\\\\");
    else
        buffer_add_u8(buffer, (uint8_t)c);
}

/* Values of harmless characters need no quotes, and are easier to read without. */
static bool is_plain(const char *value)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789.-_:/@";
    return value[0] != '\0' && value[strspn(value, plain)] == '\0';
}

static void add_value(struct buffer *buffer, const char *name, const char *value)
{
    buffer_printf(buffer, "%s=", name);
    if (is_plain(value)) {
        buffer_printf(buffer, "%s ", value);
        return;
    }
    buffer_add_text(buffer, "'\\''");
    for (size_t i = 0; value[i] != '\0'; i++)
        add_character(buffer, value[i]);
    buffer_add_text(buffer, "'\\'' ");
}

/* Files that whoever types this has to have; a user that is a secret is a gap, too. */
static void add_values(struct buffer *buffer, const struct postgres_options *options)
{
    add_value(buffer, "host", options->host);
    buffer_printf(buffer, "port=%u ", (unsigned)options->port);
    add_value(buffer, "user", options->user->text == NULL ? "USER" : options->user->text);
    add_value(buffer, "dbname", options->database);
    if (options->tls_authority != NULL)
        add_value(buffer, "sslrootcert", "authority.pem");
    if (options->tls_certificate != NULL)
        add_value(buffer, "sslcert", "certificate.pem");
    if (options->tls_key != NULL)
        add_value(buffer, "sslkey", "key.pem");
    buffer_printf(buffer, "sslmode=%s", postgres_tls_mode_name(options->tls_mode));
}

static const char *command(struct arena *arena, const struct option_set *set)
{
    struct postgres_options options;
    postgres_options_read(set, &options);
    struct buffer buffer;
    buffer_init(&buffer, COMMAND_MAX);
    buffer_add_text(&buffer, "psql '");
    add_values(&buffer, &options);
    buffer_add_text(&buffer, "' -c 'SHOW wal_level'");
    struct bytes text = buffer_bytes(&buffer);
    bool is_whole = !buffer_failed(&buffer);
    const char *result =
        is_whole ? arena_strndup(arena, (const char *)text.at, text.len) : "psql";
    buffer_fini(&buffer);
    return result;
}

/* --- the environment --------------------------------------------------------------- */

/* libpq lists the variables of its parameters; the rest is in its manual's chapter 34.15.
 */
void postgres_environment_clear(void)
{
    static const char *const more[] = {"PGSERVICE",  "PGSERVICEFILE", "PGSYSCONFDIR",
                                       "PGTZ",       "PGDATESTYLE",   "PGGEQO",
                                       "PGLOCALEDIR"};
    for (size_t i = 0; i < ARRAY_COUNT(more); i++)
        unsetenv(more[i]);
    PQconninfoOption *known = PQconndefaults();
    ASSERT(known != NULL);
    for (PQconninfoOption *at = known; at->keyword != NULL; at++) {
        if (at->envvar != NULL)
            unsetenv(at->envvar);
    }
    PQconninfoFree(known);
}

const struct connector postgres_connector = {
    .kind = &postgres_connection_kind,
    .probe = postgres_probe,
    .target = target,
    .command = command,
};
