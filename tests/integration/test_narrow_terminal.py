"""What a terminal of forty columns shows, as a phone has it: words stay whole, and a table that does not fit is told in records."""

import re
import unicodedata

import pytest
from integration.terminal import Terminal
from mail.generate import messages

WIDE = 40
COLOUR = re.compile("\x1b\\[[0-9;]*m")


@pytest.fixture
def lived_in(home, start):
    """Two accounts with mail, and one that nobody reaches."""
    server = start()
    server.put("anna", [message.data for message in messages(3, 12)])
    home.account("work", server)
    home.account("a-long-name-for-home", server, protocol="pop3")
    home.account("gone", server, port=9)
    home.sync(status=1)
    return home


def columns(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def lines(home, *command, wide=WIDE):
    with Terminal(home, *command, columns=wide) as person:
        person.finish()
        return [COLOUR.sub("", line) for line in person.seen.replace("\r", "").split("\n")]


@pytest.mark.parametrize("command", [
    "status", "sync --no-progress", "sync --verbose --no-progress", "log", "report", "account list", "client", "filter list", "doctor",
    "account show work", "account test gone",
])
def test_no_word_is_broken(lived_in, command):
    for line in lines(lived_in, *command.split()):
        if line.startswith(("inbasket: ", "  → ")):
            continue    # an error is one line, as is what to type
        is_one_word = " " not in line.strip().removeprefix("→ ") or ": /" in line
        assert columns(line) <= WIDE or is_one_word, line


def test_a_table_that_fits_is_a_table(lived_in):
    assert any(line.split()[:2] == ["Account", "State"] for line in lines(lived_in, "status", wide=70))


def test_a_table_that_does_not_fit_is_told_in_records(lived_in):
    shown = lines(lived_in, "status")
    work = shown.index("work")
    assert shown[work + 1:work + 3] == ["  Address: anna@example.com  State: ok", "  Filtered: yes  Last poll: now"], shown
