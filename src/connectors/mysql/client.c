/* Packets over a stream: waiting, sending, receiving; TLS. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/reader.h"
#include "base/secret.h"
#include "connectors/mysql/client_internal.h"
#include "connectors/mysql/wire.h"

enum {
    SLICE_MS = 100, /* how long a wait may overlook a cancel */
    READ_MAX = 16 * 1024,
    KEEP_MAX = 256 * 1024, /* bytes of a buffer that are kept for the next packet */
};

/* --- beginning, end, failures ------------------------------------------------------ */

struct mysql_client *mysql_client_new(int descriptor, const struct mysql_wait *wait,
                                      size_t packet_max)
{
    struct mysql_client *client = MEM_NEW(struct mysql_client);
    ASSERT(packet_max >= MYSQL_LOGIN_PACKET_MAX);
    client->stream = stream_new(descriptor);
    client->wait = *wait;
    client->packet_max = packet_max;
    buffer_init(&client->in, packet_max + 2 * READ_MAX + MYSQL_HEADER_LEN);
    buffer_init(&client->joined, packet_max);
    return client;
}

void mysql_client_free(struct mysql_client **client)
{
    struct mysql_client *held = *client;
    *client = NULL;
    if (held == NULL)
        return;
    stream_close(&held->stream);
    buffer_fini(&held->in);
    buffer_fini(&held->joined);
    mem_free(held);
}

const struct mysql_failure *mysql_client_failure(const struct mysql_client *client)
{
    return &client->failure;
}

void mysql_client_set_wait(struct mysql_client *client, const struct mysql_wait *wait)
{
    client->wait = *wait;
}

void mysql_client_describe(const struct mysql_client *client,
                           char text_out[STREAM_DESCRIBE_MAX])
{
    stream_describe(client->stream, text_out);
}

enum rc mysql_client_fail(struct mysql_client *client, enum mysql_fault fault,
                          const char *words)
{
    if (client->failure.fault != MYSQL_FAULT_NONE)
        return RC_FAILED;
    client->failure.fault = fault;
    snprintf(client->failure.words, sizeof(client->failure.words), "%.*s",
             MYSQL_WORDS_MAX - 1, words);
    return RC_FAILED;
}

enum rc mysql_client_fail_server(struct mysql_client *client, struct bytes packet)
{
    struct mysql_server_error server;
    if (!mysql_server_error_parse(packet, &server))
        return mysql_client_fail(client, MYSQL_FAULT_PROTOCOL, "malformed packet");
    client->failure.server = server;
    return mysql_client_fail(client, MYSQL_FAULT_SERVER, server.words);
}

enum rc mysql_client_begin(struct mysql_client *client)
{
    if (client->failure.fault == MYSQL_FAULT_SERVER)
        memset(&client->failure, 0, sizeof(client->failure));
    return client->failure.fault == MYSQL_FAULT_NONE ? RC_OK : RC_FAILED;
}

/* --- waiting ----------------------------------------------------------------------- */

static enum rc fail_stream(struct mysql_client *client, enum rc rc,
                           const struct error *err)
{
    enum stream_tls_fault fault = stream_tls_fault(client->stream);
    client->failure.tls = fault;
    if (fault != STREAM_TLS_FAULT_NONE && fault != STREAM_TLS_FAULT_CUT) {
        mysql_client_fail(client, MYSQL_FAULT_TLS, err->message);
        if (err->detail[0] != '\0') {
            size_t len = strlen(client->failure.words);
            snprintf(client->failure.words + len, sizeof(client->failure.words) - len,
                     ": %s", err->detail);
        }
        return RC_FAILED;
    }
    return mysql_client_fail(client, MYSQL_FAULT_CLOSED,
                             rc == RC_EOF ? "server closed the connection unexpectedly"
                                          : err->message);
}

/* One slice of waiting for `events` of poll(). TLS may want the other direction: then the
 * slice merely ends and the caller tries again. */
static enum rc await(struct mysql_client *client, short events)
{
    const struct mysql_wait *wait = &client->wait;
    if (wait->cancelled != NULL && atomic_load(wait->cancelled) != 0)
        return mysql_client_fail(client, MYSQL_FAULT_CANCELLED, "");
    int64_t left_ms = (wait->deadline_us - clock_monotonic_us() + 999) / 1000;
    if (left_ms <= 0)
        return mysql_client_fail(client, MYSQL_FAULT_TIMEOUT, "connection timed out");
    struct pollfd watched = {.fd = stream_descriptor(client->stream), .events = events};
    if (poll(&watched, 1, (int)(left_ms < SLICE_MS ? left_ms : SLICE_MS)) > 0)
        return RC_OK;
    if (wait->interrupt != NULL && wait->interrupt(wait->owner))
        return mysql_client_fail(client, MYSQL_FAULT_INTERRUPTED, "");
    return RC_OK;
}

/* --- bytes ------------------------------------------------------------------------- */

static enum rc send_bytes(struct mysql_client *client, struct bytes bytes)
{
    struct error err;
    error_clear(&err);
    while (bytes.len > 0) {
        size_t sent = 0;
        enum rc rc = stream_write(client->stream, bytes, &sent, &err);
        if (rc == RC_AGAIN) {
            TRY(await(client, POLLOUT));
            continue;
        }
        if (rc != RC_OK)
            return fail_stream(client, rc, &err);
        bytes = bytes_of(bytes.at + sent, bytes.len - sent);
    }
    return RC_OK;
}

/* Until `len` bytes are there. Room is made for what came, not for what was promised. */
static enum rc fill(struct mysql_client *client, size_t len)
{
    struct error err;
    error_clear(&err);
    while (buffer_len(&client->in) < len) {
        size_t got = 0;
        uint8_t *into = buffer_reserve(&client->in, READ_MAX);
        if (into == NULL)
            return mysql_client_fail(client, MYSQL_FAULT_PROTOCOL, "packet too long");
        enum rc rc = stream_read(client->stream, into, READ_MAX, &got, &err);
        if (rc == RC_AGAIN) {
            TRY(await(client, POLLIN));
            continue;
        }
        if (rc != RC_OK)
            return fail_stream(client, rc, &err);
        buffer_commit(&client->in, got);
    }
    return RC_OK;
}

/* --- packets ----------------------------------------------------------------------- */

enum rc mysql_client_send_payload(struct mysql_client *client, struct bytes payload)
{
    struct buffer packet;
    ASSERT(payload.len < MYSQL_PACKET_PART);
    size_t len = payload.len + MYSQL_HEADER_LEN;
    buffer_init(&packet, len);
    /* One piece, so that no copy of a password is left behind by growing. */
    uint8_t *start = buffer_reserve(&packet, len);
    ASSERT(start != NULL);
    mysql_add_u24(&packet, (uint32_t)payload.len);
    buffer_add_u8(&packet, client->number++);
    buffer_add(&packet, payload);
    enum rc rc = send_bytes(client, buffer_bytes(&packet));
    secret_wipe(packet.memory, packet.capacity);
    buffer_fini(&packet);
    return rc;
}

enum rc mysql_client_send(struct mysql_client *client, uint8_t command,
                          struct bytes argument)
{
    struct buffer payload;
    enum rc rc;
    TRY(mysql_client_begin(client));
    if (argument.len + 2 > MYSQL_PACKET_PART)
        return mysql_client_fail(client, MYSQL_FAULT_VALUE, "statement too long");
    buffer_init(&payload, argument.len + 1);
    buffer_add_u8(&payload, command);
    buffer_add(&payload, argument);
    client->number = 0;
    rc = mysql_client_send_payload(client, buffer_bytes(&payload));
    buffer_fini(&payload);
    return rc;
}

/* The header of the next packet, taken off. */
static enum rc read_header(struct mysql_client *client, size_t *len_out)
{
    TRY(fill(client, MYSQL_HEADER_LEN));
    struct reader reader = reader_of(buffer_bytes(&client->in));
    *len_out = mysql_read_u24(&reader);
    uint8_t number = reader_u8(&reader);
    if (number != client->number)
        return mysql_client_fail(client, MYSQL_FAULT_PROTOCOL, "packets out of order");
    client->number++;
    buffer_consume(&client->in, MYSQL_HEADER_LEN);
    size_t max = client->is_logged_in ? client->packet_max : MYSQL_LOGIN_PACKET_MAX;
    if (*len_out > max - buffer_len(&client->joined))
        return mysql_client_fail(client, MYSQL_FAULT_PROTOCOL, "packet too long");
    return RC_OK;
}

/* The parts of a long payload are joined; a short one is a view of what was read. */
static enum rc read_packet(struct mysql_client *client, struct bytes *packet_out)
{
    size_t len = MYSQL_PACKET_PART;
    bool is_first = true;
    for (;;) {
        TRY(read_header(client, &len));
        TRY(fill(client, len));
        struct bytes part = bytes_of(buffer_bytes(&client->in).at, len);
        if (is_first && len < MYSQL_PACKET_PART) {
            client->taken = len;
            *packet_out = part;
            return RC_OK;
        }
        is_first = false;
        buffer_add(&client->joined, part);
        buffer_consume(&client->in, len);
        if (buffer_failed(&client->joined))
            return mysql_client_fail(client, MYSQL_FAULT_PROTOCOL, "packet too long");
        if (len < MYSQL_PACKET_PART)
            break;
    }
    *packet_out = buffer_bytes(&client->joined);
    return RC_OK;
}

enum rc mysql_client_receive(struct mysql_client *client, struct bytes *packet_out)
{
    buffer_consume(&client->in, client->taken);
    client->taken = 0;
    buffer_reset(&client->joined, KEEP_MAX);
    if (buffer_len(&client->in) == 0)
        buffer_reset(&client->in, KEEP_MAX);
    if (client->failure.fault != MYSQL_FAULT_NONE)
        return RC_FAILED;
    return read_packet(client, packet_out);
}

/* --- greeting and TLS -------------------------------------------------------------- */

/* Four bytes tell a stranger: a greeting is the first packet, and no long one. */
static enum rc check_first_bytes(struct mysql_client *client)
{
    TRY(fill(client, MYSQL_HEADER_LEN + 1));
    struct bytes first = buffer_bytes(&client->in);
    struct reader reader = reader_of(first);
    uint32_t len = mysql_read_u24(&reader);
    uint8_t number = reader_u8(&reader);
    uint8_t kind = reader_u8(&reader);
    bool is_known = kind == 10 || kind == MYSQL_PACKET_ERROR;
    if (len > 0 && len <= MYSQL_LOGIN_PACKET_MAX && number == 0 && is_known)
        return RC_OK;
    char words[64];
    snprintf(words, sizeof(words), "%.*s", (int)(first.len < 63 ? first.len : 63),
             (const char *)first.at);
    return mysql_client_fail(client, MYSQL_FAULT_FOREIGN, words);
}

enum rc mysql_client_greet(struct mysql_client *client,
                           const struct mysql_greeting **greeting_out)
{
    struct bytes packet;
    TRY(mysql_client_begin(client));
    TRY(check_first_bytes(client));
    TRY(mysql_client_receive(client, &packet));
    if (mysql_packet_first(packet) == MYSQL_PACKET_ERROR)
        return mysql_client_fail_server(client, packet);
    if (!mysql_greeting_parse(packet, &client->greeting))
        return mysql_client_fail(client, MYSQL_FAULT_FOREIGN, "malformed greeting");
    if ((client->greeting.capabilities & MYSQL_CAPABILITY_PROTOCOL_41) == 0 ||
        (client->greeting.capabilities & MYSQL_CAPABILITY_SECURE_CONNECTION) == 0)
        return mysql_client_fail(client, MYSQL_FAULT_PROTOCOL,
                                 "the server is older than MySQL 4.1");
    *greeting_out = &client->greeting;
    return RC_OK;
}

static enum rc shake_hands(struct mysql_client *client)
{
    struct error err;
    error_clear(&err);
    for (;;) {
        enum rc rc = stream_handshake(client->stream, &err);
        if (rc == RC_OK)
            return RC_OK;
        if (rc != RC_AGAIN)
            return fail_stream(client, rc, &err);
        TRY(await(client, POLLIN));
    }
}

enum rc mysql_client_start_tls(struct mysql_client *client,
                               const struct tls_client_context *context, const char *host,
                               bool verifies)
{
    uint32_t wanted = MYSQL_CAPABILITY_PROTOCOL_41 | MYSQL_CAPABILITY_SECURE_CONNECTION |
                      MYSQL_CAPABILITY_METHODS;
    struct buffer request;
    struct error err;
    TRY(mysql_client_begin(client));
    error_clear(&err);
    if ((client->greeting.capabilities & MYSQL_CAPABILITY_TLS) == 0)
        return mysql_client_fail(client, MYSQL_FAULT_NO_TLS,
                                 "server does not support TLS");
    /* Bytes that came early, in the clear, would be read as if they were under TLS. */
    if (buffer_len(&client->in) > client->taken)
        return mysql_client_fail(client, MYSQL_FAULT_PROTOCOL,
                                 "the server speaks out of turn before TLS");
    buffer_init(&request, 64);
    mysql_write_tls_request(&request, wanted & client->greeting.capabilities);
    enum rc rc = mysql_client_send_payload(client, buffer_bytes(&request));
    buffer_fini(&request);
    TRY(rc);
    if (stream_tls_client(&client->stream, context, host, &client->stream, &err) != RC_OK)
        return mysql_client_fail(client, MYSQL_FAULT_VALUE, err.message);
    client->uses_tls = true;
    client->is_verified = verifies;
    return shake_hands(client);
}
