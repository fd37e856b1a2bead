#include "catalog/relation.h"

#include "catalog/relation_base.h"

const struct system_relation *system_relation_at(size_t index)
{
    if (index < relation_base_count)
        return &relation_base_table[index];
    index -= relation_base_count;
    return index < relation_view_count ? &relation_view_table[index] : NULL;
}

const struct system_relation *system_relation_find(const char *schema, const char *name)
{
    const struct system_relation *relation = NULL;

    for (size_t i = 0; (relation = system_relation_at(i)) != NULL; i++)
        if (strcmp(relation->name, name) == 0 && strcmp(relation->schema, schema) == 0)
            return relation;
    return NULL;
}
