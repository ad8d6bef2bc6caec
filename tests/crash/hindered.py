"""One poll in which a system call fails, then one in which none does: nothing may be lost, doubled, altered or half there.

    with Hindered(folder, "imap-delete") as hindered:
        hindered.trial("ENOSPC", 17)              the 17th call that could fail so
        hindered.trial("EIO", 5, is_lasting=True) the fifth, and all after it
"""

import collections
import errno
import os
import re
import shutil
import sqlite3
import stat
from pathlib import Path

from e2e.inbasket import BUILD, Home, original
from mail import generate
from mail.generate import local
from servers.poor_imap import Box, PoorImap
from servers.poor_pop3 import PoorPop3

from crash.ledger import LIBRARY, Ledger

# (protocol, after, what is preloaded where, the first run is killed here)
SCENARIOS = {
    "imap-delete": ("imap", "delete", "inbasket", None),
    "imap-move": ("imap", "move:Done", "inbasket", None),
    "pop3-delete": ("pop3", "delete", "inbasket", None),
    "recovery": ("imap", "delete", "inbasket", "delivery.rename:3"),
    "lost-journal": ("imap", "delete", "inbasket", "journal.delivered:1"),
    "large": ("imap", "delete", "inbasket", None),
    "batches": ("imap", "delete", "inbasket", None),
    "fetch-worker": ("imap", "delete", "inbasket-fetch", None),
    "filter-worker": ("imap", "delete", "inbasket-filter", None),
}
ERRNOS = ("ENOSPC", "EIO", "EMFILE", "ENOMEM", "EINTR", "short", "EROFS", "EDQUOT")
ONCE_ONLY = ("EINTR", "short")
# SQLite takes ten seconds to give a lock up that fails each time. One that could not be given back fails from then on, and nine who ask
# for one come behind each other.
HUNG_AFTER_S = 150
# It has its own words for what the system told it.
SQLITE_WORDS = ("disk I/O error", "disk is full", "unable to open database file", "locking protocol", "out of memory",
                "readonly database", "database is locked")
SCRIPT = """require ["fileinto", "copy", "imap4flags"];
if header :contains "Subject" "for nobody" { discard; stop; }
if header :contains "Subject" "in two places" { fileinto :copy "Lists.two"; }
if header :contains "Subject" "already read" { addflag "\\\\Seen"; }
"""


def mail(subject, more=b""):
    return (b"From: tom@example.net\r\nTo: anna@example.com\r\nSubject: " + subject + b"\r\nMessage-ID: <" + subject.replace(b" ", b"-")
            + b"@example.net>\r\nDate: Thu, 6 Nov 2025 10:00:00 +0000\r\n" + more + b"\r\nText of " + subject + b".\r\n")


class Hindered:
    def __init__(self, folder, scenario, authority=None):
        self.folder, self.scenario = Path(folder), scenario
        self.protocol, self.after, self.program, self.killed_at = SCENARIOS[scenario]
        self.home = Home(self.folder / "home")
        self.ledger_path = self.folder / "ledger"
        twin = mail(b"seen twice")
        self.mails = [*(m.data for m in generate.messages(301, 3)), twin, mail(b"for nobody"), mail(b"in two places"),
                      mail(b"already read"), mail(b"seen twice", b"X-Way: another\r\n")]
        if scenario == "batches":      # while one is brought to stable storage the next one gathers
            self.mails[-1:-1] = [mail(b"short %d" % number) for number in range(600)]
        if scenario == "large":
            self.mails = [mail(b"before"), generate.big(34), mail(b"behind")]
        # Two files of one message are two here.
        self.expected = collections.Counter(local(m) for m in self.mails)
        self.expected.update(local(m) for m in self.mails if b"Subject: in two places" in m)
        # What cannot be filtered goes into the INBOX and nowhere else, nor is it known for a twin or for nobody's.
        self.least = collections.Counter(self.expected.keys()) if scenario == "filter-worker" else self.expected
        self.server = (PoorImap({"INBOX": [], "Done": []}, authority=authority) if self.protocol == "imap"
                       else PoorPop3(authority=authority))
        self.counts = collections.Counter()

    def __enter__(self):
        self.server.__enter__()
        self.home.script("mix", SCRIPT)
        self.home.configure(filter__scripts="mix.sieve")
        self.home.account("work", self.server, protocol=self.protocol, fetch__after=self.after)
        self.workers = self.workers_folder()
        return self

    def __exit__(self, *_):
        self.server.__exit__(None, None, None)

    def workers_folder(self):
        """Workers get a small environment: in front of one that is to be hindered stands a script."""
        folder = self.folder / "workers"
        folder.mkdir(exist_ok=True)
        for name in ("inbasket-fetch", "inbasket-filter"):
            real, path = BUILD / "src" / "worker" / name, folder / name
            if name == self.program:
                path.write_text(f"#!/bin/sh\nLD_PRELOAD={LIBRARY} exec {real}\n")
                path.chmod(path.stat().st_mode | stat.S_IXUSR)
            elif not path.exists():
                path.symlink_to(real)
        return folder

    # One trial

    def reset(self):
        for path in (self.home.maildir, self.home.state):
            shutil.rmtree(path, ignore_errors=True)
        if self.protocol == "imap":
            self.server.boxes = {"INBOX": Box(self.mails), "Done": Box()}
        else:
            self.server.messages = list(self.mails)
        if self.killed_at:
            self.home.sync(env={"IB_FAULT": self.killed_at}, status=-9)
        for path in self.home.state.glob("journal.db*") if self.scenario == "lost-journal" else ():
            path.unlink()

    def served(self):
        return [local(m) for m in self.server.served()]

    def run(self, call):
        """The hindered poll; its ledger."""
        ledger = Ledger(self.ledger_path)
        is_worker = self.program != "inbasket"
        under = () if is_worker else (self.home.path,)
        env = ledger.environment(under, self.program, call)
        if is_worker:
            env = {key: value for key, value in env.items() if key != "LD_PRELOAD"} | {"INBASKET_LIBEXECDIR": self.workers}
        try:
            return self.home.sync(env=env, status=None, timeout=HUNG_AFTER_S), ledger
        except AssertionError as error:
            raise AssertionError(f"{self.scenario} {call} ({' '.join(ledger.first)}): {error}") from error

    def trial(self, name, number, is_lasting=False):
        """Whether there was an n-th call to fail."""
        call = f"{name}:{number}{'+' if is_lasting else ''}"
        self.reset()
        run, ledger = self.run(call)
        if not ledger.fired:
            return False
        try:
            self.check_hindered(run, name, ledger)
            self.home.sync()
            self.check_end()
        except AssertionError as error:
            raise AssertionError(f"{self.scenario} {call} ({' '.join(ledger.first)}): {error}\n{run}") from error
        self.counts[name] += 1
        return True

    def check_hindered(self, run, name, ledger):
        assert run.status in (0, 1, 3, 4, 6), f"it ended with {run.status}"
        found = self.here()
        surplus = found - self.expected
        assert not surplus, f"too many or altered: {[m[:100] for m in surplus]}"
        moved = [local(m) for m in self.server.served("Done")] if self.after.startswith("move") else []
        lost = set(self.expected) - set(found) - set(self.served()) - set(moved)
        assert not lost, f"lost: {[m[:100] for m in lost]}"
        if run.status == 0:
            assert self.is_whole(found), "it says that all is done"
            return
        call, path = ledger.first
        # SQLite takes an interrupted sync for a failed one.
        assert name not in ONCE_ONLY or (call == "fdatasync" and "/journal.db" in path), "an interrupted or short call is made again"
        self.check_words(run, name, path)
        if self.program == "inbasket" and ledger.fired == 1 and path.startswith((str(self.home.state), str(self.home.maildir))):
            assert run.status == 4, "the store cannot be written or read"

    def check_words(self, run, name, path):
        """One line or more that names the thing and why."""
        lines = run.err.strip().splitlines()
        assert lines and all(line.startswith("inbasket: ") for line in lines), "errors are lines"
        assert not re.search(r"assert|CRITICAL|WARNING", run.err), "a person reads this"
        if self.program != "inbasket":
            return
        words = [os.strerror(getattr(errno, name)), *(SQLITE_WORDS if "The journal" in run.err else ())]
        assert any(each in run.err for each in words), f"none of {words} is said"
        at = Path(path)
        while path.startswith(str(self.home.path)) and str(at) not in run.err:
            assert at != self.home.path, f"nothing is said of {path}"
            at = at.parent if not at.name.startswith("journal.db-") else at.with_name("journal.db")

    def here(self):
        return collections.Counter(original(path.read_bytes()) for _, path in self.home.files()) + collections.Counter(self.home.held())

    def is_whole(self, found):
        return not self.least - found and not found - self.expected

    def check_end(self):
        found = self.here()
        assert self.is_whole(found), (f"missing: {[m[:100] for m in self.least - found]}, "
                                      f"too many: {[m[:100] for m in found - self.expected]}")
        assert self.served() == [], "not settled"
        if self.after.startswith("move"):
            assert sorted(self.server.served("Done")) == sorted(self.mails)
        left = [path for tmp in self.home.maildir.rglob("tmp") for path in tmp.iterdir()] + self.home.held_files(is_finished=False)
        assert not left, f"left behind: {left}"
        with sqlite3.connect(self.home.state / "journal.db") as journal:
            assert journal.execute("PRAGMA integrity_check").fetchone() == ("ok",)

    # All of them

    def calls(self, name):
        """How many there are in an undisturbed poll."""
        self.reset()
        run, ledger = self.run(f"{name}:0")
        assert run.status == 0, run
        self.check_end()
        return ledger.counted
