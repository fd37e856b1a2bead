/* What functions ask of the catalog: visibility, descriptions, definitions, privileges
 * (manual, chapter 9.26). */
#include "base/ascii.h"
#include "catalog/comment.h"
#include "sql/exec/environment_internal.h"

/* RC_NOTFOUND becomes NULL. */
static enum rc found_or_null(enum rc rc, struct value *result)
{
    result->null = rc == RC_NOTFOUND;
    return rc == RC_NOTFOUND ? RC_OK : rc;
}

static const char *text_of(struct call *call, const struct value *value)
{
    struct bytes bytes = value->datum.bytes;
    return arena_strndup(call->arena, (const char *)bytes.at, bytes.len);
}

ENVIRONMENT_ROW(pg_get_userbyid)
{
    UNUSED_HERE();
    uint32_t oid = arguments[0].datum.oid;
    struct catalog_object *object = NULL;
    enum rc rc =
        catalog_object_by_oid(session->transaction, oid, call->arena, &object, err);
    if (rc == RC_OK && object->id.class == CATALOG_CLASS_ROLE)
        return environment_put_text(call, object->name, result);
    if (rc != RC_OK && rc != RC_NOTFOUND)
        return rc;
    return environment_put_text(call, arena_printf(call->arena, "unknown (OID=%u)", oid),
                                result);
}

ENVIRONMENT_ROW(pg_table_is_visible)
{
    UNUSED_HERE();
    struct environment_item item;
    enum rc rc =
        environment_item_by_oid(session, arguments[0].datum.oid, call->arena, &item, err);
    if (rc == RC_OK)
        result->datum.boolean = environment_item_is_visible(session, &item, call->arena);
    return found_or_null(rc, result);
}

/* All types, functions and operators stand in pg_catalog. */
ENVIRONMENT_ROW(pg_type_is_visible)
{
    UNUSED_HERE();
    result->null = type_find_oid(arguments[0].datum.oid) == NULL;
    result->datum.boolean = true;
    return RC_OK;
}

ENVIRONMENT_ROW(pg_function_is_visible)
{
    UNUSED_HERE();
    result->null = function_find_oid(arguments[0].datum.oid) == NULL;
    result->datum.boolean = true;
    return RC_OK;
}

ENVIRONMENT_ROW(pg_operator_is_visible)
{
    UNUSED_HERE();
    result->null = operator_find_oid(arguments[0].datum.oid) == NULL;
    result->datum.boolean = true;
    return RC_OK;
}

/* Of kinds of which users can make none: what there is stands in pg_catalog, which is
 * always searched. */
ENVIRONMENT_ROW(is_visible_never)
{
    UNUSED_HERE();
    result->null = arguments[0].datum.oid == 0;
    result->datum.boolean = true;
    return RC_OK;
}

ENVIRONMENT_ROW(format_type)
{
    UNUSED_HERE();
    result->null = arguments[0].null;
    if (result->null)
        return RC_OK;
    const struct type *type = type_find_oid(arguments[0].datum.oid);
    int32_t typmod = arguments[1].null ? -1 : arguments[1].datum.int32;
    if (type == NULL)
        return environment_put_text(call, arguments[0].datum.oid == 0 ? "-" : "???",
                                    result);
    /* "character" alone would mean character(1). */
    if (type->oid == TYPE_BPCHAR && !arguments[1].null && typmod < 4)
        return environment_put_text(call, "bpchar", result);
    struct buffer out;
    buffer_init(&out, TYPE_VALUE_MAX);
    type_format(type, typmod, &out);
    result->datum.bytes = arena_bytes(call->arena, buffer_bytes(&out));
    buffer_fini(&out);
    return RC_OK;
}

/* The class of objects that a catalog of PostgreSQL's lists. */
static bool catalog_lists(const char *catalog, enum catalog_class class)
{
    static const struct {
        const char *name;
        enum catalog_class class;
    } catalogs[] = {
        {"pg_class", CATALOG_CLASS_ITEM},
        {"pg_namespace", CATALOG_CLASS_SCHEMA},
        {"pg_database", CATALOG_CLASS_DATABASE},
        {"pg_authid", CATALOG_CLASS_ROLE},
    };
    for (size_t i = 0; i < ARRAY_COUNT(catalogs); i++) {
        if (strcmp(catalog, catalogs[i].name) == 0)
            return catalogs[i].class == class;
    }
    return false;
}

/* obj_description(oid [, catalog]), col_description(oid, n), shobj_description(oid,
 * catalog) */
ENVIRONMENT_ROW(description)
{
    UNUSED_HERE();
    struct catalog_object *object = NULL;
    const char *text = NULL;
    bool column = strcmp(call->function->name, "col_description") == 0;
    uint32_t sub_id = 0;
    enum rc rc = catalog_object_by_oid(session->transaction, arguments[0].datum.oid,
                                       call->arena, &object, err);
    if (rc != RC_OK)
        return found_or_null(rc, result);
    if (column)
        sub_id = (uint32_t)arguments[1].datum.int32;
    else if (call->argument_count > 1 &&
             !catalog_lists(text_of(call, &arguments[1]), object->id.class))
        return environment_put_text(call, NULL, result);
    if (column && (sub_id == 0 || object->id.class != CATALOG_CLASS_ITEM))
        return environment_put_text(call, NULL, result);
    rc = catalog_comment_get(session->transaction, object->id, sub_id, call->arena, &text,
                             err);
    if (rc == RC_OK)
        return environment_put_text(call, text, result);
    return found_or_null(rc, result);
}

/* Of kinds of objects that do not exist here: triggers, rules, partitions,
 * statistics. PostgreSQL answers NULL for what is not there. */
ENVIRONMENT_ROW(no_definition)
{
    UNUSED_HERE();
    result->null = true;
    return RC_OK;
}

ENVIRONMENT_ROW(pg_get_viewdef)
{
    UNUSED_HERE();
    struct environment_item item;
    enum rc rc = RC_OK;
    if (call->argument_types[0]->oid == TYPE_TEXT)
        rc = environment_item_by_name(session, arguments[0].datum.bytes, call->arena,
                                      &item, err);
    else
        rc = environment_item_by_oid(session, arguments[0].datum.oid, call->arena, &item,
                                     err);
    if (rc != RC_OK)
        return found_or_null(rc, result);
    bool view = item.relation != NULL && item.relation->kind == SYSTEM_RELATION_VIEW;
    if (item.object != NULL && item.object->kind == OBJECT_KIND_VIEW)
        return environment_put_text(
            call, arena_printf(call->arena, " %s;", item.object->view.query_sql), result);
    return environment_put_text(
        call, view ? arena_printf(call->arena, " %s;", item.relation->view_sql) : NULL,
        result);
}

ENVIRONMENT_ROW(pg_get_function_arguments)
{
    UNUSED_HERE();
    const struct function *function = function_find_oid(arguments[0].datum.oid);
    struct buffer out;
    result->null = function == NULL;
    if (function == NULL)
        return RC_OK;
    buffer_init(&out, TYPE_VALUE_MAX);
    environment_print_arguments(function, &out);
    result->datum.bytes = arena_bytes(call->arena, buffer_bytes(&out));
    buffer_fini(&out);
    return RC_OK;
}

ENVIRONMENT_ROW(pg_get_function_result)
{
    UNUSED_HERE();
    const struct function *function = function_find_oid(arguments[0].datum.oid);
    if (function == NULL)
        return environment_put_text(call, NULL, result);
    const char *title = type_title(call->arena, type_find_oid(function->result));
    bool set = function->kind == FUNCTION_SET;
    return environment_put_text(
        call, arena_printf(call->arena, "%s%s", set ? "SETOF " : "", title), result);
}

ENVIRONMENT_ROW(pg_relation_is_publishable)
{
    UNUSED_HERE();
    struct environment_item item;
    enum rc rc =
        environment_item_by_oid(session, arguments[0].datum.oid, call->arena, &item, err);
    result->datum.boolean = false; /* there are no tables of users' */
    return found_or_null(rc, result);
}

/* System relations have no storage of their own. Files have no numbers. */
ENVIRONMENT_ROW(pg_relation_filenode)
{
    UNUSED_HERE();
    result->null = true;
    return RC_OK;
}

ENVIRONMENT_ROW(row_security_active)
{
    UNUSED_HERE();
    result->datum.boolean = false;
    return RC_OK;
}

/* Relations take no space of their own: they are computed from the catalog. The size of a
 * database or a tablespace is not known here. */
ENVIRONMENT_ROW(relation_size)
{
    UNUSED_HERE();
    struct environment_item item;
    if (call->argument_types[0]->oid != TYPE_REGCLASS)
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "function %s is not supported", call->function->name);
    result->datum.int64 = 0;
    return found_or_null(
        environment_item_by_oid(session, arguments[0].datum.oid, call->arena, &item, err),
        result);
}

/* to_regclass('x') and the like: NULL when there is no such object. */
ENVIRONMENT_ROW(to_reg)
{
    UNUSED_HERE();
    struct error ignored;
    struct bytes text = arguments[0].datum.bytes;
    uint32_t kind = call->result_type->oid;
    result->null =
        environment_reg_find(session, kind, text, &result->datum.oid, &ignored) != RC_OK;
    return RC_OK;
}

/* --- privileges ------------------------------------------------------------------- */

static const struct {
    const char *word;
    uint32_t letters; /* 0: of a kind that is not kept */
} privilege_words[] = {
    {"select", PRIVILEGE_SELECT},
    {"insert", PRIVILEGE_INSERT},
    {"update", PRIVILEGE_UPDATE},
    {"delete", PRIVILEGE_DELETE},
    {"usage", PRIVILEGE_USAGE},
    {"create", PRIVILEGE_CREATE},
    {"truncate", 0},
    {"references", 0},
    {"trigger", 0},
    {"connect", 0},
    {"temporary", 0},
    {"temp", 0},
    {"execute", 0},
    {"set", 0},
    {"alter system", 0},
    {"member", 0},
};

/* "select, insert with grant option": any of them is enough. */
static enum rc read_privileges(struct bytes text, uint32_t *letters_out,
                               struct error *err)
{
    *letters_out = 0;
    while (text.len > 0) {
        const uint8_t *comma = memchr(text.at, ',', text.len);
        size_t len = comma == NULL ? text.len : (size_t)(comma - text.at);
        struct bytes word = bytes_of(text.at, len);
        static const char option[] = " with grant option";
        size_t option_len = sizeof(option) - 1;
        bool known = false;
        while (word.len > 0 && word.at[0] == ' ')
            word = bytes_of(word.at + 1, word.len - 1);
        while (word.len > 0 && word.at[word.len - 1] == ' ')
            word.len--;
        struct bytes whole = word;
        if (word.len > option_len &&
            ascii_is_word(bytes_of(word.at + word.len - option_len, option_len), option))
            word.len -= option_len;
        for (size_t i = 0; i < ARRAY_COUNT(privilege_words); i++) {
            if (ascii_is_word(word, privilege_words[i].word)) {
                *letters_out |= privilege_words[i].letters;
                known = true;
            }
        }
        if (!known)
            return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                             "unrecognized privilege type: \"%.*s\"", BYTES_PRINT(whole));
        len += comma == NULL ? 0 : 1;
        text = bytes_of(text.at + len, text.len - len);
    }
    return RC_OK;
}

/* The role that a call names first, by name or OID; else the current user. */
static enum rc asked_role(struct session_environment *session, struct call *call,
                          const struct value *argument, struct catalog_object **out,
                          struct error *err)
{
    const char *name = session->user;
    enum rc rc = RC_OK;
    if (argument != NULL && call->argument_types[0]->oid == TYPE_OID) {
        rc = catalog_object_by_oid(session->transaction, argument->datum.oid, call->arena,
                                   out, err);
        return rc == RC_OK && (*out)->id.class != CATALOG_CLASS_ROLE ? RC_NOTFOUND : rc;
    }
    if (argument != NULL)
        name = text_of(call, argument);
    rc = environment_role(session, name, call->arena, out, err);
    if (rc == RC_NOTFOUND)
        return error_set(err, SQLSTATE_UNDEFINED_OBJECT, "role \"%s\" does not exist",
                         name);
    return rc;
}

/* What a privilege is asked of. Neither member: a kind of which nothing is kept. */
struct asked_object {
    struct catalog_object *object;
    bool is_public; /* readable by everybody: a system relation */
};

static enum rc asked_by_name(struct session_environment *session, struct call *call,
                             const struct value *argument, struct asked_object *out,
                             struct error *err)
{
    const char *function = call->function->name;
    struct environment_item item;
    const char *name = text_of(call, argument);
    if (strcmp(function, "has_database_privilege") == 0) {
        const struct catalog_place place = {{0}, CATALOG_CLASS_DATABASE, name};
        return catalog_require(session->transaction, &place, call->arena, &out->object,
                               err);
    }
    if (strcmp(function, "has_schema_privilege") == 0) {
        const struct catalog_name schema = {.schema = name};
        return catalog_resolve_schema(session->transaction, session->path, &schema,
                                      call->arena, &out->object, err);
    }
    if (strstr(function, "table") == NULL && strstr(function, "column") == NULL)
        return RC_OK;
    if (strcmp(function, "has_tablespace_privilege") == 0)
        return RC_OK;
    TRY(environment_item_by_name(session, argument->datum.bytes, call->arena, &item,
                                 err));
    out->object = item.object;
    out->is_public = item.relation != NULL;
    return RC_OK;
}

static enum rc asked_by_oid(struct session_environment *session, struct call *call,
                            uint32_t oid, struct asked_object *out, struct error *err)
{
    const char *function = call->function->name;
    struct environment_item item;
    bool relation = strcmp(function, "has_table_privilege") == 0 ||
                    strstr(function, "column") != NULL;
    if (relation) {
        TRY(environment_item_by_oid(session, oid, call->arena, &item, err));
        out->object = item.object;
        out->is_public = item.relation != NULL;
        return RC_OK;
    }
    if (strcmp(function, "has_database_privilege") == 0 ||
        strcmp(function, "has_schema_privilege") == 0)
        return catalog_object_by_oid(session->transaction, oid, call->arena, &out->object,
                                     err);
    return RC_OK;
}

static bool holds(const struct catalog_object *role, const struct asked_object *asked,
                  uint32_t letters)
{
    const struct catalog_object *object = asked->object;
    if (role->role.is_superuser)
        return true;
    if (object == NULL)
        return asked->is_public && (letters & PRIVILEGE_SELECT) != 0;
    if (catalog_id_equal(object->owner_id, role->id))
        return true;
    for (size_t i = 0; i < object->privileges.count; i++) {
        const struct record_privilege *privilege = &object->privileges.items[i];
        bool to_role = privilege->grantee.space == 'p' ||
                       catalog_id_equal(privilege->grantee, role->id);
        if (to_role && (privilege->letters & letters) != 0)
            return true;
    }
    return false;
}

/* has_x_privilege([role,] object [, column], privilege) */
ENVIRONMENT_ROW(has_privilege)
{
    UNUSED_HERE();
    bool column = strcmp(call->function->name, "has_column_privilege") == 0;
    size_t plain = column ? 3 : 2;
    size_t at = call->argument_count > plain ? 1 : 0;
    struct catalog_object *role = NULL;
    struct asked_object asked = {0};
    uint32_t letters = 0;
    enum rc rc = asked_role(session, call, at == 1 ? &arguments[0] : NULL, &role, err);
    if (rc != RC_OK)
        return found_or_null(rc, result);
    TRY(read_privileges(arguments[call->argument_count - 1].datum.bytes, &letters, err));
    if (call->argument_types[at]->oid == TYPE_TEXT)
        rc = asked_by_name(session, call, &arguments[at], &asked, err);
    else
        rc = asked_by_oid(session, call, arguments[at].datum.oid, &asked, err);
    if (rc == RC_OK)
        result->datum.boolean = holds(role, &asked, letters);
    return found_or_null(rc, result);
}

/* pg_has_role([user,] role, privilege): memberships are not kept. */
ENVIRONMENT_ROW(pg_has_role)
{
    UNUSED_HERE();
    size_t at = call->argument_count > 2 ? 1 : 0;
    struct catalog_object *user = NULL;
    struct catalog_object *role = NULL;
    enum rc rc = asked_role(session, call, at == 1 ? &arguments[0] : NULL, &user, err);
    if (rc != RC_OK)
        return found_or_null(rc, result);
    if (call->argument_types[at]->oid == TYPE_OID) {
        rc = catalog_object_by_oid(session->transaction, arguments[at].datum.oid,
                                   call->arena, &role, err);
    } else {
        const char *name = text_of(call, &arguments[at]);
        rc = environment_role(session, name, call->arena, &role, err);
        if (rc == RC_NOTFOUND)
            return error_set(err, SQLSTATE_UNDEFINED_OBJECT, "role \"%s\" does not exist",
                             name);
    }
    if (rc == RC_OK)
        result->datum.boolean =
            user->role.is_superuser || catalog_id_equal(user->id, role->id);
    return found_or_null(rc, result);
}
