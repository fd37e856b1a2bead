#ifndef SQL_PARSE_AST_STATEMENT_H
#define SQL_PARSE_AST_STATEMENT_H

#include "sql/parse/ast_definition.h"
#include "sql/parse/ast_materialize.h"
#include "sql/parse/ast_query.h"
#include "sql/parse/ast_session.h"

/* Statements that read or change rows, or the session; definitions of objects are in
 * ast_definition.h, Materialize's statements in ast_materialize.h. */

enum statement_kind {
#define X(kind, name) STATEMENT_##kind,
#include "sql/parse/statements.def"
#undef X
    STATEMENT_KIND_COUNT,
};

struct assignment {
    const char *column;
    struct indirection_step *steps; /* SET a[1] = ..., SET a.b = ... */
    size_t step_count;
    struct expression *value; /* EXPRESSION_DEFAULT for DEFAULT */
    /* (a, b) = source: `value` is the same for all of its columns, and these two tell
     * which. column_count is 0 for a plain assignment. */
    size_t column_index; /* from 0 */
    size_t column_count;
    struct span span;
};

struct assignment_list {
    struct assignment *items;
    size_t count;
};

enum conflict_action { CONFLICT_NONE, CONFLICT_NOTHING, CONFLICT_UPDATE };

struct conflict {
    enum conflict_action action;
    struct index_element *elements; /* ON CONFLICT (a, (expression)) */
    size_t element_count;
    struct expression *index_where;
    const char *constraint; /* ON CONFLICT ON CONSTRAINT x; NULL: none */
    struct assignment_list set;
    struct expression *where;
    struct span span;
};

enum overriding { OVERRIDING_NONE, OVERRIDING_USER, OVERRIDING_SYSTEM };

struct insert {
    struct with_clause *with;
    struct name table;
    const char *alias;              /* NULL: none */
    struct assignment_list columns; /* without values; none: all columns */
    struct query *source;           /* NULL: DEFAULT VALUES */
    enum overriding overriding;
    struct conflict conflict;
    struct target_list returning;
};

struct update {
    struct with_clause *with;
    struct from_item *table; /* a FROM_RELATION */
    struct assignment_list set;
    struct from_list from;
    struct expression *where;
    struct target_list returning;
};

struct delete_rows {
    struct with_clause *with;
    struct from_item *table; /* a FROM_RELATION */
    struct from_list using_items;
    struct expression *where;
    struct target_list returning;
};

struct copy {
    struct name table; /* count 0: `query` is copied */
    struct column_list columns;
    struct statement *query; /* a SELECT or a statement with RETURNING */
    bool is_from;            /* COPY ... FROM */
    bool is_program;
    const char *file;           /* NULL: STDIN or STDOUT */
    struct define_list options; /* FORMAT, DELIMITER, ... with lower-case names */
    struct expression *where;
};

struct lock_table {
    struct relation *relations;
    size_t relation_count;
    int mode; /* 1 ACCESS SHARE ... 8 ACCESS EXCLUSIVE, as in PostgreSQL 13.3.1 */
    bool nowait;
};

struct vacuum {
    struct define_list options;
    struct name *relations;
    struct column_list *columns; /* one list per relation */
    size_t relation_count;
};

struct statement {
    enum statement_kind kind;
    struct span span;        /* all of its text, without the semicolon */
    int32_t parameter_count; /* highest $n; 0: none */
    union {
        struct query *query;
        struct insert *insert;
        struct update *update;
        struct delete_rows *delete_rows;
        struct copy *copy;
        struct prepare *prepare;
        struct execute *execute;
        const char *deallocate; /* NULL: ALL */
        struct declare_cursor *declare_cursor;
        struct fetch *fetch;      /* FETCH, MOVE */
        const char *close_cursor; /* NULL: ALL */
        struct transaction *transaction;
        struct set *set; /* SET, RESET, ALTER_SYSTEM */
        struct show *show;
        enum discard discard;
        struct notify *notify; /* LISTEN, UNLISTEN, NOTIFY */
        struct explain *explain;
        struct lock_table *lock_table;
        struct expression *call;     /* CALL: an EXPRESSION_CALL */
        struct define_list *options; /* DO */
        struct vacuum *vacuum;       /* VACUUM, ANALYZE */
        /* ast_definition.h */
        struct create_table *create_table;
        struct create_table_as *create_table_as; /* CREATE_MATERIALIZED_VIEW too */
        struct create_view *create_view;
        struct create_index *create_index;
        struct create_schema *create_schema;
        struct create_database *create_database;
        struct create_sequence *create_sequence; /* ALTER_SEQUENCE too */
        struct create_role *create_role;         /* ALTER_ROLE too */
        struct alter_table *alter_table;
        struct alter_set *alter_set;       /* ALTER_ROLE_SET, ALTER_DATABASE_SET */
        struct alter_object *alter_object; /* RENAME, OWNER, SET_SCHEMA, DATABASE */
        struct drop *drop;                 /* DROP, DROP_DATABASE, DROP_ROLE */
        struct drop_owned *drop_owned;     /* DROP_OWNED, REASSIGN_OWNED */
        struct truncate *truncate;
        struct comment *comment;
        struct grant *grant;           /* GRANT, REVOKE, ALTER_DEFAULT_PRIVILEGES */
        struct grant_role *grant_role; /* GRANT_ROLE, REVOKE_ROLE */
        /* ast_materialize.h */
        struct create_secret *create_secret;
        struct alter_secret *alter_secret;
        struct create_connection *create_connection;
        struct alter_connection *alter_connection;
        struct validate_connection *validate_connection;
        struct explain_connection *explain_connection;
        struct show_objects *show_objects;
        struct show_create *show_create;
        /* every other kind: its object's name, where it has one */
        struct name *other;
    };
};

struct statement_list {
    struct statement **items;
    size_t count; /* 0: the string held no statement at all */
};

/* "CREATE TABLE". */
const char *sql_statement_kind_name(enum statement_kind kind);

#endif
