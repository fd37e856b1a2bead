#ifndef CATALOG_RECORD_TABLE_H
#define CATALOG_RECORD_TABLE_H

#include "base/reader.h"
#include "catalog/record.h"

/* Between record.c and record_table.c only: fields of records, and the lists that tables,
 * views and indexes are made of. */

/* What a decoder of one field needs; a damaged field marks the reader as failed. */
struct record_decoding {
    struct reader reader;
    struct arena *arena;
    uint16_t version;
};

void record_encode_id(struct buffer *out, struct catalog_id id);
void record_encode_text(struct buffer *out, const char *text);
struct catalog_id record_decode_id(struct record_decoding *in);
const char *record_decode_text(struct record_decoding *in);
bool record_decode_bool(struct record_decoding *in);
/* A count of elements, or 0 and a failed reader when they cannot all be there. */
size_t record_decode_count(struct record_decoding *in, size_t element_len_min);

void record_encode_texts(struct buffer *out, struct record_texts list);
void record_encode_columns(struct buffer *out, struct record_columns list);
void record_encode_constraints(struct buffer *out, struct record_constraints list);
void record_encode_parts(struct buffer *out, struct record_index_parts list);
void record_encode_sources(struct buffer *out, struct record_sources list);
struct record_sources record_decode_sources(struct record_decoding *in);
struct record_texts record_decode_texts(struct record_decoding *in);
struct record_columns record_decode_columns(struct record_decoding *in);
struct record_constraints record_decode_constraints(struct record_decoding *in);
struct record_index_parts record_decode_parts(struct record_decoding *in);

#endif
