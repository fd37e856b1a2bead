#ifndef SERVER_TUNNELS_H
#define SERVER_TUNNELS_H

#include "server/server.h"
#include "sql/command/definition.h"

/* Keeps the tunnel manager in step with the catalog: SSH TUNNEL connections become
 * tunnels, host keys seen first become rows. Works in the control loop. */
struct tunnel_sync;

enum rc tunnel_sync_new(struct server *server, struct tunnel_sync **sync_out,
                        struct error *err) MUST_USE;

/* The manager must be gone: no pin comes any more. Clears; accepts NULL. */
void tunnel_sync_free(struct tunnel_sync **sync);

/* Brings the manager in step with what is committed by now, then calls done(argument),
 * in the control loop. From any thread; requests that wait are served together. */
void tunnel_sync_request(struct tunnel_sync *sync, void (*done)(void *argument),
                         void *argument);

/* tunnel_on_pin of the manager's settings, `argument` the struct server. */
void tunnel_sync_pin(void *argument, const char *tunnel_id,
                     const struct tunnel_host_key *key);

/* What the tunnel needs of a connection's definition, in the arena; borrows its secrets.
 */
void tunnel_sync_definition(struct arena *arena, const struct server *server,
                            const struct connection_definition *connection,
                            struct tunnel_definition *definition_out);

#endif
