"""The programs that are compared: how each is told to fetch one mailbox into one Maildir, and keep it on the server.

Each is used as it comes: its own idea of durability, TLS verified, everything that is there. A peer is a function
that writes its settings into `trial.folder` and returns its command; the same command again is a poll.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Trial:
    """One mailbox on one server, and an empty folder to fetch it into."""
    folder: Path
    protocol: str
    port: int
    user: str
    password: str
    ca: Path
    build: Path
    top: Path

    @property
    def maildir(self):
        return self.folder / "Mail"

    def write(self, name, text, mode=0o600):
        path = self.folder / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return path

    def make_maildir(self):
        for part in ("cur", "new", "tmp"):
            (self.maildir / part).mkdir(parents=True, exist_ok=True)
        return self.maildir

    def delivered(self):
        """How many messages lie there."""
        return sum(len(files) for where, _, files in os.walk(self.maildir) if Path(where).name in ("new", "cur", "floor"))

    def environment(self):
        return dict(os.environ) | {
            "HOME": str(self.folder), "LC_ALL": "C.UTF-8", "SSL_CERT_FILE": str(self.ca),
            "INBASKET_LIBEXECDIR": str(self.build / "src/worker"), "INBASKET_FILTERDIR": str(self.top / "data/filters")}


def floor(trial, is_poll):
    folder = trial.maildir / "floor"
    folder.mkdir(parents=True, exist_ok=True)
    return [trial.build / "tests/bench/bench-floor", "poll" if is_poll else "fetch", trial.protocol, "localhost",
            trial.port, trial.user, trial.password, trial.ca, folder]


def inbasket_with(is_filtering):
    def inbasket(trial, is_poll):
        secret = trial.write("secret", trial.password)
        trial.folder.chmod(0o700)
        trial.write("config/accounts/trial.conf", f"""[account]
address=anna@example.com
protocol={trial.protocol}
host=localhost
port={trial.port}
ca-file={trial.ca}
user={trial.user}
secret=file:{secret}

[filter]
enabled={"true" if is_filtering else "false"}
""")
        return [trial.build / "src/cli/inbasket", "--home", trial.folder, "--quiet", "sync"]
    return inbasket


def mbsync(trial, is_poll):
    settings = trial.write("mbsyncrc", f"""IMAPAccount trial
Host localhost
Port {trial.port}
User {trial.user}
Pass {trial.password}
SSLType IMAPS
CertificateFile {trial.ca}

IMAPStore far
Account trial

MaildirStore near
Path {trial.make_maildir()}/
Inbox {trial.maildir}

Channel trial
Far :far:INBOX
Near :near:INBOX
Sync Pull
SyncState *
""")
    return ["mbsync", "-q", "-c", settings, "trial"]


def fdm(trial, is_poll):
    remembered = trial.folder / "remembered"      # started by root, it fetches as a user of its own
    remembered.mkdir(exist_ok=True)
    remembered.chmod(0o777)
    trial.folder.chmod(0o711)
    cache = f'new-only cache "{remembered}/uidls" ' if trial.protocol == "pop3" else "new-only "
    settings = trial.write("fdm.conf", f"""set default-user "{os.geteuid()}"
set verify-certificates
set maximum-size 128M
action "in" maildir "{trial.make_maildir()}"
account "trial" {trial.protocol}s server "localhost" port {trial.port} user "{trial.user}" pass "{trial.password}" {cache}keep
match all action "in"
""")
    return ["fdm", "-q", "-f", settings, "fetch"]


def as_nobody(trial):
    trial.folder.chmod(0o711)
    for path in (trial.maildir, *trial.make_maildir().iterdir()):
        shutil.chown(path, "nobody")
    return "user = nobody"


def getmail6(trial, is_poll):
    retriever = "SimpleIMAPSSLRetriever" if trial.protocol == "imap" else "SimplePOP3SSLRetriever"
    user = as_nobody(trial) if os.geteuid() == 0 else ""      # it delivers nothing as root
    settings = trial.write("getmailrc", f"""[retriever]
type = {retriever}
server = localhost
port = {trial.port}
username = {trial.user}
password = {trial.password}
ca_certs = {trial.ca}

[destination]
type = Maildir
path = {trial.make_maildir()}/
{user}

[options]
delete = false
read_all = false
verbose = 0
""")
    return ["getmail", "--getmaildir", trial.folder, "--rcfile", settings]


def fetchmail(trial, is_poll):
    deliver = trial.write("procmailrc", f"DEFAULT={trial.make_maildir()}/\nLOCKFILE=\n")
    settings = trial.write("fetchmailrc", f"""set idfile "{trial.folder}/ids"
poll localhost protocol {trial.protocol} service {trial.port} {"uidl" if trial.protocol == "pop3" else ""}
  user "{trial.user}" password "{trial.password}" ssl sslcertck sslcertfile "{trial.ca}" keep
  mda "/usr/bin/procmail -m {deliver}"
""")
    return ["fetchmail", "--silent", "--nodetach", "-f", settings, "--pidfile", trial.folder / "pid"]


def mpop(trial, is_poll):
    settings = trial.write("mpoprc", f"""account trial
host localhost
port {trial.port}
user {trial.user}
password {trial.password}
tls on
tls_starttls off
tls_trust_file {trial.ca}
delivery maildir {trial.make_maildir()}
uidls_file {trial.folder}/uidls
keep on
""")
    return ["mpop", "-Q", "-C", settings, "trial"]


@dataclass
class Peer:
    command: callable
    protocols: tuple
    program: str | None      # what must be installed
    statuses: tuple = (0,)      # how it ends when all is well


BOTH = ("imap", "pop3")
PEERS = {
    "floor": Peer(floor, BOTH, None),
    "inbasket": Peer(inbasket_with(False), BOTH, None),
    "inbasket-filters": Peer(inbasket_with(True), BOTH, None),
    "mbsync": Peer(mbsync, ("imap",), "mbsync"),
    "mpop": Peer(mpop, ("pop3",), "mpop"),
    "fdm": Peer(fdm, BOTH, "fdm"),
    "getmail6": Peer(getmail6, BOTH, "getmail"),
    "fetchmail": Peer(fetchmail, BOTH, "fetchmail", (0, 1)),      # 1: there was no mail
}


def here(names, protocol):
    """Those of `names` that speak the protocol and are installed."""
    return [name for name in names if protocol in PEERS[name].protocols
            and (PEERS[name].program is None or shutil.which(PEERS[name].program))]
