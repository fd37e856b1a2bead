#include "values.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

enum { BOOLEAN_TYPE = 16, MAX_LETTER_COLUMNS = 1600 };

/* Values of a result row after row. Items point into `made` or into the result. */
struct grid {
    const char **items;
    size_t rows, columns;
    char *made;
};

/* By type letter, or the server's own text. */
enum rendering { BY_LETTER, AS_SENT };

/* I: a whole number, cut towards zero; what is no number is 0. */
static void write_integer(const char *value, bool is_boolean, char *out, size_t room)
{
    if (is_boolean) {
        snprintf(out, room, "%d", value[0] == 't');
        return;
    }
    const char *digits = value + (value[0] == '-' || value[0] == '+');
    size_t length = strspn(digits, "0123456789");
    bool has_exponent = digits[length + strspn(digits + length, ".0123456789")] == 'e';
    if (has_exponent) {
        snprintf(out, room, "%.0f", trunc(strtod(value, NULL)));
        return;
    }
    bool is_zero = strspn(digits, "0") == length;
    if (is_zero)
        snprintf(out, room, "0");
    else
        snprintf(out, room, "%s%.*s", value[0] == '-' ? "-" : "", (int)length, digits);
}

/* T: bytes that are not printable ASCII become @. */
static void write_text(const char *value, char *out)
{
    for (; *value != '\0'; value++)
        *out++ = *value >= ' ' && *value <= '~' ? *value : '@';
    *out = '\0';
}

static bool is_plain_integer(const char *value)
{
    const char *digits = value + (value[0] == '-');
    if (digits[0] == '0')
        return value[0] == '0' && value[1] == '\0';
    size_t length = strspn(digits, "0123456789");
    return length > 0 && digits[length] == '\0';
}

static bool is_printable(const char *value)
{
    for (; *value != '\0'; value++)
        if (*value < ' ' || *value > '~')
            return false;
    return true;
}

/* A pointer to the value as it is, or to what was written at `out`. */
static const char *by_letter(const char *value, char letter, bool is_boolean, char *out,
                             size_t room)
{
    switch (letter) {
    case 'I':
        if (is_plain_integer(value))
            return value;
        write_integer(value, is_boolean, out, room);
        return out;
    case 'R':
        snprintf(out, room, "%.3f", is_boolean ? value[0] == 't' : strtod(value, NULL));
        return out;
    case 'B':
        return !is_boolean ? value : value[0] == 't' ? "true" : "false";
    default:
        if (is_printable(value))
            return value;
        write_text(value, out);
        return out;
    }
}

static size_t room_of(const PGresult *result)
{
    size_t room = 0;
    for (int row = 0; row < PQntuples(result); row++)
        for (int column = 0; column < PQnfields(result); column++)
            room += (size_t)PQgetlength(result, row, column) + 344;
    return room;
}

static bool needs_room(const PGresult *result, const char *types,
                       enum rendering rendering)
{
    if (rendering == AS_SENT)
        return false;
    if (strspn(types, "I") != strlen(types))
        return true;
    for (int row = 0; row < PQntuples(result); row++)
        for (int column = 0; column < PQnfields(result); column++)
            if (!is_plain_integer(PQgetvalue(result, row, column)))
                return true;
    return false;
}

static const char *render(const PGresult *result, int row, int column, char letter,
                          char *out, size_t room)
{
    if (PQgetisnull(result, row, column))
        return "NULL";
    const char *value = PQgetvalue(result, row, column);
    if (letter != '\0')
        value =
            by_letter(value, letter, PQftype(result, column) == BOOLEAN_TYPE, out, room);
    return value[0] == '\0' ? "(empty)" : value;
}

static struct grid grid_make(const PGresult *result, const char *types,
                             enum rendering rendering)
{
    struct grid grid = {.rows = (size_t)PQntuples(result),
                        .columns = (size_t)PQnfields(result)};
    size_t room = needs_room(result, types, rendering) ? room_of(result) : 0;
    size_t type_count = strlen(types), used = 0;
    grid.items = must_allocate(NULL, grid.rows * grid.columns * sizeof(char *));
    grid.made = must_allocate(NULL, room + 1);
    for (size_t i = 0; i < grid.rows * grid.columns; i++) {
        size_t column = i % grid.columns;
        char letter = column < type_count ? types[column] : 'T';
        char *out = grid.made + used;
        grid.items[i] = render(result, (int)(i / grid.columns), (int)column,
                               rendering == BY_LETTER ? letter : '\0', out, room - used);
        if (grid.items[i] == out)
            used += strlen(out) + 1;
    }
    return grid;
}

static void grid_free(struct grid *grid)
{
    free(grid->items);
    free(grid->made);
}

static int order_values(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static int order_rows(const void *left, const void *right, void *columns)
{
    const char *const *a = left, *const *b = right;
    for (size_t i = 0; i < *(const size_t *)columns; i++) {
        int order = strcmp(a[i], b[i]);
        if (order != 0)
            return order;
    }
    return 0;
}

static void grid_sort(struct grid *grid, enum sort_mode mode)
{
    if (grid->columns == 0 || grid->rows == 0)
        return;
    if (mode == SORT_VALUES)
        qsort(grid->items, grid->rows * grid->columns, sizeof(char *), order_values);
    else if (mode == SORT_ROWS)
        qsort_r(grid->items, grid->rows, grid->columns * sizeof(char *), order_rows,
                &grid->columns);
}

static void digest_of(const struct grid *grid, char digest[DIGEST_TEXT])
{
    struct text all = {0};
    text_clear(&all);
    for (size_t i = 0; i < grid->rows * grid->columns; i++) {
        text_add_string(&all, grid->items[i]);
        text_add(&all, "\n", 1);
    }
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    EVP_Digest(all.bytes, all.length, bytes, &length, EVP_md5(), NULL);
    for (unsigned i = 0; i < 16 && i < length; i++)
        snprintf(digest + (size_t)2 * i, 3, "%02x", bytes[i]);
    text_free(&all);
}

/* "30 values hashing to 3c13dee48d9356ae19af2515e05e6b54" */
static bool is_hash(const struct record *record)
{
    return record->line_count == 1 &&
           strstr(record->lines[0], " values hashing to ") != NULL;
}

static bool hash_matches(const struct record *record, const struct grid *grid,
                         const char *digest)
{
    char *rest = NULL;
    unsigned long long count = strtoull(record->lines[0], &rest, 10);
    static const char words[] = " values hashing to ";
    return count == grid->rows * grid->columns &&
           strncmp(rest, words, sizeof words - 1) == 0 &&
           strcmp(rest + sizeof words - 1, digest) == 0;
}

static bool lines_are_values(const struct record *record, const struct grid *grid)
{
    if (record->line_count != grid->rows * grid->columns)
        return false;
    for (size_t i = 0; i < record->line_count; i++)
        if (strcmp(record->lines[i], grid->items[i]) != 0)
            return false;
    return true;
}

/* Blanks between and inside values count as one, as sqllogictest-rs has it. Moves `line`
 * past `part`; false when the line goes on otherwise. */
static bool skip_part(const char **line, const char *part)
{
    const char *at = *line;
    for (part += strspn(part, " \t\n"); *part != '\0';) {
        size_t blanks = strspn(part, " \t\n");
        if (blanks > 0) {
            part += blanks;
            if (*part == '\0')
                break;
            if (strspn(at, " \t") == 0)
                return false;
            at += strspn(at, " \t");
        } else if (*part++ != *at++)
            return false;
    }
    *line = at;
    return true;
}

static bool line_is_row(const char *line, const char *const *items, size_t columns)
{
    line += strspn(line, " \t");
    for (size_t i = 0; i < columns; i++) {
        if (!skip_part(&line, items[i]))
            return false;
        size_t blanks = strspn(line, " \t");
        if (blanks == 0 && line[0] != '\0')
            return false;
        line += blanks;
    }
    return line[0] == '\0';
}

static bool lines_are_rows(const struct record *record, const struct grid *grid)
{
    if (record->line_count != grid->rows)
        return false;
    for (size_t i = 0; i < grid->rows; i++)
        if (!line_is_row(record->lines[i], grid->items + i * grid->columns,
                         grid->columns))
            return false;
    return true;
}

bool values_match(const struct record *record, const PGresult *result,
                  char digest[DIGEST_TEXT])
{
    struct grid grid = grid_make(result, record->types, BY_LETTER);
    grid_sort(&grid, record->sort_mode);
    digest_of(&grid, digest);
    bool is_match = is_hash(record) ? hash_matches(record, &grid, digest)
                                    : record->result_mode != RESULT_ROWS &&
                                          lines_are_values(record, &grid);
    if (!is_match && !is_hash(record) && record->result_mode != RESULT_VALUES)
        is_match = lines_are_rows(record, &grid);
    grid_free(&grid);
    if (is_match || is_hash(record))
        return is_match;
    grid = grid_make(result, record->types, AS_SENT);
    grid_sort(&grid, record->sort_mode);
    is_match = record->result_mode == RESULT_VALUES ? lines_are_values(record, &grid)
                                                    : lines_are_rows(record, &grid);
    grid_free(&grid);
    return is_match;
}

void values_show(const struct record *record, const PGresult *result, size_t limit,
                 struct text *shown)
{
    struct grid grid = grid_make(result, record->types, AS_SENT);
    grid_sort(&grid, record->sort_mode);
    for (size_t i = 0; i < grid.rows && i < limit; i++) {
        for (size_t j = 0; j < grid.columns; j++) {
            text_add_string(shown, j > 0 ? " " : "");
            text_add_string(shown, grid.items[i * grid.columns + j]);
        }
        text_add_string(shown, "\n");
    }
    if (grid.rows > limit)
        text_add_string(shown, "...\n");
    grid_free(&grid);
}
