/* AND, OR, NOT, tests, CASE, COALESCE, GREATEST, LEAST. */
#include "sql/bind/binder.h"

enum rc expression_logic(struct binder *binder, struct scope *scope,
                         const struct ast_expression *expression,
                         const struct bound **out)
{
    static const char *const names[] = {"AND", "OR", "NOT"};
    size_t which = expression->kind == EXPRESSION_AND  ? 0
                   : expression->kind == EXPRESSION_OR ? 1
                                                       : 2;
    enum bound_kind kind = which == 0 ? BOUND_AND : which == 1 ? BOUND_OR : BOUND_NOT;
    struct ast_expression *only = expression->operand;
    struct ast_expression_list one = {&only, 1};
    const struct ast_expression_list *list = which == 2 ? &one : &expression->list;
    struct bound *bound = bound_new(binder, kind, type_find_oid(TYPE_BOOL), list->count,
                                    binder_place(binder, expression->span));
    for (size_t i = 0; i < list->count; i++) {
        const struct bound *operand = NULL;
        TRY(expression_bind(binder, scope, list->items[i], &operand));
        TRY(coerce_boolean(binder, operand, names[which], &bound->arguments[i]));
    }
    *out = bound;
    return RC_OK;
}

static enum rc null_test(struct binder *binder, struct scope *scope,
                         const struct ast_expression *expression,
                         const struct ast_expression *operand, const struct bound **out)
{
    struct bound *bound = bound_new(binder, BOUND_IS_NULL, type_find_oid(TYPE_BOOL), 1,
                                    binder_place(binder, expression->span));
    const struct bound *value = NULL;
    TRY(expression_bind(binder, scope, operand, &value));
    if (value->kind == BOUND_CONSTANT)
        TRY(coerce_unknown_to_text(binder, value, &value));
    bound->arguments[0] = value;
    bound->test.negated = expression->test.is_negated;
    *out = value->type->oid == TYPE_RECORD
               ? record_null_test(binder, value, expression->test.is_negated)
               : bound;
    return RC_OK;
}

enum rc expression_test(struct binder *binder, struct scope *scope,
                        const struct ast_expression *expression, const struct bound **out)
{
    static const char *const names[][2] = {
        [TEST_TRUE] = {"IS TRUE", "IS NOT TRUE"},
        [TEST_FALSE] = {"IS FALSE", "IS NOT FALSE"},
        [TEST_UNKNOWN] = {"IS UNKNOWN", "IS NOT UNKNOWN"},
    };
    static const enum bound_boolean values[] = {
        [TEST_TRUE] = BOUND_TRUE,
        [TEST_FALSE] = BOUND_FALSE,
        [TEST_UNKNOWN] = BOUND_UNKNOWN,
    };
    const struct ast_test *test = &expression->test;
    if (test->kind == TEST_NULL)
        return null_test(binder, scope, expression, test->operand, out);
    struct bound *bound = bound_new(binder, BOUND_IS_BOOLEAN, type_find_oid(TYPE_BOOL), 1,
                                    binder_place(binder, expression->span));
    const struct bound *operand = NULL;
    TRY(expression_bind(binder, scope, test->operand, &operand));
    TRY(coerce_boolean(binder, operand, names[test->kind][test->is_negated ? 1 : 0],
                       &bound->arguments[0]));
    bound->test.negated = test->is_negated;
    bound->test.boolean = values[test->kind];
    *out = bound;
    return RC_OK;
}

/* ---- CASE ---- */

static enum rc case_condition(struct binder *binder, struct scope *scope,
                              const struct ast_case_branch *branch,
                              const struct bound *operand, const struct bound **out)
{
    struct ast_name equals = operator_name(binder, "=");
    const struct bound *when = NULL;
    TRY(expression_bind(binder, scope, branch->when, &when));
    if (operand != NULL)
        TRY(operator_bind(binder, &equals, branch->span, operand, when, &when));
    return coerce_boolean(binder, when, "CASE/WHEN", out);
}

static enum rc case_operand(struct binder *binder, struct scope *scope,
                            const struct ast_cases *cases, const struct bound **out)
{
    if (cases->operand == NULL)
        return RC_OK;
    TRY(expression_bind(binder, scope, cases->operand, out));
    TRY(coerce_no_set(binder, *out, "CASE"));
    return coerce_unknown_to_text(binder, *out, out);
}

/* ELSE counts first when the results' type is chosen, as in PostgreSQL. */
static enum rc case_results(struct binder *binder, struct scope *scope,
                            const struct ast_cases *cases, const struct bound ***out)
{
    const struct bound **results =
        ARENA_ARRAY(binder->arena, const struct bound *, cases->branch_count + 1);
    *out = results;
    for (size_t i = 0; i < cases->branch_count; i++)
        TRY(expression_bind(binder, scope, cases->branches[i].then, &results[i + 1]));
    if (cases->otherwise != NULL)
        return expression_bind(binder, scope, cases->otherwise, &results[0]);
    struct bound *null =
        bound_new(binder, BOUND_CONSTANT, type_find_oid(TYPE_UNKNOWN), 0, 0);
    null->constant.null = true;
    results[0] = null;
    return RC_OK;
}

enum rc expression_case(struct binder *binder, struct scope *scope,
                        const struct ast_expression *expression, const struct bound **out)
{
    const struct ast_cases *cases = expression->cases;
    size_t count = cases->branch_count;
    const struct bound *operand = NULL;
    const struct bound **results = NULL;
    const struct type *type = NULL;
    struct bound *bound = bound_new(binder, BOUND_CASE, NULL, 2 * count + 1,
                                    binder_place(binder, expression->span));
    TRY(case_operand(binder, scope, cases, &operand));
    struct shared_operand shared = {NULL, 0};
    if (operand != NULL)
        shared = shared_open(binder, &operand);
    for (size_t i = 0; i < count; i++)
        TRY(case_condition(binder, scope, &cases->branches[i], operand,
                           &bound->arguments[2 * i]));
    TRY(case_results(binder, scope, cases, &results));
    TRY(coerce_common(binder, "CASE", results, count + 1, &type));
    TRY(coerce_all(binder, results, count + 1, type));
    for (size_t i = 0; i < count; i++)
        bound->arguments[2 * i + 1] = results[i + 1];
    bound->arguments[2 * count] = results[0];
    bound->type = type;
    for (size_t i = 0; i < bound->argument_count; i++)
        TRY(coerce_no_set(binder, bound->arguments[i], "CASE"));
    *out = shared_close(binder, &shared, bound);
    return RC_OK;
}

/* ---- COALESCE, GREATEST, LEAST ---- */

enum rc expression_choice(struct binder *binder, struct scope *scope,
                          const struct ast_expression *expression,
                          const struct bound **out)
{
    bool is_coalesce = expression->kind == EXPRESSION_COALESCE;
    bool is_greatest = expression->kind == EXPRESSION_GREATEST;
    const char *name = is_coalesce ? "COALESCE" : is_greatest ? "GREATEST" : "LEAST";
    const struct type *type = NULL;
    struct bound *bound =
        bound_new(binder, is_coalesce ? BOUND_COALESCE : BOUND_EXTREME, NULL,
                  expression->list.count, binder_place(binder, expression->span));
    TRY(expression_list(binder, scope, &expression->list, &bound->arguments));
    TRY(coerce_common(binder, name, bound->arguments, bound->argument_count, &type));
    TRY(coerce_all(binder, bound->arguments, bound->argument_count, type));
    bound->type = type;
    bound->greatest = is_greatest;
    if (is_coalesce) {
        for (size_t i = 0; i < bound->argument_count; i++)
            TRY(coerce_no_set(binder, bound->arguments[i], "COALESCE"));
    } else if (type->methods->compare == NULL) {
        return error_set_at(binder->err, binder_position(binder, expression->span),
                            SQLSTATE_UNDEFINED_FUNCTION,
                            "could not identify a comparison function for type %s",
                            type_title(binder->arena, type));
    }
    *out = bound;
    return RC_OK;
}
