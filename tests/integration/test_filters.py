"""`inbasket filter`: checking, choosing and trying filters."""

import json
import subprocess

import pytest
from e2e.inbasket import TOP
from integration.terminal import Terminal

GOOD = 'require "fileinto";\nif header :contains "Subject" "hello" { fileinto "Greetings"; }\n'
BAD = 'require "fileinto";\nif header :is "Subject" "x" {\n\tfileinto 7;\n}\n'
REDIRECT = 'redirect "x@example.net";\n'
HELLO = b"From: a@example.net\r\nSubject: hello\r\n\r\nx\r\n"
OTHER = b"From: a@example.net\nSubject: other\n\nx\n"
SHIPPED = ["back-doors.sieve", "friends.sieve", "junk.sieve", "list-folders.sieve", "lists.sieve", "newsletters.sieve", "notifications.sieve", "per-account.sieve"]


@pytest.fixture
def scripts(home):
    home.script("good", GOOD)
    home.script("bad", BAD)
    home.script("redirect", REDIRECT)
    return home.config / "filters"


# check

def test_check_names_the_place(home, scripts):
    run = home.run("filter", "check", scripts / "good.sieve", scripts / "bad.sieve", status=1)
    assert f"{scripts}/bad.sieve:3:11: " in run.err and "good.sieve: right" in run.out
    assert "^" not in run.err, "marks are for terminals"


def test_check_by_name_and_of_all_that_is_shipped(home):
    home.run("filter", "check", *SHIPPED)
    home.run("filter", "check", "junk")


def test_check_at_a_terminal_marks_the_place(home, scripts):
    with Terminal(home, "filter", "check", scripts / "bad.sieve") as person:
        assert person.finish() == 1
    lines = person.seen.replace("\r", "").split("\n")
    mark = next(i for i, line in enumerate(lines) if line.strip() == "^")
    assert lines[mark - 1][lines[mark].index("^")] == "7"


def test_check_in_json(home, scripts):
    line, = home.run("filter", "check", "--json", scripts / "bad.sieve", status=1).lines
    assert (line["line"], line["column"], line["severity"]) == (3, 11, "error") and line["file"].endswith("bad.sieve")


def test_check_of_what_may_not_be_activated(home, scripts):
    assert "dry" in home.run("filter", "check", scripts / "redirect.sieve").out


def test_check_of_a_draft(home, scripts):
    """Standard input is looked at as the filter that it is to be, also by those that include that one."""
    def check(*arguments, draft):
        return subprocess.run(home.command("filter", "check", "--json", *arguments), input=draft, env=home.environment(), capture_output=True, text=True,
                              check=False)
    home.script("good", 'require "include"; include "part";')
    home.script("part", "keep;")
    assert check("--draft", "part", draft="discard;").returncode == 0
    wrong = check("--draft", "part", draft=BAD)
    assert wrong.returncode == 1 and [json.loads(line)["file"] for line in wrong.stdout.splitlines()] == ["part.sieve"]
    both = check("--draft", "part", "good", draft=BAD)
    assert [json.loads(line)["file"] for line in both.stdout.splitlines()][:2] == ["part.sieve", "part.sieve"]
    circle = check("--draft", "part", draft='require "include"; include "good";')
    assert "itself" in circle.stdout
    assert check("--draft", "../part", draft="keep;").returncode == 2
    assert (scripts / "part.sieve").read_text() == "keep;"


def test_check_of_nothing(home, tmp_path):
    assert home.run("filter", "check", status=2).err
    assert home.run("filter", "check", tmp_path / "missing.sieve", status=1).err
    assert home.run("filter", "check", "missing", status=1).err


# list, enable, disable

def test_list(home, scripts):
    home.script("lists", "keep;\n")
    lines = {line["name"]: line for line in home.run("filter", "list", "--json").lines}
    assert sorted(lines) == sorted([*SHIPPED, "good.sieve", "bad.sieve", "redirect.sieve"])
    assert lines["junk.sieve"] == {"name": "junk.sieve", "active": True, "place": 1, "path": str(TOP / "data/filters/junk.sieve"), "own": False,
                                   "hides_shipped": False, "compiles": True, "about": "what is called spam goes into the folder Junk.",
                                   "test": str(TOP / "data/filters/junk.svtest"), "accounts": []}
    assert lines["lists.sieve"]["own"] and lines["lists.sieve"]["hides_shipped"] and not lines["lists.sieve"]["active"]
    assert not lines["bad.sieve"]["compiles"]
    out = home.run("filter", "list").out
    assert "in place of the shipped one" in out and "does not compile" in out


def active(home):
    lines = [line for line in home.run("filter", "list", "--json", status=None).lines if line["active"]]
    assert [line["place"] for line in lines] == list(range(1, len(lines) + 1))
    return [line["name"] for line in lines]


def test_enable_and_disable_keep_order_and_comments(home, scripts):
    home.configure(filter__scripts="lists.sieve;junk.sieve")
    path = home.config / "inbasket.conf"
    path.write_text("# mine\n" + path.read_text().replace("scripts=", "# in this order\nscripts="))
    assert home.run("filter", "enable", "good", "--json").lines == [{"scripts": ["lists.sieve", "junk.sieve", "good.sieve"]}]
    home.run("filter", "disable", "junk.sieve")
    assert active(home) == ["lists.sieve", "good.sieve"]
    assert path.read_text().startswith("# mine\n[filter]\n# in this order\nscripts=lists.sieve;good.sieve\n")


def test_the_last_one_can_be_disabled(home):
    home.run("filter", "disable", "junk")
    assert active(home) == []
    home.run("filter", "enable", "junk")
    assert active(home) == ["junk.sieve"]
    assert "active already" in home.run("filter", "enable", "junk").out


@pytest.mark.parametrize(("name", "status", "words"), [
    ("bad", 1, "bad.sieve:3:11: "), ("redirect", 1, "sends no mail"), ("jnk", 2, "did you mean \"junk.sieve\"?"),
    ("../junk", 2, "without its folder"),
], ids=["bad", "redirect", "unknown", "folder"])
def test_enable_refuses(home, scripts, name, status, words):
    assert words in home.run("filter", "enable", name, status=status).err
    assert not (home.config / "inbasket.conf").exists()


def test_disable_what_is_not_active(home):
    assert "not active" in home.run("filter", "disable", "lists", status=2).err


def test_a_filter_that_is_gone_can_be_disabled(home, scripts):
    home.run("filter", "enable", "good")
    (scripts / "good.sieve").unlink()
    assert "inbasket.conf:2: scripts: there is no filter" in home.run("account", "list", status=3).err
    assert "no such file" in home.run("filter", "list", status=1).out
    home.run("filter", "disable", "good")
    home.run("account", "list")


# run

def run_on(home, *arguments, data=None):
    return subprocess.run(home.command("filter", "run", *map(str, arguments)), input=data, env=home.environment(), capture_output=True,
                          check=False)


def test_run_on_files_folders_and_standard_input(home, scripts, tmp_path):
    maildir = tmp_path / "box"
    for part in ("cur", "new", "tmp"):
        (maildir / part).mkdir(parents=True)
    (maildir / "cur" / "2:2,S").write_bytes(OTHER)
    (maildir / "new" / "1").write_bytes(HELLO)
    (maildir / "tmp" / "3").write_bytes(HELLO)
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / "a.eml").write_bytes(HELLO)
    (plain / ".hidden").write_bytes(HELLO)
    run = run_on(home, "--json", "--script", "good", plain, maildir, "-", data=HELLO)
    assert run.returncode == 0, run
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    assert [line["path"] for line in lines] == [f"{plain}/a.eml", f"{maildir}/cur/2:2,S", f"{maildir}/new/1", "-"]
    assert [line["actions"][0]["action"] for line in lines] == ["fileinto", "keep", "fileinto", "fileinto"]
    assert lines[0]["actions"] == [{"action": "fileinto", "mailbox": "Greetings"}]
    assert all(line["spam"] is None and line["verdict"] == "unsure" and line["error"] is None for line in lines)
    assert not home.files() and not home.state.exists(), "a dry run makes nothing"


def test_run_keeps_the_order_of_many(home, scripts, tmp_path):
    for i in range(300):
        (tmp_path / f"{i:03}.eml").write_bytes(HELLO if i % 3 else OTHER)
    lines = [json.loads(line) for line in run_on(home, "--json", "--script", "good", tmp_path).stdout.splitlines()]
    lines = [line for line in lines if line["path"].endswith(".eml")]
    assert [line["actions"][0]["action"] == "fileinto" for line in lines] == [bool(i % 3) for i in range(300)]


def test_run_takes_a_file_as_script_and_several_of_them(home, scripts, tmp_path):
    elsewhere = tmp_path / "new.sieve"
    elsewhere.write_text('require "fileinto"; fileinto "Elsewhere"; stop;\n')
    message = tmp_path / "m.eml"
    message.write_bytes(OTHER)
    run = run_on(home, "--json", "--script", "good", "--script", elsewhere, message)
    line = json.loads(run.stdout)
    assert line["actions"][0]["mailbox"] == "Elsewhere" and line["rule"] == "new.sieve:1"


def test_run_as_an_account(home, scripts, tmp_path):
    home.accounts.mkdir(parents=True)
    (home.accounts / "work.conf").write_text("[account]\naddress=anna@example.org\nhost=x.example.org\n[filter]\nscripts=good.sieve\nfolder=At.%a\n")
    message = tmp_path / "m.eml"
    for data, mailbox in ((HELLO, "Greetings"), (OTHER, "At.work")):
        message.write_bytes(data)
        assert json.loads(run_on(home, "--json", "--account", "work", message).stdout)["actions"][0]["mailbox"] == mailbox
    assert run_on(home, "--account", "wrok", message).returncode == 2


def test_run_in_words(home, scripts, tmp_path):
    message = tmp_path / "m.eml"
    message.write_bytes(b"Subject: \x1b[31mhello\n\nx\n")
    run = run_on(home, "--script", "good", "--trace", message)
    out = run.stdout.decode()
    assert "unsure → fileinto Greetings (good.sieve:2)" in out and "header :contains" in out and "\x1b" not in out


def test_trace_tells_what_matched(home, tmp_path):
    home.script("steps", 'require ["fileinto", "variables"];\n'
                         'if anyof (header :is "X-List" "none", header :matches "Subject" ["x", "[*] *"]) {\n'
                         '    fileinto "Lists.${1}";\n    stop;\n}\nkeep;\n')
    message = tmp_path / "m.eml"
    message.write_bytes(b"X-List: a\nX-List: b\nSubject: [choir] " + 300 * b"hello" + b"\n\nx\n")
    line = json.loads(run_on(home, "--json", "--script", "steps", "--trace", message).stdout)
    steps = [(step["line"], step["depth"], step["kind"], step["test"].split()[0], step["result"]) for step in line["trace"]]
    assert steps == [(2, 2, "test", "header", False), (2, 2, "test", "header", True), (2, 1, "operator", "anyof", True),
                     (2, 0, "branch", "if", True), (3, 1, "action", "fileinto", True), (4, 1, "action", "stop", True),
                     (4, 0, "end", "stop", False)]
    first, second = line["trace"][:2]
    assert first["values"] == ["a", "b"] and first["key"] is None and first["looked_at"] == 2
    assert second["key"] == "[*] *" and second["captures"][1] == "choir"
    assert second["value"].endswith("…") and len(second["value"]) == 201 and line["trace_is_cut"] is False
    words = run_on(home, "--script", "steps", "--trace", message).stdout.decode()
    assert words.index("  if\n") < words.index("    anyof\n") < words.index("      header :is") < words.index("      header :matches")
    assert "${1} is “choir”" in words and "stopped; it decided" in words


def test_run_does_not_start_with_what_is_wrong(home, scripts, tmp_path):
    message = tmp_path / "m.eml"
    message.write_bytes(HELLO)
    assert b"bad.sieve:3:11: " in run_on(home, "--script", "bad", message).stderr
    assert run_on(home, "--script", "bad", message).returncode == 2
    home.configure(filter__scripts="bad.sieve")
    assert run_on(home, message).returncode == 3
    (home.config / "inbasket.conf").write_text("[filter]\nscripts=gone.sieve\n")
    run = run_on(home, message)
    assert run.returncode == 3 and b"inbasket.conf:2: " in run.stderr


def test_run_on_what_is_no_message(home, scripts, tmp_path):
    good = tmp_path / "good.eml"
    good.write_bytes(HELLO)
    run = run_on(home, "--json", "--script", "good", tmp_path / "missing", "/dev/null", good)
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    assert run.returncode == 1 and [line["error"] is None for line in lines] == [False, False, True]
