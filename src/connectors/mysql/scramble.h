#ifndef CONNECTORS_MYSQL_SCRAMBLE_H
#define CONNECTORS_MYSQL_SCRAMBLE_H

#include "base/crypto.h"
#include "connectors/mysql/packet.h"

/* How a password is proven without being sent. Intermediate digests are wiped. An empty
 * password proves nothing: its answer is empty, and none of these is called. */

/* mysql_native_password: SHA1(p) xor SHA1(nonce, SHA1(SHA1(p))). */
void mysql_scramble_native(struct bytes password, const uint8_t nonce[MYSQL_NONCE_LEN],
                           uint8_t out[CRYPTO_SHA1_LEN]);

/* caching_sha2_password: SHA256(p) xor SHA256(SHA256(SHA256(p)), nonce). */
void mysql_scramble_sha2(struct bytes password, const uint8_t nonce[MYSQL_NONCE_LEN],
                         uint8_t out[CRYPTO_SHA256_LEN]);

/* What is encrypted under the server's RSA key: the password and a NUL, each byte xor the
 * nonce, over and over. `out` has room for password.len + 1 bytes. */
void mysql_scramble_mask(struct bytes password, const uint8_t nonce[MYSQL_NONCE_LEN],
                         uint8_t *out);

#endif
