"""secret=keyring against a real gnome-keyring: open, locked, absent, shut and opened between two runs, without the item."""

import json
import subprocess
import time

import pytest
from e2e.inbasket import PATIENCE
from integration.terminal import Terminal
from mail.generate import small
from servers.dovecot import wait_until
from servers.keyring import Keyring
from servers.slow_keyring import SlowKeyring

PASSWORD = "p\u00e4ss \"w\\ord\""


@pytest.fixture
def keyring():
    with Keyring() as keyring:
        yield keyring


@pytest.fixture
def mail(start):
    """A server that has a message for anna."""
    server = start(users={"anna": PASSWORD, "bert": "other"})
    server.put("anna", small(5, 1))
    return server


def flags(server, protocol="imap"):
    return ["--address", "anna@example.com", "--host", "localhost", "--user", "anna", "--ca-file", server.ca, "--protocol", protocol,
            "--port", server.ports[protocol + "s"]]


def pipe(home, keyring, *arguments, secret=PASSWORD, status=0):
    """Runs a command that reads the secret from standard input."""
    run = subprocess.run(home.command(*arguments, "--secret-stdin"), input=secret.encode() + b"\n", capture_output=True,
                         env=home.environment(**keyring.environment), timeout=PATIENCE, check=False)
    assert run.returncode == status, run
    return (run.stdout + run.stderr).decode()


def add(home, keyring, server, name="work", protocol="imap", **options):
    return pipe(home, keyring, "account", "add", name, *flags(server, protocol), **options)


def state(home, keyring, name="work"):
    accounts = json.loads(home.run("status", "--json", env=keyring.environment).out)["accounts"]
    return next(account for account in accounts if account["name"] == name)


def steps(home, keyring):
    """How far `account test` comes: not even to the server, where there is no secret."""
    return [event["step"] for event in home.run("account", "test", "work", "--json", env=keyring.environment, status=6).events("step")]


# Open

@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_password_goes_into_the_keyring_and_comes_out_of_it(home, keyring, mail, protocol):
    keyring.unlock()
    said = add(home, keyring, mail, protocol=protocol)
    assert PASSWORD not in said
    files = [path for path in home.path.rglob("*") if path.is_file()]
    assert files and not any(PASSWORD.encode() in path.read_bytes() for path in files)
    tested = home.run("account", "test", "work", env=keyring.environment)
    assert "works" in tested.out and PASSWORD not in tested.out
    assert len(home.sync(env=keyring.environment).delivered) == 1
    assert state(home, keyring)["state"] == "ok"


def test_password_typed_at_the_prompt(home, keyring, mail):
    keyring.unlock()
    with Terminal(home, "account", "add", "work", *flags(mail), env=keyring.environment) as person:
        person.expect("Password of anna at localhost (it is not shown):")
        person.type(PASSWORD)
        assert person.finish() == 0, person.seen
    assert PASSWORD not in person.seen
    assert len(home.sync(env=keyring.environment).delivered) == 1


def test_two_accounts_have_two_passwords(home, keyring, mail):
    keyring.unlock()
    add(home, keyring, mail)
    pipe(home, keyring, "account", "add", "bert", *flags(mail), "--user", "bert", secret="other")
    summary = home.sync(env=keyring.environment).summary
    assert summary["work"]["ok"] and summary["bert"]["ok"]


def test_new_password_takes_the_old_ones_place(home, keyring, mail):
    keyring.unlock()
    add(home, keyring, mail, secret="wrong")
    assert "did not take the password" in home.sync(env=keyring.environment, status=6).err
    pipe(home, keyring, "account", "edit", "work")
    assert len(home.sync(env=keyring.environment).delivered) == 1


def test_account_moves_into_the_keyring(home, keyring, mail):
    keyring.unlock()
    home.account("work", mail)
    pipe(home, keyring, "account", "edit", "work", "--secret", "keyring")
    assert "secret=keyring" in (home.accounts / "work.conf").read_text()
    assert len(home.sync(env=keyring.environment).delivered) == 1


# Locked

def test_locked_keyring_is_waited_for(home, keyring, mail):
    keyring.unlock()
    add(home, keyring, mail)
    keyring.start_locked()
    begun = time.monotonic()
    run = home.sync(env=keyring.environment, status=6)
    assert time.monotonic() - begun < 40 and "unlock the keyring" in run.err
    assert state(home, keyring)["state"] == "waiting-for-keyring"
    assert steps(home, keyring) == []
    assert "The keyring is locked" in home.run("account", "test", "work", env=keyring.environment, status=6).err
    keyring.unlock()
    assert len(home.sync(env=keyring.environment).delivered) == 1
    assert state(home, keyring)["state"] == "ok"


@pytest.mark.parametrize("arguments", [["sync"], ["account", "test", "work"]], ids=["sync", "test"])
def test_nobody_is_asked(home, keyring, mail, arguments):
    """The keyring answers "unlock" with a prompt, which appears only if it is told to."""
    keyring.unlock()
    add(home, keyring, mail)
    keyring.start_locked()
    with keyring.overhear("type='method_call',interface='org.freedesktop.Secret.Prompt'") as heard:
        home.run(*arguments, env=keyring.environment, status=6)
        wait_until(lambda: "member=Dismiss" in heard(), what="the end of a prompt")
        assert "member=Prompt" not in heard()


def test_keyring_that_is_shut_and_opened_between_polls(home, keyring, mail):
    keyring.unlock()
    add(home, keyring, mail)
    assert len(home.sync(env=keyring.environment).delivered) == 1
    mail.put("anna", small(6, 1))
    keyring.lock()
    assert home.sync(env=keyring.environment, status=6).delivered == []
    assert state(home, keyring)["state"] == "waiting-for-keyring"
    keyring.unlock()
    assert len(home.sync(env=keyring.environment).delivered) == 1


def test_keyring_without_a_password_opens_by_itself(home, keyring, mail):
    keyring.start_without_password()
    add(home, keyring, mail)
    keyring.lock()
    assert len(home.sync(env=keyring.environment).delivered) == 1
    assert not keyring.is_locked()


def test_nothing_is_stored_while_nobody_unlocks(home, keyring, mail):
    keyring.start_locked()
    said = add(home, keyring, mail, status=1)
    assert "The keyring is locked" in said and not (home.accounts / "work.conf").exists()
    assert "--secret command:" in said and "--secret credential:" in said and "--secret file:" in said


def test_other_accounts_do_not_wait_for_it(home, keyring, mail):
    keyring.unlock()
    add(home, keyring, mail)
    keyring.lock()
    home.account("bert", mail, "bert")
    mail.put("bert", small(7, 1))
    run = home.sync(env=keyring.environment, status=1)
    assert run.summary["bert"]["ok"] and run.summary["bert"]["delivered"] == 1 and not run.summary["work"]["ok"]


# Absent

def test_absent_keyring(home, keyring, mail):
    home.account("work", mail, account__secret="keyring")
    run = home.sync(env=keyring.environment, status=6)
    assert "There is no keyring in this session" in run.err and "secret=command:" in run.err
    assert state(home, keyring)["state"] == "waiting-for-keyring"
    assert steps(home, keyring) == []
    said = add(home, keyring, mail, "other", status=2)
    assert "There is no keyring" in said and not (home.accounts / "other.conf").exists()
    assert "--secret command:" in said and "--secret file:" in said and "--secret keyring:" not in said


def test_keyring_that_comes_and_goes(home, keyring, mail):
    keyring.unlock()
    add(home, keyring, mail)
    keyring.leave()
    home.sync(env=keyring.environment, status=6)
    keyring.unlock()
    assert len(home.sync(env=keyring.environment).delivered) == 1


def test_without_a_bus(home, mail):
    home.account("work", mail, account__secret="keyring")
    assert "There is no keyring" in home.sync(status=6).err


def test_keyring_that_hangs(home, keyring, mail):
    keyring.unlock()
    add(home, keyring, mail)
    home.account("bert", mail, "bert")
    begun = time.monotonic()
    with keyring.hanging():
        run = home.sync(env=keyring.environment, status=1)
    assert "The keyring has not answered for 10 s" in run.err and time.monotonic() - begun < 40
    assert run.summary["bert"]["ok"] and state(home, keyring)["state"] == "waiting-for-keyring"
    assert len(home.sync(env=keyring.environment).delivered) == 1


# Without the item

def test_keyring_without_the_password(home, keyring, mail):
    keyring.unlock()
    added = home.run("account", "add", "work", *flags(mail), env=keyring.environment)
    assert "--secret-stdin" in added.err
    run = home.sync(env=keyring.environment, status=6)
    assert "has no password of the account work" in run.err
    assert state(home, keyring)["state"] == "sign-in-needed"
    assert steps(home, keyring) == []


def test_missing_in_a_locked_keyring_is_not_known_to_be_missing(home, keyring, mail):
    keyring.start_locked()
    home.account("work", mail, account__secret="keyring")
    home.sync(env=keyring.environment, status=6)
    assert state(home, keyring)["state"] == "waiting-for-keyring"


# Whose items go as soon as they are found, as those of a keyring that opens or shuts at this moment

@pytest.fixture
def restless(home, mail):
    """A keyring with the password of work, and what a program needs to find it."""
    with Keyring() as bus, SlowKeyring(bus.environment) as keyring:
        keyring.answer()
        add(home, bus, mail)
        yield keyring, bus.environment


@pytest.mark.parametrize("times", [1, 2])
def test_an_item_that_is_elsewhere_by_now_is_found_there(home, restless, times):
    keyring, environment = restless
    keyring.renames(times)
    assert len(home.sync(env=environment).delivered) == 1


def test_an_item_that_is_never_where_it_is_found_is_not_there(home, restless):
    keyring, environment = restless
    keyring.renames(1000)
    run = home.sync(env=environment, status=6)
    assert "has no password of the account work" in run.err and "refuses" not in run.err


# Removed

def test_removed_account_leaves_its_password_and_finds_it_again(home, keyring, mail):
    keyring.unlock()
    add(home, keyring, mail)
    assert "its password in the keyring" in home.run("account", "remove", "work", env=keyring.environment).out
    added = home.run("account", "add", "work", *flags(mail), env=keyring.environment)
    assert "has a password of work already" in added.err
    assert len(home.sync(env=keyring.environment).delivered) == 1


def test_removed_with_its_password(home, keyring, mail):
    keyring.unlock()
    add(home, keyring, mail)
    removed = home.run("account", "remove", "work", "--forget-secret", env=keyring.environment)
    assert "Removed: its password in the keyring" in removed.out
    home.account("work", mail, account__secret="keyring")
    assert "has no password" in home.sync(env=keyring.environment, status=6).err


def test_password_stays_if_the_keyring_cannot_forget_it(home, keyring, mail):
    keyring.unlock()
    add(home, keyring, mail)
    keyring.lock()
    run = home.run("account", "remove", "work", "--forget-secret", env=keyring.environment, status=1)
    assert "The keyring is locked" in run.err and (home.accounts / "work.conf").exists()
