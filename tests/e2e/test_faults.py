"""Promise 1 and 2 when a system call fails: a sample of them; tests/crash/faults makes each one fail."""

import random

import pytest
from crash.hindered import ERRNOS, ONCE_ONLY, SCENARIOS, Hindered

SAMPLES = 3
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
