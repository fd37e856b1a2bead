/* INSERT, UPDATE and DELETE as blocks. */
#include "sql/bind/bound_modify.h"
#include "sql/plan/import.h"

void common_must_finish(struct planner *planner, struct common *common)
{
    common->is_modify = true;
    planner->modifying =
        planner_grow(planner->arena, planner->modifying, planner->modifying_count,
                     &planner->modifying_room, sizeof(struct common *));
    planner->modifying[planner->modifying_count++] = common;
}

void import_locks(struct planner *planner, struct import_scope *scope)
{
    const struct bound_query *query = scope->query;
    struct block *block = scope->block;
    block->locks = ARENA_ARRAY(planner->arena, struct plan_lock, query->lock_count + 1);
    for (size_t i = 0; i < query->lock_count; i++) {
        const struct bound_lock *lock = &query->locks[i];
        const struct source *source = planner->sources[scope->ids[lock->relation]];
        if (source->kind != SOURCE_TABLE)
            continue;
        planner->has_locks = true;
        block->locks[block->lock_count++] =
            (struct plan_lock){.table = source->table,
                               .slot = (uint32_t)block->targets.count,
                               .strength = lock->strength,
                               .wait = lock->wait};
        expressions_add(planner, &block->targets,
                        column_of(planner, source, (uint32_t)source->column_count - 1));
    }
}

/* ON CONFLICT reads two rows of the table: columns of relation 0 of this query. */
static enum rc import_conflict(struct planner *planner, struct import_scope *scope)
{
    const struct bound_modify *modify = scope->query->modify;
    struct block *block = scope->block;
    size_t width = modify->table->column_count;
    struct source *rows = source_new(planner, SOURCE_DERIVED, "", 2 * width);
    for (size_t i = 0; i < 2 * width; i++)
        rows->types[i] = modify->table->columns[i % width].type;
    block->conflict_rows = rows;
    scope->ids = ARENA_ARRAY(planner->arena, uint32_t, 1);
    scope->ids[0] = rows->id;
    for (size_t i = 0; i < modify->assignment_count; i++) {
        const struct bound *value = NULL;
        TRY(import_expression(planner, scope, modify->assignments[i].value, &value));
        expressions_add(planner, &block->conflict, value);
    }
    if (modify->conflict_where == NULL)
        return RC_OK;
    const struct bound *where = NULL;
    TRY(import_expression(planner, scope, modify->conflict_where, &where));
    expressions_add(planner, &block->conflict, where);
    return RC_OK;
}

enum rc import_modify(struct planner *planner, struct import_scope *scope)
{
    const struct bound_modify *modify = scope->query->modify;
    struct block *block = scope->block;
    block->kind = BLOCK_MODIFY;
    block->modify = modify;
    block->inputs = ARENA_ARRAY(planner->arena, struct block *, 1);
    block->input_count = 1;
    TRY(import_subquery(planner, scope, modify->source, &block->inputs[0]));
    return modify->conflict == BOUND_CONFLICT_UPDATE ? import_conflict(planner, scope)
                                                     : RC_OK;
}
