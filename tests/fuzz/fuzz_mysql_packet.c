/* A hostile MySQL server: the data is what it sends to a client that greets, logs in,
 * asks and prepares, whatever comes. The first byte says how: with a password or without,
 * a query or a prepared statement. Then the same bytes go to the parsers alone, which a
 * login would keep them from.
 *
 * Must reach: mysql_greeting_parse, mysql_switch_parse, mysql_server_error_parse,
 * mysql_ok_parse, mysql_end_parse, mysql_column_parse, mysql_column_count_parse,
 * mysql_text_row_parse, mysql_binary_row_parse, mysql_prepared_parse,
 * mysql_scramble_native, mysql_scramble_sha2, mysql_scramble_mask, mysql_grant_read. */
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"
#include "connectors/mysql/client.h"
#include "connectors/mysql/diagnose.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    WITH_PASSWORD = 1,
    PREPARED = 2,
    SENT_MAX = 64 * 1024, /* what a pair of sockets surely takes at once */
    ROWS_BYTES_MAX = 1024 * 1024,
    COLUMNS = 8,
};

/* The client's end, with everything in it that the server will ever say. */
static int make_stream(struct bytes said)
{
    int pair[2];
    int made = socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair);
    ASSERT(made == 0);
    ssize_t sent = send(pair[1], said.at, said.len, MSG_NOSIGNAL);
    ASSERT(sent == (ssize_t)said.len);
    shutdown(pair[1], SHUT_WR);
    /* Kept open, so that what the client says finds somebody; as a copy of the number it
     * would not be seen. */
    return pair[0] | pair[1] << 16;
}

static void ask(struct mysql_client *client, struct arena *arena, bool is_prepared)
{
    static const struct mysql_value parameters[MYSQL_COLUMNS_MAX] = {
        {.kind = MYSQL_VALUE_SIGNED, .signed_number = 1}};
    struct mysql_result result;
    struct mysql_statement statement;
    enum rc rc;
    if (!is_prepared) {
        rc = mysql_client_query(client, arena, "SELECT", ROWS_BYTES_MAX, &result);
    } else {
        rc = mysql_client_prepare(client, "SELECT", &statement);
        if (rc == RC_OK)
            rc = mysql_client_execute(client, arena, &statement, parameters,
                                      ROWS_BYTES_MAX, &result);
    }
    const struct mysql_failure *failure = mysql_client_failure(client);
    ASSERT((rc == RC_OK) == (failure->fault == MYSQL_FAULT_NONE));
}

static void talk(struct bytes said, uint8_t how)
{
    int ends = make_stream(said);
    struct mysql_wait wait = {.deadline_us = clock_monotonic_us() + 1000 * 1000};
    struct mysql_client *client =
        mysql_client_new(ends & 0xFFFF, &wait, MYSQL_LOGIN_PACKET_MAX);
    struct arena *arena = arena_new("fuzz", NULL);
    const struct mysql_greeting *greeting = NULL;
    enum mysql_proof proof;
    struct error err;
    struct secret *password = NULL;
    struct mysql_login login = {.user = bytes_of_text("u"), .program = "fuzz"};
    error_clear(&err);
    if ((how & WITH_PASSWORD) != 0) {
        enum rc rc =
            secret_copy(bytes_of_text("a long enough password"), &password, &err);
        ASSERT(rc == RC_OK);
        login.password = password;
    }
    if (mysql_client_greet(client, &greeting) == RC_OK &&
        mysql_client_login(client, &login, &proof) == RC_OK) {
        ask(client, arena, (how & PREPARED) != 0);
        ask(client, arena, (how & PREPARED) == 0);
    }
    ASSERT(mysql_client_failure(client)->fault != MYSQL_FAULT_TIMEOUT);
    char message[MYSQL_WORDS_MAX];
    mysql_failure_message(mysql_client_failure(client), message, sizeof(message));
    secret_free(&password);
    mysql_client_free(&client);
    close(ends >> 16);
    arena_free(&arena);
}

/* Columns of every type, as the first bytes say. */
static void parse(struct bytes packet)
{
    struct mysql_column columns[COLUMNS];
    struct mysql_value values[COLUMNS];
    for (size_t i = 0; i < COLUMNS; i++) {
        uint8_t chosen = i < packet.len ? packet.at[i] : 0;
        columns[i] = (struct mysql_column){
            .type = chosen,
            .flags = (chosen & 1) != 0 ? MYSQL_COLUMN_UNSIGNED : 0,
        };
    }
    struct bytes rest = packet;
    if (packet.len >= COLUMNS)
        rest = bytes_of(packet.at + COLUMNS, packet.len - COLUMNS);
    size_t sum = 0;
    if (mysql_binary_row_parse(rest, columns, COLUMNS, values)) {
        for (size_t i = 0; i < COLUMNS; i++)
            sum += values[i].kind == MYSQL_VALUE_BYTES ? values[i].bytes.len : 0;
    }
    if (mysql_text_row_parse(rest, COLUMNS, values)) {
        for (size_t i = 0; i < COLUMNS; i++)
            sum += values[i].bytes.len;
    }
    ASSERT(sum <= 2 * rest.len);
    ASSERT(mysql_grant_read(packet) <= 3);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > SENT_MAX)
        return 0;
    struct bytes said = bytes_of(data + 1, size - 1);
    talk(said, data[0]);
    parse(said);
    return 0;
}
