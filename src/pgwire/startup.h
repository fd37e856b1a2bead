#ifndef PGWIRE_STARTUP_H
#define PGWIRE_STARTUP_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/reader.h"

/* The first packets of a connection, which have a length and a code but no type byte.
 * Source: PostgreSQL 15 manual, 55.2.1 and 55.7; PostgreSQL 18 manual for protocol 3.2,
 * which differs from 3.0 only in the length of the cancel key. */

enum {
    PGWIRE_PROTOCOL_MAJOR = 3,
    PGWIRE_PROTOCOL_MINOR = 2,    /* the newest that we speak */
    PGWIRE_PROTOCOL_LONG_KEY = 2, /* minor version from which cancel keys may be long */
    PGWIRE_CANCEL_KEY_SHORT = 4,  /* bytes; all that 3.0 can carry */
    PGWIRE_CANCEL_KEY_MAX = 256,  /* bytes */
    PGWIRE_STARTUP_PARAMETERS = 256, /* more are refused with 54000 */
};

enum pgwire_first {
    PGWIRE_FIRST_STARTUP,
    PGWIRE_FIRST_SSL,
    PGWIRE_FIRST_GSSENC,
    PGWIRE_FIRST_CANCEL,
    PGWIRE_FIRST_UNKNOWN, /* a version that we do not speak */
};

/* Views into the packet; they live as long as its bytes. Texts are NUL-terminated but not
 * known to be UTF-8: their user checks that. */
struct pgwire_startup {
    uint16_t minor_asked;
    uint16_t minor;          /* agreed: what both sides speak from here on */
    const char *user;        /* never empty */
    const char *database;    /* NULL or "" when the client named none */
    const char *options;     /* NULL when the client gave none; "-c name=value ..." */
    const char *replication; /* NULL when the client gave none */
    uint16_t unknown_count;  /* of `_pq_.` protocol options: we know none */
    struct bytes pairs;      /* all parameters; see pgwire_startup_next() */
};

struct pgwire_cancel {
    uint32_t process_id;
    struct bytes key; /* 4 to 256 bytes; compare with secret_equal() */
};

/* What a packet is, by the code that stands behind its length word. */
enum pgwire_first pgwire_first_of_code(uint32_t code);

/* `packet` stands behind the length word and begins with the code. Errors end the
 * session: 08P01 (layout), 54000 (too many parameters), 28000 (no user), 0A000 (version).
 */
enum rc pgwire_startup_parse(struct bytes packet, struct pgwire_startup *startup_out,
                             struct error *err) MUST_USE;
enum rc pgwire_cancel_parse(struct bytes packet, struct pgwire_cancel *cancel_out,
                            struct error *err) MUST_USE;

/* 0A000 "unsupported frontend protocol ..."; returns RC_FAILED. */
enum rc pgwire_startup_refuse_version(uint32_t code, struct error *err);

/* Walks the run-time parameters in the order sent, leaving out user, database, options,
 * replication and protocol options. Start with `reader_of(startup->pairs)`; false at the
 * end. The same name may come twice: the later one counts, as in PostgreSQL. */
bool pgwire_startup_next(struct reader *at, const char **name_out,
                         const char **value_out);

/* True when the client asked for more than we speak: NegotiateProtocolVersion must be
 * written before any Authentication message. */
bool pgwire_startup_needs_negotiation(const struct pgwire_startup *startup);
void pgwire_write_negotiate_protocol_version(struct buffer *out,
                                             const struct pgwire_startup *startup);

/* The key must have four bytes unless the agreed minor version is at least
 * PGWIRE_PROTOCOL_LONG_KEY. */
void pgwire_write_backend_key_data(struct buffer *out, uint32_t process_id,
                                   struct bytes key);

#endif
