#ifndef TUNNEL_STAGE_H
#define TUNNEL_STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rc.h"

struct error;

/* The way to a target through a bastion, in the order in which it is walked. */
enum tunnel_stage {
    TUNNEL_STAGE_NONE,
    TUNNEL_STAGE_RESOLVE, /* the bastion's own name, by us */
    TUNNEL_STAGE_CONNECT, /* TCP to the bastion */
    TUNNEL_STAGE_BANNER,  /* RFC 4253 4.2: "SSH-2.0-..." */
    TUNNEL_STAGE_KEY_EXCHANGE,
    TUNNEL_STAGE_HOST_KEY, /* is it a trusted bastion */
    TUNNEL_STAGE_LOGIN,    /* RFC 4252: are we a trusted user */
    TUNNEL_STAGE_FORWARD,  /* RFC 4254 7.2: the bastion reaches the target */
    TUNNEL_STAGE_CARRY,    /* all is up: bytes flow */
    TUNNEL_STAGE_COUNT,
};

/* "resolve", "key exchange", ...: as shown in SQL. */
const char *tunnel_stage_name(enum tunnel_stage stage);

/* Why a stage failed. Names (tunnel_cause_name) are an interface: users compare them. */
enum tunnel_cause {
#define X(name, text) TUNNEL_CAUSE_##name,
#include "tunnel/causes.def"
#undef X
    TUNNEL_CAUSE_COUNT,
};

/* "name_unknown", "refused", ... */
const char *tunnel_cause_name(enum tunnel_cause cause);

/* True for what another attempt in a moment will not cure: wrong keys, wrong host key.
 * Such attempts are repeated far more slowly, so that no bastion locks us out. */
bool tunnel_cause_is_refusal(enum tunnel_cause cause);

enum { TUNNEL_WORDS_MAX = 256, TUNNEL_EXPLANATION_MAX = 768 };

/* One failed step. A plain value: copy it freely. Peers' words in it hold printable
 * characters only. Never a secret. */
struct tunnel_failure {
    enum tunnel_stage stage; /* NONE: nothing failed */
    enum tunnel_cause cause;
    uint32_t reason;              /* RFC 4254 5.1, when a forward was refused; else 0 */
    char words[TUNNEL_WORDS_MAX]; /* what the peer or the system said, as ssh prints it */
    char
        explanation[TUNNEL_EXPLANATION_MAX]; /* more for DETAIL, whole sentences; or "" */
    char remedy[TUNNEL_EXPLANATION_MAX];     /* overrules the cause's remedy; or "" */
    int64_t at_wall_us;
};

/* Where it failed. Texts are borrowed for the call; all but `host` may be NULL. */
struct tunnel_hop {
    const char *name; /* of the connection */
    const char *host; /* the bastion */
    uint16_t port;
    const char *user;
    const char *target_host;
    uint16_t target_port;
};

/* Makes the value say "stage failed for cause"; words may be NULL. Control characters in
 * words become '?', trailing blanks and line ends go. */
void tunnel_failure_set(struct tunnel_failure *failure, enum tunnel_stage stage,
                        enum tunnel_cause cause, const char *words);

/* What to try, whole sentences; "" when there is nothing to say. Lives for ever, or as
 * long as the failure. */
const char *tunnel_failure_remedy(const struct tunnel_failure *failure);

/* Materialize's message (58000), hop and stage in DETAIL, remedy in HINT. Returns
 * RC_FAILED always. */
enum rc tunnel_failure_error(const struct tunnel_failure *failure,
                             const struct tunnel_hop *hop, struct error *err);

/* One stage that was walked. */
enum tunnel_verdict { TUNNEL_VERDICT_OK, TUNNEL_VERDICT_WARNING, TUNNEL_VERDICT_FAILED };
const char *tunnel_verdict_name(enum tunnel_verdict verdict);

enum { TUNNEL_ADDRESS_MAX = 320, TUNNEL_FOUND_MAX = 512 };

struct tunnel_stage_record {
    enum tunnel_stage stage;
    enum tunnel_verdict verdict;
    enum tunnel_cause cause;             /* NONE when it went well */
    char address[TUNNEL_ADDRESS_MAX];    /* what was asked or dialled */
    char found[TUNNEL_FOUND_MAX];        /* addresses, banner, cipher, print, ... */
    char remedy[TUNNEL_EXPLANATION_MAX]; /* "" when it went well */
    int64_t time_us;                     /* how long the stage took */
};

/* Each stage up to the first that failed. */
struct tunnel_trace {
    struct tunnel_stage_record records[TUNNEL_STAGE_COUNT];
    size_t count;
};

#endif
