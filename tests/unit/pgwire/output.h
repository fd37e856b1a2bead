#ifndef TESTS_UNIT_PGWIRE_OUTPUT_H
#define TESTS_UNIT_PGWIRE_OUTPUT_H

/* A fixture for tests of what is written: a fresh buffer `out` for each. */

#include "base/buffer.h"
#include "support/unit.h"

static struct buffer out;

static int begin_output(void **state)
{
    (void)state;
    buffer_init(&out, 100000);
    return 0;
}

static int end_output(void **state)
{
    (void)state;
    buffer_fini(&out);
    return 0;
}

static void assert_output(struct bytes expected)
{
    assert_int_equal(buffer_len(&out), expected.len);
    assert_memory_equal(buffer_bytes(&out).at, expected.at, expected.len);
}

#define WITH_OUTPUT(test) cmocka_unit_test_setup_teardown(test, begin_output, end_output)

#endif
