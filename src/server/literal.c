#include "server/literal.h"

#include <strings.h>

/* --- the text ---------------------------------------------------------------------- */

enum { LITERALS_MAX = 64 };

static bool is_literal(enum token_kind kind)
{
    return kind == TOKEN_STRING || kind == TOKEN_INTEGER || kind == TOKEN_NUMBER;
}

static bool read_literal(struct arena *arena, const struct scan *scan, size_t at,
                         struct literal *out)
{
    const struct token *token = &scan->tokens[at];
    const char *string;

    out->kind = token->kind;
    out->place = token->from + 1;
    out->text = sql_token_text(scan, at);
    if (token->kind != TOKEN_STRING)
        return true;
    string = sql_token_string(arena, scan, at);
    if (string == NULL)
        return false;
    out->text = bytes_of_text(string);
    return true;
}

/* Words that stand for a time of the clock when they become a value. */
static bool is_clock(struct bytes text)
{
    static const char *const words[] = {"now", "today", "tomorrow", "yesterday"};

    while (text.len > 0 && (text.at[0] == ' ' || text.at[0] == '\t'))
        text = bytes_of(text.at + 1, text.len - 1);
    for (size_t i = 0; i < ARRAY_COUNT(words); i++)
        if (text.len >= strlen(words[i]) &&
            strncasecmp((const char *)text.at, words[i], strlen(words[i])) == 0)
            return true;
    return false;
}

static bool read_literals(struct arena *arena, const struct scan *scan,
                          struct literal_text *out)
{
    out->items = ARENA_ARRAY(arena, struct literal, LITERALS_MAX);
    out->count = 0;
    for (size_t i = 0; i < scan->count; i++) {
        enum token_kind kind = scan->tokens[i].kind;
        if (kind == TOKEN_BITS || kind == TOKEN_PARAMETER || kind == TOKEN_BROKEN)
            return false;
        if (!is_literal(kind))
            continue;
        if (out->count == LITERALS_MAX ||
            !read_literal(arena, scan, i, &out->items[out->count])) {
            out->has_clock = true; /* it cannot be told */
            return false;
        }
        out->has_clock = out->has_clock || is_clock(out->items[out->count++].text);
    }
    return out->count > 0;
}

bool literal_scan(struct arena *arena, struct bytes text, struct literal_text *out)
{
    struct scan_statement_list statements;
    struct error ignored;
    struct buffer key;
    struct scan scan;

    *out = (struct literal_text){.has_clock = true};
    error_clear(&ignored);
    if (sql_scan(arena, text, &scan, &ignored) != RC_OK)
        return false;
    sql_scan_split(arena, &scan, &statements);
    if (statements.count != 1)
        return false;
    out->has_clock = false;
    if (!read_literals(arena, &scan, out))
        return false;
    buffer_init(&key, SQL_TEXT_MAX);
    buffer_add_u8(&key, 0); /* no text begins so */
    sql_scan_fingerprint(&scan, &statements.items[0], &key);
    out->key = arena_bytes(arena, buffer_bytes(&key));
    buffer_fini(&key);
    return true;
}

/* --- values ------------------------------------------------------------------------ */

/* Types for which the value of a literal is what their input makes of its text, whatever
 * conversions stand between. */
static bool type_takes(const struct type *type, enum token_kind kind)
{
    if (type->methods->compare == NULL)
        return false;
    switch (kind) {
    case TOKEN_INTEGER:
        return type->oid == TYPE_INT4 || type->oid == TYPE_INT8 ||
               type->oid == TYPE_NUMERIC || type->oid == TYPE_FLOAT8;
    case TOKEN_NUMBER:
        return type->oid == TYPE_NUMERIC || type->oid == TYPE_FLOAT8;
    default:
        return true;
    }
}

static bool value_of(const struct type *type, const struct literal *literal,
                     const struct type_context *types, union datum *out)
{
    struct error ignored;

    error_clear(&ignored);
    return type_takes(type, literal->kind) &&
           type_input(type, types, literal->text, TYPE_TYPMOD_NONE, out, &ignored) ==
               RC_OK;
}

bool literal_values(const struct prepared *prepared, const struct literal_text *literals,
                    const struct type_context *types, struct arena *arena,
                    struct value *values_out)
{
    if (literals->count != prepared->literal_count)
        return false;
    for (size_t i = 0; i < literals->count; i++) {
        const struct type *type = prepared->literal_types[i];
        union datum datum;
        if (!value_of(type, &literals->items[i], types, &datum))
            return false;
        values_out[i] = (struct value){type_copy(arena, type, datum), false};
    }
    return true;
}

/* --- the plan ---------------------------------------------------------------------- */

struct lift {
    const struct literal_text *literals;
    const struct type_context *types;
    const struct type **found; /* by literal; NULL: not met yet */
    bool changes;              /* second walk: constants become parameters */
};

static bool lift_all(struct lift *lift, const struct bound *const *items, size_t count);

static size_t literal_at(const struct lift *lift, uint32_t place)
{
    size_t at = 0;

    while (at < lift->literals->count && lift->literals->items[at].place != place)
        at++;
    return at;
}

/* A constant that no literal stands for must be a keyword's: it is in the key. */
static bool check_constant(struct lift *lift, const struct bound *constant)
{
    size_t at = literal_at(lift, constant->position);
    union datum datum;

    if (constant->position == 0)
        return false;
    if (at == lift->literals->count)
        return constant->constant.null || constant->type->oid == TYPE_BOOL;
    if (constant->constant.null || constant->typmod != TYPE_TYPMOD_NONE ||
        (lift->found[at] != NULL && lift->found[at] != constant->type) ||
        !value_of(constant->type, &lift->literals->items[at], lift->types, &datum) ||
        type_compare(constant->type, datum, constant->constant.datum) != 0)
        return false;
    lift->found[at] = constant->type;
    return true;
}

/* Nobody else has the plan yet. */
static void change_constant(struct lift *lift, const struct bound *constant)
{
    size_t at = literal_at(lift, constant->position);
    struct bound *node = NULL;

    if (at == lift->literals->count)
        return;
    memcpy(&node, &constant, sizeof node);
    node->kind = BOUND_PARAMETER;
    node->parameter = (uint32_t)at;
}

static bool lift_expression(struct lift *lift, const struct bound *expression)
{
    if (expression == NULL)
        return true;
    switch (expression->kind) {
    case BOUND_CONSTANT:
        if (lift->changes)
            change_constant(lift, expression);
        return lift->changes || check_constant(lift, expression);
    case BOUND_SLOT:
    case BOUND_OUTER:
    case BOUND_PARAMETER:
        return true;
    case BOUND_AGGREGATE:
        if (!lift_expression(lift, expression->aggregate.filter))
            return false;
        break;
    case BOUND_CALL:
    case BOUND_CAST:
    case BOUND_AND:
    case BOUND_OR:
    case BOUND_NOT:
    case BOUND_IS_NULL:
    case BOUND_IS_BOOLEAN:
    case BOUND_DISTINCT:
    case BOUND_CASE:
    case BOUND_COALESCE:
    case BOUND_NULLIF:
    case BOUND_EXTREME:
        break;
    default:
        return false;
    }
    return lift_all(lift, expression->arguments, expression->argument_count);
}

static bool lift_all(struct lift *lift, const struct bound *const *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!lift_expression(lift, items[i]))
            return false;
    return true;
}

static bool lift_node(struct lift *lift, const struct plan *plan)
{
    switch (plan->kind) {
    case PLAN_ONE_ROW:
    case PLAN_TABLE:
    case PLAN_DISTINCT:
        return true;
    case PLAN_FILTER:
        return lift_expression(lift, plan->filter.condition);
    case PLAN_PROJECT:
        return lift_all(lift, plan->project.expressions, plan->column_count);
    case PLAN_INDEX:
        return plan->table.any == NULL && lift_expression(lift, plan->table.lower) &&
               lift_expression(lift, plan->table.upper) &&
               lift_all(lift, plan->table.equal, plan->table.equal_count);
    case PLAN_AGGREGATE:
        return plan->aggregate.set_count == 0 &&
               lift_all(lift, plan->aggregate.groups, plan->aggregate.group_count) &&
               lift_all(lift, plan->aggregate.calls, plan->aggregate.call_count);
    case PLAN_SORT:
        return lift_expression(lift, plan->sort.at_most);
    case PLAN_LIMIT:
        return lift_expression(lift, plan->limit.limit) &&
               lift_expression(lift, plan->limit.offset);
    default:
        return false;
    }
}

static bool lift_plan(struct lift *lift, const struct plan *plan)
{
    if (!lift_node(lift, plan))
        return false;
    for (size_t i = 0; i < plan->input_count; i++)
        if (!lift_plan(lift, plan->inputs[i]))
            return false;
    return true;
}

bool literal_lift(struct prepared *prepared, const struct literal_text *literals,
                  const struct type_context *types)
{
    struct lift lift = {literals, types, NULL, false};

    if (prepared->kind != PREPARED_QUERY || prepared->plan == NULL ||
        prepared->plan->common_count > 0 || prepared->parameters.count > 0)
        return false;
    lift.found = ARENA_ARRAY(prepared->arena, const struct type *, literals->count);
    if (!lift_plan(&lift, prepared->plan->root))
        return false;
    for (size_t i = 0; i < literals->count; i++)
        if (lift.found[i] == NULL)
            return false;
    lift.changes = true;
    lift_plan(&lift, prepared->plan->root);
    prepared->literal_types = lift.found;
    prepared->literal_count = literals->count;
    return true;
}

bool literal_same_plan(const struct prepared *a, const struct prepared *b)
{
    struct arena *arena = arena_new("plans", NULL);
    const char **lines[2] = {NULL, NULL};
    size_t count[2] = {0, 0};
    bool is_same;

    plan_explain(arena, a->plan, &lines[0], &count[0]);
    plan_explain(arena, b->plan, &lines[1], &count[1]);
    is_same = count[0] == count[1] && prepared_same_columns(a, b);
    for (size_t i = 0; is_same && i < count[0]; i++)
        is_same = strcmp(lines[0][i], lines[1][i]) == 0;
    arena_free(&arena);
    return is_same;
}
