/* One line, one write. See the header for the format. */
#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/clock.h"

enum { LINE_MAX_LEN = 4096 };

static const char *const level_names[LOG_LEVEL_COUNT] = {
    [LOG_ERROR] = "ERROR", [LOG_WARN] = "WARN",   [LOG_INFO] = "INFO",
    [LOG_DEBUG] = "DEBUG", [LOG_TRACE] = "TRACE",
};

static const char *const event_names[EVENT_COUNT] = {
#define X(name, text) [EVENT_##name] = #name,
#include "base/events.def"
#undef X
};

static _Atomic int current_level = LOG_INFO;
static _Atomic uint64_t counts[EVENT_COUNT];
static pthread_mutex_t write_lock = PTHREAD_MUTEX_INITIALIZER;
static void (*listener_function)(void *, enum log_level, enum log_event, const char *);
static void *listener_argument;

const char *log_level_name(enum log_level level)
{
    return level_names[level];
}

const char *log_event_name(enum log_event event)
{
    return event_names[event];
}

bool log_level_parse(const char *text, enum log_level *level_out)
{
    for (int level = 0; level < LOG_LEVEL_COUNT; level++) {
        if (strcasecmp(text, level_names[level]) == 0) {
            *level_out = (enum log_level)level;
            return true;
        }
    }
    return false;
}

void log_set_level(enum log_level level)
{
    atomic_store(&current_level, (int)level);
}

bool log_is_on(enum log_level level)
{
    return (int)level <= atomic_load_explicit(&current_level, memory_order_relaxed);
}

void log_count(enum log_event event)
{
    atomic_fetch_add_explicit(&counts[event], 1, memory_order_relaxed);
}

uint64_t log_event_count(enum log_event event)
{
    return atomic_load(&counts[event]);
}

void log_set_listener(void (*listener)(void *argument, enum log_level level,
                                       enum log_event event, const char *line),
                      void *argument)
{
    pthread_mutex_lock(&write_lock);
    listener_function = listener;
    listener_argument = argument;
    pthread_mutex_unlock(&write_lock);
}

static size_t print_prefix(char *line, size_t size, enum log_level level,
                           enum log_event event)
{
    int64_t now_us = clock_wall_us();
    time_t seconds = (time_t)(now_us / 1000000);
    struct tm utc;
    gmtime_r(&seconds, &utc);
    size_t len = strftime(line, size, "%Y-%m-%dT%H:%M:%S", &utc);
    int more = snprintf(line + len, size - len, ".%06dZ %s ", (int)(now_us % 1000000),
                        level_names[level]);
    len += (size_t)more;
    for (const char *at = event_names[event]; *at != '\0' && len + 2 < size; at++)
        line[len++] = (char)ascii_lower((uint8_t)*at);
    line[len++] = ' ';
    return len;
}

/* Remote text must not move a terminal's cursor or forge a line. The text may be cut in
 * the middle of a character; a NUL stands behind it. */
static void escape_controls(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        unsigned char next = (unsigned char)text[i + 1];
        if (c < 0x20 || c == 0x7F) {
            text[i] = '?';
        } else if (c == 0xC2 && next >= 0x80 && next < 0xA0) {
            /* U+0080 to U+009F, which terminals obey like ESC sequences. */
            text[i] = '?';
            text[i + 1] = '?';
        }
    }
}

void log_write(enum log_level level, enum log_event event, const char *format, ...)
{
    char line[LINE_MAX_LEN];
    log_count(event);
    size_t len = print_prefix(line, sizeof(line), level, event);
    va_list arguments;
    va_start(arguments, format);
    int more = vsnprintf(line + len, sizeof(line) - len - 1, format, arguments);
    va_end(arguments);
    if (more > 0) {
        size_t room = sizeof(line) - len - 2;
        size_t added = (size_t)more < room ? (size_t)more : room;
        line[len + added] = '\0';
        escape_controls(line + len, added);
        len += added;
    }
    line[len] = '\n';
    line[len + 1] = '\0';
    pthread_mutex_lock(&write_lock);
    ssize_t written = write(STDERR_FILENO, line, len + 1);
    (void)written;
    if (listener_function != NULL)
        listener_function(listener_argument, level, event, line);
    pthread_mutex_unlock(&write_lock);
}
