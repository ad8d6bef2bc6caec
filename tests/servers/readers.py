"""Mail programs as their users have them, driven without a person: what does each see in a Maildir?

Each function takes a Desk (a user's home folder with the program's own configuration in it) and gives back
{folder: {message id: flags}}, folders as Inbasket calls them, flags as letters of S (seen), R (answered) and F (flagged).
"""

import contextlib
import email
import imaplib
import json
import os
import pty
import re
import select
import struct
import subprocess
import termios
import fcntl
import time
from pathlib import Path

from .dovecot import PATIENCE


class Desk:
    """A user's home folder, for one program."""

    def __init__(self, path):
        self.path = Path(path)
        (self.path / ".config").mkdir(parents=True, exist_ok=True)

    @property
    def environment(self):
        return {"HOME": str(self.path), "XDG_CONFIG_HOME": str(self.path / ".config"), "PATH": "/usr/bin:/bin:/usr/sbin",
                "LC_ALL": "C.UTF-8", "TERM": "xterm", "XDG_RUNTIME_DIR": str(self.path)}

    def run(self, *command, **more):
        done = subprocess.run([str(word) for word in command], env=self.environment | more, cwd=self.path,
                              capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def write(self, name, text):
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o600)
        return path


class Screen:
    """A program on a terminal of its own. What it has shown since it was asked last is in `seen`."""

    def __init__(self, desk, *command):
        self.seen = ""
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            try:
                os.chdir(desk.path)
                os.execvpe(command[0], [str(word) for word in command], desk.environment)
            finally:
                os._exit(127)
        fcntl.ioctl(self.descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 180, 0, 0))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.descriptor)       # it gets a SIGHUP, if it is still there
        os.waitpid(self.pid, 0)

    def read(self):
        ready, _, _ = select.select([self.descriptor], [], [], 0.1)
        if not ready:
            return True
        try:
            chunk = os.read(self.descriptor, 65536)
        except OSError:
            return False
        self.seen += re.sub(r"\x1b\]8;;\x1b.|\x1b[\[(][0-9;?]*[A-Za-z]|\x1b[=>]", "", chunk.decode(errors="replace"))
        return bool(chunk)

    def until(self, condition, seconds=PATIENCE):
        end = time.monotonic() + seconds
        while not condition(self.seen):
            assert self.read() and time.monotonic() < end, f"waited in vain: {self.seen!r}"

    def until_end(self, seconds=PATIENCE):
        end = time.monotonic() + seconds
        while self.read():
            assert time.monotonic() < end, f"it does not end: {self.seen!r}"

    def type(self, text):
        self.seen = ""
        os.write(self.descriptor, text.encode())


def ids_in(text):
    return re.findall(r"^Message-ID: <([^>]+)>", text, re.M | re.I)


# mutt and NeoMutt

PATTERNS = {"": "~A", "S": "~R", "R": "~Q", "F": "~F"}


def mutt(desk, program, rc, folders, directory):
    """The messages of each folder, piped out of the program; and the folders that it offers."""
    desk.write("settings", f"{rc}\nset pipe_split pipe_decode=no wait_key=no quit=yes header_cache='' move=no\n")
    with Screen(desk, program, "-F", "settings", "-y") as screen:
        screen.until(lambda seen: all(directory(folder) in seen for folder in folders))
        screen.until(lambda seen: seen.count("drwx") >= len(folders))
        assert screen.seen.count("drwx") == len(folders), screen.seen
        screen.type("q")
        screen.until_end()
    return {folder: mutt_folder(desk, program, "=" + directory(folder) if directory(folder) else "!") for folder in folders}


def mutt_folder(desk, program, name):
    keys = ""
    for letter in PATTERNS:
        (desk.path / f"out{letter}").write_text("")
        keys += (f"<untag-pattern>~A<enter><tag-pattern>{PATTERNS[letter]}<enter><tag-prefix-cond><pipe-message>"
                 f"cat >> out{letter}<enter><end-cond>")
    with Screen(desk, program, "-F", "settings", "-R", "-f", name, "-e", f'push "{keys}<quit>"') as screen:
        screen.until_end()
    found = {letter: ids_in((desk.path / f"out{letter}").read_text()) for letter in PATTERNS}
    assert len(found[""]) == len(set(found[""]))
    return {each: "".join(letter for letter in "FRS" if each in found[letter]) for each in found[""]}


# aerc

def aerc(desk, account, mails):
    """`account` is its settings; `mails` are what is to be found, {folder: {message id: subject}}, INBOX with them. A run a
    folder: it draws only what changes."""
    desk.write(".config/aerc/aerc.conf", "[ui]\nindex-format=<%Z>%s\n[compose]\neditor=true\n")
    return {folder: aerc_folder(desk, account, folder.replace(".", "/"), subjects) for folder, subjects in mails.items()}


def aerc_folder(desk, account, shown, subjects):
    desk.write(".config/aerc/accounts.conf", account.replace("default = INBOX", f'default = """{shown}"""') + "outgoing = /bin/true\n")
    piped = desk.write("piped", "")
    with Screen(desk, "aerc") as screen:
        screen.until(lambda seen: all(f">{subject}" in seen for subject in subjects.values()))
        rows = screen.seen
        screen.type(f":mark -a\r:pipe -m -b sh -c \"cat >> {piped}\"\r")
        screen.until(lambda _: len(ids_in(piped.read_text())) >= len(subjects))
        screen.type(":quit\r")
        screen.until_end()
    found = {}
    for each in ids_in(piped.read_text()):
        marks = re.search(f"<([^>]*)>{subjects[each]}", rows)[1]
        letters = {"r": "R", "!": "F"}
        found[each] = "".join(sorted({letters[mark] for mark in marks if mark in letters} | (set() if set("NO") & set(marks) else {"S"})))
    return found


# notmuch

LETTERS = {"replied": "R", "flagged": "F"}


def notmuch(desk, configuration, folders, directory):
    desk.write("notmuch.conf", configuration)
    ask = lambda *words: desk.run("notmuch", *words, NOTMUCH_CONFIG=str(desk.path / "notmuch.conf"))
    ask("new", "--quiet")
    found = {}
    for folder in folders:
        query = 'folder:"{}"'.format(directory(folder).replace('"', '""'))
        ids = [line.removeprefix("id:") for line in ask("search", "--output=messages", query).splitlines()]
        found[folder] = {each: tags(ask("search", "--output=tags", f"id:{each}").split()) for each in ids}
    assert len(ask("search", "--output=files", "*").splitlines()) == sum(map(len, found.values()))
    return found


def tags(names):
    letters = {LETTERS[name] for name in names if name in LETTERS} | ({"S"} if "unread" not in names else set())
    return "".join(sorted(letters))


# mu

def mu(desk, init, folders, directory):
    """`init`: the commands that the settings name."""
    desk.run("sh", "-c", init)
    found = {folder: {} for folder in folders}
    known = {"/" + directory(folder): folder for folder in folders}
    for line in desk.run("mu", "find", "--format=plain", "--fields", "i\x1fg\x1fm", "").splitlines():
        each, flags, where = line.split("\x1f")
        found[known[where]][each] = "".join(letter for letter in "FRS" if letter in flags)
    return found


# Dovecot

def dovecot(port, password, folders):
    found = {}
    session = imaplib.IMAP4("127.0.0.1", port)
    try:
        session.login("inbasket", password)
        listed = [line.decode() for line in session.list()[1] if b"\\Noselect" not in line]
        names = {line.rpartition(' "/" ')[2].strip('"').replace('\\"', '"') for line in listed}
        for name in names:
            found[decoded(name).replace("/", ".")] = imap_folder(session, name)
    finally:
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            session.logout()
    return {folder: messages for folder, messages in found.items() if messages or folder in folders}


def imap_folder(session, name):
    status, answer = session.select('"' + name.replace('"', '\\"') + '"', readonly=True)
    assert status == "OK", answer
    found = {}
    items = session.fetch("1:*", "(FLAGS BODY.PEEK[HEADER])")[1] if int(answer[0]) else []
    for item in items:
        if isinstance(item, tuple):
            letters = {b"\\Seen": "S", b"\\Answered": "R", b"\\Flagged": "F"}
            each = email.message_from_bytes(item[1])["Message-ID"].strip("<>")
            assert each not in found
            found[each] = "".join(sorted(letters[flag] for flag in imaplib.ParseFlags(item[0]) if flag in letters))
    return found


def decoded(name):
    """Modified UTF-7 (RFC 3501, 5.1.3)."""
    return re.sub(r"&([^-]*)-", lambda found: ("+" + found[1].replace(",", "/") + "-").encode().decode("utf-7")
                  if found[1] else "&", name)
