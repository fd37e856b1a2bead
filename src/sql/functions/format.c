/* Cutting templates into pieces, and what the readers and writers of dates share. */
#include "sql/functions/format.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "sql/types/datetime.h"

#define G 'g'
#define I 'i'

/* Each pattern is known in capitals and in small letters. Longer ones come first. */
static const struct format_key date_keys[] = {
    {"A.D.", DATE_AD_DOTS, false, 0}, {"A.M.", DATE_AM_DOTS, false, 0},
    {"AD", DATE_AD, false, 0},        {"AM", DATE_AM, false, 0},
    {"B.C.", DATE_AD_DOTS, false, 0}, {"BC", DATE_AD, false, 0},
    {"CC", DATE_CC, true, 0},         {"DAY", DATE_DAY, false, 0},
    {"DDD", DATE_DDD, true, G},       {"DD", DATE_DD, true, G},
    {"DY", DATE_DY, false, 0},        {"Day", DATE_DAY, false, 0},
    {"Dy", DATE_DY, false, 0},        {"D", DATE_D, true, G},
    {"FF1", DATE_FF1, false, 0},      {"FF2", DATE_FF2, false, 0},
    {"FF3", DATE_FF3, false, 0},      {"FF4", DATE_FF4, false, 0},
    {"FF5", DATE_FF5, false, 0},      {"FF6", DATE_FF6, false, 0},
    {"FX", DATE_FX, false, 0},        {"HH24", DATE_HH24, true, 0},
    {"HH12", DATE_HH12, true, 0},     {"HH", DATE_HH12, true, 0},
    {"IDDD", DATE_IDDD, true, I},     {"ID", DATE_ID, true, I},
    {"IW", DATE_IW, true, I},         {"IYYY", DATE_IYYY, true, I},
    {"IYY", DATE_IYY, true, I},       {"IY", DATE_IY, true, I},
    {"I", DATE_I, true, I},           {"J", DATE_J, true, 0},
    {"MI", DATE_MI, true, 0},         {"MM", DATE_MM, true, G},
    {"MONTH", DATE_MONTH, false, G},  {"MON", DATE_MON, false, G},
    {"MS", DATE_MS, true, 0},         {"Month", DATE_MONTH, false, G},
    {"Mon", DATE_MON, false, G},      {"OF", DATE_OF, false, 0},
    {"P.M.", DATE_AM_DOTS, false, 0}, {"PM", DATE_AM, false, 0},
    {"Q", DATE_Q, true, 0},           {"RM", DATE_RM, false, G},
    {"SSSSS", DATE_SSSS, true, 0},    {"SSSS", DATE_SSSS, true, 0},
    {"SS", DATE_SS, true, 0},         {"TZH", DATE_TZH, false, 0},
    {"TZM", DATE_TZM, true, 0},       {"TZ", DATE_TZ, false, 0},
    {"US", DATE_US, true, 0},         {"WW", DATE_WW, true, G},
    {"W", DATE_W, true, G},           {"Y,YYY", DATE_Y_YYY, true, G},
    {"YYYY", DATE_YYYY, true, G},     {"YYY", DATE_YYY, true, G},
    {"YY", DATE_YY, true, G},         {"Y", DATE_Y, true, G},
    {"a.d.", DATE_AD_DOTS, false, 0}, {"a.m.", DATE_AM_DOTS, false, 0},
    {"ad", DATE_AD, false, 0},        {"am", DATE_AM, false, 0},
    {"b.c.", DATE_AD_DOTS, false, 0}, {"bc", DATE_AD, false, 0},
    {"cc", DATE_CC, true, 0},         {"day", DATE_DAY, false, 0},
    {"ddd", DATE_DDD, true, G},       {"dd", DATE_DD, true, G},
    {"dy", DATE_DY, false, 0},        {"d", DATE_D, true, G},
    {"ff1", DATE_FF1, false, 0},      {"ff2", DATE_FF2, false, 0},
    {"ff3", DATE_FF3, false, 0},      {"ff4", DATE_FF4, false, 0},
    {"ff5", DATE_FF5, false, 0},      {"ff6", DATE_FF6, false, 0},
    {"fx", DATE_FX, false, 0},        {"hh24", DATE_HH24, true, 0},
    {"hh12", DATE_HH12, true, 0},     {"hh", DATE_HH12, true, 0},
    {"iddd", DATE_IDDD, true, I},     {"id", DATE_ID, true, I},
    {"iw", DATE_IW, true, I},         {"iyyy", DATE_IYYY, true, I},
    {"iyy", DATE_IYY, true, I},       {"iy", DATE_IY, true, I},
    {"i", DATE_I, true, I},           {"j", DATE_J, true, 0},
    {"mi", DATE_MI, true, 0},         {"mm", DATE_MM, true, G},
    {"month", DATE_MONTH, false, G},  {"mon", DATE_MON, false, G},
    {"ms", DATE_MS, true, 0},         {"of", DATE_OF, false, 0},
    {"p.m.", DATE_AM_DOTS, false, 0}, {"pm", DATE_AM, false, 0},
    {"q", DATE_Q, true, 0},           {"rm", DATE_RM, false, G},
    {"sssss", DATE_SSSS, true, 0},    {"ssss", DATE_SSSS, true, 0},
    {"ss", DATE_SS, true, 0},         {"tzh", DATE_TZH, false, 0},
    {"tzm", DATE_TZM, true, 0},       {"tz", DATE_TZ, false, 0},
    {"us", DATE_US, true, 0},         {"ww", DATE_WW, true, G},
    {"w", DATE_W, true, G},           {"y,yyy", DATE_Y_YYY, true, G},
    {"yyyy", DATE_YYYY, true, G},     {"yyy", DATE_YYY, true, G},
    {"yy", DATE_YY, true, G},         {"y", DATE_Y, true, G},
};

const char *const format_months[12] = {"January",   "February", "March",    "April",
                                       "May",       "June",     "July",     "August",
                                       "September", "October",  "November", "December"};
const char *const format_days[7] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                    "Thursday", "Friday", "Saturday"};
const char *const format_romans[12] = {"XII", "XI", "X",  "IX",  "VIII", "VII",
                                       "VI",  "V",  "IV", "III", "II",   "I"};

static bool starts_with(struct bytes text, const char *word)
{
    return bytes_has_prefix(text, bytes_of_text(word));
}

static struct bytes behind(struct bytes text, size_t len)
{
    return bytes_of(text.at + len, text.len - len);
}

static const struct format_key *find_key(struct bytes text, const struct format_key *keys,
                                         size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (starts_with(text, keys[i].name))
            return &keys[i];
    }
    return NULL;
}

static bool is_separator(uint8_t byte)
{
    uint8_t lower = ascii_lower(byte);
    return byte > 0x20 && byte < 0x7F && !(lower >= 'a' && lower <= 'z') &&
           !(byte >= '0' && byte <= '9');
}

static struct bytes take_prefix(struct bytes text, unsigned *suffix)
{
    *suffix = 0;
    if (starts_with(text, "FM") || starts_with(text, "fm")) {
        *suffix = FORMAT_FILL;
        return behind(text, 2);
    }
    return starts_with(text, "TM") || starts_with(text, "tm") ? behind(text, 2) : text;
}

static struct bytes take_postfix(struct bytes text, unsigned *suffix)
{
    if (starts_with(text, "TH"))
        *suffix |= FORMAT_TH;
    else if (starts_with(text, "th"))
        *suffix |= FORMAT_TH_LOW;
    else if (!starts_with(text, "SP") && !starts_with(text, "sp"))
        return text;
    return behind(text, 2);
}

/* One character as it stands. */
static struct bytes take_character(struct bytes text, struct format *out,
                                   enum format_piece_kind kind)
{
    size_t len = utf8_char_len(text);
    len = len == 0 ? 1 : len;
    out->pieces[out->count++] =
        (struct format_piece){.kind = kind, .text = bytes_of(text.at, len)};
    return behind(text, len);
}

static struct bytes take_quoted(struct bytes text, struct format *out)
{
    text = behind(text, 1);
    while (text.len > 0) {
        if (text.at[0] == '"')
            return behind(text, 1);
        if (text.at[0] == '\\' && text.len > 1)
            text = behind(text, 1);
        text = take_character(text, out, FORMAT_TEXT);
    }
    return text;
}

static struct bytes take_plain(struct bytes text, bool is_date, struct format *out)
{
    if (text.at[0] == '"')
        return take_quoted(text, out);
    if (text.at[0] == '\\' && text.len > 1 && text.at[1] == '"')
        text = behind(text, 1);
    uint8_t byte = text.at[0];
    bool space = byte == ' ' || (byte >= '\t' && byte <= '\r');
    return take_character(text, out,
                          is_date && is_separator(byte) ? FORMAT_SEPARATOR
                          : space                       ? FORMAT_SPACE
                                                        : FORMAT_TEXT);
}

void format_split(struct arena *arena, struct bytes text, const struct format_key *keys,
                  size_t key_count, bool is_date, struct format *out)
{
    out->count = 0;
    out->pieces = ARENA_ARRAY(arena, struct format_piece, text.len + 1);
    while (text.len > 0) {
        unsigned suffix = 0;
        if (is_date)
            text = take_prefix(text, &suffix);
        const struct format_key *key = find_key(text, keys, key_count);
        if (key == NULL) {
            if (text.len > 0)
                text = take_plain(text, is_date, out);
            continue;
        }
        text = behind(text, strlen(key->name));
        if (is_date)
            text = take_postfix(text, &suffix);
        out->pieces[out->count++] =
            (struct format_piece){.kind = FORMAT_PATTERN, .key = key, .suffix = suffix};
    }
}

void format_split_date(struct arena *arena, struct bytes text, struct format *out)
{
    format_split(arena, text, date_keys, ARRAY_COUNT(date_keys), true, out);
}

const char *format_ordinal(struct bytes number, bool capitals)
{
    static const char *const endings[2][4] = {{"th", "st", "nd", "rd"},
                                              {"TH", "ST", "ND", "RD"}};
    uint8_t last = number.len > 0 ? number.at[number.len - 1] : '0';
    bool teen = number.len > 1 && number.at[number.len - 2] == '1';
    size_t which = !teen && last >= '1' && last <= '3' ? (size_t)(last - '0') : 0;
    return endings[capitals ? 1 : 0][which];
}

int64_t format_iso_start(int64_t year)
{
    int64_t fourth = datetime_days(year, 1, 4);
    int64_t weekday = ((fourth + 5) % 7 + 7) % 7; /* 0 is Monday */
    return fourth - weekday;
}

int64_t format_iso_year(int64_t day)
{
    struct datetime parts;
    datetime_split_days(day, &parts);
    if (day < format_iso_start(parts.year))
        return parts.year - 1;
    return day >= format_iso_start(parts.year + 1) ? parts.year + 1 : parts.year;
}
