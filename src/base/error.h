#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdarg.h>

#include "base/rc.h"
#include "base/sqlstate.h"

/* What a failure ends: the statement (the session goes on), the session, or the server.
 */
enum error_reach { ERROR_REACH_STATEMENT, ERROR_REACH_SESSION, ERROR_REACH_SERVER };

enum {
    ERROR_MESSAGE_MAX = 1024,
    ERROR_DETAIL_MAX = 2048,
    ERROR_HINT_MAX = 1024,
    ERROR_LOG_MAX = 512,
    ERROR_TRACE_MAX = 512,
};

/* One failure, told to people. Callers pass the struct in; whoever fails fills it with
 * error_set() and returns its RC_FAILED. Texts longer than the arrays are cut at a whole
 * UTF-8 character. Secrets never enter an error.
 *
 * Texts follow PostgreSQL's error style guide (manual, chapter 56.3): message short,
 * lower case, no full stop; detail and hint whole sentences. */
struct error {
    enum sqlstate state;
    enum error_reach reach;
    int position; /* character in the query, from 1; 0: none */
    char message[ERROR_MESSAGE_MAX];
    char detail[ERROR_DETAIL_MAX]; /* "" when there is none */
    char hint[ERROR_HINT_MAX];     /* "" when there is none */
    char log_only[ERROR_LOG_MAX];  /* for the operator; never sent to a client */
    char trace[ERROR_TRACE_MAX];   /* where it happened: "COPY t, line 3"; "" mostly */
};

/* Makes the struct say "no error". Must be called before its first use. */
void error_clear(struct error *err);

/* Sets state and message, clears all else. Always returns RC_FAILED. */
enum rc error_set(struct error *err, enum sqlstate state, const char *format, ...)
    PRINTF_LIKE(3, 4);
enum rc error_setv(struct error *err, enum sqlstate state, const char *format,
                   va_list arguments) PRINTF_LIKE(3, 0);

/* The same with a position: a *character* of the query text, from 1. */
enum rc error_set_at(struct error *err, int position, enum sqlstate state,
                     const char *format, ...) PRINTF_LIKE(4, 5);

/* Each adds one field to an error that is set, and returns RC_FAILED, so that it can be
 * the last call of a failing function. */
enum rc error_detail(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);
enum rc error_hint(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);
enum rc error_log_only(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);
enum rc error_trace(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);

/* Shows compilers and analyzers, which cannot look into the functions above, what they
 * return: after TRY() they know that a result was filled in. */
static inline enum rc error_failed(enum rc ignored)
{
    (void)ignored;
    return RC_FAILED;
}

#define error_set(...)      error_failed(error_set(__VA_ARGS__))
#define error_setv(...)     error_failed(error_setv(__VA_ARGS__))
#define error_set_at(...)   error_failed(error_set_at(__VA_ARGS__))
#define error_detail(...)   error_failed(error_detail(__VA_ARGS__))
#define error_hint(...)     error_failed(error_hint(__VA_ARGS__))
#define error_log_only(...) error_failed(error_log_only(__VA_ARGS__))
#define error_trace(...)    error_failed(error_trace(__VA_ARGS__))

/* Puts "text: " before the message. */
void error_context(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);

/* Widens what the failure ends; never narrows it. */
void error_widen(struct error *err, enum error_reach reach);

#endif
