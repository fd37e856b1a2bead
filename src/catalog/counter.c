#include "catalog/counter.h"

#include "base/reader.h"
#include "catalog/row.h"

enum rc catalog_counter_read(struct store_transaction *transaction, uint8_t counter,
                             uint64_t *number_out, struct error *err)
{
    struct catalog_key key = catalog_key_counter(counter);
    struct arena *arena = arena_new("counter", NULL);
    struct bytes value = {0};
    enum rc rc = catalog_row_get(transaction, &key, arena, &value, err);

    if (rc == RC_NOTFOUND) {
        *number_out = counter == CATALOG_COUNTER_OID ? CATALOG_FIRST_OID : 1;
        rc = RC_OK;
    } else if (rc == RC_OK) {
        struct reader reader = reader_of(value);

        *number_out = reader_u64(&reader);
        if (!reader_done(&reader))
            rc = error_set(err, SQLSTATE_DATA_CORRUPTED, "catalog counter is damaged");
    }
    arena_free(&arena);
    return rc;
}

enum rc catalog_counter_write(struct store_transaction *transaction, uint8_t counter,
                              uint64_t number, struct error *err)
{
    struct catalog_key key = catalog_key_counter(counter);
    uint8_t bytes[8];

    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(number >> (8 * (7 - i)));
    return catalog_row_put(transaction, &key, bytes_of(bytes, sizeof(bytes)), err);
}

enum rc catalog_counter_take(struct store_transaction *transaction, uint8_t counter,
                             uint64_t *number_out, struct error *err)
{
    struct catalog_key key = catalog_key_counter(counter);

    TRY(catalog_row_lock(transaction, &key, true, err));
    TRY(catalog_counter_read(transaction, counter, number_out, err));
    if (counter == CATALOG_COUNTER_OID && *number_out >= UINT32_MAX)
        return error_set(err, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "out of object OIDs");
    return catalog_counter_write(transaction, counter, *number_out + 1, err);
}
