/* CREATE TABLE. */
#include "base/error.h"
#include "catalog/comment.h"
#include "catalog/counter.h"
#include "catalog/sequence.h"
#include "sql/command/table_internal.h"

static enum rc check_form(const struct ast_create_table *create, struct error *err)
{
    if (create->unsupported != NULL)
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "CREATE TABLE ... %s is not supported", create->unsupported);
    if (create->inherit_count > 0)
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "INHERITS is not supported");
    if (create->on_commit != ON_COMMIT_NONE &&
        create->persistence != PERSISTENCE_TEMPORARY)
        return error_set(err, SQLSTATE_INVALID_TABLE_DEFINITION,
                         "ON COMMIT can only be used on temporary tables");
    return RC_OK;
}

char table_on_commit_letter(enum ast_on_commit on_commit)
{
    if (on_commit == ON_COMMIT_DELETE_ROWS)
        return 'd';
    return on_commit == ON_COMMIT_DROP ? 'x' : 0;
}

/* --- LIKE -------------------------------------------------------------------------- */

static enum rc like_source(struct command *command, const struct ast_table_like *like,
                           struct catalog_object **object_out, struct error *err)
{
    TRY(relation_require(command, &like->table, object_out, err));
    if ((*object_out)->kind == OBJECT_KIND_TABLE ||
        (*object_out)->kind == OBJECT_KIND_VIEW)
        return RC_OK;
    error_set(err, SQLSTATE_WRONG_OBJECT_TYPE,
              "relation \"%s\" is invalid in LIKE clause", (*object_out)->name);
    return error_detail(err, "This operation is not supported for %ss.",
                        object_kind_word((*object_out)->kind));
}

static enum rc like_column(struct command *command, struct table_draft *draft,
                           const struct record_column *from, unsigned options,
                           struct error *err)
{
    if (draft_column(draft, from->name) != NULL)
        return error_set(err, SQLSTATE_DUPLICATE_COLUMN,
                         "column \"%s\" specified more than once", from->name);
    struct record_column *column = draft_add_column(command, draft);
    column->name = from->name;
    column->type_oid = from->type_oid;
    column->typmod = from->typmod;
    column->not_null = from->not_null;
    if (from->generated != 0 && (options & LIKE_OPTION_GENERATED) != 0) {
        column->generated = from->generated;
        column->default_sql = from->default_sql;
    }
    if (from->generated == 0 && from->identity == 0 &&
        (options & LIKE_OPTION_DEFAULTS) != 0) {
        column->default_sql = from->default_sql;
        column->sequence_id = from->sequence_id;
    }
    if (from->identity == 0 || (options & LIKE_OPTION_IDENTITY) == 0)
        return RC_OK;
    column->identity = from->identity;
    return column_add_sequence(command, draft, column, NULL, true, err);
}

static enum rc like_columns(struct command *command, struct table_draft *draft,
                            const struct ast_table_like *like, struct error *err)
{
    struct catalog_object *source = NULL;
    TRY(like_source(command, like, &source, err));
    const struct record_columns *columns = source->kind == OBJECT_KIND_TABLE
                                               ? &source->table.columns
                                               : &source->view.columns;
    for (size_t i = 0; i < columns->count; i++) {
        if (!columns->items[i].is_dropped)
            TRY(like_column(command, draft, &columns->items[i], like->options, err));
    }
    return RC_OK;
}

static const char *name_of(const struct catalog_object *table, uint32_t number)
{
    for (size_t i = 0; i < table->table.columns.count; i++) {
        if (table->table.columns.items[i].number == number)
            return table->table.columns.items[i].name;
    }
    return "";
}

static uint32_t *map_numbers(struct command *command, const struct table_draft *draft,
                             const struct catalog_object *source, const uint32_t *numbers,
                             size_t count)
{
    uint32_t *mapped = ARENA_ARRAY(command->arena, uint32_t, count + 1);
    for (size_t i = 0; i < count; i++)
        mapped[i] = draft_column(draft, name_of(source, numbers[i]))->number;
    return mapped;
}

static enum rc like_checks(struct command *command, struct table_draft *draft,
                           const struct catalog_object *source, struct error *err)
{
    const struct record_constraints *list = &source->table.constraints;
    for (size_t i = 0; i < list->count; i++) {
        const struct record_constraint *from = &list->items[i];
        uint64_t oid = 0;
        if (from->kind != 'c')
            continue;
        TRY(draft_check_name(draft, from->name, err));
        TRY(catalog_counter_take(command->transaction, CATALOG_COUNTER_OID, &oid, err));
        struct record_constraint *constraint = draft_add_constraint(command, draft);
        *constraint = *from;
        constraint->oid = (uint32_t)oid;
        constraint->columns =
            map_numbers(command, draft, source, from->columns, from->column_count);
    }
    return RC_OK;
}

static const char *first_columns(struct command *command,
                                 const struct catalog_object *source,
                                 const struct record_index_parts *parts)
{
    const char *text = "";
    for (size_t i = 0; i < parts->count && strlen(text) < TYPE_NAME_MAX; i++)
        text = arena_printf(command->arena, "%s%s%s", text, i == 0 ? "" : "_",
                            parts->items[i].number == 0
                                ? "expr"
                                : name_of(source, parts->items[i].number));
    return text;
}

static enum rc like_index(struct command *command, struct table_draft *draft,
                          const struct catalog_object *source,
                          const struct catalog_object *index, struct error *err)
{
    const struct record_index *from = &index->index;
    struct catalog_object *made = NULL;
    uint64_t oid = 0;
    struct index_wish wish = {
        .is_unique = from->is_unique,
        .is_primary = from->is_primary,
        .is_constraint = from->is_constraint,
        .nulls_not_distinct = from->nulls_not_distinct,
        .predicate_sql = from->predicate_sql,
        .label = from->is_primary      ? "pkey"
                 : from->is_constraint ? "key"
                                       : "idx",
        .name_columns =
            from->is_primary ? NULL : first_columns(command, source, &from->parts),
    };
    wish.parts.count = from->parts.count;
    wish.parts.items =
        ARENA_ARRAY(command->arena, struct record_index_part, from->parts.count + 1);
    uint32_t *numbers = ARENA_ARRAY(command->arena, uint32_t, from->parts.count + 1);
    for (size_t i = 0; i < from->parts.count; i++) {
        wish.parts.items[i] = from->parts.items[i];
        if (from->parts.items[i].number != 0)
            wish.parts.items[i].number = numbers[i] =
                draft_column(draft, name_of(source, from->parts.items[i].number))->number;
    }
    TRY(index_create(command, draft->object, &wish, &made, err));
    if (!from->is_constraint)
        return RC_OK;
    TRY(catalog_counter_take(command->transaction, CATALOG_COUNTER_OID, &oid, err));
    struct record_constraint *constraint = draft_add_constraint(command, draft);
    constraint->name = made->name;
    constraint->oid = (uint32_t)oid;
    constraint->kind = from->is_primary ? 'p' : 'u';
    constraint->columns = numbers;
    constraint->column_count = from->parts.count;
    constraint->index_id = made->id;
    return RC_OK;
}

static enum rc like_indexes(struct command *command, struct table_draft *draft,
                            const struct catalog_object *source, struct error *err)
{
    struct catalog_ids ids = {NULL, 0};
    TRY(catalog_dependents(command->transaction, source->id, command->arena, &ids, err));
    for (size_t i = 0; i < ids.count; i++) {
        struct catalog_object *object = NULL;
        TRY(catalog_object_get(command->transaction, ids.items[i], command->arena,
                               &object, err));
        if (object->kind == OBJECT_KIND_INDEX &&
            catalog_id_equal(object->index.table_id, source->id))
            TRY(like_index(command, draft, source, object, err));
    }
    return RC_OK;
}

static enum rc like_comments(struct command *command, const struct table_draft *draft,
                             const struct catalog_object *source, struct error *err)
{
    for (size_t i = 0; i < source->table.columns.count; i++) {
        const struct record_column *from = &source->table.columns.items[i];
        const char *text = NULL;
        if (from->is_dropped)
            continue;
        enum rc rc = catalog_comment_get(command->transaction, source->id, from->number,
                                         command->arena, &text, err);
        if (rc == RC_NOTFOUND)
            continue;
        TRY(rc);
        TRY(catalog_comment_set(command->transaction, draft->object->id,
                                draft_column(draft, from->name)->number, text, err));
    }
    return RC_OK;
}

/* What of the sources comes once the table is stored. */
static enum rc like_rest(struct command *command, struct table_draft *draft,
                         const struct ast_create_table *create, struct error *err)
{
    for (size_t i = 0; i < create->like_count; i++) {
        const struct ast_table_like *like = &create->likes[i];
        struct catalog_object *source = NULL;
        TRY(like_source(command, like, &source, err));
        if (source->kind != OBJECT_KIND_TABLE)
            continue;
        if ((like->options & LIKE_OPTION_INDEXES) != 0)
            TRY(like_indexes(command, draft, source, err));
        if ((like->options & LIKE_OPTION_COMMENTS) != 0)
            TRY(like_comments(command, draft, source, err));
    }
    return RC_OK;
}

/* --- the statement ----------------------------------------------------------------- */

static enum rc add_columns(struct command *command, struct table_draft *draft,
                           const struct ast_create_table *create, struct error *err)
{
    for (size_t i = 0; i <= create->column_count; i++) {
        for (size_t k = 0; k < create->like_count; k++) {
            if (create->likes[k].before_column == i)
                TRY(like_columns(command, draft, &create->likes[k], err));
        }
        if (i < create->column_count)
            TRY(column_add(command, draft, &create->columns[i], err));
    }
    for (size_t i = 0; i < create->column_count; i++)
        TRY(column_add_expressions(command, draft, &create->columns[i], err));
    return RC_OK;
}

static enum rc add_constraints(struct command *command, struct table_draft *draft,
                               const struct ast_create_table *create, struct error *err)
{
    for (size_t i = 0; i < create->like_count; i++) {
        struct catalog_object *source = NULL;
        TRY(like_source(command, &create->likes[i], &source, err));
        if (source->kind == OBJECT_KIND_TABLE &&
            (create->likes[i].options & LIKE_OPTION_CONSTRAINTS) != 0)
            TRY(like_checks(command, draft, source, err));
    }
    for (size_t i = 0; i < create->column_count; i++)
        TRY(column_add_constraints(command, draft, &create->columns[i], err));
    for (size_t i = 0; i < create->constraint_count; i++)
        TRY(constraint_add(command, draft, &create->constraints[i], NULL, err));
    return RC_OK;
}

enum rc draft_own_sequences(struct command *command, const struct table_draft *draft,
                            struct error *err)
{
    const struct record_columns *columns = &draft->object->table.columns;
    for (size_t i = 0; i < columns->count; i++) {
        const struct record_column *column = &columns->items[i];
        if (!column->is_dropped && ids_have(&draft->sequences, column->sequence_id))
            TRY(sequence_own(command, column->sequence_id, draft->object->id,
                             column->number, err));
    }
    return RC_OK;
}

enum rc draft_create(struct command *command, struct table_draft *draft,
                     struct error *err)
{
    struct catalog_ids references = draft_references(command, draft);
    TRY(catalog_storage_take(command->transaction, &draft->object->table.storage, err));
    TRY(catalog_create(command->transaction, draft->object, references.items,
                       references.count, err));
    return draft_own_sequences(command, draft, err);
}

enum rc draft_store(struct command *command, const struct table_draft *draft,
                    struct error *err)
{
    struct catalog_ids references = draft_references(command, draft);
    return catalog_update(command->transaction, draft->object, references.items,
                          references.count, err);
}

enum rc command_create_table(struct command *command, struct error *err)
{
    const struct ast_create_table *create = command->statement->create_table;
    struct command_place place;
    TRY(check_form(create, err));
    TRY(relation_place(command, &create->name, create->persistence, create->if_not_exists,
                       &place, err));
    if (place.exists)
        return RC_OK;
    struct table_draft draft = {.object =
                                    relation_new(command, OBJECT_KIND_TABLE, &place),
                                .schema = place.schema->id};
    draft.object->table.is_temporary =
        relation_schema_is_temporary(command, place.schema);
    draft.object->table.on_commit = table_on_commit_letter(create->on_commit);
    TRY(add_columns(command, &draft, create, err));
    TRY(add_constraints(command, &draft, create, err));
    TRY(draft_create(command, &draft, err));
    TRY(constraint_add_keys(command, &draft, err));
    TRY(like_rest(command, &draft, create, err));
    TRY(constraint_add_foreign(command, &draft, err));
    return draft_store(command, &draft, err);
}
