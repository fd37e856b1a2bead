#ifndef UNIT_SQL_COMMAND_COMMAND_FIXTURE_H
#define UNIT_SQL_COMMAND_COMMAND_FIXTURE_H

#include "base/secret.h"
#include "catalog/check.h"
#include "catalog/object.h"
#include "catalog/seal.h"
#include "connectors/postgres/options.h"
#include "sql/command/command.h"
#include "sql/parse/parse.h"
#include "tunnel/options.h"
#include "unit/catalog/catalog_fixture.h"

/* Statements over a real store, with hooks that make up keys and note what they are
 * told. */
enum { NOTICES_MAX = 8 };

/* A real key of a host, and fingerprints of others. */
#define FIXTURE_KEY     "AAAAC3NzaC1lZDI1NTE5AAAAIOp4oPpee3r9amvp9MMnQe5iGWj6QggGofIFCJfgLrcc"
#define FIXTURE_PRINT_A "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define FIXTURE_PRINT_B "SHA256:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA"

struct command_fixture {
    struct catalog_fixture catalog;
    struct arena *arena; /* of the test */
    struct settings *settings;
    struct keyring *keyring;
    struct type_context types;
    struct command_hooks hooks;
    struct catalog_object *role;
    bool is_probed;
    bool knows_key;
    unsigned key_count;
    char key_path[96];
    char notices[NOTICES_MAX][512];
    enum command_severity severities[NOTICES_MAX];
    size_t notice_count;
    struct command_result result;
    struct error err;
};

static struct command_fixture f;

static inline enum rc fixture_key_pair(struct arena *arena, const char **public_out,
                                       struct secret **private_out, struct error *err)
{
    unsigned number = ++f.key_count;
    char text[64];
    *public_out = arena_printf(arena, "ssh-ed25519 AAAA%u materialize", number);
    (void)snprintf(text, sizeof text, "private-%u", number);
    return secret_copy(bytes_of_text(text), private_out, err);
}

static inline bool fixture_knows_key(void *owner, const char *connection_id, int key)
{
    assert_ptr_equal(owner, &f);
    assert_int_equal(connection_id[0], 'u');
    assert_int_equal(key, 2);
    return f.knows_key;
}

/* "SHA256:print" or "type key". */
static inline enum rc fixture_host_key(struct arena *arena, const char *text,
                                       struct catalog_hostkey *out, struct error *err)
{
    const char *blank = strchr(text, ' ');
    if (strncmp(text, "SHA256:", 7) == 0) {
        out->fingerprint = arena_strdup(arena, text);
        return RC_OK;
    }
    if (blank == NULL)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE, "no host key");
    out->type = arena_strndup(arena, text, (size_t)(blank - text));
    out->key = arena_strdup(arena, blank + 1);
    out->fingerprint = arena_printf(arena, "SHA256:of-%s", blank + 1);
    return RC_OK;
}

static inline void fixture_notice(void *owner, enum command_severity severity,
                                  enum sqlstate state, const char *message,
                                  const char *hint)
{
    assert_ptr_equal(owner, &f);
    assert_true(f.notice_count < NOTICES_MAX);
    (void)state;
    (void)hint;
    f.severities[f.notice_count] = severity;
    (void)snprintf(f.notices[f.notice_count++], sizeof f.notices[0], "%s", message);
}

static inline enum rc fixture_brokers_check(const struct option_set *set,
                                            struct error *err)
{
    if (option_find(set, "BROKER") != NULL || option_find(set, "BROKERS") != NULL)
        return RC_OK;
    return error_set(err, SQLSTATE_INTERNAL_ERROR,
                     "invalid CONNECTION: must set one of BROKER, BROKERS");
}

/* A kind with every type of option. */
static const struct option_spec fixture_specs[] = {
    {.name = "BROKER", .type = OPTION_ADDRESS_LIST},
    {.name = "BROKERS", .type = OPTION_ADDRESS_LIST},
    {.name = "PROGRESS TOPIC", .type = OPTION_TEXT, .is_inalterable = true},
    {.name = "PROGRESS TOPIC REPLICATION FACTOR", .type = OPTION_INTEGER},
    {.name = "SASL MECHANISMS", .type = OPTION_TEXT_LIST},
    {.name = "SASL PASSWORD", .type = OPTION_SECRET},
    {.name = "SCOPE", .type = OPTION_BOOL},
    {.name = "SSH TUNNEL", .type = OPTION_CONNECTION},
};

static const struct connection_kind fixture_kind = {
    .sql_name = "KAFKA",
    .catalog_name = "kafka",
    .specs = fixture_specs,
    .spec_count = ARRAY_COUNT(fixture_specs),
    .check = fixture_brokers_check,
};

static const struct connection_kind *const fixture_kinds[] = {
    &tunnel_connection_kind, &postgres_connection_kind, &fixture_kind, NULL};

static inline int fixture_set_up(void **state)
{
    struct catalog_place place = {.class = CATALOG_CLASS_ROLE, .name = "materialize"};
    (void)state;
    memset(&f, 0, sizeof f);
    error_clear(&f.err);
    catalog_fixture_init(&f.catalog);
    f.arena = arena_new("test", NULL);
    f.settings = settings_new();
    f.keyring = keyring_new();
    f.types.arena = f.arena;
    (void)snprintf(f.key_path, sizeof f.key_path, "%s.key", f.catalog.store.path);
    assert_int_equal(keyring_start(f.keyring, f.key_path, f.catalog.transaction, &f.err),
                     RC_OK);
    f.hooks = (struct command_hooks){.kinds = {fixture_kinds},
                                     .make_key_pair = fixture_key_pair,
                                     .knows_key = fixture_knows_key,
                                     .read_host_key = fixture_host_key,
                                     .notice = fixture_notice,
                                     .owner = &f};
    f.knows_key = true;
    assert_int_equal(
        catalog_find(f.catalog.transaction, &place, f.arena, &f.role, &f.err), RC_OK);
    return 0;
}

static inline void fixture_release_probe(void)
{
    if (f.result.probe != NULL)
        connection_definition_release(&f.result.probe->definition);
    f.result.probe = NULL;
}

static inline int fixture_tear_down(void **state)
{
    size_t faults = 99;
    (void)state;
    fixture_release_probe();
    assert_int_equal(
        catalog_check(f.catalog.transaction, f.keyring, NULL, NULL, &faults, &f.err),
        RC_OK);
    assert_int_equal(faults, 0);
    unlink(f.key_path);
    keyring_free(&f.keyring);
    settings_free(&f.settings);
    arena_free(&f.arena);
    catalog_fixture_fini(&f.catalog);
    return 0;
}

static inline const struct ast_statement *parse(const char *text)
{
    struct ast_statement_list list = {NULL, 0};
    enum rc rc = sql_parse(f.arena, bytes_of_text(text), &list, &f.err);
    if (rc != RC_OK)
        print_error("%s: %s\n", text, f.err.message);
    assert_int_equal(rc, RC_OK);
    assert_int_equal(list.count, 1);
    return list.items[0];
}

/* Runs one statement; what a failed one did is undone. */
static inline enum rc run(const char *text)
{
    static const char *const schemas[] = {"public"};
    static const struct catalog_path path = {"materialize", schemas, 1, "pg_temp_1"};
    struct store_transaction *transaction = f.catalog.transaction;
    struct command_context context = {
        .arena = f.arena,
        .surroundings = {.transaction = transaction,
                         .path = &path,
                         .types = &f.types,
                         .text = bytes_of_text(text)},
        .execution = {.transaction = transaction, .types = &f.types},
        .settings = f.settings,
        .keyring = f.keyring,
        .role = f.role,
        .hooks = &f.hooks,
        .is_probed = f.is_probed};
    const struct ast_statement *statement = parse(text);
    struct store_mark mark = store_savepoint(transaction);
    f.notice_count = 0;
    fixture_release_probe();
    error_clear(&f.err);
    enum rc rc = command_run(&context, statement, &f.result, &f.err);
    if (rc != RC_OK) {
        store_rollback_to(transaction, mark);
        assert_null(f.result.probe);
        assert_int_equal(f.notice_count, 0);
    }
    store_savepoint_release(transaction, mark);
    return rc;
}

static inline void run_ok(const char *text, const char *tag)
{
    enum rc rc = run(text);
    if (rc != RC_OK)
        print_error("%s: %s\n", text, f.err.message);
    assert_int_equal(rc, RC_OK);
    assert_int_equal(f.result.outcome, COMMAND_DONE);
    if (f.result.tag == NULL || strcmp(f.result.tag, tag) != 0)
        print_error("%s\n", text);
    assert_string_equal(f.result.tag, tag);
}

static inline void run_fails(const char *text, const char *code, const char *message)
{
    enum rc rc = run(text);
    if (rc != RC_FAILED || strcmp(f.err.message, message) != 0)
        print_error("%s: %s\n", text, rc == RC_FAILED ? f.err.message : "went well");
    assert_int_equal(rc, RC_FAILED);
    assert_string_equal(f.err.message, message);
    assert_string_equal(sqlstate_code(f.err.state), code);
}

/* The same for a statement that first asks for a probe. */
static inline void run_probe(const char *text)
{
    enum rc rc = run(text);
    if (rc != RC_OK)
        print_error("%s: %s\n", text, f.err.message);
    assert_int_equal(rc, RC_OK);
    assert_int_equal(f.result.outcome, COMMAND_PROBE);
    assert_non_null(f.result.probe);
}

static inline struct catalog_object *find(const char *name)
{
    struct catalog_place place = {
        {CATALOG_CLASS_SCHEMA, 'u', 3}, CATALOG_CLASS_ITEM, name};
    struct catalog_object *object = NULL;
    enum rc rc = catalog_find(f.catalog.transaction, &place, f.arena, &object, &f.err);
    assert_true(rc == RC_OK || rc == RC_NOTFOUND);
    return rc == RC_OK ? object : NULL;
}

static inline void notice_is(size_t index, enum command_severity severity,
                             const char *text)
{
    assert_true(index < f.notice_count);
    assert_string_equal(f.notices[index], text);
    assert_int_equal(f.severities[index], severity);
}

static inline const char *cell(size_t row, size_t column)
{
    assert_true(row < f.result.row_count && column < f.result.columns.count);
    const struct value *value = &f.result.rows[row][column];
    if (value->null)
        return NULL;
    return arena_strndup(f.arena, (const char *)value->datum.bytes.at,
                         value->datum.bytes.len);
}

/* Another role, which is nobody in particular. */
static inline void become(const char *name)
{
    struct catalog_object *role = ARENA_NEW(f.arena, struct catalog_object);
    role->kind = OBJECT_KIND_ROLE;
    role->name = name;
    role->role.can_login = true;
    assert_int_equal(catalog_create(f.catalog.transaction, role, NULL, 0, &f.err), RC_OK);
    f.role = role;
}

static inline struct connection_definition load(const char *name)
{
    struct connection_definition definition;
    struct connection_source source = {f.catalog.transaction, f.keyring, &f.hooks.kinds};
    assert_int_equal(
        connection_definition_load(f.arena, &source, find(name), &definition, &f.err),
        RC_OK);
    return definition;
}

static inline void secret_is(const struct secret *secret, const char *text)
{
    assert_non_null(secret);
    assert_true(bytes_equal(secret_bytes(secret), bytes_of_text(text)));
}

/* A secret without the help of an expression. */
static inline void make_secret(const char *name, const char *text)
{
    struct catalog_object object = {.kind = OBJECT_KIND_SECRET, .name = name};
    object.parent_id = (struct catalog_id){CATALOG_CLASS_SCHEMA, 'u', 3};
    object.owner_id = (struct catalog_id){CATALOG_CLASS_ROLE, 'u', 1};
    assert_int_equal(catalog_create(f.catalog.transaction, &object, NULL, 0, &f.err),
                     RC_OK);
    assert_int_equal(catalog_seal(f.keyring, f.catalog.transaction, object.id, 0,
                                  bytes_of_text(text), &f.err),
                     RC_OK);
}

#endif
