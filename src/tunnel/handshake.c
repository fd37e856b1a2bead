/* From a connected socket to a session that is up: banner, key exchange, host key, login.
 * The settings of libssh are all made here, and none is left to the user's files. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libssh/server.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/secret.h"
#include "tunnel/identity.h"
#include "tunnel/session_internal.h"

/* Hardware does AES-GCM well; CTR with a MAC comes last, at half its speed. */
static const char ciphers[] = "aes128-gcm@openssh.com,aes256-gcm@openssh.com,"
                              "chacha20-poly1305@openssh.com,aes256-ctr,aes128-ctr";

static const char *const host_key_algorithms[][2] = {
    {"ssh-ed25519", "ssh-ed25519"},
    {"ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256"},
    {"ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384"},
    {"ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521"},
    {"ssh-rsa", "rsa-sha2-512,rsa-sha2-256"},
};

enum { FOREIGN_MAX = 8192, PEEK_LEN = 512 };

/* --- setting up -------------------------------------------------------------------- */

/* The bastion may open nothing here: the answer to every request is the default one, a
 * refusal. */
static int refuse_request(ssh_session ssh, ssh_message message, void *argument)
{
    (void)ssh;
    (void)message;
    (void)argument;
    return 1;
}

static bool is_trusted_type(const struct tunnel_session *session, const char *type)
{
    const struct tunnel_definition *definition = session->definition;
    for (size_t i = 0; i < definition->host_key_count; i++) {
        if (definition->host_keys[i].type != NULL &&
            strcmp(definition->host_keys[i].type, type) == 0)
            return true;
    }
    return definition->host_key_count == 0 && session->facts.is_first_use &&
           strcmp(session->facts.host_key_type, type) == 0;
}

/* Types of trusted keys first: else a bastion that also has a key of another type would
 * show that one and seem to have changed. */
static void order_host_key_algorithms(const struct tunnel_session *session, char *out,
                                      size_t size)
{
    size_t len = 0;
    for (int trusted = 1; trusted >= 0; trusted--) {
        for (size_t i = 0; i < ARRAY_COUNT(host_key_algorithms); i++) {
            if (is_trusted_type(session, host_key_algorithms[i][0]) != (trusted == 1))
                continue;
            int more = snprintf(out + len, size - len, "%s%s", len == 0 ? "" : ",",
                                host_key_algorithms[i][1]);
            len += (size_t)more;
            ASSERT(len < size);
        }
    }
}

static bool set_options(struct tunnel_session *session)
{
    const struct tunnel_definition *definition = session->definition;
    ssh_session ssh = session->ssh;
    char algorithms[256];
    order_host_key_algorithms(session, algorithms, sizeof(algorithms));
    int no = 0;
    unsigned port = definition->port;
    return ssh_options_set(ssh, SSH_OPTIONS_PROCESS_CONFIG, &no) == SSH_OK &&
           ssh_options_set(ssh, SSH_OPTIONS_SSH_DIR, "/nonexistent") == SSH_OK &&
           ssh_options_set(ssh, SSH_OPTIONS_KNOWNHOSTS, "/dev/null") == SSH_OK &&
           ssh_options_set(ssh, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null") == SSH_OK &&
           ssh_options_set(ssh, SSH_OPTIONS_HOST, definition->host) == SSH_OK &&
           ssh_options_set(ssh, SSH_OPTIONS_PORT, &port) == SSH_OK &&
           ssh_options_set(ssh, SSH_OPTIONS_USER, definition->user) == SSH_OK &&
           ssh_options_set(ssh, SSH_OPTIONS_CIPHERS_C_S, ciphers) == SSH_OK &&
           ssh_options_set(ssh, SSH_OPTIONS_CIPHERS_S_C, ciphers) == SSH_OK &&
           ssh_options_set(ssh, SSH_OPTIONS_HOSTKEYS, algorithms) == SSH_OK &&
           ssh_options_set(ssh, SSH_OPTIONS_FD, &session->ssh_socket) == SSH_OK;
}

/* libssh makes the socket blocking when it takes it over; a full socket would then stop
 * the loop. */
static void keep_nonblocking(struct tunnel_session *session)
{
    int flags = fcntl(session->socket, F_GETFL);
    if (flags >= 0)
        fcntl(session->socket, F_SETFL, flags | O_NONBLOCK);
}

/* Reads both private keys into libssh. At least one is needed. */
static bool import_keys(struct tunnel_session *session)
{
    int found = 0;
    for (int i = 0; i < TUNNEL_KEY_COUNT; i++) {
        const struct secret *secret = session->definition->private_keys[i];
        if (secret == NULL)
            continue;
        const char *pem = (const char *)secret_bytes(secret).at;
        if (ssh_pki_import_privkey_base64(pem, NULL, NULL, NULL, &session->keys[i]) ==
            SSH_OK)
            found++;
    }
    if (found == 0)
        tunnel_session_fail_with(session, STAGE_LOGIN, STAGE_CAUSE_KEYS_SEALED,
                                 "no private key is available");
    return found > 0;
}

static void forget_keys(struct tunnel_session *session)
{
    for (int i = 0; i < TUNNEL_KEY_COUNT; i++) {
        ssh_key_free(session->keys[i]);
        session->keys[i] = NULL;
    }
}

bool tunnel_handshake_begin(struct tunnel_session *session, int socket)
{
    session->socket = socket;
    session->ssh_socket = fcntl(socket, F_DUPFD_CLOEXEC, 3);
    session->foreign_len = 0;
    session->foreign_line[0] = '\0';
    session->has_banner_start = false;
    memset(&session->raw, 0, sizeof(session->raw));
    session->opened_count = 0;
    session->ssh = ssh_new();
    session->event = ssh_event_new();
    if (session->ssh_socket < 0 || session->ssh == NULL || session->event == NULL ||
        !set_options(session)) {
        tunnel_session_fail_with(session, STAGE_BANNER, STAGE_CAUSE_PROTOCOL_ERROR,
                                 "could not start SSH");
        return false;
    }
    ssh_set_blocking(session->ssh, 0);
    ssh_set_counters(session->ssh, NULL, &session->raw);
    ssh_set_message_callback(session->ssh, refuse_request, NULL);
    return import_keys(session);
}

void tunnel_handshake_end(struct tunnel_session *session)
{
    forget_keys(session);
    loop_watch_remove(&session->watch);
    if (session->ssh != NULL) {
        /* libssh closes a descriptor of ours only when the transport failed; ssh_get_fd()
         * tells which it was, but knows the descriptor only once connecting began. */
        bool was_given = session->has_started_ssh;
        bool was_closed = was_given && ssh_get_fd(session->ssh) < 0;
        if (session->event != NULL && was_given)
            ssh_event_remove_session(session->event, session->ssh);
        ssh_disconnect(session->ssh);
        ssh_free(session->ssh);
        if (!was_closed && session->ssh_socket >= 0)
            close(session->ssh_socket);
    }
    if (session->event != NULL)
        ssh_event_free(session->event);
    if (session->socket >= 0)
        close(session->socket);
    session->has_started_ssh = false;
    session->ssh = NULL;
    session->event = NULL;
    session->socket = -1;
    session->ssh_socket = -1;
}

/* --- banner ------------------------------------------------------------------------ */

static void not_ssh(struct tunnel_session *session)
{
    char words[STAGE_WORDS_MAX];
    bool is_startup_limit = strstr(session->foreign_line, "MaxStartups") != NULL ||
                            strstr(session->foreign_line, "Not allowed at") != NULL;
    snprintf(words, sizeof(words), "kex_exchange_identification: %s%.200s",
             is_startup_limit ? "" : "no SSH banner but: ", session->foreign_line);
    tunnel_session_fail_with(
        session, STAGE_BANNER,
        is_startup_limit ? STAGE_CAUSE_TOO_MANY_STARTUPS : STAGE_CAUSE_NOT_SSH, words);
}

static bool is_text(const char *at, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)at[i];
        if ((c < 0x20 && c != '\r' && c != '\n' && c != '\t') || c == 0x7F)
            return false;
    }
    return true;
}

static void keep_foreign(struct tunnel_session *session, const char *at, size_t len)
{
    size_t have = strlen(session->foreign_line);
    for (size_t i = 0; i < len && have + 1 < sizeof(session->foreign_line); i++) {
        if (at[i] == '\0' || (at[i] == '\n' && have > 0))
            break;
        session->foreign_line[have++] = at[i];
    }
    session->foreign_line[have] = '\0';
}

/* Takes one line (or part of one) that is no banner off the socket. False: this is no
 * SSH server. */
static bool skip_foreign(struct tunnel_session *session, const char *at, size_t len)
{
    const char *line_end = memchr(at, '\n', len);
    size_t line_len = line_end == NULL ? len : (size_t)(line_end - at) + 1;
    if (session->foreign_len == 0)
        keep_foreign(session, at, line_len);
    session->foreign_len += line_len;
    char sink[PEEK_LEN];
    ssize_t got = recv(session->socket, sink, line_len, MSG_DONTWAIT);
    return got == (ssize_t)line_len && is_text(at, line_len) &&
           session->foreign_len <= FOREIGN_MAX;
}

/* A server may send lines before its banner (RFC 4253 4.2); libssh does not pass over
 * them, and waits for ever for a banner that never comes. So they are taken off here.
 * Returns false while libssh must not read yet. */
static bool find_banner(struct tunnel_session *session)
{
    static const char start[] = {'S', 'S', 'H', '-'};
    for (;;) {
        char peeked[PEEK_LEN];
        ssize_t got =
            recv(session->socket, peeked, sizeof(peeked), MSG_PEEK | MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
            return false;
        if (got <= 0) {
            if (session->foreign_len > 0) {
                not_ssh(session);
                return false;
            }
            return true; /* libssh finds the end or the error, and words it */
        }
        size_t compared = (size_t)got < sizeof(start) ? (size_t)got : sizeof(start);
        if (memcmp(peeked, start, compared) == 0) {
            session->has_banner_start = true;
            return true;
        }
        if (!skip_foreign(session, peeked, (size_t)got)) {
            not_ssh(session);
            return false;
        }
    }
}

/* --- key exchange ------------------------------------------------------------------ */

/* ssh's own words for libssh's "kex error : no match for method M: server [L], client
 * [...]". */
static void word_mismatch(const struct tunnel_session *session, const char *text,
                          char *words, size_t size)
{
    static const char *const kinds[][2] = {
        {"kex", "key exchange method"},
        {"server host key", "host key type"},
        {"encryption", "cipher"},
        {"mac", "MAC"},
        {"compression", "compression method"},
    };
    const char *kind = "algorithm";
    const char *method = strstr(text, "method ");
    for (size_t i = 0; method != NULL && i < ARRAY_COUNT(kinds); i++) {
        if (strncmp(method + strlen("method "), kinds[i][0], strlen(kinds[i][0])) == 0)
            kind = kinds[i][1];
    }
    const char *offer = strstr(text, "server [");
    offer = offer == NULL ? "" : offer + strlen("server [");
    snprintf(words, size,
             "Unable to negotiate with %.64s port %u: no matching %s found. Their "
             "offer: %.*s",
             session->definition->host, (unsigned)session->definition->port, kind,
             (int)strcspn(offer, "]"), offer);
}

static bool has_text(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

static void exchange_failed(struct tunnel_session *session)
{
    const char *text = ssh_get_error(session->ssh);
    char words[STAGE_WORDS_MAX];
    enum stage stage = tunnel_session_stage(session);
    enum stage_cause cause = STAGE_CAUSE_PROTOCOL_ERROR;
    bool was_closed = text[0] == '\0' || has_text(text, "disconnected") ||
                      has_text(text, "reset") || has_text(text, "Socket error");
    if (has_text(text, "no match for method")) {
        cause = STAGE_CAUSE_NO_COMMON_ALGORITHM;
        word_mismatch(session, text, words, sizeof(words));
    } else if (was_closed && stage == STAGE_BANNER) {
        cause = STAGE_CAUSE_TOO_MANY_STARTUPS;
        snprintf(words, sizeof(words), "kex_exchange_identification: %s",
                 has_text(text, "reset") ? "read: Connection reset by peer"
                                         : "Connection closed by remote host");
    } else if (was_closed) {
        cause = STAGE_CAUSE_SESSION_LOST;
        snprintf(words, sizeof(words), "Connection closed by %.128s port %u",
                 session->definition->host, (unsigned)session->definition->port);
    } else {
        snprintf(words, sizeof(words), "%.240s", text);
        if (stage == STAGE_BANNER)
            cause = STAGE_CAUSE_NOT_SSH;
    }
    tunnel_session_fail_with(session, stage, cause, words);
}

static void note_banner(struct tunnel_session *session)
{
    const char *banner = ssh_get_serverbanner(session->ssh);
    if (banner == NULL || tunnel_session_stage(session) != STAGE_BANNER)
        return;
    snprintf(session->facts.server_banner, sizeof(session->facts.server_banner), "%s",
             banner);
    tunnel_session_stage_found(session, session->facts.server_banner);
    tunnel_session_stage_begin(session, STAGE_KEY_EXCHANGE, NULL);
}

static void copy_text(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%s", text == NULL ? "" : text);
}

static void in_exchanging(struct tunnel_session *session)
{
    if (!session->has_banner_start && session->has_started_ssh && !find_banner(session))
        return;
    int result = ssh_connect(session->ssh);
    if (!session->has_started_ssh) {
        session->has_started_ssh = true;
        keep_nonblocking(session);
        ssh_event_add_session(session->event, session->ssh);
    }
    note_banner(session);
    if (result == SSH_AGAIN)
        return;
    if (result != SSH_OK) {
        exchange_failed(session);
        return;
    }
    struct tunnel_facts *facts = &session->facts;
    copy_text(facts->cipher, sizeof(facts->cipher), ssh_get_cipher_out(session->ssh));
    copy_text(facts->key_exchange, sizeof(facts->key_exchange),
              ssh_get_kex_algo(session->ssh));
    char found[STAGE_FOUND_MAX];
    snprintf(found, sizeof(found), "%s, %s", facts->key_exchange, facts->cipher);
    tunnel_session_stage_found(session, found);
    tunnel_session_stage_begin(session, STAGE_HOST_KEY, NULL);
    tunnel_session_move(session, TUNNEL_SESSION_VERIFYING_HOST, "keys are exchanged");
}

/* --- host key ---------------------------------------------------------------------- */

static bool read_host_key(struct tunnel_session *session, struct tunnel_host_key *key_out,
                          struct arena *arena)
{
    ssh_key key = NULL;
    char *base64 = NULL;
    if (ssh_get_server_publickey(session->ssh, &key) != SSH_OK)
        return false;
    bool ok = ssh_pki_export_pubkey_base64(key, &base64) == SSH_OK;
    if (ok) {
        struct error err;
        key_out->type = arena_strdup(arena, ssh_key_type_to_char(ssh_key_type(key)));
        key_out->key = arena_strdup(arena, base64);
        const char *line = arena_printf(arena, "%s %s", key_out->type, key_out->key);
        error_clear(&err);
        ok = tunnel_identity_fingerprint(arena, line, &key_out->fingerprint, &err) ==
             RC_OK;
    }
    ssh_string_free_char(base64);
    ssh_key_free(key);
    return ok;
}

/* Names old print, new print, and the statement that would accept the new key. */
static void explain_changed_key(const struct tunnel_session *session,
                                const struct tunnel_host_key *seen, const char *pinned,
                                struct stage_failure *failure)
{
    char trusted[256] = "";
    size_t len = 0;
    const struct tunnel_definition *definition = session->definition;
    for (size_t i = 0; i < definition->host_key_count && i < 3; i++) {
        const char *print = definition->host_keys[i].fingerprint;
        int more = snprintf(trusted + len, sizeof(trusted) - len, "%s%.60s",
                            i == 0 ? "" : ", ", print == NULL ? "no print" : print);
        len += (size_t)more;
    }
    snprintf(failure->explanation, sizeof(failure->explanation),
             "Trusted: %s. Shown: %s (%s).", len == 0 ? pinned : trusted,
             seen->fingerprint, seen->type);
    bool fits = strlen(seen->key) < 400;
    snprintf(
        failure->remedy, sizeof(failure->remedy),
        "If the bastion was rebuilt on purpose, accept its new key: ALTER CONNECTION "
        "\"%.100s\" SET (HOST KEY '%s%s%s'). If not, somebody may stand between.",
        definition->name == NULL ? "" : definition->name, fits ? seen->type : "",
        fits ? " " : "", fits ? seen->key : seen->fingerprint);
}

static void refuse_host_key(struct tunnel_session *session,
                            const struct tunnel_host_key *seen,
                            enum tunnel_host_key_match match, const char *pinned)
{
    struct stage_failure failure;
    bool is_changed = match == TUNNEL_HOST_KEY_CHANGED;
    stage_failure_set(&failure, STAGE_HOST_KEY,
                      is_changed ? STAGE_CAUSE_HOST_KEY_CHANGED
                                 : STAGE_CAUSE_HOST_KEY_UNTRUSTED,
                      "Host key verification failed.");
    explain_changed_key(session, seen, pinned, &failure);
    if (is_changed)
        LOG(LOG_WARN, TUNNEL_HOST_KEY_CHANGED, "tunnel=%s host=\"%s\" shown=%s",
            session->definition->id, session->definition->host, seen->fingerprint);
    tunnel_session_fail(session, &failure);
}

static void remember_host_key(struct tunnel_session *session,
                              const struct tunnel_host_key *seen, bool is_first)
{
    struct tunnel_facts *facts = &session->facts;
    copy_text(facts->host_key_type, sizeof(facts->host_key_type), seen->type);
    copy_text(facts->host_key, sizeof(facts->host_key), seen->key);
    copy_text(facts->fingerprint, sizeof(facts->fingerprint), seen->fingerprint);
    if (!is_first)
        return;
    facts->is_first_use = true;
    LOG(LOG_INFO, TUNNEL_HOST_KEY_PINNED, "tunnel=%s host=\"%s\" print=%s",
        session->definition->id, session->definition->host, seen->fingerprint);
    if (session->observer.on_pin != NULL)
        session->observer.on_pin(session->observer.argument, seen);
}

/* The trusted set, or what this session itself has pinned and the owner has not yet
 * given back. */
static enum tunnel_host_key_match match(const struct tunnel_session *session,
                                        const struct tunnel_host_key *seen)
{
    const struct tunnel_definition *definition = session->definition;
    const struct tunnel_facts *facts = &session->facts;
    struct tunnel_host_key pinned = {facts->host_key_type, facts->host_key,
                                     facts->fingerprint};
    if (definition->host_key_count == 0 && facts->is_first_use)
        return tunnel_hostkey_match(definition->trust, &pinned, 1, seen);
    return tunnel_hostkey_match(definition->trust, definition->host_keys,
                                definition->host_key_count, seen);
}

static int next_key(const struct tunnel_session *session, int after)
{
    for (int i = 1; i <= TUNNEL_KEY_COUNT; i++) {
        int candidate = (after + i) % TUNNEL_KEY_COUNT;
        if (session->keys[candidate] != NULL)
            return candidate;
    }
    return after;
}

static void in_verifying(struct tunnel_session *session)
{
    struct arena *arena = arena_new("host-key", NULL);
    struct tunnel_host_key seen = {NULL, NULL, NULL};
    if (!read_host_key(session, &seen, arena) ||
        strlen(seen.key) >= TUNNEL_HOST_KEY_MAX) {
        tunnel_session_fail_with(session, STAGE_HOST_KEY, STAGE_CAUSE_PROTOCOL_ERROR,
                                 "the host key could not be read");
        arena_free(&arena);
        return;
    }
    enum tunnel_host_key_match verdict = match(session, &seen);
    char found[STAGE_FOUND_MAX];
    snprintf(found, sizeof(found), "%s %s%s", seen.type, seen.fingerprint,
             verdict == TUNNEL_HOST_KEY_FIRST ? " (pinned on first use)" : "");
    tunnel_session_stage_found(session, found);
    if (verdict == TUNNEL_HOST_KEY_TRUSTED || verdict == TUNNEL_HOST_KEY_FIRST) {
        remember_host_key(session, &seen, verdict == TUNNEL_HOST_KEY_FIRST);
        tunnel_session_stage_begin(session, STAGE_LOGIN, session->definition->user);
        session->keys_tried_count = 0;
        session->key_tried = session->key_preferred;
        if (session->keys[session->key_tried] == NULL)
            session->key_tried = next_key(session, session->key_tried);
        tunnel_session_move(session, TUNNEL_SESSION_LOGGING_IN, "the host is trusted");
    } else {
        char pinned[sizeof(session->facts.fingerprint)];
        copy_text(pinned, sizeof(pinned), session->facts.fingerprint);
        refuse_host_key(session, &seen, verdict, pinned[0] == '\0' ? "none" : pinned);
    }
    arena_free(&arena);
}

/* --- login ------------------------------------------------------------------------- */

/* "publickey,keyboard-interactive": what sshd would take, in its own order. */
static void list_methods(const struct tunnel_session *session, char *out, size_t size)
{
    static const struct {
        int bit;
        const char *name;
    } methods[] = {
        {SSH_AUTH_METHOD_PUBLICKEY, "publickey"},
        {SSH_AUTH_METHOD_GSSAPI_MIC, "gssapi-with-mic"},
        {SSH_AUTH_METHOD_PASSWORD, "password"},
        {SSH_AUTH_METHOD_INTERACTIVE, "keyboard-interactive"},
        {SSH_AUTH_METHOD_HOSTBASED, "hostbased"},
    };
    int taken = ssh_userauth_list(session->ssh, NULL);
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < ARRAY_COUNT(methods); i++) {
        if ((taken & methods[i].bit) == 0)
            continue;
        int more =
            snprintf(out + len, size - len, "%s%s", len == 0 ? "" : ",", methods[i].name);
        len += (size_t)more;
        ASSERT(len < size);
    }
}

static void explain_login(const struct tunnel_session *session,
                          struct stage_failure *failure)
{
    struct arena *arena = arena_new("login-failure", NULL);
    const char *prints[TUNNEL_KEY_COUNT] = {"none", "none"};
    for (int i = 0; i < TUNNEL_KEY_COUNT; i++) {
        struct error err;
        error_clear(&err);
        const char *line = session->definition->public_keys[i];
        if (line != NULL && session->keys[i] != NULL &&
            tunnel_identity_fingerprint(arena, line, &prints[i], &err) != RC_OK)
            prints[i] = "unreadable";
    }
    snprintf(failure->explanation, sizeof(failure->explanation),
             "Offered: public key 1 %s, public key 2 %s.", prints[0], prints[1]);
    arena_free(&arena);
}

static void login_refused(struct tunnel_session *session, enum stage_cause cause,
                          const char *text)
{
    char methods[128];
    char words[STAGE_WORDS_MAX];
    struct stage_failure failure;
    list_methods(session, methods, sizeof(methods));
    if (cause == STAGE_CAUSE_LOGIN_REFUSED && methods[0] != '\0' &&
        strstr(methods, "publickey") == NULL)
        cause = STAGE_CAUSE_LOGIN_NO_PUBLICKEY;
    if (text == NULL)
        snprintf(words, sizeof(words), "%.60s@%.80s: Permission denied (%.80s).",
                 session->definition->user, session->definition->host,
                 methods[0] == '\0' ? "publickey" : methods);
    else
        snprintf(words, sizeof(words), "%.240s", text);
    stage_failure_set(&failure, STAGE_LOGIN, cause, words);
    explain_login(session, &failure);
    tunnel_session_fail(session, &failure);
}

static void key_denied(struct tunnel_session *session)
{
    session->keys_tried_count++;
    int next = next_key(session, session->key_tried);
    if (session->keys_tried_count >= TUNNEL_KEY_COUNT || next == session->key_tried) {
        login_refused(session, STAGE_CAUSE_LOGIN_REFUSED, NULL);
        return;
    }
    session->key_tried = next;
}

/* sshd cut the line while we logged in. With MaxAuthTries 1 that is its answer to the
 * first key, so another connection begins with the other one. */
static void login_cut(struct tunnel_session *session)
{
    const char *text = ssh_get_error(session->ssh);
    int refused = session->key_tried;
    session->key_preferred = next_key(session, refused);
    if (has_text(text, "Too many authentication failures") &&
        session->keys_tried_count == 0 && session->key_preferred != refused &&
        !session->has_reconnected) {
        char found[96];
        snprintf(found, sizeof(found),
                 "public key %d was refused; the bastion allows one try a connection",
                 refused + 1);
        tunnel_session_stage_found(session, found);
        tunnel_session_reconnect(session, "the other key has its turn");
        return;
    }
    if (has_text(text, "Too many authentication failures") ||
        session->keys_tried_count > 0) {
        login_refused(session, STAGE_CAUSE_LOGIN_REFUSED, text[0] == '\0' ? NULL : text);
        return;
    }
    char words[STAGE_WORDS_MAX];
    snprintf(words, sizeof(words), "Connection closed by %.60s port %u: %.120s",
             session->definition->host, (unsigned)session->definition->port, text);
    tunnel_session_fail_with(session, STAGE_LOGIN, STAGE_CAUSE_SESSION_LOST, words);
}

static void logged_in(struct tunnel_session *session)
{
    char found[64];
    session->key_preferred = session->key_tried;
    session->facts.accepted_key = session->key_tried + 1;
    snprintf(found, sizeof(found), "public key %d was accepted",
             session->facts.accepted_key);
    tunnel_session_stage_found(session, found);
    forget_keys(session);
    tunnel_session_move(session, TUNNEL_SESSION_UP, "logged in");
}

static void in_logging_in(struct tunnel_session *session)
{
    int tried = session->key_tried;
    int result = ssh_userauth_publickey(session->ssh, NULL, session->keys[tried]);
    switch (result) {
    case SSH_AUTH_AGAIN:
        if (ssh_is_connected(session->ssh) == 0)
            login_cut(session);
        break;
    case SSH_AUTH_SUCCESS:
        logged_in(session);
        break;
    case SSH_AUTH_DENIED:
        key_denied(session);
        if (session->machine.state == TUNNEL_SESSION_LOGGING_IN)
            in_logging_in(session);
        break;
    case SSH_AUTH_PARTIAL:
        login_refused(session, STAGE_CAUSE_LOGIN_INCOMPLETE, NULL);
        break;
    default:
        login_cut(session);
        break;
    }
}

void tunnel_handshake_step(struct tunnel_session *session)
{
    int before = TUNNEL_SESSION_STATE_COUNT;
    while (session->machine.state != before) {
        before = session->machine.state;
        if (before == TUNNEL_SESSION_EXCHANGING_KEYS)
            in_exchanging(session);
        else if (before == TUNNEL_SESSION_VERIFYING_HOST)
            in_verifying(session);
        else if (before == TUNNEL_SESSION_LOGGING_IN)
            in_logging_in(session);
    }
}

void tunnel_handshake_timed_out(struct tunnel_session *session)
{
    char words[STAGE_WORDS_MAX];
    enum stage stage = tunnel_session_stage(session);
    const struct tunnel_definition *definition = session->definition;
    enum stage_cause cause = STAGE_CAUSE_TIMEOUT;
    switch (stage) {
    case STAGE_RESOLVE:
        snprintf(words, sizeof(words),
                 "failed to lookup address information: Temporary failure in name "
                 "resolution");
        break;
    case STAGE_CONNECT:
        snprintf(words, sizeof(words),
                 "connect to host %.128s port %u: Connection timed out", definition->host,
                 (unsigned)definition->port);
        break;
    case STAGE_BANNER:
        snprintf(words, sizeof(words), "Connection timed out during banner exchange");
        if (session->foreign_len > 0) {
            not_ssh(session);
            return;
        }
        break;
    default:
        snprintf(words, sizeof(words), "Connection to %.128s port %u timed out",
                 definition->host, (unsigned)definition->port);
        break;
    }
    tunnel_session_fail_with(session, stage, cause, words);
}
