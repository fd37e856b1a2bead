/* Options of connections: from the statement to the kind's set, and to and from the
 * record. Rules and words: Materialize's CREATE CONNECTION and ALTER CONNECTION. */
#include <errno.h>
#include <stdlib.h>

#include "base/error.h"
#include "sql/command/command_internal.h"

/* Options that name a connection of a certain kind. */
static const struct {
    const char *option;
    const char *kind;    /* struct connection_kind.sql_name */
    const char *article; /* "is not an SSH connection" */
} named_kinds[] = {
    {"SSH TUNNEL", "SSH TUNNEL", "an SSH"},
    {"AWS PRIVATELINK", "AWS PRIVATELINK", "an AWS PRIVATELINK"},
    {"AWS CONNECTION", "AWS", "an AWS"},
    {"GCP CONNECTION", "GCP", "a GCP"},
};

struct reading {
    struct command *command;
    const struct ast_option_written *option;
    const struct ast_option_value_written *written;
    struct option_value *value;
};

static enum rc invalid(const struct reading *reading, const char *why, struct error *err)
{
    return error_set(err, SQLSTATE_INTERNAL_ERROR, "invalid %s: %s",
                     reading->option->name, why);
}

static bool is_placeholder(const char *text)
{
    size_t len = strlen(text);
    return len > 2 && text[0] == '<' && text[len - 1] == '>';
}

static enum rc not_a_number(const struct reading *reading, struct error *err)
{
    const char *text = reading->written->text;
    (void)invalid(reading, "cannot use value as number", err);
    if (text != NULL && is_placeholder(text))
        return error_hint(err, "Replace the placeholder %s with a value of your own.",
                          text);
    return RC_FAILED;
}

static const char *id_text(struct command *command, struct catalog_id id)
{
    char text[CATALOG_ID_TEXT_MAX];
    return arena_strdup(command->arena, catalog_id_text(id, text));
}

static enum rc read_secret(struct reading *reading, struct error *err)
{
    struct command *command = reading->command;
    struct catalog_object *object = NULL;
    const char *name = NULL;
    TRY(command_find_item(command, &reading->written->name, OBJECT_KIND_COUNT, &object,
                          err));
    if (object->kind != OBJECT_KIND_SECRET) {
        TRY(command_full_name(command, object, &name, err));
        return error_set(err, SQLSTATE_INTERNAL_ERROR, "%s is not a secret", name);
    }
    reading->value->secret_id = id_text(command, object->id);
    return RC_OK;
}

static enum rc read_text(struct reading *reading, struct error *err)
{
    switch (reading->written->kind) {
    case OPTION_VALUE_STRING:
        reading->value->text = reading->written->text;
        return RC_OK;
    case OPTION_VALUE_NAME:
        if (reading->written->text == NULL)
            return invalid(reading,
                           "incompatible value types: cannot convert object names to "
                           "text",
                           err);
        reading->value->text = reading->written->text;
        return RC_OK;
    case OPTION_VALUE_SECRET:
        return invalid(reading,
                       "incompatible value types: cannot convert secrets to text", err);
    case OPTION_VALUE_LIST:
        return invalid(reading,
                       "incompatible value types: cannot convert sequences to text", err);
    default:
        return invalid(reading, "cannot use value as string", err);
    }
}

/* Rust's words for u16 and i32, which are what Materialize shows. */
static enum rc read_number(struct reading *reading, int64_t lowest, int64_t highest,
                           struct error *err)
{
    const char *text = reading->written->text;
    const char *kind = lowest < 0 ? "numeric" : "unsigned numeric";
    char *end = NULL;
    if (reading->written->kind != OPTION_VALUE_NUMBER)
        return not_a_number(reading, err);
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (end == text || *end != '\0' || (number < 0 && lowest == 0))
        return invalid(reading,
                       arena_printf(reading->command->arena,
                                    "invalid %s value: invalid digit found in string",
                                    kind),
                       err);
    if (errno == ERANGE || number > highest || number < lowest)
        return invalid(reading,
                       arena_printf(reading->command->arena,
                                    "invalid %s value: number too %s to fit in target "
                                    "type",
                                    kind, number < lowest ? "small" : "large"),
                       err);
    reading->value->number = number;
    return RC_OK;
}

static enum rc read_bool(struct reading *reading, struct error *err)
{
    bool truth = true;
    enum ast_option_value_kind kind = reading->written->kind;
    bool is_word = kind == OPTION_VALUE_STRING || kind == OPTION_VALUE_NAME;
    if (kind != OPTION_VALUE_NONE &&
        (!is_word || reading->written->text == NULL ||
         !type_parse_boolean(bytes_of_text(reading->written->text), &truth)))
        return invalid(reading, "cannot use value as boolean", err);
    reading->value->number = truth;
    return RC_OK;
}

/* The connection that a name in an option means, of the kind that the option asks for. */
static enum rc find_connection(struct command *command, const struct ast_name *name,
                               const char *option, const char **id_out, struct error *err)
{
    const struct connection_kinds *kinds = &command->context->hooks->kinds;
    struct catalog_object *object = NULL;
    const char *wanted = NULL;
    const char *article = "a";
    TRY(command_find_item(command, name, OBJECT_KIND_COUNT, &object, err));
    for (size_t i = 0; i < ARRAY_COUNT(named_kinds); i++) {
        if (strcmp(named_kinds[i].option, option) == 0) {
            wanted = named_kinds[i].kind;
            article = named_kinds[i].article;
        }
    }
    const struct connection_kind *kind =
        object->kind == OBJECT_KIND_CONNECTION
            ? connection_kind_find(kinds, object->connection.connection_kind)
            : NULL;
    if (kind == NULL || (wanted != NULL && strcmp(kind->sql_name, wanted) != 0))
        return error_set(err, SQLSTATE_INTERNAL_ERROR, "%s is not %s connection",
                         object->name, article);
    *id_out = id_text(command, object->id);
    return RC_OK;
}

static enum rc read_connection(struct reading *reading, struct error *err)
{
    const struct ast_option_value_written *written = reading->written;
    bool is_named = written->kind == OPTION_VALUE_NAME ||
                    (written->kind == OPTION_VALUE_ADDRESS && written->text == NULL);
    if (!is_named)
        return invalid(reading, "must provide an object", err);
    return find_connection(reading->command, &written->name, reading->option->name,
                           &reading->value->connection_id, err);
}

static enum rc read_address(struct reading *reading,
                            const struct ast_option_value_written *item,
                            struct option_address *address_out, struct error *err)
{
    if (item->is_matching)
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "MATCHING is not supported in %s", reading->option->name);
    if (item->text == NULL ||
        (item->kind != OPTION_VALUE_STRING && item->kind != OPTION_VALUE_ADDRESS))
        return invalid(reading, "cannot use value as string", err);
    address_out->address = item->text;
    switch (item->route) {
    case ADDRESS_DIRECT:
        return RC_OK;
    case ADDRESS_SSH_TUNNEL:
        return find_connection(reading->command, &item->name, "SSH TUNNEL",
                               &address_out->tunnel_id, err);
    case ADDRESS_AWS_PRIVATELINK:
        break;
    }
    TRY(find_connection(reading->command, &item->name, "AWS PRIVATELINK",
                        &address_out->tunnel_id, err));
    return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                     "AWS PrivateLink connections are not supported");
}

/* One value, or a list in parentheses or brackets. */
static size_t item_count(const struct ast_option_value_written *written)
{
    return written->kind == OPTION_VALUE_LIST ? written->item_count : 1;
}

static const struct ast_option_value_written *
item_at(const struct ast_option_value_written *written, size_t index)
{
    return written->kind == OPTION_VALUE_LIST ? &written->items[index] : written;
}

static enum rc read_addresses(struct reading *reading, struct error *err)
{
    size_t count = item_count(reading->written);
    reading->value->addresses =
        ARENA_ARRAY(reading->command->arena, struct option_address, count);
    reading->value->item_count = count;
    for (size_t i = 0; i < count; i++)
        TRY(read_address(reading, item_at(reading->written, i),
                         &reading->value->addresses[i], err));
    return RC_OK;
}

static enum rc read_texts(struct reading *reading, struct error *err)
{
    size_t count = item_count(reading->written);
    reading->value->items = ARENA_ARRAY(reading->command->arena, const char *, count);
    reading->value->item_count = count;
    for (size_t i = 0; i < count; i++) {
        const struct ast_option_value_written *item = item_at(reading->written, i);
        bool is_text = item->kind == OPTION_VALUE_STRING ||
                       (item->kind == OPTION_VALUE_NAME && item->text != NULL);
        if (!is_text)
            return invalid(reading, "cannot use value as string", err);
        reading->value->items[i] = item->text;
    }
    return RC_OK;
}

static enum rc read_value(struct reading *reading, struct error *err)
{
    switch (reading->value->spec->type) {
    case OPTION_TEXT:
        return read_text(reading, err);
    case OPTION_TEXT_OR_SECRET:
        if (reading->written->kind == OPTION_VALUE_SECRET)
            return read_secret(reading, err);
        return read_text(reading, err);
    case OPTION_SECRET:
        if (reading->written->kind != OPTION_VALUE_SECRET)
            return invalid(reading, "must provide a secret value", err);
        return read_secret(reading, err);
    case OPTION_PORT:
        return read_number(reading, 0, UINT16_MAX, err);
    case OPTION_INTEGER:
        return read_number(reading, INT32_MIN, INT32_MAX, err);
    case OPTION_BOOL:
        return read_bool(reading, err);
    case OPTION_TEXT_LIST:
        return read_texts(reading, err);
    case OPTION_CONNECTION:
        return read_connection(reading, err);
    case OPTION_ADDRESS_LIST:
        return read_addresses(reading, err);
    }
    return RC_OK;
}

static enum rc check_twice(const struct ast_option_written_list *written,
                           struct error *err)
{
    for (size_t i = 0; i < written->count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (strcmp(written->items[i].name, written->items[j].name) == 0)
                return error_set(err, SQLSTATE_INTERNAL_ERROR,
                                 "%s specified more than once", written->items[i].name);
        }
    }
    return RC_OK;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *join_names(struct arena *arena, const char **names, size_t count)
{
    const char *text = "";
    for (size_t i = 0; i < count; i++)
        text = arena_printf(arena, "%s%s%s", text, i == 0 ? "" : ", ", names[i]);
    return text;
}

static const char *own_names(struct arena *arena, const struct connection_kind *kind)
{
    const char **names = ARENA_ARRAY(arena, const char *, kind->spec_count);
    size_t count = 0;
    for (size_t i = 0; i < kind->spec_count; i++) {
        if (!kind->specs[i].is_internal)
            names[count++] = kind->specs[i].name;
    }
    return join_names(arena, names, count);
}

/* All that the kind does not know, in the order of the alphabet. */
static enum rc check_known(struct arena *arena, const struct connection_kind *kind,
                           const struct ast_option_written_list *written,
                           struct error *err)
{
    const char **unknown = ARENA_ARRAY(arena, const char *, written->count + 1);
    size_t count = 0;
    for (size_t i = 0; i < written->count; i++) {
        if (connection_kind_option(kind, written->items[i].name) == NULL)
            unknown[count++] = written->items[i].name;
    }
    if (count == 0)
        return RC_OK;
    qsort(unknown, count, sizeof unknown[0], compare_names);
    error_set(err, SQLSTATE_INTERNAL_ERROR, "%s connections do not support %s values",
              kind->sql_name, join_names(arena, unknown, count));
    return error_hint(err, "Its options are %s.", own_names(arena, kind));
}

static int compare_specs(const void *a, const void *b)
{
    const struct option_spec *left = ((const struct option_value *)a)->spec;
    const struct option_spec *right = ((const struct option_value *)b)->spec;
    return left < right ? -1 : left > right;
}

void options_sort(struct option_set *set)
{
    if (set->count > 1)
        qsort(set->values, set->count, sizeof set->values[0], compare_specs);
}

enum rc command_read_options(struct command *command, const struct connection_kind *kind,
                             const struct ast_option_written_list *written,
                             struct option_set *set_out, struct error *err)
{
    TRY(check_twice(written, err));
    TRY(check_known(command->arena, kind, written, err));
    set_out->values =
        ARENA_ARRAY(command->arena, struct option_value, written->count + 1);
    set_out->count = 0;
    for (size_t i = 0; i < written->count; i++) {
        const struct ast_option_written *option = &written->items[i];
        struct option_value *value = &set_out->values[set_out->count++];
        struct reading reading = {command, option, &option->value, value};
        value->spec = connection_kind_option(kind, option->name);
        if (value->spec->is_internal)
            return error_set(err, SQLSTATE_INTERNAL_ERROR,
                             "the %s option cannot be explicitly specified",
                             option->name);
        TRY(read_value(&reading, err));
    }
    options_sort(set_out);
    return RC_OK;
}

/* command_read_options() has left room for one more. */
const struct option_value *command_default_options(struct command *command,
                                                   const struct connection_kind *kind,
                                                   struct option_set *set)
{
    for (size_t i = 0; i < kind->spec_count; i++) {
        const struct option_spec *spec = &kind->specs[i];
        if (!spec->defaults_to_role || option_find(set, spec->name) != NULL)
            continue;
        struct option_value *value = &set->values[set->count++];
        *value = (struct option_value){
            .spec = spec,
            .text = arena_strdup(command->arena, command->context->role->name)};
        options_sort(set);
        return option_find(set, spec->name);
    }
    return NULL;
}

enum rc command_read_with(struct command *command,
                          const struct ast_option_written_list *with, bool *validate,
                          struct error *err)
{
    TRY(check_twice(with, err));
    for (size_t i = 0; i < with->count; i++) {
        struct option_value value = {.spec = NULL};
        struct reading reading = {command, &with->items[i], &with->items[i].value,
                                  &value};
        if (strcmp(with->items[i].name, "VALIDATE") != 0)
            return error_set(err, SQLSTATE_SYNTAX_ERROR,
                             "Expected VALIDATE, found identifier \"%s\"",
                             with->items[i].name);
        TRY(read_bool(&reading, err));
        *validate = value.number != 0;
    }
    return RC_OK;
}

static struct catalog_id read_id(const char *text)
{
    struct catalog_id id = {0, 0, 0};
    if (text == NULL || !catalog_id_parse(text, CATALOG_CLASS_ITEM, &id))
        return (struct catalog_id){0, 0, 0};
    return id;
}

static void items_to_record(struct arena *arena, const struct option_value *value,
                            struct record_option *option)
{
    option->items = ARENA_ARRAY(arena, struct record_item, value->item_count + 1);
    option->item_count = value->item_count;
    for (size_t i = 0; i < value->item_count; i++) {
        if (value->addresses == NULL) {
            option->items[i].text = value->items[i];
            continue;
        }
        option->items[i].text = value->addresses[i].address;
        option->items[i].tunnel_id = read_id(value->addresses[i].tunnel_id);
    }
}

static struct record_option value_to_record(struct arena *arena,
                                            const struct option_value *value)
{
    struct record_option option = {.name = value->spec->name};
    if (value->secret_id != NULL) {
        option.kind = RECORD_OPTION_SECRET;
        option.id = read_id(value->secret_id);
    } else if (value->connection_id != NULL) {
        option.kind = RECORD_OPTION_CONNECTION;
        option.id = read_id(value->connection_id);
    } else if (value->text != NULL) {
        option.kind = RECORD_OPTION_TEXT;
        option.text = value->text;
    } else if (value->items != NULL || value->addresses != NULL) {
        option.kind =
            value->addresses != NULL ? RECORD_OPTION_ADDRESSES : RECORD_OPTION_LIST;
        items_to_record(arena, value, &option);
    } else {
        option.kind = RECORD_OPTION_NUMBER;
        option.number = value->number;
    }
    return option;
}

struct record_options options_to_record(struct arena *arena, const struct option_set *set)
{
    struct record_options record = {
        ARENA_ARRAY(arena, struct record_option, set->count + 1), set->count};
    for (size_t i = 0; i < set->count; i++)
        record.items[i] = value_to_record(arena, &set->values[i]);
    return record;
}

static const char *id_in_arena(struct arena *arena, struct catalog_id id)
{
    char text[CATALOG_ID_TEXT_MAX];
    return catalog_id_is_set(id) ? arena_strdup(arena, catalog_id_text(id, text)) : NULL;
}

static void items_from_record(struct arena *arena, const struct record_option *option,
                              struct option_value *value)
{
    bool has_addresses = option->kind == RECORD_OPTION_ADDRESSES;
    value->item_count = option->item_count;
    if (has_addresses)
        value->addresses =
            ARENA_ARRAY(arena, struct option_address, option->item_count + 1);
    else
        value->items = ARENA_ARRAY(arena, const char *, option->item_count + 1);
    for (size_t i = 0; i < option->item_count; i++) {
        if (has_addresses)
            value->addresses[i] = (struct option_address){
                .address = arena_strdup(arena, option->items[i].text),
                .tunnel_id = id_in_arena(arena, option->items[i].tunnel_id)};
        else
            value->items[i] = arena_strdup(arena, option->items[i].text);
    }
}

static void value_from_record(struct arena *arena, const struct record_option *option,
                              struct option_value *value)
{
    switch (option->kind) {
    case RECORD_OPTION_TEXT:
        value->text = arena_strdup(arena, option->text);
        break;
    case RECORD_OPTION_SECRET:
        value->secret_id = id_in_arena(arena, option->id);
        break;
    case RECORD_OPTION_CONNECTION:
        value->connection_id = id_in_arena(arena, option->id);
        break;
    case RECORD_OPTION_NUMBER:
        value->number = option->number;
        break;
    case RECORD_OPTION_LIST:
    case RECORD_OPTION_ADDRESSES:
        items_from_record(arena, option, value);
        break;
    }
}

enum rc options_from_record(struct arena *arena, const struct connection_kind *kind,
                            const struct record_options *record,
                            struct option_set *set_out, struct error *err)
{
    set_out->values = ARENA_ARRAY(arena, struct option_value, record->count + 1);
    set_out->count = record->count;
    for (size_t i = 0; i < record->count; i++) {
        struct option_value *value = &set_out->values[i];
        value->spec = connection_kind_option(kind, record->items[i].name);
        if (value->spec == NULL)
            return error_set(err, SQLSTATE_DATA_CORRUPTED,
                             "the catalog holds an option \"%s\", which %s connections "
                             "do not have",
                             record->items[i].name, kind->sql_name);
        value_from_record(arena, &record->items[i], value);
    }
    options_sort(set_out);
    return RC_OK;
}

static void add_reference(struct catalog_ids *ids, const char *text)
{
    struct catalog_id id = read_id(text);
    if (!catalog_id_is_set(id))
        return;
    for (size_t i = 0; i < ids->count; i++) {
        if (catalog_id_equal(ids->items[i], id))
            return;
    }
    ids->items[ids->count++] = id;
}

struct catalog_ids options_references(struct arena *arena, const struct option_set *set)
{
    size_t count = 0;
    for (size_t i = 0; i < set->count; i++)
        count += 2 + set->values[i].item_count;
    struct catalog_ids ids = {ARENA_ARRAY(arena, struct catalog_id, count + 1), 0};
    for (size_t i = 0; i < set->count; i++) {
        const struct option_value *value = &set->values[i];
        add_reference(&ids, value->secret_id);
        add_reference(&ids, value->connection_id);
        for (size_t j = 0; value->addresses != NULL && j < value->item_count; j++)
            add_reference(&ids, value->addresses[j].tunnel_id);
    }
    return ids;
}

static enum rc require_usage(struct command *command, struct catalog_id id,
                             struct catalog_object **object_out, struct error *err)
{
    enum rc rc =
        catalog_object_get(command->transaction, id, command->arena, object_out, err);
    if (rc == RC_NOTFOUND)
        return error_set(err, SQLSTATE_UNDEFINED_OBJECT,
                         "an object that an option names was dropped");
    TRY(rc);
    return command_require_privilege(command, *object_out, PRIVILEGE_USAGE, err);
}

enum rc command_require_references(struct command *command, const struct catalog_ids *ids,
                                   struct error *err)
{
    for (size_t i = 0; i < ids->count; i++) {
        struct catalog_object *object = NULL;
        struct catalog_object *schema = NULL;
        TRY(require_usage(command, ids->items[i], &object, err));
        TRY(require_usage(command, object->parent_id, &schema, err));
    }
    return RC_OK;
}
