/* FOR UPDATE and its kin: PostgreSQL's transformLockingClause(). */
#include "sql/bind/binder.h"

static const char *lock_name(const struct ast_locking *locking)
{
    static const char *const names[] = {
        [LOCK_KEY_SHARE] = "FOR KEY SHARE",
        [LOCK_SHARE] = "FOR SHARE",
        [LOCK_NO_KEY_UPDATE] = "FOR NO KEY UPDATE",
        [LOCK_UPDATE] = "FOR UPDATE",
    };
    return names[locking->strength];
}

static bool targets_return_sets(const struct bound_query *query)
{
    for (size_t i = 0; i < query->target_count; i++) {
        if (bound_find_set(query->targets[i]) != NULL)
            return true;
    }
    return false;
}

enum rc lock_check(struct binder *binder, const struct scope *scope,
                   const struct ast_query *query)
{
    const struct bound_query *bound = scope->query;
    if (query->lock_count == 0)
        return RC_OK;
    const char *name = lock_name(&query->locks[0]);
    if (query->kind == QUERY_VALUES)
        return error_set(binder->err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "%s cannot be applied to VALUES", name);
    const char *with = query->kind == QUERY_SET        ? "UNION/INTERSECT/EXCEPT"
                       : query->select.is_distinct     ? "DISTINCT clause"
                       : query->select.group_count > 0 ? "GROUP BY clause"
                       : query->select.having != NULL  ? "HAVING clause"
                       : scope->has_aggregates         ? "aggregate functions"
                       : scope->window_count > 0       ? "window functions"
                       : targets_return_sets(bound)
                           ? "set-returning functions in the target list"
                           : NULL;
    if (with == NULL)
        return RC_OK;
    return error_set(binder->err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                     "%s is not allowed with %s", name, with);
}

static void add_lock(struct binder *binder, struct bound_query *query, uint32_t relation,
                     const struct ast_locking *locking)
{
    struct bound_lock lock = {
        relation, (enum bound_lock_strength)locking->strength, /* same order */
        locking->wait == LOCK_WAIT_ERROR  ? BOUND_LOCK_NOWAIT
        : locking->wait == LOCK_WAIT_SKIP ? BOUND_LOCK_SKIP
                                          : BOUND_LOCK_WAIT};
    struct bound_lock *locks =
        ARENA_ARRAY(binder->arena, struct bound_lock, query->lock_count + 1);
    size_t at = 0;
    if (query->lock_count > 0)
        memcpy(locks, query->locks, query->lock_count * sizeof(*locks));
    while (at < query->lock_count && locks[at].relation != relation)
        at++;
    if (at == query->lock_count) {
        locks[query->lock_count++] = lock;
    } else {
        if (lock.strength > locks[at].strength)
            locks[at].strength = lock.strength;
        if (lock.wait > locks[at].wait)
            locks[at].wait = lock.wait;
    }
    query->locks = locks;
}

static void lock_all(struct binder *binder, struct bound_query *query,
                     const struct ast_locking *locking);

/* A subquery's own relations are locked; it is copied, since others may hold it. */
static void lock_relation(struct binder *binder, struct bound_query *query,
                          uint32_t place, const struct ast_locking *locking)
{
    struct bound_relation *relation = &query->relations[place];
    if (relation->kind == BOUND_RELATION_TABLE)
        add_lock(binder, query, place, locking);
    if (relation->kind != BOUND_RELATION_QUERY ||
        relation->query->kind != BOUND_QUERY_SELECT)
        return;
    struct bound_query *inner = ARENA_NEW(binder->arena, struct bound_query);
    *inner = *relation->query;
    inner->relations =
        ARENA_ARRAY(binder->arena, struct bound_relation, inner->relation_count + 1);
    if (inner->relation_count > 0)
        memcpy(inner->relations, relation->query->relations,
               inner->relation_count * sizeof(*inner->relations));
    lock_all(binder, inner, locking);
    relation->query = inner;
}

static void lock_all(struct binder *binder, struct bound_query *query,
                     const struct ast_locking *locking)
{
    for (size_t i = 0; i < query->relation_count; i++)
        lock_relation(binder, query, (uint32_t)i, locking);
}

static enum rc check_kind(struct binder *binder, const struct bound_relation *relation,
                          const struct ast_name *name, const char *title)
{
    bool is_values = relation->kind == BOUND_RELATION_QUERY &&
                     relation->query->kind == BOUND_QUERY_VALUES;
    const char *what = relation->kind == BOUND_RELATION_FUNCTION ? "a function"
                       : relation->kind == BOUND_RELATION_COMMON ? "a WITH query"
                       : is_values                               ? "VALUES"
                                                                 : NULL;
    if (what == NULL)
        return RC_OK;
    return error_set_at(binder->err, binder_position(binder, name->span),
                        SQLSTATE_FEATURE_NOT_SUPPORTED, "%s cannot be applied to %s",
                        title, what);
}

static enum rc lock_named(struct binder *binder, struct bound_query *query,
                          const struct ast_name *name, const struct ast_locking *locking)
{
    const char *title = lock_name(locking);
    if (name->count != 1)
        return error_set_at(binder->err, binder_position(binder, name->span),
                            SQLSTATE_SYNTAX_ERROR,
                            "%s must specify unqualified relation names", title);
    for (size_t i = 0; i < query->relation_count; i++) {
        const struct bound_relation *relation = &query->relations[i];
        if (relation->alias == NULL || strcmp(relation->alias, name->parts[0]) != 0)
            continue;
        TRY(check_kind(binder, relation, name, title));
        lock_relation(binder, query, (uint32_t)i, locking);
        return RC_OK;
    }
    return error_set_at(
        binder->err, binder_position(binder, name->span), SQLSTATE_UNDEFINED_TABLE,
        "relation \"%s\" in %s clause not found in FROM clause", name->parts[0], title);
}

enum rc lock_bind(struct binder *binder, struct scope *scope,
                  const struct ast_query *query)
{
    TRY(lock_check(binder, scope, query));
    for (size_t i = 0; i < query->lock_count; i++) {
        const struct ast_locking *locking = &query->locks[i];
        if (locking->relation_count == 0)
            lock_all(binder, scope->query, locking);
        for (size_t k = 0; k < locking->relation_count; k++)
            TRY(lock_named(binder, scope->query, &locking->relations[k], locking));
    }
    return RC_OK;
}
