"""Where Culvert answers other than PostgreSQL 15, and knows it: at most 30 classes. Each has an
expression with both results, which the test checks, and patterns that say what belongs to it: of
the expression, of our result and of PostgreSQL's. A class whose example no longer differs fails
the run."""
import dataclasses

MAX_CLASSES = 30


@dataclasses.dataclass
class Difference:
    reason: str
    example: str
    here: str
    postgres: str
    sql_pattern: str
    here_pattern: str = ''
    postgres_pattern: str = ''


KNOWN = [
    Difference(
        'A cast cannot give NULL here: the time of an infinite moment is an error.',
        "SELECT 'infinity'::timestamp::time",
        '22008 timestamp out of range',
        '[1083] [[None]]',
        'infinity', '^22008 timestamp out of range', 'None'),
    Difference(
        'avg of floating-point numbers shares its state with the variance there, and fails when '
        'the sum of squares overflows.',
        "SELECT avg(x) FROM (VALUES ('1.7e308'::float8), (0)) AS t(x)",
        "[701] [['8.5e+307']]",
        '22003 value out of range: overflow',
        r'avg\(', r'^\[701\]', '^22003 value out of range: overflow'),
    Difference(
        'A character above 127 of type "char" becomes a broken text there, an escape here.',
        r'''SELECT '\377'::"char"::bpchar''',
        r"[1042] [['\\377']]",
        r"[1042] [['\\xff']]",
        r'\\377', '377', 'xff'),
    Difference(
        'A text may have 256 MB here, 1 GB there.',
        "SELECT length(repeat('xxxx', 100000000))",
        '54000 requested length too large',
        "[23] [['400000000']]",
        'repeat|pad|bpchar|format|replace', '^(54000|53200)', ''),
    Difference(
        'Of an object that has a key twice, a path takes the last one here; there it may go on in '
        'the first.',
        """SELECT '{"a": {"b": 1}, "a": 3}'::json #> '{a,b}'""",
        '[114] [[None]]',
        "[114] [['1']]",
        '"a".*"a".*json', 'None', r'\]\]$'),
    Difference(
        'A text that is no date or time is refused in other words.',
        "SELECT '23'::timestamptz",
        '22007 invalid input syntax for type timestamp with time zone: "23"',
        '22008 date/time field value out of range: "23"',
        "^SELECT '.*'::(date|time|timetz|timestamp|timestamptz|interval)( LIMIT 20)?$", '^22', '^22'),
    Difference(
        'The functions of btrees say -1, 0 or 1; there some give a difference.',
        'SELECT btint2cmp(5::int2, 0::int2)',
        "[23] [['1']]",
        "[23] [['5']]",
        r'cmp"?\(', r'^\[23\] \[\[.-?1.\]\]', r'^\[23\]'),
    Difference(
        'Intervals that overflow are an error here and wrap around there.',
        "SELECT '294276-12-31'::timestamp - '1900-01-01'::timestamp",
        '22008 interval out of range',
        "[1186] [['-106715476 days -08:01:49.551616']]",
        'interval|timestamp', '^22008 interval out of range', r'^\[1186\]'),
    Difference(
        'NULL among the keys of a variadic call gives NULL here; there it is passed over.',
        '''SELECT jsonb_delete('{"a":1}'::jsonb, 'x', NULL)''',
        '[3802] [[None]]',
        '''[3802] [['{"a": 1}']]''',
        'jsonb_delete.*NULL', 'None', ''),
    Difference(
        'array_agg of arrays tells empty ones first.',
        "SELECT array_agg(x) FROM (VALUES ('{1}'::int4[]), ('{}')) AS t(x)",
        '2202E cannot accumulate empty arrays',
        '2202E cannot accumulate arrays of different dimensionality',
        'array_agg', '^2202E cannot accumulate empty arrays', '^2202E cannot accumulate arrays of different'),
    Difference(
        'Names of time zones that POSIX would read as offsets with a fraction are refused.',
        "SELECT timezone('1.5', '2000-01-01 00:00'::timestamp)",
        '22023 time zone "1.5" not recognized',
        "[1184] [['2000-01-01 02:00:00+01']]",
        'timez|date_trunc', '^22023 time zone', ''),
    Difference(
        'Marks that mean nothing within an interval are refused.',
        '''SELECT '{"1"}'::interval''',
        '22007 invalid input syntax for type interval: "{"1"}"',
        "[1186] [['00:00:01']]",
        'interval', '^22007 invalid input syntax for type interval', r'^\['),
    Difference(
        'A number that is no typmod of an interval is refused in one way here, in two there.',
        '''SELECT "interval"('1 day'::interval::text::interval, 2)''',
        'XX000 unrecognized interval typmod: 2', 'XX000 invalid INTERVAL typmod: 0x2', 'interval', '^XX000 unrecognized interval typmod', '^XX000'),
    Difference(
        'Of an interval of millions of years, days and weeks wrap around there.',
        "SELECT to_char('178000000 years'::interval, 'DDD')",
        "[25] [['64080000000']]", "[25] [['-344509440']]",
        'to_char.*178000000 years', '25', '25'),
]
