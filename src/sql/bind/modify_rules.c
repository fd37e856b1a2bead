/* What a table's definition says about its rows: defaults, generated columns, checks. */
#include <stdlib.h>

#include "sql/bind/modify_internal.h"

static const struct bound *as_slots(struct arena *arena, const struct bound *bound)
{
    struct bound *made = ARENA_NEW(arena, struct bound);
    *made = *bound;
    if (bound->kind == BOUND_COLUMN) {
        made->kind = BOUND_SLOT;
        made->slot = bound->column.column;
    }
    made->arguments = ARENA_ARRAY(arena, const struct bound *, bound->argument_count + 1);
    for (size_t i = 0; i < bound->argument_count; i++)
        made->arguments[i] = as_slots(arena, bound->arguments[i]);
    return made;
}

enum rc bind_table_expression(struct arena *arena, struct store_transaction *transaction,
                              const struct type_context *types,
                              const struct table_expression *expression,
                              const struct bound **bound_out, struct error *err)
{
    static const char *const no_schemas[] = {"public"};
    const struct catalog_path path = {.database = "", .schemas = no_schemas};
    struct bind_surroundings surroundings = {
        .transaction = transaction, .path = &path, .types = types};
    struct table_definition about = {.clause = expression->clause,
                                     .table = expression->table,
                                     .column = expression->column,
                                     .type = expression->target};
    const struct bound *bound = NULL;
    struct binder binder = {.arena = arena, .types = *types, .err = err};
    binder.types.arena = arena;
    TRY(bind_definition_text(arena, &surroundings, &about, expression->sql, &bound, err));
    if (expression->target != NULL)
        TRY(coerce_typmod(&binder, bound, expression->typmod, true, &bound));
    *bound_out = as_slots(arena, bound);
    return RC_OK;
}

/* A definition and where its parts come from. */
struct rules {
    struct arena *arena;
    struct store_transaction *transaction;
    const struct type_context *types;
    const struct table *table;
    struct error *err;
};

static enum rc bind_one(const struct rules *rules, const struct table_expression *about,
                        const struct bound **out)
{
    return bind_table_expression(rules->arena, rules->transaction, rules->types, about,
                                 out, rules->err);
}

static enum rc bind_generated(const struct rules *rules, struct bound_rules *out)
{
    const struct table *table = rules->table;
    out->generated =
        ARENA_ARRAY(rules->arena, const struct bound *, table->column_count + 1);
    for (uint32_t i = 0; i < table->column_count; i++) {
        const struct table_column *column = &table->columns[i];
        struct table_expression about = {.table = table,
                                         .clause = TABLE_GENERATED,
                                         .sql = column->default_sql,
                                         .column = column->name,
                                         .target = column->type,
                                         .typmod = column->typmod};
        if (column->generated == 0)
            continue;
        out->has_generated = true;
        TRY(bind_one(rules, &about, &out->generated[i]));
    }
    return RC_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const struct table_constraint *const *)a)->name,
                  (*(const struct table_constraint *const *)b)->name);
}

static enum rc bind_checks(const struct rules *rules, struct bound_rules *out)
{
    const struct table *table = rules->table;
    const struct table_constraint **checks = ARENA_ARRAY(
        rules->arena, const struct table_constraint *, table->constraint_count + 1);
    size_t count = 0;
    for (size_t i = 0; i < table->constraint_count; i++) {
        if (table->constraints[i].kind == 'c')
            checks[count++] = &table->constraints[i];
    }
    if (count > 1)
        qsort(checks, count, sizeof(const struct table_constraint *), by_name);
    out->checks = ARENA_ARRAY(rules->arena, const struct bound *, count + 1);
    out->check_names = ARENA_ARRAY(rules->arena, const char *, count + 1);
    out->check_count = count;
    for (size_t i = 0; i < count; i++) {
        struct table_expression about = {
            .table = table, .clause = TABLE_CHECK, .sql = checks[i]->expression_sql};
        out->check_names[i] = checks[i]->name;
        TRY(bind_one(rules, &about, &out->checks[i]));
    }
    return RC_OK;
}

enum rc bind_table_rules(struct arena *arena, struct store_transaction *transaction,
                         const struct type_context *types, const struct table *table,
                         struct bound_rules *rules_out, struct error *err)
{
    struct rules rules = {arena, transaction, types, table, err};
    *rules_out = (struct bound_rules){0};
    TRY(bind_generated(&rules, rules_out));
    return bind_checks(&rules, rules_out);
}

static enum rc identity_default(const struct rules *rules,
                                const struct table_column *column, const char **sql_out)
{
    struct catalog_object *sequence = NULL;
    enum rc rc = catalog_object_get(rules->transaction, column->sequence_id, rules->arena,
                                    &sequence, rules->err);
    if (rc == RC_NOTFOUND)
        return error_set(rules->err, SQLSTATE_DATA_CORRUPTED,
                         "column \"%s\" has lost its sequence", column->name);
    TRY(rc);
    *sql_out = arena_printf(rules->arena, "nextval('%u'::regclass)", sequence->oid);
    return RC_OK;
}

enum rc bind_table_default(struct arena *arena, struct store_transaction *transaction,
                           const struct type_context *types, struct table_place at,
                           const struct bound **bound_out, struct error *err)
{
    const struct table *table = at.table;
    struct rules rules = {arena, transaction, types, table, err};
    const struct table_column *column = &table->columns[at.place];
    struct table_expression about = {.table = table,
                                     .clause = TABLE_DEFAULT,
                                     .sql = column->default_sql,
                                     .column = column->name,
                                     .target = column->type,
                                     .typmod = column->typmod};
    if (column->identity != 0 && column->default_sql[0] == '\0')
        TRY(identity_default(&rules, column, &about.sql));
    if (column->generated == 0 && about.sql[0] != '\0')
        return bind_one(&rules, &about, bound_out);
    struct bound *null = ARENA_NEW(arena, struct bound);
    null->kind = BOUND_CONSTANT;
    null->type = column->type;
    null->typmod = column->typmod;
    null->constant.null = true;
    *bound_out = null;
    return RC_OK;
}
