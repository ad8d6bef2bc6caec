"""`learn --from`: what is there already teaches the classifier, and nothing of it changes."""

import json
import random
import signal
import threading
import time

import pytest
from e2e.inbasket import BUILD, PATIENCE
from servers.dovecot import wait_until
from servers.poor_imap import PoorImap

SENT = """
namespace inbox {
  mailbox Sent {
    special_use = \\Sent
    auto = create
  }
}
"""
GOOD = "garden choir meeting minutes rehearsal harvest neighbour bicycle library recipe train holiday weather kitchen".split()
BAD = "casino jackpot pills lottery winner refinance miracle investment crypto bonus urgent prize wire millions".split()
DAY = 86400
BEGIN = int(time.time()) - 200 * DAY


def mail(kind, number, sender=None, to="anna@example.com", extra=""):
    """A message with the vocabulary of its kind."""
    words = random.Random(f"{kind} {number}")
    vocabulary = BAD if kind == "spam" else GOOD
    sender = sender or f"{words.choice(vocabulary)}{number}@{'bulk.invalid' if kind == 'spam' else 'friends.invalid'}"
    text = "\r\n".join(" ".join(words.choices(vocabulary, k=9)) for _ in range(6))
    return (f"{extra}From: {sender}\r\nTo: {to}\r\nMessage-ID: <{kind}{number}@example.net>\r\n"
            f"Date: {time.strftime('%a, %d %b %Y %H:%M:%S +0000', time.gmtime(BEGIN + number * 3600))}\r\n"
            f"Subject: {' '.join(words.choices(vocabulary, k=3))}\r\n\r\n{text}\r\n").encode()


def mails(kind, first, count, **options):
    return [mail(kind, number, **options) for number in range(first, first + count)]


def dates(first, count):
    return [BEGIN + number * 3600 for number in range(first, first + count)]


def fill(server, user="anna"):
    """Junk, an INBOX half read, an archive, and mail that was sent; in all 80 that are ham and 60 of spam."""
    server.put(user, mails("spam", 0, 60), mailbox="Junk", dates=dates(0, 60))
    server.put(user, mails("ham", 0, 40), flags="S", dates=dates(0, 40))
    server.put(user, mails("ham", 40, 7), flags="", dates=dates(40, 7))
    server.put(user, mails("ham", 100, 40), mailbox="Archive", flags="RS", dates=dates(100, 40))
    server.put(user, mails("ham", 200, 5, sender="anna@example.com", to="Bert <bert@work.invalid>, carla@work.invalid"),
               mailbox="Sent", flags="S", dates=dates(200, 5))


BOXES = ["INBOX", "Junk", "Archive", "Sent"]


def state(server, user="anna"):
    return {box: (server.uidvalidity(user, box), server.flags(user, box)) for box in BOXES}


def folders(run, *keys):
    keys = keys or ("taken_as", "learned")
    return {line["folder"]: tuple(line[key] for key in keys) for line in run.events("folder")}


def summary(run):
    return run.events("summary")[-1]


def verdict(home, folder, message):
    path = folder / "message.eml"
    path.write_bytes(message.replace(b"\r\n", b"\n"))
    return home.run("filter", "run", "--json", "--account", "work", path).lines[0]


@pytest.fixture
def server(start):
    return start(settings=SENT)


def test_an_account_teaches_and_stays_as_it_is(server, home, tmp_path):
    fill(server)
    home.account("work", server)
    before = state(server)
    run = home.run("learn", "--from", "work", "--json")
    assert folders(run) == {"INBOX": ("ham", 40), "Junk": ("spam", 60), "Archive": ("ham", 40), "Sent": ("sent", 5)}
    assert summary(run)["sources"] == [{"name": "work", "ok": True, "error": None}]
    assert (summary(run)["ham"], summary(run)["spam"], summary(run)["people"]) == (80, 60, 2)
    assert state(server) == before, "nothing changes on the server"
    assert home.files() == [], "nothing is delivered"

    good, bad = verdict(home, tmp_path, mail("ham", 900)), verdict(home, tmp_path, mail("spam", 900))
    assert good["verdict"] == "ham" and bad["verdict"] == "spam", (good, bad)

    authenticated = "Authentication-Results: localhost; dmarc=pass header.from=work.invalid; dkim=pass header.d=work.invalid\r\n"
    home.configure(trust__authserv_ids="localhost")
    known = verdict(home, tmp_path, mail("spam", 901, sender="bert@work.invalid", extra=authenticated))
    stranger = verdict(home, tmp_path, mail("spam", 901, sender="otto@work.invalid", extra=authenticated))
    assert known["verdict"] != "spam" and stranger["verdict"] == "spam", (known, stranger)


def test_it_says_how_far_it_is_to_who_asks(server, home):
    fill(server)
    home.account("work", server)
    run = home.run("learn", "--from", "work", "--progress", "--json")
    progress = [(line["looked"], line["expected"]) for line in run.events("progress")]
    assert progress == sorted(progress) and progress[-1][0] == progress[-1][1] == sum(count for _, count in folders(run).values())
    assert run.lines[-1]["event"] == "summary" and summary(run)["enough"] == 30
    quiet = home.run("learn", "--from", "work", "--json")
    assert not quiet.events("progress")


def test_the_next_sync_sorts_by_what_was_learned(server, home):
    fill(server)
    home.account("work", server, fetch__since="1d")
    home.run("learn", "--from", "work")
    assert home.sync().delivered == []
    server.put("anna", [mail("ham", 910), mail("spam", 910)])
    assert sorted(line["target"] for line in home.sync().delivered) == ["INBOX", "Junk"]


def test_again_learns_what_is_new_only(server, home):
    fill(server)
    home.account("work", server)
    first = home.run("learn", "--from", "work", "--json")
    model = (home.state / "model.ib").read_bytes()
    again = home.run("learn", "--from", "work", "--json")
    assert folders(again, "learned", "known") == {"INBOX": (0, 40), "Junk": (0, 60), "Archive": (0, 40), "Sent": (5, 0)}
    assert (home.state / "model.ib").read_bytes() == model
    assert {key: summary(again)[key] for key in ("ham", "spam", "people")} \
        == {key: summary(first)[key] for key in ("ham", "spam", "people")}
    server.put("anna", mails("spam", 300, 2), mailbox="Junk")
    more = home.run("learn", "--from", "work", "--json")
    assert folders(more)["Junk"] == ("spam", 2)


def test_the_users_own_word_stands(server, home, tmp_path):
    fill(server)
    home.account("work", server)
    wronged = tmp_path / "wronged"
    wronged.write_bytes(mail("spam", 3).replace(b"\r\n", b"\n"))
    home.run("learn", "ham", wronged)
    run = home.run("learn", "--from", "work", "--json")
    assert folders(run, "learned", "known")["Junk"] == (59, 1)
    assert (summary(run)["ham"], summary(run)["spam"]) == (81, 59)


def test_names_stand_in_for_special_use(authority, home):
    boxes = {"INBOX": [], "Spam": mails("spam", 0, 4), "Gesendete Objekte": mails("ham", 10, 1, sender="anna@example.com", to="bert@work.invalid"),
             "Archives": mails("ham", 20, 3), "Trash": mails("ham", 30, 3), "Lists": mails("ham", 40, 3)}
    with PoorImap(boxes, authority=authority, lacks={"SPECIAL-USE"}) as server:
        for item in server.box("Archives").items:
            item.flags.add("\\Seen")
        home.account("work", server)
        run = home.run("learn", "--from", "work", "--json")
    assert folders(run) == {"INBOX": ("ham", 0), "Spam": ("spam", 4), "Gesendete Objekte": ("sent", 1), "Archives": ("ham", 3)}
    assert summary(run)["people"] == 1


def test_the_newest_are_taken(server, home):
    server.put("anna", mails("spam", 0, 520), mailbox="Junk", dates=dates(0, 520))
    server.put("anna", mails("ham", 0, 400), mailbox="Archive.2024", flags="S", dates=dates(0, 400))
    server.put("anna", mails("ham", 400, 400), mailbox="Archive.2025", flags="S", dates=dates(400, 400))
    server.put("anna", mails("ham", 800, 400), mailbox="Archive.2026", flags="S", dates=dates(800, 400))
    home.account("work", server)
    run = home.run("learn", "--from", "work", "--json")
    assert folders(run) == {"INBOX": ("ham", 0), "Junk": ("spam", 500), "Sent": ("sent", 0), "Archive": ("ham", 0),
                            "Archive.2026": ("ham", 400), "Archive.2025": ("ham", 400), "Archive.2024": ("ham", 200)}


def test_large_messages_are_passed_over(server, home):
    large = mail("spam", 0) + (b"y" * 78 + b"\r\n") * 14000
    server.put("anna", [*mails("spam", 1, 3), large], mailbox="Junk")
    home.account("work", server)
    run = home.run("learn", "--from", "work", "--json")
    assert folders(run, "learned", "passed_over", "failed")["Junk"] == (3, 1, 0)


def test_an_account_that_cannot_be_reached(server, home):
    home.account("gone", server, account__port=1)
    run = home.run("learn", "--from", "gone", "--json", status=6)
    assert summary(run)["sources"][0]["ok"] is False
    home.account("locked", server, password="wrong")
    home.run("learn", "--from", "gone", "locked", status=6)


def test_what_can_be_done_is_done(server, home):
    fill(server)
    home.account("work", server)
    home.account("gone", server, account__port=1)
    run = home.run("learn", "--from", "gone", "--from", "work", "nowhere", "--json", status=1)
    assert [source["ok"] for source in summary(run)["sources"]] == [False, True, False]
    assert (summary(run)["ham"], summary(run)["spam"]) == (80, 60)
    assert "nowhere" in run.err


@pytest.mark.parametrize("source", ["account", "folder"])
def test_without_a_filter_it_says_why_and_that_once(server, home, tmp_path, source):
    workers = tmp_path / "workers"
    workers.mkdir()
    (workers / "inbasket-fetch").symlink_to(BUILD / "src" / "worker" / "inbasket-fetch")
    server.put("anna", mails("spam", 0, 40), mailbox="Junk")
    write(tmp_path / "Old" / ".Junk", mails("spam", 0, 40), new=True)
    home.account("work", server)
    run = home.run("learn", "--from", "work" if source == "account" else tmp_path / "Old", "--json", status=1, env={"INBASKET_LIBEXECDIR": workers})
    assert folders(run, "learned", "failed")["Junk"] == (0, 40)
    assert run.err.count("could not be filtered") == 1 and "inbasket-filter" in run.err


def test_an_account_file_that_does_not_parse(home):
    home.accounts.mkdir(parents=True)
    (home.accounts / "work.conf").write_text("[account]\nprotocl=imap\n")
    home.run("learn", "--from", "work", status=3)


def test_a_busy_home(server, home):
    asked = home.path / "asked"
    home.account("work", server, account__secret=f"command:sh -c 'touch {asked}; sleep 25'")
    first = home.start("learn", "--from", "work")
    try:
        wait_until(asked.exists, seconds=PATIENCE, what="the question for the secret")
        home.run("learn", "--from", home.secrets, status=5)
    finally:
        first.send_signal(signal.SIGINT)
        first.communicate(timeout=PATIENCE)
    assert first.returncode == 1


def write(folder, messages, flags=None, new=False):
    for part in ("cur", "new", "tmp"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for index, message in enumerate(messages):
        name = f"{1_700_000_000 + index}.M{index}{flags}.host" + ("" if new else f":2,{flags or ''}")
        (folder / ("new" if new else "cur") / name).write_bytes(message.replace(b"\r\n", b"\n"))


def test_folders_are_taken_as_their_names_say(home, tmp_path):
    top = tmp_path / "Old"
    write(top, mails("ham", 0, 3), "S")
    write(top, mails("ham", 10, 2), new=True)
    write(top, mails("ham", 20, 1), "ST")
    write(top / ".Junk", mails("spam", 0, 4), new=True)
    write(top / ".Sent Items", mails("ham", 30, 2, sender="me@elsewhere.invalid", to="dora@work.invalid"), "S")
    write(top / ".Sent Items", mails("ham", 35, 1, to="eve@work.invalid"), "RS")        # not from an own address
    write(top / ".Lists.garden", mails("ham", 40, 5), new=True)
    write(top / ".Trash", mails("ham", 50, 5), "S")
    home.configure()
    home.account("me", type("Nobody", (), {"users": {"anna": "x"}, "ports": {"imaps": 1}, "ca": None}), account__address="me@elsewhere.invalid")
    before = sorted(path.name for path in top.rglob("*"))
    run = home.run("learn", "--from", top, "--json")
    assert folders(run, "taken_as", "learned", "passed_over") == {
        "INBOX": ("ham", 3, 3), "Junk": ("spam", 4, 0), "Sent Items": ("sent", 2, 1), "Lists.garden": ("ham", 5, 0), "Trash": (None, 0, 5)}
    assert (summary(run)["ham"], summary(run)["spam"], summary(run)["people"]) == (8, 4, 1)
    assert sorted(path.name for path in top.rglob("*")) == before

    one = home.run("learn", "--from", top / ".Junk", "--json")
    assert folders(one, "taken_as", "learned", "known") == {"Junk": ("spam", 0, 4)}


def test_a_maildrop_teaches_what_the_user_made_of_it(server, home):
    server.put("anna", [*mails("ham", 0, 6), *mails("spam", 0, 3)])
    home.account("pop", server, protocol="pop3")
    paths = [line["path"] for line in home.sync().delivered]
    spam = [path for path in paths if b"spam" in open(path, "rb").read()]
    junk = home.maildir / ".Junk"
    write(junk, [])
    for path in home.maildir.glob("new/*"):
        if str(path) in spam:
            path.rename(junk / "cur" / (path.name + ":2,S"))
        elif b"ham0@" not in path.read_bytes():
            path.rename(home.maildir / "cur" / (path.name + ":2,S"))
    write(home.maildir, mails("ham", 100, 3), "S")       # did not come through the account
    run = home.run("learn", "--from", "pop", "--json")
    assert folders(run) == {"INBOX": ("ham", 5), "Junk": ("spam", 3)}
    assert "POP3" in run.err


def test_stopped_by_a_signal_it_keeps_what_it_has(authority, home):
    boxes = {"INBOX": [], "Junk": mails("spam", 0, 30), "Archive": mails("ham", 0, 30)}
    is_there, may_go_on = threading.Event(), threading.Event()

    def before(command):
        if b"Archive" in command:
            is_there.set()
            may_go_on.wait(PATIENCE)

    with PoorImap(boxes, authority=authority, lacks={"SPECIAL-USE"}, before=before) as server:
        home.account("work", server)
        process = home.start("learn", "--from", "work", "--json")
        assert is_there.wait(PATIENCE)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
        may_go_on.set()
    assert process.returncode == 1, err
    assert json.loads(out.splitlines()[-1])["spam"] == 30
    after = home.run("learn", "--from", home.path / "nowhere", "--json", status=1)
    assert summary(after)["spam"] == 30, "it was saved"


def test_usage(home):
    home.run("learn", "--from", status=2)
    home.run("learn", "--from", "work", "--account", "work", status=2)
