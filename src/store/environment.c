/* The directory, its lock, the LMDB environment and the record that says what it is. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <lmdb.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/reader.h"
#include "store/environment_internal.h"

static const char magic[8] = "culvert";

enum {
    FORMAT_LEN = 8 + 4 + STORE_CLUSTER_ID_LEN,
    SPARE_READERS = 8,
    SPARE_BYTES = 1 << 20
};

/* Linux' mdb_strerror() goes to strerror() for the system's codes, which threads share.
 */
static const char *describe(int code, char *text, size_t size)
{
    return code > 0 ? strerror_r(code, text, size) : mdb_strerror(code);
}

static enum sqlstate classify(int code)
{
    switch (code) {
    case MDB_MAP_FULL:
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return SQLSTATE_DISK_FULL;
    case MDB_READERS_FULL:
        return SQLSTATE_TOO_MANY_CONNECTIONS;
    case ENOMEM:
        return SQLSTATE_OUT_OF_MEMORY;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_VERSION_MISMATCH:
    case MDB_INCOMPATIBLE:
        return SQLSTATE_DATA_CORRUPTED;
    default:
        return SQLSTATE_IO_ERROR;
    }
}

enum rc environment_error(struct error *err, int code, const char *what)
{
    char text[128];
    const char *reason = describe(code, text, sizeof(text));

    LOG(LOG_ERROR, STORE_FAILED, "action=\"%s\" code=%d reason=\"%s\"", what, code,
        reason);
    error_set(err, classify(code), "could not %s: %s", what, reason);
    if (code == MDB_MAP_FULL)
        error_hint(err, "The store has reached its map size; start the server with a "
                        "larger one, or remove data.");
    else if (classify(code) == SQLSTATE_DISK_FULL)
        error_hint(err, "Check free disk space.");
    return RC_FAILED;
}

/* LMDB calls a write that the disk took only in part EIO. */
static bool is_disk_full(const struct store *store)
{
    struct statvfs space;

    return fstatvfs(store->lock_file, &space) == 0 &&
           (uint64_t)space.f_bavail * space.f_frsize < SPARE_BYTES;
}

enum rc environment_write_error(const struct store *store, struct error *err, int code)
{
    if (code == EIO && is_disk_full(store))
        code = ENOSPC;
    return environment_error(err, code, "write to the store");
}

static enum rc system_error(struct error *err, const char *what, const char *path)
{
    char text[128];
    int code = errno;

    return error_set(err, classify(code), "could not %s \"%s\": %s", what, path,
                     strerror_r(code, text, sizeof(text)));
}

static enum rc open_directory(const struct store *store, const char *path,
                              struct error *err)
{
    char file[4096];
    int len = snprintf(file, sizeof(file), "%s/data.mdb", path);

    if (len < 0 || (size_t)len >= sizeof(file))
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "the path of the store is too long");
    if (store->options.must_exist && access(file, F_OK) != 0)
        return system_error(err, "open file", file);
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return system_error(err, "create directory", path);
    return RC_OK;
}

/* flock() belongs to the open file, so a second opening is refused inside one process as
 * well, and a killed process leaves nothing behind. */
static enum rc take_lock(struct store *store, const char *path, struct error *err)
{
    char file[4096];
    char owner[32] = {0};

    (void)snprintf(file, sizeof(file), "%s/culvert.lock", path);
    store->lock_file = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (store->lock_file < 0)
        return system_error(err, "open lock file", file);
    if (flock(store->lock_file, LOCK_EX | LOCK_NB) == 0) {
        int len = snprintf(owner, sizeof(owner), "%ld\n", (long)getpid());
        if (ftruncate(store->lock_file, 0) != 0 ||
            pwrite(store->lock_file, owner, (size_t)len, 0) != len)
            return system_error(err, "write to lock file", file);
        return RC_OK;
    }
    if (errno != EWOULDBLOCK)
        return system_error(err, "lock file", file);
    ssize_t got = pread(store->lock_file, owner, sizeof(owner) - 1, 0);
    owner[got > 0 ? strcspn(owner, "\n") : 0] = '\0';
    error_set(err, SQLSTATE_OBJECT_IN_USE, "data directory \"%s\" is in use", path);
    return error_hint(err, "Another culvert (PID %s) is running on it.",
                      owner[0] == '\0' ? "unknown" : owner);
}

static enum rc open_environment(struct store *store, const char *path, struct error *err)
{
    int dead = 0;
    int code = mdb_env_create(&store->environment);

    if (code == 0)
        code = mdb_env_set_mapsize(store->environment, store->options.map_size);
    if (code == 0)
        code = mdb_env_set_maxreaders(store->environment,
                                      store->options.max_snapshots + SPARE_READERS);
    if (code == 0)
        code = mdb_env_open(store->environment, path, MDB_NOTLS, 0600);
    if (code == 0)
        code = mdb_reader_check(store->environment, &dead);
    return code == 0 ? RC_OK : environment_error(err, code, "open the store");
}

int environment_put_format(struct store *store, MDB_txn *txn, uint32_t version)
{
    const uint8_t name[] = {STORE_SPACE_RESERVED, STORE_RECORD_FORMAT};
    uint8_t record[FORMAT_LEN];
    MDB_val key = environment_value(bytes_of(name, sizeof(name)));
    MDB_val value = environment_value(bytes_of(record, sizeof(record)));

    memcpy(record, magic, sizeof(magic));
    for (unsigned i = 0; i < 4; i++)
        record[8 + i] = (uint8_t)(version >> (8 * (3 - i)));
    memcpy(record + 12, store->cluster_id, STORE_CLUSTER_ID_LEN);
    return mdb_put(txn, store->database, &key, &value, 0);
}

/* The list of free pages is LMDB's database 0: each value is an array of page numbers
 * that begins with its own length (lmdb.h, "mdb_stat -f" reads it so). */
int environment_count_free(MDB_txn *txn, uint64_t *count_out)
{
    MDB_cursor *cursor = NULL;
    MDB_val key = {0};
    MDB_val value = {0};
    int code = mdb_cursor_open(txn, 0, &cursor);

    *count_out = 0;
    if (code != 0)
        return code;
    while ((code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
        size_t count = 0;
        if (value.mv_size < sizeof(count)) {
            code = MDB_CORRUPTED;
            break;
        }
        memcpy(&count, value.mv_data, sizeof(count));
        *count_out += count;
    }
    mdb_cursor_close(cursor);
    return code == MDB_NOTFOUND ? 0 : code;
}

static int make_format(struct store *store, MDB_txn *txn)
{
    MDB_stat statistics;
    int code = mdb_stat(txn, store->database, &statistics);

    if (code != 0)
        return code;
    if (statistics.ms_entries != 0)
        return MDB_INCOMPATIBLE;
    random_fill(store->cluster_id, sizeof(store->cluster_id));
    store->is_new = true;
    store->format_version = (uint32_t)store->options.upgrade_count + 1;
    return environment_put_format(store, txn, store->format_version);
}

static bool decode_format(struct store *store, MDB_val value)
{
    struct reader reader = reader_of(environment_bytes(value));
    struct bytes found = reader_bytes(&reader, sizeof(magic));
    store->format_version = reader_u32(&reader);
    struct bytes id = reader_bytes(&reader, STORE_CLUSTER_ID_LEN);

    if (!reader_done(&reader) || !bytes_equal(found, bytes_of(magic, sizeof(magic))))
        return false;
    memcpy(store->cluster_id, id.at, id.len);
    return store->format_version != 0;
}

/* Reads the record in a write transaction, which a store found empty fills at once. */
static int read_format(struct store *store, uint64_t *epoch_out)
{
    const uint8_t name[] = {STORE_SPACE_RESERVED, STORE_RECORD_FORMAT};
    MDB_val key = environment_value(bytes_of(name, sizeof(name)));
    MDB_val value;
    MDB_txn *txn = NULL;
    int code = mdb_txn_begin(store->environment, NULL, 0, &txn);

    if (code != 0)
        return code;
    code = mdb_dbi_open(txn, NULL, 0, &store->database);
    if (code == 0) {
        code = mdb_get(txn, store->database, &key, &value);
        if (code == MDB_NOTFOUND)
            code = make_format(store, txn);
        else if (code == 0 && !decode_format(store, value))
            code = MDB_INCOMPATIBLE;
    }
    *epoch_out = mdb_txn_id(txn);
    if (code != 0 || !store->is_new) {
        mdb_txn_abort(txn);
        *epoch_out -= 1;
        return code;
    }
    return mdb_txn_commit(txn);
}

static enum rc check_version(const struct store *store, struct error *err)
{
    unsigned newest = (unsigned)store->options.upgrade_count + 1;

    if (store->format_version == newest ||
        (store->format_version < newest && !store->options.must_be_current))
        return RC_OK;
    error_set(err, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE,
              "database files are incompatible with server");
    return error_detail(err, "The store has format version %u; this program has %u.",
                        (unsigned)store->format_version, newest);
}

static enum rc open_format(struct store *store, const char *path, struct error *err)
{
    uint64_t epoch = 0;
    int code = read_format(store, &epoch);

    if (code == MDB_INCOMPATIBLE)
        return error_set(err, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE,
                         "\"%s\" is not a data directory of culvert", path);
    if (code != 0)
        return environment_error(err, code, "read the store's format");
    atomic_store(&store->epoch, epoch);
    for (size_t i = 0; i < STORE_SPACE_COUNT; i++)
        atomic_store(&store->space_epochs[i], epoch);
    return check_version(store, err);
}

/* A new file is there after a crash only once its directory is on disk. */
static enum rc sync_directories(const char *path, struct error *err)
{
    char parent[4096];

    (void)snprintf(parent, sizeof(parent), "%s/..", path);
    const char *paths[] = {path, parent};
    for (size_t i = 0; i < ARRAY_COUNT(paths); i++) {
        int directory = open(paths[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (directory < 0)
            return system_error(err, "open directory", paths[i]);
        if (fsync(directory) != 0) {
            enum rc rc = system_error(err, "fsync directory", paths[i]);
            close(directory);
            return rc;
        }
        close(directory);
    }
    return RC_OK;
}

enum rc environment_open(struct store *store, const char *path, struct error *err)
{
    store->lock_file = -1;
    enum rc rc = open_directory(store, path, err);
    if (rc == RC_OK)
        rc = take_lock(store, path, err);
    if (rc == RC_OK)
        rc = open_environment(store, path, err);
    if (rc == RC_OK)
        rc = open_format(store, path, err);
    if (rc == RC_OK && store->is_new)
        rc = sync_directories(path, err);
    if (rc != RC_OK)
        environment_close(store);
    return rc;
}

void environment_close(struct store *store)
{
    if (store->environment != NULL)
        mdb_env_close(store->environment);
    store->environment = NULL;
    if (store->lock_file >= 0)
        close(store->lock_file);
    store->lock_file = -1;
}
