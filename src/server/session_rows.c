/* Rows that tell of the session itself: pg_prepared_statements and pg_cursors. */
#include "catalog/relation_row.h"
#include "server/session_internal.h"
#include "server/time.h"
#include "sql/parse/redact.h"

static const char *types_text(struct arena *arena, const struct bind_parameters *types)
{
    const char *text = "{";

    for (size_t i = 0; i < types->count; i++)
        text = arena_printf(arena, "%s%s%u", text, i == 0 ? "" : ",",
                            (unsigned)types->types[i]->oid);
    return arena_printf(arena, "%s}", text);
}

static void fill_statement(struct relation_row *row, const char *name,
                           const struct session_statement *statement)
{
    const struct prepared *prepared = statement->prepared;

    relation_add_text(row, name);
    relation_add_text(row, sql_redact(row->arena, prepared->parsed->text));
    relation_add_number(row, statement->prepared_us + TIME_2000_US);
    relation_add_text(row, types_text(row->arena, &prepared->parameters));
    relation_add_boolean(row, statement->from_sql);
    relation_add_number(row, (int64_t)statement->use_count);
    relation_add_number(row, 0); /* a plan never depends on the parameters */
}

static enum rc statement_rows(const struct session *session,
                              const struct system_scan *scan, struct error *err)
{
    struct relation_row row = relation_row_open(scan);
    struct bytes name;
    size_t at = 0;
    void *value;
    enum rc rc = RC_OK;

    while (rc == RC_OK && session->statements != NULL &&
           map_next(session->statements, &at, &name, &value)) {
        fill_statement(&row, arena_strndup(row.arena, (const char *)name.at, name.len),
                       (const struct session_statement *)value);
        rc = relation_row_send(&row, err);
    }
    relation_row_close(&row);
    return rc;
}

static void fill_cursor(struct relation_row *row, const struct portal *portal)
{
    relation_add_text(row, portal->name);
    relation_add_text(row, sql_redact(row->arena, portal->prepared->parsed->text));
    relation_add_boolean(row, (portal->options & CURSOR_HOLD) != 0);
    relation_add_boolean(row, (portal->options & CURSOR_BINARY) != 0);
    relation_add_boolean(row, (portal->options & CURSOR_SCROLL) != 0);
    relation_add_number(row, portal->created_us + TIME_2000_US);
}

static enum rc cursor_rows(const struct session *session, const struct system_scan *scan,
                           struct error *err)
{
    struct relation_row row = relation_row_open(scan);
    size_t at = 0;
    void *value;
    enum rc rc = RC_OK;

    while (rc == RC_OK && session->portals != NULL &&
           map_next(session->portals, &at, NULL, &value)) {
        fill_cursor(&row, (const struct portal *)value);
        rc = relation_row_send(&row, err);
    }
    relation_row_close(&row);
    return rc;
}

enum rc session_own_rows(const struct session *session,
                         const struct system_relation *relation,
                         const struct system_scan *scan, bool *is_known_out,
                         struct error *err)
{
    *is_known_out = true;
    if (strcmp(relation->name, "pg_prepared_statements") == 0)
        return statement_rows(session, scan, err);
    if (strcmp(relation->name, "pg_cursors") == 0)
        return cursor_rows(session, scan, err);
    *is_known_out = false;
    return RC_OK;
}
