/* Log-in: the start-up packet's user, database and settings. */
#include <stdio.h>

#include "base/assert.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "server/live.h"
#include "server/session_internal.h"
#include "tunnel/hostkey.h"
#include "tunnel/identity.h"

static void notice_hook(void *owner, enum command_severity severity, enum sqlstate state,
                        const char *message, const char *hint)
{
    session_notice((struct session *)owner, severity, state, message, hint);
}

static bool is_utf8(const char *text)
{
    return utf8_is_valid(bytes_of_text(text), NULL);
}

static enum rc make_key_pair(struct arena *arena, const char **public_out,
                             struct secret **private_out, struct error *err)
{
    struct tunnel_identity identity;

    TRY(tunnel_identity_new(arena, &identity, err));
    *public_out = identity.public_key;
    *private_out = identity.private_key;
    return RC_OK;
}

static enum rc read_host_key(struct arena *arena, const char *text,
                             struct catalog_hostkey *hostkey_out, struct error *err)
{
    struct tunnel_host_key *keys = NULL;
    size_t count = 0;

    TRY(tunnel_hostkey_parse(arena, text, &keys, &count, err));
    ASSERT(count > 0);
    hostkey_out->type = keys[0].type;
    hostkey_out->key = keys[0].key;
    hostkey_out->fingerprint = keys[0].fingerprint;
    return RC_OK;
}

static bool knows_key(void *owner, const char *connection_id, int key)
{
    return prober_knows_key(((struct session *)owner)->server->prober, connection_id,
                            key);
}

static void set_hooks(struct session *session)
{
    session->hooks = (struct command_hooks){
        .kinds = session->server->kinds,
        .make_key_pair = make_key_pair,
        .knows_key = knows_key,
        .read_host_key = read_host_key,
        .notice = notice_hook,
        .owner = session,
    };
    session->live = (struct live_source){session->server, session->settings, session};
    session->system = (struct system_hooks){live_create_sql, live_rows, &session->live};
}

static enum rc set_option(struct session *session, const char *name, const char *value,
                          struct error *err)
{
    if (!is_utf8(value))
        return error_set(err, SQLSTATE_CHARACTER_NOT_IN_REPERTOIRE,
                         "invalid byte sequence for encoding \"UTF8\" in parameter "
                         "\"%s\"",
                         is_utf8(name) ? name : "?");
    return settings_set(session->settings, name, value, SETTINGS_DEFAULT, err);
}

/* One word of `options`, where a backslash takes the next character as it is. */
static bool next_word(const char **at, char *word)
{
    while (**at == ' ' || **at == '\t' || **at == '\n')
        (*at)++;
    if (**at == '\0')
        return false;
    while (**at != '\0' && **at != ' ' && **at != '\t' && **at != '\n') {
        *at += **at == '\\' && (*at)[1] != '\0';
        *word++ = *(*at)++;
    }
    *word = '\0';
    return true;
}

static enum rc apply_option(struct session *session, char *option, struct error *err)
{
    char *equals = strchr(option, '=');

    if (equals == NULL)
        return error_set(err, SQLSTATE_SYNTAX_ERROR, "-c %s requires a value", option);
    *equals = '\0';
    for (char *letter = option; letter < equals; letter++)
        *letter = *letter == '-' ? '_' : *letter;
    return set_option(session, option, equals + 1, err);
}

/* libpq's `options`: -c name=value, -cname=value and --name=value. */
static enum rc apply_options(struct session *session, const char *options,
                             struct error *err)
{
    char *word = (char *)mem_alloc(strlen(options) + 1);
    const char *at = options;
    enum rc rc = RC_OK;

    while (rc == RC_OK && next_word(&at, word)) {
        if (strcmp(word, "-c") == 0 && next_word(&at, word))
            rc = apply_option(session, word, err);
        else if (strncmp(word, "-c", 2) == 0 || strncmp(word, "--", 2) == 0)
            rc = apply_option(session, word + 2, err);
        else
            rc = error_set(err, SQLSTATE_SYNTAX_ERROR,
                           "invalid command-line argument for server process: %s", word);
    }
    mem_free(word);
    return rc;
}

static enum rc apply_startup(struct session *session,
                             const struct pgwire_startup *startup, struct error *err)
{
    struct reader at = reader_of(startup->pairs);
    const char *name, *value;

    TRY(settings_set(session->settings, "session_authorization", session->user,
                     SETTINGS_DEFAULT, err));
    for (size_t i = 0; i < session->server->config->set_count; i++) {
        const struct config_setting *set = &session->server->config->set[i];
        if (!live_setting_is_server(set->name))
            TRY(set_option(session, set->name, set->value, err));
    }
    if (startup->options != NULL)
        TRY(apply_options(session, startup->options, err));
    while (pgwire_startup_next(&at, &name, &value))
        TRY(set_option(session, name, value, err));
    return RC_OK;
}

/* The session's role: the one of its name, else the superuser that acts for all names. */
static enum rc find_role(struct session *session, struct store_transaction *transaction,
                         struct error *err)
{
    struct catalog_place place = {{0}, CATALOG_CLASS_ROLE, session->user};
    enum rc rc = catalog_find(transaction, &place, session->arena, &session->role, err);

    if (rc != RC_NOTFOUND)
        return rc;
    place.name = "materialize";
    return catalog_require(transaction, &place, session->arena, &session->role, err);
}

static enum rc find_database(struct session *session,
                             struct store_transaction *transaction, struct error *err)
{
    struct catalog_place place = {{0}, CATALOG_CLASS_DATABASE, session->database};
    struct catalog_object *database = NULL;
    enum rc rc = catalog_find(transaction, &place, session->arena, &database, err);

    if (rc == RC_NOTFOUND)
        return error_set(err, SQLSTATE_INVALID_CATALOG_NAME,
                         "database \"%s\" does not exist", session->database);
    return rc;
}

static enum rc find_identity(struct session *session, struct error *err)
{
    struct store_transaction *transaction =
        store_transaction_begin(session->server->store, STORE_READ_COMMITTED);
    enum rc rc = store_transaction_statement(transaction, err);

    if (rc == RC_OK)
        rc = find_database(session, transaction, err);
    if (rc == RC_OK)
        rc = find_role(session, transaction, err);
    store_transaction_abort(&transaction);
    return rc;
}

static void cancel_hook(void *argument)
{
    struct session *session = (struct session *)argument;

    session_cancel(session, SQLSTATE_QUERY_CANCELED,
                   "canceling statement due to user request");
    session->owner.interrupt(session->owner.argument);
}

static void terminate_hook(void *argument)
{
    struct session *session = (struct session *)argument;

    session_cancel(session, SQLSTATE_ADMIN_SHUTDOWN,
                   "terminating connection due to administrator command");
    session->owner.interrupt(session->owner.argument);
}

static void enter_registry(struct session *session, const struct session_peer *peer)
{
    struct registry_session shown = {
        .user = session->user,
        .database = session->database,
        .client_address = peer->address,
        .client_port = peer->port,
        .is_encrypted = peer->is_encrypted,
        .role_oid = session->role->oid,
    };
    struct registry_callbacks callbacks = {cancel_hook, terminate_hook, session};

    session->entry = registry_add(session->server->registry, &shown, &callbacks);
}

static enum rc check_names(const struct pgwire_startup *startup, struct error *err)
{
    if (!is_utf8(startup->user) ||
        (startup->database != NULL && !is_utf8(startup->database)))
        return error_set(err, SQLSTATE_CHARACTER_NOT_IN_REPERTOIRE,
                         "invalid byte sequence for encoding \"UTF8\"");
    if (startup->replication != NULL && strcmp(startup->replication, "off") != 0 &&
        strcmp(startup->replication, "false") != 0 &&
        strcmp(startup->replication, "0") != 0)
        return error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
                         "replication connections are not supported");
    return RC_OK;
}

enum rc session_start(struct session *session, const struct pgwire_startup *startup,
                      const struct session_peer *peer, struct buffer *out,
                      struct error *err)
{
    bool has_database = startup->database != NULL && startup->database[0] != '\0';

    TRY(check_names(startup, err));
    session->user = mem_strdup(startup->user);
    session->database = mem_strdup(has_database ? startup->database : "materialize");
    session->arena = arena_new("session", NULL);
    session->settings = settings_new();
    TRY(find_identity(session, err));
    TRY(apply_startup(session, startup, err));
    set_hooks(session);
    session_refresh_path(session);
    enter_registry(session, peer);
    session->out = out;
    if (pgwire_startup_needs_negotiation(startup))
        pgwire_write_negotiate_protocol_version(out, startup);
    pgwire_write_authentication_ok(out);
    session_write_settings(session);
    pgwire_write_backend_key_data(out, (uint32_t)registry_pid(session->entry),
                                  registry_key(session->entry));
    pgwire_write_ready_for_query(out, PGWIRE_TRANSACTION_IDLE);
    session->out = NULL;
    return RC_OK;
}
