/* The record of a dial, and how its asker is told. */
#include "tunnel/dial.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "loop/loop.h"
#include "tunnel/dial_internal.h"
#include "tunnel/failure.h"

static const char *const state_names[TUNNEL_DIAL_STATE_COUNT] = {
    [TUNNEL_DIAL_WAITING] = "waiting", [TUNNEL_DIAL_OPENING] = "opening",
    [TUNNEL_DIAL_OPEN] = "open",       [TUNNEL_DIAL_GIVEN_UP] = "given-up",
    [TUNNEL_DIAL_FAILED] = "failed",   [TUNNEL_DIAL_ENDED] = "ended",
};

const char *tunnel_dial_state_name(enum tunnel_dial_state state)
{
    ASSERT(state >= 0 && state < TUNNEL_DIAL_STATE_COUNT);
    return state_names[state];
}

struct tunnel_dial *tunnel_dial_new(const struct tunnel_dial_request *request,
                                    const struct tunnel_definition *definition,
                                    uint64_t number)
{
    struct tunnel_dial *dial = MEM_NEW(struct tunnel_dial);
    atomic_init(&dial->refs, 1);
    pthread_mutex_init(&dial->lock, NULL);
    dial->tunnel_name = mem_strdup(definition->name == NULL ? "" : definition->name);
    dial->bastion_host = mem_strdup(definition->host);
    dial->bastion_user = mem_strdup(definition->user);
    dial->bastion_port = definition->port;
    dial->timeout = request->timeout.count > 0 ? request->timeout : SECONDS(30);
    dial->asker = request->asker;
    dial->on_event = request->on_event;
    dial->argument = request->argument;
    struct tunnel_dial_record *record = &dial->record;
    record->number = number;
    snprintf(record->tunnel_id, sizeof(record->tunnel_id), "%s", definition->id);
    snprintf(record->host, sizeof(record->host), "%s", request->host);
    record->port = request->port;
    record->asked_us = clock_monotonic_us();
    record->asked_wall_us = clock_wall_us();
    return dial;
}

struct tunnel_dial *tunnel_dial_ref(struct tunnel_dial *dial)
{
    atomic_fetch_add(&dial->refs, 1);
    return dial;
}

void tunnel_dial_unref(struct tunnel_dial **dial)
{
    struct tunnel_dial *held = *dial;
    *dial = NULL;
    if (held == NULL || atomic_fetch_sub(&held->refs, 1) != 1)
        return;
    pthread_mutex_destroy(&held->lock);
    mem_free(held->tunnel_name);
    mem_free(held->bastion_host);
    mem_free(held->bastion_user);
    mem_free(held);
}

static void stamp(struct tunnel_dial_record *record, enum tunnel_dial_state state)
{
    int64_t now_us = clock_monotonic_us();
    record->state = state;
    if (state == TUNNEL_DIAL_OPENING)
        record->opening_us = now_us;
    if (state == TUNNEL_DIAL_OPEN)
        record->opened_us = now_us;
    if (state == TUNNEL_DIAL_FAILED || state == TUNNEL_DIAL_ENDED)
        record->closed_us = now_us;
}

void tunnel_dial_move(struct tunnel_dial *dial, enum tunnel_dial_state state)
{
    pthread_mutex_lock(&dial->lock);
    stamp(&dial->record, state);
    pthread_mutex_unlock(&dial->lock);
}

void tunnel_dial_fail(struct tunnel_dial *dial, enum tunnel_dial_state state,
                      const struct stage_failure *failure)
{
    pthread_mutex_lock(&dial->lock);
    stamp(&dial->record, state);
    if (dial->record.failure.stage == STAGE_NONE)
        dial->record.failure = *failure;
    pthread_mutex_unlock(&dial->lock);
}

struct report {
    struct tunnel_dial *dial;
    enum tunnel_dial_event event;
};

static void deliver(void *argument)
{
    struct report *report = argument;
    if (!atomic_load(&report->dial->is_forgotten))
        report->dial->on_event(report->dial->argument, report->dial, report->event);
    tunnel_dial_unref(&report->dial);
    mem_free(report);
}

void tunnel_dial_report(struct tunnel_dial *dial, enum tunnel_dial_event event)
{
    if (dial->on_event == NULL || atomic_load(&dial->is_forgotten))
        return;
    struct report *report = MEM_NEW(struct report);
    report->dial = tunnel_dial_ref(dial);
    report->event = event;
    loop_post(dial->asker, deliver, report);
}

void tunnel_dial_forget(struct tunnel_dial *dial)
{
    atomic_store(&dial->is_forgotten, true);
}

void tunnel_dial_read(struct tunnel_dial *dial, struct tunnel_dial_record *record_out)
{
    pthread_mutex_lock(&dial->lock);
    *record_out = dial->record;
    pthread_mutex_unlock(&dial->lock);
    record_out->bytes_in = atomic_load(&dial->bytes_in);
    record_out->bytes_out = atomic_load(&dial->bytes_out);
}

enum rc tunnel_dial_error(struct tunnel_dial *dial, struct error *err)
{
    struct tunnel_dial_record record;
    tunnel_dial_read(dial, &record);
    if (record.failure.stage == STAGE_NONE)
        return RC_OK;
    struct tunnel_hop hop = {
        .name = dial->tunnel_name,
        .host = dial->bastion_host,
        .port = dial->bastion_port,
        .user = dial->bastion_user,
        .target_host = record.host,
        .target_port = record.port,
    };
    return tunnel_failure_error(&record.failure, &hop, err);
}
