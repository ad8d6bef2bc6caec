"""The user moves, reads and answers mail, in whatever mail client, and the classifier learns."""

import contextlib
import itertools
import json
import os
import shutil
import sqlite3

import pytest
from crash.ledger import Ledger
from mail import generate

DAY = 86_400_000_000
LAYOUTS = {"maildir++": ".{}", "fs": "{}"}
serial = itertools.count(1)

# How mail clients name a file that they move: from its name, without flags.
CLIENTS = {
    "keeps-the-name": lambda base: base,
    "drops-the-size": lambda base: base.split(",")[0],
    "mutt": lambda base: f"1800000000.R{next(serial)}_1.desk",
    "evolution": lambda base: f"1800000000.4711_{next(serial)}.desk",
    "mbsync": lambda base: f"1800000000.4711_{next(serial)}.desk,U={next(serial)}",
    "offlineimap": lambda base: f"1800000000_{next(serial)}.4711.desk,U={next(serial)},FMD5=4ae71336e44bf9bf79d2752e234818a5",
    "dovecot": lambda base: f"1800000000.M{next(serial)}P4711.desk,S=700,W=720",
    "akonadi": lambda base: f"1800000000.R{next(serial)}.desk",
}
KEEPING = ("keeps-the-name", "drops-the-size")


def mail(kind="personal", seed=1):
    return generate.messages(seed, 1, kinds=[kind])[0].data


def deliver(server, home, *messages):
    """Fetches the messages; the sync of each test begins with a Maildir that was looked at once."""
    server.put("anna", messages)
    if not home.accounts.exists():
        home.account("work", server)
    return home.sync().delivered


def folder(home, name, layout="maildir++"):
    """The directory of a folder, made as a client makes one."""
    path = home.maildir if name == "INBOX" else home.maildir / LAYOUTS[layout].format(name)
    for part in ("cur", "new", "tmp"):
        (path / part).mkdir(parents=True, exist_ok=True)
    return path


def move(home, path, to, flags="S", client="keeps-the-name", layout="maildir++"):
    """As a mail client does it: into cur/, with flags. Returns the new path."""
    base = CLIENTS[client](path.name.split(":")[0])
    target = folder(home, to, layout) / "cur" / f"{base}:2,{flags}"
    path.rename(target)
    return target


def only_file(home):
    (_, path), = home.files()
    return path


def rows(home, query):
    with contextlib.closing(sqlite3.connect(home.state / "journal.db")) as db:
        return db.execute(query).fetchall()


def lessons(home):
    """[(label, force, why)] in the order in which they were learned."""
    return [("spam" if spam else "ham", "correction" if corrects else "confirmation", why)
            for spam, corrects, why in rows(home, "SELECT is_spam, corrects, why FROM lesson ORDER BY sequence")]


def people(home):
    return {address for address, in rows(home, "SELECT address FROM person")}


def days_pass(home, days):
    """All that the journal knows happened so many days earlier."""
    with contextlib.closing(sqlite3.connect(home.state / "journal.db")) as db:
        db.execute("UPDATE message SET delivered_at = delivered_at - ?", (int(days * DAY),))
        db.execute("UPDATE file SET since = since - ? WHERE since > 0", (int(days * DAY),))
        db.execute("UPDATE due_lesson SET at = at - ?", (int(days * DAY),))
        db.commit()


TO_JUNK = ("spam", "correction", "moved")
FROM_JUNK = ("ham", "correction", "moved")


# Corrections

@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("client", CLIENTS)
def test_moved_into_junk_by_any_client(server, home, client, layout):
    home.configure(delivery__layout=layout)
    deliver(server, home, mail())
    home.sync()
    move(home, only_file(home), "Junk", client=client, layout=layout)
    home.sync()
    assert lessons(home) == [TO_JUNK]
    home.sync()
    assert lessons(home) == [TO_JUNK], "once"


@pytest.mark.parametrize("client", ["keeps-the-name", "mutt"])
def test_moved_out_of_junk(server, home, client):
    deliver(server, home, mail("spam"))
    assert home.counts() == {".Junk": 1}
    move(home, only_file(home), "INBOX", client=client)
    home.sync()
    assert lessons(home) == [FROM_JUNK]


@pytest.mark.parametrize("client", ["keeps-the-name", "mutt"])
def test_moved_out_of_junk_that_could_not_be_looked_at_before(server, home, tmp_path, client):
    """What stood there then was not gone."""
    deliver(server, home, mail("spam"))
    home.sync()
    ledger, junk = Ledger(tmp_path / "ledger"), home.maildir / ".Junk"
    home.sync(env=ledger.environment((junk,), call="EIO:1+"))
    assert ledger.fired > 0 and rows(home, "SELECT is_gone FROM file") == [(0,)]
    move(home, only_file(home), "INBOX", client=client)
    home.sync()
    assert lessons(home) == [FROM_JUNK]


@pytest.mark.parametrize("client", ["keeps-the-name", "mutt", "mbsync"])
def test_back_and_forth(server, home, client):
    """A move back trains the opposite label, in the place of the first lesson."""
    deliver(server, home, mail())
    for there, expected in (("Junk", TO_JUNK), ("INBOX", FROM_JUNK), ("Junk", TO_JUNK)):
        move(home, only_file(home), there, client=client)
        home.sync()
        assert lessons(home) == [expected]


def test_there_and_back_between_two_looks_is_nothing(server, home):
    deliver(server, home, mail())
    home.sync()
    move(home, move(home, only_file(home), "Junk", client="mutt"), "INBOX", flags="", client="mutt")
    home.sync()
    assert lessons(home) == []


@pytest.mark.parametrize("name", ["Spam", "Junk.2026", "INBOX.Junk", "Work.Junk E-mail", "Bulk Mail", "Unerw&APw-nscht"])
def test_names_of_junk(server, home, name):
    deliver(server, home, mail())
    move(home, only_file(home), name)
    home.sync()
    assert lessons(home) == [TO_JUNK]


def test_first_copied_and_removed_much_later(server, home):
    """As mutt does with a message that is saved elsewhere, and others that copy and expunge."""
    deliver(server, home, mail())
    home.sync()
    path = only_file(home)
    shutil.copy(path, folder(home, "Junk") / "cur" / "1800000000.R77_1.desk:2,S")
    home.sync()
    assert lessons(home) == [], "a copy of a message that still stands is nothing"
    home.sync()
    path.unlink()
    home.sync()
    assert lessons(home) == [TO_JUNK]


def test_copied_under_its_name_and_removed_later(server, home):
    deliver(server, home, mail())
    path = only_file(home)
    shutil.copy(path, folder(home, "Junk") / "cur" / (path.name + ":2,S"))
    home.sync()
    assert lessons(home) == []
    path.unlink()
    home.sync()
    assert lessons(home) == [TO_JUNK]


def test_a_correction_after_a_confirmation_counts(server, home):
    deliver(server, home, mail())
    path = move(home, only_file(home), "INBOX")
    days_pass(home, 2)
    home.sync()
    assert lessons(home) == [("ham", "confirmation", "read")]
    move(home, path, "Junk")
    home.sync()
    assert lessons(home) == [TO_JUNK]


def test_from_before_there_was_a_classifier(server, home):
    """Learned of at the first look, however long ago it was moved."""
    home.configure(filter__learn_from_moves=False)
    deliver(server, home, mail())
    move(home, only_file(home), "Junk")
    home.sync()
    home.configure(filter__learn_from_moves=True)
    home.sync()
    assert lessons(home) == [TO_JUNK]


def test_many_at_once_are_all_learned(server, home):
    deliver(server, home, *generate.small(7, 60))
    for _, path in home.files():
        move(home, path, "Junk", client="mutt")
    home.sync()
    assert lessons(home) == [TO_JUNK] * 60


def test_where_no_filter_runs_it_stays_due(server, home, tmp_path):
    deliver(server, home, mail())
    move(home, only_file(home), "Junk")
    home.sync(status=None, env={"INBASKET_LIBEXECDIR": tmp_path})
    assert lessons(home) == []
    home.sync()
    assert lessons(home) == [TO_JUNK]


def test_a_file_that_gets_another_name_meanwhile_stays_due(server, home, tmp_path):
    """A client that sets a flag between the look and the lesson takes no correction back."""
    deliver(server, home, mail())
    path = move(home, only_file(home), "Junk", flags="")
    for part in ("cur", "new"):
        os.utime(path.parents[1] / part, (1_700_000_000, 1_700_000_000))
    home.sync(status=None, env={"INBASKET_LIBEXECDIR": tmp_path})
    path = path.rename(path.with_name(path.name + "S"))
    os.utime(path.parent, (1_700_000_000, 1_700_000_000))
    home.sync()
    assert lessons(home) == []
    os.utime(path.parent)
    home.sync()
    assert lessons(home) == [TO_JUNK]


@pytest.mark.parametrize("client", CLIENTS)
def test_told_by_id_whatever_its_name(server, home, client):
    delivered, = deliver(server, home, mail())
    move(home, only_file(home), "Archive", flags="", client=client)
    home.sync()
    home.run("learn", "spam", delivered["id"])
    assert rows(home, "SELECT lower(hex(message)), is_spam FROM lesson") == [(delivered["id"], 1)]
    assert rows(home, "SELECT taught FROM message") == [(2,)]


def test_what_was_said_of_a_copy_counts(server, home, tmp_path):
    """That the user read the message does not take back what he said of the same one elsewhere."""
    deliver(server, home, mail())
    path = move(home, only_file(home), "INBOX")
    copy = shutil.copy(path, tmp_path / "copy")
    home.run("learn", "spam", copy)
    days_pass(home, 2)
    home.sync()
    assert lessons(home) == [("spam", "correction", "command")]


# What teaches nothing

@pytest.mark.parametrize("name", ["Trash", "Deleted Items", "Deleted Messages", "Papierkorb", "INBOX.Trash", "Drafts", "Sent", "Templates",
                                  "Old spam", "Junk-2025"])
def test_moved_aside(server, home, name):
    deliver(server, home, mail(), mail("spam", 2))
    home.sync()
    for _, path in home.files():
        move(home, path, name)
    days_pass(home, 10)
    home.sync()
    days_pass(home, 10)
    home.sync()
    assert lessons(home) == []


def test_emptying_junk(server, home):
    deliver(server, home, *[m.data for m in generate.messages(3, 5, kinds=["spam"])])
    home.sync()
    for _, path in home.files():
        path.unlink()
    home.sync()
    assert lessons(home) == []


def test_removing_junk_as_a_whole(server, home):
    deliver(server, home, mail("spam"))
    home.sync()
    shutil.rmtree(home.maildir / ".Junk")
    home.sync()
    assert lessons(home) == []


def test_deleted(server, home):
    deliver(server, home, mail())
    path = move(home, only_file(home), "INBOX", flags="ST")
    days_pass(home, 3)
    home.sync()
    path.unlink()
    home.sync()
    assert lessons(home) == []


def test_unread(server, home):
    deliver(server, home, mail())
    days_pass(home, 30)
    home.sync()
    home.sync()
    assert lessons(home) == []


def test_read_today(server, home):
    deliver(server, home, mail())
    move(home, only_file(home), "INBOX")
    home.sync()
    assert lessons(home) == []


@pytest.mark.parametrize("flags", ["", "S"])
def test_a_renamed_folder(server, home, flags):
    """Its messages were not moved out of Junk."""
    deliver(server, home, mail("spam"))
    move(home, only_file(home), "Junk", flags=flags)
    home.sync()
    (home.maildir / ".Junk").rename(home.maildir / ".Attic")
    home.sync()
    days_pass(home, 2)
    home.sync()
    assert lessons(home) == []


@pytest.mark.parametrize("was_seen", [True, False], ids=["seen-before", "not-seen-before"])
def test_a_maildir_in_the_other_layout(server, home, was_seen):
    """Who tries the other layout has moved nothing, nor has a program that moves each file over to it."""
    home.script("own", 'require "fileinto"; fileinto "Junk";')
    home.configure(filter__scripts="own.sieve")
    deliver(server, home, mail())
    if was_seen:
        home.sync()
    for layout in ("fs", "maildir++"):
        home.configure(filter__scripts="own.sieve", delivery__layout=layout)
        home.sync()
    home.configure(filter__scripts="own.sieve", delivery__layout="fs")
    move(home, only_file(home), "Junk", layout="fs")
    home.sync()
    assert lessons(home) == []


def test_not_if_it_is_not_wanted(server, home):
    home.configure(filter__learn_from_moves=False)
    deliver(server, home, mail())
    move(home, only_file(home), "Junk")
    home.sync()
    assert lessons(home) == []


def test_a_dry_run_learns_nothing(server, home):
    deliver(server, home, mail())
    move(home, only_file(home), "Junk")
    home.run("sync", "--dry-run")
    assert lessons(home) == []


# Confirmations

def test_read_for_a_day(server, home):
    deliver(server, home, mail())
    move(home, only_file(home), "INBOX")
    home.sync()
    days_pass(home, 1.01)
    home.sync()
    assert lessons(home) == [("ham", "confirmation", "read")]


def test_read_and_marked_unread_again(server, home):
    deliver(server, home, mail())
    path = move(home, only_file(home), "INBOX")
    home.sync()
    move(home, path, "INBOX", flags="")
    days_pass(home, 3)
    home.sync()
    assert lessons(home) == []


def test_flagged_for_a_day(server, home):
    deliver(server, home, mail())
    move(home, only_file(home), "INBOX", flags="F")
    days_pass(home, 2)
    home.sync()
    assert lessons(home) == [("ham", "confirmation", "read")]


def test_read_on_the_server(server, home):
    server.put("anna", [mail()], flags="S")
    home.account("work", server)
    home.sync()
    days_pass(home, 2)
    home.sync()
    assert lessons(home) == [("ham", "confirmation", "read")]


def test_answered(server, home):
    message = b"From: Berta <Berta@friends.example>\r\nTo: anna@example.com\r\nSubject: hi\r\nMessage-ID: <1@friends.example>\r\n\r\nhi\r\n"
    deliver(server, home, message)
    move(home, only_file(home), "INBOX", flags="RS")
    home.sync()
    assert lessons(home) == [("ham", "confirmation", "answered")]
    assert people(home) == {"berta@friends.example"}


def test_answered_after_it_was_learned(server, home):
    message = b"From: Berta <berta@friends.example>\r\nTo: anna@example.com\r\nSubject: hi\r\nMessage-ID: <1@friends.example>\r\n\r\nhi\r\n"
    deliver(server, home, message)
    path = move(home, only_file(home), "INBOX")
    days_pass(home, 2)
    home.sync()
    assert people(home) == set()
    move(home, path, "INBOX", flags="RS")
    home.sync()
    assert people(home) == {"berta@friends.example"}
    assert lessons(home) == [("ham", "confirmation", "read")]


def test_filed(server, home):
    deliver(server, home, mail())
    move(home, only_file(home), "Archive")
    home.sync()
    assert lessons(home) == [("ham", "confirmation", "filed")]


def test_left_in_junk(server, home):
    deliver(server, home, mail("spam"))
    days_pass(home, 3)
    home.sync()
    assert lessons(home) == []
    days_pass(home, 5)
    home.sync()
    assert lessons(home) == [("spam", "confirmation", "left-in-junk")]


def test_put_into_junk_by_a_rule_and_left_there(server, home):
    home.script("mine", 'require "fileinto";\nfileinto "Junk";\n')
    home.configure(filter__scripts="mine.sieve")
    deliver(server, home, mail())
    days_pass(home, 8)
    home.sync()
    assert lessons(home) == [("spam", "confirmation", "left-in-junk")]


def test_confirmations_have_their_limit_and_go_on(server, home):
    server.put("anna", generate.small(8, 500), flags="S")
    home.account("work", server)
    home.sync()
    days_pass(home, 2)
    home.sync()
    first = len(lessons(home))
    assert 0 < first < 500
    home.sync()
    assert len(lessons(home)) == 500


# Whom the user writes with

SENT = (b"From: Anna <anna@example.com>\r\nTo: Berta <berta@friends.example>, carl@friends.example\r\nCc: anna@example.com\r\n"
        b"Subject: hi\r\nMessage-ID: <2@example.com>\r\n\r\nhi\r\n")


@pytest.mark.parametrize("name", ["Sent", "Sent Items", "Gesendet", "INBOX.Sent"])
def test_sent_from_a_client(server, home, name):
    deliver(server, home, mail())
    path = folder(home, name) / "cur" / "1800000000.R1_1.desk:2,S"
    path.write_bytes(SENT.replace(b"\r\n", b"\n"))
    home.sync()
    assert {"berta@friends.example", "carl@friends.example"} <= people(home)
    assert lessons(home) == [], "the user's own mail is no incoming mail"


def test_a_stranger_s_mail_in_sent_makes_nobody_known(server, home):
    deliver(server, home, mail())
    path = folder(home, "Sent") / "cur" / "1800000000.R1_1.desk:2,S"
    path.write_bytes(SENT.replace(b"anna@example.com", b"eve@bad.example").replace(b"\r\n", b"\n"))
    home.sync()
    assert people(home) == set()


def test_sent_on_the_server(server, home):
    home.account("work", server, fetch__folders="INBOX;Sent")
    server.put("anna", [SENT], mailbox="Sent", flags="S")
    home.sync()
    days_pass(home, 2)
    home.sync()
    assert {"berta@friends.example", "carl@friends.example"} <= people(home)
    assert lessons(home) == []


def test_a_rule_for_own_mail_makes_nobody_known(server, home):
    """Who forges an own address is not taken for somebody that the user writes with."""
    home.script("mine", 'require "fileinto";\nif address "from" "anna@example.com" { fileinto "Sent"; }\n')
    home.configure(filter__scripts="mine.sieve")
    deliver(server, home, SENT.replace(b"berta@friends.example", b"eve@bad.example"))
    path = only_file(home)
    home.sync()
    move(home, path, "Sent")
    home.sync()
    assert home.counts() == {".Sent": 1}
    assert people(home) == set() and lessons(home) == []
    home.run("learn", "--from", home.maildir, status=None)
    assert people(home) == set()


# Whom to believe

def test_a_forged_field_is_not_believed(server, home):
    """A file from elsewhere names a message that still stands: nothing is learned of it, and it stays what it is."""
    run = deliver(server, home, mail())
    home.sync()
    forged = b"X-Inbasket-Id: " + run[0]["id"].encode() + b"\nSubject: I am yours\n\nhello\n"
    (folder(home, "Junk") / "cur" / "1800000000.R9_1.desk:2,S").write_bytes(forged)
    other = folder(home, "Archive") / "cur" / "1800000000.R10_1.desk:2,S"
    other.write_bytes(b"X-Inbasket-Id: " + b"0" * 32 + b"\nSubject: nobody\n\nhello\n")
    home.sync()
    home.sync()
    assert lessons(home) == []


def test_the_field_is_believed_at_the_very_top_only(server, home):
    run = deliver(server, home, mail())
    home.sync()
    only_file(home).unlink()
    forged = b"Subject: I am yours\nX-Inbasket-Id: " + run[0]["id"].encode() + b"\n\nhello\n"
    (folder(home, "Junk") / "cur" / "1800000000.R9_1.desk:2,S").write_bytes(forged)
    home.sync()
    assert lessons(home) == []


@pytest.mark.parametrize("client", ["keeps-the-name", "mutt"])
def test_without_our_fields_only_the_name_tells(server, home, client):
    home.configure(delivery__annotate=False)
    deliver(server, home, mail())
    home.sync()
    move(home, only_file(home), "Junk", client=client)
    home.sync()
    assert lessons(home) == ([TO_JUNK] if client in KEEPING else [])


def test_a_forged_field_in_mail_as_it_came(server, home):
    """Without fields of ours, a message keeps one that its sender wrote."""
    home.configure(delivery__annotate=False)
    victim, = deliver(server, home, mail())
    deliver(server, home, b"X-Inbasket-Id: " + victim["id"].encode() + b"\r\nSubject: I am yours\r\n\r\nhello\r\n")
    home.sync()
    for _, path in home.files():
        if victim["id"] in path.name:
            path.unlink()
        else:
            move(home, path, "Archive", client="mutt")
    home.sync()
    assert lessons(home) == []


# What else follows

def test_undo_leaves_what_the_user_moved(server, home):
    home.script("mine", 'require "fileinto";\nfileinto "Lists";\n')
    home.configure(filter__scripts="mine.sieve")
    run = deliver(server, home, mail())
    path = move(home, only_file(home), "Archive")
    home.sync()
    home.run("undo", run[0]["id"], status=1)
    assert path.exists()


@pytest.mark.parametrize("is_looked_at", [False, True], ids=["just-delivered", "looked-at"])
def test_undo_loses_no_move_of_the_user(server, home, is_looked_at):
    """It stands in the INBOX before undo would bring it there, and nothing has looked since it was moved."""
    run = deliver(server, home, mail("spam"))
    if is_looked_at:
        home.sync()
    path = move(home, only_file(home), "INBOX")
    home.run("undo", run[0]["id"])
    assert only_file(home) == path
    for _ in range(2):
        home.sync()
        assert lessons(home) == [FROM_JUNK]


def test_undo_is_no_move_of_the_user(server, home):
    run = deliver(server, home, mail("spam"))
    home.sync()
    home.run("undo", run[0]["id"])
    assert home.counts() == {".": 1}
    home.sync()
    assert lessons(home) == []


@pytest.mark.parametrize("client", ["keeps-the-name", "mutt"])
def test_why_tells_what_was_learned(server, home, client):
    run = deliver(server, home, mail())
    path = move(home, only_file(home), "Junk", client=client)
    home.sync()
    why = json.loads(home.run("why", "--json", run[0]["id"]).out)
    assert why["result"]["path"] == str(path) and why["result"]["folder"] == "Junk"
    assert why["learned"] == {"as": "spam", "why": "moved"}
    assert "You moved it: learned as spam." in home.run("why", run[0]["id"]).out


def test_a_message_that_goes_meanwhile_is_no_error(server, home):
    """What is due, and not there any more when it is to be learned, is not asked for again."""
    deliver(server, home, mail())
    path = move(home, only_file(home), "INBOX")
    home.sync()
    days_pass(home, 2)
    path.unlink()
    with contextlib.closing(sqlite3.connect(home.state / "journal.db")) as db:
        for part in ("new", "cur"):  # as if it went between the look and the lesson
            db.execute("UPDATE directory SET changed_at = ? WHERE path = ?", ((home.maildir / part).stat().st_mtime_ns, part))
        db.commit()
    assert rows(home, "SELECT why FROM due_lesson") == [("read",)]
    home.sync()
    assert rows(home, "SELECT why FROM due_lesson") == [] and lessons(home) == []


def test_a_lesson_shows_in_the_next_verdict(server, home, tmp_path):
    known = {"ham": generate.messages(20, 40, kinds=["personal"]), "spam": generate.messages(21, 40, kinds=["list"])}
    for label, messages in known.items():
        (tmp_path / label).mkdir()
        for number, message in enumerate(messages):
            (tmp_path / label / f"{number:03}.eml").write_bytes(message.data)
        home.run("learn", label, str(tmp_path / label))
    first, second = [m.data for m in generate.messages(22, 2, kinds=["personal"])]
    run, = deliver(server, home, first)
    assert run["spam"] is not None and run["target"] == "INBOX"
    move(home, only_file(home), "Junk")
    home.sync()
    before = run["spam"]
    again = json.loads(home.run("filter", "run", "--json", str(only_file(home))).out.splitlines()[0])
    assert again["spam"] > before
    deliver(server, home, second)
