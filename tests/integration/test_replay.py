"""`inbasket filter replay`: what filters would have done with the mail that is here."""

import json
import os
import subprocess

import pytest
from integration.terminal import Terminal

NEW = ('require ["fileinto", "imap4flags", "copy"];\n'
       'if header :contains "Subject" "choir" { fileinto "Lists.choir"; stop; }\n'
       'if header :contains "Subject" "sale" { discard; stop; }\n'
       'if header :contains "Subject" "boss" { addflag "\\\\Flagged"; keep; stop; }\n'
       'if header :contains "Subject" "both" { fileinto :copy "Copies"; }\n')


def mail(subject, **fields):
    lines = [f"Subject: {subject}", "From: Anna <anna@example.net>", f"Message-ID: <{subject}@example.net>"]
    lines += [f"{name}: {value}" for name, value in fields.items()]
    return ("\n".join(lines) + "\n\nbody\n").encode("utf-8", "surrogateescape")


def put(folder, name, data, where="cur"):
    for part in ("cur", "new", "tmp"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / where / name).write_bytes(data)


@pytest.fixture
def maildir(home):
    home.script("new", NEW)
    put(home.maildir, "1:2,S", mail("choir one"))
    put(home.maildir, "2", mail("choir two"), "new")
    put(home.maildir, "3:2,", mail("sale"))
    put(home.maildir, "4:2,S", mail("boss"))
    put(home.maildir, "5:2,S", mail("other"))
    put(home.maildir / ".Lists.choir", "6:2,S", mail("choir three"))
    put(home.maildir / ".Lists.choir", "7:2,S", mail("not theirs"))
    return home.maildir


def replay(home, *arguments, status=0):
    line, = home.run("filter", "replay", "--json", "--script", "new", *arguments, status=status).lines
    return line


def rows(answer):
    return [(c["from"], c["to"], " ".join(c["flags"]), c["rule"], c["count"]) for c in answer["changes"]]


EXPECTED = [("INBOX", "INBOX", "+\\Flagged", "new.sieve:4", 1),
            ("INBOX", "Lists.choir", "", "new.sieve:2", 2),
            ("INBOX", None, "", "new.sieve:3", 1),
            ("Lists.choir", "INBOX", "", None, 1)]


def test_it_counts_what_would_change(home, maildir):
    answer = replay(home, maildir)
    assert sorted(rows(answer), key=str) == sorted(EXPECTED, key=str)
    assert (answer["messages"], answer["changed"], answer["unchanged"], answer["failed"]) == (7, 5, 2, 0)
    rules = {rule["rule"]: (rule["count"], rule["changed"]) for rule in answer["rules"]}
    assert rules == {"new.sieve:2": (3, 2), "new.sieve:3": (1, 1), "new.sieve:4": (1, 1), None: (2, 1)}


def test_nothing_is_touched(home, maildir):
    def state():
        found = {}
        for place, _, names in os.walk(home.maildir):
            for name in names:
                path = os.path.join(place, name)
                st = os.stat(path)
                found[path] = (st.st_ino, st.st_size, st.st_mtime_ns, st.st_atime_ns, st.st_ctime_ns)
        return found
    for path in home.maildir.rglob("*"):
        if path.is_file():
            os.utime(path, (1, 1))
    before = state()
    home.run("filter", "replay", "--script", "new", maildir)
    assert state() == before
    assert not home.state.exists() or not any(home.state.iterdir())


def test_one_folder_by_path_and_by_name(home, maildir):
    for word in (maildir / ".Lists.choir", "Lists.choir"):
        answer = replay(home, word)
        assert rows(answer) == [("Lists.choir", "INBOX", "", None, 1)] and answer["messages"] == 2


def test_folders_of_the_other_layout(home):
    home.script("new", NEW)
    home.configure(delivery__layout="fs")
    put(home.maildir, "1:2,S", mail("choir one"))
    put(home.maildir / "Lists" / "choir", "2:2,S", mail("choir two"))
    answer = replay(home, home.maildir)
    assert rows(answer) == [("INBOX", "Lists.choir", "", "new.sieve:2", 1)] and answer["messages"] == 2


def test_plain_folders_of_messages(home, tmp_path):
    home.script("new", NEW)
    for folder, subject in (("INBOX", "choir"), ("Lists.choir", "choir"), ("Junk", "x")):
        (tmp_path / "corpus" / folder).mkdir(parents=True)
        (tmp_path / "corpus" / folder / "m.eml").write_bytes(mail(subject).replace(b"\n", b"\r\n"))
    answer = replay(home, tmp_path / "corpus")
    assert rows(answer) == [("INBOX", "Lists.choir", "", "new.sieve:2", 1), ("Junk", "INBOX", "", None, 1)]


def test_a_copy_that_stands_already(home):
    home.script("new", NEW)
    put(home.maildir, "1:2,", mail("both"))
    assert rows(replay(home, home.maildir)) == [("INBOX", "Copies + INBOX", "", None, 1)]
    put(home.maildir / ".Copies", "2:2,", mail("both"))
    assert rows(replay(home, home.maildir)) == []


def test_examples_are_as_many_as_asked_for(home, maildir):
    for number in (0, 1, 9):
        counts = {c["rule"]: len(c["examples"]) for c in replay(home, "--examples", str(number), maildir)["changes"]}
        assert counts["new.sieve:2"] == min(number, 2)
    example = replay(home, maildir)["changes"][0]["examples"][0]
    assert example["subject"] == "choir one" and example["from"] == "Anna <anna@example.net>"
    assert example["path"].startswith(str(maildir)) and example["date"].endswith("Z")


def test_what_mail_holds_is_not_printed_raw(home):
    home.script("new", NEW)
    put(home.maildir, "1:2,", mail("choir \x1b[31mred\x07 =?utf-8?q?=E2=80=AEevil?="))
    out = home.run("filter", "replay", "--script", "new", "--verbose", home.maildir).out
    assert "choir" in out and "\x1b" not in out and "\x07" not in out and "\u202e" not in out


def test_a_script_that_fails_on_some(home, maildir):
    home.script("new", 'require ["fileinto", "variables"];\n'
                       'if header :matches "Subject" "choir *" { fileinto "a/../${1}"; }\n')
    run = home.run("filter", "replay", "--json", "--script", "new", maildir, status=1)
    answer, = run.lines
    assert answer["failed"] == 3 and len(answer["errors"]) == 3 and "new.sieve:2" in answer["errors"][0]["error"]


def test_a_filter_that_dies_does_not_take_the_command_down(home, maildir):
    environment = dict(home.environment(), IB_FAULT="filter.crash:3")
    run = subprocess.run(home.command("filter", "replay", "--json", "--script", "new", maildir), env=environment,
                         capture_output=True, timeout=120, check=False)
    answer = json.loads(run.stdout)
    assert run.returncode == 0 and answer["messages"] == 7 and answer["failed"] == 0


def test_mail_of_an_account_is_judged_as_such(home, server):
    """The journal knows through which account a message came, also when it is filed elsewhere now."""
    home.script("new", 'require ["environment", "fileinto"];\n'
                       'if environment "vnd.inbasket.account" "work" { fileinto "FromWork"; }\n')
    server.put("anna", [mail(f"work {n}").replace(b"\n", b"\r\n") for n in range(2)])
    home.account("work", server, filter__folder="At.Work")
    home.run("sync")
    put(home.maildir, "9:2,", mail("of nobody"))
    answer = replay(home, home.maildir)
    assert rows(answer) == [("At.Work", "FromWork", "", "new.sieve:2", 2)] and answer["messages"] == 3
    home.script("new", "# keeps all\n")
    assert rows(replay(home, home.maildir)) == []


def test_wrong_words(home, maildir, tmp_path):
    (tmp_path / "file").write_bytes(mail("x"))
    for arguments in ((), (tmp_path / "missing",), (tmp_path / "file",), ("--examples", "-1", maildir),
                      ("--script", "missing", maildir), ("--account", "nobody", maildir)):
        run = home.run("filter", "replay", *arguments, status=2)
        assert run.err.startswith("inbasket: ") and run.err.count("\n") == 1


def test_at_a_terminal(home, maildir):
    with Terminal(home, "filter", "replay", "--script", "new", maildir) as person:
        assert person.finish() == 0
    assert "INBOX → Lists.choir" in person.seen and "7 messages" in person.seen
