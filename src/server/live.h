#ifndef SERVER_LIVE_H
#define SERVER_LIVE_H

#include "server/server.h"
#include "sql/exec/settings.h"

/* Rows of the system relations that are no catalog: sessions, tunnels, dials, egress
 * addresses, the store's figures, and what the SQL side knows. */

struct session;

/* What a session's statements see. */
struct live_source {
    struct server *server;
    const struct settings *settings;
    const struct session *session;
};

/* Members of struct system_hooks; `argument` is a struct live_source. */
enum rc live_rows(void *argument, const struct system_relation *relation,
                  const struct system_scan *scan, struct error *err);
const char *live_create_sql(void *argument, struct store_transaction *transaction,
                            const struct catalog_object *object, bool redacted,
                            struct arena *arena);

/* The names that --set gives to the server and not to its sessions. */
bool live_setting_is_server(const char *name);

#endif
