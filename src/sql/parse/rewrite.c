/* Same-length replacements before libpg_query reads the text. */
#include "sql/parse/rewrite.h"

#include <string.h>

#include "base/error.h"

static void blank(struct rewrite *rewrite, size_t from, size_t to)
{
    memset(rewrite->text + (from - rewrite->offset), ' ', to - from);
}

/* The parenthesis that closes the one at `open`, or the statement's end. */
static size_t find_closing(const struct grammar *grammar, size_t open)
{
    size_t depth = 0;
    for (size_t at = open; at < grammar->end; at++) {
        enum token_kind kind = grammar->scan->tokens[at].kind;
        if (kind == TOKEN_LEFT_PAREN)
            depth++;
        else if (kind == TOKEN_RIGHT_PAREN && --depth == 0)
            return at;
    }
    return grammar->end;
}

/* Words that may follow a FROM item and are no alias. */
static bool follows_item(const struct scan *scan, size_t at)
{
    static const char *const words[] = {
        "where", "group", "having", "window",    "union", "intersect", "except",
        "order", "limit", "offset", "fetch",     "for",   "on",        "using",
        "join",  "inner", "left",   "right",     "full",  "cross",     "natural",
        "and",   "or",    "then",   "when",      "else",  "end",       "is",
        "in",    "not",   "like",   "returning", "into",
    };
    for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
        if (sql_token_is(scan, at, words[i]))
            return true;
    }
    return false;
}

/* PostgreSQL 15 wants an alias for every subquery in FROM, Materialize does not. */
static bool has_alias(const struct grammar *grammar, size_t at)
{
    if (at >= grammar->end)
        return false;
    enum token_kind kind = grammar->scan->tokens[at].kind;
    return kind == TOKEN_QUOTED ||
           (kind == TOKEN_WORD && !follows_item(grammar->scan, at));
}

/* "(SHOW ROLES)" is the shortest, and "(table x) s" fits into it. */
static enum rc replace_show(struct grammar *grammar, size_t open, struct rewrite *rewrite)
{
    const struct token *tokens = grammar->scan->tokens;
    size_t closing = find_closing(grammar, open);
    struct grammar inner = *grammar;
    inner.at = open + 1;
    inner.end = closing;
    struct show_place *place = &rewrite->shows[rewrite->show_count];
    TRY(materialize_show_objects(&inner, &place->show));
    TRY(grammar_expect_end(&inner));
    if (inner.parameter_max > grammar->parameter_max)
        grammar->parameter_max = inner.parameter_max;
    grammar->at = closing;
    if (closing == grammar->end)
        return grammar_syntax_error(grammar);
    size_t from = tokens[open].from;
    blank(rewrite, from, tokens[closing].to);
    const char *replacement =
        has_alias(grammar, closing + 1) ? "(table x)" : "(table x) s";
    memcpy(rewrite->text + (from - rewrite->offset), replacement, strlen(replacement));
    place->at = from + strlen("(table ");
    rewrite->show_count++;
    return RC_OK;
}

/* FROM, JOIN or a comma before it: an item of FROM. Elsewhere no alias may be added. */
static bool is_item_place(const struct scan *scan, size_t open)
{
    return open > 0 && (sql_token_is(scan, open - 1, "from") ||
                        sql_token_is(scan, open - 1, "join") ||
                        sql_token_is(scan, open - 1, "lateral") ||
                        scan->tokens[open - 1].kind == TOKEN_COMMA);
}

static enum rc replace_shows(struct grammar *grammar, struct rewrite *rewrite)
{
    const struct scan *scan = grammar->scan;
    size_t count = 0;
    for (size_t at = grammar->first; at + 1 < grammar->end; at++)
        count += scan->tokens[at].kind == TOKEN_LEFT_PAREN && is_item_place(scan, at) &&
                 materialize_is_show(scan, at + 1);
    if (count == 0)
        return RC_OK;
    rewrite->shows = ARENA_ARRAY(grammar->arena, struct show_place, count);
    for (size_t at = grammar->first; at + 1 < grammar->end; at++) {
        if (scan->tokens[at].kind != TOKEN_LEFT_PAREN || !is_item_place(scan, at) ||
            !materialize_is_show(scan, at + 1))
            continue;
        TRY(replace_show(grammar, at, rewrite));
        at = grammar->at;
    }
    return RC_OK;
}

static enum rc type_error(struct grammar *grammar, size_t at, const char *what)
{
    int position = sql_scan_position(grammar->scan->text, grammar->scan->tokens[at].from);
    return error_set_at(grammar->err, position, SQLSTATE_FEATURE_NOT_SUPPORTED,
                        "%s types are not supported", what);
}

/* Behind `::` or AS: skips a type as PostgreSQL writes it, and looks what comes next.
 * `x::int4 list` would be read as an alias. */
static enum rc check_type(struct grammar *grammar, size_t at)
{
    const struct scan *scan = grammar->scan;
    if (sql_token_is(scan, at, "map") && scan->tokens[at + 1].kind == TOKEN_LEFT_BRACKET)
        return type_error(grammar, at, "MAP");
    if (scan->tokens[at].kind != TOKEN_WORD && scan->tokens[at].kind != TOKEN_QUOTED)
        return RC_OK;
    at++;
    while (scan->tokens[at].kind == TOKEN_DOT)
        at += 2;
    while (sql_token_is(scan, at, "precision") || sql_token_is(scan, at, "varying"))
        at++;
    if (scan->tokens[at].kind == TOKEN_LEFT_PAREN)
        at = find_closing(grammar, at) + 1;
    while (at < grammar->end && (scan->tokens[at].kind == TOKEN_LEFT_BRACKET ||
                                 scan->tokens[at].kind == TOKEN_INTEGER ||
                                 scan->tokens[at].kind == TOKEN_RIGHT_BRACKET))
        at++;
    if (at < grammar->end && sql_token_is(scan, at, "list"))
        return type_error(grammar, at, "LIST");
    return RC_OK;
}

static bool is_cast_as(const struct grammar *grammar, size_t at)
{
    if (!sql_token_is(grammar->scan, at, "as"))
        return false;
    size_t depth = 0;
    while (at > grammar->first) {
        enum token_kind kind = grammar->scan->tokens[--at].kind;
        if (kind == TOKEN_RIGHT_PAREN)
            depth++;
        else if (kind == TOKEN_LEFT_PAREN && depth-- == 0)
            return at > grammar->first && sql_token_is(grammar->scan, at - 1, "cast");
    }
    return false;
}

/* Only statements that hold the words LIST or MAP at all are looked at closely. */
static enum rc check_types(struct grammar *grammar)
{
    const struct scan *scan = grammar->scan;
    bool has_word = false;
    for (size_t at = grammar->first; at < grammar->end && !has_word; at++)
        has_word = sql_token_is(scan, at, "list") || sql_token_is(scan, at, "map");
    if (!has_word)
        return RC_OK;
    for (size_t at = grammar->first; at + 1 < grammar->end; at++) {
        bool is_type = scan->tokens[at].kind == TOKEN_TYPECAST || is_cast_as(grammar, at);
        if (is_type)
            TRY(check_type(grammar, at + 1));
    }
    return RC_OK;
}

/* CREATE DATABASE IF NOT EXISTS and CREATE VIEW IF NOT EXISTS are Materialize's. */
static void blank_if_not_exists(struct grammar *grammar, struct rewrite *rewrite)
{
    const struct token *tokens = grammar->scan->tokens;
    grammar->at = grammar->first;
    bool is_one = grammar_take(grammar, "create database") ||
                  grammar_take(grammar, "create view") ||
                  grammar_take(grammar, "create temporary view") ||
                  grammar_take(grammar, "create temp view");
    size_t first = grammar->at;
    if (!is_one || !grammar_if_not_exists(grammar))
        return;
    rewrite->if_not_exists = true;
    blank(rewrite, tokens[first].from, tokens[grammar->at - 1].to);
}

enum rc rewrite_statement(struct grammar *grammar, bool has_semicolon,
                          struct rewrite *rewrite_out)
{
    const struct token *tokens = grammar->scan->tokens;
    size_t from = tokens[grammar->first].from;
    /* With its semicolon, or up to the very end: errors name what they stand at. */
    size_t to = has_semicolon ? tokens[grammar->end].to : grammar->scan->text.len;
    *rewrite_out = (struct rewrite){
        .text = arena_strndup(grammar->arena, (const char *)grammar->scan->text.at + from,
                              to - from),
        .offset = from,
    };
    TRY(check_types(grammar));
    blank_if_not_exists(grammar, rewrite_out);
    return replace_shows(grammar, rewrite_out);
}
