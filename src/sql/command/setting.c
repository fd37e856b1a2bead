/* SET, RESET, SHOW of settings and the settings' part of DISCARD: PostgreSQL 15, manual,
 * SET and SHOW. */
#include <strings.h>

#include "base/error.h"
#include "sql/command/command_internal.h"
#include "sql/parse/print.h"

/* Settings whose value is a list; the names in some are identifiers. */
static const struct {
    const char *name;
    bool quotes;
} lists[] = {
    {"search_path", true},
    {"schema", true},
    {"DateStyle", false},
};

static bool is_list(const char *name, bool *quotes_out)
{
    for (size_t i = 0; i < ARRAY_COUNT(lists); i++) {
        if (strcasecmp(lists[i].name, name) == 0) {
            *quotes_out = lists[i].quotes;
            return true;
        }
    }
    return false;
}

static const char *role_name(const struct command *command)
{
    return command->context->role->name;
}

static enum rc bad_argument(const char *name, struct error *err)
{
    return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                     "invalid value for parameter \"%s\"", name);
}

static enum rc constant_text(struct command *command, const char *name,
                             const struct ast_constant *constant, const char **text_out,
                             struct error *err)
{
    switch (constant->kind) {
    case CONSTANT_BOOL:
        *text_out = constant->boolean ? "true" : "false";
        return RC_OK;
    case CONSTANT_INTEGER:
        *text_out = arena_printf(command->arena, "%d", constant->integer);
        return RC_OK;
    case CONSTANT_NUMERIC:
    case CONSTANT_STRING:
        *text_out = constant->text;
        return RC_OK;
    case CONSTANT_NULL:
    case CONSTANT_BITS:
        break;
    }
    return bad_argument(name, err);
}

/* A constant; INTERVAL '..' of SET TIME ZONE is one behind a cast. */
static enum rc value_text(struct command *command, const char *name,
                          const struct ast_expression *expression, const char **text_out,
                          struct error *err)
{
    if (expression->kind == EXPRESSION_CAST)
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "SET %s TO INTERVAL is not supported", name);
    if (expression->kind != EXPRESSION_CONSTANT)
        return bad_argument(name, err);
    return constant_text(command, name, &expression->constant, text_out, err);
}

/* The values in one text, as PostgreSQL joins them. */
static enum rc join_values(struct command *command, const struct ast_set *set,
                           const char **text_out, struct error *err)
{
    bool quotes = false;
    bool takes_list = is_list(set->name, &quotes);
    const char *joined = "";
    if (set->values.count > 1 && !takes_list)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "SET %s takes only one argument", set->name);
    for (size_t i = 0; i < set->values.count; i++) {
        const char *text = NULL;
        TRY(value_text(command, set->name, set->values.items[i], &text, err));
        if (quotes)
            text = sql_quote_identifier(command->arena, text);
        joined = arena_printf(command->arena, "%s%s%s", joined, i == 0 ? "" : ", ", text);
    }
    *text_out = joined;
    return RC_OK;
}

static bool is_role(const char *name)
{
    return strcasecmp(name, "role") == 0 ||
           strcasecmp(name, "session_authorization") == 0;
}

static enum rc role_exists(struct command *command, const char *name, struct error *err)
{
    struct catalog_place place = {.class = CATALOG_CLASS_ROLE, .name = name};
    struct catalog_object *role = NULL;
    enum rc rc = catalog_find(command->transaction, &place, command->arena, &role, err);
    if (rc == RC_NOTFOUND)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "role \"%s\" does not exist", name);
    return rc;
}

/* SET ROLE and SET SESSION AUTHORIZATION: the session stays what it is. */
static enum rc set_role(struct command *command, const struct ast_set *set,
                        struct error *err)
{
    bool is_authorization = strcasecmp(set->name, "role") != 0;
    const char *text = NULL;
    if (set->kind != SET_VALUE)
        return RC_OK;
    TRY(join_values(command, set, &text, err));
    if (strcmp(text, role_name(command)) == 0 ||
        (!is_authorization && strcmp(text, "none") == 0))
        return RC_OK;
    TRY(role_exists(command, text, err));
    return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED, "SET %s is not supported",
                     is_authorization ? "SESSION AUTHORIZATION" : "ROLE");
}

static const char *isolation_text(const struct ast_transaction_modes *modes)
{
    switch (modes->isolation) {
    case ISOLATION_NONE:
        break;
    case ISOLATION_READ_UNCOMMITTED:
        return "read uncommitted";
    case ISOLATION_READ_COMMITTED:
        return "read committed";
    case ISOLATION_REPEATABLE_READ:
        return "repeatable read";
    case ISOLATION_SERIALIZABLE:
        return "serializable";
    case ISOLATION_OTHER:
        return modes->other;
    }
    return NULL;
}

static enum rc set_modes(struct command *command, const struct ast_set *set,
                         struct error *err)
{
    struct settings *settings = command->context->settings;
    bool is_session = set->kind == SET_SESSION_CHARACTERISTICS;
    enum settings_scope scope = is_session ? SETTINGS_SESSION : SETTINGS_LOCAL;
    const char *isolation = isolation_text(&set->modes);
    if (isolation != NULL)
        TRY(settings_set(settings,
                         is_session ? "default_transaction_isolation"
                                    : "transaction_isolation",
                         isolation, scope, err));
    if (set->modes.read_only == TRISTATE_UNSET)
        return RC_OK;
    return settings_set(
        settings, is_session ? "default_transaction_read_only" : "transaction_read_only",
        set->modes.read_only == TRISTATE_TRUE ? "on" : "off", scope, err);
}

/* SET LOCAL x TO DEFAULT ends with the transaction: the default is looked up by a reset
 * that is undone at once. */
static enum rc set_default(struct command *command, const struct ast_set *set,
                           struct error *err)
{
    struct settings *settings = command->context->settings;
    if (!set->is_local)
        return settings_reset(settings, set->name, err);
    settings_mark mark = settings_savepoint(settings);
    TRY(settings_reset(settings, set->name, err));
    const char *text = arena_strdup(command->arena, settings_show(settings, set->name));
    settings_rollback_to(settings, mark);
    return settings_set(settings, set->name, text, SETTINGS_LOCAL, err);
}

static enum rc set_value(struct command *command, const struct ast_set *set,
                         struct error *err)
{
    struct settings *settings = command->context->settings;
    const char *text = NULL;
    if (set->kind == SET_CURRENT) {
        text = settings_show(settings, set->name);
        if (text == NULL)
            return error_set(err, SQLSTATE_UNDEFINED_OBJECT,
                             "unrecognized configuration parameter \"%s\"", set->name);
        text = arena_strdup(command->arena, text);
    } else {
        TRY(join_values(command, set, &text, err));
    }
    return settings_set(settings, set->name, text,
                        set->is_local ? SETTINGS_LOCAL : SETTINGS_SESSION, err);
}

enum rc command_set(struct command *command, struct error *err)
{
    const struct ast_set *set = command->statement->set;
    if (set->name != NULL && is_role(set->name))
        return set_role(command, set, err);
    switch (set->kind) {
    case SET_VALUE:
    case SET_CURRENT:
        return set_value(command, set, err);
    case SET_DEFAULT:
    case RESET_ONE:
        return set_default(command, set, err);
    case RESET_ALL:
        return settings_reset(command->context->settings, NULL, err);
    case SET_TRANSACTION:
    case SET_SESSION_CHARACTERISTICS:
        return set_modes(command, set, err);
    case SET_TRANSACTION_SNAPSHOT:
        break;
    }
    return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                     "SET TRANSACTION SNAPSHOT is not supported");
}

enum rc command_reset(struct command *command, struct error *err)
{
    return command_set(command, err);
}

/* DISCARD's other parts are the session's. */
enum rc command_discard(struct command *command, struct error *err)
{
    static const char *const tags[] = {"DISCARD ALL", "DISCARD PLANS",
                                       "DISCARD SEQUENCES", "DISCARD TEMP"};
    command->result->tag = tags[command->statement->discard];
    if (command->statement->discard != DISCARD_ALL)
        return RC_OK;
    return settings_reset(command->context->settings, NULL, err);
}

/* PostgreSQL names the column as the setting is spelled in its own list. */
static const char *canonical_name(const char *name)
{
    if (strcasecmp(name, "timezone") == 0)
        return settings_name(SETTING_TimeZone);
    for (int i = 0; i < SETTING_COUNT; i++) {
        if (strcasecmp(settings_name((enum setting)i), name) == 0)
            return settings_name((enum setting)i);
    }
    return name;
}

struct bound_columns command_show_columns(struct arena *arena,
                                          const struct ast_show *show)
{
    static const char *const all[] = {"name", "setting", "description"};
    if (strcasecmp(show->name, "all") == 0)
        return command_text_columns(arena, all, ARRAY_COUNT(all));
    const char *name = canonical_name(show->name);
    return command_text_columns(arena, &name, 1);
}

static void show_all(struct command *command)
{
    const struct settings *settings = command->context->settings;
    for (int i = 0; i < SETTING_COUNT; i++) {
        enum setting setting = (enum setting)i;
        const char *texts[] = {settings_name(setting), settings_text(settings, setting),
                               settings_description(setting)};
        command_add_row(command, texts);
    }
}

enum rc command_show(struct command *command, struct error *err)
{
    const char *name = command->statement->show->name;
    command->result->columns =
        command_show_columns(command->arena, command->statement->show);
    if (strcasecmp(name, "all") == 0) {
        show_all(command);
        return RC_OK;
    }
    const char *text = strcasecmp(name, "role") == 0
                           ? "none"
                           : settings_show(command->context->settings, name);
    if (text == NULL)
        return error_set(err, SQLSTATE_UNDEFINED_OBJECT,
                         "unrecognized configuration parameter \"%s\"", name);
    command_add_row(command, &text);
    return RC_OK;
}
