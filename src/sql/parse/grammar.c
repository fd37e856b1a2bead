/* The small rules of the recursive-descent grammar, and its errors. */
#include "sql/parse/grammar.h"

#include <string.h>

#include "base/error.h"
#include "sql/parse/parse_internal.h"

enum token_kind grammar_peek(const struct grammar *grammar, size_t ahead)
{
    size_t at = grammar->at + ahead;
    return at < grammar->end ? grammar->scan->tokens[at].kind : TOKEN_END;
}

bool grammar_sees(const struct grammar *grammar, size_t ahead, const char *word)
{
    size_t at = grammar->at + ahead;
    return at < grammar->end && sql_token_is(grammar->scan, at, word);
}

bool grammar_take_kind(struct grammar *grammar, enum token_kind kind)
{
    if (grammar_at_end(grammar) || grammar_peek(grammar, 0) != kind)
        return false;
    grammar->at++;
    return true;
}

/* The length of the first word of a text. */
static size_t word_len(const char *words)
{
    const char *blank = strchr(words, ' ');
    return blank == NULL ? strlen(words) : (size_t)(blank - words);
}

bool grammar_take(struct grammar *grammar, const char *words)
{
    enum { WORD_MAX = 32 };
    size_t count = 0;
    for (const char *rest = words; *rest != 0;) {
        char word[WORD_MAX] = "";
        size_t len = word_len(rest);
        memcpy(word, rest, len < WORD_MAX - 1 ? len : WORD_MAX - 1);
        if (!grammar_sees(grammar, count, word))
            return false;
        count++;
        rest += rest[len] == ' ' ? len + 1 : len;
    }
    grammar->at += count;
    return true;
}

struct ast_span grammar_span(const struct grammar *grammar, size_t token)
{
    const struct token *at = &grammar->scan->tokens[token];
    return (struct ast_span){at->from, at->to};
}

/* A guide's <NAME> at the token: the token of the name, or 0. */
static size_t placeholder(const struct grammar *grammar)
{
    const struct scan *scan = grammar->scan;
    if (grammar_peek(grammar, 0) != TOKEN_OPERATOR ||
        grammar_peek(grammar, 1) != TOKEN_WORD ||
        grammar_peek(grammar, 2) != TOKEN_OPERATOR)
        return 0;
    struct bytes opening = sql_token_text(scan, grammar->at);
    struct bytes closing = sql_token_text(scan, grammar->at + 2);
    bool is_one = opening.at[opening.len - 1] == '<' && closing.at[0] == '>';
    return is_one ? grammar->at + 1 : 0;
}

static bool is_literal(enum token_kind kind)
{
    return kind == TOKEN_STRING || kind == TOKEN_BITS || kind == TOKEN_INTEGER ||
           kind == TOKEN_NUMBER || kind == TOKEN_BROKEN;
}

/* The statement's end, as an error sees it: its semicolon, or the end of all. */
static size_t error_token(const struct grammar *grammar)
{
    return grammar->at < grammar->end ? grammar->at : grammar->end;
}

static enum rc unterminated(struct grammar *grammar, int position)
{
    struct bytes text = sql_token_text(grammar->scan, grammar->at);
    const char *what = text.at[0] == '"'   ? "quoted identifier"
                       : text.at[0] == '$' ? "dollar-quoted string"
                       : text.at[0] == '/' ? "/* comment"
                                           : "quoted string";
    return error_set_at(grammar->err, position, SQLSTATE_SYNTAX_ERROR, "unterminated %s",
                        what);
}

enum rc grammar_syntax_error(struct grammar *grammar)
{
    size_t at = error_token(grammar);
    const struct token *token = &grammar->scan->tokens[at];
    int position = sql_scan_position(grammar->scan->text, token->from);
    if (token->kind == TOKEN_END)
        return error_set_at(grammar->err, position, SQLSTATE_SYNTAX_ERROR,
                            "syntax error at end of input");
    if (token->kind == TOKEN_BROKEN && token->to - token->from > 1)
        return unterminated(grammar, position);
    struct bytes text = sql_token_text(grammar->scan, at);
    if (grammar->is_private && is_literal(token->kind))
        text = bytes_of_text("'<REDACTED>'");
    (void)error_set_at(grammar->err, position, SQLSTATE_SYNTAX_ERROR,
                       "syntax error at or near \"%.*s\"", BYTES_PRINT(text));
    size_t name = placeholder(grammar);
    if (name != 0)
        (void)error_hint(grammar->err,
                         "Replace the placeholder <%.*s> with a value of your own.",
                         BYTES_PRINT(sql_token_text(grammar->scan, name)));
    return RC_FAILED;
}

/* Materialize's words for a token. Literals are left out where they may be secrets. */
static const char *describe(const struct grammar *grammar, size_t at)
{
    static const char *const names[TOKEN_KIND_COUNT] = {
        [TOKEN_END] = "EOF",
        [TOKEN_LEFT_PAREN] = "left parenthesis",
        [TOKEN_RIGHT_PAREN] = "right parenthesis",
        [TOKEN_LEFT_BRACKET] = "left square bracket",
        [TOKEN_RIGHT_BRACKET] = "right square bracket",
        [TOKEN_COMMA] = "comma",
        [TOKEN_SEMICOLON] = "semicolon",
        [TOKEN_DOT] = "dot",
        [TOKEN_COLON] = "colon",
        [TOKEN_TYPECAST] = "double colon",
        [TOKEN_EQUALS_GREATER] = "arrow",
        [TOKEN_STRING] = "string literal",
        [TOKEN_BITS] = "hex string literal",
        [TOKEN_INTEGER] = "number",
        [TOKEN_NUMBER] = "number",
    };
    enum token_kind kind = grammar->scan->tokens[at].kind;
    if (names[kind] != NULL)
        return names[kind];
    struct bytes text = sql_token_text(grammar->scan, at);
    const char *format = kind == TOKEN_WORD        ? "identifier \"%.*s\""
                         : kind == TOKEN_QUOTED    ? "identifier %.*s"
                         : kind == TOKEN_PARAMETER ? "parameter \"%.*s\""
                                                   : "operator \"%.*s\"";
    if (kind == TOKEN_BROKEN)
        return "an unterminated token";
    if (bytes_equal(text, bytes_of_text("=")))
        return "equals sign";
    if (bytes_equal(text, bytes_of_text("*")))
        return "star";
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    return arena_printf(grammar->arena, format, BYTES_PRINT(text));
#pragma GCC diagnostic pop
}

enum rc grammar_expected(struct grammar *grammar, const char *what)
{
    size_t at = error_token(grammar);
    int position = sql_scan_position(grammar->scan->text, grammar->scan->tokens[at].from);
    return error_set_at(grammar->err, position, SQLSTATE_SYNTAX_ERROR,
                        "Expected %s, found %s", what, describe(grammar, at));
}

enum rc grammar_expect(struct grammar *grammar, const char *words)
{
    return grammar_take(grammar, words) ? RC_OK : grammar_syntax_error(grammar);
}

enum rc grammar_expect_kind(struct grammar *grammar, enum token_kind kind)
{
    return grammar_take_kind(grammar, kind) ? RC_OK : grammar_syntax_error(grammar);
}

enum rc grammar_expect_end(struct grammar *grammar)
{
    if (grammar_at_end(grammar))
        return RC_OK;
    if (grammar_peek(grammar, 0) == TOKEN_BROKEN)
        return grammar_syntax_error(grammar);
    return grammar_expected(grammar, "end of statement");
}

enum rc grammar_identifier(struct grammar *grammar, const char **name_out)
{
    enum token_kind kind = grammar_peek(grammar, 0);
    if (kind != TOKEN_WORD && kind != TOKEN_QUOTED)
        return grammar_syntax_error(grammar);
    char *name = sql_token_identifier(grammar->arena, grammar->scan, grammar->at);
    if (name == NULL || name[0] == 0)
        return grammar_syntax_error(grammar);
    grammar->at++;
    *name_out = name;
    return RC_OK;
}

/* At most database.schema.object, as for every object of the catalog. */
enum rc grammar_name(struct grammar *grammar, struct ast_name *name_out)
{
    enum { PARTS_MAX = 3 };
    struct ast_name name = {ARENA_ARRAY(grammar->arena, const char *, PARTS_MAX), 0,
                            grammar_span(grammar, error_token(grammar))};
    TRY(grammar_identifier(grammar, &name.parts[name.count]));
    name.count++;
    while (name.count < PARTS_MAX && grammar_take_kind(grammar, TOKEN_DOT)) {
        TRY(grammar_identifier(grammar, &name.parts[name.count]));
        name.count++;
    }
    name.span.to = grammar->scan->tokens[grammar->at - 1].to;
    *name_out = name;
    return RC_OK;
}

enum rc grammar_names(struct grammar *grammar, struct ast_name **names_out,
                      size_t *count_out)
{
    size_t room = 1;
    for (size_t at = grammar->at; at < grammar->end; at++)
        room += grammar->scan->tokens[at].kind == TOKEN_COMMA;
    struct ast_name *names = ARENA_ARRAY(grammar->arena, struct ast_name, room);
    size_t count = 0;
    do {
        TRY(grammar_name(grammar, &names[count]));
        count++;
    } while (grammar_take_kind(grammar, TOKEN_COMMA));
    *names_out = names;
    *count_out = count;
    return RC_OK;
}

enum rc grammar_string(struct grammar *grammar, const char **text_out)
{
    if (grammar_peek(grammar, 0) != TOKEN_STRING)
        return grammar_syntax_error(grammar);
    *text_out = sql_token_string(grammar->arena, grammar->scan, grammar->at);
    if (*text_out == NULL)
        return error_set_at(grammar->err,
                            sql_scan_position(grammar->scan->text,
                                              grammar->scan->tokens[grammar->at].from),
                            SQLSTATE_INVALID_ESCAPE_SEQUENCE,
                            "invalid escape sequence in a string");
    grammar->at++;
    return RC_OK;
}

bool grammar_if_not_exists(struct grammar *grammar)
{
    return grammar_take(grammar, "if not exists");
}

bool grammar_if_exists(struct grammar *grammar)
{
    return grammar_take(grammar, "if exists");
}

/* The token that holds this character position, or the end. */
static void go_to_position(struct grammar *grammar, int position)
{
    while (grammar->at < grammar->end &&
           sql_scan_position(grammar->scan->text,
                             grammar->scan->tokens[grammar->at].from) < position)
        grammar->at++;
}

enum rc grammar_expression(struct grammar *grammar,
                           struct ast_expression **expression_out)
{
    size_t first = grammar->at;
    if (grammar_at_end(grammar))
        return grammar_syntax_error(grammar);
    struct error err;
    error_clear(&err);
    enum rc rc = parse_expression_tokens(grammar, expression_out, &err);
    if (rc == RC_OK) {
        grammar->at = grammar->end;
        return RC_OK;
    }
    bool is_syntax = err.state == SQLSTATE_SYNTAX_ERROR;
    if (!grammar->is_private && !is_syntax) {
        *grammar->err = err;
        return RC_FAILED;
    }
    /* PostgreSQL's words would quote the literal. */
    grammar->at = first;
    go_to_position(grammar, err.position);
    return grammar_syntax_error(grammar);
}
