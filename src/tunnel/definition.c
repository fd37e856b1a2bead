/* Deep copies of definitions. All texts of a copy live in one arena of its own. */
#include "tunnel/definition.h"

#include <string.h>

#include "base/memory.h"
#include "base/secret.h"

struct owned_definition {
    struct tunnel_definition definition; /* first, so that the two addresses are one */
    struct arena *arena;
};

static const char *copy_text(struct arena *arena, const char *text)
{
    return text == NULL ? NULL : arena_strdup(arena, text);
}

static void copy_host_keys(struct arena *arena, struct tunnel_definition *to,
                           const struct tunnel_definition *from)
{
    struct tunnel_host_key *keys =
        ARENA_ARRAY(arena, struct tunnel_host_key, from->host_key_count + 1);
    for (size_t i = 0; i < from->host_key_count; i++) {
        keys[i].type = copy_text(arena, from->host_keys[i].type);
        keys[i].key = copy_text(arena, from->host_keys[i].key);
        keys[i].fingerprint = copy_text(arena, from->host_keys[i].fingerprint);
    }
    to->host_keys = keys;
}

struct tunnel_definition *tunnel_definition_copy(const struct tunnel_definition *from)
{
    struct owned_definition *owned = MEM_NEW(struct owned_definition);
    owned->arena = arena_new("tunnel-definition", NULL);
    struct tunnel_definition *to = &owned->definition;
    *to = *from;
    to->id = copy_text(owned->arena, from->id);
    to->name = copy_text(owned->arena, from->name);
    to->host = copy_text(owned->arena, from->host);
    to->user = copy_text(owned->arena, from->user);
    to->port = from->port == 0 ? 22 : from->port;
    for (int i = 0; i < TUNNEL_KEY_COUNT; i++) {
        to->public_keys[i] = copy_text(owned->arena, from->public_keys[i]);
        if (from->private_keys[i] != NULL)
            to->private_keys[i] = secret_ref(from->private_keys[i]);
    }
    copy_host_keys(owned->arena, to, from);
    return to;
}

void tunnel_definition_free(struct tunnel_definition **definition)
{
    if (*definition == NULL)
        return;
    struct owned_definition *owned = (struct owned_definition *)(void *)*definition;
    for (int i = 0; i < TUNNEL_KEY_COUNT; i++)
        secret_free(&owned->definition.private_keys[i]);
    arena_free(&owned->arena);
    mem_free(owned);
    *definition = NULL;
}

bool tunnel_definition_same_bastion(const struct tunnel_definition *a,
                                    const struct tunnel_definition *b)
{
    return a->port == b->port && strcmp(a->host, b->host) == 0 &&
           strcmp(a->user, b->user) == 0;
}
