#ifndef SQL_EXEC_EXECUTE_INTERNAL_H
#define SQL_EXEC_EXECUTE_INTERNAL_H

#include "sql/exec/evaluate.h"
#include "sql/exec/execute_rows.h"

/* Shared by the operators; execute.h is the outside. Everything that an execution makes
 * is in arenas below its own, so that nothing needs closing singly. */

struct node;

/* One row of the table by kind of plan. The state of an operator is a struct that begins
 * with a struct node; it starts zeroed. */
struct operator_class {
    size_t size;
    /* Called once when the tree is made, and after each forgetting; NULL: nothing to do.
     * It must not evaluate anything. */
    enum rc (*open)(struct node *node, struct error *err);
    /* At most `room` rows (1 .. VECTOR_ROWS_MAX); RC_EOF after the last. Nobody asks an
     * input for more rows than PostgreSQL would, where these could raise an error. */
    enum rc (*next)(struct node *node, size_t room, struct batch *batch_out,
                    struct error *err);
    /* Back to the start, places of BOUND_OUTER being about to change; it must not read
     * them. NULL: forgets its state and rewinds its inputs. */
    enum rc (*rewind)(struct node *node, struct error *err);
};

struct node {
    const struct operator_class *class;
    const struct plan *plan;
    struct execution *execution;
    struct node **inputs;
    struct arena *arena;       /* until the operator is rewound */
    struct arena *batch_arena; /* until its next batch */
    uint64_t bound;            /* no more rows than this are wanted; 0: not known */
    bool has_ended;
};

/* The places (BOUND_OUTER, and the rounds of recursions) that a plan reads and does not
 * fill itself: while their values are the same, so are its rows. */
struct dependency {
    uint32_t place;
    const struct type *type;
};

struct dependencies {
    struct dependency *items;
    size_t count;
    bool is_volatile;     /* a function in it may change its answer */
    struct value *values; /* those of the time when the rows were taken */
    bool is_taken;
};

/* A query of WITH that several readers share: rows are pulled as the first of them needs
 * them. */
struct common {
    struct node *producer;
    struct arena *arena;
    struct row_store rows;
    struct dependencies dependencies;
    bool is_open;
    bool is_complete;
};

struct live;
struct subplan;

struct execution {
    struct arena *arena;
    struct execution_settings settings;
    const struct plan_statement *plan;
    struct node *root;
    struct value *places;           /* outer_count, then one round per recursion */
    const struct row_store **works; /* per recursion: the rows of the round before */
    struct common *commons;
    struct subplan *subplans;
    struct live *lives; /* live relations that were read */
    struct evaluation_runner runner;
    struct execution_heap *heaps; /* tables that were opened: operator_table.h */
    uint64_t serial;              /* what is read is as of this edit of the transaction */
    int64_t rounds;               /* of all recursions so far */
    int64_t until_us;             /* execution_set_deadline() */
    unsigned check_count;
    bool is_interrupted;
    bool has_failed;
};

/* An evaluation with what it points to. Stays where it is. */
struct evaluator {
    struct evaluation evaluation;
    struct type_context types;
};

void evaluator_init(struct evaluator *evaluator, struct execution *execution,
                    struct arena *arena, const struct vector *columns);

/* Evaluates expressions over a dense batch; *out has one column each. */
enum rc evaluate_all(const struct evaluator *evaluator, const struct bound *const *items,
                     size_t item_count, size_t row_count, struct vector **out,
                     struct error *err) MUST_USE;

/* An expression that reads no slot. */
enum rc evaluate_value(struct execution *execution, struct arena *arena,
                       const struct bound *expression, struct value *value_out,
                       struct error *err) MUST_USE;

/* The rows 0 .. count-1. */
struct selection selection_all(size_t count);

/* Fails once the statement is cancelled or past its memory. */
enum rc execution_check(struct execution *execution, struct error *err) MUST_USE;

/* Makes the operators of a plan, inputs and all. */
enum rc operator_make(struct execution *execution, const struct plan *plan,
                      struct node **node_out, struct error *err) MUST_USE;
enum rc operator_next(struct node *node, size_t room, struct batch *batch_out,
                      struct error *err) MUST_USE;
enum rc operator_rewind(struct node *node, struct error *err) MUST_USE;
/* Tells a node, before its first row since it was rewound, that no more than so many rows
 * will be asked for. */
void operator_bound(struct node *node, uint64_t rows);
/* What rewinding does when the class has no way of its own. */
enum rc operator_forget(struct node *node, struct error *err) MUST_USE;

/* Runs the shared queries that must be run to their end. */
enum rc commons_finish(struct execution *execution, struct error *err) MUST_USE;

/* Appends all rows of an input to a store. */
enum rc operator_load(struct node *node, struct row_store *store,
                      struct error *err) MUST_USE;

/* Gives stored rows from *at on as a batch of the operator; RC_EOF when none is left. */
enum rc operator_give(struct node *node, const struct row_store *store, size_t *at,
                      size_t room, struct batch *batch_out, struct error *err) MUST_USE;

/* Finds what the plan depends on, in the execution's arena. */
void dependencies_find(struct execution *execution, const struct plan *plan,
                       struct dependencies *out);
/* Whether the places still have the values that were kept. */
bool dependencies_hold(struct execution *execution,
                       const struct dependencies *dependencies);
/* Keeps the places' values, in the arena. */
void dependencies_take(struct execution *execution, struct dependencies *dependencies,
                       struct arena *arena);

/* The runner's answer to BOUND_SUBPLAN. */
enum rc subplan_evaluate(void *owner, const struct evaluation *evaluation,
                         const struct bound *expression, struct selection selection,
                         struct vector *out, struct error *err);

/* Fills the places for one row. `values` are the bindings' columns. */
void bindings_set(struct execution *execution, const struct plan_bindings *bindings,
                  const struct vector *values, size_t row);
/* The bindings' columns for the selected rows; undefined elsewhere. */
enum rc bindings_evaluate(const struct evaluation *evaluation,
                          const struct plan_bindings *bindings,
                          struct selection selection, struct vector **out,
                          struct error *err) MUST_USE;

/* A set-returning call at work on one row of arguments; a scalar expression counts as a
 * set of one. */
struct set_run {
    struct call call;
    const struct set_function *function; /* NULL: scalar */
    void *state;
    struct value *arguments; /* scalar: the value */
    bool has_ended;
};

/* Whether the expression is itself a call of a set-returning function. */
bool set_is_call(const struct bound *expression);
void set_run_open(struct set_run *run, const struct evaluation *evaluation,
                  const struct bound *expression, struct value *arguments);
/* RC_EOF after the last, and again. */
enum rc set_run_next(struct set_run *run, struct value *value_out,
                     struct error *err) MUST_USE;

/* Sorts row numbers or pointers. Stable. */
struct row_order {
    const struct row_store *store;
    const struct plan_sort_key *keys;
    size_t key_count;
    struct execution *execution;
};

int rows_compare(const struct row_order *order, union datum *a, union datum *b);
/* `rows` are rows of the store; scratch memory comes from its arena. */
enum rc rows_sort(const struct row_order *order, union datum **rows, size_t count,
                  struct error *err) MUST_USE;

extern const struct operator_class operator_one_row;
extern const struct operator_class operator_empty;
extern const struct operator_class operator_system;
extern const struct operator_class operator_table;
extern const struct operator_class operator_index;
extern const struct operator_class operator_modify;
extern const struct operator_class operator_lock;
extern const struct operator_class operator_values;
extern const struct operator_class operator_function;
extern const struct operator_class operator_filter;
extern const struct operator_class operator_project;
extern const struct operator_class operator_project_set;
extern const struct operator_class operator_hash_join;
extern const struct operator_class operator_nested_join;
extern const struct operator_class operator_aggregate;
extern const struct operator_class operator_window;
extern const struct operator_class operator_sort;
extern const struct operator_class operator_distinct;
extern const struct operator_class operator_distinct_on;
extern const struct operator_class operator_limit;
extern const struct operator_class operator_append;
extern const struct operator_class operator_intersect;
extern const struct operator_class operator_except;
extern const struct operator_class operator_materialize;
extern const struct operator_class operator_common;
extern const struct operator_class operator_recursive;
extern const struct operator_class operator_work;

#endif
