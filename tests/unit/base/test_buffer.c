/* base/buffer: network byte order, limits that stick, and a random run against a plain
 * model. */
#include "base/buffer.h"
#include "support/child.h"
#include "support/unit.h"

static void assert_content(const struct buffer *buffer, const void *wanted, size_t len)
{
    struct bytes bytes = buffer_bytes(buffer);
    assert_int_equal(bytes.len, len);
    assert_memory_equal(bytes.at, wanted, len);
}

static void numbers_go_in_network_byte_order(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 100);
    buffer_add_u8(&buffer, 1);
    buffer_add_u16(&buffer, 0x0203);
    buffer_add_u32(&buffer, 0x04050607);
    buffer_add_u64(&buffer, UINT64_C(0x08090A0B0C0D0E0F));
    uint8_t wanted[15];
    for (size_t i = 0; i < sizeof(wanted); i++)
        wanted[i] = (uint8_t)(i + 1);
    assert_content(&buffer, wanted, sizeof(wanted));
    buffer_set_u32(&buffer, 3, 0xFFFEFDFC);
    for (size_t i = 0; i < 4; i++)
        wanted[3 + i] = (uint8_t)(0xFF - i);
    assert_content(&buffer, wanted, sizeof(wanted));
    buffer_fini(&buffer);
}

static void texts_go_with_and_without_their_nul(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 100);
    buffer_add_text(&buffer, "ab");
    buffer_add_cstring(&buffer, "c");
    buffer_printf(&buffer, "%d", 42);
    assert_content(&buffer,
                   "abc\0"
                   "42",
                   6);
    buffer_truncate(&buffer, 1);
    assert_content(&buffer, "a", 1);
    buffer_fini(&buffer);
}

static void an_empty_buffer_takes_no_memory(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 10);
    assert_null(buffer.memory);
    assert_non_null(buffer_bytes(&buffer).at);
    assert_int_equal(buffer_bytes(&buffer).len, 0);
    buffer_consume(&buffer, 0);
    buffer_truncate(&buffer, 0);
    buffer_fini(&buffer);
}

static void content_of_exactly_the_limit_fits(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 8);
    buffer_add_u64(&buffer, 1);
    assert_false(buffer_failed(&buffer));
    buffer_reset(&buffer, 0);
    buffer_printf(&buffer, "%s", "12345678");
    assert_false(buffer_failed(&buffer));
    assert_content(&buffer, "12345678", 8);
    buffer_fini(&buffer);
}

static void past_the_limit_it_fails_for_good(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 8);
    buffer_add_text(&buffer, "1234567");
    buffer_add_u16(&buffer, 1);
    assert_true(buffer_failed(&buffer));
    buffer_add_u8(&buffer, 1);
    buffer_printf(&buffer, "x");
    assert_null(buffer_reserve(&buffer, 1));
    assert_int_equal(buffer_len(&buffer), 7);
    buffer_set_u32(&buffer, 100, 1);
    buffer_reset(&buffer, 1024);
    assert_false(buffer_failed(&buffer));
    assert_null(buffer_reserve(&buffer, SIZE_MAX));
    assert_true(buffer_failed(&buffer));
    buffer_fini(&buffer);
}

static void the_limit_is_of_what_is_not_consumed(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 600);
    for (int i = 0; i < 100; i++) {
        uint8_t *at = buffer_reserve(&buffer, 600);
        assert_non_null(at);
        memset(at, i, 600);
        buffer_commit(&buffer, 600);
        buffer_consume(&buffer, 600);
    }
    assert_true(buffer.capacity <= 4096);
    buffer_fini(&buffer);
}

static void reset_keeps_only_a_small_memory(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 100000);
    buffer_add_u8(&buffer, 1);
    buffer_reset(&buffer, 4096);
    assert_non_null(buffer.memory);
    buffer_reserve(&buffer, 50000);
    buffer_reset(&buffer, 4096);
    assert_null(buffer.memory);
    assert_int_equal(buffer.limit, 100000);
    buffer_fini(&buffer);
}

enum { MODEL_MAX = 20000, CAPACITY_MAX = 4 * MODEL_MAX };

static void behaves_like_its_model(void **state)
{
    (void)state;
    static uint8_t model[MODEL_MAX];
    size_t len = 0;
    uint64_t seed = unit_seed();
    struct buffer buffer;
    buffer_init(&buffer, MODEL_MAX);
    for (int step = 0; step < 20000; step++) {
        size_t count = unit_random(&seed) % 300;
        if (unit_random(&seed) % 2 == 0 && len + count <= MODEL_MAX) {
            for (size_t i = 0; i < count; i++)
                model[len + i] = (uint8_t)unit_random(&seed);
            buffer_add(&buffer, bytes_of(model + len, count));
            len += count;
        } else if (count <= len) {
            buffer_consume(&buffer, count);
            memmove(model, model + count, len - count);
            len -= count;
        }
        assert_content(&buffer, model, len);
        assert_true(buffer.capacity <= CAPACITY_MAX);
    }
    assert_false(buffer_failed(&buffer));
    buffer_fini(&buffer);
}

static void consume_too_much(void *argument)
{
    buffer_consume(argument, 2);
}

static void commit_too_much(void *argument)
{
    buffer_commit(argument, 100000);
}

static void set_behind_the_end(void *argument)
{
    buffer_set_u32(argument, 0, 1);
}

static void truncate_to_more(void *argument)
{
    buffer_truncate(argument, 2);
}

static void misuse_ends_the_process(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 10);
    buffer_add_u8(&buffer, 1);
    assert_true(child_asserts(consume_too_much, &buffer, "buffer_consume"));
    assert_true(child_asserts(commit_too_much, &buffer, "buffer_commit"));
    assert_true(child_asserts(set_behind_the_end, &buffer, "buffer_set_u32"));
    assert_true(child_asserts(truncate_to_more, &buffer, "buffer_truncate"));
    buffer_fini(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_go_in_network_byte_order),
        cmocka_unit_test(texts_go_with_and_without_their_nul),
        cmocka_unit_test(an_empty_buffer_takes_no_memory),
        cmocka_unit_test(content_of_exactly_the_limit_fits),
        cmocka_unit_test(past_the_limit_it_fails_for_good),
        cmocka_unit_test(the_limit_is_of_what_is_not_consumed),
        cmocka_unit_test(reset_keeps_only_a_small_memory),
        cmocka_unit_test(behaves_like_its_model),
        cmocka_unit_test(misuse_ends_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
