/* Key pairs by libssh's pki. Its private PEM text is wiped before it is freed. */
#include "tunnel/identity.h"

#include <string.h>

#include <libssh/libssh.h>

#include "base/error.h"
#include "base/secret.h"

static const char key_comment[] = "materialize";

/* The line of a key, private or public. */
static enum rc print_line(struct arena *arena, ssh_key key, const char **line_out,
                          struct error *err)
{
    char *base64 = NULL;
    if (ssh_pki_export_pubkey_base64(key, &base64) != SSH_OK)
        return error_set(err, SQLSTATE_INTERNAL_ERROR, "could not encode a public key");
    *line_out = arena_printf(arena, "%s %s %s", ssh_key_type_to_char(ssh_key_type(key)),
                             base64, key_comment);
    ssh_string_free_char(base64);
    return RC_OK;
}

static enum rc export_private(ssh_key key, struct secret **private_key_out,
                              struct error *err)
{
    char *pem = NULL;
    if (ssh_pki_export_privkey_base64(key, NULL, NULL, NULL, &pem) != SSH_OK)
        return error_set(err, SQLSTATE_INTERNAL_ERROR, "could not encode a private key");
    size_t len = strlen(pem);
    enum rc rc = secret_copy(bytes_of(pem, len), private_key_out, err);
    secret_wipe(pem, len);
    ssh_string_free_char(pem);
    return rc;
}

enum rc tunnel_identity_new(struct arena *arena, struct tunnel_identity *identity_out,
                            struct error *err)
{
    *identity_out = (struct tunnel_identity){NULL, NULL};
    ssh_key key = NULL;
    if (ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &key) != SSH_OK)
        return error_set(err, SQLSTATE_INTERNAL_ERROR, "could not make a key pair");
    enum rc rc = print_line(arena, key, &identity_out->public_key, err);
    if (rc == RC_OK)
        rc = export_private(key, &identity_out->private_key, err);
    ssh_key_free(key);
    return rc;
}

enum rc tunnel_identity_public(struct arena *arena, const struct secret *private_key,
                               const char **public_key_out, struct error *err)
{
    ssh_key key = NULL;
    const char *pem = (const char *)secret_bytes(private_key).at;
    if (ssh_pki_import_privkey_base64(pem, NULL, NULL, NULL, &key) != SSH_OK)
        return error_set(err, SQLSTATE_DATA_CORRUPTED, "not a private key");
    enum rc rc = print_line(arena, key, public_key_out, err);
    ssh_key_free(key);
    return rc;
}

/* The second word of "type base64 comment", in the arena; NULL when it has none. */
static const char *second_word(struct arena *arena, const char *line)
{
    const char *start = strchr(line, ' ');
    if (start == NULL || start[1] == '\0' || start[1] == ' ')
        return NULL;
    start++;
    return arena_strndup(arena, start, strcspn(start, " \r\n"));
}

enum rc tunnel_identity_fingerprint(struct arena *arena, const char *public_key,
                                    const char **fingerprint_out, struct error *err)
{
    const char *type = arena_strndup(arena, public_key, strcspn(public_key, " "));
    const char *base64 = second_word(arena, public_key);
    ssh_key key = NULL;
    if (base64 == NULL || ssh_pki_import_pubkey_base64(
                              base64, ssh_key_type_from_name(type), &key) != SSH_OK)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "not an OpenSSH public key");
    unsigned char *hash = NULL;
    size_t hash_len = 0;
    char *print = NULL;
    if (ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash, &hash_len) ==
        SSH_OK) {
        print = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, hash_len);
        ssh_clean_pubkey_hash(&hash);
    }
    ssh_key_free(key);
    if (print == NULL)
        return error_set(err, SQLSTATE_INTERNAL_ERROR, "could not hash a public key");
    *fingerprint_out = arena_strdup(arena, print);
    ssh_string_free_char(print);
    return RC_OK;
}
