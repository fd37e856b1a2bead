/* Errors, notices, parameters, notifications. See the header. */
#include "pgwire/report.h"

#include "base/assert.h"
#include "pgwire/message.h"

static const char *const severity_names[PGWIRE_SEVERITY_COUNT] = {
    [PGWIRE_SEVERITY_DEBUG] = "DEBUG",     [PGWIRE_SEVERITY_LOG] = "LOG",
    [PGWIRE_SEVERITY_INFO] = "INFO",       [PGWIRE_SEVERITY_NOTICE] = "NOTICE",
    [PGWIRE_SEVERITY_WARNING] = "WARNING", [PGWIRE_SEVERITY_ERROR] = "ERROR",
    [PGWIRE_SEVERITY_FATAL] = "FATAL",     [PGWIRE_SEVERITY_PANIC] = "PANIC",
};

const char *pgwire_severity_name(enum pgwire_severity severity)
{
    ASSERT(severity < PGWIRE_SEVERITY_COUNT);
    return severity_names[severity];
}

enum pgwire_severity pgwire_severity_of(const struct error *err)
{
    switch (err->reach) {
    case ERROR_REACH_STATEMENT:
        return PGWIRE_SEVERITY_ERROR;
    case ERROR_REACH_SESSION:
        return PGWIRE_SEVERITY_FATAL;
    case ERROR_REACH_SERVER:
        return PGWIRE_SEVERITY_PANIC;
    }
    UNREACHABLE();
}

static void add_field(struct buffer *out, char code, const char *text)
{
    buffer_add_u8(out, (uint8_t)code);
    buffer_add_cstring(out, text);
}

static void add_field_if_any(struct buffer *out, char code, const char *text)
{
    if (text[0] != '\0')
        add_field(out, code, text);
}

static void write_fields(struct buffer *out, enum pgwire_backend message,
                         enum pgwire_severity severity, const struct error *err)
{
    struct pgwire_open open = pgwire_message_begin(out, message);
    add_field(out, 'S', pgwire_severity_name(severity));
    add_field(out, 'V', pgwire_severity_name(severity));
    add_field(out, 'C', sqlstate_code(err->state));
    add_field(out, 'M', err->message[0] != '\0' ? err->message : "missing error text");
    add_field_if_any(out, 'D', err->detail);
    add_field_if_any(out, 'H', err->hint);
    add_field_if_any(out, 'W', err->trace);
    if (err->position > 0) {
        buffer_add_u8(out, 'P');
        buffer_printf(out, "%d", err->position);
        buffer_add_u8(out, 0);
    }
    buffer_add_u8(out, 0);
    pgwire_message_end(open);
}

void pgwire_write_error(struct buffer *out, const struct error *err)
{
    write_fields(out, PGWIRE_BACKEND_ERROR_RESPONSE, pgwire_severity_of(err), err);
}

void pgwire_write_notice(struct buffer *out, enum pgwire_severity severity,
                         const struct error *notice)
{
    ASSERT(severity < PGWIRE_SEVERITY_ERROR);
    write_fields(out, PGWIRE_BACKEND_NOTICE_RESPONSE, severity, notice);
}

void pgwire_write_parameter_status(struct buffer *out, const char *name,
                                   const char *value)
{
    struct pgwire_open open = pgwire_message_begin(out, PGWIRE_BACKEND_PARAMETER_STATUS);
    buffer_add_cstring(out, name);
    buffer_add_cstring(out, value);
    pgwire_message_end(open);
}

void pgwire_write_notification(struct buffer *out, uint32_t process_id,
                               const char *channel, const char *payload)
{
    struct pgwire_open open =
        pgwire_message_begin(out, PGWIRE_BACKEND_NOTIFICATION_RESPONSE);
    buffer_add_u32(out, process_id);
    buffer_add_cstring(out, channel);
    buffer_add_cstring(out, payload);
    pgwire_message_end(open);
}
