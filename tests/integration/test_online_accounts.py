"""secret=goa: and `account import goa` against a real goa-daemon: signed in, signed out, offline, not there."""

import json

import pytest
from mail.generate import small
from servers.goa import OnlineAccounts
from servers.tokens import token

ANNA = "anna@example.com"
KEY = b"what tokens are signed with here"


@pytest.fixture
def desktop():
    with OnlineAccounts() as desktop:
        yield desktop


@pytest.fixture
def mail(start):
    """A server that takes passwords, with two messages for anna."""
    server = start(users={ANNA: "s3cret"})
    server.put(ANNA, small(1, 2))
    return server


@pytest.fixture
def token_mail(start):
    """A server that takes tokens only."""
    server = start(users={ANNA: "unused"}, mechanisms="xoauth2 oauthbearer", token_key=KEY)
    server.put(ANNA, small(1, 2))
    return server


def import_all(home, desktop, *arguments, status=0):
    return home.run("account", "import", "goa", "--json", *arguments, env=desktop.environment, status=status)


def trust(home, desktop, server, name="anna-example.com", host=False):
    """The test's own authority, and for Google's account the test's own server."""
    more = ["--host", "localhost", "--port", str(server.ports["imaps"])] if host else []
    home.run("account", "edit", name, "--ca-file", server.ca, *more, env=desktop.environment)


def state(home, desktop):
    return json.loads(home.run("status", "--json", env=desktop.environment).out)["accounts"][0]


def nothing_is_kept(home, secret):
    for path in home.path.rglob("*"):
        assert not path.is_file() or secret.encode() not in path.read_bytes(), path


# Signed in

def test_password(home, desktop, mail):
    desktop.add_password(ANNA, "s3cret", mail)
    desktop.run()
    account = import_all(home, desktop).events("account")[0]
    assert (account["result"], account["name"], account["password"]) == ("added", "anna-example.com", "goa")
    trust(home, desktop, mail)
    assert len(home.sync(env=desktop.environment).delivered) == 2
    nothing_is_kept(home, "s3cret")


def test_token(home, desktop, token_mail):
    access = token(KEY, ANNA)
    desktop.add_google(ANNA, access)
    desktop.run()
    import_all(home, desktop)
    trust(home, desktop, token_mail, host=True)
    assert home.run("account", "token", "anna-example.com", env=desktop.environment).out.strip() == access
    assert len(home.sync(env=desktop.environment).delivered) == 2
    nothing_is_kept(home, access)


def test_each_connection_asks_anew(home, desktop, mail):
    account = desktop.add_password(ANNA, "wrong", mail)
    desktop.run()
    import_all(home, desktop)
    trust(home, desktop, mail)
    home.sync(env=desktop.environment, status=6)
    assert state(home, desktop)["state"] == "sign-in-needed"
    desktop.keep("imap_smtp", account, "{'imap-password': <'s3cret'>}")
    assert len(home.sync(env=desktop.environment).delivered) == 2


# Not signed in

@pytest.mark.parametrize("kind", ["password", "token"])
def test_signed_out(home, desktop, mail, kind):
    """NotAuthorized: only its owner can help, and is told where."""
    account = desktop.add_password(ANNA, None, mail) if kind == "password" else desktop.add_google(ANNA, None)
    desktop.run()
    import_all(home, desktop)
    trust(home, desktop, mail, host=True)
    run = home.sync(env=desktop.environment, status=6)
    assert "Settings, Online Accounts" in run.summary["anna-example.com"]["error"]
    assert state(home, desktop)["state"] == "sign-in-needed"
    if kind == "password":
        desktop.keep("imap_smtp", account, "{'imap-password': <'s3cret'>}")
        assert len(home.sync(env=desktop.environment).delivered) == 2


def test_offline(home, desktop, token_mail):
    """The token is due, and there is no way to whoever gives a new one: that passes, and nobody is bothered."""
    desktop.add_google(ANNA, token(KEY, ANNA), lifetime=5)
    desktop.run()
    import_all(home, desktop)
    trust(home, desktop, token_mail, host=True)
    run = home.sync(env=desktop.environment, status=6)
    assert "cannot give it now" in run.summary["anna-example.com"]["error"]
    assert state(home, desktop)["state"] == "waiting-for-network"


def test_account_is_gone(home, desktop, mail):
    account = desktop.add_password(ANNA, "s3cret", mail)
    desktop.run()
    import_all(home, desktop)
    trust(home, desktop, mail)
    desktop.end()
    del desktop.accounts[account]
    desktop.run()
    run = home.sync(env=desktop.environment, status=6)
    assert "no such account any more" in run.summary["anna-example.com"]["error"]
    assert state(home, desktop)["state"] == "sign-in-needed"


def test_desktop_without_online_accounts(home, desktop, mail):
    desktop.add_password(ANNA, "s3cret", mail)
    desktop.run()
    import_all(home, desktop)
    trust(home, desktop, mail)
    desktop.end()
    run = home.sync(env=desktop.environment, status=6)
    assert "install gnome-online-accounts" in run.summary["anna-example.com"]["error"]
    refused = import_all(home, desktop, status=2)
    assert "install gnome-online-accounts" in refused.err


def test_no_bus(home):
    run = home.run("account", "import", "goa", status=2)
    assert run.err.startswith("inbasket: ") and run.err.count("\n") == 1


# Importing

def test_what_is_left(home, desktop, mail):
    desktop.add_google("off@example.com", token(KEY, "off"), MailEnabled="false")
    desktop.add_password(ANNA, "s3cret", mail, ImapAcceptSslErrors="true")
    desktop.add_password("clear@example.com", "x", mail, ImapHost="mail.example.com", ImapUseSsl="false")
    desktop.run()
    run = import_all(home, desktop, status=1)
    results = {account["origin"]: account for account in run.events("account")}
    anna, clear = results[f"IMAP and SMTP {ANNA}"], results["IMAP and SMTP clear@example.com"]
    assert anna["result"] == "added" and [note["setting"] for note in anna["left"]] == ["ImapAcceptSslErrors"]
    assert clear["result"] == "refused" and "readable by anyone" in clear["error"]
    assert sorted(path.name for path in home.accounts.iterdir()) == ["anna-example.com.conf"]


def test_again_changes_nothing(home, desktop, mail):
    desktop.add_password(ANNA, "s3cret", mail)
    desktop.run()
    assert import_all(home, desktop, "--dry-run").events("account")[0]["result"] == "would-be-added"
    assert not home.accounts.exists()
    import_all(home, desktop)
    trust(home, desktop, mail)
    before = (home.accounts / "anna-example.com.conf").read_bytes()
    assert import_all(home, desktop).events("account")[0]["result"] == "present"
    assert (home.accounts / "anna-example.com.conf").read_bytes() == before


def test_file_is_refused(home, desktop):
    home.run("account", "import", "goa", "x", status=2)
