"""Promise 1 and 2 when the power goes: the order of syncs, and a sample of moments; tests/crash/cut-power tries each."""

import random

import pytest
from crash.disk import WAYS
from crash.power import SCENARIOS, Power

SAMPLES = 4


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_power_cuts(authority, fast_path, scenario):
    source = random.Random(f"power {scenario}")
    with Power(fast_path, scenario, authority) as power:
        assert power.check_order() >= len(power.hindered.mails) - 3, "the rest was delivered before it was killed"
        # Most that can go wrong lies between the first name in place and the last word to the server.
        moments = [note.at for note in power.notes if note.event in ("rename", "sync", "say")]
        for way in WAYS:
            for at in source.sample(moments, SAMPLES):
                power.cut(at, way)
