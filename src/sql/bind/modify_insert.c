/* INSERT: the rows to be inserted, a value for every column; ON CONFLICT. */
#include "sql/bind/modify_internal.h"

/* Which columns the source's values are for. */
struct insert {
    struct modify *modify;
    const struct ast_insert *ast;
    uint32_t *places; /* by place of the source's column */
    size_t count;
    bool is_listed;
};

static enum rc find_places(struct insert *insert)
{
    struct modify *modify = insert->modify;
    struct binder *binder = modify->binder;
    const struct ast_assignment_list *list = &insert->ast->columns;
    insert->is_listed = list->count > 0;
    insert->count = insert->is_listed ? list->count : modify->table->column_count;
    insert->places = ARENA_ARRAY(binder->arena, uint32_t, insert->count + 1);
    for (uint32_t i = 0; i < insert->count; i++) {
        insert->places[i] = i;
        if (!insert->is_listed)
            continue;
        const struct ast_assignment *item = &list->items[i];
        if (item->step_count > 0)
            return binder_unsupported(binder, item->span,
                                      "assignment to a part of a column");
        TRY(modify_find_column(modify, item->column, item->span, &insert->places[i]));
        for (uint32_t k = 0; k < i; k++) {
            if (insert->places[k] == insert->places[i])
                return error_set_at(binder->err, binder_position(binder, item->span),
                                    SQLSTATE_DUPLICATE_COLUMN,
                                    "column \"%s\" specified more than once",
                                    item->column);
        }
    }
    return RC_OK;
}

static enum rc check_count(const struct insert *insert, size_t given,
                           const struct ast_expression *first_extra)
{
    struct binder *binder = insert->modify->binder;
    if (given > insert->count)
        return error_set_at(
            binder->err,
            first_extra == NULL ? 0 : binder_position(binder, first_extra->span),
            SQLSTATE_SYNTAX_ERROR, "INSERT has more expressions than target columns");
    if (given < insert->count && insert->is_listed)
        return error_set_at(
            binder->err, binder_position(binder, insert->ast->columns.items[given].span),
            SQLSTATE_SYNTAX_ERROR, "INSERT has more target columns than expressions");
    return RC_OK;
}

/* 428C9 for a value where only the default may stand. *uses_default: OVERRIDING USER. */
static enum rc check_always(const struct insert *insert, uint32_t place,
                            bool *uses_default)
{
    const struct table_column *column = &insert->modify->table->columns[place];
    struct error *err = insert->modify->binder->err;
    *uses_default = column->identity != 0 && insert->ast->overriding == OVERRIDING_USER;
    bool is_refused =
        column->generated != 0 ||
        (column->identity == 'a' && insert->ast->overriding == OVERRIDING_NONE);
    if (!is_refused)
        return RC_OK;
    error_set(err, SQLSTATE_GENERATED_ALWAYS,
              "cannot insert a non-DEFAULT value into column \"%s\"", column->name);
    if (column->generated != 0)
        return error_detail(err, "Column \"%s\" is a generated column.", column->name);
    error_detail(err, "Column \"%s\" is an identity column defined as GENERATED ALWAYS.",
                 column->name);
    return error_hint(err, "Use OVERRIDING SYSTEM VALUE to override.");
}

/* Values for every column of the table, defaults where none is given. */
static enum rc fill_defaults(struct insert *insert, const struct bound **values)
{
    for (uint32_t i = 0; i < insert->modify->table->column_count; i++) {
        if (values[i] == NULL)
            TRY(modify_default(insert->modify, i, &values[i]));
    }
    return RC_OK;
}

static const struct bound **new_values(const struct insert *insert)
{
    return ARENA_ARRAY(insert->modify->binder->arena, const struct bound *,
                       insert->modify->table->column_count + 1);
}

static void set_columns(struct insert *insert)
{
    const struct table *table = insert->modify->table;
    struct bound_columns *columns = &insert->modify->source.query->columns;
    columns->count = table->column_count;
    columns->items = ARENA_ARRAY(insert->modify->binder->arena, struct bound_column,
                                 table->column_count + 1);
    for (size_t i = 0; i < table->column_count; i++)
        columns->items[i] = (struct bound_column){.name = table->columns[i].name,
                                                  .type = table->columns[i].type,
                                                  .typmod = table->columns[i].typmod};
}

/* ---- VALUES ---- */

static enum rc bind_row(struct insert *insert, const struct ast_expression_list *row,
                        const struct bound ***out)
{
    struct modify *modify = insert->modify;
    struct binder *binder = modify->binder;
    const struct bound **values = new_values(insert);
    TRY(check_count(insert, row->count,
                    row->count > insert->count ? row->items[insert->count] : NULL));
    for (size_t i = 0; i < row->count; i++) {
        const struct bound *value = NULL;
        bool uses_default = false;
        if (row->items[i]->kind == EXPRESSION_DEFAULT)
            continue;
        TRY(expression_bind(binder, &modify->source, row->items[i], &value));
        TRY(check_always(insert, insert->places[i], &uses_default));
        if (bound_find_set(value) != NULL)
            return error_set_at(binder->err, binder_position_of(binder, value),
                                SQLSTATE_FEATURE_NOT_SUPPORTED,
                                "set-returning functions are not allowed in VALUES");
        if (!uses_default)
            TRY(modify_assign(modify, insert->places[i], value,
                              &values[insert->places[i]]));
    }
    *out = values;
    return fill_defaults(insert, values);
}

static enum rc bind_values(struct insert *insert, const struct ast_values *values)
{
    struct binder *binder = insert->modify->binder;
    struct scope *scope = &insert->modify->source;
    struct bound_query *query = scope->query;
    query->kind = BOUND_QUERY_VALUES;
    scope->clause = CLAUSE_VALUES;
    query->rows = ARENA_ARRAY(binder->arena, const struct bound **, values->row_count);
    query->row_count = values->row_count;
    for (size_t i = 0; i < values->row_count; i++) {
        if (values->rows[i].count != values->rows[0].count)
            return error_set_at(
                binder->err,
                values->rows[i].count == 0
                    ? 0
                    : binder_position(binder, values->rows[i].items[0]->span),
                SQLSTATE_SYNTAX_ERROR, "VALUES lists must all be the same length");
        TRY(bind_row(insert, &values->rows[i], &query->rows[i]));
    }
    set_columns(insert);
    for (uint32_t i = 0; i < query->columns.count; i++) {
        struct bound *slot =
            bound_new(binder, BOUND_SLOT, query->columns.items[i].type, 0, 0);
        slot->typmod = query->columns.items[i].typmod;
        slot->slot = i;
        (void)target_add(binder, scope, slot);
    }
    return RC_OK;
}

/* DEFAULT VALUES. */
static enum rc bind_defaults(struct insert *insert)
{
    struct bound_query *query = insert->modify->source.query;
    const struct bound **values = new_values(insert);
    query->kind = BOUND_QUERY_SELECT;
    TRY(fill_defaults(insert, values));
    query->targets = values;
    query->target_count = insert->modify->table->column_count;
    set_columns(insert);
    return RC_OK;
}

/* ---- a query ---- */

/* A literal of a SELECT takes the type of the column it is for, as it does in VALUES. */
static enum rc resolve_literals(struct insert *insert, struct bound_query *inner)
{
    struct modify *modify = insert->modify;
    bool is_plain = inner->kind == BOUND_QUERY_SELECT && !inner->is_distinct &&
                    inner->distinct_on_count == 0 && inner->order_count == 0;
    for (size_t i = 0; is_plain && i < inner->columns.count && i < insert->count; i++) {
        const struct bound *target = inner->targets[i];
        if (target->type->oid != TYPE_UNKNOWN ||
            (target->kind != BOUND_CONSTANT && target->kind != BOUND_PARAMETER))
            continue;
        TRY(modify_assign(modify, insert->places[i], target, &inner->targets[i]));
        inner->columns.items[i].type = inner->targets[i]->type;
        inner->columns.items[i].typmod = inner->targets[i]->typmod;
    }
    return query_resolve_unknown(modify->binder, inner);
}

static enum rc bind_query_rows(struct insert *insert, const struct bound_query *inner)
{
    struct modify *modify = insert->modify;
    struct binder *binder = modify->binder;
    struct bound_query *query = modify->source.query;
    const struct bound **values = new_values(insert);
    TRY(check_count(insert, inner->columns.count, NULL));
    for (uint32_t i = 0; i < inner->columns.count; i++) {
        bool uses_default = false;
        const struct bound *column =
            bound_column_new(binder, 0, i, &inner->columns.items[i]);
        TRY(check_always(insert, insert->places[i], &uses_default));
        if (!uses_default)
            TRY(modify_assign(modify, insert->places[i], column,
                              &values[insert->places[i]]));
    }
    TRY(fill_defaults(insert, values));
    query->kind = BOUND_QUERY_SELECT;
    query->relations = ARENA_NEW(binder->arena, struct bound_relation);
    query->relations[0] = (struct bound_relation){.kind = BOUND_RELATION_QUERY,
                                                  .alias = "*SELECT*",
                                                  .columns = inner->columns,
                                                  .query = inner};
    query->relation_count = 1;
    query->from = ARENA_NEW(binder->arena, struct bound_from);
    query->targets = values;
    query->target_count = modify->table->column_count;
    set_columns(insert);
    return RC_OK;
}

static enum rc bind_select(struct insert *insert, const struct ast_query *source)
{
    struct query_wish wish = {.keeps_unknown = true};
    struct bound_query *inner = NULL;
    TRY(query_bind(insert->modify->binder, &insert->modify->source, source, &wish,
                   &inner));
    TRY(resolve_literals(insert, inner));
    return bind_query_rows(insert, inner);
}

static bool is_plain_values(const struct ast_query *source)
{
    return source->kind == QUERY_VALUES && source->order_by.count == 0 &&
           source->limit == NULL && source->offset == NULL && source->with == NULL;
}

/* The scope of the source must not know the table's columns. */
static void forget_target(struct modify *modify)
{
    modify->source.query->relation_count = 0;
    modify->source.query->from = NULL;
    modify->source.names = (struct scope_names){NULL, 0};
    modify->source.all = (struct scope_names){NULL, 0};
}

enum rc modify_insert(struct modify *modify, const struct ast_insert *ast)
{
    struct insert insert = {.modify = modify, .ast = ast};
    struct ast_from_item item = {.kind = FROM_RELATION};
    item.relation.name = ast->table;
    item.span = ast->table.span;
    item.alias.name = ast->alias;
    modify->bound->kind = BOUND_INSERT;
    TRY(modify_target(modify, &item));
    forget_target(modify);
    TRY(find_places(&insert));
    if (ast->source == NULL)
        TRY(bind_defaults(&insert));
    else if (is_plain_values(ast->source))
        TRY(bind_values(&insert, &ast->source->values));
    else
        TRY(bind_select(&insert, ast->source));
    modify->bound->extra_first = modify->source.query->columns.count;
    return modify_conflict(modify, &ast->conflict);
}

/* ---- ON CONFLICT ---- */

static bool index_has_place(const struct table_index *index, uint32_t place)
{
    for (size_t i = 0; i < index->part_count; i++) {
        if (index->parts[i].place == place)
            return true;
    }
    return false;
}

/* Whether the columns are just those of the index, in any order. */
static bool index_fits(const struct table_index *index, const uint32_t *places,
                       size_t count)
{
    if (!index->is_unique ||
        (index->predicate_sql != NULL && index->predicate_sql[0] != 0))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!index_has_place(index, places[i]))
            return false;
    }
    for (size_t i = 0; i < index->part_count; i++) {
        bool found = false;
        for (size_t k = 0; k < count; k++)
            found = found || places[k] == index->parts[i].place;
        if (!found)
            return false;
    }
    return true;
}

static enum rc find_by_columns(struct modify *modify, const struct ast_conflict *conflict)
{
    struct binder *binder = modify->binder;
    struct bound_modify *bound = modify->bound;
    uint32_t *places = ARENA_ARRAY(binder->arena, uint32_t, conflict->element_count + 1);
    if (conflict->index_where != NULL)
        return binder_unsupported(binder, conflict->span, "ON CONFLICT ... WHERE");
    for (size_t i = 0; i < conflict->element_count; i++) {
        const struct ast_index_element *element = &conflict->elements[i];
        if (element->column == NULL)
            return binder_unsupported(binder, element->span,
                                      "ON CONFLICT on an expression");
        enum rc rc =
            modify_find_column(modify, element->column, element->span, &places[i]);
        if (rc != RC_OK)
            return error_set_at(binder->err, binder_position(binder, element->span),
                                SQLSTATE_UNDEFINED_COLUMN, "column \"%s\" does not exist",
                                element->column);
    }
    for (size_t i = 0; i < modify->table->index_count; i++) {
        if (index_fits(&modify->table->indexes[i], places, conflict->element_count))
            bound->arbiters[bound->arbiter_count++] = i;
    }
    if (bound->arbiter_count > 0)
        return RC_OK;
    return error_set(binder->err, SQLSTATE_INVALID_COLUMN_REFERENCE,
                     "there is no unique or exclusion constraint matching the ON "
                     "CONFLICT specification");
}

static enum rc find_by_name(struct modify *modify, const char *name)
{
    for (size_t i = 0; i < modify->table->index_count; i++) {
        if (modify->table->indexes[i].is_unique &&
            strcmp(modify->table->indexes[i].name, name) == 0) {
            modify->bound->arbiters[modify->bound->arbiter_count++] = i;
            return RC_OK;
        }
    }
    return error_set(modify->binder->err, SQLSTATE_UNDEFINED_OBJECT,
                     "constraint \"%s\" for table \"%s\" does not exist", name,
                     modify->table->name);
}

/* The row that is there, and "excluded". */
static void add_conflict_names(struct modify *modify)
{
    struct binder *binder = modify->binder;
    struct scope *scope = &modify->change;
    struct scope_item *existing = modify_row_item(modify, modify->alias, 0);
    struct scope_item *excluded =
        modify_row_item(modify, "excluded", (uint32_t)modify->table->column_count);
    excluded->is_columns_visible = true;
    scope_names_add(binder, &scope->names, existing);
    scope_names_add(binder, &scope->names, excluded);
    scope_names_append(binder, &scope->all, &scope->names);
}

enum rc modify_conflict(struct modify *modify, const struct ast_conflict *conflict)
{
    struct binder *binder = modify->binder;
    struct bound_modify *bound = modify->bound;
    struct scope *scope = &modify->change;
    if (conflict->action == CONFLICT_NONE)
        return RC_OK;
    bound->conflict = conflict->action == CONFLICT_NOTHING ? BOUND_CONFLICT_NOTHING
                                                           : BOUND_CONFLICT_UPDATE;
    bound->arbiters = ARENA_ARRAY(binder->arena, size_t, modify->table->index_count + 1);
    if (conflict->constraint != NULL)
        TRY(find_by_name(modify, conflict->constraint));
    else if (conflict->element_count > 0)
        TRY(find_by_columns(modify, conflict));
    else if (conflict->action == CONFLICT_UPDATE) {
        error_set_at(binder->err, binder_position(binder, conflict->span),
                     SQLSTATE_SYNTAX_ERROR,
                     "ON CONFLICT DO UPDATE requires inference specification or "
                     "constraint name");
        return error_hint(binder->err, "For example, ON CONFLICT (column_name).");
    }
    if (conflict->action == CONFLICT_NOTHING)
        return RC_OK;
    add_conflict_names(modify);
    scope->clause = CLAUSE_SELECT;
    TRY(modify_assignments(modify, scope, &conflict->set, &bound->assignments));
    bound->assignment_count = conflict->set.count;
    if (conflict->where != NULL)
        TRY(expression_condition(binder, scope, CLAUSE_WHERE, conflict->where,
                                 &bound->conflict_where));
    scope->names = (struct scope_names){NULL, 0};
    return RC_OK;
}
