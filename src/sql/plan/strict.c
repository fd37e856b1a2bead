/* What NULLs do to an expression. Sound, not complete: false may mean "unknown". */
#include "sql/plan/planner.h"

struct strict {
    const struct planner *planner;
    const struct block *block;
    const struct tree *tree;
};

static bool null_value(const struct strict *strict, const struct bound *value)
{
    switch (value->kind) {
    case BOUND_COLUMN: {
        const struct source *source = strict->planner->sources[value->column.relation];
        return source->owner == strict->block &&
               source->position - strict->tree->first_position <
                   strict->tree->position_count;
    }
    case BOUND_CALL:
        if (!value->call.function->strict || returns_set(value))
            return false;
        break;
    case BOUND_CAST:
    case BOUND_NOT:
        break;
    default:
        return false;
    }
    for (size_t i = 0; i < value->argument_count; i++) {
        if (null_value(strict, value->arguments[i]))
            return true;
    }
    return false;
}

static bool never_true(const struct strict *strict, const struct bound *condition);

static bool any_never_true(const struct strict *strict, const struct bound *condition)
{
    for (size_t i = 0; i < condition->argument_count; i++) {
        if (never_true(strict, condition->arguments[i]))
            return true;
    }
    return false;
}

static bool all_never_true(const struct strict *strict, const struct bound *condition)
{
    for (size_t i = 0; i < condition->argument_count; i++) {
        if (!never_true(strict, condition->arguments[i]))
            return false;
    }
    return condition->argument_count != 0;
}

static bool test_never_true(const struct strict *strict, const struct bound *test)
{
    /* IS NOT NULL and IS NOT UNKNOWN reject a NULL, IS TRUE and IS FALSE do as well. */
    bool wants_negated =
        test->kind == BOUND_IS_NULL || test->test.boolean == BOUND_UNKNOWN;
    return test->test.negated == wants_negated && null_value(strict, test->arguments[0]);
}

static bool never_true(const struct strict *strict, const struct bound *condition)
{
    switch (condition->kind) {
    case BOUND_AND:
        return any_never_true(strict, condition);
    case BOUND_OR:
        return all_never_true(strict, condition);
    case BOUND_IS_NULL:
    case BOUND_IS_BOOLEAN:
        return test_never_true(strict, condition);
    case BOUND_QUANTIFIED:
        /* NULL or, over an empty array, false; ALL over an empty one is true. */
        return !condition->call.all && condition->call.function->strict &&
               null_value(strict, condition->arguments[0]);
    case BOUND_CONSTANT:
        return condition->constant.null || !condition->constant.datum.boolean;
    default:
        return null_value(strict, condition);
    }
}

bool condition_rejects_nulls(const struct planner *planner, const struct block *block,
                             const struct bound *condition, const struct tree *tree)
{
    struct strict strict = {planner, block, tree};
    return never_true(&strict, condition);
}

bool value_is_null_with(const struct planner *planner, const struct block *block,
                        const struct bound *value, const struct tree *tree)
{
    struct strict strict = {planner, block, tree};
    return null_value(&strict, value);
}
