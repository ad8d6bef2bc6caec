"""`status --watch` and `log --follow`: what happens is shown as it happens, with a service and without one."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

import pytest
from mail import generate

from e2e.inbasket import PATIENCE, Service
from servers.notifications import SessionBus

ALTERNATE, BACK = "\x1b[?1049h", "\x1b[?1049l"


class Reader:
    """A command that goes on, and what it prints. On a terminal if that has a size (rows, columns)."""

    def __init__(self, home, *arguments, size=None, env=None):
        self.seen = ""
        if size:
            self.descriptor, child = pty.openpty()
            self.resize(*size)
        else:
            self.descriptor, child = os.pipe()
        self.process = subprocess.Popen(home.command(*arguments), env=home.environment(TERM="xterm", **(env or {})),
                                        stdin=subprocess.DEVNULL, stdout=child, stderr=subprocess.PIPE, text=True)
        os.close(child)

    def resize(self, rows, columns):
        fcntl.ioctl(self.descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, seconds=PATIENCE):
        """More of it; False: it printed nothing more."""
        if not select.select([self.descriptor], [], [], seconds)[0]:
            return False
        try:
            chunk = os.read(self.descriptor, 65536)
        except OSError:
            return False    # the other side of a terminal has gone
        self.seen += chunk.decode(errors="replace")
        return bool(chunk)

    def until(self, condition, what):
        """The first true answer of condition (all that was printed)."""
        end = time.monotonic() + PATIENCE
        while not (answer := condition(self.seen)):
            assert self.read(max(end - time.monotonic(), 0)), f"no {what} in {self.seen!r}"
        return answer

    def expect(self, text):
        self.until(lambda seen: text in seen, text)

    def documents(self):
        return [json.loads(line) for line in self.seen.splitlines(True) if line.endswith("\n")]

    def end(self, number=signal.SIGINT):
        """Its status. All that it printed is in .seen."""
        self.process.send_signal(number)
        while self.read(PATIENCE):
            pass
        self.complaints = self.process.stderr.read()
        os.close(self.descriptor)
        self.descriptor = None
        return self.process.wait(PATIENCE)


@pytest.fixture
def reader(home):
    """reader("status", "--watch", size=(rows, columns)): it ends with the test."""
    running = []

    def make(*arguments, **options):
        running.append(Reader(home, *arguments, **options))
        return running[-1]
    yield make
    for each in running:
        if each.descriptor is not None:
            each.end(signal.SIGKILL)
        each.process.stderr.close()


def put(server, count, seed=1):
    server.put("anna", [message.data for message in generate.messages(seed, count)])


def delivered(document):
    return document["accounts"][0]["delivered"]


def shows(count):
    """Whether the account's line says that so much was delivered."""
    return lambda seen: re.search(rf"work\b[^\n]*\bok\b[^\n]*  {count}  ", seen)


@pytest.fixture(params=["by-itself", "by-the-service"])
def fetch(request, server, home):
    """fetch(count) has so many messages come; what runs meanwhile has .environment. With a service, and without one."""
    home.account("work", server)
    seeds = iter(range(1, 100))
    if request.param == "by-itself":
        def fetch(count):
            put(server, count, next(seeds))
            home.sync()
        fetch.environment = {}
        home.sync()
        yield fetch
        return
    with SessionBus() as bus, Service(home, bus=bus.address) as service:
        service.until(lambda: bus.has("io.github.inbasket.Inbasket1"), "its name on the bus")

        def fetch(count):
            put(server, count, next(seeds))
            home.run("sync", env=bus.environment)
        fetch.environment = bus.environment
        home.run("sync", env=bus.environment)
        yield fetch


def test_status_json_is_a_document_a_change(fetch, reader):
    watching = reader("status", "--watch", "--json", env=fetch.environment)
    watching.until(lambda _: watching.documents(), "the first document")
    for total in (3, 5):
        fetch(total - delivered(watching.documents()[-1]))
        watching.until(lambda _: delivered(watching.documents()[-1]) == total, f"{total} messages")
    assert watching.end() == 0, watching.complaints
    documents = watching.documents()
    assert all(one != other for one, other in zip(documents, documents[1:])), "the same twice"


def test_status_on_a_terminal(fetch, reader):
    watching = reader("status", "--watch", size=(24, 120), env=fetch.environment)
    watching.until(shows(0), "the table")
    assert watching.seen.startswith(ALTERNATE) and watching.seen.count("Maildir:") == 1
    fetch(7)
    watching.until(shows(7), "seven messages")
    assert watching.seen.count("Maildir:") == 1, "what has not changed is not drawn"
    watching.resize(24, 100)
    os.kill(watching.process.pid, signal.SIGWINCH)
    watching.until(lambda seen: seen.count("Maildir:") == 2, "all anew")
    assert watching.end() == 0, watching.complaints
    assert watching.seen.endswith(BACK) and watching.seen.count(BACK) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_log_is_followed(fetch, reader, number):
    fetch(1)
    following = reader("log", "--follow", "--json", env=fetch.environment)
    following.until(lambda _: len(following.documents()) == 1, "what is there")
    for total in (3, 4):
        fetch(total - len(following.documents()))
        following.until(lambda _: len(following.documents()) == total, f"{total} messages")
    assert following.end(number) == 0, following.complaints
    assert len({document["id"] for document in following.documents()}) == 4


def test_status_elsewhere_is_printed_whole(home, server, reader):
    home.account("work", server)
    home.sync()
    watching = reader("status", "--watch")
    watching.until(shows(0), "the table")
    put(server, 2)
    home.sync()
    watching.until(shows(2), "two messages")
    assert watching.end() == 0, watching.complaints
    assert "\x1b" not in watching.seen
    assert re.search(r"\n\nAccount", watching.seen), "an empty line in between"


def test_a_configuration_that_is_written_meanwhile(home, server, reader):
    watching = reader("status", "--watch", size=(24, 120))
    watching.expect("There is no account yet")
    home.account("work", server)
    watching.expect("anna@example.com")
    home.configure(filter__nonsense="true")
    watching.expect("nonsense")
    home.configure()
    watching.until(lambda seen: seen.index("nonsense") < seen.rindex("Maildir:"), "the table again")
    assert watching.end() == 0 and watching.complaints == ""


def test_a_configuration_that_is_broken_from_the_start(home, reader):
    home.configure(filter__nonsense="true")
    watching = reader("status", "--watch", size=(24, 80))
    assert watching.process.wait(PATIENCE) == 3
    assert "nonsense" in watching.process.stderr.read() and not watching.read(0)


def test_a_home_that_is_not_there_yet(home, server, reader):
    watching = reader("status", "--watch", "--json")
    watching.until(lambda _: watching.documents(), "the first document")
    home.account("work", server)
    put(server, 1)
    home.sync()
    watching.until(lambda _: watching.documents()[-1]["accounts"] and delivered(watching.documents()[-1]) == 1, "the message")
    assert watching.end() == 0, watching.complaints


def test_looking_does_not_wake_itself(home, server, reader):
    """What is read makes no news: it waits, and does nothing meanwhile."""
    home.account("work", server)
    home.sync()
    watching = reader("status", "--watch", "--json")
    watching.until(lambda _: watching.documents(), "the first document")

    def wakings():
        status = open(f"/proc/{watching.process.pid}/status").read()
        return int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", status, re.M)[1])
    last = None
    while last != (last := wakings()):
        time.sleep(1)       # at rest at last, or the test's time is over
    assert not watching.read(0) and len(watching.documents()) == 1
    assert watching.end() == 0, watching.complaints
