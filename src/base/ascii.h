#ifndef BASE_ASCII_H
#define BASE_ASCII_H

#include "base/bytes.h"

/* Letters and digits of ASCII, whatever the locale; other bytes are left alone. */

static inline uint8_t ascii_lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte;
}

/* The value of a hexadecimal digit in either case; -1: it is none. */
static inline int ascii_hex_value(uint8_t byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    uint8_t lower = ascii_lower(byte);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* True when the text is a prefix of the lower-case word, in any case. */
static inline bool ascii_is_prefix_of(struct bytes text, const char *word)
{
    size_t at = 0;
    while (at < text.len && word[at] != '\0' &&
           ascii_lower(text.at[at]) == (uint8_t)word[at])
        at++;
    return at == text.len;
}

/* True when the text is the lower-case word, in any case. */
static inline bool ascii_is_word(struct bytes text, const char *word)
{
    return ascii_is_prefix_of(text, word) && word[text.len] == '\0';
}

#endif
