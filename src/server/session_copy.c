/* COPY of a session: its target, and rows that go out (PostgreSQL 15 manual, COPY). */
#include "server/session_copy.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/memory.h"
#include "catalog/relation.h"
#include "sql/bind/table.h"
#include "sql/parse/print.h"

/* --- the target -------------------------------------------------------------------- */

static const char *part(const struct ast_name *name, size_t from_end)
{
    return name->count > from_end ? name->parts[name->count - 1 - from_end] : NULL;
}

static const char *quoted_name(struct arena *arena, const struct ast_name *name)
{
    const char *text = "";

    for (size_t i = 0; i < name->count; i++)
        text = arena_printf(arena, "%s%s%s", text, i == 0 ? "" : ".",
                            sql_quote_identifier(arena, name->parts[i]));
    return text;
}

static enum rc not_a_table(const struct ast_copy *copy, const char *what,
                           struct error *err)
{
    error_set(err, SQLSTATE_WRONG_OBJECT_TYPE, "cannot copy %s %s \"%s\"",
              copy->is_from ? "to" : "from", what, part(&copy->table, 0));
    if (copy->is_from && strcmp(what, "view") == 0)
        return error_hint(err, "To enable copying to a view, provide an INSTEAD OF "
                               "INSERT trigger.");
    if (!copy->is_from)
        return error_hint(err, "Try the COPY (SELECT ...) TO variant.");
    return RC_FAILED;
}

/* *table_out is NULL for a system relation; RC_OK also when there is no such relation,
 * which the statement that is made of it will say. */
static enum rc find_table(struct session *session, struct arena *arena,
                          const struct ast_copy *copy, const struct table **table_out,
                          struct error *err)
{
    struct catalog_name name = {part(&copy->table, 2), part(&copy->table, 1),
                                part(&copy->table, 0)};
    struct catalog_object *object = NULL;
    struct error ignored;

    error_clear(&ignored);
    if (catalog_resolve_item(session->transaction, &session->path, &name, arena, &object,
                             &ignored) != RC_OK)
        return RC_OK;
    switch (object->kind) {
    case OBJECT_KIND_TABLE:
        return table_load(arena, session->transaction, object, table_out, err);
    case OBJECT_KIND_VIEW:
        return not_a_table(copy, "view", err);
    case OBJECT_KIND_SEQUENCE:
        return not_a_table(copy, "sequence", err);
    default:
        return not_a_table(copy, "non-table relation", err);
    }
}

static enum rc check_listed(const struct ast_copy *copy, const struct table *table,
                            const struct prepared *all, size_t at, struct error *err)
{
    const char *name = copy->columns.items[at];
    bool is_there = false;

    for (size_t i = 0; i < all->columns.count && !is_there; i++)
        is_there = strcmp(all->columns.items[i].name, name) == 0;
    if (!is_there)
        return error_set(err, SQLSTATE_UNDEFINED_COLUMN,
                         "column \"%s\" of relation \"%s\" does not exist", name,
                         part(&copy->table, 0));
    for (size_t i = 0; table != NULL && i < table->column_count; i++) {
        if (strcmp(table->columns[i].name, name) != 0 ||
            table->columns[i].generated == '\0')
            continue;
        error_set(err, SQLSTATE_INVALID_COLUMN_REFERENCE,
                  "column \"%s\" is a generated column", name);
        return error_detail(err, "Generated columns cannot be used in COPY.");
    }
    for (size_t i = 0; i < at; i++)
        if (strcmp(copy->columns.items[i], name) == 0)
            return error_set(err, SQLSTATE_DUPLICATE_COLUMN,
                             "column \"%s\" specified more than once", name);
    return RC_OK;
}

static bool is_generated(const struct table *table, const char *name)
{
    for (size_t i = 0; table != NULL && i < table->column_count; i++)
        if (strcmp(table->columns[i].name, name) == 0)
            return table->columns[i].generated != '\0';
    return false;
}

static void add_column(struct copy_target *target, struct arena *arena,
                       const struct bound_column *column)
{
    target->names[target->count] = arena_strdup(arena, column->name);
    target->types[target->count] = column->type;
    target->typmods[target->count++] = column->typmod;
}

static void add_named(struct copy_target *target, struct arena *arena,
                      const struct prepared *all, const char *name)
{
    for (size_t i = 0; i < all->columns.count; i++)
        if (strcmp(all->columns.items[i].name, name) == 0)
            add_column(target, arena, &all->columns.items[i]);
}

static void make_room(struct copy_target *target, struct arena *arena, size_t count)
{
    target->names = ARENA_ARRAY(arena, const char *, count + 1);
    target->types = ARENA_ARRAY(arena, const struct type *, count + 1);
    target->typmods = ARENA_ARRAY(arena, int32_t, count + 1);
}

static enum rc choose_columns(struct arena *arena, const struct ast_copy *copy,
                              const struct table *table, const struct prepared *all,
                              struct copy_target *target, struct error *err)
{
    make_room(target, arena, all->columns.count + copy->columns.count);
    for (size_t i = 0; i < copy->columns.count; i++) {
        TRY(check_listed(copy, table, all, i, err));
        add_named(target, arena, all, copy->columns.items[i]);
    }
    for (size_t i = 0; copy->columns.count == 0 && i < all->columns.count; i++)
        if (!is_generated(table, all->columns.items[i].name))
            add_column(target, arena, &all->columns.items[i]);
    return RC_OK;
}

enum rc session_copy_target(struct session *session, struct arena *arena,
                            const struct ast_copy *copy, struct copy_target *target_out,
                            struct error *err)
{
    const struct table *table = NULL;
    struct copy_statement statement = {0};
    struct prepared *all = NULL;
    enum rc rc;

    *target_out = (struct copy_target){.table = part(&copy->table, 0),
                                       .relation = quoted_name(arena, &copy->table)};
    TRY(find_table(session, arena, copy, &table, err));
    statement.sql = arena_printf(arena, "SELECT * FROM ONLY %s", target_out->relation);
    TRY(session_copy_prepare(session, &statement, &all, err));
    rc = choose_columns(arena, copy, table, all, target_out, err);
    if (rc == RC_OK && copy->is_from && table == NULL)
        rc =
            error_set(err, SQLSTATE_INSUFFICIENT_PRIVILEGE,
                      "permission denied: \"%s\" is a system catalog", target_out->table);
    prepared_unref(&all);
    return rc;
}

/* The WHERE of `INSERT ... SELECT ... FROM (VALUES ...)`, or of a plain SELECT. */
static void put_where(struct ast_statement *statement, struct ast_expression *where)
{
    struct ast_query *query = statement->kind == STATEMENT_INSERT
                                  ? statement->insert->source
                                  : statement->query;

    query->select.where = where;
}

enum rc session_copy_prepare(struct session *session,
                             const struct copy_statement *statement,
                             struct prepared **prepared_out, struct error *err)
{
    struct parsed_text *parsed = NULL;
    struct prepared_source source = {.declared = statement->types,
                                     .declared_count = statement->type_count};
    enum rc rc;

    TRY(parsed_text_new(bytes_of_text(statement->sql), &parsed, err));
    if (statement->where != NULL)
        put_where(parsed->statements.items[0], statement->where);
    source.parsed = parsed;
    source.statement = parsed->statements.items[0];
    rc = session_prepare(session, &source, prepared_out, err);
    parsed_text_unref(&parsed);
    if (rc != RC_OK)
        err->position = 0; /* it was none of the client's text */
    return rc;
}

/* --- rows that go out -------------------------------------------------------------- */

static const char *column_list(struct arena *arena, const struct copy_target *target)
{
    const char *text = "";

    for (size_t i = 0; i < target->count; i++)
        text = arena_printf(arena, "%s%s%s", text, i == 0 ? "" : ", ",
                            sql_quote_identifier(arena, target->names[i]));
    return text;
}

static enum rc prepare_table(struct session *session, struct arena *arena,
                             const struct ast_copy *copy, struct prepared **prepared_out,
                             struct error *err)
{
    struct copy_statement statement = {0};
    struct copy_target target;

    TRY(session_copy_target(session, arena, copy, &target, err));
    statement.sql = arena_printf(arena, "SELECT %s FROM ONLY %s",
                                 column_list(arena, &target), target.relation);
    return session_copy_prepare(session, &statement, prepared_out, err);
}

static enum rc prepare_out(struct session *session, struct arena *arena,
                           const struct prepared *outer, struct prepared **prepared_out,
                           struct error *err)
{
    const struct ast_copy *copy = outer->statement->copy;
    struct prepared_source source = {.parsed = outer->parsed, .is_closed = true};

    if (copy->query == NULL)
        return prepare_table(session, arena, copy, prepared_out, err);
    source.statement = copy->query;
    TRY(session_prepare(session, &source, prepared_out, err));
    if (!(*prepared_out)->is_silent)
        return RC_OK;
    prepared_unref(prepared_out);
    return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                     "COPY query must have a RETURNING clause");
}

static enum rc set_writer(struct portal *portal, const struct ast_copy *source,
                          const struct copy_options *options, struct error *err)
{
    const struct bound_columns *columns = &portal->prepared->columns;
    struct portal_copy *copy = ARENA_NEW(portal->arena, struct portal_copy);
    const char **names = ARENA_ARRAY(portal->arena, const char *, columns->count + 1);
    const struct type **types =
        ARENA_ARRAY(portal->arena, const struct type *, columns->count + 1);
    bool *forced = ARENA_ARRAY(portal->arena, bool, columns->count + 1);
    struct copy_columns marked = {names, columns->count, part(&source->table, 0),
                                  source->columns.count > 0};

    for (size_t i = 0; i < columns->count; i++) {
        names[i] = columns->items[i].name;
        types[i] = columns->items[i].type;
        forced[i] = options->force_quote_all;
    }
    TRY(copy_mark_columns(&options->force_quote, "FORCE_QUOTE", &marked, forced, err));
    copy->options = *options;
    copy->writer = (struct copy_writer){&copy->options, types,          names,
                                        forced,         columns->count, &portal->types};
    portal_copy_out(portal, copy);
    return RC_OK;
}

static enum rc refuse_file(const struct ast_copy *copy, struct error *err)
{
    if (copy->is_program)
        error_set(err, SQLSTATE_INSUFFICIENT_PRIVILEGE,
                  "must be superuser or have privileges of the "
                  "pg_execute_server_program role to COPY to or from an external "
                  "program");
    else
        error_set(err, SQLSTATE_INSUFFICIENT_PRIVILEGE,
                  "must be superuser or have privileges of the pg_%s_server_files role "
                  "to COPY %s a file",
                  copy->is_from ? "read" : "write", copy->is_from ? "from" : "to");
    return error_hint(err, "Anyone can COPY to stdout or from stdin. psql's \\copy "
                           "command also works for anyone.");
}

static enum rc open_out(struct session *session, const char *name,
                        const struct prepared *outer, struct portal **portal_out,
                        struct error *err)
{
    struct copy_options options;
    struct arena *arena = arena_new("COPY", NULL);
    struct prepared *prepared = NULL;
    enum rc rc;

    rc = copy_options_read(outer->statement->copy, outer->parsed->text, &options, err);
    if (rc == RC_OK)
        rc = prepare_out(session, arena, outer, &prepared, err);
    arena_free(&arena);
    TRY(rc);
    *portal_out = session_portal(session, name, prepared);
    prepared_unref(&prepared);
    (*portal_out)->outer = parsed_text_ref(outer->parsed);
    rc = set_writer(*portal_out, outer->statement->copy, &options, err);
    if (rc != RC_OK)
        portal_free(portal_out);
    return rc;
}

enum rc session_open_copy(struct session *session, const char *name,
                          struct prepared *outer, struct portal **portal_out,
                          struct error *err)
{
    const struct ast_copy *copy = outer->statement->copy;

    if (copy->file != NULL)
        return refuse_file(copy, err);
    if (!copy->is_from)
        return open_out(session, name, outer, portal_out, err);
    *portal_out = session_portal(session, name, outer);
    return RC_OK;
}
