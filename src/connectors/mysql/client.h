#ifndef CONNECTORS_MYSQL_CLIENT_H
#define CONNECTORS_MYSQL_CLIENT_H

#include <stdatomic.h>

#include "base/arena.h"
#include "connectors/mysql/packet.h"
#include "connectors/mysql/row.h"
#include "loop/stream_tls.h"

struct secret;

/* A client of MySQL and MariaDB over a stream of ours. Its calls block, for worker
 * threads with stacks of 512 KiB, until they are done, their deadline comes, somebody
 * cancels, or the owner's interrupt says that there is no use. One thread at a time.
 *
 * The order: greet, TLS if wanted, log in, then queries. After the first failure every
 * call fails with the same one, but for errors that the server sent in answer to a query
 * or a statement: those end only that. */
struct mysql_client;

struct mysql_wait {
    int64_t deadline_us;            /* of clock_monotonic_us() */
    const atomic_int *cancelled;    /* not 0: give up; NULL: nobody can */
    bool (*interrupt)(void *owner); /* asked every 100 ms; true: give up; may be NULL */
    void *owner;
};

enum mysql_fault {
    MYSQL_FAULT_NONE,
    MYSQL_FAULT_SERVER, /* the server sent an error: failure.server */
    MYSQL_FAULT_CLOSED, /* the connection ended or broke */
    MYSQL_FAULT_TIMEOUT,
    MYSQL_FAULT_CANCELLED,
    MYSQL_FAULT_INTERRUPTED, /* by the owner's function */
    MYSQL_FAULT_TLS,         /* failure.tls */
    MYSQL_FAULT_NO_TLS,      /* the server has none */
    MYSQL_FAULT_FOREIGN,     /* what greets is no MySQL server */
    MYSQL_FAULT_PROTOCOL,    /* it broke the protocol, or a limit of ours */
    MYSQL_FAULT_METHOD,      /* it wants a way to log in that we do not have */
    MYSQL_FAULT_IN_CLEAR,    /* it wants the password in the clear without verified TLS */
    MYSQL_FAULT_VALUE,       /* a user's name that cannot be sent */
    MYSQL_FAULT_MEMORY,      /* no room for secrets */
};

struct mysql_failure {
    enum mysql_fault fault;
    enum stream_tls_fault tls;
    struct mysql_server_error server;
    char
        words[MYSQL_WORDS_MAX]; /* as the peer or the library wrote them: not printable */
};

enum {
    MYSQL_LOGIN_PACKET_MAX = 64 * 1024, /* bytes; before the login is done */
    MYSQL_ROWS_MAX = 100000,            /* of a result that is kept whole */
};

/* `descriptor`: connected, non-blocking, the client's from here on. `wait` is copied. No
 * packet of the server may be longer than `packet_max` bytes. Never fails. */
struct mysql_client *mysql_client_new(int descriptor, const struct mysql_wait *wait,
                                      size_t packet_max);

/* Closes at once, without a word. Accepts NULL. */
void mysql_client_free(struct mysql_client **client);

/* Why the last call failed; fault NONE when none did. */
const struct mysql_failure *mysql_client_failure(const struct mysql_client *client);

/* For the calls that follow. */
void mysql_client_set_wait(struct mysql_client *client, const struct mysql_wait *wait);

/* Reads the server's first packet; it lives as long as the client. */
enum rc mysql_client_greet(struct mysql_client *client,
                           const struct mysql_greeting **greeting_out) MUST_USE;

/* `host`: the true name. `verifies`: the context verifies at least the authority. */
enum rc mysql_client_start_tls(struct mysql_client *client,
                               const struct tls_client_context *context, const char *host,
                               bool verifies) MUST_USE;

/* "TLSv1.3 TLS_AES_256_GCM_SHA384 over tcp ...": the stream as it stands. */
void mysql_client_describe(const struct mysql_client *client,
                           char text_out[STREAM_DESCRIBE_MAX]);

struct mysql_login {
    struct bytes user;
    const struct secret *password; /* NULL: none */
    const char *program;           /* shown by the server; or NULL */
};

/* How the password was proven. */
enum mysql_proof {
    MYSQL_PROOF_NONE,      /* no password was asked for, or it is empty */
    MYSQL_PROOF_NATIVE,    /* mysql_native_password: a digest */
    MYSQL_PROOF_FAST,      /* caching_sha2_password: a digest, the server knew us */
    MYSQL_PROOF_OVER_TLS,  /* the password itself, under TLS */
    MYSQL_PROOF_UNDER_KEY, /* under a key that the server sent without TLS: whoever stands
                            * between may have sent his own */
};

/* Methods: mysql_native_password, caching_sha2_password (the full form over TLS, else
 * under the server's RSA key), and mysql_clear_password over verified TLS only. What was
 * sent of the password is wiped. */
enum rc mysql_client_login(struct mysql_client *client, const struct mysql_login *login,
                           enum mysql_proof *proof_out) MUST_USE;

/* --- results ---------------------------------------------------------------------------
 */

struct mysql_result {
    struct mysql_ok ok; /* of a statement without rows */
    struct mysql_column *columns;
    size_t column_count;
    struct mysql_value **rows;
    size_t row_count;
};

/* Results are kept whole in the arena: RC_FAILED past MYSQL_ROWS_MAX, or past
 * `bytes_max` bytes of rows. One statement a call. */
struct mysql_statement {
    uint32_t id;
    size_t parameter_count;
    size_t column_count;
};
enum rc mysql_client_query(struct mysql_client *client, struct arena *arena,
                           const char *sql, size_t bytes_max,
                           struct mysql_result *result_out) MUST_USE;
enum rc mysql_client_prepare(struct mysql_client *client, const char *sql,
                             struct mysql_statement *statement_out) MUST_USE;
/* As many parameters as the statement has (asserted). */
enum rc mysql_client_execute(struct mysql_client *client, struct arena *arena,
                             const struct mysql_statement *statement,
                             const struct mysql_value *parameters, size_t bytes_max,
                             struct mysql_result *result_out) MUST_USE;
enum rc mysql_client_close_statement(struct mysql_client *client,
                                     const struct mysql_statement *statement) MUST_USE;

enum rc mysql_client_ping(struct mysql_client *client) MUST_USE;

/* Says goodbye, and does not wait for the server's end. Then only freeing is left. */
enum rc mysql_client_quit(struct mysql_client *client) MUST_USE;

/* --- any command, one packet at a time: for streams without an end ---------------------
 */

enum mysql_command {
    MYSQL_COMMAND_QUIT = 0x01,
    MYSQL_COMMAND_QUERY = 0x03,
    MYSQL_COMMAND_PING = 0x0E,
    MYSQL_COMMAND_PREPARE = 0x16,
    MYSQL_COMMAND_EXECUTE = 0x17,
    MYSQL_COMMAND_CLOSE_STATEMENT = 0x19,
};

enum rc mysql_client_send(struct mysql_client *client, uint8_t command,
                          struct bytes argument) MUST_USE;

/* The next payload, its parts joined; it lives until the next call. A server's error is a
 * packet like others here. */
enum rc mysql_client_receive(struct mysql_client *client,
                             struct bytes *packet_out) MUST_USE;

#endif
