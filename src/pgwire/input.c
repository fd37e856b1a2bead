/* See the internal header. Limits are the session's: it asks for no more than it allows.
 */
#include "base/assert.h"
#include "base/secret.h"
#include "pgwire/input_internal.h"

void pgwire_input_init(struct pgwire_input *input)
{
    *input = (struct pgwire_input){.lent = bytes_of("", 0)};
    buffer_init(&input->held, SIZE_MAX / 4);
}

static bool is_held(const struct pgwire_input *input)
{
    return buffer_len(&input->held) != 0;
}

static struct bytes all(const struct pgwire_input *input)
{
    return is_held(input) ? buffer_bytes(&input->held) : input->lent;
}

static void drop(struct pgwire_input *input, size_t len)
{
    ASSERT(len <= all(input).len);
    if (is_held(input)) {
        buffer_consume(&input->held, len);
        return;
    }
    input->lent.at += len;
    input->lent.len -= len;
}

void pgwire_input_settle(struct pgwire_input *input)
{
    if (input->is_secret && is_held(input))
        secret_wipe(input->held.memory + input->held.start, input->taken);
    input->is_secret = false;
    drop(input, input->taken);
    input->taken = 0;
}

void pgwire_input_fini(struct pgwire_input *input)
{
    pgwire_input_settle(input);
    buffer_fini(&input->held);
    input->lent = bytes_of("", 0);
    input->discard = 0;
}

void pgwire_input_keep(struct pgwire_input *input)
{
    pgwire_input_settle(input);
    if (input->lent.len != 0)
        buffer_add(&input->held, input->lent);
    else if (!is_held(input))
        buffer_reset(&input->held, 0);
    input->lent = bytes_of("", 0);
}

/* Throws away as much as is there. */
static void discard_now(struct pgwire_input *input)
{
    size_t there = all(input).len;
    size_t len = input->discard < there ? input->discard : there;
    drop(input, len);
    input->discard -= len;
}

void pgwire_input_lend(struct pgwire_input *input, struct bytes bytes)
{
    pgwire_input_settle(input);
    if (all(input).len == 0) {
        input->lent = bytes;
    } else {
        pgwire_input_keep(input);
        buffer_add(&input->held, bytes);
    }
    discard_now(input);
}

struct bytes pgwire_input_hand(const struct pgwire_input *input)
{
    struct bytes bytes = all(input);
    return bytes_of(bytes.at + input->taken, bytes.len - input->taken);
}

struct bytes pgwire_input_take(struct pgwire_input *input, size_t len)
{
    struct bytes hand = pgwire_input_hand(input);
    ASSERT(input->taken == 0 && len <= hand.len);
    input->taken = len;
    return bytes_of(hand.at, len);
}

void pgwire_input_discard(struct pgwire_input *input, size_t len)
{
    ASSERT(input->taken == 0);
    input->discard += len;
    discard_now(input);
}

void pgwire_input_expect(struct pgwire_input *input, size_t len)
{
    size_t there = buffer_len(&input->held);
    if (len > there)
        buffer_reserve(&input->held, len - there);
}
