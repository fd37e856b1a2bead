/* Rows that outlive their batch, and hash tables over them. */
#include "sql/exec/execute_rows.h"

enum { BLOCK_FIRST = 8, BLOCK_LAST = 512, SLOTS_FIRST = 32 };

void row_store_init(struct row_store *store, struct arena *arena,
                    const struct type *const *types, size_t column_count)
{
    size_t align = sizeof(max_align_t) / 2;
    size_t size = column_count * (sizeof(union datum) + 1);
    *store =
        (struct row_store){.arena = arena, .types = types, .column_count = column_count};
    store->stride = size == 0 ? align : (size + align - 1) / align * align;
}

static void grow(struct row_store *store)
{
    size_t room = store->room == 0 ? BLOCK_FIRST : store->room * 2;
    union datum **rows = ARENA_ARRAY(store->arena, union datum *, room);
    if (store->count > 0)
        memcpy(rows, store->rows, store->count * sizeof(*rows));
    store->rows = rows;
    store->room = room;
}

union datum *row_store_new(struct row_store *store)
{
    if (store->count == store->room)
        grow(store);
    if (store->block_left == 0) {
        store->block_rows = store->block_rows == 0            ? BLOCK_FIRST
                            : store->block_rows == BLOCK_LAST ? BLOCK_LAST
                                                              : store->block_rows * 2;
        store->block_left = store->block_rows;
        store->block = arena_alloc(store->arena, store->block_rows, store->stride,
                                   alignof(max_align_t));
    }
    union datum *row = (union datum *)(void *)store->block;
    store->block += store->stride;
    store->block_left--;
    store->rows[store->count++] = row;
    return row;
}

void row_store_set(struct row_store *store, union datum *row, size_t column,
                   struct value value)
{
    row_nulls(store, row)[column] = value.null;
    if (!value.null)
        row[column] = type_copy(store->arena, store->types[column], value.datum);
}

union datum *row_store_add(struct row_store *store, const struct vector *columns,
                           size_t column_count, const struct vector *more, size_t row)
{
    union datum *made = row_store_new(store);
    for (size_t i = 0; i < column_count; i++)
        row_store_set(store, made, i, vector_value(&columns[i], row));
    for (size_t i = column_count; more != NULL && i < store->column_count; i++)
        row_store_set(store, made, i, vector_value(&more[i - column_count], row));
    return made;
}

struct vector *batch_columns(struct arena *arena, const struct type *const *types,
                             size_t column_count, size_t count)
{
    struct vector *columns = ARENA_ARRAY(arena, struct vector, column_count);
    for (size_t i = 0; i < column_count; i++) {
        columns[i].type = types[i];
        columns[i].values = ARENA_ARRAY(arena, union datum, count);
        columns[i].nulls = ARENA_ARRAY(arena, uint8_t, count);
    }
    return columns;
}

struct vector *row_store_gather(const struct row_store *store, struct arena *arena,
                                union datum *const *rows, size_t count,
                                size_t column_count)
{
    struct vector *columns = batch_columns(arena, store->types, column_count, count);
    for (size_t i = 0; i < count; i++) {
        const uint8_t *nulls = row_nulls(store, rows[i]);
        for (size_t column = 0; column < column_count; column++) {
            columns[column].values[i] = rows[i][column];
            columns[column].nulls[i] = nulls[column];
        }
    }
    return columns;
}

struct vector *batch_take(struct arena *arena, const struct vector *columns,
                          size_t column_count, const uint16_t *rows, size_t count)
{
    struct vector *taken = ARENA_ARRAY(arena, struct vector, column_count);
    for (size_t i = 0; i < column_count; i++) {
        taken[i].type = columns[i].type;
        taken[i].values = ARENA_ARRAY(arena, union datum, count);
        taken[i].nulls = ARENA_ARRAY(arena, uint8_t, count);
        for (size_t at = 0; at < count; at++) {
            taken[i].values[at] = columns[i].values[rows[at]];
            taken[i].nulls[at] = columns[i].nulls[rows[at]];
        }
    }
    return taken;
}

bool values_are_equal(const struct type *type, struct value a, struct value b)
{
    if (a.null || b.null)
        return a.null && b.null;
    return type_compare(type, a.datum, b.datum) == 0;
}

enum rc row_table_init(struct row_table *table, struct row_store *store, size_t first_key,
                       size_t key_count, struct error *err)
{
    for (size_t i = first_key; i < first_key + key_count; i++) {
        const struct type_methods *methods = store->types[i]->methods;
        if (methods->hash == NULL || methods->compare == NULL)
            return error_set(err, SQLSTATE_UNDEFINED_FUNCTION,
                             "could not identify an equality operator for type %s",
                             type_title(store->arena, store->types[i]));
    }
    *table = (struct row_table){
        .store = store, .first_key = first_key, .key_count = key_count};
    return RC_OK;
}

uint64_t row_hash(const struct vector *keys, size_t key_count, size_t row)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < key_count; i++) {
        uint64_t one =
            keys[i].nulls[row] != 0 ? 1 : type_hash(keys[i].type, keys[i].values[row]);
        hash = (hash ^ one) * UINT64_C(0x9E3779B97F4A7C15);
        hash ^= hash >> 32;
    }
    return hash;
}

static bool keys_are_equal(const struct row_table *table, size_t stored,
                           const struct vector *keys, size_t row)
{
    for (size_t i = 0; i < table->key_count; i++) {
        if (!values_are_equal(keys[i].type,
                              row_value(table->store, stored, table->first_key + i),
                              vector_value(&keys[i], row)))
            return false;
    }
    return true;
}

/* Whether two rows of the store have the same key. */
static bool rows_are_equal(const struct row_table *table, size_t a, size_t b)
{
    for (size_t i = table->first_key; i < table->first_key + table->key_count; i++) {
        if (!values_are_equal(table->store->types[i], row_value(table->store, a, i),
                              row_value(table->store, b, i)))
            return false;
    }
    return true;
}

size_t row_table_find(const struct row_table *table, uint64_t hash,
                      const struct vector *keys, size_t row)
{
    if (table->slots == NULL)
        return ROW_NONE;
    for (size_t at = hash & table->mask; table->slots[at].first != 0;
         at = (at + 1) & table->mask) {
        const struct row_slot *slot = &table->slots[at];
        if (slot->hash == hash && keys_are_equal(table, slot->first - 1, keys, row))
            return slot->first - 1;
    }
    return ROW_NONE;
}

/* At most half of the slots are taken. */
static void grow_slots(struct row_table *table)
{
    size_t room = table->slots == NULL ? SLOTS_FIRST : (table->mask + 1) * 2;
    struct row_slot *slots = ARENA_ARRAY(table->store->arena, struct row_slot, room);
    for (size_t i = 0; table->slots != NULL && i <= table->mask; i++) {
        if (table->slots[i].first == 0)
            continue;
        size_t at = table->slots[i].hash & (room - 1);
        while (slots[at].first != 0)
            at = (at + 1) & (room - 1);
        slots[at] = table->slots[i];
    }
    table->slots = slots;
    table->mask = room - 1;
}

static void grow_next(struct row_table *table)
{
    size_t room = table->store->room;
    size_t *next = ARENA_ARRAY(table->store->arena, size_t, room);
    if (table->next_room > 0)
        memcpy(next, table->next, table->next_room * sizeof(*next));
    table->next = next;
    table->next_room = room;
}

void row_table_add(struct row_table *table, uint64_t hash, size_t row)
{
    if (table->slots == NULL || table->used * 2 > table->mask)
        grow_slots(table);
    if (row >= table->next_room)
        grow_next(table);
    size_t at = hash & table->mask;
    while (table->slots[at].first != 0) {
        struct row_slot *slot = &table->slots[at];
        if (slot->hash == hash && rows_are_equal(table, slot->first - 1, row)) {
            table->next[slot->last - 1] = row + 1;
            slot->last = row + 1;
            return;
        }
        at = (at + 1) & table->mask;
    }
    table->slots[at] = (struct row_slot){hash, row + 1, row + 1};
    table->used++;
}

bool row_table_put(struct row_table *table, const struct vector *keys, size_t row,
                   size_t *row_out)
{
    uint64_t hash = row_hash(keys, table->key_count, row);
    *row_out = row_table_find(table, hash, keys, row);
    if (*row_out != ROW_NONE)
        return false;
    *row_out = table->store->count;
    row_store_add(table->store, keys, table->key_count, NULL, row);
    row_table_add(table, hash, *row_out);
    return true;
}
