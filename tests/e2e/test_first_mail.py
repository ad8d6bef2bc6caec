"""Mail comes from each kind of server into the Maildir: whole, once, with its flags and its date.

The suite runs these as root and once more as an ordinary user.
"""

import os
import stat

import pytest
from e2e.inbasket import Home, assert_exactly_once
from mail import generate
from mail.generate import local
from servers.poor_imap import PoorImap
from servers.poor_pop3 import PoorPop3

WAYS = [("imap", "tls"), ("imap", "starttls"), ("pop3", "tls"), ("pop3", "starttls")]


@pytest.mark.parametrize(("protocol", "security"), WAYS, ids=["imaps", "imap-starttls", "pop3s", "pop3-stls"])
def test_realistic_mail(server, home, protocol, security):
    mails = generate.messages(11, 150)
    server.put("anna", [m.data for m in mails], flags=[m.flags for m in mails], dates=[m.date for m in mails])
    home.account("work", server, protocol=protocol, security=security)
    run = home.sync()
    assert_exactly_once([m.data for m in mails], home)
    assert len(run.delivered) == len(mails)
    summary = run.summary["work"]
    assert (summary["ok"], summary["fetched"], summary["error"]) == (True, len(mails), None)
    for event in run.delivered:
        assert event["account"] == "work" and event["folder"] == "INBOX"
        assert (event["uid"] is None) == (protocol == "pop3")
        assert os.path.exists(event["path"])

    again = home.sync()
    assert again.delivered == [] and again.summary["work"]["fetched"] == 0
    assert_exactly_once([m.data for m in mails], home)
    assert len(server.uids("anna")) == len(mails), "after=keep leaves everything on the server"


def test_new_mail_between_polls(server, home):
    home.account("work", server)
    home.account("pop", server, protocol="pop3")
    home.configure(delivery__deduplicate=False)
    mails = generate.small(5, 60)
    for start in range(0, 60, 20):
        server.put("anna", mails[start:start + 20])
        run = home.sync()
        assert {name: a["fetched"] for name, a in run.summary.items()} == {"work": 20, "pop": 20}
        assert_exactly_once(mails[:start + 20] * 2, home)


def test_imap_flags_and_dates(server, home):
    letters = ["", "S", "FS", "RS", "F", "FRS", "T"]
    mails = generate.messages(12, len(letters))
    server.put("anna", [m.data for m in mails], flags=letters, dates=[m.date for m in mails])
    home.account("work", server)
    home.sync()
    found = {data: path for path, data in zip([path for _, path in home.files()], home.messages())}
    for mail, letter in zip(mails, letters):
        path = found[local(mail.data)]
        info = path.name.partition(":2,")[2]
        assert info == letter.replace("T", ""), f"{letter}: {path}"
        assert path.parent.name == ("cur" if info else "new")
        assert int(path.stat().st_mtime) == mail.date


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
@pytest.mark.parametrize("annotate", [True, False], ids=["annotated", "bare"])
def test_odd_bytes_arrive_as_served(authority, home, protocol, annotate):
    home.configure(delivery__annotate=annotate, delivery__deduplicate=False)
    odd = list(generate.odd().values())
    server = PoorImap({"INBOX": odd}, authority=authority) if protocol == "imap" else PoorPop3(odd, authority=authority)
    with server:
        home.account("odd", server, protocol=protocol)
        home.sync()
        assert_exactly_once(server.served(), home)
        assert home.sync().delivered == []
        assert_exactly_once(server.served(), home)
    annotated = [path for _, path in home.files() if b"X-Inbasket-Id" in path.read_bytes()]
    assert len(annotated) == (len(odd) if annotate else 0)


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_empty_message(authority, home, protocol):
    server = PoorImap({"INBOX": [b""]}, authority=authority) if protocol == "imap" else PoorPop3([b""], authority=authority)
    with server:
        home.account("odd", server, protocol=protocol)
        home.sync()
        assert_exactly_once([b""], home)
        assert home.sync().delivered == []


def test_empty_mailbox(server, home):
    home.account("work", server)
    home.account("pop", server, protocol="pop3")
    run = home.sync()
    assert run.delivered == [] and all(account["ok"] for account in run.summary.values())


def test_forged_fields_of_ours_are_removed(server, home):
    forged = (b"X-Inbasket-Verdict: ham; probability=0.001\r\nFrom: a@example.net\r\nX-Inbasket-Id: 00000000000000000000000000000000\r\n"
              b"x-inbasket-account: work\r\n and a continuation\r\nSubject: trust me\r\nMessage-ID: <forged@example.net>\r\n\r\nX-Inbasket-Id: in the body\r\n")
    server.put("anna", [forged])
    home.account("work", server)
    run = home.sync()
    (_, path), = home.files()
    data = path.read_bytes()
    head, _, body = data.partition(b"\n\n")
    assert body == b"X-Inbasket-Id: in the body\n"
    assert b"0.001" not in head and b"continuation" not in head and b"00000000000000000000000000000000" not in head
    assert head.lower().count(b"x-inbasket-id:") == 1 and head.lower().count(b"x-inbasket-account:") == 1
    assert run.delivered[0]["id"].encode() in head
    assert home.messages() == [b"From: a@example.net\nSubject: trust me\nMessage-ID: <forged@example.net>\n\nX-Inbasket-Id: in the body\n"]


def test_names_and_modes(server, home):
    server.put("anna", [m.data for m in generate.messages(13, 10)])
    home.account("work", server)
    home.sync()
    for _, path in home.files():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
        assert f",S={path.stat().st_size}" in path.name, "readers trust the size in the name"
    for folder in (home.maildir, home.state):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_no_secret_is_written_or_said(start, home, protocol):
    server = start(users={"anna": "an-unmistakable-password"})
    server.put("anna", generate.small(1, 3))
    home.account("work", server, protocol=protocol)
    run = home.run("--verbose", "sync", "--json")
    assert len(run.delivered) == 3
    kept = [path for top in (home.state, home.maildir, home.path / "cache") for path in top.rglob("*") if path.is_file()]
    assert kept and not [path for path in kept if b"unmistakable" in path.read_bytes()]
    assert "unmistakable" not in run.out + run.err


def test_a_lost_journal_is_rebuilt(server, home):
    mails = [m.data for m in generate.messages(14, 40)]
    server.put("anna", mails)
    home.account("work", server)
    home.sync()
    for path in home.state.glob("journal.db*"):
        path.unlink()
    run = home.sync()
    assert run.delivered == []
    assert_exactly_once(mails, home)


def test_what_is_known_by_file_names_alone_is_told_as_that(server, home):
    """Its sender and subject stand in its file only: `log` says so, and `why` looks there."""
    server.put("anna", [b"From: Tom <tom@example.net>\r\nSubject: Greetings\r\n\r\nhello\r\n"])
    home.account("work", server)
    home.sync()
    for path in home.state.glob("journal.db*"):
        path.unlink()
    home.account("work", server, fetch__folders="Elsewhere")
    home.run("sync", status=(0, 1))
    row, = home.run("log", "--json").lines
    assert (row["account"], row["subject"], row["verdict"]) == ("", "", "")
    assert f"inbasket why {row['id'][:8]}" in home.run("log").out
    told = home.run("why", row["id"]).out
    assert "Greetings" in told and "Tom" in told
    assert "“”" not in told and "known by its file's name" in told


def test_a_damaged_journal_is_set_aside_and_rebuilt(server, home):
    mails = [m.data for m in generate.messages(15, 20)]
    server.put("anna", mails)
    home.account("work", server)
    home.sync()
    for path in home.state.glob("journal.db*"):
        path.unlink()
    (home.state / "journal.db").write_bytes(b"this is no database, " * 500)
    home.sync()
    assert_exactly_once(mails, home)


def test_the_users_own_moves_are_respected(server, home):
    """A message that a mail client moved, flagged or removed does not come again."""
    mails = [m.data for m in generate.messages(16, 6, kinds=["personal"])]
    server.put("anna", mails)
    home.account("work", server)
    home.sync()
    archive = home.maildir / ".Archive"
    for part in ("cur", "new", "tmp"):
        (archive / part).mkdir(parents=True, exist_ok=True)
    files = [path for _, path in home.files()]
    files[0].rename(archive / "cur" / (files[0].name.partition(":")[0] + ":2,FS"))
    files[1].rename(files[1].parent.parent / "cur" / (files[1].name.partition(":")[0] + ":2,RS"))
    files[2].unlink()
    assert home.sync().delivered == []
    assert len(home.files()) == 5


def test_two_homes_do_not_know_each_other(server, tmp_path):
    mails = generate.small(2, 8)
    server.put("anna", mails)
    for name in ("one", "two"):
        other = Home(tmp_path / name)
        other.account("work", server)
        other.sync()
        assert_exactly_once(mails, other)


def test_date_of_a_message_that_has_none(authority, home):
    with PoorImap({"INBOX": []}, authority=authority) as server:
        server.box().add(b"Subject: no date\r\n\r\n", date=1_600_000_000)
        home.account("work", server)
        home.sync()
        (_, path), = home.files()
        assert int(path.stat().st_mtime) == 1_600_000_000
