/* Constraints of tables as they are written: checks, keys, foreign keys. */
#include "base/error.h"
#include "catalog/counter.h"
#include "sql/bind/binder.h"
#include "sql/command/table_internal.h"

static enum rc take_oid(struct command *command, uint32_t *oid_out, struct error *err)
{
    uint64_t number = 0;
    TRY(catalog_counter_take(command->transaction, CATALOG_COUNTER_OID, &number, err));
    *oid_out = (uint32_t)number;
    return RC_OK;
}

/* --- CHECK ------------------------------------------------------------------------- */

struct columns_used {
    const struct table *table;
    bool *used; /* by place */
};

static bool note_column(struct bound_walk *walk, const struct bound *bound)
{
    struct columns_used *columns = walk->argument;
    if (bound->kind == BOUND_COLUMN &&
        bound->column.column < columns->table->column_count)
        columns->used[bound->column.column] = true;
    return true;
}

/* The numbers of the columns that the expression reads. */
static uint32_t *columns_of(struct command *command, const struct table *table,
                            const struct bound *bound, size_t *count_out)
{
    struct columns_used columns = {
        table, ARENA_ARRAY(command->arena, bool, table->column_count + 1)};
    struct bound_walk walk = {.visit = note_column, .argument = &columns};
    uint32_t *numbers = ARENA_ARRAY(command->arena, uint32_t, table->column_count + 1);
    bound_walk(&walk, bound);
    *count_out = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        if (columns.used[i])
            numbers[(*count_out)++] = table->columns[i].number;
    }
    return numbers;
}

static const char *column_name(const struct table_draft *draft, uint32_t number)
{
    const struct record_columns *columns = &draft->object->table.columns;
    for (size_t i = 0; i < columns->count; i++) {
        if (columns->items[i].number == number)
            return columns->items[i].name;
    }
    return "";
}

static enum rc name_constraint(struct command *command, const struct table_draft *draft,
                               const struct ast_constraint *written, const char *column,
                               const char **name_out, struct error *err)
{
    const char *label = written->kind == CONSTRAINT_CHECK ? "check" : "fkey";
    *name_out = written->name;
    if (*name_out != NULL)
        return draft_check_name(draft, *name_out, err);
    *name_out = draft_constraint_name(command, draft, column, label);
    return RC_OK;
}

static enum rc add_check(struct command *command, struct table_draft *draft,
                         const struct ast_constraint *written, struct error *err)
{
    const struct table *table = draft_table(command, draft);
    struct table_definition about = {TABLE_CHECK, table, NULL, NULL};
    const struct bound *bound = NULL;
    const char *sql = NULL;
    const char *name = NULL;
    size_t count = 0;
    TRY(bind_definition(command->arena, &command->context->surroundings, &about,
                        written->expression, &bound, err));
    TRY(table_definition_print(command->arena, table, bound, &sql, err));
    uint32_t *numbers = columns_of(command, table, bound, &count);
    TRY(name_constraint(command, draft, written,
                        count == 1 ? column_name(draft, numbers[0]) : NULL, &name, err));
    struct record_constraint *constraint = draft_add_constraint(command, draft);
    constraint->name = name;
    constraint->kind = 'c';
    constraint->expression_sql = sql;
    constraint->columns = numbers;
    constraint->column_count = count;
    return take_oid(command, &constraint->oid, err);
}

/* --- keys -------------------------------------------------------------------------- */

static bool has_primary(const struct table_draft *draft)
{
    const struct record_constraints *list = &draft->object->table.constraints;
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].kind == 'p')
            return true;
    }
    for (size_t i = 0; i < draft->key_count; i++) {
        if (draft->keys[i].constraint->kind == CONSTRAINT_PRIMARY_KEY)
            return true;
    }
    return false;
}

static size_t key_size(const struct draft_key *key)
{
    return key->column != NULL ? 1 : key->constraint->columns.count;
}

static const char *key_column(const struct draft_key *key, size_t i)
{
    return key->column != NULL ? key->column : key->constraint->columns.items[i];
}

static enum rc check_key(struct table_draft *draft, const struct draft_key *key,
                         struct error *err)
{
    bool is_primary = key->constraint->kind == CONSTRAINT_PRIMARY_KEY;
    for (size_t i = 0; i < key_size(key); i++) {
        const char *name = key_column(key, i);
        struct record_column *column = draft_column(draft, name);
        if (column == NULL)
            return error_set(err, SQLSTATE_UNDEFINED_COLUMN,
                             "column \"%s\" named in key does not exist", name);
        for (size_t k = 0; k < i; k++) {
            if (strcmp(key_column(key, k), name) == 0)
                return error_set(err, SQLSTATE_DUPLICATE_COLUMN,
                                 "column \"%s\" appears twice in %s constraint", name,
                                 is_primary ? "primary key" : "unique");
        }
        if (is_primary)
            column->not_null = true;
    }
    return RC_OK;
}

static enum rc add_key(struct command *command, struct table_draft *draft,
                       const struct ast_constraint *written, const char *column,
                       struct error *err)
{
    const struct draft_key key = {written, column};
    if (written->using_index != NULL)
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "USING INDEX is not supported");
    if (written->including.count > 0)
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED, "INCLUDE is not supported");
    if (written->kind == CONSTRAINT_PRIMARY_KEY && has_primary(draft))
        return error_set(err, SQLSTATE_INVALID_TABLE_DEFINITION,
                         "multiple primary keys for table \"%s\" are not allowed",
                         draft->object->name);
    TRY(check_key(draft, &key, err));
    if (draft->key_count == draft->key_room) {
        size_t room = draft->key_room * 2 + 4;
        struct draft_key *wider = ARENA_ARRAY(command->arena, struct draft_key, room);
        if (draft->key_count > 0)
            memcpy(wider, draft->keys, draft->key_count * sizeof *wider);
        draft->keys = wider;
        draft->key_room = room;
    }
    draft->keys[draft->key_count++] = key;
    return RC_OK;
}

/* "a_b", as far as a name has room. */
static const char *joined_names(struct arena *arena, const struct draft_key *key)
{
    const char *text = "";
    for (size_t i = 0; i < key_size(key) && strlen(text) < TYPE_NAME_MAX; i++)
        text = arena_printf(arena, "%s%s%s", text, i == 0 ? "" : "_", key_column(key, i));
    return text;
}

/* The same key written twice is one index (PostgreSQL, transformIndexConstraints()). */
static bool is_repeated(const struct table_draft *draft, size_t at)
{
    const struct draft_key *key = &draft->keys[at];
    for (size_t i = 0; i < draft->key_count; i++) {
        const struct draft_key *other = &draft->keys[i];
        bool is_same = i != at && key_size(other) == key_size(key) &&
                       key->constraint->name == NULL &&
                       (i < at || other->constraint->kind == CONSTRAINT_PRIMARY_KEY) &&
                       key->constraint->kind != CONSTRAINT_PRIMARY_KEY;
        for (size_t k = 0; is_same && k < key_size(key); k++)
            is_same = strcmp(key_column(key, k), key_column(other, k)) == 0;
        if (is_same)
            return true;
    }
    return false;
}

static enum rc create_key(struct command *command, struct table_draft *draft,
                          const struct draft_key *key, struct error *err)
{
    bool is_primary = key->constraint->kind == CONSTRAINT_PRIMARY_KEY;
    size_t count = key_size(key);
    struct catalog_object *index = NULL;
    uint32_t *numbers = ARENA_ARRAY(command->arena, uint32_t, count + 1);
    struct index_wish wish = {
        .name = key->constraint->name,
        .is_unique = true,
        .is_primary = is_primary,
        .is_constraint = true,
        .nulls_not_distinct = key->constraint->nulls_not_distinct,
        .predicate_sql = "",
        .label = is_primary ? "pkey" : "key",
        .name_columns = is_primary ? NULL : joined_names(command->arena, key),
    };
    wish.parts.count = count;
    wish.parts.items = ARENA_ARRAY(command->arena, struct record_index_part, count + 1);
    for (size_t i = 0; i < count; i++) {
        numbers[i] = draft_column(draft, key_column(key, i))->number;
        wish.parts.items[i] =
            (struct record_index_part){.number = numbers[i], .expression_sql = ""};
    }
    if (wish.name != NULL)
        TRY(draft_check_name(draft, wish.name, err));
    TRY(index_create(command, draft->object, &wish, &index, err));
    struct record_constraint *constraint = draft_add_constraint(command, draft);
    constraint->name = index->name;
    constraint->kind = is_primary ? 'p' : 'u';
    constraint->columns = numbers;
    constraint->column_count = count;
    constraint->index_id = index->id;
    constraint->is_deferrable = key->constraint->is_deferrable;
    constraint->is_deferred = key->constraint->is_initially_deferred;
    return take_oid(command, &constraint->oid, err);
}

static enum rc create_keys(struct command *command, struct table_draft *draft,
                           bool primary, struct error *err)
{
    for (size_t i = 0; i < draft->key_count; i++) {
        bool is_primary = draft->keys[i].constraint->kind == CONSTRAINT_PRIMARY_KEY;
        if (is_primary == primary && !is_repeated(draft, i))
            TRY(create_key(command, draft, &draft->keys[i], err));
    }
    return RC_OK;
}

enum rc constraint_add_keys(struct command *command, struct table_draft *draft,
                            struct error *err)
{
    TRY(create_keys(command, draft, true, err));
    return create_keys(command, draft, false, err);
}

/* --- foreign keys ------------------------------------------------------------------ */

static enum rc remember_foreign(struct command *command, struct table_draft *draft,
                                const struct ast_constraint *written, const char *column,
                                struct error *err)
{
    if (written->match == FOREIGN_MATCH_PARTIAL)
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "MATCH PARTIAL not yet implemented");
    if (written->set_columns.count > 0)
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "a column list with ON DELETE SET is not supported");
    if (draft->foreign_count == draft->foreign_room) {
        size_t room = draft->foreign_room * 2 + 4;
        const struct ast_constraint **wider =
            ARENA_ARRAY(command->arena, const struct ast_constraint *, room);
        const char **columns = ARENA_ARRAY(command->arena, const char *, room);
        for (size_t i = 0; i < draft->foreign_count; i++) {
            wider[i] = draft->foreign[i];
            columns[i] = draft->foreign_columns[i];
        }
        draft->foreign = wider;
        draft->foreign_columns = columns;
        draft->foreign_room = room;
    }
    draft->foreign[draft->foreign_count] = written;
    draft->foreign_columns[draft->foreign_count++] = column;
    return RC_OK;
}

static struct ast_column_list own_columns(const struct ast_constraint *written,
                                          const char **column)
{
    return *column == NULL ? written->columns : (struct ast_column_list){column, 1};
}

static enum rc find_numbers(struct command *command, const struct table_draft *draft,
                            const struct ast_column_list *names, uint32_t **numbers_out,
                            struct error *err)
{
    *numbers_out = ARENA_ARRAY(command->arena, uint32_t, names->count + 1);
    for (size_t i = 0; i < names->count; i++) {
        const struct record_column *column = draft_column(draft, names->items[i]);
        if (column == NULL)
            return error_set(err, SQLSTATE_UNDEFINED_COLUMN,
                             "column \"%s\" referenced in foreign key constraint does "
                             "not exist",
                             names->items[i]);
        (*numbers_out)[i] = column->number;
    }
    return RC_OK;
}

/* The same columns in any order. */
static bool has_same_columns(const struct record_constraint *key, const uint32_t *numbers,
                             size_t count)
{
    if (key->column_count != count)
        return false;
    for (size_t i = 0; i < count; i++) {
        bool found = false;
        for (size_t k = 0; k < count; k++)
            found = found || key->columns[k] == numbers[i];
        if (!found)
            return false;
    }
    return true;
}

static enum rc use_primary(struct command *command, const struct table_draft *other,
                           struct record_constraint *constraint, struct error *err)
{
    const struct record_constraints *list = &other->object->table.constraints;
    (void)command;
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].kind != 'p')
            continue;
        if (list->items[i].column_count != constraint->column_count)
            return error_set(err, SQLSTATE_INVALID_FOREIGN_KEY,
                             "number of referencing and referenced columns for foreign "
                             "key disagree");
        constraint->foreign_columns = list->items[i].columns;
        constraint->index_id = list->items[i].index_id;
        return RC_OK;
    }
    return error_set(err, SQLSTATE_UNDEFINED_OBJECT,
                     "there is no primary key for referenced table \"%s\"",
                     other->object->name);
}

/* A unique index that is no constraint serves too, when it is whole and has only columns.
 */
static enum rc use_index(struct command *command, const struct table_draft *other,
                         struct record_constraint *constraint, bool *found,
                         struct error *err)
{
    const struct table *table = NULL;
    TRY(relation_load_table(command, other->object->id, &table, err));
    for (size_t i = 0; !*found && i < table->index_count; i++) {
        const struct table_index *index = &table->indexes[i];
        struct record_constraint key = {.column_count = index->part_count};
        bool is_fit = index->is_unique && index->predicate_sql[0] == '\0';
        key.columns = ARENA_ARRAY(command->arena, uint32_t, index->part_count + 1);
        for (size_t k = 0; is_fit && k < index->part_count; k++) {
            is_fit = index->parts[k].place != UINT32_MAX;
            if (is_fit)
                key.columns[k] = table->columns[index->parts[k].place].number;
        }
        if (is_fit && has_same_columns(&key, constraint->foreign_columns,
                                       constraint->column_count)) {
            constraint->index_id = index->id;
            *found = true;
        }
    }
    return RC_OK;
}

static enum rc use_written(struct command *command, const struct table_draft *other,
                           const struct ast_constraint *written,
                           struct record_constraint *constraint, struct error *err)
{
    const struct record_constraints *list = &other->object->table.constraints;
    bool found = false;
    if (written->referenced.count != constraint->column_count)
        return error_set(err, SQLSTATE_INVALID_FOREIGN_KEY,
                         "number of referencing and referenced columns for foreign key "
                         "disagree");
    TRY(find_numbers(command, other, &written->referenced, &constraint->foreign_columns,
                     err));
    for (size_t i = 0; !found && i < list->count; i++) {
        const struct record_constraint *key = &list->items[i];
        found =
            (key->kind == 'p' || key->kind == 'u') &&
            has_same_columns(key, constraint->foreign_columns, constraint->column_count);
        if (found)
            constraint->index_id = key->index_id;
    }
    if (!found)
        TRY(use_index(command, other, constraint, &found, err));
    if (found)
        return RC_OK;
    return error_set(err, SQLSTATE_INVALID_FOREIGN_KEY,
                     "there is no unique constraint matching given keys for referenced "
                     "table \"%s\"",
                     other->object->name);
}

static const struct record_column *numbered(const struct table_draft *draft,
                                            uint32_t number)
{
    const struct record_columns *columns = &draft->object->table.columns;
    for (size_t i = 0; i < columns->count; i++) {
        if (columns->items[i].number == number)
            return &columns->items[i];
    }
    return NULL;
}

/* Each pair must have an "=" without an explicit cast. */
static enum rc check_types(struct command *command, const struct table_draft *draft,
                           const struct table_draft *other,
                           const struct record_constraint *constraint, struct error *err)
{
    for (size_t i = 0; i < constraint->column_count; i++) {
        const struct record_column *mine = numbered(draft, constraint->columns[i]);
        const struct record_column *theirs =
            numbered(other, constraint->foreign_columns[i]);
        const struct type *from = type_find_oid(mine->type_oid);
        const struct type *to = type_find_oid(theirs->type_oid);
        if (from == to || cast_find(from, to, CAST_IMPLICIT, NULL) != CAST_NONE ||
            (from->category == 'N' && to->category == 'N'))
            continue;
        error_set(err, SQLSTATE_DATATYPE_MISMATCH,
                  "foreign key constraint \"%s\" cannot be implemented",
                  constraint->name);
        return error_detail(err,
                            "Key columns \"%s\" and \"%s\" are of incompatible types: %s "
                            "and %s.",
                            mine->name, theirs->name, type_title(command->arena, from),
                            type_title(command->arena, to));
    }
    return RC_OK;
}

static char action_letter(enum ast_foreign_action action)
{
    static const char letters[] = {[FOREIGN_NO_ACTION] = 'a',
                                   [FOREIGN_RESTRICT] = 'r',
                                   [FOREIGN_CASCADE] = 'c',
                                   [FOREIGN_SET_NULL] = 'n',
                                   [FOREIGN_SET_DEFAULT] = 'd'};
    return letters[action];
}

/* The referenced table as a draft: our own when it refers to itself. */
static enum rc open_other(struct command *command, struct table_draft *draft,
                          const struct ast_constraint *written, struct table_draft *out,
                          struct error *err)
{
    struct catalog_object *object = NULL;
    TRY(relation_require(command, &written->references, &object, err));
    if (object->kind != OBJECT_KIND_TABLE)
        return error_set(err, SQLSTATE_WRONG_OBJECT_TYPE,
                         "referenced relation \"%s\" is not a table", object->name);
    *out = (struct table_draft){.object = object, .schema = object->parent_id};
    if (catalog_id_equal(object->id, draft->object->id))
        out->object = draft->object;
    if (object->table.is_temporary && !draft->object->table.is_temporary)
        return error_set(err, SQLSTATE_INVALID_TABLE_DEFINITION,
                         "constraints on permanent tables may reference only permanent "
                         "tables");
    if (!object->table.is_temporary && draft->object->table.is_temporary)
        return error_set(err, SQLSTATE_INVALID_TABLE_DEFINITION,
                         "constraints on temporary tables may reference only temporary "
                         "tables");
    return RC_OK;
}

static const char *foreign_label_columns(struct arena *arena,
                                         const struct ast_column_list *columns)
{
    const char *text = "";
    for (size_t i = 0; i < columns->count && strlen(text) < TYPE_NAME_MAX; i++)
        text = arena_printf(arena, "%s%s%s", text, i == 0 ? "" : "_", columns->items[i]);
    return text;
}

static enum rc add_foreign(struct command *command, struct table_draft *draft,
                           const struct ast_constraint *written, const char *column,
                           struct error *err)
{
    struct ast_column_list own = own_columns(written, &column);
    struct record_constraint made = {.kind = 'f', .expression_sql = ""};
    struct table_draft other;
    TRY(open_other(command, draft, written, &other, err));
    made.column_count = own.count;
    made.table_id = other.object->id;
    TRY(find_numbers(command, draft, &own, &made.columns, err));
    TRY(name_constraint(command, draft, written,
                        foreign_label_columns(command->arena, &own), &made.name, err));
    if (written->referenced.count == 0)
        TRY(use_primary(command, &other, &made, err));
    else
        TRY(use_written(command, &other, written, &made, err));
    TRY(check_types(command, draft, &other, &made, err));
    made.match = written->match == FOREIGN_MATCH_FULL ? 'f' : 's';
    made.on_update = action_letter(written->on_update);
    made.on_delete = action_letter(written->on_delete);
    made.is_deferrable = written->is_deferrable;
    made.is_deferred = written->is_initially_deferred;
    TRY(take_oid(command, &made.oid, err));
    *draft_add_constraint(command, draft) = made;
    return RC_OK;
}

enum rc constraint_add_foreign(struct command *command, struct table_draft *draft,
                               struct error *err)
{
    for (size_t i = 0; i < draft->foreign_count; i++)
        TRY(add_foreign(command, draft, draft->foreign[i], draft->foreign_columns[i],
                        err));
    return RC_OK;
}

enum rc constraint_add(struct command *command, struct table_draft *draft,
                       const struct ast_constraint *constraint, const char *column,
                       struct error *err)
{
    switch ((int)constraint->kind) {
    case CONSTRAINT_CHECK:
        return add_check(command, draft, constraint, err);
    case CONSTRAINT_PRIMARY_KEY:
    case CONSTRAINT_UNIQUE:
        return add_key(command, draft, constraint, column, err);
    case CONSTRAINT_FOREIGN_KEY:
        return remember_foreign(command, draft, constraint, column, err);
    default:
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "exclusion constraints are not supported");
    }
}
