/* SYSTEM: rows of a system relation. A provider hands its rows over in one go; they are
 * kept, as values, until they have been read. */
#include <inttypes.h>

#include "sql/exec/execute_internal.h"

/* Microseconds from 1970, which cells count from, to 2000, which values count from. */
#define EPOCH_2000 INT64_C(946684800000000)

/* A live relation, whose rows are taken once per statement. */
struct live {
    struct live *next;
    const struct system_relation *relation;
    struct row_store rows; /* all columns */
};

struct system_scan_state {
    struct node node;
    struct row_store own;         /* BASE: the wanted columns */
    const struct row_store *rows; /* `own`, or all columns of a live relation */
    struct arena *rows_arena;
    struct value key; /* with which `own` was read */
    bool is_read;
    bool is_checked; /* since the last rewind */
    size_t at;
};

/* Turns cells into values of a store. */
struct loader {
    struct row_store *store;
    const struct system_relation *relation;
    const uint32_t *columns; /* NULL: all of them, in order */
    struct type_context types;
    struct execution *execution;
};

static const struct type *column_type(const struct system_column *column)
{
    const struct type *type = type_find_oid(column->type_oid);
    return type != NULL ? type : type_find_oid(TYPE_TEXT);
}

static enum rc number_value(const struct type *type, const struct type_context *context,
                            int64_t number, union datum *out, struct error *err)
{
    switch (type->methods->storage) {
    case TYPE_STORAGE_BOOLEAN:
        out->boolean = number != 0;
        return RC_OK;
    case TYPE_STORAGE_CHARACTER:
        out->character = (int8_t)number;
        return RC_OK;
    case TYPE_STORAGE_INT16:
        out->int16 = (int16_t)number;
        return RC_OK;
    case TYPE_STORAGE_INT32:
        out->int32 = (int32_t)number;
        return RC_OK;
    case TYPE_STORAGE_INT64:
        out->int64 = type->oid == TYPE_TIMESTAMPTZ ? number - EPOCH_2000 : number;
        return RC_OK;
    case TYPE_STORAGE_OID:
        out->oid = (uint32_t)number;
        return RC_OK;
    case TYPE_STORAGE_UINT64:
        out->uint64 = (uint64_t)number;
        return RC_OK;
    case TYPE_STORAGE_FLOAT4:
        out->float4 = (float)number;
        return RC_OK;
    case TYPE_STORAGE_FLOAT8:
        out->float8 = (double)number;
        return RC_OK;
    case TYPE_STORAGE_BYTES:
    case TYPE_STORAGE_INTERVAL:
    case TYPE_STORAGE_NONE:
        break;
    }
    const char *text = arena_printf(context->arena, "%" PRId64, number);
    return type_input(type, context, bytes_of_text(text), TYPE_TYPMOD_NONE, out, err);
}

/* Cells are borrowed: the text is copied before it becomes a value. */
static enum rc cell_value(const struct type *type, const struct type_context *context,
                          const struct system_cell *cell, struct value *out,
                          struct error *err)
{
    *out = (struct value){.null = cell->kind == SYSTEM_CELL_NULL};
    if (cell->kind == SYSTEM_CELL_NUMBER)
        return number_value(type, context, cell->number, &out->datum, err);
    if (cell->kind == SYSTEM_CELL_NULL)
        return RC_OK;
    struct bytes text = arena_bytes(context->arena, bytes_of_text(cell->text));
    if (type->oid == TYPE_TEXT) {
        out->datum.bytes = text;
        return RC_OK;
    }
    return type_input(type, context, text, TYPE_TYPMOD_NONE, &out->datum, err);
}

static enum rc load_row(void *argument, const struct system_cell *cells,
                        struct error *err)
{
    struct loader *loader = argument;
    struct row_store *store = loader->store;
    union datum *row = row_store_new(store);
    for (size_t i = 0; i < store->column_count; i++) {
        struct value value;
        size_t column = loader->columns == NULL ? i : loader->columns[i];
        TRY(cell_value(column_type(&loader->relation->columns[column]), &loader->types,
                       &cells[column], &value, err));
        row[i] = value.datum; /* it is the store's arena already */
        row_nulls(store, row)[i] = value.null;
    }
    return store->count % VECTOR_ROWS_MAX == 0 ? execution_check(loader->execution, err)
                                               : RC_OK;
}

static enum rc load(struct loader *loader, const struct system_key *key,
                    struct error *err)
{
    const struct execution_settings *settings = &loader->execution->settings;
    const struct system_relation *relation = loader->relation;
    struct system_sink sink = {.row = load_row, .argument = loader};
    struct system_scan scan = {.transaction = settings->transaction,
                               .hooks = settings->hooks,
                               .sink = &sink,
                               .key = key};
    if (relation->kind == SYSTEM_RELATION_BASE)
        return relation->rows(&scan, err);
    if (relation->kind == SYSTEM_RELATION_VIEW)
        return error_set(err, SQLSTATE_INTERNAL_ERROR, "the view %s cannot be scanned",
                         relation->name);
    if (settings->hooks == NULL || settings->hooks->live_rows == NULL)
        return RC_OK; /* nobody knows of any row */
    return settings->hooks->live_rows(settings->hooks->argument, relation, &scan, err);
}

static void loader_init(struct loader *loader, struct execution *execution,
                        const struct system_relation *relation, struct row_store *store,
                        const uint32_t *columns)
{
    *loader = (struct loader){.store = store,
                              .relation = relation,
                              .columns = columns,
                              .types = *execution->settings.types,
                              .execution = execution};
    loader->types.arena = store->arena;
}

/* The rows of a live relation, taken when they are first asked for. */
static enum rc live_rows(struct execution *execution,
                         const struct system_relation *relation,
                         const struct row_store **rows_out, struct error *err)
{
    struct arena *arena = execution->arena;
    struct live *live = execution->lives;
    while (live != NULL && live->relation != relation)
        live = live->next;
    if (live == NULL) {
        struct loader loader;
        const struct type **types =
            ARENA_ARRAY(arena, const struct type *, relation->column_count);
        for (size_t i = 0; i < relation->column_count; i++)
            types[i] = column_type(&relation->columns[i]);
        live = ARENA_NEW(arena, struct live);
        live->relation = relation;
        row_store_init(&live->rows, arena, types, relation->column_count);
        loader_init(&loader, execution, relation, &live->rows, NULL);
        TRY(load(&loader, NULL, err));
        live->next = execution->lives;
        execution->lives = live;
    }
    *rows_out = &live->rows;
    return RC_OK;
}

/* False: a provider cannot be asked for a key of this type. */
static bool key_cell(struct arena *arena, const struct type *type, union datum datum,
                     struct system_cell *out)
{
    *out = (struct system_cell){.kind = SYSTEM_CELL_NUMBER};
    switch (type->methods->storage) {
    case TYPE_STORAGE_BOOLEAN:
        out->number = datum.boolean;
        return true;
    case TYPE_STORAGE_INT16:
        out->number = datum.int16;
        return true;
    case TYPE_STORAGE_INT32:
        out->number = datum.int32;
        return true;
    case TYPE_STORAGE_INT64:
        out->number =
            type->oid == TYPE_TIMESTAMPTZ ? datum.int64 + EPOCH_2000 : datum.int64;
        return type->oid != TYPE_TIMESTAMPTZ || datum.int64 < INT64_MAX - EPOCH_2000;
    case TYPE_STORAGE_OID:
        out->number = datum.oid;
        return true;
    case TYPE_STORAGE_UINT64:
        out->number = (int64_t)datum.uint64;
        return datum.uint64 <= INT64_MAX;
    case TYPE_STORAGE_BYTES:
        break;
    default:
        return false;
    }
    if (type->oid != TYPE_TEXT && type->oid != TYPE_NAME && type->oid != TYPE_VARCHAR)
        return false;
    out->kind = SYSTEM_CELL_TEXT;
    out->text = arena_strndup(arena, (const char *)datum.bytes.at, datum.bytes.len);
    return true;
}

static enum rc base_rows(struct system_scan_state *state, struct value key,
                         struct error *err)
{
    struct node *node = &state->node;
    const struct plan *plan = node->plan;
    struct system_key wanted = {.column = plan->system.key_column};
    struct loader loader;
    bool has_key =
        plan->system.key != NULL &&
        key_cell(state->rows_arena, plan->system.key->type, key.datum, &wanted.value);
    row_store_init(&state->own, state->rows_arena, plan->types, plan->column_count);
    loader_init(&loader, node->execution, plan->system.relation, &state->own,
                plan->system.columns);
    return load(&loader, has_key ? &wanted : NULL, err);
}

static bool key_is_same(const struct system_scan_state *state, struct value key)
{
    const struct plan *plan = state->node.plan;
    return state->is_read && (plan->system.key == NULL ||
                              values_are_equal(plan->system.key->type, state->key, key));
}

/* Reads the rows, unless those at hand are still the right ones. */
static enum rc system_read(struct system_scan_state *state, struct error *err)
{
    struct node *node = &state->node;
    const struct plan *plan = node->plan;
    struct value key = {0};
    state->is_checked = true;
    if (plan->system.key != NULL)
        TRY(evaluate_value(node->execution, node->batch_arena, plan->system.key, &key,
                           err));
    if (!key.null && plan->system.relation->kind == SYSTEM_RELATION_LIVE)
        return live_rows(node->execution, plan->system.relation, &state->rows, err);
    if (key_is_same(state, key))
        return RC_OK;
    if (state->rows_arena == NULL)
        state->rows_arena = arena_new("relation", node->execution->arena);
    arena_reset(state->rows_arena);
    row_store_init(&state->own, state->rows_arena, plan->types, plan->column_count);
    state->rows = &state->own;
    state->is_read = true;
    state->key = key;
    if (key.null) /* column = NULL holds for no row */
        return RC_OK;
    if (plan->system.key != NULL)
        state->key.datum =
            type_copy(state->rows_arena, plan->system.key->type, key.datum);
    return base_rows(state, state->key, err);
}

/* The wanted columns of a live relation, whose store has all of them. */
static enum rc live_give(struct system_scan_state *state, size_t room,
                         struct batch *batch_out)
{
    struct node *node = &state->node;
    const struct plan *plan = node->plan;
    size_t left = state->rows->count - state->at;
    if (left == 0)
        return RC_EOF;
    batch_out->count = left < room ? left : room;
    batch_out->columns = batch_columns(node->batch_arena, plan->types, plan->column_count,
                                       batch_out->count);
    for (size_t row = 0; row < batch_out->count; row++) {
        for (size_t i = 0; i < plan->column_count; i++)
            vector_set(&batch_out->columns[i], row,
                       row_value(state->rows, state->at + row, plan->system.columns[i]));
    }
    state->at += batch_out->count;
    return RC_OK;
}

static enum rc system_next(struct node *node, size_t room, struct batch *batch_out,
                           struct error *err)
{
    struct system_scan_state *state = (struct system_scan_state *)node;
    if (!state->is_checked)
        TRY(system_read(state, err));
    return state->rows == &state->own
               ? operator_give(node, &state->own, &state->at, room, batch_out, err)
               : live_give(state, room, batch_out);
}

static enum rc system_rewind(struct node *node, struct error *err)
{
    (void)err;
    struct system_scan_state *state = (struct system_scan_state *)node;
    state->at = 0;
    state->is_checked = false;
    return RC_OK;
}

const struct operator_class operator_system = {.size = sizeof(struct system_scan_state),
                                               .next = system_next,
                                               .rewind = system_rewind};
