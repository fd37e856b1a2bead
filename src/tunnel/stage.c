/* Names, wording and remedies of all that can go wrong on the way to a target. */
#include "tunnel/stage.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/error.h"

static const char *const stage_names[TUNNEL_STAGE_COUNT] = {
    [TUNNEL_STAGE_NONE] = "none",
    [TUNNEL_STAGE_RESOLVE] = "resolve",
    [TUNNEL_STAGE_CONNECT] = "connect",
    [TUNNEL_STAGE_BANNER] = "banner",
    [TUNNEL_STAGE_KEY_EXCHANGE] = "key exchange",
    [TUNNEL_STAGE_HOST_KEY] = "host key",
    [TUNNEL_STAGE_LOGIN] = "login",
    [TUNNEL_STAGE_FORWARD] = "forward",
    [TUNNEL_STAGE_CARRY] = "carry",
};

/* Written here by hand in lower case, since names are an interface. */
static const char *const cause_names[TUNNEL_CAUSE_COUNT] = {
    [TUNNEL_CAUSE_NONE] = "none",
    [TUNNEL_CAUSE_NAME_UNKNOWN] = "name_unknown",
    [TUNNEL_CAUSE_NAME_LOOKUP_FAILED] = "name_lookup_failed",
    [TUNNEL_CAUSE_REFUSED] = "refused",
    [TUNNEL_CAUSE_UNREACHABLE] = "unreachable",
    [TUNNEL_CAUSE_TIMEOUT] = "timeout",
    [TUNNEL_CAUSE_NOT_SSH] = "not_ssh",
    [TUNNEL_CAUSE_TOO_MANY_STARTUPS] = "too_many_startups",
    [TUNNEL_CAUSE_NO_COMMON_ALGORITHM] = "no_common_algorithm",
    [TUNNEL_CAUSE_PROTOCOL_ERROR] = "protocol_error",
    [TUNNEL_CAUSE_HOST_KEY_CHANGED] = "host_key_changed",
    [TUNNEL_CAUSE_HOST_KEY_UNTRUSTED] = "host_key_untrusted",
    [TUNNEL_CAUSE_LOGIN_REFUSED] = "login_refused",
    [TUNNEL_CAUSE_LOGIN_NO_PUBLICKEY] = "login_no_publickey",
    [TUNNEL_CAUSE_LOGIN_INCOMPLETE] = "login_incomplete",
    [TUNNEL_CAUSE_KEYS_SEALED] = "keys_sealed",
    [TUNNEL_CAUSE_FORWARD_PROHIBITED] = "forward_prohibited",
    [TUNNEL_CAUSE_TARGET_NAME_UNKNOWN] = "target_name_unknown",
    [TUNNEL_CAUSE_TARGET_REFUSED] = "target_refused",
    [TUNNEL_CAUSE_TARGET_UNREACHABLE] = "target_unreachable",
    [TUNNEL_CAUSE_TARGET_TIMEOUT] = "target_timeout",
    [TUNNEL_CAUSE_CHANNEL_LIMIT] = "channel_limit",
    [TUNNEL_CAUSE_SESSION_LOST] = "session_lost",
    [TUNNEL_CAUSE_CANCELLED] = "cancelled",
    [TUNNEL_CAUSE_SHUT_DOWN] = "shut_down",
};

static const char *const cause_texts[TUNNEL_CAUSE_COUNT] = {
#define X(name, text) [TUNNEL_CAUSE_##name] = (text),
#include "tunnel/causes.def"
#undef X
};

static const char *const cause_remedies[TUNNEL_CAUSE_COUNT] = {
    [TUNNEL_CAUSE_NAME_UNKNOWN] =
        "Check HOST. The bastion's own name is looked up by this server; only the names "
        "of targets are looked up by the bastion.",
    [TUNNEL_CAUSE_NAME_LOOKUP_FAILED] =
        "Check this server's name resolver (/etc/resolv.conf), or give HOST as an "
        "address.",
    [TUNNEL_CAUSE_REFUSED] =
        "Check HOST and PORT, and that sshd runs there and listens on that port.",
    [TUNNEL_CAUSE_UNREACHABLE] =
        "Check the route to the bastion and its firewall rules; they must let in the "
        "addresses in mz_catalog.mz_egress_ips.",
    [TUNNEL_CAUSE_TIMEOUT] =
        "Silence is most often a firewall. Let the addresses in mz_catalog.mz_egress_ips "
        "reach the SSH port of the bastion host, and check HOST and PORT.",
    [TUNNEL_CAUSE_NOT_SSH] =
        "Check PORT: something answers there, but it is no SSH server.",
    [TUNNEL_CAUSE_TOO_MANY_STARTUPS] =
        "The bastion may be at its MaxStartups limit or may refuse our address "
        "(firewall, "
        "fail2ban, PerSourcePenalties). Its log tells which; the addresses in "
        "mz_catalog.mz_egress_ips must be let in.",
    [TUNNEL_CAUSE_NO_COMMON_ALGORITHM] =
        "Allow a current algorithm in the bastion's sshd_config (KexAlgorithms, Ciphers, "
        "MACs, HostKeyAlgorithms).",
    [TUNNEL_CAUSE_PROTOCOL_ERROR] = "See the bastion's log for what it made of this.",
    [TUNNEL_CAUSE_HOST_KEY_CHANGED] =
        "If the bastion was rebuilt on purpose, accept its new key with ALTER CONNECTION "
        "... SET (HOST KEY '...'). If not, somebody may stand between.",
    [TUNNEL_CAUSE_HOST_KEY_UNTRUSTED] =
        "Compare the print with the bastion's (ssh-keygen -l), and declare the key with "
        "ALTER CONNECTION ... SET (HOST KEY '...').",
    [TUNNEL_CAUSE_LOGIN_REFUSED] =
        "Add public_key_1 or public_key_2 of mz_catalog.mz_ssh_tunnel_connections to "
        "~/.ssh/authorized_keys of that user on the bastion, and check USER and the "
        "file's owner and mode (0600).",
    [TUNNEL_CAUSE_LOGIN_NO_PUBLICKEY] =
        "Set PubkeyAuthentication yes in the bastion's sshd_config.",
    [TUNNEL_CAUSE_LOGIN_INCOMPLETE] =
        "Exempt this user from the second factor (AuthenticationMethods publickey in a "
        "Match block of sshd_config).",
    [TUNNEL_CAUSE_KEYS_SEALED] =
        "Start the server with its master key, so that it can read its secrets.",
    [TUNNEL_CAUSE_FORWARD_PROHIBITED] =
        "On the bastion set AllowTcpForwarding yes, and a PermitOpen that names the "
        "target exactly as written here if PermitOpen is set; the line in "
        "authorized_keys must not carry restrict, no-port-forwarding or another "
        "permitopen. PermitTunnel is not needed. Then restart sshd.",
    [TUNNEL_CAUSE_TARGET_NAME_UNKNOWN] =
        "The bastion looks the name up: check it there (getent hosts NAME).",
    [TUNNEL_CAUSE_TARGET_REFUSED] =
        "On the bastion run telnet HOST PORT: the service does not listen there, or "
        "listens on another address only.",
    [TUNNEL_CAUSE_TARGET_UNREACHABLE] =
        "On the bastion run telnet HOST PORT; check the route from there.",
    [TUNNEL_CAUSE_TARGET_TIMEOUT] =
        "On the bastion run telnet HOST PORT; if it hangs, check security groups and "
        "firewalls between the bastion and the target.",
    [TUNNEL_CAUSE_CHANNEL_LIMIT] = "Use fewer connections through this bastion at once.",
    [TUNNEL_CAUSE_SESSION_LOST] =
        "The tunnel is being reopened; its state is in mz_internal. If it happens often, "
        "look for idle cut-offs in firewalls and at the bastion's log.",
};

static const char *const verdict_names[] = {
    [TUNNEL_VERDICT_OK] = "ok",
    [TUNNEL_VERDICT_WARNING] = "warning",
    [TUNNEL_VERDICT_FAILED] = "failed",
};

const char *tunnel_stage_name(enum tunnel_stage stage)
{
    ASSERT(stage >= 0 && stage < TUNNEL_STAGE_COUNT);
    return stage_names[stage];
}

const char *tunnel_cause_name(enum tunnel_cause cause)
{
    ASSERT(cause >= 0 && cause < TUNNEL_CAUSE_COUNT);
    return cause_names[cause];
}

bool tunnel_cause_is_refusal(enum tunnel_cause cause)
{
    switch (cause) {
    case TUNNEL_CAUSE_NO_COMMON_ALGORITHM:
    case TUNNEL_CAUSE_HOST_KEY_CHANGED:
    case TUNNEL_CAUSE_HOST_KEY_UNTRUSTED:
    case TUNNEL_CAUSE_LOGIN_REFUSED:
    case TUNNEL_CAUSE_LOGIN_NO_PUBLICKEY:
    case TUNNEL_CAUSE_LOGIN_INCOMPLETE:
    case TUNNEL_CAUSE_KEYS_SEALED:
        return true;
    default:
        return false;
    }
}

const char *tunnel_verdict_name(enum tunnel_verdict verdict)
{
    ASSERT(verdict >= 0 && (size_t)verdict < ARRAY_COUNT(verdict_names));
    return verdict_names[verdict];
}

/* Peers choose these words: they must neither move a cursor nor forge a line. */
static void copy_words(char *out, size_t size, const char *words)
{
    size_t len = 0;
    for (; words[len] != '\0' && len + 1 < size; len++) {
        unsigned char c = (unsigned char)words[len];
        out[len] = (char)(c < 0x20 || c >= 0x7F ? '?' : c);
        if (c == '\r' || c == '\n' || c == '\t')
            out[len] = ' ';
    }
    while (len > 0 && out[len - 1] == ' ')
        len--;
    out[len] = '\0';
}

void tunnel_failure_set(struct tunnel_failure *failure, enum tunnel_stage stage,
                        enum tunnel_cause cause, const char *words)
{
    memset(failure, 0, sizeof(*failure));
    failure->stage = stage;
    failure->cause = cause;
    failure->at_wall_us = clock_wall_us();
    copy_words(failure->words, sizeof(failure->words), words == NULL ? "" : words);
}

const char *tunnel_failure_remedy(const struct tunnel_failure *failure)
{
    if (failure->remedy[0] != '\0')
        return failure->remedy;
    const char *remedy = cause_remedies[failure->cause];
    return remedy == NULL ? "" : remedy;
}

/* Materialize's words before ssh's own. */
static const char *message_prefix(enum tunnel_stage stage)
{
    switch (stage) {
    case TUNNEL_STAGE_RESOLVE:
        return "";
    case TUNNEL_STAGE_FORWARD:
        return "failed to open SSH tunnel: ";
    case TUNNEL_STAGE_CARRY:
        return "SSH tunnel was cut: ";
    default:
        return "failed to connect to the remote host: ";
    }
}

enum rc tunnel_failure_error(const struct tunnel_failure *failure,
                             const struct tunnel_hop *hop, struct error *err)
{
    const char *words =
        failure->words[0] == '\0' ? cause_texts[failure->cause] : failure->words;
    error_set(err, SQLSTATE_SYSTEM_ERROR, "%s%s", message_prefix(failure->stage), words);
    char target[TUNNEL_ADDRESS_MAX] = "";
    if (hop->target_host != NULL)
        snprintf(target, sizeof(target), " to %s:%u", hop->target_host,
                 (unsigned)hop->target_port);
    bool has_more = failure->explanation[0] != '\0';
    error_detail(err, "Hop SSH tunnel \"%s\" (%s@%s:%u)%s, stage %s: %s (%s).%s%s",
                 hop->name == NULL ? "" : hop->name, hop->user == NULL ? "" : hop->user,
                 hop->host, (unsigned)hop->port, target,
                 tunnel_stage_name(failure->stage), cause_texts[failure->cause],
                 tunnel_cause_name(failure->cause), has_more ? " " : "",
                 failure->explanation);
    const char *remedy = tunnel_failure_remedy(failure);
    if (remedy[0] != '\0')
        error_hint(err, "%s", remedy);
    return RC_FAILED;
}
