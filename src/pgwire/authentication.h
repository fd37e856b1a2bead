#ifndef PGWIRE_AUTHENTICATION_H
#define PGWIRE_AUTHENTICATION_H

#include "base/buffer.h"
#include "base/error.h"

/* Framing of log-in messages. What SCRAM says inside them is not known here.
 * PasswordMessage, SASLInitialResponse and SASLResponse share one type byte: the owner
 * knows which of them it has asked for, and a SASLResponse is the body itself.
 * Source: PostgreSQL 15 manual, 55.3 and 55.7. MD5, GSSAPI and SSPI are not offered. */

struct pgwire_sasl_initial {
    const char *mechanism;
    bool has_response;
    struct bytes response;
};

/* Views into the body. 08P01 on a bad layout, 28P01 on an empty password. */
enum rc pgwire_password_parse(struct bytes body, const char **password_out,
                              struct error *err) MUST_USE;
enum rc pgwire_sasl_initial_parse(struct bytes body,
                                  struct pgwire_sasl_initial *initial_out,
                                  struct error *err) MUST_USE;

void pgwire_write_authentication_ok(struct buffer *out);
void pgwire_write_authentication_cleartext(struct buffer *out);
void pgwire_write_authentication_sasl(struct buffer *out, const char *const *mechanisms,
                                      size_t count);
void pgwire_write_authentication_sasl_continue(struct buffer *out, struct bytes data);
void pgwire_write_authentication_sasl_final(struct buffer *out, struct bytes data);

#endif
