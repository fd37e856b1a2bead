/* SHOW <objects> is written as the SQL text that Materialize runs for it, and parsed. */
#include "sql/bind/show.h"

#include "base/buffer.h"
#include "base/error.h"
#include "catalog/relation.h"
#include "sql/parse/parse.h"
#include "sql/parse/print.h"
#include "sql/types/type.h"

enum scope { SCOPE_NONE, SCOPE_DATABASE, SCOPE_SCHEMA };

/* What one SHOW selects. `relation` is one of mz_internal; where it does not exist,
 * objects of `type` in mz_show_all_objects answer, with the columns of `fallback`. */
struct shown {
    enum ast_object_kind object;
    const char *relation;
    const char *columns;
    size_t column_count;
    enum scope scope;
    const char *condition; /* besides the scope; NULL: none */
    const char *type;
    const char *fallback;
    const char *role; /* the column that FOR names; NULL: none */
};

/* clang-format off */
static const struct shown shown_table[] = {
    {SQL_OBJECT_DATABASE, "mz_show_databases", "name, comment", 2, SCOPE_NONE, NULL, NULL, NULL, NULL},
    {SQL_OBJECT_SCHEMA, "mz_show_schemas", "name, comment", 2, SCOPE_DATABASE, NULL, NULL, NULL, NULL},
    {SQL_OBJECT_ROLE, "mz_show_roles", "name, comment", 2, SCOPE_NONE, NULL, NULL, NULL, NULL},
    {SQL_OBJECT_SECRET, "mz_show_secrets", "name, comment", 2, SCOPE_SCHEMA, NULL, NULL, NULL, NULL},
    {SQL_OBJECT_CONNECTION, "mz_show_connections", "name, type, comment", 3, SCOPE_SCHEMA, NULL, NULL, NULL, NULL},
    {SQL_OBJECT_ANY, "mz_show_all_objects", "name, type, comment", 3, SCOPE_SCHEMA, NULL, NULL, NULL, NULL},
    {SQL_OBJECT_TABLE, "mz_show_tables", "name, comment", 2, SCOPE_SCHEMA, NULL,
     "table", "name, comment", NULL},
    {SQL_OBJECT_VIEW, "mz_show_views", "name, comment", 2, SCOPE_SCHEMA, NULL,
     "view", "name, comment", NULL},
    {SQL_OBJECT_TYPE, "mz_show_types", "name, comment", 2, SCOPE_SCHEMA, NULL,
     "type", "name, comment", NULL},
    {SQL_OBJECT_MATERIALIZED_VIEW, "mz_show_materialized_views", "name, cluster, comment", 3, SCOPE_SCHEMA, NULL,
     "materialized-view", "name, NULL::text AS cluster, comment", NULL},
    {SQL_OBJECT_INDEX, "mz_show_indexes", "name, \"on\", cluster, key, comment", 5, SCOPE_SCHEMA, NULL,
     "index", "name, NULL::text AS \"on\", NULL::text AS cluster, NULL::text[] AS key, comment", NULL},
    {SQL_OBJECT_SOURCE, "mz_show_sources", "name, type, cluster, comment", 4, SCOPE_SCHEMA, NULL,
     "source", "name, type, NULL::text AS cluster, comment", NULL},
    {SQL_OBJECT_SUBSOURCE, "mz_show_sources", "name, type", 2, SCOPE_SCHEMA, "type IN ('subsource', 'progress')",
     "subsource", "name, type", NULL},
    {SQL_OBJECT_SINK, "mz_show_sinks", "name, type, cluster, comment", 4, SCOPE_SCHEMA, NULL,
     "sink", "name, type, NULL::text AS cluster, comment", NULL},
    {SQL_OBJECT_CLUSTER, "mz_show_clusters", "name, replicas, comment", 3, SCOPE_NONE, NULL, NULL, NULL, NULL},
    {SQL_OBJECT_CLUSTER_REPLICA, "mz_show_cluster_replicas", "cluster, replica, size, ready, comment", 5, SCOPE_NONE, NULL, NULL, NULL, NULL},
    {SQL_OBJECT_NETWORK_POLICY, "mz_show_network_policies", "name, rules, comment", 3, SCOPE_NONE, NULL, NULL, NULL, NULL},
    {SQL_OBJECT_PRIVILEGE, "mz_show_all_privileges", "grantor, grantee, database, schema, name, object_type, privilege_type", 7, SCOPE_NONE, NULL, NULL, NULL, "grantee"},
    {SQL_OBJECT_DEFAULT_PRIVILEGE, "mz_show_default_privileges", "object_owner, database, schema, object_type, grantee, privilege_type", 6, SCOPE_NONE, NULL, NULL, NULL, "grantee"},
    {SQL_OBJECT_ROLE_MEMBERSHIP, "mz_show_role_members", "role, member, grantor", 3, SCOPE_NONE, NULL, NULL, NULL, "member"},
};
/* clang-format on */

struct showing {
    struct arena *arena;
    const struct bind_surroundings *surroundings;
    const struct ast_show_objects *show;
    struct buffer text;
};

enum { SHOW_TEXT_MAX = 1 << 20 };

static const char *plural(const struct showing *showing)
{
    const char *name = sql_object_kind_plural(showing->show->object);
    return name == NULL ? sql_object_kind_name(showing->show->object) : name;
}

static enum rc unsupported(const struct showing *showing, struct error *err)
{
    return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED, "SHOW %s is not supported",
                     plural(showing));
}

/* SHOW x lower-cased, for "cannot show tables on ...". */
static const char *lower_plural(const struct showing *showing)
{
    char *name = arena_strdup(showing->arena, plural(showing));
    for (char *at = name; *at != '\0'; at++) {
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
    }
    return name;
}

static enum rc database_id(struct showing *showing, const char **id_out,
                           struct error *err)
{
    const struct ast_name *from = &showing->show->from;
    const char *name = from->count == 0 ? showing->surroundings->path->database
                                        : from->parts[from->count - 1];
    struct catalog_place place = {.class = CATALOG_CLASS_DATABASE, .name = name};
    struct catalog_object *database = NULL;
    char text[CATALOG_ID_TEXT_MAX];
    if (from->count > 1)
        return error_set(err, SQLSTATE_SYNTAX_ERROR,
                         "improper database name (too many dotted names)");
    TRY(catalog_require(showing->surroundings->transaction, &place, showing->arena,
                        &database, err));
    *id_out = arena_strdup(showing->arena, catalog_id_text(database->id, text));
    return RC_OK;
}

/* Without FROM it is the session's own schema, as in Materialize. */
static enum rc schema_id(struct showing *showing, const char **id_out, struct error *err)
{
    const struct bind_surroundings *surroundings = showing->surroundings;
    const struct ast_name *from = &showing->show->from;
    struct catalog_name name = {NULL, NULL, ""};
    struct catalog_object *schema = NULL;
    char text[CATALOG_ID_TEXT_MAX];
    enum rc rc = RC_OK;
    if (from->count > 2)
        return error_set(err, SQLSTATE_SYNTAX_ERROR,
                         "improper schema name (too many dotted names)");
    if (from->count > 0) {
        name.database = from->count == 2 ? from->parts[0] : NULL;
        name.schema = from->parts[from->count - 1];
        rc = catalog_resolve_schema(surroundings->transaction, surroundings->path, &name,
                                    showing->arena, &schema, err);
    } else {
        rc = catalog_resolve_target(surroundings->transaction, surroundings->path, &name,
                                    showing->arena, &schema, err);
        if (rc == RC_FAILED && err->state == SQLSTATE_INVALID_SCHEMA_NAME)
            return error_set(err, SQLSTATE_INVALID_SCHEMA_NAME,
                             "no valid schema selected");
    }
    TRY(rc);
    *id_out = arena_strdup(showing->arena, catalog_id_text(schema->id, text));
    return RC_OK;
}

static enum rc add_scope(struct showing *showing, enum scope scope, struct error *err)
{
    const char *id = NULL;
    switch (scope) {
    case SCOPE_NONE:
        if (showing->show->from.count > 0)
            return error_set(err, SQLSTATE_SYNTAX_ERROR, "SHOW %s does not take FROM",
                             plural(showing));
        break;
    case SCOPE_DATABASE:
        TRY(database_id(showing, &id, err));
        buffer_printf(&showing->text, " AND (database_id = '%s' OR database_id IS NULL)",
                      id);
        break;
    case SCOPE_SCHEMA:
        TRY(schema_id(showing, &id, err));
        buffer_printf(&showing->text, " AND schema_id = '%s'", id);
        break;
    }
    return RC_OK;
}

/* A system relation of that name, by the order of the search path. */
static const struct system_relation *find_system(const struct showing *showing,
                                                 const struct catalog_name *name)
{
    static const char *const last[] = {"mz_catalog", "mz_internal", "information_schema"};
    const struct catalog_path *path = showing->surroundings->path;
    if (name->schema != NULL)
        return system_relation_find(name->schema, name->name);
    const struct system_relation *found = system_relation_find("pg_catalog", name->name);
    for (size_t i = 0; found == NULL && i < path->schema_count; i++)
        found = system_relation_find(path->schemas[i], name->name);
    for (size_t i = 0; found == NULL && i < ARRAY_COUNT(last); i++)
        found = system_relation_find(last[i], name->name);
    return found;
}

/* ON names something; nothing that exists yet has tables or subsources of its own. Every
 * relation may have indexes. */
static enum rc add_on(struct showing *showing, struct error *err)
{
    struct catalog_name name = {NULL, NULL, NULL};
    struct catalog_object *object = NULL;
    const struct bind_surroundings *surroundings = showing->surroundings;
    if (showing->show->on.count == 0)
        return RC_OK;
    TRY(bind_name(&showing->show->on, &name, err));
    const struct system_relation *system = find_system(showing, &name);
    if (system != NULL && showing->show->object == SQL_OBJECT_INDEX) {
        buffer_printf(&showing->text, " AND \"on\" = %s",
                      sql_quote_literal(showing->arena, system->name));
        return RC_OK;
    }
    if (system == NULL)
        TRY(catalog_resolve_item(surroundings->transaction, surroundings->path, &name,
                                 showing->arena, &object, err));
    const char *kind = object != NULL ? object_kind_word(object->kind)
                       : system->kind == SYSTEM_RELATION_VIEW ? "view"
                                                              : "table";
    return error_set(err, SQLSTATE_INTERNAL_ERROR,
                     "cannot show %s on %s because it is a %s", lower_plural(showing),
                     name.name, kind);
}

static enum rc add_filters(struct showing *showing, const struct shown *shown,
                           struct error *err)
{
    const struct ast_show_objects *show = showing->show;
    TRY(add_scope(showing, shown->scope, err));
    TRY(add_on(showing, err));
    if (show->cluster != NULL) {
        if (strstr(shown->columns, "cluster") == NULL)
            return error_set(err, SQLSTATE_SYNTAX_ERROR,
                             "SHOW %s does not take IN CLUSTER", plural(showing));
        buffer_printf(&showing->text, " AND cluster = %s",
                      sql_quote_literal(showing->arena, show->cluster));
    }
    if (show->role != NULL) {
        if (shown->role == NULL)
            return error_set(err, SQLSTATE_SYNTAX_ERROR, "SHOW %s does not take FOR",
                             plural(showing));
        buffer_printf(&showing->text, " AND %s = %s", shown->role,
                      sql_quote_literal(showing->arena, show->role));
    }
    return RC_OK;
}

/* The outer SELECT sees the shown columns and no others, so that WHERE may name just
 * these. */
static void begin(struct showing *showing, const char *columns)
{
    buffer_printf(&showing->text, "SELECT %s FROM (", columns);
}

static void end(struct showing *showing, const char *alias, size_t column_count)
{
    buffer_printf(&showing->text, ") AS %s", alias);
    if (showing->show->like != NULL)
        buffer_printf(&showing->text, " WHERE name LIKE %s",
                      sql_quote_literal(showing->arena, showing->show->like));
    for (size_t i = 1; i <= column_count; i++)
        buffer_printf(&showing->text, "%s%zu", i == 1 ? " ORDER BY " : ", ", i);
}

static enum rc objects(struct showing *showing, struct error *err)
{
    const struct shown *shown = NULL;
    for (size_t i = 0; i < ARRAY_COUNT(shown_table) && shown == NULL; i++) {
        if (shown_table[i].object == showing->show->object)
            shown = &shown_table[i];
    }
    if (shown == NULL)
        return unsupported(showing, err);
    bool has_own = system_relation_find("mz_internal", shown->relation) != NULL;
    if (!has_own && shown->type == NULL)
        return unsupported(showing, err);
    begin(showing, shown->columns);
    buffer_printf(&showing->text, "SELECT %s FROM mz_internal.%s WHERE ",
                  has_own ? shown->columns : shown->fallback,
                  has_own ? shown->relation : "mz_show_all_objects");
    if (!has_own)
        buffer_printf(&showing->text, "type = '%s'", shown->type);
    else
        buffer_add_text(&showing->text,
                        shown->condition == NULL ? "true" : shown->condition);
    TRY(add_filters(showing, shown, err));
    end(showing, "shown", shown->column_count);
    return RC_OK;
}

/* `materialize.public.c is a connection and so does not have columns`. */
static enum rc no_columns(struct showing *showing, const struct catalog_object *object,
                          struct error *err)
{
    struct store_transaction *transaction = showing->surroundings->transaction;
    struct catalog_object *schema = NULL;
    struct catalog_object *database = NULL;
    enum rc rc =
        catalog_object_get(transaction, object->parent_id, showing->arena, &schema, err);
    if (rc == RC_OK && catalog_id_is_set(schema->parent_id))
        rc = catalog_object_get(transaction, schema->parent_id, showing->arena, &database,
                                err);
    if (rc == RC_NOTFOUND)
        return error_set(err, SQLSTATE_INDEX_CORRUPTED,
                         "catalog index names an object that is absent");
    TRY(rc);
    return error_set(err, SQLSTATE_INTERNAL_ERROR,
                     "%s%s%s.%s is a %s and so does not have columns",
                     database == NULL ? "" : database->name, database == NULL ? "" : ".",
                     schema->name, object->name, object_kind_word(object->kind));
}

static enum rc columns(struct showing *showing, struct error *err)
{
    const struct bind_surroundings *surroundings = showing->surroundings;
    struct catalog_name name = {NULL, NULL, NULL};
    struct catalog_object *object = NULL;
    TRY(bind_name(&showing->show->from, &name, err));
    const struct system_relation *relation = find_system(showing, &name);
    if (relation == NULL) {
        TRY(catalog_resolve_item(surroundings->transaction, surroundings->path, &name,
                                 showing->arena, &object, err));
        return no_columns(showing, object, err);
    }
    begin(showing, "name, nullable, type, comment");
    buffer_add_text(&showing->text, "VALUES ");
    for (size_t i = 0; i < relation->column_count; i++) {
        const struct system_column *column = &relation->columns[i];
        const struct type *type = type_find_oid(column->type_oid);
        buffer_printf(
            &showing->text, "%s(%s, %s, %s, '', %zu)", i == 0 ? "" : ", ",
            sql_quote_literal(showing->arena, column->name),
            column->is_nullable ? "true" : "false",
            sql_quote_literal(showing->arena,
                              type == NULL ? "???" : type_title(showing->arena, type)),
            i + 1);
    }
    end(showing, "shown(name, nullable, type, comment, position)", 0);
    buffer_add_text(&showing->text, " ORDER BY position");
    return RC_OK;
}

/* The made text parses, or something is wrong with us. */
static enum rc parse(struct showing *showing, const struct ast_query **query_out,
                     struct error *err)
{
    struct ast_statement_list statements = {NULL, 0};
    if (buffer_failed(&showing->text))
        return error_set(err, SQLSTATE_PROGRAM_LIMIT_EXCEEDED,
                         "the filter of SHOW is too long");
    TRY(sql_parse(showing->arena, buffer_bytes(&showing->text), &statements, err));
    struct ast_query *query = statements.items[0]->query;
    if (showing->show->where != NULL)
        query->select.where = showing->show->where;
    *query_out = query;
    return RC_OK;
}

enum rc show_objects_query(struct arena *arena,
                           const struct bind_surroundings *surroundings,
                           const struct ast_show_objects *show,
                           const struct ast_query **query_out, struct error *err)
{
    struct showing showing = {.arena = arena, .surroundings = surroundings, .show = show};
    buffer_init(&showing.text, SHOW_TEXT_MAX);
    enum rc rc = show->object == SQL_OBJECT_COLUMN ? columns(&showing, err)
                                                   : objects(&showing, err);
    if (rc == RC_OK)
        rc = parse(&showing, query_out, err);
    buffer_fini(&showing.text);
    return rc;
}
