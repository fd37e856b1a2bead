/* connectors/registry: the walk over a registry's stages, each failure with its cause,
 * and what is never sent. */

#include "connectors/registry/subjects.h"
#include "unit/connectors/registry/attempt.h"

static struct certificate authority;
static struct certificate stranger;
static struct certificate own; /* for registry.internal */
static struct certificate expired;
static struct certificate client;
static char own_path[64];
static char own_key_path[64];
static char expired_path[64];
static char expired_key_path[64];
static char authority_path[64];

struct wanted {
    const char *label;
    const char *server[10]; /* its arguments */
    const char *url;        /* NULL: http://registry.internal:8081 */
    const char *authority;
    bool shows_certificate;
    const char *password; /* NULL: no login */
    enum stage stage;     /* NONE: it goes well */
    enum stage_cause cause;
    const char *message;
    const char *hint;
};

static struct attempt *attempt_of(const struct wanted *wanted, const struct place *places)
{
    struct attempt *attempt = attempt_new(places);
    set_option(attempt, "URL",
               wanted->url == NULL ? "http://registry.internal:8081" : wanted->url);
    if (wanted->authority != NULL)
        set_option(attempt, "SSL CERTIFICATE AUTHORITY", wanted->authority);
    if (wanted->shows_certificate) {
        set_option(attempt, "SSL CERTIFICATE", client.pem);
        set_option(attempt, "SSL KEY", client.key_pem);
    }
    if (wanted->password != NULL) {
        set_option(attempt, "USER", "reader");
        set_option(attempt, "PASSWORD", wanted->password);
    }
    return attempt;
}

static void run_wanted(const struct wanted *wanted, enum dial_kind kind)
{
    struct fake fake = fake_start(wanted->server);
    const struct place places[] = {
        {"registry.internal", 8081, kind == DIAL_PAIR ? "u1" : "", kind, fake.port},
        {"other.internal", 8081, kind == DIAL_PAIR ? "u1" : "", kind, fake.port},
        {NULL, 0, NULL, kind, 0}};
    struct attempt *attempt = attempt_of(wanted, places);
    if (kind == DIAL_PAIR)
        set_option(attempt, "SSH TUNNEL", "u1");
    attempt->probe.timeout = MS(5000);
    print_message("%s\n", wanted->label);
    attempt_run(attempt);
    assert_int_equal(attempt->bench.wrong_count, 0);
    if (wanted->stage == STAGE_NONE) {
        attempt_print(attempt);
        assert_int_equal(attempt->rc, RC_OK);
    } else {
        assert_failed_at(attempt, wanted->stage, wanted->cause, wanted->message);
        assert_non_null(strstr(attempt->err.hint, wanted->hint));
        assert_null(strstr(attempt->err.message, "wrong-password"));
    }
    attempt_free(attempt);
    fake_stop(&fake);
}

static const struct wanted answer_cases[] = {
    {"plain", {NULL}, .message = ""},
    {"login", {"--login", "reader", "right", NULL}, .password = "right"},
    {"redirect on the same host", {"--answer", "redirect", NULL}, .message = ""},
    {"no login",
     {"--login", "reader", "right", NULL},
     .stage = STAGE_TARGET_LOGIN,
     .cause = STAGE_CAUSE_PASSWORD_MISSING,
     .message = "server error 401",
     .hint = "Set USER and PASSWORD"},
    {"wrong password",
     {"--login", "reader", "right", NULL},
     .password = "wrong-password",
     .stage = STAGE_TARGET_LOGIN,
     .cause = STAGE_CAUSE_PASSWORD_WRONG,
     .message = "server error 401",
     .hint = "PASSWORD"},
    {"sealed",
     {NULL},
     .password = "sealed",
     .stage = STAGE_TARGET_LOGIN,
     .cause = STAGE_CAUSE_SECRET_SEALED,
     .message = "PASSWORD",
     .hint = "master key"},
    {"forbidden",
     {"--answer", "status-403", NULL},
     .stage = STAGE_TARGET_LOGIN,
     .cause = STAGE_CAUSE_NOT_AUTHORIZED,
     .message = "server error 403",
     .hint = "right to read"},
    {"no registry",
     {"--answer", "status-404", NULL},
     .stage = STAGE_SETTINGS,
     .cause = STAGE_CAUSE_NOT_REGISTRY,
     .message = "server error 404",
     .hint = "URL"},
    {"broken",
     {"--answer", "status-503", NULL},
     .stage = STAGE_SETTINGS,
     .cause = STAGE_CAUSE_HTTP_STATUS,
     .message = "server error 503",
     .hint = "log"},
    {"HTML",
     {"--answer", "html", NULL},
     .stage = STAGE_SETTINGS,
     .cause = STAGE_CAUSE_NOT_REGISTRY,
     .message = "no JSON array",
     .hint = "URL"},
    {"huge body",
     {"--answer", "huge", NULL},
     .stage = STAGE_SETTINGS,
     .cause = STAGE_CAUSE_ANSWER_TOO_LARGE,
     .message = "too large",
     .hint = "URL"},
    {"huge headers",
     {"--answer", "headers", NULL},
     .stage = STAGE_SETTINGS,
     .cause = STAGE_CAUSE_ANSWER_TOO_LARGE,
     .message = "too large",
     .hint = "URL"},
    {"away",
     {"--answer", "away", NULL},
     .password = "right",
     .stage = STAGE_ANSWER,
     .cause = STAGE_CAUSE_REDIRECTED_AWAY,
     .message = "redirected to http://elsewhere.internal",
     .hint = "Set URL"},
    {"loop",
     {"--answer", "loop", NULL},
     .stage = STAGE_ANSWER,
     .cause = STAGE_CAUSE_REDIRECTED_AWAY,
     .message = "too many redirects",
     .hint = "URL"},
    {"closes",
     {"--answer", "close", NULL},
     .stage = STAGE_ANSWER,
     .cause = STAGE_CAUSE_TARGET_CLOSED,
     .message = "error sending request",
     .hint = "log"},
    {"silent",
     {"--answer", "silent", NULL},
     .stage = STAGE_ANSWER,
     .cause = STAGE_CAUSE_TIMEOUT,
     .message = "timed out",
     .hint = "silent"},
};

static void answers_are_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(answer_cases); i++)
        run_wanted(&answer_cases[i], i % 2 == 0 ? DIAL_STREAM : DIAL_PAIR);
}

#define TLS_URL "https://registry.internal:8081/"

static const struct wanted tls_cases[] = {
    {"TLS",
     {"--tls", own_path, own_key_path, NULL},
     TLS_URL,
     authority.pem,
     false,
     NULL,
     STAGE_NONE,
     STAGE_CAUSE_NONE,
     "",
     ""},
    {"certificate of ours",
     {"--tls", own_path, own_key_path, "--client-authority", authority_path, NULL},
     TLS_URL,
     authority.pem,
     true,
     NULL,
     STAGE_NONE,
     STAGE_CAUSE_NONE,
     "",
     ""},
    {"no certificate of ours",
     {"--tls", own_path, own_key_path, "--client-authority", authority_path, NULL},
     TLS_URL,
     authority.pem,
     false,
     NULL,
     STAGE_ANSWER,
     STAGE_CAUSE_CLIENT_CERTIFICATE_BAD,
     "certificate required",
     "SSL CERTIFICATE"},
    {"wrong authority",
     {"--tls", own_path, own_key_path, NULL},
     TLS_URL,
     stranger.pem,
     false,
     NULL,
     STAGE_TLS,
     STAGE_CAUSE_TLS_UNTRUSTED,
     "certificate",
     "SSL CERTIFICATE AUTHORITY"},
    {"system's authorities",
     {"--tls", own_path, own_key_path, NULL},
     TLS_URL,
     NULL,
     false,
     NULL,
     STAGE_TLS,
     STAGE_CAUSE_TLS_UNTRUSTED,
     "certificate",
     "SSL CERTIFICATE AUTHORITY"},
    {"wrong name",
     {"--tls", own_path, own_key_path, NULL},
     "https://other.internal:8081",
     authority.pem,
     false,
     NULL,
     STAGE_TLS,
     STAGE_CAUSE_TLS_NAME_MISMATCH,
     "other.internal",
     "URL"},
    {"expired",
     {"--tls", expired_path, expired_key_path, NULL},
     TLS_URL,
     authority.pem,
     false,
     NULL,
     STAGE_TLS,
     STAGE_CAUSE_TLS_EXPIRED,
     "expired",
     "Renew"},
    {"bad authority",
     {"--tls", own_path, own_key_path, NULL},
     TLS_URL,
     "no PEM",
     false,
     NULL,
     STAGE_TLS,
     STAGE_CAUSE_TLS_AUTHORITY_BAD,
     "error",
     "PEM"},
    {"plain behind https",
     {NULL},
     TLS_URL,
     authority.pem,
     false,
     NULL,
     STAGE_TLS,
     STAGE_CAUSE_TLS_REFUSED,
     "wrong version number",
     "http://"},
    {"TLS behind http",
     {"--tls", own_path, own_key_path, NULL},
     NULL,
     NULL,
     false,
     NULL,
     STAGE_ANSWER,
     STAGE_CAUSE_TLS_REQUIRED,
     "error sending",
     "https://"},
};

static void tls_is_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(tls_cases); i++)
        run_wanted(&tls_cases[i], i % 2 == 0 ? DIAL_PAIR : DIAL_STREAM);
}

/* Proxies in the environment would get the request, and the credentials with it. */
static void the_environment_is_not_obeyed(void **state)
{
    static const struct wanted plain = {"environment", {NULL}, .message = ""};
    (void)state;
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    run_wanted(&plain, DIAL_STREAM);
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
}

static void a_dial_that_fails_speaks_for_itself(void **state)
{
    (void)state;
    static const struct {
        enum dial_kind kind;
        const char *tunnel_id;
        enum stage stage;
        enum stage_cause cause;
        const char *message;
    } cases[] = {
        {DIAL_UNKNOWN, NULL, STAGE_RESOLVE, STAGE_CAUSE_NAME_UNKNOWN,
         "error sending request for url (http://registry.internal:8081/subjects): Name"},
        {DIAL_PROHIBITED, "u1", STAGE_FORWARD, STAGE_CAUSE_FORWARD_PROHIBITED,
         "failed to open SSH tunnel: administratively prohibited"},
        {DIAL_SILENT, "u1", STAGE_FORWARD, STAGE_CAUSE_TARGET_TIMEOUT, "timed out"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct wanted wanted = {.label = ""};
        const struct place places[] = {
            {"registry.internal", 8081, NULL, cases[i].kind, 1},
            {NULL, 0, NULL, DIAL_PAIR, 0}};
        struct attempt *attempt = attempt_of(&wanted, places);
        attempt->probe.timeout = MS(500);
        if (cases[i].tunnel_id != NULL)
            set_option(attempt, "SSH TUNNEL", cases[i].tunnel_id);
        attempt_run(attempt);
        assert_failed_at(attempt, cases[i].stage, cases[i].cause, cases[i].message);
        attempt_free(attempt);
    }
}

static void a_cancel_ends_it(void **state)
{
    (void)state;
    const struct wanted wanted = {.label = ""};
    const struct place places[] = {{"registry.internal", 8081, NULL, DIAL_SILENT, 1},
                                   {NULL, 0, NULL, DIAL_PAIR, 0}};
    struct attempt *attempt = attempt_of(&wanted, places);
    atomic_store(&attempt->cancelled, 1);
    attempt_run(attempt);
    assert_string_equal(sqlstate_code(attempt->err.state), "57014");
    attempt_free(attempt);
}

static void subjects_are_told_from_other_json(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_right;
        size_t count;
    } cases[] = {
        {"[]", true, 0},
        {" [ \"a\" , \"b\\n\\u00e9\" ] \n", true, 2},
        {"", false, 0},
        {"[", false, 0},
        {"{}", false, 0},
        {"[1]", false, 0},
        {"[\"a\",]", false, 0},
        {"[\"a\"] x", false, 0},
        {"[\"a", false, 0},
        {"[\"\\x\"]", false, 0},
        {"[\"\\u00g0\"]", false, 0},
        {"[\"a\"\"b\"]", false, 0},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        size_t count = 0;
        assert_int_equal(registry_subjects_count(bytes_of_text(cases[i].text), &count),
                         cases[i].is_right);
        if (cases[i].is_right)
            assert_int_equal(count, cases[i].count);
    }
}

static void the_command_is_told(void **state)
{
    (void)state;
    const struct wanted wanted = {.label = "", .password = "hidden", .authority = "PEM"};
    struct attempt *attempt = attempt_of(&wanted, NULL);
    struct arena *arena = arena_new("test", NULL);
    struct connector_target target;
    assert_string_equal(registry_connector.command(arena, &attempt->set),
                        "curl -v --noproxy '*' -u 'reader' --cacert authority.pem "
                        "http://registry.internal:8081/subjects");
    assert_true(
        connector_target_at(&registry_connector, arena, &attempt->set, 0, &target));
    assert_string_equal(target.host, "registry.internal");
    assert_int_equal(target.port, 8081);
    assert_null(target.tunnel_id);
    arena_free(&arena);
    attempt_free(attempt);
}

static int make_certificates(void **state)
{
    (void)state;
    certificate_make(&authority, &(struct certificate_request){"test authority", NULL,
                                                               NULL, true, -1, 30});
    certificate_make(&stranger,
                     &(struct certificate_request){"stranger", NULL, NULL, true, -1, 30});
    certificate_make(&own,
                     &(struct certificate_request){"registry", "DNS:registry.internal",
                                                   &authority, false, -1, 30});
    certificate_make(&expired,
                     &(struct certificate_request){"registry", "DNS:registry.internal",
                                                   &authority, false, -9, -1});
    certificate_make(&client, &(struct certificate_request){"client", NULL, &authority,
                                                            false, -1, 30});
    certificate_store(own.pem, own_path);
    certificate_store(own.key_pem, own_key_path);
    certificate_store(expired.pem, expired_path);
    certificate_store(expired.key_pem, expired_key_path);
    certificate_store(authority.pem, authority_path);
    return 0;
}

static int drop_certificates(void **state)
{
    (void)state;
    unlink(own_path);
    unlink(own_key_path);
    unlink(expired_path);
    unlink(expired_key_path);
    unlink(authority_path);
    certificate_free(&authority);
    certificate_free(&stranger);
    certificate_free(&own);
    certificate_free(&expired);
    certificate_free(&client);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_judged),
        cmocka_unit_test(tls_is_judged),
        cmocka_unit_test(the_environment_is_not_obeyed),
        cmocka_unit_test(a_dial_that_fails_speaks_for_itself),
        cmocka_unit_test(a_cancel_ends_it),
        cmocka_unit_test(subjects_are_told_from_other_json),
        cmocka_unit_test(the_command_is_told),
    };
    return cmocka_run_group_tests(tests, make_certificates, drop_certificates);
}
