#ifndef SQL_PARSE_AST_STATEMENT_H
#define SQL_PARSE_AST_STATEMENT_H

#include "sql/parse/ast_definition.h"
#include "sql/parse/ast_materialize.h"
#include "sql/parse/ast_query.h"
#include "sql/parse/ast_session.h"

/* Statements that read or change rows, or the session; definitions of objects are in
 * ast_definition.h, Materialize's statements in ast_materialize.h. */

enum ast_statement_kind {
#define X(kind, name) STATEMENT_##kind,
#include "sql/parse/statements.def"
#undef X
    STATEMENT_KIND_COUNT,
};

struct ast_assignment {
    const char *column;
    struct ast_indirection_step *steps; /* SET a[1] = ..., SET a.b = ... */
    size_t step_count;
    struct ast_expression *value; /* EXPRESSION_DEFAULT for DEFAULT */
    /* (a, b) = source: `value` is the same for all of its columns, and these two tell
     * which. column_count is 0 for a plain assignment. */
    size_t column_index; /* from 0 */
    size_t column_count;
    struct ast_span span;
};

struct ast_assignment_list {
    struct ast_assignment *items;
    size_t count;
};

enum ast_conflict_action { CONFLICT_NONE, CONFLICT_NOTHING, CONFLICT_UPDATE };

struct ast_conflict {
    enum ast_conflict_action action;
    struct ast_index_element *elements; /* ON CONFLICT (a, (expression)) */
    size_t element_count;
    struct ast_expression *index_where;
    const char *constraint; /* ON CONFLICT ON CONSTRAINT x; NULL: none */
    struct ast_assignment_list set;
    struct ast_expression *where;
    struct ast_span span;
};

enum ast_overriding { OVERRIDING_NONE, OVERRIDING_USER, OVERRIDING_SYSTEM };

struct ast_insert {
    struct ast_with_clause *with;
    struct ast_name table;
    const char *alias;                  /* NULL: none */
    struct ast_assignment_list columns; /* without values; none: all columns */
    struct ast_query *source;           /* NULL: DEFAULT VALUES */
    enum ast_overriding overriding;
    struct ast_conflict conflict;
    struct ast_target_list returning;
};

struct ast_update {
    struct ast_with_clause *with;
    struct ast_from_item *table; /* a FROM_RELATION */
    struct ast_assignment_list set;
    struct ast_from_list from;
    struct ast_expression *where;
    struct ast_target_list returning;
};

struct ast_delete_rows {
    struct ast_with_clause *with;
    struct ast_from_item *table; /* a FROM_RELATION */
    struct ast_from_list using_items;
    struct ast_expression *where;
    struct ast_target_list returning;
};

struct ast_copy {
    struct ast_name table; /* count 0: `query` is copied */
    struct ast_column_list columns;
    struct ast_statement *query; /* a SELECT or a statement with RETURNING */
    bool is_from;                /* COPY ... FROM */
    bool is_program;
    const char *file;               /* NULL: STDIN or STDOUT */
    struct ast_define_list options; /* FORMAT, DELIMITER, ... with lower-case names */
    struct ast_expression *where;
};

struct ast_lock_table {
    struct ast_relation *relations;
    size_t relation_count;
    int mode; /* 1 ACCESS SHARE ... 8 ACCESS EXCLUSIVE, as in PostgreSQL 13.3.1 */
    bool nowait;
};

struct ast_vacuum {
    struct ast_define_list options;
    struct ast_name *relations;
    struct ast_column_list *columns; /* one list per relation */
    size_t relation_count;
};

struct ast_statement {
    enum ast_statement_kind kind;
    struct ast_span span;    /* all of its text, without the semicolon */
    int32_t parameter_count; /* highest $n; 0: none */
    union {
        struct ast_query *query;
        struct ast_insert *insert;
        struct ast_update *update;
        struct ast_delete_rows *delete_rows;
        struct ast_copy *copy;
        struct ast_prepare *prepare;
        struct ast_execute *execute;
        const char *deallocate; /* NULL: ALL */
        struct ast_declare_cursor *declare_cursor;
        struct ast_fetch *fetch;  /* FETCH, MOVE */
        const char *close_cursor; /* NULL: ALL */
        struct ast_transaction *transaction;
        struct ast_set *set; /* SET, RESET, ALTER_SYSTEM */
        struct ast_show *show;
        enum ast_discard discard;
        struct ast_notify *notify; /* LISTEN, UNLISTEN, NOTIFY */
        struct ast_explain *explain;
        struct ast_lock_table *lock_table;
        struct ast_expression *call;     /* CALL: an EXPRESSION_CALL */
        struct ast_define_list *options; /* DO */
        struct ast_vacuum *vacuum;       /* VACUUM, ANALYZE */
        /* ast_definition.h */
        struct ast_create_table *create_table;
        struct ast_create_table_as *create_table_as; /* CREATE_MATERIALIZED_VIEW too */
        struct ast_create_view *create_view;
        struct ast_create_index *create_index;
        struct ast_create_schema *create_schema;
        struct ast_create_database *create_database;
        struct ast_create_sequence *create_sequence; /* ALTER_SEQUENCE too */
        struct ast_create_role *create_role;         /* ALTER_ROLE too */
        struct ast_alter_table *alter_table;
        struct ast_alter_set *alter_set;       /* ALTER_ROLE_SET, ALTER_DATABASE_SET */
        struct ast_alter_object *alter_object; /* RENAME, OWNER, SET_SCHEMA, DATABASE */
        struct ast_drop *drop;                 /* DROP, DROP_DATABASE, DROP_ROLE */
        struct ast_drop_owned *drop_owned;     /* DROP_OWNED, REASSIGN_OWNED */
        struct ast_truncate *truncate;
        struct ast_comment *comment;
        struct ast_grant *grant;           /* GRANT, REVOKE, ALTER_DEFAULT_PRIVILEGES */
        struct ast_grant_role *grant_role; /* GRANT_ROLE, REVOKE_ROLE */
        /* ast_materialize.h */
        struct ast_create_secret *create_secret;
        struct ast_alter_secret *alter_secret;
        struct ast_create_connection *create_connection;
        struct ast_alter_connection *alter_connection;
        struct ast_validate_connection *validate_connection;
        struct ast_explain_connection *explain_connection;
        struct ast_show_objects *show_objects;
        struct ast_show_create *show_create;
        /* every other kind: its object's name, where it has one */
        struct ast_name *other;
    };
};

struct ast_statement_list {
    struct ast_statement **items;
    size_t count; /* 0: the string held no statement at all */
};

/* "CREATE TABLE". */
const char *sql_statement_kind_name(enum ast_statement_kind kind);

#endif
