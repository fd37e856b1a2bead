#ifndef SQL_TYPES_DATETIME_H
#define SQL_TYPES_DATETIME_H

#include "sql/types/type.h"

/* Dates and times (manual, chapter 8.5 and appendix B). Dates are days since 2000-01-01,
 * times microseconds since midnight, timestamps microseconds since 2000-01-01 00:00;
 * years are astronomical: 0 is 1 BC. The lowest and the highest number are -infinity and
 * infinity. A timetz keeps the local time and `months` as its zone, seconds west of UTC.
 */

#define DATETIME_SECOND INT64_C(1000000)
#define DATETIME_MINUTE (60 * DATETIME_SECOND)
#define DATETIME_HOUR   (60 * DATETIME_MINUTE)
#define DATETIME_DAY    (24 * DATETIME_HOUR)

enum {
    DATETIME_UNIX_DAYS = 10957,      /* 1970-01-01 to 2000-01-01 */
    DATETIME_JULIAN_EPOCH = 2451545, /* Julian day of 2000-01-01 */
    DATETIME_DATE_MIN = -2451545,    /* 4714-11-24 BC */
    DATETIME_DATE_END = 2145031949,  /* 5874898-01-01 */
};

/* Fields of an interval's typmod, in its upper half; the lower are digits. */
enum {
    DATETIME_FIELD_MONTH = 1 << 1,
    DATETIME_FIELD_YEAR = 1 << 2,
    DATETIME_FIELD_DAY = 1 << 3,
    DATETIME_FIELD_HOUR = 1 << 10,
    DATETIME_FIELD_MINUTE = 1 << 11,
    DATETIME_FIELD_SECOND = 1 << 12,
    DATETIME_FIELDS_ALL = 0x7FFF,
};

/* 4714-11-24 BC and 294277-01-01. */
#define DATETIME_TIMESTAMP_MIN INT64_C(-211813488000000000)
#define DATETIME_TIMESTAMP_END INT64_C(9223371331200000000)

/* A timestamp taken apart. */
struct datetime {
    int64_t year;
    int month; /* 1 to 12 */
    int day;   /* 1 to 31 */
    int hour;
    int minute;
    int second;
    int microsecond;
};

int64_t datetime_days(int64_t year, int64_t month, int64_t day);
void datetime_split(int64_t timestamp, struct datetime *out);
/* Year, month and day only. */
void datetime_split_days(int64_t days, struct datetime *out);
int64_t datetime_join(const struct datetime *parts);
int datetime_month_length(int64_t year, int month);
/* Division that rounds down. */
int64_t datetime_floor(int64_t a, int64_t b);

static inline bool datetime_is_infinite(int64_t timestamp)
{
    return timestamp == INT64_MAX || timestamp == INT64_MIN;
}

static inline bool datetime_is_valid(int64_t timestamp)
{
    return datetime_is_infinite(timestamp) ||
           (timestamp >= DATETIME_TIMESTAMP_MIN && timestamp < DATETIME_TIMESTAMP_END);
}

static inline bool datetime_date_is_infinite(int32_t date)
{
    return date == INT32_MAX || date == INT32_MIN;
}

/* The session's seconds east of UTC at an instant, and at a local time. */
int32_t datetime_zone(const struct type_context *context, int64_t utc);
int32_t datetime_zone_local(const struct type_context *context, int64_t local);

/* What a text says. */
enum datetime_word {
    DATETIME_PLAIN,
    DATETIME_INFINITY,
    DATETIME_MINUS_INFINITY,
    DATETIME_EPOCH,
    DATETIME_NOW
};

struct datetime_input {
    enum datetime_word word;
    bool has_date;
    bool has_time;
    bool has_zone;
    int64_t year;
    int64_t month;
    int64_t day;
    int64_t time; /* microseconds */
    int32_t zone; /* seconds east of UTC; of the session when none was given */
};

/* Reads any of the three; `title` is the type's name for 22007 "invalid input syntax for
 * type date: "x"", 22008 and 22009. */
enum rc datetime_parse(const struct type_context *context, const char *title,
                       struct bytes text, struct datetime_input *out, struct error *err);
/* `typmod` tells what a number without a unit counts. */
enum rc datetime_interval_parse(struct bytes text, int32_t typmod,
                                struct datum_interval *out, struct error *err);
/* The typmod behind "interval": " day to second(3)". */
void datetime_interval_format(int32_t typmod, struct buffer *out);
void datetime_interval_bound(int32_t typmod, struct datum_interval *interval);

void datetime_print_date(int64_t year, int month, int day, struct buffer *out);
void datetime_print_time(int64_t time, struct buffer *out);
void datetime_print_zone(int32_t east, struct buffer *out);

/* In the session's DateStyle and IntervalStyle; no infinity. */
void datetime_print_days(const struct type_context *context, int32_t days,
                         struct buffer *out);
void datetime_print_timestamp(const struct type_context *context, int64_t timestamp,
                              bool zoned, struct buffer *out);
void datetime_print_interval(const struct type_context *context,
                             struct datum_interval interval, struct buffer *out);

/* Rounds microseconds to the digits of a typmod. */
int64_t datetime_round(int64_t time, int32_t digits);

/* An interval as one number that orders it: a month counts 30 days, a day 24 hours. */
void datetime_interval_span(struct datum_interval interval, int64_t *days_out,
                            int64_t *rest_out);

/* timestamp + interval; 22008 "timestamp out of range". */
enum rc datetime_shift(int64_t timestamp, struct datum_interval interval, int64_t *out,
                       struct error *err);
/* The same in the session's zone, whose days may have 23 or 25 hours. */
enum rc datetime_shift_zoned(const struct type_context *context, int64_t utc,
                             struct datum_interval interval, int64_t *out,
                             struct error *err);

enum rc datetime_range(const char *what, struct error *err);

/* Between date, time, timetz, timestamp, timestamptz and interval. */
enum rc datetime_convert(const struct type_context *context, const struct type *source,
                         const struct type *target, union datum *datum,
                         struct error *err);

#endif
