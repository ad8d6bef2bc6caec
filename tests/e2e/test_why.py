"""`inbasket why`: mail that came through here, and files that did not, explained."""


import re
import shlex

import pytest

TRUST = {"trust__relays": "198.51.100.7", "trust__authserv_ids": "mx.example.org"}

CHAIN = """\
Received: from mx.example.org (mx.example.org [127.0.0.1]) by localhost with LMTP id 3; Tue, 24 Nov 2026 10:00:02 +0100
Authentication-Results: mx.example.org; dmarc=fail header.from=bank.example; spf=pass smtp.mailfrom=bulk.example
Received: from relay.example.com (relay.example.com [198.51.100.7]) by mx.example.org (Postfix) with ESMTPS id 2;
\tTue, 24 Nov 2026 10:00:00 +0100
Received: from bulk.example (bulk.example [203.0.113.5]) by relay.example.com (Postfix) with ESMTP id 1;
\tTue, 24 Nov 2026 09:58:00 +0100
Received: from paypal.example (paypal.example [192.0.2.1]) by bulk.example with SMTP; Tue, 24 Nov 2026 09:00:00 +0100
From: "Bank" <service@bank.example>
Subject: Your account \x1b[31mnow
Message-ID: <why-1@bank.example>
Date: Tue, 24 Nov 2026 09:58:00 +0100
X-Spam-Flag: YES

hello
"""


def why(home, *arguments, status=0):
    answer, = home.run("why", "--json", *arguments, status=status).lines
    return answer


@pytest.fixture
def delivered(server, home):
    home.configure(**TRUST)
    server.put("anna", [CHAIN.encode()])
    home.account("work", server)
    event, = home.sync().delivered
    return event


def test_entry_is_not_called_what_it_calls_itself(home, tmp_path):
    mail = tmp_path / "mail"
    mail.write_text("Received: from mail.bank.example (unknown [203.0.113.5]) by mx.example.org (Postfix) with ESMTP id 1;\n"
                    "\tTue, 24 Nov 2026 10:00:00 +0100\nFrom: a@bank.example\n\nhello\n")
    answer = why(home, mail)
    assert (answer["entry"]["host"], answer["entry"]["ip"]) == (None, "203.0.113.5")
    assert answer["path"][0]["helo"] == "mail.bank.example"


def test_path_authentication_and_rule(home, delivered):
    answer = why(home, delivered["id"][:8])
    assert [(hop["by"], hop["ip"], hop["trusted"]) for hop in answer["path"]] == [
        ("localhost", "127.0.0.1", True), ("mx.example.org", "198.51.100.7", True),
        ("relay.example.com", "203.0.113.5", True), ("bulk.example", "192.0.2.1", False)]
    assert (answer["entry"]["host"], answer["entry"]["ip"]) == ("bulk.example", "203.0.113.5")
    assert answer["entry"]["matches_mx"] is None and answer["entry"]["relay"] == "198.51.100.7"
    assert {key: answer["authentication"][key] for key in ("spf", "dkim", "dmarc", "authserv_id")} == {
        "spf": "pass", "dkim": None, "dmarc": "fail", "authserv_id": "mx.example.org"}
    assert {"via-relay", "unproven-sender", "provider-mark"} <= {each["feature"] for each in answer["evidence"]}
    assert answer["actions"] == [{"action": "fileinto", "mailbox": "Junk"}]
    assert any(rule["script"] == "junk.sieve" and rule["kind"] == "action" for rule in answer["rules"])
    assert answer["result"]["target"] == "Junk" and answer["result"]["path"] == delivered["path"]
    assert answer["account"] == "work" and answer["source"]["uid"] == delivered["uid"]


def test_log_remembers_where_it_came_from(home, delivered):
    line, = home.run("log", "--json").lines
    assert {key: line[key] for key in ("entry_host", "entry_ip", "relay", "matches_mx", "server_filter", "recipient")} == {
        "entry_host": "bulk.example", "entry_ip": "203.0.113.5", "relay": "198.51.100.7", "matches_mx": None,
        "server_filter": "marked", "recipient": "anna@example.com"}


@pytest.mark.parametrize("word", [lambda event: event["id"], lambda event: event["message_id"],
                                  lambda event: event["message_id"].strip("<>"), lambda event: event["path"]],
                         ids=["id", "message-id", "message-id-without-brackets", "file"])
def test_whatever_names_it(home, delivered, word):
    assert why(home, word(delivered))["id"] == delivered["id"]


def test_one_screen_for_people(home, delivered):
    text = home.run("why", delivered["id"]).out
    for part in ("Where it came from", "Who vouches for the sender", "The verdict", "What the filters did", "What was done",
                 "bulk.example [203.0.113.5] → relay.example.com", "So bank.example did not send it.",
                 "delivered into Junk by junk.sieve:", f"inbasket undo {delivered['id'][:8]}"):
        assert part in text
    assert "\x1b" not in text, "what a message holds is never printed raw"
    above, below = text.split("────", 1)
    assert "paypal.example" in above and "bulk.example [203.0.113.5]" in below
    assert "junk.sieve" in home.run("why", "--verbose", delivered["id"]).out


def test_it_says_where_it_stands_now(home, delivered):
    path = home.maildir / ".Junk" / "new"
    file, = path.iterdir() if any(path.iterdir()) else (home.maildir / ".Junk" / "cur").iterdir()
    file.rename(home.maildir / "cur" / (file.name.split(":")[0] + ":2,S"))
    answer = why(home, delivered["id"])
    assert answer["result"]["folder"] == "INBOX" and answer["result"]["target"] == "Junk"
    assert "Now it stands in INBOX" in home.run("why", delivered["id"]).out


def test_a_message_that_is_gone(home, delivered):
    for file in home.maildir.rglob("*"):
        if file.is_file() and delivered["id"] in file.name:
            file.unlink()
    run = home.run("why", delivered["id"], status=1)
    assert "is not here any more" in run.err
    hint = re.search(r"inbasket (log --since \S+)", run.out + run.err).group(1)
    assert delivered["id"][:8] in home.run(*hint.split()).out, "what it tells to do next works"


def test_a_file_that_never_came_through(home, tmp_path):
    home.configure(**TRUST)
    file = tmp_path / "letter.eml"
    file.write_text(CHAIN)
    answer = why(home, file)
    assert answer["id"] is None and answer["result"]["target"] is None
    assert answer["entry"]["ip"] == "203.0.113.5"
    assert "did not come through here" in home.run("why", file).out


def test_mail_that_no_rule_decided_on(server, home):
    server.put("anna", [CHAIN.replace("X-Spam-Flag: YES\n", "").encode()])
    home.account("work", server)
    event, = home.sync().delivered
    assert "delivered into INBOX: no rule said otherwise." in home.run("why", event["id"]).out


def test_held_mail_is_explained(server, home):
    home.script("gone", 'discard;\n')
    home.configure(filter__scripts="gone.sieve")
    server.put("anna", [CHAIN.encode()])
    home.account("work", server)
    event, = home.sync().delivered
    answer = why(home, event["id"])
    assert answer["result"]["action"] == "discard" and answer["actions"] == [{"action": "discard"}]
    assert f"inbasket undo {event['id'][:8]}" in home.run("why", event["id"]).out


@pytest.mark.parametrize("arguments", [[], ["nope"], ["123456789abcdef"], ["a", "b"], ["--account", "nope", "/dev/null"]], ids=str)
def test_usage(home, arguments):
    assert home.run("why", *arguments, status=2).err.startswith("inbasket: ")


def test_no_word_is_no_message_id(server, home):
    server.put("anna", [b"Subject: one without a Message-ID\r\n\r\n"])
    home.account("work", server)
    home.sync()
    assert "There is no message" in home.run("why", "", status=2).err


def test_why_changes_nothing(home, delivered):
    def state():  # but for what SQLite lays beside a journal that is read
        return {path: path.stat().st_mtime_ns for path in home.path.rglob("*")
                if path.is_file() and not path.name.startswith("journal.db-")}
    before = state()
    home.run("why", delivered["id"])
    assert state() == before


GMAIL = """\
Received: by 2002:a05:7300:1234:b0:1:2:3 with SMTP id a1; Tue, 24 Nov 2026 01:00:02 -0800 (PST)
Received: from out.example.net (out.example.net. [203.0.113.5]) by mx.google.com with ESMTPS id x1;
\tTue, 24 Nov 2026 01:00:00 -0800 (PST)
Authentication-Results: mx.google.com; dkim=pass header.i=@example.net; dmarc=pass header.from=example.net
From: Eva <eva@example.net>
Message-ID: <why-2@example.net>

hello
"""


@pytest.mark.parametrize(("address", "matches"), [("anna@gmail.com", True), ("anna@outlook.com", False), ("anna@example.org", None)])
def test_what_is_known_of_an_account_reaches_the_filter(home, server, tmp_path, address, matches):
    home.account("mine", server, account__address=address, account__provider="gmail")
    file = tmp_path / "letter.eml"
    file.write_text(GMAIL)
    answer = why(home, "--account", "mine", file)
    assert (answer["entry"]["host"], answer["entry"]["matches_mx"]) == ("out.example.net", matches)
    assert answer["authentication"]["dmarc"] == "pass" and answer["authentication"]["proven"] is True
    assert why(home, file)["authentication"]["dmarc"] is None, "through no account, nobody says that Google is to be believed"


@pytest.mark.parametrize(("host", "provider", "dmarc"), [("127.0.0.1", None, None), ("127.0.0.1", "proton", "pass"), ("localhost", None, None)])
def test_who_listens_on_this_machine_is_no_provider_unless_it_is_named(home, server, tmp_path, host, provider, dmarc):
    home.account("mine", server, account__host=host, account__provider=provider)
    file = tmp_path / "letter.eml"
    file.write_text(GMAIL.replace("mx.google.com", "mail.protonmail.ch"))
    assert why(home, "--account", "mine", file)["authentication"]["dmarc"] == dmarc


@pytest.mark.parametrize(("first", "words"), [("07:00:00", ", after 3 h 0 min"), ("09:30:00", ", after 30 min"), ("09:59:00", None),
                                              ("11:00:00", ", 1 h 0 min before that, says its clock"), ("2026", None)])
def test_time_between_hops_where_it_is_long(home, tmp_path, first, words):
    home.configure(**TRUST)
    file = tmp_path / "letter.eml"
    file.write_text(CHAIN.replace("Tue, 24 Nov 2026 09:58:00 +0100\nReceived", f"Tue, 24 Nov 2026 {first} +0100\nReceived"))
    line, = [line for line in home.run("why", file).out.splitlines() if "→ mx.example.org" in line]
    assert line.endswith(words) if words else ", after" not in line and "clock" not in line


@pytest.mark.parametrize(("mail", "remedy"), [
    ("Received: from a.example (a.example [203.0.113.5]) by mx.example.org with ESMTP id 1;\n\tTue, 24 Nov 2026 10:00:00 +0100\n"
     "Received: from b.example (b.example [192.0.2.1]) by a.example with ESMTP id 1; Tue, 24 Nov 2026 09:00:00 +0100\n",
     "→ relays=203.0.113.5 in [trust]"),
    ("Authentication-Results: mx.elsewhere.example; dmarc=pass header.from=a.example\n"
     "Received: from a.example (a.example [203.0.113.5]) by mx.example.org with ESMTP id 1;\n\tTue, 24 Nov 2026 10:00:00 +0100\n",
     "→ authserv-ids=mx.elsewhere.example in [trust]"),
    ("X-Spam-Flag: YES\n", "data/filters/junk.sieve:"),
    ("", "→ inbasket learn spam "),
    ("", "→ inbasket learn ham "),
], ids=["relay", "authserv-id", "rule", "spam", "ham"])
def test_how_to_change_it(home, tmp_path, mail, remedy):
    file = tmp_path / "letter.eml"
    file.write_text(mail + "From: a@a.example\nMessage-ID: <remedy@a.example>\n\nhello\n")
    text = home.run("why", file).out
    assert remedy in text[text.index("How to change it"):]


def test_no_name_is_offered_that_would_not_be_believed(home, tmp_path):
    file = tmp_path / "letter.eml"
    file.write_text("Received: from a.example (a.example [203.0.113.5]) by mx.example.org with ESMTP id 1;\n\tTue, 24 Nov 2026 10:00:00 +0100\n"
                    "Received: from b.example (b.example [192.0.2.1]) by a.example with ESMTP id 1; Tue, 24 Nov 2026 09:00:00 +0100\n"
                    "Authentication-Results: gmail.com; dmarc=pass header.from=a.example\nFrom: a@a.example\n\nhello\n")
    text = home.run("why", file).out
    assert "it brought a field in the name of gmail.com" in text and "authserv-ids=" not in text


def test_a_terminal_shows_commands_whole(home, tmp_path):
    name = tmp_path / ("a letter's name that is longer than a line " * 3 + ".eml")
    name.write_text("Authentication-Results: mx.elsewhere.example; dmarc=pass header.from=a.example\n"
                    "Received: from a.example (a.example [203.0.113.5]) by mx.example.org with ESMTP id 1;\n"
                    "\tTue, 24 Nov 2026 10:00:00 +0100\n"
                    "Received: from b.example (b.example [192.0.2.1]) by a.example with ESMTP id 1; Tue, 24 Nov 2026 09:00:00 +0100\n"
                    f"From: {'long ' * 300}<a@a.example>\n\nhello\n")
    text, status = home.on_terminal("why", name)
    assert status == 0
    command = re.search(r"→ inbasket (learn spam .*)  if it is spam", text).group(1)
    assert shlex.split(command) == ["learn", "spam", str(name)]
    assert "then whoever handed it over there is judged\n" in text, "what a command does is told to the end"
    lines = [line for line in text.splitlines() if not line.startswith("  → ")]
    sentence = re.search(r"it brought a field in the name of .*?is proven", text, re.S).group()
    assert "\n    " in sentence and " ".join(sentence.split()).endswith("which says that its sender is proven"), \
        "a sentence is broken between words, not cut"
    assert max(map(len, lines)) <= 80 and len(lines) < 40, "what mail says does not fill the screen"
    assert "below what servers say that you trust ────" in text


def test_what_it_tells_to_learn_is_learned(home, delivered):
    text = home.run("why", delivered["id"]).out
    home.run(*re.search(r"→ inbasket (learn ham \S+)", text).group(1).split())


def test_causes_are_named_unless_it_is_good(home, delivered):
    assert why(home, delivered["id"])["causes"] == ["relay"]
    assert "The relay 198.51.100.7, which you trust, took it from a stranger" in home.run("why", delivered["id"]).out
