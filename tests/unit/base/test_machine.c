/* base/machine: legal moves only; a step that the table lacks ends the process. */
#include "base/clock.h"
#include "base/machine.h"
#include "support/child.h"
#include "support/unit.h"

enum lamp { LAMP_OFF, LAMP_ON, LAMP_BROKEN, LAMP_COUNT };

/* clang-format off */
static const struct machine_state lamp_states[LAMP_COUNT] = {
    [LAMP_OFF]    = {"off", MACHINE_TO(LAMP_ON), 0, "no current"},
    [LAMP_ON]     = {"on", MACHINE_TO(LAMP_OFF) | MACHINE_TO(LAMP_BROKEN), 100, "it shines"},
    [LAMP_BROKEN] = {"broken", 0, 0, "for good"},
};
/* clang-format on */

static void legal_moves_are_made_and_timed(void **state)
{
    (void)state;
    struct machine machine;
    machine_init(&machine, "lamp", lamp_states, LAMP_COUNT, LAMP_OFF);
    assert_string_equal(machine_state_name(&machine), "off");
    int64_t since_us = machine.since_us;
    clock_shift_for_test(5000000);
    machine_move(&machine, LAMP_ON, "switched");
    clock_shift_for_test(0);
    assert_int_equal(machine.state, LAMP_ON);
    assert_true(machine.since_us >= since_us + 5000000);
    machine_move(&machine, LAMP_OFF, "switched");
    machine_move(&machine, LAMP_ON, "switched");
    machine_move(&machine, LAMP_BROKEN, "dropped");
    assert_string_equal(machine_state_name(&machine), "broken");
}

struct illegal {
    int from;
    int to;
};

static void make_illegal_move(void *argument)
{
    const struct illegal *illegal = argument;
    struct machine machine;
    machine_init(&machine, "lamp", lamp_states, LAMP_COUNT, illegal->from);
    machine_move(&machine, illegal->to, "by mistake");
}

static void illegal_moves_end_the_process(void **state)
{
    (void)state;
    struct illegal moves[] = {{LAMP_OFF, LAMP_BROKEN},
                              {LAMP_OFF, LAMP_OFF},
                              {LAMP_BROKEN, LAMP_ON},
                              {LAMP_OFF, LAMP_COUNT},
                              {LAMP_OFF, -1}};
    for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]); i++)
        assert_true(child_asserts(make_illegal_move, &moves[i], "machine_move"));
}

static void check_open_table(void *argument)
{
    machine_check_table(argument, 2);
}

static void a_table_that_leads_nowhere_ends_the_process(void **state)
{
    (void)state;
    struct machine_state leads_out[2] = {{"a", MACHINE_TO(2), 0, "x"}, {"b", 0, 0, "y"}};
    struct machine_state has_no_name[2] = {{"a", 0, 0, "x"}, {NULL, 0, 0, NULL}};
    machine_check_table(lamp_states, LAMP_COUNT);
    assert_true(child_asserts(check_open_table, leads_out, "machine_check_table"));
    assert_true(child_asserts(check_open_table, has_no_name, "machine_check_table"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(legal_moves_are_made_and_timed),
        cmocka_unit_test(illegal_moves_end_the_process),
        cmocka_unit_test(a_table_that_leads_nowhere_ends_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
