#ifndef SQL_EXEC_HEAP_INTERNAL_H
#define SQL_EXEC_HEAP_INTERNAL_H

#include "sql/exec/heap.h"
#include "store/key.h"

/* Shared by the heap*.c and index*.c files; heap.h is the outside. */

#define HEAP_NO_TARGET UINT16_MAX

/* ---- the bytes of a row (heap_row.c; docs/FORMAT.md) ---- */

/* Which columns of a row go into which vectors. */
struct heap_decoder {
    uint16_t *targets;   /* by number - 1: place among the vectors, or HEAP_NO_TARGET */
    uint8_t *storages;   /* by number - 1: enum type_storage */
    size_t number_count; /* columns beyond are not wanted */
    uint16_t row_id;     /* place of the row id among the vectors, or HEAP_NO_TARGET */
};

void heap_decoder_init(struct heap_decoder *decoder, struct arena *arena,
                       const struct table *table, struct heap_wanted wanted);
/* XX001 for bytes that no row has. */
enum rc heap_decode(const struct heap_decoder *decoder, struct bytes row, uint64_t row_id,
                    struct vector *columns, size_t at, struct error *err) MUST_USE;
/* Replaces the buffer's content. */
void heap_encode(const struct table *table, const struct value *values,
                 struct buffer *out);

/* ---- keys of indexes (index_key.c) ---- */

struct index_part {
    const struct type *type;
    uint32_t place;                 /* UINT32_MAX: expression */
    const struct bound *expression; /* over slots that are places */
    unsigned order;                 /* enum store_key_order */
    size_t limit;                   /* bytes of a part of any length */
};

struct heap_index {
    const struct table_index *index;
    struct index_part *parts;
    const struct bound *predicate; /* NULL: every row is in it */
    bool has_expressions;          /* or a predicate */
};

/* 42704 "data type x has no default operator class for access method "btree"". */
enum rc index_type_check(const struct type *type, struct error *err) MUST_USE;
/* Appends one part, its null byte included. `scratch` is anybody's. */
void index_key_add(struct store_key *key, const struct index_part *part,
                   struct value value, struct buffer *scratch);
/* Only the beginning of a value that would be cut; true: it was. */
bool index_key_add_prefix(struct store_key *key, const struct index_part *part,
                          struct value value, struct buffer *scratch);
/* 54000 "index row size ... exceeds maximum". */
enum rc index_key_check(const struct store_key *key, const struct table_index *index,
                        struct error *err) MUST_USE;

/* ---- the heap (heap.c) ---- */

struct heap {
    struct arena *arena;
    struct arena *row_arena; /* of one row's index expressions */
    const struct execution_settings *settings;
    struct store_transaction *transaction;
    const struct table *table;
    struct heap_index *indexes;
    uint64_t serial; /* what is read is as of this edit */
    struct buffer row;
    struct buffer scratch;
    struct value *old_parts; /* as many as the widest index has parts */
    struct value *new_parts;
    uint64_t next_row_id;
    uint64_t row_id_end;
};

void heap_row_key(struct store_key *key, const struct table *table, uint64_t row_id);
void heap_index_prefix(struct store_key *key, const struct table_index *index);

/* The values of the index' parts for a row; false in *has_out: the predicate leaves the
 * row out. They live until the next call. */
enum rc heap_index_parts(struct heap *heap, size_t index, const struct value *values,
                         struct value *parts, bool *has_out, struct error *err) MUST_USE;

/* Whether a key of these parts stands for one row at most. */
bool heap_key_is_unique(const struct heap_index *index, const struct value *parts);
void heap_index_key(struct heap *heap, size_t index, const struct value *parts,
                    struct store_key *key);

struct error;
enum rc heap_row_id_of(struct bytes value, uint64_t *row_id_out,
                       struct error *err) MUST_USE;

#endif
