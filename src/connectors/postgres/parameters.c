/* What libpq is told, and the files that it wants, in memory only. */
#include "connectors/postgres/parameters.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/secret.h"
#include "connectors/secret.h"

/* Given for files that shall not be: libpq would look into the home directory. */
#define NO_FILE "/nonexistent"
/* The system's authorities, where verification is asked for and none are given. */
#define SYSTEM_AUTHORITIES "/etc/ssl/certs/ca-certificates.crt"

/* libpq takes an empty value for none, and asks the environment: so none is empty. */
static const char *const fixed[][2] = {
    {"hostaddr", "127.0.0.1"},
    {"passfile", NO_FILE},
    {"connect_timeout", "0"},
    {"client_encoding", "UTF8"},
    {"fallback_application_name", "culvert"},
    {"keepalives", "0"},
    {"tcp_user_timeout", "0"},
    {"gssencmode", "disable"},
    {"krbsrvname", "postgres"},
    {"channel_binding", "prefer"}, /* used where server and TLS offer it */
    {"target_session_attrs", "any"},
    {"sslcompression", "0"},
    {"sslsni", "1"},
    {"sslcrl", NO_FILE},
    {"sslcrldir", NO_FILE},
    {"ssl_min_protocol_version", "TLSv1.2"},
    {"ssl_max_protocol_version", "TLSv1.3"},
};

static void add(struct postgres_parameters *parameters, const char *name,
                const char *value)
{
    ASSERT(parameters->count < POSTGRES_PARAMETERS_MAX);
    parameters->names[parameters->count] = name;
    parameters->values[parameters->count++] = value;
}

/* --- files in memory --------------------------------------------------------------- */

/* Only the owner may read it: libpq refuses a key that others could. Locking needs no
 * success: the limit may be small. */
static bool fill_file(struct postgres_memory_file *file, struct bytes content)
{
    if (fchmod(file->descriptor, S_IRUSR | S_IWUSR) != 0 ||
        ftruncate(file->descriptor, (off_t)content.len) != 0)
        return false;
    if (content.len == 0)
        return true;
    void *memory =
        mmap(NULL, content.len, PROT_READ | PROT_WRITE, MAP_SHARED, file->descriptor, 0);
    if (memory == MAP_FAILED)
        return false;
    file->memory = memory;
    file->len = content.len;
    (void)mlock(memory, content.len);
    (void)madvise(memory, content.len, MADV_DONTDUMP);
    memcpy(memory, content.at, content.len);
    return true;
}

static bool make_file(struct postgres_memory_file *file, struct bytes content)
{
    file->descriptor = memfd_create("pem", MFD_CLOEXEC);
    if (file->descriptor < 0)
        return false;
    snprintf(file->path, sizeof(file->path), "/proc/self/fd/%d", file->descriptor);
    return fill_file(file, content);
}

static void drop_file(struct postgres_memory_file *file)
{
    if (file->memory != NULL) {
        secret_wipe(file->memory, file->len);
        munmap(file->memory, file->len);
    }
    if (file->descriptor >= 0)
        close(file->descriptor);
    *file = (struct postgres_memory_file){.descriptor = -1};
}

/* --- secrets ----------------------------------------------------------------------- */

/* Without the option the file is not made. */
static bool load_file(const struct connector_probe *probe,
                      const struct option_value *value, struct postgres_memory_file *file,
                      struct stage_failure *failure)
{
    if (value == NULL)
        return true;
    struct secret *secret;
    if (!connector_secret_find(probe, value, STAGE_TLS, &secret, failure))
        return false;
    struct bytes content =
        secret == NULL ? bytes_of_text(value->text) : secret_bytes(secret);
    bool is_made = make_file(file, content);
    int code = errno;
    secret_free(&secret);
    if (is_made)
        return true;
    char words[STAGE_WORDS_MAX];
    snprintf(words, sizeof(words), "could not keep option %s in memory: %s",
             value->spec->name, strerrordesc_np(code));
    stage_failure_set(failure, STAGE_TLS, STAGE_CAUSE_RESOURCES, words);
    return false;
}

static bool load_secrets(struct postgres_parameters *parameters,
                         const struct postgres_options *options,
                         const struct connector_probe *probe,
                         struct stage_failure *failure)
{
    return load_file(probe, options->tls_authority, &parameters->authority, failure) &&
           load_file(probe, options->tls_certificate, &parameters->certificate,
                     failure) &&
           load_file(probe, options->tls_key, &parameters->key, failure) &&
           connector_secret_find(probe, options->user, STAGE_TARGET_LOGIN,
                                 &parameters->user, failure) &&
           connector_secret_find(probe, options->password, STAGE_TARGET_LOGIN,
                                 &parameters->password, failure);
}

/* --- the parameters ---------------------------------------------------------------- */

static const char *path_of(const struct postgres_memory_file *file, const char *otherwise)
{
    return file->descriptor < 0 ? otherwise : file->path;
}

/* `require` with an authority verifies as verify-ca does: libpq's rule, and the wish of
 * whoever gave one. */
static void add_tls(struct postgres_parameters *parameters,
                    const struct postgres_options *options)
{
    bool verifies = options->tls_mode == POSTGRES_TLS_VERIFY_CA ||
                    options->tls_mode == POSTGRES_TLS_VERIFY_FULL;
    add(parameters, "sslmode", postgres_tls_mode_name(options->tls_mode));
    add(parameters, "sslrootcert",
        path_of(&parameters->authority, verifies ? SYSTEM_AUTHORITIES : NO_FILE));
    add(parameters, "sslcert", path_of(&parameters->certificate, NO_FILE));
    add(parameters, "sslkey", path_of(&parameters->key, NO_FILE));
}

static const char *text_of(const struct secret *secret)
{
    return (const char *)secret_bytes(secret).at;
}

static void add_target(struct postgres_parameters *parameters,
                       const struct postgres_options *options,
                       const struct connector_probe *probe)
{
    add(parameters, "host", options->host);
    add(parameters, "port", parameters->port);
    add(parameters, "dbname", options->database);
    add(parameters, "user",
        parameters->user == NULL ? options->user->text : text_of(parameters->user));
    if (parameters->password != NULL)
        add(parameters, "password", text_of(parameters->password));
    if (probe->application_name != NULL)
        add(parameters, "application_name", probe->application_name);
}

bool postgres_parameters_init(struct postgres_parameters *parameters,
                              const struct postgres_options *options,
                              const struct connector_probe *probe, uint16_t port,
                              struct stage_failure *failure)
{
    memset(parameters, 0, sizeof(*parameters));
    parameters->authority.descriptor = -1;
    parameters->certificate.descriptor = -1;
    parameters->key.descriptor = -1;
    snprintf(parameters->port, sizeof(parameters->port), "%u", (unsigned)port);
    if (!load_secrets(parameters, options, probe, failure))
        return false;
    for (size_t i = 0; i < ARRAY_COUNT(fixed); i++)
        add(parameters, fixed[i][0], fixed[i][1]);
    add_target(parameters, options, probe);
    add_tls(parameters, options);
    return true;
}

void postgres_parameters_fini(struct postgres_parameters *parameters)
{
    drop_file(&parameters->authority);
    drop_file(&parameters->certificate);
    drop_file(&parameters->key);
    secret_free(&parameters->user);
    secret_free(&parameters->password);
}

/* --- keeping secrets out of texts -------------------------------------------------- */

static void redact(char *text, const struct secret *secret)
{
    struct bytes value = secret_bytes(secret);
    size_t len = strlen(text);
    for (size_t at = 0; value.len > 0 && at + value.len <= len; at++) {
        if (memcmp(text + at, value.at, value.len) == 0)
            memset(text + at, '*', value.len);
    }
}

void postgres_parameters_redact(const struct postgres_parameters *parameters, char *text)
{
    if (parameters->user != NULL)
        redact(text, parameters->user);
    if (parameters->password != NULL)
        redact(text, parameters->password);
}
