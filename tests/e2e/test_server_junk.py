"""server-junk=move: Junk here and Junk on the server are one, whoever moves what, and each move teaches once."""

import contextlib
import json
import re
import sqlite3

import pytest
from e2e.inbasket import Service, assert_exactly_once
from mail import generate
from servers.poor_imap import Box, PoorImap

MIX = generate.messages(31, 40)
GOOD = [m.data for m in generate.messages(32, 6, kinds=["personal"])]
SPAM = [m.data for m in generate.messages(33, 5, kinds=["spam"])]
TO_JUNK = ("spam", "correction", "moved-on-server")
FROM_JUNK = ("ham", "correction", "moved-on-server")


def account(home, server, name="work", **keys):
    return home.account(name, server, **({"filter__server_junk": "move"} | keys))


def rows(home, query):
    with contextlib.closing(sqlite3.connect(home.state / "journal.db")) as db:
        return db.execute(query).fetchall()


def lessons(home):
    return [("spam" if spam else "ham", "correction" if corrects else "confirmation", why)
            for spam, corrects, why in rows(home, "SELECT is_spam, corrects, why FROM lesson ORDER BY sequence")]


def on_the_phone(server, source, target, mails=None, user="anna"):
    """Another mail program moves messages (or all) from one mailbox of the server to another."""
    with server.imap(user) as session:
        session.create(target)
        session.select(source)
        items = session.uid("FETCH", "1:*", "(BODY.PEEK[])")[1]
        found = [(item[0].partition(b"UID ")[2].split()[0].decode(), item[1]) for item in items if isinstance(item, tuple)]
        uids = [uid for uid, data in found if mails is None or data in mails]
        assert uids
        status, answer = session.uid("MOVE", ",".join(uids), target)
        assert status == "OK", answer


def teach(home, tmp_path):
    """So much that the classifier dares to say what is good."""
    for label, kinds in ("ham", ["personal"]), ("spam", ["spam"]):
        folder = tmp_path / label
        folder.mkdir()
        for number, message in enumerate(generate.messages(40 + len(label), 60, kinds=kinds)):
            (folder / f"{number:03}").write_bytes(message.data)
        home.run("learn", label, folder)


def log(home):
    return {line["message_id"]: line for line in home.run("log", "--junk", "--json").lines}


# What is spam here goes into Junk there

@pytest.mark.parametrize("after", ["keep", "move:Done", "delete-after:14d"])
def test_spam_is_moved(server, home, after):
    server.put("anna", [m.data for m in MIX])
    account(home, server, fetch__after=after)
    home.sync()
    spam = [m.data for m in MIX if m.kind == "spam"]
    assert spam and sorted(server.served("anna", "Junk")) == sorted(spam)
    good = [m.data for m in MIX if m.kind != "spam"]
    assert sorted(server.served("anna", "Done" if after == "move:Done" else "INBOX")) == sorted(good)
    assert_exactly_once([m.data for m in MIX], home)
    before = home.counts()
    assert home.sync().delivered == [] and home.sync().delivered == []
    assert home.counts() == before and home.held() == [], "what we moved is no new mail, and no duplicate"
    assert lessons(home) == []


def test_what_was_moved_is_not_fetched_again(server, home):
    """Dovecot says where it is now (COPYUID), once we know that mailbox."""
    server.mailbox("anna", "Junk")
    account(home, server)
    home.sync()
    server.put("anna", SPAM[:3] + GOOD[:1])
    run = home.sync()
    spam = [line["id"] for line in run.delivered if line["target"] == "Junk"]
    assert run.summary["work"]["fetched"] == 4
    assert home.sync().summary["work"]["fetched"] == 0
    assert [json.loads(home.run("why", "--json", one).out)["on_server"] for one in spam] == ["junked"] * 3
    assert "It was moved into Junk on its server." in home.run("why", spam[0]).out
    assert len(server.uids("anna", "Junk")) == 3
    on_the_phone(server, "Junk", "INBOX", SPAM[:1])
    home.sync()
    home.sync()
    assert home.counts() == {".": 2, ".Junk": 2} and lessons(home) == [FROM_JUNK]


def test_deleted_all_the_same(server, home):
    server.put("anna", SPAM + GOOD)
    account(home, server, fetch__after="delete")
    home.sync()
    assert server.uids("anna") == [] and server.uids("anna", "Junk") == []
    assert_exactly_once(SPAM + GOOD, home)


def test_nothing_is_moved_unasked(server, home):
    server.put("anna", SPAM)
    home.account("work", server)
    home.sync()
    assert len(server.uids("anna")) == len(SPAM)


@pytest.mark.parametrize("junk", ["Spam", "Junk E-mail"])
@pytest.mark.parametrize("lacks", [set(), {"MOVE", "UIDPLUS"}], ids=["rich", "poor"])
def test_the_usual_names(authority, home, junk, lacks):
    with PoorImap({"INBOX": SPAM, junk: Box(uidvalidity=5)}, lacks=lacks, authority=authority) as server:
        account(home, server)
        home.sync()
        assert server.served() == [] and sorted(server.served(junk)) == sorted(SPAM)
        home.sync()
        home.sync()
        assert sorted(server.served(junk)) == sorted(SPAM)
        assert_exactly_once(SPAM, home)
        assert home.held() == []


def test_a_copy_elsewhere_goes_with_it(start, home):
    """Of twins one is here; the server of each account is told all the same."""
    server = start(users={"anna": "secret", "bert": "secret"})
    for user in server.users:
        server.put(user, SPAM[:2])
        account(home, server, user, user=user)
    home.sync()
    assert home.counts() == {".Junk": 2}
    for user in server.users:
        assert server.uids(user) == [] and len(server.uids(user, "Junk")) == 2


# The server's Junk is read

def test_junk_on_the_server_is_junk_here(server, home):
    server.put("anna", GOOD[:2])
    server.put("anna", GOOD[2:4] + SPAM[:1], mailbox="Junk")
    account(home, server)
    run = home.sync()
    assert home.counts() == {".": 2, ".Junk": 3} and run.summary["work"]["junk"] == 3
    assert all(line["reasons"].split(",")[0] == "junk-on-server" for line in log(home).values())
    assert len(server.uids("anna", "Junk")) == 3, "there it stays"
    home.sync()
    assert lessons(home) == [], "what a server thinks teaches nothing"


def test_junk_is_not_read_unasked(server, home):
    server.put("anna", GOOD, mailbox="Junk")
    home.account("work", server)
    assert home.sync().delivered == []


def test_good_mail_is_offered_and_rescued(server, home, tmp_path):
    account(home, server)
    teach(home, tmp_path)
    server.put("anna", GOOD[:1] + SPAM[:1], mailbox="Junk")
    home.sync()
    found = log(home)
    offered = [line for line in found.values() if line["rescue"]]
    assert len(found) == 2 and [line["verdict"] for line in offered] == ["ham"]
    assert f"inbasket undo {offered[0]['id'][:8]}" in home.run("log", "--junk").out

    home.run("undo", offered[0]["id"])
    assert home.counts() == {".": 1, ".Junk": 1}
    home.sync()
    assert server.served("anna") == GOOD[:1] and server.served("anna", "Junk") == SPAM[:1]
    assert lessons(home)[-1] == ("ham", "correction", "undone")
    taught = len(lessons(home))
    home.sync()
    home.sync()
    assert json.loads(home.run("why", "--json", offered[0]["id"]).out)["on_server"] == "rescued"
    assert home.counts() == {".": 1, ".Junk": 1} and home.held() == [], "it does not come back as new mail"
    assert len(lessons(home)) == taught and server.served("anna") == GOOD[:1]
    assert not any(line["rescue"] for line in log(home).values())


@pytest.mark.parametrize("folders", ["INBOX; Junk", "Junk"])
def test_our_own_mistake_is_taken_back_though_nothing_else_is_to_be_done(server, home, folders):
    """The account wants nothing done on its server any more, but its user does, be it in the last mailbox that is looked at."""
    server.mailbox("anna", "Junk")
    account(home, server)
    home.sync()
    server.put("anna", SPAM[:2])
    home.sync()
    account(home, server, filter__server_junk="none", fetch__folders=folders)
    home.sync()
    home.run("undo", home.run("log", "--junk", "--json").lines[0]["id"])
    home.sync()
    assert len(server.served("anna")) == len(server.served("anna", "Junk")) == 1


@pytest.mark.parametrize("sorted_by", ["us", "us-not-yet-there"])
def test_our_own_mistake_is_taken_back_there_too(server, home, sorted_by):
    server.put("anna", SPAM[:1])
    home.account("work", server)
    if sorted_by == "us":
        account(home, server)
    identity = home.sync().delivered[0]["id"]
    home.run("undo", identity)
    account(home, server)
    home.sync()
    home.sync()
    assert server.served("anna") == SPAM[:1] and home.counts() == {".": 1}
    assert home.held() == [] and lessons(home) == [], "undo of what we did teaches nothing"


def test_good_mail_through_another_account_is_not_held_back(start, home):
    """One server called it junk, the other did not: it is not left in Junk for that."""
    server = start(users={"anna": "secret", "bert": "secret"})
    server.put("anna", GOOD[:1], mailbox="Junk")
    account(home, server, "one", user="anna")
    home.sync()
    assert home.counts() == {".Junk": 1}
    server.put("bert", GOOD[:1])
    account(home, server, "two", user="bert")
    home.sync()
    assert home.counts() == {".": 1} and len(home.held()) == 1
    assert server.served("bert") == GOOD[:1]


# What the user moves there teaches

@pytest.mark.parametrize("layout", ["maildir++", "fs"])
def test_moved_into_junk_on_the_phone(server, home, layout):
    home.configure(delivery__layout=layout)
    server.put("anna", GOOD[:3])
    account(home, server)
    home.sync()
    on_the_phone(server, "INBOX", "Junk", GOOD[:1])
    home.sync()
    assert home.counts() == {".": 2, "Junk" if layout == "fs" else ".Junk": 1}
    home.sync()
    assert lessons(home) == [TO_JUNK]
    home.sync()
    assert lessons(home) == [TO_JUNK] and home.held() == []
    assert len(server.uids("anna")) == 2 and len(server.uids("anna", "Junk")) == 1


def test_moved_out_of_junk_on_the_phone(server, home):
    server.put("anna", SPAM[:2])
    account(home, server)
    home.sync()
    on_the_phone(server, "Junk", "INBOX", SPAM[:1])
    home.sync()
    assert home.counts() == {".": 1, ".Junk": 1}
    home.sync()
    assert lessons(home) == [FROM_JUNK]
    home.sync()
    assert lessons(home) == [FROM_JUNK] and home.held() == []
    assert server.served("anna") == SPAM[:1], "it is not moved back"


@pytest.mark.parametrize("source,target,lesson", [("INBOX", "Junk", TO_JUNK), ("Junk", "INBOX", FROM_JUNK)], ids=["in", "out"])
def test_what_is_left_on_the_server_at_first_was_moved_all_the_same(server, home, source, target, lesson):
    """By its size here, which is what a metered network does as well."""
    mails = GOOD[:1] if source == "INBOX" else SPAM[:1]
    server.put("anna", mails)
    account(home, server)
    home.sync()
    on_the_phone(server, source, target)
    account(home, server, fetch__max_size="100")
    home.sync(status=(0, 1))
    account(home, server)
    home.sync()
    assert home.counts() == {".Junk" if target == "Junk" else ".": 1}
    home.sync()
    assert lessons(home) == [lesson]
    assert_exactly_once(mails, home)


def test_to_and_fro(server, home):
    server.put("anna", GOOD[:1])
    account(home, server)
    home.sync()
    for turn in range(2):
        on_the_phone(server, "INBOX", "Junk")
        home.sync()
        assert home.messages(".Junk") and not home.messages("."), turn
        on_the_phone(server, "Junk", "INBOX")
        home.sync()
        assert home.messages(".") and not home.messages(".Junk"), turn
    home.sync()
    assert lessons(home)[-1] == FROM_JUNK and home.held() == []
    assert_exactly_once(GOOD[:1], home)


def test_what_the_user_put_elsewhere_here_stays(server, home):
    server.put("anna", GOOD[:1])
    account(home, server)
    home.sync()
    home.sync()
    (_, path), = home.files()
    for part in ("cur", "new", "tmp"):
        (home.maildir / ".Keep" / part).mkdir(parents=True)
    path.rename(home.maildir / ".Keep" / "cur" / f"{path.name.split(':')[0]}:2,S")
    on_the_phone(server, "INBOX", "Junk")
    home.sync()
    home.sync()
    assert home.messages(".Keep") and lessons(home)[-1] == TO_JUNK


def test_a_junk_folder_that_cannot_be_used_holds_up_nothing(server, home):
    server.put("anna", GOOD[:2])
    account(home, server)
    home.sync()
    (home.maildir / ".Junk").write_bytes(b"")
    on_the_phone(server, "INBOX", "Junk", GOOD[:1])
    server.put("anna", GOOD[2:3])
    run = home.sync(status=1)
    assert run.summary["work"]["delivered"] == 1
    assert re.search("message [0-9a-f]+ was moved on the server, and stays where it is here: .*Junk", run.err)
    assert home.sync().summary["work"]["fetched"] == 0
    assert_exactly_once(GOOD[:3], home)
    assert lessons(home) == [TO_JUNK]


@pytest.mark.parametrize("moved", ["by-us", "on-the-phone"])
def test_uids_that_begin_anew_are_no_moved_mail(authority, home, moved):
    """What had one of these numbers stands in Junk now; what has it now is new."""
    mails = [GOOD[0], SPAM[0] if moved == "by-us" else GOOD[1], GOOD[2]]
    with PoorImap({"INBOX": mails, "Junk": Box(uidvalidity=5)}, authority=authority) as server:
        account(home, server)
        home.sync()
        box = server.box()
        if moved == "on-the-phone":
            gone = box.items.pop(1)
            server.box("Junk").add(gone.data, date=gone.date)
            home.sync()
        assert server.served("Junk") == mails[1:2]
        box.items, box.next = box.items[:1], 2
        box.add(GOOD[3])
        home.sync()
        for mail in GOOD[4:6]:
            box.add(mail)
            home.sync()
        assert_exactly_once([*mails, *GOOD[3:6]], home)
        box.items, box.next = box.items[:1], 2
        box.add(mails[1])
        home.sync()
        assert_exactly_once([*mails, *GOOD[3:6]], home)


def test_deletion_teaches_nothing(server, home):
    server.put("anna", GOOD[:1] + SPAM[:1])
    account(home, server)
    home.sync()
    for mailbox in ("INBOX", "Junk"):
        with server.imap("anna") as session:
            session.select(mailbox)
            session.uid("STORE", "1:*", "+FLAGS", r"(\Deleted)")
            session.expunge()
    home.sync()
    home.sync()
    assert lessons(home) == [] and home.counts() == {".": 1, ".Junk": 1}


@pytest.mark.parametrize("learns", [True, False], ids=["", "no-learning"])
@pytest.mark.parametrize("after", ["keep", "delete"])
def test_what_is_gone_here_comes_again(server, home, after, learns):
    """Junk is emptied here, and the phone finds good mail in it: that is wanted, and on the server alone."""
    home.configure(filter__learn_from_moves=learns)
    server.put("anna", GOOD[:1] + SPAM[:1], mailbox="Junk")
    account(home, server, fetch__after=after)
    home.sync()
    home.sync()
    for _, path in home.files():
        path.unlink()
    on_the_phone(server, "Junk", "INBOX")
    home.sync()
    assert home.counts() == {".": 2}
    assert_exactly_once(GOOD[:1] + SPAM[:1], home)
    assert len(server.uids("anna")) == (0 if after == "delete" else 2) and not server.uids("anna", "Junk")
    home.sync()
    assert home.counts() == {".": 2} and lessons(home) == []


def test_what_was_discarded_is_delivered_when_the_user_wants_it(server, home):
    home.script("drop", "discard;\n")
    home.configure(filter__scripts="drop.sieve")
    server.put("anna", SPAM[:1], mailbox="Junk")
    account(home, server)
    home.sync()
    assert home.counts() == {} and server.served("anna", "Junk") == SPAM[:1]
    on_the_phone(server, "Junk", "INBOX")
    home.sync()
    home.sync()
    assert home.counts() == {".": 1} and server.served("anna") == SPAM[:1], "it is not thrown away again"


def test_a_second_delivery_is_no_move(server, home):
    """The server's filter puts another copy of a mail into Junk: the first stays where it is."""
    server.put("anna", GOOD[:1], dates=[1790000000])
    account(home, server)
    home.sync()
    server.put("anna", GOOD[:1], mailbox="Junk", dates=[1790000900])
    home.sync()
    home.sync()
    assert home.counts() == {".": 1} and len(home.held()) == 1 and lessons(home) == []


def test_nothing_is_learned_where_moves_teach_nothing(server, home):
    home.configure(filter__learn_from_moves=False)
    server.put("anna", GOOD[:1])
    account(home, server)
    home.sync()
    on_the_phone(server, "INBOX", "Junk")
    home.sync()
    home.sync()
    assert home.counts() == {".": 1} and lessons(home) == [] and home.held() == []


@pytest.mark.parametrize("mailbox", ["INBOX", "Junk"])
def test_a_renumbered_mailbox_teaches_nothing(server, home, mailbox):
    server.put("anna", GOOD[:2] + SPAM[:2])
    account(home, server)
    home.sync()
    server.renumber("anna", mailbox)
    home.sync()
    home.sync()
    assert home.counts() == {".": 2, ".Junk": 2} and lessons(home) == [] and home.held() == []


def test_our_own_mistake_is_taken_back_before_it_is_found_there(authority, home):
    """Its server does not tell where it was moved to, and it is met in Junk once its user has taken it back."""
    with PoorImap({"INBOX": SPAM[:1]}, lacks={"UIDPLUS"}, authority=authority) as server:
        account(home, server)
        identity = home.sync().delivered[0]["id"]
        home.run("undo", identity)
        assert json.loads(home.run("why", "--json", identity).out)["on_server"] == "to-rescue"
        home.sync()
        home.sync()
        assert json.loads(home.run("why", "--json", identity).out)["on_server"] == "rescued"
        assert server.served() == SPAM[:1] and home.counts() == {".": 1}
        assert home.held() == [] and lessons(home) == []


@pytest.mark.parametrize("renumbered", ["INBOX", "Junk"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_our_own_mistake_is_taken_back_out_of_a_renumbered_mailbox(server, home, renumbered, when):
    server.put("anna", SPAM[:1])
    account(home, server)
    identity = home.sync().delivered[0]["id"]
    if when == "before":
        home.sync()
        server.renumber("anna", renumbered)
        home.sync()
    home.run("undo", identity)
    if when == "after":
        server.renumber("anna", renumbered)
    home.sync()
    home.sync()
    assert server.served("anna") == SPAM[:1] and server.served("anna", "Junk") == []
    assert home.counts() == {".": 1} and home.held() == [] and lessons(home) == []


# Crashes

POINTS = ["journal.intend", "journal.commit", "journal.settled", "journal.delivered", "delivery.rename", "delivery.sync-folder", "maildir.move"]


@pytest.mark.parametrize("passing", [1, 2, 3, 4])
@pytest.mark.parametrize("point", POINTS)
def test_killed_anywhere(server, home, point, passing):
    """Moved by us, by the phone both ways, and taken back: whatever is cut short, each is done once."""
    server.put("anna", SPAM[:2] + GOOD[:2])
    account(home, server)
    home.sync()
    on_the_phone(server, "INBOX", "Junk", GOOD[:1])
    on_the_phone(server, "Junk", "INBOX", SPAM[:1])
    server.put("anna", SPAM[2:3] + GOOD[2:3])
    server.put("anna", SPAM[3:4], mailbox="Junk")
    run = home.sync(env={"IB_FAULT": f"{point}:{passing}"}, status=(0, -9))
    assert run.status == -9 or passing > 1, "the point was never passed"
    home.sync()
    home.sync()
    home.sync()
    assert_exactly_once(SPAM[:4] + GOOD[:3], home)
    assert home.counts() == {".": 3, ".Junk": 4} and home.held() == []
    assert sorted(server.served("anna")) == sorted(SPAM[:1] + GOOD[1:3])
    assert sorted(server.served("anna", "Junk")) == sorted(SPAM[1:4] + GOOD[:1])
    labels = sorted(label for label, _, _ in lessons(home))
    assert labels == ["ham", "spam"]


@pytest.mark.parametrize("point", ["journal.copied:1", "journal.commit:4", "journal.settled:1"])
def test_killed_where_a_move_is_a_copy(authority, home, point):
    with PoorImap({"INBOX": SPAM[:2], "Junk": Box(uidvalidity=5)}, lacks={"MOVE", "UIDPLUS"}, authority=authority) as server:
        account(home, server)
        home.sync(env={"IB_FAULT": point}, status=-9)
        for _ in range(3):
            home.sync()
        assert server.served() == [] and set(server.served("Junk")) == set(SPAM[:2])
        assert home.counts() == {".Junk": 2} and lessons(home) == []
        again = len(server.served("Junk")) - 2      # copied, and killed before that was known
        assert len(home.held()) == again and (again == 0 or point == "journal.copied:1")


# One that cannot be

def test_pop3_says_so(server, home):
    home.account("work", server, protocol="pop3", filter__server_junk="move")
    run = home.sync(status=3)
    assert "POP3 cannot move mail" in run.err + run.out + json.dumps(run.lines)


# With the service, at once

def test_what_the_phone_moves_is_learned_while_the_service_runs(server, home):
    server.put("anna", GOOD[:2])
    server.mailbox("anna", "Junk")
    account(home, server)
    with Service(home) as running:
        running.until(lambda: len(home.files()) == 2, "the delivery")
        on_the_phone(server, "INBOX", "Junk", GOOD[:1])
        running.until(lambda: lessons(home) == [TO_JUNK], "the lesson")
        assert home.counts() == {".": 1, ".Junk": 1}
        server.append("anna", SPAM[:1])
        running.until(lambda: server.served("anna", "Junk") == GOOD[:1] + SPAM[:1], "the move of new spam")
        on_the_phone(server, "Junk", "INBOX", SPAM[:1])
        running.until(lambda: lessons(home) == [TO_JUNK, FROM_JUNK], "the second lesson")
        assert home.held() == []
