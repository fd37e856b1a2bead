#include "catalog/relation_base.h"

#include "catalog/comment.h"
#include "catalog/dependency.h"
#include "catalog/hostkey.h"

/* Type OIDs: PostgreSQL's, and Materialize's for mz_aclitem[]. */
enum { BOOL = 16, INT4 = 23, TEXT = 25, OID = 26, TIMESTAMPTZ = 1184, ACL = 16567 };

enum { CELLS_MAX = 12 };

/* One row under way. */
struct row {
    const struct system_scan *scan;
    struct arena *arena; /* emptied after each row */
    struct system_cell cells[CELLS_MAX];
    size_t count;
};

static void add_null(struct row *row)
{
    row->cells[row->count++] = (struct system_cell){SYSTEM_CELL_NULL, NULL, 0};
}

static void add_text(struct row *row, const char *text)
{
    row->cells[row->count++] = (struct system_cell){SYSTEM_CELL_TEXT, text, 0};
}

static void add_number(struct row *row, int64_t number)
{
    row->cells[row->count++] = (struct system_cell){SYSTEM_CELL_NUMBER, NULL, number};
}

/* An id that is not set is NULL. */
static void add_id(struct row *row, struct catalog_id id)
{
    char text[CATALOG_ID_TEXT_MAX];

    if (catalog_id_is_set(id))
        add_text(row, arena_strdup(row->arena, catalog_id_text(id, text)));
    else
        add_null(row);
}

/* The array's text form; no item needs quotes. */
static void add_privileges(struct row *row, struct record_privileges privileges)
{
    const char *list = "";

    for (size_t i = 0; i < privileges.count; i++)
        list = arena_printf(row->arena, "%s%s%s", list, i == 0 ? "" : ",",
                            record_privilege_text(row->arena, &privileges.items[i]));
    add_text(row, arena_printf(row->arena, "{%s}", list));
}

static void add_create_sql(struct row *row, const struct catalog_object *object,
                           bool redacted)
{
    const struct system_hooks *hooks = row->scan->hooks;
    const char *text = hooks == NULL || hooks->create_sql == NULL
                           ? NULL
                           : hooks->create_sql(hooks->argument, row->scan->transaction,
                                               object, redacted, row->arena);

    if (text == NULL)
        add_null(row);
    else
        add_text(row, text);
}

static enum rc row_send(struct row *row, struct error *err)
{
    enum rc rc = row->scan->sink->row(row->scan->sink->argument, row->cells, err);

    row->count = 0;
    arena_reset(row->arena);
    return rc;
}

static enum rc database_row(void *argument, const struct catalog_object *object,
                            struct error *err)
{
    struct row *row = (struct row *)argument;

    add_id(row, object->id);
    add_number(row, object->oid);
    add_text(row, object->name);
    add_id(row, object->owner_id);
    add_privileges(row, object->privileges);
    return row_send(row, err);
}

/* Schemas in their database, secrets in their schema. */
static enum rc member_row(void *argument, const struct catalog_object *object,
                          struct error *err)
{
    struct row *row = (struct row *)argument;

    add_id(row, object->id);
    add_number(row, object->oid);
    add_id(row, object->parent_id);
    add_text(row, object->name);
    add_id(row, object->owner_id);
    add_privileges(row, object->privileges);
    return row_send(row, err);
}

static enum rc role_row(void *argument, const struct catalog_object *object,
                        struct error *err)
{
    struct row *row = (struct row *)argument;

    add_id(row, object->id);
    add_number(row, object->oid);
    add_text(row, object->name);
    add_number(row, object->role.inherits);
    add_number(row, object->role.can_login);
    add_number(row, object->role.is_superuser);
    return row_send(row, err);
}

static enum rc connection_row(void *argument, const struct catalog_object *object,
                              struct error *err)
{
    struct row *row = (struct row *)argument;

    add_id(row, object->id);
    add_number(row, object->oid);
    add_id(row, object->parent_id);
    add_text(row, object->name);
    add_text(row, object->connection.connection_kind);
    add_id(row, object->owner_id);
    add_privileges(row, object->privileges);
    add_create_sql(row, object, false);
    add_create_sql(row, object, true);
    return row_send(row, err);
}

static enum rc tunnel_row(void *argument, const struct catalog_object *object,
                          struct error *err)
{
    struct row *row = (struct row *)argument;

    if (strcmp(object->connection.connection_kind, "ssh-tunnel") != 0)
        return RC_OK;
    add_id(row, object->id);
    add_text(row, object->connection.public_key_1);
    add_text(row, object->connection.public_key_2);
    return row_send(row, err);
}

static enum rc item_row(void *argument, const struct catalog_object *object,
                        struct error *err)
{
    struct row *row = (struct row *)argument;

    add_id(row, object->id);
    add_number(row, object->oid);
    add_id(row, object->parent_id);
    add_text(row, object->name);
    add_text(row, object_kind_word(object->kind));
    add_id(row, object->owner_id);
    add_null(row);
    add_privileges(row, object->privileges);
    return row_send(row, err);
}

static enum rc dependency_row(void *argument, struct catalog_id object,
                              struct catalog_id referenced, struct error *err)
{
    struct row *row = (struct row *)argument;

    add_id(row, object);
    add_id(row, referenced);
    return row_send(row, err);
}

static enum rc comment_row(void *argument, struct catalog_id id, uint32_t sub_id,
                           struct bytes text, struct error *err)
{
    struct row *row = (struct row *)argument;
    struct catalog_object *object = NULL;
    enum rc rc = catalog_object_get(row->scan->transaction, id, row->arena, &object, err);

    if (rc == RC_NOTFOUND)
        return error_set(err, SQLSTATE_DATA_CORRUPTED,
                         "a comment belongs to an absent object");
    TRY(rc);
    add_id(row, id);
    add_text(row, object_kind_word(object->kind));
    if (sub_id == 0)
        add_null(row);
    else
        add_number(row, sub_id);
    add_text(row, arena_strndup(row->arena, (const char *)text.at, text.len));
    return row_send(row, err);
}

static enum rc hostkey_row(void *argument, const struct catalog_hostkey *hostkey,
                           struct error *err)
{
    static const char *const states[] = {NULL, "trusted", "pending", "superseded"};
    static const char *const origins[] = {NULL, "declared", "first-use", "accepted"};
    struct row *row = (struct row *)argument;

    add_id(row, hostkey->connection_id);
    add_text(row, hostkey->type);
    add_text(row, hostkey->key);
    add_text(row, hostkey->fingerprint);
    add_text(row, states[hostkey->state]);
    add_text(row, origins[hostkey->origin]);
    add_number(row, hostkey->first_seen);
    add_number(row, hostkey->last_seen);
    return row_send(row, err);
}

typedef enum rc object_row(void *argument, const struct catalog_object *object,
                           struct error *err);

static enum rc scan_kind(const struct system_scan *scan, enum object_kind kind,
                         object_row *visitor, struct error *err)
{
    struct row row = {.scan = scan, .arena = arena_new("system relation", NULL)};
    struct catalog_visit visit = {visitor, &row};
    enum rc rc = catalog_each(scan->transaction, kind, &visit, err);

    arena_free(&row.arena);
    return rc;
}

#define ROWS(name, kind, row)                                                            \
    static enum rc name##_rows(const struct system_scan *scan, struct error *err)        \
    {                                                                                    \
        return scan_kind(scan, OBJECT_KIND_##kind, row, err);                            \
    }
ROWS(database, DATABASE, database_row)
ROWS(schema, SCHEMA, member_row)
ROWS(role, ROLE, role_row)
ROWS(secret, SECRET, member_row)
ROWS(connection, CONNECTION, connection_row)
ROWS(tunnel, CONNECTION, tunnel_row)

static enum rc item_rows(const struct system_scan *scan, struct error *err)
{
    struct row row = {.scan = scan, .arena = arena_new("system relation", NULL)};
    struct catalog_visit visit = {item_row, &row};
    enum rc rc =
        catalog_each_of_class(scan->transaction, CATALOG_CLASS_ITEM, &visit, err);

    arena_free(&row.arena);
    return rc;
}

static enum rc dependency_rows(const struct system_scan *scan, struct error *err)
{
    struct row row = {.scan = scan, .arena = arena_new("system relation", NULL)};
    enum rc rc = catalog_each_dependency(scan->transaction, dependency_row, &row, err);

    arena_free(&row.arena);
    return rc;
}

static enum rc comment_rows(const struct system_scan *scan, struct error *err)
{
    struct row row = {.scan = scan, .arena = arena_new("system relation", NULL)};
    enum rc rc = catalog_each_comment(scan->transaction, comment_row, &row, err);

    arena_free(&row.arena);
    return rc;
}

static enum rc hostkey_rows(const struct system_scan *scan, struct error *err)
{
    struct row row = {.scan = scan, .arena = arena_new("system relation", NULL)};
    struct catalog_id all = {0};
    enum rc rc = catalog_each_hostkey(scan->transaction, all, hostkey_row, &row, err);

    arena_free(&row.arena);
    return rc;
}

static const struct system_column database_columns[] = {{"id", TEXT, false},
                                                        {"oid", OID, false},
                                                        {"name", TEXT, false},
                                                        {"owner_id", TEXT, false},
                                                        {"privileges", ACL, false}};
static const struct system_column schema_columns[] = {
    {"id", TEXT, false},   {"oid", OID, false},       {"database_id", TEXT, true},
    {"name", TEXT, false}, {"owner_id", TEXT, false}, {"privileges", ACL, false}};
static const struct system_column role_columns[] = {
    {"id", TEXT, false},      {"oid", OID, false},         {"name", TEXT, false},
    {"inherit", BOOL, false}, {"rolcanlogin", BOOL, true}, {"rolsuper", BOOL, true}};
static const struct system_column secret_columns[] = {
    {"id", TEXT, false},   {"oid", OID, false},       {"schema_id", TEXT, false},
    {"name", TEXT, false}, {"owner_id", TEXT, false}, {"privileges", ACL, false}};
static const struct system_column connection_columns[] = {
    {"id", TEXT, false},
    {"oid", OID, false},
    {"schema_id", TEXT, false},
    {"name", TEXT, false},
    {"type", TEXT, false},
    {"owner_id", TEXT, false},
    {"privileges", ACL, false},
    {"create_sql", TEXT, true},
    {"redacted_create_sql", TEXT, true}};
static const struct system_column tunnel_columns[] = {
    {"id", TEXT, false}, {"public_key_1", TEXT, false}, {"public_key_2", TEXT, false}};
static const struct system_column item_columns[] = {
    {"id", TEXT, false},        {"oid", OID, false},       {"schema_id", TEXT, false},
    {"name", TEXT, false},      {"type", TEXT, false},     {"owner_id", TEXT, false},
    {"cluster_id", TEXT, true}, {"privileges", ACL, false}};
static const struct system_column dependency_columns[] = {
    {"object_id", TEXT, false}, {"referenced_object_id", TEXT, false}};
static const struct system_column comment_columns[] = {{"id", TEXT, false},
                                                       {"object_type", TEXT, false},
                                                       {"object_sub_id", INT4, true},
                                                       {"comment", TEXT, false}};
static const struct system_column hostkey_columns[] = {{"connection_id", TEXT, false},
                                                       {"key_type", TEXT, false},
                                                       {"public_key", TEXT, false},
                                                       {"fingerprint", TEXT, false},
                                                       {"state", TEXT, false},
                                                       {"learnt", TEXT, false},
                                                       {"first_seen", TIMESTAMPTZ, false},
                                                       {"last_seen", TIMESTAMPTZ, false}};

#define BASE(schema, name, oid, member)                                                  \
    {                                                                                    \
        schema, name, oid, member##_columns, ARRAY_COUNT(member##_columns),              \
            member##_rows, NULL                                                          \
    }

const struct system_relation relation_base_table[] = {
    BASE("mz_catalog", "mz_databases", 16702, database),
    BASE("mz_catalog", "mz_schemas", 16703, schema),
    BASE("mz_catalog", "mz_roles", 16720, role),
    BASE("mz_catalog", "mz_secrets", 16727, secret),
    BASE("mz_catalog", "mz_connections", 16708, connection),
    BASE("mz_catalog", "mz_ssh_tunnel_connections", 16709, tunnel),
    BASE("mz_catalog", "mz_objects", 16774, item),
    BASE("mz_internal", "mz_object_dependencies", 16698, dependency),
    BASE("mz_internal", "mz_comments", 16766, comment),
    BASE("mz_internal", "mz_ssh_host_keys", 0, hostkey),
};
const size_t relation_base_count = ARRAY_COUNT(relation_base_table);
