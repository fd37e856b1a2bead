/* loop/stream over sockets: echo through a listener, ends, failures, what is wanted. */
#include <sys/socket.h>
#include <unistd.h>

#include "loop/connect.h"
#include "loop/listener.h"
#include "loop/stream.h"
#include "unit/loop/echo.h"

enum { BULK = 3 * 1000 * 1000 };

struct fixture {
    struct loop *loop;
    struct echo client;
    struct echo server;
    bool has_client;
    bool has_server;
};

static void on_accept(void *argument, int descriptor, const char *peer)
{
    struct fixture *fixture = argument;
    (void)peer;
    echo_begin(&fixture->server, fixture->loop, stream_new(descriptor), true, 0);
    fixture->has_server = true;
}

static void on_connected(void *argument, const struct connect_result *result)
{
    struct fixture *fixture = argument;
    assert_int_equal(result->error_number, 0);
    echo_begin(&fixture->client, fixture->loop, stream_new(result->descriptor), false,
               BULK);
    fixture->has_client = true;
}

static void bytes_come_back_over_tcp(void **state)
{
    (void)state;
    struct error err;
    struct fixture fixture = {.loop = turns_loop()};
    struct listener *listener = NULL;
    struct address address;
    char text[STREAM_DESCRIBE_MAX];
    assert_int_equal(
        listener_open(fixture.loop, "127.0.0.1:0", on_accept, &fixture, &listener, &err),
        RC_OK);
    assert_true(address_parse("127.0.0.1", listener_port(listener), &address));
    connect_start(fixture.loop, &address, SECONDS(5), on_connected, &fixture);
    turns_until(fixture.loop, &fixture.has_client);
    turns_until(fixture.loop, &fixture.has_server);
    stream_describe(fixture.client.stream, text);
    assert_non_null(strstr(text, "tcp 127.0.0.1:"));
    for (int i = 0; i < 100000 && !fixture.client.is_complete; i++)
        loop_turn(fixture.loop, MS(100));
    assert_int_equal(fixture.client.received, BULK);
    assert_int_equal(stream_shutdown(fixture.client.stream, &err), RC_OK);
    turns_until(fixture.loop, &fixture.server.is_complete);
    assert_false(fixture.server.has_failed);
    echo_end(&fixture.client);
    echo_end(&fixture.server);
    listener_close(&listener);
    loop_free(&fixture.loop);
}

static void make_pair(struct stream **left, struct stream **right)
{
    int ends[2];
    assert_int_equal(
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    *left = stream_new(ends[0]);
    *right = stream_new(ends[1]);
}

static void results_without_a_loop(void **state)
{
    (void)state;
    struct error err;
    struct stream *left;
    struct stream *right;
    char text[STREAM_DESCRIBE_MAX];
    uint8_t into[16];
    size_t count = 0;
    make_pair(&left, &right);
    stream_describe(left, text);
    assert_string_equal(text, "socket pair");
    assert_int_equal(stream_handshake(left, &err), RC_OK);
    assert_int_equal(stream_read(left, into, sizeof(into), &count, &err), RC_AGAIN);
    assert_int_equal(stream_write(right, bytes_of_text("hello"), &count, &err), RC_OK);
    assert_int_equal(count, 5);
    assert_int_equal(stream_read(left, into, sizeof(into), &count, &err), RC_OK);
    assert_int_equal(count, 5);
    assert_false(stream_has_buffered(left));
    assert_int_equal(stream_shutdown(right, &err), RC_OK);
    assert_int_equal(stream_read(left, into, sizeof(into), &count, &err), RC_EOF);
    stream_close(&right);
    assert_null(right);
    stream_close(&right);
    /* No SIGPIPE; the failure is told again. */
    for (int i = 0; i < 2; i++) {
        error_clear(&err);
        assert_int_equal(stream_write(left, bytes_of_text("x"), &count, &err), RC_FAILED);
        assert_string_equal(err.message, "could not send data: Broken pipe");
        assert_int_equal(err.state, SQLSTATE_CONNECTION_FAILURE);
    }
    stream_close(&left);
}

struct listener_to_end {
    struct stream *stream;
    int readable_count;
    int closed_count;
    bool shall_close;
};

static void count_readable(void *argument)
{
    ((struct listener_to_end *)argument)->readable_count++;
}

static void count_closed(void *argument)
{
    struct listener_to_end *end = argument;
    end->closed_count++;
    if (end->shall_close)
        stream_close(&end->stream);
}

/* A client that vanishes while its statement runs: nobody reads, and yet it shows. */
static void the_end_shows_without_reading(void **state)
{
    (void)state;
    static const struct stream_callbacks callbacks = {.on_readable = count_readable,
                                                      .on_closed = count_closed};
    struct loop *loop = turns_loop();
    struct error err;
    struct stream *peer;
    size_t count;
    struct listener_to_end end = {.stream = NULL};
    make_pair(&end.stream, &peer);
    stream_watch(end.stream, loop, "end", &callbacks, &end);
    assert_int_equal(stream_write(peer, bytes_of_text("x"), &count, &err), RC_OK);
    turns_shift(MS(STREAM_PROBE_MS + 1));
    turns_count(loop, 2);
    assert_int_equal(end.closed_count, 0); /* it lives */
    assert_int_equal(end.readable_count, 0);
    stream_close(&peer);
    turns_shift(MS(INT64_C(2) * (STREAM_PROBE_MS + 1)));
    turns_count(loop, 1);
    assert_int_equal(end.closed_count, 1);
    turns_shift(MS(INT64_C(4) * (STREAM_PROBE_MS + 1)));
    turns_count(loop, 2);
    assert_int_equal(end.closed_count, 1);
    stream_want(end.stream, LOOP_INTEREST_READ);
    turns_count(loop, 1);
    assert_int_equal(end.readable_count, 1); /* the byte is still there */
    stream_close(&end.stream);
    turns_shift(MS(0));
    loop_free(&loop);
}

static void a_stream_may_close_and_move_in_its_callbacks(void **state)
{
    (void)state;
    static const struct stream_callbacks callbacks = {.on_closed = count_closed};
    struct loop *loop = turns_loop();
    struct stream *peer;
    struct listener_to_end end = {.shall_close = true};
    make_pair(&end.stream, &peer);
    stream_watch(end.stream, loop, "end", &callbacks, &end);
    stream_unwatch(end.stream);
    stream_unwatch(end.stream);
    stream_watch(end.stream, loop, "end", &callbacks, &end);
    stream_want(end.stream, LOOP_INTEREST_BOTH); /* nobody is there to be told */
    turns_count(loop, 2);
    stream_close(&peer);
    turns_shift(MS(STREAM_PROBE_MS + 1));
    turns_count(loop, 1);
    assert_null(end.stream);
    assert_int_equal(end.closed_count, 1);
    turns_shift(MS(0));
    loop_free(&loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_come_back_over_tcp),
        cmocka_unit_test(results_without_a_loop),
        cmocka_unit_test(the_end_shows_without_reading),
        cmocka_unit_test(a_stream_may_close_and_move_in_its_callbacks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
