#ifndef SQL_PARSE_AST_DEFINITION_H
#define SQL_PARSE_AST_DEFINITION_H

#include "sql/parse/ast_query.h"
#include "sql/parse/ast_table.h"

/* Statements that define, change and drop objects in PostgreSQL's words. */

enum ast_object_kind {
#define X(kind, name, plural) SQL_OBJECT_##kind,
#include "sql/parse/objects.def"
#undef X
    SQL_OBJECT_KIND_COUNT,
};

/* "TABLE", "MATERIALIZED VIEW". */
const char *sql_object_kind_name(enum ast_object_kind kind);

/* "MATERIALIZED VIEWS", as SHOW names them; NULL: SHOW knows no such kind. */
const char *sql_object_kind_plural(enum ast_object_kind kind);

enum ast_check_option { CHECK_OPTION_NONE, CHECK_OPTION_LOCAL, CHECK_OPTION_CASCADED };

struct ast_create_view {
    struct ast_name name;
    struct ast_column_list columns;
    enum ast_persistence persistence;
    bool or_replace;
    bool if_not_exists; /* Materialize's */
    struct ast_define_list options;
    enum ast_check_option check_option;
    struct ast_query *query;
};

struct ast_index_element {
    const char *column; /* NULL: an expression */
    struct ast_expression *expression;
    struct ast_name collation;
    struct ast_name operator_class;
    enum ast_sort_direction direction;
    enum ast_sort_nulls nulls;
    struct ast_span span;
};

struct ast_create_index {
    const char *name; /* NULL: PostgreSQL chooses one */
    struct ast_name table;
    bool is_only;
    bool is_unique;
    bool is_concurrent;
    bool if_not_exists;
    bool nulls_not_distinct;
    const char *method; /* "btree" */
    struct ast_index_element *elements;
    size_t element_count;
    struct ast_column_list including;
    struct ast_define_list options;
    const char *tablespace;
    struct ast_expression *where;
};

struct ast_create_schema {
    struct ast_name name; /* may be empty when an owner is given */
    const char *owner;    /* NULL: none */
    bool if_not_exists;
    struct ast_statement **elements;
    size_t element_count;
};

struct ast_create_database {
    const char *name;
    bool if_not_exists; /* Materialize's */
    struct ast_define_list options;
};

struct ast_create_sequence {
    struct ast_name name;
    enum ast_persistence persistence;
    bool if_not_exists; /* ALTER: IF EXISTS */
    struct ast_define_list
        options; /* as, start, increment, minvalue, maxvalue, cache, cycle,
                owned_by, restart; a bare minvalue is NO MINVALUE */
};

enum ast_role_word { ROLE_WORD_ROLE, ROLE_WORD_USER, ROLE_WORD_GROUP };

struct ast_create_role {
    enum ast_role_word word;
    const char *name;
    struct ast_define_list options; /* superuser, createdb, login, password, ... */
};

enum ast_alter_table_kind {
    ALTER_ADD_COLUMN,     /* column; if_not_exists */
    ALTER_DROP_COLUMN,    /* name; if_exists; cascade */
    ALTER_COLUMN_TYPE,    /* name; column->type, collation; expression: USING */
    ALTER_COLUMN_DEFAULT, /* name; expression, NULL drops it */
    ALTER_SET_NOT_NULL,
    ALTER_DROP_NOT_NULL,
    ALTER_ADD_IDENTITY,  /* constraint */
    ALTER_SET_IDENTITY,  /* options */
    ALTER_DROP_IDENTITY, /* if_exists */
    ALTER_DROP_EXPRESSION,
    ALTER_ADD_CONSTRAINT,
    ALTER_DROP_CONSTRAINT,
    ALTER_VALIDATE_CONSTRAINT,
    ALTER_ALTER_CONSTRAINT, /* constraint */
    ALTER_CHANGE_OWNER,     /* role */
    ALTER_SET_OPTIONS,      /* options */
    ALTER_RESET_OPTIONS,
    ALTER_UNSUPPORTED, /* what */
};

struct ast_alter_table_command {
    enum ast_alter_table_kind kind;
    const char *name;
    const char *role;
    const char *what; /* for the 0A000 message */
    struct ast_column_definition *column;
    struct ast_constraint *constraint;
    struct ast_expression *expression;
    struct ast_define_list options;
    bool if_exists;
    bool if_not_exists;
    bool cascade;
};

/* ALTER TABLE, VIEW, INDEX, SEQUENCE, MATERIALIZED VIEW. */
struct ast_alter_table {
    enum ast_object_kind object;
    struct ast_name name;
    bool is_only;
    bool if_exists;
    struct ast_alter_table_command *commands;
    size_t command_count;
};

/* ALTER ROLE x SET, ALTER DATABASE x SET. */
struct ast_alter_set {
    const char *name;     /* NULL: ROLE ALL */
    const char *database; /* ALTER ROLE ... IN DATABASE d; NULL: none */
    struct ast_set *set;
};

/* ALTER <object> x RENAME TO, OWNER TO, SET SCHEMA; ALTER DATABASE x options. */
struct ast_alter_object {
    enum ast_object_kind object;
    struct ast_name name;
    const char *column; /* what of it: a column's or constraint's former name */
    const char *to;     /* new name, owner or schema; role words as in comments below */
    bool if_exists;
    bool cascade;
    struct ast_define_list options;
};

/* Roles are names, or PostgreSQL's words "current_user", "session_user", "current_role"
 * and "public", which a quoted identifier of that spelling yields too. */

struct ast_drop {
    enum ast_object_kind object;
    struct ast_name *names;
    size_t name_count;
    bool if_exists;
    bool cascade;
    bool is_concurrent;
    struct ast_define_list options; /* DROP DATABASE x WITH (FORCE) */
};

struct ast_drop_owned {
    struct ast_text_list roles;
    bool cascade;
    const char *to; /* REASSIGN OWNED */
};

struct ast_truncate {
    struct ast_relation *relations;
    size_t relation_count;
    bool restart_identity;
    bool cascade;
};

struct ast_comment {
    enum ast_object_kind object;
    struct ast_name name; /* of the object; for a COLUMN, of its relation */
    const char *column;   /* a column's, constraint's or trigger's name; NULL: none */
    const char *text;     /* NULL: IS NULL */
};

enum ast_grant_target { GRANT_ON_OBJECTS, GRANT_ON_ALL_IN_SCHEMA, GRANT_ON_DEFAULTS };

struct ast_privilege {
    const char *name; /* lower case; NULL: ALL */
    struct ast_column_list columns;
};

/* GRANT, REVOKE; ALTER DEFAULT PRIVILEGES with target GRANT_ON_DEFAULTS. */
struct ast_grant {
    bool is_grant;
    enum ast_grant_target target;
    enum ast_object_kind object;
    struct ast_privilege *privileges; /* none: ALL PRIVILEGES */
    size_t privilege_count;
    struct ast_name *names; /* of objects, or of schemas */
    size_t name_count;
    struct ast_text_list roles;
    bool with_grant_option; /* REVOKE: GRANT OPTION FOR */
    const char *granted_by; /* NULL: none */
    bool cascade;
    struct ast_text_list for_roles; /* ALTER DEFAULT PRIVILEGES FOR ROLE */
};

struct ast_grant_role {
    bool is_grant;
    struct ast_text_list granted;
    struct ast_text_list roles;
    bool with_admin_option;
    const char *granted_by;
    bool cascade;
};

#endif
