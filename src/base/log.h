#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rc.h"

/* Events, not prose: each line is key=value, with a name from events.def that tests and
 * operators can wait for. Secrets never enter a log; remote text is escaped here.
 *
 *   2026-11-24T22:32:59.000123Z INFO tunnel_up tunnel=u3 host="bastion" took_ms=27 */
enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG, LOG_TRACE, LOG_LEVEL_COUNT };

enum log_event {
#define X(name, text) EVENT_##name,
#include "base/events.def"
#undef X
    EVENT_COUNT
};

const char *log_level_name(enum log_level level);
const char *log_event_name(enum log_event event);
bool log_level_parse(const char *text, enum log_level *level_out);

/* Lines above this level are dropped. Default LOG_INFO. Thread-safe. */
void log_set_level(enum log_level level);
bool log_is_on(enum log_level level);

/* Writes one line to standard error with one write(). The format yields the rest of the
 * line, `key=value key="value"`. Control
 * characters in the result become '?' whatever the caller did. Thread-safe. */
void log_write(enum log_level level, enum log_event event, const char *format, ...)
    PRINTF_LIKE(3, 4);

#define LOG(level, event, ...)                                                           \
    do {                                                                                 \
        if (log_is_on(level))                                                            \
            log_write((level), EVENT_##event, __VA_ARGS__);                              \
        else                                                                             \
            log_count(EVENT_##event);                                                    \
    } while (0)

/* Counts of each event since the start, for metrics: those that the level kept out of the
 * log, too. log_count() is for LOG(). */
void log_count(enum log_event event);
uint64_t log_event_count(enum log_event event);

/* Tests and activity views may listen: called under the log's lock, after the write. */
void log_set_listener(void (*listener)(void *argument, enum log_level level,
                                       enum log_event event, const char *line),
                      void *argument);

#endif
