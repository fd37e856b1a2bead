/* Materialize's statements on secrets and connections, and which statements are
 * Materialize's at all. Grammar: its documentation of each statement; what is not built
 * yet is read as far as its object's name, with its brackets checked. */
#include <string.h>

#include "base/error.h"
#include "sql/parse/grammar.h"

struct starter {
    const char *words;
    enum ast_statement_kind kind; /* of statements that only carry a name */
    enum rc (*parse)(struct grammar *grammar, struct ast_statement *statement);
};

static enum rc create_secret(struct grammar *grammar, struct ast_statement *statement)
{
    struct ast_create_secret *create =
        ARENA_NEW(grammar->arena, struct ast_create_secret);
    statement->create_secret = create;
    create->if_not_exists = grammar_if_not_exists(grammar);
    TRY(grammar_name(grammar, &create->name));
    TRY(grammar_expect(grammar, "as"));
    return grammar_expression(grammar, &create->value);
}

static enum rc alter_secret(struct grammar *grammar, struct ast_statement *statement)
{
    struct ast_alter_secret *alter = ARENA_NEW(grammar->arena, struct ast_alter_secret);
    statement->alter_secret = alter;
    alter->if_exists = grammar_if_exists(grammar);
    TRY(grammar_name(grammar, &alter->name));
    if (grammar_take(grammar, "rename to")) {
        alter->kind = ALTER_SECRET_RENAME;
        return grammar_identifier(grammar, &alter->to);
    }
    if (grammar_take(grammar, "owner to")) {
        alter->kind = ALTER_SECRET_OWNER;
        return grammar_identifier(grammar, &alter->to);
    }
    TRY(grammar_expect(grammar, "as"));
    alter->kind = ALTER_SECRET_VALUE;
    return grammar_expression(grammar, &alter->value);
}

static const char *const connection_types[] = {
    "AWS",
    "AWS GLUE SCHEMA REGISTRY",
    "AWS PRIVATELINK",
    "CONFLUENT SCHEMA REGISTRY",
    "GCP",
    "ICEBERG CATALOG",
    "KAFKA",
    "MYSQL",
    "POSTGRES",
    "SQL SERVER",
    "SSH TUNNEL",
    "YUGABYTE",
    NULL,
};

static enum rc create_connection(struct grammar *grammar, struct ast_statement *statement)
{
    struct ast_create_connection *create =
        ARENA_NEW(grammar->arena, struct ast_create_connection);
    statement->create_connection = create;
    create->if_not_exists = grammar_if_not_exists(grammar);
    TRY(grammar_name(grammar, &create->name));
    if (!grammar_take(grammar, "to") && !grammar_take(grammar, "for"))
        return grammar_syntax_error(grammar);
    size_t first = grammar->at;
    create->type = grammar_longest(grammar, connection_types);
    if (create->type == NULL)
        return grammar_syntax_error(grammar);
    create->type_span = grammar_span(grammar, first);
    create->type_span.to = grammar->scan->tokens[grammar->at - 1].to;
    enum option_list_end end = grammar_take_kind(grammar, TOKEN_LEFT_PAREN)
                                   ? OPTION_LIST_PAREN
                                   : OPTION_LIST_BARE;
    TRY(grammar_options(grammar, end, OPTION_VALUES_REQUIRED, &create->options));
    return grammar_with(grammar, &create->with);
}

static void add_change(struct grammar *grammar, struct ast_alter_connection *alter,
                       size_t *capacity, struct ast_connection_change change)
{
    if (alter->change_count == *capacity) {
        *capacity = *capacity == 0 ? 4 : *capacity * 2;
        struct ast_connection_change *wider =
            ARENA_ARRAY(grammar->arena, struct ast_connection_change, *capacity);
        if (alter->change_count > 0)
            memcpy(wider, alter->changes, alter->change_count * sizeof *wider);
        alter->changes = wider;
    }
    alter->changes[alter->change_count++] = change;
}

/* SET | DROP | RESET, with one option or several in parentheses. */
static enum rc change_options(struct grammar *grammar, struct ast_alter_connection *alter,
                              size_t *capacity, enum ast_connection_change_kind kind)
{
    enum option_list_values values =
        kind == CONNECTION_CHANGE_SET ? OPTION_VALUES_REQUIRED : OPTION_VALUES_NONE;
    struct ast_option_written_list options = {NULL, 0};
    if (grammar_take_kind(grammar, TOKEN_LEFT_PAREN)) {
        TRY(grammar_options(grammar, OPTION_LIST_PAREN, values, &options));
    } else {
        options.items = ARENA_NEW(grammar->arena, struct ast_option_written);
        options.count = 1;
        TRY(grammar_option(grammar, values, &options.items[0]));
    }
    for (size_t i = 0; i < options.count; i++)
        add_change(grammar, alter, capacity,
                   (struct ast_connection_change){kind, options.items[i]});
    return RC_OK;
}

static enum rc change(struct grammar *grammar, struct ast_alter_connection *alter,
                      size_t *capacity)
{
    if (grammar_take(grammar, "rotate keys")) {
        struct ast_connection_change rotate = {.kind = CONNECTION_CHANGE_ROTATE_KEYS};
        alter->kind = ALTER_CONNECTION_ROTATE_KEYS;
        add_change(grammar, alter, capacity, rotate);
        return RC_OK;
    }
    if (grammar_take(grammar, "set"))
        return change_options(grammar, alter, capacity, CONNECTION_CHANGE_SET);
    if (grammar_take(grammar, "drop"))
        return change_options(grammar, alter, capacity, CONNECTION_CHANGE_DROP);
    if (grammar_take(grammar, "reset"))
        return change_options(grammar, alter, capacity, CONNECTION_CHANGE_RESET);
    return grammar_syntax_error(grammar);
}

static enum rc alter_connection(struct grammar *grammar, struct ast_statement *statement)
{
    struct ast_alter_connection *alter =
        ARENA_NEW(grammar->arena, struct ast_alter_connection);
    size_t capacity = 0;
    statement->alter_connection = alter;
    alter->if_exists = grammar_if_exists(grammar);
    TRY(grammar_name(grammar, &alter->name));
    if (grammar_take(grammar, "rename to")) {
        alter->kind = ALTER_CONNECTION_RENAME;
        return grammar_identifier(grammar, &alter->to);
    }
    if (grammar_take(grammar, "owner to")) {
        alter->kind = ALTER_CONNECTION_OWNER;
        return grammar_identifier(grammar, &alter->to);
    }
    do
        TRY(change(grammar, alter, &capacity));
    while (grammar_take_kind(grammar, TOKEN_COMMA));
    return grammar_with(grammar, &alter->with);
}

static enum rc validate_connection(struct grammar *grammar,
                                   struct ast_statement *statement)
{
    statement->validate_connection =
        ARENA_NEW(grammar->arena, struct ast_validate_connection);
    return grammar_name(grammar, &statement->validate_connection->name);
}

static enum rc explain_connection(struct grammar *grammar,
                                  struct ast_statement *statement)
{
    struct ast_explain_connection *explain =
        ARENA_NEW(grammar->arena, struct ast_explain_connection);
    statement->explain_connection = explain;
    explain->is_analyze = sql_token_is(grammar->scan, grammar->at - 2, "analyze");
    TRY(grammar_name(grammar, &explain->name));
    if (!grammar_take(grammar, "to"))
        return RC_OK;
    if (!grammar_at_end(grammar))
        explain->to_span = grammar_span(grammar, grammar->at);
    return grammar_string(grammar, &explain->to);
}

/* The rest, without looking at more than its brackets. */
static enum rc skip_rest(struct grammar *grammar)
{
    size_t open = 0;
    for (; !grammar_at_end(grammar); grammar->at++) {
        enum token_kind kind = grammar_peek(grammar, 0);
        if (kind == TOKEN_BROKEN)
            return grammar_syntax_error(grammar);
        if (kind == TOKEN_LEFT_PAREN || kind == TOKEN_LEFT_BRACKET)
            open++;
        if (kind == TOKEN_RIGHT_PAREN || kind == TOKEN_RIGHT_BRACKET) {
            if (open == 0)
                return grammar_syntax_error(grammar);
            open--;
        }
    }
    return open == 0 ? RC_OK : grammar_syntax_error(grammar);
}

static enum rc only_name(struct grammar *grammar, struct ast_statement *statement)
{
    statement->other = ARENA_NEW(grammar->arena, struct ast_name);
    if (!grammar_if_not_exists(grammar))
        (void)grammar_if_exists(grammar);
    TRY(grammar_name(grammar, statement->other));
    return skip_rest(grammar);
}

/* SUBSCRIBE [TO] name | (query) ...: its name is not always one. */
static enum rc nameless(struct grammar *grammar, struct ast_statement *statement)
{
    statement->other = ARENA_NEW(grammar->arena, struct ast_name);
    if (grammar_at_end(grammar))
        return grammar_syntax_error(grammar);
    return skip_rest(grammar);
}

/* SQLite's REINDEX name, which its tests are written in: a table or an index.
 * PostgreSQL's own forms say which, in more words. */
static bool is_short_reindex(const struct scan *scan,
                             const struct scan_statement *statement)
{
    size_t count = statement->last - statement->first;
    return sql_token_is(scan, statement->first, "reindex") &&
           (count == 2 ||
            (count == 4 && scan->tokens[statement->first + 2].kind == TOKEN_DOT));
}

static enum rc reindex(struct grammar *grammar, struct ast_statement *statement)
{
    statement->kind = STATEMENT_REINDEX;
    TRY(grammar_expect(grammar, "reindex"));
    return only_name(grammar, statement);
}

/* The longer words of two that begin alike stand first. */
static const struct starter starters[] = {
    {"create secret", STATEMENT_CREATE_SECRET, create_secret},
    {"create connection", STATEMENT_CREATE_CONNECTION, create_connection},
    {"create source", STATEMENT_CREATE_SOURCE, only_name},
    {"create sink", STATEMENT_CREATE_SINK, only_name},
    {"create cluster replica", STATEMENT_CREATE_CLUSTER_REPLICA, only_name},
    {"create cluster", STATEMENT_CREATE_CLUSTER, only_name},
    {"create network policy", STATEMENT_CREATE_NETWORK_POLICY, only_name},
    {"create continual task", STATEMENT_CREATE_CONTINUAL_TASK, only_name},
    {"alter secret", STATEMENT_ALTER_SECRET, alter_secret},
    {"alter connection", STATEMENT_ALTER_CONNECTION, alter_connection},
    {"alter source", STATEMENT_ALTER_SOURCE, only_name},
    {"alter sink", STATEMENT_ALTER_SINK, only_name},
    {"alter cluster replica", STATEMENT_ALTER_CLUSTER, only_name},
    {"alter cluster", STATEMENT_ALTER_CLUSTER, only_name},
    {"alter network policy", STATEMENT_ALTER_NETWORK_POLICY, only_name},
    {"drop secret", STATEMENT_DROP, materialize_drop},
    {"drop connection", STATEMENT_DROP, materialize_drop},
    {"drop source", STATEMENT_DROP, materialize_drop},
    {"drop sink", STATEMENT_DROP, materialize_drop},
    {"drop cluster", STATEMENT_DROP, materialize_drop},
    {"drop network policy", STATEMENT_DROP, materialize_drop},
    {"drop continual task", STATEMENT_DROP, materialize_drop},
    {"validate connection", STATEMENT_VALIDATE_CONNECTION, validate_connection},
    {"explain analyze connection", STATEMENT_EXPLAIN_CONNECTION, explain_connection},
    {"explain connection", STATEMENT_EXPLAIN_CONNECTION, explain_connection},
    {"comment on secret", STATEMENT_COMMENT, materialize_comment},
    {"comment on connection", STATEMENT_COMMENT, materialize_comment},
    {"comment on source", STATEMENT_COMMENT, materialize_comment},
    {"comment on sink", STATEMENT_COMMENT, materialize_comment},
    {"comment on cluster", STATEMENT_COMMENT, materialize_comment},
    {"comment on network policy", STATEMENT_COMMENT, materialize_comment},
    {"subscribe", STATEMENT_SUBSCRIBE, nameless},
    {"inspect shard", STATEMENT_INSPECT_SHARD, nameless},
};

static const struct starter *find_starter(struct grammar *grammar)
{
    for (size_t i = 0; i < ARRAY_COUNT(starters); i++) {
        if (grammar_take(grammar, starters[i].words))
            return &starters[i];
    }
    return NULL;
}

/* CREATE TABLE name [(columns)] FROM SOURCE ...: the place of FROM, or 0. */
static size_t find_from_source(const struct scan *scan,
                               const struct scan_statement *statement)
{
    size_t open = 0;
    if (!sql_token_is(scan, statement->first, "create"))
        return 0;
    for (size_t at = statement->first + 1; at + 1 < statement->last; at++) {
        enum token_kind kind = scan->tokens[at].kind;
        open += kind == TOKEN_LEFT_PAREN;
        open -= kind == TOKEN_RIGHT_PAREN && open > 0;
        if (open == 0 && sql_token_is(scan, at, "as"))
            return 0;
        bool is_from = open == 0 && sql_token_is(scan, at, "from");
        if (is_from && (sql_token_is(scan, at + 1, "source") ||
                        sql_token_is(scan, at + 1, "webhook")))
            return at;
    }
    return 0;
}

static struct grammar look(const struct scan *scan,
                           const struct scan_statement *statement)
{
    return (struct grammar){.scan = scan,
                            .first = statement->first,
                            .at = statement->first,
                            .end = statement->last};
}

bool materialize_is_own(const struct scan *scan, const struct scan_statement *statement)
{
    /* No other statement begins with these letters. */
    uint8_t first = scan->text.at[scan->tokens[statement->first].from] | 0x20;
    if (strchr("acdegirsv", first) == NULL)
        return false;
    struct grammar grammar = look(scan, statement);
    return find_starter(&grammar) != NULL ||
           materialize_is_show(scan, statement->first) ||
           materialize_is_grant(scan, statement) || is_short_reindex(scan, statement) ||
           (sql_token_is(scan, statement->first, "create") &&
            sql_token_is(scan, statement->first + 1, "table") &&
            find_from_source(scan, statement) != 0);
}

bool materialize_is_private(const struct scan *scan,
                            const struct scan_statement *statement)
{
    struct grammar grammar = look(scan, statement);
    return grammar_take(&grammar, "create secret") ||
           grammar_take(&grammar, "alter secret") ||
           grammar_take(&grammar, "create connection") ||
           grammar_take(&grammar, "alter connection");
}

static enum rc table_from_source(struct grammar *grammar, struct ast_statement *statement)
{
    struct scan_statement whole = {grammar->at, grammar->end, false};
    size_t from = find_from_source(grammar->scan, &whole);
    statement->kind = sql_token_is(grammar->scan, from + 1, "webhook")
                          ? STATEMENT_CREATE_WEBHOOK_TABLE
                          : STATEMENT_CREATE_TABLE_FROM_SOURCE;
    TRY(grammar_expect(grammar, "create table"));
    return only_name(grammar, statement);
}

enum rc materialize_parse(struct grammar *grammar, struct ast_statement *statement)
{
    struct scan_statement whole = {grammar->at, grammar->end, false};
    if (materialize_is_show(grammar->scan, grammar->at)) {
        TRY(materialize_show(grammar, statement));
        return grammar_expect_end(grammar);
    }
    if (materialize_is_grant(grammar->scan, &whole)) {
        TRY(materialize_grant(grammar, statement));
        return grammar_expect_end(grammar);
    }
    if (is_short_reindex(grammar->scan, &whole))
        return reindex(grammar, statement);
    const struct starter *starter = find_starter(grammar);
    if (starter == NULL)
        return table_from_source(grammar, statement);
    statement->kind = starter->kind;
    TRY(starter->parse(grammar, statement));
    return grammar_expect_end(grammar);
}
