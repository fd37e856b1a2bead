"""Queries made at random over the system relations give what PostgreSQL gives on the same rows:
values as they travel, names and types of columns, or the same SQLSTATE. CULVERT_SEED repeats a
run, CULVERT_QUERIES sets how many (300)."""
import os
import random

import pytest

from support import places
from support.culvert import Culvert
from support.postgres import PostgreSQL
from support.query_generator import (BOOL, INT4, INT8, OID, TEXT, TIMESTAMP, Generator, Relation)
from support.sql import columns, run

COUNT = int(os.environ.get('CULVERT_QUERIES', '300'))
SEED = int(os.environ.get('CULVERT_SEED', '0')) or random.SystemRandom().randrange(1, 1 << 31)
RELATIONS = ['mz_connections', 'mz_ssh_tunnel_connections', 'mz_secrets', 'mz_schemas',
             'mz_databases', 'mz_roles', 'mz_objects', 'mz_relations', 'mz_types', 'mz_egress_ips',
             'mz_object_dependencies', 'mz_comments', 'mz_columns']
TYPE_NAMES = {BOOL: 'bool', INT4: 'int4', INT8: 'int8', OID: 'oid', TEXT: 'text',
              TIMESTAMP: 'timestamptz'}
ROWS_MAX = 400
CONTENT = [
    "CREATE SECRET p AS 'x'", "CREATE SECRET \"Mixed Case\" AS 'x'", 'CREATE SECRET ünïcode AS \'x\'',
    "CREATE CONNECTION b TO SSH TUNNEL (HOST 'bastion', USER 'etl', PORT 22)",
    "CREATE CONNECTION b2 TO SSH TUNNEL (HOST 'other', USER 'o%_', PORT 2222)",
    *(f"CREATE CONNECTION p{number} TO POSTGRES (HOST 'h{number}', USER 'u', DATABASE 'd', PASSWORD "
      f'SECRET p, SSH TUNNEL {"b" if number % 2 else "b2"}) WITH (VALIDATE = false)'
      for number in range(5)),
    "COMMENT ON CONNECTION b IS 'the bastion'", "COMMENT ON CONNECTION p1 IS ''",
    "COMMENT ON SECRET p IS 'it''s 100% of \\ it'"]


def answer(connection, sql):
    """(SQLSTATE, names, type OIDs, rows as they travel)."""
    result = connection.pgconn.exec_(sql.encode())
    if result.error_field(ord('C')) is not None:
        return result.error_field(ord('C')).decode(), [], [], []
    width = range(result.nfields)
    rows = [[result.get_value(row, column) for column in width] for row in range(result.ntuples)]
    return ('', [result.fname(column).decode() for column in width],
            [result.ftype(column) for column in width], rows)


def comparable(found, is_ordered):
    """Rows without an ORDER BY may come in any order."""
    state, names, types, rows = found
    return state, names, types, rows if is_ordered else sorted(rows, key=repr)


def copy_relation(source, target, name):
    """A table of the same name, columns, types and rows. Columns of types that PostgreSQL does
    not have stay behind."""
    cursor = source.execute(f'SELECT * FROM {name}')
    kept = [(number, column) for number, column in enumerate(cursor.description)
            if column.type_code in TYPE_NAMES]
    rows = cursor.fetchall()
    assert len(columns(cursor)) > 0
    if len(rows) > ROWS_MAX:
        return None
    listed = ', '.join(f'"{column.name}" {TYPE_NAMES[column.type_code]}' for _, column in kept)
    target.execute(f'CREATE TABLE {name} ({listed})')
    with target.cursor().copy(f'COPY {name} FROM STDIN') as copy:
        for row in rows:
            copy.write_row([row[number] for number, _ in kept])
    target.execute(f'ANALYZE {name}')
    values = {column.name: {row[number] for row in rows if row[number] is not None}
              for number, column in kept if column.type_code == TEXT}
    return Relation(name, [(column.name, column.type_code) for _, column in kept], len(rows), values)


def copies(source, target, schema, names):
    target.execute(f'CREATE SCHEMA {schema}')
    target.execute(f'SET search_path = {schema}')
    found = [copy_relation(source, target, name) for name in names]
    return [relation for relation in found if relation is not None]


def compare(source, target, relations, seed, count):
    """Both answers of each query; gives (answers, errors) for a look at how telling it was."""
    generator, seen, differences = Generator(relations, seed), [], []
    for number in range(count):
        sql, is_ordered = generator.query()
        first, second = (comparable(answer(server, sql), is_ordered)
                         for server in (source, target))
        seen.append((sql, second))
        if first != second:
            differences.append(f'query {number} of seed {seed}: {sql}\n  here       {str(first)[:600]}\n'
                               f'  PostgreSQL {str(second)[:600]}')
    assert not differences, f'{len(differences)} of {count} differ\n' + '\n'.join(differences[:10])
    return seen


def must_be_telling(seen):
    """Most queries have rows, few are errors, and every form occurs."""
    assert sum(1 for _, found in seen if found[3]) > 0.45 * len(seen)
    assert sum(1 for _, found in seen if found[0]) < 0.05 * len(seen)
    text = '\n'.join(sql for sql, _ in seen)
    for word in ('JOIN', 'LEFT', 'CROSS', 'USING', 'GROUP BY', 'HAVING', 'UNION', 'EXCEPT',
                 'INTERSECT', 'EXISTS', 'IN (SELECT', 'ANY', 'CASE', 'LIKE', 'IN (', '::text',
                 'ORDER BY', 'LIMIT', 'OFFSET', 'DISTINCT', 'coalesce', ' ~ ', 'count(', 'BETWEEN',
                 'FROM (SELECT'):
        assert word in text, word


@pytest.fixture(scope='module')
def target(postgres_template, scratch_root):
    with PostgreSQL(postgres_template, places.folder('queries')) as server:
        yield server


@pytest.fixture(scope='module')
def source(culvert_binary):
    flags = ['--announce-egress-address', '203.0.113.7,198.51.100.0/24']
    with Culvert(places.folder('queries-culvert'), *flags) as server:
        with server.connect() as connection:
            for statement in CONTENT:
                run(connection, statement)
        yield server


def test_culvert_answers_as_postgres_does(source, target):
    with source.connect() as here, target.connect() as there:
        relations = copies(here, there, 'copied', RELATIONS)
        assert len(relations) >= 9
        seen = compare(here, there, relations, SEED, COUNT)
    must_be_telling(seen)


def plant(connection):
    """Relations shaped like the system's, for the tests of the generator."""
    connection.execute('CREATE SCHEMA planted; SET search_path = planted')
    connection.execute("""
        CREATE TABLE mz_schemas (id text, oid oid, database_id text, name text, owner_id text);
        CREATE TABLE mz_objects (id text, oid oid, schema_id text, name text, type text,
                                 owner_id text, cluster_id text);
        CREATE TABLE mz_roles (id text, oid oid, name text, inherit bool, rolsuper bool);
        CREATE TABLE mz_comments (id text, object_type text, object_sub_id int4, comment text);
        INSERT INTO mz_schemas SELECT 's' || i, 16656 + i, CASE WHEN i % 2 = 0 THEN 'u1' END,
                                      'schema' || i, 'u1' FROM generate_series(1, 6) i;
        INSERT INTO mz_objects SELECT CASE WHEN i > 60 THEN 'u' ELSE 's' END || i, 19940 + i,
            's' || i % 6 + 1, 'mz_' || chr(97 + i % 26) || i, (ARRAY['view', 'table', 'secret'])
            [i % 3 + 1], 's' || i % 2 + 1, NULL FROM generate_series(1, 90) i;
        INSERT INTO mz_roles VALUES ('s1', 16661, 'mz_system', true, true),
            ('u1', 20000, 'Mixed', true, NULL);
        INSERT INTO mz_comments SELECT 'u' || i, 'table', nullif(i % 4, 0), repeat('x', i % 5)
            FROM generate_series(61, 70) i""")


def test_generator_by_postgres_against_itself(target):
    names = ['mz_schemas', 'mz_objects', 'mz_roles', 'mz_comments']
    with target.connect() as here, target.connect() as there:
        plant(here)
        relations = copies(here, there, 'copied_from_itself', names)
        must_be_telling(compare(here, there, relations, SEED, COUNT))
        assert Generator(relations, 5).query() == Generator(relations, 5).query()
        run(there, "UPDATE mz_objects SET name = name || '?' WHERE id = 'u65'")
        with pytest.raises(AssertionError, match='differ'):
            compare(here, there, relations, SEED, COUNT)
        here.execute('DROP SCHEMA planted CASCADE')
