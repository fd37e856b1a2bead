/* Reads a JSON array of strings, and nothing else of JSON. */
#include "connectors/registry/subjects.h"

#include "base/ascii.h"

struct cursor {
    const uint8_t *at;
    const uint8_t *end;
};

static void skip_blanks(struct cursor *cursor)
{
    while (cursor->at < cursor->end && memchr(" \t\r\n", *cursor->at, 4) != NULL)
        cursor->at++;
}

static bool take(struct cursor *cursor, uint8_t byte)
{
    skip_blanks(cursor);
    if (cursor->at == cursor->end || *cursor->at != byte)
        return false;
    cursor->at++;
    return true;
}

/* What follows a backslash. */
static bool take_escape(struct cursor *cursor)
{
    if (cursor->at == cursor->end)
        return false;
    uint8_t kind = *cursor->at++;
    if (kind != 'u')
        return memchr("\"\\/bfnrt", kind, 8) != NULL;
    for (int i = 0; i < 4; i++) {
        if (cursor->at == cursor->end || ascii_hex_value(*cursor->at++) < 0)
            return false;
    }
    return true;
}

static bool take_string(struct cursor *cursor)
{
    if (!take(cursor, '"'))
        return false;
    while (cursor->at < cursor->end) {
        uint8_t byte = *cursor->at++;
        if (byte == '"')
            return true;
        if (byte < 0x20 || (byte == '\\' && !take_escape(cursor)))
            return false;
    }
    return false;
}

static bool take_strings(struct cursor *cursor, size_t *count_out)
{
    if (take(cursor, ']'))
        return true;
    do {
        if (!take_string(cursor))
            return false;
        (*count_out)++;
    } while (take(cursor, ','));
    return take(cursor, ']');
}

bool registry_subjects_count(struct bytes text, size_t *count_out)
{
    struct cursor cursor = {text.at, text.at + text.len};
    *count_out = 0;
    if (!take(&cursor, '[') || !take_strings(&cursor, count_out))
        return false;
    skip_blanks(&cursor);
    return cursor.at == cursor.end;
}
