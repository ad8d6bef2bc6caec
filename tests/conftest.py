"""What integration and end-to-end tests share: one certificate authority for the run, and fresh homes."""

import shutil
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from e2e.inbasket import Home  # noqa: E402
from servers import memory  # noqa: E402
from servers.certs import Authority  # noqa: E402
from servers.dovecot import Dovecot  # noqa: E402


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ca")
    return Authority(folder)


class Kept:
    """Servers between two tests. To start one and to end it takes longer than most tests need it for."""

    def __init__(self, authority, most=6):
        self.authority, self.most, self.idle = authority, most, []

    def take(self, options):
        """One of these options, with no mail in it: one that was started so and serves nobody any more, or a new one."""
        for kept in self.idle:
            server, its_options = kept
            if its_options == options and server.is_left_alone():
                self.idle.remove(kept)
                server.forget()
                return server
        return Dovecot(authority=self.authority, **options).start()

    def give_back(self, server, options):
        self.idle.append((server, options))
        self.end(self.idle[:-self.most])

    def end(self, those):
        for kept in list(those):
            self.idle.remove(kept)
            kept[0].__exit__(None, None, None)


@pytest.fixture(scope="session")
def kept_servers(authority):
    kept = Kept(authority)
    yield kept
    kept.end(kept.idle)


@pytest.fixture
def start(kept_servers):
    """start(users=..., ...) is a Dovecot that nobody else has until the test ends."""
    running = []

    def start_one(**options):
        running.append((kept_servers.take(options), options))
        return running[-1][0]
    yield start_one
    for server, options in running:
        kept_servers.give_back(server, options)


@pytest.fixture
def server(start):
    return start()


@pytest.fixture
def tmp_path(tmp_path, request):
    """pytest's own. Where the whole place is taken away after the run, what is in it goes with the test: there may be little room.
    Its name stays, so that no other test has it."""
    yield tmp_path
    if request.config.option.basetemp:
        shutil.rmtree(tmp_path, ignore_errors=True)
        tmp_path.mkdir(exist_ok=True)


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def own_server(start, home):
    """A server of the user's own: own_server(**options) reads the very Maildir that is delivered into, if the
    settings say so."""
    def start_own(**options):
        own = start(**options)
        home.maildir = own.mailbox("anna")
        return own
    return start_own


@pytest.fixture
def fast_path(tmp_path):
    """A folder for a test that tries the same many times, and waits for no disk with it."""
    place = memory.place()
    if place is None:
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(prefix="ib-test-", dir=place) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def fault_names(tmp_path_factory):
    """The named points at which the program itself (not a worker of its) can be ended or hindered."""
    listed = Home(tmp_path_factory.mktemp("faults")).run("sync", env={"IB_FAULT": "list"}).out.split()
    names = [name for name in listed if not name.startswith(("filter.", "fetch.", "watch."))]
    assert names, "a build without fault points cannot be tested"
    return names
