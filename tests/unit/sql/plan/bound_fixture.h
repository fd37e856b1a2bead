#ifndef SQL_PLAN_BOUND_FIXTURE_H
#define SQL_PLAN_BOUND_FIXTURE_H

/* Bound trees made by hand, for tests of the planner. */
#include "base/arena.h"
#include "base/error.h"
#include "catalog/relation.h"
#include "sql/plan/plan.h"
#include "support/unit.h"

enum {
    INT4_EQUAL = 65,
    INT4_LESS = 66,
    TEXT_EQUAL = 67,
    OID_EQUAL = 184,
    INT4_DIVIDE = 154,
    INT4_ADD = 177,
    COUNT_ANY = 2147,
    SERIES_INT4 = 1067,
    RANDOM = 1598,
};

static const struct system_column schema_columns[] = {
    {"id", TYPE_TEXT, false},         {"oid", TYPE_INT4, false},
    {"database_id", TYPE_TEXT, true}, {"name", TYPE_TEXT, false},
    {"owner_id", TYPE_TEXT, false},   {"comment", TYPE_TEXT, true},
};
static const struct system_column named_columns[] = {
    {"id", TYPE_TEXT, false},
    {"oid", TYPE_INT4, false},
    {"name", TYPE_TEXT, false},
};
static const struct system_relation fixture_relations[] = {
    {.name = "mz_schemas", .columns = schema_columns, .column_count = 6},
    {.name = "mz_databases", .columns = named_columns, .column_count = 3},
    {.name = "mz_roles", .columns = named_columns, .column_count = 3},
};

static inline const struct system_relation *fixture_relation(const char *name)
{
    for (size_t i = 0; i < ARRAY_COUNT(fixture_relations); i++) {
        if (strcmp(fixture_relations[i].name, name) == 0)
            return &fixture_relations[i];
    }
    return NULL;
}

struct fixture {
    struct arena *arena;
    struct error err;
};

static inline int fixture_set_up(void **state)
{
    struct arena *arena = arena_new("test", NULL);
    struct fixture *fixture = ARENA_NEW(arena, struct fixture);
    fixture->arena = arena;
    error_clear(&fixture->err);
    *state = fixture;
    return 0;
}

static inline int fixture_tear_down(void **state)
{
    struct fixture *fixture = *state;
    struct arena *arena = fixture->arena;
    arena_free(&arena);
    return 0;
}

static inline struct bound *node(struct fixture *fixture, enum bound_kind kind,
                                 uint32_t type, size_t argument_count)
{
    struct bound *bound = ARENA_NEW(fixture->arena, struct bound);
    bound->kind = kind;
    bound->type = type_find_oid(type);
    bound->typmod = TYPE_TYPMOD_NONE;
    bound->argument_count = argument_count;
    bound->arguments = ARENA_ARRAY(fixture->arena, const struct bound *, argument_count);
    return bound;
}

static inline struct bound *number(struct fixture *fixture, int32_t value)
{
    struct bound *bound = node(fixture, BOUND_CONSTANT, TYPE_INT4, 0);
    bound->constant.datum.int32 = value;
    return bound;
}

static inline struct bound *long_number(struct fixture *fixture, int64_t value)
{
    struct bound *bound = node(fixture, BOUND_CONSTANT, TYPE_INT8, 0);
    bound->constant.datum.int64 = value;
    return bound;
}

static inline struct bound *boolean(struct fixture *fixture, bool value)
{
    struct bound *bound = node(fixture, BOUND_CONSTANT, TYPE_BOOL, 0);
    bound->constant.datum.boolean = value;
    return bound;
}

static inline struct bound *text(struct fixture *fixture, const char *value)
{
    struct bound *bound = node(fixture, BOUND_CONSTANT, TYPE_TEXT, 0);
    bound->constant.datum.bytes = bytes_of_text(value);
    return bound;
}

static inline struct bound *pair(struct fixture *fixture, enum bound_kind kind,
                                 const struct bound *left, const struct bound *right)
{
    struct bound *bound = node(fixture, kind, TYPE_BOOL, 2);
    bound->arguments[0] = left;
    bound->arguments[1] = right;
    return bound;
}

static inline struct bound *both(struct fixture *fixture, const struct bound *left,
                                 const struct bound *right)
{
    return pair(fixture, BOUND_AND, left, right);
}

static inline struct bound *not_of(struct fixture *fixture, const struct bound *value)
{
    struct bound *bound = node(fixture, BOUND_NOT, TYPE_BOOL, 1);
    bound->arguments[0] = value;
    return bound;
}

static inline struct bound *is_null(struct fixture *fixture, const struct bound *value)
{
    struct bound *bound = node(fixture, BOUND_IS_NULL, TYPE_BOOL, 1);
    bound->arguments[0] = value;
    return bound;
}

static inline struct bound *call(struct fixture *fixture, uint32_t function,
                                 const struct bound *left, const struct bound *right)
{
    struct bound *bound = pair(fixture, BOUND_CALL, left, right);
    bound->call.function = function_find_oid(function);
    assert_non_null(bound->call.function);
    bound->type = type_find_oid(bound->call.function->result);
    bound->argument_count = right == NULL ? 1 : 2;
    bound->call.argument_types = ARENA_ARRAY(fixture->arena, const struct type *, 2);
    bound->call.argument_types[0] = left->type;
    if (right != NULL)
        bound->call.argument_types[1] = right->type;
    return bound;
}

/* "=" of two texts. */
static inline struct bound *same(struct fixture *fixture, const struct bound *left,
                                 const struct bound *right)
{
    return call(fixture, left->type->oid == TYPE_TEXT ? TEXT_EQUAL : INT4_EQUAL, left,
                right);
}

static inline struct bound_query *query_new(struct fixture *fixture)
{
    struct bound_query *query = ARENA_NEW(fixture->arena, struct bound_query);
    query->relations = ARENA_ARRAY(fixture->arena, struct bound_relation, 600);
    query->targets = ARENA_ARRAY(fixture->arena, const struct bound *, 100);
    query->columns.items = ARENA_ARRAY(fixture->arena, struct bound_column, 100);
    query->groups = ARENA_ARRAY(fixture->arena, const struct bound *, 100);
    query->commons = ARENA_ARRAY(fixture->arena, struct bound_common, 10);
    return query;
}

static inline void target_hidden(struct bound_query *query, const struct bound *value)
{
    query->targets[query->target_count++] = value;
}

static inline void target(struct bound_query *query, const struct bound *value)
{
    target_hidden(query, value);
    query->columns.items[query->columns.count++] = (struct bound_column){
        .name = "c", .type = value->type, .typmod = TYPE_TYPMOD_NONE};
}

static inline uint32_t relation_add(struct bound_query *query,
                                    struct bound_relation relation)
{
    query->relations[query->relation_count] = relation;
    return (uint32_t)query->relation_count++;
}

static inline uint32_t table(struct fixture *fixture, struct bound_query *query,
                             const char *name, const char *alias)
{
    const struct system_relation *system = fixture_relation(name);
    assert_non_null(system);
    struct bound_columns columns = {
        ARENA_ARRAY(fixture->arena, struct bound_column, system->column_count),
        system->column_count};
    for (size_t i = 0; i < columns.count; i++)
        columns.items[i] =
            (struct bound_column){.name = system->columns[i].name,
                                  .type = type_find_oid(system->columns[i].type_oid),
                                  .typmod = TYPE_TYPMOD_NONE};
    return relation_add(query, (struct bound_relation){.kind = BOUND_RELATION_SYSTEM,
                                                       .alias = alias,
                                                       .columns = columns,
                                                       .system = system});
}

static inline uint32_t subquery(struct bound_query *query,
                                const struct bound_query *inner, const char *alias)
{
    return relation_add(query, (struct bound_relation){.kind = BOUND_RELATION_QUERY,
                                                       .alias = alias,
                                                       .columns = inner->columns,
                                                       .query = inner});
}

static inline struct bound *column_at(struct fixture *fixture,
                                      const struct bound_query *query, uint32_t relation,
                                      uint32_t column, uint32_t levels)
{
    const struct type *type = query->relations[relation].columns.items[column].type;
    struct bound *bound = node(fixture, BOUND_COLUMN, type->oid, 0);
    bound->column.levels = levels;
    bound->column.relation = relation;
    bound->column.column = column;
    return bound;
}

/* By the name in a system relation. */
static inline struct bound *column(struct fixture *fixture,
                                   const struct bound_query *query, uint32_t relation,
                                   const char *name, uint32_t levels)
{
    const struct bound_columns *columns = &query->relations[relation].columns;
    for (uint32_t i = 0; i < columns->count; i++) {
        if (strcmp(columns->items[i].name, name) == 0)
            return column_at(fixture, query, relation, i, levels);
    }
    fail_msg("no column %s", name);
    return NULL;
}

static inline struct bound_from *leaf(struct fixture *fixture, uint32_t relation)
{
    struct bound_from *from = ARENA_NEW(fixture->arena, struct bound_from);
    from->relation = relation;
    return from;
}

static inline struct bound_from *join(struct fixture *fixture, enum bound_join_kind kind,
                                      const struct bound_from *left,
                                      const struct bound_from *right,
                                      const struct bound *condition)
{
    struct bound_from *from = ARENA_NEW(fixture->arena, struct bound_from);
    from->is_join = true;
    from->kind = kind;
    from->left = left;
    from->right = right;
    from->condition = condition;
    return from;
}

static inline struct bound *nested(struct fixture *fixture, enum bound_subquery form,
                                   const struct bound_query *query, uint32_t type)
{
    struct bound *bound = node(fixture, BOUND_SUBQUERY, type, 0);
    bound->subquery.form = form;
    bound->subquery.query = query;
    return bound;
}

/* `left` = ANY (query) */
static inline struct bound *in_query(struct fixture *fixture, const struct bound *left,
                                     const struct bound_query *query)
{
    struct bound *bound = node(fixture, BOUND_SUBQUERY, TYPE_BOOL, 1);
    bound->subquery.form = BOUND_SUBQUERY_ANY;
    bound->subquery.query = query;
    bound->subquery.function = function_find_oid(TEXT_EQUAL);
    bound->arguments[0] = left;
    return bound;
}

static inline struct bound *count_star(struct fixture *fixture)
{
    struct bound *bound = node(fixture, BOUND_AGGREGATE, TYPE_INT8, 0);
    bound->aggregate.function = function_find_oid(COUNT_ANY);
    return bound;
}

static inline const struct plan_statement *plan_of(struct fixture *fixture,
                                                   const struct bound_query *query)
{
    const struct plan_statement *plan = NULL;
    if (plan_query(fixture->arena, query, &plan, &fixture->err) != RC_OK)
        fail_msg("%s", fixture->err.message);
    return plan;
}

static inline void expect_plan(struct fixture *fixture, const struct bound_query *query,
                               const char *expected)
{
    const char **lines = NULL;
    size_t count = 0;
    plan_explain(fixture->arena, plan_of(fixture, query), &lines, &count);
    const char *all = "";
    for (size_t i = 0; i < count; i++)
        all = arena_printf(fixture->arena, "%s%s\n", all, lines[i]);
    assert_string_equal(all, expected);
}

#endif
