#ifndef PGWIRE_ROW_H
#define PGWIRE_ROW_H

#include "pgwire/extended.h"
#include "pgwire/message.h"

/* RowDescription and DataRow. Source: PostgreSQL 15 manual, 55.7. */

struct pgwire_column {
    const char *name;
    uint32_t table_oid;        /* 0: not a table's column */
    uint16_t attribute;        /* number of the table's column; 0: none */
    uint32_t type_oid;         /* pg_type.oid */
    int16_t type_size;         /* pg_type.typlen */
    int32_t type_modifier;     /* pg_attribute.atttypmod; -1: none */
    enum pgwire_format format; /* Describe of a statement must say text */
};

void pgwire_write_row_description(struct buffer *out, const struct pgwire_column *columns,
                                  uint16_t count);

/* One DataRow being written. Exactly `column_count` fields follow its begin, each either
 * whole (field, null) or open-coded: begin, bytes appended to `open.out` by the value's
 * type, end. abandon takes the whole row back out, for a value that cannot be written. */
struct pgwire_row {
    struct pgwire_open open;
    size_t field;  /* where the open field's length word stands */
    uint16_t left; /* fields that are still missing */
};

struct pgwire_row pgwire_row_begin(struct buffer *out, uint16_t column_count);
void pgwire_row_null(struct pgwire_row *row);
void pgwire_row_field(struct pgwire_row *row, struct bytes value);
void pgwire_row_field_begin(struct pgwire_row *row);
void pgwire_row_field_end(struct pgwire_row *row);
void pgwire_row_end(struct pgwire_row *row);
void pgwire_row_abandon(struct pgwire_row *row);

#endif
