#ifndef CATALOG_RELATION_ROW_H
#define CATALOG_RELATION_ROW_H

#include "catalog/relation.h"

enum { RELATION_ROW_CELLS_MAX = 32 };

/* One row under way: cells are added from the left, then the row is sent. */
struct relation_row {
    const struct system_scan *scan;
    struct arena *arena; /* emptied after each row */
    struct system_cell cells[RELATION_ROW_CELLS_MAX];
    size_t count;
};

struct relation_row relation_row_open(const struct system_scan *scan);
void relation_row_close(struct relation_row *row);

void relation_add_null(struct relation_row *row);
void relation_add_text(struct relation_row *row, const char *text); /* NULL: NULL */
void relation_add_letter(struct relation_row *row, char letter);
void relation_add_number(struct relation_row *row, int64_t number);
void relation_add_boolean(struct relation_row *row, bool value);

/* An id that is not set is NULL. */
void relation_add_id(struct relation_row *row, struct catalog_id id);
void relation_add_privileges(struct relation_row *row,
                             struct record_privileges privileges);

/* An array's text form, items quoted. */
void relation_add_texts(struct relation_row *row, const char *const *texts, size_t count);

enum rc relation_row_send(struct relation_row *row, struct error *err);

/* The value that the column must have, NULL when the scan does not say. */
const struct system_cell *relation_key(const struct system_scan *scan, size_t column);

/* True when the scan asks for no row at all, for a value in a column that is NULL. */
bool relation_wants_none(const struct system_scan *scan);

/* False when the scan asks for another value of the column. */
bool relation_wants_text(const struct system_scan *scan, size_t column, const char *text);
bool relation_wants_number(const struct system_scan *scan, size_t column, int64_t number);

#endif
