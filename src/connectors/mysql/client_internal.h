#ifndef CONNECTORS_MYSQL_CLIENT_INTERNAL_H
#define CONNECTORS_MYSQL_CLIENT_INTERNAL_H

#include "connectors/mysql/client.h"

struct mysql_client {
    struct stream *stream;
    struct mysql_wait wait;
    size_t packet_max;
    struct buffer in;     /* from the stream, not yet taken */
    struct buffer joined; /* a payload that came in parts */
    size_t taken;         /* bytes of `in` that the last payload holds */
    uint8_t number;       /* of the next packet, in either direction */
    bool is_logged_in;
    bool uses_tls;
    bool is_verified;
    struct mysql_greeting greeting;
    struct mysql_failure failure;
};

/* The first line of a call: what a statement's error leaves behind is no failure of the
 * connection. */
enum rc mysql_client_begin(struct mysql_client *client) MUST_USE;

/* Always RC_FAILED; the first failure stays. */
enum rc mysql_client_fail(struct mysql_client *client, enum mysql_fault fault,
                          const char *words);

/* A packet with ERROR in front, as the server's word; fault PROTOCOL when it is broken.
 */
enum rc mysql_client_fail_server(struct mysql_client *client, struct bytes packet);

/* Sends a payload as the next packet; at most MYSQL_PACKET_PART - 1 bytes. */
enum rc mysql_client_send_payload(struct mysql_client *client,
                                  struct bytes payload) MUST_USE;

#endif
