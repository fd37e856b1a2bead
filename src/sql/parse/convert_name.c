/* The small parts of the tree: places, names, types, generic options, roles. */
#include <string.h>

#include "sql/parse/convert.h"

/* The token that starts at this byte ends where? */
static uint32_t token_end(const struct scan *scan, uint32_t from)
{
    size_t low = 0;
    size_t high = scan->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (scan->tokens[middle].from < from)
            low = middle + 1;
        else
            high = middle;
    }
    bool is_found = low < scan->count && scan->tokens[low].from == from;
    return is_found ? scan->tokens[low].to : from + 1;
}

struct ast_span convert_span(const struct convert *convert, int32_t location)
{
    if (location < 0)
        return (struct ast_span){0, 0};
    uint32_t from = (uint32_t)(convert->offset + (size_t)location);
    return (struct ast_span){from, token_end(convert->scan, from)};
}

const char *convert_text(const struct convert *convert, const char *text)
{
    if (text == NULL || text[0] == 0)
        return NULL;
    return arena_strdup(convert->arena, text);
}

const char *convert_string(const struct convert *convert, const PgQuery__Node *node)
{
    if (node->node_case != PG_QUERY__NODE__NODE_STRING)
        return "";
    return arena_strdup(convert->arena, node->string->sval);
}

struct ast_column_list convert_columns(const struct convert *convert, struct nodes nodes)
{
    struct ast_column_list list = {ARENA_ARRAY(convert->arena, const char *, nodes.count),
                                   nodes.count};
    for (size_t i = 0; i < nodes.count; i++)
        list.items[i] = convert_string(convert, nodes.items[i]);
    return list;
}

struct ast_name convert_name(const struct convert *convert, struct nodes nodes,
                             int32_t location)
{
    struct ast_column_list parts = convert_columns(convert, nodes);
    return (struct ast_name){parts.items, parts.count, convert_span(convert, location)};
}

struct ast_name convert_single_name(const struct convert *convert, const char *text)
{
    struct ast_name name = {ARENA_ARRAY(convert->arena, const char *, 1), 1, {0, 0}};
    name.parts[0] = arena_strdup(convert->arena, text);
    return name;
}

struct ast_name convert_relation_name(const struct convert *convert,
                                      const PgQuery__RangeVar *relation)
{
    struct ast_name name = {NULL, 0, {0, 0}};
    if (relation == NULL)
        return name;
    const char *parts[] = {relation->catalogname, relation->schemaname,
                           relation->relname};
    name.parts = ARENA_ARRAY(convert->arena, const char *, ARRAY_COUNT(parts));
    name.span = convert_span(convert, relation->location);
    for (size_t i = 0; i < ARRAY_COUNT(parts); i++) {
        if (parts[i] != NULL && parts[i][0] != 0)
            name.parts[name.count++] = arena_strdup(convert->arena, parts[i]);
    }
    return name;
}

struct ast_name convert_any_name(const struct convert *convert, const PgQuery__Node *node)
{
    if (node == NULL)
        return (struct ast_name){NULL, 0, {0, 0}};
    switch ((int)node->node_case) {
    case PG_QUERY__NODE__NODE_STRING:
        return convert_single_name(convert, node->string->sval);
    case PG_QUERY__NODE__NODE_LIST:
        return convert_name(convert, NODES(node->list, items), -1);
    case PG_QUERY__NODE__NODE_RANGE_VAR:
        return convert_relation_name(convert, node->range_var);
    case PG_QUERY__NODE__NODE_TYPE_NAME:
        return convert_name(convert, NODES(node->type_name, names),
                            node->type_name->location);
    case PG_QUERY__NODE__NODE_OBJECT_WITH_ARGS:
        return convert_name(convert, NODES(node->object_with_args, objname), -1);
    default:
        return (struct ast_name){NULL, 0, {0, 0}};
    }
}

struct ast_type_name *convert_type(struct convert *convert, const PgQuery__TypeName *type)
{
    if (type == NULL)
        return NULL;
    struct ast_type_name *result = ARENA_NEW(convert->arena, struct ast_type_name);
    result->name = convert_name(convert, NODES(type, names), type->location);
    result->span = result->name.span;
    result->modifiers = convert_expressions(convert, NODES(type, typmods));
    result->is_setof = type->setof;
    result->is_percent_type = type->pct_type;
    result->array_bound_count = type->n_array_bounds;
    result->array_bounds = ARENA_ARRAY(convert->arena, int32_t, type->n_array_bounds);
    for (size_t i = 0; i < type->n_array_bounds; i++) {
        const PgQuery__Node *bound = type->array_bounds[i];
        bool is_given = bound->node_case == PG_QUERY__NODE__NODE_INTEGER;
        result->array_bounds[i] = is_given ? bound->integer->ival : -1;
    }
    return result;
}

static void define_list_value(const struct convert *convert, struct ast_define *define,
                              const PgQuery__List *list)
{
    define->list.items = ARENA_ARRAY(convert->arena, const char *, list->n_items);
    for (size_t i = 0; i < list->n_items; i++) {
        const PgQuery__Node *item = list->items[i];
        if (item->node_case == PG_QUERY__NODE__NODE_STRING)
            define->list.items[define->list.count++] = convert_string(convert, item);
    }
    define->name_value =
        (struct ast_name){define->list.items, define->list.count, {0, 0}};
}

static void define_constant(const struct convert *convert, struct ast_define *define,
                            const PgQuery__AConst *value)
{
    switch (value->val_case) {
    case PG_QUERY__A__CONST__VAL_IVAL:
        define->is_number = true;
        define->text = arena_printf(convert->arena, "%d", value->ival->ival);
        break;
    case PG_QUERY__A__CONST__VAL_FVAL:
        define->is_number = true;
        define->text = arena_strdup(convert->arena, value->fval->fval);
        break;
    case PG_QUERY__A__CONST__VAL_SVAL:
        define->text = arena_strdup(convert->arena, value->sval->sval);
        break;
    case PG_QUERY__A__CONST__VAL_BOOLVAL:
        define->text = value->boolval->boolval ? "true" : "false";
        break;
    default:
        break;
    }
}

static void define_value(const struct convert *convert, struct ast_define *define,
                         const PgQuery__Node *value)
{
    switch ((int)value->node_case) {
    case PG_QUERY__NODE__NODE_STRING:
        define->text = convert_string(convert, value);
        break;
    case PG_QUERY__NODE__NODE_INTEGER:
        define->is_number = true;
        define->text = arena_printf(convert->arena, "%d", value->integer->ival);
        break;
    case PG_QUERY__NODE__NODE_FLOAT:
        define->is_number = true;
        define->text = arena_strdup(convert->arena, value->float_->fval);
        break;
    case PG_QUERY__NODE__NODE_BOOLEAN:
        define->text = value->boolean->boolval ? "true" : "false";
        break;
    case PG_QUERY__NODE__NODE_A_STAR:
        define->is_star = true;
        break;
    case PG_QUERY__NODE__NODE_A_CONST:
        define_constant(convert, define, value->a_const);
        break;
    case PG_QUERY__NODE__NODE_LIST:
        define_list_value(convert, define, value->list);
        break;
    case PG_QUERY__NODE__NODE_TYPE_NAME:
        define->name_value = convert_any_name(convert, value);
        if (define->name_value.count == 1)
            define->text = define->name_value.parts[0];
        break;
    case PG_QUERY__NODE__NODE_ROLE_SPEC:
        define->text = convert_role(convert, value->role_spec);
        break;
    default:
        break;
    }
}

struct ast_define_list convert_defines(struct convert *convert, struct nodes nodes)
{
    struct ast_define_list list = {
        ARENA_ARRAY(convert->arena, struct ast_define, nodes.count), 0};
    for (size_t i = 0; i < nodes.count; i++) {
        if (nodes.items[i]->node_case != PG_QUERY__NODE__NODE_DEF_ELEM)
            continue;
        const PgQuery__DefElem *element = nodes.items[i]->def_elem;
        struct ast_define *define = &list.items[list.count++];
        define->space = convert_text(convert, element->defnamespace);
        define->name = arena_strdup(convert->arena, element->defname);
        define->span = convert_span(convert, element->location);
        if (element->arg == NULL)
            continue;
        define_value(convert, define, element->arg);
        if (element->arg->node_case == PG_QUERY__NODE__NODE_LIST)
            define->roles = convert_roles(convert, NODES(element->arg->list, items));
    }
    return list;
}

const char *convert_role(const struct convert *convert, const PgQuery__RoleSpec *role)
{
    if (role == NULL)
        return NULL;
    switch ((int)role->roletype) {
    case PG_QUERY__ROLE_SPEC_TYPE__ROLESPEC_CURRENT_ROLE:
        return "current_role";
    case PG_QUERY__ROLE_SPEC_TYPE__ROLESPEC_CURRENT_USER:
        return "current_user";
    case PG_QUERY__ROLE_SPEC_TYPE__ROLESPEC_SESSION_USER:
        return "session_user";
    case PG_QUERY__ROLE_SPEC_TYPE__ROLESPEC_PUBLIC:
        return "public";
    default:
        return arena_strdup(convert->arena, role->rolename);
    }
}

/* GRANT names the roles it grants as AccessPriv, and their receivers as RoleSpec. */
struct ast_text_list convert_roles(const struct convert *convert, struct nodes nodes)
{
    struct ast_text_list list = {ARENA_ARRAY(convert->arena, const char *, nodes.count),
                                 0};
    for (size_t i = 0; i < nodes.count; i++) {
        const PgQuery__Node *node = nodes.items[i];
        if (node->node_case == PG_QUERY__NODE__NODE_ROLE_SPEC)
            list.items[list.count++] = convert_role(convert, node->role_spec);
        else if (node->node_case == PG_QUERY__NODE__NODE_ACCESS_PRIV)
            list.items[list.count++] =
                arena_strdup(convert->arena, node->access_priv->priv_name);
    }
    return list;
}

enum ast_persistence convert_persistence(const PgQuery__RangeVar *relation)
{
    switch (relation->relpersistence == NULL ? 0 : relation->relpersistence[0]) {
    case 't':
        return PERSISTENCE_TEMPORARY;
    case 'u':
        return PERSISTENCE_UNLOGGED;
    default:
        return PERSISTENCE_PERMANENT;
    }
}

enum ast_object_kind convert_object_kind(PgQuery__ObjectType type)
{
#define OBJECT(pg, ours) [PG_QUERY__OBJECT_TYPE__OBJECT_##pg] = SQL_OBJECT_##ours
    static const enum ast_object_kind kinds[] = {
        OBJECT(AGGREGATE, AGGREGATE),
        OBJECT(ATTRIBUTE, ATTRIBUTE),
        OBJECT(COLUMN, COLUMN),
        OBJECT(COLLATION, COLLATION),
        OBJECT(DATABASE, DATABASE),
        OBJECT(DOMAIN, DOMAIN),
        OBJECT(DOMCONSTRAINT, DOMAIN_CONSTRAINT),
        OBJECT(EXTENSION, EXTENSION),
        OBJECT(FDW, FOREIGN_DATA_WRAPPER),
        OBJECT(FOREIGN_SERVER, FOREIGN_SERVER),
        OBJECT(FOREIGN_TABLE, FOREIGN_TABLE),
        OBJECT(FUNCTION, FUNCTION),
        OBJECT(INDEX, INDEX),
        OBJECT(LANGUAGE, LANGUAGE),
        OBJECT(LARGEOBJECT, LARGE_OBJECT),
        OBJECT(MATVIEW, MATERIALIZED_VIEW),
        OBJECT(OPERATOR, OPERATOR),
        OBJECT(PARAMETER_ACL, PARAMETER),
        OBJECT(POLICY, POLICY),
        OBJECT(PROCEDURE, PROCEDURE),
        OBJECT(ROLE, ROLE),
        OBJECT(ROUTINE, ROUTINE),
        OBJECT(RULE, RULE),
        OBJECT(SCHEMA, SCHEMA),
        OBJECT(SEQUENCE, SEQUENCE),
        OBJECT(TABCONSTRAINT, CONSTRAINT),
        OBJECT(TABLE, TABLE),
        OBJECT(TABLESPACE, TABLESPACE),
        OBJECT(TRIGGER, TRIGGER),
        OBJECT(TYPE, TYPE),
        OBJECT(VIEW, VIEW),
    };
#undef OBJECT
    enum ast_object_kind kind =
        (size_t)type < ARRAY_COUNT(kinds) ? kinds[type] : SQL_OBJECT_NONE;
    return kind == SQL_OBJECT_NONE ? SQL_OBJECT_OTHER : kind;
}
