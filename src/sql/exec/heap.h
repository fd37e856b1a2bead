#ifndef SQL_EXEC_HEAP_H
#define SQL_EXEC_HEAP_H

#include "sql/bind/table.h"
#include "sql/exec/execute.h"
#include "store/cursor.h"
#include "store/lock.h"

/* Rows and index entries of users' tables over the store. A heap is a table opened by one
 * statement: it lives in the arena it was opened in, which must be emptied before the
 * transaction ends (open cursors are closed then). "Values by place" are one per living
 * column, in order (table.h).
 *
 * Every function that locks may give RC_WAIT or RC_AGAIN (store/lock.h): the statement is
 * then undone to its start and run again.
 *
 * What is read is the state as it was when the heap was opened, whatever the statement
 * has written since; uniqueness alone looks at the newest state. The caller keeps a mark
 * (store_savepoint) from before the opening, which keeps what it needs. */
struct heap;

/* The table is borrowed. Texts of index expressions are bound here. */
enum rc heap_open(struct arena *arena, const struct execution_settings *settings,
                  const struct table *table, struct heap **heap_out,
                  struct error *err) MUST_USE;

const struct table *heap_table(const struct heap *heap);

/* Which columns a scan decodes, in the order of its vectors. A place that equals the
 * table's column_count is the row id (int8). */
struct heap_wanted {
    const uint32_t *places;
    size_t count;
};

/* Room for `rows` rows of these columns. */
struct vector *heap_vectors(struct arena *arena, const struct heap *heap,
                            struct heap_wanted wanted, size_t rows);

/* ---- scans ---- */

struct heap_scan;

/* All rows, by row id. */
enum rc heap_scan_open(struct heap *heap, struct arena *arena, struct heap_wanted wanted,
                       struct heap_scan **scan_out, struct error *err) MUST_USE;

/* The entries of an index whose first parts equal `equal` and whose next part lies within
 * the bounds, in index order or against it. Values have the types of the parts. */
struct heap_range {
    size_t index; /* place in the table's indexes; of heap_index_open() only */
    const struct value *equal; /* a NULL in it matches no row */
    size_t equal_count;
    const struct value
        *lower; /* of part equal_count; NULL: no bound. A bound that is SQL's
                   NULL, and a row that has NULL there, match nothing */
    const struct value *upper;
    bool lower_inclusive;
    bool upper_inclusive;
    bool is_backward;
};

enum rc heap_index_open(struct heap *heap, struct arena *arena,
                        const struct heap_range *range, struct heap_wanted wanted,
                        struct heap_scan **scan_out, struct error *err) MUST_USE;

/* Starts an index scan again with another range; the cheap way to look up many keys. */
enum rc heap_index_seek(struct heap_scan *scan, const struct heap_range *range,
                        struct error *err) MUST_USE;

/* Fills rows 0 .. *count_out-1 (at most `room`) of the vectors; RC_EOF when there is
 * none. Bytes point into the store and live until the scan's arena is emptied. An index
 * scan may give more rows than the range holds where a long value was cut (store/key.h):
 * the caller tests its condition again. */
enum rc heap_scan_next(struct heap_scan *scan, struct vector *columns, size_t room,
                       size_t *count_out, struct error *err) MUST_USE;

/* One row by its id, into row `at` of the vectors. RC_NOTFOUND without an error. */
enum rc heap_fetch(struct heap *heap, uint64_t row_id, struct heap_wanted wanted,
                   struct vector *columns, size_t at, struct error *err) MUST_USE;

/* The same in the newest state, the statement's own edits included. */
enum rc heap_fetch_newest(struct heap *heap, uint64_t row_id, struct heap_wanted wanted,
                          struct vector *columns, size_t at, struct error *err) MUST_USE;

/* Whether the row was written since the heap was opened. */
bool heap_is_written(const struct heap *heap, uint64_t row_id);

/* ---- edits: rows and all their index entries ---- */

/* Neither NOT NULL nor CHECK nor foreign keys are looked at here. 23505 with PostgreSQL's
 * words and DETAIL; waits for another transaction that holds the same key. */
enum rc heap_insert(struct heap *heap, const struct value *values, uint64_t *row_id_out,
                    struct error *err) MUST_USE;
/* `old` are the values that a scan of this statement gave. The row must be locked. */
enum rc heap_update(struct heap *heap, uint64_t row_id, const struct value *old,
                    const struct value *values, struct error *err) MUST_USE;
enum rc heap_delete(struct heap *heap, uint64_t row_id, const struct value *old,
                    struct error *err) MUST_USE;

/* The row whose unique entry the values would meet in index `index`, in the newest state,
 * after its key was locked; RC_NOTFOUND: there is none. */
enum rc heap_conflict(struct heap *heap, size_t index, const struct value *values,
                      uint64_t *row_id_out, struct error *err) MUST_USE;

/* 23505 for the values and index. */
enum rc heap_unique_error(struct heap *heap, size_t index, const struct value *values,
                          struct error *err);

/* Enters all rows of the table into an index that is still empty: CREATE INDEX. 23505
 * "could not create unique index". */
enum rc heap_build_index(struct heap *heap, size_t index, struct error *err) MUST_USE;

/* Drops all keys of a storage number: rows and index entries (DROP, TRUNCATE). */
enum rc heap_drop_rows(struct store_transaction *transaction, uint64_t storage,
                       struct error *err) MUST_USE;
enum rc heap_drop_index(struct store_transaction *transaction, uint64_t storage,
                        struct error *err) MUST_USE;

/* ---- locks ---- */

/* RC_NOTFOUND: STORE_LOCK_SKIP and it is not free. 55P03 names the relation. */
enum rc heap_lock_row(struct heap *heap, uint64_t row_id, enum store_lock_mode mode,
                      enum store_lock_wait wait, struct error *err) MUST_USE;

/* Shares or takes the key of a unique index without an entry of its own: foreign keys.
 * `parts` are values of the index' parts. *row_id_out as heap_conflict(). */
enum rc heap_lock_key(struct heap *heap, size_t index, const struct value *parts,
                      enum store_lock_mode mode, uint64_t *row_id_out,
                      struct error *err) MUST_USE;

/* "(a, b)=(1, x)" as PostgreSQL shows keys, in the arena. */
const char *heap_key_text(struct heap *heap, struct arena *arena, const uint32_t *places,
                          size_t count, const struct value *values);

#endif
