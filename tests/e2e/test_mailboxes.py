"""Mailboxes that are large, renumbered, out of order, or full of twins. Those of POP3 alone are in test_maildrops.py."""

import contextlib
import shutil
import sqlite3
import threading
import time
from pathlib import Path

import pytest
from e2e.inbasket import PATIENCE, assert_exactly_once, due_at_once
from mail import generate
from servers.poor_imap import Box, PoorImap, covers
from servers.tcp import Hangup, Reset


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_twenty_thousand(server, home, protocol):
    mails = generate.small(31, 20_010)
    server.put("anna", mails)
    home.account("work", server, protocol=protocol)
    run = home.sync(timeout=PATIENCE * 10)
    assert run.summary["work"]["fetched"] == 20_010, "more than one SEARCH looks at"
    assert_exactly_once(mails, home)
    again = home.sync()
    assert again.delivered == []


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_fifty_megabytes(server, home, protocol):
    """Above 32 MiB a message goes another way, past memory; the small ones around it do not mind."""
    mails = [*generate.small(32, 5), generate.big(50), *generate.small(33, 5)]
    server.put("anna", mails)
    home.account("work", server, protocol=protocol)
    home.sync()
    assert_exactly_once(mails, home)


@pytest.mark.parametrize("size_bytes", [32 * 1024 * 1024 + delta for delta in (-70, 0, 70)])
def test_around_the_limit_of_memory(authority, home, size_bytes):
    head = b"Subject: as large as memory allows\r\n\r\n"
    message = head + b"x" * 70 + b"\r\n" + (b"y" * 70 + b"\r\n") * ((size_bytes - len(head) - 72) // 72)
    message += b"z" * (size_bytes - len(message) - 2) + b"\r\n"
    assert len(message) == size_bytes
    with PoorImap({"INBOX": [message]}, authority=authority) as server:
        home.account("work", server)
        home.sync()
        assert_exactly_once([message], home)


def test_uidvalidity_changes_three_times(server, home):
    mails = generate.small(34, 50)
    server.put("anna", mails[:20])
    home.account("work", server)
    home.sync()
    for turn in range(1, 4):
        server.renumber("anna")
        server.put("anna", mails[20 + 10 * (turn - 1):20 + 10 * turn])
        home.sync()
        here = home.messages()
        assert len(here) == len(set(here)) == 20 + 10 * turn, f"after change {turn}"
    assert sorted(home.messages()) == sorted(m.replace(b"\r\n", b"\n") for m in mails)


@pytest.mark.parametrize("deduplicate", [True, False], ids=["deduplicated", "all"])
@pytest.mark.parametrize("turns", ["imap pop3", "pop3 imap", "imap pop3 imap", "pop3 imap pop3"])
def test_another_protocol_is_no_other_mail(server, home, turns, deduplicate):
    """What is here is known under its new numbers, and what was planned is done under them."""
    mails = [m.data for m in generate.messages(38, 6)] + [b"From: a@example.net\r\nSubject: without an id\r\n\r\nhello\r\n"]
    server.put("anna", mails[1:])
    home.configure(delivery__deduplicate=deduplicate)
    for protocol in turns.split():
        home.account("work", server, protocol=protocol, fetch__after="delete-after:14d")
        home.sync()
    server.put("anna", mails[:1])
    assert home.sync().summary["work"]["fetched"] == 1
    assert_exactly_once(mails, home)
    due_at_once(home)
    home.sync()
    assert server.uids("anna") == []


def test_uidvalidity_change_voids_what_was_planned(authority, home):
    """The UIDs that were to be deleted are other messages now."""
    planned, other = generate.small(35, 10), generate.small(36, 10)
    with PoorImap({"INBOX": planned}, authority=authority) as server:
        refuse = lambda command: b"%t NO not now\r\n" if command.upper().startswith(b"UID STORE") else None  # noqa: E731
        server.before = refuse
        home.account("work", server, fetch__after="delete")
        home.sync(status=(0, 1))
        server.box().items.clear()
        for mail in other:
            server.box().add(mail)
        server.box().renumber(99)
        before = list(server.box().items)
        home.account("work", server, fetch__after="keep")
        server.before = None
        home.sync()
        assert server.box().items == before
        assert_exactly_once(planned + other, home)


@pytest.mark.parametrize("deduplicate", [True, False], ids=["deduplicated", "all"])
@pytest.mark.parametrize("kept", [15, 0], ids=["some", "none"])
def test_a_server_that_was_restored_from_a_backup(authority, home, deduplicate, kept):
    """Its UIDs begin anew where they were then, under the same UIDVALIDITY: other mail has those that were known."""
    home.configure(delivery__deduplicate=deduplicate)
    mails = generate.small(101, 30)
    with PoorImap({"INBOX": mails[:20]}, authority=authority) as server:
        home.account("work", server, fetch__after="delete-after:14d")
        home.sync()
        box = server.box()
        del box.items[kept:]
        box.next = kept + 1
        for mail in mails[20:22]:
            box.add(mail)
        assert home.sync().summary["work"]["delivered"] == 2
        assert_exactly_once(mails[:22], home)
        for mail in mails[22:]:                     # under the UIDs of what is gone there now, and then under new ones
            box.add(mail)
            home.sync()
        assert_exactly_once(mails, home)
        assert home.sync().summary["work"]["fetched"] == 0
        due_at_once(home)
        home.sync()
        assert box.items == [], "what is there is deleted under its own UID"


@pytest.mark.parametrize("deduplicate", [True, False], ids=["deduplicated", "all"])
@pytest.mark.parametrize("after", ["keep", "delete"])
def test_a_server_that_was_restored_and_has_come_past_all_that_was_known(authority, home, after, deduplicate):
    """Its next UID shows nothing then; but those of the last that came are other mail's."""
    home.configure(delivery__deduplicate=deduplicate)
    mails = generate.small(104, 30)
    with PoorImap({"INBOX": mails[:20]}, authority=authority) as server:
        home.account("work", server, fetch__after=after)
        home.sync()
        box = server.box()
        del box.items[15:]
        box.next = 16
        for number, mail in enumerate(mails[20:29]):
            box.add(mail, date=time.time() + 60 * (number + 1))
        run = home.sync()
        assert run.summary["work"]["delivered"] == 9
        assert "was restored on its server" in run.err
        assert_exactly_once(mails[:29], home)
        box.add(mails[29], date=time.time() + 3600)
        assert home.sync().summary["work"]["fetched"] == 1
        assert_exactly_once(mails, home)


def test_dovecot_restored_from_a_backup_and_past_what_was_known(server, home, tmp_path):
    mails = generate.small(107, 30)
    place, backup = server.home("anna") / "Maildir", tmp_path / "backup"
    server.put("anna", mails[:15])
    home.account("work", server)
    home.sync()
    shutil.copytree(place, backup)
    server.put("anna", mails[15:20])
    assert home.sync().summary["work"]["fetched"] == 5
    shutil.rmtree(place)
    shutil.copytree(backup, place)
    server.give_away(place, *place.rglob("*"))
    server.put("anna", mails[20:29], dates=[time.time() + 60 * (1 + n) for n in range(9)])
    assert server.uids("anna") == list(range(1, 25))
    assert home.sync().summary["work"]["delivered"] == 9
    assert_exactly_once(mails[:29], home)
    server.put("anna", mails[29:])
    assert home.sync().summary["work"]["fetched"] == 1
    assert_exactly_once(mails, home)


@pytest.mark.parametrize("question", [b"UID FETCH 16:20 (UID INTERNALDATE)", b"UID SEARCH UID 21"], ids=["witnesses", "gap"])
@pytest.mark.parametrize("answer", [None, b"nonsense\r\n"], ids=["hang up", "nonsense"])
def test_what_is_known_keeps_no_new_mail_from_coming(authority, home, question, answer):
    """Over a message that is here, or over one that is not there, a server may break each session that asks."""
    mails = generate.small(112, 26)
    with PoorImap({"INBOX": mails[:20], "Work": mails[24:25]}, authority=authority) as server:
        home.account("work", server, fetch__folders="INBOX;Work")
        home.sync()
        box, asked = server.box(), []
        if question.startswith(b"UID SEARCH"):
            box.next += 1
            box.add(mails[20])
            home.sync()

        def break_off(command):
            if command != question:
                return None
            asked.append(command)
            if answer is None:
                raise Hangup
            return answer

        server.before = break_off
        news = mails[21:24]
        for mail in news:
            box.add(mail)
        server.box("Work").add(mails[25])
        home.sync(status=(0, 1))
        assert asked != []
        assert set(map(generate.local, news + mails[25:])) <= set(home.messages())
        server.before = None
        home.sync()
        assert_exactly_once(mails[:20] + ([mails[20]] if len(box.items) == 24 else []) + mails[21:], home)


@pytest.mark.parametrize("dates", [0, 60], ids=["once", "each time"])
def test_other_dates_of_the_same_mail_say_nothing(authority, home, dates):
    """As after a move to another machine by which all files were new."""
    mails = generate.small(105, 13)
    with PoorImap({"INBOX": mails[:10]}, authority=authority) as server:
        home.account("work", server)
        home.sync()
        box = server.box()
        for turn, mail in enumerate(mails[10:]):
            for item in box.items:
                item.date += 3600 if turn == 0 else dates
            box.add(mail)
            server.commands.clear()
            assert home.sync().summary["work"]["fetched"] == 1
            assert [c for c in server.commands if b"HEADER]" in c] != []
        assert_exactly_once(mails, home)


def test_a_server_that_was_not_restored_is_asked_for_no_more_than_dates(authority, home):
    mails = generate.small(106, 21)
    with PoorImap({"INBOX": mails[:20]}, authority=authority) as server:
        home.account("work", server)
        home.sync()
        server.commands.clear()
        home.sync()
        assert [c for c in server.commands if c.startswith(b"UID FETCH")] == [], "nothing is new"
        server.box().add(mails[20])
        server.commands.clear()
        home.sync()
        fetches = [c for c in server.commands if c.startswith(b"UID FETCH")]
        assert fetches[0] == b"UID FETCH 16:20 (UID INTERNALDATE)"
        assert [c for c in fetches if b"HEADER]" in c or c.startswith(b"UID FETCH 1")] == fetches[:1]


def test_a_server_that_lags_behind_for_once(authority, home):
    """One of several machines that share their mail, and has not heard of the last of it yet."""
    home.configure(delivery__deduplicate=False)
    mails = generate.small(102, 24)
    with PoorImap({"INBOX": mails[:20]}, authority=authority) as server:
        home.account("work", server)
        home.sync()
        box = server.box()
        last, box.items[15:], box.next = box.items[15:], [], 16
        home.sync()
        box.items, box.next = box.items + last, 21
        for mail in mails[20:]:
            home.sync()
            box.add(mail)
        home.sync()
        assert_exactly_once(mails, home)


def test_a_message_over_which_the_server_falls_silent(authority, home):
    """For half a minute each time: what stands behind it comes at the next poll, and it itself when the server can give it."""
    mails = generate.small(113, 8)
    with PoorImap({"INBOX": mails[:6]}, authority=authority) as server:
        is_mended = threading.Event()

        def fall_silent(item, items):
            if item.uid == 3 and b"BODY.PEEK[]" in items and not is_mended.is_set():
                server.lock.release()
                is_mended.wait(10 * PATIENCE)
                server.lock.acquire()

        server.giving = fall_silent
        home.account("work", server)
        assert home.sync(status=(1, 6)).summary["work"]["state"] == "waiting-for-network"
        server.box().add(mails[6])
        run = home.sync(status=1)
        assert run.summary["work"]["state"] == "ok" and "did not answer for 30 seconds" in run.err
        assert_exactly_once(mails[:2] + mails[3:7], home)
        is_mended.set()
        server.box().add(mails[7])
        home.sync()
        assert_exactly_once(mails, home)


def gap_searches(server):
    return [c for c in server.commands if c.startswith(b"UID SEARCH UID ") and not c.endswith(b"*")]


@pytest.mark.parametrize("has_news", [False, True], ids=["alone", "with news"])
def test_what_a_server_shows_late(authority, home, has_news):
    """It comes although others that came later are here already."""
    home.configure(delivery__deduplicate=False)
    mails = generate.small(108, 26)
    with PoorImap({"INBOX": mails[:20]}, authority=authority) as server:
        home.account("work", server)
        home.sync()
        box = server.box()
        late = [box.add(mail) for mail in mails[20:22]]
        box.items[20:] = []
        box.add(mails[22])
        assert home.sync().summary["work"]["fetched"] == 1
        assert home.sync().summary["work"]["fetched"] == 0
        box.items[20:20] = late
        news = mails[23:25] if has_news else []
        for mail in news:
            box.add(mail)
        assert home.sync().summary["work"]["fetched"] == 2 + len(news)
        assert_exactly_once(mails[:23] + news, home)
        server.commands.clear()
        box.add(mails[25])
        assert home.sync().summary["work"]["fetched"] == 1
        assert gap_searches(server) == []


@pytest.mark.parametrize("is_first", [True, False], ids=["first", "later"])
def test_what_a_server_lists_and_leaves_out_for_once(authority, home, is_first):
    """Of a message that it gives no more and lists no more it may be that it is gone, or not."""
    mails = generate.small(109, 12)
    with PoorImap({"INBOX": [] if is_first else mails[:2]}, authority=authority) as server:
        home.account("work", server)
        if not is_first:
            home.sync()
        box, away = server.box(), []
        for mail in mails[len(box.items):]:
            box.add(mail)

        def hide(command):
            if command.startswith(b"UID FETCH") and b"BODY" in command and not away:
                away.append(box.items.pop(5))

        server.before = hide
        home.sync()
        assert len(away) == 1 and len(home.messages()) == 11
        assert home.run("status", "--json").lines[0]["accounts"][0]["open"] == 0, "what is gone is not left there"
        box.items[5:5] = away
        assert home.sync().summary["work"]["fetched"] == 1
        assert_exactly_once(mails, home)


def test_gaps_are_looked_into_for_a_day(authority, home):
    mails = generate.small(110, 10)
    with PoorImap({"INBOX": mails[:5]}, authority=authority) as server:
        home.account("work", server)
        home.sync()
        server.box().next += 2
        server.box().add(mails[5])
        home.sync()
        for _ in range(2):
            server.commands.clear()
            home.sync()
            assert gap_searches(server) == [b"UID SEARCH UID 6:7"]
        with contextlib.closing(sqlite3.connect(home.state / "journal.db")) as journal, journal:
            journal.execute("UPDATE unfetched SET date = date - 90000 WHERE reason = 4")
        home.sync()
        assert gap_searches(server) == [b"UID SEARCH UID 6:7"] * 2, "once more, however long ago the last poll was"
        server.commands.clear()
        home.sync()
        assert gap_searches(server) == []


def test_where_most_numbers_are_missing_gaps_say_nothing(authority, home):
    mails = generate.small(111, 10)
    with PoorImap({"INBOX": mails[:5]}, authority=authority) as server:
        home.account("work", server)
        home.sync()
        for mail in mails[5:]:
            server.box().next += 1000
            server.box().add(mail)
        home.sync()
        server.commands.clear()
        home.sync()
        assert gap_searches(server) == []
        assert_exactly_once(mails, home)


@pytest.mark.parametrize("uidnext", [lambda box: None, lambda box: 1, lambda box: len(box.items), lambda box: 4_294_967_295],
                         ids=["none", "one", "count", "largest"])
def test_a_server_that_does_not_know_its_next_uid(authority, home, uidnext):
    mails = generate.small(103, 12)
    with PoorImap({"INBOX": []}, authority=authority) as server:
        server.uidnext = uidnext
        for mail in mails[:5]:
            server.box().add(mail, date=946_684_800)
        home.account("work", server, fetch__since="2020-01-01")
        home.sync()
        home.sync()
        assert home.files() == [], "what is older than since= is never wanted"
        for count, mail in enumerate(mails[5:], 1):
            server.box().add(mail)
            home.sync()
            assert len(home.files()) == count
        assert_exactly_once(mails[5:], home)


@pytest.mark.parametrize("uid", [6, 4_294_967_295])
@pytest.mark.parametrize("uidnext", [lambda box: None, lambda box: box.next], ids=["no-uidnext", "uidnext"])
def test_a_server_that_lists_what_it_has_not_got(authority, home, uid, uidnext):
    """Once. Later mail is not taken for old because of that."""
    mails = generate.small(104, 8)
    with PoorImap({"INBOX": mails[:5]}, authority=authority) as server:
        server.uidnext = uidnext
        home.account("work", server)
        found = b"* SEARCH 1 2 3 4 5 %d\r\n%%t OK done\r\n" % uid
        server.before = lambda command: found if command.upper().startswith(b"UID SEARCH") else None
        home.sync(status=(0, 1))
        server.before = None
        for mail in mails[5:]:
            server.box().add(mail)
        home.sync()
        assert_exactly_once(mails, home)


@pytest.mark.parametrize("after", ["keep", "delete"])
def test_a_server_that_shows_the_newest_only(authority, home, after):
    """Gmail, if its settings say so. That is told, once; what is older comes as soon as it is shown."""
    mails = generate.small(97, 1030)
    box = Box(mails)
    box.most = 1000
    with PoorImap({"INBOX": box}, extra=["X-GM-EXT-1"], authority=authority) as server:
        home.account("work", server, fetch__after=after)
        run = home.sync()
        assert run.summary["work"]["fetched"] == 1000
        assert run.err.count("of “INBOX” the server shows the newest 1000, and nothing that is older") == 1 and "Folder size limits" in run.err
        mails += generate.small(98, 3)
        for mail in mails[1030:]:
            box.add(mail)
        if after == "keep":
            run = home.sync()
            assert run.summary["work"]["fetched"] == 3 and run.err == ""
            server.commands.clear()
            assert home.sync().summary["work"]["fetched"] == 0
            assert not any(command.startswith(b"UID SEARCH") for command in server.commands), "nothing came, and nothing went"
            box.most = None
        run = home.sync()
        assert run.err == ""
        assert_exactly_once(mails, home)
        assert len(home.files()) == len(mails)
        assert server.served() == (mails if after == "keep" else [])
        server.commands.clear()
        assert home.sync().summary["work"]["fetched"] == 0
        assert not any(command.startswith(b"UID SEARCH") for command in server.commands), "all of it is known by now"


def test_since_goes_before_what_is_not_shown(authority, home):
    """What is older than that was never wanted, be it shown or not."""
    box = Box(generate.small(99, 1000))
    box.most, box.items[0].date = 1000, time.time() - 40 * 86400
    with PoorImap({"INBOX": box}, extra=["X-GM-EXT-1"], authority=authority) as server:
        home.account("work", server, fetch__since="30d")
        assert home.sync().summary["work"]["fetched"] == 999
        assert home.sync().summary["work"]["fetched"] == 0


def test_uids_with_wide_gaps(authority, home):
    with PoorImap({"INBOX": []}, authority=authority) as server:
        for uid in (1, 2, 70_000, 70_001, 2_000_000_000, 4_294_967_290):
            server.box().next = uid
            server.box().add(b"Subject: %d\r\nMessage-ID: <%d@example.net>\r\n\r\n" % (uid, uid))
        home.account("work", server)
        home.sync()
        assert_exactly_once(server.served(), home)
        assert home.sync().delivered == []


def test_twins_through_two_accounts(start, home):
    server = start(users={"anna": "one", "tom": "two"})
    both, anna, tom = generate.small(39, 10), generate.small(40, 5), generate.small(41, 5)
    server.put("anna", both + anna)
    server.put("tom", both + tom)
    home.account("anna", server, "anna")
    home.account("tom", server, "tom", protocol="pop3")
    run = home.sync()
    assert sum(account["duplicates"] for account in run.summary.values()) == 10
    assert sum(event["action"] == "duplicate" and event["path"] is None for event in run.delivered) == 10
    assert len(home.files()) == 20 and len(set(home.messages())) == 20
    assert_exactly_once(both + anna + both + tom, home)


def test_twins_are_both_delivered_when_asked(start, home):
    server = start(users={"anna": "one", "tom": "two"})
    mails = generate.small(42, 10)
    for user in ("anna", "tom"):
        server.put(user, mails)
        home.account(user, server, user)
    home.configure(delivery__deduplicate=False)
    home.sync()
    assert len(home.files()) == 20
    assert_exactly_once(mails * 2, home)


def test_the_same_message_id_with_another_body_is_no_twin(server, home):
    mails = [b"From: a@example.net\r\nMessage-ID: <same@example.net>\r\nSubject: s\r\n\r\nbody %d\r\n" % n for n in range(3)]
    server.put("anna", mails)
    home.account("work", server)
    home.sync()
    assert len(home.files()) == 3


def test_one_message_that_the_server_cannot_give(authority, home):
    """It is noted and passed by; when the server has mended it, it comes."""
    mails = generate.small(43, 30)
    with PoorImap({"INBOX": mails}, authority=authority) as server:
        bad = server.box().items[16]

        def refuse(command):
            words = command.upper().split()
            if words[:2] == [b"UID", b"FETCH"] and b"BODY" in command.upper() and covers(words[2], bad.uid):
                return b"%t NO [SERVERBUG] cannot read this message\r\n"
            return None
        server.before = refuse
        home.account("work", server, fetch__after="delete")
        run = home.sync(status=(0, 1))
        assert run.summary["work"]["fetched"] == 29 and run.summary["work"]["skipped"] == 1
        assert server.served() == [bad.data]
        server.before = None
        home.sync()
        assert server.served() == []
        assert_exactly_once(mails, home)


def test_messages_that_break_the_session(authority, home):
    """More of them than a poll bears: the others come, at one poll after the other, and no poll bothers the server without an end."""
    mails = generate.small(62, 40)
    bad = set(range(2, 40, 2))
    with PoorImap({"INBOX": mails}, authority=authority) as server:
        def before(command):
            words = command.upper().split()
            is_bad = words[:2] == [b"UID", b"FETCH"] and b"BODY" in command.upper() and any(covers(words[2], uid) for uid in bad)
            return b"999 OK nonsense\r\n" if is_bad else None
        server.before = before
        home.account("work", server)
        for _ in range(4):
            server.commands.clear()
            home.sync(status=(1, 6))
            assert sum(command.startswith(b"AUTHENTICATE") for command in server.commands) == 9
        assert_exactly_once([mail for uid, mail in enumerate(mails, 1) if uid not in bad], home)
        bad.clear()
        home.sync()
        assert_exactly_once(mails, home)


def test_what_breaks_the_session_is_no_message_of_another_mailbox(authority, home):
    """They have the same numbers."""
    mails, others = generate.small(64, 3), generate.small(65, 3)
    with PoorImap({"INBOX": mails, "Other": others}, authority=authority) as server:
        opened = []

        def before(command):
            words = command.upper().split()
            opened.extend(words[1:2] if words[0] in (b"EXAMINE", b"SELECT") else [])
            is_bad = words[:2] == [b"UID", b"FETCH"] and b"BODY" in command.upper() and covers(words[2], 2) and b"INBOX" in opened[-1]
            return b"999 OK nonsense\r\n" if is_bad else None
        server.before = before
        home.account("work", server, fetch__folders="INBOX;Other")
        home.sync(status=1)
        assert_exactly_once([mails[0], mails[2], *others], home)
        server.before = None
        home.sync()
        assert_exactly_once(mails + others, home)


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_messages_whose_size_the_server_remembers_wrongly(server, home, protocol):
    """Dovecot ends an IMAP session in the middle of such a one, each time; by POP3 it gives nothing of it, and calls that the whole."""
    mails, bad = generate.small(66, 30), {3, 9, 20}
    files = [Path(name) for name in server.put("anna", mails)]
    for index in bad:
        files[index].rename(files[index].with_name(f"{index}.wrong,S=50,W=52"))
    home.account("work", server, protocol=protocol, fetch__after="delete")
    for _ in range(3):
        home.sync(status=(0, 1, 6))
    assert_exactly_once([mail for index, mail in enumerate(mails) if index not in bad], home)
    for path in list((server.mailbox("anna") / "cur").iterdir()):
        path.rename(path.with_name(path.name.replace(",S=50,W=52", "")))
    home.sync()
    assert_exactly_once(mails, home)
    assert server.served("anna") == []


@pytest.mark.parametrize("ends", [Hangup, Reset])
def test_a_server_that_hangs_up_over_a_message(authority, home, ends):
    """Time and again: all others come, and it comes once the server can give it."""
    mails, bad = generate.small(67, 20), {1, 8, 20}
    with PoorImap({"INBOX": mails}, authority=authority) as server:
        def before(command):
            words = command.upper().split()
            if words[:2] == [b"UID", b"FETCH"] and b"BODY" in command.upper() and any(covers(words[2], uid) for uid in bad):
                raise ends
        server.before = before
        home.account("work", server)
        for turn in range(3):
            server.commands.clear()
            assert home.sync(status=1).summary["work"]["skipped"] == 3
            sessions = sum(command.startswith(b"AUTHENTICATE") for command in server.commands)
            assert sessions == (5 if turn == 0 else 4), "one each, and the last; and the first, as long as nobody knows them"
            assert_exactly_once([mail for uid, mail in enumerate(mails, 1) if uid not in bad], home)
        bad.clear()
        home.sync()
        assert_exactly_once(mails, home)


def test_a_server_that_breaks_every_session_is_asked_twice(authority, home):
    with PoorImap({"INBOX": generate.small(63, 2)}, authority=authority) as server:
        server.before = lambda command: b"999 OK nonsense\r\n" if command.upper().startswith(b"UID SEARCH") else None
        home.account("work", server)
        run = home.sync(status=(1, 6))
        assert run.summary["work"]["state"] == "error"
        assert sum(command.startswith(b"AUTHENTICATE") for command in server.commands) == 2


@pytest.mark.parametrize("deduplicate", [True, False], ids=["deduplicated", "all"])
def test_a_journal_from_a_backup_has_nothing_come_twice(server, home, deduplicate):
    mails = [m.data for m in generate.messages(39, 12)]
    server.put("anna", mails[:6])
    home.configure(delivery__deduplicate=deduplicate)
    home.account("work", server)
    home.sync()
    backup = (home.state / "journal.db").read_bytes()
    server.put("anna", mails[6:])
    home.sync()
    filed = next((home.maildir / "new").glob("*,S=*"))
    filed.rename(home.maildir / "cur" / f"{filed.name}:2,S")
    for path in home.state.glob("journal.db*"):
        path.unlink()
    (home.state / "journal.db").write_bytes(backup)
    home.sync()
    home.sync()
    assert_exactly_once(mails, home)
    assert home.held() == []
