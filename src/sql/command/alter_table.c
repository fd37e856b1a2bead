/* ALTER TABLE: columns and constraints. */
#include "base/error.h"
#include "catalog/comment.h"
#include "sql/bind/bound_modify.h"
#include "sql/command/table_internal.h"
#include "sql/parse/print.h"
#include "store/transaction.h"

/* One action under way, over the table as the one before left it. */
struct alteration {
    struct command *command;
    const struct ast_alter_table_command *action;
    struct table_draft draft;
    const struct table *old; /* before the action */
};

static enum rc missing_column(const struct alteration *alteration, const char *name,
                              struct error *err)
{
    return error_set(err, SQLSTATE_UNDEFINED_COLUMN,
                     "column \"%s\" of relation \"%s\" does not exist", name,
                     alteration->draft.object->name);
}

static enum rc require_column(struct alteration *alteration,
                              struct record_column **column_out, struct error *err)
{
    *column_out = draft_column(&alteration->draft, alteration->action->name);
    if (*column_out == NULL)
        return missing_column(alteration, alteration->action->name, err);
    return RC_OK;
}

static enum rc store(struct alteration *alteration, struct error *err)
{
    return draft_store(alteration->command, &alteration->draft, err);
}

/* --- expressions over the rows as they are ----------------------------------------- */

static enum rc bind_old(struct alteration *alteration, enum table_clause clause,
                        const char *sql, const struct type *target,
                        const struct bound **out, struct error *err)
{
    struct command *command = alteration->command;
    const struct table_expression expression = {.table = alteration->old,
                                                .clause = clause,
                                                .sql = sql,
                                                .column = "",
                                                .target = target};
    return bind_table_expression(command->arena, command->transaction,
                                 command->context->surroundings.types, &expression, out,
                                 err);
}

static const struct bound *old_column(struct command *command, const struct table *table,
                                      uint32_t place)
{
    struct bound *slot = ARENA_NEW(command->arena, struct bound);
    slot->kind = BOUND_SLOT;
    slot->type = table->columns[place].type;
    slot->typmod = table->columns[place].typmod;
    slot->slot = place;
    return slot;
}

static const struct bound *null_of(struct command *command, const struct type *type)
{
    struct bound *constant = ARENA_NEW(command->arena, struct bound);
    constant->kind = BOUND_CONSTANT;
    constant->type = type;
    constant->typmod = TYPE_TYPMOD_NONE;
    constant->constant.null = true;
    return constant;
}

/* What a column that is new has in the rows that are there. */
static enum rc initial_value(struct alteration *alteration,
                             const struct record_column *column, const struct bound **out,
                             struct error *err)
{
    struct command *command = alteration->command;
    const struct type *type = type_find_oid(column->type_oid);
    struct catalog_object *sequence = NULL;
    const char *sql = column->default_sql;
    *out = null_of(command, type);
    if (column->identity != 0) {
        TRY(catalog_object_get(command->transaction, column->sequence_id, command->arena,
                               &sequence, err));
        sql = arena_printf(command->arena, "nextval('%u'::regclass)", sequence->oid);
    }
    return sql[0] == '\0'
               ? RC_OK
               : bind_old(alteration,
                          column->generated != 0 ? TABLE_GENERATED : TABLE_DEFAULT, sql,
                          type, out, err);
}

/* The rows anew: `changed` gets its value from the expression, the others as they are. */
static enum rc rewrite(struct alteration *alteration, const struct record_column *changed,
                       const struct bound *value, struct error *err)
{
    struct command *command = alteration->command;
    const struct table *after = draft_table(command, &alteration->draft);
    const struct bound **values =
        ARENA_ARRAY(command->arena, const struct bound *, after->column_count + 1);
    for (size_t i = 0; i < after->column_count; i++) {
        values[i] = value;
        for (uint32_t k = 0; k < alteration->old->column_count; k++) {
            uint32_t number = alteration->old->columns[k].number;
            if (number == after->columns[i].number && number != changed->number)
                values[i] = old_column(command, alteration->old, k);
        }
    }
    return rewrite_table(command, alteration->old, alteration->draft.object, values, err);
}

/* --- columns that views read ------------------------------------------------------- */

static bool take_from_view(struct catalog_object *view, struct catalog_id table,
                           uint32_t number)
{
    bool was_there = false;
    for (size_t i = 0; i < view->view.sources.count; i++) {
        struct record_source *source = &view->view.sources.items[i];
        size_t kept = 0;
        if (!catalog_id_equal(source->id, table))
            continue;
        for (size_t k = 0; k < source->column_count; k++) {
            was_there = was_there || source->numbers[k] == number;
            if (source->numbers[k] == number)
                continue;
            source->numbers[kept] = source->numbers[k];
            source->names[kept++] = source->names[k];
        }
        source->column_count = kept;
    }
    return was_there;
}

/* Whether the view's text still means something. */
static enum rc bind_view(struct command *command, const struct catalog_object *view)
{
    struct bind_surroundings surroundings = command->context->surroundings;
    struct catalog_object *schema = NULL;
    const struct bound_query *bound = NULL;
    struct error ignored = {0};
    const char *parts[2] = {NULL, view->name};
    TRY(catalog_object_get(command->transaction, view->parent_id, command->arena, &schema,
                           &ignored));
    parts[0] = schema->name;
    struct ast_from_item item = {.kind = FROM_RELATION,
                                 .relation = {.name = {parts, 2, {0, 0}}}};
    struct ast_from_item *items[1] = {&item};
    struct ast_query query = {.kind = QUERY_SELECT, .select = {.from = {items, 1}}};
    surroundings.text = (struct bytes){NULL, 0};
    return bind_query(command->arena, &surroundings, &query, &bound, &ignored);
}

/* The views that cannot do without the column: each is tried without it. */
static enum rc views_over(struct alteration *alteration, uint32_t number,
                          struct catalog_ids *views, struct error *err)
{
    struct command *command = alteration->command;
    struct catalog_id table = alteration->draft.object->id;
    struct catalog_ids ids = {NULL, 0};
    TRY(catalog_dependents(command->transaction, table, command->arena, &ids, err));
    for (size_t i = 0; i < ids.count; i++) {
        struct catalog_object *view = NULL;
        TRY(catalog_object_get(command->transaction, ids.items[i], command->arena, &view,
                               err));
        if (view->kind != OBJECT_KIND_VIEW || !take_from_view(view, table, number))
            continue;
        struct store_mark mark = store_savepoint(command->transaction);
        enum rc rc = command_update(command, view, err);
        bool is_used = rc == RC_OK && bind_view(command, view) != RC_OK;
        store_rollback_to(command->transaction, mark);
        store_savepoint_release(command->transaction, mark);
        TRY(rc);
        if (is_used)
            ids_add(command->arena, views, view->id);
    }
    return RC_OK;
}

static enum rc refuse_views(struct alteration *alteration,
                            const struct catalog_ids *views, struct error *err)
{
    struct command *command = alteration->command;
    const char *table = alteration->draft.object->name;
    const char *details = "";
    for (size_t i = 0; i < views->count; i++) {
        struct catalog_object *view = NULL;
        TRY(catalog_object_get(command->transaction, views->items[i], command->arena,
                               &view, err));
        details = arena_printf(
            command->arena, "%s%sview %s depends on column %s of table %s", details,
            i == 0 ? "" : "\n", view->name, alteration->action->name, table);
    }
    error_set(err, SQLSTATE_DEPENDENT_OBJECTS_STILL_EXIST,
              "cannot drop column %s of table %s because other objects depend on it",
              alteration->action->name, table);
    error_detail(err, "%s", details);
    return error_hint(err, "Use DROP ... CASCADE to drop the dependent objects too.");
}

/* --- constraints that go ----------------------------------------------------------- */

/* Foreign keys of other tables that rest on the index. */
static enum rc drop_referring(struct alteration *alteration, struct catalog_id index,
                              const char *what, bool cascade, struct error *err)
{
    struct command *command = alteration->command;
    for (size_t i = 0; i < alteration->old->constraint_count; i++) {
        const struct table_constraint *constraint = &alteration->old->constraints[i];
        struct catalog_object *other = NULL;
        if (constraint->kind != 'r' ||
            catalog_id_equal(constraint->other_id, alteration->draft.object->id))
            continue;
        TRY(catalog_object_get(command->transaction, constraint->other_id, command->arena,
                               &other, err));
        struct table_draft draft = {.object = other};
        for (size_t k = 0; k < other->table.constraints.count; k++) {
            const struct record_constraint *record = &other->table.constraints.items[k];
            if (record->kind != 'f' || !catalog_id_equal(record->index_id, index))
                continue;
            const char *told = arena_printf(command->arena, "constraint %s on table %s",
                                            record->name, other->name);
            if (!cascade) {
                error_set(err, SQLSTATE_DEPENDENT_OBJECTS_STILL_EXIST,
                          "cannot drop %s because other objects depend on it", what);
                error_detail(err, "%s depends on %s", told, what);
                return error_hint(
                    err, "Use DROP ... CASCADE to drop the dependent objects too.");
            }
            command_notice(command, COMMAND_NOTICE, SQLSTATE_SUCCESSFUL_COMPLETION,
                           arena_printf(command->arena, "drop cascades to %s", told),
                           NULL);
            draft_remove_constraint(&draft, record->name);
            TRY(draft_store(command, &draft, err));
            break;
        }
    }
    return RC_OK;
}

static enum rc drop_index(struct command *command, struct catalog_id index,
                          struct error *err)
{
    struct catalog_ids ids = {&index, 1};
    return relation_drop(command, &ids, true, err);
}

static enum rc remove_constraint(struct alteration *alteration,
                                 const struct record_constraint *constraint,
                                 const char *what, struct error *err)
{
    struct catalog_id index = constraint->index_id;
    bool has_index = constraint->kind == 'p' || constraint->kind == 'u';
    const char *name = constraint->name;
    if (has_index)
        TRY(drop_referring(alteration, index, what, alteration->action->cascade, err));
    draft_remove_constraint(&alteration->draft, name);
    TRY(store(alteration, err));
    return has_index ? drop_index(alteration->command, index, err) : RC_OK;
}

static enum rc drop_constraint(struct alteration *alteration, struct error *err)
{
    struct command *command = alteration->command;
    const struct record_constraints *list = &alteration->draft.object->table.constraints;
    const char *name = alteration->action->name;
    const char *table = alteration->draft.object->name;
    for (size_t i = 0; i < list->count; i++) {
        struct record_constraint constraint = list->items[i];
        if (strcmp(constraint.name, name) == 0)
            return remove_constraint(
                alteration, &constraint,
                arena_printf(command->arena, "constraint %s on table %s", name, table),
                err);
    }
    if (!alteration->action->if_exists)
        return error_set(err, SQLSTATE_UNDEFINED_OBJECT,
                         "constraint \"%s\" of relation \"%s\" does not exist", name,
                         table);
    command_notice(command, COMMAND_NOTICE, SQLSTATE_SUCCESSFUL_COMPLETION,
                   arena_printf(command->arena,
                                "constraint \"%s\" of relation \"%s\" does not exist, "
                                "skipping",
                                name, table),
                   NULL);
    return RC_OK;
}

/* --- DROP COLUMN ------------------------------------------------------------------- */

static bool reads_column(const struct record_constraint *constraint, uint32_t number)
{
    for (size_t i = 0; i < constraint->column_count; i++) {
        if (constraint->columns[i] == number)
            return true;
    }
    return false;
}

static enum rc drop_column_constraints(struct alteration *alteration, uint32_t number,
                                       struct error *err)
{
    struct record_constraints *list = &alteration->draft.object->table.constraints;
    const char *what =
        arena_printf(alteration->command->arena, "column %s of table %s",
                     alteration->action->name, alteration->draft.object->name);
    for (size_t i = 0; i < list->count;) {
        struct record_constraint constraint = list->items[i];
        if (reads_column(&constraint, number))
            TRY(remove_constraint(alteration, &constraint, what, err));
        else
            i++;
    }
    return RC_OK;
}

static enum rc drop_column_indexes(struct alteration *alteration, uint32_t number,
                                   struct error *err)
{
    struct command *command = alteration->command;
    const struct table *table = NULL;
    TRY(relation_load_table(command, alteration->draft.object->id, &table, err));
    for (size_t i = 0; i < table->index_count; i++) {
        const struct table_index *index = &table->indexes[i];
        bool is_over = false;
        for (size_t k = 0; k < index->part_count; k++) {
            uint32_t place = index->parts[k].place;
            is_over = is_over ||
                      (place != UINT32_MAX && table->columns[place].number == number);
        }
        if (is_over)
            TRY(drop_index(command, index->id, err));
    }
    return RC_OK;
}

/* Texts that name the column would no longer mean anything. */
static enum rc check_texts(struct alteration *alteration, struct error *err)
{
    struct command *command = alteration->command;
    const struct table *table = NULL;
    const struct bound *bound = NULL;
    TRY(relation_load_table(command, alteration->draft.object->id, &table, err));
    alteration->old = table;
    for (size_t i = 0; i < table->column_count; i++) {
        if (table->columns[i].generated == 0)
            continue;
        if (bind_old(alteration, TABLE_GENERATED, table->columns[i].default_sql,
                     table->columns[i].type, &bound, err) == RC_OK)
            continue;
        error_clear(err);
        error_set(err, SQLSTATE_DEPENDENT_OBJECTS_STILL_EXIST,
                  "cannot drop column %s of table %s because other objects depend on it",
                  alteration->action->name, table->name);
        return error_detail(err, "column %s of table %s depends on column %s of table %s",
                            table->columns[i].name, table->name, alteration->action->name,
                            table->name);
    }
    for (size_t i = 0; i < table->index_count; i++) {
        const struct table_index *index = &table->indexes[i];
        bool is_good = index->predicate_sql[0] == '\0' ||
                       bind_old(alteration, TABLE_PREDICATE, index->predicate_sql, NULL,
                                &bound, err) == RC_OK;
        for (size_t k = 0; is_good && k < index->part_count; k++)
            is_good = index->parts[k].place != UINT32_MAX ||
                      bind_old(alteration, TABLE_INDEX, index->parts[k].expression_sql,
                               NULL, &bound, err) == RC_OK;
        if (is_good)
            continue;
        error_clear(err);
        TRY(drop_index(command, index->id, err));
    }
    return RC_OK;
}

static enum rc drop_column(struct alteration *alteration, struct error *err)
{
    struct command *command = alteration->command;
    const char *name = alteration->action->name;
    struct record_column *column = draft_column(&alteration->draft, name);
    struct catalog_ids views = {NULL, 0};
    if (column == NULL && alteration->action->if_exists) {
        command_notice(command, COMMAND_NOTICE, SQLSTATE_SUCCESSFUL_COMPLETION,
                       arena_printf(command->arena,
                                    "column \"%s\" of relation \"%s\" does not exist, "
                                    "skipping",
                                    name, alteration->draft.object->name),
                       NULL);
        return RC_OK;
    }
    if (column == NULL)
        return missing_column(alteration, name, err);
    TRY(views_over(alteration, column->number, &views, err));
    if (views.count > 0 && !alteration->action->cascade)
        return refuse_views(alteration, &views, err);
    if (views.count > 0)
        TRY(relation_drop(command, &views, true, err));
    TRY(drop_column_constraints(alteration, column->number, err));
    TRY(drop_column_indexes(alteration, column->number, err));
    struct catalog_id sequence = column->sequence_id;
    column->is_dropped = true;
    column->name =
        arena_printf(command->arena, "........pg.dropped.%u........", column->number);
    column->default_sql = "";
    column->not_null = false;
    column->identity = 0;
    column->generated = 0;
    column->sequence_id = (struct catalog_id){0};
    TRY(catalog_comment_set(command->transaction, alteration->draft.object->id,
                            column->number, NULL, err));
    uint32_t number = column->number;
    TRY(store(alteration, err));
    TRY(check_texts(alteration, err));
    if (!catalog_id_is_set(sequence))
        return RC_OK;
    struct catalog_object *object = NULL;
    TRY(catalog_object_get(command->transaction, sequence, command->arena, &object, err));
    bool is_owned =
        catalog_id_equal(object->sequence.table_id, alteration->draft.object->id) &&
        object->sequence.column == number;
    return is_owned ? drop_index(command, sequence, err) : RC_OK;
}

/* --- ADD --------------------------------------------------------------------------- */

static enum rc test_check(struct alteration *alteration, const char *name,
                          struct error *err)
{
    const struct record_constraints *list = &alteration->draft.object->table.constraints;
    struct row_test test = {.table = alteration->old, .name = name};
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i].name, name) == 0)
            TRY(bind_old(alteration, TABLE_CHECK, list->items[i].expression_sql, NULL,
                         &test.check, err));
    }
    return rewrite_test_rows(alteration->command, &test, err);
}

/* Keys and foreign keys that the action has added to the draft. */
static enum rc finish_constraints(struct alteration *alteration, size_t first, bool tests,
                                  struct error *err)
{
    struct command *command = alteration->command;
    struct table_draft *draft = &alteration->draft;
    TRY(constraint_add_keys(command, draft, err));
    TRY(constraint_add_foreign(command, draft, err));
    TRY(store(alteration, err));
    TRY(relation_load_table(command, draft->object->id, &alteration->old, err));
    for (size_t i = first; tests && i < draft->object->table.constraints.count; i++) {
        const struct record_constraint *constraint =
            &draft->object->table.constraints.items[i];
        if (constraint->kind == 'c')
            TRY(test_check(alteration, constraint->name, err));
        if (constraint->kind == 'f')
            TRY(rewrite_test_foreign(command, alteration->old, constraint, err));
    }
    return RC_OK;
}

static enum rc test_not_null(struct alteration *alteration, const char *name,
                             struct error *err)
{
    struct row_test test = {.table = alteration->old};
    for (uint32_t i = 0; i < alteration->old->column_count; i++) {
        if (strcmp(alteration->old->columns[i].name, name) == 0)
            test.place = i;
    }
    return rewrite_test_rows(alteration->command, &test, err);
}

static enum rc add_constraint(struct alteration *alteration, struct error *err)
{
    const struct ast_constraint *constraint = alteration->action->constraint;
    size_t first = alteration->draft.object->table.constraints.count;
    TRY(constraint_add(alteration->command, &alteration->draft, constraint, NULL, err));
    for (size_t i = 0;
         constraint->kind == CONSTRAINT_PRIMARY_KEY && i < constraint->columns.count; i++)
        TRY(test_not_null(alteration, constraint->columns.items[i], err));
    return finish_constraints(alteration, first, !constraint->is_not_valid, err);
}

static enum rc add_column(struct alteration *alteration, struct error *err)
{
    struct command *command = alteration->command;
    const struct ast_column_definition *definition = alteration->action->column;
    struct table_draft *draft = &alteration->draft;
    const struct bound *value = NULL;
    size_t first = draft->object->table.constraints.count;
    if (draft_column(draft, definition->name) != NULL) {
        const char *text = arena_printf(command->arena,
                                        "column \"%s\" of relation \"%s\" already exists",
                                        definition->name, draft->object->name);
        if (!alteration->action->if_not_exists)
            return error_set(err, SQLSTATE_DUPLICATE_COLUMN, "%s", text);
        command_notice(command, COMMAND_NOTICE, SQLSTATE_DUPLICATE_COLUMN,
                       arena_printf(command->arena, "%s, skipping", text), NULL);
        return RC_OK;
    }
    TRY(column_add(command, draft, definition, err));
    TRY(column_add_expressions(command, draft, definition, err));
    TRY(column_add_constraints(command, draft, definition, err));
    struct record_column *column = draft_column(draft, definition->name);
    TRY(initial_value(alteration, column, &value, err));
    bool is_plain = value->kind == BOUND_CONSTANT && value->constant.null;
    if (is_plain && !column->not_null)
        TRY(store(alteration, err));
    else
        TRY(rewrite(alteration, column, value, err));
    TRY(draft_own_sequences(command, draft, err));
    return finish_constraints(alteration, first, true, err);
}

/* --- changes of a column ----------------------------------------------------------- */

static enum rc set_default(struct alteration *alteration, struct error *err)
{
    struct record_column *column = NULL;
    TRY(require_column(alteration, &column, err));
    if (column->identity != 0)
        return error_set(err, SQLSTATE_SYNTAX_ERROR,
                         "column \"%s\" of relation \"%s\" is an identity column",
                         column->name, alteration->draft.object->name);
    if (column->generated != 0)
        return error_set(err, SQLSTATE_SYNTAX_ERROR,
                         "column \"%s\" of relation \"%s\" is a generated column",
                         column->name, alteration->draft.object->name);
    column->default_sql = "";
    column->sequence_id = (struct catalog_id){0};
    if (alteration->action->expression != NULL)
        TRY(column_set_default(alteration->command, &alteration->draft, column,
                               alteration->action->expression, err));
    return store(alteration, err);
}

static enum rc set_not_null(struct alteration *alteration, struct error *err)
{
    struct record_column *column = NULL;
    TRY(require_column(alteration, &column, err));
    if (column->not_null)
        return RC_OK;
    TRY(test_not_null(alteration, column->name, err));
    column->not_null = true;
    return store(alteration, err);
}

static enum rc drop_not_null(struct alteration *alteration, struct error *err)
{
    const struct record_constraints *list = &alteration->draft.object->table.constraints;
    struct record_column *column = NULL;
    TRY(require_column(alteration, &column, err));
    if (column->identity != 0)
        return error_set(err, SQLSTATE_SYNTAX_ERROR,
                         "column \"%s\" of relation \"%s\" is an identity column",
                         column->name, alteration->draft.object->name);
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].kind == 'p' && reads_column(&list->items[i], column->number))
            return error_set(err, SQLSTATE_INVALID_TABLE_DEFINITION,
                             "column \"%s\" is in a primary key", column->name);
    }
    column->not_null = false;
    return store(alteration, err);
}

/* The value of a column in its new type: USING, or by assignment. */
static enum rc transform(struct alteration *alteration,
                         const struct record_column *column, const struct type *type,
                         const struct bound **out, struct error *err)
{
    struct command *command = alteration->command;
    const struct ast_expression *written = alteration->action->expression;
    const struct table_definition about = {TABLE_TRANSFORM, alteration->old, column->name,
                                           type};
    const char *sql = sql_quote_identifier(command->arena, column->name);
    const struct bound *bound = NULL;
    if (written != NULL) {
        TRY(bind_definition(command->arena, &command->context->surroundings, &about,
                            written, &bound, err));
        TRY(table_definition_print(command->arena, alteration->old, bound, &sql, err));
    }
    enum rc rc = bind_old(alteration, TABLE_TRANSFORM, sql, type, out, err);
    if (rc != RC_FAILED || written != NULL || err->state != SQLSTATE_DATATYPE_MISMATCH)
        return rc;
    error_clear(err);
    error_set(err, SQLSTATE_DATATYPE_MISMATCH,
              "column \"%s\" cannot be cast automatically to type %s", column->name,
              type_title(command->arena, type));
    return error_hint(err, "You might need to specify \"USING %s::%s\".", sql,
                      type_title(command->arena, type));
}

static enum rc change_type(struct alteration *alteration, struct error *err)
{
    struct command *command = alteration->command;
    struct ast_column_definition definition = *alteration->action->column;
    struct record_column *column = NULL;
    struct record_column made;
    struct catalog_ids views = {NULL, 0};
    const struct bound *value = NULL;
    TRY(require_column(alteration, &column, err));
    made = *column;
    definition.name = column->name;
    TRY(column_read_type(command, &definition, &made, err));
    TRY(views_over(alteration, column->number, &views, err));
    if (views.count > 0)
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "cannot alter type of a column used by a view or rule");
    TRY(transform(alteration, column, type_find_oid(made.type_oid), &value, err));
    const struct bound *bound = NULL;
    if (column->default_sql[0] != '\0' && column->generated == 0 &&
        bind_old(alteration, TABLE_DEFAULT, column->default_sql,
                 type_find_oid(made.type_oid), &bound, err) != RC_OK) {
        error_clear(err);
        return error_set(err, SQLSTATE_DATATYPE_MISMATCH,
                         "default for column \"%s\" cannot be cast automatically to type "
                         "%s",
                         column->name,
                         type_title(command->arena, type_find_oid(made.type_oid)));
    }
    *column = made;
    return rewrite(alteration, column, value, err);
}

static enum rc add_identity(struct alteration *alteration, struct error *err)
{
    struct record_column *column = NULL;
    TRY(require_column(alteration, &column, err));
    if (!column->not_null)
        return error_set(err, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE,
                         "column \"%s\" of relation \"%s\" must be declared NOT NULL "
                         "before identity can be added",
                         column->name, alteration->draft.object->name);
    if (column->identity != 0 || column->default_sql[0] != '\0')
        return error_set(err, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE,
                         "column \"%s\" of relation \"%s\" already has %s", column->name,
                         alteration->draft.object->name,
                         column->identity != 0 ? "an identity column"
                                               : "a default value");
    column->identity = alteration->action->constraint->is_always ? 'a' : 'd';
    TRY(column_add_sequence(alteration->command, &alteration->draft, column,
                            &alteration->action->constraint->options, true, err));
    TRY(store(alteration, err));
    return draft_own_sequences(alteration->command, &alteration->draft, err);
}

static enum rc drop_identity(struct alteration *alteration, struct error *err)
{
    struct record_column *column = NULL;
    TRY(require_column(alteration, &column, err));
    if (column->identity == 0 && alteration->action->if_exists)
        return RC_OK;
    if (column->identity == 0)
        return error_set(err, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE,
                         "column \"%s\" of relation \"%s\" is not an identity column",
                         column->name, alteration->draft.object->name);
    struct catalog_id sequence = column->sequence_id;
    column->identity = 0;
    column->sequence_id = (struct catalog_id){0};
    TRY(store(alteration, err));
    return drop_index(alteration->command, sequence, err);
}

static enum rc drop_expression(struct alteration *alteration, struct error *err)
{
    struct record_column *column = NULL;
    TRY(require_column(alteration, &column, err));
    if (column->generated == 0 && !alteration->action->if_exists)
        return error_set(err, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE,
                         "column \"%s\" of relation \"%s\" is not a stored generated "
                         "column",
                         column->name, alteration->draft.object->name);
    if (column->generated == 0)
        return RC_OK;
    column->generated = 0;
    column->default_sql = "";
    return store(alteration, err);
}

/* --- the statement ----------------------------------------------------------------- */

static enum rc run_action(struct alteration *alteration, struct error *err)
{
    switch ((int)alteration->action->kind) {
    case ALTER_ADD_COLUMN:
        return add_column(alteration, err);
    case ALTER_DROP_COLUMN:
        return drop_column(alteration, err);
    case ALTER_COLUMN_TYPE:
        return change_type(alteration, err);
    case ALTER_COLUMN_DEFAULT:
        return set_default(alteration, err);
    case ALTER_SET_NOT_NULL:
        return set_not_null(alteration, err);
    case ALTER_DROP_NOT_NULL:
        return drop_not_null(alteration, err);
    case ALTER_ADD_IDENTITY:
        return add_identity(alteration, err);
    case ALTER_DROP_IDENTITY:
        return drop_identity(alteration, err);
    case ALTER_DROP_EXPRESSION:
        return drop_expression(alteration, err);
    case ALTER_ADD_CONSTRAINT:
        return add_constraint(alteration, err);
    case ALTER_DROP_CONSTRAINT:
        return drop_constraint(alteration, err);
    case ALTER_CHANGE_OWNER:
        return command_change_owner(alteration->command, alteration->draft.object,
                                    alteration->action->role, err);
    case ALTER_UNSUPPORTED:
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "ALTER TABLE ... %s is not supported", alteration->action->what);
    default:
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "this form of ALTER TABLE is not supported");
    }
}

static enum rc alter_other(struct command *command, struct catalog_object *object,
                           const struct ast_alter_table_command *action,
                           struct error *err)
{
    if (action->kind == ALTER_CHANGE_OWNER)
        return command_change_owner(command, object, action->role, err);
    return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                     "this form of ALTER %s is not supported",
                     sql_object_kind_name(command->statement->alter_table->object));
}

enum rc command_alter_table(struct command *command, struct error *err)
{
    const struct ast_alter_table *alter = command->statement->alter_table;
    struct catalog_object *object = NULL;
    command->result->tag =
        arena_printf(command->arena, "ALTER %s", sql_object_kind_name(alter->object));
    TRY(relation_find(command, &alter->name, alter->if_exists, &object, err));
    if (object == NULL && alter->if_exists) {
        command_notice(command, COMMAND_NOTICE, SQLSTATE_SUCCESSFUL_COMPLETION,
                       arena_printf(command->arena,
                                    "relation \"%s\" does not exist, skipping",
                                    command_written_name(command, &alter->name)),
                       NULL);
        return RC_OK;
    }
    if (object == NULL)
        return error_set(err, SQLSTATE_UNDEFINED_TABLE, "relation \"%s\" does not exist",
                         command_written_name(command, &alter->name));
    TRY(relation_require_owner(command, object, err));
    for (size_t i = 0; i < alter->command_count; i++) {
        struct alteration alteration = {.command = command,
                                        .action = &alter->commands[i]};
        if (object->kind != OBJECT_KIND_TABLE) {
            TRY(alter_other(command, object, &alter->commands[i], err));
            continue;
        }
        TRY(catalog_object_get(command->transaction, object->id, command->arena,
                               &alteration.draft.object, err));
        alteration.draft.schema = object->parent_id;
        TRY(relation_load_table(command, object->id, &alteration.old, err));
        TRY(run_action(&alteration, err));
    }
    return RC_OK;
}
