/* Any bytes decode to an object or to an error; an object encodes and decodes again.
 *
 * Must reach: record_decode. */
#include "catalog/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new("fuzz", NULL);
    struct catalog_object *object = NULL;
    struct error err;

    error_clear(&err);
    if (record_decode(bytes_of(data, size), arena, &object, &err) == RC_OK) {
        struct buffer again;

        buffer_init(&again, 64U << 20);
        record_encode(object, &again);
        if (record_decode(buffer_bytes(&again), arena, &object, &err) != RC_OK)
            __builtin_trap();
        buffer_fini(&again);
    }
    arena_free(&arena);
    return 0;
}
