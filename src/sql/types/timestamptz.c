/* timestamptz: ISO 8601 text with a numeric zone, Z or UTC (manual, chapter 8.5). */
#include <stdlib.h>

#include "base/ascii.h"
#include "base/reader.h"
#include "sql/types/methods.h"

#define MICROSECONDS_SECOND INT64_C(1000000)
#define MICROSECONDS_DAY    (INT64_C(86400) * MICROSECONDS_SECOND)

enum { EPOCH_DAYS = 10957 /* 1970-01-01 to 2000-01-01 */, YEAR_MAX = 294276 };

/* Days since 1970-01-01 of a date of the proleptic Gregorian calendar. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2 ? 1 : 0;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void date_of(int64_t days, int64_t out[3])
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t of_era = days - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153;
    out[2] = of_year - (153 * month + 2) / 5 + 1;
    out[1] = month + (month < 10 ? 3 : -9);
    out[0] = year + era * 400 + (out[1] <= 2 ? 1 : 0);
}

static bool take_number(struct bytes *text, int64_t *out)
{
    size_t len = 0;
    *out = 0;
    while (len < text->len && len < 9 && text->at[len] >= '0' && text->at[len] <= '9')
        *out = *out * 10 + (text->at[len++] - '0');
    *text = bytes_of(text->at + len, text->len - len);
    return len > 0;
}

static bool take_byte(struct bytes *text, char byte)
{
    if (text->len == 0 || text->at[0] != (uint8_t)byte)
        return false;
    *text = bytes_of(text->at + 1, text->len - 1);
    return true;
}

/* ".123456": further digits round. */
static bool take_fraction(struct bytes *text, int64_t *microseconds)
{
    *microseconds = 0;
    int64_t unit = 100000;
    bool rounded = false;
    if (!take_byte(text, '.'))
        return true;
    while (text->len > 0 && text->at[0] >= '0' && text->at[0] <= '9') {
        if (unit == 0 && !rounded) {
            *microseconds += text->at[0] >= '5' ? 1 : 0;
            rounded = true;
        }
        *microseconds += (text->at[0] - '0') * unit;
        unit /= 10;
        *text = bytes_of(text->at + 1, text->len - 1);
    }
    return true;
}

struct moment {
    int64_t date[3];
    int64_t hour;
    int64_t minute;
    int64_t second;
    int64_t microseconds;
    int64_t zone; /* seconds east of UTC */
    bool zone_given;
    bool before_christ;
};

static bool take_time(struct bytes *text, struct moment *out)
{
    if (text->len == 0 || text->at[0] < '0' || text->at[0] > '9')
        return true;
    if (!take_number(text, &out->hour) || !take_byte(text, ':') ||
        !take_number(text, &out->minute))
        return false;
    if (!take_byte(text, ':'))
        return true;
    return take_number(text, &out->second) && take_fraction(text, &out->microseconds);
}

static bool take_zone(struct bytes *text, struct moment *out)
{
    *text = methods_trim(*text);
    if (text->len >= 3 && ascii_is_word(bytes_of(text->at, 3), "utc")) {
        *text = bytes_of(text->at + 3, text->len - 3);
        out->zone_given = true;
    } else if (take_byte(text, 'Z') || take_byte(text, 'z')) {
        out->zone_given = true;
    } else if (text->len > 0 && (text->at[0] == '+' || text->at[0] == '-')) {
        int64_t sign = text->at[0] == '-' ? -1 : 1;
        int64_t hours = 0;
        int64_t minutes = 0;
        int64_t seconds = 0;
        *text = bytes_of(text->at + 1, text->len - 1);
        size_t before = text->len;
        if (!take_number(text, &hours))
            return false;
        if (before - text->len == 4) {
            minutes = hours % 100;
            hours /= 100;
        } else if (take_byte(text, ':')) {
            if (!take_number(text, &minutes))
                return false;
            if (take_byte(text, ':') && !take_number(text, &seconds))
                return false;
        }
        if (hours > 15 || minutes > 59 || seconds > 59)
            return false;
        out->zone = sign * (hours * 3600 + minutes * 60 + seconds);
        out->zone_given = true;
    }
    *text = methods_trim(*text);
    if (text->len == 2 && ascii_is_word(*text, "bc")) {
        out->before_christ = true;
        text->len = 0;
    }
    return text->len == 0;
}

static bool in_bounds(const struct moment *moment)
{
    static const int64_t lengths[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const int64_t *date = moment->date;
    if (date[1] < 1 || date[1] > 12 || date[2] < 1 || date[2] > lengths[date[1] - 1])
        return false;
    bool leap = date[0] % 4 == 0 && (date[0] % 100 != 0 || date[0] % 400 == 0);
    if (date[1] == 2 && date[2] == 29 && !leap)
        return false;
    bool midnight = moment->hour == 24 && moment->minute == 0 && moment->second == 0 &&
                    moment->microseconds == 0;
    return (moment->hour < 24 || midnight) && moment->minute < 60 && moment->second <= 60;
}

static enum rc moment_read(struct bytes whole, struct moment *out, struct error *err)
{
    struct bytes text = methods_trim(whole);
    bool good = take_number(&text, &out->date[0]) && take_byte(&text, '-') &&
                take_number(&text, &out->date[1]) && take_byte(&text, '-') &&
                take_number(&text, &out->date[2]);
    if (good && !take_byte(&text, 'T'))
        text = methods_trim(text);
    good = good && take_time(&text, out) && take_zone(&text, out);
    if (!good)
        return error_set(err, SQLSTATE_INVALID_DATETIME_FORMAT,
                         "invalid input syntax for type timestamp with time zone: "
                         "\"%.*s\"",
                         BYTES_PRINT(whole));
    if (out->before_christ)
        out->date[0] = 1 - out->date[0];
    if (!in_bounds(out))
        return error_set(err, SQLSTATE_DATETIME_FIELD_OVERFLOW,
                         "date/time field value out of range: \"%.*s\"",
                         BYTES_PRINT(whole));
    return RC_OK;
}

/* The words that stand for a moment. */
static bool input_word(const struct type_context *context, struct bytes text,
                       int64_t *out)
{
    if (ascii_is_word(text, "infinity") || ascii_is_word(text, "+infinity"))
        *out = INT64_MAX;
    else if (ascii_is_word(text, "-infinity"))
        *out = INT64_MIN;
    else if (ascii_is_word(text, "epoch"))
        *out = -EPOCH_DAYS * MICROSECONDS_DAY;
    else if (ascii_is_word(text, "now"))
        *out = context->transaction_time;
    else
        return false;
    return true;
}

static enum rc timestamptz_input(const struct type *type,
                                 const struct type_context *context, struct bytes text,
                                 union datum *out, struct error *err)
{
    (void)type;
    if (input_word(context, methods_trim(text), &out->int64))
        return RC_OK;
    struct moment moment = {0};
    TRY(moment_read(text, &moment, err));
    if (moment.date[0] > YEAR_MAX || moment.date[0] < -4713)
        return error_set(err, SQLSTATE_DATETIME_FIELD_OVERFLOW,
                         "timestamp out of range: \"%.*s\"", BYTES_PRINT(text));
    int64_t days = days_of(moment.date[0], moment.date[1], moment.date[2]) - EPOCH_DAYS;
    int64_t seconds = moment.hour * 3600 + moment.minute * 60 + moment.second;
    int64_t local =
        days * MICROSECONDS_DAY + seconds * MICROSECONDS_SECOND + moment.microseconds;
    if (!moment.zone_given && context->zone_offset != NULL)
        moment.zone = context->zone_offset(context->owner, local);
    out->int64 = local - moment.zone * MICROSECONDS_SECOND;
    return RC_OK;
}

static void output_zone(int32_t zone, struct buffer *out)
{
    int32_t rest = abs(zone);
    buffer_printf(out, "%c%02d", zone < 0 ? '-' : '+', rest / 3600);
    if (rest % 3600 != 0)
        buffer_printf(out, ":%02d", rest / 60 % 60);
    if (rest % 60 != 0)
        buffer_printf(out, ":%02d", rest % 60);
}

static void timestamptz_output(const struct type *type,
                               const struct type_context *context, union datum datum,
                               struct buffer *out)
{
    (void)type;
    if (datum.int64 == INT64_MAX || datum.int64 == INT64_MIN) {
        buffer_add_text(out, datum.int64 > 0 ? "infinity" : "-infinity");
        return;
    }
    int32_t zone = context->zone_offset == NULL
                       ? 0
                       : context->zone_offset(context->owner, datum.int64);
    int64_t local = datum.int64 + zone * MICROSECONDS_SECOND;
    int64_t days = local / MICROSECONDS_DAY - (local % MICROSECONDS_DAY < 0 ? 1 : 0);
    int64_t rest = local - days * MICROSECONDS_DAY;
    int64_t date[3];
    date_of(days + EPOCH_DAYS, date);
    bool before_christ = date[0] <= 0;
    int64_t seconds = rest / MICROSECONDS_SECOND;
    buffer_printf(out, "%04lld-%02lld-%02lld %02lld:%02lld:%02lld",
                  (long long)(before_christ ? 1 - date[0] : date[0]), (long long)date[1],
                  (long long)date[2], (long long)(seconds / 3600),
                  (long long)(seconds / 60 % 60), (long long)(seconds % 60));
    int64_t fraction = rest % MICROSECONDS_SECOND;
    int digits = 6;
    while (digits > 0 && fraction % 10 == 0) {
        fraction /= 10;
        digits--;
    }
    if (digits > 0)
        buffer_printf(out, ".%0*lld", digits, (long long)fraction);
    output_zone(zone, out);
    if (before_christ)
        buffer_add_text(out, " BC");
}

static enum rc timestamptz_receive(const struct type *type,
                                   const struct type_context *context, struct bytes bytes,
                                   union datum *out, struct error *err)
{
    return int8_methods.receive(type, context, bytes, out, err);
}

static void timestamptz_send(const struct type *type, const struct type_context *context,
                             union datum datum, struct buffer *out)
{
    int8_methods.send(type, context, datum, out);
}

static int timestamptz_compare(const struct type *type, union datum a, union datum b)
{
    return int8_methods.compare(type, a, b);
}

static uint64_t timestamptz_hash(const struct type *type, union datum datum)
{
    return int8_methods.hash(type, datum);
}

const struct type_methods timestamptz_methods = {
    TYPE_STORAGE_INT64, timestamptz_input,   timestamptz_output, timestamptz_receive,
    timestamptz_send,   timestamptz_compare, timestamptz_hash,
};
