/* to_date() and to_timestamp() by a template. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/ascii.h"
#include "base/utf8.h"
#include "sql/functions/format.h"
#include "sql/types/datetime.h"

/* What the fields said; 0 is "nothing". */
struct found {
    char calendar; /* g, i or 0 */
    int hour;
    int pm;
    int minute;
    int second;
    int of_day; /* seconds since midnight */
    int weekday;
    int day;
    int day_of_year;
    int month;
    int milliseconds;
    int year;
    bool bc_seen;
    int bc;
    int week;
    int week_of_month;
    int century;
    int julian;
    int microseconds;
    int year_digits;
    bool twelve;
    int zone_sign;
    int zone_hours;
    int zone_minutes;
};

struct reader_state {
    struct call *call;
    struct bytes whole;
    const char *at; /* NUL-terminated */
    const struct format *format;
    size_t piece;
    struct found found;
    bool exact; /* FX */
    int skipped;
};

static bool is_space(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static bool is_separator(char byte)
{
    uint8_t lower = ascii_lower((uint8_t)byte);
    return byte > 0x20 && byte < 0x7F && !(lower >= 'a' && lower <= 'z') &&
           !(byte >= '0' && byte <= '9');
}

static size_t character_len(const char *at)
{
    size_t len = utf8_char_len(bytes_of_text(at));
    return len == 0 ? 1 : len;
}

static enum rc format_error(struct error *err, const char *message, const char *detail,
                            const char *hint)
{
    error_set(err, SQLSTATE_INVALID_DATETIME_FORMAT, "%s", message);
    if (detail != NULL)
        error_detail(err, "%s", detail);
    if (hint != NULL)
        error_hint(err, "%s", hint);
    return error_failed(RC_FAILED);
}

static enum rc set_field(struct reader_state *state, int *field, int value,
                         struct error *err)
{
    if (*field != 0 && *field != value)
        return format_error(
            err,
            arena_printf(state->call->arena,
                         "conflicting values for \"%s\" field in formatting string",
                         state->format->pieces[state->piece].key->name),
            "This value contradicts a previous setting for the same field type.", NULL);
    *field = value;
    return RC_OK;
}

/* Whether what follows in the template ends a number. */
static bool number_ends(const struct reader_state *state)
{
    const struct format_piece *piece = &state->format->pieces[state->piece];
    if ((piece->suffix & (FORMAT_TH | FORMAT_TH_LOW)) != 0)
        return true;
    if (state->piece + 1 >= state->format->count)
        return true;
    piece++;
    if (piece->kind == FORMAT_PATTERN)
        return !piece->key->digits;
    return !(piece->text.len == 1 && piece->text.at[0] >= '0' &&
             piece->text.at[0] <= '9');
}

static const char widths_hint[] =
    "If your source string is not fixed-width, try using the \"FM\" modifier.";

static enum rc check_width(struct reader_state *state, const char *copy, size_t len,
                           size_t used, bool parsed, struct error *err)
{
    struct arena *arena = state->call->arena;
    const char *name = state->format->pieces[state->piece].key->name;
    if (used == len || (parsed && used == 0))
        return RC_OK;
    if (!parsed)
        return format_error(
            err,
            arena_printf(arena, "source string too short for \"%s\" formatting field",
                         name),
            arena_printf(arena, "Field requires %zu characters, but only %zu remain.",
                         len, used),
            widths_hint);
    return format_error(
        err, arena_printf(arena, "invalid value \"%s\" for \"%s\"", copy, name),
        arena_printf(arena,
                     "Field requires %zu characters, but only %zu could be parsed.", len,
                     used),
        widths_hint);
}

/* A number of at most `len` digits, or of any number where nothing else can follow.
 * *used_out (may be NULL) is what it took. */
static enum rc take_number(struct reader_state *state, size_t len, int *field,
                           int *used_out, struct error *err)
{
    const struct format_piece *piece = &state->format->pieces[state->piece];
    const char *start = state->at;
    char copy[33] = {0};
    char *end = NULL;
    long number = 0;
    errno = 0;
    while (is_space(*state->at))
        state->at++;
    strncpy(copy, state->at, len);
    if ((piece->suffix & FORMAT_FILL) != 0 || number_ends(state)) {
        number = strtol(start, &end, 10);
        state->at = end;
    } else {
        TRY(check_width(state, copy, len, strlen(copy), false, err));
        number = strtol(copy, &end, 10);
        TRY(check_width(state, copy, len, (size_t)(end - copy), true, err));
        state->at += end - copy;
    }
    if (state->at == start)
        return format_error(err,
                            arena_printf(state->call->arena,
                                         "invalid value \"%s\" for \"%s\"", copy,
                                         piece->key->name),
                            "Value must be an integer.", NULL);
    if (errno == ERANGE || number < INT32_MIN || number > INT32_MAX) {
        error_set(err, SQLSTATE_DATETIME_FIELD_OVERFLOW,
                  "value for \"%s\" in source string is out of range", piece->key->name);
        return error_detail(err, "Value must be in the range %d to %d.", INT32_MIN,
                            INT32_MAX);
    }
    if (field != NULL)
        TRY(set_field(state, field, (int)number, err));
    if (used_out != NULL)
        *used_out = (int)(state->at - start);
    if ((piece->suffix & (FORMAT_TH | FORMAT_TH_LOW)) != 0) {
        for (int i = 0; i < 2 && *state->at != '\0'; i++)
            state->at += character_len(state->at);
    }
    return RC_OK;
}

/* Which of the words stands here, in any case; `prefix` letters of each count, 0: all. */
static enum rc take_word(struct reader_state *state, const char *const *words,
                         size_t count, size_t prefix, int *out, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        size_t len = prefix > 0 ? prefix : strlen(words[i]);
        size_t at = 0;
        while (at < len &&
               ascii_lower((uint8_t)state->at[at]) == ascii_lower((uint8_t)words[i][at]))
            at++;
        if (at == len) {
            state->at += len;
            *out = (int)i;
            return RC_OK;
        }
    }
    size_t len = 0;
    while (state->at[len] != '\0' && !is_space(state->at[len]))
        len++;
    return format_error(
        err,
        arena_printf(state->call->arena, "invalid value \"%.*s\" for \"%s\"", (int)len,
                     state->at, state->format->pieces[state->piece].key->name),
        "The given value did not match any of the allowed values for this field.", NULL);
}

static enum rc take_halves(struct reader_state *state, struct error *err)
{
    static const char *const eras[] = {"ad", "bc"};
    static const char *const eras_dots[] = {"a.d.", "b.c."};
    static const char *const halves[] = {"am", "pm"};
    static const char *const halves_dots[] = {"a.m.", "p.m."};
    int value = 0;
    switch (state->format->pieces[state->piece].key->id) {
    case DATE_AD:
        TRY(take_word(state, eras, 2, 0, &value, err));
        return set_field(state, &state->found.bc, value, err);
    case DATE_AD_DOTS:
        TRY(take_word(state, eras_dots, 2, 0, &value, err));
        return set_field(state, &state->found.bc, value, err);
    case DATE_AM:
        TRY(take_word(state, halves, 2, 0, &value, err));
        break;
    default:
        TRY(take_word(state, halves_dots, 2, 0, &value, err));
        break;
    }
    state->found.twelve = true;
    return set_field(state, &state->found.pm, value, err);
}

static enum rc take_names(struct reader_state *state, int id, struct error *err)
{
    int value = 0;
    switch (id) {
    case DATE_MONTH:
    case DATE_MON:
        TRY(take_word(state, format_months, 12, id == DATE_MON ? 3 : 0, &value, err));
        return set_field(state, &state->found.month, value + 1, err);
    case DATE_DAY:
    case DATE_DY:
        TRY(take_word(state, format_days, 7, id == DATE_DY ? 3 : 0, &value, err));
        state->found.weekday = value + 1;
        return RC_OK;
    default: {
        /* "VIII" begins with "VII": the table has the longer first. */
        static const char *const romans[] = {"XII", "XI", "X",  "IX",  "VIII", "VII",
                                             "VI",  "V",  "IV", "III", "II",   "I"};
        TRY(take_word(state, romans, 12, 0, &value, err));
        return set_field(state, &state->found.month, 12 - value, err);
    }
    }
}

static int to_microseconds(int number, int digits, int of)
{
    for (; digits < of; digits++)
        number *= 10;
    return number;
}

static enum rc take_fraction(struct reader_state *state, int id, struct error *err)
{
    int used = 0;
    if (id == DATE_MS) {
        TRY(take_number(state, 3, &state->found.milliseconds, &used, err));
        state->found.milliseconds = to_microseconds(state->found.milliseconds, used, 3);
        return RC_OK;
    }
    size_t len = id == DATE_US ? 6 : (size_t)(id - DATE_FF1 + 1);
    TRY(take_number(state, len, &state->found.microseconds, &used, err));
    state->found.microseconds = to_microseconds(state->found.microseconds, used, 6);
    return RC_OK;
}

/* Two and three digits lie near 2020. */
static int near_2020(int year)
{
    if (year < 70)
        return year + 2000;
    if (year < 100)
        return year + 1900;
    if (year < 520)
        return year + 2000;
    return year < 1000 ? year + 1000 : year;
}

static enum rc take_year(struct reader_state *state, int id, struct error *err)
{
    struct found *found = &state->found;
    int used = 0;
    if (id == DATE_Y_YYY) {
        int thousands = 0;
        int rest = 0;
        int len = 0;
        if (sscanf(state->at, "%d,%03d%n", &thousands, &rest, &len) < 2)
            return format_error(err, "invalid input string for \"Y,YYY\"", NULL, NULL);
        TRY(set_field(state, &found->year, thousands * 1000 + rest, err));
        found->year_digits = 4;
        state->at += len;
        return RC_OK;
    }
    int digits = (int)strlen(state->format->pieces[state->piece].key->name);
    TRY(take_number(state, (size_t)digits, &found->year, &used, err));
    if (used < 4 && digits < 4)
        found->year = near_2020(found->year);
    found->year_digits = digits;
    return RC_OK;
}

static enum rc take_zone(struct reader_state *state, int id, struct error *err)
{
    struct found *found = &state->found;
    if (id == DATE_TZM) {
        found->zone_sign = found->zone_sign == 0 ? 1 : found->zone_sign;
        return take_number(state, 2, &found->zone_minutes, NULL, err);
    }
    if (id == DATE_TZ || id == DATE_OF)
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "formatting field \"%s\" is only supported in to_char",
                         state->format->pieces[state->piece].key->name);
    if (*state->at == '+' || *state->at == '-' || *state->at == ' ') {
        found->zone_sign = *state->at == '-' ? -1 : 1;
        state->at++;
    } else {
        found->zone_sign = state->skipped > 0 && state->at[-1] == '-' ? -1 : 1;
    }
    return take_number(state, 2, &found->zone_hours, NULL, err);
}

static enum rc take_weekday(struct reader_state *state, int id, struct error *err)
{
    struct found *found = &state->found;
    TRY(take_number(state, id == DATE_ID ? 1 : strlen("D"), &found->weekday, NULL, err));
    if (id == DATE_ID && ++found->weekday > 7)
        found->weekday = 1;
    return RC_OK;
}

static enum rc take_plain(struct reader_state *state, int id, struct error *err)
{
    struct found *found = &state->found;
    switch (id) {
    case DATE_HH12:
        found->twelve = true;
        return take_number(state, 2, &found->hour, NULL, err);
    case DATE_HH24:
        return take_number(state, 2, &found->hour, NULL, err);
    case DATE_MI:
        return take_number(state, 2, &found->minute, NULL, err);
    case DATE_SS:
        return take_number(state, 2, &found->second, NULL, err);
    case DATE_SSSS:
        return take_number(state, strlen(state->format->pieces[state->piece].key->name),
                           &found->of_day, NULL, err);
    case DATE_MM:
        return take_number(state, 2, &found->month, NULL, err);
    case DATE_DDD:
    case DATE_IDDD:
        return take_number(state, 3, &found->day_of_year, NULL, err);
    case DATE_DD:
        return take_number(state, 2, &found->day, NULL, err);
    case DATE_WW:
    case DATE_IW:
        return take_number(state, 2, &found->week, NULL, err);
    case DATE_Q:
        return take_number(state, 1, NULL, NULL, err);
    case DATE_CC:
        return take_number(state, 2, &found->century, NULL, err);
    case DATE_W:
        return take_number(state, 1, &found->week_of_month, NULL, err);
    default:
        return take_number(state, 1, &found->julian, NULL, err);
    }
}

static enum rc take_field(struct reader_state *state, struct error *err)
{
    const struct format_key *key = state->format->pieces[state->piece].key;
    if (key->calendar != 0 && state->found.calendar != 0 &&
        key->calendar != state->found.calendar)
        return format_error(err, "invalid combination of date conventions", NULL,
                            "Do not mix Gregorian and ISO week date conventions in a "
                            "formatting template.");
    if (key->calendar != 0)
        state->found.calendar = key->calendar;
    switch (key->id) {
    case DATE_FX:
        state->exact = true;
        return RC_OK;
    case DATE_AD:
    case DATE_AD_DOTS:
    case DATE_AM:
    case DATE_AM_DOTS:
        return take_halves(state, err);
    case DATE_MONTH:
    case DATE_MON:
    case DATE_DAY:
    case DATE_DY:
    case DATE_RM:
        return take_names(state, key->id, err);
    case DATE_MS:
    case DATE_US:
    case DATE_FF1:
    case DATE_FF2:
    case DATE_FF3:
    case DATE_FF4:
    case DATE_FF5:
    case DATE_FF6:
        return take_fraction(state, key->id, err);
    case DATE_Y_YYY:
    case DATE_YYYY:
    case DATE_YYY:
    case DATE_YY:
    case DATE_Y:
    case DATE_IYYY:
    case DATE_IYY:
    case DATE_IY:
    case DATE_I:
        return take_year(state, key->id, err);
    case DATE_TZ:
    case DATE_TZH:
    case DATE_TZM:
    case DATE_OF:
        return take_zone(state, key->id, err);
    case DATE_D:
    case DATE_ID:
        return take_weekday(state, key->id, err);
    default:
        return take_plain(state, key->id, err);
    }
}

static void skip_spaces(struct reader_state *state)
{
    while (is_space(*state->at)) {
        state->at++;
        state->skipped++;
    }
}

/* A blank or a mark of the template takes one of the text, if there is one. */
static void take_filling(struct reader_state *state)
{
    bool text = state->format->pieces[state->piece].kind == FORMAT_TEXT;
    if (state->exact) {
        state->at += character_len(state->at);
        return;
    }
    if (!text) {
        state->skipped--;
        if (is_space(*state->at) || is_separator(*state->at)) {
            state->at++;
            state->skipped++;
        }
        return;
    }
    if (state->skipped > 0)
        state->skipped--;
    else
        state->at += character_len(state->at);
}

static enum rc take_all(struct reader_state *state, struct error *err)
{
    for (state->piece = 0; state->piece < state->format->count && *state->at != '\0';
         state->piece++) {
        bool field = state->format->pieces[state->piece].kind == FORMAT_PATTERN;
        if (!state->exact && (field || state->piece == 0))
            skip_spaces(state);
        if (!field) {
            if (*state->at != '\0' || !state->exact)
                take_filling(state);
            continue;
        }
        TRY(take_field(state, err));
        if (!state->exact) {
            state->skipped = 0;
            skip_spaces(state);
        }
    }
    return RC_OK;
}

/* --- from fields to a date -------------------------------------------------------- */

static int64_t whole_year(const struct found *found)
{
    int64_t year = found->year;
    int64_t century = found->bc ? -found->century : found->century;
    if (found->year != 0 && found->century != 0 && found->year_digits <= 2) {
        year %= 100;
        if (year != 0)
            return century < 0 ? (century + 1) * 100 - year + 1
                               : (century - 1) * 100 + year;
        return century * 100 + (century >= 0 ? 0 : 1);
    }
    if (found->year != 0) {
        year = found->bc ? -year : year;
        return year < 0 ? year + 1 : year;
    }
    if (found->century != 0)
        return century >= 0 ? (century - 1) * 100 + 1 : century * 100 + 1;
    return 0;
}

struct built {
    int64_t year;
    int64_t month;
    int64_t day;
    int64_t time;
};

static void set_days(struct built *built, int64_t days)
{
    struct datetime parts;
    datetime_split_days(days, &parts);
    built->year = parts.year;
    built->month = parts.month;
    built->day = parts.day;
}

static enum rc build_date(struct found *found, struct built *built, struct error *err)
{
    *built = (struct built){whole_year(found), 1, 1, 0};
    bool weeks = found->calendar == 'i';
    if (found->julian != 0)
        set_days(built, found->julian - (int64_t)DATETIME_JULIAN_EPOCH);
    if (found->week != 0 && weeks) {
        int64_t start = format_iso_start(built->year) + (found->week - 1) * INT64_C(7);
        int64_t weekday = found->weekday > 1    ? found->weekday - 2
                          : found->weekday == 1 ? 6
                                                : 0;
        set_days(built, start + weekday);
    } else if (found->week != 0) {
        found->day_of_year = (found->week - 1) * 7 + 1;
    }
    if (found->week_of_month != 0)
        found->day = (found->week_of_month - 1) * 7 + 1;
    if (found->day != 0)
        built->day = found->day;
    if (found->month != 0)
        built->month = found->month;
    if (found->day_of_year == 0 || (built->month > 1 && built->day > 1))
        return RC_OK;
    if (built->year == 0 && !found->bc)
        return format_error(err, "cannot calculate day of year without year information",
                            NULL, NULL);
    struct built of_year = *built;
    set_days(&of_year,
             (weeks ? format_iso_start(built->year) : datetime_days(built->year, 1, 1)) +
                 found->day_of_year - 1);
    if (weeks) {
        *built = of_year;
        return RC_OK;
    }
    built->month = built->month <= 1 ? of_year.month : built->month;
    built->day = built->day <= 1 ? of_year.day : built->day;
    if (found->day_of_year > 366)
        built->day = 32;
    return RC_OK;
}

static enum rc field_range(const struct reader_state *state, bool hint, struct error *err)
{
    error_set(err, SQLSTATE_DATETIME_FIELD_OVERFLOW,
              "date/time field value out of range: \"%.*s\"", BYTES_PRINT(state->whole));
    if (hint)
        error_hint(err, "Perhaps you need a different \"datestyle\" setting.");
    return error_failed(RC_FAILED);
}

static enum rc build_time(const struct reader_state *state, struct built *built,
                          struct error *err)
{
    const struct found *found = &state->found;
    int64_t hour = found->hour;
    int64_t minute = found->minute;
    int64_t second = found->second;
    if (found->of_day != 0) {
        hour = found->hour != 0 ? hour : found->of_day / 3600;
        minute = found->minute != 0 ? minute : found->of_day % 3600 / 60;
        second = found->second != 0 ? second : found->of_day % 60;
    }
    if (found->twelve && (hour < 1 || hour > 12))
        return format_error(err,
                            arena_printf(state->call->arena,
                                         "hour \"%lld\" is invalid for the 12-hour clock",
                                         (long long)hour),
                            NULL,
                            "Use the 24-hour clock, or give an hour between 1 and 12.");
    if (found->twelve && found->pm != 0 && hour < 12)
        hour += 12;
    else if (found->twelve && found->pm == 0 && hour == 12)
        hour = 0;
    int64_t fraction = found->milliseconds * INT64_C(1000) + found->microseconds;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 ||
        fraction < 0 || fraction >= DATETIME_SECOND)
        return field_range(state, false, err);
    built->time = hour * DATETIME_HOUR + minute * DATETIME_MINUTE +
                  second * DATETIME_SECOND + fraction;
    return RC_OK;
}

static enum rc check_date(const struct reader_state *state, const struct built *built,
                          struct error *err)
{
    if (built->month < 1 || built->month > 12 || built->day < 1 || built->day > 31)
        return field_range(state, false, err);
    return built->day > datetime_month_length(built->year, (int)built->month)
               ? field_range(state, false, err)
               : RC_OK;
}

static enum rc read_text(struct call *call, const struct value *arguments,
                         struct reader_state *state, struct built *built,
                         struct error *err)
{
    struct format format;
    struct bytes text = arguments[0].datum.bytes;
    *state = (struct reader_state){.call = call, .whole = text, .format = &format};
    state->at = arena_strndup(call->arena, (const char *)text.at, text.len);
    format_split_date(call->arena, arguments[1].datum.bytes, &format);
    TRY(take_all(state, err));
    TRY(build_date(&state->found, built, err));
    TRY(build_time(state, built, err));
    return check_date(state, built, err);
}

FUNCTION_ROW(to_date)
{
    struct reader_state state;
    struct built built;
    TRY(read_text(call, arguments, &state, &built, err));
    int64_t days = built.year > DATETIME_DATE_END / 365 || built.year < -5000
                       ? INT64_MAX
                       : datetime_days(built.year, built.month, built.day);
    if (days < DATETIME_DATE_MIN || days >= DATETIME_DATE_END)
        return error_set(err, SQLSTATE_DATETIME_FIELD_OVERFLOW,
                         "date out of range: \"%.*s\"", BYTES_PRINT(state.whole));
    result->datum.int32 = (int32_t)days;
    return RC_OK;
}

FUNCTION_ROW(to_timestamp)
{
    struct reader_state state;
    struct built built;
    TRY(read_text(call, arguments, &state, &built, err));
    const struct found *found = &state.found;
    int64_t days = datetime_days(built.year, built.month, built.day);
    bool far = built.year > 294277 || built.year < -4800;
    int64_t local = far ? 0 : days * DATETIME_DAY + built.time;
    int64_t zone = 0;
    if (found->zone_sign != 0) {
        if (found->zone_hours < 0 || found->zone_hours > 15 || found->zone_minutes < 0 ||
            found->zone_minutes > 59)
            return field_range(&state, false, err);
        zone = found->zone_sign * (found->zone_hours * 3600 + found->zone_minutes * 60);
    } else if (!far) {
        zone = datetime_zone_local(call->types, local);
    }
    result->datum.int64 = local - zone * DATETIME_SECOND;
    return far || !datetime_is_valid(result->datum.int64)
               ? error_set(err, SQLSTATE_DATETIME_FIELD_OVERFLOW,
                           "timestamp out of range")
               : RC_OK;
}
