/* loop/stream_tls: bulk both ways, whom a client trusts, and why a handshake failed. */
#include <sys/socket.h>
#include <unistd.h>

#include "base/secret.h"
#include "loop/stream_tls.h"
#include "unit/loop/certificate.h"
#include "unit/loop/echo.h"

enum { BULK = 1000 * 1000 };

/* Made once: all names of the server, and those that are not fine. */
struct authorities {
    struct certificate root;
    struct certificate stranger;
    struct certificate server;
    struct certificate expired;
    struct certificate early;
    struct certificate client;
};

struct fixture {
    struct loop *loop;
    struct tls_server_context *server_context;
    struct tls_client_context *client_context;
    struct echo client;
    struct echo server;
};

static int make_authorities(void **state)
{
    static struct authorities made;
    static const char names[] = "DNS:db.internal,DNS:*.pool.internal,IP:10.1.2.3";
    certificate_make(&made.root,
                     &(struct certificate_request){"root", NULL, NULL, true, -1, 10});
    certificate_make(&made.stranger,
                     &(struct certificate_request){"stranger", NULL, NULL, true, -1, 10});
    certificate_make(&made.server, &(struct certificate_request){
                                       "db.internal", names, &made.root, false, -1, 10});
    certificate_make(&made.expired, &(struct certificate_request){
                                        "db.internal", names, &made.root, false, -9, -1});
    certificate_make(&made.early, &(struct certificate_request){
                                      "db.internal", names, &made.root, false, 2, 10});
    certificate_make(&made.client, &(struct certificate_request){"etl", NULL, &made.root,
                                                                 false, -1, 10});
    *state = &made;
    return 0;
}

static int free_authorities(void **state)
{
    struct authorities *made = *state;
    struct certificate *all[] = {&made->root,    &made->stranger, &made->server,
                                 &made->expired, &made->early,    &made->client};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        certificate_free(all[i]);
    return 0;
}

static struct tls_server_context *server_context(const struct certificate *certificate)
{
    struct error err;
    char certificate_path[64];
    char key_path[64];
    struct tls_server_context *context = NULL;
    error_clear(&err);
    certificate_store(certificate->pem, certificate_path);
    certificate_store(certificate->key_pem, key_path);
    assert_int_equal(tls_server_context_new(certificate_path, key_path, &context, &err),
                     RC_OK);
    unlink(certificate_path);
    unlink(key_path);
    return context;
}

static struct tls_client_context *client_context(const struct tls_client_options *options)
{
    struct error err;
    struct tls_client_context *context = NULL;
    error_clear(&err);
    assert_int_equal(tls_client_context_new(options, &context, &err), RC_OK);
    return context;
}

static void make_pair(struct stream **left, struct stream **right)
{
    int ends[2];
    assert_int_equal(
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    *left = stream_new(ends[0]);
    *right = stream_new(ends[1]);
}

/* Server and client over a socket pair, the client asking for `host`. */
static void begin(struct fixture *fixture, const struct certificate *server,
                  const struct tls_client_options *options, const char *host)
{
    struct error err;
    struct stream *near;
    struct stream *far;
    struct stream *client = NULL;
    *fixture = (struct fixture){.loop = turns_loop()};
    fixture->server_context = server_context(server);
    fixture->client_context = client_context(options);
    make_pair(&near, &far);
    struct stream *served = stream_tls_server(&far, fixture->server_context);
    assert_null(far);
    error_clear(&err);
    assert_int_equal(
        stream_tls_client(&near, fixture->client_context, host, &client, &err), RC_OK);
    assert_null(near);
    echo_begin(&fixture->server, fixture->loop, served, true, 0);
    echo_begin(&fixture->client, fixture->loop, client, false, BULK);
}

static void end(struct fixture *fixture)
{
    /* Contexts may go before the streams that were made from them. */
    tls_client_context_free(&fixture->client_context);
    tls_server_context_free(&fixture->server_context);
    assert_null(fixture->server_context);
    echo_end(&fixture->client);
    echo_end(&fixture->server);
    loop_free(&fixture->loop);
}

static void run_until_complete(struct fixture *fixture)
{
    for (int i = 0; i < 100000 && !fixture->client.is_complete; i++)
        loop_turn(fixture->loop, MS(100));
    assert_true(fixture->client.is_complete);
}

static void assert_works(const struct certificate *server,
                         const struct tls_client_options *options, const char *host)
{
    struct fixture fixture;
    struct error err;
    char text[STREAM_DESCRIBE_MAX];
    begin(&fixture, server, options, host);
    assert_string_equal(stream_tls_version(fixture.client.stream), "");
    run_until_complete(&fixture);
    assert_false(fixture.client.has_failed);
    assert_int_equal(fixture.client.received, BULK);
    assert_string_equal(stream_tls_version(fixture.client.stream), "TLSv1.3");
    stream_describe(fixture.client.stream, text);
    assert_non_null(strstr(text, "TLSv1.3 TLS_"));
    assert_non_null(strstr(text, " over socket pair"));
    assert_int_equal(stream_tls_fault(fixture.client.stream), STREAM_TLS_FAULT_NONE);
    assert_int_equal(stream_shutdown(fixture.client.stream, &err), RC_OK);
    turns_until(fixture.loop, &fixture.server.is_complete);
    assert_false(fixture.server.has_failed);
    end(&fixture);
}

static void a_server_that_fits_is_accepted(void **state)
{
    const struct authorities *made = *state;
    struct bytes root = bytes_of_text(made->root.pem);
    static const char *const hosts[] = {"db.internal", "db.internal.", "DB.internal",
                                        "a.pool.internal", "10.1.2.3"};
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
        assert_works(&made->server,
                     &(struct tls_client_options){.verify = TLS_VERIFY_FULL,
                                                  .authorities_pem = root,
                                                  .alpn = "postgresql"},
                     hosts[i]);
    assert_works(
        &made->server,
        &(struct tls_client_options){.verify = TLS_VERIFY_CA, .authorities_pem = root},
        "other.internal");
    assert_works(&made->expired, &(struct tls_client_options){.verify = TLS_VERIFY_NONE},
                 "other.internal");
    /* The server's own certificate, named by the user, is trusted as it stands. */
    assert_works(
        &made->server,
        &(struct tls_client_options){.verify = TLS_VERIFY_FULL,
                                     .authorities_pem = bytes_of_text(made->server.pem)},
        "db.internal");
}

/* Reads as a caller without a loop would, so that fault and error can be looked at. */
static void assert_refuses(const struct certificate *server,
                           const struct tls_client_options *options, const char *host,
                           enum stream_tls_fault fault, const char *words)
{
    struct fixture fixture;
    struct error err;
    uint8_t into[16];
    size_t count = 0;
    begin(&fixture, server, options, host);
    stream_unwatch(fixture.client.stream);
    enum rc rc = RC_AGAIN;
    error_clear(&err);
    for (int i = 0; i < 1000 && rc == RC_AGAIN; i++) {
        rc = stream_handshake(fixture.client.stream, &err);
        loop_turn(fixture.loop, MS(1));
    }
    if (rc == RC_OK) /* TLS 1.3: the server's refusal of a client comes later */
        for (rc = RC_AGAIN; rc == RC_AGAIN; loop_turn(fixture.loop, MS(1)))
            rc = stream_read(fixture.client.stream, into, sizeof(into), &count, &err);
    assert_int_equal(rc, RC_FAILED);
    assert_string_equal(stream_tls_fault_name(stream_tls_fault(fixture.client.stream)),
                        stream_tls_fault_name(fault));
    if (strstr(err.message, words) == NULL && strstr(err.detail, words) == NULL)
        fail_msg("\"%s\" (%s) lacks \"%s\"", err.message, err.detail, words);
    for (int i = 0; i < 100 && !fixture.server.is_complete; i++)
        loop_turn(fixture.loop, MS(1));
    end(&fixture);
}

static void a_server_that_does_not_fit_is_refused(void **state)
{
    const struct authorities *made = *state;
    struct tls_client_options full = {.verify = TLS_VERIFY_FULL,
                                      .authorities_pem = bytes_of_text(made->root.pem)};
    struct tls_client_options wrong = {
        .verify = TLS_VERIFY_CA, .authorities_pem = bytes_of_text(made->stranger.pem)};
    struct tls_client_options system = {.verify = TLS_VERIFY_CA};
    struct tls_client_options other_protocol = {.verify = TLS_VERIFY_NONE, .alpn = "h2"};
    assert_refuses(&made->server, &wrong, "db.internal", STREAM_TLS_FAULT_UNTRUSTED,
                   "SSL error: certificate verify failed");
    assert_refuses(&made->server, &system, "db.internal", STREAM_TLS_FAULT_UNTRUSTED,
                   "unable to get local issuer certificate");
    assert_refuses(&made->server, &full, "db.example", STREAM_TLS_FAULT_WRONG_NAME,
                   "server certificate for \"db.internal\" does not match host name "
                   "\"db.example\"");
    assert_refuses(&made->server, &full, "10.1.2.4", STREAM_TLS_FAULT_WRONG_NAME,
                   "db.internal, *.pool.internal, 10.1.2.3.");
    assert_refuses(&made->expired, &full, "db.internal", STREAM_TLS_FAULT_EXPIRED,
                   "certificate has expired");
    assert_refuses(&made->early, &full, "db.internal", STREAM_TLS_FAULT_EXPIRED,
                   "not yet valid");
    assert_refuses(&made->server, &other_protocol, "db.internal",
                   STREAM_TLS_FAULT_REFUSED, "alert no application protocol");
}

static void a_client_certificate_is_used(void **state)
{
    const struct authorities *made = *state;
    struct error err;
    struct secret *key = NULL;
    error_clear(&err);
    assert_int_equal(secret_copy(bytes_of_text(made->client.key_pem), &key, &err), RC_OK);
    assert_works(
        &made->server,
        &(struct tls_client_options){.verify = TLS_VERIFY_FULL,
                                     .authorities_pem = bytes_of_text(made->root.pem),
                                     .certificate_pem = bytes_of_text(made->client.pem),
                                     .key_pem = key},
        "db.internal");
    secret_free(&key);
}

static void contexts_refuse_what_they_cannot_read(void **state)
{
    const struct authorities *made = *state;
    struct error err;
    struct secret *key = NULL;
    struct tls_client_context *client = NULL;
    struct tls_server_context *server = NULL;
    error_clear(&err);
    assert_int_equal(secret_copy(bytes_of_text(made->server.key_pem), &key, &err), RC_OK);
    struct bytes certificate = bytes_of_text(made->client.pem);
    const struct tls_client_options broken[] = {
        {.authorities_pem = bytes_of_text("no certificate")},
        {.authorities_pem = bytes_of_text("-----BEGIN CERTIFICATE-----\nAAAA\n"
                                          "-----END CERTIFICATE-----\n")},
        {.certificate_pem = certificate},
        {.key_pem = key},
        {.certificate_pem = bytes_of_text("x"), .key_pem = key},
        {.certificate_pem = certificate, .key_pem = key}, /* another one's key */
    };
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        error_clear(&err);
        assert_int_equal(tls_client_context_new(&broken[i], &client, &err), RC_FAILED);
        assert_int_equal(err.state, SQLSTATE_INVALID_PARAMETER_VALUE);
        assert_null(client);
    }
    assert_int_equal(tls_server_context_new("/no/such/file", "/nor/this", &server, &err),
                     RC_FAILED);
    assert_non_null(strstr(err.message, "could not load server certificate file"));
    secret_free(&key);
}

/* What answers to a ClientHello; NULL: nothing, and the end. */
static void assert_plain_peer(const char *answer, enum stream_tls_fault fault)
{
    struct error err;
    struct stream *near;
    struct stream *far;
    struct stream *tls = NULL;
    size_t count = 0;
    struct tls_client_context *context =
        client_context(&(struct tls_client_options){.verify = TLS_VERIFY_NONE});
    make_pair(&near, &far);
    error_clear(&err);
    assert_int_equal(stream_tls_client(&near, context, "db.internal", &tls, &err), RC_OK);
    assert_int_equal(stream_handshake(tls, &err), RC_AGAIN);
    if (answer != NULL)
        assert_int_equal(stream_write(far, bytes_of_text(answer), &count, &err), RC_OK);
    assert_int_equal(stream_shutdown(far, &err), RC_OK);
    assert_int_equal(stream_handshake(tls, &err), RC_FAILED);
    assert_int_equal(stream_tls_fault(tls), fault);
    assert_int_equal(err.state, SQLSTATE_CONNECTION_FAILURE);
    /* And it stays so. */
    assert_int_equal(stream_write(tls, bytes_of_text("x"), &count, &err), RC_FAILED);
    stream_close(&tls);
    stream_close(&far);
    tls_client_context_free(&context);
}

static void peers_without_tls_are_told_apart(void **state)
{
    (void)state;
    assert_plain_peer("SSH-2.0-OpenSSH_9.2\r\n", STREAM_TLS_FAULT_NOT_TLS);
    assert_plain_peer("HTTP/1.1 400 Bad Request\r\n\r\n", STREAM_TLS_FAULT_NOT_TLS);
    assert_plain_peer("N", STREAM_TLS_FAULT_NOT_TLS);
    assert_plain_peer("\x16garbage, and more of it", STREAM_TLS_FAULT_NOT_TLS);
    assert_plain_peer(NULL, STREAM_TLS_FAULT_CUT);
    assert_plain_peer("\x16\x03\x03", STREAM_TLS_FAULT_CUT);
    assert_plain_peer("\x15\x03\x03\x7f\x7f garbage", STREAM_TLS_FAULT_NOT_TLS);
}

static void a_plain_client_of_a_tls_server(void **state)
{
    const struct authorities *made = *state;
    struct error err;
    struct stream *near;
    struct stream *far;
    uint8_t into[16];
    size_t count = 0;
    struct tls_server_context *context = server_context(&made->server);
    make_pair(&near, &far);
    struct stream *served = stream_tls_server(&far, context);
    error_clear(&err);
    assert_int_equal(
        stream_write(near, bytes_of_text("GET / HTTP/1.0\r\n\r\n"), &count, &err), RC_OK);
    assert_int_equal(stream_read(served, into, sizeof(into), &count, &err), RC_FAILED);
    assert_int_equal(stream_tls_fault(served), STREAM_TLS_FAULT_NOT_TLS);
    stream_close(&served);
    stream_close(&near);
    tls_server_context_free(&context);
}

/* TCP's end without close_notify may be an attacker's: no orderly end. */
static void an_end_without_goodbye_is_a_failure(void **state)
{
    const struct authorities *made = *state;
    struct fixture fixture;
    begin(&fixture, &made->server,
          &(struct tls_client_options){.verify = TLS_VERIFY_NONE}, "db.internal");
    run_until_complete(&fixture);
    stream_close(&fixture.client.stream);
    turns_until(fixture.loop, &fixture.server.is_complete);
    assert_true(fixture.server.has_failed);
    end(&fixture);
}

static void impossible_names_are_refused(void **state)
{
    (void)state;
    struct error err;
    struct stream *near;
    struct stream *far;
    struct stream *tls = NULL;
    char long_name[400];
    struct tls_client_context *context =
        client_context(&(struct tls_client_options){.verify = TLS_VERIFY_NONE});
    make_pair(&near, &far);
    memset(long_name, 'a', sizeof(long_name));
    long_name[sizeof(long_name) - 1] = '\0';
    assert_int_equal(stream_tls_client(&near, context, long_name, &tls, &err), RC_FAILED);
    assert_int_equal(stream_tls_client(&near, context, "", &tls, &err), RC_FAILED);
    assert_non_null(near);
    assert_null(tls);
    stream_close(&near);
    stream_close(&far);
    tls_client_context_free(&context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_that_fits_is_accepted),
        cmocka_unit_test(a_server_that_does_not_fit_is_refused),
        cmocka_unit_test(a_client_certificate_is_used),
        cmocka_unit_test(contexts_refuse_what_they_cannot_read),
        cmocka_unit_test(peers_without_tls_are_told_apart),
        cmocka_unit_test(a_plain_client_of_a_tls_server),
        cmocka_unit_test(an_end_without_goodbye_is_a_failure),
        cmocka_unit_test(impossible_names_are_refused),
    };
    return cmocka_run_group_tests(tests, make_authorities, free_authorities);
}
