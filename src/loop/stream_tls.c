/* TLS as a layer over another stream. OpenSSL reads and writes through a BIO of ours,
 * which is the stream below: so TLS can lie on anything, and no byte is copied twice. */
#include "loop/stream_tls.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/assert.h"
#include "base/error.h"
#include "base/memory.h"
#include "loop/address.h"
#include "loop/stream_internal.h"
#include "loop/stream_tls_internal.h"

enum {
    NAMES_MAX = 512, /* bytes of certificate names that an error tells */
    SUBJECT_MAX = 256,
    /* Content types of RFC 8446 5.1: the first byte of whatever speaks TLS. */
    RECORD_ALERT = 21,
    RECORD_HANDSHAKE = 22,
    /* OpenSSL reports a received alert n as reason SSL_AD_REASON_OFFSET + n. */
    ALERT_MAX = 255,
};

struct tls_stream {
    struct stream stream;
    struct tls_context *context;
    SSL *ssl;
    char *host; /* client: the name to verify; server: NULL */
    bool is_handshaken;
    struct loop_interest handshake_needs;
    bool read_needs_write;
    bool write_needs_read;
    bool may_have_more; /* the last read yielded: OpenSSL may hold another record */
    bool has_said_goodbye;
    enum rc lower; /* how the stream below answered last; for BIO_CTRL_EOF */
    bool has_first_byte;
    uint8_t first_byte;
    enum stream_tls_fault fault;
    int verify_error;   /* X509_V_*, of the certificate that was refused */
    char *verify_words; /* names or subject of it; else NULL */
};

static const char *const fault_names[STREAM_TLS_FAULT_COUNT] = {
    [STREAM_TLS_FAULT_NONE] = "none",
    [STREAM_TLS_FAULT_NOT_TLS] = "not-tls",
    [STREAM_TLS_FAULT_UNTRUSTED] = "untrusted",
    [STREAM_TLS_FAULT_WRONG_NAME] = "wrong-name",
    [STREAM_TLS_FAULT_EXPIRED] = "expired",
    [STREAM_TLS_FAULT_REFUSED] = "refused",
    [STREAM_TLS_FAULT_CUT] = "cut",
    [STREAM_TLS_FAULT_OTHER] = "other",
};

static struct tls_stream *tls_of(struct stream *stream)
{
    return (struct tls_stream *)(void *)stream;
}

static const struct tls_stream *const_tls_of(const struct stream *stream)
{
    return (const struct tls_stream *)(const void *)stream;
}

/* --- the BIO ---------------------------------------------------------------------- */

/* True when OpenSSL shall go on. The stream below keeps its own error. */
static bool end_of_io(BIO *bio, struct tls_stream *tls, enum rc rc, int retry_flags)
{
    tls->lower = rc;
    if (rc == RC_AGAIN)
        BIO_set_flags(bio, retry_flags | BIO_FLAGS_SHOULD_RETRY);
    return rc == RC_OK;
}

static int bio_read(BIO *bio, char *into, size_t len, size_t *count_out)
{
    struct tls_stream *tls = BIO_get_data(bio);
    struct error err;
    error_clear(&err);
    BIO_clear_retry_flags(bio);
    enum rc rc = stream_read(tls->stream.below, into, len, count_out, &err);
    if (rc == RC_OK && !tls->has_first_byte) {
        tls->has_first_byte = true;
        tls->first_byte = (uint8_t)into[0];
    }
    return end_of_io(bio, tls, rc, BIO_FLAGS_READ);
}

static int bio_write(BIO *bio, const char *from, size_t len, size_t *count_out)
{
    struct tls_stream *tls = BIO_get_data(bio);
    struct error err;
    error_clear(&err);
    BIO_clear_retry_flags(bio);
    enum rc rc = stream_write(tls->stream.below, bytes_of(from, len), count_out, &err);
    return end_of_io(bio, tls, rc, BIO_FLAGS_WRITE);
}

static long bio_control(BIO *bio, int command, long number, void *argument)
{
    (void)number;
    (void)argument;
    const struct tls_stream *tls = BIO_get_data(bio);
    if (command == BIO_CTRL_FLUSH)
        return 1; /* nothing is kept here */
    return command == BIO_CTRL_EOF && tls->lower == RC_EOF;
}

static int bio_create(BIO *bio)
{
    BIO_set_init(bio, 1);
    return 1;
}

BIO_METHOD *stream_tls_bio_method(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "stream");
    ASSERT(method != NULL);
    BIO_meth_set_read_ex(method, bio_read);
    BIO_meth_set_write_ex(method, bio_write);
    BIO_meth_set_ctrl(method, bio_control);
    BIO_meth_set_create(method, bio_create);
    return method;
}

/* --- certificates that are refused ------------------------------------------------ */

/* The peer wrote it: nothing but what names are made of is passed on. */
static void add_name(char *names, const char *name, size_t len)
{
    size_t used = strlen(names);
    if (used + len + 3 > NAMES_MAX)
        return;
    if (used > 0) {
        names[used++] = ',';
        names[used++] = ' ';
    }
    for (size_t i = 0; i < len; i++) {
        bool is_plain = isalnum((unsigned char)name[i]) ||
                        (name[i] != '\0' && strchr(".*-_:", name[i]) != NULL);
        if (is_plain)
            names[used] = name[i];
        else
            names[used] = '?';
        used++;
    }
    names[used] = '\0';
}

static void add_alternative_name(char *names, const GENERAL_NAME *name)
{
    int type = 0;
    const ASN1_STRING *value = GENERAL_NAME_get0_value(name, &type);
    if (type != GEN_DNS && type != GEN_IPADD)
        return;
    const unsigned char *at = ASN1_STRING_get0_data(value);
    int len = ASN1_STRING_length(value);
    char text[INET6_ADDRSTRLEN] = "";
    if (type == GEN_DNS)
        add_name(names, (const char *)at, (size_t)len);
    else if ((len == 4 && inet_ntop(AF_INET, at, text, sizeof(text)) != NULL) ||
             (len == 16 && inet_ntop(AF_INET6, at, text, sizeof(text)) != NULL))
        add_name(names, text, strlen(text));
}

static void add_common_name(char *names, X509 *certificate)
{
    char text[SUBJECT_MAX];
    int len = X509_NAME_get_text_by_NID(X509_get_subject_name(certificate),
                                        NID_commonName, text, sizeof(text));
    if (len > 0)
        add_name(names, text, strlen(text));
}

/* Whom it is for, as a list; "" when it does not say. */
static char *certificate_names(X509 *certificate)
{
    char *names = mem_alloc(NAMES_MAX);
    GENERAL_NAMES *found =
        X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(found); i++)
        add_alternative_name(names, sk_GENERAL_NAME_value(found, i));
    GENERAL_NAMES_free(found);
    if (names[0] == '\0')
        add_common_name(names, certificate);
    return names;
}

static char *certificate_subject(X509 *certificate)
{
    char *subject = mem_alloc(SUBJECT_MAX);
    X509_NAME_oneline(X509_get_subject_name(certificate), subject, SUBJECT_MAX);
    return subject;
}

static bool is_about_name(int verify_error)
{
    return verify_error == X509_V_ERR_HOSTNAME_MISMATCH ||
           verify_error == X509_V_ERR_IP_ADDRESS_MISMATCH;
}

int stream_tls_verified(int is_fine, X509_STORE_CTX *store_context)
{
    if (is_fine)
        return 1;
    const SSL *ssl =
        X509_STORE_CTX_get_ex_data(store_context, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct tls_stream *tls = SSL_get_app_data(ssl);
    X509 *certificate = X509_STORE_CTX_get_current_cert(store_context);
    tls->verify_error = X509_STORE_CTX_get_error(store_context);
    mem_free(tls->verify_words);
    tls->verify_words = NULL;
    if (certificate != NULL)
        tls->verify_words = is_about_name(tls->verify_error)
                                ? certificate_names(certificate)
                                : certificate_subject(certificate);
    return 0;
}

/* --- failures --------------------------------------------------------------------- */

static enum rc fail_verify(struct tls_stream *tls, struct error *err)
{
    const char *words = tls->verify_words == NULL ? "" : tls->verify_words;
    if (is_about_name(tls->verify_error)) {
        tls->fault = STREAM_TLS_FAULT_WRONG_NAME;
        error_set(err, SQLSTATE_CONNECTION_FAILURE,
                  "server certificate for \"%.*s\" does not match host name \"%s\"",
                  (int)strcspn(words, ","), words, tls->host);
        return error_detail(err, "The certificate is for: %s.",
                            words[0] == '\0' ? "nobody" : words);
    }
    bool is_date = tls->verify_error == X509_V_ERR_CERT_HAS_EXPIRED ||
                   tls->verify_error == X509_V_ERR_CERT_NOT_YET_VALID;
    tls->fault = is_date ? STREAM_TLS_FAULT_EXPIRED : STREAM_TLS_FAULT_UNTRUSTED;
    error_set(err, SQLSTATE_CONNECTION_FAILURE, "SSL error: certificate verify failed");
    return error_detail(err, "The certificate \"%s\" was refused: %s.", words,
                        X509_verify_cert_error_string(tls->verify_error));
}

/* Before the handshake is done, whatever is not TLS shows in its first byte, or in what
 * OpenSSL makes of its first record. */
static bool is_not_tls(const struct tls_stream *tls, int reason)
{
    if (tls->is_handshaken || !tls->has_first_byte)
        return false;
    if (tls->first_byte != RECORD_ALERT && tls->first_byte != RECORD_HANDSHAKE)
        return true;
    return reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST ||
           reason == SSL_R_PACKET_LENGTH_TOO_LONG;
}

static bool is_alert(int reason)
{
    return reason >= SSL_AD_REASON_OFFSET && reason <= SSL_AD_REASON_OFFSET + ALERT_MAX;
}

static enum rc fail_cut(struct tls_stream *tls, struct error *err)
{
    tls->fault = STREAM_TLS_FAULT_CUT;
    if (tls->stream.below->failure != NULL)
        *err = *tls->stream.below->failure;
    else
        error_set(err, SQLSTATE_CONNECTION_FAILURE, "SSL SYSCALL error: EOF detected");
    return RC_FAILED;
}

/* What the peer said (an alert) goes before how the connection ended. OpenSSL has no
 * reason of its own when the stream below has failed. The words "SSL error: ..." are
 * libpq's. */
static enum rc fail(struct tls_stream *tls, struct error *err)
{
    unsigned long code = ERR_peek_last_error();
    int reason = ERR_GET_LIB(code) == ERR_LIB_SSL ? ERR_GET_REASON(code) : 0;
    const char *words = tls_context_reason();
    enum rc rc = RC_FAILED;
    if (tls->verify_error != X509_V_OK) {
        rc = fail_verify(tls, err);
    } else if (is_not_tls(tls, reason)) {
        tls->fault = STREAM_TLS_FAULT_NOT_TLS;
        error_set(err, SQLSTATE_CONNECTION_FAILURE, "the peer does not speak TLS");
        rc = error_log_only(err, "%s", words);
    } else if (is_alert(reason)) {
        tls->fault = STREAM_TLS_FAULT_REFUSED;
        error_set(err, SQLSTATE_CONNECTION_FAILURE, "SSL error: %s", words);
        rc = error_detail(err, "The peer has refused with this alert.");
    } else if (code == 0 || reason == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
        rc = fail_cut(tls, err);
    } else {
        tls->fault = STREAM_TLS_FAULT_OTHER;
        rc = error_set(err, SQLSTATE_CONNECTION_FAILURE, "SSL error: %s", words);
    }
    ERR_clear_error();
    return rc;
}

/* --- the layer -------------------------------------------------------------------- */

/* Errors of an earlier call on this thread, perhaps about another stream, would be taken
 * for this one's: SSL_get_error(3). */
static void begin_call(struct tls_stream *tls)
{
    ERR_clear_error();
    tls->lower = RC_OK;
}

/* `needs_out` is only set for RC_AGAIN. */
static enum rc end_call(struct tls_stream *tls, int result,
                        struct loop_interest *needs_out, struct error *err)
{
    switch (SSL_get_error(tls->ssl, result)) {
    case SSL_ERROR_NONE:
        return RC_OK;
    case SSL_ERROR_WANT_READ:
        *needs_out = LOOP_INTEREST_READ;
        return RC_AGAIN;
    case SSL_ERROR_WANT_WRITE:
        *needs_out = LOOP_INTEREST_WRITE;
        return RC_AGAIN;
    case SSL_ERROR_ZERO_RETURN:
        return RC_EOF;
    default:
        return fail(tls, err);
    }
}

static enum rc tls_handshake(struct stream *stream, struct error *err)
{
    struct tls_stream *tls = tls_of(stream);
    if (tls->is_handshaken)
        return RC_OK;
    TRY(stream_handshake(stream->below, err));
    begin_call(tls);
    enum rc rc = end_call(tls, SSL_do_handshake(tls->ssl), &tls->handshake_needs, err);
    if (rc == RC_EOF) /* close_notify instead of a handshake */
        return fail_cut(tls, err);
    TRY(rc);
    tls->is_handshaken = true;
    tls->may_have_more = true;
    return RC_OK;
}

static enum rc tls_read(struct stream *stream, void *into, size_t len, size_t *count_out,
                        struct error *err)
{
    struct tls_stream *tls = tls_of(stream);
    struct loop_interest needs = LOOP_INTEREST_READ;
    TRY(tls_handshake(stream, err));
    begin_call(tls);
    int result = SSL_read_ex(tls->ssl, into, len, count_out);
    enum rc rc = end_call(tls, result, &needs, err);
    tls->read_needs_write = rc == RC_AGAIN && needs.write;
    tls->may_have_more = rc == RC_OK;
    return rc;
}

static enum rc tls_write(struct stream *stream, struct bytes bytes, size_t *count_out,
                         struct error *err)
{
    struct tls_stream *tls = tls_of(stream);
    struct loop_interest needs = LOOP_INTEREST_WRITE;
    TRY(tls_handshake(stream, err));
    begin_call(tls);
    int result = SSL_write_ex(tls->ssl, bytes.at, bytes.len, count_out);
    enum rc rc = end_call(tls, result, &needs, err);
    tls->write_needs_read = rc == RC_AGAIN && needs.read;
    return rc == RC_EOF ? fail_cut(tls, err) : rc;
}

/* 0 says that our close_notify is sent and the peer's has not come: enough for us. */
static enum rc say_goodbye(struct tls_stream *tls, struct error *err)
{
    struct loop_interest needs = LOOP_INTEREST_WRITE;
    if (!tls->is_handshaken || tls->has_said_goodbye)
        return RC_OK;
    begin_call(tls);
    int result = SSL_shutdown(tls->ssl);
    if (result < 0) {
        enum rc rc = end_call(tls, result, &needs, err);
        if (rc != RC_OK && rc != RC_EOF)
            return rc;
    }
    tls->has_said_goodbye = true;
    return RC_OK;
}

static enum rc tls_shutdown(struct stream *stream, struct error *err)
{
    TRY(say_goodbye(tls_of(stream), err));
    return stream_shutdown(stream->below, err);
}

/* What the stream below must be able to do. */
static struct loop_interest wanted_below(const struct tls_stream *tls,
                                         struct loop_interest wanted)
{
    if (!wanted.read && !wanted.write)
        return LOOP_INTEREST_NONE;
    if (!tls->is_handshaken)
        return tls->handshake_needs;
    bool read = (wanted.read && !tls->read_needs_write) ||
                (wanted.write && tls->write_needs_read);
    bool write = (wanted.write && !tls->write_needs_read) ||
                 (wanted.read && tls->read_needs_write);
    return (struct loop_interest){read, write};
}

static struct loop_interest tls_want(const struct stream *stream,
                                     struct loop_interest wanted)
{
    return stream->below->ops->want(stream->below,
                                    wanted_below(const_tls_of(stream), wanted));
}

static struct loop_interest tls_ready(struct stream *stream, struct loop_interest wanted,
                                      struct loop_interest ready)
{
    struct tls_stream *tls = tls_of(stream);
    struct loop_interest below =
        stream->below->ops->ready(stream->below, wanted_below(tls, wanted), ready);
    if (!below.read && !below.write)
        return LOOP_INTEREST_NONE;
    if (!tls->is_handshaken) {
        struct error err;
        error_clear(&err);
        /* A failure is kept by the stream, and told to whoever reads or writes now. */
        return stream_handshake(stream, &err) == RC_AGAIN ? LOOP_INTEREST_NONE : wanted;
    }
    return (struct loop_interest){
        wanted.read && (tls->read_needs_write ? below.write : below.read),
        wanted.write && (tls->write_needs_read ? below.read : below.write)};
}

static bool tls_has_buffered(const struct stream *stream)
{
    const struct tls_stream *tls = const_tls_of(stream);
    return (tls->may_have_more && SSL_has_pending(tls->ssl) == 1) ||
           stream_has_buffered(stream->below);
}

static int tls_descriptor(const struct stream *stream)
{
    return stream_descriptor(stream->below);
}

static void tls_describe(const struct stream *stream, char text_out[STREAM_DESCRIBE_MAX])
{
    const struct tls_stream *tls = const_tls_of(stream);
    char below[STREAM_DESCRIBE_MAX];
    stream_describe(stream->below, below);
    if (tls->is_handshaken)
        snprintf(text_out, STREAM_DESCRIBE_MAX, "%s %s over %.150s",
                 SSL_get_version(tls->ssl), SSL_get_cipher_name(tls->ssl), below);
    else
        snprintf(text_out, STREAM_DESCRIBE_MAX, "TLS without a handshake over %.150s",
                 below);
}

static void tls_close(struct stream *stream)
{
    struct tls_stream *tls = tls_of(stream);
    SSL_free(tls->ssl);
    tls_context_unref(&tls->context);
    mem_free(tls->host);
    mem_free(tls->verify_words);
    mem_free(tls);
}

static const struct stream_ops tls_ops = {
    .read = tls_read,
    .write = tls_write,
    .handshake = tls_handshake,
    .shutdown = tls_shutdown,
    .want = tls_want,
    .ready = tls_ready,
    .has_buffered = tls_has_buffered,
    .descriptor = tls_descriptor,
    .describe = tls_describe,
    .close = tls_close,
};

static struct tls_stream *tls_new(struct stream **below, struct tls_context *context)
{
    ASSERT((*below)->loop == NULL);
    struct tls_stream *tls = MEM_NEW(struct tls_stream);
    stream_init(&tls->stream, &tls_ops, *below);
    *below = NULL;
    tls->context = tls_context_ref(context);
    tls->verify_error = X509_V_OK;
    tls->ssl = SSL_new(context->ssl_context);
    BIO *bio = BIO_new(context->bio_method);
    ASSERT(tls->ssl != NULL && bio != NULL);
    BIO_set_data(bio, tls);
    SSL_set_bio(tls->ssl, bio, bio);
    SSL_set_app_data(tls->ssl, tls);
    return tls;
}

/* SNI carries no addresses (RFC 6066 3), and a certificate names them another way. */
static bool set_host(struct tls_stream *tls, bool must_match)
{
    struct address address;
    X509_VERIFY_PARAM *parameters = SSL_get0_param(tls->ssl);
    if (address_parse(tls->host, 0, &address))
        return !must_match || X509_VERIFY_PARAM_set1_ip_asc(parameters, tls->host) == 1;
    if (SSL_set_tlsext_host_name(tls->ssl, tls->host) != 1)
        return false;
    X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return !must_match || X509_VERIFY_PARAM_set1_host(parameters, tls->host, 0) == 1;
}

/* Without the dot that makes a name absolute: certificates have none. */
static char *plain_host(const char *host)
{
    size_t len = strlen(host);
    if (len > 1 && host[len - 1] == '.')
        len--;
    return mem_strndup(host, len);
}

enum rc stream_tls_client(struct stream **below, const struct tls_client_context *context,
                          const char *host, struct stream **stream_out, struct error *err)
{
    struct stream *given = *below;
    struct tls_stream *tls = tls_new(below, context->shared);
    tls->host = plain_host(host);
    tls->handshake_needs = LOOP_INTEREST_WRITE;
    SSL_set_connect_state(tls->ssl);
    if (tls->host[0] == '\0' || strlen(tls->host) >= ADDRESS_HOST_MAX ||
        !set_host(tls, context->verify == TLS_VERIFY_FULL)) {
        ERR_clear_error();
        tls_close(&tls->stream);
        *below = given;
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "invalid host name: \"%.64s\"", host);
    }
    *stream_out = &tls->stream;
    return RC_OK;
}

struct stream *stream_tls_server(struct stream **below,
                                 const struct tls_server_context *context)
{
    struct tls_stream *tls = tls_new(below, context->shared);
    tls->handshake_needs = LOOP_INTEREST_READ;
    SSL_set_accept_state(tls->ssl);
    return &tls->stream;
}

const char *stream_tls_fault_name(enum stream_tls_fault fault)
{
    ASSERT(fault >= 0 && fault < STREAM_TLS_FAULT_COUNT);
    return fault_names[fault];
}

enum stream_tls_fault stream_tls_fault(const struct stream *stream)
{
    return stream->ops == &tls_ops ? const_tls_of(stream)->fault : STREAM_TLS_FAULT_NONE;
}

const char *stream_tls_version(const struct stream *stream)
{
    if (stream->ops != &tls_ops || !const_tls_of(stream)->is_handshaken)
        return "";
    return SSL_get_version(const_tls_of(stream)->ssl);
}
