#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/bytes.h"

/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing past U+10FFFF. */

/* True when all bytes form whole characters. Else *bad_at_out (may be NULL) is the offset
 * of the first byte of the bad sequence. */
bool utf8_is_valid(struct bytes bytes, size_t *bad_at_out);

/* Length in bytes of the character at the start; 0 when it is bad or cut off. */
size_t utf8_char_len(struct bytes bytes);

/* Number of characters; the bytes must be valid. */
size_t utf8_count(struct bytes bytes);

/* Decodes the character at the start of valid bytes. */
uint32_t utf8_decode(struct bytes bytes, size_t *len_out);

/* Writes up to four bytes; returns how many. The code point must be valid. */
size_t utf8_encode(uint32_t code_point, uint8_t out[4]);

#endif
