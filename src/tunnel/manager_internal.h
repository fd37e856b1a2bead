#ifndef TUNNEL_MANAGER_INTERNAL_H
#define TUNNEL_MANAGER_INTERNAL_H

#include "tunnel/manager.h"

struct tunnel_home;

/* Tells the owner of a host key that was seen first. From any thread. */
void tunnel_manager_report_pin(struct tunnel_manager *manager, const char *tunnel_id,
                               const struct tunnel_host_key *key);

/* The home a probe or a tunnel of this id lives in. */
struct tunnel_home *tunnel_manager_home(struct tunnel_manager *manager, const char *id);

/* --- probe.c ---------------------------------------------------------------------- */

struct probe_list;

struct probe_list *tunnel_probe_list_new(struct tunnel_manager *manager);
void tunnel_probe_list_free(struct probe_list **list);
uint64_t tunnel_probe_start(struct probe_list *list,
                            const struct tunnel_probe_request *request);
void tunnel_probe_cancel(struct probe_list *list, uint64_t number);

/* In the loop of the home: ends its probes (their on_done comes: shut_down). */
void tunnel_probe_end_all(struct probe_list *list, struct tunnel_home *home);

#endif
