/* Base relations over a real store: every row has the cells of its columns, and a key
 * finds the rows that have it. */
#include "catalog/comment.h"
#include "catalog/hostkey.h"
#include "catalog/object.h"
#include "catalog/relation.h"
#include "unit/catalog/catalog_fixture.h"
#include "unit/catalog/relation_rows.h"

static struct catalog_fixture fixture;
static struct store_transaction *rows;
static struct arena *arena;
static struct error err;

static const struct catalog_id public_schema = {CATALOG_CLASS_SCHEMA, 'u', 3};
static const struct catalog_id user_role = {CATALOG_CLASS_ROLE, 'u', 1};

static int set_up(void **state)
{
    (void)state;
    arena = arena_new("test", NULL);
    error_clear(&err);
    catalog_fixture_init(&fixture);
    rows = fixture.transaction;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    catalog_fixture_fini(&fixture);
    arena_free(&arena);
    return 0;
}

static enum rc make(enum object_kind kind, const char *name, const struct catalog_id *on,
                    struct catalog_id *id_out)
{
    struct catalog_object object = {.kind = kind, .name = name};
    enum rc rc = RC_OK;

    object.parent_id = public_schema;
    object.owner_id = user_role;
    if (kind == OBJECT_KIND_CONNECTION)
        object.connection.connection_kind = "ssh-tunnel";
    rc = catalog_create(rows, &object, on, on == NULL ? 0 : 1, &err);
    *id_out = object.id;
    return rc;
}

static enum rc own_rows(const struct system_relation *relation,
                        const struct system_scan *scan, struct error *error)
{
    return relation->rows(scan, error);
}

static void make_objects(struct catalog_id *tunnel_out, struct catalog_id *user_out)
{
    struct catalog_hostkey hostkey = {.type = "ssh-ed25519",
                                      .key = "AAAA",
                                      .fingerprint = "SHA256:x",
                                      .state = HOSTKEY_TRUSTED,
                                      .origin = HOSTKEY_DECLARED,
                                      .first_seen = 1,
                                      .last_seen = 2};
    struct catalog_id secret;

    assert_int_equal(make(OBJECT_KIND_CONNECTION, "b", NULL, tunnel_out), RC_OK);
    assert_int_equal(make(OBJECT_KIND_CONNECTION, "pg", tunnel_out, user_out), RC_OK);
    assert_int_equal(make(OBJECT_KIND_SECRET, "s", NULL, &secret), RC_OK);
    assert_int_equal(catalog_comment_set(rows, *user_out, 0, "text", &err), RC_OK);
    assert_int_equal(catalog_comment_set(rows, public_schema, 0, "more", &err), RC_OK);
    hostkey.connection_id = *tunnel_out;
    assert_int_equal(catalog_hostkey_put(rows, &hostkey, &err), RC_OK);
    hostkey.connection_id = *user_out;
    assert_int_equal(catalog_hostkey_put(rows, &hostkey, &err), RC_OK);
}

static size_t row_count(const char *schema, const char *name,
                        const struct system_key *key)
{
    struct system_scan scan = {rows, NULL, NULL, key};

    return relation_rows_read(system_relation_find(schema, name), &scan, own_rows, arena)
        ->count;
}

static void relations_yield_rows(void **state)
{
    const struct system_relation *relation = NULL;
    struct catalog_id tunnel;
    struct catalog_id user;
    size_t relations = 0;
    size_t columns = 0;

    (void)state;
    make_objects(&tunnel, &user);
    for (; (relation = system_relation_at(relations)) != NULL; relations++) {
        columns += relation->column_count;
        if (relation->kind == SYSTEM_RELATION_BASE)
            (void)row_count(relation->schema, relation->name, NULL);
    }
    assert_int_equal(row_count("mz_internal", "base_relations", NULL), relations);
    assert_int_equal(row_count("mz_internal", "base_columns", NULL), columns);
    assert_int_equal(row_count("mz_internal", "base_items", NULL), 3);
    assert_int_equal(row_count("mz_catalog", "mz_connections", NULL), 2);
    assert_int_equal(row_count("mz_catalog", "mz_ssh_tunnel_connections", NULL), 2);
    assert_int_equal(row_count("mz_internal", "mz_object_dependencies", NULL), 1);
    assert_int_equal(row_count("mz_internal", "base_comments", NULL), 2);
    assert_int_equal(row_count("mz_internal", "mz_ssh_host_keys", NULL), 2);
    assert_int_equal(row_count("pg_catalog", "pg_index", NULL), 0);
}

static void keys_find_the_same_rows(void **state)
{
    struct system_scan scan = {rows, NULL, NULL, NULL};
    const struct system_relation *relation = NULL;
    struct catalog_id tunnel;
    struct catalog_id user;

    (void)state;
    make_objects(&tunnel, &user);
    for (size_t i = 0; (relation = system_relation_at(i)) != NULL; i++)
        if (relation->kind == SYSTEM_RELATION_BASE)
            relation_check_keys(relation, &scan, own_rows,
                                relation->oid == 17011 ? 400 : 1);
}

static void keys_narrow(void **state)
{
    struct system_key key = {0, {SYSTEM_CELL_TEXT, "u1", 0}};
    struct catalog_id tunnel;
    struct catalog_id user;

    (void)state;
    make_objects(&tunnel, &user);
    assert_int_equal(row_count("mz_catalog", "mz_connections", &key), 1);
    assert_int_equal(row_count("mz_internal", "mz_ssh_host_keys", &key), 1);
    assert_int_equal(row_count("mz_internal", "mz_object_dependencies", &key), 0);
    key.column = 1;
    assert_int_equal(row_count("mz_internal", "mz_object_dependencies", &key), 1);
    key.column = 0;
    key.value.text = "u3"; /* the secret */
    assert_int_equal(row_count("mz_catalog", "mz_connections", &key), 0);
    assert_int_equal(row_count("mz_catalog", "mz_secrets", &key), 1);
    key.value.text = "no id";
    assert_int_equal(row_count("mz_catalog", "mz_connections", &key), 0);
    key.value.kind = SYSTEM_CELL_NULL;
    assert_int_equal(row_count("mz_catalog", "mz_connections", &key), 0);
    assert_int_equal(row_count("mz_internal", "mz_object_dependencies", &key), 0);
    key = (struct system_key){1, {SYSTEM_CELL_NUMBER, NULL, 16708}};
    assert_int_equal(row_count("mz_internal", "base_relations", &key), 1);
    assert_int_equal(row_count("mz_internal", "base_columns", &key), 9);
    key.value.number = -1;
    assert_int_equal(row_count("mz_catalog", "mz_databases", &key), 0);
    key = (struct system_key){2, {SYSTEM_CELL_TEXT, "materialize", 0}};
    assert_int_equal(row_count("mz_catalog", "mz_databases", &key), 1);
    assert_int_equal(row_count("mz_internal", "base_roles", &key), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(relations_yield_rows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keys_find_the_same_rows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keys_narrow, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
