#ifndef SQL_PARSE_AST_SESSION_H
#define SQL_PARSE_AST_SESSION_H

#include "sql/parse/ast_table.h"

/* Statements on what a session holds: prepared statements, cursors, the transaction,
 * settings, notifications. */

struct statement;

struct prepare {
    const char *name;
    struct type_name **types;
    size_t type_count;
    struct statement *statement;
};

struct execute {
    const char *name;
    struct expression_list arguments;
};

enum cursor_option {
    CURSOR_BINARY = 1,
    CURSOR_SCROLL = 2,
    CURSOR_NO_SCROLL = 4,
    CURSOR_INSENSITIVE = 8,
    CURSOR_ASENSITIVE = 16,
    CURSOR_HOLD = 32,
};

struct declare_cursor {
    const char *name;
    unsigned options; /* of enum cursor_option */
    struct query *query;
};

enum fetch_direction { FETCH_FORWARD, FETCH_BACKWARD, FETCH_ABSOLUTE, FETCH_RELATIVE };

/* FETCH and MOVE. */
struct fetch {
    const char *cursor;
    enum fetch_direction direction;
    int64_t count; /* INT64_MAX: ALL */
};

enum isolation {
    ISOLATION_NONE,
    ISOLATION_READ_UNCOMMITTED,
    ISOLATION_READ_COMMITTED,
    ISOLATION_REPEATABLE_READ,
    ISOLATION_SERIALIZABLE,
    ISOLATION_OTHER, /* a word of Materialize's, in `other`: "strict serializable" */
};

enum tristate { TRISTATE_UNSET, TRISTATE_FALSE, TRISTATE_TRUE };

struct transaction_modes {
    enum isolation isolation;
    enum tristate read_only;
    enum tristate deferrable;
    const char *other;
};

/* BEGIN, START TRANSACTION, COMMIT, ROLLBACK, SAVEPOINT, RELEASE, ROLLBACK TO, and the
 * two-phase statements. */
struct transaction {
    struct transaction_modes modes; /* BEGIN, START TRANSACTION */
    const char *savepoint;          /* SAVEPOINT, RELEASE, ROLLBACK TO */
    const char *gid;                /* PREPARE TRANSACTION and what ends it */
    bool chain;                     /* AND CHAIN */
};

enum set_kind {
    SET_VALUE,                   /* SET x = v, ... */
    SET_DEFAULT,                 /* SET x = DEFAULT, SET TIME ZONE LOCAL */
    SET_CURRENT,                 /* SET x FROM CURRENT (functions only) */
    SET_TRANSACTION,             /* SET TRANSACTION modes, in `modes` */
    SET_SESSION_CHARACTERISTICS, /* ... AS TRANSACTION modes */
    SET_TRANSACTION_SNAPSHOT,    /* the snapshot's id is the only value */
    RESET_ONE,
    RESET_ALL,
};

/* SET and RESET. SET TIME ZONE x is `timezone`, SET NAMES x is `client_encoding`, SET
 * SESSION AUTHORIZATION x is `session_authorization`, SET ROLE x is `role`. */
struct set {
    enum set_kind kind;
    const char *name; /* as written, dots included; NULL where the kind needs none */
    bool is_local;
    struct expression_list values; /* constants; INTERVAL '..' is a cast */
    struct transaction_modes modes;
};

struct show {
    const char *name; /* "all" for SHOW ALL */
};

enum discard { DISCARD_ALL, DISCARD_PLANS, DISCARD_SEQUENCES, DISCARD_TEMPORARY };

struct notify {
    const char *channel; /* NULL: UNLISTEN * */
    const char *payload; /* NULL: none */
};

struct explain {
    struct statement *statement;
    struct define_list options; /* analyze, verbose, format, ...; lower case */
};

#endif
