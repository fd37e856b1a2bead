/* Reading tables: by row id, by index, single rows. */
#include "sql/exec/heap_internal.h"

struct heap_scan {
    struct heap *heap;
    struct heap_decoder decoder;
    struct store_cursor *cursor; /* NULL: one key at most, or not begun */
    const struct heap_index *index;
    enum store_direction direction;
    struct store_key point; /* the only key of the range */
    bool is_point;
    bool is_empty; /* the range, or the rest of a point */
};

static void close_cursor(void *argument)
{
    struct heap_scan *scan = argument;
    store_cursor_close(&scan->cursor);
}

static struct heap_scan *scan_new(struct heap *heap, struct arena *arena,
                                  struct heap_wanted wanted)
{
    struct heap_scan *scan = ARENA_NEW(arena, struct heap_scan);
    scan->heap = heap;
    heap_decoder_init(&scan->decoder, arena, heap->table, wanted);
    arena_on_reset(arena, close_cursor, scan);
    return scan;
}

static enum rc set_range(struct heap_scan *scan, struct store_range range,
                         enum store_direction direction, struct error *err)
{
    if (scan->cursor != NULL && scan->direction == direction)
        return store_cursor_seek(scan->cursor, range, err);
    store_cursor_close(&scan->cursor);
    scan->direction = direction;
    TRY(store_cursor_open(scan->heap->transaction, range, direction, &scan->cursor, err));
    store_cursor_as_of(scan->cursor, scan->heap->serial);
    return RC_OK;
}

enum rc heap_scan_open(struct heap *heap, struct arena *arena, struct heap_wanted wanted,
                       struct heap_scan **scan_out, struct error *err)
{
    struct store_key lower;
    struct store_key upper;
    struct heap_scan *scan = scan_new(heap, arena, wanted);
    store_key_begin(&lower, TABLE_SPACE_ROWS);
    store_key_add_u64(&lower, heap->table->storage);
    upper = lower;
    store_key_make_end(&upper);
    *scan_out = scan;
    return set_range(
        scan, (struct store_range){store_key_bytes(&lower), store_key_bytes(&upper)},
        STORE_FORWARD, err);
}

/* ---- ranges of an index ---- */

/* A bound in the index' own order; the least key that is not before (or, `is_after`, that
 * is behind) all entries with the value. */
static void add_bound(struct heap_scan *scan, const struct index_part *part,
                      struct value value, bool is_after, struct store_key *key)
{
    bool is_cut = index_key_add_prefix(key, part, value, &scan->heap->scratch);
    (void)is_cut; /* a prefix takes in more than the range */
    if (is_after)
        store_key_make_end(key);
}

/* Bounds on the part behind the equal ones. NULLs are outside of both. */
static void add_bounds(struct heap_scan *scan, const struct heap_range *range,
                       struct store_key *lower, struct store_key *upper)
{
    const struct index_part *part = &scan->index->parts[range->equal_count];
    bool is_descending = (part->order & STORE_KEY_DESCENDING) != 0;
    const struct value *first = is_descending ? range->upper : range->lower;
    const struct value *last = is_descending ? range->lower : range->upper;
    bool first_inclusive =
        is_descending ? range->upper_inclusive : range->lower_inclusive;
    bool last_inclusive = is_descending ? range->lower_inclusive : range->upper_inclusive;
    *upper = *lower;
    if (first != NULL) {
        struct store_key exact = *lower;
        bool is_cut = index_key_add_prefix(&exact, part, *first, &scan->heap->scratch);
        add_bound(scan, part, *first, !first_inclusive && !is_cut, lower);
    } else {
        store_key_add_present(lower);
    }
    if (last != NULL) {
        struct store_key exact = *upper;
        bool is_cut = index_key_add_prefix(&exact, part, *last, &scan->heap->scratch);
        add_bound(scan, part, *last, last_inclusive || is_cut, upper);
    } else {
        store_key_add_present(upper);
        store_key_make_end(upper);
    }
}

static bool range_is_empty(const struct heap_range *range)
{
    for (size_t i = 0; i < range->equal_count; i++) {
        if (range->equal[i].null)
            return true;
    }
    return (range->lower != NULL && range->lower->null) ||
           (range->upper != NULL && range->upper->null);
}

enum rc heap_index_seek(struct heap_scan *scan, const struct heap_range *range,
                        struct error *err)
{
    struct store_key lower;
    struct store_key upper;
    scan->is_empty = range_is_empty(range);
    if (scan->is_empty)
        return RC_OK;
    heap_index_prefix(&lower, scan->index->index);
    for (size_t i = 0; i < range->equal_count; i++)
        index_key_add(&lower, &scan->index->parts[i], range->equal[i],
                      &scan->heap->scratch);
    scan->is_point = scan->index->index->is_unique &&
                     range->equal_count == scan->index->index->part_count;
    if (lower.failed) { /* such a key was never stored */
        scan->is_empty = true;
        return RC_OK;
    }
    if (scan->is_point) {
        scan->point = lower;
        return RC_OK;
    }
    if (range->lower != NULL || range->upper != NULL) {
        add_bounds(scan, range, &lower, &upper);
    } else {
        upper = lower;
        store_key_make_end(&upper);
    }
    return set_range(
        scan, (struct store_range){store_key_bytes(&lower), store_key_bytes(&upper)},
        range->is_backward ? STORE_BACKWARD : STORE_FORWARD, err);
}

enum rc heap_index_open(struct heap *heap, struct arena *arena,
                        const struct heap_range *range, struct heap_wanted wanted,
                        struct heap_scan **scan_out, struct error *err)
{
    struct heap_scan *scan = scan_new(heap, arena, wanted);
    scan->index = &heap->indexes[range->index];
    *scan_out = scan;
    return heap_index_seek(scan, range, err);
}

/* ---- rows ---- */

static enum rc fetch(struct heap *heap, const struct heap_decoder *decoder,
                     uint64_t row_id, struct vector *columns, size_t at,
                     struct error *err)
{
    struct store_key key;
    struct bytes row;
    heap_row_key(&key, heap->table, row_id);
    TRY(store_get_as_of(heap->transaction, store_key_bytes(&key), heap->serial, &row,
                        err));
    return heap_decode(decoder, row, row_id, columns, at, err);
}

enum rc heap_fetch(struct heap *heap, uint64_t row_id, struct heap_wanted wanted,
                   struct vector *columns, size_t at, struct error *err)
{
    struct heap_decoder decoder;
    struct arena *arena = arena_new("fetch", NULL);
    heap_decoder_init(&decoder, arena, heap->table, wanted);
    enum rc rc = fetch(heap, &decoder, row_id, columns, at, err);
    arena_free(&arena);
    return rc;
}

enum rc heap_fetch_newest(struct heap *heap, uint64_t row_id, struct heap_wanted wanted,
                          struct vector *columns, size_t at, struct error *err)
{
    uint64_t serial = heap->serial;
    heap->serial = store_transaction_serial(heap->transaction);
    enum rc rc = heap_fetch(heap, row_id, wanted, columns, at, err);
    heap->serial = serial;
    return rc;
}

bool heap_is_written(const struct heap *heap, uint64_t row_id)
{
    struct store_key key;
    heap_row_key(&key, heap->table, row_id);
    return store_is_edited_since(heap->transaction, store_key_bytes(&key), heap->serial);
}

/* An entry without its row is damage, never a race: both are of one snapshot. */
static enum rc fetch_entry(struct heap_scan *scan, struct bytes value,
                           struct vector *columns, size_t at, struct error *err)
{
    uint64_t row_id = 0;
    TRY(heap_row_id_of(value, &row_id, err));
    enum rc rc = fetch(scan->heap, &scan->decoder, row_id, columns, at, err);
    if (rc == RC_NOTFOUND)
        return error_set(err, SQLSTATE_DATA_CORRUPTED,
                         "index \"%s\" has an entry without a row",
                         scan->index->index->name);
    return rc;
}

static enum rc next_point(struct heap_scan *scan, struct vector *columns,
                          size_t *count_out, struct error *err)
{
    struct bytes value;
    scan->is_empty = true;
    enum rc rc = store_get_as_of(scan->heap->transaction, store_key_bytes(&scan->point),
                                 scan->heap->serial, &value, err);
    if (rc == RC_NOTFOUND)
        return RC_EOF;
    TRY(rc);
    TRY(fetch_entry(scan, value, columns, 0, err));
    *count_out = 1;
    return RC_OK;
}

static enum rc take_row(struct heap_scan *scan, struct bytes key, struct bytes value,
                        struct vector *columns, size_t at, struct error *err)
{
    if (scan->index != NULL)
        return fetch_entry(scan, value, columns, at, err);
    uint64_t row_id = 0;
    TRY(heap_row_id_of(bytes_of(key.at + 9, key.len - 9), &row_id, err));
    return heap_decode(&scan->decoder, value, row_id, columns, at, err);
}

enum rc heap_scan_next(struct heap_scan *scan, struct vector *columns, size_t room,
                       size_t *count_out, struct error *err)
{
    struct bytes key;
    struct bytes value;
    *count_out = 0;
    if (scan->is_empty)
        return RC_EOF;
    if (scan->is_point)
        return next_point(scan, columns, count_out, err);
    while (*count_out < room) {
        enum rc rc = store_cursor_next(scan->cursor, &key, &value, err);
        if (rc == RC_NOTFOUND)
            break;
        TRY(rc);
        TRY(take_row(scan, key, value, columns, *count_out, err));
        ++*count_out;
    }
    return *count_out == 0 ? RC_EOF : RC_OK;
}
