/* The first byte chooses a log-in with or without password and the size of pieces. The
 * rest is fed twice, whole and in pieces: both must give the same events and answers, and
 * the answers must be well framed.
 *
 * Must reach: pgwire_session_feed, pgwire_session_next, pgwire_session_statement_failed,
 * pgwire_session_copy_in_begin, pgwire_query_parse, pgwire_parse_parse,
 * pgwire_bind_parse, pgwire_describe_parse, pgwire_execute_parse, pgwire_close_parse,
 * pgwire_copy_fail_parse. */
#include <stddef.h>
#include <stdint.h>

#include "base/reader.h"
#include "unit/pgwire/owner.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MESSAGE_LIMIT = 100000 };

static bool is_backend_tag(uint8_t tag)
{
    for (int i = 0; i < PGWIRE_BACKEND_COUNT; i++) {
        if ((uint8_t)pgwire_backend_tag((enum pgwire_backend)i) == tag)
            return true;
    }
    return false;
}

static void check_framing(struct bytes out)
{
    struct reader reader = reader_of(out);
    while (reader.left > 0) {
        ASSERT(is_backend_tag(reader_u8(&reader)));
        uint32_t len = reader_u32(&reader);
        ASSERT(len >= PGWIRE_LENGTH_MIN);
        reader_bytes(&reader, len - PGWIRE_LENGTH_MIN);
        ASSERT(!reader_failed(&reader));
    }
}

static void start(struct owner *owner, bool has_password)
{
    owner_init(owner, MESSAGE_LIMIT);
    owner_feed_copy(owner,
                    has_password ? LITERAL(STARTUP_SECRET) : LITERAL(STARTUP_ALICE));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct bytes stream = bytes_of(data + 1, size - 1);
    bool has_password = (data[0] & 1) != 0;
    size_t piece = 1 + (data[0] >> 1) % 50;
    struct owner whole, pieces;
    start(&whole, has_password);
    start(&pieces, has_password);
    owner_feed_copy(&whole, stream);
    while (stream.len > 0) {
        size_t len = stream.len < piece ? stream.len : piece;
        owner_feed_copy(&pieces, bytes_of(stream.at, len));
        stream = bytes_of(stream.at + len, stream.len - len);
    }
    ASSERT(bytes_equal(buffer_bytes(&whole.trace), buffer_bytes(&pieces.trace)));
    ASSERT(bytes_equal(buffer_bytes(&whole.out), buffer_bytes(&pieces.out)));
    ASSERT(pgwire_session_state(whole.session) == pgwire_session_state(pieces.session));
    check_framing(buffer_bytes(&whole.out));
    owner_fini(&whole);
    owner_fini(&pieces);
    return 0;
}
