/* The targets of SELECT: their names, stars, and how other clauses refer to them. */
#include "sql/bind/binder.h"

/* ---- names of columns: PostgreSQL's FigureColname() ---- */

struct figured {
    const char *name;
    bool is_strong; /* a cast around it does not give its own name */
};

static struct figured figure(const struct ast_expression *expression,
                             const struct bound *bound);

static const struct bound *subquery_of(const struct bound *bound)
{
    while (bound != NULL && bound->kind == BOUND_CAST)
        bound = bound->arguments[0];
    return bound != NULL && bound->kind == BOUND_SUBQUERY ? bound : NULL;
}

static struct figured figure_subquery(const struct ast_subquery *subquery,
                                      const struct bound *bound)
{
    const struct bound *found = subquery_of(bound);
    if (subquery->kind == SUBQUERY_EXISTS)
        return (struct figured){"exists", true};
    if (subquery->kind == SUBQUERY_ARRAY)
        return (struct figured){"array", true};
    if (subquery->kind == SUBQUERY_SCALAR && found != NULL)
        return (struct figured){found->subquery.query->columns.items[0].name, true};
    return (struct figured){NULL, false};
}

static struct figured figure_cast(const struct ast_expression *expression,
                                  const struct bound *bound)
{
    struct figured inner = figure(expression->cast.operand, bound);
    const struct ast_name *type = &expression->cast.type->name;
    if (inner.is_strong || type->count == 0)
        return inner;
    return (struct figured){type->parts[type->count - 1], false};
}

static struct figured figure_case(const struct ast_cases *cases,
                                  const struct bound *bound)
{
    struct figured inner = {NULL, false};
    if (cases->otherwise != NULL)
        inner = figure(cases->otherwise, bound != NULL && bound->kind == BOUND_CASE
                                             ? bound->arguments[bound->argument_count - 1]
                                             : NULL);
    return inner.is_strong ? inner : (struct figured){"case", false};
}

static struct figured figure_indirection(const struct ast_indirection *indirection)
{
    for (size_t i = indirection->step_count; i > 0; i--) {
        if (indirection->steps[i - 1].kind == INDIRECTION_FIELD)
            return (struct figured){indirection->steps[i - 1].field, true};
    }
    return figure(indirection->operand, NULL);
}

static struct figured figure(const struct ast_expression *expression,
                             const struct bound *bound)
{
    static const char *const fixed[EXPRESSION_KIND_COUNT] = {
        [EXPRESSION_NULLIF] = "nullif",     [EXPRESSION_COALESCE] = "coalesce",
        [EXPRESSION_GREATEST] = "greatest", [EXPRESSION_LEAST] = "least",
        [EXPRESSION_ARRAY] = "array",       [EXPRESSION_ROW] = "row",
        [EXPRESSION_GROUPING] = "grouping",
    };
    const struct ast_name *name = &expression->column.name;
    switch (expression->kind) {
    case EXPRESSION_COLUMN:
        return (struct figured){name->count == 0 ? NULL : name->parts[name->count - 1],
                                true};
    case EXPRESSION_CALL:
        name = &expression->call->name;
        return (struct figured){name->parts[name->count - 1], true};
    case EXPRESSION_VALUE_FUNCTION:
        return (struct figured){
            sql_value_function_name(expression->value_function.function), true};
    case EXPRESSION_CAST:
        return figure_cast(expression, bound);
    case EXPRESSION_COLLATE:
        return figure(expression->collate.operand, bound);
    case EXPRESSION_CASE:
        return figure_case(expression->cases, bound);
    case EXPRESSION_SUBQUERY:
        return figure_subquery(expression->subquery, bound);
    case EXPRESSION_INDIRECTION:
        return figure_indirection(&expression->indirection);
    default:
        return (struct figured){fixed[expression->kind], fixed[expression->kind] != NULL};
    }
}

const char *target_name(const struct ast_expression *expression,
                        const struct bound *bound)
{
    struct figured figured = figure(expression, bound);
    return figured.name == NULL ? "?column?" : figured.name;
}

/* ---- the list ---- */

/* Rooms double, so that a list of many targets is made in linear time. */
static bool is_full(size_t count)
{
    return (count & (count - 1)) == 0;
}

uint32_t target_add(struct binder *binder, struct scope *scope, const struct bound *bound)
{
    struct bound_query *query = scope->query;
    size_t count = query->target_count;
    if (is_full(count)) {
        const struct bound **grown =
            ARENA_ARRAY(binder->arena, const struct bound *, 2 * count + 1);
        if (count > 0)
            memcpy(grown, query->targets, count * sizeof(*grown));
        query->targets = grown;
    }
    query->targets[count] = bound;
    query->target_count = count + 1;
    return (uint32_t)count;
}

/* Where a plain column comes from, however many queries further out. */
static void set_origin(const struct scope *scope, const struct bound *bound,
                       struct bound_column *column)
{
    if (bound->kind != BOUND_COLUMN)
        return;
    for (uint32_t i = 0; i < bound->column.levels && scope != NULL; i++)
        scope = scope->outer;
    if (scope == NULL || bound->column.relation >= scope->query->relation_count)
        return;
    const struct bound_relation *relation =
        &scope->query->relations[bound->column.relation];
    column->relation_oid = relation->columns.items[bound->column.column].relation_oid;
    column->attribute = relation->columns.items[bound->column.column].attribute;
}

static void add_column(struct binder *binder, struct scope *scope,
                       const struct bound *bound, const char *name)
{
    struct bound_columns *columns = &scope->query->columns;
    if (is_full(columns->count)) {
        struct bound_column *grown =
            ARENA_ARRAY(binder->arena, struct bound_column, 2 * columns->count + 1);
        if (columns->count > 0)
            memcpy(grown, columns->items, columns->count * sizeof(*grown));
        columns->items = grown;
    }
    struct bound_column *column = &columns->items[columns->count++];
    *column =
        (struct bound_column){.name = name, .type = bound->type, .typmod = bound->typmod};
    set_origin(scope, bound, column);
    (void)target_add(binder, scope, bound);
}

static void add_item(struct binder *binder, struct scope *scope,
                     const struct scope_item *item, uint32_t levels, struct ast_span span)
{
    for (size_t i = 0; i < item->column_count; i++) {
        struct bound *copy = ARENA_NEW(binder->arena, struct bound);
        *copy = *bound_shift(binder, item->columns[i].expression, levels);
        copy->position = binder_place(binder, span);
        add_column(binder, scope, copy, item->columns[i].name);
    }
}

static enum rc expand_all(struct binder *binder, struct scope *scope,
                          struct ast_span span)
{
    bool found = false;
    for (size_t i = 0; i < scope->names.count; i++) {
        const struct scope_item *item = scope->names.items[i];
        if (!item->is_columns_visible)
            continue;
        found = true;
        add_item(binder, scope, item, 0, span);
    }
    if (found)
        return RC_OK;
    return error_set_at(binder->err, binder_position(binder, span), SQLSTATE_SYNTAX_ERROR,
                        "SELECT * with no tables specified is not valid");
}

static enum rc expand_star(struct binder *binder, struct scope *scope,
                           const struct ast_expression *expression)
{
    const struct ast_name *name = &expression->column.name;
    struct scope_item *item = NULL;
    uint32_t levels = 0;
    if (name->count == 0)
        return expand_all(binder, scope, expression->span);
    if (name->count > 3)
        return error_set_at(binder->err, binder_position(binder, expression->span),
                            SQLSTATE_SYNTAX_ERROR,
                            "improper qualified name (too many dotted names): %s.*",
                            binder_name(binder, name));
    if (name->count == 3 && strcmp(name->parts[0], binder->path->database) != 0)
        return error_set_at(binder->err, binder_position(binder, expression->span),
                            SQLSTATE_FEATURE_NOT_SUPPORTED,
                            "cross-database references are not implemented: %s.*",
                            binder_name(binder, name));
    TRY(scope_find_item(binder, scope, name, name->count, &item, &levels));
    if (item == NULL)
        return scope_missing_item(binder, scope, name, name->count);
    add_item(binder, scope, item, levels, expression->span);
    return RC_OK;
}

/* (record).* */
static bool is_record_star(const struct ast_expression *expression)
{
    const struct ast_indirection *indirection = &expression->indirection;
    return expression->kind == EXPRESSION_INDIRECTION &&
           indirection->steps[indirection->step_count - 1].kind == INDIRECTION_STAR;
}

static enum rc expand_record(struct binder *binder, struct scope *scope,
                             const struct ast_expression *expression)
{
    struct ast_expression inner = *expression;
    const struct bound *record = NULL;
    inner.indirection.step_count--;
    if (inner.indirection.step_count == 0)
        inner = *expression->indirection.operand;
    TRY(expression_bind(binder, scope, &inner, &record));
    if (record->type->oid != TYPE_RECORD)
        return error_set_at(binder->err, binder_position(binder, expression->span),
                            SQLSTATE_WRONG_OBJECT_TYPE, "type %s is not composite",
                            type_title(binder->arena, record->type));
    const struct bound *shape = record_shape(binder, scope, record);
    if (shape == NULL)
        return error_set_at(binder->err, binder_position(binder, expression->span),
                            SQLSTATE_WRONG_OBJECT_TYPE,
                            "record type has not been registered");
    for (size_t i = 0; i < shape->argument_count; i++)
        add_column(binder, scope, record_field_at(binder, record, shape, i),
                   shape->row.names[i]);
    return RC_OK;
}

enum rc target_list(struct binder *binder, struct scope *scope,
                    const struct ast_target_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct ast_target *target = &list->items[i];
        const struct ast_expression *expression = target->expression;
        const struct bound *bound = NULL;
        if (expression->kind == EXPRESSION_COLUMN && expression->column.has_star) {
            TRY(expand_star(binder, scope, expression));
            continue;
        }
        if (is_record_star(expression)) {
            TRY(expand_record(binder, scope, expression));
            continue;
        }
        TRY(expression_bind(binder, scope, expression, &bound));
        add_column(binder, scope, bound,
                   target->alias != NULL ? target->alias
                                         : target_name(expression, bound));
    }
    return RC_OK;
}

/* ---- references from ORDER BY, GROUP BY, DISTINCT ON ---- */

static void found(const struct scope *scope, uint32_t at, struct target_place *out)
{
    *out = (struct target_place){true, at, scope->query->targets[at]};
}

/* A bare name is an output name first; in GROUP BY a column of FROM goes before it. */
static enum rc find_name(struct binder *binder, struct scope *scope,
                         const struct ast_expression *expression,
                         struct target_place *out)
{
    const struct bound_query *query = scope->query;
    const char *name = expression->column.name.parts[0];
    const struct bound *column = NULL;
    if (scope->clause == CLAUSE_GROUP) {
        TRY(scope_find_column(binder, scope, name, expression->span, true, &column));
        if (column != NULL)
            return RC_OK;
    }
    for (size_t i = 0; i < query->columns.count; i++) {
        if (strcmp(query->columns.items[i].name, name) != 0)
            continue;
        if (out->is_found && !bound_equal(out->bound, query->targets[i]))
            return error_set_at(binder->err, binder_position(binder, expression->span),
                                SQLSTATE_AMBIGUOUS_COLUMN, "%s \"%s\" is ambiguous",
                                clause_name(scope->clause), name);
        if (!out->is_found)
            found(scope, (uint32_t)i, out);
    }
    return RC_OK;
}

static enum rc find_ordinal(struct binder *binder, const struct scope *scope,
                            const struct ast_expression *expression,
                            struct target_place *out)
{
    const struct ast_constant *constant = &expression->constant;
    int position = binder_position(binder, expression->span);
    if (constant->kind != CONSTANT_INTEGER)
        return error_set_at(binder->err, position, SQLSTATE_SYNTAX_ERROR,
                            "non-integer constant in %s", clause_name(scope->clause));
    if (constant->integer < 1 || (size_t)constant->integer > scope->query->columns.count)
        return error_set_at(binder->err, position, SQLSTATE_INVALID_COLUMN_REFERENCE,
                            "%s position %d is not in select list",
                            clause_name(scope->clause), constant->integer);
    found(scope, (uint32_t)constant->integer - 1, out);
    return RC_OK;
}

enum rc target_find(struct binder *binder, struct scope *scope,
                    const struct ast_expression *expression, struct target_place *out)
{
    *out = (struct target_place){.is_found = false};
    if (expression->kind == EXPRESSION_COLUMN && expression->column.name.count == 1 &&
        !expression->column.has_star)
        TRY(find_name(binder, scope, expression, out));
    else if (expression->kind == EXPRESSION_CONSTANT)
        TRY(find_ordinal(binder, scope, expression, out));
    if (out->is_found)
        return RC_OK;
    TRY(expression_bind(binder, scope, expression, &out->bound));
    for (size_t i = 0; i < scope->query->target_count && !out->is_found; i++) {
        if (bound_equal(out->bound, scope->query->targets[i]))
            found(scope, (uint32_t)i, out);
    }
    return RC_OK;
}

enum rc target_find_or_add(struct binder *binder, struct scope *scope,
                           const struct ast_expression *expression, uint32_t *target_out)
{
    struct target_place place;
    struct bound_query *query = scope->query;
    TRY(target_find(binder, scope, expression, &place));
    if (!place.is_found && query->kind == BOUND_QUERY_SET) {
        error_set_at(binder->err, binder_position_of(binder, place.bound),
                     SQLSTATE_FEATURE_NOT_SUPPORTED,
                     "invalid UNION/INTERSECT/EXCEPT ORDER BY clause");
        error_detail(binder->err,
                     "Only result column names can be used, not expressions or "
                     "functions.");
        return error_hint(binder->err, "Add the expression/function to every SELECT, or "
                                       "move the UNION into a FROM clause.");
    }
    *target_out = place.is_found ? place.target : target_add(binder, scope, place.bound);
    const struct bound **target = &query->targets[*target_out];
    TRY(coerce_unknown_to_text(binder, *target, target));
    if (*target_out < query->columns.count)
        query->columns.items[*target_out].type = (*target)->type;
    return RC_OK;
}
