#ifndef SQL_PARSE_AST_SESSION_H
#define SQL_PARSE_AST_SESSION_H

#include "sql/parse/ast_table.h"

/* Statements on what a session holds: prepared statements, cursors, the transaction,
 * settings, notifications. */

struct ast_statement;

struct ast_prepare {
    const char *name;
    struct ast_type_name **types;
    size_t type_count;
    struct ast_statement *statement;
};

struct ast_execute {
    const char *name;
    struct ast_expression_list arguments;
};

enum ast_cursor_option {
    CURSOR_BINARY = 1,
    CURSOR_SCROLL = 2,
    CURSOR_NO_SCROLL = 4,
    CURSOR_INSENSITIVE = 8,
    CURSOR_ASENSITIVE = 16,
    CURSOR_HOLD = 32,
};

struct ast_declare_cursor {
    const char *name;
    unsigned options; /* of enum ast_cursor_option */
    struct ast_query *query;
};

enum ast_fetch_direction {
    FETCH_FORWARD,
    FETCH_BACKWARD,
    FETCH_ABSOLUTE,
    FETCH_RELATIVE
};

/* FETCH and MOVE. */
struct ast_fetch {
    const char *cursor;
    enum ast_fetch_direction direction;
    int64_t count; /* INT64_MAX: ALL */
};

enum ast_isolation {
    ISOLATION_NONE,
    ISOLATION_READ_UNCOMMITTED,
    ISOLATION_READ_COMMITTED,
    ISOLATION_REPEATABLE_READ,
    ISOLATION_SERIALIZABLE,
    ISOLATION_OTHER, /* a word of Materialize's, in `other`: "strict serializable" */
};

enum ast_tristate { TRISTATE_UNSET, TRISTATE_FALSE, TRISTATE_TRUE };

struct ast_transaction_modes {
    enum ast_isolation isolation;
    enum ast_tristate read_only;
    enum ast_tristate deferrable;
    const char *other;
};

/* BEGIN, START TRANSACTION, COMMIT, ROLLBACK, SAVEPOINT, RELEASE, ROLLBACK TO, and the
 * two-phase statements. */
struct ast_transaction {
    struct ast_transaction_modes modes; /* BEGIN, START TRANSACTION */
    const char *savepoint;              /* SAVEPOINT, RELEASE, ROLLBACK TO */
    const char *gid;                    /* PREPARE TRANSACTION and what ends it */
    bool chain;                         /* AND CHAIN */
};

enum ast_set_kind {
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
struct ast_set {
    enum ast_set_kind kind;
    const char *name; /* as written, dots included; NULL where the kind needs none */
    bool is_local;
    struct ast_expression_list values; /* constants; INTERVAL '..' is a cast */
    struct ast_transaction_modes modes;
};

struct ast_show {
    const char *name; /* "all" for SHOW ALL */
};

enum ast_discard { DISCARD_ALL, DISCARD_PLANS, DISCARD_SEQUENCES, DISCARD_TEMPORARY };

struct ast_notify {
    const char *channel; /* NULL: UNLISTEN * */
    const char *payload; /* NULL: none */
};

struct ast_explain {
    struct ast_statement *statement;
    struct ast_define_list options; /* analyze, verbose, format, ...; lower case */
};

#endif
