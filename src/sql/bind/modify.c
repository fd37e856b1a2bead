/* INSERT, UPDATE, DELETE: the parts that all three share, and RETURNING. */
#include "sql/bind/modify_internal.h"

enum rc modify_default(struct modify *modify, uint32_t place, const struct bound **out)
{
    struct binder *binder = modify->binder;
    return bind_table_default(
        binder->arena, binder->surroundings->transaction, binder->surroundings->types,
        (struct table_place){modify->table, place}, out, binder->err);
}

/* ---- the target ---- */

static enum rc refuse_target(struct binder *binder, const struct ast_from_item *item,
                             const struct bound_relation *relation)
{
    const char *name = relation->alias;
    int position = binder_position(binder, item->relation.name.span);
    if (relation->kind == BOUND_RELATION_COMMON)
        return error_set_at(binder->err, position, SQLSTATE_UNDEFINED_TABLE,
                            "relation \"%s\" cannot be the target of a modifying "
                            "statement",
                            name);
    if (relation->kind == BOUND_RELATION_SYSTEM)
        return error_set(binder->err, SQLSTATE_INSUFFICIENT_PRIVILEGE,
                         "permission denied for table %s", name);
    return error_set(binder->err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                     "changing rows through view \"%s\" is not supported", name);
}

enum rc modify_target(struct modify *modify, const struct ast_from_item *item)
{
    struct binder *binder = modify->binder;
    struct scope *scope = &modify->source;
    TRY(from_relation(binder, scope, item, &modify->target));
    const struct bound_relation *relation =
        &scope->query->relations[modify->target.from->relation];
    if (relation->kind != BOUND_RELATION_TABLE)
        return refuse_target(binder, item, relation);
    modify->table = relation->table;
    modify->alias = relation->alias;
    modify->bound->table = relation->table;
    modify->bound->alias = relation->alias;
    return RC_OK;
}

enum rc modify_find_column(struct modify *modify, const char *name, struct ast_span span,
                           uint32_t *place_out)
{
    for (uint32_t i = 0; i < modify->table->column_count; i++) {
        if (strcmp(modify->table->columns[i].name, name) == 0) {
            *place_out = i;
            return RC_OK;
        }
    }
    return error_set_at(modify->binder->err, binder_position(modify->binder, span),
                        SQLSTATE_UNDEFINED_COLUMN,
                        "column \"%s\" of relation \"%s\" does not exist", name,
                        modify->table->name);
}

enum rc modify_assign(struct modify *modify, uint32_t place, const struct bound *value,
                      const struct bound **out)
{
    struct binder *binder = modify->binder;
    const struct table_column *column = &modify->table->columns[place];
    struct coerce_target target = {column->type, column->typmod, CAST_ASSIGNMENT, 0};
    enum rc rc = coerce_to(binder, value, &target, out);
    if (rc != RC_NOTFOUND)
        return rc;
    error_set_at(
        binder->err, binder_position_of(binder, value), SQLSTATE_DATATYPE_MISMATCH,
        "column \"%s\" is of type %s but expression is of type %s", column->name,
        type_title(binder->arena, column->type), type_title(binder->arena, value->type));
    return error_hint(binder->err, "You will need to rewrite or cast the expression.");
}

void modify_add_target(struct modify *modify, const struct bound *value, const char *name)
{
    struct bound_columns *columns = &modify->source.query->columns;
    struct bound_column *grown =
        ARENA_ARRAY(modify->binder->arena, struct bound_column, columns->count + 1);
    if (columns->count > 0)
        memcpy(grown, columns->items, columns->count * sizeof *grown);
    grown[columns->count++] =
        (struct bound_column){.name = name, .type = value->type, .typmod = value->typmod};
    columns->items = grown;
    (void)target_add(modify->binder, &modify->source, value);
}

struct scope_item *modify_row_item(struct modify *modify, const char *alias,
                                   uint32_t first)
{
    struct binder *binder = modify->binder;
    const struct table *table = modify->table;
    struct scope_item *item = ARENA_NEW(binder->arena, struct scope_item);
    item->alias = alias;
    item->relation_name = table->name;
    item->column_count = table->column_count;
    item->columns =
        ARENA_ARRAY(binder->arena, struct scope_column, table->column_count + 1);
    for (uint32_t i = 0; i < table->column_count; i++) {
        struct bound_column about = {.name = table->columns[i].name,
                                     .type = table->columns[i].type,
                                     .typmod = table->columns[i].typmod};
        item->columns[i].name = about.name;
        item->columns[i].expression = bound_column_new(binder, 0, first + i, &about);
    }
    item->is_relation_visible = true;
    item->is_columns_visible = true;
    item->is_lateral_ok = true;
    return item;
}

/* ---- RETURNING ---- */

static struct bound_columns change_columns(struct modify *modify)
{
    const struct table *table = modify->table;
    const struct bound_columns *source = &modify->source.query->columns;
    size_t extra = source->count - modify->bound->extra_first;
    struct bound_columns columns = {ARENA_ARRAY(modify->binder->arena,
                                                struct bound_column,
                                                table->column_count + extra + 1),
                                    table->column_count + extra};
    for (size_t i = 0; i < table->column_count; i++)
        columns.items[i] =
            (struct bound_column){.name = table->columns[i].name,
                                  .type = table->columns[i].type,
                                  .typmod = table->columns[i].typmod,
                                  .relation_oid = table->oid,
                                  .attribute = (int16_t)table->columns[i].number};
    for (size_t i = 0; i < extra; i++)
        columns.items[table->column_count + i] =
            source->items[modify->bound->extra_first + i];
    return columns;
}

/* What the source's other relations are called, over columns that the source gets. */
static void add_extras(struct modify *modify)
{
    struct binder *binder = modify->binder;
    struct scope *source = &modify->source;
    for (size_t i = 0; i < source->names.count; i++) {
        const struct scope_item *from = source->names.items[i];
        if (from == modify->target.item)
            continue;
        struct scope_item *item = ARENA_NEW(binder->arena, struct scope_item);
        *item = *from;
        item->columns =
            ARENA_ARRAY(binder->arena, struct scope_column, from->column_count + 1);
        for (size_t k = 0; k < from->column_count; k++) {
            const struct bound *value = from->columns[k].expression;
            size_t at = source->query->columns.count - modify->bound->extra_first +
                        modify->table->column_count;
            struct bound_column about = {from->columns[k].name, value->type,
                                         value->typmod, 0, 0};
            modify_add_target(modify, value, from->columns[k].name);
            item->columns[k].name = from->columns[k].name;
            item->columns[k].expression =
                bound_column_new(binder, 0, (uint32_t)at, &about);
        }
        scope_names_add(binder, &modify->returning.names, item);
        scope_names_add(binder, &modify->returning.all, item);
    }
}

static enum rc bind_returning(struct modify *modify, const struct ast_target_list *list)
{
    struct binder *binder = modify->binder;
    struct bound_query *query = modify->returning.query;
    struct bound_from *leaf = ARENA_NEW(binder->arena, struct bound_from);
    struct scope_item *item = modify_row_item(modify, modify->alias, 0);
    scope_names_add(binder, &modify->returning.names, item);
    scope_names_add(binder, &modify->returning.all, item);
    if (list->count > 0 && modify->bound->kind != BOUND_INSERT)
        add_extras(modify);
    modify->change.query->kind = BOUND_QUERY_MODIFY;
    modify->change.query->modify = modify->bound;
    modify->change.query->columns = change_columns(modify);
    modify->bound->source = modify->source.query;
    query->kind = BOUND_QUERY_SELECT;
    query->from = leaf;
    query->relations = ARENA_NEW(binder->arena, struct bound_relation);
    query->relations[0] =
        (struct bound_relation){.kind = BOUND_RELATION_QUERY,
                                .alias = modify->alias,
                                .columns = modify->change.query->columns,
                                .query = modify->change.query};
    query->relation_count = 1;
    modify->returning.relation_room = 1;
    modify->returning.clause = CLAUSE_SELECT;
    TRY(target_list(binder, &modify->returning, list));
    if (modify->returning.has_aggregates)
        return error_set(binder->err, SQLSTATE_GROUPING_ERROR,
                         "aggregate functions are not allowed in RETURNING");
    return query_resolve_unknown(binder, query);
}

/* ---- the statement ---- */

static const struct ast_with_clause *with_of(const struct ast_statement *statement)
{
    if (statement->kind == STATEMENT_INSERT)
        return statement->insert->with;
    if (statement->kind == STATEMENT_UPDATE)
        return statement->update->with;
    return statement->delete_rows->with;
}

static enum rc bind_source(struct modify *modify, const struct ast_statement *statement,
                           const struct ast_target_list **returning_out)
{
    if (statement->kind == STATEMENT_INSERT) {
        *returning_out = &statement->insert->returning;
        return modify_insert(modify, statement->insert);
    }
    if (statement->kind == STATEMENT_UPDATE) {
        *returning_out = &statement->update->returning;
        return modify_update(modify, statement->update);
    }
    *returning_out = &statement->delete_rows->returning;
    return modify_delete(modify, statement->delete_rows);
}

static void open_scope(struct binder *binder, struct scope *scope, struct scope *outer)
{
    scope->outer = outer;
    scope->query = ARENA_NEW(binder->arena, struct bound_query);
    scope->query->kind = BOUND_QUERY_SELECT;
}

enum rc modify_bind(struct binder *binder, struct scope *outer,
                    const struct ast_statement *statement, struct bound_query **out)
{
    struct modify modify = {.binder = binder};
    const struct ast_target_list *returning = NULL;
    if (statement->kind != STATEMENT_INSERT && statement->kind != STATEMENT_UPDATE &&
        statement->kind != STATEMENT_DELETE)
        return binder_unsupported(binder, statement->span, "this statement in WITH");
    TRY(binder_enter(binder));
    modify.bound = ARENA_NEW(binder->arena, struct bound_modify);
    open_scope(binder, &modify.returning, outer);
    open_scope(binder, &modify.change, &modify.returning);
    open_scope(binder, &modify.source, &modify.change);
    if (with_of(statement) != NULL)
        TRY(common_bind(binder, &modify.returning, with_of(statement)));
    TRY(bind_source(&modify, statement, &returning));
    TRY(bind_table_rules(binder->arena, binder->surroundings->transaction,
                         binder->surroundings->types, modify.table, &modify.bound->rules,
                         binder->err));
    TRY(bind_returning(&modify, returning));
    common_finish(&modify.returning);
    binder_leave(binder);
    *out = modify.returning.query;
    return RC_OK;
}
