#include "server/cache.h"

#include "base/list.h"
#include "base/map.h"
#include "base/memory.h"

struct entry {
    struct list_link link; /* most lately used last */
    struct prepared *prepared;
    size_t key_len;
    uint8_t key[]; /* path, text */
};

struct statement_cache {
    struct map *entries;
    struct list_link order;
};

struct statement_cache *statement_cache_new(void)
{
    struct statement_cache *cache = MEM_NEW(struct statement_cache);

    cache->entries = map_new();
    list_init(&cache->order);
    return cache;
}

static void remove_entry(struct statement_cache *cache, struct entry *entry)
{
    map_remove(cache->entries, bytes_of(entry->key, entry->key_len));
    list_remove(&entry->link);
    prepared_unref(&entry->prepared);
    mem_free(entry);
}

void statement_cache_free(struct statement_cache **cache)
{
    struct statement_cache *held = *cache;

    *cache = NULL;
    if (held == NULL)
        return;
    LIST_FOR_EACH(&held->order, link)
    {
        remove_entry(held, LIST_ENTRY(link, struct entry, link));
    }
    map_free(&held->entries);
    mem_free(held);
}

struct key {
    uint8_t at[sizeof(uint64_t) + STATEMENT_CACHE_TEXT_MAX];
    size_t len;
};

static bool make_key(struct key *key, struct bytes text, uint64_t path)
{
    if (text.len > STATEMENT_CACHE_TEXT_MAX)
        return false;
    memcpy(key->at, &path, sizeof path);
    memcpy(key->at + sizeof path, text.at, text.len);
    key->len = sizeof path + text.len;
    return true;
}

struct prepared *statement_cache_find(struct statement_cache *cache, struct bytes text,
                                      uint64_t path)
{
    struct key key;
    struct entry *entry;

    if (!make_key(&key, text, path))
        return NULL;
    entry = (struct entry *)map_find(cache->entries, bytes_of(key.at, key.len));
    if (entry == NULL)
        return NULL;
    list_remove(&entry->link);
    list_append(&cache->order, &entry->link);
    return prepared_ref(entry->prepared);
}

void statement_cache_put(struct statement_cache *cache, struct bytes text, uint64_t path,
                         struct prepared *prepared)
{
    struct key key;
    struct entry *entry;

    if (!make_key(&key, text, path))
        return;
    entry = (struct entry *)map_find(cache->entries, bytes_of(key.at, key.len));
    if (entry != NULL)
        remove_entry(cache, entry);
    else if (map_count(cache->entries) >= STATEMENT_CACHE_ENTRIES)
        remove_entry(cache, LIST_ENTRY(cache->order.next, struct entry, link));
    entry = (struct entry *)mem_alloc(sizeof *entry + key.len);
    entry->prepared = prepared_ref(prepared);
    entry->key_len = key.len;
    memcpy(entry->key, key.at, key.len);
    map_put(cache->entries, bytes_of(entry->key, entry->key_len), entry);
    list_append(&cache->order, &entry->link);
}
