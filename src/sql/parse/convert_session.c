/* Statements on the session: prepared statements, cursors, transactions, settings. */
#include <string.h>

#include "sql/parse/convert.h"

static struct ast_prepare *prepare(struct convert *convert,
                                   const PgQuery__PrepareStmt *node)
{
    struct ast_prepare *prepare = ARENA_NEW(convert->arena, struct ast_prepare);
    prepare->name = arena_strdup(convert->arena, node->name);
    prepare->types =
        ARENA_ARRAY(convert->arena, struct ast_type_name *, node->n_argtypes);
    for (size_t i = 0; i < node->n_argtypes; i++) {
        if (node->argtypes[i]->node_case == PG_QUERY__NODE__NODE_TYPE_NAME)
            prepare->types[prepare->type_count++] =
                convert_type(convert, node->argtypes[i]->type_name);
    }
    prepare->statement = convert_statement(convert, node->query);
    return prepare;
}

static struct ast_execute *execute(struct convert *convert,
                                   const PgQuery__ExecuteStmt *node)
{
    struct ast_execute *execute = ARENA_NEW(convert->arena, struct ast_execute);
    execute->name = arena_strdup(convert->arena, node->name);
    execute->arguments = convert_expressions(convert, NODES(node, params));
    return execute;
}

/* The option bits are PostgreSQL's CURSOR_OPT_ ones, which our enum repeats. */
static struct ast_declare_cursor *declare_cursor(struct convert *convert,
                                                 const PgQuery__DeclareCursorStmt *node)
{
    const unsigned known = CURSOR_BINARY | CURSOR_SCROLL | CURSOR_NO_SCROLL |
                           CURSOR_INSENSITIVE | CURSOR_ASENSITIVE | CURSOR_HOLD;
    struct ast_declare_cursor *cursor =
        ARENA_NEW(convert->arena, struct ast_declare_cursor);
    cursor->name = arena_strdup(convert->arena, node->portalname);
    cursor->options = (unsigned)node->options & known;
    cursor->query = convert_query_node(convert, node->query);
    return cursor;
}

static void fetch(struct convert *convert, const PgQuery__FetchStmt *node,
                  struct ast_statement *statement)
{
    static const enum ast_fetch_direction directions[] = {
        FETCH_FORWARD, FETCH_FORWARD, FETCH_BACKWARD, FETCH_ABSOLUTE, FETCH_RELATIVE};
    statement->kind = node->ismove ? STATEMENT_MOVE : STATEMENT_FETCH;
    statement->fetch = ARENA_NEW(convert->arena, struct ast_fetch);
    statement->fetch->cursor = arena_strdup(convert->arena, node->portalname);
    statement->fetch->count = node->how_many;
    if ((size_t)node->direction < ARRAY_COUNT(directions))
        statement->fetch->direction = directions[node->direction];
}

static enum ast_isolation isolation(const char *text)
{
    static const struct {
        const char *text;
        enum ast_isolation isolation;
    } levels[] = {{"read uncommitted", ISOLATION_READ_UNCOMMITTED},
                  {"read committed", ISOLATION_READ_COMMITTED},
                  {"repeatable read", ISOLATION_REPEATABLE_READ},
                  {"serializable", ISOLATION_SERIALIZABLE}};
    for (size_t i = 0; text != NULL && i < ARRAY_COUNT(levels); i++) {
        if (strcmp(levels[i].text, text) == 0)
            return levels[i].isolation;
    }
    return ISOLATION_OTHER;
}

static enum ast_tristate truth(const struct ast_define *define)
{
    return define->text != NULL && strcmp(define->text, "1") == 0 ? TRISTATE_TRUE
                                                                  : TRISTATE_FALSE;
}

static struct ast_transaction_modes modes(struct convert *convert, struct nodes nodes)
{
    struct ast_transaction_modes modes = {ISOLATION_NONE, TRISTATE_UNSET, TRISTATE_UNSET,
                                          NULL};
    struct ast_define_list defines = convert_defines(convert, nodes);
    for (size_t i = 0; i < defines.count; i++) {
        const struct ast_define *define = &defines.items[i];
        if (strcmp(define->name, "transaction_isolation") == 0) {
            modes.isolation = isolation(define->text);
            modes.other = modes.isolation == ISOLATION_OTHER ? define->text : NULL;
        } else if (strcmp(define->name, "transaction_read_only") == 0) {
            modes.read_only = truth(define);
        } else if (strcmp(define->name, "transaction_deferrable") == 0) {
            modes.deferrable = truth(define);
        }
    }
    return modes;
}

static void transaction(struct convert *convert, const PgQuery__TransactionStmt *node,
                        struct ast_statement *statement)
{
    static const enum ast_statement_kind kinds[] = {STATEMENT_BEGIN,
                                                    STATEMENT_BEGIN,
                                                    STATEMENT_START_TRANSACTION,
                                                    STATEMENT_COMMIT,
                                                    STATEMENT_ROLLBACK,
                                                    STATEMENT_SAVEPOINT,
                                                    STATEMENT_RELEASE,
                                                    STATEMENT_ROLLBACK_TO,
                                                    STATEMENT_PREPARE_TRANSACTION,
                                                    STATEMENT_COMMIT_PREPARED,
                                                    STATEMENT_ROLLBACK_PREPARED};
    if ((size_t)node->kind < ARRAY_COUNT(kinds))
        statement->kind = kinds[node->kind];
    struct ast_transaction *transaction =
        ARENA_NEW(convert->arena, struct ast_transaction);
    transaction->modes = modes(convert, NODES(node, options));
    transaction->savepoint = convert_text(convert, node->savepoint_name);
    transaction->gid = convert_text(convert, node->gid);
    transaction->chain = node->chain;
    statement->transaction = transaction;
}

static void set_multi(struct convert *convert, const PgQuery__VariableSetStmt *node,
                      struct ast_set *set)
{
    bool is_snapshot = strcmp(node->name, "TRANSACTION SNAPSHOT") == 0;
    set->name = NULL;
    set->kind = is_snapshot ? SET_TRANSACTION_SNAPSHOT
                : strcmp(node->name, "SESSION CHARACTERISTICS") == 0
                    ? SET_SESSION_CHARACTERISTICS
                    : SET_TRANSACTION;
    if (is_snapshot)
        set->values = convert_expressions(convert, NODES(node, args));
    else
        set->modes = modes(convert, NODES(node, args));
}

struct ast_set *convert_set(struct convert *convert, const PgQuery__VariableSetStmt *node)
{
    struct ast_set *set = ARENA_NEW(convert->arena, struct ast_set);
    set->name = convert_text(convert, node->name);
    set->is_local = node->is_local;
    switch ((int)node->kind) {
    case PG_QUERY__VARIABLE_SET_KIND__VAR_SET_VALUE:
        set->kind = SET_VALUE;
        set->values = convert_expressions(convert, NODES(node, args));
        break;
    case PG_QUERY__VARIABLE_SET_KIND__VAR_SET_DEFAULT:
        set->kind = SET_DEFAULT;
        break;
    case PG_QUERY__VARIABLE_SET_KIND__VAR_SET_CURRENT:
        set->kind = SET_CURRENT;
        break;
    case PG_QUERY__VARIABLE_SET_KIND__VAR_RESET:
        set->kind = RESET_ONE;
        break;
    case PG_QUERY__VARIABLE_SET_KIND__VAR_RESET_ALL:
        set->kind = RESET_ALL;
        break;
    default:
        set_multi(convert, node, set);
        break;
    }
    return set;
}

static void set(struct convert *convert, const PgQuery__VariableSetStmt *node,
                struct ast_statement *statement)
{
    statement->set = convert_set(convert, node);
    bool is_reset =
        statement->set->kind == RESET_ONE || statement->set->kind == RESET_ALL;
    statement->kind = is_reset ? STATEMENT_RESET : STATEMENT_SET;
}

static void discard(const PgQuery__DiscardStmt *node, struct ast_statement *statement)
{
    static const enum ast_discard targets[] = {DISCARD_ALL, DISCARD_ALL, DISCARD_PLANS,
                                               DISCARD_SEQUENCES, DISCARD_TEMPORARY};
    statement->kind = STATEMENT_DISCARD;
    if ((size_t)node->target < ARRAY_COUNT(targets))
        statement->discard = targets[node->target];
}

static void notify(struct convert *convert, struct ast_statement *statement,
                   enum ast_statement_kind kind, const char *channel, const char *payload)
{
    statement->kind = kind;
    statement->notify = ARENA_NEW(convert->arena, struct ast_notify);
    statement->notify->channel = convert_text(convert, channel);
    statement->notify->payload = convert_text(convert, payload);
}

static void lock_table(struct convert *convert, const PgQuery__LockStmt *node,
                       struct ast_statement *statement)
{
    struct ast_lock_table *lock = ARENA_NEW(convert->arena, struct ast_lock_table);
    statement->kind = STATEMENT_LOCK;
    statement->lock_table = lock;
    lock->mode = node->mode;
    lock->nowait = node->nowait;
    lock->relations = ARENA_ARRAY(convert->arena, struct ast_relation, node->n_relations);
    for (size_t i = 0; i < node->n_relations; i++) {
        if (node->relations[i]->node_case != PG_QUERY__NODE__NODE_RANGE_VAR)
            continue;
        const PgQuery__RangeVar *range = node->relations[i]->range_var;
        struct ast_relation *relation = &lock->relations[lock->relation_count++];
        relation->name = convert_relation_name(convert, range);
        relation->is_only = !range->inh;
    }
}

static void vacuum(struct convert *convert, const PgQuery__VacuumStmt *node,
                   struct ast_statement *statement)
{
    struct ast_vacuum *vacuum = ARENA_NEW(convert->arena, struct ast_vacuum);
    statement->kind = node->is_vacuumcmd ? STATEMENT_VACUUM : STATEMENT_ANALYZE;
    statement->vacuum = vacuum;
    vacuum->options = convert_defines(convert, NODES(node, options));
    vacuum->relations = ARENA_ARRAY(convert->arena, struct ast_name, node->n_rels);
    vacuum->columns = ARENA_ARRAY(convert->arena, struct ast_column_list, node->n_rels);
    for (size_t i = 0; i < node->n_rels; i++) {
        if (node->rels[i]->node_case != PG_QUERY__NODE__NODE_VACUUM_RELATION)
            continue;
        const PgQuery__VacuumRelation *relation = node->rels[i]->vacuum_relation;
        size_t at = vacuum->relation_count++;
        vacuum->relations[at] = convert_relation_name(convert, relation->relation);
        vacuum->columns[at] = convert_columns(convert, NODES(relation, va_cols));
    }
}

static bool settings(struct convert *convert, const PgQuery__Node *node,
                     struct ast_statement *statement)
{
    switch ((int)node->node_case) {
    case PG_QUERY__NODE__NODE_VARIABLE_SET_STMT:
        set(convert, node->variable_set_stmt, statement);
        return true;
    case PG_QUERY__NODE__NODE_ALTER_SYSTEM_STMT:
        statement->kind = STATEMENT_ALTER_SYSTEM;
        statement->set = convert_set(convert, node->alter_system_stmt->setstmt);
        return true;
    case PG_QUERY__NODE__NODE_VARIABLE_SHOW_STMT:
        statement->kind = STATEMENT_SHOW;
        statement->show = ARENA_NEW(convert->arena, struct ast_show);
        statement->show->name =
            arena_strdup(convert->arena, node->variable_show_stmt->name);
        return true;
    case PG_QUERY__NODE__NODE_DISCARD_STMT:
        discard(node->discard_stmt, statement);
        return true;
    case PG_QUERY__NODE__NODE_LISTEN_STMT:
        notify(convert, statement, STATEMENT_LISTEN, node->listen_stmt->conditionname,
               NULL);
        return true;
    case PG_QUERY__NODE__NODE_UNLISTEN_STMT:
        notify(convert, statement, STATEMENT_UNLISTEN, node->unlisten_stmt->conditionname,
               NULL);
        return true;
    case PG_QUERY__NODE__NODE_NOTIFY_STMT:
        notify(convert, statement, STATEMENT_NOTIFY, node->notify_stmt->conditionname,
               node->notify_stmt->payload);
        return true;
    default:
        return false;
    }
}

static bool prepared(struct convert *convert, const PgQuery__Node *node,
                     struct ast_statement *statement)
{
    switch ((int)node->node_case) {
    case PG_QUERY__NODE__NODE_PREPARE_STMT:
        statement->kind = STATEMENT_PREPARE;
        statement->prepare = prepare(convert, node->prepare_stmt);
        return true;
    case PG_QUERY__NODE__NODE_EXECUTE_STMT:
        statement->kind = STATEMENT_EXECUTE;
        statement->execute = execute(convert, node->execute_stmt);
        return true;
    case PG_QUERY__NODE__NODE_DEALLOCATE_STMT:
        statement->kind = STATEMENT_DEALLOCATE;
        statement->deallocate = convert_text(convert, node->deallocate_stmt->name);
        return true;
    case PG_QUERY__NODE__NODE_DECLARE_CURSOR_STMT:
        statement->kind = STATEMENT_DECLARE_CURSOR;
        statement->declare_cursor = declare_cursor(convert, node->declare_cursor_stmt);
        return true;
    case PG_QUERY__NODE__NODE_FETCH_STMT:
        fetch(convert, node->fetch_stmt, statement);
        return true;
    case PG_QUERY__NODE__NODE_CLOSE_PORTAL_STMT:
        statement->kind = STATEMENT_CLOSE_CURSOR;
        statement->close_cursor =
            convert_text(convert, node->close_portal_stmt->portalname);
        return true;
    default:
        return false;
    }
}

bool convert_session(struct convert *convert, const PgQuery__Node *node,
                     struct ast_statement *statement)
{
    if (prepared(convert, node, statement) || settings(convert, node, statement))
        return true;
    switch ((int)node->node_case) {
    case PG_QUERY__NODE__NODE_TRANSACTION_STMT:
        transaction(convert, node->transaction_stmt, statement);
        return true;
    case PG_QUERY__NODE__NODE_LOCK_STMT:
        lock_table(convert, node->lock_stmt, statement);
        return true;
    case PG_QUERY__NODE__NODE_CALL_STMT:
        statement->kind = STATEMENT_CALL;
        statement->call = convert_call(convert, node->call_stmt->funccall);
        return true;
    case PG_QUERY__NODE__NODE_DO_STMT:
        statement->kind = STATEMENT_DO;
        statement->options = ARENA_NEW(convert->arena, struct ast_define_list);
        *statement->options = convert_defines(convert, NODES(node->do_stmt, args));
        return true;
    case PG_QUERY__NODE__NODE_VACUUM_STMT:
        vacuum(convert, node->vacuum_stmt, statement);
        return true;
    default:
        return false;
    }
}
