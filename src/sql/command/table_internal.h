#ifndef SQL_COMMAND_TABLE_INTERNAL_H
#define SQL_COMMAND_TABLE_INTERNAL_H

#include "sql/bind/table.h"
#include "sql/command/command_internal.h"
#include "sql/parse/ast.h"

/* What the statements on tables, views, indexes and sequences share. Texts are
 * PostgreSQL's. */

enum { TABLE_COLUMNS_MAX = 1600 };

/* relation.c: names */

/* *object_out NULL: absent. 3F000 for a schema that is not there, unless `missing_ok`. A
 * system relation is 42501. */
enum rc relation_find(struct command *command, const struct ast_name *name,
                      bool missing_ok, struct catalog_object **object_out,
                      struct error *err) MUST_USE;
/* 42P01 when absent. */
enum rc relation_require(struct command *command, const struct ast_name *name,
                         struct catalog_object **object_out, struct error *err) MUST_USE;
/* A table that may be changed; 42809 for other kinds. */
enum rc relation_require_table(struct command *command, const struct ast_name *name,
                               struct catalog_object **object_out,
                               struct error *err) MUST_USE;
/* Where CREATE puts it; *place_out.exists as in command_find_place(). */
enum rc relation_place(struct command *command, const struct ast_name *name,
                       enum ast_persistence persistence, bool if_not_exists,
                       struct command_place *place_out, struct error *err) MUST_USE;
/* PostgreSQL's ChooseRelationName(): first_second_label, cut and numbered until it is
 * free in the schema. */
struct relation_label {
    const char *first;
    const char *second; /* NULL: none */
    const char *label;
};
enum rc relation_choose_name(struct command *command, struct catalog_id schema,
                             const struct relation_label *wanted, const char **name_out,
                             struct error *err) MUST_USE;
/* The name within 63 bytes. `second` and `label` may be NULL. */
const char *relation_make_name(struct arena *arena, const char *first, const char *second,
                               const char *label);
/* 42501 "must be owner of table t". */
enum rc relation_require_owner(struct command *command,
                               const struct catalog_object *object,
                               struct error *err) MUST_USE;
bool relation_schema_is_temporary(const struct command *command,
                                  const struct catalog_object *schema);
bool relation_is_temporary(const struct catalog_object *object);
/* The table in its present form, as the snapshot and our edits have it. */
enum rc relation_load_table(struct command *command, struct catalog_id id,
                            const struct table **table_out, struct error *err) MUST_USE;
/* Owner, parent and kind of a new object. */
struct catalog_object *relation_new(struct command *command, enum object_kind kind,
                                    const struct command_place *place);

/* ids.c: growing lists */
void ids_add(struct arena *arena, struct catalog_ids *ids, struct catalog_id id);
bool ids_have(const struct catalog_ids *ids, struct catalog_id id);

/* draft.c: the definition of a table while it is made or changed */

struct table_draft {
    struct catalog_object *object; /* its record is filled as parts come */
    struct catalog_id schema;
    size_t column_room;
    size_t constraint_room;
    /* Indexes and foreign keys come after the table itself. */
    struct draft_key *keys;
    size_t key_count;
    size_t key_room;
    const struct ast_constraint **foreign;
    const char **foreign_columns; /* of a column's own REFERENCES; else NULL */
    size_t foreign_count;
    size_t foreign_room;
    struct catalog_ids sequences; /* made for serial and identity columns */
};

/* PRIMARY KEY or UNIQUE. */
struct draft_key {
    const struct ast_constraint *constraint;
    const char *column; /* the column's own; NULL: the constraint's list */
};

struct record_column *draft_add_column(struct command *command,
                                       struct table_draft *draft);
struct record_constraint *draft_add_constraint(struct command *command,
                                               struct table_draft *draft);
/* NULL when there is no living column of that name. */
struct record_column *draft_column(const struct table_draft *draft, const char *name);
/* The table as the binder needs it for expressions: columns only. */
const struct table *draft_table(struct command *command, const struct table_draft *draft);
/* A name that no constraint of the table has. */
const char *draft_constraint_name(struct command *command,
                                  const struct table_draft *draft, const char *column,
                                  const char *label);
enum rc draft_check_name(const struct table_draft *draft, const char *name,
                         struct error *err) MUST_USE;
/* What the table refers to: sequences of defaults, tables of foreign keys. */
struct catalog_ids draft_references(struct command *command,
                                    const struct table_draft *draft);

/* Stores the new table with its sequences; without keys and foreign keys. */
enum rc draft_create(struct command *command, struct table_draft *draft,
                     struct error *err) MUST_USE;
/* Stores it again. */
enum rc draft_store(struct command *command, const struct table_draft *draft,
                    struct error *err) MUST_USE;
enum rc draft_own_sequences(struct command *command, const struct table_draft *draft,
                            struct error *err) MUST_USE;
char table_on_commit_letter(enum ast_on_commit on_commit);

/* column.c: columns as written */
enum rc column_add(struct command *command, struct table_draft *draft,
                   const struct ast_column_definition *definition,
                   struct error *err) MUST_USE;
/* Defaults and generated values are bound once all columns are known. */
enum rc column_add_expressions(struct command *command, struct table_draft *draft,
                               const struct ast_column_definition *definition,
                               struct error *err) MUST_USE;
/* CHECK, keys and foreign keys that stand at the column. */
enum rc column_add_constraints(struct command *command, struct table_draft *draft,
                               const struct ast_column_definition *definition,
                               struct error *err) MUST_USE;
/* The type as written, with its collation. */
enum rc column_read_type(struct command *command,
                         const struct ast_column_definition *definition,
                         struct record_column *column, struct error *err) MUST_USE;
enum rc column_set_default(struct command *command, struct table_draft *draft,
                           struct record_column *column,
                           const struct ast_expression *expression,
                           struct error *err) MUST_USE;
/* Makes the sequence of an identity or serial column. */
enum rc column_add_sequence(struct command *command, struct table_draft *draft,
                            struct record_column *column,
                            const struct ast_define_list *options, bool is_identity,
                            struct error *err) MUST_USE;

/* constraint.c */
enum rc constraint_add(struct command *command, struct table_draft *draft,
                       const struct ast_constraint *constraint, const char *column,
                       struct error *err) MUST_USE;
/* After the table is stored: indexes of keys, then foreign keys. */
enum rc constraint_add_keys(struct command *command, struct table_draft *draft,
                            struct error *err) MUST_USE;
enum rc constraint_add_foreign(struct command *command, struct table_draft *draft,
                               struct error *err) MUST_USE;

/* sequence.c */
enum rc sequence_read_options(struct command *command, struct record_sequence *record,
                              const struct ast_define_list *options, bool is_new,
                              struct error *err) MUST_USE;
/* Once the table is there: OWNED BY its column. */
enum rc sequence_own(struct command *command, struct catalog_id sequence,
                     struct catalog_id table, uint32_t column,
                     struct error *err) MUST_USE;

/* ALTER SEQUENCE's and ALTER COLUMN ... SET's options. */
enum rc sequence_alter(struct command *command, struct catalog_object *object,
                       const struct ast_define_list *options, struct error *err) MUST_USE;

/* index.c */
struct index_wish {
    const char *name; /* NULL: chosen */
    bool is_unique;
    bool is_primary;
    bool is_constraint;
    bool nulls_not_distinct;
    struct record_index_parts parts;
    const char *predicate_sql; /* "" */
    const char *label;         /* "key", "idx", "pkey" */
    const char *name_columns;  /* "a_b" for a chosen name; NULL: none */
};
/* Stores the index and fills it from the table's rows. */
enum rc index_create(struct command *command, const struct catalog_object *table,
                     const struct index_wish *wish, struct catalog_object **index_out,
                     struct error *err) MUST_USE;
/* Fills an index that is stored and empty. */
enum rc index_build(struct command *command, struct catalog_id table,
                    struct catalog_id index, struct error *err) MUST_USE;

/* rewrite.c: what ALTER TABLE does to rows */

/* The rows of `old` go through expressions over them (one per column of the table as it
 * is stored now) into new storage, with all indexes; checks and NOT NULL are tested. */
enum rc rewrite_table(struct command *command, const struct table *old,
                      struct catalog_object *object, const struct bound *const *values,
                      struct error *err) MUST_USE;
/* 23502, 23514 when a row is against what was added. NULL check: NOT NULL of `place`. */
struct row_test {
    const struct table *table;
    const struct bound *check;
    const char *name; /* the constraint's */
    uint32_t place;
};
enum rc rewrite_test_rows(struct command *command, const struct row_test *test,
                          struct error *err) MUST_USE;

enum rc rewrite_test_foreign(struct command *command, const struct table *table,
                             const struct record_constraint *constraint,
                             struct error *err) MUST_USE;

/* truncate.c: one table, for ON COMMIT DELETE ROWS too */
enum rc relation_truncate(struct command *command, struct catalog_id id,
                          struct error *err) MUST_USE;

/* drop_relation.c */

/* Adds what must go with the named objects, refuses or tells of it, and drops all. */
enum rc relation_drop(struct command *command, const struct catalog_ids *named,
                      bool cascade, struct error *err) MUST_USE;

/* Removes the object's rows or entries. */
enum rc relation_drop_storage(struct command *command,
                              const struct catalog_object *object,
                              struct error *err) MUST_USE;
void draft_remove_constraint(struct table_draft *draft, const char *name);

/* The statements. */
enum rc command_create_table(struct command *command, struct error *err) MUST_USE;
enum rc command_create_table_as(struct command *command, struct error *err) MUST_USE;
enum rc command_select_into(struct command *command, struct error *err) MUST_USE;
enum rc command_create_view(struct command *command, struct error *err) MUST_USE;
enum rc command_create_index(struct command *command, struct error *err) MUST_USE;
enum rc command_create_sequence(struct command *command, struct error *err) MUST_USE;
enum rc command_alter_sequence(struct command *command, struct error *err) MUST_USE;
enum rc command_create_schema(struct command *command, struct error *err) MUST_USE;
enum rc command_create_database(struct command *command, struct error *err) MUST_USE;
enum rc command_alter_table(struct command *command, struct error *err) MUST_USE;
enum rc command_alter_object(struct command *command, struct error *err) MUST_USE;
enum rc command_truncate(struct command *command, struct error *err) MUST_USE;
enum rc command_drop_relations(struct command *command, enum object_kind kind,
                               struct error *err) MUST_USE;

#endif
