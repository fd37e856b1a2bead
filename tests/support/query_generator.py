"""SELECTs made at random over relations whose columns are known. The same seed gives the same
queries. Each is deterministic: where it has a LIMIT it is ordered by all its columns."""
import dataclasses
import random

TEXT, OID, BOOL, INT4, INT8, TIMESTAMP = 25, 26, 16, 23, 20, 1184
CASTABLE_TO_TEXT = (OID, BOOL, INT4, INT8)
MAX_ROWS = 20000


@dataclasses.dataclass
class Relation:
    name: str
    columns: list  # (name, type's OID)
    row_count: int
    values: dict  # column -> what is in it, as text; only of columns of texts


@dataclasses.dataclass
class Scope:
    """What expressions may name: (alias, column, type), and what is in there by alias.column."""
    columns: list
    rows: int
    values: dict = dataclasses.field(default_factory=dict)

    def of_type(self, kind):
        return [f'{alias}.{name}' for alias, name, its in self.columns if its == kind]


def scope_of(relation, alias):
    return Scope([(alias, name, kind) for name, kind in relation.columns],
                 max(1, relation.row_count),
                 {f'{alias}.{name}': values for name, values in relation.values.items()})


class Generator:
    def __init__(self, relations, seed):
        self.relations, self.random = relations, random.Random(seed)
        self.samples = sorted({text for relation in relations for values in relation.values.values()
                               for text in values if len(text) < 30}) or ['u1']
        self.aliases = 0
        self.budget = 0

    def query(self):
        """(text, whether its rows come in an order)."""
        self.aliases, self.budget = 0, 40
        return self.statement(2)

    def chance(self, share):
        return self.random.random() < share

    def alias(self):
        self.aliases += 1
        return f't{self.aliases}'

    # --- whole queries

    def statement(self, depth):
        kinds = [self.random.choice([TEXT, TEXT, OID, BOOL, INT4, INT8])
                 for _ in range(self.random.randint(1, 4))]
        if depth > 0 and self.chance(0.2):
            operator = self.random.choice(['UNION', 'UNION ALL', 'EXCEPT', 'INTERSECT',
                                           'EXCEPT ALL', 'INTERSECT ALL'])
            text = (f'{self.select(kinds, depth - 1, named=True)} {operator} '
                    f'{self.select(kinds, depth - 1)}')
        else:
            text = self.select(kinds, depth, named=True)
        order = self.order(len(kinds))
        return text + order, order != ''

    def order(self, count):
        if self.chance(0.4):
            return ''
        ordinals = list(range(1, count + 1))
        self.random.shuffle(ordinals)
        keys = ', '.join(str(ordinal) + self.random.choice(['', ' DESC', ' NULLS FIRST', ' ASC',
                                                            ' DESC NULLS LAST'])
                         for ordinal in ordinals)
        text = f' ORDER BY {keys}'
        if self.chance(0.6):
            text += f' LIMIT {self.random.randint(0, 20)}'
            if self.chance(0.4):
                text += f' OFFSET {self.random.randint(0, 5)}'
        return text

    def select(self, kinds, depth, named=False):
        source, scope = self.source(depth)
        where = f' WHERE {self.boolean(scope, depth)}' if self.chance(0.55) else ''
        if self.chance(0.3):
            items, tail = self.grouped(kinds, scope)
        else:
            items, tail = [self.expression(kind, scope, depth) for kind in kinds], ''
        if named:
            items = [item + (f' AS c{number}' if self.chance(0.6) else '')
                     for number, item in enumerate(items)]
        distinct = 'DISTINCT ' if self.chance(0.2) else ''
        return f'SELECT {distinct}{", ".join(items)} FROM {source}{where}{tail}'

    def grouped(self, kinds, scope):
        keys = [f'{alias}.{name}' for alias, name, _ in
                self.random.sample(scope.columns, min(len(scope.columns), self.random.randint(1, 2)))]
        of_key = {f'{alias}.{name}': kind for alias, name, kind in scope.columns if
                  f'{alias}.{name}' in keys}
        items = [self.aggregate(kind, scope, [key for key in keys if of_key[key] == kind])
                 for kind in kinds]
        having = f' HAVING count(*) > {self.random.randint(0, 3)}' if self.chance(0.3) else ''
        return items, f' GROUP BY {", ".join(keys)}{having}'

    def aggregate(self, kind, scope, keys):
        if keys and self.chance(0.5):
            return self.random.choice(keys)
        inner = self.expression(kind, scope, 0)
        narrowed = f' FILTER (WHERE {self.boolean(scope, 0)})' if self.chance(0.15) else ''
        if kind == BOOL:
            return f'{self.random.choice(["bool_and", "bool_or"])}({inner}){narrowed}'
        if kind == INT8:
            return self.random.choice([f'count(*){narrowed}', f'count({inner}){narrowed}',
                                       f'count(DISTINCT {self.expression(TEXT, scope, 0)})',
                                       f'sum({self.expression(INT4, scope, 0)}){narrowed}'])
        return f'{self.random.choice(["min", "max"])}({inner}){narrowed}'

    # --- FROM

    def source(self, depth):
        text, scope = self.item(depth)
        for _ in range(self.random.choice([0, 0, 1, 1, 2])):
            right, more = self.item(depth)
            text, scope = self.join(text, scope, right, more)
        return text, scope

    def item(self, depth):
        alias = self.alias()
        if depth > 0 and self.chance(0.15):
            kinds = [self.random.choice([TEXT, OID, INT4, BOOL]) for _ in range(2)] + [TEXT]
            source, scope = self.source(depth - 1)
            items = ', '.join(f'{self.expression(kind, scope, 0)} AS c{number}'
                              for number, kind in enumerate(kinds))
            return (f'(SELECT {items} FROM {source} WHERE {self.boolean(scope, 0)}) AS {alias}',
                    Scope([(alias, f'c{number}', kind) for number, kind in enumerate(kinds)],
                          scope.rows))
        relation = self.random.choice(self.relations)
        return f'{relation.name} {alias}', scope_of(relation, alias)

    def join(self, text, scope, right, more):
        both = Scope(scope.columns + more.columns, scope.rows * more.rows,
                     scope.values | more.values)
        if both.rows <= MAX_ROWS and self.chance(0.2):
            return f'{text} CROSS JOIN {right}', both
        pairs = self.pairs(scope, more)
        if not pairs:
            return text, scope
        first, second, both.rows = self.random.choice(pairs)
        word = self.random.choice(['JOIN', 'INNER JOIN', 'LEFT JOIN', 'LEFT OUTER JOIN'])
        name = first.split('.')[1]
        is_shared = all([column for _, column, _ in side.columns].count(name) == 1
                        for side in (scope, more))
        if is_shared and self.chance(0.5):
            return f'{text} {word} {right} USING ({name})', both
        extra = f' AND {self.boolean(both, 0)}' if self.chance(0.2) else ''
        return f'{text} {word} {right} ON {first} = {second}{extra}', both

    def pairs(self, scope, more):
        """Columns to join by that have values in common, with a guess of the rows they give."""
        found = []
        for first, left in scope.values.items():
            for second, right in more.values.items():
                rows = scope.rows * more.rows // max(1, len(left), len(right))
                if left & right and rows <= MAX_ROWS:
                    found.append((first, second, max(rows, scope.rows)))
        return found

    # --- expressions

    def literal(self, kind, values=()):
        pick = self.random
        if kind == TEXT:
            return "'" + pick.choice(sorted(values) or self.samples).replace("'", "''") + "'"
        if kind == BOOL:
            return pick.choice(['true', 'false'])
        if kind == OID:
            return f'{pick.choice([16702, 16708, 20000, 20001, 16656])}::oid'
        return f'{pick.randint(-5, 40)}' + ('::int8' if kind == INT8 else '')

    def expression(self, kind, scope, depth):
        self.budget -= 1
        plain = scope.of_type(kind)
        if plain and (self.budget < 0 or self.chance(0.55)):
            return self.random.choice(plain)
        if self.budget < 0 or (kind == OID and not plain):
            return self.literal(kind)
        if self.chance(0.15):
            return self.conditional(kind, scope, depth)
        maker = {TEXT: self.text, BOOL: self.boolean, INT4: self.integer, INT8: self.bigint,
                 OID: self.object_id}[kind]
        return maker(scope, depth)

    def conditional(self, kind, scope, depth):
        first, second = (self.expression(kind, scope, depth) for _ in range(2))
        third = self.literal(kind)
        return self.random.choice([
            f'CASE WHEN {self.boolean(scope, 0)} THEN {first} ELSE {second} END',
            f'CASE WHEN {self.boolean(scope, 0)} THEN {first} WHEN {self.boolean(scope, 0)} '
            f'THEN {second} END',
            f'CASE {self.expression(TEXT, scope, 0)} WHEN {self.literal(TEXT)} THEN {first} '
            f'ELSE {third} END',
            f'coalesce({first}, {second}, {third})', f'nullif({first}, {third})'])

    def text(self, scope, depth):
        first = self.expression(TEXT, scope, depth)
        other = [kind for _, _, kind in scope.columns if kind in CASTABLE_TO_TEXT]
        choices = [f'lower({first})', f'upper({first})', f"({first} || '-')",
                   f'({first} || {self.expression(TEXT, scope, 0)})', f'substr({first}, 2, 3)',
                   f"replace({first}, 'mz', 'MZ')", self.literal(TEXT) + '::text']
        if other:
            choices.append(f'{self.random.choice(scope.of_type(self.random.choice(other)))}::text')
        return self.random.choice(choices)

    def integer(self, scope, depth):
        first = self.expression(INT4, scope, 0)
        return self.random.choice([
            f'length({self.expression(TEXT, scope, depth)})', f'({first} + {self.literal(INT4)})',
            f'({first} * 3)', f'({first} - 7) % 5', f'abs({first})', f'(- {first})',
            f'({self.expression(BOOL, scope, 0)})::int4', self.literal(INT4)])

    def bigint(self, scope, depth):
        if depth > 0 and self.chance(0.4):
            relation = self.random.choice(self.relations)
            inner = self.alias()
            mine = [f'{inner}.{name}' for name, kind in relation.columns if kind == TEXT]
            outer = scope.of_type(TEXT)
            where = (f' WHERE {self.random.choice(mine)} = {self.random.choice(outer)}'
                     if mine and outer and scope.rows < 500 else '')
            return f'(SELECT count(*) FROM {relation.name} {inner}{where})'
        return self.random.choice([f'({self.expression(INT4, scope, 0)})::int8',
                                   f'({self.expression(INT4, scope, 0)} + {self.literal(INT8)})'])

    def object_id(self, scope, depth):
        return self.literal(OID)

    def boolean(self, scope, depth):
        self.budget -= 1
        if self.budget > 0 and self.chance(0.3):
            left, right = self.boolean(scope, depth - 1), self.boolean(scope, depth - 1)
            return self.random.choice([f'({left} AND {right})', f'({left} OR {right})',
                                       f'(NOT {left})'])
        if depth > 0 and self.chance(0.25):
            return self.subquery_test(scope)
        kind = self.random.choice([kind for kind in (TEXT, TEXT, TEXT, OID, INT4)
                                   if scope.of_type(kind)] or [INT4])
        first = self.expression(kind, scope, 0)
        comparison = self.random.choice(['=', '<>', '<', '>', '<=', '>='])
        one, two, three = sorted(self.literal(kind, scope.values.get(first, ())) for _ in range(3))
        choices = [f'{first} {comparison} {one}', f'{first} IS NOT NULL', f'{first} IS NULL',
                   f'{first} BETWEEN {one} AND {three}', f'{first} IS DISTINCT FROM {two}',
                   f'{first} {self.random.choice(["IN", "NOT IN"])} ({one}, {two}, {three})',
                   f'{first} {comparison} {self.expression(kind, scope, 0)}']
        if kind == TEXT:
            choices += self.matches(first)
        return '(' + self.random.choice(choices) + ')'

    def matches(self, first):
        pattern = self.random.choice(['u%', '%mz%', '%s', '_1%', '%\\_%', '%a%e%', ''])
        expression = self.random.choice(['^u', '^mz_.*s$', '[0-9]+', 'a|e', '^(mz|pg)_', '\\d$'])
        return [f"{first} LIKE '{pattern}'", f"{first} NOT LIKE '{pattern}'",
                f"{first} ILIKE '{pattern.upper()}'", f"{first} ~ '{expression}'",
                f"{first} OPERATOR(pg_catalog.~) '{expression}' COLLATE pg_catalog.default",
                f"{first} !~ '{expression}'"]

    def subquery_test(self, scope):
        relation, inner = self.random.choice(self.relations), self.alias()
        mine = [f'{inner}.{name}' for name, kind in relation.columns if kind == TEXT]
        outer = scope.of_type(TEXT)
        if not mine or not outer:
            return f'EXISTS (SELECT 1 FROM {relation.name} {inner})'
        column, other = self.random.choice(mine), self.random.choice(outer)
        where = self.boolean(scope_of(relation, inner), 0)
        return self.random.choice([
            f'{other} IN (SELECT {column} FROM {relation.name} {inner} WHERE {where})',
            f'{other} NOT IN (SELECT {column} FROM {relation.name} {inner} WHERE {column} IS NOT NULL)',
            f'EXISTS (SELECT 1 FROM {relation.name} {inner} WHERE {column} = {other})',
            f'NOT EXISTS (SELECT 1 FROM {relation.name} {inner} WHERE {column} = {other} AND {where})',
            f'{other} = ANY (SELECT {column} FROM {relation.name} {inner} WHERE {where})',
            f'{other} >= ALL (SELECT {column} FROM {relation.name} {inner} WHERE {where})'])
