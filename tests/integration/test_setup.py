"""`inbasket setup`: a person at a terminal, whose screens are kept as text in screens/, and a file of answers.

UPDATE_SCREENS=1 writes the screens anew; then read what has changed.
"""

import json
import os
import re
import signal
import stat
from pathlib import Path

import pytest
from e2e.inbasket import PATIENCE, Home
from integration.terminal import Terminal
from mail.generate import small
from servers import stuck
from servers.internet import Internet
from servers.keyring import Keyring

SCREENS = Path(__file__).with_name("screens")
PASSWORD = "s3cret of anna"


@pytest.fixture
def mail(start):
    server = start(users={"anna": PASSWORD, "bert": "other"})
    for number in range(3):
        server.put("anna", small(number, 1))
    return server


@pytest.fixture
def known(home, mail):
    """example.com is a provider that this user knows."""
    provider(home, "example", mail, domains="example.com")
    return home


def provider(home, name, server, **keys):
    folder = home.config / "providers"
    folder.mkdir(parents=True, exist_ok=True)
    settings = {"name": "Example Mail", "imap": f"localhost:{server.ports['imaps']}:tls", "pop3": f"localhost:{server.ports['pop3s']}:tls",
                "user": "local-part", "sign-in": "password", "traps": "It closes at night.", "sources": "itself", "checked": "2026-11-23"}
    lines = "".join(f"{key}={value}\n" for key, value in (settings | keys).items())
    (folder / f"{name}.conf").write_text(f"[{name}]\n{lines}")


class Person(Terminal):
    """Answers what is asked: person.answer("Mail address", "anna@example.com"). The terminal is so wide that no line is broken."""

    def __init__(self, *arguments, columns=1000, **options):
        super().__init__(*arguments, columns=columns, **options)

    def answer(self, question, text=""):
        self.expect(question)
        self.expect(": ")
        self.type(text)

    def password(self, text):
        self.expect("goes back): ")
        self.type(text)


def screen(person, home, server):
    """What was shown, without what differs from run to run."""
    text = person.seen.replace("\r\n", "\n").replace("\r", "\n")
    for secret in (str(home.path), str(server.ca)):
        text = text.replace(secret, "HOME" if secret == str(home.path) else "CA")
    for port in {server.ports["imaps"], server.ports["pop3s"]}:
        text = re.sub(rf"\b{port}\b", "PORT", text)
    text = re.sub(r"\d{4}-\d\d-\d\d", "DAY", text)
    text = re.sub(r"\d+(\.\d+)?\s(bytes|kB|MB)", "SIZE", text)
    text = re.sub(r"(Encryption: ).*", r"\1…", text)
    text = re.sub(r"(Greeting|Abilities|Connection): .*", r"\1: …", text)
    return text


def check_screen(name, text):
    path = SCREENS / f"{name}.txt"
    if os.environ.get("UPDATE_SCREENS"):
        path.write_text(text)
    assert text == path.read_text(), f"screens/{name}.txt differs"


def to_settings(person, address="anna@example.com"):
    person.answer("Press Enter to begin")
    person.answer("Mail address", address)
    person.answer("Which way")


def set_authority(person, server):
    person.answer("Enter if that is right", "7")
    person.answer("Own authority", str(server.ca))
    person.answer("Enter if that is right")


def keep_in_file(person, home):
    person.answer("Where [", "3")
    person.answer("The file")
    person.answer("not encrypted?", "yes")
    person.password(PASSWORD)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


# The whole

def test_whole_way(known, mail):
    with Person(known, "setup", "--no-progress") as person:
        to_settings(person)
        set_authority(person, mail)
        keep_in_file(person, known)
        person.answer("It works.", "")
        person.answer("Enter if that is right; d: dry run", "d")
        person.answer("Enter if that is right; d: dry run")
        person.answer("Filter its mail")
        person.answer("into folders as well?", "yes")
        person.answer("Folder for its ordinary mail")
        person.answer("Learn from it?")
        person.answer("Another account?")
        assert person.finish() == 0
        assert PASSWORD not in person.seen
        check_screen("whole-way", screen(person, known, mail))
    account = known.accounts / "example.conf"
    written = account.read_text()
    assert PASSWORD not in written and "provider=example" in written and "user=anna\n" in written
    assert "# The server was found by setup; it was named by Inbasket's table of mail providers.\n" in written
    kept = known.path / "secrets" / "example"
    assert kept.read_text() == PASSWORD and (mode(kept), mode(kept.parent), mode(account)) == (0o600, 0o700, 0o600)
    assert len(known.sync().delivered) == 3


def test_keyring_and_two_accounts(known, mail):
    provider(known, "second", mail, domains="example.net", user="local-part")
    with Keyring() as keyring:
        keyring.unlock()
        with Person(known, "setup", env=keyring.environment) as person:
            for address, password, begins in (("anna@example.com", PASSWORD, True), ("bert@example.net", "other", False)):
                if begins:
                    person.answer("Press Enter to begin")
                person.answer("Mail address", address)
                person.answer("Which way")
                set_authority(person, mail)
                person.answer("Where [")
                person.password(password)
                person.answer("It works.")
                person.answer("Enter if that is right; d: dry run")
                person.answer("Filter its mail", "no")
                person.answer("Folder for its ordinary mail")
                person.answer("Another account?", "yes" if begins else "no")
            assert person.finish() == 0
        assert len(known.sync(env=keyring.environment).delivered) == 3
    assert not (known.path / "secrets" / "example").exists()
    assert "enabled=false" in (known.accounts / "example-2.conf").read_text()


# Back, and out

def test_back_loses_nothing(known, mail):
    with Person(known, "setup") as person:
        to_settings(person)
        person.answer("Enter if that is right", "1")
        person.answer("Account's name", "work")
        set_authority(person, mail)
        person.answer("Where [", "b")                                 # from the password to the settings
        person.answer("Enter if that is right", "b")                # to the way to sign in
        person.answer("Which way", "b")                             # to the address
        person.expect("Mail address [anna@example.com]: ")
        person.type("")
        person.answer("Which way")
        person.expect("Account's name: work")
        person.expect(f"Own authority (file): {mail.ca}")
        person.answer("Enter if that is right", "q")
        person.expect("Nothing was set up")
        assert person.finish() == 0
    assert not known.accounts.exists()


def test_password_of_no_account_is_taken_out_again(known, mail):
    with Person(known, "setup") as person:
        to_settings(person)
        set_authority(person, mail)
        keep_in_file(person, known)
        person.answer("It works.")
        assert (known.path / "secrets" / "example").exists()
        person.answer("Enter if that is right; d: dry run", "q")
        person.expect("Nothing was set up")
        assert person.finish() == 0
    assert not (known.path / "secrets" / "example").exists() and not known.accounts.exists()


def test_wrong_password_then_the_right_one(known, mail):
    with Person(known, "setup") as person:
        to_settings(person)
        set_authority(person, mail)
        person.answer("Where [", "3")
        person.answer("The file")
        person.answer("not encrypted?", "yes")
        person.password("wrong")
        person.expect("! ")
        person.answer("b: go back", "b")
        person.answer("Where [")
        person.answer("The file")
        person.answer("not encrypted?")
        person.password(PASSWORD)
        person.answer("It works.")
        person.answer("Enter if that is right; d: dry run", "q")
        assert person.finish() == 0


def test_file_needs_a_yes(known, mail):
    with Person(known, "setup") as person:
        to_settings(person)
        set_authority(person, mail)
        person.answer("Where [", "3")
        person.answer("The file")
        person.answer("not encrypted?", "no")
        person.expect("not encrypted, only after you have said yes")
        person.answer("Where [", "q")
        assert person.finish() == 0
    assert not (known.path / "secrets" / "example").exists()


def test_terminal_that_goes_away(known):
    with Person(known, "setup") as person:
        person.expect("Press Enter to begin")
        os.write(person.descriptor, b"\x04")    # the end of what is typed
        assert person.finish() == 0
    assert not known.accounts.exists()


def test_without_anything_known(home, mail, tmp_path, authority):
    """No table, no DNS: all by hand."""
    net = Internet(tmp_path / "net", authority)
    with Person(home, "setup") as person:
        person.answer("Press Enter to begin")
        person.answer("Mail address", "anna@localhost")
        person.expect("No settings were found")
        person.answer("Which way")
        person.answer("Protocol, imap or pop3", "pop3")
        person.answer("Name of the mail server", "localhost")
        person.answer("Enter if that is right", "4")
        person.answer("Port", str(mail.ports["pop3s"]))
        person.answer("Enter if that is right", "6")
        person.answer("User name", "anna")
        set_authority(person, mail)
        keep_in_file(person, home)
        person.answer("It works.")
        person.answer("Enter if that is right; d: dry run", "a")
        person.answer("On the server, afterwards", "delete-after:14d")
        person.expect("14 days after it came here")
        person.answer("Enter if that is right; d: dry run")
        person.answer("Filter its mail")
        person.answer("into folders as well?")
        person.answer("Folder for its ordinary mail", "Home")
        person.answer("Learn from it?", "no")
        person.answer("Another account?")
        assert person.finish() == 0
    assert net.asked == []
    assert "after=delete-after:14d" in (home.accounts / "localhost.conf").read_text()
    assert [message["target"] for message in home.sync().delivered] == ["Home"] * 3


def test_what_is_not_set_is_said(home):
    """Nobody signs in as nobody: without a user name it is the address, and what is no number there is told so."""
    with Person(home, "setup") as person:
        person.answer("Press Enter to begin")
        person.answer("Mail address", "anna@localhost")
        person.answer("Which way")
        person.answer("Protocol, imap or pop3")
        person.answer("Name of the mail server", "localhost")
        person.expect("Port: the usual one")
        person.expect("User name: the mail address")
        person.answer("Enter if that is right", "993")
        person.expect("Please type a number from 1 to 8.")
        person.answer("Enter if that is right")
        person.answer("Where [", "3")
        person.answer("The file")
        person.answer("not encrypted?", "yes")
        person.expect("Password of anna@localhost at localhost")
        person.type("")
        person.answer("Enter if that is right", "q")
        person.finish()


@pytest.mark.parametrize("columns", [40, 80])
def test_words_stay_whole(known, columns):
    with Person(known, "setup", columns=columns) as person:
        person.answer("Press Enter to begin")
        person.answer("Mail address", "q")
        person.finish()
    lines = person.seen.replace("\r", "").split("\n")
    assert all(len(line) <= columns for line in lines)
    said = " ".join(lines)
    assert "puts it into one folder for your mail program." in said and "before you have seen what would happen." in said


@pytest.mark.parametrize(("address", "words"), [
    ("anna@tuta.com", "its mail cannot be fetched"),
    ("anna@hotmail.com", "sign in with the browser: shut."),
    ("anna@gmail.com", "https://myaccount.google.com/apppasswords"),
], ids=["no-door", "one-shut-door", "app-password"])
def test_truth_about_doors(home, address, words):
    with Person(home, "setup") as person:
        person.answer("Press Enter to begin")
        person.answer("Mail address", address)
        person.expect(words)
        person.expect(": ")
        person.type("q")
        assert person.finish() == 0


# Answers

def answers(home, text, *more, status=0, secrets="", env=None, wrap=None):
    path = home.path / "answers"
    path.write_text(text)
    command = home.command("setup", "--answers", path, *more)
    run = stuck.run(wrap(*command) if wrap else command, input=secrets, timeout=PATIENCE * 5, env=home.environment(**(env or {})))
    assert run.returncode == status, run
    return run


def test_answers(known, mail):
    run = answers(known, f"""
[work]
address=anna@example.com
ca-file={mail.ca}
keep=command
keep-in=printf '{PASSWORD}'
sort=all

[bert]
address=bert@example.com
protocol=pop3
port={mail.ports["pop3s"]}
ca-file={mail.ca}
keep=file
keep-in={known.path}/secrets/bert
write-clear=yes
filter=no
""", "--secret-stdin", "--json", secrets="other\n")
    added = [json.loads(line) for line in run.stdout.splitlines()]
    assert [(line["event"], line["name"], line["protocol"], line["sign_in"]) for line in added] == [
        ("added", "work", "imap", "password"), ("added", "bert", "pop3", "password")]
    assert len(known.sync().delivered) == 3
    assert (known.path / "secrets" / "bert").read_text() == "other"


def test_interrupted(known, mail):
    """Who interrupts leaves no password behind that belongs to no account."""
    with Person(known, "setup") as person:
        to_settings(person)
        set_authority(person, mail)
        keep_in_file(person, known)
        person.expect("Press Enter to go on")
        assert (known.path / "secrets" / "example").exists()
        os.write(person.descriptor, b"\x03")
        assert person.finish() == -signal.SIGINT
    assert not (known.path / "secrets" / "example").exists() and not known.accounts.exists()


def test_answers_keep_each_in_a_file_of_its_own(known, mail):
    """Both of one domain, after which files would be named if the accounts were not."""
    group = f"ca-file={mail.ca}\nkeep=file\nwrite-clear=yes\nfilter=no\n"
    answers(known, f"[work]\naddress=anna@example.com\n{group}\n[club]\naddress=bert@example.com\n{group}",
            "--secret-stdin", secrets=f"{PASSWORD}\nother\n")
    assert {path.name: path.read_text() for path in (known.path / "secrets").iterdir()} == {"work": PASSWORD, "club": "other"}


def group(mail, more=""):
    return f"address=anna@example.com\nca-file={mail.ca}\nkeep=command\nkeep-in=printf '{PASSWORD}'\n{more}"


def test_a_mailbox_is_not_set_up_twice_without_a_word(known, mail):
    answers(known, f"[work]\n{group(mail)}")
    run = answers(known, f"[again]\n{group(mail)}", status=2)
    assert run.stderr.startswith("inbasket: again: “work” fetches this mailbox already") and not (known.accounts / "again.conf").exists()
    answers(known, f"[again]\n{group(mail, 'twice=yes')}")
    assert (known.accounts / "again.conf").exists()


@pytest.mark.parametrize("knows", [False, True], ids=["no", "yes"])
def test_a_person_is_asked_before_a_mailbox_is_set_up_twice(known, mail, knows):
    answers(known, f"[work]\n{group(mail)}")
    with Person(known, "setup") as person:
        person.answer("Mail address", "anna@example.com")
        person.answer("Which way", "")
        person.answer("a number to change it", "")
        person.expect("The account work fetches this mailbox already")
        person.answer("Fetch it twice?", "y" if knows else "")
        person.expect("The password" if knows else "only after you have said yes")
        person.type("q")
        person.finish()


@pytest.mark.parametrize(("text", "status", "words"), [
    ("[work]\nadress=anna@example.com\n", 2, "no field “adress”. Did you mean “address”?"),
    ("[work]\naddress=anna\n", 2, "not a mail address"),
    ("[Work]\naddress=anna@example.com\n", 2, "cannot be an account's name"),
    ("[work]\naddress=anna@example.com\nkeep=file\n", 2, "only after you have said yes"),
    ("[work]\naddress=anna@example.com\nkeep=purse\n", 2, "not one of keyring, command, credential, file"),
    ("[work]\naddress=anna@example.com\nkeep=command\nkeep-in=false\n", 6, "false"),
    ("[work]\naddress=anna@tuta.com\n", 2, "lets no mail program in"),
    ("[work]\naddress=anna@hotmail.com\nsign-in=oauth2\n", 2, "this way is shut"),
    ("", 2, "no account in it"),
], ids=["unknown-field", "address", "name", "clear", "place", "command-fails", "no-door", "shut-door", "empty"])
def test_answers_that_do_not_do(known, text, status, words):
    run = answers(known, text, status=status)
    assert words in run.stderr
    assert not known.accounts.exists() or not list(known.accounts.iterdir())


def test_missing_file_of_answers(home):
    assert "No such file" in home.run("setup", "--answers", home.path / "none", status=2).err


def test_nobody_to_ask(home):
    assert "nobody to ask" in home.run("setup", status=2).err


ZONE = "host-record=guess.test,127.0.0.1\nhost-record=imap.guess.test,127.0.0.1\n"


@pytest.mark.parametrize("confirms", [False, True], ids=["unconfirmed", "confirmed"])
def test_guessed_host_gets_no_password_unasked(tmp_path, authority, confirms):
    home = Home(tmp_path / "home")
    net = Internet(tmp_path / "net", authority, ZONE, names=["imap.guess.test"])
    run = answers(home, "[work]\naddress=anna@guess.test\nkeep=command\nkeep-in=printf hunter2\nport=993\n"
                  f"confirm-host={'yes' if confirms else 'no'}\n", status=6 if confirms else 2, wrap=net.wrap,
                  env=net.environment({}))
    assert confirms or "before you have said that it is the right server" in run.stderr
    assert any("hunter2" in line or "LOGIN" in line or "CAPABILITY" in line for line in net.said) == confirms
