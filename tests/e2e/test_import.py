"""Moving in: the real program fetches, its configuration is imported, and nothing that it fetched is fetched twice."""

import subprocess
import time

import pytest
from e2e.inbasket import PATIENCE, Service, assert_exactly_once
from mail.generate import messages, small
from servers.bus import NAME, Caller, Refused
from servers.fetchers import Fetcher
from servers.keyring import Keyring
from servers.notifications import SessionBus

OLD = [m.data for m in messages(71, 9)]
NEW = [m.data for m in messages(72, 4)]


def accounts(run):
    return {account["name"]: account for account in run.events("account")}


def move_in(home, program, rc, name, secret, status=0):
    """Imports, and says where the password is."""
    run = home.run("account", "import", program, rc, "--json", status=status)
    assert run.events("summary")[-1]["added"] == 1, run
    path = home.secrets / name
    path.write_text(secret + "\n")
    path.chmod(0o600)
    home.run("account", "edit", name, "--secret", f"file:{path}")
    return run


def is_polled(caller, name):
    try:
        state = caller.state(name)
    except Refused:
        return False        # it is not there yet
    return state["LastPoll"] and not state["Running"]


# mbsync and getmail tell what they have fetched

@pytest.mark.parametrize("where", ["SyncState *", "", "SyncState {folder}/state-"], ids=["in-folders", "in-home", "of-channel"])
def test_mbsync(server, home, where):
    server.put("anna", OLD)
    server.put("anna", small(3, 2), mailbox="Lists.foo")
    fetcher = Fetcher("mbsync", home.path / "old", server, more=where.format(folder=home.path / "old/mbsync"))
    rc = fetcher.fetch()
    # The home of the program is where it looks for its state.
    run = home.run("account", "import", "mbsync", rc, "--json", env={"HOME": fetcher.folder})
    account = accounts(run)["work"]
    assert account["fetched_before"] and account["password"] == "in-file"
    secret = home.secrets / "work"
    secret.write_text(server.users["anna"] + "\n")
    secret.chmod(0o600)
    home.run("account", "edit", "work", "--secret", f"file:{secret}")
    assert home.sync().summary["work"]["fetched"] == 0
    server.put("anna", NEW)
    server.put("anna", small(4, 1), mailbox="Lists.foo")
    run = home.sync()
    assert run.summary["work"]["fetched"] == len(NEW) + 1
    assert {event["folder"] for event in run.delivered} == {"INBOX", "Lists.foo"}
    assert_exactly_once([*NEW, *small(4, 1)], home)
    assert len(server.uids("anna")) == len(OLD) + len(NEW), "nothing is touched on the server"


def test_mbsync_left_large_mail_on_the_server(server, home):
    """It has a placeholder only: here the message is still to come."""
    large = b"Subject: large\r\nMessage-ID: <large@example.org>\r\n\r\n" + b"line of mail\r\n" * 20000
    server.put("anna", [*OLD[:2], large])
    fetcher = Fetcher("mbsync", home.path / "old", server, more="MaxSize 50k\nSyncState *")
    move_in(home, "mbsync", fetcher.fetch(), "work", server.users["anna"])
    assert home.sync().summary["work"]["skipped"] == 1
    home.run("account", "edit", "work", "--max-size", "")
    assert home.sync().summary["work"]["fetched"] == 1
    assert_exactly_once([large], home)


def test_mbsync_renumbered_since(server, home):
    """The server gave its messages other numbers after mbsync was there: then its numbers say nothing, and all comes."""
    server.put("anna", OLD)
    rc = Fetcher("mbsync", home.path / "old", server, more="SyncState *").fetch()
    server.renumber("anna")
    move_in(home, "mbsync", rc, "work", server.users["anna"])
    assert home.sync().summary["work"]["fetched"] == len(OLD)
    assert_exactly_once(OLD, home)


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_getmail(server, home, protocol):
    server.put("anna", OLD)
    server.put("anna", small(3, 2), mailbox="B&APw-cher")
    more = 'mailboxes = ("INBOX", "B\u00fccher")' if protocol == "imap" else ""
    fetcher = Fetcher("getmail", home.path / "old", server, protocol, more)
    move_in(home, "getmail", fetcher.fetch(), "localhost", server.users["anna"])
    assert home.sync().summary["localhost"]["fetched"] == 0
    server.put("anna", NEW)
    assert home.sync().summary["localhost"]["fetched"] == len(NEW)
    assert_exactly_once(NEW, home)


@pytest.mark.parametrize("program", ["mbsync", "getmail"])
def test_server_with_slashes(start, home, program):
    """Whether it is Lists/foo or Lists.foo on the server, only the server knows; its state files have one for the other."""
    server = start(settings="namespace inbox {\n  inbox = yes\n  separator = /\n}\n")
    server.put("anna", OLD)
    server.put("anna", small(3, 2), mailbox="Lists.foo")
    more = "SyncState *" if program == "mbsync" else "mailboxes = ALL"
    name = "work" if program == "mbsync" else "localhost"
    move_in(home, program, Fetcher(program, home.path / "old", server, more=more).fetch(), name, server.users["anna"])
    assert home.sync().summary[name]["fetched"] == 0
    server.put("anna", small(4, 1), mailbox="Lists.foo")
    assert [event["folder"] for event in home.sync().delivered] == ["Lists/foo"]


# The others do not, but have put the mail where it stands now

@pytest.mark.parametrize("program", ["fetchmail", "fdm", "mpop"])
def test_recognized_by_the_mail_itself(server, home, program):
    server.put("anna", OLD)
    rc = Fetcher(program, home.path, server).fetch()
    assert len(home.files()) == len(OLD)
    name = "localhost" if program == "fetchmail" else "work"
    summary = move_in(home, program, rc, name, server.users["anna"]).events("summary")[-1]
    assert summary["recognized"] == len(OLD)
    if program == "fdm":        # it trusts whom the system trusts
        home.run("account", "edit", name, "--ca-file", server.ca)
    server.put("anna", NEW)
    run = home.sync()
    assert run.summary[name]["duplicates"] == len(OLD) and run.summary[name]["delivered"] == len(NEW)
    assert len(home.files()) == len(OLD) + len(NEW)
    assert home.sync().summary[name]["fetched"] == 0
    assert len(home.run("log", "--json").lines) == len(OLD) + len(NEW), "what was here before is no delivery"


def test_elsewhere_is_not_recognized(server, home):
    server.put("anna", OLD)
    rc = Fetcher("mpop", home.path / "old", server).fetch()
    summary = move_in(home, "mpop", rc, "work", server.users["anna"]).events("summary")[-1]
    assert summary["recognized"] == 0
    assert home.sync().summary["work"]["delivered"] == len(OLD)


# What is written, and what is not

def test_dry_run_writes_nothing(server, home):
    server.put("anna", OLD)
    rc = Fetcher("mbsync", home.path / "old", server, more="SyncState *").fetch()
    before = sorted(home.path.rglob("*"))
    run = home.run("account", "import", "mbsync", rc, "--dry-run", "--json")
    assert accounts(run)["work"]["result"] == "would-be-added"
    assert sorted(home.path.rglob("*")) == before


def test_passwords_only_when_asked(server, home):
    server.put("anna", NEW)
    rc = Fetcher("mpop", home.path / "old", server).rc
    with Keyring() as keyring:
        keyring.unlock()
        run = home.run("account", "import", "mpop", rc, "--json", env=keyring.environment)
        assert accounts(run)["work"]["password"] == "in-file"
        assert home.sync(env=keyring.environment, status=6).summary["work"]["state"] == "sign-in-needed"
        home.run("account", "remove", "work", "--yes", env=keyring.environment)
        run = home.run("account", "import", "mpop", rc, "--with-passwords", "--json", env=keyring.environment)
        assert accounts(run)["work"]["password"] == "keyring"
        assert len(home.sync(env=keyring.environment).delivered) == len(NEW)
    for path in (*home.config.rglob("*"), *home.state.rglob("*")):
        assert not path.is_file() or server.users["anna"].encode() not in path.read_bytes()


def test_password_without_a_keyring(server, home):
    """The account is there all the same, and it is said where the password is."""
    rc = Fetcher("mpop", home.path / "old", server).rc
    run = home.run("account", "import", "mpop", rc, "--with-passwords", "--json", status=1)
    assert accounts(run)["work"]["result"] == "added" and accounts(run)["work"]["password"] == "in-file"


def test_nothing_is_overwritten(server, home):
    rc = Fetcher("mpop", home.path / "old", server).rc
    home.account("work", server, user="anna", account__address="other@example.com", account__user="other", password="x")
    before = (home.accounts / "work.conf").read_bytes()
    run = home.run("account", "import", "mpop", rc, "--json")
    assert list(accounts(run)) == ["work-2"]
    assert accounts(home.run("account", "import", "mpop", rc, "--json"))[None]["result"] == "present"
    assert (home.accounts / "work.conf").read_bytes() == before


@pytest.mark.parametrize("program", ["mbsync", "mpop"])
def test_while_another_works_on_the_home(server, home, program):
    """What was fetched before cannot be noted: so nothing is added."""
    server.put("anna", OLD)
    rc = Fetcher(program, home.path, server, more="SyncState *" if program == "mbsync" else "").fetch()
    home.state.mkdir(parents=True, exist_ok=True)
    holder = subprocess.Popen(["flock", "--no-fork", str(home.state / "lock"), "sleep", "600"])
    try:
        deadline = time.monotonic() + PATIENCE
        while subprocess.run(["flock", "--nonblock", str(home.state / "lock"), "true"], check=False).returncode == 0:
            assert time.monotonic() < deadline
        run = home.run("account", "import", program, rc, "--json", status=5)
        assert not [account for account in run.events("account") if account["result"] == "added"]
        assert not (home.accounts / "work.conf").exists()
    finally:
        holder.terminate()
        holder.wait()


@pytest.mark.parametrize("program", ["mbsync", "mpop"])
def test_while_the_service_runs(server, home, program):
    """It lends its home for the while, and polls what was added by itself: what was fetched before does not come again."""
    server.put("anna", OLD)
    fetcher = Fetcher(program, home.path, server, more="SyncState *" if program == "mbsync" else "")
    rc = fetcher.fetch()
    secret = fetcher.write("secret", server.users["anna"] + "\n")
    text = {"mbsync": (f"Pass {server.users['anna']}", f'PassCmd "cat {secret}"'),
            "mpop": (f"password {server.users['anna']}", f"passwordeval cat {secret}")}[program]
    rc.write_text(rc.read_text().replace(*text))
    before = {path.name for path in home.maildir.rglob("*") if path.parent.name in ("new", "cur")}
    with SessionBus() as bus, Service(home, bus=bus.address) as service, Caller(bus) as caller:
        service.until(lambda: bus.has(NAME), "its name on the bus")
        run = home.run("account", "import", program, rc, "--json", env={"DBUS_SESSION_BUS_ADDRESS": bus.address})
        assert accounts(run)["work"]["result"] == "added"
        caller.until(lambda: is_polled(caller, "work"), "the first poll of what was imported")
    after = {path.name for path in home.maildir.rglob("*") if path.parent.name in ("new", "cur")}
    assert after == before
    assert home.sync().summary["work"]["fetched"] == 0


@pytest.mark.parametrize("arguments, status, words", [
    ([], 2, "No format was named"),
    (["fetchmale"], 2, "Did you mean “fetchmail”?"),
    (["mpop", "/nowhere/at/all"], 2, "/nowhere/at/all"),
    (["mbsync"], 2, "No configuration of mbsync is where it usually is"),
    (["thunderbird"], 2, ".thunderbird"),
], ids=["none", "mistyped", "no-file", "no-usual-file", "no-profile"])
def test_usage(home, arguments, status, words):
    run = home.run("account", "import", *arguments, status=status, env={"HOME": home.path, "XDG_CONFIG_HOME": ""})
    assert words in run.err and run.err.count("\n") == 1


def test_where_programs_have_it(home):
    """Without FILE, and for Thunderbird a profile's folder, too."""
    people = home.path / "people"
    profile = people / ".thunderbird/x1.default"
    for path, text in {
            ".fetchmailrc": "poll imap.one.example proto imap user anna ssl\n",
            ".config/getmail/one": "[retriever]\ntype=SimplePOP3SSLRetriever\nserver=pop.two.example\nusername=anna\n",
            ".config/getmail/two": "[retriever]\ntype=SimplePOP3SSLRetriever\nserver=pop.three.example\nusername=anna\n",
            ".config/getmail/notes": "nothing\n",
            ".thunderbird/profiles.ini": "[Profile0]\nName=default\nIsRelative=1\nPath=x1.default\n",
            ".thunderbird/x1.default/prefs.js": "".join(f'user_pref("mail.{key}", "{value}");\n' for key, value in {
                "accountmanager.accounts": "account1", "account.account1.server": "server1", "server.server1.type": "imap",
                "server.server1.hostname": "imap.four.example", "server.server1.userName": "anna"}.items())
            + 'user_pref("mail.server.server1.socketType", 3);\n'}.items():
        (people / path).parent.mkdir(parents=True, exist_ok=True)
        (people / path).write_text(text)
    env = {"HOME": people, "XDG_CONFIG_HOME": people / ".config"}
    names = [name for program, more in (("fetchmail", []), ("getmail", []), ("thunderbird", []), ("thunderbird", ["--dry-run", profile]))
             for name in (account["name"] or account["result"]
                          for account in home.run("account", "import", program, "--json", *more, env=env).events("account"))]
    assert names == ["imap.one.example", "one", "two", "four.example", "present"]


def test_report_for_people(home):
    rc = home.path / "rc"
    rc.write_text("account work\nhost pop.example.org\nuser anna\ntls on\npasswordeval pass show \x1b[31m\nfilter spamc\n")
    run = home.run("account", "import", "mpop", rc, "--dry-run")
    assert "✓ host → host=pop.example.org" in run.out
    assert "– filter: Inbasket judges spam itself" in run.out
    assert "It would be added as work." in run.out
    assert "\x1b" not in run.out
