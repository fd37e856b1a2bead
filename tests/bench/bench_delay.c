/* A long cable between two network namespaces: every packet that enters at one end leaves
 * the other end after a fixed time, in order. It stands in for tc's netem, which many
 * kernels lack; as it carries packets, both ends keep their own TCP, with its windows,
 * acknowledgements and slow start.
 *
 *   bench_delay MILLISECONDS NAMESPACE_A NAMESPACE_B
 *
 * Makes the device `cable0` in each namespace (the caller gives the addresses), prints
 * "ready", and runs until its standard input ends. Needs root. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/memory.h"
#include "bench/stream.h"

enum {
    PACKET_MAX = 2048, /* the devices' packets have 1,500 bytes */
    QUEUE_MAX = 65536, /* packets on the way; past it they are lost */
};

struct packet {
    int64_t due_ns;
    size_t len;
    uint8_t bytes[PACKET_MAX];
};

struct direction {
    int from;
    int to;
    int64_t delay_ns;
    struct packet *queue; /* a ring */
    size_t first;
    size_t count;
};

static void receive(struct direction *direction)
{
    while (direction->count < QUEUE_MAX) {
        size_t at = (direction->first + direction->count) % QUEUE_MAX;
        struct packet *packet = &direction->queue[at];
        ssize_t got = read(direction->from, packet->bytes, sizeof(packet->bytes));
        if (got <= 0)
            return;
        packet->len = (size_t)got;
        packet->due_ns = now_ns() + direction->delay_ns;
        direction->count++;
    }
}

static void deliver(struct direction *direction)
{
    int64_t now = now_ns();
    while (direction->count > 0 && direction->queue[direction->first].due_ns <= now) {
        struct packet *packet = &direction->queue[direction->first];
        /* A full device loses the packet, as a cable's far end would. */
        (void)!write(direction->to, packet->bytes, packet->len);
        direction->first = (direction->first + 1) % QUEUE_MAX;
        direction->count--;
    }
}

static void *carry(void *argument)
{
    struct direction *direction = argument;
    struct pollfd ready = {.fd = direction->from, .events = POLLIN};
    prctl(PR_SET_TIMERSLACK, 1);
    for (;;) {
        struct timespec wait = {0};
        bool is_empty = direction->count == 0;
        if (!is_empty) {
            int64_t left = direction->queue[direction->first].due_ns - now_ns();
            wait.tv_nsec = left > 0 ? (long)left : 0;
        }
        ready.events = direction->count < QUEUE_MAX ? POLLIN : 0;
        (void)!ppoll(&ready, 1, is_empty ? NULL : &wait, NULL);
        receive(direction);
        deliver(direction);
    }
    return NULL;
}

static int open_device(const char *namespace_name)
{
    char path[128];
    struct ifreq wanted = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    snprintf(path, sizeof(path), "/run/netns/%s", namespace_name);
    snprintf(wanted.ifr_name, sizeof(wanted.ifr_name), "cable0");
    int place = open(path, O_RDONLY | O_CLOEXEC);
    if (place < 0 || setns(place, CLONE_NEWNET) != 0)
        return -1;
    close(place);
    int device = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (device >= 0 && ioctl(device, TUNSETIFF, &wanted) != 0) {
        close(device);
        device = -1;
    }
    return device;
}

int main(int argc, char **argv)
{
    struct direction directions[2] = {{0}, {0}};
    char rest[64];
    if (argc != 4)
        return EXIT_FAILURE;
    int64_t delay_ns = strtol(argv[1], NULL, 10) * 1000000;
    int devices[2] = {open_device(argv[2]), open_device(argv[3])};
    if (devices[0] < 0 || devices[1] < 0 || delay_ns <= 0 || delay_ns >= 1000000000) {
        fprintf(stderr, "bench_delay: no device, or a bad delay: error %d\n", errno);
        return EXIT_FAILURE;
    }
    for (int i = 0; i < 2; i++) {
        pthread_t thread;
        directions[i] = (struct direction){
            .from = devices[i],
            .to = devices[1 - i],
            .delay_ns = delay_ns,
            .queue = mem_alloc_array(QUEUE_MAX, sizeof(struct packet)),
        };
        if (pthread_create(&thread, NULL, carry, &directions[i]) != 0)
            return EXIT_FAILURE;
        pthread_detach(thread);
    }
    printf("ready\n");
    fflush(stdout);
    while (read(STDIN_FILENO, rest, sizeof(rest)) > 0) {
    }
    _exit(EXIT_SUCCESS);
}
