/* WITH: queries that FROM may name, and WITH RECURSIVE. */
#include "sql/bind/binder.h"

static enum rc check_item(struct binder *binder, const struct ast_with_clause *with,
                          size_t at)
{
    const struct ast_common_table *item = &with->items[at];
    for (size_t i = 0; i < at; i++) {
        if (strcmp(with->items[i].name, item->name) == 0)
            return error_set_at(binder->err, binder_position(binder, item->span),
                                SQLSTATE_DUPLICATE_ALIAS,
                                "WITH query name \"%s\" specified more than once",
                                item->name);
    }
    if (item->unsupported != NULL)
        return binder_unsupported(binder, item->span, item->unsupported);
    if (item->statement->kind != STATEMENT_SELECT && binder->depth > 1)
        return error_set_at(binder->err, binder_position(binder, item->span),
                            SQLSTATE_FEATURE_NOT_SUPPORTED,
                            "WITH clause containing a data-modifying statement must be "
                            "at the top level");
    return RC_OK;
}

static enum rc name_columns(struct binder *binder, const struct ast_common_table *item,
                            const struct bound_columns *from, struct bound_columns *out)
{
    out->count = from->count;
    out->items = ARENA_ARRAY(binder->arena, struct bound_column, from->count + 1);
    if (item->columns.count > from->count)
        return error_set_at(binder->err, binder_position(binder, item->span),
                            SQLSTATE_INVALID_COLUMN_REFERENCE,
                            "WITH query \"%s\" has %zu columns available but %zu columns "
                            "specified",
                            item->name, from->count, item->columns.count);
    if (from->count > 0)
        memcpy(out->items, from->items, from->count * sizeof(*out->items));
    for (size_t i = 0; i < item->columns.count; i++)
        out->items[i].name = item->columns.items[i];
    return RC_OK;
}

enum rc common_first_part(struct binder *binder, const struct query_wish *wish,
                          const struct bound_query *first)
{
    wish->common->has_first_part = true;
    return name_columns(binder, wish->common_table, &first->columns,
                        &wish->common->columns);
}

static enum rc bind_item(struct binder *binder, struct scope *scope,
                         const struct ast_with_clause *with, size_t at)
{
    const struct ast_common_table *item = &with->items[at];
    struct scope_common *common = &scope->commons[at];
    struct bound_common *bound = &scope->query->commons[at];
    bool is_modify = item->statement->kind != STATEMENT_SELECT;
    const struct ast_query *query = is_modify ? NULL : item->statement->query;
    struct query_wish wish = {.common_table = item};
    struct bound_query *made = NULL;
    common->span = item->span;
    common->is_being_bound = with->is_recursive;
    common->is_union = !is_modify && query->kind == QUERY_SET;
    if (with->is_recursive && common->is_union)
        wish.common = common;
    const char *recursion = binder->recursion;
    binder->recursion = NULL;
    if (is_modify)
        TRY(modify_bind(binder, scope, item->statement, &made));
    else
        TRY(query_bind(binder, scope, query, &wish, &made));
    TRY(name_columns(binder, item, &made->columns, &common->columns));
    binder->recursion = recursion;
    common->is_being_bound = false;
    common->is_visible = true;
    bound->query = made;
    bound->is_recursive = common->own_reference_count > 0;
    bound->is_materialized = is_modify || item->materialized == MATERIALIZED_ALWAYS;
    bound->is_modify = is_modify;
    common->is_default = item->materialized == MATERIALIZED_DEFAULT;
    return RC_OK;
}

enum rc common_bind(struct binder *binder, struct scope *scope,
                    const struct ast_with_clause *with)
{
    struct bound_query *query = scope->query;
    query->commons = ARENA_ARRAY(binder->arena, struct bound_common, with->count);
    query->common_count = with->count;
    scope->commons = ARENA_ARRAY(binder->arena, struct scope_common, with->count);
    for (size_t i = 0; i < with->count; i++) {
        TRY(check_item(binder, with, i));
        query->commons[i].name = with->items[i].name;
    }
    for (size_t i = 0; i < with->count; i++)
        TRY(bind_item(binder, scope, with, i));
    return RC_OK;
}

/* What is read several times, or by itself, is kept, unless NOT MATERIALIZED. */
void common_finish(struct scope *scope)
{
    for (size_t i = 0; i < scope->query->common_count; i++) {
        struct bound_common *common = &scope->query->commons[i];
        if (common->is_recursive ||
            (scope->commons[i].is_default && common->reference_count > 1))
            common->is_materialized = true;
    }
}

/* A reference of the query to itself. */
static enum rc check_own(struct binder *binder, const struct ast_from_item *item,
                         struct scope_common *common)
{
    const char *name = item->relation.name.parts[0];
    int position = binder_position(binder, item->span);
    if (!common->is_union)
        return error_set_at(binder->err, binder_position(binder, common->span),
                            SQLSTATE_INVALID_RECURSION,
                            "recursive query \"%s\" does not have the form "
                            "non-recursive-term UNION [ALL] recursive-term",
                            name);
    if (!common->has_first_part)
        return error_set_at(binder->err, position, SQLSTATE_INVALID_RECURSION,
                            "recursive reference to query \"%s\" must not appear within "
                            "its non-recursive term",
                            name);
    if (common->own_reference_count > 0)
        return error_set_at(binder->err, position, SQLSTATE_INVALID_RECURSION,
                            "recursive reference to query \"%s\" must not appear more "
                            "than once",
                            name);
    if (binder->recursion != NULL)
        return error_set_at(binder->err, position, SQLSTATE_INVALID_RECURSION,
                            "recursive reference to query \"%s\" must not appear within "
                            "%s",
                            name, binder->recursion);
    common->own_reference_count++;
    return RC_OK;
}

static enum rc use(struct binder *binder, struct scope *owner, size_t at,
                   const struct ast_from_item *item, struct bound_relation *relation)
{
    struct scope_common *common = &owner->commons[at];
    if (common->is_being_bound)
        TRY(check_own(binder, item, common));
    owner->query->commons[at].reference_count++;
    relation->kind = BOUND_RELATION_COMMON;
    relation->alias = owner->query->commons[at].name;
    relation->columns = common->columns;
    relation->common.index = (uint32_t)at;
    return RC_OK;
}

enum rc common_find(struct binder *binder, struct scope *scope,
                    const struct ast_from_item *item, struct bound_relation *relation,
                    bool *found_out)
{
    const struct ast_name *name = &item->relation.name;
    uint32_t levels = 0;
    *found_out = false;
    if (name->count != 1)
        return RC_OK;
    for (; scope != NULL; scope = scope->outer, levels++) {
        for (size_t i = 0; i < scope->query->common_count; i++) {
            const struct scope_common *common = &scope->commons[i];
            if ((!common->is_visible && !common->is_being_bound) ||
                strcmp(scope->query->commons[i].name, name->parts[0]) != 0)
                continue;
            *found_out = true;
            relation->common.levels = levels;
            return use(binder, scope, i, item, relation);
        }
    }
    return RC_OK;
}
