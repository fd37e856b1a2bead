#include "catalog/resolve.h"

static const char *const first_schemas[] = {"pg_catalog"};
static const char *const last_schemas[] = {"mz_catalog", "mz_internal",
                                           "information_schema"};

static const struct catalog_id nowhere;

/* A schema of the database, or a system schema of that name. RC_NOTFOUND when none. */
static enum rc schema_find(struct store_transaction *transaction, const char *database,
                           const char *name, struct arena *arena,
                           struct catalog_object **schema_out, struct error *err)
{
    struct catalog_object *parent = NULL;
    enum rc rc = catalog_find(
        transaction, &(const struct catalog_place){nowhere, CATALOG_CLASS_SCHEMA, name},
        arena, schema_out, err);

    if (rc != RC_NOTFOUND)
        return rc;
    TRY(catalog_require(
        transaction,
        &(const struct catalog_place){nowhere, CATALOG_CLASS_DATABASE, database}, arena,
        &parent, err));
    return catalog_find(
        transaction,
        &(const struct catalog_place){parent->id, CATALOG_CLASS_SCHEMA, name}, arena,
        schema_out, err);
}

enum rc catalog_resolve_schema(struct store_transaction *transaction,
                               const struct catalog_path *path,
                               const struct catalog_name *name, struct arena *arena,
                               struct catalog_object **schema_out, struct error *err)
{
    const char *database = name->database == NULL ? path->database : name->database;
    const char *schema = name->schema;
    struct catalog_object *parent = NULL;
    enum rc rc = RC_OK;

    if (path->temporary != NULL && strcmp(schema, "pg_temp") == 0)
        schema = path->temporary;
    if (name->database != NULL)
        TRY(catalog_require(
            transaction,
            &(const struct catalog_place){nowhere, CATALOG_CLASS_DATABASE, database},
            arena, &parent, err));
    rc = schema_find(transaction, database, schema, arena, schema_out, err);
    if (rc == RC_NOTFOUND)
        return error_set(err, SQLSTATE_INVALID_SCHEMA_NAME,
                         "schema \"%s\" does not exist", name->schema);
    return rc;
}

/* What a search along the path needs. */
struct search {
    struct store_transaction *transaction;
    const struct catalog_path *path;
    const char *name;
    struct arena *arena;
};

static bool names_schema(const struct catalog_path *path, const char *schema)
{
    for (size_t i = 0; i < path->schema_count; i++)
        if (strcmp(path->schemas[i], schema) == 0)
            return true;
    return false;
}

/* The item in the first schema that has it; a schema that does not exist is passed over.
 * `is_implied`: schemas that the path names by itself have their turn elsewhere. */
static enum rc search_schemas(const struct search *search, const char *const *schemas,
                              size_t count, bool is_implied,
                              struct catalog_object **object_out, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        struct catalog_object *schema = NULL;
        enum rc rc = RC_NOTFOUND;

        if (is_implied && names_schema(search->path, schemas[i]))
            continue;
        rc = schema_find(search->transaction, search->path->database, schemas[i],
                         search->arena, &schema, err);
        if (rc == RC_OK)
            rc = catalog_find(search->transaction,
                              &(const struct catalog_place){
                                  schema->id, CATALOG_CLASS_ITEM, search->name},
                              search->arena, object_out, err);
        if (rc != RC_NOTFOUND)
            return rc;
    }
    return RC_NOTFOUND;
}

static enum rc search_path(const struct search *search,
                           struct catalog_object **object_out, struct error *err)
{
    const struct catalog_path *path = search->path;
    enum rc rc = RC_NOTFOUND;

    if (path->temporary != NULL)
        rc = search_schemas(search, &path->temporary, 1, false, object_out, err);
    if (rc == RC_NOTFOUND)
        rc = search_schemas(search, first_schemas, ARRAY_COUNT(first_schemas), true,
                            object_out, err);
    if (rc == RC_NOTFOUND)
        rc = search_schemas(search, path->schemas, path->schema_count, false, object_out,
                            err);
    if (rc == RC_NOTFOUND)
        rc = search_schemas(search, last_schemas, ARRAY_COUNT(last_schemas), true,
                            object_out, err);
    return rc;
}

static enum rc unknown(const struct catalog_name *name, struct error *err)
{
    if (name->schema == NULL)
        return error_set(err, SQLSTATE_INTERNAL_ERROR, "unknown catalog item '%s'",
                         name->name);
    if (name->database == NULL)
        return error_set(err, SQLSTATE_INTERNAL_ERROR, "unknown catalog item '%s.%s'",
                         name->schema, name->name);
    return error_set(err, SQLSTATE_INTERNAL_ERROR, "unknown catalog item '%s.%s.%s'",
                     name->database, name->schema, name->name);
}

enum rc catalog_resolve_find(struct store_transaction *transaction,
                             const struct catalog_path *path,
                             const struct catalog_name *name, struct arena *arena,
                             struct catalog_object **object_out, struct error *err)
{
    struct search search = {transaction, path, name->name, arena};
    struct catalog_object *schema = NULL;

    if (name->schema == NULL)
        return search_path(&search, object_out, err);
    TRY(catalog_resolve_schema(transaction, path, name, arena, &schema, err));
    return catalog_find(
        transaction,
        &(const struct catalog_place){schema->id, CATALOG_CLASS_ITEM, name->name}, arena,
        object_out, err);
}

enum rc catalog_resolve_item(struct store_transaction *transaction,
                             const struct catalog_path *path,
                             const struct catalog_name *name, struct arena *arena,
                             struct catalog_object **object_out, struct error *err)
{
    enum rc rc = catalog_resolve_find(transaction, path, name, arena, object_out, err);

    return rc == RC_NOTFOUND ? unknown(name, err) : rc;
}

enum rc catalog_resolve_target(struct store_transaction *transaction,
                               const struct catalog_path *path,
                               const struct catalog_name *name, struct arena *arena,
                               struct catalog_object **schema_out, struct error *err)
{
    if (name->schema != NULL)
        return catalog_resolve_schema(transaction, path, name, arena, schema_out, err);
    for (size_t i = 0; i < path->schema_count; i++) {
        enum rc rc = schema_find(transaction, path->database, path->schemas[i], arena,
                                 schema_out, err);

        if (rc != RC_NOTFOUND)
            return rc;
    }
    return error_set(err, SQLSTATE_INVALID_SCHEMA_NAME,
                     "no schema has been selected to create in");
}
