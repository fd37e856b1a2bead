#ifndef CATALOG_OBJECT_H
#define CATALOG_OBJECT_H

#include "catalog/record.h"

struct store_transaction;

/* Objects of the catalog, seen and changed through one transaction of the store: every
 * read sees the transaction's own edits, every change is an edit of its overlay, so that
 * savepoints and rollback undo it. A change takes the locks of the object and the name
 * first; RC_WAIT from a lock is passed on and the whole statement is run again.
 * Objects that are handed out live in the caller's arena.
 *
 * Texts are Materialize's for secrets and connections (XX000), PostgreSQL's for
 * databases, schemas, roles and relations (PostgreSQL 15, Appendix A). */

/* RC_NOTFOUND without an error when there is no such object. */
enum rc catalog_object_get(struct store_transaction *transaction, struct catalog_id id,
                           struct arena *arena, struct catalog_object **object_out,
                           struct error *err) MUST_USE;
enum rc catalog_object_by_oid(struct store_transaction *transaction, uint32_t oid,
                              struct arena *arena, struct catalog_object **object_out,
                              struct error *err) MUST_USE;
/* A name within its parent (zero: none) and class. */
struct catalog_place {
    struct catalog_id parent;
    enum catalog_class class;
    const char *name;
};
enum rc catalog_find(struct store_transaction *transaction,
                     const struct catalog_place *place, struct arena *arena,
                     struct catalog_object **object_out, struct error *err) MUST_USE;

/* As catalog_find(), but absence is an error: 3D000, 3F000, 42704 or XX000. */
enum rc catalog_require(struct store_transaction *transaction,
                        const struct catalog_place *place, struct arena *arena,
                        struct catalog_object **object_out, struct error *err) MUST_USE;

/* `t1 is a table not a secret`. */
enum rc catalog_expect_kind(const struct catalog_object *object, enum object_kind kind,
                            struct error *err) MUST_USE;

/* Fills id, oid and created_at where they are zero, then stores the object, its name and
 * its references (one id each; may be empty). `catalog item 'x' already exists` and
 * PostgreSQL's duplicates. */
enum rc catalog_create(struct store_transaction *transaction,
                       struct catalog_object *object, const struct catalog_id *references,
                       size_t reference_count, struct error *err) MUST_USE;

/* Stores the object again under its id; name and parent must be unchanged. References
 * replace the old ones. */
enum rc catalog_update(struct store_transaction *transaction,
                       const struct catalog_object *object,
                       const struct catalog_id *references, size_t reference_count,
                       struct error *err) MUST_USE;
enum rc catalog_rename(struct store_transaction *transaction,
                       struct catalog_object *object, const char *name,
                       struct error *err) MUST_USE;

/* Into another schema. */
enum rc catalog_move(struct store_transaction *transaction, struct catalog_object *object,
                     struct catalog_id parent, struct error *err) MUST_USE;

struct catalog_drop_list {
    const struct catalog_id *ids;
    size_t count;
    bool cascade;
};

struct catalog_dropped {
    struct catalog_object **objects; /* dependents first */
    size_t count;
};

/* Drops the objects with their comments, sealed values and host keys. Without cascade a
 * dependent outside the list refuses: `cannot drop connection "a": still depended upon by
 * connection "b"`; a schema or database with content, or a role that owns something,
 * refuses with 2BP01. A role never cascades. */
enum rc catalog_drop(struct store_transaction *transaction,
                     const struct catalog_drop_list *list, struct arena *arena,
                     struct catalog_dropped *dropped_out, struct error *err) MUST_USE;

/* Calls back for each object of the kind, in order of its id (of every kind of a class
 * for catalog_each_of_class()). The object lives until the callback returns. A callback
 * that does not return RC_OK ends the walk with its code. */
struct catalog_visit {
    enum rc (*object)(void *argument, const struct catalog_object *object,
                      struct error *err);
    void *argument;
};
enum rc catalog_each(struct store_transaction *transaction, enum object_kind kind,
                     const struct catalog_visit *visit, struct error *err) MUST_USE;
enum rc catalog_each_of_class(struct store_transaction *transaction,
                              enum catalog_class class, const struct catalog_visit *visit,
                              struct error *err) MUST_USE;

#endif
