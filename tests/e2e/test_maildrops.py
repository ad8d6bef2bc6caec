"""POP3 maildrops whose servers are poor, know no UIDs, or change them."""

import contextlib
import sqlite3
import time

import pytest
from e2e.inbasket import assert_exactly_once, due_at_once
from mail import generate
from servers.poor_pop3 import ForgetfulPop3, Migrated, PoorPop3, TogetherPop3, UnicodePop3
from servers.tcp import Hangup, Reset


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


@pytest.mark.parametrize("times", [1, 100], ids=["once", "always"])
def test_a_pop3_server_that_hangs_up_at_utf8(home, authority, times):
    """What does so always is signed in to without; what did once is asked again, and gives no note in the place of mail."""
    odd, mails, left = generate.odd(), generate.small(107, 3), [times]

    def before(command):
        if command == b"UTF8":
            left[0] -= 1
            if left[0] >= 0:
                raise Hangup
        return None

    with UnicodePop3([odd["utf8-header"], *mails] if times == 1 else mails, authority=authority, before=before) as server:
        home.account("work", server, protocol="pop3")
        home.run("account", "test", "work")
        left[0] = times
        home.sync()
        assert_exactly_once(server.messages, home)
        left[0] = times
        server.messages += generate.small(108, 3)
        home.sync()
        assert_exactly_once(server.messages, home)


@pytest.mark.parametrize("deduplicate", [True, False], ids=["deduplicated", "all"])
def test_a_note_in_the_place_of_mail_is_no_other_mail(home, authority, deduplicate):
    """Fetched by who said UTF8, and to be deleted by who was hung up at when he said it: it waits for one who can say it."""
    home.configure(delivery__deduplicate=deduplicate)
    odd, hangs_up = generate.odd(), []

    def before(command):
        if command == b"UTF8" and hangs_up:
            raise Hangup
        return None

    with UnicodePop3([odd["utf8-header"], *generate.small(109, 3)], authority=authority, before=before) as server:
        home.account("work", server, protocol="pop3", fetch__after="delete-after:14d")
        home.sync()
        here = sorted(home.messages())
        hangs_up.append(True)
        due_at_once(home)
        for _ in range(2):
            home.sync(status=(0, 1))
            assert sorted(home.messages()) == here and home.held() == []
        assert server.messages == [odd["utf8-header"]]
        hangs_up.clear()
        due_at_once(home)
        home.sync()
        assert sorted(home.messages()) == here and server.messages == []


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


def test_answers_that_come_together(authority, home):
    """What ends one message and begins the next one stands in one piece with both."""
    dots = [b"Subject: dots\r\n\r\n" + b"\r\n".join([b"." * number] * 3) + b"\r\n" for number in range(1, 4)]
    mails = [*dots, *(m.data for m in generate.messages(67, 40)), *generate.small(68, 40)]
    with TogetherPop3(mails, authority=authority) as server:
        home.account("work", server, protocol="pop3", fetch__after="delete")
        home.sync()
        assert_exactly_once(mails, home)
        assert server.messages == [] and server.count("STAT") == 1, "a second session, one by one, would hide it"


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


@pytest.mark.parametrize("deduplicate", [True, False], ids=["deduplicated", "all"])
def test_new_uidls_that_are_shown_by_and_by(authority, home, deduplicate):
    """A server that is replaced, and filled from the old one as it goes: what it shows later is recognized as well, each once."""
    home.configure(delivery__deduplicate=deduplicate)
    mails = [*generate.small(62, 9), b"From: a@example.net\r\nSubject: no id\r\n\r\nhello\r\n"]
    news = generate.small(63, 2)
    with Migrated(mails, authority=authority) as server:
        home.account("work", server, protocol="pop3", fetch__after="delete-after:14d")
        home.sync()
        server.generation = 1
        for shown in (mails[:3], [*mails[:6], news[0]], [*mails, *news]):
            server.messages = list(shown)
            home.sync()
        assert_exactly_once([*mails, *news], home)
        assert len(home.files()) == len(mails) + len(news) and home.held() == []
        server.messages.append(mails[-1])
        home.sync()
        assert len(home.files()) == len(mails) + len(news) + 1, "an equal one is another one once all are met"
        due_at_once(home)
        home.sync()
        assert server.messages == []


def breaks_at(server, bad, how, *words):
    """A server that does not bear to be asked for any of `bad`."""
    def before(command):
        word, _, rest = command.upper().partition(b" ")
        if word not in words or server.messages[int(rest.split()[0]) - 1] not in bad:
            return None
        return how()
    server.before = before


def nonsense():
    return b"nonsense\r\n"


def hang_up():
    raise Hangup


def reset():
    raise Reset


def say_nothing():
    time.sleep(600)


@pytest.mark.parametrize("how", [nonsense, hang_up, reset])
@pytest.mark.parametrize("lacks", [set(), {"PIPELINING"}, {"UIDL"}], ids=["pipelined", "one-by-one", "no-uidl"])
def test_messages_that_break_each_session_keep_no_other_from_coming(authority, home, lacks, how):
    """More of them than a poll bears, and what stands between them comes; each of them comes when it is mended, the others or not."""
    mails = generate.small(64, 40)
    bad = mails[5:40:3]
    with PoorPop3(mails, lacks=lacks, authority=authority) as server:
        breaks_at(server, bad, how, b"RETR")
        home.account("work", server, protocol="pop3", fetch__after="delete-after:14d")
        for _ in range(4):
            server.commands.clear()
            home.sync(status=(1, 6))
            assert server.count("AUTH PLAIN") <= 9
        assert_exactly_once([mail for mail in mails if mail not in bad], home)
        new = generate.small(65, 1)
        server.messages += new
        server.commands.clear()
        run = home.sync(status=1)
        assert run.summary["work"]["fetched"] == 1 and run.summary["work"]["state"] == "ok"
        assert run.summary["work"]["skipped"] == 1 and "it breaks the session" in run.err
        assert server.count("AUTH PLAIN") == 2, "one of them is tried, and once"
        mended = bad.pop(0)
        for _ in range(300):    # chance decides which is tried
            home.sync(status=1)
            if generate.local(mended) in home.messages():
                break
        due_at_once(home)
        home.sync(status=1)
        assert server.messages == [mail for mail in mails if mail in bad]
        bad.clear()
        home.sync()
        assert_exactly_once([*mails, *new], home)


@pytest.mark.parametrize("how", [hang_up, reset])
def test_headers_that_break_each_session_keep_no_other_from_coming(authority, home, how):
    """At a first poll that looks for dates, and where what was fetched is to be deleted."""
    mails = generate.small(66, 12)
    with PoorPop3(mails, authority=authority) as server:
        breaks_at(server, mails[3:10:3], how, b"TOP")
        home.account("work", server, protocol="pop3", fetch__after="delete-after:14d", fetch__since="2001-01-01")
        home.sync(status=1)
        assert_exactly_once([mail for mail in mails if mail not in mails[3:10:3]], home)
        home.sync()
        assert_exactly_once(mails, home)
        due_at_once(home)
        run = home.sync(status=1)
        assert "looked at again once a day" in run.err
        assert server.messages == mails[3:10:3]
        server.before = None
        due_at_once(home)
        home.sync()
        assert server.messages == []


def test_messages_over_which_the_server_falls_silent(authority, home):
    """For half a minute each time: no poll waits for two of them."""
    mails = generate.small(67, 12)
    bad = [mails[3], mails[6]]
    with PoorPop3(mails, authority=authority) as server:
        breaks_at(server, bad, say_nothing, b"RETR")
        home.account("work", server, protocol="pop3")
        for _ in bad:
            server.commands.clear()
            assert home.sync(status=(1, 6)).summary["work"]["state"] == "waiting-for-network"
            assert server.count("AUTH PLAIN") == 1
        run = home.sync(status=1)
        assert run.summary["work"]["state"] == "ok" and "did not answer for 30 seconds" in run.err
        assert_exactly_once([mail for mail in mails if mail not in bad], home)
        bad.clear()
        home.sync()
        assert_exactly_once(mails, home)


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


def test_new_uidls_of_what_may_have_been_deleted(authority, home):
    """QUIT failed, so that nothing is known to be there; and then all of it is, under other names."""
    home.configure(delivery__deduplicate=False)
    mails = generate.small(66, 5)
    with Migrated(mails, authority=authority) as server:
        server.before = lambda command: b"-ERR no\r\n" if command.upper() == b"QUIT" else None
        home.account("work", server, protocol="pop3", fetch__after="delete")
        home.sync(status=(0, 1))
        server.before, server.generation = None, 1
        home.sync()
        assert_exactly_once(mails, home)
        assert len(home.files()) == len(mails) and server.messages == []


def test_new_uidls_of_what_was_never_wanted(authority, home):
    """It is known by its date, once, and by its new name from then on."""
    wanted, news = generate.small(69, 4), generate.small(70, 2)
    old = [b"From: a@example.net\r\nDate: Thu, 01 Jan 2015 00:00:0%d +0000\r\nMessage-ID: <old%d@example.net>\r\n\r\nold\r\n" % (n, n)
           for n in range(3)]
    with Migrated([*old, *wanted], authority=authority) as server:
        home.account("work", server, protocol="pop3", fetch__since="2020-01-31")
        home.sync()
        assert_exactly_once(wanted, home)
        server.generation = 1
        home.sync()
        for mail in news:
            server.messages.append(mail)
            assert home.sync().summary["work"]["fetched"] == 1
        assert_exactly_once([*wanted, *news], home)


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


def test_a_dry_run_at_a_server_that_forgets_what_it_gave(authority, home):
    """What is not here has to be there still."""
    mails = generate.small(68, 5)
    with ForgetfulPop3(mails, authority=authority) as server:
        home.account("work", server, protocol="pop3", fetch__after="delete")
        assert len(home.sync("--dry-run").delivered) == 5 and server.messages == mails
        home.sync()
        assert_exactly_once(mails, home)
        assert server.messages == []


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
