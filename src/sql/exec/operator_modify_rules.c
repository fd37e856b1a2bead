/* One table while it is written to: its rules, and its rows. */
#include "catalog/row.h"
#include "sql/exec/operator_modify.h"

enum { SHOWN_VALUE_MAX = 64 /* bytes of a value in "Failing row contains" */ };

static const size_t text_limit = (size_t)1 << 30;

/* Keeps the definition as it is until the transaction ends. */
static enum rc lock_definition(struct execution *execution, const struct table *table,
                               struct error *err)
{
    if (!catalog_id_is_set(table->id))
        return RC_OK;
    struct catalog_key key = catalog_key_id(CATALOG_SPACE_OBJECT, table->id);
    return catalog_row_lock(execution->settings.transaction, &key, false, err);
}

enum rc writer_open(struct execution *execution, const struct table *table,
                    const struct bound_rules *rules, struct writer **writer_out,
                    struct error *err)
{
    struct arena *arena = execution->arena;
    struct writer *writer = ARENA_NEW(arena, struct writer);
    *writer_out = writer;
    writer->execution = execution;
    writer->arena = arena;
    writer->batch_arena = arena_new("written rows", arena);
    writer->table = table;
    writer->rules = rules;
    writer->pending = ARENA_ARRAY(arena, struct pending_keys, table->constraint_count);
    writer->old = ARENA_ARRAY(arena, struct value, table->column_count + 1);
    writer->new = ARENA_ARRAY(arena, struct value, table->column_count + 1);
    for (size_t i = 0; i < table->constraint_count; i++) {
        writer->pending[i].constraint = &table->constraints[i];
        writer->has_keys = writer->has_keys || table->constraints[i].kind != 'c';
    }
    TRY(lock_definition(execution, table, err));
    if (rules == NULL) {
        struct bound_rules *bound = ARENA_NEW(arena, struct bound_rules);
        TRY(bind_table_rules(arena, execution->settings.transaction,
                             execution->settings.types, table, bound, err));
        writer->rules = bound;
    }
    return heap_open(arena, &execution->settings, table, &writer->heap, err);
}

enum rc writer_compute(struct writer *writer, struct writer_rows *rows, struct error *err)
{
    const struct bound_rules *rules = writer->rules;
    struct evaluator evaluator;
    struct selection all = selection_all(rows->count);
    size_t width = writer->table->column_count;
    if (rules->has_generated) {
        struct vector *columns =
            ARENA_ARRAY(writer->batch_arena, struct vector, width + 1);
        memcpy(columns, rows->columns, width * sizeof *columns);
        evaluator_init(&evaluator, writer->execution, writer->batch_arena, rows->columns);
        for (size_t i = 0; i < width; i++) {
            if (rules->generated[i] != NULL)
                TRY(evaluate(&evaluator.evaluation, rules->generated[i], all, &columns[i],
                             err));
        }
        rows->columns = columns;
    }
    evaluator_init(&evaluator, writer->execution, writer->batch_arena, rows->columns);
    rows->verdicts =
        ARENA_ARRAY(writer->batch_arena, struct vector, rules->check_count + 1);
    for (size_t i = 0; i < rules->check_count; i++)
        TRY(evaluate(&evaluator.evaluation, rules->checks[i], all, &rows->verdicts[i],
                     err));
    return RC_OK;
}

/* As much of the text as may be shown, cut at a whole character. */
static size_t shown_length(struct bytes text)
{
    size_t len = SHOWN_VALUE_MAX;
    if (text.len <= SHOWN_VALUE_MAX)
        return text.len;
    while (len > 0 && (text.at[len] & 0xC0) == 0x80)
        len--;
    return len;
}

static enum rc failing_row(struct writer *writer, const struct writer_rows *rows,
                           size_t row, struct error *err)
{
    struct buffer all;
    struct buffer one;
    buffer_init(&all, text_limit);
    buffer_init(&one, text_limit);
    for (size_t i = 0; i < writer->table->column_count; i++) {
        struct value value = vector_value(&rows->columns[i], row);
        buffer_add_text(&all, i == 0 ? "" : ", ");
        if (value.null) {
            buffer_add_text(&all, "null");
            continue;
        }
        buffer_truncate(&one, 0);
        type_output(writer->table->columns[i].type, writer->execution->settings.types,
                    value.datum, &one);
        struct bytes text = buffer_bytes(&one);
        size_t len = shown_length(text);
        buffer_add(&all, bytes_of(text.at, len));
        buffer_add_text(&all, len < text.len ? "..." : "");
    }
    error_detail(err, "Failing row contains (%.*s).", BYTES_PRINT(buffer_bytes(&all)));
    buffer_fini(&all);
    buffer_fini(&one);
    return RC_FAILED;
}

enum rc writer_check(struct writer *writer, const struct writer_rows *rows, size_t row,
                     struct error *err)
{
    const struct table *table = writer->table;
    for (size_t i = 0; i < table->column_count; i++) {
        if (!table->columns[i].not_null || rows->columns[i].nulls[row] == 0)
            continue;
        error_set(err, SQLSTATE_NOT_NULL_VIOLATION,
                  "null value in column \"%s\" of relation \"%s\" violates not-null "
                  "constraint",
                  table->columns[i].name, table->name);
        return failing_row(writer, rows, row, err);
    }
    for (size_t i = 0; i < writer->rules->check_count; i++) {
        struct value verdict = vector_value(&rows->verdicts[i], row);
        if (verdict.null || verdict.datum.boolean)
            continue;
        error_set(err, SQLSTATE_CHECK_VIOLATION,
                  "new row for relation \"%s\" violates check constraint \"%s\"",
                  table->name, writer->rules->check_names[i]);
        return failing_row(writer, rows, row, err);
    }
    return RC_OK;
}

enum rc writer_insert(struct writer *writer, struct error *err)
{
    uint64_t row_id = 0;
    TRY(heap_insert(writer->heap, writer->new, &row_id, err));
    return writer->has_keys ? foreign_note_new(writer, NULL, err) : RC_OK;
}

enum rc writer_update(struct writer *writer, uint64_t row_id, struct error *err)
{
    TRY(heap_update(writer->heap, row_id, writer->old, writer->new, err));
    if (!writer->has_keys)
        return RC_OK;
    TRY(foreign_note_new(writer, writer->old, err));
    return foreign_note_old(writer, false, err);
}

enum rc writer_delete(struct writer *writer, uint64_t row_id, struct error *err)
{
    TRY(heap_delete(writer->heap, row_id, writer->old, err));
    return writer->has_keys ? foreign_note_old(writer, true, err) : RC_OK;
}
