#ifndef CONNECTORS_MYSQL_PACKET_H
#define CONNECTORS_MYSQL_PACKET_H

#include "base/buffer.h"
#include "base/bytes.h"

/* The packets of MySQL's protocol outside of results: greeting, login, OK and errors
 * ("Connection Phase" and "Generic Response Packets" in MySQL's internals documentation;
 * MariaDB's knowledge base, "Connection"). Nothing here reads or writes a socket. Parsers
 * take one whole payload, without the header of four bytes, and yield false for anything
 * that is not exactly that packet. */

enum {
    MYSQL_HEADER_LEN = 4,         /* length of the payload, number of the packet */
    MYSQL_PACKET_PART = 0xFFFFFF, /* so long a payload goes on in the next packet */
    MYSQL_NONCE_LEN = 20,
    MYSQL_METHOD_MAX = 64,  /* bytes of a method's name, with its NUL */
    MYSQL_VERSION_MAX = 96, /* the same of a version; longer ones are cut */
    MYSQL_WORDS_MAX = 512,  /* the same of an error's words */
};

enum mysql_capability {
    MYSQL_CAPABILITY_LONG_PASSWORD = 0x1,
    MYSQL_CAPABILITY_LONG_FLAG = 0x4,
    MYSQL_CAPABILITY_PROTOCOL_41 = 0x200,
    MYSQL_CAPABILITY_TLS = 0x800,
    MYSQL_CAPABILITY_TRANSACTIONS = 0x2000,
    MYSQL_CAPABILITY_SECURE_CONNECTION = 0x8000,
    MYSQL_CAPABILITY_METHODS = 0x80000, /* CLIENT_PLUGIN_AUTH */
    MYSQL_CAPABILITY_ATTRIBUTES = 0x100000,
    MYSQL_CAPABILITY_LONG_ANSWER = 0x200000, /* CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA */
};

enum mysql_packet_kind {
    MYSQL_PACKET_OK = 0x00,
    MYSQL_PACKET_MORE = 0x01, /* more data of a login's method */
    MYSQL_PACKET_EOF = 0xFE,  /* at a login: switch to another method */
    MYSQL_PACKET_ERROR = 0xFF,
};

/* The first byte of a payload; -1 when it is empty. */
static inline int mysql_packet_first(struct bytes packet)
{
    return packet.len == 0 ? -1 : packet.at[0];
}

/* The server's first packet, protocol version 10. */
struct mysql_greeting {
    char version[MYSQL_VERSION_MAX]; /* "8.0.31", "10.11.6-MariaDB-1" */
    bool is_mariadb;
    uint32_t connection_id;
    uint32_t capabilities;
    uint16_t status;
    char method[MYSQL_METHOD_MAX]; /* which it prefers; "" when it does not tell */
    uint8_t nonce[MYSQL_NONCE_LEN];
};
bool mysql_greeting_parse(struct bytes packet, struct mysql_greeting *greeting_out);

/* The server wants another method of login. */
struct mysql_switch {
    char method[MYSQL_METHOD_MAX]; /* "" : the method of servers before 4.1 */
    struct bytes data;             /* in the packet; a nonce's closing NUL left out */
};
bool mysql_switch_parse(struct bytes packet, struct mysql_switch *switch_out);

struct mysql_server_error {
    uint16_t code;    /* ER_... */
    char sqlstate[6]; /* "" when the server told none, as before the login */
    char words[MYSQL_WORDS_MAX];
};
bool mysql_server_error_parse(struct bytes packet, struct mysql_server_error *error_out);

enum { MYSQL_STATUS_MORE_RESULTS = 0x8 };

struct mysql_ok {
    uint64_t affected_rows;
    uint64_t last_insert_id;
    uint16_t status;
    uint16_t warnings;
};
bool mysql_ok_parse(struct bytes packet, struct mysql_ok *ok_out);

/* The end of a list of columns or rows; a row may begin with the same byte. */
bool mysql_is_end(struct bytes packet);
bool mysql_end_parse(struct bytes packet, uint16_t *status_out);

/* --- what the client says: payloads, without header ----------------------------------
 */

/* Asks for TLS: the head of a login, cut off before the user. */
void mysql_write_tls_request(struct buffer *out, uint32_t capabilities);

struct mysql_login_packet {
    uint32_t capabilities;
    struct bytes user; /* without a NUL */
    struct bytes answer;
    const char *method;
    const char *program; /* told to the server as the attribute program_name; or NULL */
};
void mysql_write_login(struct buffer *out, const struct mysql_login_packet *login);

#endif
