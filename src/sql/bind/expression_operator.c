/* Operators, and the forms that are written otherwise but mean operators. */
#include "sql/bind/binder.h"

struct ast_name operator_name(struct binder *binder, const char *name)
{
    struct ast_name made = {ARENA_ARRAY(binder->arena, const char *, 1), 1, {0, 0}};
    made.parts[0] = name;
    return made;
}

/* The name to look up. Every operator there is stands in pg_catalog; a name in any other
 * schema is looked up whole, and is not found. */
static struct bytes lookup_name(const struct binder *binder, const struct ast_name *name)
{
    const char *last = name->parts[name->count - 1];
    if (name->count == 1 ||
        (name->count == 2 && strcmp(name->parts[0], "pg_catalog") == 0))
        return bytes_of_text(last);
    return bytes_of_text(binder_name(binder, name));
}

static enum rc resolve(struct binder *binder, const struct ast_name *name,
                       struct ast_span span, const struct type *left,
                       const struct type *right, struct resolved *out)
{
    if (name->count > 1)
        TRY(binder_check_schema(binder, name->parts[name->count - 2], span));
    if (resolve_operator(binder->arena, lookup_name(binder, name), left, right, out,
                         binder->err) != RC_OK)
        return binder_failed_at(binder, binder_position(binder, span));
    return RC_OK;
}

/* Both operands converted, in a node of the kind. */
static enum rc make(struct binder *binder, enum bound_kind kind,
                    const struct resolved *resolved, const struct bound *const *operands,
                    struct bound **out)
{
    size_t count = resolved->argument_count;
    *out = bound_new(binder, kind, resolved->result_type, count, 0);
    (*out)->call.function = resolved->function;
    (*out)->call.argument_types = resolved->argument_types;
    for (size_t i = 0; i < count; i++)
        TRY(coerce_bind(binder, operands[i], resolved->argument_types[i],
                        &(*out)->arguments[i]));
    return RC_OK;
}

/* Unary plus on a text is the text itself, as in Materialize and SQLite; PostgreSQL has
 * no such operator. A literal of no type yet is a number, as it is there. */
static bool is_plus_of_text(const struct ast_name *name, const struct bound *left,
                            const struct bound *right)
{
    return left == NULL && name->count == 1 && strcmp(name->parts[0], "+") == 0 &&
           right->type->category == 'S';
}

enum rc operator_bind(struct binder *binder, const struct ast_name *name,
                      struct ast_span span, const struct bound *left,
                      const struct bound *right, const struct bound **out)
{
    struct resolved resolved;
    const struct bound *operands[2] = {left == NULL ? right : left, right};
    struct bound *bound = NULL;
    if (is_plus_of_text(name, left, right)) {
        *out = right;
        return RC_OK;
    }
    TRY(resolve(binder, name, span, left == NULL ? NULL : left->type, right->type,
                &resolved));
    TRY(make(binder, BOUND_CALL, &resolved, operands, &bound));
    bound->position = binder_place(binder, span);
    *out = bound;
    return RC_OK;
}

enum rc expression_operator(struct binder *binder, struct scope *scope,
                            const struct ast_expression *expression,
                            const struct bound **out)
{
    const struct ast_operation *operation = &expression->operation;
    const struct bound *left = NULL;
    const struct bound *right = NULL;
    if (operation->left != NULL && operation->left->kind == EXPRESSION_ROW)
        return row_operator(binder, scope, expression, out);
    if (operation->left != NULL)
        TRY(expression_bind(binder, scope, operation->left, &left));
    TRY(expression_bind(binder, scope, operation->right, &right));
    return operator_bind(binder, &operation->name, expression->span, left, right, out);
}

static const struct type *element_of(const struct type *type)
{
    if (type_is_array(type) || type->oid == TYPE_INT2VECTOR ||
        type->oid == TYPE_OIDVECTOR)
        return type_find_oid(type->element);
    return NULL;
}

static enum rc not_quantifiable(struct binder *binder, struct ast_span span,
                                const char *what)
{
    return error_set_at(binder->err, binder_position(binder, span),
                        SQLSTATE_WRONG_OBJECT_TYPE, "op ANY/ALL (array) requires %s",
                        what);
}

/* The array brought to the array of the operator's right type. */
static enum rc coerce_array(struct binder *binder, const struct bound *array,
                            const struct type *element, struct ast_span span,
                            const struct bound **out)
{
    const struct type *type = type_find_oid(element->array);
    *out = array;
    if (element_of(array->type) == element)
        return RC_OK;
    if (type == NULL)
        return error_set_at(binder->err, binder_position(binder, span),
                            SQLSTATE_UNDEFINED_OBJECT,
                            "could not find array type for data type %s",
                            type_title(binder->arena, element));
    return coerce_bind(binder, array, type, out);
}

static enum rc quantified(struct binder *binder, const struct ast_operation *operation,
                          struct ast_span span, const struct bound *const *sides,
                          struct bound **out)
{
    struct resolved resolved;
    const struct type *element =
        sides[1]->type->oid == TYPE_UNKNOWN ? sides[1]->type : element_of(sides[1]->type);
    if (element == NULL)
        return not_quantifiable(binder, span, "array on right side");
    TRY(resolve(binder, &operation->name, span, sides[0]->type, element, &resolved));
    if (resolved.result_type->oid != TYPE_BOOL)
        return not_quantifiable(binder, span, "operator to yield boolean");
    *out = bound_new(binder, BOUND_QUANTIFIED, resolved.result_type, 2,
                     binder_place(binder, span));
    (*out)->call.function = resolved.function;
    (*out)->call.argument_types = resolved.argument_types;
    TRY(coerce_bind(binder, sides[0], resolved.argument_types[0], &(*out)->arguments[0]));
    return coerce_array(binder, sides[1], resolved.argument_types[1], span,
                        &(*out)->arguments[1]);
}

enum rc expression_quantified(struct binder *binder, struct scope *scope,
                              const struct ast_expression *expression,
                              const struct bound **out)
{
    const struct bound *sides[2] = {NULL, NULL};
    struct bound *bound = NULL;
    TRY(expression_bind(binder, scope, expression->operation.left, &sides[0]));
    TRY(expression_bind(binder, scope, expression->operation.right, &sides[1]));
    TRY(quantified(binder, &expression->operation, expression->span, sides, &bound));
    bound->call.all = expression->kind == EXPRESSION_OPERATOR_ALL;
    *out = bound;
    return RC_OK;
}

static bool is_null_literal(const struct bound *bound)
{
    return bound->kind == BOUND_CONSTANT && bound->constant.null &&
           bound->type->oid == TYPE_UNKNOWN;
}

static enum rc distinct_pair(struct binder *binder,
                             const struct ast_expression *expression,
                             const struct bound *const *sides, const struct bound **out)
{
    bool negated = expression->kind == EXPRESSION_NOT_DISTINCT;
    struct resolved resolved;
    struct bound *bound = NULL;
    uint32_t position = binder_place(binder, expression->span);
    if (is_null_literal(sides[0]) || is_null_literal(sides[1])) {
        bound = bound_new(binder, BOUND_IS_NULL, type_find_oid(TYPE_BOOL), 1, position);
        TRY(coerce_unknown_to_text(binder,
                                   is_null_literal(sides[1]) ? sides[0] : sides[1],
                                   &bound->arguments[0]));
        bound->test.negated = !negated;
        *out = bound;
        return RC_OK;
    }
    TRY(resolve(binder, &expression->operation.name, expression->span, sides[0]->type,
                sides[1]->type, &resolved));
    if (resolved.result_type->oid != TYPE_BOOL)
        return error_set_at(binder->err, binder_position(binder, expression->span),
                            SQLSTATE_DATATYPE_MISMATCH,
                            "IS DISTINCT FROM requires = operator to yield boolean");
    TRY(make(binder, BOUND_DISTINCT, &resolved, sides, &bound));
    bound->call.negated = negated;
    bound->position = position;
    *out = bound;
    return RC_OK;
}

/* Rows are distinct when any pair of items is. */
static enum rc distinct_rows(struct binder *binder, struct scope *scope,
                             const struct ast_expression *expression,
                             const struct bound **out)
{
    const struct ast_expression_list *left = &expression->operation.left->list;
    const struct ast_expression_list *right = &expression->operation.right->list;
    bool negated = expression->kind == EXPRESSION_NOT_DISTINCT;
    if (left->count != right->count || left->count == 0)
        return error_set_at(binder->err, binder_position(binder, expression->span),
                            SQLSTATE_SYNTAX_ERROR,
                            "unequal number of entries in row expressions");
    const struct bound **items =
        ARENA_ARRAY(binder->arena, const struct bound *, left->count);
    for (size_t i = 0; i < left->count; i++) {
        const struct bound *sides[2] = {NULL, NULL};
        TRY(expression_bind(binder, scope, left->items[i], &sides[0]));
        TRY(expression_bind(binder, scope, right->items[i], &sides[1]));
        TRY(distinct_pair(binder, expression, sides, &items[i]));
    }
    *out = bound_boolean(binder, negated ? BOUND_AND : BOUND_OR, items, left->count);
    return RC_OK;
}

enum rc expression_distinct(struct binder *binder, struct scope *scope,
                            const struct ast_expression *expression,
                            const struct bound **out)
{
    const struct ast_operation *operation = &expression->operation;
    const struct bound *sides[2] = {NULL, NULL};
    if (operation->left->kind == EXPRESSION_ROW &&
        operation->right->kind == EXPRESSION_ROW)
        return distinct_rows(binder, scope, expression, out);
    TRY(expression_bind(binder, scope, operation->left, &sides[0]));
    TRY(expression_bind(binder, scope, operation->right, &sides[1]));
    return distinct_pair(binder, expression, sides, out);
}

/* The value keeps its own type where the comparison is of another: PostgreSQL gives the
 * compared one there, SQLite, Materialize and the standard do not. */
static enum rc nullif_of_own_type(struct binder *binder, const struct resolved *resolved,
                                  const struct bound *const *sides,
                                  const struct bound **out)
{
    const struct bound *operands[2] = {sides[0], sides[1]};
    struct shared_operand shared = shared_open(binder, &operands[0]);
    struct bound *equal = NULL;
    TRY(make(binder, BOUND_CALL, resolved, operands, &equal));
    struct bound *choice = bound_new(binder, BOUND_CASE, sides[0]->type, 3, 0);
    struct bound *null = bound_new(binder, BOUND_CONSTANT, sides[0]->type, 0, 0);
    null->constant.null = true;
    choice->typmod = sides[0]->typmod;
    choice->arguments[0] = equal;
    choice->arguments[1] = null;
    choice->arguments[2] = operands[0];
    *out = shared_close(binder, &shared, choice);
    return RC_OK;
}

enum rc expression_nullif(struct binder *binder, struct scope *scope,
                          const struct ast_expression *expression,
                          const struct bound **out)
{
    struct resolved resolved;
    const struct bound *sides[2] = {NULL, NULL};
    struct bound *bound = NULL;
    TRY(expression_bind(binder, scope, expression->operation.left, &sides[0]));
    TRY(expression_bind(binder, scope, expression->operation.right, &sides[1]));
    TRY(resolve(binder, &expression->operation.name, expression->span, sides[0]->type,
                sides[1]->type, &resolved));
    if (resolved.result_type->oid != TYPE_BOOL)
        return error_set_at(binder->err, binder_position(binder, expression->span),
                            SQLSTATE_DATATYPE_MISMATCH,
                            "NULLIF requires = operator to yield boolean");
    if (sides[0]->type->category == 'N' && sides[0]->type != resolved.argument_types[0])
        return nullif_of_own_type(binder, &resolved, sides, out);
    TRY(make(binder, BOUND_NULLIF, &resolved, sides, &bound));
    bound->type = bound->arguments[0]->type;
    bound->typmod = bound->arguments[0]->typmod;
    bound->position = binder_place(binder, expression->span);
    *out = bound;
    return RC_OK;
}

/* ---- IN over a list ---- */

/* One array of the items that hold no column, so that they are looked up as a set;
 * NULL: they have no type in common with the left side. */
static enum rc in_array(struct binder *binder, const struct bound *left,
                        const struct bound **items, size_t count,
                        const struct bound **array_out)
{
    struct error ignored;
    const struct type *type = NULL;
    const struct type **types =
        ARENA_ARRAY(binder->arena, const struct type *, count + 1);
    *array_out = NULL;
    error_clear(&ignored);
    types[0] = left->type;
    for (size_t i = 0; i < count; i++)
        types[i + 1] = items[i]->type;
    if (resolve_common_type(binder->arena, "IN", types, count + 1, &type, &ignored) !=
            RC_OK ||
        type->kind == 'p' || type_find_oid(type->array) == NULL)
        return RC_OK;
    for (size_t i = 0; i <= count; i++) {
        if (cast_find(types[i], type, CAST_IMPLICIT, NULL) == CAST_NONE)
            return RC_OK;
    }
    struct bound *array = bound_new(binder, BOUND_ARRAY, type_find_oid(type->array),
                                    count, items[0]->position);
    memcpy(array->arguments, items, count * sizeof(*items));
    TRY(coerce_all(binder, array->arguments, count, type));
    *array_out = array;
    return RC_OK;
}

/* Bound already; for a row `left` is NULL, and rows are bound pair by pair. */
struct in_sides {
    const struct bound *left;
    const struct bound **items;
};

static enum rc in_item(struct binder *binder, struct scope *scope,
                       const struct ast_expression *expression, size_t index,
                       const struct in_sides *sides, const struct bound **out)
{
    const struct ast_in_list *in = &expression->in;
    struct ast_name name = operator_name(binder, in->is_negated ? "<>" : "=");
    if (sides->left == NULL) {
        struct ast_expression pair = *expression;
        pair.kind = EXPRESSION_OPERATOR;
        pair.operation = (struct ast_operation){.name = name, .left = in->left};
        pair.operation.right = ARENA_NEW(binder->arena, struct ast_expression);
        *pair.operation.right = *in->list.items[index];
        return row_operator(binder, scope, &pair, out);
    }
    return operator_bind(binder, &name, expression->span, sides->left,
                         sides->items[index], out);
}

/* Each item by itself: left = item OR ..., left <> item AND ... */
static enum rc in_singly(struct binder *binder, struct scope *scope,
                         const struct ast_expression *expression,
                         const struct in_sides *sides, const struct bound **out)
{
    const struct ast_in_list *in = &expression->in;
    const struct bound **tests =
        ARENA_ARRAY(binder->arena, const struct bound *, in->list.count + 1);
    for (size_t i = 0; i < in->list.count; i++)
        TRY(in_item(binder, scope, expression, i, sides, &tests[i]));
    *out = bound_boolean(binder, in->is_negated ? BOUND_AND : BOUND_OR, tests,
                         in->list.count);
    return RC_OK;
}

static bool has_columns(const struct bound *const *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (bound_find(items[i], BOUND_COLUMN, 0) != NULL)
            return true;
    }
    return false;
}

enum rc expression_in(struct binder *binder, struct scope *scope,
                      const struct ast_expression *expression, const struct bound **out)
{
    const struct ast_in_list *in = &expression->in;
    const struct bound *sides[2] = {NULL, NULL};
    struct in_sides each = {NULL, NULL};
    struct bound *bound = NULL;
    if (in->left->kind == EXPRESSION_ROW)
        return in_singly(binder, scope, expression, &each, out);
    TRY(expression_bind(binder, scope, in->left, &each.left));
    TRY(expression_list(binder, scope, &in->list, &each.items));
    sides[0] = each.left;
    if (in->list.count > 1 && !has_columns(each.items, in->list.count))
        TRY(in_array(binder, each.left, each.items, in->list.count, &sides[1]));
    if (sides[1] == NULL)
        return in_singly(binder, scope, expression, &each, out);
    struct ast_operation operation = {
        .name = operator_name(binder, in->is_negated ? "<>" : "=")};
    TRY(quantified(binder, &operation, expression->span, sides, &bound));
    bound->call.all = in->is_negated;
    *out = bound;
    return RC_OK;
}

/* ---- LIKE, BETWEEN ---- */

static enum rc like_pattern(struct binder *binder, struct scope *scope,
                            const struct ast_expression *expression,
                            const struct bound **out)
{
    const struct ast_like_match *like = &expression->like;
    const struct bound *arguments[2] = {NULL, NULL};
    size_t count = like->escape == NULL ? 1 : 2;
    TRY(expression_bind(binder, scope, like->pattern, &arguments[0]));
    if (like->escape != NULL)
        TRY(expression_bind(binder, scope, like->escape, &arguments[1]));
    *out = arguments[0];
    if (like->kind == LIKE_SIMILAR)
        return call_named(binder, "similar_to_escape", arguments, count, expression->span,
                          out);
    if (like->escape == NULL)
        return RC_OK;
    return call_named(binder, "like_escape", arguments, count, expression->span, out);
}

enum rc expression_like(struct binder *binder, struct scope *scope,
                        const struct ast_expression *expression, const struct bound **out)
{
    static const char *const names[][2] = {
        [LIKE_LIKE] = {"~~", "!~~"},
        [LIKE_ILIKE] = {"~~*", "!~~*"},
        [LIKE_SIMILAR] = {"~", "!~"},
    };
    const struct ast_like_match *like = &expression->like;
    struct ast_name name =
        operator_name(binder, names[like->kind][like->is_negated ? 1 : 0]);
    const struct bound *left = NULL;
    const struct bound *pattern = NULL;
    TRY(expression_bind(binder, scope, like->left, &left));
    TRY(like_pattern(binder, scope, expression, &pattern));
    return operator_bind(binder, &name, expression->span, left, pattern, out);
}

/* value >= low AND value <= high; negated: value < low OR value > high. */
static enum rc between_pair(struct binder *binder,
                            const struct ast_expression *expression,
                            const struct bound *value, const struct bound *low,
                            const struct bound *high, const struct bound **out)
{
    bool negated = expression->between.is_negated;
    struct ast_name above = operator_name(binder, negated ? "<" : ">=");
    struct ast_name below = operator_name(binder, negated ? ">" : "<=");
    const struct bound *first = NULL;
    const struct bound *second = NULL;
    TRY(operator_bind(binder, &above, expression->span, value, low, &first));
    TRY(operator_bind(binder, &below, expression->span, value, high, &second));
    *out = bound_pair(binder, negated ? BOUND_OR : BOUND_AND, first, second);
    return RC_OK;
}

enum rc expression_between(struct binder *binder, struct scope *scope,
                           const struct ast_expression *expression,
                           const struct bound **out)
{
    const struct ast_between *between = &expression->between;
    const struct bound *value = NULL;
    const struct bound *low = NULL;
    const struct bound *high = NULL;
    const struct bound *swapped = NULL;
    TRY(expression_bind(binder, scope, between->value, &value));
    TRY(expression_bind(binder, scope, between->low, &low));
    TRY(expression_bind(binder, scope, between->high, &high));
    struct shared_operand shared = shared_open(binder, &value);
    TRY(between_pair(binder, expression, value, low, high, out));
    if (between->is_symmetric) {
        TRY(between_pair(binder, expression, value, high, low, &swapped));
        *out =
            bound_pair(binder, between->is_negated ? BOUND_AND : BOUND_OR, *out, swapped);
    }
    *out = shared_close(binder, &shared, *out);
    return RC_OK;
}
