#include "server/dialer.h"

#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "loop/connect_blocking.h"

/* --- through a tunnel -------------------------------------------------------------- */

static enum rc dial_tunnel(struct tunnel_manager *tunnels,
                           const struct tunnel_dial_request *request,
                           struct dialled *dialled_out, struct stage_failure *failure)
{
    struct tunnel_dial *dial = NULL;
    struct error err;

    error_clear(&err);
    if (tunnel_dial(tunnels, request, &dialled_out->descriptor, &dial, &err) != RC_OK) {
        stage_failure_set(failure, STAGE_FORWARD, STAGE_CAUSE_SHUT_DOWN, err.message);
        return RC_FAILED;
    }
    dialled_out->handle = dial;
    return RC_OK;
}

static bool ask(void *owner, const struct dialled *dialled,
                struct stage_failure *failure_out)
{
    struct server_dialer *state = (struct server_dialer *)owner;
    struct tunnel_dial_record record;

    memset(failure_out, 0, sizeof *failure_out);
    if (dialled->handle == NULL)
        return true; /* a straight dial is connected when it is handed out */
    tunnel_dial_read((struct tunnel_dial *)dialled->handle, &record);
    *failure_out = record.failure;
    if (record.failure.stage != STAGE_NONE)
        state->failure = record.failure;
    return record.opened_us != 0;
}

static void release(void *owner, struct dialled *dialled)
{
    struct tunnel_dial *dial = (struct tunnel_dial *)dialled->handle;

    (void)owner;
    if (dialled->descriptor >= 0)
        close(dialled->descriptor);
    dialled->descriptor = -1;
    dialled->handle = NULL;
    tunnel_dial_unref(&dial);
}

static enum rc dial(void *owner, const struct dial_request *asked,
                    struct dialled *dialled_out, struct stage_failure *failure)
{
    struct tunnel_dial_request request = {.tunnel_id = asked->tunnel_id,
                                          .host = asked->host,
                                          .port = asked->port,
                                          .timeout = asked->timeout};

    *dialled_out = (struct dialled){.descriptor = -1};
    if (asked->tunnel_id == NULL)
        return connect_blocking(asked->host, asked->port, asked->timeout,
                                &dialled_out->descriptor, failure);
    return dial_tunnel(((struct server_dialer *)owner)->tunnels, &request, dialled_out,
                       failure);
}

struct dialer server_dialer(struct server_dialer *state)
{
    return (struct dialer){.owner = state, .dial = dial, .ask = ask, .release = release};
}
