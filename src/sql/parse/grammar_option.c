/* Options of connections: NAME [=] value, with commas that may be missing between two and
 * may trail once. Names are of several words, so the longest known name wins; a name that
 * is not known is read by what follows it, and left to the binder to refuse. */
#include <string.h>

#include "sql/parse/grammar.h"

/* Every option name of more than one word, or that begins a longer one. */
static const char *const option_names[] = {
    "ACCESS KEY ID",
    "ASSUME ROLE ARN",
    "ASSUME ROLE SESSION NAME",
    "AVAILABILITY ZONE",
    "AVAILABILITY ZONES",
    "AWS CONNECTION",
    "AWS PRIVATELINK",
    "BROKER",
    "BROKERS",
    "CATALOG TYPE",
    "CREDENTIAL",
    "DATABASE",
    "ENDPOINT",
    "GCP CONNECTION",
    "HOST",
    "HOST KEY",
    "PASSWORD",
    "PORT",
    "PROGRESS TOPIC",
    "PROGRESS TOPIC REPLICATION FACTOR",
    "PUBLIC KEY 1",
    "PUBLIC KEY 2",
    "REGION",
    "REGISTRY",
    "SASL MECHANISMS",
    "SASL PASSWORD",
    "SASL USERNAME",
    "SCOPE",
    "SECRET ACCESS KEY",
    "SECURITY PROTOCOL",
    "SERVICE ACCOUNT KEY",
    "SERVICE NAME",
    "SESSION TOKEN",
    "SSH TUNNEL",
    "SSL CERTIFICATE",
    "SSL CERTIFICATE AUTHORITY",
    "SSL KEY",
    "SSL MODE",
    "URL",
    "USER",
    "USERNAME",
    "VALIDATE",
    "WAREHOUSE",
    NULL,
};

/* How many tokens the name takes, 0 when they are not these. */
static size_t match_words(const struct grammar *grammar, const char *name)
{
    size_t count = 0;
    while (*name != 0) {
        size_t len = strcspn(name, " ");
        size_t at = grammar->at + count;
        if (at >= grammar->end)
            return 0;
        enum token_kind kind = grammar->scan->tokens[at].kind;
        struct bytes text = sql_token_text(grammar->scan, at);
        if ((kind != TOKEN_WORD && kind != TOKEN_INTEGER) || text.len != len ||
            strncasecmp((const char *)text.at, name, len) != 0)
            return 0;
        count++;
        name += name[len] == ' ' ? len + 1 : len;
    }
    return count;
}

const char *grammar_longest(struct grammar *grammar, const char *const *table)
{
    const char *best = NULL;
    size_t best_count = 0;
    for (size_t i = 0; table[i] != NULL; i++) {
        size_t count = match_words(grammar, table[i]);
        if (count > best_count) {
            best = table[i];
            best_count = count;
        }
    }
    grammar->at += best_count;
    return best;
}

static bool ends_option(enum token_kind kind)
{
    return kind == TOKEN_COMMA || kind == TOKEN_RIGHT_PAREN || kind == TOKEN_END;
}

static char *upper_words(const struct grammar *grammar, size_t first, size_t count)
{
    char *name = arena_strdup(grammar->arena, "");
    for (size_t i = 0; i < count; i++) {
        struct bytes word = sql_token_text(grammar->scan, first + i);
        name = arena_printf(grammar->arena, "%s%s%.*s", name, i == 0 ? "" : " ",
                            BYTES_PRINT(word));
    }
    for (char *at = name; *at != 0; at++) {
        if (*at >= 'a' && *at <= 'z')
            *at = (char)(*at - 'a' + 'A');
    }
    return name;
}

/* Words before `=` or a literal are all name; else the last one is the value. */
static enum rc unknown_name(struct grammar *grammar, enum option_list_values values,
                            const char **name_out)
{
    enum { WORDS_MAX = 8 };
    size_t count = 0;
    while (count < WORDS_MAX && grammar_peek(grammar, count) == TOKEN_WORD)
        count++;
    if (count == 0)
        return grammar_syntax_error(grammar);
    bool has_value_word = values != OPTION_VALUES_NONE && count > 1 &&
                          ends_option(grammar_peek(grammar, count));
    if (has_value_word)
        count--;
    *name_out = upper_words(grammar, grammar->at, count);
    grammar->at += count;
    return RC_OK;
}

static enum rc value(struct grammar *grammar, struct ast_option_value_written *value_out);

static enum rc list(struct grammar *grammar, enum token_kind closer,
                    struct ast_option_value_written *value_out)
{
    value_out->kind = OPTION_VALUE_LIST;
    struct ast_option_value_written *items = NULL;
    size_t capacity = 0;
    while (!grammar_take_kind(grammar, closer)) {
        if (value_out->item_count == capacity) {
            capacity = capacity == 0 ? 4 : capacity * 2;
            struct ast_option_value_written *wider =
                ARENA_ARRAY(grammar->arena, struct ast_option_value_written, capacity);
            if (value_out->item_count > 0)
                memcpy(wider, items, value_out->item_count * sizeof *wider);
            items = wider;
        }
        if (value_out->item_count > 0)
            TRY(grammar_expect_kind(grammar, TOKEN_COMMA));
        TRY(value(grammar, &items[value_out->item_count]));
        value_out->item_count++;
    }
    value_out->items = items;
    return RC_OK;
}

static enum rc number(struct grammar *grammar, struct ast_option_value_written *value_out)
{
    value_out->kind = OPTION_VALUE_NUMBER;
    bool is_negative = false;
    if (grammar_peek(grammar, 0) == TOKEN_OPERATOR) {
        struct bytes sign = sql_token_text(grammar->scan, grammar->at);
        is_negative = bytes_equal(sign, bytes_of_text("-"));
        if (!is_negative && !bytes_equal(sign, bytes_of_text("+")))
            return grammar_syntax_error(grammar);
        grammar->at++;
    }
    enum token_kind kind = grammar_peek(grammar, 0);
    if (kind != TOKEN_INTEGER && kind != TOKEN_NUMBER)
        return grammar_syntax_error(grammar);
    struct bytes text = sql_token_text(grammar->scan, grammar->at);
    value_out->text =
        arena_printf(grammar->arena, "%s%.*s", is_negative ? "-" : "", BYTES_PRINT(text));
    grammar->at++;
    return RC_OK;
}

static enum rc nested_options(struct grammar *grammar,
                              struct ast_option_value_written *value_out)
{
    if (!grammar_take_kind(grammar, TOKEN_LEFT_PAREN))
        return RC_OK;
    struct ast_option_written_list options;
    TRY(grammar_options(grammar, OPTION_LIST_PAREN, OPTION_VALUES_REQUIRED, &options));
    value_out->options = options.items;
    value_out->option_count = options.count;
    return RC_OK;
}

/* [USING SSH TUNNEL name | USING AWS PRIVATELINK name [(options)]] behind an address. */
static enum rc route(struct grammar *grammar, struct ast_option_value_written *value_out)
{
    if (!grammar_take(grammar, "using"))
        return RC_OK;
    value_out->kind = OPTION_VALUE_ADDRESS;
    if (grammar_take(grammar, "ssh tunnel")) {
        value_out->route = ADDRESS_SSH_TUNNEL;
        return grammar_name(grammar, &value_out->name);
    }
    TRY(grammar_expect(grammar, "aws privatelink"));
    value_out->route = ADDRESS_AWS_PRIVATELINK;
    TRY(grammar_name(grammar, &value_out->name));
    return nested_options(grammar, value_out);
}

static enum rc word(struct grammar *grammar, struct ast_option_value_written *value_out)
{
    enum token_kind next = grammar_peek(grammar, 1);
    bool has_name = next == TOKEN_WORD || next == TOKEN_QUOTED;
    if (has_name && grammar_take(grammar, "secret")) {
        value_out->kind = OPTION_VALUE_SECRET;
        return grammar_name(grammar, &value_out->name);
    }
    if (next == TOKEN_STRING && grammar_take(grammar, "matching")) {
        value_out->kind = OPTION_VALUE_ADDRESS;
        value_out->is_matching = true;
        TRY(grammar_string(grammar, &value_out->text));
        return route(grammar, value_out);
    }
    value_out->kind = OPTION_VALUE_NAME;
    TRY(grammar_name(grammar, &value_out->name));
    if (value_out->name.count == 1)
        value_out->text = value_out->name.parts[0];
    if (grammar_peek(grammar, 0) == TOKEN_LEFT_PAREN) {
        value_out->kind = OPTION_VALUE_ADDRESS;
        value_out->route = ADDRESS_AWS_PRIVATELINK;
        value_out->text = NULL;
        return nested_options(grammar, value_out);
    }
    return RC_OK;
}

static enum rc value_of_kind(struct grammar *grammar,
                             struct ast_option_value_written *value_out)
{
    switch ((int)grammar_peek(grammar, 0)) {
    case TOKEN_STRING:
        value_out->kind = OPTION_VALUE_STRING;
        TRY(grammar_string(grammar, &value_out->text));
        return route(grammar, value_out);
    case TOKEN_INTEGER:
    case TOKEN_NUMBER:
    case TOKEN_OPERATOR:
        return number(grammar, value_out);
    case TOKEN_WORD:
    case TOKEN_QUOTED:
        return word(grammar, value_out);
    case TOKEN_LEFT_PAREN:
        grammar->at++;
        return list(grammar, TOKEN_RIGHT_PAREN, value_out);
    case TOKEN_LEFT_BRACKET:
        grammar->at++;
        return list(grammar, TOKEN_RIGHT_BRACKET, value_out);
    default:
        return grammar_syntax_error(grammar);
    }
}

static enum rc value(struct grammar *grammar, struct ast_option_value_written *value_out)
{
    size_t first = grammar->at;
    TRY(value_of_kind(grammar, value_out));
    value_out->span = grammar_span(grammar, first);
    value_out->span.to = grammar->scan->tokens[grammar->at - 1].to;
    return RC_OK;
}

static bool take_equals(struct grammar *grammar)
{
    if (grammar_peek(grammar, 0) != TOKEN_OPERATOR ||
        !bytes_equal(sql_token_text(grammar->scan, grammar->at), bytes_of_text("=")))
        return false;
    grammar->at++;
    return true;
}

enum rc grammar_option(struct grammar *grammar, enum option_list_values values,
                       struct ast_option_written *option_out)
{
    size_t first = grammar->at;
    const char *name = grammar_longest(grammar, option_names);
    if (name == NULL)
        TRY(unknown_name(grammar, values, &name));
    option_out->name = strcmp(name, "USERNAME") == 0 ? "USER" : name;
    option_out->span = grammar_span(grammar, first);
    option_out->span.to = grammar->scan->tokens[grammar->at - 1].to;
    if (values == OPTION_VALUES_NONE)
        return RC_OK;
    bool has_equals = take_equals(grammar);
    if (values == OPTION_VALUES_OPTIONAL && !has_equals &&
        ends_option(grammar_peek(grammar, 0)))
        return RC_OK;
    return value(grammar, &option_out->value);
}

static bool take_list_end(struct grammar *grammar, enum option_list_end end)
{
    if (end == OPTION_LIST_PAREN)
        return grammar_take_kind(grammar, TOKEN_RIGHT_PAREN);
    return grammar_at_end(grammar) || (grammar_sees(grammar, 0, "with") &&
                                       grammar_peek(grammar, 1) == TOKEN_LEFT_PAREN);
}

static void add_option(struct grammar *grammar, struct ast_option_written_list *options,
                       size_t *capacity, struct ast_option_written option)
{
    if (options->count == *capacity) {
        *capacity = *capacity == 0 ? 8 : *capacity * 2;
        struct ast_option_written *wider =
            ARENA_ARRAY(grammar->arena, struct ast_option_written, *capacity);
        if (options->count > 0)
            memcpy(wider, options->items, options->count * sizeof *wider);
        options->items = wider;
    }
    options->items[options->count++] = option;
}

/* The opening parenthesis has been taken. */
enum rc grammar_options(struct grammar *grammar, enum option_list_end end,
                        enum option_list_values values,
                        struct ast_option_written_list *options_out)
{
    size_t capacity = 0;
    *options_out = (struct ast_option_written_list){NULL, 0};
    while (!take_list_end(grammar, end)) {
        struct ast_option_written option = {.name = NULL};
        TRY(grammar_option(grammar, values, &option));
        add_option(grammar, options_out, &capacity, option);
        bool has_comma = grammar_take_kind(grammar, TOKEN_COMMA);
        bool may_miss = option.value.kind != OPTION_VALUE_NONE;
        if (!has_comma && !may_miss) {
            if (!take_list_end(grammar, end))
                return grammar_syntax_error(grammar);
            break;
        }
    }
    return RC_OK;
}

enum rc grammar_with(struct grammar *grammar, struct ast_option_written_list *options_out)
{
    *options_out = (struct ast_option_written_list){NULL, 0};
    if (!grammar_take(grammar, "with"))
        return RC_OK;
    TRY(grammar_expect_kind(grammar, TOKEN_LEFT_PAREN));
    return grammar_options(grammar, OPTION_LIST_PAREN, OPTION_VALUES_OPTIONAL,
                           options_out);
}
