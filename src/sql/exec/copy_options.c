/* COPY's options: read, then checked against each other. */
#include "sql/exec/copy_options.h"

#include <strings.h>

#include "sql/parse/scan.h"
#include "sql/types/type.h"

/* What was given, before defaults. */
struct given {
    const struct ast_copy *copy;
    struct bytes text;
    struct copy_options *options;
    bool has_format, has_freeze, has_header, has_encoding;
    const char *delimiter;
    const char *null_text;
    const char *quote;
    const char *escape;
    bool has_force_quote, has_force_not_null, has_force_null;
};

static int position_of(const struct given *given, const struct ast_define *option)
{
    return sql_scan_position(given->text, option->span.from);
}

static enum rc redundant(const struct given *given, const struct ast_define *option,
                         struct error *err)
{
    return error_set_at(err, position_of(given, option), SQLSTATE_SYNTAX_ERROR,
                        "conflicting or redundant options");
}

static enum rc set_once(struct given *given, const struct ast_define *option, bool *has,
                        struct error *err)
{
    if (*has)
        return redundant(given, option, err);
    *has = true;
    return RC_OK;
}

/* The option's text: 42601 when there is none. */
static enum rc set_text(struct given *given, const struct ast_define *option,
                        const char **text, struct error *err)
{
    if (*text != NULL)
        return redundant(given, option, err);
    if (option->text == NULL)
        return error_set(err, SQLSTATE_SYNTAX_ERROR, "%s requires a parameter",
                         option->name);
    *text = option->text;
    return RC_OK;
}

static enum rc read_format(struct given *given, const struct ast_define *option,
                           struct error *err)
{
    static const char *const names[] = {"text", "csv", "binary"};

    TRY(set_once(given, option, &given->has_format, err));
    if (option->text == NULL)
        return error_set(err, SQLSTATE_SYNTAX_ERROR, "format requires a parameter");
    for (size_t i = 0; i < ARRAY_COUNT(names); i++)
        if (strcmp(option->text, names[i]) == 0) {
            given->options->format = (enum copy_format)i;
            return RC_OK;
        }
    return error_set_at(err, position_of(given, option), SQLSTATE_INVALID_PARAMETER_VALUE,
                        "COPY format \"%s\" not recognized", option->text);
}

static enum rc read_freeze(struct given *given, const struct ast_define *option,
                           struct error *err)
{
    bool ignored = false;

    TRY(set_once(given, option, &given->has_freeze, err));
    if (option->text != NULL &&
        !type_parse_boolean(bytes_of_text(option->text), &ignored))
        return error_set(err, SQLSTATE_SYNTAX_ERROR, "freeze requires a Boolean value");
    return RC_OK;
}

static enum rc read_header(struct given *given, const struct ast_define *option,
                           struct error *err)
{
    bool is_on = true;

    TRY(set_once(given, option, &given->has_header, err));
    given->options->header = COPY_HEADER_TRUE;
    if (option->text == NULL)
        return RC_OK;
    if (strcasecmp(option->text, "match") == 0) {
        given->options->header = COPY_HEADER_MATCH;
        if (given->copy->is_from)
            return RC_OK;
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "cannot use \"match\" with HEADER in COPY TO");
    }
    if (strcasecmp(option->text, "true") == 0 || strcasecmp(option->text, "on") == 0 ||
        strcmp(option->text, "1") == 0)
        is_on = true;
    else if (strcasecmp(option->text, "false") == 0 ||
             strcasecmp(option->text, "off") == 0 || strcmp(option->text, "0") == 0)
        is_on = false;
    else
        return error_set(err, SQLSTATE_SYNTAX_ERROR,
                         "header requires a Boolean value or \"match\"");
    given->options->header = is_on ? COPY_HEADER_TRUE : COPY_HEADER_NONE;
    return RC_OK;
}

static enum rc read_encoding(struct given *given, const struct ast_define *option,
                             struct error *err)
{
    static const char *const same[] = {"utf8", "utf-8", "unicode", "utf_8", "sql_ascii"};

    TRY(set_once(given, option, &given->has_encoding, err));
    for (size_t i = 0; option->text != NULL && i < ARRAY_COUNT(same); i++)
        if (strcasecmp(option->text, same[i]) == 0)
            return RC_OK;
    return error_set_at(err, position_of(given, option), SQLSTATE_INVALID_PARAMETER_VALUE,
                        "argument to option \"%s\" must be a valid encoding name",
                        option->name);
}

static enum rc read_list(struct given *given, const struct ast_define *option, bool *has,
                         struct ast_text_list *list, struct error *err)
{
    TRY(set_once(given, option, has, err));
    if (option->list.count > 0) {
        *list = option->list;
        return RC_OK;
    }
    if (option->is_star && list == &given->options->force_quote) {
        given->options->force_quote_all = true;
        return RC_OK;
    }
    return error_set_at(err, position_of(given, option), SQLSTATE_INVALID_PARAMETER_VALUE,
                        "argument to option \"%s\" must be a list of column names",
                        option->name);
}

static enum rc read_option(struct given *given, const struct ast_define *option,
                           struct error *err)
{
    struct copy_options *options = given->options;
    const char *name = option->name;

    if (strcmp(name, "format") == 0)
        return read_format(given, option, err);
    if (strcmp(name, "freeze") == 0)
        return read_freeze(given, option, err);
    if (strcmp(name, "delimiter") == 0)
        return set_text(given, option, &given->delimiter, err);
    if (strcmp(name, "null") == 0)
        return set_text(given, option, &given->null_text, err);
    if (strcmp(name, "header") == 0)
        return read_header(given, option, err);
    if (strcmp(name, "quote") == 0)
        return set_text(given, option, &given->quote, err);
    if (strcmp(name, "escape") == 0)
        return set_text(given, option, &given->escape, err);
    if (strcmp(name, "force_quote") == 0)
        return read_list(given, option, &given->has_force_quote, &options->force_quote,
                         err);
    if (strcmp(name, "force_not_null") == 0)
        return read_list(given, option, &given->has_force_not_null,
                         &options->force_not_null, err);
    if (strcmp(name, "force_null") == 0)
        return read_list(given, option, &given->has_force_null, &options->force_null,
                         err);
    if (strcmp(name, "encoding") == 0)
        return read_encoding(given, option, err);
    return error_set_at(err, position_of(given, option), SQLSTATE_SYNTAX_ERROR,
                        "option \"%s\" not recognized", name);
}

static enum rc refuse(struct error *err, const char *text)
{
    return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED, "%s", text);
}

static enum rc bad_value(struct error *err, const char *text)
{
    return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE, "%s", text);
}

static enum rc check_delimiter(const struct given *given, struct error *err)
{
    const char *delimiter = given->delimiter;

    if (strlen(delimiter) != 1)
        return refuse(err, "COPY delimiter must be a single one-byte character");
    if (*delimiter == '\r' || *delimiter == '\n')
        return bad_value(err, "COPY delimiter cannot be newline or carriage return");
    if (strpbrk(given->null_text, "\r\n") != NULL)
        return bad_value(err, "COPY null representation cannot use newline or carriage "
                              "return");
    if (given->options->format != COPY_CSV &&
        strchr("\\.abcdefghijklmnopqrstuvwxyz0123456789", *delimiter) != NULL)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "COPY delimiter cannot be \"%s\"", delimiter);
    return RC_OK;
}

static enum rc check_quoting(const struct given *given, struct error *err)
{
    bool is_csv = given->options->format == COPY_CSV;

    if (!is_csv && given->quote != NULL)
        return refuse(err, "COPY quote available only in CSV mode");
    if (is_csv && given->quote != NULL && strlen(given->quote) != 1)
        return refuse(err, "COPY quote must be a single one-byte character");
    if (is_csv && *given->delimiter == (given->quote == NULL ? '"' : *given->quote))
        return bad_value(err, "COPY delimiter and quote must be different");
    if (!is_csv && given->escape != NULL)
        return refuse(err, "COPY escape available only in CSV mode");
    if (is_csv && given->escape != NULL && strlen(given->escape) != 1)
        return refuse(err, "COPY escape must be a single one-byte character");
    return RC_OK;
}

static enum rc check_force(const struct given *given, struct error *err)
{
    bool is_csv = given->options->format == COPY_CSV;
    bool is_from = given->copy->is_from;

    if (given->has_force_quote && !is_csv)
        return refuse(err, "COPY force quote available only in CSV mode");
    if (given->has_force_quote && is_from)
        return refuse(err, "COPY force quote only available using COPY TO");
    if (given->has_force_not_null && !is_csv)
        return refuse(err, "COPY force not null available only in CSV mode");
    if (given->has_force_not_null && !is_from)
        return refuse(err, "COPY force not null only available using COPY FROM");
    if (given->has_force_null && !is_csv)
        return refuse(err, "COPY force null available only in CSV mode");
    if (given->has_force_null && !is_from)
        return refuse(err, "COPY force null only available using COPY FROM");
    return RC_OK;
}

static enum rc check(const struct given *given, struct error *err)
{
    TRY(check_delimiter(given, err));
    if (given->options->format == COPY_BINARY && given->has_header &&
        given->options->header != COPY_HEADER_NONE)
        return refuse(err, "cannot specify HEADER in BINARY mode");
    TRY(check_quoting(given, err));
    TRY(check_force(given, err));
    if (strchr(given->null_text, *given->delimiter) != NULL)
        return refuse(err, "COPY delimiter must not appear in the NULL specification");
    if (given->options->format == COPY_CSV &&
        strchr(given->null_text, given->quote == NULL ? '"' : *given->quote) != NULL)
        return refuse(err, "CSV quote character must not appear in the NULL "
                           "specification");
    return RC_OK;
}

static void set_defaults(struct given *given)
{
    bool is_csv = given->options->format == COPY_CSV;

    if (given->delimiter == NULL)
        given->delimiter = is_csv ? "," : "\t";
    if (given->null_text == NULL)
        given->null_text = is_csv ? "" : "\\N";
}

enum rc copy_options_read(const struct ast_copy *copy, struct bytes text,
                          struct copy_options *options_out, struct error *err)
{
    struct given given = {.copy = copy, .text = text, .options = options_out};

    *options_out = (struct copy_options){COPY_TEXT, .quote = '"'};
    for (size_t i = 0; i < copy->options.count; i++)
        TRY(read_option(&given, &copy->options.items[i], err));
    if (options_out->format == COPY_BINARY && given.delimiter != NULL)
        return error_set(err, SQLSTATE_SYNTAX_ERROR,
                         "cannot specify DELIMITER in BINARY mode");
    if (options_out->format == COPY_BINARY && given.null_text != NULL)
        return error_set(err, SQLSTATE_SYNTAX_ERROR,
                         "cannot specify NULL in BINARY mode");
    set_defaults(&given);
    TRY(check(&given, err));
    options_out->delimiter = *given.delimiter;
    options_out->null_text = bytes_of_text(given.null_text);
    if (given.quote != NULL)
        options_out->quote = *given.quote;
    options_out->escape = given.escape == NULL ? options_out->quote : *given.escape;
    return RC_OK;
}

static size_t place_of(const char *name, const struct copy_columns *columns)
{
    size_t place = 0;

    while (place < columns->count && strcmp(columns->names[place], name) != 0)
        place++;
    return place;
}

static enum rc not_there(const char *option, const struct copy_columns *columns,
                         const char *name, struct error *err)
{
    if (columns->is_listed)
        return error_set(err, SQLSTATE_INVALID_COLUMN_REFERENCE,
                         "%s column \"%s\" not referenced by COPY", option, name);
    if (columns->relation == NULL)
        return error_set(err, SQLSTATE_UNDEFINED_COLUMN, "column \"%s\" does not exist",
                         name);
    return error_set(err, SQLSTATE_UNDEFINED_COLUMN,
                     "column \"%s\" of relation \"%s\" does not exist", name,
                     columns->relation);
}

enum rc copy_mark_columns(const struct ast_text_list *list, const char *option,
                          const struct copy_columns *columns, bool *flags,
                          struct error *err)
{
    for (size_t i = 0; i < list->count; i++) {
        size_t place = place_of(list->items[i], columns);
        if (place == columns->count)
            return not_there(option, columns, list->items[i], err);
        flags[place] = true;
    }
    return RC_OK;
}
