"""A service that runs on and on: a few laps of `tests/crash/soak`."""

import pytest
from crash.laps import FEWEST, USERS, Footprint, Life, grown
from servers.notifications import SessionBus

from e2e.inbasket import Home


def test_nothing_is_lost_or_held_on_to(start, tmp_path):
    with SessionBus() as bus, Life(start(users=USERS), Home(tmp_path / "home"), bus, seed=3) as life:
        laps = [life.lap()[1] for _ in range(FEWEST)]
    assert not grown(laps), laps


@pytest.mark.parametrize(("leak", "found"), [
    (Footprint(0, 0, 0, 0), []), (Footprint(0, 3, 0, 0), ["descriptors"]), (Footprint(0, 0, 5, 0), ["threads"]),
    (Footprint(0, 0, 0, 1), ["workers"]), (Footprint(100, 0, 0, 0), []), (Footprint(1000, 0, 0, 0), ["private_kb"])])
def test_what_grows_is_seen(leak, found):
    """Among figures that go up and down by themselves."""
    laps = [Footprint(8000 + 200 * (lap % 3) + lap * leak[0], 30 + 2 * (lap % 3) + lap * leak[1], 9 + 5 * (lap % 2) + lap * leak[2],
                 5 + lap % 2 + lap * leak[3]) for lap in range(32)]
    assert list(grown(laps)) == found
