"""Mailboxes that are large, renumbered, without ids, or full of twins."""

import contextlib
import sqlite3
import time

import pytest
from e2e.inbasket import PATIENCE, assert_exactly_once
from mail import generate
from servers.poor_imap import Box, PoorImap, covers
from servers.poor_pop3 import Migrated, PoorPop3, UnicodePop3


def due_at_once(home):
    with contextlib.closing(sqlite3.connect(home.state / "journal.db")) as journal, journal:
        journal.execute("UPDATE message SET server_due = 0 WHERE server_verb > 0")


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


@pytest.mark.parametrize("lacks", [{"UIDL"}, {"UIDL", "TOP"}, {"UIDL", "TOP", "CAPA", "PIPELINING", "SASL"}, {"PIPELINING"},
                                   {"CAPA"}, {"TOP"}],
                         ids=["no-uidl", "no-uidl-no-top", "poorest", "no-pipelining", "no-capa", "no-top"])
def test_poor_pop3(authority, home, lacks):
    mails = [m.data for m in generate.messages(37, 30)]
    with PoorPop3(mails[:20], lacks=lacks, authority=authority) as server:
        home.account("work", server, protocol="pop3")
        home.sync()
        assert_exactly_once(mails[:20], home)
        assert home.sync().delivered == []
        server.messages = mails[5:]        # some were removed elsewhere, some are new: every number means another
        home.sync()
        assert_exactly_once(mails, home)


def test_pop3_mail_with_utf8_in_its_header_comes_as_it_is(home, authority):
    odd = generate.odd()
    with UnicodePop3([odd["utf8-header"]], authority=authority) as server:
        home.account("work", server, protocol="pop3")
        assert home.sync().summary["work"]["fetched"] == 1
        server.messages += [odd["eight-bit-header"]]
        server.more = ()
        home.sync()
        server.messages += [odd["bom"]]
        server.more = UnicodePop3.more      # new to us, and we had run ahead
        home.sync()
    odd_ones = [odd[name] for name in ("utf8-header", "eight-bit-header", "bom")]
    assert sorted(home.messages()) == sorted(generate.local(message) for message in odd_ones)


def test_a_pop3_server_that_lists_no_way_in(authority, home):
    """Neither USER nor SASL, and takes a password all the same."""
    mails = generate.small(106, 3)
    with PoorPop3(mails, lacks={"SASL"}, hides={"USER"}, authority=authority) as server:
        home.account("work", server, protocol="pop3")
        home.sync()
        home.sync()
        assert_exactly_once(mails, home)


def test_pop3_without_uidl_ignores_fields_that_servers_change(authority, home):
    def served(status, first):
        return [b"From: a@example.net\r\nStatus: %s\r\nX-UIDL: %d\r\nContent-Length: %d\r\nSubject: s%d\r\nDate: Thu, 01 Jan 2026 00:00:00 +0000\r\n\r\nbody\r\n"
                % (status, first + n, first, n) for n in range(10)]
    with PoorPop3(served(b"U", 100), lacks={"UIDL"}, authority=authority) as server:
        home.account("work", server, protocol="pop3")
        home.sync()
        server.messages = served(b"O", 200)
        assert home.sync().delivered == []
        assert len(home.files()) == 10


@pytest.mark.parametrize("deduplicate", [True, False], ids=["deduplicated", "all"])
def test_equal_messages_of_a_pop3_server_without_uidl_are_two(authority, home, deduplicate):
    home.configure(delivery__deduplicate=deduplicate)
    mails = generate.small(38, 3)
    with PoorPop3([mails[0], mails[1], mails[0], mails[2], mails[0]], lacks={"UIDL"}, authority=authority) as server:
        home.account("work", server, protocol="pop3")
        home.sync()
        assert_exactly_once(server.messages, home)
        assert len(home.files()) == (3 if deduplicate else 5)
        assert home.sync().delivered == []
        server.messages.append(mails[0])
        home.sync()
        assert_exactly_once(server.messages, home)


@pytest.mark.parametrize("deduplicate", [True, False], ids=["deduplicated", "all"])
def test_new_uidls_are_no_new_mail(authority, home, deduplicate):
    """A server that was replaced names all its messages anew: what is here stays one, and is cleared away by its new name."""
    home.configure(delivery__deduplicate=deduplicate)
    mails = [m.data for m in generate.messages(44, 8)] + [b"From: a@example.net\r\nSubject: no id\r\n\r\nhello\r\n"]
    with Migrated([*mails, mails[0]], authority=authority) as server:
        home.account("work", server, protocol="pop3", fetch__after="delete-after:14d")
        home.sync()
        here = len(home.files())
        assert here == len(mails) + (0 if deduplicate else 1)
        held = len(home.held())
        for turn in range(1, 4):
            server.generation = turn
            home.sync()
            assert len(home.files()) == here and len(home.held()) == held, f"after migration {turn}"
            assert home.sync().summary["work"]["fetched"] == 0
        server.messages.append(generate.small(45, 1)[0])
        assert home.sync().summary["work"]["fetched"] == 1
        assert_exactly_once(server.messages, home)
        due_at_once(home)
        home.sync()
        assert server.messages == []


def test_new_uidls_in_a_session_that_breaks(authority, home):
    """What the next session finds named anew and not looked at yet is recognized still."""
    home.configure(delivery__deduplicate=False)
    mails = generate.small(46, 30)
    with Migrated(mails, authority=authority) as server:
        home.account("work", server, protocol="pop3")
        home.sync()
        server.generation = 1
        server.before = lambda command: b"nonsense\r\n" if command.upper() == b"RETR 20" else None
        home.sync(status=(1, 6))
        server.before = None
        home.sync()
        assert_exactly_once(mails, home)
        assert len(home.files()) == len(mails)


@pytest.mark.parametrize("is_first", [True, False], ids=["first", "second"])
def test_new_uidls_after_a_session_that_broke(authority, home, is_first):
    """What came in a session that broke, or was known again in it, is known once more where all is named anew by the next one."""
    home.configure(delivery__deduplicate=False)
    mails = generate.small(49, 30)
    with Migrated([*mails, mails[0]], authority=authority) as server:
        home.account("work", server, protocol="pop3", fetch__after="delete-after:14d")
        if not is_first:
            home.sync()
            server.generation = 1
        server.before = lambda command: b"nonsense\r\n" if command.upper() == b"RETR 20" else None
        home.sync(status=(1, 6))
        server.before = None
        server.generation = 2
        home.sync()
        assert_exactly_once(server.messages, home)
        assert len(home.files()) == len(server.messages)
        assert home.sync().summary["work"]["fetched"] == 0
        due_at_once(home)
        home.sync()
        assert server.messages == []


def test_old_uidls_that_come_back_are_cleared_away(authority, home):
    """While a server was moved it showed a single message, and one that is here under another name."""
    home.configure(delivery__deduplicate=False)
    mails = generate.small(47, 10)
    with Migrated(mails, authority=authority) as server:
        home.account("work", server, protocol="pop3", fetch__after="delete-after:14d")
        home.sync()
        server.generation, server.messages = 1, [mails[3], b"Subject: we are moving\r\n\r\nplease wait\r\n"]
        home.sync()
        server.generation, server.messages = 0, [*mails]
        home.sync()
        assert len(home.files()) == len(mails) + 1
        due_at_once(home)
        home.sync()
        assert server.messages == []


@pytest.mark.parametrize("meanwhile, generation", [(slice(3, 4), 2), (slice(10), 2), (slice(10), 0)],
                         ids=["one", "anew", "as-before"])
def test_uidls_that_change_once_more(authority, home, meanwhile, generation):
    """Whatever of it was there in between, all of it is known by the names that it has in the end."""
    home.configure(delivery__deduplicate=False)
    mails = generate.small(50, 10)
    notice = b"Subject: we are moving\r\n\r\nplease wait\r\n"
    with Migrated(mails, authority=authority) as server:
        home.account("work", server, protocol="pop3", fetch__after="delete-after:14d")
        home.sync()
        server.generation, server.messages = 1, [*mails[meanwhile], notice]
        home.sync()
        server.generation, server.messages = generation, [*mails, notice]
        home.sync()
        assert_exactly_once(server.messages, home)
        due_at_once(home)
        home.sync()
        assert server.messages == []


@pytest.mark.parametrize("is_there", [True, False], ids=["there", "gone"])
@pytest.mark.parametrize("deduplicate", [True, False], ids=["deduplicated", "all"])
def test_an_old_uidl_is_given_to_other_mail(authority, home, deduplicate, is_there):
    """Whatever became of the message that had it, the other one is mail that is not here yet, time and again."""
    home.configure(delivery__deduplicate=deduplicate)
    mails = generate.small(51, 10)
    again = {}
    with Migrated(mails, authority=authority) as server:
        own = server.uidl
        server.uidl = lambda number, message: again.get(message) or own(number, message)
        home.account("work", server, protocol="pop3", fetch__after="delete-after:14d")
        old = own(4, mails[3])
        home.sync()
        server.generation = 1
        if not is_there:
            del server.messages[3]
        home.sync()
        for turn, other in enumerate(generate.small(52, 3)):
            again = {other: old}
            server.messages.append(other)
            assert home.sync().summary["work"]["delivered"] == 1, f"turn {turn}"
            assert home.sync().summary["work"]["fetched"] == 0
            server.generation += 1
            again = {}
            home.sync()
            assert_exactly_once(mails + server.messages[len(mails) - (not is_there):], home)
        due_at_once(home)
        home.sync()
        assert server.messages == []


@pytest.mark.parametrize("deduplicate", [True, False], ids=["deduplicated", "all"])
def test_old_uidls_are_dealt_out_anew(authority, home, deduplicate):
    """While a server shows what it had before, each message may have the UIDL that another one had."""
    home.configure(delivery__deduplicate=deduplicate)
    mails = generate.small(53, 10)
    with Migrated(mails, authority=authority) as server:
        own = server.uidl
        home.account("work", server, protocol="pop3", fetch__after="delete-after:14d")
        home.sync()
        server.generation = 1
        home.sync()
        names = [own(number, mail).removesuffix("-1") + "-0" for number, mail in enumerate(mails, 1)]
        server.uidl = lambda number, message: names[number % len(names)]
        home.sync()
        assert len(home.files()) == len(mails) and home.held() == []
        assert home.sync().summary["work"]["fetched"] == 0
        due_at_once(home)
        home.sync()
        assert server.messages == []


@pytest.mark.parametrize("notice", [[b"Subject: we are moving\r\n\r\nplease wait\r\n"], []], ids=["notice", "empty"])
@pytest.mark.parametrize("generation", [0, 2], ids=["as-before", "anew"])
def test_what_comes_due_while_a_server_is_moved(authority, home, notice, generation):
    """It is not there then. When it is again, it is neither new nor left there."""
    home.configure(delivery__deduplicate=False)
    mails = generate.small(56, 6)
    with Migrated(mails, authority=authority) as server:
        home.account("work", server, protocol="pop3", fetch__after="delete-after:14d")
        home.sync()
        due_at_once(home)
        server.generation, server.messages = 1, [*notice]
        home.sync()
        home.sync()
        server.generation, server.messages = generation, [*mails]
        home.sync()
        assert len(home.files()) == len(mails) + len(notice)
        assert_exactly_once(mails + notice, home)
        assert server.messages == []


def left_open(home):
    with contextlib.closing(sqlite3.connect(home.state / "journal.db")) as journal:
        return [uidl for uidl, in journal.execute("SELECT uidl FROM unfetched WHERE reason < 2 ORDER BY uidl")]


def test_what_is_left_there_is_so_under_its_present_uidl(authority, home):
    large = generate.small(57, 1)[0] + 3000 * b"a long line\r\n"
    with Migrated([*generate.small(58, 3), large], authority=authority) as server:
        home.account("work", server, protocol="pop3", fetch__max_size="20k")
        for server.generation in range(3):
            home.sync()
            assert left_open(home) == [server.uidl(4, large)]
        del server.messages[3]
        home.sync()
        assert left_open(home) == []


def test_the_uidl_of_what_was_never_wanted_is_given_to_other_mail(authority, home):
    """Once all has other names."""
    old = b"From: a@example.net\r\nDate: Mon, 01 Jan 2001 10:00:00 +0000\r\nSubject: old\r\n\r\nhello\r\n"
    mails = generate.small(59, 4)
    with Migrated([*mails[:3], old], authority=authority) as server:
        own = server.uidl
        home.account("work", server, protocol="pop3", fetch__since="2020-01-01")
        home.sync()
        assert_exactly_once(mails[:3], home)
        name = own(4, old)
        server.generation, server.messages = 1, mails[:3]
        home.sync()
        server.messages.append(mails[3])
        server.uidl = lambda number, message: name if message is mails[3] else own(number, message)
        home.sync()
        assert_exactly_once(mails, home)


def test_a_copy_of_what_is_there_is_no_new_name_of_it(authority, home):
    """Something was deleted there, something is there still: then nothing is looked for under other names."""
    home.configure(delivery__deduplicate=False)
    mails = generate.small(60, 3)
    with PoorPop3(mails, authority=authority) as server:
        home.account("work", server, protocol="pop3", fetch__after="delete-after:14d")
        home.sync()
        with contextlib.closing(sqlite3.connect(home.state / "journal.db")) as journal, journal:
            journal.execute("UPDATE message SET server_due = 0 WHERE sequence = 1")
        home.sync()
        assert server.messages == mails[1:]
        server.messages.append(mails[1])
        run = home.sync()
        assert run.summary["work"]["delivered"] == 1 and run.err == ""
        assert len(home.files()) == 4


def test_what_was_cleared_away_may_come_again(authority, home):
    """Where mail is deleted once it is here, nothing that was known is ever listed: that means nothing."""
    home.configure(delivery__deduplicate=False)
    mail, other = generate.small(48, 2)
    with Migrated([mail], authority=authority) as server:
        home.account("work", server, protocol="pop3", fetch__after="delete")
        for turn in range(1, 4):
            home.sync()
            assert server.messages == []
            assert len(home.files()) == 2 * turn - 1
            server.generation, server.messages = turn, [mail, other]


@pytest.mark.parametrize("deduplicate", [True, False], ids=["deduplicated", "all"])
@pytest.mark.parametrize("after", ["delete", "delete-after:14d"])
def test_a_uidl_of_deleted_mail_is_given_to_other_mail(authority, home, after, deduplicate):
    """RFC 1939, 7: it may be, once that is deleted."""
    home.configure(delivery__deduplicate=deduplicate)
    mails = generate.small(54, 12)
    with PoorPop3(authority=authority) as server:
        server.uidl = lambda number, message: str(number)
        home.account("work", server, protocol="pop3", fetch__after=after)
        for turn in range(4):
            server.messages = mails[3 * turn:3 * turn + 3]
            home.sync()
            due_at_once(home)
            home.sync()
            assert server.messages == []
            assert_exactly_once(mails[:3 * turn + 3], home)


@pytest.mark.parametrize("after", ["keep", "delete-after:14d"])
@pytest.mark.parametrize("deduplicate", [True, False], ids=["deduplicated", "all"])
def test_a_server_that_shows_some_at_a_time(authority, home, deduplicate, after):
    """Gmail: a few hundred a session, without those that were fetched; and all of the last days when asked for these ("recent:")."""
    home.configure(delivery__deduplicate=deduplicate)
    mails = generate.small(61, 9)
    with PoorPop3([], authority=authority) as server:
        home.account("work", server, protocol="pop3", fetch__after=after)
        for shown in (mails[:3], mails[3:6], [], mails[6:], mails, mails[4:], []):
            server.messages[:] = shown
            home.sync()
        assert_exactly_once(mails, home)
        server.messages[:] = mails
        assert home.sync().summary["work"]["delivered"] == 0
        assert_exactly_once(mails, home)


def test_a_server_that_does_not_delete(authority, home):
    """What is there still is fetched and compared once more, and that is all."""
    home.configure(delivery__deduplicate=False)
    mails = generate.small(55, 5)
    with PoorPop3(mails, authority=authority) as server:
        server.before = lambda command: b"+OK\r\n" if command.upper().startswith(b"DELE") else None
        home.account("work", server, protocol="pop3", fetch__after="delete")
        fetched = [home.sync().summary["work"]["fetched"] for _ in range(4)]
        assert fetched == [5, 5, 0, 0]
        assert_exactly_once(mails, home)
        assert len(home.files()) == len(mails)


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
