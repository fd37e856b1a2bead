/* JSON values in memory: packed form, text, order, hash. */
#include "sql/types/json.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"
#include "sql/types/methods.h"
#include "sql/types/numeric.h"

enum { HEAD_SIZE = 1 + sizeof(uint32_t) };

struct json json_string(struct bytes text)
{
    return (struct json){.kind = JSON_STRING, .text = text};
}

void json_add(struct arena *arena, struct json *container, size_t *room, struct bytes key,
              struct json value)
{
    if (container->count >= *room) {
        *room = *room == 0 ? 4 : *room * 2;
        struct json_member *members = ARENA_ARRAY(arena, struct json_member, *room);
        if (container->count > 0)
            memcpy(members, container->members, container->count * sizeof(*members));
        container->members = members;
    }
    container->members[container->count++] = (struct json_member){key, value};
}

int json_key_order(struct bytes a, struct bytes b)
{
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return bytes_compare(a, b);
}

/* Equal keys stay in the order in which they came. */
static int member_order(const void *a, const void *b)
{
    const struct json_member *left = a;
    const struct json_member *right = b;
    int order = json_key_order(left->key, right->key);
    if (order != 0)
        return order;
    return left->value.count < right->value.count ? -1 : 1;
}

void json_sort(struct json *object)
{
    bool sorted = true;
    for (size_t i = 1; sorted && i < object->count; i++)
        sorted = json_key_order(object->members[i - 1].key, object->members[i].key) < 0;
    if (sorted)
        return;
    /* `count` says where each member stood while they are sorted. */
    size_t *counts = mem_alloc_array(object->count, sizeof(*counts));
    for (size_t i = 0; i < object->count; i++) {
        counts[i] = object->members[i].value.count;
        object->members[i].value.count = i;
    }
    qsort(object->members, object->count, sizeof(*object->members), member_order);
    size_t kept = 0;
    for (size_t i = 0; i < object->count; i++) {
        struct json_member member = object->members[i];
        member.value.count = counts[member.value.count];
        if (kept > 0 && bytes_equal(object->members[kept - 1].key, member.key))
            kept--;
        object->members[kept++] = member;
    }
    object->count = kept;
    mem_free(counts);
}

struct json *json_find(const struct json *object, struct bytes key)
{
    for (size_t i = object->count; i > 0; i--) {
        if (bytes_equal(object->members[i - 1].key, key))
            return &object->members[i - 1].value;
    }
    return NULL;
}

/* --- packed form ------------------------------------------------------------------ */

static uint32_t take_u32(struct bytes *bytes)
{
    uint32_t number = 0;
    memcpy(&number, bytes->at, sizeof(number));
    *bytes = bytes_of(bytes->at + sizeof(number), bytes->len - sizeof(number));
    return number;
}

/* The first value of `bytes`, which then begin behind it. */
static struct json take_packed(struct bytes *bytes)
{
    struct json json = {.kind = (enum json_kind)(bytes->at[0] & 0x0F)};
    struct bytes rest = bytes_of(bytes->at + 1, bytes->len - 1);
    uint32_t len = take_u32(&rest);
    json.packed = bytes_of(bytes->at, HEAD_SIZE + len);
    json.boolean = (bytes->at[0] & 0x10) != 0;
    if (json.kind == JSON_STRING || json.kind == JSON_NUMBER)
        json.text = bytes_of(rest.at, len);
    else if (json.kind >= JSON_ARRAY)
        json.count = take_u32(&(struct bytes){rest.at, len});
    *bytes = bytes_of(bytes->at + HEAD_SIZE + len, bytes->len - HEAD_SIZE - len);
    return json;
}

void json_expand(struct arena *arena, struct json *json)
{
    if (json->kind < JSON_ARRAY || json->members != NULL || json->packed.len == 0)
        return;
    size_t head = HEAD_SIZE + sizeof(uint32_t);
    struct bytes rest = bytes_of(json->packed.at + head, json->packed.len - head);
    json->members = ARENA_ARRAY(arena, struct json_member, json->count + 1);
    for (size_t i = 0; i < json->count; i++) {
        struct json_member *member = &json->members[i];
        if (json->kind == JSON_OBJECT) {
            uint32_t len = take_u32(&rest);
            member->key = bytes_of(rest.at, len);
            rest = bytes_of(rest.at + len, rest.len - len);
        }
        member->value = take_packed(&rest);
    }
}

struct json json_open(struct arena *arena, struct bytes packed)
{
    struct json json = take_packed(&packed);
    json_expand(arena, &json);
    return json;
}

static size_t packed_size(const struct json *json)
{
    if (json->kind >= JSON_ARRAY && json->members == NULL && json->packed.len > 0)
        return json->packed.len;
    size_t size = HEAD_SIZE + json->text.len;
    if (json->kind >= JSON_ARRAY)
        size += sizeof(uint32_t);
    for (size_t i = 0; json->kind >= JSON_ARRAY && i < json->count; i++) {
        if (json->kind == JSON_OBJECT)
            size += sizeof(uint32_t) + json->members[i].key.len;
        size += packed_size(&json->members[i].value);
    }
    return size;
}

static uint8_t *put_bytes(uint8_t *at, struct bytes bytes)
{
    if (bytes.len > 0)
        memcpy(at, bytes.at, bytes.len);
    return at + bytes.len;
}

static uint8_t *put_u32(uint8_t *at, size_t number)
{
    uint32_t short_number = (uint32_t)number;
    memcpy(at, &short_number, sizeof(short_number));
    return at + sizeof(short_number);
}

static uint8_t *put_packed(uint8_t *at, const struct json *json)
{
    if (json->kind >= JSON_ARRAY && json->members == NULL && json->packed.len > 0)
        return put_bytes(at, json->packed);
    uint8_t *start = at;
    *at = (uint8_t)(json->kind | (json->boolean ? 0x10 : 0));
    at = put_bytes(at + HEAD_SIZE, json->text);
    if (json->kind >= JSON_ARRAY)
        at = put_u32(at, json->count);
    for (size_t i = 0; json->kind >= JSON_ARRAY && i < json->count; i++) {
        if (json->kind == JSON_OBJECT) {
            at = put_u32(at, json->members[i].key.len);
            at = put_bytes(at, json->members[i].key);
        }
        at = put_packed(at, &json->members[i].value);
    }
    put_u32(start + 1, (size_t)(at - start) - HEAD_SIZE);
    return at;
}

struct bytes json_pack(struct arena *arena, const struct json *json)
{
    size_t size = packed_size(json);
    uint8_t *packed = ARENA_ARRAY(arena, uint8_t, size);
    put_packed(packed, json);
    return bytes_of(packed, size);
}

/* --- text ------------------------------------------------------------------------- */

void json_print_string(struct bytes text, struct buffer *out)
{
    static const char letters[] = "btn_fr"; /* from 8 on */
    size_t plain = 0;
    buffer_add_u8(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.at[i];
        if (byte >= 0x20 && byte != '"' && byte != '\\')
            continue;
        buffer_add(out, bytes_of(text.at + plain, i - plain));
        plain = i + 1;
        if (byte == '"' || byte == '\\')
            buffer_printf(out, "\\%c", byte);
        else if (byte >= 8 && byte <= 13 && byte != 11)
            buffer_printf(out, "\\%c", letters[byte - 8]);
        else
            buffer_printf(out, "\\u%04x", byte);
    }
    buffer_add(out, bytes_of(text.at + plain, text.len - plain));
    buffer_add_u8(out, '"');
}

static void new_line(int depth, struct buffer *out)
{
    buffer_add_u8(out, '\n');
    for (int i = 0; i < depth; i++)
        buffer_add_text(out, "    ");
}

/* `depth` is -1 where all stands on one line. */
static void print(struct arena *arena, const struct json *source, int depth,
                  struct buffer *out)
{
    struct json json = *source;
    switch (json.kind) {
    case JSON_NULL:
        buffer_add_text(out, "null");
        return;
    case JSON_BOOLEAN:
        buffer_add_text(out, json.boolean ? "true" : "false");
        return;
    case JSON_NUMBER:
        numeric_print(json.text, out);
        return;
    case JSON_STRING:
        json_print_string(json.text, out);
        return;
    default:
        break;
    }
    bool object = json.kind == JSON_OBJECT;
    int inner = depth < 0 ? -1 : depth + 1;
    json_expand(arena, &json);
    buffer_add_u8(out, object ? '{' : '[');
    for (size_t i = 0; i < json.count; i++) {
        if (i > 0)
            buffer_add_text(out, depth < 0 ? ", " : ",");
        if (depth >= 0)
            new_line(inner, out);
        if (object) {
            json_print_string(json.members[i].key, out);
            buffer_add_text(out, ": ");
        }
        print(arena, &json.members[i].value, inner, out);
    }
    if (depth >= 0)
        new_line(depth, out);
    buffer_add_u8(out, object ? '}' : ']');
}

void json_print(struct arena *arena, const struct json *json, bool indent,
                struct buffer *out)
{
    print(arena, json, indent ? 0 : -1, out);
}

/* --- order ------------------------------------------------------------------------ */

static int order_of(size_t a, size_t b)
{
    return a < b ? -1 : a > b ? 1 : 0;
}

static int compare(struct arena *arena, struct json *a, struct json *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->kind == JSON_STRING)
        return bytes_compare(a->text, b->text);
    if (a->kind == JSON_NUMBER)
        return numeric_compare(a->text, b->text);
    if (a->kind == JSON_BOOLEAN)
        return (int)a->boolean - (int)b->boolean;
    if (a->kind == JSON_NULL)
        return 0;
    int order = order_of(a->count, b->count);
    json_expand(arena, a);
    json_expand(arena, b);
    for (size_t i = 0; order == 0 && i < a->count; i++) {
        if (a->kind == JSON_OBJECT)
            order = bytes_compare(a->members[i].key, b->members[i].key);
        if (order == 0)
            order = compare(arena, &a->members[i].value, &b->members[i].value);
    }
    return order;
}

/* PostgreSQL keeps a value that is no container as an array of one item, below other
 * arrays of one: so the empty array comes first of all. */
int json_compare(struct arena *arena, struct json *a, struct json *b)
{
    bool scalar_a = a->kind < JSON_ARRAY;
    bool scalar_b = b->kind < JSON_ARRAY;
    if (scalar_a && b->kind == JSON_ARRAY)
        return b->count == 0 ? 1 : -1;
    if (scalar_b && a->kind == JSON_ARRAY)
        return a->count == 0 ? -1 : 1;
    return compare(arena, a, b);
}

uint64_t json_hash(struct arena *arena, struct json *json)
{
    uint64_t hash = methods_hash_number((uint64_t)json->kind + (json->boolean ? 7 : 0));
    if (json->kind == JSON_STRING)
        return hash ^ hash_bytes(json->text, 0);
    if (json->kind == JSON_NUMBER)
        return hash ^ numeric_hash(json->text);
    json_expand(arena, json);
    for (size_t i = 0; json->kind >= JSON_ARRAY && i < json->count; i++) {
        hash = methods_hash_number(hash ^ hash_bytes(json->members[i].key, 0));
        hash = methods_hash_number(hash ^ json_hash(arena, &json->members[i].value));
    }
    return hash;
}
