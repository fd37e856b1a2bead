/* Names and OIDs: the search path, items of the catalog, the reg* types. */
#include "base/ascii.h"
#include "sql/exec/environment_internal.h"
#include "sql/parse/print.h"

static const char *const last_schemas[] = {"mz_catalog", "mz_internal",
                                           "information_schema"};

static bool is_in_path(const struct session_environment *session, const char *schema)
{
    for (size_t i = 0; i < session->path->schema_count; i++) {
        if (strcmp(session->path->schemas[i], schema) == 0)
            return true;
    }
    return false;
}

size_t environment_schemas(const struct session_environment *session, bool with_implied,
                           const char *out[ENVIRONMENT_SCHEMAS_MAX])
{
    size_t count = 0;
    if (with_implied && !is_in_path(session, "pg_catalog"))
        out[count++] = "pg_catalog";
    for (size_t i = 0; i < session->path->schema_count &&
                       count + ARRAY_COUNT(last_schemas) < ENVIRONMENT_SCHEMAS_MAX;
         i++)
        out[count++] = session->path->schemas[i];
    for (size_t i = 0; with_implied && i < ARRAY_COUNT(last_schemas); i++) {
        if (!is_in_path(session, last_schemas[i]))
            out[count++] = last_schemas[i];
    }
    return count;
}

static enum rc find_schema(const struct session_environment *session, const char *schema,
                           struct arena *arena, struct catalog_object **out,
                           struct error *err)
{
    const struct catalog_name name = {.schema = schema};
    return catalog_resolve_schema(session->transaction, session->path, &name, arena, out,
                                  err);
}

bool environment_has_schema(const struct session_environment *session, const char *schema,
                            struct arena *arena)
{
    struct catalog_object *object = NULL;
    struct error ignored;
    return find_schema(session, schema, arena, &object, &ignored) == RC_OK;
}

/* RC_NOTFOUND, without an error, also when there is no such schema. */
static enum rc item_in_schema(const struct session_environment *session,
                              const char *schema, const char *name, struct arena *arena,
                              struct environment_item *out)
{
    const struct system_relation *relation = system_relation_find(schema, name);
    struct error ignored;
    struct catalog_object *object = NULL;
    struct catalog_object *parent = NULL;
    *out = (struct environment_item){.schema = schema, .name = name};
    if (relation != NULL) {
        out->relation = relation;
        out->oid = relation->oid;
        return RC_OK;
    }
    if (find_schema(session, schema, arena, &parent, &ignored) != RC_OK)
        return RC_NOTFOUND;
    const struct catalog_place place = {parent->id, CATALOG_CLASS_ITEM, name};
    if (catalog_find(session->transaction, &place, arena, &object, &ignored) != RC_OK)
        return RC_NOTFOUND;
    out->object = object;
    out->oid = object->oid;
    return RC_OK;
}

static enum rc item_on_path(const struct session_environment *session, const char *name,
                            struct arena *arena, struct environment_item *out)
{
    const char *schemas[ENVIRONMENT_SCHEMAS_MAX];
    size_t count = environment_schemas(session, true, schemas);
    for (size_t i = 0; i < count; i++) {
        if (item_in_schema(session, schemas[i], name, arena, out) == RC_OK)
            return RC_OK;
    }
    return RC_NOTFOUND;
}

bool environment_item_is_visible(const struct session_environment *session,
                                 const struct environment_item *item, struct arena *arena)
{
    struct environment_item found;
    return item_on_path(session, item->name, arena, &found) == RC_OK &&
           found.oid == item->oid;
}

enum rc environment_item_by_oid(const struct session_environment *session, uint32_t oid,
                                struct arena *arena, struct environment_item *out,
                                struct error *err)
{
    const struct system_relation *relation = NULL;
    struct catalog_object *object = NULL;
    struct catalog_object *parent = NULL;
    for (size_t i = 0; (relation = system_relation_at(i)) != NULL; i++) {
        if (relation->oid == oid) {
            *out = (struct environment_item){oid, relation->schema, relation->name,
                                             relation, NULL};
            return RC_OK;
        }
    }
    TRY(catalog_object_by_oid(session->transaction, oid, arena, &object, err));
    if (object->id.class != CATALOG_CLASS_ITEM)
        return RC_NOTFOUND;
    TRY(catalog_object_get(session->transaction, object->parent_id, arena, &parent, err));
    *out = (struct environment_item){oid, parent->name, object->name, NULL, object};
    return RC_OK;
}

static enum rc bad_name(struct error *err)
{
    return error_set(err, SQLSTATE_INVALID_NAME, "invalid name syntax");
}

/* One identifier from the front: quoted, or bare and folded. */
static bool take_part(struct bytes *text, struct arena *arena, const char **out)
{
    char *name = ARENA_ARRAY(arena, char, text->len + 1);
    size_t len = 0;
    size_t at = 0;
    bool is_quoted = text->len > 0 && text->at[0] == '"';
    bool closed = !is_quoted;
    for (at = is_quoted ? 1 : 0; at < text->len; at++) {
        uint8_t byte = text->at[at];
        if (is_quoted && byte == '"') {
            if (at + 1 >= text->len || text->at[at + 1] != '"') {
                closed = true;
                at++;
                break;
            }
            at++;
        } else if (!is_quoted && (byte == '.' || byte == ' ' || byte == '"')) {
            break;
        }
        name[len++] = (char)(is_quoted ? byte : ascii_lower(byte));
    }
    name[len] = '\0';
    *out = name;
    *text = bytes_of(text->at + at, text->len - at);
    return closed && len > 0;
}

static struct bytes skip_blanks(struct bytes text)
{
    while (text.len > 0 && text.at[0] == ' ')
        text = bytes_of(text.at + 1, text.len - 1);
    return text;
}

enum rc environment_name_parts(struct bytes text, struct arena *arena,
                               const char *parts_out[4], size_t *count_out,
                               struct error *err)
{
    *count_out = 0;
    for (;;) {
        text = skip_blanks(text);
        if (*count_out == 4 || !take_part(&text, arena, &parts_out[*count_out]))
            return bad_name(err);
        ++*count_out;
        text = skip_blanks(text);
        if (text.len == 0)
            return RC_OK;
        if (text.at[0] != '.')
            return bad_name(err);
        text = bytes_of(text.at + 1, text.len - 1);
    }
}

enum rc environment_item_by_name(const struct session_environment *session,
                                 struct bytes text, struct arena *arena,
                                 struct environment_item *out, struct error *err)
{
    const char *parts[4];
    size_t count = 0;
    struct catalog_object *schema = NULL;
    TRY(environment_name_parts(text, arena, parts, &count, err));
    if (count > 3)
        return error_set(err, SQLSTATE_SYNTAX_ERROR,
                         "improper relation name (too many dotted names): %.*s",
                         BYTES_PRINT(text));
    if (count == 3 && strcmp(parts[0], session->path->database) != 0)
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "cross-database references are not implemented: \"%.*s\"",
                         BYTES_PRINT(text));
    const char *name = parts[count - 1];
    if (count == 1) {
        if (item_on_path(session, name, arena, out) == RC_OK)
            return RC_OK;
        return error_set(err, SQLSTATE_UNDEFINED_TABLE, "relation \"%s\" does not exist",
                         name);
    }
    if (item_in_schema(session, parts[count - 2], name, arena, out) == RC_OK)
        return RC_OK;
    TRY(find_schema(session, parts[count - 2], arena, &schema, err));
    return error_set(err, SQLSTATE_UNDEFINED_TABLE, "relation \"%s.%s\" does not exist",
                     parts[count - 2], name);
}

enum rc environment_role(const struct session_environment *session, const char *name,
                         struct arena *arena, struct catalog_object **out,
                         struct error *err)
{
    const struct catalog_place place = {{0}, CATALOG_CLASS_ROLE, name};
    return catalog_find(session->transaction, &place, arena, out, err);
}

/* The last part of a name that may stand in pg_catalog. */
static enum rc system_name(struct bytes text, struct arena *arena, const char **out,
                           struct error *err)
{
    const char *parts[4];
    size_t count = 0;
    TRY(environment_name_parts(text, arena, parts, &count, err));
    if (count > 2)
        return error_set(err, SQLSTATE_SYNTAX_ERROR,
                         "improper qualified name (too many dotted names): %.*s",
                         BYTES_PRINT(text));
    *out = parts[count - 1];
    if (count == 2 && strcmp(parts[0], "pg_catalog") != 0)
        *out = NULL;
    return RC_OK;
}

/* --- types ------------------------------------------------------------------------ */

/* The name with its typmod and blanks taken out: "timestamp (3)  with time zone[]". */
static const char *plain_type_name(struct bytes text, struct arena *arena,
                                   bool *array_out)
{
    char *name = ARENA_ARRAY(arena, char, text.len + 1);
    size_t len = 0;
    int depth = 0;
    *array_out = false;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.at[i];
        depth += byte == '(' ? 1 : 0;
        if (byte == '[' || byte == ']')
            *array_out = true;
        else if (depth == 0 && !(byte == ' ' && (len == 0 || name[len - 1] == ' ')))
            name[len++] = (char)ascii_lower(byte);
        depth -= byte == ')' ? 1 : 0;
    }
    while (len > 0 && name[len - 1] == ' ')
        len--;
    name[len] = '\0';
    return name;
}

static enum rc find_type(struct bytes text, struct arena *arena, uint32_t *oid_out,
                         struct error *err)
{
    bool array = false;
    const struct type *type = NULL;
    const char *name = plain_type_name(text, arena, &array);
    if (strncmp(name, "pg_catalog.", 11) == 0)
        name += 11;
    if (name[0] == '"') {
        struct bytes quoted = bytes_of_text(name);
        const char *inner = NULL;
        if (take_part(&quoted, arena, &inner) && quoted.len == 0)
            type = type_find_name(bytes_of_text(inner));
    } else if (strcmp(name, "char") == 0) {
        type = type_find_oid(TYPE_BPCHAR);
    } else {
        type = type_find_name(bytes_of_text(name));
    }
    if (type != NULL && array)
        type = type_find_oid(type->array);
    if (type == NULL)
        return error_set(err, SQLSTATE_UNDEFINED_OBJECT, "type \"%.*s\" does not exist",
                         BYTES_PRINT(text));
    *oid_out = type->oid;
    return RC_OK;
}

/* --- functions and operators ------------------------------------------------------ */

void environment_print_arguments(const struct function *function, struct buffer *out)
{
    for (size_t i = 0; i < function->argument_count; i++) {
        const struct type *type = type_find_oid(function->arguments[i]);
        bool variadic = function->variadic != 0 && i + 1 == function->argument_count;
        buffer_printf(out, "%s%s", i == 0 ? "" : ", ", variadic ? "VARIADIC " : "");
        /* The parameter's type is the array of what the call gives. */
        if (variadic && type->oid != TYPE_ANY && type->array != 0)
            type = type_find_oid(type->array);
        type_format(type, -1, out);
    }
}

/* "name(types)" apart. */
static enum rc split_signature(struct bytes text, struct bytes *name, struct bytes *types,
                               struct error *err)
{
    const uint8_t *open = text.len == 0 ? NULL : memchr(text.at, '(', text.len);
    if (open == NULL)
        return error_set(err, SQLSTATE_INVALID_TEXT_REPRESENTATION,
                         "expected a left parenthesis");
    if (text.at[text.len - 1] != ')')
        return error_set(err, SQLSTATE_INVALID_TEXT_REPRESENTATION,
                         "expected a right parenthesis");
    size_t len = (size_t)(open - text.at);
    *name = bytes_of(text.at, len);
    *types = bytes_of(open + 1, text.len - len - 2);
    return RC_OK;
}

/* OIDs of types parted by commas; NONE is 0. */
static enum rc read_types(struct bytes text, struct arena *arena, uint32_t *oids,
                          size_t *count, struct error *err)
{
    *count = 0;
    text = skip_blanks(text);
    while (text.len > 0) {
        const uint8_t *comma = memchr(text.at, ',', text.len);
        size_t len = comma == NULL ? text.len : (size_t)(comma - text.at);
        struct bytes part = bytes_of(text.at, len);
        if (*count == FUNCTION_SIGNATURE_MAX)
            return error_set(err, SQLSTATE_TOO_MANY_ARGUMENTS, "too many arguments");
        if (ascii_is_word(skip_blanks(part), "none"))
            oids[*count] = 0;
        else
            TRY(find_type(part, arena, &oids[*count], err));
        ++*count;
        len += comma == NULL ? 0 : 1;
        text = bytes_of(text.at + len, text.len - len);
    }
    return RC_OK;
}

static enum rc find_function(struct bytes text, bool with_types, struct arena *arena,
                             uint32_t *oid_out, struct error *err)
{
    uint32_t oids[FUNCTION_SIGNATURE_MAX] = {0};
    size_t count = 0;
    size_t found = 0;
    size_t at = 0;
    struct bytes name = text;
    struct bytes types = {0};
    const char *bare = NULL;
    const struct function *function = NULL;
    if (with_types)
        TRY(split_signature(text, &name, &types, err));
    TRY(read_types(types, arena, oids, &count, err));
    TRY(system_name(name, arena, &bare, err));
    while (bare != NULL &&
           (function = function_candidates(bytes_of_text(bare), &at)) != NULL) {
        if (with_types && (function->argument_count != count ||
                           memcmp(function->arguments, oids, count * sizeof(*oids)) != 0))
            continue;
        *oid_out = function->oid;
        found++;
    }
    if (found == 1)
        return RC_OK;
    if (found > 1)
        return error_set(err, SQLSTATE_AMBIGUOUS_FUNCTION,
                         "more than one function named \"%.*s\"", BYTES_PRINT(text));
    return error_set(err, SQLSTATE_UNDEFINED_FUNCTION, "function \"%.*s\" does not exist",
                     BYTES_PRINT(text));
}

static enum rc find_operator(struct bytes text, bool with_types, struct arena *arena,
                             uint32_t *oid_out, struct error *err)
{
    uint32_t oids[FUNCTION_SIGNATURE_MAX] = {0};
    size_t count = 0;
    size_t found = 0;
    size_t at = 0;
    struct bytes name = text;
    struct bytes types = {0};
    const struct operator_row *row = NULL;
    if (with_types)
        TRY(split_signature(text, &name, &types, err));
    TRY(read_types(types, arena, oids, &count, err));
    if (bytes_has_prefix(name, bytes_of_text("pg_catalog.")))
        name = bytes_of(name.at + 11, name.len - 11);
    while ((row = operator_candidates(name, &at)) != NULL) {
        if (with_types && (count != 2 || row->left != oids[0] || row->right != oids[1]))
            continue;
        *oid_out = row->oid;
        found++;
    }
    if (found == 1)
        return RC_OK;
    if (found > 1)
        return error_set(err, SQLSTATE_AMBIGUOUS_FUNCTION,
                         "more than one operator named %.*s", BYTES_PRINT(text));
    return error_set(err, SQLSTATE_UNDEFINED_FUNCTION, "operator does not exist: %.*s",
                     BYTES_PRINT(text));
}

/* --- the reg* types --------------------------------------------------------------- */

static const struct {
    uint32_t oid;
    const char *name;
} collations[] = {{100, "default"}, {950, "C"}, {951, "POSIX"}};

static enum rc find_collation(struct bytes text, struct arena *arena, uint32_t *oid_out,
                              struct error *err)
{
    const char *name = NULL;
    TRY(system_name(text, arena, &name, err));
    for (size_t i = 0; name != NULL && i < ARRAY_COUNT(collations); i++) {
        if (strcmp(name, collations[i].name) == 0) {
            *oid_out = collations[i].oid;
            return RC_OK;
        }
    }
    return error_set(err, SQLSTATE_UNDEFINED_OBJECT,
                     "collation \"%.*s\" for encoding \"UTF8\" does not exist",
                     BYTES_PRINT(text));
}

static enum rc find_named(const struct session_environment *session, uint32_t kind,
                          struct bytes text, struct arena *arena, uint32_t *oid_out,
                          struct error *err)
{
    const char *parts[4];
    size_t count = 0;
    struct catalog_object *object = NULL;
    TRY(environment_name_parts(text, arena, parts, &count, err));
    if (count != 1)
        return bad_name(err);
    if (kind == TYPE_REGNAMESPACE) {
        TRY(find_schema(session, parts[0], arena, &object, err));
    } else {
        enum rc rc = environment_role(session, parts[0], arena, &object, err);
        if (rc == RC_NOTFOUND)
            return error_set(err, SQLSTATE_UNDEFINED_OBJECT, "role \"%s\" does not exist",
                             parts[0]);
        TRY(rc);
    }
    *oid_out = object->oid;
    return RC_OK;
}

static enum rc reg_find(const struct session_environment *session, uint32_t kind,
                        struct bytes text, struct arena *arena, uint32_t *oid_out,
                        struct error *err)
{
    struct environment_item item;
    switch (kind) {
    case TYPE_REGCLASS:
        TRY(environment_item_by_name(session, text, arena, &item, err));
        *oid_out = item.oid;
        return RC_OK;
    case TYPE_REGTYPE:
        return find_type(text, arena, oid_out, err);
    case TYPE_REGPROC:
    case TYPE_REGPROCEDURE:
        return find_function(text, kind == TYPE_REGPROCEDURE, arena, oid_out, err);
    case TYPE_REGOPER:
    case TYPE_REGOPERATOR:
        return find_operator(text, kind == TYPE_REGOPERATOR, arena, oid_out, err);
    case TYPE_REGCOLLATION:
        return find_collation(text, arena, oid_out, err);
    default:
        return find_named(session, kind, text, arena, oid_out, err);
    }
}

enum rc environment_reg_find(void *owner, uint32_t kind, struct bytes text,
                             uint32_t *oid_out, struct error *err)
{
    struct arena *arena = arena_new("names", NULL);
    enum rc rc = reg_find(owner, kind, text, arena, oid_out, err);
    arena_free(&arena);
    return rc;
}

static bool print_function(uint32_t oid, bool with_types, struct buffer *out)
{
    const struct function *function = function_find_oid(oid);
    if (function == NULL)
        return false;
    buffer_add_text(out, function->name);
    if (with_types) {
        buffer_add_u8(out, '(');
        environment_print_arguments(function, out);
        buffer_add_u8(out, ')');
    }
    return true;
}

static bool print_operator(uint32_t oid, bool with_types, struct buffer *out)
{
    const struct operator_row *row = operator_find_oid(oid);
    size_t at = 0;
    size_t count = 0;
    if (row == NULL)
        return false;
    while (operator_candidates(bytes_of_text(row->name), &at) != NULL)
        count++;
    buffer_printf(out, "%s%s", !with_types && count > 1 ? "pg_catalog." : "", row->name);
    if (!with_types)
        return true;
    buffer_add_u8(out, '(');
    if (row->left == 0)
        buffer_add_text(out, "NONE");
    else
        type_format(type_find_oid(row->left), -1, out);
    buffer_add_u8(out, ',');
    type_format(type_find_oid(row->right), -1, out);
    buffer_add_u8(out, ')');
    return true;
}

static bool print_item(const struct session_environment *session, uint32_t oid,
                       struct arena *arena, struct buffer *out)
{
    struct environment_item item;
    struct error ignored;
    if (environment_item_by_oid(session, oid, arena, &item, &ignored) != RC_OK)
        return false;
    if (!environment_item_is_visible(session, &item, arena))
        buffer_printf(out, "%s.", sql_quote_identifier(arena, item.schema));
    buffer_add_text(out, sql_quote_identifier(arena, item.name));
    return true;
}

static bool print_object(const struct session_environment *session, uint32_t oid,
                         enum catalog_class class, struct arena *arena,
                         struct buffer *out)
{
    struct catalog_object *object = NULL;
    struct error ignored;
    if (catalog_object_by_oid(session->transaction, oid, arena, &object, &ignored) !=
            RC_OK ||
        object->id.class != class)
        return false;
    buffer_add_text(out, sql_quote_identifier(arena, object->name));
    return true;
}

static bool print_collation(uint32_t oid, struct arena *arena, struct buffer *out)
{
    for (size_t i = 0; i < ARRAY_COUNT(collations); i++) {
        if (collations[i].oid == oid) {
            buffer_add_text(out, sql_quote_identifier(arena, collations[i].name));
            return true;
        }
    }
    return false;
}

static bool reg_print(const struct session_environment *session, uint32_t kind,
                      uint32_t oid, struct arena *arena, struct buffer *out)
{
    const struct type *type = NULL;
    switch (kind) {
    case TYPE_REGCLASS:
        return print_item(session, oid, arena, out);
    case TYPE_REGTYPE:
        type = type_find_oid(oid);
        if (type != NULL)
            type_format(type, -1, out);
        return type != NULL;
    case TYPE_REGPROC:
    case TYPE_REGPROCEDURE:
        return print_function(oid, kind == TYPE_REGPROCEDURE, out);
    case TYPE_REGOPER:
    case TYPE_REGOPERATOR:
        return print_operator(oid, kind == TYPE_REGOPERATOR, out);
    case TYPE_REGCOLLATION:
        return print_collation(oid, arena, out);
    case TYPE_REGNAMESPACE:
        return print_object(session, oid, CATALOG_CLASS_SCHEMA, arena, out);
    default:
        return print_object(session, oid, CATALOG_CLASS_ROLE, arena, out);
    }
}

bool environment_reg_name(void *owner, uint32_t kind, uint32_t oid, struct buffer *out)
{
    struct arena *arena = arena_new("names", NULL);
    bool found = reg_print(owner, kind, oid, arena, out);
    arena_free(&arena);
    return found;
}
