/* Parts that all files of the planner use: guard, sources, lists. */
#include "sql/plan/planner.h"

enum rc planner_too_deep(struct planner *planner)
{
    (void)error_set(planner->err, SQLSTATE_STATEMENT_TOO_COMPLEX,
                    "stack depth limit exceeded");
    return error_hint(planner->err,
                      "Expressions, subqueries and joins nest deeper than %d levels.",
                      PLAN_DEPTH_MAX);
}

enum rc planner_enter(struct planner *planner)
{
    if (planner->depth >= PLAN_DEPTH_MAX)
        return planner_too_deep(planner);
    planner->depth++;
    return RC_OK;
}

void *planner_grow(struct arena *arena, void *items, size_t count, size_t *capacity,
                   size_t size)
{
    if (count < *capacity)
        return items;
    *capacity = *capacity == 0 ? 4 : *capacity * 2;
    void *grown = arena_alloc(arena, *capacity, size, alignof(void *));
    if (count != 0)
        memcpy(grown, items, count * size);
    return grown;
}

struct source *source_new(struct planner *planner, enum source_kind kind,
                          const char *alias, size_t column_count)
{
    struct source *source = ARENA_NEW(planner->arena, struct source);
    source->kind = kind;
    source->id = (uint32_t)planner->source_count;
    source->alias = alias;
    source->column_count = column_count;
    source->types = ARENA_ARRAY(planner->arena, const struct type *, column_count);
    source->used = ARENA_ARRAY(planner->arena, bool, column_count);
    planner->sources =
        planner_grow(planner->arena, planner->sources, planner->source_count,
                     &planner->source_capacity, sizeof(struct source *));
    planner->sources[planner->source_count++] = source;
    return source;
}

void expressions_add(struct planner *planner, struct expressions *list,
                     const struct bound *expression)
{
    list->items = planner_grow(planner->arena, list->items, list->count, &list->capacity,
                               sizeof(const struct bound *));
    list->items[list->count++] = expression;
}

void expressions_append(struct planner *planner, struct expressions *list,
                        const struct expressions *more)
{
    for (size_t i = 0; i < more->count; i++)
        expressions_add(planner, list, more->items[i]);
}

const struct bound *column_of(struct planner *planner, const struct source *source,
                              uint32_t column)
{
    struct bound *bound = ARENA_NEW(planner->arena, struct bound);
    bound->kind = BOUND_COLUMN;
    bound->type = source->types[column];
    bound->typmod = TYPE_TYPMOD_NONE;
    bound->column.relation = source->id;
    bound->column.column = column;
    return bound;
}

const struct bound *constant_null(struct planner *planner, const struct type *type)
{
    struct bound *bound = ARENA_NEW(planner->arena, struct bound);
    bound->kind = BOUND_CONSTANT;
    bound->type = type;
    bound->typmod = TYPE_TYPMOD_NONE;
    bound->constant.null = true;
    return bound;
}

void tree_measure(struct tree *tree)
{
    tree->depth = 1;
    if (tree->kind != TREE_JOIN)
        return;
    size_t left = tree->left->depth;
    size_t right = tree->right->depth;
    tree->depth = 1 + (left > right ? left : right);
}
