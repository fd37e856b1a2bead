#include "catalog/keyring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/reader.h"
#include "catalog/row.h"
#include "catalog/seal.h"

/* The plain ring: count (u32), then for each data key id (u32), state (u8), created at
 * (u64) and its 32 bytes. It exists in memory only as a secret. */
enum { ENTRY_LEN = 4 + 1 + 8 + CRYPTO_KEY_LEN, KEY_AT = 13, RING_KEYS_MAX = 1024 };
enum key_state { KEY_ACTIVE = 1, KEY_DECRYPT_ONLY = 2 };

struct keyring {
    struct secret *ring; /* NULL: sealed */
};

struct keyring *keyring_new(void)
{
    struct keyring *keyring = MEM_NEW(struct keyring);

    keyring->ring = NULL;
    return keyring;
}

void keyring_free(struct keyring **keyring)
{
    if (*keyring == NULL)
        return;
    secret_free(&(*keyring)->ring);
    mem_free(*keyring);
    *keyring = NULL;
}

bool keyring_is_sealed(const struct keyring *keyring)
{
    return keyring->ring == NULL;
}

static enum rc file_failed(const char *what, const char *path, struct error *err)
{
    char reason[128];

    return error_set(err, SQLSTATE_CONFIG_FILE_ERROR,
                     "could not %s master key file \"%s\": %s", what, path,
                     strerror_r(errno, reason, sizeof(reason)));
}

/* Reads exactly one key and the end of the file. */
static enum rc read_key(int file, const char *path, struct secret **master_out,
                        struct error *err)
{
    struct secret *master = NULL;
    size_t len = 0;
    uint8_t extra = 0;

    TRY(secret_new(CRYPTO_KEY_LEN, &master, err));
    while (len < CRYPTO_KEY_LEN) {
        ssize_t got = read(file, secret_fill(master) + len, CRYPTO_KEY_LEN - len);

        if (got <= 0)
            break;
        len += (size_t)got;
    }
    if (len != CRYPTO_KEY_LEN || read(file, &extra, 1) != 0) {
        secret_free(&master);
        return error_set(err, SQLSTATE_CONFIG_FILE_ERROR,
                         "master key file \"%s\" must hold exactly %d bytes", path,
                         CRYPTO_KEY_LEN);
    }
    *master_out = master;
    return RC_OK;
}

enum rc keyring_read_master(const char *path, struct secret **master_out,
                            struct error *err)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    enum rc rc = RC_OK;

    if (file < 0)
        return errno == ENOENT ? RC_NOTFOUND : file_failed("open", path, err);
    if (fstat(file, &status) != 0)
        rc = file_failed("examine", path, err);
    else if (!S_ISREG(status.st_mode) ||
             ((status.st_mode & 07777) != 0400 && (status.st_mode & 07777) != 0600))
        rc = error_set(err, SQLSTATE_CONFIG_FILE_ERROR,
                       "master key file \"%s\" must be a file with mode 0400 or 0600",
                       path);
    else
        rc = read_key(file, path, master_out, err);
    (void)close(file);
    return rc;
}

/* Makes the new name durable. */
static enum rc folder_sync(const char *path, struct error *err)
{
    struct arena *arena = arena_new("master key", NULL);
    const char *slash = strrchr(path, '/');
    const char *folder = slash == NULL ? "."
                         : slash == path
                             ? "/"
                             : arena_strndup(arena, path, (size_t)(slash - path));
    int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum rc rc = RC_OK;

    if (file < 0 || fsync(file) != 0)
        rc = file_failed("sync the folder of", path, err);
    if (file >= 0)
        (void)close(file);
    arena_free(&arena);
    return rc;
}

static enum rc write_key(const char *path, const struct secret *master, struct error *err)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
    enum rc rc = RC_OK;

    if (file < 0)
        return file_failed("create", path, err);
    if (write(file, secret_bytes(master).at, CRYPTO_KEY_LEN) != CRYPTO_KEY_LEN ||
        fsync(file) != 0)
        rc = file_failed("write", path, err);
    if (close(file) != 0 && rc == RC_OK)
        rc = file_failed("close", path, err);
    return rc;
}

/* The file gets its name when it is whole: a process that is killed meanwhile leaves
 * either no key or all of it. A half one of an earlier process is replaced. */
static enum rc place_key(const char *path, const char *half, const struct secret *master,
                         struct error *err)
{
    enum rc rc;

    (void)unlink(half);
    rc = write_key(half, master, err);
    if (rc == RC_OK && link(half, path) != 0)
        rc = file_failed("create", path, err);
    (void)unlink(half);
    return rc == RC_OK ? folder_sync(path, err) : rc;
}

enum rc keyring_make_master(const char *path, struct secret **master_out,
                            struct error *err)
{
    struct arena *arena = arena_new("master key file", NULL);
    struct secret *master = NULL;
    enum rc rc = secret_new(CRYPTO_KEY_LEN, &master, err);

    if (rc == RC_OK) {
        random_fill(secret_fill(master), CRYPTO_KEY_LEN);
        rc = place_key(path, arena_printf(arena, "%s.new", path), master, err);
    }
    arena_free(&arena);
    if (rc == RC_OK)
        *master_out = master;
    else
        secret_free(&master);
    return rc;
}

static struct seal_place ring_place(struct store_transaction *transaction)
{
    struct seal_place place = {.slot = SEAL_SLOT_KEYRING, .version = 1};

    seal_place_bind(&place, transaction);
    return place;
}

static enum rc ring_store(const struct secret *master, struct bytes ring,
                          struct store_transaction *transaction, struct error *err)
{
    struct catalog_key key = catalog_key_space(CATALOG_SPACE_KEYRING);
    struct seal_place place = ring_place(transaction);
    struct buffer sealed;
    enum rc rc = RC_OK;

    TRY(catalog_row_lock(transaction, &key, true, err));
    buffer_init(&sealed, ring.len + 1024);
    if (seal_bytes(secret_bytes(master).at, 0, &place, ring, &sealed) != RC_OK)
        rc = error_set(err, SQLSTATE_OUT_OF_MEMORY, "cannot seal the keyring");
    else
        rc = catalog_row_put(transaction, &key, buffer_bytes(&sealed), err);
    buffer_fini(&sealed);
    return rc;
}

static void number_write(uint8_t *out, uint64_t number, unsigned size)
{
    for (unsigned i = 0; i < size; i++)
        out[i] = (uint8_t)(number >> (8 * (size - 1 - i)));
}

static void entry_write(uint8_t *out, uint32_t id)
{
    number_write(out, id, 4);
    out[4] = KEY_ACTIVE;
    number_write(out + 5, (uint64_t)clock_wall_us(), 8);
    random_fill(out + KEY_AT, CRYPTO_KEY_LEN);
}

/* The ring with a new active key at its end; the keys before it only open. */
static enum rc ring_extend(struct bytes old, struct secret **ring_out, struct error *err)
{
    uint32_t count = old.len == 0 ? 0 : (uint32_t)((old.len - 4) / ENTRY_LEN);
    uint8_t *at = NULL;

    if (count >= RING_KEYS_MAX)
        return error_set(err, SQLSTATE_PROGRAM_LIMIT_EXCEEDED,
                         "the keyring holds too many data keys");
    TRY(secret_new(4 + ((size_t)count + 1) * ENTRY_LEN, ring_out, err));
    at = secret_fill(*ring_out);
    if (old.len > 0)
        memcpy(at, old.at, old.len);
    number_write(at, count + 1, 4);
    for (size_t i = 0; i < count; i++)
        at[4 + i * ENTRY_LEN + 4] = KEY_DECRYPT_ONLY;
    entry_write(at + 4 + (size_t)count * ENTRY_LEN, count + 1);
    return RC_OK;
}

static enum rc ring_grow(struct bytes old, const struct secret *master,
                         struct store_transaction *transaction, struct error *err)
{
    struct secret *ring = NULL;
    enum rc rc = RC_OK;

    TRY(ring_extend(old, &ring, err));
    rc = ring_store(master, secret_bytes(ring), transaction, err);
    secret_free(&ring);
    return rc;
}

static enum rc sealed_error(struct error *err)
{
    error_set(err, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE,
              "secrets are sealed: the master key is missing");
    return error_hint(err, "Start the server with the master key of this catalog.");
}

enum rc keyring_create(const struct secret *master, struct store_transaction *transaction,
                       struct error *err)
{
    struct catalog_key key = catalog_key_space(CATALOG_SPACE_KEYRING);
    enum rc rc = catalog_row_exists(transaction, &key, err);

    if (rc == RC_OK)
        return error_set(err, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE,
                         "the catalog has a keyring already");
    return rc == RC_NOTFOUND ? ring_grow(bytes_of("", 0), master, transaction, err) : rc;
}

enum rc keyring_rotate_data_key(const struct keyring *keyring,
                                const struct secret *master,
                                struct store_transaction *transaction, struct error *err)
{
    if (keyring_is_sealed(keyring))
        return sealed_error(err);
    return ring_grow(secret_bytes(keyring->ring), master, transaction, err);
}

enum rc keyring_change_master(const struct keyring *keyring, const struct secret *master,
                              struct store_transaction *transaction, struct error *err)
{
    if (keyring_is_sealed(keyring))
        return sealed_error(err);
    return ring_store(master, secret_bytes(keyring->ring), transaction, err);
}

static bool ring_is_whole(struct bytes ring)
{
    struct reader reader = reader_of(ring);
    uint32_t count = reader_u32(&reader);

    return !reader_failed(&reader) && count > 0 && count <= RING_KEYS_MAX &&
           reader.left == (size_t)count * ENTRY_LEN;
}

enum rc keyring_unseal(struct keyring *keyring, const struct secret *master,
                       struct store_transaction *transaction, struct error *err)
{
    struct catalog_key key = catalog_key_space(CATALOG_SPACE_KEYRING);
    struct arena *arena = arena_new("keyring", NULL);
    enum seal_result result = SEAL_OPENED;
    struct secret *ring = NULL;
    struct bytes sealed = {0};
    struct seal_place place = ring_place(transaction);
    enum rc rc = catalog_row_get(transaction, &key, arena, &sealed, err);

    if (rc == RC_OK)
        rc = seal_open(secret_bytes(master).at, &place, sealed, &ring, &result, err);
    if (rc != RC_OK && result == SEAL_WRONG_KEY)
        rc = error_set(err, SQLSTATE_INVALID_PASSWORD,
                       "the master key is not the one that sealed this catalog");
    else if (rc == RC_OK && !ring_is_whole(secret_bytes(ring)))
        rc = error_set(err, SQLSTATE_DATA_CORRUPTED, "the keyring is damaged");
    if (rc == RC_OK) {
        secret_free(&keyring->ring);
        keyring->ring = ring;
    } else {
        secret_free(&ring);
    }
    arena_free(&arena);
    return rc;
}

enum rc keyring_start(struct keyring *keyring, const char *path,
                      struct store_transaction *transaction, struct error *err)
{
    struct catalog_key key = catalog_key_space(CATALOG_SPACE_KEYRING);
    enum rc exists = catalog_row_exists(transaction, &key, err);
    struct secret *master = NULL;
    enum rc rc = RC_OK;

    if (exists != RC_OK && exists != RC_NOTFOUND)
        return exists;
    rc = keyring_read_master(path, &master, err);
    if (rc == RC_NOTFOUND && exists == RC_OK)
        return RC_OK; /* stays sealed */
    if (rc == RC_NOTFOUND)
        rc = keyring_make_master(path, &master, err);
    if (rc == RC_OK && exists == RC_NOTFOUND)
        rc = keyring_create(master, transaction, err);
    if (rc == RC_OK)
        rc = keyring_unseal(keyring, master, transaction, err);
    secret_free(&master);
    return rc;
}

enum rc keyring_data_key(const struct keyring *keyring, uint32_t id, uint32_t *id_out,
                         const uint8_t **key_out, struct error *err)
{
    struct bytes ring = {0};

    if (keyring_is_sealed(keyring))
        return sealed_error(err);
    ring = secret_bytes(keyring->ring);
    for (size_t at = 4; at < ring.len; at += ENTRY_LEN) {
        struct reader reader = reader_of(bytes_of(ring.at + at, ENTRY_LEN));
        uint32_t entry_id = reader_u32(&reader);
        uint8_t state = reader_u8(&reader);

        if (id == 0 ? state != KEY_ACTIVE : entry_id != id)
            continue;
        *id_out = entry_id;
        *key_out = ring.at + at + KEY_AT;
        return RC_OK;
    }
    return error_set(err, SQLSTATE_DATA_CORRUPTED, "the keyring lacks data key %u", id);
}
