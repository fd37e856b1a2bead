/* A relation in FROM by its name: a WITH query, a system relation, a view. */
#include "sql/bind/binder.h"
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

static const struct system_relation *find_unqualified(const struct catalog_path *path,
                                                      const char *name)
{
    const struct system_relation *found = NULL;
    if (!path_has(path, "pg_catalog"))
        found = system_relation_find("pg_catalog", name);
    for (size_t i = 0; found == NULL && i < path->schema_count; i++)
        found = system_relation_find(path->schemas[i], name);
    for (size_t i = 0; found == NULL && i < ARRAY_COUNT(last_schemas); i++)
        found = system_relation_find(last_schemas[i], name);
    return found;
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

static enum rc find(struct binder *binder, const struct scope *scope,
                    const struct ast_name *name, const struct system_relation **out)
{
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
    *out = name->count == 1 ? find_unqualified(binder->path, last)
                            : system_relation_find(name->parts[name->count - 2], last);
    return *out == NULL ? missing(binder, scope, name) : RC_OK;
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

static enum rc view_is_broken(struct binder *binder, const struct system_relation *view)
{
    error_context(binder->err, "view \"%s.%s\"", view->schema, view->name);
    return RC_FAILED;
}

/* The view's query with exactly the declared columns. */
static enum rc bind_view_text(struct binder *binder, const struct system_relation *view,
                              const struct bound_columns *columns,
                              struct bound_query **out)
{
    struct ast_statement_list list = {NULL, 0};
    struct query_wish wish = {.common = NULL};
    const struct type **types =
        ARENA_ARRAY(binder->arena, const struct type *, columns->count + 1);
    TRY(sql_parse(binder->arena, bytes_of_text(view->view_sql), &list, binder->err));
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

static enum rc bind_view(struct binder *binder, const struct system_relation *view,
                         const struct bound_columns *columns, struct bound_query **out)
{
    struct catalog_path path = {.database = binder->path->database};
    struct bind_parameters none = {.is_closed = true};
    struct open_view open = {view, binder->views};
    struct binder inner = *binder;
    for (const struct open_view *at = binder->views; at != NULL; at = at->outer) {
        if (at->relation == view)
            return error_set(binder->err, SQLSTATE_INVALID_OBJECT_DEFINITION,
                             "infinite recursion detected in rules for relation \"%s\"",
                             view->name);
    }
    inner.path = &path;
    inner.parameters = &none;
    inner.text = (struct bytes){NULL, 0};
    inner.views = &open;
    if (bind_view_text(&inner, view, columns, out) != RC_OK)
        return view_is_broken(binder, view);
    return RC_OK;
}

enum rc from_relation(struct binder *binder, struct scope *scope,
                      const struct ast_from_item *item, struct from_result *out)
{
    const struct ast_name *name = &item->relation.name;
    const struct system_relation *system = NULL;
    struct bound_relation relation = {.kind = BOUND_RELATION_SYSTEM};
    bool found = false;
    TRY(common_find(binder, scope, item, &relation, &found));
    if (found)
        return from_add(binder, scope, item, &relation, out);
    TRY(find(binder, scope, name, &system));
    relation.alias = system->name;
    relation.columns = declared_columns(binder, system);
    relation.system = system;
    if (system->kind == SYSTEM_RELATION_VIEW) {
        struct bound_query *query = NULL;
        TRY(bind_view(binder, system, &relation.columns, &query));
        relation.kind = BOUND_RELATION_QUERY;
        relation.query = query;
    }
    TRY(from_add(binder, scope, item, &relation, out));
    out->item->relation_name = system->name;
    out->item->system = item->alias.name == NULL ? system : NULL;
    return RC_OK;
}
