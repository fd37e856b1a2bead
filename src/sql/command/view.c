/* CREATE VIEW. */
#include "base/error.h"
#include "sql/bind/binder.h"
#include "sql/command/table_internal.h"
#include "sql/parse/scan.h"

/* The query's own text: what stands behind the first AS outside of parentheses. */
static enum rc query_text(struct command *command, const char **text_out,
                          struct error *err)
{
    struct bytes text = command->context->surroundings.text;
    struct ast_span span = command->statement->span;
    struct scan scan;
    size_t depth = 0;
    if (span.to > text.len || span.from > span.to)
        return error_set(err, SQLSTATE_INTERNAL_ERROR, "the view's text is not at hand");
    text = bytes_of(text.at + span.from, span.to - span.from);
    TRY(sql_scan(command->arena, text, &scan, err));
    for (size_t i = 0; i < scan.count; i++) {
        depth += scan.tokens[i].kind == TOKEN_LEFT_PAREN ? 1 : 0;
        depth -= scan.tokens[i].kind == TOKEN_RIGHT_PAREN && depth > 0 ? 1 : 0;
        if (depth > 0 || !sql_token_is(&scan, i, "as") || i + 1 >= scan.count)
            continue;
        uint32_t from = scan.tokens[i + 1].from;
        uint32_t to = scan.tokens[scan.count - 1].to;
        *text_out =
            arena_strndup(command->arena, (const char *)text.at + from, to - from);
        return RC_OK;
    }
    return error_set(err, SQLSTATE_INTERNAL_ERROR, "the view's text has no query");
}

static enum rc bind(struct command *command, const struct ast_query *query,
                    struct bind_uses *uses, const struct bound_query **bound_out,
                    struct error *err)
{
    struct bind_surroundings surroundings = command->context->surroundings;
    struct bind_parameters none = {.is_closed = true};
    surroundings.parameters = &none;
    surroundings.uses = uses;
    return bind_query(command->arena, &surroundings, query, bound_out, err);
}

/* Names of the columns: those given, then the query's. */
static enum rc read_columns(struct command *command, const struct ast_column_list *given,
                            const struct bound_columns *columns,
                            struct record_columns *out, struct error *err)
{
    if (given->count > columns->count)
        return error_set(err, SQLSTATE_SYNTAX_ERROR,
                         "CREATE VIEW specifies more column names than columns");
    out->items = ARENA_ARRAY(command->arena, struct record_column, columns->count + 1);
    out->count = columns->count;
    for (size_t i = 0; i < columns->count; i++) {
        const struct bound_column *from = &columns->items[i];
        out->items[i] = (struct record_column){
            .number = (uint32_t)i + 1,
            .name = i < given->count ? given->items[i] : from->name,
            .type_oid = from->type->oid,
            .typmod = from->typmod,
            .default_sql = "",
        };
        for (size_t k = 0; k < i; k++) {
            if (strcmp(out->items[i].name, out->items[k].name) == 0)
                return error_set(err, SQLSTATE_DUPLICATE_COLUMN,
                                 "column \"%s\" specified more than once",
                                 out->items[i].name);
        }
        if (from->type->kind == 'p')
            return error_set(err, SQLSTATE_INVALID_TABLE_DEFINITION,
                             "column \"%s\" has pseudo-type %s", out->items[i].name,
                             type_title(command->arena, from->type));
    }
    return RC_OK;
}

static void read_source(struct command *command, const struct bind_use *use,
                        struct record_source *out)
{
    static const struct record_columns none = {NULL, 0};
    const struct record_columns *columns = &none;
    if (use->object->kind == OBJECT_KIND_TABLE)
        columns = &use->object->table.columns;
    if (use->object->kind == OBJECT_KIND_VIEW)
        columns = &use->object->view.columns;
    out->schema = use->schema == NULL ? "" : use->schema;
    out->name = use->name;
    out->id = use->object->id;
    out->numbers = ARENA_ARRAY(command->arena, uint32_t, columns->count + 1);
    out->names = ARENA_ARRAY(command->arena, const char *, columns->count + 1);
    for (size_t i = 0; i < columns->count; i++) {
        if (columns->items[i].is_dropped)
            continue;
        out->numbers[out->column_count] = columns->items[i].number;
        out->names[out->column_count++] = columns->items[i].name;
    }
}

static struct catalog_ids read_sources(struct command *command,
                                       const struct bind_uses *uses,
                                       struct record_view *record, bool *is_temporary)
{
    struct catalog_ids ids = {NULL, 0};
    record->sources.count = uses->count;
    record->sources.items =
        ARENA_ARRAY(command->arena, struct record_source, uses->count + 1);
    for (size_t i = 0; i < uses->count; i++) {
        read_source(command, &uses->items[i], &record->sources.items[i]);
        ids_add(command->arena, &ids, uses->items[i].object->id);
        *is_temporary = *is_temporary || relation_is_temporary(uses->items[i].object);
    }
    return ids;
}

static enum rc check_form(const struct ast_create_view *create, struct error *err)
{
    if (create->check_option != CHECK_OPTION_NONE)
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "WITH CHECK OPTION is not supported");
    if (create->options.count > 0)
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "options of a view are not supported");
    if (create->query->kind == QUERY_SELECT && create->query->select.into.count > 0)
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "views must not contain SELECT INTO");
    return RC_OK;
}

/* What stands stays; columns may only be added behind it. */
static enum rc check_replaced(struct command *command, const struct catalog_object *old,
                              const struct record_columns *columns, struct error *err)
{
    if (old->kind != OBJECT_KIND_VIEW)
        return error_set(err, SQLSTATE_WRONG_OBJECT_TYPE, "\"%s\" is not a view",
                         old->name);
    TRY(relation_require_owner(command, old, err));
    if (columns->count < old->view.columns.count)
        return error_set(err, SQLSTATE_INVALID_TABLE_DEFINITION,
                         "cannot drop columns from view");
    for (size_t i = 0; i < old->view.columns.count; i++) {
        const struct record_column *from = &old->view.columns.items[i];
        const struct record_column *to = &columns->items[i];
        if (strcmp(from->name, to->name) != 0) {
            error_set(err, SQLSTATE_INVALID_TABLE_DEFINITION,
                      "cannot change name of view column \"%s\" to \"%s\"", from->name,
                      to->name);
            return error_hint(err, "Use ALTER VIEW ... RENAME COLUMN ... to change name "
                                   "of view column instead.");
        }
        if (from->type_oid != to->type_oid)
            return error_set(
                err, SQLSTATE_INVALID_TABLE_DEFINITION,
                "cannot change data type of view column \"%s\" from %s to %s", from->name,
                type_title(command->arena, type_find_oid(from->type_oid)),
                type_title(command->arena, type_find_oid(to->type_oid)));
    }
    return RC_OK;
}

static enum rc store(struct command *command, const struct ast_create_view *create,
                     const struct command_place *place, const struct record_view *record,
                     const struct catalog_ids *ids, struct error *err)
{
    struct catalog_object *object = relation_new(command, OBJECT_KIND_VIEW, place);
    struct catalog_object *old = NULL;
    struct catalog_place name = {place->schema->id, CATALOG_CLASS_ITEM, place->name};
    enum rc rc = RC_NOTFOUND;
    if (create->or_replace)
        rc = catalog_find(command->transaction, &name, command->arena, &old, err);
    if (rc == RC_NOTFOUND) {
        object->view = *record;
        return catalog_create(command->transaction, object, ids->items, ids->count, err);
    }
    TRY(rc);
    TRY(check_replaced(command, old, &record->columns, err));
    old->view = *record;
    return catalog_update(command->transaction, old, ids->items, ids->count, err);
}

enum rc command_create_view(struct command *command, struct error *err)
{
    const struct ast_create_view *create = command->statement->create_view;
    const struct catalog_path *path = command->context->surroundings.path;
    const struct bound_query *bound = NULL;
    struct bind_uses uses = {NULL, 0};
    struct record_view record = {.query_sql = ""};
    struct command_place place;
    bool is_temporary = create->persistence == PERSISTENCE_TEMPORARY;
    TRY(check_form(create, err));
    TRY(bind(command, create->query, &uses, &bound, err));
    TRY(read_columns(command, &create->columns, &bound->columns, &record.columns, err));
    struct catalog_ids ids = read_sources(command, &uses, &record, &is_temporary);
    if (is_temporary && create->persistence != PERSISTENCE_TEMPORARY)
        command_notice(command, COMMAND_NOTICE, SQLSTATE_SUCCESSFUL_COMPLETION,
                       arena_printf(command->arena,
                                    "view \"%s\" will be a temporary view",
                                    create->name.parts[create->name.count - 1]),
                       NULL);
    TRY(relation_place(command, &create->name,
                       is_temporary ? PERSISTENCE_TEMPORARY : create->persistence,
                       create->if_not_exists || create->or_replace, &place, err));
    if (place.exists && !create->or_replace)
        return RC_OK;
    command->notice_count -= place.exists ? 1 : 0; /* it is replaced, not skipped */
    TRY(query_text(command, &record.query_sql, err));
    record.path = (struct record_texts){
        ARENA_ARRAY(command->arena, const char *, path->schema_count + 1),
        path->schema_count};
    for (size_t i = 0; i < path->schema_count; i++)
        record.path.items[i] = path->schemas[i];
    record.is_temporary = is_temporary;
    return store(command, create, &place, &record, &ids, err);
}
