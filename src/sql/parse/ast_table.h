#ifndef SQL_PARSE_AST_TABLE_H
#define SQL_PARSE_AST_TABLE_H

#include "sql/parse/ast_query.h"

/* Tables as they are defined: columns, constraints, and the generic options that many
 * definitions share. */

/* A generic `name [=] value`. The value is given as all that it may mean: a bare word is
 * `text` and a `name_value` of one part. With none of them only the name was written. */
struct define {
    const char *space;      /* "toast" in toast.x; NULL: none */
    const char *name;       /* lower case */
    const char *text;       /* string or bare word; a number as written; "true" */
    bool is_number;         /* `text` is a number */
    bool is_star;           /* FORCE_QUOTE * */
    struct name name_value; /* a type's or qualified name */
    struct text_list list;
    struct text_list roles; /* a list of roles */
    struct span span;
};

struct define_list {
    struct define *items;
    size_t count;
};

enum constraint_kind {
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

enum foreign_action {
    FOREIGN_NO_ACTION,
    FOREIGN_RESTRICT,
    FOREIGN_CASCADE,
    FOREIGN_SET_NULL,
    FOREIGN_SET_DEFAULT
};
enum foreign_match { FOREIGN_MATCH_SIMPLE, FOREIGN_MATCH_FULL, FOREIGN_MATCH_PARTIAL };

struct constraint {
    enum constraint_kind kind;
    const char *name; /* NULL: none given */
    struct expression *expression;
    struct column_list columns; /* key columns */
    struct column_list including;
    struct define_list options; /* identity's sequence options; WITH (...) */
    const char *using_index;    /* ADD CONSTRAINT ... USING INDEX x */
    struct name references;
    struct column_list referenced;
    enum foreign_action on_update;
    enum foreign_action on_delete;
    struct column_list set_columns; /* ON DELETE SET NULL (a) */
    enum foreign_match match;
    bool is_always; /* GENERATED ALWAYS */
    bool nulls_not_distinct;
    bool is_deferrable;
    bool is_initially_deferred;
    bool is_no_inherit;
    bool is_not_valid;
    struct span span;
};

struct column_definition {
    const char *name;
    struct type_name *type; /* NULL in CREATE TABLE OF and for typed tables */
    struct name collation;
    struct constraint *constraints;
    size_t constraint_count;
    struct span span;
};

enum like_option {
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
struct table_like {
    struct name table;
    unsigned options;
    size_t before_column;
};

enum on_commit {
    ON_COMMIT_NONE,
    ON_COMMIT_PRESERVE_ROWS,
    ON_COMMIT_DELETE_ROWS,
    ON_COMMIT_DROP
};

struct create_table {
    struct name name;
    enum persistence persistence;
    bool if_not_exists;
    struct column_definition *columns;
    size_t column_count;
    struct constraint *constraints; /* of the table */
    size_t constraint_count;
    struct table_like *likes;
    size_t like_count;
    struct name *inherits;
    size_t inherit_count;
    struct define_list options;
    enum on_commit on_commit;
    const char *tablespace;
    const char *access_method;
    const char *unsupported; /* "PARTITION BY", "OF"; NULL: none */
};

/* CREATE TABLE AS, CREATE MATERIALIZED VIEW AS. */
struct create_table_as {
    struct name name;
    struct column_list columns;
    enum persistence persistence;
    bool if_not_exists;
    bool with_data;
    struct define_list options;
    enum on_commit on_commit;
    struct statement *statement; /* SELECT or EXECUTE */
};

#endif
