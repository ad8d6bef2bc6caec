"""A connection that is cut, reset or dripped: a sample of places; tests/crash/cut-lines takes every byte."""

import random

import pytest
from crash.severed import DIRECTIONS, MODES, Severed

SAMPLES = 5


@pytest.mark.parametrize(("protocol", "security"), MODES)
def test_severed_lines(authority, fast_path, protocol, security):
    source = random.Random(f"lines {protocol} {security}")
    with Severed(fast_path, protocol, security, authority) as severed:
        lengths = severed.lengths()
        for direction in DIRECTIONS:
            for way in ("close", "reset"):
                for limit in source.sample(range(lengths[direction]), SAMPLES):
                    severed.trial(way, direction, limit)


@pytest.mark.parametrize(("protocol", "security"), MODES)
def test_dripped_lines(authority, fast_path, protocol, security):
    with Severed(fast_path, protocol, security, authority) as severed:
        severed.drip()


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_stalled_line(authority, fast_path, protocol):
    """It goes silent while the last words are said: given up, and the rest is done at the next poll."""
    with Severed(fast_path, protocol, "tls", authority) as severed:
        severed.trial("stall", "up", severed.lengths()["up"] - 60)
