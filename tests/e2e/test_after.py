"""after=: what happens on the server once the mail is safe here, and never before."""

import sqlite3

import pytest
from e2e.inbasket import assert_exactly_once
from mail import generate
from servers.poor_imap import Box, PoorImap
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


def test_pop3_quit_whose_answer_is_lost(authority, home):
    """The mail may be gone then, and its UIDL another's: that one is neither overlooked nor deleted unseen."""
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
        home.sync()
        assert_exactly_once([*MAILS, *others], home)
        assert server.messages == []


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
