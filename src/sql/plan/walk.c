/* Walks over the expressions of blocks, and rewriting copies. */
#include "sql/plan/planner.h"

static enum rc each_of(struct expressions *list, expression_slot *function,
                       void *argument)
{
    for (size_t i = 0; i < list->count; i++)
        TRY(function(argument, &list->items[i]));
    return RC_OK;
}

static enum rc source_each(struct source *source, expression_slot *function,
                           void *argument)
{
    if (source->kind == SOURCE_BLOCK)
        return block_each(source->block, function, argument);
    return each_of(&source->calls, function, argument);
}

enum rc tree_each(struct tree *tree, expression_slot *function, void *argument)
{
    TRY(each_of(&tree->filters, function, argument));
    if (tree->kind == TREE_ONE_ROW)
        return RC_OK;
    if (tree->kind == TREE_SOURCE)
        return source_each(tree->source, function, argument);
    TRY(each_of(&tree->conditions, function, argument));
    TRY(tree_each(tree->left, function, argument));
    return tree_each(tree->right, function, argument);
}

enum rc windows_each(struct block *block, expression_slot *function, void *argument)
{
    TRY(each_of(&block->window_calls, function, argument));
    for (size_t i = 0; i < block->window_count; i++) {
        struct block_window *window = &block->windows[i];
        TRY(each_of(&window->partition, function, argument));
        TRY(each_of(&window->order, function, argument));
        if (window->frame.start_offset != NULL)
            TRY(function(argument, &window->frame.start_offset));
        if (window->frame.end_offset != NULL)
            TRY(function(argument, &window->frame.end_offset));
    }
    return RC_OK;
}

enum rc block_each(struct block *block, expression_slot *function, void *argument)
{
    if (block->tree != NULL)
        TRY(tree_each(block->tree, function, argument));
    struct expressions *lists[] = {&block->where,  &block->groups,  &block->calls,
                                   &block->having, &block->targets, &block->conflict};
    for (size_t i = 0; i < ARRAY_COUNT(lists); i++)
        TRY(each_of(lists[i], function, argument));
    TRY(windows_each(block, function, argument));
    if (block->limit != NULL)
        TRY(function(argument, &block->limit));
    if (block->offset != NULL)
        TRY(function(argument, &block->offset));
    for (size_t row = 0; row < block->value_row_count; row++) {
        for (size_t i = 0; i < block->column_count; i++)
            TRY(function(argument, &block->value_rows[row][i]));
    }
    for (size_t i = 0; i < block->input_count; i++)
        TRY(block_each(block->inputs[i], function, argument));
    return RC_OK;
}

struct walk {
    expression_visit *visit;
    void *argument;
};

static enum rc walk_slot(void *argument, const struct bound **slot)
{
    struct walk *walk = argument;
    return walk_expression(*slot, walk->visit, walk->argument) ? RC_EOF : RC_OK;
}

bool walk_block(struct block *block, expression_visit *visit, void *argument)
{
    struct walk walk = {visit, argument};
    return block_each(block, walk_slot, &walk) != RC_OK;
}

static const struct bound *filter_of(const struct bound *expression)
{
    return expression->kind == BOUND_AGGREGATE ? expression->aggregate.filter
           : expression->kind == BOUND_WINDOW  ? expression->window.filter
                                               : NULL;
}

bool walk_expression(const struct bound *expression, expression_visit *visit,
                     void *argument)
{
    if (visit(argument, expression))
        return true;
    for (size_t i = 0; i < expression->argument_count; i++) {
        if (walk_expression(expression->arguments[i], visit, argument))
            return true;
    }
    const struct bound *filter = filter_of(expression);
    if (filter != NULL)
        return walk_expression(filter, visit, argument);
    if (expression->kind == BOUND_SUBQUERY)
        return walk_block(((const struct subquery_expression *)expression)->block, visit,
                          argument);
    return false;
}

static enum rc map_arguments(struct mapper *mapper, const struct bound **slot)
{
    const struct bound *expression = *slot;
    const struct bound **arguments = NULL;
    for (size_t i = 0; i < expression->argument_count; i++) {
        const struct bound *mapped = expression->arguments[i];
        TRY(map_expression(mapper, &mapped));
        if (mapped == expression->arguments[i] && arguments == NULL)
            continue;
        if (arguments == NULL) {
            arguments = ARENA_ARRAY(mapper->planner->arena, const struct bound *,
                                    expression->argument_count);
            memcpy(arguments, expression->arguments,
                   expression->argument_count * sizeof *arguments);
        }
        arguments[i] = mapped;
    }
    const struct bound *filter = filter_of(expression);
    if (filter != NULL)
        TRY(map_expression(mapper, &filter));
    bool same_filter = filter == filter_of(expression);
    if (arguments == NULL && same_filter)
        return RC_OK;

    struct subquery_expression *copy =
        ARENA_NEW(mapper->planner->arena, struct subquery_expression);
    copy->bound = *expression;
    if (expression->kind == BOUND_SUBQUERY)
        copy->block = ((const struct subquery_expression *)expression)->block;
    if (arguments != NULL)
        copy->bound.arguments = arguments;
    if (!same_filter && expression->kind == BOUND_WINDOW)
        copy->bound.window.filter = filter;
    else if (!same_filter)
        copy->bound.aggregate.filter = filter;
    *slot = &copy->bound;
    return RC_OK;
}

enum rc map_expression(struct mapper *mapper, const struct bound **slot)
{
    const struct bound *replacement = mapper->replace(mapper, *slot);
    if (replacement != NULL) {
        *slot = replacement;
        return RC_OK;
    }
    TRY(planner_enter(mapper->planner));
    if ((*slot)->kind == BOUND_SUBQUERY)
        TRY(map_block(mapper, ((const struct subquery_expression *)*slot)->block));
    TRY(map_arguments(mapper, slot));
    planner_leave(mapper->planner);
    return RC_OK;
}

static enum rc map_slot(void *argument, const struct bound **slot)
{
    return map_expression(argument, slot);
}

enum rc map_block(struct mapper *mapper, struct block *block)
{
    TRY(planner_enter(mapper->planner));
    TRY(block_each(block, map_slot, mapper));
    planner_leave(mapper->planner);
    return RC_OK;
}

/* What a replacement holds may itself have been pulled up before its own block was. */
static const struct bound *replacement_of(struct mapper *mapper,
                                          const struct bound *expression)
{
    if (expression->kind != BOUND_COLUMN)
        return NULL;
    const struct source *source = mapper->planner->sources[expression->column.relation];
    if (source->replacements == NULL)
        return NULL;
    return source->replacements[expression->column.column];
}

enum rc substitute_block(struct planner *planner, struct block *block)
{
    struct mapper mapper = {.planner = planner, .replace = replacement_of};
    return map_block(&mapper, block);
}

enum rc substitute_expression(struct planner *planner, const struct bound **slot)
{
    struct mapper mapper = {.planner = planner, .replace = replacement_of};
    return map_expression(&mapper, slot);
}
