"""The loopback as the whole Internet: a network of one's own, with DNS on port 53, https on 443 and mail servers' ports.

    net = Internet(folder, authority, zone="…", pages={"autoconfig.auto.test/mail/config-v1.1.xml": Page("<clientConfig>…")})
    net.run("program", "argument") -> subprocess.CompletedProcess; net.asked, net.said: what the servers were asked

The program is the unmodified one: it looks names up, connects and verifies certificates as it would anywhere. Each run has
its own namespaces, as root or as whoever may make user namespaces. `zone` is what dnsmasq takes; any other name does not exist.
"""

import dataclasses
import hashlib
import json
import os
import sys
from pathlib import Path

from . import stuck


@dataclasses.dataclass
class Page:
    body: str = ""
    status: int = 200
    location: str = ""      # where it redirects to
    repeat: int = 1         # the body so many times
    pause: float = 0        # seconds before anything is said


class Internet:
    def __init__(self, folder, authority, zone="", pages=None, names=()):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.write("resolv.conf", "nameserver 127.0.0.1\noptions timeout:2 attempts:1\n")
        self.write("nsswitch.conf", "hosts: files dns\n")
        self.write("zone.conf", "address=/#/\naddress=/ready.test/127.0.0.1\n" + zone)
        self.write("bundle.pem", authority.ca.read_text())
        # One certificate has all the names that are to be trusted; nothing else is.
        certificate, key = authority.issue(names=[f"DNS:{name}" for name in (*names, "localhost")],
                                           label="internet-" + hashlib.sha256(repr(names).encode()).hexdigest()[:16])
        self.write("servers.json", json.dumps({
            "certificate": str(certificate), "key": str(key),
            "pages": {where: dataclasses.asdict(page) for where, page in (pages or {}).items()}}))

    def write(self, name, text):
        (self.folder / name).write_text(text)

    def wrap(self, *command):
        users = [] if os.getuid() == 0 else ["--map-root-user"]
        return ["unshare", "--net", "--mount", *users, "--propagation", "private", sys.executable,
                str(Path(__file__).with_name("internet_inside.py")), str(self.folder), *map(str, command)]

    @staticmethod
    def environment(env=None):
        """LeakSanitizer cannot look at a process in namespaces like these."""
        return (os.environ if env is None else env) | {"ASAN_OPTIONS": "detect_leaks=0"}

    def run(self, *command, env=None, timeout=120):
        return stuck.run(self.wrap(*command), env=self.environment(env), timeout=timeout)

    def lines(self, name):
        path = self.folder / name
        return path.read_text().splitlines() if path.exists() else []

    @property
    def asked(self):
        """What was asked for over https: "host/path?query" each."""
        return self.lines("https.log")

    @property
    def said(self):
        """What clients said to the mail servers' ports once the connection was encrypted: "port bytes" each."""
        return self.lines("mail.log")
