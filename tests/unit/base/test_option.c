/* base/option: look-ups by name in what was given and in a kind's table. */
#include "base/option.h"
#include "support/unit.h"

static const struct option_spec specs[] = {
    {.name = "HOST", .type = OPTION_TEXT},
    {.name = "PASSWORD", .type = OPTION_TEXT_OR_SECRET},
    {.name = "PORT", .type = OPTION_PORT},
    {.name = "SSH TUNNEL", .type = OPTION_CONNECTION},
};
static const struct connection_kind kind = {
    .sql_name = "POSTGRES", .specs = specs, .spec_count = ARRAY_COUNT(specs)};

static void given_options_are_found_by_name(void **state)
{
    (void)state;
    struct option_value values[] = {{.spec = &specs[0], .text = "db"},
                                    {.spec = &specs[1], .secret_id = "u7"},
                                    {.spec = &specs[2], .number = 5432}};
    struct option_set set = {values, ARRAY_COUNT(values)};
    assert_string_equal(option_text(&set, "HOST"), "db");
    assert_null(option_text(&set, "PASSWORD"));
    assert_string_equal(option_find(&set, "PASSWORD")->secret_id, "u7");
    assert_int_equal(option_find(&set, "PORT")->number, 5432);
    assert_null(option_find(&set, "SSH TUNNEL"));
    assert_null(option_text(&set, "SSH TUNNEL"));
    assert_null(option_find(&set, "host"));
    struct option_set none = {NULL, 0};
    assert_null(option_find(&none, "HOST"));
}

static void a_kind_knows_its_options(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(specs); i++)
        assert_ptr_equal(connection_kind_option(&kind, specs[i].name), &specs[i]);
    assert_null(connection_kind_option(&kind, "BROKER"));
    assert_null(connection_kind_option(&kind, ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_options_are_found_by_name),
        cmocka_unit_test(a_kind_knows_its_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
