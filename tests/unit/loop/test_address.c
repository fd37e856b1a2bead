/* loop/address: splitting, parsing and printing. */
#include "loop/address.h"
#include "support/unit.h"

static void splits_host_and_port(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *host;
        uint16_t port;
    } fine[] = {{"127.0.0.1:6875", "127.0.0.1", 6875},
                {"[::1]:0", "::1", 0},
                {"localhost:65535", "localhost", 65535},
                {"[fe80::1%2]:22", "fe80::1%2", 22}};
    static const char *const broken[] = {"",        ":",          ":80",      "host",
                                         "host:",   "host:65536", "host:-1",  "host:+1",
                                         "host: 1", "::1:80",     "[::1]",    "[::1]80",
                                         "[]:80",   "[::1:80",    "h:123456", "h:0x10"};
    char host[ADDRESS_HOST_MAX];
    uint16_t port;
    for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
        assert_true(address_split(fine[i].text, host, &port));
        assert_string_equal(host, fine[i].host);
        assert_int_equal(port, fine[i].port);
    }
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
        assert_false(address_split(broken[i], host, &port));
    char longest[ADDRESS_HOST_MAX + 8];
    memset(longest, 'a', sizeof(longest));
    memcpy(longest + ADDRESS_HOST_MAX, ":1", 3);
    assert_false(address_split(longest, host, &port));
    memcpy(longest + ADDRESS_HOST_MAX - 1, ":1", 3);
    assert_true(address_split(longest, host, &port));
}

static void prints_what_it_parsed(void **state)
{
    (void)state;
    struct address address;
    char text[ADDRESS_TEXT_MAX];
    assert_true(address_parse("10.1.2.3", 22, &address));
    address_print(&address, text);
    assert_string_equal(text, "10.1.2.3:22");
    assert_int_equal(address_port(&address), 22);
    assert_true(address_parse("2001:db8::7", 22, &address));
    address_set_port(&address, 2222);
    address_print(&address, text);
    assert_string_equal(text, "[2001:db8::7]:2222");
    assert_int_equal(address_port(&address), 2222);
    assert_false(address_parse("localhost", 22, &address));
    assert_false(address_parse("", 22, &address));
    assert_false(address_parse("10.1.2", 22, &address));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_host_and_port),
        cmocka_unit_test(prints_what_it_parsed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
