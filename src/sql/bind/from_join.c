/* JOIN: conditions by ON, USING and NATURAL, and the columns that result. */
#include "sql/bind/binder.h"

struct join {
    struct binder *binder;
    struct scope *scope;
    const struct ast_from_item *item;
    struct from_result left;
    struct from_result right;
    struct ast_column_list common; /* names of USING, or those that NATURAL found */
    struct scope_column *merged;   /* one each */
    bool *left_taken;              /* columns that are merged */
    bool *right_taken;
    const struct bound *condition;
};

static enum bound_join_kind kind_of(const struct ast_join *join)
{
    switch (join->kind) {
    case JOIN_LEFT:
        return BOUND_JOIN_LEFT;
    case JOIN_RIGHT:
        return BOUND_JOIN_RIGHT;
    case JOIN_FULL:
        return BOUND_JOIN_FULL;
    case JOIN_INNER:
    case JOIN_CROSS:
        break;
    }
    return BOUND_JOIN_INNER;
}

static void set_nullable(const struct scope_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        names->items[i]->is_nullable = true;
}

static enum rc bind_sides(struct join *join)
{
    struct binder *binder = join->binder;
    struct scope *scope = join->scope;
    const struct ast_join *ast = &join->item->join;
    struct scope_names before = scope->names;
    bool left_ok =
        ast->kind == JOIN_INNER || ast->kind == JOIN_CROSS || ast->kind == JOIN_LEFT;
    const char *recursion = binder->recursion;
    if (ast->kind == JOIN_RIGHT || ast->kind == JOIN_FULL)
        binder->recursion = "an outer join";
    TRY(from_item(binder, scope, ast->left, &join->left));
    binder->recursion = recursion;
    for (size_t i = 0; i < join->left.names.count; i++) {
        join->left.names.items[i]->is_lateral_only = true;
        join->left.names.items[i]->is_lateral_ok = left_ok;
    }
    scope_names_append(binder, &scope->names, &join->left.names);
    if (ast->kind == JOIN_LEFT || ast->kind == JOIN_FULL)
        binder->recursion = "an outer join";
    TRY(from_item(binder, scope, ast->right, &join->right));
    binder->recursion = recursion;
    if (ast->kind == JOIN_RIGHT || ast->kind == JOIN_FULL)
        set_nullable(&join->left.names);
    if (ast->kind == JOIN_LEFT || ast->kind == JOIN_FULL)
        set_nullable(&join->right.names);
    scope->names = before;
    return scope_check_names(binder, &join->left.names, &join->right.names,
                             join->item->span);
}

/* Place of the column among the side's; an error when it is there twice or never. */
static enum rc find_common(struct join *join, const char *name, bool is_left,
                           size_t *at_out)
{
    const struct scope_item *side = is_left ? join->left.item : join->right.item;
    const char *title = is_left ? "left" : "right";
    bool found = false;
    for (size_t i = 0; i < side->column_count; i++) {
        if (strcmp(side->columns[i].name, name) != 0)
            continue;
        if (found)
            return error_set(join->binder->err, SQLSTATE_AMBIGUOUS_COLUMN,
                             "common column name \"%s\" appears more than once in %s "
                             "table",
                             name, title);
        found = true;
        *at_out = i;
    }
    if (!found)
        return error_set(join->binder->err, SQLSTATE_UNDEFINED_COLUMN,
                         "column \"%s\" specified in USING clause does not exist in %s "
                         "table",
                         name, title);
    return RC_OK;
}

/* The merged column: PostgreSQL's buildMergedJoinVar(). */
static enum rc merge(struct join *join, const struct bound *left,
                     const struct bound *right, const struct bound **out)
{
    struct binder *binder = join->binder;
    const struct bound *both[2] = {left, right};
    const struct type *type = NULL;
    TRY(coerce_common(binder, "JOIN/USING", both, 2, &type));
    TRY(coerce_all(binder, both, 2, type));
    switch (join->item->join.kind) {
    case JOIN_FULL: {
        struct bound *coalesce = bound_new(binder, BOUND_COALESCE, type, 2, 0);
        memcpy(coalesce->arguments, both, sizeof(both));
        *out = coalesce;
        return RC_OK;
    }
    case JOIN_RIGHT:
        *out = both[1];
        return RC_OK;
    case JOIN_LEFT:
        *out = both[0];
        return RC_OK;
    case JOIN_INNER:
    case JOIN_CROSS:
        break;
    }
    *out = both[0] != left && both[1] == right ? both[1] : both[0];
    return RC_OK;
}

static enum rc use_column(struct join *join, size_t index, const struct bound **equal_out)
{
    const char *name = join->common.items[index];
    struct ast_name equals = operator_name(join->binder, "=");
    size_t left = 0;
    size_t right = 0;
    for (size_t i = 0; i < index; i++) {
        if (strcmp(join->common.items[i], name) == 0)
            return error_set(join->binder->err, SQLSTATE_DUPLICATE_COLUMN,
                             "column name \"%s\" appears more than once in USING clause",
                             name);
    }
    TRY(find_common(join, name, true, &left));
    TRY(find_common(join, name, false, &right));
    join->left_taken[left] = true;
    join->right_taken[right] = true;
    const struct bound *left_column = join->left.item->columns[left].expression;
    const struct bound *right_column = join->right.item->columns[right].expression;
    join->merged[index].name = name;
    TRY(merge(join, left_column, right_column, &join->merged[index].expression));
    return operator_bind(join->binder, &equals, equals.span, left_column, right_column,
                         equal_out);
}

static enum rc use_columns(struct join *join)
{
    size_t count = join->common.count;
    struct arena *arena = join->binder->arena;
    const struct bound **equalities = ARENA_ARRAY(arena, const struct bound *, count + 1);
    join->merged = ARENA_ARRAY(arena, struct scope_column, count + 1);
    for (size_t i = 0; i < count; i++)
        TRY(use_column(join, i, &equalities[i]));
    if (count > 0)
        join->condition = bound_boolean(join->binder, BOUND_AND, equalities, count);
    return RC_OK;
}

/* NATURAL: every name that both sides have. */
static void find_natural(struct join *join)
{
    const struct scope_item *left = join->left.item;
    const struct scope_item *right = join->right.item;
    join->common.items =
        ARENA_ARRAY(join->binder->arena, const char *, left->column_count + 1);
    join->common.count = 0;
    for (size_t i = 0; i < left->column_count; i++) {
        bool shared = false;
        for (size_t k = 0; k < right->column_count; k++)
            shared |= strcmp(left->columns[i].name, right->columns[k].name) == 0;
        if (shared)
            join->common.items[join->common.count++] = left->columns[i].name;
    }
}

static enum rc bind_on(struct join *join)
{
    struct scope *scope = join->scope;
    struct scope_names before = scope->names;
    const struct ast_expression *on = join->item->join.on;
    scope->names = (struct scope_names){NULL, 0};
    scope_names_append(join->binder, &scope->names, &join->left.names);
    scope_names_append(join->binder, &scope->names, &join->right.names);
    for (size_t i = 0; i < scope->names.count; i++)
        scope->names.items[i]->is_lateral_only = false;
    TRY(expression_condition(join->binder, scope, CLAUSE_JOIN, on, &join->condition));
    scope->names = before;
    return RC_OK;
}

static enum rc bind_condition(struct join *join)
{
    const struct ast_join *ast = &join->item->join;
    struct arena *arena = join->binder->arena;
    join->left_taken = ARENA_ARRAY(arena, bool, join->left.item->column_count + 1);
    join->right_taken = ARENA_ARRAY(arena, bool, join->right.item->column_count + 1);
    join->common = ast->using_columns;
    if (ast->is_natural)
        find_natural(join);
    TRY(use_columns(join));
    return ast->on == NULL ? RC_OK : bind_on(join);
}

static void add_rest(const struct scope_item *side, const bool *taken,
                     struct scope_item *out)
{
    for (size_t i = 0; i < side->column_count; i++) {
        if (!taken[i])
            out->columns[out->column_count++] = side->columns[i];
    }
}

/* Merged columns first, then what is left of either side. */
static enum rc make_item(struct join *join, struct scope_item *out)
{
    const struct ast_alias *alias = &join->item->alias;
    size_t room = join->common.count + join->left.item->column_count +
                  join->right.item->column_count;
    out->columns = ARENA_ARRAY(join->binder->arena, struct scope_column, room + 1);
    for (size_t i = 0; i < join->common.count; i++)
        out->columns[out->column_count++] = join->merged[i];
    add_rest(join->left.item, join->left_taken, out);
    add_rest(join->right.item, join->right_taken, out);
    out->alias = alias->name;
    out->is_relation_visible = alias->name != NULL;
    out->is_columns_visible = true;
    out->is_lateral_ok = true;
    if (alias->columns.count > out->column_count)
        return error_set(join->binder->err, SQLSTATE_INVALID_COLUMN_REFERENCE,
                         "join expression \"%s\" has %zu columns available but %zu "
                         "columns specified",
                         alias->name, out->column_count, alias->columns.count);
    for (size_t i = 0; i < alias->columns.count; i++)
        out->columns[i].name = alias->columns.items[i];
    return RC_OK;
}

/* JOIN ... USING (...) AS x: x has the merged columns only. */
static enum rc add_using_alias(struct join *join, struct scope_names *names)
{
    const char *alias = join->item->join.using_alias;
    if (alias == NULL)
        return RC_OK;
    struct scope_item *item = ARENA_NEW(join->binder->arena, struct scope_item);
    struct scope_names one = {NULL, 0};
    item->alias = alias;
    item->columns = join->merged;
    item->column_count = join->common.count;
    item->is_relation_visible = true;
    item->is_lateral_ok = true;
    scope_names_add(join->binder, &one, item);
    scope_names_add(join->binder, &join->scope->all, item);
    TRY(scope_check_names(join->binder, names, &one, join->item->span));
    scope_names_append(join->binder, names, &one);
    return RC_OK;
}

/* An alias hides both sides; without one their columns are found through the join, so
 * that a merged column is not ambiguous. */
static enum rc make_names(struct join *join, struct scope_item *item,
                          struct scope_names *names)
{
    if (item->alias == NULL) {
        scope_names_append(join->binder, names, &join->left.names);
        scope_names_append(join->binder, names, &join->right.names);
        for (size_t i = 0; i < names->count; i++)
            names->items[i]->is_columns_visible = false;
        TRY(add_using_alias(join, names));
    } else {
        scope_names_add(join->binder, &join->scope->all, item);
    }
    scope_names_add(join->binder, names, item);
    return RC_OK;
}

enum rc from_join(struct binder *binder, struct scope *scope,
                  const struct ast_from_item *item, struct from_result *out)
{
    struct join join = {.binder = binder, .scope = scope, .item = item};
    struct bound_from *from = ARENA_NEW(binder->arena, struct bound_from);
    struct scope_item *joined = ARENA_NEW(binder->arena, struct scope_item);
    TRY(bind_sides(&join));
    TRY(bind_condition(&join));
    TRY(make_item(&join, joined));
    out->names = (struct scope_names){NULL, 0};
    TRY(make_names(&join, joined, &out->names));
    from->is_join = true;
    from->kind = kind_of(&item->join);
    from->left = join.left.from;
    from->right = join.right.from;
    from->condition = join.condition;
    out->from = from;
    out->item = joined;
    return RC_OK;
}
