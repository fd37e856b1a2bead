/* Materialize's SHOW: of objects, and SHOW CREATE. SHOW of a setting is PostgreSQL's. */
#include <string.h>

#include "sql/parse/grammar.h"

struct shown {
    const char *words;
    enum ast_object_kind object;
};

static const struct shown shown_objects[] = {
    {"databases", SQL_OBJECT_DATABASE},
    {"schemas", SQL_OBJECT_SCHEMA},
    {"roles", SQL_OBJECT_ROLE},
    {"types", SQL_OBJECT_TYPE},
    {"views", SQL_OBJECT_VIEW},
    {"materialized views", SQL_OBJECT_MATERIALIZED_VIEW},
    {"tables", SQL_OBJECT_TABLE},
    {"objects", SQL_OBJECT_ANY},
    {"columns", SQL_OBJECT_COLUMN},
    {"sources", SQL_OBJECT_SOURCE},
    {"subsources", SQL_OBJECT_SUBSOURCE},
    {"sinks", SQL_OBJECT_SINK},
    {"indexes", SQL_OBJECT_INDEX},
    {"secrets", SQL_OBJECT_SECRET},
    {"connections", SQL_OBJECT_CONNECTION},
    {"clusters", SQL_OBJECT_CLUSTER},
    {"cluster replicas", SQL_OBJECT_CLUSTER_REPLICA},
    {"network policies", SQL_OBJECT_NETWORK_POLICY},
    {"continual tasks", SQL_OBJECT_CONTINUAL_TASK},
    {"privileges", SQL_OBJECT_PRIVILEGE},
    {"default privileges", SQL_OBJECT_DEFAULT_PRIVILEGE},
    {"role membership", SQL_OBJECT_ROLE_MEMBERSHIP},
};

/* SHOW has been taken. Takes the words of what is shown; NONE when they are others. */
static enum ast_object_kind take_shown(struct grammar *grammar)
{
    for (size_t i = 0; i < ARRAY_COUNT(shown_objects); i++) {
        if (grammar_take(grammar, shown_objects[i].words))
            return shown_objects[i].object;
    }
    return SQL_OBJECT_NONE;
}

/* The word that the older SHOW FULL, SHOW EXTENDED and SHOW ALL OBJECTS have. */
static bool take_breadth(struct grammar *grammar)
{
    if (grammar_sees(grammar, 1, "timezone"))
        return false;
    return grammar_take(grammar, "full") || grammar_take(grammar, "extended") ||
           grammar_take(grammar, "all");
}

bool materialize_is_show(const struct scan *scan, size_t at)
{
    struct grammar grammar = {.scan = scan, .at = at, .end = scan->count};
    if (!grammar_take(&grammar, "show"))
        return false;
    if (grammar_sees(&grammar, 0, "create") || grammar_sees(&grammar, 0, "redacted"))
        return true;
    (void)take_breadth(&grammar);
    return take_shown(&grammar) != SQL_OBJECT_NONE;
}

static enum rc filters(struct grammar *grammar, struct ast_show_objects *show)
{
    if (grammar_take(grammar, "like"))
        return grammar_string(grammar, &show->like);
    if (grammar_take(grammar, "where"))
        return grammar_expression(grammar, &show->where);
    return RC_OK;
}

static enum rc places(struct grammar *grammar, struct ast_show_objects *show)
{
    if (grammar_take(grammar, "on"))
        TRY(grammar_name(grammar, &show->on));
    if (grammar_take(grammar, "from") ||
        (grammar_sees(grammar, 0, "in") && !grammar_sees(grammar, 1, "cluster") &&
         grammar_take(grammar, "in")))
        TRY(grammar_name(grammar, &show->from));
    if (show->on.count == 0 && grammar_take(grammar, "on"))
        TRY(grammar_name(grammar, &show->on));
    if (grammar_take(grammar, "in cluster"))
        TRY(grammar_identifier(grammar, &show->cluster));
    if (grammar_take(grammar, "for"))
        TRY(grammar_identifier(grammar, &show->role));
    return RC_OK;
}

enum rc materialize_show_objects(struct grammar *grammar,
                                 struct ast_show_objects **show_out)
{
    struct ast_show_objects *show = ARENA_NEW(grammar->arena, struct ast_show_objects);
    *show_out = show;
    show->span = grammar_span(grammar, grammar->at);
    TRY(grammar_expect(grammar, "show"));
    show->is_all = take_breadth(grammar);
    show->object = take_shown(grammar);
    if (show->object == SQL_OBJECT_NONE)
        return grammar_syntax_error(grammar);
    if (show->object == SQL_OBJECT_COLUMN && !grammar_sees(grammar, 0, "from") &&
        !grammar_sees(grammar, 0, "in"))
        return grammar_syntax_error(grammar);
    TRY(places(grammar, show));
    TRY(filters(grammar, show));
    show->span.to = grammar->scan->tokens[grammar->at - 1].to;
    return RC_OK;
}

static enum rc show_create(struct grammar *grammar, struct ast_statement *statement)
{
    struct ast_show_create *show = ARENA_NEW(grammar->arena, struct ast_show_create);
    statement->kind = STATEMENT_SHOW_CREATE;
    statement->show_create = show;
    show->is_redacted = grammar_take(grammar, "redacted");
    TRY(grammar_expect(grammar, "create"));
    show->object = materialize_object(grammar);
    /* A secret's statement would be its value. */
    if (show->object == SQL_OBJECT_NONE || show->object == SQL_OBJECT_SECRET)
        return grammar_syntax_error(grammar);
    return grammar_name(grammar, &show->name);
}

enum rc materialize_show(struct grammar *grammar, struct ast_statement *statement)
{
    if (grammar_sees(grammar, 1, "create") || grammar_sees(grammar, 1, "redacted")) {
        grammar->at++;
        return show_create(grammar, statement);
    }
    statement->kind = STATEMENT_SHOW_OBJECTS;
    return materialize_show_objects(grammar, &statement->show_objects);
}
