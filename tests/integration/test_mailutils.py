"""Another real server than Dovecot: GNU imap4d and pop3d."""

import re

import pytest
from e2e.inbasket import Home, assert_clean
from mail import generate
from servers.mailutils import Mailutils

MAILS = generate.small(73, 12) + [m.data for m in generate.messages(73, 12)]


@pytest.fixture
def gnu(authority):
    with Mailutils(MAILS, authority=authority) as server:
        yield server


# What these servers write into the messages that they hold.
OWN_FIELDS = re.compile(rb"^(?:X-UIDL?|X-IMAPbase|Status|X-Status):.*\r?\n", re.MULTILINE)


def as_sent(messages):
    return sorted(OWN_FIELDS.sub(b"", message).replace(b"\r\n", b"\n") for message in messages)


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_fetch_nothing_new_and_delete(gnu, home, tmp_path, protocol, security):
    account = {"protocol": protocol, "security": security, "user": gnu.USER, "account__address": gnu.USER}
    home.account("work", gnu, **account)
    run = home.sync()
    assert run.summary["work"]["fetched"] == len(MAILS)
    assert as_sent(home.messages()) == as_sent(MAILS)
    assert as_sent(gnu.served()) == as_sent(MAILS), "what is kept stays"

    run = home.sync()
    assert run.summary["work"]["fetched"] == 0

    other = Home(tmp_path / "other")
    other.account("work", gnu, **account, fetch__after="delete")
    run = other.sync()
    assert run.summary["work"]["fetched"] == len(MAILS)
    assert as_sent(other.messages()) == as_sent(MAILS)
    assert_clean(other)
    assert gnu.served() == [], "what is not kept is gone"


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_wrong_password(gnu, home, protocol):
    home.account("work", gnu, user=gnu.USER, account__address=gnu.USER, password="not-this-one", protocol=protocol)
    run = home.sync(status=6)
    assert run.summary["work"]["state"] == "sign-in-needed"
    assert not home.files()
