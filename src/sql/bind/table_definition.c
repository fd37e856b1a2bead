/* Expressions over one row of a table: what may stand in them, and their types. */
#include "sql/bind/binder.h"
#include "sql/bind/table.h"
#include "sql/parse/parse.h"

static const struct {
    const char *plural; /* "... are not allowed in %s" */
    const char *single; /* "cannot use ... in %s" */
    const char *function_place;
    const char *assigned; /* "column x is of type y but %s is of type z" */
    const char *argument; /* "argument of %s must be type boolean" */
    bool is_immutable;
} clauses[] = {
    [TABLE_DEFAULT] = {"DEFAULT expressions", "DEFAULT expression", NULL,
                       "default expression", NULL, false},
    [TABLE_CHECK] = {"check constraints", "check constraint", NULL, NULL, "CHECK", false},
    [TABLE_GENERATED] = {"column generation expressions", "column generation expression",
                         NULL, "generation expression", NULL, true},
    [TABLE_INDEX] = {"index expressions", "index expression", "index expression", NULL,
                     NULL, true},
    [TABLE_PREDICATE] = {"index predicates", "index predicate", "index predicate", NULL,
                         "WHERE", true},
    [TABLE_TRANSFORM] = {"transform expressions", "transform expression", NULL, NULL,
                         NULL, false},
};

/* What a walk has met that may not be there. */
struct findings {
    const struct bound *subquery;
    const struct bound *aggregate;
    const struct bound *window;
    const struct bound *set;
    const struct bound *changing; /* a function that is not immutable */
    const struct bound *column;
    const struct bound *generated;
    const struct table *table;
};

static const struct function *called(const struct bound *bound)
{
    return bound->kind == BOUND_CALL ? bound->call.function : NULL;
}

static bool visit(struct bound_walk *walk, const struct bound *bound)
{
    struct findings *findings = walk->argument;
    const struct function *function = called(bound);
    if (bound->kind == BOUND_SUBQUERY)
        findings->subquery = bound;
    else if (bound->kind == BOUND_AGGREGATE)
        findings->aggregate = bound;
    else if (bound->kind == BOUND_WINDOW)
        findings->window = bound;
    else if (bound->kind == BOUND_COLUMN && findings->column == NULL)
        findings->column = bound;
    else if (function != NULL && function->kind == FUNCTION_SET)
        findings->set = bound;
    if (function != NULL && function->volatility != 'i')
        findings->changing = bound;
    if (bound->kind == BOUND_COLUMN &&
        bound->column.column < findings->table->column_count &&
        findings->table->columns[bound->column.column].generated != 0)
        findings->generated = bound;
    return bound->kind != BOUND_SUBQUERY;
}

static enum rc not_allowed(struct binder *binder, const struct bound *at,
                           enum sqlstate state, const char *what, const char *place)
{
    return error_set_at(binder->err, binder_position_of(binder, at), state,
                        "%s are not allowed in %s", what, place);
}

static enum rc no_column(struct binder *binder)
{
    return error_set(binder->err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                     "cannot use column reference in DEFAULT expression");
}

static enum rc check_generated(struct binder *binder, const struct findings *findings)
{
    if (findings->generated != NULL) {
        uint32_t place = findings->generated->column.column;
        error_set_at(binder->err, binder_position_of(binder, findings->generated),
                     SQLSTATE_INVALID_OBJECT_DEFINITION,
                     "cannot use generated column \"%s\" in column generation expression",
                     findings->table->columns[place].name);
        return error_detail(binder->err,
                            "A generated column cannot reference another generated "
                            "column.");
    }
    if (findings->changing != NULL)
        return error_set(binder->err, SQLSTATE_INVALID_OBJECT_DEFINITION,
                         "generation expression is not immutable");
    return RC_OK;
}

static enum rc check_place(struct binder *binder, const struct table_definition *about,
                           const struct bound *bound)
{
    struct findings findings = {.table = about->table};
    struct bound_walk walk = {.visit = visit, .argument = &findings};
    const char *plural = clauses[about->clause].plural;
    bound_walk(&walk, bound);
    if (findings.subquery != NULL)
        return error_set_at(binder->err, binder_position_of(binder, findings.subquery),
                            SQLSTATE_FEATURE_NOT_SUPPORTED, "cannot use subquery in %s",
                            clauses[about->clause].single);
    if (findings.aggregate != NULL)
        return not_allowed(binder, findings.aggregate, SQLSTATE_GROUPING_ERROR,
                           "aggregate functions", plural);
    if (findings.window != NULL)
        return not_allowed(binder, findings.window, SQLSTATE_WINDOWING_ERROR,
                           "window functions", plural);
    if (findings.set != NULL)
        return not_allowed(binder, findings.set, SQLSTATE_FEATURE_NOT_SUPPORTED,
                           "set-returning functions", plural);
    if (about->clause == TABLE_DEFAULT && findings.column != NULL)
        return no_column(binder);
    if (about->clause == TABLE_GENERATED)
        return check_generated(binder, &findings);
    if (clauses[about->clause].is_immutable && findings.changing != NULL)
        return error_set(binder->err, SQLSTATE_INVALID_OBJECT_DEFINITION,
                         "functions in %s must be marked IMMUTABLE",
                         clauses[about->clause].function_place);
    return RC_OK;
}

/* The range table with the one relation, and its columns to be named. */
static enum rc add_table(struct binder *binder, struct scope *scope,
                         const struct table *table)
{
    struct ast_from_item item = {.kind = FROM_RELATION};
    struct bound_relation relation = {
        .kind = BOUND_RELATION_TABLE, .alias = table->name, .table = table};
    struct from_result result = {.from = NULL};
    relation.columns.count = table->column_count;
    relation.columns.items =
        ARENA_ARRAY(binder->arena, struct bound_column, table->column_count + 1);
    for (size_t i = 0; i < table->column_count; i++)
        relation.columns.items[i] = (struct bound_column){
            .name = table->columns[i].name,
            .type = table->columns[i].type,
            .typmod = table->columns[i].typmod,
            .relation_oid = table->oid,
            .attribute = (int16_t)table->columns[i].number,
        };
    TRY(from_add(binder, scope, &item, &relation, &result));
    result.item->relation_name = table->name;
    scope_names_append(binder, &scope->names, &result.names);
    return RC_OK;
}

static enum rc assign_type(struct binder *binder, const struct table_definition *about,
                           const struct bound *bound, const struct bound **out)
{
    struct coerce_target to = {about->type, TYPE_TYPMOD_NONE, CAST_ASSIGNMENT, 0};
    enum rc rc = coerce_to(binder, bound, &to, out);
    if (rc != RC_NOTFOUND)
        return rc;
    if (about->clause == TABLE_TRANSFORM) {
        error_set(binder->err, SQLSTATE_DATATYPE_MISMATCH,
                  "result of USING clause for column \"%s\" cannot be cast "
                  "automatically to type %s",
                  about->column, type_title(binder->arena, about->type));
        return error_hint(binder->err, "You might need to add an explicit cast.");
    }
    error_set_at(binder->err, binder_position_of(binder, bound),
                 SQLSTATE_DATATYPE_MISMATCH,
                 "column \"%s\" is of type %s but %s is of type %s", about->column,
                 type_title(binder->arena, about->type), clauses[about->clause].assigned,
                 type_title(binder->arena, bound->type));
    return error_hint(binder->err, "You will need to rewrite or cast the expression.");
}

static enum rc finish(struct binder *binder, const struct table_definition *about,
                      const struct bound *bound, const struct bound **out)
{
    const char *argument = clauses[about->clause].argument;
    TRY(check_place(binder, about, bound));
    if (argument != NULL)
        return coerce_boolean(binder, bound, argument, out);
    if (about->type == NULL)
        return coerce_unknown_to_text(binder, bound, out);
    return assign_type(binder, about, bound, out);
}

enum rc bind_definition(struct arena *arena, const struct bind_surroundings *surroundings,
                        const struct table_definition *about,
                        const struct ast_expression *expression,
                        const struct bound **bound_out, struct error *err)
{
    struct bind_parameters none = {.is_closed = true};
    struct binder binder = {
        .arena = arena,
        .surroundings = surroundings,
        .parameters = &none,
        .types = *surroundings->types,
        .path = surroundings->path,
        .text = surroundings->text,
        .err = err,
    };
    struct bound_query query = {.kind = BOUND_QUERY_SELECT};
    struct scope scope = {.query = &query, .clause = CLAUSE_SELECT};
    const struct bound *bound = NULL;
    binder.types.arena = arena;
    if (about->table != NULL)
        TRY(add_table(&binder, &scope, about->table));
    enum rc rc = expression_bind(&binder, &scope, expression, &bound);
    if (rc == RC_FAILED && about->clause == TABLE_DEFAULT &&
        (err->state == SQLSTATE_UNDEFINED_COLUMN ||
         err->state == SQLSTATE_UNDEFINED_TABLE)) {
        error_clear(err);
        return no_column(&binder);
    }
    TRY(rc);
    return finish(&binder, about, bound, bound_out);
}

enum rc bind_definition_text(struct arena *arena,
                             const struct bind_surroundings *surroundings,
                             const struct table_definition *about, const char *sql,
                             const struct bound **bound_out, struct error *err)
{
    struct bind_surroundings inner = *surroundings;
    struct ast_statement_list list = {NULL, 0};
    const char *text = arena_printf(arena, "SELECT %s", sql);
    inner.text = (struct bytes){NULL, 0};
    TRY(sql_parse(arena, bytes_of_text(text), &list, err));
    if (list.count != 1 || list.items[0]->kind != STATEMENT_SELECT ||
        list.items[0]->query->kind != QUERY_SELECT ||
        list.items[0]->query->select.targets.count != 1)
        return error_set(err, SQLSTATE_DATA_CORRUPTED,
                         "a stored expression of table \"%s\" is damaged",
                         about->table == NULL ? "" : about->table->name);
    return bind_definition(arena, &inner, about,
                           list.items[0]->query->select.targets.items[0].expression,
                           bound_out, err);
}
