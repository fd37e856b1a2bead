/* connectors/postgres/probe: each stage and cause against a real server. */

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/secret.h"
#include "connectors/postgres/connector.h"
#include "unit/connectors/postgres/server_fixture.h"

enum { VALUES_MAX = 16, PROBE_STACK_SIZE = 512 * 1024 };

#define PASSWORD       "correct horse"
#define WRONG_PASSWORD "battery staple"

/* --- a dialer of our own
 * ----------------------------------------------------------------- */

enum dial_kind {
    DIAL_DIRECT,
    DIAL_UNKNOWN, /* no such name */
    DIAL_REFUSED, /* by the bastion */
    DIAL_PUMPED,  /* a pair of sockets, as a tunnel gives */
    DIAL_CUT,     /* reached, then cut: the stream just ends */
};

struct dial_bench {
    enum dial_kind kind;
    uint16_t asked_port;
    char asked_host[64];
    int dial_count;
    int release_count;
    int ask_count;
    bool is_reached;
    struct stage_failure failure;
    int pump_ends[2];
    pthread_t pump;
};

static enum rc dial_direct(struct dial_bench *bench, struct dialled *dialled_out)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(bench->asked_port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(fd >= 0);
    int result = connect(fd, (struct sockaddr *)(void *)&address, sizeof(address));
    assert_true(result == 0 || errno == EINPROGRESS);
    *dialled_out = (struct dialled){fd, bench};
    return RC_OK;
}

/* *other_out NULL: the other end is closed. */
static enum rc dial_pair(struct dialled *dialled_out, int *other_out,
                         struct dial_bench *bench)
{
    int pair[2];
    assert_int_equal(
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
    if (other_out == NULL)
        close(pair[1]);
    else
        *other_out = pair[1];
    *dialled_out = (struct dialled){pair[0], bench};
    return RC_OK;
}

/* False at the end of the stream. */
static bool pump_once(int from, int to)
{
    char bytes[4096];
    ssize_t got = recv(from, bytes, sizeof(bytes), MSG_DONTWAIT);
    if (got < 0)
        return errno == EAGAIN;
    return got > 0 && send(to, bytes, (size_t)got, MSG_NOSIGNAL) == got;
}

/* Stands for the tunnel's loop. */
static void *pump(void *argument)
{
    struct dial_bench *bench = argument;
    struct pollfd watched[2] = {{.fd = bench->pump_ends[0], .events = POLLIN},
                                {.fd = bench->pump_ends[1], .events = POLLIN}};
    bool goes_on = true;
    while (goes_on && poll(watched, 2, -1) > 0)
        goes_on = pump_once(watched[0].fd, watched[1].fd) &&
                  pump_once(watched[1].fd, watched[0].fd);
    close(bench->pump_ends[0]);
    close(bench->pump_ends[1]);
    return NULL;
}

static enum rc dial_pumped(struct dial_bench *bench, struct dialled *dialled_out)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(bench->asked_port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)(void *)&address, sizeof(address)),
                     0);
    bench->pump_ends[1] = fd;
    bench->is_reached = true;
    dial_pair(dialled_out, &bench->pump_ends[0], bench);
    assert_int_equal(pthread_create(&bench->pump, NULL, pump, bench), 0);
    return RC_OK;
}

static enum rc dial(void *owner, const struct dial_request *request,
                    struct dialled *dialled_out, struct stage_failure *failure)
{
    struct dial_bench *bench = owner;
    assert_true(request->timeout.count > 0);
    bench->asked_port = request->port;
    snprintf(bench->asked_host, sizeof(bench->asked_host), "%s", request->host);
    bench->dial_count++;
    if (bench->kind == DIAL_DIRECT)
        return dial_direct(bench, dialled_out);
    if (bench->kind == DIAL_PUMPED)
        return dial_pumped(bench, dialled_out);
    if (bench->kind != DIAL_UNKNOWN)
        return dial_pair(dialled_out, NULL, bench);
    stage_failure_set(failure, STAGE_RESOLVE, STAGE_CAUSE_NAME_UNKNOWN,
                      "failed to lookup address information: Name or service not known");
    return RC_FAILED;
}

static void look_at_socket(struct dial_bench *bench, int fd)
{
    struct pollfd watched = {.fd = fd, .events = POLLOUT};
    int code = 0;
    socklen_t len = sizeof(code);
    if (bench->is_reached || poll(&watched, 1, 0) != 1)
        return;
    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &len), 0);
    bench->is_reached = code == 0;
    if (code != 0)
        stage_failure_set(&bench->failure, STAGE_CONNECT, STAGE_CAUSE_REFUSED,
                          strerrordesc_np(code));
}

static bool ask(void *owner, const struct dialled *dialled,
                struct stage_failure *failure_out)
{
    struct dial_bench *bench = owner;
    bench->ask_count++;
    if (bench->kind == DIAL_DIRECT)
        look_at_socket(bench, dialled->descriptor);
    else if (bench->kind == DIAL_REFUSED)
        stage_failure_set(&bench->failure, STAGE_FORWARD, STAGE_CAUSE_FORWARD_PROHIBITED,
                          "administratively prohibited: open failed");
    else if (bench->kind == DIAL_CUT && bench->ask_count == 1)
        bench->is_reached = true;
    else if (bench->kind == DIAL_CUT)
        stage_failure_set(&bench->failure, STAGE_CARRY, STAGE_CAUSE_SESSION_LOST,
                          "Connection to bastion closed by remote host.");
    *failure_out = bench->failure;
    return bench->is_reached;
}

static void release(void *owner, struct dialled *dialled)
{
    struct dial_bench *bench = owner;
    bench->release_count++;
    close(dialled->descriptor);
    if (bench->kind == DIAL_PUMPED)
        pthread_join(bench->pump, NULL);
}

/* --- one attempt
 * ------------------------------------------------------------------------- */

struct attempt {
    struct option_value values[VALUES_MAX];
    struct option_set set;
    struct connector_probe probe;
    struct dialer dialer;
    struct dial_bench dials;
    struct connector_secrets secrets;
    struct secret *found[VALUES_MAX];
    size_t found_count;
    atomic_int cancelled;
    enum rc rc;
    struct error err;
    struct stage_trace trace;
};

static struct server *server_of(void **state)
{
    return *state;
}

/* The id is the value; "sealed" is not to be had. */
static struct secret *find(void *owner, const char *secret_id)
{
    struct attempt *attempt = owner;
    struct error err;
    if (strcmp(secret_id, "sealed") == 0)
        return NULL;
    assert_true(attempt->found_count < VALUES_MAX);
    struct secret **found = &attempt->found[attempt->found_count++];
    assert_int_equal(secret_copy(bytes_of_text(secret_id), found, &err), RC_OK);
    return *found;
}

static void attempt_free(struct attempt *attempt)
{
    for (size_t i = 0; i < attempt->found_count; i++)
        secret_free(&attempt->found[i]);
    test_free(attempt);
}

/* Later ones win. A text that begins with $ is a secret. */
static void set_option(struct attempt *attempt, const char *name, const char *text)
{
    const struct option_spec *spec =
        connection_kind_option(postgres_connector.kind, name);
    assert_non_null(spec);
    size_t at = 0;
    while (at < attempt->set.count && attempt->values[at].spec != spec)
        at++;
    if (at == attempt->set.count)
        attempt->set.count++;
    struct option_value *value = &attempt->values[at];
    *value = (struct option_value){.spec = spec};
    if (spec->type == OPTION_PORT)
        value->number = strtol(text, NULL, 10);
    else if (spec->type == OPTION_CONNECTION)
        value->connection_id = text;
    else if (spec->type == OPTION_SECRET)
        value->secret_id = text;
    else if (text[0] == '$')
        value->secret_id = text + 1;
    else
        value->text = text;
}

static void drop_option(struct attempt *attempt, const char *name)
{
    for (size_t i = 0; i < attempt->set.count; i++) {
        if (strcmp(attempt->values[i].spec->name, name) == 0)
            attempt->values[i] = attempt->values[--attempt->set.count];
    }
}

static struct attempt *attempt_new(uint16_t port)
{
    char text[8];
    struct attempt *attempt = test_calloc(1, sizeof(*attempt));
    snprintf(text, sizeof(text), "%u", (unsigned)port);
    attempt->set.values = attempt->values;
    attempt->dialer = (struct dialer){&attempt->dials, dial, ask, release};
    attempt->secrets = (struct connector_secrets){attempt, find};
    attempt->probe = (struct connector_probe){
        .name = "pg",
        .options = &attempt->set,
        .secrets = &attempt->secrets,
        .dialer = &attempt->dialer,
        .application_name = "culvert-test",
        .timeout = SECONDS(10),
        .cancelled = &attempt->cancelled,
    };
    set_option(attempt, "HOST", "db.internal");
    set_option(attempt, "PORT", text);
    set_option(attempt, "DATABASE", "postgres");
    set_option(attempt, "USER", "r");
    set_option(attempt, "PASSWORD", PASSWORD);
    return attempt;
}

static void *run_probe(void *argument)
{
    struct attempt *attempt = argument;
    attempt->rc =
        postgres_connector.probe(&attempt->probe, &attempt->trace, &attempt->err);
    return NULL;
}

static void start_probe(struct attempt *attempt, pthread_t *thread_out)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, PROBE_STACK_SIZE);
    error_clear(&attempt->err);
    assert_int_equal(pthread_create(thread_out, &attributes, run_probe, attempt), 0);
    pthread_attr_destroy(&attributes);
}

static bool has_text(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

/* What must hold whatever happened. */
static void check_attempt(const struct attempt *attempt)
{
    assert_int_equal(attempt->dials.release_count,
                     attempt->dials.kind == DIAL_UNKNOWN ? 0 : attempt->dials.dial_count);
    assert_true(attempt->dials.dial_count <= 1);
    assert_true(attempt->trace.count > 0);
    for (size_t i = 0; i < attempt->trace.count; i++) {
        const struct stage_record *record = &attempt->trace.records[i];
        assert_string_equal(record->hop, "pg");
        assert_false(has_text(record->found, PASSWORD));
        assert_false(has_text(record->found, WRONG_PASSWORD));
    }
    assert_false(has_text(attempt->err.message, PASSWORD));
    assert_false(has_text(attempt->err.message, WRONG_PASSWORD));
}

static void run_attempt(struct attempt *attempt)
{
    pthread_t thread;
    start_probe(attempt, &thread);
    pthread_join(thread, NULL);
    check_attempt(attempt);
}

static const struct stage_record *last_record(const struct attempt *attempt)
{
    return &attempt->trace.records[attempt->trace.count - 1];
}

static const struct stage_record *record_of(const struct attempt *attempt,
                                            enum stage stage, const char *found)
{
    for (size_t i = 0; i < attempt->trace.count; i++) {
        const struct stage_record *record = &attempt->trace.records[i];
        if (record->stage == stage && has_text(record->found, found))
            return record;
    }
    for (size_t i = 0; i < attempt->trace.count; i++)
        print_message("%s: %s\n", stage_name(attempt->trace.records[i].stage),
                      attempt->trace.records[i].found);
    fail_msg("no record of stage %s says \"%s\"", stage_name(stage), found);
    return NULL;
}

/* Runs it, and frees it. */
static void expect_failure(struct attempt *attempt, enum stage stage,
                           enum stage_cause cause, const char *message)
{
    run_attempt(attempt);
    const struct stage_record *record = last_record(attempt);
    if (attempt->rc != RC_FAILED || record->cause != cause)
        print_message("%s: %s, cause %s; %s; %s\n", stage_name(record->stage),
                      record->found, stage_cause_name(record->cause),
                      attempt->err.message, attempt->err.detail);
    assert_int_equal(attempt->rc, RC_FAILED);
    assert_int_equal(record->stage, stage);
    assert_int_equal(record->cause, cause);
    assert_int_equal(record->verdict, STAGE_VERDICT_FAILED);
    assert_int_equal(attempt->err.state, SQLSTATE_SYSTEM_ERROR);
    assert_string_equal(attempt->err.message, message);
    assert_true(has_text(attempt->err.detail, stage_cause_name(cause)));
    assert_true(has_text(attempt->err.detail, stage_name(stage)));
    assert_true(attempt->err.hint[0] != '\0');
    assert_false(has_text(attempt->err.detail, "127.0.0.1"));
    attempt_free(attempt);
}

static void expect_success(struct attempt *attempt)
{
    run_attempt(attempt);
    if (attempt->rc != RC_OK)
        print_message("%s\n%s\n", attempt->err.message, attempt->err.detail);
    assert_int_equal(attempt->rc, RC_OK);
}

/* --- well
 * -------------------------------------------------------------------------------- */

static void every_stage_is_told(void **state)
{
    struct attempt *attempt = attempt_new(server_of(state)->port);
    expect_success(attempt);
    static const enum stage stages[] = {
        STAGE_CONNECT,  STAGE_ANSWER,   STAGE_TARGET_LOGIN, STAGE_SETTINGS,
        STAGE_SETTINGS, STAGE_SETTINGS, STAGE_SETTINGS};
    assert_int_equal(attempt->trace.count, ARRAY_COUNT(stages));
    for (size_t i = 0; i < ARRAY_COUNT(stages); i++) {
        assert_int_equal(attempt->trace.records[i].stage, stages[i]);
        assert_int_equal(attempt->trace.records[i].verdict, STAGE_VERDICT_OK);
        assert_true(has_text(attempt->trace.records[i].address, "db.internal:"));
    }
    record_of(attempt, STAGE_TARGET_LOGIN, "PostgreSQL 15.");
    record_of(attempt, STAGE_TARGET_LOGIN, "user r, database postgres, by password");
    record_of(attempt, STAGE_SETTINGS, "wal_level = logical");
    record_of(attempt, STAGE_SETTINGS, "max_wal_senders = 10, 0 in use");
    record_of(attempt, STAGE_SETTINGS, "max_replication_slots = 10, 0 in use");
    record_of(attempt, STAGE_SETTINGS, "the user may replicate");
    assert_string_equal(attempt->dials.asked_host, "db.internal");
    attempt_free(attempt);
}

static void a_user_without_replication_is_a_warning(void **state)
{
    struct attempt *attempt = attempt_new(server_of(state)->port);
    set_option(attempt, "USER", "plain");
    expect_success(attempt);
    assert_int_equal(last_record(attempt)->verdict, STAGE_VERDICT_WARNING);
    assert_int_equal(last_record(attempt)->cause, STAGE_CAUSE_NOT_PERMITTED);
    assert_true(has_text(last_record(attempt)->remedy, "ALTER ROLE"));
    attempt_free(attempt);
}

/* --- TLS
 * --------------------------------------------------------------------------------- */

static struct attempt *tls_attempt(void **state, const char *mode, const char *authority)
{
    struct attempt *attempt = attempt_new(server_of(state)->port);
    set_option(attempt, "SSL MODE", mode);
    if (authority != NULL)
        set_option(attempt, "SSL CERTIFICATE AUTHORITY", authority);
    return attempt;
}

static void each_mode_trusts_as_it_says(void **state)
{
    const char *right = server_of(state)->authority.pem;
    static const char *const modes[] = {"require", "verify-ca", "verify-full"};
    for (size_t i = 0; i < ARRAY_COUNT(modes); i++) {
        struct attempt *attempt = tls_attempt(state, modes[i], right);
        expect_success(attempt);
        record_of(attempt, STAGE_TLS, "TLSv1.3, TLS_AES_256_GCM_SHA384, verified: ");
        record_of(attempt, STAGE_TLS, "subject CN=db.internal, issuer CN=test authority");
        attempt_free(attempt);
    }
    struct attempt *blind = tls_attempt(state, "require", NULL);
    expect_success(blind);
    record_of(blind, STAGE_TLS, "not verified: subject CN=db.internal");
    attempt_free(blind);
    struct attempt *other_name = tls_attempt(state, "verify-ca", right);
    set_option(other_name, "HOST", "other.internal");
    expect_success(other_name);
    attempt_free(other_name);
}

static void wrong_authorities_are_told_from_wrong_names(void **state)
{
    static const char untrusted[] =
        "error performing TLS handshake: SSL error: certificate verify failed: "
        "self-signed certificate in certificate chain";
    const char *stranger = server_of(state)->stranger.pem;
    expect_failure(tls_attempt(state, "verify-full", stranger), STAGE_TLS,
                   STAGE_CAUSE_TLS_UNTRUSTED, untrusted);
    expect_failure(tls_attempt(state, "verify-ca", stranger), STAGE_TLS,
                   STAGE_CAUSE_TLS_UNTRUSTED, untrusted);
    expect_failure(tls_attempt(state, "require", stranger), STAGE_TLS,
                   STAGE_CAUSE_TLS_UNTRUSTED, untrusted);
    /* the system's authorities know ours as little */
    expect_failure(tls_attempt(state, "verify-full", NULL), STAGE_TLS,
                   STAGE_CAUSE_TLS_UNTRUSTED, untrusted);
    struct attempt *attempt =
        tls_attempt(state, "verify-full", server_of(state)->authority.pem);
    set_option(attempt, "HOST", "other.internal");
    expect_failure(attempt, STAGE_TLS, STAGE_CAUSE_TLS_NAME_MISMATCH,
                   "error performing TLS handshake: server certificate for "
                   "\"db.internal\" does not match host name \"other.internal\"");
    attempt = tls_attempt(state, "verify-full", "no certificate at all");
    run_attempt(attempt);
    assert_int_equal(last_record(attempt)->cause, STAGE_CAUSE_TLS_AUTHORITY_BAD);
    assert_false(has_text(attempt->err.message, "no certificate at all"));
    attempt_free(attempt);
}

static void client_certificates_stay_in_memory(void **state)
{
    const struct server *server = server_of(state);
    struct attempt *attempt = tls_attempt(state, "verify-full", server->authority.pem);
    set_option(attempt, "USER", "certuser");
    drop_option(attempt, "PASSWORD");
    set_option(attempt, "SSL CERTIFICATE", server->client.pem);
    set_option(attempt, "SSL KEY", server->client.key_pem);
    expect_success(attempt);
    attempt_free(attempt);

    attempt = tls_attempt(state, "require", NULL);
    set_option(attempt, "USER", "certuser");
    expect_failure(attempt, STAGE_TARGET_LOGIN, STAGE_CAUSE_CLIENT_CERTIFICATE_BAD,
                   "db error: FATAL: connection requires a valid client certificate");

    attempt = tls_attempt(state, "require", NULL); /* signed by a stranger */
    set_option(attempt, "SSL CERTIFICATE", server->stranger.pem);
    set_option(attempt, "SSL KEY", server->stranger.key_pem);
    run_attempt(attempt);
    assert_int_equal(last_record(attempt)->cause, STAGE_CAUSE_CLIENT_CERTIFICATE_BAD);
    attempt_free(attempt);

    attempt = tls_attempt(state, "require", NULL); /* the key of another */
    set_option(attempt, "SSL CERTIFICATE", server->client.pem);
    set_option(attempt, "SSL KEY", server->own.key_pem);
    run_attempt(attempt);
    assert_int_equal(last_record(attempt)->stage, STAGE_TLS);
    assert_int_equal(last_record(attempt)->cause, STAGE_CAUSE_CLIENT_CERTIFICATE_BAD);
    attempt_free(attempt);
}

/* --- login
 * ------------------------------------------------------------------------------- */

static struct attempt *user_attempt(void **state, const char *user)
{
    struct attempt *attempt = attempt_new(server_of(state)->port);
    set_option(attempt, "USER", user);
    return attempt;
}

static void refused_logins_are_told_apart(void **state)
{
    const char *authority = server_of(state)->authority.pem;
    struct attempt *attempt = user_attempt(state, "r");
    set_option(attempt, "PASSWORD", WRONG_PASSWORD);
    expect_failure(attempt, STAGE_TARGET_LOGIN, STAGE_CAUSE_PASSWORD_WRONG,
                   "db error: FATAL: password authentication failed for user \"r\"");
    attempt = user_attempt(state, "r");
    drop_option(attempt, "PASSWORD");
    expect_failure(attempt, STAGE_TARGET_LOGIN, STAGE_CAUSE_PASSWORD_MISSING,
                   "error connecting to server: fe_sendauth: no password supplied");
    attempt = user_attempt(state, "r");
    set_option(attempt, "DATABASE", "missing");
    expect_failure(attempt, STAGE_TARGET_LOGIN, STAGE_CAUSE_DATABASE_MISSING,
                   "db error: FATAL: database \"missing\" does not exist");
    attempt = user_attempt(state, "r");
    set_option(attempt, "DATABASE", "closed");
    expect_failure(attempt, STAGE_TARGET_LOGIN, STAGE_CAUSE_DATABASE_FORBIDDEN,
                   "db error: FATAL: permission denied for database \"closed\"");
    expect_failure(user_attempt(state, "ghost"), STAGE_TARGET_LOGIN,
                   STAGE_CAUSE_USER_UNKNOWN,
                   "db error: FATAL: role \"ghost\" does not exist");
    expect_failure(user_attempt(state, "nologin"), STAGE_TARGET_LOGIN,
                   STAGE_CAUSE_USER_UNKNOWN,
                   "db error: FATAL: role \"nologin\" is not permitted to log in");
    expect_failure(user_attempt(state, "full"), STAGE_TARGET_LOGIN,
                   STAGE_CAUSE_TOO_MANY_CONNECTIONS,
                   "db error: FATAL: too many connections for role \"full\"");
    attempt = tls_attempt(state, "verify-full", authority);
    set_option(attempt, "USER", "nobody");
    run_attempt(attempt);
    assert_int_equal(last_record(attempt)->cause, STAGE_CAUSE_NO_ENTRY);
    assert_true(has_text(attempt->err.message, "no pg_hba.conf entry"));
    attempt_free(attempt);
    attempt = user_attempt(state, "onlytls");
    run_attempt(attempt);
    assert_int_equal(last_record(attempt)->cause, STAGE_CAUSE_TLS_REQUIRED);
    assert_true(has_text(attempt->err.hint, "SSL MODE"));
    attempt_free(attempt);
}

static void secrets_do_not_come_back_in_words(void **state)
{
    struct attempt *attempt = user_attempt(state, "$ghost");
    expect_failure(attempt, STAGE_TARGET_LOGIN, STAGE_CAUSE_USER_UNKNOWN,
                   "db error: FATAL: role \"*****\" does not exist");
    attempt = user_attempt(state, "r");
    set_option(attempt, "PASSWORD", "sealed");
    expect_failure(attempt, STAGE_TARGET_LOGIN, STAGE_CAUSE_SECRET_SEALED,
                   "error connecting to server: the secret of option PASSWORD is not "
                   "available");
    attempt = user_attempt(state, "$r");
    expect_success(attempt);
    record_of(attempt, STAGE_TARGET_LOGIN, "user of a secret");
    attempt_free(attempt);
}

/* --- what is no server, or does not speak
 * ------------------------------------------------ */

struct peer {
    int listener;
    uint16_t port;
    const char *words; /* NULL: silence */
    pthread_t thread;
    int stop[2];
};

static void *serve(void *argument)
{
    struct peer *peer = argument;
    char byte;
    int fd = accept(peer->listener, NULL, NULL);
    if (fd >= 0 && peer->words != NULL) {
        assert_true(recv(fd, &byte, 1, 0) == 1);
        send(fd, peer->words, strlen(peer->words), MSG_NOSIGNAL);
    }
    if (fd >= 0 && (peer->words == NULL || peer->words[0] != '\0'))
        (void)!read(peer->stop[0], &byte, 1);
    close(fd);
    return NULL;
}

static void peer_start(struct peer *peer, const char *words)
{
    peer->words = words;
    peer->listener = listen_somewhere(&peer->port);
    assert_int_equal(pipe(peer->stop), 0);
    assert_int_equal(pthread_create(&peer->thread, NULL, serve, peer), 0);
}

static void peer_stop(struct peer *peer)
{
    assert_int_equal(write(peer->stop[1], "x", 1), 1);
    pthread_join(peer->thread, NULL);
    close(peer->listener);
    close(peer->stop[0]);
    close(peer->stop[1]);
}

static void expect_peer_failure(const char *words, const char *mode,
                                enum stage_cause cause, const char *message)
{
    struct peer peer;
    peer_start(&peer, words);
    struct attempt *attempt = attempt_new(peer.port);
    set_option(attempt, "SSL MODE", mode);
    expect_failure(attempt, STAGE_ANSWER, cause, message);
    peer_stop(&peer);
}

static void strangers_are_recognised(void **state)
{
    (void)state;
    static const char http[] = "error connecting to server: the peer is no PostgreSQL "
                               "server, it says \"HTTP/1.1 400 Bad Request\"";
    static const char ssh[] = "error connecting to server: the peer is no PostgreSQL "
                              "server, it says \"SSH-2.0-OpenSSH_9.2\"";
    expect_peer_failure("HTTP/1.1 400 Bad Request\r\n\r\n", "disable",
                        STAGE_CAUSE_NOT_POSTGRES, http);
    expect_peer_failure("HTTP/1.1 400 Bad Request\r\n\r\n", "require",
                        STAGE_CAUSE_NOT_POSTGRES, http);
    expect_peer_failure("SSH-2.0-OpenSSH_9.2\r\n", "verify-full",
                        STAGE_CAUSE_NOT_POSTGRES, ssh);
    expect_peer_failure("", "require", STAGE_CAUSE_TARGET_CLOSED,
                        "error connecting to server: server closed the connection "
                        "unexpectedly");
}

static void a_closed_port_is_refused(void **state)
{
    (void)state;
    expect_failure(attempt_new(closed_port()), STAGE_CONNECT, STAGE_CAUSE_REFUSED,
                   "error connecting to server: Connection refused");
}

static void silence_ends_at_the_deadline(void **state)
{
    (void)state;
    struct peer peer;
    peer_start(&peer, NULL);
    struct attempt *attempt = attempt_new(peer.port);
    attempt->probe.timeout = MS(300);
    int64_t started_us = clock_monotonic_us();
    expect_failure(attempt, STAGE_ANSWER, STAGE_CAUSE_TIMEOUT,
                   "error connecting to server: connection timed out");
    int64_t took_ms = (clock_monotonic_us() - started_us) / 1000;
    assert_in_range(took_ms, 290, 1500);
    peer_stop(&peer);
}

static void a_cancel_ends_the_wait(void **state)
{
    (void)state;
    struct peer peer;
    pthread_t thread;
    peer_start(&peer, NULL);
    struct attempt *attempt = attempt_new(peer.port);
    start_probe(attempt, &thread);
    poll(NULL, 0, 200);
    int64_t cancelled_us = clock_monotonic_us();
    atomic_store(&attempt->cancelled, true);
    pthread_join(thread, NULL);
    assert_in_range((clock_monotonic_us() - cancelled_us) / 1000, 0, 1000);
    check_attempt(attempt);
    assert_int_equal(attempt->rc, RC_FAILED);
    assert_int_equal(attempt->err.state, SQLSTATE_QUERY_CANCELED);
    assert_int_equal(last_record(attempt)->cause, STAGE_CAUSE_CANCELLED);
    attempt_free(attempt);
    peer_stop(&peer);
}

/* --- the dialer's word goes before libpq's
 * ------------------------------------------------ */

static struct attempt *dial_attempt(enum dial_kind kind)
{
    struct attempt *attempt = attempt_new(5432);
    attempt->dials.kind = kind;
    return attempt;
}

static void failures_of_the_dial_are_told_by_the_dialer(void **state)
{
    (void)state;
    expect_failure(dial_attempt(DIAL_UNKNOWN), STAGE_RESOLVE, STAGE_CAUSE_NAME_UNKNOWN,
                   "error connecting to server: failed to lookup address information: "
                   "Name or service not known");
    struct attempt *attempt = dial_attempt(DIAL_REFUSED);
    set_option(attempt, "SSH TUNNEL", "u1");
    expect_failure(attempt, STAGE_FORWARD, STAGE_CAUSE_FORWARD_PROHIBITED,
                   "failed to open SSH tunnel: administratively prohibited: open failed");
    attempt = dial_attempt(DIAL_CUT);
    set_option(attempt, "SSH TUNNEL", "u1");
    run_attempt(attempt);
    assert_int_equal(last_record(attempt)->stage, STAGE_ANSWER);
    assert_int_equal(last_record(attempt)->cause, STAGE_CAUSE_SESSION_LOST);
    assert_string_equal(
        attempt->err.message,
        "SSH tunnel was cut: Connection to bastion closed by remote host.");
    attempt_free(attempt);
}

/* libpq takes pairs of sockets for Unix sockets, where it would ignore sslmode. */
static void a_tunnels_pair_carries_tls_with_the_true_name(void **state)
{
    const struct server *server = server_of(state);
    struct attempt *attempt = tls_attempt(state, "verify-full", server->authority.pem);
    attempt->dials.kind = DIAL_PUMPED;
    set_option(attempt, "SSH TUNNEL", "u1");
    expect_success(attempt);
    assert_int_equal(attempt->trace.records[0].stage, STAGE_FORWARD);
    record_of(attempt, STAGE_TLS, "verified: subject CN=db.internal");
    attempt_free(attempt);
    attempt = tls_attempt(state, "verify-full", server->stranger.pem);
    attempt->dials.kind = DIAL_PUMPED;
    run_attempt(attempt);
    assert_int_equal(last_record(attempt)->cause, STAGE_CAUSE_TLS_UNTRUSTED);
    attempt_free(attempt);
}

static void private_links_are_refused(void **state)
{
    (void)state;
    struct attempt *attempt = attempt_new(5432);
    set_option(attempt, "AWS PRIVATELINK", "u9");
    expect_failure(attempt, STAGE_CONNECT, STAGE_CAUSE_NOT_SUPPORTED,
                   "error connecting to server: AWS PrivateLink connections are "
                   "unsupported");
}

/* --- no defaults of environment or home
 * ---------------------------------------------------- */

/* The home holds the right password and a wrong authority; the environment lies. */
static void nothing_comes_from_environment_or_home(void **state)
{
    const struct server *server = server_of(state);
    static const char *const traps[][2] = {
        {"PGPASSWORD", PASSWORD},       {"PGSERVICE", "trap"},
        {"PGOPTIONS", "-c geqo=maybe"}, {"PGSSLMODE", "disable"},
        {"PGDATABASE", "missing"},      {"PGTZ", "Nowhere/Land"},
        {"PGHOSTADDR", "192.0.2.1"},
    };
    char path[128];
    snprintf(path, sizeof(path), "%s/.postgresql", server->folder);
    assert_int_equal(mkdir(path, 0755), 0);
    write_file(server, ".pgpass", "*:*:*:*:" PASSWORD "\n");
    write_file(server, ".postgresql/root.crt", server->stranger.pem);
    setenv("HOME", server->folder, 1);
    for (size_t i = 0; i < ARRAY_COUNT(traps); i++)
        setenv(traps[i][0], traps[i][1], 1);
    postgres_environment_clear();
    for (size_t i = 0; i < ARRAY_COUNT(traps); i++)
        assert_null(getenv(traps[i][0]));
    struct attempt *attempt = tls_attempt(state, "require", NULL);
    expect_success(attempt);
    attempt_free(attempt);
    attempt = user_attempt(state, "r");
    drop_option(attempt, "PASSWORD");
    expect_failure(attempt, STAGE_TARGET_LOGIN, STAGE_CAUSE_PASSWORD_MISSING,
                   "error connecting to server: fe_sendauth: no password supplied");
}

/* --- settings
 * ---------------------------------------------------------------------------- */

static void restart(void **state, const char *const *settings)
{
    server_stop(server_of(state));
    server_start(server_of(state), settings);
}

static void a_low_wal_level_and_no_tls_are_told(void **state)
{
    static const char *const settings[] = {"-c", "wal_level=replica", "-c", "ssl=off",
                                           NULL};
    restart(state, settings);
    expect_failure(attempt_new(server_of(state)->port), STAGE_SETTINGS,
                   STAGE_CAUSE_WAL_LEVEL_TOO_LOW,
                   "server must have wal_level >= logical, but has replica");
    expect_failure(tls_attempt(state, "require", NULL), STAGE_TLS,
                   STAGE_CAUSE_TLS_REFUSED,
                   "error performing TLS handshake: server does not support TLS");
}

static void missing_senders_and_slots_are_told(void **state)
{
    static const char *const no_senders[] = {"-c", "wal_level=logical", "-c",
                                             "max_wal_senders=0", NULL};
    static const char *const one_slot[] = {"-c", "wal_level=logical", "-c",
                                           "max_replication_slots=1", NULL};
    restart(state, no_senders);
    expect_failure(attempt_new(server_of(state)->port), STAGE_SETTINGS,
                   STAGE_CAUSE_SENDERS_DISABLED, "replication disabled on server");
    restart(state, one_slot);
    expect_failure(
        attempt_new(server_of(state)->port), STAGE_SETTINGS, STAGE_CAUSE_NO_SLOT_FREE,
        "PostgreSQL server has insufficient number of replication slots available");
}

static void an_expired_certificate_is_told(void **state)
{
    static const char *const settings[] = {"-c", "ssl=on", NULL};
    struct server *server = server_of(state);
    write_file(server, "server.pem", server->expired.pem);
    write_file(server, "server.key", server->expired.key_pem);
    restart(state, settings);
    expect_failure(tls_attempt(state, "verify-full", server->authority.pem), STAGE_TLS,
                   STAGE_CAUSE_TLS_EXPIRED,
                   "error performing TLS handshake: SSL error: certificate verify "
                   "failed: certificate has expired");
}

static size_t count_descriptors(void)
{
    size_t count = 0;
    for (int fd = 0; fd < 1024; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static void no_descriptor_is_left(void **state)
{
    size_t before = count_descriptors();
    for (int i = 0; i < 3; i++) {
        struct attempt *attempt =
            tls_attempt(state, "verify-full", server_of(state)->authority.pem);
        set_option(attempt, "SSL CERTIFICATE", server_of(state)->client.pem);
        set_option(attempt, "SSL KEY", server_of(state)->client.key_pem);
        if (i == 1)
            attempt->probe.timeout = MS(1);
        run_attempt(attempt);
        assert_int_equal(attempt->rc, RC_FAILED); /* expired, see above */
        attempt_free(attempt);
    }
    assert_int_equal(count_descriptors(), before);
}

/* --- what EXPLAIN shows
 * -------------------------------------------------------------------- */

static void the_command_repeats_it_without_secrets(void **state)
{
    (void)state;
    struct arena *arena = arena_new("test", NULL);
    struct attempt *attempt = attempt_new(5433);
    set_option(attempt, "SSH TUNNEL", "u7");
    assert_string_equal(postgres_connector.command(arena, &attempt->set),
                        "psql 'host=db.internal port=5433 user=r dbname=postgres "
                        "sslmode=disable' -c 'SHOW wal_level'");
    set_option(attempt, "DATABASE", "it's");
    set_option(attempt, "USER", "$hidden");
    set_option(attempt, "SSL MODE", "verify_full");
    set_option(attempt, "SSL CERTIFICATE AUTHORITY", "pem");
    assert_string_equal(postgres_connector.command(arena, &attempt->set),
                        "psql 'host=db.internal port=5433 user=USER "
                        "dbname='\\''it\\'\\''s'\\'' sslrootcert=authority.pem "
                        "sslmode=verify-full' -c 'SHOW wal_level'");
    const char *host = NULL;
    const char *tunnel = NULL;
    uint16_t port = 0;
    postgres_connector.target(&attempt->set, &host, &port, &tunnel);
    assert_string_equal(host, "db.internal");
    assert_int_equal(port, 5433);
    assert_string_equal(tunnel, "u7");
    attempt_free(attempt);
    arena_free(&arena);
}

/* --- the bench
 * ----------------------------------------------------------------------------- */

static const char access_rules[] = "local all all trust\n"
                                   "host all r,plain all scram-sha-256\n"
                                   "host all ghost,nologin,full all trust\n"
                                   "hostssl all certuser all cert\n"
                                   "hostssl all onlytls all scram-sha-256\n";

static const char roles[] =
    "CREATE ROLE r LOGIN REPLICATION PASSWORD '" PASSWORD "';"
    "CREATE ROLE plain LOGIN PASSWORD '" PASSWORD "';"
    "CREATE ROLE onlytls LOGIN PASSWORD '" PASSWORD "';"
    "CREATE ROLE certuser LOGIN; CREATE ROLE nobody LOGIN; CREATE ROLE nologin;"
    "CREATE ROLE \"full\" LOGIN CONNECTION LIMIT 0;";

static int bench_new(void **state)
{
    static const char *const settings[] = {"-c", "wal_level=logical", "-c", "ssl=on",
                                           NULL};
    struct server *server = test_calloc(1, sizeof(*server));
    server_init(server);
    write_file(server, "data/pg_hba.conf", access_rules);
    server_start(server, settings);
    assert_true(run_sql(server, roles));
    assert_true(run_sql(server, "CREATE DATABASE closed"));
    assert_true(run_sql(server, "REVOKE CONNECT ON DATABASE closed FROM PUBLIC"));
    *state = server;
    return 0;
}

static int bench_free(void **state)
{
    struct server *server = *state;
    server_fini(server);
    test_free(server);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_stage_is_told),
        cmocka_unit_test(a_user_without_replication_is_a_warning),
        cmocka_unit_test(each_mode_trusts_as_it_says),
        cmocka_unit_test(wrong_authorities_are_told_from_wrong_names),
        cmocka_unit_test(client_certificates_stay_in_memory),
        cmocka_unit_test(refused_logins_are_told_apart),
        cmocka_unit_test(secrets_do_not_come_back_in_words),
        cmocka_unit_test(strangers_are_recognised),
        cmocka_unit_test(a_closed_port_is_refused),
        cmocka_unit_test(silence_ends_at_the_deadline),
        cmocka_unit_test(a_cancel_ends_the_wait),
        cmocka_unit_test(failures_of_the_dial_are_told_by_the_dialer),
        cmocka_unit_test(a_tunnels_pair_carries_tls_with_the_true_name),
        cmocka_unit_test(private_links_are_refused),
        cmocka_unit_test(nothing_comes_from_environment_or_home),
        cmocka_unit_test(a_low_wal_level_and_no_tls_are_told),
        cmocka_unit_test(missing_senders_and_slots_are_told),
        cmocka_unit_test(an_expired_certificate_is_told),
        cmocka_unit_test(no_descriptor_is_left),
        cmocka_unit_test(the_command_repeats_it_without_secrets),
    };
    return cmocka_run_group_tests(tests, bench_new, bench_free);
}
