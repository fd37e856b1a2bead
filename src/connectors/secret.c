#include "connectors/secret.h"

#include <stdio.h>

#include "base/secret.h"

static bool fail_secret(const struct option_value *value, enum stage stage,
                        struct stage_failure *failure)
{
    char words[STAGE_WORDS_MAX];
    snprintf(words, sizeof(words), "the secret of option %s is not available",
             value->spec->name);
    stage_failure_set(failure, stage, STAGE_CAUSE_SECRET_SEALED, words);
    return false;
}

bool connector_secret_find(const struct connector_probe *probe,
                           const struct option_value *value, enum stage stage,
                           struct secret **secret_out, struct stage_failure *failure)
{
    *secret_out = NULL;
    if (value == NULL || value->secret_id == NULL)
        return true;
    struct secret *found = probe->secrets->find(probe->secrets->owner, value->secret_id);
    if (found == NULL)
        return fail_secret(value, stage, failure);
    *secret_out = secret_ref(found);
    return true;
}
