/* Walks a PostgreSQL target's stages once, by libpq over a dialled stream.
 *
 * libpq must believe that it connects by itself: it is sent to a port of 127.0.0.1 that
 * we hold and where nobody listens, and before it looks at its socket for the first time
 * the dialled stream is laid over it. Should it ever connect again on its own, it meets
 * the held port and fails: nothing goes around the dialer. `host` stays the true name,
 * which TLS sees. */
#include "connectors/postgres/probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/secret.h"
#include "connectors/postgres/probe_internal.h"

enum {
    DEFAULT_TIMEOUT_MS = 30 * 1000,
    SLICE_MS = 100, /* how long a wait may overlook a cancel */
    REACH_SLICE_MS = 5,
    PEEK_MAX = 64,
    GATE_MAX = 4096,
};

/* --- records and failures ---------------------------------------------------------- */

void walk_begin(struct walk *walk, enum stage stage)
{
    walk->record = stage_trace_add(walk->trace, walk->probe->name, stage, walk->address);
    walk->stage_started_us = clock_monotonic_us();
}

static void end_record(struct walk *walk)
{
    walk->record->time_us = clock_monotonic_us() - walk->stage_started_us;
}

void walk_done(struct walk *walk, const char *found)
{
    end_record(walk);
    stage_record_found(walk->record, found);
}

static const char *direct_remedy(enum stage_cause cause)
{
    switch (cause) {
    case STAGE_CAUSE_NAME_UNKNOWN:
        return "Check HOST. Without an SSH TUNNEL this server looks the name up.";
    case STAGE_CAUSE_REFUSED:
        return "Check HOST and PORT, and that PostgreSQL listens there (listen_addresses "
               "in postgresql.conf).";
    case STAGE_CAUSE_UNREACHABLE:
        return "Check the route to the target and its firewall rules; they must let in "
               "the addresses in mz_catalog.mz_egress_ips.";
    case STAGE_CAUSE_TIMEOUT:
        return "Silence is most often a firewall. Let the addresses in "
               "mz_catalog.mz_egress_ips reach the target, and check HOST and PORT.";
    default:
        return "";
    }
}

/* The causes' own remedies speak of bastions. */
static void set_remedy(struct walk *walk)
{
    struct stage_failure *failure = &walk->failure;
    if (failure->remedy[0] != '\0')
        return;
    if (walk->options.tunnel_id == NULL)
        snprintf(failure->remedy, sizeof(failure->remedy), "%s",
                 direct_remedy(failure->cause));
    else if (failure->stage >= STAGE_ANSWER && failure->cause == STAGE_CAUSE_TIMEOUT)
        snprintf(failure->remedy, sizeof(failure->remedy),
                 "The bastion reaches the target, but it is silent: see the target's "
                 "log, and check PORT.");
}

bool walk_fail(struct walk *walk, enum stage_cause cause, const char *words)
{
    stage_failure_set(&walk->failure, walk->record->stage, cause, words);
    set_remedy(walk);
    end_record(walk);
    stage_record_fail(walk->record, &walk->failure);
    return false;
}

/* Takes the failure over that the dialer has filled in. */
static bool fail_dial(struct walk *walk)
{
    set_remedy(walk);
    end_record(walk);
    if (walk->record->stage < STAGE_ANSWER)
        walk->record->stage = walk->failure.stage;
    stage_record_fail(walk->record, &walk->failure);
    return false;
}

/* *has_failed_out: a cut stream looks like an ended one, so the dialer is asked before
 * anybody else is believed. */
static bool ask(struct walk *walk, bool *has_failed_out)
{
    const struct dialer *dialer = walk->probe->dialer;
    struct stage_failure failure = {.stage = STAGE_NONE};
    bool is_reached = dialer->ask(dialer->owner, &walk->dialled, &failure);
    *has_failed_out = failure.stage != STAGE_NONE;
    if (*has_failed_out)
        walk->failure = failure;
    return is_reached;
}

bool walk_fail_words(struct walk *walk, const struct postgres_words *words,
                     enum stage_cause cause)
{
    bool has_failed = false;
    ask(walk, &has_failed);
    if (has_failed)
        return fail_dial(walk);
    walk->is_servers_word = words->sqlstate[0] != '\0';
    return walk_fail(walk, cause, words->words);
}

void walk_words(const struct walk *walk, const char *message,
                struct postgres_words *words_out)
{
    char *copy = mem_strdup(message);
    postgres_parameters_redact(&walk->parameters, copy);
    postgres_words_read(copy, words_out);
    mem_free(copy);
}

/* --- waiting ----------------------------------------------------------------------- */

static bool has_time(struct walk *walk)
{
    if (walk->probe->cancelled != NULL && atomic_load(walk->probe->cancelled))
        return walk_fail(walk, STAGE_CAUSE_CANCELLED, NULL);
    if (clock_monotonic_us() < walk->deadline_us)
        return true;
    return walk_fail(walk, STAGE_CAUSE_TIMEOUT, "connection timed out");
}

static int64_t time_left_ms(const struct walk *walk)
{
    int64_t left_ms = (walk->deadline_us - clock_monotonic_us() + 999) / 1000;
    return left_ms > 0 ? left_ms : 0;
}

bool walk_await(struct walk *walk, short events)
{
    for (;;) {
        if (!has_time(walk))
            return false;
        int64_t left_ms = time_left_ms(walk);
        struct pollfd watched = {.fd = PQsocket(walk->pg), .events = events};
        if (poll(&watched, 1, (int)(left_ms < SLICE_MS ? left_ms : SLICE_MS)) > 0)
            return true;
        bool has_failed = false;
        ask(walk, &has_failed);
        if (has_failed)
            return fail_dial(walk);
    }
}

/* --- the dial ---------------------------------------------------------------------- */

static bool dial(struct walk *walk)
{
    const struct dialer *dialer = walk->probe->dialer;
    const struct postgres_options *options = &walk->options;
    struct dial_request request = {options->tunnel_id, options->host, options->port,
                                   MS(time_left_ms(walk))};
    enum rc rc = dialer->dial(dialer->owner, &request, &walk->dialled, &walk->failure);
    walk->is_dialled = rc == RC_OK;
    return walk->is_dialled || fail_dial(walk);
}

static bool reach(struct walk *walk)
{
    walk_begin(walk, walk->options.tunnel_id == NULL ? STAGE_CONNECT : STAGE_FORWARD);
    if (!has_time(walk) || !dial(walk))
        return false;
    bool has_failed = false;
    while (!ask(walk, &has_failed)) {
        if (has_failed)
            return fail_dial(walk);
        if (!has_time(walk))
            return false;
        poll(NULL, 0, REACH_SLICE_MS);
    }
    if (has_failed)
        return fail_dial(walk);
    walk_done(walk, "the target accepts connections");
    return true;
}

/* Bound and never listening: nobody can connect there, or take the port. */
static bool hold_port(struct walk *walk, uint16_t *port_out)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(address);
    struct sockaddr *at = (struct sockaddr *)(void *)&address;
    walk->held_port = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (walk->held_port < 0 || bind(walk->held_port, at, len) != 0 ||
        getsockname(walk->held_port, at, &len) != 0)
        return false;
    *port_out = ntohs(address.sin_port);
    return true;
}

/* Everything that can fail before a byte is sent. */
static bool prepare(struct walk *walk)
{
    uint16_t port = 0;
    bool has_port = hold_port(walk, &port);
    int code = errno;
    if (postgres_parameters_init(&walk->parameters, &walk->options, walk->probe, port,
                                 &walk->failure) &&
        has_port)
        return true;
    walk_begin(walk, has_port ? walk->failure.stage : STAGE_CONNECT);
    if (!has_port)
        return walk_fail(walk, STAGE_CAUSE_RESOURCES, strerrordesc_np(code));
    end_record(walk);
    stage_record_fail(walk->record, &walk->failure);
    return false;
}

static bool fail_start(struct walk *walk)
{
    struct postgres_words words;
    walk_words(walk, walk->pg == NULL ? "out of memory" : PQerrorMessage(walk->pg),
               &words);
    return walk_fail(walk, STAGE_CAUSE_RESOURCES, words.words);
}

/* Lays the dialled stream over libpq's socket, whose number stays. */
static bool start(struct walk *walk)
{
    walk_begin(walk, STAGE_ANSWER);
    walk->pg = PQconnectStartParams(walk->parameters.names, walk->parameters.values, 0);
    if (walk->pg == NULL || PQstatus(walk->pg) == CONNECTION_BAD)
        return fail_start(walk);
    PQsetErrorVerbosity(walk->pg, PQERRORS_VERBOSE);
    if (dup3(walk->dialled.descriptor, PQsocket(walk->pg), O_CLOEXEC) < 0)
        return walk_fail(walk, STAGE_CAUSE_RESOURCES, strerrordesc_np(errno));
    return true;
}

/* Has libpq dropped our stream and connected by itself? */
static bool is_ours(const struct walk *walk)
{
    struct stat ours;
    struct stat theirs;
    return fstat(walk->dialled.descriptor, &ours) == 0 &&
           fstat(PQsocket(walk->pg), &theirs) == 0 && ours.st_dev == theirs.st_dev &&
           ours.st_ino == theirs.st_ino;
}

/* --- answer, TLS, login ------------------------------------------------------------ */

static bool fail_closed(struct walk *walk)
{
    struct postgres_words words = {.words = "server closed the connection unexpectedly"};
    return walk_fail_words(walk, &words, STAGE_CAUSE_TARGET_CLOSED);
}

static bool fail_foreign(struct walk *walk, const char *first)
{
    char words[STAGE_WORDS_MAX];
    snprintf(words, sizeof(words), "the peer is no PostgreSQL server, it says \"%.*s\"",
             (int)strcspn(first, "\r\n"), first);
    return walk_fail(walk, STAGE_CAUSE_NOT_POSTGRES, words);
}

/* Looks at the first bytes before libpq takes them. */
static bool judge_answer(struct walk *walk)
{
    char first[PEEK_MAX + 1] = "";
    ssize_t got = recv(PQsocket(walk->pg), first, PEEK_MAX, MSG_PEEK | MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return true; /* a false alarm: libpq will wait again */
    if (got <= 0)
        return fail_closed(walk);
    bool asked_for_tls = walk->options.tls_mode != POSTGRES_TLS_DISABLE;
    enum postgres_answer answer =
        postgres_answer_judge(bytes_of(first, (size_t)got), asked_for_tls);
    if (answer == POSTGRES_ANSWER_FOREIGN)
        return fail_foreign(walk, first);
    walk_done(walk, "the target speaks PostgreSQL's protocol");
    if (answer == POSTGRES_ANSWER_NO_TLS) {
        walk_begin(walk, STAGE_TLS);
        return walk_fail(walk, STAGE_CAUSE_TLS_REFUSED, "server does not support TLS");
    }
    walk_begin(walk, asked_for_tls && first[0] == 'S' ? STAGE_TLS : STAGE_TARGET_LOGIN);
    return true;
}

static void tell_tls(struct walk *walk)
{
    struct tls_peer peer = {.certificate = ""};
    if (walk->ssl != NULL)
        tls_peer_read(walk->ssl, &peer);
    bool is_verified = walk->options.tls_mode != POSTGRES_TLS_REQUIRE ||
                       walk->options.tls_authority != NULL;
    const char *version = PQsslAttribute(walk->pg, "protocol");
    const char *cipher = PQsslAttribute(walk->pg, "cipher");
    char found[STAGE_FOUND_MAX];
    snprintf(found, sizeof(found), "%s, %s, %s: %s", version == NULL ? "TLS" : version,
             cipher == NULL ? "" : cipher, is_verified ? "verified" : "not verified",
             peer.certificate);
    walk_done(walk, found);
}

/* What libpq has put into the gate goes on to the target. A first message of TLS fits
 * into any socket's empty buffer. */
static bool pass_on(const struct walk *walk, int gate)
{
    uint8_t bytes[GATE_MAX];
    ssize_t got = 0;
    while ((got = recv(gate, bytes, sizeof(bytes), 0)) > 0) {
        if (send(walk->dialled.descriptor, bytes, (size_t)got, MSG_NOSIGNAL) != got)
            return false;
    }
    return true;
}

static bool step_through_gate(struct walk *walk, const int gate[2],
                              PostgresPollingStatusType *wanted_out)
{
    char answer;
    if (recv(walk->dialled.descriptor, &answer, 1, 0) != 1 ||
        send(gate[1], &answer, 1, MSG_NOSIGNAL) != 1 ||
        dup3(gate[0], PQsocket(walk->pg), O_CLOEXEC) < 0)
        return false;
    *wanted_out = PQconnectPoll(walk->pg);
    void *ssl = PQsslStruct(walk->pg, "OpenSSL");
    if (ssl != NULL)
        walk->ssl = tls_peer_hold(ssl);
    if (*wanted_out == PGRES_POLLING_FAILED)
        return true;
    return pass_on(walk, gate[1]) &&
           dup3(walk->dialled.descriptor, PQsocket(walk->pg), O_CLOEXEC) >= 0;
}

/* libpq throws its TLS session away, and with it what OpenSSL found, in the step that
 * fails. So the first step of the handshake is taken before a socket that has no answer:
 * then the session exists, and is held. */
static bool begin_tls(struct walk *walk, PostgresPollingStatusType *wanted_out)
{
    int gate[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, gate) != 0)
        return walk_fail(walk, STAGE_CAUSE_RESOURCES, strerrordesc_np(errno));
    bool is_well = step_through_gate(walk, gate, wanted_out);
    close(gate[0]);
    close(gate[1]);
    return is_well || fail_closed(walk);
}

/* After each step of libpq: is the handshake over? */
static void follow_tls(struct walk *walk)
{
    if (walk->record->stage != STAGE_TLS)
        return;
    ConnStatusType status = PQstatus(walk->pg);
    if (status == CONNECTION_SSL_STARTUP || status == CONNECTION_BAD)
        return;
    tell_tls(walk);
    walk_begin(walk, STAGE_TARGET_LOGIN);
}

static enum stage_cause cause_of(const struct walk *walk,
                                 const struct postgres_words *words)
{
    if (walk->record->stage == STAGE_ANSWER)
        return STAGE_CAUSE_TARGET_CLOSED;
    if (walk->record->stage == STAGE_TLS) {
        struct tls_peer peer;
        if (walk->ssl != NULL)
            tls_peer_read(walk->ssl, &peer);
        return postgres_tls_cause(words, walk->ssl == NULL ? NULL : &peer);
    }
    struct postgres_login_state state = {
        .uses_tls = PQsslInUse(walk->pg) != 0,
        .needs_password = PQconnectionNeedsPassword(walk->pg) != 0,
    };
    return postgres_login_cause(words, &state);
}

/* Tells which fault OpenSSL found, since libpq only says that there is one. */
static void add_tls_words(struct walk *walk, struct postgres_words *words)
{
    struct tls_peer peer;
    if (walk->record->stage != STAGE_TLS || walk->ssl == NULL)
        return;
    tls_peer_read(walk->ssl, &peer);
    size_t len = strlen(words->words);
    if (peer.words[0] != '\0')
        snprintf(words->words + len, sizeof(words->words) - len, ": %s", peer.words);
}

static bool fail_login(struct walk *walk)
{
    struct postgres_words words;
    walk_words(walk, PQerrorMessage(walk->pg), &words);
    enum stage_cause cause = cause_of(walk, &words);
    add_tls_words(walk, &words);
    return walk_fail_words(walk, &words, cause);
}

static void tell_login(struct walk *walk)
{
    const char *version = PQparameterStatus(walk->pg, "server_version");
    char found[STAGE_FOUND_MAX];
    snprintf(found, sizeof(found), "PostgreSQL %s, user %s, database %s%s",
             version == NULL ? "of unknown version" : version,
             walk->parameters.user == NULL ? PQuser(walk->pg) : "of a secret",
             PQdb(walk->pg), PQconnectionUsedPassword(walk->pg) ? ", by password" : "");
    walk_done(walk, found);
}

/* One step of libpq. */
static bool step(struct walk *walk, PostgresPollingStatusType *wanted)
{
    bool is_answer =
        *wanted == PGRES_POLLING_READING && walk->record->stage == STAGE_ANSWER;
    if (is_answer && !judge_answer(walk))
        return false;
    if (is_answer && walk->record->stage == STAGE_TLS)
        return begin_tls(walk, wanted);
    *wanted = PQconnectPoll(walk->pg);
    return true;
}

static bool log_in(struct walk *walk)
{
    PostgresPollingStatusType wanted = PGRES_POLLING_WRITING;
    while (wanted != PGRES_POLLING_OK) {
        if (wanted == PGRES_POLLING_FAILED)
            return fail_login(walk);
        if (!walk_await(walk, wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT) ||
            !step(walk, &wanted))
            return false;
        if (wanted != PGRES_POLLING_FAILED && !is_ours(walk))
            return walk_fail(walk, STAGE_CAUSE_PROTOCOL_ERROR, "libpq dialled again");
        follow_tls(walk);
    }
    tell_login(walk);
    return true;
}

/* --- the whole --------------------------------------------------------------------- */

static const char *message_prefix(const struct walk *walk)
{
    if (walk->is_servers_word)
        return "db error: ";
    switch (walk->failure.stage) {
    case STAGE_TLS:
        return "error performing TLS handshake: ";
    case STAGE_SETTINGS:
        return "";
    default:
        return "error connecting to server: ";
    }
}

static void set_message(const struct walk *walk, struct error *err)
{
    const struct stage_failure *failure = &walk->failure;
    char message[STAGE_WORDS_MAX + 64];
    bool has_words = failure->words[0] != '\0';
    if (walk->options.tunnel_id != NULL && failure->stage <= STAGE_CARRY)
        stage_tunnel_message(failure, message, sizeof(message));
    else
        snprintf(message, sizeof(message), "%s%s", message_prefix(walk),
                 has_words ? failure->words : stage_cause_text(failure->cause));
    error_set(err, SQLSTATE_SYSTEM_ERROR, "%s", message);
}

static enum rc set_error(const struct walk *walk, struct error *err)
{
    const struct stage_failure *failure = &walk->failure;
    if (failure->cause == STAGE_CAUSE_CANCELLED)
        return error_set(err, SQLSTATE_QUERY_CANCELED,
                         "canceling statement due to user request");
    set_message(walk, err);
    bool has_more = failure->explanation[0] != '\0';
    const char *tunnel = walk->options.tunnel_id == NULL ? "" : " behind its SSH tunnel";
    error_detail(err, "Hop POSTGRES \"%s\" (%s)%s, stage %s: %s (%s).%s%s",
                 walk->probe->name, walk->address, tunnel, stage_name(failure->stage),
                 stage_cause_text(failure->cause), stage_cause_name(failure->cause),
                 has_more ? " " : "", failure->explanation);
    const char *remedy = stage_failure_remedy(failure);
    if (remedy[0] != '\0')
        error_hint(err, "%s", remedy);
    return RC_FAILED;
}

static void walk_init(struct walk *walk, const struct connector_probe *probe,
                      struct stage_trace *trace)
{
    memset(walk, 0, sizeof(*walk));
    walk->probe = probe;
    walk->trace = trace;
    walk->held_port = -1;
    int64_t timeout_ms = probe->timeout.count;
    walk->deadline_us =
        clock_monotonic_us() + (timeout_ms > 0 ? timeout_ms : DEFAULT_TIMEOUT_MS) * 1000;
    postgres_options_read(probe->options, &walk->options);
    snprintf(walk->address, sizeof(walk->address), "%s:%u", walk->options.host,
             (unsigned)walk->options.port);
}

static void walk_fini(struct walk *walk)
{
    tls_peer_release(&walk->ssl);
    PQfinish(walk->pg);
    if (walk->is_dialled)
        walk->probe->dialer->release(walk->probe->dialer->owner, &walk->dialled);
    if (walk->held_port >= 0)
        close(walk->held_port);
    postgres_parameters_fini(&walk->parameters);
}

static bool refuse_link(struct walk *walk)
{
    if (option_find(walk->probe->options, "AWS PRIVATELINK") == NULL)
        return true;
    walk_begin(walk, STAGE_CONNECT);
    return walk_fail(walk, STAGE_CAUSE_NOT_SUPPORTED,
                     "AWS PrivateLink connections are unsupported");
}

enum rc postgres_probe(const struct connector_probe *probe, struct stage_trace *trace,
                       struct error *err)
{
    struct walk walk;
    walk_init(&walk, probe, trace);
    bool is_well = refuse_link(&walk) && prepare(&walk) && reach(&walk) && start(&walk) &&
                   log_in(&walk) && walk_settings(&walk);
    walk_fini(&walk);
    return is_well ? RC_OK : set_error(&walk, err);
}
