#include "server/portal.h"

#include "base/clock.h"
#include "base/memory.h"
#include "pgwire/copy.h"

struct portal *portal_new(const char *name, const struct portal_source *source)
{
    struct portal *portal = MEM_NEW(struct portal);
    size_t columns = source->prepared->columns.count;

    portal->name = mem_strdup(name);
    portal->prepared = prepared_ref(source->prepared);
    portal->arena = arena_new("portal", NULL);
    portal->formats = ARENA_ARRAY(portal->arena, enum pgwire_format, columns + 1);
    portal->session = *source->session;
    session_environment_functions(&portal->session, &portal->environment);
    session_environment_types(&portal->session, &portal->types);
    portal->types.arena = portal->arena;
    portal->settings = source->settings;
    portal->settings.types = &portal->types;
    portal->settings.environment = &portal->environment;
    return portal;
}

void portal_free(struct portal **portal)
{
    struct portal *held = *portal;

    *portal = NULL;
    if (held == NULL)
        return;
    execution_close(&held->execution);
    prepared_unref(&held->prepared);
    parsed_text_unref(&held->outer);
    if (held->copy != NULL)
        buffer_fini(&held->copy->scratch);
    arena_free(&held->arena);
    mem_free(held->name);
    mem_free(held);
}

void portal_rewind(struct portal *portal)
{
    execution_close(&portal->execution);
    portal->at = 0;
    portal->is_begun = false;
    portal->is_done = false;
    portal->has_rows = false;
    portal->rows = NULL;
    portal->rows_count = 0;
    portal->row_count = 0;
    portal->failure = NULL;
    if (portal->copy != NULL)
        portal->copy->is_started = false;
    memset(&portal->command, 0, sizeof portal->command);
}

void portal_set_transaction(struct portal *portal, struct store_transaction *transaction)
{
    portal->session.transaction = transaction;
    portal->settings.transaction = transaction;
}

/* --- parameters --------------------------------------------------------------------- */

static enum rc read_parameter(struct portal *portal, size_t index,
                              const struct pgwire_value *given, struct error *err)
{
    const struct type *type = portal->prepared->parameters.types[index];
    struct value *value = &portal->parameters[index];
    enum rc rc;

    value->null = given->is_null;
    if (given->is_null)
        return RC_OK;
    if (given->format == PGWIRE_FORMAT_TEXT)
        TRY(type_check_text(given->bytes, err));
    if (given->format == PGWIRE_FORMAT_BINARY)
        rc = type_receive(type, &portal->types, given->bytes, TYPE_TYPMOD_NONE,
                          &value->datum, err);
    else
        rc = type_input(type, &portal->types, given->bytes, TYPE_TYPMOD_NONE,
                        &value->datum, err);
    TRY(rc);
    value->datum = type_copy(portal->arena, type, value->datum);
    return RC_OK;
}

void portal_format(struct portal *portal, const struct pgwire_bind *bind)
{
    for (size_t i = 0; i < portal->prepared->columns.count; i++)
        portal->formats[i] = pgwire_bind_result_format(bind, (int)i);
}

enum rc portal_bind(struct portal *portal, const struct pgwire_bind *bind,
                    struct error *err)
{
    struct pgwire_bind_cursor cursor = pgwire_bind_first(bind);
    struct pgwire_value given;

    portal->parameters =
        ARENA_ARRAY(portal->arena, struct value, (size_t)bind->value_count + 1);
    for (size_t i = 0; pgwire_bind_next(&cursor, &given); i++)
        TRY(read_parameter(portal, i, &given, err));
    portal_format(portal, bind);
    portal->settings.parameters = portal->parameters;
    portal->settings.parameter_count = bind->value_count;
    return RC_OK;
}

/* --- description -------------------------------------------------------------------- */

static void describe(const struct bound_columns *columns,
                     const enum pgwire_format *formats, struct buffer *out)
{
    struct arena *arena = arena_new("row description", NULL);
    struct pgwire_column *described =
        ARENA_ARRAY(arena, struct pgwire_column, columns->count + 1);

    for (size_t i = 0; i < columns->count; i++) {
        const struct bound_column *column = &columns->items[i];
        described[i] = (struct pgwire_column){
            .name = column->name,
            .table_oid = column->relation_oid,
            .attribute = (uint16_t)column->attribute,
            .type_oid = column->type->oid,
            .type_size = column->type->length,
            .type_modifier = column->typmod,
            .format = formats == NULL ? PGWIRE_FORMAT_TEXT : formats[i],
        };
    }
    pgwire_write_row_description(out, described, (uint16_t)columns->count);
    arena_free(&arena);
}

void portal_describe(const struct portal *portal, struct buffer *out)
{
    if (portal->copy != NULL ||
        (portal->prepared->columns.count == 0 &&
         (portal->prepared->kind != PREPARED_QUERY || portal->prepared->is_silent)))
        pgwire_write_no_data(out);
    else
        describe(&portal->prepared->columns, portal->formats, out);
}

void prepared_describe(const struct prepared *prepared, struct buffer *out)
{
    if (prepared->columns.count == 0 &&
        (prepared->kind != PREPARED_QUERY || prepared->is_silent))
        pgwire_write_no_data(out);
    else
        describe(&prepared->columns, NULL, out);
}

/* --- COPY TO ----------------------------------------------------------------------- */

void portal_copy_out(struct portal *portal, struct portal_copy *copy)
{
    buffer_init(&copy->scratch, SIZE_MAX / 2);
    portal->copy = copy;
}

static void start_copy(struct portal *portal, struct buffer *out)
{
    struct portal_copy *copy = portal->copy;
    struct pgwire_open open;

    if (copy->is_started)
        return;
    copy->is_started = true;
    pgwire_write_copy_out_response(
        out,
        copy->options.format == COPY_BINARY ? PGWIRE_FORMAT_BINARY : PGWIRE_FORMAT_TEXT,
        (uint16_t)copy->writer.count);
    if (copy->options.format != COPY_BINARY && copy->options.header == COPY_HEADER_NONE)
        return;
    open = pgwire_message_begin(out, PGWIRE_BACKEND_COPY_DATA);
    copy_write_start(&copy->writer, out);
    pgwire_message_end(open);
}

static void end_copy(struct portal *portal, struct buffer *out)
{
    struct pgwire_open open;

    if (portal->copy->options.format == COPY_BINARY) {
        open = pgwire_message_begin(out, PGWIRE_BACKEND_COPY_DATA);
        copy_write_end(&portal->copy->writer, out);
        pgwire_message_end(open);
    }
    pgwire_write_copy_done(out);
}

/* Of the batch when `row` is NULL. */
static void write_copy_row(const struct portal *portal, size_t at,
                           const struct value *row, struct buffer *out)
{
    const struct copy_writer *writer = &portal->copy->writer;
    struct pgwire_open open = pgwire_message_begin(out, PGWIRE_BACKEND_COPY_DATA);

    copy_write_row_begin(writer, out);
    for (size_t i = 0; i < writer->count; i++) {
        struct value value;
        if (row != NULL)
            value = row[i];
        else
            value = (struct value){portal->batch.columns[i].values[at],
                                   portal->batch.columns[i].nulls[at] != 0};
        copy_write_value(writer, i, &value, &portal->copy->scratch, out);
    }
    copy_write_row_end(writer, out);
    pgwire_message_end(open);
}

/* --- rows --------------------------------------------------------------------------- */

static void write_value(const struct portal *portal, size_t column,
                        const struct value *value, struct pgwire_row *row,
                        struct buffer *out)
{
    const struct type *type = portal->prepared->columns.items[column].type;

    if (value->null) {
        pgwire_row_null(row);
        return;
    }
    pgwire_row_field_begin(row);
    if (portal->formats[column] == PGWIRE_FORMAT_BINARY)
        type_send(type, &portal->types, value->datum, out);
    else
        type_output(type, &portal->types, value->datum, out);
    pgwire_row_field_end(row);
}

static void write_batch_row(const struct portal *portal, size_t at, struct buffer *out)
{
    size_t count = portal->prepared->columns.count;
    struct pgwire_row row;

    if (portal->copy != NULL) {
        write_copy_row(portal, at, NULL, out);
        return;
    }
    row = pgwire_row_begin(out, (uint16_t)count);
    for (size_t i = 0; i < count; i++) {
        const struct vector *column = &portal->batch.columns[i];
        struct value value = {column->values[at], column->nulls[at] != 0};
        write_value(portal, i, &value, &row, out);
    }
    pgwire_row_end(&row);
}

static void write_kept_row(const struct portal *portal, size_t at, struct buffer *out)
{
    size_t count = portal->prepared->columns.count;
    struct pgwire_row row;

    if (portal->copy != NULL) {
        write_copy_row(portal, at, portal->rows[at], out);
        return;
    }
    row = pgwire_row_begin(out, (uint16_t)count);
    for (size_t i = 0; i < count; i++)
        write_value(portal, i, &portal->rows[at][i], &row, out);
    pgwire_row_end(&row);
}

static enum rc begin(struct portal *portal, struct error *err)
{
    if (portal->is_begun)
        return RC_OK;
    TRY(execution_open(&portal->settings, portal->prepared->plan, &portal->execution,
                       err));
    portal->is_begun = true;
    portal->batch.count = 0;
    portal->at = 0;
    return RC_OK;
}

/* Copies what the execution still yields, so that the portal may outlive its snapshot. */
static void keep_batch(struct portal *portal, size_t *capacity)
{
    size_t columns = portal->prepared->columns.count;

    for (size_t r = 0; r < portal->batch.count; r++) {
        struct value *row = ARENA_ARRAY(portal->arena, struct value, columns + 1);
        for (size_t c = 0; c < columns; c++) {
            const struct vector *column = &portal->batch.columns[c];
            row[c].null = column->nulls[r] != 0;
            if (!row[c].null)
                row[c].datum = type_copy(portal->arena, column->type, column->values[r]);
        }
        if (portal->rows_count == *capacity) {
            const struct value **grown = ARENA_ARRAY(portal->arena, const struct value *,
                                                     *capacity == 0 ? 64 : *capacity * 2);
            if (*capacity != 0)
                memcpy(grown, portal->rows, *capacity * sizeof *grown);
            *capacity = *capacity == 0 ? 64 : *capacity * 2;
            portal->rows = grown;
        }
        portal->rows[portal->rows_count++] = row;
    }
}

/* The execution is over. One that had no more time is told apart from one that failed. */
static void end_execution(struct portal *portal)
{
    portal->is_interrupted = execution_was_interrupted(portal->execution);
    execution_close(&portal->execution);
}

static enum rc keep_all(struct portal *portal, struct error *err)
{
    size_t capacity = 0;
    enum rc rc;

    arena_set_limit(portal->arena, portal->settings.memory_limit);
    while ((rc = execution_next(portal->execution, &portal->batch, err)) == RC_OK) {
        keep_batch(portal, &capacity);
        if (portal->settings.memory_limit != 0 && arena_over_limit(portal->arena)) {
            error_set(err, SQLSTATE_OUT_OF_MEMORY, "out of memory");
            return error_detail(err,
                                "The rows of a suspended portal need more than the "
                                "limit of %zu bytes.",
                                portal->settings.memory_limit);
        }
    }
    end_execution(portal);
    portal->has_rows = rc == RC_EOF;
    portal->at = 0;
    return rc == RC_EOF ? RC_OK : rc;
}

static bool is_interruption(const struct error *err)
{
    return err->state == SQLSTATE_QUERY_CANCELED ||
           err->state == SQLSTATE_ADMIN_SHUTDOWN ||
           err->state == SQLSTATE_LOCK_NOT_AVAILABLE ||
           err->reach > ERROR_REACH_STATEMENT;
}

enum rc portal_keep(struct portal *portal, struct error *err)
{
    enum rc rc;

    TRY(begin(portal, err));
    rc = keep_all(portal, err);
    if (rc != RC_FAILED || is_interruption(err))
        return rc;
    portal->failure = ARENA_NEW(portal->arena, struct error);
    *portal->failure = *err;
    portal->has_rows = true;
    portal->at = 0;
    return RC_OK;
}

void portal_give_rows(struct portal *portal, const struct value **rows, size_t count)
{
    portal->rows = rows;
    portal->rows_count = count;
    portal->has_rows = true;
}

/* Locks are met before the first row is sent: such plans are run to their end first. */
static enum rc met_lock(struct portal *portal, enum rc rc)
{
    portal->must_repeat = rc == RC_AGAIN;
    if (rc == RC_LIMIT)
        return RC_FAILED; /* the store's limit, told as an error */
    return rc == RC_AGAIN ? RC_WAIT : rc;
}

static enum rc count_rows(struct portal *portal, struct error *err)
{
    enum rc rc;

    while ((rc = execution_next(portal->execution, &portal->batch, err)) == RC_OK)
        portal->row_count += portal->batch.count;
    portal->batch.count = 0;
    end_execution(portal);
    portal->is_done = rc == RC_EOF;
    return met_lock(portal, rc);
}

static enum rc send_kept(struct portal *portal, const struct portal_limits *limits,
                         struct buffer *out, struct error *err)
{
    while (portal->at < portal->rows_count) {
        if (limits->max_rows != 0 && portal->row_count == limits->max_rows)
            return RC_OK;
        if (buffer_len(out) >= limits->out_bytes)
            return RC_AGAIN;
        write_kept_row(portal, portal->at++, out);
        portal->row_count++;
    }
    if (limits->max_rows != 0 && portal->row_count == limits->max_rows)
        return RC_OK; /* as PostgreSQL: whether more would come is not looked at */
    portal->is_done = true;
    if (portal->failure == NULL)
        return RC_EOF;
    *err = *portal->failure;
    return RC_FAILED;
}

static enum rc send_batches(struct portal *portal, const struct portal_limits *limits,
                            struct buffer *out, struct error *err)
{
    for (;;) {
        while (portal->at < portal->batch.count) {
            if (buffer_len(out) >= limits->out_bytes)
                return RC_AGAIN;
            write_batch_row(portal, portal->at++, out);
            portal->row_count++;
        }
        if (limits->until_us != 0 && clock_monotonic_us() > limits->until_us)
            return RC_LIMIT;
        enum rc rc = execution_next(portal->execution, &portal->batch, err);
        portal->at = 0;
        if (rc != RC_OK) {
            portal->batch.count = 0;
            end_execution(portal);
            portal->is_done = rc == RC_EOF;
            return met_lock(portal, rc);
        }
    }
}

enum rc portal_exhaust(struct portal *portal, uint64_t *count_out, struct error *err)
{
    enum rc rc;

    *count_out = 0;
    TRY(begin(portal, err));
    while ((rc = execution_next(portal->execution, &portal->batch, err)) == RC_OK)
        *count_out += portal->batch.count;
    execution_close(&portal->execution);
    return rc == RC_EOF ? RC_OK : rc;
}

static enum rc send_rows(struct portal *portal, const struct portal_limits *limits,
                         struct buffer *out, struct error *err)
{
    if (portal->is_done)
        return RC_EOF;
    if (!portal->has_rows) {
        TRY(begin(portal, err));
        execution_set_deadline(portal->execution, limits->until_us);
        if (portal->prepared->is_silent)
            return count_rows(portal, err);
        if (limits->max_rows == 0 && !portal->prepared->plan->has_locks)
            return send_batches(portal, limits, out, err);
        TRY(met_lock(portal, keep_all(portal, err)));
    }
    return send_kept(portal, limits, out, err);
}

/* A COPY sends all rows, whatever max_rows says, as PostgreSQL. */
enum rc portal_send(struct portal *portal, const struct portal_limits *limits,
                    struct buffer *out, struct error *err)
{
    struct portal_limits all = *limits;
    enum rc rc;

    if (portal->copy == NULL)
        return send_rows(portal, limits, out, err);
    all.max_rows = 0;
    start_copy(portal, out);
    rc = send_rows(portal, &all, out, err);
    if (rc == RC_EOF)
        end_copy(portal, out);
    return rc;
}
