/* A user's table out of the catalog's records. */
#include "sql/bind/table.h"

#include <stdlib.h>

#include "base/error.h"
#include "catalog/dependency.h"

enum { ROW_ESTIMATE = 1000 /* until there are statistics */ };

/* One load; everything goes into the arena. */
struct loading {
    struct arena *arena;
    struct store_transaction *transaction;
    const struct catalog_object *object;
    struct table *table;
    struct catalog_object **dependents; /* indexes, and tables that may point here */
    size_t dependent_count;
};

static enum rc damaged(const struct loading *loading, struct error *err)
{
    return error_set(err, SQLSTATE_DATA_CORRUPTED, "the records of table \"%s\" disagree",
                     loading->object->name);
}

/* The place of the living column with the number. */
static bool find_place(const struct table *table, uint32_t number, uint32_t *place_out)
{
    for (uint32_t i = 0; i < table->column_count; i++) {
        if (table->columns[i].number == number) {
            *place_out = i;
            return true;
        }
    }
    return false;
}

static enum rc load_columns(struct loading *loading, struct error *err)
{
    const struct record_columns *record = &loading->object->table.columns;
    struct table_column *columns =
        ARENA_ARRAY(loading->arena, struct table_column, record->count + 1);
    size_t count = 0;
    for (size_t i = 0; i < record->count; i++) {
        const struct record_column *from = &record->items[i];
        if (from->is_dropped)
            continue;
        columns[count] = (struct table_column){
            .name = from->name,
            .number = from->number,
            .type = type_find_oid(from->type_oid),
            .typmod = from->typmod,
            .not_null = from->not_null,
            .default_sql = from->default_sql == NULL ? "" : from->default_sql,
            .identity = from->identity,
            .generated = from->generated,
            .sequence_id = from->sequence_id,
        };
        if (columns[count++].type == NULL)
            return damaged(loading, err);
    }
    loading->table->columns = columns;
    loading->table->column_count = count;
    return RC_OK;
}

static enum rc load_places(struct loading *loading, const uint32_t *numbers, size_t count,
                           const uint32_t **places_out, struct error *err)
{
    uint32_t *places = ARENA_ARRAY(loading->arena, uint32_t, count + 1);
    for (size_t i = 0; i < count; i++) {
        if (!find_place(loading->table, numbers[i], &places[i]))
            return damaged(loading, err);
    }
    *places_out = places;
    return RC_OK;
}

/* The tables and indexes that depend on this one, in order of OID. */
static int by_oid(const void *a, const void *b)
{
    const struct catalog_object *one = *(struct catalog_object *const *)a;
    const struct catalog_object *other = *(struct catalog_object *const *)b;
    return one->oid < other->oid ? -1 : one->oid > other->oid ? 1 : 0;
}

static enum rc load_dependents(struct loading *loading, struct error *err)
{
    struct catalog_ids ids = {NULL, 0};
    if (!catalog_id_is_set(loading->object->id))
        return RC_OK;
    TRY(catalog_dependents(loading->transaction, loading->object->id, loading->arena,
                           &ids, err));
    loading->dependents =
        ARENA_ARRAY(loading->arena, struct catalog_object *, ids.count + 1);
    for (size_t i = 0; i < ids.count; i++) {
        struct catalog_object *object = NULL;
        enum rc rc = catalog_object_get(loading->transaction, ids.items[i],
                                        loading->arena, &object, err);
        if (rc == RC_NOTFOUND)
            return damaged(loading, err);
        TRY(rc);
        if (object->kind == OBJECT_KIND_INDEX || object->kind == OBJECT_KIND_TABLE)
            loading->dependents[loading->dependent_count++] = object;
    }
    if (loading->dependent_count > 1)
        qsort(loading->dependents, loading->dependent_count, sizeof *loading->dependents,
              by_oid);
    return RC_OK;
}

static enum rc load_index(struct loading *loading, const struct catalog_object *object,
                          struct table_index *index, struct error *err)
{
    const struct record_index *record = &object->index;
    struct table_index_part *parts =
        ARENA_ARRAY(loading->arena, struct table_index_part, record->parts.count + 1);
    for (size_t i = 0; i < record->parts.count; i++) {
        const struct record_index_part *from = &record->parts.items[i];
        parts[i] = (struct table_index_part){UINT32_MAX, from->expression_sql,
                                             from->is_descending, from->nulls_first};
        if (from->number != 0 &&
            !find_place(loading->table, from->number, &parts[i].place))
            return damaged(loading, err);
    }
    *index = (struct table_index){
        .id = object->id,
        .oid = object->oid,
        .name = object->name,
        .storage = record->storage,
        .is_unique = record->is_unique,
        .is_primary = record->is_primary,
        .nulls_not_distinct = record->nulls_not_distinct,
        .parts = parts,
        .part_count = record->parts.count,
        .predicate_sql = record->predicate_sql,
    };
    return RC_OK;
}

static enum rc load_indexes(struct loading *loading, struct error *err)
{
    struct table_index *indexes =
        ARENA_ARRAY(loading->arena, struct table_index, loading->dependent_count + 1);
    size_t count = 0;
    for (size_t i = 0; i < loading->dependent_count; i++) {
        const struct catalog_object *object = loading->dependents[i];
        if (object->kind == OBJECT_KIND_INDEX &&
            catalog_id_equal(object->index.table_id, loading->object->id))
            TRY(load_index(loading, object, &indexes[count++], err));
    }
    loading->table->indexes = indexes;
    loading->table->index_count = count;
    return RC_OK;
}

/* A constraint as it stands in its own table's record; `other` is what it points at. */
static struct table_constraint copy_constraint(const struct record_constraint *record,
                                               struct catalog_id other)
{
    return (struct table_constraint){
        .name = record->name,
        .kind = record->kind,
        .expression_sql = record->expression_sql,
        .place_count = record->column_count,
        .other_id = other,
        .match = record->match,
        .on_update = record->on_update,
        .on_delete = record->on_delete,
        .is_deferrable = record->is_deferrable,
        .is_deferred = record->is_deferred,
    };
}

static enum rc load_own(struct loading *loading, const struct record_constraint *record,
                        struct table_constraint *out, struct error *err)
{
    *out = copy_constraint(record, record->table_id);
    out->foreign_numbers = record->foreign_columns;
    return load_places(loading, record->columns, record->column_count, &out->places, err);
}

/* Another table's foreign key, from this side. */
static enum rc load_referring(struct loading *loading,
                              const struct record_constraint *record,
                              struct catalog_id other, struct table_constraint *out,
                              struct error *err)
{
    if (record->foreign_columns == NULL)
        return damaged(loading, err);
    *out = copy_constraint(record, other);
    out->kind = 'r';
    out->foreign_numbers = record->columns;
    return load_places(loading, record->foreign_columns, record->column_count,
                       &out->places, err);
}

static bool points_at(const struct record_constraint *record, struct catalog_id table)
{
    return record->kind == 'f' && catalog_id_equal(record->table_id, table);
}

/* How many of the table's foreign keys point here. */
static size_t count_pointing(const struct catalog_object *from, struct catalog_id table)
{
    size_t count = 0;
    for (size_t i = 0; i < from->table.constraints.count; i++)
        count += points_at(&from->table.constraints.items[i], table) ? 1 : 0;
    return count;
}

static enum rc add_pointing(struct loading *loading, const struct catalog_object *from,
                            struct table_constraint *out, size_t *count,
                            struct error *err)
{
    for (size_t i = 0; i < from->table.constraints.count; i++) {
        const struct record_constraint *record = &from->table.constraints.items[i];
        if (points_at(record, loading->object->id))
            TRY(load_referring(loading, record, from->id, &out[(*count)++], err));
    }
    return RC_OK;
}

static enum rc load_constraints(struct loading *loading, struct error *err)
{
    const struct catalog_object *object = loading->object;
    const struct record_constraints *own = &object->table.constraints;
    size_t room = own->count + count_pointing(object, object->id) + 1;
    size_t count = 0;
    for (size_t i = 0; i < loading->dependent_count; i++) {
        if (loading->dependents[i]->kind == OBJECT_KIND_TABLE)
            room += count_pointing(loading->dependents[i], object->id);
    }
    struct table_constraint *constraints =
        ARENA_ARRAY(loading->arena, struct table_constraint, room);
    for (size_t i = 0; i < own->count; i++) {
        char kind = own->items[i].kind;
        if (kind == 'c' || kind == 'f')
            TRY(load_own(loading, &own->items[i], &constraints[count++], err));
    }
    TRY(add_pointing(loading, object, constraints, &count, err));
    for (size_t i = 0; i < loading->dependent_count; i++) {
        const struct catalog_object *from = loading->dependents[i];
        if (from->kind == OBJECT_KIND_TABLE && !catalog_id_equal(from->id, object->id))
            TRY(add_pointing(loading, from, constraints, &count, err));
    }
    loading->table->constraints = constraints;
    loading->table->constraint_count = count;
    return RC_OK;
}

static enum rc load_schema(struct loading *loading, struct error *err)
{
    struct catalog_object *schema = NULL;
    enum rc rc = catalog_object_get(loading->transaction, loading->object->parent_id,
                                    loading->arena, &schema, err);
    if (rc == RC_NOTFOUND)
        return damaged(loading, err);
    TRY(rc);
    loading->table->schema = schema->name;
    return RC_OK;
}

enum rc table_load(struct arena *arena, struct store_transaction *transaction,
                   const struct catalog_object *object, const struct table **table_out,
                   struct error *err)
{
    struct table *table = ARENA_NEW(arena, struct table);
    struct loading loading = {arena, transaction, object, table, NULL, 0};
    table->id = object->id;
    table->oid = object->oid;
    table->name = object->name;
    table->storage = object->table.storage;
    table->is_temporary = object->table.is_temporary;
    table->stored_count = object->table.last_number;
    table->row_estimate = ROW_ESTIMATE;
    TRY(load_schema(&loading, err));
    TRY(load_columns(&loading, err));
    TRY(load_dependents(&loading, err));
    TRY(load_indexes(&loading, err));
    TRY(load_constraints(&loading, err));
    *table_out = table;
    return RC_OK;
}
