/* The planner's entry: import, rewrite, build. */
#include "sql/plan/build.h"

enum rc plan_query(struct arena *arena, const struct bound_query *query,
                   const struct plan_statement **plan_out, struct error *err)
{
    struct planner planner = {.arena = arena, .err = err};
    struct block *block = NULL;
    struct plan *root = NULL;
    TRY(import_query(&planner, query, &block));
    TRY(build_block(&planner, block, NULL, NULL, &root));
    TRY(build_modifying(&planner));
    struct plan_statement *statement = ARENA_NEW(arena, struct plan_statement);
    statement->root = root;
    statement->commons = planner.commons;
    statement->common_count = planner.common_count;
    statement->must_finish = planner.must_finish;
    statement->has_locks = planner.modifying_count != 0 || planner.has_locks;
    statement->outer_count = planner.outer_count;
    statement->recursive_count = planner.recursive_count;
    *plan_out = statement;
    return RC_OK;
}
