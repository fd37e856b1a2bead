/* Base relations whose rows are objects of the catalog, and what hangs on them. */
#include "catalog/comment.h"
#include "catalog/dependency.h"
#include "catalog/hostkey.h"
#include "catalog/relation_base.h"
#include "catalog/relation_row.h"

typedef enum rc object_row(void *argument, const struct catalog_object *object,
                           struct error *err);

/* Where a relation of objects has the columns by which an object is found directly. */
struct object_scan {
    enum object_kind kind;
    object_row *visitor;
    size_t id_column;
    size_t oid_column;
    size_t name_column; /* NO_COLUMN unless the kind has no parent */
};

enum { NO_COLUMN = RELATION_ROW_CELLS_MAX }; /* no key asks for it */

static enum rc find_object(struct relation_row *row, const struct object_scan *plan,
                           struct catalog_object **object_out, struct error *err)
{
    const struct system_scan *scan = row->scan;
    const struct system_cell *id_key = relation_key(scan, plan->id_column);
    const struct system_cell *oid_key = relation_key(scan, plan->oid_column);
    enum catalog_class class = object_kind_class(plan->kind);
    struct catalog_id id = {0};

    if (id_key != NULL)
        return catalog_id_parse(id_key->text, class, &id)
                   ? catalog_object_get(scan->transaction, id, row->arena, object_out,
                                        err)
                   : RC_NOTFOUND;
    if (oid_key != NULL)
        return oid_key->number > 0 && oid_key->number <= UINT32_MAX
                   ? catalog_object_by_oid(scan->transaction, (uint32_t)oid_key->number,
                                           row->arena, object_out, err)
                   : RC_NOTFOUND;
    return catalog_find(
        scan->transaction,
        &(struct catalog_place){.class = class, .name = scan->key->value.text},
        row->arena, object_out, err);
}

static bool has_object_key(const struct system_scan *scan, const struct object_scan *plan)
{
    return scan->key != NULL && (scan->key->column == plan->id_column ||
                                 scan->key->column == plan->oid_column ||
                                 scan->key->column == plan->name_column);
}

static enum rc scan_objects(const struct system_scan *scan,
                            const struct object_scan *plan, struct error *err)
{
    struct relation_row row = relation_row_open(scan);
    struct catalog_visit visit = {plan->visitor, &row};
    struct catalog_object *object = NULL;
    enum rc rc = RC_OK;

    if (relation_wants_none(scan)) {
        rc = RC_NOTFOUND;
    } else if (has_object_key(scan, plan)) {
        rc = find_object(&row, plan, &object, err);
        if (rc == RC_OK && object->kind == plan->kind)
            rc = plan->visitor(&row, object, err);
    } else {
        rc = catalog_each(scan->transaction, plan->kind, &visit, err);
    }
    relation_row_close(&row);
    return rc == RC_NOTFOUND ? RC_OK : rc;
}

static enum rc database_row(void *argument, const struct catalog_object *object,
                            struct error *err)
{
    struct relation_row *row = (struct relation_row *)argument;

    relation_add_id(row, object->id);
    relation_add_number(row, object->oid);
    relation_add_text(row, object->name);
    relation_add_id(row, object->owner_id);
    relation_add_privileges(row, object->privileges);
    return relation_row_send(row, err);
}

/* Schemas in their database, secrets in their schema. */
static enum rc member_row(void *argument, const struct catalog_object *object,
                          struct error *err)
{
    struct relation_row *row = (struct relation_row *)argument;

    relation_add_id(row, object->id);
    relation_add_number(row, object->oid);
    relation_add_id(row, object->parent_id);
    relation_add_text(row, object->name);
    relation_add_id(row, object->owner_id);
    relation_add_privileges(row, object->privileges);
    return relation_row_send(row, err);
}

static enum rc role_row(void *argument, const struct catalog_object *object,
                        struct error *err)
{
    struct relation_row *row = (struct relation_row *)argument;

    relation_add_id(row, object->id);
    relation_add_number(row, object->oid);
    relation_add_text(row, object->name);
    relation_add_boolean(row, object->role.inherits);
    relation_add_boolean(row, object->role.can_login);
    relation_add_boolean(row, object->role.is_superuser);
    relation_add_boolean(row, object->role.can_create_role);
    relation_add_boolean(row, object->role.can_create_database);
    return relation_row_send(row, err);
}

static void add_create_sql(struct relation_row *row, const struct catalog_object *object,
                           bool redacted)
{
    const struct system_hooks *hooks = row->scan->hooks;

    relation_add_text(row,
                      hooks == NULL || hooks->create_sql == NULL
                          ? NULL
                          : hooks->create_sql(hooks->argument, row->scan->transaction,
                                              object, redacted, row->arena));
}

static enum rc connection_row(void *argument, const struct catalog_object *object,
                              struct error *err)
{
    struct relation_row *row = (struct relation_row *)argument;

    relation_add_id(row, object->id);
    relation_add_number(row, object->oid);
    relation_add_id(row, object->parent_id);
    relation_add_text(row, object->name);
    relation_add_text(row, object->connection.connection_kind);
    relation_add_id(row, object->owner_id);
    relation_add_privileges(row, object->privileges);
    add_create_sql(row, object, false);
    add_create_sql(row, object, true);
    return relation_row_send(row, err);
}

static enum rc tunnel_row(void *argument, const struct catalog_object *object,
                          struct error *err)
{
    struct relation_row *row = (struct relation_row *)argument;

    if (strcmp(object->connection.connection_kind, "ssh-tunnel") != 0)
        return RC_OK;
    relation_add_id(row, object->id);
    relation_add_text(row, object->connection.public_key_1);
    relation_add_text(row, object->connection.public_key_2);
    return relation_row_send(row, err);
}

static const struct record_option *find_option(const struct catalog_object *object,
                                               const char *name)
{
    for (size_t i = 0; i < object->connection.options.count; i++)
        if (strcmp(object->connection.options.items[i].name, name) == 0)
            return &object->connection.options.items[i];
    return NULL;
}

static void add_brokers(struct relation_row *row, const struct record_option *option)
{
    const char **texts = NULL;

    if (option == NULL) {
        relation_add_texts(row, NULL, 0);
    } else if (option->item_count == 0 && option->text != NULL) {
        relation_add_texts(row, &option->text, 1);
    } else {
        texts = ARENA_ARRAY(row->arena, const char *, option->item_count + 1);
        for (size_t i = 0; i < option->item_count; i++)
            texts[i] = option->items[i].text;
        relation_add_texts(row, texts, option->item_count);
    }
}

static enum rc kafka_row(void *argument, const struct catalog_object *object,
                         struct error *err)
{
    struct relation_row *row = (struct relation_row *)argument;
    const struct record_option *brokers = find_option(object, "BROKERS");
    const struct record_option *topic = find_option(object, "PROGRESS TOPIC");

    if (strcmp(object->connection.connection_kind, "kafka") != 0)
        return RC_OK;
    relation_add_id(row, object->id);
    add_brokers(row, brokers != NULL ? brokers : find_option(object, "BROKER"));
    relation_add_text(row, topic == NULL ? NULL : topic->text);
    return relation_row_send(row, err);
}

static enum rc item_row(void *argument, const struct catalog_object *object,
                        struct error *err)
{
    struct relation_row *row = (struct relation_row *)argument;

    if (object_kind_is_relation(object->kind))
        return RC_OK; /* base_relations has them */
    relation_add_id(row, object->id);
    relation_add_number(row, object->oid);
    relation_add_id(row, object->parent_id);
    relation_add_text(row, object->name);
    relation_add_text(row, object_kind_word(object->kind));
    relation_add_id(row, object->owner_id);
    relation_add_null(row);
    relation_add_privileges(row, object->privileges);
    return relation_row_send(row, err);
}

#define ROWS(member, kind, name_column)                                                  \
    static enum rc member##_rows(const struct system_scan *scan, struct error *err)      \
    {                                                                                    \
        static const struct object_scan plan = {OBJECT_KIND_##kind, member##_row, 0, 1,  \
                                                name_column};                            \
                                                                                         \
        return scan_objects(scan, &plan, err);                                           \
    }
#define schema_row member_row
#define secret_row member_row
ROWS(database, DATABASE, 2)
ROWS(schema, SCHEMA, NO_COLUMN)
ROWS(role, ROLE, 2)
ROWS(secret, SECRET, NO_COLUMN)
ROWS(connection, CONNECTION, NO_COLUMN)

/* Those whose second column is no OID. */
static enum rc tunnel_rows(const struct system_scan *scan, struct error *err)
{
    static const struct object_scan plan = {OBJECT_KIND_CONNECTION, tunnel_row, 0,
                                            NO_COLUMN, NO_COLUMN};

    return scan_objects(scan, &plan, err);
}

static enum rc kafka_rows(const struct system_scan *scan, struct error *err)
{
    static const struct object_scan plan = {OBJECT_KIND_CONNECTION, kafka_row, 0,
                                            NO_COLUMN, NO_COLUMN};

    return scan_objects(scan, &plan, err);
}

static enum rc item_rows(const struct system_scan *scan, struct error *err)
{
    static const struct object_scan plan = {OBJECT_KIND_CONNECTION, item_row, 0, 1,
                                            NO_COLUMN};
    struct relation_row row = relation_row_open(scan);
    struct catalog_visit visit = {item_row, &row};
    struct catalog_object *object = NULL;
    enum rc rc = RC_OK;

    if (relation_wants_none(scan)) {
        rc = RC_NOTFOUND;
    } else if (has_object_key(scan, &plan)) {
        rc = find_object(&row, &plan, &object, err);
        if (rc == RC_OK && object_kind_class(object->kind) == CATALOG_CLASS_ITEM)
            rc = item_row(&row, object, err);
    } else {
        rc = catalog_each_of_class(scan->transaction, CATALOG_CLASS_ITEM, &visit, err);
    }
    relation_row_close(&row);
    return rc == RC_NOTFOUND ? RC_OK : rc;
}

static const struct {
    uint32_t letter;
    const char *name;
} privilege_names[] = {
    {PRIVILEGE_SELECT, "SELECT"},
    {PRIVILEGE_INSERT, "INSERT"},
    {PRIVILEGE_UPDATE, "UPDATE"},
    {PRIVILEGE_DELETE, "DELETE"},
    {PRIVILEGE_USAGE, "USAGE"},
    {PRIVILEGE_CREATE, "CREATE"},
    {PRIVILEGE_CREATE_ROLE, "CREATEROLE"},
    {PRIVILEGE_CREATE_DATABASE, "CREATEDB"},
};

static enum rc privilege_row(void *argument, const struct catalog_object *object,
                             struct error *err)
{
    struct relation_row *row = (struct relation_row *)argument;

    for (size_t i = 0; i < object->privileges.count; i++) {
        const struct record_privilege *item = &object->privileges.items[i];

        for (size_t j = 0; j < ARRAY_COUNT(privilege_names); j++) {
            if ((item->letters & privilege_names[j].letter) == 0)
                continue;
            relation_add_text(row, object_kind_word(object->kind));
            relation_add_id(row, object->id);
            relation_add_id(row, item->grantor);
            relation_add_id(row, item->grantee);
            relation_add_text(row, privilege_names[j].name);
            TRY(relation_row_send(row, err));
        }
    }
    return RC_OK;
}

static enum rc privilege_rows(const struct system_scan *scan, struct error *err)
{
    static const enum catalog_class classes[] = {
        CATALOG_CLASS_DATABASE, CATALOG_CLASS_SCHEMA, CATALOG_CLASS_ITEM};
    struct relation_row row = relation_row_open(scan);
    struct catalog_visit visit = {privilege_row, &row};
    enum rc rc = RC_OK;

    for (size_t i = 0; i < ARRAY_COUNT(classes) && rc == RC_OK; i++)
        rc = catalog_each_of_class(scan->transaction, classes[i], &visit, err);
    relation_row_close(&row);
    return rc;
}

static enum rc dependency_row(void *argument, struct catalog_id object,
                              struct catalog_id referenced, struct error *err)
{
    struct relation_row *row = (struct relation_row *)argument;

    relation_add_id(row, object);
    relation_add_id(row, referenced);
    return relation_row_send(row, err);
}

/* The edges of one object (column 0) or to one object (column 1). An id's text does not
 * tell its class. */
static enum rc edges_of(struct relation_row *row, struct arena *arena, struct error *err)
{
    const struct system_key *key = row->scan->key;
    bool is_referenced = key->column == 1;

    for (int class = CATALOG_CLASS_NONE + 1; class < CATALOG_CLASS_COUNT; class ++) {
        struct catalog_ids ids = {NULL, 0};
        struct catalog_id id = {0};

        if (!catalog_id_parse(key->value.text, (enum catalog_class) class, &id))
            return RC_OK;
        TRY(is_referenced
                ? catalog_dependents(row->scan->transaction, id, arena, &ids, err)
                : catalog_dependencies(row->scan->transaction, id, arena, &ids, err));
        for (size_t i = 0; i < ids.count; i++)
            TRY(dependency_row(row, is_referenced ? ids.items[i] : id,
                               is_referenced ? id : ids.items[i], err));
    }
    return RC_OK;
}

static enum rc dependency_rows(const struct system_scan *scan, struct error *err)
{
    struct relation_row row = relation_row_open(scan);
    struct arena *arena = arena_new("system relation", NULL);
    enum rc rc = RC_OK;

    if (scan->key == NULL)
        rc = catalog_each_dependency(scan->transaction, dependency_row, &row, err);
    else if (!relation_wants_none(scan))
        rc = edges_of(&row, arena, err);
    relation_row_close(&row);
    arena_free(&arena);
    return rc;
}

static enum rc comment_row(void *argument, struct catalog_id id, uint32_t sub_id,
                           struct bytes text, struct error *err)
{
    struct relation_row *row = (struct relation_row *)argument;
    struct catalog_object *object = NULL;
    enum rc rc = catalog_object_get(row->scan->transaction, id, row->arena, &object, err);

    if (rc == RC_NOTFOUND)
        return error_set(err, SQLSTATE_DATA_CORRUPTED,
                         "a comment belongs to an absent object");
    TRY(rc);
    relation_add_id(row, id);
    relation_add_text(row, object_kind_word(object->kind));
    if (sub_id == 0)
        relation_add_null(row);
    else
        relation_add_number(row, sub_id);
    relation_add_text(row, arena_strndup(row->arena, (const char *)text.at, text.len));
    relation_add_number(row, object->oid);
    return relation_row_send(row, err);
}

static enum rc comment_rows(const struct system_scan *scan, struct error *err)
{
    struct relation_row row = relation_row_open(scan);
    enum rc rc = catalog_each_comment(scan->transaction, comment_row, &row, err);

    relation_row_close(&row);
    return rc;
}

static enum rc hostkey_row(void *argument, const struct catalog_hostkey *hostkey,
                           struct error *err)
{
    static const char *const states[] = {NULL, "trusted", "pending", "superseded"};
    static const char *const origins[] = {NULL, "declared", "first-use", "accepted"};
    struct relation_row *row = (struct relation_row *)argument;

    relation_add_id(row, hostkey->connection_id);
    relation_add_text(row, hostkey->type);
    relation_add_text(row, hostkey->key);
    relation_add_text(row, hostkey->fingerprint);
    relation_add_text(row, states[hostkey->state]);
    relation_add_text(row, origins[hostkey->origin]);
    relation_add_number(row, hostkey->first_seen);
    relation_add_number(row, hostkey->last_seen);
    return relation_row_send(row, err);
}

static enum rc hostkey_rows(const struct system_scan *scan, struct error *err)
{
    const struct system_cell *key = relation_key(scan, 0);
    struct relation_row row = relation_row_open(scan);
    struct catalog_id connection = {0}; /* all */
    enum rc rc = RC_OK;

    if (!relation_wants_none(scan) &&
        (key == NULL || catalog_id_parse(key->text, CATALOG_CLASS_ITEM, &connection)))
        rc = catalog_each_hostkey(scan->transaction, connection, hostkey_row, &row, err);
    relation_row_close(&row);
    return rc;
}

static const struct system_relation relation_objects_relations[] = {
    BASE(mz_catalog, mz_databases, 16702,
         COLUMNS(COLUMN(id, TEXT), COLUMN(oid, OID), COLUMN(name, TEXT),
                 COLUMN(owner_id, TEXT), COLUMN(privileges, PRIVILEGES)),
         database_rows),
    BASE(mz_catalog, mz_schemas, 16703,
         COLUMNS(COLUMN(id, TEXT), COLUMN(oid, OID), NULLABLE(database_id, TEXT),
                 COLUMN(name, TEXT), COLUMN(owner_id, TEXT),
                 COLUMN(privileges, PRIVILEGES)),
         schema_rows),
    BASE(mz_internal, base_roles, 17000,
         COLUMNS(COLUMN(id, TEXT), COLUMN(oid, OID), COLUMN(name, TEXT),
                 COLUMN(inherit, BOOL), COLUMN(can_login, BOOL),
                 COLUMN(is_superuser, BOOL), COLUMN(can_create_role, BOOL),
                 COLUMN(can_create_database, BOOL)),
         role_rows),
    BASE(mz_catalog, mz_secrets, 16727,
         COLUMNS(COLUMN(id, TEXT), COLUMN(oid, OID), COLUMN(schema_id, TEXT),
                 COLUMN(name, TEXT), COLUMN(owner_id, TEXT),
                 COLUMN(privileges, PRIVILEGES)),
         secret_rows),
    BASE(mz_catalog, mz_connections, 16708,
         COLUMNS(COLUMN(id, TEXT), COLUMN(oid, OID), COLUMN(schema_id, TEXT),
                 COLUMN(name, TEXT), COLUMN(type, TEXT), COLUMN(owner_id, TEXT),
                 COLUMN(privileges, PRIVILEGES), NULLABLE(create_sql, TEXT),
                 NULLABLE(redacted_create_sql, TEXT)),
         connection_rows),
    BASE(
        mz_catalog, mz_ssh_tunnel_connections, 16709,
        COLUMNS(COLUMN(id, TEXT), COLUMN(public_key_1, TEXT), COLUMN(public_key_2, TEXT)),
        tunnel_rows),
    BASE(mz_catalog, mz_kafka_connections, 16695,
         COLUMNS(COLUMN(id, TEXT), COLUMN(brokers, TEXT_ARRAY),
                 NULLABLE(sink_progress_topic, TEXT)),
         kafka_rows),
    BASE(mz_internal, base_items, 17001,
         COLUMNS(COLUMN(id, TEXT), COLUMN(oid, OID), COLUMN(schema_id, TEXT),
                 COLUMN(name, TEXT), COLUMN(type, TEXT), COLUMN(owner_id, TEXT),
                 NULLABLE(cluster_id, TEXT), COLUMN(privileges, PRIVILEGES)),
         item_rows),
    BASE(mz_internal, base_privileges, 17002,
         COLUMNS(COLUMN(object_type, TEXT), COLUMN(object_id, TEXT),
                 COLUMN(grantor_id, TEXT), COLUMN(grantee_id, TEXT),
                 COLUMN(privilege_type, TEXT)),
         privilege_rows),
    BASE(mz_internal, mz_object_dependencies, 16698,
         COLUMNS(COLUMN(object_id, TEXT), COLUMN(referenced_object_id, TEXT)),
         dependency_rows),
    BASE(mz_internal, base_comments, 17003,
         COLUMNS(COLUMN(id, TEXT), COLUMN(object_type, TEXT),
                 NULLABLE(object_sub_id, INT4), COLUMN(comment, TEXT),
                 COLUMN(object_oid, OID)),
         comment_rows),
    BASE(mz_internal, mz_ssh_host_keys, 17004,
         COLUMNS(COLUMN(connection_id, TEXT), COLUMN(key_type, TEXT),
                 COLUMN(public_key, TEXT), COLUMN(fingerprint, TEXT), COLUMN(state, TEXT),
                 COLUMN(learnt, TEXT), COLUMN(first_seen, TIMESTAMPTZ),
                 COLUMN(last_seen, TIMESTAMPTZ)),
         hostkey_rows),
};
RELATION_TABLE(relation_objects);
