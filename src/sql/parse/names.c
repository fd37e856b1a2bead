/* Names of the tree's kinds. */
#include "base/assert.h"
#include "sql/parse/ast.h"

const char *sql_statement_kind_name(enum ast_statement_kind kind)
{
    static const char *const names[] = {
#define X(kind, name) [STATEMENT_##kind] = name,
#include "sql/parse/statements.def"
#undef X
    };
    ASSERT(kind < STATEMENT_KIND_COUNT);
    return names[kind];
}

const char *sql_object_kind_name(enum ast_object_kind kind)
{
    static const char *const names[] = {
#define X(kind, name, plural) [SQL_OBJECT_##kind] = name,
#include "sql/parse/objects.def"
#undef X
    };
    ASSERT(kind < SQL_OBJECT_KIND_COUNT);
    return names[kind];
}

const char *sql_object_kind_plural(enum ast_object_kind kind)
{
    static const char *const names[] = {
#define X(kind, name, plural) [SQL_OBJECT_##kind] = plural,
#include "sql/parse/objects.def"
#undef X
    };
    ASSERT(kind < SQL_OBJECT_KIND_COUNT);
    return names[kind];
}

const char *sql_expression_kind_name(enum ast_expression_kind kind)
{
    static const char *const names[EXPRESSION_KIND_COUNT] = {
        [EXPRESSION_CONSTANT] = "constant",
        [EXPRESSION_COLUMN] = "column",
        [EXPRESSION_PARAMETER] = "parameter",
        [EXPRESSION_OPERATOR] = "operator",
        [EXPRESSION_OPERATOR_ANY] = "operator any",
        [EXPRESSION_OPERATOR_ALL] = "operator all",
        [EXPRESSION_DISTINCT] = "is distinct from",
        [EXPRESSION_NOT_DISTINCT] = "is not distinct from",
        [EXPRESSION_NULLIF] = "nullif",
        [EXPRESSION_IN] = "in",
        [EXPRESSION_LIKE] = "like",
        [EXPRESSION_BETWEEN] = "between",
        [EXPRESSION_CALL] = "call",
        [EXPRESSION_AND] = "and",
        [EXPRESSION_OR] = "or",
        [EXPRESSION_NOT] = "not",
        [EXPRESSION_NULL_TEST] = "null test",
        [EXPRESSION_BOOLEAN_TEST] = "boolean test",
        [EXPRESSION_CASE] = "case",
        [EXPRESSION_COALESCE] = "coalesce",
        [EXPRESSION_GREATEST] = "greatest",
        [EXPRESSION_LEAST] = "least",
        [EXPRESSION_CAST] = "cast",
        [EXPRESSION_COLLATE] = "collate",
        [EXPRESSION_ARRAY] = "array",
        [EXPRESSION_ROW] = "row",
        [EXPRESSION_SUBQUERY] = "subquery",
        [EXPRESSION_INDIRECTION] = "indirection",
        [EXPRESSION_VALUE_FUNCTION] = "value function",
        [EXPRESSION_GROUPING] = "grouping",
        [EXPRESSION_DEFAULT] = "default",
        [EXPRESSION_CURRENT_OF] = "current of",
        [EXPRESSION_UNSUPPORTED] = "unsupported",
    };
    ASSERT(kind < EXPRESSION_KIND_COUNT);
    return names[kind];
}

const char *sql_value_function_name(enum ast_value_function function)
{
    switch (function) {
    case VALUE_CURRENT_DATE:
        return "current_date";
    case VALUE_CURRENT_TIME:
        return "current_time";
    case VALUE_CURRENT_TIMESTAMP:
        return "current_timestamp";
    case VALUE_LOCALTIME:
        return "localtime";
    case VALUE_LOCALTIMESTAMP:
        return "localtimestamp";
    case VALUE_CURRENT_ROLE:
        return "current_role";
    case VALUE_CURRENT_USER:
        return "current_user";
    case VALUE_USER:
        return "user";
    case VALUE_SESSION_USER:
        return "session_user";
    case VALUE_CURRENT_CATALOG:
        return "current_catalog";
    case VALUE_CURRENT_SCHEMA:
        return "current_schema";
    }
    return "";
}
