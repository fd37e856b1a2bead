#ifndef CONNECTORS_MYSQL_DIAGNOSE_H
#define CONNECTORS_MYSQL_DIAGNOSE_H

#include "base/stage.h"
#include "connectors/mysql/client.h"

/* From what the client and servers say to causes, and what MySQL's people can do. */

struct mysql_situation {
    enum stage stage;
    bool is_tunnelled;
    bool uses_tls;
    bool has_certificate; /* we have shown one of our own */
    bool has_password;
};

/* Not for failures of the dial (INTERRUPTED), which the dialer tells. */
enum stage_cause mysql_failure_cause(const struct mysql_failure *failure,
                                     const struct mysql_situation *situation);

/* As the message shows it: "Server error: `ERROR 28000 (1045): ...'". Cut to `size`. */
void mysql_failure_message(const struct mysql_failure *failure, char *out, size_t size);

/* Where a cause's own remedy speaks of another kind of target, or of a bastion that there
 * is not; "": the cause's own will do. */
const char *mysql_remedy(enum stage_cause cause, const struct mysql_situation *situation);

enum mysql_privilege {
    MYSQL_PRIVILEGE_REPLICATION_SLAVE = 1,
    MYSQL_PRIVILEGE_REPLICATION_CLIENT = 2,
};

/* Which of them one row of SHOW GRANTS gives, as bits. */
unsigned mysql_grant_read(struct bytes grant);

#endif
