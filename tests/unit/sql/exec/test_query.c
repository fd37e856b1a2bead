/* sql: queries from text to rows. The answers are those of PostgreSQL 15. */
#include "unit/sql/query.h"

static const struct {
    const char *text;
    const char *answer;
} queries[] = {
    {"select 1", "1"},
    {"select 1, null, 'x'", "1|-|x"},
    {"select", ""},
    {"values (1,'a'),(2,null),(3,'c')", "1|a / 2|- / 3|c"},
    {"select * from (values (1,'a'),(2,'b')) v(x,y) where x > 1", "2|b"},
    {"select x + 1, y || '!' from (values (1,'a'),(2,'b')) v(x,y) order by x desc",
     "3|b! / 2|a!"},
    {"select count(*) from generate_series(1, 5000)", "5000"},
    {"select sum(g), min(g), max(g), count(*) from generate_series(1, 3000) g",
     "4501500|1|3000|3000"},
    {"select g from generate_series(1, 10) g where g % 3 = 0 order by g", "3 / 6 / 9"},
    {"select g from generate_series(10, 1, -3) g", "10 / 7 / 4 / 1"},
    {"select g from generate_series(1, 0) g", ""},
    {"select g from generate_series(1, null) g", ""},
    {"select * from generate_series(1, 3) with ordinality order by 2 desc",
     "3|3 / 2|2 / 1|1"},
    {"select * from rows from (generate_series(1, 3), generate_series(5, 6)) as t(a, b)",
     "1|5 / 2|6 / 3|-"},
    {"select * from unnest(array['a','b',null]) with ordinality as u(v, n)",
     "a|1 / b|2 / -|3"},
    {"select generate_series(1, 3), generate_series(1, 2)", "1|1 / 2|2 / 3|-"},
    {"select generate_series(1, 3) * 2 as g order by g desc", "6 / 4 / 2"},
    {"select x, generate_series(1, x) from (values (2),(0),(3)) v(x)",
     "2|1 / 2|2 / 3|1 / 3|2 / 3|3"},
    {"select x, unnest(array[x, x+1]) from (values (1),(2)) v(x) order by 1, 2",
     "1|1 / 1|2 / 2|2 / 2|3"},
    {"select generate_series(1, generate_series(1, 3))", "1 / 1 / 2 / 1 / 2 / 3"},
    {"select x, count(*) from (values (1),(2),(1),(null),(null)) v(x) group by x order "
     "by x",
     "1|2 / 2|1 / -|2"},
    {"select x, sum(y) from (values (1,10),(2,20),(1,30)) v(x,y) group by x having "
     "sum(y) > 20 order by x",
     "1|40"},
    {"select count(x), count(*), sum(x), avg(x) from (values (1),(2),(null)) v(x)",
     "2|3|3|1.5000000000000000"},
    {"select count(*), sum(x), min(x), max(x), array_agg(x) from (values (1)) v(x) where "
     "x > 1",
     "0|-|-|-|-"},
    {"select count(distinct x), sum(distinct x) from (values (1),(2),(1),(null)) v(x)",
     "2|3"},
    {"select array_agg(x order by x desc), string_agg(y, ',' order by x) from (values "
     "(1,'a'),(3,'c'),(2,'b')) v(x,y)",
     "{3,2,1}|a,b,c"},
    {"select array_agg(distinct x) from (values (3),(1),(3),(2),(null)) v(x)",
     "{1,2,3,NULL}"},
    {"select array_agg(x order by y desc, x) from (values (1,1),(2,1),(3,2)) v(x,y)",
     "{3,1,2}"},
    {"select count(*) filter (where x > 1), sum(x) filter (where x > 5) from (values "
     "(1),(2),(3)) v(x)",
     "2|-"},
    {"select bool_and(x > 0), bool_or(x > 2) from (values (1),(2),(3)) v(x)", "t|t"},
    {"select string_agg(distinct y, '-' order by y) from (values ('b'),('a'),('b')) v(y)",
     "a-b"},
    {"select x % 2 as odd, array_agg(x order by x) from generate_series(1, 6) x group by "
     "x % 2 order by odd",
     "0|{2,4,6} / 1|{1,3,5}"},
    {"select x from (values (3),(1),(null),(2)) v(x) order by x", "1 / 2 / 3 / -"},
    {"select x from (values (3),(1),(null),(2)) v(x) order by x desc", "- / 3 / 2 / 1"},
    {"select x from (values (3),(1),(null),(2)) v(x) order by x nulls first",
     "- / 1 / 2 / 3"},
    {"select x from (values (3),(1),(null),(2)) v(x) order by x desc nulls last",
     "3 / 2 / 1 / -"},
    {"select x, y from (values (1,'b'),(2,'a'),(1,'a')) v(x,y) order by x desc, y",
     "2|a / 1|a / 1|b"},
    {"select x from generate_series(1, 3000) x order by x % 7, x desc limit 4",
     "2996 / 2989 / 2982 / 2975"},
    {"select x from generate_series(1, 100) x order by x desc limit 3 offset 5",
     "95 / 94 / 93"},
    {"select x from generate_series(1, 10) x limit 3", "1 / 2 / 3"},
    {"select x from generate_series(1, 10) x offset 8", "9 / 10"},
    {"select x from generate_series(1, 10) x limit 0", ""},
    {"select x from generate_series(1, 10) x limit null offset 7", "8 / 9 / 10"},
    {"select x from generate_series(1, 10) x limit -1",
     "ERROR: 2201W: LIMIT must not be negative"},
    {"select x from generate_series(1, 10) x offset -2",
     "ERROR: 2201X: OFFSET must not be negative"},
    {"select x from (values (1),(2),(2),(2),(3)) v(x) order by x fetch first 2 rows with "
     "ties",
     "1 / 2 / 2 / 2"},
    {"select x / (x - 5) from generate_series(1, 10) x limit 3", "0 / 0 / -1"},
    {"select x / (x - 5) from generate_series(1, 10) x",
     "ERROR: 22012: division by zero"},
    {"select distinct x from (values (2),(1),(2),(null),(null)) v(x) order by x",
     "1 / 2 / -"},
    {"select distinct on (x) x, y from (values (1,5),(1,3),(2,9),(2,10)) v(x,y) order by "
     "x, y",
     "1|3 / 2|9"},
    {"select distinct on (x) x, y from (values (1,5),(1,3),(2,9),(2,10)) v(x,y) order by "
     "x, y desc",
     "1|5 / 2|10"},
    {"select distinct x % 3, x % 2 from generate_series(1, 20) x order by 1, 2",
     "0|0 / 0|1 / 1|0 / 1|1 / 2|0 / 2|1"},
    {"select 1 union select 2 union select 1 order by 1", "1 / 2"},
    {"select 1 union all select 2 union all select 1 order by 1", "1 / 1 / 2"},
    {"select x from generate_series(1, 5) x intersect select x from generate_series(3, "
     "8) x order by 1",
     "3 / 4 / 5"},
    {"select x from (values (1),(1),(2),(null),(null)) v(x) intersect all select x from "
     "(values (1),(1),(1),(null)) w(x) order by 1",
     "1 / 1 / -"},
    {"select x from (values (1),(1),(2),(null),(null)) v(x) except select 2 order by 1",
     "1 / -"},
    {"select x from (values (1),(1),(2),(null),(null)) v(x) except all select x from "
     "(values (1),(null)) w(x) order by 1",
     "1 / 2 / -"},
    {"(select 1 union select 2) except select 2 order by 1", "1"},
    {"select x from (select 1 as x union all select 2) s where x > 1", "2"},
    {"select 1 union select 2.5 order by 1", "1 / 2.5"},
    {"select null union select 1 order by 1", "1 / -"},
    {"select * from (values (1),(2)) a(x) cross join (values (3),(4)) b(y) order by x, y",
     "1|3 / 1|4 / 2|3 / 2|4"},
    {"select * from (values (1),(2)) a(x), (values (3),(4)) b(y) where x + y = 5 order "
     "by x",
     "1|4 / 2|3"},
    {"select * from (values (1,'a'),(2,'b'),(null,'n')) a(x,s) join (values "
     "(2),(3),(null)) b(y) on x = y",
     "2|b|2"},
    {"select * from (values (1,'a'),(2,'b'),(null,'n')) a(x,s) left join (values "
     "(2),(3),(null)) b(y) on x = y order by s",
     "1|a|- / 2|b|2 / -|n|-"},
    {"select * from (values (1,'a'),(2,'b'),(null,'n')) a(x,s) right join (values "
     "(2),(3),(null)) b(y) on x = y order by y",
     "2|b|2 / -|-|3 / -|-|-"},
    {"select * from (values (1,'a'),(2,'b'),(null,'n')) a(x,s) full join (values "
     "(2),(3),(null)) b(y) on x = y order by s, y",
     "1|a|- / 2|b|2 / -|n|- / -|-|3 / -|-|-"},
    {"select * from (values (1),(2),(3)) a(x) left join (values (2),(3),(4)) b(y) on x < "
     "y order by 1, 2",
     "1|2 / 1|3 / 1|4 / 2|3 / 2|4 / 3|4"},
    {"select * from (values (1),(2),(3)) a(x) full join (values (2),(3),(4)) b(y) on x = "
     "y and x > 2 order by 1, 2",
     "1|- / 2|- / 3|3 / -|2 / -|4"},
    {"select * from (values (1,10),(2,20)) a(id,p) join (values (1,'x'),(2,'y')) b(id,q) "
     "using (id) order by id",
     "1|10|x / 2|20|y"},
    {"select * from (values (1,10),(2,20)) a(id,p) full join (values (2,'x'),(3,'y')) "
     "b(id,q) using (id) order by id",
     "1|10|- / 2|20|x / 3|-|y"},
    {"select * from (values (1,10),(2,20)) a(id,p) natural join (values (1,'x'),(3,'y')) "
     "b(id,q)",
     "1|10|x"},
    {"select a.x, b.y, c.z from (values (1),(2)) a(x) join (values (1),(2)) b(y) on x = "
     "y join (values (2),(3)) c(z) on y = z",
     "2|2|2"},
    {"select a.x, b.y, c.z from (values (1),(2)) a(x) left join ((values (1),(2)) b(y) "
     "join (values (2),(3)) c(z) on y = z) on x = y order by x",
     "1|-|- / 2|2|2"},
    {"select count(*) from generate_series(1, 2000) a join generate_series(1, 3000, 2) b "
     "on a = b",
     "1000"},
    {"select count(*), count(b) from generate_series(1, 2000) a left join "
     "generate_series(1, 3000, 2) b on a = b",
     "2000|1000"},
    {"select count(*), count(a), count(b) from generate_series(1, 2000) a full join "
     "generate_series(1001, 3000) b on a = b",
     "3000|2000|2000"},
    {"select count(*) from generate_series(1, 300) a join generate_series(1, 300) b on a "
     "< b",
     "44850"},
    {"select count(*) from generate_series(1, 300) a join generate_series(1, 300) b on a "
     "= b or a = b + 1",
     "599"},
    {"select x from (values (1),(2),(3)) a(x) where x in (select y from (values "
     "(2),(3),(3)) b(y)) order by x",
     "2 / 3"},
    {"select x from (values (1),(2),(3)) a(x) where x not in (select y from (values (2)) "
     "b(y)) order by x",
     "1 / 3"},
    {"select x from (values (1),(2),(null)) a(x) where x not in (select y from (values "
     "(2),(null)) b(y)) order by x",
     ""},
    {"select x from (values (1),(null)) a(x) where x not in (select y from (values (2)) "
     "b(y) where y > 5) order by x",
     "1 / -"},
    {"select x from (values (1),(2)) a(x) where exists (select 1 from (values (2)) b(y) "
     "where y = x)",
     "2"},
    {"select x from (values (1),(2)) a(x) where not exists (select 1 from (values (2)) "
     "b(y) where y = x)",
     "1"},
    {"select x from (values (1),(2),(3)) a(x) where x > all (select y from (values "
     "(1),(2)) b(y))",
     "3"},
    {"select x from (values (1),(2),(3)) a(x) where x > any (select y from (values "
     "(1),(2)) b(y)) order by x",
     "2 / 3"},
    {"select x, x in (select y from (values (2),(null)) b(y)) from (values "
     "(1),(2),(null)) a(x) order by x",
     "1|- / 2|t / -|-"},
    {"select x, x not in (select y from (values (2),(null)) b(y)) from (values "
     "(1),(2),(null)) a(x) order by x",
     "1|- / 2|f / -|-"},
    {"select x, x <> all (select y from (values (2)) b(y)) from (values (1),(2),(null)) "
     "a(x) order by x",
     "1|t / 2|f / -|-"},
    {"select (select 5), (select null), (select x from (values (1)) v(x) where false)",
     "5|-|-"},
    {"select (select x from (values (1),(2)) v(x))",
     "ERROR: 21000: more than one row returned by a subquery used as an expression"},
    {"select x, (select sum(y) from generate_series(1, x) y) from (values (3),(4),(3)) "
     "v(x)",
     "3|6 / 4|10 / 3|6"},
    {"select x, (select max(y) from (values (1),(5)) b(y) where y < x) from (values "
     "(0),(3),(9)) v(x) order by x",
     "0|- / 3|1 / 9|5"},
    {"select x, exists (select 1 from (values (2)) b(y) where y = x) from (values "
     "(1),(2)) a(x) order by x",
     "1|f / 2|t"},
    {"select x, array(select y from generate_series(1, x) y) from (values (2),(0)) v(x) "
     "order by x",
     "0|{} / 2|{1,2}"},
    {"select array(select x from (values (3),(1)) v(x) order by x)", "{1,3}"},
    {"select x from (values (1),(2),(3)) a(x) where (select count(*) from "
     "generate_series(1, x)) > 1 order by x",
     "2 / 3"},
    {"select x, (select (select x + y) from (values (10)) b(y)) from (values (1),(2)) "
     "a(x) order by x",
     "1|11 / 2|12"},
    {"select x, (select count(*) from (values (1),(2),(3)) b(y) where y >= x and exists "
     "(select 1 from (values (3)) c(z) where z >= x + y - 2)) from (values (1),(2)) a(x) "
     "order by x",
     "1|3 / 2|2"},
    {"select * from (values (1),(2)) a(x), lateral (select x * 10 as y) l order by x",
     "1|10 / 2|20"},
    {"select x, y from (values (2),(0),(1)) a(x) left join lateral generate_series(1, x) "
     "y on true order by x, y",
     "0|- / 1|1 / 2|1 / 2|2"},
    {"select x, y from (values (2),(0),(1)) a(x), generate_series(1, x) y order by x, y",
     "1|1 / 2|1 / 2|2"},
    {"select x, m from (values (1),(2)) a(x) cross join lateral (select max(y) as m from "
     "generate_series(1, x * 3) y) l order by x",
     "1|3 / 2|6"},
    {"select x, y from (values (3),(1)) a(x), lateral (select y from generate_series(1, "
     "5) y where y > x order by y limit 1) l order by x",
     "1|2 / 3|4"},
    {"with a as (select 1 as x) select * from a", "1"},
    {"with a as (select g from generate_series(1, 3) g) select count(*) from a, a b",
     "9"},
    {"with a(x) as (values (1),(2)), b as (select x * 2 as y from a) select * from a, b "
     "where x = y",
     "2|2"},
    {"with a as materialized (select g from generate_series(1, 3) g) select * from a "
     "order by g desc",
     "3 / 2 / 1"},
    {"with recursive t(n) as (values (1) union all select n + 1 from t where n < 5) "
     "select * from t",
     "1 / 2 / 3 / 4 / 5"},
    {"with recursive t(n) as (select 1 union all select n + 1 from t) select n from t "
     "limit 4",
     "1 / 2 / 3 / 4"},
    {"with recursive t(n) as (select 1 union select 3 - n from t) select * from t order "
     "by n",
     "1 / 2"},
    {"with recursive t(n) as (select 1 union all select n + 1 from t where n < 2000) "
     "select count(*), sum(n) from t",
     "2000|2001000"},
    {"with recursive f(a, b) as (values (0, 1) union all select b, a + b from f where b "
     "< 50) select a from f",
     "0 / 1 / 1 / 2 / 3 / 5 / 8 / 13 / 21 / 34"},
    {"with recursive e(x, y) as (values (1,2),(2,3),(3,1),(3,4)), r(x) as (select 1 "
     "union select e.y from r join e on e.x = r.x) select x from r order by x",
     "1 / 2 / 3 / 4"},
    {"with recursive t(n, d) as (select 1, 0 union all select n * 2 + k, d + 1 from t, "
     "generate_series(0, 1) k where d < 3) select n from t where d = 3 order by n",
     "8 / 9 / 10 / 11 / 12 / 13 / 14 / 15"},
    {"select x, (with recursive t(n) as (select 1 union all select n + 1 from t where n "
     "< x) select sum(n) from t) from (values (3),(4)) v(x) order by x",
     "3|6 / 4|10"},
    {"with a as (select 1 as x) select * from a where x = (select max(x) from a)", "1"},
    {"select case when x = 0 then null else 10 / x end from (values (0),(5)) v(x) order "
     "by x",
     "- / 2"},
    {"select x from (values (0),(5)) v(x) where x <> 0 and 10 / x > 1", "5"},
    {"select coalesce(x, 0), nullif(x, 5) from (values (5),(null),(6)) v(x) order by x",
     "5|- / 6|6 / 0|-"},
    {"select x is distinct from y from (values (1,1),(1,null),(null,null)) v(x,y)",
     "f / t / f"},
    {"select a.x from (values (1),(null)) a(x) join (values (1),(null)) b(y) on a.x is "
     "not distinct from b.y order by 1",
     "1 / -"},
    {"select x = any (array[1,2]), x <> all (array[1,2]) from (values (1),(3),(null)) "
     "v(x) order by x",
     "t|f / f|t / -|-"},
    {"select greatest(x, 2), least(x, 2, null) from (values (1),(3)) v(x) order by x",
     "2|1 / 3|2"},
    {"select (array[10,20,30])[2], (array[10,20,30])[5], array[[1,2],[3,4]]",
     "20|-|{{1,2},{3,4}}"},
    {"select array[[1,2],[3]]", "ERROR: 2202E: multidimensional arrays must have array "
                                "expressions with matching dimensions"},
    {"select (array[[1,2],[3,4]])[2][1], (array[[1,2],[3,4]])[2]", "3|-"},
    {"select 1 where false", ""},
    {"select sum(x) from (select x from generate_series(1, 10) x order by x desc limit "
     "3) s",
     "27"},
    {"select count(*) from (select distinct x % 10 from generate_series(1, 3000) x) s",
     "10"},
    {"select x from (values (1),(2)) v(x) group by x order by sum(x) desc", "2 / 1"},
    {"select sum(sum) from (select sum(x) from generate_series(1, 10) x group by x % 2) "
     "s",
     "55"},
    {"select max(x) - min(x) from generate_series(5, 50) x having count(*) > 3", "45"},
    {"select avg(x), sum(x::numeric) / 3 from (values (1),(2),(2)) v(x)",
     "1.6666666666666667|1.6666666666666667"},
    {"select sum(x::float8), avg(x::float8) from (values (1.5),(2.25)) v(x)",
     "3.75|1.875"},
    {"select 'a' || x::text from generate_series(1, 2) x order by 1", "a1 / a2"},
    {"select x from (values ('b'),('a'),('C')) v(x) order by x", "C / a / b"},
    {"select x, y from (values (1, 'x'), (1, 'y'), (2, 'x')) a(x, y) where (x, y) in "
     "(select p, q from (values (1, 'y'), (2, 'x')) b(p, q)) order by x",
     "1|y / 2|x"},
    {"select * from (select x, x * 2 as y from generate_series(1, 4) x) s where y > 4 "
     "order by x",
     "3|6 / 4|8"},
    {"select a.x, b.x from generate_series(1, 3) a(x) join generate_series(2, 4) b(x) "
     "using (x) order by 1",
     "2|2 / 3|3"},
    {"select a.x, (select count(*) from generate_series(1, 5) b(x) where b.x <= a.x) "
     "from generate_series(2, 3) a(x) order by 1",
     "2|2 / 3|3"},
    {"select x from generate_series(1, 5) x where x = (select max(y) from "
     "generate_series(1, 3) y)",
     "3"},
    {"select count(*) from generate_series(1, 3000) x where x in (select y * 2 from "
     "generate_series(1, 1000) y)",
     "1000"},
    {"select count(*) from generate_series(1, 3000) x where x not in (select y * 2 from "
     "generate_series(1, 1000) y)",
     "2000"},
    {"select count(*) from generate_series(1, 1500) x where exists (select 1 from "
     "generate_series(1, 3000, 3) y where y = x and y > 30)",
     "490"},
    {"select x from (values (1),(2),(3),(4)) v(x) where x in (1, 3, null) order by x",
     "1 / 3"},
    {"select x not in (1, null) from (values (1),(2)) v(x)", "f / -"},
    {"values (1), (2) order by 1 desc limit 1", "2"},
    {"select * from (values (1,2),(3,4)) v(a,b) union select 5, 6 order by a desc",
     "5|6 / 3|4 / 1|2"},
    {"select count(*) from generate_series(1, 100) a, generate_series(1, 100) b where a "
     "* b = 100",
     "9"},
    {"select 1 / 0", "ERROR: 22012: division by zero"},
    {"select x, 1 / x from (values (1),(0)) v(x)", "ERROR: 22012: division by zero"},
    {"select sum(1 / x) from (values (1),(0)) v(x)", "ERROR: 22012: division by zero"},
    {"select sum(x) from (values (2147483647),(1)) v(x)", "2147483648"},
    {"select x from (values (9223372036854775807)) v(x) where x + 1 > 0",
     "ERROR: 22003: bigint out of range"},
    {"select (values (1), (2))",
     "ERROR: 21000: more than one row returned by a subquery used as an expression"},
    {"select 1 from generate_series(1, 3) having count(*) = 3", "1"},
    {"select 1 from generate_series(1, 3) having false", ""},
};

static void queries_answer_as_postgresql(void **state)
{
    size_t failed = 0;
    for (size_t i = 0; i < ARRAY_COUNT(queries); i++) {
        assert_int_equal(query_set_up(state), 0);
        const char *got = query_rows(queries[i].text);
        if (strcmp(got, queries[i].answer) != 0) {
            print_error("%s\n  gave   %s\n  wanted %s\n", queries[i].text, got,
                        queries[i].answer);
            failed++;
        }
        assert_int_equal(query_tear_down(state), 0);
    }
    assert_int_equal(failed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(queries_answer_as_postgresql)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
