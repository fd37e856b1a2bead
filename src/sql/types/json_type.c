/* The types json and jsonb: text and binary forms. */
#include "base/hash.h"
#include "sql/types/json.h"
#include "sql/types/methods.h"

enum { JSONB_VERSION = 1 };

static enum rc text_input(const struct type *type, const struct type_context *context,
                          struct bytes text, union datum *out, struct error *err)
{
    (void)type;
    struct json json;
    TRY(json_parse(context->arena, text, JSON_CHECK, &json, err));
    out->bytes = arena_bytes(context->arena, text);
    return RC_OK;
}

static void text_output(const struct type *type, const struct type_context *context,
                        union datum datum, struct buffer *out)
{
    (void)type;
    (void)context;
    buffer_add(out, datum.bytes);
}

static enum rc text_receive(const struct type *type, const struct type_context *context,
                            struct bytes bytes, union datum *out, struct error *err)
{
    TRY(type_check_text(bytes, err));
    return text_input(type, context, bytes, out, err);
}

/* PostgreSQL's json has no order. */
const struct type_methods json_methods = {
    TYPE_STORAGE_BYTES, text_input, text_output, text_receive, text_output, NULL, NULL,
};

static enum rc jsonb_input(const struct type *type, const struct type_context *context,
                           struct bytes text, union datum *out, struct error *err)
{
    (void)type;
    struct json json;
    TRY(json_parse(context->arena, text, JSON_UNIQUE, &json, err));
    out->bytes = json_pack(context->arena, &json);
    return RC_OK;
}

static void jsonb_output(const struct type *type, const struct type_context *context,
                         union datum datum, struct buffer *out)
{
    (void)type;
    (void)context;
    struct arena *arena = arena_new("jsonb", NULL);
    struct json json = json_open(arena, datum.bytes);
    json_print(arena, &json, false, out);
    arena_free(&arena);
}

static enum rc jsonb_receive(const struct type *type, const struct type_context *context,
                             struct bytes bytes, union datum *out, struct error *err)
{
    if (bytes.len == 0)
        return type_invalid_binary(err);
    if (bytes.at[0] != JSONB_VERSION)
        return error_set(err, SQLSTATE_INTERNAL_ERROR,
                         "unsupported jsonb version number %d", bytes.at[0]);
    bytes = bytes_of(bytes.at + 1, bytes.len - 1);
    TRY(type_check_text(bytes, err));
    return jsonb_input(type, context, bytes, out, err);
}

static void jsonb_send(const struct type *type, const struct type_context *context,
                       union datum datum, struct buffer *out)
{
    buffer_add_u8(out, JSONB_VERSION);
    jsonb_output(type, context, datum, out);
}

static int jsonb_compare(const struct type *type, union datum a, union datum b)
{
    (void)type;
    struct arena *arena = arena_new("jsonb", NULL);
    struct json left = json_open(arena, a.bytes);
    struct json right = json_open(arena, b.bytes);
    int order = json_compare(arena, &left, &right);
    arena_free(&arena);
    return order;
}

static uint64_t jsonb_hash(const struct type *type, union datum datum)
{
    (void)type;
    struct arena *arena = arena_new("jsonb", NULL);
    struct json json = json_open(arena, datum.bytes);
    uint64_t hash = json_hash(arena, &json);
    arena_free(&arena);
    return hash;
}

const struct type_methods jsonb_methods = {
    TYPE_STORAGE_BYTES, jsonb_input,   jsonb_output, jsonb_receive,
    jsonb_send,         jsonb_compare, jsonb_hash,
};
