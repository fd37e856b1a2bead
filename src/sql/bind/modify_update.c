/* UPDATE and DELETE: the rows to change, with what they are to become. */
#include "sql/bind/modify_internal.h"

static enum rc refuse_value(struct modify *modify,
                            const struct ast_assignment *assignment,
                            const struct table_column *column)
{
    error_set_at(modify->binder->err, 0, SQLSTATE_GENERATED_ALWAYS,
                 "column \"%s\" can only be updated to DEFAULT", assignment->column);
    return error_detail(modify->binder->err,
                        column->generated != 0
                            ? "Column \"%s\" is a generated column."
                            : "Column \"%s\" is an identity column defined as GENERATED "
                              "ALWAYS.",
                        assignment->column);
}

/* (a, b) = (SELECT x, y ...): column `index` of that query. */
static enum rc subquery_column(struct modify *modify, struct scope *scope,
                               const struct ast_assignment *assignment,
                               const struct bound **out)
{
    struct binder *binder = modify->binder;
    struct query_wish wish = {.common = NULL};
    struct bound_query *inner = NULL;
    TRY(query_bind(binder, scope, assignment->value->subquery->query, &wish, &inner));
    if (inner->columns.count != assignment->column_count)
        return error_set_at(binder->err, binder_position(binder, assignment->span),
                            SQLSTATE_SYNTAX_ERROR,
                            "number of columns does not match number of values");
    struct bound_column *column = &inner->columns.items[assignment->column_index];
    struct bound_query *outer = ARENA_NEW(binder->arena, struct bound_query);
    outer->kind = BOUND_QUERY_SELECT;
    outer->relations = ARENA_NEW(binder->arena, struct bound_relation);
    outer->relations[0] =
        (struct bound_relation){.kind = BOUND_RELATION_QUERY,
                                .alias = "*SELECT*",
                                .columns = inner->columns,
                                .query = query_pushed_in(binder, inner)};
    outer->relation_count = 1;
    outer->from = ARENA_NEW(binder->arena, struct bound_from);
    outer->columns = (struct bound_columns){column, 1};
    outer->targets = ARENA_ARRAY(binder->arena, const struct bound *, 1);
    outer->targets[0] =
        bound_column_new(binder, 0, (uint32_t)assignment->column_index, column);
    outer->target_count = 1;
    struct bound *bound = bound_new(binder, BOUND_SUBQUERY, column->type, 0,
                                    binder_place(binder, assignment->value->span));
    bound->typmod = column->typmod;
    bound->subquery.form = BOUND_SUBQUERY_SCALAR;
    bound->subquery.query = outer;
    *out = bound;
    return RC_OK;
}

/* The written value of one column: *expression_out, or a bound one for a subquery. */
static enum rc written_value(struct modify *modify, struct scope *scope,
                             const struct ast_assignment *assignment,
                             const struct ast_expression **expression_out,
                             const struct bound **out)
{
    struct binder *binder = modify->binder;
    const struct ast_expression *value = assignment->value;
    *expression_out = value;
    if (assignment->column_count == 0)
        return RC_OK;
    if (value->kind == EXPRESSION_ROW) {
        if (value->list.count != assignment->column_count)
            return error_set_at(binder->err, binder_position(binder, assignment->span),
                                SQLSTATE_SYNTAX_ERROR,
                                "number of columns does not match number of values");
        *expression_out = value->list.items[assignment->column_index];
        return RC_OK;
    }
    if (value->kind == EXPRESSION_SUBQUERY && value->subquery->kind == SUBQUERY_SCALAR)
        return subquery_column(modify, scope, assignment, out);
    if (assignment->column_count == 1)
        return RC_OK;
    return error_set_at(binder->err, binder_position(binder, value->span),
                        SQLSTATE_FEATURE_NOT_SUPPORTED,
                        "source for a multiple-column UPDATE item must be a sub-SELECT "
                        "or ROW() expression");
}

static enum rc bind_assignment(struct modify *modify, struct scope *scope,
                               const struct ast_assignment *assignment,
                               struct bound_assignment *out)
{
    struct binder *binder = modify->binder;
    const struct ast_expression *expression = NULL;
    const struct bound *value = NULL;
    if (assignment->step_count > 0)
        return binder_unsupported(binder, assignment->span,
                                  "assignment to a part of a column");
    TRY(modify_find_column(modify, assignment->column, assignment->span, &out->place));
    const struct table_column *column = &modify->table->columns[out->place];
    TRY(written_value(modify, scope, assignment, &expression, &value));
    if (value == NULL && expression->kind == EXPRESSION_DEFAULT)
        return modify_default(modify, out->place, &out->value);
    if (column->generated != 0 || column->identity == 'a')
        return refuse_value(modify, assignment, column);
    if (value == NULL)
        TRY(expression_bind(binder, scope, expression, &value));
    return modify_assign(modify, out->place, value, &out->value);
}

enum rc modify_assignments(struct modify *modify, struct scope *scope,
                           const struct ast_assignment_list *list,
                           struct bound_assignment **out)
{
    struct binder *binder = modify->binder;
    struct bound_assignment *made =
        ARENA_ARRAY(binder->arena, struct bound_assignment, list->count + 1);
    for (size_t i = 0; i < list->count; i++) {
        TRY(bind_assignment(modify, scope, &list->items[i], &made[i]));
        for (size_t k = 0; k < i; k++) {
            if (made[k].place == made[i].place)
                return error_set(binder->err, SQLSTATE_SYNTAX_ERROR,
                                 "multiple assignments to same column \"%s\"",
                                 list->items[i].column);
        }
    }
    *out = made;
    return RC_OK;
}

/* The target and the other items of FROM or USING. */
static enum rc bind_from(struct modify *modify, const struct ast_from_item *table,
                         const struct ast_from_list *list)
{
    struct binder *binder = modify->binder;
    struct scope *scope = &modify->source;
    scope->clause = CLAUSE_FROM_QUERY;
    TRY(modify_target(modify, table));
    TRY(from_list(binder, scope, list));
    TRY(scope_check_names(binder, &modify->target.names, &scope->names, table->span));
    struct scope_names names = {NULL, 0};
    scope_names_append(binder, &names, &modify->target.names);
    scope_names_append(binder, &names, &scope->names);
    scope->names = names;
    scope->clause = CLAUSE_SELECT;
    if (scope->query->from == NULL) {
        scope->query->from = modify->target.from;
        return RC_OK;
    }
    struct bound_from *join = ARENA_NEW(binder->arena, struct bound_from);
    join->is_join = true;
    join->kind = BOUND_JOIN_INNER;
    join->left = modify->target.from;
    join->right = scope->query->from;
    scope->query->from = join;
    return RC_OK;
}

/* Row id and old values: the first targets. */
static void add_old_row(struct modify *modify)
{
    struct binder *binder = modify->binder;
    const struct table *table = modify->table;
    uint32_t relation = modify->target.from->relation;
    struct bound_column row_id = {
        .name = "row id", .type = type_find_oid(TYPE_INT8), .typmod = TYPE_TYPMOD_NONE};
    modify_add_target(
        modify,
        bound_column_new(binder, relation, (uint32_t)table->column_count, &row_id),
        row_id.name);
    for (uint32_t i = 0; i < table->column_count; i++) {
        struct bound_column about = {.name = table->columns[i].name,
                                     .type = table->columns[i].type,
                                     .typmod = table->columns[i].typmod};
        modify_add_target(modify, bound_column_new(binder, relation, i, &about),
                          about.name);
    }
}

static enum rc bind_where(struct modify *modify, const struct ast_expression *where)
{
    if (where == NULL)
        return RC_OK;
    if (where->kind == EXPRESSION_CURRENT_OF)
        return binder_unsupported(modify->binder, where->span, "WHERE CURRENT OF");
    return expression_condition(modify->binder, &modify->source, CLAUSE_WHERE, where,
                                &modify->source.query->where);
}

enum rc modify_update(struct modify *modify, const struct ast_update *update)
{
    struct bound_modify *bound = modify->bound;
    struct bound_assignment *assignments = NULL;
    bound->kind = BOUND_UPDATE;
    TRY(bind_from(modify, update->table, &update->from));
    add_old_row(modify);
    TRY(modify_assignments(modify, &modify->source, &update->set, &assignments));
    for (size_t i = 0; i < update->set.count; i++) {
        modify_add_target(modify, assignments[i].value, update->set.items[i].column);
        assignments[i].value = NULL;
    }
    bound->assignments = assignments;
    bound->assignment_count = update->set.count;
    bound->extra_first = modify->source.query->columns.count;
    if (modify->source.has_aggregates)
        return error_set(modify->binder->err, SQLSTATE_GROUPING_ERROR,
                         "aggregate functions are not allowed in UPDATE");
    return bind_where(modify, update->where);
}

enum rc modify_delete(struct modify *modify, const struct ast_delete_rows *delete_rows)
{
    modify->bound->kind = BOUND_DELETE;
    TRY(bind_from(modify, delete_rows->table, &delete_rows->using_items));
    add_old_row(modify);
    modify->bound->extra_first = modify->source.query->columns.count;
    return bind_where(modify, delete_rows->where);
}
