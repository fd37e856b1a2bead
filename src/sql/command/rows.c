/* Results that are made here: columns and rows of text. */
#include "sql/command/command_internal.h"

struct bound_columns command_text_columns(struct arena *arena, const char *const *names,
                                          size_t count)
{
    struct bound_columns columns = {ARENA_ARRAY(arena, struct bound_column, count),
                                    count};
    for (size_t i = 0; i < count; i++)
        columns.items[i] = (struct bound_column){.name = names[i],
                                                 .type = type_find_oid(TYPE_TEXT),
                                                 .typmod = TYPE_TYPMOD_NONE};
    return columns;
}

/* The list doubles, at powers of two. */
static void make_room(struct command *command)
{
    struct command_result *result = command->result;
    size_t count = result->row_count;
    if ((count & (count - 1)) != 0)
        return;
    const struct value **wider =
        ARENA_ARRAY(command->arena, const struct value *, count == 0 ? 1 : count * 2);
    if (count > 0)
        memcpy(wider, result->rows, count * sizeof *wider);
    result->rows = wider;
}

void command_add_row(struct command *command, const char *const *texts)
{
    struct command_result *result = command->result;
    struct value *row = ARENA_ARRAY(command->arena, struct value, result->columns.count);
    for (size_t i = 0; i < result->columns.count; i++) {
        row[i].null = texts[i] == NULL;
        if (texts[i] != NULL)
            row[i].datum.bytes = arena_bytes(command->arena, bytes_of_text(texts[i]));
    }
    make_room(command);
    result->rows[result->row_count++] = row;
}
