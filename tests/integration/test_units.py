"""What starts the service: its systemd unit, how tight that is, and whether what runs inside still works."""

import configparser
import json
import os
import re
import socket
import subprocess
import time
from pathlib import Path

import pytest
from e2e.inbasket import BUILD, PROGRAM, TOP, Home, assert_exactly_once
from integration.test_setup import PASSWORD, Person, check_screen, keep_in_file, provider, screen, set_authority, to_settings
from mail import generate
from servers.keyring import BUS

UNIT = BUILD / "data/units/inbasketd.service"
CAGED = BUILD / "tests/integration/caged"


def mail(count, seed=1):
    return [message.data for message in generate.messages(seed, count)]


def analyze(tmp_path, *words):
    """systemd-analyze on the unit as it is installed, for a user's systemd."""
    unit = tmp_path / UNIT.name
    text = UNIT.read_text()
    # Programs must be there, but need not be installed yet; and manuals are looked up in what is installed, too.
    unit.write_text(re.sub(r"^Documentation=.*\n", "", re.sub(r"^ExecStart=.*$", "ExecStart=/bin/true", text, flags=re.M), flags=re.M))
    return subprocess.run(["systemd-analyze", "--user", "--no-pager", *words, str(unit)], capture_output=True, text=True, check=False,
                          env=dict(os.environ) | {"XDG_RUNTIME_DIR": str(tmp_path), "LC_ALL": "C.UTF-8"})


def test_unit_is_as_tight_as_promised(tmp_path):
    run = analyze(tmp_path, "security", "--offline=true", "--threshold=20")
    exposure = float(re.search(r"Overall exposure level for inbasketd.service: ([0-9.]+)", run.stdout + run.stderr)[1])
    assert exposure <= 2.0 and run.returncode == 0, run


def test_unit_has_no_fault_that_systemd_sees(tmp_path):
    run = analyze(tmp_path, "verify")
    assert run.returncode == 0 and run.stderr == "", run


def test_bus_starts_the_unit():
    file = configparser.ConfigParser()
    file.optionxform = str
    file.read(BUILD / "data/units/io.github.inbasket.Inbasket1.service")
    section = dict(file["D-BUS Service"])
    xml = next((TOP / "data/dbus").glob("*.xml")).read_text()
    assert f'interface name="{section["Name"]}"' in xml
    assert section["SystemdService"] == UNIT.name
    assert f"ExecStart={section['Exec']}\n" in UNIT.read_text()


# The call filter

def caged(*words, unit=UNIT, env=None):
    # A sanitized build looks for leaks by reading its own process from outside, which the cage does not allow.
    return subprocess.run([str(CAGED), str(unit), *map(str, words)], capture_output=True, text=True, check=False, timeout=300,
                          env=dict(env or os.environ) | {"ASAN_OPTIONS": "detect_leaks=0"})


@pytest.mark.parametrize("script", [
    "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
    "import socket; socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)",
    "import mmap; mmap.mmap(-1, 4096, prot=mmap.PROT_WRITE | mmap.PROT_EXEC)",
    "import os; os.chown('/', 0, 0)",
    "import os; os.setpriority(os.PRIO_PROCESS, 0, 10)",
    "import os; os.mkdir('{tmp}/x', 0o2700); os.chmod('{tmp}/x', 0o2700)",
    "import ctypes, os; libc = ctypes.CDLL(None, use_errno=True); assert libc.unshare(0x10000000) == 0, os.strerror(ctypes.get_errno())",
    "import ctypes; libc = ctypes.CDLL(None); assert libc.personality(0x0008) != -1",
    "import ctypes; libc = ctypes.CDLL(None); assert libc.syscall(248, b'user', b'x', b'y', 1, -3) != -1",
], ids=["raw-socket", "vsock", "write-and-execute", "chown", "priority", "set-group-id", "unshare", "personality", "keyring"])
def test_cage_holds(script, tmp_path):
    free, held = tmp_path / "free", tmp_path / "held"
    free.mkdir()
    held.mkdir()
    run = caged("/usr/bin/python3", "-c", script.replace("{tmp}", str(held)))
    assert run.returncode == 1 and "Traceback" in run.stderr, run


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_everything_works_under_the_units_call_filter(home, server, protocol):
    """Resolving, connecting, TLS, both workers with the cages of their own, scripts with expressions, delivery, the journal."""
    server.put("anna", mail(40))
    home.account("work", server, protocol=protocol)
    home.script("sorting", 'require ["fileinto", "regex"]; if header :regex "subject" "^(re|aw): .*[0-9]+" { fileinto "Answers"; }')
    home.configure(filter__scripts="sorting.sieve;junk.sieve")
    run = caged(*home.command("sync", "--json"), env=home.environment())
    assert run.returncode == 0, run
    served = server.served("anna") if protocol == "imap" else server.served_pop3("anna")
    assert_exactly_once(served, home)
    assert not [path for path in home.maildir.rglob("*") if path.is_file() and b"could-not-be-filtered" in path.read_bytes()]
    run = caged(*home.command("learn", "ham", home.maildir), env=home.environment())
    assert run.returncode == 0, run


def test_workers_need_what_the_unit_adds(home, server, tmp_path):
    """systemd's groups alone would not do: this is what the line in the unit is there for."""
    unit = tmp_path / "without"
    unit.write_text("".join(line for line in UNIT.read_text().splitlines(True) if "landlock_restrict_self" not in line))
    server.put("anna", mail(1))
    home.account("work", server)
    run = caged(*home.command("sync"), unit=unit, env=home.environment())
    assert run.returncode != 0, run
    assert not home.files()


# At login, where there is no systemd

@pytest.fixture
def desktop(tmp_path):
    """The environment of a desktop's session without systemd: a bus, and a user's own folders."""
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path / "home"), "LC_ALL": "C.UTF-8", "XDG_RUNTIME_DIR": str(tmp_path / "run"),
                   "INBASKET_LIBEXECDIR": str(BUILD / "src/worker"), "INBASKET_FILTERDIR": str(TOP / "data/filters"),
                   "INBASKET_PROVIDERDIR": str(TOP / "data/providers"), "INBASKET_SERVICE": str(BUILD / "src/service/inbasketd")}
    (tmp_path / "home").mkdir()
    (tmp_path / "run").mkdir(mode=0o700)
    (tmp_path / "bus.conf").write_text(BUS.format(socket=tmp_path / "bus"))
    bus = subprocess.Popen(["dbus-daemon", f"--config-file={tmp_path}/bus.conf", "--nofork", "--print-address=1"], env=environment,
                           stdout=subprocess.PIPE, text=True)
    environment["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().strip()  # once it listens
    yield environment
    subprocess.run([PROGRAM, "service", "disable"], env=environment, check=False)
    bus.terminate()
    bus.wait()
    bus.stdout.close()


def service(environment, *words, status=0):
    run = subprocess.run([PROGRAM, "service", *words], env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert run.returncode == status, run
    return run


def state(environment):
    return json.loads(service(environment, "status", "--json").stdout)


def test_autostart_where_there_is_no_systemd(desktop, tmp_path):
    before = state(desktop)
    assert before["way"] == "autostart" and not before["enabled"] and not before["running"] and before["file"] is None
    service(desktop, "enable")
    now = state(desktop)
    entry = tmp_path / "home/.config/autostart/inbasketd.desktop"
    assert now["enabled"] and now["running"] and now["file"] == str(entry) and not now["outdated"]
    assert Path(f"/proc/{now['pid']}/exe").resolve() == (BUILD / "src/service/inbasketd").resolve()
    assert abs(now["since"] - time.time()) < 120 and now["sandbox"]["service"] is False
    check = subprocess.run(["desktop-file-validate", str(entry)], capture_output=True, text=True, check=False)
    assert check.returncode == 0 and check.stdout == "", check
    service(desktop, "enable")
    assert state(desktop)["pid"] == now["pid"]
    service(desktop, "disable")
    after = state(desktop)
    assert not after["enabled"] and not after["running"] and not entry.exists()
    service(desktop, "disable")


@pytest.mark.parametrize("off", ["Hidden=true", "X-GNOME-Autostart-enabled=false"])
def test_autostart_that_the_desktop_has_switched_off(desktop, tmp_path, off):
    service(desktop, "enable")
    entry = tmp_path / "home/.config/autostart/inbasketd.desktop"
    entry.write_text(entry.read_text() + off + "\n")
    assert not state(desktop)["enabled"]


def test_autostart_with_a_program_in_an_odd_place(desktop, tmp_path):
    program = tmp_path / 'odd "100" $x `y` \\'
    program.symlink_to(BUILD / "src/service/inbasketd")
    service(desktop | {"INBASKET_SERVICE": str(program)}, "enable")
    entry = tmp_path / "home/.config/autostart/inbasketd.desktop"
    check = subprocess.run(["desktop-file-validate", str(entry)], capture_output=True, text=True, check=False)
    assert check.returncode == 0, check
    script = f"""import gi; gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib
print(GLib.shell_parse_argv(Gio.DesktopAppInfo.new_from_filename({str(entry)!r}).get_commandline())[1][0])"""
    read = subprocess.run(["/usr/bin/python3", "-c", script], capture_output=True, text=True, check=False)
    assert read.returncode == 0, read
    assert read.stdout.rstrip("\n") == str(program)


def test_a_home_of_its_own_does_not_run_at_login(home):
    for words in (["enable"], ["disable"], ["status"]):
        run = home.run("service", *words, status=2)
        assert "inbasketd --home" in run.err and run.err.count("\n") == 1


def test_another_inbasket_has_the_home(desktop):
    """It is enabled all the same, and says what keeps it from running."""
    environment = desktop | {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent/bus"}
    running = subprocess.Popen([BUILD / "src/service/inbasketd"], env=environment)
    lock = Path(desktop["HOME"]) / ".local/state/inbasket/lock"
    deadline = time.monotonic() + 60
    while not lock.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    try:
        run = service(environment, "enable", status=5)
        assert "another Inbasket works on this home" in run.stderr
        assert state(environment)["enabled"]
    finally:
        running.terminate()
        running.wait()


@pytest.mark.parametrize("mute", ["bus", "systemd/private"])
def test_nobody_is_waited_for_who_listens_and_says_nothing(desktop, tmp_path, mute):
    place = tmp_path / "run" / mute
    place.parent.mkdir(exist_ok=True)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(place))
        listening.listen()
        begun = time.monotonic()
        now = state(desktop | ({"DBUS_SESSION_BUS_ADDRESS": f"unix:path={place}"} if mute == "bus" else {}))
        assert not now["running"] and not now["enabled"]
        assert time.monotonic() - begun < 30


# Setup's last question

class OwnHome(Home):
    """A user's own home, where XDG has it."""

    def __init__(self, path, environment):
        super().__init__(path)
        self.config = path / ".config/inbasket"
        self.surroundings = environment

    def command(self, *arguments):
        return [str(PROGRAM), *map(str, arguments)]

    def environment(self, **more):
        return self.surroundings | {"NO_COLOR": "1"} | more


@pytest.fixture
def own(desktop, start, tmp_path):
    """(a home that knows example.com, its server)"""
    server = start(users={"anna": PASSWORD})
    home = OwnHome(tmp_path / "home", desktop)
    provider(home, "example", server, domains="example.com")
    server.put("anna", mail(3))
    return home, server


def to_the_end(person, home, server, is_twin=False):
    set_authority(person, server)
    if is_twin:
        person.answer("Fetch it twice?", "y")
    keep_in_file(person, home)
    person.answer("It works.", "")
    person.answer("Enter if that is right; d: dry run")
    person.answer("Filter its mail")
    person.answer("into folders as well?")
    person.answer("Folder for its ordinary mail")
    person.answer("Learn from it?", "no")
    person.answer("Another account?")


def test_setup_offers_to_run_at_login(own, desktop):
    home, server = own
    with Person(home, "setup", "--no-progress") as person:
        to_settings(person)
        to_the_end(person, home, server)
        person.answer("Have it run at login?")
        assert person.finish() == 0
        text = screen(person, home, server)
        check_screen("at-login", text[text.index("Step 8"):])
    now = state(desktop)
    assert now["enabled"] and now["running"]
    with Person(home, "setup", "--no-progress") as person:
        person.answer("Mail address", "anna@example.com")
        person.answer("Which way")
        to_the_end(person, home, server, is_twin=True)
        assert person.finish() == 0
        assert "run at login?" not in person.seen


def test_setup_takes_a_no(own, desktop):
    home, server = own
    with Person(home, "setup", "--no-progress") as person:
        to_settings(person)
        to_the_end(person, home, server)
        person.answer("Have it run at login?", "no")
        assert person.finish() == 0
        assert "inbasket service enable" in person.seen
    now = state(desktop)
    assert not now["enabled"] and not now["running"]
