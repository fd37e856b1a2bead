#ifndef SQL_EXEC_OPERATOR_MODIFY_H
#define SQL_EXEC_OPERATOR_MODIFY_H

#include "sql/bind/bound_modify.h"
#include "sql/exec/execute_internal.h"
#include "sql/exec/heap.h"

/* Writing rows with all that the table's definition asks: generated columns, NOT NULL,
 * CHECK, UNIQUE, foreign keys with their actions. Shared by the operator_modify*.c files.
 */

/* A key to look for, or to act on, once the rows of the statement are written. */
struct pending_keys {
    const struct table_constraint *constraint;
    struct row_store rows; /* the key; 'r': the old key, then the new one or NULLs */
    bool is_open;
};

/* One table that is written to by a statement. */
struct writer {
    struct execution *execution;
    struct arena *arena;       /* the execution's */
    struct arena *batch_arena; /* of the rows at hand */
    const struct table *table;
    const struct bound_rules *rules;
    struct heap *heap;
    struct pending_keys *pending; /* by constraint */
    struct value *old;            /* a row's values, by place */
    struct value *new;
    bool has_keys;  /* foreign keys, in either direction */
    unsigned depth; /* of actions of foreign keys */
};

/* The rules are bound when they are not given. */
enum rc writer_open(struct execution *execution, const struct table *table,
                    const struct bound_rules *rules, struct writer **writer_out,
                    struct error *err) MUST_USE;

/* Rows about to be written, by place; generated columns are replaced. `verdicts` of the
 * CHECKs, one vector each. */
struct writer_rows {
    struct vector *columns;
    struct vector *verdicts;
    size_t count;
};

enum rc writer_compute(struct writer *writer, struct writer_rows *rows,
                       struct error *err) MUST_USE;
/* 23502 and 23514 for one of them. */
enum rc writer_check(struct writer *writer, const struct writer_rows *rows, size_t row,
                     struct error *err) MUST_USE;

/* One row each, after writer_check(); writer->new, and writer->old, are its values. */
enum rc writer_insert(struct writer *writer, struct error *err) MUST_USE;
enum rc writer_update(struct writer *writer, uint64_t row_id, struct error *err) MUST_USE;
enum rc writer_delete(struct writer *writer, uint64_t row_id, struct error *err) MUST_USE;

/* The rows' foreign keys, and what other tables' foreign keys ask for. */
enum rc writer_finish(struct writer *writer, struct error *err) MUST_USE;

/* operator_modify_foreign.c */
enum rc foreign_note_new(struct writer *writer, const struct value *old,
                         struct error *err) MUST_USE;
enum rc foreign_note_old(struct writer *writer, bool is_deleted,
                         struct error *err) MUST_USE;

#endif
