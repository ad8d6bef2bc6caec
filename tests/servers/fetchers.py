"""The programs that people move in from, really run: each with a configuration of its own kind, from one server into one Maildir.

    rc = Fetcher("mbsync", home.path, server).fetch()     # what was written for it, and it has fetched
"""

import os
import subprocess

from .dovecot import PATIENCE, TOP, ServerFailed

FOLDER = TOP / "build-servers/fetchers"

MBSYNC = """IMAPAccount work
Host localhost
Port {imaps}
User anna
Pass {password}
SSLType IMAPS
CertificateFile {ca}

IMAPStore work-far
Account work

MaildirStore work-near
Path {mail}/
Inbox {mail}/Inbox
SubFolders Verbatim

Channel work
Far :work-far:
Near :work-near:
Patterns * INBOX !Junk
Create Near
Sync Pull
{more}
"""

GETMAIL = """[retriever]
type = Simple{protocol}SSLRetriever
server = localhost
port = {port}
username = anna
password = {password}
ca_certs = {ca}
{more}

[destination]
type = MDA_external
path = {program}
arguments = ("{mail}",)
allow_root_commands = true

[options]
delete = false
read_all = false
"""

FETCHMAIL = """set idfile "{folder}/ids"
poll localhost protocol pop3 service {port} uidl
  user "anna" password "{password}" ssl sslcertck sslcertfile "{ca}" keep
  mda "{program} {mail}"
"""

FDM = """set default-user "{uid}"
set verify-certificates
action "in" maildir "{mail}"
account "work" imaps server "localhost" port {port} user "anna" pass "{password}" keep
match all action "in"
"""

MPOP = """account work
host localhost
port {port}
user anna
password {password}
tls on
tls_starttls off
tls_trust_file {ca}
delivery maildir {mail}
uidls_file {folder}/uidls
keep on
"""

# What a delivery agent is to getmail and fetchmail: a file of its own in new/.
DELIVER = """#!/bin/sh
set -eu
name=$(mktemp "$1/tmp/XXXXXXXXXX")
cat >"$name"
mv "$name" "$1/new/$(date +%s).${name##*/}.here"
"""


class Fetcher:
    def __init__(self, program, folder, server, protocol="imap", more=""):
        template = {"mbsync": MBSYNC, "getmail": GETMAIL, "fetchmail": FETCHMAIL, "fdm": FDM, "mpop": MPOP}[program]
        self.program, self.server = program, server
        self.folder = folder / program
        self.folder.mkdir(mode=0o700, parents=True)
        self.mail = folder / "Mail"
        for part in ("cur", "new", "tmp"):
            (self.mail / part).mkdir(parents=True, exist_ok=True)
        deliver = self.write("deliver", DELIVER, 0o700)
        protocol = {"fetchmail": "pop3", "mpop": "pop3"}.get(program, protocol)
        self.rc = self.write("getmailrc" if program == "getmail" else "rc", template.format(
            imaps=server.ports["imaps"], port=server.ports[protocol + "s"], protocol=protocol.upper(), password=server.users["anna"],
            ca=server.ca, mail=self.mail, folder=self.folder, program=deliver, uid=os.geteuid(), more=more))

    def write(self, name, text, mode=0o600):
        path = self.folder / name
        path.write_text(text)
        path.chmod(mode)
        return path

    def command(self):
        return {"mbsync": ["mbsync", "-q", "-c", self.rc, "-a"],
                "getmail": ["getmail", "--quiet", "--getmaildir", self.folder, "--rcfile", self.rc],
                "fetchmail": ["fetchmail", "--silent", "--nodetach", "-f", self.rc, "--pidfile", self.folder / "pid"],
                "fdm": ["fdm", "-q", "-f", self.rc, "fetch"],
                "mpop": ["mpop", "-Q", "-C", self.rc, "work"]}[self.program]

    def fetch(self):
        """Runs it once. Returns its configuration."""
        name, *arguments = self.command()
        path = FOLDER / "usr/bin" / name
        if not os.access(path, os.X_OK):
            raise ServerFailed("no programs to move in from here: run `sh tests/run --deps` first")
        libraries = [str(folder) for folder in (FOLDER / "usr/lib").glob("*-linux-gnu*")]
        environment = dict(os.environ) | {
            "HOME": str(self.folder), "LC_ALL": "C.UTF-8", "SSL_CERT_FILE": str(self.server.ca), "LD_LIBRARY_PATH": ":".join(libraries),
            "PYTHONPATH": str(FOLDER / "usr/lib/python3/dist-packages")}
        if name == "fdm" and os.geteuid() == 0:
            environment["LD_PRELOAD"] = str(FOLDER / "keep-user.so")
        before = ["/usr/bin/python3"] if name == "getmail" else []
        run = subprocess.run([*before, path, *arguments], env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert run.returncode == 0, (self.program, run)
        return self.rc
