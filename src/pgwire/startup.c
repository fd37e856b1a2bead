/* First packets. See the header. */
#include "pgwire/startup.h"

#include <string.h>

#include "base/assert.h"
#include "pgwire/field_internal.h"
#include "pgwire/message.h"

/* Major 1234 marks the codes that are no protocol version. */
enum {
    CODE_CANCEL = 1234 << 16 | 5678,
    CODE_SSL = 1234 << 16 | 5679,
    CODE_GSSENC = 1234 << 16 | 5680,
};

enum pgwire_first pgwire_first_of_code(uint32_t code)
{
    switch (code) {
    case CODE_CANCEL:
        return PGWIRE_FIRST_CANCEL;
    case CODE_SSL:
        return PGWIRE_FIRST_SSL;
    case CODE_GSSENC:
        return PGWIRE_FIRST_GSSENC;
    default:
        return code >> 16 == PGWIRE_PROTOCOL_MAJOR ? PGWIRE_FIRST_STARTUP
                                                   : PGWIRE_FIRST_UNKNOWN;
    }
}

enum rc pgwire_startup_refuse_version(uint32_t code, struct error *err)
{
    return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                     "unsupported frontend protocol %u.%u: server supports %d.0 to %d.%d",
                     code >> 16, code & 0xFFFF, PGWIRE_PROTOCOL_MAJOR,
                     PGWIRE_PROTOCOL_MAJOR, PGWIRE_PROTOCOL_MINOR);
}

static bool is_protocol_option(const char *name)
{
    return strncmp(name, "_pq_.", 5) == 0;
}

/* Where a parameter that is no run-time parameter goes; NULL for all others. */
static const char **special_place(struct pgwire_startup *startup, const char *name)
{
    if (strcmp(name, "user") == 0)
        return &startup->user;
    if (strcmp(name, "database") == 0)
        return &startup->database;
    if (strcmp(name, "options") == 0)
        return &startup->options;
    if (strcmp(name, "replication") == 0)
        return &startup->replication;
    return NULL;
}

static enum rc bad_layout(struct error *err)
{
    return error_set(err, SQLSTATE_PROTOCOL_VIOLATION,
                     "invalid startup packet layout: expected terminator as last byte");
}

static enum rc parse_pairs(struct reader *reader, struct pgwire_startup *startup,
                           struct error *err)
{
    for (int count = 0;; count++) {
        const char *name = reader_cstring(reader);
        if (reader_failed(reader))
            return bad_layout(err);
        if (name[0] == '\0')
            return reader_done(reader) ? RC_OK : bad_layout(err);
        const char *value = reader_cstring(reader);
        if (reader_failed(reader))
            return bad_layout(err);
        if (count == PGWIRE_STARTUP_PARAMETERS)
            return error_set(err, SQLSTATE_PROGRAM_LIMIT_EXCEEDED,
                             "startup packet has more than %d parameters",
                             PGWIRE_STARTUP_PARAMETERS);
        const char **place = special_place(startup, name);
        if (place != NULL)
            *place = value;
        else if (is_protocol_option(name))
            startup->unknown_count++;
    }
}

enum rc pgwire_startup_parse(struct bytes packet, struct pgwire_startup *startup_out,
                             struct error *err)
{
    struct reader reader = reader_of(packet);
    uint32_t code = reader_u32(&reader);
    if (code >> 16 != PGWIRE_PROTOCOL_MAJOR)
        return pgwire_startup_refuse_version(code, err);
    uint16_t asked = (uint16_t)(code & 0xFFFF);
    *startup_out = (struct pgwire_startup){
        .minor_asked = asked,
        .minor = asked < PGWIRE_PROTOCOL_MINOR ? asked : PGWIRE_PROTOCOL_MINOR,
        .pairs = bytes_of(reader.at, reader.left),
    };
    TRY(parse_pairs(&reader, startup_out, err));
    if (startup_out->user == NULL || startup_out->user[0] == '\0')
        return error_set(err, SQLSTATE_INVALID_AUTHORIZATION_SPECIFICATION,
                         "no PostgreSQL user name specified in startup packet");
    return RC_OK;
}

enum rc pgwire_cancel_parse(struct bytes packet, struct pgwire_cancel *cancel_out,
                            struct error *err)
{
    struct reader reader = reader_of(packet);
    reader_u32(&reader);
    cancel_out->process_id = reader_u32(&reader);
    if (reader_failed(&reader))
        return error_set(err, SQLSTATE_PROTOCOL_VIOLATION,
                         "invalid length of query cancel packet");
    cancel_out->key = reader_rest(&reader);
    if (cancel_out->key.len < PGWIRE_CANCEL_KEY_SHORT ||
        cancel_out->key.len > PGWIRE_CANCEL_KEY_MAX)
        return error_set(err, SQLSTATE_PROTOCOL_VIOLATION,
                         "invalid length of query cancel key");
    return RC_OK;
}

/* The next pair of whatever kind; the pairs have been checked. */
static bool next_pair(struct reader *at, const char **name_out, const char **value_out)
{
    *name_out = reader_cstring(at);
    if (reader_failed(at) || (*name_out)[0] == '\0')
        return false;
    *value_out = reader_cstring(at);
    return !reader_failed(at);
}

bool pgwire_startup_next(struct reader *at, const char **name_out, const char **value_out)
{
    struct pgwire_startup scratch = {0}; /* only asked whether a name has a place in it */
    while (next_pair(at, name_out, value_out)) {
        if (!is_protocol_option(*name_out) && special_place(&scratch, *name_out) == NULL)
            return true;
    }
    return false;
}

bool pgwire_startup_needs_negotiation(const struct pgwire_startup *startup)
{
    return startup->minor_asked > PGWIRE_PROTOCOL_MINOR || startup->unknown_count > 0;
}

/* The manual calls the first field the newest minor version; PostgreSQL and libpq put the
 * whole version there, and so do we. */
void pgwire_write_negotiate_protocol_version(struct buffer *out,
                                             const struct pgwire_startup *startup)
{
    struct pgwire_open open =
        pgwire_message_begin(out, PGWIRE_BACKEND_NEGOTIATE_PROTOCOL_VERSION);
    buffer_add_u32(out, (uint32_t)PGWIRE_PROTOCOL_MAJOR << 16 | startup->minor);
    buffer_add_u32(out, startup->unknown_count);
    struct reader at = reader_of(startup->pairs);
    const char *name, *value;
    while (next_pair(&at, &name, &value)) {
        if (is_protocol_option(name))
            buffer_add_cstring(out, name);
    }
    pgwire_message_end(open);
}

void pgwire_write_backend_key_data(struct buffer *out, uint32_t process_id,
                                   struct bytes key)
{
    ASSERT(key.len >= PGWIRE_CANCEL_KEY_SHORT && key.len <= PGWIRE_CANCEL_KEY_MAX);
    struct pgwire_open open = pgwire_message_begin(out, PGWIRE_BACKEND_BACKEND_KEY_DATA);
    buffer_add_u32(out, process_id);
    buffer_add(out, key);
    pgwire_message_end(open);
}
