#ifndef PGWIRE_INPUT_INTERNAL_H
#define PGWIRE_INPUT_INTERNAL_H

#include "base/buffer.h"

/* The bytes that a session has received and not yet used: lent by the owner while that is
 * enough, held in a buffer of its own when a message is cut. Only for this folder.
 *
 * At most one of `held` and `lent` is not empty. What is taken stays readable until the
 * next settle, lend or keep. */
struct pgwire_input {
    struct buffer held;
    struct bytes lent;
    size_t taken;   /* at the front, in use as the views of an event */
    size_t discard; /* bytes to be thrown away that have not come in yet */
    bool is_secret; /* what is taken is wiped when it goes */
};

void pgwire_input_init(struct pgwire_input *input);
void pgwire_input_fini(struct pgwire_input *input);

void pgwire_input_lend(struct pgwire_input *input, struct bytes bytes);

/* Copies what is left of the lent bytes; gives back the memory when nothing is left. */
void pgwire_input_keep(struct pgwire_input *input);

/* All bytes that are neither taken nor discarded. */
struct bytes pgwire_input_hand(const struct pgwire_input *input);

/* `len` bytes of the hand; nothing else may be taken before the next settle. */
struct bytes pgwire_input_take(struct pgwire_input *input, size_t len);

/* The next `len` bytes, in hand or still to come, are thrown away. Nothing is taken. */
void pgwire_input_discard(struct pgwire_input *input, size_t len);

/* Ends the life of what was taken. */
void pgwire_input_settle(struct pgwire_input *input);

/* Room for a message of `len` bytes at once, so that growing leaves no copy of a secret
 * behind in freed memory. */
void pgwire_input_expect(struct pgwire_input *input, size_t len);

#endif
