/* Expressions as text for EXPLAIN, in the forms of PostgreSQL's ruleutils. */
#include "base/arena.h"
#include "base/buffer.h"
#include "sql/plan/explain.h"

/* One text being made. */
struct deparsing {
    struct explain *explain;
    const struct names *names;
    struct buffer *out;
};

static void print(struct deparsing *to, const struct bound *expression);

static void print_list(struct deparsing *to, const struct bound *const *items,
                       size_t count, const char *between)
{
    for (size_t i = 0; i < count; i++) {
        if (i != 0)
            buffer_add_text(to->out, between);
        print(to, items[i]);
    }
}

static void print_arguments(struct deparsing *to, const struct bound *expression)
{
    print_list(to, expression->arguments, expression->argument_count, ", ");
}

static void print_quoted(struct buffer *out, struct bytes text)
{
    buffer_add_u8(out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '\'')
            buffer_add_u8(out, '\'');
        buffer_add_u8(out, text.at[i]);
    }
    buffer_add_u8(out, '\'');
}

static bool is_bare(const struct type *type, struct bytes text)
{
    bool number = type->oid == TYPE_INT4 || type->oid == TYPE_NUMERIC;
    return number && text.len != 0 && text.at[0] >= '0' && text.at[0] <= '9';
}

static void print_constant(struct deparsing *to, const struct bound *constant)
{
    struct arena *arena = to->explain->arena;
    struct type_context context = {.arena = arena};
    struct buffer text;
    if (constant->constant.null) {
        buffer_printf(to->out, "NULL::%s", type_title(arena, constant->type));
        return;
    }
    if (constant->type->oid == TYPE_BOOL) {
        buffer_add_text(to->out, constant->constant.datum.boolean ? "true" : "false");
        return;
    }
    buffer_init(&text, (size_t)1 << 20);
    type_output(constant->type, &context, constant->constant.datum, &text);
    if (is_bare(constant->type, buffer_bytes(&text))) {
        buffer_add(to->out, buffer_bytes(&text));
    } else {
        print_quoted(to->out, buffer_bytes(&text));
        buffer_printf(to->out, "::%s", type_title(arena, constant->type));
    }
    buffer_fini(&text);
}

static const char *operator_name(const struct function *function)
{
    for (size_t i = 0; i < operator_count(); i++) {
        if (operator_at(i)->function == function->oid)
            return operator_at(i)->name;
    }
    return NULL;
}

static void print_call(struct deparsing *to, const struct bound *call)
{
    const char *name = operator_name(call->call.function);
    buffer_add_text(to->out, name == NULL ? call->call.function->name : "");
    buffer_add_u8(to->out, '(');
    if (name == NULL) {
        print_arguments(to, call);
    } else if (call->argument_count == 1) {
        buffer_printf(to->out, "%s ", name);
        print(to, call->arguments[0]);
    } else {
        print(to, call->arguments[0]);
        buffer_printf(to->out, " %s ", name);
        print(to, call->arguments[1]);
    }
    buffer_add_u8(to->out, ')');
}

static void print_test(struct deparsing *to, const struct bound *test)
{
    static const char *const words[] = {
        [BOUND_TRUE] = "TRUE", [BOUND_FALSE] = "FALSE", [BOUND_UNKNOWN] = "UNKNOWN"};
    const char *word = test->kind == BOUND_IS_NULL ? "NULL" : words[test->test.boolean];
    buffer_add_u8(to->out, '(');
    print(to, test->arguments[0]);
    buffer_printf(to->out, " IS %s%s)", test->test.negated ? "NOT " : "", word);
}

static void print_case(struct deparsing *to, const struct bound *expression)
{
    buffer_add_text(to->out, "CASE");
    for (size_t i = 0; i + 1 < expression->argument_count; i += 2) {
        buffer_add_text(to->out, " WHEN ");
        print(to, expression->arguments[i]);
        buffer_add_text(to->out, " THEN ");
        print(to, expression->arguments[i + 1]);
    }
    buffer_add_text(to->out, " ELSE ");
    print(to, expression->arguments[expression->argument_count - 1]);
    buffer_add_text(to->out, " END");
}

static void print_aggregate(struct deparsing *to, const struct bound *call)
{
    buffer_printf(to->out, "%s(%s", call->aggregate.function->name,
                  call->aggregate.distinct ? "DISTINCT " : "");
    if (call->argument_count == 0)
        buffer_add_u8(to->out, '*');
    print_arguments(to, call);
    buffer_add_u8(to->out, ')');
    if (call->aggregate.filter == NULL)
        return;
    buffer_add_text(to->out, " FILTER (WHERE ");
    print(to, call->aggregate.filter);
    buffer_add_u8(to->out, ')');
}

static const struct shown_subplan *show_subplan(struct explain *explain,
                                                const struct plan_subquery *subquery)
{
    for (size_t i = 0; i < explain->shown_count; i++) {
        if (explain->subplans[i].subquery == subquery)
            return &explain->subplans[i];
    }
    if (explain->shown_count == explain->shown_capacity) {
        size_t room = explain->shown_capacity * 2 + 4;
        struct shown_subplan *grown =
            ARENA_ARRAY(explain->arena, struct shown_subplan, room);
        if (explain->shown_count != 0)
            memcpy(grown, explain->subplans, explain->shown_count * sizeof *grown);
        explain->subplans = grown;
        explain->shown_capacity = room;
    }
    struct shown_subplan *shown = &explain->subplans[explain->shown_count++];
    shown->subquery = subquery;
    shown->owner = explain->current;
    shown->number = ++explain->subplan_count;
    shown->is_init = subquery->bindings.count == 0 &&
                     subquery->form != BOUND_SUBQUERY_ANY &&
                     subquery->form != BOUND_SUBQUERY_ALL;
    return shown;
}

/* What the subplan's places stand for, so that its own lines can name them. */
static void name_outers(struct deparsing *to, const struct plan_bindings *bindings)
{
    for (size_t i = 0; i < bindings->count; i++)
        to->explain->outers[bindings->items[i].outer] =
            deparse(to->explain, to->names, bindings->items[i].expression);
}

static void print_subplan(struct deparsing *to, const struct bound *expression)
{
    const struct plan_subquery *subquery = expression->subplan;
    struct shown_subplan shown = *show_subplan(to->explain, subquery);
    name_outers(to, &subquery->bindings);
    if (shown.is_init)
        buffer_printf(to->out, "$%zu", shown.number - 1);
    else
        buffer_printf(to->out, "(%sSubPlan %zu)", subquery->is_hashed ? "hashed " : "",
                      shown.number);
}

static void print_slot(struct deparsing *to, const struct bound *slot)
{
    if (slot->kind == BOUND_OUTER && slot->slot < to->explain->outer_count &&
        to->explain->outers[slot->slot] != NULL)
        buffer_add_text(to->out, to->explain->outers[slot->slot]);
    else if (slot->kind == BOUND_SLOT && slot->slot < to->names->count)
        buffer_add_text(to->out, to->names->items[slot->slot]);
    else
        buffer_printf(to->out, "$%u", slot->slot);
}

/* WORD(arguments) or (a word b). */
static void print_word(struct deparsing *to, const struct bound *expression,
                       const char *before, const char *between)
{
    buffer_printf(to->out, "%s(", before);
    print_list(to, expression->arguments, expression->argument_count, between);
    buffer_add_u8(to->out, ')');
}

static void print_quantified(struct deparsing *to, const struct bound *expression)
{
    const char *name = operator_name(expression->call.function);
    buffer_add_u8(to->out, '(');
    print(to, expression->arguments[0]);
    buffer_printf(to->out, " %s %s (", name == NULL ? "?" : name,
                  expression->call.all ? "ALL" : "ANY");
    print(to, expression->arguments[1]);
    buffer_add_text(to->out, "))");
}

static void print_subscript(struct deparsing *to, const struct bound *expression)
{
    print(to, expression->arguments[0]);
    for (size_t i = 1; i < expression->argument_count; i++) {
        buffer_add_u8(to->out, '[');
        print(to, expression->arguments[i]);
        buffer_add_u8(to->out, ']');
    }
}

static void print_other(struct deparsing *to, const struct bound *expression)
{
    switch (expression->kind) {
    case BOUND_CASE:
        print_case(to, expression);
        break;
    case BOUND_COALESCE:
        print_word(to, expression, "COALESCE", ", ");
        break;
    case BOUND_NULLIF:
        print_word(to, expression, "NULLIF", ", ");
        break;
    case BOUND_EXTREME:
        print_word(to, expression, expression->greatest ? "GREATEST" : "LEAST", ", ");
        break;
    case BOUND_QUANTIFIED:
        print_quantified(to, expression);
        break;
    case BOUND_ARRAY:
        buffer_add_text(to->out, "ARRAY[");
        print_arguments(to, expression);
        buffer_add_u8(to->out, ']');
        break;
    case BOUND_SUBSCRIPT:
        print_subscript(to, expression);
        break;
    case BOUND_AGGREGATE:
        print_aggregate(to, expression);
        break;
    case BOUND_SUBPLAN:
        print_subplan(to, expression);
        break;
    case BOUND_WINDOW:
        buffer_add_text(to->out, expression->window.function->name);
        buffer_add_u8(to->out, '(');
        print_arguments(to, expression);
        buffer_add_text(to->out, ") OVER (?)");
        break;
    case BOUND_ROW:
        buffer_add_text(to->out, "ROW(");
        print_arguments(to, expression);
        buffer_add_u8(to->out, ')');
        break;
    case BOUND_FIELD:
        buffer_add_u8(to->out, '(');
        print_arguments(to, expression);
        buffer_printf(to->out, ").f%u", expression->field + 1);
        break;
    case BOUND_GROUPING:
        buffer_add_text(to->out, "GROUPING(...)");
        break;
    default:
        buffer_add_u8(to->out, '?');
        break;
    }
}

static void print(struct deparsing *to, const struct bound *expression)
{
    struct arena *arena = to->explain->arena;
    switch (expression->kind) {
    case BOUND_CONSTANT:
        print_constant(to, expression);
        break;
    case BOUND_SLOT:
    case BOUND_OUTER:
        print_slot(to, expression);
        break;
    case BOUND_PARAMETER:
        buffer_printf(to->out, "$%u", expression->parameter + 1);
        break;
    case BOUND_CALL:
        print_call(to, expression);
        break;
    case BOUND_CAST:
        print_word(to, expression, "", "");
        buffer_printf(to->out, "::%s", type_title(arena, expression->type));
        break;
    case BOUND_AND:
        print_word(to, expression, "", " AND ");
        break;
    case BOUND_OR:
        print_word(to, expression, "", " OR ");
        break;
    case BOUND_NOT:
        print_word(to, expression, "(NOT ", "");
        buffer_add_u8(to->out, ')');
        break;
    case BOUND_IS_NULL:
    case BOUND_IS_BOOLEAN:
        print_test(to, expression);
        break;
    case BOUND_DISTINCT:
        print_word(to, expression, "",
                   expression->call.negated ? " IS NOT DISTINCT FROM "
                                            : " IS DISTINCT FROM ");
        break;
    default:
        print_other(to, expression);
        break;
    }
}

const char *deparse(struct explain *explain, const struct names *names,
                    const struct bound *expression)
{
    return deparse_list(explain, names, &expression, 1);
}

const char *deparse_list(struct explain *explain, const struct names *names,
                         const struct bound *const *items, size_t count)
{
    struct buffer out;
    buffer_init(&out, (size_t)1 << 20);
    struct deparsing to = {explain, names, &out};
    print_list(&to, items, count, ", ");
    size_t len = buffer_len(&out);
    const char *text = NULL;
    if (len > EXPLAIN_NAME_MAX * 8)
        text = arena_printf(explain->arena, "%.*s...", EXPLAIN_NAME_MAX * 8,
                            (const char *)buffer_bytes(&out).at);
    else
        text = arena_strndup(explain->arena, (const char *)buffer_bytes(&out).at, len);
    buffer_fini(&out);
    return text;
}
