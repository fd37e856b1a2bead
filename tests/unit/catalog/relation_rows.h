#ifndef UNIT_CATALOG_RELATION_ROWS_H
#define UNIT_CATALOG_RELATION_ROWS_H

#include "base/arena.h"
#include "catalog/relation_row.h"
#include "support/unit.h"

/* Rows of a system relation, gathered and checked against its columns. */
enum { RELATION_ROWS_MAX = 4096 };

struct relation_rows {
    const struct system_relation *relation;
    struct arena *arena;
    struct system_cell *rows[RELATION_ROWS_MAX];
    size_t count;
};

/* How a relation's rows are made: its own rows(), or a live provider. */
typedef enum rc relation_provider(const struct system_relation *relation,
                                  const struct system_scan *scan, struct error *err);

static inline bool relation_is_number(uint32_t type_oid)
{
    static const uint32_t numbers[] = {16, 20, 21, 23, 26, 701, 1184, 16464};

    for (size_t i = 0; i < ARRAY_COUNT(numbers); i++)
        if (numbers[i] == type_oid)
            return true;
    return false;
}

static inline enum rc relation_rows_add(void *argument, const struct system_cell *cells,
                                        struct error *err)
{
    struct relation_rows *rows = (struct relation_rows *)argument;
    /* The provider's row is around its cells: it knows how many there are. */
    struct relation_row sent;
    size_t count = rows->relation->column_count;

    (void)err;
    memcpy(&sent, (const char *)cells - offsetof(struct relation_row, cells),
           sizeof(sent));
    assert_int_equal(sent.count, count);
    assert_true(rows->count < RELATION_ROWS_MAX);
    rows->rows[rows->count] = ARENA_ARRAY(rows->arena, struct system_cell, count);
    for (size_t i = 0; i < count; i++) {
        const struct system_column *column = &rows->relation->columns[i];
        struct system_cell *cell = &rows->rows[rows->count][i];

        *cell = cells[i];
        if (cell->kind == SYSTEM_CELL_NULL) {
            if (!column->is_nullable)
                fail_msg("%s.%s is NULL", rows->relation->name, column->name);
            continue;
        }
        if ((cell->kind == SYSTEM_CELL_NUMBER) != relation_is_number(column->type_oid))
            fail_msg("%s.%s has the wrong kind", rows->relation->name, column->name);
        if (cell->kind == SYSTEM_CELL_TEXT)
            cell->text = arena_strdup(rows->arena, cell->text);
    }
    rows->count++;
    return RC_OK;
}

static inline struct relation_rows *
relation_rows_read(const struct system_relation *relation, const struct system_scan *like,
                   relation_provider *provider, struct arena *arena)
{
    struct relation_rows *rows = ARENA_NEW(arena, struct relation_rows);
    struct system_sink sink = {relation_rows_add, rows};
    struct system_scan scan = *like;
    struct error err;

    rows->relation = relation;
    rows->arena = arena;
    scan.sink = &sink;
    error_clear(&err);
    assert_int_equal(provider(relation, &scan, &err), RC_OK);
    return rows;
}

static inline bool relation_cell_is(const struct system_cell *a,
                                    const struct system_cell *b)
{
    return a->kind == b->kind &&
           (a->kind == SYSTEM_CELL_NULL ||
            (a->kind == SYSTEM_CELL_NUMBER ? a->number == b->number
                                           : strcmp(a->text, b->text) == 0));
}

static inline size_t relation_rows_with(const struct relation_rows *rows, size_t column,
                                        const struct system_cell *value)
{
    size_t count = 0;

    for (size_t i = 0; i < rows->count; i++)
        count += relation_cell_is(&rows->rows[i][column], value) ? 1 : 0;
    return count;
}

/* A scan with a key gives every row that has it, whatever else it gives. Every `step`th
 * row's values are asked for. */
static inline void relation_check_keys(const struct system_relation *relation,
                                       const struct system_scan *like,
                                       relation_provider *provider, size_t step)
{
    struct arena *arena = arena_new("rows", NULL);
    struct arena *one = arena_new("keyed rows", NULL);
    struct relation_rows *all = relation_rows_read(relation, like, provider, arena);

    for (size_t i = 0; i < all->count; i += step)
        for (size_t column = 0; column < relation->column_count; column++) {
            struct system_key key = {column, all->rows[i][column]};
            struct system_scan scan = *like;
            struct relation_rows *some = NULL;

            if (key.value.kind == SYSTEM_CELL_NULL)
                continue;
            scan.key = &key;
            some = relation_rows_read(relation, &scan, provider, one);
            if (relation_rows_with(some, column, &key.value) !=
                relation_rows_with(all, column, &key.value))
                fail_msg("%s by %s gives other rows", relation->name,
                         relation->columns[column].name);
            arena_reset(one);
        }
    arena_free(&one);
    arena_free(&arena);
}

#endif
