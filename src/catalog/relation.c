#include "catalog/relation.h"

#include "catalog/relation_base.h"

static const struct relation_table *const tables[] = {
    &relation_objects, &relation_self,     &relation_tables,
    &relation_live,    &relation_empty,    &relation_materialize,
    &relation_shown,   &relation_postgres, &relation_standard};

const struct system_relation *system_relation_at(size_t index)
{
    for (size_t i = 0; i < ARRAY_COUNT(tables); i++) {
        if (index < tables[i]->count)
            return &tables[i]->relations[index];
        index -= tables[i]->count;
    }
    return NULL;
}

const struct system_relation *system_relation_find(const char *schema, const char *name)
{
    for (size_t i = 0; i < ARRAY_COUNT(tables); i++)
        for (size_t j = 0; j < tables[i]->count; j++) {
            const struct system_relation *relation = &tables[i]->relations[j];

            if (strcmp(relation->name, name) == 0 &&
                strcmp(relation->schema, schema) == 0)
                return relation;
        }
    return NULL;
}

enum rc relation_no_rows(const struct system_scan *scan, struct error *err)
{
    (void)scan;
    (void)err;
    return RC_OK;
}
