/* Signals as readable events, by signalfd(2): nothing ever runs in a handler. */
#include "loop/signals.h"

#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "loop/loop_internal.h"
#include "loop/watch.h"

struct signals {
    struct loop *loop;
    void (*on_signal)(void *argument, int number);
    void *argument;
    int descriptor;
    struct loop_watch watch;
};

static void on_ready(void *argument, struct loop_interest ready)
{
    (void)ready;
    struct signals *signals = argument;
    struct signalfd_siginfo info;
    while (read(signals->descriptor, &info, sizeof(info)) == (ssize_t)sizeof(info))
        signals->on_signal(signals->argument, (int)info.ssi_signo);
}

enum rc signals_open(struct loop *loop, void (*on_signal)(void *argument, int number),
                     void *argument, struct signals **signals_out, struct error *err)
{
    LOOP_OWNS(loop);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    int descriptor = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (descriptor < 0)
        return error_set(err, SQLSTATE_INSUFFICIENT_RESOURCES,
                         "could not wait for signals: %s", loop_errno_text(errno));
    int result = pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (result == 0 && sigaction(SIGPIPE, &ignore, NULL) != 0)
        result = errno;
    if (result != 0) {
        close(descriptor);
        return error_set(err, SQLSTATE_SYSTEM_ERROR, "could not set up signals: %s",
                         loop_errno_text(result));
    }
    struct signals *signals = MEM_NEW(struct signals);
    signals->loop = loop;
    signals->on_signal = on_signal;
    signals->argument = argument;
    signals->descriptor = descriptor;
    loop_watch_init(&signals->watch, loop, "signals", on_ready, signals);
    loop_watch_add(&signals->watch, descriptor, LOOP_INTEREST_READ);
    *signals_out = signals;
    return RC_OK;
}

void signals_close(struct signals **signals)
{
    struct signals *closed = *signals;
    if (closed == NULL)
        return;
    *signals = NULL;
    loop_watch_remove(&closed->watch);
    close(closed->descriptor);
    mem_free(closed);
}
