#ifndef CATALOG_DEPENDENCY_H
#define CATALOG_DEPENDENCY_H

#include "catalog/record.h"

struct store_transaction;

struct catalog_ids {
    struct catalog_id *items;
    size_t count;
};

/* What the object refers to, and what refers to it; in order of id. */
enum rc catalog_dependencies(struct store_transaction *transaction, struct catalog_id id,
                             struct arena *arena, struct catalog_ids *ids_out,
                             struct error *err) MUST_USE;
enum rc catalog_dependents(struct store_transaction *transaction, struct catalog_id id,
                           struct arena *arena, struct catalog_ids *ids_out,
                           struct error *err) MUST_USE;

/* Replaces what the object refers to, in both directions. Duplicates count once. */
enum rc catalog_dependencies_set(struct store_transaction *transaction,
                                 struct catalog_id id,
                                 const struct catalog_id *references, size_t count,
                                 struct error *err) MUST_USE;

/* Calls back for every edge, in order of object, then referenced object. */
enum rc catalog_each_dependency(struct store_transaction *transaction,
                                enum rc (*edge)(void *argument, struct catalog_id object,
                                                struct catalog_id referenced,
                                                struct error *err),
                                void *argument, struct error *err) MUST_USE;

#endif
