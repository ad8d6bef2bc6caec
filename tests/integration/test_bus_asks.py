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
*replay*new.sieve*) cat > "$0.text"; echo 0 3 >&3; echo 2 3 >&3; echo 3 3 >&3; echo '{"messages": 3}' ;;
*replay*) echo $$ >> "$0.all"; echo 0 3 >&3; exec sleep 600 ;;
*) echo $$ >> "$0.all"; echo $$ > "$0.begun"; mv "$0.begun" "$0.pid"; exec sleep 600 ;;
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
    caller.until(lambda: not runs(process), "its end", seconds=30)
    caller.until(lambda: answers, "the answer")
    assert answers[0].kind == "Failed" and "ending" in answers[0].words


def test_what_is_asked_ends_with_who_asked(asked, call):
    _, caller, begun = asked
    other = call()
    other.begin("Report", "(s)", "")
    process = caller.until(begun, "the question")
    other.leave()
    caller.until(lambda: not runs(process), "its end", seconds=30)


def all_begun(folder):
    """The processes of all questions so far."""
    with contextlib.suppress(FileNotFoundError):
        return [int(line) for line in (folder / "inbasket.all").read_text().split()]
    return []


def refused(answers):
    return [answer[0] for answer in answers if answer]


def test_who_asks_much_does_not_keep_others_from_asking(asked, call, tmp_path):
    _, greedy, _ = asked
    modest = call()
    answers = [greedy.begin("Report", "(s)", "") for _ in range(1000)]
    greedy.until(lambda: len(refused(answers)) == 992, "the refusals")
    assert {(answer.kind, "at once" in answer.words) for answer in refused(answers)} == {("Failed", True)}
    first = greedy.until(lambda: all_begun(tmp_path) if len(all_begun(tmp_path)) == 8 else None, "the first eight")
    other = modest.begin("Report", "(s)", "")
    ninth = modest.until(lambda: all_begun(tmp_path)[8:], "another one's question")[0]
    # Who has left is forgotten, and so is what he asked.
    greedy.leave()
    modest.until(lambda: not any(map(runs, first)), "their end", seconds=30)
    assert runs(ninth) and not other
    with pytest.raises(Refused) as broken:
        modest("Status")
    assert "at once" not in broken.value.words


def test_all_together_are_answered_some(asked, call, tmp_path):
    callers = [call() for _ in range(5)]
    answers = [caller.begin("Report", "(s)", "") for caller in callers for _ in range(8)]
    callers[0].until(lambda: len(refused(answers)) == 8, "the refusals")
    callers[0].until(lambda: len(all_begun(tmp_path)) == 32, "the others")


def test_how_far_a_replay_is_hears_who_asked(asked, call, tmp_path):
    _, caller, _ = asked
    other = call()
    assert caller("ReplayFilter", "(ss)", "new.sieve", "keep;") == '{"messages": 3}'
    assert (tmp_path / "inbasket.text").read_text() == "keep;"
    caller.until(lambda: len(caller.said("Replaying")) == 3, "the progress")
    assert caller.said("Replaying") == [("new.sieve", 0, 3), ("new.sieve", 2, 3), ("new.sieve", 3, 3)]
    assert other("ListAccounts") == {} and other.said("Replaying") == []


def test_a_replay_ends_with_who_asked(asked, call, tmp_path):
    _, caller, _ = asked
    other = call()
    other.begin("ReplayFilter", "(ss)", "old.sieve", "keep;")
    other.until(lambda: other.said("Replaying"), "the progress")
    process = all_begun(tmp_path)[0]
    other.leave()
    caller.until(lambda: not runs(process), "its end", seconds=30)
