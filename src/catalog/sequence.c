#include "catalog/sequence.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/reader.h"
#include "catalog/row.h"
#include "store/counter.h"

enum { COUNTER_NAME_MAX = 40 };

/* Rows of a sequence. */
enum { ROW_RUN = 'r', ROW_VALUE = 'v' };

struct run {
    uint64_t number;
    int64_t base;
    bool is_called;
};

static void put_u64(uint8_t *at, uint64_t number)
{
    for (unsigned i = 0; i < 8; i++)
        at[i] = (uint8_t)(number >> (8 * (7 - i)));
}

static struct catalog_key row_key(uint64_t storage, char row)
{
    struct catalog_key key = {.len = 10};

    key.at[0] = CATALOG_SPACE_SEQUENCE;
    put_u64(key.at + 1, storage);
    key.at[9] = (uint8_t)row;
    return key;
}

/* A row is run, value, flag. */
static enum rc row_put(struct store_transaction *transaction, uint64_t storage, char row,
                       const struct run *run, struct error *err)
{
    struct catalog_key key = row_key(storage, row);
    uint8_t value[17];

    put_u64(value, run->number);
    put_u64(value + 8, (uint64_t)run->base);
    value[16] = run->is_called ? 1 : 0;
    return catalog_row_put(transaction, &key, bytes_of(value, sizeof(value)), err);
}

/* RC_NOTFOUND without an error. */
static enum rc row_get(struct store_transaction *transaction, uint64_t storage, char row,
                       struct run *run_out, struct error *err)
{
    struct catalog_key key = row_key(storage, row);
    struct arena *arena = arena_new("sequence", NULL);
    struct bytes value = {0};
    enum rc rc = catalog_row_get(transaction, &key, arena, &value, err);

    if (rc == RC_OK) {
        struct reader reader = reader_of(value);

        run_out->number = reader_u64(&reader);
        run_out->base = (int64_t)reader_u64(&reader);
        run_out->is_called = reader_u8(&reader) != 0;
        if (!reader_done(&reader))
            rc = error_set(err, SQLSTATE_DATA_CORRUPTED, "a sequence's row is damaged");
    }
    arena_free(&arena);
    return rc;
}

static enum rc run_get(struct store_transaction *transaction,
                       const struct record_sequence *sequence, struct run *run_out,
                       struct error *err)
{
    enum rc rc = row_get(transaction, sequence->storage, ROW_RUN, run_out, err);

    if (rc == RC_NOTFOUND)
        return error_set(err, SQLSTATE_DATA_CORRUPTED, "a sequence's row is absent");
    return rc;
}

enum rc catalog_sequence_start(struct store_transaction *transaction,
                               const struct record_sequence *sequence, int64_t base,
                               bool is_called, struct error *err)
{
    struct run run = {.base = base, .is_called = is_called};

    TRY(store_next_id(transaction, "sequence runs", &run.number, err));
    TRY(row_put(transaction, sequence->storage, ROW_RUN, &run, err));
    return row_put(transaction, sequence->storage, ROW_VALUE, &run, err);
}

/* How many values lie between two of the same way, both counted. */
static uint64_t span_of(int64_t from, int64_t to, int64_t increment)
{
    uint64_t step = increment < 0 ? 0 - (uint64_t)increment : (uint64_t)increment;
    uint64_t distance =
        increment < 0 ? (uint64_t)from - (uint64_t)to : (uint64_t)to - (uint64_t)from;

    return distance / step + 1; /* wraps to 0 for all of 2^64: never short then */
}

static enum rc exhausted(const struct catalog_object *object, struct error *err)
{
    const struct record_sequence *sequence = &object->sequence;
    bool is_up = sequence->increment > 0;

    return error_set(err, SQLSTATE_SEQUENCE_GENERATOR_LIMIT_EXCEEDED,
                     "nextval: reached %s value of sequence \"%s\" (%" PRId64 ")",
                     is_up ? "maximum" : "minimum", object->name,
                     is_up ? sequence->maximum : sequence->minimum);
}

/* The value of a place in the run; place 0 is the base. */
static enum rc value_at(const struct catalog_object *object, int64_t base, uint64_t place,
                        int64_t *value_out, struct error *err)
{
    const struct record_sequence *sequence = &object->sequence;
    bool is_up = sequence->increment > 0;
    int64_t first = is_up ? sequence->minimum : sequence->maximum;
    int64_t last = is_up ? sequence->maximum : sequence->minimum;
    uint64_t count = span_of(base, last, sequence->increment);
    int64_t from = base;

    if (count != 0 && place >= count) {
        uint64_t round = span_of(first, last, sequence->increment);

        if (!sequence->cycles)
            return exhausted(object, err);
        place = round == 0 ? place - count : (place - count) % round;
        from = first;
    }
    *value_out = (int64_t)((uint64_t)from + place * (uint64_t)sequence->increment);
    return RC_OK;
}

enum rc catalog_sequence_next(struct store_transaction *transaction,
                              const struct catalog_object *object, int64_t *value_out,
                              struct error *err)
{
    struct run run = {0};
    struct run taken = {0};
    char name[COUNTER_NAME_MAX];
    uint64_t number = 0;

    TRY(run_get(transaction, &object->sequence, &run, err));
    (void)snprintf(name, sizeof(name), "sequence %" PRIu64, run.number);
    TRY(store_next_id(transaction, name, &number, err));
    TRY(value_at(object, run.base, number - (run.is_called ? 0 : 1), value_out, err));
    taken = (struct run){run.number, *value_out, true};
    return row_put(transaction, object->sequence.storage, ROW_VALUE, &taken, err);
}

enum rc catalog_sequence_read(struct store_transaction *transaction,
                              const struct record_sequence *sequence,
                              int64_t *last_value_out, bool *is_called_out,
                              struct error *err)
{
    struct run value = {0};
    enum rc rc = row_get(transaction, sequence->storage, ROW_VALUE, &value, err);

    if (rc == RC_NOTFOUND)
        return error_set(err, SQLSTATE_DATA_CORRUPTED, "a sequence's row is absent");
    TRY(rc);
    *last_value_out = value.base;
    *is_called_out = value.is_called;
    return RC_OK;
}

enum rc catalog_sequence_remove(struct store_transaction *transaction, uint64_t storage,
                                struct error *err)
{
    struct catalog_key run = row_key(storage, ROW_RUN);
    struct catalog_key value = row_key(storage, ROW_VALUE);

    TRY(catalog_row_remove(transaction, &run, err));
    return catalog_row_remove(transaction, &value, err);
}

enum rc catalog_storage_take(struct store_transaction *transaction, uint64_t *storage_out,
                             struct error *err)
{
    return store_next_id(transaction, "storage", storage_out, err);
}
