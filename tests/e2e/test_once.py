"""Nothing comes twice, by whichever way it is met again; and nothing is taken for another."""

import threading

import pytest
from e2e.inbasket import PATIENCE, assert_exactly_once, due_at_once
from e2e.test_workers import LEAVES, replaced, without
from mail import generate
from servers.poor_imap import PoorImap
from servers.poor_pop3 import Migrated, PoorPop3

MAILS = [m.data for m in generate.messages(121, 6)] + [b"From: a@example.net\r\nSubject: without an id\r\n\r\nhello\r\n"]
EACH_WAY = pytest.mark.parametrize("deduplicate", [True, False], ids=["deduplicated", "all"])


@pytest.fixture
def no_filter(tmp_path):
    """The environment of a program that finds no filter worker which works."""
    return {"env": replaced(tmp_path, "inbasket-filter", LEAVES), "status": (0, 1), "timeout": PATIENCE * 3}


# --- what was delivered unfiltered, and is met once more by a filter that works ---------------------------------------

@EACH_WAY
def test_unfiltered_mail_under_a_new_uidvalidity(server, home, no_filter, deduplicate):
    home.configure(delivery__deduplicate=deduplicate)
    server.put("anna", MAILS)
    home.account("work", server, fetch__after="delete-after:14d")
    home.sync(**no_filter)
    for _ in range(2):
        server.renumber("anna")
        home.sync()
        assert_exactly_once(MAILS, home)
        assert len(home.files()) == len(MAILS)
    due_at_once(home)
    home.sync()
    assert server.uids("anna") == [], "what is there is deleted under its own UID"


@EACH_WAY
def test_unfiltered_mail_under_new_uidls(authority, home, no_filter, deduplicate):
    home.configure(delivery__deduplicate=deduplicate)
    with Migrated(MAILS, authority=authority) as server:
        home.account("work", server, protocol="pop3", fetch__after="delete-after:14d")
        home.sync(**no_filter)
        for generation in (1, 2, 0):
            server.generation = generation
            home.sync()
            assert_exactly_once(MAILS, home)
            assert len(home.files()) == len(MAILS)
        due_at_once(home)
        home.sync()
        assert server.messages == []


def test_unfiltered_mail_is_known_by_its_bytes_before_it_is_deleted(authority, home, no_filter):
    """A filter has read it by now; its UIDL is other mail's by then."""
    home.configure(delivery__deduplicate=False)
    others = generate.small(125, 2)
    with PoorPop3(MAILS[:4], authority=authority) as server:
        first = {mail: f"first-{number}" for number, mail in enumerate(MAILS)}
        names = {mail: f"later-{number}" for number, mail in enumerate([*others, *MAILS[2:4]])}
        server.uidl = lambda number, message: first[message]
        home.account("work", server, protocol="pop3", fetch__after="delete-after:14d")
        home.sync(**no_filter)
        server.uidl = lambda number, message: f"later-{MAILS.index(message)}"
        home.sync()
        assert len(home.files()) == 4
        server.uidl = lambda number, message: names[message]
        server.messages = [*others, *MAILS[2:4]]
        due_at_once(home)
        home.sync(status=(0, 1))
        assert server.messages == others, "nobody had fetched them"
        home.sync()
        assert_exactly_once([*MAILS[:4], *others], home)


@EACH_WAY
@pytest.mark.parametrize("turns", ["imap pop3", "pop3 imap"])
def test_unfiltered_mail_through_another_protocol(server, home, no_filter, turns, deduplicate):
    home.configure(delivery__deduplicate=deduplicate)
    server.put("anna", MAILS)
    first, second = turns.split()
    home.account("work", server, protocol=first)
    home.sync(**no_filter)
    home.account("work", server, protocol=second)
    home.sync()
    assert_exactly_once(MAILS, home)
    assert len(home.files()) == len(MAILS)


@pytest.mark.parametrize("is_in_step", [True, False], ids=["server-junk", "plain"])
def test_unfiltered_mail_that_is_moved_on_its_server(server, home, no_filter, is_in_step):
    server.put("anna", MAILS)
    home.account("work", server, fetch__folders="INBOX; Archive; Junk", filter__server_junk="move" if is_in_step else None)
    home.sync(**no_filter)
    with server.imap("anna") as session:
        session.select("INBOX")
        session.create("Archive")
        session.uid("COPY", "1:*", "Archive")
        session.uid("STORE", "1:*", "+FLAGS", r"(\Deleted)")
        session.expunge()
    home.sync()
    with_id = [mail for mail in MAILS if b"Message-ID" in mail]
    here = sorted(message for message in home.messages() if b"\nMessage-ID" in message)
    assert here == sorted(map(generate.local, with_id))


def test_unfiltered_twins_stay_two(server, home, no_filter):
    """Sent twice, and nobody could tell: each is known under a number of its own afterwards, and a third one is new."""
    home.configure(delivery__deduplicate=False)
    server.put("anna", [MAILS[0], MAILS[0], *MAILS[1:]])
    home.account("work", server)
    home.sync(**no_filter)
    server.renumber("anna")
    server.put("anna", [MAILS[0]])
    home.sync()
    assert_exactly_once([MAILS[0]] * 3 + MAILS[1:], home)
    server.renumber("anna")
    home.sync()
    assert_exactly_once([MAILS[0]] * 3 + MAILS[1:], home)


# --- what was filtered, and is met once more while no filter works ----------------------------------------------------

@EACH_WAY
def test_a_new_uidvalidity_while_no_filter_works(server, home, no_filter, deduplicate):
    """What is here is known by its file, and what cannot be here comes; what is gone here waits on the server for a filter."""
    new = b"From: b@example.net\r\nMessage-ID: <new@example.net>\r\nSubject: of a size of its own\r\n\r\n" + b"hello\r\n" * 5000
    home.configure(delivery__deduplicate=deduplicate)
    server.put("anna", MAILS)
    home.account("work", server)
    home.sync()
    next(path for _, path in home.files() if b"without an id" not in path.read_bytes()).unlink()
    here = sorted([*home.messages(), generate.local(new)])
    server.renumber("anna")
    server.put("anna", [new])
    for turn in range(3):
        run = home.sync(**no_filter)
        assert sorted(home.messages()) == here and home.held() == []
        assert "that it had before: could not be filtered" in run.err and run.summary["work"]["skipped"] == 1
        assert run.summary["work"]["fetched"] == (len(MAILS) + 1 if turn == 0 else 0), "not once more for nothing"
    home.sync()
    assert sorted(home.messages()) == here and home.held() == []
    assert home.sync().summary["work"]["fetched"] == 0


@EACH_WAY
def test_a_new_uidvalidity_while_each_message_brings_the_filter_down(server, home, deduplicate):
    home.configure(delivery__deduplicate=deduplicate)
    server.put("anna", MAILS)
    home.account("work", server)
    home.sync()
    server.renumber("anna")
    for _ in range(2):
        home.sync(env={"IB_FAULT": "filter.crash:1"}, status=(0, 1), timeout=PATIENCE * 3)
        assert_exactly_once(MAILS, home)
        assert len(home.files()) == len(MAILS)
    home.sync()
    assert_exactly_once(MAILS, home)
    assert home.sync().summary["work"]["fetched"] == 0


@EACH_WAY
def test_new_uidls_while_no_filter_works(authority, home, no_filter, deduplicate):
    home.configure(delivery__deduplicate=deduplicate)
    with Migrated(MAILS, authority=authority) as server:
        home.account("work", server, protocol="pop3")
        home.sync()
        server.generation = 1
        home.sync(**no_filter)
        home.sync()
        assert_exactly_once(MAILS, home)
        assert len(home.files()) == len(MAILS)
        assert home.sync().summary["work"]["fetched"] == 0


@EACH_WAY
def test_new_uidls_that_are_shown_late_while_no_filter_works(authority, home, no_filter, deduplicate):
    """What is here is known whenever it is shown; no other mail waits for what may have been deleted long before, and is met no more."""
    home.configure(delivery__deduplicate=deduplicate)
    mails = [HEAD % b"%d" % number + b"hello\r\n" for number in range(4)]
    other = HEAD % b"4" + b"hello\r\n"
    with Migrated(mails, authority=authority) as server:
        home.account("work", server, protocol="pop3")
        home.sync()
        del server.messages[:2]
        home.sync()
        server.generation = 1
        home.sync()
        next(path for _, path in home.files() if b"<0@example.net>" in path.read_bytes()).unlink()
        server.messages += [mails[1], other]
        assert home.sync(**no_filter).summary["work"]["skipped"] == 0
        assert_exactly_once([*mails[1:], other], home)
        assert len(home.files()) == 4
        assert home.sync().summary["work"]["fetched"] == 0


@EACH_WAY
@pytest.mark.parametrize("answers, waiting", [({}, 3), ({b"DELE 1": b"-ERR no\r\n"}, 2),
                                              ({b"DELE 1": b"-ERR no\r\n", b"QUIT": b"-ERR mailbox is locked\r\n"}, 2)],
                         ids=["restored", "beside-other-mail", "not-deleted"])
def test_deleted_mail_that_is_there_again_while_no_filter_works(authority, home, no_filter, answers, waiting, deduplicate):
    """A server restored from a backup, or one whose QUIT failed. What has the UIDL of such mail and cannot be it comes at once."""
    home.configure(delivery__deduplicate=deduplicate)
    mails = [*(HEAD % b"%d" % number + b"hello\r\n" for number in range(4)), MAILS[-1]]
    other = HEAD % b"other" + b"hello, once more\r\n"
    names = {mail: str(number) for number, mail in enumerate(mails)} | {other: "1"}
    with PoorPop3(mails, authority=authority) as server:
        server.uidl = lambda number, message: names[message]
        server.before = answers.get
        home.account("work", server, protocol="pop3", fetch__after="delete")
        home.sync(status=(0, 1))
        server.before, server.messages = None, [mails[0], other, *mails[2:]]
        run = home.sync(**no_filter)
        assert run.summary["work"]["skipped"] == waiting and len(home.files()) == len(mails) + 1
        home.sync()
        assert_exactly_once([*mails, other], home)
        assert len(home.files()) == len(mails) + 1
        assert home.sync().summary["work"]["fetched"] == 0
        assert home.run("status", "--json").lines[0]["accounts"][0]["open"] == 0


@EACH_WAY
@pytest.mark.parametrize("protocol", ["imap", "pop3"])
@pytest.mark.parametrize("gone", [False, True], ids=["there", "gone"])
def test_what_waits_for_a_filter_is_in_nobodys_way(authority, home, no_filter, protocol, gone, deduplicate):
    """What else comes meanwhile comes at once, and all that waited once a filter works. Nothing waits for ever which is gone."""
    home.configure(delivery__deduplicate=deduplicate)
    mails = [b"From: b@example.net\r\nMessage-ID: <%d@example.net>\r\nSubject: s\r\n\r\nhello\r\n" % number for number in range(6)]
    later = [b"From: b@example.net\r\nMessage-ID: <later%d@example.net>\r\nSubject: s\r\n\r\n%s\r\n" % (number, b"later" * 100)
             for number in range(2)]
    with (PoorImap({"INBOX": mails}, authority=authority) if protocol == "imap" else Migrated(mails, authority=authority)) as server:
        home.account("work", server, protocol=protocol)
        home.sync()
        here = home.messages()
        for _, path in home.files()[:3]:
            path.unlink()
        if protocol == "imap":
            server.box().renumber(99)
        else:
            server.generation = 1
        other = mails[0].replace(b"<0@", b"<9@")
        server.box().add(other) if protocol == "imap" else server.messages.append(other)
        run = home.sync(**no_filter)
        assert run.summary["work"]["skipped"] == 4 and len(home.files()) == 3
        for number, mail in enumerate(later):
            server.box().add(mail) if protocol == "imap" else server.messages.append(mail)
            run = home.sync(**no_filter)
            assert run.summary["work"]["fetched"] == 1 and run.summary["work"]["skipped"] == 4
            assert len(home.files()) == 4 + number
        if gone:
            at = (server.served() if protocol == "imap" else server.messages).index(other)
            (server.box().items if protocol == "imap" else server.messages).pop(at)
        home.sync()
        assert len(home.files()) == 5 + (not gone) and home.held() == []
        assert sorted(home.messages()) == sorted([*[mail for mail in here if mail in home.messages()], *map(generate.local, later),
                                                  *([] if gone else [generate.local(other)])])
        assert home.run("status", "--json").lines[0]["accounts"][0]["open"] == 0
        run = home.sync(**no_filter)
        assert run.summary["work"]["fetched"] == run.summary["work"]["skipped"] == 0 and run.err == ""


@EACH_WAY
def test_new_uidls_of_which_some_are_seen_later_than_what_waits(authority, home, no_filter, deduplicate):
    """A session that broke off, or a server that shows some at a time: that all have new names is remembered with the first that waits."""
    home.configure(delivery__deduplicate=deduplicate)
    mails = [*(HEAD % b"%d" % number + b"hello\r\n" for number in range(4)), MAILS[-1]]
    with Migrated(mails, authority=authority) as server:
        home.account("work", server, protocol="pop3", fetch__after="delete-after:14d")
        home.sync()
        next(path for _, path in home.files() if b"<0@" in path.read_bytes()).unlink()
        here = sorted(home.messages())
        server.generation, server.messages = 1, mails[:1]
        assert home.sync(**no_filter).summary["work"]["skipped"] == 1
        server.messages = list(mails)
        assert home.sync(**no_filter).summary["work"]["skipped"] == 1
        assert sorted(home.messages()) == here and home.held() == []
        home.sync()
        assert sorted(home.messages()) == here and home.held() == []
        assert home.sync().summary["work"]["fetched"] == 0
        due_at_once(home)
        home.sync()
        assert server.messages == []


def test_new_uidls_of_two_accounts_at_once(authority, home, no_filter):
    """While no filter works, one message of each in turn: of what is alike each is recognized once."""
    home.configure(delivery__deduplicate=False)
    alike = [HEAD % b"alike" + b"hello\r\n" * 25000] * 4   # each handed over alone
    turn = threading.Barrier(2)

    def before(command):
        if command.startswith(b"RETR") and not turn.broken:
            turn.wait(PATIENCE)
        return None

    options = {"authority": authority, "before": before, "lacks": {"PIPELINING"}}
    with Migrated(alike, **options) as one, Migrated(alike, **options) as two:
        home.account("one", one, protocol="pop3")
        home.account("two", two, protocol="pop3")
        home.sync()
        assert len(home.files()) == 8
        one.generation = two.generation = 1
        run = home.sync(**no_filter)
        assert [run.summary[name]["fetched"] for name in ("one", "two")] == [4, 4] and len(home.files()) == 8
        turn.abort()
        for server in (one, two):
            server.messages += [HEAD % b"new" + b"hello\r\n"]
        run = home.sync()
        assert [run.summary[name]["fetched"] for name in ("one", "two")] == [1, 1] and len(home.files()) == 10


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_what_no_filter_ever_survives_waits_for_none(authority, home, tmp_path, no_filter, protocol):
    """It may come twice then, and is not fetched for ever; what waited for the want of a filter does not."""
    mails = [*MAILS[:2], HEAD % b"deadly" + b"deadly\r\n"]
    deadly = {"env": replaced(tmp_path / "deadly", "inbasket-filter", without(b"deadly@example.net")), "status": (0, 1), "timeout": PATIENCE * 3}
    with (PoorImap({"INBOX": mails}, authority=authority) if protocol == "imap" else Migrated(mails, authority=authority)) as server:
        home.account("work", server, protocol=protocol)
        home.sync()
        next(path for _, path in home.files() if b"deadly@" in path.read_bytes()).unlink()
        if protocol == "imap":
            server.box().renumber(99)
        else:
            server.generation = 1
        for filters in deadly, no_filter:
            home.sync(**filters)
            assert len(home.files()) == 2, "it may be chance, or none that works"
        run = home.sync(**deadly)
        assert [event["target"] for event in run.delivered] == ["INBOX"] and len(home.files()) == 3, run
        marked = next(path for _, path in home.files() if b"deadly@" in path.read_bytes())
        assert b"could-not-be-filtered" in marked.read_bytes().partition(b"\n\n")[0]
        assert home.sync(**deadly).summary["work"]["fetched"] == 0
        assert home.run("status", "--json").lines[0]["accounts"][0]["open"] == 0


def test_what_only_looks_as_if_it_were_here_comes_once_a_filter_works(server, home, no_filter):
    """Another one of the same size, where the first is not on the server any more."""
    mail = b"From: b@example.net\r\nMessage-ID: <%d@example.net>\r\nSubject: s\r\n\r\nhello\r\n"
    server.put("anna", [mail % 1, mail % 2])
    home.account("work", server)
    home.sync()
    with server.imap("anna") as session:
        session.select("INBOX")
        session.uid("STORE", "1", "+FLAGS", r"(\Deleted)")
        session.expunge()
    server.renumber("anna")
    server.put("anna", [mail % 3])
    home.sync(**no_filter)
    home.sync()
    assert_exactly_once([mail % 1, mail % 2, mail % 3], home)


# --- what was left on the server while its numbers changed ------------------------------------------------------------

@EACH_WAY
@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_what_could_not_be_had_when_it_was_numbered_anew(authority, home, protocol, deduplicate):
    """Once it can be, it is the one that is here."""
    home.configure(delivery__deduplicate=deduplicate)
    mails = [*MAILS, b"From: c@example.net\r\nSubject: long, and without an id\r\n\r\n" + b"hello\r\n" * 5000]
    with (PoorImap({"INBOX": mails}, authority=authority) if protocol == "imap" else Migrated(mails, authority=authority)) as server:
        home.account("work", server, protocol=protocol, fetch__after="delete-after:14d")
        home.sync()
        if protocol == "imap":
            server.box().renumber(99)
        else:
            server.generation = 1
        home.account("work", server, protocol=protocol, fetch__after="delete-after:14d", fetch__max_size="20K")
        home.sync(status=(0, 1))
        home.account("work", server, protocol=protocol, fetch__after="delete-after:14d")
        home.sync()
        assert_exactly_once(mails, home)
        assert len(home.files()) == len(mails)
        due_at_once(home)
        home.sync()
        assert (server.served() if protocol == "imap" else server.messages) == []


@EACH_WAY
@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_what_could_not_be_had_then_waits_for_a_filter(authority, home, no_filter, protocol, deduplicate):
    """As often as it is asked for, where its file is gone."""
    home.configure(delivery__deduplicate=deduplicate)
    mails = [*MAILS, b"From: c@example.net\r\nMessage-ID: <long@example.net>\r\nSubject: long\r\n\r\n" + b"hello\r\n" * 5000]
    with (PoorImap({"INBOX": mails}, authority=authority) if protocol == "imap" else Migrated(mails, authority=authority)) as server:
        home.account("work", server, protocol=protocol)
        home.sync()
        next(path for _, path in home.files() if b"long@example.net" in path.read_bytes()).unlink()
        if protocol == "imap":
            server.box().renumber(99)
        else:
            server.generation = 1
        home.account("work", server, protocol=protocol, fetch__max_size="20K")
        home.sync(status=(0, 1))
        home.account("work", server, protocol=protocol)
        for turn in range(3):
            run = home.sync(**no_filter)
            assert "until a filter can tell" in run.err and run.summary["work"]["skipped"] == 1
            assert turn == 0 or run.summary["work"]["fetched"] == 0, "not once more for nothing"
        assert home.run("status", "--json").lines[0]["accounts"][0]["open"] == 1
        home.sync()
        assert home.sync().summary["work"]["fetched"] == 0
        assert_exactly_once(MAILS, home)


# --- a lost journal ---------------------------------------------------------------------------------------------------

def lose_journal(home):
    for path in home.state.glob("journal.db*"):
        path.unlink()


def file_and_flag(home):
    """What a mail client does meanwhile."""
    archive = home.maildir / ".Archive"
    for part in ("cur", "new", "tmp"):
        (archive / part).mkdir(parents=True, exist_ok=True)
    files = [path for _, path in home.files()]
    files[0].rename(archive / "cur" / (files[0].name.partition(":")[0] + ":2,FS"))
    files[1].rename(files[1].parent.parent / "cur" / (files[1].name.partition(":")[0] + ":2,RS"))


@EACH_WAY
@pytest.mark.parametrize("was", ["filtered", "unfiltered", "without-fields"])
@pytest.mark.parametrize("lost", ["before", "behind"])
def test_a_journal_that_is_lost_and_a_new_uidvalidity(server, home, no_filter, lost, was, deduplicate):
    """Files bear the ids that former numbers gave them, and still hold the same bytes."""
    home.configure(delivery__deduplicate=deduplicate, delivery__annotate=was != "without-fields")
    server.put("anna", [*MAILS, MAILS[-1]])
    home.account("work", server)
    home.sync(**(no_filter if was == "unfiltered" else {}))
    if lost == "before":
        lose_journal(home)
    server.renumber("anna")
    if lost == "behind":
        home.sync()
        lose_journal(home)
    file_and_flag(home)
    new = MAILS[-1].replace(b"hello", b"other"), MAILS[-1]
    server.put("anna", new)
    home.sync()
    assert_exactly_once([*MAILS, MAILS[-1], *new], home)
    assert len(home.files()) == len(MAILS) + 3
    server.renumber("anna")
    home.sync()
    assert_exactly_once([*MAILS, MAILS[-1], *new], home)
    assert len(home.files()) == len(MAILS) + 3


@EACH_WAY
def test_a_journal_that_is_lost_and_new_uidls(authority, home, deduplicate):
    home.configure(delivery__deduplicate=deduplicate)
    with Migrated(MAILS, authority=authority) as server:
        home.account("work", server, protocol="pop3")
        home.sync()
        server.generation = 1
        lose_journal(home)
        file_and_flag(home)
        for _ in range(2):
            home.sync()
            assert_exactly_once(MAILS, home)
            assert len(home.files()) == len(MAILS)


def test_a_large_maildir_whose_journal_is_lost(server, home):
    """Each file is read once, and each message compared once."""
    home.configure(delivery__deduplicate=False)
    mails = generate.small(123, 4000)
    server.put("anna", mails)
    home.account("work", server)
    home.sync(timeout=PATIENCE * 3)
    server.renumber("anna")
    lose_journal(home)
    home.sync(timeout=PATIENCE * 3)
    assert_exactly_once(mails, home)


# --- what is equal, or nearly so, and is not one ----------------------------------------------------------------------

HEAD = b"From: c@example.net\r\nDate: Thu, 01 Jan 2026 00:00:00 +0000\r\nMessage-ID: <%s@example.net>\r\nSubject: s\r\n\r\n"
BARE = [b"", b"", b"\r\n", b"no header at all\r\n", b"no header at all\r\n", b"Subject: nothing below\r\n", b"Subject: nothing below\r\n\r\n",
        b"From: c@example.net\r\n\r\nthe same, twice\r\n", b"From: c@example.net\r\n\r\nthe same, twice\r\n"]
ALIKE = [HEAD % b"same" + b"one\r\n", HEAD % b"same" + b"two\r\n", HEAD % b"other" + b"one\r\n", HEAD % b"same" + b"one and more\r\n"]


@EACH_WAY
def test_what_is_alike_stays_as_many_under_a_new_uidvalidity(authority, home, deduplicate):
    home.configure(delivery__deduplicate=deduplicate)
    with PoorImap({"INBOX": BARE + ALIKE}, authority=authority) as server:
        home.account("work", server)
        home.sync()
        assert_exactly_once(BARE + ALIKE, home)
        assert len(home.files()) == len(BARE + ALIKE)
        server.box().renumber(99)
        server.box().add(BARE[-1])
        home.sync()
        assert_exactly_once([*BARE, *ALIKE, BARE[-1]], home)
        assert len(home.files()) == len(BARE + ALIKE) + 1


@EACH_WAY
def test_what_is_alike_stays_as_many_under_new_uidls(authority, home, deduplicate):
    home.configure(delivery__deduplicate=deduplicate)
    mails = [mail for mail in BARE if mail] + ALIKE
    with Migrated(mails, authority=authority) as server:
        server.uidl = lambda number, message: f"{number}-{server.generation}"
        home.account("work", server, protocol="pop3")
        home.sync()
        before = sorted(home.messages())
        assert len(before) == len(mails)
        server.generation = 1
        server.messages.append(mails[-1] + b"and more\r\n")
        home.sync()
        assert len(home.files()) == len(mails) + 1
        server.messages.append(BARE[3])
        home.sync()
        assert len(home.files()) == len(mails) + 2


# --- moved on the server, or there twice ------------------------------------------------------------------------------

@EACH_WAY
@pytest.mark.parametrize("command", ["MOVE", "COPY"])
def test_mail_without_an_id_in_another_mailbox(server, home, command, deduplicate):
    """Its bytes and the time at which its server took it in tell that it is the same: one that was sent again has another."""
    mail = b"From: a@example.net\r\nSubject: without an id\r\n\r\nhello\r\n"
    home.configure(delivery__deduplicate=deduplicate)
    server.append("anna", [mail, mail], dates=[1_760_000_000, 1_760_000_100])
    home.account("work", server, fetch__folders="INBOX; Archive")
    home.sync(status=(0, 1))
    assert len(home.files()) == 2
    with server.imap("anna") as session:
        session.select("INBOX")
        session.create("Archive")
        assert session.uid(command, "1", "Archive")[0] == "OK"
    server.append("anna", [mail], mailbox="Archive", dates=[1_760_000_200])
    home.sync()
    assert len(home.files()) == (3 if deduplicate else 4)
    assert len(home.held()) == (1 if deduplicate else 0)


# --- our own Maildir, served to us ------------------------------------------------------------------------------------

def serve_our_own(server, home):
    """As a server does that reads the same Maildir: each file is a message of its own."""
    ours = sorted(path.read_bytes().replace(b"\n", b"\r\n") for _, path in home.files())
    for mail in server.served() if isinstance(server, PoorImap) else server.messages:
        if mail in ours:
            ours.remove(mail)
    for mail in ours:
        server.box().add(mail) if isinstance(server, PoorImap) else server.messages.append(mail)


@EACH_WAY
@pytest.mark.parametrize("after", ["keep", "delete"])
@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_our_own_mail_is_no_news(server, authority, home, protocol, after, deduplicate):
    """Nor is it deleted there: that would be the one that is here."""
    home.configure(delivery__deduplicate=deduplicate)
    server.put("anna", [*MAILS, MAILS[-1]])
    home.account("work", server)
    home.sync("work")
    with (PoorImap({"INBOX": []}, authority=authority) if protocol == "imap" else PoorPop3([], authority=authority)) as loop:
        home.account("loop", loop, protocol=protocol, fetch__after=after)
        for turn in range(3):
            serve_our_own(loop, home)
            if turn == 1:
                for _, path in home.files():
                    path.rename(path.parent.parent / "cur" / (path.name.partition(":")[0] + ":2,S"))
            run = home.sync("loop")
            assert_exactly_once([*MAILS, MAILS[-1]], home)
            assert len(home.files()) == len(MAILS) + 1 and home.held() == []
            assert len(loop.served() if protocol == "imap" else loop.messages) == len(MAILS) + 1
        assert run.summary["loop"]["fetched"] == 0


def test_other_mail_under_an_id_of_ours_comes(server, authority, home):
    """Of any size; and what is gone here, since its reader has put it onto the server, comes as well."""
    server.put("anna", MAILS)
    home.account("work", server)
    home.sync("work")
    bare = next(path for _, path in home.files() if b"without an id" in path.read_bytes())
    mail = bare.read_bytes().replace(b"\n", b"\r\n")
    here = home.messages()
    with PoorImap({"INBOX": []}, authority=authority) as loop:
        for forged in (mail.replace(b"hello", b"other"), mail + b"more\r\n", mail.partition(b"X-Inbasket-Account")[0] + b"\r\n"):
            loop.box().add(forged)
        home.account("loop", loop)
        home.sync("loop")
        assert len(home.messages()) == len(here) + 3
        bare.unlink()
        loop.box().add(mail)
        home.sync("loop")
        assert len(home.messages()) == len(here) + 3
        assert b"\nSubject: without an id\n\nhello\n" in b"".join(path.read_bytes() for _, path in home.files())


def sync_beside(own, home, *arguments):
    """What is written meanwhile belongs to whom that server runs as, as all would be one user's; it cannot read it before."""
    run = home.sync(*arguments)
    own.give_away(home.maildir, *home.maildir.rglob("*"))
    return run


WAYS = {"imap": ("imap", {}), "pop3": ("pop3", {}), "pop3-numbers": ("pop3", {"pop3_uidl_format": "%08Xu%08Xv"})}


@EACH_WAY
@pytest.mark.parametrize("annotate", [True, False], ids=["annotated", "bare"])
@pytest.mark.parametrize("after", ["keep", "delete"])
@pytest.mark.parametrize("way", WAYS)
def test_what_a_server_of_our_own_reads_here_is_no_news(server, own_server, home, way, after, annotate, deduplicate):
    """Whatever it does meanwhile with the files that are mail here and there. What somebody sends there is mail like any other, also if
    it has the same bytes as what is here."""
    protocol, options = WAYS[way]
    own = own_server(**options)
    home.configure(delivery__maildir=home.maildir, delivery__annotate=annotate, delivery__deduplicate=deduplicate)
    server.put("anna", [*MAILS, MAILS[-1]])
    home.account("work", server)
    home.account("loop", own, protocol=protocol, fetch__after=after, fetch__folders="INBOX; Junk" if protocol == "imap" else None)
    sync_beside(own, home, "work")
    for turn in range(3):
        if turn == 1:
            with own.imap("anna") as session:
                session.select("INBOX")
                session.store("1:2", "+FLAGS", r"(\Seen)")
        run = sync_beside(own, home, "loop")
        assert_exactly_once([*MAILS, MAILS[-1]], home)
        assert len(home.files()) == len(MAILS) + 1 and home.held() == []
        assert len(own.uids("anna")) == home.counts()["."]
    assert run.summary["loop"]["fetched"] == 0


@pytest.mark.parametrize("annotate", [True, False], ids=["annotated", "bare"])
def test_what_is_equal_to_what_a_server_of_our_own_reads_here_is_news(server, own_server, home, annotate):
    """From another account, or into the Maildir beside us: it stays one more."""
    own = own_server()
    home.configure(delivery__maildir=home.maildir, delivery__annotate=annotate, delivery__deduplicate=False)
    server.append("anna", MAILS[:2], dates=[1_760_000_000] * 2)
    home.account("work", server)
    home.account("loop", own)
    for turn in range(3):
        if turn == 1:
            server.append("anna", MAILS[:2], dates=[1_760_000_000] * 2)
        sync_beside(own, home, "work")
        sync_beside(own, home, "loop")
        assert len(home.files()) == (2 if turn == 0 else 4)
    own.append("anna", MAILS[:1], dates=[1_760_000_000])
    for _ in range(3):
        sync_beside(own, home, "loop")
        assert len(home.files()) == 6, "as it was put there, and as it came here"
    assert home.held() == []


@EACH_WAY
@pytest.mark.parametrize("annotate", [True, False], ids=["annotated", "bare"])
@pytest.mark.parametrize("way", ["move", "copy"])
def test_what_is_moved_on_a_server_of_our_own_stays(server, own_server, home, way, annotate, deduplicate):
    """It is met there under another number, in another mailbox, and is the one file that it has here."""
    own = own_server()
    home.configure(delivery__maildir=home.maildir, delivery__annotate=annotate, delivery__deduplicate=deduplicate)
    server.put("anna", MAILS)
    home.account("work", server)
    home.account("loop", own, fetch__after="delete", fetch__folders="INBOX; Archive")
    sync_beside(own, home, "work")
    sync_beside(own, home, "loop")
    with own.imap("anna") as session:
        session.create("Archive")
        session.select("INBOX")
        session.uid(way.upper(), "1:2", "Archive")
        if way == "copy":
            session.uid("STORE", "1:2", "+FLAGS", r"(\Deleted)")
            session.expunge()
    for _ in range(2):
        sync_beside(own, home, "loop")
        assert home.counts()[".Archive"] == 2 and len(home.files()) == len(MAILS) and home.held() == []


# --- by other ways ----------------------------------------------------------------------------------------------------

@EACH_WAY
@pytest.mark.parametrize("meanwhile", ["nothing", "uidvalidity"])
def test_an_account_that_is_removed_and_added_again(server, home, meanwhile, deduplicate):
    home.configure(delivery__deduplicate=deduplicate)
    server.put("anna", MAILS)
    home.account("work", server)
    home.sync()
    home.run("account", "remove", "work")
    if meanwhile == "uidvalidity":
        server.renumber("anna")
    home.account("work", server)
    home.sync()
    assert_exactly_once(MAILS, home)
    assert len(home.files()) == len(MAILS)


@EACH_WAY
def test_what_is_held_or_gone_under_a_new_uidvalidity(server, home, deduplicate):
    """Discarded by a filter; and deleted by its reader."""
    home.configure(delivery__deduplicate=deduplicate, filter__scripts="drop.sieve")
    home.script("drop", 'if header :is "subject" "without an id" { discard; }\n')
    server.put("anna", MAILS)
    home.account("work", server)
    home.sync()
    home.files()[0][1].unlink()
    here, held = sorted(home.messages()), home.held()
    assert len(here) == len(MAILS) - 2 and len(held) == 1
    for _ in range(2):
        server.renumber("anna")
        home.sync()
        assert sorted(home.messages()) == here and home.held() == held


@EACH_WAY
def test_messages_too_large_for_memory_under_a_new_uidvalidity(server, home, no_filter, deduplicate):
    """33 MiB, with and without an id; read by a filter, and not."""
    home.configure(delivery__deduplicate=deduplicate)
    first, later = generate.big(36, seed=1), generate.big(36, seed=2)
    bare = first.replace(b"Message-ID:", b"X-Other-ID:")
    server.put("anna", [first, bare])
    home.account("work", server)
    home.sync(timeout=PATIENCE * 3)
    server.put("anna", [later])
    home.sync(**no_filter)
    server.renumber("anna")
    home.sync(timeout=PATIENCE * 3)
    assert_exactly_once([first, bare, later], home)
    assert len(home.files()) == 3


@pytest.mark.parametrize("passing", range(1, 7))
@pytest.mark.parametrize("point", ["journal.commit", "delivery.rename", "delivery.write"])
def test_killed_while_it_recognizes(server, home, no_filter, point, passing):
    """What a filter has read by now, what none has, and what is new, in a mailbox that is numbered anew."""
    home.configure(delivery__deduplicate=False)
    read, unread, new = MAILS[:3], MAILS[3:], generate.small(124, 3)
    home.account("work", server, fetch__after="delete-after:14d")
    server.put("anna", read)
    home.sync()
    server.put("anna", unread)
    home.sync(**no_filter)
    server.renumber("anna")
    server.put("anna", new)
    home.sync(env={"IB_FAULT": f"{point}:{passing}"}, status=None)
    home.sync()
    assert_exactly_once([*read, *unread, *new], home)
    due_at_once(home)
    home.sync()
    assert server.uids("anna") == []
