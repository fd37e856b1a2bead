#ifndef SQL_EXEC_SETTINGS_H
#define SQL_EXEC_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rc.h"

struct error;

/* One session's settings, as SET, SHOW and RESET see them (PostgreSQL manual, SET): a
 * change made in a transaction is undone when that transaction, or the savepoint around
 * it, is rolled back; SET LOCAL ends with the transaction whatever becomes of it. The
 * list is settings.def; names with a dot are the user's own and are accepted freely. */
enum setting {
#define X(name, ...) SETTING_##name,
#include "sql/exec/settings.def"
#undef X
    SETTING_COUNT
};

struct settings;

struct settings *settings_new(void);
void settings_free(struct settings **settings);

enum settings_scope {
    SETTINGS_DEFAULT, /* the session's own default: start-up packet, --set; RESET goes
                         there. May write what a user may only read */
    SETTINGS_SESSION,
    SETTINGS_LOCAL,
};

/* 42704 unknown, 22023 bad value, 55P02 read-only; PostgreSQL's words. */
enum rc settings_set(struct settings *settings, const char *name, const char *value,
                     enum settings_scope scope, struct error *err) MUST_USE;

/* RESET name, which is a SET to the default; `name` NULL resets all. */
enum rc settings_reset(struct settings *settings, const char *name,
                       struct error *err) MUST_USE;

/* What SHOW prints, canonical ("2min"); NULL when there is no such setting. The text
 * lives until the setting is next changed. */
const char *settings_show(const struct settings *settings, const char *name);

const char *settings_text(const struct settings *settings, enum setting setting);
bool settings_is_on(const struct settings *settings, enum setting setting);

/* In the setting's own unit (milliseconds for time-outs). */
int64_t settings_number(const struct settings *settings, enum setting setting);

/* Transactions. A mark is valid until the transaction ends or an earlier mark is rolled
 * back to; mark 0 is the transaction's begin. */
typedef uint32_t settings_mark;
settings_mark settings_savepoint(const struct settings *settings);
void settings_rollback_to(struct settings *settings, settings_mark mark);
void settings_commit(struct settings *settings);
void settings_rollback(struct settings *settings);

/* Yields, one a call, the settings whose ParameterStatus the client has not yet been
 * sent; at first all that are reported. */
bool settings_next_report(struct settings *settings, enum setting *setting_out);

const char *settings_name(enum setting setting);
const char *settings_description(enum setting setting);

#endif
