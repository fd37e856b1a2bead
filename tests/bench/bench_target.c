/* The target behind the bastion: answers the requests of stream.h on a port that it
 * prints, until its standard input ends.
 *
 *   bench_target [ADDRESS]      (default 127.0.0.1) */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/random.h"
#include "bench/stream.h"

static bool echo(int descriptor, uint64_t len)
{
    uint8_t bytes[16384];
    while (len > 0) {
        size_t room = len < sizeof(bytes) ? (size_t)len : sizeof(bytes);
        ssize_t got = recv(descriptor, bytes, room, 0);
        if (got <= 0 || !send_all(descriptor, bytes, (size_t)got))
            return false;
        len -= (uint64_t)got;
    }
    return true;
}

static bool answer(int descriptor, const struct stream_request *request)
{
    uint64_t sum = 0;
    switch (request->action) {
    case STREAM_TAKE:
        return stream_receive(descriptor, request->len, &sum) &&
               send_all(descriptor, &sum, sizeof(sum));
    case STREAM_GIVE:
        return stream_send(descriptor, request->len, request->seed, &sum) &&
               send_all(descriptor, &sum, sizeof(sum));
    case STREAM_ECHO:
        return echo(descriptor, request->len);
    default:
        return false;
    }
}

static void *serve(void *argument)
{
    int descriptor = (int)(intptr_t)argument;
    int yes = 1;
    struct stream_request request;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    while (receive_all(descriptor, &request, sizeof(request)) &&
           answer(descriptor, &request)) {
    }
    close(descriptor);
    return NULL;
}

static void *accept_all(void *argument)
{
    int listener = (int)(intptr_t)argument;
    for (;;) {
        int descriptor = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        pthread_t thread;
        if (descriptor < 0)
            return NULL;
        if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)descriptor) == 0)
            pthread_detach(thread);
        else
            close(descriptor);
    }
}

/* A port below the range that the kernel hands out by itself. */
static int listen_somewhere(const char *address_text, uint16_t *port_out)
{
    for (int i = 0; i < 200; i++) {
        int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        uint16_t port = (uint16_t)(20000 + random_below(12000));
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
        if (inet_pton(AF_INET, address_text, &address.sin_addr) == 1 &&
            bind(listener, (struct sockaddr *)(void *)&address, sizeof(address)) == 0 &&
            listen(listener, 512) == 0) {
            *port_out = port;
            return listener;
        }
        close(listener);
    }
    return -1;
}

int main(int argc, char **argv)
{
    uint16_t port = 0;
    pthread_t thread;
    char rest[256];
    signal(SIGPIPE, SIG_IGN);
    int listener = listen_somewhere(argc > 1 ? argv[1] : "127.0.0.1", &port);
    if (listener < 0 ||
        pthread_create(&thread, NULL, accept_all, (void *)(intptr_t)listener) != 0) {
        fprintf(stderr, "bench_target: cannot listen\n");
        return EXIT_FAILURE;
    }
    printf("%u\n", (unsigned)port);
    fflush(stdout);
    while (read(STDIN_FILENO, rest, sizeof(rest)) > 0) {
    }
    /* Threads that still serve end with the process. */
    _exit(EXIT_SUCCESS);
}
