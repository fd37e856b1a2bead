/* What functions and types ask of the session: who, when, where, settings. */
#include <stdlib.h>
#include <strings.h>

#include "sql/exec/environment_internal.h"
#include "sql/types/array.h"
#include "sql/types/datetime.h"
#include "store/transaction.h"

/* --- types ------------------------------------------------------------------------ */

/* The setting's zone; a plain number is hours east. */
static struct zone *open_zone(const struct session_environment *session,
                              struct arena *arena)
{
    const char *name = settings_text(session->settings, SETTING_TimeZone);
    char *end = NULL;
    double hours = strtod(name, &end);
    if (end != name && *end == '\0' && hours >= -16 && hours <= 16)
        return zone_fixed(arena, (int32_t)(hours * 3600));
    struct zone *zone = zone_open(arena, bytes_of_text(name));
    return zone == NULL ? zone_fixed(arena, 0) : zone;
}

static int32_t offset_once(const struct session_environment *session, int64_t utc)
{
    struct arena *arena = arena_new("zone", NULL);
    int32_t offset = zone_offset(open_zone(session, arena), utc);
    arena_free(&arena);
    return offset;
}

static int32_t session_zone_offset(void *owner, int64_t utc)
{
    struct session_environment *session = owner;
    if (session->types->arena == NULL)
        return offset_once(session, utc);
    if (session->zone == NULL)
        session->zone = open_zone(session, session->types->arena);
    return zone_offset(session->zone, utc);
}

static enum type_interval_style interval_style(const struct settings *settings)
{
    static const char *const names[] = {
        [TYPE_INTERVAL_POSTGRES] = "postgres",
        [TYPE_INTERVAL_VERBOSE] = "postgres_verbose",
        [TYPE_INTERVAL_SQL] = "sql_standard",
        [TYPE_INTERVAL_ISO] = "iso_8601",
    };
    const char *text = settings_text(settings, SETTING_IntervalStyle);
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        if (strcmp(text, names[i]) == 0)
            return (enum type_interval_style)i;
    }
    return TYPE_INTERVAL_POSTGRES;
}

void session_environment_types(struct session_environment *session,
                               struct type_context *types_out)
{
    const struct settings *settings = session->settings;
    const char *zone = settings_text(settings, SETTING_TimeZone);
    bool utc = strcasecmp(zone, "UTC") == 0 || strcasecmp(zone, "GMT") == 0;
    *types_out = (struct type_context){
        .arena = types_out->arena,
        .owner = session,
        .extra_float_digits = (int)settings_number(settings, SETTING_extra_float_digits),
        .bytea_escape =
            strcmp(settings_text(settings, SETTING_bytea_output), "escape") == 0,
        .statement_time = session->statement_time,
        .transaction_time = session->transaction_time,
        .zone_offset = utc ? NULL : session_zone_offset,
        .reg_find = environment_reg_find,
        .reg_name = environment_reg_name,
    };
    (void)type_parse_date_style(bytes_of_text(settings_text(settings, SETTING_DateStyle)),
                                &types_out->date_style, &types_out->date_order);
    types_out->interval_style = interval_style(settings);
    session->types = types_out;
    session->zone = NULL;
}

/* --- functions -------------------------------------------------------------------- */

static enum rc session_call(void *owner, struct call *call, const struct value *arguments,
                            struct value *result, struct error *err)
{
    struct session_environment *session = owner;
    switch (call->function->oid) {
#define F_SCALAR(oid, name)
#define F_AGGREGATE(oid, name)
#define F_SET(oid, name)
#define F_WINDOW(oid, name)
#define F_ENVIRONMENT(oid, name)                                                         \
    case oid:                                                                            \
        return environment_##name(session, call, arguments, result, err);
#define F(oid, name, kind, implementation, ...) F_##kind(oid, implementation)
#include "sql/functions/functions.def"
#undef F
    default:
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "function %s is not supported", call->function->name);
    }
}

void session_environment_functions(struct session_environment *session,
                                   struct environment *environment_out)
{
    *environment_out = (struct environment){session, session_call};
}

enum rc environment_put_text(struct call *call, const char *text, struct value *result)
{
    result->null = text == NULL;
    if (text != NULL)
        result->datum.bytes = bytes_of_text(arena_strdup(call->arena, text));
    return RC_OK;
}

ENVIRONMENT_ROW(current_user)
{
    UNUSED_HERE();
    return environment_put_text(call, session->user, result);
}

ENVIRONMENT_ROW(session_user)
{
    UNUSED_HERE();
    return environment_put_text(call, session->session_user, result);
}

ENVIRONMENT_ROW(current_database)
{
    UNUSED_HERE();
    return environment_put_text(call, session->path->database, result);
}

ENVIRONMENT_ROW(current_schema)
{
    UNUSED_HERE();
    for (size_t i = 0; i < session->path->schema_count; i++) {
        if (environment_has_schema(session, session->path->schemas[i], call->arena))
            return environment_put_text(call, session->path->schemas[i], result);
    }
    return environment_put_text(call, NULL, result);
}

ENVIRONMENT_ROW(current_schemas)
{
    UNUSED_HERE();
    const char *schemas[ENVIRONMENT_SCHEMAS_MAX];
    size_t count = environment_schemas(session, arguments[0].datum.boolean, schemas);
    struct value *items = ARENA_ARRAY(call->arena, struct value, count + 1);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (environment_has_schema(session, schemas[i], call->arena))
            TRY(environment_put_text(call, schemas[i], &items[kept++]));
    }
    result->datum.bytes =
        array_build_list(call->arena, type_find_oid(TYPE_NAME), items, kept);
    return RC_OK;
}

static const char *text_of(struct call *call, const struct value *value)
{
    struct bytes bytes = value->datum.bytes;
    return arena_strndup(call->arena, (const char *)bytes.at, bytes.len);
}

ENVIRONMENT_ROW(current_setting)
{
    UNUSED_HERE();
    const char *name = text_of(call, &arguments[0]);
    const char *text = settings_show(session->settings, name);
    bool missing_ok = call->argument_count > 1 && arguments[1].datum.boolean;
    if (text == NULL && !missing_ok)
        return error_set(err, SQLSTATE_UNDEFINED_OBJECT,
                         "unrecognized configuration parameter \"%s\"", name);
    return environment_put_text(call, text, result);
}

/* A NULL value sets the default; no is_local means the session. */
ENVIRONMENT_ROW(set_config)
{
    UNUSED_HERE();
    if (arguments[0].null)
        return error_set(err, SQLSTATE_NULL_VALUE_NOT_ALLOWED,
                         "SET requires parameter name");
    const char *name = text_of(call, &arguments[0]);
    bool is_local = !arguments[2].null && arguments[2].datum.boolean;
    if (arguments[1].null)
        TRY(settings_reset(session->settings, name, err));
    else
        TRY(settings_set(session->settings, name, text_of(call, &arguments[1]),
                         is_local ? SETTINGS_LOCAL : SETTINGS_SESSION, err));
    return environment_put_text(call, settings_show(session->settings, name), result);
}

ENVIRONMENT_ROW(version)
{
    UNUSED_HERE();
    const char *number = settings_text(session->settings, SETTING_server_version);
    return environment_put_text(
        call, arena_printf(call->arena, "PostgreSQL %s (Culvert)", number), result);
}

ENVIRONMENT_ROW(pg_backend_pid)
{
    UNUSED_HERE();
    result->datum.int32 = session->backend_pid;
    return RC_OK;
}

ENVIRONMENT_ROW(encoding)
{
    UNUSED_HERE();
    return environment_put_text(call, "UTF8", result);
}

ENVIRONMENT_ROW(pg_postmaster_start_time)
{
    UNUSED_HERE();
    result->datum.int64 = session->server_started;
    return RC_OK;
}

ENVIRONMENT_ROW(mz_uptime)
{
    UNUSED_HERE();
    int64_t time = session->statement_time - session->server_started;
    result->datum.interval =
        (struct datum_interval){time % DATETIME_DAY, (int32_t)(time / DATETIME_DAY), 0};
    return RC_OK;
}

ENVIRONMENT_ROW(inet_client_port)
{
    UNUSED_HERE();
    result->null = session->client_address == NULL;
    result->datum.int32 = session->client_port;
    return RC_OK;
}

/* pg_cancel_backend(pid), pg_terminate_backend(pid, timeout) */
ENVIRONMENT_ROW(signal)
{
    UNUSED_HERE();
    bool terminates = strcmp(call->function->name, "pg_terminate_backend") == 0;
    result->datum.boolean =
        session->signal != NULL &&
        session->signal(session->owner, arguments[0].datum.int32, terminates);
    return RC_OK;
}

ENVIRONMENT_ROW(transaction_id)
{
    UNUSED_HERE();
    result->datum.uint64 = store_transaction_id(session->transaction);
    return RC_OK;
}
