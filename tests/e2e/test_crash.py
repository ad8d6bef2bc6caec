"""Promise 1 and 2 under SIGKILL: at every named point, and at moments nobody chose."""

import contextlib
import subprocess

import pytest
from crash.trial import ACCOUNTS, Trial, random_kills
from e2e.inbasket import Home, kill_all

RANDOM_KILLS = 40


@pytest.fixture
def trial(start, fast_path):
    return Trial(start(users=dict.fromkeys(ACCOUNTS, "secret")), Home(fast_path / "home"))


def test_killed_at_every_fault_point(trial, fault_names):
    reached = {name for name in fault_names for passing in (1, 2, 5) if trial.killed_at(name, passing)}
    # Points that only recovery, errors or other commands pass are reached in their own tests.
    assert any(name.startswith("delivery.") for name in reached) and any(name.startswith("journal.") for name in reached), reached


def test_killed_twice_in_a_row(trial, fault_names):
    """Recovery itself is killed, too: at each point in some turn."""
    for index, name in enumerate(fault_names):
        trial.reset()
        if trial.home.sync(env={"IB_FAULT": f"{name}:2"}, status=(0, -9)).status == -9:
            for other in fault_names[index % 7::7]:
                trial.home.sync(env={"IB_FAULT": f"{other}:1"}, status=(0, -9))
                trial.check_after_kill()
            trial.finish()


def test_killed_at_random_moments(trial):
    results = [was_killed for _, _, was_killed in random_kills(trial, RANDOM_KILLS, seed=7)]
    assert sum(results) >= RANDOM_KILLS // 2, "the moments must lie inside the run"


def test_killed_again_and_again(trial):
    """No run ends by itself for a while, and every one leaves something behind."""
    whole = trial.duration()
    trial.reset()
    for step in range(1, 13):
        process = trial.home.start("sync", "--json")
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(whole * step / 12)
        kill_all(process)
        process.communicate()
        trial.check_after_kill()
    trial.finish()
