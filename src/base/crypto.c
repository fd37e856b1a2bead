/* The only caller of libcrypto's EVP interface for digests, key derivation, sealing and
 * RSA. */
#include "base/crypto.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/assert.h"
#include "base/secret.h"

void crypto_sha1(struct bytes data, uint8_t out[CRYPTO_SHA1_LEN])
{
    unsigned int len = 0;
    int ok = EVP_Digest(data.at, data.len, out, &len, EVP_sha1(), NULL);
    ASSERT(ok == 1 && len == CRYPTO_SHA1_LEN);
}

void crypto_sha256(struct bytes data, uint8_t out[CRYPTO_SHA256_LEN])
{
    unsigned int len = 0;
    int ok = EVP_Digest(data.at, data.len, out, &len, EVP_sha256(), NULL);
    ASSERT(ok == 1 && len == CRYPTO_SHA256_LEN);
}

size_t crypto_sha2(enum crypto_sha2 kind, struct bytes data,
                   uint8_t out[CRYPTO_SHA512_LEN])
{
    unsigned int len = 0;
    const EVP_MD *digest = kind == CRYPTO_SHA224   ? EVP_sha224()
                           : kind == CRYPTO_SHA384 ? EVP_sha384()
                                                   : EVP_sha512();
    int ok = EVP_Digest(data.at, data.len, out, &len, digest, NULL);
    ASSERT(ok == 1 && len <= CRYPTO_SHA512_LEN);
    return len;
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

/* A key that wants a passphrase is refused; the library's own callback would ask for it
 * at the terminal. */
static int refuse_passphrase(char *into, int size, int is_writing, void *argument)
{
    (void)into;
    (void)size;
    (void)is_writing;
    (void)argument;
    return -1;
}

static EVP_PKEY *read_rsa_key(struct bytes pem)
{
    if (pem.len == 0 || pem.len > CRYPTO_RSA_PEM_MAX)
        return NULL;
    BIO *bio = BIO_new_mem_buf(pem.at, (int)pem.len);
    ASSERT(bio != NULL);
    EVP_PKEY *key = PEM_read_bio_PUBKEY(bio, NULL, refuse_passphrase, NULL);
    BIO_free(bio);
    bool is_fine = key != NULL && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA &&
                   EVP_PKEY_get_bits(key) >= CRYPTO_RSA_BITS_MIN;
    if (is_fine)
        return key;
    EVP_PKEY_free(key);
    return NULL;
}

static bool encrypt_oaep(EVP_PKEY_CTX *context, struct arena *arena, struct bytes plain,
                         struct bytes *out)
{
    size_t len = 0;
    if (EVP_PKEY_encrypt_init(context) <= 0 ||
        EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) <= 0 ||
        EVP_PKEY_encrypt(context, NULL, &len, plain.at, plain.len) <= 0)
        return false;
    uint8_t *sealed = arena_alloc(arena, len, 1, 1);
    if (EVP_PKEY_encrypt(context, sealed, &len, plain.at, plain.len) <= 0)
        return false;
    *out = bytes_of(sealed, len);
    return true;
}

enum rc crypto_rsa_encrypt(struct arena *arena, struct bytes key_pem, struct bytes plain,
                           struct bytes *out)
{
    EVP_PKEY *key = read_rsa_key(key_pem);
    bool is_done = false;
    if (key != NULL) {
        EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
        ASSERT(context != NULL);
        is_done = encrypt_oaep(context, arena, plain, out);
        EVP_PKEY_CTX_free(context);
        EVP_PKEY_free(key);
    }
    ERR_clear_error();
    return is_done ? RC_OK : RC_FAILED;
}

char *crypto_base64(struct arena *arena, struct bytes data)
{
    ASSERT(data.len <= INT32_MAX / 2);
    char *text = arena_alloc(arena, (data.len + 2) / 3 * 4 + 1, 1, 1);
    EVP_EncodeBlock((unsigned char *)text, data.at, (int)data.len);
    return text;
}
