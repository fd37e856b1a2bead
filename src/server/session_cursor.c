/* Portals and cursors of a session: one list for DECLARE and for the extended protocol
 * (PostgreSQL 15 manual, DECLARE, FETCH, MOVE, CLOSE). */
#include "base/memory.h"
#include "server/cursor.h"
#include "server/session_internal.h"

struct portal *session_find_portal(const struct session *session, const char *name)
{
    return session->portals == NULL
               ? NULL
               : (struct portal *)map_find(session->portals, bytes_of_text(name));
}

void session_close_portal(struct session *session, const char *name)
{
    struct portal *old =
        session->portals == NULL
            ? NULL
            : (struct portal *)map_remove(session->portals, bytes_of_text(name));

    portal_free(&old);
}

void session_keep_portal(struct session *session, struct portal *portal)
{
    struct portal *old;

    if (session->portals == NULL)
        session->portals = map_new();
    portal->depth = session->savepoint_count;
    portal->created_us = session->statement_time;
    old = (struct portal *)map_put(session->portals, bytes_of_text(portal->name), portal);
    portal_free(&old);
}

/* Drops those for which goes() is true. */
static void sweep(struct session *session,
                  bool (*goes)(struct portal *portal, size_t depth), size_t depth)
{
    struct map *kept = NULL;
    size_t at = 0;
    void *value;

    if (session->portals == NULL)
        return;
    while (map_next(session->portals, &at, NULL, &value)) {
        struct portal *portal = (struct portal *)value;
        if (goes(portal, depth)) {
            portal_free(&portal);
            continue;
        }
        if (kept == NULL)
            kept = map_new();
        map_put(kept, bytes_of_text(portal->name), portal);
    }
    map_free(&session->portals);
    session->portals = kept;
}

static bool always_goes(struct portal *portal, size_t depth)
{
    (void)portal;
    (void)depth;
    return true;
}

static bool goes_with_transaction(struct portal *portal, size_t depth)
{
    return !portal->is_held && portal->depth >= depth;
}

/* What is to be held has its rows since its DECLARE. */
static bool goes_at_commit(struct portal *portal, size_t depth)
{
    (void)depth;
    if (!portal->is_held && (portal->options & CURSOR_HOLD) != 0)
        portal->is_held = true;
    if (portal->is_held)
        portal_set_transaction(portal, NULL);
    return !portal->is_held;
}

void session_close_portals(struct session *session)
{
    sweep(session, always_goes, 0);
}

void session_drop_portals(struct session *session, size_t depth)
{
    sweep(session, goes_with_transaction, depth);
}

void session_hold_portals(struct session *session)
{
    sweep(session, goes_at_commit, 0);
}

void session_flatten_portals(struct session *session)
{
    size_t at = 0;
    void *value;

    while (session->portals != NULL && map_next(session->portals, &at, NULL, &value)) {
        struct portal *portal = (struct portal *)value;
        if (portal->depth > session->savepoint_count)
            portal->depth = session->savepoint_count;
    }
}

void session_close_all_but(struct session *session, struct portal *running)
{
    bool is_listed = session_find_portal(session, running->name) == running;

    if (is_listed)
        map_remove(session->portals, bytes_of_text(running->name));
    session_close_portals(session);
    if (is_listed) {
        session->portals = map_new();
        map_put(session->portals, bytes_of_text(running->name), running);
    }
}

/* --- DECLARE ----------------------------------------------------------------------- */

static enum rc both(const char *one, const char *other, struct error *err)
{
    return error_set(err, SQLSTATE_INVALID_CURSOR_DEFINITION,
                     "cannot specify both %s and %s", one, other);
}

static enum rc not_for_update(const char *what, const char *detail, struct error *err)
{
    error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED, "%s ... FOR UPDATE is not supported",
              what);
    return error_detail(err, "%s", detail);
}

/* What the two words together, and locks, rule out. */
static enum rc check_options(const struct ast_declare_cursor *declare, struct error *err)
{
    static const char *const strengths[] = {"FOR KEY SHARE", "FOR SHARE",
                                            "FOR NO KEY UPDATE", "FOR UPDATE"};
    unsigned options = declare->options;

    if ((options & CURSOR_SCROLL) != 0 && (options & CURSOR_NO_SCROLL) != 0)
        return both("SCROLL", "NO SCROLL", err);
    if ((options & CURSOR_ASENSITIVE) != 0 && (options & CURSOR_INSENSITIVE) != 0)
        return both("ASENSITIVE", "INSENSITIVE", err);
    if (declare->query->lock_count == 0)
        return RC_OK;
    if ((options & CURSOR_HOLD) != 0)
        return not_for_update("DECLARE CURSOR WITH HOLD",
                              "Holdable cursors must be READ ONLY.", err);
    if ((options & CURSOR_SCROLL) != 0)
        return not_for_update("DECLARE SCROLL CURSOR",
                              "Scrollable cursors must be READ ONLY.", err);
    if ((options & CURSOR_INSENSITIVE) == 0)
        return RC_OK;
    error_set(err, SQLSTATE_INVALID_CURSOR_DEFINITION,
              "DECLARE INSENSITIVE CURSOR ... %s is not valid",
              strengths[declare->query->locks[0].strength]);
    return error_detail(err, "Insensitive cursors must be READ ONLY.");
}

static enum rc check_declare(struct session *session,
                             const struct ast_declare_cursor *declare, struct error *err)
{
    TRY(check_options(declare, err));
    if ((declare->options & CURSOR_HOLD) == 0 && !session_in_block(session))
        return error_set(err, SQLSTATE_NO_ACTIVE_SQL_TRANSACTION,
                         "DECLARE CURSOR can only be used in transaction blocks");
    if (session_find_portal(session, declare->name) != NULL)
        return error_set(err, SQLSTATE_DUPLICATE_CURSOR, "cursor \"%s\" already exists",
                         declare->name);
    return RC_OK;
}

/* Without SCROLL and NO SCROLL a cursor goes backwards where PostgreSQL's plan could. */
static bool plan_goes_back(const struct plan *plan)
{
    switch (plan->kind) {
    case PLAN_SYSTEM:
    case PLAN_VALUES:
    case PLAN_FUNCTION:
    case PLAN_SORT:
    case PLAN_MATERIALIZE:
    case PLAN_COMMON:
        return true;
    case PLAN_FILTER:
    case PLAN_PROJECT:
    case PLAN_LIMIT:
        return plan->input_count > 0 && plan_goes_back(plan->inputs[0]);
    case PLAN_APPEND:
        for (size_t i = 0; i < plan->input_count; i++)
            if (!plan_goes_back(plan->inputs[i]))
                return false;
        return true;
    default:
        return false;
    }
}

static unsigned final_options(const struct ast_declare_cursor *declare,
                              const struct prepared *prepared)
{
    unsigned options = declare->options;

    if ((options & (CURSOR_SCROLL | CURSOR_NO_SCROLL)) != 0)
        return options;
    return options |
           (declare->query->lock_count == 0 && plan_goes_back(prepared->plan->root)
                ? CURSOR_SCROLL
                : CURSOR_NO_SCROLL);
}

static void copy_parameters(struct portal *cursor, const struct portal *outer)
{
    size_t count = outer->settings.parameter_count;

    cursor->parameters = ARENA_ARRAY(cursor->arena, struct value, count + 1);
    for (size_t i = 0; i < count; i++) {
        cursor->parameters[i] = outer->parameters[i];
        if (!outer->parameters[i].null)
            cursor->parameters[i].datum =
                type_copy(cursor->arena, outer->prepared->parameters.types[i],
                          outer->parameters[i].datum);
    }
    cursor->settings.parameters = cursor->parameters;
    cursor->settings.parameter_count = count;
}

static enum rc open_cursor(struct session *session, const struct portal *outer,
                           struct portal **cursor_out, struct error *err)
{
    const struct prepared *prepared = outer->prepared;
    const struct ast_declare_cursor *declare = prepared->statement->declare_cursor;
    struct prepared *query = NULL;
    struct prepared_source source = {
        .parsed = prepared->parsed,
        .statement = prepared->statement,
        .declared = prepared->parameters.types,
        .declared_count = prepared->parameters.count,
        .is_closed = prepared->parameters.is_closed,
        .is_cursor = true,
    };

    TRY(session_prepare(session, &source, &query, err));
    *cursor_out = session_portal(session, declare->name, query);
    (*cursor_out)->is_cursor = true;
    (*cursor_out)->options = final_options(declare, query);
    for (size_t i = 0; i < query->columns.count; i++)
        (*cursor_out)->formats[i] = (declare->options & CURSOR_BINARY) != 0
                                        ? PGWIRE_FORMAT_BINARY
                                        : PGWIRE_FORMAT_TEXT;
    copy_parameters(*cursor_out, outer);
    prepared_unref(&query);
    return RC_OK;
}

/* The rows are taken at once, from the snapshot of this statement, so that nothing which
 * is done later changes what the cursor shows. */
enum rc session_run_declare(struct session *session, struct portal *portal,
                            struct error *err)
{
    struct portal *cursor = NULL;
    enum rc rc;

    TRY(check_declare(session, portal->prepared->statement->declare_cursor, err));
    TRY(open_cursor(session, portal, &cursor, err));
    session_wait_begin(session); /* for a lock */
    rc = portal_keep(cursor, err);
    if (rc != RC_OK) {
        portal_free(&cursor);
        return rc;
    }
    session_keep_portal(session, cursor);
    return RC_OK;
}

/* --- FETCH, MOVE, CLOSE ------------------------------------------------------------ */

static enum rc require_cursor(const struct session *session, const char *name,
                              struct portal **cursor_out, struct error *err)
{
    *cursor_out = session_find_portal(session, name);
    if (*cursor_out != NULL)
        return RC_OK;
    return error_set(err, SQLSTATE_INVALID_CURSOR_NAME, "cursor \"%s\" does not exist",
                     name);
}

static struct value *copy_row(struct portal *portal, const struct portal *cursor,
                              size_t row)
{
    const struct bound_columns *columns = &cursor->prepared->columns;
    struct value *copy = ARENA_ARRAY(portal->arena, struct value, columns->count + 1);

    for (size_t i = 0; i < columns->count; i++) {
        copy[i] = cursor->rows[row][i];
        if (!copy[i].null)
            copy[i].datum =
                type_copy(portal->arena, columns->items[i].type, copy[i].datum);
    }
    return copy;
}

static void copy_rows(struct portal *portal, const struct portal *cursor,
                      const struct cursor_range *range)
{
    const struct value **rows =
        ARENA_ARRAY(portal->arena, const struct value *, range->count + 1);

    for (size_t i = 0; i < range->count; i++)
        rows[i] = copy_row(portal, cursor,
                           range->is_backward ? range->first - i : range->first + i);
    portal_give_rows(portal, rows, range->count);
}

/* Where the portal stands: it also serves the protocol's Execute, by `at`. */
static void place_portal(struct portal *portal, const struct cursor *cursor)
{
    portal->is_done = cursor->position > cursor->total;
    portal->at = portal->is_done ? cursor->total : cursor->position;
}

enum rc session_run_fetch(struct session *session, struct portal *portal,
                          struct error *err)
{
    const struct ast_statement *statement = portal->prepared->statement;
    bool is_move = statement->kind == STATEMENT_MOVE;
    struct portal *source = NULL;
    struct cursor_range range;
    struct cursor cursor;

    TRY(require_cursor(session, statement->fetch->cursor, &source, err));
    if (source->has_failed ||
        (!source->has_rows && source->prepared->kind != PREPARED_QUERY))
        return error_set(err, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE,
                         "portal \"%s\" cannot be run", source->name);
    if (!source->has_rows)
        TRY(portal_keep(source, err));
    cursor.total = source->rows_count;
    cursor.position = source->at + (source->is_done ? 1 : 0);
    cursor.may_scroll = (source->options & CURSOR_SCROLL) != 0;
    source->has_failed = true;
    TRY(cursor_move(&cursor, statement->fetch, is_move, &range, err));
    if (range.ran_out && source->failure != NULL) {
        *err = *source->failure;
        return RC_FAILED;
    }
    source->has_failed = false;
    place_portal(source, &cursor);
    portal->command.tag =
        arena_printf(portal->arena, "%s %zu", is_move ? "MOVE" : "FETCH", range.count);
    if (!is_move)
        copy_rows(portal, source, &range);
    return RC_OK;
}

/* What a FETCH will yield, as far as its cursor is there. */
void session_describe_fetch(const struct session *session, struct prepared *prepared)
{
    const struct portal *cursor =
        session_find_portal(session, prepared->statement->fetch->cursor);

    if (prepared->statement->kind == STATEMENT_FETCH && cursor != NULL)
        prepared_set_columns(prepared, &cursor->prepared->columns);
}

/* The simple protocol has the formats of the cursor: BINARY, or text. */
void session_format_fetch(const struct session *session, struct portal *portal)
{
    const struct portal *cursor =
        session_find_portal(session, portal->prepared->statement->fetch->cursor);

    for (size_t i = 0;
         cursor != NULL && cursor->is_cursor && i < portal->prepared->columns.count &&
         i < cursor->prepared->columns.count;
         i++)
        portal->formats[i] = cursor->formats[i];
}

enum rc session_run_close(struct session *session, struct portal *portal,
                          struct error *err)
{
    const char *name = portal->prepared->statement->close_cursor;
    struct portal *cursor = NULL;

    if (name == NULL) {
        session_close_all_but(session, portal);
        portal->command.tag = "CLOSE CURSOR ALL";
        return RC_OK;
    }
    TRY(require_cursor(session, name, &cursor, err));
    if (cursor == portal)
        return error_set(err, SQLSTATE_INVALID_CURSOR_STATE,
                         "cannot drop active portal \"%s\"", name);
    session_close_portal(session, name);
    return RC_OK;
}
