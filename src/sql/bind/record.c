/* Rows as values: ROW(...), whole rows of FROM, and their fields. */
#include "sql/bind/binder.h"
#include "sql/functions/columns.h"

static const struct type *record_type(void)
{
    return type_find_oid(TYPE_RECORD);
}

static const struct bound *new_row(struct binder *binder, struct ast_span span,
                                   const struct bound *const *items,
                                   const char *const *names, size_t count)
{
    struct bound *row =
        bound_new(binder, BOUND_ROW, record_type(), count, binder_place(binder, span));
    if (count > 0)
        memcpy(row->arguments, items, count * sizeof(*items));
    row->row.names = names;
    return row;
}

/* ---- ROW(...) ---- */

struct row_items {
    const struct bound **items;
    size_t count;
    size_t room;
};

static void add_item(struct binder *binder, struct row_items *row,
                     const struct bound *item)
{
    if (row->count == row->room) {
        size_t room = row->room * 2 + 8;
        const struct bound **items =
            ARENA_ARRAY(binder->arena, const struct bound *, room);
        if (row->count > 0)
            memcpy(items, row->items, row->count * sizeof(*items));
        row->items = items;
        row->room = room;
    }
    row->items[row->count++] = item;
}

/* ROW(t.*) has the columns of t. */
static enum rc add_star(struct binder *binder, struct scope *scope,
                        const struct ast_expression *expression, struct row_items *row)
{
    const struct ast_name *name = &expression->column.name;
    struct scope_item *item = NULL;
    uint32_t levels = 0;
    if (name->count > 0)
        TRY(scope_find_item(binder, scope, name, name->count, &item, &levels));
    if (item == NULL)
        return name->count == 0 ? scope_column_reference(binder, scope, expression, NULL)
                                : scope_missing_item(binder, scope, name, name->count);
    for (size_t i = 0; i < item->column_count; i++)
        add_item(binder, row, bound_shift(binder, item->columns[i].expression, levels));
    return RC_OK;
}

enum rc expression_row(struct binder *binder, struct scope *scope,
                       const struct ast_expression *expression, const struct bound **out)
{
    struct row_items row = {NULL, 0, 0};
    for (size_t i = 0; i < expression->list.count; i++) {
        const struct ast_expression *item = expression->list.items[i];
        const struct bound *bound = NULL;
        if (item->kind == EXPRESSION_COLUMN && item->column.has_star) {
            TRY(add_star(binder, scope, item, &row));
            continue;
        }
        TRY(expression_bind(binder, scope, item, &bound));
        TRY(coerce_unknown_to_text(binder, bound, &bound));
        add_item(binder, &row, bound);
    }
    const char **names = ARENA_ARRAY(binder->arena, const char *, row.count + 1);
    for (size_t i = 0; i < row.count; i++)
        names[i] = arena_printf(binder->arena, "f%zu", i + 1);
    *out = new_row(binder, expression->span, row.items, names, row.count);
    return RC_OK;
}

/* ---- whole rows ---- */

/* NULL where an outer join has no row for it: then all of its columns are. */
static const struct bound *null_or(struct binder *binder, const struct bound *row)
{
    struct bound *choice = bound_new(binder, BOUND_CASE, row->type, 3, row->position);
    struct bound *null = bound_new(binder, BOUND_CONSTANT, row->type, 0, row->position);
    null->constant.null = true;
    choice->arguments[0] = record_null_test(binder, row, false);
    choice->arguments[1] = null;
    choice->arguments[2] = row;
    return choice;
}

enum rc record_whole_row(struct binder *binder, const struct scope_item *item,
                         uint32_t levels, struct ast_span span, const struct bound **out)
{
    const struct bound **items =
        ARENA_ARRAY(binder->arena, const struct bound *, item->column_count + 1);
    const char **names = ARENA_ARRAY(binder->arena, const char *, item->column_count + 1);
    for (size_t i = 0; i < item->column_count; i++) {
        struct bound *column = ARENA_NEW(binder->arena, struct bound);
        *column = *bound_shift(binder, item->columns[i].expression, levels);
        column->position = binder_place(binder, span);
        items[i] = column;
        names[i] = item->columns[i].name;
    }
    if (item->is_scalar) {
        *out = items[0];
        return RC_OK;
    }
    *out = new_row(binder, span, items, names, item->column_count);
    if (item->is_nullable && item->column_count > 0)
        *out = null_or(binder, *out);
    return RC_OK;
}

/* ---- fields ---- */

static bool is_null_or(const struct bound *bound)
{
    return bound->kind == BOUND_CASE && bound->argument_count == 3 &&
           bound->arguments[1]->kind == BOUND_CONSTANT &&
           bound->arguments[1]->constant.null && bound->arguments[2]->kind == BOUND_ROW;
}

/* A row whose fields have the types of a set of the function. */
static const struct bound *row_of_call(struct binder *binder, const struct bound *call)
{
    struct function_columns columns;
    if (!function_columns_of(call->call.function, call->call.argument_types, &columns))
        return NULL;
    struct bound *row = bound_new(binder, BOUND_ROW, record_type(), columns.count, 0);
    for (size_t i = 0; i < columns.count; i++)
        row->arguments[i] = bound_new(binder, BOUND_CONSTANT, columns.types[i], 0, 0);
    const char **names = ARENA_ARRAY(binder->arena, const char *, columns.count);
    memcpy(names, columns.names, columns.count * sizeof(*names));
    row->row.names = names;
    return row;
}

static const struct bound *shape_in(struct binder *binder,
                                    const struct bound_query *query,
                                    const struct scope *scope, const struct bound *bound)
{
    const struct bound_relation *relation = NULL;
    switch (bound->kind) {
    case BOUND_ROW:
        return bound;
    case BOUND_CASE:
        return shape_in(binder, query, scope,
                        bound->arguments[bound->argument_count - 1]);
    case BOUND_CALL:
        return row_of_call(binder, bound);
    case BOUND_COALESCE:
    case BOUND_EXTREME:
    case BOUND_NULLIF:
    case BOUND_AGGREGATE:
    case BOUND_WINDOW:
        return bound->argument_count == 0
                   ? NULL
                   : shape_in(binder, query, scope, bound->arguments[0]);
    case BOUND_SUBQUERY:
        return bound->subquery.form != BOUND_SUBQUERY_SCALAR
                   ? NULL
                   : shape_in(binder, bound->subquery.query, NULL,
                              bound->subquery.query->targets[0]);
    case BOUND_COLUMN:
        for (uint32_t i = 0; i < bound->column.levels && scope != NULL; i++)
            scope = scope->outer;
        if (bound->column.levels > 0)
            query = scope == NULL ? NULL : scope->query;
        if (query == NULL || bound->column.relation >= query->relation_count)
            return NULL;
        relation = &query->relations[bound->column.relation];
        if (relation->kind != BOUND_RELATION_QUERY ||
            bound->column.column >= relation->query->target_count)
            return NULL;
        return shape_in(binder, relation->query, NULL,
                        relation->query->targets[bound->column.column]);
    default:
        return NULL;
    }
}

/* What fields a record has: a BOUND_ROW with their names and types; NULL: it cannot be
 * told. */
const struct bound *record_shape(struct binder *binder, const struct scope *scope,
                                 const struct bound *bound)
{
    return shape_in(binder, scope->query, scope, bound);
}

const struct bound *record_field_at(struct binder *binder, const struct bound *bound,
                                    const struct bound *shape, size_t at)
{
    if (bound->kind == BOUND_ROW)
        return bound->arguments[at];
    if (is_null_or(bound))
        return bound->arguments[2]->arguments[at];
    struct bound *field =
        bound_new(binder, BOUND_FIELD, shape->arguments[at]->type, 1, bound->position);
    field->typmod = shape->arguments[at]->typmod;
    field->arguments[0] = bound;
    field->field = (uint32_t)at;
    return field;
}

enum rc record_field(struct binder *binder, const struct scope *scope,
                     const struct bound *bound, const char *name, struct ast_span span,
                     const struct bound **out)
{
    if (bound->type->oid != TYPE_RECORD)
        return error_set_at(binder->err, binder_position(binder, span),
                            SQLSTATE_WRONG_OBJECT_TYPE,
                            "column notation .%s applied to type %s, which is not a "
                            "composite type",
                            name, type_title(binder->arena, bound->type));
    const struct bound *shape = record_shape(binder, scope, bound);
    for (size_t i = 0; shape != NULL && i < shape->argument_count; i++) {
        if (strcmp(shape->row.names[i], name) != 0)
            continue;
        *out = record_field_at(binder, bound, shape, i);
        return RC_OK;
    }
    return error_set_at(binder->err, binder_position(binder, span),
                        SQLSTATE_UNDEFINED_COLUMN,
                        "could not identify column \"%s\" in record data type", name);
}

/* ---- IS [NOT] NULL: all of its fields are, or none is ---- */

const struct bound *record_null_test(struct binder *binder, const struct bound *value,
                                     bool negated)
{
    const struct bound *row = is_null_or(value) ? value->arguments[2] : value;
    size_t count = row->kind == BOUND_ROW ? row->argument_count : 1;
    const struct bound **tests =
        ARENA_ARRAY(binder->arena, const struct bound *, count + 1);
    if (count == 0) {
        struct bound *yes =
            bound_new(binder, BOUND_CONSTANT, type_find_oid(TYPE_BOOL), 0, 0);
        yes->constant.datum.boolean = true;
        return yes;
    }
    for (size_t i = 0; i < count; i++) {
        struct bound *test = bound_new(binder, BOUND_IS_NULL, type_find_oid(TYPE_BOOL), 1,
                                       value->position);
        test->arguments[0] = row->kind == BOUND_ROW ? row->arguments[i] : value;
        test->test.negated = negated;
        test->test.is_field = row->kind == BOUND_ROW;
        tests[i] = test;
    }
    return bound_boolean(binder, BOUND_AND, tests, count);
}
