/* sql/exec/evaluate: three-valued logic, and that operands are computed only for the rows
 * for which PostgreSQL would: a division by zero in a row that is not reached raises
 * nothing. */

#include "base/error.h"
#include "sql/exec/evaluate.h"
#include "support/unit.h"

enum { ROWS = 4, INT4_EQUAL = 65, INT4_LESS = 66, INT4_DIVIDE = 154 };

/* One batch: slot 0 is 0, 1, 2, NULL; slot 1 is true, false, NULL, true. */
struct fixture {
    struct arena *arena;
    struct type_context types;
    struct vector columns[2];
    struct evaluation evaluation;
    struct vector out;
    struct error err;
};

static const uint16_t all_rows[ROWS] = {0, 1, 2, 3};

static int set_up(void **state)
{
    struct arena *arena = arena_new("test", NULL);
    struct fixture *fixture = ARENA_NEW(arena, struct fixture);
    fixture->arena = arena;
    fixture->types.arena = arena;
    for (size_t i = 0; i < 2; i++) {
        fixture->columns[i].type = type_find_oid(i == 0 ? TYPE_INT4 : TYPE_BOOL);
        fixture->columns[i].values = ARENA_ARRAY(arena, union datum, ROWS);
        fixture->columns[i].nulls = ARENA_ARRAY(arena, uint8_t, ROWS);
    }
    for (int32_t row = 0; row < ROWS; row++)
        fixture->columns[0].values[row].int32 = row;
    fixture->columns[0].nulls[3] = 1;
    fixture->columns[1].values[0].boolean = true;
    fixture->columns[1].nulls[2] = 1;
    fixture->columns[1].values[3].boolean = true;
    fixture->evaluation = (struct evaluation){
        .arena = arena, .types = &fixture->types, .columns = fixture->columns};
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    struct arena *arena = fixture->arena;
    arena_free(&arena);
    return 0;
}

static struct bound *node(struct fixture *fixture, enum bound_kind kind, uint32_t type,
                          size_t argument_count)
{
    struct bound *bound = ARENA_NEW(fixture->arena, struct bound);
    bound->kind = kind;
    bound->type = type_find_oid(type);
    bound->typmod = TYPE_TYPMOD_NONE;
    bound->argument_count = argument_count;
    bound->arguments = ARENA_ARRAY(fixture->arena, const struct bound *, argument_count);
    return bound;
}

static struct bound *slot(struct fixture *fixture, uint32_t index)
{
    struct bound *bound =
        node(fixture, BOUND_SLOT, index == 0 ? TYPE_INT4 : TYPE_BOOL, 0);
    bound->slot = index;
    return bound;
}

static struct bound *number(struct fixture *fixture, int32_t value)
{
    struct bound *bound = node(fixture, BOUND_CONSTANT, TYPE_INT4, 0);
    bound->constant.datum.int32 = value;
    return bound;
}

static struct bound *call(struct fixture *fixture, enum bound_kind kind,
                          uint32_t function, const struct bound *left,
                          const struct bound *right)
{
    struct bound *bound =
        node(fixture, kind, function == INT4_DIVIDE ? TYPE_INT4 : TYPE_BOOL, 2);
    bound->call.function = function_find_oid(function);
    assert_non_null(bound->call.function);
    bound->call.argument_types = ARENA_ARRAY(fixture->arena, const struct type *, 2);
    bound->call.argument_types[0] = left->type;
    bound->call.argument_types[1] = right->type;
    bound->arguments[0] = left;
    bound->arguments[1] = right;
    return bound;
}

/* 10 / slot 0 = 10: fails in row 0. */
static struct bound *dangerous(struct fixture *fixture)
{
    struct bound *quotient =
        call(fixture, BOUND_CALL, INT4_DIVIDE, number(fixture, 10), slot(fixture, 0));
    return call(fixture, BOUND_CALL, INT4_EQUAL, quotient, number(fixture, 10));
}

static struct bound *pair(struct fixture *fixture, enum bound_kind kind, uint32_t type,
                          const struct bound *left, const struct bound *right)
{
    struct bound *bound = node(fixture, kind, type, 2);
    bound->arguments[0] = left;
    bound->arguments[1] = right;
    return bound;
}

static enum rc run(struct fixture *fixture, const struct bound *bound)
{
    return evaluate(&fixture->evaluation, bound, (struct selection){all_rows, ROWS},
                    &fixture->out, &fixture->err);
}

/* 't', 'f' and 'n' for each row. */
static void expect(struct fixture *fixture, const struct bound *bound, const char *wanted)
{
    char got[ROWS + 1] = {0};
    assert_int_equal(run(fixture, bound), RC_OK);
    for (int row = 0; row < ROWS; row++)
        got[row] = fixture->out.nulls[row] != 0       ? 'n'
                   : fixture->out.values[row].boolean ? 't'
                                                      : 'f';
    assert_string_equal(got, wanted);
}

static void a_row_that_is_reached_raises(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(run(fixture, dangerous(fixture)), RC_FAILED);
    assert_string_equal(sqlstate_code(fixture->err.state), "22012");
    assert_string_equal(fixture->err.message, "division by zero");
}

static void and_or_narrow_before_they_compute(void **state)
{
    struct fixture *fixture = *state;
    struct bound *positive =
        call(fixture, BOUND_CALL, INT4_LESS, number(fixture, 0), slot(fixture, 0));
    struct bound *zero =
        call(fixture, BOUND_CALL, INT4_EQUAL, slot(fixture, 0), number(fixture, 0));
    expect(fixture, pair(fixture, BOUND_AND, TYPE_BOOL, positive, dangerous(fixture)),
           "ftfn");
    expect(fixture, pair(fixture, BOUND_OR, TYPE_BOOL, zero, dangerous(fixture)), "ttfn");
}

static void logic_has_three_values(void **state)
{
    struct fixture *fixture = *state;
    struct bound *zero =
        call(fixture, BOUND_CALL, INT4_EQUAL, slot(fixture, 0), number(fixture, 0));
    expect(fixture, zero, "tffn");
    expect(fixture, pair(fixture, BOUND_AND, TYPE_BOOL, slot(fixture, 1), zero), "tffn");
    expect(fixture, pair(fixture, BOUND_OR, TYPE_BOOL, slot(fixture, 1), zero), "tfnt");
    struct bound *not = node(fixture, BOUND_NOT, TYPE_BOOL, 1);
    not ->arguments[0] = slot(fixture, 1);
    expect(fixture, not, "ftnf");
    struct bound *is_null = node(fixture, BOUND_IS_NULL, TYPE_BOOL, 1);
    is_null->arguments[0] = slot(fixture, 0);
    expect(fixture, is_null, "ffft");
    struct bound *is_not_true = node(fixture, BOUND_IS_BOOLEAN, TYPE_BOOL, 1);
    is_not_true->arguments[0] = slot(fixture, 1);
    is_not_true->test.boolean = BOUND_TRUE;
    is_not_true->test.negated = true;
    expect(fixture, is_not_true, "fttf");
    expect(
        fixture,
        call(fixture, BOUND_DISTINCT, INT4_EQUAL, slot(fixture, 0), number(fixture, 1)),
        "tftt");
}

static void case_computes_only_the_branch_it_takes(void **state)
{
    struct fixture *fixture = *state;
    struct bound *branches = node(fixture, BOUND_CASE, TYPE_BOOL, 3);
    branches->arguments[0] =
        call(fixture, BOUND_CALL, INT4_EQUAL, slot(fixture, 0), number(fixture, 0));
    branches->arguments[1] = slot(fixture, 1);
    branches->arguments[2] = dangerous(fixture);
    expect(fixture, branches, "ttfn");
}

static void coalesce_stops_at_the_first_value(void **state)
{
    struct fixture *fixture = *state;
    struct bound *quotient =
        call(fixture, BOUND_CALL, INT4_DIVIDE, number(fixture, 1), number(fixture, 0));
    struct bound *first =
        pair(fixture, BOUND_COALESCE, TYPE_INT4, number(fixture, 5), quotient);
    assert_int_equal(run(fixture, first), RC_OK);
    assert_int_equal(fixture->out.values[2].int32, 5);
    struct bound *second =
        pair(fixture, BOUND_COALESCE, TYPE_INT4, slot(fixture, 0), number(fixture, 9));
    assert_int_equal(run(fixture, second), RC_OK);
    assert_int_equal(fixture->out.values[2].int32, 2);
    assert_int_equal(fixture->out.values[3].int32, 9);
    assert_int_equal(run(fixture, pair(fixture, BOUND_COALESCE, TYPE_INT4,
                                       slot(fixture, 0), quotient)),
                     RC_FAILED);
}

static void greatest_and_nullif_mind_null(void **state)
{
    struct fixture *fixture = *state;
    struct bound *greatest =
        pair(fixture, BOUND_EXTREME, TYPE_INT4, slot(fixture, 0), number(fixture, 1));
    greatest->greatest = true;
    assert_int_equal(run(fixture, greatest), RC_OK);
    static const int32_t wanted[ROWS] = {1, 1, 2, 1};
    for (int row = 0; row < ROWS; row++) {
        assert_int_equal(fixture->out.nulls[row], 0);
        assert_int_equal(fixture->out.values[row].int32, wanted[row]);
    }
    struct bound *nullif =
        call(fixture, BOUND_NULLIF, INT4_EQUAL, slot(fixture, 0), number(fixture, 1));
    nullif->type = type_find_oid(TYPE_INT4);
    assert_int_equal(run(fixture, nullif), RC_OK);
    assert_int_equal(fixture->out.nulls[0], 0);
    assert_int_equal(fixture->out.nulls[1], 1);
    assert_int_equal(fixture->out.nulls[3], 1);
}

static void any_and_all_walk_an_array(void **state)
{
    struct fixture *fixture = *state;
    struct bound *array = node(fixture, BOUND_ARRAY, TYPE__INT4, 2);
    array->arguments[0] = number(fixture, 1);
    array->arguments[1] = number(fixture, 2);
    struct bound *any =
        call(fixture, BOUND_QUANTIFIED, INT4_EQUAL, slot(fixture, 0), array);
    expect(fixture, any, "fttn");
    any->call.all = true;
    expect(fixture, any, "fffn");
    array->arguments[1] = slot(fixture, 0);
    any->call.all = false;
    expect(fixture, any, "tttn");
    struct bound *below =
        call(fixture, BOUND_QUANTIFIED, INT4_LESS, number(fixture, 0), array);
    expect(fixture, below, "tttt");
    below->call.all = true;
    expect(fixture, below, "fttn");
}

static void a_filter_keeps_only_true(void **state)
{
    struct fixture *fixture = *state;
    uint16_t rows[ROWS];
    size_t count = 0;
    assert_int_equal(evaluate_filter(&fixture->evaluation, slot(fixture, 1),
                                     (struct selection){all_rows, ROWS}, rows, &count,
                                     &fixture->err),
                     RC_OK);
    assert_int_equal(count, 2);
    assert_int_equal(rows[0], 0);
    assert_int_equal(rows[1], 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_row_that_is_reached_raises, set_up, tear_down),
        cmocka_unit_test_setup_teardown(and_or_narrow_before_they_compute, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(logic_has_three_values, set_up, tear_down),
        cmocka_unit_test_setup_teardown(case_computes_only_the_branch_it_takes, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(coalesce_stops_at_the_first_value, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(greatest_and_nullif_mind_null, set_up, tear_down),
        cmocka_unit_test_setup_teardown(any_and_all_walk_an_array, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_filter_keeps_only_true, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
