/* Measures a stream to bench_target, whichever way it goes there.
 *
 *   bench_tunnel port PORT
 *       TCP to a port of loopback: where `ssh -L` listens, or the target itself
 *   bench_tunnel command WORD...
 *       the standard input and output of a command: `ssh -W`
 *   bench_tunnel tunnel HOST PORT USER KEY_FILE HOST_KEY_FILE TARGET_HOST TARGET_PORT
 *       a dial of Culvert's tunnel manager
 *
 * Reads one action a line from standard input and answers each with one line, or ends
 * with status 1 and says why:
 *
 *   up BYTES SEED     -> seconds and the sum of what arrived
 *   down BYTES SEED   -> seconds and the sum of what arrived
 *   ping COUNT LEN    -> median and 99th percentile of a round trip, in microseconds
 *   many COUNT ROUNDS -> mean time of a round, in microseconds: in each, COUNT streams
 *                        send 64 bytes and get them back
 *   setup             -> seconds from nothing at all to the first byte that came back
 *
 * All but `setup` share one SSH session, with a new channel each; their clock
 * starts after the channel has answered once. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/secret.h"
#include "bench/stream.h"
#include "tunnel/identity.h"
#include "tunnel/manager.h"

enum { PATIENCE_SECONDS = 60, PING_MAX = 65536, MANY_MAX = 256, MANY_LEN = 64 };

enum way { WAY_PORT, WAY_COMMAND, WAY_TUNNEL };

struct bench {
    enum way way;
    char **words; /* what follows the way, NULL at the end */
    struct arena *arena;
    struct tunnel_definition definition;
    struct tunnel_manager *manager; /* WAY_TUNNEL: NULL until something is dialled */
    pid_t child; /* WAY_COMMAND: 0, or the one that serves the stream */
};

_Noreturn static void give_up(const char *what)
{
    fprintf(stderr, "bench_tunnel: %s\n", what);
    exit(EXIT_FAILURE);
}

static uint16_t to_port(const char *text)
{
    return (uint16_t)strtoul(text, NULL, 10);
}

/* --- the three ways ----------------------------------------------------------------- */

static int open_port(uint16_t port)
{
    int yes = 1;
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    if (connect(descriptor, (struct sockaddr *)(void *)&address, sizeof(address)) != 0)
        give_up("nobody listens");
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    return descriptor;
}

static int open_command(struct bench *bench)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        give_up("no socket pair");
    bench->child = fork();
    if (bench->child < 0)
        give_up("no fork");
    if (bench->child == 0) {
        dup2(ends[1], STDIN_FILENO);
        dup2(ends[1], STDOUT_FILENO);
        execvp(bench->words[0], bench->words);
        _exit(127);
    }
    close(ends[1]);
    return ends[0];
}

static int open_tunnel(struct bench *bench)
{
    struct tunnel_manager_settings settings = {.loop_count = 1};
    struct tunnel_dial_request request = {
        .tunnel_id = bench->definition.id,
        .host = bench->words[5],
        .port = to_port(bench->words[6]),
    };
    struct error err;
    int descriptor = -1;
    error_clear(&err);
    if (bench->manager == NULL) {
        if (tunnel_manager_new(&settings, &bench->manager, &err) != RC_OK)
            give_up(err.message);
        tunnel_manager_update(bench->manager, &bench->definition);
    }
    if (tunnel_dial(bench->manager, &request, &descriptor, NULL, &err) != RC_OK)
        give_up(err.message);
    fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK);
    return descriptor;
}

static int open_stream(struct bench *bench)
{
    struct timeval patience = {.tv_sec = PATIENCE_SECONDS};
    int descriptor = -1;
    switch (bench->way) {
    case WAY_PORT:
        descriptor = open_port(to_port(bench->words[0]));
        break;
    case WAY_COMMAND:
        descriptor = open_command(bench);
        break;
    case WAY_TUNNEL:
        descriptor = open_tunnel(bench);
        break;
    }
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    return descriptor;
}

static void end_command(struct bench *bench)
{
    if (bench->child > 0) {
        kill(bench->child, SIGTERM);
        waitpid(bench->child, NULL, 0);
    }
    bench->child = 0;
}

static void close_all(struct bench *bench)
{
    end_command(bench);
    if (bench->manager != NULL)
        tunnel_manager_free(&bench->manager);
}

/* --- WAY_TUNNEL's definition -------------------------------------------------------- */

static size_t read_file(const char *path, char *text, size_t size)
{
    FILE *file = fopen(path, "r");
    if (file == NULL)
        give_up(path);
    size_t len = fread(text, 1, size - 1, file);
    fclose(file);
    while (len > 0 && text[len - 1] == '\n')
        len--;
    text[len] = '\0';
    return len;
}

static void define(struct bench *bench)
{
    char text[8192];
    struct error err;
    struct tunnel_host_key *host_keys = NULL;
    struct tunnel_definition *definition = &bench->definition;
    error_clear(&err);
    definition->id = "u1";
    definition->name = "bench";
    definition->host = bench->words[0];
    definition->port = to_port(bench->words[1]);
    definition->user = bench->words[2];
    definition->trust = TUNNEL_TRUST_DECLARED_ONLY;
    size_t len = read_file(bench->words[3], text, sizeof(text) - 1);
    text[len] = '\n'; /* a PEM block ends with one */
    if (secret_copy(bytes_of(text, len + 1), &definition->private_keys[0], &err) !=
            RC_OK ||
        tunnel_identity_public(bench->arena, definition->private_keys[0],
                               &definition->public_keys[0], &err) != RC_OK)
        give_up(err.message);
    read_file(bench->words[4], text, sizeof(text));
    if (tunnel_hostkey_parse(bench->arena, text, &host_keys, &definition->host_key_count,
                             &err) != RC_OK)
        give_up(err.message);
    definition->host_keys = host_keys;
}

/* --- actions ------------------------------------------------------------------------ */

static void ask(int descriptor, enum stream_action action, uint64_t len, uint64_t seed)
{
    struct stream_request request = {.action = action, .len = len, .seed = seed};
    if (!send_all(descriptor, &request, sizeof(request)))
        give_up("the stream was cut at the request");
}

static void round_trip(int descriptor, uint8_t *bytes, size_t len)
{
    uint8_t back[PING_MAX];
    if (!send_all(descriptor, bytes, len) || !receive_all(descriptor, back, len))
        give_up("no echo");
    if (memcmp(bytes, back, len) != 0)
        give_up("a wrong echo");
}

/* A stream that has answered once. */
static int open_warm(struct bench *bench)
{
    uint8_t byte = 'x';
    int descriptor = open_stream(bench);
    ask(descriptor, STREAM_ECHO, 1, 0);
    round_trip(descriptor, &byte, 1);
    return descriptor;
}

static void measure_up(struct bench *bench, uint64_t len, uint64_t seed)
{
    uint64_t sent_sum = 0;
    uint64_t arrived_sum = 0;
    int descriptor = open_warm(bench);
    int64_t start = now_ns();
    ask(descriptor, STREAM_TAKE, len, seed);
    if (!stream_send(descriptor, len, seed, &sent_sum) ||
        !receive_all(descriptor, &arrived_sum, sizeof(arrived_sum)))
        give_up("up: the stream was cut");
    double seconds = (double)(now_ns() - start) / 1e9;
    if (arrived_sum != sent_sum)
        give_up("up: other bytes arrived than were sent");
    printf("%.6f %016" PRIx64 "\n", seconds, arrived_sum);
    close(descriptor);
}

static void measure_down(struct bench *bench, uint64_t len, uint64_t seed)
{
    uint64_t sent_sum = 0;
    uint64_t arrived_sum = 0;
    int descriptor = open_warm(bench);
    int64_t start = now_ns();
    ask(descriptor, STREAM_GIVE, len, seed);
    if (!stream_receive(descriptor, len, &arrived_sum) ||
        !receive_all(descriptor, &sent_sum, sizeof(sent_sum)))
        give_up("down: the stream was cut");
    double seconds = (double)(now_ns() - start) / 1e9;
    if (arrived_sum != sent_sum)
        give_up("down: other bytes arrived than were sent");
    printf("%.6f %016" PRIx64 "\n", seconds, arrived_sum);
    close(descriptor);
}

static int compare(const void *a, const void *b)
{
    const int64_t *left = a;
    const int64_t *right = b;
    return *left < *right ? -1 : *left > *right;
}

static void measure_ping(struct bench *bench, uint64_t count, uint64_t len)
{
    uint8_t bytes[PING_MAX];
    if (count == 0 || len == 0 || len > sizeof(bytes))
        give_up("ping: bad count or length");
    int64_t *took = mem_alloc(count * sizeof(*took));
    int descriptor = open_warm(bench);
    ask(descriptor, STREAM_ECHO, count * len, 0);
    for (uint64_t i = 0; i < count; i++) {
        memset(bytes, (int)(i & 0xff), (size_t)len);
        int64_t start = now_ns();
        round_trip(descriptor, bytes, (size_t)len);
        took[i] = now_ns() - start;
    }
    qsort(took, (size_t)count, sizeof(*took), compare);
    printf("%.3f %.3f\n", (double)took[count / 2] / 1e3,
           (double)took[count - 1 - count / 100] / 1e3);
    close(descriptor);
    mem_free(took);
}

static void measure_many(struct bench *bench, uint64_t count, uint64_t rounds)
{
    int descriptors[MANY_MAX];
    uint8_t bytes[MANY_LEN];
    uint8_t back[MANY_LEN];
    if (count == 0 || count > MANY_MAX || rounds == 0)
        give_up("many: bad count");
    for (uint64_t i = 0; i < count; i++) {
        descriptors[i] = open_warm(bench);
        ask(descriptors[i], STREAM_ECHO, rounds * MANY_LEN, 0);
    }
    int64_t start = now_ns();
    for (uint64_t round = 0; round < rounds; round++) {
        memset(bytes, (int)(round & 0xff), sizeof(bytes));
        for (uint64_t i = 0; i < count; i++)
            if (!send_all(descriptors[i], bytes, sizeof(bytes)))
                give_up("many: a stream was cut");
        for (uint64_t i = 0; i < count; i++)
            if (!receive_all(descriptors[i], back, sizeof(back)) ||
                memcmp(bytes, back, sizeof(back)) != 0)
                give_up("many: no echo, or a wrong one");
    }
    printf("%.3f\n", (double)(now_ns() - start) / 1e3 / (double)rounds);
    for (uint64_t i = 0; i < count; i++)
        close(descriptors[i]);
}

static void measure_setup(struct bench *bench)
{
    close_all(bench);
    int64_t start = now_ns();
    int descriptor = open_warm(bench);
    printf("%.6f\n", (double)(now_ns() - start) / 1e9);
    close(descriptor);
    close_all(bench);
}

static void act(struct bench *bench, const char *line)
{
    uint64_t first = 0;
    uint64_t second = 0;
    char action[16] = "";
    (void)!sscanf(line, "%15s %" SCNu64 " %" SCNu64, action, &first, &second);
    if (strcmp(action, "up") == 0)
        measure_up(bench, first, second);
    else if (strcmp(action, "down") == 0)
        measure_down(bench, first, second);
    else if (strcmp(action, "ping") == 0)
        measure_ping(bench, first, second);
    else if (strcmp(action, "many") == 0)
        measure_many(bench, first, second);
    else if (strcmp(action, "setup") == 0)
        measure_setup(bench);
    else
        give_up("unknown action");
    fflush(stdout);
    end_command(bench);
}

static bool read_way(struct bench *bench, int argc, char **argv)
{
    if (argc < 3)
        return false;
    bench->words = argv + 2;
    if (strcmp(argv[1], "port") == 0)
        bench->way = WAY_PORT;
    else if (strcmp(argv[1], "command") == 0)
        bench->way = WAY_COMMAND;
    else if (strcmp(argv[1], "tunnel") == 0 && argc == 9)
        bench->way = WAY_TUNNEL;
    else
        return false;
    return true;
}

int main(int argc, char **argv)
{
    char line[128];
    struct bench bench = {0};
    signal(SIGPIPE, SIG_IGN);
    if (!read_way(&bench, argc, argv))
        give_up("bad arguments, see the top of its source");
    bench.arena = arena_new("bench", NULL);
    if (bench.way == WAY_TUNNEL)
        define(&bench);
    while (fgets(line, sizeof(line), stdin) != NULL)
        act(&bench, line);
    close_all(&bench);
    secret_free(&bench.definition.private_keys[0]);
    arena_free(&bench.arena);
    return EXIT_SUCCESS;
}
