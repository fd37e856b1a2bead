/* References to columns, and the guess at what a misspelt one meant. */
#include <stdlib.h>

#include "sql/bind/binder.h"

enum { GUESS_DISTANCE_MAX = 3, GUESS_NAME_MAX = 64 };

/* Levenshtein's distance of two identifiers, each change costing one. */
static size_t distance_of(const char *a, const char *b)
{
    size_t a_len = strlen(a);
    size_t b_len = strlen(b);
    size_t row[GUESS_NAME_MAX + 1];
    if (a_len > GUESS_NAME_MAX || b_len > GUESS_NAME_MAX)
        return GUESS_NAME_MAX;
    for (size_t k = 0; k <= b_len; k++)
        row[k] = k;
    for (size_t i = 1; i <= a_len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t k = 1; k <= b_len; k++) {
            size_t changed = diagonal + (a[i - 1] == b[k - 1] ? 0 : 1);
            size_t least = row[k] < row[k - 1] ? row[k] + 1 : row[k - 1] + 1;
            diagonal = row[k];
            row[k] = changed < least ? changed : least;
        }
    }
    return row[b_len];
}

/* The best and the second best column; more of the same distance give no hint. */
struct guess {
    const char *relation; /* as written before the dot; NULL */
    const char *name;
    size_t distance;
    size_t found;
    const struct scope_item *items[2];
    const char *columns[2];
    const struct scope_item *exact; /* has the very name, but cannot be seen */
};

static void guess_column(struct guess *guess, const struct scope_item *item,
                         const char *column, size_t penalty)
{
    if (penalty == 0 && strcmp(column, guess->name) == 0) {
        guess->exact = item;
        return;
    }
    size_t distance = distance_of(guess->name, column) + penalty;
    if (distance > guess->distance || distance > strlen(guess->name) / 2 + penalty)
        return;
    if (distance < guess->distance) {
        guess->distance = distance;
        guess->found = 0;
    }
    if (guess->found < ARRAY_COUNT(guess->items)) {
        guess->items[guess->found] = item;
        guess->columns[guess->found] = column;
    }
    guess->found++;
}

static void guess_in(struct guess *guess, const struct scope *scope)
{
    for (size_t i = 0; i < scope->all.count; i++) {
        const struct scope_item *item = scope->all.items[i];
        size_t penalty = 0;
        if (item->alias == NULL)
            continue;
        if (guess->relation != NULL)
            penalty = distance_of(guess->relation, item->alias);
        if (penalty > GUESS_DISTANCE_MAX)
            continue;
        for (size_t k = 0; k < item->column_count; k++)
            guess_column(guess, item, item->columns[k].name, penalty);
    }
}

static enum rc guess_hint(struct binder *binder, const struct guess *guess)
{
    if (guess->exact != NULL)
        return error_hint(binder->err,
                          "There is a column named \"%s\" in table \"%s\", but it cannot "
                          "be referenced from this part of the query.",
                          guess->name, guess->exact->alias);
    if (guess->found == 1)
        return error_hint(binder->err,
                          "Perhaps you meant to reference the column \"%s.%s\".",
                          guess->items[0]->alias, guess->columns[0]);
    if (guess->found == 2)
        return error_hint(binder->err,
                          "Perhaps you meant to reference the column \"%s.%s\" or the "
                          "column \"%s.%s\".",
                          guess->items[0]->alias, guess->columns[0],
                          guess->items[1]->alias, guess->columns[1]);
    return RC_FAILED;
}

enum rc scope_missing_column(struct binder *binder, struct scope *scope,
                             const char *relation, const char *name, struct ast_span span)
{
    struct guess guess = {
        .relation = relation, .name = name, .distance = GUESS_DISTANCE_MAX + 1};
    for (const struct scope *at = scope; at != NULL; at = at->outer)
        guess_in(&guess, at);
    int position = binder_position(binder, span);
    if (relation != NULL)
        error_set_at(binder->err, position, SQLSTATE_UNDEFINED_COLUMN,
                     "column %s.%s does not exist", relation, name);
    else
        error_set_at(binder->err, position, SQLSTATE_UNDEFINED_COLUMN,
                     "column \"%s\" does not exist", name);
    return guess_hint(binder, &guess);
}

/* Without a dot: a column, or a whole row by its relation's name. */
static enum rc bare_reference(struct binder *binder, struct scope *scope,
                              const struct ast_expression *expression,
                              const struct bound **out)
{
    const struct ast_name *name = &expression->column.name;
    struct scope_item *item = NULL;
    uint32_t levels = 0;
    TRY(scope_find_column(binder, scope, name->parts[0], expression->span, false, out));
    if (*out != NULL)
        return RC_OK;
    TRY(scope_find_item(binder, scope, name, 1, &item, &levels));
    if (item != NULL)
        return record_whole_row(binder, item, levels, expression->span, out);
    return scope_missing_column(binder, scope, NULL, name->parts[0], expression->span);
}

static enum rc check_database(struct binder *binder, const struct ast_name *name)
{
    if (name->count < 4)
        return RC_OK;
    if (name->count == 4 && strcmp(name->parts[0], binder->path->database) == 0)
        return RC_OK;
    bool is_long = name->count > 4;
    return error_set_at(binder->err, binder_position(binder, name->span),
                        is_long ? SQLSTATE_SYNTAX_ERROR : SQLSTATE_FEATURE_NOT_SUPPORTED,
                        is_long ? "improper qualified name (too many dotted names): %s"
                                : "cross-database references are not implemented: %s",
                        binder_name(binder, name));
}

enum rc scope_column_reference(struct binder *binder, struct scope *scope,
                               const struct ast_expression *expression,
                               const struct bound **out)
{
    const struct ast_name *name = &expression->column.name;
    struct scope_item *item = NULL;
    uint32_t levels = 0;
    if (expression->column.has_star && name->count == 0)
        return error_set_at(binder->err, binder_position(binder, expression->span),
                            SQLSTATE_SYNTAX_ERROR, "invalid use of \"*\"");
    if (expression->column.has_star) {
        TRY(scope_find_item(binder, scope, name, name->count, &item, &levels));
        return item == NULL
                   ? scope_missing_item(binder, scope, name, name->count)
                   : record_whole_row(binder, item, levels, expression->span, out);
    }
    if (name->count == 1)
        return bare_reference(binder, scope, expression, out);
    TRY(check_database(binder, name));
    TRY(scope_find_item(binder, scope, name, name->count - 1, &item, &levels));
    if (item == NULL)
        return scope_missing_item(binder, scope, name, name->count - 1);
    const char *column = name->parts[name->count - 1];
    for (size_t i = 0; i < item->column_count; i++) {
        if (strcmp(item->columns[i].name, column) != 0)
            continue;
        if (*out != NULL)
            return error_set_at(binder->err, binder_position(binder, expression->span),
                                SQLSTATE_AMBIGUOUS_COLUMN,
                                "column reference \"%s\" is ambiguous", column);
        struct bound *copy = ARENA_NEW(binder->arena, struct bound);
        *copy = *bound_shift(binder, item->columns[i].expression, levels);
        copy->position = binder_place(binder, expression->span);
        *out = copy;
    }
    if (*out != NULL)
        return RC_OK;
    return scope_missing_column(binder, scope, name->parts[name->count - 2], column,
                                expression->span);
}
