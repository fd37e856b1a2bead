/* base/crypto: known answers of RFC 5869, RFC 4231, RFC 4648, FIPS 180-4 and the GCM
 * specification (McGrew and Viega), and that nothing tampered with opens. */
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/crypto.h"
#include "support/unit.h"

enum { BYTES_MAX = 128 };

struct known {
    uint8_t at[BYTES_MAX];
    size_t len;
};

static struct known known_of(const char *digits)
{
    struct known known;
    known.len = unit_hex(digits, known.at);
    return known;
}

static struct bytes bytes_of_known(const struct known *known)
{
    return bytes_of(known->len == 0 ? NULL : known->at, known->len);
}

static void digests_have_their_known_answers(void **state)
{
    (void)state;
    uint8_t out[CRYPTO_SHA256_LEN];
    crypto_sha1(bytes_of_text("abc"), out);
    struct known sha1 = known_of("a9993e364706816aba3e25717850c26c9cd0d89d");
    assert_memory_equal(out, sha1.at, CRYPTO_SHA1_LEN);
    crypto_sha256(bytes_of_text("abc"), out);
    struct known wanted =
        known_of("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_memory_equal(out, wanted.at, sizeof(out));
    crypto_sha256(bytes_of(NULL, 0), out);
    wanted = known_of("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_memory_equal(out, wanted.at, sizeof(out));
    char text[33];
    crypto_md5_hex(bytes_of_text("abc"), text);
    assert_string_equal(text, "900150983cd24fb0d6963f7d28e17f72");
    crypto_md5_hex(bytes_of(NULL, 0), text);
    assert_string_equal(text, "d41d8cd98f00b204e9800998ecf8427e");
    crypto_hmac_sha256(bytes_of_text("Jefe"),
                       bytes_of_text("what do ya want for nothing?"), out);
    wanted = known_of("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    assert_memory_equal(out, wanted.at, sizeof(out));
}

/* RFC 5869, A.1 to A.3; our key is the first 32 bytes of each. */
static void hkdf_has_its_known_answers(void **state)
{
    (void)state;
    static const char *const cases[][4] = {
        {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c",
         "f0f1f2f3f4f5f6f7f8f9",
         "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"},
        {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
         "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
         "404142434445464748494a4b4c4d4e4f",
         "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f"
         "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
         "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
         "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecf"
         "d0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeef"
         "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
         "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"},
        {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
         "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct known secret = known_of(cases[i][0]);
        struct known salt = known_of(cases[i][1]);
        struct known info = known_of(cases[i][2]);
        struct known wanted = known_of(cases[i][3]);
        uint8_t out[CRYPTO_KEY_LEN];
        crypto_hkdf_sha256(bytes_of_known(&secret), bytes_of_known(&salt),
                           bytes_of_known(&info), out);
        assert_memory_equal(out, wanted.at, sizeof(out));
    }
}

struct gcm_case {
    const char *key;
    const char *nonce;
    const char *associated;
    const char *plain;
    const char *sealed;
};

/* Test cases 13, 14 and 16 of the GCM specification. */
static const struct gcm_case gcm_cases[] = {
    {"0000000000000000000000000000000000000000000000000000000000000000",
     "000000000000000000000000", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
    {"0000000000000000000000000000000000000000000000000000000000000000",
     "000000000000000000000000", "", "00000000000000000000000000000000",
     "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"},
    {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
     "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
     "76fc6ece0f4e1768cddf8853bb2d551b"},
};

static void gcm_has_its_known_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(gcm_cases) / sizeof(gcm_cases[0]); i++) {
        struct known key = known_of(gcm_cases[i].key);
        struct known nonce = known_of(gcm_cases[i].nonce);
        struct known associated = known_of(gcm_cases[i].associated);
        struct known plain = known_of(gcm_cases[i].plain);
        struct known wanted = known_of(gcm_cases[i].sealed);
        uint8_t sealed[BYTES_MAX];
        uint8_t opened[BYTES_MAX];
        crypto_seal(key.at, nonce.at, bytes_of_known(&associated), bytes_of_known(&plain),
                    sealed);
        assert_memory_equal(sealed, wanted.at, wanted.len);
        assert_int_equal(crypto_open(key.at, nonce.at, bytes_of_known(&associated),
                                     bytes_of(sealed, wanted.len), opened),
                         RC_OK);
        assert_memory_equal(opened, plain.at, plain.len);
    }
}

/* Flips each bit of key, nonce, associated data and sealed text in turn. */
static void nothing_tampered_with_opens(void **state)
{
    (void)state;
    struct known parts[4] = {known_of(gcm_cases[2].key), known_of(gcm_cases[2].nonce),
                             known_of(gcm_cases[2].associated),
                             known_of(gcm_cases[2].sealed)};
    static const uint8_t zeroes[BYTES_MAX];
    for (size_t part = 0; part < 4; part++) {
        for (size_t bit = 0; bit < parts[part].len * 8; bit++) {
            uint8_t opened[BYTES_MAX];
            memset(opened, 0xEE, sizeof(opened));
            parts[part].at[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_int_equal(crypto_open(parts[0].at, parts[1].at,
                                         bytes_of_known(&parts[2]),
                                         bytes_of_known(&parts[3]), opened),
                             RC_FAILED);
            assert_memory_equal(opened, zeroes, parts[3].len - CRYPTO_TAG_LEN);
            parts[part].at[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
    uint8_t opened[BYTES_MAX];
    for (size_t len = 0; len < parts[3].len; len++)
        assert_int_equal(crypto_open(parts[0].at, parts[1].at, bytes_of_known(&parts[2]),
                                     bytes_of(parts[3].at, len), opened),
                         RC_FAILED);
}

/* RFC 4648, section 10. */
static void base64_has_its_known_answers(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"fooba", "Zm9vYmE="},
                                           {"foobar", "Zm9vYmFy"}};
    struct arena *arena = arena_new("test", NULL);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(crypto_base64(arena, bytes_of_text(cases[i][0])),
                            cases[i][1]);
    assert_string_equal(crypto_base64(arena, bytes_of("\xFB\xFF\xFE", 3)), "+//+");
    assert_null(strchr(
        crypto_base64(arena, bytes_of(arena_alloc(arena, 1000, 1, 1), 1000)), '\n'));
    arena_free(&arena);
}

/* --- RSA --------------------------------------------------------------------------- */

/* The public half in PEM form; NULL: the private one, sealed with a passphrase. */
static struct bytes key_text(EVP_PKEY *key, bool is_private, char *into, size_t size)
{
    BIO *bio = BIO_new(BIO_s_mem());
    if (is_private)
        PEM_write_bio_PKCS8PrivateKey(bio, key, EVP_aes_256_cbc(), "pass", 4, NULL, NULL);
    else
        PEM_write_bio_PUBKEY(bio, key);
    int len = BIO_read(bio, into, (int)size);
    BIO_free(bio);
    return bytes_of(into, len < 0 ? 0 : (size_t)len);
}

static void what_is_sealed_by_rsa_opens_with_the_private_key(void **state)
{
    (void)state;
    char text[CRYPTO_RSA_PEM_MAX];
    uint8_t opened[512];
    size_t len = sizeof(opened);
    struct bytes plain = bytes_of_text("a password");
    struct bytes sealed;
    struct bytes again;
    struct arena *arena = arena_new("test", NULL);
    EVP_PKEY *key = EVP_RSA_gen(2048);
    struct bytes pem = key_text(key, false, text, sizeof(text));
    assert_int_equal(crypto_rsa_encrypt(arena, pem, plain, &sealed), RC_OK);
    assert_int_equal(crypto_rsa_encrypt(arena, pem, plain, &again), RC_OK);
    assert_int_equal(sealed.len, 256);
    assert_false(bytes_equal(sealed, again)); /* it is salted */
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    assert_true(EVP_PKEY_decrypt_init(context) > 0);
    assert_true(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) > 0);
    assert_true(EVP_PKEY_decrypt(context, opened, &len, sealed.at, sealed.len) > 0);
    assert_true(bytes_equal(bytes_of(opened, len), plain));
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(key);
    arena_free(&arena);
}

static void what_is_no_fit_key_is_refused(void **state)
{
    (void)state;
    char text[CRYPTO_RSA_PEM_MAX + 64];
    struct bytes sealed;
    struct bytes plain = bytes_of_text("a password");
    struct arena *arena = arena_new("test", NULL);
    EVP_PKEY *key = EVP_RSA_gen(2048);
    EVP_PKEY *weak = EVP_RSA_gen(768);
    EVP_PKEY *curve = EVP_EC_gen("P-256");
    struct bytes pem = key_text(key, true, text, sizeof(text));
    assert_int_equal(crypto_rsa_encrypt(arena, pem, plain, &sealed), RC_FAILED);
    pem = key_text(weak, false, text, sizeof(text));
    assert_int_equal(crypto_rsa_encrypt(arena, pem, plain, &sealed), RC_FAILED);
    pem = key_text(curve, false, text, sizeof(text));
    assert_int_equal(crypto_rsa_encrypt(arena, pem, plain, &sealed), RC_FAILED);
    pem = key_text(key, false, text, sizeof(text));
    struct bytes cut = bytes_of(pem.at, pem.len / 2);
    assert_int_equal(crypto_rsa_encrypt(arena, cut, plain, &sealed), RC_FAILED);
    assert_int_equal(crypto_rsa_encrypt(arena, bytes_of(NULL, 0), plain, &sealed),
                     RC_FAILED);
    uint8_t large[256] = {0};
    assert_int_equal(
        crypto_rsa_encrypt(arena, pem, bytes_of(large, sizeof(large)), &sealed),
        RC_FAILED);
    memset(text + pem.len, '\n', sizeof(text) - pem.len);
    assert_int_equal(
        crypto_rsa_encrypt(arena, bytes_of(text, sizeof(text)), plain, &sealed),
        RC_FAILED);
    EVP_PKEY_free(key);
    EVP_PKEY_free(weak);
    EVP_PKEY_free(curve);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_have_their_known_answers),
        cmocka_unit_test(hkdf_has_its_known_answers),
        cmocka_unit_test(gcm_has_its_known_answers),
        cmocka_unit_test(nothing_tampered_with_opens),
        cmocka_unit_test(base64_has_its_known_answers),
        cmocka_unit_test(what_is_sealed_by_rsa_opens_with_the_private_key),
        cmocka_unit_test(what_is_no_fit_key_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
