#ifndef BASE_CRYPTO_H
#define BASE_CRYPTO_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/rc.h"

/* Digests, key derivation and sealing, by OpenSSL's libcrypto. Failures of the library
 * itself (not of what it checks) end the process. */

enum {
    CRYPTO_SHA1_LEN = 20,
    CRYPTO_SHA256_LEN = 32,
    CRYPTO_KEY_LEN = 32,
    CRYPTO_NONCE_LEN = 12,
    CRYPTO_TAG_LEN = 16
};

/* For protocols of others that are bound to it (mysql_native_password). */
void crypto_sha1(struct bytes data, uint8_t out[CRYPTO_SHA1_LEN]);
void crypto_sha256(struct bytes data, uint8_t out[CRYPTO_SHA256_LEN]);
enum crypto_sha2 { CRYPTO_SHA224, CRYPTO_SHA384, CRYPTO_SHA512 };
enum { CRYPTO_SHA512_LEN = 64 };
/* Returns how many bytes were written. */
size_t crypto_sha2(enum crypto_sha2 kind, struct bytes data,
                   uint8_t out[CRYPTO_SHA512_LEN]);
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

enum { CRYPTO_RSA_PEM_MAX = 8192, CRYPTO_RSA_BITS_MIN = 1024 };

/* RSAES-OAEP with SHA-1 (RFC 8017 7.1) under a public key in PEM form ("BEGIN PUBLIC
 * KEY") that a peer may have sent. RC_FAILED (no struct error) when it is no such key, is
 * longer or weaker than the limits above, or too small for `plain`. */
enum rc crypto_rsa_encrypt(struct arena *arena, struct bytes key_pem, struct bytes plain,
                           struct bytes *out) MUST_USE;

/* RFC 4648 with padding, no line breaks. */
char *crypto_base64(struct arena *arena, struct bytes data);

#endif
