/* Conditions as lists of conjuncts, in written order. */
#include "sql/plan/planner.h"

void flatten_and(struct planner *planner, const struct bound *condition,
                 struct expressions *list)
{
    if (condition == NULL)
        return;
    if (condition->kind != BOUND_AND) {
        expressions_add(planner, list, condition);
        return;
    }
    for (size_t i = 0; i < condition->argument_count; i++)
        flatten_and(planner, condition->arguments[i], list);
}

/* A conjunct that is false makes all of them so, but one before it may still raise an
 * error in PostgreSQL only when it is evaluated, which a false WHERE prevents there too.
 */
bool conjuncts_fold(struct expressions *list)
{
    size_t kept = 0;
    bool is_false = false;
    for (size_t i = 0; i < list->count; i++) {
        bool value = false;
        if (!is_constant_boolean(list->items[i], &value))
            list->items[kept++] = list->items[i];
        else
            is_false = is_false || !value;
    }
    list->count = kept;
    return is_false;
}
