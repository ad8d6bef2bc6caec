"""The part of `sh data/demo` that talks: three accounts on a throw-away Dovecot, and what Inbasket makes of their mail."""

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests"))
os.environ["INBASKET_BUILD"] = str(TOP / sys.argv[1])

from e2e.inbasket import PROGRAM, Home  # noqa: E402
from mail import generate  # noqa: E402
from servers.dovecot import Dovecot  # noqa: E402

# account: (protocol, security, how many messages, what it is)
ACCOUNTS = {
    "home": ("imap", "tls", 150, "IMAP over TLS"),
    "work": ("imap", "starttls", 120, "IMAP with STARTTLS"),
    "old": ("pop3", "tls", 80, "POP3 over TLS"),
}
TWINS = 6      # messages that came to two accounts
LATER = 30     # messages that come later, and that no server has marked


def fill(server):
    """Puts a few hundred messages into the three mailboxes."""
    twins = generate.messages(7, TWINS)
    for seed, (user, (_, _, count, _)) in enumerate(ACCOUNTS.items()):
        mails = generate.messages(seed, count - (0 if user == "work" else TWINS), f"{user}@example.com")
        mails += [] if user == "work" else twins
        server.put(user, [m.data for m in mails], flags=[m.flags for m in mails], dates=[m.date for m in mails])


def unmarked(mail):
    """As a server without a filter would give it."""
    return re.sub(rb"(?im)^X-Spam[^\n]*\n", b"", mail)


def send_more(server):
    mails = generate.messages(99, LATER, "home@example.com")
    server.put("home", [unmarked(m.data) for m in mails], dates=[m.date for m in mails])


def find_spam(command):
    """The id of the last message that was called spam."""
    log = subprocess.run([str(command), "--json", "log", "--junk"], check=True, capture_output=True, text=True).stdout
    return json.loads(log.splitlines()[-1])["id"]


def prepare(folder, server):
    """A home with the three accounts, and a short command that runs Inbasket on it."""
    home = Home(folder)
    home.configure(filter__scripts="junk.sieve;lists.sieve;newsletters.sieve;notifications.sieve")
    for name, (protocol, security, _, _) in ACCOUNTS.items():
        home.account(name, server, name, protocol=protocol, security=security)
    command = folder / "inbasket"
    environment = home.environment()
    words = [f"{key}={environment[key]}" for key in ("INBASKET_LIBEXECDIR", "INBASKET_FILTERDIR", "INBASKET_PROVIDERDIR")]
    words += [str(PROGRAM), "--home", str(folder)]
    command.write_text(f'#!/bin/sh\nexec env {shlex.join(words)} "$@"\n')
    command.chmod(0o700)
    return home, command


def show(command, *arguments):
    print(f"\n$ inbasket {' '.join(arguments)}", flush=True)
    status = subprocess.run([str(command), *arguments], check=False).returncode
    if status:
        sys.exit(f"inbasket {arguments[0]} ended with status {status}")


def show_tree(home):
    print(f"\nThe Maildir {home.maildir}:")
    for folder, count in sorted(home.counts().items()):
        print(f"  {count:5}  {'INBOX' if folder == '.' else folder.lstrip('.')}")


def main():
    folder = Path(tempfile.mkdtemp(prefix="inbasket-demo-"))
    with Dovecot(dict.fromkeys(ACCOUNTS, "not-a-secret")) as server:
        fill(server)
        home, command = prepare(folder, server)
        print("\nA mail server of our own holds three accounts:")
        for name, (_, _, count, how) in ACCOUNTS.items():
            print(f"  {name:5} {count:4} messages, {how}")
        show(command, "sync")
        show(command, "status")
        show(command, "log", "--since", "1h", "--junk", "--account", "old")
        show_tree(home)
        print("\nWhat the servers marked as spam, and what they did not, is a beginning to learn from:")
        show(command, "learn", "spam", "Junk")
        show(command, "learn", "ham", "INBOX")
        send_more(server)
        print(f"\n{LATER} more have come, and no server has marked any of them:")
        show(command, "sync", "home")
        show(command, "why", find_spam(command)[:8])
        show(command, "report")
    print(f"""
The mail server has ended; everything else is kept in {folder}. Look around:
  {command} log
  {command} log --account old
  {command} filter run --trace {home.maildir}
  {command} undo --since 1h
  mutt -f {home.maildir}
Remove it: rm -r {folder}
Your own mail: sudo ninja -C {PROGRAM.relative_to(TOP).parts[0]} install, then inbasket setup""")


if __name__ == "__main__":
    main()
