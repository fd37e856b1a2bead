"""Expressions made at random over every type, function, operator and cast that Culvert's catalog
lists give what PostgreSQL 15 gives: value as it travels, type, or SQLSTATE and text. What differs
and is known stands in known_differences.py. CULVERT_SEED takes another run, CULVERT_EXPRESSIONS sets
how many (3000)."""
import os
import re

import pytest

from integration.known_differences import KNOWN, MAX_CLASSES
from support.expression_generator import Generator
from support.sql import run

COUNT = int(os.environ.get('CULVERT_EXPRESSIONS', '3000'))
SEED = int(os.environ.get('CULVERT_SEED', '2'))
FUNCTIONS = r"""
    SELECT proname::text, proargtypes::text, provariadic::int4, prokind::text
    FROM pg_catalog.pg_proc
    WHERE oid < 16384 AND prokind IN ('f', 'a') AND provolatile <> 'v'
      AND proname !~ '^(pg_|has_|mz_|current_|session_|inet_|txid_|getdatabase|obj_desc|col_desc|shobj_desc)'
      AND proname !~ '(in|out|recv|send)$' AND proname NOT IN ('now', 'timeofday', 'age', 'statement_timestamp',
          'transaction_timestamp', 'version', 'to_regclass', 'to_regtype', 'to_regproc', 'to_regprocedure',
          'to_regoper', 'to_regoperator', 'to_regrole', 'to_regnamespace', 'to_regcollation', 'format_type',
          'set_config', 'regclass', 'row_security_active', '_pg_expandarray', 'generate_series')"""
OPERATORS = """SELECT oprname::text, oprleft::int4, oprright::int4 FROM pg_catalog.pg_operator
               WHERE oid < 16384 AND oprright <> 0"""
CASTS = 'SELECT castsource::int4, casttarget::int4 FROM pg_catalog.pg_cast'
SETTINGS = "SET TimeZone = 'Europe/Berlin'"


def answer(connection, sql):
    """The result as a text: types and rows, or the error."""
    result = connection.pgconn.exec_(sql.encode())
    state = result.error_field(ord('C'))
    if state is not None:
        return f'{state.decode()} {result.error_field(ord("M")).decode(errors="backslashreplace")}'
    rows = [[value.decode(errors='backslashreplace') if value is not None else None for value in
             (result.get_value(row, column) for column in range(result.nfields))]
            for row in range(result.ntuples)]
    return f'{[result.ftype(column) for column in range(result.nfields)]} {rows}'


def belongs(difference, sql, here, there):
    return all(re.search(pattern, text, re.DOTALL) for pattern, text in (
        (difference.sql_pattern, sql), (difference.here_pattern, here),
        (difference.postgres_pattern, there)))


@pytest.fixture(scope='module')
def connections(shared_culvert, postgres):
    with shared_culvert.connect() as here, postgres.connect() as there:
        for connection in (here, there):
            run(connection, SETTINGS)
        yield here, there


def generator_of(here, seed):
    functions = [(name, [int(kind) for kind in types.split()], variadic, kind)
                 for name, types, variadic, kind in run(here, FUNCTIONS)]
    return Generator(functions, run(here, OPERATORS), run(here, CASTS), seed)


def test_generated_expressions(connections):
    here, there = connections
    generator, errors, differences = generator_of(here, SEED), 0, []
    for number in range(COUNT):
        sql = generator.expression()
        first, second = answer(here, sql), answer(there, sql)
        errors += second[0] != '['
        if first != second and not any(belongs(known, sql, first, second) for known in KNOWN):
            differences.append(f'{number} of seed {SEED}: {sql}\n  here       {first[:400]}\n'
                               f'  PostgreSQL {second[:400]}')
    assert errors < 0.5 * COUNT, 'most expressions have a value'
    assert not differences, f'{len(differences)} of {COUNT} differ\n' + '\n'.join(differences[:20])


def test_known_differences_are_as_listed(connections):
    here, there = connections
    assert len(KNOWN) <= MAX_CLASSES
    wrong = []
    for known in KNOWN:
        first, second = answer(here, known.example), answer(there, known.example)
        if (first, second) != (known.here, known.postgres) or first == second or \
                not belongs(known, known.example, first, second):
            wrong.append(f'{known.reason}: {known.example}\n  here       {first}\n  PostgreSQL {second}')
    assert not wrong, '\n'.join(wrong)
