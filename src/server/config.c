/* Reading the settings. One table of flags serves the parser, the environment and --help.
 */
#include "server/config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"

enum { DEFAULT_PORT = 6875, HELP_MAX = 16 * 1024 };

struct reading {
    struct arena *arena;
    struct config *config;
    struct error *err;
};

typedef enum rc (*apply_function)(struct reading *reading, const char *value);

struct flag {
    const char *name; /* without the dashes */
    const char *variable;
    const char *placeholder; /* of the value, in --help */
    apply_function apply;
    bool takes_list; /* commas separate several values */
    const char *help;
};

static enum rc bad_value(struct reading *reading, const char *what, const char *value,
                         const char *hint)
{
    error_set(reading->err, SQLSTATE_CONFIG_FILE_ERROR, "invalid %s: \"%s\"", what,
              value);
    return error_hint(reading->err, "%s", hint);
}

static enum rc apply_data_dir(struct reading *reading, const char *value)
{
    if (value[0] == '\0')
        return bad_value(reading, "data directory", value, "Name a directory.");
    reading->config->data_dir = value;
    return RC_OK;
}

static enum rc apply_master_key_file(struct reading *reading, const char *value)
{
    reading->config->master_key_file = value;
    return RC_OK;
}

static enum rc apply_tls_certificate(struct reading *reading, const char *value)
{
    reading->config->tls_certificate = value;
    return RC_OK;
}

static enum rc apply_tls_key(struct reading *reading, const char *value)
{
    reading->config->tls_key = value;
    return RC_OK;
}

static enum rc apply_log_level(struct reading *reading, const char *value)
{
    if (!log_level_parse(value, &reading->config->log_level))
        return bad_value(reading, "log level", value,
                         "Use one of error, warn, info, debug, trace.");
    return RC_OK;
}

/* Digits only, so that "+1", " 1" and "1x" are refused. */
static bool parse_number(const char *text, long last, long *number_out)
{
    size_t len = strlen(text);
    if (len == 0 || len > 9 || strspn(text, "0123456789") != len)
        return false;
    *number_out = strtol(text, NULL, 10);
    return *number_out <= last;
}

static enum rc apply_listen(struct reading *reading, const char *value)
{
    struct config *config = reading->config;
    static const char hint[] = "Write HOST:PORT, or [ADDRESS]:PORT for IPv6.";
    const char *colon = strrchr(value, ':');
    long port = 0;
    if (colon == NULL || colon == value || !parse_number(colon + 1, 65535, &port))
        return bad_value(reading, "listen address", value, hint);
    const char *host = value;
    size_t host_len = (size_t)(colon - value);
    if (host[0] == '[' && host[host_len - 1] == ']') {
        host++;
        host_len -= 2;
    } else if (memchr(host, ':', host_len) != NULL) {
        return bad_value(reading, "listen address", value, hint);
    }
    if (config->listen_count == CONFIG_LISTEN_MAX)
        return bad_value(reading, "listen address", value, "At most 16 are allowed.");
    config->listen[config->listen_count++] = (struct config_address){
        arena_strndup(reading->arena, host, host_len), (uint16_t)port};
    return RC_OK;
}

static enum rc apply_egress(struct reading *reading, const char *value)
{
    struct config *config = reading->config;
    static const char hint[] = "Write an address or a range such as 203.0.113.0/24.";
    const char *slash = strchr(value, '/');
    size_t len = slash == NULL ? strlen(value) : (size_t)(slash - value);
    char *address = arena_strndup(reading->arena, value, len);
    struct in_addr v4;
    struct in6_addr v6;
    long width = inet_pton(AF_INET, address, &v4) == 1    ? 32
                 : inet_pton(AF_INET6, address, &v6) == 1 ? 128
                                                          : -1;
    long prefix_length = width;
    if (width < 0 || (slash != NULL && !parse_number(slash + 1, width, &prefix_length)))
        return bad_value(reading, "egress address", value, hint);
    if (config->egress_count == CONFIG_EGRESS_MAX)
        return bad_value(reading, "egress address", value, "At most 256 are allowed.");
    config->egress[config->egress_count++] = (struct config_egress){
        address, (int)prefix_length,
        arena_printf(reading->arena, "%s/%ld", address, prefix_length)};
    return RC_OK;
}

static enum rc apply_set(struct reading *reading, const char *value)
{
    struct config *config = reading->config;
    const char *equals = strchr(value, '=');
    if (equals == NULL || equals == value)
        return bad_value(reading, "setting", value, "Write NAME=VALUE.");
    if (config->set_count == CONFIG_SET_MAX)
        return bad_value(reading, "setting", value, "At most 64 are allowed.");
    config->set[config->set_count++] = (struct config_setting){
        arena_strndup(reading->arena, value, (size_t)(equals - value)), equals + 1};
    return RC_OK;
}

/* clang-format off */
static const struct flag flags[] = {
    {"data-dir", "CULVERT_DATA_DIR", "DIR", apply_data_dir, false,
     "where catalog and data are kept; made when absent\n"
     "(default $STATE_DIRECTORY, else ~/.local/share/culvert)"},
    {"listen", "CULVERT_LISTEN", "HOST:PORT", apply_listen, true,
     "where clients connect; may be repeated (default 127.0.0.1:6875)"},
    {"master-key-file", "CULVERT_MASTER_KEY_FILE", "FILE", apply_master_key_file, false,
     "32 bytes that seal all secrets (default DIR.key, made once)"},
    {"tls-cert", "CULVERT_TLS_CERT", "FILE", apply_tls_certificate, false,
     "certificate chain in PEM; offers TLS to clients"},
    {"tls-key", "CULVERT_TLS_KEY", "FILE", apply_tls_key, false,
     "private key of the certificate"},
    {"announce-egress-address", "CULVERT_ANNOUNCE_EGRESS_ADDRESS", "CIDR", apply_egress, true,
     "address we dial from, for mz_egress_ips; may be repeated"},
    {"set", "CULVERT_SET", "NAME=VALUE", apply_set, true,
     "default of a setting; may be repeated"},
    {"log-level", "CULVERT_LOG_LEVEL", "LEVEL", apply_log_level, false,
     "error, warn, info, debug or trace (default info)"},
};
/* clang-format on */

static enum rc apply_flag(struct reading *reading, const struct flag *flag,
                          const char *value)
{
    if (!flag->takes_list)
        return flag->apply(reading, value);
    while (true) {
        size_t len = strcspn(value, ",");
        TRY(flag->apply(reading, arena_strndup(reading->arena, value, len)));
        if (value[len] == '\0')
            return RC_OK;
        value += len + 1;
    }
}

static const char *variable_value(char **environment, const char *name)
{
    size_t len = strlen(name);
    for (; environment != NULL && *environment != NULL; environment++) {
        if (strncmp(*environment, name, len) == 0 && (*environment)[len] == '=')
            return *environment + len + 1;
    }
    return NULL;
}

static const struct flag *find_flag(const char *name, size_t len)
{
    for (size_t i = 0; i < ARRAY_COUNT(flags); i++) {
        if (strlen(flags[i].name) == len && memcmp(flags[i].name, name, len) == 0)
            return &flags[i];
    }
    return NULL;
}

/* Reads `--name=value` or `--name value` at argv[*at]; leaves *at on the last word used.
 */
static enum rc read_flag(struct reading *reading, int argc, char **argv, int *at,
                         bool *seen)
{
    const char *word = argv[*at];
    size_t len = strcspn(word + 2, "=");
    const struct flag *flag =
        strncmp(word, "--", 2) == 0 ? find_flag(word + 2, len) : NULL;
    if (flag == NULL) {
        error_set(reading->err, SQLSTATE_CONFIG_FILE_ERROR, "unknown argument: \"%s\"",
                  word);
        return error_hint(reading->err, "Try \"culvert --help\".");
    }
    const char *value = word[2 + len] == '=' ? word + 2 + len + 1 : NULL;
    if (value == NULL && *at + 1 < argc)
        value = argv[++*at];
    if (value == NULL)
        return error_set(reading->err, SQLSTATE_CONFIG_FILE_ERROR, "--%s needs a value",
                         flag->name);
    seen[flag - flags] = true;
    return apply_flag(reading, flag, value);
}

static enum rc read_environment(struct reading *reading, char **environment,
                                const bool *seen)
{
    for (size_t i = 0; i < ARRAY_COUNT(flags); i++) {
        const char *value = variable_value(environment, flags[i].variable);
        if (value == NULL || seen[i])
            continue;
        if (apply_flag(reading, &flags[i], value) != RC_OK) {
            error_context(reading->err, "%s", flags[i].variable);
            return RC_FAILED;
        }
    }
    return RC_OK;
}

/* systemd's StateDirectory= first, then the XDG base directory specification. */
static const char *default_data_dir(struct arena *arena, char **environment)
{
    const char *state = variable_value(environment, "STATE_DIRECTORY");
    if (state != NULL && state[0] != '\0')
        return state;
    const char *data_home = variable_value(environment, "XDG_DATA_HOME");
    if (data_home != NULL && data_home[0] == '/')
        return arena_printf(arena, "%s/culvert", data_home);
    const char *home = variable_value(environment, "HOME");
    if (home != NULL && home[0] == '/')
        return arena_printf(arena, "%s/.local/share/culvert", home);
    return "culvert-data";
}

static enum rc check_whole(struct reading *reading)
{
    const struct config *config = reading->config;
    if ((config->tls_certificate == NULL) != (config->tls_key == NULL))
        return error_set(reading->err, SQLSTATE_CONFIG_FILE_ERROR,
                         "--tls-cert and --tls-key must be given together");
    for (size_t i = 0; i < config->listen_count; i++) {
        if (config_is_loopback(config->listen[i].host))
            continue;
        error_set(reading->err, SQLSTATE_CONFIG_FILE_ERROR,
                  "cannot listen on \"%s\": only loopback addresses are allowed",
                  config->listen[i].host);
        error_detail(reading->err, "Any user name is accepted without a password, so "
                                   "other machines must not reach the server.");
        return error_hint(reading->err, "Listen on 127.0.0.1 or [::1].");
    }
    return RC_OK;
}

static void fill_defaults(struct arena *arena, char **environment, struct config *config)
{
    if (config->data_dir == NULL)
        config->data_dir = default_data_dir(arena, environment);
    if (config->master_key_file == NULL)
        config->master_key_file = arena_printf(arena, "%s.key", config->data_dir);
    if (config->listen_count == 0) {
        config->listen[0] = (struct config_address){"127.0.0.1", DEFAULT_PORT};
        config->listen_count = 1;
    }
}

/* The words that are commands instead of flags. True when one was found. */
static bool read_command(int argc, char **argv, struct config *config)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            config->command = CONFIG_COMMAND_HELP;
        else if (strcmp(argv[i], "--version") == 0 || strcmp(argv[i], "-V") == 0)
            config->command = CONFIG_COMMAND_VERSION;
        else
            continue;
        return true;
    }
    if (argc >= 3 && strcmp(argv[1], "check") == 0) {
        config->command = CONFIG_COMMAND_CHECK;
        config->data_dir = argv[2];
        return false; /* further flags may name the key file */
    }
    return false;
}

enum rc config_read(struct arena *arena, int argc, char **argv, char **environment,
                    struct config *config_out, struct error *err)
{
    struct reading reading = {arena, config_out, err};
    bool seen[ARRAY_COUNT(flags)] = {false};
    *config_out = (struct config){.log_level = LOG_INFO};
    bool is_command = read_command(argc, argv, config_out);
    if (is_command)
        return RC_OK;
    for (int i = config_out->command == CONFIG_COMMAND_CHECK ? 3 : 1; i < argc; i++)
        TRY(read_flag(&reading, argc, argv, &i, seen));
    TRY(read_environment(&reading, environment, seen));
    fill_defaults(arena, environment, config_out);
    return check_whole(&reading);
}

static void print_flag(struct buffer *text, const struct flag *flag)
{
    buffer_printf(text, "  --%s %s\n", flag->name, flag->placeholder);
    for (const char *line = flag->help; line != NULL;) {
        size_t len = strcspn(line, "\n");
        buffer_printf(text, "        %.*s\n", (int)len, line);
        line = line[len] == '\0' ? NULL : line + len + 1;
    }
    buffer_printf(text, "        environment: %s\n", flag->variable);
}

void config_print_help(struct arena *arena, char **text_out)
{
    struct buffer text;
    buffer_init(&text, HELP_MAX);
    buffer_add_text(&text,
                    "culvert speaks the PostgreSQL protocol and makes SSH tunnels a "
                    "matter of SQL.\n\n"
                    "Usage:\n"
                    "  culvert [FLAG ...]      serve clients\n"
                    "  culvert check DIR       verify a data directory\n\n"
                    "Flags:\n");
    for (size_t i = 0; i < ARRAY_COUNT(flags); i++)
        print_flag(&text, &flags[i]);
    buffer_add_text(&text,
                    "  --version\n  --help\n\n"
                    "SIGTERM drains: running statements may end; a second one stops "
                    "at once.\n");
    struct bytes whole = buffer_bytes(&text);
    *text_out = arena_strndup(arena, (const char *)whole.at, whole.len);
    buffer_fini(&text);
}

bool config_is_loopback(const char *host)
{
    struct in_addr v4;
    struct in6_addr v6;
    if (inet_pton(AF_INET, host, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    if (inet_pton(AF_INET6, host, &v6) == 1)
        return IN6_IS_ADDR_LOOPBACK(&v6);
    return strcmp(host, "localhost") == 0;
}
