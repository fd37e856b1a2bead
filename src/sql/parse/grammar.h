#ifndef SQL_PARSE_GRAMMAR_H
#define SQL_PARSE_GRAMMAR_H

#include "base/arena.h"
#include "base/rc.h"
#include "sql/parse/ast.h"
#include "sql/parse/scan.h"

struct error;

/* A recursive-descent parser's place in the tokens of one statement, and the small rules
 * that all of Materialize's statements share. Internal to this folder. */
struct grammar {
    struct arena *arena;
    const struct scan *scan;
    size_t first;    /* the statement's first token */
    size_t at;       /* next token */
    size_t end;      /* one past the statement's last token */
    bool is_private; /* literals of this statement never enter an error */
    int32_t parameter_max;
    struct error *err;
};

static inline bool grammar_at_end(const struct grammar *grammar)
{
    return grammar->at >= grammar->end;
}

/* The kind of the token `ahead` tokens on; TOKEN_END behind the statement. */
enum token_kind grammar_peek(const struct grammar *grammar, size_t ahead);

/* The token `ahead` tokens on is this word (in lower case). */
bool grammar_sees(const struct grammar *grammar, size_t ahead, const char *word);

/* Takes the token(s) if they are there. Words are separated by one blank. */
bool grammar_take_kind(struct grammar *grammar, enum token_kind kind);
bool grammar_take(struct grammar *grammar, const char *words);

/* 42601 at the next token, in PostgreSQL's words, with a hint when it is a placeholder
 * of a guide (<HOST>). */
enum rc grammar_syntax_error(struct grammar *grammar) MUST_USE;

/* The same in other words of the caller's: "Expected ..., found ...". */
enum rc grammar_expected(struct grammar *grammar, const char *what) MUST_USE;

enum rc grammar_expect(struct grammar *grammar, const char *words) MUST_USE;
enum rc grammar_expect_kind(struct grammar *grammar, enum token_kind kind) MUST_USE;

/* Materialize's text when anything is left. */
enum rc grammar_expect_end(struct grammar *grammar) MUST_USE;

enum rc grammar_identifier(struct grammar *grammar, const char **name_out) MUST_USE;
enum rc grammar_name(struct grammar *grammar, struct ast_name *name_out) MUST_USE;
enum rc grammar_names(struct grammar *grammar, struct ast_name **names_out,
                      size_t *count_out) MUST_USE;
enum rc grammar_string(struct grammar *grammar, const char **text_out) MUST_USE;

/* All that is left, as one expression, by libpg_query. */
enum rc grammar_expression(struct grammar *grammar,
                           struct ast_expression **expression_out) MUST_USE;

/* IF NOT EXISTS, IF EXISTS: false when it is not there. */
bool grammar_if_not_exists(struct grammar *grammar);
bool grammar_if_exists(struct grammar *grammar);

struct ast_span grammar_span(const struct grammar *grammar, size_t token);

/* grammar_option.c */

/* How a list of options ends: at `)`, or (bare) at the end or WITH. */
enum option_list_end { OPTION_LIST_PAREN, OPTION_LIST_BARE };

/* Whether each must have a value, may have one, or must not. */
enum option_list_values {
    OPTION_VALUES_REQUIRED,
    OPTION_VALUES_OPTIONAL,
    OPTION_VALUES_NONE
};

enum rc grammar_options(struct grammar *grammar, enum option_list_end end,
                        enum option_list_values values,
                        struct ast_option_written_list *options_out) MUST_USE;

/* One option, for ALTER CONNECTION ... SET HOST 'x'. */
enum rc grammar_option(struct grammar *grammar, enum option_list_values values,
                       struct ast_option_written *option_out) MUST_USE;

/* [WITH ( options )] */
enum rc grammar_with(struct grammar *grammar,
                     struct ast_option_written_list *options_out) MUST_USE;

/* The longest entry of the table (capitals, ends with NULL) that the next words are, or
 * NULL; it is taken. */
const char *grammar_longest(struct grammar *grammar, const char *const *table);

/* materialize.c: the statement, when its first words are Materialize's. */
bool materialize_is_own(const struct scan *scan, const struct scan_statement *statement);
enum rc materialize_parse(struct grammar *grammar,
                          struct ast_statement *statement) MUST_USE;

/* Statements on secrets and connections, whose literals may be secrets. */
bool materialize_is_private(const struct scan *scan,
                            const struct scan_statement *statement);

/* materialize_show.c */
bool materialize_is_show(const struct scan *scan, size_t at);
enum rc materialize_show(struct grammar *grammar,
                         struct ast_statement *statement) MUST_USE;

/* SHOW ... up to the end, which may be a closing parenthesis: for FROM items. */
enum rc materialize_show_objects(struct grammar *grammar,
                                 struct ast_show_objects **show_out) MUST_USE;

/* materialize_rights.c: DROP, COMMENT ON, GRANT and REVOKE. */
enum ast_object_kind materialize_object(struct grammar *grammar);
enum rc materialize_drop(struct grammar *grammar,
                         struct ast_statement *statement) MUST_USE;
enum rc materialize_comment(struct grammar *grammar,
                            struct ast_statement *statement) MUST_USE;
bool materialize_is_grant(const struct scan *scan,
                          const struct scan_statement *statement);
enum rc materialize_grant(struct grammar *grammar,
                          struct ast_statement *statement) MUST_USE;

#endif
