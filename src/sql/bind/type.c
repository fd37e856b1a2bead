/* Written type names. */
#include "sql/bind/binder.h"

static const char *const type_schemas[] = {"pg_catalog", "mz_catalog", "mz_internal",
                                           "information_schema"};

static bool is_system_schema(const char *schema)
{
    for (size_t i = 0; i < ARRAY_COUNT(type_schemas); i++) {
        if (strcmp(type_schemas[i], schema) == 0)
            return true;
    }
    return false;
}

/* pg_type's own names only: the words of SQL come from the grammar as such names. */
static const struct type *find_type(const struct ast_name *name)
{
    const char *last = name->parts[name->count - 1];
    const struct type *type = type_find_name(bytes_of_text(last));
    if (type == NULL || strcmp(type->name, last) != 0)
        return NULL;
    bool is_ours = type->oid >= TYPE_UINT8;
    if (name->count > 1 &&
        strcmp(name->parts[name->count - 2], is_ours ? "mz_catalog" : "pg_catalog") != 0)
        return NULL;
    return type;
}

static enum rc missing(struct binder *binder, const struct ast_type_name *name)
{
    if (name->name.count > 1 && !is_system_schema(name->name.parts[name->name.count - 2]))
        TRY(binder_check_schema(binder, name->name.parts[name->name.count - 2],
                                name->span));
    const char *text = binder_name(binder, &name->name);
    if (name->name.count == 2 && strcmp(name->name.parts[0], "pg_catalog") == 0)
        text = name->name.parts[1]; /* the grammar's prefix, not the user's */
    return error_set_at(binder->err, binder_position(binder, name->span),
                        SQLSTATE_UNDEFINED_OBJECT, "type \"%s\" does not exist", text);
}

static enum rc typmod_of(struct binder *binder, const struct ast_type_name *name,
                         const struct type *type, int32_t *typmod_out)
{
    size_t count = name->modifiers.count;
    int32_t *arguments = ARENA_ARRAY(binder->arena, int32_t, count + 1);
    for (size_t i = 0; i < count; i++) {
        const struct ast_expression *modifier = name->modifiers.items[i];
        if (modifier->kind != EXPRESSION_CONSTANT)
            return error_set_at(binder->err, binder_position(binder, name->span),
                                SQLSTATE_SYNTAX_ERROR,
                                "type modifiers must be simple constants or identifiers");
        if (modifier->constant.kind != CONSTANT_INTEGER)
            return error_set_at(
                binder->err, binder_position(binder, name->span),
                SQLSTATE_INVALID_TEXT_REPRESENTATION,
                "invalid input syntax for type integer: \"%s\"",
                modifier->constant.text == NULL ? "" : modifier->constant.text);
        arguments[i] = modifier->constant.integer;
    }
    if (type_typmod(type, arguments, count, typmod_out, binder->err) != RC_OK)
        return binder_failed_at(binder, binder_position(binder, name->span));
    return RC_OK;
}

enum rc type_bind(struct binder *binder, const struct ast_type_name *name,
                  const struct type **type_out, int32_t *typmod_out)
{
    if (name->is_percent_type)
        return binder_unsupported(binder, name->span, "%TYPE");
    if (name->is_setof)
        return binder_unsupported(binder, name->span, "SETOF as a type of a value");
    const struct type *type = name->name.count == 0 ? NULL : find_type(&name->name);
    if (type == NULL)
        return missing(binder, name);
    TRY(typmod_of(binder, name, type, typmod_out));
    *type_out = type;
    if (name->array_bound_count == 0 || type_is_array(type))
        return RC_OK;
    *type_out = type_find_oid(type->array);
    if (*type_out == NULL)
        return error_set_at(binder->err, binder_position(binder, name->span),
                            SQLSTATE_UNDEFINED_OBJECT,
                            "could not find array type for data type %s",
                            type_title(binder->arena, type));
    return RC_OK;
}
