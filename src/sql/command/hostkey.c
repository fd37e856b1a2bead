/* The rows that HOST KEY makes: one for each key or fingerprint that was declared. */
#include "base/clock.h"
#include "base/error.h"
#include "sql/command/command_internal.h"

enum { HOST_KEYS_MAX = 16 };

/* The next key of a text in which commas or line ends part several; false at the end. */
static bool next_key(struct arena *arena, const char **at, const char **key_out)
{
    static const char blanks[] = " \t\r\n,";
    const char *start = *at + strspn(*at, blanks);
    if (*start == '\0')
        return false;
    size_t len = strcspn(start, ",\r\n");
    *at = start + len;
    while (len > 0 && strchr(" \t", start[len - 1]) != NULL)
        len--;
    *key_out = arena_strndup(arena, start, len);
    return true;
}

static enum rc read_key(struct command *command, const char *text,
                        struct catalog_hostkey *row_out, struct error *err)
{
    const struct command_hooks *hooks = command->context->hooks;
    *row_out = (struct catalog_hostkey){.type = NULL};
    TRY(hooks->read_host_key(command->arena, text, row_out, err));
    row_out->state = HOSTKEY_TRUSTED;
    row_out->origin = HOSTKEY_DECLARED;
    row_out->first_seen = clock_wall_us();
    row_out->last_seen = row_out->first_seen;
    return RC_OK;
}

enum rc command_read_host_keys(struct command *command, const char *text,
                               struct command_host_keys *keys_out, struct error *err)
{
    const char *at = text;
    const char *key = NULL;
    keys_out->rows = ARENA_ARRAY(command->arena, struct catalog_hostkey, HOST_KEYS_MAX);
    keys_out->count = 0;
    if (text == NULL)
        return RC_OK;
    if (command->context->hooks->read_host_key == NULL)
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "HOST KEY is not supported");
    while (next_key(command->arena, &at, &key)) {
        if (keys_out->count == HOST_KEYS_MAX)
            return error_set(err, SQLSTATE_PROGRAM_LIMIT_EXCEEDED,
                             "HOST KEY has more than %d keys", HOST_KEYS_MAX);
        TRY(read_key(command, key, &keys_out->rows[keys_out->count++], err));
    }
    return RC_OK;
}

enum rc command_store_host_keys(struct command *command, struct catalog_id connection,
                                const struct command_host_keys *keys, struct error *err)
{
    for (size_t i = 0; i < keys->count; i++) {
        struct catalog_hostkey row = keys->rows[i];
        row.connection_id = connection;
        row.type = row.type == NULL ? "" : row.type;
        row.key = row.key == NULL ? "" : row.key;
        TRY(catalog_hostkey_put(command->transaction, &row, err));
    }
    return RC_OK;
}

/* Fingerprints of the rows at hand: a walk may not edit what it walks over. */
struct forgetting {
    struct command *command;
    const char **fingerprints;
    size_t count;
    size_t room;
};

static enum rc gather(void *argument, const struct catalog_hostkey *hostkey,
                      struct error *err)
{
    struct forgetting *forgetting = argument;
    struct arena *arena = forgetting->command->arena;
    (void)err;
    if (forgetting->count == forgetting->room) {
        size_t room = forgetting->room == 0 ? 4 : forgetting->room * 2;
        const char **wider = ARENA_ARRAY(arena, const char *, room);
        if (forgetting->count > 0)
            memcpy(wider, forgetting->fingerprints, forgetting->count * sizeof *wider);
        forgetting->fingerprints = wider;
        forgetting->room = room;
    }
    forgetting->fingerprints[forgetting->count++] =
        arena_strdup(arena, hostkey->fingerprint);
    return RC_OK;
}

enum rc command_forget_host_keys(struct command *command, struct catalog_id connection,
                                 struct error *err)
{
    struct forgetting forgetting = {.command = command};
    TRY(catalog_each_hostkey(command->transaction, connection, gather, &forgetting, err));
    for (size_t i = 0; i < forgetting.count; i++)
        TRY(catalog_hostkey_remove(command->transaction, connection,
                                   forgetting.fingerprints[i], err));
    return RC_OK;
}
