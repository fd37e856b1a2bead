#ifndef SERVER_CONFIG_H
#define SERVER_CONFIG_H

#include <netinet/in.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/rc.h"

struct error;

/* The settings of one start: flags first, then CULVERT_ variables, then defaults. Nothing
 * is read from a file, so that `ps` and the unit file tell all. */

enum { CONFIG_LISTEN_MAX = 16, CONFIG_EGRESS_MAX = 256, CONFIG_SET_MAX = 64 };

enum config_command {
    CONFIG_COMMAND_SERVE,
    CONFIG_COMMAND_CHECK, /* culvert check DIR */
    CONFIG_COMMAND_HELP,
    CONFIG_COMMAND_VERSION,
};

struct config_address {
    const char *host; /* without the brackets of an IPv6 literal */
    uint16_t port;
};

/* One range of mz_egress_ips. */
struct config_egress {
    const char *address;
    int prefix_length;
    const char *cidr;
};

struct config_setting {
    const char *name;
    const char *value;
};

struct config {
    enum config_command command;
    const char *data_dir;
    const char *master_key_file; /* NULL: <data_dir>.key */
    const char *tls_certificate; /* NULL: no TLS; else PEM file, tls_key is set too */
    const char *tls_key;
    enum log_level log_level;
    struct config_address listen[CONFIG_LISTEN_MAX];
    size_t listen_count;
    struct config_egress egress[CONFIG_EGRESS_MAX];
    size_t egress_count;
    struct config_setting set[CONFIG_SET_MAX];
    size_t set_count;
};

/* `environment` is a NULL-terminated list of NAME=value, as main's third argument. All
 * texts of the result live in the arena. F0000 with a hint when something is wrong. */
enum rc config_read(struct arena *arena, int argc, char **argv, char **environment,
                    struct config *config_out, struct error *err) MUST_USE;

/* What --help prints. */
void config_print_help(struct arena *arena, char **text_out);

/* True for 127.0.0.0/8, ::1 and "localhost": the only hosts that may be listened on while
 * every user name is accepted. */
bool config_is_loopback(const char *host);

#endif
