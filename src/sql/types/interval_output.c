/* The text of intervals in each IntervalStyle (manual, chapter 8.5.5). */
#include <stdlib.h>

#include "sql/types/datetime.h"

struct interval_parts {
    int64_t year;
    int64_t month;
    int64_t day;
    int64_t hour;
    int64_t minute;
    int64_t second;
    int64_t fraction;
};

static void split(struct datum_interval interval, struct interval_parts *out)
{
    int64_t time = interval.microseconds;
    *out = (struct interval_parts){
        .year = interval.months / 12,
        .month = interval.months % 12,
        .day = interval.days,
        .hour = time / DATETIME_HOUR,
        .minute = time / DATETIME_MINUTE % 60,
        .second = time / DATETIME_SECOND % 60,
        .fraction = time % DATETIME_SECOND,
    };
}

/* "5.006" with as many digits as are needed; two for the whole part where `fill`. */
static void print_seconds(int64_t second, int64_t fraction, bool fill, struct buffer *out)
{
    long long whole = llabs((long long)second);
    int part = (int)llabs((long long)fraction);
    int digits = 6;
    buffer_printf(out, fill ? "%02lld" : "%lld", whole);
    while (digits > 0 && part % 10 == 0) {
        part /= 10;
        digits--;
    }
    if (digits > 0)
        buffer_printf(out, ".%0*d", digits, part);
}

/* "-2 days": after a negative part a positive one has its sign. */
static void print_part(int64_t number, const char *unit, bool *first, bool *negative,
                       struct buffer *out)
{
    if (number == 0)
        return;
    buffer_printf(out, "%s%s%lld %s%s", *first ? "" : " ",
                  *negative && number > 0 ? "+" : "", (long long)number, unit,
                  number == 1 ? "" : "s");
    *first = false;
    *negative = number < 0;
}

static void print_postgres(const struct interval_parts *parts, int64_t time,
                           struct buffer *out)
{
    bool first = true;
    bool negative = false;
    print_part(parts->year, "year", &first, &negative, out);
    print_part(parts->month, "mon", &first, &negative, out);
    print_part(parts->day, "day", &first, &negative, out);
    if (time == 0 && !first)
        return;
    buffer_printf(out, "%s%s%02lld:%02lld:", first ? "" : " ",
                  time < 0   ? "-"
                  : negative ? "+"
                             : "",
                  llabs((long long)parts->hour), llabs((long long)parts->minute));
    print_seconds(parts->second, parts->fraction, true, out);
}

/* A part of "@ 1 year 2 mons ago": the first one's sign is that of the whole. */
static void print_verbose_part(int64_t number, const char *unit, bool *any, bool *before,
                               struct buffer *out)
{
    if (number == 0)
        return;
    if (!*any)
        *before = number < 0;
    else if (*before)
        number = -number;
    if (!*any && *before)
        number = -number;
    buffer_printf(out, " %lld %s%s", (long long)number, unit, number == 1 ? "" : "s");
    *any = true;
}

static void print_verbose(const struct interval_parts *parts, struct buffer *out)
{
    bool any = false;
    bool before = false;
    buffer_add_u8(out, '@');
    print_verbose_part(parts->year, "year", &any, &before, out);
    print_verbose_part(parts->month, "mon", &any, &before, out);
    print_verbose_part(parts->day, "day", &any, &before, out);
    print_verbose_part(parts->hour, "hour", &any, &before, out);
    print_verbose_part(parts->minute, "min", &any, &before, out);
    if (parts->second != 0 || parts->fraction != 0) {
        bool negative = parts->second < 0 || parts->fraction < 0;
        if (!any)
            before = negative;
        buffer_add_text(out, negative == before ? " " : " -");
        print_seconds(parts->second, parts->fraction, false, out);
        buffer_printf(out, " sec%s",
                      llabs((long long)parts->second) != 1 || parts->fraction != 0 ? "s"
                                                                                   : "");
        any = true;
    }
    if (!any)
        buffer_add_text(out, " 0");
    if (before)
        buffer_add_text(out, " ago");
}

static char sign_of(bool negative)
{
    return negative ? '-' : '+';
}

static void print_sql(const struct interval_parts *parts, int64_t time,
                      struct buffer *out)
{
    bool months = parts->year != 0 || parts->month != 0;
    bool days = parts->day != 0;
    bool below = parts->year < 0 || parts->month < 0 || parts->day < 0 || time < 0;
    bool above = parts->year > 0 || parts->month > 0 || parts->day > 0 || time > 0;
    long long hour = llabs((long long)parts->hour);
    long long minute = llabs((long long)parts->minute);
    if (!below && !above) {
        buffer_add_u8(out, '0');
        return;
    }
    if ((below && above) || (months && (days || time != 0))) {
        /* Forms that the standard does not have: each part with its sign. */
        buffer_printf(out, "%c%lld-%lld %c%lld %c%lld:%02lld:",
                      sign_of(parts->year < 0 || parts->month < 0),
                      llabs((long long)parts->year), llabs((long long)parts->month),
                      sign_of(parts->day < 0), llabs((long long)parts->day),
                      sign_of(time < 0), hour, minute);
        print_seconds(parts->second, parts->fraction, true, out);
        return;
    }
    if (below)
        buffer_add_u8(out, '-');
    if (months) {
        buffer_printf(out, "%lld-%lld", llabs((long long)parts->year),
                      llabs((long long)parts->month));
        return;
    }
    if (days)
        buffer_printf(out, "%lld ", llabs((long long)parts->day));
    buffer_printf(out, "%lld:%02lld:", hour, minute);
    print_seconds(parts->second, parts->fraction, true, out);
}

static void print_iso_part(int64_t number, char unit, struct buffer *out)
{
    if (number != 0)
        buffer_printf(out, "%lld%c", (long long)number, unit);
}

static void print_iso(const struct interval_parts *parts, int64_t time,
                      struct buffer *out)
{
    if (parts->year == 0 && parts->month == 0 && parts->day == 0 && time == 0) {
        buffer_add_text(out, "PT0S");
        return;
    }
    buffer_add_u8(out, 'P');
    print_iso_part(parts->year, 'Y', out);
    print_iso_part(parts->month, 'M', out);
    print_iso_part(parts->day, 'D', out);
    if (time == 0)
        return;
    buffer_add_u8(out, 'T');
    print_iso_part(parts->hour, 'H', out);
    print_iso_part(parts->minute, 'M', out);
    if (parts->second == 0 && parts->fraction == 0)
        return;
    if (parts->second < 0 || parts->fraction < 0)
        buffer_add_u8(out, '-');
    print_seconds(parts->second, parts->fraction, false, out);
    buffer_add_u8(out, 'S');
}

void datetime_print_interval(const struct type_context *context,
                             struct datum_interval interval, struct buffer *out)
{
    struct interval_parts parts;
    split(interval, &parts);
    switch (context->interval_style) {
    case TYPE_INTERVAL_VERBOSE:
        print_verbose(&parts, out);
        break;
    case TYPE_INTERVAL_SQL:
        print_sql(&parts, interval.microseconds, out);
        break;
    case TYPE_INTERVAL_ISO:
        print_iso(&parts, interval.microseconds, out);
        break;
    default:
        print_postgres(&parts, interval.microseconds, out);
        break;
    }
}
