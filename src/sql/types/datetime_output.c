/* The text of dates and timestamps in each DateStyle (manual, chapter 8.5.2). */
#include <stdlib.h>

#include "base/ascii.h"
#include "sql/types/datetime.h"

void datetime_print_date(int64_t year, int month, int day, struct buffer *out)
{
    buffer_printf(out, "%04lld-%02d-%02d", (long long)(year <= 0 ? 1 - year : year),
                  month, day);
}

void datetime_print_time(int64_t time, struct buffer *out)
{
    buffer_printf(out, "%02d:%02d:%02d", (int)(time / DATETIME_HOUR),
                  (int)(time / DATETIME_MINUTE % 60), (int)(time / DATETIME_SECOND % 60));
    int fraction = (int)(time % DATETIME_SECOND);
    int digits = 6;
    while (digits > 0 && fraction % 10 == 0) {
        fraction /= 10;
        digits--;
    }
    if (digits > 0)
        buffer_printf(out, ".%0*d", digits, fraction);
}

void datetime_print_zone(int32_t east, struct buffer *out)
{
    int32_t rest = abs(east);
    buffer_printf(out, "%c%02d", east < 0 ? '-' : '+', rest / 3600);
    if (rest % 3600 != 0)
        buffer_printf(out, ":%02d", rest / 60 % 60);
    if (rest % 60 != 0)
        buffer_printf(out, ":%02d", rest % 60);
}

/* The numbers of a date as the style orders and joins them. */
static void print_styled_date(const struct type_context *context,
                              const struct datetime *parts, struct buffer *out)
{
    long long year = parts->year <= 0 ? 1 - parts->year : parts->year;
    bool day_first = context->date_order == TYPE_ORDER_DMY;
    int first = day_first ? parts->day : parts->month;
    int second = day_first ? parts->month : parts->day;
    switch (context->date_style) {
    case TYPE_DATE_SQL:
        buffer_printf(out, "%02d/%02d/%04lld", first, second, year);
        break;
    case TYPE_DATE_POSTGRES:
        buffer_printf(out, "%02d-%02d-%04lld", first, second, year);
        break;
    case TYPE_DATE_GERMAN:
        buffer_printf(out, "%02d.%02d.%04lld", parts->day, parts->month, year);
        break;
    default:
        datetime_print_date(parts->year, parts->month, parts->day, out);
        break;
    }
}

void datetime_print_days(const struct type_context *context, int32_t days,
                         struct buffer *out)
{
    struct datetime parts;
    datetime_split_days(days, &parts);
    print_styled_date(context, &parts, out);
    if (parts.year <= 0)
        buffer_add_text(out, " BC");
}

/* Styles but ISO name the zone; only UTC has a name that needs no other source. */
static void print_styled_zone(const struct type_context *context, int32_t east,
                              struct buffer *out)
{
    if (context->date_style == TYPE_DATE_ISO) {
        datetime_print_zone(east, out);
        return;
    }
    if (context->date_style == TYPE_DATE_XSD) {
        buffer_printf(out, "%c%02d:%02d", east < 0 ? '-' : '+', abs(east) / 3600,
                      abs(east) / 60 % 60);
        if (east % 60 != 0)
            buffer_printf(out, ":%02d", abs(east) % 60);
        return;
    }
    buffer_add_u8(out, ' ');
    if (east == 0)
        buffer_add_text(out, "UTC");
    else
        datetime_print_zone(east, out);
}

static void print_postgres(const struct type_context *context,
                           const struct datetime *parts, int64_t local,
                           struct buffer *out)
{
    static const char days[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    int64_t day = datetime_floor(local, DATETIME_DAY);
    int64_t week = (day + 6) % 7; /* 2000-01-01 was a Saturday */
    week += week < 0 ? 7 : 0;
    const char *month = months + 3 * (size_t)(parts->month - 1);
    buffer_printf(out, "%.3s ", days + 3 * week);
    if (context->date_order == TYPE_ORDER_DMY)
        buffer_printf(out, "%02d %.3s ", parts->day, month);
    else
        buffer_printf(out, "%.3s %02d ", month, parts->day);
    datetime_print_time(local - day * DATETIME_DAY, out);
    buffer_printf(out, " %04lld",
                  (long long)(parts->year <= 0 ? 1 - parts->year : parts->year));
}

void datetime_print_timestamp(const struct type_context *context, int64_t timestamp,
                              bool zoned, struct buffer *out)
{
    struct datetime parts;
    int32_t zone = zoned ? datetime_zone(context, timestamp) : 0;
    int64_t local = timestamp + zone * DATETIME_SECOND;
    datetime_split(local, &parts);
    if (context->date_style == TYPE_DATE_POSTGRES) {
        print_postgres(context, &parts, local, out);
    } else {
        print_styled_date(context, &parts, out);
        buffer_add_u8(out, context->date_style == TYPE_DATE_XSD ? 'T' : ' ');
        datetime_print_time(local - datetime_floor(local, DATETIME_DAY) * DATETIME_DAY,
                            out);
    }
    if (zoned)
        print_styled_zone(context, zone, out);
    if (parts.year <= 0)
        buffer_add_text(out, " BC");
}

/* The words of a setting's value, parted by commas. */
static struct bytes take_style_word(struct bytes *text)
{
    while (text->len > 0 && (text->at[0] == ' ' || text->at[0] == ','))
        *text = bytes_of(text->at + 1, text->len - 1);
    size_t len = 0;
    while (len < text->len && text->at[len] != ',' && text->at[len] != ' ')
        len++;
    struct bytes word = bytes_of(text->at, len);
    *text = bytes_of(text->at + len, text->len - len);
    return word;
}

static bool set_style(struct bytes word, enum type_date_style *style,
                      enum type_date_order *order)
{
    static const struct {
        const char *word;
        int style; /* -1: it tells the order */
        int order;
    } words[] = {
        {"iso", TYPE_DATE_ISO, -1},
        {"sql", TYPE_DATE_SQL, -1},
        {"postgres", TYPE_DATE_POSTGRES, -1},
        {"german", TYPE_DATE_GERMAN, TYPE_ORDER_DMY},
        {"ymd", -1, TYPE_ORDER_YMD},
        {"dmy", -1, TYPE_ORDER_DMY},
        {"euro", -1, TYPE_ORDER_DMY},
        {"european", -1, TYPE_ORDER_DMY},
        {"mdy", -1, TYPE_ORDER_MDY},
        {"us", -1, TYPE_ORDER_MDY},
        {"noneuro", -1, TYPE_ORDER_MDY},
        {"noneuropean", -1, TYPE_ORDER_MDY},
    };
    for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
        if (!ascii_is_word(word, words[i].word))
            continue;
        if (words[i].style >= 0)
            *style = (enum type_date_style)words[i].style;
        if (words[i].order >= 0)
            *order = (enum type_date_order)words[i].order;
        return true;
    }
    return false;
}

bool type_parse_date_style(struct bytes text, enum type_date_style *style,
                           enum type_date_order *order)
{
    for (;;) {
        struct bytes word = take_style_word(&text);
        if (word.len == 0)
            return true;
        if (!set_style(word, style, order))
            return false;
    }
}
