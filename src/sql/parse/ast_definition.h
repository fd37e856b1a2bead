#ifndef SQL_PARSE_AST_DEFINITION_H
#define SQL_PARSE_AST_DEFINITION_H

#include "sql/parse/ast_query.h"
#include "sql/parse/ast_table.h"

/* Statements that define, change and drop objects in PostgreSQL's words. */

enum sql_object_kind {
#define X(kind, name, plural) SQL_OBJECT_##kind,
#include "sql/parse/objects.def"
#undef X
    SQL_OBJECT_KIND_COUNT,
};

/* "TABLE", "MATERIALIZED VIEW". */
const char *sql_object_kind_name(enum sql_object_kind kind);

/* "MATERIALIZED VIEWS", as SHOW names them; NULL: SHOW knows no such kind. */
const char *sql_object_kind_plural(enum sql_object_kind kind);

enum check_option { CHECK_OPTION_NONE, CHECK_OPTION_LOCAL, CHECK_OPTION_CASCADED };

struct create_view {
    struct name name;
    struct column_list columns;
    enum persistence persistence;
    bool or_replace;
    bool if_not_exists; /* Materialize's */
    struct define_list options;
    enum check_option check_option;
    struct query *query;
};

struct index_element {
    const char *column; /* NULL: an expression */
    struct expression *expression;
    struct name collation;
    struct name operator_class;
    enum sort_direction direction;
    enum sort_nulls nulls;
    struct span span;
};

struct create_index {
    const char *name; /* NULL: PostgreSQL chooses one */
    struct name table;
    bool is_only;
    bool is_unique;
    bool is_concurrent;
    bool if_not_exists;
    bool nulls_not_distinct;
    const char *method; /* "btree" */
    struct index_element *elements;
    size_t element_count;
    struct column_list including;
    struct define_list options;
    const char *tablespace;
    struct expression *where;
};

struct create_schema {
    struct name name;  /* may be empty when an owner is given */
    const char *owner; /* NULL: none */
    bool if_not_exists;
    struct statement **elements;
    size_t element_count;
};

struct create_database {
    const char *name;
    bool if_not_exists; /* Materialize's */
    struct define_list options;
};

struct create_sequence {
    struct name name;
    enum persistence persistence;
    bool if_not_exists;         /* ALTER: IF EXISTS */
    struct define_list options; /* as, start, increment, minvalue, maxvalue, cache, cycle,
                                   owned_by, restart; a bare minvalue is NO MINVALUE */
};

enum role_word { ROLE_WORD_ROLE, ROLE_WORD_USER, ROLE_WORD_GROUP };

struct create_role {
    enum role_word word;
    const char *name;
    struct define_list options; /* superuser, createdb, login, password, ... */
};

enum alter_table_kind {
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

struct alter_table_command {
    enum alter_table_kind kind;
    const char *name;
    const char *role;
    const char *what; /* for the 0A000 message */
    struct column_definition *column;
    struct constraint *constraint;
    struct expression *expression;
    struct define_list options;
    bool if_exists;
    bool if_not_exists;
    bool cascade;
};

/* ALTER TABLE, VIEW, INDEX, SEQUENCE, MATERIALIZED VIEW. */
struct alter_table {
    enum sql_object_kind object;
    struct name name;
    bool is_only;
    bool if_exists;
    struct alter_table_command *commands;
    size_t command_count;
};

/* ALTER ROLE x SET, ALTER DATABASE x SET. */
struct alter_set {
    const char *name;     /* NULL: ROLE ALL */
    const char *database; /* ALTER ROLE ... IN DATABASE d; NULL: none */
    struct set *set;
};

/* ALTER <object> x RENAME TO, OWNER TO, SET SCHEMA; ALTER DATABASE x options. */
struct alter_object {
    enum sql_object_kind object;
    struct name name;
    const char *column; /* what of it: a column's or constraint's former name */
    const char *to;     /* new name, owner or schema; role words as in comments below */
    bool if_exists;
    bool cascade;
    struct define_list options;
};

/* Roles are names, or PostgreSQL's words "current_user", "session_user", "current_role"
 * and "public", which a quoted identifier of that spelling yields too. */

struct drop {
    enum sql_object_kind object;
    struct name *names;
    size_t name_count;
    bool if_exists;
    bool cascade;
    bool is_concurrent;
    struct define_list options; /* DROP DATABASE x WITH (FORCE) */
};

struct drop_owned {
    struct text_list roles;
    bool cascade;
    const char *to; /* REASSIGN OWNED */
};

struct truncate {
    struct relation *relations;
    size_t relation_count;
    bool restart_identity;
    bool cascade;
};

struct comment {
    enum sql_object_kind object;
    struct name name;   /* of the object; for a COLUMN, of its relation */
    const char *column; /* a column's, constraint's or trigger's name; NULL: none */
    const char *text;   /* NULL: IS NULL */
};

enum grant_target { GRANT_ON_OBJECTS, GRANT_ON_ALL_IN_SCHEMA, GRANT_ON_DEFAULTS };

struct privilege {
    const char *name; /* lower case; NULL: ALL */
    struct column_list columns;
};

/* GRANT, REVOKE; ALTER DEFAULT PRIVILEGES with target GRANT_ON_DEFAULTS. */
struct grant {
    bool is_grant;
    enum grant_target target;
    enum sql_object_kind object;
    struct privilege *privileges; /* none: ALL PRIVILEGES */
    size_t privilege_count;
    struct name *names; /* of objects, or of schemas */
    size_t name_count;
    struct text_list roles;
    bool with_grant_option; /* REVOKE: GRANT OPTION FOR */
    const char *granted_by; /* NULL: none */
    bool cascade;
    struct text_list for_roles; /* ALTER DEFAULT PRIVILEGES FOR ROLE */
};

struct grant_role {
    bool is_grant;
    struct text_list granted;
    struct text_list roles;
    bool with_admin_option;
    const char *granted_by;
    bool cascade;
};

#endif
