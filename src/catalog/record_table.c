/* The lists in records of tables, views and indexes (docs/CATALOG.md). */
#include "catalog/record_table.h"

/* The fewest bytes that an element takes. */
enum {
    TEXT_LEN_MIN = 4,
    NUMBER_LEN = 4,
    COLUMN_LEN_MIN = 34,
    CONSTRAINT_LEN_MIN = 47,
    PART_LEN_MIN = 10,
    SOURCE_LEN_MIN = 22,
    SOURCE_COLUMN_LEN_MIN = 8,
};

static void encode_bool(struct buffer *out, bool value)
{
    buffer_add_u8(out, value ? 1 : 0);
}

static void encode_letter(struct buffer *out, char letter)
{
    buffer_add_u8(out, (uint8_t)letter);
}

void record_encode_texts(struct buffer *out, struct record_texts list)
{
    buffer_add_u32(out, (uint32_t)list.count);
    for (size_t i = 0; i < list.count; i++)
        record_encode_text(out, list.items[i]);
}

void record_encode_columns(struct buffer *out, struct record_columns list)
{
    buffer_add_u32(out, (uint32_t)list.count);
    for (size_t i = 0; i < list.count; i++) {
        const struct record_column *column = &list.items[i];

        buffer_add_u32(out, column->number);
        record_encode_text(out, column->name);
        buffer_add_u32(out, column->type_oid);
        buffer_add_u32(out, (uint32_t)column->typmod);
        encode_bool(out, column->not_null);
        record_encode_text(out, column->default_sql);
        encode_letter(out, column->identity);
        encode_letter(out, column->generated);
        record_encode_id(out, column->sequence_id);
        encode_bool(out, column->is_dropped);
    }
}

static void encode_numbers(struct buffer *out, const uint32_t *numbers, size_t count)
{
    buffer_add_u32(out, (uint32_t)count);
    for (size_t i = 0; i < count; i++)
        buffer_add_u32(out, numbers[i]);
}

void record_encode_constraints(struct buffer *out, struct record_constraints list)
{
    buffer_add_u32(out, (uint32_t)list.count);
    for (size_t i = 0; i < list.count; i++) {
        const struct record_constraint *constraint = &list.items[i];
        size_t foreign_count =
            constraint->foreign_columns == NULL ? 0 : constraint->column_count;

        record_encode_text(out, constraint->name);
        buffer_add_u32(out, constraint->oid);
        encode_letter(out, constraint->kind);
        encode_numbers(out, constraint->columns, constraint->column_count);
        record_encode_text(out, constraint->expression_sql);
        record_encode_id(out, constraint->index_id);
        record_encode_id(out, constraint->table_id);
        encode_numbers(out, constraint->foreign_columns, foreign_count);
        encode_letter(out, constraint->match);
        encode_letter(out, constraint->on_update);
        encode_letter(out, constraint->on_delete);
        encode_bool(out, constraint->is_deferrable);
        encode_bool(out, constraint->is_deferred);
    }
}

void record_encode_parts(struct buffer *out, struct record_index_parts list)
{
    buffer_add_u32(out, (uint32_t)list.count);
    for (size_t i = 0; i < list.count; i++) {
        buffer_add_u32(out, list.items[i].number);
        record_encode_text(out, list.items[i].expression_sql);
        encode_bool(out, list.items[i].is_descending);
        encode_bool(out, list.items[i].nulls_first);
    }
}

static char decode_letter(struct record_decoding *in)
{
    return (char)reader_u8(&in->reader);
}

struct record_texts record_decode_texts(struct record_decoding *in)
{
    struct record_texts list = {NULL, record_decode_count(in, TEXT_LEN_MIN)};

    if (list.count > 0)
        list.items = ARENA_ARRAY(in->arena, const char *, list.count);
    for (size_t i = 0; i < list.count; i++)
        list.items[i] = record_decode_text(in);
    return list;
}

struct record_columns record_decode_columns(struct record_decoding *in)
{
    struct record_columns list = {NULL, record_decode_count(in, COLUMN_LEN_MIN)};

    if (list.count > 0)
        list.items = ARENA_ARRAY(in->arena, struct record_column, list.count);
    for (size_t i = 0; i < list.count; i++) {
        struct record_column *column = &list.items[i];

        column->number = reader_u32(&in->reader);
        column->name = record_decode_text(in);
        column->type_oid = reader_u32(&in->reader);
        column->typmod = (int32_t)reader_u32(&in->reader);
        column->not_null = record_decode_bool(in);
        column->default_sql = record_decode_text(in);
        column->identity = decode_letter(in);
        column->generated = decode_letter(in);
        column->sequence_id = record_decode_id(in);
        column->is_dropped = record_decode_bool(in);
    }
    return list;
}

/* NULL for none. */
static uint32_t *decode_numbers(struct record_decoding *in, size_t *count_out)
{
    uint32_t *numbers = NULL;

    *count_out = record_decode_count(in, NUMBER_LEN);
    if (*count_out > 0)
        numbers = ARENA_ARRAY(in->arena, uint32_t, *count_out);
    for (size_t i = 0; i < *count_out; i++)
        numbers[i] = reader_u32(&in->reader);
    return numbers;
}

struct record_constraints record_decode_constraints(struct record_decoding *in)
{
    struct record_constraints list = {NULL, record_decode_count(in, CONSTRAINT_LEN_MIN)};

    if (list.count > 0)
        list.items = ARENA_ARRAY(in->arena, struct record_constraint, list.count);
    for (size_t i = 0; i < list.count; i++) {
        struct record_constraint *constraint = &list.items[i];
        size_t foreign_count = 0;

        constraint->name = record_decode_text(in);
        constraint->oid = reader_u32(&in->reader);
        constraint->kind = decode_letter(in);
        constraint->columns = decode_numbers(in, &constraint->column_count);
        constraint->expression_sql = record_decode_text(in);
        constraint->index_id = record_decode_id(in);
        constraint->table_id = record_decode_id(in);
        constraint->foreign_columns = decode_numbers(in, &foreign_count);
        if (foreign_count != 0 && foreign_count != constraint->column_count)
            in->reader.failed = true;
        constraint->match = decode_letter(in);
        constraint->on_update = decode_letter(in);
        constraint->on_delete = decode_letter(in);
        constraint->is_deferrable = record_decode_bool(in);
        constraint->is_deferred = record_decode_bool(in);
    }
    return list;
}

struct record_index_parts record_decode_parts(struct record_decoding *in)
{
    struct record_index_parts list = {NULL, record_decode_count(in, PART_LEN_MIN)};

    if (list.count > 0)
        list.items = ARENA_ARRAY(in->arena, struct record_index_part, list.count);
    for (size_t i = 0; i < list.count; i++) {
        list.items[i].number = reader_u32(&in->reader);
        list.items[i].expression_sql = record_decode_text(in);
        list.items[i].is_descending = record_decode_bool(in);
        list.items[i].nulls_first = record_decode_bool(in);
    }
    return list;
}

void record_encode_sources(struct buffer *out, struct record_sources list)
{
    buffer_add_u32(out, (uint32_t)list.count);
    for (size_t i = 0; i < list.count; i++) {
        const struct record_source *source = &list.items[i];

        record_encode_text(out, source->schema);
        record_encode_text(out, source->name);
        record_encode_id(out, source->id);
        buffer_add_u32(out, (uint32_t)source->column_count);
        for (size_t k = 0; k < source->column_count; k++) {
            buffer_add_u32(out, source->numbers[k]);
            record_encode_text(out, source->names[k]);
        }
    }
}

static void decode_source(struct record_decoding *in, struct record_source *source)
{
    source->schema = record_decode_text(in);
    source->name = record_decode_text(in);
    source->id = record_decode_id(in);
    source->column_count = record_decode_count(in, SOURCE_COLUMN_LEN_MIN);
    source->numbers = ARENA_ARRAY(in->arena, uint32_t, source->column_count + 1);
    source->names = ARENA_ARRAY(in->arena, const char *, source->column_count + 1);
    for (size_t i = 0; i < source->column_count; i++) {
        source->numbers[i] = reader_u32(&in->reader);
        source->names[i] = record_decode_text(in);
    }
}

struct record_sources record_decode_sources(struct record_decoding *in)
{
    struct record_sources list = {NULL, record_decode_count(in, SOURCE_LEN_MIN)};

    if (list.count > 0)
        list.items = ARENA_ARRAY(in->arena, struct record_source, list.count);
    for (size_t i = 0; i < list.count; i++)
        decode_source(in, &list.items[i]);
    return list;
}
