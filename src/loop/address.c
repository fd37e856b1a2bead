/* Socket addresses as values and as text. */
#include "loop/address.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The storage is memory of no declared type of its own: copies keep the aliasing rules.
 */
static struct sockaddr_in get_v4(const struct address *address)
{
    struct sockaddr_in v4;
    memcpy(&v4, &address->storage, sizeof(v4));
    return v4;
}

static struct sockaddr_in6 get_v6(const struct address *address)
{
    struct sockaddr_in6 v6;
    memcpy(&v6, &address->storage, sizeof(v6));
    return v6;
}

static void set(struct address *address, const void *from, size_t len)
{
    *address = (struct address){.len = (socklen_t)len};
    memcpy(&address->storage, from, len);
}

static void print_v6(const struct sockaddr_in6 *v6, char text_out[ADDRESS_TEXT_MAX])
{
    char host[INET6_ADDRSTRLEN] = "?";
    char scope[1 + IF_NAMESIZE] = "";
    inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof(host));
    if (v6->sin6_scope_id != 0)
        snprintf(scope, sizeof(scope), "%%%u", (unsigned)v6->sin6_scope_id);
    snprintf(text_out, ADDRESS_TEXT_MAX, "[%s%s]:%u", host, scope,
             (unsigned)ntohs(v6->sin6_port));
}

void address_print(const struct address *address, char text_out[ADDRESS_TEXT_MAX])
{
    if (address->storage.ss_family == AF_INET6) {
        struct sockaddr_in6 v6 = get_v6(address);
        print_v6(&v6, text_out);
        return;
    }
    if (address->storage.ss_family != AF_INET) {
        snprintf(text_out, ADDRESS_TEXT_MAX, "?");
        return;
    }
    struct sockaddr_in v4 = get_v4(address);
    char host[INET_ADDRSTRLEN] = "?";
    inet_ntop(AF_INET, &v4.sin_addr, host, sizeof(host));
    snprintf(text_out, ADDRESS_TEXT_MAX, "%s:%u", host, (unsigned)ntohs(v4.sin_port));
}

uint16_t address_port(const struct address *address)
{
    if (address->storage.ss_family == AF_INET6)
        return ntohs(get_v6(address).sin6_port);
    return address->storage.ss_family == AF_INET ? ntohs(get_v4(address).sin_port) : 0;
}

void address_set_port(struct address *address, uint16_t port)
{
    if (address->storage.ss_family == AF_INET6) {
        struct sockaddr_in6 v6 = get_v6(address);
        v6.sin6_port = htons(port);
        memcpy(&address->storage, &v6, sizeof(v6));
        return;
    }
    struct sockaddr_in v4 = get_v4(address);
    v4.sin_port = htons(port);
    memcpy(&address->storage, &v4, sizeof(v4));
}

bool address_parse(const char *host, uint16_t port, struct address *address_out)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    if (inet_pton(AF_INET, host, &v4.sin_addr) == 1) {
        set(address_out, &v4, sizeof(v4));
        return true;
    }
    if (inet_pton(AF_INET6, host, &v6.sin6_addr) == 1) {
        set(address_out, &v6, sizeof(v6));
        return true;
    }
    return false;
}

static bool parse_port(const char *text, uint16_t *port_out)
{
    size_t len = strlen(text);
    if (len == 0 || len > 5 || strspn(text, "0123456789") != len)
        return false;
    long port = strtol(text, NULL, 10);
    if (port > UINT16_MAX)
        return false;
    *port_out = (uint16_t)port;
    return true;
}

bool address_split(const char *text, char host_out[ADDRESS_HOST_MAX], uint16_t *port_out)
{
    const char *colon = strrchr(text, ':');
    if (colon == NULL || !parse_port(colon + 1, port_out))
        return false;
    const char *start = text;
    const char *end = colon;
    if (*start == '[') {
        if (end - start < 2 || end[-1] != ']')
            return false;
        start++;
        end--;
    } else if (memchr(start, ':', (size_t)(end - start)) != NULL) {
        return false; /* an IPv6 address needs its brackets */
    }
    size_t len = (size_t)(end - start);
    if (len == 0 || len >= ADDRESS_HOST_MAX)
        return false;
    memcpy(host_out, start, len);
    host_out[len] = '\0';
    return true;
}

static bool is_known(const struct address *address)
{
    return address->storage.ss_family == AF_INET ||
           address->storage.ss_family == AF_INET6;
}

bool address_of_peer(int descriptor, struct address *address_out)
{
    *address_out = (struct address){.len = sizeof(address_out->storage)};
    return getpeername(descriptor, (struct sockaddr *)&address_out->storage,
                       &address_out->len) == 0 &&
           is_known(address_out);
}

bool address_of_socket(int descriptor, struct address *address_out)
{
    *address_out = (struct address){.len = sizeof(address_out->storage)};
    return getsockname(descriptor, (struct sockaddr *)&address_out->storage,
                       &address_out->len) == 0 &&
           is_known(address_out);
}
