/* Which statement is carried out where, and the answer to those that do not exist yet. */
#include "sql/command/command.h"

#include "base/error.h"
#include "sql/command/table_internal.h"

/* A tag of NULL is made by the statement itself. */
static const struct runner {
    enum ast_statement_kind kind;
    const char *tag;
    enum rc (*run)(struct command *command, struct error *err);
} runners[] = {
    {STATEMENT_CREATE_SECRET, "CREATE SECRET", command_create_secret},
    {STATEMENT_ALTER_SECRET, "ALTER SECRET", command_alter_secret},
    {STATEMENT_CREATE_CONNECTION, "CREATE CONNECTION", command_create_connection},
    {STATEMENT_ALTER_CONNECTION, "ALTER CONNECTION", command_alter_connection},
    {STATEMENT_VALIDATE_CONNECTION, "VALIDATE CONNECTION", command_validate_connection},
    {STATEMENT_EXPLAIN_CONNECTION, "EXPLAIN", command_explain_connection},
    {STATEMENT_SHOW_CREATE, "SHOW", command_show_create},
    {STATEMENT_DROP, NULL, command_drop},
    {STATEMENT_DROP_DATABASE, NULL, command_drop},
    {STATEMENT_DROP_ROLE, NULL, command_drop},
    {STATEMENT_COMMENT, "COMMENT", command_comment},
    {STATEMENT_CREATE_TABLE, "CREATE TABLE", command_create_table},
    {STATEMENT_CREATE_TABLE_AS, NULL, command_create_table_as},
    {STATEMENT_SELECT, NULL, command_select_into},
    {STATEMENT_CREATE_VIEW, "CREATE VIEW", command_create_view},
    {STATEMENT_CREATE_INDEX, "CREATE INDEX", command_create_index},
    {STATEMENT_CREATE_SEQUENCE, "CREATE SEQUENCE", command_create_sequence},
    {STATEMENT_ALTER_SEQUENCE, "ALTER SEQUENCE", command_alter_sequence},
    {STATEMENT_CREATE_SCHEMA, "CREATE SCHEMA", command_create_schema},
    {STATEMENT_CREATE_DATABASE, "CREATE DATABASE", command_create_database},
    {STATEMENT_ALTER_TABLE, NULL, command_alter_table},
    {STATEMENT_ALTER_RENAME, NULL, command_alter_object},
    {STATEMENT_ALTER_OWNER, NULL, command_alter_object},
    {STATEMENT_ALTER_SET_SCHEMA, NULL, command_alter_object},
    {STATEMENT_TRUNCATE, "TRUNCATE TABLE", command_truncate},
    {STATEMENT_SET, "SET", command_set},
    {STATEMENT_RESET, "RESET", command_reset},
    {STATEMENT_SHOW, "SHOW", command_show},
    {STATEMENT_DISCARD, NULL, command_discard},
};

/* What to do instead. */
static const struct {
    enum ast_statement_kind kind;
    const char *hint;
} hints[] = {
    {STATEMENT_CREATE_CLUSTER, "There are no clusters: everything runs in this server."},
    {STATEMENT_CREATE_CLUSTER_REPLICA,
     "There are no clusters: everything runs in this server."},
    {STATEMENT_ALTER_CLUSTER, "There are no clusters: everything runs in this server."},
    {STATEMENT_ALTER_SYSTEM,
     "Set it when the server is started, or by SET for a session."},
};

static enum rc unsupported(const struct ast_statement *statement, struct error *err)
{
    error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED, "%s is not supported",
              sql_statement_kind_name(statement->kind));
    for (size_t i = 0; i < ARRAY_COUNT(hints); i++) {
        if (hints[i].kind == statement->kind)
            return error_hint(err, "%s", hints[i].hint);
    }
    return RC_FAILED;
}

struct bound_columns command_columns(struct arena *arena,
                                     const struct ast_statement *statement)
{
    switch ((int)statement->kind) {
    case STATEMENT_SHOW:
        return command_show_columns(arena, statement->show);
    case STATEMENT_SHOW_CREATE:
        return command_show_create_columns(arena);
    case STATEMENT_EXPLAIN_CONNECTION:
        return command_explain_columns(arena);
    default:
        return (struct bound_columns){NULL, 0};
    }
}

static void send_notices(const struct command *command)
{
    const struct command_hooks *hooks = command->context->hooks;
    for (size_t i = 0; hooks->notice != NULL && i < command->notice_count; i++) {
        const struct command_notice *notice = &command->notices[i];
        hooks->notice(hooks->owner, notice->severity, notice->state, notice->message,
                      notice->hint);
    }
}

enum rc command_run(const struct command_context *context,
                    const struct ast_statement *statement,
                    struct command_result *result_out, struct error *err)
{
    struct command command = {.context = context,
                              .arena = context->arena,
                              .transaction = context->surroundings.transaction,
                              .statement = statement,
                              .result = result_out};
    *result_out = (struct command_result){.outcome = COMMAND_DONE};
    for (size_t i = 0; i < ARRAY_COUNT(runners); i++) {
        if (runners[i].kind != statement->kind)
            continue;
        result_out->tag = runners[i].tag;
        TRY(runners[i].run(&command, err));
        if (result_out->outcome == COMMAND_DONE)
            send_notices(&command);
        return RC_OK;
    }
    return unsupported(statement, err);
}
