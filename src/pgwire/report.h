#ifndef PGWIRE_REPORT_H
#define PGWIRE_REPORT_H

#include "base/buffer.h"
#include "base/error.h"

/* Errors, notices, reported parameters and notifications.
 * Source: PostgreSQL 15 manual, 55.2.7, 55.7 and 55.8. */

enum pgwire_severity {
    PGWIRE_SEVERITY_DEBUG,
    PGWIRE_SEVERITY_LOG,
    PGWIRE_SEVERITY_INFO,
    PGWIRE_SEVERITY_NOTICE,
    PGWIRE_SEVERITY_WARNING,
    PGWIRE_SEVERITY_ERROR,
    PGWIRE_SEVERITY_FATAL,
    PGWIRE_SEVERITY_PANIC,
    PGWIRE_SEVERITY_COUNT,
};

/* "ERROR", ...: never translated, so fields S and V are the same. */
const char *pgwire_severity_name(enum pgwire_severity severity);

/* ERROR, FATAL or PANIC, by what the failure ends. */
enum pgwire_severity pgwire_severity_of(const struct error *err);

/* Fields S, V, C, M and, when they are there, D, H, W and P. Source file, line and
 * function are left out. `log_only` is never written. error has the severity of
 * pgwire_severity_of(); notice needs one below ERROR. */
void pgwire_write_error(struct buffer *out, const struct error *err);
void pgwire_write_notice(struct buffer *out, enum pgwire_severity severity,
                         const struct error *notice);

void pgwire_write_parameter_status(struct buffer *out, const char *name,
                                   const char *value);
void pgwire_write_notification(struct buffer *out, uint32_t process_id,
                               const char *channel, const char *payload);

#endif
