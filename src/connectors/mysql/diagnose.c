/* From what the client and servers say to causes. Servers tell by the error's number;
 * their words may be in any language. */
#include "connectors/mysql/diagnose.h"

#include <stdio.h>
#include <string.h>

/* --- causes ------------------------------------------------------------------------ */

/* Numbers of mysqld_error.h; from 4000 on MariaDB's own. */
static const struct {
    uint16_t code;
    enum stage_cause cause;
} codes[] = {
    {1040, STAGE_CAUSE_TOO_MANY_CONNECTIONS}, /* of the server */
    {1053, STAGE_CAUSE_STARTING_UP},
    {1129, STAGE_CAUSE_HOST_BLOCKED},
    {1130, STAGE_CAUSE_HOST_NOT_ALLOWED},
    {1203, STAGE_CAUSE_TOO_MANY_CONNECTIONS}, /* of the user */
    {1226, STAGE_CAUSE_TOO_MANY_CONNECTIONS}, /* a limit of the account */
    {1251, STAGE_CAUSE_METHOD_UNSUPPORTED},
    {1275, STAGE_CAUSE_METHOD_UNSUPPORTED},
    {1524, STAGE_CAUSE_METHOD_UNSUPPORTED},
    {1698, STAGE_CAUSE_METHOD_UNSUPPORTED}, /* by a method without a password */
    {1820, STAGE_CAUSE_PASSWORD_EXPIRED},
    {1862, STAGE_CAUSE_PASSWORD_EXPIRED},
    {3032, STAGE_CAUSE_STARTING_UP}, /* offline mode */
    {3118, STAGE_CAUSE_ACCOUNT_LOCKED},
    {3159, STAGE_CAUSE_TLS_REQUIRED},
    {3955, STAGE_CAUSE_ACCOUNT_LOCKED}, /* after wrong passwords */
    {4150, STAGE_CAUSE_ACCOUNT_LOCKED}, /* the same */
    {4151, STAGE_CAUSE_ACCOUNT_LOCKED},
};

enum { ACCESS_DENIED = 1045 };

static enum stage_cause server_cause(uint16_t code,
                                     const struct mysql_situation *situation)
{
    if (situation->stage == STAGE_SETTINGS)
        return STAGE_CAUSE_QUERY_FAILED;
    /* For a wrong password, an unknown user, an account for other addresses, and an
     * account that wants TLS or a certificate. */
    if (code == ACCESS_DENIED)
        return situation->has_password ? STAGE_CAUSE_PASSWORD_WRONG
                                       : STAGE_CAUSE_PASSWORD_MISSING;
    for (size_t i = 0; i < ARRAY_COUNT(codes); i++) {
        if (codes[i].code == code)
            return codes[i].cause;
    }
    return STAGE_CAUSE_LOGIN_FAILED;
}

/* A target that refuses our certificate says so in an alert. */
static enum stage_cause tls_cause(const struct mysql_failure *failure)
{
    switch (failure->tls) {
    case STREAM_TLS_FAULT_UNTRUSTED:
        return STAGE_CAUSE_TLS_UNTRUSTED;
    case STREAM_TLS_FAULT_WRONG_NAME:
        return STAGE_CAUSE_TLS_NAME_MISMATCH;
    case STREAM_TLS_FAULT_EXPIRED:
        return STAGE_CAUSE_TLS_EXPIRED;
    case STREAM_TLS_FAULT_REFUSED:
        return strcasestr(failure->words, "certificate") != NULL ||
                       strcasestr(failure->words, "unknown ca") != NULL
                   ? STAGE_CAUSE_CLIENT_CERTIFICATE_BAD
                   : STAGE_CAUSE_TLS_FAILED;
    default:
        return STAGE_CAUSE_TLS_FAILED;
    }
}

/* In TLS 1.3 our side of the handshake is done before the server has judged our
 * certificate; the alert that tells its judgement is often lost with the connection. */
static enum stage_cause closed_cause(const struct mysql_situation *situation)
{
    if (situation->stage == STAGE_TARGET_LOGIN && situation->has_certificate)
        return STAGE_CAUSE_CLIENT_CERTIFICATE_BAD;
    return situation->stage == STAGE_TLS ? STAGE_CAUSE_TLS_FAILED
                                         : STAGE_CAUSE_TARGET_CLOSED;
}

enum stage_cause mysql_failure_cause(const struct mysql_failure *failure,
                                     const struct mysql_situation *situation)
{
    switch (failure->fault) {
    case MYSQL_FAULT_SERVER:
        return server_cause(failure->server.code, situation);
    case MYSQL_FAULT_CLOSED:
        return closed_cause(situation);
    case MYSQL_FAULT_TIMEOUT:
        return STAGE_CAUSE_TIMEOUT;
    case MYSQL_FAULT_CANCELLED:
        return STAGE_CAUSE_CANCELLED;
    case MYSQL_FAULT_TLS:
        return tls_cause(failure);
    case MYSQL_FAULT_NO_TLS:
        return STAGE_CAUSE_TLS_REFUSED;
    case MYSQL_FAULT_FOREIGN:
        return STAGE_CAUSE_NOT_MYSQL;
    case MYSQL_FAULT_METHOD:
        return STAGE_CAUSE_METHOD_UNSUPPORTED;
    case MYSQL_FAULT_IN_CLEAR:
        return STAGE_CAUSE_PASSWORD_IN_CLEAR;
    case MYSQL_FAULT_VALUE:
        return STAGE_CAUSE_LOGIN_FAILED;
    case MYSQL_FAULT_MEMORY:
        return STAGE_CAUSE_RESOURCES;
    case MYSQL_FAULT_PROTOCOL:
    case MYSQL_FAULT_INTERRUPTED:
    case MYSQL_FAULT_NONE:
        break;
    }
    return STAGE_CAUSE_PROTOCOL_ERROR;
}

/* --- words ------------------------------------------------------------------------- */

/* Servers tell no SQLSTATE before the login; HY000 is the one for that. */
static void server_message(const struct mysql_server_error *server, char *out,
                           size_t size)
{
    snprintf(out, size, "Server error: `ERROR %s (%u): %s'",
             server->sqlstate[0] == '\0' ? "HY000" : server->sqlstate,
             (unsigned)server->code, server->words);
}

void mysql_failure_message(const struct mysql_failure *failure, char *out, size_t size)
{
    switch (failure->fault) {
    case MYSQL_FAULT_SERVER:
        server_message(&failure->server, out, size);
        return;
    case MYSQL_FAULT_TLS:
        snprintf(out, size, "TLS error: `%s'", failure->words);
        return;
    case MYSQL_FAULT_FOREIGN:
        snprintf(out, size, "the peer is no MySQL server, it says \"%.*s\"",
                 (int)strcspn(failure->words, "\r\n"), failure->words);
        return;
    case MYSQL_FAULT_METHOD:
        snprintf(out, size, "Driver error: `Unknown authentication plugin: %s'",
                 failure->words);
        return;
    case MYSQL_FAULT_IN_CLEAR:
        snprintf(out, size, "Driver error: `%s over a way that is not verified'",
                 failure->words);
        return;
    case MYSQL_FAULT_CLOSED:
    case MYSQL_FAULT_TIMEOUT:
        snprintf(out, size, "Input/output error: %s", failure->words);
        return;
    default:
        snprintf(out, size, "Driver error: `%s'", failure->words);
    }
}

/* --- remedies ---------------------------------------------------------------------- */

static const char *direct_remedy(enum stage_cause cause)
{
    switch (cause) {
    case STAGE_CAUSE_NAME_UNKNOWN:
        return "Check HOST. Without an SSH TUNNEL this server looks the name up.";
    case STAGE_CAUSE_REFUSED:
        return "Check HOST and PORT, and that MySQL listens there (bind_address and "
               "skip_networking in its configuration).";
    case STAGE_CAUSE_UNREACHABLE:
        return "Check the route to the target and its firewall rules; they must let in "
               "the addresses in mz_catalog.mz_egress_ips.";
    case STAGE_CAUSE_TIMEOUT:
        return "Silence is most often a firewall. Let the addresses in "
               "mz_catalog.mz_egress_ips reach the target, and check HOST and PORT.";
    default:
        return "";
    }
}

static const char *login_remedy(enum stage_cause cause,
                                const struct mysql_situation *situation)
{
    switch (cause) {
    case STAGE_CAUSE_PASSWORD_WRONG:
        if (situation->uses_tls)
            return "Check USER and the secret that PASSWORD names. MySQL answers alike "
                   "when no account fits the user and the address that we come from, and "
                   "when the account wants another client certificate.";
        return "Check USER and the secret that PASSWORD names. MySQL answers alike when "
               "no account fits the user and the address that we come from, and when the "
               "account or the server wants TLS (REQUIRE SSL, require_secure_transport): "
               "then set SSL MODE.";
    case STAGE_CAUSE_PASSWORD_MISSING:
        return "Set PASSWORD with ALTER CONNECTION ... SET (PASSWORD SECRET ...), and "
               "check USER: MySQL answers alike when no account fits it.";
    case STAGE_CAUSE_USER_UNKNOWN:
        return "Set USER with ALTER CONNECTION ... SET (USER '...').";
    case STAGE_CAUSE_METHOD_UNSUPPORTED:
        return "On the target give the account caching_sha2_password or "
               "mysql_native_password (ALTER USER ... IDENTIFIED WITH ...).";
    case STAGE_CAUSE_PROTOCOL_ERROR:
        return "What answers does not keep to MySQL's protocol: see the target's log, "
               "and "
               "look for a proxy before it.";
    case STAGE_CAUSE_TOO_MANY_CONNECTIONS:
        return "Raise max_connections (or the limits of the account) on the target, or "
               "close idle connections there.";
    default:
        return "";
    }
}

static const char *tls_remedy(enum stage_cause cause)
{
    switch (cause) {
    case STAGE_CAUSE_TLS_REFUSED:
        return "Turn TLS on at the target (ssl_ca, ssl_cert, ssl_key), or set SSL MODE "
               "to "
               "disabled if the way there is trusted.";
    case STAGE_CAUSE_TLS_REQUIRED:
        return "Set SSL MODE to verify-identity (or required) with ALTER CONNECTION.";
    case STAGE_CAUSE_CLIENT_CERTIFICATE_BAD:
        return "SSL CERTIFICATE and SSL KEY must be PEM, belong together, be without a "
               "passphrase, and be signed by an authority that the target trusts "
               "(ssl_ca).";
    default:
        return "";
    }
}

const char *mysql_remedy(enum stage_cause cause, const struct mysql_situation *situation)
{
    if (cause == STAGE_CAUSE_TIMEOUT && situation->stage == STAGE_ANSWER)
        return "The port takes connections, but is silent, while MySQL greets at once: "
               "check PORT, and see the target's log.";
    if (cause == STAGE_CAUSE_TIMEOUT && situation->stage > STAGE_ANSWER)
        return "The target greeted us and then fell silent: see its log, and its load.";
    const char *remedy = login_remedy(cause, situation);
    if (remedy[0] == '\0')
        remedy = tls_remedy(cause);
    if (remedy[0] == '\0' && !situation->is_tunnelled)
        remedy = direct_remedy(cause);
    return remedy;
}

/* --- SHOW GRANTS ------------------------------------------------------------------- */

static const struct {
    const char *name;
    unsigned bits;
} privileges[] = {
    {"ALL", MYSQL_PRIVILEGE_REPLICATION_SLAVE | MYSQL_PRIVILEGE_REPLICATION_CLIENT},
    {"ALL PRIVILEGES",
     MYSQL_PRIVILEGE_REPLICATION_SLAVE | MYSQL_PRIVILEGE_REPLICATION_CLIENT},
    {"REPLICATION SLAVE", MYSQL_PRIVILEGE_REPLICATION_SLAVE},
    {"REPLICATION CLIENT", MYSQL_PRIVILEGE_REPLICATION_CLIENT},
    {"BINLOG MONITOR", MYSQL_PRIVILEGE_REPLICATION_CLIENT}, /* MariaDB since 10.5 */
};

static unsigned find_privilege(struct bytes name)
{
    for (size_t i = 0; i < ARRAY_COUNT(privileges); i++) {
        if (bytes_equal(name, bytes_of_text(privileges[i].name)))
            return privileges[i].bits;
    }
    return 0;
}

static unsigned read_list(struct bytes list)
{
    unsigned found = 0;
    while (list.len > 0) {
        const uint8_t *comma = memchr(list.at, ',', list.len);
        size_t len = comma == NULL ? list.len : (size_t)(comma - list.at);
        found |= find_privilege(bytes_of(list.at, len));
        while (len < list.len && (list.at[len] == ',' || list.at[len] == ' '))
            len++;
        list = bytes_of(list.at + len, list.len - len);
    }
    return found;
}

/* "GRANT SELECT, REPLICATION SLAVE ON *.* TO `u`@`%`". Names stand in quotes; a list that
 * holds one is of roles. */
unsigned mysql_grant_read(struct bytes grant)
{
    static const char start[] = "GRANT ";
    static const char end[] = " ON *.* TO ";
    if (!bytes_has_prefix(grant, bytes_of(start, sizeof(start) - 1)))
        return 0;
    const uint8_t *at = grant.at + sizeof(start) - 1;
    const uint8_t *stop = memmem(grant.at, grant.len, end, sizeof(end) - 1);
    if (stop == NULL || stop < at)
        return 0;
    struct bytes list = bytes_of(at, (size_t)(stop - at));
    bool is_quoted =
        memchr(list.at, '`', list.len) != NULL || memchr(list.at, '\'', list.len) != NULL;
    return is_quoted ? 0 : read_list(list);
}
