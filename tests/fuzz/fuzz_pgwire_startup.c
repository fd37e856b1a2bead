/* The first byte says whether TLS is accepted; each packet after it is fed alone, so that
 * requests for encryption can be followed by others, and what does not make up a packet
 * is fed at the end.
 *
 * Must reach: pgwire_session_feed, pgwire_session_next, pgwire_session_answer_tls,
 * pgwire_session_refuse_gssenc, pgwire_startup_parse, pgwire_startup_next,
 * pgwire_cancel_parse, pgwire_write_negotiate_protocol_version. */
#include <stddef.h>
#include <stdint.h>

#include "base/reader.h"
#include "unit/pgwire/owner.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* How much of the data the next packet claims, at least one byte. */
static size_t packet_len(struct bytes data)
{
    struct reader reader = reader_of(data);
    uint32_t len = reader_u32(&reader);
    return reader_failed(&reader) || len == 0 || len > data.len ? data.len : len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct owner owner;
    owner_init(&owner, PGWIRE_LIMIT_DEFAULT);
    owner.accept_tls = (data[0] & 1) != 0;
    struct bytes left = bytes_of(data + 1, size - 1);
    while (left.len > 0) {
        size_t len = packet_len(left);
        owner_feed_copy(&owner, bytes_of(left.at, len));
        left = bytes_of(left.at + len, left.len - len);
    }
    enum rc rc = pgwire_session_end(owner.session, &owner.err);
    ASSERT(rc == RC_OK || rc == RC_FAILED);
    ASSERT(pgwire_session_memory(owner.session) < 1024);
    ASSERT(!buffer_failed(&owner.out));
    owner_fini(&owner);
    return 0;
}
