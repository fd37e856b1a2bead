/* DROP, COMMENT ON, GRANT and REVOKE for the kinds of objects that PostgreSQL lacks. */
#include <string.h>

#include "sql/parse/grammar.h"

static const struct {
    const char *words;
    enum ast_object_kind kind;
} objects[] = {
    {"secret", SQL_OBJECT_SECRET},
    {"connection", SQL_OBJECT_CONNECTION},
    {"source", SQL_OBJECT_SOURCE},
    {"sink", SQL_OBJECT_SINK},
    {"cluster replica", SQL_OBJECT_CLUSTER_REPLICA},
    {"cluster", SQL_OBJECT_CLUSTER},
    {"network policy", SQL_OBJECT_NETWORK_POLICY},
    {"continual task", SQL_OBJECT_CONTINUAL_TASK},
    {"materialized view", SQL_OBJECT_MATERIALIZED_VIEW},
    {"view", SQL_OBJECT_VIEW},
    {"table", SQL_OBJECT_TABLE},
    {"index", SQL_OBJECT_INDEX},
    {"type", SQL_OBJECT_TYPE},
    {"schema", SQL_OBJECT_SCHEMA},
    {"database", SQL_OBJECT_DATABASE},
    {"role", SQL_OBJECT_ROLE},
};

enum ast_object_kind materialize_object(struct grammar *grammar)
{
    for (size_t i = 0; i < ARRAY_COUNT(objects); i++) {
        if (grammar_take(grammar, objects[i].words))
            return objects[i].kind;
    }
    return SQL_OBJECT_NONE;
}

enum rc materialize_drop(struct grammar *grammar, struct ast_statement *statement)
{
    struct ast_drop *drop = ARENA_NEW(grammar->arena, struct ast_drop);
    statement->drop = drop;
    /* Behind DROP: the kind is read again. */
    grammar->at = grammar->first + 1;
    drop->object = materialize_object(grammar);
    drop->if_exists = grammar_if_exists(grammar);
    TRY(grammar_names(grammar, &drop->names, &drop->name_count));
    drop->cascade = grammar_take(grammar, "cascade");
    if (!drop->cascade)
        (void)grammar_take(grammar, "restrict");
    return RC_OK;
}

enum rc materialize_comment(struct grammar *grammar, struct ast_statement *statement)
{
    struct ast_comment *comment = ARENA_NEW(grammar->arena, struct ast_comment);
    statement->comment = comment;
    /* Behind COMMENT ON. */
    grammar->at = grammar->first + 2;
    comment->object = materialize_object(grammar);
    TRY(grammar_name(grammar, &comment->name));
    TRY(grammar_expect(grammar, "is"));
    if (grammar_take(grammar, "null"))
        return RC_OK;
    TRY(grammar_string(grammar, &comment->text));
    if (comment->text[0] == 0)
        comment->text = NULL;
    return RC_OK;
}

/* The ON of GRANT privileges ON ..., or the statement's end. */
static size_t find_on(const struct scan *scan, const struct scan_statement *statement)
{
    size_t at = statement->first;
    while (at < statement->last && !sql_token_is(scan, at, "on") &&
           !sql_token_is(scan, at, "to"))
        at++;
    return at;
}

struct grant_object {
    const char *words;
    enum ast_object_kind kind;
    enum ast_grant_target target;
    bool has_names;
};

static const struct grant_object grant_objects[] = {
    {"system", SQL_OBJECT_SYSTEM, GRANT_ON_OBJECTS, false},
    {"secret", SQL_OBJECT_SECRET, GRANT_ON_OBJECTS, true},
    {"connection", SQL_OBJECT_CONNECTION, GRANT_ON_OBJECTS, true},
    {"cluster", SQL_OBJECT_CLUSTER, GRANT_ON_OBJECTS, true},
    {"network policy", SQL_OBJECT_NETWORK_POLICY, GRANT_ON_OBJECTS, true},
    {"all secrets in schema", SQL_OBJECT_SECRET, GRANT_ON_ALL_IN_SCHEMA, true},
    {"all connections in schema", SQL_OBJECT_CONNECTION, GRANT_ON_ALL_IN_SCHEMA, true},
};

static const struct grant_object *find_grant_object(struct grammar *grammar)
{
    for (size_t i = 0; i < ARRAY_COUNT(grant_objects); i++) {
        const struct grant_object *object = &grant_objects[i];
        size_t before = grammar->at;
        if (!grammar_take(grammar, object->words))
            continue;
        /* A table may be named "secret": then TO, FROM, a comma or a dot follows. */
        enum token_kind next = grammar_peek(grammar, 0);
        bool is_table = next == TOKEN_COMMA || next == TOKEN_DOT ||
                        grammar_sees(grammar, 0, "to") ||
                        grammar_sees(grammar, 0, "from");
        if (!object->has_names || !is_table)
            return object;
        grammar->at = before;
    }
    return NULL;
}

bool materialize_is_grant(const struct scan *scan, const struct scan_statement *statement)
{
    if (!sql_token_is(scan, statement->first, "grant") &&
        !sql_token_is(scan, statement->first, "revoke"))
        return false;
    struct grammar grammar = {
        .scan = scan, .first = statement->first, .end = statement->last};
    grammar.at = find_on(scan, statement) + 1;
    return grammar.at < grammar.end && find_grant_object(&grammar) != NULL;
}

static enum rc roles(struct grammar *grammar, struct ast_text_list *roles_out)
{
    struct ast_name *names = NULL;
    size_t count = 0;
    TRY(grammar_names(grammar, &names, &count));
    roles_out->items = ARENA_ARRAY(grammar->arena, const char *, count);
    roles_out->count = count;
    for (size_t i = 0; i < count; i++)
        roles_out->items[i] = names[i].parts[names[i].count - 1];
    return RC_OK;
}

/* ALL [PRIVILEGES] | a privilege of one or several words (CREATE ROLE), and more. */
static enum rc privileges(struct grammar *grammar, struct ast_grant *grant)
{
    if (grammar_take(grammar, "all")) {
        (void)grammar_take(grammar, "privileges");
        return grammar_expect(grammar, "on");
    }
    size_t room = grammar->end - grammar->at;
    grant->privileges = ARENA_ARRAY(grammar->arena, struct ast_privilege, room);
    do {
        const char *name = NULL;
        TRY(grammar_identifier(grammar, &name));
        while (grammar_peek(grammar, 0) == TOKEN_WORD &&
               !grammar_sees(grammar, 0, "on")) {
            const char *more = NULL;
            TRY(grammar_identifier(grammar, &more));
            name = arena_printf(grammar->arena, "%s %s", name, more);
        }
        grant->privileges[grant->privilege_count++].name = name;
    } while (grammar_take_kind(grammar, TOKEN_COMMA));
    return grammar_expect(grammar, "on");
}

enum rc materialize_grant(struct grammar *grammar, struct ast_statement *statement)
{
    struct ast_grant *grant = ARENA_NEW(grammar->arena, struct ast_grant);
    statement->grant = grant;
    grant->is_grant = grammar_take(grammar, "grant");
    statement->kind = grant->is_grant ? STATEMENT_GRANT : STATEMENT_REVOKE;
    if (!grant->is_grant) {
        TRY(grammar_expect(grammar, "revoke"));
        grant->with_grant_option = grammar_take(grammar, "grant option for");
    }
    TRY(privileges(grammar, grant));
    const struct grant_object *object = find_grant_object(grammar);
    if (object == NULL)
        return grammar_syntax_error(grammar);
    grant->object = object->kind;
    grant->target = object->target;
    if (object->has_names)
        TRY(grammar_names(grammar, &grant->names, &grant->name_count));
    TRY(grammar_expect(grammar, grant->is_grant ? "to" : "from"));
    TRY(roles(grammar, &grant->roles));
    if (grant->is_grant)
        grant->with_grant_option = grammar_take(grammar, "with grant option");
    if (grammar_take(grammar, "granted by"))
        TRY(grammar_identifier(grammar, &grant->granted_by));
    grant->cascade = !grant->is_grant && grammar_take(grammar, "cascade");
    return RC_OK;
}
