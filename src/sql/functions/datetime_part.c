/* extract(), date_part(), date_trunc(), date_bin() (manual, chapters 9.9.1 to 9.9.3). */
#include "base/ascii.h"
#include "base/utf8.h"
#include "sql/functions/implementation.h"
#include "sql/types/datetime.h"
#include "sql/types/numeric.h"
#include "sql/types/zone.h"

enum part {
    PART_MICROSECONDS,
    PART_MILLISECONDS,
    PART_SECOND,
    PART_MINUTE,
    PART_HOUR,
    PART_DAY,
    PART_WEEK,
    PART_MONTH,
    PART_QUARTER,
    PART_YEAR,
    PART_DECADE,
    PART_CENTURY,
    PART_MILLENNIUM,
    PART_DOW,
    PART_ISODOW,
    PART_DOY,
    PART_EPOCH,
    PART_ISOYEAR,
    PART_JULIAN,
    PART_TIMEZONE,
    PART_TIMEZONE_HOUR,
    PART_TIMEZONE_MINUTE,
    PART_NONE
};

static enum part part_of(struct bytes word)
{
    static const struct {
        const char *word;
        enum part part;
    } words[] = {
        {"microseconds", PART_MICROSECONDS},
        {"microsecond", PART_MICROSECONDS},
        {"us", PART_MICROSECONDS},
        {"usec", PART_MICROSECONDS},
        {"usecs", PART_MICROSECONDS},
        {"microsecon", PART_MICROSECONDS},
        {"milliseconds", PART_MILLISECONDS},
        {"millisecond", PART_MILLISECONDS},
        {"ms", PART_MILLISECONDS},
        {"msec", PART_MILLISECONDS},
        {"msecs", PART_MILLISECONDS},
        {"second", PART_SECOND},
        {"seconds", PART_SECOND},
        {"s", PART_SECOND},
        {"sec", PART_SECOND},
        {"secs", PART_SECOND},
        {"minute", PART_MINUTE},
        {"minutes", PART_MINUTE},
        {"m", PART_MINUTE},
        {"min", PART_MINUTE},
        {"mins", PART_MINUTE},
        {"hour", PART_HOUR},
        {"hours", PART_HOUR},
        {"h", PART_HOUR},
        {"hr", PART_HOUR},
        {"hrs", PART_HOUR},
        {"day", PART_DAY},
        {"days", PART_DAY},
        {"d", PART_DAY},
        {"week", PART_WEEK},
        {"weeks", PART_WEEK},
        {"w", PART_WEEK},
        {"month", PART_MONTH},
        {"months", PART_MONTH},
        {"mon", PART_MONTH},
        {"mons", PART_MONTH},
        {"quarter", PART_QUARTER},
        {"qtr", PART_QUARTER},
        {"year", PART_YEAR},
        {"years", PART_YEAR},
        {"y", PART_YEAR},
        {"yr", PART_YEAR},
        {"yrs", PART_YEAR},
        {"decade", PART_DECADE},
        {"decades", PART_DECADE},
        {"dec", PART_DECADE},
        {"decs", PART_DECADE},
        {"century", PART_CENTURY},
        {"centuries", PART_CENTURY},
        {"c", PART_CENTURY},
        {"cent", PART_CENTURY},
        {"millennium", PART_MILLENNIUM},
        {"millennia", PART_MILLENNIUM},
        {"mil", PART_MILLENNIUM},
        {"mils", PART_MILLENNIUM},
        {"dow", PART_DOW},
        {"isodow", PART_ISODOW},
        {"doy", PART_DOY},
        {"epoch", PART_EPOCH},
        {"isoyear", PART_ISOYEAR},
        {"julian", PART_JULIAN},
        {"jd", PART_JULIAN},
        {"j", PART_JULIAN},
        {"timezone", PART_TIMEZONE},
        {"timezone_hour", PART_TIMEZONE_HOUR},
        {"timezone_h", PART_TIMEZONE_HOUR},
        {"timezone_minute", PART_TIMEZONE_MINUTE},
        {"timezone_m", PART_TIMEZONE_MINUTE},
    };
    for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
        if (ascii_is_word(word, words[i].word))
            return words[i].part;
    }
    return PART_NONE;
}

static enum rc refuse_part(struct call *call, const struct type *type, struct bytes unit,
                           bool known, struct error *err)
{
    struct bytes cut = implementation_take(unit, TYPE_NAME_MAX);
    while (cut.len > TYPE_NAME_MAX)
        cut = implementation_take(cut, utf8_count(cut) - 1);
    char *lower = arena_strndup(call->arena, (const char *)cut.at, cut.len);
    for (char *at = lower; *at != '\0'; at++)
        *at = (char)ascii_lower((uint8_t)*at);
    unit = bytes_of_text(lower);
    return error_set(
        err, known ? SQLSTATE_FEATURE_NOT_SUPPORTED : SQLSTATE_INVALID_PARAMETER_VALUE,
        known ? "unit \"%.*s\" not supported for type %s"
              : "unit \"%.*s\" not recognized for type %s",
        BYTES_PRINT(unit), type_title(call->arena, type));
}

static enum rc bad_part(struct call *call, const struct type *type, struct bytes unit,
                        struct error *err)
{
    return refuse_part(call, type, unit, part_of(unit) != PART_NONE, err);
}

static enum rc unknown_part(struct call *call, const struct type *type, struct bytes unit,
                            struct error *err)
{
    return refuse_part(call, type, unit, false, err);
}

/* Monday of ISO week 1 of the year, as days. */
static int64_t iso_year_start(int64_t year)
{
    int64_t fourth = datetime_days(year, 1, 4);
    return fourth - (fourth + 5 - datetime_floor(fourth + 5, 7) * 7);
}

static int64_t iso_year_of(int64_t days, int64_t year)
{
    if (days < iso_year_start(year))
        return year - 1;
    return days >= iso_year_start(year + 1) ? year + 1 : year;
}

/* A part as a whole number of 10^-decimals; false: the type has no such part. */
struct amount {
    int64_t number;
    int decimals;
};

static int64_t century_of(int64_t year, int64_t years)
{
    return year > 0 ? (year + years - 1) / years : -((years - 1 - (year - 1)) / years);
}

/* Parts of the time of a day, in microseconds. */
static bool time_part(enum part part, int64_t time, struct amount *out)
{
    *out = (struct amount){0};
    int64_t seconds = time % DATETIME_MINUTE;
    switch (part) {
    case PART_MICROSECONDS:
        out->number = seconds;
        return true;
    case PART_MILLISECONDS:
        *out = (struct amount){seconds, 3};
        return true;
    case PART_SECOND:
        *out = (struct amount){seconds, 6};
        return true;
    case PART_MINUTE:
        out->number = time / DATETIME_MINUTE % 60;
        return true;
    case PART_HOUR:
        out->number = time / DATETIME_HOUR;
        return true;
    default:
        return false;
    }
}

static int64_t year_shown(int64_t year)
{
    return year > 0 ? year : year - 1;
}

static bool date_part_of(enum part part, int64_t days, struct amount *out)
{
    struct datetime parts;
    datetime_split_days(days, &parts);
    int64_t weekday = days + 6 - datetime_floor(days + 6, 7) * 7;
    *out = (struct amount){0};
    switch (part) {
    case PART_DAY:
        out->number = parts.day;
        return true;
    case PART_MONTH:
        out->number = parts.month;
        return true;
    case PART_QUARTER:
        out->number = (parts.month - 1) / 3 + 1;
        return true;
    case PART_YEAR:
        out->number = year_shown(parts.year);
        return true;
    case PART_DECADE:
        out->number = datetime_floor(parts.year, 10);
        return true;
    case PART_CENTURY:
        out->number = century_of(parts.year, 100);
        return true;
    case PART_MILLENNIUM:
        out->number = century_of(parts.year, 1000);
        return true;
    case PART_DOW:
        out->number = weekday;
        return true;
    case PART_ISODOW:
        out->number = weekday == 0 ? 7 : weekday;
        return true;
    case PART_DOY:
        out->number = days - datetime_days(parts.year, 1, 1) + 1;
        return true;
    case PART_ISOYEAR:
        out->number = year_shown(iso_year_of(days, parts.year));
        return true;
    case PART_WEEK:
        out->number = (days - iso_year_start(iso_year_of(days, parts.year))) / 7 + 1;
        return true;
    default:
        return false;
    }
}

static bool zone_part(enum part part, int32_t east, struct amount *out)
{
    *out = (struct amount){east, 0};
    if (part == PART_TIMEZONE_HOUR)
        out->number = east / 3600;
    else if (part == PART_TIMEZONE_MINUTE)
        out->number = east / 60 % 60;
    return part >= PART_TIMEZONE && part <= PART_TIMEZONE_MINUTE;
}

static bool interval_part(enum part part, struct datum_interval interval,
                          struct amount *out)
{
    *out = (struct amount){0};
    int64_t years = interval.months / 12;
    if (time_part(part, interval.microseconds, out))
        return true;
    switch (part) {
    case PART_DAY:
        out->number = interval.days;
        return true;
    case PART_MONTH:
        out->number = interval.months % 12;
        return true;
    case PART_QUARTER:
        out->number = interval.months % 12 / 3 + 1;
        return true;
    case PART_YEAR:
        out->number = years;
        return true;
    case PART_DECADE:
        out->number = years / 10;
        return true;
    case PART_CENTURY:
        out->number = years / 100;
        return true;
    case PART_MILLENNIUM:
        out->number = years / 1000;
        return true;
    default: /* EPOCH: put_interval_epoch() */
        return false;
    }
}

/* 0 for timestamps without a zone. */
static bool timestamp_part(const struct call *call, const struct type *type,
                           enum part part, int64_t time, struct amount *out)
{
    bool zoned = type->oid == TYPE_TIMESTAMPTZ;
    int32_t east = zoned ? datetime_zone(call->types, time) : 0;
    int64_t local = time + east * DATETIME_SECOND;
    int64_t days = datetime_floor(local, DATETIME_DAY);
    if (part == PART_EPOCH) {
        int64_t unix_days = DATETIME_UNIX_DAYS * DATETIME_DAY;
        *out = (struct amount){time + unix_days, 6};
        return true;
    }
    if (zoned && zone_part(part, east, out))
        return true;
    return time_part(part, local - days * DATETIME_DAY, out) ||
           date_part_of(part, days, out);
}

static bool find_part(const struct call *call, const struct type *type, enum part part,
                      union datum datum, struct amount *out)
{
    switch (type->oid) {
    case TYPE_DATE:
        if (part == PART_EPOCH) {
            *out = (struct amount){(datum.int32 + INT64_C(10957)) * INT64_C(86400), 0};
            return true;
        }
        if (part == PART_JULIAN) {
            *out = (struct amount){datum.int32 + (int64_t)DATETIME_JULIAN_EPOCH, 0};
            return true;
        }
        return date_part_of(part, datum.int32, out);
    case TYPE_TIME:
        *out = (struct amount){datum.int64, 6};
        return part == PART_EPOCH || time_part(part, datum.int64, out);
    case TYPE_TIMETZ:
        *out = (struct amount){
            datum.interval.microseconds + datum.interval.months * DATETIME_SECOND, 6};
        return part == PART_EPOCH || zone_part(part, -datum.interval.months, out) ||
               time_part(part, datum.interval.microseconds, out);
    case TYPE_INTERVAL:
        return interval_part(part, datum.interval, out);
    default:
        return timestamp_part(call, type, part, datum.int64, out);
    }
}

static enum rc put_numeric(struct call *call, int64_t number, int decimals,
                           struct value *result, struct error *err)
{
    struct bytes whole = numeric_from_int64(call->arena, number);
    if (decimals == 0) {
        result->datum.bytes = whole;
        return RC_OK;
    }
    const char *unit = decimals == 3 ? "0.001" : "0.000001";
    struct bytes factor;
    TRY(numeric_parse(call->arena, bytes_of_text(unit), &factor, err));
    return numeric_compute(call->arena, NUMERIC_MULTIPLY, whole, factor,
                           &result->datum.bytes, err);
}

/* Infinity has infinite growing parts and no periodic ones. */
static enum rc put_infinite(struct call *call, enum part part, bool positive,
                            struct value *result, struct error *err)
{
    bool grows = part == PART_YEAR || part == PART_DECADE || part == PART_CENTURY ||
                 part == PART_MILLENNIUM || part == PART_EPOCH || part == PART_ISOYEAR ||
                 part == PART_JULIAN;
    result->null = !grows;
    if (!grows)
        return RC_OK;
    if (call->result_type->oid == TYPE_FLOAT8) {
        result->datum.float8 = positive ? __builtin_inf() : -__builtin_inf();
        return RC_OK;
    }
    return numeric_parse(call->arena, bytes_of_text(positive ? "Infinity" : "-Infinity"),
                         &result->datum.bytes, err);
}

/* The Julian day with its part of a day. */
static enum rc put_julian(struct call *call, const struct type *type, int64_t time,
                          struct value *result, struct error *err)
{
    if (type->oid == TYPE_TIMESTAMPTZ)
        time += datetime_zone(call->types, time) * DATETIME_SECOND;
    int64_t days = datetime_floor(time, DATETIME_DAY);
    int64_t rest = time - days * DATETIME_DAY;
    days += DATETIME_JULIAN_EPOCH;
    if (call->result_type->oid == TYPE_FLOAT8) {
        result->datum.float8 = (double)days + (double)rest / (double)DATETIME_DAY;
        return RC_OK;
    }
    struct bytes part;
    TRY(numeric_compute(call->arena, NUMERIC_DIVIDE,
                        numeric_from_int64(call->arena, rest),
                        numeric_from_int64(call->arena, DATETIME_DAY), &part, err));
    return numeric_compute(call->arena, NUMERIC_ADD,
                           numeric_from_int64(call->arena, days), part,
                           &result->datum.bytes, err);
}

/* A year counts 365.25 days, a month 30. The sum does not fit microseconds in 64 bits. */
static enum rc put_interval_epoch(struct call *call, struct datum_interval interval,
                                  struct value *result, struct error *err)
{
    if (call->result_type->oid == TYPE_FLOAT8) {
        double seconds = (double)interval.microseconds / 1e6;
        seconds += 365.25 * 86400.0 * (interval.months / 12);
        seconds += 30.0 * 86400.0 * (interval.months % 12);
        result->datum.float8 = seconds + 86400.0 * interval.days;
        return RC_OK;
    }
    int64_t quarter_days = interval.months / 12 * INT64_C(1461) +
                           (interval.months % 12 * 30 + interval.days) * INT64_C(4);
    struct value rest;
    TRY(put_numeric(call, interval.microseconds, 6, &rest, err));
    return numeric_compute(call->arena, NUMERIC_ADD,
                           numeric_from_int64(call->arena, quarter_days * 21600),
                           rest.datum.bytes, &result->datum.bytes, err);
}

static bool infinite(const struct type *type, union datum datum, bool *positive)
{
    if (type->oid == TYPE_DATE) {
        *positive = datum.int32 > 0;
        return datetime_date_is_infinite(datum.int32);
    }
    if (type->oid != TYPE_TIMESTAMP && type->oid != TYPE_TIMESTAMPTZ)
        return false;
    *positive = datum.int64 > 0;
    return datetime_is_infinite(datum.int64);
}

FUNCTION_ROW(extract)
{
    const struct type *type = call->argument_types[1];
    union datum datum = arguments[1].datum;
    struct bytes unit = arguments[0].datum.bytes;
    enum part part = part_of(unit);
    struct amount amount = {0};
    bool positive = false;
    bool is_timestamp = type->oid == TYPE_TIMESTAMP || type->oid == TYPE_TIMESTAMPTZ;
    bool of_time = part <= PART_HOUR || part == PART_TIMEZONE ||
                   part == PART_TIMEZONE_HOUR || part == PART_TIMEZONE_MINUTE;
    if (type->oid == TYPE_DATE && of_time)
        return bad_part(call, type, unit, err);
    if (infinite(type, datum, &positive) && part != PART_NONE)
        return put_infinite(call, part, positive, result, err);
    if (part == PART_JULIAN && is_timestamp)
        return put_julian(call, type, datum.int64, result, err);
    if (part == PART_EPOCH && type->oid == TYPE_INTERVAL)
        return put_interval_epoch(call, datum.interval, result, err);
    if (part == PART_NONE || !find_part(call, type, part, datum, &amount))
        return bad_part(call, type, unit, err);
    if (call->result_type->oid != TYPE_FLOAT8)
        return put_numeric(call, amount.number, amount.decimals, result, err);
    double divisor = amount.decimals == 6 ? 1e6 : amount.decimals == 3 ? 1e3 : 1;
    result->datum.float8 = (double)amount.number / divisor;
    return RC_OK;
}

/* Of a date it is that of the timestamp at its start. */
FUNCTION_ROW(date_part)
{
    if (call->argument_types[1]->oid != TYPE_DATE)
        return function_extract(call, arguments, result, err);
    const struct type *types[] = {call->argument_types[0], type_find_oid(TYPE_TIMESTAMP)};
    struct value values[] = {arguments[0], arguments[1]};
    struct call at_midnight = *call;
    at_midnight.argument_types = types;
    TRY(datetime_convert(call->types, call->argument_types[1], types[1], &values[1].datum,
                         err));
    return function_extract(&at_midnight, values, result, err);
}

static int64_t years_floor(int64_t year, int64_t years)
{
    /* Centuries and millennia begin with their year 1; before Christ with theirs. */
    if (year > 0)
        return (year - 1) / years * years + 1;
    return -((years - 1 - (year - 1)) / years) * years + 1;
}

static bool truncate(enum part part, int64_t *time)
{
    static const int64_t units[] = {1, 1000, DATETIME_SECOND, DATETIME_MINUTE,
                                    DATETIME_HOUR};
    struct datetime parts;
    if (part <= PART_HOUR) {
        *time = datetime_floor(*time, units[part]) * units[part];
        return true;
    }
    int64_t days = datetime_floor(*time, DATETIME_DAY);
    datetime_split_days(days, &parts);
    int64_t year = parts.year;
    int month = 1;
    switch (part) {
    case PART_DAY:
        break;
    case PART_WEEK:
        days -= days + 5 - datetime_floor(days + 5, 7) * 7;
        break;
    case PART_MONTH:
        month = parts.month;
        break;
    case PART_QUARTER:
        month = (parts.month - 1) / 3 * 3 + 1;
        break;
    case PART_YEAR:
        break;
    case PART_DECADE:
        year = datetime_floor(year, 10) * 10;
        break;
    case PART_CENTURY:
        year = years_floor(year, 100);
        break;
    case PART_MILLENNIUM:
        year = years_floor(year, 1000);
        break;
    default:
        return false;
    }
    if (part > PART_WEEK)
        days = datetime_days(year, month, 1);
    *time = days * DATETIME_DAY;
    return true;
}

static bool truncate_interval(enum part part, struct datum_interval *interval)
{
    static const int64_t units[] = {1, 1000, DATETIME_SECOND, DATETIME_MINUTE,
                                    DATETIME_HOUR};
    static const int months[] = {1, 3, 12, 120, 1200, 12000};
    if (part <= PART_HOUR) {
        interval->microseconds -= interval->microseconds % units[part];
        return true;
    }
    interval->microseconds = 0;
    if (part == PART_DAY)
        return true;
    interval->days = 0;
    if (part < PART_MONTH || part > PART_MILLENNIUM)
        return false;
    interval->months -= interval->months % months[part - PART_MONTH];
    return true;
}

/* In a zone the day's start is looked for again: its offset may differ. */
static bool truncate_zoned(enum part part, int32_t (*offset)(void *owner, int64_t utc),
                           void *owner, int64_t *utc)
{
    int32_t east = offset == NULL ? 0 : offset(owner, *utc);
    int64_t local = *utc + east * DATETIME_SECOND;
    if (!truncate(part, &local))
        return false;
    if (part >= PART_DAY)
        east = zone_offset_local(offset, owner, local);
    *utc = local - east * DATETIME_SECOND;
    return true;
}

/* (unit, timestamp | timestamptz | interval [, zone]) */
/* Parts that name no unit to cut to. */
static bool only_extracted(enum part part)
{
    return part == PART_DOW || part == PART_ISODOW || part == PART_DOY ||
           part == PART_EPOCH || part == PART_ISOYEAR || part == PART_JULIAN;
}

FUNCTION_ROW(date_trunc)
{
    const struct type *type = call->argument_types[1];
    struct bytes unit = arguments[0].datum.bytes;
    enum part part = part_of(unit);
    bool good = false;
    result->datum = arguments[1].datum;
    if (type->oid != TYPE_INTERVAL && datetime_is_infinite(result->datum.int64))
        return RC_OK;
    if (call->argument_count > 2) {
        call->memory = zone_open(call->arena, arguments[2].datum.bytes);
        if (call->memory == NULL)
            return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                             "time zone \"%.*s\" not recognized",
                             BYTES_PRINT(arguments[2].datum.bytes));
    }
    if (part == PART_NONE || only_extracted(part))
        return unknown_part(call, type, unit, err);
    if (type->oid == TYPE_INTERVAL) {
        good = truncate_interval(part, &result->datum.interval);
        if (!good && part == PART_WEEK) {
            (void)bad_part(call, type, unit, err);
            return error_detail(err, "Months usually have fractional weeks.");
        }
    } else if (type->oid == TYPE_TIMESTAMP) {
        good = truncate(part, &result->datum.int64);
    } else if (call->argument_count > 2) {
        good = truncate_zoned(part, zone_offset, call->memory, &result->datum.int64);
        call->memory = NULL;
    } else {
        good = truncate_zoned(part, call->types->zone_offset, call->types->owner,
                              &result->datum.int64);
    }
    if (good && type->oid != TYPE_INTERVAL && !datetime_is_valid(result->datum.int64))
        return datetime_range("timestamp", err);
    return good ? RC_OK : bad_part(call, type, unit, err);
}

/* (stride, timestamp, origin) */
FUNCTION_ROW(date_bin)
{
    (void)call;
    struct datum_interval stride = arguments[0].datum.interval;
    int64_t time = arguments[1].datum.int64;
    int64_t origin = arguments[2].datum.int64;
    int64_t span = 0;
    int64_t from = 0;
    result->datum.int64 = time;
    if (datetime_is_infinite(time))
        return RC_OK;
    if (datetime_is_infinite(origin))
        return error_set(err, SQLSTATE_DATETIME_FIELD_OVERFLOW, "origin out of range");
    if (stride.months != 0)
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "timestamps cannot be binned into intervals containing months "
                         "or years");
    if (__builtin_mul_overflow(stride.days, DATETIME_DAY, &span) ||
        __builtin_add_overflow(span, stride.microseconds, &span) ||
        __builtin_sub_overflow(time, origin, &from))
        return datetime_range("interval", err);
    if (span <= 0)
        return error_set(err, SQLSTATE_DATETIME_FIELD_OVERFLOW,
                         "stride must be greater than zero");
    result->datum.int64 = origin + datetime_floor(from, span) * span;
    return RC_OK;
}
