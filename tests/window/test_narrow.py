"""On the smallest screen, 360 pixels wide, each page and dialog outside the wizard shows its texts whole."""

import pytest

from window.looking_glass import narrow
from window.places import LONG, PLACES, Visit, activity, name_of, prepare, shortcuts

# What came from elsewhere may be longer than any screen: those of their widgets are made to be shortened.
FOREIGN = (LONG, "Song 0", "Song 1", "Song 2", "Alone", "Zoë <zoe@example.org>", "Zoë <bob@example.net>")


@pytest.fixture
def visit(home, server, desk, glass):
    prepare(home, server, desk)
    return Visit(desk.window(**glass.environment), home, desk, before_question=narrow)


def is_question(window):
    """It has the size that it has."""
    return window.top().role == "dialog"


# The toolkit's own window of shortcuts turns leaves where it has no room for all.
@pytest.mark.parametrize("place", [place for place in PLACES if place is not shortcuts], ids=name_of)
def test_all_is_seen_whole(visit, glass, place):
    place(visit)
    if not is_question(visit.window):
        narrow(visit.window)
    assert not glass.faults(visit.window, FOREIGN)


def test_what_is_shortened_is_noticed(visit, glass):
    activity(visit)
    narrow(visit.window)
    assert ("ellipsized", LONG) in [(fault.how, fault.text) for fault in glass.faults(visit.window)]
