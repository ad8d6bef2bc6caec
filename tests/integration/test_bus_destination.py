"""Who may talk to the service cannot have a password sent to a server of his choice, or in the clear: not by a change, nor by an account
of another's name."""

import contextlib
import subprocess
import time

import pytest
from e2e.inbasket import BUILD, PATIENCE, Service
from servers.bus import NAME, Caller, Refused
from servers.dovecot import wait_until
from servers.keyring import Keyring
from servers.slow_keyring import SlowKeyring

PROGRAMS = {"INBASKET_BINDIR": str(BUILD / "src" / "cli")}
PASSWORD = "secret"


@pytest.fixture
def keyring():
    with Keyring() as keyring:
        keyring.unlock()
        yield keyring


@contextlib.contextmanager
def serving(home, keyring):
    """Somebody who asks the service of a home, beside a keyring."""
    environment = keyring.environment
    with Service(home, bus=environment["DBUS_SESSION_BUS_ADDRESS"], env=PROGRAMS | environment) as service, \
            Caller(environment["DBUS_SESSION_BUS_ADDRESS"]) as caller:
        service.until(caller.is_there, "its name on the bus")
        yield caller


def keep(home, keyring, name="work", secret=PASSWORD):
    """As `inbasket account edit` keeps what is typed."""
    subprocess.run(home.command("account", "edit", name, "--secret-stdin"), input=secret.encode() + b"\n", check=True,
                   env=home.environment(**keyring.environment), timeout=PATIENCE, capture_output=True)


def kept(home, keyring, server, **keys):
    """An account that nobody fetches, with a password in the keyring."""
    home.account("work", server, account__secret="keyring", account__enabled=False, **keys)
    keep(home, keyring)


def text(home, name="work"):
    return (home.accounts / f"{name}.conf").read_text()


def refused(ask, *arguments):
    with pytest.raises(Refused) as caught:
        ask(*arguments)
    assert caught.value.kind == "Invalid"
    return caught.value.words


# What decides where a secret goes, and how safely
CHANGES = [
    ("host", {"account.host": "evil.example"}), ("protocol", {"account.protocol": "pop3"}), ("port", {"account.port": "10"}),
    ("in-the-clear", {"account.security": "none", "account.allow-plaintext": "true"}), ("starttls", {"account.security": "starttls"}),
    ("no-port", {"account.port": ""}), ("authority", {"account.ca-file": ""}), ("certificate", {"account.fingerprint": "sha256:" + "0" * 64}),
    ("way", {"account.auth": "oauth2"}), ("provider", {"account.provider": "gmail"}),
    ("token-url", {"account.oauth2-token-url": "https://evil.example/token"}), ("client", {"account.oauth2-client-id": "evil"}),
    ("beside-others", {"fetch.interval": "10m", "account.host": "evil.example"}),
]


@pytest.mark.parametrize("place", ["file", "command", "keyring", "locked"])
def test_where_a_secret_goes_is_not_changed_here(server, home, keyring, place):
    if place in ("keyring", "locked"):
        # Where there is none of the other kind, there is nothing to be sent.
        kept(home, keyring, server)
        changes = [change for name, change in CHANGES if name != "way"]
    else:
        more = {"account__secret": "command:printf secret"} if place == "command" else {}
        home.account("work", server, account__enabled=False, **more)
        changes = [change for _, change in CHANGES]
    if place == "locked":
        keyring.lock()
    before = text(home)
    with serving(home, keyring) as caller:
        for change in changes:
            words = refused(caller.account, "work", "Change", "(a{ss})", change)
            assert "with the wizard" in words and "by hand" in words, change
            assert text(home) == before, change
        # To what it is already, it may be set; and all else may be changed.
        same = {"account.host": "LOCALHOST.", "account.security": "tls"}
        caller.account("work", "Change", "(a{ss})", same | {"fetch.interval": "10m", "account.user": "bert"})
    assert "interval=10m" in text(home)


def test_an_account_without_a_secret_is_changed(server, home, keyring):
    home.account("work", server, account__secret="keyring", account__enabled=False)
    with serving(home, keyring) as caller:
        for _, change in CHANGES:
            caller.account("work", "Change", "(a{ss})", change)
        assert caller.account("work", "Settings")["account.host"] == "evil.example"


def test_one_that_went_leaves_no_secret_to_a_namesake(server, home, keyring):
    kept(home, keyring, server)
    keys = {"account.address": "anna@example.com", "account.host": "evil.example"}
    with serving(home, keyring) as caller:
        caller("RemoveAccount", "(s)", "work")
        words = refused(caller, "AddAccount", "(sa{ss})", "work", keys)
        assert "work" in words and "with the wizard" in words and not (home.accounts / "work.conf").exists()
        caller("AddAccount", "(sa{ss})", "other", keys)
        assert "host=evil.example" in text(home, "other")


@pytest.mark.parametrize("secret", ["credential:mail", "goa:account_1", "command:printf x", "file:/etc/passwd"])
def test_no_secret_of_another_is_named(server, home, keyring, secret):
    home.account("work", server, account__secret="keyring", account__enabled=False)
    before = text(home)
    with serving(home, keyring) as caller:
        refused(caller.account, "work", "Change", "(a{ss})", {"account.secret": secret})
        refused(caller, "AddAccount", "(sa{ss})", "new", {"account.address": "a@example.com", "account.host": "evil.example",
                                                          "account.secret": secret})
    assert text(home) == before and not (home.accounts / "new.conf").exists()


def test_a_keyring_that_cannot_say_is_not_taken_for_an_empty_one(server, home, keyring):
    home.account("work", server, account__secret="keyring", account__enabled=False)
    with serving(home, keyring) as caller:
        with keyring.hanging():
            answers = caller.begin("Change", "(a{ss})", {"account.host": "evil.example"}, path=f"/{NAME.replace('.', '/')}/account/work",
                                   interface=f"{NAME}.Account")
            caller("Reload")  # nobody waits for it but who asked
            assert answers == []
            caller.until(lambda: answers, "the refusal")
        assert answers[0].kind == "Invalid"
    assert "evil" not in text(home)


def test_a_keyring_that_may_be_locked_is_not_taken_for_an_empty_one(server, home):
    home.account("work", server, account__secret="keyring", account__enabled=False)
    with Keyring() as bus, SlowKeyring(bus.environment) as slow:
        slow.hide_default()
        with serving(home, bus) as caller:
            words = refused(caller.account, "work", "Change", "(a{ss})", {"account.host": "evil.example"})
            assert "with the wizard" in words
        assert "evil" not in text(home)
        move(home, "localhost")
        assert "has not answered" in home.sync(env=bus.environment, status=6).err


# What the keyring has is kept for one server

@pytest.mark.parametrize("spelling", ["LOCALHOST", "localhost"])
def test_a_password_goes_to_the_server_that_it_is_for(server, home, keyring, spelling):
    kept(home, keyring, server)
    path = home.accounts / "work.conf"
    path.write_text(path.read_text().replace("host=localhost", f"host={spelling}").replace("enabled=false", "enabled=true"))
    assert home.sync(env=keyring.environment).summary["work"]["ok"]


def move(home, host):
    path = home.accounts / "work.conf"
    lines = [f"host={host}" if line.startswith("host=") else line for line in path.read_text().splitlines()]
    path.write_text("\n".join(lines).replace("enabled=false", "enabled=true") + "\n")


def let_a_second_pass():
    """A keyring notes in whole seconds when something was kept."""
    begun = int(time.time())
    wait_until(lambda: int(time.time()) > begun, what="the next second")


def test_a_password_goes_to_no_other_server(server, home, keyring):
    kept(home, keyring, server)
    let_a_second_pass()
    move(home, "127.0.0.1")
    run = home.sync(env=keyring.environment, status=6)
    assert "for localhost only" in run.err and "127.0.0.1" in run.err and "--secret-stdin" in run.err
    # Given anew, it goes there, and there only.
    keep(home, keyring)
    assert home.sync(env=keyring.environment).summary["work"]["ok"]
    move(home, "localhost")
    assert "for 127.0.0.1 only" in home.sync(env=keyring.environment, status=6).err
    keep(home, keyring)
    assert home.sync(env=keyring.environment).summary["work"]["ok"]


def test_one_that_was_kept_before_servers_were_noted(server, home, keyring):
    """It is for the server that it is first used with."""
    home.account("work", server, account__secret="keyring")
    keyring.put(PASSWORD, inbasket_account="work", inbasket_kind="password")
    for _ in range(2):
        assert home.sync(env=keyring.environment).summary["work"]["ok"]
    move(home, "127.0.0.1")
    assert "for localhost only" in home.sync(env=keyring.environment, status=6).err
    keep(home, keyring)
    assert home.sync(env=keyring.environment).summary["work"]["ok"]


def test_who_changes_the_server_is_asked_for_the_password(server, home, keyring):
    kept(home, keyring, server)
    said = home.run("account", "edit", "work", "--host", "127.0.0.1", env=keyring.environment).err
    assert "no password of it for this server yet" in said and "--secret-stdin" in said


def test_the_former_password_goes_when_the_new_one_has_proven_itself(server, home, keyring):
    """As for somebody who moves to another server, gives a password that it refuses, and goes back."""
    kept(home, keyring, server)
    move(home, "127.0.0.1")
    keep(home, keyring, secret="wrong")
    assert keyring.servers("work") == ["127.0.0.1", "localhost"]
    assert not home.sync(env=keyring.environment, status=6).summary["work"]["ok"]
    assert keyring.servers("work") == ["127.0.0.1", "localhost"]
    move(home, "localhost")
    assert home.sync(env=keyring.environment).summary["work"]["ok"]
    assert keyring.servers("work") == ["127.0.0.1", "localhost"]
    move(home, "127.0.0.1")
    let_a_second_pass()
    keep(home, keyring)
    assert home.sync(env=keyring.environment).summary["work"]["ok"]
    assert keyring.servers("work") == ["127.0.0.1"]


def test_one_without_a_server_is_not_sent_to_another(server, home, keyring):
    """It is kept for the one that the account had, and the new one is asked for."""
    home.account("work", server, account__secret="keyring")
    keyring.put(PASSWORD, inbasket_account="work", inbasket_kind="password")
    said = home.run("account", "edit", "work", "--host", "127.0.0.1", env=keyring.environment).err
    assert "no password of it for this server yet" in said and "which is used" not in said
    assert keyring.servers("work") == ["localhost"]
    assert "for localhost only" in home.sync(env=keyring.environment, status=6).err
    home.run("account", "edit", "work", "--host", "localhost", env=keyring.environment)
    assert home.sync(env=keyring.environment).summary["work"]["ok"]


def test_one_without_a_server_is_not_sent_to_a_namesake(server, home, keyring):
    keyring.put(PASSWORD, inbasket_account="new", inbasket_kind="password")
    said = home.run("account", "add", "new", "--address", "anna@example.com", "--host", "localhost", "--secret", "keyring",
                    env=keyring.environment).err
    assert "no password of it for this server yet" in said and "which is used" not in said
    assert keyring.servers("new") == ["?"]


def test_the_server_is_not_changed_while_the_password_is_locked_away(server, home, keyring):
    home.account("work", server, account__secret="keyring")
    keyring.put(PASSWORD, inbasket_account="work", inbasket_kind="password")
    keyring.lock()
    said = home.run("account", "edit", "work", "--host", "127.0.0.1", env=keyring.environment, status=1).err
    assert "locked" in said and "host=localhost" in text(home)
    assert home.run("account", "edit", "work", "--interval", "7m", env=keyring.environment)
