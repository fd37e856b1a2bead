/* Tables opened over the store: opening, edits of a row and its index entries, locks. */
#include "sql/exec/heap.h"

#include <inttypes.h>
#include <stdio.h>

#include "sql/bind/bound_modify.h"
#include "sql/exec/evaluate.h"
#include "sql/exec/heap_internal.h"
#include "store/counter.h"

enum {
    ROW_ID_RANGE = 1024,    /* row ids that a statement takes at a time */
    INDEX_KEY_HEAD = 1 + 8, /* space and storage */
    INDEX_KEY_TAIL = 8,     /* row id */
    TEXT_PART_EXTRA = 1 + 2 + STORE_KEY_HASH_LEN,
    FIXED_PART = 1 + 16,
};

static const size_t row_limit = (size_t)1 << 30;

static void free_buffer(void *argument)
{
    buffer_fini((struct buffer *)argument);
}

/* The room of a key is shared out among its parts of any length. */
static size_t text_limit(const struct heap_index *index)
{
    size_t room = STORE_KEY_MAX - INDEX_KEY_HEAD - INDEX_KEY_TAIL;
    size_t texts = 0;
    for (size_t i = 0; i < index->index->part_count; i++) {
        bool is_text = index->parts[i].type->methods->storage == TYPE_STORAGE_BYTES;
        size_t fixed = is_text ? TEXT_PART_EXTRA : FIXED_PART;
        room -= fixed < room ? fixed : room;
        texts += is_text;
    }
    size_t each = texts == 0 ? room : room / texts;
    return each < STORE_KEY_TEXT_LIMIT ? each : STORE_KEY_TEXT_LIMIT;
}

static enum rc bind_text(struct heap *heap, enum table_clause clause, const char *sql,
                         const struct bound **out, struct error *err)
{
    struct table_expression expression = {
        .table = heap->table, .clause = clause, .sql = sql};
    return bind_table_expression(heap->arena, heap->transaction, heap->settings->types,
                                 &expression, out, err);
}

static enum rc open_part(struct heap *heap, const struct table_index_part *part,
                         struct index_part *out, struct error *err)
{
    out->place = part->place;
    out->order = (part->is_descending ? STORE_KEY_DESCENDING : 0U) |
                 (part->nulls_first ? STORE_KEY_NULLS_FIRST : 0U);
    if (part->place == UINT32_MAX) {
        TRY(bind_text(heap, TABLE_INDEX, part->expression_sql, &out->expression, err));
        out->type = out->expression->type;
    } else {
        out->type = heap->table->columns[part->place].type;
    }
    return index_type_check(out->type, err);
}

static enum rc open_index(struct heap *heap, const struct table_index *index,
                          struct heap_index *out, struct error *err)
{
    out->index = index;
    out->parts = ARENA_ARRAY(heap->arena, struct index_part, index->part_count);
    for (size_t i = 0; i < index->part_count; i++) {
        TRY(open_part(heap, &index->parts[i], &out->parts[i], err));
        out->has_expressions = out->has_expressions || out->parts[i].expression != NULL;
    }
    size_t limit = text_limit(out);
    for (size_t i = 0; i < index->part_count; i++)
        out->parts[i].limit = limit;
    if (index->predicate_sql == NULL || index->predicate_sql[0] == '\0')
        return RC_OK;
    out->has_expressions = true;
    return bind_text(heap, TABLE_PREDICATE, index->predicate_sql, &out->predicate, err);
}

enum rc heap_open(struct arena *arena, const struct execution_settings *settings,
                  const struct table *table, struct heap **heap_out, struct error *err)
{
    struct heap *heap = ARENA_NEW(arena, struct heap);
    size_t widest = 0;
    heap->arena = arena;
    heap->settings = settings;
    heap->transaction = settings->transaction;
    heap->table = table;
    heap->serial = store_transaction_serial(settings->transaction);
    buffer_init(&heap->row, row_limit);
    buffer_init(&heap->scratch, row_limit);
    arena_on_reset(arena, free_buffer, &heap->row);
    arena_on_reset(arena, free_buffer, &heap->scratch);
    heap->indexes = ARENA_ARRAY(arena, struct heap_index, table->index_count);
    for (size_t i = 0; i < table->index_count; i++) {
        TRY(open_index(heap, &table->indexes[i], &heap->indexes[i], err));
        if (table->indexes[i].part_count > widest)
            widest = table->indexes[i].part_count;
    }
    heap->old_parts = ARENA_ARRAY(arena, struct value, widest + 1);
    heap->new_parts = ARENA_ARRAY(arena, struct value, widest + 1);
    *heap_out = heap;
    return RC_OK;
}

const struct table *heap_table(const struct heap *heap)
{
    return heap->table;
}

struct vector *heap_vectors(struct arena *arena, const struct heap *heap,
                            struct heap_wanted wanted, size_t rows)
{
    struct vector *columns = ARENA_ARRAY(arena, struct vector, wanted.count + 1);
    for (size_t i = 0; i < wanted.count; i++) {
        columns[i].type = wanted.places[i] < heap->table->column_count
                              ? heap->table->columns[wanted.places[i]].type
                              : type_find_oid(TYPE_INT8);
        columns[i].values = ARENA_ARRAY(arena, union datum, rows);
        columns[i].nulls = ARENA_ARRAY(arena, uint8_t, rows);
    }
    return columns;
}

/* ---- keys ---- */

void heap_row_key(struct store_key *key, const struct table *table, uint64_t row_id)
{
    store_key_begin(key, TABLE_SPACE_ROWS);
    store_key_add_u64(key, table->storage);
    store_key_add_u64(key, row_id);
}

void heap_index_prefix(struct store_key *key, const struct table_index *index)
{
    store_key_begin(key, TABLE_SPACE_INDEX);
    store_key_add_u64(key, index->storage);
}

void heap_index_key(struct heap *heap, size_t index, const struct value *parts,
                    struct store_key *key)
{
    const struct heap_index *opened = &heap->indexes[index];
    heap_index_prefix(key, opened->index);
    for (size_t i = 0; i < opened->index->part_count; i++)
        index_key_add(key, &opened->parts[i], parts[i], &heap->scratch);
}

bool heap_key_is_unique(const struct heap_index *index, const struct value *parts)
{
    if (!index->index->is_unique)
        return false;
    for (size_t i = 0; i < index->index->part_count && !index->index->nulls_not_distinct;
         i++) {
        if (parts[i].null)
            return false;
    }
    return true;
}

/* One row as a batch, for expressions over places. */
static struct vector *row_columns(struct heap *heap, const struct value *values)
{
    struct vector *columns =
        ARENA_ARRAY(heap->row_arena, struct vector, heap->table->column_count);
    uint8_t *nulls = ARENA_ARRAY(heap->row_arena, uint8_t, heap->table->column_count);
    union datum *data =
        ARENA_ARRAY(heap->row_arena, union datum, heap->table->column_count);
    for (size_t i = 0; i < heap->table->column_count; i++) {
        nulls[i] = values[i].null;
        data[i] = values[i].datum;
        columns[i] = (struct vector){heap->table->columns[i].type, &data[i], &nulls[i]};
    }
    return columns;
}

/* Values of a row and room for what is computed from it. */
struct row_evaluation {
    struct type_context types;
    struct evaluation evaluation;
};

static void row_evaluation_init(struct row_evaluation *row, struct heap *heap,
                                const struct value *values)
{
    row->types = *heap->settings->types;
    row->types.arena = heap->row_arena;
    row->evaluation = (struct evaluation){
        .arena = heap->row_arena,
        .types = &row->types,
        .environment = heap->settings->environment,
        .columns = row_columns(heap, values),
    };
}

static enum rc evaluate_one(const struct row_evaluation *row,
                            const struct bound *expression, struct value *out,
                            struct error *err)
{
    static const uint16_t first = 0;
    struct selection selection = {&first, 1};
    struct vector column;
    TRY(evaluate(&row->evaluation, expression, selection, &column, err));
    *out = (struct value){column.values[0], column.nulls[0] != 0};
    return RC_OK;
}

static enum rc computed_parts(struct heap *heap, const struct heap_index *index,
                              const struct value *values, struct value *parts,
                              bool *has_out, struct error *err)
{
    struct row_evaluation row;
    struct value verdict = {.datum.boolean = true};
    row_evaluation_init(&row, heap, values);
    if (index->predicate != NULL)
        TRY(evaluate_one(&row, index->predicate, &verdict, err));
    *has_out = !verdict.null && verdict.datum.boolean;
    for (size_t i = 0; *has_out && i < index->index->part_count; i++) {
        if (index->parts[i].expression == NULL)
            parts[i] = values[index->parts[i].place];
        else
            TRY(evaluate_one(&row, index->parts[i].expression, &parts[i], err));
    }
    return RC_OK;
}

enum rc heap_index_parts(struct heap *heap, size_t index, const struct value *values,
                         struct value *parts, bool *has_out, struct error *err)
{
    const struct heap_index *opened = &heap->indexes[index];
    *has_out = true;
    if (opened->has_expressions) {
        if (heap->row_arena == NULL)
            heap->row_arena = arena_new("index row", heap->arena);
        return computed_parts(heap, opened, values, parts, has_out, err);
    }
    for (size_t i = 0; i < opened->index->part_count; i++)
        parts[i] = values[opened->parts[i].place];
    return RC_OK;
}

/* ---- errors ---- */

static void key_names(struct heap *heap, const struct heap_index *index,
                      struct buffer *out)
{
    buffer_add_text(out, "(");
    for (size_t i = 0; i < index->index->part_count; i++) {
        uint32_t place = index->parts[i].place;
        buffer_add_text(out, i == 0 ? "" : ", ");
        buffer_add_text(out, place == UINT32_MAX ? index->index->parts[i].expression_sql
                                                 : heap->table->columns[place].name);
    }
    buffer_add_text(out, ")=(");
}

static void add_value(struct heap *heap, const struct type *type, struct value value,
                      struct buffer *out)
{
    if (value.null)
        buffer_add_text(out, "null");
    else
        type_output(type, heap->settings->types, value.datum, out);
}

static enum rc unique_error(struct heap *heap, size_t index, const struct value *parts,
                            bool is_build, struct error *err)
{
    const struct heap_index *opened = &heap->indexes[index];
    struct buffer text;
    buffer_init(&text, row_limit);
    key_names(heap, opened, &text);
    for (size_t i = 0; i < opened->index->part_count; i++) {
        buffer_add_text(&text, i == 0 ? "" : ", ");
        add_value(heap, opened->parts[i].type, parts[i], &text);
    }
    buffer_add_text(&text, ")");
    if (is_build)
        error_set(err, SQLSTATE_UNIQUE_VIOLATION, "could not create unique index \"%s\"",
                  opened->index->name);
    else
        error_set(err, SQLSTATE_UNIQUE_VIOLATION,
                  "duplicate key value violates unique constraint \"%s\"",
                  opened->index->name);
    error_detail(err, "Key %.*s %s.", BYTES_PRINT(buffer_bytes(&text)),
                 is_build ? "is duplicated" : "already exists");
    buffer_fini(&text);
    return RC_FAILED;
}

enum rc heap_unique_error(struct heap *heap, size_t index, const struct value *values,
                          struct error *err)
{
    bool has = false;
    TRY(heap_index_parts(heap, index, values, heap->new_parts, &has, err));
    return unique_error(heap, index, heap->new_parts, false, err);
}

const char *heap_key_text(struct heap *heap, struct arena *arena, const uint32_t *places,
                          size_t count, const struct value *values)
{
    struct buffer text;
    buffer_init(&text, row_limit);
    buffer_add_text(&text, "(");
    for (size_t i = 0; i < count; i++)
        buffer_printf(&text, "%s%s", i == 0 ? "" : ", ",
                      heap->table->columns[places[i]].name);
    buffer_add_text(&text, ")=(");
    for (size_t i = 0; i < count; i++) {
        buffer_add_text(&text, i == 0 ? "" : ", ");
        add_value(heap, heap->table->columns[places[i]].type, values[i], &text);
    }
    buffer_add_text(&text, ")");
    struct bytes all = buffer_bytes(&text);
    const char *copy = arena_strndup(arena, (const char *)all.at, all.len);
    buffer_fini(&text);
    return copy;
}

/* ---- index entries ---- */

enum rc heap_row_id_of(struct bytes value, uint64_t *row_id_out, struct error *err)
{
    struct reader reader = reader_of(value);
    *row_id_out = reader_u64(&reader);
    return reader_done(&reader) ? RC_OK
                                : error_set(err, SQLSTATE_DATA_CORRUPTED,
                                            "an entry of an index is damaged");
}

static enum rc find_entry(struct heap *heap, const struct store_key *key,
                          uint64_t *row_id_out, struct error *err)
{
    struct bytes value;
    TRY(store_get(heap->transaction, store_key_bytes(key), &value, err));
    return heap_row_id_of(value, row_id_out, err);
}

static enum rc put_entry(struct heap *heap, struct store_key *key, bool is_unique,
                         uint64_t row_id, struct error *err)
{
    struct store_key value;
    if (!is_unique)
        store_key_add_u64(key, row_id);
    store_key_begin(&value, 0);
    store_key_add_u64(&value, row_id);
    return store_put(heap->transaction, store_key_bytes(key),
                     bytes_of(value.at + 1, value.len - 1), err);
}

static enum rc lock(struct heap *heap, const struct store_key *key, struct error *err)
{
    return store_lock(heap->transaction, store_key_bytes(key), STORE_LOCK_EXCLUSIVE,
                      STORE_LOCK_WAIT, err);
}

/* A key that stands for one row: nobody else may have it, or be about to. */
static enum rc claim_key(struct heap *heap, size_t index, const struct value *parts,
                         const struct store_key *key, struct error *err)
{
    uint64_t other = 0;
    TRY(lock(heap, key, err));
    enum rc rc = find_entry(heap, key, &other, err);
    if (rc == RC_NOTFOUND)
        return RC_OK;
    TRY(rc);
    return unique_error(heap, index, parts, false, err);
}

static enum rc add_entry(struct heap *heap, size_t index, const struct value *parts,
                         uint64_t row_id, struct error *err)
{
    struct store_key key;
    bool is_unique = heap_key_is_unique(&heap->indexes[index], parts);
    heap_index_key(heap, index, parts, &key);
    TRY(index_key_check(&key, heap->indexes[index].index, err));
    if (is_unique)
        TRY(claim_key(heap, index, parts, &key, err));
    return put_entry(heap, &key, is_unique, row_id, err);
}

/* Who waits for a unique key that is going waits for the transaction that removes it. */
static enum rc remove_entry(struct heap *heap, size_t index, const struct value *parts,
                            uint64_t row_id, struct error *err)
{
    struct store_key key;
    bool is_unique = heap_key_is_unique(&heap->indexes[index], parts);
    heap_index_key(heap, index, parts, &key);
    if (is_unique)
        TRY(lock(heap, &key, err));
    else
        store_key_add_u64(&key, row_id);
    return store_delete(heap->transaction, store_key_bytes(&key), err);
}

static bool same_parts(struct heap *heap, size_t index)
{
    struct store_key old;
    struct store_key new;
    heap_index_key(heap, index, heap->old_parts, &old);
    heap_index_key(heap, index, heap->new_parts, &new);
    return bytes_equal(store_key_bytes(&old), store_key_bytes(&new));
}

static enum rc change_entry(struct heap *heap, size_t index, uint64_t row_id,
                            const struct value *old, const struct value *values,
                            struct error *err)
{
    bool had = false;
    bool has = false;
    TRY(heap_index_parts(heap, index, old, heap->old_parts, &had, err));
    TRY(heap_index_parts(heap, index, values, heap->new_parts, &has, err));
    if (had && has && same_parts(heap, index))
        return RC_OK;
    if (had)
        TRY(remove_entry(heap, index, heap->old_parts, row_id, err));
    return has ? add_entry(heap, index, heap->new_parts, row_id, err) : RC_OK;
}

/* ---- edits ---- */

static void end_row(struct heap *heap)
{
    if (heap->row_arena != NULL)
        arena_reset(heap->row_arena);
}

static enum rc next_row_id(struct heap *heap, uint64_t *row_id_out, struct error *err)
{
    char name[40];
    uint64_t range = 0;
    if (heap->next_row_id == heap->row_id_end) {
        snprintf(name, sizeof name, "rows %" PRIu64, heap->table->storage);
        TRY(store_next_id(heap->transaction, name, &range, err));
        heap->next_row_id = range * ROW_ID_RANGE;
        heap->row_id_end = heap->next_row_id + ROW_ID_RANGE;
    }
    *row_id_out = heap->next_row_id++;
    return RC_OK;
}

static enum rc put_row(struct heap *heap, uint64_t row_id, const struct value *values,
                       struct error *err)
{
    struct store_key key;
    heap_row_key(&key, heap->table, row_id);
    heap_encode(heap->table, values, &heap->row);
    if (buffer_failed(&heap->row))
        return error_set(err, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "row is too big");
    return store_put(heap->transaction, store_key_bytes(&key), buffer_bytes(&heap->row),
                     err);
}

enum rc heap_insert(struct heap *heap, const struct value *values, uint64_t *row_id_out,
                    struct error *err)
{
    TRY(next_row_id(heap, row_id_out, err));
    for (size_t i = 0; i < heap->table->index_count; i++) {
        bool has = false;
        TRY(heap_index_parts(heap, i, values, heap->new_parts, &has, err));
        if (has)
            TRY(add_entry(heap, i, heap->new_parts, *row_id_out, err));
    }
    end_row(heap);
    return put_row(heap, *row_id_out, values, err);
}

enum rc heap_update(struct heap *heap, uint64_t row_id, const struct value *old,
                    const struct value *values, struct error *err)
{
    for (size_t i = 0; i < heap->table->index_count; i++)
        TRY(change_entry(heap, i, row_id, old, values, err));
    end_row(heap);
    return put_row(heap, row_id, values, err);
}

enum rc heap_delete(struct heap *heap, uint64_t row_id, const struct value *old,
                    struct error *err)
{
    struct store_key key;
    for (size_t i = 0; i < heap->table->index_count; i++) {
        bool had = false;
        TRY(heap_index_parts(heap, i, old, heap->old_parts, &had, err));
        if (had)
            TRY(remove_entry(heap, i, heap->old_parts, row_id, err));
    }
    end_row(heap);
    heap_row_key(&key, heap->table, row_id);
    return store_delete(heap->transaction, store_key_bytes(&key), err);
}

enum rc heap_lock_key(struct heap *heap, size_t index, const struct value *parts,
                      enum store_lock_mode mode, uint64_t *row_id_out, struct error *err)
{
    struct store_key key;
    heap_index_key(heap, index, parts, &key);
    TRY(index_key_check(&key, heap->indexes[index].index, err));
    TRY(store_lock(heap->transaction, store_key_bytes(&key), mode, STORE_LOCK_WAIT, err));
    return find_entry(heap, &key, row_id_out, err);
}

enum rc heap_conflict(struct heap *heap, size_t index, const struct value *values,
                      uint64_t *row_id_out, struct error *err)
{
    bool has = false;
    TRY(heap_index_parts(heap, index, values, heap->new_parts, &has, err));
    if (!has || !heap_key_is_unique(&heap->indexes[index], heap->new_parts))
        return RC_NOTFOUND;
    return heap_lock_key(heap, index, heap->new_parts, STORE_LOCK_EXCLUSIVE, row_id_out,
                         err);
}

enum rc heap_lock_row(struct heap *heap, uint64_t row_id, enum store_lock_mode mode,
                      enum store_lock_wait wait, struct error *err)
{
    struct store_key key;
    heap_row_key(&key, heap->table, row_id);
    enum rc rc = store_lock(heap->transaction, store_key_bytes(&key), mode, wait, err);
    if (rc == RC_FAILED && err->state == SQLSTATE_LOCK_NOT_AVAILABLE)
        return error_set(err, SQLSTATE_LOCK_NOT_AVAILABLE,
                         "could not obtain lock on row in relation \"%s\"",
                         heap->table->name);
    return rc;
}

/* ---- whole tables ---- */

static enum rc build_entry(struct heap *heap, size_t index, uint64_t row_id,
                           const struct value *values, struct error *err)
{
    struct store_key key;
    bool has = false;
    uint64_t other = 0;
    TRY(heap_index_parts(heap, index, values, heap->new_parts, &has, err));
    if (!has)
        return RC_OK;
    bool is_unique = heap_key_is_unique(&heap->indexes[index], heap->new_parts);
    heap_index_key(heap, index, heap->new_parts, &key);
    TRY(index_key_check(&key, heap->indexes[index].index, err));
    enum rc rc = is_unique ? find_entry(heap, &key, &other, err) : RC_NOTFOUND;
    if (rc == RC_OK)
        return unique_error(heap, index, heap->new_parts, true, err);
    if (rc != RC_NOTFOUND)
        return rc;
    return put_entry(heap, &key, is_unique, row_id, err);
}

static enum rc build_from(struct heap *heap, size_t index, struct heap_scan *scan,
                          struct vector *columns, struct error *err)
{
    size_t width = heap->table->column_count;
    struct value *values = ARENA_ARRAY(heap->arena, struct value, width + 1);
    for (;;) {
        size_t count = 0;
        enum rc rc = heap_scan_next(scan, columns, VECTOR_ROWS_MAX, &count, err);
        if (rc == RC_EOF)
            return RC_OK;
        TRY(rc);
        TRY(execution_check_cancelled(heap->settings, err));
        for (size_t row = 0; row < count; row++) {
            for (size_t i = 0; i < width; i++)
                values[i] =
                    (struct value){columns[i].values[row], columns[i].nulls[row] != 0};
            TRY(build_entry(heap, index, (uint64_t)columns[width].values[row].int64,
                            values, err));
            end_row(heap);
        }
    }
}

enum rc heap_build_index(struct heap *heap, size_t index, struct error *err)
{
    size_t width = heap->table->column_count;
    struct arena *arena = arena_new("index build", heap->arena);
    uint32_t *places = ARENA_ARRAY(arena, uint32_t, width + 1);
    struct heap_wanted wanted = {places, width + 1};
    struct heap_scan *scan = NULL;
    for (size_t i = 0; i <= width; i++)
        places[i] = (uint32_t)i;
    enum rc rc = heap_scan_open(heap, arena, wanted, &scan, err);
    if (rc == RC_OK)
        rc = build_from(heap, index, scan,
                        heap_vectors(arena, heap, wanted, VECTOR_ROWS_MAX), err);
    arena_free(&arena);
    return rc;
}

static enum rc drop_prefix(struct store_transaction *transaction, uint8_t space,
                           uint64_t storage, struct error *err)
{
    struct store_key prefix;
    struct store_cursor *cursor = NULL;
    struct bytes key;
    store_key_begin(&prefix, space);
    store_key_add_u64(&prefix, storage);
    TRY(store_cursor_open_prefix(transaction, store_key_bytes(&prefix), STORE_FORWARD,
                                 &cursor, err));
    enum rc rc = store_cursor_next(cursor, &key, NULL, err);
    while (rc == RC_OK) {
        rc = store_delete(transaction, key, err);
        if (rc == RC_OK)
            rc = store_cursor_next(cursor, &key, NULL, err);
    }
    store_cursor_close(&cursor);
    return rc == RC_NOTFOUND ? RC_OK : rc;
}

enum rc heap_drop_rows(struct store_transaction *transaction, uint64_t storage,
                       struct error *err)
{
    return drop_prefix(transaction, TABLE_SPACE_ROWS, storage, err);
}

enum rc heap_drop_index(struct store_transaction *transaction, uint64_t storage,
                        struct error *err)
{
    return drop_prefix(transaction, TABLE_SPACE_INDEX, storage, err);
}
