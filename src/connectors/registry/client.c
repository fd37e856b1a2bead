/* One GET of a schema registry. libcurl looks nothing up, connects to nothing but our
 * channel, obeys no environment, and sees the true name in TLS. */
#include "connectors/registry/client.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <strings.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/memory.h"
#include "base/secret.h"
#include "connectors/registry/channel.h"

enum {
    SLICE_MS = 50, /* how long a wait may overlook a cancel */
    REACH_SLICE_MS = 2,
    URL_MAX = REGISTRY_HOST_MAX + REGISTRY_PATH_MAX + 32,
};

/* Named, so that OpenSSL asks no environment. */
#define SYSTEM_AUTHORITIES "/etc/ssl/certs/ca-certificates.crt"

/* OpenSSL's X509_V_ERR_*, whose numbers are part of its interface. */
enum certificate_fault {
    FAULT_UNSPECIFIED = 1, /* libcurl's, while OpenSSL has none: the name is left */
    FAULT_NOT_YET_VALID = 9,
    FAULT_EXPIRED = 10,
};

struct request {
    const struct registry_client *client;
    struct registry_answer *answer;
    struct dialled dialled;
    bool is_dialled;
    struct channel *channel;
    CURL *easy;
    CURLM *multi;
    struct secret *secrets[5];
    size_t secret_count;
    size_t header_bytes;
    char words[CURL_ERROR_SIZE];
    char location[URL_MAX]; /* of a redirect; "" when there is none */
};

/* --- failures ---------------------------------------------------------------------- */

/* Always false. */
static bool fail(struct request *request, enum stage stage, enum stage_cause cause,
                 const char *words)
{
    stage_failure_set(&request->answer->failure, stage, cause, words);
    return false;
}

static enum stage reach_stage(const struct request *request)
{
    return request->client->options->tunnel_id == NULL ? STAGE_CONNECT : STAGE_FORWARD;
}

static bool has_time(struct request *request, enum stage stage)
{
    const struct connector_probe *probe = request->client->probe;
    if (probe->cancelled != NULL && atomic_load(probe->cancelled) != 0)
        return fail(request, stage, STAGE_CAUSE_CANCELLED, NULL);
    if (clock_monotonic_us() < request->client->deadline_us)
        return true;
    return fail(request, stage,
                stage == STAGE_FORWARD ? STAGE_CAUSE_TARGET_TIMEOUT : STAGE_CAUSE_TIMEOUT,
                "connection timed out");
}

static int64_t time_left_ms(const struct request *request)
{
    int64_t left_ms = (request->client->deadline_us - clock_monotonic_us() + 999) / 1000;
    return left_ms > 0 ? left_ms : 1;
}

/* *has_failed_out: a cut stream looks like an ended one, so the dialer is asked before
 * libcurl is believed. */
static bool ask(struct request *request, bool *has_failed_out)
{
    const struct dialer *dialer = request->client->probe->dialer;
    struct stage_failure failure = {.stage = STAGE_NONE};
    bool is_reached = dialer->ask(dialer->owner, &request->dialled, &failure);
    *has_failed_out = failure.stage != STAGE_NONE;
    if (*has_failed_out)
        request->answer->failure = failure;
    return is_reached;
}

/* --- the dial ---------------------------------------------------------------------- */

static bool reach(struct request *request)
{
    const struct dialer *dialer = request->client->probe->dialer;
    const struct registry_options *options = request->client->options;
    struct dial_request wanted = {options->tunnel_id, options->url.host,
                                  options->url.port, MS(time_left_ms(request))};
    bool has_failed = false;
    request->answer->dial_started_us = clock_monotonic_us();
    if (!has_time(request, reach_stage(request)) ||
        dialer->dial(dialer->owner, &wanted, &request->dialled,
                     &request->answer->failure) != RC_OK)
        return false;
    request->is_dialled = true;
    while (!ask(request, &has_failed) && !has_failed) {
        if (!has_time(request, reach_stage(request)))
            return false;
        poll(NULL, 0, REACH_SLICE_MS);
    }
    request->answer->reached_us = clock_monotonic_us();
    return !has_failed;
}

/* --- libcurl's callbacks ----------------------------------------------------------- */

static curl_socket_t open_socket(void *argument, curlsocktype purpose,
                                 struct curl_sockaddr *address)
{
    struct request *request = argument;
    struct sockaddr_un name;
    socklen_t len = 0;
    (void)purpose;
    /* One stream, one connect: a second one would have nowhere to go. */
    if (request->channel->listener >= 0 || request->channel->near >= 0 ||
        !channel_listen(request->channel, &name, &len) || len > sizeof(address->addr))
        return CURL_SOCKET_BAD;
    memcpy(&address->addr, &name, len);
    address->family = AF_UNIX;
    address->addrlen = len;
    return socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static size_t on_body(char *bytes, size_t size, size_t count, void *argument)
{
    struct request *request = argument;
    buffer_add(&request->answer->body, bytes_of(bytes, size * count));
    return buffer_failed(&request->answer->body) ? 0 : size * count;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *argument)
{
    static const char location[] = "location:";
    struct request *request = argument;
    size_t len = size * count;
    request->header_bytes += len;
    if (request->header_bytes > REGISTRY_HEADERS_MAX)
        return 0;
    if (len < sizeof(location) || strncasecmp(bytes, location, sizeof(location) - 1) != 0)
        return len;
    const char *at = bytes + sizeof(location) - 1;
    const char *end = bytes + len;
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    while (end > at && (end[-1] == '\r' || end[-1] == '\n' || end[-1] == ' '))
        end--;
    if ((size_t)(end - at) < sizeof(request->location))
        snprintf(request->location, sizeof(request->location), "%.*s", (int)(end - at),
                 at);
    return len;
}

/* --- settings ---------------------------------------------------------------------- */

/* Text of an option that is a literal or a secret; NULL with the failure filled. */
static const char *value_text(struct request *request, const struct option_value *value,
                              enum stage stage)
{
    const struct connector_secrets *secrets = request->client->probe->secrets;
    char words[STAGE_WORDS_MAX];
    if (value->secret_id == NULL)
        return value->text;
    struct secret *secret = secrets->find(secrets->owner, value->secret_id);
    if (secret == NULL) {
        snprintf(words, sizeof(words), "the secret of option %s is not available",
                 value->spec->name);
        fail(request, stage, STAGE_CAUSE_SECRET_SEALED, words);
        return NULL;
    }
    ASSERT(request->secret_count < ARRAY_COUNT(request->secrets));
    request->secrets[request->secret_count++] = secret_ref(secret);
    return (const char *)secret_bytes(secret).at;
}

/* Without the option nothing is set. libcurl does not copy: the text outlives it. */
static bool put_blob(struct request *request, CURLoption option,
                     const struct option_value *value)
{
    if (value == NULL)
        return true;
    const char *text = value_text(request, value, STAGE_TLS);
    if (text == NULL)
        return false;
    struct curl_blob blob = {
        .data = (void *)(uintptr_t)text, .len = strlen(text), .flags = CURL_BLOB_NOCOPY};
    return curl_easy_setopt(request->easy, option, &blob) == CURLE_OK ||
           fail(request, STAGE_TLS, STAGE_CAUSE_RESOURCES, "libcurl takes no blob");
}

static bool put_tls(struct request *request)
{
    const struct registry_options *options = request->client->options;
    CURL *easy = request->easy;
    curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(easy, CURLOPT_CAINFO, SYSTEM_AUTHORITIES);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(easy, CURLOPT_SSLCERTTYPE, "PEM");
    curl_easy_setopt(easy, CURLOPT_SSLKEYTYPE, "PEM");
    if (request->client->is_anonymous) {
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
        return true;
    }
    return put_blob(request, CURLOPT_CAINFO_BLOB, options->tls_authority) &&
           put_blob(request, CURLOPT_SSLCERT_BLOB, options->tls_certificate) &&
           put_blob(request, CURLOPT_SSLKEY_BLOB, options->tls_key);
}

static bool put_login(struct request *request)
{
    const struct registry_options *options = request->client->options;
    if (options->user == NULL || request->client->is_anonymous)
        return true;
    const char *user = value_text(request, options->user, STAGE_TARGET_LOGIN);
    const char *password =
        user == NULL || options->password == NULL
            ? ""
            : value_text(request, options->password, STAGE_TARGET_LOGIN);
    if (user == NULL || password == NULL)
        return false;
    curl_easy_setopt(request->easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
    return (curl_easy_setopt(request->easy, CURLOPT_USERNAME, user) == CURLE_OK &&
            curl_easy_setopt(request->easy, CURLOPT_PASSWORD, password) == CURLE_OK) ||
           fail(request, STAGE_TARGET_LOGIN, STAGE_CAUSE_RESOURCES, "out of memory");
}

static void put_fixed(struct request *request)
{
    CURL *easy = request->easy;
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, request->words);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, request);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, request);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, request);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)time_left_ms(request));
}

static void url_text(const struct registry_url *url, const char *path, char out[URL_MAX])
{
    bool is_v6 = strchr(url->host, ':') != NULL;
    snprintf(out, URL_MAX, "%s://%s%s%s:%u%s", url->is_https ? "https" : "http",
             is_v6 ? "[" : "", url->host, is_v6 ? "]" : "", (unsigned)url->port, path);
}

/* --- the exchange ------------------------------------------------------------------ */

static enum stage_cause tls_cause(const struct request *request, CURLcode code)
{
    long fault = 0;
    curl_easy_getinfo(request->easy, CURLINFO_SSL_VERIFYRESULT, &fault);
    const struct channel *channel = request->channel;
    bool is_alert = strcasestr(request->words, "alert") != NULL;
    if (code == CURLE_SSL_CERTPROBLEM ||
        (is_alert && strcasestr(request->words, "certificate") != NULL))
        return STAGE_CAUSE_CLIENT_CERTIFICATE_BAD;
    if (code == CURLE_SSL_CACERT_BADFILE)
        return STAGE_CAUSE_TLS_AUTHORITY_BAD;
    if (fault == FAULT_NOT_YET_VALID || fault == FAULT_EXPIRED)
        return STAGE_CAUSE_TLS_EXPIRED;
    if (code == CURLE_PEER_FAILED_VERIFICATION)
        return fault > FAULT_UNSPECIFIED ? STAGE_CAUSE_TLS_UNTRUSTED
                                         : STAGE_CAUSE_TLS_NAME_MISMATCH;
    bool speaks_tls =
        channel->first_len >= 2 && channel->first[0] >= 0x14 && channel->first[0] <= 0x17;
    return channel->first_len > 0 && !speaks_tls ? STAGE_CAUSE_TLS_REFUSED
                                                 : STAGE_CAUSE_TLS_FAILED;
}

/* RFC 8446 5.1: an alert is what a TLS server makes of a plain request. */
static bool is_tls_alert(const struct channel *channel)
{
    return channel->first_len >= 2 && channel->first[0] == 0x15 &&
           channel->first[1] == 0x03;
}

static bool fail_code(struct request *request, CURLcode code)
{
    const char *words =
        request->words[0] != '\0' ? request->words : curl_easy_strerror(code);
    bool is_https = request->client->options->url.is_https;
    bool is_handshaken = request->answer->tls_us != 0;
    bool has_failed = false;
    ask(request, &has_failed);
    if (has_failed)
        return false;
    if (buffer_failed(&request->answer->body) ||
        request->header_bytes > REGISTRY_HEADERS_MAX)
        return fail(request, STAGE_SETTINGS, STAGE_CAUSE_ANSWER_TOO_LARGE,
                    "the answer is too large");
    if (code == CURLE_OPERATION_TIMEDOUT)
        return fail(request, is_https && !is_handshaken ? STAGE_TLS : STAGE_ANSWER,
                    STAGE_CAUSE_TIMEOUT, "connection timed out");
    if (is_https && !is_handshaken)
        return fail(request, STAGE_TLS, tls_cause(request, code), words);
    if (!is_https && is_tls_alert(request->channel))
        return fail(request, STAGE_ANSWER, STAGE_CAUSE_TLS_REQUIRED, words);
    if (strcasestr(request->words, "alert") != NULL)
        return fail(request, STAGE_ANSWER, STAGE_CAUSE_CLIENT_CERTIFICATE_BAD, words);
    return fail(request, STAGE_ANSWER,
                request->channel->first_len == 0 ? STAGE_CAUSE_TARGET_CLOSED
                                                 : STAGE_CAUSE_NOT_REGISTRY,
                words);
}

static void note_tls(struct request *request)
{
    curl_off_t spent_us = 0;
    struct registry_answer *answer = request->answer;
    if (answer->tls_us != 0 || !request->client->options->url.is_https ||
        curl_easy_getinfo(request->easy, CURLINFO_APPCONNECT_TIME_T, &spent_us) !=
            CURLE_OK ||
        spent_us == 0)
        return;
    answer->tls_us = clock_monotonic_us();
    snprintf(answer->tls, sizeof(answer->tls), "authority and name verified");
}

static bool wait(struct request *request)
{
    struct pollfd watched[2];
    struct curl_waitfd extra[2];
    size_t count = channel_watch(request->channel, watched);
    for (size_t i = 0; i < count; i++) {
        extra[i] = (struct curl_waitfd){.fd = watched[i].fd};
        extra[i].events = (short)((watched[i].events & POLLIN ? CURL_WAIT_POLLIN : 0) |
                                  (watched[i].events & POLLOUT ? CURL_WAIT_POLLOUT : 0));
    }
    return has_time(request, STAGE_ANSWER) &&
           curl_multi_poll(request->multi, extra, (unsigned)count, SLICE_MS, NULL) ==
               CURLM_OK;
}

static bool exchange(struct request *request)
{
    int running = 1;
    int left = 0;
    CURLMsg *message = NULL;
    curl_multi_add_handle(request->multi, request->easy);
    while (running > 0) {
        if (curl_multi_perform(request->multi, &running) != CURLM_OK)
            return fail(request, STAGE_ANSWER, STAGE_CAUSE_RESOURCES, "libcurl failed");
        note_tls(request);
        channel_step(request->channel);
        if (running > 0 && !wait(request))
            return false;
        channel_step(request->channel);
    }
    request->answer->ended_us = clock_monotonic_us();
    message = curl_multi_info_read(request->multi, &left);
    if (message == NULL || message->msg != CURLMSG_DONE)
        return fail(request, STAGE_ANSWER, STAGE_CAUSE_RESOURCES, "libcurl failed");
    if (message->data.result != CURLE_OK)
        return fail_code(request, message->data.result);
    curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &request->answer->status);
    return true;
}

static bool put_all(struct request *request, const char *path)
{
    char url[URL_MAX];
    url_text(&request->client->options->url, path, url);
    put_fixed(request);
    curl_easy_setopt(request->easy, CURLOPT_URL, url);
    /* Every name leads to one address that is routed nowhere (RFC 2544): nothing is
     * looked up, and a connect that our channel does not catch fails. */
    struct curl_slist *to = curl_slist_append(NULL, "::198.18.0.1:");
    curl_easy_setopt(request->easy, CURLOPT_CONNECT_TO, to);
    bool is_well = put_tls(request) && put_login(request) && exchange(request);
    curl_multi_remove_handle(request->multi, request->easy);
    curl_slist_free_all(to);
    return is_well;
}

static void request_fini(struct request *request)
{
    const struct dialer *dialer = request->client->probe->dialer;
    curl_easy_cleanup(request->easy);
    curl_multi_cleanup(request->multi);
    channel_fini(request->channel);
    mem_free(request->channel);
    if (request->is_dialled)
        dialer->release(dialer->owner, &request->dialled);
    for (size_t i = 0; i < request->secret_count; i++)
        secret_free(&request->secrets[i]);
}

/* One request over one stream. `location` is what a redirect names, or "". */
static bool get_once(const struct registry_client *client, const char *path,
                     struct registry_answer *answer, char location[URL_MAX])
{
    struct request request = {.client = client, .answer = answer};
    bool is_reached = false;
    request.channel = MEM_NEW(struct channel);
    channel_init(request.channel, -1);
    buffer_truncate(&answer->body, 0);
    is_reached = reach(&request);
    if (is_reached) {
        channel_init(request.channel, request.dialled.descriptor);
        request.easy = curl_easy_init();
        request.multi = curl_multi_init();
        if (request.easy == NULL || request.multi == NULL)
            is_reached =
                fail(&request, STAGE_ANSWER, STAGE_CAUSE_RESOURCES, "out of memory");
    }
    bool is_well = is_reached && put_all(&request, path);
    snprintf(location, URL_MAX, "%s", request.location);
    request_fini(&request);
    return is_well;
}

/* libcurl's global part is set up by its first handle, under a lock of its own
 * since 7.84. */

/* --- redirects --------------------------------------------------------------------- */

/* Where a redirect leads, when that is the same place; else false. `path` is replaced. */
static bool follow(const struct registry_url *here, const char *location,
                   char path[REGISTRY_PATH_MAX])
{
    char base[URL_MAX];
    char *whole = NULL;
    struct registry_url there;
    url_text(here, path, base);
    CURLU *url = curl_url();
    bool is_read = url != NULL &&
                   curl_url_set(url, CURLUPART_URL, base, 0) == CURLUE_OK &&
                   curl_url_set(url, CURLUPART_URL, location, 0) == CURLUE_OK &&
                   curl_url_get(url, CURLUPART_URL, &whole, 0) == CURLUE_OK;
    bool is_same = false;
    if (is_read && strstr(whole, "://") != NULL) {
        size_t origin_len = (size_t)(strstr(whole, "://") + 3 - whole);
        origin_len += strcspn(whole + origin_len, "/?#");
        char *origin = mem_strndup(whole, origin_len);
        is_same = registry_url_parse(origin, &there) == NULL &&
                  there.is_https == here->is_https && there.port == here->port &&
                  strcmp(there.host, here->host) == 0 &&
                  strlen(whole + origin_len) < REGISTRY_PATH_MAX;
        if (is_same)
            snprintf(path, REGISTRY_PATH_MAX, "%s", whole + origin_len);
        mem_free(origin);
    }
    curl_free(whole);
    curl_url_cleanup(url);
    return is_same;
}

static bool is_redirect(long status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 ||
           status == 308;
}

void registry_get(const struct registry_client *client, const char *path,
                  struct registry_answer *answer_out)
{
    char location[URL_MAX] = "";
    char current[REGISTRY_PATH_MAX];
    char words[STAGE_WORDS_MAX];
    memset(answer_out, 0, sizeof(*answer_out));
    buffer_init(&answer_out->body, REGISTRY_ANSWER_MAX);
    snprintf(current, sizeof(current), "%s", path);
    for (int count = 0; count <= REGISTRY_REDIRECTS_MAX; count++) {
        if (!get_once(client, current, answer_out, location) ||
            !is_redirect(answer_out->status))
            return;
        if (!follow(&client->options->url, location, current)) {
            size_t len = strcspn(location, "?#");
            snprintf(words, sizeof(words), "redirected to %.*s",
                     (int)(len < 200 ? len : 200), location);
            stage_failure_set(&answer_out->failure, STAGE_ANSWER,
                              STAGE_CAUSE_REDIRECTED_AWAY, words);
            return;
        }
    }
    stage_failure_set(&answer_out->failure, STAGE_ANSWER, STAGE_CAUSE_REDIRECTED_AWAY,
                      "too many redirects");
}
