#ifndef CONNECTORS_MYSQL_ROW_H
#define CONNECTORS_MYSQL_ROW_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/bytes.h"

/* Columns and rows of results, as text (COM_QUERY) and binary (COM_STMT_EXECUTE), and the
 * parameters of prepared statements ("Text Resultset", "Binary Protocol Resultset" in
 * MySQL's internals documentation). Parsers take one whole payload and yield false for
 * anything else. */

enum mysql_type {
    MYSQL_TYPE_DECIMAL = 0x00,
    MYSQL_TYPE_TINY = 0x01,
    MYSQL_TYPE_SHORT = 0x02,
    MYSQL_TYPE_LONG = 0x03,
    MYSQL_TYPE_FLOAT = 0x04,
    MYSQL_TYPE_DOUBLE = 0x05,
    MYSQL_TYPE_NULL = 0x06,
    MYSQL_TYPE_TIMESTAMP = 0x07,
    MYSQL_TYPE_LONGLONG = 0x08,
    MYSQL_TYPE_INT24 = 0x09,
    MYSQL_TYPE_DATE = 0x0A,
    MYSQL_TYPE_TIME = 0x0B,
    MYSQL_TYPE_DATETIME = 0x0C,
    MYSQL_TYPE_YEAR = 0x0D,
    MYSQL_TYPE_VARCHAR = 0x0F,
    MYSQL_TYPE_BIT = 0x10,
    MYSQL_TYPE_JSON = 0xF5,
    MYSQL_TYPE_NEWDECIMAL = 0xF6,
    MYSQL_TYPE_ENUM = 0xF7,
    MYSQL_TYPE_SET = 0xF8,
    MYSQL_TYPE_TINY_BLOB = 0xF9,
    MYSQL_TYPE_MEDIUM_BLOB = 0xFA,
    MYSQL_TYPE_LONG_BLOB = 0xFB,
    MYSQL_TYPE_BLOB = 0xFC,
    MYSQL_TYPE_VAR_STRING = 0xFD,
    MYSQL_TYPE_STRING = 0xFE,
    MYSQL_TYPE_GEOMETRY = 0xFF,
};

enum { MYSQL_COLUMN_UNSIGNED = 0x20, MYSQL_COLUMNS_MAX = 4096 };

struct mysql_column {
    const char *name; /* in the arena; up to a NUL, if the peer put one into it */
    uint16_t collation;
    uint32_t length;
    uint8_t type; /* enum mysql_type, or one that we do not know */
    uint16_t flags;
    uint8_t decimals;
};
bool mysql_column_parse(struct arena *arena, struct bytes packet,
                        struct mysql_column *column_out);

/* A date, a moment, or a span. As sent: 0000-00-00 and hours over 23 are possible. */
struct mysql_time {
    bool is_negative;
    uint32_t days; /* of a span */
    uint16_t year;
    uint8_t month;
    uint8_t day;
    uint8_t hour;
    uint8_t minute;
    uint8_t second;
    uint32_t microsecond;
};

enum mysql_value_kind {
    MYSQL_VALUE_NULL,
    MYSQL_VALUE_BYTES, /* each value of a text row; strings and decimals of binary ones */
    MYSQL_VALUE_SIGNED,
    MYSQL_VALUE_UNSIGNED,
    MYSQL_VALUE_REAL,
    MYSQL_VALUE_TIME,
};

struct mysql_value {
    enum mysql_value_kind kind;
    union {
        struct bytes bytes; /* in the packet */
        int64_t signed_number;
        uint64_t unsigned_number;
        double real;
        struct mysql_time time;
    };
};

/* `values` has room for `count`. */
bool mysql_text_row_parse(struct bytes packet, size_t count, struct mysql_value *values);
bool mysql_binary_row_parse(struct bytes packet, const struct mysql_column *columns,
                            size_t count, struct mysql_value *values);

/* The number of columns that a result begins with: 1 to MYSQL_COLUMNS_MAX. */
bool mysql_column_count_parse(struct bytes packet, size_t *count_out);

/* The answer to COM_STMT_PREPARE. */
struct mysql_prepared {
    uint32_t id;
    uint16_t column_count;
    uint16_t parameter_count;
    uint16_t warnings;
};
bool mysql_prepared_parse(struct bytes packet, struct mysql_prepared *prepared_out);

/* COM_STMT_EXECUTE without its command byte. No parameter may be a TIME: send its text as
 * bytes. */
void mysql_write_execute(struct buffer *out, uint32_t statement_id,
                         const struct mysql_value *parameters, size_t count);

#endif
