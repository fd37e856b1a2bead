/* The canonical text of Materialize's statements. What is printed here is what SHOW
 * CREATE shows and what the parser reads back to the same tree. */
#include "sql/parse/print.h"

#include <stdlib.h>
#include <string.h>

/* PostgreSQL 15's keywords that are not "non-reserved" (manual, Appendix C), sorted. */
static const char *const keywords[] = {
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "authorization",
    "between",
    "bigint",
    "binary",
    "bit",
    "boolean",
    "both",
    "case",
    "cast",
    "char",
    "character",
    "check",
    "coalesce",
    "collate",
    "collation",
    "column",
    "concurrently",
    "constraint",
    "create",
    "cross",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "dec",
    "decimal",
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "exists",
    "extract",
    "false",
    "fetch",
    "float",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "grant",
    "greatest",
    "group",
    "grouping",
    "having",
    "ilike",
    "in",
    "initially",
    "inner",
    "inout",
    "int",
    "integer",
    "intersect",
    "interval",
    "into",
    "is",
    "isnull",
    "join",
    "lateral",
    "leading",
    "least",
    "left",
    "like",
    "limit",
    "localtime",
    "localtimestamp",
    "national",
    "natural",
    "nchar",
    "none",
    "normalize",
    "not",
    "notnull",
    "null",
    "nullif",
    "numeric",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "out",
    "outer",
    "overlaps",
    "overlay",
    "placing",
    "position",
    "precision",
    "primary",
    "real",
    "references",
    "returning",
    "right",
    "row",
    "select",
    "session_user",
    "setof",
    "similar",
    "smallint",
    "some",
    "substring",
    "symmetric",
    "table",
    "tablesample",
    "then",
    "time",
    "timestamp",
    "to",
    "trailing",
    "treat",
    "trim",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "values",
    "varchar",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
    "xmlattributes",
    "xmlconcat",
    "xmlelement",
    "xmlexists",
    "xmlforest",
    "xmlnamespaces",
    "xmlparse",
    "xmlpi",
    "xmlroot",
    "xmlserialize",
    "xmltable",
};

static int compare_word(const void *word, const void *entry)
{
    return strcmp(word, *(const char *const *)entry);
}

static bool needs_quotes(const char *identifier)
{
    const char *at = identifier;
    if (!((*at >= 'a' && *at <= 'z') || *at == '_'))
        return true;
    for (; *at != 0; at++) {
        bool is_plain =
            (*at >= 'a' && *at <= 'z') || (*at >= '0' && *at <= '9') || *at == '_';
        if (!is_plain)
            return true;
    }
    return bsearch(identifier, keywords, ARRAY_COUNT(keywords), sizeof keywords[0],
                   compare_word) != NULL;
}

static void add_doubled(struct buffer *out, const char *text, char quote)
{
    for (const char *at = text; *at != 0; at++) {
        if (*at == quote)
            buffer_add_u8(out, (uint8_t)quote);
        buffer_add_u8(out, (uint8_t)*at);
    }
}

void sql_print_identifier(struct buffer *out, const char *identifier)
{
    if (!needs_quotes(identifier)) {
        buffer_add_text(out, identifier);
        return;
    }
    buffer_add_u8(out, '"');
    add_doubled(out, identifier, '"');
    buffer_add_u8(out, '"');
}

void sql_print_literal(struct buffer *out, const char *text)
{
    bool has_backslash = strchr(text, '\\') != NULL;
    buffer_add_text(out, has_backslash ? "E'" : "'");
    for (const char *at = text; *at != 0; at++) {
        if (*at == '\'' || *at == '\\')
            buffer_add_u8(out, (uint8_t)*at);
        buffer_add_u8(out, (uint8_t)*at);
    }
    buffer_add_u8(out, '\'');
}

/* Twice the text and the quotes always suffice. */
static const char *print_to_arena(struct arena *arena, const char *text,
                                  void (*print)(struct buffer *, const char *))
{
    struct buffer buffer;
    buffer_init(&buffer, strlen(text) * 2 + 8);
    print(&buffer, text);
    struct bytes bytes = buffer_bytes(&buffer);
    const char *result = arena_strndup(arena, (const char *)bytes.at, bytes.len);
    buffer_fini(&buffer);
    return result;
}

const char *sql_quote_identifier(struct arena *arena, const char *identifier)
{
    return print_to_arena(arena, identifier, sql_print_identifier);
}

const char *sql_quote_literal(struct arena *arena, const char *text)
{
    return print_to_arena(arena, text, sql_print_literal);
}

void sql_print_name(struct buffer *out, const struct ast_name *name)
{
    for (size_t i = 0; i < name->count; i++) {
        if (i > 0)
            buffer_add_u8(out, '.');
        sql_print_identifier(out, name->parts[i]);
    }
}

static void print_value(struct buffer *out, const struct ast_option_value_written *value);

static void print_options(struct buffer *out, const struct ast_option_written *options,
                          size_t count)
{
    buffer_add_u8(out, '(');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buffer_add_text(out, ", ");
        buffer_add_text(out, options[i].name);
        if (options[i].value.kind == OPTION_VALUE_NONE)
            continue;
        buffer_add_text(out, " = ");
        print_value(out, &options[i].value);
    }
    buffer_add_u8(out, ')');
}

static void print_list(struct buffer *out, const struct ast_option_value_written *value)
{
    buffer_add_u8(out, '(');
    for (size_t i = 0; i < value->item_count; i++) {
        if (i > 0)
            buffer_add_text(out, ", ");
        print_value(out, &value->items[i]);
    }
    buffer_add_u8(out, ')');
}

static void print_address(struct buffer *out,
                          const struct ast_option_value_written *value)
{
    if (value->is_matching)
        buffer_add_text(out, "MATCHING ");
    if (value->text != NULL) {
        sql_print_literal(out, value->text);
        if (value->route == ADDRESS_DIRECT)
            return;
        buffer_add_text(out, value->route == ADDRESS_SSH_TUNNEL
                                 ? " USING SSH TUNNEL "
                                 : " USING AWS PRIVATELINK ");
    }
    sql_print_name(out, &value->name);
    if (value->option_count > 0 || value->text == NULL) {
        buffer_add_u8(out, ' ');
        print_options(out, value->options, value->option_count);
    }
}

/* true and false are keywords, but a value of their spelling needs no quotes here. */
static void print_word(struct buffer *out, const struct ast_option_value_written *value)
{
    bool is_truth = value->text != NULL && (strcmp(value->text, "true") == 0 ||
                                            strcmp(value->text, "false") == 0);
    if (is_truth)
        buffer_add_text(out, value->text);
    else
        sql_print_name(out, &value->name);
}

static void print_value(struct buffer *out, const struct ast_option_value_written *value)
{
    switch (value->kind) {
    case OPTION_VALUE_NONE:
        break;
    case OPTION_VALUE_STRING:
        sql_print_literal(out, value->text);
        break;
    case OPTION_VALUE_NUMBER:
        buffer_add_text(out, value->text);
        break;
    case OPTION_VALUE_NAME:
        print_word(out, value);
        break;
    case OPTION_VALUE_SECRET:
        buffer_add_text(out, "SECRET ");
        sql_print_name(out, &value->name);
        break;
    case OPTION_VALUE_LIST:
        print_list(out, value);
        break;
    case OPTION_VALUE_ADDRESS:
        print_address(out, value);
        break;
    }
}

static void print_with(struct buffer *out, const struct ast_option_written_list *with)
{
    if (with->count == 0)
        return;
    buffer_add_text(out, " WITH ");
    print_options(out, with->items, with->count);
}

void sql_print_create_connection(struct buffer *out,
                                 const struct ast_create_connection *create)
{
    buffer_add_text(out, "CREATE CONNECTION ");
    if (create->if_not_exists)
        buffer_add_text(out, "IF NOT EXISTS ");
    sql_print_name(out, &create->name);
    buffer_printf(out, " TO %s ", create->type);
    print_options(out, create->options.items, create->options.count);
    print_with(out, &create->with);
}

static void print_change(struct buffer *out, const struct ast_connection_change *change)
{
    static const char *const verbs[] = {
        [CONNECTION_CHANGE_SET] = "SET ",
        [CONNECTION_CHANGE_DROP] = "DROP ",
        [CONNECTION_CHANGE_RESET] = "RESET ",
        [CONNECTION_CHANGE_ROTATE_KEYS] = "ROTATE KEYS",
    };
    buffer_add_text(out, verbs[change->kind]);
    if (change->kind != CONNECTION_CHANGE_ROTATE_KEYS)
        print_options(out, &change->option, 1);
}

static void print_rename_owner(struct buffer *out, const char *verb, const char *to)
{
    buffer_add_text(out, verb);
    sql_print_identifier(out, to);
}

static void print_alter_connection(struct buffer *out,
                                   const struct ast_alter_connection *alter)
{
    buffer_add_text(out, "ALTER CONNECTION ");
    if (alter->if_exists)
        buffer_add_text(out, "IF EXISTS ");
    sql_print_name(out, &alter->name);
    if (alter->kind == ALTER_CONNECTION_RENAME)
        print_rename_owner(out, " RENAME TO ", alter->to);
    else if (alter->kind == ALTER_CONNECTION_OWNER)
        print_rename_owner(out, " OWNER TO ", alter->to);
    for (size_t i = 0; i < alter->change_count; i++) {
        buffer_add_text(out, i == 0 ? " " : ", ");
        print_change(out, &alter->changes[i]);
    }
    print_with(out, &alter->with);
}

static bool print_alter_secret(struct buffer *out, const struct ast_alter_secret *alter)
{
    if (alter->kind == ALTER_SECRET_VALUE)
        return false;
    buffer_add_text(out, "ALTER SECRET ");
    if (alter->if_exists)
        buffer_add_text(out, "IF EXISTS ");
    sql_print_name(out, &alter->name);
    print_rename_owner(out,
                       alter->kind == ALTER_SECRET_RENAME ? " RENAME TO " : " OWNER TO ",
                       alter->to);
    return true;
}

static void print_explain(struct buffer *out,
                          const struct ast_explain_connection *explain)
{
    buffer_add_text(out, explain->is_analyze ? "EXPLAIN ANALYZE CONNECTION "
                                             : "EXPLAIN CONNECTION ");
    sql_print_name(out, &explain->name);
    if (explain->to != NULL) {
        buffer_add_text(out, " TO ");
        sql_print_literal(out, explain->to);
    }
}

static bool print_show(struct buffer *out, const struct ast_show_objects *show)
{
    const char *plural = sql_object_kind_plural(show->object);
    if (plural == NULL || show->where != NULL)
        return false;
    buffer_printf(out, "SHOW %s%s", show->is_all ? "ALL " : "", plural);
    if (show->on.count > 0) {
        buffer_add_text(out, " ON ");
        sql_print_name(out, &show->on);
    }
    if (show->from.count > 0) {
        buffer_add_text(out, " FROM ");
        sql_print_name(out, &show->from);
    }
    if (show->cluster != NULL)
        print_rename_owner(out, " IN CLUSTER ", show->cluster);
    if (show->role != NULL)
        print_rename_owner(out, " FOR ", show->role);
    if (show->like != NULL) {
        buffer_add_text(out, " LIKE ");
        sql_print_literal(out, show->like);
    }
    return true;
}

static void print_show_create(struct buffer *out, const struct ast_show_create *show)
{
    buffer_printf(out, "SHOW %sCREATE %s ", show->is_redacted ? "REDACTED " : "",
                  sql_object_kind_name(show->object));
    sql_print_name(out, &show->name);
}

static bool print_kind(struct buffer *out, const struct ast_statement *statement)
{
    switch ((int)statement->kind) {
    case STATEMENT_CREATE_CONNECTION:
        sql_print_create_connection(out, statement->create_connection);
        return true;
    case STATEMENT_ALTER_CONNECTION:
        print_alter_connection(out, statement->alter_connection);
        return true;
    case STATEMENT_ALTER_SECRET:
        return print_alter_secret(out, statement->alter_secret);
    case STATEMENT_VALIDATE_CONNECTION:
        buffer_add_text(out, "VALIDATE CONNECTION ");
        sql_print_name(out, &statement->validate_connection->name);
        return true;
    case STATEMENT_EXPLAIN_CONNECTION:
        print_explain(out, statement->explain_connection);
        return true;
    case STATEMENT_SHOW_OBJECTS:
        return print_show(out, statement->show_objects);
    case STATEMENT_SHOW_CREATE:
        print_show_create(out, statement->show_create);
        return true;
    default:
        return false;
    }
}

bool sql_print_statement(struct buffer *out, const struct ast_statement *statement)
{
    size_t before = buffer_len(out);
    if (!print_kind(out, statement)) {
        buffer_truncate(out, before);
        return false;
    }
    buffer_add_u8(out, ';');
    return true;
}
