"""What Inbasket delivered, as the mail programs see it that `inbasket client` tells of it: each with the settings that it
names, word for word, on a Maildir whose path has all that a path may have."""

import contextlib
import imaplib
import json
import os
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

import pytest
from e2e.inbasket import BUILD, PATIENCE, TOP, Home
from servers import readers
from servers.dovecot import installation, wait_until
from servers.readers import Desk

from .test_learning_by_moving import TO_JUNK, lessons

SCRIPT = 'require ["fileinto", "variables"];\nif header :matches "X-Folder" "*" { fileinto "${1}"; }\n'
FOLDERS = ["INBOX", "Work", "Work.Projects", "Grüße aus Köln", "it's `id` $HOME #1"]
FLAGS = ["", "S", "RS", "FS"]
PLACE = "Mail of \"Anna's\" `id` $HOME #1; 50%"
NAMES = ["mutt", "neomutt", "aerc", "notmuch", "mu4e", "evolution", "kmail", "claws-mail", "thunderbird"]


def letter(folder, number):
    """A message, and its subject: letters that stand at the same place in no other."""
    subject = chr(ord("a") + 4 * FOLDERS.index(folder) + number) * 8
    into = "" if folder == "INBOX" else f"X-Folder: {folder}\r\n"
    return (f"From: Bert <bert@example.net>\r\nTo: anna@example.com\r\nDate: Mon, 23 Nov 2026 10:{FOLDERS.index(folder):02}:{number:02} +0000\r\n"
            f"Message-ID: <{subject}@example.net>\r\nSubject: {subject}\r\n{into}\r\nHello.\r\n").encode(), subject


class Delivered:
    """A home into whose Maildir Inbasket has delivered, and what was to be delivered."""

    def __init__(self, home, server, layout):
        self.home, self.layout = home, layout
        self.maildir = home.path / PLACE
        home.script("by-folder", SCRIPT)
        home.configure(delivery__layout=layout, delivery__maildir=self.maildir, filter__scripts="by-folder.sieve")
        self.subjects = {folder: {} for folder in FOLDERS}
        self.expected = {folder: {} for folder in FOLDERS}
        for folder in FOLDERS:
            for number, flags in enumerate(FLAGS):
                data, subject = letter(folder, number)
                server.put("anna", [data], flags=flags)
                self.subjects[folder][f"{subject}@example.net"] = subject
                self.expected[folder][f"{subject}@example.net"] = flags
        home.account("work", server)
        home.sync()

    def directory(self, folder):
        if folder == "INBOX":
            return ""
        return "." + folder if self.layout == "maildir++" else folder.replace(".", "/")

    def client(self, name, *more):
        return self.home.run("client", name, "--json", *more).lines[0]

    def settings(self, name):
        """What it writes is what it shows, below a line of its own."""
        shown = self.client(name)
        written = self.client(name, "--write")
        assert [each["kept"] for each in written["written"]] == ["written"]
        path = Path(written["file"])
        assert path.read_text().partition("\n")[2] == shown["text"] == written["text"]
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        return written


@pytest.fixture(params=["maildir++", "fs"])
def delivered(request, server, home):
    return Delivered(home, server, request.param)


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path / "desk")


@pytest.mark.parametrize("program", ["mutt", "neomutt"])
def test_mutt(delivered, desk, program):
    found = readers.mutt(desk, program, delivered.settings(program)["add"], FOLDERS, delivered.directory)
    assert found == delivered.expected


def test_notmuch(delivered, desk):
    settings = Path(delivered.settings("notmuch")["file"]).read_text()
    assert readers.notmuch(desk, settings, FOLDERS, delivered.directory) == delivered.expected


def test_mu(delivered, desk):
    text = Path(delivered.settings("mu")["file"]).read_text()
    init = next(line.removeprefix(";;").strip() for line in text.splitlines() if "mu init" in line)
    assert readers.mu(desk, init, FOLDERS, delivered.directory) == delivered.expected


def test_aerc(server, home, desk):
    delivered = Delivered(home, server, "maildir++")
    written = delivered.settings("aerc")
    assert written["way"] == "maildir" and written["add_to"] is None
    assert readers.aerc(desk, written["text"], delivered.subjects) == delivered.expected


def test_what_each_client_needs(home):
    """All are listed, in both layouts; what cannot read a Maildir, or not this layout, takes IMAP."""
    ways = {}
    for layout in ("maildir++", "fs"):
        home.configure(delivery__layout=layout)
        listed = home.run("client", "--json").lines[0]
        assert listed["layout"] == layout
        assert [each["name"] for each in listed["clients"]] == NAMES
        ways[layout] = {each["name"] for each in listed["clients"] if each["way"] == "imap"}
        for each in listed["clients"]:
            assert each["program"] == shutil.which({"mu4e": "mu"}.get(each["name"], each["name"]))
            assert home.run("client", each["name"], "--json").lines[0]["remarks"]
            assert each["title"] in home.run("client", each["name"]).out
    assert ways == {"maildir++": {"kmail", "claws-mail", "thunderbird"},
                    "fs": {"aerc", "evolution", "kmail", "claws-mail", "thunderbird"}}
    table = home.run("client").out
    assert all(name in table for name in NAMES)


def test_aerc_need_not_have_run_before(home, tmp_path):
    written = home.run("client", "aerc", "--write", "--json").lines[0]
    subprocess.run(["sh", "-c", written["add"]], env=os.environ | {"HOME": str(tmp_path)}, check=True)
    assert written["text"].strip() in (tmp_path / ".config/aerc/accounts.conf").read_text()


def test_a_colon_in_the_path_leads_aerc_to_imap(home):
    """It takes what is behind a colon for flags."""
    home.configure(delivery__maildir=home.path / "a:b")
    assert home.run("client", "aerc", "--json").lines[0]["way"] == "imap"
    assert home.run("client", "mutt", "--json").lines[0]["way"] == "maildir"


def test_the_users_own_file_stays(home):
    first = home.run("client", "neomutt", "--write", "--json").lines[0]
    path = Path(first["file"])
    assert home.run("client", "neomutt", "--write", "--json").lines[0]["written"] == [{"path": str(path), "kept": "unchanged"}]

    home.configure(delivery__maildir=home.path / "elsewhere")
    assert home.run("client", "neomutt", "--write", "--json").lines[0]["written"] == [{"path": str(path), "kept": "written"}]
    assert "elsewhere" in path.read_text()

    path.write_text(path.read_text() + "set sort=threads\n")
    edited = path.read_text()
    home.configure(delivery__maildir=home.path / "third")
    run = home.run("client", "neomutt", "--write")
    assert "is your own by now" in run.out and path.read_text() == edited
    assert home.run("client", "neomutt", "--write", "--json").lines[0]["written"] == [{"path": str(path), "kept": "edited"}]


@pytest.mark.parametrize("name", ["evolution"])
def test_nothing_to_write(home, name):
    before = sorted(home.path.rglob("*"))
    assert "nothing was written" in home.run("client", name, "--write").out
    assert sorted(home.path.rglob("*")) == before


@pytest.mark.parametrize(("arguments", "status", "words"), [
    (["pine"], 2, "pine"), (["--write"], 2, "one mail program"), (["mutt", "aerc"], 2, "one mail program"),
], ids=["unknown", "write-what", "two"])
def test_refusals(home, arguments, status, words):
    assert words in home.run("client", *arguments, status=status).err


def test_a_path_that_no_settings_can_say(tmp_path):
    assert "maildir=" in Home(tmp_path / "two\nlines").run("client", "mutt", status=3).err


# The local IMAP server, which runs as an ordinary user.

class Ordinary:
    """Root lets an ordinary user run the program and Dovecot, out of a folder that is open to him; others do it themselves."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="ib-client-"))
        self.folder.chmod(0o755)
        self.prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
        self.program = shutil.copy(BUILD / "src" / "cli" / "inbasket", self.folder / "inbasket")
        self.root = self.folder / "dovecot"
        shutil.copytree(installation() / "usr", self.root / "usr", symlinks=True)
        with contextlib.suppress(FileNotFoundError):
            shutil.copy(installation() / "relocate.so", self.root)

    def own(self, path, user=65534):
        if self.prefix:
            subprocess.run(["chown", "-R", f"{user}:{user}", path], check=True)

    def environment(self):
        lib = self.root / "usr/lib/dovecot"
        return {"PATH": f"{self.root}/usr/sbin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "IB_DOVECOT_ROOT": str(self.root),
                "LD_LIBRARY_PATH": f"{lib}:{lib}/modules/old-stats"}

    def client(self, home, *arguments, status=0, env=None):
        """`home` None: the user's own, as `env` has it."""
        where = ["--home", home.path] if home is not None else []
        done = subprocess.run([*self.prefix, self.program, *where, "client", *arguments, "--json"],
                              env=self.environment() | (env or {}), capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == status, done
        return json.loads(done.stdout)

    @contextlib.contextmanager
    def dovecot(self, configuration, state):
        """The configuration as it was written, and beside it only what leads a copy that is unpacked to its own parts."""
        outer = self.folder / "outer.conf"
        outer.write_text(f"!include {configuration}\nimport_environment = TZ LD_LIBRARY_PATH LD_PRELOAD IB_DOVECOT_ROOT\n"
                         f"libexec_dir = {self.root}/usr/lib/dovecot\nmail_plugin_dir = {self.root}/usr/lib/dovecot/modules\n")
        process = subprocess.Popen([*self.prefix, self.root / "usr/sbin/dovecot", "-F", "-c", outer], start_new_session=True,
                                   env=self.environment() | {"LD_PRELOAD": str(self.root / "relocate.so")})
        try:
            yield process
        except BaseException:
            print((state / "dovecot.log").read_text() if (state / "dovecot.log").exists() else "no log")
            raise
        finally:
            process.terminate()
            process.wait(PATIENCE)

    def remove(self):
        shutil.rmtree(self.folder)


@pytest.fixture
def ordinary():
    user = Ordinary()
    yield user
    user.remove()


def answers(port):
    import socket
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 5) as session:
        return session.recv(4) == b"* OK"
    return False


@pytest.mark.parametrize("layout", ["maildir++", "fs"])
def test_dovecot(server, ordinary, layout, desk):
    home = Home(ordinary.folder / "home $1")
    delivered = Delivered(home, server, layout)
    ordinary.own(home.path)
    written = ordinary.client(home, "thunderbird", "--write")
    imap = written["imap"]
    assert {each["kept"] for each in written["written"]} == {"written"}
    assert {Path(each["path"]).name for each in written["written"]} == {"dovecot.conf", "password", "inbasket-imap.service"}
    settings = Path(imap["configuration"]).parent
    assert stat.S_IMODE(settings.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in settings.iterdir()} == {0o600}
    assert Path(imap["unit"]) == home.config / "systemd" / "user" / "inbasket-imap.service"
    password = Path(imap["password_file"]).read_text().strip()
    assert len(password) >= 20 and password not in Path(imap["configuration"]).read_text()
    before = listing(delivered.maildir)

    with ordinary.dovecot(imap["configuration"], home.state / "imap"):
        wait_until(lambda: answers(imap["port"]), what="Dovecot")
        assert readers.dovecot(imap["port"], password, FOLDERS) == delivered.expected
        with pytest.raises(Exception, match="AUTHENTICATIONFAILED"):
            readers.dovecot(imap["port"], "wrong", FOLDERS)
        again = ordinary.client(home, "claws", "--write")
        assert again["imap"]["port"] == imap["port"], "a port that the server itself holds stays"
        assert {each["kept"] for each in again["written"]} == {"unchanged"}
        with imaplib.IMAP4("127.0.0.1", imap["port"]) as session:
            session.login("inbasket", password)
            session.create("Junk")
            session.select("Work")
            assert session.uid("MOVE", "1", "Junk")[0] == "OK"
        if layout == "fs":
            account = ordinary.client(home, "aerc", "--write")
            subjects = {folder: mails for folder, mails in delivered.subjects.items() if folder != "Work"}
            assert readers.aerc(desk, account["text"], subjects) == {folder: delivered.expected[folder] for folder in subjects}
    after = listing(delivered.maildir)
    others = {path for path in after - before if "new" not in path.parts and "cur" not in path.parts}
    assert {path.parts[0].lstrip(".") for path in others} == {"Junk"}, \
        "what Dovecot notes is not in the Maildir"
    ordinary.own(home.path, os.geteuid())
    home.sync()
    assert lessons(home).count(TO_JUNK) == 1, "what was moved there has another name, and is known again"


def listing(folder):
    return {path.relative_to(folder) for path in folder.rglob("*")}


def test_an_edited_server_keeps_its_port(ordinary):
    """A port that the user has set is the one that clients are told of."""
    home = Home(ordinary.folder / "home")
    ordinary.own(home.path)
    imap = ordinary.client(home, "kmail", "--write")["imap"]
    path = Path(imap["configuration"])
    path.write_text(path.read_text().replace(f"port = {imap['port']}", "port = 12345"))
    again = ordinary.client(home, "kmail", "--write")
    assert again["imap"]["port"] == 12345 and "12345" in again["text"]
    assert {"path": str(path), "kept": "edited"} in again["written"]


def test_in_the_users_own_folders(ordinary):
    """XDG's, each for what belongs there; and systemd finds the unit by its name."""
    folders = {name: ordinary.folder / name for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "HOME")}
    for folder in folders.values():
        folder.mkdir()
        ordinary.own(folder)
    written = ordinary.client(None, "thunderbird", "--write", env={name: str(folder) for name, folder in folders.items()})
    imap = written["imap"]
    assert imap["unit"] == str(folders["XDG_CONFIG_HOME"] / "systemd/user/inbasket-imap.service")
    assert imap["configuration"] == str(folders["XDG_CONFIG_HOME"] / "inbasket/imap/dovecot.conf")
    text = Path(imap["configuration"]).read_text()
    assert f"maildir:{folders['HOME']}/Mail:UTF-8:INDEX={folders['XDG_CACHE_HOME']}/inbasket/imap:" in text
    assert f"CONTROL={folders['XDG_STATE_HOME']}/inbasket/imap/control" in text
    if shutil.which("systemctl"):
        assert imap["start"] == "systemctl --user enable --now inbasket-imap.service"
    unit = Path(imap["unit"]).read_text()
    assert f'-F -c "{imap["configuration"]}"' in unit and "WantedBy=default.target" in unit


@pytest.mark.skipif(os.geteuid() != 0, reason="for root alone")
def test_root_has_no_local_server(home):
    assert "serves no mail of root" in home.run("client", "thunderbird", "--write", status=1).err
