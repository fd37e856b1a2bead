#ifndef PGWIRE_MESSAGE_H
#define PGWIRE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

/* What all messages share: their lists, limits and phases, and how one is framed.
 * Source: PostgreSQL 15 manual, chapter 55.7. */

enum {
    PGWIRE_LIMIT_STARTUP = 10000, /* first packet, without its length word */
    PGWIRE_LIMIT_SMALL = 10000,
    PGWIRE_LIMIT_PASSWORD = 65535,
    PGWIRE_LIMIT_LARGE = 0x3FFFFFFE, /* PostgreSQL's; a session has a lower one too */
    PGWIRE_LIMIT_DEFAULT = 64 * 1024 * 1024,
    PGWIRE_HEADER_LEN = 5, /* type byte and length word */
    PGWIRE_LENGTH_MIN = 4, /* the length word counts itself */
};

/* What a session is doing, as far as it decides which messages are legal. A set of bits.
 */
enum pgwire_phase {
    PGWIRE_PHASE_AUTHENTICATING = 1,
    PGWIRE_PHASE_READY = 2,
    PGWIRE_PHASE_SKIPPING = 4, /* after an error in the extended protocol, until Sync */
    PGWIRE_PHASE_COPYING = 8,  /* COPY FROM STDIN */
};

enum pgwire_frontend {
#define X(name, text, tag, limit, legal, ignored, until_sync) PGWIRE_FRONTEND_##name,
#include "pgwire/frontend.def"
#undef X
    PGWIRE_FRONTEND_COUNT
};

enum pgwire_backend {
#define X(name, text, tag) PGWIRE_BACKEND_##name,
#include "pgwire/backend.def"
#undef X
    PGWIRE_BACKEND_COUNT
};

/* A row of frontend.def. */
struct pgwire_frontend_rule {
    const char *name;
    char tag;
    uint32_t limit;
    unsigned legal;   /* phases, a set of enum pgwire_phase */
    unsigned ignored; /* phases */
    bool until_sync;
};

const struct pgwire_frontend_rule *pgwire_frontend_rule(enum pgwire_frontend message);
const char *pgwire_frontend_name(enum pgwire_frontend message);

/* PGWIRE_FRONTEND_COUNT when no message has this type byte. */
enum pgwire_frontend pgwire_frontend_of_tag(uint8_t tag);

const char *pgwire_backend_name(enum pgwire_backend message);
char pgwire_backend_tag(enum pgwire_backend message);

/* A message whose length word is filled by its end. Between the two calls the caller
 * appends to the buffer and consumes nothing from it. A message that passes the buffer's
 * limit, or 2 GiB, leaves the buffer failed: ask buffer_failed() before sending. */
struct pgwire_open {
    struct buffer *out;
    size_t start; /* of the type byte, counted from the buffer's own start */
};

struct pgwire_open pgwire_message_begin(struct buffer *out, enum pgwire_backend message);
void pgwire_message_end(struct pgwire_open open);

/* Takes the unfinished message back out of the buffer. */
void pgwire_message_abandon(struct pgwire_open open);

#endif
