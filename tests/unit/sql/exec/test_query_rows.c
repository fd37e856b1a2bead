/* sql: windows, grouping sets, rows as values, slices, recursion. The answers are those
 * of PostgreSQL 15. */
#include "unit/sql/query.h"

static const struct {
    const char *text;
    const char *answer;
} queries[] = {
    {"select x, row_number() over (order by x), rank() over (order by x), dense_rank() "
     "over (order by x) from (values (3),(1),(3),(2),(null)) v(x) order by x",
     "1|1|1|1 / 2|2|2|2 / 3|3|3|3 / 3|4|3|3 / -|5|5|4"},
    {"select x, y, sum(y) over (partition by x order by y), count(*) over (partition by "
     "x), avg(y) over () from (values (1,10),(1,20),(2,5),(2,5),(2,7)) v(x,y) order by "
     "x, y",
     "1|10|10|2|9.4000000000000000 / 1|20|30|2|9.4000000000000000 / "
     "2|5|10|3|9.4000000000000000 / 2|5|10|3|9.4000000000000000 / "
     "2|7|17|3|9.4000000000000000"},
    {"select x, percent_rank() over (order by x), cume_dist() over (order by x), "
     "ntile(3) over (order by x) from generate_series(1,8) x order by x",
     "1|0|0.125|1 / 2|0.14285714285714285|0.25|1 / 3|0.2857142857142857|0.375|1 / "
     "4|0.42857142857142855|0.5|2 / 5|0.5714285714285714|0.625|2 / "
     "6|0.7142857142857143|0.75|2 / 7|0.8571428571428571|0.875|3 / 8|1|1|3"},
    {"select x, lag(x) over (order by x), lead(x,2) over (order by x), lag(x,1,0) over "
     "(order by x), lead(x, -1, 99) over (order by x) from generate_series(1,5) x order "
     "by x",
     "1|-|3|0|99 / 2|1|4|1|1 / 3|2|5|2|2 / 4|3|-|3|3 / 5|4|-|4|4"},
    {"select x, first_value(x) over w, last_value(x) over w, nth_value(x, 2) over w from "
     "generate_series(1,5) x window w as (order by x rows between 1 preceding and 1 "
     "following) order by x",
     "1|1|2|2 / 2|1|3|2 / 3|2|4|3 / 4|3|5|4 / 5|4|5|5"},
    {"select x, array_agg(x) over (order by x rows between 2 preceding and 1 preceding) "
     "from generate_series(1,5) x order by x",
     "1|- / 2|{1} / 3|{1,2} / 4|{2,3} / 5|{3,4}"},
    {"select x, array_agg(x) over (order by x range between 2 preceding and 1 following) "
     "from (values (1),(2),(4),(4),(7),(null),(null)) v(x) order by x",
     "1|{1,2} / 2|{1,2} / 4|{2,4,4} / 4|{2,4,4} / 7|{7} / -|{NULL,NULL} / -|{NULL,NULL}"},
    {"select x, array_agg(x) over (order by x desc range between 2 preceding and 1 "
     "following) from (values (1),(2),(4),(4),(7),(null)) v(x) order by x",
     "1|{2,1} / 2|{4,4,2,1} / 4|{4,4} / 4|{4,4} / 7|{7} / -|{NULL}"},
    {"select x, array_agg(x) over (order by x nulls first range between 2 preceding and "
     "unbounded following) from (values (1),(2),(4),(4),(7),(null),(null)) v(x) order by "
     "x",
     "1|{1,2,4,4,7} / 2|{1,2,4,4,7} / 4|{2,4,4,7} / 4|{2,4,4,7} / 7|{7} / "
     "-|{NULL,NULL,1,2,4,4,7} / -|{NULL,NULL,1,2,4,4,7}"},
    {"select x, array_agg(x) over (order by x desc nulls last range between unbounded "
     "preceding and 1 following) from (values (1),(2),(4),(4),(7),(null),(null)) v(x) "
     "order by x",
     "1|{7,4,4,2,1} / 2|{7,4,4,2,1} / 4|{7,4,4} / 4|{7,4,4} / 7|{7} / "
     "-|{7,4,4,2,1,NULL,NULL} / -|{7,4,4,2,1,NULL,NULL}"},
    {"select x, array_agg(x) over (order by x groups between 1 preceding and 1 "
     "following) from (values (1),(2),(2),(4),(4),(7),(null)) v(x) order by x",
     "1|{1,2,2} / 2|{1,2,2,4,4} / 2|{1,2,2,4,4} / 4|{2,2,4,4,7} / 4|{2,2,4,4,7} / "
     "7|{4,4,7,NULL} / -|{7,NULL}"},
    {"select x, array_agg(x) over (order by x groups between 1 following and 2 "
     "following) from (values (1),(2),(2),(4),(4),(7),(null)) v(x) order by x",
     "1|{2,2,4,4} / 2|{4,4,7} / 2|{4,4,7} / 4|{7,NULL} / 4|{7,NULL} / 7|{NULL} / -|-"},
    {"select x, array_agg(x) over (order by x groups between 2 preceding and 1 "
     "preceding) from (values (1),(2),(2),(4),(4),(7),(null)) v(x) order by x",
     "1|- / 2|{1} / 2|{1} / 4|{1,2,2} / 4|{1,2,2} / 7|{2,2,4,4} / -|{4,4,7}"},
    {"select x, array_agg(x) over (order by x rows between unbounded preceding and "
     "unbounded following exclude current row) from generate_series(1,4) x order by x",
     "1|{2,3,4} / 2|{1,3,4} / 3|{1,2,4} / 4|{1,2,3}"},
    {"select x, array_agg(x) over (order by x rows between 1 preceding and 1 following "
     "exclude ties) from (values (1),(2),(2),(3)) v(x) order by x",
     "1|{1,2} / 2|{1,2} / 2|{2,3} / 3|{2,3}"},
    {"select x, array_agg(x) over (order by x groups between 1 preceding and 1 following "
     "exclude group) from (values (1),(2),(2),(3)) v(x) order by x",
     "1|{2,2} / 2|{1,3} / 2|{1,3} / 3|{2,2}"},
    {"select x, first_value(x) over w, last_value(x) over w, nth_value(x,2) over w from "
     "(values (1),(2),(2),(3)) v(x) window w as (order by x groups between 1 preceding "
     "and 1 following exclude group) order by x",
     "1|2|2|2 / 2|1|3|3 / 2|1|3|3 / 3|2|2|2"},
    {"select d, array_agg(d) over (order by d range between '1 day' preceding and '1 "
     "month' following) from (values (date "
     "'2020-01-01'),('2020-01-02'),('2020-02-01'),('2020-02-02')) v(d) order by d",
     "2020-01-01|{2020-01-01,2020-01-02,2020-02-01} / "
     "2020-01-02|{2020-01-01,2020-01-02,2020-02-01,2020-02-02} / "
     "2020-02-01|{2020-02-01,2020-02-02} / 2020-02-02|{2020-02-01,2020-02-02}"},
    {"select d, count(*) over (order by d range between interval '1 hour' preceding and "
     "current row) from (values (timestamp '2020-01-01 00:00'),('2020-01-01 "
     "00:30'),('2020-01-01 01:30'),('2020-01-01 02:31')) v(d) order by d",
     "2020-01-01 00:00:00|1 / 2020-01-01 00:30:00|2 / 2020-01-01 01:30:00|2 / 2020-01-01 "
     "02:31:00|1"},
    {"select d, count(*) over (order by d range between interval '1 hour' preceding and "
     "interval '1 hour' following) from (values (time '00:00'),('00:30'),('23:30')) v(d) "
     "order by d",
     "00:00:00|2 / 00:30:00|2 / 23:30:00|1"},
    {"select d, count(*) over (order by d range between interval '1 hour' preceding and "
     "interval '1 hour' following) from (values (interval '00:00'),('00:30'),('23:30')) "
     "v(d) order by d",
     "00:00:00|2 / 00:30:00|2 / 23:30:00|1"},
    {"select x, sum(x) over (order by x range between 1.5 preceding and 0.5 following) "
     "from (values (1.0),(1.5),(2.5),('nan')) v(x) order by x",
     "1.0|2.5 / 1.5|2.5 / 2.5|5.0 / NaN|NaN"},
    {"select x, count(*) over (order by x range between 1.5 preceding and 0.5 following) "
     "from (values (1.0::float8),(1.5),(2.5),('nan'),('inf'),('-inf')) v(x) order by x",
     "-Infinity|1 / 1|2 / 1.5|2 / 2.5|3 / Infinity|1 / NaN|1"},
    {"select x, sum(x) filter (where x > 2) over (order by x) from generate_series(1,5) "
     "x order by x",
     "1|- / 2|- / 3|3 / 4|7 / 5|12"},
    {"select x % 2, sum(x), rank() over (order by sum(x) desc) from generate_series(1,5) "
     "x group by x % 2 order by 1",
     "0|6|2 / 1|9|1"},
    {"select sum(sum(x)) over (order by x % 2) from generate_series(1,5) x group by x % "
     "2 order by 1",
     "6 / 15"},
    {"select x from generate_series(1,3) x where row_number() over () > 1",
     "ERROR: 42P20: window functions are not allowed in WHERE"},
    {"select x from generate_series(1,3) x group by row_number() over ()",
     "ERROR: 42P20: window functions are not allowed in GROUP BY"},
    {"select count(row_number() over ()) from generate_series(1,3) x",
     "ERROR: 42803: aggregate function calls cannot contain window function calls"},
    {"select sum(sum(x) over ()) over () from generate_series(1,3) x",
     "ERROR: 42P20: window function calls cannot be nested"},
    {"select x from generate_series(1,3) x having rank() over () > 1",
     "ERROR: 42P20: window functions are not allowed in HAVING"},
    {"select row_number() from generate_series(1,3) x",
     "ERROR: 42809: window function row_number requires an OVER clause"},
    {"select abs(x) over () from generate_series(1,3) x",
     "ERROR: 42809: OVER specified, but abs is not a window function nor an aggregate "
     "function"},
    {"select rank() over w from generate_series(1,3) x",
     "ERROR: 42704: window \"w\" does not exist"},
    {"select rank() over (w order by x) from generate_series(1,3) x window w as (order "
     "by x)",
     "ERROR: 42P20: cannot override ORDER BY clause of window \"w\""},
    {"select rank() over (w partition by x) from generate_series(1,3) x window w as "
     "(order by x)",
     "ERROR: 42P20: cannot override PARTITION BY clause of window \"w\""},
    {"select rank() over (w) from generate_series(1,3) x window w as (order by x rows "
     "unbounded preceding)",
     "ERROR: 42P20: cannot copy window \"w\" because it has a frame clause"},
    {"select rank() over (w order by x) from generate_series(1,3) x window w as (rows "
     "unbounded preceding)",
     "ERROR: 42P20: cannot copy window \"w\" because it has a frame clause"},
    {"select x from generate_series(1,3) x window w as (order by x), w as ()",
     "ERROR: 42P20: window \"w\" is already defined"},
    {"select sum(x) over (rows x preceding) from generate_series(1,3) x",
     "ERROR: 42P10: argument of ROWS must not contain variables"},
    {"select sum(x) over (rows 'a'::text preceding) from generate_series(1,3) x",
     "ERROR: 42804: argument of ROWS must be type bigint, not type text"},
    {"select sum(x) over (order by x rows -1 preceding) from generate_series(1,3) x",
     "ERROR: 22013: frame starting offset must not be negative"},
    {"select sum(x) over (order by x rows null preceding) from generate_series(1,3) x",
     "ERROR: 22004: frame starting offset must not be null"},
    {"select sum(x) over (order by x rows between current row and -1 following) from "
     "generate_series(1,3) x",
     "ERROR: 22013: frame ending offset must not be negative"},
    {"select sum(x) over (order by x range -1 preceding) from generate_series(1,3) x",
     "ERROR: 22013: invalid preceding or following size in window function"},
    {"select sum(x) over (range 1 preceding) from generate_series(1,3) x",
     "ERROR: 42P20: RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY "
     "column"},
    {"select sum(x) over (order by x, x+1 range 1 preceding) from generate_series(1,3) x",
     "ERROR: 42P20: RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY "
     "column"},
    {"select sum(x) over (groups 1 preceding) from generate_series(1,3) x",
     "ERROR: 42P20: GROUPS mode requires an ORDER BY clause"},
    {"select count(*) over (order by x range 1 preceding) from (values ('a'),('b')) v(x)",
     "ERROR: 0A000: RANGE with offset PRECEDING/FOLLOWING is not supported for column "
     "type text"},
    {"select count(*) over (order by x range 'a' preceding) from (values (1),(2)) v(x)",
     "ERROR: 22P02: invalid input syntax for type integer: \"a\""},
    {"select count(*) over (order by x range '1'::text preceding) from (values (1),(2)) "
     "v(x)",
     "ERROR: 0A000: RANGE with offset PRECEDING/FOLLOWING is not supported for column "
     "type integer and offset type text"},
    {"select count(*) over (order by x range 1.5 preceding) from (values (1),(2)) v(x)",
     "ERROR: 0A000: RANGE with offset PRECEDING/FOLLOWING is not supported for column "
     "type integer and offset type numeric"},
    {"select count(distinct x) over () from generate_series(1,3) x",
     "ERROR: 0A000: DISTINCT is not implemented for window functions"},
    {"select array_agg(x order by x) over () from generate_series(1,3) x",
     "ERROR: 0A000: aggregate ORDER BY is not implemented for window functions"},
    {"select rank() filter (where true) over () from generate_series(1,3) x",
     "ERROR: 0A000: FILTER is not implemented for non-aggregate window functions"},
    {"select generate_series(1,3) over ()",
     "ERROR: 42809: OVER specified, but generate_series is not a window function nor an "
     "aggregate function"},
    {"select sum(generate_series(1,3)) over ()",
     "ERROR: 0A000: window function calls cannot contain set-returning function calls"},
    {"select ntile(0) over () from generate_series(1,3) x",
     "ERROR: 22014: argument of ntile must be greater than zero"},
    {"select ntile(null) over () from generate_series(1,3) x", "- / - / -"},
    {"select nth_value(x, 0) over () from generate_series(1,3) x",
     "ERROR: 22016: argument of nth_value must be greater than zero"},
    {"select x, lag(x, null) over (order by x) from generate_series(1,3) x",
     "1|- / 2|- / 3|-"},
    {"select distinct count(*) over (partition by x % 2) from generate_series(1,5) x "
     "order by 1",
     "2 / 3"},
    {"select x from generate_series(1,5) x order by row_number() over (order by -x)",
     "5 / 4 / 3 / 2 / 1"},
    {"select * from (select x, row_number() over (partition by x % 2 order by x) r from "
     "generate_series(1,6) x) s where x % 2 = 0 and r = 2",
     "4|2"},
    {"select x, sum(x) over w1, sum(x) over w2, sum(x) over (w1 rows 1 preceding) from "
     "generate_series(1,4) x window w1 as (order by x), w2 as (w1) order by x",
     "1|1|1|1 / 2|3|3|3 / 3|6|6|5 / 4|10|10|7"},
    {"select (select sum(x) over () from generate_series(1,2) limit 1) from "
     "generate_series(1,3) x",
     "2 / 4 / 6"},
    {"select x, (select sum(y + x) over (order by y rows 1 preceding) from "
     "generate_series(1,3) y offset 2) from generate_series(1,2) x",
     "1|7 / 2|9"},
    {"select string_agg(x::text, ',') over (order by x desc) from generate_series(1,4) x",
     "4 / 4,3 / 4,3,2 / 4,3,2,1"},
    {"select x, sum(x) over (order by x::text collate \"C\") from generate_series(8,12) "
     "x order by x",
     "8|41 / 9|50 / 10|10 / 11|21 / 12|33"},
    {"select lag('a') over (), lead(null::int, 1, 5) over (), first_value('x') over ()",
     "ERROR: 42804: could not determine polymorphic type because input has type unknown"},
    {"select lag(x, 1, 2.5) over (order by x) from generate_series(1,3) x",
     "2.5 / 1 / 2"},
    {"select count(*) over (), sum(x) over () from generate_series(1,0) x", ""},
    {"select sum(x) over (order by y rows between 2 following and 1 following) from "
     "(values (1,2)) v(x,y)",
     "-"},
    {"select sum(x) over (order by x rows between 9223372036854775807 preceding and "
     "9223372036854775807 following) from generate_series(1,3) x",
     "6 / 6 / 6"},
    {"select x, sum(x) over (order by x range between 9223372036854775807 preceding and "
     "9223372036854775807 following) from generate_series(1::int8,3) x",
     "1|6 / 2|6 / 3|6"},
    {"select a, b, grouping(a), grouping(a,b), count(*) from (values (1,2),(1,3),(2,2)) "
     "v(a,b) group by rollup(a,b) order by 3,4,1,2",
     "1|2|0|0|1 / 1|3|0|0|1 / 2|2|0|0|1 / 1|-|0|1|2 / 2|-|0|1|1 / -|-|1|3|3"},
    {"select a, b, grouping(a,b), sum(a) from (values (1,2),(1,3),(2,2)) v(a,b) group by "
     "cube(a,b) order by 3,1,2",
     "1|2|0|1 / 1|3|0|1 / 2|2|0|2 / 1|-|1|2 / 2|-|1|2 / -|2|2|3 / -|3|2|1 / -|-|3|4"},
    {"select a, b, c, grouping(a,b,c), count(*) from (values (1,2,3),(1,3,3),(2,2,1)) "
     "v(a,b,c) group by grouping sets ((a,b),(c),()) order by 4,1,2,3",
     "1|2|-|1|1 / 1|3|-|1|1 / 2|2|-|1|1 / -|-|1|6|1 / -|-|3|6|2 / -|-|-|7|3"},
    {"select a, b, count(*) from (values (1,2),(1,3),(2,2)) v(a,b) group by a, rollup(b) "
     "order by 1,2 nulls last",
     "1|2|1 / 1|3|1 / 1|-|2 / 2|2|1 / 2|-|1"},
    {"select count(*), grouping(a) from (values (1)) v(a) where a > 1 group by rollup(a)",
     "0|1"},
    {"select count(*), sum(a) from (values (1)) v(a) where a > 1 group by grouping sets "
     "((),(a),())",
     "0|- / 0|-"},
    {"select a, count(*) from (values (1),(2)) v(a) group by distinct rollup(a), "
     "rollup(a) order by 1,2",
     "1|1 / 2|1 / -|2"},
    {"select a, count(*) from (values (1),(2)) v(a) group by rollup(a), rollup(a) order "
     "by 1,2",
     "1|1 / 1|1 / 1|1 / 2|1 / 2|1 / 2|1 / -|2"},
    {"select a, b, sum(c) from (values (1,2,3),(1,3,4)) v(a,b,c) group by rollup((a,b)) "
     "order by 1,2",
     "1|2|3 / 1|3|4 / -|-|7"},
    {"select a, sum(b) from (values (1,2),(2,3)) v(a,b) group by rollup(a) having "
     "grouping(a) = 0 order by 1",
     "1|2 / 2|3"},
    {"select a, sum(b) from (values (1,2),(2,3)) v(a,b) group by rollup(a) having a is "
     "null",
     "-|5"},
    {"select a+1, sum(b) from (values (1,2),(2,3)) v(a,b) group by rollup(a) order by 1",
     "2|2 / 3|3 / -|5"},
    {"select a+1, sum(b) from (values (1,2),(2,3)) v(a,b) group by rollup(a+1) order by "
     "1",
     "2|2 / 3|3 / -|5"},
    {"select grouping(b) from (values (1,2)) v(a,b) group by a",
     "ERROR: 42803: arguments to GROUPING must be grouping expressions of the associated "
     "query level"},
    {"select grouping(a) from (values (1,2)) v(a,b)",
     "ERROR: 42803: arguments to GROUPING must be grouping expressions of the associated "
     "query level"},
    {"select a from (values (1,2)) v(a,b) where grouping(a) = 0 group by a",
     "ERROR: 42803: grouping operations are not allowed in WHERE"},
    {"select a, grouping(a), sum(b) over (partition by grouping(a)) from (values "
     "(1,2),(2,5)) v(a,b) group by a, b order by 1",
     "1|0|7 / 2|0|7"},
    {"select a, rank() over (partition by grouping(a) order by sum(b)) from (values "
     "(1,2),(2,5)) v(a,b) group by rollup(a) order by 1",
     "1|1 / 2|2 / -|1"},
    {"select * from (select a, sum(b) s from (values (1,2),(2,5)) v(a,b) group by "
     "rollup(a)) q where a is null",
     "-|7"},
    {"select * from (select a, sum(b) s from (values (1,2),(2,5)) v(a,b) group by "
     "rollup(a)) q where a = 1",
     "1|2"},
    {"select count(distinct b), array_agg(b order by b desc), a from (values "
     "(1,2),(2,5),(2,5)) v(a,b) group by cube(a) order by a",
     "1|{2}|1 / 1|{5,5}|2 / 2|{5,5,2}|-"},
    {"select a, b from (values (1,2),(2,5)) v(a,b) group by grouping sets (a, b, (a,b)) "
     "order by 1,2",
     "1|2 / 1|- / 2|5 / 2|- / -|2 / -|5"},
    {"select a from (values (1),(2)) v(a) group by grouping sets (rollup(a), cube(a)) "
     "order by 1",
     "1 / 1 / 2 / 2 / - / -"},
    {"select a, (select grouping(a)) from (values (1),(2)) v(a) group by rollup(a) order "
     "by 1",
     "1|0 / 2|0 / -|1"},
    {"select c from (values (1)) v(a), lateral (select count(*) as c from (values (1)) "
     "w(b) group by cube(b)) q order by 1",
     "1 / 1"},
    {"select x % 3 as k, count(*) from generate_series(1,10) x group by grouping sets "
     "((k), ()) order by 1",
     "0|3 / 1|4 / 2|3 / -|10"},
    {"select row(1,'a'), row(), row(null), row('x y', 'a\"b', 'a\\b', '', 'a,b')",
     "(1,a)|()|()|(\"x y\",\"a\"\"b\",\"a\\\\b\",\"\",\"a,b\")"},
    {"select (1,2) = (1,2), (1,2) < (1,3), (1,null) = (1,2), row(1,2) is null, "
     "row(null,null) is null, row(1,null) is not null",
     "t|t|-|f|t|f"},
    {"select t from (values (1,'a'),(2,null)) t(x,y)", "(1,a) / (2,)"},
    {"select (t).x, (t).* from (values (1,'a'),(2,null)) t(x,y)", "1|1|a / 2|2|-"},
    {"select row(t.*, 5) from (values (1,'a'),(2,null)) t(x,y)", "(1,a,5) / (2,,5)"},
    {"select count(t), count(t.*), count(*) from (values (1,'a'),(null,null)) t(x,y)",
     "2|2|2"},
    {"select a, b from (values (1)) a(x) left join (values (2)) b(y) on x = y", "(1)|-"},
    {"select a.x, b is null, b.y from (values (1),(2)) a(x) left join (values (2)) b(y) "
     "on x = y order by 1",
     "1|t|- / 2|f|2"},
    {"select g from generate_series(1,3) g(a)", "1 / 2 / 3"},
    {"select t from (values (2,'a'),(1,'b'),(1,'a')) t(x,y) order by t",
     "(1,a) / (1,b) / (2,a)"},
    {"select distinct t from (values (2,'a'),(1,'b'),(2,'a')) t(x,y) order by t desc",
     "(2,a) / (1,b)"},
    {"select (r).f3 from (select row(1,'a') r) s",
     "ERROR: 42703: could not identify column \"f3\" in record data type"},
    {"select (x).y from (values (1)) t(x)",
     "ERROR: 42809: column notation .y applied to type integer, which is not a composite "
     "type"},
    {"select array_agg(t) from (values (1,'a'),(2,null)) t(x,y)", "{\"(1,a)\",\"(2,)\"}"},
    {"select array[row(1,2),row(3,4)]", "{\"(1,2)\",\"(3,4)\"}"},
    {"select row(1,2) in (row(1,2), row(3,4)), row(1,2) in (select 1,2)", "t|t"},
    {"select row(row(1,2),3)", "(\"(1,2)\",3)"},
    {"select row(row(null)) is null, row() is null, row() is not null", "f|t|t"},
    {"select (select t from (values (1,2)) t(a,b))", "(1,2)"},
    {"select coalesce(t, row(0,0)) from (values (1,2)) t(a,b)", "(1,2)"},
    {"select t.* is null from (values (null::int,null::int),(1,null),(1,2)) t(a,b)",
     "t / f / f"},
    {"select t is not null from (values (null::int,null::int),(1,null),(1,2)) t(a,b)",
     "f / f / t"},
    {"select row(1,2)::text", "(1,2)"},
    {"select x from (values (row(1,2)),(row(1,1))) t(x) order by x", "(1,1) / (1,2)"},
    {"select row(1,2) = row(1,2,3)",
     "ERROR: 42601: unequal number of entries in row expressions"},
    {"select row(1,2) < row(1,'x')",
     "ERROR: 22P02: invalid input syntax for type integer: \"x\""},
    {"select case when true then row(1,2) end", "(1,2)"},
    {"select row(1,2) is distinct from row(1,null), row(1,null) is not distinct from "
     "row(1,null)",
     "t|t"},
    {"select * from information_schema._pg_expandarray(array['a','b'])", "a|1 / b|2"},
    {"select (information_schema._pg_expandarray(array[10,20])).*", "10|1 / 20|2"},
    {"select (information_schema._pg_expandarray(array[10,20])).n, 5", "1|5 / 2|5"},
    {"select (i.keys).x, (i.keys).n from (select "
     "information_schema._pg_expandarray(array[7,8]) as keys) i",
     "7|1 / 8|2"},
    {"select * from information_schema._pg_expandarray(array[10,20]) with ordinality as "
     "t(p,q,r)",
     "10|1|1 / 20|2|2"},
    {"select (array[1,2,3,4])[2:3], (array[1,2,3])[:2], (array[1,2,3])[2:], "
     "(array[1,2,3])[5:6], (array[[1,2],[3,4]])[1:2][2:2], (array[[1,2],[3,4]])[2], "
     "(array[[1,2],[3,4]])[1:1], (array[1,2,3])[null:2], (array[[1,2],[3,4]])[2:2][1]",
     "{2,3}|{1,2}|{2,3}|{}|{{2},{4}}|-|{{1,2}}|-|{{3}}"},
    {"select (array[1,2,3])[1:2][1]", "{}"},
    {"select ('{1,2,3}'::int[])[2:2], ('[5:7]={1,2,3}'::int[])[6:], (array[1,2,3])[3:1], "
     "(array[1,2,3])[-5:10]",
     "{2}|{2,3}|{}|{1,2,3}"},
    {"select case (select 1) when 1 then 'a' when 2 then 'b' end, (select 5) between 1 "
     "and 10",
     "a|t"},
    {"select sum(x), avg(x) from (values "
     "(9223372036854775807::int8),(9223372036854775807),(-5)) v(x)",
     "18446744073709551609|6148914691236517203"},
    {"select sum(x), avg(x) from (values (2147483647),(2147483647)) v(x)",
     "4294967294|2147483647.00000000"},
    {"select sum(x), avg(x) from (values (1::int2),(2::int2)) v(x)",
     "3|1.5000000000000000"},
    {"select sum(x) from (values "
     "(-9223372036854775808::int8),(-9223372036854775807),(-5)) v(x)",
     "ERROR: 22003: bigint out of range"},
    {"select sum(x), avg(x) from (values (1.5::float4),(1e10::float4),(0.1::float4)) "
     "v(x)",
     "1e+10|3333333333.866667"},
    {"select sum(x) from (values (1e308::float8),(1e308)) v(x)",
     "ERROR: 22003: value out of range: overflow"},
    {"select sum(x), avg(x) from (values (1.5::float8),('inf'),(2)) v(x)",
     "Infinity|Infinity"},
    {"with recursive r(n) as (select 1 union all select n+1 from r where n < 5) select * "
     "from r",
     "1 / 2 / 3 / 4 / 5"},
    {"with recursive r(n) as (select 1 union all select n+1 from (values (1)) v(x) left "
     "join r on true where n < 5) select * from r",
     "ERROR: 42P19: recursive reference to query \"r\" must not appear within an outer "
     "join"},
    {"with recursive r(n) as (select 1 union all select n+1 from r left join (values "
     "(1)) v(x) on true where n < 5) select * from r",
     "1 / 2 / 3 / 4 / 5"},
    {"with recursive r(n) as (select 1 union all select 1 where exists (select 1 from "
     "r)) select * from r",
     "ERROR: 42P19: recursive reference to query \"r\" must not appear within a "
     "subquery"},
    {"with recursive r(n) as (select 1 union all select a.n+1 from r a, r b) select * "
     "from r",
     "ERROR: 42P19: recursive reference to query \"r\" must not appear more than once"},
    {"with recursive r(n) as (select 1 union all (select n+1 from r intersect all select "
     "1)) select * from r",
     "ERROR: 42P19: recursive reference to query \"r\" must not appear within INTERSECT"},
    {"with recursive r(n) as (select 1 union all (select 1 except select n+1 from r)) "
     "select * from r",
     "ERROR: 42P19: recursive reference to query \"r\" must not appear within EXCEPT"},
    {"select 1 for update", "1"},
    {"select distinct 1 for update",
     "ERROR: 0A000: FOR UPDATE is not allowed with DISTINCT clause"},
    {"select 1 group by 1 for share",
     "ERROR: 0A000: FOR SHARE is not allowed with GROUP BY clause"},
    {"select count(*) for update",
     "ERROR: 0A000: FOR UPDATE is not allowed with aggregate functions"},
    {"select x from generate_series(1,2) x for update of x",
     "ERROR: 0A000: FOR UPDATE cannot be applied to a function"},
    {"select x from generate_series(1,2) x for update of y",
     "ERROR: 42P01: relation \"y\" in FOR UPDATE clause not found in FROM clause"},
    {"select x from generate_series(1,2) x for update", "1 / 2"},
    {"select 1 union select 2 for update",
     "ERROR: 0A000: FOR UPDATE is not allowed with UNION/INTERSECT/EXCEPT"},
    {"values (1) for update", "ERROR: 0A000: FOR UPDATE cannot be applied to VALUES"},
    {"select (array['a','b'])[1] from (values (1)) v(x)", "a"},
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
