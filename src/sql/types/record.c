/* Records: packed form, text "(1,a,)", binary form, order. */
#include "sql/types/record.h"

#include "sql/types/methods.h"

#define FIELD_NULL UINT32_MAX /* in place of a field's length */

struct field_head {
    uint32_t type;
    uint32_t len;
};

struct record record_open(struct bytes packed)
{
    uint32_t count = 0;
    memcpy(&count, packed.at, sizeof(count));
    return (struct record){
        count, bytes_of(packed.at + sizeof(count), packed.len - sizeof(count))};
}

static struct bytes skip(struct bytes bytes, size_t len)
{
    return bytes_of(bytes.at + len, bytes.len - len);
}

bool record_next(struct record *record, const struct type **type_out, struct value *out)
{
    struct field_head head;
    if (record->fields.len < sizeof(head))
        return false;
    memcpy(&head, record->fields.at, sizeof(head));
    record->fields = skip(record->fields, sizeof(head));
    *type_out = type_find_oid(head.type);
    *out = (struct value){.null = head.len == FIELD_NULL};
    if (out->null)
        return true;
    if ((*type_out)->methods->storage == TYPE_STORAGE_BYTES)
        out->datum.bytes = bytes_of(record->fields.at, head.len);
    else
        memcpy(&out->datum, record->fields.at, head.len);
    record->fields = skip(record->fields, head.len);
    return true;
}

static uint32_t length_of(const struct type *type, const struct value *value)
{
    if (value->null)
        return 0;
    return type->methods->storage == TYPE_STORAGE_BYTES ? (uint32_t)value->datum.bytes.len
                                                        : (uint32_t)sizeof(value->datum);
}

struct bytes record_build(struct arena *arena, const struct type *const *types,
                          const struct value *values, size_t count)
{
    uint32_t field_count = (uint32_t)count;
    size_t size = sizeof(field_count);
    for (size_t i = 0; i < count; i++)
        size += sizeof(struct field_head) + length_of(types[i], &values[i]);
    uint8_t *packed = ARENA_ARRAY(arena, uint8_t, size);
    uint8_t *at = packed;
    memcpy(at, &field_count, sizeof(field_count));
    at += sizeof(field_count);
    for (size_t i = 0; i < count; i++) {
        uint32_t len = length_of(types[i], &values[i]);
        struct field_head head = {types[i]->oid, values[i].null ? FIELD_NULL : len};
        bool wide = types[i]->methods->storage == TYPE_STORAGE_BYTES;
        memcpy(at, &head, sizeof(head));
        at += sizeof(head);
        if (len != 0)
            memcpy(at, wide ? (const void *)values[i].datum.bytes.at : &values[i].datum,
                   len);
        at += len;
    }
    return bytes_of(packed, size);
}

/* ---- text ---- */

static enum rc record_input(const struct type *type, const struct type_context *context,
                            struct bytes text, union datum *out, struct error *err)
{
    (void)type;
    (void)context;
    (void)text;
    (void)out;
    return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                     "input of anonymous composite types is not implemented");
}

static bool is_quoted(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.at[i];
        if (byte == '"' || byte == '\\' || byte == '(' || byte == ')' || byte == ',' ||
            methods_is_space(byte))
            return true;
    }
    return text.len == 0;
}

static void put_field(struct bytes text, struct buffer *out)
{
    bool quoted = is_quoted(text);
    if (quoted)
        buffer_add_text(out, "\"");
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '"' || text.at[i] == '\\')
            buffer_add(out, bytes_of(&text.at[i], 1));
        buffer_add(out, bytes_of(&text.at[i], 1));
    }
    if (quoted)
        buffer_add_text(out, "\"");
}

static void record_output(const struct type *type, const struct type_context *context,
                          union datum datum, struct buffer *out)
{
    struct record record = record_open(datum.bytes);
    const struct type *field = NULL;
    struct value value;
    const char *mark = "(";
    (void)type;
    while (record_next(&record, &field, &value)) {
        buffer_add_text(out, mark);
        mark = ",";
        if (value.null)
            continue;
        struct buffer text;
        buffer_init(&text, TYPE_VALUE_MAX);
        type_output(field, context, value.datum, &text);
        put_field(buffer_bytes(&text), out);
        buffer_fini(&text);
    }
    buffer_add_text(out, record.count == 0 ? "()" : ")");
}

/* ---- binary ---- */

static enum rc record_receive(const struct type *type, const struct type_context *context,
                              struct bytes bytes, union datum *out, struct error *err)
{
    return record_input(type, context, bytes, out, err);
}

static void put_uint32(uint32_t number, struct buffer *out)
{
    uint8_t bytes[4] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16),
                        (uint8_t)(number >> 8), (uint8_t)number};
    buffer_add(out, bytes_of(bytes, sizeof(bytes)));
}

static void record_send(const struct type *type, const struct type_context *context,
                        union datum datum, struct buffer *out)
{
    struct record record = record_open(datum.bytes);
    const struct type *field = NULL;
    struct value value;
    (void)type;
    put_uint32((uint32_t)record.count, out);
    while (record_next(&record, &field, &value)) {
        put_uint32(field->oid, out);
        if (value.null) {
            put_uint32(FIELD_NULL, out);
            continue;
        }
        struct buffer bytes;
        buffer_init(&bytes, TYPE_VALUE_MAX);
        type_send(field, context, value.datum, &bytes);
        put_uint32((uint32_t)buffer_bytes(&bytes).len, out);
        buffer_add(out, buffer_bytes(&bytes));
        buffer_fini(&bytes);
    }
}

/* ---- order: field by field, NULL behind all values and equal to itself ---- */

static int record_compare(const struct type *type, union datum a, union datum b)
{
    struct record one = record_open(a.bytes);
    struct record other = record_open(b.bytes);
    const struct type *field = NULL;
    const struct type *other_field = NULL;
    struct value left;
    struct value right;
    (void)type;
    while (record_next(&one, &field, &left) &&
           record_next(&other, &other_field, &right)) {
        if (left.null || right.null) {
            if (left.null != right.null)
                return left.null ? 1 : -1;
            continue;
        }
        if (field != other_field)
            return field->oid < other_field->oid ? -1 : 1;
        int order = field->methods->compare == NULL
                        ? 0
                        : type_compare(field, left.datum, right.datum);
        if (order != 0)
            return order;
    }
    return one.count == other.count ? 0 : one.count < other.count ? -1 : 1;
}

static uint64_t record_hash(const struct type *type, union datum datum)
{
    struct record record = record_open(datum.bytes);
    const struct type *field = NULL;
    struct value value;
    uint64_t hash = record.count;
    (void)type;
    while (record_next(&record, &field, &value)) {
        uint64_t part = value.null || field->methods->hash == NULL
                            ? 0
                            : type_hash(field, value.datum);
        hash = methods_hash_number(hash * 31 + part);
    }
    return hash;
}

const struct type_methods record_methods = {
    .storage = TYPE_STORAGE_BYTES,
    .input = record_input,
    .output = record_output,
    .receive = record_receive,
    .send = record_send,
    .compare = record_compare,
    .hash = record_hash,
};
