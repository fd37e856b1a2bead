/* The names that FROM makes: looking them up, and the errors when there is none. */
#include <stdlib.h>

#include "sql/bind/binder.h"

void scope_names_add(struct binder *binder, struct scope_names *names,
                     struct scope_item *item)
{
    struct scope_item **grown =
        ARENA_ARRAY(binder->arena, struct scope_item *, names->count + 1);
    if (names->count > 0)
        memcpy(grown, names->items, names->count * sizeof(struct scope_item *));
    grown[names->count++] = item;
    names->items = grown;
}

void scope_names_append(struct binder *binder, struct scope_names *names,
                        const struct scope_names *more)
{
    size_t count = names->count + more->count;
    struct scope_item **grown =
        ARENA_ARRAY(binder->arena, struct scope_item *, count + 1);
    if (names->count > 0)
        memcpy(grown, names->items, names->count * sizeof(struct scope_item *));
    if (more->count > 0)
        memcpy(grown + names->count, more->items,
               more->count * sizeof(struct scope_item *));
    names->items = grown;
    names->count = count;
}

/* Two entries of one name conflict, unless both are relations of different schemas that
 * have no alias. */
static bool conflicts(const struct scope_item *one, const struct scope_item *other)
{
    if (!one->is_relation_visible || !other->is_relation_visible || one->alias == NULL ||
        other->alias == NULL || strcmp(one->alias, other->alias) != 0)
        return false;
    return one->system == NULL || other->system == NULL ||
           one->system->oid == other->system->oid;
}

enum rc scope_check_names(struct binder *binder, const struct scope_names *left,
                          const struct scope_names *right, struct ast_span span)
{
    (void)span; /* PostgreSQL gives no position here */
    for (size_t i = 0; i < left->count; i++) {
        for (size_t k = 0; k < right->count; k++) {
            if (conflicts(left->items[i], right->items[k]))
                return error_set(binder->err, SQLSTATE_DUPLICATE_ALIAS,
                                 "table name \"%s\" specified more than once",
                                 right->items[k]->alias);
        }
    }
    return RC_OK;
}

static enum rc ambiguous_column(struct binder *binder, const char *name,
                                struct ast_span span)
{
    return error_set_at(binder->err, binder_position(binder, span),
                        SQLSTATE_AMBIGUOUS_COLUMN, "column reference \"%s\" is ambiguous",
                        name);
}

static enum rc wrong_side(struct binder *binder, const struct scope_item *item,
                          struct ast_span span)
{
    error_set_at(binder->err, binder_position(binder, span),
                 SQLSTATE_INVALID_COLUMN_REFERENCE,
                 "invalid reference to FROM-clause entry for table \"%s\"", item->alias);
    return error_detail(
        binder->err,
        "The combining JOIN type must be INNER or LEFT for a LATERAL reference.");
}

/* A column of the item; *out is left alone when it has none of that name. */
static enum rc column_of_item(struct binder *binder, const struct scope_item *item,
                              const char *name, struct ast_span span,
                              const struct bound **out)
{
    bool found = false;
    for (size_t i = 0; i < item->column_count; i++) {
        if (strcmp(item->columns[i].name, name) != 0)
            continue;
        if (found)
            return ambiguous_column(binder, name, span);
        found = true;
        *out = item->columns[i].expression;
    }
    return RC_OK;
}

static enum rc column_of_scope(struct binder *binder, const struct scope *scope,
                               const char *name, struct ast_span span,
                               const struct bound **out)
{
    for (size_t i = 0; i < scope->names.count; i++) {
        const struct scope_item *item = scope->names.items[i];
        const struct bound *found = NULL;
        if (!item->is_columns_visible ||
            (item->is_lateral_only && !scope->is_lateral_active))
            continue;
        TRY(column_of_item(binder, item, name, span, &found));
        if (found == NULL)
            continue;
        if (*out != NULL)
            return ambiguous_column(binder, name, span);
        if (item->is_lateral_only && !item->is_lateral_ok)
            return wrong_side(binder, item, span);
        *out = found;
    }
    return RC_OK;
}

/* The column as it is seen `levels` queries further in, at its place in the text. */
static const struct bound *column_seen(struct binder *binder, const struct bound *column,
                                       uint32_t levels, struct ast_span span)
{
    struct bound *copy = ARENA_NEW(binder->arena, struct bound);
    *copy = *bound_shift(binder, column, levels);
    copy->position = binder_place(binder, span);
    return copy;
}

enum rc scope_find_column(struct binder *binder, struct scope *scope, const char *name,
                          struct ast_span span, bool only_here, const struct bound **out)
{
    uint32_t levels = 0;
    *out = NULL;
    for (; scope != NULL; scope = scope->outer, levels++) {
        const struct bound *found = NULL;
        TRY(column_of_scope(binder, scope, name, span, &found));
        if (found != NULL) {
            *out = column_seen(binder, found, levels, span);
            return RC_OK;
        }
        if (only_here)
            return RC_OK;
    }
    return RC_OK;
}

/* t; schema.t of a relation without an alias; database.schema.t. */
static bool item_is_named(const struct scope_item *item, const struct ast_name *name,
                          size_t part_count)
{
    const char *last = name->parts[part_count - 1];
    if (!item->is_relation_visible || item->alias == NULL)
        return false;
    if (part_count == 1)
        return strcmp(item->alias, last) == 0;
    return item->system != NULL && strcmp(item->system->name, last) == 0 &&
           strcmp(item->system->schema, name->parts[part_count - 2]) == 0;
}

static enum rc item_of_scope(struct binder *binder, const struct scope *scope,
                             const struct ast_name *name, size_t part_count,
                             struct scope_item **out)
{
    *out = NULL;
    for (size_t i = 0; i < scope->names.count; i++) {
        struct scope_item *item = scope->names.items[i];
        if ((item->is_lateral_only && !scope->is_lateral_active) ||
            !item_is_named(item, name, part_count))
            continue;
        if (*out != NULL)
            return error_set_at(binder->err, binder_position(binder, name->span),
                                SQLSTATE_AMBIGUOUS_ALIAS,
                                "table reference \"%s\" is ambiguous",
                                name->parts[part_count - 1]);
        if (item->is_lateral_only && !item->is_lateral_ok)
            return wrong_side(binder, item, name->span);
        *out = item;
    }
    return RC_OK;
}

enum rc scope_find_item(struct binder *binder, struct scope *scope,
                        const struct ast_name *name, size_t part_count,
                        struct scope_item **out, uint32_t *levels_out)
{
    *levels_out = 0;
    for (; scope != NULL; scope = scope->outer, (*levels_out)++) {
        TRY(item_of_scope(binder, scope, name, part_count, out));
        if (*out != NULL)
            return RC_OK;
    }
    *out = NULL;
    return RC_OK;
}

/* An entry that cannot be named here but bears the name. */
static const struct scope_item *hidden_item(const struct scope *scope, const char *name)
{
    for (; scope != NULL; scope = scope->outer) {
        for (size_t i = 0; i < scope->all.count; i++) {
            const struct scope_item *item = scope->all.items[i];
            if (item->alias != NULL &&
                (strcmp(item->alias, name) == 0 ||
                 (item->relation_name != NULL && strcmp(item->relation_name, name) == 0)))
                return item;
        }
    }
    return NULL;
}

enum rc scope_missing_item(struct binder *binder, struct scope *scope,
                           const struct ast_name *name, size_t part_count)
{
    const char *last = name->parts[part_count - 1];
    const struct scope_item *hidden = hidden_item(scope, last);
    int position = binder_position(binder, name->span);
    if (hidden == NULL)
        return error_set_at(binder->err, position, SQLSTATE_UNDEFINED_TABLE,
                            "missing FROM-clause entry for table \"%s\"", last);
    error_set_at(binder->err, position, SQLSTATE_UNDEFINED_TABLE,
                 "invalid reference to FROM-clause entry for table \"%s\"", last);
    struct ast_name alias = {.count = 1};
    const char *parts[1] = {hidden->alias};
    alias.parts = parts;
    bool is_renamed = strcmp(hidden->alias, last) != 0;
    bool is_reachable = false;
    for (const struct scope *at = scope; at != NULL && is_renamed; at = at->outer) {
        for (size_t i = 0; i < at->names.count; i++)
            is_reachable |= at->names.items[i] == hidden &&
                            item_is_named(hidden, &alias, 1) &&
                            (!hidden->is_lateral_only || at->is_lateral_active);
    }
    if (is_reachable)
        return error_hint(binder->err,
                          "Perhaps you meant to reference the table alias \"%s\".",
                          hidden->alias);
    return error_hint(binder->err,
                      "There is an entry for table \"%s\", but it cannot be referenced "
                      "from this part of the query.",
                      hidden->alias);
}
