/* Open addressing with linear probing and backward-shift deletion. Hashes with a
 * seed for each map, so that no client can choose keys that collide. */
#include "base/map.h"

#include "base/assert.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/random.h"

struct slot {
    uint64_t hash;
    uint8_t *key;
    size_t key_len;
    void *value; /* NULL: the slot is free */
};

struct map {
    struct slot *slots;
    size_t slot_count; /* a power of two */
    size_t count;
    uint64_t seed;
};

struct map *map_new(void)
{
    struct map *map = MEM_NEW(struct map);
    map->seed = random_u64();
    return map;
}

void map_free(struct map **map_ref)
{
    struct map *map = *map_ref;
    *map_ref = NULL;
    if (map == NULL)
        return;
    for (size_t i = 0; i < map->slot_count; i++)
        mem_free(map->slots[i].key);
    mem_free(map->slots);
    mem_free(map);
}

static uint64_t hash_of(const struct map *map, struct bytes key)
{
    return hash_bytes(key, map->seed);
}

/* The slot that holds the key, or the free one where it belongs. */
static struct slot *locate(const struct map *map, uint64_t hash, struct bytes key)
{
    size_t mask = map->slot_count - 1;
    for (size_t i = hash & mask;; i = (i + 1) & mask) {
        struct slot *slot = &map->slots[i];
        if (slot->value == NULL)
            return slot;
        if (slot->hash == hash && bytes_equal(bytes_of(slot->key, slot->key_len), key))
            return slot;
    }
}

static void rehash(struct map *map, size_t slot_count)
{
    struct slot *old = map->slots;
    size_t old_count = map->slot_count;
    map->slots = mem_alloc_array(slot_count, sizeof(struct slot));
    map->slot_count = slot_count;
    for (size_t i = 0; i < old_count; i++) {
        if (old[i].value != NULL)
            *locate(map, old[i].hash, bytes_of(old[i].key, old[i].key_len)) = old[i];
    }
    mem_free(old);
}

void *map_put(struct map *map, struct bytes key, void *value)
{
    ASSERT(value != NULL);
    if ((map->count + 1) * 4 > map->slot_count * 3)
        rehash(map, map->slot_count == 0 ? 16 : map->slot_count * 2);
    uint64_t hash = hash_of(map, key);
    struct slot *slot = locate(map, hash, key);
    void *former = slot->value;
    slot->value = value;
    if (former != NULL)
        return former;
    slot->hash = hash;
    slot->key = mem_alloc(key.len);
    if (key.len != 0)
        memcpy(slot->key, key.at, key.len);
    slot->key_len = key.len;
    map->count++;
    return NULL;
}

void *map_find(const struct map *map, struct bytes key)
{
    if (map->count == 0)
        return NULL;
    return locate(map, hash_of(map, key), key)->value;
}

/* Moves later members of the probe chain back into the hole at index `hole`. */
static void close_hole(struct map *map, size_t hole)
{
    size_t mask = map->slot_count - 1;
    size_t i = hole;
    for (;;) {
        i = (i + 1) & mask;
        if (map->slots[i].value == NULL)
            break;
        size_t home = map->slots[i].hash & mask;
        if (((i - home) & mask) >= ((i - hole) & mask)) {
            map->slots[hole] = map->slots[i];
            hole = i;
        }
    }
    map->slots[hole] = (struct slot){0};
}

void *map_remove(struct map *map, struct bytes key)
{
    if (map->count == 0)
        return NULL;
    struct slot *slot = locate(map, hash_of(map, key), key);
    void *value = slot->value;
    if (value == NULL)
        return NULL;
    mem_free(slot->key);
    map->count--;
    close_hole(map, (size_t)(slot - map->slots));
    return value;
}

size_t map_count(const struct map *map)
{
    return map->count;
}

bool map_next(const struct map *map, size_t *at, struct bytes *key_out, void **value_out)
{
    for (; *at < map->slot_count; (*at)++) {
        const struct slot *slot = &map->slots[*at];
        if (slot->value == NULL)
            continue;
        if (key_out != NULL)
            *key_out = bytes_of(slot->key, slot->key_len);
        *value_out = slot->value;
        (*at)++;
        return true;
    }
    return false;
}
