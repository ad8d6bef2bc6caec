"""`inbasket status`: which addresses a filter here protects, which not, and what to do about it."""

import contextlib
import json
import re
import sqlite3

import pytest

ENTRY = """\
Delivered-To: anna@example.com
Received: from relay.example.net (relay.example.net [198.51.100.7]) by mx.example.com (Postfix) with ESMTPS id 2
\tfor <anna@example.com>; Tue, 24 Nov 2026 10:00:00 +0100
Received: from out.example (out.example [203.0.113.5]) by relay.example.net (Postfix) with ESMTP id 1
\tfor <{recipient}>; Tue, 24 Nov 2026 09:58:00 +0100
Delivered-To: forged@bank.example
X-Original-To: forged@bank.example
From: Eva <eva@out.example>
To: forged@bank.example
Message-ID: <coverage-{recipient}>
Date: Tue, 24 Nov 2026 09:58:00 +0100

hello
"""


def covered(home):
    """{address: its line}."""
    return {each["address"]: each for each in json.loads(home.run("status", "--json").out)["addresses"]}


@pytest.fixture
def forwarded(start, home):
    """An account whose mail partly comes through a relay, from where the user had an address once."""
    server = start(users={"anna": "secret", "forum": "secret"})
    home.configure(trust__relays="198.51.100.7")
    home.account("work", server)
    server.put("anna", [ENTRY.format(recipient=each).encode() for each in
                        ("old@club.example", "old+news@club.example", "anna@example.com", "alias@example.com")])
    return server


def test_addresses_that_no_account_has(home, forwarded):
    home.sync()
    addresses = covered(home)
    assert set(addresses) == {"anna@example.com", "old@club.example", "alias@example.com"}, "a sender invents no address"
    old = addresses["old@club.example"]
    assert (old["account"], old["through"], old["protected"], old["gap"], old["messages"]) == (None, "work", False, "no-account", 2)
    assert addresses["anna@example.com"]["gap"] is None and addresses["anna@example.com"]["messages"] == 1
    text = home.run("status").out
    assert "old@club.example: no account has this address, but 2 messages for it came here" in text
    assert "bank.example" not in text


def test_the_most_used_of_very_many_addresses_are_told(home, forwarded):
    home.sync()
    with contextlib.closing(sqlite3.connect(home.state / "journal.db")) as journal, journal:
        journal.execute("UPDATE message SET recipient = 'old@club.example' WHERE recipient = 'old+news@club.example'")
        columns = [name for _, name, *_ in journal.execute("PRAGMA table_info (message)") if name != "sequence"]
        own = {"id": "printf ('%032x', i)", "recipient": "printf ('a%d@club.example', i)"}
        journal.execute(f"""WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
            INSERT INTO message ({', '.join(columns)}) SELECT {', '.join(own.get(each, each) for each in columns)}
            FROM n, (SELECT * FROM message LIMIT 1)""")
    text = home.run("status").out
    assert "old@club.example: no account has this address, but 2 messages for it came here" in text
    assert "and for very many more addresses" in text and text.count("no account has this address") == 5
    assert len(covered(home)) == 1000


def test_what_it_says_to_do_closes_the_gap(home, forwarded):
    home.sync()
    while command := re.search(r"→ inbasket (account edit work --aliases '(\S+)')", home.run("status").out):
        home.run("account", "edit", "work", "--aliases", command.group(2))
    assert all(each["gap"] is None and each["account"] == "work" for each in covered(home).values())
    assert len(covered(home)) == 3


def test_an_account_without_a_filter(home, forwarded):
    home.account("forum", forwarded, "forum", filter__enabled=False)
    assert covered(home)["forum@example.com"] == {
        "address": "forum@example.com", "account": "forum", "through": None, "protected": False, "gap": "filter-off",
        "since": None, "messages": 0, "last": None}
    text = home.run("status").out
    assert "forum: no filter judges what comes through it" in text
    home.run(*re.search(r"→ inbasket (account edit forum .*)", text).group(1).split())
    assert covered(home)["forum@example.com"]["gap"] is None


def test_without_any_filter(home, forwarded):
    home.configure(filter__scripts="")
    text = home.run("status").out
    home.run(*re.search(r"→ inbasket (filter enable \S+)", text).group(1).split())
    assert covered(home)["anna@example.com"]["gap"] is None


def test_paused_since_its_last_poll(home, forwarded):
    home.sync()
    home.run("account", "pause", "work")
    answer = json.loads(home.run("status", "--json").out)
    account, = answer["accounts"]
    assert account["state"] == "paused" and account["since"] == account["last_poll"] is not None
    assert covered(home)["anna@example.com"]["gap"] == "paused"
    assert "inbasket account resume work" in home.run("status").out


def test_failing_since_its_first_failure(home, forwarded):
    home.sync()
    assert json.loads(home.run("status", "--json").out)["accounts"][0]["since"] is None
    home.account("work", forwarded, password="wrong")
    home.sync(status=6)
    first = json.loads(home.run("status", "--json").out)["accounts"][0]
    assert first["since"] == first["last_poll"]
    home.sync(status=6)
    second = json.loads(home.run("status", "--json").out)["accounts"][0]
    assert second["since"] == first["since"], "the second failure begins nothing"
    assert covered(home)["anna@example.com"]["gap"] == "failing"
    assert "work: has failed since" in home.run("status").out
    home.account("work", forwarded)
    home.sync()
    assert json.loads(home.run("status", "--json").out)["accounts"][0]["since"] is None
