#ifndef SQL_EXEC_COPY_READ_INTERNAL_H
#define SQL_EXEC_COPY_READ_INTERNAL_H

#include "sql/exec/copy_read.h"

/* How lines end; the first that ends decides. */
enum copy_newline { NEWLINE_UNKNOWN, NEWLINE_LF, NEWLINE_CR, NEWLINE_CRLF };

struct copy_reader {
    struct copy_source source;
    struct buffer input;
    bool is_finished; /* nothing more comes */
    bool is_over;     /* the end was reached */
    bool is_started;  /* the header has been read */

    /* The line that is being looked for: bytes of the input from its start. */
    size_t scanned;
    bool in_quote;
    bool was_escape;
    enum copy_newline newline;

    size_t taken; /* bytes of the row at hand, dropped at the next call */
    struct bytes line;
    uint64_t line_number;
    struct buffer values; /* unescaped texts of the row */
    struct copy_field *fields;
    size_t field_count;
    size_t field_capacity;
};

/* copy_read_line.c: sets line and taken. RC_AGAIN, RC_EOF as copy_reader_next(). */
enum rc copy_read_line(struct copy_reader *reader, struct error *err) MUST_USE;

/* copy_read_field.c: takes the line apart. */
enum rc copy_split_text(struct copy_reader *reader, struct error *err) MUST_USE;
enum rc copy_split_csv(struct copy_reader *reader, struct error *err) MUST_USE;
struct copy_field *copy_add_field(struct copy_reader *reader);

/* copy_read_binary.c */
enum rc copy_read_binary(struct copy_reader *reader, struct error *err) MUST_USE;

#endif
