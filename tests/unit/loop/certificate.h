#ifndef UNIT_LOOP_CERTIFICATE_H
#define UNIT_LOOP_CERTIFICATE_H

/* Authorities and certificates, made on the spot. */

#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "support/unit.h"

enum { CERTIFICATE_PEM_MAX = 4096, CERTIFICATE_DAY = 24 * 3600 };

struct certificate {
    X509 *x509;
    EVP_PKEY *key;
    char pem[CERTIFICATE_PEM_MAX];
    char key_pem[CERTIFICATE_PEM_MAX];
};

/* `alternative` as in "DNS:db.internal,IP:10.0.0.1", NULL: none. */
struct certificate_request {
    const char *common_name;
    const char *alternative;
    const struct certificate *issuer; /* NULL: signed by itself */
    bool is_authority;
    int from_day; /* from today on */
    int to_day;
};

static inline void certificate_extend(X509 *x509, X509 *issuer, int kind,
                                      const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, x509, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
    assert_non_null(extension);
    assert_int_equal(X509_add_ext(x509, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static inline void certificate_text(BIO *bio, char *into)
{
    int len = BIO_read(bio, into, CERTIFICATE_PEM_MAX - 1);
    assert_true(len > 0);
    into[len] = '\0';
    BIO_free(bio);
}

static inline void certificate_print(struct certificate *certificate)
{
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_X509(bio, certificate->x509), 1);
    certificate_text(bio, certificate->pem);
    bio = BIO_new(BIO_s_mem());
    assert_int_equal(
        PEM_write_bio_PrivateKey(bio, certificate->key, NULL, NULL, 0, NULL, NULL), 1);
    certificate_text(bio, certificate->key_pem);
}

static inline void certificate_make(struct certificate *certificate,
                                    const struct certificate_request *request)
{
    static long serial;
    X509 *x509 = X509_new();
    certificate->x509 = x509;
    certificate->key = EVP_EC_gen("P-256");
    X509 *issuer = request->issuer == NULL ? x509 : request->issuer->x509;
    EVP_PKEY *issuer_key =
        request->issuer == NULL ? certificate->key : request->issuer->key;
    X509_set_version(x509, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(x509), (long)request->from_day * CERTIFICATE_DAY);
    X509_gmtime_adj(X509_getm_notAfter(x509), (long)request->to_day * CERTIFICATE_DAY);
    X509_set_pubkey(x509, certificate->key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_UTF8,
                               (const unsigned char *)request->common_name, -1, -1, 0);
    X509_set_issuer_name(x509, X509_get_subject_name(issuer));
    certificate_extend(x509, issuer, NID_basic_constraints,
                       request->is_authority ? "critical,CA:TRUE" : "CA:FALSE");
    if (request->alternative != NULL)
        certificate_extend(x509, issuer, NID_subject_alt_name, request->alternative);
    assert_true(X509_sign(x509, issuer_key, EVP_sha256()) > 0);
    certificate_print(certificate);
}

static inline void certificate_free(struct certificate *certificate)
{
    X509_free(certificate->x509);
    EVP_PKEY_free(certificate->key);
}

/* A file in the temporary folder; the caller removes it. */
static inline void certificate_store(const char *pem, char path_out[64])
{
    snprintf(path_out, 64, "/tmp/culvert-test-XXXXXX");
    int file = mkstemp(path_out);
    assert_true(file >= 0);
    assert_int_equal(write(file, pem, strlen(pem)), (ssize_t)strlen(pem));
    close(file);
}

#endif
