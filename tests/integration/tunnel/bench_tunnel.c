/* What the tunnel carries, beside `ssh -L` on the same sshd: bulk up and down with a
 * checksum over every byte, small round trips, and the time to the first answered byte.
 *
 *   bench_tunnel [MEGABYTES]      (default 200) */
#include "unit/tunnel/sshd_fixture.h"

enum { BLOCK_LEN = 65536, ROUNDS = 2000 };

static size_t total_bytes;

/* Both ends make the same bytes, so each can tell a wrong one. */
static void fill(uint8_t *bytes, size_t len, uint64_t *state)
{
    for (size_t i = 0; i + 8 <= len; i += 8) {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        memcpy(bytes + i, state, 8);
    }
}

static bool send_all(int fd, const uint8_t *bytes, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        bytes += sent;
        len -= (size_t)sent;
    }
    return true;
}

static uint64_t mix(uint64_t sum, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        sum = (sum ^ bytes[i]) * UINT64_C(1099511628211);
    return sum;
}

static uint8_t *pattern; /* total_bytes long */
static uint64_t pattern_sum;

static void serve_source(int fd)
{
    if (!send_all(fd, pattern, total_bytes))
        fprintf(stderr, "source: cut\n");
    shutdown(fd, SHUT_WR);
    char byte;
    (void)!recv(fd, &byte, 1, 0);
}

/* Takes all there is, answers with the sum. */
static void serve_sink(int fd)
{
    uint8_t *all = mem_alloc(total_bytes);
    size_t have = 0;
    ssize_t got;
    while (have < total_bytes && (got = recv(fd, all + have, total_bytes - have, 0)) > 0)
        have += (size_t)got;
    uint64_t sum = mix(0, all, have);
    send(fd, &sum, sizeof(sum), MSG_NOSIGNAL);
    mem_free(all);
}

static double seconds_since(int64_t start_us)
{
    return (double)(clock_monotonic_us() - start_us) / 1e6;
}

static double rate(int64_t start_us)
{
    return (double)total_bytes / 1e6 / seconds_since(start_us);
}

static double measure_down(int fd)
{
    uint8_t *all = mem_alloc(total_bytes + 1);
    size_t have = 0;
    ssize_t got;
    int64_t start_us = clock_monotonic_us();
    while ((got = recv(fd, all + have, total_bytes + 1 - have, 0)) > 0)
        have += (size_t)got;
    double result = rate(start_us);
    bool is_right = have == total_bytes && mix(0, all, have) == pattern_sum;
    mem_free(all);
    if (!is_right)
        fail_msg("down: %zu bytes, or a wrong sum", have);
    return result;
}

static double measure_up(int fd)
{
    uint64_t sum = 0;
    int64_t start_us = clock_monotonic_us();
    if (!send_all(fd, pattern, total_bytes))
        fail_msg("up: cut");
    /* The sum comes when the last byte has arrived; making it takes a while, so the
     * same sum is timed here and taken off. */
    if (recv(fd, &sum, sizeof(sum), MSG_WAITALL) != (ssize_t)sizeof(sum))
        fail_msg("up: no answer");
    double taken = seconds_since(start_us);
    int64_t again_us = clock_monotonic_us();
    uint64_t own = mix(0, pattern, total_bytes);
    taken -= seconds_since(again_us);
    if (sum != own)
        fail_msg("up: wrong sum");
    return (double)total_bytes / 1e6 / taken;
}

static int compare(const void *a, const void *b)
{
    const int64_t *left = a;
    const int64_t *right = b;
    return *left < *right ? -1 : *left > *right;
}

static int64_t measure_ping(int fd)
{
    static int64_t took[ROUNDS];
    char byte = 'x';
    for (int i = 0; i < ROUNDS; i++) {
        int64_t start_us = clock_monotonic_us();
        if (send(fd, &byte, 1, MSG_NOSIGNAL) != 1 || recv(fd, &byte, 1, 0) != 1)
            fail_msg("ping: cut");
        took[i] = clock_monotonic_us() - start_us;
    }
    qsort(took, ROUNDS, sizeof(took[0]), compare);
    return took[ROUNDS / 2];
}

/* Forty streams at once, each with one byte under way at a time. */
static int64_t measure_many(const int *fds, int count)
{
    char byte = 'x';
    int64_t start_us = clock_monotonic_us();
    for (int round = 0; round < 50; round++) {
        for (int i = 0; i < count; i++)
            (void)!send(fds[i], &byte, 1, MSG_NOSIGNAL);
        for (int i = 0; i < count; i++)
            if (recv(fds[i], &byte, 1, 0) != 1)
                fail_msg("many: cut");
    }
    return (clock_monotonic_us() - start_us) / 50;
}

static int open_ours(struct bench *bench, uint16_t port)
{
    int fd = dial_to(bench, "127.0.0.1", port, MS(0), NULL);
    make_blocking(fd);
    return fd;
}

static void print_ours(struct bench *bench, struct target targets[3])
{
    int many[40];
    int64_t start_us = clock_monotonic_us();
    int fd = open_ours(bench, targets[2].port);
    if (!echoes(fd))
        fail_msg("no echo");
    printf("culvert  first answer %.1f ms, ", seconds_since(start_us) * 1000);
    printf("ping %lld us, ", (long long)measure_ping(fd));
    for (int i = 0; i < 40; i++)
        many[i] = open_ours(bench, targets[2].port);
    for (int i = 0; i < 40; i++)
        echoes(many[i]);
    printf("40 at once %lld us", (long long)measure_many(many, 40));
    for (int i = 0; i < 40; i++)
        close(many[i]);
    close(fd);
    for (int i = 0; i < 3; i++) {
        fd = open_ours(bench, targets[0].port);
        printf(", down %.0f", measure_down(fd));
        close(fd);
        fd = open_ours(bench, targets[1].port);
        printf(", up %.0f MB/s", measure_up(fd));
        close(fd);
    }
    printf("\n");
}

static void write_client_key(struct bench *bench)
{
    char text[2048];
    struct bytes pem = secret_bytes(bench->keys[0].private_key);
    snprintf(text, sizeof(text), "%.*s", BYTES_PRINT(pem));
    write_file(bench->sshd.folder, "client_key", text);
}

static void print_ssh(struct bench *bench, struct target targets[3], const char *cipher)
{
    uint16_t ports[3] = {closed_port(), closed_port(), closed_port()};
    char command[1024];
    int many[40];
    write_client_key(bench);
    snprintf(
        command, sizeof(command),
        "exec ssh -F none -N -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null "
        "-o LogLevel=ERROR -o IdentitiesOnly=yes -i %s/client_key %s -p %u "
        "-L 127.0.0.1:%u:127.0.0.1:%u -L 127.0.0.1:%u:127.0.0.1:%u "
        "-L 127.0.0.1:%u:127.0.0.1:%u %s@127.0.0.1",
        bench->sshd.folder, cipher, (unsigned)bench->sshd.port, (unsigned)ports[0],
        (unsigned)targets[0].port, (unsigned)ports[1], (unsigned)targets[1].port,
        (unsigned)ports[2], (unsigned)targets[2].port, bench->user);
    int64_t start_us = clock_monotonic_us();
    pid_t pid = fork();
    if (pid == 0) {
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    int fd = -1;
    for (int i = 0; i < 5000 && fd < 0; i++) {
        fd = connect_to(ports[2]);
        pause_for(MS(1));
    }
    int yes = 1;
    setsockopt(fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, &yes, sizeof(yes));
    if (!echoes(fd))
        fail_msg("ssh: no echo");
    printf("ssh -L %s first answer %.1f ms, ", cipher, seconds_since(start_us) * 1000);
    printf("ping %lld us, ", (long long)measure_ping(fd));
    for (int i = 0; i < 40; i++)
        many[i] = connect_to(ports[2]);
    for (int i = 0; i < 40; i++)
        echoes(many[i]);
    printf("40 at once %lld us", (long long)measure_many(many, 40));
    for (int i = 0; i < 40; i++)
        close(many[i]);
    close(fd);
    for (int i = 0; i < 3; i++) {
        fd = connect_to(ports[0]);
        printf(", down %.0f", measure_down(fd));
        close(fd);
        fd = connect_to(ports[1]);
        printf(", up %.0f MB/s", measure_up(fd));
        close(fd);
    }
    printf("\n");
    kill(pid, SIGTERM);
    waitpid(pid, NULL, 0);
}

static void prepare(size_t megabytes)
{
    total_bytes = megabytes * 1000 * 1000 / 8 * 8;
    pattern = mem_alloc(total_bytes);
    uint64_t state = random_u64() | 1;
    for (size_t at = 0; at < total_bytes; at += BLOCK_LEN) {
        size_t left = total_bytes - at;
        fill(pattern + at, left < BLOCK_LEN ? left : BLOCK_LEN, &state);
    }
    pattern_sum = mix(0, pattern, total_bytes);
}

int main(int argc, char **argv)
{
    struct bench bench;
    struct target targets[3];
    prepare(argc > 1 ? strtoul(argv[1], NULL, 10) : 200);
    bench_open(&bench, (struct tunnel_manager_settings){0});
    target_open(&targets[0], serve_source);
    target_open(&targets[1], serve_sink);
    target_open(&targets[2], serve_echo);
    print_ours(&bench, targets);
    if (access("/usr/bin/ssh", X_OK) == 0) {
        print_ssh(&bench, targets, "");
        print_ssh(&bench, targets, "-c aes128-gcm@openssh.com");
    }
    for (int i = 0; i < 3; i++)
        target_close(&targets[i]);
    bench_close(&bench);
    mem_free(pattern);
    return 0;
}
