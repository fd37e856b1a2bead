/* What all TCP sockets here have in common. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "loop/loop_internal.h"

const char *loop_errno_text(int error_number)
{
    const char *text = strerrordesc_np(error_number);
    return text == NULL ? "unknown error" : text;
}

void loop_socket_tune(int descriptor)
{
    /* Either can only fail on a socket that is no TCP, or that has died meanwhile; the
     * first read tells. */
    int on = 1;
    (void)setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    (void)setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
}
