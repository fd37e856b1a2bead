/* Host keys as data: parsing what a user declares, and matching what a bastion shows. */
#include "tunnel/hostkey.h"

#include <string.h>

#include <libssh/libssh.h>

#include "base/assert.h"
#include "base/error.h"
#include "tunnel/identity.h"

enum { FINGERPRINT_LEN = 50, ENTRY_MAX = 8192 }; /* "SHA256:" and 43 characters */

static const char print_prefix[] = "SHA256:";

static const char *const trust_names[TUNNEL_TRUST_COUNT] = {
    [TUNNEL_TRUST_PIN_ON_FIRST_USE] = "pin-on-first-use",
    [TUNNEL_TRUST_DECLARED_ONLY] = "declared-only",
    [TUNNEL_TRUST_ACCEPT_ANY] = "accept-any",
};

/* What a bastion may prove itself with (RFC 8709, RFC 5656, RFC 4253). */
static const char *const key_types[] = {
    "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
    "ssh-rsa",
};

const char *tunnel_trust_name(enum tunnel_trust trust)
{
    ASSERT(trust >= 0 && trust < TUNNEL_TRUST_COUNT);
    return trust_names[trust];
}

bool tunnel_trust_parse(const char *text, enum tunnel_trust *trust_out)
{
    for (int trust = 0; trust < TUNNEL_TRUST_COUNT; trust++) {
        if (strcmp(text, trust_names[trust]) == 0) {
            *trust_out = (enum tunnel_trust)trust;
            return true;
        }
    }
    return false;
}

static bool is_same_key(const struct tunnel_host_key *trusted,
                        const struct tunnel_host_key *presented)
{
    if (trusted->key != NULL && presented->key != NULL)
        return strcmp(trusted->key, presented->key) == 0;
    return trusted->fingerprint != NULL && presented->fingerprint != NULL &&
           strcmp(trusted->fingerprint, presented->fingerprint) == 0;
}

enum tunnel_host_key_match tunnel_hostkey_match(enum tunnel_trust trust,
                                                const struct tunnel_host_key *set,
                                                size_t count,
                                                const struct tunnel_host_key *presented)
{
    if (trust == TUNNEL_TRUST_ACCEPT_ANY)
        return TUNNEL_HOST_KEY_TRUSTED;
    for (size_t i = 0; i < count; i++) {
        if (is_same_key(&set[i], presented))
            return TUNNEL_HOST_KEY_TRUSTED;
    }
    if (count > 0)
        return TUNNEL_HOST_KEY_CHANGED;
    return trust == TUNNEL_TRUST_PIN_ON_FIRST_USE ? TUNNEL_HOST_KEY_FIRST
                                                  : TUNNEL_HOST_KEY_UNTRUSTED;
}

static enum rc bad_key(struct error *err, const char *why)
{
    error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE, "invalid HOST KEY: %s", why);
    return error_hint(err, "Give the type and the key, as in 'ssh-ed25519 AAAA...' "
                           "(ssh-keyscan prints them behind the host's name), or the "
                           "print 'SHA256:...' (ssh-keygen -l prints it).");
}

static bool is_base64_character(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           c == '+' || c == '/';
}

static enum rc parse_print(const char *entry, struct tunnel_host_key *key_out,
                           struct error *err)
{
    if (strlen(entry) != FINGERPRINT_LEN)
        return bad_key(err, "a SHA256 print has 43 characters behind the colon");
    for (const char *at = entry + strlen(print_prefix); *at != '\0'; at++) {
        if (!is_base64_character(*at))
            return bad_key(err, "the print has a character that is not base64");
    }
    *key_out = (struct tunnel_host_key){NULL, NULL, entry};
    return RC_OK;
}

static bool is_known_type(const char *type)
{
    for (size_t i = 0; i < ARRAY_COUNT(key_types); i++) {
        if (strcmp(type, key_types[i]) == 0)
            return true;
    }
    return false;
}

/* The only form of a key that is stored is the one libssh itself would write. */
static bool is_canonical(const char *type, const char *base64)
{
    ssh_key key = NULL;
    if (ssh_pki_import_pubkey_base64(base64, ssh_key_type_from_name(type), &key) !=
        SSH_OK)
        return false;
    char *again = NULL;
    bool same = ssh_pki_export_pubkey_base64(key, &again) == SSH_OK &&
                strcmp(again, base64) == 0 &&
                strcmp(ssh_key_type_to_char(ssh_key_type(key)), type) == 0;
    ssh_string_free_char(again);
    ssh_key_free(key);
    return same;
}

static enum rc parse_key(struct arena *arena, const char *entry,
                         struct tunnel_host_key *key_out, struct error *err)
{
    size_t type_len = strcspn(entry, " ");
    const char *type = arena_strndup(arena, entry, type_len);
    if (!is_known_type(type))
        return bad_key(err, "it starts with no type of key that is known");
    const char *start = entry + type_len + strspn(entry + type_len, " ");
    const char *base64 = arena_strndup(arena, start, strcspn(start, " "));
    if (base64[0] == '\0')
        return bad_key(err, "the key is missing behind its type");
    for (const char *at = base64; *at != '\0'; at++) {
        if (!is_base64_character(*at) && *at != '=')
            return bad_key(err, "the key has a character that is not base64");
    }
    if (!is_canonical(type, base64))
        return bad_key(err, "the key is damaged, or is not of the type before it");
    const char *line = arena_printf(arena, "%s %s", type, base64);
    const char *print = NULL;
    TRY(tunnel_identity_fingerprint(arena, line, &print, err));
    *key_out = (struct tunnel_host_key){type, base64, print};
    return RC_OK;
}

static enum rc parse_entry(struct arena *arena, const char *entry,
                           struct tunnel_host_key *key_out, struct error *err)
{
    for (const char *at = entry; *at != '\0'; at++) {
        if ((unsigned char)*at < 0x20 || (unsigned char)*at == 0x7F)
            return bad_key(err, "it has a control character");
    }
    if (entry[0] == '<')
        return bad_key(err, "this is a placeholder");
    if (strncmp(entry, print_prefix, strlen(print_prefix)) == 0)
        return parse_print(entry, key_out, err);
    return parse_key(arena, entry, key_out, err);
}

static const char *trimmed(struct arena *arena, const char *start, size_t len)
{
    while (len > 0 && (*start == ' ' || *start == '\r')) {
        start++;
        len--;
    }
    while (len > 0 && (start[len - 1] == ' ' || start[len - 1] == '\r'))
        len--;
    return arena_strndup(arena, start, len);
}

enum rc tunnel_hostkey_parse(struct arena *arena, const char *text,
                             struct tunnel_host_key **keys_out, size_t *count_out,
                             struct error *err)
{
    struct tunnel_host_key *keys =
        ARENA_ARRAY(arena, struct tunnel_host_key, TUNNEL_HOST_KEYS_MAX);
    size_t count = 0;
    for (const char *at = text;; at++) {
        size_t len = strcspn(at, ",\n");
        const char *entry = len > ENTRY_MAX ? NULL : trimmed(arena, at, len);
        if (entry == NULL)
            return bad_key(err, "it is too long");
        at += len;
        if (entry[0] != '\0') {
            if (count == TUNNEL_HOST_KEYS_MAX)
                return bad_key(err, "there are more than 16 of them");
            TRY(parse_entry(arena, entry, &keys[count++], err));
        }
        if (*at == '\0')
            break;
    }
    if (count == 0)
        return bad_key(err, "it is empty");
    *keys_out = keys;
    *count_out = count;
    return RC_OK;
}

const char *tunnel_hostkey_print(struct arena *arena, const struct tunnel_host_key *key)
{
    if (key->key == NULL)
        return key->fingerprint;
    return arena_printf(arena, "%s %s", key->type, key->key);
}
