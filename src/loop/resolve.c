/* Name look-up as a worker's job: getaddrinfo() blocks for as long as the name servers
 * are silent. */
#include "loop/resolve.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/memory.h"
#include "loop/loop_internal.h"
#include "loop/worker.h"

struct resolve {
    struct worker_job job;
    void (*on_resolved)(void *argument, const struct resolve_result *result);
    void *argument;
    char *host;
    char port[6];
    struct address addresses[RESOLVE_ADDRESSES_MAX];
    size_t count;
    int code;
    int error_number; /* of EAI_SYSTEM */
    bool is_reporting;
};

static void keep_addresses(struct resolve *resolve, const struct addrinfo *found)
{
    for (; found != NULL && resolve->count < RESOLVE_ADDRESSES_MAX;
         found = found->ai_next) {
        struct address *address = &resolve->addresses[resolve->count];
        if ((found->ai_family != AF_INET && found->ai_family != AF_INET6) ||
            found->ai_addrlen > sizeof(address->storage))
            continue;
        memcpy(&address->storage, found->ai_addr, found->ai_addrlen);
        address->len = found->ai_addrlen;
        resolve->count++;
    }
}

static void look_up_work(struct worker_job *job)
{
    struct resolve *resolve = LIST_ENTRY(job, struct resolve, job);
    struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    resolve->code = getaddrinfo(resolve->host, resolve->port, &hints, &found);
    if (resolve->code != 0) {
        resolve->error_number = errno;
        return;
    }
    keep_addresses(resolve, found);
    freeaddrinfo(found);
    if (resolve->count == 0)
        resolve->code = EAI_NONAME;
}

static const char *failure_text(const struct resolve *resolve)
{
    if (resolve->code == 0)
        return "";
    if (resolve->code == EAI_SYSTEM)
        return loop_errno_text(resolve->error_number);
    return gai_strerror(resolve->code);
}

static void look_up_done(struct worker_job *job, bool is_cancelled)
{
    struct resolve *resolve = LIST_ENTRY(job, struct resolve, job);
    if (!is_cancelled) {
        struct resolve_result result = {.addresses = resolve->addresses,
                                        .count = resolve->count,
                                        .code = resolve->code,
                                        .text = failure_text(resolve)};
        resolve->is_reporting = true;
        resolve->on_resolved(resolve->argument, &result);
    }
    mem_free(resolve->host);
    mem_free(resolve);
}

struct resolve *resolve_start(struct worker_pool *pool, struct loop *loop,
                              const char *host, uint16_t port,
                              void (*on_resolved)(void *argument,
                                                  const struct resolve_result *result),
                              void *argument)
{
    LOOP_OWNS(loop);
    struct resolve *resolve = MEM_NEW(struct resolve);
    resolve->job.work = look_up_work;
    resolve->job.done = look_up_done;
    resolve->job.name = "resolve";
    resolve->on_resolved = on_resolved;
    resolve->argument = argument;
    resolve->host = mem_strdup(host);
    snprintf(resolve->port, sizeof(resolve->port), "%u", (unsigned)port);
    worker_submit(pool, loop, &resolve->job);
    return resolve;
}

void resolve_cancel(struct resolve **resolve)
{
    struct resolve *cancelled = *resolve;
    if (cancelled == NULL)
        return;
    *resolve = NULL;
    if (!cancelled->is_reporting)
        worker_cancel(&cancelled->job);
}
