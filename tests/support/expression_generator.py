"""Expressions made at random from the catalog of functions, operators and casts, with values at the
edges of their types. The same seed gives the same expressions."""
import random

LONG = 'x' * 300
BOOL, BYTEA, CHAR, NAME, INT8, INT2, INT4, TEXT, OID, JSON = 16, 17, 18, 19, 20, 21, 23, 25, 26, 114
FLOAT4, FLOAT8, BPCHAR, VARCHAR, DATE, TIME, TIMESTAMP = 700, 701, 1042, 1043, 1082, 1083, 1114
TIMESTAMPTZ, INTERVAL, TIMETZ, NUMERIC, UUID, JSONB, CSTRING = 1184, 1186, 1266, 1700, 2950, 3802, 2275
# Type -> (its name, texts of its values).
VALUES = {
    BOOL: ('bool', ['t', 'f']),
    BYTEA: ('bytea', ['', r'\x00', r'\xdeadbeef', r'\xff00ff', 'abc', r'\x' + '61' * 80]),
    CHAR: ('"char"', ['', 'a', 'Z', '0', r'\377']),
    NAME: ('name', ['', 'name1', 'Mixed', 'with space', 'x' * 70]),
    INT8: ('int8', ['0', '1', '-1', '7', '9223372036854775807', '-9223372036854775808', '4294967296']),
    INT2: ('int2', ['0', '1', '-1', '5', '32767', '-32768']),
    INT4: ('int4', ['0', '1', '-1', '2', '3', '7', '100', '2147483647', '-2147483648']),
    TEXT: ('text', ['', 'a', 'abc', 'ABC xyz', 'a,b,c', 'héllo wörld', '日本語', '😀', ' pad ', '%_\\', '12',
                    '1.5', 'NaN', 'true', '2020-02-29', '{1,2}', "it's", 'line\nbreak', LONG]),
    OID: ('oid', ['0', '1', '23', '4294967295']),
    JSON: ('json', ['null', '1', '"x"', '[]', '{}', '[1, 2,{"a" : null}]', '{"a": {"b": [1,2]}, "a": 3}',
                    '"é\\u00e9\\n"', 'true', '1.50e2']),
    FLOAT4: ('float4', ['0', '-0', '1', '-1.5', '0.1', '1e20', '1e-20', '3.4028235e38', '1e-45', 'NaN',
                        'Infinity', '-Infinity', '16777217']),
    FLOAT8: ('float8', ['0', '-0', '1', '-1.5', '0.1', '0.5', '2.5', '1e100', '1e-100',
                        '1.7976931348623157e308', '5e-324', 'NaN', 'Infinity', '-Infinity', '123456.789']),
    BPCHAR: ('bpchar', ['', 'a', 'abc  ', 'ABC', 'é ']),
    VARCHAR: ('varchar', ['', 'a', 'abc', 'Ünï', ' b ']),
    DATE: ('date', ['2000-01-01', '2020-02-29', '1999-12-31', '0044-03-15 BC', '5874897-12-31',
                    '4714-11-24 BC', 'infinity', '-infinity', '1970-01-01']),
    TIME: ('time', ['00:00', '24:00', '12:34:56.789012', '23:59:59.999999']),
    TIMESTAMP: ('timestamp', ['2000-01-01 00:00', '2020-02-29 12:34:56.789', '1969-12-31 23:59:59.999999',
                              '294276-12-31 23:59:59', '4714-11-24 00:00 BC', 'infinity', '-infinity',
                              '2024-12-30 01:02:03']),
    TIMESTAMPTZ: ('timestamptz', ['2000-01-01 00:00+00', '2020-03-29 01:30+00', '2020-10-25 01:30:00.5+00',
                                  'infinity', '-infinity', '1900-01-01 00:00+00', '0001-01-01 BC']),
    INTERVAL: ('interval', ['0', '1 day', '-1 day', '1 mon -1 day', '1 year 2 mons 3 days 04:05:06.789',
                            '-1 year -2 mons', '25:00:00', '00:00:00.000001', '178000000 years',
                            '36 days 30:00']),
    TIMETZ: ('timetz', ['00:00+00', '12:34:56.5-08', '24:00+05:30', '23:59:59.999999+15:59']),
    NUMERIC: ('numeric', ['0', '1', '-1', '0.5', '1.50', '-2.5', '123456789012345678901234567890.123',
                          '1e-20', 'NaN', 'Infinity', '-Infinity', '9999', '3', '10', '0.00']),
    UUID: ('uuid', ['00000000-0000-0000-0000-000000000000', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11']),
    JSONB: ('jsonb', ['null', '1', '"x"', '[]', '{}', '[1,2,{"a":null}]', '{"bb":1,"a":[1,2,"x"],"c":{"d":2}}',
                      'true', '1.50e2', '["a","b"]', '-0.0']),
    CSTRING: ('cstring', ['1', 'x', '']),
    1000: ('bool[]', ['{}', '{t,f,NULL}']), 1005: ('int2[]', ['{}', '{1,2}']),
    1007: ('int4[]', ['{}', '{1,2,3}', '{NULL,1}', '{{1,2},{3,4}}', '[0:1]={5,6}']),
    1016: ('int8[]', ['{}', '{1,9223372036854775807}']),
    1009: ('text[]', ['{}', '{a,b}', '{NULL,"",x}', '{{a,b},{c,d}}', '{"q\\"x",a}']),
    1021: ('float4[]', ['{}', '{1.5,NaN}']), 1022: ('float8[]', ['{}', '{0.5,-0}']),
    1231: ('numeric[]', ['{}', '{1.50,NaN}']), 1028: ('oid[]', ['{}', '{1,2}']),
    1182: ('date[]', ['{}', '{2020-02-29,infinity}']), 1187: ('interval[]', ['{}', '{1 day}']),
    1115: ('timestamp[]', ['{}', '{2020-01-01 01:02}']), 1185: ('timestamptz[]', ['{2020-01-01 00:00+00}']),
    2951: ('uuid[]', ['{}']), 3807: ('jsonb[]', ['{}', '{"[1]",NULL}']), 199: ('json[]', ['{"1"}']),
    1003: ('name[]', ['{a,b}']), 1015: ('varchar[]', ['{a,NULL}']), 1001: ('bytea[]', [r'{"\\x00"}']),
}
ARRAY_OF = {BOOL: 1000, INT2: 1005, INT4: 1007, INT8: 1016, TEXT: 1009, FLOAT4: 1021, FLOAT8: 1022,
            NUMERIC: 1231, OID: 1028, DATE: 1182, INTERVAL: 1187, TIMESTAMP: 1115, TIMESTAMPTZ: 1185,
            JSONB: 3807, JSON: 199, VARCHAR: 1015, BYTEA: 1001}
ANY, ANYARRAY, ANYELEMENT, ANYNONARRAY = 2276, 2277, 2283, 2776
ANYCOMPATIBLE, ANYCOMPATIBLEARRAY, ANYCOMPATIBLENONARRAY = 5077, 5078, 5079
SCALARS, ARRAYS = (ANYELEMENT, ANYNONARRAY, ANYCOMPATIBLE, ANYCOMPATIBLENONARRAY), (ANYARRAY, ANYCOMPATIBLEARRAY)
# Texts that mean something to an argument of that name; other arguments of type text get any.
WORDS = {
    'date_part': ['year', 'month', 'day', 'hour', 'second', 'epoch', 'isoyear', 'week', 'dow', 'quarter', 'century',
                  'microseconds', 'milliseconds', 'julian', 'timezone', 'millennium', 'decade', 'x'],
    'timezone': ['UTC', 'Europe/Berlin', 'America/New_York', 'EST', '+03', 'Nowhere/City'],
    'encode': ['hex', 'base64', 'escape', 'x'], 'decode': ['hex', 'base64', 'escape'],
    'to_char': ['YYYY-MM-DD HH24:MI:SS.US', '9G999D99', 'FM0999.90', 'S99.9', 'Day, DD Month YYYY', 'RN', '9.9EEEE',
                'DDD IW Q CC', 'HH12:MI AM', '99PR', 'FMMonth FMDDth', 'L9', ''],
    'to_number': ['999', 'S9.9', '9G9'], 'to_date': ['YYYY-MM-DD', 'DD Mon YYYY', 'J'],
    'to_timestamp': ['YYYY-MM-DD', 'HH24:MI'], 'regexp': ['a', '^(.)b?', '[a-z]+', '(', 'x*', r'\d', '.'],
    'normalize': ['NFC', 'NFD', 'nfkc'], 'format': ['%s', '%I|%L', '%2$s', '%-5s|', '%%', '%x'],
    'like': ['a%', '_b_', '%', 'A', '%\\', '\\%'],
}
WORDS.update({'extract': WORDS['date_part'], 'date_trunc': WORDS['date_part'],
              'convert_to': ['UTF8', 'LATIN1', 'x'], 'convert_from': ['UTF8', 'x']})
for pattern_name in ('regexp_match', 'regexp_replace', 'regexp_split_to_array', 'regexp_count', 'regexp_instr',
                     'regexp_like', 'regexp_substr', 'textregexeq', 'texticregexeq', '~', '~*', '!~', '!~*'):
    WORDS[pattern_name] = WORDS['regexp']
for pattern_name in ('textlike', 'texticlike', '~~', '~~*', '!~~', '!~~*', 'bpcharlike', 'namelike'):
    WORDS[pattern_name] = WORDS['like']


class Generator:
    """`functions` are (name, argument types, variadic, kind), `operators` (name, left, right),
    `casts` (source, target)."""

    def __init__(self, functions, operators, casts, seed):
        self.random = random.Random(seed)
        self.makers = [(self.call, row) for row in functions if self.can(row[1])]
        self.makers += [(self.operation, row) for row in operators if self.can([row[1], row[2]])]
        self.makers += [(self.cast, row) for row in casts if self.can(row)]
        self.makers += [(self.read, (kind,)) for kind in VALUES]
        self.pending = []

    @staticmethod
    def can(types):
        polymorphic = (ANY, *SCALARS, *ARRAYS)
        return all(kind in VALUES or kind in polymorphic or kind == 0 for kind in types)

    def expression(self):
        """Each maker comes once before any comes again."""
        if not self.pending:
            self.pending = list(self.makers)
            self.random.shuffle(self.pending)
        maker, row = self.pending.pop()
        return f'SELECT {maker(*row)} LIMIT 20'

    def literal(self, kind, name=''):
        title, texts = VALUES[kind]
        if self.random.random() < 0.05:
            return f'NULL::{title}'
        if kind == TEXT and name in WORDS and self.random.random() < 0.8:
            texts = WORDS[name]
        text = self.random.choice(texts).replace("'", "''")
        return f"'{text}'::{title}"

    def value(self, kind, name=''):
        """A literal, or now and then an expression around one."""
        chance = self.random.random()
        title = VALUES[kind][0]
        if chance < 0.04:
            return f'coalesce({self.literal(kind)}, {self.literal(kind, name)})'
        if chance < 0.08:
            return f'(CASE WHEN {self.literal(BOOL)} THEN {self.literal(kind, name)} END)'
        if chance < 0.10 and title != 'cstring':
            return f'({self.literal(kind, name)}::text::{title})'
        return self.literal(kind, name)

    def resolved(self, types):
        """Polymorphic types made concrete, the same for all of a call."""
        element = self.random.choice(list(ARRAY_OF))
        return [element if kind in SCALARS else ARRAY_OF[element] if kind in ARRAYS
                else self.random.choice([INT4, TEXT, NUMERIC, BOOL, DATE, JSONB]) if kind == ANY else kind
                for kind in types]

    def call(self, name, types, variadic, kind):
        if variadic:
            types = [*types[:-1], *[variadic] * self.random.randint(1, 4)]
        arguments = [self.value(kind_of, name) for kind_of in self.resolved(types)]
        if kind == 'a':
            return self.aggregate(name, types)
        return f'"{name}"({", ".join(arguments)})'

    def aggregate(self, name, types):
        kinds = self.resolved(types)
        if not kinds:
            return f'{name}(*) FROM (VALUES (1), (2)) AS t(a)'
        rows = ', '.join('(' + ', '.join(self.literal(kind, name) for kind in kinds) + ')'
                         for _ in range(self.random.randint(1, 5)))
        columns = [f'c{number}' for number in range(len(kinds))]
        return f'{name}({", ".join(columns)}) FROM (VALUES {rows}) AS t({", ".join(columns)})'

    def operation(self, name, left, right):
        left_kind, right_kind = self.resolved([left, right])
        if left == 0:
            return f'{name} {self.value(right_kind, name)}'
        return f'{self.value(left_kind)} {name} {self.value(right_kind, name)}'

    def cast(self, source, target):
        return f'{self.value(source)}::{VALUES[target][0]}'

    def read(self, kind):
        """A text of any type read as this one."""
        other = self.random.choice(list(VALUES))
        text = self.random.choice(VALUES[other][1]).replace("'", "''")
        return f"'{text}'::{VALUES[kind][0]}"
