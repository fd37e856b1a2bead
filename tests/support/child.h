#ifndef SUPPORT_CHILD_H
#define SUPPORT_CHILD_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Misuse must end the process. Runs `misuse` in a child and tells how it ended; what the
 * child wrote to standard error goes to `report`, cut to its size. True when the child
 * was ended by a signal or by a sanitizer, false when it came back. */
static inline bool child_dies(void (*misuse)(void *), void *argument, char *report,
                              size_t report_size)
{
    int ends[2];
    if (pipe(ends) != 0)
        abort();
    fflush(NULL);
    pid_t child = fork();
    if (child < 0)
        abort();
    if (child == 0) {
        struct rlimit no_core = {0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        /* cmocka turns SIGABRT and the like into test failures; here they are the aim. */
        signal(SIGABRT, SIG_DFL);
        signal(SIGSEGV, SIG_DFL);
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        misuse(argument);
        _exit(0);
    }
    close(ends[1]);
    size_t used = 0;
    char rest[512];
    ssize_t got;
    do {
        bool has_room = used + 1 < report_size;
        got = read(ends[0], has_room ? report + used : rest,
                   has_room ? report_size - used - 1 : sizeof(rest));
        if (got > 0 && has_room)
            used += (size_t)got;
    } while (got > 0);
    report[used] = '\0';
    close(ends[0]);
    int status = 0;
    if (waitpid(child, &status, 0) != child)
        abort();
    return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

/* The same for a failed ASSERT: the report must hold the text. */
static inline bool child_asserts(void (*misuse)(void *), void *argument, const char *text)
{
    char report[4096];
    bool died = child_dies(misuse, argument, report, sizeof(report));
    bool told = strstr(report, "culvert: bug: ") != NULL && strstr(report, text) != NULL;
    if (died && !told)
        fprintf(stderr, "the child's report lacks \"%s\":\n%s\n", text, report);
    return died && told;
}

#endif
