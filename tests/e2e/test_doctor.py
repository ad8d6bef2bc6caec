"""`inbasket doctor`: each thing that can be wrong is found for its own reason, named with its remedy, and nothing else is
called wrong beside it. Where the remedy is a command, it is run, and the finding is gone."""

import itertools
import json
import os
import re
import shlex
import shutil
import subprocess
import time

import jsonschema
import pytest
from crash.ledger import Ledger
from e2e.inbasket import BUILD, TOP, Service, bound_by_modes
from mail.generate import small
from servers.faulty import dead
from servers.keyring import Keyring

from .test_coverage import ENTRY
from .test_once import sync_beside
from .test_report import RELAY, mail

SCHEMA = json.loads((TOP / "data/doc/doctor.schema.json").read_text())
CHECKS = {"configuration", "permissions", "keyring", "sign-in", "servers", "maildir", "journal", "classifier", "service", "sandbox",
          "filters", "trust", "coverage", "mx"}


def look(home, *arguments, status=0, env=None, before=None):
    answer, = home.run("doctor", "--json", *arguments, status=status, env=env, before=before).lines
    jsonschema.validate(answer, SCHEMA)
    levels = [each["level"] for each in answer["findings"]]
    assert answer["worst"] == ("wrong" if "wrong" in levels else "warning" if "warning" in levels else "fine")
    return answer["findings"]


def bad(findings, level):
    return [each for each in findings if each["level"] == level]


def one(findings, check, level, subject=...):
    """The one finding of this check that is so bad."""
    found = [each for each in findings if each["check"] == check and each["level"] == level and subject in (..., each["subject"])]
    assert len(found) == 1, findings
    return found[0]


@pytest.fixture
def sound(server, home):
    """A home of which nothing is wrong, with mail in it."""
    server.put("anna", small(7, 3))
    home.account("work", server)
    home.sync()
    return home


def test_a_sound_home(sound):
    findings = look(sound)
    assert {each["check"] for each in findings} == CHECKS - {"keyring", "sign-in"}
    assert not bad(findings, "wrong")
    assert {each["check"] for each in bad(findings, "warning")} == {"service", "mx"}, "no service runs, and example.com has no MX"
    assert all((each["remedy"] is None) == (each["level"] == "fine") for each in findings)
    found = one(findings, "servers", "fine")
    assert found["subject"] == "work" and re.search(r"signed in after \d\.\d s; TLSv1\.[23].*INBOX: 3 messages", found["text"])
    assert "knows 3 messages" in one(findings, "journal", "fine")["text"]
    assert "seccomp" in one(findings, "sandbox", "fine")["text"]
    assert one(findings, "filters", "fine")["subject"] == "junk.sieve"
    assert not list(sound.maildir.glob("tmp/*"))


def test_words_for_people(sound):
    run = sound.run("doctor")
    assert "✓ Server" in run.out and "! Service" in run.out and "→ inbasketd --home" in run.out
    assert run.out.rstrip().endswith("2 things could be better.")
    quiet = sound.run("doctor", "--quiet").out
    assert "✓" not in quiet and "! Service" in quiet
    shown, status = sound.on_terminal("doctor")
    lines = shown.splitlines()
    assert status == 0 and max(map(len, lines)) <= 80
    for before, line in itertools.pairwise(lines):
        if line.startswith(" ") and "→" not in line:
            assert len(before) + 1 + len(line.split()[0]) > 78, f"broken too early: {before!r}, {line!r}"
    assert "takes no name" in sound.run("doctor", "work", status=2).err


def test_an_empty_home(home):
    findings = look(home)
    assert not bad(findings, "wrong")
    assert "inbasket setup" in one(findings, "configuration", "warning")["remedy"]
    assert not list(home.path.glob("Mail*")) and not home.state.exists(), "it made nothing"


# Configuration

def test_settings_that_do_not_parse(sound):
    sound.configure(delivery__layuot="fs")
    findings = look(sound, status=3)
    found = one(findings, "configuration", "wrong")
    assert "inbasket.conf:2: " in found["text"] and "layout" in found["text"]
    assert {each["check"] for each in findings} <= {"configuration", "permissions", "journal", "classifier", "service", "sandbox"}


def test_an_account_that_does_not_parse(sound, server):
    sound.account("shop", server, account__port="many")
    findings = look(sound, status=3)
    assert one(findings, "servers", "fine")["subject"] == "work", "the others are looked at all the same"
    found = one(findings, "configuration", "wrong")
    assert found["subject"] == "shop" and re.search(r"shop\.conf:\d+: ", found["text"])


@pytest.mark.parametrize("folder", ["providers", "oauth-clients.d"])
def test_a_table_that_does_not_parse(sound, folder):
    (sound.config / folder).mkdir()
    (sound.config / folder / "mine.conf").write_text("[big\n")
    found = one(look(sound, "--offline", status=3), "configuration", "wrong")
    assert "mine.conf" in found["text"] and found["remedy"]


# Permissions: each remedy is a command that mends it.

@pytest.mark.parametrize(("place", "mode", "level"), [
    ("config", 0o777, "wrong"), ("config/accounts", 0o770, "wrong"), ("config/accounts/work.conf", 0o666, "wrong"),
    ("config/imap/password", 0o644, "wrong"), ("secrets", 0o755, "wrong"), ("secrets/work", 0o640, "wrong"), ("state", 0o755, "warning"), ("state/journal.db", 0o644, "warning"),
    ("Mail", 0o755, "warning")])
def test_permissions(sound, place, mode, level):
    path = sound.path / place
    if not path.exists():
        path.parent.mkdir(mode=0o700)
        path.write_text("secret")
    path.chmod(mode)
    findings = look(sound, status=(0, 1))
    found = one(findings, "permissions", level)
    assert str(path) in found["text"] and found["remedy"].startswith("chmod ")
    subprocess.run(["sh", "-c", found["remedy"]], check=True)
    assert one(look(sound), "permissions", "fine")


# Keyring and sign-in

@pytest.fixture
def keyring():
    with Keyring() as keyring:
        yield keyring


def test_keyring(home, server, keyring):
    home.account("work", server, account__secret="keyring")
    absent = one(look(home, "--offline", status=1), "keyring", "wrong")
    assert absent["subject"] is None and "gnome-keyring" in absent["remedy"]

    keyring.unlock()
    missing = one(look(home, "--offline", status=1, env=keyring.environment), "keyring", "wrong")
    assert missing["subject"] == "work" and "inbasket account edit work --secret keyring" in missing["remedy"]

    subprocess.run(home.command("account", "edit", "work", "--secret", "keyring", "--secret-stdin"), input=b"secret\n", check=True,
                   env=home.environment(**keyring.environment), capture_output=True)
    assert one(look(home, env=keyring.environment), "keyring", "fine")["subject"] == "work"

    keyring.lock()
    findings = look(home, "--offline", env=keyring.environment)
    assert "Unlock" in one(findings, "keyring", "warning")["remedy"]


def test_an_account_by_token_without_a_client_id(home, server):
    home.account("work", server, account__auth="oauth2", account__oauth2_token_url="https://example.com/token")
    found = one(look(home, "--offline", status=1), "sign-in", "wrong")
    assert found["subject"] == "work" and "OAUTH2" in found["remedy"]
    home.account("work", server, account__auth="oauth2", account__oauth2_token_url="https://example.com/token",
                 account__oauth2_client_id="inbasket")
    assert one(look(home, "--offline"), "sign-in", "fine")


# Servers

def a_wrong_password(home, server):
    home.account("work", server, password="other")


def a_closed_port(home, server):
    home.account("work", dead(server))


def a_foreign_certificate(home, server):
    home.account("work", server, account__ca_file=None)


def another_protocol(home, server):
    home.account("work", server, account__port=server.ports["pop3s"])


def a_folder_that_is_not_there(home, server):
    home.account("work", server, fetch__folders="INBOX;Nowhere")


@pytest.mark.parametrize(("breaking", "words", "remedy"), [
    (a_wrong_password, "password", "account test"), (a_closed_port, "localhost", "host="), (a_foreign_certificate, "certificate", "ca-file="),
    (another_protocol, "localhost", "mail server of this protocol="), (a_folder_that_is_not_there, "Nowhere", "folders=")],
    ids=lambda value: getattr(value, "__name__", ""))
def test_servers(sound, server, breaking, words, remedy):
    breaking(sound, server)
    findings = look(sound, status=1)
    found = one(findings, "servers", "wrong")
    assert found["subject"] == "work" and words in found["text"] and remedy in found["remedy"]
    assert bad(findings, "wrong") == [found]
    assert not [each for each in look(sound, "--offline") if each["check"] == "servers"]


def test_a_paused_account_is_not_tried(sound):
    sound.run("account", "pause", "work")
    findings = look(sound)
    assert not [each for each in findings if each["check"] == "servers"]
    assert "account resume work" in one(findings, "coverage", "warning")["remedy"]


@pytest.mark.parametrize(("name", "remedy"), [("gmial", "gmail"), ("nowhere-at-all", "''")])
def test_a_provider_that_nobody_knows(sound, name, remedy):
    sound.run("account", "edit", "work", "--provider", name)
    found = one(look(sound, "--offline"), "configuration", "warning", "work")
    assert name in found["text"] and found["remedy"] == f"inbasket account edit work --provider {remedy}"
    sound.run(*shlex.split(found["remedy"])[1:])
    assert not bad([each for each in look(sound, "--offline") if each["check"] == "configuration"], "warning")


# Maildir

def no_tmp(home):
    (home.maildir / "tmp").rmdir()


def a_file_for_new(home):
    shutil.rmtree(home.maildir / "new")
    (home.maildir / "new").write_text("")


def a_shut_folder(home):
    for part in ("tmp", "new", "cur"):
        (home.maildir / ".Junk" / part).mkdir(parents=True, exist_ok=True)
    (home.maildir / ".Junk" / "cur").chmod(0o500)


def a_maildir_gone(home):
    shutil.rmtree(home.maildir)
    home.maildir.mkdir(mode=0o700)


def no_maildir(home):
    a_maildir_gone(home)
    (home.state / "maildir").unlink()


def a_file(home):
    shutil.rmtree(home.maildir)
    home.maildir.write_text("")
    home.maildir.chmod(0o600)


def an_old_temporary_file(home):
    path = home.maildir / "tmp" / "left"
    path.write_text("From: a\n")
    os.utime(path, (time.time() - 40 * 3600,) * 2)


def a_file_without_flags(home):
    (home.maildir / "cur" / "bare").write_text("From: a\n")


def a_folder_of_the_other_layout(home):
    (home.maildir / "Work" / "cur").mkdir(parents=True)


@pytest.mark.parametrize(("breaking", "level", "words", "remedy"), [
    (no_tmp, "wrong", "cannot be written", "maildir="), (no_maildir, "warning", "no Maildir", "inbasket sync"),
    (a_maildir_gone, "wrong", "Is its disk mounted?", "maildir="),
    (a_file_for_new, "wrong", "new: Not a directory", "maildir="), (a_shut_folder, "wrong", ".Junk/cur: Permission denied", "maildir="),
    (a_file, "wrong", "no folder", "maildir="),
    (an_old_temporary_file, "warning", "1 file was left in tmp/", "remove"), (a_file_without_flags, "warning", "1 file in cur/", ":2,"),
    (a_folder_of_the_other_layout, "warning", "“Work”", "layout=")], ids=lambda value: getattr(value, "__name__", ""))
def test_maildir(sound, breaking, level, words, remedy):
    breaking(sound)
    findings = look(sound, "--offline", status=int(level == "wrong"), before=bound_by_modes)
    found = one(findings, "maildir", level)
    assert words in found["text"] and remedy in found["remedy"]
    assert {each["check"] for each in bad(findings, "wrong")} <= {"maildir"}


@pytest.mark.parametrize("fault", ["fs.write:1:ENOSPC", "fs.sync-file:1:EIO", "fs.rename:1:EIO", "fs.sync-folder:1:EIO"])
def test_a_file_system_that_refuses(sound, fault):
    """What delivery needs of it is tried, and leaves nothing behind."""
    assert "cannot be written" in one(look(sound, "--offline", status=1, env={"IB_FAULT": fault}), "maildir", "wrong")["text"]
    assert not list(sound.maildir.glob("tmp/*"))


@pytest.mark.parametrize(("fault", "is_about_names"), [
    ("fs.rename:1:EINVAL", True), ("fs.rename:1:ENOENT", True), ("fs.rename:1:EIO", False), ("fs.write:1:EINVAL", False),
    ("fs.sync-file:1:EINVAL", False), ("fs.sync-folder:1:EINVAL", False)])
def test_a_file_system_that_takes_not_every_name(sound, fault, is_about_names):
    """Which is blamed only where a name with a colon was given: exfat-fuse says that there is no such file."""
    found = one(look(sound, "--offline", status=1, env={"IB_FAULT": fault}), "maildir", "wrong")
    assert ("“:” in names" in found["remedy"]) == is_about_names and "maildir=" in found["remedy"]


def test_the_fs_layout(server, home):
    home.configure(delivery__layout="fs")
    home.account("work", server)
    server.put("anna", small(7, 1))
    home.sync()
    (home.maildir / "Lists" / "choir" / "cur").mkdir(parents=True)
    (home.maildir / "Lists" / "cur").mkdir()
    assert "2 folders" in one(look(home, "--offline"), "maildir", "fine")["text"]
    (home.maildir / ".Junk" / "cur").mkdir(parents=True)
    assert "maildir++" in one(look(home, "--offline"), "maildir", "warning")["remedy"]


def test_a_server_that_reads_the_maildir(server, own_server, home):
    """The remedy is a command."""
    own = own_server()
    home.configure(delivery__maildir=home.maildir, delivery__annotate=False)
    server.put("anna", small(7, 2))
    home.account("work", server)
    home.account("loop", own)

    def findings():
        """To root, the Maildir is another user's."""
        return [each for each in look(home, "--offline", status=(0, 1)) if each["check"] == "maildir"]
    sync_beside(own, home, "work")
    assert not bad(findings(), "warning")
    sync_beside(own, home, "loop")
    found = one(findings(), "maildir", "warning")
    assert found["subject"] == "loop" and "reads this very Maildir" in found["text"] and "“INBOX”" in found["text"]
    assert "! Maildir" in home.run("doctor", "--offline", status=(0, 1)).out
    home.run(*shlex.split(re.search("“inbasket ([^”]*)”", found["remedy"])[1]))
    assert not bad(findings(), "warning")


# Journal and classifier

def test_a_damaged_journal(sound):
    path = sound.state / "journal.db"
    data = bytearray(path.read_bytes())
    data[4096:] = os.urandom(len(data) - 4096)
    path.write_bytes(data)
    found = one(look(sound, "--offline", status=1), "journal", "wrong")
    assert str(path) in found["text"] and "next sync" in found["remedy"]
    sound.sync()
    assert one(look(sound, "--offline"), "journal", "fine")


def test_a_later_journal(sound):
    import sqlite3
    with sqlite3.connect(sound.state / "journal.db") as journal:
        journal.execute("PRAGMA user_version = 9999")
    journal.close()
    found = one(look(sound, "--offline", status=1), "journal", "wrong")
    assert "later Inbasket" in found["text"] and "Install" in found["remedy"]


def test_a_damaged_model(sound):
    (sound.state / "model.ib").write_bytes(b"nonsense")
    assert "lessons" in one(look(sound, "--offline"), "classifier", "warning")["remedy"]


# Workers and filters

def test_workers_that_cannot_be_started(sound):
    findings = look(sound, "--offline", status=1, env={"INBASKET_LIBEXECDIR": "/nonexistent"})
    assert {each["subject"] for each in findings if each["check"] == "sandbox" and each["level"] == "wrong"} == {
        "inbasket-fetch", "inbasket-filter"}


@pytest.mark.parametrize("fault", [None, "EAGAIN:1+"], ids=["missing", "EAGAIN"])
def test_a_worker_that_cannot_be_started_is_not_the_servers_fault(sound, tmp_path, fault):
    env = {"INBASKET_LIBEXECDIR": "/nonexistent"} if fault is None else Ledger(tmp_path / "ledger").environment(call=fault)
    found = one(look(sound, status=1, env=env), "servers", "wrong")
    assert "cannot start inbasket-fetch" in found["text"], found
    assert "The server was not asked" in found["remedy"] and "port=" not in found["remedy"], found
    run = sound.run("account", "test", "work", env=env, status=6)
    assert "cannot start inbasket-fetch" in run.err and "The server was not asked" in run.err, run.err


def test_a_worker_that_does_not_lock_itself_in(sound, tmp_path):
    """The other one is well."""
    shutil.copy(BUILD / "src/worker/inbasket-filter", tmp_path)
    (tmp_path / "inbasket-fetch").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "inbasket-fetch").chmod(0o755)
    found = one(look(sound, "--offline", status=1, env={"INBASKET_LIBEXECDIR": tmp_path}), "sandbox", "wrong")
    assert found["subject"] == "inbasket-fetch"


def test_filters(sound):
    sound.script("mine", "keep\n")
    sound.configure(filter__scripts="mine.sieve;junk.sieve;gone.sieve")
    findings = look(sound, "--offline", status=1)
    broken, gone = one(findings, "filters", "wrong", "mine.sieve"), one(findings, "filters", "wrong", "gone.sieve")
    assert "mine.sieve:" in broken["text"] and "filter check mine.sieve" in broken["remedy"]
    assert "filter disable gone.sieve" in gone["remedy"]
    assert one(findings, "filters", "fine")["subject"] == "junk.sieve"
    sound.run("filter", "disable", "gone.sieve")
    sound.script("mine", "keep;\n")
    assert {each["level"] for each in look(sound, "--offline") if each["check"] == "filters"} == {"fine"}


def test_no_filter_at_all(sound):
    sound.configure(filter__scripts="")
    findings = look(sound, "--offline")
    assert "filter enable junk" in one(findings, "filters", "warning")["remedy"]
    assert "filter enable junk" in one(findings, "coverage", "warning")["remedy"]


# Trust and coverage

@pytest.mark.parametrize(("settings", "subject", "level", "words"), [
    ({"trust__relays": "0.0.0.0/0"}, "0.0.0.0/0", "wrong", "good part of the Internet"),
    ({"trust__relays": "198.51.0.0/16"}, "198.51.0.0/16", "warning", "more hosts"),
    ({"trust__relays": ".google.com"}, ".google.com", "warning", "Gmail"),
    ({"trust__authserv_ids": "mail"}, "mail", "warning", "any sender")])
def test_trust(sound, settings, subject, level, words):
    sound.configure(**settings)
    found = one(look(sound, "--offline", status=int(level == "wrong")), "trust", level)
    assert found["subject"] == subject and words in found["text"] and found["remedy"]


def test_a_relay_that_is_a_back_door(server, home):
    """It is named with what came through it; once it is not trusted any more, it is no door."""
    home.configure(trust__relays="198.51.100.7;192.0.2.1")
    server.put("anna", [mail(1, RELAY, "X-Spam-Flag: YES\n"), mail(2, RELAY), mail(3)])
    home.account("work", server)
    home.sync()
    found = one(look(home, "--offline"), "trust", "warning")
    assert found["subject"] == "198.51.100.7" and "back door" in found["text"]
    assert "2 messages, 1 of them spam" in found["text"] and "relays=" in found["remedy"]
    home.configure(trust__relays="192.0.2.1")
    assert one(look(home, "--offline"), "trust", "fine")


def test_an_address_of_no_account(server, home):
    home.configure(trust__relays="198.51.100.7")
    server.put("anna", [ENTRY.format(recipient="old@club.example").encode()])
    home.account("work", server)
    home.sync()
    found = one(look(home, "--offline"), "coverage", "warning")
    assert found["subject"] == "old@club.example" and "1 message" in found["text"] and "account edit work --aliases" in found["remedy"]
    home.run("account", "edit", "work", "--aliases", "old@club.example")
    assert one(look(home, "--offline"), "coverage", "fine")


def test_an_account_without_a_filter(sound):
    sound.run("account", "edit", "work", "--filter-enabled", "false")
    found = one(look(sound, "--offline"), "coverage", "warning")
    assert found["subject"] == "anna@example.com"
    sound.run(*found["remedy"].removeprefix("inbasket ").split())
    assert one(look(sound, "--offline"), "coverage", "fine")


def test_an_account_without_a_filter_beside_one_of_the_same_address(sound, server):
    sound.account("again", server, protocol="pop3", filter__enabled=False)
    found = one(look(sound, "--offline"), "coverage", "warning")
    assert found["subject"] == "again"
    sound.run(*found["remedy"].removeprefix("inbasket ").split())
    assert one(look(sound, "--offline"), "coverage", "fine")


def test_the_mx_is_not_looked_up(sound):
    sound.configure(privacy__dns_lookups="none")
    found = one(look(sound), "mx", "warning")
    assert found["subject"] == "example.com" and "dns-lookups=mx" in found["remedy"]


def test_the_mx_is_known(sound):
    (sound.state / "mx").write_text("[example.com]\nhosts=mx1.example.com;\naddresses=192.0.2.1;\n")
    assert "mx1.example.com" in one(look(sound), "mx", "fine")["text"]


# The service

def test_a_running_service(sound, keyring):
    """All is looked at while it holds the home."""
    with Service(sound, bus=keyring.environment["DBUS_SESSION_BUS_ADDRESS"]):
        findings = look(sound, env=keyring.environment)
        assert one(findings, "service", "fine")["text"] == "It runs"
        assert not bad(findings, "wrong")
    assert one(look(sound, env=keyring.environment), "service", "warning")
