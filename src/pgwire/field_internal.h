#ifndef PGWIRE_FIELD_INTERNAL_H
#define PGWIRE_FIELD_INTERNAL_H

#include "base/error.h"
#include "base/reader.h"

/* Reading the fields of a message with the words that PostgreSQL has for each failure
 * (its pqformat.c): 08P01, reach of the statement. Only for this folder. */

enum rc pgwire_field_text(struct reader *reader, const char **text_out,
                          struct error *err) MUST_USE;
enum rc pgwire_field_u8(struct reader *reader, uint8_t *number_out,
                        struct error *err) MUST_USE;
enum rc pgwire_field_u16(struct reader *reader, uint16_t *number_out,
                         struct error *err) MUST_USE;
enum rc pgwire_field_u32(struct reader *reader, uint32_t *number_out,
                         struct error *err) MUST_USE;
enum rc pgwire_field_bytes(struct reader *reader, size_t len, struct bytes *bytes_out,
                           struct error *err) MUST_USE;

/* Insists that nothing is left over. */
enum rc pgwire_field_end(const struct reader *reader, struct error *err) MUST_USE;

/* The number at `index` of a list of u16 or u32 that has been checked. */
static inline uint16_t pgwire_field_list_u16(struct bytes list, size_t index)
{
    const uint8_t *at = list.at + index * 2;
    return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t pgwire_field_list_u32(struct bytes list, size_t index)
{
    const uint8_t *at = list.at + index * 4;
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

#endif
