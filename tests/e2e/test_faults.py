"""Promise 1 and 2 when a system call fails: a sample of them; tests/crash/faults makes each one fail."""

import random
import shutil

import pytest
from crash.hindered import ERRNOS, ONCE_ONLY, SCENARIOS, Hindered
from crash.ledger import Ledger
from e2e.inbasket import Home, assert_clean, assert_exactly_once
from mail import generate
from servers.poor_imap import PoorImap

SAMPLES = 3
SORTINGS = {"discarded": "discard;", "sorted": 'require "fileinto"; fileinto "Wrong";'}
# Hundreds of messages, for what happens between two batches of them.
LONG, IN_LONG = "batches", ("ENOSPC", "EIO")


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_failing_calls(authority, fast_path, scenario):
    source = random.Random(f"faults {scenario}")
    with Hindered(fast_path, scenario, authority) as hindered:
        for name in IN_LONG if scenario == LONG else ERRNOS:
            calls = hindered.calls(name)
            for number in sorted(source.sample(range(1, calls + 1), min(1 if scenario == LONG else SAMPLES, calls))):
                hindered.trial(name, number, is_lasting=name not in ONCE_ONLY and number % 2 == 0)
        assert sum(hindered.counts.values()) > (0 if scenario == LONG else SAMPLES), "nothing failed"


@pytest.mark.parametrize("sorting", SORTINGS)
def test_failing_calls_of_undo(authority, fast_path, sorting):
    """Whatever it came to: asked again, it is done, and nothing is left in held/."""
    home, mails, source = Home(fast_path / "home"), generate.small(140, 1), random.Random(f"undo {sorting}")
    with PoorImap({"INBOX": []}, authority=authority) as server:
        server.box().add(mails[0])
        home.script("one", SORTINGS[sorting])
        home.configure(filter__scripts="one.sieve")
        home.account("work", server, fetch__after="delete")
        message, = home.sync().delivered
        before = fast_path / "before"
        home.path.rename(before)

        def undo(call):
            shutil.rmtree(home.path, ignore_errors=True)
            shutil.copytree(before, home.path)
            ledger = Ledger(fast_path / "ledger")
            return home.run("undo", message["id"], env=ledger.environment((home.maildir, home.state), call=call), status=None), ledger

        run, ledger = undo("EIO:0")
        assert run.status == 0 and home.counts() == {".": 1}
        for number in sorted(source.sample(range(1, ledger.counted + 1), 10 * SAMPLES)):
            run, ledger = undo(f"EIO:{number}")
            assert run.status in (0, 4) and "left" not in run.out and bool(run.status) == bool(run.err), (ledger.first, run)
            assert "left" not in home.run("undo", message["id"], status=(0, 1)).out, (ledger.first, run)
            home.sync()
            assert home.counts() == {".": 1} and home.held() == [], (ledger.first, run)
            assert_exactly_once(mails, home)
            assert_clean(home)
