/* FROM: the list of items, and the range table that they make. */
#include "sql/bind/binder.h"
#include "sql/bind/show.h"

static void set_lateral(const struct scope_names *names, bool only, bool ok)
{
    for (size_t i = 0; i < names->count; i++) {
        names->items[i]->is_lateral_only = only;
        names->items[i]->is_lateral_ok = ok;
    }
}

static const struct bound_from *comma(struct binder *binder,
                                      const struct bound_from *left,
                                      const struct bound_from *right)
{
    if (left == NULL)
        return right;
    struct bound_from *join = ARENA_NEW(binder->arena, struct bound_from);
    join->is_join = true;
    join->kind = BOUND_JOIN_INNER;
    join->left = left;
    join->right = right;
    return join;
}

enum rc from_list(struct binder *binder, struct scope *scope,
                  const struct ast_from_list *list)
{
    enum bind_clause clause = scope->clause;
    scope->clause = CLAUSE_FROM_QUERY;
    for (size_t i = 0; i < list->count; i++) {
        struct from_result part = {.from = NULL};
        TRY(from_item(binder, scope, list->items[i], &part));
        TRY(scope_check_names(binder, &scope->names, &part.names, list->items[i]->span));
        set_lateral(&part.names, true, true);
        scope_names_append(binder, &scope->names, &part.names);
        scope->query->from = comma(binder, scope->query->from, part.from);
    }
    set_lateral(&scope->names, false, true);
    scope->clause = clause;
    return RC_OK;
}

/* Columns renamed by the alias' list; those behind it keep their names. */
static enum rc rename_columns(struct binder *binder, const struct ast_from_item *item,
                              const char *name, struct bound_columns *columns)
{
    const struct ast_column_list *given = &item->alias.columns;
    struct bound_column *copy =
        ARENA_ARRAY(binder->arena, struct bound_column, columns->count + 1);
    if (given->count > columns->count)
        return error_set_at(binder->err, binder_position(binder, item->span),
                            SQLSTATE_INVALID_COLUMN_REFERENCE,
                            "table \"%s\" has %zu columns available but %zu columns "
                            "specified",
                            name, columns->count, given->count);
    if (columns->count > 0)
        memcpy(copy, columns->items, columns->count * sizeof(*copy));
    for (size_t i = 0; i < given->count; i++)
        copy[i].name = given->items[i];
    columns->items = copy;
    return RC_OK;
}

static uint32_t add_relation(struct binder *binder, struct scope *scope,
                             const struct bound_relation *relation)
{
    struct bound_query *query = scope->query;
    if (query->relation_count == scope->relation_room) {
        size_t room = scope->relation_room == 0 ? 4 : scope->relation_room * 2;
        struct bound_relation *grown =
            ARENA_ARRAY(binder->arena, struct bound_relation, room);
        if (query->relation_count > 0)
            memcpy(grown, query->relations, query->relation_count * sizeof(*grown));
        query->relations = grown;
        scope->relation_room = room;
    }
    query->relations[query->relation_count] = *relation;
    return (uint32_t)query->relation_count++;
}

enum rc from_add(struct binder *binder, struct scope *scope,
                 const struct ast_from_item *item, const struct bound_relation *relation,
                 struct from_result *out)
{
    struct bound_relation added = *relation;
    struct scope_item *name = ARENA_NEW(binder->arena, struct scope_item);
    struct bound_from *leaf = ARENA_NEW(binder->arena, struct bound_from);
    if (item->alias.name != NULL)
        added.alias = item->alias.name;
    TRY(rename_columns(binder, item, added.alias == NULL ? "" : added.alias,
                       &added.columns));
    leaf->relation = add_relation(binder, scope, &added);
    name->alias = added.alias;
    name->column_count = added.columns.count;
    name->columns =
        ARENA_ARRAY(binder->arena, struct scope_column, added.columns.count + 1);
    for (size_t i = 0; i < added.columns.count; i++) {
        const struct bound_column *column = &added.columns.items[i];
        name->columns[i].name = column->name;
        name->columns[i].expression =
            bound_column_new(binder, leaf->relation, (uint32_t)i, column);
    }
    name->is_relation_visible = added.alias != NULL;
    name->is_columns_visible = true;
    name->is_lateral_ok = true;
    name->is_scalar = added.kind == BOUND_RELATION_FUNCTION && added.columns.count == 1 &&
                      !added.function.with_ordinality;
    out->from = leaf;
    out->item = name;
    out->names = (struct scope_names){NULL, 0};
    scope_names_add(binder, &out->names, name);
    scope_names_add(binder, &scope->all, name);
    return RC_OK;
}

enum rc from_query(struct binder *binder, struct scope *scope,
                   const struct ast_from_item *item, const struct ast_query *query,
                   const char *alias, struct from_result *out)
{
    struct query_wish wish = {.common = NULL};
    struct bound_query *bound = NULL;
    bool was_active = scope->is_lateral_active;
    scope->is_lateral_active = item->is_lateral;
    TRY(query_bind(binder, scope, query, &wish, &bound));
    scope->is_lateral_active = was_active;
    struct bound_relation relation = {
        .kind = BOUND_RELATION_QUERY,
        .alias = alias,
        .columns = bound->columns,
        .is_lateral = item->is_lateral,
        .query = bound,
    };
    return from_add(binder, scope, item, &relation, out);
}

static enum rc from_subquery(struct binder *binder, struct scope *scope,
                             const struct ast_from_item *item, struct from_result *out)
{
    bool is_values = item->subquery->kind == QUERY_VALUES;
    if (item->alias.name == NULL) {
        error_set_at(binder->err, binder_position(binder, item->span),
                     SQLSTATE_SYNTAX_ERROR, "%s in FROM must have an alias",
                     is_values ? "VALUES" : "subquery");
        return error_hint(binder->err, "For example, FROM (%s ...) [AS] foo.",
                          is_values ? "VALUES" : "SELECT");
    }
    return from_query(binder, scope, item, item->subquery, NULL, out);
}

static enum rc from_show(struct binder *binder, struct scope *scope,
                         const struct ast_from_item *item, struct from_result *out)
{
    const struct ast_query *query = NULL;
    TRY(show_objects_query(binder->arena, binder->surroundings, item->show, &query,
                           binder->err));
    return from_query(binder, scope, item, query, NULL, out);
}

static enum rc one_item(struct binder *binder, struct scope *scope,
                        const struct ast_from_item *item, struct from_result *out)
{
    switch (item->kind) {
    case FROM_RELATION:
        return from_relation(binder, scope, item, out);
    case FROM_SUBQUERY:
        return from_subquery(binder, scope, item, out);
    case FROM_FUNCTION:
        return from_functions(binder, scope, item, out);
    case FROM_JOIN:
        return from_join(binder, scope, item, out);
    case FROM_SHOW:
        return from_show(binder, scope, item, out);
    case FROM_UNSUPPORTED:
        return binder_unsupported(binder, item->span, item->what);
    }
    return binder_unsupported(binder, item->span, "this item of FROM");
}

enum rc from_item(struct binder *binder, struct scope *scope,
                  const struct ast_from_item *item, struct from_result *out)
{
    TRY(binder_enter(binder));
    TRY(one_item(binder, scope, item, out));
    binder_leave(binder);
    return RC_OK;
}
