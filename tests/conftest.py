"""Fixtures of all tests that start real servers. What they start is under support/."""
import os

import pytest

from support import places
from support.certificates import Certificates
from support.culvert import Culvert
from support.postgres import PostgreSQL, Template
from support.process import Process
from support.sshd import Bastion


@pytest.fixture(scope='session', autouse=True)
def scratch_root():
    yield places.root()
    Process.end_all()
    places.remove_root()


@pytest.fixture
def scratch(request):
    """A folder of the test's own that other users may enter."""
    return places.folder(request.node.name)


@pytest.fixture(scope='session')
def certificates(scratch_root):
    return Certificates(places.folder('certificates'))


@pytest.fixture(scope='session')
def postgres_template(scratch_root):
    return Template(places.folder('template'))


@pytest.fixture(scope='session')
def postgres(postgres_template):
    """One PostgreSQL for all tests that only look at it, or use a schema of their own."""
    with PostgreSQL(postgres_template, places.folder('postgres')) as server:
        yield server


def needs_binary():
    if not os.path.exists(places.CULVERT):
        pytest.fail(f'there is no {places.CULVERT}: run make, or set CULVERT')


@pytest.fixture(scope='session')
def culvert_binary():
    needs_binary()
    return places.CULVERT


@pytest.fixture
def culvert(culvert_binary, scratch):
    """A server of the test's own; at its end it must stop cleanly."""
    with Culvert(scratch) as server:
        yield server


@pytest.fixture(scope='module')
def shared_culvert(culvert_binary, request):
    """One server for the tests of a file."""
    with Culvert(places.folder(request.module.__name__)) as server:
        yield server


@pytest.fixture
def bastion(scratch):
    with Bastion(scratch / 'bastion') as server:
        yield server


@pytest.fixture(scope='module')
def shared_bastion(request):
    with Bastion(places.folder(request.module.__name__ + '-bastion')) as server:
        yield server
