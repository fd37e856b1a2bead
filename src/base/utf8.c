/* See the header. */
#include "base/utf8.h"

#include "base/assert.h"

static bool is_continuation(uint8_t octet)
{
    return (octet & 0xC0) == 0x80;
}

/* RFC 3629, section 4: the ranges of the second octet depend on the first. */
static bool second_is_allowed(uint8_t first, uint8_t second)
{
    switch (first) {
    case 0xE0:
        return second >= 0xA0 && second <= 0xBF;
    case 0xED:
        return second >= 0x80 && second <= 0x9F;
    case 0xF0:
        return second >= 0x90 && second <= 0xBF;
    case 0xF4:
        return second >= 0x80 && second <= 0x8F;
    default:
        return is_continuation(second);
    }
}

size_t utf8_char_len(struct bytes bytes)
{
    if (bytes.len == 0)
        return 0;
    uint8_t first = bytes.at[0];
    if (first < 0x80)
        return 1;
    size_t len = first >= 0xC2 && first <= 0xDF   ? 2
                 : first >= 0xE0 && first <= 0xEF ? 3
                 : first >= 0xF0 && first <= 0xF4 ? 4
                                                  : 0;
    if (len == 0 || bytes.len < len || !second_is_allowed(first, bytes.at[1]))
        return 0;
    for (size_t i = 2; i < len; i++) {
        if (!is_continuation(bytes.at[i]))
            return 0;
    }
    return len;
}

bool utf8_is_valid(struct bytes bytes, size_t *bad_at_out)
{
    size_t at = 0;
    while (at < bytes.len) {
        uint64_t eight;
        while (bytes.len - at >= 8) {
            memcpy(&eight, bytes.at + at, 8);
            if ((eight & UINT64_C(0x8080808080808080)) != 0)
                break;
            at += 8;
        }
        if (at == bytes.len)
            break;
        size_t len = utf8_char_len(bytes_of(bytes.at + at, bytes.len - at));
        if (len == 0) {
            if (bad_at_out != NULL)
                *bad_at_out = at;
            return false;
        }
        at += len;
    }
    return true;
}

size_t utf8_count(struct bytes bytes)
{
    size_t count = 0;
    for (size_t i = 0; i < bytes.len; i++)
        count += !is_continuation(bytes.at[i]);
    return count;
}

uint32_t utf8_decode(struct bytes bytes, size_t *len_out)
{
    size_t len = utf8_char_len(bytes);
    ASSERT(len != 0);
    *len_out = len;
    static const uint8_t masks[5] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t code_point = bytes.at[0] & masks[len];
    for (size_t i = 1; i < len; i++)
        code_point = code_point << 6 | (bytes.at[i] & 0x3Fu);
    return code_point;
}

size_t utf8_encode(uint32_t code_point, uint8_t out[4])
{
    if (code_point < 0x80) {
        out[0] = (uint8_t)code_point;
        return 1;
    }
    size_t len = code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
    static const uint8_t leads[5] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = len - 1; i > 0; i--) {
        out[i] = (uint8_t)(0x80 | (code_point & 0x3F));
        code_point >>= 6;
    }
    out[0] = (uint8_t)(leads[len] | code_point);
    return len;
}
