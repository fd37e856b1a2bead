#include "server/tunnels.h"

#include <pthread.h>

#include "base/assert.h"
#include "base/hash.h"
#include "base/list.h"
#include "base/log.h"
#include "base/map.h"
#include "base/memory.h"
#include "catalog/dependency.h"
#include "loop/timer.h"
#include "store/writer.h"
#include "tunnel/options.h"

enum { PIN_RETRY_MS = 50, PIN_TRIES = 200 };

struct request {
    void (*done)(void *argument);
    void *argument;
    struct request *next;
};

/* A tunnel that the manager knows. */
struct known {
    char id[CATALOG_ID_TEXT_MAX];
    uint64_t digest; /* of all that its definition is made of, secrets' versions aside */
    bool is_held;
    bool was_seen; /* by the walk under way */
};

struct tunnel_sync {
    struct server *server;
    struct map *known; /* in the control loop */
    struct list_link pins;
    pthread_mutex_t lock;
    struct request *first; /* under the lock */
    struct request **last;
    bool is_posted;
};

enum rc tunnel_sync_new(struct server *server, struct tunnel_sync **sync_out,
                        struct error *err)
{
    struct tunnel_sync *sync = MEM_NEW(struct tunnel_sync);

    (void)err;
    sync->server = server;
    sync->known = map_new();
    list_init(&sync->pins);
    pthread_mutex_init(&sync->lock, NULL);
    sync->last = &sync->first;
    *sync_out = sync;
    return RC_OK;
}

/* --- definitions ------------------------------------------------------------------- */

static void copy_host_keys(struct arena *arena,
                           const struct connection_definition *connection,
                           struct tunnel_definition *definition)
{
    struct tunnel_host_key *keys =
        ARENA_ARRAY(arena, struct tunnel_host_key, connection->host_key_count + 1);
    size_t count = 0;

    for (size_t i = 0; i < connection->host_key_count; i++) {
        const struct catalog_hostkey *row = &connection->host_keys[i];
        if (row->state != HOSTKEY_TRUSTED)
            continue;
        keys[count].type = row->type[0] == '\0' ? NULL : arena_strdup(arena, row->type);
        keys[count].key = row->key[0] == '\0' ? NULL : arena_strdup(arena, row->key);
        keys[count++].fingerprint = arena_strdup(arena, row->fingerprint);
    }
    definition->host_keys = keys;
    definition->host_key_count = count;
}

void tunnel_sync_definition(struct arena *arena, const struct server *server,
                            const struct connection_definition *connection,
                            struct tunnel_definition *definition_out)
{
    const struct option_value *port = option_find(&connection->options, "PORT");

    *definition_out = (struct tunnel_definition){
        .id = connection->id_text,
        .name = connection->name,
        .host = option_text(&connection->options, "HOST"),
        .port = port == NULL ? TUNNEL_PORT_DEFAULT : (uint16_t)port->number,
        .user = option_text(&connection->options, "USER"),
        .trust = server->trust,
    };
    for (size_t i = 0; i < TUNNEL_KEY_COUNT; i++) {
        definition_out->public_keys[i] = connection->public_keys[i];
        definition_out->private_keys[i] = connection->private_keys[i];
    }
    copy_host_keys(arena, connection, definition_out);
}

/* --- the walk ---------------------------------------------------------------------- */

struct walk {
    struct tunnel_sync *sync;
    struct store_transaction *transaction;
    struct arena *arena; /* emptied for each tunnel */
};

static enum rc add_host_key(void *argument, const struct catalog_hostkey *hostkey,
                            struct error *err)
{
    struct buffer *all = (struct buffer *)argument;

    (void)err;
    buffer_add_u8(all, (uint8_t)hostkey->state);
    buffer_add_cstring(all, hostkey->fingerprint);
    return RC_OK;
}

/* The record holds public keys and options: with the host keys, all that may change. */
static enum rc digest_of(const struct walk *walk, const struct catalog_object *object,
                         uint64_t *digest_out, struct error *err)
{
    struct buffer all;
    enum rc rc;

    buffer_init(&all, 16 * 1024 * 1024);
    record_encode(object, &all);
    rc = catalog_each_hostkey(walk->transaction, object->id, add_host_key, &all, err);
    *digest_out = hash_bytes(buffer_bytes(&all), 7);
    buffer_fini(&all);
    return rc;
}

static enum rc update(const struct walk *walk, const struct catalog_object *object,
                      struct error *err)
{
    struct server *server = walk->sync->server;
    struct connection_source source = {walk->transaction, server->keyring,
                                       &server->kinds};
    struct connection_definition connection;
    struct tunnel_definition definition;

    TRY(connection_definition_load(walk->arena, &source, object, &connection, err));
    tunnel_sync_definition(walk->arena, server, &connection, &definition);
    tunnel_manager_update(server->tunnels, &definition);
    connection_definition_release(&connection);
    return RC_OK;
}

static enum rc has_trusted_key(void *argument, const struct catalog_hostkey *hostkey,
                               struct error *err)
{
    bool *has = (bool *)argument;

    (void)err;
    *has = *has || hostkey->state == HOSTKEY_TRUSTED;
    return RC_OK;
}

/* A tunnel that others use, and whose bastion is known, is kept open and healed. */
static enum rc hold(const struct walk *walk, const struct catalog_object *object,
                    struct known *known, struct error *err)
{
    struct catalog_ids dependents = {0};
    bool is_trusted = false;
    bool is_needed;

    TRY(catalog_dependents(walk->transaction, object->id, walk->arena, &dependents, err));
    TRY(catalog_each_hostkey(walk->transaction, object->id, has_trusted_key, &is_trusted,
                             err));
    is_needed = dependents.count > 0 && is_trusted;
    if (is_needed && !known->is_held)
        tunnel_manager_hold(walk->sync->server->tunnels, known->id);
    else if (!is_needed && known->is_held)
        tunnel_manager_release(walk->sync->server->tunnels, known->id);
    known->is_held = is_needed;
    return RC_OK;
}

static enum rc visit(void *argument, const struct catalog_object *object,
                     struct error *err)
{
    struct walk *walk = (struct walk *)argument;
    char id[CATALOG_ID_TEXT_MAX];
    struct known *known;
    uint64_t digest = 0;

    if (strcmp(object->connection.connection_kind, tunnel_connection_kind.catalog_name) !=
        0)
        return RC_OK;
    catalog_id_text(object->id, id);
    known = (struct known *)map_find(walk->sync->known, bytes_of_text(id));
    if (known == NULL) {
        known = MEM_NEW(struct known);
        memcpy(known->id, id, sizeof id);
        map_put(walk->sync->known, bytes_of_text(id), known);
    }
    known->was_seen = true;
    TRY(digest_of(walk, object, &digest, err));
    if (digest != known->digest)
        TRY(update(walk, object, err));
    known->digest = digest;
    TRY(hold(walk, object, known, err));
    arena_reset(walk->arena);
    return RC_OK;
}

/* One that the walk did not meet was dropped. True: there was one. */
static bool remove_one(struct tunnel_sync *sync)
{
    size_t at = 0;
    void *value;

    while (map_next(sync->known, &at, NULL, &value)) {
        struct known *known = (struct known *)value;
        if (known->was_seen)
            continue;
        tunnel_manager_remove(sync->server->tunnels, known->id);
        map_remove(sync->known, bytes_of_text(known->id));
        mem_free(known);
        return true;
    }
    return false;
}

static enum rc walk_all(struct tunnel_sync *sync, struct error *err)
{
    struct walk walk = {.sync = sync, .arena = arena_new("tunnels", NULL)};
    struct catalog_visit each = {visit, &walk};
    size_t at = 0;
    void *value;
    enum rc rc;

    while (map_next(sync->known, &at, NULL, &value))
        ((struct known *)value)->was_seen = false;
    walk.transaction = store_transaction_begin(sync->server->store, STORE_READ_COMMITTED);
    rc = store_transaction_statement(walk.transaction, err);
    if (rc == RC_OK)
        rc = catalog_each(walk.transaction, OBJECT_KIND_CONNECTION, &each, err);
    store_transaction_abort(&walk.transaction);
    arena_free(&walk.arena);
    if (rc == RC_OK)
        while (remove_one(sync))
            continue;
    return rc;
}

static void serve(void *argument)
{
    struct tunnel_sync *sync = (struct tunnel_sync *)argument;
    struct request *request;
    struct error err;

    pthread_mutex_lock(&sync->lock);
    request = sync->first;
    sync->first = NULL;
    sync->last = &sync->first;
    sync->is_posted = false;
    pthread_mutex_unlock(&sync->lock);
    error_clear(&err);
    if (walk_all(sync, &err) != RC_OK)
        LOG(LOG_ERROR, SERVER_WARNING, "what=\"tunnels are not in step\" why=\"%s\"",
            err.message);
    while (request != NULL) {
        struct request *next = request->next;
        if (request->done != NULL)
            request->done(request->argument);
        mem_free(request);
        request = next;
    }
}

void tunnel_sync_request(struct tunnel_sync *sync, void (*done)(void *argument),
                         void *argument)
{
    struct request *request = MEM_NEW(struct request);
    bool must_post;

    request->done = done;
    request->argument = argument;
    pthread_mutex_lock(&sync->lock);
    *sync->last = request;
    sync->last = &request->next;
    must_post = !sync->is_posted;
    sync->is_posted = true;
    pthread_mutex_unlock(&sync->lock);
    if (must_post)
        loop_post(sync->server->control, serve, sync);
}

/* --- host keys seen first ---------------------------------------------------------- */

struct pin {
    struct list_link link;
    struct tunnel_sync *sync;
    struct loop_timer timer;
    struct arena *arena;
    struct catalog_hostkey hostkey;
    int tries_left;
};

static void free_pin(struct pin *pin)
{
    loop_timer_cancel(&pin->timer);
    list_remove(&pin->link);
    arena_free(&pin->arena);
    mem_free(pin);
}

static void on_pinned(void *argument, enum rc rc, const struct error *err)
{
    struct tunnel_sync *sync = (struct tunnel_sync *)argument;

    if (rc != RC_OK)
        LOG(LOG_WARN, SERVER_WARNING, "what=\"a host key was not stored\" why=\"%s\"",
            err->message);
    tunnel_sync_request(sync, NULL, NULL);
}

static enum rc put_pin(struct pin *pin, struct store_transaction *transaction,
                       struct error *err)
{
    struct catalog_object *object = NULL;

    TRY(store_transaction_statement(transaction, err));
    TRY(catalog_object_get(transaction, pin->hostkey.connection_id, pin->arena, &object,
                           err));
    return catalog_hostkey_put(transaction, &pin->hostkey, err);
}

static void try_pin(void *argument)
{
    struct pin *pin = (struct pin *)argument;
    struct tunnel_sync *sync = pin->sync;
    struct store_transaction *transaction =
        store_transaction_begin(sync->server->store, STORE_READ_COMMITTED);
    struct error err;
    enum rc rc;

    error_clear(&err);
    rc = put_pin(pin, transaction, &err);
    if (rc == RC_OK) {
        store_commit(&transaction, on_pinned, sync);
        free_pin(pin);
        return;
    }
    store_transaction_abort(&transaction);
    if ((rc == RC_WAIT || rc == RC_AGAIN) && pin->tries_left-- > 0) {
        loop_timer_arm(&pin->timer, (struct ms){PIN_RETRY_MS});
        return;
    }
    if (rc != RC_NOTFOUND) /* NOTFOUND: dropped meanwhile */
        LOG(LOG_WARN, SERVER_WARNING, "what=\"a host key was not stored\" why=\"%s\"",
            rc == RC_FAILED ? err.message : "it is locked");
    free_pin(pin);
}

static const char *copy_or_empty(struct arena *arena, const char *text)
{
    return text == NULL ? "" : arena_strdup(arena, text);
}

void tunnel_sync_pin(void *argument, const char *tunnel_id,
                     const struct tunnel_host_key *key)
{
    struct tunnel_sync *sync = ((struct server *)argument)->sync;
    struct pin *pin;
    struct catalog_id id;

    if (!catalog_id_parse(tunnel_id, CATALOG_CLASS_ITEM, &id))
        return; /* a probe of what is not created yet */
    pin = MEM_NEW(struct pin);
    pin->sync = sync;
    pin->arena = arena_new("pinned host key", NULL);
    pin->tries_left = PIN_TRIES;
    pin->hostkey = (struct catalog_hostkey){
        .connection_id = id,
        .type = copy_or_empty(pin->arena, key->type),
        .key = copy_or_empty(pin->arena, key->key),
        .fingerprint = copy_or_empty(pin->arena, key->fingerprint),
        .state = HOSTKEY_TRUSTED,
        .origin = HOSTKEY_FIRST_USE,
        .first_seen = clock_wall_us(),
        .last_seen = clock_wall_us(),
    };
    list_append(&sync->pins, &pin->link);
    loop_timer_init(&pin->timer, sync->server->control, "pin", try_pin, pin);
    try_pin(pin);
}

void tunnel_sync_free(struct tunnel_sync **sync)
{
    struct tunnel_sync *held = *sync;
    size_t at = 0;
    void *value;

    *sync = NULL;
    if (held == NULL)
        return;
    LIST_FOR_EACH(&held->pins, link)
    {
        free_pin(LIST_ENTRY(link, struct pin, link));
    }
    ASSERT(held->first == NULL);
    while (map_next(held->known, &at, NULL, &value))
        mem_free(value);
    map_free(&held->known);
    pthread_mutex_destroy(&held->lock);
    mem_free(held);
}
