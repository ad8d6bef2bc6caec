"""A service that runs for long: mail comes, servers and workers go, people look, sort and change their minds; lap after lap. What
it holds on to must not grow."""

import collections
import contextlib
import os
import random
import signal
from pathlib import Path
from typing import NamedTuple

from bench import measure
from e2e.inbasket import BUILD, PATIENCE, Service, assert_clean, kill_all, original
from mail import generate
from mail.generate import local
from servers.bus import NAME
from servers.dovecot import Ports, wait_until

from crash.trial import ACCOUNTS

SCRIPTS = ('require "fileinto"; if header :contains "subject" "train" { fileinto "Travel"; }\n',
           'require ["fileinto", "imap4flags"]; if header :contains "subject" "lunch" { addflag "\\\\Flagged"; fileinto "Lunch"; }\n',
           "keep;\n")
USERS = dict.fromkeys((*ACCOUNTS, "guest"), "secret")
HUGE_MB = 33      # goes past the memory, through a pipe


class Footprint(NamedTuple):
    """What the service has after a lap, when nothing is to be done."""
    private_kb: int
    descriptors: int
    threads: int
    workers: int        # some of them take their time to leave


# How much more it may be at the end. Memory comes and goes in steps of four megabytes; threads of a pool wait a while for more
# to do, and so do filter workers, of which there are up to four.
LEEWAY = Footprint(private_kb=5 * 1024, descriptors=16, threads=32, workers=4)
FEWEST = 16       # laps of which something can be said


def grown(laps):
    """What grew: the least of the last quarter is more than the most of the second was. The first is for whatever is
    filled once."""
    quarter = len(laps) // 4
    early, late = laps[quarter:2 * quarter], laps[-quarter:]
    found = {}
    for name in Footprint._fields:
        before, after = max(getattr(lap, name) for lap in early), min(getattr(lap, name) for lap in late)
        if after > before + getattr(LEEWAY, name):
            found[name] = (before, after)
    return found


class Life:
    """The accounts of a Trial and two that never work, served by one Dovecot."""

    def __init__(self, server, home, bus, seed=1):
        self.server, self.home, self.bus, self.source = server, home, bus, random.Random(f"laps {seed}")
        self.sent, self.removed = collections.Counter(), collections.Counter()
        self.number = 0
        self.service = Service(home, bus=bus.address, env=self.environment)
        for user, (protocol, after) in ACCOUNTS.items():
            home.account(user, server, user, protocol=protocol, fetch__after=after)
        home.account("refused", server, "keeps", password="not the password")
        self.nobody = Ports(1)
        home.account("down", server, "keeps", account__port=self.nobody.numbers[0])
        self.events = (self.server_restarts, self.worker_dies, self.filters_change, self.account_comes_and_goes, self.mail_is_sorted,
                       self.onlooker_dies, self.something_is_undone, self.questions, self.huge_message)

    @property
    def environment(self):
        return {"DBUS_SESSION_BUS_ADDRESS": self.bus.address, "INBASKET_BINDIR": str(BUILD / "src/cli")}

    def __enter__(self):
        self.service.__enter__()
        self.service.until(lambda: self.bus.has(NAME), "its name on the bus")
        return self

    def __exit__(self, *error):
        self.service.__exit__(*error)
        self.nobody.let_go()

    # A lap

    def lap(self):
        """Returns (what happened, what the service has then)."""
        self.number += 1
        happens = self.source.sample(self.events, 2)
        self.mail_comes()
        for event in happens:
            event()
        self.settle()
        self.check()
        self.client_deletes()
        return ", ".join(event.__name__ for event in happens), self.footprint()

    def run(self, *arguments, status=0):
        return self.home.run(*arguments, env=self.environment, status=status)

    @contextlib.contextmanager
    def polling(self):
        """All accounts, two of which fail; whatever happens meanwhile."""
        process = self.home.start("sync", "--json", env=self.environment)
        try:
            yield
        finally:
            process.communicate(timeout=PATIENCE)

    def settle(self):
        """The accounts that work are polled until all of them could be."""
        wait_until(lambda: self.run("sync", *ACCOUNTS, status=None).status == 0, what="a poll without a fault")

    def check(self):
        """Each message is exactly once here, or was removed here by the one who reads it."""
        found = collections.Counter(self.home.messages() + self.home.held()) + self.removed
        missing, surplus = self.sent - found, found - self.sent
        assert not missing and not surplus, (
            f"lap {self.number}: {len(missing)} missing, {len(surplus)} too many: {[message[:200] for message in missing | surplus]}")
        assert_clean(self.home)

    def footprint(self):
        pid = self.service.process.pid
        wait_until(lambda: not self.zombies(), what="the end of its workers to be noticed")
        own = Path(f"/proc/{pid}")
        workers = len(measure.tree(pid)) - 1
        return Footprint(measure.private_kb(pid), len(os.listdir(own / "fd")), len(os.listdir(own / "task")), workers)

    def zombies(self):
        found = []
        for pid in measure.tree(self.service.process.pid)[1:]:
            with contextlib.suppress(OSError):
                if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                    found.append(pid)
        return found

    # What comes

    def put(self, user, messages):
        self.server.put(user, messages)
        self.sent.update(map(local, messages))

    def mail_comes(self):
        for at, user in enumerate(ACCOUNTS):
            count = self.source.randint(1, 8)
            self.put(user, [message.data for message in generate.messages(1000 * self.number + at, count)])

    def client_deletes(self):
        """Half of what is there, as one who reads his mail."""
        files = [path for _, path in self.home.files()]
        for path in self.source.sample(files, len(files) // 2):
            self.removed[original(path.read_bytes())] += 1
            path.unlink()

    # What happens

    def server_restarts(self):
        with self.polling():
            self.server.stop()
            self.server.start()

    def worker_dies(self):
        with self.polling():
            workers = measure.tree(self.service.process.pid)[1:]
            if workers:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.source.choice(workers), signal.SIGKILL)

    def filters_change(self):
        self.home.script("own", self.source.choice(SCRIPTS))
        self.home.configure(filter__scripts="own.sieve;junk.sieve")

    def account_comes_and_goes(self):
        name = self.home.account("guest", self.server, "guest")
        self.run("sync", name, status=None)
        (self.home.accounts / f"{name}.conf").unlink()

    def mail_is_sorted(self):
        """Into Junk, and back: both are lessons."""
        for _ in range(4):
            where, path = self.source.choice(self.home.files() or [(None, None)])
            if path is None:
                return
            target = self.home.maildir / ("cur" if where == ".Junk" else ".Junk/cur")
            if target.is_dir():
                path.rename(target / (path.name.partition(":")[0] + ":2,S"))

    def onlooker_dies(self):
        processes = [self.home.start(*words, env=self.environment) for words in (("log", "--follow"), ("status", "--watch"))]
        self.run("status")
        for process in processes:
            kill_all(process)
            process.communicate()

    def something_is_undone(self):
        self.run("undo", status=None)

    def questions(self):
        self.run("status", "--json")
        self.run("log", "--json")
        self.run("doctor", status=None)
        for _, path in self.home.files()[:3]:
            self.run("why", path)

    def huge_message(self):
        if self.number % 5 == 0:
            self.put("deletes", [generate.big(HUGE_MB, seed=self.number)])
