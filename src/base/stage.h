#ifndef BASE_STAGE_H
#define BASE_STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rc.h"

/* The way to a target, in the order in which it is walked: by tunnels through a bastion,
 * then by connectors to what answers there. */
enum stage {
    STAGE_NONE,
    STAGE_RESOLVE, /* the bastion's own name, or a direct target's, by us */
    STAGE_CONNECT, /* TCP to the bastion, or to a direct target */
    STAGE_BANNER,  /* RFC 4253 4.2: "SSH-2.0-..." */
    STAGE_KEY_EXCHANGE,
    STAGE_HOST_KEY,     /* is it a trusted bastion */
    STAGE_LOGIN,        /* RFC 4252: are we a trusted user */
    STAGE_FORWARD,      /* RFC 4254 7.2: the bastion reaches the target */
    STAGE_CARRY,        /* all of the tunnel is up: bytes flow */
    STAGE_ANSWER,       /* the target speaks, and the protocol that we expect */
    STAGE_TLS,          /* with the target: is it a trusted one */
    STAGE_TARGET_LOGIN, /* does the target trust us */
    STAGE_SETTINGS,     /* privileges and settings that a source needs */
    STAGE_COUNT,
};

/* "resolve", "key exchange", ...: as shown in SQL. */
const char *stage_name(enum stage stage);

/* Why a stage failed. Names (stage_cause_name) are an interface: users compare them. */
enum stage_cause {
#define X(identifier, name, text, remedy) STAGE_CAUSE_##identifier,
#include "base/stage_causes.def"
#undef X
    STAGE_CAUSE_COUNT,
};

/* "name_unknown", "refused", ... */
const char *stage_cause_name(enum stage_cause cause);

/* "no such host name", ...: no capital, no full stop. */
const char *stage_cause_text(enum stage_cause cause);

/* True for what another attempt in a moment will not cure: wrong keys, wrong host key,
 * wrong password. Such attempts are repeated far more slowly, so that nobody locks us
 * out. */
bool stage_cause_is_refusal(enum stage_cause cause);

enum { STAGE_WORDS_MAX = 256, STAGE_EXPLANATION_MAX = 768 };

/* One failed step. A plain value: copy it freely. Peers' words in it hold printable
 * characters only. Never a secret. */
struct stage_failure {
    enum stage stage; /* NONE: nothing failed */
    enum stage_cause cause;
    uint32_t reason;             /* RFC 4254 5.1, when a forward was refused; else 0 */
    char words[STAGE_WORDS_MAX]; /* what the peer or the system said, as it is printed */
    char explanation[STAGE_EXPLANATION_MAX]; /* more for DETAIL, sentences; or "" */
    char remedy[STAGE_EXPLANATION_MAX];      /* overrules the cause's remedy; or "" */
    int64_t at_wall_us;
};

/* Makes the value say "stage failed for cause"; words may be NULL. Control characters in
 * words become '?', trailing blanks and line ends go. */
void stage_failure_set(struct stage_failure *failure, enum stage stage,
                       enum stage_cause cause, const char *words);

/* What to try, whole sentences; "" when there is nothing to say. Lives for ever, or as
 * long as the failure. */
const char *stage_failure_remedy(const struct stage_failure *failure);

/* Materialize's message for a failure in an SSH tunnel: its own words, then ssh's. Cut to
 * `size`. */
void stage_tunnel_message(const struct stage_failure *failure, char *out, size_t size);

/* One stage that was walked. */
enum stage_verdict { STAGE_VERDICT_OK, STAGE_VERDICT_WARNING, STAGE_VERDICT_FAILED };
const char *stage_verdict_name(enum stage_verdict verdict);

enum {
    STAGE_HOP_MAX = 64,
    STAGE_ADDRESS_MAX = 320,
    STAGE_FOUND_MAX = 512,
    STAGE_RECORDS_MAX = 32,
};

struct stage_record {
    char hop[STAGE_HOP_MAX]; /* name of the connection whose part of the way this is */
    enum stage stage;
    enum stage_verdict verdict;
    enum stage_cause cause;             /* NONE when it went well */
    char address[STAGE_ADDRESS_MAX];    /* what was asked or dialled */
    char found[STAGE_FOUND_MAX];        /* addresses, banner, cipher, print, ... */
    char remedy[STAGE_EXPLANATION_MAX]; /* "" when it went well */
    int64_t time_us;                    /* how long the stage took; 0: it runs */
};

/* Each stage up to the first that failed. Some 50 KiB: keep it off small stacks. */
struct stage_trace {
    struct stage_record records[STAGE_RECORDS_MAX];
    size_t count;
};

/* Appends a record that says OK, for the caller to fill in. Texts that are too long are
 * cut; a full trace gives its last record again. */
struct stage_record *stage_trace_add(struct stage_trace *trace, const char *hop,
                                     enum stage stage, const char *address);

/* What was found, made printable. */
void stage_record_found(struct stage_record *record, const char *found);

/* Verdict, cause, remedy, and the words where nothing better was found. */
void stage_record_fail(struct stage_record *record, const struct stage_failure *failure);

#endif
