#ifndef SQL_EXEC_EXECUTE_ROWS_H
#define SQL_EXEC_EXECUTE_ROWS_H

#include "sql/exec/execute.h"

/* Rows that outlive their batch, and tables over them that find equal ones. All memory is
 * the arena's, which alone frees it. */

#define ROW_NONE SIZE_MAX

/* A row is column_count datums, then one byte a column that is 1 for NULL. Bytes are
 * copies of the store's own. A row stays where it is. */
struct row_store {
    struct arena *arena;
    const struct type *const *types;
    size_t column_count;
    size_t stride;
    union datum **rows;
    size_t count;
    size_t room;
    uint8_t *block; /* where the next row goes */
    size_t block_rows;
    size_t block_left;
};

void row_store_init(struct row_store *store, struct arena *arena,
                    const struct type *const *types, size_t column_count);

/* A new last row, zeroed: every column is the datum 0 and not NULL. */
union datum *row_store_new(struct row_store *store);

static inline uint8_t *row_nulls(const struct row_store *store, union datum *row)
{
    return (uint8_t *)(row + store->column_count);
}

static inline struct value row_value(const struct row_store *store, size_t row,
                                     size_t column)
{
    return (struct value){store->rows[row][column],
                          row_nulls(store, store->rows[row])[column] != 0};
}

/* Copies the value into the row. */
void row_store_set(struct row_store *store, union datum *row, size_t column,
                   struct value value);

/* A new row with one row of the columns, and `more` behind them when it is not NULL: as
 * many columns as the store has left. */
union datum *row_store_add(struct row_store *store, const struct vector *columns,
                           size_t column_count, const struct vector *more, size_t row);

/* Room for `count` rows of columns with these types, none NULL. */
struct vector *batch_columns(struct arena *arena, const struct type *const *types,
                             size_t column_count, size_t count);

/* Rows of the store as columns, 0 .. column_count-1. Bytes still belong to the store. */
struct vector *row_store_gather(const struct row_store *store, struct arena *arena,
                                union datum *const *rows, size_t count,
                                size_t column_count);

/* Some rows of columns, densely. */
struct vector *batch_take(struct arena *arena, const struct vector *columns,
                          size_t column_count, const uint16_t *rows, size_t count);

static inline struct value vector_value(const struct vector *vector, size_t row)
{
    return (struct value){vector->values[row], vector->nulls[row] != 0};
}

static inline void vector_set(struct vector *vector, size_t row, struct value value)
{
    vector->values[row] = value.datum;
    vector->nulls[row] = value.null;
}

struct row_slot {
    uint64_t hash;
    size_t first; /* row + 1; 0: the slot is free */
    size_t last;
};

/* Finds rows by the columns from first_key on; NULL equals NULL. Open addressing. Rows
 * with equal keys that are added hang together in the order of their coming. */
struct row_table {
    struct row_store *store;
    size_t first_key;
    size_t key_count;
    struct row_slot *slots;
    size_t mask;
    size_t used;
    size_t *next; /* by row: the next with the same key, + 1 */
    size_t next_room;
};

/* 42883 for a key without equality. */
enum rc row_table_init(struct row_table *table, struct row_store *store, size_t first_key,
                       size_t key_count, struct error *err) MUST_USE;

uint64_t row_hash(const struct vector *keys, size_t key_count, size_t row);

/* The first row whose key equals row `row` of the keys, or ROW_NONE. */
size_t row_table_find(const struct row_table *table, uint64_t hash,
                      const struct vector *keys, size_t row);

/* The next one with the same key. */
static inline size_t row_table_next(const struct row_table *table, size_t row)
{
    return table->next[row] - 1; /* 0 - 1 is ROW_NONE */
}

/* Enters a row of the store. */
void row_table_add(struct row_table *table, uint64_t hash, size_t row);

/* Finds the row; else makes a row of the columns (see row_store_add, whose key columns
 * they must hold) and enters it. *row_out is its number; true: it is new. */
bool row_table_put(struct row_table *table, const struct vector *keys, size_t row,
                   size_t *row_out);

bool values_are_equal(const struct type *type, struct value a, struct value b);

#endif
