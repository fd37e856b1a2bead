#ifndef SQL_TYPES_JSON_H
#define SQL_TYPES_JSON_H

#include "sql/types/type.h"

/* JSON values (manual, chapter 8.14). The value of type json is its text; that of jsonb
 * is packed: one byte for the kind, four for the length, then the content, in which an
 * object's keys are unique and ordered by length, then by bytes. Numbers are NUMERICs, so
 * that no digit is lost. */

enum {
    JSON_DEPTH_MAX = 3000, /* of nested arrays and objects: 54001 beyond */
};

/* In the order in which jsonb sorts them. */
enum json_kind {
    JSON_NULL,
    JSON_STRING,
    JSON_NUMBER,
    JSON_BOOLEAN,
    JSON_ARRAY,
    JSON_OBJECT
};

struct json_member;

/* One value. What it points to lives in the arena, or in the text or packed bytes that it
 * was read from. Members of a packed container are read when json_expand() is called. */
struct json {
    enum json_kind kind;
    bool boolean;
    struct bytes text;   /* STRING: its characters; NUMBER: a packed NUMERIC */
    struct bytes raw;    /* where it came from text: all of its text */
    struct bytes packed; /* where it came from a jsonb: all of its bytes */
    size_t count;
    struct json_member *members; /* of ARRAY (without keys) and OBJECT */
};

struct json_member {
    struct bytes key;
    struct json value;
};

enum json_mode {
    JSON_CHECK,  /* only whether it is JSON: strings and numbers are not read */
    JSON_READ,   /* keys as they come, doubles kept; raw is set */
    JSON_UNIQUE, /* as jsonb: keys ordered, the last of equal ones wins */
};

/* 22P02 "invalid input syntax for type json" with PostgreSQL's details; 22P05; 54001. */
enum rc json_parse(struct arena *arena, struct bytes text, enum json_mode mode,
                   struct json *out, struct error *err);

struct json json_open(struct arena *arena, struct bytes packed);
void json_expand(struct arena *arena, struct json *json);
struct bytes json_pack(struct arena *arena, const struct json *json);

/* jsonb's text: {"a": 1, "b": [1, 2]}; `indent` spreads it over lines as jsonb_pretty. */
void json_print(struct arena *arena, const struct json *json, bool indent,
                struct buffer *out);
/* A text in double quotes with JSON's escapes. */
void json_print_string(struct bytes text, struct buffer *out);

/* Orders an object's members and drops all but the last of equal keys. */
void json_sort(struct json *object);
/* The order of keys: by length, then by bytes. */
int json_key_order(struct bytes a, struct bytes b);

/* The value of a key, the last where there are several; NULL when there is none. The
 * object must be expanded. */
struct json *json_find(const struct json *object, struct bytes key);

int json_compare(struct arena *arena, struct json *a, struct json *b);
uint64_t json_hash(struct arena *arena, struct json *json);

/* Appends a member to a container; *room is how many the container has room for. */
void json_add(struct arena *arena, struct json *container, size_t *room, struct bytes key,
              struct json value);

struct json json_string(struct bytes text);

#endif
