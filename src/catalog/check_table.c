#include "catalog/check_table.h"

#include "catalog/object.h"
#include "catalog/sequence.h"

static bool has_column(const struct catalog_object *table, uint32_t number)
{
    for (size_t i = 0; i < table->table.columns.count; i++)
        if (table->table.columns.items[i].number == number)
            return !table->table.columns.items[i].is_dropped;
    return false;
}

static const char *check_columns(const struct record_table *table)
{
    uint32_t last = 0;

    if (table->storage == 0)
        return "a table has no storage";
    for (size_t i = 0; i < table->columns.count; i++) {
        const struct record_column *column = &table->columns.items[i];

        if (column->number <= last || column->number > table->last_number)
            return "a table's columns are not numbered in order";
        last = column->number;
        for (size_t k = 0; k < i; k++)
            if (strcmp(column->name, table->columns.items[k].name) == 0)
                return "two columns of a table have one name";
    }
    return NULL;
}

/* RC_OK with *found_out NULL: absent, or of another kind. */
static enum rc find(struct store_transaction *transaction, struct catalog_id id,
                    enum object_kind kind, struct arena *arena,
                    struct catalog_object **found_out, struct error *err)
{
    enum rc rc = catalog_object_get(transaction, id, arena, found_out, err);

    if (rc == RC_NOTFOUND || (rc == RC_OK && (*found_out)->kind != kind)) {
        *found_out = NULL;
        return RC_OK;
    }
    return rc;
}

static enum rc check_constraint(struct store_transaction *transaction,
                                const struct catalog_object *table,
                                const struct record_constraint *constraint,
                                struct arena *arena, const char **fault_out,
                                struct error *err)
{
    struct catalog_object *index = NULL;
    struct catalog_object *other = NULL;

    for (size_t i = 0; i < constraint->column_count; i++)
        if (!has_column(table, constraint->columns[i]))
            *fault_out = "a constraint names a column that is absent";
    if (constraint->kind == 'c')
        return RC_OK;
    TRY(find(transaction, constraint->index_id, OBJECT_KIND_INDEX, arena, &index, err));
    if (index == NULL)
        *fault_out = "a constraint's index is absent";
    if (constraint->kind != 'f')
        return RC_OK;
    TRY(find(transaction, constraint->table_id, OBJECT_KIND_TABLE, arena, &other, err));
    if (other == NULL)
        *fault_out = "a foreign key points at a table that is absent";
    for (size_t i = 0; other != NULL && i < constraint->column_count; i++)
        if (constraint->foreign_columns == NULL ||
            !has_column(other, constraint->foreign_columns[i]))
            *fault_out = "a foreign key points at a column that is absent";
    return RC_OK;
}

static enum rc check_index(struct store_transaction *transaction,
                           const struct record_index *index, struct arena *arena,
                           const char **fault_out, struct error *err)
{
    struct catalog_object *table = NULL;

    TRY(find(transaction, index->table_id, OBJECT_KIND_TABLE, arena, &table, err));
    if (table == NULL)
        *fault_out = "an index belongs to a table that is absent";
    else if (index->storage == 0 || index->parts.count == 0)
        *fault_out = "an index has no storage or no parts";
    for (size_t i = 0; table != NULL && i < index->parts.count; i++)
        if (index->parts.items[i].number != 0 &&
            !has_column(table, index->parts.items[i].number))
            *fault_out = "an index names a column that is absent";
    return RC_OK;
}

static enum rc check_sources(struct store_transaction *transaction,
                             const struct record_view *view, struct arena *arena,
                             const char **fault_out, struct error *err)
{
    for (size_t i = 0; i < view->sources.count; i++) {
        struct catalog_object *source = NULL;
        enum rc rc = catalog_object_get(transaction, view->sources.items[i].id, arena,
                                        &source, err);

        if (rc == RC_NOTFOUND)
            *fault_out = "a view reads a relation that is absent";
        else
            TRY(rc);
    }
    return RC_OK;
}

static enum rc check_sequence(struct store_transaction *transaction,
                              const struct record_sequence *sequence,
                              const char **fault_out)
{
    struct error ignored;
    int64_t value = 0;
    bool is_called = false;

    if (sequence->increment == 0 || sequence->minimum >= sequence->maximum ||
        catalog_sequence_read(transaction, sequence, &value, &is_called, &ignored) !=
            RC_OK)
        *fault_out = "a sequence has no value, or bounds without sense";
    return RC_OK;
}

enum rc catalog_check_relation(struct store_transaction *transaction,
                               const struct catalog_object *object, struct arena *arena,
                               const char **fault_out, struct error *err)
{
    *fault_out = NULL;
    switch ((int)object->kind) {
    case OBJECT_KIND_TABLE:
        *fault_out = check_columns(&object->table);
        for (size_t i = 0; i < object->table.constraints.count; i++)
            TRY(check_constraint(transaction, object, &object->table.constraints.items[i],
                                 arena, fault_out, err));
        return RC_OK;
    case OBJECT_KIND_VIEW:
        return check_sources(transaction, &object->view, arena, fault_out, err);
    case OBJECT_KIND_INDEX:
        return check_index(transaction, &object->index, arena, fault_out, err);
    case OBJECT_KIND_SEQUENCE:
        return check_sequence(transaction, &object->sequence, fault_out);
    default:
        return RC_OK;
    }
}
