/* connectors/mysql/wire, packet, scramble: bytes as real servers sent them, every cut of
 * them, and lengths that promise too much. */

#include "connectors/mysql/row.h"
#include "connectors/mysql/scramble.h"
#include "connectors/mysql/wire.h"
#include "support/unit.h"

enum { PACKET_MAX = 512 };

struct packet {
    uint8_t at[PACKET_MAX];
    size_t len;
};

static struct packet packet_of(const char *digits)
{
    struct packet packet;
    assert_true(strlen(digits) <= (size_t)2 * PACKET_MAX);
    packet.len = unit_hex(digits, packet.at);
    return packet;
}

static struct bytes bytes_of_packet(const struct packet *packet)
{
    return bytes_of(packet->at, packet->len);
}

/* MySQL 8.0.31, caching_sha2_password. */
static const char greeting_of_mysql[] =
    "0a382e302e3331000800000001020304050607080"
    "0ffffff0200ffdf15000000000000000000001112131415161718191a1b1c00"
    "63616368696e675f736861325f70617373776f726400";
/* MariaDB 10.11, which hides behind 5.5.5. */
static const char greeting_of_mariadb[] =
    "0a352e352e352d31302e31312e362d4d6172696144422d310005000000"
    "010203040506070800fef72d0200ff81150000000000001d000000"
    "1112131415161718191a1b1c00"
    "6d7973716c5f6e61746976655f70617373776f726400";

static void greetings_are_read(void **state)
{
    (void)state;
    static const uint8_t nonce[MYSQL_NONCE_LEN] = {
        1,    2,    3,    4,    5,    6,    7,    8,    0x11, 0x12,
        0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c};
    struct mysql_greeting greeting;
    struct packet packet = packet_of(greeting_of_mysql);
    assert_true(mysql_greeting_parse(bytes_of_packet(&packet), &greeting));
    assert_string_equal(greeting.version, "8.0.31");
    assert_false(greeting.is_mariadb);
    assert_int_equal(greeting.connection_id, 8);
    assert_int_equal(greeting.capabilities, 0xdfffffff);
    assert_int_equal(greeting.status, 2);
    assert_string_equal(greeting.method, "caching_sha2_password");
    assert_memory_equal(greeting.nonce, nonce, sizeof(nonce));
    packet = packet_of(greeting_of_mariadb);
    assert_true(mysql_greeting_parse(bytes_of_packet(&packet), &greeting));
    assert_string_equal(greeting.version, "10.11.6-MariaDB-1");
    assert_true(greeting.is_mariadb);
    assert_string_equal(greeting.method, "mysql_native_password");
    assert_memory_equal(greeting.nonce, nonce, sizeof(nonce));
}

/* Up to the nonce's end a cut greeting is none; the method's name may be cut, as an old
 * server would have left its NUL out. */
static void cut_greetings_are_refused(void **state)
{
    (void)state;
    struct packet packet = packet_of(greeting_of_mysql);
    size_t least = packet.len - strlen("caching_sha2_password") - 1;
    for (size_t len = 0; len < least; len++) {
        struct mysql_greeting greeting;
        assert_false(mysql_greeting_parse(bytes_of(packet.at, len), &greeting));
    }
    packet.at[0] = 9;
    struct mysql_greeting greeting;
    assert_false(mysql_greeting_parse(bytes_of_packet(&packet), &greeting));
    packet = packet_of(greeting_of_mysql);
    memset(packet.at + packet.len - 1, 'x', 100); /* a name without an end */
    packet.len += 99;
    assert_false(mysql_greeting_parse(bytes_of_packet(&packet), &greeting));
}

static void errors_are_read_with_and_without_a_state(void **state)
{
    (void)state;
    struct mysql_server_error error;
    struct packet packet = packet_of("ff1504233238303030416363657373");
    assert_true(mysql_server_error_parse(bytes_of_packet(&packet), &error));
    assert_int_equal(error.code, 1045);
    assert_string_equal(error.sqlstate, "28000");
    assert_string_equal(error.words, "Access");
    packet = packet_of("ff1004546f6f206d616e79");
    assert_true(mysql_server_error_parse(bytes_of_packet(&packet), &error));
    assert_int_equal(error.code, 1040);
    assert_string_equal(error.sqlstate, "");
    assert_string_equal(error.words, "Too many");
    packet = packet_of("ff10");
    assert_false(mysql_server_error_parse(bytes_of_packet(&packet), &error));
    packet.len = PACKET_MAX;
    memset(packet.at + 2, 'x', packet.len - 2);
    assert_true(mysql_server_error_parse(bytes_of_packet(&packet), &error));
    assert_int_equal(strlen(error.words), packet.len - 3);
}

static void other_answers_are_read(void **state)
{
    (void)state;
    struct mysql_switch wanted;
    struct packet packet = packet_of("fe63000102030400");
    assert_true(mysql_switch_parse(bytes_of_packet(&packet), &wanted));
    assert_string_equal(wanted.method, "c");
    assert_int_equal(wanted.data.len, 4);
    packet.len = 1;
    assert_true(mysql_switch_parse(bytes_of_packet(&packet), &wanted));
    assert_string_equal(wanted.method, "");
    packet.len = 2; /* no NUL */
    assert_false(mysql_switch_parse(bytes_of_packet(&packet), &wanted));

    struct mysql_ok ok;
    packet = packet_of("00fcfb000502000300");
    assert_true(mysql_ok_parse(bytes_of_packet(&packet), &ok));
    assert_int_equal(ok.affected_rows, 251);
    assert_int_equal(ok.last_insert_id, 5);
    assert_int_equal(ok.status, 2);
    assert_int_equal(ok.warnings, 3);
    for (size_t len = 0; len < packet.len; len++)
        assert_false(mysql_ok_parse(bytes_of(packet.at, len), &ok));

    uint16_t status = 0;
    packet = packet_of("fe00000a00");
    assert_true(mysql_end_parse(bytes_of_packet(&packet), &status));
    assert_int_equal(status, 10);
    packet = packet_of("fe0000000000000000"); /* a row may begin so */
    assert_false(mysql_is_end(bytes_of_packet(&packet)));
}

static void lengths_are_read_and_written(void **state)
{
    (void)state;
    static const uint64_t numbers[] = {
        0, 250, 251, 65535, 65536, 16777215, 16777216, UINT32_MAX, INT64_MAX, UINT64_MAX};
    for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) {
        struct buffer buffer;
        buffer_init(&buffer, 16);
        mysql_add_length(&buffer, numbers[i]);
        struct reader reader = reader_of(buffer_bytes(&buffer));
        assert_int_equal(mysql_read_length(&reader), numbers[i]);
        assert_true(reader_done(&reader));
        buffer_fini(&buffer);
    }
    /* NULL, an error, a number that is cut, a string that promises more than there is */
    static const char *const bad[] = {"fb",
                                      "ff",
                                      "fc01",
                                      "fd0101",
                                      "fe01020304050607",
                                      "0541424344",
                                      "feffffffffffffff7f41"};
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        struct packet packet = packet_of(bad[i]);
        struct reader reader = reader_of(bytes_of_packet(&packet));
        struct bytes string = mysql_read_string(&reader);
        assert_true(reader_failed(&reader));
        assert_int_equal(string.len, 0);
    }
}

static void logins_are_written(void **state)
{
    (void)state;
    struct buffer buffer;
    struct mysql_login_packet login = {
        .capabilities = MYSQL_CAPABILITY_PROTOCOL_41 | MYSQL_CAPABILITY_METHODS |
                        MYSQL_CAPABILITY_ATTRIBUTES | MYSQL_CAPABILITY_LONG_ANSWER,
        .user = bytes_of_text("u"),
        .answer = bytes_of_text("\x11\x22"),
        .method = "m",
        .program = "p",
    };
    buffer_init(&buffer, PACKET_MAX);
    mysql_write_login(&buffer, &login);
    struct packet wanted =
        packet_of("00023800ffffff002d0000000000000000000000000000000000000000000000"
                  "7500"
                  "021122"
                  "6d00"
                  "0f0c70726f6772616d5f6e616d650170");
    assert_int_equal(buffer_len(&buffer), wanted.len);
    assert_memory_equal(buffer_bytes(&buffer).at, wanted.at, wanted.len);
    buffer_reset(&buffer, 0);
    mysql_write_tls_request(&buffer, MYSQL_CAPABILITY_PROTOCOL_41);
    assert_int_equal(buffer_len(&buffer), 32);
    assert_int_equal(buffer_bytes(&buffer).at[1], 0x0a);
    buffer_fini(&buffer);
}

/* Computed by other means: python's hashlib over the password "correct horse" and the
 * nonce 1 to 20. */
static void scrambles_have_their_known_answers(void **state)
{
    (void)state;
    uint8_t nonce[MYSQL_NONCE_LEN];
    for (size_t i = 0; i < sizeof(nonce); i++)
        nonce[i] = (uint8_t)(i + 1);
    struct bytes password = bytes_of_text("correct horse");
    uint8_t native[CRYPTO_SHA1_LEN];
    uint8_t sha2[CRYPTO_SHA256_LEN];
    mysql_scramble_native(password, nonce, native);
    struct packet wanted = packet_of("85cbaea93f89ea1664bbfdce6ce1af4f0f4a9f88");
    assert_memory_equal(native, wanted.at, sizeof(native));
    mysql_scramble_sha2(password, nonce, sha2);
    wanted =
        packet_of("f16e4bdf1fbf64d96bba0a87b408b36ba19739c0313d446bba6b4165c13c40fc");
    assert_memory_equal(sha2, wanted.at, sizeof(sha2));
    uint8_t masked[32];
    password = bytes_of_text("longer than the nonce is");
    mysql_scramble_mask(password, nonce, masked);
    for (size_t i = 0; i < password.len; i++)
        assert_int_equal(masked[i] ^ (i % MYSQL_NONCE_LEN + 1), password.at[i]);
    assert_int_equal(masked[password.len], password.len % MYSQL_NONCE_LEN + 1);
}

/* --- rows -------------------------------------------------------------------------- */

static void rows_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    static const struct mysql_column columns[] = {{.type = MYSQL_TYPE_LONG},
                                                  {.type = MYSQL_TYPE_DATETIME},
                                                  {.type = MYSQL_TYPE_TIME},
                                                  {.type = MYSQL_TYPE_BLOB},
                                                  {.type = MYSQL_TYPE_TINY}};
    enum { COUNT = ARRAY_COUNT(columns), MOMENT_AT = 6, SPAN_AT = 11 };
    struct mysql_value values[COUNT];
    /* the last one is NULL: bit 6 */
    struct packet row = packet_of("0040feffffff04ea070b1908010100000001020302aabb");
    assert_true(mysql_binary_row_parse(bytes_of_packet(&row), columns, COUNT, values));
    assert_true(values[0].signed_number == -2);
    assert_int_equal(values[1].time.day, 25);
    assert_true(values[2].time.is_negative && values[2].time.second == 3);
    assert_int_equal(values[3].bytes.len, 2);
    assert_int_equal(values[4].kind, MYSQL_VALUE_NULL);
    for (size_t len = 0; len < row.len; len++)
        assert_false(
            mysql_binary_row_parse(bytes_of(row.at, len), columns, COUNT, values));
    row.len++; /* one byte too many */
    assert_false(mysql_binary_row_parse(bytes_of_packet(&row), columns, COUNT, values));
    row.len--;
    row.at[MOMENT_AT] = 5; /* no length of a moment */
    assert_false(mysql_binary_row_parse(bytes_of_packet(&row), columns, COUNT, values));
    row.at[MOMENT_AT] = 4;
    row.at[SPAN_AT] = 9;
    assert_false(mysql_binary_row_parse(bytes_of_packet(&row), columns, COUNT, values));

    row = packet_of("0161fb00");
    assert_true(mysql_text_row_parse(bytes_of_packet(&row), 3, values));
    assert_int_equal(values[1].kind, MYSQL_VALUE_NULL);
    assert_false(mysql_text_row_parse(bytes_of_packet(&row), 2, values));
    assert_false(mysql_text_row_parse(bytes_of_packet(&row), 4, values));
    size_t count = 0;
    row = packet_of("fc0010");
    assert_true(mysql_column_count_parse(bytes_of_packet(&row), &count));
    assert_int_equal(count, MYSQL_COLUMNS_MAX);
    row = packet_of("fc0110");
    assert_false(mysql_column_count_parse(bytes_of_packet(&row), &count));
    row = packet_of("fb66696c65"); /* a wish for a local file */
    assert_false(mysql_column_count_parse(bytes_of_packet(&row), &count));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(greetings_are_read),
        cmocka_unit_test(cut_greetings_are_refused),
        cmocka_unit_test(errors_are_read_with_and_without_a_state),
        cmocka_unit_test(other_answers_are_read),
        cmocka_unit_test(lengths_are_read_and_written),
        cmocka_unit_test(logins_are_written),
        cmocka_unit_test(scrambles_have_their_known_answers),
        cmocka_unit_test(rows_that_do_not_fit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
