/* The relations that list all relations and their columns: the system's here, users' in
 * relation_tables.c. Ids are 's' and
 * the OID; what the catalog's own schemas are called and numbered is in bootstrap.def. */
#include <stdio.h>

#include "catalog/relation_base.h"
#include "catalog/relation_row.h"
#include "catalog/relation_tables.h"

/* mz_system; anyone may read. */
static const char owner_id[] = "s1";
enum { OWNER_OID = 16661 };
static const char privileges[] = "{p=r/s1,s1=r/s1}";

struct home {
    const char *name;
    struct catalog_id id;
    uint32_t oid;
};

#define ROLE(space, number, oid, name, can_log_in, is_superuser)
#define DATABASE(space, number, oid, name)
#define COUNTER(class, next)
#define SCHEMA(space, number, oid, name, database)                                       \
    {name, {CATALOG_CLASS_SCHEMA, space, number}, oid},
static const struct home homes[] = {
#include "catalog/bootstrap.def"
};
#undef ROLE
#undef DATABASE
#undef COUNTER
#undef SCHEMA

static const struct home *home_of(const struct system_relation *relation)
{
    for (size_t i = 0; i < ARRAY_COUNT(homes); i++)
        if (strcmp(homes[i].name, relation->schema) == 0)
            return &homes[i];
    return NULL;
}

static enum rc relation_rows(const struct system_scan *scan, struct error *err)
{
    struct relation_row row = relation_row_open(scan);
    const struct system_relation *relation = NULL;
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && (relation = system_relation_at(i)) != NULL; i++) {
        const struct home *home = home_of(relation);
        bool is_view = relation->kind == SYSTEM_RELATION_VIEW;
        const char *id = NULL;

        if (home == NULL || !relation_wants_number(scan, 1, relation->oid) ||
            !relation_wants_text(scan, 5, relation->name))
            continue;
        id = arena_printf(row.arena, "s%u", relation->oid);
        if (!relation_wants_text(scan, 0, id))
            continue;
        relation_add_text(&row, id);
        relation_add_number(&row, relation->oid);
        relation_add_id(&row, home->id);
        relation_add_number(&row, home->oid);
        relation_add_text(&row, home->name);
        relation_add_text(&row, relation->name);
        relation_add_text(&row, is_view ? "view" : "table");
        relation_add_letter(&row, is_view ? 'v' : 'r');
        relation_add_text(&row, owner_id);
        relation_add_number(&row, OWNER_OID);
        relation_add_number(&row, (int64_t)relation->column_count);
        relation_add_text(&row, privileges);
        relation_add_text(&row, relation->view_sql);
        relation_add_letter(&row, 'p');
        relation_add_boolean(&row, false);
        relation_add_number(&row, 0);
        relation_add_boolean(&row, false);
        rc = relation_row_send(&row, err);
    }
    if (rc == RC_OK)
        rc = relation_tables_relations(scan, &row, err);
    relation_row_close(&row);
    return rc;
}

static enum rc column_rows_of(struct relation_row *row,
                              const struct system_relation *relation, struct error *err)
{
    for (size_t i = 0; i < relation->column_count; i++) {
        const struct system_column *column = &relation->columns[i];

        relation_add_text(row, arena_printf(row->arena, "s%u", relation->oid));
        relation_add_number(row, relation->oid);
        relation_add_text(row, column->name);
        relation_add_number(row, (int64_t)i + 1);
        relation_add_number(row, column->type_oid);
        relation_add_number(row, -1);
        relation_add_boolean(row, column->is_nullable);
        relation_add_null(row);
        relation_add_text(row, "");
        relation_add_text(row, "");
        TRY(relation_row_send(row, err));
    }
    return RC_OK;
}

static enum rc column_rows(const struct system_scan *scan, struct error *err)
{
    struct relation_row row = relation_row_open(scan);
    const struct system_relation *relation = NULL;
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && (relation = system_relation_at(i)) != NULL; i++) {
        char id[CATALOG_ID_TEXT_MAX];

        if (!relation_wants_number(scan, 1, relation->oid))
            continue;
        (void)snprintf(id, sizeof(id), "s%u", relation->oid);
        if (relation_wants_text(scan, 0, id))
            rc = column_rows_of(&row, relation, err);
    }
    if (rc == RC_OK)
        rc = relation_tables_columns(scan, &row, err);
    relation_row_close(&row);
    return rc;
}

static const struct system_relation relation_self_relations[] = {
    BASE(mz_internal, base_relations, 17010,
         COLUMNS(COLUMN(id, TEXT), COLUMN(oid, OID), COLUMN(schema_id, TEXT),
                 COLUMN(schema_oid, OID), COLUMN(schema_name, TEXT), COLUMN(name, TEXT),
                 COLUMN(type, TEXT), COLUMN(kind, CHAR), COLUMN(owner_id, TEXT),
                 COLUMN(owner_oid, OID), COLUMN(column_count, INT2),
                 COLUMN(privileges, PRIVILEGES), NULLABLE(definition, TEXT),
                 COLUMN(persistence, CHAR), COLUMN(has_index, BOOL),
                 COLUMN(check_count, INT2), COLUMN(has_foreign_key, BOOL)),
         relation_rows),
    BASE(mz_internal, base_columns, 17011,
         COLUMNS(COLUMN(relation_id, TEXT), COLUMN(relation_oid, OID), COLUMN(name, TEXT),
                 COLUMN(number, INT2), COLUMN(type_oid, OID), COLUMN(type_modifier, INT4),
                 COLUMN(is_nullable, BOOL), NULLABLE(default_sql, TEXT),
                 COLUMN(identity, CHAR), COLUMN(generated, CHAR)),
         column_rows),
};
RELATION_TABLE(relation_self);
