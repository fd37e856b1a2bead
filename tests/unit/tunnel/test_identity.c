/* Key pairs: their forms, and that public and private belong together. */

#include "base/arena.h"
#include "base/error.h"
#include "base/secret.h"
#include "support/unit.h"
#include "tunnel/identity.h"

static int set_up(void **state)
{
    *state = arena_new("test", NULL);
    return 0;
}

static int tear_down(void **state)
{
    struct arena *arena = *state;
    arena_free(&arena);
    return 0;
}

static void makes_a_pair_in_openssh_form(void **state)
{
    struct error err;
    struct tunnel_identity identity;
    error_clear(&err);
    assert_int_equal(tunnel_identity_new(*state, &identity, &err), RC_OK);
    const char *line = identity.public_key;
    assert_int_equal(strncmp(line, "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI", 37), 0);
    assert_int_equal(strlen(line), 12 + 68 + 12);
    assert_string_equal(line + 12 + 68, " materialize");
    const char *pem = (const char *)secret_bytes(identity.private_key).at;
    assert_int_equal(strncmp(pem, "-----BEGIN OPENSSH PRIVATE KEY-----\n", 36), 0);
    assert_null(strchr(pem, '\r'));
    secret_free(&identity.private_key);
}

static void derives_the_public_line_from_the_private_key(void **state)
{
    struct error err;
    struct tunnel_identity identity;
    const char *again = NULL;
    error_clear(&err);
    assert_int_equal(tunnel_identity_new(*state, &identity, &err), RC_OK);
    assert_int_equal(tunnel_identity_public(*state, identity.private_key, &again, &err),
                     RC_OK);
    assert_string_equal(again, identity.public_key);
    secret_free(&identity.private_key);
}

static void every_pair_is_another(void **state)
{
    struct error err;
    struct tunnel_identity one;
    struct tunnel_identity two;
    error_clear(&err);
    assert_int_equal(tunnel_identity_new(*state, &one, &err), RC_OK);
    assert_int_equal(tunnel_identity_new(*state, &two, &err), RC_OK);
    assert_string_not_equal(one.public_key, two.public_key);
    secret_free(&one.private_key);
    secret_free(&two.private_key);
}

/* The print was made by ssh-keygen -l of OpenSSH 9.2. */
static void prints_as_ssh_keygen_does(void **state)
{
    struct error err;
    const char *print = NULL;
    error_clear(&err);
    assert_int_equal(
        tunnel_identity_fingerprint(*state,
                                    "ssh-ed25519 "
                                    "AAAAC3NzaC1lZDI1NTE5AAAAIFmvsLyTw9cE7/jJ/"
                                    "5UIOQBauwqiJoFmegmCiKxTFo6G materialize",
                                    &print, &err),
        RC_OK);
    assert_string_equal(print, "SHA256:iyA/QAasTtZvktdHZWbuu1r4Wrc/FgD8jj1vveMsqpY");
}

static void refuses_what_is_no_key(void **state)
{
    struct error err;
    const char *text = NULL;
    error_clear(&err);
    assert_int_equal(tunnel_identity_fingerprint(*state, "ssh-ed25519", &text, &err),
                     RC_FAILED);
    assert_int_equal(
        tunnel_identity_fingerprint(*state, "ssh-ed25519 AAAA x", &text, &err),
        RC_FAILED);
    struct secret *secret = NULL;
    assert_int_equal(secret_copy(bytes_of_text("no key at all"), &secret, &err), RC_OK);
    assert_int_equal(tunnel_identity_public(*state, secret, &text, &err), RC_FAILED);
    assert_string_equal(err.message, "not a private key");
    secret_free(&secret);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(makes_a_pair_in_openssh_form, set_up, tear_down),
        cmocka_unit_test_setup_teardown(derives_the_public_line_from_the_private_key,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_pair_is_another, set_up, tear_down),
        cmocka_unit_test_setup_teardown(prints_as_ssh_keygen_does, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_what_is_no_key, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
