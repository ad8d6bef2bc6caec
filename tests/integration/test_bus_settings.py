"""The configuration over the bus: what may be set from there is set as the files' own parser takes it, and nothing else is."""

import contextlib

import pytest
from e2e.inbasket import BUILD, Service
from servers.bus import ACCOUNT, NAME, Caller, Refused, account_path
from servers.notifications import SessionBus

PROGRAMS = {"INBASKET_BINDIR": str(BUILD / "src" / "cli")}
DEFAULTS = {
    "delivery.layout": "maildir++", "delivery.annotate": "true", "delivery.deduplicate": "true", "filter.scripts": "junk.sieve",
    "filter.spam-threshold": "0.80", "filter.learn-from-moves": "true", "trust.relays": "", "trust.authserv-ids": "",
    "privacy.dns-lookups": "mx", "service.notify": "important", "service.after-delivery": "", "service.on-metered": "pause-large",
    "service.on-battery-saver": "stretch"}


@pytest.fixture
def asked(server, home):
    """Somebody who asks the service of a home with one account, whose mail nobody fetches."""
    home.account("work", server, account__enabled=False)
    (home.accounts / "odd.conf").write_text("no settings\n")
    with contextlib.ExitStack() as running:
        bus = running.enter_context(SessionBus())
        service = running.enter_context(Service(home, bus=bus.address, env=PROGRAMS))
        service.until(lambda: bus.has(NAME), "its name on the bus")
        yield running.enter_context(Caller(bus))


def refusal(caller, *arguments, **options):
    with pytest.raises(Refused) as refused:
        caller(*arguments, **options)
    assert refused.value.words and len(refused.value.words) < 500
    return refused.value


def settings(home):
    """Of all files, what they say."""
    return {path.relative_to(home.config): path.read_text() for path in home.config.rglob("*.conf")}


# All accounts

def test_all_that_holds_is_told(home, asked):
    said = asked("Settings")
    assert said.pop("delivery.maildir") == str(home.maildir)
    assert said == DEFAULTS


CHANGES = [
    ("a-word", {"service.notify": "all"}, {"service.notify": "all"}, "[service]\nnotify=all\n"),
    ("two-groups", {"service.on-metered": "pause", "filter.spam-threshold": "0.9"},
     {"service.on-metered": "pause", "filter.spam-threshold": "0.90"}, None),
    ("a-list", {"trust.relays": "mx.example.org;192.0.2.0/24"}, {"trust.relays": "mx.example.org;192.0.2.0/24"}, None),
    ("the-default-again", {"service.notify": ""}, {}, None),
    ("nothing", {}, {}, None),
]


@pytest.mark.parametrize(("change", "differs", "text"), [row[1:] for row in CHANGES], ids=[row[0] for row in CHANGES])
def test_a_change_holds_at_once(home, asked, change, differs, text):
    assert asked("ChangeSettings", "(a{ss})", change) is None
    said = asked("Settings")
    del said["delivery.maildir"]
    assert said == DEFAULTS | differs
    if text is not None:
        assert (home.config / "inbasket.conf").read_text() == text


def test_who_shows_settings_hears_when_they_were_read_again(home, asked):
    """Even if nothing else is different: what he was told may have stood in the files for a moment only."""
    (home.config / "inbasket.conf").write_text("[service]\nnotify=loud\n")
    assert refusal(asked, "Settings").kind == "Config"
    (home.config / "inbasket.conf").write_text("[service]\nnotify=all\n")
    asked.until(lambda: asked.said("Reloaded"), "the news")
    assert asked("Settings")["service.notify"] == "all"


def test_comments_and_order_are_kept(home, asked):
    path = home.config / "inbasket.conf"
    path.write_text("# mine\n\n[service]\n# not at night\nnotify=none\non-metered=pause\n\n[filter]\nspam-threshold=0.7\n")
    asked("Reload")
    asked("ChangeSettings", "(a{ss})", {"service.notify": "all", "service.on-metered": "", "filter.learn-from-moves": "false"})
    assert path.read_text() == (
        "# mine\n\n[service]\n# not at night\nnotify=all\n\n[filter]\nspam-threshold=0.7\nlearn-from-moves=false\n")
    assert path.stat().st_mode & 0o777 == 0o600


REFUSED = [
    ("unknown-key", {"service.notfy": "all"}), ("group-only", {"service": "all"}), ("empty-key", {"": "all"}),
    ("key-of-two-lines", {"service.notify\nx": "all"}), ("group-as-key", {"[service].notify": "all"}),
    ("long-key", {"service." + "x" * 1_000_000: "all"}), ("key-of-an-account", {"account.host": "localhost"}),
    ("bad-word", {"service.notify": "loud"}), ("bad-number", {"filter.spam-threshold": "2"}),
    ("not-a-number", {"filter.spam-threshold": "nan"}), ("bad-host", {"trust.relays": "-oProxyCommand=x"}),
    ("two-lines", {"trust.relays": "a\n[service]\nafter-delivery=touch /tmp/owned"}), ("return", {"trust.relays": "a\rb"}),
    ("control-characters", {"trust.relays": "\x1b[31m"}), ("escaped-line", {"service.notify": "all\\n[filter]"}),
    ("long-value", {"trust.relays": "a" * 1_000_000}), ("many-keys", {f"service.x{i}": "" for i in range(101)}),
    ("a-command", {"service.after-delivery": "touch /tmp/owned"}), ("no-command", {"service.after-delivery": ""}),
    ("a-folder", {"delivery.maildir": "/tmp/owned"}), ("filter-elsewhere", {"filter.scripts": "../../owned.sieve"}),
    ("no-such-filter", {"filter.scripts": "none.sieve"}),
    ("one-of-two", {"service.notify": "all", "service.on-metered": "never"}),
]


@pytest.mark.parametrize("change", [row[1] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_nothing_is_written_of_what_is_refused(home, asked, change):
    before, held = settings(home), asked("Settings")
    assert refusal(asked, "ChangeSettings", "(a{ss})", change).kind == "Invalid"
    assert settings(home) == before
    assert asked("Settings") == held


@pytest.mark.parametrize("text", ["fileinto", 'require "fileinto"; fileinto "X"', "\0keep;"], ids=["alone", "unended", "nul"])
def test_a_filter_that_is_wrong_is_on_no_list(home, asked, text):
    home.script("wrong", text)
    before = settings(home)
    for ask in (asked, lambda *change: asked.account("work", *change)):
        method = "ChangeSettings" if ask is asked else "Change"
        assert refusal(ask, method, "(a{ss})", {"filter.scripts": "junk.sieve; wrong.sieve"}).kind == "Invalid"
    assert settings(home) == before
    asked("ChangeSettings", "(a{ss})", {"filter.scripts": " junk.sieve ;"})
    assert asked("Settings")["filter.scripts"] == "junk.sieve"


def test_a_file_with_a_fault_is_told_of_and_mended(home, asked):
    path = home.config / "inbasket.conf"
    path.write_text("[service]\nnotify=loud\n")
    asked("Reload")
    asked.until(lambda: asked.properties()["Trouble"], "the trouble")
    wrong = refusal(asked, "ChangeSettings", "(a{ss})", {"service.on-metered": "pause"})
    assert wrong.kind == "Config" and "inbasket.conf:2: " in wrong.words
    assert path.read_text() == "[service]\nnotify=loud\n"
    asked("ChangeSettings", "(a{ss})", {"service.notify": "none"})
    assert asked("Settings")["service.notify"] == "none"
    # It closed its home over the fault, and opens it again once that is done.
    asked.until(lambda: asked.properties()["Trouble"] == "", "the end of the trouble")


def test_no_settings_are_made_up(home, server):
    """As where a service begins with a file that does not parse."""
    home.config.mkdir(parents=True)
    (home.config / "inbasket.conf").write_text("[service]\nnotify=loud\n")
    with SessionBus() as bus, Service(home, bus=bus.address, env=PROGRAMS) as service:
        service.until(lambda: bus.has(NAME), "its name on the bus")
        with Caller(bus) as caller:
            wrong = refusal(caller, "Settings")
            assert wrong.kind == "Config" and "inbasket.conf:2: " in wrong.words


# One account

def test_what_holds_for_an_account_is_told(home, asked):
    said = asked.account("work", "Settings")
    shown = home.run("account", "show", "work", "--json").lines[0]
    written = {f"{group}.{key}": value for group, keys in shown.items() if group != "name" for key, value in keys.items()}
    assert written.pop("account.secret").startswith("file:")
    del written["account.oauth2-client-secret"]
    assert said == written
    asked.account("work", "Change", "(a{ss})", {"account.secret": "keyring", "fetch.interval": "10m"})
    said = asked.account("work", "Settings")
    assert (said["account.secret"], said["fetch.interval"]) == ("keyring", "10m")


@pytest.mark.parametrize("name", ["work", "odd"], ids=["sound", "broken"])
def test_an_account_is_removed(home, asked, name):
    assert asked("RemoveAccount", "(s)", name) is None
    assert f"{name}.conf" not in {path.name for path in home.accounts.iterdir()}
    assert name not in asked("ListAccounts")
    assert (account_path(name) in asked.objects()) is False
    assert refusal(asked, "RemoveAccount", "(s)", name).kind == "NoAccount"


NO_NAMES = [("empty", ""), ("other", "other"), ("hidden", ".work"), ("elsewhere", "../inbasket"), ("absolute", "/etc/passwd"),
            ("two-lines", "work\n"), ("long", "a" * 1_000_000), ("capitals", "WORK"), ("with-its-end", "work.conf")]


@pytest.mark.parametrize("name", [row[1] for row in NO_NAMES], ids=[row[0] for row in NO_NAMES])
def test_nothing_else_is_removed(home, asked, name):
    before = settings(home)
    assert refusal(asked, "RemoveAccount", "(s)", name).kind == "NoAccount"
    assert settings(home) == before


def test_an_account_that_is_gone_has_no_settings(home, asked):
    asked("RemoveAccount", "(s)", "work")
    assert "Unknown" in refusal(asked, "Settings", path=account_path("work"), interface=ACCOUNT).kind
