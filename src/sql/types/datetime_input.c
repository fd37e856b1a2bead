/* Reading dates and times: what PostgreSQL's manual, appendix B.1, tells. A text is cut
 * into fields; each says by its shape which part it is. */
#include "base/ascii.h"
#include "sql/types/datetime.h"
#include "sql/types/methods.h"
#include "sql/types/zone.h"

enum { FIELDS_MAX = 25 };

enum field_kind {
    FIELD_NUMBER, /* digits, perhaps with a fraction */
    FIELD_DATE,   /* parts joined by - / or . */
    FIELD_TIME,   /* with colons */
    FIELD_WORD,
    FIELD_ZONE, /* a sign and digits */
};

struct field {
    enum field_kind kind;
    struct bytes text;
};

struct reading {
    const struct type_context *context;
    struct bytes whole;
    const char *title;
    struct field fields[FIELDS_MAX];
    size_t count;
    struct datetime_input *out;
    bool has_year;
    bool has_month;
    bool has_day;
    bool two_digits; /* the year had but two */
    bool before_christ;
    char half;     /* a: AM, p: PM; 0: neither */
    bool julian;   /* the next number is a Julian day */
    bool day_word; /* today and the like set the date */
};

static enum rc bad_syntax(const struct reading *reading, struct error *err)
{
    return error_set(err, SQLSTATE_INVALID_DATETIME_FORMAT,
                     "invalid input syntax for type %s: \"%.*s\"", reading->title,
                     BYTES_PRINT(reading->whole));
}

static enum rc bad_field(const struct reading *reading, struct error *err)
{
    return error_set(err, SQLSTATE_DATETIME_FIELD_OVERFLOW,
                     "date/time field value out of range: \"%.*s\"",
                     BYTES_PRINT(reading->whole));
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_letter(uint8_t byte)
{
    byte = ascii_lower(byte);
    return byte >= 'a' && byte <= 'z';
}

static bool is_time_byte(uint8_t byte)
{
    return is_digit(byte) || byte == ':' || byte == '.';
}

/* The end of a field that starts with a digit, and its kind. */
static size_t scan_digits(struct bytes text, size_t at, enum field_kind *kind)
{
    size_t end = at;
    *kind = FIELD_NUMBER;
    while (end < text.len && is_digit(text.at[end]))
        end++;
    if (end == text.len)
        return end;
    if (text.at[end] == ':') {
        *kind = FIELD_TIME;
        while (end < text.len && is_time_byte(text.at[end]))
            end++;
        return end;
    }
    bool joins = text.at[end] == '-' || text.at[end] == '/';
    size_t next = end + 1;
    if (text.at[end] == '.') {
        while (next < text.len && is_digit(text.at[next]))
            next++;
        joins = next < text.len && text.at[next] == '.';
        if (!joins)
            return next;
    }
    if (!joins)
        return end;
    *kind = FIELD_DATE;
    uint8_t joint = text.at[end];
    while (end < text.len && (is_digit(text.at[end]) || text.at[end] == joint ||
                              (is_letter(text.at[end]) && text.at[end - 1] == joint) ||
                              (is_letter(text.at[end]) && is_letter(text.at[end - 1]))))
        end++;
    return end;
}

static int month_of(struct bytes word)
{
    static const char *const names[] = {"january",   "february", "march",    "april",
                                        "may",       "june",     "july",     "august",
                                        "september", "october",  "november", "december"};
    for (int i = 0; i < 12; i++) {
        bool whole = ascii_is_word(word, names[i]);
        if (whole || (word.len == 3 && ascii_is_prefix_of(word, names[i])))
            return i + 1;
    }
    return ascii_is_word(word, "sept") ? 9 : 0;
}

/* "Jan-08-1999" is a date; anything else with letters in front is a word. */
static size_t scan_word(struct bytes text, size_t at, enum field_kind *kind)
{
    size_t start = at;
    *kind = FIELD_WORD;
    while (at < text.len && is_letter(text.at[at]))
        at++;
    if (at + 1 < text.len && text.at[at] == '-' && is_digit(text.at[at + 1]) &&
        month_of(bytes_of(text.at + start, at - start)) > 0) {
        *kind = FIELD_DATE;
        while (at < text.len && (is_digit(text.at[at]) || text.at[at] == '-'))
            at++;
        return at;
    }
    bool zone = at < text.len && (text.at[at] == '/' || text.at[at] == '_');
    while (zone && at < text.len &&
           (is_letter(text.at[at]) || is_digit(text.at[at]) || text.at[at] == '/' ||
            text.at[at] == '_' || text.at[at] == '-' || text.at[at] == '+'))
        at++;
    return at;
}

static size_t scan_signed(struct bytes text, size_t at, enum field_kind *kind)
{
    size_t end = at + 1;
    if (end < text.len && is_letter(text.at[end])) {
        return scan_word(text, end, kind);
    }
    *kind = FIELD_ZONE;
    while (end < text.len && is_time_byte(text.at[end]))
        end++;
    return end;
}

static enum rc split(struct reading *reading, struct error *err)
{
    struct bytes text = reading->whole;
    size_t at = 0;
    while (at < text.len) {
        uint8_t byte = text.at[at];
        if (methods_is_space(byte) || byte == ',') {
            at++;
            continue;
        }
        if (reading->count == FIELDS_MAX)
            return bad_syntax(reading, err);
        struct field *field = &reading->fields[reading->count++];
        size_t end = at;
        if (is_digit(byte)) {
            end = scan_digits(text, at, &field->kind);
        } else if (is_letter(byte)) {
            end = scan_word(text, at, &field->kind);
        } else if (byte == '+' || byte == '-') {
            end = scan_signed(text, at, &field->kind);
        } else if (byte > ' ' && byte < 0x7F) {
            /* Other marks part fields and mean nothing. */
            reading->count--;
            at++;
            continue;
        } else {
            return bad_syntax(reading, err);
        }
        field->text = bytes_of(text.at + at, end - at);
        at = end;
    }
    return reading->count == 0 ? bad_syntax(reading, err) : RC_OK;
}

static bool take_number(struct bytes *text, int64_t *out)
{
    size_t len = 0;
    *out = 0;
    while (len < text->len && len < 9 && is_digit(text->at[len]))
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

/* Digits behind a point as microseconds, rounded. */
static int64_t take_fraction(struct bytes *text)
{
    int64_t out = 0;
    int64_t unit = 1000000;
    while (text->len > 0 && is_digit(text->at[0])) {
        int digit = text->at[0] - '0';
        if (unit == 1)
            out += digit >= 5 ? 1 : 0;
        unit /= 10;
        out += digit * unit;
        *text = bytes_of(text->at + 1, text->len - 1);
    }
    return out;
}

static enum rc set_time(struct reading *reading, const int64_t parts[3], int64_t fraction,
                        struct error *err)
{
    struct datetime_input *out = reading->out;
    if (out->has_time)
        return bad_syntax(reading, err);
    bool midnight = parts[0] == 24 && parts[1] == 0 && parts[2] == 0 && fraction == 0;
    if ((parts[0] > 23 && !midnight) || parts[1] > 59 || parts[2] > 60 ||
        (parts[2] == 60 && fraction > 0))
        return bad_field(reading, err);
    out->has_time = true;
    out->time = parts[0] * DATETIME_HOUR + parts[1] * DATETIME_MINUTE +
                parts[2] * DATETIME_SECOND + fraction;
    return RC_OK;
}

static enum rc read_time(struct reading *reading, struct bytes text, struct error *err)
{
    int64_t parts[3] = {0};
    int64_t fraction = 0;
    if (!take_number(&text, &parts[0]) || !take_byte(&text, ':') ||
        !take_number(&text, &parts[1]))
        return bad_syntax(reading, err);
    if (take_byte(&text, ':') && !take_number(&text, &parts[2]))
        return bad_syntax(reading, err);
    if (take_byte(&text, '.'))
        fraction = take_fraction(&text);
    return text.len > 0 ? bad_syntax(reading, err)
                        : set_time(reading, parts, fraction, err);
}

static enum rc set_year(struct reading *reading, int64_t year, size_t digits,
                        struct error *err)
{
    if (reading->has_year)
        return bad_syntax(reading, err);
    reading->has_year = true;
    reading->two_digits = digits <= 2;
    reading->out->year = year;
    return RC_OK;
}

static enum rc set_day(struct reading *reading, int64_t day, struct error *err)
{
    if (reading->has_day)
        return bad_syntax(reading, err);
    reading->has_day = true;
    reading->out->day = day;
    return RC_OK;
}

static enum rc set_month(struct reading *reading, int64_t month, struct error *err)
{
    if (reading->has_month)
        return bad_syntax(reading, err);
    reading->has_month = true;
    reading->out->month = month;
    return RC_OK;
}

/* A number of a date: the year when it has three digits or more, or comes first in the
 * order of DateStyle; else month, day, year as they are missing. */
static enum rc set_part(struct reading *reading, int64_t number, size_t digits,
                        struct error *err)
{
    if (digits >= 3 && !reading->has_year)
        return set_year(reading, number, digits, err);
    if (!reading->has_year && !reading->has_month && !reading->has_day) {
        if (reading->context->date_order == TYPE_ORDER_YMD)
            return set_year(reading, number, digits, err);
        if (reading->context->date_order == TYPE_ORDER_DMY)
            return set_day(reading, number, err);
    }
    if (!reading->has_month)
        return set_month(reading, number, err);
    if (!reading->has_day)
        return set_day(reading, number, err);
    return set_year(reading, number, digits, err);
}

/* Day of the year. */
static enum rc set_day_of_year(struct reading *reading, int64_t day, struct error *err)
{
    struct datetime parts;
    if (day < 1 || day > 366 || reading->has_month || reading->has_day)
        return bad_field(reading, err);
    datetime_split((datetime_days(reading->out->year, 1, 1) + day - 1) * DATETIME_DAY,
                   &parts);
    reading->out->month = parts.month;
    reading->out->day = parts.day;
    reading->has_month = true;
    reading->has_day = true;
    return RC_OK;
}

static enum rc read_date(struct reading *reading, struct bytes text, struct error *err)
{
    uint8_t joint = 0;
    for (size_t i = 0; joint == 0 && i < text.len; i++)
        joint = is_digit(text.at[i]) || is_letter(text.at[i]) ? 0 : text.at[i];
    size_t part = 0;
    bool named = false; /* the month is in letters */
    for (size_t i = 0; i < text.len; i++)
        named = named || is_letter(text.at[i]);
    while (text.len > 0) {
        size_t len = 0;
        int64_t number = 0;
        while (len < text.len && text.at[len] != joint)
            len++;
        struct bytes piece = bytes_of(text.at, len);
        size_t digits = piece.len;
        bool last = len == text.len;
        text = bytes_of(text.at + len + (last ? 0 : 1), text.len - len - (last ? 0 : 1));
        int month = piece.len > 0 && is_letter(piece.at[0]) ? month_of(piece) : 0;
        if (month > 0)
            TRY(set_month(reading, month, err));
        else if (!take_number(&piece, &number) || piece.len > 0)
            return bad_syntax(reading, err);
        else if (named && digits <= 2 && !reading->has_day)
            TRY(set_day(reading, number, err));
        else if (part == 1 && last && reading->has_year && digits == 3)
            TRY(set_day_of_year(reading, number, err));
        else
            TRY(set_part(reading, number, digits, err));
        part++;
    }
    return part < 2 ? bad_syntax(reading, err) : RC_OK;
}

/* hhmm or hhmmss without colons. */
static enum rc read_packed_time(struct reading *reading, struct bytes text,
                                struct error *err)
{
    int64_t number = 0;
    int64_t fraction = 0;
    size_t digits = text.len;
    (void)take_number(&text, &number);
    digits -= text.len;
    if (take_byte(&text, '.'))
        fraction = take_fraction(&text);
    if (digits == 4)
        number *= 100;
    const int64_t parts[] = {number / 10000, number / 100 % 100, number % 100};
    return set_time(reading, parts, fraction, err);
}

static void set_date_from(struct reading *reading, int64_t timestamp)
{
    struct datetime parts;
    datetime_split(timestamp, &parts);
    reading->out->year = parts.year;
    reading->out->month = parts.month;
    reading->out->day = parts.day;
    reading->has_year = reading->has_month = reading->has_day = true;
    reading->day_word = true;
}

static enum rc read_number(struct reading *reading, struct bytes text, bool half_follows,
                           struct error *err)
{
    size_t digits = 0;
    int64_t number = 0;
    struct bytes rest = text;
    while (digits < text.len && is_digit(text.at[digits]))
        digits++;
    bool whole = digits == text.len;
    if (reading->julian) {
        reading->julian = false;
        if (!whole || !take_number(&rest, &number) || rest.len > 0)
            return bad_syntax(reading, err);
        set_date_from(reading, (number - DATETIME_JULIAN_EPOCH) * DATETIME_DAY);
        reading->day_word = true;
        return RC_OK;
    }
    bool dated = reading->has_year && reading->has_month && reading->has_day;
    if (half_follows && whole && digits <= 2) {
        (void)take_number(&rest, &number);
        return set_time(reading, (const int64_t[]){number, 0, 0}, 0, err);
    }
    bool time_only = strncmp(reading->title, "time", 4) == 0 &&
                     strncmp(reading->title, "timestamp", 9) != 0;
    if ((digits == 4 || digits == 6) && (dated || reading->day_word || time_only))
        return read_packed_time(reading, text, err);
    if ((digits == 8 || digits == 6) && whole && !reading->has_month) {
        (void)take_number(&rest, &number);
        TRY(set_year(reading, number / 10000, digits - 4, err));
        TRY(set_month(reading, number / 100 % 100, err));
        return set_day(reading, number % 100, err);
    }
    (void)take_number(&rest, &number);
    if (!whole || rest.len > 0) {
        bool day = reading->has_year || digits != 4 || text.len != digits + 4;
        if (day)
            return bad_syntax(reading, err);
        TRY(set_year(reading, number, digits, err));
        rest = bytes_of(rest.at + 1, rest.len - 1);
        (void)take_number(&rest, &number);
        return set_day_of_year(reading, number, err);
    }
    if (digits == 3 && reading->has_year && !reading->has_month)
        return set_day_of_year(reading, number, err);
    /* After a month in letters the day comes next, unless it is a year. */
    if (reading->has_month && !reading->has_day && digits <= 2)
        return set_day(reading, number, err);
    if (!reading->has_month && !reading->has_day && !reading->has_year && digits <= 2)
        return set_day(reading, number, err);
    return set_part(reading, number, digits, err);
}

static enum rc set_zone(struct reading *reading, int32_t zone, struct error *err)
{
    if (reading->out->has_zone)
        return bad_syntax(reading, err);
    reading->out->has_zone = true;
    reading->out->zone = zone;
    return RC_OK;
}

/* +hh, +hhmm, +hh:mm, +hh:mm:ss */
static enum rc read_zone(struct reading *reading, struct bytes text, struct error *err)
{
    int32_t sign = text.at[0] == '-' ? -1 : 1;
    int64_t parts[3] = {0};
    text = bytes_of(text.at + 1, text.len - 1);
    size_t before = text.len;
    if (!take_number(&text, &parts[0]))
        return bad_syntax(reading, err);
    if (before - text.len >= 3 && text.len == 0) {
        parts[1] = parts[0] % 100;
        parts[0] /= 100;
    } else if (take_byte(&text, ':')) {
        if (!take_number(&text, &parts[1]))
            return bad_syntax(reading, err);
        if (take_byte(&text, ':') && !take_number(&text, &parts[2]))
            return bad_syntax(reading, err);
    }
    if (text.len > 0)
        return bad_syntax(reading, err);
    if (parts[0] > 15 || parts[1] > 59 || parts[2] > 59)
        return error_set(err, SQLSTATE_INVALID_TIME_ZONE_DISPLACEMENT_VALUE,
                         "time zone displacement out of range: \"%.*s\"",
                         BYTES_PRINT(reading->whole));
    return set_zone(reading, sign * (int32_t)(parts[0] * 3600 + parts[1] * 60 + parts[2]),
                    err);
}

/* infinity, now, today and the others; false: none of them. */
static bool read_special(struct reading *reading, struct bytes word)
{
    static const struct {
        const char *word;
        enum datetime_word meaning;
    } words[] = {
        {"infinity", DATETIME_INFINITY},
        {"+infinity", DATETIME_INFINITY},
        {"-infinity", DATETIME_MINUS_INFINITY},
        {"epoch", DATETIME_EPOCH},
        {"now", DATETIME_NOW},
    };
    static const struct {
        const char *word;
        int days;
    } days[] = {{"today", 0}, {"tomorrow", 1}, {"yesterday", -1}};
    for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
        if (ascii_is_word(word, words[i].word)) {
            reading->out->word = words[i].meaning;
            return true;
        }
    }
    for (size_t i = 0; i < ARRAY_COUNT(days); i++) {
        if (ascii_is_word(word, days[i].word)) {
            int64_t now = reading->context->transaction_time;
            now += datetime_zone(reading->context, now) * DATETIME_SECOND;
            set_date_from(reading, now + days[i].days * DATETIME_DAY);
            return true;
        }
    }
    if (ascii_is_word(word, "allballs")) {
        reading->out->has_time = true;
        return set_zone(reading, 0, &(struct error){0}) == RC_OK;
    }
    return false;
}

static bool is_weekday(struct bytes word)
{
    static const char *const names[] = {"sunday",   "monday", "tuesday", "wednesday",
                                        "thursday", "friday", "saturday"};
    for (size_t i = 0; word.len >= 3 && i < ARRAY_COUNT(names); i++) {
        if (ascii_is_prefix_of(word, names[i]))
            return true;
    }
    return false;
}

static const char *lowered(struct arena *arena, struct bytes word)
{
    char *text = arena_strndup(arena, (const char *)word.at, word.len);
    for (char *at = text; *at != '\0'; at++)
        *at = (char)ascii_lower((uint8_t)*at);
    return text;
}

static enum rc read_zone_name(struct reading *reading, struct bytes word,
                              struct error *err)
{
    struct zone *zone = zone_open(reading->context->arena, word);
    const struct datetime_input *out = reading->out;
    if (zone == NULL)
        return memchr(word.at, '/', word.len) == NULL
                   ? bad_syntax(reading, err)
                   : error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                               "time zone \"%s\" not recognized",
                               lowered(reading->context->arena, word));
    if (out->year > 294277 || out->year < -4714)
        return set_zone(reading, 0, err);
    int64_t local = datetime_days(out->year, out->month == 0 ? 1 : out->month,
                                  out->day == 0 ? 1 : out->day) *
                        DATETIME_DAY +
                    out->time;
    return set_zone(reading, zone_offset_local(zone_offset, zone, local), err);
}

static enum rc read_word(struct reading *reading, size_t at, struct error *err)
{
    struct bytes word = reading->fields[at].text;
    int month = month_of(word);
    bool next_digit =
        at + 1 < reading->count && reading->fields[at + 1].kind != FIELD_WORD;
    if (month > 0)
        return set_month(reading, month, err);
    if (ascii_is_word(word, "j") && next_digit &&
        reading->fields[at + 1].kind == FIELD_NUMBER) {
        reading->julian = true;
        return RC_OK;
    }
    if (ascii_is_word(word, "am") || ascii_is_word(word, "pm")) {
        reading->half = (char)ascii_lower(word.at[0]);
    } else if (ascii_is_word(word, "bc") || ascii_is_word(word, "ad")) {
        reading->before_christ = ascii_lower(word.at[0]) == 'b';
    } else if (ascii_is_word(word, "t") && next_digit) {
        return RC_OK;
    } else if (read_special(reading, word) || is_weekday(word) ||
               ascii_is_word(word, "at") || ascii_is_word(word, "on")) {
        return RC_OK;
    } else {
        return read_zone_name(reading, word, err);
    }
    return RC_OK;
}

static bool half_follows(const struct reading *reading, size_t at)
{
    if (at + 1 >= reading->count || reading->fields[at + 1].kind != FIELD_WORD)
        return false;
    struct bytes word = reading->fields[at + 1].text;
    return ascii_is_word(word, "am") || ascii_is_word(word, "pm");
}

static enum rc read_fields(struct reading *reading, struct error *err)
{
    for (size_t i = 0; i < reading->count; i++) {
        struct bytes text = reading->fields[i].text;
        switch (reading->fields[i].kind) {
        case FIELD_NUMBER:
            TRY(read_number(reading, text, half_follows(reading, i), err));
            break;
        case FIELD_DATE:
            TRY(read_date(reading, text, err));
            break;
        case FIELD_TIME:
            TRY(read_time(reading, text, err));
            break;
        case FIELD_ZONE:
            TRY(read_zone(reading, text, err));
            break;
        default:
            TRY(read_word(reading, i, err));
            break;
        }
    }
    return RC_OK;
}

static enum rc finish_date(struct reading *reading, struct error *err)
{
    struct datetime_input *out = reading->out;
    out->has_date = reading->has_year && reading->has_month && reading->has_day;
    if (!out->has_date)
        return reading->has_year || reading->has_month || reading->has_day
                   ? bad_syntax(reading, err)
                   : RC_OK;
    if (reading->two_digits && !reading->before_christ)
        out->year += out->year < 70 ? 2000 : 1900;
    if (reading->before_christ && out->year <= 0)
        return bad_field(reading, err);
    if (!reading->before_christ && out->year == 0 && !reading->day_word)
        return bad_field(reading, err);
    if (reading->before_christ)
        out->year = 1 - out->year;
    if (out->month < 1 || out->month > 12 || out->day < 1 || out->day > 31) {
        (void)bad_field(reading, err);
        return error_hint(err, "Perhaps you need a different \"datestyle\" setting.");
    }
    return out->day > datetime_month_length(out->year, (int)out->month)
               ? bad_field(reading, err)
               : RC_OK;
}

static enum rc finish_half(struct reading *reading, struct error *err)
{
    struct datetime_input *out = reading->out;
    if (reading->half == 0)
        return RC_OK;
    if (!out->has_time || out->time >= 13 * DATETIME_HOUR)
        return bad_field(reading, err);
    bool twelve = out->time >= 12 * DATETIME_HOUR;
    if (reading->half == 'a' && twelve)
        out->time -= 12 * DATETIME_HOUR;
    else if (reading->half == 'p' && !twelve)
        out->time += 12 * DATETIME_HOUR;
    return RC_OK;
}

enum rc datetime_parse(const struct type_context *context, const char *title,
                       struct bytes text, struct datetime_input *out, struct error *err)
{
    struct reading reading = {
        .context = context, .whole = text, .title = title, .out = out};
    *out = (struct datetime_input){0};
    TRY(split(&reading, err));
    TRY(read_fields(&reading, err));
    if (out->word != DATETIME_PLAIN)
        return out->word == DATETIME_NOW && reading.count > 1 ? bad_syntax(&reading, err)
                                                              : RC_OK;
    TRY(finish_half(&reading, err));
    TRY(finish_date(&reading, err));
    bool near_now = out->year > -4715 && out->year < 294278;
    if (!out->has_zone && out->has_date && near_now)
        out->zone = datetime_zone_local(
            context,
            datetime_days(out->year, out->month, out->day) * DATETIME_DAY + out->time);
    return RC_OK;
}
