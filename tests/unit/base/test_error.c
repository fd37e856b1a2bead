/* base/error and base/sqlstate: fields, reach, cutting at whole characters, the list. */
#include "base/error.h"
#include "base/utf8.h"
#include "support/unit.h"

static void an_error_carries_its_fields(void **state)
{
    (void)state;
    struct error err;
    error_clear(&err);
    assert_int_equal(err.state, SQLSTATE_SUCCESSFUL_COMPLETION);
    assert_int_equal(error_set_at(&err, 8, SQLSTATE_CONNECTION_FAILURE, "no %s", "way"),
                     RC_FAILED);
    assert_int_equal(error_detail(&err, "Hop %d.", 1), RC_FAILED);
    assert_int_equal(error_hint(&err, "Try %s.", "again"), RC_FAILED);
    assert_int_equal(error_log_only(&err, "fd=%d", 3), RC_FAILED);
    assert_string_equal(err.message, "no way");
    assert_string_equal(err.detail, "Hop 1.");
    assert_string_equal(err.hint, "Try again.");
    assert_string_equal(err.log_only, "fd=3");
    assert_int_equal(err.position, 8);
    assert_int_equal(err.reach, ERROR_REACH_STATEMENT);
    error_context(&err, "connection %s", "pg");
    assert_string_equal(err.message, "connection pg: no way");
    assert_string_equal(err.detail, "Hop 1.");
}

static void setting_it_again_forgets_the_rest(void **state)
{
    (void)state;
    struct error err;
    error_set_at(&err, 8, SQLSTATE_CONNECTION_FAILURE, "one");
    error_detail(&err, "Detail.");
    error_hint(&err, "Hint.");
    error_log_only(&err, "log");
    error_widen(&err, ERROR_REACH_SESSION);
    error_set(&err, SQLSTATE_INTERNAL_ERROR, "two");
    assert_string_equal(err.message, "two");
    assert_string_equal(err.detail, "");
    assert_string_equal(err.hint, "");
    assert_string_equal(err.log_only, "");
    assert_int_equal(err.position, 0);
    assert_int_equal(err.reach, ERROR_REACH_STATEMENT);
}

static void reach_only_widens(void **state)
{
    (void)state;
    struct error err;
    error_set(&err, SQLSTATE_INTERNAL_ERROR, "x");
    error_widen(&err, ERROR_REACH_SERVER);
    error_widen(&err, ERROR_REACH_SESSION);
    assert_int_equal(err.reach, ERROR_REACH_SERVER);
}

/* For characters of each length, and every place where the cut can fall. */
static void long_texts_are_cut_at_whole_characters(void **state)
{
    (void)state;
    static const char *const characters[] = {"a", "\xC3\xA4", "\xE2\x82\xAC",
                                             "\xF0\x9F\x98\x80"};
    static char text[3 * ERROR_DETAIL_MAX];
    struct error err;
    for (size_t c = 0; c < 4; c++) {
        size_t width = strlen(characters[c]);
        for (size_t shift = 0; shift < 4; shift++) {
            size_t len = shift;
            memset(text, 'x', shift);
            while (len + width < sizeof(text) - 1) {
                memcpy(text + len, characters[c], width);
                len += width;
            }
            text[len] = '\0';
            error_set(&err, SQLSTATE_INTERNAL_ERROR, "%s", text);
            error_detail(&err, "%s", text);
            error_context(&err, "in front");
            assert_true(utf8_is_valid(bytes_of_text(err.message), NULL));
            assert_true(utf8_is_valid(bytes_of_text(err.detail), NULL));
            assert_true(strlen(err.message) > ERROR_MESSAGE_MAX - 1 - width);
            assert_true(strlen(err.detail) > ERROR_DETAIL_MAX - 1 - width);
            assert_memory_equal(err.detail, text, strlen(err.detail));
        }
    }
}

static void a_text_that_just_fits_is_whole(void **state)
{
    (void)state;
    char text[ERROR_HINT_MAX];
    struct error err;
    error_set(&err, SQLSTATE_INTERNAL_ERROR, "x");
    memset(text, 'a', sizeof(text));
    memcpy(text + sizeof(text) - 4, "\xE2\x82\xAC", 4);
    error_hint(&err, "%s", text);
    assert_string_equal(err.hint, text);
}

static bool is_code(const char *code)
{
    return strlen(code) == 5 && strspn(code, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 5;
}

static void states_have_one_code_and_one_name(void **state)
{
    (void)state;
    for (int i = 0; i < SQLSTATE_COUNT; i++) {
        enum sqlstate one = (enum sqlstate)i;
        assert_true(is_code(sqlstate_code(one)));
        assert_int_equal(sqlstate_from_code(sqlstate_code(one)), one);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(sqlstate_name(one), sqlstate_name((enum sqlstate)j));
    }
    assert_int_equal(sqlstate_from_code("42P01"), SQLSTATE_UNDEFINED_TABLE);
    assert_int_equal(sqlstate_from_code("99999"), SQLSTATE_INTERNAL_ERROR);
    assert_int_equal(sqlstate_from_code(""), SQLSTATE_INTERNAL_ERROR);
    assert_string_equal(sqlstate_code(SQLSTATE_INTERNAL_ERROR), "XX000");
    assert_string_equal(sqlstate_name(SQLSTATE_INTERNAL_ERROR), "INTERNAL_ERROR");
}

static void results_have_names(void **state)
{
    (void)state;
    for (int rc = RC_OK; rc <= RC_FAILED; rc++)
        assert_string_not_equal(rc_name((enum rc)rc), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_carries_its_fields),
        cmocka_unit_test(setting_it_again_forgets_the_rest),
        cmocka_unit_test(reach_only_widens),
        cmocka_unit_test(long_texts_are_cut_at_whole_characters),
        cmocka_unit_test(a_text_that_just_fits_is_whole),
        cmocka_unit_test(states_have_one_code_and_one_name),
        cmocka_unit_test(results_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
