"""What the service has the command line answer: nothing by halves, and nothing that nobody waits for any more."""

import contextlib
import pathlib

import pytest
from e2e.inbasket import Service
from servers.bus import NAME, Refused

# A command line that breaks off, or has no end.
PROGRAM = """#!/bin/sh
case "$*" in
*status*) printf '{"accounts": ['; kill -9 $$ ;;
*list*) echo '{"name": "junk.sieve"}'; kill -9 $$ ;;
*) echo $$ > "$0.begun"; mv "$0.begun" "$0.pid"; exec sleep 600 ;;
esac
"""


@pytest.fixture
def asked(bus, home, call, tmp_path):
    """Its service, somebody who asks it, and how to know the process of a question without end."""
    program = tmp_path / "inbasket"
    program.write_text(PROGRAM)
    program.chmod(0o755)
    with Service(home, bus=bus.address, env={"INBASKET_BINDIR": str(tmp_path)}) as service:
        service.until(lambda: bus.has(NAME), "its name on the bus")
        caller = call()

        def begun():
            with contextlib.suppress(FileNotFoundError):
                return int((tmp_path / "inbasket.pid").read_text())
        yield service, caller, begun


def runs(process):
    """That it was not waited for yet does not count."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@pytest.mark.parametrize("method", ["Status", "Filters"])
def test_half_a_document_is_none(asked, method):
    _, caller, _ = asked
    with pytest.raises(Refused) as refused:
        caller(method)
    assert refused.value.kind == "Failed" and refused.value.words


def test_what_is_asked_ends_with_the_service(asked):
    service, caller, begun = asked
    answers = caller.begin("Report", "(s)", "")
    process = caller.until(begun, "the question")
    service.stop()
    caller.until(lambda: not runs(process), "its end", seconds=10)
    caller.until(lambda: answers, "the answer")
    assert answers[0].kind == "Failed" and "ending" in answers[0].words


def test_what_is_asked_ends_with_who_asked(asked, call):
    _, caller, begun = asked
    other = call()
    other.begin("Report", "(s)", "")
    process = caller.until(begun, "the question")
    other.leave()
    caller.until(lambda: not runs(process), "its end", seconds=10)
