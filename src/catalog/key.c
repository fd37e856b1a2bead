#include "catalog/key.h"

static void add(struct catalog_key *key, const void *at, size_t len)
{
    /* Names are at most CATALOG_NAME_MAX bytes; a longer text is cut here and refused by
     * whoever makes objects. */
    if (len > CATALOG_KEY_MAX - key->len)
        len = CATALOG_KEY_MAX - key->len;
    memcpy(key->at + key->len, at, len);
    key->len += len;
}

static void add_byte(struct catalog_key *key, uint8_t byte)
{
    add(key, &byte, 1);
}

static void add_number(struct catalog_key *key, uint64_t number, unsigned size)
{
    for (unsigned i = size; i-- > 0;)
        add_byte(key, (uint8_t)(number >> (8 * i)));
}

void catalog_id_write(uint8_t out[CATALOG_KEY_ID_LEN], struct catalog_id id)
{
    out[0] = id.class;
    out[1] = (uint8_t)id.space;
    for (unsigned i = 0; i < 8; i++)
        out[2 + i] = (uint8_t)(id.number >> (8 * (7 - i)));
}

static void add_id(struct catalog_key *key, struct catalog_id id)
{
    uint8_t bytes[CATALOG_KEY_ID_LEN];

    catalog_id_write(bytes, id);
    add(key, bytes, sizeof(bytes));
}

struct catalog_key catalog_key_space(enum catalog_space space)
{
    struct catalog_key key = {.len = 0};

    add_byte(&key, (uint8_t)space);
    return key;
}

struct catalog_key catalog_key_id(enum catalog_space space, struct catalog_id id)
{
    struct catalog_key key = catalog_key_space(space);

    add_id(&key, id);
    return key;
}

struct catalog_key catalog_key_class(enum catalog_class class)
{
    struct catalog_key key = catalog_key_space(CATALOG_SPACE_OBJECT);

    add_byte(&key, (uint8_t) class);
    return key;
}

struct catalog_key catalog_key_children(struct catalog_id parent)
{
    return catalog_key_id(CATALOG_SPACE_NAME, parent);
}

struct catalog_key catalog_key_name(struct catalog_id parent, enum catalog_class class,
                                    const char *name)
{
    struct catalog_key key = catalog_key_children(parent);

    add_byte(&key, (uint8_t) class);
    add(&key, name, strlen(name));
    return key;
}

struct catalog_key catalog_key_oid(uint32_t oid)
{
    struct catalog_key key = catalog_key_space(CATALOG_SPACE_OID);

    add_number(&key, oid, 4);
    return key;
}

struct catalog_key catalog_key_edge(enum catalog_space space, struct catalog_id from,
                                    struct catalog_id to)
{
    struct catalog_key key = catalog_key_id(space, from);

    add_id(&key, to);
    return key;
}

struct catalog_key catalog_key_sub(enum catalog_space space, struct catalog_id id,
                                   uint32_t sub)
{
    struct catalog_key key = catalog_key_id(space, id);

    add_number(&key, sub, 4);
    return key;
}

struct catalog_key catalog_key_counter(uint8_t counter)
{
    struct catalog_key key = catalog_key_space(CATALOG_SPACE_COUNTER);

    add_byte(&key, counter);
    return key;
}

struct catalog_key catalog_key_text(enum catalog_space space, struct catalog_id id,
                                    const char *text)
{
    struct catalog_key key = catalog_key_id(space, id);

    add(&key, text, strlen(text));
    return key;
}

bool catalog_key_read_id(struct bytes key, size_t offset, struct catalog_id *id_out)
{
    uint64_t number = 0;

    if (key.len < offset || key.len - offset < CATALOG_KEY_ID_LEN)
        return false;
    for (size_t i = 0; i < 8; i++)
        number = number << 8 | key.at[offset + 2 + i];
    *id_out = (struct catalog_id){key.at[offset], (char)key.at[offset + 1], number};
    return true;
}
