#include "catalog/hostkey.h"

#include "base/buffer.h"
#include "base/reader.h"
#include "catalog/row.h"

/* The row: format (u8), state, origin (u8 each), first seen, last seen (u64), then type,
 * key and fingerprint as C strings. */
enum { FORMAT = 1, FINGERPRINT_MAX = 128, ROW_MAX = 64 * 1024 };

enum rc catalog_hostkey_put(struct store_transaction *transaction,
                            const struct catalog_hostkey *hostkey, struct error *err)
{
    struct catalog_key key = catalog_key_text(
        CATALOG_SPACE_HOST_KEY, hostkey->connection_id, hostkey->fingerprint);
    struct catalog_key object =
        catalog_key_id(CATALOG_SPACE_OBJECT, hostkey->connection_id);
    struct buffer row;
    enum rc rc = RC_OK;

    if (strlen(hostkey->fingerprint) > FINGERPRINT_MAX)
        return error_set(err, SQLSTATE_NAME_TOO_LONG, "the fingerprint is too long");
    TRY(catalog_row_lock(transaction, &object, false, err));
    TRY(catalog_row_lock(transaction, &key, true, err));
    buffer_init(&row, ROW_MAX);
    buffer_add_u8(&row, FORMAT);
    buffer_add_u8(&row, (uint8_t)hostkey->state);
    buffer_add_u8(&row, (uint8_t)hostkey->origin);
    buffer_add_u64(&row, (uint64_t)hostkey->first_seen);
    buffer_add_u64(&row, (uint64_t)hostkey->last_seen);
    buffer_add_cstring(&row, hostkey->type);
    buffer_add_cstring(&row, hostkey->key);
    buffer_add_cstring(&row, hostkey->fingerprint);
    rc = buffer_failed(&row)
             ? error_set(err, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "the host key is too long")
             : catalog_row_put(transaction, &key, buffer_bytes(&row), err);
    buffer_fini(&row);
    return rc;
}

enum rc catalog_hostkey_remove(struct store_transaction *transaction,
                               struct catalog_id connection_id, const char *fingerprint,
                               struct error *err)
{
    struct catalog_key key =
        catalog_key_text(CATALOG_SPACE_HOST_KEY, connection_id, fingerprint);

    TRY(catalog_row_lock(transaction, &key, true, err));
    return catalog_row_remove(transaction, &key, err);
}

struct hostkey_visit {
    enum rc (*hostkey)(void *argument, const struct catalog_hostkey *hostkey,
                       struct error *err);
    void *argument;
};

static enum rc visit_row(void *argument, struct bytes key, struct bytes value,
                         struct error *err)
{
    const struct hostkey_visit *visit = (const struct hostkey_visit *)argument;
    struct reader reader = reader_of(value);
    struct catalog_hostkey hostkey = {.type = NULL};
    uint8_t format = reader_u8(&reader);
    uint8_t state = reader_u8(&reader);
    uint8_t origin = reader_u8(&reader);

    hostkey.first_seen = (int64_t)reader_u64(&reader);
    hostkey.last_seen = (int64_t)reader_u64(&reader);
    hostkey.type = reader_cstring(&reader);
    hostkey.key = reader_cstring(&reader);
    hostkey.fingerprint = reader_cstring(&reader);
    if (!reader_done(&reader) || format != FORMAT || state < HOSTKEY_TRUSTED ||
        state > HOSTKEY_SUPERSEDED || origin < HOSTKEY_DECLARED ||
        origin > HOSTKEY_ACCEPTED || !catalog_key_read_id(key, 1, &hostkey.connection_id))
        return error_set(err, SQLSTATE_DATA_CORRUPTED, "a host key row is damaged");
    hostkey.state = (enum hostkey_state)state;
    hostkey.origin = (enum hostkey_origin)origin;
    return visit->hostkey(visit->argument, &hostkey, err);
}

enum rc catalog_each_hostkey(struct store_transaction *transaction,
                             struct catalog_id connection_id,
                             enum rc (*hostkey)(void *argument,
                                                const struct catalog_hostkey *hostkey,
                                                struct error *err),
                             void *argument, struct error *err)
{
    struct catalog_key prefix =
        catalog_id_is_set(connection_id)
            ? catalog_key_id(CATALOG_SPACE_HOST_KEY, connection_id)
            : catalog_key_space(CATALOG_SPACE_HOST_KEY);
    struct hostkey_visit visit = {hostkey, argument};

    return catalog_row_each(transaction, &prefix, visit_row, &visit, err);
}
