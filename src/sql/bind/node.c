/* Making nodes of bound expressions. */
#include "base/assert.h"
#include "sql/bind/binder.h"

struct bound *bound_new(struct binder *binder, enum bound_kind kind,
                        const struct type *type, size_t argument_count, uint32_t position)
{
    struct bound *bound = ARENA_NEW(binder->arena, struct bound);
    bound->kind = kind;
    bound->type = type;
    bound->typmod = TYPE_TYPMOD_NONE;
    bound->position = position;
    bound->argument_count = argument_count;
    bound->arguments =
        ARENA_ARRAY(binder->arena, const struct bound *, argument_count + 1);
    return bound;
}

const struct bound *bound_boolean(struct binder *binder, enum bound_kind kind,
                                  const struct bound *const *arguments, size_t count)
{
    ASSERT(count > 0);
    if (count == 1 && kind != BOUND_NOT)
        return arguments[0];
    struct bound *bound =
        bound_new(binder, kind, type_find_oid(TYPE_BOOL), count, arguments[0]->position);
    memcpy(bound->arguments, arguments, count * sizeof(*arguments));
    return bound;
}

const struct bound *bound_pair(struct binder *binder, enum bound_kind kind,
                               const struct bound *left, const struct bound *right)
{
    const struct bound *both[2] = {left, right};
    return bound_boolean(binder, kind, both, 2);
}

const struct bound *bound_column_new(struct binder *binder, uint32_t relation,
                                     uint32_t column, const struct bound_column *about)
{
    struct bound *bound = bound_new(binder, BOUND_COLUMN, about->type, 0, 0);
    bound->typmod = about->typmod;
    bound->column.relation = relation;
    bound->column.column = column;
    return bound;
}

/* Items of FROM hold columns and, after USING, casts and COALESCE over columns. */
const struct bound *bound_shift(struct binder *binder, const struct bound *bound,
                                uint32_t levels)
{
    if (levels == 0)
        return bound;
    struct bound *copy = ARENA_NEW(binder->arena, struct bound);
    *copy = *bound;
    copy->arguments =
        ARENA_ARRAY(binder->arena, const struct bound *, bound->argument_count + 1);
    for (size_t i = 0; i < bound->argument_count; i++)
        copy->arguments[i] = bound_shift(binder, bound->arguments[i], levels);
    if (copy->kind == BOUND_COLUMN)
        copy->column.levels += levels;
    return copy;
}

static bool visit_dear(struct bound_walk *walk, const struct bound *bound)
{
    bool *is_dear = (bool *)walk->argument;
    if (bound->kind == BOUND_SUBQUERY ||
        (bound->kind == BOUND_CALL && bound->call.function->volatility == 'v'))
        *is_dear = true;
    return !*is_dear;
}

struct shared_operand shared_open(struct binder *binder, const struct bound **bound)
{
    bool is_dear = false;
    struct bound_walk walk = {.visit = visit_dear, .argument = &is_dear};
    bound_walk(&walk, *bound);
    if (!is_dear || (*bound)->type->oid == TYPE_UNKNOWN)
        return (struct shared_operand){NULL, 0};
    struct shared_operand shared = {*bound, binder->shared_count++};
    struct bound *reference =
        bound_new(binder, BOUND_SHARED, (*bound)->type, 0, (*bound)->position);
    reference->typmod = (*bound)->typmod;
    reference->shared = shared.number;
    *bound = reference;
    return shared;
}

const struct bound *shared_close(struct binder *binder,
                                 const struct shared_operand *shared,
                                 const struct bound *whole)
{
    if (shared->operand == NULL)
        return whole;
    struct bound *let = bound_new(binder, BOUND_LET, whole->type, 2, whole->position);
    let->typmod = whole->typmod;
    let->shared = shared->number;
    let->arguments[0] = shared->operand;
    let->arguments[1] = whole;
    return let;
}
