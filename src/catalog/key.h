#ifndef CATALOG_KEY_H
#define CATALOG_KEY_H

#include "catalog/record.h"

/* Keys of the catalog inside the store. The first byte is the space; an id is class (u8),
 * space (u8), number (u64, network order), so that byte order is id order within a class.
 * A text that ends a key is raw. docs/CATALOG.md lists the values. */
enum catalog_space {
    CATALOG_SPACE_OBJECT = 'o',    /* id -> record */
    CATALOG_SPACE_NAME = 'n',      /* parent id, class, name -> id */
    CATALOG_SPACE_OID = 'i',       /* oid (u32) -> id */
    CATALOG_SPACE_DEPENDS = 'd',   /* id, referenced id -> nothing */
    CATALOG_SPACE_DEPENDENT = 'e', /* referenced id, id -> nothing */
    CATALOG_SPACE_COMMENT = 'c',   /* id, sub id (u32) -> text */
    CATALOG_SPACE_COUNTER = 'k',   /* counter (u8) -> next number (u64) */
    CATALOG_SPACE_SEALED = 's',    /* id, slot (u32) -> sealed value */
    CATALOG_SPACE_HOST_KEY = 'h',  /* connection id, fingerprint -> host key row */
    CATALOG_SPACE_KEYRING = 'r',   /* -> sealed keyring */
    CATALOG_SPACE_SEQUENCE = 'q',  /* storage, row (u8) -> sequence.h */
};

enum { CATALOG_KEY_MAX = 300, CATALOG_KEY_ID_LEN = 10 };

struct catalog_key {
    uint8_t at[CATALOG_KEY_MAX];
    size_t len;
};

static inline struct bytes catalog_key_bytes(const struct catalog_key *key)
{
    return bytes_of(key->at, key->len);
}

/* Each makes a key of its space; those without the later parts are prefixes to scan. */
struct catalog_key catalog_key_space(enum catalog_space space);
struct catalog_key catalog_key_id(enum catalog_space space, struct catalog_id id);
struct catalog_key catalog_key_class(enum catalog_class class); /* objects of a class */
struct catalog_key catalog_key_name(struct catalog_id parent, enum catalog_class class,
                                    const char *name);
struct catalog_key catalog_key_children(struct catalog_id parent);
struct catalog_key catalog_key_oid(uint32_t oid);
struct catalog_key catalog_key_edge(enum catalog_space space, struct catalog_id from,
                                    struct catalog_id to);
struct catalog_key catalog_key_sub(enum catalog_space space, struct catalog_id id,
                                   uint32_t sub);
struct catalog_key catalog_key_counter(uint8_t counter);
struct catalog_key catalog_key_text(enum catalog_space space, struct catalog_id id,
                                    const char *text);

/* The id at `offset` of a key; false when the key is too short. */
bool catalog_key_read_id(struct bytes key, size_t offset, struct catalog_id *id_out);

/* The stored form of an id as a value. */
void catalog_id_write(uint8_t out[CATALOG_KEY_ID_LEN], struct catalog_id id);

#endif
