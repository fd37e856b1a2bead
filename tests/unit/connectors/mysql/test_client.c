/* connectors/mysql/client, query, row: results as text and binary from a real MariaDB. */

#include "base/secret.h"
#include "connectors/mysql/client.h"
#include "unit/connectors/mysql/attempt.h"

enum { RESULT_MAX = 64 * 1024 * 1024, CLIENT_PACKET_MAX = 40 * 1024 * 1024 };

struct bench {
    struct server server;
    struct mysql_client *client;
    struct arena *arena;
};

static struct bench *bench_of(void **state)
{
    return *state;
}

static struct mysql_client *connect_client(const struct server *server, size_t packet_max,
                                           int64_t timeout_ms)
{
    struct sockaddr_in address = loopback_address(server->port);
    struct mysql_wait wait = {.deadline_us = clock_monotonic_us() + timeout_ms * 1000};
    const struct mysql_greeting *greeting = NULL;
    struct mysql_login login = {.user = bytes_of_text("root")};
    enum mysql_proof proof;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)(void *)&address, sizeof(address)),
                     0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    struct mysql_client *client = mysql_client_new(fd, &wait, packet_max);
    assert_int_equal(mysql_client_greet(client, &greeting), RC_OK);
    assert_true(greeting->is_mariadb);
    assert_int_equal(mysql_client_login(client, &login, &proof), RC_OK);
    assert_int_equal(proof, MYSQL_PROOF_NONE);
    return client;
}

static struct mysql_result query(void **state, const char *sql)
{
    struct bench *bench = bench_of(state);
    struct mysql_result result;
    enum rc rc =
        mysql_client_query(bench->client, bench->arena, sql, RESULT_MAX, &result);
    if (rc != RC_OK)
        print_message("%s: %s\n", sql, mysql_client_failure(bench->client)->words);
    assert_int_equal(rc, RC_OK);
    return result;
}

static void assert_text(const struct mysql_value *value, const char *text)
{
    assert_int_equal(value->kind, MYSQL_VALUE_BYTES);
    assert_int_equal(value->bytes.len, strlen(text));
    assert_memory_equal(value->bytes.at, text, strlen(text));
}

/* --- text -------------------------------------------------------------------------- */

static void text_results_are_kept_whole(void **state)
{
    struct mysql_result result =
        query(state, "SELECT 1 AS one, NULL AS nothing, 'caf\xc3\xa9' AS word, '' AS "
                     "empty UNION ALL SELECT 2, 'x', REPEAT('y', 300), '\xfe'");
    assert_int_equal(result.column_count, 4);
    assert_int_equal(result.row_count, 2);
    assert_string_equal(result.columns[0].name, "one");
    assert_string_equal(result.columns[2].name, "word");
    assert_text(&result.rows[0][0], "1");
    assert_int_equal(result.rows[0][1].kind, MYSQL_VALUE_NULL);
    assert_text(&result.rows[0][2], "caf\xc3\xa9");
    assert_text(&result.rows[0][3], "");
    assert_text(&result.rows[1][0], "2");
    assert_int_equal(result.rows[1][2].bytes.len, 300);
    result = query(state, "SELECT 1 FROM DUAL WHERE 1 = 0");
    assert_int_equal(result.column_count, 1);
    assert_int_equal(result.row_count, 0);
    result = query(state, "SELECT seq FROM mysql.seq_1_to_5000");
    assert_int_equal(result.row_count, 5000);
    assert_text(&result.rows[4999][0], "5000");
}

static void statements_without_rows_tell_what_they_did(void **state)
{
    query(state, "CREATE DATABASE t");
    query(state, "CREATE TABLE t.a (id INT AUTO_INCREMENT PRIMARY KEY, v INT)");
    struct mysql_result result = query(state, "INSERT INTO t.a (v) VALUES (1), (2)");
    assert_int_equal(result.column_count, 0);
    assert_int_equal(result.ok.affected_rows, 2);
    assert_int_equal(result.ok.last_insert_id, 1);
}

static void an_error_ends_only_its_statement(void **state)
{
    struct bench *bench = bench_of(state);
    struct mysql_result result;
    assert_int_equal(
        mysql_client_query(bench->client, bench->arena, "SELEC 1", RESULT_MAX, &result),
        RC_FAILED);
    const struct mysql_failure *failure = mysql_client_failure(bench->client);
    assert_int_equal(failure->fault, MYSQL_FAULT_SERVER);
    assert_int_equal(failure->server.code, 1064);
    assert_string_equal(failure->server.sqlstate, "42000");
    assert_int_equal(mysql_client_ping(bench->client), RC_OK);
    assert_int_equal(mysql_client_failure(bench->client)->fault, MYSQL_FAULT_NONE);
    /* an error in the midst of rows */
    assert_int_equal(
        mysql_client_query(
            bench->client, bench->arena,
            "SELECT (SELECT seq FROM mysql.seq_1_to_3 b WHERE b.seq >= a.seq) "
            "FROM mysql.seq_3_to_1 a",
            RESULT_MAX, &result),
        RC_FAILED);
    assert_int_equal(failure->server.code, 1242);
    assert_int_equal(mysql_client_ping(bench->client), RC_OK);
}

/* 16 MB and more come in parts; just 16 MB has an empty second part. */
static void long_rows_come_in_parts(void **state)
{
    static const size_t lengths[] = {0xFFFFFF - 4 - 1, 0xFFFFFF - 4, 20000000};
    for (size_t i = 0; i < ARRAY_COUNT(lengths); i++) {
        char sql[96];
        snprintf(sql, sizeof(sql), "SELECT CONCAT(REPEAT('x', %zu), 'y')",
                 lengths[i] - 1);
        struct mysql_result result = query(state, sql);
        assert_int_equal(result.rows[0][0].bytes.len, lengths[i]);
        assert_int_equal(result.rows[0][0].bytes.at[lengths[i] - 1], 'y');
        arena_reset(bench_of(state)->arena);
    }
    assert_int_equal(mysql_client_ping(bench_of(state)->client), RC_OK);
}

/* --- limits and the end ------------------------------------------------------------ */

static void expect_end(struct mysql_client *client, struct arena *arena, const char *sql,
                       size_t bytes_max, enum mysql_fault fault)
{
    struct mysql_result result;
    assert_int_equal(mysql_client_query(client, arena, sql, bytes_max, &result),
                     RC_FAILED);
    assert_int_equal(mysql_client_failure(client)->fault, fault);
    assert_int_equal(mysql_client_ping(client), RC_FAILED); /* it stays */
    assert_int_equal(mysql_client_failure(client)->fault, fault);
    mysql_client_free(&client);
}

static void limits_and_deadlines_end_the_connection(void **state)
{
    const struct bench *bench = bench_of(state);
    const struct server *server = &bench->server;
    expect_end(connect_client(server, MYSQL_LOGIN_PACKET_MAX, 5000), bench->arena,
               "SELECT REPEAT('x', 70000)", RESULT_MAX, MYSQL_FAULT_PROTOCOL);
    expect_end(connect_client(server, MYSQL_LOGIN_PACKET_MAX, 5000), bench->arena,
               "SELECT seq FROM mysql.seq_1_to_5000", 10000, MYSQL_FAULT_PROTOCOL);
    int64_t started_us = clock_monotonic_us();
    expect_end(connect_client(server, MYSQL_LOGIN_PACKET_MAX, 300), bench->arena,
               "SELECT SLEEP(3)", RESULT_MAX, MYSQL_FAULT_TIMEOUT);
    assert_in_range((clock_monotonic_us() - started_us) / 1000, 250, 1500);
    struct mysql_client *client = connect_client(server, MYSQL_LOGIN_PACKET_MAX, 5000);
    struct mysql_result result;
    assert_int_equal(mysql_client_query(client, bench->arena, "KILL CONNECTION_ID()",
                                        RESULT_MAX, &result),
                     RC_FAILED);
    expect_end(client, bench->arena, "SELECT 1", RESULT_MAX, MYSQL_FAULT_CLOSED);
}

static void a_goodbye_ends_it(void **state)
{
    struct mysql_client *client =
        connect_client(&bench_of(state)->server, MYSQL_LOGIN_PACKET_MAX, 5000);
    struct bytes packet;
    assert_int_equal(mysql_client_quit(client), RC_OK);
    assert_int_equal(mysql_client_receive(client, &packet), RC_FAILED);
    assert_int_equal(mysql_client_failure(client)->fault, MYSQL_FAULT_CLOSED);
    mysql_client_free(&client);
    mysql_client_free(&client);
}

/* --- binary ------------------------------------------------------------------------ */

static struct mysql_result execute(void **state, const char *sql,
                                   const struct mysql_value *parameters)
{
    struct bench *bench = bench_of(state);
    struct mysql_statement statement;
    struct mysql_result result = {.column_count = 0};
    if (mysql_client_prepare(bench->client, sql, &statement) != RC_OK ||
        mysql_client_execute(bench->client, bench->arena, &statement, parameters,
                             RESULT_MAX, &result) != RC_OK)
        fail_msg("%s: %s", sql, mysql_client_failure(bench->client)->words);
    assert_int_equal(mysql_client_close_statement(bench->client, &statement), RC_OK);
    return result;
}

static void parameters_come_back(void **state)
{
    const struct mysql_value parameters[] = {
        {.kind = MYSQL_VALUE_NULL},
        {.kind = MYSQL_VALUE_SIGNED, .signed_number = INT64_MIN},
        {.kind = MYSQL_VALUE_UNSIGNED, .unsigned_number = UINT64_MAX},
        {.kind = MYSQL_VALUE_REAL, .real = -0.125},
        {.kind = MYSQL_VALUE_BYTES, .bytes = bytes_of_text("caf\xc3\xa9")},
        {.kind = MYSQL_VALUE_NULL},
        {.kind = MYSQL_VALUE_SIGNED, .signed_number = -1},
        {.kind = MYSQL_VALUE_NULL},
        {.kind = MYSQL_VALUE_SIGNED, .signed_number = 9},
    };
    struct mysql_result result =
        execute(state, "SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?", parameters);
    assert_int_equal(result.column_count, 9);
    assert_int_equal(result.row_count, 1);
    const struct mysql_value *row = result.rows[0];
    for (size_t i = 0; i < ARRAY_COUNT(parameters); i++)
        assert_int_equal(row[i].kind, parameters[i].kind);
    assert_true(row[1].signed_number == INT64_MIN);
    assert_true(row[2].unsigned_number == UINT64_MAX);
    assert_true(row[3].real == -0.125);
    assert_text(&row[4], "caf\xc3\xa9");
    assert_true(row[6].signed_number == -1 && row[8].signed_number == 9);
}

static void every_type_is_read(void **state)
{
    query(state, "CREATE DATABASE types");
    query(
        state,
        "CREATE TABLE types.a (a TINYINT, b SMALLINT UNSIGNED, c MEDIUMINT, d INT, e "
        "BIGINT UNSIGNED, f FLOAT, g DOUBLE, h DECIMAL(20,4), i DATE, j DATETIME(6), k "
        "TIME(3), l YEAR, m BIT(10), n ENUM('x','y'), o BLOB, p VARCHAR(9), q TIMESTAMP "
        "NULL)");
    query(state, "SET time_zone = '+00:00'");
    query(state,
          "INSERT INTO types.a VALUES (-128, 65535, -8388608, -2147483648, "
          "18446744073709551615, 1.5, -2.25, -12345.6789, '2026-11-25', '2026-11-25 "
          "01:02:03.000004', '-25:01:02.500', 2026, b'1000000001', 'y', x'00ff', 'v', "
          "NULL), (1, 0, 0, 0, 0, 0, 0, 0, '2026-01-01', '2026-01-01', '00:00:00', 2000, "
          "b'0', 'x', '', '', '2026-11-25 10:11:12')");
    struct mysql_result result = execute(state, "SELECT * FROM types.a", NULL);
    assert_int_equal(result.row_count, 2);
    const struct mysql_value *row = result.rows[0];
    assert_true(row[0].signed_number == -128 && row[1].unsigned_number == 65535);
    assert_true(row[2].signed_number == -8388608 && row[3].signed_number == INT32_MIN);
    assert_true(row[4].unsigned_number == UINT64_MAX);
    assert_true(row[5].real == 1.5 && row[6].real == -2.25);
    assert_text(&row[7], "-12345.6789");
    assert_true(row[8].time.year == 2026 && row[8].time.month == 11 &&
                row[8].time.day == 25);
    assert_true(row[9].time.hour == 1 && row[9].time.second == 3 &&
                row[9].time.microsecond == 4);
    assert_true(row[10].time.is_negative && row[10].time.days == 1 &&
                row[10].time.hour == 1 && row[10].time.microsecond == 500000);
    assert_true(row[11].unsigned_number == 2026);
    assert_int_equal(row[12].bytes.len, 2);
    assert_memory_equal(row[12].bytes.at, "\x02\x01", 2);
    assert_text(&row[13], "y");
    assert_int_equal(row[14].bytes.len, 2);
    assert_text(&row[15], "v");
    assert_int_equal(row[16].kind, MYSQL_VALUE_NULL);
    row = result.rows[1];
    assert_int_equal(row[9].kind, MYSQL_VALUE_TIME);
    assert_int_equal(row[9].time.hour, 0);
    assert_int_equal(row[10].time.days, 0);
    assert_int_equal(row[16].time.minute, 11);
}

static void bad_statements_are_told(void **state)
{
    struct bench *bench = bench_of(state);
    struct mysql_statement statement;
    assert_int_equal(mysql_client_prepare(bench->client, "SELECT FROM", &statement),
                     RC_FAILED);
    assert_int_equal(mysql_client_failure(bench->client)->server.code, 1064);
    assert_int_equal(mysql_client_ping(bench->client), RC_OK);
}

/* --- the bench --------------------------------------------------------------------- */

static int bench_new(void **state)
{
    static const char *const settings[] = {"--max-allowed-packet=64M", NULL};
    struct bench *bench = test_calloc(1, sizeof(*bench));
    server_init(&bench->server, NULL);
    server_start(&bench->server, settings);
    bench->client = connect_client(&bench->server, CLIENT_PACKET_MAX, 60000);
    bench->arena = arena_new("test", NULL);
    *state = bench;
    return 0;
}

static int bench_free(void **state)
{
    struct bench *bench = bench_of(state);
    assert_int_equal(mysql_client_quit(bench->client), RC_OK);
    mysql_client_free(&bench->client);
    arena_free(&bench->arena);
    server_fini(&bench->server);
    test_free(bench);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_results_are_kept_whole),
        cmocka_unit_test(statements_without_rows_tell_what_they_did),
        cmocka_unit_test(an_error_ends_only_its_statement),
        cmocka_unit_test(long_rows_come_in_parts),
        cmocka_unit_test(limits_and_deadlines_end_the_connection),
        cmocka_unit_test(a_goodbye_ends_it),
        cmocka_unit_test(parameters_come_back),
        cmocka_unit_test(every_type_is_read),
        cmocka_unit_test(bad_statements_are_told),
    };
    return cmocka_run_group_tests(tests, bench_new, bench_free);
}
