/* A failed stage of a tunnel as an error. */
#include "tunnel/failure.h"

#include <stdio.h>

#include "base/error.h"

enum rc tunnel_failure_error(const struct stage_failure *failure,
                             const struct tunnel_hop *hop, struct error *err)
{
    char message[STAGE_WORDS_MAX + 64];
    stage_tunnel_message(failure, message, sizeof(message));
    error_set(err, SQLSTATE_SYSTEM_ERROR, "%s", message);
    char target[STAGE_ADDRESS_MAX] = "";
    if (hop->target_host != NULL)
        snprintf(target, sizeof(target), " to %s:%u", hop->target_host,
                 (unsigned)hop->target_port);
    bool has_more = failure->explanation[0] != '\0';
    error_detail(err, "Hop SSH tunnel \"%s\" (%s@%s:%u)%s, stage %s: %s (%s).%s%s",
                 hop->name == NULL ? "" : hop->name, hop->user == NULL ? "" : hop->user,
                 hop->host, (unsigned)hop->port, target, stage_name(failure->stage),
                 stage_cause_text(failure->cause), stage_cause_name(failure->cause),
                 has_more ? " " : "", failure->explanation);
    const char *remedy = stage_failure_remedy(failure);
    if (remedy[0] != '\0')
        error_hint(err, "%s", remedy);
    return RC_FAILED;
}
