#include "catalog/seal.h"

#include "base/assert.h"
#include "base/random.h"
#include "base/reader.h"
#include "catalog/key.h"
#include "catalog/row.h"
#include "store/store.h"
#include "store/transaction.h"

enum {
    FORMAT = 1,
    ALGORITHM_AES_256_GCM = 1,
    SALT_LEN = 32,
    HEADER_LEN = 1 + 1 + 4 + 8 + SALT_LEN + CRYPTO_NONCE_LEN,
    CHECK_AT = HEADER_LEN,
    CIPHER_AT = CHECK_AT + CRYPTO_SHA256_LEN,
    OVERHEAD = CIPHER_AT + CRYPTO_TAG_LEN + CRYPTO_SHA256_LEN,
    SALT_AT = 14,
    NONCE_AT = SALT_AT + SALT_LEN,
    CONTEXT_LEN = 16 + CATALOG_KEY_ID_LEN + 4 + 8,
};

/* What binds a sealed value to its place, and the header that it was made with. */
struct binding {
    uint8_t at[CONTEXT_LEN + HEADER_LEN];
};

static void number_write(uint8_t *out, uint64_t number, unsigned size)
{
    for (unsigned i = 0; i < size; i++)
        out[i] = (uint8_t)(number >> (8 * (size - 1 - i)));
}

static struct binding binding_of(const struct seal_place *place, const uint8_t *header)
{
    struct binding binding = {{0}};
    uint8_t *at = binding.at;

    memcpy(at, place->cluster, 16);
    catalog_id_write(at + 16, place->id);
    number_write(at + 16 + CATALOG_KEY_ID_LEN, place->slot, 4);
    number_write(at + 20 + CATALOG_KEY_ID_LEN, place->version, 8);
    memcpy(at + CONTEXT_LEN, header, HEADER_LEN);
    return binding;
}

static void check_value(const uint8_t key[CRYPTO_KEY_LEN], const uint8_t *header,
                        const struct binding *binding, uint8_t out[CRYPTO_SHA256_LEN])
{
    uint8_t subkey[CRYPTO_KEY_LEN];

    crypto_hkdf_sha256(bytes_of(key, CRYPTO_KEY_LEN),
                       bytes_of(header + SALT_AT, SALT_LEN),
                       bytes_of_text("culvert check value"), subkey);
    crypto_hmac_sha256(bytes_of(subkey, sizeof(subkey)),
                       bytes_of(binding->at, sizeof(binding->at)), out);
    secret_wipe(subkey, sizeof(subkey));
}

static void cipher_key(const uint8_t key[CRYPTO_KEY_LEN], const uint8_t *header,
                       uint8_t out[CRYPTO_KEY_LEN])
{
    crypto_hkdf_sha256(bytes_of(key, CRYPTO_KEY_LEN),
                       bytes_of(header + SALT_AT, SALT_LEN),
                       bytes_of_text("culvert sealed value"), out);
}

enum rc seal_bytes(const uint8_t key[CRYPTO_KEY_LEN], uint32_t key_id,
                   const struct seal_place *place, struct bytes plain, struct buffer *out)
{
    size_t len = OVERHEAD + plain.len;
    uint8_t *at = buffer_reserve(out, len);
    uint8_t subkey[CRYPTO_KEY_LEN];
    struct binding binding = {{0}};

    if (at == NULL || buffer_failed(out))
        return RC_LIMIT;
    at[0] = FORMAT;
    at[1] = ALGORITHM_AES_256_GCM;
    number_write(at + 2, key_id, 4);
    number_write(at + 6, place->version, 8);
    random_fill(at + SALT_AT, SALT_LEN + CRYPTO_NONCE_LEN);
    binding = binding_of(place, at);
    check_value(key, at, &binding, at + CHECK_AT);
    cipher_key(key, at, subkey);
    crypto_seal(subkey, at + NONCE_AT, bytes_of(binding.at, sizeof(binding.at)), plain,
                at + CIPHER_AT);
    secret_wipe(subkey, sizeof(subkey));
    crypto_sha256(bytes_of(at, len - CRYPTO_SHA256_LEN), at + len - CRYPTO_SHA256_LEN);
    buffer_commit(out, len);
    return RC_OK;
}

bool seal_is_well_formed(struct bytes sealed, uint32_t *key_id_out, uint64_t *version_out)
{
    struct reader reader = reader_of(sealed);
    uint8_t sum[CRYPTO_SHA256_LEN];

    if (sealed.len < OVERHEAD || reader_u8(&reader) != FORMAT ||
        reader_u8(&reader) != ALGORITHM_AES_256_GCM)
        return false;
    *key_id_out = reader_u32(&reader);
    *version_out = reader_u64(&reader);
    crypto_sha256(bytes_of(sealed.at, sealed.len - CRYPTO_SHA256_LEN), sum);
    return memcmp(sum, sealed.at + sealed.len - CRYPTO_SHA256_LEN, sizeof(sum)) == 0;
}

static enum rc damaged(enum seal_result *result_out, struct error *err)
{
    *result_out = SEAL_DAMAGED;
    return error_set(err, SQLSTATE_DATA_CORRUPTED, "a sealed record is damaged");
}

enum rc seal_open(const uint8_t key[CRYPTO_KEY_LEN], const struct seal_place *place,
                  struct bytes sealed, struct secret **plain_out,
                  enum seal_result *result_out, struct error *err)
{
    uint8_t check[CRYPTO_SHA256_LEN];
    uint8_t subkey[CRYPTO_KEY_LEN];
    struct binding binding = {{0}};
    uint32_t key_id = 0;
    uint64_t version = 0;
    enum rc rc = RC_OK;

    if (!seal_is_well_formed(sealed, &key_id, &version))
        return damaged(result_out, err);
    binding = binding_of(place, sealed.at);
    check_value(key, sealed.at, &binding, check);
    if (!secret_equal(bytes_of(check, sizeof(check)),
                      bytes_of(sealed.at + CHECK_AT, sizeof(check)))) {
        *result_out = SEAL_WRONG_KEY;
        return error_set(err, SQLSTATE_DATA_CORRUPTED,
                         "a sealed record was made with another key or in another place");
    }
    TRY(secret_new(sealed.len - OVERHEAD, plain_out, err));
    cipher_key(key, sealed.at, subkey);
    rc = crypto_open(
        subkey, sealed.at + NONCE_AT, bytes_of(binding.at, sizeof(binding.at)),
        bytes_of(sealed.at + CIPHER_AT, sealed.len - CIPHER_AT - CRYPTO_SHA256_LEN),
        secret_fill(*plain_out));
    secret_wipe(subkey, sizeof(subkey));
    if (rc != RC_OK) {
        secret_free(plain_out);
        return damaged(result_out, err);
    }
    *result_out = SEAL_OPENED;
    return RC_OK;
}

void seal_place_bind(struct seal_place *place, struct store_transaction *transaction)
{
    struct bytes id = store_cluster_id(store_transaction_store(transaction));

    ASSERT(id.len == sizeof(place->cluster));
    memcpy(place->cluster, id.at, sizeof(place->cluster));
}

/* The stored value and its version; version 0 when there is none yet. */
static enum rc stored(struct store_transaction *transaction,
                      const struct catalog_key *key, struct arena *arena,
                      struct bytes *value_out, uint64_t *version_out, struct error *err)
{
    uint32_t key_id = 0;

    *version_out = 0;
    TRY(catalog_row_get(transaction, key, arena, value_out, err));
    if (!seal_is_well_formed(*value_out, &key_id, version_out))
        return error_set(err, SQLSTATE_DATA_CORRUPTED, "a sealed record is damaged");
    return RC_OK;
}

static enum rc next_version(struct store_transaction *transaction,
                            const struct catalog_key *key, struct seal_place *place,
                            struct error *err)
{
    struct arena *arena = arena_new("sealed value", NULL);
    struct bytes value = {0};
    enum rc rc = stored(transaction, key, arena, &value, &place->version, err);

    arena_free(&arena);
    place->version++;
    return rc == RC_NOTFOUND ? RC_OK : rc;
}

enum rc catalog_seal(const struct keyring *keyring, struct store_transaction *transaction,
                     struct catalog_id id, uint32_t slot, struct bytes value,
                     struct error *err)
{
    struct catalog_key key = catalog_key_sub(CATALOG_SPACE_SEALED, id, slot);
    struct catalog_key object = catalog_key_id(CATALOG_SPACE_OBJECT, id);
    struct seal_place place = {.id = id, .slot = slot};
    const uint8_t *data_key = NULL;
    uint32_t key_id = 0;
    struct buffer sealed;
    enum rc rc = RC_OK;

    if (value.len > SEAL_VALUE_MAX)
        return error_set(err, SQLSTATE_PROGRAM_LIMIT_EXCEEDED,
                         "secrets can not be bigger than 512KiB");
    TRY(keyring_data_key(keyring, 0, &key_id, &data_key, err));
    TRY(catalog_row_lock(transaction, &object, true, err));
    seal_place_bind(&place, transaction);
    TRY(next_version(transaction, &key, &place, err));
    buffer_init(&sealed, SEAL_VALUE_MAX + OVERHEAD);
    rc = seal_bytes(data_key, key_id, &place, value, &sealed);
    if (rc == RC_OK)
        rc = catalog_row_put(transaction, &key, buffer_bytes(&sealed), err);
    else
        rc = error_set(err, SQLSTATE_OUT_OF_MEMORY, "cannot seal a value");
    buffer_fini(&sealed);
    return rc;
}

static enum rc unseal(const struct keyring *keyring,
                      struct store_transaction *transaction, struct seal_place *place,
                      struct bytes value, struct secret **value_out, struct error *err)
{
    enum seal_result result = SEAL_DAMAGED;
    const uint8_t *data_key = NULL;
    uint32_t key_id = 0;

    if (!seal_is_well_formed(value, &key_id, &place->version))
        return error_set(err, SQLSTATE_DATA_CORRUPTED, "a sealed record is damaged");
    if (key_id == 0)
        return error_set(err, SQLSTATE_DATA_CORRUPTED, "a sealed record names no key");
    TRY(keyring_data_key(keyring, key_id, &key_id, &data_key, err));
    seal_place_bind(place, transaction);
    return seal_open(data_key, place, value, value_out, &result, err);
}

enum rc catalog_unseal(const struct keyring *keyring,
                       struct store_transaction *transaction, struct catalog_id id,
                       uint32_t slot, struct secret **value_out, struct error *err)
{
    struct catalog_key key = catalog_key_sub(CATALOG_SPACE_SEALED, id, slot);
    struct seal_place place = {.id = id, .slot = slot};
    struct arena *arena = arena_new("sealed value", NULL);
    struct bytes value = {0};
    enum rc rc = catalog_row_get(transaction, &key, arena, &value, err);

    if (rc == RC_OK)
        rc = unseal(keyring, transaction, &place, value, value_out, err);
    arena_free(&arena);
    return rc;
}
