#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "server/check_command.h"
#include "server/config.h"
#include "server/server.h"

static int refuse(const struct error *err)
{
    fprintf(stderr, "culvert: %s\n", err->message);
    if (err->hint[0] != '\0')
        fprintf(stderr, "culvert: %s\n", err->hint);
    return 2;
}

static int print_help(struct arena *arena)
{
    char *text = NULL;

    config_print_help(arena, &text);
    fputs(text, stdout);
    return 0;
}

static int run(const struct config *config, struct arena *arena)
{
    switch (config->command) {
    case CONFIG_COMMAND_HELP:
        return print_help(arena);
    case CONFIG_COMMAND_VERSION:
        puts("culvert " CULVERT_VERSION);
        return 0;
    case CONFIG_COMMAND_CHECK:
        return check_command(config);
    default:
        return server_run(config);
    }
}

int main(int argc, char **argv, char **environment)
{
    struct arena *arena = arena_new("main", NULL);
    struct config config;
    struct error err;
    int status;

    error_clear(&err);
    if (config_read(arena, argc, argv, environment, &config, &err) == RC_OK)
        status = run(&config, arena);
    else
        status = refuse(&err);
    arena_free(&arena);
    return status;
}
