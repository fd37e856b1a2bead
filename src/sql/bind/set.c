/* UNION, INTERSECT, EXCEPT: two queries whose columns are brought to common types. */
#include "sql/bind/binder.h"

struct sides {
    struct bound_query *left;
    struct bound_query *right;
    const char *title;
    const struct type **types;
};

static const char *const titles[] = {
    [SET_UNION] = "UNION",
    [SET_INTERSECT] = "INTERSECT",
    [SET_EXCEPT] = "EXCEPT",
};

/* What stands for a column of a side: its literal, as long as it has no type. */
static const struct bound *column_of(struct binder *binder,
                                     const struct bound_query *query, size_t column)
{
    if (query->kind == BOUND_QUERY_SELECT)
        return query->targets[column];
    return bound_column_new(binder, 0, (uint32_t)column, &query->columns.items[column]);
}

static enum rc check_count(struct binder *binder, const struct sides *sides)
{
    if (sides->left->columns.count == sides->right->columns.count)
        return RC_OK;
    int position = sides->right->target_count == 0
                       ? 0
                       : binder_position_of(binder, sides->right->targets[0]);
    return error_set_at(binder->err, position, SQLSTATE_SYNTAX_ERROR,
                        "each %s query must have the same number of columns",
                        sides->title);
}

static enum rc unify(struct binder *binder, struct sides *sides)
{
    size_t count = sides->left->columns.count;
    sides->types = ARENA_ARRAY(binder->arena, const struct type *, count + 1);
    for (size_t i = 0; i < count; i++) {
        const struct bound *both[2] = {column_of(binder, sides->left, i),
                                       column_of(binder, sides->right, i)};
        TRY(coerce_common(binder, sides->title, both, 2, &sides->types[i]));
    }
    return RC_OK;
}

static enum rc check_hashable(struct binder *binder, const struct ast_query *query,
                              const struct sides *sides)
{
    for (size_t i = 0; i < sides->left->columns.count; i++) {
        bool is_bag = query->set.is_all && query->set.operation == SET_UNION;
        if (!is_bag)
            TRY(order_check_equality(
                binder, sides->types[i],
                binder_position_of(binder, column_of(binder, sides->right, i))));
    }
    return RC_OK;
}

/* The first part of a recursion decides the types of all rounds. */
static enum rc check_recursion(struct binder *binder, const struct sides *sides,
                               const char *name)
{
    for (size_t i = 0; i < sides->left->columns.count; i++) {
        const struct type *type = sides->left->columns.items[i].type;
        if (type == sides->types[i])
            continue;
        error_set_at(
            binder->err, binder_position_of(binder, column_of(binder, sides->left, i)),
            SQLSTATE_DATATYPE_MISMATCH,
            "recursive query \"%s\" column %zu has type %s in non-recursive term "
            "but type %s overall",
            name, i + 1, type_title(binder->arena, type),
            type_title(binder->arena, sides->types[i]));
        return error_hint(
            binder->err,
            "Cast the output of the non-recursive term to the correct type.");
    }
    return RC_OK;
}

static enum rc bind_sides(struct binder *binder, struct scope *scope,
                          const struct ast_query *query, const struct query_wish *wish,
                          struct sides *sides)
{
    bool may_recurse = wish->common != NULL;
    struct query_wish left = {.keeps_unknown = !may_recurse};
    struct query_wish right = {.keeps_unknown = true, .repeated = wish->common};
    sides->title = titles[query->set.operation];
    const char *recursion = binder->recursion;
    const char *within = query->set.operation == SET_INTERSECT ? "INTERSECT"
                         : query->set.operation == SET_EXCEPT  ? "EXCEPT"
                                                               : NULL;
    if (within != NULL && query->set.is_all)
        binder->recursion = within;
    TRY(query_bind(binder, scope, query->set.left, &left, &sides->left));
    if (may_recurse)
        TRY(common_first_part(binder, wish, sides->left));
    if (query->set.operation == SET_EXCEPT)
        binder->recursion = within;
    TRY(query_bind(binder, scope, query->set.right, &right, &sides->right));
    binder->recursion = recursion;
    TRY(check_count(binder, sides));
    TRY(unify(binder, sides));
    TRY(check_hashable(binder, query, sides));
    if (may_recurse && wish->common->own_reference_count > 0)
        TRY(check_recursion(binder, sides, wish->common_table->name));
    TRY(query_coerce_columns(binder, &sides->left, sides->types));
    return query_coerce_columns(binder, &sides->right, sides->types);
}

static void make_columns(struct binder *binder, struct scope *scope,
                         const struct sides *sides)
{
    struct bound_query *query = scope->query;
    size_t count = sides->left->columns.count;
    struct scope_item *item = ARENA_NEW(binder->arena, struct scope_item);
    query->columns.items = ARENA_ARRAY(binder->arena, struct bound_column, count + 1);
    query->columns.count = count;
    item->columns = ARENA_ARRAY(binder->arena, struct scope_column, count + 1);
    item->column_count = count;
    item->is_columns_visible = true;
    for (size_t i = 0; i < count; i++) {
        const struct bound_column *left = &sides->left->columns.items[i];
        bool same = left->typmod == sides->right->columns.items[i].typmod;
        struct bound *slot = bound_new(binder, BOUND_SLOT, left->type, 0, 0);
        slot->typmod = same ? left->typmod : TYPE_TYPMOD_NONE;
        slot->slot = (uint32_t)i;
        query->columns.items[i] = (struct bound_column){
            .name = left->name, .type = left->type, .typmod = slot->typmod};
        item->columns[i] = (struct scope_column){left->name, slot};
        (void)target_add(binder, scope, slot);
    }
    scope_names_add(binder, &scope->names, item);
}

static enum rc check_recursive_parts(struct binder *binder, const struct ast_query *query,
                                     const struct query_wish *wish)
{
    if (wish->common == NULL || wish->common->own_reference_count == 0)
        return RC_OK;
    const struct ast_expression *place = query->order_by.count > 0
                                             ? query->order_by.items[0].expression
                                         : query->offset != NULL ? query->offset
                                                                 : query->limit;
    const char *what = query->order_by.count > 0 ? "ORDER BY"
                       : query->offset != NULL   ? "OFFSET"
                                                 : "LIMIT";
    if (query->set.operation != SET_UNION)
        return error_set_at(binder->err,
                            binder_position(binder, wish->common_table->span),
                            SQLSTATE_INVALID_RECURSION,
                            "recursive query \"%s\" does not have the form "
                            "non-recursive-term UNION [ALL] recursive-term",
                            wish->common_table->name);
    if (place == NULL)
        return RC_OK;
    return error_set_at(binder->err, binder_position(binder, place->span),
                        SQLSTATE_FEATURE_NOT_SUPPORTED,
                        "%s in a recursive query is not implemented", what);
}

enum rc query_set(struct binder *binder, struct scope *scope,
                  const struct ast_query *query, const struct query_wish *wish)
{
    static const enum bound_set_operation operations[] = {
        [SET_UNION] = BOUND_SET_UNION,
        [SET_INTERSECT] = BOUND_SET_INTERSECT,
        [SET_EXCEPT] = BOUND_SET_EXCEPT,
    };
    struct sides sides = {.left = NULL};
    scope->query->kind = BOUND_QUERY_SET;
    TRY(bind_sides(binder, scope, query, wish, &sides));
    TRY(check_recursive_parts(binder, query, wish));
    scope->query->operation = operations[query->set.operation];
    scope->query->is_all = query->set.is_all;
    scope->query->left = sides.left;
    scope->query->right = sides.right;
    make_columns(binder, scope, &sides);
    scope->clause = CLAUSE_ORDER;
    TRY(order_bind(binder, scope, &query->order_by));
    scope->names = (struct scope_names){NULL, 0};
    return query_limits(binder, scope, query);
}
