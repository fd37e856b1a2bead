#ifndef SQL_PARSE_AST_MATERIALIZE_H
#define SQL_PARSE_AST_MATERIALIZE_H

#include "sql/parse/ast_definition.h"

/* Materialize's statements on secrets, connections and objects. Options are kept as they
 * were written: which names a kind knows, and of what type, is for the binder to say. */

enum ast_option_value_kind {
    OPTION_VALUE_NONE,    /* VALIDATE alone */
    OPTION_VALUE_STRING,  /* 'text' */
    OPTION_VALUE_NUMBER,  /* 22, 1.5, -1: in `text` as written */
    OPTION_VALUE_NAME,    /* bare or quoted identifier, maybe qualified: `name`; `text` is
                             the word when it is a single one */
    OPTION_VALUE_SECRET,  /* SECRET name */
    OPTION_VALUE_LIST,    /* ('a', 'b') or ['a', 'b']: `items` */
    OPTION_VALUE_ADDRESS, /* 'host:port' USING ..., MATCHING 'glob' USING ..., or a name
                             with its own options: AWS PRIVATELINK c (PORT n) */
};

enum ast_address_route { ADDRESS_DIRECT, ADDRESS_SSH_TUNNEL, ADDRESS_AWS_PRIVATELINK };

struct ast_option_value_written {
    enum ast_option_value_kind kind;
    const char *text; /* STRING, NUMBER, one-word NAME; ADDRESS: the address, or NULL */
    struct ast_name name; /* NAME; SECRET; ADDRESS: the tunnel's or endpoint's name */
    struct ast_option_value_written *items; /* LIST */
    size_t item_count;
    enum ast_address_route route;       /* ADDRESS */
    bool is_matching;                   /* ADDRESS: MATCHING 'glob' */
    struct ast_option_written *options; /* ADDRESS: (PORT n, AVAILABILITY ZONE 'z') */
    size_t option_count;
    struct ast_span span;
};

struct ast_option_written {
    const char *name; /* capitals, one blank between words: "SSL MODE" */
    struct ast_option_value_written value;
    struct ast_span span; /* of the name */
};

struct ast_option_written_list {
    struct ast_option_written *items;
    size_t count;
};

struct ast_create_secret {
    struct ast_name name;
    bool if_not_exists;
    struct ast_expression *value;
};

enum ast_alter_secret_kind {
    ALTER_SECRET_VALUE,
    ALTER_SECRET_RENAME,
    ALTER_SECRET_OWNER
};

struct ast_alter_secret {
    enum ast_alter_secret_kind kind;
    struct ast_name name;
    bool if_exists;
    struct ast_expression *value; /* VALUE */
    const char *to;               /* RENAME, OWNER */
};

struct ast_create_connection {
    struct ast_name name;
    bool if_not_exists;
    const char *type; /* "SSH TUNNEL", "CONFLUENT SCHEMA REGISTRY": capitals */
    struct ast_span type_span;
    struct ast_option_written_list options;
    struct ast_option_written_list with; /* WITH (VALIDATE = false) */
};

enum ast_alter_connection_kind {
    ALTER_CONNECTION_OPTIONS,     /* changes */
    ALTER_CONNECTION_ROTATE_KEYS, /* `changes` holds the others when it was mixed */
    ALTER_CONNECTION_RENAME,
    ALTER_CONNECTION_OWNER,
};

enum ast_connection_change_kind {
    CONNECTION_CHANGE_SET,
    CONNECTION_CHANGE_DROP,
    CONNECTION_CHANGE_RESET,
    CONNECTION_CHANGE_ROTATE_KEYS
};

/* One option of SET (...), DROP (...) or RESET (...); DROP and RESET give no value. */
struct ast_connection_change {
    enum ast_connection_change_kind kind;
    struct ast_option_written option; /* ROTATE_KEYS: none */
};

struct ast_alter_connection {
    enum ast_alter_connection_kind kind;
    struct ast_name name;
    bool if_exists;
    struct ast_connection_change *changes; /* in written order */
    size_t change_count;
    struct ast_option_written_list with;
    const char *to; /* RENAME, OWNER */
};

struct ast_validate_connection {
    struct ast_name name;
};

/* EXPLAIN [ANALYZE] CONNECTION n [TO 'host:port']. */
struct ast_explain_connection {
    struct ast_name name;
    bool is_analyze;
    const char *to; /* NULL: none */
    struct ast_span to_span;
};

/* SHOW <objects> [FROM x] [ON y] [IN CLUSTER c] [LIKE 'p' | WHERE e]. */
struct ast_show_objects {
    enum ast_object_kind object; /* COLUMN for SHOW COLUMNS; ANY for SHOW OBJECTS */
    bool is_all;                 /* SHOW ALL OBJECTS, SHOW FULL ...: accepted, noted */
    struct ast_name from;        /* schema; database for SCHEMAS; relation for COLUMNS */
    struct ast_name on;          /* ON source or relation */
    const char *cluster;         /* IN CLUSTER; NULL: none */
    const char *role; /* PRIVILEGES, ROLE MEMBERSHIP ... FOR role; NULL: none */
    const char *like; /* NULL: none */
    struct ast_expression *where;
    struct ast_span span;
};

/* SHOW [REDACTED] CREATE <kind> name. */
struct ast_show_create {
    bool is_redacted;
    enum ast_object_kind object;
    struct ast_name name;
};

#endif
