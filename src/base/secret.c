/* The locked pool: one mapping with guard pages, cut into blocks by a first-fit list that
 * lives outside it, so that no byte of a secret ever borders on bookkeeping. */
#include "base/secret.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "base/assert.h"
#include "base/error.h"
#include "base/memory.h"

enum { POOL_SIZE = 4 * 1024 * 1024, LOCK_LEAST = 64 * 1024, BLOCK_ALIGN = 16 };

struct secret {
    struct secret *next; /* by address */
    uint8_t *at;
    size_t len;
    size_t room;
    _Atomic int holders;
};

static pthread_mutex_t pool_lock = PTHREAD_MUTEX_INITIALIZER;
static uint8_t *pool;
static size_t pool_locked_len;
static size_t pool_used;
static struct secret *first_secret;

/* As much from the start as the system's limit allows: secrets are placed lowest first.
 */
static size_t lock_what_fits(void)
{
    for (size_t len = POOL_SIZE; len >= LOCK_LEAST; len /= 2) {
        if (mlock2(pool, len, MLOCK_ONFAULT) == 0)
            return len;
    }
    return 0;
}

/* A part that could not be locked is still kept out of dumps and forks. */
static void open_pool(void)
{
    if (pool != NULL)
        return;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *mapping =
        mmap(NULL, POOL_SIZE + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ASSERT(mapping != MAP_FAILED);
    pool = mapping + page;
    int rc = mprotect(pool, POOL_SIZE, PROT_READ | PROT_WRITE);
    ASSERT(rc == 0);
    madvise(pool, POOL_SIZE, MADV_DONTDUMP);
    madvise(pool, POOL_SIZE, MADV_WIPEONFORK);
    pool_locked_len = lock_what_fits();
}

/* Finds the first gap of this size and links a new secret there. NULL: the pool is full.
 */
static struct secret *place(size_t room)
{
    struct secret **link = &first_secret;
    uint8_t *at = pool;
    while (*link != NULL && (size_t)((*link)->at - at) < room) {
        at = (*link)->at + (*link)->room;
        link = &(*link)->next;
    }
    if (*link == NULL && (size_t)(pool + POOL_SIZE - at) < room)
        return NULL;
    struct secret *secret = MEM_NEW(struct secret);
    secret->at = at;
    secret->room = room;
    secret->next = *link;
    *link = secret;
    pool_used += room;
    return secret;
}

enum rc secret_new(size_t len, struct secret **secret_out, struct error *err)
{
    *secret_out = NULL;
    struct secret *secret = NULL;
    pthread_mutex_lock(&pool_lock);
    open_pool();
    if (len < POOL_SIZE)
        secret = place((len + 1 + BLOCK_ALIGN - 1) & ~(size_t)(BLOCK_ALIGN - 1));
    pthread_mutex_unlock(&pool_lock);
    if (secret == NULL) {
        error_set(err, SQLSTATE_OUT_OF_MEMORY, "out of memory for secrets");
        error_detail(err, "The pool of %d bytes that holds secrets is full.", POOL_SIZE);
        return RC_LIMIT;
    }
    secret->len = len;
    atomic_store(&secret->holders, 1);
    *secret_out = secret;
    return RC_OK;
}

enum rc secret_copy(struct bytes value, struct secret **secret_out, struct error *err)
{
    TRY(secret_new(value.len, secret_out, err));
    if (value.len != 0)
        memcpy((*secret_out)->at, value.at, value.len);
    return RC_OK;
}

struct secret *secret_ref(struct secret *secret)
{
    atomic_fetch_add(&secret->holders, 1);
    return secret;
}

void secret_free(struct secret **secret_ref_)
{
    struct secret *secret = *secret_ref_;
    *secret_ref_ = NULL;
    if (secret == NULL || atomic_fetch_sub(&secret->holders, 1) != 1)
        return;
    secret_wipe(secret->at, secret->room);
    pthread_mutex_lock(&pool_lock);
    struct secret **link = &first_secret;
    while (*link != secret)
        link = &(*link)->next;
    *link = secret->next;
    pool_used -= secret->room;
    pthread_mutex_unlock(&pool_lock);
    mem_free(secret);
}

struct bytes secret_bytes(const struct secret *secret)
{
    return bytes_of(secret->at, secret->len);
}

uint8_t *secret_fill(struct secret *secret)
{
    return secret->at;
}

bool secret_equal(struct bytes a, struct bytes b)
{
    return a.len == b.len && CRYPTO_memcmp(a.at, b.at, a.len) == 0;
}

void secret_wipe(void *memory, size_t len)
{
    OPENSSL_cleanse(memory, len);
}

struct secret_pool_state secret_pool_state(void)
{
    pthread_mutex_lock(&pool_lock);
    struct secret_pool_state state = {POOL_SIZE, pool_used, pool_locked_len == POOL_SIZE};
    pthread_mutex_unlock(&pool_lock);
    return state;
}
