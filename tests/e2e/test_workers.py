"""A worker that dies, hangs or speaks nonsense takes one poll or one message with it, and neither is lost."""

import contextlib
import os
import signal
import stat
import sys

import pytest
from e2e.inbasket import BUILD, PATIENCE, assert_exactly_once, hears
from mail import generate
from servers.dovecot import wait_until
from servers.poor_imap import ImapSession, PoorImap

MAILS = [m.data for m in generate.messages(71, 30)]

# Programs in a worker's place. Descriptor 3 is the service; a frame is one datagram.
DIES = "import os, sys\nos.kill(os.getpid(), 11)\n"
LEAVES = "import sys\nsys.exit(3)\n"
NONSENSE = "import socket\ns = socket.socket(fileno=3)\nwhile True:\n    s.send(b'\\xff' * 5000)\n"
EMPTY = "import socket, time\ns = socket.socket(fileno=3)\ns.send(b'')\ns.recv(65536)\ntime.sleep(3600)\n"
HUGE = "import socket\ns = socket.socket(fileno=3)\ns.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 10 ** 7)\nwhile True:\n    s.send(b'a' * 100000)\n"
FLOOD = ("import socket, os\ns = socket.socket(fileno=3)\n"
         "while True:\n    socket.send_fds(s, [b'\\0' * 100], [os.open('/dev/null', 0)] * 50)\n")
HANGS = "import time\ntime.sleep(3600)\n"
CASES = {"dies": DIES, "leaves": LEAVES, "nonsense": NONSENSE, "empty-frame": EMPTY, "huge-frames": HUGE, "descriptors": FLOOD}

# The real one, behind somebody who ends with it as soon as it is handed what has these words in it.
DIES_OF = """import os, select, socket, subprocess
service = socket.socket(fileno=os.dup(3))
ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
os.dup2(its.fileno(), 3)
real = subprocess.Popen([{real!r}], pass_fds=[3])
its.close()
os.close(3)
service.send(ours.recv(1 << 17))     # that it is ready
while True:
    for there in select.select([service, ours], [], [])[0]:
        frame, fds, _, _ = socket.recv_fds(there, 1 << 17, 4)
        if not frame or any({words!r} in os.pread(fd, 1 << 20, 0) for fd in fds):
            real.kill()
            os._exit(3)
        socket.send_fds(ours if there is service else service, [frame], fds)
        for fd in fds:
            os.close(fd)
"""


def without(words):
    """A filter worker that dies of a message, or of what comes together with it, which has these words in it."""
    return DIES_OF.format(real=str(BUILD / "src" / "worker" / "inbasket-filter"), words=words)


def replaced(tmp_path, program, text):
    """A folder of workers in which one is a Python program. Returns the environment that leads to it."""
    folder = tmp_path / "workers"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("inbasket-fetch", "inbasket-filter"):
        path = folder / name
        path.unlink(missing_ok=True)
        if name == program:
            path.write_text(f"#!{sys.executable}\n{text}")
            path.chmod(path.stat().st_mode | stat.S_IXUSR)
        else:
            path.symlink_to(BUILD / "src" / "worker" / name)
    return {"INBASKET_LIBEXECDIR": folder}


@pytest.mark.parametrize("case", CASES)
def test_bad_fetch_worker(server, home, tmp_path, case):
    server.put("anna", MAILS)
    home.account("work", server, fetch__after="delete")
    run = home.sync(env=replaced(tmp_path, "inbasket-fetch", CASES[case]), status=(1, 6), timeout=PATIENCE * 2)
    assert run.summary["work"]["error"] and not run.delivered
    assert len(server.uids("anna")) == len(MAILS)
    home.sync()
    assert_exactly_once(MAILS, home)
    assert server.uids("anna") == []


@pytest.mark.parametrize("case", CASES)
def test_bad_filter_worker(server, home, tmp_path, case):
    """Mail that cannot be judged is delivered into the INBOX, and says so; it is not lost and not delayed for ever."""
    server.put("anna", MAILS[:4])
    home.account("work", server)
    run = home.sync(env=replaced(tmp_path, "inbasket-filter", CASES[case]), status=(0, 1), timeout=PATIENCE * 3)
    assert_exactly_once(MAILS[:4], home)
    assert [event["target"] for event in run.delivered] == ["INBOX"] * 4
    for _, path in home.files():
        assert b"could-not-be-filtered" in path.read_bytes().partition(b"\n\n")[0]
    assert run.err.count(": could not be filtered: ") == 4 and "could-not-be-filtered" not in run.err


@pytest.mark.parametrize("fault", ["filter.crash:4", "filter.nonsense:4:EIO"])
def test_filter_worker_fails_at_a_message(server, home, fault):
    """What waited on a worker that went down goes to the next, and comes out judged."""
    server.put("anna", MAILS[:8])
    home.account("work", server)
    run = home.sync(env={"IB_FAULT": fault}, status=(0, 1), timeout=PATIENCE * 2)
    assert_exactly_once(MAILS[:8], home)
    assert len(run.delivered) == 8


# The real one, once a session is over; and if another is begun nevertheless, a little later.
LATE = ("import os, sys, time\nwhile not os.path.exists({gate!r}):\n    time.sleep(0.01)\n"
        "for _ in range(30):\n    os.path.exists({gate!r} + '-again') or time.sleep(0.01)\n"
        "os.execv({real!r}, [{real!r}, *sys.argv[1:]])\n")


class Odd(set):
    """Flags that no client can read."""

    def __iter__(self):
        return iter(["(" * 40])


class Gate(ImapSession):
    """When the first of them is over the gate is open."""

    def do_search(self, *words):
        if self.server.gate.exists():
            self.server.gate.with_name("gate-again").touch()
        return super().do_search(*words)

    def serve(self):
        try:
            super().serve()
        finally:
            self.server.gate.touch()


def test_the_next_session_waits_for_what_the_former_handed_over(authority, home, tmp_path, monkeypatch):
    """It breaks while nothing of it is judged, let alone delivered: the next one, which is told by the journal what is here, must
    not begin before. Nothing is fetched twice, and what stands behind comes, too."""
    mails, gate = generate.small(73, 60), tmp_path / "gate"
    monkeypatch.setattr(PoorImap, "session", Gate)
    with PoorImap({"INBOX": mails[:40]}, authority=authority) as server:
        server.box().add(b"Subject: breaks it\r\n\r\n").flags = Odd()
        server.gate = gate
        for mail in mails[40:]:
            server.box().add(mail)
        home.account("work", server)
        worker = LATE.format(gate=str(gate), real=str(BUILD / "src" / "worker" / "inbasket-filter"))
        run = home.sync(env=replaced(tmp_path, "inbasket-filter", worker), status=1)
        assert sum(command.startswith(b"AUTHENTICATE") for command in server.commands) == 3
        assert run.summary["work"]["fetched"] == 60 and run.summary["work"]["skipped"] == 1
        assert_exactly_once(mails, home)
        assert len(home.files()) == 60


def test_hanging_workers(server, home, tmp_path):
    server.put("anna", MAILS[:2])
    home.account("work", server)
    run = home.sync(env=replaced(tmp_path, "inbasket-fetch", HANGS) | {"IB_FAULT": "session.silence:1:EIO"},
                    status=(1, 6))
    assert run.summary["work"]["error"]
    home.sync()
    assert_exactly_once(MAILS[:2], home)


@pytest.mark.parametrize("program", ["inbasket-fetch", "inbasket-filter"])
def test_a_worker_killed_in_the_middle(server, home, program):
    mails = generate.small(72, 4000)
    server.put("anna", mails)
    home.account("work", server, fetch__after="delete")
    process = home.start("sync", "--json")
    for _ in range(50):
        process.stdout.readline()
    victims = wait_until(lambda: workers_of(process.pid, program), what=f"a running {program}")
    os.kill(victims[0], signal.SIGKILL)
    process.communicate(timeout=PATIENCE * 3)
    home.sync()
    assert_exactly_once(mails, home)
    assert server.uids("anna") == []


def workers_of(parent, program):
    """Process ids of a program's workers."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", encoding="ascii", errors="replace") as file:
                    text = file.read()
            except OSError:
                continue
            name, rest = text.partition("(")[2].rpartition(")")[0], text.rpartition(")")[2].split()
            if int(rest[1]) == parent and program.startswith(name):
                found.append(int(entry))
    return found


def open_files(pid):
    """What its descriptors lead to; one may be closed while they are looked at."""
    for descriptor in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(FileNotFoundError):
            yield os.readlink(f"/proc/{pid}/fd/{descriptor}")


def test_workers_hold_nothing_of_the_user(server, home):
    """While they work: no file, no other socket, not even the environment."""
    server.put("anna", generate.small(73, 6000))
    home.account("work", server)
    process = home.start("sync", "--json", env={"IN_THE_USERS_ENVIRONMENT": "yes"})
    process.stdout.readline()
    fetch = wait_until(lambda: workers_of(process.pid, "inbasket-fetch"), what="a fetch worker")[0]
    facts = {}
    if os.geteuid() == 0:
        facts["environment"] = open(f"/proc/{fetch}/environ", "rb").read()
        facts["files"] = list(open_files(fetch))
    status = open(f"/proc/{fetch}/status", encoding="ascii").read()
    process.communicate(timeout=PATIENCE * 3)
    if facts:
        assert b"IN_THE_USERS_ENVIRONMENT" not in facts["environment"]
        strange = [name for name in facts["files"] if not name.startswith(("socket:", "pipe:", "/dev/null", "/memfd:", "anon_inode:"))]
        assert not strange, strange
    assert "NoNewPrivs:\t1" in status and "Seccomp:\t2" in status


def test_stopped_while_the_filter_hangs(server, home):
    """A signal to stop is obeyed in seconds; what was not judged by then is still on its server."""
    server.put("anna", MAILS)
    home.account("work", server, fetch__after="delete")
    process = home.start("sync", "--json", env={"IB_FAULT": "filter.hang:1:EIO"})
    wait_until(lambda: hears(process, signal.SIGTERM), what="a run that has begun")  # workers are loaded before
    wait_until(lambda: workers_of(process.pid, "inbasket-filter"), what="a filter worker")
    process.terminate()
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    home.sync()
    assert_exactly_once(MAILS, home)
    assert server.uids("anna") == []
