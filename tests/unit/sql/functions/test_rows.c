/* sql/functions against PostgreSQL 15's answers, in function_rows.def, and the order of
 * the tables. */
#include "sql/functions/resolve.h"
#include "unit/sql/type_fixture.h"

enum { ARGUMENTS_MAX = 8 };

static const struct {
    const char *name;
    const char *arguments;
    const char *expected;
} rows[] = {
#include "unit/sql/functions/function_rows.def"
};

struct row {
    const struct type *types[ARGUMENTS_MAX];
    struct value values[ARGUMENTS_MAX];
    size_t count;
};

static enum rc read_row(const char *text, struct row *out, struct error *err)
{
    struct bytes rest = bytes_of_text(text);
    while (rest.len > 0) {
        const uint8_t *tab = memchr(rest.at, '\t', rest.len);
        size_t len = tab == NULL ? rest.len : (size_t)(tab - rest.at);
        const uint8_t *sign = memchr(rest.at, '=', len);
        size_t name = (size_t)(sign - rest.at);
        struct bytes value = bytes_of(sign + 1, len - name - 1);
        const struct type *type = type_find_name(bytes_of(rest.at, name));
        assert_non_null(type);
        out->types[out->count] = type;
        out->values[out->count].null = bytes_equal(value, bytes_of_text("NULL"));
        if (!out->values[out->count].null)
            TRY(type_input(type, &context, value, -1, &out->values[out->count].datum,
                           err));
        out->count++;
        len += tab == NULL ? 0 : 1;
        rest = bytes_of(rest.at + len, rest.len - len);
    }
    return RC_OK;
}

static enum rc resolve(size_t row, const struct row *read, struct resolved *out,
                       struct error *err)
{
    struct bytes name = bytes_of_text(rows[row].name);
    if (name.at[0] >= 'a' && name.at[0] <= 'z')
        return resolve_function(arena, name, read->types, read->count, out, err);
    const struct type *left = read->count == 1 ? NULL : read->types[0];
    return resolve_operator(arena, name, left, read->types[read->count - 1], out, err);
}

static enum rc evaluate(size_t row, const char **out, struct error *err)
{
    struct row read = {0};
    struct resolved resolved = {0};
    struct value result = {0};
    TRY(read_row(rows[row].arguments, &read, err));
    TRY(resolve(row, &read, &resolved, err));
    for (size_t i = 0; i < read.count; i++) {
        if (!read.values[i].null)
            TRY(cast_value(&context, read.types[i], resolved.argument_types[i], -1,
                           &read.values[i].datum, err));
    }
    struct call call = {
        .function = resolved.function,
        .arena = arena,
        .types = &context,
        .argument_count = read.count,
        .argument_types = resolved.argument_types,
        .result_type = resolved.result_type,
    };
    TRY(function_evaluate_row(&call, read.values, &result, err));
    *out = "NULL";
    if (result.null)
        return RC_OK;
    TRY(cast_value(&context, resolved.result_type, type_find_oid(TYPE_TEXT), -1,
                   &result.datum, err));
    *out =
        arena_strndup(arena, (const char *)result.datum.bytes.at, result.datum.bytes.len);
    return RC_OK;
}

static void answers_as_postgresql(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct error err;
        const char *out = "";
        error_clear(&err);
        if (evaluate(i, &out, &err) != RC_OK)
            out = arena_printf(arena, "!%s", err.message);
        if (strcmp(out, rows[i].expected) != 0) {
            print_error("%s(%s): %s, expected %s\n", rows[i].name, rows[i].arguments, out,
                        rows[i].expected);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

/* Look-ups by name halve the tables, so that their order matters. */
static void tables_are_sorted(void **state)
{
    (void)state;
    for (size_t i = 1; i < function_count(); i++) {
        int order = strcmp(function_at(i - 1)->name, function_at(i)->name);
        assert_true(order < 0 ||
                    (order == 0 && function_at(i - 1)->oid < function_at(i)->oid));
    }
    for (size_t i = 1; i < operator_count(); i++) {
        int order = strcmp(operator_at(i - 1)->name, operator_at(i)->name);
        assert_true(order < 0 ||
                    (order == 0 && operator_at(i - 1)->oid < operator_at(i)->oid));
    }
    for (size_t i = 1; i < type_count(); i++)
        assert_true(strcmp(type_at(i - 1)->name, type_at(i)->name) < 0);
    for (size_t i = 1; i < cast_count(); i++) {
        const struct cast *a = cast_at(i - 1);
        const struct cast *b = cast_at(i);
        assert_true(a->source < b->source ||
                    (a->source == b->source && a->target < b->target));
    }
}

static void every_row_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < function_count(); i++) {
        const struct function *row = function_at(i);
        const struct function *candidate = NULL;
        size_t at = 0;
        bool found = false;
        assert_ptr_equal(function_find_oid(row->oid), row);
        while ((candidate = function_candidates(bytes_of_text(row->name), &at)) != NULL)
            found = found || candidate == row;
        assert_true(found);
    }
    for (size_t i = 0; i < type_count(); i++) {
        assert_ptr_equal(type_find_oid(type_at(i)->oid), type_at(i));
        assert_ptr_equal(type_find_name(bytes_of_text(type_at(i)->name)), type_at(i));
    }
    assert_null(function_find_oid(1));
    assert_null(function_find_oid(UINT32_MAX));
    size_t at = 0;
    assert_null(function_candidates(bytes_of_text("zzz"), &at));
    at = 0;
    assert_null(operator_candidates(bytes_of_text("~~~~"), &at));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_as_postgresql),
        cmocka_unit_test(tables_are_sorted),
        cmocka_unit_test(every_row_is_found),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
