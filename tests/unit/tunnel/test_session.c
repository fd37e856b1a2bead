/* Sessions, channels and probes against a real sshd, and against peers that are none. */
#include "base/hash.h"
#include "tunnel/session.h"
#include "unit/tunnel/sshd_fixture.h"

static struct target echo;

static const struct tunnel_manager_settings quick = {
    .connect_timeout = {3000},
    .keepalive_interval = {150},
    .keepalive_count = 3,
    .retry_first = {50},
    .retry_max = {400},
    .refused_first = {300},
    .refused_max = {1000},
};

static int set_up(void **state)
{
    struct bench *bench = mem_alloc(sizeof(*bench));
    bench_open(bench, quick);
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    bench_close(*state);
    mem_free(*state);
    return 0;
}

static void a_dial_carries_bytes_both_ways(void **state)
{
    struct bench *bench = *state;
    struct tunnel_dial *dial = NULL;
    struct tunnel_dial_record record;
    int fd = dial_to(bench, "127.0.0.1", echo.port, MS(0), &dial);
    assert_true(echoes(fd));
    tunnel_dial_read(dial, &record);
    assert_int_equal(record.state, TUNNEL_DIAL_OPEN);
    assert_true(record.opened_us >= record.opening_us);
    await(bench, &bench->pin_count, 1);
    struct tunnel_status status = status_of(bench);
    assert_int_equal(status.state, TUNNEL_SESSION_UP);
    assert_int_equal(status.channels_open, 1);
    assert_int_equal(status.accepted_key, 1);
    assert_string_equal(status.cipher, "aes128-gcm@openssh.com");
    assert_non_null(strstr(status.server_banner, "OpenSSH"));
    close(fd);
    await(bench, &bench->closed_count, 1);
    assert_int_equal(bench->opened_count, 1);
    tunnel_dial_read(dial, &record);
    assert_int_equal(record.state, TUNNEL_DIAL_ENDED);
    assert_int_equal(record.bytes_in, 5);
    assert_int_equal(record.bytes_out, 5);
    struct error err;
    assert_int_equal(tunnel_dial_error(dial, &err), RC_OK);
    tunnel_dial_unref(&dial);
}

static void a_half_closed_stream_still_brings_its_answer(void **state)
{
    struct bench *bench = *state;
    char bytes[16];
    int fd = dial_to(bench, "localhost", echo.port, MS(0), NULL);
    make_blocking(fd);
    assert_int_equal(send(fd, "question", 8, 0), 8);
    shutdown(fd, SHUT_WR);
    assert_int_equal(recv(fd, bytes, 8, MSG_WAITALL), 8);
    assert_int_equal(recv(fd, bytes, 8, MSG_WAITALL), 0);
    close(fd);
    await(bench, &bench->closed_count, 1);
}

static void targets_that_fail_are_told_apart(void **state)
{
    struct bench *bench = *state;
    struct tunnel_dial_record record =
        failed_dial(bench, "127.0.0.1", closed_port(), MS(0));
    assert_int_equal(record.failure.stage, STAGE_FORWARD);
    assert_int_equal(record.failure.cause, STAGE_CAUSE_TARGET_REFUSED);
    assert_int_equal(record.failure.reason, 2);
    assert_string_equal(record.failure.words, "connect failed: Connection refused");
    record = failed_dial(bench, "no-such-host.invalid", 5432, MS(0));
    assert_int_equal(record.failure.cause, STAGE_CAUSE_TARGET_NAME_UNKNOWN);
    /* Refusals must not hurt the session. */
    int fd = dial_to(bench, "127.0.0.1", echo.port, MS(0), NULL);
    assert_true(echoes(fd));
    assert_int_equal(status_of(bench).connect_count, 1);
    assert_int_equal(status_of(bench).dial_failed_count, 2);
    close(fd);
}

static void a_silent_target_is_given_up_and_cleaned_up_when_answered(void **state)
{
    struct bench *bench = *state;
    uint16_t port = 0;
    int listener = listen_somewhere(&port, 0);
    int fillers[4];
    for (int i = 0; i < 4; i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_port = htons(port),
                                      .sin_addr = {htonl(INADDR_LOOPBACK)}};
        (void)!connect(fillers[i], (struct sockaddr *)(void *)&address, sizeof(address));
    }
    struct tunnel_dial_record record = failed_dial(bench, "127.0.0.1", port, MS(300));
    assert_int_equal(record.failure.cause, STAGE_CAUSE_TARGET_TIMEOUT);
    assert_int_equal(record.state, TUNNEL_DIAL_GIVEN_UP);
    assert_int_equal(status_of(bench).dials_waiting, 1);
    close(listener); /* answers the bastion with a reset */
    for (int i = 0; i < 1000 && status_of(bench).dials_waiting != 0; i++)
        pause_for(MS(10));
    assert_int_equal(status_of(bench).dials_waiting, 0);
    for (int i = 0; i < 4; i++)
        close(fillers[i]);
    int fd = dial_to(bench, "127.0.0.1", echo.port, MS(0), NULL);
    assert_true(echoes(fd));
    close(fd);
    assert_int_equal(status_of(bench).connect_count, 1);
}

static void a_forbidden_forward_says_so(void **state)
{
    struct bench *bench = *state;
    struct error err;
    struct tunnel_dial *dial = NULL;
    authorize(bench, "restrict ", 0);
    int fd = dial_to(bench, "127.0.0.1", echo.port, MS(0), &dial);
    await(bench, &bench->closed_count, 1);
    assert_int_equal(tunnel_dial_error(dial, &err), RC_FAILED);
    assert_string_equal(err.message,
                        "failed to open SSH tunnel: administratively prohibited: open "
                        "failed");
    assert_non_null(strstr(err.detail, "forward_prohibited"));
    assert_non_null(strstr(err.hint, "AllowTcpForwarding"));
    close(fd);
    tunnel_dial_unref(&dial);
}

static void forwarding_switched_off_says_so(void **state)
{
    struct bench *bench = *state;
    sshd_stop(&bench->sshd);
    snprintf(bench->sshd.options, sizeof(bench->sshd.options), "AllowTcpForwarding no\n");
    sshd_start(&bench->sshd);
    struct tunnel_dial_record record = failed_dial(bench, "127.0.0.1", echo.port, MS(0));
    assert_int_equal(record.failure.cause, STAGE_CAUSE_FORWARD_PROHIBITED);
    assert_int_equal(record.failure.reason, 1);
}

static void a_wrong_key_is_refused_slowly(void **state)
{
    struct bench *bench = *state;
    write_file(bench->sshd.folder, "authorized_keys", "");
    struct tunnel_dial_record record = failed_dial(bench, "127.0.0.1", echo.port, MS(0));
    assert_int_equal(record.failure.stage, STAGE_LOGIN);
    assert_int_equal(record.failure.cause, STAGE_CAUSE_LOGIN_REFUSED);
    assert_non_null(
        strstr(record.failure.words, "127.0.0.1: Permission denied (publickey)."));
    assert_non_null(strstr(record.failure.explanation, "SHA256:"));
    /* At once again: answered from memory, the bastion is not asked. */
    record = failed_dial(bench, "127.0.0.1", echo.port, MS(0));
    assert_int_equal(record.failure.cause, STAGE_CAUSE_LOGIN_REFUSED);
    assert_int_equal(status_of(bench).failures_in_row, 1);
}

static void the_second_key_alone_is_enough(void **state)
{
    struct bench *bench = *state;
    authorize(bench, "", 1);
    int fd = dial_to(bench, "127.0.0.1", echo.port, MS(0), NULL);
    assert_true(echoes(fd));
    assert_int_equal(status_of(bench).accepted_key, 2);
    close(fd);
}

static void a_changed_host_key_is_refused(void **state)
{
    struct bench *bench = *state;
    int fd = dial_to(bench, "127.0.0.1", echo.port, MS(0), NULL);
    assert_true(echoes(fd));
    close(fd);
    await(bench, &bench->pin_count, 1);
    sshd_stop(&bench->sshd);
    sshd_make_host_key(&bench->sshd);
    sshd_start(&bench->sshd);
    for (int i = 0; i < 1000 && status_of(bench).state == TUNNEL_SESSION_UP; i++)
        pause_for(MS(10));
    struct tunnel_dial_record record = failed_dial(bench, "127.0.0.1", echo.port, MS(0));
    assert_int_equal(record.failure.stage, STAGE_HOST_KEY);
    assert_int_equal(record.failure.cause, STAGE_CAUSE_HOST_KEY_CHANGED);
    assert_string_equal(record.failure.words, "Host key verification failed.");
    assert_non_null(strstr(record.failure.explanation, "Trusted: SHA256:"));
    assert_non_null(strstr(record.failure.remedy,
                           "ALTER CONNECTION \"b\" SET (HOST KEY 'ssh-ed25519 AAAA"));
    assert_int_equal(bench->pin_count, 1);
}

static void a_declared_host_key_is_enforced(void **state)
{
    struct bench *bench = *state;
    struct error err;
    struct tunnel_host_key *keys = NULL;
    size_t count = 0;
    error_clear(&err);
    assert_int_equal(
        tunnel_hostkey_parse(bench->arena,
                             "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", &keys,
                             &count, &err),
        RC_OK);
    struct tunnel_definition definition = define(bench);
    definition.trust = TUNNEL_TRUST_DECLARED_ONLY;
    struct tunnel_probe_result *result = probe(bench, &definition, NULL, 0, MS(0));
    assert_int_equal(result->failure.cause, STAGE_CAUSE_HOST_KEY_UNTRUSTED);
    definition.host_keys = keys;
    definition.host_key_count = count;
    result = probe(bench, &definition, NULL, 0, MS(0));
    assert_int_equal(result->failure.cause, STAGE_CAUSE_HOST_KEY_CHANGED);
    definition.trust = TUNNEL_TRUST_ACCEPT_ANY;
    result = probe(bench, &definition, NULL, 0, MS(0));
    assert_int_equal(result->failure.stage, STAGE_NONE);
}

static void a_killed_bastion_heals_by_itself(void **state)
{
    struct bench *bench = *state;
    struct tunnel_dial *dial = NULL;
    struct tunnel_dial_record record;
    char byte;
    tunnel_manager_hold(bench->manager, "u1");
    int fd = dial_to(bench, "127.0.0.1", echo.port, MS(0), &dial);
    assert_true(echoes(fd));
    sshd_stop(&bench->sshd);
    assert_int_equal(recv(fd, &byte, 1, 0), 0);
    await(bench, &bench->closed_count, 1);
    tunnel_dial_read(dial, &record);
    assert_int_equal(record.state, TUNNEL_DIAL_ENDED);
    assert_int_equal(record.failure.cause, STAGE_CAUSE_SESSION_LOST);
    close(fd);
    tunnel_dial_unref(&dial);
    for (int i = 0; i < 500 && status_of(bench).last_failure.cause != STAGE_CAUSE_REFUSED;
         i++)
        pause_for(MS(10));
    assert_int_equal(status_of(bench).last_failure.cause, STAGE_CAUSE_REFUSED);
    assert_string_equal(status_of(bench).last_failure.words +
                            strlen(status_of(bench).last_failure.words) -
                            strlen("Connection refused"),
                        "Connection refused");
    sshd_start(&bench->sshd);
    assert_true(reaches(bench, TUNNEL_SESSION_UP));
    assert_int_equal(status_of(bench).connect_count, 2);
    fd = dial_to(bench, "127.0.0.1", echo.port, MS(0), NULL);
    assert_true(echoes(fd));
    close(fd);
}

static void a_frozen_bastion_is_noticed(void **state)
{
    struct bench *bench = *state;
    int fd = dial_to(bench, "127.0.0.1", echo.port, MS(0), NULL);
    assert_true(echoes(fd));
    pause_for(MS(500));
    assert_int_equal(status_of(bench).state, TUNNEL_SESSION_UP);
    assert_true(status_of(bench).round_trip_us > 0);
    int64_t frozen_us = clock_monotonic_us();
    sshd_signal(&bench->sshd, SIGSTOP);
    await(bench, &bench->closed_count, 1);
    int64_t took_us = clock_monotonic_us() - frozen_us;
    assert_true(took_us < 1500000);
    assert_int_equal(status_of(bench).connect_count, 1);
    assert_true(status_of(bench).failures_in_row > 0);
    close(fd);
    sshd_signal(&bench->sshd, SIGCONT);
}

static void rotation_does_not_cut_a_live_stream(void **state)
{
    struct bench *bench = *state;
    struct error err;
    struct tunnel_identity fresh;
    error_clear(&err);
    int fd = dial_to(bench, "127.0.0.1", echo.port, MS(0), NULL);
    assert_true(echoes(fd));
    assert_int_equal(tunnel_identity_new(bench->arena, &fresh, &err), RC_OK);
    struct tunnel_definition rotated = define(bench);
    rotated.public_keys[0] = bench->keys[1].public_key;
    rotated.private_keys[0] = bench->keys[1].private_key;
    rotated.public_keys[1] = fresh.public_key;
    rotated.private_keys[1] = fresh.private_key;
    tunnel_manager_update(bench->manager, &rotated);
    assert_true(echoes(fd));
    authorize(bench, "", 1);
    sshd_stop(&bench->sshd);
    sshd_start(&bench->sshd);
    await(bench, &bench->closed_count, 1);
    close(fd);
    fd = dial_to(bench, "127.0.0.1", echo.port, MS(0), NULL);
    assert_true(echoes(fd));
    assert_int_equal(status_of(bench).accepted_key, 1);
    close(fd);
    secret_free(&fresh.private_key);
}

/* --- a long stream ----------------------------------------------------------------- */

enum { BLOCK_LEN = 64 * 1024, STREAM_BLOCKS = 8000 /* 524 MB */ };

/* Answers, at the end, with the hash of all blocks. */
static void serve_sum(int fd)
{
    uint8_t *block = mem_alloc(BLOCK_LEN);
    uint64_t sum = 0;
    while (recv(fd, block, BLOCK_LEN, MSG_WAITALL) == BLOCK_LEN)
        sum = hash_bytes(bytes_of(block, BLOCK_LEN), sum);
    (void)!write(fd, &sum, sizeof(sum));
    mem_free(block);
}

static void rotate(struct bench *bench, struct tunnel_definition *definition,
                   struct tunnel_identity *fresh)
{
    struct error err;
    error_clear(&err);
    assert_int_equal(tunnel_identity_new(bench->arena, fresh, &err), RC_OK);
    definition->public_keys[0] = definition->public_keys[1];
    definition->private_keys[0] = definition->private_keys[1];
    definition->public_keys[1] = fresh->public_key;
    definition->private_keys[1] = fresh->private_key;
    tunnel_manager_update(bench->manager, definition);
}

static bool send_all(int fd, const uint8_t *at, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(fd, at, len, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        at += sent;
        len -= (size_t)sent;
    }
    return true;
}

static void a_stream_of_500_megabytes_outlives_a_rotation(void **state)
{
    struct bench *bench = *state;
    struct target sum_target;
    struct tunnel_identity fresh = {NULL, NULL};
    struct tunnel_definition rotated = define(bench);
    uint8_t *block = mem_alloc(BLOCK_LEN);
    uint64_t sum = 0, answer = 0;
    target_open(&sum_target, serve_sum);
    int fd = dial_to(bench, "127.0.0.1", sum_target.port, MS(0), NULL);
    make_blocking(fd);
    for (size_t i = 0; i < STREAM_BLOCKS; i++) {
        if (i == STREAM_BLOCKS / 3)
            rotate(bench, &rotated, &fresh);
        memset(block, (int)(i & 0xff), BLOCK_LEN);
        memcpy(block, &i, sizeof(i));
        sum = hash_bytes(bytes_of(block, BLOCK_LEN), sum);
        assert_true(send_all(fd, block, BLOCK_LEN));
    }
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    assert_int_equal(recv(fd, &answer, sizeof(answer), MSG_WAITALL), sizeof(answer));
    assert_true(answer == sum);
    assert_int_equal(status_of(bench).connect_count, 1);
    close(fd);

    /* The bastion knows only what was key 2 before: it is key 1 now, and is taken. */
    authorize(bench, "", 1);
    sshd_stop(&bench->sshd);
    sshd_start(&bench->sshd);
    fd = dial_to(bench, "127.0.0.1", echo.port, MS(0), NULL);
    assert_true(echoes(fd));
    assert_int_equal(status_of(bench).accepted_key, 1);
    close(fd);
    target_close(&sum_target);
    secret_free(&fresh.private_key);
    mem_free(block);
}

static void a_moved_tunnel_drains_its_old_session(void **state)
{
    struct bench *bench = *state;
    int fd = dial_to(bench, "127.0.0.1", echo.port, MS(0), NULL);
    assert_true(echoes(fd));
    struct tunnel_definition moved = define(bench);
    moved.host = "localhost";
    tunnel_manager_update(bench->manager, &moved);
    int second = dial_to(bench, "127.0.0.1", echo.port, MS(0), NULL);
    assert_true(echoes(second));
    assert_true(echoes(fd));
    close(fd);
    await(bench, &bench->closed_count, 1);
    assert_true(echoes(second));
    tunnel_manager_remove(bench->manager, "u1");
    await(bench, &bench->closed_count, 2);
    close(second);
}

static void many_dials_leak_no_descriptor(void **state)
{
    struct bench *bench = *state;
    int fds[200];
    int fd = dial_to(bench, "127.0.0.1", echo.port, MS(0), NULL);
    assert_true(echoes(fd));
    close(fd);
    await(bench, &bench->closed_count, 1);
    size_t before = count_descriptors();
    uint16_t closed = closed_port();
    for (int i = 0; i < 200; i++)
        fds[i] =
            dial_to(bench, "127.0.0.1", i % 4 == 3 ? closed : echo.port, MS(0), NULL);
    for (int i = 0; i < 200; i++) {
        if (i % 4 != 3)
            assert_true(echoes(fds[i]));
        close(fds[i]);
    }
    await(bench, &bench->closed_count, 201);
    assert_int_equal(bench->opened_count, 151);
    /* The echo threads close their ends a moment later. */
    for (int i = 0; i < 500 && count_descriptors() > before; i++)
        pause_for(MS(10));
    assert_true(count_descriptors() <= before);
    assert_int_equal(bench->closed_count, 201);
    assert_int_equal(status_of(bench).channels_open, 0);
}

static void serve_garbage(int fd)
{
    char bytes[4096];
    random_fill(bytes, sizeof(bytes));
    bytes[0] = 'x';
    bytes[1] = '\0';
    send(fd, bytes, sizeof(bytes), MSG_NOSIGNAL);
    recv(fd, bytes, sizeof(bytes), 0);
    pause_for(MS(1000));
}

static void serve_http(int fd)
{
    static const char answer[] = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
    char bytes[256];
    recv(fd, bytes, sizeof(bytes), 0);
    send(fd, answer, sizeof(answer) - 1, MSG_NOSIGNAL);
}

static void serve_nothing(int fd)
{
    char bytes[256];
    while (recv(fd, bytes, sizeof(bytes), 0) > 0)
        continue;
}

static void serve_end(int fd)
{
    (void)fd;
}

static void serve_limit(int fd)
{
    static const char answer[] = "Exceeded MaxStartups\r\n";
    send(fd, answer, sizeof(answer) - 1, MSG_NOSIGNAL);
}

static void serve_half_banner(int fd)
{
    static const char answer[] =
        "SSH-2.0-Half_a_server\r\n\0\0\0\x0crubbish that is no kex";
    send(fd, answer, sizeof(answer) - 1, MSG_NOSIGNAL);
    serve_nothing(fd);
}

static void peers_that_are_no_bastion_are_told_apart(void **state)
{
    struct bench *bench = *state;
    static const struct {
        void (*serve)(int fd);
        enum stage stage;
        enum stage_cause cause;
    } cases[] = {
        {serve_garbage, STAGE_BANNER, STAGE_CAUSE_NOT_SSH},
        {serve_http, STAGE_BANNER, STAGE_CAUSE_NOT_SSH},
        {serve_nothing, STAGE_BANNER, STAGE_CAUSE_TIMEOUT},
        {serve_end, STAGE_BANNER, STAGE_CAUSE_TOO_MANY_STARTUPS},
        {serve_limit, STAGE_BANNER, STAGE_CAUSE_TOO_MANY_STARTUPS},
        {serve_half_banner, STAGE_KEY_EXCHANGE, STAGE_CAUSE_COUNT},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct target target;
        target_open(&target, cases[i].serve);
        struct tunnel_definition definition = define(bench);
        definition.port = target.port;
        struct tunnel_probe_result *result = probe(bench, &definition, NULL, 0, MS(500));
        if (result->failure.stage != cases[i].stage ||
            (cases[i].cause != STAGE_CAUSE_COUNT &&
             result->failure.cause != cases[i].cause))
            fail_msg("case %zu: %s %s \"%s\"", i, stage_name(result->failure.stage),
                     stage_cause_name(result->failure.cause), result->failure.words);
        target_close(&target);
    }
}

static void bastions_that_cannot_be_reached_are_told_apart(void **state)
{
    struct bench *bench = *state;
    struct tunnel_definition definition = define(bench);
    definition.port = closed_port();
    struct tunnel_probe_result *result = probe(bench, &definition, NULL, 0, MS(0));
    assert_int_equal(result->failure.stage, STAGE_CONNECT);
    assert_int_equal(result->failure.cause, STAGE_CAUSE_REFUSED);
    assert_int_equal(result->trace.count, 2);
    assert_int_equal(result->trace.records[0].verdict, STAGE_VERDICT_OK);
    assert_int_equal(result->trace.records[1].verdict, STAGE_VERDICT_FAILED);
    definition.host = "no-such-host.invalid";
    result = probe(bench, &definition, NULL, 0, MS(0));
    assert_int_equal(result->failure.stage, STAGE_RESOLVE);
    assert_non_null(
        strstr(result->failure.words, "failed to lookup address information: "));
    definition = define(bench);
    definition.private_keys[0] = NULL;
    definition.private_keys[1] = NULL;
    result = probe(bench, &definition, NULL, 0, MS(0));
    assert_int_equal(result->failure.cause, STAGE_CAUSE_KEYS_SEALED);
}

static void a_probe_tells_every_stage(void **state)
{
    struct bench *bench = *state;
    struct tunnel_definition definition = define(bench);
    struct tunnel_probe_result *result =
        probe(bench, &definition, "127.0.0.1", echo.port, MS(0));
    assert_int_equal(result->failure.stage, STAGE_NONE);
    assert_int_equal(result->trace.count, 7);
    assert_true(result->is_first_use);
    assert_int_equal(result->accepted_key, 1);
    for (size_t i = 0; i < result->trace.count; i++) {
        const struct stage_record *record = &result->trace.records[i];
        assert_int_equal(record->stage, STAGE_RESOLVE + i);
        assert_int_equal(record->verdict, STAGE_VERDICT_OK);
        assert_true(record->found[0] != '\0');
        assert_true(record->time_us >= 0 && record->time_us < 3000000);
    }
    result = probe(bench, &definition, "127.0.0.1", closed_port(), MS(0));
    assert_int_equal(result->failure.cause, STAGE_CAUSE_TARGET_REFUSED);
    assert_int_equal(result->trace.records[6].verdict, STAGE_VERDICT_FAILED);
    await(bench, &bench->pin_count, 2);
}

static void a_bad_request_fails_at_once(void **state)
{
    struct bench *bench = *state;
    struct error err;
    int fd = -1;
    struct tunnel_dial_request request = {.tunnel_id = "u9", .host = "db", .port = 5432};
    error_clear(&err);
    assert_int_equal(tunnel_dial(bench->manager, &request, &fd, NULL, &err), RC_FAILED);
    request.tunnel_id = "u1";
    request.port = 0;
    assert_int_equal(tunnel_dial(bench->manager, &request, &fd, NULL, &err), RC_FAILED);
    request.port = 5432;
    request.host = "-x y";
    assert_int_equal(tunnel_dial(bench->manager, &request, &fd, NULL, &err), RC_FAILED);
    assert_int_equal(fd, -1);
}

/* Ends with everything in flight: freed by tear_down, watched by the sanitizers. */
static void stopping_reports_every_dial_closed(void **state)
{
    struct bench *bench = *state;
    int fds[20];
    for (int i = 0; i < 20; i++)
        fds[i] = dial_to(bench, "127.0.0.1", echo.port, MS(0), NULL);
    assert_true(echoes(fds[0]));
    tunnel_manager_free(&bench->manager);
    await(bench, &bench->closed_count, 20);
    for (int i = 0; i < 20; i++)
        close(fds[i]);
}

static void delays_grow_within_their_bounds(void **state)
{
    (void)state;
    for (int failures = 1; failures < 40; failures++) {
        int64_t whole = failures > 6 ? 5000 : 200 << (failures - 1);
        if (whole > 5000)
            whole = 5000;
        for (int i = 0; i < 50; i++) {
            int64_t got = tunnel_session_delay(failures, MS(200), SECONDS(5)).count;
            assert_in_range(got, whole / 2, whole);
        }
    }
}

static int open_targets(void **state)
{
    (void)state;
    target_open(&echo, serve_echo);
    return 0;
}

static int close_targets(void **state)
{
    (void)state;
    target_close(&echo);
    return 0;
}

#define WITH_SSHD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delays_grow_within_their_bounds),
        WITH_SSHD(a_dial_carries_bytes_both_ways),
        WITH_SSHD(a_half_closed_stream_still_brings_its_answer),
        WITH_SSHD(targets_that_fail_are_told_apart),
        WITH_SSHD(a_silent_target_is_given_up_and_cleaned_up_when_answered),
        WITH_SSHD(a_forbidden_forward_says_so),
        WITH_SSHD(forwarding_switched_off_says_so),
        WITH_SSHD(a_wrong_key_is_refused_slowly),
        WITH_SSHD(the_second_key_alone_is_enough),
        WITH_SSHD(a_changed_host_key_is_refused),
        WITH_SSHD(a_declared_host_key_is_enforced),
        WITH_SSHD(a_killed_bastion_heals_by_itself),
        WITH_SSHD(a_frozen_bastion_is_noticed),
        WITH_SSHD(rotation_does_not_cut_a_live_stream),
        WITH_SSHD(a_stream_of_500_megabytes_outlives_a_rotation),
        WITH_SSHD(a_moved_tunnel_drains_its_old_session),
        WITH_SSHD(many_dials_leak_no_descriptor),
        WITH_SSHD(peers_that_are_no_bastion_are_told_apart),
        WITH_SSHD(bastions_that_cannot_be_reached_are_told_apart),
        WITH_SSHD(a_probe_tells_every_stage),
        WITH_SSHD(a_bad_request_fails_at_once),
        WITH_SSHD(stopping_reports_every_dial_closed),
    };
    if (access(SSHD_PATH, X_OK) != 0) {
        printf("skipped: %s is not there\n", SSHD_PATH);
        return 0;
    }
    return cmocka_run_group_tests(tests, open_targets, close_targets);
}
