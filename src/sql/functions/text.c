/* Functions on text (manual, chapter 9.4). Positions and lengths count characters. */
#include <stdio.h>

#include "base/ascii.h"
#include "base/crypto.h"
#include "base/utf8.h"
#include "sql/functions/implementation.h"

struct bytes implementation_skip(struct bytes text, size_t characters)
{
    for (; characters > 0 && text.len > 0; characters--) {
        size_t len = utf8_char_len(text);
        len = len == 0 ? 1 : len;
        text = bytes_of(text.at + len, text.len - len);
    }
    return text;
}

struct bytes implementation_take(struct bytes text, size_t characters)
{
    return bytes_of(text.at, text.len - implementation_skip(text, characters).len);
}

bool implementation_find(struct bytes text, struct bytes word, size_t *at_out)
{
    const uint8_t *hit =
        word.len == 0 ? text.at : memmem(text.at, text.len, word.at, word.len);
    *at_out = hit == NULL ? 0 : (size_t)(hit - text.at);
    return hit != NULL;
}

FUNCTION_ROW(text_length)
{
    (void)err;
    struct bytes text = arguments[0].datum.bytes;
    /* Blanks at the end of a bpchar do not count. */
    while (call->argument_types[0]->oid == TYPE_BPCHAR && text.len > 0 &&
           text.at[text.len - 1] == ' ')
        text.len--;
    result->datum.int32 = (int32_t)utf8_count(text);
    return RC_OK;
}

FUNCTION_ROW(octet_length)
{
    (void)call;
    (void)err;
    result->datum.int32 = (int32_t)arguments[0].datum.bytes.len;
    return RC_OK;
}

FUNCTION_ROW(concatenate)
{
    struct bytes a = arguments[0].datum.bytes;
    struct bytes b = arguments[1].datum.bytes;
    if (a.len + b.len > TYPE_VALUE_MAX)
        return error_set(err, SQLSTATE_PROGRAM_LIMIT_EXCEEDED,
                         "requested length too large");
    uint8_t *to = ARENA_ARRAY(call->arena, uint8_t, a.len + b.len + 1);
    if (a.len > 0)
        memcpy(to, a.at, a.len);
    if (b.len > 0)
        memcpy(to + a.len, b.at, b.len);
    result->datum.bytes = bytes_of(to, a.len + b.len);
    return RC_OK;
}

/* How text || anything and concat() see a value. */
static void append(const struct call *call, size_t index, const struct value *arguments,
                   struct buffer *out)
{
    const struct type *type = call->argument_types[index];
    type_output(type, call->types, arguments[index].datum, out);
}

FUNCTION_ROW(concatenate_any)
{
    struct buffer text;
    buffer_init(&text, TYPE_VALUE_MAX);
    for (size_t i = 0; i < 2; i++) {
        if (call->argument_types[i]->oid == TYPE_BOOL)
            buffer_add_text(&text, arguments[i].datum.boolean ? "true" : "false");
        else
            append(call, i, arguments, &text);
    }
    return implementation_text(call, &text, result, err);
}

FUNCTION_ROW(concat)
{
    struct buffer text;
    buffer_init(&text, TYPE_VALUE_MAX);
    for (size_t i = 0; i < call->argument_count; i++) {
        if (!arguments[i].null)
            append(call, i, arguments, &text);
    }
    return implementation_text(call, &text, result, err);
}

FUNCTION_ROW(concat_ws)
{
    result->null = arguments[0].null;
    if (result->null)
        return RC_OK;
    struct buffer text;
    buffer_init(&text, TYPE_VALUE_MAX);
    bool first = true;
    for (size_t i = 1; i < call->argument_count; i++) {
        if (arguments[i].null)
            continue;
        if (!first)
            buffer_add(&text, arguments[0].datum.bytes);
        first = false;
        append(call, i, arguments, &text);
    }
    return implementation_text(call, &text, result, err);
}

/* ASCII letters only, as the C locale has it. */
static struct bytes fold(struct arena *arena, struct bytes text, char low, char high)
{
    uint8_t *to = ARENA_ARRAY(arena, uint8_t, text.len + 1);
    for (size_t i = 0; i < text.len; i++) {
        bool swap = text.at[i] >= (uint8_t)low && text.at[i] <= (uint8_t)high;
        to[i] = swap ? text.at[i] ^ 0x20 : text.at[i];
    }
    return bytes_of(to, text.len);
}

FUNCTION_ROW(lower)
{
    (void)err;
    result->datum.bytes = fold(call->arena, arguments[0].datum.bytes, 'A', 'Z');
    return RC_OK;
}

FUNCTION_ROW(upper)
{
    (void)err;
    result->datum.bytes = fold(call->arena, arguments[0].datum.bytes, 'a', 'z');
    return RC_OK;
}

/* bytea counts bytes. */
static bool is_raw(const struct call *call)
{
    return call->argument_types[0]->oid == TYPE_BYTEA;
}

FUNCTION_ROW(substring)
{
    int64_t start = arguments[1].datum.int32;
    int64_t end = INT32_MAX;
    if (call->argument_count > 2) {
        if (arguments[2].datum.int32 < 0)
            return error_set(err, SQLSTATE_SUBSTRING_ERROR,
                             "negative substring length not allowed");
        end = start + arguments[2].datum.int32;
    }
    start = start < 1 ? 1 : start;
    if (is_raw(call)) {
        struct bytes bytes = arguments[0].datum.bytes;
        int64_t len = (int64_t)bytes.len;
        start = start > len ? len + 1 : start;
        end = end > len + 1 ? len + 1 : end;
        result->datum.bytes =
            bytes_of(bytes.at + start - 1, end > start ? (size_t)(end - start) : 0);
        return RC_OK;
    }
    struct bytes rest =
        implementation_skip(arguments[0].datum.bytes, (size_t)(start - 1));
    result->datum.bytes =
        implementation_take(rest, end > start ? (size_t)(end - start) : 0);
    return RC_OK;
}

FUNCTION_ROW(left)
{
    (void)call;
    (void)err;
    struct bytes text = arguments[0].datum.bytes;
    int64_t count = arguments[1].datum.int32;
    if (count < 0)
        count += (int64_t)utf8_count(text);
    result->datum.bytes = implementation_take(text, count < 0 ? 0 : (size_t)count);
    return RC_OK;
}

FUNCTION_ROW(right)
{
    (void)call;
    (void)err;
    struct bytes text = arguments[0].datum.bytes;
    int64_t count = arguments[1].datum.int32;
    if (count == INT32_MIN) /* PostgreSQL negates it to itself: nothing is cut */
        count = INT32_MAX;
    int64_t gone = count < 0 ? -count : (int64_t)utf8_count(text) - count;
    result->datum.bytes = implementation_skip(text, gone < 0 ? 0 : (size_t)gone);
    return RC_OK;
}

FUNCTION_ROW(position)
{
    (void)err;
    size_t at = 0;
    struct bytes text = arguments[0].datum.bytes;
    if (implementation_find(text, arguments[1].datum.bytes, &at))
        result->datum.int32 =
            (int32_t)(is_raw(call) ? at : utf8_count(bytes_of(text.at, at))) + 1;
    return RC_OK;
}

FUNCTION_ROW(replace)
{
    struct bytes text = arguments[0].datum.bytes;
    struct bytes from = arguments[1].datum.bytes;
    struct buffer out;
    buffer_init(&out, TYPE_VALUE_MAX);
    size_t at = 0;
    while (from.len > 0 && implementation_find(text, from, &at)) {
        buffer_add(&out, bytes_of(text.at, at));
        buffer_add(&out, arguments[2].datum.bytes);
        text = bytes_of(text.at + at + from.len, text.len - at - from.len);
    }
    buffer_add(&out, text);
    return implementation_text(call, &out, result, err);
}

static struct bytes trim(const struct call *call, const struct value *arguments,
                         bool start, bool end)
{
    struct bytes text = arguments[0].datum.bytes;
    struct bytes set =
        call->argument_count > 1 ? arguments[1].datum.bytes : bytes_of_text(" ");
    size_t at = 0;
    while (start && text.len > 0) {
        size_t len = is_raw(call) ? 1 : implementation_take(text, 1).len;
        if (!implementation_find(set, bytes_of(text.at, len), &at))
            break;
        text = bytes_of(text.at + len, text.len - len);
    }
    while (end && text.len > 0) {
        size_t last = text.len - 1;
        while (last > 0 && !is_raw(call) && (text.at[last] & 0xC0) == 0x80)
            last--;
        if (!implementation_find(set, bytes_of(text.at + last, text.len - last), &at))
            break;
        text.len = last;
    }
    return text;
}

FUNCTION_ROW(trim_both)
{
    (void)err;
    result->datum.bytes = trim(call, arguments, true, true);
    return RC_OK;
}

FUNCTION_ROW(trim_left)
{
    (void)err;
    result->datum.bytes = trim(call, arguments, true, false);
    return RC_OK;
}

FUNCTION_ROW(trim_right)
{
    (void)err;
    result->datum.bytes = trim(call, arguments, false, true);
    return RC_OK;
}

FUNCTION_ROW(split_part)
{
    (void)call;
    struct bytes text = arguments[0].datum.bytes;
    struct bytes mark = arguments[1].datum.bytes;
    int64_t field = arguments[2].datum.int32;
    if (field == 0)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "field position must not be zero");
    size_t at = 0;
    int64_t count = 1;
    struct bytes walk = text;
    while (mark.len > 0 && implementation_find(walk, mark, &at)) {
        walk = bytes_of(walk.at + at + mark.len, walk.len - at - mark.len);
        count++;
    }
    field = field < 0 ? count + field + 1 : field;
    result->datum.bytes = bytes_of_text("");
    if (field < 1 || field > count)
        return RC_OK;
    for (; field > 1; field--) {
        (void)implementation_find(text, mark, &at);
        text = bytes_of(text.at + at + mark.len, text.len - at - mark.len);
    }
    bool more = mark.len > 0 && implementation_find(text, mark, &at);
    result->datum.bytes = more ? bytes_of(text.at, at) : text;
    return RC_OK;
}

FUNCTION_ROW(repeat)
{
    struct bytes text = arguments[0].datum.bytes;
    int32_t count = arguments[1].datum.int32;
    struct buffer out;
    if (count > 0 && text.len > TYPE_VALUE_MAX / (size_t)count)
        return error_set(err, SQLSTATE_PROGRAM_LIMIT_EXCEEDED,
                         "requested length too large");
    buffer_init(&out, TYPE_VALUE_MAX);
    for (int32_t i = 0; text.len > 0 && i < count && !buffer_failed(&out); i++)
        buffer_add(&out, text);
    return implementation_text(call, &out, result, err);
}

FUNCTION_ROW(reverse)
{
    (void)err;
    struct bytes text = arguments[0].datum.bytes;
    uint8_t *to = ARENA_ARRAY(call->arena, uint8_t, text.len + 1);
    size_t at = text.len;
    for (struct bytes rest = text; rest.len > 0; rest = implementation_skip(rest, 1)) {
        struct bytes character = implementation_take(rest, 1);
        at -= character.len;
        memcpy(to + at, character.at, character.len);
    }
    result->datum.bytes = bytes_of(to, text.len);
    return RC_OK;
}

FUNCTION_ROW(starts_with)
{
    (void)call;
    (void)err;
    result->datum.boolean =
        bytes_has_prefix(arguments[0].datum.bytes, arguments[1].datum.bytes);
    return RC_OK;
}

FUNCTION_ROW(md5)
{
    (void)err;
    char hex[33];
    crypto_md5_hex(arguments[0].datum.bytes, hex);
    result->datum.bytes = bytes_of_text(arena_strdup(call->arena, hex));
    return RC_OK;
}

FUNCTION_ROW(ascii)
{
    (void)call;
    (void)err;
    struct bytes text = arguments[0].datum.bytes;
    size_t len = 0;
    result->datum.int32 = text.len == 0 ? 0 : (int32_t)utf8_decode(text, &len);
    return RC_OK;
}

FUNCTION_ROW(chr)
{
    int32_t point = arguments[0].datum.int32;
    if (point == 0)
        return error_set(err, SQLSTATE_PROGRAM_LIMIT_EXCEEDED,
                         "null character not permitted");
    if (point < 0)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "character number must be positive");
    if (point > 0x10FFFF)
        return error_set(err, SQLSTATE_PROGRAM_LIMIT_EXCEEDED,
                         "requested character too large for encoding: %d", point);
    if ((point >= 0xD800 && point < 0xE000))
        return error_set(err, SQLSTATE_PROGRAM_LIMIT_EXCEEDED,
                         "requested character not valid for encoding: %d", point);
    uint8_t out[4];
    size_t len = utf8_encode((uint32_t)point, out);
    result->datum.bytes = arena_bytes(call->arena, bytes_of(out, len));
    return RC_OK;
}
