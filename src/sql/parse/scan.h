#ifndef SQL_PARSE_SCAN_H
#define SQL_PARSE_SCAN_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/bytes.h"
#include "base/rc.h"

struct error;

/* The token scan that comes before every parse, by PostgreSQL's lexical rules (manual,
 * chapter 4.1; standard_conforming_strings is on). It checks what the parser behind it
 * would not survive, finds where statements end, and serves the statement cache. */

enum {
    /* Bytes of one query string; 54000 past it. */
    SQL_TEXT_MAX = 16 * 1024 * 1024,

    /* Nesting that a statement may have, in messages of libpg_query's tree: an operator
     * nests 2, a subselect 8. One such message costs libpg_query 970 bytes of stack (as
     * measured), so this limit needs 1.5 MB of SQL_PARSE_STACK_BYTES. */
    SQL_DEPTH_MAX = 1500,
};

enum token_kind {
    TOKEN_END,
    TOKEN_WORD,      /* keyword or bare identifier */
    TOKEN_QUOTED,    /* "Identifier", U&"..." */
    TOKEN_STRING,    /* '...', E'...', N'...', U&'...', $tag$...$tag$ */
    TOKEN_BITS,      /* B'...', X'...' */
    TOKEN_INTEGER,   /* digits only */
    TOKEN_NUMBER,    /* any other number */
    TOKEN_PARAMETER, /* $1 */
    TOKEN_OPERATOR,  /* + <= ~~ and the like; = alone too */
    TOKEN_LEFT_PAREN,
    TOKEN_RIGHT_PAREN,
    TOKEN_LEFT_BRACKET,
    TOKEN_RIGHT_BRACKET,
    TOKEN_COMMA,
    TOKEN_SEMICOLON,
    TOKEN_DOT,
    TOKEN_COLON,
    TOKEN_TYPECAST, /* :: */
    TOKEN_DOT_DOT,
    TOKEN_COLON_EQUALS,
    TOKEN_EQUALS_GREATER,
    TOKEN_BROKEN, /* an unterminated string, identifier or comment, up to the end; or a
                     byte that starts no token */
    TOKEN_KIND_COUNT,
};

struct token {
    enum token_kind kind;
    uint32_t from; /* bytes [from, to) of the text */
    uint32_t to;
};

/* Points into the text that was scanned; the tokens live in the arena. The last token is
 * TOKEN_END, which `count` leaves out. */
struct scan {
    struct bytes text;
    struct token *tokens;
    size_t count;
};

/* One statement: tokens [first, last), its semicolon excluded. Never empty. */
struct scan_statement {
    size_t first;
    size_t last;
    bool has_semicolon;
};

struct scan_statement_list {
    struct scan_statement *items;
    size_t count;
};

/* Checks length (54000) and encoding (22021), and makes the tokens. A lexical error is no
 * failure here: it becomes TOKEN_BROKEN, and the parser reports it. */
enum rc sql_scan(struct arena *arena, struct bytes text, struct scan *scan_out,
                 struct error *err) MUST_USE;

/* Splits at semicolons outside parentheses; empty statements are left out. */
void sql_scan_split(struct arena *arena, const struct scan *scan,
                    struct scan_statement_list *statements_out);

/* An upper bound of the nesting of the statement's tree, in the unit of SQL_DEPTH_MAX. */
size_t sql_scan_depth(struct arena *arena, const struct scan *scan,
                      const struct scan_statement *statement);

/* 54001 when the statement nests deeper than SQL_DEPTH_MAX. */
enum rc sql_scan_check_depth(struct arena *arena, const struct scan *scan,
                             const struct scan_statement *statement,
                             struct error *err) MUST_USE;

/* Adds the statement's fingerprint: its tokens, one blank between two, words in lower
 * case, and every literal replaced by a byte for its lexical class (an integer that fits
 * int4, that fits int8, or neither counts as three classes). Two texts with the same
 * fingerprint differ in literals, white space, comments and letter case of words only. */
void sql_scan_fingerprint(const struct scan *scan, const struct scan_statement *statement,
                          struct buffer *out);

/* The token's bytes. */
struct bytes sql_token_text(const struct scan *scan, size_t at);

/* True for a bare word of this spelling (given in lower case), in any letter case. */
bool sql_token_is(const struct scan *scan, size_t at, const char *word);

/* The name that a WORD or QUOTED token means: folded or unquoted, cut to 63 bytes as
 * PostgreSQL does. U&"..." is not decoded here: NULL. */
char *sql_token_identifier(struct arena *arena, const struct scan *scan, size_t at);

/* The value of a STRING token, or NULL when an escape of E'...' is bad or the form is
 * U&'...'. */
char *sql_token_string(struct arena *arena, const struct scan *scan, size_t at);

/* The character of the text, from 1, that byte offset `at` lies in: what errors carry. */
int sql_scan_position(struct bytes text, size_t at);

#endif
