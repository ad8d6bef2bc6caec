"""The filters on the session bus: seen, checked, tried, written and put in order by whoever may talk to the service."""

import hashlib
import json
import subprocess

import pytest
from e2e.inbasket import TOP
from mail import generate
from servers.bus import ACCOUNT, Refused, account_path, refusal


def documents(text):
    return [json.loads(line) for line in text.splitlines()]


def test_the_list_is_what_the_command_prints(work, caller):
    work.script("mine", "keep;")
    work.configure(filter__scripts="mine.sieve;junk.sieve")
    printed = work.run("filter", "list", "--json").lines
    assert documents(caller("Filters")) == printed
    assert [line["name"] for line in printed[:2]] == ["mine.sieve", "junk.sieve"]


def names(caller):
    """The active ones, in their order."""
    return [line["name"] for line in documents(caller("Filters")) if line["active"]]


def filters_of(home):
    folder = home.config / "filters"
    return {path.name: path.read_text() for path in folder.iterdir()} if folder.exists() else {}


# Hostile names: (the kind of all methods' refusals is Invalid)

NO_NAMES = ["", ".sieve", "../junk.sieve", "/etc/passwd", "/etc/x.sieve", "lists/friends", "junk", "junk.conf", "a;b.sieve", "a\nb.sieve", "a\\b.sieve", " junk.sieve",
            "--help", "-", "\x1b[2J.sieve", "x" * 5000 + ".sieve", "..", "a/../junk.sieve"]


@pytest.mark.parametrize("name", NO_NAMES)
def test_no_filter_is_called_so(work, caller, name):
    before = (work.config / "inbasket.conf").read_bytes() if (work.config / "inbasket.conf").exists() else b""
    for method, signature, arguments in [("ReadFilter", "(s)", [name]), ("CheckFilter", "(ss)", [name, "keep;"]), ("TestFilter", "(s)", [name]),
                                         ("ReplayFilter", "(ss)", [name, "keep;"]), ("WriteFilter", "(ss)", [name, "keep;"]),
                                         ("ReplaceFilter", "(sss)", [name, "keep;", ""]), ("WithdrawFilter", "(ss)", [name, ""]),
                                         ("RemoveFilter", "(s)", [name]), ("ActivateFilters", "(as)", [["junk.sieve", name]])]:
        # What is only tried is written nowhere: it may have a longer name than a file.
        if "x" * 5000 not in name or method not in ("CheckFilter", "ReplayFilter"):
            assert refusal(caller, method, signature, *arguments) == "Invalid", method
    assert filters_of(work) == {}
    assert before == ((work.config / "inbasket.conf").read_bytes() if (work.config / "inbasket.conf").exists() else b"")


# Reading

def test_reading(work, caller):
    assert caller("ReadFilter", "(s)", "junk.sieve") == (TOP / "data/filters/junk.sieve").read_text()
    work.script("junk", "keep; # mine, and yours: Zoë")
    assert caller("ReadFilter", "(s)", "junk.sieve") == "keep; # mine, and yours: Zoë"
    for name, data in (("latin", b"keep; # Zo\xeb"), ("nul", b"keep;\0"), ("large", b"#" * (1024 * 1024 + 1))):
        (work.config / "filters" / f"{name}.sieve").write_bytes(data)
        assert refusal(caller, "ReadFilter", "(s)", f"{name}.sieve") == "Invalid", name
    assert refusal(caller, "ReadFilter", "(s)", "missing.sieve") == "Invalid"


# Checking

CYCLE = 'require "include"; include "other";'
CHECKS = [
    ("right", "keep;", []), ("empty", "", []), ("wrong", "keep;\nkep;\n", [("mine.sieve", 2, 1, "error")]),
    ("several", 'require "fileinto";\nfileinto 7;\nkep;\n', [("mine.sieve", 2, 10, "error"), ("mine.sieve", 3, 1, "error")]),
    ("dry-only", 'redirect "x@example.net";', [("mine.sieve", None, None, "dry-run-only")]),
    ("deep", "if not " * 5000 + "true {}", "error"), ("hostile", "\x1b]0;x\x07 \u202e", "error"), ("missing", 'require "include"; include "nowhere";', "error"),
    ("cycle", CYCLE, "error"), ("itself", 'require "include"; include "mine";', "error"),
]


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in CHECKS], ids=[row[0] for row in CHECKS])
def test_checking(work, caller, text, expected):
    work.script("other", 'require "include"; include "mine";')
    found = [(line["file"], line.get("line"), line.get("column"), line["severity"])
             for line in documents(caller("CheckFilter", "(ss)", "mine.sieve", text))]
    if expected == "error":
        assert found and found[0][3] == "error"
    else:
        assert found == expected
    assert filters_of(work).keys() == {"other.sieve"}


# Trying

def test_replaying_a_draft(work, caller):
    caller("ActivateFilters", "(as)", [])
    draft = 'require "fileinto"; fileinto "Tried";'
    replayed = json.loads(caller("ReplayFilter", "(ss)", "new.sieve", draft))
    assert replayed["messages"] == replayed["changed"] == 8
    assert {change["to"] for change in replayed["changes"]} == {"Tried"}
    assert {change["rule"] for change in replayed["changes"]} == {"new.sieve:1"}
    assert replayed["changes"][0]["examples"][0]["subject"]
    printed = subprocess.run(work.command("filter", "replay", "--json", "--draft", "new", str(work.maildir)), input=draft.encode(),
                             env=work.environment(), capture_output=True, check=True)
    assert json.loads(printed.stdout) == replayed
    assert work.counts().keys() <= {".", ".Junk"} and filters_of(work) == {}


def test_replaying_in_the_place_of_an_active_one(work, caller):
    work.script("first", 'require "include"; include "part"; stop;')
    work.script("part", "keep;")
    work.script("second", 'require "fileinto"; fileinto "Second";')
    caller("ActivateFilters", "(as)", ["first.sieve", "second.sieve"])

    def targets(name, text):
        return {change["to"] for change in json.loads(caller("ReplayFilter", "(ss)", name, text))["changes"]}
    assert targets("first.sieve", "keep;") <= {"INBOX"}
    assert targets("first.sieve", "# nothing is decided here") == {"Second"}
    assert targets("part.sieve", 'require "fileinto"; fileinto "Included";') == {"Included"}, "by the one that includes it"


def test_replaying_what_is_wrong(work, caller):
    with pytest.raises(Refused) as refused:
        caller("ReplayFilter", "(ss)", "new.sieve", "keep;\nkep;")
    assert refused.value.kind == "Invalid" and refused.value.words.startswith("new.sieve:2:1: ")


# Writing

def test_a_written_filter_is_gone_by(server, work, caller):
    caller("WriteFilter", "(ss)", "mine.sieve", 'require "fileinto";\nfileinto "Mine";\n')
    assert (work.config / "filters" / "mine.sieve").stat().st_mode & 0o777 == 0o600
    caller("ActivateFilters", "(as)", ["mine.sieve"])
    assert names(caller) == ["mine.sieve"]
    server.put("anna", [message.data for message in generate.messages(9, 2)])
    caller.check("work")
    assert work.counts()[".Mine"] == 2
    caller("WriteFilter", "(ss)", "mine.sieve", 'require "fileinto";\nfileinto "Other";\n')
    server.put("anna", [message.data for message in generate.messages(11, 3)])
    caller.check("work")
    assert work.counts()[".Mine"] == 2 and work.counts()[".Other"] == 3


NOT_WRITTEN = [("wrong", "kep;"), ("too-large", "#" * (5 * 1024 * 1024)), ("a-little-too-large", "#" * (1024 * 1024 + 1)), ("dry-only", 'redirect "x@example.net";'),
               ("cycle", 'require "include"; include "other";'), ("missing", 'require "include"; include "nowhere";'), ("deep", "if not " * 5000 + "true {}")]


@pytest.mark.parametrize("text", [row[1] for row in NOT_WRITTEN], ids=[row[0] for row in NOT_WRITTEN])
def test_what_is_wrong_is_not_written(work, caller, text):
    work.script("mine", "keep;")
    work.script("other", 'require "include"; include "mine";')
    caller("ActivateFilters", "(as)", ["mine.sieve", "other.sieve"])
    before = filters_of(work)
    assert refusal(caller, "WriteFilter", "(ss)", "mine.sieve", text) == "Invalid"
    assert filters_of(work) == before
    assert caller.properties()["Trouble"] == ""


def test_a_folder_that_cannot_be_written(work, caller):
    (work.config / "filters").write_text("no folder")
    assert refusal(caller, "WriteFilter", "(ss)", "mine.sieve", "keep;") == "Failed"


def test_removing(work, caller):
    caller("WriteFilter", "(ss)", "junk.sieve", "keep;")
    line = documents(caller("Filters"))[0]
    assert line["own"] and line["hides_shipped"]
    caller("RemoveFilter", "(s)", "junk.sieve")
    line = documents(caller("Filters"))[0]
    assert not line["own"] and line["active"]
    assert refusal(caller, "RemoveFilter", "(s)", "junk.sieve") == "Invalid", "the shipped one"
    caller("WriteFilter", "(ss)", "mine.sieve", "keep;")
    caller("ActivateFilters", "(as)", ["mine.sieve"])
    assert refusal(caller, "RemoveFilter", "(s)", "mine.sieve") == "Invalid", "it is active"
    caller("ActivateFilters", "(as)", [])
    caller("RemoveFilter", "(s)", "mine.sieve")
    assert filters_of(work) == {} and names(caller) == []


# What somebody else has changed since it was read

def mark(text):
    return hashlib.sha256(text.encode()).hexdigest()


SEEN = [
    # what the caller has seen, what is there now, what becomes of it
    ("the-same", "keep; # Zoë", "keep; # Zoë", None), ("another", "keep;", "keep; # edited", "Changed"), ("only-a-blank", "keep;", "keep; ", "Changed"),
    ("none-yet", None, None, None), ("made-meanwhile", None, "keep;", "Changed"), ("removed-meanwhile", "keep;", None, "Changed"),
    ("empty-is-not-none", "", None, "Changed"), ("emptied-meanwhile", "keep;", "", "Changed"),
]


@pytest.mark.parametrize(("seen", "now", "refused"), [row[1:] for row in SEEN], ids=[row[0] for row in SEEN])
def test_replacing_what_was_seen(work, caller, seen, now, refused):
    if now is not None:
        work.script("mine", now)
    before = filters_of(work)
    ask = ("ReplaceFilter", "(sss)", "mine.sieve", "stop;", mark(seen) if seen is not None else "")
    if refused is None:
        caller(*ask)
        assert filters_of(work)["mine.sieve"] == "stop;"
    else:
        assert refusal(caller, *ask) == refused
        assert filters_of(work) == before


def test_what_is_shipped_can_be_seen_too(work, caller):
    shipped = mark(caller("ReadFilter", "(s)", "junk.sieve"))
    caller("ReplaceFilter", "(sss)", "junk.sieve", "keep; # mine", shipped)
    assert refusal(caller, "ReplaceFilter", "(sss)", "junk.sieve", "keep; # other", shipped) == "Changed"
    assert filters_of(work) == {"junk.sieve": "keep; # mine"}


def test_what_cannot_be_read_was_not_seen(work, caller):
    work.script("large", "")
    (work.config / "filters" / "large.sieve").write_bytes(b"#" * (1024 * 1024 + 1))
    assert refusal(caller, "ReplaceFilter", "(sss)", "large.sieve", "keep;", "") == "Changed"


def test_withdrawing_what_was_seen(work, caller):
    work.script("mine", "keep; # edited")
    assert refusal(caller, "WithdrawFilter", "(ss)", "mine.sieve", mark("keep;")) == "Changed"
    assert filters_of(work) == {"mine.sieve": "keep; # edited"}
    caller("WithdrawFilter", "(ss)", "mine.sieve", mark("keep; # edited"))
    assert filters_of(work) == {}


def test_a_wrong_text_is_told_of_first(work, caller):
    work.script("mine", "keep; # edited")
    assert refusal(caller, "ReplaceFilter", "(sss)", "mine.sieve", "kep;", mark("keep;")) == "Invalid"


def test_what_an_account_names_stays(server, work, caller):
    work.script("mine", "keep;")
    work.account("work", server, fetch__push=False, filter__scripts="lists.sieve;mine.sieve")
    caller("Reload")
    line, = [line for line in documents(caller("Filters")) if line["name"] == "mine.sieve"]
    assert line["accounts"] == [{"name": "work", "place": 2}] and not line["active"]
    assert refusal(caller, "RemoveFilter", "(s)", "mine.sieve") == "Invalid"
    assert refusal(caller, "WriteFilter", "(ss)", "mine.sieve", 'redirect "x@example.net";') == "Invalid"
    assert caller.check("work")["work"]["polled"]


# The order

def test_activating_keeps_what_else_is_written(work, caller):
    (work.config / "inbasket.conf").write_text("# mine\n[filter]\n# in this order\nscripts=junk.sieve\nspam-threshold=0.9\n")
    caller("ActivateFilters", "(as)", ["lists.sieve", "junk.sieve"])
    assert (work.config / "inbasket.conf").read_text() == "# mine\n[filter]\n# in this order\nscripts=lists.sieve;junk.sieve\nspam-threshold=0.9\n"
    assert names(caller) == ["lists.sieve", "junk.sieve"]


@pytest.mark.parametrize("active", [["bad.sieve"], ["dry.sieve"], ["missing.sieve"], ["junk.sieve", "junk.sieve"], ["junk.sieve"] * 101])
def test_what_cannot_be_active(work, caller, active):
    work.script("bad", "kep;")
    work.script("dry", 'redirect "x@example.net";')
    assert refusal(caller, "ActivateFilters", "(as)", active) == "Invalid"
    assert names(caller) == ["junk.sieve"]


# Testing

def test_the_test_beside_it(work, caller):
    line = documents(caller("Filters"))[0]
    assert line["test"] == str(TOP / "data/filters/junk.svtest") and line["about"] == "what is called spam goes into the folder Junk."
    *tests, summary = documents(caller("TestFilter", "(s)", "junk.sieve"))
    assert tests and all(test["passed"] for test in tests) and summary["event"] == "summary" and summary["failed"] == 0
    work.script("junk", "discard;")
    assert refusal(caller, "TestFilter", "(s)", "junk.sieve") == "Invalid", "the shipped test is not beside it"
    (work.config / "filters" / "junk.svtest").write_text((TOP / "data/filters/junk.svtest").read_text())
    *tests, summary = documents(caller("TestFilter", "(s)", "junk.sieve"))
    assert summary["failed"] == len(tests) > 0


# When things are not as they should be

def test_while_the_home_is_lent(work, caller):
    caller("Lend")
    caller("WriteFilter", "(ss)", "mine.sieve", "keep;")
    caller("ActivateFilters", "(as)", ["mine.sieve"])
    assert names(caller) == ["mine.sieve"] and caller("ReadFilter", "(s)", "mine.sieve") == "keep;"
    assert json.loads(caller("ReplayFilter", "(ss)", "mine.sieve", "keep;"))["messages"] == 8
    caller("Return")
    assert caller.check("work")["work"]["polled"]


def test_while_the_configuration_does_not_parse(work, caller):
    (work.config / "inbasket.conf").write_text("[delivery]\nmaildri=/tmp\n")
    for method, signature, arguments in [("Filters", None, []), ("WriteFilter", "(ss)", ["mine.sieve", "keep;"]), ("RemoveFilter", "(s)", ["junk.sieve"]),
                                         ("ReplayFilter", "(ss)", ["junk.sieve", "keep;"]), ("ActivateFilters", "(as)", [["junk.sieve"]])]:
        assert refusal(caller, method, *([signature, *arguments] if signature else [])) == "Config", method
    assert caller("ReadFilter", "(s)", "junk.sieve")
    assert (work.config / "inbasket.conf").read_text() == "[delivery]\nmaildri=/tmp\n"


def test_many_questions_at_once(caller):
    waiting = [caller.begin("CheckFilter", "(ss)", "mine.sieve", "kep;") for _ in range(30)]
    caller.until(lambda: all(waiting), "all answers")
    kinds = {type(answer[0]) for answer in waiting}
    assert kinds <= {tuple, Refused} and tuple in kinds
    assert names(caller) == ["junk.sieve"]


def test_changes_are_made_in_the_order_of_asking(work, caller, call):
    """One after another, on a thread: and nobody's keep all others waiting."""
    large = "".join(f'if header :contains "subject" "x{i}" {{ keep; }}\n' for i in range(10_000))
    answers = [caller.begin("WriteFilter", "(ss)", "mine.sieve", f"# {number}\n{large}") for number in range(100)]
    other = call()
    writing, removing = (other.begin("WriteFilter", "(ss)", "other.sieve", "keep;"), other.begin("RemoveFilter", "(s)", "none.sieve"))
    caller.until(lambda: all(answers), "the answers")
    other.until(lambda: writing and removing, "the other one's")
    made = [number for number, answer in enumerate(answers) if answer == [()]]
    assert len(made) >= 16 and made[:16] == list(range(16))
    assert {answer[0].kind for answer in answers if answer != [()]} <= {"Failed"}
    assert writing == [()] and removing[0].kind == "Invalid"
    assert filters_of(work) == {"mine.sieve": f"# {made[-1]}\n{large}", "other.sieve": "keep;"}


def test_a_change_of_settings_undoes_none_of_filters(work, caller):
    work.script("mine", "keep;")
    lists = [["mine.sieve", "junk.sieve"], ["junk.sieve"]]
    answers = []
    for number in range(16):
        answers.append(caller.begin("ActivateFilters", "(as)", lists[number % 2]))
        answers.append(caller.begin("ChangeSettings", "(a{ss})", {"filter.spam-threshold": f"0.{70 + number}"}))
    caller.until(lambda: all(answers), "the answers")
    assert [answer for answer in answers if answer != [()]] == []
    said = caller("Settings")
    assert (said["filter.scripts"], said["filter.spam-threshold"]) == ("junk.sieve", "0.85")


LARGE = "".join(f'if header :contains "subject" "x{i}" {{ keep; }}\n' for i in range(10_000))


def test_who_makes_a_filter_active_has_his_turn(work, caller):
    """Whichever way it is made so: what is asked before it is done before it, and the main loop compiles nothing."""
    account = {"account.address": "b@example.com", "account.protocol": "imap", "account.host": "localhost", "account.user": "b"}
    ways = [("ChangeSettings", "(a{ss})", [{"filter.scripts": "first.sieve; junk.sieve"}], {}),
            ("Change", "(a{ss})", [{"filter.scripts": "second.sieve"}], {"path": account_path("work"), "interface": ACCOUNT}),
            ("AddAccount", "(sa{ss})", ["other", account | {"filter.scripts": "third.sieve"}], {})]
    answers = []
    for (method, types, arguments, where), name in zip(ways, ("first", "second", "third"), strict=True):
        answers.append(caller.begin("WriteFilter", "(ss)", f"{name}.sieve", LARGE))
        answers.append(caller.begin(method, types, *arguments, **where))
    answers.append(caller.begin("ChangeSettings", "(a{ss})", {"filter.scripts": "none.sieve"}))
    caller.until(lambda: all(answers), "the answers")
    *done, (refused,) = answers
    assert [answer for answer in done if isinstance(answer[0], Refused)] == [] and refused.kind == "Invalid"
    assert caller("Settings")["filter.scripts"] == "first.sieve;junk.sieve"
    assert caller("Settings", path=account_path("work"), interface=ACCOUNT)["filter.scripts"] == "second.sieve"
    assert caller("Settings", path=account_path("other"), interface=ACCOUNT)["filter.scripts"] == "third.sieve"


def test_what_is_said_of_a_change_when_the_service_ends_is_true(work, serve, call):
    service, caller = serve(work), call()
    answers = [caller.begin("WriteFilter", "(ss)", f"mine{number}.sieve", LARGE) for number in range(16)]
    caller.until(lambda: answers[1], "the second's answer")
    service.stop()
    caller.until(lambda: all(answers), "all answers")
    assert [answer == [()] for answer in answers] == [f"mine{number}.sieve" in filters_of(work) for number in range(16)]
    refused = [answer[0] for answer in answers if answer != [()]]
    assert {one.words for one in refused if one.kind == "Failed"} <= {"The service is ending"}
    # What comes when it has let go of its objects, or is never read, or finds its name gone, gets an answer without its doing.
    assert {one.kind.removeprefix("org.freedesktop.DBus.Error.") for one in refused} <= {"Failed", "UnknownMethod", "NoReply", "NameHasNoOwner"}
