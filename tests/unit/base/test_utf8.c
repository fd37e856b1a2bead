/* base/utf8: every code point there and back, and the bad sequences of RFC 3629. */
#include "base/utf8.h"
#include "support/unit.h"

static bool is_surrogate(uint32_t code_point)
{
    return code_point >= 0xD800 && code_point <= 0xDFFF;
}

static void every_code_point_comes_back(void **state)
{
    (void)state;
    for (uint32_t code_point = 0; code_point <= 0x10FFFF; code_point++) {
        uint8_t octets[4];
        if (is_surrogate(code_point))
            continue;
        size_t len = utf8_encode(code_point, octets);
        size_t decoded_len = 0;
        if (utf8_char_len(bytes_of(octets, len)) != len ||
            utf8_decode(bytes_of(octets, len), &decoded_len) != code_point ||
            decoded_len != len)
            fail_msg("U+%04X", code_point);
    }
}

/* By the grammar of RFC 3629, section 4: of all sequences of up to three bytes, those are
 * valid that encode what they decode to. */
static void all_short_sequences_are_judged_right(void **state)
{
    (void)state;
    for (uint32_t number = 0; number < 0x1000000; number++) {
        uint8_t octets[3] = {(uint8_t)(number >> 16), (uint8_t)(number >> 8),
                             (uint8_t)number};
        size_t len = utf8_char_len(bytes_of(octets, 3));
        uint8_t again[4];
        size_t decoded_len = 0;
        if (len != 0 &&
            (utf8_encode(utf8_decode(bytes_of(octets, 3), &decoded_len), again) != len ||
             memcmp(octets, again, len) != 0))
            fail_msg("%06X", number);
    }
}

static void bad_sequences_are_refused_where_they_start(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "\x80",             /* a continuation alone */
        "\xC0\x80",         /* overlong NUL */
        "\xC1\xBF",         /* overlong */
        "\xE0\x9F\xBF",     /* overlong */
        "\xF0\x8F\xBF\xBF", /* overlong */
        "\xED\xA0\x80",     /* the first surrogate */
        "\xED\xBF\xBF",     /* the last surrogate */
        "\xF4\x90\x80\x80", /* past U+10FFFF */
        "\xF5\x80\x80\x80", /* no lead */
        "\xFF",             /* no lead */
        "\xC3",             /* cut off */
        "\xE2\x82",         /* cut off */
        "\xF0\x9F\x98",     /* cut off */
        "\xE2\x28\xA1",     /* a bad second */
        "\xF0\x9F\x28\x80", /* a bad third */
        "\xF0\x9F\x98\x28", /* a bad fourth */
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        for (size_t before = 0; before < 20; before++) {
            char text[64];
            size_t len = (size_t)snprintf(text, sizeof(text), "%.*s%s", (int)before,
                                          "abcdefghijklmnopqrst", bad[i]);
            size_t bad_at = 999;
            assert_int_equal(utf8_char_len(bytes_of_text(bad[i])), 0);
            assert_false(utf8_is_valid(bytes_of(text, len), &bad_at));
            assert_int_equal(bad_at, before);
            assert_false(utf8_is_valid(bytes_of(text, len), NULL));
        }
    }
}

static void whole_texts_are_counted(void **state)
{
    (void)state;
    const char *text = "a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80 twelve more.";
    assert_true(utf8_is_valid(bytes_of_text(text), NULL));
    assert_int_equal(utf8_count(bytes_of_text(text)), 4 + strlen(" twelve more."));
    assert_true(utf8_is_valid(bytes_of(NULL, 0), NULL));
    assert_int_equal(utf8_count(bytes_of(NULL, 0)), 0);
    assert_int_equal(utf8_char_len(bytes_of(NULL, 0)), 0);
    assert_int_equal(utf8_char_len(bytes_of("\0", 1)), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point_comes_back),
        cmocka_unit_test(all_short_sequences_are_judged_right),
        cmocka_unit_test(bad_sequences_are_refused_where_they_start),
        cmocka_unit_test(whole_texts_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
