/* The only caller of libcrypto's EVP interface for digests, key derivation and sealing.
 */
#include "base/crypto.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>

#include "base/assert.h"
#include "base/secret.h"

void crypto_sha256(struct bytes data, uint8_t out[CRYPTO_SHA256_LEN])
{
    unsigned int len = 0;
    int ok = EVP_Digest(data.at, data.len, out, &len, EVP_sha256(), NULL);
    ASSERT(ok == 1 && len == CRYPTO_SHA256_LEN);
}

void crypto_md5_hex(struct bytes data, char out[33])
{
    uint8_t digest[16];
    unsigned int len = 0;
    int ok = EVP_Digest(data.at, data.len, digest, &len, EVP_md5(), NULL);
    ASSERT(ok == 1 && len == sizeof(digest));
    for (size_t i = 0; i < sizeof(digest); i++) {
        out[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        out[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    out[32] = '\0';
}

void crypto_hmac_sha256(struct bytes key, struct bytes data,
                        uint8_t out[CRYPTO_SHA256_LEN])
{
    unsigned int len = 0;
    ASSERT(key.len <= INT32_MAX);
    uint8_t *ok = HMAC(EVP_sha256(), key.at, (int)key.len, data.at, data.len, out, &len);
    ASSERT(ok != NULL && len == CRYPTO_SHA256_LEN);
}

void crypto_hkdf_sha256(struct bytes secret, struct bytes salt, struct bytes info,
                        uint8_t out[CRYPTO_KEY_LEN])
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, NULL);
    size_t len = CRYPTO_KEY_LEN;
    ASSERT(context != NULL && secret.len <= INT32_MAX && salt.len <= INT32_MAX &&
           info.len <= INT32_MAX);
    bool ok =
        EVP_PKEY_derive_init(context) > 0 &&
        EVP_PKEY_CTX_set_hkdf_md(context, EVP_sha256()) > 0 &&
        EVP_PKEY_CTX_set1_hkdf_key(context, secret.at, (int)secret.len) > 0 &&
        /* The library refuses an empty salt or info that is set; none means the same. */
        (salt.len == 0 ||
         EVP_PKEY_CTX_set1_hkdf_salt(context, salt.at, (int)salt.len) > 0) &&
        (info.len == 0 ||
         EVP_PKEY_CTX_add1_hkdf_info(context, info.at, (int)info.len) > 0) &&
        EVP_PKEY_derive(context, out, &len) > 0;
    ASSERT(ok && len == CRYPTO_KEY_LEN);
    EVP_PKEY_CTX_free(context);
}

void crypto_seal(const uint8_t key[CRYPTO_KEY_LEN], const uint8_t nonce[CRYPTO_NONCE_LEN],
                 struct bytes associated, struct bytes plain, uint8_t *out)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int len = 0;
    ASSERT(context != NULL && plain.len <= INT32_MAX && associated.len <= INT32_MAX);
    bool ok =
        EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, key, nonce) == 1 &&
        EVP_EncryptUpdate(context, NULL, &len, associated.at, (int)associated.len) == 1 &&
        EVP_EncryptUpdate(context, out, &len, plain.at, (int)plain.len) == 1 &&
        EVP_EncryptFinal_ex(context, out + len, &len) == 1 &&
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, CRYPTO_TAG_LEN,
                            out + plain.len) == 1;
    ASSERT(ok);
    EVP_CIPHER_CTX_free(context);
}

enum rc crypto_open(const uint8_t key[CRYPTO_KEY_LEN],
                    const uint8_t nonce[CRYPTO_NONCE_LEN], struct bytes associated,
                    struct bytes sealed, uint8_t *out)
{
    if (sealed.len < CRYPTO_TAG_LEN || sealed.len > INT32_MAX)
        return RC_FAILED;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    ASSERT(context != NULL && associated.len <= INT32_MAX);
    size_t plain_len = sealed.len - CRYPTO_TAG_LEN;
    uint8_t tag[CRYPTO_TAG_LEN];
    memcpy(tag, sealed.at + plain_len, CRYPTO_TAG_LEN);
    int len = 0;
    bool ok =
        EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), NULL, key, nonce) == 1 &&
        EVP_DecryptUpdate(context, NULL, &len, associated.at, (int)associated.len) == 1 &&
        EVP_DecryptUpdate(context, out, &len, sealed.at, (int)plain_len) == 1 &&
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, CRYPTO_TAG_LEN, tag) == 1 &&
        EVP_DecryptFinal_ex(context, out + len, &len) == 1;
    EVP_CIPHER_CTX_free(context);
    if (!ok)
        secret_wipe(out, plain_len);
    return ok ? RC_OK : RC_FAILED;
}

char *crypto_base64(struct arena *arena, struct bytes data)
{
    ASSERT(data.len <= INT32_MAX / 2);
    char *text = arena_alloc(arena, (data.len + 2) / 3 * 4 + 1, 1, 1);
    EVP_EncodeBlock((unsigned char *)text, data.at, (int)data.len);
    return text;
}
