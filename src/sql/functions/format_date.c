/* to_char() of timestamps and intervals. */
#include <stdlib.h>

#include "base/ascii.h"
#include "sql/functions/format.h"
#include "sql/types/datetime.h"

/* What is written: a moment, or the parts of an interval. */
struct moment {
    bool is_interval;
    bool zoned;
    int32_t zone; /* seconds east */
    int64_t year;
    int64_t month;
    int64_t day;
    int64_t hour;
    int64_t minute;
    int64_t second;
    int64_t fraction;
    int64_t days; /* since 2000-01-01 */
    int64_t day_of_year;
    int64_t weekday; /* 0 is Sunday */
};

static void add_number(const struct format_piece *piece, int64_t number, int width,
                       struct buffer *out)
{
    size_t before = buffer_len(out);
    if ((piece->suffix & FORMAT_FILL) != 0)
        buffer_printf(out, "%lld", (long long)number);
    else
        buffer_printf(out, "%0*lld", width + (number < 0 ? 1 : 0), (long long)number);
    struct bytes all = buffer_bytes(out);
    if ((piece->suffix & (FORMAT_TH | FORMAT_TH_LOW)) != 0)
        buffer_add_text(out, format_ordinal(bytes_of(all.at + before, all.len - before),
                                            (piece->suffix & FORMAT_TH) != 0));
}

/* A word in the case of the pattern: capitals, small, or one capital. */
static void add_word(const struct format_piece *piece, const char *word, size_t len,
                     int width, struct buffer *out)
{
    char text[16] = {0};
    bool small = piece->key->name[0] >= 'a';
    bool capitals = !small && piece->key->name[1] < 'a';
    for (size_t i = 0; i < len && i + 1 < sizeof(text); i++) {
        uint8_t byte = ascii_lower((uint8_t)word[i]);
        bool letter = byte >= 'a' && byte <= 'z';
        bool upper = letter && !small && (capitals || i == 0);
        text[i] = (char)(upper ? byte - 'a' + 'A' : byte);
    }
    if ((piece->suffix & FORMAT_FILL) != 0)
        width = 0;
    buffer_printf(out, "%-*s", width, text);
}

static int64_t shown_year(const struct moment *moment, int64_t year)
{
    return moment->is_interval || year > 0 ? year : 1 - year;
}

static int64_t iso_year(const struct moment *moment)
{
    return moment->is_interval ? moment->year : format_iso_year(moment->days);
}

static int64_t iso_week(const struct moment *moment)
{
    return (moment->days - format_iso_start(format_iso_year(moment->days))) / 7 + 1;
}

static void add_century(const struct format_piece *piece, const struct moment *moment,
                        struct buffer *out)
{
    int64_t century = moment->year / 100;
    if (!moment->is_interval)
        century =
            moment->year > 0 ? (moment->year - 1) / 100 + 1 : moment->year / 100 - 1;
    add_number(piece, century, llabs((long long)century) > 99 ? 1 : 2, out);
}

static void add_zone(const struct format_piece *piece, const struct moment *moment,
                     struct buffer *out)
{
    int32_t rest = abs(moment->zone);
    char sign = moment->zone < 0 ? '-' : '+';
    bool small = piece->key->name[0] == 't';
    switch (piece->key->id) {
    case DATE_TZ:
        if (moment->zoned && moment->zone == 0)
            buffer_add_text(out, small ? "utc" : "UTC");
        else if (moment->zoned)
            datetime_print_zone(moment->zone, out);
        break;
    case DATE_TZH:
        buffer_printf(out, "%c%02d", sign, rest / 3600);
        break;
    case DATE_TZM:
        buffer_printf(out, "%02d", rest % 3600 / 60);
        break;
    default:
        buffer_printf(out, "%c%0*d", sign, (piece->suffix & FORMAT_FILL) != 0 ? 0 : 2,
                      rest / 3600);
        if (rest % 3600 != 0)
            buffer_printf(out, ":%02d", rest % 3600 / 60);
        break;
    }
}

static void add_roman(const struct format_piece *piece, const struct moment *moment,
                      struct buffer *out)
{
    if (moment->month == 0 && moment->year == 0)
        return;
    int64_t at = 12 - moment->month;
    if (moment->month == 0)
        at = moment->year >= 0 ? 0 : 11;
    else if (moment->month < 0)
        at = -(moment->month + 1);
    const char *roman = format_romans[at];
    struct format_piece upper = *piece;
    static const struct format_key capitals = {"RM", DATE_RM, false, 0};
    if (piece->key->name[0] == 'R')
        upper.key = &capitals;
    add_word(&upper, roman, strlen(roman), 4, out);
}

static void add_time(const struct format_piece *piece, const struct moment *moment,
                     struct buffer *out)
{
    int64_t fraction = llabs((long long)moment->fraction);
    struct format_piece plain = *piece;
    plain.suffix &= ~(unsigned)FORMAT_FILL;
    switch (piece->key->id) {
    case DATE_HH12:
        add_number(piece, moment->hour % 12 == 0 ? 12 : moment->hour % 12, 2, out);
        break;
    case DATE_HH24:
        add_number(piece, moment->hour, 2, out);
        break;
    case DATE_MI:
        add_number(piece, moment->minute, 2, out);
        break;
    case DATE_SS:
        add_number(piece, moment->second, 2, out);
        break;
    case DATE_SSSS:
        add_number(&plain, moment->hour * 3600 + moment->minute * 60 + moment->second, 1,
                   out);
        break;
    case DATE_MS:
        add_number(&plain, moment->fraction / 1000, moment->fraction < 0 ? 2 : 3, out);
        break;
    case DATE_US:
        add_number(&plain, moment->fraction, moment->fraction < 0 ? 5 : 6, out);
        break;
    default: {
        int digits = piece->key->id - DATE_FF1 + 1;
        int64_t unit = 1;
        for (int i = digits; i < 6; i++)
            unit *= 10;
        fraction = moment->fraction / unit;
        add_number(&plain, fraction, fraction < 0 ? digits - 1 : digits, out);
        break;
    }
    }
}

static void add_year(const struct format_piece *piece, const struct moment *moment,
                     struct buffer *out)
{
    int64_t year = shown_year(moment, moment->year);
    int64_t of_weeks = shown_year(moment, iso_year(moment));
    switch (piece->key->id) {
    case DATE_Y_YYY: {
        struct buffer text;
        buffer_init(&text, 64);
        buffer_printf(&text, "%lld,%03lld", (long long)(year / 1000),
                      (long long)(year % 1000));
        buffer_add(out, buffer_bytes(&text));
        if ((piece->suffix & (FORMAT_TH | FORMAT_TH_LOW)) != 0)
            buffer_add_text(out, format_ordinal(buffer_bytes(&text),
                                                (piece->suffix & FORMAT_TH) != 0));
        buffer_fini(&text);
        break;
    }
    case DATE_YYYY:
        add_number(piece, year, 4, out);
        break;
    case DATE_IYYY:
        add_number(piece, of_weeks, 4, out);
        break;
    case DATE_YYY:
        add_number(piece, year % 1000, 3, out);
        break;
    case DATE_IYY:
        add_number(piece, of_weeks % 1000, 3, out);
        break;
    case DATE_YY:
        add_number(piece, year % 100, 2, out);
        break;
    case DATE_IY:
        add_number(piece, of_weeks % 100, 2, out);
        break;
    case DATE_Y:
        add_number(piece, year % 10, 1, out);
        break;
    default:
        add_number(piece, of_weeks % 10, 1, out);
        break;
    }
}

static void add_day(const struct format_piece *piece, const struct moment *moment,
                    struct buffer *out)
{
    const char *name = format_days[moment->weekday];
    switch (piece->key->id) {
    case DATE_DAY:
        add_word(piece, name, strlen(name), 9, out);
        break;
    case DATE_DY:
        add_word(piece, name, 3, 3, out);
        break;
    case DATE_DDD:
        add_number(piece, moment->day_of_year, 3, out);
        break;
    case DATE_IDDD:
        add_number(piece, moment->days - format_iso_start(iso_year(moment)) + 1, 3, out);
        break;
    case DATE_DD:
        add_number(piece, moment->day, moment->day < 0 ? 1 : 2, out);
        break;
    case DATE_D:
        add_number(piece, moment->weekday + 1, 1, out);
        break;
    case DATE_ID:
        add_number(piece, moment->weekday == 0 ? 7 : moment->weekday, 1, out);
        break;
    case DATE_WW:
        add_number(piece, (moment->day_of_year - 1) / 7 + 1, 2, out);
        break;
    case DATE_IW:
        add_number(piece, iso_week(moment), 2, out);
        break;
    case DATE_W:
        add_number(piece, (moment->day - 1) / 7 + 1, 1, out);
        break;
    default: {
        struct format_piece plain = *piece;
        plain.suffix &= ~(unsigned)FORMAT_FILL;
        add_number(&plain, moment->days + DATETIME_JULIAN_EPOCH, 1, out);
        break;
    }
    }
}

static void add_half(const struct format_piece *piece, bool late, bool era,
                     struct buffer *out)
{
    bool small = piece->key->name[0] >= 'a';
    bool dots = piece->key->name[1] == '.';
    const char *word = era ? late ? "BC" : "AD" : late ? "PM" : "AM";
    for (size_t i = 0; i < 2; i++) {
        uint8_t byte = (uint8_t)word[i];
        buffer_add_u8(out, small ? ascii_lower(byte) : byte);
        if (dots)
            buffer_add_u8(out, '.');
    }
}

static void add_month(const struct format_piece *piece, const struct moment *moment,
                      struct buffer *out)
{
    if (piece->key->id == DATE_MM) {
        add_number(piece, moment->month, 2, out);
        return;
    }
    if (moment->month == 0)
        return;
    const char *name = format_months[moment->month - 1];
    if (piece->key->id == DATE_MONTH)
        add_word(piece, name, strlen(name), 9, out);
    else
        add_word(piece, name, 3, 3, out);
}

static bool needs_calendar(int id)
{
    switch (id) {
    case DATE_AD:
    case DATE_AD_DOTS:
    case DATE_TZ:
    case DATE_TZH:
    case DATE_TZM:
    case DATE_OF:
    case DATE_MONTH:
    case DATE_MON:
    case DATE_DAY:
    case DATE_DY:
    case DATE_D:
    case DATE_ID:
        return true;
    default:
        return false;
    }
}

static void add_piece(const struct format_piece *piece, const struct moment *moment,
                      struct buffer *out)
{
    struct format_piece plain = *piece;
    plain.suffix &= ~(unsigned)FORMAT_FILL;
    switch (piece->key->id) {
    case DATE_AM:
    case DATE_AM_DOTS:
        add_half(piece, moment->hour % 24 >= 12, false, out);
        break;
    case DATE_AD:
    case DATE_AD_DOTS:
        add_half(piece, moment->year <= 0, true, out);
        break;
    case DATE_CC:
        add_century(piece, moment, out);
        break;
    case DATE_TZ:
    case DATE_TZH:
    case DATE_TZM:
    case DATE_OF:
        add_zone(piece, moment, out);
        break;
    case DATE_RM:
        add_roman(piece, moment, out);
        break;
    case DATE_Q:
        if (moment->month != 0)
            add_number(&plain, (moment->month - 1) / 3 + 1, 1, out);
        break;
    case DATE_MM:
    case DATE_MONTH:
    case DATE_MON:
        add_month(piece, moment, out);
        break;
    case DATE_Y_YYY:
    case DATE_YYYY:
    case DATE_YYY:
    case DATE_YY:
    case DATE_Y:
    case DATE_IYYY:
    case DATE_IYY:
    case DATE_IY:
    case DATE_I:
        add_year(piece, moment, out);
        break;
    case DATE_DAY:
    case DATE_DY:
    case DATE_DDD:
    case DATE_IDDD:
    case DATE_DD:
    case DATE_D:
    case DATE_ID:
    case DATE_WW:
    case DATE_IW:
    case DATE_W:
    case DATE_J:
        add_day(piece, moment, out);
        break;
    case DATE_FX:
        break;
    default:
        add_time(piece, moment, out);
        break;
    }
}

static enum rc write_moment(struct call *call, struct bytes template,
                            const struct moment *moment, struct value *result,
                            struct error *err)
{
    struct format format;
    struct buffer out;
    format_split_date(call->arena, template, &format);
    for (size_t i = 0; i < format.count && moment->is_interval; i++) {
        if (format.pieces[i].kind == FORMAT_PATTERN &&
            needs_calendar(format.pieces[i].key->id)) {
            error_set(err, SQLSTATE_INVALID_DATETIME_FORMAT,
                      "invalid format specification for an interval value");
            return error_hint(err, "Intervals are not tied to specific calendar dates.");
        }
    }
    buffer_init(&out, TYPE_VALUE_MAX);
    for (size_t i = 0; i < format.count; i++) {
        if (format.pieces[i].kind == FORMAT_PATTERN)
            add_piece(&format.pieces[i], moment, &out);
        else
            buffer_add(&out, format.pieces[i].text);
    }
    return implementation_text(call, &out, result, err);
}

FUNCTION_ROW(to_char_timestamp)
{
    struct moment moment = {.zoned = call->argument_types[0]->oid == TYPE_TIMESTAMPTZ};
    struct datetime parts;
    int64_t time = arguments[0].datum.int64;
    result->null = datetime_is_infinite(time) || arguments[1].datum.bytes.len == 0;
    if (result->null)
        return RC_OK;
    if (moment.zoned)
        moment.zone = datetime_zone(call->types, time);
    time += moment.zone * DATETIME_SECOND;
    datetime_split(time, &parts);
    moment.year = parts.year;
    moment.month = parts.month;
    moment.day = parts.day;
    moment.hour = parts.hour;
    moment.minute = parts.minute;
    moment.second = parts.second;
    moment.fraction = parts.microsecond;
    moment.days = datetime_floor(time, DATETIME_DAY);
    moment.day_of_year = moment.days - datetime_days(parts.year, 1, 1) + 1;
    moment.weekday = ((moment.days + 6) % 7 + 7) % 7;
    return write_moment(call, arguments[1].datum.bytes, &moment, result, err);
}

FUNCTION_ROW(to_char_interval)
{
    struct datum_interval interval = arguments[0].datum.interval;
    int64_t time = interval.microseconds;
    struct moment moment = {.is_interval = true};
    result->null = arguments[1].datum.bytes.len == 0;
    if (result->null)
        return RC_OK;
    moment.year = interval.months / 12;
    moment.month = interval.months % 12;
    moment.day = interval.days;
    moment.hour = time / DATETIME_HOUR;
    moment.minute = time / DATETIME_MINUTE % 60;
    moment.second = time / DATETIME_SECOND % 60;
    moment.fraction = time % DATETIME_SECOND;
    moment.day_of_year = interval.months * INT64_C(30) + interval.days;
    moment.days = datetime_days(moment.year, moment.month, moment.day);
    return write_moment(call, arguments[1].datum.bytes, &moment, result, err);
}
