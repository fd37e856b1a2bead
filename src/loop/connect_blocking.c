#include "loop/connect_blocking.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static enum stage_cause cause_of(int number)
{
    switch (number) {
    case ECONNREFUSED:
        return STAGE_CAUSE_REFUSED;
    case ETIMEDOUT:
        return STAGE_CAUSE_TIMEOUT;
    default:
        return STAGE_CAUSE_UNREACHABLE;
    }
}

/* 0, or the number of an error. */
static int wait_connected(int descriptor, int64_t until_us)
{
    struct pollfd poll_for = {.fd = descriptor, .events = POLLOUT};
    int number = 0;
    socklen_t len = sizeof number;

    for (;;) {
        int64_t left_ms = (until_us - clock_monotonic_us()) / 1000;
        if (left_ms <= 0)
            return ETIMEDOUT;
        int ready = poll(&poll_for, 1, left_ms > 1000 ? 1000 : (int)left_ms);
        if (ready > 0)
            break;
        if (ready < 0 && errno != EINTR)
            return errno;
    }
    if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &number, &len) != 0)
        return errno;
    return number;
}

static int connect_one(const struct addrinfo *address, int64_t until_us, int *number_out)
{
    int descriptor =
        socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int one = 1;

    *number_out = errno;
    if (descriptor < 0)
        return -1;
    if (connect(descriptor, address->ai_addr, address->ai_addrlen) == 0)
        *number_out = 0;
    else
        *number_out = errno == EINPROGRESS ? wait_connected(descriptor, until_us) : errno;
    if (*number_out != 0) {
        close(descriptor);
        return -1;
    }
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return descriptor;
}

static enum rc connect_any(const struct addrinfo *addresses, int64_t until_us,
                           int *descriptor_out, struct stage_failure *failure)
{
    int number = EHOSTUNREACH;
    char words[STAGE_WORDS_MAX];

    for (const struct addrinfo *at = addresses; at != NULL; at = at->ai_next) {
        *descriptor_out = connect_one(at, until_us, &number);
        if (*descriptor_out >= 0)
            return RC_OK;
    }
    stage_failure_set(failure, STAGE_CONNECT, cause_of(number),
                      strerror_r(number, words, sizeof words));
    return RC_FAILED;
}

enum rc connect_blocking(const char *host, uint16_t port, struct ms timeout,
                         int *descriptor_out, struct stage_failure *failure)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    struct addrinfo *addresses = NULL;
    int64_t until_us = clock_monotonic_us() + timeout.count * 1000;
    char service[8], words[STAGE_WORDS_MAX];
    int code;
    enum rc rc;

    snprintf(service, sizeof service, "%u", (unsigned)port);
    code = getaddrinfo(host, service, &hints, &addresses);
    if (code != 0) {
        snprintf(words, sizeof words, "failed to lookup address information: %s",
                 gai_strerror(code));
        stage_failure_set(failure, STAGE_RESOLVE,
                          code == EAI_NONAME ? STAGE_CAUSE_NAME_UNKNOWN
                                             : STAGE_CAUSE_NAME_LOOKUP_FAILED,
                          words);
        return RC_FAILED;
    }
    rc = connect_any(addresses, until_us, descriptor_out, failure);
    freeaddrinfo(addresses);
    return rc;
}
