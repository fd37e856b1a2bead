/* EXPLAIN of operators on users' tables. */
#include "sql/bind/bound_modify.h"
#include "sql/plan/explain.h"

static const char *relation_text(struct explain *explain, const char *name,
                                 const char *alias)
{
    return alias == NULL || strcmp(alias, name) == 0
               ? name
               : arena_printf(explain->arena, "%s %s", name, alias);
}

const char *table_title(struct explain *explain, const struct plan *plan)
{
    static const char *const words[] = {
        [BOUND_INSERT] = "Insert", [BOUND_UPDATE] = "Update", [BOUND_DELETE] = "Delete"};
    if (plan->kind == PLAN_LOCK)
        return "LockRows";
    if (plan->kind == PLAN_MODIFY) {
        const struct bound_modify *modify = plan->modify.modify;
        return arena_printf(explain->arena, "%s on %s", words[modify->kind],
                            relation_text(explain, modify->table->name, modify->alias));
    }
    const struct table *table = plan->table.table;
    const char *relation = relation_text(explain, table->name, plan->table.alias);
    if (plan->kind == PLAN_TABLE)
        return arena_printf(explain->arena, "Seq Scan on %s", relation);
    return arena_printf(explain->arena, "Index Scan%s using %s on %s",
                        plan->table.is_backward ? " Backward" : "",
                        table->indexes[plan->table.index].name, relation);
}

void table_names(struct explain *explain, const struct plan *plan, struct names *names)
{
    bool is_modify = plan->kind == PLAN_MODIFY;
    const struct table *table =
        is_modify ? plan->modify.modify->table : plan->table.table;
    const char *alias = is_modify ? plan->modify.modify->alias : plan->table.alias;
    for (size_t i = 0; i < names->count; i++) {
        size_t place = is_modify ? i : plan->table.places[i];
        const char *column =
            place < table->column_count ? table->columns[place].name : "ctid";
        names->items[i] = explain->has_prefix
                              ? arena_printf(explain->arena, "%s.%s", alias, column)
                              : column;
    }
}

static const char *part_name(const struct plan *plan, size_t part)
{
    const struct table_index *index = &plan->table.table->indexes[plan->table.index];
    return plan->table.table->columns[index->parts[part].place].name;
}

const char *table_condition(struct explain *explain, const struct plan *plan)
{
    static const struct names none = {NULL, 0};
    const char *text = "";
    size_t count = 0;
    size_t next = plan->table.equal_count;
    for (size_t i = 0; i < plan->table.equal_count; i++)
        text = arena_printf(explain->arena, "%s%s(%s = %s)", text,
                            count++ == 0 ? "" : " AND ", part_name(plan, i),
                            deparse(explain, &none, plan->table.equal[i]));
    if (plan->table.any != NULL)
        text = arena_printf(explain->arena, "%s%s(%s = ANY (%s))", text,
                            count++ == 0 ? "" : " AND ", part_name(plan, next),
                            deparse(explain, &none, plan->table.any));
    if (plan->table.lower != NULL)
        text = arena_printf(explain->arena, "%s%s(%s %s %s)", text,
                            count++ == 0 ? "" : " AND ", part_name(plan, next),
                            plan->table.lower_inclusive ? ">=" : ">",
                            deparse(explain, &none, plan->table.lower));
    if (plan->table.upper != NULL)
        text = arena_printf(explain->arena, "%s%s(%s %s %s)", text,
                            count++ == 0 ? "" : " AND ", part_name(plan, next),
                            plan->table.upper_inclusive ? "<=" : "<",
                            deparse(explain, &none, plan->table.upper));
    return count > 1 ? arena_printf(explain->arena, "(%s)", text) : text;
}
