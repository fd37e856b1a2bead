#ifndef LOOP_ADDRESS_H
#define LOOP_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/rc.h"

/* One IPv4 or IPv6 socket address, by value. */
struct address {
    struct sockaddr_storage storage;
    socklen_t len;
};

enum {
    ADDRESS_TEXT_MAX = 80, /* "[v6%scope]:port" and its NUL */
    ADDRESS_HOST_MAX = 256 /* a DNS name is 253 bytes at most (RFC 1035 2.3.4) */
};

/* "127.0.0.1:5432", "[::1]:5432"; always terminated. */
void address_print(const struct address *address, char text_out[ADDRESS_TEXT_MAX]);

uint16_t address_port(const struct address *address);
void address_set_port(struct address *address, uint16_t port);

/* A numeric address; false for anything else. Asks nobody. */
bool address_parse(const char *host, uint16_t port, struct address *address_out);

/* Splits "host:port" or "[v6]:port" at its last colon. False when it is neither, when the
 * host is empty or too long, or the port is no number up to 65535. */
bool address_split(const char *text, char host_out[ADDRESS_HOST_MAX], uint16_t *port_out);

/* Both ends of a connected socket; false when the system does not tell. */
bool address_of_peer(int descriptor, struct address *address_out);
bool address_of_socket(int descriptor, struct address *address_out);

#endif
