#ifndef SQL_FUNCTIONS_FORMAT_H
#define SQL_FUNCTIONS_FORMAT_H

#include "sql/functions/implementation.h"

/* Templates of to_char() and its kin (manual, chapter 9.8), cut into pieces. */

enum format_suffix {
    FORMAT_FILL = 1,  /* FM: no padding */
    FORMAT_TH = 2,    /* TH: ordinal in capitals */
    FORMAT_TH_LOW = 4 /* th */
};

enum format_piece_kind {
    FORMAT_PATTERN,
    FORMAT_SEPARATOR, /* punctuation of a date's template */
    FORMAT_SPACE,
    FORMAT_TEXT, /* one character */
};

/* A pattern: its text, what it means, and whether it reads digits. */
struct format_key {
    const char *name;
    int id;
    bool digits;
    char calendar; /* g: Gregorian, i: ISO weeks, 0: both */
};

struct format_piece {
    enum format_piece_kind kind;
    const struct format_key *key; /* of a PATTERN */
    unsigned suffix;
    struct bytes text;
};

struct format {
    size_t count;
    struct format_piece *pieces;
};

/* Keys are tried in the order of the table, so the longer of two comes first. */
void format_split(struct arena *arena, struct bytes text, const struct format_key *keys,
                  size_t key_count, bool is_date, struct format *out);

/* Ordinal ending of a number's text: "st", "nd", "rd", "th". */
const char *format_ordinal(struct bytes number, bool capitals);

/* Patterns of dates. */
enum {
    DATE_AD_DOTS,
    DATE_AM_DOTS,
    DATE_AD,
    DATE_AM,
    DATE_CC,
    DATE_DAY,
    DATE_DDD,
    DATE_DD,
    DATE_DY,
    DATE_D,
    DATE_FF1,
    DATE_FF2,
    DATE_FF3,
    DATE_FF4,
    DATE_FF5,
    DATE_FF6,
    DATE_FX,
    DATE_HH24,
    DATE_HH12,
    DATE_IDDD,
    DATE_ID,
    DATE_IW,
    DATE_IYYY,
    DATE_IYY,
    DATE_IY,
    DATE_I,
    DATE_J,
    DATE_MI,
    DATE_MM,
    DATE_MONTH,
    DATE_MON,
    DATE_MS,
    DATE_OF,
    DATE_Q,
    DATE_RM,
    DATE_SSSS,
    DATE_SS,
    DATE_TZH,
    DATE_TZM,
    DATE_TZ,
    DATE_US,
    DATE_WW,
    DATE_W,
    DATE_Y_YYY,
    DATE_YYYY,
    DATE_YYY,
    DATE_YY,
    DATE_Y
};

void format_split_date(struct arena *arena, struct bytes text, struct format *out);

extern const char *const format_months[12];
extern const char *const format_days[7];    /* from Sunday */
extern const char *const format_romans[12]; /* from XII down */

/* Days of the ISO calendar: the first Monday of a year's first week, by the year. */
int64_t format_iso_start(int64_t year);
/* The ISO year of a day. */
int64_t format_iso_year(int64_t day);

#endif
