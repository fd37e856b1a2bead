#ifndef CATALOG_RECORD_H
#define CATALOG_RECORD_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "catalog/id.h"
#include "catalog/table.h"

/* The stored form of catalog objects. Structs, encoder and decoder come from the field
 * lists (kinds.def and record_*.def). A record is: stored number of its kind (u8), its
 * version (u16), the fields of the head, the fields of the kind; numbers are in network
 * byte order, texts and lists carry a u32 length or count. A record of a newer version is
 * refused (XX001 with a hint); a field younger than the record is zero. */

enum object_kind {
#define KIND(name, member, word, class, version, number) OBJECT_KIND_##name,
#include "catalog/kinds.def"
#undef KIND
    OBJECT_KIND_COUNT
};

enum { CATALOG_NAME_MAX = 255 };

/* Letters of Materialize's mz_aclitem, as bits. */
enum privilege {
    PRIVILEGE_INSERT = 1U << 0,           /* a */
    PRIVILEGE_SELECT = 1U << 1,           /* r */
    PRIVILEGE_UPDATE = 1U << 2,           /* w */
    PRIVILEGE_DELETE = 1U << 3,           /* d */
    PRIVILEGE_USAGE = 1U << 8,            /* U */
    PRIVILEGE_CREATE = 1U << 9,           /* C */
    PRIVILEGE_CREATE_ROLE = 1U << 29,     /* R */
    PRIVILEGE_CREATE_DATABASE = 1U << 30, /* B */
};

struct record_privilege {
    struct catalog_id grantee;
    struct catalog_id grantor;
    uint32_t letters; /* enum privilege, joined */
};

struct record_privileges {
    struct record_privilege *items;
    size_t count;
};

enum record_option_kind {
    RECORD_OPTION_TEXT = 1,
    RECORD_OPTION_SECRET,
    RECORD_OPTION_CONNECTION,
    RECORD_OPTION_NUMBER,
    RECORD_OPTION_LIST,
    RECORD_OPTION_ADDRESSES,
};

struct record_item {
    const char *text;
    struct catalog_id tunnel_id; /* of an address; none: not named */
};

struct record_option {
    const char *name;
    enum record_option_kind kind;
    const char *text;          /* TEXT */
    struct catalog_id id;      /* SECRET, CONNECTION */
    int64_t number;            /* NUMBER */
    struct record_item *items; /* LIST, ADDRESSES */
    size_t item_count;
};

struct record_options {
    struct record_option *items;
    size_t count;
};

struct record_texts {
    const char **items;
    size_t count;
};

#define RECORD_TYPE_ID           struct catalog_id
#define RECORD_TYPE_U32          uint32_t
#define RECORD_TYPE_U64          uint64_t
#define RECORD_TYPE_I64          int64_t
#define RECORD_TYPE_BOOL         bool
#define RECORD_TYPE_TEXT         const char *
#define RECORD_TYPE_PRIVILEGES   struct record_privileges
#define RECORD_TYPE_OPTIONS      struct record_options
#define RECORD_TYPE_LETTER       char
#define RECORD_TYPE_TEXTS        struct record_texts
#define RECORD_TYPE_COLUMNS      struct record_columns
#define RECORD_TYPE_CONSTRAINTS  struct record_constraints
#define RECORD_TYPE_PARTS        struct record_index_parts
#define RECORD_TYPE_SOURCES      struct record_sources

#define FIELD(type, name, since) RECORD_TYPE_##type name;
struct record_database {
#include "catalog/record_database.def"
};
struct record_schema {
#include "catalog/record_schema.def"
};
struct record_role {
#include "catalog/record_role.def"
};
struct record_secret {
#include "catalog/record_secret.def"
};
struct record_connection {
#include "catalog/record_connection.def"
};
struct record_table {
#include "catalog/record_table.def"
};
struct record_view {
#include "catalog/record_view.def"
};
struct record_index {
#include "catalog/record_index.def"
};
struct record_sequence {
#include "catalog/record_sequence.def"
};

/* Texts and lists belong to the arena that the object was read into or made in. */
struct catalog_object {
    enum object_kind kind;
#include "catalog/record_head.def"
    union {
        struct record_database database;
        struct record_schema schema;
        struct record_role role;
        struct record_secret secret;
        struct record_connection connection;
        struct record_table table;
        struct record_view view;
        struct record_index index;
        struct record_sequence sequence;
    };
};
#undef FIELD

const char *object_kind_word(enum object_kind kind); /* "connection" */
enum catalog_class object_kind_class(enum object_kind kind);
/* Tables, views, indexes and sequences: what PostgreSQL calls relations. */
bool object_kind_is_relation(enum object_kind kind);

/* Appends the record; a failed buffer is the caller's to ask for. NULL texts are "". */
void record_encode(const struct catalog_object *object, struct buffer *out);

/* RC_FAILED: XX001 for a damaged record, 0A000 for one of a newer program. Every length
 * is checked against what is left before it is used. */
enum rc record_decode(struct bytes record, struct arena *arena,
                      struct catalog_object **object_out, struct error *err) MUST_USE;

/* `u1=U/u1`, Materialize's text form of one privilege item. */
const char *record_privilege_text(struct arena *arena,
                                  const struct record_privilege *privilege);

#endif
