/* The arithmetic of MySQL's login methods. */
#include "connectors/mysql/scramble.h"

#include <string.h>

#include "base/secret.h"

void mysql_scramble_native(struct bytes password, const uint8_t nonce[MYSQL_NONCE_LEN],
                           uint8_t out[CRYPTO_SHA1_LEN])
{
    uint8_t once[CRYPTO_SHA1_LEN];
    uint8_t mixed[MYSQL_NONCE_LEN + CRYPTO_SHA1_LEN];
    uint8_t mask[CRYPTO_SHA1_LEN];
    crypto_sha1(password, once);
    memcpy(mixed, nonce, MYSQL_NONCE_LEN);
    crypto_sha1(bytes_of(once, sizeof(once)), mixed + MYSQL_NONCE_LEN);
    crypto_sha1(bytes_of(mixed, sizeof(mixed)), mask);
    for (size_t i = 0; i < CRYPTO_SHA1_LEN; i++)
        out[i] = once[i] ^ mask[i];
    secret_wipe(once, sizeof(once));
    secret_wipe(mixed, sizeof(mixed));
    secret_wipe(mask, sizeof(mask));
}

void mysql_scramble_sha2(struct bytes password, const uint8_t nonce[MYSQL_NONCE_LEN],
                         uint8_t out[CRYPTO_SHA256_LEN])
{
    uint8_t once[CRYPTO_SHA256_LEN];
    uint8_t mixed[CRYPTO_SHA256_LEN + MYSQL_NONCE_LEN];
    uint8_t mask[CRYPTO_SHA256_LEN];
    crypto_sha256(password, once);
    crypto_sha256(bytes_of(once, sizeof(once)), mixed);
    memcpy(mixed + CRYPTO_SHA256_LEN, nonce, MYSQL_NONCE_LEN);
    crypto_sha256(bytes_of(mixed, sizeof(mixed)), mask);
    for (size_t i = 0; i < CRYPTO_SHA256_LEN; i++)
        out[i] = once[i] ^ mask[i];
    secret_wipe(once, sizeof(once));
    secret_wipe(mixed, sizeof(mixed));
    secret_wipe(mask, sizeof(mask));
}

void mysql_scramble_mask(struct bytes password, const uint8_t nonce[MYSQL_NONCE_LEN],
                         uint8_t *out)
{
    for (size_t i = 0; i < password.len; i++)
        out[i] = password.at[i] ^ nonce[i % MYSQL_NONCE_LEN];
    out[password.len] = nonce[password.len % MYSQL_NONCE_LEN];
}
