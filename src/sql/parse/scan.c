/* The scanner: PostgreSQL's lexical rules (its scan.l is described in the manual, chapter
 * 4.1) over bytes, without tables. It never fails on bad tokens: the parser behind it
 * knows PostgreSQL's exact words for each. */
#include "sql/parse/scan.h"

#include <string.h>

#include "base/ascii.h"
#include "base/error.h"
#include "base/utf8.h"

struct lexer {
    const uint8_t *text;
    size_t len;
    size_t at;
};

static bool is_space(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r' || byte == '\f';
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_word_start(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_' ||
           byte >= 0x80;
}

static bool is_word_part(uint8_t byte)
{
    return is_word_start(byte) || is_digit(byte) || byte == '$';
}

static bool is_operator(uint8_t byte)
{
    return byte != 0 && strchr("~!@#^&|`?+-*/%<>=", byte) != NULL;
}

static uint8_t peek(const struct lexer *lexer, size_t ahead)
{
    size_t at = lexer->at + ahead;
    return at < lexer->len ? lexer->text[at] : 0;
}

static void skip_line(struct lexer *lexer)
{
    while (lexer->at < lexer->len && lexer->text[lexer->at] != '\n' &&
           lexer->text[lexer->at] != '\r')
        lexer->at++;
}

/* Comments nest. False when the text ends inside. */
static bool skip_comment(struct lexer *lexer)
{
    size_t depth = 1;
    lexer->at += 2;
    while (lexer->at < lexer->len) {
        if (peek(lexer, 0) == '/' && peek(lexer, 1) == '*') {
            depth++;
            lexer->at += 2;
        } else if (peek(lexer, 0) == '*' && peek(lexer, 1) == '/') {
            lexer->at += 2;
            if (--depth == 0)
                return true;
        } else {
            lexer->at++;
        }
    }
    return false;
}

/* Skips white space and comments. False at an unterminated comment, which `at` is then
 * the start of. */
static bool skip_blank(struct lexer *lexer)
{
    while (lexer->at < lexer->len) {
        size_t start = lexer->at;
        if (is_space(peek(lexer, 0))) {
            lexer->at++;
        } else if (peek(lexer, 0) == '-' && peek(lexer, 1) == '-') {
            skip_line(lexer);
        } else if (peek(lexer, 0) == '/' && peek(lexer, 1) == '*') {
            if (!skip_comment(lexer)) {
                lexer->at = start;
                return false;
            }
        } else {
            return true;
        }
    }
    return true;
}

/* Behind a closing quote: white space with a line end in it, then another quote,
 * continues the string (manual, 4.1.2.1). */
static bool continue_string(struct lexer *lexer)
{
    size_t start = lexer->at;
    bool has_line_end = false;
    while (lexer->at < lexer->len) {
        uint8_t byte = peek(lexer, 0);
        if (is_space(byte)) {
            has_line_end = has_line_end || byte == '\n' || byte == '\r';
            lexer->at++;
        } else if (byte == '-' && peek(lexer, 1) == '-') {
            skip_line(lexer);
        } else {
            break;
        }
    }
    if (has_line_end && peek(lexer, 0) == '\'') {
        lexer->at++;
        return true;
    }
    lexer->at = start;
    return false;
}

/* From behind the opening quote to behind the closing one. */
static bool skip_quoted(struct lexer *lexer, uint8_t quote, bool has_escapes)
{
    while (lexer->at < lexer->len) {
        uint8_t byte = lexer->text[lexer->at++];
        if (has_escapes && byte == '\\' && lexer->at < lexer->len) {
            lexer->at++;
        } else if (byte == quote) {
            if (peek(lexer, 0) == quote)
                lexer->at++;
            else if (quote == '"' || !continue_string(lexer))
                return true;
        }
    }
    return false;
}

/* `at` is on a '$': the length of the opening $tag$, or 0. */
static size_t dollar_tag_len(const struct lexer *lexer)
{
    size_t len = 1;
    if (is_word_start(peek(lexer, 1))) {
        while (is_word_part(peek(lexer, len)) && peek(lexer, len) != '$')
            len++;
    }
    return peek(lexer, len) == '$' ? len + 1 : 0;
}

static enum token_kind lex_dollar(struct lexer *lexer)
{
    if (is_digit(peek(lexer, 1))) {
        lexer->at++;
        while (is_digit(peek(lexer, 0)))
            lexer->at++;
        return TOKEN_PARAMETER;
    }
    size_t tag_len = dollar_tag_len(lexer);
    if (tag_len == 0) {
        lexer->at = lexer->len;
        return TOKEN_BROKEN;
    }
    const uint8_t *tag = lexer->text + lexer->at;
    lexer->at += tag_len;
    const uint8_t *end =
        memmem(lexer->text + lexer->at, lexer->len - lexer->at, tag, tag_len);
    if (end == NULL) {
        lexer->at = lexer->len;
        return TOKEN_BROKEN;
    }
    lexer->at = (size_t)(end - lexer->text) + tag_len;
    return TOKEN_STRING;
}

static void skip_digits(struct lexer *lexer)
{
    while (is_digit(peek(lexer, 0)))
        lexer->at++;
}

static enum token_kind lex_number(struct lexer *lexer)
{
    enum token_kind kind = TOKEN_INTEGER;
    skip_digits(lexer);
    if (peek(lexer, 0) == '.' && peek(lexer, 1) != '.') {
        kind = TOKEN_NUMBER;
        lexer->at++;
        skip_digits(lexer);
    }
    if ((peek(lexer, 0) | 0x20) == 'e') {
        size_t sign = peek(lexer, 1) == '+' || peek(lexer, 1) == '-' ? 1 : 0;
        if (is_digit(peek(lexer, 1 + sign))) {
            kind = TOKEN_NUMBER;
            lexer->at += 1 + sign;
            skip_digits(lexer);
        }
    }
    return kind;
}

/* An operator ends before a comment, and gives back a trailing + or - unless it holds a
 * character that SQL's own operators do not have (manual, 4.1.3). */
static enum token_kind lex_operator(struct lexer *lexer)
{
    size_t len = 0;
    bool is_own = false;
    while (is_operator(peek(lexer, len))) {
        uint8_t byte = peek(lexer, len);
        uint8_t next = peek(lexer, len + 1);
        if (len > 0 && ((byte == '-' && next == '-') || (byte == '/' && next == '*')))
            break;
        is_own = is_own || strchr("~!@#^&|`?%", byte) != NULL;
        len++;
    }
    while (!is_own && len > 1 &&
           (peek(lexer, len - 1) == '+' || peek(lexer, len - 1) == '-'))
        len--;
    bool is_arrow = len == 2 && peek(lexer, 0) == '=' && peek(lexer, 1) == '>';
    lexer->at += len;
    return is_arrow ? TOKEN_EQUALS_GREATER : TOKEN_OPERATOR;
}

static enum token_kind quoted_kind(struct lexer *lexer, size_t prefix_len,
                                   bool has_escapes, enum token_kind kind)
{
    uint8_t quote = peek(lexer, prefix_len);
    lexer->at += prefix_len + 1;
    if (skip_quoted(lexer, quote, has_escapes))
        return kind;
    lexer->at = lexer->len;
    return TOKEN_BROKEN;
}

static enum token_kind lex_word(struct lexer *lexer)
{
    uint8_t first = peek(lexer, 0) | 0x20;
    uint8_t next = peek(lexer, 1);
    if (next == '\'' && (first == 'e' || first == 'n'))
        return quoted_kind(lexer, 1, first == 'e', TOKEN_STRING);
    if (next == '\'' && (first == 'b' || first == 'x'))
        return quoted_kind(lexer, 1, false, TOKEN_BITS);
    if (first == 'u' && next == '&' && peek(lexer, 2) == '\'')
        return quoted_kind(lexer, 2, false, TOKEN_STRING);
    if (first == 'u' && next == '&' && peek(lexer, 2) == '"')
        return quoted_kind(lexer, 2, false, TOKEN_QUOTED);
    while (is_word_part(peek(lexer, 0)))
        lexer->at++;
    return TOKEN_WORD;
}

static enum token_kind lex_colon(struct lexer *lexer)
{
    uint8_t next = peek(lexer, 1);
    lexer->at += next == ':' || next == '=' ? 2 : 1;
    return next == ':' ? TOKEN_TYPECAST : next == '=' ? TOKEN_COLON_EQUALS : TOKEN_COLON;
}

static enum token_kind lex_dot(struct lexer *lexer)
{
    if (is_digit(peek(lexer, 1)))
        return lex_number(lexer);
    bool is_double = peek(lexer, 1) == '.';
    lexer->at += is_double ? 2 : 1;
    return is_double ? TOKEN_DOT_DOT : TOKEN_DOT;
}

static enum token_kind single_kind(uint8_t byte)
{
    switch (byte) {
    case '(':
        return TOKEN_LEFT_PAREN;
    case ')':
        return TOKEN_RIGHT_PAREN;
    case '[':
        return TOKEN_LEFT_BRACKET;
    case ']':
        return TOKEN_RIGHT_BRACKET;
    case ',':
        return TOKEN_COMMA;
    case ';':
        return TOKEN_SEMICOLON;
    default:
        return TOKEN_BROKEN;
    }
}

static enum token_kind lex_token(struct lexer *lexer)
{
    uint8_t byte = peek(lexer, 0);
    if (is_word_start(byte))
        return lex_word(lexer);
    if (is_digit(byte))
        return lex_number(lexer);
    if (byte == '\'')
        return quoted_kind(lexer, 0, false, TOKEN_STRING);
    if (byte == '"')
        return quoted_kind(lexer, 0, false, TOKEN_QUOTED);
    if (byte == '$')
        return lex_dollar(lexer);
    if (byte == ':')
        return lex_colon(lexer);
    if (byte == '.')
        return lex_dot(lexer);
    if (is_operator(byte))
        return lex_operator(lexer);
    lexer->at++;
    return single_kind(byte);
}

/* PostgreSQL's report_invalid_encoding(): as many bytes as the first one announces. */
static enum rc encoding_error(struct bytes text, size_t bad_at, struct error *err)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t first = text.at[bad_at];
    size_t count = first >= 0xf0 && first < 0xf8 ? 4
                   : first >= 0xe0               ? 3
                   : first >= 0xc0               ? 2
                                                 : 1;
    if (first >= 0xf8)
        count = 1;
    char shown[4 * 5 + 1] = "";
    size_t len = 0;
    for (size_t i = 0; i < count && bad_at + i < text.len; i++) {
        uint8_t byte = text.at[bad_at + i];
        const char piece[] = {' ', '0', 'x', digits[byte >> 4], digits[byte & 15]};
        memcpy(shown + len, piece + (i == 0), sizeof piece - (i == 0));
        len += sizeof piece - (i == 0);
    }
    return error_set(err, SQLSTATE_CHARACTER_NOT_IN_REPERTOIRE,
                     "invalid byte sequence for encoding \"UTF8\": %s", shown);
}

static enum rc check_text(struct bytes text, struct error *err)
{
    size_t bad_at = 0;
    if (text.len > SQL_TEXT_MAX)
        return error_set(err, SQLSTATE_PROGRAM_LIMIT_EXCEEDED,
                         "query string is longer than %d bytes", (int)SQL_TEXT_MAX);
    if (!utf8_is_valid(text, &bad_at))
        return encoding_error(text, bad_at, err);
    const uint8_t *nul = text.len == 0 ? NULL : memchr(text.at, 0, text.len);
    if (nul != NULL)
        return encoding_error(text, (size_t)(nul - text.at), err);
    return RC_OK;
}

static void add_token(struct arena *arena, struct scan *scan, size_t *room,
                      struct token token)
{
    if (scan->count + 1 >= *room) {
        size_t wider = *room * 2;
        struct token *tokens = ARENA_ARRAY(arena, struct token, wider);
        memcpy(tokens, scan->tokens, scan->count * sizeof *tokens);
        scan->tokens = tokens;
        *room = wider;
    }
    scan->tokens[scan->count++] = token;
}

enum rc sql_scan(struct arena *arena, struct bytes text, struct scan *scan_out,
                 struct error *err)
{
    TRY(check_text(text, err));
    struct lexer lexer = {text.at, text.len, 0};
    size_t room = text.len / 4 + 16;
    *scan_out = (struct scan){text, ARENA_ARRAY(arena, struct token, room), 0};
    for (;;) {
        bool is_whole = skip_blank(&lexer);
        uint32_t from = (uint32_t)lexer.at;
        if (is_whole && lexer.at >= lexer.len)
            break;
        enum token_kind kind = TOKEN_BROKEN;
        if (is_whole)
            kind = lex_token(&lexer);
        else
            lexer.at = lexer.len;
        add_token(arena, scan_out, &room, (struct token){kind, from, (uint32_t)lexer.at});
    }
    scan_out->tokens[scan_out->count] =
        (struct token){TOKEN_END, (uint32_t)text.len, (uint32_t)text.len};
    return RC_OK;
}

struct bytes sql_token_text(const struct scan *scan, size_t at)
{
    const struct token *token = &scan->tokens[at];
    return bytes_of(scan->text.at + token->from, token->to - token->from);
}

bool sql_token_is(const struct scan *scan, size_t at, const char *word)
{
    return scan->tokens[at].kind == TOKEN_WORD &&
           ascii_is_word(sql_token_text(scan, at), word);
}

int sql_scan_position(struct bytes text, size_t at)
{
    return (int)utf8_count(bytes_of(text.at, at < text.len ? at : text.len)) + 1;
}
