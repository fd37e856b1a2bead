#include "server/portal.h"

#include "base/clock.h"
#include "base/memory.h"

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

enum rc portal_bind(struct portal *portal, const struct pgwire_bind *bind,
                    struct error *err)
{
    struct pgwire_bind_cursor cursor = pgwire_bind_first(bind);
    struct pgwire_value given;
    size_t columns = portal->prepared->columns.count;

    portal->parameters =
        ARENA_ARRAY(portal->arena, struct value, (size_t)bind->value_count + 1);
    for (size_t i = 0; pgwire_bind_next(&cursor, &given); i++)
        TRY(read_parameter(portal, i, &given, err));
    for (size_t i = 0; i < columns; i++)
        portal->formats[i] = pgwire_bind_result_format(bind, (int)i);
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
    if (portal->prepared->columns.count == 0 && portal->prepared->kind != PREPARED_QUERY)
        pgwire_write_no_data(out);
    else
        describe(&portal->prepared->columns, portal->formats, out);
}

void prepared_describe(const struct prepared *prepared, struct buffer *out)
{
    if (prepared->columns.count == 0 && prepared->kind != PREPARED_QUERY)
        pgwire_write_no_data(out);
    else
        describe(&prepared->columns, NULL, out);
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
    struct pgwire_row row = pgwire_row_begin(out, (uint16_t)count);

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
    struct pgwire_row row = pgwire_row_begin(out, (uint16_t)count);

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
    execution_close(&portal->execution);
    portal->has_rows = rc == RC_EOF;
    portal->at = 0;
    return rc == RC_EOF ? RC_OK : rc;
}

static enum rc send_kept(struct portal *portal, const struct portal_limits *limits,
                         struct buffer *out)
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
    return RC_EOF;
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
            execution_close(&portal->execution);
            portal->is_done = rc == RC_EOF;
            return rc;
        }
    }
}

enum rc portal_send(struct portal *portal, const struct portal_limits *limits,
                    struct buffer *out, struct error *err)
{
    if (portal->is_done)
        return RC_EOF;
    if (!portal->has_rows) {
        TRY(begin(portal, err));
        if (limits->max_rows == 0)
            return send_batches(portal, limits, out, err);
        TRY(keep_all(portal, err));
    }
    return send_kept(portal, limits, out);
}
