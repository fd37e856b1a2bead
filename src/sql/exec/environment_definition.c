/* pg_get_indexdef(), pg_get_constraintdef(), pg_get_serial_sequence(), pg_get_expr(): the
 * forms of PostgreSQL's ruleutils.c. */
#include <stdlib.h>

#include "sql/exec/environment_internal.h"
#include "sql/parse/print.h"

enum { DEFINITION_MAX = 1 << 20 };

static enum rc put(struct call *call, struct buffer *text, struct value *result,
                   struct error *err)
{
    bool failed = buffer_failed(text);
    result->datum.bytes = arena_bytes(call->arena, buffer_bytes(text));
    buffer_fini(text);
    if (failed)
        return error_set(err, SQLSTATE_PROGRAM_LIMIT_EXCEEDED,
                         "the definition is too large");
    return RC_OK;
}

static const char *column_name(const struct catalog_object *table, uint32_t number)
{
    for (size_t i = 0; i < table->table.columns.count; i++) {
        if (table->table.columns.items[i].number == number)
            return table->table.columns.items[i].name;
    }
    return "";
}

/* The relation's name as the session may write it. */
static void add_relation(const struct session_environment *session,
                         const struct catalog_object *object, bool always_qualified,
                         struct arena *arena, struct buffer *out)
{
    struct environment_item item = {0};
    struct error ignored;
    if (environment_item_by_oid(session, object->oid, arena, &item, &ignored) == RC_OK &&
        (always_qualified || !environment_item_is_visible(session, &item, arena))) {
        sql_print_identifier(out, item.schema);
        buffer_add_u8(out, '.');
    }
    sql_print_identifier(out, object->name);
}

/* Without the parentheses around all of it, which "pretty" texts do not have. */
static const char *plain(struct arena *arena, const char *sql, bool is_pretty)
{
    size_t len = strlen(sql);
    int depth = 0;
    bool quoted = false;
    if (!is_pretty || len < 2 || sql[0] != '(' || sql[len - 1] != ')')
        return sql;
    for (size_t i = 0; i < len; i++) {
        quoted = quoted != (sql[i] == '\'' || sql[i] == '"');
        depth += !quoted && sql[i] == '(' ? 1 : 0;
        depth -= !quoted && sql[i] == ')' ? 1 : 0;
        if (depth == 0 && i + 1 < len)
            return sql; /* the first one closes before the end */
    }
    return arena_strndup(arena, sql + 1, len - 2);
}

/* '20007'::regclass, as it is stored, with the name in the place of the OID. */
static void add_expression(struct session_environment *session, const char *sql,
                           struct buffer *out)
{
    static const char mark[] = "'::regclass";
    const char *at = sql;
    for (;;) {
        const char *found = strstr(at, mark);
        const char *digits = found;
        while (found != NULL && digits > at && digits[-1] >= '0' && digits[-1] <= '9')
            digits--;
        if (found == NULL)
            break;
        buffer_add(out, bytes_of((const uint8_t *)at, (size_t)(digits - at)));
        if (digits == found ||
            !environment_reg_name(session, TYPE_REGCLASS,
                                  (uint32_t)strtoul(digits, NULL, 10), out))
            buffer_add(out, bytes_of((const uint8_t *)digits, (size_t)(found - digits)));
        buffer_add_text(out, mark);
        at = found + sizeof mark - 1;
    }
    buffer_add_text(out, at);
}

ENVIRONMENT_ROW(pg_get_expr)
{
    struct buffer text;
    struct bytes sql = arguments[0].datum.bytes;
    bool is_pretty = call->argument_count > 2 && arguments[2].datum.boolean;
    const char *stored = arena_strndup(call->arena, (const char *)sql.at, sql.len);
    buffer_init(&text, DEFINITION_MAX);
    add_expression(session, plain(call->arena, stored, is_pretty), &text);
    return put(call, &text, result, err);
}

/* An expression that is no mere call stands in parentheses. */
static void add_part(struct session_environment *session,
                     const struct catalog_object *table,
                     const struct record_index_part *part, struct buffer *out)
{
    bool is_bare = false;
    if (part->number != 0) {
        sql_print_identifier(out, column_name(table, part->number));
        return;
    }
    size_t len = strlen(part->expression_sql);
    const char *open = strchr(part->expression_sql, '(');
    is_bare = open != NULL && open != part->expression_sql && len > 0 &&
              part->expression_sql[len - 1] == ')' &&
              strspn(part->expression_sql, "abcdefghijklmnopqrstuvwxyz0123456789_") ==
                  (size_t)(open - part->expression_sql);
    buffer_add_text(out, is_bare ? "" : "(");
    add_expression(session, part->expression_sql, out);
    buffer_add_text(out, is_bare ? "" : ")");
}

static void add_order(const struct record_index_part *part, struct buffer *out)
{
    if (part->is_descending)
        buffer_add_text(out, part->nulls_first ? " DESC" : " DESC NULLS LAST");
    else
        buffer_add_text(out, part->nulls_first ? " NULLS FIRST" : "");
}

/* `table`'s name comes with its schema unless the text is pretty. */
static void add_index(struct session_environment *session, const struct call *call,
                      const struct catalog_object *index,
                      const struct catalog_object *table, bool is_pretty,
                      struct buffer *out)
{
    const struct record_index *record = &index->index;
    buffer_printf(out, "CREATE %sINDEX ", record->is_unique ? "UNIQUE " : "");
    sql_print_identifier(out, index->name);
    buffer_add_text(out, " ON ");
    add_relation(session, table, !is_pretty, call->arena, out);
    buffer_add_text(out, " USING btree (");
    for (size_t i = 0; i < record->parts.count; i++) {
        buffer_add_text(out, i == 0 ? "" : ", ");
        add_part(session, table, &record->parts.items[i], out);
        add_order(&record->parts.items[i], out);
    }
    buffer_printf(out, ")%s", record->nulls_not_distinct ? " NULLS NOT DISTINCT" : "");
    if (record->predicate_sql[0] == '\0')
        return;
    buffer_add_text(out, " WHERE ");
    add_expression(session, plain(call->arena, record->predicate_sql, is_pretty), out);
}

ENVIRONMENT_ROW(pg_get_indexdef)
{
    struct catalog_object *index = NULL;
    struct catalog_object *table = NULL;
    struct buffer text;
    int32_t column = call->argument_count > 1 ? arguments[1].datum.int32 : 0;
    enum rc rc = catalog_object_by_oid(session->transaction, arguments[0].datum.oid,
                                       call->arena, &index, err);
    if (rc == RC_OK && index->kind == OBJECT_KIND_INDEX)
        rc = catalog_object_get(session->transaction, index->index.table_id, call->arena,
                                &table, err);
    result->null = rc == RC_NOTFOUND || (rc == RC_OK && table == NULL);
    if (result->null)
        return RC_OK;
    TRY(rc);
    buffer_init(&text, DEFINITION_MAX);
    if (column == 0)
        add_index(session, call, index, table,
                  call->argument_count > 2 && arguments[2].datum.boolean, &text);
    else if (column > 0 && (size_t)column <= index->index.parts.count)
        add_part(session, table, &index->index.parts.items[column - 1], &text);
    return put(call, &text, result, err);
}

/* --- constraints ------------------------------------------------------------------- */

/* A constraint is found by its OID, which only tables know. */
struct constraint_search {
    uint32_t oid;
    struct arena *arena;
    struct catalog_id table;
};

static enum rc search_table(void *argument, const struct catalog_object *object,
                            struct error *err)
{
    struct constraint_search *search = argument;
    (void)err;
    for (size_t i = 0; i < object->table.constraints.count; i++) {
        if (object->table.constraints.items[i].oid == search->oid)
            search->table = object->id;
    }
    return RC_OK;
}

static void add_columns(const struct catalog_object *table, const uint32_t *numbers,
                        size_t count, struct buffer *out)
{
    buffer_add_u8(out, '(');
    for (size_t i = 0; i < count; i++) {
        buffer_add_text(out, i == 0 ? "" : ", ");
        sql_print_identifier(out, column_name(table, numbers[i]));
    }
    buffer_add_u8(out, ')');
}

static const char *action(char letter)
{
    switch (letter) {
    case 'r':
        return "RESTRICT";
    case 'c':
        return "CASCADE";
    case 'n':
        return "SET NULL";
    case 'd':
        return "SET DEFAULT";
    default:
        return NULL;
    }
}

static enum rc add_foreign(struct session_environment *session,
                           const struct catalog_object *table,
                           const struct record_constraint *constraint,
                           struct arena *arena, struct buffer *out, struct error *err)
{
    struct catalog_object *other = NULL;
    const char *on_update = action(constraint->on_update);
    const char *on_delete = action(constraint->on_delete);
    TRY(catalog_object_get(session->transaction, constraint->table_id, arena, &other,
                           err));
    buffer_add_text(out, "FOREIGN KEY ");
    add_columns(table, constraint->columns, constraint->column_count, out);
    buffer_add_text(out, " REFERENCES ");
    add_relation(session, other, false, arena, out);
    add_columns(other, constraint->foreign_columns, constraint->column_count, out);
    buffer_add_text(out, constraint->match == 'f' ? " MATCH FULL" : "");
    if (on_update != NULL)
        buffer_printf(out, " ON UPDATE %s", on_update);
    if (on_delete != NULL)
        buffer_printf(out, " ON DELETE %s", on_delete);
    return RC_OK;
}

static enum rc add_constraint(struct session_environment *session,
                              const struct catalog_object *table,
                              const struct record_constraint *constraint,
                              const struct call *call, struct buffer *out,
                              struct error *err)
{
    struct arena *arena = call->arena;
    switch (constraint->kind) {
    case 'c':
        buffer_add_text(out, "CHECK (");
        add_expression(session,
                       plain(arena, constraint->expression_sql, call->argument_count > 1),
                       out);
        buffer_add_u8(out, ')');
        break;
    case 'f':
        TRY(add_foreign(session, table, constraint, arena, out, err));
        break;
    default:
        buffer_add_text(out, constraint->kind == 'p' ? "PRIMARY KEY " : "UNIQUE ");
        add_columns(table, constraint->columns, constraint->column_count, out);
        break;
    }
    buffer_add_text(out, constraint->is_deferrable ? " DEFERRABLE" : "");
    buffer_add_text(out, constraint->is_deferred ? " INITIALLY DEFERRED" : "");
    return RC_OK;
}

ENVIRONMENT_ROW(pg_get_constraintdef)
{
    struct constraint_search search = {arguments[0].datum.oid, call->arena, {0}};
    struct catalog_visit visit = {search_table, &search};
    struct catalog_object *table = NULL;
    struct buffer text;
    TRY(catalog_each(session->transaction, OBJECT_KIND_TABLE, &visit, err));
    result->null = !catalog_id_is_set(search.table);
    if (result->null)
        return RC_OK;
    TRY(catalog_object_get(session->transaction, search.table, call->arena, &table, err));
    buffer_init(&text, DEFINITION_MAX);
    for (size_t i = 0; i < table->table.constraints.count; i++) {
        const struct record_constraint *constraint = &table->table.constraints.items[i];
        enum rc rc = RC_OK;
        if (constraint->oid == search.oid)
            rc = add_constraint(session, table, constraint, call, &text, err);
        if (rc != RC_OK) {
            buffer_fini(&text);
            return rc;
        }
    }
    return put(call, &text, result, err);
}

/* pg_get_serial_sequence(table, column) */
ENVIRONMENT_ROW(pg_get_serial_sequence)
{
    struct environment_item item = {0};
    struct bytes column = arguments[1].datum.bytes;
    const char *name = arena_strndup(call->arena, (const char *)column.at, column.len);
    const struct record_column *found = NULL;
    struct catalog_object *sequence = NULL;
    struct buffer text;
    TRY(environment_item_by_name(session, arguments[0].datum.bytes, call->arena, &item,
                                 err));
    bool is_table = item.object != NULL && item.object->kind == OBJECT_KIND_TABLE;
    for (size_t i = 0; is_table && i < item.object->table.columns.count; i++) {
        const struct record_column *at = &item.object->table.columns.items[i];
        if (!at->is_dropped && strcmp(at->name, name) == 0)
            found = at;
    }
    if (found == NULL)
        return error_set(err, SQLSTATE_UNDEFINED_COLUMN,
                         "column \"%s\" of relation \"%s\" does not exist", name,
                         item.name);
    enum rc rc = RC_NOTFOUND;
    if (catalog_id_is_set(found->sequence_id))
        rc = catalog_object_get(session->transaction, found->sequence_id, call->arena,
                                &sequence, err);
    if (rc != RC_OK && rc != RC_NOTFOUND)
        return rc;
    result->null = rc == RC_NOTFOUND ||
                   !catalog_id_equal(sequence->sequence.table_id, item.object->id);
    if (result->null)
        return RC_OK;
    buffer_init(&text, DEFINITION_MAX);
    add_relation(session, sequence, true, call->arena, &text);
    return put(call, &text, result, err);
}
