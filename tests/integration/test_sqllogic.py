"""Our own sqllogictest files on the server under test, one test for each file."""
import os
import subprocess

import pytest

from support import places
from support.process import run

FOLDER = places.TREE / 'sqllogic'
FILES = sorted(FOLDER.glob('*.slt')) + sorted(FOLDER.glob('culvert/*.slt'))


@pytest.fixture(scope='session')
def runner():
    """The program that runs one file; its make target does nothing when it is there."""
    if 'SQLLOGIC_RUNNER' not in os.environ:
        run('make', '--no-print-directory', 'sqllogic-runner', cwd=places.TREE,
            env={name: value for name, value in os.environ.items()
                 if name not in ('MAKEFLAGS', 'MAKELEVEL', 'BUILD')})


def sqllogic(*words):
    return subprocess.run([FOLDER / 'run', *words], text=True, capture_output=True,
                          stdin=subprocess.DEVNULL, timeout=300, check=False)


def run_file(server, path, *options):
    return sqllogic('--port', str(server.port), '--user', server.user, '--database',
                    server.database, *options, str(path))


@pytest.mark.sanitized
@pytest.mark.parametrize('path', FILES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_file(shared_culvert, runner, path):
    ended = run_file(shared_culvert, path)
    assert ended.returncode == 0, ended.stdout[-6000:] + ended.stderr
    shared_culvert.must_run()


@pytest.mark.parametrize('path', [path for path in FILES if path.parent == FOLDER],
                         ids=lambda path: path.name)
def test_file_is_true_of_postgresql(postgres, runner, path):
    """What the files expect is what PostgreSQL 15 does."""
    ended = run_file(postgres, path)
    assert ended.returncode == 0, ended.stdout[-6000:] + ended.stderr


RIGHT = """statement ok
CREATE TABLE t (a int, b text, c float8)

statement count 3
INSERT INTO t VALUES (3, 'x', 1.5), (1, '', 2), (2, NULL, -0.25)

query ITR rowsort
SELECT a, b, c FROM t
----
1
(empty)
2.000
2
NULL
-0.250
3
x
1.500

query IT valuesort same
SELECT a, b FROM t
----
6 values hashing to DIGEST

query TI valuesort same
SELECT b, a FROM t
----
6 values hashing to DIGEST

query T nosort
SELECT b FROM t ORDER BY a DESC
----
x
NULL
(empty)

query IT nosort
SELECT a, b FROM t WHERE b <> ''
----
3 x

query I nosort
SELECT 7.9
----
7

statement error (22012)
SELECT 1 / 0

statement error division by z.ro
SELECT 1 / 0

query error
SELECT nosuch

# message: column "nosuch" does not exist
statement error (42703)
SELECT nosuch

skipif postgresql
query I nosort
SELECT 1
----
2

onlyif mysql
query I nosort
SELECT 1
----
3

loop i 0 3

query I nosort
SELECT sign(${i} + 1)::int
----
1

endloop

connection other
query I nosort
SELECT count(*) FROM t
----
3

halt

this is not read
"""
DIGEST = 'bcdfdc59ad79f037789137b18b241470'
# Each makes one record of the file above wrong.
WRONGS = [
    ('statement count 3', 'statement count 2'),
    ('\n1.500\n', '\n1.501\n'),
    ('\n(empty)\n2.000', '\n\n2.000'),
    ('query IT valuesort same\nSELECT a, b FROM t', 'query IT valuesort same\nSELECT a + 1, b FROM t'),
    (DIGEST, DIGEST[:-1] + '1'),
    ('x\nNULL\n(empty)', 'x\n(empty)\nNULL'),
    ('----\n3 x', '----\n3 y'),
    ('query IT nosort\nSELECT a, b', 'query T nosort\nSELECT a, b'),
    ('----\n7\n', '----\n8\n'),
    ('(22012)', '(22013)'),
    ('by z.ro', 'by z..ro'),
    ('SELECT nosuch', 'SELECT 1'),
    ('# message: column', '# message: The column'),
    ('skipif postgresql', 'skipif mysql'),
    ('onlyif mysql', 'onlyif postgresql'),
    ('loop i 0 3', 'loop i -1 3'),
    ('----\n3\n\nhalt', '----\n4\n\nhalt'),
    ('halt\n', ''),
]


@pytest.fixture
def own_file(tmp_path):
    def write(text):
        path = tmp_path / 'own.slt'
        path.write_text(text.replace('DIGEST', DIGEST), encoding='utf-8')
        return path
    return write


@pytest.mark.parametrize('options', [(), ('--extended',), ('--rename', '7')], ids=str)
def test_runner_passes_what_is_right(postgres, runner, own_file, options):
    ended = run_file(postgres, own_file(RIGHT), *options)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert '16 passed, 0 failed, 2 skipped' in ended.stdout


@pytest.mark.parametrize('old, new', WRONGS, ids=[repr(new) for _, new in WRONGS])
def test_runner_finds_what_is_wrong(postgres, runner, own_file, old, new):
    right = RIGHT.replace('DIGEST', DIGEST)
    assert old in right
    ended = run_file(postgres, own_file(right.replace(old, new, 1)))
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert 'FAIL ' in ended.stdout and ' 0 failed' not in ended.stdout


def test_label_of_queries_that_differ(postgres, runner, own_file):
    text = 'query I nosort x\nSELECT 1\n----\n1\n\nquery I nosort x\nSELECT 2\n----\n2\n'
    ended = run_file(postgres, own_file(text))
    assert '1 passed, 1 failed' in ended.stdout
    assert 'label x had at line 1' in ended.stdout


def test_file_and_server_that_are_not_there(runner, own_file, tmp_path):
    absent = sqllogic('--port', '1', str(own_file('statement ok\nSELECT 1\n')))
    assert absent.returncode != 0
    assert 'FAIL' in absent.stdout


def test_corpus_by_family(postgres, runner, tmp_path):
    for name in ('one/a.test', 'one/b.test', 'two/c.test'):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text('query I nosort\nSELECT 1\n----\n1\n', encoding='utf-8')
    ended = sqllogic('--port', str(postgres.port), '--user', postgres.user, '--database',
                     postgres.database, '--corpus', str(tmp_path), '-j2')
    assert ended.returncode == 0, ended.stdout
    assert [line.split()[:4] for line in ended.stdout.splitlines() if line[:4] in ('one ', 'two ')] \
        == [['one', '2', 'of', '2'], ['two', '1', 'of', '1']]
