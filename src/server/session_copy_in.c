/* COPY FROM STDIN: the client's bytes become rows, and go in by INSERTs of many rows
 * each. An error tells the line it comes from. */
#include <inttypes.h>

#include "base/memory.h"
#include "base/utf8.h"
#include "server/session_copy.h"
#include "sql/parse/print.h"

void session_free_copy(struct session_copy **copy)
{
    struct session_copy *held = *copy;

    *copy = NULL;
    if (held == NULL)
        return;
    copy_reader_free(&held->reader);
    prepared_unref(&held->insert);
    arena_free(&held->batch);
    arena_free(&held->arena);
    mem_free(held);
}

/* --- where an error comes from ----------------------------------------------------- */

/* The start of a text, as PostgreSQL cuts it. */
static const char *shown(struct arena *arena, struct bytes text)
{
    size_t len = 0;

    if (text.len <= COPY_SHOWN_MAX)
        return arena_strndup(arena, (const char *)text.at, text.len);
    while (len < COPY_SHOWN_MAX) {
        size_t step = utf8_char_len(bytes_of(text.at + len, text.len - len));
        if (step == 0 || len + step > COPY_SHOWN_MAX)
            break;
        len += step;
    }
    return arena_printf(arena, "%.*s...", (int)len, (const char *)text.at);
}

static enum rc trace_line(const struct session_copy *copy, uint64_t line,
                          const char *text, struct error *err)
{
    if (text == NULL)
        return error_trace(err, "COPY %s, line %" PRIu64, copy->target.table, line);
    return error_trace(err, "COPY %s, line %" PRIu64 ": \"%s\"", copy->target.table, line,
                       text);
}

static enum rc trace_field(const struct session_copy *copy, size_t column,
                           const struct copy_field *field, struct error *err)
{
    const char *table = copy->target.table, *name = copy->target.names[column];
    uint64_t line = copy_reader_line(copy->reader);

    if (copy->options.format == COPY_BINARY)
        return error_trace(err, "COPY %s, line %" PRIu64 ", column %s", table, line,
                           name);
    if (field->is_null)
        return error_trace(err, "COPY %s, line %" PRIu64 ", column %s: null input", table,
                           line, name);
    return error_trace(err, "COPY %s, line %" PRIu64 ", column %s: \"%s\"", table, line,
                       name, shown(copy->batch, field->bytes));
}

/* A line that could not be taken apart; one that is no text is not shown. */
static enum rc trace_read(const struct session_copy *copy, struct error *err)
{
    struct bytes text = copy_reader_text(copy->reader);
    bool is_shown = text.at != NULL && err->state != SQLSTATE_CHARACTER_NOT_IN_REPERTOIRE;

    return trace_line(copy, copy_reader_line(copy->reader),
                      is_shown ? shown(copy->batch, text) : NULL, err);
}

/* --- rows go in -------------------------------------------------------------------- */

static const char *column_list(const struct session_copy *copy)
{
    const char *text = "";

    for (size_t i = 0; i < copy->target.count; i++)
        text = arena_printf(copy->arena, "%s%s%s", text, i == 0 ? "" : ", ",
                            sql_quote_identifier(copy->arena, copy->target.names[i]));
    return text;
}

static void add_values(const struct session_copy *copy, size_t rows, struct buffer *out)
{
    size_t number = 0;

    buffer_add_text(out, "VALUES ");
    for (size_t row = 0; row < rows; row++) {
        buffer_add_text(out, row == 0 ? "(" : ", (");
        for (size_t i = 0; i < copy->target.count; i++)
            buffer_printf(out, "%s$%zu", i == 0 ? "" : ", ", ++number);
        buffer_add_text(out, ")");
    }
}

static const char *insert_text(const struct session_copy *copy, size_t rows)
{
    struct buffer out;
    const char *columns, *text;

    if (copy->target.count == 0)
        return arena_printf(copy->arena, "INSERT INTO %s DEFAULT VALUES",
                            copy->target.relation);
    columns = column_list(copy);
    buffer_init(&out, SIZE_MAX / 2);
    buffer_printf(&out, "INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE ",
                  copy->target.relation, columns);
    if (copy->copy->where != NULL)
        buffer_printf(&out, "SELECT %s FROM (", columns);
    add_values(copy, rows, &out);
    if (copy->copy->where != NULL)
        buffer_printf(&out, ") AS %s (%s) WHERE true",
                      sql_quote_identifier(copy->arena, copy->target.table), columns);
    text =
        arena_strndup(copy->arena, (const char *)buffer_bytes(&out).at, buffer_len(&out));
    buffer_fini(&out);
    return text;
}

static enum rc prepare_insert(struct session *session, struct session_copy *copy,
                              size_t rows, struct error *err)
{
    size_t count = copy->target.count * rows;
    struct copy_statement statement;
    const struct type **types;

    if (copy->insert != NULL && copy->insert_rows == rows)
        return RC_OK;
    prepared_unref(&copy->insert);
    types = ARENA_ARRAY(copy->arena, const struct type *, count + 1);
    for (size_t i = 0; i < count; i++)
        types[i] = copy->target.types[i % copy->target.count];
    statement =
        (struct copy_statement){insert_text(copy, rows), copy->copy->where, types, count};
    TRY(session_copy_prepare(session, &statement, &copy->insert, err));
    copy->insert_rows = rows;
    return RC_OK;
}

static enum rc insert_rows(struct session *session, struct session_copy *copy,
                           size_t first, size_t rows, struct error *err)
{
    struct portal *portal;
    uint64_t written = 0;
    enum rc rc;

    TRY(prepare_insert(session, copy, rows, err));
    portal = session_portal(session, "", copy->insert);
    portal->settings.parameters = copy->values + first * copy->target.count;
    portal->settings.parameter_count = rows * copy->target.count;
    rc = portal_exhaust(portal, &written, err);
    portal_free(&portal);
    if (rc == RC_OK)
        copy->inserted += written;
    return rc;
}

/* As PostgreSQL: keys are checked when the lines are no more at hand, foreign keys when
 * all are in. */
static enum rc trace_insert(const struct session_copy *copy, size_t row,
                            struct error *err)
{
    const struct copy_pending *pending = &copy->pending[row];

    if (err->state == SQLSTATE_FOREIGN_KEY_VIOLATION)
        return RC_FAILED;
    return trace_line(copy, pending->line,
                      err->state == SQLSTATE_UNIQUE_VIOLATION ? NULL : pending->shown,
                      err);
}

/* The rows of a batch that failed, one by one, to find the line that is to blame. */
static enum rc insert_singly(struct session *session, struct session_copy *copy,
                             struct error *err)
{
    for (size_t row = 0; row < copy->pending_count; row++) {
        enum rc rc = insert_rows(session, copy, row, 1, err);
        if (rc == RC_FAILED)
            return trace_insert(copy, row, err);
        TRY(rc);
    }
    return RC_OK;
}

/* Writes what waits. RC_WAIT, RC_AGAIN: nothing of it is written, ask again after. */
static enum rc flush(struct session *session, struct session_copy *copy,
                     struct error *err)
{
    uint64_t before = copy->inserted;
    struct store_mark mark;
    enum rc rc;

    if (copy->pending_count == 0)
        return RC_OK;
    mark = store_savepoint(session->transaction);
    session_wait_begin(session); /* for a lock */
    rc = copy->target.count == 0
             ? insert_singly(session, copy, err)
             : insert_rows(session, copy, 0, copy->pending_count, err);
    if (rc == RC_FAILED && copy->pending_count == 1) {
        trace_insert(copy, 0, err);
    } else if (rc == RC_FAILED && copy->target.count > 0) {
        store_rollback_to(session->transaction, mark);
        copy->inserted = before;
        rc = insert_singly(session, copy, err);
    }
    if (rc != RC_OK) {
        store_rollback_to(session->transaction, mark);
        copy->inserted = before;
        return rc;
    }
    store_savepoint_release(session->transaction, mark);
    copy->pending_count = 0;
    return RC_OK;
}

/* --- rows come in ------------------------------------------------------------------ */

static void begin_batch(struct session_copy *copy)
{
    arena_reset(copy->batch);
    copy->values =
        ARENA_ARRAY(copy->batch, struct value, copy->batch_rows * copy->target.count + 1);
    copy->pending = ARENA_ARRAY(copy->batch, struct copy_pending, copy->batch_rows);
    copy->pending_count = 0;
}

static enum rc read_value(struct session *session, struct session_copy *copy,
                          const struct copy_field *field, size_t column,
                          struct error *err)
{
    struct portal *portal = session->work.portal;
    const struct type *type = copy->target.types[column];
    struct value *value =
        &copy->values[copy->pending_count * copy->target.count + column];
    enum rc rc;

    value->null = field->is_null;
    if (field->is_null)
        return RC_OK;
    portal->types.arena = copy->batch;
    if (copy->options.format == COPY_BINARY)
        rc = type_receive(type, &portal->types, field->bytes,
                          copy->target.typmods[column], &value->datum, err);
    else
        rc = type_input(type, &portal->types, field->bytes, copy->target.typmods[column],
                        &value->datum, err);
    portal->types.arena = portal->arena;
    if (rc != RC_OK)
        return trace_field(copy, column, field, err);
    value->datum = type_copy(copy->batch, type, value->datum);
    return RC_OK;
}

static enum rc read_row(struct session *session, struct session_copy *copy,
                        struct error *err)
{
    struct copy_row row = {NULL, 0};
    struct copy_pending *pending;
    enum rc rc = copy_reader_next(copy->reader, &row, err);

    if (rc == RC_FAILED)
        return trace_read(copy, err);
    TRY(rc);
    for (size_t i = 0; i < copy->target.count; i++)
        TRY(read_value(session, copy, &row.fields[i], i, err));
    pending = &copy->pending[copy->pending_count++];
    pending->line = copy_reader_line(copy->reader);
    if (copy->options.format != COPY_BINARY)
        pending->shown = shown(copy->batch, copy_reader_text(copy->reader));
    return RC_OK;
}

/* A bad row: rows before it that break a rule come first, as PostgreSQL looks at those
 * when it reads them. */
static enum rc fail_row(struct session *session, struct session_copy *copy,
                        struct error *err)
{
    struct error other;

    error_clear(&other);
    if (copy->pending_count == 0 || flush(session, copy, &other) != RC_FAILED)
        return RC_FAILED;
    if (other.state == SQLSTATE_NOT_NULL_VIOLATION ||
        other.state == SQLSTATE_CHECK_VIOLATION)
        *err = other;
    return RC_FAILED;
}

static enum rc read_all(struct session *session, struct session_copy *copy,
                        struct error *err)
{
    for (;;) {
        enum rc rc;
        if (copy->pending_count == copy->batch_rows) {
            TRY(session_check_cancelled(session, err));
            TRY(flush(session, copy, err));
            begin_batch(copy);
        }
        rc = read_row(session, copy, err);
        if (rc == RC_FAILED)
            return fail_row(session, copy, err);
        if (rc == RC_OK)
            continue;
        if (rc == RC_AGAIN && !copy->has_all)
            copy->wants_data = true;
        return rc;
    }
}

static void finish(struct session *session, struct session_copy *copy)
{
    struct portal *portal = session->work.portal;

    portal->command.tag = arena_printf(portal->arena, "COPY %" PRIu64, copy->inserted);
    portal_give_rows(portal, NULL, 0);
    session_free_copy(&session->work.copy);
}

enum rc session_step_copy(struct session *session, bool on_loop,
                          enum session_step *step_out, struct error *err)
{
    struct session_copy *copy = session->work.copy;
    enum rc rc;

    if (on_loop && copy->buffered > COPY_LOOP_BYTES) {
        *step_out = SESSION_HEAVY;
        return RC_OK;
    }
    if (copy->buffered <= COPY_LOOP_BYTES && !copy->has_all) {
        copy->wants_data = true;
        return RC_OK;
    }
    TRY(session_check_cancelled(session, err));
    copy->buffered = 0;
    rc = read_all(session, copy, err);
    if (copy->wants_data)
        return RC_OK;
    if (rc == RC_EOF && copy->has_all) {
        rc = flush(session, copy, err);
    } else if (rc == RC_EOF) {
        copy->wants_data = true; /* behind the end marker nothing counts */
        return RC_OK;
    }
    if (rc == RC_WAIT || rc == RC_AGAIN) {
        session->work.phase = SESSION_PHASE_LOCK;
        if (rc == RC_AGAIN)
            session_wait_done(session);
        return RC_OK;
    }
    TRY(rc);
    finish(session, copy);
    session->work.phase = SESSION_PHASE_RUN;
    return RC_OK;
}

/* --- its begin, and the client's messages ------------------------------------------ */

static enum rc check_where(struct session *session, const struct session_copy *copy,
                           struct error *err)
{
    const struct prepared *outer = session->work.portal->prepared;
    struct parsed_text *parsed = NULL;
    struct prepared *prepared = NULL;
    struct prepared_source source = {.parsed = outer->parsed, .is_closed = true};
    const char *sql =
        arena_printf(copy->arena, "SELECT 1 FROM ONLY %s", copy->target.relation);
    enum rc rc;

    if (copy->copy->where == NULL)
        return RC_OK;
    TRY(parsed_text_new(bytes_of_text(sql), &parsed, err));
    parsed->statements.items[0]->query->select.where = copy->copy->where;
    source.statement = parsed->statements.items[0];
    rc = session_prepare(session, &source, &prepared, err);
    prepared_unref(&prepared);
    parsed_text_unref(&parsed);
    return rc;
}

static enum rc mark(const struct session_copy *copy, const struct ast_text_list *list,
                    const char *option, const bool **flags_out, struct error *err)
{
    bool *flags = ARENA_ARRAY(copy->arena, bool, copy->target.count + 1);

    struct copy_columns columns = {copy->target.names, copy->target.count,
                                   copy->target.table, copy->copy->columns.count > 0};

    *flags_out = flags;
    return copy_mark_columns(list, option, &columns, flags, err);
}

static enum rc open_reader(struct session_copy *copy, struct error *err)
{
    struct copy_source source = {&copy->options, copy->target.names, copy->target.count,
                                 NULL, NULL};

    TRY(mark(copy, &copy->options.force_not_null, "FORCE_NOT_NULL",
             &source.force_not_null, err));
    TRY(mark(copy, &copy->options.force_null, "FORCE_NULL", &source.force_null, err));
    copy->reader = copy_reader_new(&source);
    return RC_OK;
}

static enum rc set_up(struct session *session, struct session_copy *copy,
                      struct error *err)
{
    const struct prepared *prepared = session->work.portal->prepared;

    copy->copy = prepared->statement->copy;
    TRY(copy_options_read(copy->copy, prepared->parsed->text, &copy->options, err));
    TRY(session_copy_target(session, copy->arena, copy->copy, &copy->target, err));
    TRY(check_where(session, copy, err));
    TRY(open_reader(copy, err));
    copy->batch_rows = COPY_BATCH_ROWS;
    if (copy->target.count * copy->batch_rows > COPY_BATCH_VALUES)
        copy->batch_rows = COPY_BATCH_VALUES / copy->target.count + 1;
    begin_batch(copy);
    return RC_OK;
}

enum rc session_begin_copy(struct session *session, struct error *err)
{
    struct session_copy *copy = MEM_NEW(struct session_copy);

    session->work.copy = copy;
    copy->arena = arena_new("COPY", NULL);
    copy->batch = arena_new("rows of COPY", NULL);
    if (settings_is_on(session->settings, SETTING_transaction_read_only))
        return error_set(err, SQLSTATE_READ_ONLY_SQL_TRANSACTION,
                         "cannot execute COPY FROM in a read-only transaction");
    TRY(set_up(session, copy, err));
    pgwire_write_copy_in_response(
        session->out,
        copy->options.format == COPY_BINARY ? PGWIRE_FORMAT_BINARY : PGWIRE_FORMAT_TEXT,
        (uint16_t)copy->target.count);
    pgwire_session_copy_in_begin(session->wire);
    copy->wants_data = true;
    session->work.phase = SESSION_PHASE_COPY;
    return RC_OK;
}

enum rc session_take_copy(struct session *session, const struct pgwire_event *event,
                          struct error *err)
{
    struct session_copy *copy = session->work.copy;

    if (event->kind == PGWIRE_EVENT_COPY_DATA) {
        copy_reader_feed(copy->reader, event->copy_data);
        copy->buffered += event->copy_data.len;
    } else if (event->kind == PGWIRE_EVENT_COPY_DONE) {
        copy_reader_finish(copy->reader);
        copy->has_all = true;
    } else if (event->kind == PGWIRE_EVENT_COPY_FAIL) {
        error_set(err, SQLSTATE_QUERY_CANCELED, "COPY from stdin failed: %s",
                  event->copy_fail);
        return trace_line(copy, copy_reader_line(copy->reader) + 1, NULL, err);
    }
    copy->wants_data = false;
    return RC_OK;
}

bool session_copy_wants_data(const struct session *session)
{
    return session->work.phase == SESSION_PHASE_COPY && session->work.copy->wants_data;
}
