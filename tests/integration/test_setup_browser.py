"""`inbasket setup` with a browser, against a real OpenID provider: a link, a code typed elsewhere, an address pasted."""

import re

import pytest
from integration.test_setup import Person, provider, set_authority
from mail.generate import small
from servers.oidc import CLIENT, SCOPE, Browser, FarBrowser, Provider

ANNA = "anna@example.com"
LINK = re.compile(r"^(http://127\.0\.0\.1:\S+)\s*$", re.M)
CODE = re.compile(r"asks for this code: ([A-Z0-9-]+)")


@pytest.fixture(scope="module")
def oidc():
    with Provider() as oidc:
        yield oidc


@pytest.fixture
def hoster(start, oidc):
    """Takes the provider's tokens, and nothing else."""
    server = start(users={ANNA: "unused"}, mechanisms="xoauth2 oauthbearer", introspection=oidc.introspection)
    server.put(ANNA, small(1, 2))
    return server


@pytest.fixture
def hosted(home, hoster, oidc):
    """A home that knows the hoster and its provider."""
    make_known(home, hoster, oidc)
    return home


def make_known(home, mail, oidc):
    provider(home, "hoster", mail, domains="example.com", user="address", **{
        "sign-in": "oauth2", "oauth2-auth-url": f"{oidc.url}/auth", "oauth2-token-url": f"{oidc.url}/token",
        "oauth2-device-url": f"{oidc.url}/device/auth", "oauth2-scope-imap": SCOPE, "oauth2-scope-pop3": SCOPE})
    clients = home.config / "oauth-clients.d"
    clients.mkdir()
    (clients / "own.conf").write_text(f"[hoster]\nclient-id={CLIENT}\n")


def to_browser(person, home, mail, with_link="yes", user=None):
    person.answer("Press Enter to begin")
    person.answer("Mail address", ANNA)
    person.answer("Which way")
    person.answer("Sign in with a link?", with_link)
    if user is not None:
        person.answer("Enter if that is right", "6")
        person.answer("User name", user)
    set_authority(person, mail)
    person.answer("Where [", "3")
    person.answer("The file")
    person.answer("not encrypted?", "yes")
    person.expect("Waiting for the browser")
    return person.seen.replace("\r", "")


def to_the_end(person):
    person.answer("It works.")
    person.answer("Enter if that is right; d: dry run")
    person.answer("Filter its mail", "no")
    person.answer("Folder for its ordinary mail")
    person.answer("Another account?")
    assert person.finish() == 0


def check(home):
    assert "auth=oauth2" in (home.accounts / "example.conf").read_text()
    assert CLIENT not in (home.accounts / "example.conf").read_text(), "the file of clients says that"
    assert len(home.sync().delivered) == 2


def test_link(hosted, hoster):
    with Person(hosted, "setup") as person:
        Browser(ANNA).sign_in(LINK.search(to_browser(person, hosted, hoster))[1])
        to_the_end(person)
    check(hosted)


def test_signed_in_by_another_name(start, home, oidc):
    """The organisation's name for a person is not always the address of the mail."""
    upn = "a.smith@corp.example"
    server = start(users={upn: "unused"}, mechanisms="xoauth2 oauthbearer", introspection=oidc.introspection)
    server.put(upn, small(1, 2))
    make_known(home, server, oidc)
    with Person(home, "setup") as person:
        Browser(upn).sign_in(LINK.search(to_browser(person, home, server, user=upn))[1])
        to_the_end(person)
    assert "address=anna@example.com\n" in (home.accounts / "example.conf").read_text()
    check(home)


def test_code(hosted, hoster):
    with Person(hosted, "setup") as person:
        seen = to_browser(person, hosted, hoster, with_link="no")
        Browser(ANNA).type_code(LINK.search(seen)[1], CODE.search(seen)[1])
        to_the_end(person)
    check(hosted)


def test_pasted(hosted, hoster):
    with Person(hosted, "setup") as person:
        far = FarBrowser(ANNA).sign_in(LINK.search(to_browser(person, hosted, hoster))[1])
        person.type("done")
        person.expect("That is not the address")
        person.type(far)
        to_the_end(person)
    check(hosted)


def test_somebody_else_then_back(hosted, hoster):
    with Person(hosted, "setup") as person:
        Browser("bert@example.com").sign_in(LINK.search(to_browser(person, hosted, hoster))[1])
        person.expect("! ")
        person.answer("Where [", "q")
        assert person.finish() == 0
        assert "bert@example.com" in person.seen
    assert not hosted.accounts.exists() and not (hosted.path / "secrets" / "example").exists()


def test_back_while_the_browser_is_waited_for(hosted, hoster):
    with Person(hosted, "setup") as person:
        to_browser(person, hosted, hoster)
        person.type("b")
        person.answer("Where [")
        person.answer("The file")
        person.answer("not encrypted?")
        person.expect("Waiting for the browser")
        Browser(ANNA).sign_in(LINK.findall(person.seen.replace("\r", ""))[-1])
        to_the_end(person)
    check(hosted)
