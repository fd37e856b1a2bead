#ifndef STORE_OVERLAY_INTERNAL_H
#define STORE_OVERLAY_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

/* The edits of one transaction: a skip list of keys in byte order (Pugh, 1990), each with
 * its versions, newest first, and an undo log that names the keys in the order they were
 * edited. Every edit has a serial number that never comes back, so that a cursor can
 * leave out what is younger than itself, and a mark is a place in the undo log.
 *
 * What was superseded or undone is retired, not freed: somebody may hold a view of it.
 * The transaction empties the retired when nobody can. */
enum { OVERLAY_LEVELS = 16 };

struct overlay_version {
    struct overlay_version *older; /* or the next retired */
    uint64_t serial;
    size_t len;
    bool is_delete;
    uint8_t value[];
};

struct overlay_node {
    struct overlay_version *newest; /* NULL only once retired */
    struct overlay_node *previous;  /* or the next retired */
    uint8_t *key;                   /* behind the links */
    uint16_t key_len;
    uint16_t level_count;
    struct overlay_node *next[];
};

struct overlay {
    struct overlay_node *first[OVERLAY_LEVELS];
    size_t node_count;
    uint64_t serial;           /* of the last edit */
    uint64_t last_mark_serial; /* the newest mark was taken at this serial */
    struct overlay_node **undo;
    size_t undo_count;
    size_t undo_capacity;
    size_t used; /* bytes, the retired included */
    size_t limit;
    uint64_t random;
    uint64_t removal_count; /* grows when nodes leave the list */
    struct overlay_version *retired_versions;
    struct overlay_node *retired_nodes;
};

void overlay_init(struct overlay *overlay, size_t limit, uint64_t seed);
void overlay_fini(struct overlay *overlay);

/* False, with nothing changed, when the limit does not allow it. `keep_old` keeps the
 * former version although no mark needs it: a cursor is open. */
bool overlay_edit(struct overlay *overlay, struct bytes key, const struct bytes *value,
                  bool keep_old);

/* Undoes all edits but the first undo_count. */
void overlay_undo(struct overlay *overlay, size_t undo_count);

void overlay_free_retired(struct overlay *overlay);

/* Charges memory that others keep for the transaction; false past the limit. */
bool overlay_charge(struct overlay *overlay, size_t size);

/* NULL when there is none. */
struct overlay_node *overlay_find(const struct overlay *overlay, struct bytes key);
struct overlay_node *overlay_at_or_after(const struct overlay *overlay, struct bytes key);
struct overlay_node *overlay_before(const struct overlay *overlay, struct bytes key);
struct overlay_node *overlay_last(const struct overlay *overlay);

/* The newest version that is no younger than the serial, or NULL. */
const struct overlay_version *overlay_visible(const struct overlay_node *node,
                                              uint64_t serial);

static inline struct bytes overlay_key(const struct overlay_node *node)
{
    return bytes_of(node->key, node->key_len);
}

#endif
