/* base/reader and base/bytes: fields in network byte order; the first read past the end
 * makes every later one give nothing. */
#include "base/buffer.h"
#include "base/reader.h"
#include "support/unit.h"

static void reads_what_a_buffer_wrote(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 100);
    buffer_add_u8(&buffer, 0xF1);
    buffer_add_u16(&buffer, 0xF203);
    buffer_add_u32(&buffer, 0xF4050607);
    buffer_add_u64(&buffer, UINT64_C(0xF8090A0B0C0D0E0F));
    buffer_add_cstring(&buffer, "user");
    buffer_add_text(&buffer, "abcrest");
    struct reader reader = reader_of(buffer_bytes(&buffer));
    assert_int_equal(reader_u8(&reader), 0xF1);
    assert_int_equal(reader_u16(&reader), 0xF203);
    assert_int_equal(reader_u32(&reader), 0xF4050607);
    assert_true(reader_u64(&reader) == UINT64_C(0xF8090A0B0C0D0E0F));
    assert_string_equal(reader_cstring(&reader), "user");
    assert_true(bytes_equal(reader_bytes(&reader, 3), bytes_of_text("abc")));
    assert_false(reader_done(&reader));
    assert_true(bytes_equal(reader_rest(&reader), bytes_of_text("rest")));
    assert_true(reader_done(&reader));
    buffer_fini(&buffer);
}

static void failure_sticks(void **state)
{
    (void)state;
    struct reader reader = reader_of(bytes_of("\1\2\3", 3));
    assert_int_equal(reader_u32(&reader), 0);
    assert_true(reader_failed(&reader));
    assert_int_equal(reader_u8(&reader), 0);
    assert_int_equal(reader_u16(&reader), 0);
    assert_true(reader_u64(&reader) == 0);
    assert_int_equal(reader_bytes(&reader, 1).len, 0);
    assert_int_equal(reader_bytes(&reader, 0).len, 0);
    assert_string_equal(reader_cstring(&reader), "");
    assert_int_equal(reader_rest(&reader).len, 0);
    assert_false(reader_done(&reader));
}

static void a_length_near_the_largest_size_fails(void **state)
{
    (void)state;
    struct reader reader = reader_of(bytes_of("\1\2\3", 3));
    assert_int_equal(reader_bytes(&reader, SIZE_MAX).len, 0);
    assert_true(reader_failed(&reader));
}

static void a_text_without_its_nul_fails(void **state)
{
    (void)state;
    struct reader reader = reader_of(bytes_of("abc", 3));
    assert_string_equal(reader_cstring(&reader), "");
    assert_true(reader_failed(&reader));
}

static void nothing_can_be_read_from_nothing(void **state)
{
    (void)state;
    struct reader reader = reader_of(bytes_of(NULL, 0));
    assert_true(reader_done(&reader));
    assert_int_equal(reader_bytes(&reader, 0).len, 0);
    assert_int_equal(reader_rest(&reader).len, 0);
    assert_true(reader_done(&reader));
    assert_int_equal(reader_u8(&reader), 0);
    assert_true(reader_failed(&reader));
}

static void bytes_have_the_order_of_memcmp(void **state)
{
    (void)state;
    const struct bytes none = bytes_of(NULL, 0);
    const struct bytes sorted[] = {none,
                                   bytes_of("\0", 1),
                                   bytes_of_text("a"),
                                   bytes_of_text("ab"),
                                   bytes_of_text("b"),
                                   bytes_of("\xFF", 1)};
    for (size_t i = 0; i < sizeof(sorted) / sizeof(sorted[0]); i++) {
        for (size_t j = 0; j < sizeof(sorted) / sizeof(sorted[0]); j++) {
            int order = bytes_compare(sorted[i], sorted[j]);
            assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
            assert_int_equal(bytes_equal(sorted[i], sorted[j]), i == j);
        }
    }
    assert_true(bytes_has_prefix(bytes_of_text("ab"), bytes_of_text("a")));
    assert_true(bytes_has_prefix(bytes_of_text("ab"), none));
    assert_false(bytes_has_prefix(bytes_of_text("a"), bytes_of_text("ab")));
    assert_false(bytes_has_prefix(bytes_of_text("ab"), bytes_of_text("b")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_a_buffer_wrote),
        cmocka_unit_test(failure_sticks),
        cmocka_unit_test(a_length_near_the_largest_size_fails),
        cmocka_unit_test(a_text_without_its_nul_fails),
        cmocka_unit_test(nothing_can_be_read_from_nothing),
        cmocka_unit_test(bytes_have_the_order_of_memcmp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
