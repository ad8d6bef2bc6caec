"""auth=oauth2 from the first consent to the mail, against a real OpenID provider and a Dovecot that asks it about tokens."""

import contextlib
import json
import os
import re
import signal
import stat
import urllib.error
import urllib.parse
import urllib.request

import pytest
from e2e.inbasket import PATIENCE, Service
from e2e.test_service import has, workers
from integration.terminal import Terminal
from mail.generate import small
from servers.bus import NAME, Caller
from servers.dovecot import wait_until
from servers.keyring import Keyring
from servers.notifications import SessionBus
from servers.oidc import CLIENT, SCOPE, Browser, FarBrowser, Provider

ANNA = "anna@example.com"
PROTOCOLS = ["imap", "pop3"]
LINK = re.compile(r"^  (http://127\.0\.0\.1:\S+)\s*$", re.M)
CODE = re.compile(r"type the code ([A-Z0-9-]+) there")


@pytest.fixture(autouse=True)
def no_desktop(monkeypatch):
    """No browser of whoever runs the tests is opened."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def provider():
    with Provider() as provider:
        yield provider


@pytest.fixture
def mail(start, provider):
    """A server that takes the provider's tokens, with two messages for anna."""
    return mail_server(start, provider)


def mail_server(start, provider, **options):
    server = start(users={ANNA: "unused"}, mechanisms="xoauth2 oauthbearer", introspection=provider.introspection, **options)
    server.put(ANNA, small(1, 2))
    return server


def flags(server, provider, protocol="imap", client=CLIENT):
    return ["--address", ANNA, "--host", "localhost", "--ca-file", server.ca, "--protocol", protocol, "--port", server.ports[protocol + "s"],
            "--auth", "oauth2", *(["--oauth2-client-id", client] if client else []), "--oauth2-auth-url", f"{provider.url}/auth",
            "--oauth2-token-url", f"{provider.url}/token", "--oauth2-device-url", f"{provider.url}/device/auth", "--oauth2-scope", SCOPE]


def token_file(home, name="work"):
    return home.secrets / f"{name}-token"


def add(home, server, provider, *more, protocol="imap", client=CLIENT):
    return ["account", "add", "work", *flags(server, provider, protocol, client), "--secret", f"file:{token_file(home)}", "--yes", *more]


def link_of(process):
    """What a program that waits shows."""
    seen = ""
    for line in process.stderr:
        seen += line.decode()
        if found := LINK.search(seen):
            return found[1]
    raise AssertionError(f"no link in {seen!r}")


def sign_in(home, arguments, browser, *, status=0, says_no=False, env=None):
    """Runs a command that asks for consent, and gives it. What it wrote to standard error behind the link."""
    process = home.start(*arguments, env=env)
    page = browser.sign_in(link_of(process), says_no)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == status, (out, err)
    return err.decode(), page


def signed_in(home, server, provider, protocol="imap"):
    sign_in(home, add(home, server, provider, protocol=protocol), Browser(ANNA))


def state(home):
    return json.loads(home.run("status", "--json").out)["accounts"][0]["state"]


# The first consent

@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_browser(home, mail, provider, protocol):
    _, page = sign_in(home, add(home, mail, provider, protocol=protocol), Browser(ANNA))
    assert "You can close this window" in page.text
    kept = token_file(home)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert len(home.sync().delivered) == 2
    mail.put(ANNA, small(2, 1))
    assert len(home.sync().delivered) == 1


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_code_typed_elsewhere(home, mail, provider, protocol):
    process = home.start(*add(home, mail, provider, "--device", protocol=protocol))
    seen = ""
    while not (LINK.search(seen) and CODE.search(seen)):
        seen += process.stderr.readline().decode()
    page = Browser(ANNA).type_code(LINK.search(seen)[1], CODE.search(seen)[1])
    assert "close" in page.text.lower()
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, (out, err)
    assert len(home.sync().delivered) == 2


def test_code_refused(home, mail, provider):
    process = home.start(*add(home, mail, provider, "--device"))
    seen = ""
    while not (LINK.search(seen) and CODE.search(seen)):
        seen += process.stderr.readline().decode()
    Browser(ANNA).type_code(LINK.search(seen)[1], CODE.search(seen)[1], says_no=True)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 6 and b"access_denied" in err, (out, err)
    assert not (home.accounts / "work.conf").exists() and not token_file(home).exists()


def test_pasted_at_a_terminal(home, mail, provider):
    with Terminal(home, *add(home, mail, provider)) as person:
        person.expect("paste it here.")
        far = FarBrowser(ANNA).sign_in(LINK.search(person.seen.replace("\r", ""))[1])
        person.type("I have signed in")
        person.expect("That is not the address")
        person.type(far.replace("state=", "state=x"))
        person.expect("its state is another")
        person.type(far)
        assert person.finish() == 0, person.seen
    assert len(home.sync().delivered) == 2


def test_knocks_of_strangers(home, mail, provider):
    """Whoever else finds the open port gets nothing, and does not disturb."""
    process = home.start(*add(home, mail, provider))
    link = link_of(process)
    door = urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)["redirect_uri"][0]
    for knock, status in [("favicon.ico", 404), ("?code=a&state=b", 403), ("?error=access_denied&state=b", 403), ("x?code=a&state=b", 404)]:
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(door + knock, timeout=PATIENCE)
        assert refused.value.code == status
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(door + "?code=a&state=b", b"a" * 1000, timeout=PATIENCE)
    Browser(ANNA).sign_in(link)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, (out, err)


def test_desktops_browser_is_opened(home, mail, provider, tmp_path):
    """A browser that notes the link; it is still there when the program has ended, and holds nothing of it."""
    opened, browser = tmp_path / "opened", tmp_path / "browser"
    browser.write_text(f"#!/bin/sh\necho \"$1\" >{opened}.new\nmv {opened}.new {opened}\n"
                       f"while [ ! -e {tmp_path}/closed ]; do sleep 0.1; done\n")
    browser.chmod(0o755)
    (tmp_path / "data" / "applications").mkdir(parents=True)
    (tmp_path / "data" / "applications" / "browser.desktop").write_text(
        f"[Desktop Entry]\nType=Application\nName=Browser\nExec={browser} %u\nMimeType=x-scheme-handler/http;\n")
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "mimeapps.list").write_text("[Default Applications]\nx-scheme-handler/http=browser.desktop\n")
    process = home.start(*add(home, mail, provider), env={"DISPLAY": ":9", "XDG_DATA_HOME": tmp_path / "data",
                                                          "XDG_CONFIG_HOME": tmp_path / "config"})
    link = link_of(process)
    wait_until(opened.exists, what="the browser")
    assert opened.read_text().strip() == link
    Browser(ANNA).sign_in(link)
    out, err = process.communicate(timeout=PATIENCE)      # an end that a browser does not put off
    (tmp_path / "closed").touch()
    assert process.returncode == 0, (out, err)


def test_program_that_leads_through(home, mail, provider):
    """With --json the link comes as an event, for a program that shows it in its own way."""
    process = home.start(*add(home, mail, provider, "--json"))
    event = json.loads(process.stdout.readline())
    assert event["event"] == "sign-in" and event["code"] is None
    Browser(ANNA).sign_in(event["url"])
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0 and json.loads(out)["name"] == "work" and err == b"", (out, err)


def test_consent_is_refused(home, mail, provider):
    err, page = sign_in(home, add(home, mail, provider), Browser(ANNA), says_no=True, status=6)
    assert "was not allowed in the browser" in err and "You can close this window" in page.text
    assert not (home.accounts / "work.conf").exists() and not token_file(home).exists()


def test_signed_in_as_somebody_else(home, mail, provider):
    err, _ = sign_in(home, add(home, mail, provider), Browser("bert@example.com"), status=6)
    assert "signed in as bert@example.com" in err and f"this account is {ANNA}" in err
    assert not (home.accounts / "work.conf").exists() and not token_file(home).exists()


def test_no_refresh_token(home, mail, provider):
    provider.set("norefresh", "1")
    try:
        err, _ = sign_in(home, add(home, mail, provider), Browser(ANNA), status=2)
    finally:
        provider.set("norefresh", "")
    assert "gave no refresh token" in err and not (home.accounts / "work.conf").exists()


def test_program_registers_itself(home, mail, provider):
    sign_in(home, add(home, mail, provider, client=None), Browser(ANNA))
    assert re.search(r"^oauth2-client-id=\S+$", (home.accounts / "work.conf").read_text(), re.M)
    assert len(home.sync().delivered) == 2


def test_client_id_from_a_file(home, mail, provider):
    folder = home.config / "oauth-clients.d"
    folder.mkdir(parents=True)
    (folder / "mine.conf").write_text(f"[here]\nclient-id={CLIENT}-known\nclient-secret=known-to-everybody\nredirect=http://localhost/\n"
                                      f"auth-url={provider.url}/auth\ntoken-url={provider.url}/token\nscope={SCOPE}\n")
    arguments = ["account", "add", "work", "--address", ANNA, "--host", "localhost", "--ca-file", mail.ca, "--port", mail.imaps_port,
                 "--provider", "here", "--auth", "oauth2", "--secret", f"file:{token_file(home)}", "--yes"]
    sign_in(home, arguments, Browser(ANNA))
    assert "client-id" not in (home.accounts / "work.conf").read_text()
    assert len(home.sync().delivered) == 2


def test_without_a_client_id(home, server):
    home.account("work", server, account__auth="oauth2", account__provider="gmail")
    run = home.sync(status=6)
    assert run.summary["work"]["state"] == "sign-in-needed"
    assert "no client id for Gmail" in run.err and "an app password" in run.err and "oauth-clients.d/gmail.conf" in run.err


# In the keyring

def test_keyring_that_locks_in_the_middle(home, mail, provider):
    with Keyring() as keyring:
        keyring.unlock()
        arguments = [word for word in add(home, mail, provider) if word != "--yes"]
        arguments[arguments.index("--secret") + 1] = "keyring"
        sign_in(home, arguments, Browser(ANNA), env=keyring.environment)
        before, begun = len(provider.refreshes()), provider.begun()
        provider.fault("slow")
        process = home.start("sync", "--json", env=keyring.environment)
        wait_until(lambda: provider.begun() > begun, what="the token's renewal")
        keyring.lock()          # the old token is read, the new one is not here yet
        wait_until(lambda: len(provider.refreshes()) > before, what="the provider's answer")
        keyring.unlock()
        out, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0 and out.count(b'"delivered"') >= 2, (out, err)
        assert home.sync(env=keyring.environment).summary["work"]["ok"]     # what was kept is good


# Renewal

def test_each_run_uses_the_newest_token(home, mail, provider):
    signed_in(home, mail, provider)
    before = len(provider.refreshes())
    for _ in range(3):
        assert home.sync().summary["work"]["ok"]
    used = provider.refreshes()[before:]
    assert len(used) == 3 and all(entry["status"] == 200 for entry in used)
    assert [entry["refresh"] for entry in used[1:]] == [entry["given"] for entry in used[:-1]]


def test_provider_that_keeps_one_refresh_token(home, start):
    with Provider(rotation=False) as provider:
        server = mail_server(start, provider)
        signed_in(home, server, provider)
        kept = token_file(home).read_text()
        assert home.sync().summary["work"]["ok"]
        assert token_file(home).read_text() == kept


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_withdrawn_access_parks_the_account(home, mail, provider, protocol):
    signed_in(home, mail, provider, protocol)
    assert home.sync().summary["work"]["ok"]
    provider.revoke()
    run = home.sync(status=6)
    assert run.summary["work"]["state"] == "sign-in-needed" and state(home) == "sign-in-needed"
    assert "inbasket account edit work --auth oauth2" in run.err
    sign_in(home, ["account", "edit", "work", "--auth", "oauth2", "--yes"], Browser(ANNA))
    assert home.sync().summary["work"]["ok"] and state(home) == "ok"


@pytest.mark.parametrize("kind", ["busy", "nonsense", "huge"])
def test_provider_out_of_order(home, mail, provider, kind):
    signed_in(home, mail, provider)
    provider.fault(kind)
    run = home.sync(status=6)
    assert run.summary["work"]["state"] == "throttled", run
    assert len(home.sync().delivered) == 2


def test_token_endpoint_sends_elsewhere(home, mail, provider):
    signed_in(home, mail, provider)
    provider.fault("elsewhere")
    run = home.sync(status=6)
    assert "which is not followed" in run.err
    assert len(home.sync().delivered) == 2


def test_provider_is_down(home, start):
    with Provider() as provider:
        server = mail_server(start, provider)
        signed_in(home, server, provider)
    run = home.sync(status=6)
    assert run.summary["work"]["state"] == "waiting-for-network" and "cannot be reached for tokens" in run.err


def test_token_endpoint_without_a_trusted_certificate(home, mail, provider):
    """It is at the mail server's port: a certificate of an authority that nobody knows."""
    signed_in(home, mail, provider)
    home.run("account", "edit", "work", "--oauth2-token-url", f"https://localhost:{mail.imaps_port}/token")
    run = home.sync(status=6)
    assert run.summary["work"]["state"] == "unsafe", run


@pytest.mark.parametrize("ahead", [3600, -3600])
def test_clock_off_by_an_hour(home, start, ahead):
    with Provider() as provider:
        server = mail_server(start, provider)
        signed_in(home, server, provider)
        provider.set("clock_s", ahead)
        for _ in range(2):
            assert home.sync().summary["work"]["ok"]


def test_token_that_the_mail_server_refuses_is_renewed_once(home, start):
    """Tokens that are void at once: the server refuses, a second is got and refused, and then only the user can help."""
    with Provider() as provider:
        server = mail_server(start, provider)
        signed_in(home, server, provider)
        provider.set("dead_on_arrival", "1")
        before = len(provider.refreshes())
        run = home.sync(status=6)
        assert run.summary["work"]["state"] == "sign-in-needed"
        assert len(provider.refreshes()) == before + 2


# Expiry while the service watches

class Watch:
    """The service, with the account's first mail here and its mailbox watched."""

    def __init__(self, stack, home, server, provider):
        self.home, self.server, self.provider = home, server, provider
        home.run("account", "edit", "work", "--interval", "6h")      # what comes from now on is pushed
        bus = stack.enter_context(SessionBus())
        self.service = stack.enter_context(Service(home, bus=bus.address))
        self.service.until(lambda: bus.has(NAME), "its name on the bus")
        self.caller = stack.enter_context(Caller(bus))
        self.service.until(has(home, 2), "the first mail")
        # A session that ends before that is a poll that failed, and waits for longer.
        self.caller.until(lambda: self.caller.state("work")["Watching"], "the watch")
        self.arrives()

    def sessions(self):
        """The server's processes that serve a session."""
        return [pid for pid, name in workers(self.server) if name == "imap"]

    def arrives(self):
        """A message is put there, and is here without a poll."""
        count = len(self.home.files()) + 1
        self.server.put(ANNA, small(100 + count, 1))
        self.service.until(has(self.home, count), f"message {count}, which was pushed")

    def is_ended_by_the_server(self):
        """As a server does with who signed in by a token that has run out."""
        ended = self.sessions()
        for pid in ended:
            os.kill(pid, signal.SIGTERM)
        return ended

    def comes_back_after(self, ended):
        self.service.until(lambda: set(self.sessions()) - set(ended), "another session")

    def told(self):
        """The states that it has been in, and what the user was bothered with."""
        states = [changed["State"] for _, changed, _ in self.caller.said("PropertiesChanged") if "State" in changed]
        return states, [(name, reason) for name, reason, *_ in self.caller.said("NeedsAttention")]


@pytest.fixture
def watch(home, start):
    """watch(provider) signs in there, and starts the service."""
    with contextlib.ExitStack() as stack:
        def begin(provider):
            server = mail_server(start, provider)
            signed_in(home, server, provider)
            return Watch(stack, home, server, provider)
        yield begin


@pytest.mark.parametrize("lifetime", [30, 3600], ids=["as announced", "before its time"])
def test_token_that_expires_while_it_watches(watch, home, lifetime):
    """The session that it opened goes on; when the server has ended it, the next one has a new token, and nobody is asked."""
    with Provider(at_ttl=lifetime) as provider:
        begun = watch(provider)
        provider.set("clock_s", lifetime + 1)
        begun.arrives()
        ended = begun.is_ended_by_the_server()
        begun.comes_back_after(ended)
        begun.arrives()
        states, bothered = begun.told()
        assert "sign-in-needed" not in states and not bothered
        begun.service.stop()
        used = provider.refreshes()
        assert len(used) >= 2 and all(entry["status"] == 200 for entry in used)
        assert [entry["refresh"] for entry in used[1:]] == [entry["given"] for entry in used[:-1]]
        assert home.sync().summary["work"]["ok"]        # the newest refresh token was kept


def test_server_that_restarts_after_the_token_has_expired(watch):
    with Provider(at_ttl=30) as provider:
        begun = watch(provider)
        provider.set("clock_s", 31)
        begun.server.stop()
        begun.server.start()
        # Where it takes longer to start than we wait before we look again, the next look is a minute and a quarter later.
        begun.service.until(begun.sessions, "another session", 180)
        begun.arrives()
        states, bothered = begun.told()
        assert "sign-in-needed" not in states and not bothered


@pytest.mark.parametrize("lifetime", [30, 3600], ids=["as announced", "before its time"])
def test_access_withdrawn_while_it_watches(watch, home, lifetime):
    """The user is told once, the refused token is shown to nobody again, and a new consent is taken up by itself."""
    with Provider(at_ttl=lifetime) as provider:
        begun = watch(provider)
        provider.revoke()
        begun.is_ended_by_the_server()
        begun.service.until(lambda: state(home) == "sign-in-needed", "the state")
        begun.caller.until(lambda: begun.told()[1], "the signal")
        asked = len(provider.refreshes())
        for _ in range(2):
            assert begun.caller.check("work")["work"]["unreachable"]
        assert "sign-in-needed" in begun.told()[0] and begun.told()[1] == [("work", "sign-in-needed")]
        assert len(provider.refreshes()) == asked
        sign_in(home, ["account", "edit", "work", "--auth", "oauth2", "--yes"], Browser(ANNA))
        begun.service.until(begun.sessions, "another session")
        begun.arrives()
        begun.caller.until(lambda: begun.caller.said("Relieved") == ["work"], "the relief")
        assert len(begun.told()[1]) == 1


def test_token_for_another_program(home, mail, provider):
    signed_in(home, mail, provider)
    token = home.run("account", "token", "work").out.strip()
    answer = json.loads(urllib.request.urlopen(provider.introspection.replace("mail-server:mail-server@", ""), b"token=" + token.encode()
                                               + b"&client_id=mail-server&client_secret=mail-server", timeout=PATIENCE).read())
    assert answer["active"] and answer["sub"] == ANNA
    assert json.loads(home.run("account", "token", "work", "--json").out)["access_token"]
    home.account("plain", mail, ANNA, account__address=ANNA)
    assert "signs in with a password" in home.run("account", "token", "plain", status=2).err


def test_two_at_once_share_the_token(home, mail, provider):
    """One process at a time: none shows the provider a token that another has just used up."""
    signed_in(home, mail, provider)
    before = len(provider.refreshes())
    provider.fault("slow", times=2)
    running = [home.start("account", "token", "work") for _ in range(4)]
    for process in running:
        out, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, (out, err)
    assert [entry["status"] for entry in provider.refreshes()[before:]] == [200] * 4
    assert home.sync().summary["work"]["ok"]


@pytest.mark.parametrize("command", [("sync", "--json"), ("account", "token", "work"), ("account", "test", "work")])
def test_interrupted_while_the_token_is_renewed(home, mail, provider, command):
    signed_in(home, mail, provider)
    kept = token_file(home).read_text()
    begun = provider.begun()
    provider.fault("slow")
    process = home.start(*command)
    wait_until(lambda: provider.begun() > begun, what="the token's renewal")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode > 0 and token_file(home).read_text() != kept, (out, err)
    assert home.sync().summary["work"]["ok"]


# Secrets

def test_no_token_lies_about(home, mail, provider):
    signed_in(home, mail, provider)
    run = home.run("sync", "--verbose", env={"G_MESSAGES_DEBUG": "all"})
    kept = token_file(home).read_text().strip()
    tested = home.run("account", "test", "work")
    latest = token_file(home).read_text().strip()
    assert latest != kept
    for text in (run.out, run.err, tested.out, tested.err):
        assert kept not in text and latest not in text and "Bearer" not in text
    for path in home.path.rglob("*"):
        if path.is_file() and path != token_file(home):
            assert latest.encode() not in path.read_bytes(), path


def test_no_token_is_seen_from_outside(home, mail, provider):
    signed_in(home, mail, provider)
    kept = token_file(home).read_text().strip().encode()
    provider.fault("slow")
    process = home.start("account", "token", "work")
    wait_until(lambda: (home.path / "cache" / "tokens" / "work.lock").exists())
    with contextlib.suppress(FileNotFoundError):
        for name in ("cmdline", "environ"):
            with contextlib.suppress(PermissionError), open(f"/proc/{process.pid}/{name}", "rb") as file:
                assert kept not in file.read()
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, (out, err)
    assert os.path.exists(token_file(home))
