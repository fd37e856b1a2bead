/* ALTER CONNECTION: options all or none, keys, name, owner. Materialize's rules. */
#include <stdlib.h>

#include "base/error.h"
#include "base/secret.h"
#include "catalog/seal.h"
#include "sql/command/command_internal.h"

/* Options of which a connection has one at most: setting one takes the other away. */
static const struct {
    const char *first;
    const char *second;
} exclusive_pairs[] = {
    {"BROKER", "BROKERS"},
};

/* Options that say which host is meant: when one changes, the trust in its former key
 * means nothing. */
static const char *const host_options[] = {"HOST", "HOST KEY", "PORT"};

struct alteration {
    const struct ast_alter_connection *alter;
    const struct connection_kind *kind;
    struct catalog_object *object;
    struct ast_option_written_list set; /* SET */
    const char **dropped;               /* DROP, RESET; each once */
    size_t dropped_count;
    struct option_set options; /* what comes out */
    struct catalog_ids references;
    bool changes_host;
    struct command_host_keys host_keys;
};

static bool is_dropped(const struct alteration *alteration, const char *name)
{
    for (size_t i = 0; i < alteration->dropped_count; i++) {
        if (strcmp(alteration->dropped[i], name) == 0)
            return true;
    }
    return false;
}

static bool is_set(const struct alteration *alteration, const char *name)
{
    for (size_t i = 0; i < alteration->set.count; i++) {
        if (strcmp(alteration->set.items[i].name, name) == 0)
            return true;
    }
    return false;
}

static void sort_changes(struct command *command, struct alteration *alteration)
{
    const struct ast_alter_connection *alter = alteration->alter;
    alteration->set.items =
        ARENA_ARRAY(command->arena, struct ast_option_written, alter->change_count + 1);
    alteration->dropped =
        ARENA_ARRAY(command->arena, const char *, alter->change_count + 1);
    for (size_t i = 0; i < alter->change_count; i++) {
        const struct ast_connection_change *change = &alter->changes[i];
        if (change->kind == CONNECTION_CHANGE_SET)
            alteration->set.items[alteration->set.count++] = change->option;
        else if (!is_dropped(alteration, change->option.name))
            alteration->dropped[alteration->dropped_count++] = change->option.name;
    }
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Options that are both set and dropped. */
static enum rc check_both(struct command *command, const struct alteration *alteration,
                          struct error *err)
{
    const char **both =
        ARENA_ARRAY(command->arena, const char *, alteration->dropped_count + 1);
    const char *text = "";
    size_t count = 0;
    for (size_t i = 0; i < alteration->dropped_count; i++) {
        if (is_set(alteration, alteration->dropped[i]))
            both[count++] = alteration->dropped[i];
    }
    if (count == 0)
        return RC_OK;
    qsort(both, count, sizeof both[0], compare_names);
    for (size_t i = 0; i < count; i++)
        text = arena_printf(command->arena, "%s%s%s", text, i == 0 ? "" : ", ", both[i]);
    return error_set(err, SQLSTATE_INTERNAL_ERROR,
                     "cannot both SET and DROP/RESET options %s", text);
}

static enum rc check_exclusive(const struct alteration *alteration, struct error *err)
{
    for (size_t i = 0; i < ARRAY_COUNT(exclusive_pairs); i++) {
        const char *first = exclusive_pairs[i].first;
        const char *second = exclusive_pairs[i].second;
        bool sets = is_set(alteration, first) || is_set(alteration, second);
        bool drops = is_dropped(alteration, first) || is_dropped(alteration, second);
        if (connection_kind_option(alteration->kind, first) != NULL && sets && drops)
            return error_set(err, SQLSTATE_INTERNAL_ERROR,
                             "cannot both SET and DROP/RESET mutually exclusive %s "
                             "options %s, %s",
                             alteration->kind->sql_name, first, second);
    }
    return RC_OK;
}

static enum rc check_alterable(const struct alteration *alteration, struct error *err)
{
    for (size_t i = 0; i < alteration->alter->change_count; i++) {
        const char *name = alteration->alter->changes[i].option.name;
        const struct option_spec *spec = connection_kind_option(alteration->kind, name);
        if (spec != NULL && spec->is_inalterable)
            return error_set(err, SQLSTATE_INTERNAL_ERROR, "cannot ALTER %s option %s",
                             alteration->kind->sql_name, name);
    }
    return RC_OK;
}

static const char *partner(const char *name)
{
    for (size_t i = 0; i < ARRAY_COUNT(exclusive_pairs); i++) {
        if (strcmp(exclusive_pairs[i].first, name) == 0)
            return exclusive_pairs[i].second;
        if (strcmp(exclusive_pairs[i].second, name) == 0)
            return exclusive_pairs[i].first;
    }
    return NULL;
}

/* The stored options, without those that go, and with those that come. */
static enum rc merge(struct command *command, struct alteration *alteration,
                     struct error *err)
{
    struct option_set old = {NULL, 0};
    struct option_set new = {NULL, 0};
    TRY(options_from_record(command->arena, alteration->kind,
                            &alteration->object->connection.options, &old, err));
    TRY(command_read_options(command, alteration->kind, &alteration->set, &new, err));
    struct option_set *all = &alteration->options;
    all->values =
        ARENA_ARRAY(command->arena, struct option_value, old.count + new.count + 1);
    for (size_t i = 0; i < old.count; i++) {
        const char *name = old.values[i].spec->name;
        const char *other = partner(name);
        bool goes = is_dropped(alteration, name) || is_set(alteration, name) ||
                    (other != NULL && is_set(alteration, other));
        if (!goes)
            all->values[all->count++] = old.values[i];
    }
    for (size_t i = 0; i < new.count; i++)
        all->values[all->count++] = new.values[i];
    options_sort(all);
    return RC_OK;
}

/* What CREATE would refuse, ALTER refuses with these words before it. */
static enum rc refused(enum rc rc, struct error *err)
{
    if (rc != RC_FAILED)
        return rc;
    err->state = SQLSTATE_FEATURE_NOT_SUPPORTED;
    error_context(err, "invalid ALTER CONNECTION");
    return rc;
}

/* DROP of an option that the kind does not have is refused as in CREATE. */
static enum rc check_dropped(const struct alteration *alteration, struct error *err)
{
    for (size_t i = 0; i < alteration->dropped_count; i++) {
        if (connection_kind_option(alteration->kind, alteration->dropped[i]) == NULL)
            return error_set(err, SQLSTATE_INTERNAL_ERROR,
                             "%s connections do not support %s values",
                             alteration->kind->sql_name, alteration->dropped[i]);
    }
    return RC_OK;
}

static enum rc read_changes(struct command *command, struct alteration *alteration,
                            struct error *err)
{
    sort_changes(command, alteration);
    TRY(check_alterable(alteration, err));
    for (size_t i = 0; i < alteration->set.count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (strcmp(alteration->set.items[i].name, alteration->set.items[j].name) == 0)
                return error_set(err, SQLSTATE_INTERNAL_ERROR,
                                 "%s specified more than once",
                                 alteration->set.items[i].name);
        }
    }
    TRY(check_both(command, alteration, err));
    TRY(check_exclusive(alteration, err));
    TRY(refused(check_dropped(alteration, err), err));
    TRY(refused(merge(command, alteration, err), err));
    return refused(alteration->kind->check(&alteration->options, err), err);
}

static bool changes_host(const struct alteration *alteration)
{
    for (size_t i = 0; i < ARRAY_COUNT(host_options); i++) {
        if (is_set(alteration, host_options[i]) ||
            is_dropped(alteration, host_options[i]))
            return true;
    }
    return false;
}

static enum rc store(struct command *command, const struct alteration *alteration,
                     struct error *err)
{
    struct catalog_object *object = alteration->object;
    TRY(catalog_update(command->transaction, object, alteration->references.items,
                       alteration->references.count, err));
    if (!alteration->changes_host)
        return RC_OK;
    TRY(command_forget_host_keys(command, object->id, err));
    return command_store_host_keys(command, object->id, &alteration->host_keys, err);
}

/* A chain of tunnels may not bite its tail. */
static enum rc check_circle(struct command *command, const struct alteration *alteration,
                            struct catalog_id id, unsigned depth, struct error *err)
{
    enum { CHAIN_MAX = 32 };
    struct catalog_ids ids = {NULL, 0};
    if (catalog_id_equal(id, alteration->object->id) || depth == CHAIN_MAX)
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "invalid ALTER CONNECTION: \"%s\" would be reached through "
                         "itself",
                         alteration->object->name);
    TRY(catalog_dependencies(command->transaction, id, command->arena, &ids, err));
    for (size_t i = 0; i < ids.count; i++)
        TRY(check_circle(command, alteration, ids.items[i], depth + 1, err));
    return RC_OK;
}

static enum rc alter_options(struct command *command, struct alteration *alteration,
                             struct error *err)
{
    bool validates = alteration->kind->validates_on_create;
    TRY(read_changes(command, alteration, err));
    TRY(command_read_with(command, &alteration->alter->with, &validates, err));
    alteration->references = options_references(command->arena, &alteration->options);
    TRY(command_require_references(command, &alteration->references, err));
    for (size_t i = 0; i < alteration->references.count; i++)
        TRY(check_circle(command, alteration, alteration->references.items[i], 0, err));
    alteration->object->connection.options =
        options_to_record(command->arena, &alteration->options);
    alteration->changes_host =
        alteration->kind->has_key_pairs && changes_host(alteration);
    if (alteration->changes_host)
        TRY(command_read_host_keys(command, option_text(&alteration->options, "HOST KEY"),
                                   &alteration->host_keys, err));
    if (validates && !command->context->is_probed)
        return command_ask_validation(
            command, alteration->object,
            alteration->changes_host ? &alteration->host_keys : NULL, err);
    return store(command, alteration, err);
}

/* The WITH list again, as it would be written. */
static const char *print_with(struct arena *arena,
                              const struct ast_option_written_list *with)
{
    const char *text = "";
    for (size_t i = 0; i < with->count; i++) {
        const char *value = with->items[i].value.text;
        text = arena_printf(arena, "%s%s%s%s%s", text, i == 0 ? "" : ", ",
                            with->items[i].name, value == NULL ? "" : " = ",
                            value == NULL ? "" : value);
    }
    return text;
}

static enum rc check_rotation(struct command *command,
                              const struct alteration *alteration, struct error *err)
{
    const struct ast_alter_connection *alter = alteration->alter;
    if (alter->change_count > 1)
        return error_set(err, SQLSTATE_INTERNAL_ERROR,
                         "cannot specify any other actions alongside ALTER "
                         "CONNECTION...ROTATE KEYS");
    if (alter->with.count > 0)
        return error_set(err, SQLSTATE_INTERNAL_ERROR,
                         "ALTER CONNECTION...ROTATE KEYS does not support WITH (%s)",
                         print_with(command->arena, &alter->with));
    return command_require_key_pairs(alteration->object, alteration->kind, err);
}

/* The newer key becomes the first: when the bastion has never taken it, no key that it
 * knows is left. */
static void warn_of_lock_out(struct command *command, const struct catalog_object *object)
{
    const struct command_hooks *hooks = command->context->hooks;
    char id[CATALOG_ID_TEXT_MAX];
    if (hooks->knows_key == NULL ||
        hooks->knows_key(hooks->owner, catalog_id_text(object->id, id), 2))
        return;
    command_notice(command, COMMAND_WARNING, SQLSTATE_WARNING,
                   arena_printf(command->arena,
                                "the bastion of connection \"%s\" does not accept its "
                                "second key, which is now the first",
                                object->name),
                   "Put both public keys of mz_ssh_tunnel_connections into the bastion's "
                   "authorized_keys now: it may know neither of them.");
}

static enum rc rotate_keys(struct command *command, struct alteration *alteration,
                           struct error *err)
{
    const struct command_context *context = command->context;
    struct catalog_object *object = alteration->object;
    struct secret *kept = NULL;
    TRY(check_rotation(command, alteration, err));
    enum rc rc =
        catalog_unseal(context->keyring, command->transaction, object->id, 2, &kept, err);
    if (rc == RC_NOTFOUND)
        return error_set(err, SQLSTATE_DATA_CORRUPTED,
                         "the catalog lacks a key of connection \"%s\"", object->name);
    TRY(rc);
    rc = catalog_seal(context->keyring, command->transaction, object->id, 1,
                      secret_bytes(kept), err);
    secret_free(&kept);
    TRY(rc);
    object->connection.public_key_1 = object->connection.public_key_2;
    TRY(command_new_key(command, object, 2, err));
    object->connection.key_version++;
    TRY(command_update(command, object, err));
    warn_of_lock_out(command, object);
    return RC_OK;
}

enum rc command_alter_connection(struct command *command, struct error *err)
{
    const struct ast_alter_connection *alter = command->statement->alter_connection;
    struct alteration alteration = {.alter = alter};
    if (alter->if_exists)
        TRY(command_find_item_if_exists(command, &alter->name, OBJECT_KIND_CONNECTION,
                                        &alteration.object, err));
    else
        TRY(command_find_item(command, &alter->name, OBJECT_KIND_CONNECTION,
                              &alteration.object, err));
    if (alteration.object == NULL)
        return RC_OK;
    if (alter->kind == ALTER_CONNECTION_RENAME)
        return command_rename(command, alteration.object, alter->to, err);
    if (alter->kind == ALTER_CONNECTION_OWNER)
        return command_change_owner(command, alteration.object, alter->to, err);
    TRY(command_require_user_object(alteration.object, err));
    TRY(command_require_owner(command, alteration.object, err));
    TRY(command_kind_of(command, alteration.object, &alteration.kind, err));
    if (alter->kind == ALTER_CONNECTION_ROTATE_KEYS)
        return rotate_keys(command, &alteration, err);
    return alter_options(command, &alteration, err);
}
