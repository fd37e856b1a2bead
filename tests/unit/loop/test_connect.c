/* loop/connect: connections come up, are refused, time out, are given up. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loop/connect.h"
#include "unit/loop/connection.h"

static void assert_is_tuned(int descriptor)
{
    int on = 0;
    socklen_t len = sizeof(on);
    assert_int_equal(getsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, &len), 0);
    assert_int_not_equal(on, 0);
    assert_int_equal(getsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, &len), 0);
    assert_int_not_equal(on, 0);
    assert_true((fcntl(descriptor, F_GETFL) & O_NONBLOCK) != 0);
    assert_true((fcntl(descriptor, F_GETFD) & FD_CLOEXEC) != 0);
}

static void both_ends_come_up(void **state)
{
    struct connection *connection = *state;
    char mine[ADDRESS_TEXT_MAX];
    struct address address;
    connection_begin(connection, listener_port(connection->listener));
    turns_until(connection->loop, &connection->is_over);
    turns_until(connection->loop, &connection->has_accepted);
    assert_int_equal(connection->error_number, 0);
    assert_string_equal(connection->text, "");
    assert_is_tuned(connection->descriptor);
    assert_is_tuned(connection->accepted[0]);
    assert_true(address_of_socket(connection->descriptor, &address));
    address_print(&address, mine);
    assert_string_equal(connection->peer, mine);
}

static void a_closed_port_refuses(void **state)
{
    struct connection *connection = *state;
    uint16_t port = listener_port(connection->listener);
    listener_close(&connection->listener);
    connection_begin(connection, port);
    turns_until(connection->loop, &connection->is_over);
    assert_int_equal(connection->descriptor, -1);
    assert_int_equal(connection->error_number, ECONNREFUSED);
    assert_string_equal(connection->text, "Connection refused");
}

/* A listener that never accepts and has a full queue leaves further clients waiting. */
static void silence_times_out(void **state)
{
    struct connection *connection = *state;
    struct address address = connection_here(0);
    int deaf = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(deaf, (struct sockaddr *)&address.storage, address.len), 0);
    assert_int_equal(listen(deaf, 0), 0);
    assert_true(address_of_socket(deaf, &address));
    int fillers[4];
    for (int i = 0; i < 4; i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)!connect(fillers[i], (struct sockaddr *)&address.storage, address.len);
    }
    connection->connect = connect_start(connection->loop, &address, SECONDS(5),
                                        connection_on_connected, connection);
    turns_count(connection->loop, 2);
    assert_false(connection->is_over);
    turns_shift(MS(5001));
    turns_count(connection->loop, 1);
    assert_true(connection->is_over);
    assert_int_equal(connection->error_number, ETIMEDOUT);
    for (int i = 0; i < 4; i++)
        close(fillers[i]);
    close(deaf);
}

static void cancelled_connects_stay_silent(void **state)
{
    struct connection *connection = *state;
    connection_begin(connection, listener_port(connection->listener));
    connect_cancel(&connection->connect);
    assert_null(connection->connect);
    turns_count(connection->loop, 3);
    assert_false(connection->is_over);
}

#define TEST(name)                                                                       \
    cmocka_unit_test_setup_teardown(name, connection_setup, connection_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(both_ends_come_up),
        TEST(a_closed_port_refuses),
        TEST(silence_times_out),
        TEST(cancelled_connects_stay_silent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
