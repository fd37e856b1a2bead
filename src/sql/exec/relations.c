#include "sql/exec/relations.h"

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "catalog/relation_row.h"
#include "sql/functions/function.h"
#include "sql/types/cast.h"

enum {
    FIRST_CAST_OID = 10100,
    TYPE_FUNCTION_ARGUMENTS_MAX = 3,
    ARRAY_SUBSCRIPT_HANDLER = 6179,
    RAW_ARRAY_SUBSCRIPT_HANDLER = 6180,
    NUMBER_TEXT_MAX = 24,
};

/* --- functions that pg_type names ------------------------------------------------- */

struct type_function {
    uint32_t oid;
    const char *name;
    bool is_strict;
    char volatility;
    uint32_t result;
    uint32_t argument_count;
    uint32_t arguments[TYPE_FUNCTION_ARGUMENTS_MAX];
};

static const struct type_function type_functions[] = {
#define F(oid, name, strict, volatility, result, count, ...)                             \
    {oid, name, strict, volatility, result, count, {__VA_ARGS__}},
#include "sql/exec/type_functions.def"
#undef F
};

uint32_t sql_type_function_oid(const char *name)
{
    size_t at = 0;
    const struct function *function = function_candidates(bytes_of_text(name), &at);

    if (function != NULL)
        return function->oid;
    for (size_t i = 0; i < ARRAY_COUNT(type_functions); i++)
        if (strcmp(type_functions[i].name, name) == 0)
            return type_functions[i].oid;
    return 0;
}

const char *sql_type_function_name(uint32_t oid)
{
    const struct function *function = function_find_oid(oid);

    if (function != NULL)
        return function->name;
    for (size_t i = 0; i < ARRAY_COUNT(type_functions); i++)
        if (type_functions[i].oid == oid)
            return type_functions[i].name;
    return NULL;
}

/* What pg_type.typmodout is for a typmodin: varchartypmodin, varchartypmodout. */
static uint32_t modifier_output(const char *input)
{
    char name[TYPE_NAME_MAX + 1];
    size_t len = strlen(input);

    if (len < 2 || strcmp(input + len - 2, "in") != 0)
        return 0;
    (void)snprintf(name, sizeof(name), "%.*sout", (int)(len - 2), input);
    return sql_type_function_oid(name);
}

/* --- types ------------------------------------------------------------------------ */

static uint32_t subscript_handler(const struct type *type)
{
    if (type->element == 0)
        return 0;
    return type_is_array(type) || type->category == 'A' ? ARRAY_SUBSCRIPT_HANDLER
                                                        : RAW_ARRAY_SUBSCRIPT_HANDLER;
}

static enum rc type_row(struct relation_row *row, const struct type *type,
                        struct error *err)
{
    relation_add_number(row, type->oid);
    relation_add_text(row, type->name);
    relation_add_text(row, type_title(row->arena, type));
    relation_add_number(row, type->array);
    relation_add_number(row, type->element);
    relation_add_number(row, type->length);
    relation_add_boolean(row, type->by_value);
    relation_add_letter(row, type->kind);
    relation_add_letter(row, type->category);
    relation_add_boolean(row, type->preferred);
    relation_add_letter(row, type->align);
    relation_add_letter(row, type->store);
    relation_add_number(row, type->collation);
    relation_add_number(row, sql_type_function_oid(type->input_name));
    relation_add_number(row, sql_type_function_oid(type->output_name));
    relation_add_number(row, sql_type_function_oid(type->receive_name));
    relation_add_number(row, sql_type_function_oid(type->send_name));
    relation_add_number(row, sql_type_function_oid(type->typmod_input_name));
    relation_add_number(row, modifier_output(type->typmod_input_name));
    relation_add_number(row, subscript_handler(type));
    return relation_row_send(row, err);
}

static enum rc type_rows(struct relation_row *row, struct error *err)
{
    for (size_t i = 0; i < type_count(); i++) {
        const struct type *type = type_at(i);

        if (relation_wants_number(row->scan, 0, type->oid) &&
            relation_wants_text(row->scan, 1, type->name))
            TRY(type_row(row, type, err));
    }
    return RC_OK;
}

/* --- functions, operators, casts -------------------------------------------------- */

/* "23 25", the text form of oidvector. */
static void add_oids(struct relation_row *row, const uint32_t *oids, size_t count)
{
    const char *list = "";

    for (size_t i = 0; i < count; i++)
        list = arena_printf(row->arena, "%s%s%u", list, i == 0 ? "" : " ", oids[i]);
    relation_add_text(row, list);
}

/* Ids of types, as mz_types has them. */
static void add_ids(struct relation_row *row, const uint32_t *oids, size_t count)
{
    const char **ids = ARENA_ARRAY(row->arena, const char *, count + 1);

    for (size_t i = 0; i < count; i++)
        ids[i] = arena_printf(row->arena, "s%u", oids[i]);
    relation_add_texts(row, ids, count);
}

static enum rc function_row(struct relation_row *row, const struct function *function,
                            struct error *err)
{
    static const char kinds[] = {[FUNCTION_SCALAR] = 'f',
                                 [FUNCTION_ENVIRONMENT] = 'f',
                                 [FUNCTION_AGGREGATE] = 'a',
                                 [FUNCTION_SET] = 'f',
                                 [FUNCTION_WINDOW] = 'w'};

    relation_add_number(row, function->oid);
    relation_add_text(row, function->name);
    relation_add_letter(row, kinds[function->kind]);
    /* Strictness of an aggregate is that of its step, which pg_proc does not show. */
    relation_add_boolean(row, function->strict && function->kind != FUNCTION_AGGREGATE);
    relation_add_boolean(row, function->kind == FUNCTION_SET);
    relation_add_letter(row, function->volatility);
    relation_add_number(row, function->variadic);
    relation_add_number(row, function->argument_count);
    relation_add_number(row, function->result);
    add_oids(row, function->arguments, function->argument_count);
    add_ids(row, function->arguments, function->argument_count);
    return relation_row_send(row, err);
}

static enum rc type_function_row(struct relation_row *row,
                                 const struct type_function *function, struct error *err)
{
    relation_add_number(row, function->oid);
    relation_add_text(row, function->name);
    relation_add_letter(row, 'f');
    relation_add_boolean(row, function->is_strict);
    relation_add_boolean(row, false);
    relation_add_letter(row, function->volatility);
    relation_add_number(row, 0);
    relation_add_number(row, function->argument_count);
    relation_add_number(row, function->result);
    add_oids(row, function->arguments, function->argument_count);
    add_ids(row, function->arguments, function->argument_count);
    return relation_row_send(row, err);
}

static bool has_types(const struct type_function *function)
{
    bool known = type_find_oid(function->result) != NULL;

    for (uint32_t i = 0; i < function->argument_count; i++)
        known = known && type_find_oid(function->arguments[i]) != NULL;
    return known;
}

static enum rc function_rows(struct relation_row *row, struct error *err)
{
    for (size_t i = 0; i < function_count(); i++) {
        const struct function *function = function_at(i);

        if (relation_wants_number(row->scan, 0, function->oid) &&
            relation_wants_text(row->scan, 1, function->name))
            TRY(function_row(row, function, err));
    }
    for (size_t i = 0; i < ARRAY_COUNT(type_functions); i++) {
        const struct type_function *function = &type_functions[i];

        if (relation_wants_number(row->scan, 0, function->oid) &&
            relation_wants_text(row->scan, 1, function->name) &&
            function_find_oid(function->oid) == NULL && has_types(function))
            TRY(type_function_row(row, function, err));
    }
    return RC_OK;
}

static enum rc one_operator(struct relation_row *row, const struct operator_row *shown,
                            struct error *err)
{
    const uint32_t arguments[] = {shown->left, shown->right};
    size_t first = shown->left == 0 ? 1 : 0;

    relation_add_number(row, shown->oid);
    relation_add_text(row, shown->name);
    relation_add_letter(row, shown->left == 0 ? 'l' : 'b');
    relation_add_number(row, shown->left);
    relation_add_number(row, shown->right);
    relation_add_number(row, shown->result);
    relation_add_number(row, shown->commutator);
    relation_add_number(row, shown->negator);
    relation_add_number(row, shown->function);
    add_ids(row, arguments + first, ARRAY_COUNT(arguments) - first);
    return relation_row_send(row, err);
}

static enum rc operator_rows(struct relation_row *row, struct error *err)
{
    for (size_t i = 0; i < operator_count(); i++) {
        const struct operator_row *shown = operator_at(i);

        if (relation_wants_number(row->scan, 0, shown->oid) &&
            relation_wants_text(row->scan, 1, shown->name))
            TRY(one_operator(row, shown, err));
    }
    return RC_OK;
}

static enum rc cast_rows(struct relation_row *row, struct error *err)
{
    static const char contexts[] = {
        [CAST_IMPLICIT] = 'i', [CAST_ASSIGNMENT] = 'a', [CAST_EXPLICIT] = 'e'};

    for (size_t i = 0; i < cast_count(); i++) {
        const struct cast *cast = cast_at(i);
        bool is_binary = cast->kind == CAST_KIND_BINARY;
        bool is_text = cast->kind == CAST_KIND_TEXT && cast->function == 0;

        if (!relation_wants_number(row->scan, 1, cast->source) ||
            !relation_wants_number(row->scan, 2, cast->target))
            continue;
        relation_add_number(row, FIRST_CAST_OID + (int64_t)i);
        relation_add_number(row, cast->source);
        relation_add_number(row, cast->target);
        relation_add_number(row, cast->function);
        relation_add_letter(row, contexts[cast->context]);
        relation_add_letter(row, is_binary ? 'b' : is_text ? 'i' : 'f');
        TRY(relation_row_send(row, err));
    }
    return RC_OK;
}

/* --- settings --------------------------------------------------------------------- */

enum setting_kind { BOOL, INTEGER, REAL, CHOICE, STRING };
enum setting_unit { NONE, MILLISECONDS, KILOBYTES };
enum setting_flags { REPORT = 1, READ_ONLY = 2, MATERIALIZE = 4 };

struct setting_row {
    enum setting setting;
    enum setting_kind kind;
    const char *boot_value;
    int64_t lowest;
    int64_t highest;
    enum setting_unit unit;
    int flags;
    const char *choices;
};

static const struct setting_row setting_rows[] = {
#define X(name, kind, text, lowest, highest, unit, flags, choices, meaning)              \
    {SETTING_##name, kind, text, lowest, highest, unit, flags, choices},
#include "sql/exec/settings.def"
#undef X
};

static const char *setting_value(struct relation_row *row,
                                 const struct setting_row *setting,
                                 const struct settings *settings)
{
    if (settings == NULL)
        return setting->boot_value;
    if (setting->kind == INTEGER)
        return arena_printf(row->arena, "%lld",
                            (long long)settings_number(settings, setting->setting));
    return arena_strdup(row->arena, settings_text(settings, setting->setting));
}

/* "a|b" as an array. */
static void add_choices(struct relation_row *row, const char *choices)
{
    const char *texts[NUMBER_TEXT_MAX] = {NULL};
    size_t count = 0;
    const char *from = choices;

    if (choices == NULL) {
        relation_add_null(row);
        return;
    }
    while (from != NULL && count < ARRAY_COUNT(texts)) {
        size_t len = strcspn(from, "|");

        texts[count++] = arena_strndup(row->arena, from, len);
        from = from[len] == '|' ? from + len + 1 : NULL;
    }
    relation_add_texts(row, texts, count);
}

static void add_bound(struct relation_row *row, enum setting_kind kind, int64_t bound)
{
    relation_add_text(row, kind == INTEGER || kind == REAL
                               ? arena_printf(row->arena, "%lld", (long long)bound)
                               : NULL);
}

static enum rc one_setting(struct relation_row *row, const struct setting_row *setting,
                           const struct settings *settings, struct error *err)
{
    static const char *const kinds[] = {[BOOL] = "bool",
                                        [INTEGER] = "integer",
                                        [REAL] = "real",
                                        [CHOICE] = "enum",
                                        [STRING] = "string"};
    static const char *const units[] = {
        [NONE] = NULL, [MILLISECONDS] = "ms", [KILOBYTES] = "kB"};
    bool is_fixed = (setting->flags & READ_ONLY) != 0;
    const char *value = setting_value(row, setting, settings);

    relation_add_text(row, settings_name(setting->setting));
    relation_add_text(row, value);
    relation_add_text(row, units[setting->unit]);
    relation_add_text(row, is_fixed ? "Preset Options"
                           : (setting->flags & MATERIALIZE) != 0
                               ? "Customized Options"
                               : "Client Connection Defaults");
    relation_add_text(row, settings_description(setting->setting));
    relation_add_text(row, is_fixed ? "internal" : "user");
    relation_add_text(row, kinds[setting->kind]);
    relation_add_text(row,
                      strcmp(value, setting->boot_value) == 0 ? "default" : "session");
    add_bound(row, setting->kind, setting->lowest);
    add_bound(row, setting->kind, setting->highest);
    add_choices(row, setting->kind == CHOICE ? setting->choices : NULL);
    relation_add_text(row, setting->boot_value);
    relation_add_text(row, setting->boot_value);
    return relation_row_send(row, err);
}

static enum rc settings_rows(struct relation_row *row, const struct settings *settings,
                             struct error *err)
{
    for (size_t i = 0; i < ARRAY_COUNT(setting_rows); i++)
        if (relation_wants_text(row->scan, 0, settings_name(setting_rows[i].setting)))
            TRY(one_setting(row, &setting_rows[i], settings, err));
    return RC_OK;
}

/* --- which is which --------------------------------------------------------------- */

static const struct {
    const char *name;
    enum rc (*rows)(struct relation_row *row, struct error *err);
} tables[] = {
    {"base_types", type_rows},
    {"base_functions", function_rows},
    {"base_operators", operator_rows},
    {"base_casts", cast_rows},
};

enum rc sql_live_rows(const struct system_relation *relation,
                      const struct settings *settings, const struct system_scan *scan,
                      bool *known_out, struct error *err)
{
    bool is_settings = strcmp(relation->name, "base_settings") == 0;
    struct relation_row row = {.scan = scan};
    enum rc rc = RC_OK;
    size_t at = 0;

    while (at < ARRAY_COUNT(tables) && strcmp(tables[at].name, relation->name) != 0)
        at++;
    *known_out = strcmp(relation->schema, "mz_internal") == 0 &&
                 (is_settings || at < ARRAY_COUNT(tables));
    if (!*known_out || relation_wants_none(scan))
        return RC_OK;
    row = relation_row_open(scan);
    rc = is_settings ? settings_rows(&row, settings, err) : tables[at].rows(&row, err);
    relation_row_close(&row);
    return rc;
}
