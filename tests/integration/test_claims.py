"""What Culvert says it has, against PostgreSQL 15's own catalogs: every type, function, operator
and cast with one of PostgreSQL's OIDs must be PostgreSQL's in name, signature, strictness and
volatility. What PostgreSQL has beyond that is counted and printed by family (pytest -s)."""
import collections
import re

import pytest

from support.sql import run

FIRST_OWN_OID = 12000  # from there on initdb and Materialize gave them
TYPES = """SELECT oid::int4, typname::text, typlen::int4, typbyval, typtype::text, typcategory::text,
                  typispreferred, typdelim::text, typelem::int4, typarray::int4
           FROM pg_catalog.pg_type WHERE oid < 12000 AND typrelid = 0"""
FUNCTIONS = """SELECT oid::int4, proname::text, prokind::text, proretset, proisstrict,
                      provolatile::text, provariadic::int4, prorettype::int4, proargtypes::text
               FROM pg_catalog.pg_proc WHERE oid < 12000"""
OPERATORS = """SELECT oid::int4, oprname::text, oprkind::text, oprleft::int4, oprright::int4,
                      oprresult::int4, oprcode::oid::int4, oprcom::int4, oprnegate::int4
               FROM pg_catalog.pg_operator WHERE oid < 12000"""
CASTS = """SELECT castsource::int4, casttarget::int4, castfunc::int4, castcontext::text,
                  castmethod::text
           FROM pg_catalog.pg_cast WHERE castsource < 12000 AND casttarget < 12000"""
# Families of what PostgreSQL has and we have not, by the first pattern that fits a name.
FAMILIES = [
    ('input, output and their support', r'(in|out|recv|send|typanalyze|support|sel|joinsel)$'),
    ('statistics', r'^pg_stat_|^pg_ls_|^pg_control_'),
    ('indexes and sorting', r'^(bt|hash|gin|gist|spg|brin|in_range)|_(cmp|hash|ops|larger|smaller|'
                            r'hash_extended)$|(larger|smaller|cmp)$'),
    ('aggregates\' own steps', r'(_accum|_combine|_finalfn|_transfn|serialize|_avg|_sum|_inv|_inc|'
                               r'_dec)$|^(int8inc|int8dec|float8_)'),
    ('JSON paths and rows', r'json'),
    ('geometry', r'^(box|circle|point|line|lseg|path|poly|dist_|pt_|on_|inter_|close_|pts|slope|'
                 r'area|center|diagonal|radius|diameter|isopen|isclosed|npoints|popen|pclose|'
                 r'height|width|is(vertical|horizontal|parallel|perp))'),
    ('ranges', r'range'),
    ('text search', r'^ts_|tsquery|tsvector|^(gtsv|dsimple|dsynonym|dispell|thesaurus|prsd|array_to_ts)'),
    ('XML', r'xml|^(table|query|schema|database|cursor)_to_'),
    ('large objects', r'^lo_|^(loread|lowrite)'),
    ('networks', r'inet|cidr|macaddr|network|netmask|hostmask|^(abbrev|broadcast|family|masklen|host)'),
    ('bit strings', r'bit'),
    ('money', r'cash|money'),
    ('records', r'record'),
    ('locks', r'advisory'),
    ('replication and recovery', r'replication|wal|logical|backup|recovery|pg_promote|snapshot|xact'),
    ('upgrades of a cluster', r'binary_upgrade'),
    ('access methods and handlers', r'handler|validator|^am|tablesample|system$|bernoulli'),
    ('access control', r'acl|privilege'),
    ('window and ordered sets', r'percent|mode|rank|cume_dist|ntile|lag|lead|_value|unique_key'),
]


def rows_of(server, query):
    with server.connect() as connection:
        return run(connection, query)


def by_key(rows, length):
    found = {row[:length]: row for row in rows}
    assert len(found) == len(rows), 'keys are unique'
    return found


def family_of(name):
    return next((family for family, pattern in FAMILIES if re.search(pattern, name)), 'others')


def report(title, missing, total):
    """`missing` are names."""
    families = collections.defaultdict(list)
    for name in missing:
        families[family_of(name)].append(name)
    print(f'\n{title}: {total - len(missing)} of {total}; missing:')
    for family, names in sorted(families.items(), key=lambda item: -len(item[1])):
        shown = ' '.join(sorted(set(names))[:12])
        print(f'  {len(names):5} {family}: {shown}')


def compare(shared_culvert, postgres, query, key, name_of, title):
    ours, theirs = (by_key(rows_of(server, query), key) for server in (shared_culvert, postgres))
    claimed = {own: row for own, row in ours.items() if own[0] < FIRST_OWN_OID}
    wrong = [f'{row} is {theirs.get(own, "not in PostgreSQL")}' for own, row in claimed.items()
             if theirs.get(own) != row]
    report(title, [name_of(row) for own, row in theirs.items() if own not in claimed], len(theirs))
    assert not wrong, f'{len(wrong)} differ\n' + '\n'.join(wrong[:40])
    return len(claimed)


@pytest.mark.parametrize('query, key, least, title', [
    (TYPES, 1, 90, 'types'), (FUNCTIONS, 1, 1200, 'functions'), (OPERATORS, 1, 400, 'operators')],
    ids=['types', 'functions', 'operators'])
def test_rows_are_postgres_own(shared_culvert, postgres, query, key, least, title):
    """All columns, found by OID."""
    assert compare(shared_culvert, postgres, query, key, lambda row: row[1], title) >= least


def test_casts_are_postgres_own(shared_culvert, postgres):
    """Found by source and target."""
    names = {oid: name for oid, name in rows_of(postgres, 'SELECT oid::int4, typname::text FROM '
                                                          'pg_catalog.pg_type')}
    assert compare(shared_culvert, postgres, CASTS, 2,
                   lambda row: f'{names.get(row[0])}>{names.get(row[1])}', 'casts') >= 150
