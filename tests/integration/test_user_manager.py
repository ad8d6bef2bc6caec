"""The service as a unit of a real systemd that runs for a user: installed, enabled, in its cage, with the user's own commands
outside of it."""

import contextlib
import imaplib
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from e2e.inbasket import BUILD, PATIENCE
from mail import generate
from servers.dovecot import installation, wait_until
from servers.user_manager import RUNTIME, UID, UserManager

UNIT = "inbasketd"


@pytest.fixture(scope="session")
def installed():
    """(prefix, the folder that holds what `meson install` puts there)."""
    options = json.loads(subprocess.run(["meson", "introspect", "--buildoptions", BUILD], capture_output=True, check=True).stdout)
    prefix = next(option["value"] for option in options if option["name"] == "prefix")
    folder = Path(tempfile.mkdtemp(prefix="ib-installed-"))
    try:
        subprocess.run(["meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir", folder], check=True)
        tests = folder / prefix.lstrip("/") / "libexec/inbasket-tests"
        tests.mkdir(parents=True)
        shutil.copy(BUILD / "tests/integration/launch", tests)
        subprocess.run(["chmod", "-R", "a+rX", folder], check=True)
        yield prefix, folder / prefix.lstrip("/")
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def login(installed):
    """login(...) is a user's systemd, with Inbasket installed, that ends with the test."""
    running = []
    prefix, folder = installed

    def start(**options):
        running.append(Session(prefix, binds=[(folder, prefix)], **options))
        return running[-1].__enter__()
    yield start
    for session in running:
        session.__exit__(None, None, None)


class Session(UserManager):
    def __init__(self, prefix, **options):
        super().__init__(**options)
        self.prefix = prefix
        self.program = f"{prefix}/bin/inbasket"

    def inbasket(self, *words, **options):
        return self.run(self.program, *words, **options)

    def status(self):
        return json.loads(self.inbasket("service", "status", "--json").stdout)

    def write(self, path, text, mode=0o600):
        """A file of the user's."""
        for folder in reversed(path.relative_to(self.home).parents):
            there = self.home / folder
            if not there.exists():
                there.mkdir(mode=0o700)
                os.chown(there, UID, UID)
        path.write_text(text)
        path.chmod(mode)
        os.chown(path, UID, UID)
        return path

    def account(self, name, server, secret):
        self.write(self.home / ".config/inbasket/accounts" / f"{name}.conf", f"""[account]
address=anna@example.com
protocol=imap
host=localhost
port={server.ports["imaps"]}
security=tls
ca-file={self.write(self.home / "ca.pem", Path(server.ca).read_text())}
user=anna
secret={secret}
""")

    def configure(self, text):
        self.write(self.home / ".config/inbasket/inbasket.conf", text)


def mail(count):
    return [message.data for message in generate.messages(1, count)]


def delivered(maildir):
    return [path for path in maildir.rglob("new/*")] if maildir.exists() else []


# The unit

def test_enabled_it_runs_in_its_cage(login, server):
    server.put("anna", mail(20))
    session = login()
    session.account("work", server, f"file:{session.write(session.home / 'secrets/work', server.users['anna'])}")
    before = session.status()
    assert before["way"] == "systemd" and not before["enabled"] and not before["running"]

    out = session.inbasket("service", "enable").stdout
    assert out == "Inbasket runs, and starts at login (by systemd, as inbasketd.service)\n"
    now = session.status()
    assert now["enabled"] and now["running"] and not now["outdated"] and now["sandbox"]["service"] is True
    assert session.property(UNIT, "ActiveState") == "active" and session.property(UNIT, "MainPID") == str(now["pid"])
    assert now["since"] <= time.time() <= now["since"] + 120
    wait_until(lambda: len(delivered(session.home / "Mail")) == 20, what="the delivery under the unit")

    status = session.run("cat", f"/proc/{now['pid']}/status").stdout
    assert re.search(r"^NoNewPrivs:\s+1$", status, re.M) and re.search(r"^CapBnd:\s+0+$", status, re.M)
    for path, is_writable in ((session.home, False), (session.home / ".local/state/inbasket", True), (session.home / "Mail", True),
                              (session.home / ".config/inbasket", True), (session.home / ".ssh", False)):
        probe = session.run("sh", "-c", f"awk '$2 == \"{path}\" {{ print $4 }}' /proc/{now['pid']}/mounts").stdout
        assert ("rw" in probe.split(",")) == is_writable, (path, probe)
    words = session.run("systemctl", "--user", "show", "--property=StatusText", UNIT).stdout
    assert "1 account" in words

    session.run("systemctl", "--user", "reload", UNIT)
    assert session.property(UNIT, "ActiveState") == "active"
    assert session.inbasket("service", "disable").stdout.startswith("Inbasket is stopped")
    after = session.status()
    assert not after["enabled"] and not after["running"]
    assert not (session.home / ".config/systemd/user/inbasketd.service.d").exists()
    assert session.property(UNIT, "Result") == "success"


@pytest.mark.parametrize("name", ["Mail", "My Mail", '100% "mine" \\ $HOME %h', "Päckchen;x #y", " blanks ", "-dash"])
def test_a_maildir_of_any_name_is_written_to(login, server, name):
    server.put("anna", mail(3))
    session = login()
    maildir = session.home / "disk" / name
    escaped = str(maildir).replace("\\", "\\\\")
    session.configure(f"[delivery]\nmaildir={escaped}{'/' if name.endswith(' ') else ''}\n")
    session.account("work", server, f"file:{session.write(session.home / 'secrets/work', server.users['anna'])}")
    session.inbasket("service", "enable")
    wait_until(lambda: len(delivered(maildir)) == 3, what="the delivery into " + str(maildir))
    assert not (session.home / "Mail").exists()


def test_an_update_has_it_begin_anew(login, installed, server):
    """The manager sees no end, and no new process."""
    session = login()
    session.account("work", server, f"file:{session.write(session.home / 'secrets/work', server.users['anna'])}")
    session.inbasket("service", "enable")
    pid = session.property(UNIT, "MainPID")
    program = installed[1] / "bin/inbasketd"
    shutil.copy2(program, program.with_name("new"))
    os.rename(program.with_name("new"), program)
    runs = lambda: session.run("stat", "--dereference", "--format=%i", f"/proc/{pid}/exe").stdout  # noqa: E731
    wait_until(lambda: runs() == f"{program.stat().st_ino}\n", what="the new program")
    server.put("anna", mail(5))
    wait_until(lambda: len(delivered(session.home / "Mail")) == 5, what="the delivery after the update")
    assert session.property(UNIT, "MainPID") == pid and session.property(UNIT, "NRestarts") == "0"
    assert session.property(UNIT, "ActiveState") == "active"
    session.inbasket("service", "disable")
    assert session.property(UNIT, "Result") == "success"



def test_a_maildir_that_moves(login, server):
    """Until it is enabled again the service cannot write there, and status says so."""
    session = login()
    session.account("work", server, f"file:{session.write(session.home / 'secrets/work', server.users['anna'])}")
    session.inbasket("service", "enable")
    pid = session.status()["pid"]
    session.configure(f"[delivery]\nmaildir={session.home}/Elsewhere\n")
    assert session.status()["outdated"]
    assert "inbasket service enable" in session.inbasket("service", "status").stderr
    session.inbasket("service", "enable")
    now = session.status()
    assert not now["outdated"] and now["running"] and now["pid"] != pid
    server.put("anna", mail(2))
    wait_until(lambda: len(delivered(session.home / "Elsewhere")) == 2, what="the delivery there")


def test_enabling_twice_leaves_it_alone(login):
    session = login()
    session.inbasket("service", "enable")
    pid = session.status()["pid"]
    session.inbasket("service", "enable")
    assert session.status()["pid"] == pid


def test_enabled_by_systemctl_alone(login, server):
    """The unit as it is installed will do for a home where all is in its usual place."""
    server.put("anna", mail(2))
    session = login()
    session.account("work", server, f"file:{session.write(session.home / 'secrets/work', server.users['anna'])}")
    session.run("systemctl", "--user", "enable", "--now", UNIT)
    now = session.status()
    assert now["enabled"] and now["running"] and not now["outdated"]
    wait_until(lambda: len(delivered(session.home / "Mail")) == 2, what="the delivery")
    session.configure(f"[delivery]\nmaildir={session.home}/Elsewhere\n")
    assert session.status()["outdated"]


def test_a_home_that_systemd_was_not_told_of(login):
    """XDG_CONFIG_HOME of a terminal holds for the service, too."""
    session = login()
    elsewhere = {"XDG_CONFIG_HOME": f"{session.home}/conf 1", "XDG_STATE_HOME": f"{session.home}/state"}
    session.inbasket("service", "enable", environment=elsewhere)
    assert (session.home / "state/inbasket/lock").exists()
    assert not (session.home / ".local/state").exists()
    assert (session.home / ".config/systemd/user/inbasketd.service.d/inbasket.conf").exists()


@pytest.mark.parametrize("name", ["a\nb", "caf\udce9"], ids=["two-lines", "latin-1"])
def test_what_systemd_cannot_be_told_of_is_refused(login, name):
    session = login()
    run = session.inbasket("service", "enable", status=1, environment={"XDG_CACHE_HOME": f"{session.home}/{name}"})
    assert "single line" in run.stderr and run.stderr.count("\n") == 1
    assert not session.status()["enabled"]


def test_one_started_by_hand_makes_room(login):
    session = login()
    hand = subprocess.Popen(session.command(f"{session.prefix}/bin/inbasketd"), stderr=subprocess.DEVNULL)
    wait_until(lambda: session.status()["running"], what="the service started by hand")
    assert session.status()["sandbox"]["service"] is False
    session.inbasket("service", "enable")
    assert hand.wait(PATIENCE) == 0
    assert session.status()["sandbox"]["service"] is True


def test_an_autostart_entry_makes_room(login):
    session = login()
    entry = session.write(session.home / ".config/autostart/inbasketd.desktop", "[Desktop Entry]\nType=Application\n")
    session.inbasket("service", "enable")
    assert not entry.exists()


def test_bus_starts_it_as_the_unit(login):
    session = login()
    session.run("busctl", "--user", "call", "io.github.inbasket.Inbasket1", "/io/github/inbasket/Inbasket1", "org.freedesktop.DBus.Peer",
                "Ping")
    assert session.property(UNIT, "ActiveState") == "active"
    assert session.status()["running"]


def test_asking_does_not_start_it(login):
    session = login()
    session.inbasket("status")
    session.inbasket("service", "status")
    assert session.property(UNIT, "ActiveState") == "inactive"


def test_killed_it_comes_back(login):
    session = login()
    session.inbasket("service", "enable")
    session.run("systemctl", "--user", "kill", "--signal=KILL", UNIT)
    wait_until(lambda: session.property(UNIT, "NRestarts") == "1" and session.property(UNIT, "ActiveState") == "active",
               what="its return")


@pytest.mark.parametrize("bus", [True, False], ids=["bus", "no-bus"])
def test_without_a_bus_it_is_enabled_just_the_same(login, bus):
    session = login(bus=bus)
    session.inbasket("service", "enable")
    assert session.status()["running"]
    session.inbasket("service", "disable")
    assert not session.status()["running"]


# The user's own commands

@pytest.mark.parametrize("bus", [True, False], ids=["bus", "no-bus"])
def test_commands_run_outside_of_the_cage(login, server, bus):
    """They write into the home, which the service cannot; and the password is in nobody's log."""
    server.put("anna", mail(5))
    session = login(bus=bus)
    asks = session.write(session.home / "bin/asks", f"#!/bin/sh\ntouch {session.home}/asked\ncat /proc/self/cgroup >> {session.home}/asked\n"
                         f"echo '{server.users['anna']}'\necho user: anna\n", 0o700)
    notes = session.write(session.home / "bin/notes", f"#!/bin/sh\nenv > {session.home}/noted.new\nmv {session.home}/noted.new {session.home}/noted\n",
                          0o700)
    session.configure(f"[service]\nafter-delivery={notes} new\n")
    session.account("work", server, f"command:{asks} mail/work")
    session.inbasket("service", "enable")
    wait_until(lambda: len(delivered(session.home / "Mail")) == 5, what="the delivery")
    wait_until((session.home / "noted").exists, what="the command after it")
    groups = (session.home / "asked").read_text()
    assert "inbasket-command-" in groups and "inbasketd.service" not in groups
    environment = (session.home / "noted").read_text()
    assert f"HOME={session.home}\n" in environment and "NOTIFY_SOCKET" not in environment
    assert server.users["anna"] not in session.log() + environment
    # What it has written is there a moment before it has ended.
    wait_until(lambda: session.run("systemctl", "--user", "list-units", "--all", "--plain", "--no-legend", "inbasket-command-*").stdout == "",
               what="the end of the commands' units")


# The other unit: Dovecot for mail programs that read no Maildir

def test_the_users_own_imap_server_is_a_unit(login, server):
    server.put("anna", mail(4))
    session = login(over=[(installation() / "usr" / name, f"/usr/{name}") for name in ("bin", "lib", "sbin")])
    session.account("work", server, f"file:{session.write(session.home / 'secrets/work', server.users['anna'])}")
    session.inbasket("sync")
    count = len(list((session.home / "Mail/new").iterdir()))
    assert count > 0
    imap = json.loads(session.inbasket("client", "kmail", "--write", "--json").stdout)["imap"]
    unit = Path(imap["unit"]).name
    session.run("systemctl", "--user", "daemon-reload")
    session.run("systemctl", "--user", "enable", "--now", unit)
    assert session.property(unit, "ActiveState") == "active"

    def look():
        with imaplib.IMAP4("127.0.0.1", imap["port"]) as client:
            client.login("inbasket", session.run("cat", imap["password_file"]).stdout.strip())
            return client.select("INBOX")

    def is_served():
        with contextlib.suppress(OSError, imaplib.IMAP4.abort):
            return look() == ("OK", [b"%d" % count])
        return False
    wait_until(is_served, what="the mail, over IMAP")
    session.run("systemctl", "--user", "restart", unit)
    wait_until(is_served, what="the mail, after it was started anew")
    session.run("systemctl", "--user", "disable", "--now", unit)
    assert session.property(unit, "Result") == "success"


@pytest.fixture
def launch(login):
    def run(*words, limit=20000, bus=True, status=0, session=None):
        session = session or login(bus=bus)
        out = session.run(f"{session.prefix}/libexec/inbasket-tests/launch", limit, *words, status=status).stdout
        return out, session
    return run


@pytest.mark.parametrize("words, expected", [
    (["printf", "a\\nb"], "out: a\nb\nerr: \nstatus 0\n"),
    (["sh", "-c", "echo one; echo two >&2; exit 3"], "out: one\n\nerr: two\n\nstatus 3\n"),
    (["sh", "-c", "kill -9 $$"], "out: \nerr: \nsignal 9\n"),
    (["sh", "-c", "cat; echo end"], "out: end\n\nerr: \nstatus 0\n"),
    (["echo", "$HOME", "%h", "a b", "", "$$", "\\x41", "é"], "out: $HOME %h a b  $$ \\x41 é\n\nerr: \nstatus 0\n"),
    (["sh", "-c", "sleep 300 & echo left"], "out: left\n\nerr: \nstatus 0\n"),
    (["sh", "-c", "umask"], "out: 0077\n\nerr: \nstatus 0\n"),
], ids=["plain", "status", "signal", "empty-input", "words-as-they-are", "left-behind", "umask"])
@pytest.mark.parametrize("bus", [True, False], ids=["bus", "no-bus"])
def test_unit_of_a_command(launch, words, expected, bus):
    assert launch(*words, bus=bus)[0] == expected


def test_much_output_of_a_command(launch):
    out, _ = launch("sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' a; head -c 300000 /dev/zero | tr '\\0' e >&2")
    assert out == f"out: {'a' * 3000000}\nerr: {'e' * 1024}\nstatus 0\n"


def test_a_command_that_is_not_there(launch):
    assert launch("no-such-program-here", status=1)[0] == "There is no program “no-such-program-here”\n"


def test_a_command_that_takes_too_long_goes_with_all_that_it_started(launch):
    out, session = launch("sh", "-c", "trap '' TERM; sleep 4242 & sleep 4243", limit=700, status=1)
    assert out == "it had not ended after 0.7 s\n"
    wait_until(lambda: session.run("pgrep", "-f", "sleep 424", status=None).returncode == 1, what="the end of all of it")


def test_a_manager_that_executes_itself_anew(launch, login):
    """It drops its connections, and listens a moment later."""
    session = login(bus=False)
    for _ in range(3):
        session.run("systemctl", "--user", "daemon-reexec")
        assert launch("echo", "here", session=session)[0] == "out: here\n\nerr: \nstatus 0\n"


def test_no_manager_no_command(installed, tmp_path):
    run = subprocess.run([BUILD / "tests/integration/launch", "1000", "true"], capture_output=True, text=True, check=False,
                         env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "XDG_RUNTIME_DIR": str(tmp_path),
                              "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent/bus"})
    assert (run.returncode, run.stdout) == (1, "There is no systemd that runs for this user\n")


def test_the_runtime_folder_is_the_users(login):
    """What the rest stands on: this is no manager of root's."""
    session = login()
    assert session.run("id", "-u").stdout == f"{UID}\n"
    assert session.run("stat", "-c", "%u %a", RUNTIME).stdout == f"{UID} 700\n"


@pytest.mark.parametrize("folder", ["/tmp", "/var/tmp"])
def test_what_units_are_given_of_their_own_is_not_left_on_the_machine(login, folder):
    """A manager that is ended at once takes nothing away."""
    session = login()
    session.inbasket("service", "enable")
    own = [name for name in session.run("ls", folder).stdout.split() if f"-{UNIT}.service-" in name]
    assert own and not any((Path(folder) / name).exists() for name in own)
