#ifndef TUNNEL_DIAL_INTERNAL_H
#define TUNNEL_DIAL_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/list.h"
#include "tunnel/definition.h"
#include "tunnel/dial.h"

/* The shared record of one dial. The tunnel loop writes it, anybody reads it. */
struct tunnel_dial {
    _Atomic int refs;
    pthread_mutex_t lock; /* of `record`, but for its byte counts */
    struct tunnel_dial_record record;
    _Atomic uint64_t bytes_in;
    _Atomic uint64_t bytes_out;

    /* Set once, before anybody else sees the dial. */
    char *tunnel_name;
    char *bastion_host;
    char *bastion_user;
    uint16_t bastion_port;
    struct ms timeout;
    struct loop *asker;
    void (*on_event)(void *argument, struct tunnel_dial *dial,
                     enum tunnel_dial_event event);
    void *argument;

    _Atomic bool is_forgotten;
    struct list_link link; /* in the manager's list, under the manager's lock */
};

struct tunnel_dial *tunnel_dial_new(const struct tunnel_dial_request *request,
                                    const struct tunnel_definition *definition,
                                    uint64_t number);

/* Tunnel loop: a step of the dial. */
void tunnel_dial_move(struct tunnel_dial *dial, enum tunnel_dial_state state);

/* Tunnel loop: keeps why; the first failure stays. */
void tunnel_dial_fail(struct tunnel_dial *dial, enum tunnel_dial_state state,
                      const struct stage_failure *failure);

/* Tunnel loop: tells the asker. */
void tunnel_dial_report(struct tunnel_dial *dial, enum tunnel_dial_event event);

#endif
