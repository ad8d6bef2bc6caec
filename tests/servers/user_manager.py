"""A real systemd that runs for a user of its own, on a bus of its own: the machine's init may be anything.

    with UserManager() as manager:
        manager.run("systemctl", "--user", "start", "inbasketd")
        manager.home                    # the user's home, to look into from outside

It has its own mounts (/run, /tmp, /var/tmp, control groups, /etc/passwd, and what binds says) and its own process numbers,
which end with it.
Only root can set that up; what runs inside is an ordinary user.
"""

import os
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

from .dovecot import ServerFailed, wait_until

UID = 4117
RUNTIME = f"/run/user/{UID}"
SET_UP = r"""
set -e
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/systemd/system /run/systemd/unit-root
install -d -m 700 -o {uid} -g {uid} {runtime}
mount --bind {folder}/passwd /etc/passwd
mount --bind {folder}/group /etc/group
umount -R /sys/fs/cgroup 2>/dev/null || true
mount -t cgroup2 cgroup2 /sys/fs/cgroup
install -d -o {uid} -g {uid} /sys/fs/cgroup/{name} /sys/fs/cgroup/{name}/manager
chown {uid}:{uid} /sys/fs/cgroup/{name}/manager/cgroup.*
echo $$ > /sys/fs/cgroup/{name}/manager/cgroup.procs
{mounts}
for folder in /tmp /var/tmp; do mount -t tmpfs -o mode=1777 tmpfs $folder; done
cp -r {folder}/units /run/systemd/user
setpriv --reuid={uid} --regid={uid} --clear-groups env -i {environment} /lib/systemd/systemd --user --log-target=console &
wait
"""
# The bus as Debian's dbus-user-session has it.
BUS = {
    "dbus.socket": "[Unit]\nDescription=The bus\n[Socket]\nListenStream=%t/bus\n",
    "dbus.service": "[Unit]\nDescription=The bus\nRequires=dbus.socket\n[Service]\nType=notify\nNotifyAccess=main\nExecStart=dbus-daemon "
                    "--session --address=systemd: --nofork --nopidfile --systemd-activation\nSlice=session.slice\n",
}


class UserManager:
    def __init__(self, binds=(), over=(), environment=(), bus=True):
        """binds: pairs of paths, the first of which takes the second's place inside. over: the same, but what is in the second is
        seen, too. bus: whether this user has one."""
        if os.geteuid() != 0:
            raise ServerFailed("a user's systemd can be started here by root only")
        # Not in /tmp, which a unit may have one of its own of.
        self.folder = Path(tempfile.mkdtemp(prefix="ib-manager-", dir="/home"))
        self.name = self.folder.name
        self.home = self.folder / "home"
        self.binds, self.over, self.bus = binds, over, bus
        self.environment = {"HOME": str(self.home), "USER": "anna", "LOGNAME": "anna", "SHELL": "/bin/sh", "LC_ALL": "C.UTF-8",
                            "PATH": "/usr/local/bin:/usr/bin:/bin", "XDG_RUNTIME_DIR": RUNTIME,
                            # A sanitized build looks for leaks by reading its own process from outside, which no cage here allows.
                            "ASAN_OPTIONS": "detect_leaks=0"} | dict(environment)
        if bus:
            self.environment["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={RUNTIME}/bus"
        self.process = None

    def __enter__(self):
        self.folder.chmod(0o755)
        self.home.mkdir(mode=0o700)
        os.chown(self.home, UID, UID)
        (self.folder / "passwd").write_text(Path("/etc/passwd").read_text() + f"anna:x:{UID}:{UID}::{self.home}:/bin/sh\n")
        (self.folder / "group").write_text(Path("/etc/group").read_text() + f"anna:x:{UID}:\n")
        units = self.folder / "units"
        units.mkdir()
        for name, text in BUS.items() if self.bus else ():
            (units / name).write_text(text)
            wants = units / "sockets.target.wants"
            wants.mkdir(exist_ok=True)
            if name.endswith(".socket"):
                (wants / name).symlink_to(f"../{name}")
        mounts = [["mount", "--bind", there, here] for there, here in self.binds]
        mounts += [["mount", "-t", "overlay", "-o", f"lowerdir={there}:{here}", "overlay", here] for there, here in self.over]
        script = SET_UP.format(
            uid=UID, runtime=RUNTIME, folder=self.folder, name=self.name, environment=self.words(self.environment),
            mounts="\n".join(shlex.join(map(str, words)) for words in mounts))
        self.process = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", script],
            stdin=subprocess.DEVNULL, stdout=(self.folder / "log").open("ab"), stderr=subprocess.STDOUT)
        try:
            wait_until(self.is_up, seconds=60, what="the user's systemd")
        except BaseException:
            print(self.log())
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind, value, trace):
        if kind is not None:
            print("--- systemd's log\n" + self.log()[-4000:])
        self.process.kill()
        self.process.wait()
        self.sweep_groups()
        shutil.rmtree(self.folder, ignore_errors=True)

    @staticmethod
    def words(environment):
        return shlex.join(f"{name}={value}" for name, value in environment.items())

    def sweep_groups(self):
        """The control groups outlive what was in them."""
        script = f"""umount -R /sys/fs/cgroup 2>/dev/null; mount -t cgroup2 cgroup2 /sys/fs/cgroup || exit
            for i in $(seq 100); do find /sys/fs/cgroup/{self.name} -depth -type d -exec rmdir {{}} + 2>/dev/null && exit
            [ -d /sys/fs/cgroup/{self.name} ] || exit; sleep 0.05; done"""
        subprocess.run(["unshare", "--mount", "sh", "-c", script], check=False)

    def init(self):
        """The first process inside, by its number outside."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return children[0] if children else None

    def command(self, *words, environment=None):
        """What runs words inside, as the user."""
        inner = self.environment | (environment or {})
        return ["nsenter", "-t", self.init(), "-m", "-p", "--wd=/", "setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups",
                "env", "-i", *(f"{name}={value}" for name, value in inner.items()), *map(str, words)]

    def run(self, *words, status=0, environment=None, stdin=None, timeout=60):
        run = subprocess.run(self.command(*words, environment=environment), input=stdin, capture_output=True, text=True,
                             timeout=timeout, check=False)
        if status is not None and run.returncode != status:
            raise AssertionError(f"{words}: status {run.returncode}\n{run.stdout}\n{run.stderr}\n--- log\n{self.log()[-4000:]}")
        return run

    def is_up(self):
        if self.process.poll() is not None:
            raise ServerFailed("it ended: " + self.log()[-2000:])
        # Asked before its socket is there, systemctl would have the bus start what is starting already.
        if self.init() is None or not Path(f"/proc/{self.init()}/root{RUNTIME}/systemd/private").exists():
            return False
        if self.run("systemctl", "--user", "is-system-running", status=None).stdout.strip() not in ("running", "degraded"):
            return False
        return not self.bus or self.run("busctl", "--user", "status", "org.freedesktop.systemd1", status=None).returncode == 0

    def log(self):
        """What the manager and its units said."""
        return (self.folder / "log").read_text(errors="replace")

    def property(self, unit, name):
        return self.run("systemctl", "--user", "show", "--value", f"--property={name}", unit).stdout.strip()
