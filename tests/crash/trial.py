"""One trial: a poll is killed at some moment, then run to its end; afterwards everything must be as if undisturbed."""

import random
import shutil
import time

from e2e.inbasket import PATIENCE, assert_exactly_once, kill_all
from mail import generate
from mail.generate import local

ACCOUNTS = {"keeps": ("imap", "keep"), "deletes": ("imap", "delete"), "moves": ("imap", "move:Done"), "pops": ("pop3", "delete")}


class Trial:
    """Four accounts on one Dovecot, a user each, whose messages differ."""

    def __init__(self, server, home, count=40, seed=91):
        self.server, self.home = server, home
        self.mails = {user: [m.data for m in generate.messages(seed + index, count)] for index, user in enumerate(ACCOUNTS)}
        # One that is there twice: its twin must be held, through every crash.
        self.mails["deletes"].append(self.mails["keeps"][0])

    @property
    def all_mails(self):
        return [mail for mails in self.mails.values() for mail in mails]

    def reset(self):
        for path in (self.home.maildir, self.home.state):
            shutil.rmtree(path, ignore_errors=True)
        for user, (protocol, after) in ACCOUNTS.items():
            shutil.rmtree(self.server.home(user) / "Maildir", ignore_errors=True)
            self.server.put(user, self.mails[user])
            self.home.account(user, self.server, user, protocol=protocol, fetch__after=after)

    def check_after_kill(self):
        """At any moment: every message is here or on its server, and what is here is whole and single."""
        here = self.home.messages() + self.home.held()
        strange = set(here) - {local(mail) for mail in self.all_mails}
        assert not strange, f"messages that never were, or parts of some: {[mail[:200] for mail in strange]}"
        for user, mails in self.mails.items():
            served = {local(mail) for box in self.server.served_in(user, "INBOX", "Done") for mail in box or ()}
            lost = {local(mail) for mail in mails} - set(here) - served
            assert not lost, f"{user}: {len(lost)} messages are lost"

    def check_end(self):
        assert_exactly_once(self.all_mails, self.home)
        served = {user: self.server.served_in(user, "INBOX", "Done") for user in ACCOUNTS}
        assert len(served["keeps"][0]) == len(self.mails["keeps"])
        for user in ("deletes", "moves", "pops"):
            assert served[user][0] == [], f"{user}: not settled"
        moved = served["moves"][1]
        assert sorted(moved) == sorted(self.mails["moves"]), f"{len(moved)} of {len(self.mails['moves'])} were moved"

    def finish(self):
        self.check_after_kill()
        self.home.sync()
        self.check_end()
        assert self.home.sync().delivered == []

    def killed_at(self, name, passing):
        """Returns whether the point was reached so often."""
        self.reset()
        run = self.home.sync(env={"IB_FAULT": f"{name}:{passing}"}, status=(0, -9))
        if run.status == -9:
            self.finish()
        return run.status == -9

    def killed_after(self, seconds):
        """SIGKILL to the program and its workers, all at once. Returns None, or how long it took where it had ended before."""
        self.reset()
        process = self.home.start("sync", "--json")
        began = time.monotonic()
        deadline = began + seconds
        while process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.001)
        took = time.monotonic() - began if process.poll() is not None else None
        kill_all(process)
        process.communicate(timeout=PATIENCE)
        self.finish()
        return took

    def duration(self):
        """How long an undisturbed run takes."""
        self.reset()
        began = time.monotonic()
        self.home.sync()
        took = time.monotonic() - began
        self.check_end()
        return took


def random_kills(trial, count, seed=1):
    """Yields (number, seconds, whether it was killed in time). The machine may have more to do now than a moment later: how
    long a run takes is known anew from each that ends by itself, and a little more is tried after each that does not."""
    source = random.Random(f"crash {seed}")
    whole = trial.duration()
    for number in range(1, count + 1):
        seconds = source.uniform(0, whole)
        took = trial.killed_after(seconds)
        whole = whole * 1.05 if took is None else took
        yield number, seconds, took is None
