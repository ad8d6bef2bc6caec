"""`inbasket report`: spam that really came, counted by the way it took."""

import json
import shlex
from html.parser import HTMLParser

import jsonschema
import pytest

from .inbasket import TOP

RELAY = """\
Received: from relay.example.net (relay.example.net [198.51.100.7]) by mx.example.com (Postfix) with ESMTPS id 2;
\tTue, 24 Nov 2026 10:00:00 +0100
Received: from bulk.example (bulk.example [203.0.113.5]) by relay.example.net (Postfix) with ESMTP id 1;
\tTue, 24 Nov 2026 09:58:00 +0100
"""


def mail(number, top="", fields=""):
    return (f"{top}From: a@example.net\nTo: anna@example.com\nSubject: Number {number}\nMessage-ID: <{number}@example.net>\n"
            f"Date: Tue, 24 Nov 2026 09:58:00 +0100\n{fields}\nhello {number}\n").encode()


@pytest.fixture
def reported(server, home):
    """Four messages: marked by the server, one of them through a relay; one that the user calls spam; a good one."""
    home.configure(trust__relays="198.51.100.7")
    server.put("anna", [mail(1, RELAY, "X-Spam-Flag: YES\n"), mail(2, "", "X-Spam-Flag: YES\n"), mail(3), mail(4)])
    home.account("work", server)
    through, = [event for event in home.sync().delivered if event["message_id"] == "<3@example.net>"]
    home.run("learn", "spam", through["id"])
    return home


def test_each_spam_counts_once(reported):
    answer, = reported.run("report", "--json").lines
    jsonschema.validate(answer, json.loads((TOP / "data/doc/report.schema.json").read_text()))
    total = answer["total"]
    assert (total["mail"], total["spam"], total["caught"], total["came_through"]) == (4, 3, 2, 1)
    assert total["causes"] == {"beside-mx": 0, "relay": 1, "unprotected": 0, "no-server-filter": 1, "filtered": 1}
    relay, = [cause for cause in answer["causes"] if cause["cause"] == "relay"]
    assert relay["ways"] == [{"name": "198.51.100.7", "spam": 1, "mail": 1, "command": None}] and "198.51.100.7" in relay["remedy"]
    assert [account["name"] for account in answer["accounts"]] == ["work"] and answer["accounts"][0]["protected"]
    assert sum(day["spam"] for day in answer["days"]) == 3 and len(answer["days"]) == 7


def test_good_mail_that_was_caught(reported):
    caught = reported.run("log", "--json", "--junk").lines[0]["id"]
    reported.run("learn", "ham", caught)
    answer, = reported.run("report", "--json").lines
    assert (answer["total"]["caught"], answer["total"]["good_caught"]) == (1, 1)


def test_an_account_whose_filter_is_off(reported):
    reported.run("account", "edit", "work", "--filter-enabled", "false")
    answer, = reported.run("report", "--json").lines
    assert answer["total"]["causes"] == {"beside-mx": 0, "relay": 1, "unprotected": 2, "no-server-filter": 0, "filtered": 0}
    unprotected, = [cause for cause in answer["causes"] if cause["cause"] == "unprotected"]
    assert "--filter-enabled" in unprotected["remedy"]
    command, = [shlex.split(way["command"]) for way in unprotected["ways"]]
    assert command[:3] == ["inbasket", "--home", str(reported.path)]
    reported.run(*command[3:])
    again, = reported.run("report", "--json").lines
    assert again["total"]["causes"]["unprotected"] == 0, "what it tells to do helps"


def test_for_people(reported):
    text = reported.run("report").out
    for part in ("4 messages came, 3 of them spam: 2 caught, 1 came through.", "through a relay", "198.51.100.7",
                 "Nothing is known of the same time before.", "Day by day"):
        assert part in text


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.text, self.outside = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.outside += [value for name, value in attributes if name in ("src", "href") or name.startswith("on")]

    def handle_data(self, data):
        self.text.append(data)


def test_as_a_page(reported, tmp_path):
    page = tmp_path / "report.html"
    assert str(page) in reported.run("report", "--html", page).out
    assert reported.run("report", "--html", page, "--quiet").out == ""
    parsed = Page(page.read_text())
    assert parsed.tags.count("rect") == 14 and "script" not in parsed.tags and not parsed.outside
    assert "4 messages came, 3 of them spam: 2 caught, 1 came through" in parsed.text
    assert page.stat().st_mode & 0o777 == 0o600


def test_what_mail_says_does_nothing_in_the_page(server, home, tmp_path):
    home.configure(trust__relays="198.51.100.7")
    evil = b"Delivered-To: \"<script>x\x1b[31m\"@example.com\n" + mail(1, "", "X-Spam-Flag: YES\n")
    server.put("anna", [evil])
    home.account("work", server)
    home.sync()
    page = tmp_path / "report.html"
    home.run("report", "--html", page)
    assert "script" not in Page(page.read_text()).tags
    assert "\x1b" not in page.read_text() + home.run("report").out


@pytest.mark.parametrize("words", [["--since", "2099-01-01"], ["--since", "soon"], ["now"]],
                         ids=["still-to-come", "no-time", "an-argument"])
def test_nonsense_is_refused(home, words):
    assert home.run("report", *words, status=2).err.startswith("inbasket: ")


def test_a_home_without_mail(home):
    assert "0 messages came" in home.run("report").out


def test_on_a_terminal_no_line_is_broken_by_it(reported):
    shown, status = reported.on_terminal("report")
    assert status == 0 and max(map(len, shown.splitlines())) <= 80 and "198.51.100.7" in shown
