#ifndef UNIT_CONNECTORS_MYSQL_MOCK_SERVER_H
#define UNIT_CONNECTORS_MYSQL_MOCK_SERVER_H

/* A server's side of the login, by a script, for what no server at hand does or would do:
 * caching_sha2_password in each form, methods that nobody has, broken turns. Written from
 * MySQL's internals documentation, not with our codec. */

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "unit/connectors/mysql/attempt.h"

enum { MOCK_PACKET_MAX = 65536, MOCK_PEM_MAX = 1024 };

struct mock {
    const char *method; /* of the greeting */
    const char *script; /* each letter a step, see mock_step() */
    bool is_right;      /* the password proved right in the last step that looked */
    int listener;
    uint16_t port;
    int fd;
    pthread_t thread;
    uint8_t number; /* of the next packet */
    uint8_t packet[MOCK_PACKET_MAX];
    size_t len;
    EVP_PKEY *key;
    char key_pem[MOCK_PEM_MAX];
};

static const uint8_t mock_nonce[20] = "abcdefghijklmnopqrs";

static inline void mock_send(struct mock *mock, const void *payload, size_t len)
{
    uint8_t header[4] = {(uint8_t)len, (uint8_t)(len >> 8), (uint8_t)(len >> 16),
                         mock->number++};
    send(mock->fd, header, sizeof(header), MSG_NOSIGNAL);
    if (len > 0)
        send(mock->fd, payload, len, MSG_NOSIGNAL);
}

static inline bool mock_read(const struct mock *mock, uint8_t *into, size_t len)
{
    return len == 0 || recv(mock->fd, into, len, MSG_WAITALL) == (ssize_t)len;
}

/* False at the end of the stream. */
static inline bool mock_receive(struct mock *mock)
{
    uint8_t header[4];
    if (!mock_read(mock, header, sizeof(header)))
        return false;
    mock->len = (size_t)header[0] | (size_t)header[1] << 8 | (size_t)header[2] << 16;
    assert_int_equal(header[3], mock->number);
    mock->number++;
    return mock->len <= MOCK_PACKET_MAX && mock_read(mock, mock->packet, mock->len);
}

/* The greeting of a MySQL 8, as a payload; its length. */
static inline size_t mock_greeting(const char *method, bool has_tls, uint8_t out[160])
{
    size_t at = 0;
    memset(out, 0, 160);
    out[at++] = 10;
    memcpy(out + at, "8.0.99", 7);
    at += 7 + 4; /* connection 0 */
    memcpy(out + at, mock_nonce, 8);
    at += 8 + 1;
    memcpy(out + at, "\xff\xf7\xff\x02\x00\xff\xdf\x15", 8); /* all but TLS */
    if (has_tls)
        out[at + 1] = 0xff;
    at += 8 + 10;
    memcpy(out + at, mock_nonce + 8, 12);
    at += 12 + 1;
    memcpy(out + at, method, strlen(method) + 1);
    return at + strlen(method) + 1;
}

static inline void mock_greet(struct mock *mock)
{
    uint8_t greeting[160];
    mock_send(mock, greeting, mock_greeting(mock->method, false, greeting));
}

/* SHA256(p) xor SHA256(SHA256(SHA256(p)), nonce), told anew by OpenSSL. */
static inline void mock_scramble(uint8_t out[32])
{
    uint8_t once[32];
    uint8_t mixed[52];
    uint8_t mask[32];
    EVP_Digest(PASSWORD, strlen(PASSWORD), once, NULL, EVP_sha256(), NULL);
    EVP_Digest(once, 32, mixed, NULL, EVP_sha256(), NULL);
    memcpy(mixed + 32, mock_nonce, 20);
    EVP_Digest(mixed, 52, mask, NULL, EVP_sha256(), NULL);
    for (int i = 0; i < 32; i++)
        out[i] = once[i] ^ mask[i];
}

/* The packet ends with, or holds, the right answer. */
static inline void mock_look_for_scramble(struct mock *mock)
{
    uint8_t wanted[32];
    mock_scramble(wanted);
    mock->is_right = memmem(mock->packet, mock->len, wanted, sizeof(wanted)) != NULL &&
                     memmem(mock->packet, mock->len, PASSWORD, strlen(PASSWORD)) == NULL;
}

static inline void mock_open_key(struct mock *mock)
{
    uint8_t plain[512];
    size_t len = sizeof(plain);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(mock->key, NULL);
    bool is_open = EVP_PKEY_decrypt_init(context) > 0 &&
                   EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) > 0 &&
                   EVP_PKEY_decrypt(context, plain, &len, mock->packet, mock->len) > 0;
    EVP_PKEY_CTX_free(context);
    for (size_t i = 0; is_open && i < len; i++)
        plain[i] ^= mock_nonce[i % 20];
    mock->is_right =
        is_open && len == strlen(PASSWORD) + 1 && memcmp(plain, PASSWORD, len) == 0;
}

static inline void mock_switch(struct mock *mock, const char *method)
{
    uint8_t packet[128] = {0xFE};
    size_t len = strlen(method) + 1;
    memcpy(packet + 1, method, len);
    memcpy(packet + 1 + len, mock_nonce, 20);
    mock_send(mock, packet, 1 + len + 21);
}

static inline void mock_deny(struct mock *mock)
{
    static const char denied[] = "\xff\x15\x04#28000Access denied for user " PASSWORD;
    mock_send(mock, denied, sizeof(denied) - 1);
}

/* r, R: receive, and look for a digest or open the key's; f: fast; a: send all; k: the
 * key; K: a key that is none; o: OK if it proved right, else an error; O: OK whatever; d:
 * an error; s: switch to caching_sha2_password, c: to mysql_clear_password, u: to one
 * that nobody has; 4: to that of before 4.1; j: rubbish; n: a packet with a wrong number;
 * l: a packet that promises 16 MB. */
static inline bool mock_step(struct mock *mock, char step)
{
    static const uint8_t ok[] = {0, 0, 0, 2, 0, 0, 0};
    static const uint8_t endless[] = {0xFF, 0xFF, 0xFF};
    switch (step) {
    case 'r':
        if (!mock_receive(mock))
            return false;
        mock_look_for_scramble(mock);
        return true;
    case 'R':
        if (!mock_receive(mock))
            return false;
        mock_open_key(mock);
        return true;
    case 'f':
        mock_send(mock, "\x01\x03", 2);
        return true;
    case 'a':
        mock_send(mock, "\x01\x04", 2);
        return true;
    case 'k':
        mock_send(mock, mock->key_pem, strlen(mock->key_pem));
        return true;
    case 'K':
        mock_send(mock, "\x01-----BEGIN PUBLIC KEY-----\nAAAA\n", 34);
        return true;
    case 'o':
        if (!mock->is_right)
            mock_deny(mock);
        else
            mock_send(mock, ok, sizeof(ok));
        return true;
    case 'O':
        mock_send(mock, ok, sizeof(ok));
        return true;
    case 'd':
        mock_deny(mock);
        return true;
    case 's':
        mock_switch(mock, "caching_sha2_password");
        return true;
    case 'c':
        mock_switch(mock, "mysql_clear_password");
        return true;
    case 'u':
        mock_switch(mock, "client_of_nobody");
        return true;
    case '4':
        mock_send(mock, "\xfe", 1);
        return true;
    case 'j':
        mock_send(mock, "\x42rubbish", 8);
        return true;
    case 'n':
        mock->number += 3;
        mock_send(mock, ok, sizeof(ok));
        return true;
    case 'l':
        send(mock->fd, endless, sizeof(endless), MSG_NOSIGNAL);
        send(mock->fd, &mock->number, 1, MSG_NOSIGNAL);
        return true;
    default:
        return false;
    }
}

static inline void *mock_serve(void *argument)
{
    struct mock *mock = argument;
    char rest[64];
    mock->fd = accept(mock->listener, NULL, NULL);
    mock_greet(mock);
    bool goes_on = true;
    for (const char *at = mock->script; *at != '\0' && goes_on; at++)
        goes_on = mock_step(mock, *at);
    while (goes_on && recv(mock->fd, rest, sizeof(rest), 0) > 0)
        continue;
    close(mock->fd);
    return NULL;
}

/* `key` is shared: making one takes its time. The packet with it begins with a 1. */
static inline void mock_start(struct mock *mock, const char *method, const char *script,
                              EVP_PKEY *key)
{
    memset(mock, 0, sizeof(*mock));
    mock->method = method;
    mock->script = script;
    mock->key = key;
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_PUBKEY(bio, key), 1);
    mock->key_pem[0] = 1;
    int len = BIO_read(bio, mock->key_pem + 1, MOCK_PEM_MAX - 2);
    assert_true(len > 0);
    BIO_free(bio);
    mock->listener = listen_somewhere(&mock->port);
    assert_int_equal(pthread_create(&mock->thread, NULL, mock_serve, mock), 0);
}

static inline void mock_stop(struct mock *mock)
{
    pthread_join(mock->thread, NULL);
    close(mock->listener);
}

#endif
