/* Names of results, for logs and tests. */
#include "base/rc.h"

const char *rc_name(enum rc rc)
{
    switch (rc) {
    case RC_OK:
        return "ok";
    case RC_AGAIN:
        return "again";
    case RC_WAIT:
        return "wait";
    case RC_EOF:
        return "eof";
    case RC_NOTFOUND:
        return "not found";
    case RC_LIMIT:
        return "limit";
    case RC_FAILED:
        return "failed";
    }
    return "unknown";
}
