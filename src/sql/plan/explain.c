/* EXPLAIN: the lines of PostgreSQL's text format without costs. */
#include "sql/plan/explain.h"

#include "base/arena.h"
#include "catalog/relation.h"

/* A plan with the names of the columns that it yields, known before a line is made. */
struct named {
    const struct plan *plan;
    struct names names;
    struct named *inputs;
};

static void name_plan(struct explain *explain, const struct plan *plan,
                      struct named *named);
static void explain_plan(struct explain *explain, const struct named *named,
                         size_t indent);

static void add_line(struct explain *explain, const char *text)
{
    if (explain->line_count == explain->line_capacity) {
        size_t room = explain->line_capacity * 2 + 16;
        const char **grown = ARENA_ARRAY(explain->arena, const char *, room);
        if (explain->line_count != 0)
            memcpy(grown, explain->lines, explain->line_count * sizeof *grown);
        explain->lines = grown;
        explain->line_capacity = room;
    }
    explain->lines[explain->line_count++] = text;
}

/* PostgreSQL's layout: the root at the margin, each level an arrow six columns further
 * in, an operator's own lines two columns behind its name. */
static void add_node(struct explain *explain, size_t indent, const char *text)
{
    add_line(explain, indent == 0 ? text
                                  : arena_printf(explain->arena, "%*s->  %s",
                                                 (int)(indent - 4), "", text));
}

static void add_detail(struct explain *explain, size_t indent, const char *label,
                       const char *text)
{
    add_line(explain, arena_printf(explain->arena, "%*s%s: %s", (int)(indent + 2), "",
                                   label, text));
}

static void add_label(struct explain *explain, size_t indent, const char *text)
{
    add_line(explain, arena_printf(explain->arena, "%*s%s", (int)(indent + 2), "", text));
}

static const char *condition_text(struct explain *explain, const struct names *names,
                                  const struct bound *condition)
{
    const char *text = deparse(explain, names, condition);
    bool bare = text[0] != '(';
    return bare ? arena_printf(explain->arena, "(%s)", text) : text;
}

static struct names names_new(struct explain *explain, size_t count)
{
    return (struct names){ARENA_ARRAY(explain->arena, const char *, count), count};
}

static const char *cut(struct explain *explain, const char *text)
{
    if (strlen(text) <= EXPLAIN_NAME_MAX)
        return text;
    return arena_printf(explain->arena, "%.*s...", EXPLAIN_NAME_MAX, text);
}

/* A name that stands for a computed value is in parentheses above its operator. */
static const char *computed(struct explain *explain, const char *text)
{
    return cut(explain,
               text[0] == '(' ? text : arena_printf(explain->arena, "(%s)", text));
}

static void system_names(struct explain *explain, const struct plan *plan,
                         struct names *names)
{
    for (size_t i = 0; i < plan->column_count; i++) {
        const char *column = plan->system.relation->columns[plan->system.columns[i]].name;
        names->items[i] = explain->has_prefix ? arena_printf(explain->arena, "%s.%s",
                                                             plan->system.alias, column)
                                              : column;
    }
}

static void numbered_names(struct explain *explain, const char *prefix,
                           struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        names->items[i] = arena_printf(explain->arena, "%s.column%zu", prefix, i + 1);
}

static void projected_names(struct explain *explain, const struct plan *plan,
                            const struct names *below, struct names *names)
{
    for (size_t i = 0; i < plan->column_count; i++) {
        const struct bound *expression = plan->project.expressions[i];
        const char *text = deparse(explain, below, expression);
        names->items[i] = expression->kind == BOUND_SLOT ? text : computed(explain, text);
    }
}

static void aggregated_names(struct explain *explain, const struct plan *plan,
                             const struct names *below, struct names *names)
{
    size_t group_count = plan->aggregate.group_count;
    size_t first_call = plan->column_count - plan->aggregate.call_count;
    for (size_t i = 0; i < plan->column_count; i++) {
        if (i < group_count)
            names->items[i] =
                cut(explain, deparse(explain, below, plan->aggregate.groups[i]));
        else if (i < first_call)
            names->items[i] = "grouping set";
        else
            names->items[i] = computed(
                explain, deparse(explain, below, plan->aggregate.calls[i - first_call]));
    }
}

/* The input's columns, then the calls. */
static void window_names(struct explain *explain, const struct plan *plan,
                         const struct names *below, struct names *names)
{
    size_t first_call = plan->column_count - plan->window.call_count;
    for (size_t i = 0; i < plan->column_count; i++)
        names->items[i] =
            i < first_call
                ? below->items[i]
                : computed(explain,
                           deparse(explain, below, plan->window.calls[i - first_call]));
}

static const char *join_title(struct explain *explain, const struct plan *plan)
{
    static const char *const words[] = {
        [PLAN_JOIN_INNER] = "",       [PLAN_JOIN_LEFT] = " Left",
        [PLAN_JOIN_RIGHT] = " Right", [PLAN_JOIN_FULL] = " Full",
        [PLAN_JOIN_SEMI] = " Semi",   [PLAN_JOIN_ANTI] = " Anti",
    };
    bool hashed = plan->kind == PLAN_HASH_JOIN;
    if (plan->join.join == PLAN_JOIN_INNER)
        return hashed ? "Hash Join" : "Nested Loop";
    return arena_printf(explain->arena, "%s%s Join", hashed ? "Hash" : "Nested Loop",
                        words[plan->join.join]);
}

static const char *scan_title(struct explain *explain, const struct plan *plan)
{
    const char *name = plan->system.relation->name;
    const char *kind = plan->system.key == NULL ? "Seq Scan" : "Index Scan";
    if (plan->system.alias == NULL || strcmp(name, plan->system.alias) == 0)
        return arena_printf(explain->arena, "%s on %s", kind, name);
    return arena_printf(explain->arena, "%s on %s %s", kind, name, plan->system.alias);
}

static const char *function_title(struct explain *explain, const struct plan *plan)
{
    const struct bound *call =
        plan->function.call_count == 1 ? plan->function.calls[0] : NULL;
    if (call == NULL || call->kind != BOUND_CALL)
        return "Function Scan";
    return arena_printf(explain->arena, "Function Scan on %s", call->call.function->name);
}

static const char *title(struct explain *explain, const struct plan *plan)
{
    static const char *const titles[PLAN_KIND_COUNT] = {
        [PLAN_ONE_ROW] = "Result",
        [PLAN_EMPTY] = "Result",
        [PLAN_VALUES] = "Values Scan on \"*VALUES*\"",
        [PLAN_PROJECT_SET] = "ProjectSet",
        [PLAN_WINDOW] = "WindowAgg",
        [PLAN_SORT] = "Sort",
        [PLAN_DISTINCT] = "HashAggregate",
        [PLAN_DISTINCT_ON] = "Unique",
        [PLAN_LIMIT] = "Limit",
        [PLAN_APPEND] = "Append",
        [PLAN_INTERSECT] = "HashSetOp Intersect",
        [PLAN_EXCEPT] = "HashSetOp Except",
        [PLAN_MATERIALIZE] = "Materialize",
        [PLAN_RECURSIVE] = "Recursive Union",
        [PLAN_WORK] = "WorkTable Scan",
    };
    switch (plan->kind) {
    case PLAN_SYSTEM:
        return scan_title(explain, plan);
    case PLAN_TABLE:
    case PLAN_INDEX:
    case PLAN_MODIFY:
    case PLAN_LOCK:
        return table_title(explain, plan);
    case PLAN_FUNCTION:
        return function_title(explain, plan);
    case PLAN_HASH_JOIN:
    case PLAN_NESTED_JOIN:
        return join_title(explain, plan);
    case PLAN_AGGREGATE:
        return plan->aggregate.set_count != 0     ? "MixedAggregate"
               : plan->aggregate.group_count == 0 ? "Aggregate"
                                                  : "HashAggregate";
    case PLAN_COMMON:
        return arena_printf(explain->arena, "CTE Scan on cte%u", plan->common.number + 1);
    case PLAN_INTERSECT:
    case PLAN_EXCEPT:
        return arena_printf(explain->arena, "%s%s", titles[plan->kind],
                            plan->set.is_all ? " All" : "");
    default:
        return titles[plan->kind];
    }
}

static void sort_detail(struct explain *explain, const struct plan *plan, size_t indent,
                        const struct names *names)
{
    const char *text = "";
    for (size_t i = 0; i < plan->sort.key_count; i++) {
        const struct plan_sort_key *key = &plan->sort.keys[i];
        bool plain_nulls = key->nulls_first == key->is_descending;
        text = arena_printf(explain->arena, "%s%s%s%s%s", text, i == 0 ? "" : ", ",
                            names->items[key->slot], key->is_descending ? " DESC" : "",
                            plain_nulls        ? ""
                            : key->nulls_first ? " NULLS FIRST"
                                               : " NULLS LAST");
    }
    add_detail(explain, indent, "Sort Key", text);
}

static void group_detail(struct explain *explain, const struct plan *plan, size_t indent,
                         const struct names *names)
{
    const char *text = "";
    bool is_distinct = plan->kind == PLAN_DISTINCT;
    size_t count = is_distinct ? names->count : plan->aggregate.group_count;
    for (size_t i = 0; i < count; i++)
        text = arena_printf(explain->arena, "%s%s%s", text, i == 0 ? "" : ", ",
                            is_distinct
                                ? names->items[i]
                                : deparse(explain, names, plan->aggregate.groups[i]));
    if (count != 0)
        add_detail(explain, indent, "Group Key", cut(explain, text));
}

static void join_details(struct explain *explain, const struct plan *plan, size_t indent,
                         const struct names *inputs)
{
    const char *text = "";
    size_t count = plan->kind == PLAN_HASH_JOIN ? plan->join.key_count : 0;
    for (size_t i = 0; i < count; i++) {
        const struct plan_key *key = &plan->join.keys[i];
        text = arena_printf(explain->arena, "%s%s(%s %s %s)", text, i == 0 ? "" : " AND ",
                            deparse(explain, &inputs[0], key->left),
                            key->nulls_match ? "IS NOT DISTINCT FROM" : "=",
                            deparse(explain, &inputs[1], key->right));
    }
    if (count > 1)
        text = arena_printf(explain->arena, "(%s)", text);
    if (count != 0)
        add_detail(explain, indent, "Hash Cond", text);
    if (plan->join.condition == NULL)
        return;
    struct names both = names_new(explain, inputs[0].count + inputs[1].count);
    for (size_t i = 0; i < both.count; i++)
        both.items[i] = i < inputs[0].count ? inputs[0].items[i]
                                            : inputs[1].items[i - inputs[0].count];
    add_detail(explain, indent, "Join Filter",
               condition_text(explain, &both, plan->join.condition));
}

static void details(struct explain *explain, const struct plan *plan, size_t indent,
                    const struct names *inputs)
{
    static const struct names none = {NULL, 0};
    switch (plan->kind) {
    case PLAN_HASH_JOIN:
    case PLAN_NESTED_JOIN:
        join_details(explain, plan, indent, inputs);
        break;
    case PLAN_SORT:
        sort_detail(explain, plan, indent, &inputs[0]);
        break;
    case PLAN_DISTINCT:
    case PLAN_AGGREGATE:
        group_detail(explain, plan, indent, &inputs[0]);
        break;
    case PLAN_FILTER:
        add_detail(explain, indent, "Filter",
                   condition_text(explain, &inputs[0], plan->filter.condition));
        break;
    case PLAN_EMPTY:
        add_detail(explain, indent, "One-Time Filter", "false");
        break;
    case PLAN_INDEX:
        add_detail(explain, indent, "Index Cond", table_condition(explain, plan));
        break;
    case PLAN_SYSTEM:
        if (plan->system.key != NULL)
            add_detail(
                explain, indent, "Index Cond",
                arena_printf(explain->arena, "(%s = %s)",
                             plan->system.relation->columns[plan->system.key_column].name,
                             deparse(explain, &none, plan->system.key)));
        break;
    default:
        break;
    }
}

static void own_names(struct explain *explain, const struct plan *plan,
                      const struct names *inputs, struct names *names)
{
    *names = names_new(explain, plan->column_count);
    switch (plan->kind) {
    case PLAN_SYSTEM:
        system_names(explain, plan, names);
        break;
    case PLAN_TABLE:
    case PLAN_INDEX:
    case PLAN_MODIFY:
        table_names(explain, plan, names);
        break;
    case PLAN_PROJECT:
    case PLAN_PROJECT_SET:
        projected_names(explain, plan, &inputs[0], names);
        break;
    case PLAN_AGGREGATE:
        aggregated_names(explain, plan, &inputs[0], names);
        break;
    case PLAN_WINDOW:
        window_names(explain, plan, &inputs[0], names);
        break;
    case PLAN_FUNCTION:
        numbered_names(explain, "function", names);
        break;
    case PLAN_VALUES:
        numbered_names(explain, "\"*VALUES*\"", names);
        break;
    case PLAN_COMMON:
        numbered_names(explain, "cte", names);
        break;
    case PLAN_WORK:
        numbered_names(explain, "work", names);
        break;
    case PLAN_EMPTY:
    case PLAN_ONE_ROW:
        numbered_names(explain, "result", names);
        break;
    default:
        for (size_t i = 0, at = 0; i < plan->input_count && at < names->count; i++) {
            for (size_t k = 0; k < inputs[i].count && at < names->count; k++)
                names->items[at++] = inputs[i].items[k];
        }
        break;
    }
}

static void name_plan(struct explain *explain, const struct plan *plan,
                      struct named *named)
{
    bool binds = plan->kind == PLAN_NESTED_JOIN && plan->join.bindings.count != 0;
    struct names *inputs =
        ARENA_ARRAY(explain->arena, struct names, plan->input_count + 1);
    named->plan = plan;
    named->inputs = ARENA_ARRAY(explain->arena, struct named, plan->input_count);
    for (size_t i = 0; i < plan->input_count; i++) {
        name_plan(explain, plan->inputs[i], &named->inputs[i]);
        inputs[i] = named->inputs[i].names;
        for (size_t k = 0; binds && i == 0 && k < plan->join.bindings.count; k++)
            explain->outers[plan->join.bindings.items[k].outer] =
                deparse(explain, &inputs[0], plan->join.bindings.items[k].expression);
    }
    explain->current = plan;
    own_names(explain, plan, inputs, &named->names);
}

/* The subplans of one operator's expressions; `init`: those that are run once. */
static void explain_subplans(struct explain *explain, const struct plan *owner, bool init,
                             size_t indent)
{
    for (size_t i = 0; i < explain->shown_count; i++) {
        struct shown_subplan shown = explain->subplans[i];
        struct named named;
        if (shown.owner != owner || shown.is_init != init)
            continue;
        add_label(explain, indent,
                  init ? arena_printf(explain->arena, "InitPlan %zu (returns $%zu)",
                                      shown.number, shown.number - 1)
                       : arena_printf(explain->arena, "SubPlan %zu", shown.number));
        name_plan(explain, shown.subquery->plan, &named);
        explain_plan(explain, &named, indent + 8);
    }
}

static void explain_details(struct explain *explain, const struct named *named,
                            size_t indent)
{
    size_t count = named->plan->input_count;
    struct names *inputs = ARENA_ARRAY(explain->arena, struct names, count + 1);
    for (size_t i = 0; i < count; i++)
        inputs[i] = named->inputs[i].names;
    explain->current = named->plan;
    details(explain, named->plan, indent, inputs);
}

static bool has_line(const struct plan *plan)
{
    return plan->kind != PLAN_FILTER && plan->kind != PLAN_PROJECT;
}

/* As in PostgreSQL, projections have no line and filters are lines of what they filter.
 */
static void explain_plan(struct explain *explain, const struct named *named,
                         size_t indent)
{
    const struct named *shown = named;
    while (!has_line(shown->plan))
        shown = &shown->inputs[0];
    add_node(explain, indent, title(explain, shown->plan));
    explain_details(explain, shown, indent);
    for (const struct named *at = named; at != shown; at = &at->inputs[0])
        explain_details(explain, at, indent);
    for (const struct named *at = named;; at = &at->inputs[0]) {
        explain_subplans(explain, at->plan, true, indent);
        if (at == shown)
            break;
    }
    for (size_t i = 0; i < shown->plan->input_count; i++)
        explain_plan(explain, &shown->inputs[i], indent + 6);
    for (const struct named *at = named;; at = &at->inputs[0]) {
        explain_subplans(explain, at->plan, false, indent);
        if (at == shown)
            break;
    }
}

static size_t count_scans(const struct plan *plan)
{
    size_t count = plan->input_count == 0;
    for (size_t i = 0; i < plan->input_count; i++)
        count += count_scans(plan->inputs[i]);
    return count;
}

void plan_explain(struct arena *arena, const struct plan_statement *plan,
                  const char ***lines_out, size_t *count_out)
{
    struct explain explain = {.arena = arena};
    struct named named;
    explain.outers = ARENA_ARRAY(arena, const char *, plan->outer_count);
    explain.outer_count = plan->outer_count;
    explain.has_prefix =
        plan->outer_count != 0 || plan->common_count != 0 || count_scans(plan->root) > 1;
    name_plan(&explain, plan->root, &named);
    explain_plan(&explain, &named, 0);
    for (size_t i = 0; i < plan->common_count; i++) {
        struct named common;
        add_label(&explain, 0, arena_printf(arena, "CTE cte%zu", i + 1));
        name_plan(&explain, plan->commons[i], &common);
        explain_plan(&explain, &common, 8);
    }
    *lines_out = explain.lines;
    *count_out = explain.line_count;
}
