#ifndef SERVER_PREPARED_H
#define SERVER_PREPARED_H

#include <stdatomic.h>

#include "sql/bind/bind.h"
#include "sql/command/command.h"
#include "sql/plan/plan.h"

/* Statements that are read and understood, ready to run any number of times. Read-only
 * once made and counted by reference, so that portals on several threads share one. */

/* A query string with its trees. */
struct parsed_text {
    atomic_int refs;
    struct arena *arena;
    struct bytes text;
    struct ast_statement_list statements;
    struct parsed_text *base; /* of an alias: whose trees they are */
};

/* Copies the text. */
enum rc parsed_text_new(struct bytes text, struct parsed_text **parsed_out,
                        struct error *err) MUST_USE;
/* Another text that has the same trees, but for literals. Copies the text. */
struct parsed_text *parsed_text_alias(struct bytes text, struct parsed_text *base);
struct parsed_text *parsed_text_ref(struct parsed_text *parsed);
void parsed_text_unref(struct parsed_text **parsed);

enum prepared_kind {
    PREPARED_EMPTY,       /* a string without a statement */
    PREPARED_QUERY,       /* a plan */
    PREPARED_EXPLAIN,     /* the plan, told as rows */
    PREPARED_TRANSACTION, /* BEGIN ... RELEASE */
    PREPARED_SESSION,     /* PREPARE, DECLARE, FETCH, LISTEN ...: session_command.c */
    PREPARED_EXECUTE,     /* EXECUTE: its portal is one of the statement it names */
    PREPARED_COPY,        /* COPY; the plan is that of what goes out */
    PREPARED_COMMAND,     /* sql/command */
};

/* What a binding depends on besides the text: equal stamps mean the same binding. */
struct prepared_stamp {
    uint64_t objects; /* store epochs of the catalog's spaces; 0: do not compare */
    uint64_t names;
    uint64_t path; /* of the session: search path, database, role */
};

struct prepared {
    atomic_int refs;
    struct parsed_text *parsed;
    const struct ast_statement *statement; /* NULL: EMPTY */
    enum prepared_kind kind;
    struct arena *arena; /* of all below */
    struct bind_parameters parameters;
    struct bound_columns columns; /* none: it yields no rows */
    const struct plan_statement *plan;
    bool is_silent; /* INSERT, UPDATE, DELETE without RETURNING: rows only count */
    /* literal.h: literals of the text that are parameters of the plan. */
    const struct type **literal_types;
    size_t literal_count;
    struct parsed_text *executed; /* EXPLAIN EXECUTE: where that statement's tree is */
    struct prepared_stamp stamp;
};

enum prepared_kind prepared_kind_of(const struct ast_statement *statement);

/* One statement of a string, and the client's parameter types for it. */
struct prepared_source {
    struct parsed_text *parsed;
    const struct ast_statement *statement; /* of `parsed`; NULL: an empty string */
    const struct type *const *declared;    /* NULL where the client left one open */
    size_t declared_count;
    bool is_closed; /* the simple protocol: no parameters (42P02) */
    bool is_cursor; /* DECLARE: the cursor's query is meant, as kind QUERY */
    const struct prepared *executed; /* EXPLAIN EXECUTE: what EXECUTE names */
};

/* Binds and plans; `parsed` gains a reference. */
struct prepared_request {
    struct prepared_source source;
    struct prepared_stamp stamp;
};
enum rc prepared_new(const struct prepared_request *request,
                     const struct bind_surroundings *surroundings,
                     struct prepared **prepared_out, struct error *err) MUST_USE;
struct prepared *prepared_ref(struct prepared *prepared);
void prepared_unref(struct prepared **prepared);

/* Columns that the session knows of: copied. Before the statement is shared. */
void prepared_set_columns(struct prepared *prepared, const struct bound_columns *columns);

/* False when the stamp shows that it must be bound anew. */
bool prepared_is_current(const struct prepared *prepared, struct prepared_stamp stamp);

/* Same number, names and types of columns. */
bool prepared_same_columns(const struct prepared *a, const struct prepared *b);

/* The command tag of a query: "SELECT 5", "SHOW". */
void prepared_tag(const struct prepared *prepared, uint64_t row_count, char out[64]);

#endif
