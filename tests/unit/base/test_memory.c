/* base/memory and base/assert: zeroed memory; what cannot be had ends the process. */
#include "base/assert.h"
#include "base/memory.h"
#include "support/child.h"
#include "support/unit.h"

static void memory_comes_zeroed_even_for_nothing(void **state)
{
    (void)state;
    for (size_t size = 0; size < 300; size++) {
        uint8_t *memory = mem_alloc(size);
        assert_non_null(memory);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(memory[i], 0);
        memory = mem_resize(memory, size + 1);
        memory[size] = 1;
        mem_free(memory);
    }
    void *none = mem_alloc_array(0, 8);
    assert_non_null(none);
    mem_free(none);
    none = mem_resize(NULL, 0);
    assert_non_null(none);
    mem_free(none);
    mem_free(NULL);
}

static void copies_end_in_a_nul(void **state)
{
    (void)state;
    char *copy = mem_strdup("bastion");
    assert_string_equal(copy, "bastion");
    mem_free(copy);
    copy = mem_strndup("bastion", 4);
    assert_string_equal(copy, "bast");
    mem_free(copy);
    copy = mem_strndup(NULL, 0);
    assert_string_equal(copy, "");
    mem_free(copy);
}

/* Volatile, so that no compiler sees the overflow and warns. */
static volatile size_t huge = SIZE_MAX / 2;

static void multiply_too_far(void *argument)
{
    (void)argument;
    mem_free(mem_alloc_array(huge, 3));
}

static void a_product_that_overflows_ends_the_process(void **state)
{
    (void)state;
    char report[8192];
    assert_true(child_dies(multiply_too_far, NULL, report, sizeof(report)));
}

static void fail_an_assertion(void *argument)
{
    ASSERT(argument == NULL && "two and two");
}

static void reach_the_unreachable(void *argument)
{
    (void)argument;
    UNREACHABLE();
}

static void a_failed_assertion_tells_what_and_where(void **state)
{
    (void)state;
    ASSERT(state != NULL || true);
    assert_true(child_asserts(fail_an_assertion, state, "two and two"));
    assert_true(child_asserts(fail_an_assertion, state, "test_memory.c:"));
    assert_true(child_asserts(reach_the_unreachable, NULL, "unreachable failed in"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_comes_zeroed_even_for_nothing),
        cmocka_unit_test(copies_end_in_a_nul),
        cmocka_unit_test(a_product_that_overflows_ends_the_process),
        cmocka_unit_test(a_failed_assertion_tells_what_and_where),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
