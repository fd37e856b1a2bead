#ifndef UNIT_CONNECTORS_POSTGRES_SERVER_FIXTURE_H
#define UNIT_CONNECTORS_POSTGRES_SERVER_FIXTURE_H

/* A private PostgreSQL on a loopback port, with certificates made on the spot. */

#include <arpa/inet.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/random.h"
#include "support/unit.h"
#include "unit/loop/certificate.h"

#define POSTGRES_FOLDER "/usr/lib/postgresql/15/bin/"

struct server {
    char folder[64];
    uint16_t port;
    pid_t pid; /* 0: it does not run */
    struct certificate authority;
    struct certificate stranger; /* an authority that signed nothing */
    struct certificate own;      /* for db.internal */
    struct certificate client;   /* for certuser */
    struct certificate expired;  /* for db.internal, until yesterday */
};

/* --- sockets ---------------------------------------------------------------------------
 */

/* A port below the range that the kernel hands out by itself. */
static inline int listen_somewhere(uint16_t *port_out)
{
    for (int i = 0; i < 200; i++) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        uint16_t port = (uint16_t)(20000 + random_below(12000));
        struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_port = htons(port),
                                      .sin_addr = {htonl(INADDR_LOOPBACK)}};
        if (bind(fd, (struct sockaddr *)(void *)&address, sizeof(address)) == 0 &&
            listen(fd, 8) == 0) {
            *port_out = port;
            return fd;
        }
        close(fd);
    }
    fail_msg("no free port");
    return -1;
}

/* A port where nobody listens. */
static inline uint16_t closed_port(void)
{
    uint16_t port = 0;
    close(listen_somewhere(&port));
    return port;
}

/* --- processes -------------------------------------------------------------------------
 */

/* PostgreSQL refuses to run as root. */
static inline void become_postgres(void)
{
    const struct passwd *user = getpwnam("postgres");
    if (geteuid() == 0 && (user == NULL || setgroups(0, NULL) != 0 ||
                           setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0))
        _exit(126);
}

static inline pid_t spawn(const struct server *server, const char *const *arguments)
{
    char path[160];
    char log[96];
    snprintf(path, sizeof(path), POSTGRES_FOLDER "%s", arguments[0]);
    snprintf(log, sizeof(log), "%s/log", server->folder);
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child > 0)
        return child;
    become_postgres();
    int file = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    dup2(file, STDOUT_FILENO);
    dup2(file, STDERR_FILENO);
    execv(path, (char *const *)(uintptr_t)arguments);
    _exit(127);
}

static inline bool run(const struct server *server, const char *const *arguments)
{
    int status = 0;
    pid_t child = spawn(server, arguments);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static inline bool run_sql(const struct server *server, const char *sql)
{
    char port[8];
    snprintf(port, sizeof(port), "%u", (unsigned)server->port);
    const char *arguments[] = {
        "psql", "-X", "-q",       "-h", server->folder,    "-p",
        port,   "-U", "postgres", "-v", "ON_ERROR_STOP=1", "postgres",
        "-c",   sql,  NULL};
    return run(server, arguments);
}

/* --- files -----------------------------------------------------------------------------
 */

static inline void write_file(const struct server *server, const char *name,
                              const char *text)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", server->folder, name);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), (ssize_t)strlen(text));
    const struct passwd *user = getpwnam("postgres");
    if (geteuid() == 0 && user != NULL)
        assert_int_equal(fchown(file, user->pw_uid, user->pw_gid), 0);
    close(file);
}

static inline int remove_entry(const char *path, const struct stat *info, int kind,
                               struct FTW *walk)
{
    (void)info;
    (void)kind;
    (void)walk;
    return remove(path);
}

static inline void make_certificates(struct server *server)
{
    struct certificate_request authority = {.common_name = "test authority",
                                            .is_authority = true,
                                            .from_day = -1,
                                            .to_day = 9};
    struct certificate_request own = {.common_name = "db.internal",
                                      .alternative = "DNS:db.internal",
                                      .issuer = &server->authority,
                                      .from_day = -1,
                                      .to_day = 9};
    struct certificate_request client = own;
    client.common_name = "certuser";
    client.alternative = NULL;
    certificate_make(&server->authority, &authority);
    authority.common_name = "strange authority";
    certificate_make(&server->stranger, &authority);
    certificate_make(&server->own, &own);
    certificate_make(&server->client, &client);
    own.from_day = -9;
    own.to_day = -1;
    certificate_make(&server->expired, &own);
    write_file(server, "authority.pem", server->authority.pem);
    write_file(server, "server.pem", server->own.pem);
    write_file(server, "server.key", server->own.key_pem);
}

/* --- the server ------------------------------------------------------------------------
 */

static inline void server_init(struct server *server)
{
    char data[80];
    memset(server, 0, sizeof(*server));
    snprintf(server->folder, sizeof(server->folder), "/tmp/culvert-postgres-XXXXXX");
    assert_non_null(mkdtemp(server->folder));
    const struct passwd *user = getpwnam("postgres");
    if (geteuid() == 0 && user != NULL)
        assert_int_equal(chown(server->folder, user->pw_uid, user->pw_gid), 0);
    snprintf(data, sizeof(data), "%s/data", server->folder);
    const char *arguments[] = {"initdb",     "-D", data,    "-U",
                               "postgres",   "-A", "trust", "--no-sync",
                               "--locale=C", "-E", "UTF8",  NULL};
    assert_true(run(server, arguments));
    make_certificates(server);
    server->port = closed_port();
}

/* `settings`: pairs of -c and name=value, ended by NULL. */
static inline void server_start(struct server *server, const char *const *settings)
{
    enum { ARGUMENTS_MAX = 64 };
    char data[80];
    char paths[4][160];
    snprintf(data, sizeof(data), "%s/data", server->folder);
    snprintf(paths[0], sizeof(paths[0]), "unix_socket_directories=%s", server->folder);
    snprintf(paths[1], sizeof(paths[1]), "ssl_cert_file=%s/server.pem", server->folder);
    snprintf(paths[2], sizeof(paths[2]), "ssl_key_file=%s/server.key", server->folder);
    snprintf(paths[3], sizeof(paths[3]), "ssl_ca_file=%s/authority.pem", server->folder);
    char port[8];
    snprintf(port, sizeof(port), "%u", (unsigned)server->port);
    const char *arguments[ARGUMENTS_MAX] = {"postgres",
                                            "-D",
                                            data,
                                            "-p",
                                            port,
                                            "-c",
                                            paths[0],
                                            "-c",
                                            paths[1],
                                            "-c",
                                            paths[2],
                                            "-c",
                                            paths[3],
                                            "-c",
                                            "fsync=off",
                                            "-c",
                                            "listen_addresses=127.0.0.1"};
    size_t count = 0;
    while (arguments[count] != NULL)
        count++;
    for (size_t i = 0; settings[i] != NULL; i++)
        arguments[count++] = settings[i];
    assert_true(count < ARGUMENTS_MAX);
    server->pid = spawn(server, arguments);
    for (int i = 0; i < 200 && !run_sql(server, "SELECT 1"); i++)
        poll(NULL, 0, 50);
}

static inline void server_stop(struct server *server)
{
    int status = 0;
    if (server->pid == 0)
        return;
    kill(server->pid, SIGINT); /* fast shutdown */
    assert_int_equal(waitpid(server->pid, &status, 0), server->pid);
    server->pid = 0;
}

static inline void server_fini(struct server *server)
{
    server_stop(server);
    certificate_free(&server->authority);
    certificate_free(&server->stranger);
    certificate_free(&server->own);
    certificate_free(&server->client);
    certificate_free(&server->expired);
    nftw(server->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
