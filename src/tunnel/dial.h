#ifndef TUNNEL_DIAL_H
#define TUNNEL_DIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/rc.h"
#include "base/stage.h"

struct error;
struct loop;
struct tunnel_dial;
struct tunnel_manager;

/* A dial yields a connected stream: one end of a socket pair, at once. What is written
 * before the target is reached waits in the pair. Its record tells how it fares; ask it
 * before any library's own message. */
enum tunnel_dial_event {
    TUNNEL_DIAL_OPENED, /* the bastion has reached the target; at most once */
    TUNNEL_DIAL_CLOSED, /* refused, failed or ended: exactly once, and the last */
};

struct tunnel_dial_request {
    const char *tunnel_id;
    const char *host; /* resolved by the bastion */
    uint16_t port;
    struct ms timeout; /* until OPENED, the session's opening included; 0: 30 s */

    /* Called in the asker's loop; may be NULL, then `asker` may be NULL too. The callee
     * may tunnel_dial_forget() and unref the dial. */
    struct loop *asker;
    void (*on_event)(void *argument, struct tunnel_dial *dial,
                     enum tunnel_dial_event event);
    void *argument;
};

/* From any thread. On success *descriptor_out (non-blocking, close-on-exec) is the
 * caller's to close, and *dial_out (may be NULL) a reference that the caller drops with
 * tunnel_dial_unref(). Fails at once only when the tunnel is unknown, host or port are
 * malformed, or descriptors ran out; all else comes as an event. Closing the descriptor
 * ends the channel. */
enum rc tunnel_dial(struct tunnel_manager *manager,
                    const struct tunnel_dial_request *request, int *descriptor_out,
                    struct tunnel_dial **dial_out, struct error *err) MUST_USE;

/* From the asker's loop: no event comes any more. The descriptor lives on. */
void tunnel_dial_forget(struct tunnel_dial *dial);

/* References; thread-safe. unref clears the pointer and accepts NULL. */
struct tunnel_dial *tunnel_dial_ref(struct tunnel_dial *dial);
void tunnel_dial_unref(struct tunnel_dial **dial);

enum tunnel_dial_state {
    TUNNEL_DIAL_WAITING,  /* for the session */
    TUNNEL_DIAL_OPENING,  /* the bastion connects to the target */
    TUNNEL_DIAL_OPEN,     /* bytes flow */
    TUNNEL_DIAL_GIVEN_UP, /* asker or clock gave up; sshd has not answered yet */
    TUNNEL_DIAL_FAILED,   /* `failure` says why */
    TUNNEL_DIAL_ENDED,    /* was open, and is over; `failure` is set when it was cut */
    TUNNEL_DIAL_STATE_COUNT,
};

const char *tunnel_dial_state_name(enum tunnel_dial_state state);

/* A copy of what is known now; thread-safe. Times are clock_monotonic_us(), 0: not yet.
 * bytes_in: from the target; bytes_out: to it. */
struct tunnel_dial_record {
    uint64_t number; /* of the dial in this process, from 1 */
    char tunnel_id[32];
    char host[256];
    uint16_t port;
    enum tunnel_dial_state state;
    struct stage_failure failure;
    int64_t asked_us;
    int64_t opening_us; /* when the request went to the bastion */
    int64_t opened_us;
    int64_t closed_us;
    int64_t asked_wall_us;
    uint64_t bytes_in;
    uint64_t bytes_out;
};

void tunnel_dial_read(struct tunnel_dial *dial, struct tunnel_dial_record *record_out);

/* RC_OK while nothing failed; else the failure as an error, named after tunnel, target,
 * stage and remedy. */
enum rc tunnel_dial_error(struct tunnel_dial *dial, struct error *err) MUST_USE;

#endif
