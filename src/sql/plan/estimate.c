/* Rough numbers: the catalog keeps no statistics. */
#include "catalog/relation.h"
#include "sql/plan/build.h"

static const double equality_share = 0.005; /* PostgreSQL's DEFAULT_EQ_SEL */
static const double other_share = 1.0 / 3;  /* and DEFAULT_INEQ_SEL */

struct relation_size {
    const char *name;
    double rows;
};

double estimate_relation(const struct system_relation *relation)
{
    static const struct relation_size sizes[] = {
        {"pg_namespace", 10},   {"pg_database", 5},       {"pg_am", 5},
        {"pg_language", 5},     {"pg_roles", 20},         {"mz_databases", 5},
        {"mz_schemas", 20},     {"mz_roles", 20},         {"mz_clusters", 5},
        {"pg_attribute", 5000}, {"mz_columns", 5000},     {"pg_proc", 3000},
        {"pg_depend", 5000},    {"pg_description", 5000}, {"pg_operator", 800},
    };
    for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
        if (strcmp(sizes[i].name, relation->name) == 0)
            return sizes[i].rows;
    }
    return 1000;
}

double estimate_condition(struct planner *planner, const struct bound *conjunct)
{
    const struct bound *left = NULL;
    const struct bound *right = NULL;
    bool nulls_match = false;
    bool value = false;
    if (is_constant_boolean(conjunct, &value))
        return value ? 1 : 0;
    if (is_hashable_equality(planner, conjunct, &left, &right, &nulls_match))
        return equality_share;
    if (conjunct->kind == BOUND_IS_NULL)
        return conjunct->test.negated ? 1 - equality_share : equality_share;
    return other_share;
}

double estimate_conditions(struct planner *planner, const struct expressions *list)
{
    double share = 1;
    for (size_t i = 0; i < list->count; i++)
        share *= estimate_condition(planner, list->items[i]);
    return share;
}

/* A key joins many rows to one more often than not: as many as the larger side has; each
 * further key thins them out. */
void estimate_join(struct plan *plan)
{
    double left = plan->inputs[0]->rows;
    double right = plan->inputs[1]->rows;
    double rows = left * right;
    if (plan->kind == PLAN_HASH_JOIN && plan->join.key_count != 0) {
        rows = left > right ? left : right;
        for (size_t i = 1; i < plan->join.key_count; i++)
            rows *= 0.1;
    }
    if (plan->join.condition != NULL)
        rows *= other_share;
    switch (plan->join.join) {
    case PLAN_JOIN_SEMI:
    case PLAN_JOIN_ANTI:
        rows = left / 2;
        break;
    case PLAN_JOIN_LEFT:
        rows = rows < left ? left : rows;
        break;
    case PLAN_JOIN_RIGHT:
        rows = rows < right ? right : rows;
        break;
    case PLAN_JOIN_FULL:
        rows = rows < left + right ? left + right : rows;
        break;
    case PLAN_JOIN_INNER:
        break;
    }
    plan->rows = rows < 1 ? 1 : rows;
    plan->cost += plan->kind == PLAN_NESTED_JOIN ? left * right * 0.0025 : right * 0.005;
}
