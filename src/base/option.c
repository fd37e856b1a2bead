/* Look-ups in option tables; they are short, so plain loops do. */
#include "base/option.h"

#include <string.h>

const struct option_value *option_find(const struct option_set *set, const char *name)
{
    for (size_t i = 0; i < set->count; i++) {
        if (strcmp(set->values[i].spec->name, name) == 0)
            return &set->values[i];
    }
    return NULL;
}

const char *option_text(const struct option_set *set, const char *name)
{
    const struct option_value *value = option_find(set, name);
    return value == NULL ? NULL : value->text;
}

const struct option_spec *connection_kind_option(const struct connection_kind *kind,
                                                 const char *name)
{
    for (size_t i = 0; i < kind->spec_count; i++) {
        if (strcmp(kind->specs[i].name, name) == 0)
            return &kind->specs[i];
    }
    return NULL;
}
