"""`inbasket account`: what it writes, what it refuses, and how it asks."""

import json
import stat
import subprocess

import pytest
from integration.terminal import Terminal

BASE = ["--address", "anna@example.org", "--host", "imap.example.org"]
COMMAND = ["--secret", "command:printf secret"]


def add(home, *more, name="work", status=0):
    return home.run("account", "add", name, *BASE, *more, status=status)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


# add

ALL = {
    "address": "anna@example.org", "aliases": "a@example.org;b@example.org", "enabled": "false", "protocol": "imap",
    "host": "imap.example.org", "port": "1143", "security": "starttls", "allow-plaintext": "true", "ca-file": "/etc/passwd",
    "fingerprint": "sha256:" + "ab" * 32, "user": "anna", "auth": "oauth2", "secret": "command:pass show x", "provider": "gmx",
    "oauth2-client-id": "id", "oauth2-client-secret": "nothing-secret", "oauth2-auth-url": "https://a", "oauth2-token-url": "https://t",
    "oauth2-device-url": "https://d", "oauth2-scope": "mail", "folders": "INBOX;Lists/*", "since": "30d", "after": "delete-after:14d",
    "max-size": "20M", "interval": "10m", "push": "false", "filter-enabled": "false", "scripts": "lists.sieve", "server-junk": "move",
    "folder": "Work.%f",
}


def test_add_takes_every_key_as_a_flag(home):
    flags = [word for key, value in ALL.items() for word in (f"--{key}", value)]
    home.run("account", "add", "work", *flags)
    shown = json.loads(home.run("account", "show", "work", "--json").out)
    found = shown["account"] | shown["fetch"] | {"filter-enabled" if key == "enabled" else key: value for key, value in shown["filter"].items()}
    assert found == ALL | {"oauth2-client-secret": "(set)"}
    assert "nothing-secret" not in home.run("account", "show", "work").out


def test_add_says_that_a_mailbox_is_fetched_already(home):
    add(home, *COMMAND)
    again = home.run("account", "add", "again", "--address", "anna@example.org", "--host", "IMAP.example.org", *COMMAND)
    assert "“work” fetches this mailbox already" in again.err and (home.accounts / "again.conf").exists()
    assert "already" not in home.run("account", "edit", "again", "--folders", "Lists").err


def test_add_writes_a_private_file_in_the_documented_order(home):
    add(home, "--after", "delete", "--user", "anna", *COMMAND)
    path = home.accounts / "work.conf"
    assert path.read_text() == ("[account]\naddress=anna@example.org\nhost=imap.example.org\nuser=anna\nsecret=command:printf secret\n"
                                "\n[fetch]\nafter=delete\n")
    assert (mode(path), mode(home.accounts), mode(home.config)) == (0o600, 0o700, 0o700)


@pytest.mark.parametrize(("more", "words"), [
    (["--security", "tsl"], 'security: "tsl" is not one of tls, starttls, none; did you mean "tls"?'),
    (["--security", "none"], "readable by anyone on the way"),
    (["--protocol", "pop3", "--after", "move:Done"], "POP3 cannot move mail"),
    (["--protocol", "pop3", "--folders", "INBOX;Lists"], "POP3 has no folder but INBOX"),
    (["--scripts", "lsts.sieve"], 'there is no filter "lsts.sieve"; did you mean "lists.sieve"?'),
    (["--address", "anna"], '"anna" is not a mail address'),
    (["--secret", "hunter2"], "keyring, command:…, credential:NAME, file:PATH or goa:ID"),
    (["--hots", "x"], "--hots"),
], ids=lambda value: " ".join(value) if isinstance(value, list) else None)
def test_add_says_what_is_wrong_and_writes_nothing(home, more, words):
    run = add(home, *(COMMAND if "--secret" not in more else []), *more, status=2)
    assert words in run.err and "hunter2" not in run.err
    assert not list(home.accounts.glob("*")) if home.accounts.exists() else True


def test_add_without_what_is_needed(home):
    assert "host is missing; add host=imap.EXAMPLE.ORG" in home.run("account", "add", "work", "--address", "a@b.c", status=2).err
    assert "address is missing" in home.run("account", "add", "work", status=2).err
    assert "The new account needs a name" in home.run("account", "add", status=2).err


@pytest.mark.parametrize("name", ["Work", ".work", "a/b", "a b", "x" * 65, ""])
def test_add_refuses_a_name_that_cannot_be_one(home, name):
    run = home.run("account", "add", *BASE, *COMMAND, "--", name, status=2)
    assert "cannot be an account's name" in run.err


# The secret

def pipe_secret(home, *arguments, secret=b"hunter2\n"):
    return subprocess.run(home.command("account", *arguments, "--secret-stdin"), input=secret, env=home.environment(), capture_output=True,
                          check=False)


def test_secret_on_standard_input_needs_a_yes(home, tmp_path):
    path = tmp_path / "secrets" / "work"
    words = ["add", "work", *BASE, "--secret", f"file:{path}"]
    run = pipe_secret(home, *words)
    assert run.returncode == 2 and b"--yes" in run.stderr and not path.exists() and not (home.accounts / "work.conf").exists()
    run = pipe_secret(home, *words, "--yes")
    assert run.returncode == 0, run
    assert path.read_bytes() == b"hunter2" and (mode(path), mode(path.parent)) == (0o600, 0o700)
    assert b"hunter2" not in run.stdout + run.stderr
    assert "hunter2" not in "".join(file.read_text() for file in home.config.rglob("*") if file.is_file())


def test_secret_is_not_written_where_others_could_read_it(home, tmp_path):
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o755)
    run = pipe_secret(home, "add", "work", *BASE, "--secret", f"file:{folder}/work", "--yes")
    assert run.returncode == 1 and b"chmod 700" in run.stderr
    assert not list(folder.iterdir()) and not (home.accounts / "work.conf").exists()


def test_secret_for_a_command_is_not_taken(home):
    run = pipe_secret(home, "add", "work", *BASE, *COMMAND, "--yes")
    assert run.returncode == 2 and b"only reads a password" in run.stderr


def test_edit_changes_the_secret(home, tmp_path):
    path = tmp_path / "secrets" / "work"
    words = ["work", *BASE, "--secret", f"file:{path}", "--yes"]
    assert pipe_secret(home, "add", *words).returncode == 0
    assert pipe_secret(home, "edit", "work", "--yes", secret=b"other\nnot this\n").returncode == 0
    assert path.read_bytes() == b"other"


def test_secret_at_a_prompt_is_not_shown(home, tmp_path):
    path = tmp_path / "secrets" / "work"
    with Terminal(home, "account", "add", "work", *BASE, "--secret", f"file:{path}") as person:
        person.expect("[y/N]")
        person.type("y")
        person.expect("Password of anna@example.org at imap.example.org (it is not shown):")
        person.type("hunter2")
        assert person.finish() == 0, person.seen
    assert "hunter2" not in person.seen and path.read_text() == "hunter2"


def test_secret_is_not_written_after_a_no(home, tmp_path):
    path = tmp_path / "secrets" / "work"
    with Terminal(home, "account", "add", "work", *BASE, "--secret", f"file:{path}") as person:
        person.expect("[y/N]")
        person.type("")
        assert person.finish() == 2
    assert not path.exists() and not (home.accounts / "work.conf").exists()


# show, list

def test_list_and_show_of_a_broken_account(home):
    add(home, *COMMAND)
    (home.accounts / "broken.conf").write_text("[account]\naddress=a@b.c\nhots=x\n")
    words = 'broken.conf:3: unknown key "hots" in [account]; did you mean "host"?'
    run = home.run("account", "list", status=1)
    assert words in run.err and "work" in run.out and "broken" in run.out
    good, bad = home.run("account", "list", "--json", status=1).lines
    assert good == {"name": "work", "address": "anna@example.org", "protocol": "imap", "host": "imap.example.org", "port": 993,
                    "security": "tls", "enabled": True, "filtered": True, "error": None}
    assert bad["name"] == "broken" and bad["error"].endswith(words)
    assert words in home.run("account", "show", "broken", status=3).err
    assert words in home.run("account", "test", "broken", status=3).err


@pytest.mark.parametrize("setting, is_filtered", [("", True), ("[filter]\nenabled=false\n", False), ("[filter]\nscripts=\n", False)],
                         ids=["filtered", "switched-off", "without-filters"])
def test_list_and_status_agree_on_what_is_filtered(home, setting, is_filtered):
    add(home, *COMMAND)
    with open(home.accounts / "work.conf", "a", encoding="ascii") as file:
        file.write(setting)
    assert home.run("account", "list", "--json").lines[0]["filtered"] is is_filtered
    assert home.run("status", "--json").lines[0]["accounts"][0]["protected"] is is_filtered
    assert ("not filtered" in home.run("account", "list").out) is not is_filtered


def test_unknown_account_names_the_nearest(home):
    add(home, *COMMAND)
    for command in ("show", "edit", "test", "pause", "resume", "remove"):
        run = home.run("account", command, "wrok", status=2)
        assert "There is no account “wrok”" in run.err and "Did you mean “work”?" in run.err


def test_broken_settings_of_the_whole(home):
    add(home, *COMMAND)
    (home.config / "inbasket.conf").write_text("# mine\n[delivery]\nmaildri=/x\n")
    run = home.run("account", "list", status=3)
    assert 'inbasket.conf:3: unknown key "maildri" in [delivery]; did you mean "maildir"?' in run.err


# edit

def test_edit_keeps_what_the_user_wrote(home):
    home.accounts.mkdir(parents=True)
    path = home.accounts / "work.conf"
    path.write_text("# first\n\n[account]\n# who\naddress = anna@example.org\nhost=imap.example.org\n\n# how\n[fetch]\npush=false\n")
    home.run("account", "edit", "work", "--host", "mx.example.org", "--user", "anna", "--push", "", "--filter-enabled", "false")
    assert path.read_text() == ("# first\n\n[account]\n# who\naddress = anna@example.org\nhost=mx.example.org\nuser=anna\n\n# how\n[fetch]\n"
                                "\n[filter]\nenabled=false\n")


def test_edit_mends_what_is_broken(home):
    add(home, *COMMAND)
    path = home.accounts / "work.conf"
    path.write_text(path.read_text() + "port=many\n")
    assert 'work.conf:5: port: "many" is not a port' in home.run("account", "edit", "work", "--user", "x", status=3).err
    home.run("account", "edit", "work", "--port", "993")
    assert "port=993\n" in path.read_text()


def test_edit_without_flags_and_terminal(home):
    add(home, *COMMAND)
    assert "--after" in home.run("account", "edit", "work", status=2).err


@pytest.fixture
def editor(tmp_path):
    """An editor that appends the line in the file "line" to what it is given."""
    program = tmp_path / "editor"
    program.write_text(f'#!/bin/sh\ntest "$1" = --wait || exit 9\ncat "{tmp_path}/line" >> "$2"\n')
    program.chmod(0o755)
    return {"VISUAL": f"'{program}' --wait", "line": tmp_path / "line"}


def test_edit_in_an_editor(home, editor):
    add(home, *COMMAND)
    editor["line"].write_text("user=anna\n")
    with Terminal(home, "account", "edit", "work", env={"VISUAL": editor["VISUAL"]}) as person:
        assert person.finish() == 0, person.seen
    assert (home.accounts / "work.conf").read_text().endswith("user=anna\n")
    assert [path.name for path in home.accounts.iterdir()] == ["work.conf"], "the copy is gone"


def test_edit_in_an_editor_is_checked_before_it_counts(home, editor):
    add(home, *COMMAND)
    before = (home.accounts / "work.conf").read_text()
    editor["line"].write_text("user=anna\nport=many\n")
    with Terminal(home, "account", "edit", "work", env={"VISUAL": editor["VISUAL"]}) as person:
        person.expect('work.conf:6: port: "many" is not a port')
        person.expect("Edit again?")
        person.type("n")
        assert person.finish() == 3
    assert (home.accounts / "work.conf").read_text() == before
    assert [path.name for path in home.accounts.iterdir()] == ["work.conf"]


def test_edit_with_an_editor_that_fails(home):
    add(home, *COMMAND)
    before = (home.accounts / "work.conf").read_text()
    with Terminal(home, "account", "edit", "work", env={"VISUAL": "false"}) as person:
        assert person.finish() == 1
    assert (home.accounts / "work.conf").read_text() == before


# pause, resume, remove

def test_pause_and_resume(home):
    add(home, *COMMAND)
    path = home.accounts / "work.conf"
    path.write_text("# mine\n" + path.read_text())
    before = path.read_text()
    assert home.run("account", "pause", "work", "--json").lines == [{"name": "work", "enabled": False}]
    assert home.run("account", "list", "--json").lines[0]["enabled"] is False
    home.run("account", "pause", "work")
    home.run("account", "resume", "work")
    assert home.run("account", "list", "--json").lines[0]["enabled"] is True
    assert path.read_text().replace("enabled=true\n", "") == before


def test_remove_says_what_is_kept(home, tmp_path):
    secret = tmp_path / "secrets" / "work"
    assert pipe_secret(home, "add", "work", *BASE, "--secret", f"file:{secret}", "--yes").returncode == 0
    run = home.run("account", "remove", "work", "--yes")
    assert not (home.accounts / "work.conf").exists() and secret.exists()
    assert "Kept" in run.out and str(secret) in run.out


def test_remove_asks_at_a_terminal(home):
    add(home, *COMMAND)
    for answer, is_there in (("n", True), ("y", False)):
        with Terminal(home, "account", "remove", "work") as person:
            person.expect("Remove the account work?")
            person.type(answer)
            assert person.finish() == 0
        assert (home.accounts / "work.conf").exists() == is_there


def test_remove_of_a_broken_account(home):
    home.accounts.mkdir(parents=True)
    (home.accounts / "work.conf").write_text("nonsense\n")
    home.run("account", "remove", "work", "--yes")
    assert not (home.accounts / "work.conf").exists()


# test

STEPS = ["secret", "resolve", "connect", "greeting", "tls", "capabilities", "sign-in", "count"]


@pytest.mark.parametrize(("protocol", "security"), [("imap", "tls"), ("imap", "starttls"), ("pop3", "tls"), ("pop3", "starttls")])
def test_every_step_is_told(server, home, protocol, security):
    server.put("anna", [b"Subject: x\r\n\r\nx\r\n"] * 3)
    home.account("work", server, protocol=protocol, security=security)
    lines = home.run("account", "test", "work", "--json").lines
    told = {line["step"] for line in lines[:-1]}
    # A greeting in clear may be anybody's: it need not be shown.
    assert told | {"greeting"} == set(STEPS) and [line["step"] for line in lines[:3]] == STEPS[:3]
    assert lines[-1] == {"event": "result", "name": "work", "ok": True, "error": None}
    assert "3" in [line["text"] for line in lines if line.get("step") == "count"][0]
    assert "works" in home.run("account", "test", "work").out
    assert not home.files() and not home.state.exists(), "nothing is fetched, and nothing made"


def test_failures_say_what_to_look_at(server, home):
    for name, keys, words in (
            ("password", {"password": "wrong"}, "app password"),
            ("authority", {"account__ca_file": None}, "ca-file="),
            ("host", {"account__host": "no-such-host.invalid"}, "the server's name"),
            ("command", {"account__secret": "command:false"}, "ended with status 1"),
    ):
        home.account("work", server, **keys)
        run = home.run("account", "test", "work", status=6)
        assert words in run.err, (name, run)
        assert home.run("account", "test", "work", "--json", status=6).lines[-1]["ok"] is False


def test_folders_that_are_not_there(server, home):
    """Told by the names that people read, whatever the server writes."""
    home.account("work", server, fetch__folders="INBOX;NoSuch;Grüße & Müll")
    run = home.run("account", "test", "work", status=1)
    assert "NoSuch cannot be opened" in run.out and "Grüße & Müll cannot be opened" in run.out and "not all of folders= can be opened" in run.err
    lines = home.run("account", "test", "work", "--json", status=1).lines
    assert [line["folder"] for line in lines if line["event"] == "folder"] == ["NoSuch", "Grüße & Müll"] and lines[-1]["ok"] is False
