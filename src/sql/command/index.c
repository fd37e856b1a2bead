/* CREATE INDEX, and the indexes of keys. */
#include "base/error.h"
#include "catalog/sequence.h"
#include "sql/command/table_internal.h"
#include "sql/exec/heap.h"

enum { INDEX_PARTS_MAX = 32 };

enum rc index_build(struct command *command, struct catalog_id table_id,
                    struct catalog_id index, struct error *err)
{
    const struct table *table = NULL;
    struct heap *heap = NULL;
    TRY(relation_load_table(command, table_id, &table, err));
    for (size_t i = 0; i < table->index_count; i++) {
        if (!catalog_id_equal(table->indexes[i].id, index))
            continue;
        struct arena *arena = arena_new("index build", NULL);
        enum rc rc = heap_open(arena, &command->context->execution, table, &heap, err);
        if (rc == RC_OK)
            rc = heap_build_index(heap, i, err);
        arena_free(&arena);
        return rc;
    }
    return error_set(err, SQLSTATE_DATA_CORRUPTED, "an index is absent from its table");
}

enum rc index_create(struct command *command, const struct catalog_object *table,
                     const struct index_wish *wish, struct catalog_object **index_out,
                     struct error *err)
{
    struct catalog_object *object = ARENA_NEW(command->arena, struct catalog_object);
    struct record_index *record = &object->index;
    object->kind = OBJECT_KIND_INDEX;
    object->parent_id = table->parent_id;
    object->owner_id = table->owner_id;
    object->name = wish->name;
    if (wish->name == NULL)
        TRY(relation_choose_name(
            command, table->parent_id,
            &(const struct relation_label){table->name, wish->name_columns, wish->label},
            &object->name, err));
    record->table_id = table->id;
    record->is_unique = wish->is_unique;
    record->is_primary = wish->is_primary;
    record->is_constraint = wish->is_constraint;
    record->nulls_not_distinct = wish->nulls_not_distinct;
    record->parts = wish->parts;
    record->predicate_sql = wish->predicate_sql;
    TRY(catalog_storage_take(command->transaction, &record->storage, err));
    TRY(catalog_create(command->transaction, object, &table->id, 1, err));
    *index_out = object;
    return index_build(command, table->id, object->id, err);
}

static enum rc check_form(const struct ast_create_index *create, struct error *err)
{
    if (create->method != NULL && strcmp(create->method, "btree") != 0 &&
        strcmp(create->method, "hash") != 0)
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "access method \"%s\" is not supported", create->method);
    if (create->including.count > 0)
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED, "INCLUDE is not supported");
    if (create->element_count > INDEX_PARTS_MAX)
        return error_set(err, SQLSTATE_TOO_MANY_COLUMNS,
                         "cannot use more than %d columns in an index", INDEX_PARTS_MAX);
    return RC_OK;
}

static enum rc check_order(const struct type *type, struct error *err)
{
    if (type->methods->compare != NULL)
        return RC_OK;
    struct buffer title;
    buffer_init(&title, TYPE_NAME_MAX * 2);
    type_format(type, TYPE_TYPMOD_NONE, &title);
    error_set(err, SQLSTATE_UNDEFINED_OBJECT,
              "data type %.*s has no default operator class for access method \"btree\"",
              BYTES_PRINT(buffer_bytes(&title)));
    buffer_fini(&title);
    return error_hint(err, "You must specify an operator class for the index or define a "
                           "default operator class for the data type.");
}

/* A column, or an expression with its text; *label_out is its part of a chosen name. */
static enum rc read_element(struct command *command, const struct table_draft *draft,
                            const struct ast_index_element *element,
                            struct record_index_part *part, const char **label_out,
                            struct error *err)
{
    const struct table *table = draft_table(command, draft);
    const struct bound *bound = NULL;
    bool is_call =
        element->column == NULL && element->expression->kind == EXPRESSION_CALL;
    *part = (struct record_index_part){.expression_sql = ""};
    part->is_descending = element->direction == SORT_DESCENDING;
    part->nulls_first = element->nulls == SORT_NULLS_DEFAULT
                            ? part->is_descending
                            : element->nulls == SORT_NULLS_FIRST;
    if (element->column != NULL) {
        const struct record_column *column = draft_column(draft, element->column);
        if (column == NULL)
            return error_set(err, SQLSTATE_UNDEFINED_COLUMN,
                             "column \"%s\" does not exist", element->column);
        part->number = column->number;
        *label_out = column->name;
        return check_order(type_find_oid(column->type_oid), err);
    }
    struct table_definition about = {TABLE_INDEX, table, NULL, NULL};
    TRY(bind_definition(command->arena, &command->context->surroundings, &about,
                        element->expression, &bound, err));
    TRY(check_order(bound->type, err));
    *label_out = "expr";
    if (is_call) {
        const struct ast_name *name = &element->expression->call->name;
        *label_out = name->parts[name->count - 1];
    }
    if (bound->kind == BOUND_COLUMN) {
        part->number = table->columns[bound->column.column].number;
        return RC_OK;
    }
    return table_definition_print(command->arena, table, bound, &part->expression_sql,
                                  err);
}

static enum rc read_elements(struct command *command, const struct table_draft *draft,
                             const struct ast_create_index *create,
                             struct index_wish *wish, struct error *err)
{
    const char *names = "";
    wish->parts.count = create->element_count;
    wish->parts.items =
        ARENA_ARRAY(command->arena, struct record_index_part, create->element_count + 1);
    for (size_t i = 0; i < create->element_count; i++) {
        const char *label = NULL;
        TRY(read_element(command, draft, &create->elements[i], &wish->parts.items[i],
                         &label, err));
        names = arena_printf(command->arena, "%s%s%s", names, i == 0 ? "" : "_", label);
    }
    wish->name_columns = names;
    return RC_OK;
}

static enum rc read_where(struct command *command, const struct table_draft *draft,
                          const struct ast_create_index *create, struct index_wish *wish,
                          struct error *err)
{
    const struct table *table = draft_table(command, draft);
    struct table_definition about = {TABLE_PREDICATE, table, NULL, NULL};
    const struct bound *bound = NULL;
    wish->predicate_sql = "";
    if (create->where == NULL)
        return RC_OK;
    TRY(bind_definition(command->arena, &command->context->surroundings, &about,
                        create->where, &bound, err));
    return table_definition_print(command->arena, table, bound, &wish->predicate_sql,
                                  err);
}

/* The name, unless it is chosen, is taken in the table's schema. */
static enum rc check_name(struct command *command, const struct ast_create_index *create,
                          const struct catalog_object *table, bool *exists_out,
                          struct error *err)
{
    struct catalog_object *present = NULL;
    *exists_out = false;
    if (create->name == NULL)
        return RC_OK;
    struct catalog_place place = {table->parent_id, CATALOG_CLASS_ITEM, create->name};
    enum rc rc =
        catalog_find(command->transaction, &place, command->arena, &present, err);
    if (rc == RC_NOTFOUND)
        return RC_OK;
    TRY(rc);
    if (!create->if_not_exists)
        return error_set(err, SQLSTATE_DUPLICATE_TABLE, "relation \"%s\" already exists",
                         create->name);
    *exists_out = true;
    command_notice(command, COMMAND_NOTICE, SQLSTATE_DUPLICATE_TABLE,
                   arena_printf(command->arena,
                                "relation \"%s\" already exists, skipping", create->name),
                   NULL);
    return RC_OK;
}

enum rc command_create_index(struct command *command, struct error *err)
{
    const struct ast_create_index *create = command->statement->create_index;
    struct catalog_object *table = NULL;
    struct catalog_object *index = NULL;
    struct index_wish wish = {.name = create->name,
                              .is_unique = create->is_unique,
                              .nulls_not_distinct = create->nulls_not_distinct,
                              .label = "idx"};
    bool exists = false;
    TRY(check_form(create, err));
    TRY(relation_require(command, &create->table, &table, err));
    if (table->kind != OBJECT_KIND_TABLE) {
        error_set(err, SQLSTATE_WRONG_OBJECT_TYPE,
                  "cannot create index on relation \"%s\"", table->name);
        return error_detail(err, "This operation is not supported for %ss.",
                            object_kind_word(table->kind));
    }
    TRY(relation_require_owner(command, table, err));
    struct table_draft draft = {.object = table, .schema = table->parent_id};
    TRY(check_name(command, create, table, &exists, err));
    if (exists)
        return RC_OK;
    TRY(read_elements(command, &draft, create, &wish, err));
    TRY(read_where(command, &draft, create, &wish, err));
    return index_create(command, table, &wish, &index, err);
}
