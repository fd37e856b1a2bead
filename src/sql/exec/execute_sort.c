/* A stable merge sort over rows of a store. */
#include "sql/exec/execute_internal.h"

enum { RUN = 8, CHECK_EVERY = 4096 };

int rows_compare(const struct row_order *order, union datum *a, union datum *b)
{
    const uint8_t *nulls_a = row_nulls(order->store, a);
    const uint8_t *nulls_b = row_nulls(order->store, b);
    for (size_t i = 0; i < order->key_count; i++) {
        const struct plan_sort_key *key = &order->keys[i];
        bool null_a = nulls_a[key->slot] != 0;
        bool null_b = nulls_b[key->slot] != 0;
        if (null_a != null_b)
            return null_a == key->nulls_first ? -1 : 1;
        if (null_a)
            continue;
        int result =
            type_compare(order->store->types[key->slot], a[key->slot], b[key->slot]);
        if (result != 0)
            return (result < 0) == key->is_descending ? 1 : -1;
    }
    return 0;
}

static void sort_run(const struct row_order *order, union datum **rows, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        union datum *row = rows[i];
        size_t at = i;
        for (; at > 0 && rows_compare(order, row, rows[at - 1]) < 0; at--)
            rows[at] = rows[at - 1];
        rows[at] = row;
    }
}

static void merge(const struct row_order *order, union datum *const *from, size_t middle,
                  size_t count, union datum **to)
{
    size_t left = 0;
    size_t right = middle;
    for (size_t i = 0; i < count; i++) {
        bool takes_left =
            right == count ||
            (left < middle && rows_compare(order, from[right], from[left]) >= 0);
        to[i] = takes_left ? from[left++] : from[right++];
    }
}

/* One pass: runs of `width` become runs twice as long. */
static enum rc merge_pass(const struct row_order *order, union datum *const *from,
                          size_t count, size_t width, union datum **to, struct error *err)
{
    size_t unchecked = 0;
    for (size_t at = 0; at < count; at += 2 * width) {
        size_t whole = count - at < 2 * width ? count - at : 2 * width;
        merge(order, from + at, whole < width ? whole : width, whole, to + at);
        unchecked += whole;
        if (unchecked < CHECK_EVERY)
            continue;
        unchecked = 0;
        TRY(execution_check(order->execution, err));
    }
    return RC_OK;
}

static enum rc check_keys(const struct row_order *order, struct error *err)
{
    for (size_t i = 0; i < order->key_count; i++) {
        const struct type *type = order->store->types[order->keys[i].slot];
        if (type->methods->compare == NULL)
            return error_set(err, SQLSTATE_UNDEFINED_FUNCTION,
                             "could not identify an ordering operator for type %s",
                             type_title(order->store->arena, type));
    }
    return RC_OK;
}

enum rc rows_sort(const struct row_order *order, union datum **rows, size_t count,
                  struct error *err)
{
    TRY(check_keys(order, err));
    for (size_t at = 0; at < count; at += RUN)
        sort_run(order, rows + at, count - at < RUN ? count - at : RUN);
    if (count <= RUN)
        return RC_OK;
    union datum **from = rows;
    union datum **to = ARENA_ARRAY(order->store->arena, union datum *, count);
    for (size_t width = RUN; width < count; width *= 2) {
        TRY(merge_pass(order, from, count, width, to, err));
        union datum **swap = from;
        from = to;
        to = swap;
    }
    if (from != rows)
        memcpy(rows, from, count * sizeof(*rows));
    return RC_OK;
}
