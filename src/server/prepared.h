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
};

/* Copies the text. */
enum rc parsed_text_new(struct bytes text, struct parsed_text **parsed_out,
                        struct error *err) MUST_USE;
struct parsed_text *parsed_text_ref(struct parsed_text *parsed);
void parsed_text_unref(struct parsed_text **parsed);

enum prepared_kind {
    PREPARED_EMPTY,       /* a string without a statement */
    PREPARED_QUERY,       /* a plan */
    PREPARED_EXPLAIN,     /* the plan, told as rows */
    PREPARED_TRANSACTION, /* BEGIN ... RELEASE */
    PREPARED_SESSION,     /* DEALLOCATE, DISCARD */
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

/* False when the stamp shows that it must be bound anew. */
bool prepared_is_current(const struct prepared *prepared, struct prepared_stamp stamp);

/* Same number, names and types of columns. */
bool prepared_same_columns(const struct prepared *a, const struct prepared *b);

/* The command tag of a query: "SELECT 5", "SHOW". */
void prepared_tag(const struct prepared *prepared, uint64_t row_count, char out[64]);

#endif
