/* What tokens mean: names and string values. */
#include <string.h>

#include "base/ascii.h"
#include "base/utf8.h"
#include "sql/parse/scan.h"

/* PostgreSQL's NAMEDATALEN - 1. */
enum { NAME_MAX_LEN = 63 };

/* Cuts at a whole character, as truncate_identifier() does. */
static void cut_name(char *name)
{
    size_t len = strlen(name);
    if (len <= NAME_MAX_LEN)
        return;
    size_t end = 0;
    while (end < len) {
        size_t char_len = utf8_char_len(bytes_of(name + end, len - end));
        if (char_len == 0 || end + char_len > NAME_MAX_LEN)
            break;
        end += char_len;
    }
    name[end] = 0;
}

/* Copies what stands between quotes, each doubled quote as one. */
static char *undouble(struct arena *arena, struct bytes inner, char quote)
{
    char *out = ARENA_ARRAY(arena, char, inner.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < inner.len; i++) {
        out[len++] = (char)inner.at[i];
        if (inner.at[i] == (uint8_t)quote)
            i++;
    }
    return out;
}

char *sql_token_identifier(struct arena *arena, const struct scan *scan, size_t at)
{
    struct bytes text = sql_token_text(scan, at);
    char *name = NULL;
    if (scan->tokens[at].kind == TOKEN_QUOTED) {
        if (text.at[0] != '"')
            return NULL;
        name = undouble(arena, bytes_of(text.at + 1, text.len - 2), '"');
    } else {
        name = arena_strndup(arena, (const char *)text.at, text.len);
        for (size_t i = 0; i < text.len; i++)
            name[i] = (char)ascii_lower(text.at[i]);
    }
    cut_name(name);
    return name;
}

static char *dollar_value(struct arena *arena, struct bytes text)
{
    const uint8_t *second = memchr(text.at + 1, '$', text.len - 1);
    size_t tag_len = (size_t)(second - text.at) + 1;
    return arena_strndup(arena, (const char *)text.at + tag_len, text.len - 2 * tag_len);
}

struct decoder {
    struct bytes text;
    size_t at;
    char *out;
    size_t len;
};

/* Reads up to max digits of a base; the number of digits read. */
static size_t read_digits(struct decoder *decoder, size_t max, uint32_t base,
                          uint32_t *number_out)
{
    size_t count = 0;
    *number_out = 0;
    while (count < max && decoder->at < decoder->text.len) {
        int digit = ascii_hex_value(decoder->text.at[decoder->at]);
        if (digit < 0 || (uint32_t)digit >= base)
            break;
        *number_out = *number_out * base + (uint32_t)digit;
        decoder->at++;
        count++;
    }
    return count;
}

static bool add_code_point(struct decoder *decoder, size_t digits)
{
    uint32_t code_point = 0;
    if (read_digits(decoder, digits, 16, &code_point) != digits || code_point == 0 ||
        code_point > 0x10ffff || (code_point >= 0xd800 && code_point < 0xe000))
        return false;
    decoder->len += utf8_encode(code_point, (uint8_t *)decoder->out + decoder->len);
    return true;
}

/* One escape of E'...' (manual, 4.1.2.2); `at` is behind the backslash. */
static bool add_escape(struct decoder *decoder)
{
    static const char letters[] = "bfnrt";
    static const char values[] = "\b\f\n\r\t";
    uint8_t byte = decoder->text.at[decoder->at++];
    const char *letter = byte == 0 ? NULL : strchr(letters, byte);
    uint32_t number = 0;
    if (letter != NULL) {
        decoder->out[decoder->len++] = values[letter - letters];
        return true;
    }
    if (byte == 'u' || byte == 'U')
        return add_code_point(decoder, byte == 'u' ? 4 : 8);
    if (byte == 'x' && read_digits(decoder, 2, 16, &number) > 0) {
        decoder->out[decoder->len++] = (char)number;
        return number != 0;
    }
    if (byte >= '0' && byte <= '7') {
        decoder->at--;
        (void)read_digits(decoder, 3, 8, &number);
        decoder->out[decoder->len++] = (char)(number & 0xff);
        return (number & 0xff) != 0;
    }
    decoder->out[decoder->len++] = (char)byte;
    return true;
}

/* Behind a closing quote: goes to behind the quote that continues the string, if any. */
static bool find_continuation(struct decoder *decoder)
{
    const uint8_t *text = decoder->text.at;
    while (decoder->at < decoder->text.len) {
        if (text[decoder->at] == '-') {
            while (decoder->at < decoder->text.len && text[decoder->at] != '\n' &&
                   text[decoder->at] != '\r')
                decoder->at++;
        } else if (text[decoder->at++] == '\'') {
            return true;
        }
    }
    return false;
}

char *sql_token_string(struct arena *arena, const struct scan *scan, size_t at)
{
    struct bytes text = sql_token_text(scan, at);
    if (text.at[0] == '$')
        return dollar_value(arena, text);
    uint8_t prefix = text.at[0] | 0x20;
    if (prefix == 'u')
        return NULL;
    bool has_escapes = prefix == 'e';
    size_t start = text.at[0] == '\'' ? 1 : 2;
    struct decoder decoder = {text, start, ARENA_ARRAY(arena, char, text.len + 1), 0};
    while (decoder.at < text.len) {
        uint8_t byte = text.at[decoder.at++];
        if (byte == '\\' && has_escapes && decoder.at < text.len) {
            if (!add_escape(&decoder))
                return NULL;
            continue;
        }
        if (byte == '\'') {
            if (decoder.at < text.len && text.at[decoder.at] == '\'')
                decoder.at++;
            else if (find_continuation(&decoder))
                continue;
            else
                break;
        }
        decoder.out[decoder.len++] = (char)byte;
    }
    decoder.out[decoder.len] = 0;
    return utf8_is_valid(bytes_of(decoder.out, decoder.len), NULL) ? decoder.out : NULL;
}

/* Integers are of three types in PostgreSQL, by size alone. */
static char integer_class(struct bytes digits)
{
    while (digits.len > 0 && digits.at[0] == '0') {
        digits.at++;
        digits.len--;
    }
    struct bytes int4 = bytes_of_text("2147483647");
    struct bytes int8 = bytes_of_text("9223372036854775807");
    if (digits.len < int4.len ||
        (digits.len == int4.len && bytes_compare(digits, int4) <= 0))
        return '\1';
    if (digits.len < int8.len ||
        (digits.len == int8.len && bytes_compare(digits, int8) <= 0))
        return '\2';
    return '\3';
}

static void add_folded(struct buffer *out, struct bytes text)
{
    uint8_t *to = buffer_reserve(out, text.len);
    if (to == NULL)
        return;
    for (size_t i = 0; i < text.len; i++)
        to[i] = ascii_lower(text.at[i]);
    buffer_commit(out, text.len);
}

void sql_scan_fingerprint(const struct scan *scan, const struct scan_statement *statement,
                          struct buffer *out)
{
    for (size_t i = statement->first; i < statement->last; i++) {
        struct bytes text = sql_token_text(scan, i);
        enum token_kind kind = scan->tokens[i].kind;
        if (i > statement->first)
            buffer_add_u8(out, ' ');
        if (kind == TOKEN_INTEGER)
            buffer_add_u8(out, (uint8_t)integer_class(text));
        else if (kind == TOKEN_NUMBER)
            buffer_add_u8(out, 4);
        else if (kind == TOKEN_STRING)
            buffer_add_u8(out, 5);
        else if (kind == TOKEN_BITS)
            buffer_add_u8(out, (text.at[0] | 0x20) == 'b' ? 6 : 7);
        else if (kind == TOKEN_WORD)
            add_folded(out, text);
        else
            buffer_add(out, text);
    }
}
