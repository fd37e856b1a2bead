#ifndef TUNNEL_OPTIONS_H
#define TUNNEL_OPTIONS_H

#include "base/option.h"

/* CREATE CONNECTION ... TO SSH TUNNEL (HOST, PORT, USER, HOST KEY): Materialize's
 * options, order of checks and words; HOST KEY is ours. PUBLIC KEY 1 and 2 are stored and
 * shown, never given. Not validated at CREATE by default: its keys are not known to the
 * bastion yet. */
extern const struct connection_kind tunnel_connection_kind;

enum { TUNNEL_PORT_DEFAULT = 22, TUNNEL_HOST_MAX = 253, TUNNEL_USER_MAX = 128 };

/* The grammar of names that go to a bastion or a resolver, for other kinds too: no blank,
 * no control character, no leading '-', nothing beyond ASCII letters, digits and
 * ".-_:%[]" in a host; 1 .. TUNNEL_HOST_MAX bytes. A placeholder such as
 * <SSH_BASTION_HOST> gets a hint to replace it. `option` is the option's name for the
 * message. 22023. */
enum rc tunnel_options_check_host(const char *option, const char *host,
                                  struct error *err) MUST_USE;

#endif
