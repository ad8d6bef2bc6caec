"""“Always to …” on the session bus: which rules there are for a message, and that a written one does what it says."""

import json
import os

import pytest
from servers.bus import refusal

LETTER = ("From: =?utf-8?q?Zo=C3=AB?= <zoe@example.org>\r\nTo: Anna <anna+choir@example.com>\r\nSubject: {subject}\r\n"
          "Message-ID: <{subject}@example.org>\r\nDate: Mon, 3 Mar 2025 10:00:00 +0000\r\n{fields}\r\nla la\r\n")


def letter(subject, fields="List-Id: The Choir <choir.example.org>\r\n"):
    return LETTER.format(subject=subject, fields=fields).encode()


@pytest.fixture
def propose(work, server, caller):
    """propose(subject, kind, folder): the document for the message of that subject."""
    def ask(subject, kind="", folder=""):
        message, = [line["id"] for line in work.run("log", "--json").lines if line["subject"] == subject]
        return json.loads(caller("ProposeRule", "(sss)", message, kind, folder))
    return ask


def arrive(server, caller, *letters):
    server.append("anna", list(letters))
    caller.check("work")


def test_the_kinds_are_told(server, caller, propose):
    arrive(server, caller, letter("one"), letter("none", ""))
    kinds = {kind["kind"]: kind for kind in propose("one")["kinds"]}
    assert {name: kind["value"] for name, kind in kinds.items()} == {
        "list": "choir.example.org", "sender": "zoe@example.org", "domain": "example.org", "recipient": "anna+choir@example.com"}
    assert not any(kind["refused"] for kind in kinds.values())
    refused = {kind["kind"]: kind["refused"] for kind in propose("none")["kinds"] if kind["refused"]}
    assert list(refused) == ["list"] and "mailing list" in refused["list"]
    assert "INBOX" in propose("one")["folders"]


@pytest.mark.parametrize("kind", ["list", "sender", "domain", "recipient"])
@pytest.mark.parametrize("folder", ["Singing.Mondays", "Junk", "INBOX"])
def test_the_next_one_goes_there(work, server, caller, propose, kind, folder):
    arrive(server, caller, letter("one"))
    proposal = propose("one", kind, folder)
    assert proposal["refused"] is None and proposal["before"] is None
    replayed = json.loads(caller("ReplayFilter", "(ss)", proposal["name"], proposal["text"]))
    rule, = [rule for rule in replayed["rules"] if rule["rule"] == proposal["decides"]]
    assert rule["count"] >= 1
    caller("WriteFilter", "(ss)", proposal["name"], proposal["text"])
    caller("ActivateFilters", "(as)", proposal["scripts"])
    assert (work.config / "filters/always.sieve").read_text() == proposal["text"]
    arrive(server, caller, letter("two"))
    line, = [line for line in work.run("log", "--json").lines if line["subject"] == "two"]
    assert line["targets"] == [folder] and line["rule"] == proposal["decides"]


def test_a_later_rule_replaces_the_earlier(work, server, caller, propose):
    arrive(server, caller, letter("one"))
    for folder in ("First", "Second"):
        proposal = propose("one", "list", folder)
        caller("WriteFilter", "(ss)", proposal["name"], proposal["text"])
        caller("ActivateFilters", "(as)", proposal["scripts"])
    text = (work.config / "filters/always.sieve").read_text()
    assert text.count("fileinto \"") == 1 and '"Second"' in text
    assert proposal["scripts"].count("always.sieve") == 1 and "First" in proposal["before"]


def test_nothing_is_changed_by_asking(work, server, caller, propose):
    arrive(server, caller, letter("one"))
    propose("one", "list", "Choir")
    assert not (work.config / "filters").exists()


# Hostile, wrong, and broken

@pytest.mark.parametrize("fields", [
    "List-Id: <a\" { discard; } #\\>\r\n", "List-Id: <${env.home}>\r\n", "List-Id: <" + "x" * 1000 + ">\r\n", "List-Id: <\x07bell>\r\n",
    "List-Id: =?utf-8?q?x=0D=0Adiscard=3B?= <y.example>\r\n", "List-Id: <a> <b> <c\r\n", "List-Id: <\xe2\x80\xae.example>\r\n"])
def test_what_a_sender_writes_becomes_a_sound_rule_or_none(server, caller, propose, fields):
    arrive(server, caller, letter("one", fields))
    kind = propose("one")["kinds"][0]
    proposal = propose("one", "list", "There")
    if kind["refused"]:
        assert proposal["refused"] == kind["refused"] and proposal["rule"] is None
    else:
        shape = [line.split("\"")[0] for line in proposal["rule"].splitlines() if not line.startswith("#")]
        assert proposal["refused"] is None and shape == ["if header :contains ", "    fileinto ", "    stop;", "}"]
        assert caller("CheckFilter", "(ss)", proposal["name"], proposal["text"]) == ""


@pytest.mark.parametrize("folder", ["", "a/../b", "..", "~x", "cur", "x" * 300, "a\nb", "a\x1b[2Jb", "${x}"])
def test_no_rule_leads_elsewhere(server, caller, propose, folder):
    arrive(server, caller, letter("one"))
    proposal = propose("one", "list", folder)
    assert proposal["refused"] and proposal["rule"] is None and proposal["text"] is None


@pytest.mark.parametrize(("message", "kind", "folder", "refused"), [
    ("", "list", "X", "Invalid"), ("-", "list", "X", "Invalid"), ("/etc/passwd", "list", "X", "NoMessage"),
    ("abcdef012345", "list", "X", "NoMessage"), ("abcdef012345", "subject", "X", "Invalid"), ("abcdef012345", "--write", "X", "Invalid"),
    ("abcdef012345", "list", "x" * 5000, "Invalid")])
def test_what_makes_no_sense_is_refused(caller, message, kind, folder, refused):
    assert refusal(caller, "ProposeRule", "(sss)", message, kind, folder) == refused


def test_a_filter_that_is_wrong_is_not_made_worse(work, server, caller, propose):
    arrive(server, caller, letter("one"))
    work.script("always", "fileinto")
    proposal = propose("one", "list", "Choir")
    assert "always.sieve:" in proposal["refused"] and proposal["text"] is None


def nul(path):
    path.write_bytes(b"# mine\0\nkeep;\n")


def huge(path):
    path.write_bytes(b"#" * (1024 * 1024 + 1))


@pytest.mark.parametrize("make", [nul, huge, os.mkfifo, lambda path: path.mkdir(), lambda path: path.symlink_to("gone")],
                         ids=["nul", "huge", "fifo", "folder", "lost-link"])
def test_what_is_no_text_is_left_as_it_is(work, server, caller, propose, make):
    arrive(server, caller, letter("one"))
    (work.config / "filters").mkdir()
    make(work.config / "filters/always.sieve")
    proposal = propose("one", "list", "Choir")
    assert "always.sieve" in proposal["refused"] and proposal["text"] is None


def test_an_account_with_its_own_filters_is_told_of(work, server, caller, propose):
    arrive(server, caller, letter("one"))
    work.account("work", server, fetch__push=False, filter__scripts="junk.sieve")
    assert "list of filters of its own" in propose("one", "list", "Choir")["note"]


def test_the_command_writes_it_too(work, server, caller, propose):
    arrive(server, caller, letter("one"))
    message = work.run("log", "--json").lines[-1]["id"]
    assert "--write" in work.run("filter", "always", message, "--by", "list", "--to", "Choir").err
    assert not (work.config / "filters").exists()
    work.run("filter", "always", message, "--by", "list", "--to", "Choir", "--write")
    arrive(server, caller, letter("two"))
    assert [line["targets"] for line in work.run("log", "--json").lines if line["subject"] == "two"] == [["Choir"]]
    assert "Did you mean" in work.run("filter", "always", message, "--by", "lst", "--to", "Choir", status=2).err
    work.run("filter", "always", message, "--by", "list", status=2)
