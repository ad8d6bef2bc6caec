"""What the filters decide is what the Maildir shows: folders, both layouts, discards, undo."""

import contextlib
import json
import mailbox
import sqlite3

import pytest
from crash.ledger import Ledger
from e2e.inbasket import assert_clean, assert_exactly_once, bound_by_modes, original
from mail import generate
from mail.generate import local

MIX = generate.messages(101, 120)
LAYOUTS = {"maildir++": ".Lists.choir", "fs": "Lists/choir"}


def with_script(home, name, text):
    home.script(name, text)
    home.configure(filter__scripts=f"{name}.sieve")


def with_one_discarded(server, home, seed):
    """(five messages, the event of the one of them that was discarded)"""
    with_script(home, "one", 'if header :contains "Subject" "number 1 " { discard; }\n')
    mails = generate.small(seed, 5)
    server.put("anna", mails)
    home.account("work", server, fetch__after="delete")
    discarded, = [event for event in home.sync().delivered if event["action"] == "discard"]
    return mails, discarded


def test_marked_spam_goes_to_junk(server, home):
    server.put("anna", [m.data for m in MIX])
    home.account("work", server)
    run = home.sync()
    spam = {local(m.data) for m in MIX if m.kind == "spam"}
    assert spam and set(home.messages(".Junk")) == spam
    assert run.summary["work"]["junk"] == len(spam)
    assert sum(event["target"] == "Junk" for event in run.delivered) == len(spam)
    assert {event["verdict"] for event in run.delivered} <= {"spam", "ham", "unsure"}
    assert_exactly_once([m.data for m in MIX], home)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(server, home, layout):
    home.script("choir", 'require "fileinto";\nif header :contains "List-Id" "choir" { fileinto "Lists.choir"; }\n')
    home.configure(delivery__layout=layout, filter__scripts="choir.sieve")
    mails = [m.data for m in MIX]
    server.put("anna", mails)
    home.account("work", server)
    home.sync()
    choir = {local(m.data) for m in MIX if b"List-Id: choir" in m.data}
    assert choir and set(home.messages(LAYOUTS[layout])) == choir
    assert (home.maildir / LAYOUTS[layout] / "maildirfolder").exists() == (layout == "maildir++")
    assert_exactly_once(mails, home)
    assert home.sync().delivered == []
    for path in home.state.glob("journal.db*"):
        path.unlink()
    assert home.sync().delivered == [], "a lost journal is rebuilt from this layout, too"
    assert_exactly_once(mails, home)


@pytest.mark.parametrize(("folder", "directory"), [("Straße/Grüße", ".Straße.Grüße"), ("a b", ".a b"), ("来週", ".来週")])
def test_folder_names(server, home, folder, directory):
    with_script(home, "one", f'require "fileinto";\nfileinto "{folder}";\n')
    mails = generate.small(102, 3)
    server.put("anna", mails)
    home.account("work", server)
    home.sync()
    assert home.counts() == {directory: 3}
    assert_exactly_once(mails, home)


@pytest.mark.parametrize("folder", ["../outside", "a/../../b", "/etc", "", "a\\u0000b", ".", "..", "cur", "x" * 300])
def test_no_folder_name_leads_out(server, home, folder, tmp_path):
    """Whatever a script says, mail stays in the Maildir, and is not lost."""
    with_script(home, "one", f'require "fileinto";\nfileinto "{folder}";\n')
    mails = generate.small(103, 2)
    server.put("anna", mails)
    home.account("work", server)
    home.sync(status=(0, 1, 3))
    outside = [path for path in tmp_path.rglob("*") if path.is_file() and b"This is message" in path.read_bytes()
               and home.maildir not in path.parents and server.folder not in path.parents]
    assert not outside
    here = home.messages()
    assert sorted(here) == sorted(map(local, mails)) or (not here and len(server.uids("anna")) == 2)
    assert_clean(home)


def shut(path, *parts):
    for part in ("tmp", "new", "cur"):
        (path / part).mkdir(parents=True, exist_ok=True)
    for part in parts:
        (path / part).chmod(0o500)


@pytest.mark.parametrize("keeps", [False, True], ids=["moved", "copied"])
@pytest.mark.parametrize(("block", "words"), [
    (lambda path, elsewhere: path.write_text(""), "which must be a folder and no symbolic link: Not a directory"),
    (lambda path, elsewhere: path.symlink_to(elsewhere), "which must be a folder and no symbolic link: Not a directory"),
    (lambda path, elsewhere: shut(path, "tmp", "new", "cur", ""), "Permission denied"),
    (lambda path, elsewhere: shut(path, "new"), "Permission denied"),
    (lambda path, elsewhere: shut(path, "new", "cur"), "Permission denied"),
], ids=["file", "link", "shut", "new-is-shut", "open-for-writing-only"])
def test_a_folder_that_cannot_be_used_holds_up_nothing(server, home, tmp_path, block, words, keeps):
    with_script(home, "choir", f'require ["copy", "fileinto"];\nif header :contains "Subject" "number 1 " '
                               f'{{ fileinto {":copy " if keeps else ""}"Lists.choir"; }}\n')
    mails = generate.small(108, 6)
    for part in ("tmp", "new", "cur"):
        (tmp_path / "elsewhere" / part).mkdir(parents=True)
    home.maildir.mkdir()
    block(home.maildir / ".Lists.choir", tmp_path / "elsewhere")
    server.put("anna", mails)
    home.account("work", server)
    run = home.run("sync", "--json", status=1, before=bound_by_modes)
    assert {event["target"] for event in run.delivered} == {"INBOX"}
    assert "put into the INBOX: " in run.err and ".Lists.choir" in run.err and words in run.err
    assert sorted(home.messages(".")) == sorted(map(local, mails))
    assert not any((tmp_path / "elsewhere" / "new").iterdir())
    assert home.run("sync", "--json", before=bound_by_modes).summary["work"]["fetched"] == 0


def test_a_folder_that_is_shut_after_a_crash_holds_up_nothing(server, home):
    """What was left in it cannot be swept."""
    with_script(home, "choir", 'require "fileinto";\nfileinto "Lists.choir";\n')
    mails = generate.small(109, 6)
    server.put("anna", mails)
    home.account("work", server)
    home.sync(env={"IB_FAULT": "delivery.rename:1"}, status=-9)
    folder = home.maildir / ".Lists.choir"
    shut(folder, "tmp", "new", "cur", "")
    home.run("sync", "--json", status=1, before=bound_by_modes)
    assert sorted(home.messages(".")) == sorted(map(local, mails))
    for part in ("", "tmp", "new", "cur"):
        (folder / part).chmod(0o700)
    home.sync()
    assert_exactly_once(mails, home)
    assert_clean(home)


def test_discard_is_held_and_undo_brings_it_back(server, home):
    with_script(home, "one", 'if header :contains "Subject" "number 1 " { discard; }\n')
    mails = generate.small(104, 5)
    server.put("anna", mails)
    home.account("work", server, fetch__after="delete")
    run = home.sync()
    assert len(home.files()) == 4 and len(home.held()) == 1 and server.uids("anna") == []
    assert_exactly_once(mails, home)
    discarded, = [event for event in run.delivered if event["action"] == "discard"]
    assert discarded["path"] is None
    home.run("undo", discarded["id"])
    assert home.held() == [] and len(home.files()) == 5
    assert_exactly_once(mails, home)
    assert home.sync().delivered == []


@pytest.mark.parametrize("after", ["keep", "delete"])
def test_discarded_mail_outlives_the_journal(server, home, after):
    with_script(home, "one", 'if header :contains "Subject" "number 1 " { discard; }\n')
    mails = generate.small(110, 5)
    server.put("anna", mails)
    home.account("work", server, fetch__after=after)
    home.sync()
    for path in home.state.glob("journal.db*"):
        path.unlink()
    assert home.sync().delivered == []
    assert len(home.held()) == 1
    home.run("undo", "--since", "1d")
    assert home.held() == [] and len(home.files()) == 5
    assert_exactly_once(mails, home)
    assert home.sync().delivered == []


@pytest.mark.parametrize("point", ["fs.copy", "fs.sync-file", "delivery.rename", "delivery.sync-folder", "journal.commit"])
@pytest.mark.parametrize("error", ["", ":EIO"])
def test_undo_that_was_cut_short_is_repeated(server, home, point, error):
    mails, discarded = with_one_discarded(server, home, 111)
    run = home.run("undo", discarded["id"], env={"IB_FAULT": f"{point}:1{error}"}, status=(4, -9))
    if error:
        assert str(home.path) in run.err and "Input/output error" in run.err
        assert_clean(home)
    home.run("undo", discarded["id"])
    assert home.held() == [] and len(home.files()) == 5
    assert_exactly_once(mails, home)
    assert_clean(home)


@pytest.mark.parametrize("error", ["", ":EIO"])
def test_undo_that_was_cut_short_at_its_end_leaves_nothing_in_held(server, home, error):
    """The message is back, and nobody has a reason to ask again."""
    mails, discarded = with_one_discarded(server, home, 112)
    home.run("undo", discarded["id"], env={"IB_FAULT": f"held.remove:1{error}"}, status=(4, -9))
    assert len(home.files()) == 5 and len(home.held()) == 1
    home.sync()
    assert home.held() == []
    assert_exactly_once(mails, home)


@pytest.mark.parametrize("point", ["delivery.sync-folder", "held.remove"])
def test_undo_that_was_cut_short_outlives_the_journal(server, home, point):
    """Held, and in the Maildir: it is neither held for ever nor brought back twice."""
    mails, discarded = with_one_discarded(server, home, 115)
    home.run("undo", discarded["id"], env={"IB_FAULT": f"{point}:1"}, status=-9)
    assert len(home.files()) == 5 and len(home.held()) == 1
    for path in home.state.glob("journal.db*"):
        path.unlink()
    assert home.sync().delivered == []
    home.run("undo", "--since", "1d")
    assert home.held() == []
    assert_exactly_once(mails, home)
    assert home.sync().delivered == []


@pytest.mark.parametrize("call", [1, 2])
def test_held_mail_that_cannot_be_looked_at_is_no_lost_one(server, home, tmp_path, call):
    """Nor, where an undo was cut short, one that is to be brought back a second time."""
    mails, discarded = with_one_discarded(server, home, 114)
    home.run("undo", discarded["id"], env={"IB_FAULT": "delivery.sync-folder:1"}, status=-9)
    ledger, held = Ledger(tmp_path / "ledger"), home.state / "held" / discarded["id"]
    run = home.run("undo", discarded["id"], env=ledger.environment((held,), call=f"EIO:{call}"), status=4)
    assert ledger.first == ("stat", str(held))
    assert str(held) in run.err and "Input/output error" in run.err
    home.run("undo", discarded["id"])
    assert home.held() == [] and len(home.files()) == 5
    assert_exactly_once(mails, home)


def test_why_says_that_held_mail_cannot_be_looked_at(server, home, tmp_path):
    with_script(home, "all", "discard;\n")
    server.put("anna", generate.small(115, 1))
    home.account("work", server)
    message, = home.sync().delivered
    ledger, held = Ledger(tmp_path / "ledger"), home.state / "held" / message["id"]
    run = home.run("why", message["id"], env=ledger.environment((held,), call="EIO:1"), status=1)
    assert ledger.first == ("stat", str(held))
    assert str(held) in run.err and "Input/output error" in run.err


@pytest.mark.parametrize("point, left", [("held.remove:2", 2), ("held.sync:1", 0)])
@pytest.mark.parametrize("error", ["", ":EIO"])
def test_held_mail_whose_time_is_over_goes_even_if_that_is_cut_short(server, home, point, left, error):
    """Durably, before the journal says so."""
    with_script(home, "all", "discard;\n")
    server.put("anna", generate.small(113, 3))
    home.account("work", server)
    home.sync()
    with contextlib.closing(sqlite3.connect(home.state / "journal.db")) as journal, journal:
        journal.execute("UPDATE message SET delivered_at = delivered_at - 31 * 86400000000")
    home.sync(env={"IB_FAULT": point + error}, status=(4, -9))
    assert len(home.held()) == left
    home.sync()
    assert home.held() == []


def test_undo_takes_sorting_back(server, home):
    with_script(home, "one", 'require ["fileinto", "imap4flags"];\nfileinto "Wrong";\n')
    mails = generate.small(105, 4)
    server.put("anna", mails)
    home.account("work", server)
    run = home.sync()
    assert home.counts() == {".Wrong": 4}
    home.run("undo", run.delivered[0]["id"])
    assert home.counts() == {".": 1, ".Wrong": 3}
    home.run("undo", "--since", "1h")
    assert home.counts() == {".": 4}
    assert_exactly_once(mails, home)
    assert home.sync().delivered == []


@pytest.mark.parametrize("error", ["", ":EIO"])
def test_undo_of_sorting_that_was_cut_short_is_repeated(server, home, error):
    """It stands in the INBOX by then, and the journal does not know it."""
    with_script(home, "one", 'require "fileinto";\nfileinto "Wrong";\n')
    mails = generate.small(116, 1)
    server.put("anna", mails)
    home.account("work", server)
    message, = home.sync().delivered
    home.run("undo", message["id"], env={"IB_FAULT": f"journal.commit:2{error}"}, status=(4, -9))
    assert home.counts() == {".": 1}
    result, = home.run("undo", "--json", message["id"]).lines
    assert result["result"] == "moved" and result["path"] == str(home.files()[0][1])
    result, = home.run("undo", "--json", message["id"], status=1).lines
    assert result["result"] == "nothing", "the journal knows it"
    assert_exactly_once(mails, home)


def test_undo_finds_what_the_user_has_moved(server, home):
    with_script(home, "one", 'require "fileinto";\nfileinto "Wrong";\n')
    server.put("anna", generate.small(106, 1))
    home.account("work", server)
    run = home.sync()
    (_, path), = home.files()
    path.rename(path.parent.parent / "cur" / (path.name + ":2,S"))
    home.run("undo", run.delivered[0]["id"])
    assert home.counts() == {".": 1}
    assert home.files()[0][1].name.endswith(":2,S"), "its flags stay"


def test_undo_of_a_duplicate(start, home):
    server = start(users={"anna": "a", "tom": "b"})
    mails = generate.small(107, 1)
    for user in server.users:
        server.put(user, mails)
        home.account(user, server, user)
    run = home.sync()
    twin, = [event for event in run.delivered if event["action"] == "duplicate"]
    home.run("undo", twin["id"])
    assert len(home.files()) == 2 and home.held() == []
    assert home.sync().delivered == []


def test_undo_of_what_is_not_there(server, home):
    home.account("work", server)
    home.sync()
    run = home.run("undo", "0123456789abcdef", status=(1, 2))
    assert run.err.strip()


def test_a_broken_script_stops_nothing_and_is_told(server, home):
    with_script(home, "one", 'if header :contains "Subject" { keep; \n')
    server.put("anna", generate.small(108, 3))
    home.account("work", server)
    run = home.sync(status=(1, 3))
    assert "one.sieve" in run.err
    assert len(home.files()) + len(server.uids("anna")) >= 3


def test_filtering_switched_off(server, home):
    server.put("anna", [m.data for m in MIX])
    home.account("work", server, filter__enabled=False)
    home.sync()
    assert home.counts() == {".": len(MIX)}
    status = json.loads(home.run("status", "--json").out)
    assert status["accounts"][0]["protected"] is False


def test_an_accounts_own_scripts_and_folder(start, home):
    server = start(users={"anna": "a", "tom": "b"})
    server.put("anna", generate.small(109, 2))
    server.put("tom", generate.small(110, 2))
    home.script("mine", 'require "fileinto";\nfileinto "Mine";\n')
    home.account("anna", server, "anna", filter__scripts="mine.sieve")
    home.account("tom", server, "tom", filter__folder="From.%a")
    home.sync()
    assert home.counts() == {".Mine": 2, ".From.tom": 2}


CHARSETS = [("utf-8", "Grüße aus Köln"), ("iso-8859-1", "Grüße aus Köln"), ("iso-8859-15", "50 € für dich"), ("windows-1252", "„So“ – ja"),
            ("koi8-r", "Привет всем"), ("windows-1251", "Привет всем"), ("iso-8859-2", "Příliš žluťoučký"), ("iso-8859-7", "Καλημέρα"),
            ("iso-8859-8", "שלום"), ("windows-1256", "مرحبا"), ("iso-2022-jp", "来週の会議"), ("euc-jp", "来週の会議"), ("shift_jis", "来週の会議"),
            ("gb2312", "下周会议"), ("gb18030", "下周会议"), ("gbk", "下周会议"), ("big5", "下週會議"), ("euc-kr", "다음 주"), ("tis-620", "สวัสดี"),
            ("utf-7", "Grüße"), ("us-ascii", "plain words")]


def test_charsets_inside_the_sandbox(server, home):
    """A script sees the words whatever their charset, though the worker may open no converter any more."""
    mails, tests = [], []
    for number, (charset, words) in enumerate(CHARSETS):
        subject = generate.encoded_word(words, charset) if charset not in ("utf-7", "us-ascii") else words if charset == "us-ascii" else "=?utf-7?Q?Gr+APwA3w-e?="
        mails.append((f"From: a@example.net\r\nSubject: {subject}\r\nMessage-ID: <c{number}@example.net>\r\n\r\n{charset}\r\n").encode())
        tests.append(f'if header :contains "Subject" "{words}" {{ fileinto "C{number}"; stop; }}')
    # Different charsets write the same words: of such the first test takes all.
    with_script(home, "charsets", 'require "fileinto";\n' + "\n".join(tests) + "\n")
    server.put("anna", mails)
    home.account("work", server)
    home.sync()
    first = {}
    for number, (_, words) in enumerate(CHARSETS):
        first.setdefault(words, number)
    wrong = [charset for number, (charset, words) in enumerate(CHARSETS)
             if local(mails[number]) not in home.messages(f".C{min(n for w, n in first.items() if w in words)}")]
    assert not wrong
    assert_exactly_once(mails, home)


def test_verdict_is_the_same_by_sync_and_by_filter_run(server, home, tmp_path):
    folder = tmp_path / "messages"
    folder.mkdir()
    for number, mail in enumerate(MIX[:30]):
        (folder / f"{number:03d}.eml").write_bytes(local(mail.data))
    server.put("anna", [m.data for m in MIX[:30]])
    home.account("work", server)
    home.sync()
    run = home.run("filter", "run", "--json", "--account", "work", folder)
    dry = {line["path"]: line for line in run.lines}
    assert len(dry) == 30
    junk = {original(path.read_bytes()) for where, path in home.files() if where == ".Junk"}
    for path, line in dry.items():
        into_junk = any(action.get("mailbox") == "Junk" for action in line["actions"])
        assert into_junk == (open(path, "rb").read() in junk), path


def test_readers_of_mail_see_the_same(server, home):
    """Python's mailbox module, as a stand-in for any client, reads folder, flags and subjects."""
    server.put("anna", [m.data for m in MIX], flags=[m.flags for m in MIX])
    home.account("work", server)
    home.sync()
    box = mailbox.Maildir(home.maildir, create=False)
    assert "Junk" in box.list_folders()
    assert len(box) + sum(len(box.get_folder(name)) for name in box.list_folders()) == len(MIX)
    assert sum("S" in m.get_flags() for m in box) + sum("S" in m.get_flags() for m in box.get_folder("Junk")) == sum("S" in m.flags for m in MIX)
