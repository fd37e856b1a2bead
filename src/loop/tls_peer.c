/* The peer of a TLS session that a foreign library runs. */
#include "loop/tls_peer.h"

#include <stdio.h>
#include <string.h>

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/assert.h"

void *tls_peer_hold(void *ssl)
{
    int is_held = SSL_up_ref(ssl);
    ASSERT(is_held == 1);
    return ssl;
}

void tls_peer_release(void **ssl)
{
    SSL_free(*ssl);
    *ssl = NULL;
}

static enum stream_tls_fault fault_of(long verify_error)
{
    switch (verify_error) {
    case X509_V_OK:
        return STREAM_TLS_FAULT_NONE;
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return STREAM_TLS_FAULT_EXPIRED;
    default:
        return STREAM_TLS_FAULT_UNTRUSTED;
    }
}

/* RFC 2253's form, control characters escaped. */
static void add_name(BIO *bio, const char *title, const X509_NAME *name)
{
    BIO_puts(bio, title);
    X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253);
}

static void print_certificate(X509 *certificate, char *out, size_t size)
{
    BIO *bio = BIO_new(BIO_s_mem());
    ASSERT(bio != NULL);
    add_name(bio, "subject ", X509_get_subject_name(certificate));
    add_name(bio, ", issuer ", X509_get_issuer_name(certificate));
    BIO_puts(bio, ", valid until ");
    ASN1_TIME_print(bio, X509_get0_notAfter(certificate));
    int len = BIO_read(bio, out, (int)size - 1);
    out[len > 0 ? len : 0] = '\0';
    BIO_free(bio);
}

void tls_peer_read(void *ssl, struct tls_peer *peer_out)
{
    memset(peer_out, 0, sizeof(*peer_out));
    peer_out->is_handshaken = SSL_is_init_finished(ssl) != 0;
    /* Without verification OpenSSL notes what it would have refused: no fault. */
    long verify_error = SSL_get_verify_result(ssl);
    if (SSL_get_verify_mode(ssl) != SSL_VERIFY_NONE)
        peer_out->fault = fault_of(verify_error);
    if (peer_out->fault != STREAM_TLS_FAULT_NONE)
        snprintf(peer_out->words, sizeof(peer_out->words), "%s",
                 X509_verify_cert_error_string(verify_error));
    X509 *certificate = SSL_get0_peer_certificate(ssl);
    if (certificate != NULL)
        print_certificate(certificate, peer_out->certificate,
                          sizeof(peer_out->certificate));
}
