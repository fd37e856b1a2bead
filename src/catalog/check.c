#include "catalog/check.h"

#include "catalog/check_table.h"
#include "catalog/counter.h"
#include "catalog/dependency.h"
#include "catalog/object.h"
#include "catalog/row.h"
#include "catalog/seal.h"

struct checking {
    struct store_transaction *transaction;
    const struct keyring *keyring;
    void (*report)(void *argument, const char *fault);
    void *argument;
    size_t faults;
    struct arena *arena; /* emptied for each row */
};

static void fault(struct checking *checking, const char *what, struct catalog_id id)
{
    char text[CATALOG_ID_TEXT_MAX];
    const char *line = arena_printf(checking->arena, "%s (class %u, id %s)", what,
                                    (unsigned)id.class, catalog_id_text(id, text));

    checking->faults++;
    if (checking->report != NULL)
        checking->report(checking->argument, line);
}

static enum rc exists(struct checking *checking, const struct catalog_key *key,
                      bool *exists_out, struct error *err)
{
    enum rc rc = catalog_row_exists(checking->transaction, key, err);

    *exists_out = rc == RC_OK;
    return rc == RC_NOTFOUND ? RC_OK : rc;
}

static enum rc expect(struct checking *checking, const struct catalog_key *key,
                      const char *what, struct catalog_id id, struct error *err)
{
    bool found = false;

    TRY(exists(checking, key, &found, err));
    if (!found)
        fault(checking, what, id);
    return RC_OK;
}

static enum rc expect_object(struct checking *checking, struct catalog_id object,
                             const char *what, struct catalog_id id, struct error *err)
{
    struct catalog_key key = catalog_key_id(CATALOG_SPACE_OBJECT, object);

    return catalog_id_is_set(object) ? expect(checking, &key, what, id, err) : RC_OK;
}

/* An index entry must be there and name the object. */
static enum rc expect_index(struct checking *checking, const struct catalog_key *key,
                            const char *what, struct catalog_id id, struct error *err)
{
    struct bytes value = {0};
    struct catalog_id named = {0};
    enum rc rc =
        catalog_row_get(checking->transaction, key, checking->arena, &value, err);

    if (rc != RC_OK && rc != RC_NOTFOUND)
        return rc;
    if (rc == RC_NOTFOUND || !catalog_key_read_id(value, 0, &named) ||
        !catalog_id_equal(named, id))
        fault(checking, what, id);
    return RC_OK;
}

static enum rc check_counters(struct checking *checking,
                              const struct catalog_object *object, struct error *err)
{
    uint64_t next = 0;

    if (object->id.space == 'u') {
        TRY(catalog_counter_read(checking->transaction, object->id.class, &next, err));
        if (object->id.number >= next)
            fault(checking, "the counter of ids is behind", object->id);
    }
    TRY(catalog_counter_read(checking->transaction, CATALOG_COUNTER_OID, &next, err));
    if (object->oid >= next)
        fault(checking, "the counter of OIDs is behind", object->id);
    return RC_OK;
}

static enum rc check_object(void *argument, struct bytes key, struct bytes value,
                            struct error *err)
{
    struct checking *checking = (struct checking *)argument;
    struct catalog_object *object = NULL;
    struct catalog_id id = {0};
    struct catalog_key name;
    struct catalog_key oid;
    struct error ignored;
    const char *wrong = NULL;

    arena_reset(checking->arena);
    if (!catalog_key_read_id(key, 1, &id) ||
        record_decode(value, checking->arena, &object, &ignored) != RC_OK) {
        fault(checking, "an object's record is damaged", id);
        return RC_OK;
    }
    if (!catalog_id_equal(id, object->id))
        fault(checking, "an object's record has another id than its key", id);
    name = catalog_key_name(object->parent_id, object_kind_class(object->kind),
                            object->name);
    oid = catalog_key_oid(object->oid);
    TRY(expect_index(checking, &name, "the name index misses an object", id, err));
    TRY(expect_index(checking, &oid, "the OID index misses an object", id, err));
    TRY(expect_object(checking, object->parent_id, "an object's parent is absent", id,
                      err));
    TRY(expect_object(checking, object->owner_id, "an object's owner is absent", id,
                      err));
    TRY(catalog_check_relation(checking->transaction, object, checking->arena, &wrong,
                               err));
    if (wrong != NULL)
        fault(checking, wrong, id);
    return check_counters(checking, object, err);
}

/* An index entry must name an object which has that very key. */
static enum rc check_index(void *argument, struct bytes key, struct bytes value,
                           struct error *err)
{
    struct checking *checking = (struct checking *)argument;
    struct catalog_object *object = NULL;
    struct catalog_id id = {0};
    struct catalog_key own;
    enum rc rc = RC_NOTFOUND;

    arena_reset(checking->arena);
    if (catalog_key_read_id(value, 0, &id))
        rc = catalog_object_get(checking->transaction, id, checking->arena, &object, err);
    if (rc == RC_NOTFOUND) {
        fault(checking, "an index names an absent object", id);
        return RC_OK;
    }
    if (rc != RC_OK)
        return RC_OK; /* a damaged record has been reported */
    own = key.at[0] == CATALOG_SPACE_OID
              ? catalog_key_oid(object->oid)
              : catalog_key_name(object->parent_id, object_kind_class(object->kind),
                                 object->name);
    if (!bytes_equal(key, catalog_key_bytes(&own)))
        fault(checking, "an index has an entry that is not its object's", id);
    return RC_OK;
}

static enum rc check_edge(void *argument, struct bytes key, struct bytes value,
                          struct error *err)
{
    struct checking *checking = (struct checking *)argument;
    enum catalog_space opposite = key.at[0] == CATALOG_SPACE_DEPENDS
                                      ? CATALOG_SPACE_DEPENDENT
                                      : CATALOG_SPACE_DEPENDS;
    struct catalog_id from = {0};
    struct catalog_id to = {0};
    struct catalog_key back;

    (void)value;
    arena_reset(checking->arena);
    if (!catalog_key_read_id(key, 1, &from) ||
        !catalog_key_read_id(key, 1 + CATALOG_KEY_ID_LEN, &to)) {
        fault(checking, "a dependency is damaged", from);
        return RC_OK;
    }
    back = catalog_key_edge(opposite, to, from);
    TRY(expect(checking, &back, "a dependency has only one direction", from, err));
    return expect_object(checking, from, "a dependency names an absent object", from,
                         err);
}

/* Comments and host keys belong to an object. */
static enum rc check_owned(void *argument, struct bytes key, struct bytes value,
                           struct error *err)
{
    struct checking *checking = (struct checking *)argument;
    struct catalog_id id = {0};

    (void)value;
    arena_reset(checking->arena);
    if (!catalog_key_read_id(key, 1, &id)) {
        fault(checking, "a key is damaged", id);
        return RC_OK;
    }
    return expect_object(checking, id, "a row belongs to an absent object", id, err);
}

static enum rc check_sealed(void *argument, struct bytes key, struct bytes value,
                            struct error *err)
{
    struct checking *checking = (struct checking *)argument;
    struct secret *plain = NULL;
    struct catalog_id id = {0};
    struct error detail;
    uint64_t version = 0;
    uint32_t key_id = 0;
    uint32_t slot = 0;

    TRY(check_owned(argument, key, value, err));
    if (!catalog_key_read_id(key, 1, &id) || key.len != 1 + CATALOG_KEY_ID_LEN + 4)
        return RC_OK; /* reported by check_owned() or by the form below */
    for (size_t i = 1 + CATALOG_KEY_ID_LEN; i < key.len; i++)
        slot = slot << 8 | key.at[i];
    if (!seal_is_well_formed(value, &key_id, &version)) {
        fault(checking, "a sealed value is damaged", id);
        return RC_OK;
    }
    if (checking->keyring == NULL || keyring_is_sealed(checking->keyring))
        return RC_OK;
    if (catalog_unseal(checking->keyring, checking->transaction, id, slot, &plain,
                       &detail) != RC_OK)
        fault(checking, "a sealed value does not open", id);
    secret_free(&plain);
    return RC_OK;
}

enum rc catalog_check(struct store_transaction *transaction,
                      const struct keyring *keyring,
                      void (*report)(void *argument, const char *fault), void *argument,
                      size_t *fault_count_out, struct error *err)
{
    static const struct {
        enum catalog_space space;
        catalog_row_visitor *visitor;
    } passes[] = {
        {CATALOG_SPACE_OBJECT, check_object},  {CATALOG_SPACE_NAME, check_index},
        {CATALOG_SPACE_OID, check_index},      {CATALOG_SPACE_DEPENDS, check_edge},
        {CATALOG_SPACE_DEPENDENT, check_edge}, {CATALOG_SPACE_COMMENT, check_owned},
        {CATALOG_SPACE_HOST_KEY, check_owned}, {CATALOG_SPACE_SEALED, check_sealed},
    };
    struct checking checking = {transaction, keyring, report,
                                argument,    0,       arena_new("catalog check", NULL)};
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < ARRAY_COUNT(passes); i++) {
        struct catalog_key prefix = catalog_key_space(passes[i].space);

        rc = catalog_row_each(transaction, &prefix, passes[i].visitor, &checking, err);
    }
    *fault_count_out = checking.faults;
    arena_free(&checking.arena);
    return rc;
}
