#ifndef SQL_FUNCTIONS_FUNCTION_H
#define SQL_FUNCTIONS_FUNCTION_H

#include "sql/types/type.h"

/* Functions, aggregates, set-returning functions and operators: one table, with the OIDs
 * and signatures of PostgreSQL 15 (manual, chapter 9). It feeds the binder, pg_proc and
 * pg_operator. */

enum {
    FUNCTION_ARGUMENTS_MAX = 100, /* of a call */
    FUNCTION_SIGNATURE_MAX = 7,   /* of a row of the table */
};

struct call;

/* What the server knows and a function may ask. `call` answers every function of the
 * kind FUNCTION_ENVIRONMENT (current_user, current_setting, pg_get_userbyid...), told
 * apart by call->function->oid. */
struct environment {
    void *owner;
    enum rc (*call)(void *owner, struct call *call, const struct value *arguments,
                    struct value *result, struct error *err);
};

/* One row. A strict function never sees NULL. The result starts as not NULL. */
#define FUNCTION_ROW(name)                                                               \
    enum rc function_##name(struct call *call, const struct value *arguments,            \
                            struct value *result, struct error *err)

/* An aggregate's state starts zeroed in memory of state_size bytes. step() sees no NULL
 * when the function is strict. What a state points to lives in call->arena, which must
 * then outlive the group. */
struct aggregate {
    size_t state_size;
    enum rc (*step)(struct call *call, void *state, const struct value *arguments,
                    struct error *err);
    enum rc (*final)(struct call *call, void *state, struct value *result,
                     struct error *err);
};

/* A set-returning function: next() gives one row, RC_EOF after the last. The state
 * starts zeroed. */
struct set_function {
    size_t state_size;
    enum rc (*next)(struct call *call, void *state, const struct value *arguments,
                    struct value *result, struct error *err);
};

enum function_kind {
    FUNCTION_SCALAR,
    FUNCTION_ENVIRONMENT, /* scalar, answered by struct environment */
    FUNCTION_AGGREGATE,
    FUNCTION_SET,
    FUNCTION_WINDOW, /* carried out by the executor, told apart by OID */
};

struct function {
    uint32_t oid;
    const char *name;
    enum function_kind kind;
    uint32_t result;   /* type OID; polymorphic ones are resolved per call */
    bool strict;       /* any NULL argument makes the result NULL */
    char volatility;   /* i, s or v */
    uint32_t variadic; /* element type of a trailing VARIADIC parameter; 0: none */
    uint32_t argument_count;
    uint32_t arguments[FUNCTION_SIGNATURE_MAX];
    union {
        enum rc (*row)(struct call *call, const struct value *arguments,
                       struct value *result, struct error *err);
        const struct aggregate *aggregate;
        const struct set_function *set;
    } run;
};

/* One bound call. The types are those of this call, polymorphism resolved. */
struct call {
    const struct function *function;
    struct arena *arena; /* of the results */
    const struct type_context *types;
    const struct environment *environment;
    size_t argument_count;
    const struct type *const *argument_types;
    const struct type *result_type;
    /* What the function keeps from one row to the next (a compiled pattern, a time zone);
     * starts NULL, lives in the arena. A call that is copied must be given NULL again. */
    void *memory;
};

struct operator_row {
    uint32_t oid;
    const char *name;
    uint32_t left; /* 0: prefix operator */
    uint32_t right;
    uint32_t result;
    uint32_t function;
    uint32_t commutator; /* 0: none */
    uint32_t negator;    /* 0: none */
};

size_t function_count(void);
const struct function *function_at(size_t index);
const struct function *function_find_oid(uint32_t oid);

/* The next row of that name from *at on (start with 0), NULL at the end. Rows are sorted
 * by name, so that the first is found by halving. */
const struct function *function_candidates(struct bytes name, size_t *at);

/* How many arguments at the end may be left out (pg_proc.pronargdefaults). A call without
 * them has that many fewer in call->argument_count. */
uint32_t function_default_count(const struct function *function);

size_t operator_count(void);
const struct operator_row *operator_at(size_t index);
const struct operator_row *operator_find_oid(uint32_t oid);
const struct operator_row *operator_candidates(struct bytes name, size_t *at);

/* Computes the selected rows of a scalar function. `arguments` are call->argument_count
 * columns; NULLs are handled as the function's strictness says. */
enum rc function_evaluate(struct call *call, const struct vector *arguments,
                          struct selection selection, struct vector *result,
                          struct error *err);

/* One row of it. */
enum rc function_evaluate_row(struct call *call, const struct value *arguments,
                              struct value *result, struct error *err);

#endif
