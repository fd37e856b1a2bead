#ifndef SQL_PARSE_AST_TABLE_H
#define SQL_PARSE_AST_TABLE_H

#include "sql/parse/ast_query.h"

/* Tables as they are defined: columns, constraints, and the generic options that many
 * definitions share. */

/* A generic `name [=] value`. The value is given as all that it may mean: a bare word is
 * `text` and a `name_value` of one part. With none of them only the name was written. */
struct ast_define {
    const char *space;          /* "toast" in toast.x; NULL: none */
    const char *name;           /* lower case */
    const char *text;           /* string or bare word; a number as written; "true" */
    bool is_number;             /* `text` is a number */
    bool is_star;               /* FORCE_QUOTE * */
    struct ast_name name_value; /* a type's or qualified name */
    struct ast_text_list list;
    struct ast_text_list roles; /* a list of roles */
    struct ast_span span;
};

struct ast_define_list {
    struct ast_define *items;
    size_t count;
};

enum ast_constraint_kind {
    CONSTRAINT_NULL,
    CONSTRAINT_NOT_NULL,
    CONSTRAINT_DEFAULT,   /* expression */
    CONSTRAINT_IDENTITY,  /* options; is_always */
    CONSTRAINT_GENERATED, /* expression, STORED */
    CONSTRAINT_CHECK,     /* expression */
    CONSTRAINT_PRIMARY_KEY,
    CONSTRAINT_UNIQUE,
    CONSTRAINT_EXCLUSION,
    CONSTRAINT_FOREIGN_KEY, /* REFERENCES of a column too: columns is empty then */
};

enum ast_foreign_action {
    FOREIGN_NO_ACTION,
    FOREIGN_RESTRICT,
    FOREIGN_CASCADE,
    FOREIGN_SET_NULL,
    FOREIGN_SET_DEFAULT
};
enum ast_foreign_match {
    FOREIGN_MATCH_SIMPLE,
    FOREIGN_MATCH_FULL,
    FOREIGN_MATCH_PARTIAL
};

struct ast_constraint {
    enum ast_constraint_kind kind;
    const char *name; /* NULL: none given */
    struct ast_expression *expression;
    struct ast_column_list columns; /* key columns */
    struct ast_column_list including;
    struct ast_define_list options; /* identity's sequence options; WITH (...) */
    const char *using_index;        /* ADD CONSTRAINT ... USING INDEX x */
    struct ast_name references;
    struct ast_column_list referenced;
    enum ast_foreign_action on_update;
    enum ast_foreign_action on_delete;
    struct ast_column_list set_columns; /* ON DELETE SET NULL (a) */
    enum ast_foreign_match match;
    bool is_always; /* GENERATED ALWAYS */
    bool nulls_not_distinct;
    bool is_deferrable;
    bool is_initially_deferred;
    bool is_no_inherit;
    bool is_not_valid;
    struct ast_span span;
};

struct ast_column_definition {
    const char *name;
    struct ast_type_name *type; /* NULL in CREATE TABLE OF and for typed tables */
    struct ast_name collation;
    struct ast_constraint *constraints;
    size_t constraint_count;
    struct ast_span span;
};

enum ast_like_option {
    LIKE_OPTION_COMMENTS = 1,
    LIKE_OPTION_COMPRESSION = 2,
    LIKE_OPTION_CONSTRAINTS = 4,
    LIKE_OPTION_DEFAULTS = 8,
    LIKE_OPTION_GENERATED = 16,
    LIKE_OPTION_IDENTITY = 32,
    LIKE_OPTION_INDEXES = 64,
    LIKE_OPTION_STATISTICS = 128,
    LIKE_OPTION_STORAGE = 256,
};

/* CREATE TABLE t (LIKE x INCLUDING ALL): stands before column `before_column`. */
struct ast_table_like {
    struct ast_name table;
    unsigned options;
    size_t before_column;
};

enum ast_on_commit {
    ON_COMMIT_NONE,
    ON_COMMIT_PRESERVE_ROWS,
    ON_COMMIT_DELETE_ROWS,
    ON_COMMIT_DROP
};

struct ast_create_table {
    struct ast_name name;
    enum ast_persistence persistence;
    bool if_not_exists;
    struct ast_column_definition *columns;
    size_t column_count;
    struct ast_constraint *constraints; /* of the table */
    size_t constraint_count;
    struct ast_table_like *likes;
    size_t like_count;
    struct ast_name *inherits;
    size_t inherit_count;
    struct ast_define_list options;
    enum ast_on_commit on_commit;
    const char *tablespace;
    const char *access_method;
    const char *unsupported; /* "PARTITION BY", "OF"; NULL: none */
};

/* CREATE TABLE AS, CREATE MATERIALIZED VIEW AS. */
struct ast_create_table_as {
    struct ast_name name;
    struct ast_column_list columns;
    enum ast_persistence persistence;
    bool if_not_exists;
    bool with_data;
    struct ast_define_list options;
    enum ast_on_commit on_commit;
    struct ast_statement *statement; /* SELECT or EXECUTE */
};

#endif
