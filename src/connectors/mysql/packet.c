/* Greeting, login, OK and errors as bytes. */
#include "connectors/mysql/packet.h"

#include <stdio.h>
#include <string.h>

#include "base/reader.h"
#include "connectors/mysql/wire.h"

enum {
    PROTOCOL_VERSION = 10,
    NONCE_FIRST_LEN = 8, /* the rest comes after the capabilities */
    GREETING_RESERVED = 10,
    LOGIN_RESERVED = 23,
    END_LEN_MAX = 8, /* a longer packet of this first byte is a row */
    PAYLOAD_MAX = MYSQL_PACKET_PART,
    COLLATION = 45, /* utf8mb4_general_ci, which MariaDB and MySQL share */
};

/* MariaDB says so before its version, since older replicas knew no version above 5. */
static const char mariadb_prefix[] = "5.5.5-";

/* False when the name is too long. */
static bool copy_method(const char *name, char out[MYSQL_METHOD_MAX])
{
    size_t len = strlen(name);
    if (len >= MYSQL_METHOD_MAX)
        return false;
    memcpy(out, name, len + 1);
    return true;
}

/* --- the greeting ------------------------------------------------------------------ */

static void read_version(const char *text, struct mysql_greeting *greeting)
{
    greeting->is_mariadb = strcasestr(text, "mariadb") != NULL;
    if (strncmp(text, mariadb_prefix, sizeof(mariadb_prefix) - 1) == 0)
        text += sizeof(mariadb_prefix) - 1;
    snprintf(greeting->version, sizeof(greeting->version), "%s", text);
}

/* The second part of the nonce is 12 bytes and a NUL, whatever length is told. */
static void read_nonce_rest(struct reader *reader, struct mysql_greeting *greeting)
{
    size_t len = MYSQL_NONCE_LEN - NONCE_FIRST_LEN;
    struct bytes rest = reader_bytes(reader, len);
    if (rest.len == len)
        memcpy(greeting->nonce + NONCE_FIRST_LEN, rest.at, len);
    reader_u8(reader);
}

/* The name ends the packet; old servers leave its NUL out. */
static bool read_method(struct reader *reader, uint8_t nonce_len,
                        struct mysql_greeting *greeting)
{
    char name[MYSQL_METHOD_MAX];
    size_t skipped = MYSQL_NONCE_LEN + 1;
    if (nonce_len > skipped)
        reader_bytes(reader, nonce_len - skipped);
    struct bytes rest = reader_rest(reader);
    snprintf(name, sizeof(name), "%.*s", (int)strnlen((const char *)rest.at, rest.len),
             (const char *)rest.at);
    return strnlen((const char *)rest.at, rest.len) < MYSQL_METHOD_MAX &&
           copy_method(name, greeting->method);
}

bool mysql_greeting_parse(struct bytes packet, struct mysql_greeting *greeting_out)
{
    struct reader reader = reader_of(packet);
    memset(greeting_out, 0, sizeof(*greeting_out));
    if (reader_u8(&reader) != PROTOCOL_VERSION)
        return false;
    read_version(reader_cstring(&reader), greeting_out);
    greeting_out->connection_id = mysql_read_u32(&reader);
    struct bytes first = reader_bytes(&reader, NONCE_FIRST_LEN);
    memcpy(greeting_out->nonce, first.at, first.len);
    reader_u8(&reader);
    greeting_out->capabilities = mysql_read_u16(&reader);
    reader_u8(&reader); /* collation */
    greeting_out->status = mysql_read_u16(&reader);
    greeting_out->capabilities |= (uint32_t)mysql_read_u16(&reader) << 16;
    uint8_t nonce_len = reader_u8(&reader);
    reader_bytes(&reader, GREETING_RESERVED);
    read_nonce_rest(&reader, greeting_out);
    if ((greeting_out->capabilities & MYSQL_CAPABILITY_METHODS) != 0 &&
        !read_method(&reader, nonce_len, greeting_out))
        return false;
    return !reader_failed(&reader);
}

/* --- the other answers ------------------------------------------------------------- */

bool mysql_switch_parse(struct bytes packet, struct mysql_switch *switch_out)
{
    struct reader reader = reader_of(packet);
    memset(switch_out, 0, sizeof(*switch_out));
    if (reader_u8(&reader) != MYSQL_PACKET_EOF)
        return false;
    if (reader_done(&reader))
        return true;
    if (!copy_method(reader_cstring(&reader), switch_out->method))
        return false;
    struct bytes data = reader_rest(&reader);
    if (data.len > 0 && data.at[data.len - 1] == '\0')
        data.len--;
    switch_out->data = data;
    return reader_done(&reader) && switch_out->method[0] != '\0';
}

bool mysql_server_error_parse(struct bytes packet, struct mysql_server_error *error_out)
{
    struct reader reader = reader_of(packet);
    memset(error_out, 0, sizeof(*error_out));
    if (reader_u8(&reader) != MYSQL_PACKET_ERROR)
        return false;
    error_out->code = mysql_read_u16(&reader);
    if (reader.left > 5 && reader.at[0] == '#') {
        struct bytes state = reader_bytes(&reader, 6);
        memcpy(error_out->sqlstate, state.at + 1, 5);
    }
    struct bytes words = reader_rest(&reader);
    size_t len = words.len < MYSQL_WORDS_MAX - 1 ? words.len : MYSQL_WORDS_MAX - 1;
    memcpy(error_out->words, words.at, len);
    return reader_done(&reader);
}

bool mysql_ok_parse(struct bytes packet, struct mysql_ok *ok_out)
{
    struct reader reader = reader_of(packet);
    memset(ok_out, 0, sizeof(*ok_out));
    if (reader_u8(&reader) != MYSQL_PACKET_OK)
        return false;
    ok_out->affected_rows = mysql_read_length(&reader);
    ok_out->last_insert_id = mysql_read_length(&reader);
    ok_out->status = mysql_read_u16(&reader);
    ok_out->warnings = mysql_read_u16(&reader);
    reader_rest(&reader); /* words about it */
    return reader_done(&reader);
}

bool mysql_is_end(struct bytes packet)
{
    return mysql_packet_first(packet) == MYSQL_PACKET_EOF && packet.len <= END_LEN_MAX;
}

bool mysql_end_parse(struct bytes packet, uint16_t *status_out)
{
    struct reader reader = reader_of(packet);
    *status_out = 0;
    if (!mysql_is_end(packet))
        return false;
    reader_u8(&reader);
    mysql_read_u16(&reader); /* warnings */
    *status_out = mysql_read_u16(&reader);
    return reader_done(&reader);
}

/* --- what the client says ---------------------------------------------------------- */

void mysql_write_tls_request(struct buffer *out, uint32_t capabilities)
{
    mysql_add_u32(out, capabilities | MYSQL_CAPABILITY_TLS);
    mysql_add_u32(out, PAYLOAD_MAX);
    buffer_add_u8(out, COLLATION);
    for (int i = 0; i < LOGIN_RESERVED; i++)
        buffer_add_u8(out, 0);
}

static size_t length_len(size_t number)
{
    return number <= 250 ? 1 : number <= UINT16_MAX ? 3 : 4;
}

static void add_attributes(struct buffer *out, const char *program)
{
    static const char name[] = "program_name";
    struct bytes key = bytes_of(name, sizeof(name) - 1);
    struct bytes value = bytes_of_text(program);
    size_t len = length_len(key.len) + key.len + length_len(value.len) + value.len;
    mysql_add_length(out, len);
    mysql_add_string(out, key);
    mysql_add_string(out, value);
}

void mysql_write_login(struct buffer *out, const struct mysql_login_packet *login)
{
    bool has_program = login->program != NULL &&
                       (login->capabilities & MYSQL_CAPABILITY_ATTRIBUTES) != 0;
    uint32_t capabilities = login->capabilities;
    if (!has_program)
        capabilities &= ~(uint32_t)MYSQL_CAPABILITY_ATTRIBUTES;
    mysql_add_u32(out, capabilities);
    mysql_add_u32(out, PAYLOAD_MAX);
    buffer_add_u8(out, COLLATION);
    for (int i = 0; i < LOGIN_RESERVED; i++)
        buffer_add_u8(out, 0);
    buffer_add(out, login->user);
    buffer_add_u8(out, 0);
    if ((capabilities & MYSQL_CAPABILITY_LONG_ANSWER) != 0)
        mysql_add_length(out, login->answer.len);
    else
        buffer_add_u8(out, (uint8_t)login->answer.len);
    buffer_add(out, login->answer);
    if ((capabilities & MYSQL_CAPABILITY_METHODS) != 0)
        buffer_add_cstring(out, login->method);
    if (has_program)
        add_attributes(out, login->program);
}
