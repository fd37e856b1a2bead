#ifndef CATALOG_ID_H
#define CATALOG_ID_H

#include <stdbool.h>
#include <stdint.h>

enum catalog_class {
    CATALOG_CLASS_NONE,
    CATALOG_CLASS_DATABASE,
    CATALOG_CLASS_SCHEMA,
    CATALOG_CLASS_ROLE,
    CATALOG_CLASS_ITEM,
    CATALOG_CLASS_COUNT
};

enum { CATALOG_ID_TEXT_MAX = 24 };

/* `u1`, `s7`; "p" is PUBLIC, which only privileges name. All zero: no object. Ids are
 * unique within a class. */
struct catalog_id {
    uint8_t class;
    char space; /* 'u', 's' or 'p'; 0: none */
    uint64_t number;
};

static inline bool catalog_id_equal(struct catalog_id a, struct catalog_id b)
{
    return a.class == b.class && a.space == b.space && a.number == b.number;
}

static inline bool catalog_id_is_set(struct catalog_id id)
{
    return id.space != 0;
}

/* The text form; "" for none. */
const char *catalog_id_text(struct catalog_id id, char out[CATALOG_ID_TEXT_MAX]);

/* False when the text is no id. */
bool catalog_id_parse(const char *text, enum catalog_class class,
                      struct catalog_id *id_out);

#endif
