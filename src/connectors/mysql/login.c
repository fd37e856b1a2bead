/* The login: the first packet, and what its method wants further. */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/secret.h"
#include "connectors/mysql/client_internal.h"
#include "connectors/mysql/scramble.h"

enum {
    USER_MAX = 512,      /* bytes; MySQL has 32 characters, MariaDB 128 */
    PASSWORD_MAX = 4096, /* bytes; far above what servers take */
    ROUNDS_MAX = 8,      /* packets of one login */
    SHA2_FAST_DONE = 3,
    SHA2_SEND_ALL = 4,
    SHA2_WANT_KEY = 2, /* what we send to be given the server's key */
};

enum method { METHOD_UNKNOWN, METHOD_NATIVE, METHOD_SHA2, METHOD_CLEAR };

static const char *const method_names[] = {
    [METHOD_NATIVE] = "mysql_native_password",
    [METHOD_SHA2] = "caching_sha2_password",
    [METHOD_CLEAR] = "mysql_clear_password",
};

/* One login under way. */
struct login {
    struct mysql_client *client;
    const struct mysql_login *asked;
    struct bytes password; /* empty: none */
    enum method method;
    uint8_t nonce[MYSQL_NONCE_LEN];
    bool has_switched;
    bool awaits_key;
    enum mysql_proof proof;
};

static enum method find_method(const char *name)
{
    for (size_t i = METHOD_NATIVE; i < ARRAY_COUNT(method_names); i++) {
        if (strcmp(method_names[i], name) == 0)
            return (enum method)i;
    }
    return METHOD_UNKNOWN;
}

static enum rc fail_method(struct login *login, const char *name)
{
    return mysql_client_fail(login->client, MYSQL_FAULT_METHOD,
                             name[0] == '\0' ? "mysql_old_password" : name);
}

/* --- answers ----------------------------------------------------------------------- */

/* A new secret, so that it is wiped: the password, and a NUL or a mask over both. */
static enum rc copy_password(struct login *login, bool is_masked,
                             struct secret **copy_out)
{
    struct error err;
    error_clear(&err);
    size_t len = login->password.len + 1;
    if (secret_new(len, copy_out, &err) != RC_OK)
        return mysql_client_fail(login->client, MYSQL_FAULT_MEMORY, err.message);
    uint8_t *at = secret_fill(*copy_out);
    if (is_masked) {
        mysql_scramble_mask(login->password, login->nonce, at);
        return RC_OK;
    }
    if (login->password.len > 0)
        memcpy(at, login->password.at, login->password.len);
    at[len - 1] = '\0';
    return RC_OK;
}

static enum rc send_in_clear(struct login *login)
{
    struct secret *copy = NULL;
    TRY(copy_password(login, false, &copy));
    enum rc rc = mysql_client_send_payload(login->client, secret_bytes(copy));
    secret_free(&copy);
    login->proof = MYSQL_PROOF_OVER_TLS;
    return rc;
}

/* The answer to a nonce; its length, 0 for an empty password. */
static size_t scramble(struct login *login, uint8_t out[CRYPTO_SHA256_LEN])
{
    if (login->password.len == 0)
        return 0;
    if (login->method == METHOD_SHA2) {
        mysql_scramble_sha2(login->password, login->nonce, out);
        login->proof = MYSQL_PROOF_FAST;
        return CRYPTO_SHA256_LEN;
    }
    mysql_scramble_native(login->password, login->nonce, out);
    login->proof = MYSQL_PROOF_NATIVE;
    return CRYPTO_SHA1_LEN;
}

/* --- the first packet -------------------------------------------------------------- */

static uint32_t capabilities_of(const struct mysql_client *client)
{
    uint32_t wanted = MYSQL_CAPABILITY_LONG_PASSWORD | MYSQL_CAPABILITY_LONG_FLAG |
                      MYSQL_CAPABILITY_PROTOCOL_41 | MYSQL_CAPABILITY_TRANSACTIONS |
                      MYSQL_CAPABILITY_SECURE_CONNECTION | MYSQL_CAPABILITY_METHODS |
                      MYSQL_CAPABILITY_ATTRIBUTES | MYSQL_CAPABILITY_LONG_ANSWER;
    if (client->uses_tls)
        wanted |= MYSQL_CAPABILITY_TLS;
    return wanted & client->greeting.capabilities;
}

/* What the server prefers, if that is a digest; else the oldest, and the server says what
 * the user's account wants. */
static enum rc send_first(struct login *login)
{
    struct mysql_client *client = login->client;
    uint8_t answer[CRYPTO_SHA256_LEN];
    struct buffer payload;
    login->method = find_method(client->greeting.method);
    if (login->method != METHOD_SHA2)
        login->method = METHOD_NATIVE;
    memcpy(login->nonce, client->greeting.nonce, MYSQL_NONCE_LEN);
    struct mysql_login_packet packet = {
        .capabilities = capabilities_of(client),
        .user = login->asked->user,
        .answer = bytes_of(answer, scramble(login, answer)),
        .method = method_names[login->method],
        .program = login->asked->program,
    };
    buffer_init(&payload, MYSQL_LOGIN_PACKET_MAX);
    mysql_write_login(&payload, &packet);
    enum rc rc = buffer_failed(&payload)
                     ? mysql_client_fail(client, MYSQL_FAULT_VALUE, "login too long")
                     : mysql_client_send_payload(client, buffer_bytes(&payload));
    buffer_fini(&payload);
    return rc;
}

/* --- what the server wants further ------------------------------------------------- */

static enum rc switch_method(struct login *login, struct bytes packet)
{
    struct mysql_client *client = login->client;
    uint8_t answer[CRYPTO_SHA256_LEN];
    struct mysql_switch wanted;
    if (login->has_switched || login->awaits_key || !mysql_switch_parse(packet, &wanted))
        return mysql_client_fail(client, MYSQL_FAULT_PROTOCOL, "malformed packet");
    login->has_switched = true;
    login->method = find_method(wanted.method);
    if (login->method == METHOD_UNKNOWN)
        return fail_method(login, wanted.method);
    if (login->method == METHOD_CLEAR) {
        if (!client->is_verified)
            return mysql_client_fail(client, MYSQL_FAULT_IN_CLEAR, wanted.method);
        return send_in_clear(login);
    }
    if (wanted.data.len != MYSQL_NONCE_LEN)
        return mysql_client_fail(client, MYSQL_FAULT_PROTOCOL, "malformed packet");
    memcpy(login->nonce, wanted.data.at, MYSQL_NONCE_LEN);
    return mysql_client_send_payload(client, bytes_of(answer, scramble(login, answer)));
}

static enum rc send_under_key(struct login *login, struct bytes key_pem)
{
    struct secret *masked = NULL;
    struct bytes sealed;
    TRY(copy_password(login, true, &masked));
    struct arena *arena = arena_new("mysql-login", NULL);
    enum rc rc = crypto_rsa_encrypt(arena, key_pem, secret_bytes(masked), &sealed);
    secret_free(&masked);
    if (rc != RC_OK)
        rc = mysql_client_fail(login->client, MYSQL_FAULT_PROTOCOL,
                               "the server's RSA key cannot be used");
    else
        rc = mysql_client_send_payload(login->client, sealed);
    arena_free(&arena);
    login->proof = MYSQL_PROOF_UNDER_KEY;
    login->awaits_key = false;
    return rc;
}

static enum rc send_all(struct login *login)
{
    uint8_t wish = SHA2_WANT_KEY;
    if (login->client->uses_tls)
        return send_in_clear(login);
    login->awaits_key = true;
    return mysql_client_send_payload(login->client, bytes_of(&wish, 1));
}

/* caching_sha2_password's further steps. */
static enum rc go_on(struct login *login, struct bytes packet)
{
    struct bytes data = bytes_of(packet.at + 1, packet.len - 1);
    if (login->method != METHOD_SHA2)
        return mysql_client_fail(login->client, MYSQL_FAULT_PROTOCOL, "malformed packet");
    if (login->awaits_key)
        return send_under_key(login, data);
    if (data.len == 1 && data.at[0] == SHA2_FAST_DONE)
        return RC_OK;
    /* Asked twice, it would be for another try at the password. */
    if (data.len == 1 && data.at[0] == SHA2_SEND_ALL && login->proof == MYSQL_PROOF_FAST)
        return send_all(login);
    return mysql_client_fail(login->client, MYSQL_FAULT_PROTOCOL, "malformed packet");
}

static enum rc step(struct login *login, struct bytes packet, bool *is_done_out)
{
    struct mysql_ok ok;
    switch (mysql_packet_first(packet)) {
    case MYSQL_PACKET_OK:
        *is_done_out = true;
        if (!mysql_ok_parse(packet, &ok))
            break;
        return RC_OK;
    case MYSQL_PACKET_ERROR:
        return mysql_client_fail_server(login->client, packet);
    case MYSQL_PACKET_EOF:
        return switch_method(login, packet);
    case MYSQL_PACKET_MORE:
        return go_on(login, packet);
    default:
        break;
    }
    return mysql_client_fail(login->client, MYSQL_FAULT_PROTOCOL, "malformed packet");
}

static enum rc check_asked(struct login *login)
{
    struct bytes user = login->asked->user;
    if (user.len > USER_MAX)
        return mysql_client_fail(login->client, MYSQL_FAULT_VALUE,
                                 "the user's name is too long");
    if (user.len > 0 && memchr(user.at, 0, user.len) != NULL)
        return mysql_client_fail(login->client, MYSQL_FAULT_VALUE,
                                 "the user's name holds a NUL");
    if (login->password.len > PASSWORD_MAX)
        return mysql_client_fail(login->client, MYSQL_FAULT_VALUE,
                                 "the password is too long");
    return RC_OK;
}

enum rc mysql_client_login(struct mysql_client *client, const struct mysql_login *asked,
                           enum mysql_proof *proof_out)
{
    struct login login = {.client = client, .asked = asked, .password = {NULL, 0}};
    bool is_done = false;
    TRY(mysql_client_begin(client));
    if (asked->password != NULL)
        login.password = secret_bytes(asked->password);
    TRY(check_asked(&login));
    TRY(send_first(&login));
    for (int i = 0; i < ROUNDS_MAX && !is_done; i++) {
        struct bytes packet;
        TRY(mysql_client_receive(client, &packet));
        TRY(step(&login, packet, &is_done));
    }
    if (!is_done)
        return mysql_client_fail(client, MYSQL_FAULT_PROTOCOL, "the login has no end");
    client->is_logged_in = true;
    *proof_out = login.proof;
    return RC_OK;
}
