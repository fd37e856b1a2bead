/* A relation in FROM by its name: a WITH query, a system relation, a user's table or
 * view, a sequence. */
#include "sql/bind/binder.h"
#include "sql/bind/table.h"
#include "sql/parse/parse.h"

static const char *const last_schemas[] = {"mz_catalog", "mz_internal",
                                           "information_schema"};

static bool path_has(const struct catalog_path *path, const char *schema)
{
    for (size_t i = 0; i < path->schema_count; i++) {
        if (strcmp(path->schemas[i], schema) == 0)
            return true;
    }
    return false;
}

/* What a name means: a system relation, or an object of the catalog. */
struct found {
    const struct system_relation *system; /* NULL: the object */
    struct catalog_object *object;
    const struct record_source *source; /* as the view at hand knows it; or NULL */
};

static bool is_relation(const struct catalog_object *object)
{
    return object->kind == OBJECT_KIND_TABLE || object->kind == OBJECT_KIND_VIEW ||
           object->kind == OBJECT_KIND_SEQUENCE || object->kind == OBJECT_KIND_INDEX;
}

/* A relation of the schema. RC_NOTFOUND, without an error, also when there is no such
 * schema. */
static enum rc find_in(struct binder *binder, const char *schema, const char *name,
                       struct found *out)
{
    struct store_transaction *transaction = binder->surroundings->transaction;
    const struct catalog_name schema_name = {.schema = schema};
    struct catalog_object *parent = NULL;
    struct error ignored;
    out->system = system_relation_find(schema, name);
    if (out->system != NULL)
        return RC_OK;
    if (catalog_resolve_schema(transaction, binder->path, &schema_name, binder->arena,
                               &parent, &ignored) != RC_OK)
        return RC_NOTFOUND;
    const struct catalog_place place = {parent->id, CATALOG_CLASS_ITEM, name};
    TRY(catalog_find(transaction, &place, binder->arena, &out->object, binder->err));
    return is_relation(out->object) ? RC_OK : RC_NOTFOUND;
}

static enum rc find_on_path(struct binder *binder, const char *name, struct found *out)
{
    const struct catalog_path *path = binder->path;
    enum rc rc = RC_NOTFOUND;
    if (path->temporary != NULL)
        rc = find_in(binder, path->temporary, name, out);
    if (rc == RC_NOTFOUND && !path_has(path, "pg_catalog"))
        rc = find_in(binder, "pg_catalog", name, out);
    for (size_t i = 0; rc == RC_NOTFOUND && i < path->schema_count; i++)
        rc = find_in(binder, path->schemas[i], name, out);
    for (size_t i = 0; rc == RC_NOTFOUND && i < ARRAY_COUNT(last_schemas); i++)
        rc = find_in(binder, last_schemas[i], name, out);
    return rc;
}

static bool is_forward(const struct scope *scope, const char *name)
{
    for (; scope != NULL; scope = scope->outer) {
        for (size_t i = 0; i < scope->query->common_count; i++) {
            if (strcmp(scope->query->commons[i].name, name) == 0)
                return true;
        }
    }
    return false;
}

static enum rc missing(struct binder *binder, const struct scope *scope,
                       const struct ast_name *name)
{
    struct ast_name shown = *name;
    if (shown.count == 3) { /* the database is ours, and is not shown */
        shown.parts++;
        shown.count--;
    }
    error_set_at(binder->err, binder_position(binder, name->span),
                 SQLSTATE_UNDEFINED_TABLE, "relation \"%s\" does not exist",
                 binder_name(binder, &shown));
    if (name->count != 1 || !is_forward(scope, name->parts[0]))
        return RC_FAILED;
    error_detail(binder->err,
                 "There is a WITH item named \"%s\", but it cannot be referenced from "
                 "this part of the query.",
                 name->parts[0]);
    return error_hint(binder->err, "Use WITH RECURSIVE, or re-order the WITH items to "
                                   "remove forward references.");
}

static bool is_written(const struct record_source *source, const struct ast_name *name)
{
    const char *schema = name->count == 1 ? "" : name->parts[name->count - 2];
    return strcmp(source->name, name->parts[name->count - 1]) == 0 &&
           strcmp(source->schema, schema) == 0;
}

/* Inside a view names mean what they meant when it was made. RC_NOTFOUND: no such name.
 */
static enum rc find_source(struct binder *binder, const struct ast_name *name,
                           struct found *out)
{
    const struct record_sources *sources =
        binder->views == NULL ? NULL : binder->views->sources;
    for (size_t i = 0; sources != NULL && i < sources->count; i++) {
        if (!is_written(&sources->items[i], name))
            continue;
        out->source = &sources->items[i];
        enum rc rc =
            catalog_object_get(binder->surroundings->transaction, out->source->id,
                               binder->arena, &out->object, binder->err);
        if (rc == RC_NOTFOUND)
            return error_set(binder->err, SQLSTATE_DATA_CORRUPTED,
                             "relation \"%s\" of a view is absent", out->source->name);
        return rc;
    }
    return RC_NOTFOUND;
}

static void note_use(struct binder *binder, const struct ast_name *name,
                     const struct catalog_object *object)
{
    struct bind_uses *uses = binder->surroundings->uses;
    const char *schema = name->count == 1 ? NULL : name->parts[name->count - 2];
    const char *last = name->parts[name->count - 1];
    if (uses == NULL || binder->views != NULL)
        return;
    for (size_t i = 0; i < uses->count; i++) {
        const struct bind_use *use = &uses->items[i];
        bool same_schema = (use->schema == NULL) == (schema == NULL) &&
                           (schema == NULL || strcmp(use->schema, schema) == 0);
        if (same_schema && strcmp(use->name, last) == 0)
            return;
    }
    struct bind_use *wider = ARENA_ARRAY(binder->arena, struct bind_use, uses->count + 1);
    if (uses->count > 0)
        memcpy(wider, uses->items, uses->count * sizeof *wider);
    wider[uses->count++] = (struct bind_use){schema, last, object};
    uses->items = wider;
}

static enum rc find(struct binder *binder, const struct scope *scope,
                    const struct ast_name *name, struct found *out)
{
    enum rc rc = find_source(binder, name, out);
    if (rc != RC_NOTFOUND)
        return rc;
    if (name->count > 3)
        return error_set_at(binder->err, binder_position(binder, name->span),
                            SQLSTATE_SYNTAX_ERROR,
                            "improper qualified name (too many dotted names): %s",
                            binder_name(binder, name));
    if (name->count == 3 && strcmp(name->parts[0], binder->path->database) != 0)
        return error_set_at(binder->err, binder_position(binder, name->span),
                            SQLSTATE_FEATURE_NOT_SUPPORTED,
                            "cross-database references are not implemented: \"%s\"",
                            binder_name(binder, name));
    const char *last = name->parts[name->count - 1];
    rc = name->count == 1 ? find_on_path(binder, last, out)
                          : find_in(binder, name->parts[name->count - 2], last, out);
    return rc == RC_NOTFOUND ? missing(binder, scope, name) : rc;
}

static struct bound_columns declared_columns(struct binder *binder,
                                             const struct system_relation *system)
{
    struct bound_columns columns = {
        ARENA_ARRAY(binder->arena, struct bound_column, system->column_count + 1),
        system->column_count};
    for (size_t i = 0; i < system->column_count; i++)
        columns.items[i] = (struct bound_column){
            .name = system->columns[i].name,
            .type = type_find_oid(system->columns[i].type_oid),
            .typmod = TYPE_TYPMOD_NONE,
            .relation_oid = system->oid,
            .attribute = (int16_t)(i + 1),
        };
    return columns;
}

/* The query of a view, or what stands for a relation. */
struct view_text {
    const struct system_relation *about; /* schema, name and OID */
    const char *sql;
    struct catalog_path path;
    const struct record_sources *sources; /* NULL: names are looked up */
};

static enum rc view_is_broken(struct binder *binder, const struct view_text *view)
{
    error_context(binder->err, "view \"%s.%s\"", view->about->schema, view->about->name);
    return RC_FAILED;
}

/* The view's query with exactly the declared columns. */
static enum rc bind_view_text(struct binder *binder, const struct view_text *view,
                              const struct bound_columns *columns,
                              struct bound_query **out)
{
    struct ast_statement_list list = {NULL, 0};
    struct query_wish wish = {.common = NULL};
    const struct type **types =
        ARENA_ARRAY(binder->arena, const struct type *, columns->count + 1);
    TRY(sql_parse(binder->arena, bytes_of_text(view->sql), &list, binder->err));
    if (list.count != 1 || list.items[0]->kind != STATEMENT_SELECT)
        return error_set(binder->err, SQLSTATE_INTERNAL_ERROR, "it is not a query");
    TRY(query_bind(binder, NULL, list.items[0]->query, &wish, out));
    if ((*out)->columns.count != columns->count)
        return error_set(binder->err, SQLSTATE_INTERNAL_ERROR,
                         "it has %zu columns but %zu are declared", (*out)->columns.count,
                         columns->count);
    for (size_t i = 0; i < columns->count; i++)
        types[i] = columns->items[i].type;
    return query_coerce_columns(binder, out, types);
}

static enum rc bind_view(struct binder *binder, const struct view_text *view,
                         const struct bound_columns *columns, struct bound_query **out)
{
    struct bind_parameters none = {.is_closed = true};
    struct open_view open = {view->about, view->sources, binder->views};
    struct binder inner = *binder;
    for (const struct open_view *at = binder->views; at != NULL; at = at->outer) {
        if (at->relation->oid == view->about->oid)
            return error_set(binder->err, SQLSTATE_INVALID_OBJECT_DEFINITION,
                             "infinite recursion detected in rules for relation \"%s\"",
                             view->about->name);
    }
    inner.path = &view->path;
    inner.parameters = &none;
    inner.text = (struct bytes){NULL, 0};
    inner.views = &open;
    if (bind_view_text(&inner, view, columns, out) != RC_OK)
        return view_is_broken(binder, view);
    return RC_OK;
}

static enum rc make_system(struct binder *binder, const struct system_relation *system,
                           struct bound_relation *relation)
{
    const struct view_text text = {
        system, system->view_sql, {.database = binder->path->database}, NULL};
    relation->kind = BOUND_RELATION_SYSTEM;
    relation->columns = declared_columns(binder, system);
    relation->system = system;
    if (system->kind == SYSTEM_RELATION_VIEW) {
        struct bound_query *query = NULL;
        TRY(bind_view(binder, &text, &relation->columns, &query));
        relation->kind = BOUND_RELATION_QUERY;
        relation->query = query;
    }
    return RC_OK;
}

/* The name under which a view knows the column; NULL: it does not know it. */
static const char *name_in(const struct record_source *source, uint32_t number,
                           const char *name)
{
    if (source == NULL)
        return name;
    for (size_t i = 0; i < source->column_count; i++) {
        if (source->numbers[i] == number)
            return source->names[i];
    }
    return NULL;
}

static bool map_parts(struct table_index *index, const uint32_t *places,
                      struct arena *arena)
{
    struct table_index_part *parts =
        ARENA_ARRAY(arena, struct table_index_part, index->part_count + 1);
    for (size_t i = 0; i < index->part_count; i++) {
        parts[i] = index->parts[i];
        if (parts[i].place != UINT32_MAX)
            parts[i].place = places[parts[i].place];
        if (parts[i].place == UINT32_MAX)
            return false; /* an expression too: its text may name what is hidden */
    }
    index->parts = parts;
    return index->predicate_sql[0] == '\0';
}

/* The table with only the columns that the view knows, for reading. */
static const struct table *table_as_seen(struct binder *binder, const struct table *from,
                                         const struct record_source *source)
{
    struct table *table = ARENA_NEW(binder->arena, struct table);
    struct table_column *columns =
        ARENA_ARRAY(binder->arena, struct table_column, from->column_count + 1);
    struct table_index *indexes =
        ARENA_ARRAY(binder->arena, struct table_index, from->index_count + 1);
    uint32_t *places = ARENA_ARRAY(binder->arena, uint32_t, from->column_count + 1);
    *table = *from;
    table->column_count = 0;
    table->index_count = 0;
    table->constraint_count = 0;
    for (size_t i = 0; i < from->column_count; i++) {
        const char *name = name_in(source, from->columns[i].number, NULL);
        places[i] = name == NULL ? UINT32_MAX : (uint32_t)table->column_count;
        if (name == NULL)
            continue;
        columns[table->column_count] = from->columns[i];
        columns[table->column_count++].name = name;
    }
    for (size_t i = 0; i < from->index_count; i++) {
        indexes[table->index_count] = from->indexes[i];
        if (map_parts(&indexes[table->index_count], places, binder->arena))
            table->index_count++;
    }
    table->columns = columns;
    table->indexes = indexes;
    return table;
}

static enum rc make_table(struct binder *binder, const struct found *found,
                          struct bound_relation *relation)
{
    const struct table *table = NULL;
    TRY(table_load(binder->arena, binder->surroundings->transaction, found->object,
                   &table, binder->err));
    if (found->source != NULL)
        table = table_as_seen(binder, table, found->source);
    relation->kind = BOUND_RELATION_TABLE;
    relation->table = table;
    relation->columns.count = table->column_count;
    relation->columns.items =
        ARENA_ARRAY(binder->arena, struct bound_column, table->column_count + 1);
    for (size_t i = 0; i < table->column_count; i++) {
        const struct table_column *column = &table->columns[i];
        relation->columns.items[i] = (struct bound_column){
            .name = column->name,
            .type = column->type,
            .typmod = column->typmod,
            .relation_oid = table->oid,
            .attribute = (int16_t)column->number,
        };
    }
    return RC_OK;
}

static enum rc make_view(struct binder *binder, const struct system_relation *about,
                         const struct found *found, struct bound_relation *relation)
{
    const struct catalog_object *object = found->object;
    const struct record_view *view = &object->view;
    const struct view_text text = {about,
                                   view->query_sql,
                                   {.database = binder->path->database,
                                    .schemas = view->path.items,
                                    .schema_count = view->path.count,
                                    .temporary = binder->path->temporary},
                                   &view->sources};
    struct bound_query *query = NULL;
    relation->kind = BOUND_RELATION_QUERY;
    relation->columns.count = view->columns.count;
    relation->columns.items =
        ARENA_ARRAY(binder->arena, struct bound_column, view->columns.count + 1);
    for (size_t i = 0; i < view->columns.count; i++) {
        const struct record_column *column = &view->columns.items[i];
        relation->columns.items[i] = (struct bound_column){
            .name = column->name,
            .type = type_find_oid(column->type_oid),
            .typmod = column->typmod,
            .relation_oid = object->oid,
            .attribute = (int16_t)(i + 1),
        };
        if (relation->columns.items[i].type == NULL)
            return error_set(binder->err, SQLSTATE_DATA_CORRUPTED,
                             "view \"%s\" has a column of an unknown type", object->name);
    }
    TRY(bind_view(binder, &text, &relation->columns, &query));
    relation->query = query;
    for (size_t i = 0; i < view->columns.count; i++) {
        const char *name =
            name_in(found->source, (uint32_t)i + 1, relation->columns.items[i].name);
        if (name != NULL)
            relation->columns.items[i].name = name;
    }
    return RC_OK;
}

/* A sequence reads as its one row (PostgreSQL 15, CREATE SEQUENCE). */
static enum rc make_sequence(struct binder *binder, const struct system_relation *about,
                             struct bound_relation *relation)
{
    static const struct {
        const char *name;
        uint32_t type_oid;
    } columns[] = {
        {"last_value", TYPE_INT8}, {"log_cnt", TYPE_INT8}, {"is_called", TYPE_BOOL}};
    const char *sql =
        arena_printf(binder->arena,
                     "SELECT s.last_value, 0::int8 AS log_cnt, s.is_called"
                     " FROM mz_internal.base_sequences s WHERE s.oid = %u::oid",
                     about->oid);
    const struct view_text text = {
        about, sql, {.database = binder->path->database}, NULL};
    struct bound_query *query = NULL;
    relation->kind = BOUND_RELATION_QUERY;
    relation->columns.count = ARRAY_COUNT(columns);
    relation->columns.items =
        ARENA_ARRAY(binder->arena, struct bound_column, ARRAY_COUNT(columns));
    for (size_t i = 0; i < ARRAY_COUNT(columns); i++)
        relation->columns.items[i] =
            (struct bound_column){.name = columns[i].name,
                                  .type = type_find_oid(columns[i].type_oid),
                                  .typmod = TYPE_TYPMOD_NONE,
                                  .relation_oid = about->oid,
                                  .attribute = (int16_t)(i + 1)};
    TRY(bind_view(binder, &text, &relation->columns, &query));
    relation->query = query;
    return RC_OK;
}

/* Schema, name and OID of an object, in the form that items of FROM keep. */
static enum rc describe(struct binder *binder, const struct catalog_object *object,
                        const struct system_relation **out)
{
    struct system_relation *about = ARENA_NEW(binder->arena, struct system_relation);
    struct catalog_object *schema = NULL;
    enum rc rc = catalog_object_get(binder->surroundings->transaction, object->parent_id,
                                    binder->arena, &schema, binder->err);
    if (rc == RC_NOTFOUND)
        return error_set(binder->err, SQLSTATE_DATA_CORRUPTED,
                         "the schema of \"%s\" is absent", object->name);
    TRY(rc);
    about->schema = schema->name;
    about->name = object->name;
    about->oid = object->oid;
    *out = about;
    return RC_OK;
}

static enum rc make_object(struct binder *binder, const struct ast_name *name,
                           const struct system_relation *about, const struct found *found,
                           struct bound_relation *relation)
{
    const struct catalog_object *object = found->object;
    switch ((int)object->kind) {
    case OBJECT_KIND_TABLE:
        return make_table(binder, found, relation);
    case OBJECT_KIND_VIEW:
        return make_view(binder, about, found, relation);
    case OBJECT_KIND_SEQUENCE:
        return make_sequence(binder, about, relation);
    default:
        error_set_at(binder->err, binder_position(binder, name->span),
                     SQLSTATE_WRONG_OBJECT_TYPE, "cannot open relation \"%s\"",
                     object->name);
        return error_detail(binder->err, "This operation is not supported for indexes.");
    }
}

enum rc from_relation(struct binder *binder, struct scope *scope,
                      const struct ast_from_item *item, struct from_result *out)
{
    const struct ast_name *name = &item->relation.name;
    struct found meant = {NULL, NULL, NULL};
    struct bound_relation relation = {.kind = BOUND_RELATION_SYSTEM};
    const struct system_relation *about = NULL;
    bool found = false;
    TRY(common_find(binder, scope, item, &relation, &found));
    if (found)
        return from_add(binder, scope, item, &relation, out);
    TRY(find(binder, scope, name, &meant));
    about = meant.system;
    if (about != NULL) {
        TRY(make_system(binder, about, &relation));
    } else {
        TRY(describe(binder, meant.object, &about));
        note_use(binder, name, meant.object);
        TRY(make_object(binder, name, about, &meant, &relation));
    }
    relation.alias = meant.source == NULL ? about->name : meant.source->name;
    TRY(from_add(binder, scope, item, &relation, out));
    out->item->relation_name = relation.alias;
    out->item->system = item->alias.name == NULL ? about : NULL;
    return RC_OK;
}
