/* sql/parse/parse: PostgreSQL's statements, their trees, and errors with their places. */
#include "unit/sql/parse/fixture.h"

static struct ast_statement_list list;

static struct ast_select *parse_select(const char *text)
{
    struct ast_statement *statement = parse(text);
    assert_int_equal(statement->kind, STATEMENT_SELECT);
    assert_int_equal(statement->query->kind, QUERY_SELECT);
    return &statement->query->select;
}

/* The expression of SELECT's only target. */
static struct ast_expression *parse_target(const char *text)
{
    struct ast_expression *expression = NULL;
    enum rc rc = sql_parse_expression(arena, bytes_of_text(text), &expression, &err);
    if (rc != RC_OK)
        fail_msg("%s: %s", text, err.message);
    return expression;
}

static void errors_are_postgresqls(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int position;
        enum sqlstate sqlstate;
        const char *message;
    } cases[] = {
        {"selec 1", 1, SQLSTATE_SYNTAX_ERROR, "syntax error at or near \"selec\""},
        {"select", 0, SQLSTATE_SYNTAX_ERROR, NULL},
        {"select 1 +", 11, SQLSTATE_SYNTAX_ERROR, "syntax error at end of input"},
        {"select 1 + ", 12, SQLSTATE_SYNTAX_ERROR, "syntax error at end of input"},
        {"select 1 + ;", 12, SQLSTATE_SYNTAX_ERROR, "syntax error at or near \";\""},
        {"select '\xc3\xa9'; select 1 frm from x y z", 35, SQLSTATE_SYNTAX_ERROR,
         "syntax error at or near \"z\""},
        {"select 'abc", 8, SQLSTATE_SYNTAX_ERROR,
         "unterminated quoted string at or near \"'abc\""},
        {"select \"abc", 8, SQLSTATE_SYNTAX_ERROR,
         "unterminated quoted identifier at or near \"\"abc\""},
        {"select 1 /* abc", 10, SQLSTATE_SYNTAX_ERROR,
         "unterminated /* comment at or near \"/* abc\""},
        {"select $a$ abc", 8, SQLSTATE_SYNTAX_ERROR,
         "unterminated dollar-quoted string at or near \"$a$ abc\""},
        {"select 1a", 8, SQLSTATE_SYNTAX_ERROR,
         "trailing junk after numeric literal at or near \"1a\""},
        {"select \"\"", 8, SQLSTATE_SYNTAX_ERROR,
         "zero-length delimited identifier at or near \"\"\"\""},
        {"select (1; select 2)", 10, SQLSTATE_SYNTAX_ERROR,
         "syntax error at or near \";\""},
        {"select 1 from (select 2)", 15, SQLSTATE_SYNTAX_ERROR,
         "subquery in FROM must have an alias"},
        {"select E'\\ud800'", 10, SQLSTATE_SYNTAX_ERROR, NULL},
        {"select 1::int4 list", 16, SQLSTATE_FEATURE_NOT_SUPPORTED,
         "LIST types are not supported"},
        {"select cast(x as text[] list)", 25, SQLSTATE_FEATURE_NOT_SUPPORTED,
         "LIST types are not supported"},
        {"select x::map[text=>int4]", 11, SQLSTATE_FEATURE_NOT_SUPPORTED,
         "MAP types are not supported"},
        {"select count(*) over (rows between current row and 1 preceding)", 52,
         SQLSTATE_WINDOWING_ERROR,
         "frame starting from current row cannot have preceding rows"},
        {"select * from a, limit 1", 18, SQLSTATE_SYNTAX_ERROR,
         "syntax error at or near \"limit\""},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        error_clear(&err);
        enum rc rc = sql_parse(arena, bytes_of_text(cases[i].text), &list, &err);
        if (cases[i].message == NULL)
            continue;
        if (rc != RC_FAILED || err.state != cases[i].sqlstate ||
            err.position != cases[i].position ||
            strcmp(err.message, cases[i].message) != 0)
            fail_msg("%s: %s %s at %d", cases[i].text, sqlstate_code(err.state),
                     err.message, err.position);
    }
}

/* Errors inside a token's action leave PostgreSQL's scanner in the middle of its own
 * callbacks; the next parse on the same thread must not meet them. */
static void an_error_leaves_nothing_behind(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "select E'\\ud800'",
        "select E'\\udc00x'",
        "select U&'\\zzzz'",
        "select U&'\\d800'",
        "select x::int4(",
        "select E'\\xff'",
        "select U&'\\0041' uescape '+'",
    };
    for (int round = 0; round < 50; round++) {
        for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
            error_clear(&err);
            assert_int_equal(sql_parse(arena, bytes_of_text(texts[i]), &list, &err),
                             RC_FAILED);
            (void)parse("select U&'\\0041', E'\\u0041'");
        }
    }
}

static void hints_come_through(void **state)
{
    (void)state;
    assert_int_equal(
        sql_parse(arena, bytes_of_text("select 1 from (select 2)"), &list, &err),
        RC_FAILED);
    assert_string_equal(err.hint, "For example, FROM (SELECT ...) [AS] foo.");
}

static void constants_keep_their_class(void **state)
{
    (void)state;
    assert_int_equal(parse_target("1")->constant.kind, CONSTANT_INTEGER);
    assert_int_equal(parse_target("-5")->constant.integer, -5);
    assert_int_equal(parse_target("0")->constant.kind, CONSTANT_INTEGER);
    assert_string_equal(parse_target("3000000000")->constant.text, "3000000000");
    assert_int_equal(parse_target("1.50")->constant.kind, CONSTANT_NUMERIC);
    assert_string_equal(parse_target("1.50")->constant.text, "1.50");
    assert_string_equal(parse_target("''")->constant.text, "");
    assert_int_equal(parse_target("''")->constant.kind, CONSTANT_STRING);
    assert_string_equal(parse_target("B'01'")->constant.text, "b01");
    assert_string_equal(parse_target("x'1F'")->constant.text, "x1F");
    assert_int_equal(parse_target("null")->constant.kind, CONSTANT_NULL);
    assert_int_equal(parse_target("true")->kind, EXPRESSION_CONSTANT);
    assert_true(parse_target("true")->constant.boolean);
    assert_false(parse_target("false")->constant.boolean);
    assert_int_equal(parse_target("'t'::bool")->kind, EXPRESSION_CAST);
}

static void columns_and_places(void **state)
{
    (void)state;
    struct ast_select *select = parse_select("select a.b, t.*, * from t");
    struct ast_expression *first = select->targets.items[0].expression;
    assert_int_equal(first->column.name.count, 2);
    assert_string_equal(first->column.name.parts[1], "b");
    assert_int_equal(first->span.from, 7);
    assert_int_equal(first->span.to, 8);
    assert_true(select->targets.items[1].expression->column.has_star);
    assert_int_equal(select->targets.items[1].expression->column.name.count, 1);
    assert_int_equal(select->targets.items[2].expression->column.name.count, 0);
    assert_int_equal(select->from.items[0]->span.from, 24);
}

static void spans_are_of_the_whole_text(void **state)
{
    (void)state;
    assert_int_equal(
        sql_parse(arena, bytes_of_text("select 1; -- x\n select abc ;"), &list, &err),
        RC_OK);
    assert_int_equal(list.count, 2);
    assert_int_equal(list.items[0]->span.to, 8);
    assert_int_equal(list.items[1]->span.from, 16);
    assert_int_equal(list.items[1]->span.to, 26);
    struct ast_expression *abc = list.items[1]->query->select.targets.items[0].expression;
    assert_int_equal(abc->span.from, 23);
    assert_int_equal(abc->span.to, 26);
}

static void operators(void **state)
{
    (void)state;
    struct ast_expression *plus = parse_target("1 operator(pg_catalog.+) 2");
    assert_int_equal(plus->operation.name.count, 2);
    assert_string_equal(plus->operation.name.parts[1], "+");
    assert_null(parse_target("- x")->operation.left);
    assert_int_equal(parse_target("a = any(b)")->kind, EXPRESSION_OPERATOR_ANY);
    assert_int_equal(parse_target("a <> all(b)")->kind, EXPRESSION_OPERATOR_ALL);
    assert_int_equal(parse_target("a is distinct from b")->kind, EXPRESSION_DISTINCT);
    assert_int_equal(parse_target("a is not distinct from b")->kind,
                     EXPRESSION_NOT_DISTINCT);
    assert_int_equal(parse_target("nullif(a, b)")->kind, EXPRESSION_NULLIF);
    struct ast_expression *in = parse_target("a not in (1, 2, 3)");
    assert_int_equal(in->kind, EXPRESSION_IN);
    assert_true(in->in.is_negated);
    assert_int_equal(in->in.list.count, 3);
    struct ast_expression *between = parse_target("a not between symmetric 1 and 2");
    assert_true(between->between.is_negated && between->between.is_symmetric);
    struct ast_expression *like = parse_target("a not like b escape 'c'");
    assert_int_equal(like->like.kind, LIKE_LIKE);
    assert_true(like->like.is_negated);
    assert_int_equal(like->like.pattern->kind, EXPRESSION_COLUMN);
    assert_string_equal(like->like.escape->constant.text, "c");
    like = parse_target("a ilike b");
    assert_int_equal(like->like.kind, LIKE_ILIKE);
    assert_null(like->like.escape);
    like = parse_target("a similar to b");
    assert_int_equal(like->like.kind, LIKE_SIMILAR);
    assert_int_equal(like->like.pattern->kind, EXPRESSION_COLUMN);
}

static void logic_and_tests(void **state)
{
    (void)state;
    assert_int_equal(parse_target("a and b and c")->list.count, 3);
    assert_int_equal(parse_target("a or b or c and d")->kind, EXPRESSION_OR);
    assert_int_equal(parse_target("not a")->operand->kind, EXPRESSION_COLUMN);
    struct ast_expression *test = parse_target("a is not unknown");
    assert_int_equal(test->test.kind, TEST_UNKNOWN);
    assert_true(test->test.is_negated);
    assert_int_equal(parse_target("a is false")->test.kind, TEST_FALSE);
    assert_true(parse_target("a is not null")->test.is_negated);
}

static void calls(void **state)
{
    (void)state;
    struct ast_call *call = parse_target("s.f(distinct a, b order by c desc nulls last) "
                                         "filter (where d)")
                                ->call;
    assert_int_equal(call->name.count, 2);
    assert_int_equal(call->arguments.count, 2);
    assert_true(call->is_distinct);
    assert_int_equal(call->order_by.items[0].direction, SORT_DESCENDING);
    assert_int_equal(call->order_by.items[0].nulls, SORT_NULLS_LAST);
    assert_non_null(call->filter);
    assert_true(parse_target("count(*)")->call->is_star);
    call = parse_target("f(1, x => 2, variadic y => 3)")->call;
    assert_null(call->argument_names[0]);
    assert_string_equal(call->argument_names[1], "x");
    assert_true(call->is_variadic);
    assert_true(parse_target("p(1) within group (order by a)")->call->is_within_group);
    call = parse_target("extract(year from d)")->call;
    assert_true(call->is_sql_syntax);
    assert_string_equal(call->name.parts[1], "extract");
}

static void windows(void **state)
{
    (void)state;
    struct ast_window *over =
        parse_target(
            "sum(a) over (w partition by b order by c groups between 1 preceding "
            "and unbounded following exclude ties)")
            ->call->over;
    assert_string_equal(over->reference, "w");
    assert_false(over->is_bare_name);
    assert_int_equal(over->mode, FRAME_GROUPS);
    assert_int_equal(over->start, FRAME_OFFSET_PRECEDING);
    assert_int_equal(over->end, FRAME_UNBOUNDED_FOLLOWING);
    assert_int_equal(over->exclusion, FRAME_EXCLUDE_TIES);
    assert_int_equal(over->start_offset->constant.integer, 1);
    assert_true(parse_target("sum(a) over w")->call->over->is_bare_name);
    over = parse_target("sum(a) over ()")->call->over;
    assert_int_equal(over->mode, FRAME_NONE);
    struct ast_select *select =
        parse_select("select 1 from t window w as (rows 2 preceding)");
    assert_string_equal(select->windows[0]->name, "w");
    assert_int_equal(select->windows[0]->end, FRAME_CURRENT_ROW);
}

static void other_expressions(void **state)
{
    (void)state;
    struct ast_cases *cases =
        parse_target("case a when 1 then 2 when 3 then 4 else 5 end")->cases;
    assert_int_equal(cases->branch_count, 2);
    assert_non_null(cases->otherwise);
    struct ast_expression *cast = parse_target("a::numeric(10,2)[][3]");
    assert_string_equal(cast->cast.type->name.parts[1], "numeric");
    assert_int_equal(cast->cast.type->modifiers.count, 2);
    assert_int_equal(cast->cast.type->array_bound_count, 2);
    assert_int_equal(cast->cast.type->array_bounds[1], 3);
    assert_string_equal(parse_target("a collate s.\"C\"")->collate.collation.parts[1],
                        "C");
    assert_int_equal(parse_target("array[]")->list.count, 0);
    assert_int_equal(parse_target("(1, 2)")->kind, EXPRESSION_ROW);
    assert_int_equal(parse_target("row()")->list.count, 0);
    assert_int_equal(parse_target("least(1, 2)")->kind, EXPRESSION_LEAST);
    assert_int_equal(parse_target("greatest(1, 2)")->kind, EXPRESSION_GREATEST);
    assert_int_equal(parse_target("coalesce(1, 2)")->kind, EXPRESSION_COALESCE);
    struct ast_indirection *steps = &parse_target("a[1][2:][:].b")->indirection;
    assert_int_equal(steps->step_count, 4);
    assert_int_equal(steps->steps[0].kind, INDIRECTION_SUBSCRIPT);
    assert_int_equal(steps->steps[0].lower->constant.integer, 1);
    assert_int_equal(steps->steps[1].kind, INDIRECTION_SLICE);
    assert_null(steps->steps[1].upper);
    assert_string_equal(steps->steps[3].field, "b");
    assert_int_equal(parse_target("current_timestamp(3)")->value_function.precision, 3);
    assert_int_equal(parse_target("current_user")->value_function.function,
                     VALUE_CURRENT_USER);
    assert_int_equal(parse_target("current_catalog")->value_function.precision, -1);
    assert_int_equal(parse_target("xmlparse(document a)")->kind, EXPRESSION_UNSUPPORTED);
    assert_int_equal(parse_target("$3 + $1")->operation.left->parameter, 3);
    assert_int_equal(parse("select $3 + $1")->parameter_count, 3);
}

static void subqueries(void **state)
{
    (void)state;
    assert_int_equal(parse_target("exists (select 1)")->subquery->kind, SUBQUERY_EXISTS);
    assert_int_equal(parse_target("(select 1)")->subquery->kind, SUBQUERY_SCALAR);
    assert_int_equal(parse_target("array(select 1)")->subquery->kind, SUBQUERY_ARRAY);
    struct ast_subquery *in = parse_target("a in (select 1)")->subquery;
    assert_true(in->is_in);
    assert_string_equal(in->operator_name.parts[0], "=");
    assert_int_equal(parse_target("a < all (select 1)")->subquery->kind, SUBQUERY_ALL);
    assert_int_equal(parse_target("a not in (select 1)")->kind, EXPRESSION_NOT);
}

static void queries(void **state)
{
    (void)state;
    struct ast_query *query =
        parse("with recursive x (a) as materialized (select 1 union all select a from x) "
              "select distinct on (a) a as b from x where c group by grouping sets "
              "((a, b), rollup (c), ()), d having e order by 1 desc limit 2 offset 3 for "
              "update of x skip locked")
            ->query;
    assert_true(query->with->is_recursive);
    assert_int_equal(query->with->items[0].materialized, MATERIALIZED_ALWAYS);
    assert_int_equal(query->with->items[0].statement->query->kind, QUERY_SET);
    assert_true(query->with->items[0].statement->query->set.is_all);
    assert_true(query->select.is_distinct);
    assert_int_equal(query->select.distinct_on.count, 1);
    assert_string_equal(query->select.targets.items[0].alias, "b");
    assert_int_equal(query->select.group_count, 2);
    assert_int_equal(query->select.groups[0].kind, GROUPING_SETS);
    assert_int_equal(query->select.groups[0].set_count, 3);
    assert_int_equal(query->select.groups[0].sets[0].expression->kind, EXPRESSION_ROW);
    assert_int_equal(query->select.groups[0].sets[1].kind, GROUPING_ROLLUP);
    assert_int_equal(query->select.groups[0].sets[2].kind, GROUPING_EMPTY);
    assert_int_equal(query->limit->constant.integer, 2);
    assert_int_equal(query->locks[0].strength, LOCK_UPDATE);
    assert_int_equal(query->locks[0].wait, LOCK_WAIT_SKIP);
    query = parse("select distinct a from t")->query;
    assert_true(query->select.is_distinct);
    assert_int_equal(query->select.distinct_on.count, 0);
    query = parse("values (1, 'a'), (2, default)")->query;
    assert_int_equal(query->values.row_count, 2);
    assert_int_equal(query->values.rows[1].items[1]->kind, EXPRESSION_DEFAULT);
    query = parse("select a from t order by a fetch first 3 rows with ties")->query;
    assert_true(query->with_ties);
    query = parse("select 1 except all select 2 intersect select 3")->query;
    assert_int_equal(query->set.operation, SET_EXCEPT);
    assert_int_equal(query->set.right->set.operation, SET_INTERSECT);
    query = parse("table t")->query;
    assert_string_equal(query->select.from.items[0]->relation.name.parts[0], "t");
}

static void joins(void **state)
{
    (void)state;
    struct ast_from_item *item =
        parse_select("select 1 from a x (c, d) natural left join b cross join only c.d "
                     "join e using (f, g) as h full join i on true")
            ->from.items[0];
    assert_int_equal(item->join.kind, JOIN_FULL);
    assert_non_null(item->join.on);
    item = item->join.left;
    assert_int_equal(item->join.kind, JOIN_INNER);
    assert_int_equal(item->join.using_columns.count, 2);
    assert_string_equal(item->join.using_alias, "h");
    item = item->join.left;
    assert_int_equal(item->join.kind, JOIN_CROSS);
    assert_true(item->join.right->relation.is_only);
    item = item->join.left;
    assert_int_equal(item->join.kind, JOIN_LEFT);
    assert_true(item->join.is_natural);
    assert_string_equal(item->join.left->alias.name, "x");
    assert_int_equal(item->join.left->alias.columns.count, 2);
}

static void functions_in_from(void **state)
{
    (void)state;
    struct ast_select *select = parse_select(
        "select 1 from f(1) with ordinality as t (a, b), g() as u (c int, d text), "
        "rows from (h() as (e int), i()) v, lateral (select 1) w, current_date");
    assert_int_equal(select->from.count, 5);
    assert_true(select->from.items[0]->functions.with_ordinality);
    assert_int_equal(select->from.items[1]->functions.column_count, 2);
    assert_true(select->from.items[2]->functions.is_rows_from);
    assert_int_equal(select->from.items[2]->functions.items[0].column_count, 1);
    assert_true(select->from.items[3]->is_lateral);
    assert_int_equal(select->from.items[4]->functions.items[0].call->kind,
                     EXPRESSION_VALUE_FUNCTION);
}

static void show_is_a_from_item(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "select name from (show roles)",
        "select name from (show secrets from s like 'x%') as t where t.name = 'a'",
        "select * from a, (SHOW SUBSOURCES ON s WHERE type = 'subsource') order by 1",
        "select * from (show tables) t join (show views) on true",
    };
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
        (void)parse(texts[i]);
    struct ast_select *select = parse_select(texts[1]);
    struct ast_from_item *item = select->from.items[0];
    assert_int_equal(item->kind, FROM_SUBQUERY);
    assert_string_equal(item->alias.name, "t");
    struct ast_from_item *show = item->subquery->select.from.items[0];
    assert_int_equal(show->kind, FROM_SHOW);
    assert_int_equal(show->show->object, SQL_OBJECT_SECRET);
    assert_string_equal(show->show->from.parts[0], "s");
    assert_string_equal(show->show->like, "x%");
    select = parse_select(texts[2]);
    show = select->from.items[1]->subquery->select.from.items[0];
    assert_int_equal(show->show->where->kind, EXPRESSION_OPERATOR);
    assert_int_equal(show->show->where->span.from, 50);
}

static void rows_are_changed(void **state)
{
    (void)state;
    struct ast_insert *insert =
        parse(
            "insert into s.t as x (a, b[1]) overriding system value values (1, default) "
            "on conflict (a, lower(b)) where c do update set a = excluded.a, (b, c) = "
            "(1, 2) where d returning *, a as e")
            ->insert;
    assert_string_equal(insert->alias, "x");
    assert_int_equal(insert->columns.count, 2);
    assert_int_equal(insert->columns.items[1].step_count, 1);
    assert_int_equal(insert->overriding, OVERRIDING_SYSTEM);
    assert_int_equal(insert->conflict.action, CONFLICT_UPDATE);
    assert_int_equal(insert->conflict.element_count, 2);
    assert_int_equal(insert->conflict.set.count, 3);
    assert_int_equal(insert->conflict.set.items[2].column_index, 1);
    assert_ptr_equal(insert->conflict.set.items[1].value,
                     insert->conflict.set.items[2].value);
    assert_int_equal(insert->returning.count, 2);
    assert_null(parse("insert into t default values")->insert->source);
    struct ast_update *update =
        parse("update only t x set a = default from u where b returning c")->update;
    assert_true(update->table->relation.is_only);
    assert_int_equal(update->set.items[0].value->kind, EXPRESSION_DEFAULT);
    struct ast_delete_rows *delete_rows =
        parse("with w as (select 1) delete from t using u where current of c")
            ->delete_rows;
    assert_int_equal(delete_rows->where->kind, EXPRESSION_CURRENT_OF);
    assert_int_equal(delete_rows->using_items.count, 1);
    struct ast_copy *copy =
        parse("copy t (a, b) from stdin with (format csv, header true, force_quote *)")
            ->copy;
    assert_true(copy->is_from);
    assert_string_equal(copy->options.items[0].text, "csv");
    assert_true(copy->options.items[2].is_star);
    assert_non_null(parse("copy (select 1) to stdout")->copy->query);
    struct ast_truncate *truncate =
        parse("truncate a, only b restart identity cascade")->truncate;
    assert_int_equal(truncate->relation_count, 2);
    assert_true(truncate->cascade && truncate->restart_identity);
}

static void session_statements(void **state)
{
    (void)state;
    struct ast_set *set = parse("set search_path to a, \"B\"")->set;
    assert_int_equal(set->values.count, 2);
    assert_string_equal(set->values.items[1]->constant.text, "B");
    set = parse("set local time zone interval '1' hour")->set;
    assert_true(set->is_local);
    assert_string_equal(set->name, "timezone");
    assert_int_equal(parse("set time zone local")->set->kind, SET_DEFAULT);
    set = parse("set transaction isolation level serializable, read only, not deferrable")
              ->set;
    assert_int_equal(set->kind, SET_TRANSACTION);
    assert_int_equal(set->modes.isolation, ISOLATION_SERIALIZABLE);
    assert_int_equal(set->modes.read_only, TRISTATE_TRUE);
    assert_int_equal(set->modes.deferrable, TRISTATE_FALSE);
    set = parse("set session characteristics as transaction read write")->set;
    assert_int_equal(set->kind, SET_SESSION_CHARACTERISTICS);
    assert_int_equal(set->modes.read_only, TRISTATE_FALSE);
    assert_int_equal(parse("reset all")->set->kind, RESET_ALL);
    assert_int_equal(parse("reset a.b")->kind, STATEMENT_RESET);
    assert_string_equal(parse("show all")->show->name, "all");
    assert_string_equal(parse("show transaction isolation level")->show->name,
                        "transaction_isolation");
    struct ast_transaction *begin =
        parse("begin isolation level repeatable read, read write")->transaction;
    assert_int_equal(begin->modes.isolation, ISOLATION_REPEATABLE_READ);
    assert_int_equal(parse("start transaction")->kind, STATEMENT_START_TRANSACTION);
    assert_int_equal(parse("end")->kind, STATEMENT_COMMIT);
    assert_true(parse("rollback and chain")->transaction->chain);
    assert_string_equal(parse("rollback to savepoint a")->transaction->savepoint, "a");
    assert_int_equal(parse("release a")->kind, STATEMENT_RELEASE);
    struct ast_prepare *prepare =
        parse("prepare a (int, text) as select $1, $2")->prepare;
    assert_int_equal(prepare->type_count, 2);
    assert_int_equal(prepare->statement->kind, STATEMENT_SELECT);
    assert_int_equal(parse("execute a (1, 2)")->execute->arguments.count, 2);
    assert_null(parse("deallocate all")->deallocate);
    assert_string_equal(parse("deallocate prepare a")->deallocate, "a");
    struct ast_declare_cursor *cursor =
        parse("declare c no scroll cursor with hold for select 1")->declare_cursor;
    assert_int_equal(cursor->options, CURSOR_NO_SCROLL | CURSOR_HOLD);
    assert_true(parse("fetch all from c")->fetch->count == INT64_MAX);
    assert_int_equal(parse("move backward 2 in c")->kind, STATEMENT_MOVE);
    assert_null(parse("close all")->close_cursor);
    assert_int_equal(parse("discard temp")->discard, DISCARD_TEMPORARY);
    assert_string_equal(parse("notify a, 'b'")->notify->payload, "b");
    assert_null(parse("unlisten *")->notify->channel);
    assert_string_equal(
        parse("explain (analyze, format json) select 1")->explain->options.items[1].text,
        "json");
    assert_int_equal(parse("lock table a in share mode nowait")->lock_table->mode, 5);
    assert_int_equal(parse("analyze t (a)")->vacuum->columns[0].count, 1);
    assert_int_equal(parse("call f(1)")->call->kind, EXPRESSION_CALL);
    assert_int_equal(parse("do $$ x $$")->kind, STATEMENT_DO);
}

static void definitions(void **state)
{
    (void)state;
    struct ast_create_table *table =
        parse("create temp table if not exists t (a int primary key deferrable default 1 "
              "not null, b text collate \"C\" references u (x) on delete cascade, c int "
              "generated always as identity (start 5), like v including all, check (a > "
              "0), constraint k unique (a, b)) on commit drop")
            ->create_table;
    assert_int_equal(table->persistence, PERSISTENCE_TEMPORARY);
    assert_int_equal(table->column_count, 3);
    assert_int_equal(table->columns[0].constraint_count, 3);
    assert_true(table->columns[0].constraints[0].is_deferrable);
    assert_int_equal(table->columns[1].constraints[0].on_delete, FOREIGN_CASCADE);
    assert_string_equal(table->columns[1].constraints[0].referenced.items[0], "x");
    assert_true(table->columns[2].constraints[0].is_always);
    assert_string_equal(table->columns[2].constraints[0].options.items[0].text, "5");
    assert_int_equal(table->like_count, 1);
    assert_int_equal(table->constraint_count, 2);
    assert_int_equal(table->on_commit, ON_COMMIT_DROP);
    assert_string_equal(
        parse("create table t (a int) partition by range (a)")->create_table->unsupported,
        "PARTITION BY");
    assert_false(
        parse("create table t as select 1 with no data")->create_table_as->with_data);
    assert_int_equal(parse("create materialized view v as select 1")->kind,
                     STATEMENT_CREATE_MATERIALIZED_VIEW);
    struct ast_create_view *view =
        parse("create or replace view v (a) as select 1 with local check option")
            ->create_view;
    assert_true(view->or_replace);
    assert_int_equal(view->check_option, CHECK_OPTION_LOCAL);
    assert_true(
        parse("create view if not exists v as select 1")->create_view->if_not_exists);
    struct ast_create_database *database =
        parse("create database if not exists d")->create_database;
    assert_true(database->if_not_exists);
    assert_string_equal(database->name, "d");
    struct ast_create_index *index =
        parse("create unique index concurrently i on only t using hash (a desc nulls "
              "last, lower(b) text_ops) include (c) where d")
            ->create_index;
    assert_true(index->is_unique && index->is_concurrent && index->is_only);
    assert_string_equal(index->method, "hash");
    assert_null(index->elements[1].column);
    assert_string_equal(index->including.items[0], "c");
    struct ast_create_schema *schema =
        parse("create schema s authorization r create table t (a int)")->create_schema;
    assert_int_equal(schema->element_count, 1);
    assert_string_equal(schema->owner, "r");
    struct ast_create_sequence *sequence =
        parse("create sequence s increment -2 no cycle owned by t.a")->create_sequence;
    assert_string_equal(sequence->options.items[0].text, "-2");
    assert_int_equal(sequence->options.items[2].name_value.count, 2);
    struct ast_create_role *role =
        parse("create user u password 'x' superuser")->create_role;
    assert_int_equal(role->word, ROLE_WORD_USER);
    assert_int_equal(role->options.count, 2);
    struct ast_alter_table *alter =
        parse("alter table only t add column a int default 1, drop column if exists b "
              "cascade, alter c type text using d, alter e set default 2, alter f drop "
              "default, owner to current_user, disable trigger all")
            ->alter_table;
    assert_int_equal(alter->command_count, 7);
    assert_int_equal(alter->commands[0].kind, ALTER_ADD_COLUMN);
    assert_true(alter->commands[1].cascade && alter->commands[1].if_exists);
    assert_non_null(alter->commands[2].expression);
    assert_non_null(alter->commands[3].expression);
    assert_null(alter->commands[4].expression);
    assert_string_equal(alter->commands[5].role, "current_user");
    assert_int_equal(alter->commands[6].kind, ALTER_UNSUPPORTED);
}

static void alterations_and_rights(void **state)
{
    (void)state;
    struct ast_alter_object *alter =
        parse("alter table t rename column a to b")->alter_object;
    assert_int_equal(alter->object, SQL_OBJECT_COLUMN);
    assert_string_equal(alter->column, "a");
    assert_string_equal(alter->to, "b");
    alter = parse("alter schema s rename to t")->alter_object;
    assert_string_equal(alter->name.parts[0], "s");
    assert_null(alter->column);
    alter = parse("alter database d owner to r")->alter_object;
    assert_string_equal(alter->name.parts[0], "d");
    assert_string_equal(parse("alter view v set schema s")->alter_object->to, "s");
    struct ast_alter_set *set = parse("alter role r in database d set a = 1")->alter_set;
    assert_string_equal(set->name, "r");
    assert_string_equal(set->database, "d");
    assert_string_equal(parse("alter system set a = 'b'")->set->name, "a");
    struct ast_drop *drop = parse("drop table if exists a.b, c cascade")->drop;
    assert_int_equal(drop->name_count, 2);
    assert_int_equal(drop->names[0].count, 2);
    assert_true(drop->cascade);
    assert_string_equal(parse("drop schema s")->drop->names[0].parts[0], "s");
    assert_int_equal(parse("drop database d")->kind, STATEMENT_DROP_DATABASE);
    assert_int_equal(parse("drop role a, b")->drop->name_count, 2);
    struct ast_comment *comment = parse("comment on column s.t.c is 'x'")->comment;
    assert_int_equal(comment->name.count, 2);
    assert_string_equal(comment->column, "c");
    assert_null(parse("comment on table t is null")->comment->text);
    struct ast_grant *grant =
        parse("grant select (a, b), insert on t, u to r, public with grant option")
            ->grant;
    assert_int_equal(grant->privilege_count, 2);
    assert_int_equal(grant->privileges[0].columns.count, 2);
    assert_int_equal(grant->name_count, 2);
    assert_string_equal(grant->roles.items[1], "public");
    grant = parse("revoke all on all tables in schema s from r cascade")->grant;
    assert_int_equal(grant->privilege_count, 0);
    assert_int_equal(grant->target, GRANT_ON_ALL_IN_SCHEMA);
    assert_int_equal(parse("grant a to b with admin option")->kind, STATEMENT_GRANT_ROLE);
    grant =
        parse("alter default privileges for role r in schema s grant select on tables "
              "to p")
            ->grant;
    assert_string_equal(grant->for_roles.items[0], "r");
    assert_string_equal(grant->names[0].parts[0], "s");
}

static void every_other_statement_has_a_name(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *name;
    } cases[] = {
        {"create type t as enum ('a')", "CREATE TYPE"},
        {"create type t as (a int)", "CREATE TYPE"},
        {"create domain d as int", "CREATE DOMAIN"},
        {"create function f() returns int language sql as 'select 1'", "CREATE FUNCTION"},
        {"create procedure f() language sql as 'select 1'", "CREATE PROCEDURE"},
        {"create trigger t after insert on a execute function f()", "CREATE TRIGGER"},
        {"create rule r as on insert to t do nothing", "CREATE RULE"},
        {"create extension e", "CREATE EXTENSION"},
        {"create aggregate a (int) (sfunc = f, stype = int)", "CREATE AGGREGATE"},
        {"create publication p", "CREATE PUBLICATION"},
        {"create policy p on t", "CREATE POLICY"},
        {"merge into t using u on true when matched then delete", "MERGE"},
        {"refresh materialized view v", "REFRESH MATERIALIZED VIEW"},
        {"reindex table t", "REINDEX"},
        {"cluster", "CLUSTER"},
        {"checkpoint", "CHECKPOINT"},
        {"vacuum", "VACUUM"},
        {"set constraints all deferred", "SET CONSTRAINTS"},
        {"prepare transaction 'x'", "PREPARE TRANSACTION"},
        {"reassign owned by a to b", "REASSIGN OWNED"},
        {"drop owned by a", "DROP OWNED"},
        {"alter domain d drop default", "ALTER"},
        {"alter type t add value 'x'", "ALTER"},
        {"create source s from postgres connection c (publication 'p') for all tables",
         "CREATE SOURCE"},
        {"create sink s from t into kafka connection c (topic 'x')", "CREATE SINK"},
        {"create cluster c (size = 'x')", "CREATE CLUSTER"},
        {"create table t from source s (reference a.b)", "CREATE TABLE FROM SOURCE"},
        {"alter cluster c set (size = 'x')", "ALTER CLUSTER"},
        {"subscribe to (select 1)", "SUBSCRIBE"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        assert_string_equal(sql_statement_kind_name(parse(cases[i].text)->kind),
                            cases[i].name);
}

static void empty_strings_hold_no_statement(void **state)
{
    (void)state;
    assert_int_equal(sql_parse(arena, bytes_of_text(" ; -- x\n;"), &list, &err), RC_OK);
    assert_int_equal(list.count, 0);
}

static void pieces_stand_alone(void **state)
{
    (void)state;
    struct ast_expression *expression = NULL;
    struct ast_type_name *type = NULL;
    static const char *const bad[] = {"1, 2", "1) , (2", "1) from t where (a", "",
                                      "1 as a"};
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        struct bytes text = bytes_of_text(bad[i]);
        bool is_row = strcmp(bad[i], "1, 2") == 0;
        assert_int_equal(sql_parse_expression(arena, text, &expression, &err),
                         is_row ? RC_OK : RC_FAILED);
    }
    assert_int_equal(
        sql_parse_type_name(arena, bytes_of_text("numeric(10,2)[]"), &type, &err), RC_OK);
    assert_int_equal(type->modifiers.count, 2);
    assert_int_equal(sql_parse_type_name(arena, bytes_of_text("int) + (1"), &type, &err),
                     RC_FAILED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(errors_are_postgresqls),
        TEST(an_error_leaves_nothing_behind),
        TEST(hints_come_through),
        TEST(constants_keep_their_class),
        TEST(columns_and_places),
        TEST(spans_are_of_the_whole_text),
        TEST(operators),
        TEST(logic_and_tests),
        TEST(calls),
        TEST(windows),
        TEST(other_expressions),
        TEST(subqueries),
        TEST(queries),
        TEST(joins),
        TEST(functions_in_from),
        TEST(show_is_a_from_item),
        TEST(rows_are_changed),
        TEST(session_statements),
        TEST(definitions),
        TEST(alterations_and_rights),
        TEST(every_other_statement_has_a_name),
        TEST(empty_strings_hold_no_statement),
        TEST(pieces_stand_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
