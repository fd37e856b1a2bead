#include <sys/stat.h>
#include <unistd.h>

#include "base/random.h"
#include "catalog/check.h"
#include "catalog/comment.h"
#include "catalog/counter.h"
#include "catalog/dependency.h"
#include "catalog/hostkey.h"
#include "catalog/resolve.h"
#include "catalog/seal.h"
#include "unit/catalog/catalog_fixture.h"

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

static size_t faults(const struct keyring *keyring)
{
    size_t count = 99;

    assert_int_equal(catalog_check(rows, keyring, NULL, NULL, &count, &err), RC_OK);
    return count;
}

static void bootstrap_contents(void **state)
{
    struct catalog_path path = {"materialize", (const char *const[]){"public"}, 1, NULL};
    struct catalog_name name = {NULL, NULL, "s"};
    struct catalog_object *object = NULL;
    struct catalog_id id;

    (void)state;
    assert_int_equal(make(OBJECT_KIND_SECRET, "s", NULL, &id), RC_OK);
    assert_int_equal(catalog_resolve_item(rows, &path, &name, arena, &object, &err),
                     RC_OK);
    assert_int_equal(object->id.number, 1);
    assert_int_equal(object->oid, 20000);
    assert_int_equal(object->parent_id.number, 3);
    assert_int_equal(catalog_object_by_oid(rows, 16656, arena, &object, &err), RC_OK);
    assert_string_equal(object->name, "mz_catalog");
    name.schema = "nowhere";
    assert_int_equal(catalog_resolve_item(rows, &path, &name, arena, &object, &err),
                     RC_FAILED);
    assert_int_equal(err.state, SQLSTATE_INVALID_SCHEMA_NAME);
    name.schema = NULL;
    name.name = "x";
    assert_int_equal(catalog_resolve_item(rows, &path, &name, arena, &object, &err),
                     RC_FAILED);
    assert_string_equal(err.message, "unknown catalog item 'x'");
    assert_int_equal(faults(NULL), 0);
}

static const char *random_text(void)
{
    char text[40];
    size_t len = random_below(sizeof(text) - 1);

    for (size_t i = 0; i < len; i++)
        text[i] = (char)(1 + random_below(127));
    return arena_strndup(arena, text, len);
}

static struct record_options random_options(void)
{
    struct record_options list = {NULL, random_below(5)};

    list.items = ARENA_ARRAY(arena, struct record_option, list.count + 1);
    for (size_t i = 0; i < list.count; i++) {
        struct record_option *option = &list.items[i];

        option->name = random_text();
        option->kind = (enum record_option_kind)(1 + random_below(6));
        option->text = random_text();
        option->number = (int64_t)random_u64();
        option->item_count = random_below(4);
        option->items = ARENA_ARRAY(arena, struct record_item, option->item_count + 1);
        for (size_t j = 0; j < option->item_count; j++)
            option->items[j].text = random_text();
    }
    return list;
}

/* What is decoded encodes to the same bytes; every cut of it is refused. */
static void record_round_trip(void **state)
{
    (void)state;
    for (int round = 0; round < 200; round++) {
        struct catalog_object object = {.kind = OBJECT_KIND_CONNECTION};
        struct catalog_object *back = NULL;
        struct buffer first;
        struct buffer second;

        arena_reset(arena);
        object.id = (struct catalog_id){CATALOG_CLASS_ITEM, 'u', random_u64()};
        object.oid = (uint32_t)random_u64();
        object.name = random_text();
        object.connection.options = random_options();
        object.connection.public_key_1 = random_text();
        buffer_init(&first, 1 << 20);
        buffer_init(&second, 1 << 20);
        record_encode(&object, &first);
        assert_int_equal(record_decode(buffer_bytes(&first), arena, &back, &err), RC_OK);
        record_encode(back, &second);
        assert_true(bytes_equal(buffer_bytes(&first), buffer_bytes(&second)));
        for (size_t len = 0; len < buffer_len(&first); len++)
            assert_int_equal(
                record_decode(bytes_of(buffer_bytes(&first).at, len), arena, &back, &err),
                RC_FAILED);
        first.memory[first.start + 1] = 0x7f; /* a version of the future */
        assert_int_equal(record_decode(buffer_bytes(&first), arena, &back, &err),
                         RC_FAILED);
        assert_int_equal(err.state, SQLSTATE_FEATURE_NOT_SUPPORTED);
        buffer_fini(&first);
        buffer_fini(&second);
    }
}

static void names_collide_and_move(void **state)
{
    struct catalog_object *object = NULL;
    struct catalog_id id;

    (void)state;
    assert_int_equal(make(OBJECT_KIND_SECRET, "x", NULL, &id), RC_OK);
    assert_int_equal(make(OBJECT_KIND_CONNECTION, "x", NULL, &id), RC_FAILED);
    assert_string_equal(err.message, "catalog item 'x' already exists");
    assert_int_equal(err.state, SQLSTATE_INTERNAL_ERROR);
    assert_int_equal(
        catalog_require(
            rows, &(const struct catalog_place){public_schema, CATALOG_CLASS_ITEM, "x"},
            arena, &object, &err),
        RC_OK);
    assert_int_equal(catalog_expect_kind(object, OBJECT_KIND_CONNECTION, &err),
                     RC_FAILED);
    assert_string_equal(err.message, "x is a secret not a connection");
    assert_int_equal(catalog_rename(rows, object, "y", &err), RC_OK);
    assert_int_equal(catalog_find(rows,
                                  &(const struct catalog_place){public_schema,
                                                                CATALOG_CLASS_ITEM, "x"},
                                  arena, &object, &err),
                     RC_NOTFOUND);
    assert_int_equal(faults(NULL), 0);
}

/* Ids and names that another transaction is about to take are waited for; once it has
 * committed, what was read before is old. */
static void locks_are_passed_on(void **state)
{
    struct store_transaction *other = fixture_begin(&fixture.store, STORE_READ_COMMITTED);
    struct catalog_object object = {.kind = OBJECT_KIND_SECRET, .name = "z"};
    struct catalog_key key = catalog_key_counter(CATALOG_CLASS_ITEM);
    struct catalog_id id;

    (void)state;
    object.parent_id = public_schema;
    object.owner_id = user_role;
    assert_int_equal(catalog_create(other, &object, NULL, 0, &err), RC_OK);
    assert_int_equal(catalog_row_lock(rows, &key, false, &err), RC_WAIT);
    assert_int_equal(make(OBJECT_KIND_SECRET, "z", NULL, &id), RC_WAIT);
    store_lock_cancel_wait(rows);
    commit(&fixture.store, &other);
    assert_int_equal(make(OBJECT_KIND_SECRET, "z", NULL, &id), RC_AGAIN);
    assert_int_equal(store_transaction_statement(rows, &err), RC_OK);
    assert_int_equal(make(OBJECT_KIND_SECRET, "z", NULL, &id), RC_FAILED);
    assert_string_equal(err.message, "catalog item 'z' already exists");
    assert_int_equal(make(OBJECT_KIND_SECRET, "y", NULL, &id), RC_OK);
    assert_int_equal(id.number, 2);
}

static enum rc remove_some(void *argument, struct bytes key, struct bytes value,
                           struct error *error)
{
    size_t *seen = (size_t *)argument;
    struct catalog_key copy = {.len = key.len};

    (void)value;
    memcpy(copy.at, key.at, key.len);
    if (++*seen == 3)
        return RC_NOTFOUND;
    return catalog_row_remove(rows, &copy, error);
}

/* The visitor may remove its row, and its code ends the walk. */
static void each_row_may_go(void **state)
{
    struct catalog_key prefix = catalog_key_space(CATALOG_SPACE_NAME);
    struct catalog_rows before = catalog_rows_read(rows, arena);
    size_t seen = 0;

    (void)state;
    assert_int_equal(catalog_row_each(rows, &prefix, remove_some, &seen, &err),
                     RC_NOTFOUND);
    assert_int_equal(seen, 3);
    assert_int_equal(catalog_rows_read(rows, arena).count, before.count - 2);
}

static void drop_asks_dependents(void **state)
{
    struct catalog_dropped dropped;
    struct catalog_id tunnel;
    struct catalog_id user;
    struct catalog_id database = {CATALOG_CLASS_DATABASE, 'u', 1};

    (void)state;
    assert_int_equal(make(OBJECT_KIND_CONNECTION, "b", NULL, &tunnel), RC_OK);
    assert_int_equal(make(OBJECT_KIND_CONNECTION, "pg", &tunnel, &user), RC_OK);
    assert_int_equal(catalog_comment_set(rows, tunnel, 0, "bastion", &err), RC_OK);
    assert_int_equal(catalog_drop(rows,
                                  &(const struct catalog_drop_list){&tunnel, 1, false},
                                  arena, &dropped, &err),
                     RC_FAILED);
    assert_string_equal(
        err.message,
        "cannot drop connection \"b\": still depended upon by connection \"pg\"");
    assert_int_equal(
        catalog_drop(rows, &(const struct catalog_drop_list){&public_schema, 1, false},
                     arena, &dropped, &err),
        RC_FAILED);
    assert_int_equal(err.state, SQLSTATE_DEPENDENT_OBJECTS_STILL_EXIST);
    assert_int_equal(catalog_drop(rows,
                                  &(const struct catalog_drop_list){&user_role, 1, true},
                                  arena, &dropped, &err),
                     RC_FAILED);
    assert_int_equal(catalog_drop(rows,
                                  &(const struct catalog_drop_list){&tunnel, 1, true},
                                  arena, &dropped, &err),
                     RC_OK);
    assert_int_equal(dropped.count, 2);
    assert_string_equal(dropped.objects[0]->name, "pg");
    assert_int_equal(faults(NULL), 0);
    assert_int_equal(catalog_drop(rows,
                                  &(const struct catalog_drop_list){&database, 1, true},
                                  arena, &dropped, &err),
                     RC_OK);
    assert_int_equal(faults(NULL), 0);
}

static void rows_hold_no(struct bytes canary)
{
    struct catalog_rows all = catalog_rows_read(rows, arena);

    for (size_t i = 0; i < all.count; i++)
        if (all.values[i].len > 0)
            assert_null(
                memmem(all.values[i].at, all.values[i].len, canary.at, canary.len));
}

/* A ring with any byte flipped is told from a wrong master key. */
static void ring_damage(struct keyring *keyring, const struct secret *master)
{
    struct catalog_key key = catalog_key_space(CATALOG_SPACE_KEYRING);
    struct bytes ring;
    uint8_t *bytes = NULL;

    assert_int_equal(catalog_row_get(rows, &key, arena, &ring, &err), RC_OK);
    bytes = ARENA_ARRAY(arena, uint8_t, ring.len);
    memcpy(bytes, ring.at, ring.len);
    for (size_t at = 0; at < ring.len; at++) {
        bytes[at] ^= 1;
        assert_int_equal(catalog_row_put(rows, &key, bytes_of(bytes, ring.len), &err),
                         RC_OK);
        assert_int_equal(keyring_unseal(keyring, master, rows, &err), RC_FAILED);
        assert_int_equal(err.state, SQLSTATE_DATA_CORRUPTED);
        bytes[at] ^= 1;
    }
    assert_int_equal(catalog_row_put(rows, &key, ring, &err), RC_OK);
}

static void sealed_values(void **state)
{
    struct bytes canary = bytes_of_text("canary-5b1f0c-plain");
    struct keyring *keyring = keyring_new();
    struct keyring *other = keyring_new();
    struct secret *master = NULL;
    struct secret *wrong = NULL;
    struct secret *value = NULL;
    struct catalog_id id;
    char folder[] = "/tmp/culvert-catalog-XXXXXX";
    char path[64];

    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/db.key", folder);
    assert_int_equal(make(OBJECT_KIND_SECRET, "s", NULL, &id), RC_OK);
    assert_int_equal(catalog_seal(keyring, rows, id, 0, canary, &err), RC_FAILED);
    assert_int_equal(err.state, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE);
    assert_int_equal(keyring_start(keyring, path, rows, &err), RC_OK);
    assert_int_equal(catalog_seal(keyring, rows, id, 0, canary, &err), RC_OK);
    assert_int_equal(catalog_unseal(keyring, rows, id, 0, &value, &err), RC_OK);
    assert_true(bytes_equal(secret_bytes(value), canary));
    secret_free(&value);
    rows_hold_no(canary);
    assert_int_equal(faults(keyring), 0);

    assert_int_equal(keyring_read_master(path, &master, &err), RC_OK);
    rows_hold_no(secret_bytes(master));
    assert_int_equal(keyring_rotate_data_key(keyring, master, rows, &err), RC_OK);
    assert_int_equal(keyring_unseal(keyring, master, rows, &err), RC_OK);
    assert_int_equal(catalog_unseal(keyring, rows, id, 0, &value, &err), RC_OK);
    secret_free(&value);

    assert_int_equal(secret_new(32, &wrong, &err), RC_OK);
    memset(secret_fill(wrong), 7, 32);
    assert_int_equal(keyring_unseal(other, wrong, rows, &err), RC_FAILED);
    assert_int_equal(err.state, SQLSTATE_INVALID_PASSWORD);
    ring_damage(other, master);
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(keyring_start(other, path, rows, &err), RC_FAILED);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(keyring_start(other, path, rows, &err), RC_OK);
    assert_true(keyring_is_sealed(other));
    assert_int_equal(rmdir(folder), 0);
    secret_free(&master);
    secret_free(&wrong);
    keyring_free(&keyring);
    keyring_free(&other);
}

/* Whatever index or edge row is missing, the check says so. */
static void check_finds_damage(void **state)
{
    struct catalog_rows all;
    struct catalog_id tunnel;
    struct catalog_id user;

    (void)state;
    assert_int_equal(make(OBJECT_KIND_CONNECTION, "b", NULL, &tunnel), RC_OK);
    assert_int_equal(make(OBJECT_KIND_CONNECTION, "pg", &tunnel, &user), RC_OK);
    all = catalog_rows_read(rows, arena);
    for (size_t i = 0; i < all.count; i++) {
        struct catalog_key key = all.keys[i];
        struct bytes value = all.values[i];

        if (strchr("onide", key.at[0]) == NULL)
            continue;
        assert_int_equal(catalog_row_remove(rows, &key, &err), RC_OK);
        assert_true(faults(NULL) > 0);
        assert_int_equal(catalog_row_put(rows, &key, value, &err), RC_OK);
        assert_int_equal(faults(NULL), 0);
    }
    assert_int_equal(catalog_counter_write(rows, CATALOG_CLASS_ITEM, 1, &err), RC_OK);
    assert_true(faults(NULL) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(bootstrap_contents, set_up, tear_down),
        cmocka_unit_test_setup_teardown(record_round_trip, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_collide_and_move, set_up, tear_down),
        cmocka_unit_test_setup_teardown(locks_are_passed_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_row_may_go, set_up, tear_down),
        cmocka_unit_test_setup_teardown(drop_asks_dependents, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sealed_values, set_up, tear_down),
        cmocka_unit_test_setup_teardown(check_finds_damage, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
