/* librdkafka over dialled streams. Its callbacks:
 *
 * resolve  The dial itself, in the broker's own thread, until the target is reached. It
 *          answers a made-up address (RFC 2544's range) that says which dial it was, so
 *          that librdkafka looks nothing up.
 * socket   A socket that is connected to nothing, so that a mistake of ours fails closed.
 * connect  Lays the dialled stream over that socket, whose number stays.
 * close    Asks the dialer a last time, then lets the stream go.
 *
 * Names stay the true ones: TLS and SASL see them. What the connections go through is
 * learnt from librdkafka's log, which is the only place where it tells. */
#include "connectors/kafka/client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/assert.h"
#include "base/memory.h"
#include "connectors/kafka/settings.h"

enum {
    BROKERS_MAX = 256, /* further ones of a cluster are not dialled */
    DIALS_MAX = 1024,
    DIAL_TIMEOUT_MS = 10 * 1000, /* of one dial */
    REACH_SLICE_MS = 2,
    NAME_MAX_LEN = KAFKA_HOST_MAX + 32,
};

/* 198.18.0.0: set aside for measurements, routed nowhere. */
#define MADE_UP_BASE UINT32_C(0xC6120000)

/* A dial that librdkafka holds, or is about to take. */
struct held_dial {
    bool is_used;
    size_t broker;
    struct dialled dialled;
    int fd; /* librdkafka's; -1: not taken yet */
};

struct kafka_client {
    struct kafka_client_setup setup;
    rd_kafka_t *handle;
    pthread_mutex_t lock; /* of all that follows, and of the dialer's ask() */
    bool is_stopping;
    struct kafka_broker *brokers;
    size_t broker_count;
    struct held_dial dials[DIALS_MAX];
};

struct made_up_address {
    struct addrinfo info;
    struct sockaddr_in address;
};

/* --- brokers ----------------------------------------------------------------------- */

/* The lock is held. BROKERS_MAX: there is no room. */
static size_t find_broker(const struct kafka_client *client,
                          const struct kafka_address *address)
{
    for (size_t i = 0; i < client->broker_count; i++) {
        if (client->brokers[i].address.port == address->port &&
            strcmp(client->brokers[i].address.host, address->host) == 0)
            return i;
    }
    return BROKERS_MAX;
}

static size_t add_broker(struct kafka_client *client, const struct kafka_address *address)
{
    size_t at = find_broker(client, address);
    if (at < BROKERS_MAX || client->broker_count == BROKERS_MAX)
        return at;
    at = client->broker_count++;
    client->brokers[at] = (struct kafka_broker){
        .address = *address,
        .id = -1,
        .tunnel_id = kafka_route(client->setup.options, address),
    };
    return at;
}

/* The first failure of a round is the one that counts: what follows is its echo. */
static void note_failure(struct kafka_broker *broker, enum kafka_state state,
                         const char *words)
{
    broker->failure_count++;
    broker->failed_in = state;
    broker->state = KAFKA_STATE_NONE;
    if (words != NULL)
        snprintf(broker->words, sizeof(broker->words), "%s", words);
}

static void enter(struct kafka_broker *broker, enum kafka_state state)
{
    broker->state = state;
    if (broker->entered_us[state] == 0)
        broker->entered_us[state] = clock_monotonic_us();
}

/* --- dials ------------------------------------------------------------------------- */

static bool is_given_up(const struct kafka_client *client)
{
    const struct connector_probe *probe = client->setup.probe;
    return client->is_stopping ||
           (probe->cancelled != NULL && atomic_load(probe->cancelled) != 0) ||
           clock_monotonic_us() >= client->setup.deadline_us;
}

/* The lock is held: the dialer is asked by one thread at a time. */
static bool ask(struct kafka_client *client, const struct held_dial *dial)
{
    const struct dialer *dialer = client->setup.probe->dialer;
    struct stage_failure failure = {.stage = STAGE_NONE};
    bool is_reached = dialer->ask(dialer->owner, &dial->dialled, &failure);
    if (failure.stage != STAGE_NONE)
        client->brokers[dial->broker].dial = failure;
    return is_reached && failure.stage == STAGE_NONE;
}

static void let_go(struct kafka_client *client, struct held_dial *dial)
{
    const struct dialer *dialer = client->setup.probe->dialer;
    dialer->release(dialer->owner, &dial->dialled);
    *dial = (struct held_dial){.is_used = false};
}

static size_t find_free_dial(const struct kafka_client *client)
{
    size_t at = 0;
    while (at < DIALS_MAX && client->dials[at].is_used)
        at++;
    return at;
}

static struct ms dial_timeout(const struct kafka_client *client)
{
    int64_t left_ms = (client->setup.deadline_us - clock_monotonic_us()) / 1000;
    return MS(left_ms < 1 ? 1 : left_ms > DIAL_TIMEOUT_MS ? DIAL_TIMEOUT_MS : left_ms);
}

/* Waits for a tunnel's answer. */
static bool reach(struct kafka_client *client, size_t number)
{
    int64_t until_us = clock_monotonic_us() + dial_timeout(client).count * 1000;
    for (;;) {
        pthread_mutex_lock(&client->lock);
        struct held_dial *dial = &client->dials[number];
        struct kafka_broker *broker = &client->brokers[dial->broker];
        bool is_reached = ask(client, dial);
        bool is_late = clock_monotonic_us() >= until_us;
        bool is_over = is_late || broker->dial.stage != STAGE_NONE || is_given_up(client);
        if (!is_reached && is_late && broker->dial.stage == STAGE_NONE)
            stage_failure_set(&broker->dial,
                              broker->tunnel_id == NULL ? STAGE_CONNECT : STAGE_FORWARD,
                              STAGE_CAUSE_TARGET_TIMEOUT, "connection timed out");
        if (is_reached)
            enter(broker, KAFKA_STATE_DIALLED);
        else if (is_over) {
            note_failure(broker, KAFKA_STATE_NONE, "");
            let_go(client, dial);
        }
        pthread_mutex_unlock(&client->lock);
        if (is_reached || is_over)
            return is_reached;
        poll(NULL, 0, REACH_SLICE_MS);
    }
}

/* DIALS_MAX: it failed, and the broker tells why. */
static size_t keep_dial(struct kafka_client *client, size_t broker,
                        const struct dialled *dialled)
{
    pthread_mutex_lock(&client->lock);
    size_t number = find_free_dial(client);
    if (number < DIALS_MAX) {
        client->dials[number] = (struct held_dial){
            .is_used = true, .broker = broker, .dialled = *dialled, .fd = -1};
    }
    pthread_mutex_unlock(&client->lock);
    return number;
}

static size_t begin_dial(struct kafka_client *client, const struct kafka_address *address)
{
    const struct dialer *dialer = client->setup.probe->dialer;
    struct stage_failure failure = {.stage = STAGE_NONE};
    struct dialled dialled = {.descriptor = -1};
    pthread_mutex_lock(&client->lock);
    size_t at = is_given_up(client) ? BROKERS_MAX : add_broker(client, address);
    struct dial_request request = {
        .host = address->host, .port = address->port, .timeout = dial_timeout(client)};
    if (at < BROKERS_MAX) {
        struct kafka_broker *broker = &client->brokers[at];
        request.tunnel_id = broker->tunnel_id;
        broker->dial = failure;
        if (broker->dial_started_us == 0)
            broker->dial_started_us = clock_monotonic_us();
    }
    pthread_mutex_unlock(&client->lock);
    if (at == BROKERS_MAX)
        return DIALS_MAX;
    if (dialer->dial(dialer->owner, &request, &dialled, &failure) == RC_OK)
        return keep_dial(client, at, &dialled);
    pthread_mutex_lock(&client->lock);
    client->brokers[at].dial = failure;
    note_failure(&client->brokers[at], KAFKA_STATE_NONE, "");
    pthread_mutex_unlock(&client->lock);
    return DIALS_MAX;
}

/* --- librdkafka's callbacks -------------------------------------------------------- */

static int make_up(size_t number, uint16_t port, struct addrinfo **result_out)
{
    struct made_up_address *made = MEM_NEW(struct made_up_address);
    made->address = (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr = {htonl(MADE_UP_BASE + (uint32_t)number + 1)},
    };
    made->info = (struct addrinfo){
        .ai_family = AF_INET,
        .ai_socktype = SOCK_STREAM,
        .ai_protocol = IPPROTO_TCP,
        .ai_addrlen = sizeof(made->address),
        .ai_addr = (struct sockaddr *)(void *)&made->address,
    };
    *result_out = &made->info;
    return 0;
}

static int resolve(const char *node, const char *service, const struct addrinfo *hints,
                   struct addrinfo **result, void *opaque)
{
    struct kafka_client *client = opaque;
    struct kafka_address address = {.host = ""};
    (void)hints;
    if (node == NULL) { /* frees what another call gave */
        mem_free(*result);
        *result = NULL;
        return 0;
    }
    long port = service == NULL ? KAFKA_PORT_DEFAULT : strtol(service, NULL, 10);
    if (strlen(node) >= sizeof(address.host) || port < 1 || port > UINT16_MAX)
        return EAI_NONAME;
    memcpy(address.host, node, strlen(node) + 1);
    address.port = (uint16_t)port;
    size_t number = begin_dial(client, &address);
    if (number == DIALS_MAX || !reach(client, number))
        return EAI_FAIL;
    return make_up(number, address.port, result);
}

static int make_socket(int domain, int type, int protocol, void *opaque)
{
    (void)domain;
    (void)type;
    (void)protocol;
    (void)opaque;
    return socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static int lay_over(int fd, const struct sockaddr *address, int len, const char *id,
                    void *opaque)
{
    struct kafka_client *client = opaque;
    struct sockaddr_in made;
    (void)id;
    if (address->sa_family != AF_INET || (size_t)len < sizeof(made))
        return EAFNOSUPPORT;
    memcpy(&made, address, sizeof(made));
    size_t number = ntohl(made.sin_addr.s_addr) - MADE_UP_BASE - 1;
    int code = ECONNABORTED; /* an address that was used before: dial again */
    pthread_mutex_lock(&client->lock);
    if (number < DIALS_MAX && client->dials[number].is_used &&
        client->dials[number].fd < 0) {
        struct held_dial *dial = &client->dials[number];
        code = dup3(dial->dialled.descriptor, fd, O_CLOEXEC) < 0 ? errno : 0;
        dial->fd = code == 0 ? fd : -1;
    }
    pthread_mutex_unlock(&client->lock);
    return code;
}

static int close_socket(int fd, void *opaque)
{
    struct kafka_client *client = opaque;
    pthread_mutex_lock(&client->lock);
    for (size_t i = 0; i < DIALS_MAX; i++) {
        struct held_dial *dial = &client->dials[i];
        if (!dial->is_used || dial->fd != fd)
            continue;
        ask(client, dial);
        let_go(client, dial);
    }
    pthread_mutex_unlock(&client->lock);
    return close(fd);
}

/* OpenSSL's verdict is kept, never changed. */
static int on_certificate(rd_kafka_t *handle, const char *name, int32_t id, int *fault,
                          int depth, const char *bytes, size_t size, char *words,
                          size_t words_size, void *opaque)
{
    struct kafka_client *client = opaque;
    struct kafka_address address;
    char text[NAME_MAX_LEN];
    (void)handle;
    (void)id;
    (void)depth;
    (void)bytes;
    (void)size;
    if (*fault == 0)
        return 1;
    const char *start = strstr(name, "://");
    snprintf(text, sizeof(text), "%s", start == NULL ? name : start + 3);
    text[strcspn(text, "/")] = '\0';
    pthread_mutex_lock(&client->lock);
    size_t at =
        kafka_address_parse(text, &address) ? find_broker(client, &address) : BROKERS_MAX;
    if (at < BROKERS_MAX)
        client->brokers[at].certificate_fault = *fault;
    pthread_mutex_unlock(&client->lock);
    snprintf(words, words_size, "certificate not accepted");
    return 0;
}

/* --- its log ----------------------------------------------------------------------- */

static const struct {
    const char *name;
    enum kafka_state state;
} states[] = {
    {"SSL_HANDSHAKE", KAFKA_STATE_TLS}, {"APIVERSION_QUERY", KAFKA_STATE_VERSIONS},
    {"AUTH_LEGACY", KAFKA_STATE_LOGIN}, {"AUTH_HANDSHAKE", KAFKA_STATE_LOGIN},
    {"AUTH_REQ", KAFKA_STATE_LOGIN},    {"UP", KAFKA_STATE_UP},
    {"UPDATE", KAFKA_STATE_UP},
};

/* "[thrd:x]: ssl://h:9092/1: text": the address, the id and the text. */
static const char *read_line(const char *line, struct kafka_address *address_out,
                             int32_t *id_out)
{
    char name[NAME_MAX_LEN];
    const char *at = strstr(line, "]: ");
    if (at == NULL)
        return NULL;
    at += 3;
    const char *text = strstr(at, ": ");
    const char *scheme = strstr(at, "://");
    if (scheme != NULL && text != NULL && scheme < text)
        at = scheme + 3;
    if (text == NULL || (size_t)(text - at) >= sizeof(name))
        return NULL;
    snprintf(name, sizeof(name), "%.*s", (int)(text - at), at);
    char *slash = strrchr(name, '/');
    if (slash == NULL)
        return NULL;
    *slash = '\0';
    bool is_number = slash[1] >= '0' && slash[1] <= '9';
    *id_out = is_number ? (int32_t)strtol(slash + 1, NULL, 10) : -1;
    return kafka_address_parse(name, address_out) ? text + 2 : NULL;
}

static void on_state(struct kafka_broker *broker, const char *text)
{
    const char *arrow = strstr(text, " -> ");
    for (size_t i = 0; arrow != NULL && i < ARRAY_COUNT(states); i++) {
        if (strcmp(arrow + 4, states[i].name) == 0)
            enter(broker, states[i].state);
    }
}

/* The state and the code that librdkafka adds say nothing to people. */
static void on_failure(struct kafka_client *client, size_t at, const char *text)
{
    struct kafka_broker *broker = &client->brokers[at];
    char words[STAGE_WORDS_MAX];
    const char *end = strstr(text, " (after ");
    if (strstr(text, "(_DESTROY)") != NULL || broker->state == KAFKA_STATE_NONE)
        return; /* our own end, or the echo of a failure that is noted */
    for (size_t i = 0; i < DIALS_MAX; i++) {
        if (client->dials[i].is_used && client->dials[i].broker == at)
            ask(client, &client->dials[i]);
    }
    snprintf(words, sizeof(words), "%.*s",
             (int)(end == NULL ? strlen(text) : (size_t)(end - text)), text);
    kafka_settings_redact(&client->setup, words);
    note_failure(broker, broker->state, words);
}

static void on_log(const rd_kafka_t *handle, int level, const char *facility,
                   const char *line)
{
    struct kafka_client *client = rd_kafka_opaque(handle);
    struct kafka_address address;
    int32_t id = -1;
    bool is_state = strcmp(facility, "STATE") == 0;
    (void)level;
    if (client == NULL || (!is_state && strcmp(facility, "FAIL") != 0))
        return;
    const char *text = read_line(line, &address, &id);
    if (text == NULL)
        return;
    pthread_mutex_lock(&client->lock);
    size_t at = find_broker(client, &address);
    if (at < BROKERS_MAX && id >= 0)
        client->brokers[at].id = id;
    if (at < BROKERS_MAX && is_state)
        on_state(&client->brokers[at], text);
    else if (at < BROKERS_MAX)
        on_failure(client, at, text);
    pthread_mutex_unlock(&client->lock);
}

/* --- life -------------------------------------------------------------------------- */

static void set_callbacks(rd_kafka_conf_t *conf, struct kafka_client *client)
{
    rd_kafka_conf_set_opaque(conf, client);
    rd_kafka_conf_set_resolve_cb(conf, resolve);
    rd_kafka_conf_set_socket_cb(conf, make_socket);
    rd_kafka_conf_set_connect_cb(conf, lay_over);
    rd_kafka_conf_set_closesocket_cb(conf, close_socket);
    rd_kafka_conf_set_log_cb(conf, on_log);
    if (kafka_protocol_uses_tls(client->setup.protocol) && !client->setup.is_anonymous)
        rd_kafka_conf_set_ssl_cert_verify_cb(conf, on_certificate);
}

/* librdkafka reads certificates when the client is made. */
static void set_failure(struct stage_failure *failure, const char *words)
{
    bool is_authority = strstr(words, "ssl.ca") != NULL;
    bool is_own = strstr(words, "ssl.certificate") != NULL ||
                  strstr(words, "ssl.key") != NULL || strstr(words, "rivate key") != NULL;
    stage_failure_set(failure, STAGE_TLS,
                      is_authority ? STAGE_CAUSE_TLS_AUTHORITY_BAD
                                   : (is_own ? STAGE_CAUSE_CLIENT_CERTIFICATE_BAD
                                             : STAGE_CAUSE_RESOURCES),
                      words);
    if (!is_authority && !is_own)
        failure->stage = STAGE_ANSWER;
}

struct kafka_client *kafka_client_new(const struct kafka_client_setup *setup,
                                      struct stage_failure *failure)
{
    struct kafka_client *client = MEM_NEW(struct kafka_client);
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char words[STAGE_WORDS_MAX] = "";
    client->setup = *setup;
    client->brokers = mem_alloc_array(BROKERS_MAX, sizeof(struct kafka_broker));
    pthread_mutex_init(&client->lock, NULL);
    set_callbacks(conf, client);
    bool is_filled = kafka_settings_fill(conf, setup, failure);
    if (is_filled)
        client->handle =
            rd_kafka_new(RD_KAFKA_PRODUCER, conf, words, sizeof(words)); /* takes conf */
    if (client->handle != NULL)
        return client;
    if (is_filled) {
        kafka_settings_redact(setup, words);
        set_failure(failure, words);
    }
    rd_kafka_conf_destroy(conf);
    kafka_client_free(&client);
    return NULL;
}

void kafka_client_free(struct kafka_client **client)
{
    struct kafka_client *held = *client;
    *client = NULL;
    if (held == NULL)
        return;
    pthread_mutex_lock(&held->lock);
    held->is_stopping = true;
    pthread_mutex_unlock(&held->lock);
    if (held->handle != NULL)
        rd_kafka_destroy(held->handle);
    for (size_t i = 0; i < DIALS_MAX; i++) {
        if (held->dials[i].is_used)
            let_go(held, &held->dials[i]);
    }
    pthread_mutex_destroy(&held->lock);
    mem_free(held->brokers);
    mem_free(held);
}

/* --- questions --------------------------------------------------------------------- */

size_t kafka_client_broker_count(struct kafka_client *client)
{
    pthread_mutex_lock(&client->lock);
    size_t count = client->broker_count;
    pthread_mutex_unlock(&client->lock);
    return count;
}

void kafka_client_broker(struct kafka_client *client, size_t index,
                         struct kafka_broker *broker_out)
{
    pthread_mutex_lock(&client->lock);
    ASSERT(index < client->broker_count);
    *broker_out = client->brokers[index];
    pthread_mutex_unlock(&client->lock);
}

bool kafka_client_find(struct kafka_client *client, const struct kafka_address *address,
                       struct kafka_broker *broker_out)
{
    pthread_mutex_lock(&client->lock);
    size_t at = find_broker(client, address);
    if (at < BROKERS_MAX)
        *broker_out = client->brokers[at];
    pthread_mutex_unlock(&client->lock);
    return at < BROKERS_MAX;
}

const char *kafka_client_cluster_id(struct kafka_client *client, struct arena *arena,
                                    struct ms slice)
{
    char *id = rd_kafka_clusterid(client->handle, (int)slice.count);
    if (id == NULL)
        return NULL;
    const char *copy = arena_strdup(arena, id);
    rd_kafka_mem_free(client->handle, id);
    return copy;
}

static void copy_members(struct arena *arena, const struct rd_kafka_metadata *metadata,
                         struct kafka_member **members_out, size_t *count_out)
{
    size_t total = metadata->broker_cnt < 0 ? 0 : (size_t)metadata->broker_cnt;
    *members_out = ARENA_ARRAY(arena, struct kafka_member, total + 1);
    *count_out = 0;
    for (size_t i = 0; i < total; i++) {
        const struct rd_kafka_metadata_broker *broker = &metadata->brokers[i];
        struct kafka_member *member = &(*members_out)[*count_out];
        if (broker->port < 1 || broker->port > UINT16_MAX ||
            strlen(broker->host) >= sizeof(member->address.host))
            continue; /* librdkafka cannot reach it either */
        member->id = broker->id;
        member->address.port = (uint16_t)broker->port;
        snprintf(member->address.host, sizeof(member->address.host), "%s", broker->host);
        (*count_out)++;
    }
}

enum rc kafka_client_members(struct kafka_client *client, struct arena *arena,
                             struct ms slice, struct kafka_member **members_out,
                             size_t *count_out, char words[STAGE_WORDS_MAX])
{
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_resp_err_t code =
        rd_kafka_metadata(client->handle, 0, NULL, &metadata, (int)slice.count);
    if (code == RD_KAFKA_RESP_ERR__TIMED_OUT || code == RD_KAFKA_RESP_ERR__TRANSPORT)
        return RC_AGAIN;
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        snprintf(words, STAGE_WORDS_MAX, "%s", rd_kafka_err2str(code));
        return RC_FAILED;
    }
    copy_members(arena, metadata, members_out, count_out);
    rd_kafka_metadata_destroy(metadata);
    return RC_OK;
}
