"""after=: what happens on the server once the mail is safe here, and never before."""

import json
import sqlite3

import pytest
from e2e.inbasket import assert_exactly_once
from mail import generate
from servers.poor_imap import Box, PoorImap, covers
from servers.poor_pop3 import PoorPop3

MAILS = [m.data for m in generate.messages(21, 25)]
# What a server may lack, and deleting and moving must work all the same.
POVERTY = [set(), {"MOVE"}, {"UIDPLUS"}, {"MOVE", "UIDPLUS"}, {"MOVE", "UIDPLUS", "SASL-IR", "NAMESPACE", "UNSELECT", "ID"}]
NAMES = ["rich", "no-move", "no-uidplus", "no-move-no-uidplus", "poorest"]


def sync_after_the_days(home):
    """As if the time of delete-after had gone by: the journal's dates lie in the past."""
    with sqlite3.connect(home.state / "journal.db") as journal:
        changed = journal.execute("UPDATE message SET server_due = server_due - 30 * 86400 WHERE server_verb > 0").rowcount
    assert changed, "nothing is planned"
    return home.sync()


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_delete(server, home, protocol):
    server.put("anna", MAILS)
    home.account("work", server, protocol=protocol, fetch__after="delete")
    home.sync()
    assert_exactly_once(MAILS, home)
    assert server.uids("anna") == []
    assert home.sync().delivered == []
    assert_exactly_once(MAILS, home)


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_keep(server, home, protocol):
    server.put("anna", MAILS)
    home.account("work", server, protocol=protocol, fetch__after="keep")
    home.sync()
    assert len(server.uids("anna")) == len(MAILS)
    if protocol == "imap":
        assert not any("\\Seen" in flags for flags in server.flags("anna").values()), "reading is not told to the server"


@pytest.mark.parametrize("lacks", POVERTY, ids=NAMES)
def test_delete_on_poor_servers(authority, home, lacks):
    with PoorImap({"INBOX": MAILS}, lacks=lacks, authority=authority) as server:
        home.account("work", server, fetch__after="delete")
        home.sync()
        assert_exactly_once(MAILS, home)
        assert server.served() == []


@pytest.mark.parametrize("lacks", POVERTY, ids=NAMES)
def test_move_on_poor_servers(authority, home, lacks):
    with PoorImap({"INBOX": MAILS, "Done": Box(uidvalidity=5)}, lacks=lacks, authority=authority) as server:
        home.account("work", server, fetch__after="move:Done")
        home.sync()
        assert_exactly_once(MAILS, home)
        assert server.served() == [] and sorted(server.served("Done")) == sorted(MAILS)
        home.sync()
        assert sorted(server.served("Done")) == sorted(MAILS)


@pytest.mark.parametrize("answer", [b"OK done", b"NO failed", b"BAD Command Argument Error. 12"], ids=["ok", "no", "bad"])
def test_move_that_does_not_move(authority, home, answer):
    """Listed by the server, and out of order: it is done by COPY, and not tried again in this session."""
    with PoorImap({"INBOX": MAILS[:5], "Other": MAILS[5:], "Done": Box(uidvalidity=5)}, authority=authority) as server:
        server.before = lambda command: b"%t " + answer + b"\r\n" if command.upper().startswith(b"UID MOVE") else None
        home.account("work", server, fetch__after="move:Done", fetch__folders="INBOX;Other")
        assert home.sync().err == ""
        assert_exactly_once(MAILS, home)
        assert server.served() == server.served("Other") == [] and sorted(server.served("Done")) == sorted(MAILS)
        assert sum(command.startswith(b"UID MOVE") for command in server.commands) == 1
        home.sync()
        assert sorted(server.served("Done")) == sorted(MAILS)


@pytest.mark.parametrize("lacks", [set(), {"MOVE"}], ids=["move", "copy"])
def test_move_makes_the_folder_at_a_server_that_does_not_ask_for_it(authority, home, lacks):
    """RFC 3501 has TRYCREATE for that; some say no more than that it is not there."""
    with PoorImap({"INBOX": MAILS}, lacks=lacks, authority=authority) as server:
        def before(command):
            is_lost = command.upper().startswith((b"UID MOVE", b"UID COPY")) and "Done" not in server.boxes
            return b"%t NO The folder could not be found.\r\n" if is_lost else None
        server.before = before
        home.account("work", server, fetch__after="move:Done")
        assert home.sync().err == ""
        assert sorted(server.served("Done")) == sorted(MAILS) and server.served() == []


def test_move_makes_the_folder(server, home):
    server.put("anna", MAILS)
    home.account("work", server, fetch__after="move:Fetched")
    home.sync()
    assert server.uids("anna") == [] and sorted(server.served("anna", "Fetched")) == sorted(MAILS)
    assert_exactly_once(MAILS, home)


@pytest.mark.parametrize("lacks", [{"UIDPLUS"}, {"MOVE", "UIDPLUS"}], ids=["no-uidplus", "no-move-no-uidplus"])
@pytest.mark.parametrize("after", ["delete", "move:Done"])
def test_a_message_that_others_marked_is_never_expunged(authority, home, lacks, after):
    """Without UIDPLUS, EXPUNGE removes whatever is marked: so not while another client's mark is there."""
    with PoorImap({"INBOX": [], "Done": []}, lacks=lacks, authority=authority) as server:
        theirs = server.box().add(b"Subject: theirs\r\nMessage-ID: <theirs@example.net>\r\n\r\n")
        home.account("work", server, fetch__after="keep")
        home.sync()
        theirs.flags.add("\\Deleted")
        for mail in MAILS[:3]:
            server.box().add(mail)
        home.account("work", server, fetch__after=after)
        home.sync(status=(0, 1))
        assert theirs in server.box().items
        if {"MOVE", "UIDPLUS"} <= lacks:
            assert server.count("EXPUNGE") == 0 and server.count("CLOSE") == 0
        assert_exactly_once([theirs.data, *MAILS[:3]], home)


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_delete_after_days(server, home, protocol):
    server.put("anna", MAILS)
    home.account("work", server, protocol=protocol, fetch__after="delete-after:14d")
    home.sync()
    home.sync()
    assert len(server.uids("anna")) == len(MAILS), "its time has not come"
    server.put("anna", generate.small(9, 2))
    sync_after_the_days(home)
    assert len(server.uids("anna")) == 2, "only what was delivered 14 days ago"
    assert_exactly_once(MAILS + generate.small(9, 2), home)


def test_delete_only_what_is_delivered(authority, home):
    """What arrives while we work, or could not be given, stays."""
    with PoorImap({"INBOX": MAILS}, authority=authority) as server:
        def arrive(command):
            if command.upper().startswith(b"UID STORE") and server.count("UID STORE") == 1:
                server.box().add(b"Subject: late\r\n\r\n")
        server.before = arrive
        home.account("work", server, fetch__after="delete")
        home.sync()
        assert server.served() == [b"Subject: late\r\n\r\n"]
        home.sync()
        assert server.served() == []
        assert_exactly_once([*MAILS, b"Subject: late\r\n\r\n"], home)


OTHERS = [m.data for m in generate.messages(23, 30)]
ANONYMOUS = [b"From: a@example.net\r\nSubject: without an id\r\n\r\nnumber %d\r\n" % number for number in range(40)]
NO_MOVE = lambda command: b"%t NO not now\r\n" if command.upper().startswith((b"UID MOVE", b"UID COPY", b"UID STORE")) else None  # noqa: E731


def after_the_days(home):
    """As if they had gone by since the mail was delivered, but for what is due since."""
    with sqlite3.connect(home.state / "journal.db") as journal:
        journal.execute("UPDATE message SET server_due = min(server_due, 1) WHERE server_verb > 0")


@pytest.mark.parametrize("mails,others", [(MAILS[:6], OTHERS[:9]), ([*ANONYMOUS[:5], MAILS[0]], ANONYMOUS[6:15])],
                         ids=["ids", "one-id"])
@pytest.mark.parametrize("deduplicate", [True, False], ids=["deduplicated", "all"])
def test_delete_nothing_that_has_the_number_of_ours(server, home, deduplicate, mails, others):
    """A server that was restored from a backup, and has come past the numbers that are known before we look again."""
    home.configure(delivery__deduplicate=deduplicate)
    server.put("anna", mails, dates=[1_700_000_000 + n for n in range(len(mails))])
    home.account("work", server, fetch__after="delete-after:14d")
    home.sync()
    for file in (server.mailbox("anna") / "cur").iterdir():
        file.unlink()
    server.put("anna", others, dates=[1_710_000_000 + n for n in range(len(others))])
    server.renumber("anna", uidvalidity=server.uidvalidity("anna"))
    after_the_days(home)
    run = home.sync()
    assert len(server.uids("anna")) == len(others), "nobody had fetched them"
    assert "was restored on its server" in run.err
    assert_exactly_once(mails + others, home)
    run = home.sync()
    assert run.summary["work"]["fetched"] == 0 and "restored" not in run.err
    after_the_days(home)
    assert home.sync().summary["work"]["fetched"] == 0
    assert server.uids("anna") == [], "now they were, and their days have gone by"
    assert_exactly_once(mails + others, home)


@pytest.mark.parametrize("deduplicate", [True, False], ids=["deduplicated", "all"])
@pytest.mark.parametrize("lacks", POVERTY, ids=NAMES)
@pytest.mark.parametrize("after", ["delete-after:14d", "move:Done"])
@pytest.mark.parametrize("is_seen_at_once", [True, False], ids=["at once", "when it is to be done"])
def test_what_is_ours_is_done_under_its_new_number(authority, home, is_seen_at_once, after, lacks, deduplicate):
    """And nothing to the mail that has the old one: of what was restored there, ours is deleted or moved in the same poll."""
    def not_at_once(command):
        return b"%t NO not now\r\n" if command == b"UID FETCH 4:8 (UID INTERNALDATE)" else None

    home.configure(delivery__deduplicate=deduplicate)
    with PoorImap({"INBOX": [], "Done": Box(uidvalidity=5)}, lacks=lacks, authority=authority) as server:
        for number, mail in enumerate(MAILS[:8]):
            server.box().add(mail, date=1_700_000_000 + number)
        server.before = NO_MOVE if after.startswith("move") else None
        if server.before and "MOVE" in lacks:
            server.before = lambda command: b"%t NO not now\r\n" if command.upper().startswith(b"UID COPY") else None
        home.account("work", server, fetch__after=after)
        home.sync(status=(0, 1))
        server.before = None
        kept, server.box().items[:], server.box().next = server.box().items[:4], [], 1
        for number, mail in enumerate(OTHERS[:2]):
            server.box().add(mail, date=1_710_000_000 + number)
        for item in kept:
            server.box().add(item.data, date=item.date)
        for number, mail in enumerate(OTHERS[2:6]):
            server.box().add(mail, date=1_710_001_000 + number)
        after_the_days(home)
        server.before = None if is_seen_at_once else not_at_once
        run = home.sync()
        assert run.summary["work"]["fetched"] == (10 if is_seen_at_once else 12), "all, or what is new by its number before it"
        assert_exactly_once(MAILS[:8] + OTHERS[:6], home)
        if after.startswith("move"):
            assert server.served() == []
            assert sorted(server.served("Done")) == sorted(MAILS[:4] + OTHERS[:6])
        else:
            assert server.served() == OTHERS[:6]


@pytest.mark.parametrize("was,is_now", [("delete-after:14d", "move:Done"), ("move:Done", "delete-after:14d")], ids=["delete", "move"])
def test_what_is_not_wanted_any_more_is_not_done(authority, home, was, is_now):
    """The mail that came before stays where it is, and what comes now goes where it is wanted."""
    with PoorImap({"INBOX": MAILS[:4], "Done": Box(uidvalidity=5)}, authority=authority) as server:
        server.before = NO_MOVE if was.startswith("move") else None
        home.account("work", server, fetch__after=was)
        home.sync(status=(0, 1))
        server.before = None
        home.account("work", server, fetch__after=is_now)
        server.box().add(MAILS[4])
        after_the_days(home)
        home.sync()
        home.sync()
        assert server.served()[:4] == MAILS[:4]
        assert server.served()[4:] == ([] if is_now.startswith("move") else MAILS[4:5])
        assert server.served("Done") == (MAILS[4:5] if is_now.startswith("move") else [])


@pytest.mark.parametrize("apart,headers", [(1, 0), (0, 16)], ids=["by-and-by", "in-one-second"])
def test_delete_costs_one_look_and_only_where_something_is_due(authority, home, apart, headers):
    """Or one more at some of them."""
    with PoorImap({"INBOX": []}, authority=authority) as server:
        for number, mail in enumerate(MAILS):
            server.box().add(mail, date=1_700_000_000 + apart * number)
        home.account("work", server, fetch__after="delete-after:14d")
        home.sync()
        home.sync()
        home.sync()
        assert not any(b"(UID INTERNALDATE)" in command for command in server.commands)
        after_the_days(home)
        home.sync()
        looks = [command for command in server.commands if b"(UID INTERNALDATE)" in command or b"HEADER" in command]
        assert looks[0] == b"UID FETCH 1:25 (UID INTERNALDATE)" and len(looks) == (2 if headers else 1)
        assert sum(covers(looks[-1].split()[2], uid) for uid in range(1, 26)) == (headers or 25)
        assert server.served() == []


def test_dates_that_do_not_last_keep_nothing_from_being_deleted(authority, home):
    """What has an id is known by that."""
    with PoorImap({"INBOX": MAILS}, authority=authority) as server:
        home.account("work", server, fetch__after="delete-after:14d")
        home.sync()
        for item in server.box().items:
            item.date += 3600
        after_the_days(home)
        assert home.sync().summary["work"]["fetched"] == 0
        assert server.served() == []
        assert_exactly_once(MAILS, home)


@pytest.mark.parametrize("lacks", [set(), {"TOP"}, {"CAPA", "PIPELINING"}, {"CAPA", "PIPELINING", "TOP"}],
                         ids=["rich", "no-top", "no-capa", "poorest"])
@pytest.mark.parametrize("others", [OTHERS[:4], ANONYMOUS[:4]], ids=["ids", "no-ids"])
@pytest.mark.parametrize("deduplicate", [True, False], ids=["deduplicated", "all"])
def test_pop3_delete_nothing_that_has_the_uidl_of_ours(authority, home, deduplicate, others, lacks):
    """The server gives the UIDL of what is gone to what comes."""
    home.configure(delivery__deduplicate=deduplicate)
    mails = MAILS[:6]
    names = {mail: str(number) for number, mail in enumerate(mails)} | {mail: str(number) for number, mail in enumerate(others)}
    with PoorPop3(mails, lacks=lacks, authority=authority) as server:
        server.uidl = lambda number, message: names[message]
        home.account("work", server, protocol="pop3", fetch__after="delete-after:14d")
        ids = {row["uidl"]: row["id"] for row in home.sync().delivered}
        server.messages = others + mails[4:]
        after_the_days(home)
        run = home.sync()
        assert set(others) <= set(server.messages), "nobody had fetched them"
        assert "Other mail has the UIDL" in run.err
        assert json.loads(home.run("why", "--json", ids["0"]).out)["on_server"] == "gone"
        assert "other mail had its name" in " ".join(home.run("why", ids["0"]).out.split())
        assert json.loads(home.run("why", "--json", ids["5"]).out)["on_server"] == "deleted"
        assert server.messages == others, "ours are deleted"
        assert_exactly_once(mails + others, home)
        after_the_days(home)
        home.sync()
        assert server.messages == []
        assert_exactly_once(mails + others, home)


def bare(number):
    return (f"From: a@example.org\r\nTo: anna@example.org\r\nSubject: note {number}\r\n"
            f"Date: Thu, 1 Jan 2026 10:00:0{number} +0000\r\n\r\nbody {number}\r\n").encode()


def fill(box, mails, since):
    for number, mail in enumerate(mails):
        box.add(mail, date=since + number)


def restore(server, mails, since=1_710_000_000):
    """The numbers begin anew, with other mail, and come past those that were known."""
    server.box().items[:], server.box().next = [], 1
    fill(server.box(), mails, since)


def test_other_mail_that_is_not_shown_is_not_deleted(authority, home):
    """The server answers the question for the header, and says nothing."""
    with PoorImap({"INBOX": []}, authority=authority) as server:
        fill(server.box(), MAILS[:8], 1_700_000_000)
        home.account("work", server, fetch__after="delete-after:14d")
        home.sync()
        restore(server, MAILS[8:17])
        server.before = lambda command: b"%t OK\r\n" if b"PEEK[HEADER]" in command.upper() else None
        after_the_days(home)
        run = home.sync(status=1)
        assert server.served() == MAILS[8:17] and "does not show whether it is still the same" in run.err


def test_what_cannot_be_told_is_looked_at_once_a_day(authority, home):
    """It is read whole for that, and told of once."""
    with PoorImap({"INBOX": [bare(1), bare(2)]}, authority=authority) as server:
        home.account("work", server, fetch__after="delete-after:14d")
        home.sync()
        for item in server.box().items:
            item.date += 3600
        server.box().items[0].data = bare(3)
        after_the_days(home)
        looks = []
        for status in (1, 0, 0):
            before = server.count("UID FETCH")
            run = home.sync(status=status)
            looks.append((server.count("UID FETCH") > before, run.err.count("does not show whether it is still the same")))
        assert looks == [(True, 1), (False, 0), (False, 0)] and server.served() == [bare(3)]
        after_the_days(home)
        before = server.count("UID FETCH")
        assert home.sync().err == "" and server.count("UID FETCH") > before, "it is looked at, and not told of"
        server.box().items[0].data = bare(1)
        after_the_days(home)
        home.sync()
        assert server.served() == []


def test_what_is_asked_for_one_by_one_has_its_turn(authority, home):
    """The server refuses many headers together, and those of the first messages alone, too."""
    mails = MAILS + generate.small(7, 40 - len(MAILS))
    with PoorImap({"INBOX": mails}, authority=authority) as server:
        home.account("work", server, fetch__after="delete-after:14d")
        home.sync()
        for item in server.box().items:
            item.date += 3600

        def before(command):
            words = command.upper().split()
            is_refused = b"PEEK[HEADER]" in command.upper() and (b":" in words[2] or int(words[2]) <= 32)
            return b"%t NO [SERVERBUG] no header\r\n" if is_refused else None
        server.before = before
        after_the_days(home)
        home.sync(status=1)
        assert server.served() == mails
        home.sync()
        assert server.served() == mails[:32]


def test_one_message_that_is_not_shown_keeps_no_other_from_being_deleted(authority, home):
    with PoorImap({"INBOX": []}, authority=authority) as server:
        fill(server.box(), MAILS[:8], 1_700_000_000)
        home.account("work", server, fetch__after="delete-after:14d")
        home.sync()
        server.box().items[0].date += 3600
        server.before = lambda command: b"%t NO [SERVERBUG] no header\r\n" if b"PEEK[HEADER]" in command.upper() else None
        after_the_days(home)
        home.sync(status=1)
        assert server.served() == MAILS[:1]


def test_what_has_no_id_is_known_by_its_bytes(authority, home):
    """Where its date does not last."""
    mails = [bare(1), MAILS[0], bare(2)]
    with PoorImap({"INBOX": mails}, authority=authority) as server:
        home.account("work", server, fetch__after="delete-after:14d")
        home.sync()
        for item in server.box().items:
            item.date += 3600
        after_the_days(home)
        assert home.sync().summary["work"]["fetched"] == 0
        assert server.served() == []
        assert_exactly_once(mails, home)


def test_other_mail_of_the_same_second_is_not_deleted(authority, home):
    """In the backup it has the number of one of ours."""
    mails, restored = MAILS[:7], [*MAILS[:3], OTHERS[0], *MAILS[4:7]]
    with PoorImap({"INBOX": []}, authority=authority) as server:
        for mail in mails:
            server.box().add(mail, date=1_700_000_000)
        home.account("work", server, fetch__after="delete-after:14d")
        ids = {row["uid"]: row["id"] for row in home.sync().delivered}
        server.box().items[:], server.box().next = [], 1
        for mail in [*restored, OTHERS[1]]:
            server.box().add(mail, date=1_700_000_000)
        after_the_days(home)
        home.sync()
        assert server.served() == OTHERS[:2]
        assert [json.loads(home.run("why", "--json", ids[n]).out)["on_server"] for n in (3, 4)] == ["deleted", "spared"]
        assert_exactly_once([*mails, *OTHERS[:2]], home)


def test_what_cannot_be_told_has_nothing_fetched_again(authority, home):
    """Mail without a Message-ID, whose date and content did not last; and the server does not move anything."""
    mails = [bare(1), *MAILS[:7]]
    with PoorImap({"INBOX": [], "Done": Box(uidvalidity=5)}, authority=authority) as server:
        fill(server.box(), mails, 1_700_000_000)
        server.before = NO_MOVE
        home.account("work", server, fetch__after="move:Done")
        home.sync(status=1)
        for item in server.box().items:
            item.date += 3600
        mails[0] = server.box().items[0].data = bare(2)
        assert [home.sync(status=1).summary["work"]["fetched"] for _ in range(2)] == [0, 0]
        server.before = None
        assert home.sync().err == ""
        assert server.served() == mails[:1] and server.served("Done") == mails[1:]


def test_dates_are_known_that_came_with_new_numbers(authority, home):
    mails = [bare(1), *MAILS[:7]]
    with PoorImap({"INBOX": []}, authority=authority) as server:
        fill(server.box(), mails, 1_700_000_000)
        home.account("work", server, fetch__after="delete-after:14d")
        home.sync()
        server.box().uidvalidity += 1
        for item in server.box().items:
            item.date += 3600
        home.sync()
        after_the_days(home)
        run = home.sync()
        assert run.summary["work"]["fetched"] == 0 and server.served() == []
        assert_exactly_once(mails, home)


def test_what_broke_the_session_is_not_forgotten_when_the_numbers_begin_anew(authority, home):
    with PoorImap({"INBOX": []}, authority=authority) as server:
        fill(server.box(), MAILS[:8], 1_700_000_000)
        home.account("work", server, fetch__after="delete-after:14d")
        home.sync()
        restore(server, MAILS[8:20])

        def before(command):
            words = command.upper().split()
            is_bad = words[:2] == [b"UID", b"FETCH"] and b"BODY.PEEK[]" in command.upper() and covers(words[2], 10)
            return b"* 10 FETCH (UID 10 what\r\n" if is_bad else None
        server.before = before
        after_the_days(home)
        home.sync(status=(0, 1, 6))
        server.before = None
        for _ in range(2):
            home.sync(status=(0, 1))
        assert_exactly_once(MAILS[:20], home)


def test_what_broke_the_session_is_asked_for_once_though_numbers_begin_anew_elsewhere(authority, home):
    """Two mailboxes have such a message, and the second begins anew."""
    with PoorImap({"INBOX": MAILS[:2], "Other": MAILS[2:8]}, authority=authority) as server:
        home.account("work", server, fetch__folders="*")
        home.sync()
        fill(server.box(), MAILS[8:11], 1_710_000_000)
        server.boxes["Other"].items[:], server.boxes["Other"].next = [], 1
        fill(server.boxes["Other"], MAILS[11:15], 1_710_000_000)
        selected, asked = [], []

        def before(command):
            words = command.upper().split()
            if words[0] in (b"SELECT", b"EXAMINE"):
                selected.append(b"INBOX" in words[1])
            if words[:2] != [b"UID", b"FETCH"] or b"BODY.PEEK[]" not in command.upper():
                return None
            if words[2] == b"4" and selected[-1]:
                asked.append(command)
            return b"* 10 FETCH (UID 4 what\r\n" if covers(words[2], 4) else None
        server.before = before
        home.sync(status=1)
        assert len(asked) == 1
        server.before = None
        home.sync()
        assert_exactly_once(MAILS[:15], home)


@pytest.mark.parametrize("lacks", [set(), {"TOP"}, {"CAPA", "PIPELINING"}, {"CAPA", "PIPELINING", "TOP"}],
                         ids=["rich", "no-top", "no-capa", "poorest"])
def test_pop3_other_mail_is_not_deleted_for_mail_without_an_id(authority, home, lacks):
    """With an id it is other mail for certain, and comes; without one nobody knows, and it stays."""
    mails, others = ANONYMOUS[:3], [*OTHERS[:2], ANONYMOUS[9]]
    names = {mail: str(number) for number, mail in enumerate(mails)} | {mail: str(number) for number, mail in enumerate(others)}
    with PoorPop3(mails, lacks=lacks, authority=authority) as server:
        server.uidl = lambda number, message: names[message]
        home.account("work", server, protocol="pop3", fetch__after="delete-after:14d")
        home.sync()
        server.messages = others[:]
        after_the_days(home)
        run = home.sync(status=1)
        assert server.messages == others
        assert run.err.count("does not show whether it is still the same") == 1
        asked = len(server.commands)
        assert home.sync().err == ""
        assert not any(command.startswith(b"RETR") for command in server.commands[asked:]), "it was looked at once"
        after_the_days(home)
        assert home.sync().err == "", "it is told once"
        assert server.messages == others[2:]
        assert_exactly_once([*mails, *others[:2]], home)


@pytest.mark.parametrize("refuses", [1, 3], ids=["first", "last"])
@pytest.mark.parametrize("lacks", [set(), {"CAPA", "PIPELINING"}], ids=["rich", "no-capa"])
def test_pop3_what_has_no_top_is_deleted_all_the_same(authority, home, lacks, refuses):
    with PoorPop3(MAILS[:3], lacks=lacks, authority=authority) as server:
        home.account("work", server, protocol="pop3", fetch__after="delete-after:14d")
        home.sync()
        server.before = lambda command: b"-ERR no\r\n" if command.split()[:2] == [b"TOP", b"%d" % refuses] else None
        after_the_days(home)
        assert home.sync().err == ""
        assert server.messages == []


@pytest.mark.parametrize("header", [b"", b"Status: RO\r\n"], ids=["as-it-was", "another-status"])
def test_pop3_what_has_no_id_is_known_by_its_bytes(authority, home, header):
    mails = [bare(number) for number in range(4)]
    with PoorPop3(mails, authority=authority) as server:
        server.uidl = lambda number, message: str(mails.index(message.removeprefix(header)))
        home.account("work", server, protocol="pop3", fetch__after="delete-after:14d")
        home.sync()
        server.messages = [header + message for message in server.messages]
        after_the_days(home)
        home.sync()
        assert server.messages == []
        assert_exactly_once(mails, home)


@pytest.mark.parametrize("answer", [b"-ERR mailbox is locked\r\n", None], ids=["refused", "cut"])
def test_pop3_quit_that_fails(authority, home, answer):
    """DELE takes effect at QUIT only: if that fails, the mail is still there, and may not come twice."""
    from servers.tcp import Hangup
    with PoorPop3(MAILS, authority=authority) as server:
        def refuse(command):
            if command.upper() == b"QUIT":
                if answer is None:
                    raise Hangup
                return answer
            return None
        server.before = refuse
        home.account("work", server, protocol="pop3", fetch__after="delete")
        home.sync(status=(0, 1))
        assert len(server.messages) == len(MAILS)
        server.before = None
        run = home.sync()
        assert run.delivered == [] and server.messages == []
        assert_exactly_once(MAILS, home)


@pytest.mark.parametrize("after", ["delete", "keep"])
def test_pop3_quit_whose_answer_is_lost(authority, home, after):
    """The mail may be gone then, and its UIDL another's: that one is neither overlooked nor deleted unseen. Nor is it where nothing is to
    be deleted any more, and nobody looks."""
    from servers.tcp import Hangup
    others = [m.data for m in generate.messages(22, 25)]
    with PoorPop3(MAILS, authority=authority) as server:
        def vanish(command):
            if command.upper() == b"QUIT":
                server.messages = []
                raise Hangup
        server.uidl = lambda number, message: str(number)
        server.before = vanish
        home.account("work", server, protocol="pop3", fetch__after="delete")
        home.sync(status=(0, 1))
        server.before = None
        assert server.messages == []
        server.messages = list(others)
        home.account("work", server, protocol="pop3", fetch__after=after)
        home.sync()
        assert_exactly_once([*MAILS, *others], home)
        assert server.messages == ([] if after == "delete" else others)


def test_pop3_quit_that_is_lost_over_a_uidl_that_was_used_before(authority, home):
    """What is still there is the last one that had it, and is not taken for new beside mail that is known."""
    from servers.tcp import Hangup
    home.configure(delivery__deduplicate=False)
    first, second, kept = MAILS[:3]
    names = {first: "1", second: "1", kept: "2"}
    with PoorPop3([first], authority=authority) as server:
        def cut(command):
            if command.upper() == b"QUIT":
                raise Hangup
        server.uidl = lambda number, message: names[message]
        home.account("work", server, protocol="pop3", fetch__after="delete")
        home.sync()
        assert server.messages == []
        server.messages = [second, kept]
        server.before = lambda command: b"-ERR no\r\n" if command.upper() == b"DELE 2" else cut(command)
        home.sync(status=(0, 1))
        server.before = None
        home.sync()
        assert_exactly_once([first, second, kept], home)
        assert server.messages == []


def test_a_refused_delete_is_told_and_tried_again(authority, home):
    with PoorImap({"INBOX": MAILS}, authority=authority) as server:
        server.before = lambda command: b"%t NO mailbox is read-only\r\n" if command.upper().startswith(b"UID STORE") else None
        home.account("work", server, fetch__after="delete")
        home.sync(status=(0, 1))
        assert len(server.served()) == len(MAILS)
        server.before = None
        home.sync()
        assert server.served() == []
        assert_exactly_once(MAILS, home)


def test_undone_is_the_wish_when_the_setting_changes_back(server, home):
    """delete-after was planned, then the user said keep: what was planned is not done."""
    server.put("anna", MAILS)
    home.account("work", server, fetch__after="delete-after:1d")
    home.sync()
    home.account("work", server, fetch__after="keep")
    sync_after_the_days(home)
    assert len(server.uids("anna")) == len(MAILS)


@pytest.mark.parametrize("lacks", [set(), {"UIDPLUS"}], ids=["told-where", "not-told-where"])
def test_what_we_moved_is_no_news_where_it_is_now(authority, home, lacks):
    """Without deduplication, too, and whichever mailbox is looked at first."""
    again = MAILS[0].replace(b"Message-ID:", b"X-Was:", 1).replace(b"Message-Id:", b"X-Was:", 1)
    mails = MAILS[1:6] + [again, again]
    with PoorImap({"INBOX": mails, "Done": Box(uidvalidity=5)}, lacks=lacks, authority=authority) as server:
        home.configure(delivery__deduplicate=False)
        home.account("work", server, fetch__after="move:Done", fetch__folders="*")
        home.sync()
        server.box().add(MAILS[7])
        home.sync()
        home.sync()
        assert sorted(server.served("Done")) == sorted([*mails, MAILS[7]])
        assert_exactly_once([*mails, MAILS[7]], home)
        assert home.held() == []


@pytest.mark.parametrize("lacks", [set(), {"UIDPLUS"}], ids=["told-where", "not-told-where"])
@pytest.mark.parametrize("step", [0, 1], ids=["restarted", "revalidated"])
def test_what_we_moved_is_no_news_where_all_numbers_begin_anew(authority, home, step, lacks):
    with PoorImap({"INBOX": MAILS[:6], "Done": Box(uidvalidity=5)}, lacks=lacks, authority=authority) as server:
        home.configure(delivery__deduplicate=False)
        home.account("work", server, fetch__after="move:Done", fetch__folders="*")
        home.sync()
        home.sync()
        done = server.boxes["Done"]
        kept = done.items[2:5]
        done.items[:], done.next, done.uidvalidity = [], 1, done.uidvalidity + step
        done.add(OTHERS[0])
        for item in kept:
            done.add(item.data, date=item.date)
        for _ in range(2):
            home.sync()
        assert_exactly_once([*MAILS[:6], OTHERS[0]], home)
        assert home.held() == []
