/* Time zones by ICU. */
#include "sql/types/zone.h"

#include <unicode/ucal.h>
#include <unicode/uenum.h>
#include <unicode/ustring.h>

#include "base/ascii.h"

enum { NAME_MAX_LEN = 64, OFFSET_MAX = 167 * 3600 + 59 * 60 + 59 };

#define EPOCH_MILLISECONDS INT64_C(946684800000)
#define DAY_MICROSECONDS   INT64_C(86400000000)

struct zone {
    UCalendar *calendar; /* NULL: the offset is fixed */
    int32_t offset;
};

bool zone_abbreviation(struct bytes name, int32_t *offset_out)
{
    static const struct {
        const char *name;
        int32_t offset; /* in quarters of an hour */
    } table[] = {
        {"utc", 0},    {"gmt", 0},    {"z", 0},     {"zulu", 0},  {"uct", 0},
        {"ut", 0},     {"wet", 0},    {"est", -20}, {"edt", -16}, {"cst", -24},
        {"cdt", -20},  {"mst", -28},  {"mdt", -24}, {"pst", -32}, {"pdt", -28},
        {"akst", -36}, {"akdt", -32}, {"hst", -40}, {"ast", -16}, {"adt", -12},
        {"nst", -14},  {"ndt", -10},  {"bst", 4},   {"west", 4},  {"cet", 4},
        {"met", 4},    {"cest", 8},   {"mest", 8},  {"eet", 8},   {"sast", 8},
        {"ist", 8},    {"eest", 12},  {"msk", 12},  {"msd", 16},  {"jst", 36},
        {"kst", 36},   {"aest", 40},  {"acst", 38}, {"awst", 32}, {"nzst", 48},
        {"nzdt", 52},  {"hkt", 32},   {"sgt", 32},  {"brt", -12}, {"clt", -12},
    };
    for (size_t i = 0; i < ARRAY_COUNT(table); i++) {
        if (ascii_is_word(name, table[i].name)) {
            *offset_out = table[i].offset * 900;
            return true;
        }
    }
    return false;
}

static bool take_part(struct bytes *text, int32_t *out)
{
    size_t len = 0;
    *out = 0;
    while (len < text->len && len < 3 && text->at[len] >= '0' && text->at[len] <= '9')
        *out = *out * 10 + (text->at[len++] - '0');
    *text = bytes_of(text->at + len, text->len - len);
    return len > 0;
}

/* POSIX: an optional abbreviation, then hours west of Greenwich: "UTC+3", "<+03>-03",
 * "-5:30". */
static bool posix_offset(struct bytes name, int32_t *out)
{
    size_t at = 0;
    if (name.len > 0 && name.at[0] == '<') {
        while (at < name.len && name.at[at] != '>')
            at++;
        at++;
    } else {
        while (at < name.len && ascii_lower(name.at[at]) >= 'a' &&
               ascii_lower(name.at[at]) <= 'z')
            at++;
    }
    if (at >= name.len || (at > 0 && at < 3))
        return false;
    struct bytes rest = bytes_of(name.at + at, name.len - at);
    int32_t sign = rest.at[0] == '-' ? 1 : -1;
    if (rest.at[0] == '-' || rest.at[0] == '+')
        rest = bytes_of(rest.at + 1, rest.len - 1);
    int32_t parts[3] = {0};
    for (size_t i = 0; i < 3; i++) {
        if (!take_part(&rest, &parts[i]))
            return false;
        if (rest.len == 0 || rest.at[0] != ':')
            break;
        rest = bytes_of(rest.at + 1, rest.len - 1);
    }
    *out = sign * (parts[0] * 3600 + parts[1] * 60 + parts[2]);
    return rest.len == 0 && parts[1] < 60 && parts[2] < 60 && parts[0] < 168;
}

/* ICU's own spelling of a name in any case; false: it has no such zone. */
static bool spelled(struct bytes name, UChar out[NAME_MAX_LEN])
{
    UErrorCode status = U_ZERO_ERROR;
    UEnumeration *zones = ucal_openTimeZones(&status);
    bool found = false;
    while (!found && U_SUCCESS(status)) {
        int32_t len = 0;
        const char *zone = uenum_next(zones, &len, &status);
        if (zone == NULL)
            break;
        found = (size_t)len == name.len && len < NAME_MAX_LEN;
        for (size_t i = 0; found && i < name.len; i++)
            found = ascii_lower((uint8_t)zone[i]) == ascii_lower(name.at[i]);
        if (found)
            u_charsToUChars(zone, out, len + 1);
    }
    uenum_close(zones);
    return found;
}

static void close_calendar(void *calendar)
{
    ucal_close(calendar);
}

struct zone *zone_fixed(struct arena *arena, int32_t offset)
{
    struct zone *zone = ARENA_NEW(arena, struct zone);
    zone->offset = offset;
    return zone;
}

struct zone *zone_open(struct arena *arena, struct bytes name)
{
    int32_t offset = 0;
    UChar id[NAME_MAX_LEN];
    UErrorCode status = U_ZERO_ERROR;
    if (zone_abbreviation(name, &offset))
        return zone_fixed(arena, offset);
    if (!spelled(name, id))
        return posix_offset(name, &offset) ? zone_fixed(arena, offset) : NULL;
    UCalendar *calendar = ucal_open(id, -1, "en", UCAL_GREGORIAN, &status);
    if (U_FAILURE(status))
        return NULL;
    struct zone *zone = zone_fixed(arena, 0);
    zone->calendar = calendar;
    arena_on_reset(arena, close_calendar, calendar);
    return zone;
}

int32_t zone_offset(void *owner, int64_t utc)
{
    const struct zone *zone = owner;
    UErrorCode status = U_ZERO_ERROR;
    if (zone->calendar == NULL || utc == INT64_MAX || utc == INT64_MIN)
        return zone->offset;
    int64_t milliseconds = utc / 1000 - (utc % 1000 < 0 ? 1 : 0) + EPOCH_MILLISECONDS;
    ucal_setMillis(zone->calendar, (UDate)milliseconds, &status);
    int32_t offset = ucal_get(zone->calendar, UCAL_ZONE_OFFSET, &status) +
                     ucal_get(zone->calendar, UCAL_DST_OFFSET, &status);
    return U_FAILURE(status) ? 0 : offset / 1000;
}

int32_t zone_offset_local(int32_t (*offset)(void *owner, int64_t utc), void *owner,
                          int64_t local)
{
    if (offset == NULL)
        return 0;
    int32_t before = offset(owner, local - DAY_MICROSECONDS);
    int32_t after = offset(owner, local + DAY_MICROSECONDS);
    if (before == after)
        return before;
    bool before_holds = offset(owner, local - before * INT64_C(1000000)) == before;
    bool after_holds = offset(owner, local - after * INT64_C(1000000)) == after;
    if (before_holds != after_holds)
        return before_holds ? before : after;
    return before < after ? before : after;
}
