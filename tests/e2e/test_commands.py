"""The command line as a person and a script use it."""

import contextlib
import json
import os
import pty
import re
import signal
import subprocess
import unicodedata

import pytest
from e2e.inbasket import PATIENCE, TOP, Home, Service, assert_exactly_once
from mail import generate
from servers.bus import NAME
from servers.faulty import dead
from servers.notifications import SessionBus

COMMANDS = ["sync", "status", "log", "account", "filter", "undo", "why", "report", "learn", "classify", "eval"]
ADD = ["--address", "anna@example.com", "--protocol", "imap", "--host", "localhost", "--security", "tls", "--user", "anna"]


def add(home, server, name="work", *more, status=0, password="secret"):
    secret = home.secrets / name
    secret.write_text(password + "\n")
    secret.chmod(0o600)
    return home.run("account", "add", name, *ADD, "--port", server.imaps_port, "--ca-file", server.ca,
                    "--secret", f"file:{secret}", *more, status=status)


def test_version_and_help(home):
    assert home.run("--version").out.startswith("inbasket ")
    text = home.run("--help").out
    assert all(command in text for command in COMMANDS)
    for command in COMMANDS:
        assert "inbasket " + command in home.run(command, "--help").out


@pytest.mark.parametrize("command", [["account", "add"], ["account", "list"], ["account", "show"], ["account", "edit"], ["account", "test"],
                                     ["account", "pause"], ["account", "resume"], ["account", "remove"], ["filter", "check"],
                                     ["filter", "run"], ["filter", "list"], ["filter", "enable"], ["filter", "disable"]], ids=" ".join)
def test_help_of_sub_commands(home, command):
    assert "inbasket " + " ".join(command) in home.run(*command, "--help").out


@pytest.mark.parametrize("command", [
    "nosuch", "account nosuch", "account list --bogus", "account show", "account show nope", "account edit",
    "filter enable", "filter enable nope", "filter disable nope.sieve", "sync --bogus", "sync nope", "undo 1", "undo abcdefgh", "log --since never",
    "log --account nope", "log more", "account add", "eval -t 2 INBOX --junk Junk", "eval -s -1 INBOX --junk Junk",
    "report --html /", "report --html=",
])
def test_an_error_is_one_line(home, command):
    error = home.run(*command.split(), status=2).err
    assert error.startswith("inbasket: ") and error.count("\n") == 1
    if "--bogus" in command:
        assert f"“inbasket {command.split(' --')[0]} --help” lists" in error


@pytest.mark.parametrize(("command", "remedy"), [
    ("account add", "“inbasket account add --help” shows how"), ("eval -t 2 INBOX --junk Junk", "Give a probability between 0 and 1"),
    ("eval -s -1 INBOX --junk Junk", "Give 0 or more"), ("report --html /", "Name a file"), ("report --html=", "Name a file"),
])
def test_a_refusal_says_what_to_do(home, command, remedy):
    assert remedy in home.run(*command.split(), status=2).err


@pytest.mark.parametrize("names", [["work"], ["home", "work"]], ids=" ".join)
def test_all_are_paused(server, home, names):
    for name in names:
        home.account(name, server, account__enabled=False)
    run = home.sync()
    assert run.summary == {}
    run = home.run("sync")
    assert "paused" in run.out and f"inbasket account resume {names[0]}" in run.out + run.err
    assert home.run("sync", "--quiet").out == ""


@pytest.mark.parametrize("command", [["why"], ["classify"], ["filter", "run"], ["filter", "check"], ["learn", "spam"]], ids=" ".join)
def test_behind_two_dashes_nothing_is_an_option(home, tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "--json").write_bytes(b"keep;\n" if "check" in command else generate.small(118, 1)[0])
    run = home.run(*command, "--", "--json")
    assert not run.err.startswith("inbasket:"), run.err


def onto_a_full_disk():
    os.dup2(os.open("/dev/full", os.O_WRONLY), 1)


@pytest.mark.parametrize("command", [["status"], ["status", "--json"], ["filter", "list"], ["client"], ["report", "--json"]], ids=" ".join)
def test_what_could_not_be_written_is_a_failure(home, command):
    error = home.run(*command, before=onto_a_full_disk, status=1).err.splitlines()[-1]
    assert error.startswith("inbasket: ") and "could be written" in error


def before_nobody():
    """As behind "| head", which has read enough, where a library has the signal of that ignored."""
    reader, writer = os.pipe()
    os.close(reader)
    os.dup2(writer, 1)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)


def test_who_reads_no_further_is_told_nothing(home):
    assert home.run("filter", "list", before=before_nobody).err == ""


def without_streams():
    os.closerange(0, 3)


def test_no_file_of_ours_takes_the_place_of_a_closed_stream(server, home):
    mails = generate.small(119, 20)
    server.put("anna", mails)
    home.account("work", server)
    home.account("nowhere", server, account__port="1")
    home.run("sync", "--json", before=without_streams, status=1)
    assert_exactly_once(mails, home)
    assert (home.path / "state" / "lock").read_bytes() == b"", "what was printed went into it"


def test_account_life(server, home):
    server.put("anna", generate.small(111, 5))
    add(home, server)
    assert "work" in home.run("account", "list").out
    shown = home.run("account", "show", "work").out
    assert "localhost" in shown and "anna@example.com" in shown and "secret\n" not in shown.replace("secret=", "")
    steps = home.run("account", "test", "work").out
    assert "TLS" in steps and "5" in steps
    home.run("account", "edit", "work", "--after", "delete-after:14d")
    assert "delete-after:14d" in home.run("account", "show", "work").out
    home.run("account", "pause", "work")
    assert home.sync(status=(0, 1, 6)).delivered == []
    home.run("account", "resume", "work")
    assert len(home.sync().delivered) == 5
    home.run("account", "remove", "work")
    assert "work" not in home.run("account", "list").out
    assert len(home.files()) == 5, "mail is kept unless asked"


def test_add_refuses_what_is_wrong(server, home):
    add(home, server)
    run = add(home, server, status=(1, 2, 3))
    assert "work" in run.err, "it is there already"
    for more in (["--protocol", "imp"], ["--after", "burn"], ["--security", "none", "--host", "mail.example.com"]):
        run = add(home, server, "other", *more, status=(1, 2, 3))
        assert run.err.strip() and "other" not in home.run("account", "list").out
    run = home.run("account", "add", "../evil", *ADD, status=(1, 2, 3))
    assert run.err.strip()


def test_comments_survive_an_edit(server, home):
    add(home, server)
    path = home.accounts / "work.conf"
    path.write_text("# my oldest account\n" + path.read_text().replace("[account]", "[account]\n# ask Tom for the name", 1))
    home.run("account", "edit", "work", "--after", "keep")
    assert "# my oldest account" in path.read_text() and "# ask Tom for the name" in path.read_text()


@pytest.mark.parametrize(("password", "words"), [("secret", []), ("wrong", ["password", "refused"])], ids=["good", "wrong"])
def test_account_test_says_where_it_fails(server, home, password, words):
    add(home, server, password=password)
    run = home.run("account", "test", "work", status=(1, 6) if words else 0)
    assert not words or any(word in (run.out + run.err).lower() for word in words)


def test_account_test_of_a_dead_server(server, home):
    home.account("work", dead(server))
    run = home.run("account", "test", "work", status=(1, 6))
    assert "localhost" in run.out + run.err


def test_secret_from_a_command(server, home):
    server.put("anna", generate.small(112, 2))
    home.account("work", server, account__secret="command:printf '%s\\nsecond line' secret")
    assert len(home.sync().delivered) == 2


def test_secret_commands_that_fail(server, home):
    for command in ("false", "/no/such/program", "true"):
        home.account("work", server, account__secret=f"command:{command}")
        assert home.sync(status=6).summary["work"]["error"]


def test_secret_file_that_others_can_read(server, home):
    home.account("work", server)
    (home.secrets / "work").chmod(0o644)
    run = home.sync(status=6)
    assert "0600" in run.summary["work"]["error"] or "secrets/work" in run.summary["work"]["error"]


def test_secret_is_never_in_argv_or_output(server, home):
    home.account("work", server, password="visible-if-we-err")
    run = home.run("--verbose", "sync", status=6, env={"G_MESSAGES_DEBUG": "all"})
    assert "visible-if-we-err" not in run.out + run.err


def test_status(server, home):
    server.put("anna", [m.data for m in generate.messages(113, 30)])
    home.account("work", server)
    home.account("paused", server, account__enabled=False)
    before = json.loads(home.run("status", "--json").out)
    assert {a["name"]: a["state"] for a in before["accounts"]}["paused"] == "paused"
    home.sync()
    account = {a["name"]: a for a in json.loads(home.run("status", "--json").out)["accounts"]}["work"]
    assert account["delivered"] == 30 and account["state"] == "ok" and account["protected"] is True and account["last_poll"]
    assert account["junk"] == sum(m.kind == "spam" for m in generate.messages(113, 30))
    text = home.run("status").out
    assert "work" in text and "paused" in text
    assert home.run().out == text, "inbasket alone is status"


def test_status_tells_what_went_wrong(server, home):
    home.account("work", server, password="wrong")
    home.sync(status=6)
    account, = json.loads(home.run("status", "--json").out)["accounts"]
    assert account["state"] in ("sign-in-needed", "error") and account["error"]


def test_log(server, home):
    mails = generate.messages(114, 40)
    server.put("anna", [m.data for m in mails])
    home.account("work", server)
    run = home.sync()
    lines = home.run("log", "--json").lines
    assert {line["id"] for line in lines} == {event["id"] for event in run.delivered}
    junk = home.run("log", "--json", "--junk").lines
    assert len(junk) == sum(m.kind == "spam" for m in mails)
    assert len(home.run("log").out.splitlines()) >= 40
    assert home.run("log", "--json", "--since", "2099-01-01").lines == []
    nothing = home.run("log", "--since", "2099-01-01")
    assert nothing.out == "" and "Nothing came since then" in nothing.err
    assert home.run("log", "--json", "--account", "work").lines


def test_log_in_a_pipe_cuts_nothing(server, home):
    subject, sender = "a subject that goes on " * 8 + "to its end", "somebody.with.a.long.name@a.long.name.of.a.host.example"
    server.put("anna", [f"From: {sender}\r\nSubject: {subject}\r\n\r\nbody\r\n".encode()])
    home.account("work", server)
    home.sync()
    assert subject in home.run("log").out and sender in home.run("log").out


def test_log_on_a_terminal_stands_below_itself(server, home):
    server.put("anna", [m.data for m in generate.messages(114, 40)])
    home.account("work", server)
    home.sync()
    shown, status = home.on_terminal("log")
    lines = shown.splitlines()
    assert status == 0 and len(lines) == 40 and any("  Junk   " in line for line in lines)
    for line in lines:
        width = sum(2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1 for c in line)
        assert width <= 80, (width, line)
        assert line[33:35] == "  " and line[35] != " ", line


@pytest.mark.parametrize("with_service", [False, True], ids=["alone", "with the service"])
def test_status_fits_a_terminal(server, home, with_service):
    home.account("work", server, account__address="somebody.with.a.long.name@mail.example.com")
    home.account("pop", server, protocol="pop3")
    home.sync()
    with contextlib.ExitStack() as stack:
        if with_service:
            bus = stack.enter_context(SessionBus())
            service = stack.enter_context(Service(home, bus=bus.address))
            service.until(lambda: bus.has(NAME), "its name on the bus")
        env = {"DBUS_SESSION_BUS_ADDRESS": bus.address} if with_service else {}
        shown, status = home.on_terminal("status", env=env)
        assert status == 0 and max(len(line) for line in shown.splitlines() if not line.startswith("Maildir:")) <= 80, shown
        head = shown.splitlines()[0]
        assert "Left" in head and "Address" not in head and ("Next look" in head) == with_service
        assert "Address" in home.run("status", env=env).out


def test_status_keeps_words_whole(server, home):
    home.account("work", server, password="wrong")
    home.run("sync", status=6)
    shown, status = home.on_terminal("status")
    lines = [line for line in shown.splitlines() if not line.startswith(("Maildir:", "  →"))]
    assert status == 0 and max(len(line) for line in lines) <= 80, shown
    assert "Check user= and the password; many providers want an app password." in " ".join(shown.split())
    assert "work: localhost: The server did not take" in home.run("status").out


def test_terminal_that_cannot_draw_gets_no_progress(server, home):
    server.put("anna", [m.data for m in generate.messages(115, 3)])
    home.account("work", server)
    shown, status = home.on_terminal("sync", env={"TERM": "dumb"})
    assert status == 0 and "work" in shown
    assert "\r" not in shown and "\033" not in shown


def test_nothing_from_mail_reaches_the_terminal_raw(server, home):
    evil = ("From: =?utf-8?Q?=1B]0;owned=07=1B[2J?= <a@example.net>\r\nSubject: =?utf-8?Q?=1B[31mred=0D=0Afake_line_=E2=80=AEgnp?=\r\n"
            "Message-ID: <evil\x1b[2J@example.net>\r\n\r\nx\r\n").encode()
    server.put("anna", [evil])
    home.account("work", server)
    for arguments in (["sync"], ["log"], ["status"], ["undo", "--since", "1h"], ["log", "--json"]):
        # JSON is for programs: there the sign that turns the direction of writing is a letter like any other.
        unwanted = r"[\x00-\x08\x0b-\x1f\x7f]" if "--json" in arguments else r"[\x00-\x08\x0b-\x1f\x7f\u202e]"
        text = home.run(*arguments).out
        assert not re.search(unwanted, text), repr(text)


def test_filter_check(home, tmp_path):
    good, bad = tmp_path / "good.sieve", tmp_path / "bad.sieve"
    good.write_text('require "fileinto";\nif header :is "Subject" "x" { fileinto "X"; }\n')
    bad.write_text('require "fileinto";\nif header :is "Subject" "x" {\n  fileinto 7;\n}\n')
    home.run("filter", "check", good)
    run = home.run("filter", "check", good, bad, status=1)
    assert re.search(r"bad\.sieve:3:\d+: ", run.err + run.out)
    redirect = tmp_path / "redirect.sieve"
    redirect.write_text('redirect "x@example.net";\n')
    home.run("filter", "check", redirect, status=(0, 1))
    note, = (json.loads(line) for line in home.run("filter", "check", "--json", redirect).out.splitlines())
    assert note["severity"] == "dry-run-only" and f"{redirect}:1: Inbasket sends no mail" in note["message"]

    # What surely is a mistake is told, and is no error.
    for folder in ("cur", ".Lists.choir/cur"):
        (home.maildir / folder).mkdir(parents=True)
    case = tmp_path / "case.sieve"
    case.write_text('require "fileinto";\n\tif header :is "Subject" "x " { fileinto "lists.Choir"; }\n')
    warnings = [json.loads(line) for line in home.run("filter", "check", "--json", case).out.splitlines()]
    assert [(w["severity"], w["line"], w["column"]) for w in warnings] == [("warning", 2, 26), ("warning", 2, 42)]
    assert "Lists.choir" in warnings[1]["message"]


def test_filter_list_enable_disable(home):
    home.script("mine", "keep;\n")
    assert "junk" in home.run("filter", "list").out and "mine" in home.run("filter", "list").out
    home.run("filter", "enable", "mine")
    assert "mine" in (home.config / "inbasket.conf").read_text()
    home.run("filter", "disable", "mine")
    assert "mine" not in (home.config / "inbasket.conf").read_text()
    assert home.run("filter", "enable", "no-such-filter", status=(1, 2, 3)).err


def test_filter_run_on_standard_input_and_trace(home):
    data = b"From: a@example.net\nSubject: hello\nX-Spam-Flag: YES\n\nx\n"
    home.script("mine", 'require "fileinto";\nif header :contains "Subject" "hello" { fileinto "Greetings"; }\n')
    run = subprocess.run(home.command("filter", "run", "--json", "--trace", "--script", "mine"), input=data, env=home.environment(),
                         capture_output=True, check=False)
    assert run.returncode == 0, run
    line = json.loads(run.stdout)
    assert {"action": "fileinto", "mailbox": "Greetings"}.items() <= line["actions"][0].items()
    assert line["trace"] and all({"script", "line", "test", "result"} <= set(step) for step in line["trace"])


def test_filter_run_goes_on_after_a_message_that_cannot_be_read(home, tmp_path):
    good = tmp_path / "good.eml"
    good.write_bytes(b"Subject: x\n\n")
    run = home.run("filter", "run", "--json", tmp_path / "missing.eml", good, status=1)
    assert [line["error"] is None for line in run.lines] == [False, True]


@pytest.mark.parametrize("name", generate.odd())
def test_filter_run_on_odd_messages(home, tmp_path, name):
    path = tmp_path / "odd.eml"
    path.write_bytes(generate.odd()[name])
    line, = home.run("filter", "run", "--json", path).lines
    assert line["error"] is None and line["actions"]


def test_sync_on_a_terminal_shows_progress_and_a_table(server, home):
    server.put("anna", generate.small(115, 300))
    home.account("work", server)
    parent, child = pty.openpty()
    process = subprocess.Popen(home.command("sync"), env=home.environment(TERM="xterm"), stdin=child, stdout=child, stderr=child)
    os.close(child)
    seen = b""
    try:
        while chunk := os.read(parent, 65536):
            seen += chunk
    except OSError:
        pass        # the other side of a terminal has gone
    finally:
        os.close(parent)
    assert process.wait(PATIENCE) == 0
    assert b"work" in seen and b"300" in seen and b"\r" in seen.replace(b"\r\n", b"")


def test_sync_in_a_pipe_is_quiet_about_progress(server, home):
    server.put("anna", generate.small(116, 50))
    home.account("work", server)
    run = home.run("sync")
    assert "\r" not in run.out + run.err and "\x1b" not in run.out + run.err and "work" in run.out
    assert home.run("sync", "--quiet").out == ""


def test_no_accounts_at_all(home):
    run = home.run("sync", status=(0, 1, 2, 3))
    assert "inbasket setup" in run.out + run.err, "it says what to do next"


def test_man_pages_and_completions_name_every_command():
    manual = (TOP / "data" / "man" / "inbasket.1").read_text()
    completions = [path for path in (TOP / "data" / "completions").iterdir() if path.name != "meson.build"]
    assert len(completions) >= 3
    for command in COMMANDS:
        assert command in manual
        assert all(command in path.read_text() for path in completions), command
    assert (TOP / "data" / "man" / "inbasket.conf.5").exists()


def test_man_pages_are_sound():
    for page in (TOP / "data" / "man").glob("*.[1-9]"):
        run = subprocess.run(["man", "--warnings", "-l", "-Tutf8", str(page)], capture_output=True, env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin",
                             "MANWIDTH": "100"}, check=True)
        assert not run.stderr, run.stderr


def test_unicode_home(server, tmp_path):
    home = Home(tmp_path / "Ännas Zuhause 家")
    server.put("anna", generate.small(117, 3))
    home.account("work", server)
    home.sync()
    assert_exactly_once(generate.small(117, 3), home)


@pytest.mark.parametrize(("command", "words"), [
    (["log", "--follow", "--account", "nope"], "There is no account “nope”"), (["account", "list", "work"], "takes no argument: “work”"),
    (["filter", "list", "junk"], "takes no argument: “junk”"), (["why", "1a2"], "six and more of its first")])
def test_what_means_nothing_is_refused(home, command, words):
    home.run("account", "add", "work", "--address", "a@example.org", "--host", "localhost", "--secret", "command:true")
    assert words in home.run(*command, status=2).err


@pytest.mark.parametrize(("command", "words"), [
    (["learn"], "takes “spam” or “ham”"), (["learn", "span", "x"], "takes “spam” or “ham”"), (["learn", "spam"], "No message was named")])
def test_learn_without_its_words(home, command, words):
    assert words in home.run(*command, status=2).err
