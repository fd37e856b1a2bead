/* The report of a failed assertion. Writes with plain system calls only: the state of the
 * process is not to be trusted here. */
#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

_Noreturn void assert_failed(const char *condition, const char *file, int line,
                             const char *function)
{
    char text[512];
    int len = snprintf(text, sizeof(text), "culvert: bug: %s failed in %s (%s:%d)\n",
                       condition, function, file, line);
    if (len > 0) {
        size_t count = (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1;
        ssize_t written = write(STDERR_FILENO, text, count);
        (void)written;
    }
    abort();
}
