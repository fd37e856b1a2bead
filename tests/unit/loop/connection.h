#ifndef UNIT_LOOP_CONNECTION_H
#define UNIT_LOOP_CONNECTION_H

/* A listener on 127.0.0.1 and a client of it: what tests of loop/connect and
 * loop/listener start from. */

#include <unistd.h>

#include "loop/connect.h"
#include "loop/listener.h"
#include "unit/loop/turns.h"

struct connection {
    struct loop *loop;
    struct listener *listener;
    struct connect *connect;
    int accepted[8];
    int accepted_count;
    bool has_accepted;
    bool shall_close_listener;
    char peer[ADDRESS_TEXT_MAX];
    bool is_over;
    int descriptor;
    int error_number;
    char text[128];
};

static inline void connection_on_accept(void *argument, int descriptor, const char *peer)
{
    struct connection *connection = argument;
    connection->accepted[connection->accepted_count++] = descriptor;
    connection->has_accepted = true;
    snprintf(connection->peer, sizeof(connection->peer), "%s", peer);
    if (connection->shall_close_listener)
        listener_close(&connection->listener);
}

static inline void connection_on_connected(void *argument,
                                           const struct connect_result *result)
{
    struct connection *connection = argument;
    connection->is_over = true;
    connection->descriptor = result->descriptor;
    connection->error_number = result->error_number;
    snprintf(connection->text, sizeof(connection->text), "%s", result->text);
    connect_cancel(&connection->connect); /* harmless here */
}

static inline int connection_setup(void **state)
{
    static struct connection connection;
    struct error err;
    connection = (struct connection){.loop = turns_loop(), .descriptor = -1};
    assert_int_equal(listener_open(connection.loop, "127.0.0.1:0", connection_on_accept,
                                   &connection, &connection.listener, &err),
                     RC_OK);
    *state = &connection;
    return 0;
}

static inline int connection_teardown(void **state)
{
    struct connection *connection = *state;
    listener_close(&connection->listener);
    for (int i = 0; i < connection->accepted_count; i++)
        close(connection->accepted[i]);
    if (connection->descriptor >= 0)
        close(connection->descriptor);
    loop_free(&connection->loop);
    turns_shift(MS(0));
    return 0;
}

static inline struct address connection_here(uint16_t port)
{
    struct address address;
    assert_true(address_parse("127.0.0.1", port, &address));
    return address;
}

static inline void connection_begin(struct connection *connection, uint16_t port)
{
    struct address address = connection_here(port);
    connection->is_over = false;
    connection->connect = connect_start(connection->loop, &address, SECONDS(5),
                                        connection_on_connected, connection);
    assert_false(connection->is_over);
}

#endif
