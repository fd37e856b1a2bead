#ifndef SERVER_LITERAL_H
#define SERVER_LITERAL_H

#include "server/prepared.h"
#include "sql/parse/scan.h"

/* Literals as parameters: statements that differ in their literals alone share one plan.
 * A statement is shared only when every literal of its text has become a constant of the
 * plan that can be told by its place, has that literal's value, and is read by nothing
 * but the executor; so types, names of columns, the plan and places of errors cannot
 * depend on the value. A literal that is no value of the type that it must have makes
 * its statement one to be read anew, with the error that it then gets. */

struct literal {
    enum token_kind kind; /* STRING, INTEGER or NUMBER */
    uint32_t place;       /* byte of the text + 1 */
    struct bytes text;    /* the value's text */
};

/* The literals of a text that holds one statement. */
struct literal_text {
    struct bytes key; /* equal for texts that differ in literals only; no text itself */
    struct literal *items;
    size_t count;
    bool has_clock; /* 'now' and its kin may be among them: a plan is good but once */
};

/* False: nothing to share. In the arena; the text is borrowed. */
bool literal_scan(struct arena *arena, struct bytes text, struct literal_text *out);

/* Turns the constants of the plan into parameters, one a literal. False: it cannot be
 * done, and nothing is changed. Before the statement is shared. */
bool literal_lift(struct prepared *prepared, const struct literal_text *literals,
                  const struct type_context *types);

/* The values of a text's literals for such a statement; false: one of them does not fit.
 */
bool literal_values(const struct prepared *prepared, const struct literal_text *literals,
                    const struct type_context *types, struct arena *arena,
                    struct value *values_out);

/* Both have the same columns and the same plan. For tests. */
bool literal_same_plan(const struct prepared *a, const struct prepared *b);

#endif
