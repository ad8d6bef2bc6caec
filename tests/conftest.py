"""What integration and end-to-end tests share: one certificate authority for the run, and fresh homes."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from e2e.inbasket import Home  # noqa: E402
from servers.certs import Authority  # noqa: E402
from servers.dovecot import Dovecot  # noqa: E402


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ca")
    return Authority(folder)


@pytest.fixture
def start(authority):
    """start(users=..., ...) starts a Dovecot that ends with the test."""
    running = []

    def start_one(**options):
        server = Dovecot(authority=authority, **options)
        running.append(server.__enter__())
        return server
    yield start_one
    for server in running:
        server.__exit__(None, None, None)


@pytest.fixture
def server(start):
    return start()


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture(scope="session")
def fault_names(tmp_path_factory):
    """The named points at which the program itself (not a worker of its) can be ended or hindered."""
    listed = Home(tmp_path_factory.mktemp("faults")).run("sync", env={"IB_FAULT": "list"}).out.split()
    names = [name for name in listed if not name.startswith(("filter.", "fetch.", "watch."))]
    assert names, "a build without fault points cannot be tested"
    return names
