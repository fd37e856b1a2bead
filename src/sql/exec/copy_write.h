#ifndef SQL_EXEC_COPY_WRITE_H
#define SQL_EXEC_COPY_WRITE_H

#include "sql/exec/copy_options.h"
#include "sql/types/type.h"

/* Rows as COPY TO writes them, appended to a buffer; the caller frames them. */
struct copy_writer {
    const struct copy_options *options;
    const struct type *const *types;
    const char *const *names;
    const bool *force_quote; /* by column; NULL: none */
    size_t count;
    const struct type_context *context;
};

/* BINARY's signature, or the line of names; nothing otherwise. */
void copy_write_start(const struct copy_writer *writer, struct buffer *out);

/* A whole row: begin, `count` values, end. `scratch` is emptied for each value. */
void copy_write_row_begin(const struct copy_writer *writer, struct buffer *out);
void copy_write_value(const struct copy_writer *writer, size_t column,
                      const struct value *value, struct buffer *scratch,
                      struct buffer *out);
void copy_write_row_end(const struct copy_writer *writer, struct buffer *out);

/* BINARY's trailer; nothing otherwise. */
void copy_write_end(const struct copy_writer *writer, struct buffer *out);

#endif
