/* The whole way from text to tree: scan, split, then each statement by the grammar that
 * it belongs to. */
#include "sql/parse/parse.h"

#include <string.h>

#include "base/error.h"
#include "base/utf8.h"
#include "sql/parse/convert.h"
#include "sql/parse/grammar.h"
#include "sql/parse/parse_internal.h"
#include "sql/parse/pg.h"
#include "sql/parse/rewrite.h"

/* Moves an error's position from the parsed piece to the whole text. */
static void move_position(struct error *err, struct bytes text, size_t offset)
{
    if (err->position > 0)
        err->position += (int)utf8_count(bytes_of(text.at, offset));
}

/* libpg_query's tree of `rewrite`, in an arena that is given back by the caller. */
static enum rc parse_text(struct arena *scratch, const struct scan *scan,
                          const struct rewrite *rewrite,
                          const PgQuery__Node **statement_out, struct error *err)
{
    PgQuery__ParseResult *result = NULL;
    enum rc rc = pg_parse(scratch, rewrite->text, &result, err);
    if (rc != RC_OK) {
        move_position(err, scan->text, rewrite->offset);
        return rc;
    }
    if (result->n_stmts != 1 || result->stmts[0]->stmt == NULL)
        return error_set(err, SQLSTATE_SYNTAX_ERROR,
                         "cannot insert multiple commands into a prepared statement");
    *statement_out = result->stmts[0]->stmt;
    return RC_OK;
}

static void apply_if_not_exists(struct ast_statement *statement)
{
    if (statement->kind == STATEMENT_CREATE_DATABASE)
        statement->create_database->if_not_exists = true;
    else if (statement->kind == STATEMENT_CREATE_VIEW)
        statement->create_view->if_not_exists = true;
}

static enum rc parse_postgres(struct arena *scratch, struct grammar *grammar,
                              bool has_semicolon, struct ast_statement **statement_out)
{
    struct rewrite rewrite;
    const PgQuery__Node *node = NULL;
    TRY(rewrite_statement(grammar, has_semicolon, &rewrite));
    TRY(parse_text(scratch, grammar->scan, &rewrite, &node, grammar->err));
    struct convert convert = {grammar->arena, grammar->scan,      rewrite.offset,
                              rewrite.shows,  rewrite.show_count, grammar->parameter_max};
    *statement_out = convert_statement(&convert, node);
    (*statement_out)->parameter_count = convert.parameter_max;
    if (rewrite.if_not_exists)
        apply_if_not_exists(*statement_out);
    return RC_OK;
}

static enum rc parse_statement(struct arena *scratch, struct grammar *grammar,
                               const struct scan_statement *place,
                               struct ast_statement **statement_out)
{
    TRY(sql_scan_check_depth(scratch, grammar->scan, place, grammar->err));
    if (!materialize_is_own(grammar->scan, place)) {
        TRY(parse_postgres(scratch, grammar, place->has_semicolon, statement_out));
    } else {
        *statement_out = ARENA_NEW(grammar->arena, struct ast_statement);
        grammar->is_private = materialize_is_private(grammar->scan, place);
        TRY(materialize_parse(grammar, *statement_out));
        (*statement_out)->parameter_count = grammar->parameter_max;
    }
    const struct token *tokens = grammar->scan->tokens;
    (*statement_out)->span =
        (struct ast_span){tokens[place->first].from, tokens[place->last - 1].to};
    return RC_OK;
}

static enum rc parse_all(struct arena *scratch, struct arena *arena, struct bytes text,
                         struct ast_statement_list *statements_out, struct error *err)
{
    struct scan scan;
    struct scan_statement_list places;
    TRY(sql_scan(scratch, text, &scan, err));
    sql_scan_split(scratch, &scan, &places);
    statements_out->count = 0;
    statements_out->items = ARENA_ARRAY(arena, struct ast_statement *, places.count);
    for (size_t i = 0; i < places.count; i++) {
        const struct scan_statement *place = &places.items[i];
        struct grammar grammar = {.arena = arena,
                                  .scan = &scan,
                                  .first = place->first,
                                  .at = place->first,
                                  .end = place->last,
                                  .err = err};
        TRY(parse_statement(scratch, &grammar, place, &statements_out->items[i]));
        statements_out->count++;
    }
    return RC_OK;
}

enum rc sql_parse(struct arena *arena, struct bytes text,
                  struct ast_statement_list *statements_out, struct error *err)
{
    struct arena *scratch = arena_new("parse", NULL);
    enum rc rc = parse_all(scratch, arena, text, statements_out, err);
    arena_free(&scratch);
    return rc;
}

/* The only target of `SELECT (expression)`, when there is nothing else. */
static const PgQuery__Node *single_target(const PgQuery__Node *node)
{
    if (node->node_case != PG_QUERY__NODE__NODE_SELECT_STMT)
        return NULL;
    const PgQuery__SelectStmt *select = node->select_stmt;
    if (select->n_target_list != 1 || select->n_from_clause != 0 ||
        select->where_clause != NULL || select->n_sort_clause != 0 ||
        select->limit_count != NULL || select->larg != NULL ||
        select->n_group_clause != 0 || select->into_clause != NULL ||
        select->n_locking_clause != 0 || select->limit_offset != NULL ||
        select->having_clause != NULL || select->n_window_clause != 0 ||
        select->n_distinct_clause != 0 || select->with_clause != NULL ||
        select->target_list[0]->node_case != PG_QUERY__NODE__NODE_RES_TARGET)
        return NULL;
    const PgQuery__ResTarget *target = select->target_list[0]->res_target;
    bool has_name = target->name != NULL && target->name[0] != 0;
    return has_name ? NULL : target->val;
}

/* The expression of a rewrite that put it behind SELECT. */
static enum rc parse_expression_text(struct arena *scratch, struct convert *convert,
                                     struct rewrite *rewrite,
                                     struct ast_expression **expression_out,
                                     struct error *err)
{
    const PgQuery__Node *node = NULL;
    TRY(parse_text(scratch, convert->scan, rewrite, &node, err));
    const PgQuery__Node *target = single_target(node);
    if (target == NULL)
        return error_set(err, SQLSTATE_SYNTAX_ERROR, "syntax error: not an expression");
    *expression_out = convert_expression(convert, target);
    return RC_OK;
}

/* The statement's text with all before the expression blank but for "SELECT(", and ")" at
 * its end; the words before an expression are always longer than that. */
static void wrap_expression(struct grammar *grammar, struct arena *scratch,
                            struct rewrite *rewrite_out)
{
    static const char head[] = "SELECT(";
    const struct scan *scan = grammar->scan;
    size_t from = scan->tokens[grammar->first].from;
    size_t start = scan->tokens[grammar->at].from;
    size_t end = scan->tokens[grammar->end - 1].to;
    char *text = ARENA_ARRAY(scratch, char, end - from + 2);
    memset(text, ' ', start - from);
    /* The text ends further on, with ")". */
    memmove(text + (start - from) - (sizeof head - 1), head, sizeof head - 1);
    memcpy(text + (start - from), scan->text.at + start, end - start);
    text[end - from] = ')';
    *rewrite_out = (struct rewrite){.text = text, .offset = from};
}

enum rc parse_expression_tokens(struct grammar *grammar,
                                struct ast_expression **expression_out, struct error *err)
{
    struct arena *scratch = arena_new("parse expression", NULL);
    struct rewrite rewrite;
    wrap_expression(grammar, scratch, &rewrite);
    struct convert convert = {
        grammar->arena, grammar->scan, rewrite.offset, NULL, 0, grammar->parameter_max};
    enum rc rc = parse_expression_text(scratch, &convert, &rewrite, expression_out, err);
    grammar->parameter_max = convert.parameter_max;
    arena_free(&scratch);
    return rc;
}

/* Scans and checks a piece that stands alone, and puts `head` and `tail` around it. */
static enum rc wrap_piece(struct arena *scratch, struct bytes text, const char *head,
                          const char *tail, struct scan *scan_out, struct error *err)
{
    TRY(sql_scan(scratch, text, scan_out, err));
    char *whole = arena_printf(scratch, "%s%.*s%s", head, BYTES_PRINT(text), tail);
    TRY(sql_scan(scratch, bytes_of_text(whole), scan_out, err));
    struct scan_statement place = {0, scan_out->count, false};
    return sql_scan_check_depth(scratch, scan_out, &place, err);
}

static enum rc parse_piece(struct arena *arena, struct bytes text, const char *head,
                           const char *tail, struct ast_expression **expression_out,
                           struct error *err)
{
    struct arena *scratch = arena_new("parse piece", NULL);
    struct scan scan;
    enum rc rc = wrap_piece(scratch, text, head, tail, &scan, err);
    if (rc == RC_OK) {
        char *whole = arena_strndup(scratch, (const char *)scan.text.at, scan.text.len);
        struct rewrite rewrite = {.text = whole};
        struct convert convert = {arena, &scan, 0, NULL, 0, 0};
        rc = parse_expression_text(scratch, &convert, &rewrite, expression_out, err);
        int head_len = (int)strlen(head);
        if (rc != RC_OK && err->position > 0)
            err->position = err->position > head_len ? err->position - head_len : 1;
    }
    arena_free(&scratch);
    return rc;
}

enum rc sql_parse_expression(struct arena *arena, struct bytes text,
                             struct ast_expression **expression_out, struct error *err)
{
    return parse_piece(arena, text, "SELECT (", ")", expression_out, err);
}

enum rc sql_parse_type_name(struct arena *arena, struct bytes text,
                            struct ast_type_name **type_out, struct error *err)
{
    struct ast_expression *expression = NULL;
    TRY(parse_piece(arena, text, "SELECT CAST(NULL AS ", ")", &expression, err));
    if (expression->kind != EXPRESSION_CAST)
        return error_set(err, SQLSTATE_SYNTAX_ERROR, "invalid type name");
    *type_out = expression->cast.type;
    return RC_OK;
}
