"""folders=, since=, max-size=: what is fetched, and what stays."""

import contextlib
import sqlite3
import time

import pytest
from e2e.inbasket import assert_exactly_once
from mail import generate
from servers.poor_imap import PoorImap
from servers.poor_pop3 import Migrated, PoorPop3
from servers.tcp import Hangup

from .test_after import fill, restore

DAY = 86400
BOXES = ["INBOX", "Lists.choir", "Lists.garden", "Archive", "Junk", "Grüße", "Trash"]


@pytest.mark.parametrize(("folders", "expected"), [
    (None, {"INBOX"}),
    ("INBOX;Archive", {"INBOX", "Archive"}),
    ("Lists.*", {"Lists.choir", "Lists.garden"}),
    ("*;!Junk;!Trash", {"INBOX", "Lists.choir", "Lists.garden", "Archive", "Grüße"}),
    ("inbox", {"INBOX"}),
    ("Gr*", {"Grüße"}),
    ("*;!Lists.*;!INBOX", {"Archive", "Junk", "Grüße", "Trash"}),
], ids=["default", "two", "glob", "exclusions", "inbox-in-any-case", "non-ascii", "exclude-glob"])
def test_folders(server, home, folders, expected):
    mails = dict(zip(BOXES, generate.small(51, len(BOXES))))
    for name, mail in mails.items():
        server.put("anna", [mail], mailbox=name.replace("Grüße", "Gr&APwA3w-e"))
    home.account("work", server, fetch__folders=folders)
    run = home.sync()
    assert {event["folder"] for event in run.delivered} == expected
    assert_exactly_once([mails[name] for name in expected], home)


def test_a_folder_that_is_not_there_is_told(server, home):
    server.put("anna", generate.small(52, 3))
    home.account("work", server, fetch__folders="INBOX;Nowhere")
    run = home.sync(status=(0, 1))
    assert len(run.delivered) == 3
    assert "Nowhere" in run.err + str(run.summary["work"]["error"])


@pytest.mark.parametrize("deduplicate", [True, False], ids=["deduplicated", "all"])
def test_the_inbox_is_one_mailbox_however_it_is_written(authority, home, deduplicate):
    """RFC 3501, 5.1. With folders=INBOX it is never listed, with others it is."""
    home.configure(delivery__deduplicate=deduplicate)
    mails = generate.small(56, 4)

    class Written(PoorImap.session):
        def do_list(self, *_):
            self.write(b'* LIST () "/" "Inbox"\r\n* LIST () "/" "Other"\r\n')

    with PoorImap({"INBOX": mails[:3], "Other": mails[3:]}, authority=authority) as server:
        server.session = Written
        home.account("work", server)
        home.sync()
        home.account("work", server, fetch__folders="*")
        assert home.sync().summary["work"]["fetched"] == 1
        assert_exactly_once(mails, home)


@pytest.mark.parametrize(("folders", "use", "expected", "is_told"), [
    ("INBOX;Last", "\\Junk", {0, 2}, False), ("*;!Other*", "\\Junk", {0, 1}, True), ("\\Junk", "\\Junk", {1}, False),
    ("\\Junk", "", {1}, False), ("INBOX;Other*", "\\Junk", {0}, True)],
    ids=["named", "glob", "use", "use-by-name", "both"])
def test_more_mailboxes_than_are_looked_at(authority, home, folders, use, expected, is_told):
    """The INBOX, what folders= names and what has a use, be it by its name, are looked at wherever they stand in the list."""
    mails = generate.small(57, 3)

    class Many(PoorImap.session):
        def do_list(self, *_):
            self.write(b"".join(b'* LIST (%s) "/" "Other%d"\r\n' % (b"" if number == 1 else b"\\Noselect", number) for number in range(10_001)))
            self.write(b'* LIST () "/" "INBOX"\r\n* LIST (%s) "/" "Spam"\r\n* LIST () "/" "Last"\r\n* LIST () "/" "Other"\r\n' % use.encode())

    with PoorImap({"INBOX": mails[:1], "Spam": mails[1:2], "Last": mails[2:], "Other": [], "Other1": []}, authority=authority) as server:
        server.session = Many
        home.account("work", server, fetch__folders=folders.replace("\\", "\\\\"))
        run = home.sync(status=int(is_told))
        assert_exactly_once([mails[number] for number in sorted(expected)], home)
        assert ("” is not opened: The server has more than 10000 mailboxes" in run.err) == is_told, run


@pytest.mark.parametrize("answer", ["NO [SERVERBUG] index is corrupt", "NO Internal error", "BAD huh"])
@pytest.mark.parametrize("refused", ["EXAMINE", "UID SEARCH"])
def test_a_mailbox_that_is_out_of_order_keeps_nobody_from_the_others(authority, home, refused, answer):
    mails = generate.small(57, 6)
    with PoorImap({"A": mails[:2], "INBOX": mails[2:4], "Z": mails[4:]}, authority=authority) as server:
        chosen = []

        def before(command):
            if command.upper().startswith(b"EXAMINE"):
                chosen.append(command)
            is_refused = command.upper().startswith(refused.encode()) and b'"A"' in chosen[-1]
            return b"%t " + answer.encode() + b"\r\n" if is_refused else None
        server.before = before
        home.account("work", server, fetch__folders="*")
        run = home.sync(status=1)
        assert_exactly_once(mails[2:], home)
        assert run.summary["work"]["ok"] and "“A”" in run.err and answer.split("] ")[-1].split(" ", 1)[-1] in run.err
        server.before = None
        home.sync()
        assert_exactly_once(mails, home)


@pytest.mark.parametrize("answer", [None, b"999 OK evil\r\n"], ids=["hung-up", "nonsense"])
@pytest.mark.parametrize("command", [b"EXAMINE", b"UID SEARCH"], ids=["examine", "search"])
def test_a_mailbox_at_which_the_session_breaks_keeps_nobody_from_the_others(authority, home, command, answer):
    """What stood behind it was not fetched, at any poll. Each is called as people read it."""
    mails = generate.small(59, 10)
    bad = {b"B", b"M&APw-ll"}
    with PoorImap({"INBOX": mails[:2], "A": mails[2:4], "B": mails[4:6], "M&APw-ll": mails[6:8], "D": mails[8:]},
                  authority=authority) as server:
        chosen = []

        def before(words):
            if words.upper().startswith(b"EXAMINE"):
                chosen.append(words.split(b'"')[1])
            if not words.upper().startswith(command) or chosen[-1] not in bad:
                return None
            if answer is None:
                raise Hangup
            return answer
        server.before = before
        home.account("work", server, fetch__folders="*")
        run = home.sync(status=1)
        assert_exactly_once(mails[:4] + mails[8:], home)
        assert run.summary["work"]["ok"] and "“B”" in run.err and "“Müll”" in run.err and "“D”" not in run.err
        assert (chosen.count(b"B"), chosen.count(b"M&APw-ll")) == (2, 1)
        bad.clear()
        home.sync()
        assert_exactly_once(mails, home)


def test_a_session_that_breaks_at_one_of_several_mailboxes_for_once_leaves_nothing_out(authority, home):
    """That one is visited last."""
    mails = generate.small(60, 6)
    with PoorImap({"INBOX": mails[:2], "A": mails[2:4], "B": mails[4:]}, authority=authority) as server:
        chosen = []

        def before(words):
            if words.upper().startswith(b"EXAMINE"):
                chosen.append(words.split(b'"')[1])
                if len(chosen) == 1:
                    raise Hangup
        server.before = before
        home.account("work", server, fetch__folders="*")
        run = home.sync()
        assert_exactly_once(mails, home)
        assert "passed over" not in run.err
        assert chosen == [b"INBOX", b"A", b"B", b"INBOX"]


def test_a_mailbox_that_broke_for_once_is_not_said_to_be_passed_over(authority, home):
    """It was visited since, when another one is."""
    mails = generate.small(66, 6)
    with PoorImap({"INBOX": mails[:2], "A": mails[2:4], "B": mails[4:]}, authority=authority) as server:
        chosen = []

        def before(words):
            if words.upper().startswith(b"EXAMINE"):
                chosen.append(words.split(b'"')[1])
                if chosen[-1] == b"B" or len(chosen) == 1:
                    raise Hangup
        server.before = before
        home.account("work", server, fetch__folders="*")
        run = home.sync(status=1)
        assert_exactly_once(mails[:4], home)
        assert "“B” is passed over" in run.err and "“INBOX”" not in run.err
        server.before = None
        home.sync()
        assert_exactly_once(mails, home)


@pytest.mark.parametrize("refused", ["EXAMINE", "UID SEARCH"])
def test_a_server_that_opens_no_mailbox_is_an_error(authority, home, refused):
    """All was well, `status` said, while no mail came for ever."""
    mails = generate.small(58, 3)
    with PoorImap({"INBOX": mails}, authority=authority) as server:
        server.before = lambda command: b"%t NO Internal error\r\n" if command.upper().startswith(refused.encode()) else None
        home.account("work", server)
        run = home.sync(status=1)
        assert run.summary["work"]["state"] == "error" and not run.summary["work"]["ok"]
        assert "opens none of the mailboxes that are wanted: Internal error" in run.summary["work"]["error"]
        assert len([command for command in server.commands if b"AUTHENTICATE" in command]) == 1
        account, = home.run("status", "--json").lines[0]["accounts"]
        assert account["state"] == "error" and "Internal error" in account["error"]
        server.before = None
        home.sync()
        assert_exactly_once(mails, home)


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
@pytest.mark.parametrize("written", ["days", "date"])
def test_since(authority, home, protocol, written):
    now = int(time.time())
    dates = [now - days * DAY for days in (400, 100, 33, 28, 2, 0)]
    mails = [f"Date: {time.strftime('%a, %d %b %Y %H:%M:%S +0000', time.gmtime(date))}\r\nSubject: {date}\r\n\r\nx\r\n".encode() for date in dates]
    since = "30d" if written == "days" else time.strftime("%Y-%m-%d", time.gmtime(now - 30 * DAY))
    if protocol == "imap":
        server = PoorImap(authority=authority)
        for mail, date in zip(mails, dates):
            server.box().add(mail, date=date)
    else:
        server = PoorPop3(mails, authority=authority)
    with server:
        home.account("work", server, protocol=protocol, fetch__since=since, fetch__after="delete")
        home.sync()
        assert_exactly_once(mails[3:], home)
        assert len(server.served()) == 3, "what is older is not touched"
        late = b"Date: Sat, 01 Jan 2000 00:00:00 +0000\r\nSubject: old but new\r\n\r\n"
        if protocol == "imap":
            server.box().add(late, date=946_684_800)
            home.sync()
            assert_exactly_once([*mails[3:], late], home)       # `since` is for the first poll
            assert len(server.served()) == 3


def dated(subject, date):
    return (f"From: a@example.net\r\nDate: {time.strftime('%a, %d %b %Y %H:%M:%S +0000', time.gmtime(date))}\r\n"
            f"Subject: {subject}\r\n\r\n{subject}\r\n").encode()


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
@pytest.mark.parametrize("after", ["keep", "delete"])
@pytest.mark.parametrize("later", ["30d", "1d", "600d", None])
def test_since_goes_for_a_mailbox_that_is_listed_anew(start, home, protocol, after, later):
    """What was left there at the first poll stays there, and nothing that is newer does, whatever has become of the setting."""
    server = start(users={"anna": "one"}, pop3_uidl_format="%08Xu%08Xv")
    now = int(time.time())
    old, young, come = ([dated(f"{name} {days}", now - days * DAY - 3600) for days in some]
                        for name, some in [("old", (400, 100, 33)), ("young", (28, 14, 2)), ("come", (29, 5))])
    dates = {mail: now - days * DAY - 3600 for mail, days in zip([*old, *young, *come], (400, 100, 33, 28, 14, 2, 29, 5))}

    def put(mails):
        server.put("anna", mails, dates=[dates[mail] for mail in mails])

    put([*old, *young])
    home.account("work", server, protocol=protocol, fetch__since="30d", fetch__after=after)
    home.sync()
    assert_exactly_once(young, home)
    home.account("work", server, protocol=protocol, fetch__since=later, fetch__after=after)
    for turn in range(2):
        server.renumber("anna")
        put(come[turn:turn + 1])
        assert home.sync("--dry-run").summary["work"]["fetched"] == 1 + (len(young) + turn if after == "keep" else 0)
        home.sync()
        assert_exactly_once([*young, *come[:turn + 1]], home)
        assert home.sync().summary["work"]["fetched"] == 0
    assert len(server.uids("anna")) == len(old) + (0 if after == "delete" else len(young) + len(come))


def test_since_goes_for_uids_that_begin_anew(authority, home):
    """Under the same UIDVALIDITY, where a server was restored from a backup."""
    now = int(time.time())
    old, young, come = ([(dated(f"{name} {days}", now - days * DAY - 3600), now - days * DAY - 3600) for days in some]
                        for name, some in [("old", (400, 100, 33)), ("young", (28, 14, 2)), ("come", (29,))])
    with PoorImap(authority=authority) as server:
        box = server.box()
        for mail, date in [*old, *young]:
            box.add(mail, date=date)
        home.account("work", server, fetch__since="30d")
        home.sync()
        box.items[len(old):], box.next = [], len(old) + 1
        box.add(come[0][0], date=come[0][1])
        assert home.sync("--dry-run").summary["work"]["fetched"] == 1
        home.sync()
        assert_exactly_once([mail for mail, date in [*young, *come]], home)


@pytest.mark.parametrize("written", ["days", "date"])
@pytest.mark.parametrize("anew", [lambda box: box.renumber(99), lambda box: box.renumber(1)], ids=["uidvalidity", "backup"])
def test_since_holds_when_all_numbers_are_new(authority, home, anew, written):
    """What was too old at the first poll is too old for ever; what came later is not, however late it is fetched."""
    now = int(time.time())
    mails = generate.small(55, 12)
    with PoorImap({"INBOX": []}, authority=authority) as server:
        server.box().next = 100
        for mail, days in zip(mails[:8], (400, 100, 33, 31, 28, 20, 2, 0)):
            server.box().add(mail, date=now - days * DAY)
        home.account("work", server, fetch__since="30d" if written == "days" else time.strftime("%Y-%m-%d", time.gmtime(now - 30 * DAY)))
        home.sync()
        assert_exactly_once(mails[4:8], home)
        with contextlib.closing(sqlite3.connect(home.state / "journal.db")) as journal, journal:
            journal.execute("UPDATE mailbox SET since = since - ?", (50 * DAY if written == "days" else 0,))
        for item in server.box().items:
            item.date -= 50 * DAY
        anew(server.box())
        server.box().add(mails[8], date=now - 40 * DAY)
        server.box().add(mails[9], date=now)
        home.sync()
        if written == "days":
            assert_exactly_once(mails[4:10], home)
        else:
            assert_exactly_once([*mails[4:8], mails[9]], home)


def test_since_goes_on_in_a_session_that_breaks(authority, home):
    """Of POP3, where all has other names: those of what was left there are known as soon as it was looked at."""
    now = int(time.time())
    mails = [dated(f"number {days}", now - days * DAY - 3600) for days in (400, 100, 28, 14, 2)]
    with Migrated(mails, authority=authority) as server:
        home.account("work", server, protocol="pop3", fetch__since="30d")
        home.sync()
        server.generation = 1
        server.before = lambda command: b"nonsense\r\n" if command.upper() == b"RETR 4" else None
        home.sync(status=(1, 6))
        server.before = None
        for server.generation in (1, 1, 2, 0):
            home.sync()
            assert_exactly_once(mails[2:], home)


@pytest.mark.parametrize("after", ["keep", "delete"])
def test_what_is_dated_wrong_is_new_all_the_same(authority, home, after):
    """Of POP3, where somebody has cleared the mailbox out: what comes then was never there, however old it says it is."""
    now = int(time.time())
    mails = [dated(f"number {days}", now - days * DAY) for days in (400, 100, 28, 14)]
    wrong = [dated(f"wrong {days}", now - days * DAY) for days in (9000, 99)]
    with PoorPop3(mails, authority=authority) as server:
        home.account("work", server, protocol="pop3", fetch__since="30d", fetch__after=after)
        home.sync()
        for turn in range(2):
            server.messages = wrong[turn:turn + 1]
            home.sync()
        assert_exactly_once([*mails[2:], *wrong], home)


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_max_size(server, home, protocol):
    mails = [*generate.small(53, 5), generate.big(2), generate.big(3)]
    server.put("anna", mails)
    home.account("work", server, protocol=protocol, fetch__max_size="1M", fetch__after="delete")
    run = home.sync()
    assert_exactly_once(mails[:5], home)
    assert run.summary["work"]["skipped"] == 2
    told = run.err.splitlines()
    assert len(told) == 2 and all(line.startswith("inbasket: work: message ") and "max-size=" in line for line in told)
    assert len(server.uids("anna")) == 2, "too large ones stay"
    home.account("work", server, protocol=protocol, fetch__max_size="2500000", fetch__after="delete")
    home.sync(status=(0, 1))
    assert_exactly_once(mails[:6], home)
    home.account("work", server, protocol=protocol, fetch__after="delete")
    home.sync()
    assert_exactly_once(mails, home)
    assert server.uids("anna") == []


def test_dry_run_changes_nothing(server, home):
    mails = [m.data for m in generate.messages(54, 20)]
    server.put("anna", mails)
    home.account("work", server, fetch__after="delete")
    run = home.sync("--dry-run")
    assert len(run.delivered) == 20
    assert home.files() == [] and home.held() == [] and len(server.uids("anna")) == 20
    home.sync()
    assert_exactly_once(mails, home)


def test_a_dry_run_knows_twins_as_a_real_one_does(server, home):
    server.put("anna", generate.small(55, 600))
    home.account("work", server)
    home.account("again", server, protocol="pop3")
    kinds = [sorted(line["action"] for line in home.sync(*options).delivered) for options in (["--dry-run"], [])]
    assert kinds[0] == kinds[1] == ["deliver"] * 600 + ["duplicate"] * 600


MET_AGAIN = [*(m.data for m in generate.messages(56, 4)), *[b"From: a@example.net\r\nSubject: without an id\r\n\r\nhello\r\n"] * 2]


def assert_foretells(home, count):
    """What a dry run says of an account, the next real one does."""
    foretold, told = (home.sync(*options) for options in (["--dry-run"], []))
    assert [len(run.delivered) for run in (foretold, told)] == [count, count]
    kinds = [sorted((line["action"], line["message_id"] or "") for line in run.delivered) for run in (foretold, told)]
    assert kinds[0] == kinds[1]
    counts = [{key: run.summary["work"][key] for key in ("fetched", "delivered", "duplicates", "skipped")} for run in (foretold, told)]
    assert counts[0] == counts[1]


@pytest.mark.parametrize("deduplicate", [True, False], ids=["deduplicated", "all"])
@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_a_dry_run_knows_what_was_numbered_anew(authority, home, protocol, deduplicate):
    """Twice, so that it comes back to numbers that it had; and of what is there once more, that one comes."""
    home.configure(delivery__deduplicate=deduplicate)
    with (PoorImap({"INBOX": list(MET_AGAIN)}, authority=authority) if protocol == "imap" else Migrated(list(MET_AGAIN), authority=authority)) as server:
        home.account("work", server, protocol=protocol)
        home.sync()
        for turn, uidvalidity in enumerate((99, 1, 99)):
            if protocol == "imap":
                server.box().renumber(uidvalidity)
                server.box().add(MET_AGAIN[-1])
            else:
                server.generation = uidvalidity
                server.messages.append(MET_AGAIN[-1].replace(b"hello", b"hello %d" % turn))
            assert_foretells(home, 1)
            assert_foretells(home, 0)


def test_a_dry_run_knows_what_is_there_under_numbers_that_have_begun_anew(authority, home):
    """What has the number of one that is here may be new, and what has a new number may be here."""
    with PoorImap({"INBOX": []}, authority=authority) as server:
        fill(server.box(), MET_AGAIN[1:6], 1_700_000_000)
        home.account("work", server)
        home.sync()
        restore(server, [MET_AGAIN[2], MET_AGAIN[0], MET_AGAIN[5]])
        assert "was restored on its server" in home.sync("--dry-run").err
        assert_foretells(home, 1)


def test_a_dry_run_knows_mail_of_a_mailbox_that_was_numbered_anew_in_another(server, home):
    """What has no id is one that is here if its server took it in at the same time."""
    server.append("anna", MET_AGAIN, dates=[1_760_000_000] * 6)
    home.account("work", server, fetch__folders="INBOX; Archive")
    home.sync()
    with server.imap("anna") as session:
        session.select("INBOX")
        session.uid("COPY", "1:*", "Archive")
    server.renumber("anna")
    server.renumber("anna", "Archive")
    assert_foretells(home, 6)


def test_only_the_accounts_that_were_named(start, home):
    server = start(users={"anna": "a", "tom": "b"})
    for user in server.users:
        server.put(user, generate.small(len(user), 2))
        home.account(user, server, user)
    assert set(home.sync("tom").summary) == {"tom"}
    assert set(home.sync().summary) == {"anna", "tom"}
    home.run("sync", "nobody", status=2)
