"""Mail that is pushed: a server that tells (IDLE) is not asked. The interval is five minutes, and no test takes as long."""

import pytest
from mail import generate

from e2e.inbasket import Service, assert_exactly_once


def mail(count, seed=1):
    return [message.data for message in generate.messages(seed, count)]


def has(home, count):
    return lambda: len(home.files()) == count


def watches(home, account="work"):
    """The poll has come to rest, and what comes from now on is pushed."""
    def is_polled():
        accounts = home.run("status", "--json").lines[0]["accounts"]
        return all(each["last_poll"] for each in accounts if each["name"] == account)
    return is_polled


@pytest.fixture
def running(server, home, request):
    """A service that watches the mailboxes of one account, each of them with a message in it."""
    folders = getattr(request, "param", {}).get("fetch__folders", "").split(";")
    for number, folder in enumerate(filter(None, folders)):
        server.put("anna", mail(1, seed=100 + number), mailbox=folder)
    home.account("work", server, **getattr(request, "param", {}))
    with Service(home) as service:
        service.until(watches(home), "the first poll")
        yield service


def test_one_message_after_the_other(server, home, running):
    for number, message in enumerate(mail(5)):
        server.put("anna", [message])
        running.until(has(home, number + 1), f"message {number + 1}")
    running.stop()
    assert_exactly_once(server.served("anna"), home)


def test_many_while_others_are_fetched(server, home, running):
    messages = mail(120)
    for at in range(0, len(messages), 8):
        server.put("anna", messages[at:at + 8])
    running.until(has(home, len(messages)), "all of them")
    running.stop()
    assert_exactly_once(server.served("anna"), home)


@pytest.mark.parametrize("running", [{"fetch__folders": "INBOX;Work;Other"}], indirect=True)
def test_each_folder_is_pushed(server, home, running):
    running.until(has(home, 3), "what was there")
    for number, folder in enumerate(("Work", "Other", "INBOX", "Other")):
        server.put("anna", mail(1, seed=2 + number), mailbox=folder)
        running.until(has(home, 4 + number), f"the mail in {folder}")


@pytest.mark.parametrize("running", [{"fetch__after": "delete"}], indirect=True)
def test_what_was_pushed_is_deleted_on_the_server(server, home, running):
    for number, message in enumerate(mail(2)):
        server.put("anna", [message])
        running.until(has(home, number + 1), f"message {number + 1}")
        running.until(lambda: server.served("anna") == [], "its end on the server")


def test_mail_that_others_remove_is_no_trouble(server, home, running):
    messages = mail(6)
    server.put("anna", messages[:3])
    running.until(has(home, 3), "the first three")
    with server.imap("anna") as session:
        session.select()
        session.store("1:2", "+FLAGS.SILENT", r"(\Deleted)")
        session.expunge()
    server.put("anna", messages[3:])
    running.until(has(home, 6), "the next three")


def test_the_journal_knows_of_each_arrival(server, home, running):
    server.put("anna", mail(1))
    running.until(has(home, 1), "the message")
    running.until(lambda: home.run("status", "--json").lines[0]["accounts"][0]["delivered"] == 1, "its count")
