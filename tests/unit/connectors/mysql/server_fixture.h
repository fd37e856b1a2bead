#ifndef UNIT_CONNECTORS_MYSQL_SERVER_FIXTURE_H
#define UNIT_CONNECTORS_MYSQL_SERVER_FIXTURE_H

/* A private MariaDB, or a private MySQL where one is unpacked, on a loopback port, with
 * certificates made on the spot. */

#include <arpa/inet.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/random.h"
#include "support/unit.h"
#include "unit/loop/certificate.h"

/* The folder of an unpacked MySQL 8 (bin/mysqld, share/). Unset: its tests are skipped.
 */
#define MYSQL_FOLDER_VARIABLE "CULVERT_TEST_MYSQL"

/* Both refuse to run as root unless they are told to; others may not say whom. */
#define RUN_AS (geteuid() == 0 ? "--user=root" : "--loose-user=")

enum { ARGUMENTS_MAX = 48, SERVER_PATH_MAX = 256 };

struct server {
    const char *mysql; /* MySQL's folder; NULL: MariaDB */
    char folder[64];
    char data[96];
    char socket[96];
    uint16_t port;
    pid_t pid; /* 0: it does not run */
    struct certificate authority;
    struct certificate stranger; /* an authority that signed nothing */
    struct certificate own;      /* for db.internal */
    struct certificate client;
    struct certificate expired; /* for db.internal, until yesterday */
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

static inline pid_t spawn(const struct server *server, const char *const *arguments)
{
    char log[96];
    snprintf(log, sizeof(log), "%s/log", server->folder);
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child > 0)
        return child;
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* should the test crash */
    int file = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    dup2(nothing, STDIN_FILENO);
    dup2(file, STDOUT_FILENO);
    dup2(file, STDERR_FILENO);
    execvp(arguments[0], (char *const *)(uintptr_t)arguments);
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
    const char *arguments[] = {
        "mariadb", "--no-defaults", "-S", server->socket, "-uroot", "-e", sql, NULL};
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

static inline bool install_mariadb(const struct server *server)
{
    char data[SERVER_PATH_MAX];
    snprintf(data, sizeof(data), "--datadir=%s", server->data);
    const char *arguments[] = {"mariadb-install-db",
                               "--no-defaults",
                               RUN_AS,
                               data,
                               "--auth-root-authentication-method=normal",
                               "--skip-test-db",
                               "--skip-name-resolve",
                               "--innodb-flush-method=nosync",
                               NULL};
    return run(server, arguments);
}

static inline bool install_mysql(const struct server *server)
{
    char data[SERVER_PATH_MAX];
    char program[SERVER_PATH_MAX];
    char share[SERVER_PATH_MAX];
    snprintf(data, sizeof(data), "--datadir=%s", server->data);
    snprintf(program, sizeof(program), "%s/bin/mysqld", server->mysql);
    snprintf(share, sizeof(share), "--lc-messages-dir=%s/share", server->mysql);
    const char *arguments[] = {
        program, "--no-defaults", "--initialize-insecure", data, RUN_AS, share, NULL};
    return run(server, arguments);
}

static inline void server_init(struct server *server, const char *mysql)
{
    memset(server, 0, sizeof(*server));
    server->mysql = mysql;
    snprintf(server->folder, sizeof(server->folder), "/tmp/culvert-mysql-XXXXXX");
    assert_non_null(mkdtemp(server->folder));
    snprintf(server->data, sizeof(server->data), "%s/data", server->folder);
    snprintf(server->socket, sizeof(server->socket), "%s/s", server->folder);
    assert_true(mysql == NULL ? install_mariadb(server) : install_mysql(server));
    make_certificates(server);
    server->port = closed_port();
}

static inline size_t add_arguments(const char **arguments, size_t count,
                                   const char *const *more)
{
    for (size_t i = 0; more[i] != NULL; i++) {
        assert_true(count + 1 < ARGUMENTS_MAX);
        arguments[count++] = more[i];
    }
    arguments[count] = NULL;
    return count;
}

/* `settings`: arguments of the server, ended by NULL. */
static inline void server_start(struct server *server, const char *const *settings)
{
    char paths[5][SERVER_PATH_MAX];
    snprintf(paths[0], sizeof(paths[0]), "--datadir=%s", server->data);
    snprintf(paths[1], sizeof(paths[1]), "--socket=%s", server->socket);
    snprintf(paths[2], sizeof(paths[2]), "--port=%u", (unsigned)server->port);
    snprintf(paths[3], sizeof(paths[3]), "--pid-file=%s/pid", server->folder);
    snprintf(paths[4], sizeof(paths[4]), "--lc-messages-dir=%s/share",
             server->mysql == NULL ? "" : server->mysql);
    char program[SERVER_PATH_MAX];
    snprintf(program, sizeof(program), "%s/bin/mysqld",
             server->mysql == NULL ? "" : server->mysql);
    const char *first[] = {server->mysql == NULL ? "mariadbd" : program,
                           "--no-defaults",
                           RUN_AS,
                           "--bind-address=127.0.0.1",
                           "--server-id=1",
                           "--skip-name-resolve",
                           "--innodb-flush-log-at-trx-commit=0",
                           paths[0],
                           paths[1],
                           paths[2],
                           paths[3],
                           NULL};
    const char *of_mysql[] = {"--skip-mysqlx", paths[4], NULL};
    const char *arguments[ARGUMENTS_MAX] = {NULL};
    size_t count = add_arguments(arguments, 0, first);
    if (server->mysql != NULL)
        count = add_arguments(arguments, count, of_mysql);
    add_arguments(arguments, count, settings);
    server->pid = spawn(server, arguments);
    bool is_up = false;
    for (int i = 0; i < 200 && !is_up; i++) {
        poll(NULL, 0, 50);
        is_up = run_sql(server, "SELECT 1");
    }
    assert_true(is_up);
}

static inline void server_stop(struct server *server)
{
    int status = 0;
    if (server->pid == 0)
        return;
    kill(server->pid, SIGTERM);
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
