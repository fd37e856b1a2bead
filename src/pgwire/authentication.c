/* Log-in messages. See the header. */
#include "pgwire/authentication.h"

#include <string.h>

#include "pgwire/field_internal.h"
#include "pgwire/message.h"

/* Authentication requests share one type byte and differ in this code. */
enum {
    CODE_OK = 0,
    CODE_CLEARTEXT = 3,
    CODE_SASL = 10,
    CODE_SASL_CONTINUE = 11,
    CODE_SASL_FINAL = 12,
};

enum rc pgwire_password_parse(struct bytes body, const char **password_out,
                              struct error *err)
{
    struct reader reader = reader_of(body);
    *password_out = reader_cstring(&reader);
    if (!reader_done(&reader))
        return error_set(err, SQLSTATE_PROTOCOL_VIOLATION,
                         "invalid password packet size");
    if ((*password_out)[0] == '\0')
        return error_set(err, SQLSTATE_INVALID_PASSWORD,
                         "empty password returned by client");
    return RC_OK;
}

/* The length of the first response is -1 when there is none; PostgreSQL's CheckSASLAuth
 * reads it so. */
enum rc pgwire_sasl_initial_parse(struct bytes body,
                                  struct pgwire_sasl_initial *initial_out,
                                  struct error *err)
{
    struct reader reader = reader_of(body);
    uint32_t len = 0;
    *initial_out = (struct pgwire_sasl_initial){.response = bytes_of("", 0)};
    TRY(pgwire_field_text(&reader, &initial_out->mechanism, err));
    TRY(pgwire_field_u32(&reader, &len, err));
    initial_out->has_response = len != UINT32_MAX;
    if (initial_out->has_response)
        TRY(pgwire_field_bytes(&reader, len, &initial_out->response, err));
    return pgwire_field_end(&reader, err);
}

static struct pgwire_open begin(struct buffer *out, uint32_t code)
{
    struct pgwire_open open = pgwire_message_begin(out, PGWIRE_BACKEND_AUTHENTICATION);
    buffer_add_u32(out, code);
    return open;
}

static void write_with_data(struct buffer *out, uint32_t code, struct bytes data)
{
    struct pgwire_open open = begin(out, code);
    buffer_add(out, data);
    pgwire_message_end(open);
}

void pgwire_write_authentication_ok(struct buffer *out)
{
    pgwire_message_end(begin(out, CODE_OK));
}

void pgwire_write_authentication_cleartext(struct buffer *out)
{
    pgwire_message_end(begin(out, CODE_CLEARTEXT));
}

void pgwire_write_authentication_sasl(struct buffer *out, const char *const *mechanisms,
                                      size_t count)
{
    struct pgwire_open open = begin(out, CODE_SASL);
    for (size_t i = 0; i < count; i++)
        buffer_add_cstring(out, mechanisms[i]);
    buffer_add_u8(out, 0);
    pgwire_message_end(open);
}

void pgwire_write_authentication_sasl_continue(struct buffer *out, struct bytes data)
{
    write_with_data(out, CODE_SASL_CONTINUE, data);
}

void pgwire_write_authentication_sasl_final(struct buffer *out, struct bytes data)
{
    write_with_data(out, CODE_SASL_FINAL, data);
}
