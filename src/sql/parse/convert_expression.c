/* Expressions. Each converter fills an expression that is made, with kind and place set
 * by its caller where they are plain. */
#include <string.h>

#include "sql/parse/convert.h"

static struct ast_expression *
new_expression(struct convert *convert, enum ast_expression_kind kind, int32_t location)
{
    struct ast_expression *expression = ARENA_NEW(convert->arena, struct ast_expression);
    expression->kind = kind;
    expression->span = convert_span(convert, location);
    return expression;
}

struct ast_expression_list convert_expressions(struct convert *convert,
                                               struct nodes nodes)
{
    struct ast_expression_list list = {
        ARENA_ARRAY(convert->arena, struct ast_expression *, nodes.count), 0};
    for (size_t i = 0; i < nodes.count; i++) {
        struct ast_expression *item = convert_expression(convert, nodes.items[i]);
        if (item != NULL)
            list.items[list.count++] = item;
    }
    return list;
}

static struct ast_expression_list list_node(struct convert *convert,
                                            const PgQuery__Node *node)
{
    if (node == NULL || node->node_case != PG_QUERY__NODE__NODE_LIST)
        return (struct ast_expression_list){NULL, 0};
    return convert_expressions(convert, NODES(node->list, items));
}

static struct ast_expression *constant(struct convert *convert,
                                       const PgQuery__AConst *node)
{
    struct ast_expression *expression =
        new_expression(convert, EXPRESSION_CONSTANT, node->location);
    struct ast_constant *value = &expression->constant;
    if (node->isnull)
        return expression;
    switch (node->val_case) {
    case PG_QUERY__A__CONST__VAL_IVAL:
        value->kind = CONSTANT_INTEGER;
        value->integer = node->ival->ival;
        break;
    case PG_QUERY__A__CONST__VAL_FVAL:
        value->kind = CONSTANT_NUMERIC;
        value->text = arena_strdup(convert->arena, node->fval->fval);
        break;
    case PG_QUERY__A__CONST__VAL_BOOLVAL:
        value->kind = CONSTANT_BOOL;
        value->boolean = node->boolval->boolval;
        break;
    case PG_QUERY__A__CONST__VAL_SVAL:
        value->kind = CONSTANT_STRING;
        value->text = arena_strdup(convert->arena, node->sval->sval);
        break;
    case PG_QUERY__A__CONST__VAL_BSVAL:
        value->kind = CONSTANT_BITS;
        value->text = arena_strdup(convert->arena, node->bsval->bsval);
        break;
    default:
        break;
    }
    return expression;
}

static struct ast_expression *column(struct convert *convert,
                                     const PgQuery__ColumnRef *node)
{
    struct ast_expression *expression =
        new_expression(convert, EXPRESSION_COLUMN, node->location);
    struct nodes fields = NODES(node, fields);
    const PgQuery__Node *last = fields.items[fields.count - 1];
    if (last->node_case == PG_QUERY__NODE__NODE_A_STAR) {
        expression->column.has_star = true;
        fields.count--;
    }
    expression->column.name = convert_name(convert, fields, node->location);
    return expression;
}

static struct ast_expression *parameter(struct convert *convert,
                                        const PgQuery__ParamRef *node)
{
    struct ast_expression *expression =
        new_expression(convert, EXPRESSION_PARAMETER, node->location);
    expression->parameter = node->number;
    if (node->number > convert->parameter_max)
        convert->parameter_max = node->number;
    return expression;
}

static bool is_system_call(const PgQuery__FuncCall *call, const char *name)
{
    return call->n_funcname == 2 &&
           call->funcname[0]->node_case == PG_QUERY__NODE__NODE_STRING &&
           call->funcname[1]->node_case == PG_QUERY__NODE__NODE_STRING &&
           strcmp(call->funcname[0]->string->sval, "pg_catalog") == 0 &&
           strcmp(call->funcname[1]->string->sval, name) == 0;
}

/* The grammar wraps a pattern with ESCAPE into like_escape() or similar_to_escape(). */
static void pattern(struct convert *convert, const PgQuery__Node *node,
                    struct ast_like_match *like)
{
    if (node->node_case == PG_QUERY__NODE__NODE_FUNC_CALL) {
        const PgQuery__FuncCall *call = node->func_call;
        bool is_wrapped = like->kind == LIKE_SIMILAR
                              ? is_system_call(call, "similar_to_escape")
                              : is_system_call(call, "like_escape");
        if (is_wrapped && call->n_args >= 1 && call->n_args <= 2) {
            like->pattern = convert_expression(convert, call->args[0]);
            if (call->n_args == 2)
                like->escape = convert_expression(convert, call->args[1]);
            return;
        }
    }
    like->pattern = convert_expression(convert, node);
}

static const char *operator_text(const PgQuery__AExpr *node)
{
    const PgQuery__Node *last = node->n_name == 0 ? NULL : node->name[node->n_name - 1];
    bool is_string = last != NULL && last->node_case == PG_QUERY__NODE__NODE_STRING;
    return is_string ? last->string->sval : "";
}

static void like(struct convert *convert, const PgQuery__AExpr *node,
                 struct ast_expression *expression)
{
    expression->kind = EXPRESSION_LIKE;
    expression->like.kind = node->kind == PG_QUERY__A__EXPR__KIND__AEXPR_LIKE ? LIKE_LIKE
                            : node->kind == PG_QUERY__A__EXPR__KIND__AEXPR_ILIKE
                                ? LIKE_ILIKE
                                : LIKE_SIMILAR;
    expression->like.is_negated = operator_text(node)[0] == '!';
    expression->like.left = convert_expression(convert, node->lexpr);
    pattern(convert, node->rexpr, &expression->like);
}

static void between(struct convert *convert, const PgQuery__AExpr *node,
                    struct ast_expression *expression)
{
    expression->kind = EXPRESSION_BETWEEN;
    struct ast_between *between = &expression->between;
    between->is_negated = node->kind == PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN ||
                          node->kind == PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN_SYM;
    between->is_symmetric = node->kind == PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN_SYM ||
                            node->kind == PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN_SYM;
    between->value = convert_expression(convert, node->lexpr);
    struct ast_expression_list bounds = list_node(convert, node->rexpr);
    between->low = bounds.count > 0 ? bounds.items[0] : NULL;
    between->high = bounds.count > 1 ? bounds.items[1] : NULL;
}

static void in(struct convert *convert, const PgQuery__AExpr *node,
               struct ast_expression *expression)
{
    expression->kind = EXPRESSION_IN;
    expression->in.is_negated = strcmp(operator_text(node), "<>") == 0;
    expression->in.left = convert_expression(convert, node->lexpr);
    expression->in.list = list_node(convert, node->rexpr);
}

static enum ast_expression_kind operation_kind(PgQuery__AExprKind kind)
{
    switch ((int)kind) {
    case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ANY:
        return EXPRESSION_OPERATOR_ANY;
    case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ALL:
        return EXPRESSION_OPERATOR_ALL;
    case PG_QUERY__A__EXPR__KIND__AEXPR_DISTINCT:
        return EXPRESSION_DISTINCT;
    case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_DISTINCT:
        return EXPRESSION_NOT_DISTINCT;
    case PG_QUERY__A__EXPR__KIND__AEXPR_NULLIF:
        return EXPRESSION_NULLIF;
    default:
        return EXPRESSION_OPERATOR;
    }
}

static struct ast_expression *operation(struct convert *convert,
                                        const PgQuery__AExpr *node)
{
    struct ast_expression *expression =
        new_expression(convert, operation_kind(node->kind), node->location);
    switch ((int)node->kind) {
    case PG_QUERY__A__EXPR__KIND__AEXPR_LIKE:
    case PG_QUERY__A__EXPR__KIND__AEXPR_ILIKE:
    case PG_QUERY__A__EXPR__KIND__AEXPR_SIMILAR:
        like(convert, node, expression);
        return expression;
    case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN:
    case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN:
    case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN_SYM:
    case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN_SYM:
        between(convert, node, expression);
        return expression;
    case PG_QUERY__A__EXPR__KIND__AEXPR_IN:
        in(convert, node, expression);
        return expression;
    default:
        break;
    }
    expression->operation.name = convert_name(convert, NODES(node, name), node->location);
    expression->operation.left = convert_expression(convert, node->lexpr);
    expression->operation.right = convert_expression(convert, node->rexpr);
    return expression;
}

struct ast_sort_list convert_sorts(struct convert *convert, struct nodes nodes)
{
    static const enum ast_sort_direction directions[] = {
        SORT_DEFAULT, SORT_DEFAULT, SORT_ASCENDING, SORT_DESCENDING, SORT_USING};
    static const enum ast_sort_nulls nulls[] = {SORT_NULLS_DEFAULT, SORT_NULLS_DEFAULT,
                                                SORT_NULLS_FIRST, SORT_NULLS_LAST};
    struct ast_sort_list list = {
        ARENA_ARRAY(convert->arena, struct ast_sort_item, nodes.count), 0};
    for (size_t i = 0; i < nodes.count; i++) {
        if (nodes.items[i]->node_case != PG_QUERY__NODE__NODE_SORT_BY)
            continue;
        const PgQuery__SortBy *node = nodes.items[i]->sort_by;
        struct ast_sort_item *item = &list.items[list.count++];
        item->expression = convert_expression(convert, node->node);
        item->span = item->expression->span;
        if ((size_t)node->sortby_dir < ARRAY_COUNT(directions))
            item->direction = directions[node->sortby_dir];
        if ((size_t)node->sortby_nulls < ARRAY_COUNT(nulls))
            item->nulls = nulls[node->sortby_nulls];
        item->using_operator = convert_name(convert, NODES(node, use_op), node->location);
    }
    return list;
}

static void arguments(struct convert *convert, const PgQuery__FuncCall *node,
                      struct ast_call *call)
{
    struct ast_expression_list *list = &call->arguments;
    list->items = ARENA_ARRAY(convert->arena, struct ast_expression *, node->n_args);
    for (size_t i = 0; i < node->n_args; i++) {
        const PgQuery__Node *argument = node->args[i];
        if (argument->node_case == PG_QUERY__NODE__NODE_NAMED_ARG_EXPR) {
            if (call->argument_names == NULL)
                call->argument_names =
                    ARENA_ARRAY(convert->arena, const char *, node->n_args);
            call->argument_names[i] =
                arena_strdup(convert->arena, argument->named_arg_expr->name);
            argument = argument->named_arg_expr->arg;
        }
        list->items[list->count++] = convert_expression(convert, argument);
    }
}

struct ast_expression *convert_call(struct convert *convert,
                                    const PgQuery__FuncCall *node)
{
    struct ast_expression *expression =
        new_expression(convert, EXPRESSION_CALL, node->location);
    struct ast_call *call = ARENA_NEW(convert->arena, struct ast_call);
    expression->call = call;
    call->name = convert_name(convert, NODES(node, funcname), node->location);
    arguments(convert, node, call);
    call->is_star = node->agg_star;
    call->is_distinct = node->agg_distinct;
    call->is_variadic = node->func_variadic;
    call->is_within_group = node->agg_within_group;
    call->is_sql_syntax = node->funcformat == PG_QUERY__COERCION_FORM__COERCE_SQL_SYNTAX;
    call->order_by = convert_sorts(convert, NODES(node, agg_order));
    call->filter = convert_expression(convert, node->agg_filter);
    call->over = node->over == NULL ? NULL : convert_window(convert, node->over, true);
    return expression;
}

static struct ast_expression *boolean(struct convert *convert,
                                      const PgQuery__BoolExpr *node)
{
    struct ast_expression *expression =
        new_expression(convert, EXPRESSION_AND, node->location);
    if (node->boolop == PG_QUERY__BOOL_EXPR_TYPE__NOT_EXPR) {
        expression->kind = EXPRESSION_NOT;
        expression->operand = convert_expression(convert, node->args[0]);
        return expression;
    }
    if (node->boolop == PG_QUERY__BOOL_EXPR_TYPE__OR_EXPR)
        expression->kind = EXPRESSION_OR;
    expression->list = convert_expressions(convert, NODES(node, args));
    return expression;
}

static struct ast_expression *boolean_test(struct convert *convert,
                                           const PgQuery__BooleanTest *node)
{
    static const struct {
        enum ast_boolean_test kind;
        bool is_negated;
    } tests[] = {{TEST_TRUE, false},  {TEST_TRUE, false}, {TEST_TRUE, true},
                 {TEST_FALSE, false}, {TEST_FALSE, true}, {TEST_UNKNOWN, false},
                 {TEST_UNKNOWN, true}};
    struct ast_expression *expression =
        new_expression(convert, EXPRESSION_BOOLEAN_TEST, node->location);
    expression->test.operand = convert_expression(convert, node->arg);
    size_t which = (size_t)node->booltesttype;
    if (which < ARRAY_COUNT(tests)) {
        expression->test.kind = tests[which].kind;
        expression->test.is_negated = tests[which].is_negated;
    }
    return expression;
}

static struct ast_expression *null_test(struct convert *convert,
                                        const PgQuery__NullTest *node)
{
    struct ast_expression *expression =
        new_expression(convert, EXPRESSION_NULL_TEST, node->location);
    expression->test.operand = convert_expression(convert, node->arg);
    expression->test.kind = TEST_NULL;
    expression->test.is_negated =
        node->nulltesttype == PG_QUERY__NULL_TEST_TYPE__IS_NOT_NULL;
    return expression;
}

static struct ast_expression *cases(struct convert *convert,
                                    const PgQuery__CaseExpr *node)
{
    struct ast_expression *expression =
        new_expression(convert, EXPRESSION_CASE, node->location);
    struct ast_cases *cases = ARENA_NEW(convert->arena, struct ast_cases);
    expression->cases = cases;
    cases->operand = convert_expression(convert, node->arg);
    cases->otherwise = convert_expression(convert, node->defresult);
    cases->branches = ARENA_ARRAY(convert->arena, struct ast_case_branch, node->n_args);
    for (size_t i = 0; i < node->n_args; i++) {
        if (node->args[i]->node_case != PG_QUERY__NODE__NODE_CASE_WHEN)
            continue;
        const PgQuery__CaseWhen *when = node->args[i]->case_when;
        struct ast_case_branch *branch = &cases->branches[cases->branch_count++];
        branch->when = convert_expression(convert, when->expr);
        branch->then = convert_expression(convert, when->result);
        branch->span = convert_span(convert, when->location);
    }
    return expression;
}

/* TRUE and FALSE come as a cast of a boolean constant without a place. */
static struct ast_expression *cast(struct convert *convert, const PgQuery__TypeCast *node)
{
    if (node->location < 0 && node->arg != NULL &&
        node->arg->node_case == PG_QUERY__NODE__NODE_A_CONST &&
        node->arg->a_const->val_case == PG_QUERY__A__CONST__VAL_BOOLVAL)
        return constant(convert, node->arg->a_const);
    struct ast_expression *expression =
        new_expression(convert, EXPRESSION_CAST, node->location);
    expression->cast.operand = convert_expression(convert, node->arg);
    expression->cast.type = convert_type(convert, node->type_name);
    return expression;
}

static struct ast_expression *sublink(struct convert *convert,
                                      const PgQuery__SubLink *node)
{
    static const enum ast_subquery_kind kinds[] = {
        [PG_QUERY__SUB_LINK_TYPE__EXISTS_SUBLINK] = SUBQUERY_EXISTS,
        [PG_QUERY__SUB_LINK_TYPE__ALL_SUBLINK] = SUBQUERY_ALL,
        [PG_QUERY__SUB_LINK_TYPE__ANY_SUBLINK] = SUBQUERY_ANY,
        [PG_QUERY__SUB_LINK_TYPE__EXPR_SUBLINK] = SUBQUERY_SCALAR,
        [PG_QUERY__SUB_LINK_TYPE__ARRAY_SUBLINK] = SUBQUERY_ARRAY,
    };
    struct ast_expression *expression =
        new_expression(convert, EXPRESSION_SUBQUERY, node->location);
    struct ast_subquery *subquery = ARENA_NEW(convert->arena, struct ast_subquery);
    expression->subquery = subquery;
    if ((size_t)node->sub_link_type < ARRAY_COUNT(kinds))
        subquery->kind = kinds[node->sub_link_type];
    subquery->left = convert_expression(convert, node->testexpr);
    subquery->operator_name =
        convert_name(convert, NODES(node, oper_name), node->location);
    if (subquery->kind == SUBQUERY_ANY && node->n_oper_name == 0) {
        subquery->is_in = true;
        subquery->operator_name = convert_single_name(convert, "=");
        subquery->operator_name.span = expression->span;
    }
    subquery->query = convert_query_node(convert, node->subselect);
    return expression;
}

static void step(struct convert *convert, const PgQuery__Node *node,
                 struct ast_indirection_step *step)
{
    if (node->node_case == PG_QUERY__NODE__NODE_A_STAR) {
        step->kind = INDIRECTION_STAR;
    } else if (node->node_case == PG_QUERY__NODE__NODE_A_INDICES) {
        const PgQuery__AIndices *indices = node->a_indices;
        step->kind = indices->is_slice ? INDIRECTION_SLICE : INDIRECTION_SUBSCRIPT;
        step->lower = convert_expression(convert, indices->is_slice ? indices->lidx
                                                                    : indices->uidx);
        if (indices->is_slice)
            step->upper = convert_expression(convert, indices->uidx);
    } else {
        step->kind = INDIRECTION_FIELD;
        step->field = convert_string(convert, node);
    }
}

struct ast_indirection_step *convert_steps(struct convert *convert, struct nodes nodes)
{
    struct ast_indirection_step *steps =
        ARENA_ARRAY(convert->arena, struct ast_indirection_step, nodes.count);
    for (size_t i = 0; i < nodes.count; i++)
        step(convert, nodes.items[i], &steps[i]);
    return steps;
}

static struct ast_expression *indirection(struct convert *convert,
                                          const PgQuery__AIndirection *node)
{
    struct ast_expression *expression =
        new_expression(convert, EXPRESSION_INDIRECTION, -1);
    expression->indirection.operand = convert_expression(convert, node->arg);
    if (expression->indirection.operand != NULL)
        expression->span = expression->indirection.operand->span;
    expression->indirection.steps = convert_steps(convert, NODES(node, indirection));
    expression->indirection.step_count = node->n_indirection;
    return expression;
}

static struct ast_expression *value_function(struct convert *convert,
                                             const PgQuery__SQLValueFunction *node)
{
    /* In the order of SQLValueFunctionOp; each _N form follows its plain one. */
    static const enum ast_value_function functions[] = {
        VALUE_CURRENT_DATE,   VALUE_CURRENT_DATE,      VALUE_CURRENT_TIME,
        VALUE_CURRENT_TIME,   VALUE_CURRENT_TIMESTAMP, VALUE_CURRENT_TIMESTAMP,
        VALUE_LOCALTIME,      VALUE_LOCALTIME,         VALUE_LOCALTIMESTAMP,
        VALUE_LOCALTIMESTAMP, VALUE_CURRENT_ROLE,      VALUE_CURRENT_USER,
        VALUE_USER,           VALUE_SESSION_USER,      VALUE_CURRENT_CATALOG,
        VALUE_CURRENT_SCHEMA,
    };
    struct ast_expression *expression =
        new_expression(convert, EXPRESSION_VALUE_FUNCTION, node->location);
    if ((size_t)node->op < ARRAY_COUNT(functions))
        expression->value_function.function = functions[node->op];
    expression->value_function.precision = node->typmod;
    return expression;
}

static struct ast_expression *list(struct convert *convert, enum ast_expression_kind kind,
                                   struct nodes nodes, int32_t location)
{
    struct ast_expression *expression = new_expression(convert, kind, location);
    expression->list = convert_expressions(convert, nodes);
    return expression;
}

static struct ast_expression *collate(struct convert *convert,
                                      const PgQuery__CollateClause *node)
{
    struct ast_expression *expression =
        new_expression(convert, EXPRESSION_COLLATE, node->location);
    expression->collate.operand = convert_expression(convert, node->arg);
    expression->collate.collation =
        convert_name(convert, NODES(node, collname), node->location);
    return expression;
}

static struct ast_expression *unsupported(struct convert *convert, const char *what)
{
    struct ast_expression *expression =
        new_expression(convert, EXPRESSION_UNSUPPORTED, -1);
    expression->what = what;
    return expression;
}

/* Kinds that are rare, or no more than their list. */
static struct ast_expression *other(struct convert *convert, const PgQuery__Node *node)
{
    switch ((int)node->node_case) {
    case PG_QUERY__NODE__NODE_COALESCE_EXPR:
        return list(convert, EXPRESSION_COALESCE, NODES(node->coalesce_expr, args),
                    node->coalesce_expr->location);
    case PG_QUERY__NODE__NODE_MIN_MAX_EXPR:
        return list(convert,
                    node->min_max_expr->op == PG_QUERY__MIN_MAX_OP__IS_LEAST
                        ? EXPRESSION_LEAST
                        : EXPRESSION_GREATEST,
                    NODES(node->min_max_expr, args), node->min_max_expr->location);
    case PG_QUERY__NODE__NODE_A_ARRAY_EXPR:
        return list(convert, EXPRESSION_ARRAY, NODES(node->a_array_expr, elements),
                    node->a_array_expr->location);
    case PG_QUERY__NODE__NODE_ROW_EXPR:
        return list(convert, EXPRESSION_ROW, NODES(node->row_expr, args),
                    node->row_expr->location);
    case PG_QUERY__NODE__NODE_GROUPING_FUNC:
        return list(convert, EXPRESSION_GROUPING, NODES(node->grouping_func, args),
                    node->grouping_func->location);
    case PG_QUERY__NODE__NODE_SET_TO_DEFAULT:
        return new_expression(convert, EXPRESSION_DEFAULT,
                              node->set_to_default->location);
    case PG_QUERY__NODE__NODE_CURRENT_OF_EXPR: {
        struct ast_expression *expression =
            new_expression(convert, EXPRESSION_CURRENT_OF, -1);
        expression->cursor =
            arena_strdup(convert->arena, node->current_of_expr->cursor_name);
        return expression;
    }
    case PG_QUERY__NODE__NODE_XML_EXPR:
    case PG_QUERY__NODE__NODE_XML_SERIALIZE:
        return unsupported(convert, "XML");
    default:
        return unsupported(convert, "this expression");
    }
}

struct ast_expression *convert_expression(struct convert *convert,
                                          const PgQuery__Node *node)
{
    if (node == NULL || node->node_case == PG_QUERY__NODE__NODE__NOT_SET)
        return NULL;
    switch ((int)node->node_case) {
    case PG_QUERY__NODE__NODE_A_CONST:
        return constant(convert, node->a_const);
    case PG_QUERY__NODE__NODE_COLUMN_REF:
        return column(convert, node->column_ref);
    case PG_QUERY__NODE__NODE_PARAM_REF:
        return parameter(convert, node->param_ref);
    case PG_QUERY__NODE__NODE_A_EXPR:
        return operation(convert, node->a_expr);
    case PG_QUERY__NODE__NODE_FUNC_CALL:
        return convert_call(convert, node->func_call);
    case PG_QUERY__NODE__NODE_BOOL_EXPR:
        return boolean(convert, node->bool_expr);
    case PG_QUERY__NODE__NODE_NULL_TEST:
        return null_test(convert, node->null_test);
    case PG_QUERY__NODE__NODE_BOOLEAN_TEST:
        return boolean_test(convert, node->boolean_test);
    case PG_QUERY__NODE__NODE_CASE_EXPR:
        return cases(convert, node->case_expr);
    case PG_QUERY__NODE__NODE_TYPE_CAST:
        return cast(convert, node->type_cast);
    case PG_QUERY__NODE__NODE_SUB_LINK:
        return sublink(convert, node->sub_link);
    case PG_QUERY__NODE__NODE_COLLATE_CLAUSE:
        return collate(convert, node->collate_clause);
    case PG_QUERY__NODE__NODE_A_INDIRECTION:
        return indirection(convert, node->a_indirection);
    case PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION:
        return value_function(convert, node->sqlvalue_function);
    default:
        return other(convert, node);
    }
}
