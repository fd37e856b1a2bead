/* Arrays: packed form, text "{1,2,NULL}", binary form, order. */
#include "sql/types/array.h"

#include <stdlib.h>

#include "base/reader.h"
#include "sql/types/methods.h"

#define ITEM_NULL UINT32_MAX /* in place of an item's length */

enum { DATUM_SIZE = 8 /* what a number takes in the packed form */ };

struct head {
    uint32_t element;
    uint32_t dimensions;
    uint32_t count;
    int32_t lengths[TYPE_ARRAY_DIMENSIONS_MAX];
    int32_t lowers[TYPE_ARRAY_DIMENSIONS_MAX];
};

struct array array_open(struct bytes packed)
{
    struct head head;
    struct array array = {0};
    memcpy(&head, packed.at, sizeof(head));
    array.element = type_find_oid(head.element);
    array.dimensions = head.dimensions;
    array.count = head.count;
    memcpy(array.lengths, head.lengths, sizeof(head.lengths));
    memcpy(array.lowers, head.lowers, sizeof(head.lowers));
    array.items = bytes_of(packed.at + sizeof(head), packed.len - sizeof(head));
    return array;
}

bool array_next(struct array *array, struct value *out)
{
    uint32_t len = 0;
    if (array->items.len < sizeof(len))
        return false;
    memcpy(&len, array->items.at, sizeof(len));
    array->items =
        bytes_of(array->items.at + sizeof(len), array->items.len - sizeof(len));
    *out = (struct value){.null = len == ITEM_NULL};
    if (out->null)
        return true;
    if (array->element->methods->storage == TYPE_STORAGE_BYTES)
        out->datum.bytes = bytes_of(array->items.at, len);
    else
        memcpy(&out->datum, array->items.at, len);
    array->items = bytes_of(array->items.at + len, array->items.len - len);
    return true;
}

bool array_item(struct array array, size_t index, struct value *out)
{
    bool found = false;
    for (size_t i = 0; i <= index; i++) {
        found = array_next(&array, out);
        if (!found)
            break;
    }
    return found;
}

struct bytes array_build(struct arena *arena, const struct array *shape,
                         const struct value *items)
{
    enum type_storage storage = shape->element->methods->storage;
    bool wide = storage == TYPE_STORAGE_BYTES;
    uint32_t number =
        storage == TYPE_STORAGE_INTERVAL ? sizeof(struct datum_interval) : DATUM_SIZE;
    size_t size = sizeof(struct head);
    for (size_t i = 0; i < shape->count; i++) {
        size += sizeof(uint32_t);
        if (!items[i].null)
            size += wide ? items[i].datum.bytes.len : number;
    }
    uint8_t *packed = ARENA_ARRAY(arena, uint8_t, size);
    struct head head = {.element = shape->element->oid,
                        .dimensions = shape->dimensions,
                        .count = (uint32_t)shape->count};
    memcpy(head.lengths, shape->lengths, sizeof(head.lengths));
    memcpy(head.lowers, shape->lowers, sizeof(head.lowers));
    memcpy(packed, &head, sizeof(head));
    uint8_t *at = packed + sizeof(head);
    for (size_t i = 0; i < shape->count; i++) {
        uint32_t len = items[i].null ? ITEM_NULL
                       : wide        ? (uint32_t)items[i].datum.bytes.len
                                     : number;
        memcpy(at, &len, sizeof(len));
        at += sizeof(len);
        if (items[i].null || len == 0)
            continue;
        if (wide)
            memcpy(at, items[i].datum.bytes.at, len);
        else
            memcpy(at, &items[i].datum, len);
        at += len;
    }
    return bytes_of(packed, size);
}

struct bytes array_build_list(struct arena *arena, const struct type *element,
                              const struct value *items, size_t count)
{
    struct array shape = {.element = element, .count = count};
    shape.dimensions = count == 0 ? 0 : 1;
    shape.lengths[0] = (int32_t)count;
    shape.lowers[0] = 1;
    return array_build(arena, &shape, items);
}

/* Reading text. The items found so far, with the depth at which braces stand. */
struct parse {
    const struct type_context *context;
    struct bytes whole;
    size_t at;
    struct array shape;
    struct value *items;
    size_t room;
    int32_t counters[TYPE_ARRAY_DIMENSIONS_MAX];
    bool leaf_known; /* shape.dimensions is final */
};

static enum rc malformed(const struct parse *parse, const char *detail, struct error *err)
{
    error_set(err, SQLSTATE_INVALID_TEXT_REPRESENTATION,
              "malformed array literal: \"%.*s\"", BYTES_PRINT(parse->whole));
    return error_detail(err, "%s", detail);
}

static void skip_space(struct parse *parse)
{
    while (parse->at < parse->whole.len && methods_is_space(parse->whole.at[parse->at]))
        parse->at++;
}

static int peek(const struct parse *parse)
{
    return parse->at < parse->whole.len ? parse->whole.at[parse->at] : -1;
}

static void add_item(struct parse *parse, struct value item)
{
    if (parse->shape.count == parse->room) {
        size_t room = parse->room == 0 ? 16 : parse->room * 2;
        struct value *items = ARENA_ARRAY(parse->context->arena, struct value, room);
        if (parse->room > 0)
            memcpy(items, parse->items, parse->room * sizeof(*items));
        parse->items = items;
        parse->room = room;
    }
    parse->items[parse->shape.count++] = item;
}

/* Takes one item's text; *quoted_out tells whether any of it was quoted. */
static enum rc take_text(struct parse *parse, struct bytes *out, bool *quoted_out,
                         struct error *err)
{
    uint8_t *text =
        ARENA_ARRAY(parse->context->arena, uint8_t, parse->whole.len - parse->at + 1);
    size_t len = 0;
    size_t solid = 0; /* length without trailing blanks that nothing quotes */
    bool inside = false;
    *quoted_out = false;
    for (;; parse->at++) {
        int byte = peek(parse);
        if (byte < 0)
            return malformed(parse, "Unexpected end of input.", err);
        if (!inside && (byte == ',' || byte == '}'))
            break;
        if (!inside && byte == '{')
            return malformed(parse, "Unexpected \"{\" character.", err);
        if (byte == '"') {
            if (!inside && solid > 0)
                return malformed(parse, "Unexpected array element.", err);
            inside = !inside;
            *quoted_out = true;
            solid = len;
            continue;
        }
        if (byte == '\\') {
            parse->at++;
            byte = peek(parse);
            if (byte < 0)
                return malformed(parse, "Unexpected end of input.", err);
            *quoted_out = true;
        } else if (!inside && methods_is_space((uint8_t)byte)) {
            text[len++] = (uint8_t)byte;
            continue;
        } else if (!inside && *quoted_out && parse->whole.at[parse->at - 1] == '"') {
            return malformed(parse, "Unexpected array element.", err);
        }
        text[len++] = (uint8_t)byte;
        solid = len;
    }
    *out = bytes_of(text, solid);
    return RC_OK;
}

static bool is_null_word(struct bytes text)
{
    return text.len == 4 && (text.at[0] | 0x20) == 'n' && (text.at[1] | 0x20) == 'u' &&
           (text.at[2] | 0x20) == 'l' && (text.at[3] | 0x20) == 'l';
}

static enum rc take_item(struct parse *parse, struct error *err)
{
    struct bytes text = {0};
    bool quoted = false;
    TRY(take_text(parse, &text, &quoted, err));
    if (text.len == 0 && !quoted)
        return malformed(parse,
                         peek(parse) == ',' ? "Unexpected \",\" character."
                                            : "Unexpected \"}\" character.",
                         err);
    struct value item = {.null = !quoted && is_null_word(text)};
    if (!item.null)
        TRY(parse->shape.element->methods->input(parse->shape.element, parse->context,
                                                 text, &item.datum, err));
    add_item(parse, item);
    return RC_OK;
}

/* One brace is done: its length must be that of its fellows. */
static enum rc close_brace(struct parse *parse, uint32_t depth, struct error *err)
{
    int32_t *length = &parse->shape.lengths[depth - 1];
    if (*length == -1)
        *length = parse->counters[depth - 1];
    if (*length != parse->counters[depth - 1])
        return malformed(
            parse,
            "Multidimensional arrays must have sub-arrays with matching dimensions.",
            err);
    return RC_OK;
}

static enum rc open_brace(struct parse *parse, uint32_t *depth, struct error *err)
{
    if (*depth >= TYPE_ARRAY_DIMENSIONS_MAX)
        return error_set(
            err, SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE,
            "number of array dimensions (%u) exceeds the maximum allowed (%d)",
            *depth + 1, TYPE_ARRAY_DIMENSIONS_MAX);
    if (parse->leaf_known && *depth >= parse->shape.dimensions)
        return malformed(parse, "Unexpected \"{\" character.", err);
    parse->counters[(*depth)++] = 0;
    if (!parse->leaf_known)
        parse->shape.dimensions = *depth;
    parse->at++;
    return RC_OK;
}

/* After an item or a closed brace: a comma, or closing braces. */
static enum rc take_separator(struct parse *parse, uint32_t *depth, struct error *err)
{
    skip_space(parse);
    while (*depth > 0 && peek(parse) == '}') {
        TRY(close_brace(parse, *depth, err));
        parse->at++;
        (*depth)--;
        if (*depth > 0)
            parse->counters[*depth - 1]++;
        skip_space(parse);
    }
    if (*depth == 0)
        return RC_OK;
    if (peek(parse) != ',')
        return malformed(parse,
                         peek(parse) < 0 ? "Unexpected end of input."
                                         : "Unexpected array element.",
                         err);
    parse->at++;
    return RC_OK;
}

static enum rc take_body(struct parse *parse, struct error *err)
{
    uint32_t depth = 0;
    do {
        skip_space(parse);
        if (peek(parse) == '{') {
            TRY(open_brace(parse, &depth, err));
            skip_space(parse);
            if (peek(parse) != '}' || parse->leaf_known)
                continue;
            parse->leaf_known = true; /* "{}", and "{{},{}}" is empty too */
        } else {
            if (parse->leaf_known && depth != parse->shape.dimensions)
                return malformed(parse, "Unexpected array element.", err);
            parse->leaf_known = true;
            TRY(take_item(parse, err));
            parse->counters[depth - 1]++;
        }
        TRY(take_separator(parse, &depth, err));
    } while (depth > 0);
    skip_space(parse);
    if (peek(parse) >= 0)
        return malformed(parse, "Junk after closing right brace.", err);
    return RC_OK;
}

/* "[2:4]={...}": the bounds go to the shape. */
static enum rc take_bounds(struct parse *parse, struct error *err)
{
    uint32_t count = 0;
    while (peek(parse) == '[') {
        long bounds[2] = {1, 0};
        const char *text = arena_strndup(parse->context->arena,
                                         (const char *)parse->whole.at + parse->at + 1,
                                         parse->whole.len - parse->at - 1);
        char *end = NULL;
        bounds[0] = strtol(text, &end, 10);
        bounds[1] = bounds[0];
        if (end == text)
            return malformed(parse,
                             "\"[\" must introduce explicitly-specified array "
                             "dimensions.",
                             err);
        if (*end == ':')
            bounds[1] = strtol(end + 1, &end, 10);
        else
            bounds[0] = 1;
        if (*end != ']' || count == TYPE_ARRAY_DIMENSIONS_MAX || bounds[0] < INT32_MIN ||
            bounds[1] > INT32_MAX)
            return malformed(parse,
                             "\"[\" must introduce explicitly-specified array "
                             "dimensions.",
                             err);
        if (bounds[1] < bounds[0])
            return error_set(err, SQLSTATE_ARRAY_SUBSCRIPT_ERROR,
                             "upper bound cannot be less than lower bound");
        parse->shape.lowers[count] = (int32_t)bounds[0];
        parse->shape.lengths[count++] = (int32_t)(bounds[1] - bounds[0] + 1);
        parse->at += (size_t)(end - text) + 2;
    }
    skip_space(parse);
    if (count > 0 && peek(parse) != '=')
        return malformed(parse, "Missing \"=\" after array dimensions.", err);
    parse->at += count > 0 ? 1 : 0;
    return RC_OK;
}

static enum rc array_input(const struct type *type, const struct type_context *context,
                           struct bytes text, union datum *out, struct error *err)
{
    struct parse parse = {.context = context, .whole = text};
    parse.shape.element = type_find_oid(type->element);
    for (int i = 0; i < TYPE_ARRAY_DIMENSIONS_MAX; i++) {
        parse.shape.lengths[i] = -1;
        parse.shape.lowers[i] = 1;
    }
    skip_space(&parse);
    TRY(take_bounds(&parse, err));
    skip_space(&parse);
    if (peek(&parse) != '{')
        return malformed(
            &parse, "Array value must start with \"{\" or dimension information.", err);
    TRY(take_body(&parse, err));
    if (parse.shape.count == 0)
        parse.shape.dimensions = 0;
    out->bytes = array_build(context->arena, &parse.shape, parse.items);
    return RC_OK;
}

static bool needs_quotes(struct bytes text)
{
    if (text.len == 0 || is_null_word(text))
        return true;
    for (size_t i = 0; i < text.len; i++) {
        if (memchr("\"\\{},", text.at[i], 5) != NULL || methods_is_space(text.at[i]))
            return true;
    }
    return false;
}

static void output_item(const struct array *array, const struct type_context *context,
                        const struct value *item, struct buffer *out)
{
    if (item->null) {
        buffer_add_text(out, "NULL");
        return;
    }
    struct buffer text;
    buffer_init(&text, TYPE_VALUE_MAX);
    type_output(array->element, context, item->datum, &text);
    struct bytes bytes = buffer_bytes(&text);
    bool quotes = needs_quotes(bytes);
    if (quotes)
        buffer_add_u8(out, '"');
    for (size_t i = 0; i < bytes.len; i++) {
        if (quotes && (bytes.at[i] == '"' || bytes.at[i] == '\\'))
            buffer_add_u8(out, '\\');
        buffer_add_u8(out, bytes.at[i]);
    }
    if (quotes)
        buffer_add_u8(out, '"');
    buffer_fini(&text);
}

static void output_bounds(const struct array *array, struct buffer *out)
{
    bool plain = true;
    for (uint32_t i = 0; i < array->dimensions; i++)
        plain = plain && array->lowers[i] == 1;
    if (plain)
        return;
    for (uint32_t i = 0; i < array->dimensions; i++)
        buffer_printf(out, "[%d:%d]", array->lowers[i],
                      array->lowers[i] + array->lengths[i] - 1);
    buffer_add_u8(out, '=');
}

static void array_output(const struct type *type, const struct type_context *context,
                         union datum datum, struct buffer *out)
{
    (void)type;
    struct array array = array_open(datum.bytes);
    if (array.dimensions == 0) {
        buffer_add_text(out, "{}");
        return;
    }
    output_bounds(&array, out);
    struct value item = {0};
    for (size_t at = 0; array_next(&array, &item); at++) {
        /* A brace opens before, or closes behind, each item that starts or ends a run of
         * the dimensions further in. */
        size_t run = 1;
        for (uint32_t i = array.dimensions; i > 0; i--) {
            run *= (size_t)array.lengths[i - 1];
            if (at % run == 0)
                buffer_add_u8(out, '{');
        }
        output_item(&array, context, &item, out);
        run = 1;
        for (uint32_t i = array.dimensions; i > 0; i--) {
            run *= (size_t)array.lengths[i - 1];
            if ((at + 1) % run == 0)
                buffer_add_u8(out, '}');
        }
        if (at + 1 < array.count)
            buffer_add_u8(out, ',');
    }
    /* A comma belongs between items: braces that close come before it, those that open
     * after it, which the order above gives. */
}

static enum rc receive_shape(struct reader *reader, struct array *shape,
                             struct error *err)
{
    shape->dimensions = reader_u32(reader);
    (void)reader_u32(reader); /* "has NULLs": the items tell */
    if (shape->dimensions > TYPE_ARRAY_DIMENSIONS_MAX)
        return type_invalid_binary(err);
    if (reader_u32(reader) != shape->element->oid)
        return error_set(err, SQLSTATE_DATATYPE_MISMATCH, "wrong element type");
    shape->count = shape->dimensions == 0 ? 0 : 1;
    for (uint32_t i = 0; i < shape->dimensions; i++) {
        shape->lengths[i] = (int32_t)reader_u32(reader);
        shape->lowers[i] = (int32_t)reader_u32(reader);
        if (shape->lengths[i] < 0 || (size_t)shape->lengths[i] > reader->left)
            return type_invalid_binary(err);
        shape->count *= (size_t)shape->lengths[i];
        if (shape->count > reader->left) /* each item takes four bytes at least */
            return type_invalid_binary(err);
    }
    return RC_OK;
}

static enum rc array_receive(const struct type *type, const struct type_context *context,
                             struct bytes bytes, union datum *out, struct error *err)
{
    struct reader reader = reader_of(bytes);
    struct array shape = {.element = type_find_oid(type->element)};
    TRY(receive_shape(&reader, &shape, err));
    struct value *items = ARENA_ARRAY(context->arena, struct value, shape.count + 1);
    for (size_t i = 0; i < shape.count; i++) {
        uint32_t len = reader_u32(&reader);
        items[i].null = len == ITEM_NULL;
        if (items[i].null)
            continue;
        struct bytes item = reader_bytes(&reader, len);
        if (reader_failed(&reader))
            return type_invalid_binary(err);
        TRY(type_receive(shape.element, context, item, -1, &items[i].datum, err));
    }
    if (!reader_done(&reader))
        return type_invalid_binary(err);
    if (shape.count == 0)
        shape.dimensions = 0;
    out->bytes = array_build(context->arena, &shape, items);
    return RC_OK;
}

static bool has_nulls(struct array array)
{
    struct value item = {0};
    while (array_next(&array, &item)) {
        if (item.null)
            return true;
    }
    return false;
}

static void array_send(const struct type *type, const struct type_context *context,
                       union datum datum, struct buffer *out)
{
    (void)type;
    struct array array = array_open(datum.bytes);
    buffer_add_u32(out, array.dimensions);
    buffer_add_u32(out, has_nulls(array) ? 1 : 0);
    buffer_add_u32(out, array.element->oid);
    for (uint32_t i = 0; i < array.dimensions; i++) {
        buffer_add_u32(out, (uint32_t)array.lengths[i]);
        buffer_add_u32(out, (uint32_t)array.lowers[i]);
    }
    struct value item = {0};
    while (array_next(&array, &item)) {
        size_t start = buffer_len(out);
        buffer_add_u32(out, ITEM_NULL);
        if (item.null)
            continue;
        type_send(array.element, context, item.datum, out);
        if (!buffer_failed(out))
            buffer_set_u32(out, start, (uint32_t)(buffer_len(out) - start - 4));
    }
}

static int compare_shape(const struct array *a, const struct array *b)
{
    if (a->count != b->count)
        return a->count < b->count ? -1 : 1;
    if (a->dimensions != b->dimensions)
        return a->dimensions < b->dimensions ? -1 : 1;
    for (uint32_t i = 0; i < a->dimensions; i++) {
        if (a->lengths[i] != b->lengths[i])
            return a->lengths[i] < b->lengths[i] ? -1 : 1;
        if (a->lowers[i] != b->lowers[i])
            return a->lowers[i] < b->lowers[i] ? -1 : 1;
    }
    return 0;
}

/* Item by item, NULL above all; then the number of items and the shape. */
static int array_compare(const struct type *type, union datum a, union datum b)
{
    (void)type;
    struct array left = array_open(a.bytes);
    struct array right = array_open(b.bytes);
    struct value x = {0};
    struct value y = {0};
    while (array_next(&left, &x) && array_next(&right, &y)) {
        int order = (x.null ? 1 : 0) - (y.null ? 1 : 0);
        if (order == 0 && !x.null)
            order = type_compare(left.element, x.datum, y.datum);
        if (order != 0)
            return order;
    }
    return compare_shape(&left, &right);
}

static uint64_t array_hash(const struct type *type, union datum datum)
{
    (void)type;
    struct array array = array_open(datum.bytes);
    uint64_t hash = 1;
    struct value item = {0};
    while (array_next(&array, &item))
        hash = hash * 31 + (item.null ? 0 : type_hash(array.element, item.datum));
    return methods_hash_number(hash);
}

const struct type_methods array_methods = {
    TYPE_STORAGE_BYTES, array_input,   array_output, array_receive,
    array_send,         array_compare, array_hash,
};

/* int2vector and oidvector: numbers with blanks between, counted from 0. */
static enum rc vector_input(const struct type *type, const struct type_context *context,
                            struct bytes text, union datum *out, struct error *err)
{
    struct array shape = {.element = type_find_oid(type->element)};
    struct value *items = ARENA_ARRAY(context->arena, struct value, text.len / 2 + 1);
    struct bytes rest = methods_trim(text);
    while (rest.len > 0) {
        size_t len = 0;
        while (len < rest.len && !methods_is_space(rest.at[len]))
            len++;
        TRY(type_input(shape.element, context, bytes_of(rest.at, len), -1,
                       &items[shape.count++].datum, err));
        rest = methods_trim(bytes_of(rest.at + len, rest.len - len));
    }
    shape.dimensions = 1;
    shape.lengths[0] = (int32_t)shape.count;
    out->bytes = array_build(context->arena, &shape, items);
    return RC_OK;
}

static void vector_output(const struct type *type, const struct type_context *context,
                          union datum datum, struct buffer *out)
{
    (void)type;
    struct array array = array_open(datum.bytes);
    struct value item = {0};
    for (size_t i = 0; array_next(&array, &item); i++) {
        if (i > 0)
            buffer_add_u8(out, ' ');
        type_output(array.element, context, item.datum, out);
    }
}

const struct type_methods vector_methods = {
    TYPE_STORAGE_BYTES, vector_input,  vector_output, array_receive,
    array_send,         array_compare, array_hash,
};
