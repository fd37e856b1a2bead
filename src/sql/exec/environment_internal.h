#ifndef SQL_EXEC_ENVIRONMENT_INTERNAL_H
#define SQL_EXEC_ENVIRONMENT_INTERNAL_H

#include "sql/exec/environment.h"

/* Shared by the files that answer for session and catalog; see environment.h. */

/* One function of the kind ENVIRONMENT; they are named by functions.def. */
#define ENVIRONMENT_ROW(name)                                                            \
    enum rc environment_##name(struct session_environment *session, struct call *call,   \
                               const struct value *arguments, struct value *result,      \
                               struct error *err)

#define F_SCALAR(name)
#define F_AGGREGATE(name)
#define F_SET(name)
#define F_WINDOW(name)
#define F_ENVIRONMENT(name)                     ENVIRONMENT_ROW(name);
#define F(oid, name, kind, implementation, ...) F_##kind(implementation)
#include "sql/functions/functions.def"
#undef F
#undef F_SCALAR
#undef F_AGGREGATE
#undef F_SET
#undef F_WINDOW
#undef F_ENVIRONMENT

/* Most functions need but some of what they are given. */
#define UNUSED_HERE()                                                                    \
    do {                                                                                 \
        (void)session;                                                                   \
        (void)call;                                                                      \
        (void)arguments;                                                                 \
        (void)result;                                                                    \
        (void)err;                                                                       \
    } while (0)

/* A copy as the result; NULL: NULL. Returns RC_OK. */
enum rc environment_put_text(struct call *call, const char *text, struct value *result);

enum { ENVIRONMENT_SCHEMAS_MAX = 64 };

/* The schemas that are searched, in order: pg_catalog, the path's, the other system
 * schemas; those that the path names have their place there. Returns how many. */
size_t environment_schemas(const struct session_environment *session, bool with_implied,
                           const char *out[ENVIRONMENT_SCHEMAS_MAX]);

/* True when the schema exists. */
bool environment_has_schema(const struct session_environment *session, const char *schema,
                            struct arena *arena);

/* A relation or another item of the catalog. */
struct environment_item {
    uint32_t oid;
    const char *schema;
    const char *name;
    const struct system_relation *relation; /* NULL: an object */
    struct catalog_object *object;          /* NULL: a system relation */
};

/* RC_NOTFOUND without an error when there is none. */
enum rc environment_item_by_oid(const struct session_environment *session, uint32_t oid,
                                struct arena *arena, struct environment_item *out,
                                struct error *err);
/* By a name as written in SQL, with or without its schema; 42P01, 3F000. */
enum rc environment_item_by_name(const struct session_environment *session,
                                 struct bytes text, struct arena *arena,
                                 struct environment_item *out, struct error *err);
/* Whether its bare name means this item. */
bool environment_item_is_visible(const struct session_environment *session,
                                 const struct environment_item *item,
                                 struct arena *arena);

/* RC_NOTFOUND without an error when there is none. */
enum rc environment_role(const struct session_environment *session, const char *name,
                         struct arena *arena, struct catalog_object **out,
                         struct error *err);

/* nextval() of an identity column. */
enum rc environment_sequence_next(struct session_environment *session,
                                  const struct catalog_object *object, int64_t *value_out,
                                  struct error *err);

/* The parts of a dotted name, folded or unquoted; 42602 "invalid name syntax". */
enum rc environment_name_parts(struct bytes text, struct arena *arena,
                               const char *parts_out[4], size_t *count_out,
                               struct error *err);

/* struct type_context's reg_find and reg_name; the owner is a session_environment. */
enum rc environment_reg_find(void *owner, uint32_t kind, struct bytes text,
                             uint32_t *oid_out, struct error *err);
bool environment_reg_name(void *owner, uint32_t kind, uint32_t oid, struct buffer *out);

/* "integer, text": the arguments of a function. */
void environment_print_arguments(const struct function *function, struct buffer *out);

#endif
