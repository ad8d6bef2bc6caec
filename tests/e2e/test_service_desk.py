"""inbasketd and the desktop: of which mail the user is told, what a click does to it, and what needs the user himself."""

import contextlib

import pytest
from servers.bus import NAME
from servers.desktop import Desktop

from e2e.inbasket import Service

FRIEND, STRANGER = "Anna Friend <friend@example.net>", "Carl Stranger <carl@example.com>"
LANDLORD = """require ["enotify", "variables", "fileinto"];
if address "From" "landlord@example.org" {
    set "what" "the roof & more";
    notify :importance "1" :from "The landlord" :message "About ${what}" "desktop:";
}
if header :contains "Subject" "lottery" {
    notify "desktop:";
    fileinto "Junk";
}
"""


def message(sender, subject, *fields):
    lines = [f"From: {sender}", "To: anna@example.com", f"Subject: {subject}", f"Message-ID: <{subject.replace(' ', '.')}@example.net>",
             "Date: Wed, 25 Nov 2026 20:00:00 +0000", *fields, "", f"About {subject}.", ""]
    return "\r\n".join(lines).encode()


@pytest.fixture
def desktop():
    with Desktop(without=["network", "power", "profiles"]) as desktop:
        yield desktop


@pytest.fixture
def service(home, server, desktop):
    """service(password=…) serves anna's account; .fetch (messages) returns when they are here. It ends with the test."""
    lists = home.config / "filters" / "lists"
    lists.mkdir(parents=True)
    (lists / "addrbook").write_text("friend@example.net\n")
    with contextlib.ExitStack() as running:
        def start(notify="important", **account):
            home.configure(service__notify=notify, filter__scripts="landlord.sieve;junk.sieve")
            home.script("landlord", LANDLORD)
            home.account("work", server, **account)
            service = running.enter_context(Service(home, env=desktop.environment))
            service.until(lambda: desktop.buses["session"].has(NAME), "its name on the bus")

            def fetch(*messages, flags=""):
                server.put("anna", list(messages), flags=flags)
                home.run("sync", env=desktop.environment)
            service.fetch = fetch
            return service
        yield start


def told(desktop, service, count):
    """What was shown, so many at least."""
    service.until(lambda: len(desktop.notifications()) >= count, f"notification {count}")
    return [(str(bubble.title), str(bubble.body)) for bubble in desktop.notifications()]


def test_what_is_important_is_told(desktop, service):
    running = service()
    running.fetch(message(STRANGER, "an offer"), message(FRIEND, "the choir", "List-Id: <choir.example.net>"),
                  message(FRIEND, "an old letter", "X-Spam-Flag: YES"), message(FRIEND, "lottery"))
    running.fetch(message(FRIEND, "read elsewhere"), flags="S")
    running.fetch(message(FRIEND, "lunch <soon>"))
    told(desktop, running, 1)       # that the screen is not locked is known by now, and nothing summed up any more
    running.fetch(message("x <landlord@example.org>", "whatever", "List-Id: <tenants.example.org>"))
    assert told(desktop, running, 2) == [("Anna Friend", "lunch &lt;soon&gt;"), ("The landlord", "About the roof &amp; more")]
    assert [int(bubble.hints["urgency"]) for bubble in desktop.notifications()] == [1, 2]
    assert desktop.notifications()[0].actions.keys() >= {"junk", "read"}


@pytest.mark.parametrize("notify, titles", [("all", ["Anna Friend", "Carl Stranger <carl@example.com>"]), ("none", [])])
def test_all_and_none(desktop, service, notify, titles):
    running = service(notify)
    running.fetch(message(FRIEND, "lunch"))
    told(desktop, running, len(titles[:1]))
    running.fetch(message(STRANGER, "an offer", "List-Unsubscribe: <mailto:x@example.com>"), message(FRIEND, "lottery"))
    running.fetch(message(FRIEND, "read elsewhere"), flags="S")
    assert sorted(title for title, _ in told(desktop, running, len(titles))) == titles


def test_junk_by_a_click(desktop, service, home):
    running = service()
    running.fetch(message(FRIEND, "lunch"))
    told(desktop, running, 1)
    desktop.click(1, "junk")
    running.until(lambda: home.counts() == {".Junk": 1}, "the message in Junk")


def test_read_by_a_click(desktop, service, home):
    running = service()
    running.fetch(*(message(FRIEND, f"lunch {number}") for number in range(5)))
    # They may come in two batches, the first of which is told of by itself.
    running.until(lambda: told(desktop, running, 1)[-1][0] == "5 new messages", "all five in one bubble")
    desktop.click(desktop.notifications()[-1].replaces or 1, "read")
    running.until(lambda: [path.name[-4:] for _, path in home.files()] == [":2,S"] * 5, "all of them read")


def test_nothing_while_locked(desktop, service):
    running = service()
    running.fetch(message(FRIEND, "lunch"))
    told(desktop, running, 1)
    desktop.lock(True)
    desktop.heard()
    for number in range(3):
        running.fetch(message(FRIEND, f"dinner {number}"))
    desktop.lock(False)
    assert [title for title, _ in told(desktop, running, 2)] == ["Anna Friend", "4 new messages"]


def test_a_refused_password(desktop, service, home, server):
    running = service(password="wrong")
    (title, body), = told(desktop, running, 1)
    assert title == "Sign in to work again" and "password" in body
    home.run("sync", env=desktop.environment, status=None)
    home.account("work", server)
    running.until(lambda: desktop.mocks["notices"].closed() == [1], "it to be withdrawn")
    assert len(desktop.notifications()) == 1
