/* interval: "1 year 2 mons 3 days 04:05:06.7", ISO 8601 and SQL forms (manual, chapter
 * 8.5.4). */
#include <math.h>
#include <stdlib.h>

#include "base/ascii.h"
#include "base/reader.h"
#include "sql/types/datetime.h"
#include "sql/types/methods.h"

enum unit {
    UNIT_MICROSECOND,
    UNIT_MILLISECOND,
    UNIT_SECOND,
    UNIT_MINUTE,
    UNIT_HOUR,
    UNIT_DAY,
    UNIT_WEEK,
    UNIT_MONTH,
    UNIT_YEAR,
    UNIT_DECADE,
    UNIT_CENTURY,
    UNIT_MILLENNIUM,
    UNIT_NONE
};

static enum unit unit_of(struct bytes word)
{
    static const struct {
        const char *word;
        enum unit unit;
    } words[] = {
        {"us", UNIT_MICROSECOND},
        {"usec", UNIT_MICROSECOND},
        {"usecs", UNIT_MICROSECOND},
        {"microsecond", UNIT_MICROSECOND},
        {"microseconds", UNIT_MICROSECOND},
        {"microsecon", UNIT_MICROSECOND},
        {"ms", UNIT_MILLISECOND},
        {"msec", UNIT_MILLISECOND},
        {"msecs", UNIT_MILLISECOND},
        {"millisecond", UNIT_MILLISECOND},
        {"milliseconds", UNIT_MILLISECOND},
        {"s", UNIT_SECOND},
        {"sec", UNIT_SECOND},
        {"secs", UNIT_SECOND},
        {"second", UNIT_SECOND},
        {"seconds", UNIT_SECOND},
        {"m", UNIT_MINUTE},
        {"min", UNIT_MINUTE},
        {"mins", UNIT_MINUTE},
        {"minute", UNIT_MINUTE},
        {"minutes", UNIT_MINUTE},
        {"h", UNIT_HOUR},
        {"hr", UNIT_HOUR},
        {"hrs", UNIT_HOUR},
        {"hour", UNIT_HOUR},
        {"hours", UNIT_HOUR},
        {"d", UNIT_DAY},
        {"day", UNIT_DAY},
        {"days", UNIT_DAY},
        {"w", UNIT_WEEK},
        {"week", UNIT_WEEK},
        {"weeks", UNIT_WEEK},
        {"mon", UNIT_MONTH},
        {"mons", UNIT_MONTH},
        {"month", UNIT_MONTH},
        {"months", UNIT_MONTH},
        {"y", UNIT_YEAR},
        {"yr", UNIT_YEAR},
        {"yrs", UNIT_YEAR},
        {"year", UNIT_YEAR},
        {"years", UNIT_YEAR},
        {"dec", UNIT_DECADE},
        {"decs", UNIT_DECADE},
        {"decade", UNIT_DECADE},
        {"decades", UNIT_DECADE},
        {"c", UNIT_CENTURY},
        {"cent", UNIT_CENTURY},
        {"century", UNIT_CENTURY},
        {"centuries", UNIT_CENTURY},
        {"mil", UNIT_MILLENNIUM},
        {"mils", UNIT_MILLENNIUM},
        {"millennia", UNIT_MILLENNIUM},
        {"millennium", UNIT_MILLENNIUM},
    };
    for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
        if (ascii_is_word(word, words[i].word))
            return words[i].unit;
    }
    return UNIT_NONE;
}

/* Sums that may pass the bounds until the end. */
struct sums {
    int32_t fields; /* DATETIME_FIELD_..., of INTERVAL '...' DAY and the like */
    int64_t microseconds;
    int64_t days;
    int64_t months;
    bool over;
    bool timed; /* hours and minutes were read */
};

static void add(int64_t *sum, int64_t number, int64_t factor, bool *over)
{
    int64_t product = 0;
    *over = __builtin_mul_overflow(number, factor, &product) || *over;
    *over = __builtin_add_overflow(*sum, product, sum) || *over;
}

/* A part of a day goes into the time, a part of a month into days and time. */
static void add_part_of_days(struct sums *sums, double days)
{
    double whole = trunc(days);
    sums->days += (int64_t)whole;
    sums->microseconds += (int64_t)rint((days - whole) * 86400e6);
}

static void add_unit(struct sums *sums, enum unit unit, int64_t number, double fraction)
{
    static const int64_t lengths[] = {
        1,    1000, DATETIME_SECOND, DATETIME_MINUTE, DATETIME_HOUR, 1, 7, 1, 12, 120,
        1200, 12000};
    if (unit < UNIT_DAY) {
        add(&sums->microseconds, number, lengths[unit], &sums->over);
        sums->microseconds += (int64_t)rint(fraction * (double)lengths[unit]);
    } else if (unit < UNIT_MONTH) {
        add(&sums->days, number, lengths[unit], &sums->over);
        add_part_of_days(sums, fraction * (double)lengths[unit]);
    } else if (unit == UNIT_MONTH) {
        add(&sums->months, number, 1, &sums->over);
        add_part_of_days(sums, fraction * 30);
    } else {
        add(&sums->months, number, lengths[unit], &sums->over);
        sums->months += (int64_t)rint(fraction * (double)lengths[unit]);
    }
}

/* A number with its sign; the fraction has the sign too. */
struct count {
    bool negative;
    int64_t whole;
    double fraction;
};

static bool take_count(struct bytes *text, struct count *out, bool *over)
{
    size_t at = 0;
    *out = (struct count){0};
    if (text->len > 0 && (text->at[0] == '-' || text->at[0] == '+'))
        out->negative = text->at[at++] == '-';
    size_t start = at;
    while (at < text->len && text->at[at] >= '0' && text->at[at] <= '9') {
        *over = __builtin_mul_overflow(out->whole, 10, &out->whole) || *over;
        *over = __builtin_add_overflow(out->whole, text->at[at++] - '0', &out->whole) ||
                *over;
    }
    size_t digits = at - start;
    if (at < text->len && text->at[at] == '.') {
        double unit = 0.1;
        for (at++; at < text->len && text->at[at] >= '0' && text->at[at] <= '9'; at++) {
            out->fraction += unit * (text->at[at] - '0');
            unit /= 10;
            digits++;
        }
    }
    if (out->negative) {
        out->whole = -out->whole;
        out->fraction = -out->fraction;
    }
    *text = bytes_of(text->at + at, text->len - at);
    return digits > 0;
}

/* What stands behind the first part of a time: ":mm[:ss[.ffffff]]". */
static bool take_time(struct bytes *text, const struct count *hours, struct sums *sums)
{
    struct count minutes = {0};
    struct count seconds = {0};
    int64_t sign = hours->negative ? -1 : 1;
    *text = bytes_of(text->at + 1, text->len - 1);
    if (!take_count(text, &minutes, &sums->over) || minutes.negative)
        return false;
    bool third = text->len > 0 && text->at[0] == ':';
    if (third) {
        *text = bytes_of(text->at + 1, text->len - 1);
        if (!take_count(text, &seconds, &sums->over) || seconds.negative)
            return false;
    }
    if (minutes.whole > 59 || seconds.whole > 60)
        sums->over = true;
    /* MINUTE TO SECOND reads two parts as such. */
    if (!third && sums->fields == (DATETIME_FIELD_MINUTE | DATETIME_FIELD_SECOND)) {
        add_unit(sums, UNIT_MINUTE, hours->whole, hours->fraction);
        add_unit(sums, UNIT_SECOND, sign * minutes.whole,
                 (double)sign * minutes.fraction);
        return true;
    }
    add_unit(sums, UNIT_HOUR, hours->whole, hours->fraction);
    add_unit(sums, UNIT_MINUTE, sign * minutes.whole, (double)sign * minutes.fraction);
    add_unit(sums, UNIT_SECOND, sign * seconds.whole, (double)sign * seconds.fraction);
    return true;
}

static struct bytes take_word(struct bytes *text)
{
    size_t len = 0;
    while (len < text->len && ascii_lower(text->at[len]) >= 'a' &&
           ascii_lower(text->at[len]) <= 'z')
        len++;
    struct bytes word = bytes_of(text->at, len);
    *text = bytes_of(text->at + len, text->len - len);
    return word;
}

/* P1Y2M3DT4H5M6S */
static bool read_iso(struct bytes text, struct sums *sums)
{
    bool in_time = false;
    bool any = false;
    text = bytes_of(text.at + 1, text.len - 1);
    while (text.len > 0) {
        if (text.at[0] == 'T') {
            in_time = true;
            text = bytes_of(text.at + 1, text.len - 1);
            continue;
        }
        struct count count;
        if (!take_count(&text, &count, &sums->over) || text.len == 0)
            return false;
        enum unit unit = UNIT_NONE;
        switch (text.at[0]) {
        case 'Y':
            unit = UNIT_YEAR;
            break;
        case 'M':
            unit = in_time ? UNIT_MINUTE : UNIT_MONTH;
            break;
        case 'W':
            unit = UNIT_WEEK;
            break;
        case 'D':
            unit = UNIT_DAY;
            break;
        case 'H':
            unit = UNIT_HOUR;
            break;
        case 'S':
            unit = UNIT_SECOND;
            break;
        default:
            return false;
        }
        add_unit(sums, unit, count.whole, count.fraction);
        text = bytes_of(text.at + 1, text.len - 1);
        any = true;
    }
    return any;
}

/* What a number without a unit counts. */
static enum unit last_unit(int32_t fields)
{
    if (fields <= 0 || (fields & DATETIME_FIELD_SECOND) != 0)
        return UNIT_SECOND;
    if ((fields & DATETIME_FIELD_MINUTE) != 0)
        return UNIT_MINUTE;
    if ((fields & DATETIME_FIELD_HOUR) != 0)
        return UNIT_HOUR;
    if ((fields & DATETIME_FIELD_DAY) != 0)
        return UNIT_DAY;
    return (fields & DATETIME_FIELD_MONTH) != 0 ? UNIT_MONTH : UNIT_YEAR;
}

/* One number and what it counts; at the end of the text it counts seconds, before a time
 * days. */
static bool read_part(struct bytes *text, struct sums *sums)
{
    struct count count;
    if (!take_count(text, &count, &sums->over))
        return false;
    if (text->len > 0 && text->at[0] == ':') {
        bool again = sums->timed;
        sums->timed = true;
        return !again && take_time(text, &count, sums);
    }
    if (text->len > 1 && text->at[0] == '-' && text->at[1] >= '0' && text->at[1] <= '9') {
        struct count months;
        *text = bytes_of(text->at + 1, text->len - 1);
        if (!take_count(text, &months, &sums->over) || months.whole > 11 ||
            (text->len > 0 && text->at[0] == '-'))
            return false;
        add_unit(sums, UNIT_YEAR, count.whole, 0);
        add_unit(sums, UNIT_MONTH, count.negative ? -months.whole : months.whole, 0);
        return true;
    }
    *text = methods_trim(*text);
    struct bytes word = take_word(text);
    enum unit unit = unit_of(word);
    if (word.len == 0 && text->len == 0 && sums->timed)
        return false;
    if (word.len == 0)
        unit = text->len == 0 ? last_unit(sums->fields) : UNIT_DAY;
    if (unit == UNIT_NONE)
        return false;
    add_unit(sums, unit, count.whole, count.fraction);
    return true;
}

static bool read_plain(struct bytes text, struct sums *sums)
{
    bool any = false;
    if (text.len > 0 && text.at[0] == '@')
        text = methods_trim(bytes_of(text.at + 1, text.len - 1));
    while (text.len > 0) {
        struct bytes rest = text;
        if (any && ascii_is_word(take_word(&rest), "ago") && rest.len == 0) {
            sums->months = -sums->months;
            sums->days = -sums->days;
            sums->microseconds = -sums->microseconds;
            return true;
        }
        if (!read_part(&text, sums))
            return false;
        text = methods_trim(text);
        any = true;
    }
    return any;
}

enum rc datetime_interval_parse(struct bytes whole, int32_t typmod,
                                struct datum_interval *out, struct error *err)
{
    int32_t fields = typmod < 0 ? DATETIME_FIELDS_ALL : typmod >> 16;
    struct sums sums = {.fields = fields == DATETIME_FIELDS_ALL ? 0 : fields};
    struct bytes text = methods_trim(whole);
    bool good = text.len > 0 && text.at[0] == 'P' ? read_iso(text, &sums)
                                                  : read_plain(text, &sums);
    if (!good)
        return error_set(err, SQLSTATE_INVALID_DATETIME_FORMAT,
                         "invalid input syntax for type interval: \"%.*s\"",
                         BYTES_PRINT(whole));
    if (sums.over || sums.days > INT32_MAX || sums.days < INT32_MIN ||
        sums.months > INT32_MAX || sums.months < INT32_MIN)
        return error_set(err, SQLSTATE_DATETIME_FIELD_OVERFLOW,
                         "interval field value out of range: \"%.*s\"",
                         BYTES_PRINT(whole));
    *out = (struct datum_interval){sums.microseconds, (int32_t)sums.days,
                                   (int32_t)sums.months};
    return RC_OK;
}

static enum rc interval_input(const struct type *type, const struct type_context *context,
                              struct bytes text, union datum *out, struct error *err)
{
    (void)type;
    (void)context;
    return datetime_interval_parse(text, TYPE_TYPMOD_NONE, &out->interval, err);
}

static void interval_output(const struct type *type, const struct type_context *context,
                            union datum datum, struct buffer *out)
{
    (void)type;
    datetime_print_interval(context, datum.interval, out);
}

static enum rc interval_receive(const struct type *type,
                                const struct type_context *context, struct bytes bytes,
                                union datum *out, struct error *err)
{
    (void)type;
    (void)context;
    struct reader reader = reader_of(bytes);
    out->interval.microseconds = (int64_t)reader_u64(&reader);
    out->interval.days = (int32_t)reader_u32(&reader);
    out->interval.months = (int32_t)reader_u32(&reader);
    return reader_done(&reader) ? RC_OK : type_invalid_binary(err);
}

static void interval_send(const struct type *type, const struct type_context *context,
                          union datum datum, struct buffer *out)
{
    (void)type;
    (void)context;
    buffer_add_u64(out, (uint64_t)datum.interval.microseconds);
    buffer_add_u32(out, (uint32_t)datum.interval.days);
    buffer_add_u32(out, (uint32_t)datum.interval.months);
}

static int interval_compare(const struct type *type, union datum a, union datum b)
{
    (void)type;
    int64_t days[2];
    int64_t rest[2];
    datetime_interval_span(a.interval, &days[0], &rest[0]);
    datetime_interval_span(b.interval, &days[1], &rest[1]);
    if (days[0] != days[1])
        return days[0] < days[1] ? -1 : 1;
    return rest[0] < rest[1] ? -1 : rest[0] > rest[1] ? 1 : 0;
}

static uint64_t interval_hash(const struct type *type, union datum datum)
{
    (void)type;
    int64_t days = 0;
    int64_t rest = 0;
    datetime_interval_span(datum.interval, &days, &rest);
    return methods_hash_number((uint64_t)days ^ methods_hash_number((uint64_t)rest));
}

/* Largest first; each is printed with the smaller one that ends the range. */
static const struct {
    int32_t field;
    const char *name;
} field_names[] = {
    {DATETIME_FIELD_YEAR, "year"},     {DATETIME_FIELD_MONTH, "month"},
    {DATETIME_FIELD_DAY, "day"},       {DATETIME_FIELD_HOUR, "hour"},
    {DATETIME_FIELD_MINUTE, "minute"}, {DATETIME_FIELD_SECOND, "second"},
};

void datetime_interval_format(int32_t typmod, struct buffer *out)
{
    int32_t fields = typmod >> 16;
    int32_t digits = typmod & 0xFFFF;
    const char *first = NULL;
    const char *last = NULL;
    for (size_t i = 0; fields != DATETIME_FIELDS_ALL && i < ARRAY_COUNT(field_names);
         i++) {
        if ((fields & field_names[i].field) == 0)
            continue;
        first = first == NULL ? field_names[i].name : first;
        last = field_names[i].name;
    }
    if (first != NULL)
        buffer_printf(out, " %s", first);
    if (last != first)
        buffer_printf(out, " to %s", last);
    if (digits != 0xFFFF)
        buffer_printf(out, "(%d)", digits);
}

void datetime_interval_bound(int32_t typmod, struct datum_interval *interval)
{
    int32_t fields = typmod >> 16;
    int64_t unit = 1;
    bool all = fields == DATETIME_FIELDS_ALL;
    if (!all && (fields & (DATETIME_FIELD_HOUR | DATETIME_FIELD_MINUTE |
                           DATETIME_FIELD_SECOND)) == 0)
        interval->microseconds = 0;
    if (!all && fields <= (DATETIME_FIELD_YEAR | DATETIME_FIELD_MONTH))
        interval->days = 0;
    if (fields == DATETIME_FIELD_YEAR)
        interval->months -= interval->months % 12;
    if (!all && (fields & DATETIME_FIELD_SECOND) == 0)
        unit = (fields & DATETIME_FIELD_MINUTE) != 0 ? DATETIME_MINUTE : DATETIME_HOUR;
    interval->microseconds -= interval->microseconds % unit;
    if ((typmod & 0xFFFF) <= 6)
        interval->microseconds = datetime_round(interval->microseconds, typmod & 0xFFFF);
}

const struct type_methods interval_methods = {
    TYPE_STORAGE_INTERVAL, interval_input,   interval_output, interval_receive,
    interval_send,         interval_compare, interval_hash,
};
