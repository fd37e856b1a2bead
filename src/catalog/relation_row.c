#include "catalog/relation_row.h"

#include "base/assert.h"
#include "base/buffer.h"

struct relation_row relation_row_open(const struct system_scan *scan)
{
    return (struct relation_row){.scan = scan,
                                 .arena = arena_new("system relation", NULL)};
}

void relation_row_close(struct relation_row *row)
{
    arena_free(&row->arena);
}

static void add(struct relation_row *row, struct system_cell cell)
{
    ASSERT(row->count < RELATION_ROW_CELLS_MAX);
    row->cells[row->count++] = cell;
}

void relation_add_null(struct relation_row *row)
{
    add(row, (struct system_cell){SYSTEM_CELL_NULL, NULL, 0});
}

void relation_add_text(struct relation_row *row, const char *text)
{
    if (text == NULL)
        relation_add_null(row);
    else
        add(row, (struct system_cell){SYSTEM_CELL_TEXT, text, 0});
}

void relation_add_letter(struct relation_row *row, char letter)
{
    relation_add_text(row, arena_strndup(row->arena, &letter, 1));
}

void relation_add_number(struct relation_row *row, int64_t number)
{
    add(row, (struct system_cell){SYSTEM_CELL_NUMBER, NULL, number});
}

void relation_add_boolean(struct relation_row *row, bool value)
{
    relation_add_number(row, value ? 1 : 0);
}

void relation_add_id(struct relation_row *row, struct catalog_id id)
{
    char text[CATALOG_ID_TEXT_MAX];

    if (catalog_id_is_set(id))
        relation_add_text(row, arena_strdup(row->arena, catalog_id_text(id, text)));
    else
        relation_add_null(row);
}

void relation_add_texts(struct relation_row *row, const char *const *texts, size_t count)
{
    size_t len = 3; /* braces and end */
    char *list = NULL;
    char *at = NULL;

    for (size_t i = 0; i < count; i++)
        len += 2 * strlen(texts[i]) + 3;
    list = at = ARENA_ARRAY(row->arena, char, len);
    *at++ = '{';
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            *at++ = ',';
        *at++ = '"';
        for (const char *from = texts[i]; *from != '\0'; from++) {
            if (*from == '"' || *from == '\\')
                *at++ = '\\';
            *at++ = *from;
        }
        *at++ = '"';
    }
    *at++ = '}';
    *at = '\0';
    relation_add_text(row, list);
}

void relation_add_privileges(struct relation_row *row,
                             struct record_privileges privileges)
{
    const char **texts = ARENA_ARRAY(row->arena, const char *, privileges.count + 1);

    for (size_t i = 0; i < privileges.count; i++)
        texts[i] = record_privilege_text(row->arena, &privileges.items[i]);
    relation_add_texts(row, texts, privileges.count);
}

enum rc relation_row_send(struct relation_row *row, struct error *err)
{
    enum rc rc = row->scan->sink->row(row->scan->sink->argument, row->cells, err);

    row->count = 0;
    arena_reset(row->arena);
    return rc;
}

const struct system_cell *relation_key(const struct system_scan *scan, size_t column)
{
    return scan->key != NULL && scan->key->column == column ? &scan->key->value : NULL;
}

bool relation_wants_none(const struct system_scan *scan)
{
    return scan->key != NULL && scan->key->value.kind == SYSTEM_CELL_NULL;
}

bool relation_wants_text(const struct system_scan *scan, size_t column, const char *text)
{
    const struct system_cell *key = relation_key(scan, column);

    return key == NULL || (key->kind == SYSTEM_CELL_TEXT && strcmp(key->text, text) == 0);
}

bool relation_wants_number(const struct system_scan *scan, size_t column, int64_t number)
{
    const struct system_cell *key = relation_key(scan, column);

    return key == NULL || (key->kind == SYSTEM_CELL_NUMBER && key->number == number);
}
