"""The page Report, as a person has it: the figures are those of `inbasket report`, in words beside every picture."""

import os
import re
import shlex
from pathlib import Path

import pytest
from servers.screen import Atspi, is_in, walk

from window.desk import LOOKS, brightness, mail
from window.looking_glass import narrow

RELAY = ("Received: from relay.example.net (relay.example.net [198.51.100.7]) by mx.example.com (Postfix) with ESMTPS id 2;\r\n"
         "\tTue, 24 Nov 2026 10:00:00 +0100\r\n"
         "Received: from bulk.example (bulk.example [203.0.113.5]) by relay.example.net (Postfix) with ESMTP id 1;\r\n"
         "\tTue, 24 Nov 2026 09:58:00 +0100\r\n")
MARKED = "X-Spam-Flag: YES\r\n"
TITLES = {"relay": "Through a relay", "unprotected": "An account or address without a filter",
          "no-server-filter": "A server without a filter of its own", "filtered": "A server whose filter had looked at it"}


def letter(subject, top=""):
    return top.encode() + mail(subject)


@pytest.fixture
def spam(start, home, desk):
    """A service with two accounts, one of which has no filter; spam came by every way but an MX."""
    server = start(users={"anna": "secret", "bert": "secret"})
    home.configure(trust__relays="198.51.100.7")
    server.put("anna", [letter(f"Relayed {i}", RELAY + MARKED) for i in range(3)] + [letter("Marked", MARKED), letter("Missed"), letter("Good")])
    server.put("bert", [letter("Bare 1"), letter("Bare 2")])
    home.account("work", server)
    home.account("bare", server, "bert", filter__enabled="false")
    service = desk.service()
    service.until(lambda: len(home.files()) == 8, "the mail")
    for message in home.run("log", "--json").lines:
        if message["subject"] in ("Missed", "Bare 1"):
            home.run("learn", "spam", message["id"], env={"DBUS_SESSION_BUS_ADDRESS": desk.screen.bus.address})


@pytest.fixture
def spammed(spam, desk):
    window = desk.window()
    window.titled("Accounts")
    return window


def show(window):
    window.keys("alt+4")
    window.titled("Report")


def report(home, since="7d"):
    """As the service has it made, in the words of a window."""
    answer, = home.run("report", "--json", "--since", since, env={"INBASKET_FACE": "window"}).lines
    return answer


def test_the_figures_are_those_of_the_command(spammed, home):
    show(spammed)
    answer = report(home)
    total = answer["total"]
    assert (total["mail"], total["spam"]) == (8, 6)
    spammed.says(f"{total['mail']} messages came, {total['spam']} of them spam: {total['caught']} caught, {total['came_through']} came through")
    for cause in answer["causes"]:
        if cause["spam"] == 0:
            continue
        row = spammed.find("list item", f"{TITLES[cause['cause']]}: {cause['spam']} ({100 * cause['spam'] / total['spam']:.0f} %)")
        words = [node.name for node in walk(row)]
        assert cause["remedy"] in words
        assert not any(word in cause["remedy"] for word in ("inbasket", "=", ".conf")), cause["remedy"]
        for way in cause["ways"]:
            assert any(word.startswith(f"{way['name']}: {way['spam']} spam of {way['mail']} message") for word in words), words
    for account in answer["accounts"]:
        figures = account["figures"]
        row = spammed.find("list item", account["name"])
        assert any(("Not protected" not in node.name) == account["protected"] and f"{figures['caught']} caught" in node.name
                   for node in walk(row)), spammed.tree()


def test_a_chart_says_its_figures(spammed, home):
    show(spammed)
    total = report(home)["total"]
    spammed.find("image", f"Spam by day: {total['caught']} caught, {total['came_through']} came through; most on ")
    spammed.find("image", "Through a relay: 3 (50 %)")


def test_the_command_that_closes_a_way_is_copied_and_works(spammed, home):
    show(spammed)
    way, = [way for cause in report(home)["causes"] if cause["cause"] == "unprotected" for way in cause["ways"]]
    assert way["command"].endswith("account edit bare --filter-enabled true")
    spammed.says(way["command"])
    spammed.press("push button", f"Copy: {way['command']}")
    home.run(*shlex.split(way["command"])[3:])  # without its --home, which this one has itself
    spammed.keys("alt+1", "alt+4")
    spammed.find("list item", TITLES["unprotected"], gone=True)


def test_what_arrives_is_counted_at_once(spammed, server, home, start):
    show(spammed)
    spammed.says("8 messages came")
    # The fixture's own server is another one.
    home.account("third", server)
    server.put("anna", [letter("One more", MARKED)])
    spammed.says("9 messages came, 7 of them spam")


def test_without_mail_it_says_so(home, server, desk):
    home.account("work", server)
    desk.service()
    window = desk.window()
    window.titled("Accounts")
    show(window)
    window.says("No Mail in This Time")
    server.append("anna", [letter("The first")])
    window.says("1 message came, 0 of them spam")
    window.says("No spam is known of")


def chosen(window):
    return [node.name for node in window.nodes("push button", " Days") if is_in(node, Atspi.StateType.PRESSED)]


def test_another_period_by_keyboard_alone(spammed, home):
    show(spammed)
    spammed.until(lambda: chosen(spammed) == ["7 Days"], "seven days")
    first = len(report(home)["days"])
    spammed.focus("push button", "30 Days")
    spammed.keys("space")
    spammed.until(lambda: chosen(spammed) == ["30 Days"], "thirty days")
    spammed.says("8 messages came")
    assert len(report(home, "30d")["days"]) > first


def test_everything_has_a_name_and_fits_a_small_screen(spammed):
    show(spammed)
    spammed.says("8 messages came")
    unnamed = [node.role for node in walk(spammed.top())
               if node.role in ("push button", "toggle button", "text", "list", "list item")
               and is_in(node, Atspi.StateType.VISIBLE) and re.fullmatch(r"(Gtk|Adw|Ib)\w+|", node.name)]
    assert not unnamed, spammed.tree()
    narrow(spammed)


@pytest.mark.parametrize("look", LOOKS)
def test_pictures(spam, desk, tmp_path, look):
    folder = Path(os.environ.get("INBASKET_PICTURES", tmp_path))
    window = desk.window(ADW_DEBUG_COLOR_SCHEME="prefer-dark" if look == "dark" else "prefer-light",
                         ADW_DEBUG_HIGH_CONTRAST=str(int(look == "contrast")))
    window.titled("Accounts")
    if look == "narrow":
        window.resize(360, 720)
    show(window)
    window.says("8 messages came")
    path = folder / f"report-{look}.png"
    window.picture(path)
    assert (brightness(path) < 0.5) == (look == "dark")
