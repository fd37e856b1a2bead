/* The lists as tables, and framing. */
#include "pgwire/message.h"

#include "base/assert.h"

enum {
    AUTHENTICATING = PGWIRE_PHASE_AUTHENTICATING,
    READY = PGWIRE_PHASE_READY,
    SKIPPING = PGWIRE_PHASE_SKIPPING,
    COPYING = PGWIRE_PHASE_COPYING,
};

static const struct pgwire_frontend_rule frontend_rules[PGWIRE_FRONTEND_COUNT] = {
#define X(name, text, tag, limit, legal, ignored, until_sync)                            \
    [PGWIRE_FRONTEND_##name] = {text, tag, limit, legal, ignored, until_sync},
#include "pgwire/frontend.def"
#undef X
};

/* One more than the message, so that an empty place is told apart. */
static const uint8_t frontend_by_tag[256] = {
#define X(name, text, tag, limit, legal, ignored, until_sync)                            \
    [tag] = PGWIRE_FRONTEND_##name + 1,
#include "pgwire/frontend.def"
#undef X
};

static const struct {
    const char *name;
    char tag;
} backend_rules[PGWIRE_BACKEND_COUNT] = {
#define X(name, text, tag) [PGWIRE_BACKEND_##name] = {text, tag},
#include "pgwire/backend.def"
#undef X
};

const struct pgwire_frontend_rule *pgwire_frontend_rule(enum pgwire_frontend message)
{
    ASSERT(message < PGWIRE_FRONTEND_COUNT);
    return &frontend_rules[message];
}

const char *pgwire_frontend_name(enum pgwire_frontend message)
{
    return pgwire_frontend_rule(message)->name;
}

enum pgwire_frontend pgwire_frontend_of_tag(uint8_t tag)
{
    uint8_t found = frontend_by_tag[tag];
    return found == 0 ? PGWIRE_FRONTEND_COUNT : (enum pgwire_frontend)(found - 1);
}

const char *pgwire_backend_name(enum pgwire_backend message)
{
    ASSERT(message < PGWIRE_BACKEND_COUNT);
    return backend_rules[message].name;
}

char pgwire_backend_tag(enum pgwire_backend message)
{
    ASSERT(message < PGWIRE_BACKEND_COUNT);
    return backend_rules[message].tag;
}

struct pgwire_open pgwire_message_begin(struct buffer *out, enum pgwire_backend message)
{
    struct pgwire_open open = {out, buffer_len(out)};
    uint8_t *at = buffer_reserve(out, PGWIRE_HEADER_LEN);
    if (at == NULL)
        return open;
    at[0] = (uint8_t)pgwire_backend_tag(message);
    memset(at + 1, 0, PGWIRE_HEADER_LEN - 1);
    buffer_commit(out, PGWIRE_HEADER_LEN);
    return open;
}

void pgwire_message_end(struct pgwire_open open)
{
    if (buffer_failed(open.out))
        return;
    size_t len = buffer_len(open.out) - open.start - 1;
    if (len > INT32_MAX) {
        open.out->failed = true;
        return;
    }
    buffer_set_u32(open.out, open.start + 1, (uint32_t)len);
}

void pgwire_message_abandon(struct pgwire_open open)
{
    if (buffer_len(open.out) > open.start)
        buffer_truncate(open.out, open.start);
}
