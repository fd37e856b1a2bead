#ifndef UNIT_CONNECTORS_MYSQL_ATTEMPT_H
#define UNIT_CONNECTORS_MYSQL_ATTEMPT_H

/* One probe, with options, secrets and a dialer of its own. */

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/secret.h"
#include "connectors/mysql/connector.h"
#include "unit/connectors/mysql/server_fixture.h"

enum { VALUES_MAX = 16, PROBE_STACK_SIZE = 512 * 1024 };

#define PASSWORD       "correct horse"
#define WRONG_PASSWORD "battery staple"

/* --- the dialer ------------------------------------------------------------------------
 */

enum dial_kind {
    DIAL_DIRECT,
    DIAL_UNKNOWN, /* no such name */
    DIAL_REFUSED, /* by the bastion */
    DIAL_PUMPED,  /* a pair of sockets, as a tunnel gives */
    DIAL_CUT,     /* reached, then cut: the stream just ends */
    DIAL_STALLED, /* reached, silent, and reported lost a little later */
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
    int silent_end; /* of a stalled pair */
    int pump_ends[2];
    pthread_t pump;
};

static inline struct sockaddr_in loopback_address(uint16_t port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons(port),
                                .sin_addr = {htonl(INADDR_LOOPBACK)}};
}

static inline enum rc dial_direct(struct dial_bench *bench, struct dialled *dialled_out)
{
    struct sockaddr_in address = loopback_address(bench->asked_port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(fd >= 0);
    int result = connect(fd, (struct sockaddr *)(void *)&address, sizeof(address));
    assert_true(result == 0 || errno == EINPROGRESS);
    *dialled_out = (struct dialled){fd, bench};
    return RC_OK;
}

/* *other_out NULL: the other end is closed. */
static inline enum rc dial_pair(struct dialled *dialled_out, int *other_out,
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
static inline bool pump_once(int from, int to)
{
    char bytes[4096];
    ssize_t got = recv(from, bytes, sizeof(bytes), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    for (ssize_t sent = 0; got > 0 && sent < got;) {
        ssize_t count = send(to, bytes + sent, (size_t)(got - sent), MSG_NOSIGNAL);
        if (count < 0 && errno != EAGAIN)
            return false;
        sent += count > 0 ? count : 0;
    }
    return got > 0;
}

/* Stands for the tunnel's loop. */
static inline void *pump(void *argument)
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

static inline enum rc dial_pumped(struct dial_bench *bench, struct dialled *dialled_out)
{
    struct sockaddr_in address = loopback_address(bench->asked_port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)(void *)&address, sizeof(address)),
                     0);
    bench->pump_ends[1] = fd;
    bench->is_reached = true;
    dial_pair(dialled_out, &bench->pump_ends[0], bench);
    assert_int_equal(pthread_create(&bench->pump, NULL, pump, bench), 0);
    return RC_OK;
}

static inline enum rc dial(void *owner, const struct dial_request *request,
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
    if (bench->kind == DIAL_STALLED)
        return dial_pair(dialled_out, &bench->silent_end, bench);
    if (bench->kind != DIAL_UNKNOWN)
        return dial_pair(dialled_out, NULL, bench);
    stage_failure_set(failure, STAGE_RESOLVE, STAGE_CAUSE_NAME_UNKNOWN,
                      "failed to lookup address information: Name or service not known");
    return RC_FAILED;
}

static inline void look_at_socket(struct dial_bench *bench, int fd)
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

static inline void lose_session(struct dial_bench *bench)
{
    stage_failure_set(&bench->failure, STAGE_CARRY, STAGE_CAUSE_SESSION_LOST,
                      "Connection to bastion closed by remote host.");
}

static inline bool ask(void *owner, const struct dialled *dialled,
                       struct stage_failure *failure_out)
{
    struct dial_bench *bench = owner;
    bench->ask_count++;
    if (bench->kind == DIAL_DIRECT)
        look_at_socket(bench, dialled->descriptor);
    else if (bench->kind == DIAL_REFUSED)
        stage_failure_set(&bench->failure, STAGE_FORWARD, STAGE_CAUSE_FORWARD_PROHIBITED,
                          "administratively prohibited: open failed");
    else if (bench->kind == DIAL_CUT || bench->kind == DIAL_STALLED) {
        bench->is_reached = true;
        if (bench->ask_count > (bench->kind == DIAL_CUT ? 1 : 3))
            lose_session(bench);
    }
    *failure_out = bench->failure;
    return bench->is_reached;
}

static inline void release(void *owner, struct dialled *dialled)
{
    struct dial_bench *bench = owner;
    bench->release_count++;
    close(dialled->descriptor);
    if (bench->kind == DIAL_PUMPED)
        pthread_join(bench->pump, NULL);
    if (bench->kind == DIAL_STALLED)
        close(bench->silent_end);
}

/* --- one attempt -----------------------------------------------------------------------
 */

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

/* The id is the value; "sealed" is not to be had. */
static inline struct secret *find(void *owner, const char *secret_id)
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

static inline void attempt_free(struct attempt *attempt)
{
    for (size_t i = 0; i < attempt->found_count; i++)
        secret_free(&attempt->found[i]);
    test_free(attempt);
}

/* Later ones win. A text that begins with $ is a secret. */
static inline void set_option(struct attempt *attempt, const char *name, const char *text)
{
    const struct option_spec *spec = connection_kind_option(mysql_connector.kind, name);
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

static inline void drop_option(struct attempt *attempt, const char *name)
{
    for (size_t i = 0; i < attempt->set.count; i++) {
        if (strcmp(attempt->values[i].spec->name, name) == 0)
            attempt->values[i] = attempt->values[--attempt->set.count];
    }
}

static inline struct attempt *attempt_new(uint16_t port)
{
    char text[8];
    struct attempt *attempt = test_calloc(1, sizeof(*attempt));
    snprintf(text, sizeof(text), "%u", (unsigned)port);
    attempt->set.values = attempt->values;
    attempt->dialer = (struct dialer){&attempt->dials, dial, ask, release};
    attempt->secrets = (struct connector_secrets){attempt, find};
    attempt->probe = (struct connector_probe){
        .name = "my",
        .options = &attempt->set,
        .secrets = &attempt->secrets,
        .dialer = &attempt->dialer,
        .application_name = "culvert-test",
        .timeout = SECONDS(10),
        .cancelled = &attempt->cancelled,
    };
    set_option(attempt, "HOST", "db.internal");
    set_option(attempt, "PORT", text);
    set_option(attempt, "USER", "r");
    set_option(attempt, "PASSWORD", PASSWORD);
    return attempt;
}

static inline void *run_probe(void *argument)
{
    struct attempt *attempt = argument;
    attempt->rc = mysql_connector.probe(&attempt->probe, &attempt->trace, &attempt->err);
    return NULL;
}

static inline void start_probe(struct attempt *attempt, pthread_t *thread_out)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, PROBE_STACK_SIZE);
    error_clear(&attempt->err);
    assert_int_equal(pthread_create(thread_out, &attributes, run_probe, attempt), 0);
    pthread_attr_destroy(&attributes);
}

static inline bool has_text(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

/* What must hold whatever happened. */
static inline void check_attempt(const struct attempt *attempt)
{
    assert_int_equal(attempt->dials.release_count,
                     attempt->dials.kind == DIAL_UNKNOWN ? 0 : attempt->dials.dial_count);
    assert_true(attempt->dials.dial_count <= 1);
    assert_true(attempt->trace.count > 0);
    for (size_t i = 0; i < attempt->trace.count; i++) {
        const struct stage_record *record = &attempt->trace.records[i];
        assert_string_equal(record->hop, "my");
        assert_false(has_text(record->found, PASSWORD));
        assert_false(has_text(record->found, WRONG_PASSWORD));
    }
    assert_false(has_text(attempt->err.message, PASSWORD));
    assert_false(has_text(attempt->err.message, WRONG_PASSWORD));
}

static inline void run_attempt(struct attempt *attempt)
{
    pthread_t thread;
    start_probe(attempt, &thread);
    pthread_join(thread, NULL);
    check_attempt(attempt);
}

static inline const struct stage_record *last_record(const struct attempt *attempt)
{
    return &attempt->trace.records[attempt->trace.count - 1];
}

/* A record of this stage that tells this. */
static inline const struct stage_record *record_of(const struct attempt *attempt,
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
    fail_msg("no record of stage %s tells \"%s\"", stage_name(stage), found);
    return NULL;
}

/* Frees the attempt. `message` may be the beginning only. */
static inline void expect_failure(struct attempt *attempt, enum stage stage,
                                  enum stage_cause cause, const char *message)
{
    run_attempt(attempt);
    const struct stage_record *record = last_record(attempt);
    if (record->stage != stage || record->cause != cause ||
        strncmp(attempt->err.message, message, strlen(message)) != 0)
        print_message("%s\n%s\n%s\n", attempt->err.message, attempt->err.detail,
                      attempt->err.hint);
    assert_int_equal(attempt->rc, RC_FAILED);
    assert_int_equal(record->stage, stage);
    assert_string_equal(stage_cause_name(record->cause), stage_cause_name(cause));
    assert_int_equal(record->verdict, STAGE_VERDICT_FAILED);
    assert_int_equal(attempt->err.state, SQLSTATE_SYSTEM_ERROR);
    assert_memory_equal(attempt->err.message, message, strlen(message));
    assert_true(has_text(attempt->err.detail, stage_cause_name(cause)));
    assert_true(has_text(attempt->err.detail, stage_name(stage)));
    assert_true(attempt->err.hint[0] != '\0');
    attempt_free(attempt);
}

static inline void expect_success(struct attempt *attempt)
{
    run_attempt(attempt);
    if (attempt->rc != RC_OK)
        print_message("%s\n%s\n%s\n", attempt->err.message, attempt->err.detail,
                      attempt->err.hint);
    assert_int_equal(attempt->rc, RC_OK);
}

/* --- peers that are no servers ---------------------------------------------------------
 */

/* Listens, says something to the first who comes, and waits. */
struct peer {
    int listener;
    uint16_t port;
    const char *words; /* NULL: silence; "": the end */
    size_t len;
    pthread_t thread;
    int stop[2];
};

static inline void *peer_serve(void *argument)
{
    struct peer *peer = argument;
    char byte;
    int fd = accept(peer->listener, NULL, NULL);
    if (fd >= 0 && peer->words != NULL)
        send(fd, peer->words, peer->len, MSG_NOSIGNAL);
    if (fd >= 0 && (peer->words == NULL || peer->len > 0))
        (void)!read(peer->stop[0], &byte, 1);
    close(fd);
    return NULL;
}

static inline void peer_start(struct peer *peer, const char *words, size_t len)
{
    peer->words = words;
    peer->len = len;
    peer->listener = listen_somewhere(&peer->port);
    assert_int_equal(pipe(peer->stop), 0);
    assert_int_equal(pthread_create(&peer->thread, NULL, peer_serve, peer), 0);
}

static inline void peer_stop(struct peer *peer)
{
    assert_int_equal(write(peer->stop[1], "x", 1), 1);
    pthread_join(peer->thread, NULL);
    close(peer->listener);
    close(peer->stop[0]);
    close(peer->stop[1]);
}

#endif
