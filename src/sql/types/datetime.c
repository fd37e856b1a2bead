/* The calendar, arithmetic and casts of dates and times. */
#include "sql/types/datetime.h"

#include "sql/types/zone.h"

int64_t datetime_floor(int64_t a, int64_t b)
{
    return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}

int64_t datetime_days(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2 ? 1 : 0;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468 -
           DATETIME_UNIX_DAYS;
}

void datetime_split_days(int64_t days, struct datetime *out)
{
    days += 719468 + DATETIME_UNIX_DAYS;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t of_era = days - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153;
    out->day = (int)(of_year - (153 * month + 2) / 5 + 1);
    out->month = (int)(month + (month < 10 ? 3 : -9));
    out->year = year + era * 400 + (out->month <= 2 ? 1 : 0);
}

void datetime_split(int64_t timestamp, struct datetime *out)
{
    int64_t days = datetime_floor(timestamp, DATETIME_DAY);
    int64_t rest = timestamp - days * DATETIME_DAY;
    datetime_split_days(days, out);
    out->hour = (int)(rest / DATETIME_HOUR);
    out->minute = (int)(rest / DATETIME_MINUTE % 60);
    out->second = (int)(rest / DATETIME_SECOND % 60);
    out->microsecond = (int)(rest % DATETIME_SECOND);
}

int64_t datetime_join(const struct datetime *parts)
{
    return datetime_days(parts->year, parts->month, parts->day) * DATETIME_DAY +
           parts->hour * DATETIME_HOUR + parts->minute * DATETIME_MINUTE +
           parts->second * DATETIME_SECOND + parts->microsecond;
}

int datetime_month_length(int64_t year, int month)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return lengths[month - 1] + (month == 2 && leap ? 1 : 0);
}

int32_t datetime_zone(const struct type_context *context, int64_t utc)
{
    return context->zone_offset == NULL ? 0 : context->zone_offset(context->owner, utc);
}

int32_t datetime_zone_local(const struct type_context *context, int64_t local)
{
    return zone_offset_local(context->zone_offset, context->owner, local);
}

int64_t datetime_round(int64_t time, int32_t digits)
{
    int64_t unit = 1;
    if (digits < 0 || digits >= 6)
        return time;
    for (; digits < 6; digits++)
        unit *= 10;
    int64_t half = unit / 2;
    return time >= 0 ? (time + half) / unit * unit : -((-time + half) / unit * unit);
}

void datetime_interval_span(struct datum_interval interval, int64_t *days_out,
                            int64_t *rest_out)
{
    int64_t days = datetime_floor(interval.microseconds, DATETIME_DAY);
    *rest_out = interval.microseconds - days * DATETIME_DAY;
    *days_out = days + interval.days + interval.months * INT64_C(30);
}

enum rc datetime_range(const char *what, struct error *err)
{
    return error_set(err, SQLSTATE_DATETIME_FIELD_OVERFLOW, "%s out of range", what);
}

/* Months move the date and keep the day where the month has it. */
static enum rc shift_date(int64_t *timestamp, struct datum_interval interval,
                          struct error *err)
{
    int64_t days = interval.days * DATETIME_DAY;
    if (interval.months != 0) {
        struct datetime parts;
        datetime_split(*timestamp, &parts);
        int64_t months = parts.year * 12 + parts.month - 1 + interval.months;
        parts.year = datetime_floor(months, 12);
        parts.month = (int)(months - parts.year * 12) + 1;
        int length = datetime_month_length(parts.year, parts.month);
        parts.day = parts.day > length ? length : parts.day;
        if (parts.year < -4800 || parts.year > 294276)
            return datetime_range("timestamp", err);
        *timestamp = datetime_join(&parts);
    }
    if (__builtin_add_overflow(*timestamp, days, timestamp))
        return datetime_range("timestamp", err);
    return RC_OK;
}

enum rc datetime_shift(int64_t timestamp, struct datum_interval interval, int64_t *out,
                       struct error *err)
{
    *out = timestamp;
    if (datetime_is_infinite(timestamp))
        return RC_OK;
    TRY(shift_date(out, interval, err));
    if (__builtin_add_overflow(*out, interval.microseconds, out) ||
        !datetime_is_valid(*out) || datetime_is_infinite(*out))
        return datetime_range("timestamp", err);
    return RC_OK;
}

enum rc datetime_shift_zoned(const struct type_context *context, int64_t utc,
                             struct datum_interval interval, int64_t *out,
                             struct error *err)
{
    *out = utc;
    if (datetime_is_infinite(utc))
        return RC_OK;
    if (interval.months != 0 || interval.days != 0) {
        int64_t local = utc + datetime_zone(context, utc) * DATETIME_SECOND;
        TRY(shift_date(&local, interval, err));
        *out = local - datetime_zone_local(context, local) * DATETIME_SECOND;
    }
    if (__builtin_add_overflow(*out, interval.microseconds, out) ||
        !datetime_is_valid(*out) || datetime_is_infinite(*out))
        return datetime_range("timestamp", err);
    return RC_OK;
}

static enum rc date_range(struct error *err)
{
    return error_set(err, SQLSTATE_DATETIME_FIELD_OVERFLOW,
                     "date out of range for timestamp");
}

static enum rc date_to_timestamp(const struct type_context *context, bool zoned,
                                 union datum *datum, struct error *err)
{
    int32_t date = datum->int32;
    if (datetime_date_is_infinite(date)) {
        datum->int64 = date > 0 ? INT64_MAX : INT64_MIN;
        return RC_OK;
    }
    if (date >= DATETIME_TIMESTAMP_END / DATETIME_DAY)
        return date_range(err);
    datum->int64 = date * DATETIME_DAY;
    if (zoned)
        datum->int64 -= datetime_zone_local(context, datum->int64) * DATETIME_SECOND;
    return datetime_is_valid(datum->int64) ? RC_OK : date_range(err);
}

static enum rc from_time(const struct type_context *context, const struct type *source,
                         const struct type *target, union datum *datum)
{
    struct datum_interval out = {0};
    int64_t time =
        source->oid == TYPE_TIMETZ ? datum->interval.microseconds : datum->int64;
    if (target->oid == TYPE_TIME) {
        datum->int64 = time;
        return RC_OK;
    }
    out.microseconds = time;
    if (target->oid == TYPE_TIMETZ)
        out.months = -datetime_zone(context, context->transaction_time);
    datum->interval = out;
    return RC_OK;
}

/* From a timestamp in local time; `zone` is its offset where it came from an instant. */
static enum rc from_local(const struct type *target, int64_t local, int32_t zone,
                          union datum *datum, struct error *err)
{
    int64_t days = datetime_floor(local, DATETIME_DAY);
    if (target->oid == TYPE_DATE) {
        if (datetime_is_infinite(local))
            datum->int32 = local > 0 ? INT32_MAX : INT32_MIN;
        else
            datum->int32 = (int32_t)days;
        return RC_OK;
    }
    if (datetime_is_infinite(local))
        return error_set(err, SQLSTATE_DATETIME_FIELD_OVERFLOW, "timestamp out of range");
    if (target->oid == TYPE_TIMETZ)
        datum->interval = (struct datum_interval){local - days * DATETIME_DAY, 0, -zone};
    else
        datum->int64 = local - days * DATETIME_DAY;
    return RC_OK;
}

enum rc datetime_convert(const struct type_context *context, const struct type *source,
                         const struct type *target, union datum *datum, struct error *err)
{
    int32_t zone = 0;
    int64_t local = datum->int64;
    switch (source->oid) {
    case TYPE_DATE:
        return date_to_timestamp(context, target->oid == TYPE_TIMESTAMPTZ, datum, err);
    case TYPE_TIME:
    case TYPE_TIMETZ:
        return from_time(context, source, target, datum);
    case TYPE_INTERVAL:
        local = datum->interval.microseconds;
        datum->int64 = local - datetime_floor(local, DATETIME_DAY) * DATETIME_DAY;
        return RC_OK;
    case TYPE_TIMESTAMPTZ:
        if (datetime_is_infinite(local))
            break;
        zone = datetime_zone(context, local);
        local += zone * DATETIME_SECOND;
        break;
    default:
        break;
    }
    if (target->oid == TYPE_TIMESTAMP) {
        datum->int64 = local;
        return RC_OK;
    }
    if (target->oid == TYPE_TIMESTAMPTZ) {
        if (!datetime_is_infinite(local))
            datum->int64 = local - datetime_zone_local(context, local) * DATETIME_SECOND;
        return datetime_is_valid(datum->int64) ? RC_OK : datetime_range("timestamp", err);
    }
    return from_local(target, local, zone, datum, err);
}
