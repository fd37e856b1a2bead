#ifndef BASE_OPTION_H
#define BASE_OPTION_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/rc.h"

struct error;

/* The options of a connection kind, declared by whoever owns the kind (tunnel/ and each
 * connector) and read by the SQL front end, which thus needs to know no kind. */

/* What may stand as an option's value. */
enum option_type {
    OPTION_TEXT,           /* a literal or a bare identifier */
    OPTION_TEXT_OR_SECRET, /* the same, or SECRET name */
    OPTION_SECRET,         /* only SECRET name */
    OPTION_PORT,           /* 0 .. 65535 */
    OPTION_INTEGER,
    OPTION_BOOL,
    OPTION_TEXT_LIST,
    OPTION_CONNECTION,   /* the name of a connection, such as an SSH tunnel */
    OPTION_ADDRESS_LIST, /* 'host:port' [USING SSH TUNNEL name] ..., one or many */
};

struct option_spec {
    const char *name; /* capitals, words separated by one blank: "SSL MODE" */
    enum option_type type;
    bool is_internal;      /* stored and shown, but refused in a user's statement */
    bool is_inalterable;   /* ALTER CONNECTION may not touch it */
    bool defaults_to_role; /* missing at CREATE: takes the creating role's name as its
                            * text, and a NOTICE says so */
};

/* One address of an OPTION_ADDRESS_LIST. */
struct option_address {
    const char *address;   /* as written: 'host:port' */
    const char *tunnel_id; /* catalog id of the tunnel connection; NULL: none named */
    bool is_matching;      /* MATCHING: the address is a pattern, a rule for addresses
                            * that are learnt later */
};

/* One given value, names resolved. `spec` points into the kind's table. Texts and lists
 * live as long as the arena that the set was made in. */
struct option_value {
    const struct option_spec *spec;
    const char *text;          /* TEXT, TEXT_OR_SECRET with a literal; else NULL */
    const char *secret_id;     /* catalog id of the secret; NULL when it is a literal */
    const char *connection_id; /* OPTION_CONNECTION */
    int64_t number;            /* PORT, INTEGER, BOOL (0 or 1) */
    const char **items;        /* TEXT_LIST */
    struct option_address *addresses;
    size_t item_count; /* of items or addresses */
};

struct option_set {
    struct option_value *values; /* sorted by place of their spec in the kind's table */
    size_t count;
};

/* NULL when the option was not given. */
const struct option_value *option_find(const struct option_set *set, const char *name);

/* The literal text, or NULL when it was not given or is a secret. */
const char *option_text(const struct option_set *set, const char *name);

/* A kind of connection: what CREATE CONNECTION ... TO <sql_name> means. */
struct connection_kind {
    const char *sql_name;            /* "SSH TUNNEL": as in SQL and in messages */
    const char *catalog_name;        /* "ssh-tunnel": mz_connections.type */
    const struct option_spec *specs; /* in declaration order, which messages follow */
    size_t spec_count;
    bool has_key_pairs;       /* gets two Ed25519 pairs at CREATE, knows ROTATE KEYS */
    bool validates_on_create; /* default of WITH (VALIDATE) */

    /* Checks the set as a whole, in Materialize's order and words; fills no defaults. */
    enum rc (*check)(const struct option_set *set, struct error *err);
};

/* The spec of this name, or NULL. */
const struct option_spec *connection_kind_option(const struct connection_kind *kind,
                                                 const char *name);

#endif
