/* The one call into libpg_query. Its public entry loses the SQLSTATE, detail and hint of
 * an error, so this does what that entry does, and keeps them: PostgreSQL's raw_parser()
 * under a handler for its errors, then the library's own writer of protobuf.
 *
 * The declarations below are those of PostgreSQL 15's elog.h, palloc.h and parser.h,
 * which the package does not install; a unit test checks that they fit. */
#include "sql/parse/pg.h"

#include <setjmp.h>
#include <string.h>

#include <pg_query.h>

#include "base/error.h"
#include "base/memory.h"

struct pg_error_data {
    int level;
    bool output_to_server;
    bool output_to_client;
    bool hide_statement;
    bool hide_context;
    const char *file;
    int line;
    const char *function;
    const char *domain;
    const char *context_domain;
    int sql_error_code;
    char *message;
    char *detail;
    char *detail_log;
    char *hint;
    char *context;
    char *backtrace;
    const char *message_id;
    char *schema_name;
    char *table_name;
    char *column_name;
    char *data_type_name;
    char *constraint_name;
    int cursor_position;
};

extern __thread sigjmp_buf *PG_exception_stack;
extern __thread void *error_context_stack;
extern __thread void *CurrentMemoryContext;
extern void *raw_parser(const char *text, int mode);
extern PgQueryProtobuf pg_query_nodes_to_protobuf(const void *nodes);
extern void *pg_query_enter_memory_context(void);
extern void pg_query_exit_memory_context(void *context);
extern struct pg_error_data *CopyErrorData(void);
extern void FlushErrorState(void);

/* PostgreSQL packs five characters of six bits each, the first one lowest. */
static enum sqlstate unpack_sqlstate(int packed)
{
    char code[6] = "";
    for (int i = 0; i < 5; i++)
        code[i] = (char)(((packed >> (6 * i)) & 0x3f) + '0');
    enum sqlstate state = sqlstate_from_code(code);
    bool is_unknown = state == SQLSTATE_INTERNAL_ERROR && strcmp(code, "XX000") != 0;
    return is_unknown ? SQLSTATE_SYNTAX_ERROR : state;
}

/* bison's own limit; PostgreSQL's words for the same thing are these. */
static bool is_memory_exhausted(const char *message)
{
    return strncmp(message, "memory exhausted", strlen("memory exhausted")) == 0;
}

static void take_error(void *context, struct error *err)
{
    CurrentMemoryContext = context;
    struct pg_error_data *data = CopyErrorData();
    FlushErrorState();
    if (is_memory_exhausted(data->message)) {
        (void)error_set(err, SQLSTATE_STATEMENT_TOO_COMPLEX,
                        "stack depth limit exceeded");
        return;
    }
    (void)error_set_at(err, data->cursor_position, unpack_sqlstate(data->sql_error_code),
                       "%s", data->message);
    if (data->detail != NULL)
        (void)error_detail(err, "%s", data->detail);
    if (data->hint != NULL)
        (void)error_hint(err, "%s", data->hint);
}

/* Apart from pg_parse(), so that no variable of it is changed between sigsetjmp() and a
 * jump back. */
static enum rc parse_to_protobuf(void *context, const char *text,
                                 PgQueryProtobuf *protobuf_out, struct error *err)
{
    sigjmp_buf *outer = PG_exception_stack;
    void *outer_callbacks = error_context_stack;
    sigjmp_buf here;
    if (sigsetjmp(here, 0) != 0) {
        PG_exception_stack = outer;
        /* The scanner hangs callbacks in here that lie on the stack that was left. */
        error_context_stack = outer_callbacks;
        take_error(context, err);
        return RC_FAILED;
    }
    PG_exception_stack = &here;
    *protobuf_out = pg_query_nodes_to_protobuf(raw_parser(text, 0));
    PG_exception_stack = outer;
    return RC_OK;
}

static void *arena_take(void *arena, size_t size)
{
    return arena_alloc(arena, 1, size, alignof(max_align_t));
}

static void arena_leave(void *arena, void *memory)
{
    (void)arena;
    (void)memory;
}

enum rc pg_parse(struct arena *arena, const char *text, PgQuery__ParseResult **result_out,
                 struct error *err)
{
    PgQueryProtobuf protobuf = {0, NULL};
    void *context = pg_query_enter_memory_context();
    enum rc rc = parse_to_protobuf(context, text, &protobuf, err);
    pg_query_exit_memory_context(context);
    if (rc != RC_OK)
        return rc;
    ProtobufCAllocator allocator = {arena_take, arena_leave, arena};
    *result_out = pg_query__parse_result__unpack(&allocator, protobuf.len,
                                                 (const uint8_t *)protobuf.data);
    mem_free(protobuf.data);
    if (*result_out == NULL)
        return error_set(err, SQLSTATE_INTERNAL_ERROR, "the parse tree cannot be read");
    return RC_OK;
}
