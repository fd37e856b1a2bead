#ifndef UNIT_CONNECTORS_ATTEMPT_H
#define UNIT_CONNECTORS_ATTEMPT_H

/* One probe of some connector, with options, secrets and a dialer of its own, against
 * peers that the test starts. */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/secret.h"
#include "connectors/connector.h"
#include "unit/loop/certificate.h"

enum {
    VALUES_MAX = 16,
    ADDRESSES_MAX = 8,
    DIALS_MAX = 256,
    PROBE_STACK_SIZE = 512 * 1024
};

/* --- peers ------------------------------------------------------------------------- */

struct fake {
    pid_t pid;
    uint16_t port;
};

/* A Python script and its arguments; the list ends with NULL. */
static inline struct fake fake_of(const char *script, const char *const *arguments)
{
    const char *list[24] = {"python3", script};
    int out[2];
    for (size_t i = 0; arguments[i] != NULL; i++)
        list[i + 2] = arguments[i];
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    fflush(NULL);
    struct fake fake = {.pid = fork()};
    if (fake.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nobody behind */
        dup2(out[1], STDOUT_FILENO);
        execvp(list[0], (char *const *)(uintptr_t)list);
        _exit(127);
    }
    close(out[1]);
    char text[16] = "";
    assert_true(read(out[0], text, sizeof(text) - 1) > 0);
    close(out[0]);
    fake.port = (uint16_t)strtol(text, NULL, 10);
    assert_true(fake.port > 0);
    return fake;
}

static inline void fake_stop(const struct fake *fake)
{
    kill(fake->pid, SIGKILL);
    waitpid(fake->pid, NULL, 0);
}

/* --- the dialer ------------------------------------------------------------------------
 */

enum dial_kind { DIAL_STREAM, DIAL_PAIR, DIAL_UNKNOWN, DIAL_PROHIBITED, DIAL_SILENT };

/* Where a true name leads in the test. */
struct place {
    const char *host; /* NULL: ends the list */
    uint16_t port;
    const char *tunnel_id; /* that must be used; "": none; NULL: whichever */
    enum dial_kind kind;
    uint16_t real_port;
};

struct test_dial {
    enum dial_kind kind;
    int ends[2]; /* of a pump */
    pthread_t pump;
};

struct bench {
    const struct place *places;
    pthread_mutex_t lock;
    int dial_count;
    int release_count;
    int wrong_count; /* dials to places or through tunnels that nobody should take */
};

static inline int connect_to(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)(void *)&address, sizeof(address)) != 0) {
        close(fd);
        return -1;
    }
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

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
    struct test_dial *dial = argument;
    struct pollfd watched[2] = {{.fd = dial->ends[0], .events = POLLIN},
                                {.fd = dial->ends[1], .events = POLLIN}};
    bool goes_on = true;
    while (goes_on && poll(watched, 2, -1) > 0)
        goes_on = pump_once(watched[0].fd, watched[1].fd) &&
                  pump_once(watched[1].fd, watched[0].fd);
    close(dial->ends[0]);
    close(dial->ends[1]);
    return NULL;
}

static inline const struct place *find_place(const struct bench *bench,
                                             const struct dial_request *request)
{
    for (const struct place *place = bench->places; place->host != NULL; place++) {
        const char *tunnel = request->tunnel_id == NULL ? "" : request->tunnel_id;
        if (strcmp(place->host, request->host) == 0 && place->port == request->port &&
            (place->tunnel_id == NULL || strcmp(place->tunnel_id, tunnel) == 0))
            return place;
    }
    return NULL;
}

static inline enum rc refuse(struct stage_failure *failure, enum stage stage,
                             enum stage_cause cause, const char *words)
{
    stage_failure_set(failure, stage, cause, words);
    return RC_FAILED;
}

static inline enum rc dial_place(const struct place *place, struct dialled *dialled_out,
                                 struct stage_failure *failure)
{
    struct test_dial *dial = mem_alloc(sizeof(*dial));
    int pair[2] = {-1, -1};
    dial->kind = place->kind;
    *dialled_out = (struct dialled){-1, dial};
    if (place->kind == DIAL_STREAM) {
        dialled_out->descriptor = connect_to(place->real_port);
        if (dialled_out->descriptor >= 0)
            return RC_OK;
        mem_free(dial);
        return refuse(failure, STAGE_CONNECT, STAGE_CAUSE_REFUSED, "Connection refused");
    }
    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair);
    *dialled_out = (struct dialled){pair[0], dial};
    dial->ends[0] = pair[1];
    dial->ends[1] = -1;
    if (place->kind == DIAL_PAIR) {
        dial->ends[1] = connect_to(place->real_port);
        pthread_create(&dial->pump, NULL, pump, dial);
    }
    return RC_OK;
}

static inline enum rc dial(void *owner, const struct dial_request *request,
                           struct dialled *dialled_out, struct stage_failure *failure)
{
    struct bench *bench = owner;
    const struct place *place = find_place(bench, request);
    bool is_known = place != NULL && place->kind != DIAL_UNKNOWN;
    enum rc rc = is_known ? dial_place(place, dialled_out, failure)
                          : refuse(failure, STAGE_RESOLVE, STAGE_CAUSE_NAME_UNKNOWN,
                                   "Name or service not known");
    pthread_mutex_lock(&bench->lock);
    bench->dial_count += rc == RC_OK;
    bench->wrong_count += place == NULL;
    pthread_mutex_unlock(&bench->lock);
    return rc;
}

static inline bool ask(void *owner, const struct dialled *dialled,
                       struct stage_failure *failure_out)
{
    const struct test_dial *dial = dialled->handle;
    (void)owner;
    memset(failure_out, 0, sizeof(*failure_out));
    if (dial->kind == DIAL_PROHIBITED)
        refuse(failure_out, STAGE_FORWARD, STAGE_CAUSE_FORWARD_PROHIBITED,
               "administratively prohibited: open failed");
    return dial->kind == DIAL_STREAM || dial->kind == DIAL_PAIR;
}

static inline void release(void *owner, struct dialled *dialled)
{
    struct bench *bench = owner;
    struct test_dial *dial = dialled->handle;
    close(dialled->descriptor);
    /* The library's copy of a stream's descriptor is still open, so the pump has to be
     * told. */
    if (dial->kind == DIAL_PAIR) {
        shutdown(dial->ends[1], SHUT_RDWR);
        pthread_join(dial->pump, NULL);
    } else if (dial->kind != DIAL_STREAM)
        close(dial->ends[0]);
    mem_free(dial);
    pthread_mutex_lock(&bench->lock);
    bench->release_count++;
    pthread_mutex_unlock(&bench->lock);
}

/* --- one attempt -----------------------------------------------------------------------
 */

struct attempt {
    const struct connector *connector;
    struct option_value values[VALUES_MAX];
    struct option_address addresses[ADDRESSES_MAX];
    struct option_set set;
    struct connector_probe probe;
    struct dialer dialer;
    struct bench bench;
    struct connector_secrets secrets;
    struct secret *found[VALUES_MAX * 64];
    atomic_size_t found_count;
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
    size_t at = atomic_fetch_add(&attempt->found_count, 1);
    assert_true(at < VALUES_MAX * 64);
    assert_int_equal(secret_copy(bytes_of_text(secret_id), &attempt->found[at], &err),
                     RC_OK);
    return attempt->found[at];
}

static inline struct option_value *add_value(struct attempt *attempt, const char *name)
{
    const struct option_spec *spec =
        connection_kind_option(attempt->connector->kind, name);
    assert_non_null(spec);
    size_t at = attempt->set.count++;
    while (at > 0 && attempt->values[at - 1].spec > spec) {
        attempt->values[at] = attempt->values[at - 1];
        at--;
    }
    attempt->values[at] = (struct option_value){.spec = spec};
    return &attempt->values[at];
}

static inline void set_option(struct attempt *attempt, const char *name, const char *text)
{
    struct option_value *value = add_value(attempt, name);
    if (value->spec->type == OPTION_CONNECTION)
        value->connection_id = text;
    else if (value->spec->type == OPTION_SECRET)
        value->secret_id = text;
    else
        value->text = text;
}

static inline struct attempt *attempt_open(const struct connector *connector,
                                           const char *name, const struct place *places)
{
    struct attempt *attempt = test_calloc(1, sizeof(*attempt));
    attempt->connector = connector;
    attempt->set.values = attempt->values;
    attempt->bench.places = places;
    pthread_mutex_init(&attempt->bench.lock, NULL);
    attempt->dialer = (struct dialer){&attempt->bench, dial, ask, release};
    attempt->secrets = (struct connector_secrets){attempt, find};
    attempt->probe = (struct connector_probe){
        .name = name,
        .options = &attempt->set,
        .secrets = &attempt->secrets,
        .dialer = &attempt->dialer,
        .application_name = "culvert-test",
        .timeout = MS(8000),
        .cancelled = &attempt->cancelled,
    };
    return attempt;
}

static inline void *run_probe(void *argument)
{
    struct attempt *attempt = argument;
    error_clear(&attempt->err);
    attempt->rc =
        attempt->connector->probe(&attempt->probe, &attempt->trace, &attempt->err);
    return NULL;
}

/* On a stack as small as the contract allows, and nothing may be left behind. */
static inline void attempt_run(struct attempt *attempt)
{
    pthread_attr_t attributes;
    pthread_t thread;
    assert_int_equal(attempt->connector->kind->check(&attempt->set, &attempt->err),
                     RC_OK);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, PROBE_STACK_SIZE);
    pthread_create(&thread, &attributes, run_probe, attempt);
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
    assert_int_equal(attempt->bench.dial_count, attempt->bench.release_count);
}

static inline void attempt_print(const struct attempt *attempt)
{
    for (size_t i = 0; i < attempt->trace.count; i++) {
        const struct stage_record *record = &attempt->trace.records[i];
        print_message("  %-12s %-22s %-7s %-20s %6.1f ms  %s\n",
                      stage_name(record->stage), record->address,
                      stage_verdict_name(record->verdict),
                      stage_cause_name(record->cause), (double)record->time_us / 1000,
                      record->found);
    }
    if (attempt->rc != RC_OK)
        print_message("  %s\n  D: %s\n  H: %s\n", attempt->err.message,
                      attempt->err.detail, attempt->err.hint);
}

static inline void attempt_free(struct attempt *attempt)
{
    for (size_t i = 0; i < atomic_load(&attempt->found_count); i++)
        secret_free(&attempt->found[i]);
    pthread_mutex_destroy(&attempt->bench.lock);
    test_free(attempt);
}

/* The probe failed at this stage for this cause, and says so in its error. */
static inline void assert_failed_at(const struct attempt *attempt, enum stage stage,
                                    enum stage_cause cause, const char *message)
{
    attempt_print(attempt);
    assert_int_equal(attempt->rc, RC_FAILED);
    const struct stage_record *last = &attempt->trace.records[attempt->trace.count - 1];
    assert_string_equal(stage_name(last->stage), stage_name(stage));
    assert_string_equal(stage_cause_name(last->cause), stage_cause_name(cause));
    assert_int_equal(last->verdict, STAGE_VERDICT_FAILED);
    assert_string_equal(sqlstate_code(attempt->err.state), "58000");
    assert_non_null(strstr(attempt->err.message, message));
}

#endif
