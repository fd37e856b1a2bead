/* base/arena: zeroed and aligned pieces, lifetimes of children and hooks, limits, copies;
 * what the address sanitizer must see. */
#include "base/arena.h"
#include "support/child.h"
#include "support/unit.h"

#if defined(__SANITIZE_ADDRESS__)
#define HAS_ADDRESS_SANITIZER 1
#else
#define HAS_ADDRESS_SANITIZER 0
#endif

static void pieces_are_zeroed_aligned_and_apart(void **state)
{
    (void)state;
    struct arena *arena = arena_new("test", NULL);
    for (size_t size = 1; size < 3000; size += 7) {
        for (size_t align = 1; align <= alignof(max_align_t); align *= 2) {
            uint8_t *piece = arena_alloc(arena, 1, size, align);
            assert_int_equal((uintptr_t)piece % align, 0);
            for (size_t i = 0; i < size; i++)
                assert_int_equal(piece[i], 0);
            memset(piece, 0xEE, size);
        }
    }
    arena_free(&arena);
    assert_null(arena);
}

static void memory_reused_after_reset_is_zeroed_again(void **state)
{
    (void)state;
    struct arena *arena = arena_new("test", NULL);
    for (int round = 0; round < 3; round++) {
        uint8_t *piece = ARENA_ARRAY(arena, uint8_t, 900);
        for (size_t i = 0; i < 900; i++)
            assert_int_equal(piece[i], 0);
        memset(piece, 0xEE, 900);
        arena_reset(arena);
        assert_int_equal(arena_used(arena), 0);
    }
    arena_free(&arena);
}

static void a_piece_larger_than_any_chunk_is_given(void **state)
{
    (void)state;
    struct arena *arena = arena_new("test", NULL);
    uint8_t *large = arena_alloc(arena, 1024, 1024, 1);
    large[1024 * 1024 - 1] = 1;
    uint8_t *small = arena_alloc(arena, 1, 1, 1);
    small[0] = 1;
    assert_int_equal(arena_used(arena), 1024 * 1024 + 1);
    arena_free(&arena);
}

static void nothing_may_be_asked_for(void **state)
{
    (void)state;
    struct arena *arena = arena_new("test", NULL);
    assert_non_null(arena_alloc(arena, 0, 8, 8));
    assert_non_null(arena_alloc(arena, 8, 0, 8));
    assert_int_equal(arena_bytes(arena, bytes_of(NULL, 0)).len, 0);
    arena_free(&arena);
    arena_free(&arena);
}

struct order {
    char letters[16];
    size_t count;
    struct arena *arena;
};

struct step {
    struct order *order;
    char letter;
};

static void note(void *argument)
{
    struct step *step = argument;
    step->order->letters[step->order->count++] = step->letter;
}

static void hooks_run_newest_first_and_children_before_parents(void **state)
{
    (void)state;
    struct order order = {{0}, 0, NULL};
    struct step steps[4] = {{&order, 'a'}, {&order, 'b'}, {&order, 'c'}, {&order, 'd'}};
    struct arena *parent = arena_new("parent", NULL);
    struct arena *child = arena_new("child", parent);
    arena_on_reset(parent, note, &steps[0]);
    arena_on_reset(parent, note, &steps[1]);
    arena_on_reset(child, note, &steps[2]);
    arena_on_reset(child, note, &steps[3]);
    arena_reset(parent);
    assert_string_equal(order.letters, "dcba");
    arena_free(&parent);
    assert_string_equal(order.letters, "dcba");
}

static struct step late_step;

static void register_another(void *argument)
{
    struct order *order = argument;
    late_step = (struct step){order, 'z'};
    arena_on_reset(order->arena, note, &late_step);
}

static void a_hook_may_register_a_hook(void **state)
{
    (void)state;
    struct order order = {{0}, 0, arena_new("test", NULL)};
    arena_on_reset(order.arena, register_another, &order);
    arena_reset(order.arena);
    assert_string_equal(order.letters, "z");
    arena_free(&order.arena);
    assert_string_equal(order.letters, "z");
}

static void children_count_and_leave_in_any_order(void **state)
{
    (void)state;
    struct arena *parent = arena_new("parent", NULL);
    struct arena *children[3];
    for (int i = 0; i < 3; i++) {
        children[i] = arena_new("child", parent);
        arena_alloc(children[i], 100, 1, 1);
    }
    arena_set_limit(parent, 299);
    assert_int_equal(arena_used(parent), 300);
    assert_true(arena_over_limit(parent));
    arena_free(&children[1]);
    assert_int_equal(arena_used(parent), 200);
    assert_false(arena_over_limit(parent));
    arena_free(&children[2]);
    arena_free(&children[0]);
    assert_int_equal(arena_used(parent), 0);
    arena_new("child", parent);
    arena_set_limit(parent, 0);
    arena_alloc(parent, 1000, 1, 1);
    assert_false(arena_over_limit(parent));
    arena_free(&parent);
}

static void copies_end_in_a_nul(void **state)
{
    (void)state;
    struct arena *arena = arena_new("test", NULL);
    assert_string_equal(arena_strdup(arena, "bastion"), "bastion");
    assert_string_equal(arena_strndup(arena, "bastion", 4), "bast");
    assert_string_equal(arena_strndup(arena, NULL, 0), "");
    assert_string_equal(arena_printf(arena, "%s:%d", "db", 5432), "db:5432");
    struct bytes copy = arena_bytes(arena, bytes_of("a\0b", 3));
    assert_true(bytes_equal(copy, bytes_of("a\0b", 3)));
    char *longest = arena_printf(arena, "%0*d", 100000, 7);
    assert_int_equal(strlen(longest), 100000);
    arena_free(&arena);
}

static void ask_for_too_much(void *argument)
{
    arena_alloc(argument, SIZE_MAX / 2, 3, 1);
}

static void ask_for_page_alignment(void *argument)
{
    arena_alloc(argument, 1, 1, 4096);
}

static void a_size_that_overflows_ends_the_process(void **state)
{
    (void)state;
    struct arena *arena = arena_new("test", NULL);
    assert_true(child_asserts(ask_for_too_much, arena, "arena_alloc"));
    assert_true(child_asserts(ask_for_page_alignment, arena, "arena_alloc"));
    arena_free(&arena);
}

static void write_past_the_end(void *argument)
{
    volatile uint8_t *piece = arena_alloc(argument, 16, 1, 1);
    piece[16] = 1;
}

static void write_after_reset(void *argument)
{
    volatile uint8_t *piece = arena_alloc(argument, 16, 1, 1);
    arena_reset(argument);
    piece[0] = 1;
}

static void the_address_sanitizer_sees_overruns(void **state)
{
    (void)state;
    if (!HAS_ADDRESS_SANITIZER)
        skip();
    char report[8192];
    struct arena *arena = arena_new("test", NULL);
    assert_true(child_dies(write_past_the_end, arena, report, sizeof(report)));
    assert_non_null(strstr(report, "AddressSanitizer"));
    assert_true(child_dies(write_after_reset, arena, report, sizeof(report)));
    assert_non_null(strstr(report, "AddressSanitizer"));
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
        cmocka_unit_test(memory_reused_after_reset_is_zeroed_again),
        cmocka_unit_test(a_piece_larger_than_any_chunk_is_given),
        cmocka_unit_test(nothing_may_be_asked_for),
        cmocka_unit_test(hooks_run_newest_first_and_children_before_parents),
        cmocka_unit_test(a_hook_may_register_a_hook),
        cmocka_unit_test(children_count_and_leave_in_any_order),
        cmocka_unit_test(copies_end_in_a_nul),
        cmocka_unit_test(a_size_that_overflows_ends_the_process),
        cmocka_unit_test(the_address_sanitizer_sees_overruns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
