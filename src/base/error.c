/* Filling struct error; all texts are cut to their arrays at a whole character. */
#include "base/error.h"

#include <stdio.h>
#include <string.h>

/* Here stand the functions themselves. */
#undef error_set
#undef error_setv
#undef error_set_at
#undef error_detail
#undef error_hint
#undef error_log_only
#undef error_trace

/* Drops the bytes of a character that was cut in two at the end of the text. */
static void trim_partial_character(char *text)
{
    size_t len = strlen(text);
    size_t start = len;
    while (start > 0 && len - start < 3 &&
           ((unsigned char)text[start - 1] & 0xC0) == 0x80)
        start--;
    if (start == 0)
        return;
    unsigned char lead = (unsigned char)text[start - 1];
    size_t wanted = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
    if (wanted > len - start)
        text[start - 1] = '\0';
}

static void print_into(char *text, size_t size, const char *format, va_list arguments)
    PRINTF_LIKE(3, 0);

static void print_into(char *text, size_t size, const char *format, va_list arguments)
{
    int len = vsnprintf(text, size, format, arguments);
    if (len < 0)
        text[0] = '\0';
    else if ((size_t)len >= size)
        trim_partial_character(text);
}

void error_clear(struct error *err)
{
    err->state = SQLSTATE_SUCCESSFUL_COMPLETION;
    err->reach = ERROR_REACH_STATEMENT;
    err->position = 0;
    err->message[0] = '\0';
    err->detail[0] = '\0';
    err->hint[0] = '\0';
    err->log_only[0] = '\0';
    err->trace[0] = '\0';
}

enum rc error_setv(struct error *err, enum sqlstate state, const char *format,
                   va_list arguments)
{
    error_clear(err);
    err->state = state;
    print_into(err->message, sizeof(err->message), format, arguments);
    return RC_FAILED;
}

enum rc error_set(struct error *err, enum sqlstate state, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    enum rc rc = error_setv(err, state, format, arguments);
    va_end(arguments);
    return rc;
}

enum rc error_set_at(struct error *err, int position, enum sqlstate state,
                     const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    enum rc rc = error_setv(err, state, format, arguments);
    va_end(arguments);
    err->position = position;
    return rc;
}

enum rc error_detail(struct error *err, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_into(err->detail, sizeof(err->detail), format, arguments);
    va_end(arguments);
    return RC_FAILED;
}

enum rc error_hint(struct error *err, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_into(err->hint, sizeof(err->hint), format, arguments);
    va_end(arguments);
    return RC_FAILED;
}

enum rc error_log_only(struct error *err, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_into(err->log_only, sizeof(err->log_only), format, arguments);
    va_end(arguments);
    return RC_FAILED;
}

enum rc error_trace(struct error *err, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_into(err->trace, sizeof(err->trace), format, arguments);
    va_end(arguments);
    return RC_FAILED;
}

void error_context(struct error *err, const char *format, ...)
{
    char message[ERROR_MESSAGE_MAX];
    memcpy(message, err->message, sizeof(message));
    va_list arguments;
    va_start(arguments, format);
    print_into(err->message, sizeof(err->message), format, arguments);
    va_end(arguments);
    size_t used = strlen(err->message);
    int len = snprintf(err->message + used, sizeof(err->message) - used, ": %s", message);
    if (len >= 0 && (size_t)len >= sizeof(err->message) - used)
        trim_partial_character(err->message);
}

void error_widen(struct error *err, enum error_reach reach)
{
    if (reach > err->reach)
        err->reach = reach;
}
