"""Promise 1 and 2 when the power goes: the order of syncs, and a sample of moments; tests/crash/cut-power tries each."""

import random

import pytest
from crash.disk import WAYS
from crash.power import SCENARIOS, Power

SAMPLES = 4
# Hundreds of messages: each cut takes seconds.
LONG, IN_LONG = "batches", ("least", "mixed-1")


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_power_cuts(authority, fast_path, scenario):
    source = random.Random(f"power {scenario}")
    with Power(fast_path, scenario, authority) as power:
        assert power.check_order() >= len(power.hindered.mails) - 3, "the rest was delivered before it was killed"
        # Most that can go wrong lies between the first name in place and the last word to the server.
        moments = [note.at for note in power.notes if note.event in ("rename", "sync", "say")]
        for way in IN_LONG if scenario == LONG else WAYS:
            for at in source.sample(moments, 1 if scenario == LONG else SAMPLES):
                power.cut(at, way)
