/* How deep a statement's tree can nest, from its tokens alone. libpg_query builds its
 * tree without recursion but writes and reads it recursively, so the bound must be known
 * before it is called.
 *
 * Each pair of brackets (and CASE ... END) is a level. Within a level, what is separated
 * by commas, AND, OR and clause keywords lies side by side: these are runs. A run is as
 * deep as its operators, which may all nest, plus the deepest level inside it. Joins and
 * set operations nest over the whole level. The weights are messages of libpg_query's
 * tree. */
#include <string.h>

#include "base/error.h"
#include "sql/parse/scan.h"

enum {
    WEIGHT_OPERATOR = 2,
    WEIGHT_PAREN = 2,
    WEIGHT_SUBSCRIPT = 4,
    WEIGHT_CASE = 4,
    WEIGHT_XML = 6,
    WEIGHT_SUBSELECT = 8,
    WEIGHT_BOOLEAN = 4,
    WEIGHT_JOIN = 2,
    WEIGHT_SET = 2,
};

enum role {
    ROLE_NONE,
    ROLE_OPERATOR,  /* nests its operands */
    ROLE_SEPARATOR, /* ends a run */
    ROLE_BOOLEAN,   /* ends a run; AND and OR are flat lists */
    ROLE_BY,        /* ends a run and nests one more */
    ROLE_JOIN,
    ROLE_SET,
    ROLE_CASE,
    ROLE_END,
};

struct keyword {
    const char *word;
    enum role role;
};

/* By first letter, to look at few. */
static const struct keyword keywords[26][7] = {
    ['a' - 'a'] = {{"and", ROLE_BOOLEAN}, {"as", ROLE_SEPARATOR}, {"at", ROLE_OPERATOR}},
    ['b' - 'a'] = {{"by", ROLE_BY}, {"between", ROLE_OPERATOR}},
    ['c' - 'a'] = {{"case", ROLE_CASE}, {"collate", ROLE_OPERATOR}},
    ['d' - 'a'] = {{"distinct", ROLE_OPERATOR}},
    ['e' - 'a'] = {{"else", ROLE_SEPARATOR},
                   {"end", ROLE_END},
                   {"except", ROLE_SET},
                   {"escape", ROLE_OPERATOR}},
    ['f' - 'a'] = {{"from", ROLE_SEPARATOR}},
    ['h' - 'a'] = {{"having", ROLE_SEPARATOR}},
    ['i' - 'a'] = {{"in", ROLE_OPERATOR},
                   {"is", ROLE_OPERATOR},
                   {"ilike", ROLE_OPERATOR},
                   {"isnull", ROLE_OPERATOR},
                   {"intersect", ROLE_SET}},
    ['j' - 'a'] = {{"join", ROLE_JOIN}},
    ['l' - 'a'] = {{"limit", ROLE_SEPARATOR}, {"like", ROLE_OPERATOR}},
    ['n' - 'a'] = {{"not", ROLE_OPERATOR}, {"notnull", ROLE_OPERATOR}},
    ['o' - 'a'] = {{"on", ROLE_SEPARATOR},
                   {"or", ROLE_BOOLEAN},
                   {"operator", ROLE_OPERATOR},
                   {"offset", ROLE_SEPARATOR},
                   {"overlaps", ROLE_OPERATOR}},
    ['r' - 'a'] = {{"returning", ROLE_SEPARATOR}},
    ['s' - 'a'] = {{"select", ROLE_SEPARATOR}, {"similar", ROLE_OPERATOR}},
    ['t' - 'a'] = {{"then", ROLE_SEPARATOR}},
    ['u' - 'a'] = {{"union", ROLE_SET}},
    ['v' - 'a'] = {{"values", ROLE_SEPARATOR}},
    ['w' - 'a'] = {{"where", ROLE_SEPARATOR}, {"when", ROLE_SEPARATOR}},
};

struct level {
    enum token_kind closer; /* TOKEN_WORD: END of a CASE */
    size_t weight;          /* of the bracket itself */
    size_t run;             /* operators in the present run */
    size_t run_inner;       /* deepest level inside the present run */
    size_t deepest;         /* of the runs that have ended */
    size_t whole;           /* joins, set operations, boolean lists of the level */
    bool has_boolean;
};

struct depth {
    struct arena *arena;
    struct level *levels;
    size_t count;
    size_t room;
};

static enum role word_role(const struct scan *scan, size_t at)
{
    uint8_t first = scan->text.at[scan->tokens[at].from] | 0x20;
    if (first < 'a' || first > 'z')
        return ROLE_NONE;
    for (const struct keyword *keyword = keywords[first - 'a']; keyword->word != NULL;
         keyword++) {
        if (sql_token_is(scan, at, keyword->word))
            return keyword->role;
    }
    return ROLE_NONE;
}

static void end_run(struct level *level)
{
    size_t run = level->run + level->run_inner;
    level->deepest = run > level->deepest ? run : level->deepest;
    level->run = 0;
    level->run_inner = 0;
}

static void push(struct depth *depth, enum token_kind closer, size_t weight)
{
    if (depth->count == depth->room) {
        struct level *levels = ARENA_ARRAY(depth->arena, struct level, depth->room * 2);
        memcpy(levels, depth->levels, depth->count * sizeof *levels);
        depth->levels = levels;
        depth->room *= 2;
    }
    depth->levels[depth->count++] = (struct level){.closer = closer, .weight = weight};
}

static size_t level_depth(struct level *level)
{
    end_run(level);
    return level->deepest + level->whole + level->weight;
}

static void pop(struct depth *depth)
{
    size_t inner = level_depth(&depth->levels[--depth->count]);
    struct level *outer = &depth->levels[depth->count - 1];
    if (inner > outer->run_inner)
        outer->run_inner = inner;
}

/* A closer that fits no open level is left to the parser, which will refuse it. */
static void close_level(struct depth *depth, enum token_kind closer)
{
    if (depth->count > 1 && depth->levels[depth->count - 1].closer == closer)
        pop(depth);
}

static size_t paren_weight(const struct scan *scan, size_t at, size_t first)
{
    static const char *const query_words[] = {"select", "with", "values", "table",
                                              "show"};
    for (size_t i = 0; i < ARRAY_COUNT(query_words); i++) {
        if (sql_token_is(scan, at + 1, query_words[i]))
            return WEIGHT_SUBSELECT;
    }
    if (at > first && scan->tokens[at - 1].kind == TOKEN_WORD) {
        struct bytes word = sql_token_text(scan, at - 1);
        if (word.len > 3 && (word.at[0] | 0x20) == 'x' && (word.at[1] | 0x20) == 'm')
            return WEIGHT_XML;
    }
    return WEIGHT_PAREN;
}

static void take_word(struct depth *depth, const struct scan *scan, size_t at,
                      size_t first)
{
    struct level *level = &depth->levels[depth->count - 1];
    switch (word_role(scan, at)) {
    case ROLE_NONE:
        break;
    case ROLE_OPERATOR:
        level->run += WEIGHT_OPERATOR;
        break;
    case ROLE_SEPARATOR:
        /* IS DISTINCT FROM is an operator. */
        if (!(at > first && sql_token_is(scan, at - 1, "distinct")))
            end_run(level);
        break;
    case ROLE_BOOLEAN:
        level->whole += level->has_boolean ? 0 : WEIGHT_BOOLEAN;
        level->has_boolean = true;
        end_run(level);
        break;
    case ROLE_BY:
        end_run(level);
        level->run = WEIGHT_OPERATOR;
        break;
    case ROLE_JOIN:
        level->whole += WEIGHT_JOIN;
        end_run(level);
        break;
    case ROLE_SET:
        level->whole += WEIGHT_SET;
        end_run(level);
        break;
    case ROLE_CASE:
        push(depth, TOKEN_WORD, WEIGHT_CASE);
        break;
    case ROLE_END:
        close_level(depth, TOKEN_WORD);
        break;
    }
}

static void take_token(struct depth *depth, const struct scan *scan, size_t at,
                       size_t first)
{
    struct level *level = &depth->levels[depth->count - 1];
    switch ((int)scan->tokens[at].kind) {
    case TOKEN_WORD:
        take_word(depth, scan, at, first);
        break;
    case TOKEN_OPERATOR:
    case TOKEN_TYPECAST:
    case TOKEN_COLON_EQUALS:
    case TOKEN_EQUALS_GREATER:
        level->run += WEIGHT_OPERATOR;
        break;
    case TOKEN_COMMA:
    case TOKEN_SEMICOLON:
        end_run(level);
        break;
    case TOKEN_LEFT_PAREN:
        push(depth, TOKEN_RIGHT_PAREN, paren_weight(scan, at, first));
        break;
    case TOKEN_LEFT_BRACKET:
        push(depth, TOKEN_RIGHT_BRACKET, WEIGHT_SUBSCRIPT);
        break;
    case TOKEN_RIGHT_PAREN:
        close_level(depth, TOKEN_RIGHT_PAREN);
        break;
    case TOKEN_RIGHT_BRACKET:
        close_level(depth, TOKEN_RIGHT_BRACKET);
        break;
    default:
        break;
    }
}

size_t sql_scan_depth(struct arena *arena, const struct scan *scan,
                      const struct scan_statement *statement)
{
    enum { LEVELS_AT_FIRST = 32 };
    struct depth depth = {arena, NULL, 0, LEVELS_AT_FIRST};
    depth.levels = ARENA_ARRAY(arena, struct level, LEVELS_AT_FIRST);
    push(&depth, TOKEN_END, 0);
    for (size_t i = statement->first; i < statement->last; i++)
        take_token(&depth, scan, i, statement->first);
    while (depth.count > 1)
        pop(&depth);
    return level_depth(&depth.levels[0]);
}

enum rc sql_scan_check_depth(struct arena *arena, const struct scan *scan,
                             const struct scan_statement *statement, struct error *err)
{
    /* A tree has no more nesting than 8 times its tokens. */
    if (statement->last - statement->first <= SQL_DEPTH_MAX / WEIGHT_SUBSELECT ||
        sql_scan_depth(arena, scan, statement) <= SQL_DEPTH_MAX)
        return RC_OK;
    (void)error_set(err, SQLSTATE_STATEMENT_TOO_COMPLEX, "stack depth limit exceeded");
    return error_hint(err, "The statement nests its expressions, subqueries or joins too "
                           "deeply. Split it, or use lists such as IN (...) or ANY "
                           "(ARRAY[...]).");
}

/* CREATE FUNCTION ... BEGIN ATOMIC ... END holds semicolons of its own. */
static size_t skip_atomic(const struct scan *scan, size_t at)
{
    size_t open = 1;
    for (; at < scan->count; at++) {
        if (sql_token_is(scan, at, "case"))
            open++;
        else if (sql_token_is(scan, at, "end") && --open == 0)
            return at;
    }
    return at;
}

static bool is_atomic(const struct scan *scan, size_t first, size_t at)
{
    return sql_token_is(scan, at, "atomic") && at > first &&
           sql_token_is(scan, at - 1, "begin") && sql_token_is(scan, first, "create");
}

/* The index of the token that ends the statement beginning at `first`. */
static size_t find_end(const struct scan *scan, size_t first)
{
    size_t open = 0;
    for (size_t at = first; at < scan->count; at++) {
        enum token_kind kind = scan->tokens[at].kind;
        if (kind == TOKEN_LEFT_PAREN)
            open++;
        else if (kind == TOKEN_RIGHT_PAREN && open > 0)
            open--;
        else if (kind == TOKEN_SEMICOLON && open == 0)
            return at;
        else if (kind == TOKEN_WORD && is_atomic(scan, first, at))
            at = skip_atomic(scan, at + 1);
    }
    return scan->count;
}

void sql_scan_split(struct arena *arena, const struct scan *scan,
                    struct scan_statement_list *statements_out)
{
    size_t semicolons = 0;
    for (size_t i = 0; i < scan->count; i++)
        semicolons += scan->tokens[i].kind == TOKEN_SEMICOLON;
    statements_out->items = ARENA_ARRAY(arena, struct scan_statement, semicolons + 1);
    statements_out->count = 0;
    for (size_t at = 0; at < scan->count;) {
        size_t end = find_end(scan, at);
        if (end > at)
            statements_out->items[statements_out->count++] =
                (struct scan_statement){at, end, end < scan->count};
        at = end + 1;
    }
}
