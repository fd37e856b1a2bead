#ifndef SQL_FUNCTIONS_COLUMNS_H
#define SQL_FUNCTIONS_COLUMNS_H

#include "sql/functions/function.h"

/* The columns of functions that return records: pg_proc's OUT parameters. */

enum { FUNCTION_COLUMNS_MAX = 4 };

struct function_columns {
    size_t count;
    const char *names[FUNCTION_COLUMNS_MAX];
    const struct type *types[FUNCTION_COLUMNS_MAX];
};

/* False: the function has none, or a caller must tell them. */
bool function_columns_of(const struct function *function,
                         const struct type *const *argument_types,
                         struct function_columns *out);

#endif
