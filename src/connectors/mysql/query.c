/* Commands and their answers: results kept whole, prepared statements, ping. */
#include <string.h>

#include "base/assert.h"
#include "connectors/mysql/client_internal.h"
#include "connectors/mysql/wire.h"

enum { ROWS_FIRST = 16 };

static enum rc fail_packet(struct mysql_client *client)
{
    return mysql_client_fail(client, MYSQL_FAULT_PROTOCOL, "malformed packet");
}

/* The next packet, which is not an error. */
static enum rc receive_good(struct mysql_client *client, struct bytes *packet_out)
{
    TRY(mysql_client_receive(client, packet_out));
    if (mysql_packet_first(*packet_out) == MYSQL_PACKET_ERROR)
        return mysql_client_fail_server(client, *packet_out);
    return RC_OK;
}

/* Nothing of ours asks for more than one result. */
static enum rc receive_ok(struct mysql_client *client, struct mysql_ok *ok_out)
{
    struct bytes packet;
    TRY(receive_good(client, &packet));
    if (!mysql_ok_parse(packet, ok_out) ||
        (ok_out->status & MYSQL_STATUS_MORE_RESULTS) != 0)
        return fail_packet(client);
    return RC_OK;
}

/* --- columns and rows -------------------------------------------------------------- */

static enum rc receive_end(struct mysql_client *client)
{
    struct bytes packet;
    uint16_t status;
    TRY(receive_good(client, &packet));
    return mysql_end_parse(packet, &status) ? RC_OK : fail_packet(client);
}

static enum rc receive_columns(struct mysql_client *client, struct arena *arena,
                               struct mysql_result *result)
{
    result->columns = ARENA_ARRAY(arena, struct mysql_column, result->column_count);
    for (size_t i = 0; i < result->column_count; i++) {
        struct bytes packet;
        TRY(receive_good(client, &packet));
        if (!mysql_column_parse(arena, packet, &result->columns[i]))
            return fail_packet(client);
    }
    return receive_end(client);
}

static void add_row(struct arena *arena, struct mysql_result *result,
                    struct mysql_value *row, size_t *room)
{
    if (result->row_count == *room) {
        *room = *room == 0 ? ROWS_FIRST : *room * 2;
        struct mysql_value **wider = ARENA_ARRAY(arena, struct mysql_value *, *room);
        if (result->row_count > 0)
            memcpy(wider, result->rows, result->row_count * sizeof(*wider));
        result->rows = wider;
    }
    result->rows[result->row_count++] = row;
}

struct rows {
    bool is_binary;
    size_t bytes_left;
};

static enum rc take_row(struct mysql_client *client, struct arena *arena,
                        struct bytes packet, struct rows *rows,
                        struct mysql_result *result, size_t *room)
{
    size_t cost = packet.len + result->column_count * sizeof(struct mysql_value);
    if (cost > rows->bytes_left || result->row_count == MYSQL_ROWS_MAX)
        return mysql_client_fail(client, MYSQL_FAULT_PROTOCOL, "result too large");
    rows->bytes_left -= cost;
    struct bytes kept = arena_bytes(arena, packet);
    struct mysql_value *row =
        ARENA_ARRAY(arena, struct mysql_value, result->column_count);
    bool is_fine =
        rows->is_binary
            ? mysql_binary_row_parse(kept, result->columns, result->column_count, row)
            : mysql_text_row_parse(kept, result->column_count, row);
    if (!is_fine)
        return fail_packet(client);
    add_row(arena, result, row, room);
    return RC_OK;
}

static enum rc receive_rows(struct mysql_client *client, struct arena *arena,
                            struct rows *rows, struct mysql_result *result)
{
    size_t room = 0;
    uint16_t status = 0;
    for (;;) {
        struct bytes packet;
        TRY(receive_good(client, &packet));
        if (mysql_is_end(packet)) {
            bool is_last = mysql_end_parse(packet, &status) &&
                           (status & MYSQL_STATUS_MORE_RESULTS) == 0;
            return is_last ? RC_OK : fail_packet(client);
        }
        TRY(take_row(client, arena, packet, rows, result, &room));
    }
}

/* OK, an error, or columns and rows. A wish for a local file begins with neither. */
static enum rc receive_result(struct mysql_client *client, struct arena *arena,
                              struct rows *rows, struct mysql_result *result_out)
{
    struct bytes packet;
    memset(result_out, 0, sizeof(*result_out));
    TRY(receive_good(client, &packet));
    if (mysql_packet_first(packet) == MYSQL_PACKET_OK) {
        if (!mysql_ok_parse(packet, &result_out->ok) ||
            (result_out->ok.status & MYSQL_STATUS_MORE_RESULTS) != 0)
            return fail_packet(client);
        return RC_OK;
    }
    if (!mysql_column_count_parse(packet, &result_out->column_count))
        return fail_packet(client);
    TRY(receive_columns(client, arena, result_out));
    return receive_rows(client, arena, rows, result_out);
}

enum rc mysql_client_query(struct mysql_client *client, struct arena *arena,
                           const char *sql, size_t bytes_max,
                           struct mysql_result *result_out)
{
    struct rows rows = {.is_binary = false, .bytes_left = bytes_max};
    TRY(mysql_client_send(client, MYSQL_COMMAND_QUERY, bytes_of_text(sql)));
    return receive_result(client, arena, &rows, result_out);
}

/* --- prepared statements ----------------------------------------------------------- */

/* What is told of parameters and columns is told again with each result. */
static enum rc skip_columns(struct mysql_client *client, size_t count)
{
    if (count == 0)
        return RC_OK;
    for (size_t i = 0; i < count; i++) {
        struct bytes packet;
        TRY(receive_good(client, &packet));
    }
    return receive_end(client);
}

enum rc mysql_client_prepare(struct mysql_client *client, const char *sql,
                             struct mysql_statement *statement_out)
{
    struct bytes packet;
    struct mysql_prepared prepared;
    TRY(mysql_client_send(client, MYSQL_COMMAND_PREPARE, bytes_of_text(sql)));
    TRY(receive_good(client, &packet));
    if (!mysql_prepared_parse(packet, &prepared))
        return fail_packet(client);
    TRY(skip_columns(client, prepared.parameter_count));
    TRY(skip_columns(client, prepared.column_count));
    *statement_out = (struct mysql_statement){prepared.id, prepared.parameter_count,
                                              prepared.column_count};
    return RC_OK;
}

enum rc mysql_client_execute(struct mysql_client *client, struct arena *arena,
                             const struct mysql_statement *statement,
                             const struct mysql_value *parameters, size_t bytes_max,
                             struct mysql_result *result_out)
{
    struct rows rows = {.is_binary = true, .bytes_left = bytes_max};
    struct buffer argument;
    buffer_init(&argument, MYSQL_PACKET_PART);
    mysql_write_execute(&argument, statement->id, parameters, statement->parameter_count);
    enum rc rc =
        buffer_failed(&argument)
            ? mysql_client_fail(client, MYSQL_FAULT_VALUE, "statement too long")
            : mysql_client_send(client, MYSQL_COMMAND_EXECUTE, buffer_bytes(&argument));
    buffer_fini(&argument);
    TRY(rc);
    return receive_result(client, arena, &rows, result_out);
}

enum rc mysql_client_close_statement(struct mysql_client *client,
                                     const struct mysql_statement *statement)
{
    uint8_t id[4];
    for (int i = 0; i < 4; i++)
        id[i] = (uint8_t)(statement->id >> (8 * i));
    return mysql_client_send(client, MYSQL_COMMAND_CLOSE_STATEMENT,
                             bytes_of(id, sizeof(id)));
}

/* --- the rest ---------------------------------------------------------------------- */

enum rc mysql_client_ping(struct mysql_client *client)
{
    struct mysql_ok ok;
    TRY(mysql_client_send(client, MYSQL_COMMAND_PING, bytes_of("", 0)));
    return receive_ok(client, &ok);
}

enum rc mysql_client_quit(struct mysql_client *client)
{
    return mysql_client_send(client, MYSQL_COMMAND_QUIT, bytes_of("", 0));
}
