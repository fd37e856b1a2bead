#ifndef SQL_TYPES_TYPE_H
#define SQL_TYPES_TYPE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "sql/types/datum.h"

/* The types, with the OIDs, rules and texts of PostgreSQL 15 (manual, chapters 8 and
 * 53.64); uint8 and mz_aclitem have Materialize's OIDs. The table also feeds pg_type. */

/* TYPE_BOOL, TYPE_INT4, TYPE__INT4 and so on: the OID of each type. */
enum type_oid {
    TYPE_NONE = 0,
#define T(oid, name, upper, ...) TYPE_##upper = (oid),
#include "sql/types/types.def"
#undef T
};

enum {
    TYPE_NAME_MAX = 63, /* bytes of an identifier */
    TYPE_TYPMOD_NONE = -1,
    TYPE_ARRAY_ITEMS_MAX = 134217727,
    TYPE_ARRAY_DIMENSIONS_MAX = 6,
    TYPE_VALUE_MAX = 1 << 28, /* bytes that a text may grow to */
};

/* Which member of union datum a type's values use. */
enum type_storage {
    TYPE_STORAGE_NONE, /* pseudo-types without values */
    TYPE_STORAGE_BOOLEAN,
    TYPE_STORAGE_CHARACTER,
    TYPE_STORAGE_INT16,
    TYPE_STORAGE_INT32,
    TYPE_STORAGE_INT64,
    TYPE_STORAGE_OID,
    TYPE_STORAGE_UINT64,
    TYPE_STORAGE_FLOAT4,
    TYPE_STORAGE_FLOAT8,
    TYPE_STORAGE_BYTES,
    TYPE_STORAGE_INTERVAL, /* interval, timetz: all of `interval` */
};

/* Text forms of dates (setting DateStyle); XSD is that of JSON. */
enum type_date_style {
    TYPE_DATE_ISO,
    TYPE_DATE_SQL,
    TYPE_DATE_POSTGRES,
    TYPE_DATE_GERMAN,
    TYPE_DATE_XSD
};

/* In which order the numbers of a date are read where nothing else tells. */
enum type_date_order { TYPE_ORDER_MDY, TYPE_ORDER_DMY, TYPE_ORDER_YMD };

enum type_interval_style {
    TYPE_INTERVAL_POSTGRES,
    TYPE_INTERVAL_VERBOSE,
    TYPE_INTERVAL_SQL,
    TYPE_INTERVAL_ISO
};

/* The surroundings that input and output may ask: settings and names. Every callback may
 * be NULL; `owner` is handed to each. */
struct type_context {
    struct arena *arena; /* where results go */
    void *owner;
    int extra_float_digits; /* PostgreSQL's setting; 1 gives the shortest exact digits */
    bool bytea_escape;      /* bytea_output = escape */
    enum type_date_style date_style;
    enum type_date_order date_order;
    enum type_interval_style interval_style;
    int64_t statement_time; /* microseconds since 2000-01-01 UTC */
    int64_t transaction_time;
    /* Seconds east of UTC that the session's time zone has at the instant `utc`
     * (microseconds since 2000); without it the zone is UTC. */
    int32_t (*zone_offset)(void *owner, int64_t utc);
    /* OID of the object that the text names, for the reg* type `kind`. */
    enum rc (*reg_find)(void *owner, uint32_t kind, struct bytes text, uint32_t *oid_out,
                        struct error *err);
    /* Appends the name of an object as the reg* type shows it; false: no such object. */
    bool (*reg_name)(void *owner, uint32_t kind, uint32_t oid, struct buffer *out);
};

/* What differs from one representation to the next. `type` tells the type itself where
 * several share their methods. A typmod of -1 is none. */
struct type_methods {
    enum type_storage storage;
    /* Text to value; 22P02, 22003 and others with PostgreSQL's texts. */
    enum rc (*input)(const struct type *type, const struct type_context *context,
                     struct bytes text, union datum *out, struct error *err);
    void (*output)(const struct type *type, const struct type_context *context,
                   union datum datum, struct buffer *out);
    /* The binary format of the protocol; 22P03 when the bytes have not that shape. */
    enum rc (*receive)(const struct type *type, const struct type_context *context,
                       struct bytes bytes, union datum *out, struct error *err);
    void (*send)(const struct type *type, const struct type_context *context,
                 union datum datum, struct buffer *out);
    /* The default btree order: below, at or above 0. NULL: the type has none. */
    int (*compare)(const struct type *type, union datum a, union datum b);
    /* Equal values have equal hashes. */
    uint64_t (*hash)(const struct type *type, union datum datum);
};

/* One row of the table; the columns of pg_type that clients read. */
struct type {
    uint32_t oid;
    const char *name;
    uint32_t array;   /* typarray; 0: none */
    uint32_t element; /* typelem; 0: none */
    int16_t length;   /* typlen */
    bool by_value;
    char kind;     /* typtype: b or p */
    char category; /* typcategory */
    bool preferred;
    char align;
    char store; /* typstorage */
    uint32_t collation;
    const char *input_name; /* typinput and so on; "-": none */
    const char *output_name;
    const char *receive_name;
    const char *send_name;
    const char *typmod_input_name;
    const struct type_methods *methods;
};

size_t type_count(void);
const struct type *type_at(size_t index);

/* NULL when there is no such type. */
const struct type *type_find_oid(uint32_t oid);

/* By pg_type's name, or by one of the SQL names (integer, boolean, double precision,
 * character varying, "timestamp with time zone"...), in lower case; NULL when unknown. */
const struct type *type_find_name(struct bytes name);

/* True array types (int4[] and so on, not "char" or name). */
bool type_is_array(const struct type *type);

/* format_type(oid, typmod): "integer", "numeric(10,2)", "text[]". */
void type_format(const struct type *type, int32_t typmod, struct buffer *out);
/* The same in an arena, without a typmod. */
const char *type_title(struct arena *arena, const struct type *type);

/* Typmods as PostgreSQL packs them: numeric(precision, scale), varchar(length),
 * timestamp(digits), interval(fields, digits). */
enum rc type_typmod(const struct type *type, const int32_t *arguments, size_t count,
                    int32_t *typmod_out, struct error *err);

/* Text to value, with the length or scale of the typmod applied as an implicit
 * (assignment) coercion: too long a varchar is 22001. */
enum rc type_input(const struct type *type, const struct type_context *context,
                   struct bytes text, int32_t typmod, union datum *out,
                   struct error *err);
void type_output(const struct type *type, const struct type_context *context,
                 union datum datum, struct buffer *out);
enum rc type_receive(const struct type *type, const struct type_context *context,
                     struct bytes bytes, int32_t typmod, union datum *out,
                     struct error *err);
void type_send(const struct type *type, const struct type_context *context,
               union datum datum, struct buffer *out);

/* Brings a value into the bounds of a typmod. `explicit_cast` cuts text silently. */
enum rc type_apply_typmod(const struct type *type, const struct type_context *context,
                          int32_t typmod, bool explicit_cast, union datum *datum,
                          struct error *err);

int type_compare(const struct type *type, union datum a, union datum b);
uint64_t type_hash(const struct type *type, union datum datum);

/* PostgreSQL's parse_bool: true, yes, on, 1, false, no, off, 0 and their unambiguous
 * prefixes, in any case, without blanks around them. False: none of these. */
bool type_parse_boolean(struct bytes text, bool *out);

/* Changes style and order as the words of a DateStyle ("SQL, DMY") say; false: a word is
 * unknown. */
bool type_parse_date_style(struct bytes text, enum type_date_style *style,
                           enum type_date_order *order);

/* 22023: the whole character at that byte is no hexadecimal digit. */
enum rc type_bad_hex_digit(struct bytes text, size_t at, struct error *err);

/* What a client sends as text must be whole characters without a NUL: 22021. */
enum rc type_check_text(struct bytes bytes, struct error *err);

/* A copy whose bytes live in the arena. */
union datum type_copy(struct arena *arena, const struct type *type, union datum datum);

/* The error that a value's text is not of the type: 22P02 "invalid input syntax for type
 * integer: "x"". */
enum rc type_invalid(const char *title, struct bytes text, struct error *err);
enum rc type_invalid_binary(struct error *err);

#endif
