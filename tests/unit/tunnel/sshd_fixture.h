#ifndef UNIT_TUNNEL_SSHD_FIXTURE_H
#define UNIT_TUNNEL_SSHD_FIXTURE_H

/* A private sshd on a loopback port, targets behind it, and a tunnel manager with a loop
 * for its answers. Included by test programs only; each has a copy of its own. */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/secret.h"
#include "loop/loop.h"
#include "support/unit.h"
#include "tunnel/identity.h"
#include "tunnel/manager.h"

#define SSHD_PATH "/usr/sbin/sshd"

struct sshd {
    char folder[64];
    uint16_t port;
    pid_t pid;
    char options[256]; /* lines added to its configuration */
};

struct bench {
    struct arena *arena;
    struct sshd sshd;
    struct tunnel_identity keys[2];
    char user[64];
    struct loop *loop; /* the asker's and owner's */
    struct tunnel_manager *manager;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int opened_count; /* under lock, as all that follows */
    int closed_count;
    int pin_count;
    char pinned[4096];
    bool is_probed;
    struct tunnel_probe_result probed;
};

static inline void pause_for(struct ms time)
{
    poll(NULL, 0, (int)time.count);
}

/* --- sockets ----------------------------------------------------------------------- */

/* A port below the range that the kernel hands out by itself. */
static inline int listen_somewhere(uint16_t *port_out, int backlog)
{
    for (int i = 0; i < 200; i++) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        int yes = 1;
        uint16_t port = (uint16_t)(20000 + random_below(12000));
        struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_port = htons(port),
                                      .sin_addr = {htonl(INADDR_LOOPBACK)}};
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
        if (bind(fd, (struct sockaddr *)(void *)&address, sizeof(address)) == 0 &&
            listen(fd, backlog) == 0) {
            *port_out = port;
            return fd;
        }
        close(fd);
    }
    fail_msg("no free port");
    return -1;
}

static inline int connect_to(uint16_t port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    if (connect(fd, (struct sockaddr *)(void *)&address, sizeof(address)) == 0)
        return fd;
    close(fd);
    return -1;
}

/* A port where nobody listens. */
static inline uint16_t closed_port(void)
{
    uint16_t port = 0;
    close(listen_somewhere(&port, 1));
    return port;
}

static inline size_t count_descriptors(void)
{
    size_t count = 0;
    for (int fd = 0; fd < 4096; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

/* --- targets ----------------------------------------------------------------------- */

struct target {
    int listener;
    uint16_t port;
    pthread_t thread;
    void (*serve)(int fd);
};

struct served {
    int fd;
    void (*serve)(int fd);
};

static inline void *serve_one(void *argument)
{
    struct served *served = argument;
    served->serve(served->fd);
    close(served->fd);
    mem_free(served);
    return NULL;
}

static inline void *serve_all(void *argument)
{
    struct target *target = argument;
    for (;;) {
        int fd = accept4(target->listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            return NULL;
        struct served *served = mem_alloc(sizeof(*served));
        *served = (struct served){fd, target->serve};
        pthread_t thread;
        pthread_create(&thread, NULL, serve_one, served);
        pthread_detach(thread);
    }
}

static inline void target_open(struct target *target, void (*serve)(int fd))
{
    target->serve = serve;
    target->listener = listen_somewhere(&target->port, 512);
    pthread_create(&target->thread, NULL, serve_all, target);
}

static inline void target_close(struct target *target)
{
    shutdown(target->listener, SHUT_RDWR);
    pthread_join(target->thread, NULL);
    close(target->listener);
}

static inline void serve_echo(int fd)
{
    char bytes[16384];
    ssize_t got;
    while ((got = recv(fd, bytes, sizeof(bytes), 0)) > 0) {
        for (ssize_t at = 0; at < got;) {
            ssize_t sent = send(fd, bytes + at, (size_t)(got - at), MSG_NOSIGNAL);
            if (sent < 0)
                return;
            at += sent;
        }
    }
}

/* --- sshd -------------------------------------------------------------------------- */

static inline void write_file(const char *folder, const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    chmod(path, 0600);
}

static inline void run(const char *format, ...) PRINTF_LIKE(1, 2);

static inline void run(const char *format, ...)
{
    char command[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(command, sizeof(command), format, arguments);
    va_end(arguments);
    assert_int_equal(system(command), 0);
}

static inline void sshd_make_host_key(struct sshd *sshd)
{
    run("rm -f %s/host_key*; ssh-keygen -q -t ed25519 -N '' -f %s/host_key", sshd->folder,
        sshd->folder);
}

static inline void sshd_start(struct sshd *sshd)
{
    char config[2048];
    char path[96];
    char log_path[96];
    snprintf(config, sizeof(config),
             "Port %u\nListenAddress 127.0.0.1\nHostKey %s/host_key\n"
             "AuthorizedKeysFile %s/authorized_keys\nPasswordAuthentication no\n"
             "KbdInteractiveAuthentication no\nUsePAM no\nStrictModes no\n"
             "PidFile none\nPermitRootLogin prohibit-password\nMaxStartups 200\n%s",
             (unsigned)sshd->port, sshd->folder, sshd->folder, sshd->options);
    write_file(sshd->folder, "config", config);
    snprintf(path, sizeof(path), "%s/config", sshd->folder);
    snprintf(log_path, sizeof(log_path), "%s/log", sshd->folder);
    sshd->pid = fork();
    if (sshd->pid == 0) {
        setpgid(0, 0);
        execl(SSHD_PATH, SSHD_PATH, "-D", "-f", path, "-E", log_path, (char *)NULL);
        _exit(127);
    }
    setpgid(sshd->pid, sshd->pid);
    for (int i = 0; i < 500; i++) {
        int fd = connect_to(sshd->port);
        if (fd >= 0) {
            close(fd);
            return;
        }
        pause_for(MS(10));
    }
    fail_msg("sshd does not start");
}

/* With all its sessions, which would outlive the listener: sshd gives each a process
 * group of its own, so they are found as its children. */
static inline void sshd_signal(struct sshd *sshd, int number)
{
    char command[160];
    snprintf(command, sizeof(command),
             "for p in $(pgrep -P %d); do kill -%d $(pgrep -P $p) $p; done 2>/dev/null",
             (int)sshd->pid, number);
    if (system(command) < 0)
        fail_msg("no shell");
    kill(sshd->pid, number);
}

static inline void sshd_stop(struct sshd *sshd)
{
    if (sshd->pid <= 0)
        return;
    sshd_signal(sshd, SIGKILL);
    waitpid(sshd->pid, NULL, 0);
    sshd->pid = 0;
}

static inline void authorize(struct bench *bench, const char *prefix, int key)
{
    char text[512];
    snprintf(text, sizeof(text), "%s%s\n", prefix, bench->keys[key].public_key);
    write_file(bench->sshd.folder, "authorized_keys", text);
}

/* --- the manager -------------------------------------------------------------------- */

static inline void on_pin(void *argument, const char *tunnel_id,
                          const struct tunnel_host_key *key)
{
    (void)tunnel_id;
    struct bench *bench = argument;
    pthread_mutex_lock(&bench->lock);
    bench->pin_count++;
    snprintf(bench->pinned, sizeof(bench->pinned), "%s %s", key->type, key->key);
    pthread_cond_broadcast(&bench->changed);
    pthread_mutex_unlock(&bench->lock);
}

static inline void on_dial_event(void *argument, struct tunnel_dial *dial,
                                 enum tunnel_dial_event event)
{
    (void)dial;
    struct bench *bench = argument;
    pthread_mutex_lock(&bench->lock);
    if (event == TUNNEL_DIAL_OPENED)
        bench->opened_count++;
    else
        bench->closed_count++;
    pthread_cond_broadcast(&bench->changed);
    pthread_mutex_unlock(&bench->lock);
}

static inline void on_probed(void *argument, const struct tunnel_probe_result *result)
{
    struct bench *bench = argument;
    pthread_mutex_lock(&bench->lock);
    bench->probed = *result;
    memset(&bench->probed.host_key, 0, sizeof(bench->probed.host_key));
    bench->is_probed = true;
    pthread_cond_broadcast(&bench->changed);
    pthread_mutex_unlock(&bench->lock);
}

static inline void await(struct bench *bench, const int *count, int at_least)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 20;
    pthread_mutex_lock(&bench->lock);
    while (*count < at_least) {
        if (pthread_cond_timedwait(&bench->changed, &bench->lock, &until) != 0) {
            pthread_mutex_unlock(&bench->lock);
            fail_msg("waited in vain for %d events", at_least);
        }
    }
    pthread_mutex_unlock(&bench->lock);
}

static inline struct tunnel_definition define(struct bench *bench)
{
    return (struct tunnel_definition){
        .id = "u1",
        .name = "b",
        .host = "127.0.0.1",
        .port = bench->sshd.port,
        .user = bench->user,
        .public_keys = {bench->keys[0].public_key, bench->keys[1].public_key},
        .private_keys = {bench->keys[0].private_key, bench->keys[1].private_key},
        .trust = TUNNEL_TRUST_PIN_ON_FIRST_USE,
    };
}

static inline void bench_open(struct bench *bench,
                              struct tunnel_manager_settings settings)
{
    struct error err;
    error_clear(&err);
    memset(bench, 0, sizeof(*bench));
    signal(SIGPIPE, SIG_IGN);
    bench->arena = arena_new("bench", NULL);
    pthread_mutex_init(&bench->lock, NULL);
    pthread_cond_init(&bench->changed, NULL);
    for (int i = 0; i < 2; i++)
        assert_int_equal(tunnel_identity_new(bench->arena, &bench->keys[i], &err), RC_OK);
    struct passwd *who = getpwuid(getuid());
    snprintf(bench->user, sizeof(bench->user), "%s", who->pw_name);
    snprintf(bench->sshd.folder, sizeof(bench->sshd.folder), "/tmp/tunnel-test-XXXXXX");
    assert_non_null(mkdtemp(bench->sshd.folder));
    if (getuid() == 0)
        mkdir("/run/sshd", 0755);
    bench->sshd.port = closed_port();
    sshd_make_host_key(&bench->sshd);
    authorize(bench, "", 0);
    sshd_start(&bench->sshd);
    assert_int_equal(loop_new("asker", &bench->loop, &err), RC_OK);
    assert_int_equal(loop_thread_start(bench->loop, 0, &err), RC_OK);
    settings.owner = bench->loop;
    settings.on_pin = on_pin;
    settings.argument = bench;
    assert_int_equal(tunnel_manager_new(&settings, &bench->manager, &err), RC_OK);
    struct tunnel_definition definition = define(bench);
    tunnel_manager_update(bench->manager, &definition);
}

static inline void bench_close(struct bench *bench)
{
    tunnel_manager_free(&bench->manager);
    loop_stop(bench->loop);
    loop_thread_join(bench->loop);
    loop_free(&bench->loop);
    sshd_stop(&bench->sshd);
    for (int i = 0; i < 2; i++)
        secret_free(&bench->keys[i].private_key);
    run("rm -rf %s", bench->sshd.folder);
    arena_free(&bench->arena);
}

static inline int dial_to(struct bench *bench, const char *host, uint16_t port,
                          struct ms timeout, struct tunnel_dial **dial_out)
{
    struct error err;
    int descriptor = -1;
    struct tunnel_dial_request request = {
        .tunnel_id = "u1",
        .host = host,
        .port = port,
        .timeout = timeout,
        .asker = bench->loop,
        .on_event = on_dial_event,
        .argument = bench,
    };
    error_clear(&err);
    if (tunnel_dial(bench->manager, &request, &descriptor, dial_out, &err) != RC_OK)
        fail_msg("%s", err.message);
    return descriptor;
}

static inline void make_blocking(int fd)
{
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
}

/* Sends a line, reads it back. */
static inline bool echoes(int fd)
{
    char back[8] = "";
    make_blocking(fd);
    struct timeval limit = {.tv_sec = 20};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    if (send(fd, "hello", 5, MSG_NOSIGNAL) != 5)
        return false;
    return recv(fd, back, 5, MSG_WAITALL) == 5 && memcmp(back, "hello", 5) == 0;
}

/* Waits for the end of this dial, whatever other dials report meanwhile. */
static inline void await_end(struct bench *bench, struct tunnel_dial *dial,
                             struct tunnel_dial_record *record_out)
{
    struct timespec until;
    bool in_time = true;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 20;
    pthread_mutex_lock(&bench->lock);
    tunnel_dial_read(dial, record_out);
    while (record_out->state < TUNNEL_DIAL_GIVEN_UP && in_time) {
        in_time = pthread_cond_timedwait(&bench->changed, &bench->lock, &until) == 0;
        tunnel_dial_read(dial, record_out);
    }
    pthread_mutex_unlock(&bench->lock);
    if (record_out->state < TUNNEL_DIAL_GIVEN_UP)
        fail_msg("waited in vain: the dial is still %s",
                 tunnel_dial_state_name(record_out->state));
}

/* The dial must fail; says how. */
static inline struct tunnel_dial_record failed_dial(struct bench *bench, const char *host,
                                                    uint16_t port, struct ms timeout)
{
    struct tunnel_dial *dial = NULL;
    struct tunnel_dial_record record;
    char byte;
    int fd = dial_to(bench, host, port, timeout, &dial);
    await_end(bench, dial, &record);
    make_blocking(fd);
    assert_int_equal(recv(fd, &byte, 1, 0), 0);
    close(fd);
    tunnel_dial_unref(&dial);
    return record;
}

static inline struct tunnel_status status_of(struct bench *bench)
{
    struct tunnel_status *rows = NULL;
    size_t count = 0;
    tunnel_manager_snapshot(bench->manager, bench->arena, &rows, &count);
    assert_int_equal(count, 1);
    return rows[0];
}

/* Waits for a state that comes by itself, up to ten seconds. */
static inline bool reaches(struct bench *bench, enum tunnel_session_state state)
{
    for (int i = 0; i < 1000; i++) {
        if (status_of(bench).state == state)
            return true;
        pause_for(MS(10));
    }
    return false;
}

static inline struct tunnel_probe_result *
probe(struct bench *bench, const struct tunnel_definition *definition,
      const char *target_host, uint16_t target_port, struct ms timeout)
{
    struct tunnel_probe_request request = {
        .definition = definition,
        .target_host = target_host,
        .target_port = target_port,
        .timeout = timeout,
        .asker = bench->loop,
        .on_done = on_probed,
        .argument = bench,
    };
    bench->is_probed = false;
    tunnel_manager_probe(bench->manager, &request);
    pthread_mutex_lock(&bench->lock);
    while (!bench->is_probed)
        pthread_cond_wait(&bench->changed, &bench->lock);
    pthread_mutex_unlock(&bench->lock);
    return &bench->probed;
}

#endif
