#ifndef UNIT_SQL_EXEC_MODIFY_FIXTURE_H
#define UNIT_SQL_EXEC_MODIFY_FIXTURE_H

/* Whole statements over a real store with a catalog: definitions, rows, transactions, in
 * several sessions. What a statement gives is text as psql -At shows it, "-" for NULL;
 * then its tag, or "ERROR:  code: message" with DETAIL and HINT. */
#include "catalog/bootstrap.h"
#include "catalog/object.h"
#include "sql/bind/bound_modify.h"
#include "sql/command/command.h"
#include "sql/exec/environment.h"
#include "sql/exec/execute.h"
#include "sql/parse/parse.h"
#include "sql/plan/plan.h"
#include "unit/store/store_fixture.h"

enum { SESSION_SAVEPOINTS_MAX = 8 };

/* One client. */
struct test_session {
    struct arena *arena; /* of the statement at hand */
    struct store_transaction *transaction;
    bool is_block;  /* BEGIN ... */
    bool is_failed; /* until ROLLBACK */
    bool is_waiting;
    struct store_mark marks[SESSION_SAVEPOINTS_MAX];
    char names[SESSION_SAVEPOINTS_MAX][32];
    size_t mark_count;
    enum store_isolation isolation;
    struct settings *settings;
    struct session_environment environment;
    struct environment functions;
    struct type_context types;
    struct error err;
    struct buffer out;
};

struct modify_fixture {
    struct fixture store;
    struct command_hooks hooks;
    struct catalog_object *role;
    struct arena *arena;
};

static struct modify_fixture modify_fixture;

static const char *const session_schemas[] = {"public"};
static const struct catalog_path session_path = {"materialize", session_schemas, 1, NULL};

static inline void session_notice_nothing(void *owner, enum command_severity severity,
                                          enum sqlstate state, const char *message,
                                          const char *hint)
{
    (void)owner;
    (void)severity;
    (void)state;
    (void)message;
    (void)hint;
}

static inline void modify_fixture_open(const struct store_options *options)
{
    struct catalog_place place = {.class = CATALOG_CLASS_ROLE, .name = "materialize"};
    struct modify_fixture *f = &modify_fixture;
    struct store_transaction *first = NULL;
    memset(f, 0, sizeof *f);
    f->arena = arena_new("fixture", NULL);
    fixture_path(&f->store);
    fixture_open(&f->store, options);
    first = fixture_begin(&f->store, STORE_READ_COMMITTED);
    assert_int_equal(catalog_bootstrap(first, &f->store.err), RC_OK);
    assert_int_equal(catalog_find(first, &place, f->arena, &f->role, &f->store.err),
                     RC_OK);
    commit(&f->store, &first);
    f->hooks.notice = session_notice_nothing;
}

static inline void modify_fixture_close(void)
{
    arena_free(&modify_fixture.arena);
    fixture_fini(&modify_fixture.store);
}

static inline void session_open(struct test_session *session)
{
    memset(session, 0, sizeof *session);
    session->arena = arena_new("statement", NULL);
    session->settings = settings_new();
    session->isolation = STORE_READ_COMMITTED;
    buffer_init(&session->out, (size_t)1 << 30);
    error_clear(&session->err);
}

static inline void session_close(struct test_session *session)
{
    arena_free(&session->arena);
    store_transaction_abort(&session->transaction);
    settings_free(&session->settings);
    buffer_fini(&session->out);
}

static inline void session_prepare(struct test_session *session)
{
    if (session->transaction == NULL)
        session->transaction = fixture_begin(&modify_fixture.store, session->isolation);
    session->environment = (struct session_environment){
        .transaction = session->transaction,
        .settings = session->settings,
        .path = &session_path,
        .user = "materialize",
        .session_user = "materialize",
    };
    session_environment_functions(&session->environment, &session->functions);
    session_environment_types(&session->environment, &session->types);
    session->types.arena = session->arena;
    session->types.extra_float_digits = 1;
}

static inline void session_batch(struct test_session *session, const struct batch *batch,
                                 size_t column_count)
{
    for (size_t row = 0; row < batch->count; row++) {
        for (size_t i = 0; i < column_count; i++) {
            const struct vector *column = &batch->columns[i];
            buffer_add_text(&session->out, i == 0 ? "" : "|");
            if (column->nulls[row] != 0)
                buffer_add_text(&session->out, "-");
            else
                type_output(column->type, &session->types, column->values[row],
                            &session->out);
        }
        buffer_add_text(&session->out, "\n");
    }
}

static inline enum rc session_execute(struct test_session *session,
                                      const struct plan_statement *plan,
                                      size_t column_count, size_t *rows_out)
{
    const struct execution_settings settings = {.transaction = session->transaction,
                                                .types = &session->types,
                                                .environment = &session->functions};
    struct execution *execution = NULL;
    struct batch batch;
    *rows_out = 0;
    enum rc rc = execution_open(&settings, plan, &execution, &session->err);
    while (rc == RC_OK) {
        rc = execution_next(execution, &batch, &session->err);
        if (rc == RC_OK && column_count > 0)
            session_batch(session, &batch, column_count);
        if (rc == RC_OK)
            *rows_out += batch.count;
    }
    execution_close(&execution);
    return rc == RC_EOF ? RC_OK : rc;
}

static inline bool session_is_rows(const struct ast_statement *statement)
{
    return statement->kind == STATEMENT_SELECT || statement->kind == STATEMENT_INSERT ||
           statement->kind == STATEMENT_UPDATE || statement->kind == STATEMENT_DELETE;
}

static inline enum rc session_rows(struct test_session *session,
                                   const struct ast_statement *statement,
                                   const char *text)
{
    struct bind_parameters parameters = {NULL, 0, true};
    const struct bind_surroundings surroundings = {.transaction = session->transaction,
                                                   .path = &session_path,
                                                   .types = &session->types,
                                                   .parameters = &parameters,
                                                   .text = bytes_of_text(text)};
    const struct bound_query *bound = NULL;
    const struct plan_statement *plan = NULL;
    size_t rows = 0;
    TRY(bind_rows_statement(session->arena, &surroundings, statement, &bound,
                            &session->err));
    TRY(plan_query(session->arena, bound, &plan, &session->err));
    TRY(session_execute(session, plan, bound->columns.count, &rows));
    if (statement->kind == STATEMENT_INSERT)
        buffer_printf(&session->out, "INSERT 0 %zu\n", rows);
    else if (statement->kind != STATEMENT_SELECT)
        buffer_printf(&session->out, "%s %zu\n",
                      statement->kind == STATEMENT_UPDATE ? "UPDATE" : "DELETE", rows);
    return RC_OK;
}

static inline enum rc session_command(struct test_session *session,
                                      const struct ast_statement *statement,
                                      const char *text)
{
    struct command_context context = {
        .arena = session->arena,
        .surroundings = {.transaction = session->transaction,
                         .path = &session_path,
                         .types = &session->types,
                         .text = bytes_of_text(text)},
        .execution = {.transaction = session->transaction,
                      .types = &session->types,
                      .environment = &session->functions},
        .settings = session->settings,
        .role = modify_fixture.role,
        .hooks = &modify_fixture.hooks,
    };
    struct command_result result = {0};
    TRY(command_run(&context, statement, &result, &session->err));
    buffer_printf(&session->out, "%s\n", result.tag);
    return RC_OK;
}

static inline size_t session_find_mark(struct test_session *session, const char *name)
{
    for (size_t i = session->mark_count; i > 0; i--) {
        if (strcmp(session->names[i - 1], name) == 0)
            return i - 1;
    }
    fail_msg("no savepoint %s", name);
    return 0;
}

static inline void session_end(struct test_session *session, bool commits)
{
    session->is_block = false;
    session->mark_count = 0;
    if (session->transaction == NULL)
        return;
    if (!commits || session->is_failed) {
        store_transaction_abort(&session->transaction);
    } else if (store_commit_wait(&session->transaction, &session->err) != RC_OK) {
        buffer_printf(&session->out, "ERROR:  %s: %s\n",
                      sqlstate_code(session->err.state), session->err.message);
        session->is_failed = true;
        return;
    }
    session->is_failed = false;
}

static inline void session_transaction(struct test_session *session,
                                       const struct ast_statement *statement)
{
    const char *name = statement->transaction->savepoint;
    size_t at = 0;
    switch (statement->kind) {
    case STATEMENT_BEGIN:
        session->is_block = true;
        buffer_add_text(&session->out, "BEGIN\n");
        return;
    case STATEMENT_COMMIT: {
        bool failed = session->is_failed;
        session_end(session, true);
        if (!session->is_failed)
            buffer_add_text(&session->out, failed ? "ROLLBACK\n" : "COMMIT\n");
        session->is_failed = false;
        return;
    }
    case STATEMENT_ROLLBACK:
        session_end(session, false);
        buffer_add_text(&session->out, "ROLLBACK\n");
        return;
    case STATEMENT_SAVEPOINT:
        assert_true(session->mark_count < SESSION_SAVEPOINTS_MAX);
        session_prepare(session);
        session->marks[session->mark_count] = store_savepoint(session->transaction);
        (void)snprintf(session->names[session->mark_count++], 32, "%s", name);
        buffer_add_text(&session->out, "SAVEPOINT\n");
        return;
    case STATEMENT_RELEASE:
        at = session_find_mark(session, name);
        store_savepoint_release(session->transaction, session->marks[at]);
        session->mark_count = at;
        buffer_add_text(&session->out, "RELEASE\n");
        return;
    default:
        at = session_find_mark(session, name);
        store_rollback_to(session->transaction, session->marks[at]);
        session->mark_count = at + 1;
        session->is_failed = false;
        buffer_add_text(&session->out, "ROLLBACK\n");
        return;
    }
}

static inline bool session_is_transaction(const struct ast_statement *statement)
{
    return statement->kind == STATEMENT_BEGIN || statement->kind == STATEMENT_COMMIT ||
           statement->kind == STATEMENT_ROLLBACK ||
           statement->kind == STATEMENT_SAVEPOINT ||
           statement->kind == STATEMENT_RELEASE ||
           statement->kind == STATEMENT_ROLLBACK_TO;
}

static inline void session_failure(struct test_session *session)
{
    buffer_printf(&session->out, "ERROR:  %s: %s\n", sqlstate_code(session->err.state),
                  session->err.message);
    if (session->err.detail[0] != '\0')
        buffer_printf(&session->out, "DETAIL:  %s\n", session->err.detail);
    session->is_failed = session->is_block;
    if (!session->is_block)
        store_transaction_abort(&session->transaction);
}

/* Until it is over, or waits for another session: RC_WAIT. */
static inline enum rc session_try(struct test_session *session,
                                  const struct ast_statement *statement, const char *text)
{
    enum rc rc = RC_AGAIN;
    while (rc == RC_AGAIN) {
        session_prepare(session);
        if (store_transaction_statement(session->transaction, &session->err) != RC_OK)
            return RC_FAILED;
        struct store_mark mark = store_savepoint(session->transaction);
        size_t before = buffer_len(&session->out);
        rc = session_is_rows(statement) ? session_rows(session, statement, text)
                                        : session_command(session, statement, text);
        if (rc != RC_OK) {
            store_rollback_to(session->transaction, mark);
            buffer_truncate(&session->out, before);
        }
        store_savepoint_release(session->transaction, mark);
        arena_reset(session->arena);
        if (rc == RC_AGAIN || rc == RC_WAIT) {
            struct ast_statement_list list = {NULL, 0};
            assert_int_equal(
                sql_parse(session->arena, bytes_of_text(text), &list, &session->err),
                RC_OK);
            statement = list.items[0];
        }
    }
    return rc;
}

/* One statement; its output is appended to session->out. "WAITS\n": it waits, and is
 * given again to go on. */
static inline void session_statement(struct test_session *session, const char *text)
{
    struct ast_statement_list list = {NULL, 0};
    arena_reset(session->arena);
    error_clear(&session->err);
    session->is_waiting = false;
    if (sql_parse(session->arena, bytes_of_text(text), &list, &session->err) != RC_OK) {
        session_failure(session);
        return;
    }
    if (list.count == 0)
        return;
    if (session_is_transaction(list.items[0])) {
        session_transaction(session, list.items[0]);
        return;
    }
    if (session->is_failed) {
        buffer_add_text(&session->out,
                        "ERROR:  25P02: current transaction is aborted, commands ignored "
                        "until end of transaction block\n");
        return;
    }
    enum rc rc = session_try(session, list.items[0], text);
    session->is_waiting = rc == RC_WAIT;
    if (rc == RC_WAIT)
        buffer_add_text(&session->out, "WAITS\n");
    else if (rc != RC_OK)
        session_failure(session);
    else if (!session->is_block)
        session_end(session, true);
    arena_reset(session->arena);
}

/* The output of one statement; it lives until the session's next one. */
static inline const char *session_run(struct test_session *session, const char *text)
{
    buffer_truncate(&session->out, 0);
    session_statement(session, text);
    buffer_add_u8(&session->out, 0);
    const char *out = (const char *)buffer_bytes(&session->out).at;
    size_t len = strlen(out);
    if (len > 0 && out[len - 1] == '\n')
        session->out.memory[session->out.start + len - 1] = 0;
    return out;
}

#endif
