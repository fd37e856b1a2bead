#ifndef SQL_EXEC_COPY_READ_H
#define SQL_EXEC_COPY_READ_H

#include "base/buffer.h"
#include "sql/exec/copy_options.h"

/* Rows as COPY FROM reads them. Bytes are pushed in as they come, cut anywhere; rows are
 * pulled out as texts (binary: as the bytes of values). Source: PostgreSQL 15, manual,
 * COPY, "File Formats", and the texts of its server. */
struct copy_reader;

enum { COPY_READ_MAX = 1024 * 1024 * 1024 /* bytes of one row; 54000 */ };

struct copy_field {
    struct bytes bytes;
    bool is_null;
};

/* Lives until the next call of the reader. */
struct copy_row {
    const struct copy_field *fields;
    size_t count; /* that of the columns */
};

/* `names` are the columns, for HEADER MATCH and errors; force_* are flags by column, or
 * NULL. Everything is borrowed. */
struct copy_source {
    const struct copy_options *options;
    const char *const *names;
    size_t count;
    const bool *force_not_null;
    const bool *force_null;
};

struct copy_reader *copy_reader_new(const struct copy_source *source);
/* Accepts NULL; clears. */
void copy_reader_free(struct copy_reader **reader);

void copy_reader_feed(struct copy_reader *reader, struct bytes bytes);
void copy_reader_finish(struct copy_reader *reader); /* nothing more comes */

/* RC_AGAIN: more bytes are needed. RC_EOF: the data, or its end marker, is reached; what
 * comes behind the marker is ignored. 22P04, 22021. As many fields as there are columns,
 * else 22P04. */
enum rc copy_reader_next(struct copy_reader *reader, struct copy_row *row_out,
                         struct error *err) MUST_USE;

/* Of the row at hand: the number of its line (binary: of the row) from 1, and the line as
 * it came; NULL bytes when there is none. */
uint64_t copy_reader_line(const struct copy_reader *reader);
struct bytes copy_reader_text(const struct copy_reader *reader);

#endif
