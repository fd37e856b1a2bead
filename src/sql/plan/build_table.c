/* A user's table: read whole, or by the index that its conditions suit best. What an
 * index was chosen for is tested again above it, so a choice can cost time only. */
#include "sql/bind/table.h"
#include "sql/plan/build.h"

static const double equality_share = 0.005;
static const double range_share = 0.02; /* between two bounds */
static const double half_share = 1.0 / 3;
/* A row by way of an index costs as much as this many in order. */
static const double random_cost = 8;

enum comparison {
    COMPARE_EQUAL,
    COMPARE_LESS,
    COMPARE_LESS_EQUAL,
    COMPARE_GREATER,
    COMPARE_GREATER_EQUAL,
    COMPARISON_COUNT
};

static const char *const comparison_names[] = {"=", "<", "<=", ">", ">="};
static const enum comparison turned[] = {COMPARE_EQUAL, COMPARE_GREATER,
                                         COMPARE_GREATER_EQUAL, COMPARE_LESS,
                                         COMPARE_LESS_EQUAL};

static bool find_comparison(const struct function *function, enum comparison *out)
{
    for (size_t i = 0; i < COMPARISON_COUNT; i++) {
        struct bytes name = bytes_of_text(comparison_names[i]);
        size_t at = 0;
        for (const struct operator_row *row = operator_candidates(name, &at); row != NULL;
             row = operator_candidates(name, &at)) {
            if (row->function == function->oid) {
                *out = (enum comparison)i;
                return true;
            }
        }
    }
    return false;
}

/* Types whose values have the same keys, so that one may stand for the other. */
static bool same_keys(const struct type *column, const struct type *value)
{
    static const uint32_t texts[] = {TYPE_TEXT, TYPE_VARCHAR, TYPE_NAME};
    bool column_is_text = false;
    bool value_is_text = false;
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        column_is_text = column_is_text || column->oid == texts[i];
        value_is_text = value_is_text || value->oid == texts[i];
    }
    return column == value || (column_is_text && value_is_text);
}

static bool is_whole(const struct type *type)
{
    return type->oid == TYPE_INT2 || type->oid == TYPE_INT4 || type->oid == TYPE_INT8;
}

/* A search for what the parts of an index are compared with. */
struct search {
    struct tree_build *build;
    const struct source *source;
    const struct expressions *more; /* beside the tree's filters; may be NULL */
    const struct tree *tree;
    const struct layout *layout; /* columns of it are known; may be NULL */
};

/* One usable condition on a column. */
struct usable {
    uint32_t column;
    enum comparison comparison;
    const struct bound *value;
    bool is_any; /* the value is an array */
};

struct known {
    const struct search *search;
    bool is_unknown;
};

/* A value is known before the scan when it reads no column of this block but those of the
 * layout. */
static bool node_is_unknown(void *argument, const struct bound *expression)
{
    struct known *known = argument;
    const struct search *search = known->search;
    if (expression->kind == BOUND_SUBQUERY || expression->kind == BOUND_AGGREGATE)
        known->is_unknown = true;
    if (expression->kind != BOUND_COLUMN)
        return known->is_unknown;
    const struct source *source =
        search->build->planner->sources[expression->column.relation];
    if (source->owner == search->build->block &&
        (search->layout == NULL ||
         layout_find(search->layout, expression->column.relation,
                     expression->column.column) == SIZE_MAX))
        known->is_unknown = true;
    return known->is_unknown;
}

static bool is_known(const struct search *search, const struct bound *value)
{
    struct known known = {search, false};
    if (is_volatile(value) || has_set_call(value))
        return false;
    (void)walk_expression(value, node_is_unknown, &known);
    return !known.is_unknown;
}

/* The column below casts that change no key. */
static const struct bound *own_column(const struct search *search,
                                      const struct bound *expression)
{
    if (expression->kind == BOUND_CAST && expression->typmod == TYPE_TYPMOD_NONE &&
        same_keys(expression->arguments[0]->type, expression->type))
        expression = expression->arguments[0];
    if (expression->kind != BOUND_COLUMN ||
        expression->column.relation != search->source->id)
        return NULL;
    return expression;
}

/* The value as one of the column's type; NULL: it cannot be. A whole number of another
 * width is the same number where it fits. */
static const struct bound *as_type_of(struct planner *planner, const struct bound *column,
                                      const struct bound *value)
{
    if (same_keys(column->type, value->type))
        return value;
    if (!is_whole(column->type) || !is_whole(value->type))
        return NULL;
    bool fits = column->type->length >= value->type->length;
    if (!fits && value->kind == BOUND_CONSTANT && !value->constant.null) {
        int64_t number = value->type->oid == TYPE_INT8   ? value->constant.datum.int64
                         : value->type->oid == TYPE_INT4 ? value->constant.datum.int32
                                                         : value->constant.datum.int16;
        fits = column->type->oid == TYPE_INT4
                   ? number >= INT32_MIN && number <= INT32_MAX
                   : number >= INT16_MIN && number <= INT16_MAX;
    }
    if (!fits)
        return NULL;
    struct bound *cast = ARENA_NEW(planner->arena, struct bound);
    cast->kind = BOUND_CAST;
    cast->type = column->type;
    cast->typmod = TYPE_TYPMOD_NONE;
    cast->arguments = ARENA_ARRAY(planner->arena, const struct bound *, 1);
    cast->arguments[0] = value;
    cast->argument_count = 1;
    return cast;
}

static bool use_quantified(const struct search *search, const struct bound *conjunct,
                           struct usable *out)
{
    const struct bound *column = own_column(search, conjunct->arguments[0]);
    const struct bound *array = conjunct->arguments[1];
    if (conjunct->call.all || column == NULL ||
        !find_comparison(conjunct->call.function, &out->comparison) ||
        out->comparison != COMPARE_EQUAL || array->type->element == 0 ||
        !same_keys(column->type, type_find_oid(array->type->element)) ||
        !is_known(search, array))
        return false;
    out->column = column->column.column;
    out->value = array;
    out->is_any = true;
    return true;
}

static bool use_conjunct(const struct search *search, const struct bound *conjunct,
                         struct usable *out)
{
    *out = (struct usable){0};
    if (conjunct->kind == BOUND_QUANTIFIED && conjunct->argument_count == 2)
        return use_quantified(search, conjunct, out);
    if (conjunct->kind != BOUND_CALL || conjunct->argument_count != 2 ||
        !find_comparison(conjunct->call.function, &out->comparison))
        return false;
    size_t at = own_column(search, conjunct->arguments[0]) != NULL ? 0 : 1;
    const struct bound *column = own_column(search, conjunct->arguments[at]);
    if (column == NULL || !is_known(search, conjunct->arguments[1 - at]))
        return false;
    out->value = as_type_of(search->build->planner, column, conjunct->arguments[1 - at]);
    out->column = column->column.column;
    if (at == 1)
        out->comparison = turned[out->comparison];
    return out->value != NULL;
}

static const struct bound *conjunct_at(const struct search *search, size_t i)
{
    if (i < search->tree->filters.count)
        return search->tree->filters.items[i];
    return search->more->items[i - search->tree->filters.count];
}

static size_t conjunct_count(const struct search *search)
{
    return search->tree->filters.count + (search->more == NULL ? 0 : search->more->count);
}

/* What of an index can be used. */
struct choice {
    size_t index;
    const struct bound **equal;
    size_t equal_count;
    const struct bound *any;
    const struct bound *lower;
    const struct bound *upper;
    bool lower_inclusive;
    bool upper_inclusive;
    double share; /* of the table's rows; 0: one row */
    bool is_useful;
};

/* The first usable equality on the column; else an array of values, else bounds. */
static void match_part(const struct search *search, uint32_t place, struct choice *choice)
{
    for (size_t i = 0; i < conjunct_count(search); i++) {
        struct usable usable;
        if (!use_conjunct(search, conjunct_at(search, i), &usable) ||
            usable.column != place)
            continue;
        if (usable.is_any) {
            choice->any = usable.value;
        } else if (usable.comparison == COMPARE_EQUAL) {
            choice->equal[choice->equal_count++] = usable.value;
            choice->any = choice->lower = choice->upper = NULL;
            return;
        } else if (usable.comparison == COMPARE_GREATER ||
                   usable.comparison == COMPARE_GREATER_EQUAL) {
            choice->lower = usable.value;
            choice->lower_inclusive = usable.comparison == COMPARE_GREATER_EQUAL;
        } else {
            choice->upper = usable.value;
            choice->upper_inclusive = usable.comparison == COMPARE_LESS_EQUAL;
        }
    }
    if (choice->any != NULL)
        choice->lower = choice->upper = NULL;
}

static struct choice match_index(const struct search *search, size_t at)
{
    const struct table_index *index = &search->source->table->indexes[at];
    struct choice choice = {.index = at, .share = 1};
    bool is_partial = index->predicate_sql != NULL && index->predicate_sql[0] != '\0';
    choice.equal = ARENA_ARRAY(search->build->planner->arena, const struct bound *,
                               index->part_count + 1);
    for (size_t i = 0; i < index->part_count && !is_partial; i++) {
        size_t before = choice.equal_count;
        if (index->parts[i].place == UINT32_MAX)
            break;
        match_part(search, index->parts[i].place, &choice);
        if (choice.equal_count == before)
            break;
        choice.share *= equality_share;
    }
    if (choice.any != NULL)
        choice.share *= equality_share * 10;
    else if (choice.lower != NULL && choice.upper != NULL)
        choice.share *= range_share;
    else if (choice.lower != NULL || choice.upper != NULL)
        choice.share *= half_share;
    choice.is_useful = choice.share < 1;
    if (index->is_unique && choice.equal_count == index->part_count)
        choice.share = 0;
    return choice;
}

static struct choice choose(const struct search *search)
{
    struct choice best = {.share = 1};
    for (size_t i = 0; i < search->source->table->index_count; i++) {
        struct choice choice = match_index(search, i);
        if (choice.is_useful && (!best.is_useful || choice.share < best.share))
            best = choice;
    }
    return best;
}

static double share_rows(const struct source *source, double share)
{
    double rows = (double)source->table->row_estimate * share;
    return rows < 1 ? 1 : rows;
}

double build_table_rows(struct tree_build *build, struct tree *tree,
                        const struct expressions *conditions, const struct layout *layout)
{
    if (tree->kind != TREE_SOURCE || tree->source->kind != SOURCE_TABLE)
        return -1;
    struct search search = {build, tree->source, conditions, tree, layout};
    struct choice choice = choose(&search);
    if (!choice.is_useful || choice.equal_count + (choice.any != NULL) == 0)
        return -1;
    return share_rows(tree->source, choice.share);
}

static enum rc optional(struct planner *planner, struct border *border,
                        const struct bound *expression, const struct bound **out)
{
    struct layout none = {0};
    *out = NULL;
    return expression == NULL ? RC_OK
                              : translate(planner, &none, border, expression, out);
}

static enum rc use_choice(struct planner *planner, struct border *border,
                          const struct choice *choice, struct plan *plan)
{
    struct layout none = {0};
    plan->kind = PLAN_INDEX;
    plan->table.index = choice->index;
    plan->table.equal_count = choice->equal_count;
    plan->table.equal =
        ARENA_ARRAY(planner->arena, const struct bound *, choice->equal_count + 1);
    for (size_t i = 0; i < choice->equal_count; i++)
        TRY(translate(planner, &none, border, choice->equal[i], &plan->table.equal[i]));
    TRY(optional(planner, border, choice->any, &plan->table.any));
    TRY(optional(planner, border, choice->lower, &plan->table.lower));
    TRY(optional(planner, border, choice->upper, &plan->table.upper));
    plan->table.lower_inclusive = choice->lower_inclusive;
    plan->table.upper_inclusive = choice->upper_inclusive;
    return RC_OK;
}

static void used_columns(struct planner *planner, const struct source *source,
                         struct built *built, struct plan **plan_out)
{
    size_t count = 0;
    for (size_t i = 0; i < source->column_count; i++)
        count += source->used[i];
    built->layout = layout_new(planner, count);
    struct plan *plan = plan_new(planner, PLAN_TABLE, count);
    uint32_t *places = ARENA_ARRAY(planner->arena, uint32_t, count + 1);
    count = 0;
    for (uint32_t i = 0; i < source->column_count; i++) {
        if (!source->used[i])
            continue;
        built->layout.items[count] = (struct layout_item){source->id, i};
        plan->types[count] = source->types[i];
        places[count++] = i;
    }
    plan->table.table = source->table;
    plan->table.places = places;
    plan->table.alias = source->alias;
    *plan_out = plan;
}

/* The border tells which columns of this block are known: those of a join that runs its
 * right side again. */
static const struct layout *known_layout(const struct tree_build *build,
                                         const struct border *border)
{
    for (; border != NULL; border = border->outer) {
        const struct layout *layout = border->layout;
        for (size_t i = 0; layout != NULL && i < layout->count; i++) {
            uint32_t source = layout->items[i].source;
            if (source != NO_SOURCE &&
                build->planner->sources[source]->owner == build->block)
                return layout;
        }
    }
    return NULL;
}

enum rc build_table(struct tree_build *build, struct tree *tree, struct border *border,
                    struct built *built)
{
    struct planner *planner = build->planner;
    const struct source *source = tree->source;
    struct search search = {build, source, NULL, tree, known_layout(build, border)};
    struct choice choice = choose(&search);
    struct plan *plan = NULL;
    used_columns(planner, source, built, &plan);
    built->plan = plan;
    plan->rows = share_rows(source, 1);
    plan->cost = plan->rows * 0.01;
    double rows = share_rows(source, choice.share);
    if (!choice.is_useful || (choice.equal_count == 0 && choice.any == NULL &&
                              rows * random_cost > plan->rows))
        return RC_OK;
    plan->rows = rows;
    plan->cost = rows * random_cost * 0.01;
    return use_choice(planner, border, &choice, plan);
}
