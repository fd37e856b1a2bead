/* Functions on dates and times (manual, chapter 9.9). */
#include "sql/types/datetime.h"

#include <math.h>

#include "base/ascii.h"
#include "base/clock.h"
#include "sql/functions/implementation.h"
#include "sql/types/cast.h"
#include "sql/types/zone.h"

#define UNIX_MICROSECONDS (INT64_C(946684800) * DATETIME_SECOND)

FUNCTION_ROW(transaction_time)
{
    (void)arguments;
    (void)err;
    result->datum.int64 = call->types->transaction_time;
    return RC_OK;
}

FUNCTION_ROW(statement_time)
{
    (void)arguments;
    (void)err;
    result->datum.int64 = call->types->statement_time;
    return RC_OK;
}

FUNCTION_ROW(clock_time)
{
    (void)call;
    (void)arguments;
    (void)err;
    result->datum.int64 = clock_wall_us() - UNIX_MICROSECONDS;
    return RC_OK;
}

/* "Wed Feb 26 13:35:25.123456 2020 UTC" */
FUNCTION_ROW(timeofday)
{
    (void)arguments;
    (void)err;
    static const char days[] = "SatSunMonTueWedThuFri";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct datetime parts;
    struct buffer zone;
    int64_t now = clock_wall_us() - UNIX_MICROSECONDS;
    int32_t offset = datetime_zone(call->types, now);
    int64_t local = now + offset * DATETIME_SECOND;
    datetime_split(local, &parts);
    int64_t date = datetime_floor(local, DATETIME_DAY);
    size_t weekday = (size_t)(date - datetime_floor(date, 7) * 7);
    buffer_init(&zone, 64);
    if (offset == 0)
        buffer_add_text(&zone, "UTC");
    else
        datetime_print_zone(offset, &zone);
    struct bytes zone_text = buffer_bytes(&zone);
    result->datum.bytes = bytes_of_text(arena_printf(
        call->arena, "%.3s %.3s %02d %02d:%02d:%02d.%06d %lld %.*s", days + weekday * 3,
        months + (parts.month - 1) * 3, parts.day, parts.hour, parts.minute, parts.second,
        parts.microsecond, (long long)parts.year, BYTES_PRINT(zone_text)));
    buffer_fini(&zone);
    return RC_OK;
}

FUNCTION_ROW(isfinite)
{
    (void)err;
    uint32_t oid = call->argument_types[0]->oid;
    result->datum.boolean =
        oid == TYPE_INTERVAL ||
        (oid == TYPE_DATE ? !datetime_date_is_infinite(arguments[0].datum.int32)
                          : !datetime_is_infinite(arguments[0].datum.int64));
    return RC_OK;
}

/* A date, timestamp or timestamptz as an instant, or as local time where neither side
 * has a zone. */
static int64_t instant(const struct call *call, const struct type *type,
                       union datum datum, bool zoned)
{
    struct error ignored;
    uint32_t target = zoned ? TYPE_TIMESTAMPTZ : TYPE_TIMESTAMP;
    bool past_end = type->oid == TYPE_DATE && datum.int32 > 106750000;
    if (type->oid == target)
        return datum.int64;
    if (past_end)
        return datum.int32 == INT32_MAX ? INT64_MAX : INT64_MAX - 1;
    (void)datetime_convert(call->types, type, type_find_oid(target), &datum, &ignored);
    return datum.int64;
}

int implementation_order_times(const struct call *call, const struct value *arguments)
{
    const struct type *left = call->argument_types[0];
    const struct type *right = call->argument_types[1];
    bool zoned = left->oid == TYPE_TIMESTAMPTZ || right->oid == TYPE_TIMESTAMPTZ;
    int64_t a = instant(call, left, arguments[0].datum, zoned);
    int64_t b = instant(call, right, arguments[1].datum, zoned);
    return a < b ? -1 : a > b ? 1 : 0;
}

static enum rc interval_add(struct datum_interval a, struct datum_interval b, int sign,
                            struct datum_interval *out, struct error *err)
{
    bool over = false;
    if (sign > 0) {
        over = __builtin_add_overflow(a.months, b.months, &out->months) || over;
        over = __builtin_add_overflow(a.days, b.days, &out->days) || over;
        over =
            __builtin_add_overflow(a.microseconds, b.microseconds, &out->microseconds) ||
            over;
    } else {
        over = __builtin_sub_overflow(a.months, b.months, &out->months) || over;
        over = __builtin_sub_overflow(a.days, b.days, &out->days) || over;
        over =
            __builtin_sub_overflow(a.microseconds, b.microseconds, &out->microseconds) ||
            over;
    }
    return over ? datetime_range("interval", err) : RC_OK;
}

static enum rc negated(struct datum_interval interval, struct datum_interval *out,
                       struct error *err)
{
    return interval_add((struct datum_interval){0}, interval, -1, out, err);
}

static enum rc date_move(int32_t date, int64_t days, struct value *result,
                         struct error *err)
{
    int64_t moved = date + days;
    if (datetime_date_is_infinite(date))
        moved = date;
    else if (moved < DATETIME_DATE_MIN || moved >= DATETIME_DATE_END)
        return datetime_range("date", err);
    result->datum.int32 = (int32_t)moved;
    return RC_OK;
}

static int64_t wrap_day(int64_t time)
{
    return time - datetime_floor(time, DATETIME_DAY) * DATETIME_DAY;
}

/* Any of date, time, timetz, timestamp, timestamptz and interval, plus an interval. */
static enum rc shift_value(struct call *call, const struct type *type, union datum datum,
                           struct datum_interval by, struct value *result,
                           struct error *err)
{
    switch (type->oid) {
    case TYPE_INTERVAL:
        return interval_add(datum.interval, by, 1, &result->datum.interval, err);
    case TYPE_TIME:
        result->datum.int64 = wrap_day(datum.int64 + by.microseconds % DATETIME_DAY);
        return RC_OK;
    case TYPE_TIMETZ:
        result->datum = datum;
        result->datum.interval.microseconds =
            wrap_day(datum.interval.microseconds + by.microseconds % DATETIME_DAY);
        return RC_OK;
    case TYPE_TIMESTAMPTZ:
        return datetime_shift_zoned(call->types, datum.int64, by, &result->datum.int64,
                                    err);
    case TYPE_DATE:
        TRY(datetime_convert(call->types, type, type_find_oid(TYPE_TIMESTAMP), &datum,
                             err));
        break;
    default:
        break;
    }
    return datetime_shift(datum.int64, by, &result->datum.int64, err);
}

/* date + time, date + timetz */
static enum rc join_date_time(int32_t date, const struct type *type, union datum time,
                              struct value *result, struct error *err)
{
    if (datetime_date_is_infinite(date)) {
        result->datum.int64 = date > 0 ? INT64_MAX : INT64_MIN;
        return RC_OK;
    }
    if (date >= DATETIME_TIMESTAMP_END / DATETIME_DAY)
        return error_set(err, SQLSTATE_DATETIME_FIELD_OVERFLOW,
                         "date out of range for timestamp");
    result->datum.int64 = date * DATETIME_DAY;
    if (type->oid == TYPE_TIME)
        result->datum.int64 += time.int64;
    else
        result->datum.int64 +=
            time.interval.microseconds + time.interval.months * DATETIME_SECOND;
    return datetime_is_valid(result->datum.int64) ? RC_OK
                                                  : datetime_range("timestamp", err);
}

FUNCTION_ROW(datetime_add)
{
    size_t first = 0;
    uint32_t left = call->argument_types[0]->oid;
    uint32_t right = call->argument_types[1]->oid;
    if (left == TYPE_INT4 || (left == TYPE_INTERVAL && right != TYPE_INTERVAL) ||
        (right == TYPE_DATE && left != TYPE_DATE))
        first = 1;
    const struct type *type = call->argument_types[first];
    const struct type *other = call->argument_types[1 - first];
    union datum datum = arguments[first].datum;
    union datum by = arguments[1 - first].datum;
    if (other->oid == TYPE_INT4)
        return date_move(datum.int32, by.int32, result, err);
    if (other->oid == TYPE_INTERVAL)
        return shift_value(call, type, datum, by.interval, result, err);
    return join_date_time(datum.int32, other, by, result, err);
}

/* timestamp - timestamp: days and time, no months. */
static enum rc difference(int64_t a, int64_t b, struct datum_interval *out,
                          struct error *err)
{
    int64_t span = 0;
    if (datetime_is_infinite(a) || datetime_is_infinite(b))
        return error_set(err, SQLSTATE_DATETIME_FIELD_OVERFLOW,
                         "cannot subtract infinite timestamps");
    if (__builtin_sub_overflow(a, b, &span))
        return datetime_range("interval", err);
    *out =
        (struct datum_interval){span % DATETIME_DAY, (int32_t)(span / DATETIME_DAY), 0};
    return RC_OK;
}

FUNCTION_ROW(datetime_subtract)
{
    const struct type *type = call->argument_types[0];
    union datum a = arguments[0].datum;
    union datum b = arguments[1].datum;
    uint32_t right = call->argument_types[1]->oid;
    struct datum_interval by;
    if (type->oid == TYPE_DATE && right == TYPE_INT4)
        return date_move(a.int32, -(int64_t)b.int32, result, err);
    if (type->oid == TYPE_DATE && right == TYPE_DATE) {
        if (datetime_date_is_infinite(a.int32) || datetime_date_is_infinite(b.int32))
            return error_set(err, SQLSTATE_DATETIME_FIELD_OVERFLOW,
                             "cannot subtract infinite dates");
        result->datum.int32 = a.int32 - b.int32;
        return RC_OK;
    }
    if (right == TYPE_INTERVAL) {
        TRY(negated(b.interval, &by, err));
        return shift_value(call, type, a, by, result, err);
    }
    if (type->oid == TYPE_TIME) {
        result->datum.interval = (struct datum_interval){a.int64 - b.int64, 0, 0};
        return RC_OK;
    }
    return difference(a.int64, b.int64, &result->datum.interval, err);
}

FUNCTION_ROW(interval_negate)
{
    (void)call;
    return negated(arguments[0].datum.interval, &result->datum.interval, err);
}

/* Carries parts of months into days (30 to the month) and parts of days into time, and
 * rounds these parts to microseconds as PostgreSQL does. */
static enum rc interval_scale(struct datum_interval in, double factor, bool divides,
                              struct datum_interval *out, struct error *err)
{
    double months = divides ? in.months / factor : in.months * factor;
    double days = divides ? in.days / factor : in.days * factor;
    if (!(fabs(months) <= INT32_MAX) || !(fabs(days) <= INT32_MAX))
        return datetime_range("interval", err);
    out->months = (int32_t)months;
    out->days = (int32_t)days;
    double month_days = rint((months - out->months) * 30 * 1e6) / 1e6;
    double seconds = (days - out->days + month_days - trunc(month_days)) * 86400;
    seconds = rint(seconds * 1e6) / 1e6;
    if (fabs(seconds) >= 86400) {
        out->days += (int32_t)(seconds / 86400);
        seconds -= (int32_t)(seconds / 86400) * 86400;
    }
    out->days += (int32_t)month_days;
    double time = (double)in.microseconds;
    time = rint((divides ? time / factor : time * factor) + seconds * 1e6);
    if (!(time >= -0x1p63 && time < 0x1p63))
        return datetime_range("interval", err);
    out->microseconds = (int64_t)time;
    return RC_OK;
}

enum rc implementation_interval_divide(struct datum_interval interval, double by,
                                       struct datum_interval *out, struct error *err)
{
    if (fpclassify(by) == FP_ZERO)
        return implementation_division_by_zero(err);
    return interval_scale(interval, by, true, out, err);
}

FUNCTION_ROW(interval_multiply)
{
    size_t interval = call->argument_types[0]->oid == TYPE_INTERVAL ? 0 : 1;
    return interval_scale(arguments[interval].datum.interval,
                          arguments[1 - interval].datum.float8, false,
                          &result->datum.interval, err);
}

FUNCTION_ROW(interval_divide)
{
    (void)call;
    return implementation_interval_divide(arguments[0].datum.interval,
                                          arguments[1].datum.float8,
                                          &result->datum.interval, err);
}

/* Whole parts of the smaller go into the greater, then signs are made one. */
static void justify(int64_t *small, int64_t *great, int64_t unit)
{
    *great += *small / unit;
    *small %= unit;
    if (*great > 0 && *small < 0) {
        *small += unit;
        --*great;
    } else if (*great < 0 && *small > 0) {
        *small -= unit;
        ++*great;
    }
}

static enum rc put_interval(int64_t months, int64_t days, int64_t time,
                            struct value *result, struct error *err)
{
    if (months > INT32_MAX || months < INT32_MIN || days > INT32_MAX || days < INT32_MIN)
        return datetime_range("interval", err);
    result->datum.interval =
        (struct datum_interval){time, (int32_t)days, (int32_t)months};
    return RC_OK;
}

FUNCTION_ROW(justify_hours)
{
    (void)call;
    struct datum_interval in = arguments[0].datum.interval;
    int64_t days = in.days;
    justify(&in.microseconds, &days, DATETIME_DAY);
    return put_interval(in.months, days, in.microseconds, result, err);
}

FUNCTION_ROW(justify_days)
{
    (void)call;
    struct datum_interval in = arguments[0].datum.interval;
    int64_t months = in.months;
    int64_t days = in.days;
    justify(&days, &months, 30);
    return put_interval(months, days, in.microseconds, result, err);
}

FUNCTION_ROW(justify_interval)
{
    (void)call;
    struct datum_interval in = arguments[0].datum.interval;
    int64_t months = in.months;
    int64_t days = in.days + in.microseconds / DATETIME_DAY;
    int64_t time = in.microseconds % DATETIME_DAY;
    months += days / 30;
    days %= 30;
    if (months > 0 && (days < 0 || (days == 0 && time < 0))) {
        days += 30;
        months--;
    } else if (months < 0 && (days > 0 || (days == 0 && time > 0))) {
        days -= 30;
        months++;
    }
    if (days > 0 && time < 0) {
        time += DATETIME_DAY;
        days--;
    } else if (days < 0 && time > 0) {
        time -= DATETIME_DAY;
        days++;
    }
    return put_interval(months, days, time, result, err);
}

static enum rc field_range(const char *what, struct error *err)
{
    return error_set(err, SQLSTATE_DATETIME_FIELD_OVERFLOW, "%s field value out of range",
                     what);
}

/* A negative year is BC; there is no year 0. `counted`: the error shows the year as it is
 * counted, not as it was given. */
static enum rc make_days(const struct value *arguments, bool counted, int64_t *out,
                         struct error *err)
{
    int64_t year = arguments[0].datum.int32;
    int32_t month = arguments[1].datum.int32;
    int32_t day = arguments[2].datum.int32;
    int64_t astronomical = year < 0 ? year + 1 : year;
    if (year == 0 || year == INT32_MIN || month < 1 || month > 12 || day < 1 ||
        day > datetime_month_length(astronomical, month))
        return error_set(err, SQLSTATE_DATETIME_FIELD_OVERFLOW,
                         "date field value out of range: %lld-%02d-%02d",
                         (long long)(year == INT32_MIN || !counted ? year : astronomical),
                         month, day);
    *out = datetime_days(astronomical, month, day);
    return RC_OK;
}

static enum rc make_time_of(const struct value *arguments, int64_t *out,
                            struct error *err)
{
    int32_t hour = arguments[0].datum.int32;
    int32_t minute = arguments[1].datum.int32;
    double second = arguments[2].datum.float8;
    bool midnight = hour == 24 && minute == 0 && fpclassify(second) == FP_ZERO;
    if (hour < 0 || (hour > 23 && !midnight) || minute < 0 || minute > 59 ||
        !(second >= 0 && second <= 60)) {
        const char *word = isnan(second) ? "NaN" : second < 0 ? "-Infinity" : "Infinity";
        if (!isfinite(second))
            return error_set(err, SQLSTATE_DATETIME_FIELD_OVERFLOW,
                             "time field value out of range: %d:%02d:%s", hour, minute,
                             word);
        return error_set(err, SQLSTATE_DATETIME_FIELD_OVERFLOW,
                         "time field value out of range: %d:%02d:%02g", hour, minute,
                         second);
    }
    *out = hour * DATETIME_HOUR + minute * DATETIME_MINUTE +
           (int64_t)rint(second * (double)DATETIME_SECOND);
    return RC_OK;
}

FUNCTION_ROW(make_date)
{
    (void)call;
    int64_t days = 0;
    TRY(make_days(arguments, true, &days, err));
    if (days < DATETIME_DATE_MIN || days >= DATETIME_DATE_END)
        return error_set(err, SQLSTATE_DATETIME_FIELD_OVERFLOW,
                         "date out of range: %d-%02d-%02d", arguments[0].datum.int32,
                         arguments[1].datum.int32, arguments[2].datum.int32);
    result->datum.int32 = (int32_t)days;
    return RC_OK;
}

FUNCTION_ROW(make_time)
{
    (void)call;
    return make_time_of(arguments, &result->datum.int64, err);
}

static enum rc make_local(const struct value *arguments, struct value *result,
                          struct error *err)
{
    int64_t days = 0;
    int64_t time = 0;
    TRY(make_days(arguments, false, &days, err));
    TRY(make_time_of(arguments + 3, &time, err));
    if (__builtin_mul_overflow(days, DATETIME_DAY, &result->datum.int64) ||
        __builtin_add_overflow(result->datum.int64, time, &result->datum.int64) ||
        !datetime_is_valid(result->datum.int64))
        return field_range("timestamp", err);
    return RC_OK;
}

FUNCTION_ROW(make_timestamp)
{
    (void)call;
    return make_local(arguments, result, err);
}

FUNCTION_ROW(to_timestamp_epoch)
{
    (void)call;
    double seconds = arguments[0].datum.float8;
    if (isnan(seconds))
        return error_set(err, SQLSTATE_DATETIME_FIELD_OVERFLOW,
                         "timestamp cannot be NaN");
    if (isinf(seconds)) {
        result->datum.int64 = seconds > 0 ? INT64_MAX : INT64_MIN;
        return RC_OK;
    }
    double time = rint((seconds - 946684800.0) * 1e6);
    if (!(time >= (double)DATETIME_TIMESTAMP_MIN &&
          time < (double)DATETIME_TIMESTAMP_END))
        return error_set(err, SQLSTATE_DATETIME_FIELD_OVERFLOW,
                         "timestamp out of range: \"%g\"", seconds);
    result->datum.int64 = (int64_t)time;
    return RC_OK;
}

/* The zone that text names, kept from row to row while it stays the same. */
struct zone_memory {
    struct bytes name;
    struct zone *zone;
};

static enum rc zone_of(struct call *call, struct bytes name, struct zone **out,
                       struct error *err)
{
    struct zone_memory *memory = call->memory;
    if (memory == NULL)
        call->memory = memory = ARENA_NEW(call->arena, struct zone_memory);
    if (memory->zone == NULL || !bytes_equal(memory->name, name)) {
        memory->name = arena_bytes(call->arena, name);
        memory->zone = zone_open(call->arena, name);
    }
    *out = memory->zone;
    return *out == NULL
               ? error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                           "time zone \"%.*s\" not recognized", BYTES_PRINT(name))
               : RC_OK;
}

static enum rc zone_argument(struct call *call, const struct type *type,
                             union datum datum, struct zone **out, struct error *err)
{
    if (type->oid != TYPE_INTERVAL)
        return zone_of(call, datum.bytes, out, err);
    if (datum.interval.months != 0 || datum.interval.days != 0) {
        struct buffer text;
        buffer_init(&text, 256);
        type_output(type, call->types, datum, &text);
        struct bytes shown = buffer_bytes(&text);
        (void)error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                        "interval time zone \"%.*s\" must not include months or days",
                        BYTES_PRINT(shown));
        buffer_fini(&text);
        return RC_FAILED;
    }
    *out =
        zone_fixed(call->arena, (int32_t)(datum.interval.microseconds / DATETIME_SECOND));
    return RC_OK;
}

FUNCTION_ROW(make_timestamptz)
{
    TRY(make_local(arguments, result, err));
    int32_t offset = datetime_zone_local(call->types, result->datum.int64);
    if (call->argument_count > 6) {
        struct zone *zone = NULL;
        TRY(zone_of(call, arguments[6].datum.bytes, &zone, err));
        offset = zone_offset_local(zone_offset, zone, result->datum.int64);
    }
    result->datum.int64 -= offset * DATETIME_SECOND;
    return RC_OK;
}

/* AT TIME ZONE */
FUNCTION_ROW(timezone)
{
    struct zone *zone = NULL;
    const struct type *type = call->argument_types[1];
    int64_t time = arguments[1].datum.int64;
    result->datum.int64 = time;
    if (type->oid != TYPE_TIMETZ && datetime_is_infinite(time))
        return RC_OK;
    TRY(zone_argument(call, call->argument_types[0], arguments[0].datum, &zone, err));
    if (type->oid == TYPE_TIMETZ) {
        struct datum_interval in = arguments[1].datum.interval;
        int32_t west = -zone_offset(zone, call->types->statement_time);
        in.microseconds =
            wrap_day(in.microseconds + (in.months - west) * DATETIME_SECOND);
        in.months = west;
        result->datum.interval = in;
        return RC_OK;
    }
    if (type->oid == TYPE_TIMESTAMPTZ)
        result->datum.int64 += zone_offset(zone, time) * DATETIME_SECOND;
    else
        result->datum.int64 -=
            zone_offset_local(zone_offset, zone, time) * DATETIME_SECOND;
    return datetime_is_valid(result->datum.int64) ? RC_OK
                                                  : datetime_range("timestamp", err);
}

/* Fields of a later minus those of an earlier moment, borrowing upwards. */
static struct datum_interval symbolic_age(int64_t later, int64_t earlier)
{
    struct datetime a;
    struct datetime b;
    datetime_split(later, &a);
    datetime_split(earlier, &b);
    int64_t time =
        later - earlier -
        (datetime_floor(later, DATETIME_DAY) - datetime_floor(earlier, DATETIME_DAY)) *
            DATETIME_DAY;
    int64_t months = (a.year - b.year) * 12 + a.month - b.month;
    int days = a.day - b.day;
    if (time < 0) {
        time += DATETIME_DAY;
        days--;
    }
    if (days < 0) {
        days += datetime_month_length(b.year, b.month);
        months--;
    }
    return (struct datum_interval){time, days, (int32_t)months};
}

FUNCTION_ROW(age)
{
    int64_t a = arguments[0].datum.int64;
    bool zoned = call->argument_types[0]->oid == TYPE_TIMESTAMPTZ;
    if (call->argument_types[0]->oid == TYPE_XID) {
        result->datum.int32 = INT32_MAX; /* no transaction numbers are kept in rows */
        return RC_OK;
    }
    int64_t b = call->argument_count > 1 ? arguments[1].datum.int64 : a;
    if (call->argument_count == 1) {
        int64_t now = call->types->transaction_time;
        now += datetime_zone(call->types, now) * DATETIME_SECOND;
        a = datetime_floor(now, DATETIME_DAY) * DATETIME_DAY;
        if (zoned)
            a -= datetime_zone_local(call->types, a) * DATETIME_SECOND;
    }
    if (datetime_is_infinite(a) || datetime_is_infinite(b))
        return datetime_range("timestamp", err);
    if (zoned) {
        a += datetime_zone(call->types, a) * DATETIME_SECOND;
        b += datetime_zone(call->types, b) * DATETIME_SECOND;
    }
    struct datum_interval out = symbolic_age(a >= b ? a : b, a >= b ? b : a);
    if (a < b)
        return negated(out, &result->datum.interval, err);
    result->datum.interval = out;
    return RC_OK;
}

struct period {
    struct value start;
    struct value end;
};

/* (start, end) or (start, length); the ends may come in any order, and one may be NULL.
 */
static enum rc read_period(struct call *call, const struct value *arguments, size_t at,
                           struct period *out, struct error *err)
{
    const struct type *type = call->argument_types[at];
    out->start = arguments[at];
    out->end = arguments[at + 1];
    bool length =
        call->argument_types[at + 1]->oid == TYPE_INTERVAL && type->oid != TYPE_INTERVAL;
    if (length && !out->start.null && !out->end.null)
        TRY(shift_value(call, type, out->start.datum, out->end.datum.interval, &out->end,
                        err));
    out->end.null = out->end.null || (length && out->start.null);
    bool turned =
        out->start.null ||
        (!out->end.null && type_compare(type, out->start.datum, out->end.datum) > 0);
    if (turned) {
        struct value start = out->start;
        out->start = out->end;
        out->end = start;
    }
    return RC_OK;
}

/* Whether the earlier of two periods reaches into the later. */
static void reaches(const struct type *type, const struct period *earlier,
                    const struct period *later, struct value *result)
{
    result->null = earlier->end.null;
    if (result->null)
        return;
    result->datum.boolean =
        type_compare(type, later->start.datum, earlier->end.datum) < 0;
    result->null = !result->datum.boolean && later->end.null;
}

FUNCTION_ROW(overlaps)
{
    struct period a;
    struct period b;
    const struct type *type = call->argument_types[0];
    TRY(read_period(call, arguments, 0, &a, err));
    TRY(read_period(call, arguments, 2, &b, err));
    result->null = a.start.null || b.start.null;
    if (result->null)
        return RC_OK;
    int order = type_compare(type, a.start.datum, b.start.datum);
    if (order > 0)
        reaches(type, &b, &a, result);
    else if (order < 0)
        reaches(type, &a, &b, result);
    else
        result->null = a.end.null || b.end.null;
    if (order == 0)
        result->datum.boolean = true;
    return RC_OK;
}
