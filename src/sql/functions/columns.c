/* OUT parameters of functions that return records. */
#include "sql/functions/columns.h"

struct columns_row {
    uint32_t function;
    size_t count;
    const char *names[FUNCTION_COLUMNS_MAX];
    uint32_t types[FUNCTION_COLUMNS_MAX]; /* anyelement: of the first argument's items */
};

enum { OID_JSON = 114, OID_JSONB = 3802, OID_EXPAND_ARRAY = 13398 };

static const struct columns_row rows[] = {
    {1689,
     4,
     {"grantor", "grantee", "privilege_type", "is_grantable"},
     {TYPE_OID, TYPE_OID, TYPE_TEXT, TYPE_BOOL}},
    {3208, 2, {"key", "value"}, {TYPE_TEXT, OID_JSONB}},
    {3932, 2, {"key", "value"}, {TYPE_TEXT, TYPE_TEXT}},
    {3958, 2, {"key", "value"}, {TYPE_TEXT, OID_JSON}},
    {3959, 2, {"key", "value"}, {TYPE_TEXT, TYPE_TEXT}},
    {OID_EXPAND_ARRAY, 2, {"x", "n"}, {TYPE_ANYELEMENT, TYPE_INT4}},
};

bool function_columns_of(const struct function *function,
                         const struct type *const *argument_types,
                         struct function_columns *out)
{
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        const struct columns_row *row = &rows[i];
        if (row->function != function->oid || function->result != TYPE_RECORD)
            continue;
        *out = (struct function_columns){.count = row->count};
        for (size_t k = 0; k < row->count; k++) {
            out->names[k] = row->names[k];
            out->types[k] = row->types[k] == TYPE_ANYELEMENT
                                ? type_find_oid(argument_types[0]->element)
                                : type_find_oid(row->types[k]);
            if (out->types[k] == NULL)
                return false;
        }
        return true;
    }
    return false;
}
