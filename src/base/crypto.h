#ifndef BASE_CRYPTO_H
#define BASE_CRYPTO_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/rc.h"

/* Digests, key derivation and sealing, by OpenSSL's libcrypto. Failures of the library
 * itself (not of what it checks) end the process. */

enum {
    CRYPTO_SHA256_LEN = 32,
    CRYPTO_KEY_LEN = 32,
    CRYPTO_NONCE_LEN = 12,
    CRYPTO_TAG_LEN = 16
};

void crypto_sha256(struct bytes data, uint8_t out[CRYPTO_SHA256_LEN]);
void crypto_md5_hex(struct bytes data,
                    char out[33]); /* SQL's md5(); no security rests on it */
void crypto_hmac_sha256(struct bytes key, struct bytes data,
                        uint8_t out[CRYPTO_SHA256_LEN]);

/* RFC 5869: extract with salt, expand with info, to one 256-bit key. */
void crypto_hkdf_sha256(struct bytes secret, struct bytes salt, struct bytes info,
                        uint8_t out[CRYPTO_KEY_LEN]);

/* AES-256-GCM, NIST SP 800-38D. Output: ciphertext as long as the plaintext, then the
 * tag. A (key, nonce) pair must never be used twice. */
void crypto_seal(const uint8_t key[CRYPTO_KEY_LEN], const uint8_t nonce[CRYPTO_NONCE_LEN],
                 struct bytes associated, struct bytes plain, uint8_t *out);

/* RC_FAILED (no struct error: the caller knows what it opens) when the tag does not fit;
 * `out`, of sealed.len - CRYPTO_TAG_LEN bytes, is wiped then. */
enum rc crypto_open(const uint8_t key[CRYPTO_KEY_LEN],
                    const uint8_t nonce[CRYPTO_NONCE_LEN], struct bytes associated,
                    struct bytes sealed, uint8_t *out) MUST_USE;

/* RFC 4648 with padding, no line breaks. */
char *crypto_base64(struct arena *arena, struct bytes data);

#endif
