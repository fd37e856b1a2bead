/* The statement that would make a connection, from its record. */
#include "base/buffer.h"
#include "base/error.h"
#include "catalog/relation.h"
#include "sql/command/command_internal.h"
#include "sql/parse/print.h"

enum { CREATE_SQL_MAX = 16 * 1024 * 1024 };

struct printing {
    struct store_transaction *transaction;
    struct arena *arena;
    bool redacted;
};

/* The full name of an item by its id. */
static enum rc name_of(const struct printing *printing, struct catalog_id id,
                       struct ast_name *name_out, struct error *err)
{
    struct catalog_object *object = NULL;
    enum rc rc =
        catalog_object_get(printing->transaction, id, printing->arena, &object, err);
    if (rc == RC_NOTFOUND)
        return error_set(err, SQLSTATE_DATA_CORRUPTED,
                         "an option names an absent object");
    TRY(rc);
    return command_name_parts(printing->transaction, printing->arena, object, name_out,
                              err);
}

static void literal(const struct printing *printing, const char *text,
                    struct ast_option_value_written *out)
{
    out->kind = OPTION_VALUE_STRING;
    out->text = printing->redacted ? "<REDACTED>" : text;
}

static enum rc print_item(const struct printing *printing, const struct record_item *item,
                          struct ast_option_value_written *out, struct error *err)
{
    literal(printing, item->text, out);
    if (!catalog_id_is_set(item->tunnel_id))
        return RC_OK;
    out->kind = OPTION_VALUE_ADDRESS;
    out->route = ADDRESS_SSH_TUNNEL;
    return name_of(printing, item->tunnel_id, &out->name, err);
}

static enum rc print_items(const struct printing *printing,
                           const struct record_option *option,
                           struct ast_option_value_written *out, struct error *err)
{
    out->kind = OPTION_VALUE_LIST;
    out->item_count = option->item_count;
    out->items = ARENA_ARRAY(printing->arena, struct ast_option_value_written,
                             option->item_count + 1);
    for (size_t i = 0; i < option->item_count; i++)
        TRY(print_item(printing, &option->items[i], &out->items[i], err));
    return RC_OK;
}

static void print_number(const struct printing *printing, const struct option_spec *spec,
                         int64_t number, struct ast_option_value_written *out)
{
    if (spec->type == OPTION_BOOL) {
        out->kind = OPTION_VALUE_NAME;
        out->text = number != 0 ? "true" : "false";
        return;
    }
    literal(printing, arena_printf(printing->arena, "%lld", (long long)number), out);
    if (!printing->redacted)
        out->kind = OPTION_VALUE_NUMBER;
}

static enum rc print_option(const struct printing *printing,
                            const struct option_spec *spec,
                            const struct record_option *option,
                            struct ast_option_value_written *out, struct error *err)
{
    switch (option->kind) {
    case RECORD_OPTION_TEXT:
        literal(printing, option->text, out);
        return RC_OK;
    case RECORD_OPTION_SECRET:
        out->kind = OPTION_VALUE_SECRET;
        return name_of(printing, option->id, &out->name, err);
    case RECORD_OPTION_CONNECTION:
        out->kind = OPTION_VALUE_NAME;
        return name_of(printing, option->id, &out->name, err);
    case RECORD_OPTION_NUMBER:
        print_number(printing, spec, option->number, out);
        return RC_OK;
    case RECORD_OPTION_LIST:
    case RECORD_OPTION_ADDRESSES:
        return print_items(printing, option, out, err);
    }
    return RC_OK;
}

/* The stored public keys are options that only we write. */
static const char *public_key(const struct record_connection *connection,
                              const struct option_spec *spec)
{
    if (!spec->is_internal)
        return NULL;
    const char *key = strcmp(spec->name, "PUBLIC KEY 1") == 0   ? connection->public_key_1
                      : strcmp(spec->name, "PUBLIC KEY 2") == 0 ? connection->public_key_2
                                                                : "";
    return key[0] == '\0' ? NULL : key;
}

static const struct record_option *stored(const struct record_connection *connection,
                                          const char *name)
{
    for (size_t i = 0; i < connection->options.count; i++) {
        if (strcmp(connection->options.items[i].name, name) == 0)
            return &connection->options.items[i];
    }
    return NULL;
}

static enum rc print_options(const struct printing *printing,
                             const struct connection_kind *kind,
                             const struct record_connection *connection,
                             struct ast_option_written_list *out, struct error *err)
{
    out->items =
        ARENA_ARRAY(printing->arena, struct ast_option_written, kind->spec_count + 1);
    for (size_t i = 0; i < kind->spec_count; i++) {
        const struct option_spec *spec = &kind->specs[i];
        const struct record_option *option = stored(connection, spec->name);
        const char *key = public_key(connection, spec);
        if (option == NULL && key == NULL)
            continue;
        struct ast_option_written *written = &out->items[out->count++];
        written->name = spec->name;
        if (key != NULL)
            literal(printing, key, &written->value);
        else
            TRY(print_option(printing, spec, option, &written->value, err));
    }
    return RC_OK;
}

/* Without the semicolon. */
static enum rc print(const struct printing *printing, const struct connection_kind *kind,
                     const struct catalog_object *object, const char **text_out,
                     struct error *err)
{
    struct ast_create_connection create = {.type = kind->sql_name};
    struct buffer text;
    TRY(command_name_parts(printing->transaction, printing->arena, object, &create.name,
                           err));
    TRY(print_options(printing, kind, &object->connection, &create.options, err));
    buffer_init(&text, CREATE_SQL_MAX);
    sql_print_create_connection(&text, &create);
    bool failed = buffer_failed(&text);
    struct bytes bytes = buffer_bytes(&text);
    *text_out = arena_strndup(printing->arena, (const char *)bytes.at, bytes.len);
    buffer_fini(&text);
    if (failed)
        return error_set(err, SQLSTATE_PROGRAM_LIMIT_EXCEEDED,
                         "the definition of \"%s\" is too large", object->name);
    return RC_OK;
}

const char *command_create_sql(struct store_transaction *transaction,
                               const struct connection_kinds *kinds,
                               const struct catalog_object *object, bool redacted,
                               struct arena *arena)
{
    struct printing printing = {transaction, arena, redacted};
    const char *text = NULL;
    struct error ignored; /* a relation shows NULL for what cannot be printed */
    if (object->kind != OBJECT_KIND_CONNECTION)
        return NULL;
    const struct connection_kind *kind =
        connection_kind_find(kinds, object->connection.connection_kind);
    error_clear(&ignored);
    if (kind == NULL || print(&printing, kind, object, &text, &ignored) != RC_OK)
        return NULL;
    return text;
}

struct bound_columns command_show_create_columns(struct arena *arena)
{
    static const char *const names[] = {"name", "create_sql"};
    return command_text_columns(arena, names, ARRAY_COUNT(names));
}

/* A relation of the system; those in front of the search path stand first. */
static const struct system_relation *find_system(const struct catalog_name *name)
{
    static const char *const schemas[] = {"pg_catalog", "mz_catalog", "mz_internal",
                                          "information_schema"};
    const struct system_relation *found = NULL;
    if (name->schema != NULL)
        return system_relation_find(name->schema, name->name);
    for (size_t i = 0; found == NULL && i < ARRAY_COUNT(schemas); i++)
        found = system_relation_find(schemas[i], name->name);
    return found;
}

static bool is_relation(enum ast_object_kind kind)
{
    return kind == SQL_OBJECT_TABLE || kind == SQL_OBJECT_VIEW ||
           kind == SQL_OBJECT_SOURCE || kind == SQL_OBJECT_MATERIALIZED_VIEW;
}

static const char *with_article(const char *word)
{
    return strchr("AEIOU", word[0]) != NULL ? "an" : "a";
}

static const char *lower(struct arena *arena, const char *text)
{
    char *copy = arena_strdup(arena, text);
    for (char *at = copy; *at != '\0'; at++) {
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
    }
    return copy;
}

/* What is asked for by a word that it is not. */
static enum rc expect(struct command *command, const struct ast_show_create *show,
                      struct catalog_object **object_out, struct error *err)
{
    struct catalog_name name;
    const char *full = NULL;
    const char *word = sql_object_kind_name(show->object);
    TRY(bind_name(&show->name, &name, err));
    const struct system_relation *system = find_system(&name);
    if (system != NULL && is_relation(show->object))
        return error_set(err, SQLSTATE_INTERNAL_ERROR,
                         "cannot show create for system object %s.%s", system->schema,
                         system->name);
    TRY(command_find_item(command, &show->name, OBJECT_KIND_COUNT, object_out, err));
    if (show->object == SQL_OBJECT_CONNECTION &&
        (*object_out)->kind == OBJECT_KIND_CONNECTION)
        return RC_OK;
    TRY(command_full_name(command, *object_out, &full, err));
    return error_set(err, SQLSTATE_INTERNAL_ERROR, "%s is not %s %s", full,
                     with_article(word), lower(command->arena, word));
}

enum rc command_show_create(struct command *command, struct error *err)
{
    const struct ast_show_create *show = command->statement->show_create;
    struct printing printing = {command->transaction, command->arena, show->is_redacted};
    struct catalog_object *object = NULL;
    const struct connection_kind *kind = NULL;
    const char *texts[2] = {NULL, NULL};
    if (show->object != SQL_OBJECT_CONNECTION && !is_relation(show->object) &&
        show->object != SQL_OBJECT_INDEX && show->object != SQL_OBJECT_SINK)
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "SHOW CREATE %s is not supported",
                         sql_object_kind_name(show->object));
    TRY(expect(command, show, &object, err));
    TRY(command_kind_of(command, object, &kind, err));
    TRY(command_full_name(command, object, &texts[0], err));
    TRY(print(&printing, kind, object, &texts[1], err));
    texts[1] = arena_printf(command->arena, "%s;", texts[1]);
    command->result->columns = command_show_create_columns(command->arena);
    command_add_row(command, texts);
    return RC_OK;
}
