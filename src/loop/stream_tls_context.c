/* Certificates, keys and rules of TLS, once per connection definition or server. No
 * environment variable has a say: OpenSSL's default paths are taken as compiled in. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/assert.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/secret.h"
#include "loop/stream_tls_internal.h"

enum { PEM_MAX = 4 * 1024 * 1024 }; /* bytes; all authorities of a system are 250 KiB */

/* PostgreSQL's own protocol name, with its length in front. */
static const unsigned char alpn_postgresql[] = "\x0apostgresql";

const char *tls_context_reason(void)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    return reason == NULL ? "unknown error" : reason;
}

static const char *take_reason(void)
{
    const char *reason = tls_context_reason();
    ERR_clear_error();
    return reason;
}

struct tls_context *tls_context_new(const SSL_METHOD *method)
{
    struct tls_context *context = MEM_NEW(struct tls_context);
    atomic_init(&context->holders, 1);
    context->bio_method = stream_tls_bio_method();
    context->ssl_context = SSL_CTX_new(method);
    ASSERT(context->ssl_context != NULL);
    SSL_CTX *ssl_context = context->ssl_context;
    long has_floor = SSL_CTX_set_min_proto_version(ssl_context, TLS1_2_VERSION);
    ASSERT(has_floor == 1);
    SSL_CTX_set_mode(ssl_context, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
    /* Renegotiation and compression are attacks, tickets and caches help nobody here:
     * database connections are long and few. */
    SSL_CTX_set_options(ssl_context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                         SSL_OP_NO_TICKET);
    SSL_CTX_set_session_cache_mode(ssl_context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(ssl_context, 0);
    SSL_CTX_set_read_ahead(ssl_context, 1);
    return context;
}

struct tls_context *tls_context_ref(struct tls_context *context)
{
    atomic_fetch_add(&context->holders, 1);
    return context;
}

void tls_context_unref(struct tls_context **context)
{
    struct tls_context *held = *context;
    *context = NULL;
    if (held == NULL || atomic_fetch_sub(&held->holders, 1) != 1)
        return;
    SSL_CTX_free(held->ssl_context);
    BIO_meth_free(held->bio_method);
    mem_free(held);
}

/* Without it OpenSSL asks for an encrypted key's password at the terminal. */
static int no_password(char *into, int size, int is_writing, void *argument)
{
    (void)is_writing;
    (void)argument;
    if (size > 0)
        into[0] = '\0';
    return -1;
}

static BIO *open_pem(struct bytes pem)
{
    BIO *bio = BIO_new_mem_buf(pem.at, (int)pem.len);
    ASSERT(bio != NULL);
    return bio;
}

/* After the last certificate of a PEM text OpenSSL reports "no start line". */
static bool is_end_of_pem(void)
{
    unsigned long code = ERR_peek_last_error();
    return ERR_GET_LIB(code) == ERR_LIB_PEM &&
           ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
}

static enum rc refuse_pem(const char *what, struct error *err)
{
    return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE, "could not read %s: %s", what,
                     take_reason());
}

static enum rc check_pem_size(struct bytes pem, const char *what, struct error *err)
{
    if (pem.len <= PEM_MAX)
        return RC_OK;
    return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                     "could not read %s: longer than %d bytes", what, PEM_MAX);
}

/* Calls take() with each certificate, which keeps a reference of its own if it wants one.
 * At least one must be there. */
static enum rc read_certificates(struct bytes pem, const char *what,
                                 bool (*take)(SSL_CTX *ssl_context, X509 *certificate,
                                              size_t index),
                                 SSL_CTX *ssl_context, struct error *err)
{
    TRY(check_pem_size(pem, what, err));
    ERR_clear_error();
    BIO *bio = open_pem(pem);
    size_t count = 0;
    bool is_fine = true;
    X509 *certificate;
    while (is_fine &&
           (certificate = PEM_read_bio_X509(bio, NULL, no_password, NULL)) != NULL) {
        is_fine = take(ssl_context, certificate, count);
        count++;
        X509_free(certificate);
    }
    BIO_free(bio);
    if (!is_fine || count == 0 || !is_end_of_pem())
        return refuse_pem(what, err);
    ERR_clear_error();
    return RC_OK;
}

static bool take_authority(SSL_CTX *ssl_context, X509 *certificate, size_t index)
{
    (void)index;
    return X509_STORE_add_cert(SSL_CTX_get_cert_store(ssl_context), certificate) == 1;
}

static bool take_own(SSL_CTX *ssl_context, X509 *certificate, size_t index)
{
    if (index == 0)
        return SSL_CTX_use_certificate(ssl_context, certificate) == 1;
    return SSL_CTX_add1_chain_cert(ssl_context, certificate) == 1;
}

/* The directory is read name by name, on demand; the file whole, where there is one. */
static enum rc trust_system(SSL_CTX *ssl_context, struct error *err)
{
    struct stat found;
    const char *file = X509_get_default_cert_file();
    ERR_clear_error();
    if (SSL_CTX_load_verify_dir(ssl_context, X509_get_default_cert_dir()) != 1 ||
        (stat(file, &found) == 0 && SSL_CTX_load_verify_file(ssl_context, file) != 1))
        return error_set(err, SQLSTATE_CONFIG_FILE_ERROR,
                         "could not load the system's root certificates: %s",
                         take_reason());
    return RC_OK;
}

/* What a user has named is trusted as it stands, be it a root, an intermediate authority
 * or the very certificate of the server. */
static enum rc trust_given(SSL_CTX *ssl_context, struct bytes pem, struct error *err)
{
    TRY(read_certificates(pem, "the certificate authority", take_authority, ssl_context,
                          err));
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(ssl_context),
                                X509_V_FLAG_PARTIAL_CHAIN);
    return RC_OK;
}

static enum rc use_key(SSL_CTX *ssl_context, const struct secret *pem, struct error *err)
{
    TRY(check_pem_size(secret_bytes(pem), "the client key", err));
    ERR_clear_error();
    BIO *bio = open_pem(secret_bytes(pem));
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
    BIO_free(bio);
    if (key == NULL)
        return refuse_pem("the client key", err);
    int is_used = SSL_CTX_use_PrivateKey(ssl_context, key);
    EVP_PKEY_free(key);
    if (is_used == 1 && SSL_CTX_check_private_key(ssl_context) == 1)
        return RC_OK;
    return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                     "the client key does not match the client certificate: %s",
                     take_reason());
}

static enum rc use_identity(SSL_CTX *ssl_context,
                            const struct tls_client_options *options, struct error *err)
{
    if (options->certificate_pem.len == 0 && options->key_pem == NULL)
        return RC_OK;
    if (options->certificate_pem.len == 0 || options->key_pem == NULL)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "a client certificate and its key must be given together");
    TRY(read_certificates(options->certificate_pem, "the client certificate", take_own,
                          ssl_context, err));
    return use_key(ssl_context, options->key_pem, err);
}

static void offer_alpn(SSL_CTX *ssl_context, const char *alpn)
{
    if (alpn == NULL)
        return;
    unsigned char wire[TLS_CONTEXT_ALPN_MAX];
    struct bytes name = bytes_of_text(alpn);
    ASSERT(name.len > 0 && name.len < sizeof(wire));
    wire[0] = (unsigned char)name.len;
    memcpy(wire + 1, name.at, name.len);
    int result = SSL_CTX_set_alpn_protos(ssl_context, wire, (unsigned)name.len + 1);
    ASSERT(result == 0); /* this one function says 0 for success */
}

static enum rc configure_client(SSL_CTX *ssl_context,
                                const struct tls_client_options *options,
                                struct error *err)
{
    offer_alpn(ssl_context, options->alpn);
    if (options->verify == TLS_VERIFY_NONE)
        SSL_CTX_set_verify(ssl_context, SSL_VERIFY_NONE, NULL);
    else
        SSL_CTX_set_verify(ssl_context, SSL_VERIFY_PEER, stream_tls_verified);
    if (options->authorities_pem.len > 0)
        TRY(trust_given(ssl_context, options->authorities_pem, err));
    else if (options->verify != TLS_VERIFY_NONE)
        TRY(trust_system(ssl_context, err));
    return use_identity(ssl_context, options, err);
}

enum rc tls_client_context_new(const struct tls_client_options *options,
                               struct tls_client_context **context_out, struct error *err)
{
    struct tls_context *shared = tls_context_new(TLS_client_method());
    enum rc rc = configure_client(shared->ssl_context, options, err);
    if (rc != RC_OK) {
        tls_context_unref(&shared);
        return rc;
    }
    struct tls_client_context *context = MEM_NEW(struct tls_client_context);
    context->shared = shared;
    context->verify = options->verify;
    *context_out = context;
    return RC_OK;
}

void tls_client_context_free(struct tls_client_context **context)
{
    if (*context == NULL)
        return;
    tls_context_unref(&(*context)->shared);
    mem_free(*context);
    *context = NULL;
}

static int choose_alpn(SSL *ssl, const unsigned char **chosen_out,
                       unsigned char *chosen_len_out, const unsigned char *offered,
                       unsigned offered_len, void *argument)
{
    (void)ssl;
    (void)argument;
    unsigned char *chosen = NULL;
    int result = SSL_select_next_proto(&chosen, chosen_len_out, alpn_postgresql,
                                       sizeof(alpn_postgresql) - 1, offered, offered_len);
    *chosen_out = chosen;
    return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK
                                            : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* The words of both refusals are PostgreSQL's (be-secure-openssl.c). */
static enum rc configure_server(SSL_CTX *ssl_context, const char *certificate_path,
                                const char *key_path, struct error *err)
{
    ERR_clear_error();
    SSL_CTX_set_default_passwd_cb(ssl_context, no_password);
    SSL_CTX_set_alpn_select_cb(ssl_context, choose_alpn, NULL);
    SSL_CTX_set_options(ssl_context, SSL_OP_CIPHER_SERVER_PREFERENCE);
    if (SSL_CTX_use_certificate_chain_file(ssl_context, certificate_path) != 1)
        return error_set(err, SQLSTATE_CONFIG_FILE_ERROR,
                         "could not load server certificate file \"%s\": %s",
                         certificate_path, take_reason());
    if (SSL_CTX_use_PrivateKey_file(ssl_context, key_path, SSL_FILETYPE_PEM) != 1)
        return error_set(err, SQLSTATE_CONFIG_FILE_ERROR,
                         "could not load private key file \"%s\": %s", key_path,
                         take_reason());
    if (SSL_CTX_check_private_key(ssl_context) != 1)
        return error_set(err, SQLSTATE_CONFIG_FILE_ERROR,
                         "check of private key failed: %s", take_reason());
    return RC_OK;
}

enum rc tls_server_context_new(const char *certificate_path, const char *key_path,
                               struct tls_server_context **context_out, struct error *err)
{
    struct tls_context *shared = tls_context_new(TLS_server_method());
    enum rc rc = configure_server(shared->ssl_context, certificate_path, key_path, err);
    if (rc != RC_OK) {
        tls_context_unref(&shared);
        return rc;
    }
    struct tls_server_context *context = MEM_NEW(struct tls_server_context);
    context->shared = shared;
    *context_out = context;
    return RC_OK;
}

void tls_server_context_free(struct tls_server_context **context)
{
    if (*context == NULL)
        return;
    tls_context_unref(&(*context)->shared);
    mem_free(*context);
    *context = NULL;
}
