/* Foreign keys: what a new key must find, and what a key that goes takes with it. Both
 * are looked at once all rows of the statement are written, in the newest state. */
#include "catalog/object.h"
#include "sql/exec/operator_modify.h"

enum { CASCADE_DEPTH_MAX = 200 };

static bool key_has_null(const struct row_store *rows, size_t row, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (row_value(rows, row, i).null)
            return true;
    }
    return false;
}

static bool values_differ(const struct type *type, struct value a, struct value b)
{
    if (a.null || b.null)
        return a.null != b.null;
    return type_compare(type, a.datum, b.datum) != 0;
}

static bool key_changed(const struct writer *writer,
                        const struct table_constraint *constraint)
{
    for (size_t i = 0; i < constraint->place_count; i++) {
        uint32_t place = constraint->places[i];
        if (values_differ(writer->table->columns[place].type, writer->old[place],
                          writer->new[place]))
            return true;
    }
    return false;
}

static void pending_open(struct writer *writer, struct pending_keys *pending)
{
    const struct table_constraint *constraint = pending->constraint;
    size_t count = constraint->place_count;
    const struct type **types =
        ARENA_ARRAY(writer->arena, const struct type *, 2 * count);
    if (pending->is_open)
        return;
    for (size_t i = 0; i < 2 * count; i++)
        types[i] = writer->table->columns[constraint->places[i % count]].type;
    row_store_init(&pending->rows, writer->arena, types, 2 * count);
    pending->is_open = true;
}

static void pending_add(struct writer *writer, struct pending_keys *pending,
                        const struct value *first, const struct value *second)
{
    const struct table_constraint *constraint = pending->constraint;
    size_t count = constraint->place_count;
    pending_open(writer, pending);
    union datum *row = row_store_new(&pending->rows);
    for (size_t i = 0; i < count; i++) {
        struct value none = {.null = true};
        uint32_t place = constraint->places[i];
        row_store_set(&pending->rows, row, i, first[place]);
        row_store_set(&pending->rows, row, count + i,
                      second == NULL ? none : second[place]);
    }
}

enum rc foreign_note_new(struct writer *writer, const struct value *old,
                         struct error *err)
{
    (void)err;
    for (size_t i = 0; i < writer->table->constraint_count; i++) {
        struct pending_keys *pending = &writer->pending[i];
        if (pending->constraint->kind == 'f' &&
            (old == NULL || key_changed(writer, pending->constraint)))
            pending_add(writer, pending, writer->new, NULL);
    }
    return RC_OK;
}

enum rc foreign_note_old(struct writer *writer, bool is_deleted, struct error *err)
{
    (void)err;
    for (size_t i = 0; i < writer->table->constraint_count; i++) {
        struct pending_keys *pending = &writer->pending[i];
        if (pending->constraint->kind == 'r' &&
            (is_deleted || key_changed(writer, pending->constraint)))
            pending_add(writer, pending, writer->old, is_deleted ? NULL : writer->new);
    }
    return RC_OK;
}

/* ---- the other table ---- */

static enum rc load_other(struct writer *writer,
                          const struct table_constraint *constraint,
                          const struct table **table_out, struct error *err)
{
    struct catalog_object *object = NULL;
    struct store_transaction *transaction = writer->execution->settings.transaction;
    if (catalog_id_equal(constraint->other_id, writer->table->id)) {
        *table_out = writer->table;
        return RC_OK;
    }
    enum rc rc = catalog_object_get(transaction, constraint->other_id, writer->arena,
                                    &object, err);
    if (rc == RC_NOTFOUND)
        return error_set(err, SQLSTATE_DATA_CORRUPTED,
                         "the table of foreign key \"%s\" is gone", constraint->name);
    TRY(rc);
    return table_load(writer->arena, transaction, object, table_out, err);
}

static enum rc find_place(const struct table *table, uint32_t number, uint32_t *place_out,
                          struct error *err)
{
    for (uint32_t i = 0; i < table->column_count; i++) {
        if (table->columns[i].number == number) {
            *place_out = i;
            return RC_OK;
        }
    }
    return error_set(err, SQLSTATE_DATA_CORRUPTED,
                     "a column of a foreign key of table \"%s\" is gone", table->name);
}

static enum rc foreign_places(const struct table *table,
                              const struct table_constraint *constraint,
                              struct arena *arena, uint32_t **places_out,
                              struct error *err)
{
    uint32_t *places = ARENA_ARRAY(arena, uint32_t, constraint->place_count + 1);
    for (size_t i = 0; i < constraint->place_count; i++)
        TRY(find_place(table, constraint->foreign_numbers[i], &places[i], err));
    *places_out = places;
    return RC_OK;
}

/* Keys of two tables may differ in the width of their whole numbers, and only there. */
static bool is_whole(const struct type *type)
{
    return type->oid == TYPE_INT2 || type->oid == TYPE_INT4 || type->oid == TYPE_INT8;
}

static int64_t whole_value(const struct type *type, union datum datum)
{
    return type->oid == TYPE_INT2   ? datum.int16
           : type->oid == TYPE_INT4 ? datum.int32
                                    : datum.int64;
}

/* False: the other column cannot hold the number. */
static bool convert(const struct type *from, const struct type *to, struct value *value)
{
    if (from == to || value->null || !is_whole(from) || !is_whole(to))
        return true;
    int64_t number = whole_value(from, value->datum);
    if (to->oid == TYPE_INT2)
        value->datum.int16 = (int16_t)number;
    else if (to->oid == TYPE_INT4)
        value->datum.int32 = (int32_t)number;
    else
        value->datum.int64 = number;
    return whole_value(to, value->datum) == number;
}

/* The unique index whose parts are just these places; SIZE_MAX: none. */
static size_t find_unique(const struct table *table, const uint32_t *places, size_t count)
{
    for (size_t i = 0; i < table->index_count; i++) {
        const struct table_index *index = &table->indexes[i];
        size_t found = 0;
        if (!index->is_unique || index->part_count != count)
            continue;
        for (size_t k = 0; k < count; k++) {
            for (size_t p = 0; p < count; p++)
                found += index->parts[p].place == places[k];
        }
        if (found == count)
            return i;
    }
    return SIZE_MAX;
}

/* Values in the order of the index' parts. */
static void order_parts(const struct table_index *index, const uint32_t *places,
                        const struct value *values, struct value *parts)
{
    for (size_t p = 0; p < index->part_count; p++) {
        for (size_t k = 0; k < index->part_count; k++) {
            if (index->parts[p].place == places[k])
                parts[p] = values[k];
        }
    }
}

/* ---- keys that must be there ---- */

struct lookup {
    struct heap *heap;
    const uint32_t *places; /* of the referenced columns */
    size_t index;
    struct value *values;
    struct value *parts;
};

static enum rc lookup_open(struct writer *writer,
                           const struct table_constraint *constraint, struct lookup *out,
                           struct error *err)
{
    const struct table *table = NULL;
    uint32_t *places = NULL;
    TRY(load_other(writer, constraint, &table, err));
    TRY(foreign_places(table, constraint, writer->arena, &places, err));
    out->places = places;
    out->index = find_unique(table, places, constraint->place_count);
    if (out->index == SIZE_MAX)
        return error_set(err, SQLSTATE_INVALID_FOREIGN_KEY,
                         "there is no unique constraint matching given keys for "
                         "referenced table \"%s\"",
                         table->name);
    out->values = ARENA_ARRAY(writer->arena, struct value, constraint->place_count);
    out->parts = ARENA_ARRAY(writer->arena, struct value, constraint->place_count);
    return heap_open(writer->arena, &writer->execution->settings, table, &out->heap, err);
}

static enum rc not_present(struct writer *writer, const struct lookup *lookup,
                           const struct table_constraint *constraint,
                           const struct value *values, struct error *err)
{
    error_set(err, SQLSTATE_FOREIGN_KEY_VIOLATION,
              "insert or update on table \"%s\" violates foreign key constraint \"%s\"",
              writer->table->name, constraint->name);
    return error_detail(err, "Key %s is not present in table \"%s\".",
                        heap_key_text(writer->heap, writer->batch_arena,
                                      constraint->places, constraint->place_count,
                                      values),
                        heap_table(lookup->heap)->name);
}

static enum rc check_match(struct writer *writer, const struct pending_keys *pending,
                           size_t row, struct error *err)
{
    const struct table_constraint *constraint = pending->constraint;
    size_t nulls = 0;
    for (size_t i = 0; i < constraint->place_count; i++)
        nulls += row_value(&pending->rows, row, i).null;
    if (constraint->match != 'f' || nulls == constraint->place_count)
        return RC_OK;
    error_set(err, SQLSTATE_FOREIGN_KEY_VIOLATION,
              "insert or update on table \"%s\" violates foreign key constraint \"%s\"",
              writer->table->name, constraint->name);
    return error_detail(err, "MATCH FULL does not allow mixing of null and nonnull key "
                             "values.");
}

static enum rc check_key(struct writer *writer, const struct pending_keys *pending,
                         size_t row, const struct lookup *lookup, struct error *err)
{
    const struct table_constraint *constraint = pending->constraint;
    const struct table *other = heap_table(lookup->heap);
    struct value *given =
        ARENA_ARRAY(writer->batch_arena, struct value, constraint->place_count);
    uint64_t row_id = 0;
    bool fits = true;
    for (size_t i = 0; i < constraint->place_count; i++) {
        given[i] = row_value(&pending->rows, row, i);
        lookup->values[i] = given[i];
        fits = convert(writer->table->columns[constraint->places[i]].type,
                       other->columns[lookup->places[i]].type, &lookup->values[i]) &&
               fits;
    }
    order_parts(&other->indexes[lookup->index], lookup->places, lookup->values,
                lookup->parts);
    enum rc rc = fits ? heap_lock_key(lookup->heap, lookup->index, lookup->parts,
                                      STORE_LOCK_SHARED, &row_id, err)
                      : RC_NOTFOUND;
    return rc == RC_NOTFOUND ? not_present(writer, lookup, constraint, given, err) : rc;
}

static enum rc check_new_keys(struct writer *writer, struct pending_keys *pending,
                              struct error *err)
{
    struct lookup lookup = {0};
    TRY(lookup_open(writer, pending->constraint, &lookup, err));
    for (size_t row = 0; row < pending->rows.count; row++) {
        if (key_has_null(&pending->rows, row, pending->constraint->place_count))
            TRY(check_match(writer, pending, row, err));
        else
            TRY(check_key(writer, pending, row, &lookup, err));
        if (row % VECTOR_ROWS_MAX == 0) {
            arena_reset(writer->batch_arena);
            TRY(execution_check(writer->execution, err));
        }
    }
    return RC_OK;
}

/* ---- keys that are gone ---- */

/* The rows of the other table that have a key of this one's. */
struct referrers {
    struct writer *other;
    const uint32_t *places; /* of the referring columns, in the other table */
    size_t count;
    const struct value *key; /* of its types */
    struct arena *arena;
    struct heap_scan *scan;
    struct heap_wanted wanted; /* all columns, then the row id */
    struct vector *columns;
};

/* An index that begins with the referring columns. */
static size_t find_prefix_index(const struct table *table, const uint32_t *places,
                                size_t count)
{
    for (size_t i = 0; i < table->index_count; i++) {
        const struct table_index *index = &table->indexes[i];
        size_t found = 0;
        if (index->part_count < count ||
            (index->predicate_sql != NULL && index->predicate_sql[0] != '\0'))
            continue;
        for (size_t k = 0; k < count; k++) {
            for (size_t p = 0; p < count; p++)
                found += index->parts[p].place == places[k];
        }
        if (found == count)
            return i;
    }
    return SIZE_MAX;
}

static enum rc referrers_open(struct referrers *referrers, struct error *err)
{
    struct writer *other = referrers->other;
    struct heap *heap = NULL;
    size_t width = other->table->column_count;
    uint32_t *places = ARENA_ARRAY(referrers->arena, uint32_t, width + 1);
    for (uint32_t i = 0; i <= width; i++)
        places[i] = i;
    referrers->wanted = (struct heap_wanted){places, width + 1};
    TRY(heap_open(referrers->arena, &other->execution->settings, other->table, &heap,
                  err));
    referrers->columns =
        heap_vectors(referrers->arena, heap, referrers->wanted, VECTOR_ROWS_MAX);
    size_t at = find_prefix_index(other->table, referrers->places, referrers->count);
    if (at == SIZE_MAX)
        return heap_scan_open(heap, referrers->arena, referrers->wanted, &referrers->scan,
                              err);
    struct value *parts = ARENA_ARRAY(referrers->arena, struct value, referrers->count);
    for (size_t p = 0; p < referrers->count; p++) {
        for (size_t k = 0; k < referrers->count; k++) {
            if (other->table->indexes[at].parts[p].place == referrers->places[k])
                parts[p] = referrers->key[k];
        }
    }
    struct heap_range range = {
        .index = at, .equal = parts, .equal_count = referrers->count};
    return heap_index_open(heap, referrers->arena, &range, referrers->wanted,
                           &referrers->scan, err);
}

static bool refers(const struct referrers *referrers, size_t row)
{
    for (size_t i = 0; i < referrers->count; i++) {
        uint32_t place = referrers->places[i];
        struct value value = vector_value(&referrers->columns[place], row);
        if (value.null || values_differ(referrers->other->table->columns[place].type,
                                        value, referrers->key[i]))
            return false;
    }
    return true;
}

/* What is to become of a row that refers to the old key. */
struct action {
    const struct table_constraint *constraint; /* of kind 'r' */
    char what;                                 /* of on_update or on_delete */
    bool is_deleted;
    const struct value *new_key; /* of the other table's types */
};

static enum rc still_referenced(struct writer *writer, const struct action *action,
                                const struct value *key, const struct table *other,
                                struct error *err)
{
    const struct table_constraint *constraint = action->constraint;
    error_set(
        err, SQLSTATE_FOREIGN_KEY_VIOLATION,
        "update or delete on table \"%s\" violates foreign key constraint \"%s\" on "
        "table \"%s\"",
        writer->table->name, constraint->name, other->name);
    return error_detail(err, "Key %s is still referenced from table \"%s\".",
                        heap_key_text(writer->heap, writer->batch_arena,
                                      constraint->places, constraint->place_count, key),
                        other->name);
}

static enum rc set_key(const struct referrers *referrers, const struct action *action,
                       struct error *err)
{
    struct writer *other = referrers->other;
    for (size_t i = 0; i < referrers->count; i++) {
        uint32_t place = referrers->places[i];
        const struct bound *expression = NULL;
        struct value none = {.null = true};
        other->new[place] = action->what == 'c' ? action->new_key[i] : none;
        if (action->what != 'd')
            continue;
        TRY(bind_table_default(referrers->arena, other->execution->settings.transaction,
                               other->execution->settings.types,
                               (struct table_place){other->table, place}, &expression,
                               err));
        TRY(evaluate_value(other->execution, referrers->arena, expression,
                           &other->new[place], err));
    }
    return RC_OK;
}

/* The new values as a batch of one row. */
static struct vector *new_row(struct writer *writer)
{
    size_t width = writer->table->column_count;
    struct vector *columns = ARENA_ARRAY(writer->batch_arena, struct vector, width + 1);
    union datum *data = ARENA_ARRAY(writer->batch_arena, union datum, width + 1);
    uint8_t *nulls = ARENA_ARRAY(writer->batch_arena, uint8_t, width + 1);
    for (size_t i = 0; i < width; i++) {
        columns[i] = (struct vector){writer->table->columns[i].type, &data[i], &nulls[i]};
        vector_set(&columns[i], 0, writer->new[i]);
    }
    return columns;
}

static enum rc act_on_row(const struct referrers *referrers, const struct action *action,
                          size_t row, struct error *err)
{
    struct writer *other = referrers->other;
    size_t width = other->table->column_count;
    uint64_t row_id = (uint64_t)referrers->columns[width].values[row].int64;
    TRY(heap_lock_row(other->heap, row_id, STORE_LOCK_EXCLUSIVE, STORE_LOCK_WAIT, err));
    for (size_t i = 0; i < width; i++)
        other->old[i] = other->new[i] = vector_value(&referrers->columns[i], row);
    if (action->is_deleted && action->what == 'c')
        return writer_delete(other, row_id, err);
    TRY(set_key(referrers, action, err));
    struct writer_rows rows = {.columns = new_row(other), .count = 1};
    TRY(writer_compute(other, &rows, err));
    TRY(writer_check(other, &rows, 0, err));
    for (size_t i = 0; i < width; i++)
        other->new[i] = vector_value(&rows.columns[i], 0);
    return writer_update(other, row_id, err);
}

static enum rc act_on_batch(struct writer *writer, const struct referrers *referrers,
                            const struct action *action, const struct value *old_key,
                            size_t count, struct error *err)
{
    for (size_t row = 0; row < count; row++) {
        if (!refers(referrers, row))
            continue;
        if (action->what == 'a' || action->what == 'r')
            return still_referenced(writer, action, old_key, referrers->other->table,
                                    err);
        TRY(act_on_row(referrers, action, row, err));
    }
    return execution_check(writer->execution, err);
}

static enum rc act_on_rows(struct writer *writer, struct referrers *referrers,
                           const struct action *action, const struct value *old_key,
                           struct error *err)
{
    TRY(referrers_open(referrers, err));
    for (;;) {
        size_t count = 0;
        enum rc rc = heap_scan_next(referrers->scan, referrers->columns, VECTOR_ROWS_MAX,
                                    &count, err);
        if (rc == RC_EOF)
            return RC_OK;
        TRY(rc);
        TRY(act_on_batch(writer, referrers, action, old_key, count, err));
    }
}

/* NO ACTION: another row may have the key by now. */
static enum rc key_is_back(struct writer *writer,
                           const struct table_constraint *constraint,
                           const struct value *key, bool *back_out, struct error *err)
{
    size_t index =
        find_unique(writer->table, constraint->places, constraint->place_count);
    struct value *parts =
        ARENA_ARRAY(writer->batch_arena, struct value, constraint->place_count);
    uint64_t row_id = 0;
    *back_out = false;
    if (index == SIZE_MAX)
        return RC_OK;
    order_parts(&writer->table->indexes[index], constraint->places, key, parts);
    enum rc rc =
        heap_lock_key(writer->heap, index, parts, STORE_LOCK_EXCLUSIVE, &row_id, err);
    *back_out = rc == RC_OK;
    return rc == RC_NOTFOUND ? RC_OK : rc;
}

/* The key in the other table's types. *fits_out: no row there can have it. */
static const struct value *other_key(struct writer *writer, struct referrers *referrers,
                                     const struct table_constraint *constraint,
                                     const struct value *key, bool *fits_out)
{
    struct value *converted =
        ARENA_ARRAY(writer->batch_arena, struct value, constraint->place_count);
    for (size_t i = 0; i < constraint->place_count; i++) {
        converted[i] = key[i];
        *fits_out = convert(writer->table->columns[constraint->places[i]].type,
                            referrers->other->table->columns[referrers->places[i]].type,
                            &converted[i]) &&
                    *fits_out;
    }
    return converted;
}

static enum rc act_on_key(struct writer *writer, const struct pending_keys *pending,
                          size_t row, struct referrers *referrers, struct error *err)
{
    const struct table_constraint *constraint = pending->constraint;
    size_t count = constraint->place_count;
    struct value *old = ARENA_ARRAY(writer->batch_arena, struct value, 2 * count);
    struct action action = {.constraint = constraint, .is_deleted = true};
    bool is_back = false;
    bool fits = true;
    bool new_fits = true;
    for (size_t i = 0; i < 2 * count; i++) {
        old[i] = row_value(&pending->rows, row, i);
        action.is_deleted = action.is_deleted && (i < count || old[i].null);
    }
    if (key_has_null(&pending->rows, row, count))
        return RC_OK;
    action.what = action.is_deleted ? constraint->on_delete : constraint->on_update;
    referrers->key = other_key(writer, referrers, constraint, old, &fits);
    action.new_key = other_key(writer, referrers, constraint, old + count, &new_fits);
    if (!fits)
        return RC_OK;
    if (!new_fits && action.what == 'c')
        return error_set(err, SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE,
                         "integer out of range");
    if (action.what == 'a')
        TRY(key_is_back(writer, constraint, old, &is_back, err));
    return is_back ? RC_OK : act_on_rows(writer, referrers, &action, old, err);
}

static enum rc act_on_old_keys(struct writer *writer, struct pending_keys *pending,
                               struct error *err)
{
    const struct table *table = NULL;
    uint32_t *places = NULL;
    struct referrers referrers = {.count = pending->constraint->place_count};
    TRY(load_other(writer, pending->constraint, &table, err));
    TRY(foreign_places(table, pending->constraint, writer->arena, &places, err));
    TRY(writer_open(writer->execution, table, NULL, &referrers.other, err));
    referrers.other->depth = writer->depth + 1;
    if (referrers.other->depth > CASCADE_DEPTH_MAX)
        return error_set(err, SQLSTATE_STATEMENT_TOO_COMPLEX,
                         "foreign keys act on one another too deeply");
    referrers.places = places;
    for (size_t row = 0; row < pending->rows.count; row++) {
        referrers.arena = arena_new("referring rows", writer->arena);
        enum rc rc = act_on_key(writer, pending, row, &referrers, err);
        arena_free(&referrers.arena);
        TRY(rc);
    }
    return writer_finish(referrers.other, err);
}

enum rc writer_finish(struct writer *writer, struct error *err)
{
    for (size_t i = 0; i < writer->table->constraint_count; i++) {
        struct pending_keys *pending = &writer->pending[i];
        if (!pending->is_open)
            continue;
        if (pending->constraint->kind == 'f')
            TRY(check_new_keys(writer, pending, err));
        else
            TRY(act_on_old_keys(writer, pending, err));
    }
    return RC_OK;
}
