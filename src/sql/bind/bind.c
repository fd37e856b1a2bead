/* The entry points, and what every file needs: errors with places, the depth counter. */
#include "sql/bind/bind.h"

#include "sql/bind/binder.h"
#include "sql/bind/bound_modify.h"
#include "sql/parse/scan.h"

int binder_position(const struct binder *binder, struct ast_span span)
{
    if (binder->text.len == 0 || span.to == 0)
        return 0;
    return sql_scan_position(binder->text, span.from);
}

uint32_t binder_place(const struct binder *binder, struct ast_span span)
{
    return binder->text.len == 0 || span.to == 0 ? 0 : span.from + 1;
}

/* PostgreSQL's exprLocation(): the leftmost place of an expression written in parts. */
static uint32_t leftmost(const struct bound *bound)
{
    uint32_t least = bound->position;
    if (bound->kind == BOUND_CASE || bound->kind == BOUND_COALESCE ||
        bound->kind == BOUND_EXTREME || bound->kind == BOUND_ARRAY ||
        bound->kind == BOUND_AGGREGATE || bound->kind == BOUND_CONSTANT)
        return least;
    for (size_t i = 0; i < bound->argument_count; i++) {
        uint32_t place = leftmost(bound->arguments[i]);
        if (place != 0 && (least == 0 || place < least))
            least = place;
    }
    return least;
}

int binder_position_of(const struct binder *binder, const struct bound *bound)
{
    uint32_t place = leftmost(bound);
    if (binder->text.len == 0 || place == 0)
        return 0;
    return sql_scan_position(binder->text, place - 1);
}

enum rc binder_enter(struct binder *binder)
{
    if (++binder->depth <= BIND_DEPTH_MAX)
        return RC_OK;
    error_set(binder->err, SQLSTATE_STATEMENT_TOO_COMPLEX, "stack depth limit exceeded");
    return error_hint(binder->err,
                      "Increase the configuration parameter \"max_stack_depth\" "
                      "(currently 2048kB), after ensuring the platform's stack depth "
                      "limit is adequate.");
}

void binder_leave(struct binder *binder)
{
    binder->depth--;
}

enum rc binder_failed_at(struct binder *binder, int position)
{
    if (binder->err->position == 0)
        binder->err->position = position;
    return RC_FAILED;
}

enum rc binder_unsupported(struct binder *binder, struct ast_span span, const char *what)
{
    return error_set_at(binder->err, binder_position(binder, span),
                        SQLSTATE_FEATURE_NOT_SUPPORTED, "%s is not supported", what);
}

enum rc binder_check_schema(struct binder *binder, const char *schema,
                            struct ast_span span)
{
    struct catalog_name name = {.schema = schema};
    struct catalog_object *object = NULL;
    if (catalog_resolve_schema(binder->surroundings->transaction, binder->path, &name,
                               binder->arena, &object, binder->err) != RC_OK)
        return binder_failed_at(binder, binder_position(binder, span));
    return RC_OK;
}

const char *binder_name(const struct binder *binder, const struct ast_name *name)
{
    const char *text = "";
    for (size_t i = 0; i < name->count; i++)
        text =
            arena_printf(binder->arena, "%s%s%s", text, i > 0 ? "." : "", name->parts[i]);
    return text;
}

static struct binder start(struct arena *arena,
                           const struct bind_surroundings *surroundings,
                           struct error *err)
{
    struct binder binder = {
        .arena = arena,
        .surroundings = surroundings,
        .parameters = surroundings->parameters,
        .types = *surroundings->types,
        .path = surroundings->path,
        .text = surroundings->text,
        .err = err,
    };
    binder.types.arena = arena;
    return binder;
}

enum rc bind_query(struct arena *arena, const struct bind_surroundings *surroundings,
                   const struct ast_query *query, const struct bound_query **bound_out,
                   struct error *err)
{
    struct binder binder = start(arena, surroundings, err);
    struct query_wish wish = {.common = NULL};
    struct bound_query *bound = NULL;
    TRY(query_bind(&binder, NULL, query, &wish, &bound));
    *bound_out = bound;
    return RC_OK;
}

enum rc bind_rows_statement(struct arena *arena,
                            const struct bind_surroundings *surroundings,
                            const struct ast_statement *statement,
                            const struct bound_query **bound_out, struct error *err)
{
    struct binder binder = start(arena, surroundings, err);
    struct bound_query *bound = NULL;
    if (statement->kind == STATEMENT_SELECT)
        return bind_query(arena, surroundings, statement->query, bound_out, err);
    TRY(modify_bind(&binder, NULL, statement, &bound));
    *bound_out = bound;
    return RC_OK;
}

static enum rc assign(struct binder *binder, const struct bound *bound,
                      const struct type *target, const struct bound **out)
{
    struct coerce_target to = {target, TYPE_TYPMOD_NONE, CAST_ASSIGNMENT, 0};
    enum rc rc = coerce_to(binder, bound, &to, out);
    if (rc != RC_NOTFOUND)
        return rc;
    return error_set_at(
        binder->err, binder_position_of(binder, bound), SQLSTATE_DATATYPE_MISMATCH,
        "expression is of type %s but type %s is expected",
        type_title(binder->arena, bound->type), type_title(binder->arena, target));
}

enum rc bind_expression(struct arena *arena, const struct bind_surroundings *surroundings,
                        const struct ast_expression *expression,
                        const struct type *target, const struct bound **bound_out,
                        struct error *err)
{
    struct binder binder = start(arena, surroundings, err);
    struct bound_query query = {.kind = BOUND_QUERY_SELECT};
    struct scope scope = {.query = &query, .clause = CLAUSE_NONE};
    const struct bound *bound = NULL;
    TRY(expression_bind(&binder, &scope, expression, &bound));
    if (target == NULL)
        return coerce_unknown_to_text(&binder, bound, bound_out);
    return assign(&binder, bound, target, bound_out);
}

enum rc bind_name(const struct ast_name *name, struct catalog_name *name_out,
                  struct error *err)
{
    size_t count = name->count;
    if (count == 0 || count > 3)
        return error_set(err, SQLSTATE_SYNTAX_ERROR,
                         "improper qualified name (too many dotted names)");
    *name_out = (struct catalog_name){count > 2 ? name->parts[0] : NULL,
                                      count > 1 ? name->parts[count - 2] : NULL,
                                      name->parts[count - 1]};
    return RC_OK;
}

enum rc bind_parameters_check(const struct bind_parameters *parameters, struct error *err)
{
    for (size_t i = 0; i < parameters->count; i++) {
        if (parameters->types[i] == NULL || parameters->types[i]->oid == TYPE_UNKNOWN)
            return error_set(err, SQLSTATE_INDETERMINATE_DATATYPE,
                             "could not determine data type of parameter $%zu", i + 1);
    }
    return RC_OK;
}

enum rc bind_type(struct arena *arena, const struct bind_surroundings *surroundings,
                  const struct ast_type_name *name, const struct type **type_out,
                  int32_t *typmod_out, struct error *err)
{
    struct binder binder = start(arena, surroundings, err);
    return type_bind(&binder, name, type_out, typmod_out);
}
