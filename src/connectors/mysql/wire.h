#ifndef CONNECTORS_MYSQL_WIRE_H
#define CONNECTORS_MYSQL_WIRE_H

#include "base/buffer.h"
#include "base/reader.h"

/* The numbers and strings of MySQL's protocol ("Protocol Basics", "Data Types" in MySQL's
 * internals documentation): little-endian, against base/reader.h's network order. A
 * reader that is driven past its end has failed, and yields zero or empty. */

uint16_t mysql_read_u16(struct reader *reader);
uint32_t mysql_read_u24(struct reader *reader);
uint32_t mysql_read_u32(struct reader *reader);
uint64_t mysql_read_u64(struct reader *reader);

/* A length-encoded integer. The forms that stand for NULL and for an error make the
 * reader fail. */
uint64_t mysql_read_length(struct reader *reader);

/* A length-encoded string. */
struct bytes mysql_read_string(struct reader *reader);

/* The same where a row may hold NULL instead. */
struct bytes mysql_read_string_or_null(struct reader *reader, bool *is_null_out);

void mysql_add_u16(struct buffer *buffer, uint16_t number);
void mysql_add_u24(struct buffer *buffer, uint32_t number);
void mysql_add_u32(struct buffer *buffer, uint32_t number);
void mysql_add_u64(struct buffer *buffer, uint64_t number);
void mysql_add_length(struct buffer *buffer, uint64_t number);
void mysql_add_string(struct buffer *buffer, struct bytes string);

#endif
