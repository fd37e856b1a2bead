#include "catalog/bootstrap.h"

#include "catalog/counter.h"
#include "catalog/object.h"
#include "catalog/row.h"

struct bootstrap_row {
    enum object_kind kind;
    char space;
    uint64_t number;
    uint32_t oid;
    const char *name;
    uint64_t database;
    bool can_login;
    bool is_superuser;
};

static const struct bootstrap_row rows[] = {
#define ROLE(space, number, oid, name, can_login, is_superuser)                          \
    {OBJECT_KIND_ROLE, space, number, oid, name, 0, can_login, is_superuser},
#define DATABASE(space, number, oid, name)                                               \
    {OBJECT_KIND_DATABASE, space, number, oid, name, 0, false, false},
#define SCHEMA(space, number, oid, name, database)                                       \
    {OBJECT_KIND_SCHEMA, space, number, oid, name, database, false, false},
#define COUNTER(class, next)
#include "catalog/bootstrap.def"
#undef ROLE
#undef DATABASE
#undef SCHEMA
#undef COUNTER
};

static const struct {
    enum catalog_class class;
    uint64_t next;
} counters[] = {
#define ROLE(space, number, oid, name, can_login, is_superuser)
#define DATABASE(space, number, oid, name)
#define SCHEMA(space, number, oid, name, database)
#define COUNTER(class, next) {CATALOG_CLASS_##class, next},
#include "catalog/bootstrap.def"
#undef ROLE
#undef DATABASE
#undef SCHEMA
#undef COUNTER
};

static const struct catalog_id system_role = {CATALOG_CLASS_ROLE, 's', 1};
static const struct catalog_id user_role = {CATALOG_CLASS_ROLE, 'u', 1};
static const struct catalog_id everybody = {CATALOG_CLASS_ROLE, 'p', 0};

/* The owner holds all; everybody may use what is there, as in Materialize. */
static enum rc row_create(struct store_transaction *transaction,
                          const struct bootstrap_row *row, struct error *err)
{
    struct catalog_id owner = row->space == 's' ? system_role : user_role;
    struct record_privilege privileges[] = {
        {everybody, owner, PRIVILEGE_USAGE},
        {owner, owner, PRIVILEGE_USAGE | PRIVILEGE_CREATE},
    };
    struct catalog_object object = {.kind = row->kind};

    object.id = (struct catalog_id){(uint8_t)object_kind_class(row->kind), row->space,
                                    row->number};
    object.oid = row->oid;
    object.name = row->name;
    if (row->kind == OBJECT_KIND_ROLE) {
        object.role.inherits = true;
        object.role.can_login = row->can_login;
        object.role.is_superuser = row->is_superuser;
        object.role.can_create_role = row->is_superuser;
        object.role.can_create_database = row->is_superuser;
    } else {
        object.owner_id = owner;
        object.privileges =
            (struct record_privileges){privileges, ARRAY_COUNT(privileges)};
    }
    if (row->kind == OBJECT_KIND_SCHEMA) {
        object.schema.is_system = row->database == 0;
        if (row->database != 0)
            object.parent_id =
                (struct catalog_id){CATALOG_CLASS_DATABASE, 'u', row->database};
    }
    return catalog_create(transaction, &object, NULL, 0, err);
}

enum rc catalog_bootstrap(struct store_transaction *transaction, struct error *err)
{
    struct catalog_key key = catalog_key_id(CATALOG_SPACE_OBJECT, system_role);
    enum rc rc = catalog_row_exists(transaction, &key, err);

    if (rc != RC_NOTFOUND)
        return rc;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        TRY(row_create(transaction, &rows[i], err));
    for (size_t i = 0; i < ARRAY_COUNT(counters); i++)
        TRY(catalog_counter_write(transaction, (uint8_t)counters[i].class,
                                  counters[i].next, err));
    return catalog_counter_write(transaction, CATALOG_COUNTER_OID, CATALOG_FIRST_OID,
                                 err);
}
