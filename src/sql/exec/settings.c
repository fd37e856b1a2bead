/* Values are kept as canonical text with the number beside it. Each setting has the value
 * that is seen and the one that a commit would leave; an undo log holds what both were.
 */
#include "sql/exec/settings.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/error.h"
#include "base/map.h"
#include "base/memory.h"
#include "sql/types/type.h"

enum { TEXT_MAX = 64, CUSTOM_MAX = 256 };
enum kind { BOOL, INTEGER, REAL, CHOICE, STRING };
enum unit { NONE, MILLISECONDS, KILOBYTES };
enum { REPORT = 1, READ_ONLY = 2, MATERIALIZE = 4 };

struct description {
    const char *name;
    enum kind kind;
    const char *default_text;
    int64_t lowest;
    int64_t highest;
    enum unit unit;
    int flags;
    const char *choices;
    const char *meaning;
};

static const struct description descriptions[SETTING_COUNT] = {
#define X(name, kind, text, lowest, highest, unit, flags, choices, meaning)              \
    [SETTING_##                                                                          \
        name] = {#name, kind, text, lowest, highest, unit, flags, choices, meaning},
#include "sql/exec/settings.def"
#undef X
};

struct setting_value {
    char *text;
    int64_t number; /* BOOL: 0 or 1; INTEGER: in the setting's unit */
};

struct slot {
    struct setting_value seen;
    struct setting_value kept;    /* what COMMIT leaves */
    struct setting_value initial; /* what RESET goes to */
    bool is_reported;             /* the client knows the seen value */
};

struct undo {
    uint32_t slot;
    struct setting_value seen;
    struct setting_value kept;
};

/* Slots past SETTING_COUNT are the user's own, found by `custom`: name to index + 1. */
struct settings {
    struct slot *slots;
    uint32_t slot_count;
    struct map *custom;
    struct undo *undo;
    uint32_t undo_count;
    uint32_t undo_room;
};

static struct setting_value value_copy(struct setting_value value)
{
    return (struct setting_value){mem_strdup(value.text), value.number};
}

static void value_replace(struct setting_value *value, struct setting_value with)
{
    mem_free(value->text);
    *value = with;
}

/* Units from large to small, as PostgreSQL prints and reads them. */
static const struct {
    enum unit unit;
    const char *name;
    int64_t factor;
} units[] = {
    {MILLISECONDS, "d", 86400000}, {MILLISECONDS, "h", 3600000},
    {MILLISECONDS, "min", 60000},  {MILLISECONDS, "s", 1000},
    {MILLISECONDS, "ms", 1},       {KILOBYTES, "TB", 1 << 30},
    {KILOBYTES, "GB", 1 << 20},    {KILOBYTES, "MB", 1 << 10},
    {KILOBYTES, "kB", 1},
};

static char *print_number(const struct description *description, int64_t number)
{
    char text[TEXT_MAX];
    snprintf(text, sizeof(text), "%lld", (long long)number);
    for (size_t i = 0; i < ARRAY_COUNT(units) && number != 0; i++) {
        if (units[i].unit != description->unit || number % units[i].factor != 0)
            continue;
        snprintf(text, sizeof(text), "%lld%s", (long long)(number / units[i].factor),
                 units[i].name);
        break;
    }
    return mem_strdup(text);
}

static enum rc invalid_value(const struct description *description, const char *text,
                             struct error *err)
{
    return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                     "invalid value for parameter \"%s\": \"%s\"", description->name,
                     text);
}

/* The factor of the unit that stands behind a number; 0 when it is none of the setting's.
 */
static int64_t unit_factor(const struct description *description, const char *name)
{
    if (*name == '\0')
        return 1;
    for (size_t i = 0; i < ARRAY_COUNT(units); i++) {
        if (units[i].unit == description->unit && strcmp(units[i].name, name) == 0)
            return units[i].factor;
    }
    return 0;
}

static enum rc read_integer(const struct description *description, const char *text,
                            struct setting_value *value_out, struct error *err)
{
    char *end = NULL;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    bool bad = end == text || errno != 0;
    while (isspace((unsigned char)*end))
        end++;
    int64_t factor = unit_factor(description, end);
    if (bad || factor == 0)
        return invalid_value(description, text, err);
    int64_t scaled = 0;
    if (__builtin_mul_overflow((int64_t)number, factor, &scaled) ||
        scaled < description->lowest || scaled > description->highest) {
        const char *unit = description->unit == MILLISECONDS ? " ms"
                           : description->unit == KILOBYTES  ? " kB"
                                                             : "";
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "%s is outside the valid range for parameter \"%s\" "
                         "(%lld%s .. %lld%s)",
                         text, description->name, (long long)description->lowest, unit,
                         (long long)description->highest, unit);
    }
    *value_out = (struct setting_value){print_number(description, scaled), scaled};
    return RC_OK;
}

static enum rc read_bool(const struct description *description, const char *text,
                         struct setting_value *value_out, struct error *err)
{
    bool is_on = false;
    if (!type_parse_boolean(bytes_of_text(text), &is_on))
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "parameter \"%s\" requires a Boolean value", description->name);
    *value_out = (struct setting_value){mem_strdup(is_on ? "on" : "off"), is_on};
    return RC_OK;
}

/* The client's encoding may be written in several ways, quotes included. */
static const char *encoding_alias(const char *text)
{
    static const char *const aliases[] = {"UTF8", "UTF-8", "unicode", "'utf-8'",
                                          "'UTF8'"};
    for (size_t i = 0; i < ARRAY_COUNT(aliases); i++) {
        if (strcasecmp(text, aliases[i]) == 0)
            return "UTF8";
    }
    return text;
}

static enum rc read_choice(const struct description *description, const char *text,
                           struct setting_value *value_out, struct error *err)
{
    if (description == &descriptions[SETTING_client_encoding])
        text = encoding_alias(text);
    size_t len = strlen(text);
    for (const char *choice = description->choices; choice != NULL;) {
        size_t choice_len = strcspn(choice, "|");
        if (choice_len == len && strncasecmp(choice, text, len) == 0) {
            *value_out = (struct setting_value){mem_strndup(choice, len), 0};
            return RC_OK;
        }
        choice = choice[choice_len] == '\0' ? NULL : choice + choice_len + 1;
    }
    invalid_value(description, text, err);
    char list[ERROR_HINT_MAX];
    size_t used = 0;
    for (const char *at = description->choices; *at != '\0' && used + 3 < sizeof(list);
         at++) {
        if (*at != '|') {
            list[used++] = *at;
            continue;
        }
        list[used++] = ',';
        list[used++] = ' ';
    }
    list[used] = '\0';
    return error_hint(err, "Available values: %s.", list);
}

static enum rc read_value(const struct description *description, const char *text,
                          struct setting_value *value_out, struct error *err)
{
    switch (description->kind) {
    case BOOL:
        return read_bool(description, text, value_out, err);
    case INTEGER:
        return read_integer(description, text, value_out, err);
    case CHOICE:
        return read_choice(description, text, value_out, err);
    case REAL:
    case STRING:
        *value_out = (struct setting_value){mem_strdup(text), 0};
        return RC_OK;
    }
    UNREACHABLE();
}

static void slot_init(struct slot *slot, struct setting_value initial)
{
    *slot = (struct slot){value_copy(initial), value_copy(initial), initial, false};
}

static void slot_fini(struct slot *slot)
{
    mem_free(slot->seen.text);
    mem_free(slot->kept.text);
    mem_free(slot->initial.text);
}

struct settings *settings_new(void)
{
    struct settings *settings = MEM_NEW(struct settings);
    settings->slots = mem_alloc_array(SETTING_COUNT, sizeof(struct slot));
    settings->slot_count = SETTING_COUNT;
    settings->custom = map_new();
    for (int i = 0; i < SETTING_COUNT; i++) {
        struct error err;
        struct setting_value initial;
        enum rc rc =
            read_value(&descriptions[i], descriptions[i].default_text, &initial, &err);
        ASSERT(rc == RC_OK);
        slot_init(&settings->slots[i], initial);
    }
    return settings;
}

static void undo_fini(struct undo *undo)
{
    mem_free(undo->seen.text);
    mem_free(undo->kept.text);
}

void settings_free(struct settings **settings_ref)
{
    struct settings *settings = *settings_ref;
    *settings_ref = NULL;
    if (settings == NULL)
        return;
    for (uint32_t i = 0; i < settings->undo_count; i++)
        undo_fini(&settings->undo[i]);
    for (uint32_t i = 0; i < settings->slot_count; i++)
        slot_fini(&settings->slots[i]);
    map_free(&settings->custom);
    mem_free(settings->undo);
    mem_free(settings->slots);
    mem_free(settings);
}

/* The setting's index, or slot_count. "schema" is Materialize's word for search_path. */
static uint32_t find_slot(const struct settings *settings, const char *name)
{
    if (strcasecmp(name, "schema") == 0)
        return SETTING_search_path;
    if (strcasecmp(name, "timezone") == 0)
        return SETTING_TimeZone;
    for (uint32_t i = 0; i < SETTING_COUNT; i++) {
        if (strcasecmp(name, descriptions[i].name) == 0)
            return i;
    }
    uintptr_t index = (uintptr_t)map_find(settings->custom, bytes_of_text(name));
    return index == 0 ? settings->slot_count : (uint32_t)index - 1;
}

static void remember(struct settings *settings, uint32_t index)
{
    if (settings->undo_count == settings->undo_room) {
        settings->undo_room = settings->undo_room == 0 ? 8 : settings->undo_room * 2;
        settings->undo =
            mem_resize(settings->undo, settings->undo_room * sizeof(struct undo));
    }
    const struct slot *slot = &settings->slots[index];
    settings->undo[settings->undo_count++] =
        (struct undo){index, value_copy(slot->seen), value_copy(slot->kept)};
}

static void see(struct slot *slot, struct setting_value value)
{
    if (strcmp(slot->seen.text, value.text) != 0)
        slot->is_reported = false;
    value_replace(&slot->seen, value);
}

/* Takes the value over. */
static void assign(struct settings *settings, uint32_t index, struct setting_value value,
                   enum settings_scope scope)
{
    struct slot *slot = &settings->slots[index];
    if (scope == SETTINGS_DEFAULT)
        value_replace(&slot->initial, value_copy(value));
    else
        remember(settings, index);
    if (scope != SETTINGS_LOCAL)
        value_replace(&slot->kept, value_copy(value));
    see(slot, value);
}

/* A name with a dot that is not known yet becomes a setting of the user's own. */
static enum rc make_custom(struct settings *settings, const char *name, struct error *err)
{
    if (strchr(name, '.') == NULL)
        return error_set(err, SQLSTATE_UNDEFINED_OBJECT,
                         "unrecognized configuration parameter \"%s\"", name);
    if (settings->slot_count - SETTING_COUNT == CUSTOM_MAX)
        return error_set(err, SQLSTATE_CONFIGURATION_LIMIT_EXCEEDED,
                         "too many settings of the session's own (limit %d)", CUSTOM_MAX);
    uint32_t index = settings->slot_count++;
    settings->slots =
        mem_resize(settings->slots, settings->slot_count * sizeof(struct slot));
    slot_init(&settings->slots[index], (struct setting_value){mem_strdup(""), 0});
    map_put(settings->custom, bytes_of_text(name), (void *)(uintptr_t)(index + 1));
    return RC_OK;
}

enum rc settings_set(struct settings *settings, const char *name, const char *text,
                     enum settings_scope scope, struct error *err)
{
    uint32_t index = find_slot(settings, name);
    if (index == settings->slot_count)
        TRY(make_custom(settings, name, err));
    struct setting_value value = {NULL, 0};
    if (index >= SETTING_COUNT) {
        value.text = mem_strdup(text);
    } else {
        const struct description *description = &descriptions[index];
        if ((description->flags & READ_ONLY) != 0 && scope != SETTINGS_DEFAULT)
            return error_set(err, SQLSTATE_CANT_CHANGE_RUNTIME_PARAM,
                             "parameter \"%s\" cannot be changed", description->name);
        TRY(read_value(description, text, &value, err));
    }
    assign(settings, index, value, scope);
    return RC_OK;
}

static void reset_slot(struct settings *settings, uint32_t index)
{
    assign(settings, index, value_copy(settings->slots[index].initial), SETTINGS_SESSION);
}

enum rc settings_reset(struct settings *settings, const char *name, struct error *err)
{
    if (name == NULL) {
        for (uint32_t i = 0; i < settings->slot_count; i++)
            reset_slot(settings, i);
        return RC_OK;
    }
    uint32_t index = find_slot(settings, name);
    if (index == settings->slot_count)
        return error_set(err, SQLSTATE_UNDEFINED_OBJECT,
                         "unrecognized configuration parameter \"%s\"", name);
    reset_slot(settings, index);
    return RC_OK;
}

const char *settings_show(const struct settings *settings, const char *name)
{
    uint32_t index = find_slot(settings, name);
    return index == settings->slot_count ? NULL : settings->slots[index].seen.text;
}

const char *settings_text(const struct settings *settings, enum setting setting)
{
    return settings->slots[setting].seen.text;
}

bool settings_is_on(const struct settings *settings, enum setting setting)
{
    ASSERT(descriptions[setting].kind == BOOL);
    return settings->slots[setting].seen.number != 0;
}

int64_t settings_number(const struct settings *settings, enum setting setting)
{
    ASSERT(descriptions[setting].kind == INTEGER);
    return settings->slots[setting].seen.number;
}

settings_mark settings_savepoint(const struct settings *settings)
{
    return settings->undo_count;
}

void settings_rollback_to(struct settings *settings, settings_mark mark)
{
    ASSERT(mark <= settings->undo_count);
    while (settings->undo_count > mark) {
        struct undo *undo = &settings->undo[--settings->undo_count];
        struct slot *slot = &settings->slots[undo->slot];
        value_replace(&slot->kept, undo->kept);
        see(slot, undo->seen);
    }
}

void settings_rollback(struct settings *settings)
{
    settings_rollback_to(settings, 0);
}

void settings_commit(struct settings *settings)
{
    while (settings->undo_count > 0) {
        struct undo *undo = &settings->undo[--settings->undo_count];
        struct slot *slot = &settings->slots[undo->slot];
        undo_fini(undo);
        see(slot, value_copy(slot->kept));
    }
}

bool settings_next_report(struct settings *settings, enum setting *setting_out)
{
    for (int i = 0; i < SETTING_COUNT; i++) {
        if ((descriptions[i].flags & REPORT) == 0 || settings->slots[i].is_reported)
            continue;
        settings->slots[i].is_reported = true;
        *setting_out = (enum setting)i;
        return true;
    }
    return false;
}

const char *settings_name(enum setting setting)
{
    return descriptions[setting].name;
}

const char *settings_description(enum setting setting)
{
    return descriptions[setting].meaning;
}
