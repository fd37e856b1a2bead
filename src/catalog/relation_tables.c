/* Users' tables, views, indexes and sequences in the system relations. */
#include "catalog/relation_tables.h"

#include "catalog/counter.h"
#include "catalog/dependency.h"
#include "catalog/relation_base.h"
#include "catalog/sequence.h"

/* One scan over the relations of users; a key on an OID's column finds its object. */
struct table_scan {
    struct relation_row *row;
    enum rc (*object)(struct table_scan *scan, const struct catalog_object *object,
                      struct error *err);
    struct arena *arena; /* of what is looked up for a row */
};

static enum rc visit(void *argument, const struct catalog_object *object,
                     struct error *err)
{
    struct table_scan *scan = (struct table_scan *)argument;

    if (!object_kind_is_relation(object->kind))
        return RC_OK;
    arena_reset(scan->arena);
    return scan->object(scan, object, err);
}

static enum rc visit_key(struct table_scan *scan, const struct system_cell *key,
                         struct error *err)
{
    struct arena *arena = arena_new("system relation", NULL);
    struct catalog_object *object = NULL;
    enum rc rc = RC_NOTFOUND;

    if (key->number >= CATALOG_FIRST_OID && key->number <= UINT32_MAX)
        rc = catalog_object_by_oid(scan->row->scan->transaction, (uint32_t)key->number,
                                   arena, &object, err);
    if (rc == RC_OK)
        rc = visit(scan, object, err);
    arena_free(&arena);
    return rc == RC_NOTFOUND ? RC_OK : rc;
}

/* `oid_column`: where the OID of the object stands. */
static enum rc
scan_tables(const struct system_scan *system, struct relation_row *row, size_t oid_column,
            enum rc (*object)(struct table_scan *scan,
                              const struct catalog_object *object, struct error *err),
            struct error *err)
{
    struct table_scan scan = {row, object, arena_new("system relation", NULL)};
    struct catalog_visit walk = {visit, &scan};
    const struct system_cell *key = relation_key(system, oid_column);
    enum rc rc = RC_OK;

    if (relation_wants_none(system))
        rc = RC_OK;
    else if (key != NULL && key->kind == SYSTEM_CELL_NUMBER)
        rc = visit_key(&scan, key, err);
    else
        rc = catalog_each_of_class(system->transaction, CATALOG_CLASS_ITEM, &walk, err);
    arena_free(&scan.arena);
    return rc;
}

/* --- base_relations ---------------------------------------------------------------- */

static char kind_letter(const struct catalog_object *object)
{
    switch ((int)object->kind) {
    case OBJECT_KIND_TABLE:
        return 'r';
    case OBJECT_KIND_VIEW:
        return 'v';
    case OBJECT_KIND_INDEX:
        return 'i';
    default:
        return 'S';
    }
}

static bool is_temporary(const struct catalog_object *object)
{
    return (object->kind == OBJECT_KIND_TABLE && object->table.is_temporary) ||
           (object->kind == OBJECT_KIND_VIEW && object->view.is_temporary) ||
           (object->kind == OBJECT_KIND_SEQUENCE && object->sequence.is_temporary);
}

static size_t column_count(const struct catalog_object *object)
{
    switch ((int)object->kind) {
    case OBJECT_KIND_TABLE:
        return object->table.columns.count;
    case OBJECT_KIND_VIEW:
        return object->view.columns.count;
    case OBJECT_KIND_INDEX:
        return object->index.parts.count;
    default:
        return 3;
    }
}

static enum rc oid_of(struct table_scan *scan, struct catalog_id id,
                      const char **name_out, uint32_t *oid_out, struct error *err)
{
    struct catalog_object *object = NULL;
    enum rc rc = RC_NOTFOUND;

    *oid_out = 0;
    *name_out = "";
    if (catalog_id_is_set(id))
        rc = catalog_object_get(scan->row->scan->transaction, id, scan->arena, &object,
                                err);
    if (rc == RC_OK) {
        *oid_out = object->oid;
        *name_out = object->name;
    }
    return rc == RC_NOTFOUND ? RC_OK : rc;
}

/* Indexes, and foreign keys in either direction, which PostgreSQL keeps as triggers. */
struct attachments {
    bool index;
    bool foreign_key;
};

static bool has_foreign_key(const struct catalog_object *object)
{
    for (size_t i = 0; i < object->table.constraints.count; i++)
        if (object->table.constraints.items[i].kind == 'f')
            return true;
    return false;
}

static enum rc find_attachments(struct table_scan *scan,
                                const struct catalog_object *object,
                                struct attachments *out, struct error *err)
{
    struct store_transaction *transaction = scan->row->scan->transaction;
    struct catalog_ids ids = {NULL, 0};

    *out = (struct attachments){false, false};
    if (object->kind != OBJECT_KIND_TABLE)
        return RC_OK;
    out->foreign_key = has_foreign_key(object);
    TRY(catalog_dependents(transaction, object->id, scan->arena, &ids, err));
    for (size_t i = 0; i < ids.count; i++) {
        struct catalog_object *dependent = NULL;
        enum rc rc =
            catalog_object_get(transaction, ids.items[i], scan->arena, &dependent, err);

        if (rc != RC_OK && rc != RC_NOTFOUND)
            return rc;
        out->index = out->index || (rc == RC_OK && dependent->kind == OBJECT_KIND_INDEX);
        out->foreign_key =
            out->foreign_key || (rc == RC_OK && dependent->kind == OBJECT_KIND_TABLE);
    }
    return RC_OK;
}

static int64_t check_count(const struct catalog_object *object)
{
    int64_t count = 0;

    if (object->kind == OBJECT_KIND_TABLE)
        for (size_t i = 0; i < object->table.constraints.count; i++)
            count += object->table.constraints.items[i].kind == 'c' ? 1 : 0;
    return count;
}

static enum rc relation_object(struct table_scan *scan,
                               const struct catalog_object *object, struct error *err)
{
    struct relation_row *row = scan->row;
    const char *schema = NULL;
    const char *owner = NULL;
    uint32_t schema_oid = 0;
    uint32_t owner_oid = 0;
    struct attachments has = {false, false};

    if (!relation_wants_text(row->scan, 5, object->name))
        return RC_OK;
    TRY(oid_of(scan, object->parent_id, &schema, &schema_oid, err));
    TRY(oid_of(scan, object->owner_id, &owner, &owner_oid, err));
    TRY(find_attachments(scan, object, &has, err));
    relation_add_id(row, object->id);
    relation_add_number(row, object->oid);
    relation_add_id(row, object->parent_id);
    relation_add_number(row, schema_oid);
    relation_add_text(row, schema);
    relation_add_text(row, object->name);
    relation_add_text(row, object_kind_word(object->kind));
    relation_add_letter(row, kind_letter(object));
    relation_add_id(row, object->owner_id);
    relation_add_number(row, owner_oid);
    relation_add_number(row, (int64_t)column_count(object));
    relation_add_privileges(row, object->privileges);
    relation_add_text(row,
                      object->kind == OBJECT_KIND_VIEW ? object->view.query_sql : NULL);
    relation_add_letter(row, is_temporary(object) ? 't' : 'p');
    relation_add_boolean(row, has.index);
    relation_add_number(row, check_count(object));
    relation_add_boolean(row, has.foreign_key);
    return relation_row_send(row, err);
}

enum rc relation_tables_relations(const struct system_scan *scan,
                                  struct relation_row *row, struct error *err)
{
    return scan_tables(scan, row, 1, relation_object, err);
}

/* --- base_columns ------------------------------------------------------------------ */

static enum rc column_send(struct table_scan *scan, const struct catalog_object *object,
                           const struct record_column *column, struct error *err)
{
    struct relation_row *row = scan->row;
    bool has_default = column->default_sql != NULL && column->default_sql[0] != '\0';

    relation_add_id(row, object->id);
    relation_add_number(row, object->oid);
    relation_add_text(row, column->name);
    relation_add_number(row, column->number);
    relation_add_number(row, column->type_oid);
    relation_add_number(row, column->typmod);
    relation_add_boolean(row, !column->not_null);
    relation_add_text(row, has_default ? column->default_sql : NULL);
    relation_add_text(row, column->identity == 'a'   ? "a"
                           : column->identity == 'd' ? "d"
                                                     : "");
    relation_add_text(row, column->generated == 's' ? "s" : "");
    return relation_row_send(row, err);
}

/* The columns of an index are its parts, named as PostgreSQL does. */
static enum rc index_columns(struct table_scan *scan, const struct catalog_object *object,
                             struct error *err)
{
    struct catalog_object *table = NULL;
    enum rc rc = catalog_object_get(scan->row->scan->transaction, object->index.table_id,
                                    scan->arena, &table, err);

    if (rc != RC_OK)
        return rc == RC_NOTFOUND ? RC_OK : rc;
    for (size_t i = 0; i < object->index.parts.count; i++) {
        struct record_column column = {
            .number = (uint32_t)i + 1,
            .name = i == 0 ? "expr" : arena_printf(scan->arena, "expr%zu", i),
            .type_oid = RELATION_TYPE_TEXT,
            .typmod = -1,
        };

        for (size_t k = 0; k < table->table.columns.count; k++) {
            const struct record_column *from = &table->table.columns.items[k];

            if (from->number != object->index.parts.items[i].number)
                continue;
            column.name = from->name;
            column.type_oid = from->type_oid;
            column.typmod = from->typmod;
        }
        TRY(column_send(scan, object, &column, err));
    }
    return RC_OK;
}

static enum rc sequence_columns(struct table_scan *scan,
                                const struct catalog_object *object, struct error *err)
{
    static const struct record_column columns[] = {
        {.number = 1,
         .name = "last_value",
         .type_oid = RELATION_TYPE_INT8,
         .typmod = -1,
         .not_null = true},
        {.number = 2,
         .name = "log_cnt",
         .type_oid = RELATION_TYPE_INT8,
         .typmod = -1,
         .not_null = true},
        {.number = 3,
         .name = "is_called",
         .type_oid = RELATION_TYPE_BOOL,
         .typmod = -1,
         .not_null = true},
    };

    for (size_t i = 0; i < ARRAY_COUNT(columns); i++)
        TRY(column_send(scan, object, &columns[i], err));
    return RC_OK;
}

static enum rc columns_object(struct table_scan *scan,
                              const struct catalog_object *object, struct error *err)
{
    const struct record_columns *columns = object->kind == OBJECT_KIND_TABLE
                                               ? &object->table.columns
                                               : &object->view.columns;

    if (object->kind == OBJECT_KIND_INDEX)
        return index_columns(scan, object, err);
    if (object->kind == OBJECT_KIND_SEQUENCE)
        return sequence_columns(scan, object, err);
    for (size_t i = 0; i < columns->count; i++)
        if (!columns->items[i].is_dropped)
            TRY(column_send(scan, object, &columns->items[i], err));
    return RC_OK;
}

enum rc relation_tables_columns(const struct system_scan *scan, struct relation_row *row,
                                struct error *err)
{
    return scan_tables(scan, row, 1, columns_object, err);
}

/* --- pg_attrdef -------------------------------------------------------------------- */

/* An OID of its own that needs no record: no other object has it, and it stays. */
static int64_t default_oid(const struct catalog_object *object, uint32_t number)
{
    return (int64_t)(0x80000000U ^ (object->oid * 2048U + number));
}

static enum rc default_object(struct table_scan *scan,
                              const struct catalog_object *object, struct error *err)
{
    struct relation_row *row = scan->row;

    if (object->kind != OBJECT_KIND_TABLE)
        return RC_OK;
    for (size_t i = 0; i < object->table.columns.count; i++) {
        const struct record_column *column = &object->table.columns.items[i];

        if (column->is_dropped || column->default_sql[0] == '\0')
            continue;
        relation_add_number(row, default_oid(object, column->number));
        relation_add_number(row, object->oid);
        relation_add_number(row, column->number);
        relation_add_text(row, column->default_sql);
        TRY(relation_row_send(row, err));
    }
    return RC_OK;
}

/* --- pg_index ---------------------------------------------------------------------- */

static const char *joined(struct table_scan *scan, const struct record_index_parts *parts,
                          int64_t (*number)(const struct record_index_part *part))
{
    const char *text = "";

    for (size_t i = 0; i < parts->count; i++)
        text = arena_printf(scan->arena, "%s%s%lld", text, i == 0 ? "" : " ",
                            (long long)number(&parts->items[i]));
    return text;
}

static int64_t part_number(const struct record_index_part *part)
{
    return part->number;
}

static int64_t part_option(const struct record_index_part *part)
{
    return (part->is_descending ? 1 : 0) | (part->nulls_first ? 2 : 0);
}

static int64_t part_zero(const struct record_index_part *part)
{
    (void)part;
    return 0;
}

static const char *expressions(struct table_scan *scan,
                               const struct record_index_parts *parts)
{
    const char *text = NULL;

    for (size_t i = 0; i < parts->count; i++)
        if (parts->items[i].number == 0)
            text = text == NULL ? parts->items[i].expression_sql
                                : arena_printf(scan->arena, "%s, %s", text,
                                               parts->items[i].expression_sql);
    return text;
}

static enum rc index_object(struct table_scan *scan, const struct catalog_object *object,
                            struct error *err)
{
    struct relation_row *row = scan->row;
    const struct record_index *index = &object->index;
    const char *name = NULL;
    uint32_t table_oid = 0;

    if (object->kind != OBJECT_KIND_INDEX)
        return RC_OK;
    TRY(oid_of(scan, index->table_id, &name, &table_oid, err));
    if (!relation_wants_number(row->scan, 1, table_oid))
        return RC_OK;
    relation_add_number(row, object->oid);
    relation_add_number(row, table_oid);
    relation_add_number(row, (int64_t)index->parts.count);
    relation_add_number(row, (int64_t)index->parts.count);
    relation_add_boolean(row, index->is_unique);
    relation_add_boolean(row, index->nulls_not_distinct);
    relation_add_boolean(row, index->is_primary);
    relation_add_boolean(row, false); /* exclusion */
    relation_add_boolean(row, true);  /* immediate */
    relation_add_boolean(row, false); /* clustered */
    relation_add_boolean(row, true);  /* valid */
    relation_add_boolean(row, false);
    relation_add_boolean(row, true); /* ready */
    relation_add_boolean(row, true); /* live */
    relation_add_boolean(row, false);
    relation_add_text(row, joined(scan, &index->parts, part_number));
    relation_add_text(row, joined(scan, &index->parts, part_zero));
    relation_add_text(row, joined(scan, &index->parts, part_zero));
    relation_add_text(row, joined(scan, &index->parts, part_option));
    relation_add_text(row, expressions(scan, &index->parts));
    relation_add_text(row, index->predicate_sql[0] == '\0' ? NULL : index->predicate_sql);
    return relation_row_send(row, err);
}

/* --- pg_constraint ----------------------------------------------------------------- */

static void add_numbers(struct table_scan *scan, const uint32_t *numbers, size_t count)
{
    const char *text = "{";

    if (numbers == NULL || count == 0) {
        relation_add_null(scan->row);
        return;
    }
    for (size_t i = 0; i < count; i++)
        text = arena_printf(scan->arena, "%s%s%u", text, i == 0 ? "" : ",", numbers[i]);
    relation_add_text(scan->row, arena_printf(scan->arena, "%s}", text));
}

static void add_action(struct relation_row *row, char letter)
{
    relation_add_letter(row, letter == 0 ? ' ' : letter);
}

static enum rc constraint_send(struct table_scan *scan,
                               const struct catalog_object *object,
                               const struct record_constraint *constraint,
                               struct error *err)
{
    struct relation_row *row = scan->row;
    const char *name = NULL;
    uint32_t schema_oid = 0;
    uint32_t index_oid = 0;
    uint32_t foreign_oid = 0;

    TRY(oid_of(scan, object->parent_id, &name, &schema_oid, err));
    TRY(oid_of(scan, constraint->index_id, &name, &index_oid, err));
    TRY(oid_of(scan, constraint->table_id, &name, &foreign_oid, err));
    relation_add_number(row, constraint->oid);
    relation_add_text(row, constraint->name);
    relation_add_number(row, schema_oid);
    relation_add_letter(row, constraint->kind);
    relation_add_boolean(row, constraint->is_deferrable);
    relation_add_boolean(row, constraint->is_deferred);
    relation_add_boolean(row, true);
    relation_add_number(row, object->oid);
    relation_add_number(row, 0);
    relation_add_number(row, index_oid);
    relation_add_number(row, 0);
    relation_add_number(row, foreign_oid);
    add_action(row, constraint->on_update);
    add_action(row, constraint->on_delete);
    add_action(row, constraint->match);
    relation_add_boolean(row, true);
    relation_add_number(row, 0);
    relation_add_boolean(row, constraint->kind != 'c');
    add_numbers(scan, constraint->columns, constraint->column_count);
    add_numbers(scan, constraint->foreign_columns, constraint->column_count);
    for (int i = 0; i < 5; i++)
        relation_add_null(row);
    relation_add_text(row, constraint->kind == 'c' ? constraint->expression_sql : NULL);
    return relation_row_send(row, err);
}

static enum rc constraint_object(struct table_scan *scan,
                                 const struct catalog_object *object, struct error *err)
{
    if (object->kind != OBJECT_KIND_TABLE)
        return RC_OK;
    for (size_t i = 0; i < object->table.constraints.count; i++)
        TRY(constraint_send(scan, object, &object->table.constraints.items[i], err));
    return RC_OK;
}

/* --- sequences --------------------------------------------------------------------- */

static enum rc sequence_object(struct table_scan *scan,
                               const struct catalog_object *object, struct error *err)
{
    struct relation_row *row = scan->row;
    const struct record_sequence *sequence = &object->sequence;

    if (object->kind != OBJECT_KIND_SEQUENCE)
        return RC_OK;
    relation_add_number(row, object->oid);
    relation_add_number(row, sequence->type_oid);
    relation_add_number(row, sequence->start);
    relation_add_number(row, sequence->increment);
    relation_add_number(row, sequence->maximum);
    relation_add_number(row, sequence->minimum);
    relation_add_number(row, sequence->cache);
    relation_add_boolean(row, sequence->cycles);
    return relation_row_send(row, err);
}

static enum rc value_object(struct table_scan *scan, const struct catalog_object *object,
                            struct error *err)
{
    struct relation_row *row = scan->row;
    int64_t last = 0;
    bool is_called = false;

    if (object->kind != OBJECT_KIND_SEQUENCE)
        return RC_OK;
    TRY(catalog_sequence_read(row->scan->transaction, &object->sequence, &last,
                              &is_called, err));
    relation_add_number(row, object->oid);
    relation_add_number(row, last);
    relation_add_boolean(row, is_called);
    return relation_row_send(row, err);
}

/* pg_depend: what psql and drivers ask of it, a sequence that belongs to a column, and
 * what a relation refers to. */
enum { PG_CLASS_OID = 1259 };

static enum rc depend_send(struct table_scan *scan, uint32_t oid, uint32_t to,
                           uint32_t column, char type, struct error *err)
{
    struct relation_row *row = scan->row;

    relation_add_number(row, PG_CLASS_OID);
    relation_add_number(row, oid);
    relation_add_number(row, 0);
    relation_add_number(row, PG_CLASS_OID);
    relation_add_number(row, to);
    relation_add_number(row, column);
    relation_add_letter(row, type);
    return relation_row_send(row, err);
}

static enum rc depend_object(struct table_scan *scan, const struct catalog_object *object,
                             struct error *err)
{
    struct catalog_ids ids = {NULL, 0};

    TRY(catalog_dependencies(scan->row->scan->transaction, object->id, scan->arena, &ids,
                             err));
    for (size_t i = 0; i < ids.count; i++) {
        const char *name = NULL;
        uint32_t oid = 0;
        bool owned = object->kind == OBJECT_KIND_SEQUENCE;

        TRY(oid_of(scan, ids.items[i], &name, &oid, err));
        TRY(depend_send(scan, object->oid, oid, owned ? object->sequence.column : 0,
                        owned ? object->sequence.is_identity ? 'i' : 'a'
                        : object->kind == OBJECT_KIND_INDEX ? 'a'
                                                            : 'n',
                        err));
    }
    return RC_OK;
}

#define ROWS(name, oid_column)                                                           \
    static enum rc name##_rows(const struct system_scan *scan, struct error *err)        \
    {                                                                                    \
        struct relation_row row = relation_row_open(scan);                               \
        enum rc rc = scan_tables(scan, &row, oid_column, name##_object, err);            \
                                                                                         \
        relation_row_close(&row);                                                        \
        return rc;                                                                       \
    }
ROWS(default, 1)
ROWS(index, 0)
ROWS(constraint, 7)
ROWS(sequence, 0)
ROWS(value, 0)
ROWS(depend, 1)

static const struct system_relation relation_tables_relations_list[] = {
    BASE(mz_internal, base_sequences, 17012,
         COLUMNS(COLUMN(oid, OID), COLUMN(last_value, INT8), COLUMN(is_called, BOOL)),
         value_rows),
    BASE(pg_catalog, pg_attrdef, 2604,
         COLUMNS(COLUMN(oid, OID), COLUMN(adrelid, OID), COLUMN(adnum, INT2),
                 COLUMN(adbin, NODE_TREE)),
         default_rows),
    BASE(pg_catalog, pg_constraint, 2606,
         COLUMNS(COLUMN(oid, OID), COLUMN(conname, NAME), COLUMN(connamespace, OID),
                 COLUMN(contype, CHAR), COLUMN(condeferrable, BOOL),
                 COLUMN(condeferred, BOOL), COLUMN(convalidated, BOOL),
                 COLUMN(conrelid, OID), COLUMN(contypid, OID), COLUMN(conindid, OID),
                 COLUMN(conparentid, OID), COLUMN(confrelid, OID),
                 COLUMN(confupdtype, CHAR), COLUMN(confdeltype, CHAR),
                 COLUMN(confmatchtype, CHAR), COLUMN(conislocal, BOOL),
                 COLUMN(coninhcount, INT4), COLUMN(connoinherit, BOOL),
                 NULLABLE(conkey, INT2_ARRAY), NULLABLE(confkey, INT2_ARRAY),
                 NULLABLE(conpfeqop, OID_ARRAY), NULLABLE(conppeqop, OID_ARRAY),
                 NULLABLE(conffeqop, OID_ARRAY), NULLABLE(confdelsetcols, INT2_ARRAY),
                 NULLABLE(conexclop, OID_ARRAY), NULLABLE(conbin, NODE_TREE)),
         constraint_rows),
    BASE(pg_catalog, pg_depend, 2608,
         COLUMNS(COLUMN(classid, OID), COLUMN(objid, OID), COLUMN(objsubid, INT4),
                 COLUMN(refclassid, OID), COLUMN(refobjid, OID),
                 COLUMN(refobjsubid, INT4), COLUMN(deptype, CHAR)),
         depend_rows),
    BASE(pg_catalog, pg_index, 2610,
         COLUMNS(COLUMN(indexrelid, OID), COLUMN(indrelid, OID), COLUMN(indnatts, INT2),
                 COLUMN(indnkeyatts, INT2), COLUMN(indisunique, BOOL),
                 COLUMN(indnullsnotdistinct, BOOL), COLUMN(indisprimary, BOOL),
                 COLUMN(indisexclusion, BOOL), COLUMN(indimmediate, BOOL),
                 COLUMN(indisclustered, BOOL), COLUMN(indisvalid, BOOL),
                 COLUMN(indcheckxmin, BOOL), COLUMN(indisready, BOOL),
                 COLUMN(indislive, BOOL), COLUMN(indisreplident, BOOL),
                 COLUMN(indkey, INT2VECTOR), COLUMN(indcollation, OIDVECTOR),
                 COLUMN(indclass, OIDVECTOR), COLUMN(indoption, INT2VECTOR),
                 NULLABLE(indexprs, NODE_TREE), NULLABLE(indpred, NODE_TREE)),
         index_rows),
    BASE(pg_catalog, pg_sequence, 2224,
         COLUMNS(COLUMN(seqrelid, OID), COLUMN(seqtypid, OID), COLUMN(seqstart, INT8),
                 COLUMN(seqincrement, INT8), COLUMN(seqmax, INT8), COLUMN(seqmin, INT8),
                 COLUMN(seqcache, INT8), COLUMN(seqcycle, BOOL)),
         sequence_rows),
};
const struct relation_table relation_tables = {
    relation_tables_relations_list, ARRAY_COUNT(relation_tables_relations_list)};
